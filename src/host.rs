//! What the worker's entry hands in: storage that outlives the worker (`js/store.ts`), word from other workers of the
//! same script (`js/fence.ts`), the module that fetches (`js/fetch.ts`), connections, the first of which may be open by then
//! (`js/early.ts`, `js/source.ts`), the reading of messages (`js/hear.ts`), and Web Locks (`js/locks.ts`), by which a tab and the
//! worker learn of each other's death. In JS, where it is a third of what it would be here.

use js_sys::{Array, Function};
use tabmux_core::message::Stored;
use tabmux_core::seat::TabId;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use crate::event_source::EventSource;
use crate::fetch::Controller;
use crate::wire;

#[wasm_bindgen]
extern "C" {
    /// Functions of `js/worker.ts`. What they find out is told by [`told`](crate::told), and not from within the call.
    pub type Host;

    /// Reads where `value` is undefined, else writes it; told as `STORED` or `WRITTEN`.
    #[wasm_bindgen(method)]
    pub(crate) fn store(this: &Host, key: f64, value: &JsValue, max_age: f64);

    /// `LOCK_HELD` once it is held, if it is to be kept for as long as the worker lives; otherwise `TAB_GONE` once `tab`, who
    /// holds it, is no more.
    #[wasm_bindgen(method)]
    pub(crate) fn lock(this: &Host, name: &str, is_kept: bool, tab: TabId);

    /// A function for what a port brings, which calls [`ack`](crate::ack) and [`said`](crate::said) with its number.
    #[wasm_bindgen(method)]
    pub(crate) fn hear(this: &Host, port: u32, options: &str) -> Function;

    /// `PASSED` once all is heard that other workers have said.
    #[wasm_bindgen(method)]
    pub(crate) fn fence(this: &Host);

    /// Posts a batch of one event, of which these are the slots.
    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments, reason = "one call for what would be four")]
    pub(crate) fn post(
        this: &Host,
        port: &MessagePort,
        s: u32,
        batch: f64,
        epoch: f64,
        seq: f64,
        last_id: &JsValue,
        asks: bool,
        channel: u32,
        id: &JsValue,
        data: &JsValue,
    );

    /// The form of a run on the wire (`js/run.ts`), of the slots of its events.
    #[wasm_bindgen(method)]
    pub(crate) fn join(this: &Host, parts: &Array) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn announce(this: &Host);

    /// It tells `OPENED`, `LOST` and `RETRYING`, and calls [`event`](crate::event).
    #[wasm_bindgen(method)]
    pub(crate) fn source(
        this: &Host,
        url: &str,
        with_credentials: bool,
        connection: u32,
    ) -> Option<EventSource>;

    #[wasm_bindgen(method)]
    pub(crate) fn fetch(this: &Host, stream: u32, serial: u32, request: &Array) -> Controller;
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
