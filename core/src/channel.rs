//! The channels of a stream: name, index, who listens, what is kept.

use std::rc::Rc;

use crate::event::ChannelIndex;
use crate::looks::List;
use crate::names::Names;
use crate::replay::Ring;
use crate::seat::SeatId;
use crate::time::Time;

#[derive(Debug)]
pub(crate) struct Channel<P> {
    pub(crate) name: Rc<str>,
    /// Seats with a subscription to this very channel.
    pub(crate) targets: Vec<SeatId>,
    pub(crate) ring: Ring<P>,
    /// Named by an option: heard even without subscribers.
    pub(crate) pinned: bool,
    /// Before this event some may be missing: hearing began there.
    pub(crate) since: u64,
    /// When the last subscriber left.
    pub(crate) idle_since: Option<Time>,
}

/// Channels by index and by name. An index is an array slot in listeners and pages; a freed one is used again.
#[derive(Debug)]
pub(crate) struct ChannelTable<P> {
    slots: List<Option<Channel<P>>>,
    by_name: Names,
    free: Vec<ChannelIndex>,
}

impl<P> ChannelTable<P> {
    pub(crate) fn new() -> Self {
        Self {
            slots: List::new(),
            by_name: Names::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(crate) fn find(&self, name: &str) -> Option<ChannelIndex> {
        self.by_name.find(name)
    }

    pub(crate) fn get(&self, index: ChannelIndex) -> Option<&Channel<P>> {
        self.slots.get(index as usize)?.as_ref()
    }

    /// That of what is no channel is `*`.
    #[inline(never)]
    pub(crate) fn name(&self, index: ChannelIndex) -> Rc<str> {
        self.get(index)
            .map_or_else(|| "*".into(), |channel| Rc::clone(&channel.name))
    }

    pub(crate) fn get_mut(&mut self, index: ChannelIndex) -> Option<&mut Channel<P>> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ChannelIndex, &Channel<P>)> {
        self.by_name
            .numbers()
            .filter_map(|index| Some((index, self.get(index)?)))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Channel<P>> {
        self.slots.iter_mut().flatten()
    }

    /// Adds a channel that is not there yet.
    pub(crate) fn insert(&mut self, name: &str, since: u64, pinned: bool) -> ChannelIndex {
        let name: Rc<str> = name.into();
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            ChannelIndex::try_from(self.slots.len() - 1).unwrap_or(ChannelIndex::MAX)
        });
        self.by_name.insert(Rc::clone(&name), index);
        self.slots[index as usize] = Some(Channel {
            name,
            targets: Vec::new(),
            ring: Ring::new(),
            pinned,
            since,
            idle_since: None,
        });
        index
    }

    pub(crate) fn remove(&mut self, index: ChannelIndex) -> Option<Channel<P>> {
        let channel = self.slots.get_mut(index as usize)?.take()?;
        self.by_name.remove(&channel.name);
        self.free.push(index);
        Some(channel)
    }
}
