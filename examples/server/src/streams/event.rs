use std::sync::Arc;

use bytes::Bytes;

/// What is sent: a name (the `event:` field) and its data.
#[derive(Clone, Debug)]
pub struct Event {
    name: Arc<str>,
    data: String,
}

impl Event {
    /// `data` may have several lines; CRLF, CR and LF all reach the client as LF, as the format has it.
    ///
    /// A line break or NUL in `name` can't be expressed in the format. It becomes U+FFFD, so that a name made of
    /// a stranger's text can't forge a field.
    pub fn new(name: impl AsRef<str>, data: impl Into<String>) -> Event {
        let name: String = name
            .as_ref()
            .chars()
            .map(|c| {
                if matches!(c, '\r' | '\n' | '\0') {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect();
        Event {
            name: name.into(),
            data: data.into(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The event as it stands on the wire. Without an id the client's last event id stays what it was.
    pub(super) fn encode(&self, id: Option<&str>) -> Bytes {
        let mut wire = String::with_capacity(self.data.len() + self.name.len() + 48);
        if let Some(id) = id {
            field(&mut wire, "id", id);
        }
        // `message` is the name that an event without the field has; leaving it out saves the bytes.
        if &*self.name != "message" {
            field(&mut wire, "event", &self.name);
        }
        for line in lines(&self.data) {
            field(&mut wire, "data", line);
        }
        wire.push('\n');
        Bytes::from(wire)
    }
}

/// Who receives an event, live and in replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// The connections that asked for this channel, or for all.
    Channel(Arc<str>),
    /// Every connection of the user with this id.
    User(Arc<str>),
}

/// An event that has its number: what log and queues hold. The wire form is made once and shared.
#[derive(Debug)]
pub(super) struct Frame {
    pub sequence: u64,
    pub name: Arc<str>,
    pub audience: Audience,
    pub wire: Bytes,
}

impl Frame {
    pub fn new(sequence: u64, id: &str, audience: Audience, event: &Event) -> Frame {
        Frame {
            sequence,
            name: event.name.clone(),
            audience,
            wire: event.encode(Some(id)),
        }
    }
}

fn field(wire: &mut String, name: &str, value: &str) {
    wire.push_str(name);
    wire.push_str(": ");
    wire.push_str(value);
    wire.push('\n');
}

/// The lines of `data` by the three line ends of the format. Not `str::lines`: that keeps a lone CR, which the
/// client would take for a line end, and drops an empty last line. Empty data is one empty line: without any
/// `data:` line the client would not dispatch the event.
fn lines(data: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        let after = &text[end..];
        rest = Some(after.strip_prefix("\r\n").unwrap_or(&after[1..]));
        Some(&text[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(event: Event, id: Option<&str>) -> String {
        String::from_utf8(event.encode(id).to_vec()).unwrap()
    }

    #[test]
    fn an_event_has_id_name_and_data() {
        assert_eq!(
            wire(Event::new("alert", "hot"), Some("b-1")),
            "id: b-1\nevent: alert\ndata: hot\n\n"
        );
    }

    #[test]
    fn without_an_id_there_is_no_id_field() {
        assert_eq!(wire(Event::new("lost", "x"), None), "event: lost\ndata: x\n\n");
    }

    #[test]
    fn each_line_is_a_data_line_whatever_ends_it() {
        let expected = "data: a\ndata: b\ndata: c\ndata: \ndata: d\ndata: \n\n";
        assert_eq!(wire(Event::new("message", "a\nb\r\nc\r\rd\n"), None), expected);
    }

    #[test]
    fn empty_data_is_still_dispatched() {
        assert_eq!(wire(Event::new("tick", ""), None), "event: tick\ndata: \n\n");
    }

    #[test]
    fn a_name_cannot_forge_a_field() {
        let event = Event::new("chat\ndata: forged\r\0", "real");
        assert_eq!(
            wire(event, None),
            "event: chat\u{fffd}data: forged\u{fffd}\u{fffd}\ndata: real\n\n"
        );
    }
}
