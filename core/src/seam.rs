//! The seam after a resume: what the server repeats there is removed, and nothing else ever is (SPEC D-4).

use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::{ChannelIndex, Event};
use crate::names::Names;
use crate::payload::Payload;
use crate::time::Millis;

/// Events remembered, those alone that introduced an id.
pub const REMEMBERED: usize = 1000;
/// Most events that a seam looks at.
pub const SEAM_EVENTS: u32 = 1000;
/// Longest seam.
pub const SEAM_TIME: Millis = Millis(10_000);
/// The same where new events may come among the repeats: a new topic's past may be long.
pub const OVERLAP_TIME: Millis = Millis(60_000);
/// Units of data kept whole for comparison; beyond, the oldest are remembered by their hash.
const KEPT_UNITS: u64 = 4 << 20;

/// After the last entry of an id.
const END: u32 = u32::MAX;

/// In place of a channel's index: what is remembered of its data is a hash, in place of its number. No table has as many.
const HASHED: ChannelIndex = ChannelIndex::MAX;

impl<P: Payload> Event<P> {
    fn kept_units(&self) -> u64 {
        if self.channel == HASHED {
            0
        } else {
            self.units.into()
        }
    }

    fn is_of(&self, data: &P) -> bool {
        if self.channel == HASHED {
            self.seq == fnv(&data.text())
        } else {
            self.data == *data
        }
    }
}

/// What was received last: name, id and data of events that introduced an id. They are the events themselves, which others
/// share: comparing later beats hashing on the event path, and a handle or a place more of each costs as much as handing it
/// to a tab.
#[derive(Debug)]
pub(crate) struct History<P> {
    entries: VecDeque<Rc<Event<P>>>,
    /// Entries at the front that are hashed already.
    hashed: usize,
    units: u64,
    /// Entries since the count was last set back.
    pub(crate) count: u64,
    /// What came last, new or a repeat.
    pub(crate) last: Option<Rc<Event<P>>>,
}

impl<P: Payload> History<P> {
    pub(crate) fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            hashed: 0,
            units: 0,
            count: 0,
            last: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Remembers what a tab says it had.
    pub(crate) fn push_had(&mut self, name: Rc<str>, id: P, data: P) {
        let units = data.units();
        self.push(&Self::entry(0, name, 0, id, data, units));
    }

    /// Remembers what has introduced `id`, by what a tab had.
    pub(crate) fn adopt(&mut self, had: &Seam<P>, id: &P) {
        let mut at = had.by_id.find(&id.text()).unwrap_or(END);
        while let Some((entry, next)) = had.entries.get(at as usize) {
            if let Some(entry) = entry {
                return self.push(entry);
            }
            at = *next;
        }
    }

    fn entry(channel: ChannelIndex, name: Rc<str>, seq: u64, id: P, data: P, units: u32) -> Rc<Event<P>> {
        Rc::new(Event {
            channel,
            name,
            seq,
            id,
            id_number: 0,
            has_own_id: true,
            data,
            units,
        })
    }

    /// Remembers an event that introduced its id.
    pub(crate) fn push(&mut self, event: &Rc<Event<P>>) {
        self.count += 1;
        self.last = Some(Rc::clone(event));
        self.units += event.kept_units();
        self.entries.push_back(Rc::clone(event));
        if self.entries.len() > REMEMBERED
            && let Some(oldest) = self.entries.pop_front()
        {
            self.hashed = self.hashed.saturating_sub(1);
            self.units -= oldest.kept_units();
        }
        while self.units > KEPT_UNITS
            && let Some(entry) = self.entries.get_mut(self.hashed)
        {
            self.hashed += 1;
            if entry.channel != HASHED {
                self.units -= entry.kept_units();
                let hash = fnv(&entry.data.text());
                *entry = Self::entry(
                    HASHED,
                    Rc::clone(&entry.name),
                    hash,
                    entry.id.clone(),
                    P::of(""),
                    0,
                );
            }
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
    /// Where the oldest entry of an id is.
    by_id: Names,
    /// What is not repeated yet, each with where the next of the same id is; the newest come first.
    entries: Vec<(Option<Rc<Event<P>>>, u32)>,
    left: u32,
    /// Until this one was repeated a new id ends nothing: the server sends what it had not sent among what it had.
    awaited: Option<Rc<Event<P>>>,
    /// What was repeated last.
    pub(crate) repeated: Option<Rc<Event<P>>>,
}

impl<P: Payload> Seam<P> {
    pub(crate) fn new(history: &History<P>) -> Self {
        let mut by_id = Names::new();
        let mut entries = Vec::new();
        for (at, index) in (0..).zip((0..history.entries.len()).rev()) {
            let entry = &history.entries[index];
            let id = entry.id.text();
            entries.push((Some(Rc::clone(entry)), by_id.find(&id).unwrap_or(END)));
            by_id.insert(id.into(), at);
        }
        Self {
            by_id,
            entries,
            left: SEAM_EVENTS,
            awaited: None,
            repeated: None,
        }
    }

    /// The same where `before` is not over yet, of a connection that was asked for when all up to `last` was still to come.
    pub(crate) fn overlapping(
        history: &History<P>,
        before: Option<Self>,
        last: Option<Rc<Event<P>>>,
    ) -> Self {
        let mut seam = Self::new(history);
        seam.awaited = before.and_then(|seam| seam.awaited).or(last);
        seam
    }

    /// Judges one event; `id` is `None` where the event can't have brought one. The seam is over after
    /// [`SEAM_EVENTS`] of them.
    ///
    /// An entry answers for one repeat: what introduced an id comes back once, and an event without an id that
    /// follows with the same data (it carries the same id) is another.
    pub(crate) fn judge(&mut self, channel: &str, id: Option<&P>, data: &P) -> Verdict {
        self.left = self.left.saturating_sub(1);
        let Some(id) = id.filter(|id| id.units() > 0) else {
            return Verdict::Unclear;
        };
        let Some(mut at) = self.by_id.find(&id.text()) else {
            return Verdict::New;
        };
        while let Some((slot, next)) = self.entries.get_mut(at as usize) {
            if let Some(entry) = slot.take_if(|entry| *entry.name == *channel && entry.is_of(data)) {
                // By what it was: as one that is hashed it is another object.
                self.awaited
                    .take_if(|awaited| awaited.id == entry.id && awaited.name == entry.name);
                self.repeated = Some(entry);
                return Verdict::Repeat;
            }
            at = *next;
        }
        Verdict::Unclear
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left == 0 && self.awaited.is_none()
    }

    /// It ends with the next new id.
    pub(crate) fn is_settled(&self) -> bool {
        self.awaited.is_none()
    }

    /// How long it may last.
    pub(crate) fn time(&self) -> Millis {
        if self.is_settled() {
            SEAM_TIME
        } else {
            OVERLAP_TIME
        }
    }
}

/// FNV-1a over the UTF-8 of the text: names what is not to be kept itself.
pub(crate) fn fnv(text: &str) -> u64 {
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
            name: "a".into(),
            seq,
            id: id.into(),
            id_number: 0,
            has_own_id: true,
            units: data.units(),
            data,
        })
    }

    fn push(history: &mut History<Text>, seq: u64, id: &str, data: &str) {
        history.push(&event(seq, id, data));
    }

    fn judge(seam: &mut Seam<Text>, channel: &str, id: &str, data: &str) -> Verdict {
        seam.judge(channel, Some(&id.into()), &data.into())
    }

    #[test]
    fn only_the_whole_triple_is_a_repeat() {
        let mut history = History::new();
        push(&mut history, 1, "a", "x");
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, "b", "a", "x"), Verdict::Unclear);
        assert_eq!(judge(&mut seam, "a", "a", "y"), Verdict::Unclear);
        assert_eq!(judge(&mut seam, "a", "", "x"), Verdict::Unclear);
        assert_eq!(seam.judge("a", None, &"x".into()), Verdict::Unclear);
        assert_eq!(judge(&mut seam, "a", "b", "x"), Verdict::New);
        assert_eq!(judge(&mut seam, "a", "a", "x"), Verdict::Repeat);
    }

    #[test]
    fn one_event_is_repeated_once() {
        let mut history = History::new();
        push(&mut history, 1, "a", "x");
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, "a", "a", "x"), Verdict::Repeat);
        assert_eq!(judge(&mut seam, "a", "a", "x"), Verdict::Unclear);
    }

    #[test]
    fn remembers_the_last_thousand() {
        let mut history = History::new();
        for seq in 0..=REMEMBERED as u64 {
            push(&mut history, seq, &seq.to_string(), "x");
        }
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, "a", "0", "x"), Verdict::New);
        assert_eq!(judge(&mut seam, "a", "1", "x"), Verdict::Repeat);
    }

    #[test]
    fn large_data_is_let_go_and_still_recognised() {
        let mut history = History::new();
        let large = "y".repeat(3 << 20);
        push(&mut history, 1, "1", &large);
        push(&mut history, 2, "2", &large);
        assert!(history.units <= KEPT_UNITS);
        let mut seam = Seam::new(&history);
        assert_eq!(judge(&mut seam, "a", "1", &large), Verdict::Repeat);
        assert_eq!(judge(&mut seam, "a", "1", "other"), Verdict::Unclear);
    }

    #[test]
    fn an_overlap_ends_with_the_event_that_it_waits_for_also_where_that_is_hashed() {
        let mut history = History::new();
        let large = "y".repeat(5 << 20);
        push(&mut history, 1, "1", &large);
        let last = history.last.take();
        let mut seam = Seam::overlapping(&history, None, last);
        assert!(!seam.is_settled());
        assert_eq!(judge(&mut seam, "a", "1", &large), Verdict::Repeat);
        assert!(seam.is_settled());
    }
}
