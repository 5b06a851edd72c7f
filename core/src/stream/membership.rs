//! The tabs' side of a stream: seats and subscriptions.

use std::rc::Rc;

use super::{Ctx, Ear, GRACE, Stream};
use crate::channel::ChannelTable;
use crate::error::{Code, WireError};
use crate::event::{ChannelIndex, Event, GapCause, Position};
use crate::list;
use crate::message::{Had, Kind, Subscribe, TabPosition};
use crate::options::Buffer;
use crate::payload::Payload;
use crate::queue::Gap;
use crate::replay::Replay;
use crate::request::Via;
use crate::seam::{History, Seam};
use crate::seat::{ALL, Indexes, NO_TOPIC, Presence, Seat, SeatId, Sub, TabId};
use crate::text::decimal;
use crate::timer::Timer;
use crate::upstream::State;

/// Subscriptions of one seat; more than this is a leak in the page.
const MAX_SUBSCRIPTIONS: usize = 100_000;
/// The channel of events without `event:`.
const MESSAGE: &str = "message";

/// Who takes a seat.
pub(crate) struct Guest {
    pub(crate) tab: TabId,
    pub(crate) s: u32,
    pub(crate) kind: Kind,
    pub(crate) buffer: Buffer,
    pub(crate) visible: bool,
    /// It has functions for what a connection needs.
    pub(crate) asks: bool,
    pub(crate) last_batch: u64,
    /// Given by a tab of a dead worker.
    pub(crate) stood: Option<TabPosition>,
}

impl<P: Payload> Stream<P> {
    /// Takes a seat and is told the present status.
    pub(crate) fn sit_down(&mut self, guest: Guest, ctx: &mut Ctx) -> SeatId {
        self.kind = guest.kind;
        let mut seat = Seat::new(
            guest.tab,
            guest.s,
            guest.kind,
            guest.buffer,
            guest.last_batch,
            guest.visible,
        );
        seat.stood = guest.stood;
        seat.asks = guest.asks;
        if self.options.asks_url() && self.connections > 0 {
            self.tell_place(&seat, ctx);
        }
        if self.state != State::Idle {
            seat.queue.push_status(self.present_status());
        }
        let at = self.seats.iter().position(Option::is_none).unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        if seat.queue.has_pending() {
            Self::schedule(self.id, at, &mut seat, ctx);
        }
        self.seats[at] = Some(seat);
        SeatId::try_from(at).unwrap_or(SeatId::MAX)
    }

    /// Leaves; its queue and subscriptions are gone.
    pub(crate) fn stand_up(&mut self, at: SeatId, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::take) else {
            return;
        };
        for (_, sub) in seat.subs.iter() {
            self.let_go_of_topic(sub.topic, ctx);
        }
        for &(channel, _) in seat.holds.iter() {
            self.drop_target(channel, at, ctx);
        }
        self.no_answer_from(at, ctx);
        self.forget_asked(at);
        self.rethink(ctx);
    }

    /// The tab is away, or back. What is vacant stays so until it is attached.
    pub(crate) fn set_presence(&mut self, at: SeatId, presence: Presence, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        if seat.presence != Presence::Vacant {
            seat.presence = presence;
        }
        if seat.is_here() {
            self.resume_delivery(at, ctx);
        } else {
            self.no_answer_from(at, ctx);
        }
        self.rethink(ctx);
    }

    pub(crate) fn set_visible(&mut self, at: SeatId, visible: bool, ctx: &mut Ctx) {
        if let Some(seat) = self.seat_mut(at) {
            seat.visible = visible;
            self.rethink(ctx);
        }
    }

    /// The tab is back on a new port: what it lost in flight waits again, and names are told again.
    pub(crate) fn return_to(&mut self, at: SeatId, batch: u64, visible: bool, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        seat.queue.rewind(batch, &self.log);
        seat.ear = Ear::Deaf;
        seat.known.forget_all();
        seat.visible = visible;
        seat.scheduled = false;
        seat.presence = Presence::Here;
        self.set_presence(at, Presence::Here, ctx);
    }

    /// Adds a subscription: past events first, then `ready`, then live ones, without hole or repeat between them,
    /// because all three go through the one queue.
    pub(crate) fn subscribe(
        &mut self,
        at: SeatId,
        request: &Subscribe,
        ctx: &mut Ctx,
    ) -> Result<(), WireError> {
        let count = match self.seat(at) {
            None => return Ok(()),
            // A page that comes back says all of its subscriptions again.
            Some(seat) if seat.subs.has(request.sub) => return Ok(()),
            Some(seat) => seat.subs.len(),
        };
        if request.channel.is_empty() {
            return Err(WireError::new(Code::BadChannel, ""));
        }
        if count >= MAX_SUBSCRIPTIONS {
            return Err(WireError::new(
                Code::ChannelLimit,
                "100000 subscriptions in one tab",
            ));
        }
        let is_wild = request.channel == "*";
        // EventSource has no catch-all: unnamed events at least must be heard.
        let mut index = self.channel(if is_wild { MESSAGE } else { &request.channel }, ctx)?;
        if is_wild {
            index = ALL;
        }
        let topic = self.hold_topic(request, ctx)?;
        let is_ready = self.is_asked_for(topic);
        let is_asking = self.options.topics().is_none() || topic != NO_TOPIC;
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return Ok(());
        };
        let held = seat.holds.entry(index);
        *held += 1;
        if *held == 1 {
            if let Some(channel) = self.channels.get_mut(index) {
                channel.targets.push(at);
                channel.idle_since = None;
            } else {
                self.wild.push(at);
            }
        }
        let sub = Sub {
            channel: index,
            topic,
            replay: request.replay,
            is_ready: false,
            misses: None,
        };
        seat.subs.insert(request.sub, sub);
        seat.asking += u32::from(is_asking);
        if is_ready {
            self.welcome(at, request.sub, ctx);
        } else if self.state == State::Closed {
            // Said again to who asks now: it has nothing to wait for.
            let status = self.present_status();
            if let Some(seat) = self.seat_mut(at) {
                seat.queue.push_status(status);
            }
            self.resume_delivery(at, ctx);
        }
        Ok(())
    }

    /// A subscription hears all from here on: the past it has asked for comes first.
    pub(super) fn welcome(&mut self, at: SeatId, sub: u32, ctx: &mut Ctx) {
        let seat = self.seats.get_mut(at as usize).and_then(Option::as_mut);
        let Some(held) = seat.and_then(|seat| seat.subs.get_mut(sub)) else {
            return;
        };
        held.is_ready = true;
        let (channel, replay, misses) = (held.channel, held.replay, held.misses);
        let (past, missing) = self.past(channel, replay);
        let name = self.channels.name(channel);
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        if missing > 0 || misses.is_some() {
            seat.queue.push_gap(Gap {
                channel: name,
                dropped: misses.is_none().then_some(missing),
                cause: misses.unwrap_or(GapCause::ReplayLimit),
            });
        }
        for event in &past {
            seat.queue.push_replayed(sub, event, &self.log);
        }
        seat.queue.push_ready(sub);
        Self::schedule(self.id, at as usize, seat, ctx);
    }

    /// The last `n` events of a channel, or of all together, and how many of those asked for are no longer kept. Where one
    /// channel has a hole, nothing before it is given of any: there would be a hole between.
    fn past(&self, of: ChannelIndex, n: usize) -> (Vec<Rc<Event<P>>>, u64) {
        let (mut whole_after, mut total) = self.gone;
        let past = if let Some(channel) = self.channels.get(of) {
            total = channel.ring.total();
            channel.ring.last(n)
        } else {
            for (_, channel) in self.channels.iter() {
                whole_after = channel.ring.evicted().max(whole_after);
                total += channel.ring.total();
            }
            Self::latest(&self.replay, &self.channels, whole_after, n)
        };
        let missing = total.min(n as u64) - past.len() as u64;
        (past, missing)
    }

    /// The last `n` of the events after `after` that are kept of any channel, oldest first.
    #[inline(never)]
    fn latest(replay: &Replay, channels: &ChannelTable<P>, after: u64, n: usize) -> Vec<Rc<Event<P>>> {
        let mut latest = Vec::new();
        let order = replay.order();
        for at in (0..order.len()).rev() {
            let (channel, seq) = order[at];
            if seq <= after || latest.len() == n {
                break;
            }
            if let Some(event) = channels.get(channel).and_then(|channel| channel.ring.get(seq)) {
                latest.push(Rc::clone(event));
            }
        }
        latest.reverse();
        latest
    }

    pub(crate) fn unsubscribe(&mut self, at: SeatId, sub: u32, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        let Some(gone) = seat.subs.remove(sub) else {
            return;
        };
        seat.asking -= u32::from(self.options.topics().is_none() || gone.topic != NO_TOPIC);
        let held = seat.holds.entry(gone.channel);
        *held -= 1;
        if *held == 0 {
            seat.holds.remove(gone.channel);
            self.drop_target(gone.channel, at, ctx);
        }
        self.let_go_of_topic(gone.topic, ctx);
        self.rethink(ctx);
    }

    /// Keeps of a returning page's seat only the subscriptions it still has.
    pub(crate) fn keep_subscriptions(&mut self, at: SeatId, subs: &[Subscribe], ctx: &mut Ctx) {
        let Some(seat) = self.seat(at) else { return };
        let mut gone = Vec::new();
        for &(sub, _) in seat.subs.iter() {
            if subs.iter().all(|kept| kept.sub != sub) {
                gone.push(sub);
            }
        }
        for sub in gone {
            self.unsubscribe(at, sub, ctx);
        }
    }

    /// Hears the channels that a tab's options name, whether anybody subscribes or not. Those over the limit are told.
    pub(crate) fn pin(&mut self, names: &[String], ctx: &mut Ctx) {
        for name in names {
            match self.channel(name, ctx) {
                Ok(index) => {
                    if let Some(channel) = self.channels.get_mut(index) {
                        channel.pinned = true;
                    }
                }
                Err(error) => self.tell_error(error.code, &error.detail, ctx),
            }
        }
    }

    /// The channel of that name, heard from now on.
    pub(super) fn channel(&mut self, name: &str, ctx: &mut Ctx) -> Result<ChannelIndex, WireError> {
        if let Some(index) = self.channels.find(name) {
            return Ok(index);
        }
        if self.channels.len() >= self.options.limit_channels() {
            self.let_go_of_idle_channels(ctx, true);
        }
        if self.channels.len() >= self.options.limit_channels() {
            let limit = decimal(self.options.limit_channels() as u64);
            return Err(WireError::new(Code::ChannelLimit, limit));
        }
        // While the connection is or was open the server may have sent it already, unheard.
        let since = self.seq + u64::from(self.has_been_open);
        let index = self.channels.insert(name, since, false);
        self.listen(index, ctx);
        Ok(index)
    }

    fn drop_target(&mut self, index: ChannelIndex, at: SeatId, ctx: &mut Ctx) {
        if let Some(channel) = self.channels.get_mut(index) {
            list::remove(&mut channel.targets, at);
            if !channel.targets.is_empty() {
                return;
            }
            channel.idle_since = Some(ctx.now);
        } else {
            list::remove(&mut self.wild, at);
        }
        if !self.timers.is_armed(Timer::Linger) {
            self.timers.arm(Timer::Linger, ctx.now + GRACE);
        }
    }

    pub(super) fn let_go_of_channels(&mut self, ctx: &mut Ctx) {
        if self.let_go_of_idle_channels(ctx, false) {
            self.timers.arm(Timer::Linger, ctx.now + GRACE);
        }
    }

    /// Lets go of channels without subscribers once their grace is over, or `at_once`. `true`: some still wait.
    fn let_go_of_idle_channels(&mut self, ctx: &mut Ctx, at_once: bool) -> bool {
        let mut waiting = false;
        let mut due = Vec::new();
        for (index, channel) in self.channels.iter() {
            // What `*` covers: by EventSource what is named, by fetch whatever comes.
            let is_wild =
                !self.wild.is_empty() && (&*channel.name == MESSAGE || (self.via == Via::Fetch && !at_once));
            let is_kept = channel.pinned || is_wild;
            if is_kept || !channel.targets.is_empty() {
                continue;
            }
            let is_over = channel.idle_since.is_none_or(|since| ctx.now >= since + GRACE);
            if at_once || is_over {
                due.push(index);
            } else {
                waiting = true;
            }
        }
        if due.is_empty() {
            return waiting;
        }
        self.settle();
        // An index is not used again while a queue may still speak of it.
        let mut spoken_of = Indexes::default();
        for seat in self.seats.iter().flatten() {
            seat.queue.for_each_channel(|index| {
                spoken_of.learn(index);
            });
        }
        for index in due {
            if spoken_of.has(index) {
                waiting = true;
                continue;
            }
            self.unlisten(index, ctx);
            if let Some(mut channel) = self.channels.remove(index) {
                self.replay.release(&mut channel.ring);
                self.let_go_until = self.let_go_until.max(channel.ring.evicted());
                self.gone.0 = self.gone.0.max(channel.ring.evicted());
                self.gone.1 += channel.ring.total();
            }
            for seat in self.seats.iter_mut().flatten() {
                seat.known.forget(index);
            }
        }
        waiting
    }

    /// What a tab that comes from a dead worker had: it is spared the repeats. Each answers for one, so that those count
    /// as well which carry the id of the event before them. `stood`: further on than where the resume begins, if need be.
    pub(crate) fn remember_had(&mut self, at: SeatId, had: Vec<Had<P>>, stood: Option<Position>) {
        let mut history = History::new();
        for event in had {
            if event.id.units() > 0 {
                history.push_had(event.channel.into(), event.id, event.data);
            }
        }
        let is_ahead = stood > self.resumed_from;
        if let Some(seat) = self.seat_mut(at) {
            seat.had = Some(Seam::new(&history));
            seat.early = is_ahead.into();
        }
    }

    /// A tab that stood at `after` sits down anew: what the rings still hold of its channels is handed on, and where
    /// something is missing it is told. `is_new`: it was another tab that stood there, of this one all is ready to hear.
    pub(crate) fn catch_up(&mut self, at: SeatId, after: u64, cause: GapCause, is_new: bool, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        let mut gaps: Vec<Rc<str>> = Vec::new();
        let is_wild = seat.is_wild();
        let mut is_all_whole = !is_wild || self.let_go_until <= after;
        let mut whole_from = if is_all_whole { 0 } else { self.let_go_until + 1 };
        for (index, channel) in self.channels.iter() {
            let held = seat.holds(index);
            if !held && !is_wild {
                continue;
            }
            // `*` is what some tab holds: before a channel was heard it was no part of that.
            let since = if held { channel.since } else { 0 };
            let from = since.max(self.unbroken_from);
            let evicted = channel.ring.evicted();
            if evicted <= after && from <= after {
                continue;
            }
            whole_from = from.max(evicted + 1).max(whole_from);
            if held {
                gaps.push(Rc::clone(&channel.name));
            }
            // Where all are heard, nothing of any channel is handed on from before it.
            is_all_whole &= !is_wild;
        }
        if !is_all_whole {
            gaps.push("*".into());
        }
        // To `*` a hole in one channel is a hole in all of them: nothing of before it is handed on.
        let from = if is_wild { whole_from } else { 0 }.max(self.unbroken_from);
        // A subscription that was not ready yet has missed nothing: to it this is of before it hears.
        let welcome = seat.queue.set_aside(is_new);
        for channel in gaps {
            seat.queue.push_gap(Gap {
                channel,
                dropped: None,
                cause,
            });
        }
        let mut is_told = false;
        for event in Self::latest(&self.replay, &self.channels, after, usize::MAX) {
            let Some(channel) = self.channels.get(event.channel) else {
                continue;
            };
            let held = seat.holds(event.channel);
            let since = if held { channel.since } else { 0 };
            if event.seq >= since.max(from) && (held || is_wild) {
                seat.offer(&event, &self.log);
                is_told |= seat.pass(&event.id, &self.log);
            }
        }
        seat.queue.put_back(welcome);
        if is_told {
            self.gap_for_seat(at, cause, ctx);
        }
        self.resume_delivery(at, ctx);
    }

    /// A tab of this hub sits down anew, which stood at `after`. What it may have had from another worker it is not handed
    /// again: it is told that something may be missing.
    pub(crate) fn catch_up_own(&mut self, at: SeatId, after: u64, ctx: &mut Ctx) {
        if after < self.spared_until {
            self.gap_for_seat(at, GapCause::Worker, ctx);
        }
        let after = after.max(self.spared_until);
        self.catch_up(at, after, GapCause::Overflow, false, ctx);
    }

    /// Where the seam is over, what the tab had says nothing of what comes.
    pub(crate) fn settle_had(&mut self, at: SeatId) {
        if self.state == State::Open
            && !self.timers.is_armed(Timer::Seam)
            && let Some(seat) = self.seat_mut(at)
        {
            seat.settle_had();
        }
    }
}
