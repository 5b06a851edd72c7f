//! What can be told to a tab as wrong.

/// Stable codes of `TabmuxError` that the hub itself gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// An option is out of its range. Remedy: the range, which the detail names.
    BadOption,
    /// The stream's URL is not http(s). Remedy: pass an absolute http(s) URL.
    BadUrl,
    /// A channel name is empty. Remedy: name the SSE `event:`, or `message`.
    BadChannel,
    /// A message on the port that is not of the protocol. Remedy: one version of tabmux on the page; report it.
    BadMessage,
    /// Another stream to the same server is open. Remedy: one stream with several channels, or `maxStreamsPerOrigin`.
    StreamLimit,
    /// The stream runs with the options of the tab that came first. Remedy: the same options everywhere.
    OptionsConflict,
    /// The stream has its most channels. Remedy: fewer channels, or `limits.channels`.
    ChannelLimit,
    /// An event's data is larger than allowed. Remedy: smaller events, or `limits.event`.
    EventTooLarge,
    /// A line of the stream is longer than allowed: the event it belongs to is dropped. Remedy: shorter lines, or
    /// `limits.line`.
    LineTooLong,
    /// The server answered with this status; with 429 and 5xx the hub goes on trying, otherwise it has closed.
    HttpStatus,
    /// The response is no event stream. Remedy: serve it as `text/event-stream`; the URL may lead to a login page.
    ContentType,
    /// The server refuses the credentials (401, 403), fresh ones as well. Remedy: sign in, then `reconnect()`.
    Auth,
    /// No tab gave what `url` or `headers` as a function is asked for. The hub goes on asking.
    CredentialsTimeout,
    /// No connection, or none in time; told once per failed attempt. The hub goes on trying.
    Network,
    /// The fetch transport could not be loaded. The hub goes on trying. Remedy: serve `fetch.wasm` beside `worker.js`, and
    /// allow it.
    WorkerLoad,
    /// As many failed attempts in a row as `maxAttempts` allows. Remedy: `reconnect()`.
    MaxAttempts,
    /// The last event id could not be kept or read; told once. The stream goes on without.
    Storage,
    /// The stream was closed. Remedy: a new `connect()`.
    Closed,
}

impl Code {
    /// The code's name in the public API.
    pub fn name(self) -> &'static str {
        match self {
            Code::BadOption => "BAD_OPTION",
            Code::BadUrl => "BAD_URL",
            Code::BadChannel => "BAD_CHANNEL",
            Code::BadMessage => "BAD_MESSAGE",
            Code::StreamLimit => "STREAM_LIMIT",
            Code::OptionsConflict => "OPTIONS_CONFLICT",
            Code::ChannelLimit => "CHANNEL_LIMIT",
            Code::EventTooLarge => "EVENT_TOO_LARGE",
            Code::LineTooLong => "LINE_TOO_LONG",
            Code::HttpStatus => "HTTP_STATUS",
            Code::ContentType => "CONTENT_TYPE",
            Code::Auth => "AUTH",
            Code::CredentialsTimeout => "CREDENTIALS_TIMEOUT",
            Code::Network => "NETWORK",
            Code::WorkerLoad => "WORKER_LOAD",
            Code::MaxAttempts => "MAX_ATTEMPTS",
            Code::Storage => "STORAGE",
            Code::Closed => "CLOSED",
        }
    }
}

/// An error on its way to a page: the code, and the facts its message is made of. Never a token, query or payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// What is wrong.
    pub code: Code,
    /// The facts: an option's name, a limit, the stream that was first.
    pub detail: String,
}

impl WireError {
    /// An error of `code` with `detail`.
    #[inline(never)]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}
