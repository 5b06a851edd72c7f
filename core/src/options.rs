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

/// The options of a stream as the hub uses them.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "independent options")]
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
    /// Query parameter by which the server is asked for what the tabs hold, and no more.
    pub topics: Option<String>,
    /// One such parameter for all of them, joined by commas; otherwise one for each.
    pub joins_topics: bool,
    /// An id is one of the list of topics that it was got by, and means nothing with another.
    pub has_local_ids: bool,
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
    /// Those of [`NUMBERS`], to be compared.
    numbers: [f64; COUNT],
}

/// The options as they arrive: numbers not yet looked at.
///
/// One field per name of `ConnectOptions`; absent means default. `resume_param: Some(None)` is an explicit `null`.
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
    pub persist: Option<bool>,
    pub max_age: Option<f64>,
    pub replay_events: Option<f64>,
    pub buffer_events: Option<f64>,
    pub buffer_bytes: Option<f64>,
    pub overflow: Option<String>,
    pub channels: Option<Vec<String>>,
    pub channel_json: Option<String>,
    pub topics: Option<String>,
    pub joins_topics: bool,
    pub has_local_ids: bool,
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
/// Most of anything that is counted.
const MAX_COUNT: f64 = 4_294_967_295.0;
/// The default of what has none.
const NONE: f64 = f64::NAN;

/// A numeric option: where it stands, its slot, its least, most and default, and whether it must be whole.
pub type Number = (
    &'static str,
    fn(&mut RawOptions) -> &mut Option<f64>,
    [f64; 3],
    bool,
);

/// Tables instead of code per field: they are data, and data is small. Where more than one dot were needed, the reader
/// looks by itself.
#[rustfmt::skip]
pub static NUMBERS: [Number; COUNT] = [
    ("reconnect.initialDelay", |raw| &mut raw.initial_delay, [0.0, MAX_MILLIS, 1000.0], false),
    ("reconnect.maxDelay", |raw| &mut raw.max_delay, [0.0, MAX_MILLIS, 30_000.0], false),
    ("reconnect.factor", |raw| &mut raw.factor, [1.0, 100.0, 2.0], false),
    ("reconnect.maxAttempts", |raw| &mut raw.max_attempts, [0.0, MAX_COUNT, f64::INFINITY], true),
    ("connectTimeout", |raw| &mut raw.connect_timeout, [1.0, MAX_MILLIS, 30_000.0], false),
    ("heartbeatTimeout", |raw| &mut raw.heartbeat_timeout, [0.0, MAX_MILLIS, NONE], false),
    ("resume.persist.maxAge", |raw| &mut raw.max_age, [1.0, MAX_MILLIS, 300_000.0], false),
    ("replay.events", |raw| &mut raw.replay_events, [0.0, MAX_COUNT, 100.0], true),
    ("hiddenTimeout", |raw| &mut raw.hidden_timeout, [0.0, MAX_MILLIS, 0.0], false),
    ("limits.line", |raw| &mut raw.limit_line, [1.0, MAX_COUNT, 16_777_216.0], true),
    ("limits.event", |raw| &mut raw.limit_event, [1.0, MAX_COUNT, 16_777_216.0], true),
    ("limits.channels", |raw| &mut raw.limit_channels, [1.0, MAX_COUNT, 10_000.0], true),
    ("limits.replayTotal", |raw| &mut raw.limit_replay_total, [0.0, MAX_COUNT, 33_554_432.0], true),
    ("maxStreamsPerOrigin", |raw| &mut raw.max_streams_per_origin, [1.0, MAX_COUNT, 1.0], true),
    ("buffer.events", |raw| &mut raw.buffer_events, [1.0, MAX_COUNT, 50_000.0], true),
    ("buffer.bytes", |raw| &mut raw.buffer_bytes, [1.0, MAX_COUNT, 16_777_216.0], true),
];
const COUNT: usize = 16;
/// So many of them, from the first, should tabs of one stream agree on.
const SHARED: usize = 13;
/// That of `resume.persist.maxAge`, and of `reconnect.factor`.
const MAX_AGE: usize = 6;
const FACTOR: usize = 2;

/// An option that is a text: where it stands, its slot, and whether it must not be empty.
pub type Word = (&'static str, fn(&mut RawOptions) -> &mut Option<String>, bool);

/// All but `resume.param`, which can be `null`.
pub static WORDS: [Word; 11] = [
    ("transport", |raw| &mut raw.transport, false),
    ("method", |raw| &mut raw.method, false),
    ("headers", |raw| &mut raw.headers, false),
    ("body", |raw| &mut raw.body, false),
    ("heartbeat.event", |raw| &mut raw.heartbeat, true),
    ("resume.lostEvent", |raw| &mut raw.lost_event, true),
    ("buffer.overflow", |raw| &mut raw.overflow, false),
    ("channel.json", |raw| &mut raw.channel_json, false),
    ("principal", |raw| &mut raw.principal, false),
    ("key", |raw| &mut raw.key, true),
    ("topics.param", |raw| &mut raw.topics, true),
];

/// An option that is on or off.
pub type Flag = (&'static str, fn(&mut RawOptions) -> &mut Option<bool>);

/// All but `resume.persist`, which can be an object.
pub static FLAGS: [Flag; 4] = [
    ("withCredentials", |raw| &mut raw.with_credentials),
    ("strict", |raw| &mut raw.strict),
    ("reconnect.jitter", |raw| &mut raw.jitter),
    ("resume.header", |raw| &mut raw.resume_header),
];

impl Options {
    /// Parses, or names the first option that is out of range as `BAD_OPTION`.
    pub fn parse(mut raw: RawOptions) -> Result<Self, WireError> {
        let mut numbers = [0.0; COUNT];
        parse_numbers(&mut raw, &mut numbers)?;
        for &(name, slot, is_name) in &WORDS {
            if is_name && slot(&mut raw).as_deref() == Some("") {
                return Err(bad(name, NOT_EMPTY));
            }
        }
        let resume_param = raw.resume_param.unwrap_or_else(|| Some("lastEventId".to_owned()));
        if resume_param.as_deref() == Some("") {
            return Err(bad("resume.param", NOT_EMPTY));
        }
        let channels = raw.channels.unwrap_or_default();
        if channels.iter().any(String::is_empty) {
            return Err(bad("channels", "names that are not empty"));
        }
        let overflow = match raw.overflow.as_deref() {
            None | Some("drop-oldest") => Overflow::DropOldest,
            Some("latest") => Overflow::Latest,
            Some(_) => return Err(bad("buffer.overflow", "'drop-oldest' or 'latest'")),
        };
        let asks = raw.asks.map_or(0, to_u32);
        let needs_fetch =
            raw.method.is_some() || raw.body.is_some() || raw.headers.is_some() || asks & 2 != 0;
        let transport = match (raw.transport.as_deref(), raw.strict) {
            (Some("fetch"), _) => Transport::Fetch,
            (None | Some("auto"), _) if needs_fetch => Transport::Fetch,
            (_, Some(true)) => Transport::Strict,
            (None | Some("auto"), _) => Transport::Auto,
            (Some("eventsource"), _) if !needs_fetch => Transport::EventSource,
            _ => return Err(bad("transport", "'auto', 'eventsource' or 'fetch'")),
        };
        if raw.persist != Some(true) {
            numbers[MAX_AGE] = NONE;
        }
        let [
            initial_delay,
            max_delay,
            factor,
            max_attempts,
            connect_timeout,
            heartbeat_timeout,
            max_age,
            replay_events,
            hidden_timeout,
            line,
            event,
            limit_channels,
            replay_total,
            max_streams_per_origin,
            events,
            units,
        ] = numbers;
        let some = |value: f64| (!value.is_nan()).then(|| millis(value));
        Ok(Self {
            with_credentials: raw.with_credentials.unwrap_or(false),
            transport,
            method: raw.method,
            headers: raw.headers,
            body: raw.body,
            asks_url: asks & 1 != 0,
            asks_headers: asks & 2 != 0,
            resume_header: raw.resume_header,
            reconnect: Reconnect {
                initial_delay: millis(initial_delay),
                max_delay: millis(max_delay),
                factor,
                jitter: raw.jitter.unwrap_or(true),
                max_attempts: (max_attempts <= MAX_COUNT).then(|| to_u32(max_attempts)),
            },
            connect_timeout: millis(connect_timeout),
            heartbeat: raw.heartbeat,
            heartbeat_timeout: some(heartbeat_timeout),
            resume_param,
            lost_event: raw.lost_event,
            persist: some(max_age),
            replay_events: to_u32(replay_events) as usize,
            channels,
            channel_json: raw.channel_json,
            topics: raw.topics,
            joins_topics: raw.joins_topics,
            has_local_ids: raw.has_local_ids,
            hidden_timeout: millis(hidden_timeout),
            max_streams_per_origin: to_u32(max_streams_per_origin) as usize,
            limits: Limits {
                line: to_u32(line),
                event: to_u32(event),
                channels: to_u32(limit_channels) as usize,
                replay_total: to_u64(replay_total),
            },
            buffer: Buffer {
                events: to_u32(events) as usize,
                units: to_u64(units),
                overflow,
            },
            principal: raw.principal,
            key: raw.key,
            numbers,
        })
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
        let mut compare = |name: &str, ours: u64, theirs: u64| {
            if ours != theirs {
                text.separate(", ").push(name).push(": ").number(ours);
                text.push(ASKED_FOR).number(theirs).push(")");
            }
        };
        for (at, &(name, ..)) in NUMBERS.iter().enumerate().take(SHARED) {
            let value = |of: &Options| match of.numbers[at] {
                none if none.is_nan() => u64::MAX,
                factor if at == FACTOR => to_u64(factor * 100.0),
                number => to_u64(number),
            };
            let name = if at == FACTOR {
                "reconnect.factor (percent)"
            } else {
                name
            };
            compare(name, value(self), value(other));
        }
        for &(name, value) in &SHARED_FLAGS {
            compare(name, value(self).into(), value(other).into());
        }
        for &(name, value) in &SHARED_WORDS {
            let (ours, theirs) = (value(self), value(other));
            if ours != theirs {
                text.separate(", ")
                    .push(name)
                    .push(": ")
                    .push(ours.unwrap_or("none"));
                text.push(ASKED_FOR).push(theirs.unwrap_or("none")).push(")");
            }
        }
        text.into_option()
    }
}

/// The value of each of [`NUMBERS`], by default where none is given.
#[inline(never)]
fn parse_numbers(raw: &mut RawOptions, numbers: &mut [f64; COUNT]) -> Result<(), WireError> {
    for (number, &(name, slot, [min, max, default], is_whole)) in numbers.iter_mut().zip(&NUMBERS) {
        let given = slot(raw).filter(|&value| !(value == f64::INFINITY && default == f64::INFINITY));
        *number = given.unwrap_or(default);
        if let Some(value) = given
            && !(value >= min && value <= max && !(is_whole && value.fract() != 0.0))
        {
            return Err(out_of_range(name, min, max, is_whole));
        }
    }
    Ok(())
}

/// What else tabs of one stream should agree on.
type SharedFlag = (&'static str, fn(&Options) -> bool);
static SHARED_FLAGS: [SharedFlag; 3] = [
    ("reconnect.jitter", |options| options.reconnect.jitter),
    ("url as a function", |options| options.asks_url),
    ("headers as a function", |options| options.asks_headers),
];
type SharedWord = (&'static str, fn(&Options) -> Option<&str>);
static SHARED_WORDS: [SharedWord; 3] = [
    ("heartbeat.event", |options| options.heartbeat.as_deref()),
    ("resume.param", |options| options.resume_param.as_deref()),
    ("resume.lostEvent", |options| options.lost_event.as_deref()),
];

const ASKED_FOR: &str = " (asked for ";
const NOT_EMPTY: &str = "a name that is not empty";

fn millis(value: f64) -> Millis {
    Millis(to_u64(value))
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
        let options = Options::parse(RawOptions::default()).unwrap();
        assert_eq!(options.reconnect.initial_delay, Millis(1000));
        assert_eq!(options.reconnect.max_attempts, None);
        assert_eq!(options.heartbeat_timeout, None);
        assert_eq!(options.resume_param.as_deref(), Some("lastEventId"));
        assert_eq!(options.persist, None);
        assert_eq!((options.replay_events, options.max_streams_per_origin), (100, 1));
        let buffer = Buffer {
            events: 50_000,
            units: 16 << 20,
            overflow: Overflow::DropOldest,
        };
        assert_eq!(options.buffer, buffer);
        let limits = Limits {
            line: 16 << 20,
            event: 16 << 20,
            channels: 10_000,
            replay_total: 32 << 20,
        };
        assert_eq!(options.limits, limits);
        assert!(NUMBERS[MAX_AGE].0.ends_with("maxAge") && NUMBERS[FACTOR].0.ends_with("factor"));
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
        let ours = Options::parse(RawOptions::default()).unwrap();
        let theirs = RawOptions {
            replay_events: Some(7.0),
            factor: Some(1.5),
            heartbeat_timeout: Some(0.0),
            buffer_events: Some(1.0),
            lost_event: Some("lost".into()),
            ..RawOptions::default()
        };
        let theirs = Options::parse(theirs).unwrap();
        assert_eq!(ours.conflict(&ours), None);
        let text = ours.conflict(&theirs).unwrap();
        assert_eq!(
            text,
            "reconnect.factor (percent): 200 (asked for 150), heartbeatTimeout: none (asked for 0), \
             replay.events: 100 (asked for 7), resume.lostEvent: none (asked for lost)"
        );
    }
}
