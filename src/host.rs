//! What the worker's entry hands in: storage that outlives the worker (`js/store.ts`), word from other workers of the
//! same script (`js/fence.ts`), the module that fetches (`js/fetch.ts`), connections, the first of which may be open by then
//! (`js/early.ts`), the reading of messages (`js/hear.ts`), and Web Locks (`js/locks.ts`), by which a tab and the worker learn of each other's death. In JS, where
//! it is a third of what it would be here.

use js_sys::{Array, Function};
use tabmux_core::message::Stored;
use tabmux_core::seat::TabId;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::event_source::EventSource;
use crate::fetch::Controller;
use crate::wire::{self, number};
use crate::worker::{Inbox, Input};

#[wasm_bindgen]
extern "C" {
    /// The functions of `js/store.ts`, `js/fence.ts`, `js/fetch.ts`, `js/early.ts`, `js/hear.ts` and `js/locks.ts`.
    pub type Host;

    #[wasm_bindgen(method)]
    fn store(this: &Host, key: f64, value: &JsValue, max_age: f64, done: &JsValue);

    #[wasm_bindgen(method)]
    fn lock(this: &Host, name: &str, is_kept: bool, granted: &JsValue);

    /// A function for what a port brings, which calls [`ack`](crate::ack) and [`said`](crate::said) with its number.
    #[wasm_bindgen(method)]
    pub(crate) fn hear(this: &Host, port: u32, options: &str) -> Function;

    #[wasm_bindgen(method)]
    fn fence(this: &Host, done: &JsValue);

    /// A function for events, which calls [`event`](crate::event) with these two.
    #[wasm_bindgen(method)]
    pub(crate) fn listener(this: &Host, connection: u32, channel: u32) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn announce(this: &Host);

    #[wasm_bindgen(method)]
    pub(crate) fn source(this: &Host, url: &str, with_credentials: bool) -> Option<EventSource>;

    #[wasm_bindgen(method)]
    pub(crate) fn fetch(this: &Host, stream: u32, serial: u32, request: &Array) -> Controller;
}

impl Host {
    /// Reads where `value` is undefined, else writes it; the answer comes by `inbox`.
    pub(crate) fn ask_store(&self, key: u64, value: &JsValue, max_age: u64, inbox: Inbox) {
        let input = if value.is_undefined() {
            Input::Stored(key)
        } else {
            Input::Written(key)
        };
        self.store(number(key), value, number(max_age), &inbox.once(input));
    }

    /// Once all is heard that other workers have said, `inbox` is told.
    pub(crate) fn ask_fence(&self, inbox: Inbox) {
        self.fence(&inbox.once(Input::Passed));
    }

    /// Holds a lock for as long as the worker lives; `inbox` is told once it is held.
    pub(crate) fn hold_lock(&self, name: &str, inbox: Inbox) {
        self.lock(name, true, &inbox.once(Input::LockHeld));
    }

    /// Tells `inbox` once `tab`, who holds the lock, is no more.
    pub(crate) fn wait_for_lock(&self, name: &str, tab: TabId, inbox: Inbox) {
        self.lock(name, false, &inbox.once(Input::TabGone(tab)));
    }
}

/// What `js/store.ts` has answered to a question.
#[inline(never)]
pub(crate) fn read_stored(answer: &JsValue) -> Stored {
    if let Some(found) = answer.dyn_ref::<Array>() {
        return Stored::Found {
            id: found.get(0).as_string().unwrap_or_default(),
            epoch: wire::whole(&found.get(0)),
            age: wire::whole(&found.get(1)),
        };
    }
    answer.as_string().map_or(Stored::Nothing, Stored::Failed)
}
