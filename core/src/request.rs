//! A connection as the shell is to make it, and what the server answered.
//!
//! EventSource shows neither status nor headers; [`Response`] and all of [`Hub`](crate::Hub)'s inputs that speak of
//! parsed events are for connections made with [`Via::Fetch`] alone.

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

/// What [`Output::Open`](crate::Output::Open) asks for. The fields after `with_credentials` are empty for EventSource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// By what.
    pub via: Via,
    /// Absolute, with the resume parameter where the id goes by it.
    pub url: String,
    /// EventSource's `withCredentials`; for fetch `credentials: 'include'`, else `'same-origin'`.
    pub with_credentials: bool,
    /// `None` is GET.
    pub method: Option<String>,
    /// Names and values. The page has checked that `Headers` takes them.
    pub headers: Vec<(String, String)>,
    /// Text of the body.
    pub body: Option<String>,
    /// Value of `Last-Event-ID`, as `Headers` takes it: its UTF-8, a char for every byte.
    pub last_event_id: Option<String>,
    /// Longest line that the parser holds, in UTF-16 units.
    pub max_line: u32,
    /// Most data of one event that the parser holds, in UTF-16 units.
    pub max_event: u32,
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
