//! The event path: from the upstream into the queues, and from a queue into a batch.

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Ctx, Ear, MIRROR, MIRROR_EVENTS, Source, Stream, UNNAMED};
use crate::error::{Code, WireError};
use crate::event::{ChannelIndex, Event, GapCause};
use crate::log::Log;
use crate::payload::Payload;
use crate::queue::{Gap, Item};
use crate::request::Via;
use crate::run::MIN_EVENTS;
use crate::seam::Verdict;
use crate::seat::{ALL, Seat, SeatId, TabId};
use crate::timer::Timer;
use crate::upstream::{Resumed, State, StatusUpdate};

/// Writes a batch in the form of the wire. Called in the order of the entries.
pub trait BatchSink<P> {
    /// A batch that is one event, of a channel whose name is known: as [`begin`](Self::begin) and [`event`](Self::event).
    fn single(&mut self, header: Header<'_, P>, event: &Event<P>) {
        self.begin(header);
        self.event(event.channel, Some(&event.id), &event.data);
    }
    /// The batch begins.
    fn begin(&mut self, header: Header<'_, P>);
    /// A channel's name, before its index is used.
    fn channel(&mut self, channel: ChannelIndex, name: &str);
    /// An event; `id` is `None` where it is that of the event before it in this batch.
    fn event(&mut self, channel: ChannelIndex, id: Option<&P>, data: &P);
    /// Such events as the wire has them, which [`run`](Self::run) is handed for each tab that they are for.
    fn join(&mut self, events: &[Rc<Event<P>>]) -> P;
    /// So many events in one piece; each has its own id there.
    fn run(&mut self, count: usize, joined: &P);
    /// Such a run is put on the stream's BroadcastChannel, under a number.
    fn air(&mut self, number: u32, joined: &P);
    /// In place of a run: so many events that were put there.
    fn aired(&mut self, count: usize, number: u32);
    /// The tab is to listen to the stream's BroadcastChannel, which is made if there is none, and to say `key` there. The last entry.
    fn invite(&mut self, key: u32);
    /// A past event for one subscription.
    fn replayed(&mut self, sub: u32, channel: ChannelIndex, id: &P, data: &P);
    /// A subscription hears live events from here on.
    fn ready(&mut self, sub: u32);
    /// Events are missing here.
    fn gap(&mut self, channel: &str, dropped: Option<u64>, cause: GapCause);
    /// The status from here on.
    fn status(&mut self, update: &StatusUpdate);
    /// Something went wrong here.
    fn error(&mut self, error: &WireError);
}

/// What stands at the head of a batch.
#[derive(Debug)]
pub struct Header<'a, P> {
    /// The page's number for the stream.
    pub s: u32,
    /// Number of the batch, per seat, from 1.
    pub batch: u64,
    /// The hub's incarnation.
    pub epoch: u64,
    /// The connection's position after this batch.
    pub seq: u64,
    /// The connection's last event id after this batch.
    pub last_id: &'a P,
    /// The tab is to acknowledge it once its handlers have run, and with it all before it.
    pub asks: bool,
}

impl<P: Payload> Seat<P> {
    /// Queues the event unless this tab had it already from a worker that died: `true`.
    pub(super) fn offer(&mut self, event: &Rc<Event<P>>, log: &Log<P>) -> bool {
        let is_repeat = self.had.is_some() && self.is_repeat(event);
        if !is_repeat {
            self.queue.push_event(event, log);
        }
        is_repeat
    }

    #[inline(never)]
    fn is_repeat(&mut self, event: &Event<P>) -> bool {
        let Some(had) = &mut self.had else { return false };
        let id = event.has_own_id.then_some(&event.id);
        let is_repeat = had.judge(&event.name, id, &event.data) == Verdict::Repeat;
        if had.is_over() {
            self.had = None;
        }
        self.early = match self.early {
            1 if !is_repeat => 2,
            2 | 3 if is_repeat => 4,
            early => early,
        };
        is_repeat
    }
}

impl<P: Payload> Stream<P> {
    /// One event of the upstream.
    pub(crate) fn receive(&mut self, channel: ChannelIndex, id: Option<P>, data: P, ctx: &mut Ctx) {
        if self.state != State::Open {
            return;
        }
        let Some(name) = self.channels.get(channel).map(|channel| Rc::clone(&channel.name)) else {
            return;
        };
        self.note_activity(self.heartbeat == Some(channel), ctx);
        let has_id = id.is_some();
        let introduces = self.take_id(id);
        if self.seam.is_some() && self.is_repeat(&name, has_id, &data) {
            return;
        }
        if self.lost == Some(channel) {
            self.resumed = Some(Resumed::No);
            self.gap_everywhere(GapCause::Server, ctx);
        }
        self.seq += 1;
        self.arm_mirror(ctx);
        self.save_soon(ctx);
        let units = data.units();
        if units > self.options.limit_event() {
            self.refuse_event(channel, &name, Code::EventTooLarge, ctx);
            return;
        }
        let event = Rc::new(Event {
            channel,
            name,
            seq: self.seq,
            id: self.last_id.clone(),
            id_number: self.id_number,
            has_own_id: has_id && self.source == Some(Source::WithId),
            data,
            units,
        });
        if introduces {
            self.history.push(&event);
        }
        self.replay.push(
            &mut self.channels,
            |table, at| Some(&mut table.get_mut(at)?.ring),
            &event,
        );
        if self.log.is_full() {
            self.settle();
        }
        self.log.push(&event);
        self.fan_out(&event, ctx);
        if self.timers.is_armed(Timer::Seam) {
            self.pass(&event.id, ctx);
        }
        if self.seq.is_multiple_of(MIRROR_EVENTS) {
            self.mirror(ctx);
        }
        self.limit_overlap(ctx);
    }

    /// An event of a listener.
    pub(crate) fn receive_heard(&mut self, channel: ChannelIndex, id: P, data: P, ctx: &mut Ctx) {
        match self.name_within(channel, &data) {
            Some(name) => self.receive_named(&name, Some(id), data, ctx),
            None => self.receive(channel, Some(id), data, ctx),
        }
    }

    /// An event of a body, where channels have no listeners of their own.
    pub(crate) fn receive_parsed(&mut self, name: &str, id: Option<P>, data: P, ctx: &mut Ctx) {
        let inner = match self.unnamed {
            Some(channel) if name == UNNAMED => self.name_within(channel, &data),
            _ => None,
        };
        self.receive_named(inner.as_deref().unwrap_or(name), id, data, ctx);
    }

    /// The channel that the data of an event without a name is for. Its text is copied, but only with that option on.
    fn name_within(&self, channel: ChannelIndex, data: &P) -> Option<String> {
        if self.unnamed != Some(channel) || data.units() > self.options.limit_event() {
            return None;
        }
        let field = self.options.channel_json()?;
        data.field(field).filter(|name| !name.is_empty())
    }

    fn receive_named(&mut self, name: &str, id: Option<P>, data: P, ctx: &mut Ctx) {
        if let Some(channel) = self.channel_of(name, ctx) {
            self.receive(channel, id, data, ctx);
        } else {
            self.note_activity(false, ctx);
            self.skip_to(id);
            // To a `*` that was forgotten meanwhile it is missing.
            self.let_go_until = self.seq + 1;
        }
    }

    /// An event that the parser has skipped.
    pub(crate) fn receive_oversize(&mut self, name: &str, id: Option<P>, code: Code, ctx: &mut Ctx) {
        self.note_activity(false, ctx);
        let channel = self.channel_of(name, ctx);
        self.skip_to(id);
        if let Some(channel) = channel {
            self.seq += 1;
            self.arm_mirror(ctx);
            let name = self.channels.name(channel);
            self.refuse_event(channel, &name, code, ctx);
        }
    }

    /// What nobody hears still moves the connection on.
    pub(crate) fn skip_to(&mut self, id: Option<P>) {
        if self.state == State::Open {
            self.take_id(id);
        }
    }

    /// Where an event of that name goes: nowhere, if nobody hears it. Most carry the name of the one before.
    fn channel_of(&mut self, name: &str, ctx: &mut Ctx) -> Option<ChannelIndex> {
        if self.state != State::Open {
            return None;
        }
        let last = self.last_named;
        if self
            .channels
            .get(last)
            .is_some_and(|channel| *channel.name == *name)
        {
            return Some(last);
        }
        let mut found = self.channels.find(name);
        if found.is_none() && !self.wild.is_empty() {
            match self.channel(name, ctx) {
                Ok(index) => found = Some(index),
                Err(error) => self.refuse_channel(&error, ctx),
            }
        }
        self.last_named = found.unwrap_or(last);
        found
    }

    /// One channel more than there may be: its events are missing to whoever hears all.
    fn refuse_channel(&mut self, error: &WireError, ctx: &mut Ctx) {
        self.tell_missing(ALL, &"*".into(), error, ctx);
    }

    /// One event less on that channel, or on all: those are told that hear it, and why.
    #[inline(never)]
    fn tell_missing(&mut self, channel: ChannelIndex, name: &Rc<str>, error: &WireError, ctx: &mut Ctx) {
        self.tell_all(ctx, |seat| {
            if seat.is_wild() || seat.holds(channel) {
                seat.queue.push_error(error.clone());
                seat.queue.push_gap(Gap {
                    channel: Rc::clone(name),
                    dropped: Some(1),
                    cause: GapCause::Overflow,
                });
            }
        });
    }

    /// Takes over the event's id; `true` where it introduces one: another than the event before it, or the first that
    /// its EventSource brings.
    fn take_id(&mut self, id: Option<P>) -> bool {
        let Some(id) = id else { return false };
        let is_first = self.source == Some(Source::WithoutId);
        let is_empty = id.units() == 0;
        if is_first && is_empty && self.via == Via::EventSource {
            // A new EventSource starts with an empty id; the connection's is still what was resumed from.
            return false;
        }
        self.source = Some(Source::WithId);
        let is_other = id != self.last_id;
        if is_other {
            self.last_id = id;
            self.id_number += 1;
        }
        (is_first || is_other) && !is_empty
    }

    /// In the seam only: is this what the server had sent before? Ends the seam at the first new id.
    fn is_repeat(&mut self, channel: &str, has_id: bool, data: &P) -> bool {
        let Some(seam) = &mut self.seam else { return false };
        let id = (has_id && self.source == Some(Source::WithId)).then_some(&self.last_id);
        let verdict = seam.judge(channel, id, data);
        if verdict == Verdict::Repeat {
            self.history.last = seam.repeated.take();
        }
        if (verdict == Verdict::New && seam.is_settled()) || seam.is_over() {
            // The timer goes on: it is also for what single tabs had.
            self.seam = None;
        }
        if verdict == Verdict::Repeat {
            self.note_repeats(1);
        }
        verdict == Verdict::Repeat
    }

    /// The server has repeated what it had sent: it took the id up.
    fn note_repeats(&mut self, count: u64) {
        self.repeats += count;
        if self.resumed == Some(Resumed::Unknown) {
            self.resumed = Some(Resumed::Yes);
        }
    }

    /// Who stood there when its worker died has had all up to here.
    fn pass(&mut self, id: &P, ctx: &mut Ctx) {
        for at in 0..self.seats.len() {
            let at = SeatId::try_from(at).unwrap_or(SeatId::MAX);
            if let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut)
                && seat.pass(id, &self.log)
            {
                self.gap_for_seat(at, GapCause::Worker, ctx);
            }
        }
    }

    fn fan_out(&mut self, event: &Rc<Event<P>>, ctx: &mut Ctx) {
        let Some(channel) = self.channels.get(event.channel) else {
            return;
        };
        let mut repeats = 0;
        for &at in &channel.targets {
            if let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) {
                repeats += u64::from(Self::hand(self.id, at, seat, event, &self.log, ctx));
            }
        }
        for &at in &self.wild {
            if let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut)
                && !seat.holds(event.channel)
            {
                repeats += u64::from(Self::hand(self.id, at, seat, event, &self.log, ctx));
            }
        }
        if repeats > 0 {
            self.spared_until = self.seq;
            self.note_repeats(repeats);
        }
    }

    /// A server that repeats has come to where a tab stood within one to two seconds.
    pub(super) fn let_early(&mut self, ctx: &mut Ctx) {
        for seat in self.seats.iter_mut().flatten() {
            if seat.early == 3 {
                seat.early = 0;
            } else if seat.early == 2 {
                seat.early = 3;
                self.timers.arm(Timer::Mirror, ctx.now + MIRROR);
            }
        }
    }

    fn hand(
        id: u32,
        at: SeatId,
        seat: &mut Seat<P>,
        event: &Rc<Event<P>>,
        log: &Log<P>,
        ctx: &mut Ctx,
    ) -> bool {
        let is_repeat = seat.offer(event, log);
        if !is_repeat {
            Self::schedule(id, at as usize, seat, ctx);
        }
        is_repeat
    }

    /// The queues take over what they have in the log.
    pub(super) fn settle(&mut self) {
        for seat in self.seats.iter_mut().flatten() {
            seat.queue.settle(&self.log, u32::MAX);
        }
        self.log.clear();
    }

    /// Too large: the event is not kept anywhere, but its loss is told.
    fn refuse_event(&mut self, channel: ChannelIndex, name: &Rc<str>, code: Code, ctx: &mut Ctx) {
        if let Some(channel) = self.channels.get_mut(channel) {
            self.replay.skip(&mut channel.ring, self.seq);
        }
        let mut detail = crate::text::Text::new();
        let limit = if code == Code::LineTooLong {
            self.options.limit_line()
        } else {
            self.options.limit_event()
        };
        detail.push(name).push(" over ").number(limit.into());
        let detail = detail.into_string();
        if self.unnamed == Some(channel) {
            // Nobody knows whom it was for.
            self.tell_error(code, &detail, ctx);
            self.gap_everywhere(GapCause::Overflow, ctx);
        } else {
            self.tell_missing(channel, name, &WireError::new(code, detail), ctx);
        }
    }

    fn arm_mirror(&mut self, ctx: &mut Ctx) {
        if !self.timers.is_armed(Timer::Mirror) {
            self.timers.arm(Timer::Mirror, ctx.now + MIRROR);
        }
    }

    /// Idle tabs learn where the connection is, so that one of them does not make a later resume start too early. One that
    /// has yet to acknowledge what it was told last learns it after that, or with its next batch. And what is in flight that
    /// nobody was asked to acknowledge is asked for.
    pub(super) fn mirror(&mut self, ctx: &mut Ctx) {
        for (at, slot) in self.seats.iter_mut().enumerate() {
            if let Some(seat) = slot
                && !seat.queue.is_asked()
                && seat.is_behind(self.seq)
            {
                Self::schedule(self.id, at, seat, ctx);
            }
        }
    }

    /// What gathered while the seat could not be sent anything leaves now, and what it did not hear of soon.
    pub(crate) fn resume_delivery(&mut self, at: SeatId, ctx: &mut Ctx) {
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        if seat.queue.has_pending() {
            Self::schedule(self.id, at as usize, seat, ctx);
        } else if !seat.is_behind(self.seq) {
            return;
        }
        // Also for the runs that the batch may make: none is kept for longer.
        self.arm_mirror(ctx);
    }

    /// The seat has processed a batch; what gathered meanwhile leaves as the next. `false`: no such batch.
    pub(crate) fn acknowledge(&mut self, at: SeatId, batch: u64, ctx: &mut Ctx) -> bool {
        let is_known = self
            .seat_mut(at)
            .is_some_and(|seat| seat.queue.acknowledge(batch));
        if is_known {
            self.resume_delivery(at, ctx);
        }
        is_known
    }

    /// What outlives all tabs is what they have acknowledged. And where there is no room for a channel more, those in flight
    /// are soon to be let go of.
    fn always_asks(&self) -> bool {
        self.persist.is_some() || self.channels.len() >= self.options.limit_channels()
    }

    /// Writes the seat's next batch. `false`: there is nothing to send any more.
    pub(crate) fn write_batch<S: BatchSink<P>>(
        &mut self,
        at: SeatId,
        tab: TabId,
        ctx: &mut Ctx,
        sink: &mut S,
    ) -> bool {
        let now = ctx.now;
        let always = self.always_asks();
        // Outputs may have been held back (`hub/fence.rs`): the seat may be another tab's by now.
        let Some(seat) = self
            .seats
            .get_mut(at as usize)
            .and_then(Option::as_mut)
            .filter(|seat| seat.tab == tab)
        else {
            return false;
        };
        seat.scheduled = false;
        let has_news = seat.queue.has_pending() || seat.is_behind(self.seq);
        // Before the resume is decided there is no position to tell: a batch would replace the tab's own by none. Nor is there
        // one while it is not known what is for it.
        if self.state == State::Recovering
            || seat.early > 1
            || !seat.is_here()
            || !seat.queue.has_credit()
            || !has_news
        {
            return false;
        }
        if seat.held.is_some() {
            if seat.is_ready() {
                seat.held = None;
            } else {
                // Seen from there it is not known what it has had.
                self.spared_until = self.seq;
            }
        }
        let held = seat.held.as_ref().map(|(seq, id)| (*seq, id));
        let (seq, last_id) = held.unwrap_or((self.seq, &self.last_id));
        seat.queue.settle(&self.log, MIN_EVENTS);
        // As a rule: it is worth a way of its own.
        let single = seat.queue.single().filter(|event| seat.known.has(event.channel));
        let asks = always || single.is_none() || seat.queue.asks(now);
        let header = Header {
            s: seat.s,
            batch: seat.queue.next_batch(),
            epoch: self.epoch,
            seq,
            last_id,
            asks,
        };
        seat.mirrored = self.seq;
        if let Some(event) = single {
            sink.single(header, event);
            seat.queue.send_single(self.seq, asks, now);
            self.delivered += 1;
            return true;
        }
        sink.begin(header);
        self.write_entries(at, ctx, sink);
        true
    }

    /// All that waits.
    fn write_entries<S: BatchSink<P>>(&mut self, at: SeatId, ctx: &mut Ctx, sink: &mut S) {
        let now = ctx.now;
        let mut reach = self.reach(at);
        let Some(seat) = self.seats.get_mut(at as usize).and_then(Option::as_mut) else {
            return;
        };
        let (channels, log, runs, circle) = (&self.channels, &self.log, &mut self.runs, &mut self.circle);
        let Seat {
            queue,
            known,
            subs,
            ear,
            ..
        } = seat;
        let mut introduce = |sink: &mut S, index: ChannelIndex| {
            if known.learn(index)
                && let Some(channel) = channels.get(index)
            {
                sink.channel(index, &channel.name);
            }
        };
        let (mut delivered, mut last_id_number, mut named) = (0, None, 0);
        let gather = |sink: &mut S, pending: &VecDeque<Item<P>>| {
            let (run, is_new) = runs.first(pending, log, reach.from, |events| sink.join(events))?;
            if circle.airs(&run, is_new, &mut reach, now) {
                sink.air(run.aired.get(), &run.text);
            }
            Some(run)
        };
        queue.send(self.seq, now, sink, gather, |sink, item| match item {
            Item::Run(run) => {
                for &channel in &run.channels {
                    introduce(sink, channel);
                }
                last_id_number = run.events.last().map(|event| event.id_number);
                let aired = run.aired.get();
                if ear.has(aired) {
                    named = named.max(aired);
                    sink.aired(run.events.len(), aired);
                } else {
                    sink.run(run.events.len(), &run.text);
                }
                delivered += run.events.len() as u64;
            }
            Item::Span(..) => {}
            Item::Event(event) => {
                introduce(sink, event.channel);
                let is_same = last_id_number == Some(event.id_number);
                sink.event(
                    event.channel,
                    if is_same { None } else { Some(&event.id) },
                    &event.data,
                );
                last_id_number = Some(event.id_number);
                delivered += 1;
            }
            Item::Replayed(sub, event) => {
                introduce(sink, event.channel);
                sink.replayed(*sub, event.channel, &event.id, &event.data);
                delivered += 1;
            }
            Item::Ready(sub) => {
                if let Some(held) = subs.get(*sub)
                    && held.channel != ALL
                {
                    introduce(sink, held.channel);
                }
                sink.ready(*sub);
            }
            Item::Gap(gap) => sink.gap(&gap.channel, gap.dropped, gap.cause),
            Item::Dropped(index, count) => {
                let name = channels.get(*index).map_or("", |channel| &channel.name);
                sink.gap(name, Some(*count), GapCause::Overflow);
            }
            Item::Status(update) => sink.status(update),
            Item::Error(error) => sink.error(error),
        });
        if named > 0 {
            *ear = Ear::Hears(named);
        }
        self.delivered += delivered;
        if let Some(key) = self.close_reach(at, &reach, ctx) {
            sink.invite(key);
        }
    }
}
