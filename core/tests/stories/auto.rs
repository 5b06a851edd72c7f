//! T-5: `auto`, EventSource first.

use tabmux_core::Via;
use tabmux_core::options::RawOptions;

use crate::common::server::Answer;
use crate::common::{HOME, URL, World};

fn world_at(url: &str, strict: bool) -> World {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        jitter: Some(false),
        strict: strict.then_some(true),
        ..RawOptions::default()
    };
    world.connect_to(tab, url, options);
    world.subscribe(tab, "a");
    world
}

#[test]
fn t5_event_source_comes_first_and_is_left_alone() {
    let mut world = world_at(HOME, false);
    world.say("a", "1", "one");
    world.cut(true);
    world.advance(60_000);
    world.browser_retries();
    assert_eq!(world.opens.len(), 1);
    assert_eq!(world.source().request.via, Via::EventSource);
}

#[test]
fn t5_an_engine_that_would_join_two_halves_of_events_is_not_left_to_retry() {
    for (url, via, opens) in [(HOME, Via::Fetch, 2), (URL, Via::EventSource, 1)] {
        let mut world = World::of_an_engine_that_joins();
        let tab = world.page();
        world.connect_to(tab, url, RawOptions::default());
        world.subscribe(tab, "a");
        world.say("a", "1", "one");
        world.cut(true);
        world.emit("a", Some("2"), "two");
        world.advance(2_000);
        if via == Via::EventSource {
            world.browser_retries();
        }
        assert_eq!(world.heard(tab), ["one", "two"]);
        assert_eq!((world.opens.len(), world.source().request.via), (opens, via));
        assert_eq!(world.server.asked.last(), Some(&Some("1".into())));
    }
}

#[test]
fn t5_where_the_browser_gives_up_fetch_takes_over_with_the_id_and_sees_the_status() {
    let mut world = world_at(HOME, false);
    world.say("a", "1", "one");
    world.clear_statuses(0);
    world.cut(true);
    world.server.answer = Answer::Status(503);
    world.server.retry_after = Some(7_000);
    world.browser_retries();
    assert_eq!(world.opens.len(), 2, "at once");
    assert_eq!(
        world.statuses(0),
        [
            "reconnecting/network!",
            "reconnecting/refused",
            "reconnecting/refused!"
        ],
        "one failed attempt"
    );
    assert_eq!(world.errors(0), ["HTTP_STATUS"]);
    world.server.answer = Answer::Accept;
    world.emit("a", Some("2"), "two");
    world.advance(7_000);
    assert_eq!(world.heard(0), ["one", "two"]);
    let request = &world.source().request;
    assert_eq!((request.via, request.url.as_str()), (Via::Fetch, HOME));
    assert_eq!(request.last_event_id.as_deref(), Some("1"));
    world.cut(false);
    world.advance(4_000);
    assert_eq!(world.source().request.via, Via::Fetch, "from here on");
}

#[test]
fn t5_a_server_that_refuses_from_the_first_closes_as_natively() {
    for (status, shown) in [(404, "closed/refused!"), (204, "closed/stopped!")] {
        let mut world = World::new();
        world.server.answer = Answer::Status(status);
        let tab = world.page();
        world.drop_in(tab, HOME);
        assert_eq!(world.last_status(tab), shown);
        assert_eq!(
            world
                .statuses(tab)
                .iter()
                .filter(|status| status.ends_with('!'))
                .count(),
            1
        );
        world.advance(3_600_000);
        assert_eq!(world.opens.len(), 2);
    }
}

#[test]
fn t5_an_event_source_without_an_answer_has_given_up() {
    let mut world = World::new();
    world.server.answer = Answer::Hang;
    let tab = world.page();
    world.connect_to(tab, HOME, RawOptions::default());
    world.subscribe(tab, "a");
    world.advance(30_000);
    assert_eq!(world.errors(tab), ["NETWORK"]);
    world.server.answer = Answer::Accept;
    world.advance(1_000);
    assert_eq!(world.source().request.via, Via::Fetch);
    assert_eq!(world.status(tab).name(), "open");
}

#[test]
fn t5_to_another_origin_it_is_event_source_alone() {
    let mut world = world_at(URL, false);
    world.cut(false);
    world.advance(60_000);
    assert_eq!(world.source().request.via, Via::EventSource);
}

#[test]
fn t5_an_idle_stream_begins_anew_with_event_source() {
    let mut world = world_at(HOME, false);
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.source().request.via, Via::Fetch);
    world.unsubscribe(0, 1);
    world.advance(5_000);
    assert!(world.sources.is_empty());
    world.subscribe(0, "a");
    assert_eq!(world.source().request.via, Via::EventSource);
}

#[test]
fn t5_a_channel_of_a_fetch_has_no_listener_and_one_of_an_event_source_again_has() {
    let mut world = world_at(HOME, false);
    world.cut(false);
    world.advance(1_000);
    world.subscribe(0, "b");
    world.say("b", "1", "by fetch");
    assert_eq!(world.got(0, 2), ["by fetch"]);
    world.unsubscribe(0, 1);
    world.unsubscribe(0, 2);
    world.advance(20_000);
    world.subscribe(0, "b");
    world.say("b", "2", "by EventSource");
    assert_eq!(world.got(0, 3), ["by EventSource"]);
}

#[test]
fn t5_strict_closes_with_the_browsers_own() {
    let mut world = world_at(HOME, true);
    world.cut(true);
    world.server.answer = Answer::Status(503);
    world.browser_retries();
    assert_eq!(world.last_status(0), "closed/refused!");
    world.advance(3_600_000);
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn t7_where_fetch_cannot_be_loaded_auto_goes_on_by_event_source() {
    for (status, code) in [
        (404, "WORKER_LOAD"),
        (200, "WORKER_LOAD"),
        (503, "NETWORK"),
        (0, "NETWORK"),
    ] {
        let mut world = world_at(HOME, false);
        world.say("a", "1", "one");
        world.server.answer = Answer::Status(503);
        world.unloadable = Some(status);
        world.cut(true);
        world.browser_retries();
        assert_eq!(world.errors(0), [code], "{status}");
        assert_eq!(world.sources.len(), 0, "it waits");
        world.advance(100_000);
        let attempts = world.opens.len();
        assert!(attempts <= 20, "{attempts} attempts in 100 s");
        world.server.answer = Answer::Accept;
        world.emit("a", Some("2"), "two");
        world.advance(60_000);
        assert_eq!(world.heard(0), ["one", "two"]);
        assert_eq!(world.source().request.via, Via::EventSource);
    }
}

#[test]
fn t7_where_fetch_is_asked_for_and_cannot_be_loaded_it_is_told_and_tried_again() {
    let mut world = World::new();
    let tab = world.page();
    world.unloadable = Some(404);
    let options = RawOptions {
        transport: Some("fetch".into()),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    assert_eq!(world.errors(tab), ["WORKER_LOAD"]);
    assert_eq!(world.last_status(tab), "reconnecting/network!");
    world.advance(10_000);
    let attempts = world.opens.len();
    assert!((3..=8).contains(&attempts), "{attempts} attempts in 10 s");
    world.unloadable = None;
    world.advance(30_000);
    world.say("a", "1", "one");
    assert_eq!(world.heard(tab), ["one"]);
}
