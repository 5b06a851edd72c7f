//! A worker that hung: its tabs have made a successor, of the next generation. Whoever wakes looks for one before it gives
//! anything out, and retires.

use super::{Hub, Output};
use crate::message::Reply;
use crate::payload::Payload;
use crate::stream::Stream;
use crate::time::{Millis, Time};

/// Nothing was heard for so long: perhaps nothing could be. Shorter than what any page waits before it gives a worker up
/// (three pings, the first after 10 s, the others after 5 s), and longer than a visible page is ever silent (a ping every
/// 10 s), so that an awake hub hardly ever asks.
pub const STALL: Millis = Millis(15_000);
/// Longest wait for the answer. It takes about a millisecond where there is one.
pub const PASS: Millis = Millis(1_000);

impl<P: Payload> Hub<P> {
    /// Something is heard: was there too long a silence before it?
    #[inline(never)]
    pub(super) fn note(&mut self, now: Time) {
        let silence = now.since(self.ctx.now);
        self.ctx.now = now;
        if silence >= STALL && !(self.tabs.is_empty() && self.streams.is_empty()) && self.successor.is_none()
        {
            self.ctx.outputs.push_front(Output::Fence);
            self.fence = Some(now + PASS);
        }
    }

    /// All that other workers had said before [`Output::Fence`] is heard.
    pub fn handle_passed(&mut self) {
        self.fence = None;
    }

    /// Another worker of this script has said its generation.
    pub fn handle_worker(&mut self, generation: u32, now: Time) {
        self.note(now);
        if generation < self.config.generation {
            self.ctx.outputs.push_back(Output::Announce);
        }
        if generation <= self.config.generation {
            return;
        }
        self.fence = None;
        self.end_streams();
        self.successor = Some(generation);
        for (_, tab) in self.tabs.iter() {
            if let Some(port) = tab.port {
                let reply = Reply::MoveTo { generation };
                self.ctx.outputs.push_back(Output::Reply { port, reply });
            }
        }
    }

    /// Every stream ends, and nothing of them is given out any more, nor kept, nor asked for.
    pub(super) fn end_streams(&mut self) {
        self.with_streams(Stream::shut);
        self.streams.clear();
        self.take_back(None);
        for (_, tab) in self.tabs.iter_mut() {
            tab.seats.clear();
            tab.from = u64::MAX;
        }
    }
}
