//! What is kept of a fetch while it lasts. `js/fetch.ts` makes it and reads its body.

use std::cell::RefCell;

use tabmux_core::sse::{Limits, Parser};

use crate::events::Events;
use crate::tell::Tell;

thread_local! {
    /// By number. A place is used again.
    static CONNECTIONS: RefCell<Vec<Option<Connection>>> = const { RefCell::new(Vec::new()) };
}

pub(crate) struct Connection {
    parser: Parser,
    events: Events,
}

impl Connection {
    pub(crate) fn new(limits: Limits, tell: Tell) -> Self {
        Self {
            parser: Parser::new(limits),
            events: Events::new(tell),
        }
    }
}

/// Gives its number.
#[allow(clippy::cast_possible_truncation, reason = "as many as there are streams")]
pub(crate) fn add(connection: Connection) -> u32 {
    CONNECTIONS.with_borrow_mut(|all| {
        let at = all.iter().position(Option::is_none).unwrap_or(all.len());
        if at == all.len() {
            all.push(None);
        }
        all[at] = Some(connection);
        at as u32
    })
}

/// What is told meanwhile makes no call into this module: the hub answers in turns of their own.
pub(crate) fn feed(number: u32, chunk: Option<Vec<u8>>) {
    CONNECTIONS.with_borrow_mut(|all| {
        let place = &mut all[number as usize];
        if let Some(Connection { parser, events }) = place {
            if let Some(chunk) = chunk {
                parser.feed(&chunk, events);
                events.flush();
            } else {
                *place = None;
            }
        }
    });
}
