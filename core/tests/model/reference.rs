//! The naive reference: what each subscription is to have received, by all that was ever sent.

use tabmux_core::GapCause;

use crate::common::World;
use crate::common::browser::Source;
use crate::common::page::{Got, Sub, Told};
use crate::op::{Kind, Setup, Topics};

pub struct Sent {
    pub topic: &'static str,
    pub channel: &'static str,
    pub kind: Kind,
    /// Whom it is for.
    pub who: usize,
}

/// What is expected of one subscription.
pub struct Expected {
    pub page: usize,
    pub s: u32,
    pub sub: u32,
    pub channel: &'static str,
    /// Whose stream it is.
    pub who: usize,
    /// `None`: it asks for nothing by itself.
    pub topic: Option<&'static str>,
    /// Number of the last event that was sent before it was ready on an open connection: all later ones are due.
    pub since: Option<usize>,
    /// Number of the last event before its topic was asked for no more, while that is so: what is sent since is told once it is
    /// asked for again, and was not told yet.
    pub unasked_since: Option<usize>,
    /// There was a logout since it began.
    pub is_over: bool,
    /// Number of the last event before that: nothing later is to come.
    pub ended_at: Option<usize>,
    /// The same of the logout before it began: nothing up to there is to come.
    pub begun_at: usize,
}

pub struct Reference {
    setup: Setup,
    /// All that the server has ever sent.
    pub sent: Vec<Sent>,
    pub subs: Vec<Expected>,
    /// What it had sent before the last operation.
    noted: usize,
    /// Number of the last event before the last logout.
    pub ended_at: usize,
    /// Number of the last event before a worker died, the last time.
    pub died_at: usize,
    /// The storage has worked all the time: who slept through a logout learns of it.
    pub knows_of_the_end: bool,
}

impl Reference {
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            sent: Vec::new(),
            subs: Vec::new(),
            noted: 0,
            ended_at: 0,
            died_at: 0,
            knows_of_the_end: true,
        }
    }

    /// A page that slept holds what it was sent until it has heard that its session goes on (`js/lifecycle.ts`); here it
    /// does not, and is to have ended in the end.
    pub fn note_logout(&mut self, is_awake: impl Fn(usize) -> bool) {
        self.ended_at = self.sent.len();
        for expected in &mut self.subs {
            expected.is_over = true;
            if is_awake(expected.page) {
                expected.ended_at.get_or_insert(self.ended_at);
            }
        }
    }

    /// After each operation.
    pub fn note_ready(&mut self, world: &World) {
        let open = || world.sources.values().filter(|source| source.open);
        let is_open = open().next().is_some();
        let asked: Vec<String> = open().filter_map(Source::topics).flatten().collect();
        for expected in &mut self.subs {
            let page = &world.pages[expected.page];
            let stream = &page.streams[&expected.s];
            let Some(sub) = stream.subs.get(&expected.sub).filter(|_| !page.dead) else {
                continue;
            };
            let is_live = sub.live;
            if !asked.iter().any(|topic| expected.topic == Some(topic)) {
                expected.unasked_since.get_or_insert(self.noted);
            } else if page.port.is_some() && !page.frozen && !page.holds_acks && page.held.is_empty() {
                expected.unasked_since = None;
            }
            // With topics the hub says so once an open connection asks for it.
            let is_asked_for = self.setup.topics != Topics::None && expected.topic.is_some();
            if is_live && (is_open || is_asked_for) && expected.since.is_none() {
                expected.since = Some(self.sent.len());
            }
        }
        self.noted = self.sent.len();
    }

    pub fn check(&self, world: &World) -> Result<(), String> {
        self.subs
            .iter()
            .try_for_each(|expected| self.check_one(world, expected))
    }

    fn has_id(&self, n: usize) -> bool {
        self.sent[n - 1].kind.has_id()
    }

    /// To `*` everything counts that comes on a channel which is heard from the first.
    fn hears_all(&self) -> bool {
        self.setup.pinned || self.setup.fetch
    }

    /// An event without an id that is equal to one before it which carries the same id: after the browser's own retry, or
    /// from another worker, nothing tells it from a repeat of that one. With topics, of those before it only what was asked for was brought.
    fn looks_like_a_repeat(&self, n: usize) -> bool {
        let Sent {
            topic,
            channel,
            kind,
            who,
        } = self.sent[n - 1];
        if kind != Kind::SameNoId || self.setup.fetch {
            return false;
        }
        for before in self.sent[..n - 1].iter().rev() {
            let is_equal = matches!(before.kind, Kind::Same | Kind::SameNoId);
            if is_equal && before.channel == channel && before.who == who {
                return true;
            }
            if !before.kind.has_id() {
                continue;
            }
            if before.who == who && (self.setup.topics == Topics::None || before.topic == topic) {
                return false;
            }
        }
        false
    }

    /// Whether it is due to this subscription once that has begun: as its own, or as what another one of the same page
    /// holds on its channel.
    fn is_due(&self, world: &World, expected: &Expected, n: usize) -> bool {
        let sent = &self.sent[n - 1];
        let is_wild = expected.channel == "*";
        if sent.who != expected.who {
            return false;
        }
        if !is_wild && sent.channel != expected.channel || is_wild && !self.hears_all() {
            return false;
        }
        if self.setup.topics == Topics::None || expected.topic == Some(sent.topic) {
            return true;
        }
        let stream = &world.pages[expected.page].streams[&expected.s];
        let is_present = |other: &Expected| {
            (other.page, other.s) == (expected.page, expected.s) && stream.subs.contains_key(&other.sub)
        };
        is_present(expected)
            && self.subs.iter().any(|other| {
                is_present(other)
                    && other.topic == Some(sent.topic)
                    && other.since.is_some_and(|since| since < n)
            })
    }

    /// What a tab had is known for ten seconds after a worker's death. What is asked for or listened to only later may bring
    /// it once more, to who hears its channel otherwise (SPEC, what is left open).
    fn comes_too_late(&self, expected: &Expected, n: usize) -> bool {
        let is_of_others =
            self.setup.topics != Topics::None && expected.topic != Some(self.sent[n - 1].topic);
        let is_of_all = expected.channel == "*" && !self.hears_all();
        n <= self.died_at && (is_of_others || is_of_all)
    }

    /// Whether events `n` and `other` are of one order: that of the stream, or of their topic.
    fn is_of_one_order(&self, n: usize, other: usize) -> bool {
        self.setup.topics == Topics::None || other > 0 && self.sent[other - 1].topic == self.sent[n - 1].topic
    }

    /// Place of the first that it got of those behind event `n`.
    fn place_behind(&self, sub: &Sub, n: usize) -> usize {
        let is_behind = |got: &Got| got.n > n && self.is_of_one_order(n, got.n);
        sub.got.iter().position(is_behind).unwrap_or(sub.got.len())
    }

    /// Whether a gap was told where event `n` should have been: behind all that came before it, in front of all that came
    /// after.
    fn has_gap_at(&self, sub: &Sub, n: usize) -> bool {
        let from = self.place_behind(sub, n);
        let is_before = |got: &Got| got.n > 0 && got.n < n && self.is_of_one_order(n, got.n);
        let to = sub.got[..from].iter().rposition(is_before).map_or(0, |at| at + 1);
        gaps_after(sub, n).any(|gap| to <= gap.behind && gap.behind <= from)
    }

    /// The same in front of all that came after, if it is of a worker's death or `of_any` cause.
    fn has_gap_before(&self, sub: &Sub, n: usize, of_any: bool) -> bool {
        let from = self.place_behind(sub, n);
        gaps_after(sub, n).any(|gap| gap.behind <= from && (of_any || gap.cause == GapCause::Worker))
    }

    /// Where topics are asked for: whether it was told what its tab has missed while it was away, behind what it was handed
    /// on that return.
    fn has_gap_of_return(&self, sub: &Sub, n: usize) -> bool {
        let from = self.place_behind(sub, n);
        let mut gaps = gaps_after(sub, n);
        self.setup.topics != Topics::None
            && gaps.any(|gap| {
                let is_of_return =
                    gap.cause == GapCause::Worker || gap.cause == GapCause::Overflow && gap.dropped.is_none();
                let mut handed = sub.got.get(from..gap.behind).unwrap_or_default().iter();
                is_of_return && handed.all(|got| got.sent == gap.sent || !self.is_of_one_order(n, got.n))
            })
    }

    fn check_one(&self, world: &World, expected: &Expected) -> Result<(), String> {
        let page = &world.pages[expected.page];
        let stream = &page.streams[&expected.s];
        let present = stream.subs.get(&expected.sub);
        let Some(sub) = present.or_else(|| stream.over.get(&expected.sub)) else {
            return Err("a subscription is gone".into());
        };
        let who = format!(
            "page {} sub {} on {} about {:?}",
            expected.page, expected.sub, expected.channel, expected.topic
        );
        if expected.is_over && self.knows_of_the_end && !page.dead && stream.ended.is_none() {
            return Err(format!("{who}: it is not over"));
        }
        let got: Vec<usize> = sub.got.iter().map(|got| got.n).filter(|&n| n > 0).collect();

        // Once, in order, on the right channel, of the right session.
        let mut first: Vec<usize> = Vec::new();
        for &n in &got {
            let sent = &self.sent[n - 1];
            if expected.channel != "*" && sent.channel != expected.channel {
                return Err(format!("{who}: event {n} of another channel"));
            }
            if sent.who != expected.who {
                return Err(format!("{who}: event {n} of another principal"));
            }
            let is_over = expected.ended_at.is_some_and(|end| n > end);
            if self.knows_of_the_end && (is_over || n <= expected.begun_at) {
                return Err(format!("{who}: event {n} of another session in {got:?}"));
            }
            if first.contains(&n) {
                if self.has_id(n) && !self.comes_too_late(expected, n) {
                    return Err(format!("{who}: event {n} twice in {got:?}"));
                }
                continue;
            }
            // What was sent before it was ready is no part of the promise; a resume may bring it.
            // Neither is, to `*`, what came on a channel before some tab held it.
            let is_due = expected.since.is_some_and(|since| n > since) && self.is_due(world, expected, n);
            let is_of_one = |&&other: &&usize| self.is_of_one_order(n, other);
            if is_due && first.iter().rfind(is_of_one).is_some_and(|&last| last > n) {
                // Dropped from a full queue, and told so; a fresh worker that resumed further back has it once more.
                if self.has_gap_at(sub, n) || self.looks_like_a_repeat(n) {
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
        let is_there = present.is_some() && !page.dead && !stream.is_over();
        let until = if is_there {
            self.sent.len()
        } else {
            first.last().copied().unwrap_or(0)
        };
        for n in since + 1..=until {
            if first.contains(&n) || !self.is_due(world, expected, n) || self.looks_like_a_repeat(n) {
                continue;
            }
            // What nobody heard while a tab was forgotten, or its topics were not asked for, is told on its return, in front
            // of what somebody heard.
            let is_whole = self.setup.pinned && self.setup.topics == Topics::None;
            let is_of_all = expected.channel == "*" && !is_whole;
            // What is missing about a topic that was not asked for while its tab was away lies among what that is handed.
            let is_late = self.has_gap_of_return(sub, n);
            // A tab that comes late or was further back is told on its return (SPEC D-3); what it had not heard of before may
            // be repeated after that.
            // It was over before its topic was asked for again, when it would have been told once more (SPEC O-2).
            let is_over = self.setup.topics != Topics::None
                && !is_there
                && expected.unasked_since.is_some_and(|since| since < n)
                && sub.gaps.last().is_some_and(|gap| gap.cause == GapCause::Worker);
            let is_told =
                is_over || self.has_gap_at(sub, n) || is_late || self.has_gap_before(sub, n, is_of_all);
            if !is_told {
                return Err(format!(
                    "{who}: event {n} is missing in {got:?} (due after {since}), gaps {:?}",
                    sub.gaps
                ));
            }
        }
        Ok(())
    }
}

/// Those that were told once the server had sent event `n`: a gap says nothing of what is still to come.
fn gaps_after(sub: &Sub, n: usize) -> impl Iterator<Item = &Told> {
    sub.gaps.iter().filter(move |gap| n <= gap.sent)
}
