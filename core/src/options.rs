//! What an application may say of a stream, parsed once at the border: a value of these types is valid.

use crate::error::{Code, WireError};
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
    /// Past events kept per channel.
    pub replay_events: usize,
    /// Channels to hear even before a tab subscribes.
    pub channels: Vec<String>,
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
            reconnect: Reconnect::default(),
            connect_timeout: Millis(30_000),
            heartbeat: None,
            heartbeat_timeout: None,
            resume_param: Some("lastEventId".to_owned()),
            lost_event: None,
            replay_events: 100,
            channels: Vec::new(),
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
/// One field per name of `ConnectOptions`; absent means default. `resume_param: Some(None)` is an explicit `null`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are those of ConnectOptions")]
pub struct RawOptions {
    pub with_credentials: Option<bool>,
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
    pub replay_events: Option<f64>,
    pub buffer_events: Option<f64>,
    pub buffer_bytes: Option<f64>,
    pub overflow: Option<String>,
    pub channels: Option<Vec<String>>,
    pub hidden_timeout: Option<f64>,
    pub max_streams_per_origin: Option<f64>,
    pub limit_event: Option<f64>,
    pub limit_channels: Option<f64>,
    pub limit_replay_total: Option<f64>,
    pub principal: Option<String>,
    pub key: Option<String>,
}

/// Longest time an option may name: timers of browsers overflow at 2^31 ms.
const MAX_MILLIS: f64 = 2_147_483_647.0;

impl Options {
    /// Parses, or names the first option that is out of range as `BAD_OPTION`.
    pub fn parse(raw: RawOptions) -> Result<Self, WireError> {
        let base = Self::default();
        let max_attempts = match raw.max_attempts {
            None => None,
            Some(n) if n == f64::INFINITY => None,
            Some(n) => Some(whole("reconnect.maxAttempts", n, 0.0, f64::from(u32::MAX))?),
        };
        let overflow = match raw.overflow.as_deref() {
            None | Some("drop-oldest") => Overflow::DropOldest,
            Some("latest") => Overflow::Latest,
            Some(_) => return Err(bad("buffer.overflow", "'drop-oldest' or 'latest'")),
        };
        let factor = match raw.factor {
            None => base.reconnect.factor,
            Some(f) if (1.0..=100.0).contains(&f) => f,
            Some(_) => return Err(bad("reconnect.factor", "a number from 1 to 100")),
        };
        Ok(Self {
            with_credentials: raw.with_credentials.unwrap_or(false),
            reconnect: Reconnect {
                initial_delay: millis(
                    "reconnect.initialDelay",
                    raw.initial_delay,
                    base.reconnect.initial_delay,
                )?,
                max_delay: millis("reconnect.maxDelay", raw.max_delay, base.reconnect.max_delay)?,
                factor,
                jitter: raw.jitter.unwrap_or(true),
                max_attempts: max_attempts.map(to_u32),
            },
            connect_timeout: match millis("connectTimeout", raw.connect_timeout, base.connect_timeout)? {
                Millis(0) => return Err(bad("connectTimeout", "at least 1 ms")),
                span => span,
            },
            heartbeat: name("heartbeat.event", raw.heartbeat)?,
            heartbeat_timeout: match raw.heartbeat_timeout {
                None => None,
                some => Some(millis("heartbeatTimeout", some, Millis(0))?),
            },
            resume_param: match raw.resume_param {
                None => base.resume_param,
                Some(None) => None,
                Some(some) => name("resume.param", some)?,
            },
            lost_event: name("resume.lostEvent", raw.lost_event)?,
            replay_events: count("replay.events", raw.replay_events, base.replay_events, 0.0)?,
            channels: {
                let channels = raw.channels.unwrap_or_default();
                if channels.iter().any(String::is_empty) {
                    return Err(bad("channels", "names that are not empty"));
                }
                channels
            },
            hidden_timeout: millis("hiddenTimeout", raw.hidden_timeout, base.hidden_timeout)?,
            max_streams_per_origin: count("maxStreamsPerOrigin", raw.max_streams_per_origin, 1, 1.0)?,
            limits: Limits {
                event: to_u32(optional(
                    "limits.event",
                    raw.limit_event,
                    f64::from(base.limits.event),
                    1.0,
                )?),
                channels: count("limits.channels", raw.limit_channels, base.limits.channels, 1.0)?,
                replay_total: to_u64(optional(
                    "limits.replayTotal",
                    raw.limit_replay_total,
                    33_554_432.0,
                    0.0,
                )?),
            },
            buffer: Buffer {
                events: count("buffer.events", raw.buffer_events, base.buffer.events, 1.0)?,
                units: to_u64(optional("buffer.bytes", raw.buffer_bytes, 16_777_216.0, 1.0)?),
                overflow,
            },
            principal: raw.principal,
            key: name("key", raw.key)?,
        })
    }

    /// The stream-wide options in which `other` differs, as one text of `name: ours (asked for theirs)`; `None` where
    /// they agree. What belongs to one tab alone (`buffer`) or is part of the identity is not compared.
    pub fn conflict(&self, other: &Options) -> Option<String> {
        let mut text = Text::new();
        let mut number = |name: &str, ours: u64, theirs: u64| {
            if ours != theirs {
                text.separate(", ")
                    .push(name)
                    .push(": ")
                    .number(ours)
                    .push(" (asked for ")
                    .number(theirs)
                    .push(")");
            }
        };
        let (a, b) = (&self.reconnect, &other.reconnect);
        number("reconnect.initialDelay", a.initial_delay.0, b.initial_delay.0);
        number("reconnect.maxDelay", a.max_delay.0, b.max_delay.0);
        number(
            "reconnect.factor (percent)",
            to_u64(a.factor * 100.0),
            to_u64(b.factor * 100.0),
        );
        number("reconnect.jitter", u64::from(a.jitter), u64::from(b.jitter));
        let attempts = |max: Option<u32>| max.map_or(u64::MAX, u64::from);
        number(
            "reconnect.maxAttempts",
            attempts(a.max_attempts),
            attempts(b.max_attempts),
        );
        number("connectTimeout", self.connect_timeout.0, other.connect_timeout.0);
        let span = |timeout: Option<Millis>| timeout.map_or(u64::MAX, |t| t.0);
        number(
            "heartbeatTimeout",
            span(self.heartbeat_timeout),
            span(other.heartbeat_timeout),
        );
        number(
            "replay.events",
            self.replay_events as u64,
            other.replay_events as u64,
        );
        number("hiddenTimeout", self.hidden_timeout.0, other.hidden_timeout.0);
        number(
            "limits.event",
            self.limits.event.into(),
            other.limits.event.into(),
        );
        number(
            "limits.channels",
            self.limits.channels as u64,
            other.limits.channels as u64,
        );
        number(
            "limits.replayTotal",
            self.limits.replay_total,
            other.limits.replay_total,
        );
        let mut words = |name: &str, ours: Option<&str>, theirs: Option<&str>| {
            if ours != theirs {
                let shown = |word: Option<&str>| word.unwrap_or("none").to_owned();
                text.separate(", ").push(name).push(": ").push(&shown(ours));
                text.push(" (asked for ").push(&shown(theirs)).push(")");
            }
        };
        words(
            "heartbeat.event",
            self.heartbeat.as_deref(),
            other.heartbeat.as_deref(),
        );
        words(
            "resume.param",
            self.resume_param.as_deref(),
            other.resume_param.as_deref(),
        );
        words(
            "resume.lostEvent",
            self.lost_event.as_deref(),
            other.lost_event.as_deref(),
        );
        text.into_option()
    }
}

fn bad(name: &str, expected: &str) -> WireError {
    let mut text = Text::new();
    text.push(name).push(" must be ").push(expected);
    WireError::new(Code::BadOption, text.into_string())
}

fn whole(name: &str, value: f64, min: f64, max: f64) -> Result<f64, WireError> {
    if value >= min && value <= max && value.fract() == 0.0 {
        Ok(value)
    } else {
        let mut expected = Text::new();
        expected
            .push("a whole number from ")
            .number(to_u64(min))
            .push(" to ")
            .number(to_u64(max));
        Err(bad(name, &expected.into_string()))
    }
}

fn optional(name: &str, value: Option<f64>, default: f64, min: f64) -> Result<f64, WireError> {
    value.map_or(Ok(default), |v| whole(name, v, min, f64::from(u32::MAX)))
}

fn count(name: &str, value: Option<f64>, default: usize, min: f64) -> Result<usize, WireError> {
    match value {
        None => Ok(default),
        Some(v) => Ok(to_u32(whole(name, v, min, f64::from(u32::MAX))?) as usize),
    }
}

fn millis(name: &str, value: Option<f64>, default: Millis) -> Result<Millis, WireError> {
    match value {
        None => Ok(default),
        Some(v) if (0.0..=MAX_MILLIS).contains(&v) => Ok(Millis(to_u64(v))),
        Some(_) => Err(bad(name, "milliseconds from 0 to 2147483647")),
    }
}

fn name(option: &str, value: Option<String>) -> Result<Option<String>, WireError> {
    match value {
        Some(text) if text.is_empty() => Err(bad(option, "a name that is not empty")),
        other => Ok(other),
    }
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
