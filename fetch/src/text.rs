//! Bytes as JS strings.

use js_sys::{JsString, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::request::object;

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
