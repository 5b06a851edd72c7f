//! A model: whatever happens, each subscription has received what the server sent on its channel while it was
//! subscribed, in the server's order and nothing twice; or it was told a gap where something is missing.
//!
//! Where the server is asked for topics, that is what it sent about the subscription's topic, and about those that the
//! other subscriptions of the page hold on that channel.
//!
//! What EventSource can't tell apart is left out of the claim, as SPEC has it: an event without an id is sent again after
//! a resume from the id before it, and nobody can know it for a repeat.
//!
//! `TABMUX_SOAK_OPS=1000000` runs that many operations with fresh seeds instead.

#[path = "../common/mod.rs"]
mod common;

mod op;
mod reference;
mod regressions;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;
use tabmux_core::upstream::Reason;
use tabmux_core::{Status, Time};

use common::air::Reception;
use common::storage::Mood;
use common::{HOME, URL, World};
use op::{ABOUT, Kind, Op, PAGES, SUBS, Setup, Topics};
use reference::{Expected, Reference, Sent};

const LOST: &str = "lost";
/// Principals.
const WHO: [&str; 2] = ["ann", "bob"];
/// `maxAttempts`, where there is one.
const ATTEMPTS: u32 = 2;

struct Model {
    world: World,
    setup: Setup,
    reference: Reference,
    /// By page.
    parked: Vec<bool>,
    /// The page's number for its stream, which is another one after a logout; and whether its buffer is small.
    streams: Vec<(u32, bool)>,
    /// Who is signed in.
    who: usize,
    /// What was seen that never may be.
    fault: Option<String>,
    /// For so long a slow line has not brought all.
    under_way: u64,
}

impl Model {
    fn new(setup: Setup) -> Self {
        let mut world = if setup.airs {
            World::with_air(1)
        } else {
            World::new()
        };
        world.server.lost_event = Some(LOST.into());
        world.server.signed_in = setup.signs.then(|| WHO[0].to_owned());
        world.server.has_local_ids = setup.topics == Topics::Connection;
        Self {
            world,
            setup,
            reference: Reference::new(setup),
            parked: Vec::new(),
            streams: Vec::new(),
            who: 0,
            fault: None,
            under_way: 0,
        }
    }

    fn options(&self, small: bool) -> RawOptions {
        let Setup { topics, .. } = self.setup;
        let channels = ["a", "b", "c"].map(str::to_owned).to_vec();
        RawOptions {
            lost_event: Some(LOST.into()),
            channels: self.setup.pinned.then_some(channels),
            buffer_events: small.then_some(8.0),
            replay_events: Some(5.0),
            persist: Some(self.setup.persist),
            transport: self.setup.fetch.then(|| "fetch".into()),
            hidden_timeout: self.setup.hides.then_some(5_000.0),
            max_attempts: self.setup.gives_up.then(|| ATTEMPTS.into()),
            principal: self.setup.signs.then(|| WHO[self.who].to_owned()),
            topics: (topics != Topics::None).then(|| "topic".into()),
            joins_topics: topics == Topics::Joined,
            has_local_ids: topics == Topics::Connection,
            ..RawOptions::default()
        }
    }

    fn is_there(&self, page: usize) -> bool {
        page < self.parked.len() && !self.world.pages[page].dead
    }

    /// It has taken all that it was sent.
    fn is_up_to_date(&self, page: usize) -> bool {
        let page = &self.world.pages[page];
        !page.holds_acks && page.held.is_empty()
    }

    fn is_awake(&self, page: usize) -> bool {
        self.is_there(page) && !self.parked[page] && !self.world.pages[page].frozen
    }

    fn emit(&mut self, about: usize, kind: Kind) {
        let n = self.reference.sent.len() + 1;
        let id = n.to_string();
        let data = match kind {
            Kind::Plain | Kind::NoId => format!("data {n}"),
            Kind::Same | Kind::SameNoId => "same".to_owned(),
        };
        let (topic, channel) = ABOUT[about];
        self.reference.sent.push(Sent {
            topic,
            channel,
            kind,
            who: self.who,
        });
        let id = kind.has_id().then_some(id.as_str());
        self.world.emit_about(topic, channel, id, &data);
        self.world.settle();
    }

    fn connect(&mut self, page: usize, small: bool) -> u32 {
        let url = if self.setup.fetch { HOME } else { URL };
        self.world.connect_to(page, url, self.options(small))
    }

    fn subscribe(&mut self, page: usize, what: usize, replay: usize) {
        let (s, small) = self.streams[page];
        if self.world.pages[page].streams[&s].is_over() {
            self.streams[page].0 = self.connect(page, small);
        }
        let s = self.streams[page].0;
        let (channel, topic) = SUBS[what];
        let asked = topic.filter(|_| self.setup.topics != Topics::None);
        let sub = self.world.request(page, s, channel, replay, asked);
        let own = (channel != "*").then_some(channel);
        self.reference.subs.push(Expected {
            page,
            s,
            sub,
            channel,
            who: self.principal_of(page, s),
            topic: topic.or(own),
            since: None,
            unasked_since: None,
            is_over: false,
            ended_at: None,
            begun_at: self.reference.ended_at,
        });
    }

    fn principal_of(&self, page: usize, s: u32) -> usize {
        let own = self.world.pages[page].streams[&s].options.principal.as_deref();
        WHO.iter().position(|&who| Some(who) == own).unwrap_or(0)
    }

    /// Whoever comes second has the streams: all others end, in every tab that is awake (SPEC S-3).
    fn sign_in(&mut self, page: usize) {
        self.who ^= 1;
        self.world.server.signed_in = Some(WHO[self.who].to_owned());
        self.streams[page].0 = self.connect(page, self.streams[page].1);
        for page in 0..self.parked.len() {
            if !self.is_awake(page) || !self.is_up_to_date(page) {
                continue;
            }
            for (&s, stream) in &self.world.pages[page].streams {
                if self.principal_of(page, s) != self.who && !stream.is_over() {
                    self.fault = Some(format!(
                        "page {page} goes on with stream {s} of another principal"
                    ));
                }
            }
        }
    }

    /// What gave up has told it, and why.
    fn look_at_attempts(&mut self) {
        let most = if self.setup.gives_up {
            ATTEMPTS + 1
        } else {
            u32::MAX
        };
        if self.setup.topics == Topics::None && self.world.most_refused > most {
            self.fault = Some(format!("{} attempts in a row", self.world.most_refused));
        }
        for at in 0..self.parked.len() {
            let page = &self.world.pages[at];
            let s = self.streams[at].0;
            let Some(port) = page.port.filter(|_| self.is_awake(at) && self.is_up_to_date(at)) else {
                continue;
            };
            if self.world.hub.status_of(port, s) == Some(Status::Closed) {
                let stream = &page.streams[&s];
                let told = stream
                    .statuses
                    .last()
                    .map(|update| (update.status, update.reason));
                if told != Some((Status::Closed, Reason::MaxAttempts)) && !stream.is_over() {
                    self.fault = Some(format!("page {at} was told {told:?} of a stream that is closed"));
                }
            }
        }
    }

    #[allow(clippy::too_many_lines, reason = "a row for each operation")]
    fn run(&mut self, mut op: Op) {
        let living: Vec<usize> = (0..self.parked.len())
            .filter(|&page| self.is_there(page))
            .collect();
        if let Some(page) = op.page_mut() {
            let Some(&found) = living.get(*page % living.len().max(1)) else {
                return;
            };
            *page = found;
        }
        // Only what passes by itself counts: what pages do may be another try.
        self.world.refused_in_row = 0;
        match op {
            Op::Emit { about, kind } => self.emit(about, kind),
            Op::Burst { about, count } => {
                for _ in 0..count {
                    self.emit(about, Kind::Plain);
                }
            }
            Op::Herd { about, count } => {
                let awake: Vec<usize> = living.into_iter().filter(|&page| self.is_awake(page)).collect();
                let held: Vec<bool> = self.world.pages.iter().map(|page| page.holds_acks).collect();
                for &page in &awake {
                    self.world.pages[page].holds_acks = true;
                }
                for _ in 0..count {
                    self.emit(about, Kind::Plain);
                }
                for page in awake.into_iter().filter(|&page| !held[page]) {
                    self.world.release_acks(page);
                }
            }
            Op::Arrive { lock, small } if living.len() < PAGES => {
                let at = if lock {
                    self.world.page()
                } else {
                    self.world.plain_page()
                };
                let s = self.connect(at, small);
                self.streams.push((s, small));
                self.parked.push(false);
            }
            Op::Subscribe { page, what, replay } if self.is_awake(page) => self.subscribe(page, what, replay),
            Op::Unsubscribe { page, which } if self.is_awake(page) => {
                let s = self.streams[page].0;
                let mut subs = self.world.pages[page].streams[&s].subs.keys();
                if let Some(&sub) = subs.nth(which) {
                    self.world.unsubscribe_from(page, s, sub);
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
            // A page that slept says it before it has heard anything of meanwhile.
            Op::Lock { page }
                if self.is_there(page) && !self.parked[page] && !self.world.pages[page].has_lock =>
            {
                self.world.hello_again(page);
                self.thaw(page);
            }
            Op::Hide { page } if self.is_awake(page) => self.world.show(page, false),
            Op::Show { page } if self.is_awake(page) => self.world.show(page, true),
            Op::HoldAcks { page } if self.is_awake(page) => self.world.pages[page].holds_acks = true,
            Op::ReleaseAcks { page } if self.is_awake(page) => self.world.release_acks(page),
            // What it was to hear before it is not to hear anything any more.
            Op::Hear { page, reception } if self.is_there(page) => {
                self.world.let_air_flow(page, reception);
            }
            Op::FlowAir { page, count } if self.is_awake(page) => self.world.flow_air(page, count),
            Op::Speak { page, voice } if self.is_there(page) => {
                self.world.pages[page].voice = voice;
                self.world.settle();
            }
            Op::Reconnect { page } if self.is_awake(page) => {
                let s = self.streams[page].0;
                self.world.post(page, Message::Reconnect { s });
                self.world.settle();
            }
            Op::Logout { page } if self.is_awake(page) => {
                self.world.post(page, Message::CloseEverywhere { request: 1 });
                self.world.settle();
                let awake: Vec<usize> = living.into_iter().filter(|&page| self.is_awake(page)).collect();
                self.reference.note_logout(|page| awake.contains(&page));
            }
            Op::SignIn { page } if self.setup.signs && self.is_awake(page) => self.sign_in(page),
            Op::FormerWakes(first) => {
                let fault = self.world.former_wakes(first);
                self.fault = self.fault.take().or(fault);
            }
            Op::WorkerDies | Op::Replaced => {
                self.reference.died_at = self.reference.sent.len();
                if matches!(op, Op::Replaced) {
                    self.arrive_in_time(25_000);
                    self.world.worker_is_replaced();
                } else {
                    self.world.worker_dies();
                }
                for page in 0..self.parked.len() {
                    if self.is_awake(page) {
                        self.world.rejoin(page);
                    }
                }
                self.world.settle();
            }
            Op::Hang => {
                self.arrive_in_time(25_000);
                self.world.now += 25_000;
            }
            Op::Sleep(ms) => {
                self.arrive_in_time(ms);
                self.world.sleep(ms);
            }
            Op::Online => {
                let now = Time(self.world.now);
                self.world.hub.handle_online(now);
                self.world.settle();
            }
            Op::Storage(mood) => {
                self.reference.knows_of_the_end &= mood == Mood::Works;
                self.world.storage.mood = mood;
            }
            Op::Cut { retrying } => self.world.cut(retrying),
            Op::CutOne { second, retrying } => {
                let found = self
                    .world
                    .sources
                    .iter()
                    .find(|(_, source)| source.open != second);
                if let Some((&connection, _)) = found {
                    self.world.lose_one(connection, retrying);
                }
            }
            Op::BrowserRetries => self.world.browser_retries(),
            Op::Answer(answer) => self.world.server.answer = answer,
            Op::AnswerAll => self.world.accept_all(),
            Op::Slow(is_slow) => self.world.is_slow = is_slow,
            Op::Flow(count) => self.world.flow(count),
            Op::Replay(replay) => self.world.server.replay = replay,
            Op::Restart => {
                self.world.server.restart();
                self.world.cut(false);
            }
            Op::Pass(ms) => {
                let mut left = ms;
                while left > 0 {
                    let part = left.min(if self.world.is_slow { 3_000 } else { ms });
                    self.arrive_in_time(part);
                    self.world.advance(part);
                    left -= part;
                }
            }
            _ => {}
        }
        self.reference.note_ready(&self.world);
        self.look_at_attempts();
    }

    /// A seam waits 10 s for repeats (SPEC D-4): no line is slower.
    fn arrive_in_time(&mut self, ms: u64) {
        self.under_way += ms;
        if self.under_way > 3_000 {
            self.under_way = 0;
            self.world.flow(usize::MAX);
        }
    }

    /// A page that slept through its worker's death notices on waking.
    fn thaw(&mut self, page: usize) {
        self.world.thaw(page);
        if self.world.pages[page].port.is_none() {
            self.world.rejoin(page);
            self.world.settle();
        }
    }

    /// All wake up, the server is well, everything that is due arrives.
    fn finish(&mut self) {
        self.run(Op::Slow(false));
        self.run(Op::Flow(usize::MAX));
        self.run(Op::AnswerAll);
        for page in 0..self.parked.len() {
            if !self.is_there(page) {
                continue;
            }
            if self.parked[page] {
                self.parked[page] = false;
                self.world.unpark(page);
            }
            self.world.pages[page].air = Reception::Early;
            self.world.let_keys_flow(page);
            self.thaw(page);
            self.world.show(page, true);
            self.world.release_acks(page);
        }
        // What was given up goes on.
        for page in 0..self.parked.len() {
            self.run(Op::Reconnect { page });
        }
        self.world.browser_retries();
        self.world.advance(400_000);
        self.world.browser_retries();
        for about in 0..ABOUT.len() {
            self.emit(about, Kind::Plain);
        }
        self.world.advance(2_000);
    }

    fn check(&self) -> Result<(), String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let most = match self.setup.topics {
            Topics::Global | Topics::Joined => 2,
            Topics::None | Topics::Connection => 1,
        };
        if self.world.most_open > most {
            return Err(format!("{} connections at a time", self.world.most_open));
        }
        if self.world.needless > 0 {
            return Err(format!(
                "a second connection without need: {:?}",
                self.world.opens
            ));
        }
        if self.world.air.lies > 0 {
            return Err("a tab was named what it can't have heard".into());
        }
        if self.world.server.foreign_ids > 0 {
            return Err(format!(
                "an id of another list or principal was presented: {:?}",
                self.world.opens
            ));
        }
        self.reference.check(&self.world)
    }
}

fn check(setup: Setup, ops: &[Op]) -> Result<(), TestCaseError> {
    let mut model = Model::new(setup);
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
    const OPS: usize = 120;
    let soak = std::env::var("TABMUX_SOAK_OPS")
        .ok()
        .and_then(|ops| ops.parse::<usize>().ok());
    let cases = soak.map_or(1_000, |ops| ops / OPS * 2);
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
    let strategy = (op::setup(), prop::collection::vec(op::op(), 1..OPS));
    runner
        .run(&strategy, |(setup, ops)| check(setup, &ops))
        .unwrap_or_else(|failure| match failure {
            TestError::Fail(why, (setup, ops)) => panic!("{why}\n{setup:?}, {ops:?}"),
            TestError::Abort(why) => panic!("{why}"),
        });
}
