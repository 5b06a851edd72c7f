//! Control messages, both ways. Mirrors `js/protocol.ts`.
//!
//! Out goes one flat struct by serde. In comes a row of values, which `js/hear.ts` has made of the fields by name: names are
//! read there for a third of what it would be here. Events come neither way.

use js_sys::Array;
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_wasm_bindgen::Serializer;
use tabmux_core::decimal;
use tabmux_core::list;
use tabmux_core::message::{
    Attach, Credentials, Had, Hello, Kind, Message, Reply, Subscribe, TabPosition, VERSION,
};
use tabmux_core::options::Given;
use tabmux_core::url::with_param;
use wasm_bindgen::{JsCast, JsValue};

use crate::text::Text;

/// Most events of `had` that are looked at: all that a history remembers.
const MAX_HAD: usize = 1_000;

/// Reads a message as `js/hear.ts` has taken it apart: its kind, then its fields in the order of that file, all of the types
/// that they are to have.
pub(crate) fn read(row: Array) -> Message<Text> {
    let row = &mut Row { of: row, at: 0 };
    match row.number() {
        0 => Message::Hello(Hello {
            version: row.number(),
            tab: row.text(),
            lock: row.maybe_text(),
            visible: row.flag(),
        }),
        1 => Message::Attach(Box::new(attach(row)), Box::new(options(&mut row.row()))),
        2 => Message::Detach { s: row.number() },
        3 => Message::Subscribe {
            s: row.number(),
            request: subscribe(row),
        },
        4 => Message::Unsubscribe {
            s: row.number(),
            sub: row.number(),
        },
        5 => Message::Visible(row.flag()),
        6 => Message::Bye {
            persisted: row.flag(),
            at: positions(&mut row.row()),
        },
        7 => Message::Reconnect { s: row.number() },
        8 => Message::Answer {
            s: row.number(),
            request: row.number(),
            answer: row.maybe_row().map(|mut given| Credentials {
                url: given.maybe_text(),
                headers: given.maybe_text(),
            }),
        },
        9 => Message::Stats {
            s: row.number(),
            request: row.number(),
        },
        10 => Message::CloseEverywhere {
            request: row.number(),
        },
        11 => Message::Ended {
            session: row.number(),
        },
        12 => Message::Ping,
        _ => Message::Pong,
    }
}

fn positions(row: &mut Row) -> Vec<(u32, u64)> {
    let mut positions = Vec::new();
    while row.is_left() {
        positions.push((row.number(), row.count()));
    }
    positions
}

fn attach(row: &mut Row) -> Attach<Text> {
    Attach {
        s: row.number(),
        kind: if row.text() == "channel" {
            Kind::Channel
        } else {
            Kind::DropIn
        },
        url: row.text(),
        subs: subscriptions(&mut row.row()),
        position: row.maybe_row().map(|mut position| TabPosition {
            epoch: position.count(),
            seq: position.count(),
            id: position.text(),
            batch: position.count(),
        }),
        had: had(&mut row.row()),
        term: whole(&row.next()),
    }
}

fn subscriptions(row: &mut Row) -> Vec<Subscribe> {
    let mut subs = Vec::new();
    while row.is_left() {
        subs.push(subscribe(&mut row.row()));
    }
    subs
}

#[inline(never)]
fn subscribe(row: &mut Row) -> Subscribe {
    Subscribe {
        sub: row.number(),
        channel: row.text(),
        replay: usize::try_from(row.count()).unwrap_or(usize::MAX),
        topic: row.maybe_text(),
    }
}

/// `ConnectOptions` as the application wrote it; ranges are the core's business.
fn options(row: &mut Row) -> Given {
    let mut given = Given::default();
    for number in &mut given.numbers {
        *number = row.next().as_f64();
    }
    for word in &mut given.words {
        *word = row.maybe_text();
    }
    for flag in &mut given.flags {
        *flag = row.next().as_bool();
    }
    given.channels = row.maybe_row().map(|mut names| {
        let mut channels = Vec::new();
        while names.is_left() {
            channels.push(names.text());
        }
        channels
    });
    given.without_resume_param = row.flag();
    given
}

/// The events that a page has kept: name, id, data of each. What does not look like one is passed over: it only spares
/// repeats.
fn had(row: &mut Row) -> Vec<Had<Text>> {
    let mut events = Vec::new();
    for _ in 0..MAX_HAD {
        let channel = row.maybe_text();
        let (id, data) = (Text::new(row.next()), Text::new(row.next()));
        if let (Some(channel), Some(id), Some(data)) = (channel, id, data) {
            events.push(Had { channel, id, data });
        }
        if !row.is_left() {
            break;
        }
    }
    events
}

/// Values in their order. What is past the end is absent.
struct Row {
    of: Array,
    at: u32,
}

impl Row {
    fn is_left(&self) -> bool {
        self.at < self.of.length()
    }

    #[inline(never)]
    fn next(&mut self) -> JsValue {
        let value = self.of.get(self.at);
        self.at += 1;
        value
    }

    #[inline(never)]
    fn maybe_text(&mut self) -> Option<String> {
        self.next().as_string()
    }

    #[inline(never)]
    fn text(&mut self) -> String {
        self.maybe_text().unwrap_or_default()
    }

    #[inline(never)]
    fn count(&mut self) -> u64 {
        whole(&self.next()).unwrap_or_default()
    }

    #[allow(clippy::cast_possible_truncation, reason = "it is one of 32 bits")]
    fn number(&mut self) -> u32 {
        self.count() as u32
    }

    fn flag(&mut self) -> bool {
        self.next().as_bool().unwrap_or_default()
    }

    #[inline(never)]
    fn maybe_row(&mut self) -> Option<Self> {
        let of = self.next().dyn_into().ok()?;
        Some(Self { of, at: 0 })
    }

    /// Empty where there is none.
    fn row(&mut self) -> Self {
        self.maybe_row().unwrap_or_else(|| Self {
            of: Array::new(),
            at: 0,
        })
    }
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
                    let (name, rest) = list::split(names);
                    map.serialize_entry(name, value)?;
                    names = rest;
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

/// A non-negative whole number that JS can hold exactly.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "range checked"
)]
fn positive(value: f64) -> Option<u64> {
    (value.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&value)).then_some(value as u64)
}
