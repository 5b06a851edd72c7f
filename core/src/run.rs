//! Events that are handed to several tabs in one piece: a run is put into the form of the wire once, for all of them.
//!
//! Tabs that hold the same channels have the same events waiting, and where one batch has ended the next one begins. So
//! what was made for one tab is as a rule what the next one needs. It is compared event by event, so that nothing has to be
//! known of who holds what; or, where what waits has no holes, by its two ends.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::{ChannelIndex, Event};
use crate::log::Log;
use crate::payload::Payload;
use crate::queue::Item;
use crate::seat::Indexes;

/// Fewer events go one by one: low load is not to wait for a text to be joined.
pub(crate) const MIN_EVENTS: u32 = 4;
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
    /// Theirs, each once: a tab has to know them all, and looks once a run.
    pub(crate) channels: Vec<ChannelIndex>,
    pub(crate) units: u64,
    pub(crate) text: P,
    /// Its number on the stream's BroadcastChannel; 0: it was not put there.
    pub(crate) aired: Cell<u32>,
}

impl<P: Payload> Run<P> {
    /// Whether all of them are among those that have these numbers.
    pub(crate) fn is_within(&self, from: u64, to: u64) -> bool {
        let ends = self.events.first().zip(self.events.last());
        ends.is_some_and(|(first, last)| first.seq >= from && last.seq <= to)
    }

    #[allow(clippy::cast_possible_truncation, reason = "as many as a run may have")]
    pub(crate) fn count(&self) -> u32 {
        self.events.len() as u32
    }
}

/// The last runs of a stream.
#[derive(Debug)]
pub(crate) struct Runs<P>(Vec<Rc<Run<P>>>);

impl<P: Payload> Runs<P> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// The run that stands first among what waits, if there is enough of it, and whether it is new: `join` has made its text. A new
    /// one ends where another begins, or where `begin` says that others are to: tabs that were handed an event more before a burst,
    /// or one less, are handed the same runs behind it.
    pub(crate) fn first(
        &mut self,
        pending: &VecDeque<Item<P>>,
        log: &Log<P>,
        begin: u64,
        join: impl FnOnce(&[Rc<Event<P>>]) -> P,
    ) -> Option<(Rc<Run<P>>, bool)> {
        let span = match pending.front() {
            Some(Item::Event(_)) if pending.len() >= MIN_EVENTS as usize => None,
            Some(&Item::Span(count, from)) => Some(log.span(count, from)),
            _ => return None,
        };
        let next = |at: usize| match (span, pending.get(at)) {
            (Some(span), _) => span.get(at),
            (None, Some(Item::Event(event))) => Some(event),
            _ => None,
        };
        for run in &self.0 {
            // Numbers rise: in a span there is no place for others between the first and the last of so many.
            let step = if span.is_some() { run.events.len() - 1 } else { 1 };
            let mut at = 0;
            while let Some(own) = run.events.get(at)
                && next(at).is_some_and(|event| Rc::ptr_eq(own, event))
            {
                at += step.max(1);
            }
            if at >= run.events.len() {
                return Some((Rc::clone(run), false));
            }
        }
        let stop = next(0).map_or(u64::MAX, |first| self.next_begin(first.seq, begin));
        let (mut events, mut channels, mut units) = (Vec::new(), Vec::new(), 0);
        let mut known = Indexes::default();
        while units < MAX_UNITS
            && events.len() < MAX_EVENTS
            && let Some(event) = next(events.len())
            && event.seq < stop
        {
            units += u64::from(event.units);
            if known.learn(event.channel) {
                channels.push(event.channel);
            }
            events.push(Rc::clone(event));
        }
        if events.len() < MIN_EVENTS as usize && span.is_none() {
            return None;
        }
        let text = join(&events);
        let run = Rc::new(Run {
            events,
            channels,
            units,
            text,
            aired: Cell::new(0),
        });
        if self.0.len() == MAX_RUNS {
            self.0.remove(0);
        }
        self.0.push(Rc::clone(&run));
        Some((run, true))
    }

    /// The first number after `seq` with which a run begins, or is about to.
    #[inline(never)]
    fn next_begin(&self, seq: u64, begin: u64) -> u64 {
        let mut next = if begin > seq { begin } else { u64::MAX };
        for run in &self.0 {
            if let Some(first) = run.events.first()
                && first.seq > seq
            {
                next = next.min(first.seq);
            }
        }
        next
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

    fn event(seq: u64) -> Rc<Event<Text>> {
        Rc::new(Event {
            channel: 0,
            name: "a".into(),
            seq,
            id: format!("{seq:036}").into(),
            id_number: seq,
            has_own_id: true,
            data: "tick".into(),
            units: 4,
        })
    }

    #[test]
    fn a_run_with_a_hole_is_not_that_of_a_span_which_begins_with_the_same_event() {
        let events: Vec<_> = (1..=6).map(event).collect();
        let mut log = Log::new();
        for event in &events {
            log.push(event);
        }
        let mut runs = Runs::new();
        let mut seqs = |pending: Vec<Item<Text>>| -> Vec<u64> {
            let (run, _) = runs.first(&pending.into(), &log, 0, |_| "".into()).unwrap();
            run.events.iter().map(|event| event.seq).collect()
        };
        let holds = |seqs: [usize; 4]| seqs.map(|seq| Item::Event(Rc::clone(&events[seq - 1]))).into();
        assert_eq!(seqs(holds([1, 3, 4, 5])), [1, 3, 4, 5]);
        assert_eq!(seqs(vec![Item::Span(6, 1)]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(seqs(vec![Item::Span(4, 2)]), [2, 3, 4, 5]);
        assert_eq!(seqs(holds([2, 4, 5, 6])), [2, 4, 5, 6]);
    }

    #[test]
    fn tabs_that_were_handed_an_event_more_before_are_handed_the_same_runs_behind_it() {
        let mut log = Log::new();
        for seq in 1..=12 {
            log.push(&event(seq));
        }
        let mut runs = Runs::new();
        let mut next = |begin, count, from| {
            let pending = VecDeque::from([Item::Span(count, from)]);
            let (run, is_new) = runs.first(&pending, &log, begin, |_| "".into()).unwrap();
            (run.events[0].seq, run.count(), is_new)
        };
        assert_eq!(next(0, 8, 3), (3, 8, true));
        // Up to where that one begins, and then that one.
        assert_eq!(next(0, 10, 1), (1, 2, true));
        assert_eq!(next(0, 8, 3), (3, 8, false));
        // Up to where another tab's will begin.
        assert_eq!(next(12, 2, 11), (11, 1, true));
        assert_eq!(next(3, 9, 4), (4, 7, true));
    }

    #[test]
    fn what_keeps_one_event_keeps_no_more_than_a_run_may_have() {
        let pending: VecDeque<Item<Text>> = (1..=50_000).map(|seq| Item::Event(event(seq))).collect();
        let join = |events: &[Rc<Event<Text>>]| -> Text {
            let parts = events
                .iter()
                .map(|event| format!("0\r{}\r{}", event.id, event.data));
            parts.collect::<Vec<_>>().join("\r").into()
        };
        let (run, _) = Runs::new().first(&pending, &Log::new(), 0, join).unwrap();
        // SPEC D-2: 128 Ki units of data at most, with the ids of 2,048 events.
        assert!(
            u64::from(run.text.units()) <= 2 * MAX_UNITS,
            "{}",
            run.text.units()
        );
    }
}
