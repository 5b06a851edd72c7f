//! The fetch transport, a module of its own: the worker loads it with its first fetch, so that who is served by
//! EventSource never does. Translates, as `src/` does; what a status or the end of a body means is decided by the hub.
//!
//! | file | |
//! |---|---|
//! | `connection` | request, head, and the body read chunk by chunk |
//! | `request` | what the hub asks for as `fetch` takes it |
//! | `head` | what the hub wants to know of the answer |
//! | `events` | the parser's events, told to the hub |
//! | `text` | bytes of a chunk as JS strings |
//! | `tell` | the words for the hub |

mod connection;
mod events;
mod head;
mod request;
mod tell;
mod text;

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::connection::Connection;
use crate::tell::Tell;

/// As in the hub: a third of the size of the standard library's (decisions/0032).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Makes the connection that `src/fetch.rs` of the hub has written into `request`, reads it until it ends or `signal`
/// aborts it, and tells what it brings.
#[wasm_bindgen]
pub fn open(request: &Array, signal: &JsValue, tell: Tell) {
    Connection::open(request, signal, tell);
}
