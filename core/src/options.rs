//! What an application may say of a stream, parsed once at the border: a value of these types is valid.

use crate::error::{Code, WireError};
use crate::request::Via;
use crate::text::Text;
use crate::time::Millis;

/// `reconnect` of `ConnectOptions`: governs the connections that the hub makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconnect {
    /// First ceiling of the wait.
    pub initial_delay: Millis,
    /// Highest ceiling of the wait.
    pub max_delay: Millis,
    /// Growth of the ceiling per failure in a row; at least 1.
    pub factor: f64,
    /// Full jitter.
    pub jitter: bool,
    /// Failed attempts in a row, the first try not counted, after which the stream closes. `None`: never.
    pub max_attempts: Option<u32>,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            initial_delay: Millis(1000),
            max_delay: Millis(30_000),
            factor: 2.0,
            jitter: true,
            max_attempts: None,
        }
    }
}

/// What may make a stream's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Transport {
    /// EventSource, and fetch once the browser has given up on it, where the stream is of the page's own origin.
    #[default]
    Auto,
    /// EventSource alone: every refusal is tried again.
    EventSource,
    /// The same, and what closes it for good closes the stream.
    Strict,
    /// fetch alone.
    Fetch,
}

impl Transport {
    /// Its name in the public API; `strict` is the drop-in's.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Auto => "auto",
            Transport::EventSource => "eventsource",
            Transport::Strict => "strict",
            Transport::Fetch => "fetch",
        }
    }
}

/// What a full queue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The oldest event goes, whatever its channel.
    #[default]
    DropOldest,
    /// Every channel keeps its latest event; all before it go.
    Latest,
}

/// `buffer` of `ConnectOptions`: the bounds of one tab's queue. The tab's own, not the stream's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Most events waiting or unacknowledged.
    pub events: usize,
    /// Most UTF-16 units of data waiting or unacknowledged.
    pub units: u64,
    /// What happens beyond either.
    pub overflow: Overflow,
}

impl Default for Buffer {
    fn default() -> Self {
        Self {
            events: 50_000,
            units: 16 << 20,
            overflow: Overflow::DropOldest,
        }
    }
}

/// `limits` of `ConnectOptions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line of a body that is parsed here, in UTF-16 units.
    pub line: u32,
    /// Largest `data` of an event, in UTF-16 units.
    pub event: u32,
    /// Most channels of the stream.
    pub channels: usize,
    /// Most UTF-16 units kept for late subscribers, all channels together.
    pub replay_total: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 16 << 20,
            event: 16 << 20,
            channels: 10_000,
            replay_total: 32 << 20,
        }
    }
}

/// The options of a stream as the hub uses them.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Cookies on cross-origin requests.
    pub with_credentials: bool,
    /// What makes the connections.
    pub transport: Transport,
    /// Method, where it is not GET.
    pub method: Option<String>,
    /// Headers, if they are no function, as a request has them: those of the tab that joined last count, since hers are
    /// the freshest.
    pub headers: Option<String>,
    /// Body of every request.
    pub body: Option<String>,
    /// The URL is a function of the page.
    pub asks_url: bool,
    /// The headers are a function of the page.
    pub asks_headers: bool,
    /// Whether a fetch may carry the header Last-Event-ID. `None`: to the page's own origin, where it costs no preflight.
    pub resume_header: Option<bool>,
    /// Waits between the hub's own attempts.
    pub reconnect: Reconnect,
    /// No answer by then: the attempt failed.
    pub connect_timeout: Millis,
    /// Name of the event that the server sends as a heartbeat.
    pub heartbeat: Option<String>,
    /// Longest silence once armed. `None`: derived from what was seen; `Some(0)`: off.
    pub heartbeat_timeout: Option<Millis>,
    /// Query parameter that carries the last event id when the hub makes a new EventSource. `None`: never sent.
    pub resume_param: Option<String>,
    /// Event by which the server says that events are lost.
    pub lost_event: Option<String>,
    /// Keep the last event id past all tabs, for so long.
    pub persist: Option<Millis>,
    /// Past events kept per channel.
    pub replay_events: usize,
    /// Channels to hear even before a tab subscribes.
    pub channels: Vec<String>,
    /// The top-level field of the JSON in `data` that names the channel of an event without a name.
    pub channel_json: Option<String>,
    /// Close the upstream when all tabs are hidden that long; zero: never.
    pub hidden_timeout: Millis,
    /// Streams of `connect` to one server origin.
    pub max_streams_per_origin: usize,
    /// Sizes beyond which there is an error instead of growth.
    pub limits: Limits,
    /// Bounds of this tab's queue.
    pub buffer: Buffer,
    /// Whom the stream belongs to; streams of two principals share nothing.
    pub principal: Option<String>,
    /// Identity of the stream in place of its URL.
    pub key: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            with_credentials: false,
            transport: Transport::Auto,
            method: None,
            headers: None,
            body: None,
            asks_url: false,
            asks_headers: false,
            resume_header: None,
            reconnect: Reconnect::default(),
            connect_timeout: Millis(30_000),
            heartbeat: None,
            heartbeat_timeout: None,
            resume_param: Some("lastEventId".to_owned()),
            lost_event: None,
            persist: None,
            replay_events: 100,
            channels: Vec::new(),
            channel_json: None,
            hidden_timeout: Millis(0),
            max_streams_per_origin: 1,
            limits: Limits::default(),
            buffer: Buffer::default(),
            principal: None,
            key: None,
        }
    }
}

/// The options as they arrive: numbers not yet looked at.
///
/// One field per name of `ConnectOptions`; absent means default. `resume_param: Some(None)` is an explicit `null`,
/// `persist: Some(None)` one without `maxAge`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are those of ConnectOptions")]
pub struct RawOptions {
    pub with_credentials: Option<bool>,
    pub transport: Option<String>,
    pub strict: Option<bool>,
    pub method: Option<String>,
    pub headers: Option<String>,
    pub body: Option<String>,
    pub asks: Option<f64>,
    pub resume_header: Option<bool>,
    pub initial_delay: Option<f64>,
    pub max_delay: Option<f64>,
    pub factor: Option<f64>,
    pub jitter: Option<bool>,
    pub max_attempts: Option<f64>,
    pub connect_timeout: Option<f64>,
    pub heartbeat: Option<String>,
    pub heartbeat_timeout: Option<f64>,
    pub resume_param: Option<Option<String>>,
    pub lost_event: Option<String>,
    pub persist: Option<Option<f64>>,
    pub replay_events: Option<f64>,
    pub buffer_events: Option<f64>,
    pub buffer_bytes: Option<f64>,
    pub overflow: Option<String>,
    pub channels: Option<Vec<String>>,
    pub channel_json: Option<String>,
    pub hidden_timeout: Option<f64>,
    pub max_streams_per_origin: Option<f64>,
    pub limit_line: Option<f64>,
    pub limit_event: Option<f64>,
    pub limit_channels: Option<f64>,
    pub limit_replay_total: Option<f64>,
    pub principal: Option<String>,
    pub key: Option<String>,
}

/// Longest time an option may name: timers of browsers overflow at 2^31 ms.
const MAX_MILLIS: f64 = 2_147_483_647.0;
/// How long an id is kept past all tabs where the app does not say.
const MAX_AGE: f64 = 300_000.0;
/// Most of anything that is counted.
const MAX_COUNT: f64 = 4_294_967_295.0;

/// A numeric option: its name, where it stands, its range, and whether it must be whole.
type Range = (&'static str, fn(&RawOptions) -> Option<f64>, f64, f64, bool);

/// Tables instead of a check per field: they are data, and data is small.
const RANGES: [Range; 16] = [
    (
        "reconnect.initialDelay",
        |raw| raw.initial_delay,
        0.0,
        MAX_MILLIS,
        false,
    ),
    ("reconnect.maxDelay", |raw| raw.max_delay, 0.0, MAX_MILLIS, false),
    ("reconnect.factor", |raw| raw.factor, 1.0, 100.0, false),
    (
        "reconnect.maxAttempts",
        |raw| raw.max_attempts.filter(|&n| n != f64::INFINITY),
        0.0,
        MAX_COUNT,
        true,
    ),
    (
        "connectTimeout",
        |raw| raw.connect_timeout,
        1.0,
        MAX_MILLIS,
        false,
    ),
    (
        "heartbeatTimeout",
        |raw| raw.heartbeat_timeout,
        0.0,
        MAX_MILLIS,
        false,
    ),
    (
        "resume.persist.maxAge",
        |raw| raw.persist.flatten(),
        1.0,
        MAX_MILLIS,
        false,
    ),
    ("replay.events", |raw| raw.replay_events, 0.0, MAX_COUNT, true),
    ("buffer.events", |raw| raw.buffer_events, 1.0, MAX_COUNT, true),
    ("buffer.bytes", |raw| raw.buffer_bytes, 1.0, MAX_COUNT, true),
    ("hiddenTimeout", |raw| raw.hidden_timeout, 0.0, MAX_MILLIS, false),
    (
        "maxStreamsPerOrigin",
        |raw| raw.max_streams_per_origin,
        1.0,
        MAX_COUNT,
        true,
    ),
    ("limits.line", |raw| raw.limit_line, 1.0, MAX_COUNT, true),
    ("limits.event", |raw| raw.limit_event, 1.0, MAX_COUNT, true),
    ("limits.channels", |raw| raw.limit_channels, 1.0, MAX_COUNT, true),
    (
        "limits.replayTotal",
        |raw| raw.limit_replay_total,
        0.0,
        MAX_COUNT,
        true,
    ),
];

/// An option of `O` by its name.
type Number<O> = (&'static str, fn(&O) -> u64);
/// The same, for one that is a word.
type Word<O> = (&'static str, fn(&O) -> Option<&str>);

/// Options that must name something where they are given.
const NAMES: [Word<RawOptions>; 4] = [
    ("heartbeat.event", |raw| raw.heartbeat.as_deref()),
    ("resume.param", |raw| raw.resume_param.as_ref()?.as_deref()),
    ("resume.lostEvent", |raw| raw.lost_event.as_deref()),
    ("key", |raw| raw.key.as_deref()),
];

/// What tabs of one stream should agree on, as numbers.
const SHARED_NUMBERS: [Number<Options>; 16] = [
    ("reconnect.initialDelay", |options| {
        options.reconnect.initial_delay.0
    }),
    ("reconnect.maxDelay", |options| options.reconnect.max_delay.0),
    ("reconnect.factor (percent)", |options| {
        to_u64(options.reconnect.factor * 100.0)
    }),
    ("reconnect.jitter", |options| options.reconnect.jitter.into()),
    ("reconnect.maxAttempts", |options| {
        options.reconnect.max_attempts.map_or(u64::MAX, u64::from)
    }),
    ("connectTimeout", |options| options.connect_timeout.0),
    ("heartbeatTimeout", |options| {
        options.heartbeat_timeout.map_or(u64::MAX, |timeout| timeout.0)
    }),
    ("resume.persist.maxAge", |options| {
        options.persist.map_or(u64::MAX, |age| age.0)
    }),
    ("replay.events", |options| options.replay_events as u64),
    ("hiddenTimeout", |options| options.hidden_timeout.0),
    ("limits.line", |options| options.limits.line.into()),
    ("limits.event", |options| options.limits.event.into()),
    ("url as a function", |options| options.asks_url.into()),
    ("headers as a function", |options| options.asks_headers.into()),
    ("limits.channels", |options| options.limits.channels as u64),
    ("limits.replayTotal", |options| options.limits.replay_total),
];

/// What tabs of one stream should agree on, as words.
const SHARED_WORDS: [Word<Options>; 3] = [
    ("heartbeat.event", |options| options.heartbeat.as_deref()),
    ("resume.param", |options| options.resume_param.as_deref()),
    ("resume.lostEvent", |options| options.lost_event.as_deref()),
];

impl Options {
    /// Parses, or names the first option that is out of range as `BAD_OPTION`.
    pub fn parse(raw: RawOptions) -> Result<Self, WireError> {
        for (name, value, min, max, is_whole) in RANGES {
            let is_good = |value: f64| value >= min && value <= max && !(is_whole && value.fract() != 0.0);
            if !value(&raw).is_none_or(is_good) {
                return Err(out_of_range(name, min, max, is_whole));
            }
        }
        for (name, value) in NAMES {
            if value(&raw).is_some_and(str::is_empty) {
                return Err(bad(name, "a name that is not empty"));
            }
        }
        if raw.channels.iter().flatten().any(String::is_empty) {
            return Err(bad("channels", "names that are not empty"));
        }
        let overflow = match raw.overflow.as_deref() {
            None | Some("drop-oldest") => Overflow::DropOldest,
            Some("latest") => Overflow::Latest,
            Some(_) => return Err(bad("buffer.overflow", "'drop-oldest' or 'latest'")),
        };
        let mut options = Self::default();
        let asks = raw.asks.map_or(0, to_u32);
        let needs_fetch =
            raw.method.is_some() || raw.body.is_some() || raw.headers.is_some() || asks & 2 != 0;
        options.transport = match (raw.transport.as_deref(), raw.strict) {
            (Some("fetch"), _) => Transport::Fetch,
            (None | Some("auto"), _) if needs_fetch => Transport::Fetch,
            (_, Some(true)) => Transport::Strict,
            (None | Some("auto"), _) => Transport::Auto,
            (Some("eventsource"), _) if !needs_fetch => Transport::EventSource,
            _ => return Err(bad("transport", "'auto', 'eventsource' or 'fetch'")),
        };
        let millis = |span: &mut Millis, given: Option<f64>| {
            if let Some(value) = given {
                *span = Millis(to_u64(value));
            }
        };
        let count = |count: &mut usize, given: Option<f64>| {
            if let Some(value) = given {
                *count = to_u32(value) as usize;
            }
        };
        options.method = raw.method;
        options.headers = raw.headers;
        options.body = raw.body;
        options.asks_url = asks & 1 != 0;
        options.asks_headers = asks & 2 != 0;
        options.resume_header = raw.resume_header;
        options.with_credentials = raw.with_credentials.unwrap_or(false);
        millis(&mut options.reconnect.initial_delay, raw.initial_delay);
        millis(&mut options.reconnect.max_delay, raw.max_delay);
        options.reconnect.factor = raw.factor.unwrap_or(options.reconnect.factor);
        options.reconnect.jitter = raw.jitter.unwrap_or(true);
        options.reconnect.max_attempts = raw.max_attempts.filter(|&n| n != f64::INFINITY).map(to_u32);
        millis(&mut options.connect_timeout, raw.connect_timeout);
        options.heartbeat = raw.heartbeat;
        options.heartbeat_timeout = raw.heartbeat_timeout.map(|value| Millis(to_u64(value)));
        if let Some(param) = raw.resume_param {
            options.resume_param = param;
        }
        options.lost_event = raw.lost_event;
        options.persist = raw.persist.map(|age| Millis(to_u64(age.unwrap_or(MAX_AGE))));
        count(&mut options.replay_events, raw.replay_events);
        options.channels = raw.channels.unwrap_or_default();
        options.channel_json = raw.channel_json;
        millis(&mut options.hidden_timeout, raw.hidden_timeout);
        count(&mut options.max_streams_per_origin, raw.max_streams_per_origin);
        options.limits.line = raw.limit_line.map_or(options.limits.line, to_u32);
        options.limits.event = raw.limit_event.map_or(options.limits.event, to_u32);
        count(&mut options.limits.channels, raw.limit_channels);
        options.limits.replay_total = raw.limit_replay_total.map_or(options.limits.replay_total, to_u64);
        count(&mut options.buffer.events, raw.buffer_events);
        options.buffer.units = raw.buffer_bytes.map_or(options.buffer.units, to_u64);
        options.buffer.overflow = overflow;
        options.principal = raw.principal;
        options.key = raw.key;
        Ok(options)
    }

    /// What makes the first connection.
    pub fn via(&self) -> Via {
        if self.transport == Transport::Fetch {
            Via::Fetch
        } else {
            Via::EventSource
        }
    }

    /// Whether what a connection needs is asked of the tabs.
    pub fn asks(&self) -> bool {
        self.asks_url || self.asks_headers
    }

    /// The stream-wide options in which `other` differs, as one text of `name: ours (asked for theirs)`; `None` where
    /// they agree. What belongs to one tab alone (`buffer`) or is part of the identity is not compared.
    pub fn conflict(&self, other: &Options) -> Option<String> {
        let mut text = Text::new();
        for (name, value) in SHARED_NUMBERS {
            let (ours, theirs) = (value(self), value(other));
            if ours != theirs {
                text.separate(", ")
                    .push(name)
                    .push(": ")
                    .number(ours)
                    .push(" (asked for ");
                text.number(theirs).push(")");
            }
        }
        for (name, value) in SHARED_WORDS {
            let (ours, theirs) = (value(self), value(other));
            if ours != theirs {
                text.separate(", ")
                    .push(name)
                    .push(": ")
                    .push(ours.unwrap_or("none"));
                text.push(" (asked for ").push(theirs.unwrap_or("none")).push(")");
            }
        }
        text.into_option()
    }
}

fn bad(name: &str, expected: &str) -> WireError {
    let mut text = Text::new();
    text.push(name).push(" must be ").push(expected);
    WireError::new(Code::BadOption, text.into_string())
}

fn out_of_range(name: &str, min: f64, max: f64, is_whole: bool) -> WireError {
    let mut expected = Text::new();
    expected.push(if is_whole {
        "a whole number from "
    } else {
        "a number from "
    });
    expected.number(to_u64(min)).push(" to ").number(to_u64(max));
    bad(name, &expected.into_string())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "range checked; `as` saturates"
)]
fn to_u32(value: f64) -> u32 {
    value as u32
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "range checked; `as` saturates"
)]
fn to_u64(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(Options::parse(RawOptions::default()), Ok(Options::default()));
    }

    #[test]
    fn infinity_is_no_limit_of_attempts() {
        let raw = RawOptions {
            max_attempts: Some(f64::INFINITY),
            ..RawOptions::default()
        };
        assert_eq!(Options::parse(raw).unwrap().reconnect.max_attempts, None);
    }

    #[test]
    fn out_of_range_names_the_option_and_the_range() {
        for (raw, name) in [
            (
                RawOptions {
                    max_delay: Some(-1.0),
                    ..RawOptions::default()
                },
                "reconnect.maxDelay",
            ),
            (
                RawOptions {
                    max_delay: Some(f64::NAN),
                    ..RawOptions::default()
                },
                "reconnect.maxDelay",
            ),
            (
                RawOptions {
                    factor: Some(0.5),
                    ..RawOptions::default()
                },
                "reconnect.factor",
            ),
            (
                RawOptions {
                    max_attempts: Some(1.5),
                    ..RawOptions::default()
                },
                "reconnect.maxAttempts",
            ),
            (
                RawOptions {
                    connect_timeout: Some(0.0),
                    ..RawOptions::default()
                },
                "connectTimeout",
            ),
            (
                RawOptions {
                    buffer_events: Some(0.0),
                    ..RawOptions::default()
                },
                "buffer.events",
            ),
            (
                RawOptions {
                    overflow: Some("newest".into()),
                    ..RawOptions::default()
                },
                "buffer.overflow",
            ),
            (
                RawOptions {
                    resume_param: Some(Some(String::new())),
                    ..RawOptions::default()
                },
                "resume.param",
            ),
            (
                RawOptions {
                    channels: Some(vec![String::new()]),
                    ..RawOptions::default()
                },
                "channels",
            ),
        ] {
            let error = Options::parse(raw).unwrap_err();
            assert_eq!(error.code, Code::BadOption);
            assert!(error.detail.starts_with(name), "{}", error.detail);
        }
    }

    #[test]
    fn a_conflict_names_option_and_both_values() {
        let ours = Options::default();
        let mut theirs = Options::default();
        assert_eq!(ours.conflict(&theirs), None);
        theirs.replay_events = 7;
        theirs.buffer.events = 1;
        theirs.lost_event = Some("lost".into());
        let text = ours.conflict(&theirs).unwrap();
        assert_eq!(
            text,
            "replay.events: 100 (asked for 7), resume.lostEvent: none (asked for lost)"
        );
    }
}
