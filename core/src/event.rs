//! An event on its way from the upstream to the tabs.

use std::rc::Rc;

/// Index of a channel within its stream; the wire and the listeners use it in place of the name.
pub type ChannelIndex = u32;

/// One event. Queues, rings and the history share it by `Rc`: the payload is never copied.
#[derive(Debug)]
pub struct Event<P> {
    /// The channel it came on.
    pub channel: ChannelIndex,
    /// The channel's name: an index may come to mean another one.
    pub name: Rc<str>,
    /// Its number in the stream, from 1, without holes.
    pub seq: u64,
    /// Last event id once it was received; empty where there was none yet.
    pub id: P,
    /// How many ids the connection had introduced by then: equal numbers, equal ids, and no text is compared.
    pub id_number: u64,
    /// The EventSource it came from had brought an id by then. Otherwise `id` is what was resumed from, and this event
    /// can't be the one that introduced it.
    pub has_own_id: bool,
    /// The SSE `data`.
    pub data: P,
    /// Length of `data` in UTF-16 units.
    pub units: u32,
}

/// How far somebody is in a stream. Ordered by (epoch, seq), never by id: ids are opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Incarnation of the hub that counted `seq`.
    pub epoch: u64,
    /// Number of the last event.
    pub seq: u64,
}

/// Why events are missing, as `gap` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapCause {
    /// The tab's queue was full.
    Overflow,
    /// The connection came back and no id could be presented.
    NoId,
    /// The server said so by `resume.lostEvent`.
    Server,
    /// The worker died and this tab was further behind than where its successor resumed.
    Worker,
    /// Asked-for replay was no longer kept.
    ReplayLimit,
}

impl GapCause {
    /// The cause's name in the public API.
    pub fn name(self) -> &'static str {
        match self {
            GapCause::Overflow => "overflow",
            GapCause::NoId => "no-id",
            GapCause::Server => "server",
            GapCause::Worker => "worker",
            GapCause::ReplayLimit => "replay-limit",
        }
    }
}
