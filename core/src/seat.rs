//! One tab's place on one stream: what it subscribed to, and its queue.

use crate::event::{ChannelIndex, GapCause};
use crate::log::Log;
use crate::message::{Kind, TabPosition};
use crate::options::Buffer;
use crate::payload::Payload;
use crate::queue::Queue;
use crate::seam::Seam;
use crate::stream::Ear;
use crate::table::Table;

/// A tab of the hub: the number of the port that it came by, so never used twice, and never 0.
pub type TabId = u32;
/// A seat of a stream: index into its slots.
pub type SeatId = u32;

/// A topic of the stream: index into its slots.
pub(crate) type TopicIndex = u32;
/// That of a subscription which asks the server for nothing.
pub(crate) const NO_TOPIC: TopicIndex = TopicIndex::MAX;

/// In place of a channel's index: every channel. No table has as many.
pub(crate) const ALL: ChannelIndex = ChannelIndex::MAX;

/// A subscription.
#[derive(Debug)]
pub(crate) struct Sub {
    /// Or [`ALL`].
    pub(crate) channel: ChannelIndex,
    pub(crate) topic: TopicIndex,
    /// Past events that it has asked for.
    pub(crate) replay: usize,
    /// It was told that it hears all from there on.
    pub(crate) is_ready: bool,
    /// Its tab has missed something, and what comes before it is ready is missing as well.
    pub(crate) misses: Option<GapCause>,
}

/// Whether a seat's tab can be sent anything. Where not, the queue waits within its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Here,
    /// Frozen, silent or in bfcache.
    Away,
    /// The tab has another port and has not attached this there: it knows none of the names it was told, and perhaps does
    /// not want this any more.
    Vacant,
}

/// Laid out as it stands: what is used in most places comes first, where its offset is one byte of code (decisions/0099).
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Seat<P> {
    pub(crate) tab: TabId,
    /// The page's number for the stream.
    pub(crate) s: u32,
    /// Those that need the upstream.
    pub(crate) asking: u32,
    pub(crate) kind: Kind,
    /// A delivery is on the way out of the hub already.
    pub(crate) scheduled: bool,
    pub(crate) presence: Presence,
    pub(crate) visible: bool,
    /// It has functions for what a connection needs.
    pub(crate) asks: bool,
    pub(crate) subs: Table<Sub>,
    /// Subscriptions per channel, [`ALL`] being one; as many bits as what else is counted by channel has, whose functions these share.
    pub(crate) holds: Table<u64>,
    /// The channels whose names the page was told.
    pub(crate) known: Indexes,
    /// Stream position at the last batch.
    pub(crate) mirrored: u64,
    pub(crate) queue: Queue<P>,
    /// Where it was told a gap in a topic that is yet to be asked for: batches go on telling that position, from which a
    /// next worker resumes.
    pub(crate) held: Option<(u64, P)>,
    /// Where the tab stood with a worker that died, before it is decided where to resume.
    pub(crate) stood: Option<TabPosition>,
    /// After a worker's death: what this tab had.
    pub(crate) had: Option<Seam<P>>,
    /// After a worker's death: what is new to it may be of before the place where it stood, until that comes by. 1: nothing waits
    /// for that, 2: events do, 3: for a while already, 4: they were of before.
    pub(crate) early: u8,
    /// Of the stream's circle.
    pub(crate) ear: Ear,
}

impl<P: Payload> Seat<P> {
    pub(crate) fn new(
        tab: TabId,
        s: u32,
        kind: Kind,
        buffer: Buffer,
        last_batch: u64,
        visible: bool,
    ) -> Self {
        Self {
            tab,
            s,
            kind,
            subs: Table::new(),
            asking: 0,
            holds: Table::new(),
            queue: Queue::new(buffer, last_batch),
            known: Indexes::default(),
            scheduled: false,
            mirrored: 0,
            held: None,
            presence: Presence::Here,
            visible,
            asks: false,
            stood: None,
            had: None,
            early: 0,
            ear: Ear::Deaf,
        }
    }

    pub(crate) fn is_here(&self) -> bool {
        self.presence == Presence::Here
    }

    /// There is a position, or an acknowledgement owed, of which it has heard nothing.
    #[inline(never)]
    pub(crate) fn is_behind(&self, seq: u64) -> bool {
        self.mirrored < seq || self.queue.owes()
    }

    /// Whether the upstream has to be open for it.
    pub(crate) fn needs_upstream(&self) -> bool {
        self.is_here() && (self.kind == Kind::DropIn || self.asking > 0)
    }

    /// A seam is over: what the tab had says nothing of what comes, unless a topic of it is yet to be asked for, which begins
    /// another one.
    pub(crate) fn settle_had(&mut self) {
        self.early = 0;
        if self.is_ready() {
            self.had = None;
        }
    }

    /// `id` has come by. What waits before the place where the tab stood, or before anything that it had, is of before it heard that
    /// channel, and is let go of. A server that repeats in another order than it sent may mean something else by it: so the tab is to be
    /// told, where this is `true`.
    pub(crate) fn pass(&mut self, id: &P, log: &Log<P>) -> bool {
        let was = self.early;
        if was == 0 {
            return false;
        }
        if self.stood.as_ref().is_some_and(|stood| stood.id == id.text()) {
            self.early = 0;
        } else if was > 3 {
            self.early = 1;
        } else {
            return false;
        }
        if was > 1 {
            self.queue.drop_events(log);
        }
        was > 1
    }

    /// All that it asks for is asked for.
    #[inline(never)]
    pub(crate) fn is_ready(&self) -> bool {
        self.subs.iter().all(|(_, sub)| sub.is_ready)
    }

    #[inline(never)]
    pub(crate) fn holds(&self, channel: ChannelIndex) -> bool {
        self.holds.has(channel)
    }

    pub(crate) fn is_wild(&self) -> bool {
        self.holds(ALL)
    }
}

/// A set of channels: a bit per index.
#[derive(Debug, Default)]
pub(crate) struct Indexes(Vec<u64>);

impl Indexes {
    pub(crate) fn has(&self, channel: ChannelIndex) -> bool {
        self.0
            .get(channel as usize / 64)
            .is_some_and(|word| word & (1 << (channel % 64)) != 0)
    }

    /// Adds one; `true` if it was not there.
    pub(crate) fn learn(&mut self, channel: ChannelIndex) -> bool {
        if self.has(channel) {
            return false;
        }
        let word = channel as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (channel % 64);
        true
    }

    pub(crate) fn forget(&mut self, channel: ChannelIndex) {
        if let Some(word) = self.0.get_mut(channel as usize / 64) {
            *word &= !(1 << (channel % 64));
        }
    }

    pub(crate) fn forget_all(&mut self) {
        self.0.clear();
    }
}
