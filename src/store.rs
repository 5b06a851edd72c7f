//! The storage that outlives the worker: `js/store.ts`, which the worker's entry hands in.

use js_sys::Array;
use tabmux_core::message::Stored;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

use crate::wire::{self, number};
use crate::worker::{Inbox, Input};

#[wasm_bindgen]
extern "C" {
    /// The function of `js/store.ts`.
    pub type Store;

    /// `Function.prototype.call`, with the parameters that it has.
    #[wasm_bindgen(method)]
    fn call(this: &Store, scope: &JsValue, key: f64, value: &JsValue, max_age: f64, done: &JsValue);
}

impl Store {
    /// Reads, or writes `value`; the answer comes by `inbox`.
    pub(crate) fn ask(&self, key: u64, value: &JsValue, max_age: u64, inbox: Inbox) {
        // Called once, whatever happens: that frees it.
        let done = Closure::once_into_js(move |answer: JsValue| inbox.put(Input::Stored(key, answer)));
        self.call(&JsValue::UNDEFINED, number(key), value, number(max_age), &done);
    }
}

/// What `js/store.ts` has answered.
#[inline(never)]
pub(crate) fn read(answer: &JsValue) -> Stored {
    if let Some(found) = answer.dyn_ref::<Array>() {
        return Stored::Found {
            id: found.get(0).as_string().unwrap_or_default(),
            epoch: wire::whole(&found.get(0)),
            age: wire::whole(&found.get(1)),
        };
    }
    answer.as_string().map_or(Stored::Nothing, Stored::Failed)
}
