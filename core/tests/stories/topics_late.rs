//! O-2, O-5: topics of tabs that come late, after a worker's death or long after they fell silent.

use tabmux_core::options::RawOptions;

use super::topics::{join, join_about, join_with, options, say_about, urls};
use crate::common::server::Answer;
use crate::common::{URL, World};

fn die(world: &mut World, pages: &[usize]) {
    world.worker_dies();
    for &page in pages {
        world.rejoin(page);
    }
    world.settle();
}

/// Whether a tab that has come back late had `data`, or has been told since `before` gaps that something is missing.
fn had_or_was_told(world: &World, tab: usize, data: &str, before: usize) -> bool {
    world.heard(tab).contains(&data) || world.gaps(tab).len() > before
}

/// A tab that comes a little after the resume was decided, with a channel of its own for its topic.
#[test]
fn o2_a_tab_that_is_a_little_late() {
    let mut world = World::new();
    let a = join(&mut world, &["a"]);
    let b = join(&mut world, &["b"]);
    world.advance(1_000);
    world.say("a", "1", "a1");
    world.say("b", "2", "b2");
    world.advance(2_000);
    let before = world.gaps(b).len();
    die(&mut world, &[a]);
    // While the worker is away.
    world.say("b", "3", "b3");
    world.say("a", "4", "a4");
    world.advance(250);
    world.rejoin(b);
    world.settle();
    world.advance(200);
    world.say("b", "5", "b5");
    assert!(had_or_was_told(&world, b, "b3", before));
}

/// The same, with one channel for all topics, and the tab comes late.
#[test]
fn o2_the_same_where_topics_share_a_channel() {
    let mut world = World::new();
    let a = join_about(&mut world, "a");
    let b = join_about(&mut world, "b");
    world.advance(1_000);
    world.emit_about("a", "message", Some("1"), "a1");
    world.emit_about("b", "message", Some("2"), "b2");
    world.advance(2_000);
    let before = world.gaps(b).len();
    die(&mut world, &[a]);
    world.emit_about("b", "message", Some("3"), "b3");
    world.emit_about("a", "message", Some("4"), "a4");
    world.advance(1_000);
    world.rejoin(b);
    world.advance(200);
    say_about(&mut world, "b", "5", "b5");
    assert!(had_or_was_told(&world, b, "b3", before));
}

/// In time while the connection is on its way; it opens before the list is looked at.
#[test]
fn o2_a_tab_that_comes_while_it_connects() {
    let mut world = World::new();
    let a = join(&mut world, &["a"]);
    let b = join(&mut world, &["b"]);
    world.advance(1_000);
    world.say("a", "1", "a1");
    world.say("b", "2", "b2");
    world.advance(2_000);
    let before = world.gaps(b).len();
    die(&mut world, &[a]);
    world.server.answer = Answer::Hang;
    world.say("b", "3", "b3");
    world.say("a", "4", "a4");
    world.advance(260);
    world.rejoin(b);
    world.advance(50);
    world.accept_all();
    world.server.answer = Answer::Accept;
    world.settle();
    world.advance(200);
    world.say("b", "5", "b5");
    assert!(had_or_was_told(&world, b, "b3", before));
}

/// A tab that was told what it has missed, and whose worker dies before its topic is asked for, stands where it was told:
/// what is sent meanwhile comes, or is told by the next worker.
#[test]
fn o2_a_worker_dies_between_the_gap_and_the_asking() {
    for (meanwhile, is_whole) in [(1, true), (1_000, false)] {
        let mut world = World::new();
        let a = join(&mut world, &["a"]);
        let b = join(&mut world, &["b", "a"]);
        world.advance(1_000);
        world.say("a", "first", "a");
        world.advance(1_000);
        die(&mut world, &[a]);
        world.advance(1_000);
        world.rejoin(b);
        world.settle();
        assert!(world.gaps(b).contains(&("b", None, "worker")));
        let before = world.gaps(b).len();
        world.say("b", "b0", "b0");
        for n in 0..meanwhile {
            world.say("a", &n.to_string(), "a");
        }
        world.advance(99);
        die(&mut world, &[a, b]);
        world.advance(1_000);
        assert_eq!(world.heard(a).len(), 1 + meanwhile);
        assert_eq!(world.heard(b).contains(&"b0"), is_whole);
        assert_eq!(world.gaps(b).len() == before, is_whole);
        world.say("b", "b1", "b1");
        assert_eq!(world.heard(b).last(), Some(&"b1"));
    }
}

/// It stands where it was told no longer than until its topic is asked for, and is handed nothing twice by the same worker.
#[test]
fn o2_a_tab_that_waits_for_its_topic_is_forgotten() {
    for is_asked_for in [false, true] {
        let mut world = World::new();
        let a = join(&mut world, &["a"]);
        let b = world.plain_page();
        world.connect_to(b, URL, options("global"));
        world.subscribe(b, "b");
        world.subscribe(b, "a");
        world.advance(1_000);
        die(&mut world, &[a]);
        world.advance(1_000);
        world.server.answer = Answer::Refuse;
        world.rejoin(b);
        world.settle();
        world.say("a", "1", "a1");
        if is_asked_for {
            world.server.answer = Answer::Accept;
            world.advance(400_000);
        }
        world.say("a", "2", "a2");
        let before = world.gaps(b).len();
        world.freeze(b);
        world.say("a", "3", "a3");
        world.advance(700_000);
        world.thaw(b);
        world.server.answer = Answer::Accept;
        world.advance(400_000);
        world.say("a", "4", "a4");
        assert_eq!(world.got(b, 2)[..2], ["a1", "a2"]);
        assert_eq!(world.got(b, 2).last(), Some(&"a4"));
        assert_eq!(world.got(b, 2).iter().filter(|&&data| data == "a2").count(), 1);
        assert!(world.got(b, 2).contains(&"a3") || world.gaps(b).len() > before);
    }
}

/// A plain-http tab that was forgotten; its topic was dropped meanwhile.
#[test]
fn o2_a_forgotten_tab_whose_topic_was_let_go() {
    let mut world = World::new();
    join_about(&mut world, "a");
    say_about(&mut world, "a", "1", "a1");
    let b = world.plain_page();
    world.connect_to(b, URL, options("global"));
    world.subscribe_about(b, "message", "b");
    world.advance(1_000);
    say_about(&mut world, "b", "2", "b2");
    world.freeze(b);
    world.advance(700_000);
    world.emit_about("b", "message", Some("3"), "b3");
    say_about(&mut world, "a", "4", "a4");
    world.thaw(b);
    world.advance(60_000);
    say_about(&mut world, "b", "5", "b5");
    assert!(world.heard(b).contains(&"b3") || !world.gaps(b).is_empty());
}

#[test]
fn o5_a_fresh_worker_presents_no_id_of_another_list() {
    let mut world = World::new();
    let ahead = join_with(&mut world, URL, options("connection"), &["a"]);
    let behind = join_with(&mut world, URL, options("connection"), &["a"]);
    let third = join_with(&mut world, URL, options("connection"), &["b"]);
    world.advance(1_000);
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    world.say("a", "3", "3");
    world.advance(2_000);
    world.leave(third);
    world.pages[behind].frozen = false;
    world.server.answer = Answer::Refuse;
    let before = world.opens.len();
    die(&mut world, &[ahead]);
    world.advance(300);
    world.rejoin(behind);
    world.settle();
    world.advance(5_000);
    world.server.answer = Answer::Accept;
    world.advance(60_000);
    assert!(
        urls(&world)[before..]
            .iter()
            .all(|url| !url.contains("lastEventId"))
    );
}

/// What a tab that is known by its own position has missed of a topic that was let go and taken up again meanwhile. All
/// topics come by one channel, so that nothing else can tell.
#[test]
fn o2_a_topic_that_was_taken_up_again_has_a_hole() {
    let mut world = World::new();
    let a = join_about(&mut world, "a");
    let b = join_about(&mut world, "b");
    let c = join_about(&mut world, "b");
    world.advance(1_000);
    world.emit_about("a", "message", Some("1"), "a1");
    world.emit_about("b", "message", Some("2"), "b2");
    world.advance(2_000);
    let before = world.gaps(c).len();
    die(&mut world, &[a]);
    world.emit_about("b", "message", Some("3"), "b3");
    world.emit_about("a", "message", Some("4"), "a4");
    world.advance(1_000);
    // With this one `b` is asked for again, from 4 on.
    world.rejoin(b);
    world.advance(1_000);
    world.rejoin(c);
    world.settle();
    assert!(had_or_was_told(&world, c, "b3", before));
    let before = world.gaps(b).len();
    say_about(&mut world, "b", "5", "b5");
    assert!(world.heard(b).contains(&"b5") && world.heard(c).contains(&"b5"));
    assert_eq!(world.gaps(b).len(), before);
}

/// The next connection asks for all, but from where the others are.
#[test]
fn o2_a_tab_that_comes_between_two_connections() {
    let mut world = World::new();
    let a = join_about(&mut world, "a");
    let b = join_about(&mut world, "b");
    world.advance(1_000);
    world.emit_about("a", "message", Some("1"), "a1");
    world.emit_about("b", "message", Some("2"), "b2");
    world.advance(2_000);
    let before = world.gaps(b).len();
    die(&mut world, &[a]);
    world.emit_about("b", "message", Some("3"), "b3");
    world.emit_about("a", "message", Some("4"), "a4");
    world.advance(1_000);
    world.cut(false);
    world.rejoin(b);
    world.advance(5_000);
    assert!(had_or_was_told(&world, b, "b3", before));
}

/// Nobody needs a connection for a while.
#[test]
fn o2_a_forgotten_tab_comes_back_after_an_idle_time() {
    let mut world = World::new();
    // The channel stays, and with it what it has had.
    let raw = || RawOptions {
        channels: Some(vec!["message".into()]),
        ..options("global")
    };
    let a = join_with(&mut world, URL, raw(), &[]);
    world.subscribe_about(a, "message", "a");
    let b = world.plain_page();
    world.connect_to(b, URL, raw());
    world.subscribe_about(b, "message", "b");
    world.advance(1_000);
    say_about(&mut world, "b", "1", "b1");
    world.freeze(b);
    world.advance(700_000);
    world.emit_about("b", "message", Some("2"), "b2");
    say_about(&mut world, "a", "3", "a3");
    // It goes on holding the stream, and needs nothing.
    world.unsubscribe(a, 1);
    world.advance(10_000);
    assert!(world.sources.is_empty());
    let before = world.gaps(b).len();
    world.thaw(b);
    world.advance(60_000);
    assert!(had_or_was_told(&world, b, "b2", before));
}

/// D-10: what came while nobody was there is handed to the next tab.
#[test]
fn o2_what_came_for_nobody_is_heard_though_the_connection_is_lost() {
    let mut world = World::new();
    let raw = || RawOptions {
        persist: Some(true),
        ..options("global")
    };
    let tab = join_with(&mut world, URL, raw(), &["a"]);
    world.say("a", "1", "one");
    world.advance(5_000);
    world.leave(tab);
    world.say("a", "2", "two");
    world.server.answer = Answer::Refuse;
    world.cut(false);
    let tab = join_with(&mut world, URL, raw(), &["a"]);
    world.server.answer = Answer::Accept;
    world.advance(10_000);
    world.say("a", "3", "three");
    assert_eq!(world.heard(tab), ["two", "three"]);
    assert_eq!(world.gaps(tab), []);
}

/// What nobody asked the server for while nobody was there is told.
#[test]
fn o2_what_nobody_asked_for_while_nobody_was_there_is_told() {
    let mut world = World::new();
    let raw = || RawOptions {
        persist: Some(true),
        ..options("global")
    };
    let tab = join_with(&mut world, URL, raw(), &[]);
    world.subscribe_about(tab, "message", "a");
    world.advance(1_000);
    world.emit_about("a", "message", Some("1"), "a1");
    world.advance(5_000);
    world.leave(tab);
    world.emit_about("b", "message", Some("2"), "b2");
    say_about(&mut world, "a", "3", "a3");
    let tab = world.page();
    let s = world.pages[tab].join(URL, raw(), false);
    world.pages[tab]
        .stream_mut(s)
        .subscribe_about("message", 0, Some("b"));
    let attach = world.pages[tab].attach(s, false);
    world.post(tab, attach);
    world.advance(1_000);
    assert!(had_or_was_told(&world, tab, "b2", 0));
}
