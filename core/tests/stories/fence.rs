//! D-11: a worker that hung gives nothing out before it knows that it was not replaced.

use tabmux_core::message::{Hello, Message, Reply, VERSION};
use tabmux_core::options::RawOptions;

use crate::common::server::Answer;
use crate::common::{URL, World};

/// Nothing is heard by the worker for so long as its pages need to give it up; then `wake`, first of all, an event.
fn hang(world: &mut World) {
    world.advance(1_000);
    world.holds_fences = true;
    world.now += 25_000;
    world.emit("a", Some("2"), "2");
    world.settle();
}

fn successor(world: &mut World) {
    let now = world.time();
    world.hub.handle_worker(1, now);
    world.settle();
}

fn is_moved(world: &World, at: usize) -> bool {
    let mut replies = world.pages[at].replies.iter();
    replies.any(|reply| matches!(reply, Reply::MoveTo { generation: 1 }))
}

#[test]
fn d11_nothing_is_given_out_before_the_answer() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    hang(&mut world);
    assert_eq!((world.fences, world.heard(tab)), (1, vec!["1"]));
    world.holds_fences = false;
    world.settle();
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d11_who_was_replaced_delivers_nothing_moves_its_tabs_and_closes() {
    let mut world = World::new();
    let tabs = [world.listener("a"), world.listener("a")];
    world.say("a", "1", "1");
    hang(&mut world);
    successor(&mut world);
    for tab in tabs {
        assert_eq!(world.heard(tab), ["1"]);
        assert!(is_moved(&world, tab));
    }
    assert!(world.sources.is_empty());
    world.emit("a", Some("3"), "3");
    world.advance(60_000);
    assert_eq!(world.heard(tabs[0]), ["1"]);
    assert_eq!(world.deadline, None, "it is done");
}

#[test]
fn d11_who_was_replaced_neither_writes_nor_connects_as_it_wakes() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        persist: Some(true),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world.say("a", "1", "1");
    world.advance(1_000);
    world.say("a", "2", "2");
    world.cut(false);
    // It hangs before either is due.
    world.holds_fences = true;
    let (opens, writes) = (world.opens.len(), world.storage.writes);
    world.now += 25_000;
    let now = world.time();
    world.hub.handle_timeout(now);
    world.drain();
    successor(&mut world);
    world.advance(60_000);
    assert_eq!((world.opens.len(), world.storage.writes), (opens, writes));
    assert!(is_moved(&world, tab));
}

/// Its last tab has left, or is one that it never heard of: the network is back as it wakes.
#[test]
fn d11_who_was_replaced_does_not_connect_though_it_has_no_tabs() {
    let mut world = World::new();
    world.server.answer = Answer::Refuse;
    let tab = world.listener("a");
    world.leave(tab);
    world.holds_fences = true;
    let opens = world.opens.len();
    world.now += 25_000;
    let now = world.time();
    world.hub.handle_online(now);
    world.drain();
    successor(&mut world);
    assert_eq!(world.opens.len(), opens);
}

#[test]
fn d11_whoever_comes_to_one_that_was_replaced_is_sent_on() {
    let mut world = World::new();
    world.listener("a");
    successor(&mut world);
    let opens = world.opens.len();
    let new = world.page();
    world.connect_to(new, URL, RawOptions::default());
    assert!(is_moved(&world, new));
    let is_welcome = |reply: &Reply| matches!(reply, Reply::Welcome { .. } | Reply::Attached { .. });
    assert!(!world.pages[new].replies.iter().any(is_welcome));
    assert_eq!(world.opens.len(), opens);
}

#[test]
fn d11_without_an_answer_it_goes_on_after_a_second() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    hang(&mut world);
    world.advance(999);
    assert_eq!(world.heard(tab), ["1"]);
    world.advance(1);
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d11_a_hub_that_is_spoken_to_never_asks() {
    let mut world = World::new();
    let tab = world.listener("a");
    for n in 0..100 {
        world.post(tab, Message::Ping);
        world.advance(10_000);
        world.say("a", &n.to_string(), "x");
    }
    assert_eq!(world.fences, 0);
}

#[test]
fn d11_an_older_worker_learns_of_the_newer_one() {
    let mut world = World::of_generation(3);
    world.listener("a");
    let now = world.time();
    for (generation, announced) in [(3, 0), (2, 1)] {
        world.hub.handle_worker(generation, now);
        world.settle();
        assert_eq!(world.announced, announced);
    }
    assert_eq!(world.sources.len(), 1);
}

#[test]
fn d11_who_is_replaced_answers_no_ping_that_it_has_held() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    world.advance(1_000);
    world.holds_fences = true;
    world.now += 25_000;
    world.post(tab, Message::Ping);
    world.settle();
    let now = world.time();
    world.hub.handle_worker(1, now);
    world.settle();
    let replies = &world.pages[tab].replies;
    let has_pong = replies.iter().any(|reply| matches!(reply, Reply::Pong));
    assert!(!has_pong, "the session may have ended at the successor");
}

#[test]
fn d11_a_batch_that_was_held_back_is_not_written_for_whoever_has_the_seat_by_then() {
    let mut world = World::new();
    let one = world.listener("a");
    world.say("a", "1", "1");
    hang(&mut world);
    world.post(one, Message::Detach { s: 1 });
    let other = world.listener("a");
    world.emit("a", Some("3"), "3");
    world.holds_fences = false;
    world.settle();
    assert_eq!(world.heard(one), ["1"]);
    assert_eq!(world.heard(other), ["3"]);
}

#[test]
fn d11_what_is_yet_to_be_closed_joins_as_no_other_tab() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.listener("a");
    let port = world.pages[tab].port.unwrap();
    hang(&mut world);
    let now = world.time();
    // Outputs are held: the port is not closed yet.
    let bye = world.pages[tab].bye(true);
    world.hub.handle_message(port, bye, now);
    let hello = Hello {
        version: VERSION,
        tab: "another".into(),
        lock: None,
        visible: true,
    };
    world.hub.handle_message(port, Message::Hello(hello), now);
    assert_eq!(world.hub.status_of(port, 1), None, "it has attached nothing");
}
