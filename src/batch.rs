//! A batch as the wire has it: one flat array, three slots an entry (`js/protocol.ts`).

use std::rc::Rc;

use js_sys::Array;
use tabmux_core::event::Event;
use tabmux_core::upstream::Resumed;
use tabmux_core::{BatchSink, ChannelIndex, GapCause, Header, PortId, StatusUpdate, StreamId, WireError};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::host::Host;
use crate::text::Text;
use crate::wire::{self, form, number};

const OP_CHANNEL: i32 = -1;
const OP_READY: i32 = -2;
const OP_REPLAYED: i32 = -3;
const OP_GAP: i32 = -4;
const OP_STATUS: i32 = -5;
const OP_ERROR: i32 = -6;
const OP_RUN: i32 = -7;
const OP_CIRCLE: i32 = -8;
const OP_AIRED: i32 = -9;

#[wasm_bindgen]
extern "C" {
    /// An array, with `push` as the event path needs it: one call an entry, numbers as numbers.
    #[wasm_bindgen(extends = Array, js_name = Array)]
    type Entries;

    #[wasm_bindgen(method, js_name = push)]
    fn entry(this: &Entries, channel: i32, id: &JsValue, data: &JsValue);

    #[wasm_bindgen(method, js_name = push)]
    fn header(this: &Entries, s: u32, batch: f64, epoch: f64, seq: f64, last_id: &JsValue, asks: bool);

    #[wasm_bindgen(method, js_name = push)]
    fn numbered(this: &Entries, op: i32, number: u32, value: &JsValue);
}

/// Collects one batch, unless it is a single event, which is posted at once.
pub(crate) struct Batch<'a> {
    host: &'a Host,
    stream: StreamId,
    port: PortId,
    entries: Entries,
    is_posted: bool,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(host: &'a Host, stream: StreamId, port: PortId) -> Self {
        Self {
            host,
            stream,
            port,
            entries: JsValue::UNDEFINED.unchecked_into(),
            is_posted: false,
        }
    }

    /// What is yet to be posted.
    pub(crate) fn into_value(self) -> Option<JsValue> {
        (!self.is_posted).then(|| self.entries.into())
    }
}

impl BatchSink<Text> for Batch<'_> {
    fn single(&mut self, header: Header<'_, Text>, event: &Event<Text>) {
        self.host.post(
            self.port,
            header.s,
            number(header.batch),
            number(header.epoch),
            number(header.seq),
            header.last_id.value(),
            header.asks,
            event.channel,
            event.id.value(),
            event.data.value(),
        );
        self.is_posted = true;
    }

    fn begin(&mut self, header: Header<'_, Text>) {
        let Header {
            s,
            batch,
            epoch,
            seq,
            last_id,
            asks,
        } = header;
        self.entries = Array::new().unchecked_into();
        self.entries.header(
            s,
            number(batch),
            number(epoch),
            number(seq),
            last_id.value(),
            asks,
        );
    }

    fn channel(&mut self, channel: ChannelIndex, name: &str) {
        self.entries
            .numbered(OP_CHANNEL, channel, &JsValue::from_str(name));
    }

    fn event(&mut self, channel: ChannelIndex, id: Option<&Text>, data: &Text) {
        self.entries.entry(
            channel.cast_signed(),
            id.map_or(&JsValue::NULL, Text::value),
            data.value(),
        );
    }

    fn join(&mut self, events: &[Rc<Event<Text>>]) -> Text {
        let parts: Entries = Array::new().unchecked_into();
        for event in events {
            parts.entry(event.channel.cast_signed(), event.id.value(), event.data.value());
        }
        self.host.join(&parts).into()
    }

    fn run(&mut self, _: usize, joined: &Text) {
        self.entries.entry(OP_RUN, joined.value(), &JsValue::NULL);
    }

    fn air(&mut self, number: u32, joined: &Text) {
        self.host.air(self.stream, number, joined.value());
    }

    fn aired(&mut self, _: usize, number: u32) {
        self.entries.numbered(OP_AIRED, number, &JsValue::NULL);
    }

    fn invite(&mut self, key: u32) {
        let name = self.host.circle(self.stream);
        self.entries.numbered(OP_CIRCLE, key, &name);
    }

    fn replayed(&mut self, sub: u32, channel: ChannelIndex, id: &Text, data: &Text) {
        let event: Entries = Array::new().unchecked_into();
        event.entry(channel.cast_signed(), id.value(), data.value());
        self.entries.numbered(OP_REPLAYED, sub, &event);
    }

    fn ready(&mut self, sub: u32) {
        self.entries.numbered(OP_READY, sub, &JsValue::NULL);
    }

    fn gap(&mut self, channel: &str, dropped: Option<u64>, cause: GapCause) {
        let dropped = dropped.map_or(JsValue::NULL, |count| number(count).into());
        let detail = Array::new();
        detail.push(&dropped);
        detail.push(&cause.name().into());
        self.entries.entry(OP_GAP, &channel.into(), &detail);
    }

    fn status(&mut self, update: &StatusUpdate) {
        let values = [
            update.status.name().into(),
            update.reason.name().into(),
            update.resumed.map(Resumed::name).into(),
            update.failed.into(),
        ];
        let update = self.host.form(form::STATUS, &wire::row(&values));
        self.entries.entry(OP_STATUS, &update, &JsValue::NULL);
    }

    fn error(&mut self, error: &WireError) {
        let values = [error.code.name().into(), error.detail.as_str().into()];
        let error = self.host.form(form::ERROR_OF_STREAM, &wire::row(&values));
        self.entries.entry(OP_ERROR, &error, &JsValue::NULL);
    }
}
