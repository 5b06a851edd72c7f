//! The worker's storage: what outlives it.

use std::collections::{BTreeMap, VecDeque};

use tabmux_core::message::Stored;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Works,
    /// Full, forbidden, absent or broken.
    Fails,
    /// Not at all.
    Hangs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub id: String,
    pub epoch: Option<u64>,
    /// Wall clock of the writing.
    pub at: u64,
    pub max_age: u64,
}

/// To a question, or to what was to be written: the error, if it could not be.
#[derive(Clone, Debug)]
pub enum Reported {
    Stored(Stored),
    Written(Option<String>),
}

#[derive(Debug, Default)]
pub struct Storage {
    pub mood: Mood,
    pub kept: BTreeMap<u64, Kept>,
    pub writes: usize,
    pub answers: VecDeque<(u64, Reported)>,
}

impl Storage {
    pub fn load(&mut self, key: u64, wall: u64) {
        let found = self.kept.get(&key).map_or(Stored::Nothing, |kept| Stored::Found {
            id: kept.id.clone(),
            epoch: kept.epoch,
            age: wall.checked_sub(kept.at),
        });
        self.answer(key, Reported::Stored(found), |error| {
            Reported::Stored(Stored::Failed(error))
        });
    }

    pub fn save(&mut self, key: u64, id: &str, epoch: Option<u64>, max_age: u64, wall: u64) {
        self.writes += 1;
        if self.mood == Mood::Works {
            let kept = Kept {
                id: id.to_owned(),
                epoch,
                at: wall,
                max_age,
            };
            self.kept.insert(key, kept);
        }
        self.answer(key, Reported::Written(None), |error| {
            Reported::Written(Some(error))
        });
    }

    fn answer(&mut self, key: u64, answer: Reported, failed: fn(String) -> Reported) {
        match self.mood {
            Mood::Works => self.answers.push_back((key, answer)),
            Mood::Fails => self
                .answers
                .push_back((key, failed("QuotaExceededError".to_owned()))),
            Mood::Hangs => {}
        }
    }

    /// The ids that are kept.
    pub fn ids(&self) -> Vec<&str> {
        let ids = self.kept.iter().filter(|&(&key, _)| key > 0);
        ids.map(|(_, kept)| kept.id.as_str()).collect()
    }
}
