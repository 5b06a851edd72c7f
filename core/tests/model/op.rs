//! What may happen, and how often it does.

use proptest::prelude::*;

use crate::common::air::{Reception, Voice};
use crate::common::former::Heard;
use crate::common::server::{Answer, Replay};
use crate::common::storage::Mood;

/// Most pages at a time.
pub const PAGES: usize = 5;
/// What an event is about, and the channel that it comes by: each has a topic of its own, and one has three.
pub const ABOUT: [(&str, &str); 5] = [("a", "a"), ("b", "b"), ("c", "c"), ("x", "a"), ("y", "a")];
/// What is subscribed to: a channel, and the topic if it is not the channel's name.
pub const SUBS: [(&str, Option<&str>); 7] = [
    ("a", None),
    ("b", None),
    ("c", None),
    ("*", None),
    ("a", Some("x")),
    ("a", Some("y")),
    ("*", Some("x")),
];

/// How the stream is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent options")]
pub struct Setup {
    /// Every channel is heard from the first: `*` is then everything.
    pub pinned: bool,
    /// The id outlives all tabs.
    pub persist: bool,
    pub fetch: bool,
    /// There is a `hiddenTimeout`.
    pub hides: bool,
    /// There is a `maxAttempts`.
    pub gives_up: bool,
    /// Streams belong to who is signed in.
    pub signs: bool,
    /// Runs go by a `BroadcastChannel` where many tabs are sent them.
    pub airs: bool,
    pub topics: Topics,
}

/// Whether the server is asked for topics, and what its ids are worth with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topics {
    #[default]
    None,
    Global,
    /// The same, all in one parameter.
    Joined,
    Connection,
}

#[derive(Clone, Copy, Debug)]
pub enum Op {
    Emit {
        about: usize,
        kind: Kind,
    },
    Burst {
        about: usize,
        count: usize,
    },
    Arrive {
        lock: bool,
        small: bool,
    },
    Subscribe {
        page: usize,
        what: usize,
        replay: usize,
    },
    Unsubscribe {
        page: usize,
        which: usize,
    },
    Leave {
        page: usize,
    },
    Crash {
        page: usize,
    },
    Freeze {
        page: usize,
    },
    Thaw {
        page: usize,
    },
    Park {
        page: usize,
    },
    Unpark {
        page: usize,
    },
    /// The lock of a page that had none is granted: its next word is a second hello.
    Lock {
        page: usize,
    },
    Hide {
        page: usize,
    },
    Show {
        page: usize,
    },
    HoldAcks {
        page: usize,
    },
    ReleaseAcks {
        page: usize,
    },
    /// When it hears what is on air, from now on.
    Hear {
        page: usize,
        reception: Reception,
    },
    /// So many runs come to it that it was kept from hearing.
    FlowAir {
        page: usize,
        count: usize,
    },
    /// What becomes of the keys that it says, from now on.
    Speak {
        page: usize,
        voice: Voice,
    },
    /// Events gather while no tab acknowledges, and leave one tab after the other.
    Herd {
        about: usize,
        count: usize,
    },
    Reconnect {
        page: usize,
    },
    /// `close({ everywhere: true })`.
    Logout {
        page: usize,
    },
    /// Another principal connects in this page.
    SignIn {
        page: usize,
    },
    WorkerDies,
    /// The worker hears nothing for longer than any page waits.
    Hang,
    /// It hangs for so long that the pages which are awake go on with a successor.
    Replaced,
    /// The one that was replaced wakes by this.
    FormerWakes(Heard),
    /// The machine sleeps.
    Sleep(u64),
    Online,
    /// What is kept can't be written or read, or can again.
    Storage(Mood),
    Cut {
        retrying: bool,
    },
    /// One of two connections is lost.
    CutOne {
        second: bool,
        retrying: bool,
    },
    BrowserRetries,
    Answer(Answer),
    /// Also those that hang are answered now.
    AnswerAll,
    Replay(Replay),
    /// What connections bring is on its way for a while.
    Slow(bool),
    /// So many events of each connection arrive.
    Flow(usize),
    Restart,
    Pass(u64),
}

impl Op {
    /// Whose it is, by place among those that live.
    pub fn page_mut(&mut self) -> Option<&mut usize> {
        match self {
            Op::Subscribe { page, .. }
            | Op::Unsubscribe { page, .. }
            | Op::Leave { page }
            | Op::Crash { page }
            | Op::Freeze { page }
            | Op::Thaw { page }
            | Op::Park { page }
            | Op::Unpark { page }
            | Op::Lock { page }
            | Op::Hide { page }
            | Op::Show { page }
            | Op::HoldAcks { page }
            | Op::ReleaseAcks { page }
            | Op::Hear { page, .. }
            | Op::FlowAir { page, .. }
            | Op::Speak { page, .. }
            | Op::Reconnect { page }
            | Op::Logout { page }
            | Op::SignIn { page } => Some(page),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An id and data of its own.
    Plain,
    /// The same data again, with an id of its own.
    Same,
    NoId,
    SameNoId,
}

impl Kind {
    pub fn has_id(self) -> bool {
        matches!(self, Kind::Plain | Kind::Same)
    }
}

pub fn setup() -> impl Strategy<Value = Setup> {
    let topics = prop_oneof![
        3 => Just(Topics::None),
        4 => Just(Topics::Global),
        1 => Just(Topics::Joined),
        2 => Just(Topics::Connection),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let rare = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.6),
    );
    (flags, rare, topics).prop_map(|(flags, (gives_up, signs, airs), topics)| {
        let (pinned, persist, fetch, hides) = flags;
        Setup {
            pinned,
            persist,
            fetch,
            hides,
            gives_up,
            signs,
            airs,
            topics,
        }
    })
}

pub fn op() -> impl Strategy<Value = Op> {
    let page = 0..PAGES;
    let about = 0..ABOUT.len();
    let kind = prop_oneof![
        6 => Just(Kind::Plain),
        2 => Just(Kind::Same),
        1 => Just(Kind::NoId),
        1 => Just(Kind::SameNoId),
    ];
    let of_server = prop_oneof![
        30 => (about.clone(), kind).prop_map(|(about, kind)| Op::Emit { about, kind }),
        3 => (about.clone(), 1..30usize).prop_map(|(about, count)| Op::Burst { about, count }),
        8 => (about, 6..30usize).prop_map(|(about, count)| Op::Herd { about, count }),
        4 => any::<bool>().prop_map(|retrying| Op::Cut { retrying }),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(second, retrying)| Op::CutOne { second, retrying }),
        4 => Just(Op::BrowserRetries),
        1 => Just(Op::Answer(Answer::Refuse)),
        1 => Just(Op::Answer(Answer::Break)),
        2 => Just(Op::Answer(Answer::Hang)),
        4 => Just(Op::Answer(Answer::Accept)),
        2 => Just(Op::AnswerAll),
        1 => Just(Op::Replay(Replay::Inclusive)),
        1 => Just(Op::Replay(Replay::Exclusive)),
        2 => any::<bool>().prop_map(Op::Slow),
        4 => (1..8usize).prop_map(Op::Flow),
        1 => Just(Op::Restart),
    ];
    let reception = prop_oneof![
        3 => Just(Reception::Early),
        3 => Just(Reception::Late),
        2 => Just(Reception::Held),
        1 => Just(Reception::Never),
    ];
    let voice = prop_oneof![3 => Just(Voice::Heard), 1 => Just(Voice::Held), 1 => Just(Voice::Lost)];
    let of_pages = prop_oneof![
        4 => (any::<bool>(), any::<bool>()).prop_map(|(lock, small)| Op::Arrive { lock, small }),
        9 => (page.clone(), 0..SUBS.len(), 0..4usize)
            .prop_map(|(page, what, replay)| Op::Subscribe { page, what, replay }),
        3 => (page.clone(), 0..4usize).prop_map(|(page, which)| Op::Unsubscribe { page, which }),
        1 => page.clone().prop_map(|page| Op::Leave { page }),
        1 => page.clone().prop_map(|page| Op::Crash { page }),
        3 => page.clone().prop_map(|page| Op::Freeze { page }),
        4 => page.clone().prop_map(|page| Op::Thaw { page }),
        2 => page.clone().prop_map(|page| Op::Park { page }),
        3 => page.clone().prop_map(|page| Op::Unpark { page }),
        2 => page.clone().prop_map(|page| Op::Lock { page }),
        1 => page.clone().prop_map(|page| Op::Hide { page }),
        1 => page.clone().prop_map(|page| Op::Show { page }),
        2 => page.clone().prop_map(|page| Op::HoldAcks { page }),
        3 => page.clone().prop_map(|page| Op::ReleaseAcks { page }),
        3 => (page.clone(), reception).prop_map(|(page, reception)| Op::Hear { page, reception }),
        3 => (page.clone(), 1..4usize).prop_map(|(page, count)| Op::FlowAir { page, count }),
        2 => (page.clone(), voice).prop_map(|(page, voice)| Op::Speak { page, voice }),
        1 => page.clone().prop_map(|page| Op::Reconnect { page }),
        1 => page.clone().prop_map(|page| Op::Logout { page }),
        2 => page.prop_map(|page| Op::SignIn { page }),
    ];
    let heard = prop_oneof![
        Just(Heard::Event),
        Just(Heard::Timer),
        Just(Heard::Ping),
        Just(Heard::Ack),
        Just(Heard::Loss),
        Just(Heard::Online),
    ];
    let of_the_machine = prop_oneof![
        4 => Just(Op::WorkerDies),
        2 => Just(Op::Hang),
        2 => Just(Op::Replaced),
        3 => heard.prop_map(Op::FormerWakes),
        1 => prop_oneof![Just(60_000), Just(700_000)].prop_map(Op::Sleep),
        1 => Just(Op::Online),
        2 => prop_oneof![Just(Mood::Works), Just(Mood::Fails), Just(Mood::Hangs)].prop_map(Op::Storage),
        20 => prop_oneof![
            // Often: of single events close behind one another not all are acknowledged.
            6 => Just(10), 2 => Just(30), 1 => Just(110), 1 => Just(300), 1 => Just(1_100), 1 => Just(6_000),
            1 => Just(12_000), 1 => Just(45_000), 1 => Just(700_000)
        ].prop_map(Op::Pass),
    ];
    prop_oneof![55 => of_server, 39 => of_pages, 15 => of_the_machine]
}
