//! Control messages, both ways. Mirrors `js/protocol.ts`.
//!
//! Out goes one flat struct by serde. In comes field by field: `Deserialize` links the formatting of floats and costs
//! twice the rest of this file (decisions/0004). Events come neither way.

use std::cell::Cell;

use js_sys::Array;
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_wasm_bindgen::Serializer;
use tabmux_core::decimal;
use tabmux_core::list;
use tabmux_core::message::{
    Attach, Credentials, Had, Hello, Kind, Message, Reply, Subscribe, TabPosition, VERSION,
};
use tabmux_core::options::{FLAGS, Given, MAX_AGE, NUMBERS, WORDS};
use tabmux_core::url::with_param;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::text::Text;

#[wasm_bindgen]
extern "C" {
    /// Whatever has fields. It was posted, so that none of them is a function that could throw.
    type Posted;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn get(this: &Posted, name: &str) -> JsValue;
}

/// Longest name of a tab or lock.
const MAX_NAME: usize = 256;
/// Most events of `had` that are looked at: all that a history remembers.
const MAX_HAD: u32 = 1_000;

/// Stream and batch, where the message is an acknowledgement.
pub(crate) fn read_ack(value: &JsValue) -> Option<(u32, u64)> {
    pair(value.dyn_ref()?, 0)
}

/// Stream and batch.
#[inline(never)]
fn pair(list: &Array, at: u32) -> Option<(u32, u64)> {
    index(&list.get(at)).zip(whole(&list.get(at + 1)))
}

/// Reads any other message; `Err` names the field that is missing or of another type.
pub(crate) fn read(value: &JsValue) -> Result<Message<Text>, &'static str> {
    if Array::is_array(value) {
        return Err("ack");
    }
    if !value.is_object() {
        return Err("type");
    }
    let wrong = Cell::new(None);
    let message = control(&Fields {
        of: value.clone(),
        wrong: &wrong,
    });
    wrong.get().map_or(Ok(message), Err)
}

/// By `t`.
static TYPES: [&str; 14] = [
    "hello",
    "attach",
    "detach",
    "sub",
    "unsub",
    "visible",
    "bye",
    "reconnect",
    "answer",
    "stats",
    "close-everywhere",
    "ended",
    "ping",
    "pong",
];

fn control(message: &Fields<'_>) -> Message<Text> {
    let s = || message.number("s");
    let request = || message.number("r");
    let visible = || message.boolean("visible");
    let t = message.maybe_text("t").unwrap_or_default();
    match list::place(&TYPES, &t) {
        Some(0) => Message::Hello(Hello {
            version: message.number("v"),
            tab: message.name("tab").unwrap_or_else(|| message.miss("tab")),
            lock: message.name("lock"),
            visible: visible(),
        }),
        Some(1) => Message::Attach(Box::new(attach(message)), Box::new(options(message))),
        Some(2) => Message::Detach { s: s() },
        Some(3) => Message::Subscribe {
            s: s(),
            request: subscribe(message),
        },
        Some(4) => Message::Unsubscribe {
            s: s(),
            sub: message.number("sub"),
        },
        Some(5) => Message::Visible(visible()),
        Some(6) => Message::Bye {
            persisted: message.boolean("persisted"),
            at: positions(message),
        },
        Some(7) => Message::Reconnect { s: s() },
        Some(8) => Message::Answer {
            s: s(),
            request: request(),
            answer: message.object("given").map(|given| Credentials {
                url: given.maybe_text("url"),
                headers: given.maybe_text("headers"),
            }),
        },
        Some(9) => Message::Stats {
            s: s(),
            request: request(),
        },
        Some(10) => Message::CloseEverywhere { request: request() },
        Some(11) => Message::Ended {
            session: message.number("session"),
        },
        Some(12) => Message::Ping,
        Some(13) => Message::Pong,
        _ => message.miss_as("t", Message::Pong),
    }
}

fn positions(message: &Fields<'_>) -> Vec<(u32, u64)> {
    let list = message.list("at").unwrap_or_default();
    let mut positions = Vec::new();
    let mut at = 0;
    while at < list.length() {
        let Some(position) = pair(&list, at) else {
            message.note("at");
            break;
        };
        positions.push(position);
        at += 2;
    }
    positions
}

fn attach(message: &Fields<'_>) -> Attach<Text> {
    let mut subs = Vec::new();
    let requests = message.list("subs").unwrap_or_else(|| message.miss("subs"));
    for of in requests.iter() {
        if of.is_object() {
            subs.push(subscribe(&Fields { of, ..*message }));
        } else {
            message.note("subs");
            break;
        }
    }
    Attach {
        s: message.number("s"),
        kind: match message.maybe_text("kind").as_deref() {
            Some("channel") => Kind::Channel,
            Some("drop-in") => Kind::DropIn,
            _ => message.miss_as("kind", Kind::DropIn),
        },
        url: message.text("url"),
        subs,
        position: message.object("position").map(|position| TabPosition {
            epoch: position.count("epoch"),
            seq: position.count("seq"),
            // No server has sent one with a line's end, which would take a run of events apart.
            id: {
                let id = position.text("id");
                if id.bytes().any(|byte| byte == b'\r') {
                    message.miss("id")
                } else {
                    id
                }
            },
            batch: position.count("batch"),
        }),
        had: had(message),
        term: whole(&message.get("term")),
    }
}

fn subscribe(message: &Fields<'_>) -> Subscribe {
    Subscribe {
        sub: message.number("sub"),
        channel: message.text("channel"),
        replay: usize::try_from(message.count("replay")).unwrap_or(usize::MAX),
        topic: message.maybe_text("topic"),
    }
}

/// `ConnectOptions` as the application wrote it; ranges are the core's business, types are looked at here.
fn options(message: &Fields<'_>) -> Given {
    let of = message.get("options");
    let options = Fields {
        // Whatever is read in its place: it is noted.
        of: if of.is_object() {
            of
        } else {
            message.miss_as("options", message.of.clone())
        },
        ..*message
    };
    let resume = options.object("resume");
    let persist = resume.and_then(|resume| resume.object("persist"));
    let mut numbers = std::array::from_fn(|at| options.option(NUMBERS[at].0, JsValue::as_f64));
    numbers[MAX_AGE] = persist.and_then(|persist| persist.option("maxAge", JsValue::as_f64));
    Given {
        numbers,
        words: std::array::from_fn(|at| options.option(WORDS[at], JsValue::as_string)),
        flags: std::array::from_fn(|at| options.option(FLAGS[at], JsValue::as_bool)),
        channels: options.option("channels", |value| {
            let mut names = Vec::new();
            for name in value.dyn_ref::<Array>()?.iter() {
                names.push(name.as_string()?);
            }
            Some(names)
        }),
        asks: options.option("asks", JsValue::as_f64),
        // `null` means "none", absent means the default.
        without_resume_param: options.at("resume.param").is_null(),
        // `true` is the default age, a group may name one.
        persist: options.option("resume.persist", |value| {
            value.as_bool().or_else(|| value.is_object().then_some(true))
        }),
        // Words that the page has checked.
        joins_topics: options.at("topics.format") == *"comma",
        has_local_ids: options.at("topics.ids") == *"connection",
    }
}

/// The fields of an object of a page. What is missing or of another type is noted, and something else stands for it.
struct Fields<'a> {
    of: JsValue,
    /// The first such field.
    wrong: &'a Cell<Option<&'static str>>,
}

impl Fields<'_> {
    #[inline(never)]
    fn get(&self, name: &str) -> JsValue {
        self.of.unchecked_ref::<Posted>().get(name)
    }

    #[inline(never)]
    fn note(&self, name: &'static str) {
        if self.wrong.get().is_none() {
            self.wrong.set(Some(name));
        }
    }

    fn miss_as<T>(&self, name: &'static str, instead: T) -> T {
        self.note(name);
        instead
    }

    fn miss<T: Default>(&self, name: &'static str) -> T {
        self.miss_as(name, T::default())
    }

    fn maybe_text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    #[inline(never)]
    fn text(&self, name: &'static str) -> String {
        self.maybe_text(name).unwrap_or_else(|| self.miss(name))
    }

    /// That of a tab or a lock; `None` where there is none.
    fn name(&self, name: &'static str) -> Option<String> {
        let text = self.maybe_text(name)?;
        if text.is_empty() || text.len() > MAX_NAME {
            self.note(name);
        }
        Some(text)
    }

    fn boolean(&self, name: &'static str) -> bool {
        self.get(name).as_bool().unwrap_or_else(|| self.miss(name))
    }

    #[inline(never)]
    fn count(&self, name: &'static str) -> u64 {
        whole(&self.get(name)).unwrap_or_else(|| self.miss(name))
    }

    #[inline(never)]
    fn number(&self, name: &'static str) -> u32 {
        index(&self.get(name)).unwrap_or_else(|| self.miss(name))
    }

    fn list(&self, name: &str) -> Option<Array> {
        self.get(name).dyn_into().ok()
    }

    fn object(&self, name: &str) -> Option<Self> {
        let of = self.get(name);
        of.is_object().then_some(Self { of, ..*self })
    }

    /// The option of that name, or what stands in a group of them: `group.name`.
    #[inline(never)]
    fn at(&self, name: &str) -> JsValue {
        let Some(dot) = name.bytes().position(|byte| byte == b'.') else {
            return self.get(name);
        };
        let of = self.get(name.get(..dot).unwrap_or_default());
        let name = name.get(dot + 1..).unwrap_or_default();
        if is_absent(&of) {
            return of;
        }
        if !of.is_object() {
            self.note("options");
        }
        Self { of, ..*self }.get(name)
    }

    /// What is absent is `None`.
    fn option<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Option<T> {
        let value = self.at(name);
        if is_absent(&value) {
            return None;
        }
        let read = read(&value);
        if read.is_none() {
            self.note("options");
        }
        read
    }
}

fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// The events that a page has kept: name, id, data of each. What does not look like one is passed over: it only spares
/// repeats.
fn had(message: &Fields<'_>) -> Vec<Had<Text>> {
    let list = message.list("had").unwrap_or_default();
    let mut events = Vec::new();
    for event in 0..MAX_HAD.min(list.length() / 3) {
        let at = 3 * event;
        let (id, data) = (Text::new(list.get(at + 1)), Text::new(list.get(at + 2)));
        if let (Some(channel), Some(id), Some(data)) = (list.get(at).as_string(), id, data) {
            events.push(Had { channel, id, data });
        }
    }
    events
}

/// A value on its way to a page. A map of names: structs would make serde-wasm-bindgen keep a table of them.
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Number(f64),
    /// Names, a blank after each but the last, and their values. Names without a value are left out.
    Object(&'static str, &'a [Value<'a>]),
}

impl Serialize for Value<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Object(names, values) => {
                let mut map = serializer.serialize_map(None)?;
                let mut names = *names;
                for value in *values {
                    let end = names.bytes().position(|byte| byte == b' ').unwrap_or(names.len());
                    map.serialize_entry(names.get(..end).unwrap_or_default(), value)?;
                    names = names.get(end + 1..).unwrap_or_default();
                }
                map.end()
            }
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Value::Null, Value::Text)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Value::Number(number(value))
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Value::Number(value.into())
    }
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        (value as u64).into()
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

/// Writes a reply.
pub(crate) fn write(reply: &Reply, build: &str, href: &str, lock: Option<&str>) -> JsValue {
    match reply {
        Reply::Welcome { epoch, generation } => {
            let values = [
                "welcome".into(),
                VERSION.into(),
                build.into(),
                (*epoch).into(),
                (*generation).into(),
                href.into(),
                lock.into(),
            ];
            // Without locks there is no such field.
            let there = values.len() - usize::from(lock.is_none());
            object("t v build epoch gen href lock", &values[..there])
        }
        Reply::Refused => object("t v build", &["refused".into(), VERSION.into(), build.into()]),
        Reply::Attached { s, term } => object("t s term", &["attached".into(), (*s).into(), (*term).into()]),
        Reply::Ask { s, request, refused } => object(
            "t s r refused",
            &["ask".into(), (*s).into(), (*request).into(), (*refused).into()],
        ),
        Reply::Located { s, url } => object("t s url", &["located".into(), (*s).into(), url.as_str().into()]),
        Reply::Detached { s, error, reason } => {
            let values = [
                "detached".into(),
                (*s).into(),
                error.code.name().into(),
                error.detail.as_str().into(),
                (*reason).into(),
            ];
            let there = values.len() - usize::from(reason.is_none());
            object("t s code detail reason", &values[..there])
        }
        Reply::Error { s, sub, error } => {
            let values = [
                "error".into(),
                error.code.name().into(),
                error.detail.as_str().into(),
                s.unwrap_or_default().into(),
                sub.unwrap_or_default().into(),
            ];
            // A subscription is one of a stream: there is no `sub` without `s`.
            let there = 3 + usize::from(s.is_some()) + usize::from(sub.is_some());
            object("t code detail s sub", &values[..there])
        }
        Reply::Stats { request, stats } => {
            let values = [
                stats.tabs.into(),
                stats.streams.into(),
                stats.channels.into(),
                stats.subscriptions.into(),
                stats.status.into(),
                stats.connections.into(),
                stats.received.into(),
                stats.delivered.into(),
                stats.repeats.into(),
                stats.dropped.into(),
                stats.queued.into(),
                stats.queued_units.into(),
                stats.replay_units.into(),
                stats.epoch.into(),
                stats.last_event_id.as_str().into(),
                stats.resumed.into(),
                stats.generation.into(),
            ];
            let names = "tabs streams channels subscriptions status connections received delivered repeats dropped \
                         queued queuedUnits replayUnits epoch lastEventId resumed generation";
            let stats = Value::Object(names, &values);
            object("t r stats", &["stats".into(), (*request).into(), stats])
        }
        Reply::Ended { session } => object("t session", &["ended".into(), (*session).into()]),
        Reply::ClosedEverywhere { request } => {
            object("t r", &["closed-everywhere".into(), (*request).into()])
        }
        Reply::Rejoin => object("t", &["rejoin".into()]),
        Reply::MoveTo { generation } => {
            let number = decimal((*generation).into());
            let name = String::from("tabmux:") + &number;
            let url = with_param(href, "tabmux", &number);
            let generation = (*generation).into();
            object(
                "t url name gen state",
                &[
                    "move-to".into(),
                    url.as_str().into(),
                    name.as_str().into(),
                    generation,
                    "".into(),
                ],
            )
        }
        Reply::Ping => object("t", &["ping".into()]),
        Reply::Pong => object("t", &["pong".into()]),
    }
}

/// Writes an object, as [`Value::Object`].
#[inline(never)]
pub(crate) fn object(names: &'static str, values: &[Value<'_>]) -> JsValue {
    let serializer = Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true);
    // Plain data of known types: there is nothing that could not be written.
    Value::Object(names, values)
        .serialize(&serializer)
        .unwrap_or(JsValue::NULL)
}

/// A count or a time as JS has it.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts and milliseconds stay below 2^53"
)]
pub(crate) fn number(value: u64) -> f64 {
    value as f64
}

pub(crate) fn whole(value: &JsValue) -> Option<u64> {
    value.as_f64().and_then(positive)
}

/// One that numbers something.
fn index(value: &JsValue) -> Option<u32> {
    whole(value).and_then(|index| u32::try_from(index).ok())
}

/// A non-negative whole number that JS can hold exactly.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "range checked"
)]
fn positive(value: f64) -> Option<u64> {
    (value.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&value)).then_some(value as u64)
}
