//! Topics: what the tabs hold together goes into the URL, and the server sends no more than that (SPEC O-1 to O-6).
//!
//! Where ids hold for any list of topics, another list is asked for by a second connection, which takes the place of the
//! present one once it is open. Where they do not, the present one makes room first.

use std::rc::Rc;

use super::response::byte_string;
use super::{Ctx, GRACE, MIRROR_EVENTS, Source, Stream};
use crate::error::{Code, WireError};
use crate::event::GapCause;
use crate::hub::Output;
use crate::message::Subscribe;
use crate::payload::Payload;
use crate::seam::Seam;
use crate::seat::{NO_TOPIC, SeatId, TopicIndex};
use crate::time::{Millis, Time};
use crate::timer::Timer;
use crate::upstream::{Input, Reason, State};
use crate::url;

/// Subscriptions are gathered for so long before another list is asked for: those of a page that renders come within a
/// few frames, each list costs a connection, and nobody sees a tenth of a second.
pub const GATHER: Millis = Millis(100);
/// The same before the first connection, which all wait for.
pub const START: Millis = Millis(20);
/// Longest URL with its topics, in bytes: what servers commonly take.
pub const MAX_URL: usize = 8_192;

/// The topics of a stream, by index; a slot that is free is used again.
#[derive(Debug)]
pub(super) struct Topics<P> {
    list: Vec<Topic>,
    /// A connection is on the way that is to take the place of the present one.
    is_changing: bool,
    /// It is made; otherwise its credentials are asked for.
    is_made: bool,
    /// What it asked the server to go on from.
    id: Option<P>,
    /// Attempts at another list that have failed in a row.
    pub(super) failures: u32,
    /// Of what nobody holds, the last is asked for until then.
    keep_until: Time,
}

#[derive(Debug, Default)]
struct Topic {
    name: String,
    /// Subscriptions, of all tabs.
    subs: u32,
    /// Which of the two connections ask for it: a bit for each, and one for [`TRIAL`].
    listed: u32,
    /// The event of the stream from which on nothing of it is missing: it was not asked for before.
    since: u64,
    /// It is asked for until then though nobody holds it.
    until: Time,
}

/// In place of a connection: a list is made up to see how long it is.
const TRIAL: u32 = 2;
/// Nothing is kept so long.
const NEVER: Time = Time(u64::MAX);

impl Topic {
    fn is_free(&self) -> bool {
        self.subs == 0 && self.listed & !(1 << TRIAL) == 0
    }
}

impl<P> Topics<P> {
    pub(super) fn new() -> Self {
        Self {
            list: Vec::new(),
            is_changing: false,
            is_made: false,
            id: None,
            failures: 0,
            keep_until: Time::ZERO,
        }
    }

    #[inline(never)]
    fn is_listed(&self, topic: TopicIndex, side: u32) -> bool {
        let topic = self.list.get(topic as usize);
        topic.is_some_and(|topic| topic.listed >> side & 1 != 0)
    }

    /// Whether some are held that the connection does not ask for, and the reverse.
    fn differences(&self, side: u32) -> (bool, bool) {
        let (mut lacks, mut exceeds) = (false, false);
        for topic in &self.list {
            let is_listed = topic.listed >> side & 1 != 0;
            lacks |= topic.subs > 0 && !is_listed;
            exceeds |= topic.subs == 0 && is_listed;
        }
        (lacks, exceeds)
    }
}

impl<P: Payload> Stream<P> {
    /// The topic that a subscription asks the server for from now on, if any: `*` alone is whatever others hold.
    #[inline(never)]
    pub(super) fn hold_topic(&mut self, request: &Subscribe, ctx: &Ctx) -> Result<TopicIndex, WireError> {
        let is_own = request.topic.is_none();
        let name = request.topic.as_ref().unwrap_or(&request.channel);
        let code = match self.options.topics() {
            None if is_own => return Ok(NO_TOPIC),
            None => Code::BadOption,
            Some(_) if is_own && name == "*" => return Ok(NO_TOPIC),
            // The id would take the place of the list.
            param if param == self.options.resume_param() => Code::BadOption,
            Some(_)
                if name.is_empty()
                    || (self.options.joins_topics() && name.bytes().any(|byte| byte == b',')) =>
            {
                Code::BadChannel
            }
            Some(_) => {
                let list = &mut self.topics.list;
                let at = (list.iter().position(|topic| topic.name == *name))
                    .or_else(|| list.iter().position(Topic::is_free))
                    .unwrap_or(list.len());
                if at == list.len() {
                    list.push(Topic::default());
                }
                let topic = &mut list[at];
                name.clone_into(&mut topic.name);
                topic.subs += 1;
                let is_first = topic.subs == 1;
                if !is_first || self.list(TRIAL, NEVER).len() <= MAX_URL {
                    if is_first {
                        self.note_topics(GATHER, ctx);
                    }
                    return Ok(TopicIndex::try_from(at).unwrap_or(NO_TOPIC));
                }
                self.topics.list[at].subs = 0;
                Code::ChannelLimit
            }
        };
        let mut detail = String::from("topic ");
        detail.push_str(name);
        Err(WireError::new(code, detail))
    }

    /// An open connection asks for it.
    pub(super) fn is_asked_for(&self, topic: TopicIndex) -> bool {
        topic == NO_TOPIC || (self.state == State::Open && self.topics.is_listed(topic, self.side))
    }

    /// One is over. Its topic is asked for a little longer: a reload brings it back.
    pub(super) fn let_go_of_topic(&mut self, topic: TopicIndex, ctx: &Ctx) {
        if let Some(topic) = self.topics.list.get_mut(topic as usize) {
            topic.subs -= 1;
            topic.until = ctx.now + GRACE;
            self.topics.keep_until = topic.until;
            self.note_topics(GRACE, ctx);
        }
    }

    /// What the connection asks for is ready.
    pub(crate) fn make_ready(&mut self, ctx: &mut Ctx) {
        for at in 0..self.seats.len() {
            let Some(seat) = &self.seats[at] else { continue };
            let mut ready = Vec::new();
            for &(sub, ref held) in seat.subs.iter() {
                if !held.is_ready && self.topics.is_listed(held.topic, self.side) {
                    ready.push(sub);
                }
            }
            for sub in ready {
                self.welcome(SeatId::try_from(at).unwrap_or(SeatId::MAX), sub, ctx);
            }
        }
    }

    /// The list is looked at after `wait`, or when it is anyway. After a failure not before its time.
    pub(super) fn note_topics(&mut self, wait: Millis, ctx: &Ctx) {
        let is_free = self.topics.failures == 0 || !self.timers.is_armed(Timer::Topics);
        if is_free && self.state != State::Idle {
            self.timers.hasten(Timer::Topics, ctx.now + wait);
        }
    }

    pub(super) fn is_changing(&self) -> bool {
        self.topics.is_changing
    }

    /// A connection of that side is there.
    pub(super) fn is_made(&self, side: u32) -> bool {
        if side == self.side {
            self.source.is_some()
        } else {
            self.topics.is_made
        }
    }

    /// The time to look at the list has come.
    #[inline(never)]
    pub(super) fn change_topics(&mut self, ctx: &mut Ctx) {
        if self.state == State::Idle && self.is_needed() {
            // Where a tab that asks for nothing stood with a dead worker counts from the first connection on.
            let is_decided = self.resumed_from.is_some() || self.resume_point().is_none();
            self.apply(if is_decided { Input::Want } else { Input::Recover }, ctx);
            self.rethink(ctx);
            return;
        }
        // Looked at when that is done; what is made once the question is answered asks for all there is.
        if self.topics.is_changing || self.asking.is_some() {
            return;
        }
        let (lacks, exceeds) = self.topics.differences(self.side);
        if self.state == State::Open && !self.options.has_local_ids() {
            let is_kept = ctx.now < self.topics.keep_until;
            // What is asked for in excess costs the server a little; without an id another list costs a gap.
            if lacks || (exceeds && !is_kept && self.can_present_id()) {
                self.topics.is_changing = true;
                self.make(ctx);
            } else if exceeds && is_kept {
                self.timers.arm(Timer::Topics, self.topics.keep_until);
            } else {
                self.topics.failures = 0;
            }
        } else if lacks && !(self.state == State::Connecting && self.reason == Reason::Topics) {
            // Once for each attempt: a server that is slow to answer is not begun with again and again.
            self.apply(Input::Topics, ctx);
        }
    }

    /// A seat has come that heard all up to `after`. Of a topic that was not asked for without a break since then nothing
    /// was sent. What has brought nothing yet is made anew; else it is told, and once more when it is asked for: the server
    /// may send something until then.
    pub(crate) fn join_topics(&mut self, at: SeatId, after: u64, cause: GapCause, ctx: &mut Ctx) {
        let now = self.seq + u64::from(self.has_been_open);
        let (mut lacks, mut misses) = (false, false);
        for (_, sub) in self.seats[at as usize].iter().flat_map(|seat| seat.subs.iter()) {
            if let Some(topic) = self.topics.list.get(sub.topic as usize) {
                let is_listed = topic.listed >> self.side & 1 != 0;
                lacks |= !is_listed;
                misses |= after < if is_listed { topic.since } else { now };
            }
        }
        if misses {
            self.gap_for_seat(at, cause, ctx);
            let position = (self.seq, self.last_id.clone());
            if let Some(seat) = &mut self.seats[at as usize] {
                seat.held = Some(position);
                for (_, sub) in seat.subs.iter_mut() {
                    sub.misses = Some(cause);
                }
            }
        } else if lacks && self.source.is_some() {
            self.apply(Input::Topics, ctx);
        }
    }

    /// The URL of the connection of `side` that is being made now, without the id. Where ids depend on the list it only
    /// grows; elsewhere what was let go is kept for a while, unless it would be too long.
    pub(super) fn url_for(&mut self, side: u32, ctx: &Ctx) -> String {
        let (lacks, _) = self.topics.differences(self.side);
        let mut until = ctx.now;
        if self.options.has_local_ids() && self.has_been_open && !lacks {
            until = Time::ZERO;
        }
        if self.list(TRIAL, until).len() > MAX_URL {
            until = NEVER;
        }
        self.list(side, until)
    }

    /// The URL with what is held, and what the present connection asks for and is to be asked for beyond `until`. Where an
    /// id would be one of another list, it is none any more.
    #[inline(never)]
    fn list(&mut self, side: u32, until: Time) -> String {
        let mut url = self.url.clone();
        let options = Rc::clone(&self.options);
        let Some(param) = options.topics() else { return url };
        let now = self.seq + u64::from(self.has_been_open);
        let mut is_another = false;
        let mut is_first = true;
        for topic in &mut self.topics.list {
            let was_listed = topic.listed >> self.side & 1 != 0;
            let is_listed = topic.subs > 0 || (was_listed && topic.until > until);
            is_another |= is_listed != was_listed;
            topic.listed = topic.listed & !(1 << side) | u32::from(is_listed) << side;
            if !was_listed {
                topic.since = now;
            }
            if is_listed {
                if is_first || !options.joins_topics() {
                    url::append_param(&mut url, param, &topic.name);
                } else {
                    url.push(',');
                    url::encode(&topic.name, &mut url);
                }
                is_first = false;
            }
        }
        if options.has_local_ids() && is_another && side != TRIAL {
            self.last_id = P::of("");
            self.id_number += 1;
        }
        url
    }

    /// The second connection was made. What came before is no repeat, unless the repeats of the one before it still come.
    pub(super) fn note_next(&mut self) {
        self.topics.is_made = true;
        self.topics.id = self.can_present_id().then(|| self.last_id.clone());
        self.history.last = None;
        if self.seam.as_ref().is_none_or(Seam::is_settled) {
            self.history.count = 0;
        }
    }

    /// The second connection is open, and takes the place of the present one. From here on the server sends by it all that
    /// came after the id that it was made with: what the present one has brought since is a repeat, the rest is not lost.
    pub(super) fn take_over(&mut self, told: Option<&String>, ctx: &mut Ctx) {
        if !self.topics.is_made {
            return;
        }
        self.topics.is_changing = false;
        self.topics.is_made = false;
        self.close(self.side, ctx);
        self.side ^= 1;
        self.source = Some(Source::WithoutId);
        self.is_refreshed = false;
        self.timers.disarm(Timer::Connect);
        self.asked = (ctx.now, self.received());
        self.note_opening(ctx);
        self.begin_seam(true, ctx);
        match (self.topics.id.take(), told) {
            (None, _) => self.gap_everywhere(GapCause::NoId, ctx),
            (Some(id), Some(told)) if byte_string(&id.text()) != *told => {
                self.gap_everywhere(GapCause::Server, ctx);
            }
            _ => {}
        }
    }

    /// The present connection is not what it was: the second one is not needed, or would come too late.
    pub(super) fn abandon_change(&mut self, ctx: &mut Ctx) {
        if !std::mem::take(&mut self.topics.is_changing) {
            return;
        }
        if std::mem::take(&mut self.topics.is_made) {
            self.close(self.side ^ 1, ctx);
        }
        self.asking = None;
        self.timers.disarm(Timer::Connect);
        self.timers.disarm(Timer::Ask);
        self.note_topics(GATHER, ctx);
    }

    /// No second connection came about. The present one goes on; by and by there is another attempt.
    #[inline(never)]
    pub(super) fn fail_change(&mut self, error: &WireError, ctx: &mut Ctx) {
        if !self.topics.is_changing {
            return;
        }
        self.abandon_change(ctx);
        // What the functions gave was not taken: they are told so when they are asked next.
        self.is_refreshed |= error.code == Code::Auth;
        let failures = self.topics.failures;
        self.topics.failures = failures.saturating_add(1);
        self.wait(Timer::Topics, true, failures, ctx);
        self.tell_error(error.code, &error.detail, ctx);
    }

    /// More came meanwhile than is remembered to know the repeats: the present connection is given up for one that goes on
    /// right where it is.
    pub(super) fn limit_overlap(&mut self, ctx: &mut Ctx) {
        if self.topics.is_made && self.history.count >= MIRROR_EVENTS {
            self.apply(Input::Topics, ctx);
        }
    }

    pub(super) fn close(&self, side: u32, ctx: &mut Ctx) {
        ctx.outputs.push_back(Output::Close {
            connection: self.id * 2 + side,
        });
    }
}
