//! The last events of a stream, which a queue may name by number rather than hold.
//!
//! In a burst all tabs have the same events waiting. A tab that waits for its acknowledgement counts those that follow one
//! another without a hole, and takes them from here in one piece: nothing is pushed, compared and popped for each of them.
//! It is emptied by and by: what queues have here then they take over.

use std::rc::Rc;

use crate::event::Event;

/// Events and units of data after which the queues take over what they have here.
const MAX_EVENTS: usize = 4_096;
const MAX_UNITS: u64 = 1 << 20;

#[derive(Debug)]
pub(crate) struct Log<P> {
    /// In the order of their numbers, of which some may be missing.
    events: Vec<Rc<Event<P>>>,
    units: u64,
}

impl<P> Log<P> {
    pub(crate) fn new() -> Self {
        Self {
            events: Vec::new(),
            units: 0,
        }
    }

    pub(crate) fn push(&mut self, event: &Rc<Event<P>>) {
        self.units += u64::from(event.units);
        self.events.push(Rc::clone(event));
    }

    pub(crate) fn is_full(&self) -> bool {
        self.events.len() >= MAX_EVENTS || self.units > MAX_UNITS
    }

    /// So many events from that number on, all of which are here.
    #[inline(never)]
    pub(crate) fn span(&self, count: u32, from: u64) -> &[Rc<Event<P>>] {
        let at = self.events.partition_point(|event| event.seq < from);
        self.events.get(at..at + count as usize).unwrap_or_default()
    }

    /// No queue names anything of it any more.
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.units = 0;
    }
}
