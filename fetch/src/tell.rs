//! The words for the hub: its `src/fetch.rs` has the other half.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// A function of the worker, which passes on to the hub.
    pub type Tell;

    /// `Function.prototype.call`, with the parameters that it has.
    #[wasm_bindgen(method)]
    fn call(this: &Tell, scope: &JsValue, what: u32, number: u32, a: &JsValue, b: &JsValue);

    /// The same with text as bytes, which `js/fetch.ts` decodes: one call in place of three.
    #[wasm_bindgen(method, js_name = call)]
    fn call_bytes(this: &Tell, scope: &JsValue, what: u32, number: u32, a: &[u8], b: &[u8]);
}

/// What is told is a [`word`](tabmux_core::word).
impl Tell {
    pub(crate) fn say(&self, what: u32, number: u32, a: &JsValue, b: &JsValue) {
        self.call(&JsValue::UNDEFINED, what, number, a, b);
    }

    pub(crate) fn say_text(&self, what: u32, number: u32, a: &[u8], b: &[u8]) {
        self.call_bytes(&JsValue::UNDEFINED, what, number, a, b);
    }

    pub(crate) fn say_number(&self, what: u32, number: u32) {
        self.say(what, number, &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }
}

/// Milliseconds beyond a `u32` are as good as its most: the hub has bounds far below.
pub(crate) fn saturated(millis: u64) -> u32 {
    u32::try_from(millis).unwrap_or(u32::MAX)
}
