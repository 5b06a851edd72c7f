//! A connection as the shell is to make it, and what the server answered.
//!
//! EventSource shows neither status nor headers; [`Response`] and all of [`Hub`](crate::Hub)'s inputs that speak of
//! parsed events are for connections made with [`Via::Fetch`] alone.

use std::rc::Rc;

use crate::options::Options;
use crate::time::Millis;

/// What makes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The browser's EventSource: told by `handle_opened`, `handle_lost` and `handle_event`.
    EventSource,
    /// `fetch`, its body parsed by [`sse`](crate::sse): told by `handle_response`, `handle_parsed`, `handle_id`,
    /// `handle_oversize`, `handle_sign_of_life`, `handle_retry` and `handle_ended`.
    Fetch,
}

/// What [`Output::Open`](crate::Output::Open) asks for. Headers and id are for fetch alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// By what.
    pub via: Via,
    /// Absolute, with the resume parameter where the id goes by it.
    pub url: String,
    /// Names and values, a line each, joined by a comma, of which no name has one. The page has checked them.
    pub headers: Rc<str>,
    /// Value of `Last-Event-ID`, as `Headers` takes it: its UTF-8, a char for every byte.
    pub last_event_id: Option<String>,
    /// For `with_credentials` (for fetch: `credentials: 'include'`, else `'same-origin'`), `method`, `body`, and
    /// `limits.line` and `limits.event`, by which the parser goes.
    pub options: Rc<Options>,
}

/// The head of a response, redirects followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The essence of its `Content-Type` is `text/event-stream`.
    pub is_event_stream: bool,
    /// `Retry-After` from now on, whether the server gave seconds or a date. Bounds are the hub's.
    pub retry_after: Option<Millis>,
    /// The `Last-Event-ID` header of the response: by it a server (Mercure) says where it takes up.
    pub last_event_id: Option<String>,
}
