use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use super::event::Frame;

/// The last events, for replay: bounded by count and by bytes on the wire.
pub(super) struct Log {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    max_events: usize,
    max_bytes: usize,
    /// The highest sequence of each name that was let go.
    evicted: HashMap<Arc<str>, u64>,
    /// The same of those names that are too many to be counted one by one; 0 while there are none.
    evicted_of_others: u64,
}

/// Names of which is known how far they were let go. A server sends a few; should it take them from strangers, this is
/// all that they cost.
const MAX_NAMES: usize = 1_000;

/// What the log holds just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCounts {
    pub events: usize,
    pub bytes: usize,
}

impl Log {
    pub fn new(max_events: usize, max_bytes: usize) -> Log {
        Log {
            frames: VecDeque::new(),
            bytes: 0,
            max_events,
            max_bytes,
            evicted: HashMap::new(),
            evicted_of_others: 0,
        }
    }

    pub fn push(&mut self, frame: Arc<Frame>) {
        self.bytes += frame.wire.len();
        self.frames.push_back(frame);
        // An event larger than the whole bound evicts itself too: it is delivered live, but can't be replayed.
        while self.frames.len() > self.max_events || self.bytes > self.max_bytes {
            let Some(oldest) = self.frames.pop_front() else {
                break;
            };
            self.bytes -= oldest.wire.len();
            if self.evicted.len() < MAX_NAMES || self.evicted.contains_key(&oldest.name) {
                self.evicted.insert(oldest.name.clone(), oldest.sequence);
            } else {
                self.evicted_of_others = oldest.sequence;
            }
        }
    }

    /// Whether nothing after `sequence` has been let go of what has one of these names; of all names where there are none.
    /// Who asks for a topic that is silent for long has an old id, and has missed nothing.
    pub fn covers(&self, sequence: u64, names: Option<&BTreeSet<String>>) -> bool {
        let is_asked_for = |name: &str| names.is_none_or(|names| names.contains(name));
        let mut evicted = self.evicted.iter().filter(|(name, _)| is_asked_for(name));
        sequence >= self.evicted_of_others && evicted.all(|(_, &through)| sequence >= through)
    }

    /// The held events after `sequence`, oldest first.
    pub fn after(&self, sequence: u64) -> impl Iterator<Item = &Arc<Frame>> {
        let start = self.frames.partition_point(|frame| frame.sequence <= sequence);
        self.frames.range(start..)
    }

    /// The last `count` events of each name among those that `wanted` lets pass, oldest first.
    pub fn recent(&self, count: usize, wanted: impl Fn(&Frame) -> bool) -> VecDeque<Arc<Frame>> {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let mut recent = VecDeque::new();
        for frame in self.frames.iter().rev().filter(|frame| wanted(frame)) {
            let of_this_name = taken.entry(&frame.name).or_default();
            if *of_this_name < count {
                *of_this_name += 1;
                recent.push_front(frame.clone());
            }
        }
        recent
    }

    pub fn counts(&self) -> LogCounts {
        LogCounts {
            events: self.frames.len(),
            bytes: self.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::event::{Audience, Event};

    fn frame(sequence: u64, name: &str, data: &str) -> Arc<Frame> {
        Arc::new(Frame::new(
            sequence,
            &sequence.to_string(),
            Audience::Everyone,
            &Event::new(name, data),
        ))
    }

    fn sequences<'a>(frames: impl IntoIterator<Item = &'a Arc<Frame>>) -> Vec<u64> {
        frames.into_iter().map(|frame| frame.sequence).collect()
    }

    #[test]
    fn the_count_is_a_bound() {
        let mut log = Log::new(3, usize::MAX);
        for sequence in 1..=5 {
            log.push(frame(sequence, "a", "x"));
        }
        assert_eq!(sequences(log.after(0)), [3, 4, 5]);
        assert!(log.covers(2, None) && !log.covers(1, None));
    }

    #[test]
    fn the_bytes_are_a_bound() {
        let size = frame(1, "a", "x").wire.len();
        let mut log = Log::new(usize::MAX, size * 2);
        for sequence in 1..=4 {
            log.push(frame(sequence, "a", "x"));
        }
        assert_eq!(
            log.counts(),
            LogCounts {
                events: 2,
                bytes: size * 2
            }
        );
        log.push(frame(5, "a", &"x".repeat(1000)));
        assert_eq!(log.counts(), LogCounts { events: 0, bytes: 0 });
        assert!(log.covers(5, None) && !log.covers(4, None));
    }

    #[test]
    fn what_was_let_go_of_other_names_is_missed_by_nobody_who_asks_for_some() {
        let mut log = Log::new(2, usize::MAX);
        log.push(frame(1, "quiet", "x"));
        for sequence in 2..=9 {
            log.push(frame(sequence, "busy", "x"));
        }
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert!(log.covers(1, Some(&names(&["quiet"]))) && !log.covers(0, Some(&names(&["quiet"]))));
        assert!(log.covers(1, Some(&names(&["never"]))));
        assert!(!log.covers(6, Some(&names(&["busy", "quiet"]))) && log.covers(7, Some(&names(&["busy"]))));
        assert!(!log.covers(1, None));
    }

    #[test]
    fn more_names_than_are_counted_are_taken_together() {
        let mut log = Log::new(0, usize::MAX);
        for sequence in 1..=(MAX_NAMES as u64 + 10) {
            log.push(frame(sequence, &sequence.to_string(), "x"));
        }
        assert_eq!(log.evicted.len(), MAX_NAMES);
        assert!(!log.covers(MAX_NAMES as u64, Some(&["never".to_owned()].into())));
    }

    #[test]
    fn after_starts_behind_the_sequence_even_where_it_has_holes() {
        let mut log = Log::new(10, usize::MAX);
        for sequence in [2, 4, 8] {
            log.push(frame(sequence, "a", "x"));
        }
        assert_eq!(sequences(log.after(0)), [2, 4, 8]);
        assert_eq!(sequences(log.after(3)), [4, 8]);
        assert_eq!(sequences(log.after(4)), [8]);
        assert!(sequences(log.after(8)).is_empty());
    }

    #[test]
    fn recent_counts_by_name_and_keeps_the_order() {
        let mut log = Log::new(10, usize::MAX);
        for (sequence, name) in [(1, "a"), (2, "b"), (3, "a"), (4, "a"), (5, "c")] {
            log.push(frame(sequence, name, "x"));
        }
        assert_eq!(sequences(&log.recent(2, |frame| &*frame.name != "c")), [2, 3, 4]);
    }
}
