//! D-8: reconnect.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;

use crate::common::server::Answer;
use crate::common::{URL, World};

fn steady() -> RawOptions {
    RawOptions {
        jitter: Some(false),
        ..RawOptions::default()
    }
}

fn world(options: RawOptions) -> World {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world
}

/// Times between one `EventSource` and the next.
fn waits(world: &World) -> Vec<u64> {
    world.opens.windows(2).map(|pair| pair[1].0 - pair[0].0).collect()
}

#[test]
fn d8_the_browsers_own_retry_is_left_alone() {
    let mut world = world(steady());
    world.say("a", "1", "1");
    world.cut(true);
    assert_eq!(world.last_status(0), "reconnecting/network!");
    world.advance(60_000);
    let now = world.time();
    world.hub.handle_online(now);
    world.settle();
    assert_eq!((world.opens.len(), world.closes), (1, 0));
    world.emit("a", Some("2"), "2");
    world.browser_retries();
    assert_eq!(world.heard(0), ["1", "2"]);
    assert_eq!(world.server.asked, [None, Some("1".into())]);
    assert_eq!(world.last_status(0), "open/opened/unknown");
}

#[test]
fn d8_a_browsers_retry_beyond_all_patience_is_taken_over() {
    let mut world = world(steady());
    world.advance(10_000);
    world.cut(true);
    world.advance(330_000 - 1);
    assert_eq!(world.closes, 0);
    world.advance(1);
    assert_eq!(world.closes, 1);
    world.advance(1_000);
    assert_eq!(world.opens.len(), 2);
    assert_eq!(world.last_status(0), "open/opened/no");
}

#[test]
fn d8_the_wait_doubles_up_to_the_ceiling() {
    let mut world = world(steady());
    world.server.answer = Answer::Refuse;
    world.advance(20_000);
    world.cut(false);
    world.advance(1_000 + 1_000 + 2_000 + 4_000 + 8_000 + 16_000 + 30_000);
    assert_eq!(waits(&world)[1..], [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
}

#[test]
fn d8_refusals_in_a_row_back_off_to_five_minutes() {
    let mut world = world(steady());
    world.server.answer = Answer::Refuse;
    world.cut(false);
    world.advance(3_600_000);
    let waits = waits(&world);
    assert_eq!(*waits.iter().max().unwrap(), 300_000);
    assert!(world.opens.len() < 25, "{} in an hour", world.opens.len());
}

#[test]
fn d8_a_server_that_hangs_up_at_once_is_not_hammered() {
    let mut world = world(steady());
    for _ in 0..8 {
        world.cut(false);
        while world.sources.is_empty() {
            world.advance(100);
        }
    }
    assert_eq!(waits(&world)[..6], [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    world.advance(10_000);
    world.cut(false);
    world.advance(1_000);
    assert_eq!(
        waits(&world).last(),
        Some(&11_000),
        "ten seconds open and all is forgotten"
    );
}

#[test]
fn d8_max_attempts_counts_failed_attempts_but_not_the_first_try() {
    let mut world = World::new();
    world.server.answer = Answer::Refuse;
    let tab = world.page();
    let options = RawOptions {
        max_attempts: Some(2.0),
        ..steady()
    };
    world.connect_to(tab, URL, options.clone());
    world.subscribe(tab, "a");
    world.advance(60_000);
    assert_eq!(world.opens.len(), 3);
    assert_eq!(world.last_status(tab), "closed/max-attempts!");
    assert_eq!(
        world.errors(tab),
        ["NETWORK", "NETWORK", "NETWORK", "MAX_ATTEMPTS"]
    );
    assert!(world.sources.is_empty());

    world.server.answer = Answer::Accept;
    world.post(tab, Message::Reconnect { s: 1 });
    world.settle();
    assert_eq!(world.last_status(tab), "open/opened");
}

#[test]
fn d8_who_connects_anew_tries_anew_though_another_tab_has_given_up() {
    let mut world = World::new();
    world.server.answer = Answer::Refuse;
    let options = RawOptions {
        max_attempts: Some(0.0),
        ..steady()
    };
    let first = world.page();
    world.connect_to(first, URL, options.clone());
    world.subscribe(first, "a");
    assert_eq!(world.last_status(first), "closed/max-attempts!");
    world.server.answer = Answer::Accept;
    let second = world.page();
    world.connect_to(second, URL, options);
    world.subscribe(second, "a");
    world.say("a", "1", "x");
    assert_eq!(world.heard(second), ["x"]);
    assert_eq!(world.heard(first), ["x"]);
    assert_eq!(world.sources.len(), 1);
}

#[test]
fn d8_no_answer_for_the_connect_timeout_is_a_failed_attempt() {
    let mut world = World::new();
    world.server.answer = Answer::Hang;
    let tab = world.page();
    world.connect_to(tab, URL, steady());
    world.subscribe(tab, "a");
    world.advance(29_999);
    assert_eq!(world.closes, 0);
    world.advance(1);
    assert_eq!(world.last_status(tab), "reconnecting/timeout!");
    assert_eq!(world.errors(tab), ["NETWORK"]);
}

#[test]
fn d8_online_acts_only_while_the_hub_waits() {
    let mut world = world(steady());
    world.cut(false);
    assert_eq!(world.opens.len(), 1);
    let now = world.time();
    world.hub.handle_online(now);
    world.settle();
    assert_eq!(world.opens.len(), 2);
    world.hub.handle_online(now);
    world.settle();
    assert_eq!(world.opens.len(), 2, "open: nothing to do");
}

#[test]
fn d8_waking_up_ends_the_wait() {
    let mut world = world(steady());
    world.server.answer = Answer::Refuse;
    world.cut(false);
    world.advance(100_000);
    world.server.answer = Answer::Accept;
    let opens = world.opens.len();
    world.sleep(3_600_000);
    assert_eq!(world.opens.len(), opens + 1);
    assert!(world.last_status(0).starts_with("open/"));
}

#[test]
fn d8_reconnect_is_coalesced_over_tabs_to_one_a_second() {
    let mut world = world(steady());
    let other = world.listener("a");
    for _ in 0..10 {
        world.post(0, Message::Reconnect { s: 1 });
        world.post(other, Message::Reconnect { s: 1 });
        world.settle();
    }
    assert_eq!(world.opens.len(), 2);
    world.advance(1_000);
    assert_eq!(world.opens.len(), 3, "the ones after the first are one more");
    world.advance(60_000);
    assert_eq!(world.opens.len(), 3);
}

#[test]
fn d8_without_a_heartbeat_silence_means_nothing() {
    let mut world = world(steady());
    world.advance(24 * 3_600_000);
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn d8_the_watchdog_is_armed_by_the_first_heartbeat() {
    let mut world = world(RawOptions {
        heartbeat: Some("ping".into()),
        ..steady()
    });
    world.advance(3_600_000);
    assert_eq!(world.opens.len(), 1, "the server may not send any");
    world.cut(false);
    world.advance(1_000);
    for _ in 0..5 {
        world.emit("ping", None, "");
        world.advance(10_000);
    }
    assert_eq!(world.closes, 1);
    world.advance(3 * 3_600_000);
    assert!(world.statuses(0).contains(&"reconnecting/silent!".to_owned()));
}

#[test]
fn d8_the_default_period_follows_what_was_seen() {
    let mut world = world(RawOptions {
        heartbeat: Some("ping".into()),
        ..steady()
    });
    world.emit("ping", None, "");
    world.advance(20_000);
    world.emit("ping", None, "");
    world.advance(59_999);
    assert_eq!(world.closes, 0, "three times twenty seconds");
    world.advance(1);
    assert_eq!(world.closes, 1);
}

#[test]
fn d8_an_explicit_timeout_runs_from_open() {
    let mut world = world(RawOptions {
        heartbeat: Some("ping".into()),
        heartbeat_timeout: Some(15_000.0),
        ..steady()
    });
    world.advance(14_999);
    world.say("a", "1", "any event is a sign of life");
    world.advance(14_999);
    assert_eq!(world.closes, 0);
    world.advance(1);
    assert_eq!(world.closes, 1);
}
