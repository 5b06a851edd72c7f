//! The hub: the tabs of an origin, their streams, and who may hold what.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::error::{Code, WireError};
use crate::event::{ChannelIndex, GapCause};
use crate::message::{Attach, Hello, Kind, Message, Reply, Subscribe, TabPosition, VERSION};
use crate::options::Options;
use crate::payload::Payload;
use crate::random::Random;
use crate::seat::{SeatId, TabId};
use crate::stream::connection::Arrival;
use crate::stream::membership::Guest;
use crate::stream::{Ctx, Stream};
use crate::time::{Millis, Time};
use crate::upstream::{Input, Reason, State, Status};
use crate::url;

/// A connection to a page, as the shell numbers it; never used twice.
pub type PortId = u32;
/// A stream of the hub. The number is used again once its `Close` was given out.
pub type StreamId = u32;

/// Tabs are looked after that often.
pub const SWEEP: Millis = Millis(10_000);
/// A tab without a Web Lock that is silent that long is away.
pub const SILENT: Millis = Millis(30_000);
/// A tab without a Web Lock that is away that long is gone.
pub const AWAY: Millis = Millis(10 * 60_000);
/// A timer that fires that late means that the machine slept.
pub const CLOCK_JUMP: Millis = Millis(5_000);
/// The tabs that are awake answer `ended` by then, or are asleep.
pub const CONFIRM: Millis = Millis(2_000);

/// What the shell is to do. Drain with [`Hub::poll_output`] after every input, until [`Output::Timeout`].
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Make the stream's EventSource; `Listen` for each of its channels follows before anything else.
    Open {
        /// The stream.
        stream: StreamId,
        /// The URL, with the resume parameter where there is an id.
        url: String,
        /// `withCredentials`.
        with_credentials: bool,
    },
    /// Close the stream's EventSource and remove its listeners.
    Close {
        /// The stream.
        stream: StreamId,
    },
    /// Listen on the stream's EventSource.
    Listen {
        /// The stream.
        stream: StreamId,
        /// Hand events in with this index.
        channel: ChannelIndex,
        /// The event's name.
        name: Rc<str>,
    },
    /// Stop listening.
    Unlisten {
        /// The stream.
        stream: StreamId,
        /// The index that was given with `Listen`.
        channel: ChannelIndex,
    },
    /// A batch is ready: call [`Hub::write_batch`] and post what it writes to the tab's port.
    Deliver {
        /// The stream.
        stream: StreamId,
        /// The seat on it.
        seat: SeatId,
        /// The tab: its port is [`Hub::port_of`].
        tab: TabId,
    },
    /// Post a control message.
    Reply {
        /// To this port.
        port: PortId,
        /// The message.
        reply: Reply,
    },
    /// Wait for this Web Lock; when it is granted call [`Hub::handle_tab_gone`].
    WatchLock {
        /// Who holds it.
        tab: TabId,
        /// Its name.
        lock: String,
    },
    /// The port is not used any more.
    ClosePort {
        /// The port.
        port: PortId,
    },
    /// All is drained: call [`Hub::handle_timeout`] at that time, or sooner with another input.
    Timeout(Option<Time>),
}

/// What a hub is born with.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Larger than that of any hub before: wall-clock milliseconds do.
    pub epoch: u64,
    /// Generation of the worker.
    pub generation: u32,
    /// Seed of the jitter.
    pub seed: u64,
}

#[derive(Debug)]
struct Tab {
    name: String,
    port: Option<PortId>,
    has_lock: bool,
    visible: bool,
    seats: BTreeMap<u32, (StreamId, SeatId)>,
    heard: Time,
    /// Frozen, silent or in bfcache since.
    away: Option<Time>,
}

/// A `close({ everywhere: true })` that waits for the tabs.
#[derive(Debug)]
struct Ending {
    session: u32,
    asked_by: Vec<(PortId, u32)>,
    waiting: Vec<TabId>,
    until: Time,
}

/// The state machine. See the crate's documentation for the contract of its methods.
#[derive(Debug)]
pub struct Hub<P> {
    config: Config,
    epoch: u64,
    random: Random,
    outputs: VecDeque<Output>,
    tabs: BTreeMap<TabId, Tab>,
    ports: BTreeMap<PortId, TabId>,
    streams: Vec<Option<Stream<P>>>,
    next_tab: TabId,
    /// Who owns a family of streams (same key but for the principal), and since which connect epoch.
    terms: BTreeMap<String, (Option<String>, u64)>,
    session: u32,
    /// Positions of epochs below are of a session that was closed everywhere.
    ended_below: u64,
    ending: Option<Ending>,
    sweep: Option<Time>,
}

impl<P: Payload> Hub<P> {
    /// A hub without tabs.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            epoch: config.epoch,
            random: Random::new(config.seed),
            outputs: VecDeque::new(),
            tabs: BTreeMap::new(),
            ports: BTreeMap::new(),
            streams: Vec::new(),
            next_tab: 0,
            terms: BTreeMap::new(),
            session: 0,
            ended_below: 0,
            ending: None,
            sweep: None,
        }
    }

    /// The next thing to do; [`Output::Timeout`] when there is none for now.
    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Timeout(self.next_deadline()))
    }

    fn next_deadline(&self) -> Option<Time> {
        let streams = self.streams.iter().flatten().filter_map(Stream::next_deadline);
        let ending = self.ending.as_ref().map(|ending| ending.until);
        streams.chain(self.sweep).chain(ending).min()
    }

    /// Where a tab is reached now.
    pub fn port_of(&self, tab: TabId) -> Option<PortId> {
        self.tabs.get(&tab)?.port
    }

    /// An event of the upstream. `channel` as given by [`Output::Listen`], `id` the event's `lastEventId`.
    pub fn handle_event(&mut self, stream: StreamId, channel: ChannelIndex, id: P, data: P, now: Time) {
        self.with_stream(stream, now, |stream, ctx| stream.receive(channel, id, data, ctx));
    }

    /// The upstream has opened.
    pub fn handle_opened(&mut self, stream: StreamId, now: Time) {
        self.with_stream(stream, now, |stream, ctx| stream.apply(Input::Opened, ctx));
    }

    /// The upstream reported an error; `retrying`: its `readyState` is CONNECTING, the browser goes on by itself.
    pub fn handle_lost(&mut self, stream: StreamId, retrying: bool, now: Time) {
        self.with_stream(stream, now, |stream, ctx| {
            stream.apply(Input::Lost { retrying }, ctx)
        });
    }

    /// The machine is online again.
    pub fn handle_online(&mut self, now: Time) {
        self.with_streams(now, |stream, ctx| stream.apply(Input::Online, ctx));
    }

    /// A tab has processed a batch.
    pub fn handle_ack(&mut self, port: PortId, s: u32, batch: u64, now: Time) {
        let Some(tab) = self.hear(port, now) else { return };
        let Some(&(stream, seat)) = self.tabs.get(&tab).and_then(|tab| tab.seats.get(&s)) else {
            return;
        };
        // An unknown batch is one from before the tab came back: nothing to do.
        self.with_stream(stream, now, |stream, ctx| {
            stream.acknowledge(seat, batch, ctx);
        });
    }

    /// The time of the last [`Output::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Time) {
        let woke = self
            .next_deadline()
            .is_some_and(|deadline| now >= deadline + CLOCK_JUMP);
        self.with_streams(now, |stream, ctx| {
            if woke || stream.next_deadline().is_some_and(|deadline| deadline <= ctx.now) {
                stream.handle_timers(woke, ctx);
            }
        });
        if self.ending.as_ref().is_some_and(|ending| ending.until <= now) {
            self.finish_ending();
        }
        if self.sweep.is_some_and(|sweep| sweep <= now) {
            self.sweep(woke, now);
        }
        self.forget_abandoned();
    }

    /// The tab's Web Lock was granted: its page is gone.
    pub fn handle_tab_gone(&mut self, tab: TabId, now: Time) {
        self.remove_tab(tab, now);
    }

    /// A message that is not of the protocol: an answer, no change.
    pub fn handle_bad_message(&mut self, port: PortId, detail: &str) {
        let error = WireError::new(Code::BadMessage, detail);
        self.reply(
            port,
            Reply::Error {
                s: None,
                sub: None,
                error,
            },
        );
    }

    /// A control message of a page.
    pub fn handle_message(&mut self, port: PortId, message: Message<P>, now: Time) {
        if let Message::Hello(hello) = message {
            self.hello(port, hello, now);
            return;
        }
        let Some(tab) = self.hear(port, now) else {
            // Silent for too long and forgotten, or nobody ever: it may introduce itself.
            if !matches!(message, Message::Bye { .. }) {
                self.reply(port, Reply::Rejoin);
            }
            return;
        };
        match message {
            Message::Hello(_) | Message::Pong => {}
            Message::Ping => self.reply(port, Reply::Pong),
            Message::Attach(attach) => self.attach(port, tab, *attach, now),
            Message::Detach { s } => self.detach(tab, s, now),
            Message::Subscribe { s, request } => self.subscribe(port, tab, s, &request, now),
            Message::Unsubscribe { s, sub } => {
                self.with_seat(tab, s, now, |stream, seat, ctx| {
                    stream.unsubscribe(seat, sub, ctx)
                });
            }
            Message::Visible(visible) => self.set_visible(tab, visible, now),
            Message::Bye { persisted: false, .. } => self.remove_tab(tab, now),
            Message::Bye { persisted: true, at } => self.park(tab, &at, now),
            Message::Reconnect { s } => self.with_seat(tab, s, now, |stream, _, ctx| stream.reconnect(ctx)),
            Message::Stats { s, request } => self.stats(port, tab, s, request),
            Message::CloseEverywhere { request } => self.close_everywhere(port, request, now),
            Message::Ended { session } => self.confirm_ended(tab, session),
        }
    }

    /// Writes the batch that [`Output::Deliver`] told of. `false`: nothing is to be posted.
    pub fn write_batch<S: crate::BatchSink<P>>(
        &mut self,
        stream: StreamId,
        seat: SeatId,
        sink: &mut S,
    ) -> bool {
        let epoch = self.epoch;
        self.streams
            .get_mut(stream as usize)
            .and_then(Option::as_mut)
            .is_some_and(|stream| stream.write_batch(seat, epoch, sink))
    }

    // ---- tabs ----

    fn hello(&mut self, port: PortId, hello: Hello, now: Time) {
        if hello.version != VERSION {
            self.reply(port, Reply::Refused);
            return;
        }
        let known = self
            .tabs
            .iter()
            .find(|(_, tab)| tab.name == hello.tab)
            .map(|(&id, _)| id);
        let id = known.unwrap_or_else(|| {
            self.next_tab += 1;
            self.next_tab
        });
        if let Some(tab) = self.tabs.get_mut(&id) {
            // Back from bfcache, or a second hello: the seats stay, each until it is attached again.
            if let Some(old) = tab.port.replace(port)
                && old != port
            {
                self.ports.remove(&old);
                self.outputs.push_back(Output::ClosePort { port: old });
            }
            tab.heard = now;
            tab.visible = hello.visible;
            tab.away = None;
        } else {
            let tab = Tab {
                name: hello.tab,
                port: Some(port),
                has_lock: hello.lock.is_some(),
                visible: hello.visible,
                seats: BTreeMap::new(),
                heard: now,
                away: None,
            };
            self.tabs.insert(id, tab);
            if let Some(lock) = hello.lock {
                self.outputs.push_back(Output::WatchLock { tab: id, lock });
            }
        }
        self.ports.insert(port, id);
        if self.tabs.values().any(|tab| !tab.has_lock) {
            self.sweep.get_or_insert(now + SWEEP);
        }
        self.reply(
            port,
            Reply::Welcome {
                epoch: self.epoch,
                generation: self.config.generation,
            },
        );
    }

    /// Whose port it is. A tab that was away is back by any word of it.
    fn hear(&mut self, port: PortId, now: Time) -> Option<TabId> {
        let id = *self.ports.get(&port)?;
        let tab = self.tabs.get_mut(&id)?;
        tab.heard = now;
        if tab.away.take().is_some() {
            self.set_away(id, false, now);
        }
        Some(id)
    }

    fn set_away(&mut self, tab: TabId, away: bool, now: Time) {
        for (stream, seat) in self.seats_of(tab) {
            self.with_stream(stream, now, |stream, ctx| stream.set_away(seat, away, ctx));
        }
    }

    fn set_visible(&mut self, tab: TabId, visible: bool, now: Time) {
        if let Some(tab) = self.tabs.get_mut(&tab) {
            tab.visible = visible;
        }
        for (stream, seat) in self.seats_of(tab) {
            self.with_stream(stream, now, |stream, ctx| stream.set_visible(seat, visible, ctx));
        }
    }

    /// The page goes into bfcache: its queues wait for it, nothing is posted.
    fn park(&mut self, tab: TabId, at: &[(u32, u64)], now: Time) {
        for &(s, batch) in at {
            self.with_seat(tab, s, now, |stream, seat, ctx| {
                stream.acknowledge(seat, batch, ctx);
            });
        }
        if let Some(tab) = self.tabs.get_mut(&tab) {
            tab.away = Some(now);
            if let Some(port) = tab.port.take() {
                self.ports.remove(&port);
                self.outputs.push_back(Output::ClosePort { port });
            }
        }
        self.set_away(tab, true, now);
    }

    fn remove_tab(&mut self, tab: TabId, now: Time) {
        let Some(gone) = self.tabs.remove(&tab) else {
            return;
        };
        if let Some(port) = gone.port {
            self.ports.remove(&port);
            self.outputs.push_back(Output::ClosePort { port });
        }
        for (stream, seat) in gone.seats.into_values() {
            self.with_stream(stream, now, |stream, ctx| stream.stand_up(seat, ctx));
        }
        self.no_longer_waits_for(tab);
    }

    /// Finds tabs that fell silent. Those with a Web Lock can't: the lock tells.
    fn sweep(&mut self, woke: bool, now: Time) {
        let mut silent = Vec::new();
        let mut gone = Vec::new();
        for (&id, tab) in &mut self.tabs {
            if tab.has_lock {
                continue;
            }
            if woke {
                // Nobody could speak while the machine slept.
                tab.heard = now;
            }
            match tab.away {
                Some(since) if now >= since + AWAY => gone.push(id),
                Some(_) => {}
                None if now >= tab.heard + SILENT => silent.push(id),
                None => {
                    if let Some(port) = tab.port
                        && now >= tab.heard + SWEEP
                    {
                        self.outputs.push_back(Output::Reply {
                            port,
                            reply: Reply::Ping,
                        });
                    }
                }
            }
        }
        for tab in silent {
            if let Some(tab) = self.tabs.get_mut(&tab) {
                tab.away = Some(now);
            }
            self.set_away(tab, true, now);
        }
        for tab in gone {
            self.remove_tab(tab, now);
        }
        self.sweep = self.tabs.values().any(|tab| !tab.has_lock).then(|| now + SWEEP);
    }

    fn seats_of(&self, tab: TabId) -> Vec<(StreamId, SeatId)> {
        self.tabs
            .get(&tab)
            .map_or_else(Vec::new, |tab| tab.seats.values().copied().collect())
    }

    // ---- streams ----

    fn attach(&mut self, port: PortId, tab: TabId, attach: Attach<P>, now: Time) {
        let s = attach.s;
        if let Some(position) = &attach.position {
            if position.epoch < self.ended_below {
                self.reply(
                    port,
                    Reply::Ended {
                        session: self.session,
                    },
                );
                return;
            }
            // Epochs come from wall clocks, and those can be set back between two workers.
            if position.epoch > self.epoch {
                self.epoch = position.epoch + 1;
            }
        }
        match self.find_or_make_stream(&attach, now) {
            Ok((stream, term)) => {
                self.reply(port, Reply::Attached { s, term });
                self.take_seat(port, tab, stream, attach, now);
            }
            Err((error, reason)) => {
                let reason = reason.map(Reason::name);
                self.reply(port, Reply::Detached { s, error, reason });
            }
        }
    }

    fn find_or_make_stream(
        &mut self,
        attach: &Attach<P>,
        now: Time,
    ) -> Result<(StreamId, u64), (WireError, Option<Reason>)> {
        let plain = |error| (error, None);
        let options = Options::parse(attach.options.clone()).map_err(plain)?;
        let Some(origin) = url::origin(&attach.url) else {
            return Err(plain(WireError::new(
                Code::BadUrl,
                url::without_query(&attach.url),
            )));
        };
        let family = family(attach, &options);
        let term = self.claim(&family, &options.principal, attach.term, now)?;
        let same =
            |stream: &&Stream<P>| stream.family == family && stream.options.principal == options.principal;
        if let Some(stream) = self.streams.iter().flatten().find(same) {
            return Ok((stream.id(), term));
        }
        if attach.kind == Kind::Channel {
            self.make_room(origin, options.max_streams_per_origin, now)
                .map_err(plain)?;
        }
        let slot = self.streams.iter().position(Option::is_none).unwrap_or_else(|| {
            self.streams.push(None);
            self.streams.len() - 1
        });
        let id = StreamId::try_from(slot).unwrap_or(StreamId::MAX);
        self.streams[slot] = Some(Stream::new(id, family, attach.url.clone(), options, now));
        Ok((id, term))
    }

    /// Makes `principal` the owner of the family. A *new* connect wins over the present owner, whose tabs are closed; a
    /// rejoin with an older term does not, so that two tabs never fight.
    fn claim(
        &mut self,
        family: &str,
        principal: &Option<String>,
        rejoin: Option<u64>,
        now: Time,
    ) -> Result<u64, (WireError, Option<Reason>)> {
        let present = self.terms.get(family).cloned();
        let term = match (present, rejoin) {
            (None, rejoin) => rejoin.unwrap_or(1),
            (Some((owner, term)), Some(theirs)) if owner == *principal => term.max(theirs),
            (Some((owner, term)), None) if owner == *principal => term,
            (Some((_, term)), Some(theirs)) if theirs <= term => {
                return Err((WireError::new(Code::Closed, ""), Some(Reason::PrincipalChanged)));
            }
            (Some((_, term)), theirs) => {
                self.with_streams(now, |stream, ctx| {
                    if stream.family == family && stream.options.principal != *principal {
                        stream.apply(Input::End(Reason::PrincipalChanged), ctx);
                    }
                });
                theirs.unwrap_or(term + 1)
            }
        };
        self.terms.insert(family.to_owned(), (principal.clone(), term));
        Ok(term)
    }

    /// One stream of `connect` to an origin, unless the app asks for more. One that nobody needs any more gives way.
    fn make_room(&mut self, origin: &str, most: usize, now: Time) -> Result<(), WireError> {
        let mut present: Vec<StreamId> = Vec::new();
        for stream in self.streams.iter().flatten() {
            if stream.state() != State::Closed
                && stream.is_limited()
                && url::origin(&stream.url) == Some(origin)
            {
                present.push(stream.id());
            }
        }
        let mut over = (present.len() + 1).saturating_sub(most);
        for &id in &present {
            let gives_way = self.stream(id).is_some_and(|stream| stream.is_in_grace());
            if over > 0 && gives_way {
                self.with_stream(id, now, |stream, ctx| {
                    stream.apply(Input::Unwant(Reason::Replaced), ctx)
                });
                over -= 1;
            }
        }
        self.forget_abandoned();
        if over == 0 {
            return Ok(());
        }
        let first = present.first().and_then(|&id| self.stream(id));
        let shown = first.map_or("", |stream| url::without_query(&stream.url));
        Err(WireError::new(Code::StreamLimit, shown))
    }

    fn take_seat(&mut self, port: PortId, tab_id: TabId, stream_id: StreamId, attach: Attach<P>, now: Time) {
        let Some(tab) = self.tabs.get_mut(&tab_id) else {
            return;
        };
        let visible = tab.visible;
        let had_seat = tab.seats.get(&attach.s).copied();
        if let Some((old, seat)) = had_seat {
            if old == stream_id
                && let Some(position) = &attach.position
            {
                self.with_stream(stream_id, now, |stream, ctx| {
                    stream.keep_subscriptions(seat, &attach.subs, ctx);
                    stream.return_to(seat, position.batch, visible, ctx);
                });
                self.subscribe_each(port, tab_id, attach.s, &attach.subs, now);
                return;
            }
            self.detach(tab_id, attach.s, now);
        }
        let options = Options::parse(attach.options.clone()).unwrap_or_default();
        let conflict = self
            .stream(stream_id)
            .and_then(|stream| stream.options.conflict(&options));
        if let Some(text) = conflict {
            let error = WireError::new(Code::OptionsConflict, text);
            self.reply(
                port,
                Reply::Error {
                    s: Some(attach.s),
                    sub: None,
                    error,
                },
            );
        }
        let position = attach.position;
        let guest = Guest {
            tab: tab_id,
            s: attach.s,
            kind: attach.kind,
            buffer: options.buffer,
            visible,
            last_batch: position.as_ref().map_or(0, |position| position.batch),
        };
        let mut seat = 0;
        let epoch = self.epoch;
        let foreign = position
            .as_ref()
            .filter(|position| position.epoch != epoch)
            .cloned();
        let mut arrival = Arrival::InTime;
        self.with_stream(stream_id, now, |stream, ctx| {
            // Before the seat and its subscriptions ask for the upstream: a resume must not begin without the id.
            if let Some(position) = &foreign {
                arrival = stream.offer_position(position, ctx);
            }
            seat = stream.sit_down(guest, ctx);
        });
        if let Some(tab) = self.tabs.get_mut(&tab_id) {
            tab.seats.insert(attach.s, (stream_id, seat));
        }
        self.subscribe_each(port, tab_id, attach.s, &attach.subs, now);
        let had = attach.had;
        self.with_stream(stream_id, now, |stream, ctx| {
            if foreign.is_some() {
                stream.remember_had(seat, had);
                match arrival {
                    Arrival::InTime => {}
                    Arrival::Late => stream.catch_up(seat, 0, GapCause::Worker, ctx),
                    Arrival::Behind => stream.gap_for_seat(seat, GapCause::Worker, ctx),
                }
            } else if let Some(TabPosition { seq, .. }) = position {
                stream.catch_up(seat, seq, GapCause::Overflow, ctx);
            }
            stream.rethink(ctx);
        });
    }

    fn subscribe_each(&mut self, port: PortId, tab: TabId, s: u32, subs: &[Subscribe], now: Time) {
        for request in subs {
            self.subscribe(port, tab, s, request, now);
        }
    }

    fn subscribe(&mut self, port: PortId, tab: TabId, s: u32, request: &Subscribe, now: Time) {
        let mut refused = None;
        self.with_seat(tab, s, now, |stream, seat, ctx| {
            refused = stream.subscribe(seat, request, ctx).err();
            stream.rethink(ctx);
        });
        if let Some(error) = refused {
            self.reply(
                port,
                Reply::Error {
                    s: Some(s),
                    sub: Some(request.sub),
                    error,
                },
            );
        }
    }

    fn detach(&mut self, tab: TabId, s: u32, now: Time) {
        let seat = self.tabs.get_mut(&tab).and_then(|tab| tab.seats.remove(&s));
        if let Some((stream, seat)) = seat {
            self.with_stream(stream, now, |stream, ctx| stream.stand_up(seat, ctx));
        }
    }

    fn stats(&mut self, port: PortId, tab: TabId, s: u32, request: u32) {
        let Some(&(stream, seat)) = self.tabs.get(&tab).and_then(|tab| tab.seats.get(&s)) else {
            return;
        };
        let streams = self.streams.iter().flatten().count();
        let Some(stream) = self.stream(stream) else { return };
        let stats = Box::new(stream.stats(seat, self.epoch, streams, self.config.generation));
        self.reply(port, Reply::Stats { request, stats });
    }

    // ---- close everywhere ----

    fn close_everywhere(&mut self, port: PortId, request: u32, now: Time) {
        if let Some(ending) = &mut self.ending {
            ending.asked_by.push((port, request));
            return;
        }
        self.session += 1;
        // Nothing of before may be taken up again, by whomever slept through this.
        self.epoch += 1;
        self.ended_below = self.epoch;
        self.with_streams(now, |stream, ctx| stream.apply(Input::End(Reason::Unused), ctx));
        self.streams.clear();
        self.outputs
            .retain(|output| !matches!(output, Output::Deliver { .. }));
        self.terms.clear();
        let mut waiting = Vec::new();
        let mut told = Vec::new();
        for (&id, tab) in &mut self.tabs {
            tab.seats.clear();
            if let Some(port) = tab.port {
                told.push(port);
                if tab.away.is_none() {
                    waiting.push(id);
                }
            }
        }
        for port in told {
            self.reply(
                port,
                Reply::Ended {
                    session: self.session,
                },
            );
        }
        let asked_by = vec![(port, request)];
        self.ending = Some(Ending {
            session: self.session,
            asked_by,
            waiting,
            until: now + CONFIRM,
        });
    }

    fn confirm_ended(&mut self, tab: TabId, session: u32) {
        if self
            .ending
            .as_ref()
            .is_some_and(|ending| ending.session == session)
        {
            self.no_longer_waits_for(tab);
        }
    }

    fn no_longer_waits_for(&mut self, tab: TabId) {
        let Some(ending) = &mut self.ending else { return };
        ending.waiting.retain(|&other| other != tab);
        if ending.waiting.is_empty() {
            self.finish_ending();
        }
    }

    fn finish_ending(&mut self) {
        for (port, request) in self.ending.take().map_or_else(Vec::new, |ending| ending.asked_by) {
            self.reply(port, Reply::ClosedEverywhere { request });
        }
    }

    // ---- plumbing ----

    fn reply(&mut self, port: PortId, reply: Reply) {
        self.outputs.push_back(Output::Reply { port, reply });
    }

    fn stream(&self, id: StreamId) -> Option<&Stream<P>> {
        self.streams.get(id as usize)?.as_ref()
    }

    fn with_stream(&mut self, id: StreamId, now: Time, f: impl FnOnce(&mut Stream<P>, &mut Ctx<'_>)) {
        if let Some(stream) = self.streams.get_mut(id as usize).and_then(Option::as_mut) {
            let mut ctx = Ctx {
                now,
                random: &mut self.random,
                outputs: &mut self.outputs,
            };
            f(stream, &mut ctx);
        }
    }

    fn with_streams(&mut self, now: Time, mut f: impl FnMut(&mut Stream<P>, &mut Ctx<'_>)) {
        for stream in self.streams.iter_mut().flatten() {
            let mut ctx = Ctx {
                now,
                random: &mut self.random,
                outputs: &mut self.outputs,
            };
            f(stream, &mut ctx);
        }
    }

    fn with_seat(
        &mut self,
        tab: TabId,
        s: u32,
        now: Time,
        f: impl FnOnce(&mut Stream<P>, SeatId, &mut Ctx<'_>),
    ) {
        let seat = self.tabs.get(&tab).and_then(|tab| tab.seats.get(&s)).copied();
        if let Some((stream, seat)) = seat {
            self.with_stream(stream, now, |stream, ctx| f(stream, seat, ctx));
        }
    }

    fn forget_abandoned(&mut self) {
        for slot in &mut self.streams {
            if slot.as_ref().is_some_and(Stream::is_abandoned) {
                *slot = None;
            }
        }
    }

    /// The status of the stream that a tab holds as `s`; for tests and tools.
    pub fn status_of(&self, port: PortId, s: u32) -> Option<Status> {
        let tab = self.tabs.get(self.ports.get(&port)?)?;
        let &(stream, _) = tab.seats.get(&s)?;
        Some(self.stream(stream)?.status())
    }
}

/// Identity of a stream but for its principal.
fn family<P>(attach: &Attach<P>, options: &Options) -> String {
    let mut family = String::new();
    family.push(if options.with_credentials { 'c' } else { '-' });
    match &options.key {
        // A key names a stream within its server's origin.
        Some(key) => {
            family.push_str(url::origin(&attach.url).unwrap_or(""));
            family.push('\n');
            family.push_str(key);
        }
        None => family.push_str(&attach.url),
    }
    family
}
