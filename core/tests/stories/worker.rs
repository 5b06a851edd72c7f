//! D-3: the worker's death. D-6: bfcache.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;

use crate::common::server::{Answer, Replay};
use crate::common::{URL, World};

/// Everyone who is awake joins a fresh worker.
fn die(world: &mut World, pages: &[usize]) {
    world.worker_dies();
    for &page in pages {
        world.rejoin(page);
    }
    world.settle();
}

#[test]
fn d3_the_least_advanced_tab_decides_within_250_ms() {
    let mut world = World::new();
    let ahead = world.listener("a");
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    world.say("a", "3", "3");
    world.pages[behind].frozen = false;
    die(&mut world, &[ahead]);
    world.advance(200);
    assert_eq!(world.opens.len(), 1);
    world.rejoin(behind);
    world.advance(50);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    world.say("a", "4", "4");
    for tab in [ahead, behind] {
        assert_eq!(world.heard(tab), ["1", "2", "3", "4"], "page {tab}");
        assert_eq!(world.gaps(tab), []);
    }
    assert!(world.statuses(ahead).contains(&"open/opened/unknown".to_owned()));
}

#[test]
fn d3_a_worker_that_dies_before_the_resume_is_decided_leaves_the_tabs_their_positions() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    die(&mut world, &[tab]);
    world.advance(100);
    die(&mut world, &[tab]);
    world.advance(250);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
}

#[test]
fn d3_positions_are_ordered_by_number_never_by_id() {
    let mut world = World::new();
    let ahead = world.listener("a");
    let behind = world.listener("a");
    world.say("a", "z", "1");
    world.freeze(behind);
    world.say("a", "b", "2");
    world.pages[behind].frozen = false;
    die(&mut world, &[ahead, behind]);
    world.advance(250);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=z");
    assert_eq!(world.heard(behind), ["1", "2"]);
    assert_eq!(world.heard(ahead), ["1", "2"]);
}

/// One tab that was frozen behind `1`, and another that came with `3`, in a worker that has died after `4`.
fn frozen_and_newcomer(world: &mut World) -> (usize, usize) {
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    world.say("a", "3", "3");
    let newcomer = world.listener("a");
    world.say("a", "4", "4");
    world.pages[behind].frozen = false;
    (behind, newcomer)
}

#[test]
fn d3_a_tab_that_came_between_is_not_handed_what_was_before_it() {
    let mut world = World::new();
    let (behind, newcomer) = frozen_and_newcomer(&mut world);
    die(&mut world, &[behind, newcomer]);
    world.advance(250);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    world.say("a", "5", "5");
    assert_eq!(world.heard(behind), ["1", "2", "3", "4", "5"]);
    assert_eq!(world.heard(newcomer), ["4", "5"]);
    assert_eq!(world.gaps(newcomer), [("a", None, "worker")]);
    assert_eq!(world.gaps(behind), []);
}

#[test]
fn d3_a_tab_that_came_between_and_joins_late_is_not_handed_what_was_before_it() {
    let mut world = World::new();
    let (behind, newcomer) = frozen_and_newcomer(&mut world);
    die(&mut world, &[behind]);
    world.advance(1_000);
    world.rejoin(newcomer);
    world.settle();
    world.say("a", "5", "5");
    assert_eq!(world.heard(newcomer), ["4", "5"]);
}

#[test]
fn d3_nor_where_what_it_had_last_is_of_a_channel_that_it_has_left() {
    let mut world = World::new();
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    let newcomer = world.listener("a");
    let left = world.subscribe(newcomer, "b");
    world.say("a", "3", "3");
    world.say("b", "4", "4");
    world.unsubscribe(newcomer, left);
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, newcomer]);
    world.advance(3_000);
    assert_eq!(world.heard(newcomer), ["3"]);
}

#[test]
fn d3_nor_where_hundreds_of_events_were_before_it() {
    let mut world = World::new();
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    for n in 2..880 {
        world.say("a", &n.to_string(), "before");
    }
    let newcomer = world.listener("a");
    world.say("a", "last", "last");
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, newcomer]);
    world.advance(1_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    assert_eq!(world.heard(newcomer), ["last"]);
}

#[test]
fn d3_nor_where_what_it_had_last_carried_an_id_of_before() {
    let mut world = World::new();
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    world.say("a", "3", "3");
    let newcomer = world.listener("a");
    world.subscribe(newcomer, "tick");
    world.say("a", "4", "4");
    world.emit("tick", None, "t");
    world.settle();
    // What has no id a server does not repeat.
    world.server.log.pop();
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, newcomer]);
    world.advance(5_000);
    assert_eq!(world.heard(newcomer), ["4"]);
}

#[test]
fn d3_nor_where_what_it_had_last_was_of_the_past() {
    let mut world = World::new();
    let behind = world.listener("a");
    world.subscribe(behind, "b");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("b", "2", "2");
    world.say("a", "3", "3");
    let newcomer = world.listener("a");
    world.say("a", "4", "4");
    world.subscribe_to(newcomer, 1, "b", 5);
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, newcomer]);
    world.advance(5_000);
    assert_eq!(world.heard(newcomer), ["4"]);
}

#[test]
fn d3_nor_where_the_one_behind_comes_while_it_connects() {
    let mut world = World::new();
    let (behind, newcomer) = frozen_and_newcomer(&mut world);
    world.server.answer = Answer::Hang;
    die(&mut world, &[newcomer]);
    world.advance(260);
    world.server.answer = Answer::Accept;
    world.rejoin(behind);
    world.advance(5_000);
    world.say("a", "5", "5");
    assert_eq!(world.heard(newcomer), ["4", "5"]);
}

#[test]
fn d3_what_is_new_is_not_let_go_of_with_what_was_before() {
    let mut world = World::new();
    let (behind, newcomer) = frozen_and_newcomer(&mut world);
    die(&mut world, &[behind]);
    world.advance(1_000);
    world.say("a", "5", "5");
    world.say("a", "6", "6");
    world.rejoin(newcomer);
    world.settle();
    world.say("a", "7", "7");
    assert_eq!(world.heard(newcomer), ["4", "5", "6", "7"]);
}

#[test]
fn d3_nobody_waits_where_no_id_was_presented() {
    let mut world = World::new();
    let options = || RawOptions {
        resume_param: Some(None),
        ..RawOptions::default()
    };
    let join = |world: &mut World| {
        let page = world.page();
        world.connect_to(page, URL, options());
        world.subscribe(page, "a");
        page
    };
    let behind = join(&mut world);
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    let ahead = join(&mut world);
    world.say("a", "3", "3");
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, ahead]);
    world.advance(250);
    world.say("a", "4", "4");
    assert_eq!(world.heard(ahead), ["3", "4"]);
}

#[test]
fn d3_a_tab_of_a_quiet_channel_does_not_wait_for_what_was_before_the_resume() {
    let mut world = World::new();
    let behind = world.listener("a");
    let quiet = world.listener("q");
    world.say("q", "0", "0");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    world.say("a", "3", "3");
    world.advance(3_000);
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, quiet]);
    world.advance(1_000);
    world.say("q", "5", "5");
    assert_eq!(world.heard(quiet), ["0", "5"]);
}

#[test]
fn d3_nor_where_it_came_to_hear_one_channel_later_than_another() {
    let mut world = World::new();
    let behind = world.listener("a");
    world.subscribe(behind, "b");
    world.say("a", "1", "1");
    let later = world.listener("b");
    world.say("b", "2", "2");
    world.say("b", "3", "3");
    world.freeze(behind);
    world.say("a", "4", "4");
    world.say("b", "5", "5");
    world.say("a", "6", "6");
    world.say("b", "7", "7");
    let a = world.subscribe(later, "a");
    world.say("a", "8", "8");
    world.pages[behind].frozen = false;
    die(&mut world, &[behind, later]);
    world.advance(3_000);
    assert_eq!(world.got(later, 1), ["2", "3", "5", "7"]);
    assert_eq!(world.got(later, a), ["8"]);
}

#[test]
fn d3_nor_where_the_server_repeats_one_by_one() {
    let mut world = World::new();
    let (behind, newcomer) = frozen_and_newcomer(&mut world);
    world.server.replay = Replay::Last(0);
    die(&mut world, &[behind, newcomer]);
    world.advance(250);
    for id in ["2", "3", "4", "5"] {
        world.say("a", id, id);
        world.advance(100);
    }
    assert_eq!(world.heard(behind), ["1", "2", "3", "4", "5"]);
    assert_eq!(world.heard(newcomer), ["4", "5"]);
}

#[test]
fn d3_a_server_that_repeats_nothing_is_waited_for_two_seconds_at_most() {
    let mut world = World::new();
    world.server.replay = Replay::Last(0);
    let (behind, newcomer) = frozen_and_newcomer(&mut world);
    die(&mut world, &[behind, newcomer]);
    world.advance(250);
    world.say("a", "5", "5");
    world.say("a", "6", "6");
    world.advance(2_000);
    assert_eq!(world.heard(newcomer), ["4", "5", "6"]);
    world.say("a", "7", "7");
    assert_eq!(world.heard(newcomer), ["4", "5", "6", "7"]);
    assert_eq!(world.heard(behind), ["1", "5", "6", "7"]);
}

#[test]
fn d3_a_tab_that_comes_late_and_was_behind_is_told() {
    let mut world = World::new();
    let awake = world.listener("a");
    let late = world.listener("a");
    let level = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(late);
    world.say("a", "2", "2");
    world.freeze(level);
    die(&mut world, &[awake]);
    world.advance(1_000);
    world.say("a", "3", "3");
    for tab in [late, level] {
        world.pages[tab].frozen = false;
        world.rejoin(tab);
        world.settle();
    }
    assert_eq!(world.gaps(late), [("a", None, "worker")]);
    assert_eq!(world.gaps(level), [], "it stood where the resume began");
    assert_eq!(world.heard(level), ["1", "2", "3"]);
}

#[test]
fn d3_a_late_tab_is_told_of_a_channel_that_nobody_heard() {
    let mut world = World::new();
    let awake = world.listener("a");
    let late = world.listener("b");
    world.say("a", "1", "1");
    world.advance(1_000);
    world.freeze(late);
    world.worker_dies();
    world.emit("b", Some("2"), "2");
    world.rejoin(awake);
    world.advance(1_000);
    world.pages[late].frozen = false;
    world.rejoin(late);
    world.settle();
    assert_eq!(world.gaps(late), [("b", None, "worker")]);
}

#[test]
fn d3_further_behind_before_anything_was_received_begins_again() {
    let mut world = World::new();
    let ahead = world.listener("a");
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    world.say("a", "2", "2");
    world.server.answer = crate::common::server::Answer::Hang;
    die(&mut world, &[ahead]);
    world.advance(1_000);
    world.pages[behind].frozen = false;
    world.server.answer = crate::common::server::Answer::Accept;
    world.rejoin(behind);
    world.advance(250);
    assert_eq!(world.heard(behind), ["1", "2"]);
    assert_eq!(world.gaps(behind), []);
}

#[test]
fn d3_an_event_of_the_past_that_a_tab_was_handed_is_spared_as_well() {
    let mut world = World::new();
    let idle = world.listener("quiet");
    let tab = world.listener("a");
    world.say("a", "1", "1");
    let sub = world.subscribe_to(tab, 1, "a", 1);
    die(&mut world, &[idle, tab]);
    world.advance(2_000);
    assert_eq!(world.got(tab, sub), ["1"]);
    assert_eq!(world.heard(tab), ["1"]);
}

#[test]
fn d3_a_repeat_that_was_spared_once_is_known_the_next_time() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    world.server.replay = crate::common::server::Replay::Inclusive;
    die(&mut world, &[tab]);
    world.advance(300);
    world.cut(false);
    world.advance(1_000);
    assert_eq!(world.heard(tab), ["1"]);
}

#[test]
fn d6_bfcache_keeps_the_queue_and_loses_nothing() {
    let mut world = World::new();
    let tab = world.listener("a");
    let other = world.listener("a");
    world.freeze(tab);
    for n in 1..4 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    world.pages[tab].frozen = false;
    // Two batches are lost with the port, unprocessed.
    world.park(tab);
    for n in 4..6 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    world.advance(60_000);
    world.unpark(tab);
    world.say("a", "6", "6");
    assert_eq!(world.heard(tab), world.heard(other));
    assert_eq!(world.heard(tab), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn d6_a_page_in_bfcache_that_has_lost_its_lock_is_waited_for_and_watched_again() {
    let mut world = World::new();
    let tab = world.listener("a");
    let other = world.listener("a");
    world.say("a", "1", "1");
    world.park(tab);
    world.lose_lock(tab);
    world.say("a", "2", "2");
    world.advance(5 * 60_000);
    world.unpark(tab);
    world.say("a", "3", "3");
    assert_eq!(world.heard(tab), ["1", "2", "3"]);
    assert_eq!(world.gaps(tab), []);
    world.crash(tab);
    assert_eq!(world.stats(other).tabs, 1, "its lock tells again");
}

#[test]
fn d6_a_page_in_bfcache_that_has_lost_its_lock_for_ten_minutes_is_gone() {
    let mut world = World::new();
    let tab = world.listener("a");
    let other = world.listener("a");
    world.park(tab);
    world.lose_lock(tab);
    world.advance(11 * 60_000);
    assert_eq!(world.stats(other).tabs, 1);
    assert_eq!(world.hub.port_of(1), None);
    world.say("a", "1", "1");
    assert_eq!(world.stats(other).queued, 0);
}

#[test]
fn d6_a_processed_batch_whose_ack_was_lost_is_not_told_again() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.pages[tab].holds_acks = true;
    world.say("a", "1", "1");
    world.say("a", "2", "2");
    world.pages[tab].held_acks.clear();
    world.pages[tab].holds_acks = false;
    world.park(tab);
    world.say("a", "3", "3");
    world.unpark(tab);
    assert_eq!(world.heard(tab), ["1", "2", "3"]);
}

#[test]
fn d6_subscriptions_dropped_in_the_cache_are_gone_on_return() {
    let mut world = World::new();
    let tab = world.listener("a");
    let b = world.subscribe(tab, "b");
    world.park(tab);
    world.pages[tab].stream_mut(1).unsubscribe(1);
    let c = world.pages[tab].stream_mut(1).subscribe("c", 0).sub;
    world.unpark(tab);
    for (n, channel) in ["a", "b", "c"].into_iter().enumerate() {
        world.say(channel, &n.to_string(), channel);
    }
    assert_eq!(world.got(tab, b), ["b"]);
    assert_eq!(world.got(tab, c), ["c"]);
    assert_eq!(world.stats(tab).subscriptions, 2);
}

/// `ahead` has all of a burst, `behind` what came before its last `by` events.
fn burst(by: usize) -> (World, usize, usize) {
    let mut world = World::new();
    let ahead = world.listener("a");
    let behind = world.listener("a");
    for n in 1..=3_000 {
        if n == 3_001 - by {
            world.freeze(behind);
        }
        world.say("a", &n.to_string(), &n.to_string());
    }
    world.pages[behind].frozen = false;
    (world, ahead, behind)
}

#[test]
fn d3_a_resume_begins_within_what_the_most_advanced_tab_can_tell_it_had() {
    for order in [[0, 1], [1, 0]] {
        let (mut world, ahead, behind) = burst(2_000);
        die(&mut world, &order);
        world.advance(1_000);
        assert_eq!(world.last_url(), "http://a.test/events?lastEventId=3000");
        world.say("a", "3001", "3001");
        assert_eq!(world.heard(ahead).len(), 3_001, "each once");
        assert_eq!(world.gaps(ahead), []);
        assert_eq!(world.heard(behind).len(), 1_001);
        assert_eq!(world.gaps(behind), [("a", None, "worker")]);
    }
}

#[test]
fn d3_a_tab_that_is_900_behind_still_decides() {
    let (mut world, ahead, behind) = burst(900);
    die(&mut world, &[ahead, behind]);
    world.advance(1_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=2100");
    for tab in [ahead, behind] {
        assert_eq!(world.heard(tab).len(), 3_000, "page {tab}");
        assert_eq!(world.gaps(tab), []);
    }
}

#[test]
fn d3_a_tab_that_is_far_ahead_begins_again_before_anything_was_received() {
    for order in [[0, 1], [1, 0]] {
        let (mut world, ahead, behind) = burst(2_000);
        world.server.answer = crate::common::server::Answer::Hang;
        die(&mut world, &order[..1]);
        world.advance(1_000);
        world.server.answer = crate::common::server::Answer::Accept;
        world.rejoin(order[1]);
        world.advance(30_000);
        assert_eq!(world.last_url(), "http://a.test/events?lastEventId=3000");
        assert_eq!(world.heard(ahead).len(), 3_000);
        assert_eq!(world.gaps(behind), [("a", None, "worker")]);
    }
}

#[test]
fn d3_the_newest_worker_s_tabs_alone_decide() {
    let mut world = World::new();
    let ahead = world.listener("a");
    let behind = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(behind);
    die(&mut world, &[ahead]);
    world.advance(1_000);
    world.say("a", "2", "2");
    world.pages[behind].frozen = false;
    die(&mut world, &[ahead, behind]);
    world.advance(1_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=2");
    assert_eq!(world.gaps(behind), [("a", None, "worker")]);
}

#[test]
fn d6_nothing_goes_to_a_new_port_before_the_stream_is_attached_there() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    world.hello(tab);
    let attaches = world.pages[tab].attaches(true);
    world.drain();
    world.emit("a", Some("2"), "2");
    for attach in attaches {
        world.post(tab, attach);
        world.drain();
    }
    world.settle();
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d6_a_stream_that_is_not_attached_again_holds_nothing() {
    let mut world = World::new();
    let other = world.page();
    world.connect_to(other, URL, RawOptions::default());
    let tab = world.listener("a");
    world.pages[tab].stream_mut(1).end("closed by the app");
    world.rejoin(tab);
    world.advance(5_000);
    assert_eq!(world.sources.len(), 0);
    // Whatever the tab says besides.
    world.post(tab, Message::Visible(true));
    world.advance(1_000);
    assert_eq!(world.sources.len(), 0);
    assert_eq!(world.stats(other).subscriptions, 1);
    world.post(tab, Message::Detach { s: 1 });
    assert_eq!(world.stats(other).subscriptions, 0);
}

#[test]
fn d3_an_idle_tab_of_a_busy_stream_is_not_taken_for_one_that_is_behind() {
    let mut world = World::new();
    let busy = world.listener("a");
    let idle = world.listener("quiet");
    // Faster than any timer.
    for n in 1..=3_000 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    die(&mut world, &[busy, idle]);
    world.advance(1_000);
    assert_eq!(world.gaps(idle), []);
    assert_eq!(world.heard(busy).len(), 3_000, "each once");
    assert_eq!(world.gaps(busy), []);
}

#[test]
fn d3_a_page_that_tried_several_ports_is_at_its_last_whichever_is_heard_first() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "1", "1");
    world.worker_dies();
    let hello = Message::Hello(world.pages[tab].hello());
    let attach = world.pages[tab].attaches(true).remove(0);
    world.rejoin(tab);
    let port = world.pages[tab].port.unwrap();
    let now = world.time();
    world.hub.handle_message(port - 1, hello, now);
    world.hub.handle_message(port - 1, attach, now);
    world.settle();
    assert!(world.closed_ports.contains(&(port - 1)));
    world.advance(250);
    world.say("a", "2", "2");
    assert_eq!(world.heard(tab), ["1", "2"]);
    assert_eq!(world.gaps(tab), []);
}

#[test]
fn d1_a_page_that_waited_for_a_slow_script_has_said_all_more_than_once_and_is_one_tab() {
    let mut world = World::new();
    let tab = world.page();
    let s = world.pages[tab].join(URL, RawOptions::default(), false);
    let request = world.pages[tab].stream_mut(s).subscribe("a", 0);
    assert_eq!(request.sub, 1);
    for _ in 0..5 {
        let attach = world.pages[tab].attach(s, false);
        world.post(tab, attach);
        world.hello(tab);
    }
    let attach = world.pages[tab].attach(s, false);
    world.post(tab, attach);
    world.settle();
    world.advance(10_000);
    world.say("a", "1", "1");
    assert_eq!(world.heard(tab), ["1"]);
    assert_eq!(world.opens.len(), 1, "one connection");
    assert_eq!(world.closes, 0);
    assert_eq!(world.stats(tab).tabs, 1);
}

/// Two tabs of a worker that died and could not connect since; the first one, frozen, was forgotten. The server answers again.
fn forgotten(world: &mut World) -> (usize, usize) {
    let a = world.plain_page();
    world.connect_to(a, URL, RawOptions::default());
    world.subscribe(a, "a");
    let b = world.page();
    world.connect_to(b, URL, RawOptions::default());
    world.subscribe(b, "a");
    world.say("a", "1", "1");
    world.freeze(b);
    world.say("a", "2", "2");
    world.say("a", "3", "3");
    world.pages[b].frozen = false;
    world.server.answer = Answer::Refuse;
    die(world, &[a, b]);
    world.advance(1_000);
    world.freeze(a);
    world.advance(700_000);
    world.server.answer = Answer::Accept;
    (a, b)
}

#[test]
fn d3_a_forgotten_tab_is_handed_nothing_that_it_had() {
    let mut world = World::new();
    let (a, _) = forgotten(&mut world);
    world.advance(400_000);
    world.thaw(a);
    world.advance(60_000);
    world.say("a", "4", "4");
    assert_eq!(world.heard(a), ["1", "2", "3", "4"]);
}

#[test]
fn d3_a_forgotten_tab_waits_for_nothing() {
    let mut world = World::new();
    let (a, b) = forgotten(&mut world);
    while !world
        .statuses(b)
        .last()
        .is_some_and(|status| status.starts_with("open"))
    {
        world.advance(1_000);
    }
    world.thaw(a);
    world.settle();
    world.say("a", "4", "4");
    assert_eq!(world.heard(a).last(), Some(&"4"));
}
