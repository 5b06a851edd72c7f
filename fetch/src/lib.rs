//! The fetch transport, a module of its own: the worker loads it with its first fetch, so that who is served by
//! EventSource never does. Translates, as `src/` does; what a status or the end of a body means is decided by the hub.
//! `js/fetch.ts` makes the request and reads the body: a promise that is waited for here would cost several crossings a
//! chunk, and three times as much glue.
//!
//! | file | |
//! |---|---|
//! | `connection` | what is kept of a fetch |
//! | `request` | what the hub asks for as `fetch` takes it |
//! | `head` | what the hub wants to know of the answer |
//! | `events` | the parser's events, told to the hub |
//! | `tell` | the words for the hub |

mod connection;
mod events;
mod head;
mod request;
mod tell;

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, RequestInit};

use crate::connection::{Chunk, Connection};
use crate::head::Headers;
use crate::tell::Tell;

/// As in the hub: a third of the size of the standard library's (decisions/0032).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What `src/fetch.rs` of the hub has written into `request`, as the second parameter of `fetch`.
#[wasm_bindgen]
pub fn init(request: &Array, signal: &AbortSignal) -> RequestInit {
    request::init(request, signal)
}

/// It was answered. Gives the connection's number; `tell` is told what it brings.
#[wasm_bindgen]
pub fn open(request: &Array, status: u16, headers: &Headers, tell: Tell) -> u32 {
    head::tell(&tell, status, headers);
    connection::add(Connection::new(request::limits(request), tell))
}

/// The next chunk of its body, or its end. All that this completes is told before it returns; after the end the number is
/// void.
#[wasm_bindgen]
pub fn feed(connection: u32, chunk: &Chunk) {
    connection::feed(connection, chunk);
}
