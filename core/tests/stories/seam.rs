//! D-4: the seam.

use crate::common::World;
use crate::common::server::Replay;

fn resumed_inclusively() -> World {
    let mut world = World::new();
    world.listener("a");
    world.server.replay = Replay::Inclusive;
    world
}

fn reconnect(world: &mut World) {
    world.cut(false);
    world.advance(1_000);
}

#[test]
fn d4_repeats_are_dropped_only_in_the_seam() {
    let mut world = World::new();
    world.listener("a");
    for n in 1..6 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    world.server.replay = Replay::Last(3);
    reconnect(&mut world);
    world.say("a", "6", "6");
    assert_eq!(world.heard(0), ["1", "2", "3", "4", "5", "6"]);
    world.say("a", "3", "3");
    assert_eq!(world.heard(0).len(), 7, "outside a seam nothing is ever dropped");
    assert_eq!(world.stats(0).repeats, 3);
}

#[test]
fn d4_equal_messages_in_a_row_are_no_repeats() {
    let mut world = resumed_inclusively();
    world.say("a", "1", "same");
    world.emit("a", None, "same");
    world.emit("a", None, "same");
    world.settle();
    assert_eq!(world.heard(0).len(), 3);
    world.cut(false);
    world.emit("a", None, "same");
    world.advance(1_000);
    // Repeated were the first (known for it, dropped) and two without an id (unknowable); the last is new.
    assert_eq!(world.heard(0).len(), 6);
}

#[test]
fn d4_an_event_without_an_id_is_no_repeat_of_the_one_before() {
    let mut world = World::new();
    world.listener("a");
    world.say("a", "1", "same");
    world.cut(false);
    world.emit("a", None, "same");
    world.advance(1_000);
    assert_eq!(
        world.heard(0),
        ["same", "same"],
        "a new EventSource has brought no id that it could repeat"
    );
}

#[test]
fn d4_the_whole_triple_counts() {
    let mut world = resumed_inclusively();
    let b = world.subscribe(0, "b");
    world.say("a", "1", "x");
    world.cut(false);
    world.server.log[0].data = "y".into();
    world.advance(1_000);
    assert_eq!(world.heard(0), ["x", "y"], "the same id with other data");
    world.cut(false);
    world.server.log[0].channel = "b".into();
    world.advance(2_000);
    assert_eq!(world.got(0, b), ["y"], "on another channel");
}

#[test]
fn d4_the_first_new_id_ends_the_seam() {
    let mut world = World::new();
    world.listener("a");
    world.say("a", "1", "1");
    world.say("a", "2", "2");
    reconnect(&mut world);
    world.say("a", "3", "3");
    world.say("a", "1", "1");
    assert_eq!(world.heard(0), ["1", "2", "3", "1"]);
}

#[test]
fn d4_a_seam_lasts_ten_seconds() {
    let mut world = World::new();
    world.listener("a");
    world.say("a", "1", "1");
    reconnect(&mut world);
    world.advance(9_000);
    world.say("a", "1", "1");
    assert_eq!(world.heard(0).len(), 1);
    world.advance(1_000);
    world.say("a", "1", "1");
    assert_eq!(world.heard(0).len(), 2);
}

#[test]
fn d4_an_index_that_came_to_mean_another_channel_is_not_taken_for_the_first() {
    let mut world = resumed_inclusively();
    world.subscribe(0, "keeps the connection");
    world.say("a", "1", "x");
    world.unsubscribe(0, 1);
    world.advance(6_000);
    let b = world.subscribe(0, "b");
    world.cut(false);
    world.server.log[0].channel = "b".into();
    world.advance(1_000);
    assert_eq!(world.got(0, b), ["x"]);
}

#[test]
fn d4_a_channel_that_was_let_go_in_between_is_still_known_to_star() {
    let mut world = resumed_inclusively();
    let star = world.listener("*");
    world.say("a", "1", "x");
    world.unsubscribe(0, 1);
    world.advance(6_000);
    world.subscribe(0, "a");
    reconnect(&mut world);
    assert_eq!(world.heard(star), ["x"]);
}
