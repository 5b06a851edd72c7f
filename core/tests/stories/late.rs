//! D-5: late subscribers. A-: what a subscription is.

use crate::common::{URL, World};
use tabmux_core::options::RawOptions;

fn story_with(ids: std::ops::Range<usize>) -> World {
    let mut world = World::new();
    world.listener("a");
    for n in ids {
        world.say("a", &n.to_string(), &n.to_string());
    }
    world
}

#[test]
fn d5_past_events_first_then_live_ones_without_hole_or_repeat() {
    let mut world = story_with(0..5);
    let late = world.page();
    world.connect_to(late, URL, RawOptions::default());
    let sub = world.subscribe_to(late, 1, "a", 3);
    world.say("a", "5", "5");
    assert_eq!(world.got(late, sub), ["2", "3", "4", "5"]);
    let replayed: Vec<bool> = world.pages[late].streams[&1].subs[&sub]
        .got
        .iter()
        .map(|got| got.replayed)
        .collect();
    assert_eq!(replayed, [true, true, true, false]);
}

#[test]
fn d5_it_holds_without_credit_too() {
    let mut world = story_with(0..5);
    world.pages[0].holds_acks = true;
    for n in 5..9 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    let sub = world.subscribe_to(0, 1, "a", 3);
    world.say("a", "9", "9");
    world.release_acks(0);
    assert_eq!(world.got(0, sub), ["6", "7", "8", "9"]);
    assert_eq!(world.heard(0).len(), 10, "the first one is told nothing twice");
}

#[test]
fn d5_replay_of_all_channels_is_in_order() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.subscribe(tab, "b");
    for n in 0..6 {
        world.say(["a", "b"][n % 2], &n.to_string(), &n.to_string());
    }
    let sub = world.subscribe_to(tab, 1, "*", 4);
    assert_eq!(world.got(tab, sub), ["2", "3", "4", "5"]);
}

#[test]
fn d5_what_is_no_longer_kept_is_told() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        replay_events: Some(2.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world.subscribe(tab, "b");
    for n in 0..3 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    world.say("b", "3", "3");
    let sub = world.subscribe_to(tab, 1, "a", 5);
    assert_eq!(world.got(tab, sub), ["1", "2"]);
    let all = world.subscribe_to(tab, 1, "*", 5);
    assert_eq!(world.got(tab, all), ["1", "2", "3"]);
    assert_eq!(
        world.gaps(tab),
        [("a", Some(1), "replay-limit"), ("*", Some(1), "replay-limit")]
    );
}

#[test]
fn a_star_hears_each_event_once() {
    let mut world = World::new();
    let tab = world.listener("*");
    let named = world.subscribe(tab, "a");
    world.listener("b");
    for (n, channel) in ["a", "b", "message"].into_iter().enumerate() {
        world.say(channel, &n.to_string(), channel);
    }
    assert_eq!(world.heard(tab), ["a", "b", "message"]);
    assert_eq!(world.got(tab, named), ["a"]);
    let batches = &world.pages[tab].streams[&1].batches;
    let events = batches
        .iter()
        .flat_map(|batch| &batch.entries)
        .filter(|entry| matches!(entry, crate::common::page::Entry::Event(..)))
        .count();
    assert_eq!(events, 3, "on the wire as well");
}

#[test]
fn a_subscriptions_come_and_go_at_any_time() {
    let mut world = story_with(0..2);
    let second = world.subscribe(0, "a");
    let other = world.subscribe(0, "b");
    world.say("a", "2", "2");
    world.say("b", "3", "3");
    world.unsubscribe(0, 1);
    world.say("a", "4", "4");
    world.unsubscribe(0, second);
    world.say("a", "5", "5");
    assert_eq!(world.pages[0].streams[&1].over[&1].data(), ["0", "1", "2"]);
    assert_eq!(world.pages[0].streams[&1].over[&second].data(), ["2", "4"]);
    assert_eq!(world.got(0, other), ["3"]);
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn s7_channel_names_are_data() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, URL, RawOptions::default());
    let names = ["__proto__", "error", "open", "constructor", "message", "ünï"];
    let subs: Vec<u32> = names.iter().map(|name| world.subscribe(tab, name)).collect();
    for (n, name) in names.iter().enumerate() {
        world.say(name, &n.to_string(), name);
    }
    for (sub, name) in subs.into_iter().zip(names) {
        assert_eq!(world.got(tab, sub), [name]);
    }
}

#[test]
fn a4_the_channels_that_any_tab_names_are_heard_by_a_star() {
    let mut world = World::new();
    let tab = world.listener("*");
    let other = world.page();
    let named = RawOptions {
        channels: Some(vec!["quiet".to_owned()]),
        ..RawOptions::default()
    };
    world.connect_to(other, URL, named);
    world.say("quiet", "1", "one");
    assert_eq!(world.heard(tab), ["one"]);
}

#[test]
fn d5_what_a_channel_held_that_was_let_go_is_told_to_a_replay_of_all() {
    let mut world = World::new();
    let tab = world.listener("a");
    let b = world.subscribe(tab, "b");
    for (n, channel) in ["a", "b", "a"].into_iter().enumerate() {
        world.say(channel, &n.to_string(), &n.to_string());
    }
    world.unsubscribe(tab, b);
    world.advance(11_000);
    let all = world.subscribe_to(tab, 1, "*", 3);
    // Three were asked for, three have come while `*` covered them: 1 is no longer kept.
    assert_eq!(
        world.gaps(tab).len(),
        1,
        "got {:?}, and no word of the rest",
        world.got(tab, all)
    );
}

#[test]
fn d5_over_fetch_a_replay_of_all_is_told_what_gave_way_to_other_channels() {
    use crate::common::HOME;
    let mut world = World::new();
    let options = || RawOptions {
        transport: Some("fetch".into()),
        limit_channels: Some(3.0),
        ..RawOptions::default()
    };
    let first = world.page();
    world.connect_to(first, HOME, options());
    world.subscribe(first, "*");
    for (n, channel) in ["x", "y", "z"].into_iter().enumerate() {
        world.say(channel, &n.to_string(), &n.to_string());
    }
    assert_eq!(world.heard(first), ["0", "1", "2"]);
    let late = world.page();
    world.connect_to(late, HOME, options());
    let all = world.subscribe_to(late, 1, "*", 3);
    assert!(
        !world.gaps(late).is_empty(),
        "got {:?} of 3",
        world.got(late, all)
    );
}
