//! A stream: one connection to a server, its channels, and the seats of the tabs that hold it.
//!
//! Split by concern: `connection` (upstream, timers, resume), `response` (what only a fetch tells), `credentials` (what
//! is asked of the tabs), `membership` (seats and subscriptions), `delivery` (the event path), `persist` (the id outlives
//! all tabs), `circle` (one BroadcastChannel for many tabs) and `topics` (what the server is asked for).

mod circle;
pub(crate) mod connection;
mod credentials;
mod delivery;
pub(crate) mod membership;
pub(crate) mod persist;
mod response;
mod topics;

pub use circle::Airs;
pub(crate) use circle::Ear;
pub use delivery::{BatchSink, Header};

use std::collections::VecDeque;
use std::rc::Rc;

use crate::channel::ChannelTable;
use crate::event::{ChannelIndex, Position};
use crate::hub::{Output, StreamId};
use crate::log::Log;
use crate::looks::List;
use crate::message::{Kind, TabPosition};
use crate::options::Options;
use crate::payload::Payload;
use crate::random::Random;
use crate::replay::Replay;
use crate::request::Via;
use crate::run::Runs;
use crate::seam::{History, Seam};
use crate::seat::{Seat, SeatId};
use crate::stats::Stats;
use crate::time::{Millis, Time};
use crate::timer::{Timer, Timers};
use crate::upstream::{Reason, Resumed, State, Status};

use self::circle::Circle;
use self::persist::Persist;
use self::topics::Topics;

/// After the last subscriber: a reload is back before that.
pub const GRACE: Millis = Millis(5_000);
/// After a worker's death: how long the tabs' hellos are waited for.
pub const RECOVERY: Millis = Millis(250);
/// An idle tab learns the connection's position at most that late.
pub const MIRROR: Millis = Millis(1_000);
/// And that many events late: well within what a resume reaches back for.
pub const MIRROR_EVENTS: u64 = 400;
/// Open that long: failures are forgotten.
pub const STABLE: Millis = Millis(10_000);
/// Longest browser retry that is waited for, besides `connectTimeout`: the clamp of `retry:`.
pub const BROWSER_RETRY: Millis = Millis(5 * 60_000);
/// Least time between two `reconnect()`.
pub const RECONNECT_EVERY: Millis = Millis(1_000);

use self::credentials::Asking;

/// The channel of events without a name.
const UNNAMED: &str = "message";

/// What a stream may use of its surroundings while it handles an input.
#[derive(Debug)]
pub(crate) struct Ctx {
    /// When something was heard last: that is what is being handled.
    pub(crate) now: Time,
    pub(crate) random: Random,
    pub(crate) outputs: VecDeque<Output>,
}

/// The stream's connection, with an id buffer of its own that begins empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// No id yet: an empty one means "none yet", not "reset".
    WithoutId,
    WithId,
}

/// What a stream is born with, besides its options.
pub(crate) struct Birth {
    pub(crate) id: StreamId,
    pub(crate) epoch: u64,
    pub(crate) family: String,
    pub(crate) url: String,
    pub(crate) kind: Kind,
    /// Its URL is of the page's own origin.
    pub(crate) is_home: bool,
    /// As in [`Config`](crate::Config).
    pub(crate) airs: Airs,
}

/// Laid out as it stands: what is used in most places comes first, where its offset is one byte of code (decisions/0099).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
#[repr(C)]
pub(crate) struct Stream<P> {
    pub(crate) options: Rc<Options>,
    seats: List<Option<Seat<P>>>,
    seq: u64,
    /// Which of its two connections is the present one.
    pub(crate) side: u32,
    id: StreamId,

    state: State,
    reason: Reason,
    source: Option<Source>,
    /// What makes the next connection, and made the present one.
    via: Via,
    /// How it was last joined.
    kind: Kind,
    /// Between two idle phases: was it ever open?
    has_been_open: bool,
    /// There is continuity to keep: an `open` from now on is a return.
    pub(crate) returning: bool,
    is_home: bool,
    /// The credentials were asked for again after a refusal.
    is_refreshed: bool,
    /// What the response says of where it takes up: `true` where it was asked to.
    proof: Option<bool>,
    resumed: Option<Resumed>,

    last_id: P,
    channels: ChannelTable<P>,
    wild: Vec<SeatId>,
    topics: Topics<P>,

    /// Failed attempts in a row.
    failures: u32,
    /// Connections in a row that were lost before they were stable: they count for the wait, and are no failed attempts.
    flaps: u32,
    /// Incarnation: larger than that of any stream before, here or in a worker that died. With `seq` it is a position.
    epoch: u64,
    log: Log<P>,
    id_number: u64,
    /// What was asked of the tabs, and by whom it is to be answered.
    asking: Option<Asking>,
    /// That of events without a name, where `channel_json` says what they are about.
    unnamed: Option<ChannelIndex>,
    heartbeat: Option<ChannelIndex>,
    lost: Option<ChannelIndex>,
    /// Where the last event that came by name went.
    last_named: ChannelIndex,
    questions: u32,

    last_activity: Time,
    /// `Retry-After` is not to be undercut by news of the network.
    not_before: Time,
    /// The `Retry-After` of the last response.
    retry_after: Millis,
    longest_interval: Millis,
    /// Between this event and the one before it something may be missing, on every channel; from it on nothing is.
    unbroken_from: u64,
    /// Up to here there were events of channels that were let go.
    let_go_until: u64,
    /// Up to here some tab may have been spared an event that it had from another worker, without having been told how far
    /// that is.
    spared_until: u64,
    /// Numbers of `seq` that are no events but such places.
    breaks: u64,
    connections: u64,
    delivered: u64,
    repeats: u64,
    /// The last event of a channel that was let go, and how many those had: `*` covered them.
    gone: (u64, u64),
    /// When the present connection was asked for, the events received by then, and when it first showed life.
    asked: (Time, u64),

    replay: Replay,
    history: History<P>,
    seam: Option<Seam<P>>,
    runs: Runs<P>,
    circle: Circle,
    /// Those of the next request.
    pub(crate) headers: Rc<str>,
    /// Identity without the principal: streams of one family belong to one principal at a time.
    pub(crate) family: String,
    pub(crate) url: String,
    /// The server's `retry:`.
    retry: Option<Millis>,
    first_sign: Option<Time>,
    last_reconnect: Option<Time>,
    /// Where the last recovery began.
    resumed_from: Option<Position>,
    persist: Option<Persist<P>>,
    timers: Timers,
}

impl<P: Payload> Stream<P> {
    pub(crate) fn new(born: Birth, options: Rc<Options>, now: Time) -> Self {
        let Birth {
            id,
            epoch,
            family,
            url,
            kind,
            is_home,
            airs,
        } = born;
        let mut channels = ChannelTable::new();
        let mut pin = |name: Option<&str>| {
            name.map(|name| {
                channels
                    .find(name)
                    .unwrap_or_else(|| channels.insert(name, 0, true))
            })
        };
        let heartbeat = pin(options.heartbeat());
        let lost = pin(options.lost_event());
        let unnamed = pin(options.channel_json().map(|_| UNNAMED));
        let principal = options.principal();
        let persist = options.persist().map(|age| Persist::new(age, &family, principal));
        Self {
            id,
            epoch,
            family,
            url,
            state: State::Idle,
            reason: Reason::Unused,
            has_been_open: false,
            returning: false,
            headers: "".into(),
            source: None,
            side: 0,
            topics: Topics::new(),
            via: options.via(),
            is_home,
            asking: None,
            questions: 0,
            is_refreshed: false,
            retry_after: Millis(0),
            retry: None,
            not_before: now,
            asked: (now, 0),
            first_sign: None,
            proof: None,
            last_named: 0,
            failures: 0,
            flaps: 0,
            timers: Timers::new(),
            last_reconnect: None,
            last_activity: now,
            longest_interval: Millis(0),
            channels,
            heartbeat,
            lost,
            unnamed,
            seats: List::new(),
            wild: Vec::new(),
            kind,
            seq: 0,
            unbroken_from: 0,
            breaks: 0,
            last_id: P::of(""),
            id_number: 0,
            log: Log::new(),
            runs: Runs::new(),
            circle: Circle::new(airs),
            replay: Replay::new(options.replay_events(), options.limit_replay_total()),
            options,
            history: History::new(),
            seam: None,
            resumed: None,
            resumed_from: None,
            let_go_until: 0,
            gone: (0, 0),
            spared_until: 0,
            persist,
            connections: 0,
            delivered: 0,
            repeats: 0,
        }
    }

    pub(crate) fn status(&self) -> Status {
        match self.state {
            State::Idle => Status::Idle,
            State::Open => Status::Open,
            State::Closed | State::Ended => Status::Closed,
            State::Connecting if !self.has_been_open && self.failures == 0 && !self.returning => {
                Status::Connecting
            }
            State::Recovering | State::Connecting | State::Retrying | State::Waiting => Status::Reconnecting,
        }
    }

    pub(crate) fn id(&self) -> StreamId {
        self.id
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn is_of(&self, principal: Option<&str>) -> bool {
        self.options.principal() == principal
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Nobody holds it and nothing is open: it can be forgotten.
    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(self.state, State::Idle | State::Closed | State::Ended)
            && self.seats.iter().all(Option::is_none)
    }

    /// It has, or may have again, a connection that counts for `maxStreamsPerOrigin`.
    pub(crate) fn is_limited(&self) -> bool {
        self.is_channel() && self.state != State::Ended && !self.is_given_up()
    }

    pub(crate) fn is_channel(&self) -> bool {
        let mut kind = None;
        for seat in self.seats.iter().flatten() {
            if kind != Some(Kind::Channel) {
                kind = Some(seat.kind);
            }
        }
        kind.unwrap_or(self.kind) == Kind::Channel
    }

    /// After `maxAttempts`, and no `reconnect()` waits for its turn.
    pub(crate) fn is_given_up(&self) -> bool {
        self.state == State::Closed && !self.timers.is_armed(Timer::Reconnect)
    }

    pub(crate) fn next_deadline(&self) -> Time {
        self.timers.next()
    }

    pub(crate) fn seat(&self, seat: SeatId) -> Option<&Seat<P>> {
        self.seats.get(seat as usize)?.as_ref()
    }

    pub(crate) fn seat_mut(&mut self, seat: SeatId) -> Option<&mut Seat<P>> {
        self.seats.get_mut(seat as usize)?.as_mut()
    }

    pub(crate) fn stats(&self, seat: SeatId, streams: usize, generation: u32) -> Stats {
        let seats = || self.seats.iter().flatten();
        // A tab may hold it twice, as `connect` and as drop-in.
        let is_first = |at: usize, tab| seats().take(at).all(|other| other.tab != tab);
        let tabs = seats()
            .enumerate()
            .filter(|&(at, seat)| seat.is_here() && is_first(at, seat.tab));
        let own = self.seat(seat);
        Stats {
            tabs: tabs.count(),
            streams,
            channels: self.channels.len(),
            subscriptions: seats().map(|seat| seat.subs.len()).sum(),
            status: self.status().name(),
            connections: self.connections,
            received: self.received(),
            delivered: self.delivered,
            repeats: self.repeats,
            dropped: seats().map(|seat| seat.queue.dropped_total()).sum(),
            queued: own.map_or(0, |seat| seat.queue.events()),
            queued_units: own.map_or(0, |seat| seat.queue.units()),
            replay_units: self.replay.units(),
            epoch: self.epoch,
            last_event_id: self.last_id.text(),
            resumed: self.resumed.map(Resumed::name),
            generation,
        }
    }

    /// Events, of all connections together.
    fn received(&self) -> u64 {
        self.seq - self.breaks
    }

    /// Asks the shell to fetch this seat's batch, once.
    fn schedule(id: StreamId, at: usize, seat: &mut Seat<P>, ctx: &mut Ctx) {
        if !seat.scheduled && seat.is_here() && seat.queue.has_credit() {
            seat.scheduled = true;
            let at = SeatId::try_from(at).unwrap_or(SeatId::MAX);
            ctx.outputs.push_back(Output::Deliver {
                stream: id,
                seat: at,
                tab: seat.tab,
            });
        }
    }

    /// Puts something into every seat's queue.
    fn tell_all(&mut self, ctx: &mut Ctx, mut put: impl FnMut(&mut Seat<P>)) {
        for (at, slot) in self.seats.iter_mut().enumerate() {
            if let Some(seat) = slot {
                put(seat);
                if seat.queue.has_pending() {
                    Self::schedule(self.id, at, seat, ctx);
                }
            }
        }
    }
}

impl TabPosition {
    pub(crate) fn at(&self) -> Position {
        Position {
            epoch: self.epoch,
            seq: self.seq,
        }
    }
}
