//! What is kept of a fetch while it lasts. `js/fetch.ts` makes it and reads its body.

use std::cell::RefCell;

use tabmux_core::sse::{Limits, PlainParser};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::events::Events;
use crate::tell::Tell;

#[wasm_bindgen]
extern "C" {
    /// An `Uint8Array`.
    pub type Chunk;

    #[wasm_bindgen(method, getter)]
    fn length(this: &Chunk) -> u32;

    #[wasm_bindgen(js_namespace = ["Uint8Array", "prototype", "set"], js_name = call)]
    fn copy(to: &mut [u8], from: &Chunk);
}

/// Of the input what is larger is given back.
const KEEP: usize = 128 << 10;

thread_local! {
    static ALL: RefCell<All> = const { RefCell::new(All { connections: Vec::new(), input: Vec::new() }) };
}

struct All {
    /// By number. A place is used again.
    connections: Vec<Option<Connection>>,
    /// The chunk at hand, of whichever connection, behind what is kept of the one before. As long as the longest so far.
    input: Vec<u8>,
}

pub(crate) struct Connection {
    parser: PlainParser,
    events: Events,
}

impl Connection {
    pub(crate) fn new(limits: Limits, tell: Tell) -> Self {
        Self {
            parser: PlainParser::new(limits),
            events: Events::new(tell),
        }
    }
}

/// Gives its number.
#[allow(clippy::cast_possible_truncation, reason = "as many as there are streams")]
pub(crate) fn add(connection: Connection) -> u32 {
    ALL.with_borrow_mut(|All { connections, .. }| {
        let at = connections
            .iter()
            .position(Option::is_none)
            .unwrap_or(connections.len());
        if at == connections.len() {
            connections.push(None);
        }
        connections[at] = Some(connection);
        at as u32
    })
}

/// What is told meanwhile makes no call into this module: the hub answers in turns of their own.
pub(crate) fn feed(number: u32, chunk: &Chunk) {
    ALL.with_borrow_mut(|All { connections, input }| {
        let place = &mut connections[number as usize];
        if chunk.is_undefined() {
            *place = None;
            return;
        }
        let Some(Connection { parser, events }) = place else {
            return;
        };
        let kept = parser.kept();
        let from = kept.len();
        let end = from + chunk.length() as usize;
        if input.len() < end {
            input.resize(end, 0);
        }
        input[..from].copy_from_slice(kept);
        copy(&mut input[from..end], chunk);
        parser.feed(&input[..end], events);
        events.flush();
        if end > KEEP {
            *input = Vec::new();
        }
    });
}
