//! Control messages, both ways. Mirrors `js/protocol.ts`.
//!
//! Either way a row of values: names of fields are a third in JS of what they would be here. `js/hear.ts` makes one of what
//! comes in, `js/say.ts` makes an object of what goes out. Events come neither way.

use js_sys::Array;
use tabmux_core::decimal;
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
        *flag = whole(&row.next()).map(|flag| flag != 0);
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
        self.number() != 0
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

/// What a row becomes: places in the names of `js/say.ts`.
pub(crate) mod form {
    pub(crate) const WELCOME: u32 = 0;
    pub(crate) const REFUSED: u32 = 1;
    pub(crate) const ATTACHED: u32 = 2;
    pub(crate) const ASK: u32 = 3;
    pub(crate) const LOCATED: u32 = 4;
    pub(crate) const DETACHED: u32 = 5;
    pub(crate) const ERROR: u32 = 6;
    pub(crate) const STATS: u32 = 7;
    pub(crate) const ENDED: u32 = 8;
    pub(crate) const CLOSED_EVERYWHERE: u32 = 9;
    pub(crate) const REJOIN: u32 = 10;
    pub(crate) const MOVE_TO: u32 = 11;
    pub(crate) const PING: u32 = 12;
    pub(crate) const PONG: u32 = 13;
    /// No messages: they stand in batches.
    pub(crate) const STATUS: u32 = 14;
    pub(crate) const ERROR_OF_STREAM: u32 = 15;
}

/// A value on its way to a page.
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Number(f64),
}

/// The values as an array.
#[inline(never)]
pub(crate) fn row(values: &[Value<'_>]) -> Array {
    let row = Array::new();
    for value in values {
        row.push(&match *value {
            Value::Null => JsValue::NULL,
            Value::Boolean(boolean) => boolean.into(),
            Value::Text(text) => text.into(),
            Value::Number(number) => number.into(),
        });
    }
    row
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

/// Says a reply: its form, and the values of its fields. Fields without one are left out at the end.
pub(crate) fn write(reply: &Reply, href: &str, say: impl Fn(u32, &[Value<'_>])) {
    match reply {
        Reply::Welcome { epoch, generation } => say(
            form::WELCOME,
            &[VERSION.into(), (*epoch).into(), (*generation).into()],
        ),
        Reply::Refused => say(form::REFUSED, &[VERSION.into()]),
        Reply::Attached { s, term } => say(form::ATTACHED, &[(*s).into(), (*term).into()]),
        Reply::Ask { s, request, refused } => {
            say(form::ASK, &[(*s).into(), (*request).into(), (*refused).into()]);
        }
        Reply::Located { s, url } => say(form::LOCATED, &[(*s).into(), url.as_str().into()]),
        Reply::Detached { s, error, reason } => {
            let values = [
                (*s).into(),
                error.code.name().into(),
                error.detail.as_str().into(),
                (*reason).into(),
            ];
            let there = values.len() - usize::from(reason.is_none());
            say(form::DETACHED, &values[..there]);
        }
        Reply::Error { s, sub, error } => {
            let values = [
                error.code.name().into(),
                error.detail.as_str().into(),
                s.unwrap_or_default().into(),
                sub.unwrap_or_default().into(),
            ];
            // A subscription is one of a stream: there is no `sub` without `s`.
            let there = 2 + usize::from(s.is_some()) + usize::from(sub.is_some());
            say(form::ERROR, &values[..there]);
        }
        Reply::Stats { request, stats } => say(
            form::STATS,
            &[
                (*request).into(),
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
            ],
        ),
        Reply::Ended { session } => say(form::ENDED, &[(*session).into()]),
        Reply::ClosedEverywhere { request } => say(form::CLOSED_EVERYWHERE, &[(*request).into()]),
        Reply::Rejoin => say(form::REJOIN, &[]),
        Reply::MoveTo { generation } => {
            let number = decimal((*generation).into());
            let name = String::from("tabmux:") + &number;
            let url = with_param(href, "tabmux", &number);
            say(
                form::MOVE_TO,
                &[
                    url.as_str().into(),
                    name.as_str().into(),
                    (*generation).into(),
                    "".into(),
                ],
            );
        }
        Reply::Ping => say(form::PING, &[]),
        Reply::Pong => say(form::PONG, &[]),
    }
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
