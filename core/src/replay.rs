//! Past events kept for late subscribers: a ring per channel by count, all rings together by size.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::{ChannelIndex, Event};

/// The last events of one channel.
#[derive(Debug)]
pub(crate) struct Ring<P> {
    events: VecDeque<Rc<Event<P>>>,
    /// Events that were ever pushed.
    total: u64,
    /// `seq` of the newest event that is no longer here.
    evicted: u64,
}

impl<P> Ring<P> {
    pub(crate) fn new() -> Self {
        Self {
            events: VecDeque::new(),
            total: 0,
            evicted: 0,
        }
    }

    /// The last `n` events that are kept, oldest first.
    pub(crate) fn last(&self, n: usize) -> Vec<Rc<Event<P>>> {
        let mut last = Vec::new();
        for at in self.events.len().saturating_sub(n)..self.events.len() {
            last.push(Rc::clone(&self.events[at]));
        }
        last
    }

    /// The event of that number, if it is here.
    pub(crate) fn get(&self, seq: u64) -> Option<&Rc<Event<P>>> {
        let at = self.events.partition_point(|event| event.seq < seq);
        self.events.get(at).filter(|event| event.seq == seq)
    }

    /// Events that were ever here.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// `seq` of the newest event that is no longer here: after it, nothing is missing.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    fn pop(&mut self) -> Option<Rc<Event<P>>> {
        let event = self.events.pop_front()?;
        self.evicted = event.seq;
        Some(event)
    }
}

/// The bounds over all rings of a stream.
#[derive(Debug)]
pub(crate) struct Replay {
    per_channel: usize,
    max_units: u64,
    units: u64,
    kept: usize,
    /// (channel, seq) in order of arrival; entries whose event is gone already are passed over.
    order: VecDeque<(ChannelIndex, u64)>,
}

impl Replay {
    pub(crate) fn new(per_channel: usize, max_units: u64) -> Self {
        Self {
            per_channel,
            max_units,
            units: 0,
            kept: 0,
            order: VecDeque::new(),
        }
    }

    pub(crate) fn units(&self) -> u64 {
        self.units
    }

    /// Channel and number of all events that are kept, in the order of the stream, and of some that were.
    pub(crate) fn order(&self) -> &VecDeque<(ChannelIndex, u64)> {
        &self.order
    }

    /// Keeps `event` in its channel's ring and drops what is over a bound. `ring` gives the ring of a channel that
    /// still exists.
    pub(crate) fn push<'r, P: 'r, C>(
        &mut self,
        channels: &'r mut C,
        ring: impl for<'a> Fn(&'a mut C, ChannelIndex) -> Option<&'a mut Ring<P>>,
        event: &Rc<Event<P>>,
    ) {
        let Some(own) = ring(channels, event.channel) else {
            return;
        };
        if self.per_channel == 0 || u64::from(event.units) > self.max_units {
            self.skip(own, event.seq);
            return;
        }
        own.total += 1;
        own.events.push_back(Rc::clone(event));
        self.kept += 1;
        self.units += u64::from(event.units);
        self.order.push_back((event.channel, event.seq));
        if own.events.len() > self.per_channel {
            self.forget(own.pop());
        }
        while self.units > self.max_units {
            let Some((channel, seq)) = self.order.pop_front() else {
                break;
            };
            let Some(other) = ring(channels, channel) else {
                continue;
            };
            if other.events.front().is_some_and(|event| event.seq == seq) {
                self.forget(other.pop());
            }
        }
        // At least half of the entries are stale: sweep them. Amortised constant per event.
        if self.order.len() > 2 * self.kept + 64 {
            for _ in 0..self.order.len() {
                let Some((channel, seq)) = self.order.pop_front() else {
                    break;
                };
                let front = ring(channels, channel).and_then(|ring| ring.events.front());
                if front.is_some_and(|front| front.seq <= seq) {
                    self.order.push_back((channel, seq));
                }
            }
        }
    }

    /// An event that is not kept, and so nothing before it: there would be a hole.
    pub(crate) fn skip<P>(&mut self, ring: &mut Ring<P>, seq: u64) {
        self.release(ring);
        ring.total += 1;
        ring.evicted = seq;
    }

    /// A channel's ring goes away, or all that it holds.
    pub(crate) fn release<P>(&mut self, ring: &mut Ring<P>) {
        while let Some(event) = ring.pop() {
            self.forget(Some(event));
        }
    }

    fn forget<P>(&mut self, event: Option<Rc<Event<P>>>) {
        if let Some(event) = event {
            self.kept -= 1;
            self.units -= u64::from(event.units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Rc<str>;

    struct Fixture {
        replay: Replay,
        rings: Vec<Ring<Text>>,
        seq: u64,
    }

    impl Fixture {
        fn new(per_channel: usize, max_units: u64) -> Self {
            Self {
                replay: Replay::new(per_channel, max_units),
                rings: vec![Ring::new(), Ring::new()],
                seq: 0,
            }
        }

        fn push(&mut self, channel: u32, units: u32) {
            self.seq += 1;
            let event = Rc::new(Event {
                channel,
                name: "a".into(),
                seq: self.seq,
                id: "".into(),
                id_number: 0,
                has_own_id: false,
                data: "".into(),
                units,
            });
            self.replay
                .push(&mut self.rings, |rings, at| rings.get_mut(at as usize), &event);
        }

        fn last(&self, channel: usize, n: usize) -> (Vec<u64>, u64) {
            let ring = &self.rings[channel];
            let seqs: Vec<u64> = ring.last(n).iter().map(|event| event.seq).collect();
            let missing = ring.total().min(n as u64) - seqs.len() as u64;
            (seqs, missing)
        }
    }

    #[test]
    fn keeps_the_last_by_count_per_channel() {
        let mut fixture = Fixture::new(2, 1000);
        for _ in 0..3 {
            fixture.push(0, 1);
            fixture.push(1, 1);
        }
        assert_eq!(fixture.last(0, 5), (vec![3, 5], 1));
        assert_eq!(fixture.last(1, 1), (vec![6], 0));
    }

    #[test]
    fn the_oldest_of_all_channels_goes_when_the_size_is_passed() {
        let mut fixture = Fixture::new(10, 10);
        fixture.push(0, 4);
        fixture.push(1, 4);
        fixture.push(1, 4);
        assert_eq!(fixture.last(0, 9), (vec![], 1));
        assert_eq!(fixture.last(1, 9), (vec![2, 3], 0));
        assert_eq!(fixture.replay.units(), 8);
    }

    #[test]
    fn an_event_over_the_whole_bound_is_not_kept_and_leaves_no_hole() {
        let mut fixture = Fixture::new(10, 10);
        fixture.push(0, 1);
        fixture.push(0, 11);
        assert_eq!(fixture.last(0, 1), (vec![], 1));
        fixture.push(0, 1);
        assert_eq!(fixture.last(0, 3), (vec![3], 2));
    }

    #[test]
    fn an_event_is_found_by_its_number_while_it_is_kept() {
        let mut fixture = Fixture::new(2, 1000);
        for channel in [0, 1, 0, 0] {
            fixture.push(channel, 1);
        }
        let found = |seq| fixture.rings[0].get(seq).map(|event| event.seq);
        assert_eq!([1, 2, 3, 4, 5].map(found), [None, None, Some(3), Some(4), None]);
        assert_eq!(fixture.rings[0].evicted(), 1);
        assert!(fixture.replay.order().iter().is_sorted_by_key(|&(_, seq)| seq));
    }

    #[test]
    fn the_order_book_stays_in_proportion_to_what_is_kept() {
        let mut fixture = Fixture::new(2, 1_000_000);
        for _ in 0..10_000 {
            fixture.push(0, 1);
        }
        assert!(fixture.replay.order.len() <= 2 * fixture.replay.kept + 65);
    }
}
