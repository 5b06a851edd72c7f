//! Events that are handed to several tabs in one piece: a run is put into the form of the wire once, for all of them.
//!
//! Tabs that hold the same channels have the same events waiting, and where one batch has ended the next one begins. So
//! what was made for one tab is as a rule what the next one needs. It is compared event by event: nothing has to be known of
//! who holds what.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::{ChannelIndex, Event};
use crate::payload::Payload;
use crate::queue::Item;

/// Fewer events go one by one: low load is not to wait for a text to be joined.
const MIN_EVENTS: usize = 4;
/// Units of data after which a run ends. Whoever keeps one event of it, here or on a page, may keep all of its text. V8 does
/// not copy a text of that size when it collects (decisions/0074).
const MAX_UNITS: u64 = 128 << 10;
/// Events after which it ends: ids are text too, and not among those units.
const MAX_EVENTS: usize = 2_048;
/// Runs that are remembered, to be used again.
const MAX_RUNS: usize = 32;

/// Successive events, and their joined form.
#[derive(Debug)]
pub(crate) struct Run<P> {
    pub(crate) events: Vec<Rc<Event<P>>>,
    /// Theirs, each where it is another than the one before: a tab has to know them all, and looks once a run.
    pub(crate) channels: Vec<ChannelIndex>,
    pub(crate) units: u64,
    pub(crate) text: P,
}

impl<P: Payload> Run<P> {
    /// Whether these very events are what comes first.
    fn begins(&self, pending: &VecDeque<Item<P>>) -> bool {
        let is_next =
            |(at, own)| matches!(pending.get(at), Some(Item::Event(event)) if Rc::ptr_eq(own, event));
        self.events.iter().enumerate().all(is_next)
    }
}

/// The last runs of a stream.
#[derive(Debug)]
pub(crate) struct Runs<P>(Vec<Rc<Run<P>>>);

impl<P: Payload> Runs<P> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// The run that stands first among what waits, if there is enough of it; `join` makes its text.
    pub(crate) fn first(
        &mut self,
        pending: &VecDeque<Item<P>>,
        join: impl FnOnce(&[Rc<Event<P>>]) -> P,
    ) -> Option<Rc<Run<P>>> {
        if pending.len() < MIN_EVENTS || !matches!(pending.front(), Some(Item::Event(_))) {
            return None;
        }
        if let Some(run) = self.0.iter().find(|run| run.begins(pending)) {
            return Some(Rc::clone(run));
        }
        let (mut events, mut channels, mut units) = (Vec::new(), Vec::new(), 0);
        while units < MAX_UNITS
            && events.len() < MAX_EVENTS
            && let Some(Item::Event(event)) = pending.get(events.len())
        {
            units += u64::from(event.units);
            if channels.last() != Some(&event.channel) {
                channels.push(event.channel);
            }
            events.push(Rc::clone(event));
        }
        if events.len() < MIN_EVENTS {
            return None;
        }
        let text = join(&events);
        let run = Rc::new(Run {
            events,
            channels,
            units,
            text,
        });
        if self.0.len() == MAX_RUNS {
            self.0.remove(0);
        }
        self.0.push(Rc::clone(&run));
        Some(run)
    }

    /// What no tab has in flight is let go.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Rc<str>;

    #[test]
    fn what_keeps_one_event_keeps_no_more_than_a_run_may_have() {
        let pending: VecDeque<Item<Text>> = (0..50_000)
            .map(|n| {
                Item::Event(Rc::new(Event {
                    channel: 0,
                    seq: n + 1,
                    id: format!("{n:036}").into(),
                    id_number: n,
                    has_own_id: true,
                    data: "tick".into(),
                    units: 4,
                }))
            })
            .collect();
        let join = |events: &[Rc<Event<Text>>]| -> Text {
            let parts = events
                .iter()
                .map(|event| format!("0\r{}\r{}", event.id, event.data));
            parts.collect::<Vec<_>>().join("\r").into()
        };
        let run = Runs::new().first(&pending, join).unwrap();
        // SPEC D-2: 128 Ki units of data at most, with the ids of 2,048 events.
        assert!(
            u64::from(run.text.units()) <= 2 * MAX_UNITS,
            "{}",
            run.text.units()
        );
    }
}
