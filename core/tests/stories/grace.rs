//! D-7: when the upstream opens and closes.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;

use crate::common::{HOME, URL, World};

#[test]
fn d7_a_reload_does_not_reconnect() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.leave(tab);
    world.advance(4_999);
    let again = world.listener("a");
    world.advance(60_000);
    assert_eq!((world.opens.len(), world.closes), (1, 0));
    world.say("a", "1", "x");
    assert_eq!(world.heard(again), ["x"]);
}

#[test]
fn d7_after_the_grace_it_closes() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.crash(tab);
    world.advance(5_000);
    assert_eq!(world.closes, 1);
    assert_eq!(world.wait_until(), None, "nothing is left to wait for");
}

#[test]
fn d7_nothing_opens_before_the_first_subscription() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, URL, RawOptions::default());
    world.advance(60_000);
    assert_eq!(world.opens, []);
    world.subscribe(tab, "a");
    assert_eq!(world.statuses(tab), ["connecting/subscribed", "open/opened"]);
}

#[test]
fn a_drop_in_needs_no_listener() {
    let mut world = World::new();
    let tab = world.page();
    world.drop_in(tab, URL);
    assert_eq!(world.opens.len(), 1);
    world.advance(60_000);
    assert_eq!(world.closes, 0);
}

#[test]
fn d7_an_idle_stream_keeps_its_id_and_presents_it() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    world.unsubscribe(tab, 1);
    world.advance(10_000);
    assert_eq!(world.closes, 1);
    world.emit("a", Some("2"), "2");
    world.server.replay = crate::common::server::Replay::Inclusive;
    let sub = world.subscribe_to(tab, 1, "a", 1);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    assert_eq!(
        world.got(tab, sub),
        ["2"],
        "the channel was let go, and what is known is not repeated"
    );
}

fn hiding(ms: f64) -> RawOptions {
    RawOptions {
        hidden_timeout: Some(ms),
        ..RawOptions::default()
    }
}

#[test]
fn d7_hidden_for_too_long_closes_and_a_look_opens() {
    let mut world = World::new();
    let a = world.page();
    world.connect_to(a, URL, hiding(30_000.0));
    world.subscribe(a, "a");
    let b = world.page();
    world.connect_to(b, URL, hiding(30_000.0));
    world.subscribe(b, "a");
    world.say("a", "1", "1");
    world.post(a, Message::Visible(false));
    world.advance(60_000);
    assert_eq!(world.closes, 0, "one is still looked at");
    world.post(b, Message::Visible(false));
    world.advance(29_999);
    assert_eq!(world.closes, 0);
    world.advance(1);
    assert_eq!(world.closes, 1);
    assert_eq!(world.last_status(a), "idle/hidden");
    world.emit("a", Some("2"), "2");
    world.post(a, Message::Visible(true));
    world.settle();
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    assert_eq!(world.heard(a), ["1", "2"]);
    assert_eq!(world.heard(b), ["1", "2"]);
    assert_eq!(world.last_status(b), "open/opened/unknown");
}

/// Two tabs that read the answer to the same body.
fn asked() -> (World, [usize; 2], u32) {
    let mut world = World::new();
    let tabs = [world.page(), world.page()];
    let mut s = 0;
    for tab in tabs {
        let options = RawOptions {
            method: Some("POST".into()),
            body: Some("a question".into()),
            ..RawOptions::default()
        };
        s = world.connect_to(tab, HOME, options);
        world.subscribe(tab, "a");
    }
    assert_eq!(world.opens.len(), 1);
    (world, tabs, s)
}

#[test]
fn t8_the_answer_to_a_body_ends_with_the_last_tab_that_cancels() {
    let (mut world, [first, last], s) = asked();
    world.post(first, Message::Detach { s });
    world.advance(60_000);
    assert_eq!(world.closes, 0, "the other one reads on");
    world.say("a", "1", "x");
    assert_eq!(world.heard(last), ["x"]);
    world.post(last, Message::Detach { s });
    world.advance(0);
    assert_eq!(world.closes, 1);
    assert_eq!(world.wait_until(), None);
}

#[test]
fn t8_a_tab_that_reloads_finds_the_answer_to_a_body_as_it_left_it() {
    let (mut world, [first, last], _) = asked();
    world.leave(first);
    world.crash(last);
    world.advance(4_999);
    assert_eq!(world.closes, 0);
    world.advance(1);
    assert_eq!(world.closes, 1);
}
