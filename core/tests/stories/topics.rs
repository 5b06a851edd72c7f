//! O-1 to O-6: topics.

use tabmux_core::message::{Credentials, Message};
use tabmux_core::options::RawOptions;

use crate::common::page::Functions;
use crate::common::server::Answer;
use crate::common::{HOME, URL, World};

/// What comes within this time is asked for by the first connection.
pub(super) const START: u64 = 20;

pub(super) fn options(ids: &str) -> RawOptions {
    RawOptions {
        jitter: Some(false),
        topics: Some("topic".into()),
        has_local_ids: ids == "connection",
        ..RawOptions::default()
    }
}

/// A tab with a subscription to each of `channels`, said at once, on a stream of global ids.
pub(super) fn join(world: &mut World, channels: &[&str]) -> usize {
    join_with(world, URL, options("global"), channels)
}

pub(super) fn join_with(world: &mut World, url: &str, options: RawOptions, channels: &[&str]) -> usize {
    let tab = world.page();
    let s = world.pages[tab].join(url, options, false);
    for channel in channels {
        world.pages[tab].stream_mut(s).subscribe(channel, 0);
    }
    let attach = world.pages[tab].attach(s, false);
    world.post(tab, attach);
    world.advance(START);
    tab
}

/// A tab that hears about `topic`, by the channel of all topics.
pub(super) fn join_about(world: &mut World, topic: &str) -> usize {
    let tab = join(world, &[]);
    world.subscribe_about(tab, "message", topic);
    tab
}

/// The server says it about `topic`, by that channel.
pub(super) fn say_about(world: &mut World, topic: &str, id: &str, data: &str) {
    world.emit_about(topic, "message", Some(id), data);
    world.settle();
}

pub(super) fn urls(world: &World) -> Vec<&str> {
    world.opens.iter().map(|(_, url)| url.as_str()).collect()
}

/// What no server and no test wants to see.
pub(super) fn nothing_missing(world: &World, tab: usize) {
    assert_eq!(world.gaps(tab), []);
    assert!(world.errors(tab).is_empty(), "{:?}", world.errors(tab));
}

#[test]
fn o1_the_url_names_what_all_tabs_hold_once_each() {
    let mut world = World::new();
    join(&mut world, &["b", "a", "b"]);
    assert_eq!(
        urls(&world),
        [format!("{URL}?topic=b&topic=a")],
        "and once for all"
    );
    join(&mut world, &["c", "a"]);
    world.advance(99 - START);
    assert_eq!(world.opens.len(), 1, "gathered");
    world.advance(1);
    assert_eq!(world.last_url(), format!("{URL}?topic=b&topic=a&topic=c"));
    world.advance(60_000);
    assert_eq!(world.opens.len(), 2);
    assert_eq!(world.sources.len(), 1);
}

#[test]
fn o1_what_comes_message_by_message_is_asked_for_at_once() {
    for ids in ["connection", "global"] {
        let mut world = World::new();
        let tab = join_with(&mut world, URL, options(ids), &[]);
        for channel in ["a", "b", "c"] {
            world.subscribe(tab, channel);
        }
        world.advance(10_000);
        assert_eq!(urls(&world), [format!("{URL}?topic=a&topic=b&topic=c")]);
        nothing_missing(&world, tab);
    }
}

#[test]
fn o1_who_leaves_before_the_first_connection_causes_none() {
    let mut world = World::new();
    let tab = join_with(&mut world, URL, options("global"), &[]);
    let sub = world.subscribe(tab, "a");
    world.unsubscribe(tab, sub);
    world.advance(10_000);
    assert!(world.opens.is_empty());
}

#[test]
fn o1_while_all_tabs_are_hidden_too_long_there_is_none() {
    let mut world = World::new();
    let raw = RawOptions {
        hidden_timeout: Some(1_000.0),
        ..options("global")
    };
    let tab = world.page();
    world.post(tab, Message::Visible(false));
    world.connect_to(tab, URL, raw);
    world.subscribe(tab, "a");
    world.advance(START);
    assert_eq!(world.sources.len(), 1);
    world.say("a", "1", "one");
    world.advance(1_000);
    assert_eq!(world.status(tab).name(), "idle");
    world.subscribe(tab, "b");
    world.advance(10_000);
    assert!(world.sources.is_empty());
    world.post(tab, Message::Visible(true));
    world.advance(START);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b&lastEventId=1"));
    nothing_missing(&world, tab);
}

#[test]
fn o1_by_commas_the_parameter_stands_once_and_a_topic_has_none() {
    let mut world = World::new();
    let raw = RawOptions {
        joins_topics: true,
        ..options("global")
    };
    let tab = join_with(&mut world, &format!("{URL}?x=1"), raw, &["b/é", "a"]);
    assert_eq!(world.last_url(), format!("{URL}?x=1&topic=b%2F%C3%A9,a"));
    let sub = world.subscribe(tab, "c,d");
    world.advance(10_000);
    assert_eq!(world.opens.len(), 1);
    let replies = format!("{:?}", world.pages[tab].replies);
    assert!(replies.contains(&format!("sub: Some({sub})")) && replies.contains("BadChannel"));
}

#[test]
fn o1_the_topic_may_have_another_name_than_the_channel() {
    let mut world = World::new();
    let tab = join(&mut world, &[]);
    assert!(world.opens.is_empty(), "there is nothing to ask for");
    world.subscribe_about(tab, "message", "books/1");
    world.advance(START);
    assert_eq!(world.last_url(), format!("{URL}?topic=books%2F1"));
    world.emit_about("books/1", "message", Some("1"), "one");
    world.emit_about("books/2", "message", Some("2"), "not asked for");
    world.settle();
    assert_eq!(world.heard(tab), ["one"]);
}

#[test]
fn o1_a_star_alone_asks_for_nothing_and_hears_what_others_hold() {
    let mut world = World::new();
    let star = join(&mut world, &["*"]);
    assert!(world.opens.is_empty());
    assert_eq!(world.status(star).name(), "idle");
    let tab = join(&mut world, &["a"]);
    world.say("a", "1", "one");
    assert_eq!(world.heard(star), ["one"]);
    world.leave(tab);
    world.advance(10_000);
    assert_eq!(world.status(star).name(), "idle");
    assert!(world.sources.is_empty());
}

#[test]
fn o1_a_topic_without_the_option_is_an_error() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.subscribe_about(tab, "b", "x");
    assert!(format!("{:?}", world.pages[tab].replies).contains("BadOption"));
}

/// The id would replace the list in the URL, and all who are `ready` would be deaf.
#[test]
fn o1_the_parameter_of_topics_is_not_that_of_the_id() {
    let mut world = World::new();
    let raw = |param: Option<&str>| RawOptions {
        topics: Some("lastEventId".into()),
        resume_param: param.map(|param| Some(param.into()).filter(|param: &String| !param.is_empty())),
        ..options("global")
    };
    let tab = join_with(&mut world, URL, raw(None), &[]);
    world.subscribe(tab, "a");
    world.advance(10_000);
    assert!(format!("{:?}", world.pages[tab].replies).contains("BadOption"));
    assert!(world.opens.is_empty());
    for param in ["", "id"] {
        let mut world = World::new();
        join_with(&mut world, URL, raw(Some(param)), &["a"]);
        assert_eq!(world.last_url(), format!("{URL}?lastEventId=a"));
    }
}

#[test]
fn o2_the_new_connection_opens_before_the_old_one_closes() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.say("a", "1", "one");
    world.server.answer = Answer::Hang;
    let b = world.subscribe(tab, "b");
    world.advance(100);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b&lastEventId=1"));
    assert_eq!(world.sources.len(), 2);
    // Received by the old one, and after the id that the new one asked for.
    world.say("b", "2", "two");
    world.say("a", "3", "three");
    assert_eq!(world.heard(tab), ["one", "three"]);
    world.accept_all();
    assert_eq!((world.sources.len(), world.most_open), (1, 2));
    assert_eq!(world.heard(tab), ["one", "three"], "not again");
    assert_eq!(world.got(tab, b), ["two"], "not lost");
    world.say("a", "4", "four");
    world.say("b", "5", "five");
    assert_eq!(world.heard(tab), ["one", "three", "four"]);
    assert_eq!(world.got(tab, b), ["two", "five"]);
    nothing_missing(&world, tab);
    assert_eq!(world.status(tab).name(), "open");
    assert_eq!(
        world.statuses(tab).len(),
        2,
        "nobody is told of a change of status"
    );
}

#[test]
fn o2_repeats_are_known_among_the_past_of_a_new_topic() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.say("a", "1", "one");
    world.server.answer = Answer::Hang;
    let b = world.subscribe(tab, "b");
    world.advance(100);
    for n in 0..600 {
        world.say("b", &format!("b{n}"), &format!("{n}"));
        if n % 3 == 0 {
            world.say("a", &format!("a{n}"), &format!("{n}"));
        }
    }
    world.accept_all();
    assert_eq!(world.heard(tab).len(), 201);
    assert_eq!(world.got(tab, b).len(), 600);
    // Lost in the midst of it, or later: what was had stays known.
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.heard(tab).len(), 201);
    assert_eq!(world.got(tab, b).len(), 600);
    nothing_missing(&world, tab);
}

#[test]
fn o2_a_subscription_is_ready_when_the_server_was_asked_for_it() {
    let mut world = World::new();
    world.server.answer = Answer::Hang;
    let tab = join(&mut world, &["a"]);
    let is_live = |world: &World, sub| world.pages[tab].streams[&1].subs[&sub].live;
    assert!(!is_live(&world, 1));
    world.accept_all();
    assert!(is_live(&world, 1));
    world.say("a", "1", "one");
    world.server.answer = Answer::Break;
    let b = world.subscribe(tab, "b");
    let same = world.subscribe(tab, "a");
    assert!(is_live(&world, same), "asked for already");
    world.advance(100);
    // The attempt fails, and the id goes on without it.
    world.say("b", "2", "two");
    world.say("a", "3", "three");
    assert!(!is_live(&world, b));
    world.server.answer = Answer::Accept;
    world.advance(2_000);
    assert!(is_live(&world, b));
    world.say("b", "4", "four");
    assert_eq!(world.got(tab, b), ["four"]);
    // What is over meanwhile is forgotten.
    world.server.answer = Answer::Hang;
    let c = world.subscribe(tab, "c");
    world.unsubscribe(tab, c);
    world.accept_all();
    world.advance(10_000);
    assert!(!world.pages[tab].streams[&1].over[&c].live);
}

/// The page takes that as the answer to whoever waits to be ready.
#[test]
fn o2_who_subscribes_to_what_is_closed_is_told_so() {
    let mut world = World::new();
    world.server.answer = Answer::Status(403);
    let raw = RawOptions {
        transport: Some("fetch".into()),
        ..options("global")
    };
    let tab = join_with(&mut world, HOME, raw, &["a"]);
    assert_eq!(world.last_status(tab), "closed/refused!");
    world.clear_statuses(tab);
    let sub = world.subscribe(tab, "b");
    assert_eq!(world.statuses(tab), ["closed/refused"]);
    world.server.answer = Answer::Accept;
    world.post(tab, Message::Reconnect { s: 1 });
    world.advance(1_000);
    assert!(world.pages[tab].streams[&1].subs[&1].live && world.pages[tab].streams[&1].subs[&sub].live);
}

#[test]
fn o2_a_burst_meanwhile_is_more_than_is_remembered() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.say("a", "1", "x");
    world.server.answer = Answer::Hang;
    let b = world.subscribe(tab, "b");
    world.advance(100);
    for n in 2..5_000 {
        world.emit(if n % 100 == 0 { "b" } else { "a" }, Some(&n.to_string()), "x");
    }
    world.settle();
    world.accept_all();
    // The first `b` came before it was asked for in time.
    assert_eq!(world.heard(tab).len(), 4_950);
    assert!((40..=49).contains(&world.got(tab, b).len()));
    let ids = |sub| -> Vec<u32> {
        let got = &world.pages[tab].streams[&1].subs[&sub].got;
        got.iter().map(|got| got.id.parse().unwrap()).collect()
    };
    for sub in [1, b] {
        assert!(ids(sub).is_sorted_by(|a, b| a < b), "in order, none twice");
    }
    nothing_missing(&world, tab);
    assert_eq!(world.most_open, 2);
}

#[test]
fn o2_without_an_id_a_change_is_a_gap() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.subscribe(tab, "b");
    world.advance(100);
    assert_eq!(world.gaps(tab), [("a", None, "no-id"), ("b", None, "no-id")]);
    world.say("a", "1", "one");
    assert_eq!(world.heard(tab), ["one"]);
}

#[test]
fn o2_over_fetch_the_server_says_whether_it_goes_on_from_there() {
    for (tells, gaps) in [("1", 0), ("earliest", 2)] {
        let mut world = World::new();
        let raw = RawOptions {
            transport: Some("fetch".into()),
            ..options("global")
        };
        let tab = join_with(&mut world, HOME, raw, &["a"]);
        world.say("a", "1", "one");
        world.server.tells = Some(tells.into());
        world.subscribe(tab, "b");
        world.advance(100);
        assert_eq!(world.last_url(), format!("{HOME}?topic=a&topic=b"));
        assert_eq!(world.source().request.last_event_id.as_deref(), Some("1"));
        assert_eq!(world.gaps(tab).len(), gaps, "{tells}");
        assert!(world.gaps(tab).iter().all(|gap| gap.2 == "server"));
    }
}

#[test]
fn o3_a_connection_that_does_not_open_leaves_the_old_one_alone() {
    for (answer, codes) in [
        (Answer::Refuse, ["NETWORK", "NETWORK"]),
        (Answer::Break, ["NETWORK", "NETWORK"]),
    ] {
        let mut world = World::new();
        let tab = join(&mut world, &["a"]);
        world.say("a", "1", "one");
        world.server.answer = answer;
        let b = world.subscribe(tab, "b");
        world.advance(100);
        assert_eq!(world.errors(tab), codes[..1]);
        world.say("a", "2", "two");
        world.say("b", "3", "three");
        // Another subscription does not undercut the wait.
        world.subscribe(tab, "c");
        world.advance(999);
        assert_eq!(world.opens.len(), 2);
        world.advance(1);
        assert_eq!((world.opens.len(), world.sources.len()), (3, 1));
        assert_eq!(world.errors(tab), codes);
        world.server.answer = Answer::Accept;
        world.advance(2_000);
        assert_eq!(world.heard(tab), ["one", "two"]);
        assert_eq!(world.got(tab, b), ["three"]);
        assert_eq!(world.gaps(tab), []);
        assert_eq!(world.status(tab).name(), "open");
        assert_eq!(world.statuses(tab).len(), 2);
    }
}

#[test]
fn o3_no_answer_is_a_failed_attempt_too() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.say("a", "1", "one");
    world.server.answer = Answer::Hang;
    world.subscribe(tab, "b");
    world.advance(30_100);
    assert_eq!(world.errors(tab), ["NETWORK"]);
    assert_eq!(world.sources.len(), 1);
    world.say("a", "2", "two");
    assert_eq!(world.heard(tab), ["one", "two"]);
}

#[test]
fn o3_over_fetch_the_status_is_told_and_retry_after_kept_to() {
    let mut world = World::new();
    let raw = RawOptions {
        transport: Some("fetch".into()),
        ..options("global")
    };
    let tab = join_with(&mut world, HOME, raw, &["a"]);
    world.say("a", "1", "one");
    world.server.answer = Answer::Status(403);
    world.server.retry_after = Some(20_000);
    let b = world.subscribe(tab, "b");
    world.advance(19_000);
    assert_eq!(world.errors(tab), ["AUTH"]);
    world.server.answer = Answer::Accept;
    world.say("b", "2", "two");
    world.advance(2_000);
    assert_eq!(world.got(tab, b), ["two"]);
}

#[test]
fn o3_when_the_old_one_is_lost_the_next_asks_for_all() {
    for retrying in [true, false] {
        let mut world = World::new();
        let tab = join(&mut world, &["a"]);
        world.say("a", "1", "one");
        world.server.answer = Answer::Hang;
        let b = world.subscribe(tab, "b");
        world.advance(100);
        assert_eq!(world.sources.len(), 2);
        world.server.answer = Answer::Accept;
        let old = *world.sources.keys().next().unwrap();
        world.lose_one(old, retrying);
        world.emit("b", Some("2"), "two");
        world.advance(2_000);
        assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b&lastEventId=1"));
        assert_eq!(world.sources.len(), 1);
        assert_eq!(world.got(tab, b), ["two"]);
        assert_eq!(world.gaps(tab), []);
    }
}

#[test]
fn o3_while_it_connects_it_is_made_anew() {
    let mut world = World::new();
    world.server.answer = Answer::Hang;
    let tab = join(&mut world, &["a"]);
    world.subscribe(tab, "b");
    world.advance(100);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b"));
    assert_eq!((world.sources.len(), world.most_open), (1, 1));
    world.accept_all();
    assert_eq!(world.last_status(tab), "open/opened");
    nothing_missing(&world, tab);
}

#[test]
fn o3_what_waits_for_its_turn_asks_for_all_then() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.server.answer = Answer::Refuse;
    world.cut(false);
    world.subscribe(tab, "b");
    world.advance(500);
    assert_eq!(world.opens.len(), 1);
    world.server.answer = Answer::Accept;
    world.advance(10_000);
    assert_eq!(world.opens.len(), 2);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b"));
}

#[test]
fn o4_what_nobody_holds_is_asked_for_a_grace_longer() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    let other = join(&mut world, &["b"]);
    world.advance(100);
    world.say("a", "1", "one");
    world.leave(other);
    world.advance(4_900);
    let other = join(&mut world, &["b"]);
    world.advance(60_000);
    assert_eq!(world.opens.len(), 2, "a reload makes no connection");
    world.leave(other);
    world.advance(4_999);
    assert_eq!(world.opens.len(), 2);
    world.advance(1);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&lastEventId=1"));
    world.say("a", "2", "two");
    assert_eq!(world.heard(tab), ["one", "two"]);
    assert_eq!(world.sources.len(), 1);
}

/// Nor does one that another subscription comes in between.
#[test]
fn o4_what_was_let_go_is_kept_though_another_comes() {
    for ids in ["global", "connection"] {
        let mut world = World::new();
        let tab = join_with(&mut world, URL, options(ids), &["a", "b"]);
        let other = join_with(&mut world, URL, options(ids), &["a"]);
        world.say("a", "1", "one");
        world.unsubscribe(tab, 2);
        world.advance(200);
        world.subscribe(other, "c");
        world.advance(200);
        assert!(
            world
                .last_url()
                .starts_with(&format!("{URL}?topic=a&topic=b&topic=c"))
        );
        let again = world.subscribe(tab, "b");
        assert!(world.pages[tab].streams[&1].subs[&again].live);
        world.advance(10_000);
        assert_eq!(world.opens.len(), 2, "{ids}");
    }
}

/// Each has its own five seconds, however many come and go.
#[test]
fn o4_what_was_let_go_long_ago_goes_with_the_next_change() {
    let mut world = World::new();
    let tab = join(&mut world, &["a", "b", "c"]);
    world.say("a", "1", "one");
    world.unsubscribe(tab, 2);
    world.advance(3_000);
    world.unsubscribe(tab, 3);
    world.advance(3_000);
    assert_eq!(world.opens.len(), 1, "one change for both");
    world.subscribe(tab, "d");
    world.advance(100);
    assert_eq!(
        world.last_url(),
        format!("{URL}?topic=a&topic=c&topic=d&lastEventId=1")
    );
    world.advance(2_000);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=d&lastEventId=1"));
    assert_eq!(world.opens.len(), 3);
}

#[test]
fn o4_what_was_let_go_gives_way_where_the_url_is_full() {
    let mut world = World::new();
    let long = |letter: &str| letter.repeat(3_000);
    let tab = join(&mut world, &[&long("a"), &long("b")]);
    world.say(&long("a"), "1", "one");
    world.unsubscribe(tab, 2);
    let sub = world.subscribe(tab, &long("c"));
    world.advance(100);
    assert_eq!(
        world.last_url(),
        format!("{URL}?topic={}&topic={}&lastEventId=1", long("a"), long("c"))
    );
    assert!(world.pages[tab].streams[&1].subs[&sub].live);
    nothing_missing(&world, tab);
}

/// For the sake of less it would be a gap for everybody.
#[test]
fn o4_without_an_id_the_list_shrinks_only_when_another_topic_comes() {
    let mut world = World::new();
    let tab = join(&mut world, &["a", "b"]);
    world.unsubscribe(tab, 2);
    world.advance(60_000);
    assert_eq!(world.opens.len(), 1);
    nothing_missing(&world, tab);
    world.subscribe(tab, "c");
    world.advance(100);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=c"));
}

#[test]
fn o4_a_tab_in_the_back_forward_cache_still_holds_its_topics() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    let parked = join(&mut world, &["b"]);
    world.advance(100);
    world.say("a", "1", "one");
    world.park(parked);
    world.advance(60_000);
    world.say("b", "2", "two");
    world.unpark(parked);
    assert_eq!(world.heard(parked), ["two"]);
    assert_eq!(world.opens.len(), 2);
    assert_eq!(world.heard(tab), ["one"]);
}

#[test]
fn o5_where_ids_depend_on_the_list_the_old_one_closes_first_and_a_gap_is_told() {
    let mut world = World::new();
    let tab = join_with(&mut world, URL, options("connection"), &["a"]);
    world.say("a", "1", "one");
    world.subscribe(tab, "b");
    world.advance(100);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b"), "no id");
    assert_eq!(world.most_open, 1);
    assert_eq!(world.gaps(tab), [("a", None, "no-id"), ("b", None, "no-id")]);
    assert_eq!(
        world.statuses(tab)[2..],
        ["reconnecting/topics", "open/opened/no"]
    );
    world.say("a", "2", "two");
    // The same list: the id counts.
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b&lastEventId=2"));
    assert_eq!(world.gaps(tab).len(), 2);
}

#[test]
fn o5_there_a_list_shrinks_only_when_another_topic_comes() {
    let mut world = World::new();
    let tab = join_with(&mut world, URL, options("connection"), &["a", "b"]);
    world.say("a", "1", "one");
    world.unsubscribe(tab, 2);
    world.advance(60_000);
    assert_eq!(world.opens.len(), 1);
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=b&lastEventId=1"));
    nothing_missing(&world, tab);
    world.subscribe(tab, "c");
    world.advance(100);
    assert_eq!(world.last_url(), format!("{URL}?topic=a&topic=c"));
}

#[test]
fn o5_there_a_fresh_worker_does_not_know_the_list_of_the_id() {
    for ids in ["connection", "global"] {
        let mut world = World::new();
        let tab = join_with(&mut world, URL, options(ids), &["a"]);
        world.say("a", "1", "one");
        world.worker_dies();
        world.emit("a", Some("2"), "two");
        world.rejoin(tab);
        world.advance(1_000);
        if ids == "global" {
            assert_eq!(world.last_url(), format!("{URL}?topic=a&lastEventId=1"));
            assert_eq!(world.heard(tab), ["one", "two"]);
            assert_eq!(world.gaps(tab), []);
        } else {
            assert_eq!(world.last_url(), format!("{URL}?topic=a"));
            assert_eq!(world.gaps(tab), [("a", None, "no-id")]);
        }
    }
}

#[test]
fn o5_such_an_id_is_of_no_use_past_all_tabs() {
    let mut world = World::new();
    let raw = || RawOptions {
        persist: Some(true),
        ..options("connection")
    };
    let tab = join_with(&mut world, URL, raw(), &["a"]);
    world.say("a", "1", "one");
    world.advance(5_000);
    world.leave(tab);
    world.advance(6_000);
    let tab = join_with(&mut world, URL, raw(), &["a"]);
    assert_eq!(world.last_url(), format!("{URL}?topic=a"));
    assert_eq!(world.gaps(tab), [("a", None, "no-id")]);
}

#[test]
fn o6_a_topic_that_does_not_fit_is_told_and_the_others_go_on() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    let long = "x".repeat(1_000);
    let mut refused = 0;
    for n in 0..10 {
        world.subscribe(tab, &format!("{n}{long}"));
        let replies = &world.pages[tab].replies;
        refused = replies
            .iter()
            .filter(|reply| format!("{reply:?}").contains("ChannelLimit"))
            .count();
    }
    assert_eq!(refused, 2);
    let replies = format!("{:?}", world.pages[tab].replies);
    assert!(replies.contains("topic 8xxx") && replies.contains("topic 9xxx"));
    world.advance(100);
    assert!(world.last_url().len() <= 8_192);
    assert!(world.last_url().contains("topic=7xxx"));
    world.say("a", "1", "one");
    assert_eq!(world.heard(tab), ["one"]);
}

#[test]
fn o6_a_url_function_is_asked_before_each_change() {
    let given = |token: &str| {
        Functions::Give(Credentials {
            url: Some(format!("{HOME}?token={token}")),
            headers: None,
        })
    };
    let mut world = World::new();
    let tab = world.page();
    world.pages[tab].functions = given("t1");
    let raw = RawOptions {
        key: Some("events".into()),
        principal: Some("ann".into()),
        asks: Some(1.0),
        ..options("global")
    };
    world.connect_to(tab, URL, raw);
    world.subscribe(tab, "a");
    world.advance(START);
    assert_eq!(world.last_url(), format!("{HOME}?token=t1&topic=a"));
    world.say("a", "1", "one");
    world.pages[tab].functions = Functions::Mute;
    let b = world.subscribe(tab, "b");
    world.advance(5_100);
    assert_eq!(world.errors(tab), ["CREDENTIALS_TIMEOUT"]);
    world.say("a", "2", "two");
    world.say("b", "3", "three");
    world.pages[tab].functions = given("t2");
    world.advance(2_000);
    assert_eq!(
        world.last_url(),
        format!("{HOME}?token=t2&topic=a&topic=b&lastEventId=2")
    );
    assert_eq!(world.heard(tab), ["one", "two"]);
    assert_eq!(world.got(tab, b), ["three"]);
    assert_eq!(world.status(tab).name(), "open");
}

#[test]
fn o6_what_the_functions_gave_and_was_refused_is_told_to_them() {
    let bearer = |token: &str| {
        Functions::Give(Credentials {
            url: None,
            headers: Some(format!("Authorization,{token}")),
        })
    };
    let mut world = World::new();
    world.server.tokens = Some(vec!["t1".into()]);
    let tab = world.page();
    world.pages[tab].functions = bearer("t1");
    let raw = RawOptions {
        principal: Some("ann".into()),
        asks: Some(2.0),
        ..options("global")
    };
    world.connect_to(tab, HOME, raw);
    world.subscribe(tab, "a");
    world.advance(START);
    world.say("a", "1", "one");
    world.server.tokens = Some(vec!["t2".into()]);
    world.asked.clear();
    world.subscribe(tab, "b");
    world.advance(100);
    assert_eq!(world.errors(tab), ["AUTH"]);
    world.pages[tab].functions = bearer("t2");
    world.advance(2_000);
    assert_eq!(world.asked, [(tab, false), (tab, true)]);
    assert_eq!(world.sources.len(), 1);
    assert!(world.last_url().contains("topic=b"));
    assert_eq!(world.source().request.last_event_id.as_deref(), Some("1"));
}

#[test]
fn o6_what_ends_the_stream_ends_both_connections() {
    let ends: [fn(&mut World, usize); 3] = [
        |world, tab| world.leave(tab),
        |world, tab| world.post(tab, Message::CloseEverywhere { request: 1 }),
        |world, tab| {
            let raw = RawOptions {
                principal: Some("bob".into()),
                ..options("global")
            };
            join_with(world, URL, raw, &[]);
            assert!(world.pages[tab].port.is_some());
        },
    ];
    for end in ends {
        let mut world = World::new();
        let tab = join(&mut world, &["a"]);
        world.say("a", "1", "one");
        world.server.answer = Answer::Hang;
        world.subscribe(tab, "b");
        world.advance(100);
        assert_eq!(world.sources.len(), 2);
        end(&mut world, tab);
        world.advance(10_000);
        assert!(world.sources.is_empty());
    }
}

#[test]
fn o6_other_topics_options_are_another_stream() {
    let mut world = World::new();
    join(&mut world, &["a"]);
    let tab = join_with(&mut world, URL, options("connection"), &["a"]);
    let ended = world.pages[tab].streams[&1].ended.clone();
    assert_eq!(ended.as_deref(), Some("STREAM_LIMIT -"));
}

/// After a connection that asks for all has opened, attempts that failed before count no more.
#[test]
fn o3_what_failed_counts_no_more_once_all_is_asked_for() {
    let mut world = World::new();
    let tab = join(&mut world, &["a"]);
    world.say("a", "1", "one");
    world.server.answer = Answer::Refuse;
    world.subscribe(tab, "b");
    world.advance(600_000);
    world.server.answer = Answer::Accept;
    world.cut(false);
    world.advance(5_000);
    assert_eq!(world.sources.len(), 1);
    let opens = world.opens.len();
    world.subscribe(tab, "c");
    let mut waited = 0;
    while world.opens.len() == opens && waited < 600_000 {
        world.advance(1_000);
        waited += 1_000;
    }
    assert!(waited <= 1_000);
}

#[test]
fn o6_functions_are_asked_once_for_all_that_comes_meanwhile() {
    let mut world = World::new();
    let tab = world.page();
    world.pages[tab].functions = Functions::Mute;
    let raw = RawOptions {
        key: Some("events".into()),
        principal: Some("ann".into()),
        asks: Some(1.0),
        ..options("global")
    };
    world.connect_to(tab, URL, raw);
    world.subscribe(tab, "a");
    world.advance(START + 100);
    for n in 0..10 {
        world.subscribe(tab, &format!("t{n}"));
        world.advance(110);
    }
    assert_eq!(world.asked.len(), 1);
}

#[test]
fn o3_a_slow_server_is_not_begun_with_again_and_again() {
    let mut world = World::new();
    world.server.answer = Answer::Hang;
    let tab = join(&mut world, &["a"]);
    for n in 0..100 {
        world.subscribe(tab, &format!("t{n}"));
        world.advance(150);
    }
    assert!(world.opens.len() < 3);
}

/// Also where something else went wrong in between.
#[test]
fn o6_what_was_refused_is_told_until_a_change_has_come_about() {
    let mut world = World::new();
    world.server.tokens = Some(vec!["t1".into()]);
    let tab = world.page();
    let given = Functions::Give(Credentials {
        url: None,
        headers: Some("Authorization,t1".into()),
    });
    world.pages[tab].functions = given;
    let raw = RawOptions {
        principal: Some("ann".into()),
        asks: Some(2.0),
        ..options("global")
    };
    world.connect_to(tab, HOME, raw);
    world.subscribe(tab, "a");
    world.advance(START);
    world.say("a", "1", "one");
    world.server.tokens = Some(vec!["t2".into()]);
    world.asked.clear();
    world.subscribe(tab, "b");
    world.advance(100);
    world.pages[tab].functions = Functions::Mute;
    world.advance(7_000);
    assert_eq!(world.errors(tab), ["AUTH", "CREDENTIALS_TIMEOUT"]);
    world.advance(5_000);
    assert_eq!(world.asked, [(tab, false), (tab, true), (tab, true)]);
}
