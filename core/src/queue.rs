//! One tab's queue on one stream: self-clocked by acknowledgements, bounded, and honest about what it dropped.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::error::WireError;
use crate::event::{ChannelIndex, Event, GapCause};
use crate::log::Log;
use crate::names::Names;
use crate::options::{Buffer, Overflow};
use crate::payload::Payload;
use crate::run::Run;
use crate::table::Table;
use crate::time::Time;
use crate::upstream::StatusUpdate;

/// Most unacknowledged batches of those whose acknowledgement is asked for: one being processed, one on its way.
pub const WINDOW: usize = 2;
/// Most single events that leave without being asked for before one that is (decisions/0098).
pub const UNASKED: usize = 3;
/// What comes that much later than the batch before it is rare: its acknowledgement costs little. ms.
const RARE: u64 = 100;

/// Statuses and errors that wait at most; beyond, the oldest goes. Only a tab that has not acknowledged through hundreds
/// of them gets there.
const MAX_NOTICES: usize = 256;
/// Gaps that wait beyond this are merged by channel and cause, each time twice as many as were left.
const MERGE_GAPS: usize = 256;

/// What waits in a queue.
#[derive(Debug)]
pub(crate) enum Item<P> {
    Event(Rc<Event<P>>),
    /// Events that follow one another without a hole: so many, from that number on. They are in the stream's log. It stands
    /// first among what waits, if at all.
    Span(u32, u64),
    /// Events in one piece; only what was sent has them.
    Run(Rc<Run<P>>),
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

impl Gap {
    #[inline(never)]
    fn channel_and_cause(&self) -> Rc<str> {
        // No cause has a blank.
        let mut name = String::from(self.cause.name());
        name.push(' ');
        name.push_str(&self.channel);
        name.into()
    }
}

/// A batch that was sent and not yet acknowledged.
#[derive(Debug)]
struct Mark {
    batch: u64,
    items: usize,
    /// The position that it told.
    seq: u64,
    /// The tab is to acknowledge it, and all before it.
    asks: bool,
    /// Where it is not: those of its one event.
    units: u64,
}

/// Laid out as it stands: what is used in most places comes first, where its offset is one byte of code (decisions/0099).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Queue<P> {
    pending: VecDeque<Item<P>>,
    events: usize,
    /// Statuses and errors that were not sent.
    notices: usize,
    /// Sent, not acknowledged. Kept until then: a page that goes into bfcache has lost what was in flight.
    inflight: VecDeque<Item<P>>,
    marks: VecDeque<Mark>,
    /// Entries that stood before an event that was dropped; they go out first.
    head: VecDeque<Item<P>>,
    units: u64,
    /// Gaps that were not sent.
    gaps: usize,
    merge_at: usize,
    /// Those of `marks` that ask.
    asked: usize,
    /// Events dropped since the last batch, per channel; told before what is left.
    dropped: Table<u64>,
    /// Those of `units` that are in flight and not to be acknowledged.
    free: u64,
    last_batch: u64,
    /// When that was sent.
    sent: Time,
    acknowledged: u64,
    dropped_total: u64,
    bounds: Buffer,
}

impl<P: Payload> Queue<P> {
    pub(crate) fn new(bounds: Buffer, last_batch: u64) -> Self {
        Self {
            bounds,
            inflight: VecDeque::new(),
            marks: VecDeque::new(),
            head: VecDeque::new(),
            dropped: Table::new(),
            pending: VecDeque::new(),
            notices: 0,
            gaps: 0,
            merge_at: MERGE_GAPS,
            events: 0,
            units: 0,
            free: 0,
            last_batch,
            sent: Time::ZERO,
            asked: 0,
            acknowledged: 0,
            dropped_total: 0,
        }
    }

    /// Events that wait or are to be acknowledged. The others, three at most, take no place: the bound is for who is behind.
    pub(crate) fn events(&self) -> usize {
        self.events + self.asked - self.marks.len()
    }

    /// Of those events.
    pub(crate) fn units(&self) -> u64 {
        self.units - self.free
    }

    fn is_over(&self) -> bool {
        self.events() > self.bounds.events || self.units() > self.bounds.units
    }

    pub(crate) fn dropped_total(&self) -> u64 {
        self.dropped_total
    }

    pub(crate) fn has_credit(&self) -> bool {
        self.asked < WINDOW
    }

    /// Something is in flight whose acknowledgement was not asked for.
    pub(crate) fn owes(&self) -> bool {
        self.marks.len() > self.asked
    }

    /// An acknowledgement is on its way, or will be.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked > 0
    }

    /// Whether the single event that waits is to be acknowledged: all but a few, none of them in a burst, that come close behind
    /// one another to a tab that is not behind.
    pub(crate) fn asks(&self, now: Time) -> bool {
        let since = now.since(self.sent).0;
        self.is_asked() || self.marks.len() >= UNASKED || since == 0 || since >= RARE
    }

    pub(crate) fn has_pending(&self) -> bool {
        !(self.pending.is_empty() && self.head.is_empty() && self.dropped.is_empty())
    }

    /// `log`: has what was just received. Whoever waits for an acknowledgement, and has nothing else, leaves it there.
    pub(crate) fn push_event(&mut self, event: &Rc<Event<P>>, log: &Log<P>) {
        match self.pending.back_mut() {
            Some(Item::Span(count, from)) if *from + u64::from(*count) == event.seq => *count += 1,
            None if self.asked >= WINDOW => self.pending.push_back(Item::Span(1, event.seq)),
            _ => self.pending.push_back(Item::Event(Rc::clone(event))),
        }
        self.grow(event.units, log);
    }

    pub(crate) fn push_replayed(&mut self, sub: u32, event: &Rc<Event<P>>, log: &Log<P>) {
        self.pending.push_back(Item::Replayed(sub, Rc::clone(event)));
        self.grow(event.units, log);
    }

    /// Takes over what it has in the log, if it is less than `below`.
    #[inline(never)]
    pub(crate) fn settle(&mut self, log: &Log<P>, below: u32) {
        if let Some(&Item::Span(count, from)) = self.pending.front()
            && count < below
        {
            let mut rest = std::mem::take(&mut self.pending);
            rest.pop_front();
            for event in log.span(count, from) {
                self.pending.push_back(Item::Event(Rc::clone(event)));
            }
            append(&mut self.pending, rest);
        }
    }

    /// Lets go of all events that wait. The tab is told by other means than a count.
    pub(crate) fn drop_events(&mut self, log: &Log<P>) {
        self.settle(log, u32::MAX);
        while self.drop_oldest() {}
        self.dropped = Table::new();
    }

    pub(crate) fn push_ready(&mut self, sub: u32) {
        self.pending.push_back(Item::Ready(sub));
    }

    pub(crate) fn push_gap(&mut self, gap: Gap) {
        self.pending.push_back(Item::Gap(Box::new(gap)));
        self.gaps += 1;
        if self.gaps > self.merge_at {
            self.merge_gaps();
            self.merge_at = 2 * self.gaps + MERGE_GAPS;
        }
    }

    pub(crate) fn push_status(&mut self, update: StatusUpdate) {
        self.push_notice(Item::Status(Box::new(update)));
    }

    pub(crate) fn push_error(&mut self, error: WireError) {
        self.push_notice(Item::Error(Box::new(error)));
    }

    fn grow(&mut self, units: u32, log: &Log<P>) {
        self.events += 1;
        self.units += u64::from(units);
        if self.events > self.bounds.events || self.units > self.bounds.units {
            self.overflow(log);
        }
    }

    /// Takes out what waits behind the statuses, to be put back behind something else; `keep`: nothing.
    pub(crate) fn set_aside(&mut self, keep: bool) -> VecDeque<Item<P>> {
        let mut aside = VecDeque::new();
        let mut stays = true;
        for _ in 0..self.pending.len() {
            let Some(item) = self.pending.pop_front() else {
                break;
            };
            stays &= keep || matches!(item, Item::Status(_));
            if stays { &mut self.pending } else { &mut aside }.push_back(item);
        }
        aside
    }

    pub(crate) fn put_back(&mut self, items: VecDeque<Item<P>>) {
        append(&mut self.pending, items);
    }

    fn push_notice(&mut self, item: Item<P>) {
        self.pending.push_back(item);
        self.notices += 1;
        if self.notices > MAX_NOTICES {
            self.notices -= 1;
            let mut is_gone = false;
            for items in [&mut self.head, &mut self.pending] {
                for _ in 0..items.len() {
                    let Some(item) = items.pop_front() else { break };
                    if is_gone || !matches!(item, Item::Status(_) | Item::Error(_)) {
                        items.push_back(item);
                    } else {
                        is_gone = true;
                    }
                }
            }
        }
    }

    /// One gap for each channel and cause, at the place of the first: whoever hears of it catches up with what is now,
    /// and so with all later ones.
    fn merge_gaps(&mut self) {
        // By channel and cause.
        let mut places = Names::new();
        let mut totals: Vec<Option<u64>> = Vec::new();
        for items in [&self.head, &self.pending] {
            for item in items {
                if let Item::Gap(gap) = item {
                    let name = gap.channel_and_cause();
                    if let Some(at) = places.find(&name) {
                        let total = &mut totals[at as usize];
                        *total = total.zip(gap.dropped).map(|(a, b)| a + b);
                    } else {
                        places.insert(name, u32::try_from(totals.len()).unwrap_or(u32::MAX));
                        totals.push(gap.dropped);
                    }
                }
            }
        }
        self.gaps = totals.len();
        // Round once, where `retain` would be a function for each of the two.
        for items in [&mut self.head, &mut self.pending] {
            for _ in 0..items.len() {
                let Some(mut item) = items.pop_front() else { break };
                if let Item::Gap(gap) = &mut item {
                    let Some(at) = places.remove(&gap.channel_and_cause()) else {
                        continue;
                    };
                    gap.dropped = totals[at as usize];
                }
                items.push_back(item);
            }
        }
    }

    #[inline(never)]
    fn overflow(&mut self, log: &Log<P>) {
        if !self.is_over() {
            return;
        }
        self.settle(log, u32::MAX);
        if self.bounds.overflow == Overflow::Latest {
            self.keep_latest();
        }
        while self.is_over() {
            if !self.drop_oldest() {
                // What is left is in flight: it can't be taken back, and there are two batches of it at most, and three events.
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
        let mut newest: Table<u64> = Table::new();
        for item in &self.pending {
            if let Item::Event(event) = item {
                *newest.entry(event.channel) = event.seq;
            }
        }
        for _ in 0..self.pending.len() {
            let Some(item) = self.pending.pop_front() else {
                break;
            };
            match item {
                Item::Event(event) if newest.get(event.channel) != Some(&event.seq) => {
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
        *self.dropped.entry(event.channel) += 1;
        self.dropped_total += 1;
    }

    /// What waits, where that is one event and nothing else.
    #[inline(never)]
    pub(crate) fn single(&self) -> Option<&Event<P>> {
        match self.pending.front()? {
            Item::Event(event)
                if self.pending.len() == 1 && self.head.is_empty() && self.dropped.is_empty() =>
            {
                Some(event)
            }
            _ => None,
        }
    }

    /// Takes that as the next batch.
    pub(crate) fn send_single(&mut self, seq: u64, asks: bool, now: Time) {
        if let Some(Item::Event(event)) = self.pending.pop_front() {
            let units = if asks { 0 } else { event.units.into() };
            self.inflight.push_back(Item::Event(event));
            self.mark(
                Mark {
                    batch: self.next_batch(),
                    items: 1,
                    seq,
                    asks,
                    units,
                },
                now,
            );
        }
    }

    #[inline(never)]
    fn mark(&mut self, mark: Mark, now: Time) {
        // A burst begins: with the event before, which is acknowledged by this one. So what waits begins with the same event
        // for all tabs, however many of theirs are not to be acknowledged.
        if let Some(before) = self.marks.back_mut()
            && mark.asks
            && now == self.sent
            && !before.asks
        {
            before.asks = true;
            self.asked += 1;
            self.free -= before.units;
        }
        self.asked += usize::from(mark.asks);
        self.free += mark.units;
        self.last_batch = mark.batch;
        self.marks.push_back(mark);
        self.sent = now;
    }

    /// The stream's position that the tab has acknowledged.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Takes what waits as the next batch, which tells position `seq`; `visit` sees every entry in order, `gather` what waits,
    /// of which it may give the first events as a run.
    pub(crate) fn send<S>(
        &mut self,
        seq: u64,
        now: Time,
        sink: &mut S,
        mut gather: impl FnMut(&mut S, &VecDeque<Item<P>>) -> Option<Rc<Run<P>>>,
        mut visit: impl FnMut(&mut S, &Item<P>),
    ) {
        let before = self.inflight.len();
        for &(channel, dropped) in std::mem::replace(&mut self.dropped, Table::new()).iter() {
            self.head.push_back(Item::Dropped(channel, dropped));
        }
        loop {
            let item = if let Some(item) = self.head.pop_front() {
                item
            } else if let Some(run) = gather(sink, &self.pending) {
                let mut sent = run.events.len();
                if let Some(Item::Span(count, from)) = self.pending.front_mut() {
                    *from += sent as u64;
                    *count -= run.count();
                    sent = usize::from(*count == 0);
                }
                for _ in 0..sent {
                    self.pending.pop_front();
                }
                Item::Run(run)
            } else if let Some(item) = self.pending.pop_front() {
                item
            } else {
                break;
            };
            visit(sink, &item);
            self.inflight.push_back(item);
        }
        self.notices = 0;
        self.gaps = 0;
        self.merge_at = MERGE_GAPS;
        let items = self.inflight.len() - before;
        self.mark(
            Mark {
                batch: self.next_batch(),
                items,
                seq,
                asks: true,
                units: 0,
            },
            now,
        );
    }

    /// The channels that what waits or is unacknowledged speaks of, once per entry. Nothing of it is in the log.
    pub(crate) fn for_each_channel(&self, mut visit: impl FnMut(ChannelIndex)) {
        for items in [&self.inflight, &self.head, &self.pending] {
            for item in items {
                match item {
                    Item::Event(event) | Item::Replayed(_, event) => visit(event.channel),
                    Item::Run(run) => {
                        for event in &run.events {
                            visit(event.channel);
                        }
                    }
                    Item::Dropped(channel, _) => visit(*channel),
                    Item::Span(..) | Item::Ready(_) | Item::Gap(_) | Item::Status(_) | Item::Error(_) => {}
                }
            }
        }
        for &(channel, _) in self.dropped.iter() {
            visit(channel);
        }
    }

    /// The numbers of the first and the last event that wait, where those are the first and the last that wait at all.
    pub(crate) fn waits(&self) -> (u64, u64) {
        let ends = |item: Option<&Item<P>>| match item {
            Some(&Item::Span(count, from)) => (from, from + u64::from(count) - 1),
            Some(Item::Event(event)) => (event.seq, event.seq),
            _ => (u64::MAX, 0),
        };
        (ends(self.pending.front()).0, ends(self.pending.back()).1)
    }

    pub(crate) fn next_batch(&self) -> u64 {
        self.last_batch + 1
    }

    /// The tab has processed `batch` and all before it. `false`: there is no such batch in flight.
    pub(crate) fn acknowledge(&mut self, batch: u64) -> bool {
        if !self.marks.iter().any(|mark| mark.batch == batch) {
            return false;
        }
        while let Some(mark) = self.marks.pop_front() {
            self.acknowledged = mark.seq;
            if mark.asks {
                self.asked -= 1;
            } else {
                self.free -= mark.units;
            }
            for _ in 0..mark.items {
                match self.inflight.pop_front() {
                    Some(Item::Event(event) | Item::Replayed(_, event)) => {
                        self.events -= 1;
                        self.units -= u64::from(event.units);
                    }
                    Some(Item::Run(run)) => {
                        self.events -= run.events.len();
                        self.units -= run.units;
                    }
                    _ => {}
                }
            }
            if mark.batch == batch {
                break;
            }
        }
        true
    }

    /// The tab is back on a new port and has processed `batch`: what it lost in flight waits again, in order.
    pub(crate) fn rewind(&mut self, batch: u64, log: &Log<P>) {
        self.settle(log, u32::MAX);
        self.acknowledge(batch);
        self.marks.clear();
        self.asked = 0;
        self.free = 0;
        let mut again = VecDeque::new();
        while let Some(item) = self.inflight.pop_front() {
            match &item {
                Item::Run(run) => {
                    for event in &run.events {
                        again.push_back(Item::Event(Rc::clone(event)));
                    }
                    continue;
                }
                Item::Status(_) | Item::Error(_) => self.notices += 1,
                Item::Gap(_) => self.gaps += 1,
                _ => {}
            }
            again.push_back(item);
        }
        // The order is head, then dropped, then pending; what was in flight is older than all of it.
        append(&mut again, std::mem::take(&mut self.head));
        if self.dropped.is_empty() {
            append(&mut again, std::mem::take(&mut self.pending));
            self.pending = again;
        } else {
            self.head = again;
        }
        // A batch number is never used for two contents: the tab ignores numbers it knows.
        self.last_batch = self.last_batch.max(batch);
    }
}

/// Here as elsewhere in this file: item by item, since `append`, `drain`, `remove` and `split_off` of a deque are a
/// function each.
#[inline(never)]
fn append<P>(to: &mut VecDeque<Item<P>>, mut items: VecDeque<Item<P>>) {
    while let Some(item) = items.pop_front() {
        to.push_back(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lost_its_port_has_nothing_in_the_log_any_more() {
        let mut log: Log<Rc<str>> = Log::new();
        let bounds = Buffer {
            events: 10,
            units: 10,
            overflow: Overflow::DropOldest,
        };
        let mut queue = Queue::new(bounds, 0);
        for seq in 1..=5 {
            let event = Rc::new(Event {
                channel: 0,
                name: "a".into(),
                seq,
                id: "".into(),
                id_number: 0,
                has_own_id: false,
                data: "x".into(),
                units: 1,
            });
            log.push(&event);
            queue.push_event(&event, &log);
            if queue.has_credit() {
                queue.send_single(seq, true, Time::ZERO);
            }
        }
        assert!(matches!(queue.pending.front(), Some(Item::Span(3, 3))));
        queue.rewind(0, &log);
        // A span further back would not be found when the log is emptied.
        let seqs = queue.pending.iter().map(|item| match item {
            Item::Event(event) => event.seq,
            _ => 0,
        });
        assert!(seqs.eq(1..=5));
    }
}
