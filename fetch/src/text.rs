//! Bytes of a chunk as JS strings: once per block of [`BLOCK`] bytes, not once per event, since a `TextDecoder` call
//! costs more than the rest of an event's way (decisions/0024). What an event has is a slice of its block's text.

use js_sys::{JsString, Object};
use tabmux_core::sse;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::request::object;

/// Bytes that are decoded at a time. A slice keeps the text of its block alive: an event that waits in a queue or a ring
/// holds no more than this beside its own.
const BLOCK: usize = 16 << 10;

#[wasm_bindgen]
extern "C" {
    type TextDecoder;

    #[wasm_bindgen(constructor)]
    fn new(label: &str, options: &Object) -> TextDecoder;

    #[wasm_bindgen(method)]
    fn decode(this: &TextDecoder, bytes: &[u8]) -> JsString;
}

pub(crate) struct Decoder(TextDecoder);

impl Decoder {
    pub(crate) fn new() -> Self {
        // A mark in the middle is text; the parser has taken that of the beginning.
        Self(TextDecoder::new(
            "utf-8",
            &object(&[("ignoreBOM", &JsValue::TRUE)]),
        ))
    }

    pub(crate) fn text(&self, bytes: &[u8]) -> JsString {
        self.0.decode(bytes)
    }
}

/// A piece of the chunk as text, and how far it has been cut.
pub(crate) struct Block {
    text: JsString,
    end: usize,
    at: usize,
    unit: usize,
    count: fn(&[u8]) -> usize,
}

impl Block {
    /// From `at` on, and no less than what ends at `end`.
    pub(crate) fn new(chunk: &[u8], at: usize, end: usize, decoder: &Decoder) -> Self {
        let end = end.max(chunk.len().min(at + BLOCK));
        let bytes = &chunk[at..end];
        let text = decoder.text(bytes);
        let count: fn(&[u8]) -> usize = if text.length() as usize == bytes.len() {
            // A unit for each byte, as in ASCII.
            <[u8]>::len
        } else if text.includes("\u{fffd}", 0) {
            sse::units
        } else {
            sse::valid_units
        };
        Self {
            text,
            end,
            at,
            unit: 0,
            count,
        }
    }

    /// Whether the range lies in it, behind what was cut last.
    pub(crate) fn holds(&self, at: usize, end: usize) -> bool {
        at >= self.at && end <= self.end
    }

    /// The text of a range of the chunk that it [holds](Self::holds).
    pub(crate) fn cut(&mut self, chunk: &[u8], at: usize, to: usize) -> JsString {
        let from = self.unit + (self.count)(&chunk[self.at..at]);
        self.at = to;
        self.unit = from + (self.count)(&chunk[at..to]);
        self.text.substring(index(from), index(self.unit))
    }
}

/// A chunk is far from 4 GB.
fn index(units: usize) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}
