//! The whole table of a tab as the hub sees it, as a golden file: each state by each thing that can happen, and what the
//! hub does for the tab from then on. A change of it is to be seen in a diff; a state or a happening that is not thought
//! through does not compile. (How a page sees its worker is in `js/states.ts` and `tests/js/states.txt`.)
//!
//! `TABMUX_BLESS=1 cargo test -p tabmux-core --test tabs` writes it anew.

mod common;

use std::fmt::Write as _;
use std::path::Path;

use common::page::Wire;
use common::{URL, World};
use tabmux_core::message::{Message, Reply};
use tabmux_core::options::RawOptions;

#[derive(Clone, Copy, Debug)]
enum State {
    /// It has a port and a Web Lock, and runs or sleeps: the hub does not know.
    Here,
    /// The same on plain http, where there is no lock.
    HerePlain,
    /// On plain http, silent for 30 s.
    Silent,
    /// In the back/forward cache, its lock held.
    Parked,
    /// There, and the engine took its lock (`WebKit`), or it never had one.
    ParkedPlain,
    /// It has said hello on another port, and has not attached there.
    Vacant,
    /// On plain http, silent for ten minutes more.
    Forgotten,
    /// It has said that it goes.
    Gone,
}

const STATES: [State; 8] = [
    State::Here,
    State::HerePlain,
    State::Silent,
    State::Parked,
    State::ParkedPlain,
    State::Vacant,
    State::Forgotten,
    State::Gone,
];

#[derive(Clone, Copy, Debug)]
enum Happening {
    Nothing,
    /// Any word on the port that it has.
    Word,
    /// `hello` on another port.
    Hello,
    /// And its streams attached there.
    Attach,
    Silence10s,
    Silence30s,
    Silence11min,
    MachineSlept,
    Park,
    Bye,
    LockGranted,
    ClosedEverywhere,
}

const HAPPENINGS: [Happening; 12] = [
    Happening::Nothing,
    Happening::Word,
    Happening::Hello,
    Happening::Attach,
    Happening::Silence10s,
    Happening::Silence30s,
    Happening::Silence11min,
    Happening::MachineSlept,
    Happening::Park,
    Happening::Bye,
    Happening::LockGranted,
    Happening::ClosedEverywhere,
];

/// The tab of the table, and one that is always there.
const TAB: usize = 0;
const OTHER: usize = 1;

fn brought_to(state: State) -> World {
    let mut world = World::new();
    let is_plain = matches!(
        state,
        State::HerePlain | State::Silent | State::ParkedPlain | State::Forgotten
    );
    if is_plain {
        world.plain_page();
    } else {
        world.page();
    }
    world.connect_to(TAB, URL, RawOptions::default());
    world.subscribe(TAB, "a");
    world.listener("a");
    world.say("a", "1", "1");
    // It says nothing by itself from here on.
    world.freeze(TAB);
    match state {
        State::Here | State::HerePlain => {}
        State::Silent => world.advance(30_000),
        State::Parked | State::ParkedPlain => world.park(TAB),
        State::Vacant => {
            world.hello(TAB);
            world.settle();
        }
        State::Forgotten => world.advance(11 * 60_000),
        State::Gone => {
            let bye = world.pages[TAB].bye(false);
            world.post(TAB, bye);
            world.settle();
        }
    }
    world.pages[TAB].inbox.clear();
    world
}

fn happens(world: &mut World, happening: Happening) {
    match happening {
        Happening::Nothing => {}
        Happening::Word => world.post(TAB, Message::Pong),
        Happening::Hello => world.hello(TAB),
        Happening::Attach => world.rejoin(TAB),
        Happening::Silence10s => world.advance(10_000),
        Happening::Silence30s => world.advance(30_000),
        Happening::Silence11min => world.advance(11 * 60_000),
        Happening::MachineSlept => world.sleep(11 * 60_000),
        Happening::Park => world.park(TAB),
        Happening::Bye => {
            let bye = world.pages[TAB].bye(false);
            world.post(TAB, bye);
        }
        Happening::LockGranted => world.lose_lock(TAB),
        Happening::ClosedEverywhere => {
            world.post(OTHER, Message::CloseEverywhere { request: 1 });
            world.settle();
            world.connect_to(OTHER, URL, RawOptions::default());
            let s = *world.pages[OTHER].streams.keys().next_back().expect("a stream");
            world.subscribe_to(OTHER, s, "a", 0);
        }
    }
    world.settle();
}

fn told(world: &World) -> Vec<&'static str> {
    let inbox = world.pages[TAB].inbox.iter();
    inbox
        .map(|wire| match wire {
            Wire::Batch(_) => "batch",
            Wire::Reply(Reply::Ping) => "ping",
            Wire::Reply(Reply::Rejoin) => "rejoin",
            Wire::Reply(Reply::Welcome { .. }) => "welcome",
            Wire::Reply(Reply::Attached { .. }) => "attached",
            Wire::Reply(Reply::Ended { .. }) => "ended",
            Wire::Reply(_) => "other",
        })
        .collect()
}

/// What is said to it at once; whether it counts as a tab of the stream; whether the next event is sent to it; and what it
/// has of all events once it has joined anew.
fn line(state: State, happening: Happening) -> String {
    let made = || {
        let mut world = brought_to(state);
        happens(&mut world, happening);
        world
    };
    let mut world = made();
    let said = told(&world).join(" ");
    let s = *world.pages[OTHER].streams.keys().next_back().expect("a stream");
    let before = world.pages[TAB].inbox.len();
    world.pages[OTHER]
        .streams
        .get_mut(&s)
        .expect("it is there")
        .statuses
        .clear();
    world.post(OTHER, Message::Stats { s, request: 9 });
    world.settle();
    let tabs = world.pages[OTHER]
        .replies
        .iter()
        .rev()
        .find_map(|reply| match reply {
            Reply::Stats { stats, .. } => Some(stats.tabs),
            _ => None,
        });
    let counts = if tabs == Some(2) { "counts" } else { "-" };
    world.emit("a", Some("2"), "2");
    world.settle();
    let is_sent = told(&world)[before..].contains(&"batch");
    let sent = if is_sent { "sent" } else { "-" };
    world.pages[TAB].frozen = false;
    world.rejoin(TAB);
    world.settle();
    let ended = world.pages[TAB].streams[&1].ended.as_deref().unwrap_or("-");
    format!(
        "{said:<34} {counts:<7} {sent:<5} {:<4} {ended}",
        world.heard(TAB).join(",")
    )
}

fn table() -> String {
    let mut text = String::from(
        "state, what happens -> what it is told at once, a tab of the stream?, the next event, what it has once it is back, end\n",
    );
    for state in STATES {
        writeln!(text).unwrap();
        for happening in HAPPENINGS {
            let line = line(state, happening);
            let (state, happening) = (format!("{state:?}"), format!("{happening:?}"));
            writeln!(
                text,
                "{}",
                format!("{state:<12} {happening:<17} {line}").trim_end()
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn d6_the_table_of_a_tab_is_the_one_that_was_agreed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tabs.txt");
    let table = table();
    if std::env::var_os("TABMUX_BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    assert_eq!(table, std::fs::read_to_string(&path).unwrap());
}

#[test]
fn d6_whoever_comes_back_has_all_that_was_sent_or_the_session_is_over() {
    for state in STATES {
        for happening in HAPPENINGS {
            let line = line(state, happening);
            let is_ended = line.ends_with("everywhere");
            assert!(
                is_ended || line.contains(" 1,2 "),
                "{state:?} {happening:?}: {line}"
            );
        }
    }
}
