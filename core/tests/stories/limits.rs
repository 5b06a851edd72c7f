//! S-7, A-2: limits, conflicts and bad input.

use tabmux_core::message::{Hello, Message, Reply, VERSION};
use tabmux_core::options::RawOptions;

use crate::common::{URL, World};

const OTHER: &str = "http://a.test/other?token=secret";

fn ended(world: &World, at: usize, s: u32) -> Option<&str> {
    world.pages[at].streams[&s].ended.as_deref()
}

#[test]
fn a2_a_second_stream_to_the_same_origin_is_refused() {
    let mut world = World::new();
    world.listener("a");
    let tab = world.page();
    world.connect_to(tab, OTHER, RawOptions::default());
    assert_eq!(ended(&world, tab, 1), Some("STREAM_LIMIT -"));
    let told = world.pages[tab].replies.iter().find_map(|reply| match reply {
        Reply::Detached { error, .. } => Some(error.detail.as_str()),
        _ => None,
    });
    assert_eq!(told, Some("http://a.test/events"));
    let s = world.connect_to(tab, "http://b.test/events", RawOptions::default());
    assert_eq!(ended(&world, tab, s), None, "another origin");
}

#[test]
fn a2_a_stream_in_its_grace_gives_way() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.leave(tab);
    let next = world.page();
    world.connect_to(next, OTHER, RawOptions::default());
    world.subscribe(next, "a");
    assert_eq!((world.closes, world.sources.len()), (1, 1));
    assert_eq!(world.last_url(), OTHER);
}

#[test]
fn a2_who_comes_back_from_bfcache_finds_no_second_connection() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.park(tab);
    let next = world.page();
    world.connect_to(next, OTHER, RawOptions::default());
    world.subscribe(next, "a");
    world.unpark(tab);
    assert_eq!(world.sources.len(), 1);
    assert_eq!(ended(&world, tab, 1), Some("STREAM_LIMIT -"));
}

#[test]
fn a2_the_drop_in_is_never_refused() {
    let mut world = World::new();
    let tab = world.page();
    for n in 0..5 {
        world.drop_in(tab, &format!("http://a.test/{n}"));
    }
    assert_eq!(world.sources.len(), 5);
    world.connect_to(tab, URL, RawOptions::default());
    world.subscribe_to(tab, 6, "a", 0);
    assert_eq!(world.sources.len(), 6, "and takes nobody's place");
}

#[test]
fn a2_the_first_tabs_options_hold_and_the_other_is_told() {
    let mut world = World::new();
    world.listener("a");
    let tab = world.page();
    let options = RawOptions {
        replay_events: Some(7.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world.say("a", "1", "1");
    assert_eq!(world.heard(tab), ["1"], "it is served all the same");
    let told = world.pages[tab].replies.iter().find_map(|reply| match reply {
        Reply::Error { error, .. } => Some(format!("{} {}", error.code.name(), error.detail)),
        _ => None,
    });
    assert_eq!(
        told.as_deref(),
        Some("OPTIONS_CONFLICT replay.events: 100 (asked for 7)")
    );
}

fn few_channels(world: &mut World) -> usize {
    let tab = world.page();
    let options = RawOptions {
        limit_channels: Some(3.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    for name in ["a", "b", "c"] {
        world.subscribe(tab, name);
    }
    tab
}

#[test]
fn s7_one_channel_too_many_is_refused_and_an_idle_one_let_go_first() {
    let mut world = World::new();
    let tab = few_channels(&mut world);
    world.subscribe(tab, "d");
    let refused = |world: &World| {
        let replies = world.pages[tab].replies.iter();
        replies
            .filter(|reply| matches!(reply, Reply::Error { sub: Some(_), error, .. } if error.code.name() == "CHANNEL_LIMIT"))
            .count()
    };
    assert_eq!(refused(&world), 1);
    world.unsubscribe(tab, 1);
    let e = world.subscribe(tab, "e");
    assert_eq!(refused(&world), 1);
    world.say("e", "1", "x");
    assert_eq!(world.got(tab, e), ["x"]);
}

#[test]
fn s7_an_idle_channel_is_let_go_also_where_its_last_event_was_not_to_be_acknowledged() {
    let mut world = World::new();
    let tab = few_channels(&mut world);
    world.advance(10);
    world.say("a", "1", "x");
    world.advance(500);
    world.unsubscribe(tab, 1);
    let e = world.subscribe(tab, "e");
    world.say("e", "2", "y");
    assert_eq!(world.got(tab, e), ["y"]);
}

#[test]
fn s7_an_index_used_again_never_speaks_of_the_channel_before() {
    let mut world = World::new();
    let tab = few_channels(&mut world);
    world.freeze(tab);
    for n in 0..5 {
        world.emit("a", Some(&n.to_string()), "of a");
    }
    // Said by the page before it froze, heard now.
    world.pages[tab].stream_mut(1).unsubscribe(1);
    world.post(tab, Message::Unsubscribe { s: 1, sub: 1 });
    let request = world.pages[tab].stream_mut(1).subscribe("d", 0);
    let d = request.sub;
    world.post(tab, Message::Subscribe { s: 1, request });
    world.emit("d", Some("9"), "of d");
    world.advance(60_000);
    world.thaw(tab);
    assert!(
        world.pages[tab].streams[&1].subs[&d]
            .got
            .iter()
            .all(|got| got.data == "of d")
    );
    world.advance(10_000);
    let again = world.subscribe(tab, "d");
    world.say("d", "10", "of d");
    assert_eq!(world.got(tab, again), ["of d"]);
}

#[test]
fn s7_a_gap_that_was_lost_on_its_way_names_its_own_channel() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        limit_channels: Some(2.0),
        buffer_events: Some(2.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world.subscribe(tab, "b");
    world.pages[tab].holds_acks = true;
    world.say("b", "1", "1");
    world.say("b", "2", "2");
    world.emit("a", Some("3"), "dropped");
    world.emit("b", Some("4"), "4");
    world.settle();
    world.unsubscribe(tab, 1);
    world.freeze(tab);
    world.release_acks(tab);
    let request = world.pages[tab].stream_mut(1).subscribe("c", 0);
    world.post(tab, Message::Subscribe { s: 1, request });
    world.drain();
    world.pages[tab].frozen = false;
    world.park(tab);
    world.unpark(tab);
    assert!(
        world.gaps(tab).iter().all(|(channel, ..)| *channel != "c"),
        "{:?}",
        world.gaps(tab)
    );
}

#[test]
fn s7_an_event_too_large_is_told_and_kept_nowhere() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        limit_event: Some(10.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    let deaf = world.listener("b");
    world.say("a", "1", "small");
    world.say("a", "2", &"x".repeat(11));
    assert_eq!(world.errors(tab), ["EVENT_TOO_LARGE"]);
    assert_eq!(world.gaps(tab), [("a", Some(1), "overflow")]);
    assert_eq!(world.errors(deaf), [""; 0]);
    let late = world.subscribe_to(tab, 1, "a", 5);
    assert_eq!(world.got(tab, late), [""; 0], "nothing of before the hole");
}

#[test]
fn s7_bad_input_is_answered_and_changes_nothing() {
    let mut world = World::new();
    let tab = world.listener("a");
    let port = world.pages[tab].port.unwrap();
    world.hub.handle_bad_message(port, "nonsense");
    let now = world.time();
    world.hub.handle_ack(port, 77, 5, now);
    world.hub.handle_ack(port, 1, 999, now);
    world.hub.handle_event(
        0,
        4_000,
        tabmux_core::Payload::of("1"),
        tabmux_core::Payload::of("x"),
        now,
    );
    world.hub.handle_opened(99, now);
    world.hub.handle_lost(99, true, now);
    world.post(tab, Message::Unsubscribe { s: 9, sub: 9 });
    world.post(tab, Message::Unsubscribe { s: 1, sub: 9 });
    world.post(tab, Message::Detach { s: 9 });
    world.post(tab, Message::Ended { session: 9 });
    world.post(
        tab,
        Message::Hello(Hello {
            version: VERSION,
            tab: "somebody else".into(),
            lock: None,
            visible: true,
        }),
    );
    world.settle();
    world.say("a", "2", "2");
    assert_eq!(world.heard(tab), ["2"]);
    let bad = world.pages[tab].replies.iter();
    let bad =
        bad.filter(|reply| matches!(reply, Reply::Error { error, .. } if error.code.name() == "BAD_MESSAGE"));
    assert_eq!(bad.count(), 2);
}

#[test]
fn s7_bad_options_urls_and_names_are_refused_by_code() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        max_delay: Some(f64::NAN),
        ..RawOptions::default()
    };
    let s = world.connect_to(tab, URL, options);
    assert_eq!(ended(&world, tab, s), Some("BAD_OPTION -"));
    let s = world.connect_to(tab, "ftp://a.test/", RawOptions::default());
    assert_eq!(ended(&world, tab, s), Some("BAD_URL -"));
    let s = world.connect_to(tab, URL, RawOptions::default());
    world.subscribe_to(tab, s, "", 0);
    let last = world.pages[tab].replies.last();
    assert!(matches!(last, Some(Reply::Error { error, .. }) if error.code.name() == "BAD_CHANNEL"));
    assert_eq!(world.opens, []);
}

#[test]
fn s7_a_hello_of_another_protocol_is_refused() {
    let mut world = World::new();
    let now = world.time();
    let hello = Hello {
        version: VERSION + 1,
        tab: "t".into(),
        lock: None,
        visible: true,
    };
    world.hub.handle_message(50, Message::Hello(hello), now);
    let refused = tabmux_core::hub::Output::Reply {
        port: 50,
        reply: Reply::Refused,
    };
    assert_eq!(world.hub.poll_output(), refused);
}

#[test]
fn a2_what_is_shown_of_the_first_stream_is_no_secret() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(
        tab,
        "http://me:secret@a.test/events?token=x",
        RawOptions::default(),
    );
    world.subscribe(tab, "a");
    world.connect_to(tab, OTHER, RawOptions::default());
    let told = world.pages[tab].replies.iter().find_map(|reply| match reply {
        Reply::Detached { error, .. } => Some(error.detail.as_str()),
        _ => None,
    });
    assert_eq!(told, Some("http://a.test/events"), "it is the same origin");
}

/// A stream that was given up, and another of the same origin that is open.
fn given_up() -> (World, usize, usize) {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        max_attempts: Some(0.0),
        ..RawOptions::default()
    };
    world.server.answer = crate::common::server::Answer::Refuse;
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    assert_eq!(world.last_status(tab), "closed/max-attempts!");
    world.server.answer = crate::common::server::Answer::Accept;
    let next = world.page();
    world.connect_to(next, OTHER, RawOptions::default());
    world.subscribe(next, "a");
    (world, tab, next)
}

#[test]
fn a2_reconnect_makes_no_second_connection() {
    let (mut world, tab, next) = given_up();
    world.post(tab, Message::Reconnect { s: 1 });
    world.advance(2_000);
    assert_eq!(world.sources.len(), 1);
    let told = world.pages[tab].replies.iter().find_map(|reply| match reply {
        Reply::Error {
            s: Some(1), error, ..
        } => Some((error.code.name(), error.detail.as_str())),
        _ => None,
    });
    assert_eq!(told, Some(("STREAM_LIMIT", "http://a.test/other")));
    // Once nobody needs the other it gives way.
    world.leave(next);
    world.post(tab, Message::Reconnect { s: 1 });
    world.advance(2_000);
    assert_eq!(world.sources.len(), 1);
    assert_eq!(world.last_url(), URL);
}

#[test]
fn a2_nor_does_a_new_connect_to_what_was_given_up() {
    let (mut world, _, _) = given_up();
    let late = world.page();
    world.connect_to(late, URL, RawOptions::default());
    assert_eq!(ended(&world, late, 1), Some("STREAM_LIMIT -"));
    assert_eq!(world.sources.len(), 1);
}

#[test]
fn s4_stats_of_a_stream_that_is_not_there_are_answered() {
    let mut world = World::new();
    let tab = world.page();
    world.post(tab, Message::Stats { s: 9, request: 1 });
    world.settle();
    let answered = world.pages[tab].replies.iter().any(|reply| {
        matches!(reply, Reply::Error { s: Some(9), sub: None, error } if error.code.name() == "CLOSED")
    });
    assert!(answered);
}

#[test]
fn s7_the_ports_of_a_thousand_sleepers_are_kept() {
    let mut world = World::new();
    for _ in 0..1_001 {
        world.plain_page();
    }
    let tabs: Vec<_> = world.pages.iter().map(|page| page.port).collect();
    for page in &mut world.pages {
        page.frozen = true;
    }
    world.advance(700_000);
    assert_eq!(world.closed_ports.len(), 1);
    assert!(tabs.contains(&Some(world.closed_ports[0])));
}
