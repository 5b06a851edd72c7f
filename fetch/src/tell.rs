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
}

/// What is told; the numbers are those of the hub.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    /// An event of the name of this number: its id, if it has set one, and its data.
    Event = 0,
    /// The name of this number, told before the first event that has it; names from this number on are void.
    Name = 1,
    /// An id that no event carries.
    Id = 2,
    /// A comment.
    Comment = 3,
    /// `retry:`, in milliseconds.
    Retry = 4,
    /// An event that was skipped, its data being too large: the number of its name, and its id.
    EventTooLarge = 5,
    /// The same for a line of it.
    LineTooLong = 6,
    /// That was all of a chunk.
    Rest = 7,
    /// The status, [`EVENT_STREAM`] added if the body is one; the id by which the server takes up, and how many
    /// milliseconds it wants to be left alone.
    Head = 8,
    /// The last word: no response, or the body has ended or broken off.
    Ended = 9,
}

/// Above all statuses.
pub(crate) const EVENT_STREAM: u32 = 1 << 16;

impl Tell {
    pub(crate) fn say(&self, what: Word, number: u32, a: &JsValue, b: &JsValue) {
        self.call(&JsValue::UNDEFINED, what as u32, number, a, b);
    }

    pub(crate) fn say_number(&self, what: Word, number: u32) {
        self.say(what, number, &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }
}

/// Milliseconds beyond a `u32` are as good as its most: the hub has bounds far below.
pub(crate) fn saturated(millis: u64) -> u32 {
    u32::try_from(millis).unwrap_or(u32::MAX)
}
