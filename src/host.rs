//! What the worker's entry hands in: storage that outlives the worker (`js/store.ts`), word from other workers of the
//! same script (`js/fence.ts`), the module that fetches (`js/fetch.ts`), connections, the first of which may be open by then
//! (`js/early.ts`, `js/source.ts`), the pages' ports by number, the `BroadcastChannel`s of streams (`js/air.ts`), the writing of messages (`js/say.ts`), and Web Locks
//! (`js/locks.ts`), by which a tab and the worker learn of each other's death. In JS, where it is a third of what it would be here.

use js_sys::Array;
use tabmux_core::message::Stored;
use tabmux_core::seat::TabId;
use tabmux_core::{ChannelIndex, ConnectionId, PortId, StreamId};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::wire;

#[wasm_bindgen]
extern "C" {
    /// Functions of `js/worker.ts`. What they find out is told by [`told`](crate::told), and not from within the call.
    pub type Host;

    /// Reads where `value` is undefined, else writes it; told as `STORED` or `WRITTEN`.
    #[wasm_bindgen(method)]
    pub(crate) fn store(this: &Host, key: f64, value: &JsValue, max_age: f64);

    /// `TAB_GONE` once `tab`, who holds it, is no more; nothing where there are no locks.
    #[wasm_bindgen(method)]
    pub(crate) fn lock(this: &Host, name: &str, tab: TabId);

    /// `PASSED` once all is heard that other workers have said.
    #[wasm_bindgen(method)]
    pub(crate) fn fence(this: &Host);

    /// Posts a batch of one event, of which these are the slots.
    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments, reason = "one call for what would be four")]
    pub(crate) fn post(
        this: &Host,
        port: PortId,
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

    /// Posts any other batch.
    #[wasm_bindgen(method)]
    pub(crate) fn send(this: &Host, port: PortId, batch: &JsValue);

    /// Posts a message: the values of its fields, by their kind's number.
    #[wasm_bindgen(method)]
    pub(crate) fn say(this: &Host, port: PortId, kind: u32, row: &Array);

    /// The object that a message would be.
    #[wasm_bindgen(method)]
    pub(crate) fn form(this: &Host, kind: u32, row: &Array) -> JsValue;

    /// Nothing is said on it afterwards, nor heard.
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Host, port: PortId);

    /// The form of a run on the wire (`js/run.ts`), of the slots of its events.
    #[wasm_bindgen(method)]
    pub(crate) fn join(this: &Host, parts: &Array) -> JsValue;

    /// The name of the stream's BroadcastChannel, which is made if there is none. `HEARD` tells what others than pages of that
    /// stream may have said there as well.
    #[wasm_bindgen(method)]
    pub(crate) fn circle(this: &Host, stream: StreamId) -> JsValue;

    /// Posts a run there.
    #[wasm_bindgen(method)]
    pub(crate) fn air(this: &Host, stream: StreamId, number: u32, run: &JsValue);

    /// Closes it.
    #[wasm_bindgen(method)]
    pub(crate) fn hush(this: &Host, stream: StreamId);

    #[wasm_bindgen(method)]
    pub(crate) fn announce(this: &Host);

    /// Makes an EventSource, which tells `OPENED`, `LOST` and `RETRYING`, and calls [`event`](crate::event). False where the
    /// browser does not take the URL.
    #[wasm_bindgen(method)]
    pub(crate) fn source(this: &Host, connection: ConnectionId, url: &str, with_credentials: bool) -> bool;

    /// Of an EventSource.
    #[wasm_bindgen(method)]
    pub(crate) fn listen(this: &Host, connection: ConnectionId, channel: ChannelIndex, name: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn unlisten(this: &Host, connection: ConnectionId, channel: ChannelIndex);

    /// Makes a fetch, which calls [`fetched`](crate::fetched).
    #[wasm_bindgen(method)]
    pub(crate) fn fetch(this: &Host, connection: ConnectionId, request: &Array);

    /// Closes a connection, if there is one: nothing is told of it afterwards, also of what is on its way.
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Host, connection: ConnectionId);
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
