//! Control messages, both ways. Mirrors `js/protocol.ts`.
//!
//! Out goes one flat struct by serde. In comes field by field: `Deserialize` links the formatting of floats and costs
//! twice the rest of this file (decisions/0004). Events come neither way.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Reflect};
use serde::Serialize;
use serde::ser::SerializeMap;
use serde_wasm_bindgen::Serializer;
use tabmux_core::message::{
    Attach, Credentials, Had, Hello, Kind, Message, Reply, Subscribe, TabPosition, VERSION,
};
use tabmux_core::options::RawOptions;
use tabmux_core::url::with_param;
use wasm_bindgen::{JsCast, JsValue};

use crate::locks::to_string;
use crate::text::Text;

/// Longest name of a tab or lock.
const MAX_NAME: usize = 256;
/// `had` in a batch: header and entry sizes of `js/protocol.ts`.
const HEADER: u32 = 6;
const STRIDE: u32 = 3;
/// Most events of one batch that are looked at: all that a history remembers.
const MAX_HAD: u32 = 1_000;

/// A message of a page.
pub(crate) enum Incoming {
    Ack { s: u32, batch: u64 },
    Control(Message<Text>),
}

/// Reads a message; `Err` names the field that is missing or of another type.
pub(crate) fn read(value: &JsValue) -> Result<Incoming, &'static str> {
    if let Some(ack) = value.dyn_ref::<Array>() {
        return match (whole(&ack.get(0)), whole(&ack.get(1))) {
            (Some(s), Some(batch)) => Ok(Incoming::Ack {
                s: u32::try_from(s).map_err(|_| "ack")?,
                batch,
            }),
            _ => Err("ack"),
        };
    }
    if !value.is_object() {
        return Err("type");
    }
    control(&Fields(value.clone())).map(Incoming::Control)
}

fn control(message: &Fields) -> Result<Message<Text>, &'static str> {
    let s = || message.number("s").ok_or("s");
    let request = || message.number("r").ok_or("r");
    let visible = || message.boolean("visible").ok_or("visible");
    Ok(match message.text("t").as_deref() {
        Some("hello") => Message::Hello(Hello {
            version: message.number("v").ok_or("v")?,
            tab: message.text("tab").filter(|tab| is_name(tab)).ok_or("tab")?,
            lock: match message.text("lock") {
                Some(lock) if !is_name(&lock) => return Err("lock"),
                lock => lock,
            },
            visible: visible()?,
        }),
        Some("attach") => Message::Attach(Box::new(attach(message)?)),
        Some("detach") => Message::Detach { s: s()? },
        Some("sub") => Message::Subscribe {
            s: s()?,
            request: subscribe(message)?,
        },
        Some("unsub") => Message::Unsubscribe {
            s: s()?,
            sub: message.number("sub").ok_or("sub")?,
        },
        Some("visible") => Message::Visible(visible()?),
        Some("bye") => Message::Bye {
            persisted: message.boolean("persisted").ok_or("persisted")?,
            at: message
                .list("at")
                .as_ref()
                .map(positions)
                .transpose()?
                .unwrap_or_default(),
        },
        Some("reconnect") => Message::Reconnect { s: s()? },
        Some("answer") => Message::Answer {
            s: s()?,
            request: request()?,
            answer: message.object("given").map(|given| Credentials {
                url: given.text("url"),
                headers: given.text("headers"),
            }),
        },
        Some("stats") => Message::Stats {
            s: s()?,
            request: request()?,
        },
        Some("close-everywhere") => Message::CloseEverywhere { request: request()? },
        Some("ended") => Message::Ended {
            session: message.number("session").ok_or("session")?,
        },
        Some("ping") => Message::Ping,
        Some("pong") => Message::Pong,
        _ => return Err("t"),
    })
}

fn positions(list: &Array) -> Result<Vec<(u32, u64)>, &'static str> {
    let pair = |value: JsValue| {
        let pair = value.dyn_into::<Array>().ok()?;
        Some((u32::try_from(whole(&pair.get(0))?).ok()?, whole(&pair.get(1))?))
    };
    list.iter().map(|value| pair(value).ok_or("at")).collect()
}

fn attach(message: &Fields) -> Result<Attach<Text>, &'static str> {
    let names = message
        .list("names")
        .map_or_else(Vec::new, |names| names.iter().collect());
    let subs = message.list("subs").ok_or("subs")?;
    Ok(Attach {
        s: message.number("s").ok_or("s")?,
        kind: match message.text("kind").as_deref() {
            Some("channel") => Kind::Channel,
            Some("drop-in") => Kind::DropIn,
            _ => return Err("kind"),
        },
        url: message.text("url").ok_or("url")?,
        options: options(message.object("options").ok_or("options")?)?,
        subs: subs
            .iter()
            .map(|request| subscribe(&Fields(request)))
            .collect::<Result<_, _>>()?,
        position: match message.object("position") {
            None => None,
            Some(position) => Some(TabPosition {
                epoch: position.count("epoch").ok_or("epoch")?,
                seq: position.count("seq").ok_or("seq")?,
                id: position.text("id").ok_or("id")?,
                batch: position.count("batch").ok_or("batch")?,
            }),
        },
        had: message
            .list("had")
            .map_or_else(Vec::new, |batches| had(&batches, &names)),
        term: message.count("term"),
    })
}

fn subscribe(message: &Fields) -> Result<Subscribe, &'static str> {
    Ok(Subscribe {
        sub: message.number("sub").ok_or("sub")?,
        channel: message.text("channel").ok_or("channel")?,
        replay: usize::try_from(message.count("replay").ok_or("replay")?).unwrap_or(usize::MAX),
    })
}

/// `ConnectOptions` as the application wrote it; ranges are the core's business, types are looked at here.
fn options(given: Fields) -> Result<RawOptions, &'static str> {
    let given = Given {
        fields: given,
        is_wrong: Rc::default(),
    };
    let (reconnect, heartbeat, resume) = (
        given.group("reconnect"),
        given.group("heartbeat"),
        given.group("resume"),
    );
    let (replay, buffer, limits) = (
        given.group("replay"),
        given.group("buffer"),
        given.group("limits"),
    );
    let options = RawOptions {
        with_credentials: given.boolean("withCredentials"),
        transport: given.text("transport"),
        strict: given.boolean("strict"),
        method: given.text("method"),
        headers: given.text("headers"),
        body: given.text("body"),
        asks: given.number("asks"),
        resume_header: resume.boolean("header"),
        initial_delay: reconnect.number("initialDelay"),
        max_delay: reconnect.number("maxDelay"),
        factor: reconnect.number("factor"),
        jitter: reconnect.boolean("jitter"),
        max_attempts: reconnect.number("maxAttempts"),
        connect_timeout: given.number("connectTimeout"),
        heartbeat: heartbeat.text("event"),
        heartbeat_timeout: given.number("heartbeatTimeout"),
        // `null` means "none", absent means the default.
        resume_param: if resume.fields.get("param").is_null() {
            Some(None)
        } else {
            resume.text("param").map(Some)
        },
        lost_event: resume.text("lostEvent"),
        // `true` is the default age, a group may name one.
        persist: match resume.fields.get("persist").as_bool() {
            Some(on) => on.then_some(None),
            None => resume
                .group("persist")
                .filled()
                .map(|given| given.number("maxAge")),
        },
        replay_events: replay.number("events"),
        buffer_events: buffer.number("events"),
        buffer_bytes: buffer.number("bytes"),
        overflow: buffer.text("overflow"),
        channels: given.texts("channels"),
        channel_json: given.group("channel").text("json"),
        hidden_timeout: given.number("hiddenTimeout"),
        max_streams_per_origin: given.number("maxStreamsPerOrigin"),
        limit_line: limits.number("line"),
        limit_event: limits.number("event"),
        limit_channels: limits.number("channels"),
        limit_replay_total: limits.number("replayTotal"),
        principal: given.text("principal"),
        key: given.text("key"),
    };
    if given.is_wrong.get() {
        Err("options")
    } else {
        Ok(options)
    }
}

/// Options, or a group of them: what is absent is `None`, what has the wrong type is noted.
struct Given {
    fields: Fields,
    is_wrong: Rc<Cell<bool>>,
}

impl Given {
    fn take<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Option<T> {
        let value = self.fields.get(name);
        if value.is_undefined() || value.is_null() {
            return None;
        }
        let taken = read(&value);
        if taken.is_none() {
            self.is_wrong.set(true);
        }
        taken
    }

    fn text(&self, name: &str) -> Option<String> {
        self.take(name, JsValue::as_string)
    }

    fn boolean(&self, name: &str) -> Option<bool> {
        self.take(name, JsValue::as_bool)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.take(name, JsValue::as_f64)
    }

    fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.take(name, |value| {
            value
                .dyn_ref::<Array>()?
                .iter()
                .map(|text| text.as_string())
                .collect()
        })
    }

    fn filled(self) -> Option<Given> {
        self.fields.0.is_object().then_some(self)
    }

    fn group(&self, name: &str) -> Given {
        let value = self.take(name, |value| value.is_object().then(|| value.clone()));
        Given {
            fields: Fields(value.unwrap_or_default()),
            is_wrong: Rc::clone(&self.is_wrong),
        }
    }
}

/// The fields of an object of a page: `None` for what is absent or of another type.
struct Fields(JsValue);

impl Fields {
    fn get(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name).as_bool()
    }

    fn count(&self, name: &str) -> Option<u64> {
        whole(&self.get(name))
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.count(name).and_then(|count| u32::try_from(count).ok())
    }

    fn list(&self, name: &str) -> Option<Array> {
        self.get(name).dyn_into().ok()
    }

    fn object(&self, name: &str) -> Option<Fields> {
        let value = self.get(name);
        value.is_object().then_some(Fields(value))
    }
}

/// The events in the batches a page has kept, each with its id. What does not look like one is passed over: it only
/// spares repeats.
fn had(batches: &Array, names: &[JsValue]) -> Vec<Had<Text>> {
    let mut events = Vec::new();
    for batch in batches.iter() {
        let Some(batch) = batch.dyn_ref::<Array>() else {
            continue;
        };
        for entry in 0..MAX_HAD {
            let at = HEADER + STRIDE * entry;
            let index = whole(&batch.get(at)).and_then(|index| usize::try_from(index).ok());
            let name = index.and_then(|index| names.get(index)?.as_string());
            let (id, data) = (Text::new(batch.get(at + 1)), Text::new(batch.get(at + 2)));
            if let (Some(channel), Some(id), Some(data)) = (name, id, data) {
                events.push(Had { channel, id, data });
            }
        }
    }
    events
}

/// A value on its way to a page. A map of static names: structs would make serde-wasm-bindgen keep a table of them.
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Number(f64),
    Object(&'a [(&'static str, Value<'a>)]),
}

impl Serialize for Value<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(None)?;
                for (name, value) in *fields {
                    map.serialize_entry(name, value)?;
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
            let fields = [
                ("t", "welcome".into()),
                ("v", VERSION.into()),
                ("build", build.into()),
                ("epoch", (*epoch).into()),
                ("gen", (*generation).into()),
                ("href", href.into()),
                ("lock", lock.unwrap_or_default().into()),
            ];
            // Without locks there is no such field.
            object(&fields[..fields.len() - usize::from(lock.is_none())])
        }
        Reply::Refused => object(&[
            ("t", "refused".into()),
            ("v", VERSION.into()),
            ("build", build.into()),
        ]),
        Reply::Attached { s, term } => object(&[
            ("t", "attached".into()),
            ("s", (*s).into()),
            ("term", (*term).into()),
        ]),
        Reply::Ask { s, request, refused } => object(&[
            ("t", "ask".into()),
            ("s", (*s).into()),
            ("r", (*request).into()),
            ("refused", (*refused).into()),
        ]),
        Reply::Located { s, url } => object(&[
            ("t", "located".into()),
            ("s", (*s).into()),
            ("url", url.as_str().into()),
        ]),
        Reply::Detached { s, error, reason } => {
            let fields = [
                ("t", "detached".into()),
                ("s", (*s).into()),
                ("code", error.code.name().into()),
                ("detail", error.detail.as_str().into()),
                ("reason", reason.unwrap_or_default().into()),
            ];
            object(&fields[..fields.len() - usize::from(reason.is_none())])
        }
        Reply::Error { s, sub, error } => {
            let fields = [
                ("t", "error".into()),
                ("code", error.code.name().into()),
                ("detail", error.detail.as_str().into()),
                ("s", s.unwrap_or_default().into()),
                ("sub", sub.unwrap_or_default().into()),
            ];
            // A subscription is one of a stream: there is no `sub` without `s`.
            object(&fields[..3 + usize::from(s.is_some()) + usize::from(sub.is_some())])
        }
        Reply::Stats { request, stats } => {
            let stats = Value::Object(&[
                ("tabs", stats.tabs.into()),
                ("streams", stats.streams.into()),
                ("channels", stats.channels.into()),
                ("subscriptions", stats.subscriptions.into()),
                ("status", stats.status.into()),
                ("connections", stats.connections.into()),
                ("received", stats.received.into()),
                ("delivered", stats.delivered.into()),
                ("repeats", stats.repeats.into()),
                ("dropped", stats.dropped.into()),
                ("queued", stats.queued.into()),
                ("queuedUnits", stats.queued_units.into()),
                ("replayUnits", stats.replay_units.into()),
                ("epoch", stats.epoch.into()),
                ("lastEventId", stats.last_event_id.as_str().into()),
                ("resumed", stats.resumed.into()),
                ("generation", stats.generation.into()),
            ]);
            object(&[("t", "stats".into()), ("r", (*request).into()), ("stats", stats)])
        }
        Reply::Ended { session } => object(&[("t", "ended".into()), ("session", (*session).into())]),
        Reply::ClosedEverywhere { request } => {
            object(&[("t", "closed-everywhere".into()), ("r", (*request).into())])
        }
        Reply::Rejoin => object(&[("t", "rejoin".into())]),
        Reply::MoveTo { generation } => {
            let number = to_string((*generation).into());
            let name = String::from("tabmux:") + &number;
            let url = with_param(href, "tabmux", &number);
            object(&[
                ("t", "move-to".into()),
                ("url", url.as_str().into()),
                ("name", name.as_str().into()),
                ("gen", (*generation).into()),
                ("state", "".into()),
            ])
        }
        Reply::Ping => object(&[("t", "ping".into())]),
        Reply::Pong => object(&[("t", "pong".into())]),
    }
}

pub(crate) fn object(fields: &[(&'static str, Value<'_>)]) -> JsValue {
    let serializer = Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true);
    // Plain data of known types: there is nothing that could not be written.
    Value::Object(fields)
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

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME
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
