//! One tab's queue on one stream: self-clocked by acknowledgements, bounded, and honest about what it dropped.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::error::WireError;
use crate::event::{ChannelIndex, Event, GapCause};
use crate::options::{Buffer, Overflow};
use crate::payload::Payload;
use crate::upstream::StatusUpdate;

/// Most unacknowledged batches: one being processed, one on its way.
pub const WINDOW: usize = 2;

/// Control entries a queue holds at most beside its events; the oldest status goes first. Only a tab that has not
/// acknowledged through hundreds of changes of status gets there.
const MAX_CONTROL: usize = 256;

/// What waits in a queue.
#[derive(Debug)]
pub(crate) enum Item<P> {
    Event(Rc<Event<P>>),
    /// A past event, for one subscription.
    Replayed(u32, Rc<Event<P>>),
    Ready(u32),
    Gap(Box<Gap>),
    /// So many events of the channel were dropped here.
    Dropped(ChannelIndex, u64),
    Status(Box<StatusUpdate>),
    Error(Box<WireError>),
}

/// A discontinuity, to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Name of the channel.
    pub channel: Rc<str>,
    /// How many events, where that can be known.
    pub dropped: Option<u64>,
    /// Why.
    pub cause: GapCause,
}

/// A batch that was sent and not yet acknowledged.
#[derive(Debug)]
struct Mark {
    batch: u64,
    items: usize,
}

#[derive(Debug)]
pub(crate) struct Queue<P> {
    bounds: Buffer,
    /// Sent, not acknowledged. Kept until then: a page that goes into bfcache has lost what was in flight.
    inflight: VecDeque<Item<P>>,
    marks: VecDeque<Mark>,
    /// Entries that stood before an event that was dropped; they go out first.
    head: VecDeque<Item<P>>,
    /// Events dropped since the last batch, per channel; told before what is left.
    dropped: BTreeMap<ChannelIndex, u64>,
    pending: VecDeque<Item<P>>,
    control: usize,
    events: usize,
    units: u64,
    pending_units: u64,
    last_batch: u64,
    dropped_total: u64,
}

impl<P: Payload> Queue<P> {
    pub(crate) fn new(bounds: Buffer, last_batch: u64) -> Self {
        Self {
            bounds,
            inflight: VecDeque::new(),
            marks: VecDeque::new(),
            head: VecDeque::new(),
            dropped: BTreeMap::new(),
            pending: VecDeque::new(),
            control: 0,
            events: 0,
            units: 0,
            pending_units: 0,
            last_batch,
            dropped_total: 0,
        }
    }

    pub(crate) fn events(&self) -> usize {
        self.events
    }

    pub(crate) fn units(&self) -> u64 {
        self.units
    }

    pub(crate) fn dropped_total(&self) -> u64 {
        self.dropped_total
    }

    /// Nothing waits and nothing is unacknowledged.
    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty() && !self.has_pending()
    }

    pub(crate) fn has_credit(&self) -> bool {
        self.marks.len() < WINDOW
    }

    pub(crate) fn has_pending(&self) -> bool {
        !(self.pending.is_empty() && self.head.is_empty() && self.dropped.is_empty())
    }

    pub(crate) fn push_event(&mut self, event: &Rc<Event<P>>) {
        self.grow(event.units);
        self.pending.push_back(Item::Event(Rc::clone(event)));
        if self.events > self.bounds.events || self.units > self.bounds.units {
            self.overflow();
        }
    }

    pub(crate) fn push_replayed(&mut self, sub: u32, event: &Rc<Event<P>>) {
        self.grow(event.units);
        self.pending.push_back(Item::Replayed(sub, Rc::clone(event)));
        if self.events > self.bounds.events || self.units > self.bounds.units {
            self.overflow();
        }
    }

    pub(crate) fn push_ready(&mut self, sub: u32) {
        self.push_control(Item::Ready(sub));
    }

    pub(crate) fn push_gap(&mut self, gap: Gap) {
        self.push_control(Item::Gap(Box::new(gap)));
    }

    pub(crate) fn push_status(&mut self, update: StatusUpdate) {
        self.push_control(Item::Status(Box::new(update)));
    }

    pub(crate) fn push_error(&mut self, error: WireError) {
        self.push_control(Item::Error(Box::new(error)));
    }

    fn grow(&mut self, units: u32) {
        self.events += 1;
        self.units += u64::from(units);
        self.pending_units += u64::from(units);
    }

    fn push_control(&mut self, item: Item<P>) {
        self.control += 1;
        self.pending.push_back(item);
        if self.control > MAX_CONTROL {
            self.drop_one_notice();
        }
    }

    /// Drops the oldest status or error that still waits: `ready` and `gap` are promises and stay (`ready` is bounded
    /// by the subscriptions, and of gaps alike in channel and cause one is enough).
    fn drop_one_notice(&mut self) {
        let is_notice = |item: &Item<P>| matches!(item, Item::Status(_) | Item::Error(_));
        if let Some(at) = self.head.iter().position(is_notice) {
            self.head.remove(at);
            self.control -= 1;
        } else if let Some(at) = self.pending.iter().position(is_notice) {
            self.pending.remove(at);
            self.control -= 1;
        } else {
            self.merge_gaps();
        }
    }

    fn merge_gaps(&mut self) {
        let mut seen: BTreeMap<(Rc<str>, GapCause), ()> = BTreeMap::new();
        let before = self.pending.len();
        self.pending.retain(|item| match item {
            Item::Gap(gap) if gap.dropped.is_none() => {
                seen.insert((Rc::clone(&gap.channel), gap.cause), ()).is_none()
            }
            _ => true,
        });
        self.control -= before - self.pending.len();
    }

    fn overflow(&mut self) {
        if self.bounds.overflow == Overflow::Latest {
            self.keep_latest();
        }
        while self.events > self.bounds.events || self.units > self.bounds.units {
            if !self.drop_oldest() {
                // What is left is in flight: it can't be taken back, and there are two batches of it at most.
                return;
            }
        }
    }

    /// Drops the oldest event that was not sent. Amortised constant: what stands before it moves to `head` once.
    fn drop_oldest(&mut self) -> bool {
        while let Some(item) = self.pending.pop_front() {
            match item {
                Item::Event(event) | Item::Replayed(_, event) => {
                    self.count_dropped(&event);
                    return true;
                }
                control => self.head.push_back(control),
            }
        }
        false
    }

    /// Keeps the newest event of each channel among those that were not sent.
    fn keep_latest(&mut self) {
        let mut newest: BTreeMap<ChannelIndex, u64> = BTreeMap::new();
        for item in &self.pending {
            if let Item::Event(event) = item {
                newest.insert(event.channel, event.seq);
            }
        }
        for item in std::mem::take(&mut self.pending) {
            match item {
                Item::Event(event) if newest.get(&event.channel) != Some(&event.seq) => {
                    self.count_dropped(&event)
                }
                Item::Replayed(_, event) => self.count_dropped(&event),
                kept => self.pending.push_back(kept),
            }
        }
    }

    fn count_dropped(&mut self, event: &Event<P>) {
        self.events -= 1;
        self.units -= u64::from(event.units);
        self.pending_units -= u64::from(event.units);
        *self.dropped.entry(event.channel).or_default() += 1;
        self.dropped_total += 1;
    }

    /// Takes what waits as the next batch; `visit` sees every entry in order.
    pub(crate) fn send(&mut self, mut visit: impl FnMut(&Item<P>)) {
        self.last_batch += 1;
        let before = self.inflight.len();
        for item in self.head.drain(..) {
            visit(&item);
            self.inflight.push_back(item);
        }
        for (channel, dropped) in std::mem::take(&mut self.dropped) {
            let item = Item::Dropped(channel, dropped);
            visit(&item);
            self.control += 1;
            self.inflight.push_back(item);
        }
        for item in self.pending.drain(..) {
            visit(&item);
            self.inflight.push_back(item);
        }
        self.pending_units = 0;
        self.marks.push_back(Mark {
            batch: self.last_batch,
            items: self.inflight.len() - before,
        });
    }

    pub(crate) fn next_batch(&self) -> u64 {
        self.last_batch + 1
    }

    pub(crate) fn pending_units(&self) -> u64 {
        self.pending_units
    }

    /// The tab has processed `batch` and all before it. `false`: there is no such batch in flight.
    pub(crate) fn acknowledge(&mut self, batch: u64) -> bool {
        if !self.marks.iter().any(|mark| mark.batch == batch) {
            return false;
        }
        while let Some(mark) = self.marks.pop_front() {
            for item in self.inflight.drain(..mark.items) {
                match item {
                    Item::Event(event) | Item::Replayed(_, event) => {
                        self.events -= 1;
                        self.units -= u64::from(event.units);
                    }
                    _ => self.control -= 1,
                }
            }
            if mark.batch == batch {
                break;
            }
        }
        true
    }

    /// The tab is back on a new port and has processed `batch`: what it lost in flight waits again, in order.
    pub(crate) fn rewind(&mut self, batch: u64) {
        self.acknowledge(batch);
        self.marks.clear();
        let mut again = std::mem::take(&mut self.inflight);
        for item in &again {
            if let Item::Event(event) | Item::Replayed(_, event) = item {
                self.pending_units += u64::from(event.units);
            }
        }
        // The order is head, then dropped, then pending; what was in flight is older than all of it.
        again.append(&mut self.head);
        if self.dropped.is_empty() {
            again.append(&mut self.pending);
            self.pending = again;
        } else {
            self.head = again;
        }
        // A batch number is never used for two contents: the tab ignores numbers it knows.
        self.last_batch = self.last_batch.max(batch);
    }
}
