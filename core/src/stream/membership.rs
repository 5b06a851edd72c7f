//! The tabs' side of a stream: seats and subscriptions.

use std::rc::Rc;

use super::{Ctx, GRACE, Stream};
use crate::error::{Code, WireError};
use crate::event::{ChannelIndex, Event, GapCause};
use crate::message::{Had, Kind, Subscribe};
use crate::options::Buffer;
use crate::payload::Payload;
use crate::queue::Gap;
use crate::seam::{History, Seam};
use crate::seat::{Seat, SeatId, TabId};
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
    pub(crate) last_batch: u64,
}

impl<P: Payload> Stream<P> {
    /// Takes a seat and is told the present status.
    pub(crate) fn sit_down(&mut self, guest: Guest, ctx: &mut Ctx<'_>) -> SeatId {
        let mut seat = Seat::new(
            guest.tab,
            guest.s,
            guest.kind,
            guest.buffer,
            guest.last_batch,
            guest.visible,
        );
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
    pub(crate) fn stand_up(&mut self, at: SeatId, ctx: &mut Ctx<'_>) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::take) else {
            return;
        };
        for channel in seat.holds.into_keys() {
            self.drop_target(channel, at, ctx);
        }
        self.wild.retain(|&other| other != at);
        self.rethink(ctx);
    }

    /// The tab is frozen, silent or in bfcache, or back.
    pub(crate) fn set_away(&mut self, at: SeatId, away: bool, ctx: &mut Ctx<'_>) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        seat.away = away;
        if !away && seat.queue.has_pending() {
            Self::schedule(self.id, at as usize, seat, ctx);
        }
        self.rethink(ctx);
    }

    pub(crate) fn set_visible(&mut self, at: SeatId, visible: bool, ctx: &mut Ctx<'_>) {
        if let Some(seat) = self.seat_mut(at) {
            seat.visible = visible;
            self.rethink(ctx);
        }
    }

    /// The tab is back on a new port: what it lost in flight waits again, and names are told again.
    pub(crate) fn return_to(&mut self, at: SeatId, batch: u64, visible: bool, ctx: &mut Ctx<'_>) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        seat.queue.rewind(batch);
        seat.known.forget_all();
        seat.visible = visible;
        seat.scheduled = false;
        self.set_away(at, false, ctx);
    }

    /// Adds a subscription: past events first, then `ready`, then live ones, without hole or repeat between them,
    /// because all three go through the one queue.
    pub(crate) fn subscribe(
        &mut self,
        at: SeatId,
        request: &Subscribe,
        ctx: &mut Ctx<'_>,
    ) -> Result<(), WireError> {
        let count = match self.seat(at) {
            None => return Ok(()),
            // A page that comes back says all of its subscriptions again.
            Some(seat) if seat.subs.contains_key(&request.sub) => return Ok(()),
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
        if request.channel == "*" {
            self.subscribe_all(at, request, ctx)?;
        } else {
            let channel = self.channel(&request.channel, ctx)?;
            self.subscribe_channel(at, request, channel);
        }
        if let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) {
            seat.queue.push_ready(request.sub);
            Self::schedule(self.id, at as usize, seat, ctx);
        }
        Ok(())
    }

    fn subscribe_channel(&mut self, at: SeatId, request: &Subscribe, index: ChannelIndex) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        let Some(channel) = self.channels.get_mut(index) else {
            return;
        };
        seat.subs.insert(request.sub, Some(index));
        let held = seat.holds.entry(index).or_default();
        *held += 1;
        if *held == 1 {
            channel.targets.push(at);
            channel.idle_since = None;
        }
        if request.replay > 0 {
            let (events, missing) = channel.ring.last(request.replay);
            if missing > 0 {
                seat.queue.push_gap(Gap {
                    channel: Rc::clone(&channel.name),
                    dropped: Some(missing),
                    cause: GapCause::ReplayLimit,
                });
            }
            for event in events {
                seat.queue.push_replayed(request.sub, event);
            }
        }
    }

    fn subscribe_all(&mut self, at: SeatId, request: &Subscribe, ctx: &mut Ctx<'_>) -> Result<(), WireError> {
        // EventSource has no catch-all: unnamed events at least must be heard.
        self.channel(MESSAGE, ctx)?;
        let mut past: Vec<Rc<Event<P>>> = Vec::new();
        if request.replay > 0 {
            for (_, channel) in self.channels.iter() {
                past.extend(channel.ring.last(request.replay).0.cloned());
            }
            past.sort_unstable_by_key(|event| event.seq);
            past.drain(..past.len().saturating_sub(request.replay));
        }
        if let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) {
            seat.subs.insert(request.sub, None);
            seat.wild += 1;
            if seat.wild == 1 {
                self.wild.push(at);
            }
            for event in &past {
                seat.queue.push_replayed(request.sub, event);
            }
        }
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, at: SeatId, sub: u32, ctx: &mut Ctx<'_>) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        match seat.subs.remove(&sub) {
            None => return,
            Some(None) => {
                seat.wild -= 1;
                if seat.wild == 0 {
                    self.wild.retain(|&other| other != at);
                }
            }
            Some(Some(channel)) => {
                let is_last = seat.holds.get_mut(&channel).is_some_and(|held| {
                    *held -= 1;
                    *held == 0
                });
                if is_last {
                    seat.holds.remove(&channel);
                    self.drop_target(channel, at, ctx);
                }
            }
        }
        self.rethink(ctx);
    }

    /// Keeps of a returning page's seat only the subscriptions it still has.
    pub(crate) fn keep_subscriptions(&mut self, at: SeatId, subs: &[Subscribe], ctx: &mut Ctx<'_>) {
        let Some(seat) = self.seat(at) else { return };
        let gone: Vec<u32> = seat
            .subs
            .keys()
            .copied()
            .filter(|sub| subs.iter().all(|kept| kept.sub != *sub))
            .collect();
        for sub in gone {
            self.unsubscribe(at, sub, ctx);
        }
    }

    /// The channel of that name, heard from now on.
    fn channel(&mut self, name: &str, ctx: &mut Ctx<'_>) -> Result<ChannelIndex, WireError> {
        if let Some(index) = self.channels.find(name) {
            return Ok(index);
        }
        if self.channels.len() >= self.options.limits.channels {
            self.let_go_of_idle_channels(ctx, true);
        }
        if self.channels.len() >= self.options.limits.channels {
            let mut text = crate::text::Text::new();
            text.number(self.options.limits.channels as u64);
            return Err(WireError::new(Code::ChannelLimit, text.into_string()));
        }
        let index = self.channels.insert(name, self.seq, false);
        self.listen(index, ctx);
        Ok(index)
    }

    fn drop_target(&mut self, index: ChannelIndex, at: SeatId, ctx: &mut Ctx<'_>) {
        let Some(channel) = self.channels.get_mut(index) else {
            return;
        };
        channel.targets.retain(|&other| other != at);
        if channel.targets.is_empty() {
            channel.idle_since = Some(ctx.now);
            if !self.timers.is_armed(Timer::Linger) {
                self.timers.arm(Timer::Linger, ctx.now + GRACE);
            }
        }
    }

    pub(super) fn let_go_of_channels(&mut self, ctx: &mut Ctx<'_>) {
        if self.let_go_of_idle_channels(ctx, false) {
            self.timers.arm(Timer::Linger, ctx.now + GRACE);
        }
    }

    /// Lets go of channels without subscribers once their grace is over, or `at_once`. `true`: some still wait.
    fn let_go_of_idle_channels(&mut self, ctx: &mut Ctx<'_>, at_once: bool) -> bool {
        let mut waiting = false;
        let mut due = Vec::new();
        for (index, channel) in self.channels.iter() {
            let Some(since) = channel.idle_since else { continue };
            let is_kept = channel.pinned || (&*channel.name == MESSAGE && !self.wild.is_empty());
            if is_kept {
                continue;
            }
            if (at_once || ctx.now >= since + GRACE) && !self.is_in_a_queue(index) {
                due.push(index);
            } else {
                waiting = true;
            }
        }
        for index in due {
            self.unlisten(index, ctx);
            if let Some(mut channel) = self.channels.remove(index) {
                self.replay.release(&mut channel.ring);
            }
            self.history.forget_channel(index);
            for seat in self.seats.iter_mut().flatten() {
                seat.known.forget(index);
            }
        }
        waiting
    }

    /// An index is not used again while a queue may still speak of it.
    fn is_in_a_queue(&self, index: ChannelIndex) -> bool {
        self.seats
            .iter()
            .flatten()
            .any(|seat| !seat.queue.is_empty() && (seat.known.has(index) || seat.queue.has_pending()))
    }

    /// What a tab that comes from a dead worker had: it is spared the repeats.
    pub(crate) fn remember_had(&mut self, at: SeatId, had: Vec<Had<P>>) {
        let mut history = History::new();
        let mut last_id: Option<P> = None;
        for event in had {
            let introduces = event.id.units() > 0 && last_id.as_ref() != Some(&event.id);
            if introduces && let Some(channel) = self.channels.find(&event.channel) {
                history.push_had(channel, event.id.clone(), event.data);
            }
            last_id = Some(event.id);
        }
        if let Some(seat) = self.seat_mut(at) {
            seat.had = Some(Seam::new(&history));
        }
    }

    /// A tab that stood at `after` sits down anew: what the rings still hold of its channels is handed on, and where
    /// something is missing it is told.
    pub(crate) fn catch_up(&mut self, at: SeatId, after: u64, cause: GapCause, ctx: &mut Ctx<'_>) {
        let Some(seat) = self.seat(at) else { return };
        let mut missed: Vec<Rc<Event<P>>> = Vec::new();
        let mut gaps: Vec<Rc<str>> = Vec::new();
        let mut is_whole = true;
        for (index, channel) in self.channels.iter() {
            if !seat.hears(index) {
                continue;
            }
            let (events, whole) = channel.ring.after(after);
            if whole && channel.since <= after {
                missed.extend(events.cloned());
            } else if seat.holds.contains_key(&index) {
                gaps.push(Rc::clone(&channel.name));
            } else {
                is_whole = false;
            }
        }
        if !is_whole {
            gaps.push("*".into());
        }
        missed.sort_unstable_by_key(|event| event.seq);
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        for channel in gaps {
            seat.queue.push_gap(Gap {
                channel,
                dropped: None,
                cause,
            });
        }
        for event in &missed {
            seat.offer(event);
        }
        if seat.queue.has_pending() {
            Self::schedule(self.id, at as usize, seat, ctx);
        }
    }
}
