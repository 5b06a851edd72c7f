//! O-2, D-1, D-5: what comes while one connection takes the place of another.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;

use super::topics::{join, join_about, join_with, nothing_missing, options, say_about};
use crate::common::server::{Answer, Sent};
use crate::common::{HOME, URL, World};

/// A tab that has heard `a1` about `a`, by the channel of all topics.
fn reader(world: &mut World) -> usize {
    let tab = join_about(world, "a");
    world.advance(1_000);
    say_about(world, "a", "1", "a1");
    tab
}

#[test]
fn o2_between_the_past_and_ready_there_is_no_hole() {
    let mut world = World::new();
    let tab = reader(&mut world);
    let sub = world.request(tab, 1, "message", 5, Some("b"));
    world.advance(50);
    say_about(&mut world, "a", "2", "a2");
    assert!(world.got(tab, sub).is_empty());
    world.advance(200);
    say_about(&mut world, "a", "3", "a3");
    assert_eq!(world.got(tab, sub), ["a1", "a2", "a3"]);
    nothing_missing(&world, tab);
}

/// It asks for the past again, since it was not ready.
#[test]
fn o2_a_tab_that_is_forgotten_before_it_is_ready_is_handed_the_past_once() {
    let mut world = World::new();
    reader(&mut world);
    world.server.answer = Answer::Refuse;
    let tab = world.plain_page();
    world.connect_to(tab, URL, options("global"));
    let sub = world.request(tab, 1, "message", 5, Some("b"));
    world.freeze(tab);
    world.advance(700_000);
    world.server.answer = Answer::Accept;
    world.thaw(tab);
    world.advance(400_000);
    assert_eq!(world.got(tab, sub), ["a1"]);
}

#[test]
fn o2_the_past_of_a_star_is_as_whole() {
    let mut world = World::new();
    let tab = join(&mut world, &["a", "b"]);
    world.advance(1_000);
    world.say("a", "1", "a1");
    let request = world.pages[tab].stream_mut(1).subscribe_about("*", 2, Some("c"));
    let sub = request.sub;
    world.post(tab, Message::Subscribe { s: 1, request });
    world.say("b", "2", "b2");
    world.say("a", "3", "a3");
    assert!(world.got(tab, sub).is_empty());
    world.advance(200);
    world.say("b", "4", "b4");
    assert_eq!(world.got(tab, sub), ["b2", "a3", "b4"]);
}

/// The events of a server, of which connections get what the test says, when it says so.
struct Script(Vec<Sent>);

impl Script {
    /// Events by id; the first letter of an id is the topic.
    fn new(world: &mut World, ids: &[&str]) -> Self {
        let sent = ids.iter().map(|id| world.server.send(&id[..1], Some(id), id));
        let script = Self(sent.collect());
        world.server.log.clear();
        script
    }

    /// Connection `at`, counted from the first that is there, brings these.
    fn bring(&self, world: &mut World, at: usize, ids: &[&str]) {
        let connection = *world.sources.keys().nth(at).expect("a connection");
        for id in ids {
            let sent = self.0.iter().find(|sent| sent.id.as_deref() == Some(id));
            world.redispatch(connection, sent.expect("an event of the script"));
        }
        world.settle();
    }
}

/// Another topic is asked for by a connection that does not open yet.
fn change(world: &mut World, tab: usize, topic: &str) -> u32 {
    world.server.answer = Answer::Hang;
    let sub = world.subscribe(tab, topic);
    world.advance(100);
    assert_eq!(world.sources.len(), 2);
    sub
}

/// Which of the two that are there is the later one.
fn second(world: &World) -> usize {
    let urls: Vec<_> = world.sources.values().map(|source| &source.request.url).collect();
    usize::from(*urls[1] == world.last_url())
}

/// The repeats of a change still come when the list changes again, and come once more.
#[test]
fn o2_a_change_among_the_repeats_of_the_one_before() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    let script = Script::new(&mut world, &["a1", "a2", "a3", "c3", "a4", "a5", "a6"]);
    script.bring(&mut world, 0, &["a1"]);
    change(&mut world, tab, "b");
    let first = 1 - second(&world);
    script.bring(&mut world, first, &["a2", "a3", "a4", "a5"]);
    world.accept_all();
    script.bring(&mut world, 0, &["a2"]);
    let c = change(&mut world, tab, "c");
    assert!(world.last_url().ends_with("lastEventId=a2"));
    let present = 1 - second(&world);
    script.bring(&mut world, present, &["a3", "a4", "a5"]);
    world.accept_all();
    script.bring(&mut world, 0, &["a3", "c3", "a4", "a5", "a6"]);
    assert_eq!(world.heard(tab), ["a1", "a2", "a3", "a4", "a5", "a6"]);
    assert_eq!(world.got(tab, c), ["c3"]);
    nothing_missing(&world, tab);
}

/// The same where something new stands among those repeats: what is remembered last is not what came last.
#[test]
fn o2_a_change_among_repeats_with_something_new_before_the_last() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    let script = Script::new(&mut world, &["a1", "a2", "b3", "c3", "a4", "a5"]);
    script.bring(&mut world, 0, &["a1"]);
    let b = change(&mut world, tab, "b");
    let first = 1 - second(&world);
    script.bring(&mut world, first, &["a2", "a4", "a5"]);
    world.accept_all();
    script.bring(&mut world, 0, &["a2"]);
    let c = change(&mut world, tab, "c");
    let present = 1 - second(&world);
    script.bring(&mut world, present, &["b3", "a4", "a5"]);
    world.accept_all();
    script.bring(&mut world, 0, &["b3", "c3", "a4", "a5"]);
    assert_eq!(world.heard(tab), ["a1", "a2", "a4", "a5"]);
    assert_eq!((world.got(tab, b), world.got(tab, c)), (vec!["b3"], vec!["c3"]));
    nothing_missing(&world, tab);
}

/// The last of the repeats has not come when the third connection opens.
#[test]
fn o2_what_is_awaited_is_awaited_from_the_next_connection() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    let script = Script::new(&mut world, &["a1", "a2", "b3", "c3", "a4", "a5"]);
    script.bring(&mut world, 0, &["a1"]);
    change(&mut world, tab, "b");
    let first = 1 - second(&world);
    script.bring(&mut world, first, &["a2", "a4", "a5"]);
    world.accept_all();
    script.bring(&mut world, 0, &["a2"]);
    change(&mut world, tab, "c");
    let present = 1 - second(&world);
    script.bring(&mut world, present, &["b3"]);
    world.accept_all();
    script.bring(&mut world, 0, &["b3", "c3", "a4", "a5"]);
    assert_eq!(world.heard(tab), ["a1", "a2", "a4", "a5"]);
    nothing_missing(&world, tab);
}

/// No more than that may have to be known again, whatever its size.
#[test]
fn o2_an_overlap_is_as_long_as_what_is_remembered_allows() {
    let mut world = World::new();
    let raw = RawOptions {
        limit_event: Some(10.0),
        ..options("global")
    };
    let tab = join_with(&mut world, URL, raw, &["a"]);
    world.say("a", "0", "x");
    change(&mut world, tab, "b");
    for n in 1..=399 {
        world.say("a", &n.to_string(), "x");
    }
    world.say("a", "large", "more than ten units");
    assert_eq!((world.opens.len(), world.sources.len()), (2, 2));
    world.say("a", "400", "x");
    assert_eq!((world.opens.len(), world.sources.len()), (3, 1));
    assert!(world.last_url().ends_with("lastEventId=400"));
    world.accept_all();
    assert_eq!(world.heard(tab).len(), 401);
}

#[test]
fn o3_what_the_server_said_to_the_second_connection_holds_for_the_first() {
    let mut world = World::new();
    let raw = RawOptions {
        transport: Some("fetch".into()),
        ..options("global")
    };
    let tab = join_with(&mut world, HOME, raw, &["a"]);
    world.say("a", "1", "one");
    world.server.answer = Answer::Status(503);
    world.server.retry_after = Some(20_000);
    world.subscribe(tab, "b");
    world.advance(100);
    assert_eq!(world.errors(tab), ["HTTP_STATUS"]);
    world.server.answer = Answer::Accept;
    world.cut(false);
    let now = world.time();
    world.hub.handle_online(now);
    world.advance(19_000);
    assert_eq!(world.opens.len(), 2);
    world.advance(1_000);
    assert_eq!(world.opens.len(), 3);
    assert_eq!(world.status(tab).name(), "open");
}
