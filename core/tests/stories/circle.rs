//! D-13: long runs go to many tabs by one BroadcastChannel. Whatever becomes of that, each tab has every event once and in
//! order, or is told that it has not.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;

use crate::common::air::{Ear, Reception, Voice};
use crate::common::page::Entry;
use crate::common::{HOME, URL, World};

/// Units: every run goes on air.
const ALL_RUNS: u64 = 1;

/// Tabs that hold channel `a`, on which nothing has come yet.
fn tabs(world: &mut World, count: usize) -> Vec<usize> {
    (0..count).map(|_| world.listener("a")).collect()
}

/// So many events, of `units` units each, come on `a` while no tab acknowledges; then one tab after the other does.
fn burst_of(world: &mut World, tabs: &[usize], count: usize, units: usize) {
    hold(world, tabs);
    send(world, count, units);
    release(world, tabs);
}

fn burst(world: &mut World, tabs: &[usize]) {
    burst_of(world, tabs, 20, 8);
}

fn hold(world: &mut World, tabs: &[usize]) {
    for &tab in tabs {
        world.pages[tab].holds_acks = true;
    }
}

fn send(world: &mut World, count: usize, units: usize) {
    for _ in 0..count {
        let n = world.server.sent + 1;
        let data = format!("{n} {}", "x".repeat(units));
        world.emit("a", Some(&n.to_string()), &data);
    }
    world.settle();
}

fn release(world: &mut World, tabs: &[usize]) {
    for &tab in tabs {
        world.release_acks(tab);
    }
}

/// The oldest batch is acknowledged that waits for it: what gathered meanwhile leaves as the next, and there is no credit left.
fn acknowledge_one(world: &mut World, tab: usize) {
    let (s, batch) = world.pages[tab].held_acks.remove(0);
    let (port, now) = (world.pages[tab].port.unwrap(), world.time());
    world.hub.handle_ack(port, s, batch, now);
    world.settle();
}

/// One burst that goes on: each time `count` events gather before the tabs, one after the other, take them.
fn flood(world: &mut World, tabs: &[usize], rounds: usize, count: usize, units: usize) {
    hold(world, tabs);
    send(world, 2, units);
    for _ in 0..rounds {
        send(world, count, units);
        for &tab in tabs {
            acknowledge_one(world, tab);
        }
    }
}

/// A circle of so many tabs, with nothing in flight.
fn circle(count: usize) -> (World, Vec<usize>) {
    let mut world = World::with_air(ALL_RUNS);
    let tabs = tabs(&mut world, count);
    for _ in 0..3 {
        burst(&mut world, &tabs);
    }
    assert!(tabs.iter().all(|&tab| world.listens(tab)));
    assert!(world.air.aired > 0);
    (world, tabs)
}

/// No tab was told of a channel.
#[track_caller]
fn nobody_listens(world: &World, tabs: &[usize]) {
    assert!(tabs.iter().all(|&tab| !world.listens(tab)));
}

/// Each tab was named a run that it heard.
#[track_caller]
fn all_hear(world: &World, tabs: &[usize]) {
    assert!(tabs.iter().all(|&tab| world.by_air(tab).0 > 0));
}

/// The tab has had every event on `a` once and in order from the first that it got, and was told no gap.
#[track_caller]
fn is_whole(world: &World, tab: usize) {
    let stream = &world.pages[tab].streams[&1];
    let numbers: Vec<usize> = stream.subs[&1].got.iter().map(|got| got.n).collect();
    let first = numbers.first().copied().unwrap_or(1);
    let sent: Vec<usize> = (first..=world.server.sent).collect();
    assert_eq!(numbers, sent, "tab {tab}");
    assert!(stream.gaps.is_empty(), "tab {tab}: {:?}", stream.gaps);
}

#[track_caller]
fn are_whole(world: &World, tabs: &[usize]) {
    assert_eq!(world.air.lies, 0, "a tab was named what it can't have heard");
    for &tab in tabs {
        is_whole(world, tab);
    }
}

/// Units that the tab keeps of what it heard and was not named.
fn kept(world: &World, tab: usize) -> u64 {
    let ear = world.pages[tab].streams[&1].ear.as_ref();
    ear.map_or(0, Ear::units)
}

/// Runs that went on air during that.
fn aired(world: &mut World, during: impl FnOnce(&mut World)) -> usize {
    let before = world.air.aired;
    during(world);
    world.air.aired - before
}

#[test]
fn d13_a_long_run_is_put_on_air_once_and_named_to_three_tabs() {
    let (mut world, tabs) = circle(3);
    let before: Vec<_> = tabs.iter().map(|&tab| world.by_air(tab)).collect();
    let count = aired(&mut world, |world| burst(world, &tabs));
    assert_eq!(count, 1);
    for (&tab, (by_air, by_port)) in tabs.iter().zip(before) {
        assert_eq!(world.by_air(tab), (by_air + 1, by_port));
    }
    are_whole(&world, &tabs);
}

#[test]
fn d13_two_tabs_are_sent_all_by_their_ports() {
    let mut world = World::with_air(ALL_RUNS);
    let mut all = tabs(&mut world, 2);
    for _ in 0..5 {
        burst(&mut world, &all);
    }
    nobody_listens(&world, &all);
    assert_eq!(world.air.aired, 0);
    // A third one is what it takes.
    all.extend(tabs(&mut world, 1));
    for _ in 0..3 {
        burst(&mut world, &all);
    }
    all_hear(&world, &all);
    // And no more once it is gone.
    world.leave(all.pop().unwrap());
    assert_eq!(aired(&mut world, |world| burst(world, &all)), 0);
    are_whole(&world, &all);
}

#[test]
fn d13_short_runs_go_by_the_ports() {
    let mut world = World::with_air(1_000);
    let tabs = tabs(&mut world, 4);
    for _ in 0..5 {
        // Two of them leave while there is credit.
        burst_of(&mut world, &tabs, 11, 100);
    }
    nobody_listens(&world, &tabs);
    for _ in 0..3 {
        burst_of(&mut world, &tabs, 12, 100);
    }
    all_hear(&world, &tabs);
    assert_eq!(aired(&mut world, |world| burst_of(world, &tabs, 11, 100)), 0);
    assert_eq!(aired(&mut world, |world| burst_of(world, &tabs, 12, 100)), 1);
    are_whole(&world, &tabs);
}

#[test]
fn d13_what_is_fetched_goes_on_air_as_well() {
    let mut world = World::with_air(1_000);
    let tabs: Vec<usize> = (0..4)
        .map(|_| {
            let at = world.page();
            let options = RawOptions {
                transport: Some("fetch".into()),
                ..RawOptions::default()
            };
            world.connect_to(at, HOME, options);
            world.subscribe(at, "a");
            at
        })
        .collect();
    for _ in 0..3 {
        burst_of(&mut world, &tabs, 40, 100);
    }
    all_hear(&world, &tabs);
    are_whole(&world, &tabs);
}

#[test]
fn d13_tabs_that_have_nothing_in_common_hear_nothing() {
    let mut world = World::with_air(ALL_RUNS);
    let tabs: Vec<usize> = ["a", "b", "c", "d"].map(|name| world.listener(name)).to_vec();
    for _ in 0..5 {
        hold(&mut world, &tabs);
        for n in 0..80 {
            world.say(["a", "b", "c", "d"][n % 4], "", "x");
        }
        release(&mut world, &tabs);
    }
    nobody_listens(&world, &tabs);
    assert_eq!(world.air.aired, 0);
}

#[test]
fn d13_a_tab_that_comes_late_is_named_nothing_of_before_its_key_was_heard() {
    let (mut world, mut all) = circle(3);
    let late = world.listener("a");
    all.push(late);
    world.pages[late].voice = Voice::Held;
    for _ in 0..3 {
        burst(&mut world, &all);
    }
    assert!(world.listens(late), "it was invited");
    assert_eq!(world.by_air(late).0, 0);
    // Its key is heard while a run is on air that others were named and it was not yet.
    hold(&mut world, &all);
    send(&mut world, 20, 8);
    release(&mut world, &all[..2]);
    world.let_keys_flow(late);
    release(&mut world, &all[2..]);
    assert_eq!(world.by_air(late).0, 0);
    burst(&mut world, &all);
    assert_eq!(world.by_air(late).0, 1);
    are_whole(&world, &all);
}

#[test]
fn d13_a_tab_whose_key_is_lost_is_sent_all_by_its_port() {
    let mut world = World::with_air(ALL_RUNS);
    let tabs = tabs(&mut world, 4);
    world.pages[tabs[1]].voice = Voice::Lost;
    for _ in 0..6 {
        burst(&mut world, &tabs);
    }
    assert_eq!(world.by_air(tabs[1]).0, 0);
    assert!(world.by_air(tabs[0]).0 > 0);
    are_whole(&world, &tabs);
    // It listens to a channel of which it is no member, and keeps nothing that it was handed otherwise.
    assert!(world.by_air(tabs[2]).0 > 0);
}

#[test]
fn d13_keys_that_nobody_was_given_change_nothing() {
    let mut world = World::with_air(ALL_RUNS);
    let tabs = tabs(&mut world, 4);
    let deaf = tabs[3];
    world.pages[deaf].voice = Voice::Lost;
    for _ in 0..4 {
        burst(&mut world, &tabs);
    }
    let name = *world.air.channels.values().next().unwrap();
    let given: u32 = 4;
    // Said once more, never given, of another channel.
    for key in (0..=given).chain([given + 1, 1_000, u32::MAX]) {
        if world.pages[deaf].streams[&1].batches.iter().all(|batch| {
            batch
                .entries
                .iter()
                .all(|entry| !matches!(entry, Entry::Circle(own, _) if *own == key))
        }) {
            world.say_key(name, key);
        }
    }
    let now = world.time();
    world.hub.handle_heard(77, 1, now);
    for _ in 0..3 {
        burst(&mut world, &tabs);
    }
    assert_eq!(world.by_air(deaf).0, 0);
    assert!(world.by_air(tabs[0]).0 > 2);
    are_whole(&world, &tabs);
}

#[test]
fn d13_a_batch_waits_for_the_run_that_it_names_and_all_behind_it_with_it() {
    let (mut world, tabs) = circle(3);
    let slow = tabs[1];
    world.pages[slow].air = Reception::Held;
    burst(&mut world, &tabs);
    let had = world.heard(slow).len();
    world.say("a", "next", "next");
    assert_eq!(world.heard(slow).len(), had);
    world.advance(4_000);
    world.flow_air(slow, 1);
    are_whole(&world, &tabs);
    assert!(world.pages[slow].overdue.is_none());
    world.advance(60_000);
    assert!(world.listens(slow));
}

#[test]
fn d13_a_tab_that_waits_in_vain_joins_anew_and_is_deaf_from_then_on() {
    let (mut world, tabs) = circle(4);
    let deaf = tabs[1];
    world.pages[deaf].air = Reception::Never;
    burst(&mut world, &tabs);
    assert!(world.heard(deaf).len() < world.server.sent);
    world.advance(4_999);
    assert!(world.heard(deaf).len() < world.server.sent);
    world.advance(1);
    are_whole(&world, &tabs);
    let by_air = world.by_air(deaf).0;
    for _ in 0..10 {
        burst(&mut world, &tabs);
        world.advance(1_000);
        are_whole(&world, &tabs);
    }
    assert_eq!(world.by_air(deaf).0, by_air);
    assert!(!world.listens(deaf));
    // The others go on.
    assert!(world.by_air(tabs[0]).0 > by_air + 5);
}

#[test]
fn d13_runs_come_in_any_pieces() {
    let (mut world, tabs) = circle(3);
    let slow = tabs[0];
    world.pages[slow].air = Reception::Held;
    // Three runs in one batch.
    burst_of(&mut world, &tabs, 5_000, 8);
    let had = world.heard(slow).len();
    for _ in 0..2 {
        world.flow_air(slow, 1);
        world.advance(2_499);
        assert_eq!(world.heard(slow).len(), had, "a batch is all or nothing");
    }
    world.flow_air(slow, 1);
    are_whole(&world, &tabs);
    assert!(world.listens(slow));
}

#[test]
fn d13_a_tab_that_acknowledges_slowly_is_handed_the_same_runs() {
    let (mut world, tabs) = circle(3);
    let slow = tabs[2];
    let before = world.by_air(slow);
    world.pages[slow].holds_acks = true;
    flood(&mut world, &tabs[..2], 10, 20, 8);
    release(&mut world, &tabs);
    assert_eq!(world.by_air(slow), (before.0 + 10, before.1));
    are_whole(&world, &tabs);
    assert_eq!(kept(&world, slow), 0);
}

/// Units of the events of large bursts, and what such a burst has.
const LARGE: usize = 32 << 10;
const ROOM: u64 = 4 << 20;

#[test]
fn d13_a_frozen_tab_hears_four_mi_units_and_the_circle_comes_again_without_it() {
    let (mut world, tabs) = circle(4);
    let (frozen, awake) = (tabs[3], &tabs[..3]);
    world.freeze(frozen);
    for _ in 0..12 {
        burst_of(&mut world, awake, 20, LARGE);
    }
    let kept = kept(&world, frozen);
    assert!(kept > ROOM / 2 && kept <= ROOM + ROOM / 4, "{kept}");
    assert_eq!(aired(&mut world, |world| burst_of(world, awake, 20, LARGE)), 0);
    assert_eq!(world.air.hushed, 0);
    world.advance(2_000);
    burst_of(&mut world, awake, 20, LARGE);
    assert_eq!(world.air.hushed, 1);
    world.advance(999);
    for _ in 0..2 {
        burst_of(&mut world, awake, 20, LARGE);
    }
    assert!(world.air.channels.is_empty(), "not before a second has passed");
    world.advance(1);
    for _ in 0..2 {
        burst_of(&mut world, awake, 20, LARGE);
    }
    assert!(aired(&mut world, |world| burst_of(world, awake, 20, LARGE)) > 0);
    for &tab in awake {
        is_whole(&world, tab);
    }
    // It wakes, and is one of them again.
    world.thaw(frozen);
    for _ in 0..3 {
        burst(&mut world, &tabs);
    }
    assert!(world.listens(frozen));
    are_whole(&world, &tabs);
}

#[test]
fn d13_circles_that_fail_come_again_after_a_minute_at_most() {
    let (mut world, mut tabs) = circle(3);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        // One more that hears, and freezes.
        let frozen = world.listener("a");
        tabs.push(frozen);
        burst(&mut world, &tabs);
        burst(&mut world, &tabs);
        assert!(world.listens(frozen));
        world.freeze(frozen);
        tabs.pop();
        let hushed = world.air.hushed;
        while world.air.hushed == hushed {
            burst_of(&mut world, &tabs, 20, LARGE);
            world.advance(500);
        }
        let from = world.now;
        while world.air.channels.is_empty() {
            world.advance(500);
            burst(&mut world, &tabs);
        }
        pauses.push((world.now - from).div_ceil(1_000));
        world.crash(frozen);
        burst(&mut world, &tabs);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    are_whole(&world, &tabs);
}

#[test]
fn d13_a_tab_whose_runs_begin_elsewhere_keeps_no_more_than_the_room() {
    let (mut world, tabs) = circle(4);
    let (odd, even) = (tabs[3], &tabs[..3]);
    hold(&mut world, &tabs);
    send(&mut world, 2, LARGE);
    send(&mut world, 20, LARGE);
    let mut most = 0;
    for _ in 0..40 {
        for &tab in even {
            acknowledge_one(&mut world, tab);
        }
        send(&mut world, 5, LARGE);
        acknowledge_one(&mut world, odd);
        send(&mut world, 5, LARGE);
        most = most.max(kept(&world, odd));
        world.advance(100);
    }
    assert!(most <= ROOM + ROOM / 4, "{most} units kept");
}

#[test]
fn d13_what_failed_once_before_a_pause_ends_no_circle() {
    let (mut world, tabs) = circle(4);
    let odd = tabs[3];
    for _ in 0..5 {
        // It takes what others have had a part of.
        flood(&mut world, &tabs, 1, 20, 8);
        acknowledge_one(&mut world, tabs[0]);
        send(&mut world, 20, 8);
        acknowledge_one(&mut world, odd);
        release(&mut world, &tabs);
        world.advance(10_000);
    }
    assert_eq!(world.air.hushed, 0);
    assert_eq!(aired(&mut world, |world| burst(world, &tabs)), 1);
    are_whole(&world, &tabs);
}

#[test]
fn d13_the_next_session_has_another_channel() {
    let (mut world, tabs) = circle(3);
    let before = *world.air.channels.values().next().unwrap();
    world.post(tabs[0], Message::CloseEverywhere { request: 1 });
    world.settle();
    assert!(world.air.channels.is_empty());
    // The stream's number is used again.
    let mut world_tabs = Vec::new();
    for &tab in &tabs {
        let s = world.connect_to(tab, URL, RawOptions::default());
        world.subscribe_to(tab, s, "a", 0);
        world_tabs.push(s);
    }
    for _ in 0..3 {
        burst(&mut world, &tabs);
    }
    assert_ne!(*world.air.channels.values().next().unwrap(), before);
    for (&tab, s) in tabs.iter().zip(world_tabs) {
        assert!(world.pages[tab].streams[&s].by_air > 0);
        assert_eq!(world.pages[tab].streams[&s].subs[&1].got.len(), 60);
    }
    assert_eq!(world.air.lies, 0);
}

#[test]
fn d13_the_last_tab_closes_the_channel() {
    let (mut world, tabs) = circle(3);
    for &tab in &tabs[..2] {
        world.leave(tab);
    }
    assert_eq!(world.air.hushed, 0);
    world.leave(tabs[2]);
    // With the connection, should a reload bring it back before that.
    world.advance(4_999);
    assert_eq!(world.air.hushed, 0);
    world.advance(1);
    assert_eq!(world.air.hushed, 1);
    world.advance(700_000);
    assert_eq!(world.air.hushed, 1);
}

#[test]
fn d13_a_tab_leaves_or_goes_while_others_wait_for_what_it_put_on_air() {
    for by in 0..4 {
        let (mut world, tabs) = circle(4);
        for &tab in &tabs[1..] {
            world.pages[tab].air = Reception::Held;
        }
        hold(&mut world, &tabs);
        send(&mut world, 20, 8);
        release(&mut world, &tabs[..2]);
        match by {
            0 => world.leave(tabs[0]),
            1 => world.crash(tabs[0]),
            2 => world.detach(tabs[0], 1),
            _ => world.unsubscribe(tabs[0], 1),
        }
        send(&mut world, 20, 8);
        release(&mut world, &tabs[2..]);
        for &tab in &tabs[1..] {
            world.let_air_flow(tab, Reception::Late);
        }
        burst(&mut world, &tabs[1..]);
        are_whole(&world, &tabs[1..]);
    }
}

#[test]
fn d13_a_subscription_that_comes_or_goes_in_the_middle_hears_what_it_holds() {
    let (mut world, tabs) = circle(4);
    let own = tabs[1];
    hold(&mut world, &tabs);
    let say = |world: &mut World, count: usize| {
        for n in 0..count {
            let at = world.server.sent;
            world.emit(["a", "b"][n % 2], Some(&at.to_string()), &at.to_string());
        }
        world.settle();
    };
    say(&mut world, 10);
    let b = world.subscribe(own, "b");
    say(&mut world, 20);
    release(&mut world, &tabs);
    hold(&mut world, &tabs);
    say(&mut world, 20);
    world.unsubscribe(own, b);
    say(&mut world, 20);
    release(&mut world, &tabs);
    let of_a = |tab: usize| {
        world.pages[tab].streams[&1].subs[&1]
            .got
            .iter()
            .map(|got| got.n)
            .collect::<Vec<_>>()
    };
    assert_eq!(of_a(own), of_a(tabs[0]));
    let first = world.server.sent - 60;
    let of_b: Vec<usize> = world.pages[own].streams[&1].over[&b]
        .got
        .iter()
        .map(|got| got.n)
        .collect();
    // And one that had left before it was unsubscribed.
    assert!(
        of_b.iter().all(|n| *n > first && n % 2 == (first + 2) % 2),
        "{of_b:?}"
    );
    assert_eq!(of_b.len(), 11);
    assert_eq!(world.air.lies, 0);
}

#[test]
fn d13_a_star_is_one_of_them_where_all_hear_all() {
    let (mut world, tabs) = circle(3);
    let star = world.listener("*");
    let all = [&tabs[..], &[star]].concat();
    for _ in 0..4 {
        burst(&mut world, &all);
    }
    assert!(world.by_air(star).0 > 0);
    are_whole(&world, &all);
}

#[test]
fn d13_a_tab_that_drops_events_is_told_and_the_others_have_them_all() {
    for overflow in ["drop-oldest", "latest"] {
        let (mut world, tabs) = circle(3);
        let small = world.page();
        let options = RawOptions {
            buffer_events: Some(10.0),
            overflow: Some(overflow.into()),
            ..RawOptions::default()
        };
        world.connect_to(small, URL, options);
        world.subscribe(small, "a");
        let all = [&tabs[..], &[small]].concat();
        for _ in 0..3 {
            burst_of(&mut world, &all, 8, 8);
        }
        assert!(world.by_air(small).0 > 0);
        world.pages[small].holds_acks = true;
        let before = world.heard(small).len();
        let sent = world.server.sent;
        flood(&mut world, &tabs, 5, 20, 8);
        release(&mut world, &all);
        are_whole(&world, &tabs);
        let got = world.heard(small).len() - before;
        let told: u64 = world.gaps(small).iter().filter_map(|gap| gap.1).sum();
        assert_eq!(
            got + usize::try_from(told).unwrap(),
            world.server.sent - sent,
            "{overflow}"
        );
        assert!(told > 0);
        let numbers: Vec<usize> = world.pages[small].streams[&1].subs[&1]
            .got
            .iter()
            .map(|got| got.n)
            .collect();
        assert!(numbers.is_sorted_by(|a, b| a < b));
        // What it heard and was not handed is gone with the next that it is named.
        for _ in 0..2 {
            burst_of(&mut world, &all, 8, 8);
        }
        assert_eq!(kept(&world, small), 0);
    }
}

#[test]
fn d13_a_page_in_bfcache_listens_to_nothing_and_misses_nothing() {
    let (mut world, tabs) = circle(4);
    let parked = tabs[1];
    world.pages[parked].air = Reception::Held;
    // It waits for a run as it goes.
    burst(&mut world, &tabs);
    world.park(parked);
    assert!(!world.listens(parked));
    let others = [tabs[0], tabs[2], tabs[3]];
    for _ in 0..3 {
        burst(&mut world, &others);
        world.advance(300);
    }
    world.pages[parked].air = Reception::Late;
    world.unpark(parked);
    for _ in 0..3 {
        burst(&mut world, &tabs);
    }
    assert!(world.listens(parked));
    are_whole(&world, &tabs);
}

#[test]
fn d13_a_page_in_bfcache_ends_no_circle() {
    let (mut world, tabs) = circle(4);
    world.park(tabs[3]);
    let count = aired(&mut world, |world| flood(world, &tabs[..3], 100, 5, LARGE));
    assert_eq!((world.air.hushed, count > 100), (0, true), "{count} on air");
    release(&mut world, &tabs[..3]);
    are_whole(&world, &tabs[..3]);
}

#[test]
fn d13_a_run_that_a_deaf_tab_has_made_ahead_is_named_with_what_comes_before_it() {
    let (mut world, members) = circle(3);
    let deaf = world.listener("a");
    world.pages[deaf].voice = Voice::Lost;
    let all = [&members[..], &[deaf]].concat();
    burst(&mut world, &all);
    let before: Vec<_> = members.iter().map(|&tab| world.by_air(tab)).collect();
    hold(&mut world, &all);
    send(&mut world, 2, 8);
    for count in [3, 20] {
        send(&mut world, count, 8);
        acknowledge_one(&mut world, deaf);
    }
    // Of what they are named the later one was put on air first.
    release(&mut world, &all);
    for (&tab, (by_air, by_port)) in members.iter().zip(before) {
        assert_eq!(world.by_air(tab), (by_air + 2, by_port));
    }
    are_whole(&world, &members);
}

#[test]
fn d13_a_member_that_comes_to_hold_other_channels_is_left_out() {
    let (mut world, tabs) = circle(4);
    let other = tabs[3];
    for &tab in &tabs {
        world.subscribe(tab, "b");
    }
    world.unsubscribe(other, 1);
    let mut most = 0;
    for round in 0..60 {
        hold(&mut world, &tabs);
        for n in 0..20 {
            // It waits for the first and the last of each burst, and for half of what is between.
            let data = "x".repeat(LARGE);
            world.emit(
                if n % 19 == 0 || n % 2 == 0 { "b" } else { "a" },
                Some(&format!("{round} {n}")),
                &data,
            );
        }
        release(&mut world, &tabs);
        world.advance(100);
        most = most.max(kept(&world, other));
    }
    assert!(most > 0 && most <= ROOM + ROOM / 4, "{most} units kept");
    assert!(world.air.hushed > 0);
    assert_eq!(world.air.lies, 0);
}

#[test]
fn d13_a_worker_dies_in_the_middle_and_the_next_one_makes_its_own() {
    let (mut world, tabs) = circle(4);
    for &tab in &tabs[..2] {
        world.pages[tab].air = Reception::Held;
    }
    hold(&mut world, &tabs);
    send(&mut world, 40, 8);
    release(&mut world, &tabs[1..]);
    world.worker_dies();
    for &tab in &tabs {
        world.pages[tab].holds_acks = false;
        world.rejoin(tab);
    }
    nobody_listens(&world, &tabs);
    world.settle();
    world.advance(1_000);
    for &tab in &tabs {
        world.pages[tab].air = Reception::Early;
    }
    for _ in 0..3 {
        burst(&mut world, &tabs);
    }
    assert!(tabs.iter().all(|&tab| world.listens(tab)));
    are_whole(&world, &tabs);
}

#[test]
fn d13_runs_that_are_kept_for_a_second_at_most_are_made_anew() {
    let (mut world, tabs) = circle(3);
    let slow = tabs[2];
    world.pages[slow].holds_acks = true;
    for _ in 0..5 {
        flood(&mut world, &tabs[..2], 2, 20, 8);
        release(&mut world, &tabs[..2]);
        world.advance(1_100);
    }
    release(&mut world, &tabs);
    are_whole(&world, &tabs);
    burst(&mut world, &tabs);
    burst(&mut world, &tabs);
    are_whole(&world, &tabs);
    assert_eq!(kept(&world, slow), 0);
}

#[test]
fn d13_what_one_of_them_does_not_wait_for_is_not_put_on_air_and_the_next_circle_is_without_it() {
    let (mut world, tabs) = circle(4);
    let (other, rest) = (tabs[3], &tabs[..3]);
    world.unsubscribe(other, 1);
    world.subscribe(other, "quiet");
    assert_eq!(aired(&mut world, |world| burst(world, rest)), 0);
    assert_eq!(kept(&world, other), 0);
    world.advance(1_999);
    burst(&mut world, rest);
    assert_eq!(world.air.hushed, 0);
    world.advance(1);
    burst(&mut world, rest);
    assert_eq!(world.air.hushed, 1);
    world.advance(1_000);
    for _ in 0..2 {
        burst(&mut world, rest);
    }
    assert_eq!(aired(&mut world, |world| burst(world, rest)), 1);
    are_whole(&world, rest);
    assert_eq!(kept(&world, other), 0);
}
