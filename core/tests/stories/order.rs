//! D-1: order, once, nothing lost in silence. D-2: credit and bounds.

use tabmux_core::options::RawOptions;

use crate::common::{URL, World};

#[test]
fn d1_order_is_the_servers_order() {
    let mut world = World::new();
    let a = world.listener("a");
    let b = world.listener("b");
    let both = world.listener("a");
    let second = world.subscribe(both, "b");
    for n in 0..10 {
        world.say(["a", "b"][n % 2], &n.to_string(), &format!("{n}"));
    }
    assert_eq!(world.heard(a), ["0", "2", "4", "6", "8"]);
    assert_eq!(world.heard(b), ["1", "3", "5", "7", "9"]);
    assert_eq!(world.heard(both), world.heard(a));
    assert_eq!(world.got(both, second), world.heard(b));
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn d2_without_acks_two_batches_are_out_and_the_rest_leaves_as_one() {
    let mut world = World::new();
    let a = world.listener("a");
    let other = world.listener("a");
    world.pages[a].stream_mut(1).batches.clear();
    world.pages[a].holds_acks = true;
    for n in 0..100 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    assert_eq!(world.pages[a].streams[&1].batches.len(), 2);
    assert_eq!(world.heard(other).len(), 100, "others are not delayed");
    world.release_acks(a);
    let sizes: Vec<usize> = world.pages[a].streams[&1]
        .batches
        .iter()
        .map(|batch| batch.entries.len())
        .collect();
    assert_eq!(sizes, [1, 1, 98]);
    assert_eq!(world.heard(a), world.heard(other));
}

/// Events 10 ms apart, and whether the batch of each asked to be acknowledged.
fn paced(world: &mut World, tab: usize, count: usize) -> Vec<bool> {
    world.pages[tab].stream_mut(1).batches.clear();
    for n in 0..count {
        world.advance(10);
        world.say("a", &format!("p{n}"), "x");
    }
    let batches = &world.pages[tab].streams[&1].batches;
    batches.iter().map(|batch| batch.asks).collect()
}

#[test]
fn d2_of_single_events_close_behind_one_another_every_fourth_is_acknowledged() {
    let mut world = World::new();
    let a = world.listener("a");
    let asks = paced(&mut world, a, 8);
    assert_eq!(asks, [false, false, false, true, false, false, false, true]);
    assert_eq!(world.heard(a).len(), 8, "none of them waited");
    // What is owed when nothing more comes is asked for, once.
    world.say("a", "last", "x");
    world.advance(1_000);
    assert_eq!(world.stats(a).queued, 0);
    let timeouts = world.timeouts;
    world.advance(60_000);
    assert!(world.timeouts - timeouts <= 2, "and then it is quiet");
    // Rare ones are acknowledged each.
    world.pages[a].stream_mut(1).batches.clear();
    for n in 0..3 {
        world.advance(5_000);
        world.say("a", &format!("r{n}"), "x");
    }
    let batches = &world.pages[a].streams[&1].batches;
    assert!(batches.iter().all(|batch| batch.asks));
    assert_eq!(batches.len(), 3);
}

#[test]
fn d2_a_tab_that_acknowledges_nothing_gets_three_single_events_and_two_batches() {
    let mut world = World::new();
    let a = world.listener("a");
    let other = world.listener("a");
    world.freeze(a);
    for n in 0..100 {
        world.advance(10);
        world.say("a", &n.to_string(), "x");
    }
    assert_eq!(world.heard(other).len(), 100, "others are not delayed");
    assert_eq!(world.pages[a].inbox.len(), 5);
    world.thaw(a);
    assert_eq!(world.heard(a), world.heard(other));
}

#[test]
fn d2_in_a_burst_all_is_acknowledged() {
    let mut world = World::new();
    let a = world.listener("a");
    world.pages[a].stream_mut(1).batches.clear();
    world.advance(10);
    world.pages[a].holds_acks = true;
    for n in 0..100 {
        world.say("a", &n.to_string(), "x");
    }
    world.release_acks(a);
    let batches = &world.pages[a].streams[&1].batches;
    let asks: Vec<bool> = batches.iter().map(|batch| batch.asks).collect();
    // The first does not know yet that more will come; the rest waited for the acknowledgement of the second.
    assert_eq!(asks, [false, true, true]);
    assert_eq!(world.heard(a).len(), 100);
}

#[test]
fn d10_what_is_kept_past_all_tabs_is_acknowledged_each_time() {
    let mut world = World::new();
    let a = world.page();
    let options = RawOptions {
        persist: Some(true),
        ..RawOptions::default()
    };
    world.connect_to(a, URL, options);
    world.subscribe(a, "a");
    world.advance(1_000);
    assert_eq!(paced(&mut world, a, 4), [true; 4]);
}

#[test]
fn d2_a_page_that_comes_back_is_sent_again_what_it_did_not_have_of_what_nobody_asked_for() {
    let mut world = World::new();
    let a = world.listener("a");
    paced(&mut world, a, 2);
    world.freeze(a);
    world.advance(10);
    world.say("a", "lost", "lost in flight");
    world.park(a);
    world.thaw(a);
    world.say("a", "later", "later");
    world.unpark(a);
    assert_eq!(world.heard(a)[2..], ["lost in flight", "later"]);
}

fn bounded(events: f64, overflow: &str) -> RawOptions {
    RawOptions {
        buffer_events: Some(events),
        overflow: Some(overflow.into()),
        ..RawOptions::default()
    }
}

#[test]
fn d2_what_nobody_was_asked_to_acknowledge_takes_no_place_in_the_buffer_of_a_tab_that_is_awake() {
    for overflow in ["drop-oldest", "latest"] {
        for events in 1..5 {
            let mut world = World::new();
            let tab = world.page();
            world.connect_to(tab, URL, bounded(f64::from(events), overflow));
            world.subscribe(tab, "a");
            paced(&mut world, tab, 8);
            assert!(world.gaps(tab).is_empty(), "{overflow}, {events}");
            assert_eq!(world.heard(tab).len(), 8, "{overflow}, {events}");
        }
    }
}

#[test]
fn d2_nor_by_its_size() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        buffer_bytes: Some(100.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    for n in 0..8 {
        world.advance(10);
        world.say("a", &n.to_string(), &"x".repeat(60));
    }
    assert!(world.gaps(tab).is_empty());
    assert_eq!(world.heard(tab).len(), 8);
}

#[test]
fn d2_latest_keeps_one_of_each_channel_also_behind_single_events() {
    let mut world = World::new();
    let tab = world.page();
    // Two batches in flight, and one event of each channel.
    world.connect_to(tab, URL, bounded(5.0, "latest"));
    for name in ["a", "b", "c"] {
        world.subscribe(tab, name);
    }
    world.freeze(tab);
    for n in 0..30 {
        world.advance(10);
        world.emit(["a", "b", "c"][n % 3], Some(&n.to_string()), &n.to_string());
    }
    world.thaw(tab);
    for (sub, last) in [(1, "27"), (2, "28"), (3, "29")] {
        assert_eq!(world.got(tab, sub).last(), Some(&last));
    }
}

#[test]
fn d2_drop_oldest_tells_the_exact_count() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, URL, bounded(10.0, "drop-oldest"));
    world.subscribe(tab, "a");
    world.subscribe(tab, "b");
    world.freeze(tab);
    for n in 0..30 {
        world.emit(
            if n < 20 { "a" } else { "b" },
            Some(&n.to_string()),
            &n.to_string(),
        );
    }
    world.thaw(tab);
    // Two batches of one event were on their way; of the other 28 the last eight are left.
    assert_eq!(world.got(tab, 1), ["0", "1"]);
    assert_eq!(
        world.got(tab, 2),
        ["22", "23", "24", "25", "26", "27", "28", "29"]
    );
    let gaps = world.gaps(tab);
    assert_eq!(gaps, [("a", Some(18), "overflow"), ("b", Some(2), "overflow")]);
}

#[test]
fn d2_latest_keeps_one_of_each_channel() {
    let mut world = World::new();
    let tab = world.page();
    world.connect_to(tab, URL, bounded(10.0, "latest"));
    world.subscribe(tab, "a");
    world.subscribe(tab, "b");
    world.freeze(tab);
    for n in 0..11 {
        world.emit(["a", "b"][n % 2], Some(&n.to_string()), &n.to_string());
    }
    world.thaw(tab);
    assert_eq!(world.got(tab, 1), ["0", "10"]);
    assert_eq!(world.got(tab, 2), ["1", "9"]);
    assert_eq!(
        world.gaps(tab),
        [("a", Some(4), "overflow"), ("b", Some(3), "overflow")]
    );
}

#[test]
fn d2_a_frozen_tab_costs_bounded_memory_and_delays_nobody() {
    let mut world = World::new();
    let frozen = world.page();
    world.connect_to(frozen, URL, bounded(50.0, "drop-oldest"));
    world.subscribe(frozen, "a");
    let awake = world.listener("a");
    world.freeze(frozen);
    for n in 0..1000 {
        world.say("a", &n.to_string(), &n.to_string());
        assert_eq!(world.heard(awake).len(), n + 1);
    }
    for _ in 0..500 {
        world.cut(false);
        world.advance(2_000);
    }
    assert!(world.pages[frozen].inbox.len() <= 2, "two batches are out");
    world.thaw(frozen);
    let stats = world.stats(frozen);
    assert_eq!((stats.queued, stats.queued_units), (0, 0));
    // One on its way with the first, one with the second batch, and what the bound left of the rest.
    assert_eq!(world.heard(frozen).len() + 950, 1000);
    assert_eq!(world.gaps(frozen)[0], ("a", Some(950), "overflow"));
}

#[test]
fn d2_the_bound_counts_units_as_well() {
    let mut world = World::new();
    let tab = world.page();
    let options = RawOptions {
        buffer_bytes: Some(100.0),
        ..RawOptions::default()
    };
    world.connect_to(tab, URL, options);
    world.subscribe(tab, "a");
    world.freeze(tab);
    for n in 0..10 {
        world.emit("a", Some(&n.to_string()), &"ü".repeat(30));
    }
    world.thaw(tab);
    assert_eq!(world.heard(tab).len(), 3);
    assert_eq!(world.gaps(tab), [("a", Some(7), "overflow")]);
}

#[test]
fn d3_an_idle_tab_learns_the_position_within_a_second() {
    let mut world = World::new();
    let idle = world.listener("quiet");
    world.listener("a");
    world.say("a", "7", "x");
    assert_eq!(world.told_id(idle), "");
    world.advance(1_000);
    let at = world.pages[idle].streams[&1].at.clone().unwrap();
    assert_eq!((at.seq, at.id.as_str()), (1, "7"));
    let timeouts = world.timeouts;
    world.advance(20_000);
    assert!(world.timeouts - timeouts <= 2, "and then it is quiet");
}

#[test]
fn d3_an_idle_tab_that_is_yet_to_acknowledge_a_position_is_told_no_other() {
    let mut world = World::new();
    let idle = world.listener("quiet");
    world.listener("a");
    world.freeze(idle);
    for n in 0..2_000 {
        world.say("a", &n.to_string(), "x");
    }
    world.advance(5_000);
    assert_eq!(world.pages[idle].inbox.len(), 1);
    world.thaw(idle);
    world.advance(1_000);
    assert_eq!(world.told_id(idle), "1999");
}

#[test]
fn d2_a_frozen_tab_keeps_no_timer_busy() {
    let mut world = World::new();
    let frozen = world.listener("quiet");
    world.listener("a");
    world.freeze(frozen);
    for n in 0..5 {
        world.say("a", &n.to_string(), "x");
        world.advance(1_000);
    }
    let timeouts = world.timeouts;
    world.advance(3_600_000);
    assert!(world.timeouts - timeouts < 10, "{}", world.timeouts - timeouts);
    world.thaw(frozen);
    world.advance(2_000);
    assert_eq!(world.told_id(frozen), "4");
}

#[test]
fn d2_what_was_joined_for_several_tabs_is_let_go_within_a_second() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.say("a", "0", "0");
    world.freeze(tab);
    for n in 1..200 {
        world.say("a", &n.to_string(), &"x".repeat(100));
    }
    // Nothing more comes; then the tab wakes.
    world.advance(5_000);
    world.thaw(tab);
    world.settle();
    world.advance(1_000);
    let hub = format!("{:?}", world.hub);
    assert!(hub.contains("runs: Runs([])") && hub.contains("log: Log { events: [], units: 0 }"));
}

#[test]
fn d1_in_a_burst_each_tab_gets_what_it_holds_however_long_it_waits() {
    let mut world = World::new();
    let both = world.listener("a");
    let second = world.subscribe(both, "b");
    let one = world.listener("a");
    let twin = world.listener("a");
    let late = world.listener("a");
    for tab in [both, one, twin, late] {
        world.freeze(tab);
    }
    let mut later = 0;
    let mut sent = [Vec::new(), Vec::new()];
    // More than the log holds, with events between that not all hear, seconds, and one that hears the rest from the middle on.
    for n in 0..6_000 {
        if n == 1_000 {
            later = world.subscribe(late, "b");
        }
        if n % 1_700 == 0 {
            world.advance(1_100);
        }
        let at = usize::from(n % 50 == 0);
        world.say(["a", "b"][at], &n.to_string(), &n.to_string());
        sent[at].push(n.to_string());
    }
    for tab in [both, one, twin, late] {
        world.thaw(tab);
    }
    world.settle();
    for tab in [both, one, twin, late] {
        assert_eq!(world.heard(tab), sent[0]);
        assert_eq!(world.gaps(tab), []);
    }
    assert_eq!(world.got(both, second), sent[1]);
    assert_eq!(world.got(late, later), sent[1][20..]);
}

#[test]
fn d6_a_burst_that_waits_for_a_page_in_bfcache_comes_whole() {
    let mut world = World::new();
    let page = world.listener("a");
    world.freeze(page);
    let sent: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    for data in &sent[..50] {
        world.say("a", data, data);
    }
    world.park(page);
    for data in &sent[50..] {
        world.say("a", data, data);
    }
    world.thaw(page);
    world.unpark(page);
    world.settle();
    assert_eq!(world.heard(page), sent);
    assert_eq!(world.gaps(page), []);
}

#[test]
fn d2_the_log_of_a_burst_is_bounded() {
    let mut world = World::new();
    let frozen = world.listener("a");
    world.freeze(frozen);
    for n in 0..10_000 {
        world.say("a", &n.to_string(), "x");
    }
    let hub = format!("{:?}", world.hub);
    let (_, log) = hub.split_once("log: Log { events: [").unwrap();
    let (log, _) = log.split_once("], units: ").unwrap();
    assert!(log.matches("Event {").count() <= 4_096);
}

#[test]
fn d2_a_burst_past_the_bound_is_dropped_event_by_event() {
    let mut world = World::new();
    let small = world.page();
    world.connect_to(small, URL, bounded(100.0, "drop-oldest"));
    world.subscribe(small, "a");
    let large = world.listener("a");
    for tab in [small, large] {
        world.freeze(tab);
    }
    for n in 0..1_000 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    for tab in [small, large] {
        world.thaw(tab);
    }
    world.settle();
    let sent: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    assert_eq!(world.heard(large), sent);
    let heard = world.heard(small);
    assert_eq!(
        world.gaps(small),
        [("a", Some(1_000 - heard.len() as u64), "overflow")]
    );
    assert_eq!(heard[heard.len() - 90..], sent[910..]);
}

#[test]
fn d1_what_is_joined_names_each_of_its_channels_first() {
    let mut world = World::new();
    let all = world.listener("*");
    // An EventSource hears what somebody asks for by name.
    let other = world.listener("a");
    world.listener("b");
    world.listener("c");
    world.say("a", "0", "0");
    for tab in [all, other] {
        world.freeze(tab);
    }
    // Two batches without an ack are out, the rest waits and is joined.
    for n in 1..40 {
        world.say(["a", "b", "b", "c"][n % 4], &n.to_string(), &n.to_string());
    }
    for tab in [all, other] {
        world.thaw(tab);
    }
    world.settle();
    let sent: Vec<_> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(world.heard(all), sent);
    assert_eq!(world.heard(other).len(), 10);
    // By name, as the page knows them by then.
    let of = |name: &str| {
        let got = world.pages[all].streams[&1].subs[&1].got.iter();
        got.filter(|got| got.channel == name).count()
    };
    assert_eq!([of("a"), of("b"), of("c")], [10, 20, 10]);
}
