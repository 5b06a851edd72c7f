use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{broker::Refused, connection::Connection, event::Audience, event::Frame};

/// The user behind a connection. The id is shown to others: it must not be the secret that signs the user in.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: Arc<str>,
    pub name: Arc<str>,
}

/// What a client asks for when it connects.
#[derive(Clone, Debug)]
pub struct Opening {
    pub member: Member,
    pub channels: Channels,
    /// Of what is left, the events with one of these names alone; `None` is no such wish.
    pub topics: Option<BTreeSet<String>>,
    pub since: Since,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channels {
    All,
    Named(BTreeSet<String>),
}

/// Where a connection's events begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    Now,
    /// With the last so many events of each name: a first picture for a client that has none.
    Recent(usize),
    /// After the event with this id, or with `lost` if that can't be.
    Id(String),
}

impl Opening {
    /// Reads a request: the header `Last-Event-ID`, or else the query's `lastEventId`; `channels=a,b`;
    /// `topic=a`, once for each; `recent=n`.
    ///
    /// The header wins: a browser that reconnects repeats the URL it was made with, where an older id may stand.
    /// An id is more than a wish for recent events, so `recent` counts only where there is none. Unknown
    /// parameters are ignored, and so is an empty id, which by the standard means that there is none.
    pub fn from_request(member: Member, headers: &HeaderMap, uri: &Uri) -> Opening {
        let mut opening = Opening {
            member,
            channels: Channels::All,
            topics: None,
            since: Since::Now,
        };
        let mut id = None;
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "lastEventId" => id = Some(value.into_owned()),
                "channels" => opening.channels = Channels::Named(names(&value)),
                "topic" => {
                    let topics = opening.topics.get_or_insert_default();
                    topics.insert(value.into_owned());
                }
                "recent" => opening.since = value.parse().map_or(Since::Now, Since::Recent),
                _ => {}
            }
        }
        // Browsers write the id as UTF-8, which `HeaderValue::to_str` would refuse.
        let header = headers
            .get("last-event-id")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        if let Some(id) = header
            .filter(|id| !id.is_empty())
            .or(id)
            .filter(|id| !id.is_empty())
        {
            opening.since = Since::Id(id);
        }
        opening
    }

    pub(super) fn may_see(&self, frame: &Frame) -> bool {
        let is_asked_for = |topics: &BTreeSet<String>| topics.contains(&*frame.name);
        if !self.topics.as_ref().is_none_or(is_asked_for) {
            return false;
        }
        match &frame.audience {
            Audience::Everyone => true,
            Audience::User(id) => *id == self.member.id,
            Audience::Channel(name) => match &self.channels {
                Channels::All => true,
                Channels::Named(names) => names.contains(&**name),
            },
        }
    }
}

/// The response to `GET /events`.
pub fn response(opened: Result<Connection, Refused>) -> Response {
    match opened {
        Ok(connection) => {
            let headers = [
                (header::CONTENT_TYPE, "text/event-stream"),
                (header::CACHE_CONTROL, "no-store"),
                // nginx would otherwise collect events until its buffer is full.
                (header::HeaderName::from_static("x-accel-buffering"), "no"),
            ];
            (headers, Body::from_stream(connection)).into_response()
        }
        Err(refused) => {
            let status = match refused {
                Refused::TooManyOfUser => StatusCode::TOO_MANY_REQUESTS,
                Refused::TooMany | Refused::Closed => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, [(header::RETRY_AFTER, "5")], refused.to_string()).into_response()
        }
    }
}

fn names(list: &str) -> BTreeSet<String> {
    list.split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::event::Event;

    fn opening(query: &str, header: Option<&[u8]>) -> Opening {
        let mut headers = HeaderMap::new();
        if let Some(id) = header {
            headers.insert("last-event-id", id.try_into().unwrap());
        }
        let member = Member {
            id: "u1".into(),
            name: "Ada".into(),
        };
        Opening::from_request(member, &headers, &format!("/events{query}").parse().unwrap())
    }

    #[test]
    fn the_header_wins_over_the_query_and_an_id_over_recent() {
        assert_eq!(
            opening("?lastEventId=b-1&recent=5", Some(b"b-2")).since,
            Since::Id("b-2".into())
        );
        assert_eq!(
            opening("?lastEventId=b-1&recent=5", Some(b"")).since,
            Since::Id("b-1".into())
        );
        assert_eq!(opening("?recent=5", None).since, Since::Recent(5));
        assert_eq!(opening("?lastEventId=&recent=x", None).since, Since::Now);
    }

    #[test]
    fn an_id_may_be_any_text() {
        assert_eq!(
            opening("?lastEventId=a%26b%3D+c%2F%C3%A9", None).since,
            Since::Id("a&b= c/é".into())
        );
        assert_eq!(opening("", Some("é".as_bytes())).since, Since::Id("é".into()));
        assert_eq!(
            opening("?lastEventId=%FF", None).since,
            Since::Id("\u{fffd}".into())
        );
    }

    #[test]
    fn channels_are_a_list() {
        let expected = ["a", "b c"].map(str::to_owned).into();
        assert_eq!(
            opening("?channels=a,b%20c,,", None).channels,
            Channels::Named(expected)
        );
        assert_eq!(opening("?other=1", None).channels, Channels::All);
    }
    #[test]
    fn topics_are_repeated_and_taken_as_they_are() {
        let expected: BTreeSet<_> = ["a,b", "c d"].map(str::to_owned).into();
        assert_eq!(
            opening("?topic=a,b&recent=1&topic=c%20d&topic=a,b", None).topics,
            Some(expected)
        );
        assert_eq!(opening("?topics=a", None).topics, None);
    }

    #[test]
    fn a_topic_is_a_name_and_opens_nothing_to_a_stranger() {
        let sees = |query: &str, name: &str, audience: Audience| {
            opening(query, None).may_see(&Frame::new(1, "b-1", audience, &Event::new(name, "")))
        };
        assert!(sees("?topic=a&topic=b", "b", Audience::Everyone));
        assert!(!sees("?topic=a", "b", Audience::Everyone));
        assert!(!sees("?topic=", "b", Audience::Everyone));
        // The name counts, whatever the channel is called.
        assert!(sees("?topic=a", "a", Audience::Channel("b".into())));
        assert!(!sees("?topic=b", "a", Audience::Channel("b".into())));
        assert!(!sees("?topic=a&channels=c", "a", Audience::Channel("b".into())));
        assert!(sees("?topic=a", "a", Audience::User("u1".into())));
        assert!(!sees("?topic=a", "a", Audience::User("u2".into())));
    }
}
