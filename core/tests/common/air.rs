//! `BroadcastChannel`s (SPEC D-13), as `js/air.ts` and `js/circle.ts` have them. A page hears a run before the batch that names
//! it or long after, as the test wants it, or never.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tabmux_core::message::Message;
use tabmux_core::{Airs, Payload, StreamId};

use super::page::{Batch, Entry, Page, PageStream};
use super::{Text, World};

/// What a batch names and has not come by then is not coming. ms
const OVERDUE: u64 = 5_000;

/// When a page hears what is on air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// At once: before the batch that names it.
    Early,
    /// Once nothing is left that came by its port.
    Late,
    /// Once the test lets it.
    Held,
    Never,
}

/// What becomes of the keys that a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    Heard,
    Held,
    Lost,
}

/// A page's BroadcastChannel of one stream.
#[derive(Debug, Default)]
pub struct Ear {
    pub name: u64,
    /// Came to the page, which has not looked at it.
    coming: VecDeque<(u32, Text, u64)>,
    /// Yet to be named. Each with its units, which it would take long to count anew.
    runs: BTreeMap<u32, (Text, u64)>,
    /// All that was put on air while it listened.
    posted: BTreeSet<u32>,
}

impl Ear {
    /// Units that are kept of what was put on air: nobody can take it back.
    pub fn units(&self) -> u64 {
        let kept = self.coming.iter().map(|(_, _, units)| units);
        kept.chain(self.runs.values().map(|(_, units)| units)).sum()
    }
}

/// The worker's side.
#[derive(Default)]
pub struct Air {
    /// Names, by stream.
    pub channels: BTreeMap<StreamId, u64>,
    names: u64,
    /// Keys that were said and not heard: whose they are, by which channel.
    pub keys: VecDeque<(usize, u64, u32)>,
    /// Runs that were put on air.
    pub aired: usize,
    /// Channels that were closed.
    pub hushed: usize,
    /// Most units that a page has kept of what it heard.
    pub most_kept: u64,
    /// Pages that were named what they can't have heard.
    pub lies: usize,
}

impl World {
    /// With `BroadcastChannel`s for runs of so many units and more.
    pub fn with_air(units: u64) -> Self {
        let mut world = Self::new();
        world.airs = Airs { units, ..world.airs };
        world.worker_dies();
        world
    }

    /// What a batch has told the worker's entry.
    pub(super) fn put_on_air(&mut self, stream: StreamId, at: usize, batch: &mut Batch) {
        for (number, text) in std::mem::take(&mut batch.aired) {
            let units = u64::from(text.units());
            self.air.aired += 1;
            let Some(&name) = self.air.channels.get(&stream) else {
                panic!("a run is put on no channel");
            };
            for page in &mut self.pages {
                for own in page.streams.values_mut() {
                    if let Some(ear) = own.ear.as_mut().filter(|ear| ear.name == name) {
                        ear.posted.insert(number);
                        if page.air != Reception::Never {
                            ear.coming.push_back((number, text.clone(), units));
                            self.air.most_kept = self.air.most_kept.max(ear.units());
                        }
                    }
                }
            }
        }
        let names = &mut self.air.names;
        for entry in &mut batch.entries {
            match entry {
                Entry::Circle(_, name) => {
                    *name = *self.air.channels.entry(stream).or_insert_with(|| {
                        *names += 1;
                        *names
                    });
                }
                Entry::Aired(_, number) => {
                    let own = self.pages.get(at).and_then(|page| page.streams.get(&batch.s));
                    let ear = own.and_then(|own| own.ear.as_ref());
                    let has_heard = ear.is_some_and(|ear| ear.posted.contains(number));
                    self.air.lies += usize::from(!has_heard);
                }
                _ => {}
            }
        }
    }

    pub(super) fn hush(&mut self, stream: StreamId) {
        self.air.hushed += usize::from(self.air.channels.remove(&stream).is_some());
    }

    /// What came late by the air, and keys.
    pub(super) fn hear_air(&mut self) -> bool {
        for at in 0..self.pages.len() {
            let page = &mut self.pages[at];
            if matches!(page.air, Reception::Early | Reception::Late) && !page.frozen && page.hear(usize::MAX)
            {
                self.go_on(at);
                return true;
            }
        }
        let is_said = |&(at, ..): &(usize, u64, u32)| {
            let page = &self.pages[at];
            page.voice == Voice::Heard
        };
        let Some(place) = self.air.keys.iter().position(is_said) else {
            return false;
        };
        let (_, name, key) = self.air.keys.remove(place).expect("it was found");
        self.say_key(name, key);
        true
    }

    /// Somebody says it on that channel, whoever that is.
    pub fn say_key(&mut self, name: u64, key: u32) {
        let found = self.air.channels.iter().find(|&(_, &own)| own == name);
        if let Some((&stream, _)) = found {
            let now = self.time();
            self.hub.handle_heard(stream, key, now);
        }
    }

    /// Batches that waited for the air, as far as they go on now.
    fn go_on(&mut self, at: usize) {
        let before = self.pages[at].overdue.take();
        for batch in std::mem::take(&mut self.pages[at].held) {
            self.take(at, batch);
        }
        // Of one batch it is one wait, whatever else is heard meanwhile.
        let page = &mut self.pages[at];
        if let (Some((batch, _)), Some(now)) = (before, &mut page.overdue)
            && now.0 == batch
        {
            page.overdue = before;
        }
    }

    /// A batch reaches a page, and is taken once all runs are there that it names.
    pub(super) fn take(&mut self, at: usize, mut batch: Batch) {
        let now = self.now;
        let batch_id = (batch.s, batch.n);
        let page = &mut self.pages[at];
        if !page.held.is_empty() {
            page.held.push_back(batch);
            return;
        }
        if page.air == Reception::Early {
            page.hear(usize::MAX);
        }
        let stream = page.streams.get_mut(&batch.s);
        if let Some(stream) = stream.filter(|stream| stream.ended.is_none())
            && !stream.fill(&mut batch)
        {
            page.held.push_back(batch);
            page.overdue = Some((batch_id, now + OVERDUE));
            return;
        }
        self.process(at, batch);
    }

    /// A page whose time is over joins anew, and listens to nothing from then on.
    pub(super) fn give_up_air(&mut self) {
        for at in 0..self.pages.len() {
            let page = &mut self.pages[at];
            if !page.frozen && page.overdue.is_some_and(|(_, due)| due <= self.now) {
                page.is_deaf = true;
                self.rejoin(at);
                self.settle();
            }
        }
    }

    /// When the next page has waited long enough.
    pub(super) fn next_overdue(&self) -> Option<u64> {
        let awake = self.pages.iter().filter(|page| !page.frozen);
        awake.filter_map(|page| Some(page.overdue?.1)).min()
    }

    /// So many runs arrive that a page was kept from hearing.
    pub fn flow_air(&mut self, at: usize, count: usize) {
        if self.pages[at].hear(count) {
            self.go_on(at);
        }
        self.settle();
    }

    /// What a page was kept from hearing arrives as it is to from now on.
    pub fn let_air_flow(&mut self, at: usize, reception: Reception) {
        self.pages[at].air = reception;
        self.settle();
    }

    /// The same of the keys that it has said.
    pub fn let_keys_flow(&mut self, at: usize) {
        self.pages[at].voice = Voice::Heard;
        self.settle();
    }

    pub fn listens(&self, at: usize) -> bool {
        self.pages[at].streams.values().any(|stream| stream.ear.is_some())
    }

    /// Runs that page `at` was handed by the air, and by its port.
    pub fn by_air(&self, at: usize) -> (usize, usize) {
        let stream = &self.pages[at].streams[&1];
        (stream.by_air, stream.by_port)
    }

    /// Leaves stream `s`.
    pub fn detach(&mut self, at: usize, s: u32) {
        self.post(at, Message::Detach { s });
        self.pages[at].streams.remove(&s);
        self.settle();
    }
}

impl Page {
    /// On whatever leads to another port, or to none.
    pub(super) fn close_ears(&mut self) {
        self.held.clear();
        self.overdue = None;
        for stream in self.streams.values_mut() {
            stream.ear = None;
        }
    }

    /// So many runs of each stream come to it. `false`: none.
    fn hear(&mut self, count: usize) -> bool {
        let ears = self.streams.values_mut().filter_map(|stream| stream.ear.as_mut());
        let mut is_news = false;
        for ear in ears {
            let count = count.min(ear.coming.len());
            is_news |= count > 0;
            let heard = ear.coming.drain(..count);
            ear.runs
                .extend(heard.map(|(number, text, units)| (number, (text, units))));
        }
        is_news
    }
}

impl PageStream {
    /// Puts the runs that it names in their places, all or none.
    fn fill(&mut self, batch: &mut Batch) -> bool {
        let named: Vec<u32> = batch.entries.iter().filter_map(named).collect();
        let Some(&last) = named.iter().max() else {
            return true;
        };
        let Some(ear) = &mut self.ear else { return false };
        if !named.iter().all(|number| ear.runs.contains_key(number)) {
            return false;
        }
        let mut entries = Vec::new();
        for entry in std::mem::take(&mut batch.entries) {
            if let Entry::Aired(count, number) = entry {
                self.by_air += 1;
                entries.extend(events_of(count, &ear.runs[&number].0));
            } else {
                entries.push(entry);
            }
        }
        batch.entries = entries;
        ear.runs.retain(|&number, _| number > last);
        true
    }

    /// Listens to that channel; key 0: to none.
    pub(super) fn listen(&mut self, key: u32, name: u64) {
        self.ear = (key > 0).then(|| Ear {
            name,
            ..Ear::default()
        });
    }
}

fn named(entry: &Entry) -> Option<u32> {
    match entry {
        Entry::Aired(_, number) => Some(*number),
        _ => None,
    }
}

/// Those of a run.
pub fn events_of(count: usize, text: &Text) -> Vec<Entry> {
    let parts: Vec<&str> = text.text.split('\r').collect();
    assert_eq!(parts.len(), 4 * count, "a run has all parts of its events");
    let events = parts.chunks(4).map(|event| {
        let channel = event[0].parse().expect("an index");
        let data = Text {
            text: event[2].into(),
            n: event[3].parse().expect("a number"),
        };
        Entry::Event(channel, Some(Text::of(event[1])), data)
    });
    events.collect()
}
