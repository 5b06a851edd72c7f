//! What the pages ask and post.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answers,
    guard::Problem,
    jobs::{Jobs, NotStarted, Pace},
    limits::{Limits, RateLimit},
    streams::{Event, Member, Opening, Streams, response},
    tokens::{LASTING, ONCE, Tokens},
};

/// The address a request came from. `serve` puts it in.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What the handlers share.
#[derive(Clone)]
pub struct Demo {
    pub streams: Streams,
    pub jobs: Jobs,
    pub limits: Arc<Limits>,
    pub tokens: Arc<Tokens>,
    pub started: Instant,
}

/// Characters of one chat message or notification.
const MAX_TEXT: usize = 500;

pub fn routes(demo: Demo) -> Router {
    Router::new()
        .route("/events", get(events))
        .route("/api/server", get(server))
        .route("/api/token", post(token))
        .route("/api/answer", post(answer))
        .route("/api/chat", post(chat))
        .route("/api/notify", post(notify))
        .route("/api/job", post(start_job))
        .route("/api/job/cancel", post(cancel_job))
        // The longest valid body is a text of four-byte characters, each escaped.
        .layer(DefaultBodyLimit::max(8 * 1024))
        .with_state(demo)
}

async fn events(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(member): Extension<Member>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Err(problem) = limited(&demo.limits.opens, peer) {
        return problem.into_response();
    }
    // A token in the query says who it is, whatever the cookie says; a bad one is no reason to fall back on that.
    let member = match query(&uri, "token") {
        None => member,
        Some(token) => match demo.tokens.redeem(&token, Instant::now()) {
            Some(member) => member,
            None => {
                return Problem::new(StatusCode::UNAUTHORIZED, "this token is spent or has run out")
                    .into_response();
            }
        },
    };
    let name = member.name.clone();
    let opened = demo.streams.open(Opening::from_request(member, &headers, &uri));
    match &opened {
        Ok(_) => tracing::info!("stream opened for {name}"),
        Err(refused) => tracing::warn!("stream refused for {name}: {refused}"),
    }
    response(opened)
}

fn query(uri: &Uri, wanted: &str) -> Option<String> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.into_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// Good for one connection alone.
    once: bool,
}

/// A token for `GET /events?token=`, to whoever the cookie names.
async fn token(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(member): Extension<Member>,
    body: Result<Json<NewToken>, JsonRejection>,
) -> Result<Response, Problem> {
    limited(&demo.limits.opens, peer)?;
    let Json(NewToken { once }) = body.map_err(unreadable)?;
    let token = demo.tokens.issue(member, once, Instant::now());
    let seconds = if once { ONCE } else { LASTING }.as_secs();
    Ok(Json(json!({ "token": token, "seconds": seconds })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    prompt: String,
}

/// An answer as a stream of its own, word by word.
async fn answer(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Json<Question>, JsonRejection>,
) -> Result<Response, Problem> {
    limited(&demo.limits.opens, peer)?;
    let Json(Question { prompt }) = body.map_err(unreadable)?;
    Ok(answers::response(&clean(&prompt)?, &headers))
}

/// The server's own count of what is open: the pages show it beside what they believe.
async fn server(State(demo): State<Demo>, Extension(member): Extension<Member>) -> Json<Value> {
    let counts = demo.streams.counts();
    let own = counts
        .users
        .iter()
        .find(|user| user.id == member.id)
        .map_or(0, |user| user.connections);
    // The list is cut, the figures are not.
    let users: Vec<_> = counts
        .users
        .iter()
        .take(50)
        .map(|user| json!({ "id": &*user.id, "name": &*user.name, "connections": user.connections }))
        .collect();
    Json(json!({
        "you": { "id": &*member.id, "name": &*member.name, "connections": own },
        "connections": counts.connections,
        "opened": counts.opened,
        "cutOff": counts.cut_off,
        "usersTotal": counts.users.len(),
        "users": users,
        "lastId": counts.last_id,
        "log": { "events": counts.log.events, "bytes": counts.log.bytes },
        "uptime": demo.started.elapsed().as_secs(),
        "roots": demo.jobs.roots().collect::<Vec<_>>(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

async fn chat(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(member): Extension<Member>,
    body: Result<Json<Text>, JsonRejection>,
) -> Result<Response, Problem> {
    limited(&demo.limits.posts, peer)?;
    let text = text(body)?;
    let data = json!({ "time": now(), "from": { "id": &*member.id, "name": &*member.name }, "text": text });
    let id = demo
        .streams
        .to_channel("chat", Event::new("chat", data.to_string()));
    tracing::info!("chat message of {}", member.name);
    Ok(Json(json!({ "id": id })).into_response())
}

/// To all tabs of the visitor who asks, and to nobody else.
async fn notify(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(member): Extension<Member>,
    body: Result<Json<Text>, JsonRejection>,
) -> Result<Response, Problem> {
    limited(&demo.limits.posts, peer)?;
    let text = text(body)?;
    let data = json!({ "time": now(), "text": text });
    let id = demo
        .streams
        .to_user(&member.id, Event::new("notification", data.to_string()));
    tracing::info!("notification of {}", member.name);
    Ok(Json(json!({ "id": id })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewJob {
    root: String,
    pace: Pace,
}

async fn start_job(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(member): Extension<Member>,
    body: Result<Json<NewJob>, JsonRejection>,
) -> Result<Response, Problem> {
    limited(&demo.limits.jobs, peer)?;
    let Json(NewJob { root, pace }) = body.map_err(unreadable)?;
    let job = demo
        .jobs
        .start(&member.id, &root, pace)
        .map_err(|reason| match reason {
            NotStarted::UnknownRoot => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "there is no such root")
            }
            NotStarted::OneIsRunning => Problem::new(StatusCode::CONFLICT, "a job of yours is running"),
            NotStarted::Full => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "others' jobs are running; try again later",
            ),
        })?;
    tracing::info!("job {job} started by {}", member.name);
    Ok((StatusCode::ACCEPTED, Json(json!({ "job": job }))).into_response())
}

async fn cancel_job(
    State(demo): State<Demo>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(member): Extension<Member>,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Problem> {
    limited(&demo.limits.posts, peer)?;
    // The body says nothing, but asking for JSON makes this a request that a foreign page can't send.
    let _ = body.map_err(unreadable)?;
    Ok(Json(json!({ "cancelled": demo.jobs.cancel(&member.id) })).into_response())
}

fn limited(limit: &RateLimit, peer: IpAddr) -> Result<(), Problem> {
    limit.take(peer, Instant::now()).map_err(Problem::too_many)
}

fn text(body: Result<Json<Text>, JsonRejection>) -> Result<String, Problem> {
    let Json(Text { text }) = body.map_err(unreadable)?;
    clean(&text)
}

/// A visitor's text as others may see it: trimmed, bounded, and without characters that hide or reorder what
/// stands beside it.
fn clean(text: &str) -> Result<String, Problem> {
    let reorders =
        |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let text: String = text
        .chars()
        .filter(|c| *c == '\n' || !(c.is_control() || reorders(*c)))
        .collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the text is empty",
        ));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the text is longer than 500 characters",
        ));
    }
    Ok(text.to_owned())
}

fn unreadable(rejection: JsonRejection) -> Problem {
    let what = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Content-Type: application/json is needed",
        StatusCode::PAYLOAD_TOO_LARGE => "the request is too large",
        _ => "the request is not the JSON that is expected here",
    };
    Problem::new(rejection.status(), what)
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_loses_what_hides_or_reorders() {
        assert_eq!(clean("  a\u{202e}b\u{7}\nc \n").ok().unwrap(), "ab\nc");
    }

    #[test]
    fn a_text_has_a_length() {
        assert!(clean(" \u{200e} ").is_err());
        assert!(clean(&"é".repeat(MAX_TEXT)).is_ok());
        assert!(clean(&"é".repeat(MAX_TEXT + 1)).is_err());
    }
}
