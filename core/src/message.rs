//! What pages say and what they are answered, parsed: the shell has read the wire, nothing here is unchecked text.

use crate::error::WireError;
use crate::options::Given;
use crate::stats::Stats;

/// Version of the wire protocol; raised when a message changes its meaning.
pub const VERSION: u32 = 5;

/// Who a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Protocol version.
    pub version: u32,
    /// Unique per document.
    pub tab: String,
    /// Web Lock the tab holds while it lives; `None` on plain http.
    pub lock: Option<String>,
    /// Whether the document is visible.
    pub visible: bool,
}

/// A subscription as a page asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// The page's number for it.
    pub sub: u32,
    /// Channel name; `*` is every channel.
    pub channel: String,
    /// Past events wanted first.
    pub replay: usize,
    /// What the server is to be asked for, where that is not the channel's name.
    pub topic: Option<String>,
}

/// How a page uses a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `connect()`: needs the upstream while it has subscriptions; limited per origin.
    Channel,
    /// `SharedEventSource`: needs the upstream as long as it is there; never refused.
    DropIn,
}

/// Where a page stood when it lost the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabPosition {
    /// Epoch of the hub it had.
    pub epoch: u64,
    /// Stream position processed.
    pub seq: u64,
    /// Last event id at that position.
    pub id: String,
    /// Last batch processed.
    pub batch: u64,
}

/// An event that a page has had: channel name, id, data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Had<P> {
    /// Channel name.
    pub channel: String,
    /// Last event id.
    pub id: P,
    /// Data.
    pub data: P,
}

/// A page joins a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Attach<P> {
    /// The page's number for the stream.
    pub s: u32,
    /// How it is used.
    pub kind: Kind,
    /// Absolute URL without fragment.
    pub url: String,
    /// First subscriptions.
    pub subs: Vec<Subscribe>,
    /// Given by a page that had the stream before.
    pub position: Option<TabPosition>,
    /// What that page has had last, oldest first.
    pub had: Vec<Had<P>>,
    /// Connect epoch that page was told.
    pub term: Option<u64>,
}

/// What the storage answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It has nothing under that key.
    Nothing,
    /// What was saved.
    Found {
        /// The id; empty where it is none.
        id: String,
        /// The number in its place.
        epoch: Option<u64>,
        /// How long ago, in ms. `None`: no time is noted, or one to come.
        age: Option<u64>,
    },
    /// It can't: the name of the error.
    Failed(String),
}

/// What a page's functions gave: `None` where the option is no function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Absolute URL without fragment.
    pub url: Option<String>,
    /// Names and values, as a request has them.
    pub headers: Option<String>,
}

/// A control message of a page.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "fields are those of js/protocol.ts, where each is described"
)]
pub enum Message<P> {
    Hello(Hello),
    /// With the options as given.
    Attach(Box<Attach<P>>, Box<Given>),
    Detach {
        s: u32,
    },
    Subscribe {
        s: u32,
        request: Subscribe,
    },
    Unsubscribe {
        s: u32,
        sub: u32,
    },
    Visible(bool),
    Bye {
        persisted: bool,
        at: Vec<(u32, u64)>,
    },
    Reconnect {
        s: u32,
    },
    Answer {
        s: u32,
        request: u32,
        answer: Option<Credentials>,
    },
    Stats {
        s: u32,
        request: u32,
    },
    CloseEverywhere {
        request: u32,
    },
    Ended {
        session: u32,
    },
    Ping,
    Pong,
}

/// A control message to a page.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "fields are those of js/protocol.ts, where each is described"
)]
pub enum Reply {
    Welcome {
        epoch: u64,
        generation: u32,
    },
    Refused,
    Attached {
        s: u32,
        term: u64,
    },
    Ask {
        s: u32,
        request: u32,
        refused: bool,
    },
    Located {
        s: u32,
        url: String,
    },
    Detached {
        s: u32,
        error: WireError,
        reason: Option<&'static str>,
    },
    Error {
        s: Option<u32>,
        sub: Option<u32>,
        error: WireError,
    },
    Stats {
        request: u32,
        stats: Box<Stats>,
    },
    Ended {
        session: u32,
    },
    ClosedEverywhere {
        request: u32,
    },
    Rejoin,
    MoveTo {
        generation: u32,
    },
    Ping,
    Pong,
}
