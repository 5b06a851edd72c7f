//! How a tab joins a stream, subscribes, and leaves.

use std::rc::Rc;

use super::{Hub, Output, PortId, StreamId};
use crate::error::{Code, WireError};
use crate::event::GapCause;
use crate::message::{Attach, Reply, Subscribe, TabPosition};
use crate::options::{Given, Options};
use crate::payload::Payload;
use crate::seat::TabId;
use crate::stream::Stream;
use crate::stream::connection::Arrival;
use crate::stream::membership::Guest;
use crate::upstream::{Input, Reason};

impl<P: Payload> Hub<P> {
    pub(super) fn attach(&mut self, port: PortId, tab: TabId, attach: Attach<P>, given: Given) {
        let s = attach.s;
        // Who has heard nothing yet has no position, but was told of its connect.
        let position = attach.position.as_ref();
        if let Some(from) = position.map_or(attach.term, |position| Some(position.epoch)) {
            if from < self.ended_below {
                self.reply(
                    port,
                    Reply::Ended {
                        session: self.session,
                    },
                );
                return;
            }
            if !(self.config.epoch..=self.epoch).contains(&from) {
                self.ask_for_session();
                if let Some(tab) = self.tabs.get_mut(tab) {
                    tab.from = tab.from.min(from);
                }
            }
            // Epochs come from wall clocks, and those can be set back between two workers.
            self.epoch = self.epoch.max(from);
        }
        let joined = Options::parse(given)
            .map_err(|error| (error, None))
            .map(Rc::new)
            .and_then(|options| Ok((self.find_or_make_stream(&attach, &options)?, options)));
        match joined {
            Ok(((stream, term), options)) => {
                self.reply(port, Reply::Attached { s, term });
                let is_back = self.come_back(port, tab, stream, &attach);
                if !is_back {
                    self.take_seat(port, tab, stream, attach, &options);
                }
            }
            Err((error, reason)) => {
                // It may hold the stream still, from another port.
                self.detach(tab, s);
                let reason = reason.map(Reason::name);
                self.reply(port, Reply::Detached { s, error, reason });
            }
        }
        self.forget_abandoned();
    }

    /// The tab has kept its seat (bfcache): it goes on from there. `false`: it has none on this stream.
    fn come_back(&mut self, port: PortId, tab_id: TabId, stream_id: StreamId, attach: &Attach<P>) -> bool {
        let Some(tab) = self.tabs.get(tab_id) else {
            return false;
        };
        let visible = tab.visible;
        let Some((old, seat)) = self.seat_of(tab_id, attach.s) else {
            return false;
        };
        let epoch = self.stream(old).map(super::Stream::epoch);
        match &attach.position {
            Some(position) if old == stream_id && Some(position.epoch) == epoch => {
                self.with_stream(stream_id, |stream, ctx| {
                    stream.keep_subscriptions(seat, &attach.subs, ctx);
                    stream.return_to(seat, position.batch, visible, ctx);
                });
                self.subscribe(port, tab_id, attach.s, &attach.subs);
                true
            }
            _ => {
                self.detach(tab_id, attach.s);
                false
            }
        }
    }

    fn take_seat(
        &mut self,
        port: PortId,
        tab_id: TabId,
        stream_id: StreamId,
        attach: Attach<P>,
        options: &Options,
    ) {
        let s = attach.s;
        let conflict = self
            .stream(stream_id)
            .and_then(|stream| stream.options.conflict(options));
        if let Some(text) = conflict {
            let error = WireError::new(Code::OptionsConflict, text);
            self.error(port, Some(s), None, error);
        }
        let Some(tab) = self.tabs.get(tab_id) else { return };
        let at = attach.position.as_ref().map(TabPosition::at);
        let epoch = self.stream(stream_id).map_or(0, super::Stream::epoch);
        let is_foreign = at.is_some_and(|at| at.epoch != epoch);
        let guest = Guest {
            tab: tab_id,
            s,
            kind: attach.kind,
            visible: tab.visible,
            asks: options.asks(),
            buffer: options.buffer(),
            last_batch: attach.position.as_ref().map_or(0, |position| position.batch),
            stood: attach.position.filter(|_| is_foreign),
        };
        let outdone = at.is_some_and(|at| at.epoch > epoch);
        let raised = if outdone { self.next_epoch() } else { epoch };
        let mut seat = 0;
        let mut arrival = Arrival::InTime;
        let mut left_at = None;
        self.with_stream(stream_id, |stream, ctx| {
            stream.outdo(raised);
            if let Some(headers) = options.headers() {
                stream.headers = headers.into();
            }
            if at.is_none() {
                stream.apply(Input::Connect, ctx);
                // Who asks for the past gets that.
                left_at = stream
                    .left_at()
                    .filter(|_| attach.subs.iter().all(|request| request.replay == 0));
            }
            seat = stream.sit_down(guest, ctx);
            stream.pin(options.channels(), ctx);
            // Before its subscriptions ask for the upstream: a resume must not begin without the id.
            if let Some(at) = at.filter(|_| is_foreign) {
                arrival = stream.weigh_position(seat, at, ctx);
            }
        });
        if let Some(tab) = self.tabs.get_mut(tab_id) {
            tab.seats.push((s, stream_id, seat));
        }
        self.subscribe(port, tab_id, s, &attach.subs);
        let had = attach.had;
        self.with_stream(stream_id, |stream, ctx| {
            if is_foreign {
                stream.remember_had(seat, had, at);
                match arrival {
                    Arrival::InTime => {}
                    Arrival::Late => stream.catch_up(seat, 0, GapCause::Worker, false, ctx),
                    Arrival::Behind => stream.gap_for_seat(seat, GapCause::Worker, ctx),
                }
                stream.settle_had(seat);
            } else if let Some(at) = at {
                // Nothing of this hub's: what it had is another worker's still, and may be in a ring here.
                let is_of_before = at.seq == 0;
                if is_of_before {
                    // Where it stood with that one it does not say any more.
                    stream.remember_had(seat, had, None);
                }
                stream.catch_up_own(seat, at.seq, ctx);
                if is_of_before {
                    stream.settle_had(seat);
                }
            } else if let Some(left_at) = left_at {
                // It is to hear what came for nobody.
                stream.make_ready(ctx);
                stream.catch_up(seat, left_at, GapCause::Overflow, true, ctx);
            }
            let (after, cause) = if is_foreign {
                (Some(0), GapCause::Worker)
            } else {
                (at.map(|at| at.seq).or(left_at), GapCause::Overflow)
            };
            // It has been told what it missed up to here: what follows is to be joined to that, or told.
            stream.returning |= at.is_some();
            if let Some(after) = after {
                stream.join_topics(seat, after, cause, ctx);
            }
            stream.rethink(ctx);
        });
    }

    /// All of them at once: the first one must not connect for its own topic alone.
    pub(super) fn subscribe(&mut self, port: PortId, tab: TabId, s: u32, subs: &[Subscribe]) {
        self.with_seat(tab, s, |stream, seat, ctx| {
            for request in subs {
                if let Err(error) = stream.subscribe(seat, request, ctx) {
                    let (s, sub) = (Some(s), Some(request.sub));
                    let reply = Reply::Error { s, sub, error };
                    ctx.outputs.push_back(Output::Reply { port, reply });
                }
            }
            stream.rethink(ctx);
        });
    }

    /// It leaves the stream, not the hub.
    pub(super) fn detach(&mut self, tab: TabId, s: u32) {
        let Some(tab) = self.tabs.get_mut(tab) else {
            return;
        };
        if let Some(at) = tab.seats.iter().position(|(number, ..)| *number == s) {
            let (_, stream, seat) = tab.seats.remove(at);
            self.with_stream(stream, |stream, ctx| {
                stream.stand_up(seat, ctx);
                stream.cut_grace(ctx);
            });
        }
    }

    /// `reconnect()`. What was given up has no connection: with another it is one more of its origin.
    pub(super) fn reconnect(&mut self, port: PortId, tab: TabId, s: u32) {
        let Some((id, _)) = self.seat_of(tab, s) else {
            return;
        };
        let Some(stream) = self.stream(id) else { return };
        if stream.is_given_up() && stream.is_channel() {
            let most = stream.options.max_streams_per_origin();
            let (url, family) = (stream.url.clone(), stream.family.clone());
            if let Err(error) = self.make_room(&family, &url, most) {
                self.error(port, Some(s), None, error);
                return;
            }
        }
        self.with_stream(id, Stream::reconnect);
    }

    pub(super) fn stats(&mut self, port: PortId, tab: TabId, s: u32, request: u32) {
        let seat = self.seat_of(tab, s);
        let streams = self.streams.iter().flatten().count();
        let Some((stream, seat)) = seat.and_then(|(stream, seat)| Some((self.stream(stream)?, seat))) else {
            self.error(port, Some(s), None, WireError::new(Code::Closed, ""));
            return;
        };
        let stats = Box::new(stream.stats(seat, streams, self.config.generation));
        self.reply(port, Reply::Stats { request, stats });
    }
}
