//! The wasm shell: runs the core in a SharedWorker. It translates and decides nothing.
//!
//! | file | translates |
//! |---|---|
//! | `worker` | the core's outputs into calls, and their results into inputs |
//! | `fetch` | one streaming fetch, made and parsed by the module in `fetch/` |
//! | `wire` | control messages, as rows of values |
//! | `batch` | events: flat arrays |
//! | `text` | JS strings as the core's payload |
//! | `host` | what the worker's entry hands in |
//! | `clock` | the worker's clocks |

mod batch;
mod clock;
mod fetch;
mod host;
mod text;
mod wire;
mod worker;

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;

use std::cell::Cell;

use tabmux_core::options::NAMES;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fetch::Told;
use crate::host::Host;
use crate::worker::Worker;

/// Two-level segregated fit: constant time, and a third of the size of the standard library's (decisions/0032).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

thread_local! {
    /// The one hub of this worker. Exported functions rather than an exported class: its glue would be dead weight.
    static WORKER: Cell<Option<Worker>> = const { Cell::new(None) };
}

/// Starts the hub; once. `href` is the worker script's own URL, `generation` counts the workers that took over from one that
/// hung, `seed` is any number, `joins` as in `Config`. `host` is what the worker's entry hands in. Gives the names of options,
/// as `js/hear.ts` reads them.
#[wasm_bindgen]
#[allow(
    clippy::needless_pass_by_value,
    reason = "strings as values: their copying is half as much glue"
)]
pub fn start(href: JsValue, generation: u32, seed: f64, joins: bool, host: Host) -> JsValue {
    let href = href.as_string().unwrap_or_default();
    WORKER.set(Some(Worker::new(href, generation, seed, joins, host)));
    NAMES.into()
}

/// An event that a listener of `js/source.ts` has heard.
#[wasm_bindgen]
pub fn event(connection: u32, channel: u32, id: JsValue, data: JsValue) {
    with_worker(|worker| worker.event(connection, channel, id.into(), data.into()));
}

/// A page has processed a batch, and all before it.
#[wasm_bindgen]
pub fn ack(port: u32, s: u32, batch: f64) {
    with_worker(|worker| worker.ack(port, s, batch));
}

/// A page has said anything else: `js/hear.ts` tells what.
#[wasm_bindgen]
pub fn said(port: u32, row: JsValue) {
    with_worker(|worker| worker.said(port, row));
}

/// What no page has said: `js/told.ts` names it.
#[wasm_bindgen]
#[allow(
    clippy::needless_pass_by_value,
    reason = "a value needs no place in the table of handles"
)]
pub fn told(what: u32, number: f64, answer: JsValue) {
    with_worker(|worker| worker.told(what, number, &answer));
}

/// The module that fetches tells of a stream's fetch; see `fetch`.
#[wasm_bindgen]
pub fn fetched(connection: u32, what: u32, number: u32, a: JsValue, b: JsValue) {
    with_worker(|worker| worker.fetched(connection, Told { what, number, a, b }));
}

fn with_worker(f: impl FnOnce(Worker)) {
    WORKER.get().map(f);
}
