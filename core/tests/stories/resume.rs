//! D-3, D-8: the resume id.

use tabmux_core::options::RawOptions;

use crate::common::server::Replay;
use crate::common::{URL, World};

fn world(options: RawOptions) -> World {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world
}

#[test]
fn d3_the_id_is_given_again_with_each_new_event_source() {
    let mut world = world(RawOptions::default());
    for n in 1..4 {
        world.say("a", &format!("{n}&ü"), &n.to_string());
        world.cut(false);
        world.emit("a", None, "meanwhile");
        world.advance(12_000);
        assert_eq!(
            world.last_url(),
            format!("http://a.test/events?lastEventId={n}%26%C3%BC")
        );
    }
    assert_eq!(world.server.asked[1].as_deref(), Some("1&ü"));
}

#[test]
fn d3_an_id_of_the_applications_own_is_replaced() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(
        tab,
        "http://a.test/events?lastEventId=old&t=1",
        RawOptions::default(),
    );
    world.subscribe(tab, "a");
    world.say("a", "1", "1");
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.last_url(), "http://a.test/events?t=1&lastEventId=1");
}

#[test]
fn d3_without_a_parameter_nothing_is_presented_and_a_gap_is_told() {
    let mut world = world(RawOptions {
        resume_param: Some(None),
        ..RawOptions::default()
    });
    world.say("a", "1", "1");
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.last_url(), URL);
    assert_eq!(world.last_status(0), "open/opened/no");
    assert_eq!(world.gaps(0), [("a", None, "no-id")]);
    // The new EventSource has seen no id: its own retry presents none either.
    world.cut(true);
    world.browser_retries();
    assert_eq!(world.last_status(0), "open/opened/no");
    world.say("a", "2", "2");
    world.cut(true);
    world.browser_retries();
    assert_eq!(world.last_status(0), "open/opened/unknown");
    assert_eq!(world.gaps(0).len(), 2);
}

#[test]
fn d3_the_empty_id_of_a_new_event_source_is_no_reset() {
    let mut world = world(RawOptions::default());
    world.say("a", "1", "1");
    world.cut(false);
    world.advance(1_000);
    world.emit("a", None, "without");
    world.cut(true);
    world.browser_retries();
    world.emit("a", None, "without, again");
    world.cut(false);
    world.advance(3_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
}

#[test]
fn d3_a_real_reset_resets() {
    let mut world = world(RawOptions::default());
    world.say("a", "1", "1");
    world.cut(false);
    world.server.replay = Replay::Inclusive;
    world.advance(1_000);
    world.say("a", "", "reset");
    assert_eq!(world.stats(0).last_event_id, "");
    world.cut(false);
    world.advance(3_000);
    assert_eq!(world.last_url(), URL);
    assert_eq!(world.last_status(0), "open/opened/no");
}

#[test]
fn d3_resumed_is_proven_by_a_repeat() {
    let mut world = world(RawOptions::default());
    world.server.replay = Replay::Inclusive;
    world.say("a", "1", "1");
    world.cut(false);
    world.advance(1_000);
    assert_eq!(
        world.last_status(0),
        "open/opened/unknown",
        "told at once with what is known"
    );
    let stats = world.stats(0);
    assert_eq!((stats.resumed, stats.repeats), (Some("yes"), 1));
    assert_eq!(world.gaps(0), []);
}

#[test]
fn d3_the_server_may_say_that_events_are_lost() {
    let mut world = world(RawOptions {
        lost_event: Some("lost".into()),
        ..RawOptions::default()
    });
    world.server.lost_event = Some("lost".into());
    world.say("a", "1", "1");
    world.server.restart();
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.gaps(0), [("a", None, "server")]);
    assert_eq!(world.stats(0).resumed, Some("no"));
}

#[test]
fn d3_an_id_that_no_server_would_read_is_not_presented() {
    for (length, is_presented) in [(2_048, true), (2_049, false)] {
        let mut world = world(RawOptions::default());
        world.say("a", &"x".repeat(length), "1");
        world.cut(false);
        world.advance(1_000);
        assert_eq!(world.last_url() != URL, is_presented, "{length}");
        let resumed = if is_presented { "unknown" } else { "no" };
        assert_eq!(world.last_status(0), format!("open/opened/{resumed}"));
        let gaps: &[_] = if is_presented {
            &[]
        } else {
            &[("a", None, "no-id")]
        };
        assert_eq!(world.gaps(0), gaps);
    }
}
