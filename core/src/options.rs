//! What an application may say of a stream, parsed once at the border: a value of [`Options`] is valid.
//!
//! Options of one kind stand in a row, by number: they are read, checked, compared, kept and dropped by loops, where a field
//! each would bring code each (decisions/0037).

mod raw;

use crate::error::{Code, WireError};
use crate::list;
use crate::request::Via;
use crate::text::Text;
use crate::time::Millis;

pub use raw::RawOptions;

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
}

/// What may make a stream's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Transport {
    /// EventSource, and fetch once the browser has given up on it, where the stream is of the page's own origin.
    #[default]
    Auto,
    /// EventSource alone: every refusal is tried again.
    EventSource,
    /// fetch alone.
    Fetch,
    /// EventSource alone, and what closes it for good closes the stream.
    Strict,
}

/// In the order of [`Transport`]; the last is the drop-in's.
static TRANSPORTS: [&str; 4] = ["auto", "eventsource", "fetch", "strict"];

impl Transport {
    /// Its name in the public API; `strict` is the drop-in's.
    pub fn name(self) -> &'static str {
        TRANSPORTS[self as usize]
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

/// The options as they arrive: types are looked at, nothing else. `None` means the default. Rows are in the order of [`NAMES`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Those that are numbers.
    pub numbers: [Option<f64>; NUMBERS.len()],
    /// Those that are texts.
    pub words: [Option<String>; WORDS],
    /// Those that are on or off.
    pub flags: [Option<bool>; FLAGS],
    /// `channels`.
    pub channels: Option<Vec<String>>,
    /// `resume.param` is `null`: the id is never sent.
    pub without_resume_param: bool,
}

/// The options of a stream as the hub uses them.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What makes the connections.
    pub transport: Transport,
    overflow: Overflow,
    /// What has no value is NaN.
    numbers: [f64; NUMBERS.len()],
    given: Given,
}

/// Longest time an option may name: timers of browsers overflow at 2^31 ms.
const MAX_MILLIS: f64 = 2_147_483_647.0;
/// Most of anything that is counted.
const MAX_COUNT: f64 = 4_294_967_295.0;
/// The default of what has none.
const NONE: f64 = f64::NAN;

/// Where each option stands among those of a page: numbers, texts, then what is on or off, a line each. `asks` is the page's
/// own: what of `url` (1) and `headers` (2) is a function.
pub static NAMES: &str = "\
    reconnect.initialDelay reconnect.maxDelay reconnect.factor reconnect.maxAttempts connectTimeout heartbeatTimeout \
    resume.persist.maxAge replay.events hiddenTimeout limits.line limits.event limits.channels limits.replayTotal \
    maxStreamsPerOrigin buffer.events buffer.bytes asks\n\
    heartbeat.event resume.param resume.lostEvent key topics.param transport method headers body buffer.overflow \
    channel.json principal topics.format topics.ids\n\
    reconnect.jitter withCredentials strict resume.header resume.persist";

/// A number's least, most and default, and whether it must be whole.
type Number = ([f64; 3], bool);

#[rustfmt::skip]
static NUMBERS: [Number; 17] = [
    ([0.0, MAX_MILLIS, 1000.0], false),
    ([0.0, MAX_MILLIS, 30_000.0], false),
    ([1.0, 100.0, 2.0], false),
    ([0.0, MAX_COUNT, f64::INFINITY], true),
    ([1.0, MAX_MILLIS, 30_000.0], false),
    ([0.0, MAX_MILLIS, NONE], false),
    ([1.0, MAX_MILLIS, 300_000.0], false),
    ([0.0, MAX_COUNT, 100.0], true),
    ([0.0, MAX_MILLIS, 0.0], false),
    ([1.0, MAX_COUNT, 16_777_216.0], true),
    ([1.0, MAX_COUNT, 16_777_216.0], true),
    ([1.0, MAX_COUNT, 10_000.0], true),
    ([0.0, MAX_COUNT, 33_554_432.0], true),
    ([1.0, MAX_COUNT, 1.0], true),
    ([1.0, MAX_COUNT, 50_000.0], true),
    ([1.0, MAX_COUNT, 16_777_216.0], true),
    ([0.0, 3.0, 0.0], true),
];
const INITIAL_DELAY: usize = 0;
const MAX_DELAY: usize = 1;
const FACTOR: usize = 2;
const MAX_ATTEMPTS: usize = 3;
const CONNECT_TIMEOUT: usize = 4;
const HEARTBEAT_TIMEOUT: usize = 5;
const MAX_AGE: usize = 6;
const REPLAY_EVENTS: usize = 7;
const HIDDEN_TIMEOUT: usize = 8;
const LIMIT_LINE: usize = 9;
const LIMIT_EVENT: usize = 10;
const LIMIT_CHANNELS: usize = 11;
const LIMIT_REPLAY_TOTAL: usize = 12;
const MAX_STREAMS: usize = 13;
const BUFFER_EVENTS: usize = 14;
const BUFFER_BYTES: usize = 15;
const ASKS: usize = 16;
/// So many of them, from the first, should tabs of one stream agree on.
const SHARED_NUMBERS: usize = 13;

const HEARTBEAT: usize = 0;
const RESUME_PARAM: usize = 1;
const LOST_EVENT: usize = 2;
const KEY: usize = 3;
const TOPICS: usize = 4;
const TRANSPORT: usize = 5;
const METHOD: usize = 6;
const HEADERS: usize = 7;
const BODY: usize = 8;
const OVERFLOW: usize = 9;
const CHANNEL_JSON: usize = 10;
const PRINCIPAL: usize = 11;
const TOPICS_FORMAT: usize = 12;
const TOPICS_IDS: usize = 13;
const WORDS: usize = 14;
/// So many of them, from the first, should tabs of one stream agree on.
const SHARED_WORDS: usize = 3;
/// So many of them, from the first, must not be empty.
const FILLED_WORDS: usize = 5;

const JITTER: usize = 0;
const WITH_CREDENTIALS: usize = 1;
const STRICT: usize = 2;
const RESUME_HEADER: usize = 3;
const PERSIST: usize = 4;
const FLAGS: usize = 5;

/// The name of an option by its place in all of [`NAMES`].
#[inline(never)]
fn name(at: usize) -> &'static str {
    let mut names = NAMES;
    for _ in 0..at {
        names = list::split(names).1;
    }
    list::split(names).0
}

fn word_name(at: usize) -> &'static str {
    name(NUMBERS.len() + at)
}

impl Options {
    /// Parses, or names the first option that is out of range as `BAD_OPTION`.
    pub fn parse(given: impl Into<Given>) -> Result<Self, WireError> {
        Self::of(given.into())
    }

    fn of(mut given: Given) -> Result<Self, WireError> {
        let mut numbers = [0.0; NUMBERS.len()];
        if let Some(error) = parse_numbers(&given.numbers, &mut numbers).or_else(|| empty_name(&given)) {
            return Err(error);
        }
        if given.words[RESUME_PARAM].is_none() && !given.without_resume_param {
            given.words[RESUME_PARAM] = Some("lastEventId".to_owned());
        }
        if given.flags[PERSIST] != Some(true) {
            numbers[MAX_AGE] = NONE;
        }
        let word = |at: usize| given.words[at].as_deref();
        let overflow = match word(OVERFLOW) {
            None | Some("drop-oldest") => Overflow::DropOldest,
            Some("latest") => Overflow::Latest,
            Some(_) => return Err(bad(word_name(OVERFLOW), "'drop-oldest' or 'latest'")),
        };
        let asks_headers = to_u32(numbers[ASKS]) & 2 != 0;
        let needs_fetch =
            word(METHOD).is_some() || word(BODY).is_some() || word(HEADERS).is_some() || asks_headers;
        let asked = word(TRANSPORT).map_or(Some(0), |name| list::place(&TRANSPORTS[..3], name));
        let transport = match asked {
            Some(2) => Transport::Fetch,
            Some(0) if needs_fetch => Transport::Fetch,
            _ if given.flags[STRICT] == Some(true) => Transport::Strict,
            Some(0) => Transport::Auto,
            Some(1) if !needs_fetch => Transport::EventSource,
            _ => return Err(bad(word_name(TRANSPORT), "'auto', 'eventsource' or 'fetch'")),
        };
        Ok(Self {
            transport,
            overflow,
            numbers,
            given,
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
        self.asks_url() || self.asks_headers()
    }

    /// The URL is a function of the page.
    pub fn asks_url(&self) -> bool {
        self.asked_for() & 1 != 0
    }

    /// The headers are a function of the page.
    pub fn asks_headers(&self) -> bool {
        self.asked_for() & 2 != 0
    }

    fn asked_for(&self) -> u32 {
        to_u32(self.numbers[ASKS])
    }

    /// Cookies on cross-origin requests.
    pub fn with_credentials(&self) -> bool {
        self.given.flags[WITH_CREDENTIALS] == Some(true)
    }

    /// Method, where it is not GET.
    pub fn method(&self) -> Option<&str> {
        self.word(METHOD)
    }

    /// Headers, if they are no function, as a request has them: those of the tab that joined last count, since hers are
    /// the freshest.
    pub fn headers(&self) -> Option<&str> {
        self.word(HEADERS)
    }

    /// Body of every request.
    pub fn body(&self) -> Option<&str> {
        self.word(BODY)
    }

    /// Whether a fetch may carry the header Last-Event-ID. `None`: to the page's own origin, where it costs no preflight.
    pub fn resume_header(&self) -> Option<bool> {
        self.given.flags[RESUME_HEADER]
    }

    /// Waits between the hub's own attempts.
    pub fn reconnect(&self) -> Reconnect {
        Reconnect {
            initial_delay: self.millis(INITIAL_DELAY),
            max_delay: self.millis(MAX_DELAY),
            factor: self.numbers[FACTOR],
            jitter: self.jitter(),
        }
    }

    fn jitter(&self) -> bool {
        self.given.flags[JITTER] != Some(false)
    }

    /// Failed attempts in a row, the first try not counted, after which the stream closes; may be infinite.
    pub fn max_attempts(&self) -> f64 {
        self.numbers[MAX_ATTEMPTS]
    }

    /// No answer by then: the attempt failed.
    pub fn connect_timeout(&self) -> Millis {
        self.millis(CONNECT_TIMEOUT)
    }

    /// Name of the event that the server sends as a heartbeat.
    pub fn heartbeat(&self) -> Option<&str> {
        self.word(HEARTBEAT)
    }

    /// Longest silence once armed. `None`: derived from what was seen; `Some(0)`: off.
    pub fn heartbeat_timeout(&self) -> Option<Millis> {
        self.maybe_millis(HEARTBEAT_TIMEOUT)
    }

    /// Query parameter that carries the last event id when the hub makes a new EventSource. `None`: never sent.
    pub fn resume_param(&self) -> Option<&str> {
        self.word(RESUME_PARAM)
    }

    /// Event by which the server says that events are lost.
    pub fn lost_event(&self) -> Option<&str> {
        self.word(LOST_EVENT)
    }

    /// Keep the last event id past all tabs, for so long.
    pub fn persist(&self) -> Option<Millis> {
        self.maybe_millis(MAX_AGE)
    }

    /// Past events kept per channel.
    pub fn replay_events(&self) -> usize {
        self.count(REPLAY_EVENTS)
    }

    /// Channels to hear even before a tab subscribes.
    pub fn channels(&self) -> &[String] {
        self.given.channels.as_deref().unwrap_or_default()
    }

    /// The top-level field of the JSON in `data` that names the channel of an event without a name.
    pub fn channel_json(&self) -> Option<&str> {
        self.word(CHANNEL_JSON)
    }

    /// Query parameter by which the server is asked for what the tabs hold, and no more.
    pub fn topics(&self) -> Option<&str> {
        self.word(TOPICS)
    }

    /// One such parameter for all of them, joined by commas; otherwise one for each.
    pub fn joins_topics(&self) -> bool {
        self.word(TOPICS_FORMAT) == Some("comma")
    }

    /// An id is one of the list of topics that it was got by, and means nothing with another.
    pub fn has_local_ids(&self) -> bool {
        self.word(TOPICS_IDS) == Some("connection")
    }

    /// Close the upstream when all tabs are hidden that long; zero: never.
    pub fn hidden_timeout(&self) -> Millis {
        self.millis(HIDDEN_TIMEOUT)
    }

    /// Streams of `connect` to one server origin.
    pub fn max_streams_per_origin(&self) -> usize {
        self.count(MAX_STREAMS)
    }

    /// Longest line of a body that is parsed here, in UTF-16 units.
    pub fn limit_line(&self) -> u32 {
        to_u32(self.numbers[LIMIT_LINE])
    }

    /// Largest `data` of an event, in UTF-16 units.
    pub fn limit_event(&self) -> u32 {
        to_u32(self.numbers[LIMIT_EVENT])
    }

    /// Most channels of the stream.
    pub fn limit_channels(&self) -> usize {
        self.count(LIMIT_CHANNELS)
    }

    /// Most UTF-16 units kept for late subscribers, all channels together.
    pub fn limit_replay_total(&self) -> u64 {
        to_u64(self.numbers[LIMIT_REPLAY_TOTAL])
    }

    /// Bounds of this tab's queue.
    pub fn buffer(&self) -> Buffer {
        Buffer {
            events: self.count(BUFFER_EVENTS),
            units: to_u64(self.numbers[BUFFER_BYTES]),
            overflow: self.overflow,
        }
    }

    /// Whom the stream belongs to; streams of two principals share nothing.
    pub fn principal(&self) -> Option<&str> {
        self.word(PRINCIPAL)
    }

    /// Identity of the stream in place of its URL.
    pub fn key(&self) -> Option<&str> {
        self.word(KEY)
    }

    #[inline(never)]
    fn word(&self, at: usize) -> Option<&str> {
        self.given.words[at].as_deref()
    }

    fn count(&self, at: usize) -> usize {
        to_u32(self.numbers[at]) as usize
    }

    fn millis(&self, at: usize) -> Millis {
        Millis(to_u64(self.numbers[at]))
    }

    fn maybe_millis(&self, at: usize) -> Option<Millis> {
        (!self.numbers[at].is_nan()).then(|| self.millis(at))
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
        for at in 0..SHARED_NUMBERS {
            let value = |of: &Options| match of.numbers[at] {
                none if none.is_nan() => u64::MAX,
                factor if at == FACTOR => to_u64(factor * 100.0),
                number => to_u64(number),
            };
            let name = if at == FACTOR {
                "reconnect.factor (percent)"
            } else {
                name(at)
            };
            compare(name, value(self), value(other));
        }
        let (ours, theirs) = (self.asked_for(), other.asked_for());
        compare(
            name(NUMBERS.len() + WORDS + JITTER),
            self.jitter().into(),
            other.jitter().into(),
        );
        compare("url as a function", (ours & 1).into(), (theirs & 1).into());
        compare("headers as a function", (ours & 2).into(), (theirs & 2).into());
        for at in 0..SHARED_WORDS {
            let (ours, theirs) = (self.word(at), other.word(at));
            if ours != theirs {
                text.separate(", ")
                    .push(word_name(at))
                    .push(": ")
                    .push(ours.unwrap_or("none"));
                text.push(ASKED_FOR).push(theirs.unwrap_or("none")).push(")");
            }
        }
        text.into_option()
    }
}

/// The value of each number, by default where none is given; gives what is wrong with the first that is.
#[inline(never)]
fn parse_numbers(given: &[Option<f64>], numbers: &mut [f64]) -> Option<WireError> {
    for (at, &([min, max, default], is_whole)) in NUMBERS.iter().enumerate() {
        let given = given[at].filter(|&value| !(value == f64::INFINITY && default == f64::INFINITY));
        numbers[at] = given.unwrap_or(default);
        if let Some(value) = given
            && !(value >= min && value <= max && !(is_whole && value.fract() != 0.0))
        {
            return Some(out_of_range(name(at), min, max, is_whole));
        }
    }
    None
}

fn empty_name(given: &Given) -> Option<WireError> {
    for (at, word) in given.words.iter().enumerate().take(FILLED_WORDS) {
        if word.as_deref() == Some("") {
            return Some(bad(word_name(at), "a name that is not empty"));
        }
    }
    for name in given.channels.as_deref().unwrap_or_default() {
        if name.is_empty() {
            return Some(bad("channels", "names that are not empty"));
        }
    }
    None
}

const ASKED_FOR: &str = " (asked for ";

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
        assert_eq!(options.reconnect().initial_delay, Millis(1000));
        assert!(options.max_attempts().is_infinite());
        assert_eq!(options.heartbeat_timeout(), None);
        assert_eq!(options.resume_param(), Some("lastEventId"));
        assert_eq!(options.persist(), None);
        assert_eq!(
            (options.replay_events(), options.max_streams_per_origin()),
            (100, 1)
        );
        let buffer = Buffer {
            events: 50_000,
            units: 16 << 20,
            overflow: Overflow::DropOldest,
        };
        assert_eq!(options.buffer(), buffer);
        assert_eq!(
            (options.limit_line(), options.limit_event()),
            (16 << 20, 16 << 20)
        );
        assert_eq!(
            (options.limit_channels(), options.limit_replay_total()),
            (10_000, 32 << 20)
        );
    }

    #[test]
    fn infinity_is_no_limit_of_attempts() {
        let raw = RawOptions {
            max_attempts: Some(f64::INFINITY),
            ..RawOptions::default()
        };
        assert!(Options::parse(raw).unwrap().max_attempts().is_infinite());
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
