//! The seam after a resume: what the server repeats there is removed, and nothing else ever is (SPEC D-seam).

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::event::{ChannelIndex, Event};
use crate::payload::Payload;
use crate::time::Millis;

/// Events remembered, those alone that introduced an id.
pub const REMEMBERED: usize = 1000;
/// Most events that a seam looks at.
pub const SEAM_EVENTS: u32 = 1000;
/// Longest seam.
pub const SEAM_TIME: Millis = Millis(10_000);
/// Units of data kept whole for comparison; beyond, the oldest are remembered by their hash.
const KEPT_UNITS: u64 = 4 << 20;

/// The data of a remembered event.
#[derive(Debug)]
enum Print<P> {
    /// The event itself: it is shared, and comparing later beats hashing on the event path.
    Event(Rc<Event<P>>),
    Data(P),
    Hash(u64),
}

impl<P: Payload> Print<P> {
    fn units(&self) -> u64 {
        match self {
            Print::Event(event) => u64::from(event.units),
            Print::Data(data) => u64::from(data.units()),
            Print::Hash(_) => 0,
        }
    }

    fn hash(&self) -> u64 {
        match self {
            Print::Event(event) => fnv(&event.data.text()),
            Print::Data(data) => fnv(&data.text()),
            Print::Hash(hash) => *hash,
        }
    }

    fn matches(&self, other: &P) -> bool {
        match self {
            Print::Event(event) => event.data == *other,
            Print::Data(data) => data == other,
            Print::Hash(hash) => *hash == fnv(&other.text()),
        }
    }
}

/// One remembered event.
#[derive(Debug)]
struct Entry<P> {
    channel: ChannelIndex,
    id: P,
    print: Print<P>,
}

/// What was received last: (channel, id, data) of events that introduced an id.
#[derive(Debug)]
pub(crate) struct History<P> {
    entries: VecDeque<Rc<Entry<P>>>,
    /// Entries at the front that are hashed already.
    hashed: usize,
    units: u64,
}

impl<P: Payload> History<P> {
    pub(crate) fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            hashed: 0,
            units: 0,
        }
    }

    /// Remembers an event that introduced its id.
    pub(crate) fn push(&mut self, event: &Rc<Event<P>>) {
        self.append(Entry {
            channel: event.channel,
            id: event.id.clone(),
            print: Print::Event(Rc::clone(event)),
        });
    }

    /// Remembers what a tab says it had.
    pub(crate) fn push_had(&mut self, channel: ChannelIndex, id: P, data: P) {
        self.append(Entry {
            channel,
            id,
            print: Print::Data(data),
        });
    }

    /// Forgets a channel whose index is about to name another.
    pub(crate) fn forget_channel(&mut self, channel: ChannelIndex) {
        self.entries.retain(|entry| entry.channel != channel);
        self.hashed = self
            .entries
            .iter()
            .take_while(|entry| matches!(entry.print, Print::Hash(_)))
            .count();
        self.units = self.entries.iter().map(|entry| entry.print.units()).sum();
    }

    fn append(&mut self, entry: Entry<P>) {
        self.units += entry.print.units();
        self.entries.push_back(Rc::new(entry));
        if self.entries.len() > REMEMBERED
            && let Some(oldest) = self.entries.pop_front()
        {
            self.hashed = self.hashed.saturating_sub(1);
            self.units -= oldest.print.units();
        }
        while self.units > KEPT_UNITS
            && let Some(entry) = self.entries.get_mut(self.hashed)
        {
            self.units -= entry.print.units();
            let print = Print::Hash(entry.print.hash());
            *entry = Rc::new(Entry {
                channel: entry.channel,
                id: entry.id.clone(),
                print,
            });
            self.hashed += 1;
        }
    }
}

/// What an event in the seam is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Channel, id and data are known.
    Repeat,
    /// The id is known (or there is none), the rest is not: it is delivered.
    Unclear,
    /// An id that was never seen.
    New,
}

/// A history under question, by id: built at `open`, dropped when the seam ends.
#[derive(Debug)]
pub(crate) struct Seam<P> {
    by_id: BTreeMap<String, Vec<Rc<Entry<P>>>>,
    left: u32,
}

impl<P: Payload> Seam<P> {
    pub(crate) fn new(history: &History<P>) -> Self {
        let mut by_id: BTreeMap<String, Vec<Rc<Entry<P>>>> = BTreeMap::new();
        for entry in &history.entries {
            by_id.entry(entry.id.text()).or_default().push(Rc::clone(entry));
        }
        Self {
            by_id,
            left: SEAM_EVENTS,
        }
    }

    /// Judges one event. The seam is over after [`SEAM_EVENTS`] of them.
    pub(crate) fn judge(&mut self, channel: ChannelIndex, id: &P, data: &P) -> Verdict {
        self.left = self.left.saturating_sub(1);
        if id.units() == 0 {
            return Verdict::Unclear;
        }
        match self.by_id.get(&id.text()) {
            None => Verdict::New,
            Some(entries) => {
                let known = entries
                    .iter()
                    .any(|entry| entry.channel == channel && entry.print.matches(data));
                if known { Verdict::Repeat } else { Verdict::Unclear }
            }
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left == 0
    }
}

/// FNV-1a over the UTF-8 of the text: only ever compared with itself.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Rc<str>;

    fn event(seq: u64, id: &str, data: &str) -> Rc<Event<Text>> {
        let data: Text = data.into();
        Rc::new(Event {
            channel: 0,
            seq,
            id: id.into(),
            id_number: 0,
            units: data.units(),
            data,
        })
    }

    fn judge(seam: &mut Seam<Text>, channel: u32, id: &str, data: &str) -> Verdict {
        seam.judge(channel, &id.into(), &data.into())
    }

    #[test]
    fn only_the_whole_triple_is_a_repeat() {
        let mut history = History::new();
        history.push(&event(1, "a", "x"));
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, 0, "a", "x"), Verdict::Repeat);
        assert_eq!(judge(&mut seam, 1, "a", "x"), Verdict::Unclear);
        assert_eq!(judge(&mut seam, 0, "a", "y"), Verdict::Unclear);
        assert_eq!(judge(&mut seam, 0, "", "x"), Verdict::Unclear);
        assert_eq!(judge(&mut seam, 0, "b", "x"), Verdict::New);
    }

    #[test]
    fn remembers_the_last_thousand() {
        let mut history = History::new();
        for seq in 0..=REMEMBERED as u64 {
            history.push(&event(seq, &seq.to_string(), "x"));
        }
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, 0, "0", "x"), Verdict::New);
        assert_eq!(judge(&mut seam, 0, "1", "x"), Verdict::Repeat);
    }

    #[test]
    fn large_data_is_let_go_and_still_recognised() {
        let mut history = History::new();
        let large = "y".repeat(3 << 20);
        history.push(&event(1, "1", &large));
        history.push(&event(2, "2", &large));
        assert!(history.units <= KEPT_UNITS);
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, 0, "1", &large), Verdict::Repeat);
        assert_eq!(judge(&mut seam, 0, "1", "other"), Verdict::Unclear);
    }
}
