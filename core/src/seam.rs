//! The seam after a resume: what the server repeats there is removed, and nothing else ever is (SPEC D-4).

use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::Event;
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

/// Id and data of a remembered event.
#[derive(Debug)]
enum Print<P> {
    /// The event itself: it is shared, and comparing later beats hashing on the event path. So does its id: a handle more
    /// of each event costs as much as handing it to a tab.
    Event(Rc<Event<P>>),
    Data(P, P),
    Hash(P, u64),
}

impl<P: Payload> Print<P> {
    fn id(&self) -> &P {
        match self {
            Print::Event(event) => &event.id,
            Print::Data(id, _) | Print::Hash(id, _) => id,
        }
    }

    fn units(&self) -> u64 {
        match self {
            Print::Event(event) => u64::from(event.units),
            Print::Data(_, data) => u64::from(data.units()),
            Print::Hash(..) => 0,
        }
    }

    fn hash(&self) -> u64 {
        match self {
            Print::Event(event) => fnv(&event.data.text()),
            Print::Data(_, data) => fnv(&data.text()),
            Print::Hash(_, hash) => *hash,
        }
    }

    fn matches(&self, other: &P) -> bool {
        match self {
            Print::Event(event) => event.data == *other,
            Print::Data(_, data) => data == other,
            Print::Hash(_, hash) => *hash == fnv(&other.text()),
        }
    }
}

/// One remembered event.
#[derive(Debug)]
pub(crate) struct Entry<P> {
    /// By name: an index may have come to mean another channel by the time of the question.
    channel: Rc<str>,
    print: Print<P>,
}

/// What was received last: (channel, id, data) of events that introduced an id.
#[derive(Debug)]
pub(crate) struct History<P> {
    entries: VecDeque<Rc<Entry<P>>>,
    /// Entries at the front that are hashed already.
    hashed: usize,
    units: u64,
    /// Entries since the count was last set back.
    pub(crate) count: u64,
    /// What came last, new or a repeat.
    pub(crate) last: Option<Rc<Entry<P>>>,
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

    /// Remembers an event that introduced its id.
    pub(crate) fn push(&mut self, channel: &Rc<str>, event: &Rc<Event<P>>) {
        self.append(Entry {
            channel: Rc::clone(channel),
            print: Print::Event(Rc::clone(event)),
        });
    }

    /// Remembers what a tab says it had.
    pub(crate) fn push_had(&mut self, channel: Rc<str>, id: P, data: P) {
        self.append(Entry {
            channel,
            print: Print::Data(id, data),
        });
    }

    /// Remembers what has introduced `id`, by what a tab had.
    pub(crate) fn adopt(&mut self, had: &Seam<P>, id: &P) {
        let mut at = had.by_id.find(&id.text()).unwrap_or(END);
        while let Some((entry, next)) = had.entries.get(at as usize) {
            if let Some(entry) = entry {
                return self.keep(Rc::clone(entry));
            }
            at = *next;
        }
    }

    fn append(&mut self, entry: Entry<P>) {
        self.keep(Rc::new(entry));
    }

    fn keep(&mut self, entry: Rc<Entry<P>>) {
        self.count += 1;
        self.last = Some(Rc::clone(&entry));
        self.units += entry.print.units();
        self.entries.push_back(entry);
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
            let print = Print::Hash(entry.print.id().clone(), entry.print.hash());
            *entry = Rc::new(Entry {
                channel: Rc::clone(&entry.channel),
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
    /// Where the oldest entry of an id is.
    by_id: Names,
    /// What is not repeated yet, each with where the next of the same id is; the newest come first.
    entries: Vec<(Option<Rc<Entry<P>>>, u32)>,
    left: u32,
    /// Until this one was repeated a new id ends nothing: the server sends what it had not sent among what it had.
    awaited: Option<Rc<Entry<P>>>,
    /// What was repeated last.
    pub(crate) repeated: Option<Rc<Entry<P>>>,
}

impl<P: Payload> Seam<P> {
    pub(crate) fn new(history: &History<P>) -> Self {
        let mut by_id = Names::new();
        let mut entries = Vec::new();
        for (at, index) in (0..).zip((0..history.entries.len()).rev()) {
            let entry = &history.entries[index];
            let id = entry.print.id().text();
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
        last: Option<Rc<Entry<P>>>,
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
            if let Some(entry) = slot.take_if(|entry| *entry.channel == *channel && entry.print.matches(data))
            {
                self.awaited.take_if(|awaited| Rc::ptr_eq(awaited, &entry));
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
            seq,
            id: id.into(),
            id_number: 0,
            has_own_id: true,
            units: data.units(),
            data,
        })
    }

    fn push(history: &mut History<Text>, seq: u64, id: &str, data: &str) {
        history.push(&"a".into(), &event(seq, id, data));
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
}
