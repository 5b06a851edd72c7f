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

fn bounded(events: f64, overflow: &str) -> RawOptions {
    RawOptions {
        buffer_events: Some(events),
        overflow: Some(overflow.into()),
        ..RawOptions::default()
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
