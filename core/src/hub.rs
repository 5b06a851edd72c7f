//! The hub: the tabs of an origin, their streams, and who may hold what.
//!
//! What is looked up in many places is never inlined: it would be a few hundred bytes of the worker.
//!
//! Split by concern: `tabs` (who is there), `claims` (which stream a page gets, if any), `seats` (joining and leaving
//! one), `ending` (`close({ everywhere: true })`) and `fence` (a worker that hung).

mod claims;
mod ending;
mod fence;
mod seats;
mod tabs;

use std::collections::VecDeque;
use std::rc::Rc;

use crate::error::{Code, WireError};
use crate::event::ChannelIndex;
use crate::message::{Credentials, Message, Reply, Stored};
use crate::payload::Payload;
use crate::random::Random;
use crate::request::{Request, Response};
use crate::seat::{SeatId, TabId};
use crate::stream::{Airs, Ctx, Stream};
use crate::table::Table;
use crate::time::{Millis, Time};
use crate::upstream::{Input, Status};
use crate::url;

use self::claims::Claims;
use self::ending::{Ending, SESSION, STORAGE, Withheld};
use self::tabs::Tab;

pub use self::ending::CONFIRM;
pub use self::fence::{PASS, STALL};
pub use self::tabs::{AWAY, SILENT, SWEEP};

/// A connection to a page, as the shell numbers it from 1 on: in the order in which pages connect, none used twice. Nothing comes by
/// one that was closed.
pub type PortId = u32;
/// A stream of the hub. The number is used again once its `Close` was given out.
pub type StreamId = u32;
/// A stream's connection: twice the number of the stream, and one more every other time that a connection takes the place
/// of another while that is still open. Two of a stream are there only then.
pub type ConnectionId = u32;

/// A timer that fires that late means that the machine slept.
pub const CLOCK_JUMP: Millis = Millis(5_000);

/// What the shell is to do. Drain with [`Hub::poll_output`] after every input, until [`Output::Timeout`].
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Make a connection of stream `connection / 2`. For an EventSource, `Listen` for each of its channels follows before
    /// anything else.
    Open {
        /// The connection.
        connection: ConnectionId,
        /// What connection.
        request: Box<Request>,
    },
    /// Close the connection at once: nothing of it is heard any more. There is none where this worker was replaced before it
    /// was made.
    Close {
        /// The connection.
        connection: ConnectionId,
    },
    /// Listen on the connection, an EventSource.
    Listen {
        /// The connection.
        connection: ConnectionId,
        /// Hand events in with this index.
        channel: ChannelIndex,
        /// The event's name.
        name: Rc<str>,
    },
    /// Stop listening.
    Unlisten {
        /// The connection.
        connection: ConnectionId,
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
    /// The same, to wherever the tab is reached now.
    Tell {
        /// To this tab.
        tab: TabId,
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
    /// Read what is stored under `key`, for [`Hub::handle_stored`].
    Load {
        /// Its key.
        key: u64,
    },
    /// Store the id under `key`, in place of what is there.
    Save {
        /// Its key.
        key: u64,
        /// The id.
        id: String,
        /// It can be deleted after that.
        max_age: Millis,
    },
    /// Delete all that is stored, and store `epoch` under key 0, for [`Hub::handle_stored`] with that key.
    Forget {
        /// What ends there.
        epoch: u64,
    },
    /// The worker may have hung: call [`Hub::handle_passed`] once all is handed in that other workers have said before.
    Fence,
    /// Say the own generation to the other workers of this script. To be done as well before anything else.
    Announce,
    /// Close the stream's BroadcastChannel, if there is one; the next [`BatchSink::invite`](crate::BatchSink::invite) is to another one.
    Hush {
        /// The stream.
        stream: StreamId,
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
#[derive(Clone, Debug)]
pub struct Config {
    /// Larger than that of any hub before: wall-clock milliseconds do.
    pub epoch: u64,
    /// Generation of the worker.
    pub generation: u32,
    /// Seed of the jitter.
    pub seed: u64,
    /// The page's and worker's own origin, or any URL of it: streams of that one can be fetched without CORS.
    pub origin: String,
    /// The engine's EventSource joins the half event that a broken connection has left with the next response.
    pub joins: bool,
    /// From where on it is less work to put text on a BroadcastChannel than to post it to each tab.
    pub airs: Airs,
}

/// The state machine. See the crate's documentation for the contract of its methods.
// Laid out as it stands: what is used in most places comes first, where its offset is one byte of code (decisions/0099).
#[derive(Debug)]
#[repr(C)]
pub struct Hub<P> {
    tabs: Table<Tab>,
    /// Ports of tabs that were silent for too long: with the first word they are told to join anew. Oldest first.
    forgotten: Vec<PortId>,
    /// In a place of their own each: they are large.
    streams: Vec<Option<Box<Stream<P>>>>,
    session: u32,
    /// The storage was asked for the last session that was closed everywhere.
    has_asked: bool,
    ctx: Ctx,
    /// The largest epoch that was given to a stream or met in a position.
    epoch: u64,
    /// Positions of epochs below are of a session that was closed everywhere.
    ended_below: u64,
    claims: Claims,
    sweep: Option<Time>,
    /// Nothing is given out before that, or the answer.
    fence: Option<Time>,
    /// Generation of the worker that has taken over.
    successor: Option<u32>,
    withheld: Option<Withheld>,
    ending: Option<Ending>,
    config: Config,
}

impl<P: Payload> Hub<P> {
    /// A hub without tabs.
    pub fn new(config: Config) -> Self {
        Self {
            epoch: config.epoch,
            ctx: Ctx {
                now: Time::ZERO,
                random: Random::new(config.seed),
                outputs: VecDeque::new(),
            },
            tabs: Table::new(),
            forgotten: Vec::new(),
            streams: Vec::new(),
            claims: Claims::new(config.epoch),
            config,
            session: 0,
            ended_below: 0,
            ending: None,
            has_asked: false,
            withheld: None,
            fence: None,
            successor: None,
            sweep: None,
        }
    }

    /// The next thing to do; [`Output::Timeout`] when there is none for now.
    pub fn poll_output(&mut self) -> Output {
        let is_held = self.fence.is_some() && !matches!(self.ctx.outputs.front(), Some(Output::Fence));
        let output = if is_held {
            None
        } else {
            self.ctx.outputs.pop_front()
        };
        output.unwrap_or_else(|| {
            let deadline = self.next_deadline();
            Output::Timeout((deadline < Time::NEVER).then_some(deadline))
        })
    }

    fn next_deadline(&self) -> Time {
        if let Some(fence) = self.fence {
            return fence;
        }
        let mut next = self.sweep.unwrap_or(Time::NEVER);
        if let Some(ending) = &self.ending {
            next = next.min(ending.until());
        }
        if let Some(withheld) = &self.withheld {
            next = next.min(withheld.until);
        }
        for stream in self.streams.iter().flatten() {
            next = next.min(stream.next_deadline());
        }
        next
    }

    /// What a page is greeted with.
    pub fn welcome(&self) -> Reply {
        Reply::Welcome {
            epoch: self.config.epoch,
            generation: self.config.generation,
        }
    }

    /// Where a tab is reached now.
    pub fn port_of(&self, tab: TabId) -> Option<PortId> {
        self.tabs.get(tab)?.port
    }

    /// An event of the upstream. `channel` as given by [`Output::Listen`], `id` the event's `lastEventId`.
    pub fn handle_event(
        &mut self,
        connection: ConnectionId,
        channel: ChannelIndex,
        id: P,
        data: P,
        now: Time,
    ) {
        self.note(now);
        self.with_connection(connection, |stream, ctx| {
            stream.receive_heard(channel, id, data, ctx);
        });
    }

    /// The EventSource has opened.
    pub fn handle_opened(&mut self, connection: ConnectionId, now: Time) {
        self.note(now);
        self.with_stream(connection / 2, |stream, ctx| stream.opened(connection % 2, ctx));
    }

    /// The upstream reported an error; `retrying`: its `readyState` is CONNECTING, the browser goes on by itself.
    pub fn handle_lost(&mut self, connection: ConnectionId, retrying: bool, now: Time) {
        self.note(now);
        let joins = self.config.joins;
        self.with_stream(connection / 2, |stream, ctx| {
            stream.lose(connection % 2, retrying, joins, ctx);
        });
    }

    /// The server has answered a fetch.
    pub fn handle_response(&mut self, connection: ConnectionId, response: &Response, now: Time) {
        self.note(now);
        self.with_stream(connection / 2, |stream, ctx| {
            stream.answered(connection % 2, response, ctx);
        });
    }

    /// An event of a body: its name (`message` where it has none) and, if its block or one without data before it has
    /// brought an id, that id.
    pub fn handle_parsed(&mut self, connection: ConnectionId, name: &str, id: Option<P>, data: P, now: Time) {
        self.note(now);
        self.with_connection(connection, |stream, ctx| {
            stream.receive_parsed(name, id, data, ctx)
        });
    }

    /// A block of a body that has brought an id and no data.
    pub fn handle_id(&mut self, connection: ConnectionId, id: P, now: Time) {
        self.note(now);
        self.with_connection(connection, |stream, _| stream.skip_to(Some(id)));
    }

    /// An event of a body that the parser has skipped: its data (`EventTooLarge`) or a line (`LineTooLong`) is over the
    /// limit that the request named.
    pub fn handle_oversize(
        &mut self,
        connection: ConnectionId,
        name: &str,
        id: Option<P>,
        code: Code,
        now: Time,
    ) {
        self.note(now);
        self.with_connection(connection, |stream, ctx| {
            stream.receive_oversize(name, id, code, ctx)
        });
    }

    /// A comment of a body; once for all that a chunk holds will do.
    pub fn handle_sign_of_life(&mut self, connection: ConnectionId, now: Time) {
        self.note(now);
        self.with_connection(connection, |stream, ctx| stream.note_activity(true, ctx));
    }

    /// `retry:` of a body, as the server gave it.
    pub fn handle_retry(&mut self, connection: ConnectionId, retry: Millis, now: Time) {
        self.note(now);
        self.with_connection(connection, |stream, _| stream.set_retry(retry));
    }

    /// A fetch got no response, or its body has ended or broken off.
    pub fn handle_ended(&mut self, connection: ConnectionId, now: Time) {
        self.note(now);
        self.with_stream(connection / 2, |stream, ctx| {
            stream.end_of_body(connection % 2, ctx)
        });
    }

    /// A fetch could not be made, since the shell could not load what makes it: the HTTP status of that, 0 where there was
    /// no response, and why.
    pub fn handle_unloadable(&mut self, connection: ConnectionId, status: u16, detail: String, now: Time) {
        self.note(now);
        self.with_stream(connection / 2, |stream, ctx| {
            stream.cannot_fetch(connection % 2, status, detail, ctx);
        });
    }

    /// The machine is online again.
    pub fn handle_online(&mut self, now: Time) {
        self.note(now);
        self.with_streams(|stream, ctx| stream.apply(Input::Online, ctx));
    }

    /// A tab has processed a batch.
    pub fn handle_ack(&mut self, port: PortId, s: u32, batch: u64, now: Time) {
        self.note(now);
        let Some(tab) = self.hear(port) else {
            self.recall(port);
            return;
        };
        self.acknowledge(tab, s, batch);
    }

    /// The time of the last [`Output::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Time) {
        let woke = now.since(self.next_deadline()) >= CLOCK_JUMP;
        self.note(now);
        self.fence = self.fence.filter(|&until| until > now);
        self.with_streams(|stream, ctx| {
            if woke || stream.next_deadline() <= ctx.now {
                stream.handle_timers(woke, ctx);
            }
        });
        if self.ending.as_ref().is_some_and(|ending| ending.until() <= now) {
            self.finish_ending();
        }
        if self
            .withheld
            .as_ref()
            .is_some_and(|withheld| withheld.until <= now)
        {
            self.answer_pings();
        }
        if self.sweep.is_some_and(|sweep| sweep <= now) {
            self.sweep(woke);
        }
        self.forget_abandoned();
    }

    /// The storage has answered an [`Output::Load`] of `key`.
    pub fn handle_stored(&mut self, key: u64, stored: Stored, now: Time) {
        self.note(now);
        if key == SESSION {
            self.session_stored(&stored);
            self.answer_pings();
        } else if let Some((stream, ctx)) = self.keeper(key) {
            stream.stored(stored, ctx);
        }
    }

    /// The storage is done with an [`Output::Save`] or [`Output::Forget`] of `key`, or could not: the name of the error.
    pub fn handle_written(&mut self, key: u64, failure: Option<String>, now: Time) {
        self.note(now);
        if key == SESSION {
            self.no_longer_waits_for(STORAGE);
        } else if let Some(detail) = failure
            && let Some((stream, ctx)) = self.keeper(key)
        {
            stream.unkept(&detail, ctx);
        }
    }

    /// The stream that is kept under `key`.
    #[inline(never)]
    fn keeper(&mut self, key: u64) -> Option<(&mut Stream<P>, &mut Ctx)> {
        let mut streams = self.streams.iter().flatten();
        let id = streams
            .find(|stream| stream.is_kept_as(key) && !stream.has_ended())?
            .id();
        self.enter(id)
    }

    /// Somebody has said that number on the stream's BroadcastChannel.
    pub fn handle_heard(&mut self, stream: StreamId, key: u32, now: Time) {
        self.note(now);
        self.with_stream(stream, |stream, _| stream.heard(key));
    }

    /// The tab's Web Lock was granted: its page is gone, or in bfcache.
    pub fn handle_tab_gone(&mut self, tab: TabId, now: Time) {
        self.note(now);
        self.lose_lock(tab);
    }

    /// A message that is not of the protocol: an answer, no change.
    pub fn handle_bad_message(&mut self, port: PortId, detail: &str) {
        let error = WireError::new(Code::BadMessage, detail);
        self.error(port, None, None, error);
    }

    /// A control message of a page.
    pub fn handle_message(&mut self, port: PortId, message: Message<P>, now: Time) {
        self.note(now);
        if let Some(generation) = self.successor {
            // Whoever was here is told already.
            if let Message::Hello(_) = message {
                self.reply(port, Reply::MoveTo { generation });
            }
            return;
        }
        if let Message::Hello(hello) = message {
            self.hello(port, hello);
            return;
        }
        let Some(tab) = self.hear(port) else {
            // A page says nothing before its hello, but that it goes.
            if matches!(message, Message::Bye { .. }) {
                self.remember(port);
                self.close_port(port);
            } else if !self.recall(port) {
                self.handle_bad_message(port, "no hello before it");
            }
            return;
        };
        match message {
            Message::Hello(_) | Message::Pong => {}
            Message::Ping => match &mut self.withheld {
                Some(withheld) => withheld.pings.push(port),
                None => self.reply(port, Reply::Pong),
            },
            Message::Attach(attach, given) => self.attach(port, tab, *attach, *given),
            Message::Detach { s } => self.detach(tab, s),
            Message::Subscribe { s, request } => self.subscribe(port, tab, s, &[request]),
            Message::Unsubscribe { s, sub } => {
                self.with_seat(tab, s, |stream, seat, ctx| stream.unsubscribe(seat, sub, ctx));
            }
            Message::Visible(visible) => self.set_visible(tab, visible),
            Message::Bye { persisted: false, .. } => self.remove_tab(tab),
            Message::Bye { persisted: true, at } => self.park(tab, &at),
            Message::Reconnect { s } => self.reconnect(port, tab, s),
            Message::Answer { s, request, answer } => self.answer(tab, s, request, answer),
            Message::Stats { s, request } => self.stats(port, tab, s, request),
            Message::CloseEverywhere { request } => self.close_everywhere(port, request),
            Message::Ended { session } => self.confirm_ended(tab, session),
        }
    }

    /// Writes the batch that [`Output::Deliver`] told of. `false`: nothing is to be posted.
    pub fn write_batch<S: crate::BatchSink<P>>(
        &mut self,
        stream: StreamId,
        seat: SeatId,
        tab: TabId,
        sink: &mut S,
    ) -> bool {
        self.streams
            .get_mut(stream as usize)
            .and_then(Option::as_mut)
            .is_some_and(|stream| stream.write_batch(seat, tab, &mut self.ctx, sink))
    }

    /// Takes back what was to be done about one stream, or about all of them.
    #[inline(never)]
    fn take_back(&mut self, of: Option<StreamId>) {
        for _ in 0..self.ctx.outputs.len() {
            let Some(output) = self.ctx.outputs.pop_front() else {
                break;
            };
            let is_kept = match &output {
                Output::Deliver { stream, .. } => of.is_some_and(|of| of != *stream),
                Output::Open { .. }
                | Output::Listen { .. }
                | Output::Unlisten { .. }
                | Output::Save { .. }
                // It would say that the session goes on, to a page that has slept.
                | Output::Reply {
                    reply: Reply::Pong, ..
                } => of.is_some(),
                _ => true,
            };
            if is_kept {
                self.ctx.outputs.push_back(output);
            }
        }
    }

    fn reply(&mut self, port: PortId, reply: Reply) {
        self.ctx.outputs.push_back(Output::Reply { port, reply });
    }

    fn acknowledge(&mut self, tab: TabId, s: u32, batch: u64) {
        // An unknown batch is one from before the tab came back: nothing to do.
        self.with_seat(tab, s, |stream, seat, ctx| {
            stream.acknowledge(seat, batch, ctx);
        });
    }

    fn error(&mut self, port: PortId, s: Option<u32>, sub: Option<u32>, error: WireError) {
        self.reply(port, Reply::Error { s, sub, error });
    }

    fn next_epoch(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    #[inline(never)]
    fn stream(&self, id: StreamId) -> Option<&Stream<P>> {
        self.streams.get(id as usize)?.as_deref()
    }

    #[inline(never)]
    fn seat_of(&self, tab: TabId, s: u32) -> Option<(StreamId, SeatId)> {
        let seats = &self.tabs.get(tab)?.seats;
        let &(_, stream, seat) = seats.iter().find(|(number, ..)| *number == s)?;
        Some((stream, seat))
    }

    /// The stream and what it may use. Apart from `with_stream`, which there is one of for each of its uses.
    #[inline(never)]
    fn enter(&mut self, id: StreamId) -> Option<(&mut Stream<P>, &mut Ctx)> {
        let stream = self.streams.get_mut(id as usize)?.as_deref_mut()?;
        Some((stream, &mut self.ctx))
    }

    fn with_stream(&mut self, id: StreamId, f: impl FnOnce(&mut Stream<P>, &mut Ctx)) {
        if let Some((stream, ctx)) = self.enter(id) {
            f(stream, ctx);
        }
    }

    /// What the present connection of a stream brings: of one that is to take its place nothing is heard before that.
    #[inline(never)]
    fn enter_present(&mut self, connection: ConnectionId) -> Option<(&mut Stream<P>, &mut Ctx)> {
        let entered = self.enter(connection / 2);
        entered.filter(|(stream, _)| stream.side == connection % 2)
    }

    fn with_connection(&mut self, connection: ConnectionId, f: impl FnOnce(&mut Stream<P>, &mut Ctx)) {
        if let Some((stream, ctx)) = self.enter_present(connection) {
            f(stream, ctx);
        }
    }

    fn with_streams(&mut self, mut f: impl FnMut(&mut Stream<P>, &mut Ctx)) {
        for stream in self.streams.iter_mut().flatten() {
            f(stream, &mut self.ctx);
        }
    }

    fn with_seat(&mut self, tab: TabId, s: u32, f: impl FnOnce(&mut Stream<P>, SeatId, &mut Ctx)) {
        if let Some((stream, seat)) = self.seat_of(tab, s) {
            self.with_stream(stream, |stream, ctx| f(stream, seat, ctx));
        }
    }

    /// What a tab's functions gave for the stream that it holds as `s`.
    fn answer(&mut self, tab: TabId, s: u32, request: u32, answer: Option<Credentials>) {
        let url = answer.as_ref().and_then(|answer| answer.url.as_deref());
        let is_home = url.is_some_and(|url| self.is_home(url));
        self.with_seat(tab, s, |stream, seat, ctx| {
            stream.take_answer(seat, request, answer, is_home, ctx);
        });
    }

    fn is_home(&self, url: &str) -> bool {
        url::origin(url) == url::origin(&self.config.origin)
    }

    /// The status of the stream that a tab holds as `s`; for tests and tools.
    pub fn status_of(&self, port: PortId, s: u32) -> Option<Status> {
        let (stream, _) = self.seat_of(self.tab_at(port)?, s)?;
        Some(self.stream(stream)?.status())
    }
}
