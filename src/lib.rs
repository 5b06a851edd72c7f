//! The wasm shell: runs the core in a SharedWorker. It translates and decides nothing.
//!
//! | file | translates |
//! |---|---|
//! | `worker` | the core's outputs into calls, and their results into inputs |
//! | `event_source` | one EventSource and its listeners |
//! | `port` | one page's `MessagePort` |
//! | `wire` | control messages (serde) |
//! | `batch` | events: flat arrays, written by hand, no serde |
//! | `text` | JS strings as the core's payload |
//! | `locks`, `clock`, `panic` | what the names say |

mod batch;
mod clock;
mod event_source;
mod locks;
mod panic;
mod port;
mod text;
mod wire;
mod worker;

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;

pub use worker::Worker;

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the hub. `build` and `href` (the worker script's own URL) are told to every page, `generation` counts the
/// workers that took over from one that hung.
#[wasm_bindgen]
pub fn start(build: String, href: String, generation: u32) -> Worker {
    panic::report_panics();
    Worker::new(build, href, generation)
}
