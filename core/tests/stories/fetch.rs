//! T-1 to T-4: fetch as the transport.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;
use tabmux_core::{Code, Millis, Payload, Via};

use crate::common::server::Answer;
use crate::common::{HOME, Text, URL, World};

fn fetching() -> RawOptions {
    RawOptions {
        transport: Some("fetch".into()),
        jitter: Some(false),
        ..RawOptions::default()
    }
}

/// Connected by fetch to `url`, listening to `a`.
fn world_at(url: &str, options: RawOptions) -> World {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, url, options);
    world.subscribe(tab, "a");
    world
}

fn world() -> World {
    world_at(HOME, fetching())
}

/// A tab that hears all, of three channels at most.
fn star_of_three() -> (World, usize) {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        limit_channels: Some(3.0),
        ..fetching()
    };
    world.connect_to(tab, HOME, options);
    world.subscribe(tab, "*");
    (world, tab)
}

/// The first attempt meets `status`.
fn refused(status: u16) -> World {
    let mut world = World::new();
    world.server.answer = Answer::Status(status);
    let tab = world.page();
    world.connect_to(tab, HOME, fetching());
    world.subscribe(tab, "a");
    world
}

#[test]
fn t1_an_event_reaches_its_channel_by_name() {
    let mut world = world();
    world.say("a", "1", "one");
    world.say("b", "2", "nobody's");
    world.emit("a", None, "two");
    world.settle();
    assert_eq!(world.heard(0), ["one", "two"]);
    assert_eq!(
        world.stats(0).last_event_id,
        "2",
        "what nobody hears moves on too"
    );
    assert_eq!(world.source().request.via, Via::Fetch);
}

#[test]
fn t1_a_star_hears_every_event_and_names_count_towards_the_limit() {
    let (mut world, tab) = star_of_three();
    for name in ["x", "y", "message", "x"] {
        world.say(name, name, name);
    }
    assert_eq!(world.heard(tab), ["x", "y", "message", "x"]);
    world.advance(60_000);
    world.say("x", "5", "again");
    assert_eq!(world.heard(tab).len(), 5, "a pause lets go of no channel");
    // No longer kept than nothing else needs the place.
    world.say("z", "6", "z");
    assert_eq!(world.heard(tab).last(), Some(&"z"));
}

#[test]
fn t1_names_that_come_close_behind_one_another_make_room_for_the_next() {
    let (mut world, tab) = star_of_three();
    for name in ["x", "y", "z", "x", "y", "z"] {
        world.advance(10);
        world.say(name, &world.now.to_string(), name);
    }
    assert!(world.errors(tab).is_empty());
    assert_eq!(world.heard(tab), ["x", "y", "z", "x", "y", "z"]);
}

#[test]
fn t1_a_channel_of_which_a_burst_waits_makes_no_room() {
    let (mut world, tab) = star_of_three();
    world.freeze(tab);
    for name in ["x", "x", "y", "y", "y", "y", "z"] {
        world.say(name, name, name);
    }
    world.thaw(tab);
    world.settle();
    assert_eq!(world.errors(tab), ["CHANNEL_LIMIT"]);
    assert_eq!(world.heard(tab), ["x", "x", "y", "y", "y", "y"]);
}

#[test]
fn t1_a_tab_that_comes_back_is_told_of_channels_that_were_let_go_meanwhile() {
    for (names, gaps) in [
        (["x", "y", "z"], vec![("*", None, "overflow")]),
        (["x", "y", "y"], vec![]),
    ] {
        let mut world = World::new();
        let options = RawOptions {
            limit_channels: Some(3.0),
            ..fetching()
        };
        let tab = world.plain_page();
        world.connect_to(tab, HOME, options.clone());
        world.subscribe(tab, "*");
        let other = world.page();
        world.connect_to(other, HOME, options);
        world.subscribe(other, "*");
        world.say("x", "1", "1");
        world.freeze(tab);
        world.advance(11 * 60_000);
        // Asleep, and forgotten: its queue is gone, and what it missed is in the rings of the channels.
        for (n, name) in names.into_iter().enumerate() {
            world.say(name, &(n + 2).to_string(), &(n + 2).to_string());
        }
        world.pages[tab].inbox.clear();
        world.pages[tab].frozen = false;
        world.post(tab, Message::Ping);
        world.settle();
        assert_eq!(world.heard(other), ["1", "2", "3", "4"]);
        assert_eq!(world.gaps(tab), gaps);
        assert_eq!(world.heard(tab).last(), Some(&"4"));
    }
}

#[test]
fn t1_one_channel_too_many_is_told_and_so_is_what_is_missing() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        limit_channels: Some(2.0),
        ..fetching()
    };
    world.connect_to(tab, HOME, options);
    world.subscribe(tab, "*");
    world.subscribe(tab, "a");
    world.say("z", "1", "z");
    assert_eq!(world.errors(tab), ["CHANNEL_LIMIT"]);
    assert_eq!(world.gaps(tab), [("*", Some(1), "overflow")]);
    assert_eq!(world.stats(tab).last_event_id, "1");
}

#[test]
fn t1_what_is_too_large_is_dropped_told_and_passed() {
    let mut world = world();
    let now = world.time();
    world
        .hub
        .handle_oversize(0, "a", Some(Text::of("7")), Code::LineTooLong, now);
    world
        .hub
        .handle_oversize(0, "nobody's", Some(Text::of("8")), Code::EventTooLarge, now);
    world.settle();
    assert_eq!(world.errors(0), ["LINE_TOO_LONG"]);
    assert_eq!(world.gaps(0), [("a", Some(1), "overflow")]);
    assert_eq!(world.stats(0).last_event_id, "8");
    assert_eq!(world.status(0).name(), "open");
}

#[test]
fn d3_what_is_too_large_moves_an_idle_tab_on_as_well() {
    let mut world = world();
    let idle = world.page();
    world.connect_to(idle, HOME, fetching());
    world.subscribe(idle, "quiet");
    world.advance(2_000);
    let now = world.time();
    world
        .hub
        .handle_oversize(0, "a", Some(Text::of("7")), Code::LineTooLong, now);
    world.settle();
    world.advance(1_000);
    assert_eq!(world.told_id(idle), "7");
}

#[test]
fn t2_the_id_goes_by_header_to_the_own_origin_and_by_the_query_to_another() {
    for (url, header, by_header) in [
        (HOME, None, true),
        (URL, None, false),
        (HOME, Some(false), false),
        (URL, Some(true), true),
    ] {
        let options = RawOptions {
            resume_header: header,
            ..fetching()
        };
        let mut world = world_at(url, options);
        assert_eq!(world.source().request.last_event_id, None);
        world.say("a", "ü 1", "one");
        world.cut(false);
        world.emit("a", Some("2"), "two");
        world.advance(1_000);
        let request = &world.source().request;
        assert_eq!(request.last_event_id.is_some(), by_header, "{url} {header:?}");
        assert_eq!(request.url == url, by_header);
        assert_eq!(world.server.asked.last(), Some(&Some("ü 1".into())));
        assert_eq!(world.heard(0), ["one", "two"]);
    }
}

#[test]
fn t2_an_id_alone_moves_the_resume_on_and_an_empty_one_ends_it() {
    let mut world = world();
    world.say("a", "1", "one");
    let now = world.time();
    world.hub.handle_id(0, Text::of("5"), now);
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.source().request.last_event_id.as_deref(), Some("5"));
    let now = world.time();
    world.hub.handle_id(0, Text::of(""), now);
    world.cut(false);
    world.advance(2_000);
    assert_eq!(world.source().request.last_event_id, None);
    assert_eq!(world.last_status(0), "open/opened/no");
}

#[test]
fn t2_the_answer_says_whether_it_resumed() {
    let mut world = world();
    world.say("a", "ü1", "one");
    world.server.tells = Some("Ã¼1".into());
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.last_status(0), "open/opened/yes");
    assert_eq!(world.gaps(0), []);
    world.server.tells = Some("earliest".into());
    world.cut(false);
    world.advance(2_000);
    assert_eq!(world.last_status(0), "open/opened/no");
    assert_eq!(world.gaps(0), [("a", None, "server")]);
}

#[test]
fn t2_an_event_without_an_id_of_its_own_is_no_repeat() {
    let mut world = world();
    world.say("a", "1", "same");
    world.cut(false);
    world.emit("a", None, "same");
    world.advance(1_000);
    assert_eq!(world.heard(0), ["same", "same"]);
}

#[test]
fn t3_204_ends_the_stream_until_someone_asks() {
    let mut world = refused(204);
    assert_eq!(world.last_status(0), "closed/stopped!");
    assert_eq!(world.errors(0), [""; 0]);
    world.advance(3_600_000);
    assert_eq!(world.opens.len(), 1);
    world.server.answer = Answer::Accept;
    world.post(0, Message::Reconnect { s: 1 });
    world.settle();
    assert_eq!(world.last_status(0), "open/opened");
}

#[test]
fn t3_what_another_attempt_does_not_mend_closes() {
    for (status, code) in [
        (200, "CONTENT_TYPE"),
        (201, "HTTP_STATUS"),
        (400, "HTTP_STATUS"),
        (401, "AUTH"),
        (403, "AUTH"),
        (404, "HTTP_STATUS"),
        (410, "HTTP_STATUS"),
    ] {
        let mut world = refused(status);
        assert_eq!(world.last_status(0), "closed/refused!", "{status}");
        assert_eq!(world.errors(0), [code], "{status}");
        assert!(world.sources.is_empty());
        world.advance(3_600_000);
        assert_eq!(world.opens.len(), 1, "{status}");
        assert_eq!(
            world.pages[0].streams[&1].errors[0].detail,
            status.to_string(),
            "the fact is told"
        );
    }
}

#[test]
fn t3_a_redirect_to_nowhere_is_a_failed_attempt() {
    let mut world = refused(302);
    assert_eq!(world.last_status(0), "reconnecting/network!");
    assert_eq!(world.errors(0), ["NETWORK"]);
    world.advance(1_000);
    assert_eq!(world.opens.len(), 2);
}

#[test]
fn t3_overload_is_one_error_an_attempt_and_is_waited_out() {
    for status in [429, 500, 503, 599] {
        let mut world = refused(status);
        world.advance(3_000);
        assert_eq!(world.opens.len(), 3, "{status}");
        assert_eq!(world.errors(0), ["HTTP_STATUS"; 3]);
        world.server.answer = Answer::Accept;
        world.advance(4_000);
        assert_eq!(world.last_status(0), "open/opened");
    }
}

#[test]
fn t3_retry_after_is_the_least_wait_up_to_an_hour() {
    let mut world = World::new();
    world.server.answer = Answer::Status(503);
    world.server.retry_after = Some(90_000);
    let tab = world.page();
    world.connect_to(tab, HOME, fetching());
    world.subscribe(tab, "a");
    world.advance(89_999);
    assert_eq!(world.opens.len(), 1);
    // The network's coming back is no reason to ask before.
    let now = world.time();
    world.hub.handle_online(now);
    world.settle();
    assert_eq!(world.opens.len(), 1);
    world.server.retry_after = Some(86_400_000);
    world.advance(1);
    assert_eq!(world.opens.len(), 2);
    world.advance(3_599_999);
    assert_eq!(world.opens.len(), 2);
    world.advance(1);
    assert_eq!(world.opens.len(), 3);
    // A person may.
    world.server.answer = Answer::Accept;
    world.post(tab, Message::Reconnect { s: 1 });
    world.settle();
    assert_eq!(world.last_status(tab), "open/opened");
    // A server that has answered asks for no patience any more.
    world.cut(false);
    world.advance(10_000);
    assert_eq!(world.opens.len(), 5);
}

#[test]
fn t3_retry_takes_the_place_of_the_initial_delay_within_its_bounds() {
    for (told, waited) in [(3_000, 3_000), (0, 250), (86_400_000, 300_000)] {
        let mut world = world();
        world.advance(10_000);
        let now = world.time();
        world.hub.handle_retry(0, Millis(told), now);
        world.cut(false);
        world.advance(waited - 1);
        assert_eq!(world.opens.len(), 1, "{told}");
        world.advance(1);
        assert_eq!(world.opens.len(), 2, "{told}");
    }
}

#[test]
fn t3_a_body_that_ends_is_taken_up_again() {
    let mut world = world();
    world.advance(10_000);
    world.cut(false);
    assert_eq!(world.last_status(0), "reconnecting/network!");
    assert_eq!(world.errors(0), [""; 0], "no attempt has failed");
    world.advance(1_000);
    assert_eq!(world.last_status(0), "open/opened/no");
}

#[test]
fn t3_a_network_that_is_down_is_no_refusal() {
    let mut world = World::new();
    world.server.answer = Answer::Break;
    let tab = world.page();
    world.connect_to(tab, HOME, fetching());
    world.subscribe(tab, "a");
    world.advance(3_600_000);
    assert!(world.opens.len() > 100, "{} in an hour", world.opens.len());
    assert_eq!(world.last_status(tab), "reconnecting/network!");
}

#[test]
fn t4_comments_arm_the_watchdog_and_feed_it() {
    let mut world = world();
    world.advance(600_000);
    assert_eq!(world.opens.len(), 1, "an idle stream is never cut");
    for _ in 0..4 {
        let now = world.time();
        world.hub.handle_sign_of_life(0, now);
        world.settle();
        world.advance(20_000);
    }
    // The longest interval was ten minutes.
    world.advance(1_800_000 - 20_000 - 1);
    assert_eq!(world.opens.len(), 1);
    world.advance(1);
    assert_eq!(world.last_status(0), "reconnecting/silent!");
}

#[test]
fn t4_the_default_period_is_45_s_and_zero_is_off() {
    for (timeout, cut) in [(None, true), (Some(0.0), false)] {
        let options = RawOptions {
            heartbeat_timeout: timeout,
            ..fetching()
        };
        let mut world = world_at(HOME, options);
        let now = world.time();
        world.hub.handle_sign_of_life(0, now);
        world.settle();
        world.advance(44_999);
        assert_eq!(world.status(0).name(), "open");
        world.advance(1);
        assert_eq!(world.status(0).name() != "open", cut);
    }
}

#[test]
fn t4_an_apps_own_timeout_counts_from_open_and_silence_from_the_first_is_told() {
    let options = RawOptions {
        heartbeat_timeout: Some(5_000.0),
        ..fetching()
    };
    let mut world = world_at(HOME, options);
    world.advance(5_000);
    assert_eq!(world.last_status(0), "reconnecting/silent!");
    assert_eq!(world.errors(0), ["NETWORK"]);
    assert_eq!(world.pages[0].streams[&1].errors[0].detail, "buffered");
}

#[test]
fn t4_a_stream_that_comes_in_one_burst_at_its_end_is_said_to_be_held_back() {
    let burst = |head_at: u64, silence: u64, events: usize, body: Option<&str>| {
        let mut world = World::new();
        world.server.answer = Answer::Hang;
        let tab = world.page();
        let options = RawOptions {
            body: body.map(str::to_owned),
            ..fetching()
        };
        world.connect_to(tab, HOME, options);
        world.subscribe(tab, "a");
        world.advance(head_at);
        world.connect(0);
        world.advance(silence);
        for n in 0..events {
            world.say("a", &n.to_string(), "x");
        }
        world.advance(500);
        world.cut(false);
        world.pages[0].streams[&1]
            .errors
            .iter()
            .map(|error| error.detail.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(burst(0, 30_000, 5, None), ["buffered"]);
    assert_eq!(burst(7_000, 0, 5, None), ["buffered"], "the head as well");
    assert_eq!(burst(0, 1_000, 5, None), [""; 0], "a short stream");
    assert_eq!(burst(0, 30_000, 1, None), [""; 0], "one event and goodbye");
    assert_eq!(
        burst(0, 30_000, 5, Some("why?")),
        [""; 0],
        "an answer that took its time"
    );
}

#[test]
fn t2_after_a_workers_death_a_new_event_without_an_id_is_no_repeat() {
    let mut world = world();
    let ahead = 0;
    let behind = world.page();
    world.connect_to(behind, HOME, fetching());
    world.subscribe(behind, "a");
    world.say("a", "4", "four");
    world.freeze(behind);
    world.say("a", "5", "five");
    world.say("a", "6", "six");
    world.emit("a", None, "tick");
    world.settle();
    world.worker_dies();
    world.thaw(behind);
    world.rejoin(ahead);
    world.rejoin(behind);
    world.advance(1_000);
    world.emit("a", None, "tick");
    world.emit("a", None, "tick");
    world.settle();
    // The second is the server's repeat, which can't be told from a new one (SPEC, what is left in the seam).
    assert_eq!(
        world.heard(ahead),
        ["four", "five", "six", "tick", "tick", "tick", "tick"]
    );
}

#[test]
fn t4_one_event_and_goodbye_is_no_burst_though_a_gap_is_told() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, HOME, fetching());
    world.subscribe(tab, "a");
    for _ in 0..3 {
        world.advance(30_000);
        world.emit("a", None, "x");
        world.settle();
        world.advance(500);
        world.cut(false);
    }
    assert_eq!(world.heard(tab).len(), 3);
    assert_eq!(world.pages[tab].streams[&1].errors, []);
}
