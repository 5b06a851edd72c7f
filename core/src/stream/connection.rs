//! The connection's side of a stream: what a step of the upstream table entails.

use std::rc::Rc;

use super::response::{BUFFERED, byte_string};
use super::topics::{GATHER, START};
use super::{BROWSER_RETRY, Ctx, GRACE, RECONNECT_EVERY, RECOVERY, STABLE, Source, Stream};
use crate::backoff;
use crate::error::{Code, WireError};
use crate::event::{ChannelIndex, GapCause, Position};
use crate::hub::Output;
use crate::message::{Stored, TabPosition};
use crate::payload::Payload;
use crate::queue::Gap;
use crate::request::{Request, Via};
use crate::seam::{History, Seam};
use crate::seat::{Seat, SeatId};
use crate::time::Millis;
use crate::timer::Timer;
use crate::upstream::{self, Action, Input, Reason, Resumed, State, StatusUpdate};
use crate::url;

/// When a tab of a dead worker says hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Before anything was received: its position counts for where to resume.
    InTime,
    /// Later, but the resume began no later than where it stood.
    Late,
    /// Later, and further back than the resume began.
    Behind,
}

/// Least heartbeat period that is assumed where the app names none.
const MIN_HEARTBEAT: Millis = Millis(45_000);
/// Units of an id that is put into a URL; with a longer one servers refuse the request, and would for ever.
const MAX_ID: u32 = 2048;
/// How many events before the most advanced tab a resume begins at most. A tab tells of the last 1,000 it had: further
/// back it would be delivered again what it can't tell any more. Less than those, since events of the past that a
/// subscription was handed are among them, and servers repeat the event itself whose id they are told.
const REACH: u64 = 900;

impl<P: Payload> Stream<P> {
    /// Looks the input up in the table and does what the step says.
    pub(crate) fn apply(&mut self, input: Input, ctx: &mut Ctx) {
        self.apply_as(input, None, ctx);
    }

    /// The same; `error` is told with the step, in place of what a failed attempt is told as otherwise.
    pub(super) fn apply_as(&mut self, input: Input, error: Option<WireError>, ctx: &mut Ctx) {
        if matches!(input, Input::Online | Input::Woke) && ctx.now < self.not_before {
            return;
        }
        let Some(step) = upstream::next(self.state, input) else {
            // While it is open they are about the connection that is to take its place.
            if matches!(input, Input::Unanswered | Input::TimedOut) {
                let error = error.unwrap_or_else(|| WireError::new(Code::Network, Reason::Timeout.name()));
                self.fail_change(&error, ctx);
            }
            return;
        };
        self.abandon_change(ctx);
        let error = if step.failed {
            error.or_else(|| Some(WireError::new(Code::Network, step.reason.name())))
        } else {
            error
        };
        if step.failed {
            self.failures += 1;
            if f64::from(self.failures) > self.options.max_attempts() {
                self.tell(error, ctx);
                self.apply(Input::GiveUp, ctx);
                self.tell_error(Code::MaxAttempts, "", ctx);
                return;
            }
        }
        let was = self.state;
        let lost = was == State::Open && matches!(step.to, State::Retrying | State::Waiting);
        if (lost && self.timers.is_armed(Timer::Stable)) || input == Input::Unanswered {
            self.flaps += 1;
        }
        self.state = step.to;
        self.reason = step.reason;
        self.asking = None;
        self.is_refreshed &= step.to == State::Connecting;
        for timer in [
            Timer::Ask,
            Timer::Connect,
            Timer::Backoff,
            Timer::Stable,
            Timer::Watchdog,
            Timer::Recover,
            // What tabs had counts until the connection has been open for as long as a seam.
            Timer::Seam,
        ] {
            if step.to != was || matches!(timer, Timer::Connect | Timer::Ask) {
                self.timers.disarm(timer);
            }
        }
        match step.action {
            Action::Keep => {}
            Action::Open => self.make_source(ctx),
            Action::Close => self.close_source(ctx),
            Action::Wait => {
                self.close_source(ctx);
                let failures = (self.failures + self.flaps).saturating_sub(1);
                self.wait(Timer::Backoff, step.reason == Reason::Refused, failures, ctx);
            }
        }
        match step.to {
            State::Idle => self.on_idle(step.reason),
            State::Recovering => self.timers.arm(Timer::Recover, ctx.now + RECOVERY),
            // Until its credentials are there it has not been made; without them it has failed meanwhile.
            State::Connecting if self.source.is_none() => {
                if self.state != State::Connecting {
                    return;
                }
            }
            State::Retrying => {
                let patience = Millis(BROWSER_RETRY.0 + self.options.connect_timeout().0);
                self.timers.arm(Timer::Connect, ctx.now + patience);
            }
            State::Open => {
                self.on_open(ctx);
                return;
            }
            // No tab can come back to it.
            State::Ended => {
                self.runs.clear();
                self.end_seam();
                self.forget_past();
            }
            State::Connecting | State::Waiting | State::Closed => {}
        }
        let has_failed = step.failed || lost || step.to == State::Closed;
        self.announce(has_failed, None, ctx);
        self.tell(error, ctx);
    }

    /// Arms `timer` for the next attempt. What the server said of its own accord holds for each that is made.
    #[inline(never)]
    pub(super) fn wait(&mut self, timer: Timer, is_refused: bool, failures: u32, ctx: &mut Ctx) {
        let told = backoff::Told {
            refused: is_refused && self.via == Via::EventSource,
            retry: self.retry,
            retry_after: std::mem::take(&mut self.retry_after),
        };
        self.not_before = self.not_before.max(ctx.now + told.retry_after);
        let wait = backoff::delay(&self.options.reconnect(), failures, &told, ctx.random.next());
        self.timers.arm(timer, self.not_before.max(ctx.now + wait));
    }

    fn tell(&mut self, error: Option<WireError>, ctx: &mut Ctx) {
        if let Some(WireError { code, detail }) = error {
            self.tell_error(code, &detail, ctx);
        }
    }

    fn on_idle(&mut self, reason: Reason) {
        self.timers.disarm(Timer::Topics);
        self.has_been_open = false;
        self.failures = 0;
        self.flaps = 0;
        self.via = self.options.via();
        // Whoever comes next has missed nothing, unless a tab is away with its queue, or hears what others will ask for, or
        // all merely look elsewhere.
        let mut seats = self.seats.iter().flatten();
        if reason == Reason::Unused && seats.all(|seat| seat.is_here() && !seat.is_wild()) {
            self.returning = false;
            for seat in self.seats.iter_mut().flatten() {
                seat.stood = None;
            }
            self.end_seam();
            if !self.can_present_id() {
                // Nothing will join what is kept to what comes next.
                self.forget_past();
            }
        }
    }

    /// Whether the next connection that the hub makes can tell the server where to go on.
    pub(super) fn can_present_id(&self) -> bool {
        (1..=MAX_ID).contains(&self.last_id.units())
            && (self.options.resume_param().is_some() || self.resumes_by_header())
    }

    /// To another origin the header would cost a preflight that a server of event streams need not answer.
    fn resumes_by_header(&self) -> bool {
        self.via == Via::Fetch && self.options.resume_header().unwrap_or(self.is_home)
    }

    fn on_open(&mut self, ctx: &mut Ctx) {
        self.timers.arm(Timer::Stable, ctx.now + STABLE);
        self.note_opening(ctx);
        if self.hears_heartbeats()
            && let Some(timeout) = self.options.heartbeat_timeout()
            && timeout.0 > 0
        {
            self.timers.arm(Timer::Watchdog, ctx.now + timeout);
        }
        if !std::mem::replace(&mut self.has_been_open, true) {
            // Where it began is decided: who stood there is ahead of nothing.
            for seat in self.seats.iter_mut().flatten() {
                if seat.stood.as_ref().map(TabPosition::at) <= self.resumed_from {
                    seat.early = 0;
                }
            }
        }
        self.save_soon(ctx);
        // By the URL, or by the browser's own header once the EventSource has brought an id.
        let by_browser = self.source == Some(Source::WithId) && self.last_id.units() > 0;
        let presented = by_browser || self.can_present_id();
        if presented || self.returning {
            self.begin_seam(false, ctx);
        }
        if !std::mem::replace(&mut self.returning, true) {
            self.announce(false, None, ctx);
            return;
        }
        let (resumed, cause) = match self.proof {
            _ if !presented => (Resumed::No, GapCause::NoId),
            None => (Resumed::Unknown, GapCause::NoId),
            Some(true) => (Resumed::Yes, GapCause::NoId),
            Some(false) => (Resumed::No, GapCause::Server),
        };
        self.resumed = Some(resumed);
        self.announce(false, Some(resumed), ctx);
        if resumed == Resumed::No {
            self.gap_everywhere(cause, ctx);
        }
    }

    pub(super) fn note_opening(&mut self, ctx: &mut Ctx) {
        self.last_activity = ctx.now;
        self.first_sign = None;
        // What the server had asked for is over.
        self.not_before = ctx.now;
        if self.options.topics().is_some() {
            self.topics.failures = 0;
            self.note_topics(GATHER, ctx);
            self.make_ready(ctx);
        }
    }

    pub(super) fn begin_seam(&mut self, overlaps: bool, ctx: &Ctx) {
        let last = self.history.last.take().filter(|_| overlaps);
        let seam = Seam::overlapping(&self.history, self.seam.take(), last);
        self.timers.arm(Timer::Seam, ctx.now + seam.time());
        self.seam = Some(seam);
    }

    fn make_source(&mut self, ctx: &mut Ctx) {
        self.close_source(ctx);
        self.make(ctx);
    }

    pub(super) fn make(&mut self, ctx: &mut Ctx) {
        if self.options.asks() {
            self.ask(ctx);
        } else {
            self.connect(ctx);
        }
    }

    pub(super) fn connect(&mut self, ctx: &mut Ctx) {
        let side = self.side ^ u32::from(self.is_changing());
        let mut url = self.url_for(side, ctx);
        let id = self.can_present_id().then(|| self.last_id.text());
        let by_header = self.resumes_by_header();
        if let (Some(param), Some(id)) = (self.options.resume_param(), &id)
            && !by_header
        {
            url = url::with_param(&url, param, id);
        }
        self.connections += 1;
        if side == self.side {
            self.source = Some(Source::WithoutId);
            self.asked = (ctx.now, self.received());
            self.proof = None;
        } else {
            self.note_next();
        }
        let connection = self.id * 2 + side;
        ctx.outputs.push_back(Output::Open {
            connection,
            request: Box::new(Request {
                via: self.via,
                url,
                headers: Rc::clone(&self.headers),
                last_event_id: id.filter(|_| by_header).as_deref().map(byte_string),
                options: Rc::clone(&self.options),
            }),
        });
        self.timers
            .arm(Timer::Connect, ctx.now + self.options.connect_timeout());
        if self.via == Via::EventSource {
            for (index, channel) in self.channels.iter() {
                ctx.outputs.push_back(Output::Listen {
                    connection,
                    channel: index,
                    name: channel.name.clone(),
                });
            }
        }
    }

    fn close_source(&mut self, ctx: &mut Ctx) {
        if self.source.take().is_some() {
            self.close(self.side, ctx);
        }
    }

    /// That connection is an EventSource, which hears only what it was told to.
    fn has_listeners(&self, side: u32) -> bool {
        self.is_made(side) && self.via == Via::EventSource
    }

    pub(crate) fn listen(&mut self, channel: ChannelIndex, ctx: &mut Ctx) {
        for side in 0..2 {
            if self.has_listeners(side) {
                let name = self.channels.name(channel);
                ctx.outputs.push_back(Output::Listen {
                    connection: self.id * 2 + side,
                    channel,
                    name,
                });
            }
        }
    }

    pub(crate) fn unlisten(&mut self, channel: ChannelIndex, ctx: &mut Ctx) {
        for side in 0..2 {
            if self.has_listeners(side) {
                ctx.outputs.push_back(Output::Unlisten {
                    connection: self.id * 2 + side,
                    channel,
                });
            }
        }
    }

    pub(crate) fn handle_timers(&mut self, woke: bool, ctx: &mut Ctx) {
        if woke {
            self.apply(Input::Woke, ctx);
        }
        while let Some(timer) = self.timers.take_due(ctx.now) {
            match timer {
                Timer::Grace => self.apply(Input::Unused, ctx),
                Timer::Hidden => self.apply(Input::Hidden, ctx),
                Timer::Recover => self.recover(ctx),
                Timer::Connect => {
                    self.apply(Input::TimedOut, ctx);
                    if self.source.is_none() && self.can_fetch() {
                        self.via = Via::Fetch;
                    }
                }
                Timer::Ask => self.ask_next(ctx),
                Timer::Topics => self.change_topics(ctx),
                Timer::Backoff => self.apply(Input::BackoffOver, ctx),
                Timer::Stable => {
                    self.failures = 0;
                    self.flaps = 0;
                }
                Timer::Watchdog => self.watch(ctx),
                Timer::Mirror => {
                    self.runs.clear();
                    self.settle();
                    self.let_early(ctx);
                    self.mirror(ctx);
                }
                Timer::Linger => self.let_go_of_channels(ctx),
                Timer::Seam => {
                    self.adopt_had();
                    self.end_seam();
                }
                Timer::Reconnect => self.reconnect(ctx),
                Timer::Load => self.stored(Stored::Failed("TimeoutError".to_owned()), ctx),
                Timer::Save => self.save(ctx),
            }
        }
    }

    /// `reconnect()`, coalesced over all tabs to one a second.
    pub(crate) fn reconnect(&mut self, ctx: &mut Ctx) {
        if !self.is_needed() {
            return;
        }
        if let Some(last) = self.last_reconnect
            && ctx.now < last + RECONNECT_EVERY
        {
            self.timers.arm(Timer::Reconnect, last + RECONNECT_EVERY);
            return;
        }
        self.timers.disarm(Timer::Reconnect);
        self.last_reconnect = Some(ctx.now);
        if self.state == State::Closed {
            self.failures = 0;
            self.flaps = 0;
        }
        self.apply(Input::Reconnect, ctx);
    }

    /// Closes without a word: the tabs are told otherwise.
    pub(crate) fn shut(&mut self, ctx: &mut Ctx) {
        self.abandon_change(ctx);
        self.close_source(ctx);
        // Whoever has its number next is not to be heard there.
        ctx.outputs.push_back(Output::Hush { stream: self.id });
    }

    /// Opens, waits or closes as the seats now need it.
    pub(crate) fn rethink(&mut self, ctx: &mut Ctx) {
        if !self.is_needed() {
            self.timers.disarm(Timer::Hidden);
            if matches!(self.state, State::Idle | State::Closed | State::Ended) {
                self.timers.disarm(Timer::Grace);
            } else if self.state == State::Recovering {
                self.apply(Input::Unused, ctx);
            } else if !self.timers.is_armed(Timer::Grace) {
                self.timers.arm(Timer::Grace, ctx.now + GRACE);
            }
            return;
        }
        self.timers.disarm(Timer::Grace);
        if self.is_loading() {
            return;
        }
        let hidden_timeout = self.options.hidden_timeout();
        let all_hidden = hidden_timeout.0 > 0
            && self
                .seats
                .iter()
                .flatten()
                .filter(|seat| seat.needs_upstream())
                .all(|seat| !seat.visible);
        if all_hidden {
            if self.state == State::Idle && self.reason != Reason::Hidden {
                self.want(ctx);
            }
            if self.state != State::Idle && !self.timers.is_armed(Timer::Hidden) {
                self.timers.arm(Timer::Hidden, ctx.now + hidden_timeout);
            }
        } else {
            self.timers.disarm(Timer::Hidden);
            self.want(ctx);
        }
    }

    /// Where topics are asked for, those that come at once are asked for at once.
    fn want(&mut self, ctx: &mut Ctx) {
        if self.state == State::Idle && self.options.topics().is_some() {
            self.timers.hasten(Timer::Topics, ctx.now + START);
        } else {
            self.apply(Input::Want, ctx);
        }
    }

    /// A tab has let go of the stream. The answer to a body ends with the last one at once, since what makes it may cost
    /// somebody. Who takes a seat before the timer is due keeps it.
    pub(crate) fn cut_grace(&mut self, ctx: &mut Ctx) {
        if self.options.body().is_some() && self.timers.is_armed(Timer::Grace) {
            self.timers.arm(Timer::Grace, ctx.now);
        }
    }

    pub(crate) fn is_needed(&self) -> bool {
        self.seats.iter().flatten().any(Seat::needs_upstream)
    }

    /// A tab sits down that had this stream from another worker, or before it was forgotten here.
    pub(crate) fn weigh_position(&mut self, at: SeatId, position: Position, ctx: &mut Ctx) -> Arrival {
        let is_behind = self.resumed_from.is_none_or(|from| position < from);
        if self.seq > 0 || self.has_been_open || self.state == State::Closed {
            if is_behind && let Some(seat) = self.seat_mut(at) {
                seat.stood = None;
            }
            return if is_behind { Arrival::Behind } else { Arrival::Late };
        }
        let begin = self.resume_point().map(TabPosition::at);
        // Where nobody's continuity is kept, it is this one's position that counts, wherever an earlier recovery began.
        if begin != self.resumed_from || !self.returning {
            self.apply(Input::Recover, ctx);
        } else if is_behind {
            return Arrival::Behind;
        }
        Arrival::InTime
    }

    /// Where to resume, among the tabs that came in time: the least advanced decides, of those within [`REACH`] of the
    /// most advanced.
    pub(super) fn resume_point(&self) -> Option<&TabPosition> {
        let mut most = Position::default();
        for seat in self.seats.iter().flatten() {
            if let Some(stood) = &seat.stood {
                most = most.max(stood.at());
            }
        }
        let mut least: Option<&TabPosition> = None;
        for seat in self.seats.iter().flatten() {
            if let Some(stood) = &seat.stood
                && stood.epoch == most.epoch
                && stood.seq + REACH >= most.seq
                && least.is_none_or(|least| stood.seq < least.seq)
            {
                least = Some(stood);
            }
        }
        least
    }

    /// A position of `epoch` was met: those that this stream tells from now on are to be larger.
    pub(crate) fn outdo(&mut self, epoch: u64) {
        self.epoch = epoch;
    }

    /// The least advanced tab decides where to resume (SPEC D-3); those out of its reach are told.
    fn recover(&mut self, ctx: &mut Ctx) {
        if let Some(point) = self.resume_point() {
            let at = point.at();
            // An id of the list that another worker asked for means nothing here.
            if !self.options.has_local_ids() {
                self.last_id = P::of(&point.id);
                self.id_number += 1;
            }
            self.resumed_from = Some(at);
            self.returning = true;
            for seat in 0..self.seats.len() {
                let seat = SeatId::try_from(seat).unwrap_or(SeatId::MAX);
                if let Some(own) = self.seat_mut(seat)
                    && own.stood.take_if(|stood| stood.at() < at).is_some()
                {
                    self.gap_for_seat(seat, GapCause::Worker, ctx);
                }
            }
        }
        self.apply(Input::Recovered, ctx);
        // `hiddenTimeout` may have passed meanwhile.
        self.rethink(ctx);
    }

    fn watch(&mut self, ctx: &mut Ctx) {
        let due = self.last_activity + self.heartbeat_period();
        if ctx.now >= due {
            // What shows nothing at all from the beginning is rather held back than dead.
            let error = self
                .first_sign
                .is_none()
                .then(|| WireError::new(Code::Network, BUFFERED));
            self.apply_as(Input::Silent, error, ctx);
        } else {
            self.timers.arm(Timer::Watchdog, due);
        }
    }

    fn heartbeat_period(&self) -> Millis {
        self.options
            .heartbeat_timeout()
            .unwrap_or_else(|| Millis(MIN_HEARTBEAT.0.max(self.longest_interval.0 * 3)))
    }

    /// Comments are seen by fetch alone.
    fn hears_heartbeats(&self) -> bool {
        self.via == Via::Fetch || self.heartbeat.is_some()
    }

    /// A sign of life; a comment or heartbeat event arms the watchdog from the first one on.
    pub(crate) fn note_activity(&mut self, is_heartbeat: bool, ctx: &Ctx) {
        if self.state != State::Open {
            return;
        }
        let interval = ctx.now.since(self.last_activity);
        self.last_activity = ctx.now;
        self.first_sign.get_or_insert(ctx.now);
        if self.hears_heartbeats() {
            self.longest_interval = self.longest_interval.max(interval);
            let is_off = self.options.heartbeat_timeout() == Some(Millis(0));
            if is_heartbeat && !is_off && !self.timers.is_armed(Timer::Watchdog) {
                self.timers
                    .arm(Timer::Watchdog, ctx.now + self.heartbeat_period());
            }
        }
    }

    /// Nothing of before is joined to what comes: neither handed on as past events nor known as repeats.
    fn forget_past(&mut self) {
        self.unbroken_from = self.seq + 1;
        for channel in self.channels.iter_mut() {
            self.replay.release(&mut channel.ring);
        }
        self.history = History::new();
    }

    /// No id has come since the resume: the next one begins where this one did, and the server may repeat what stands
    /// there, which every tab had that was as far and heard it.
    fn adopt_had(&mut self) {
        for seat in self.seats.iter().flatten() {
            if self.history.is_empty()
                && let (Some(stood), Some(had)) = (&seat.stood, &seat.had)
                && Some(stood.at()) == self.resumed_from
            {
                self.history.adopt(had, &self.last_id);
            }
        }
    }

    pub(super) fn end_seam(&mut self) {
        self.seam = None;
        self.timers.disarm(Timer::Seam);
        for seat in self.seats.iter_mut().flatten() {
            seat.settle_had();
        }
    }

    pub(crate) fn announce(&mut self, failed: bool, resumed: Option<Resumed>, ctx: &mut Ctx) {
        let update = StatusUpdate {
            status: self.status(),
            reason: self.reason,
            resumed,
            failed,
        };
        self.tell_all(ctx, |seat| seat.queue.push_status(update));
    }

    pub(crate) fn present_status(&self) -> StatusUpdate {
        StatusUpdate {
            status: self.status(),
            reason: self.reason,
            resumed: None,
            failed: false,
        }
    }

    pub(crate) fn tell_error(&mut self, code: Code, detail: &str, ctx: &mut Ctx) {
        self.tell_all(ctx, |seat| seat.queue.push_error(WireError::new(code, detail)));
    }

    /// A discontinuity for every subscription. It has a place in the stream of its own: who stands in front of it has not
    /// been told.
    pub(super) fn gap_everywhere(&mut self, cause: GapCause, ctx: &mut Ctx) {
        self.seq += 1;
        self.breaks += 1;
        self.unbroken_from = self.seq;
        for at in 0..self.seats.len() {
            let at = SeatId::try_from(at).unwrap_or(SeatId::MAX);
            // It is told of whatever went before.
            if let Some(seat) = self.seat_mut(at) {
                seat.early = 0;
            }
            self.gap_for_seat(at, cause, ctx);
        }
    }

    pub(crate) fn gap_for_seat(&mut self, at: SeatId, cause: GapCause, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        for &(channel, _) in seat.holds.iter() {
            seat.queue.push_gap(Gap {
                channel: self.channels.name(channel),
                dropped: None,
                cause,
            });
        }
        if seat.queue.has_pending() {
            Self::schedule(self.id, at as usize, seat, ctx);
        }
    }
}
