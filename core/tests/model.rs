//! A model: whatever happens, each subscription has received what the server sent on its channel while it was
//! subscribed, in the server's order and nothing twice; or it was told a gap where something is missing.
//!
//! What EventSource can't tell apart is left out of the claim, as SPEC has it: an event without an id is sent again after
//! a resume from the id before it, and nobody can know it for a repeat.
//!
//! `TABMUX_SOAK_OPS=1000000` runs that many operations with fresh seeds instead.

mod common;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tabmux_core::options::RawOptions;

use common::page::Sub;
use common::server::{Answer, Replay};
use common::storage::Mood;
use common::{URL, World};

const CHANNELS: [&str; 4] = ["a", "b", "c", "*"];
const PAGES: usize = 5;
const LOST: &str = "lost";

#[derive(Clone, Copy, Debug)]
enum Op {
    Emit {
        channel: usize,
        kind: Kind,
    },
    Burst {
        channel: usize,
        count: usize,
    },
    Arrive {
        lock: bool,
        small: bool,
    },
    Subscribe {
        page: usize,
        channel: usize,
        replay: usize,
    },
    Unsubscribe {
        page: usize,
        which: usize,
    },
    Leave {
        page: usize,
    },
    Crash {
        page: usize,
    },
    Freeze {
        page: usize,
    },
    Thaw {
        page: usize,
    },
    Park {
        page: usize,
    },
    Unpark {
        page: usize,
    },
    HoldAcks {
        page: usize,
    },
    ReleaseAcks {
        page: usize,
    },
    WorkerDies,
    /// The worker hears nothing for longer than any page waits.
    Hang,
    /// What is kept can't be written or read, or can again.
    Storage(Mood),
    Cut {
        retrying: bool,
    },
    BrowserRetries,
    Answer(Answer),
    Replay(Replay),
    Restart,
    Pass(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An id and data of its own.
    Plain,
    /// The same data again, with an id of its own.
    Same,
    NoId,
    SameNoId,
}

impl Kind {
    fn has_id(self) -> bool {
        matches!(self, Kind::Plain | Kind::Same)
    }
}

fn op() -> impl Strategy<Value = Op> {
    let page = 0..PAGES;
    let channel = 0..3usize;
    let kind = prop_oneof![
        6 => Just(Kind::Plain),
        2 => Just(Kind::Same),
        1 => Just(Kind::NoId),
        1 => Just(Kind::SameNoId),
    ];
    prop_oneof![
        30 => (channel.clone(), kind).prop_map(|(channel, kind)| Op::Emit { channel, kind }),
        3 => (channel, 1..30usize).prop_map(|(channel, count)| Op::Burst { channel, count }),
        4 => (any::<bool>(), any::<bool>()).prop_map(|(lock, small)| Op::Arrive { lock, small }),
        9 => (page.clone(), 0..4usize, 0..4usize)
            .prop_map(|(page, channel, replay)| Op::Subscribe { page, channel, replay }),
        3 => (page.clone(), 0..4usize).prop_map(|(page, which)| Op::Unsubscribe { page, which }),
        1 => page.clone().prop_map(|page| Op::Leave { page }),
        1 => page.clone().prop_map(|page| Op::Crash { page }),
        3 => page.clone().prop_map(|page| Op::Freeze { page }),
        4 => page.clone().prop_map(|page| Op::Thaw { page }),
        2 => page.clone().prop_map(|page| Op::Park { page }),
        3 => page.clone().prop_map(|page| Op::Unpark { page }),
        2 => page.clone().prop_map(|page| Op::HoldAcks { page }),
        3 => page.prop_map(|page| Op::ReleaseAcks { page }),
        2 => Just(Op::WorkerDies),
        1 => Just(Op::Hang),
        1 => prop_oneof![Just(Mood::Works), Just(Mood::Fails), Just(Mood::Hangs)].prop_map(Op::Storage),
        4 => any::<bool>().prop_map(|retrying| Op::Cut { retrying }),
        4 => Just(Op::BrowserRetries),
        1 => Just(Op::Answer(Answer::Refuse)),
        1 => Just(Op::Answer(Answer::Break)),
        1 => Just(Op::Answer(Answer::Hang)),
        4 => Just(Op::Answer(Answer::Accept)),
        1 => Just(Op::Replay(Replay::Inclusive)),
        1 => Just(Op::Replay(Replay::Exclusive)),
        1 => Just(Op::Restart),
        8 => prop_oneof![
            Just(10), Just(300), Just(1_100), Just(6_000), Just(12_000), Just(45_000), Just(700_000)
        ].prop_map(Op::Pass),
    ]
}

/// What is expected of one subscription.
struct Expected {
    page: usize,
    sub: u32,
    channel: String,
    /// Number of the last event that was sent before it was ready on an open connection: all later ones are due.
    since: Option<usize>,
}

struct Model {
    world: World,
    /// All that the server has ever sent.
    sent: Vec<(String, Kind)>,
    subs: Vec<Expected>,
    parked: Vec<bool>,
    /// Every channel is heard from the first: `*` is then everything.
    pinned: bool,
    /// The id outlives all tabs.
    persist: bool,
}

impl Model {
    fn new(pinned: bool, persist: bool) -> Self {
        let mut world = World::new();
        world.server.lost_event = Some(LOST.into());
        Self {
            world,
            sent: Vec::new(),
            subs: Vec::new(),
            parked: Vec::new(),
            pinned,
            persist,
        }
    }

    fn options(&self, small: bool) -> RawOptions {
        RawOptions {
            lost_event: Some(LOST.into()),
            channels: self
                .pinned
                .then(|| CHANNELS[..3].iter().map(ToString::to_string).collect()),
            buffer_events: small.then_some(8.0),
            replay_events: Some(5.0),
            persist: Some(self.persist),
            ..RawOptions::default()
        }
    }

    fn is_there(&self, page: usize) -> bool {
        page < self.parked.len() && !self.world.pages[page].dead
    }

    fn is_awake(&self, page: usize) -> bool {
        self.is_there(page) && !self.parked[page] && !self.world.pages[page].frozen
    }

    fn emit(&mut self, channel: usize, kind: Kind) {
        let n = self.sent.len() + 1;
        let id = n.to_string();
        let has_id = kind.has_id();
        let data = match kind {
            Kind::Plain | Kind::NoId => format!("data {n}"),
            Kind::Same | Kind::SameNoId => "same".to_owned(),
        };
        self.sent.push((CHANNELS[channel].to_owned(), kind));
        self.world
            .emit(CHANNELS[channel], has_id.then_some(id.as_str()), &data);
        self.world.settle();
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Emit { channel, kind } => self.emit(channel, kind),
            Op::Burst { channel, count } => {
                for _ in 0..count {
                    self.emit(channel, Kind::Plain);
                }
            }
            Op::Arrive { lock, small } if self.parked.len() < PAGES => {
                let at = if lock {
                    self.world.page()
                } else {
                    self.world.plain_page()
                };
                self.world.connect_to(at, URL, self.options(small));
                self.parked.push(false);
            }
            Op::Subscribe {
                page,
                channel,
                replay,
            } if self.is_awake(page) => {
                let sub = self.world.subscribe_to(page, 1, CHANNELS[channel], replay);
                self.subs.push(Expected {
                    page,
                    sub,
                    channel: CHANNELS[channel].to_owned(),
                    since: None,
                });
            }
            Op::Unsubscribe { page, which } if self.is_awake(page) => {
                let subs = self.world.pages[page].streams[&1].subs.keys();
                if let Some(&sub) = subs.clone().nth(which) {
                    self.world.unsubscribe(page, sub);
                }
            }
            Op::Leave { page } if self.is_awake(page) => self.world.leave(page),
            Op::Crash { page } if self.is_there(page) => self.world.crash(page),
            Op::Freeze { page } if self.is_awake(page) => self.world.freeze(page),
            Op::Thaw { page } if self.is_there(page) && self.world.pages[page].frozen => self.thaw(page),
            // Also with batches on their way: they are lost with the port.
            Op::Park { page } if self.is_there(page) && !self.parked[page] => {
                self.parked[page] = true;
                self.world.pages[page].frozen = false;
                self.world.park(page);
            }
            Op::Unpark { page } if self.is_there(page) && self.parked[page] => {
                self.parked[page] = false;
                self.world.unpark(page);
            }
            Op::HoldAcks { page } if self.is_awake(page) => self.world.pages[page].holds_acks = true,
            Op::ReleaseAcks { page } if self.is_awake(page) => self.world.release_acks(page),
            Op::WorkerDies => {
                self.world.worker_dies();
                for page in 0..self.parked.len() {
                    if self.is_awake(page) {
                        self.world.rejoin(page);
                    }
                }
                self.world.settle();
            }
            Op::Hang => self.world.now += 25_000,
            Op::Storage(mood) => self.world.storage.mood = mood,
            Op::Cut { retrying } => self.world.cut(retrying),
            Op::BrowserRetries => self.world.browser_retries(),
            Op::Answer(answer) => self.world.server.answer = answer,
            Op::Replay(replay) => self.world.server.replay = replay,
            Op::Restart => {
                self.world.server.restart();
                self.world.cut(false);
            }
            Op::Pass(ms) => self.world.advance(ms),
            _ => {}
        }
        self.note_ready();
    }

    /// A page that slept through its worker's death notices on waking.
    fn thaw(&mut self, page: usize) {
        self.world.thaw(page);
        if self.world.pages[page].port.is_none() {
            self.world.rejoin(page);
            self.world.settle();
        }
    }

    fn note_ready(&mut self) {
        let is_open = self.world.sources.values().any(|source| source.open);
        for expected in &mut self.subs {
            let stream = &self.world.pages[expected.page].streams[&1];
            let is_live = stream.subs.get(&expected.sub).is_some_and(|sub| sub.live);
            if is_live && is_open && expected.since.is_none() {
                expected.since = Some(self.sent.len());
            }
        }
    }

    /// All wake up, the server is well, everything that is due arrives.
    fn finish(&mut self) {
        self.world.server.answer = Answer::Accept;
        for page in 0..self.parked.len() {
            if !self.is_there(page) {
                continue;
            }
            if self.parked[page] {
                self.run(Op::Unpark { page });
            }
            self.thaw(page);
            self.world.release_acks(page);
        }
        self.world.browser_retries();
        self.world.advance(400_000);
        self.world.browser_retries();
        for channel in 0..3 {
            self.emit(channel, Kind::Plain);
        }
        self.world.advance(2_000);
    }

    fn check(&self) -> Result<(), String> {
        self.subs.iter().try_for_each(|expected| self.check_one(expected))
    }

    /// An event without an id that is equal to the one which introduced the id it carries: after the browser's own retry
    /// nothing tells it from a repeat of that one.
    fn looks_like_a_repeat(&self, n: usize) -> bool {
        let (channel, kind) = &self.sent[n - 1];
        let before = self.sent[..n - 1].iter().rfind(|(_, kind)| kind.has_id());
        *kind == Kind::SameNoId && before.is_some_and(|(other, kind)| other == channel && *kind == Kind::Same)
    }

    fn check_one(&self, expected: &Expected) -> Result<(), String> {
        let stream = &self.world.pages[expected.page].streams[&1];
        let present = stream.subs.get(&expected.sub);
        let Some(sub) = present.or_else(|| stream.over.get(&expected.sub)) else {
            return Err("a subscription is gone".into());
        };
        let who = format!(
            "page {} sub {} on {}",
            expected.page, expected.sub, expected.channel
        );
        let has_id = |n: usize| self.sent[n - 1].1.has_id();
        let got: Vec<usize> = sub.got.iter().map(|got| got.n).filter(|&n| n > 0).collect();

        // Once, in order, on the right channel.
        let mut first: Vec<usize> = Vec::new();
        for &n in &got {
            if expected.channel != "*" && self.sent[n - 1].0 != expected.channel {
                return Err(format!("{who}: event {n} of another channel"));
            }
            if first.contains(&n) {
                if has_id(n) {
                    return Err(format!("{who}: event {n} twice in {got:?}"));
                }
                continue;
            }
            // What was sent before it was ready is no part of the promise; a resume may bring it.
            // Neither is, to `*`, what came on a channel before some tab held it.
            let is_claimed = expected.channel != "*" || self.pinned;
            let is_due = is_claimed && expected.since.is_some_and(|since| n > since);
            if is_due && first.last().is_some_and(|&last| last > n) {
                // Dropped from a full queue, and told so; a fresh worker that resumed further back has it once more.
                if has_gap_at(sub, n) {
                    continue;
                }
                return Err(format!("{who}: event {n} out of order in {got:?}"));
            }
            first.push(n);
        }

        // Whole, or a gap where something is missing.
        let Some(since) = expected.since else {
            return Ok(());
        };
        if expected.channel == "*" && !self.pinned {
            return Ok(());
        }
        let is_there = present.is_some() && !self.world.pages[expected.page].dead;
        let until = if is_there {
            self.sent.len()
        } else {
            first.last().copied().unwrap_or(0)
        };
        for n in since + 1..=until {
            let is_its = expected.channel == "*" || self.sent[n - 1].0 == expected.channel;
            if !is_its || first.contains(&n) || self.looks_like_a_repeat(n) {
                continue;
            }
            if !has_gap_at(sub, n) {
                return Err(format!(
                    "{who}: event {n} is missing in {got:?} (due after {since}), gaps {:?}",
                    sub.gaps
                ));
            }
        }
        Ok(())
    }
}

/// Whether a gap was told where event `n` should have been: behind all that came before it, in front of all that came
/// after.
fn has_gap_at(sub: &Sub, n: usize) -> bool {
    let from = sub.got.iter().position(|got| got.n > n).unwrap_or(sub.got.len());
    let before = sub.got[..from].iter().rposition(|got| got.n > 0 && got.n < n);
    let to = before.map_or(0, |at| at + 1);
    sub.gaps.iter().any(|&(at, ..)| to <= at && at <= from)
}

fn check(pinned: bool, persist: bool, ops: &[Op]) -> Result<(), TestCaseError> {
    let mut model = Model::new(pinned, persist);
    model.run(Op::Arrive {
        lock: true,
        small: false,
    });
    for &op in ops {
        model.run(op);
    }
    model.finish();
    model.check().map_err(TestCaseError::fail)
}

#[test]
fn d_every_subscription_gets_what_was_sent_or_is_told() {
    const OPS: usize = 60;
    let soak = std::env::var("TABMUX_SOAK_OPS")
        .ok()
        .and_then(|ops| ops.parse::<usize>().ok());
    let cases = soak.map_or(1_500, |ops| ops / OPS * 2);
    let config = Config {
        cases: u32::try_from(cases).unwrap(),
        max_shrink_iters: 20_000,
        // What it finds becomes a test of its own below.
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = if soak.is_some() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let strategy = (any::<bool>(), any::<bool>(), prop::collection::vec(op(), 1..OPS));
    runner
        .run(&strategy, |(pinned, persist, ops)| check(pinned, persist, &ops))
        .unwrap_or_else(|failure| match failure {
            TestError::Fail(why, (pinned, persist, ops)) => {
                panic!("{why}\npinned: {pinned}, persist: {persist}, {ops:?}")
            }
            TestError::Abort(why) => panic!("{why}"),
        });
}

/// What the model has found, as it was shrunk to: each failed once.
mod regressions {
    use super::{Kind, Op, check};
    use crate::common::server::{Answer, Replay};

    const PLAIN: Op = Op::Arrive {
        lock: false,
        small: false,
    };

    fn subscribe(page: usize, channel: usize) -> Op {
        Op::Subscribe {
            page,
            channel,
            replay: 0,
        }
    }

    fn emit(channel: usize) -> Op {
        Op::Emit {
            channel,
            kind: Kind::Plain,
        }
    }

    fn holds(pinned: bool, ops: &[Op]) {
        for persist in [false, true] {
            check(pinned, persist, ops).unwrap();
        }
    }

    #[test]
    fn d3_a_recovery_that_nobody_needed_leaves_no_position_behind() {
        let freeze = Op::Freeze { page: 0 };
        let pass = Op::Pass(6_000);
        holds(
            false,
            &[PLAIN, subscribe(0, 2), freeze, Op::WorkerDies, emit(2), pass],
        );
    }

    #[test]
    fn d3_who_comes_late_is_told_of_the_gap_that_the_others_were_told_of() {
        let park = Op::Park { page: 1 };
        let ops = [
            PLAIN,
            subscribe(1, 1),
            subscribe(0, 0),
            park,
            Op::WorkerDies,
            emit(1),
            Op::Pass(300),
        ];
        holds(true, &ops);
    }

    #[test]
    fn d3_a_past_event_beside_one_without_an_id_is_spared() {
        let no_id = Op::Emit {
            channel: 2,
            kind: Kind::NoId,
        };
        let replay = Op::Subscribe {
            page: 0,
            channel: 0,
            replay: 1,
        };
        let ops = [
            subscribe(0, 2),
            emit(1),
            emit(1),
            emit(1),
            PLAIN,
            emit(0),
            no_id,
            replay,
            Op::WorkerDies,
        ];
        holds(true, &ops);
    }

    #[test]
    fn d3_what_a_tab_had_is_known_until_the_connection_has_been_open() {
        let refuse = Op::Answer(Answer::Refuse);
        let ops = [
            PLAIN,
            subscribe(1, 1),
            emit(1),
            Op::Pass(1_100),
            emit(1),
            Op::WorkerDies,
            Op::Freeze { page: 1 },
            refuse,
            Op::Pass(45_000),
        ];
        holds(false, &ops);
    }

    #[test]
    fn d3_to_star_a_hole_in_one_channel_is_a_hole_in_all() {
        let ops = [
            subscribe(0, 3),
            PLAIN,
            emit(0),
            Op::Cut { retrying: false },
            emit(0),
            Op::Burst { channel: 1, count: 6 },
            Op::Freeze { page: 0 },
            Op::WorkerDies,
            Op::Pass(300),
        ];
        holds(true, &ops);
    }

    #[test]
    fn d3_what_a_forgotten_tab_was_spared_it_is_not_handed_on_its_return() {
        let ops = [
            PLAIN,
            subscribe(0, 1),
            subscribe(1, 0),
            emit(1),
            emit(0),
            Op::WorkerDies,
            Op::Freeze { page: 1 },
            Op::Pass(700_000),
        ];
        holds(true, &ops);
    }

    #[test]
    fn d4_a_repeat_that_was_spared_once_is_known_the_next_time() {
        let inclusive = Op::Replay(Replay::Inclusive);
        let cut = Op::Cut { retrying: false };
        let ops = [
            subscribe(0, 2),
            emit(2),
            Op::WorkerDies,
            inclusive,
            Op::Pass(300),
            cut,
        ];
        holds(false, &ops);
    }

    #[test]
    fn d4_what_a_tab_had_is_known_after_the_next_loss_as_well() {
        let cut = Op::Cut { retrying: false };
        holds(
            false,
            &[
                PLAIN,
                PLAIN,
                subscribe(2, 2),
                emit(2),
                Op::WorkerDies,
                Op::Pass(12_000),
                cut,
                Op::Replay(Replay::Inclusive),
                Op::Pass(10),
            ],
        );
    }

    #[test]
    fn d3_what_a_tab_had_is_known_when_it_was_forgotten_before_the_server_answered() {
        holds(
            false,
            &[
                PLAIN,
                subscribe(1, 0),
                Op::Answer(Answer::Refuse),
                emit(0),
                Op::WorkerDies,
                Op::Freeze { page: 1 },
                Op::Pass(700_000),
                Op::Replay(Replay::Inclusive),
            ],
        );
    }
}
