//! D-9: logout.

use tabmux_core::message::{Message, Reply};
use tabmux_core::options::RawOptions;

use crate::common::{URL, World};

fn is_closed(world: &World, at: usize) -> bool {
    world.pages[at]
        .replies
        .iter()
        .any(|reply| matches!(reply, Reply::ClosedEverywhere { .. }))
}

#[test]
fn d9_every_stream_of_every_tab_ends_and_all_confirm() {
    let mut world = World::new();
    let a = world.listener("a");
    let b = world.listener("a");
    world.say("a", "1", "1");
    world.post(a, Message::CloseEverywhere { request: 9 });
    world.settle();
    assert!(is_closed(&world, a));
    assert!(world.sources.is_empty());
    for tab in [a, b] {
        assert_eq!(world.pages[tab].streams[&1].ended.as_deref(), Some("everywhere"));
    }
    world.advance(60_000);
    assert_eq!((world.opens.len(), world.sources.len()), (1, 0));
}

#[test]
fn d9_after_a_silence_the_end_is_told_at_once_as_well() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    world.advance(60_000);
    // So long that the worker looks first whether it was replaced.
    let fences = world.fences;
    world.post(tab, Message::CloseEverywhere { request: 1 });
    world.settle();
    assert_eq!(world.fences, fences + 1);
    assert!(is_closed(&world, tab));
}

#[test]
fn d9_whoever_sleeps_is_not_waited_for_and_hears_nothing_of_it_later() {
    let mut world = World::new();
    let asking = world.listener("a");
    let frozen = world.listener("a");
    let parked = world.listener("a");
    world.say("a", "1", "1");
    world.park(parked);
    world.freeze(frozen);
    for n in 2..9 {
        world.say("a", &n.to_string(), "of the old session");
    }
    world.post(asking, Message::CloseEverywhere { request: 1 });
    world.settle();
    assert!(!is_closed(&world, asking));
    world.advance(2_000);
    assert!(
        is_closed(&world, asking),
        "awake is who answers within two seconds"
    );

    world.unpark(parked);
    assert_eq!(world.heard(parked), ["1"]);
    assert_eq!(
        world.pages[parked].streams[&1].ended.as_deref(),
        Some("everywhere")
    );
    world.thaw(frozen);
    assert_eq!(
        world.pages[frozen].streams[&1].ended.as_deref(),
        Some("everywhere")
    );
}

#[test]
fn d9_ids_and_past_events_are_forgotten() {
    let mut world = World::new();
    let a = world.listener("a");
    world.say("a", "1", "1");
    world.post(a, Message::CloseEverywhere { request: 1 });
    world.settle();
    let fresh = world.page();
    world.connect_to(
        fresh,
        crate::common::URL,
        tabmux_core::options::RawOptions::default(),
    );
    let sub = world.subscribe_to(fresh, 1, "a", 10);
    assert_eq!(world.last_url(), crate::common::URL);
    world.say("a", "2", "2");
    assert_eq!(world.got(fresh, sub), ["2"]);
}

#[test]
fn d9_a_second_call_ends_what_began_after_the_first() {
    let mut world = World::new();
    let a = world.listener("a");
    let frozen = world.listener("a");
    world.freeze(frozen);
    world.post(a, Message::CloseEverywhere { request: 1 });
    world.settle();
    let new = world.listener("a");
    world.post(a, Message::CloseEverywhere { request: 2 });
    world.settle();
    assert!(world.sources.is_empty());
    assert!(world.pages[new].streams[&1].ended.is_some());
    world.advance(2_000);
    let closed = world.pages[a].replies.iter();
    let requests = closed
        .filter(|reply| matches!(reply, Reply::ClosedEverywhere { .. }))
        .count();
    assert_eq!(requests, 2);
}

#[test]
fn d9_who_had_not_heard_a_word_of_its_stream_yet_is_told_as_well() {
    let mut world = World::new();
    let raw = RawOptions {
        topics: Some("topic".into()),
        ..RawOptions::default()
    };
    let sleeper = world.page();
    let asking = world.page();
    for tab in [sleeper, asking] {
        world.connect_to(tab, URL, raw.clone());
        world.subscribe(tab, "a");
    }
    world.park(sleeper);
    assert_eq!(world.pages[sleeper].streams[&1].at, None, "nothing was asked for");
    world.post(asking, Message::CloseEverywhere { request: 1 });
    world.settle();
    // Of the session after that one.
    let fresh = world.page();
    world.connect_to(fresh, URL, raw);
    world.subscribe(fresh, "a");
    world.advance(1_000);
    world.unpark(sleeper);
    assert_eq!(
        world.pages[sleeper].streams[&1].ended.as_deref(),
        Some("everywhere")
    );
    // Nor does the session after that end with it.
    world.park(fresh);
    world.unpark(fresh);
    world.say("a", "1", "1");
    assert_eq!((world.heard(sleeper).len(), world.heard(fresh)), (0, vec!["1"]));
}
