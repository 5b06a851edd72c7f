//! What an event costs, in operations rather than in time: payloads cloned, compared, measured and read, outputs, and entries
//! looked at of the hub's tables (`core/src/looks.rs`). None of it grows with channels, or with tabs that do not hold the channel.

#[path = "common/load.rs"]
mod load;

use std::cell::Cell;
use std::rc::Rc;

use load::Load;
use tabmux_core::{Payload, looked};

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { clones: 0, compared: 0, measured: 0, read: 0 }) };
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    clones: usize,
    compared: usize,
    measured: usize,
    read: usize,
}

fn count(add: impl FnOnce(&mut Counts)) {
    COUNTS.with(|cell| {
        let mut counts = cell.get();
        add(&mut counts);
        cell.set(counts);
    });
}

/// A payload that counts what is done with it.
#[derive(Debug)]
struct Counted(Rc<str>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        count(|counts| counts.clones += 1);
        Self(Rc::clone(&self.0))
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        count(|counts| counts.compared += 1);
        self.0 == other.0
    }
}

impl Payload for Counted {
    fn units(&self) -> u32 {
        count(|counts| counts.measured += 1);
        self.0.units()
    }
    fn text(&self) -> String {
        count(|counts| counts.read += 1);
        self.0.text()
    }
    fn field(&self, name: &str) -> Option<String> {
        count(|counts| counts.read += 1);
        self.0.field(name)
    }
    fn of(text: &str) -> Self {
        Self(text.into())
    }
}

const EVENTS: usize = 2_000;

/// What so many events cost, once the history is full; and how many outputs.
fn cost(mut load: Load<Counted>, tabs: usize) -> (Counts, usize) {
    let mut send = |first: usize| {
        for n in first..first + EVENTS {
            let channel = load.channels[n % load.channels.len()];
            load.event(channel, Counted::of(&n.to_string()), Counted::of("data"));
        }
        (load.delivered, load.outputs)
    };
    let (delivered, outputs) = send(0);
    let before = COUNTS.get();
    let after = send(EVENTS);
    assert_eq!(after.0 - delivered, EVENTS * tabs, "every tab got every event");
    let now = COUNTS.get();
    let counts = Counts {
        clones: now.clones - before.clones,
        compared: now.compared - before.compared,
        measured: now.measured - before.measured,
        read: now.read - before.read,
    };
    (counts, after.1 - outputs)
}

#[test]
fn an_event_costs_the_same_with_ten_thousand_channels_as_with_ten() {
    assert_eq!(cost(Load::new(10_000, 8, 0), 8), cost(Load::new(10, 8, 0), 8));
}

#[test]
fn tabs_that_do_not_hold_the_channel_cost_an_event_nothing() {
    let (alone, outputs) = cost(Load::new(1, 8, 0), 8);
    let (among, among_outputs) = cost(Load::new(1, 8, 192), 8);
    assert_eq!(alone, among);
    // Idle tabs are told the position now and then (SPEC D-3).
    assert!(
        among_outputs - outputs <= 192 * (2 * EVENTS / 400),
        "{among_outputs} outputs instead of {outputs}"
    );
}

/// Entries of tables that are looked at while so much happens.
fn looks(load: &mut Load<Counted>, act: impl FnOnce(&mut Load<Counted>)) -> usize {
    let before = looked();
    act(load);
    looked() - before
}

/// Those of an event of each channel, some of them more than once.
fn looks_of_events(load: &mut Load<Counted>) -> usize {
    looks(load, |load| {
        for n in 0..EVENTS {
            let channel = load.channels[n % load.channels.len()];
            load.event(channel, Counted::of(&n.to_string()), Counted::of("data"));
        }
    })
}

#[test]
fn an_event_looks_at_no_more_with_ten_thousand_channels_than_with_ten() {
    let [few, many] = [10, 10_000].map(|channels| {
        let mut load = Load::new(channels, 8, 0);
        // Then each channel's name is known.
        for _ in 0..=(channels / EVENTS) {
            looks_of_events(&mut load);
        }
        looks_of_events(&mut load)
    });
    assert!(many <= few + few / 50, "{many} instead of {few}");
}

#[test]
fn an_event_looks_at_no_tab_that_does_not_hold_the_channel() {
    let alone = looks_of_events(&mut Load::new(10, 8, 0));
    let among = looks_of_events(&mut Load::new(10, 8, 192));
    // In a table of 200 tabs each of four lookups takes five steps more than in one of eight.
    let lookups = EVENTS * 8 * 4 * 5;
    // Idle tabs are told the position now and then (SPEC D-3): looked for, told, heard.
    let idle = (EVENTS / 400 + 1) * 200 * 150;
    assert!(
        among <= alone + lookups + idle,
        "{among} instead of {alone}, {lookups} and {idle}"
    );
}

#[test]
fn what_an_event_looks_at_for_each_tab_is_the_same_for_fifty_tabs_but_for_the_search_in_a_table() {
    let few = looks_of_events(&mut Load::new(10, 8, 0)) / 8;
    let many = looks_of_events(&mut Load::new(10, 50, 0)) / 50;
    let most = few + EVENTS * 4 * 3;
    assert!(many <= most, "{many} instead of {few}");
}

#[test]
fn a_tab_that_comes_or_goes_looks_at_no_channel_that_it_does_not_hold() {
    let [few, many] = [10, 10_000].map(|channels| {
        let mut load = Load::new(channels, 8, 0);
        looks_of_events(&mut load);
        let one = ["channel 1".to_owned()];
        let comes = looks(&mut load, |load| load.join(100, &one));
        let goes = looks(&mut load, |load| load.leave(100));
        (comes, goes)
    });
    // Its name is searched for, which takes ten steps more, twice.
    assert!(many.0 <= few.0 + 20, "{} instead of {}", many.0, few.0);
    assert_eq!(many.1, few.1);
}

#[test]
fn no_payload_is_read_and_none_is_copied_for_a_tab() {
    let (few, _) = cost(Load::new(1, 1, 0), 1);
    let (many, _) = cost(Load::new(1, 50, 0), 50);
    assert_eq!(few, many);
    assert_eq!(many.read, 0);
    // The id: with the event, and with the history. Compared and measured once each, and the data measured.
    assert!(many.clones <= 2 * EVENTS && many.compared <= EVENTS, "{many:?}");
    assert!(many.measured <= 4 * EVENTS, "{many:?}");
}

#[test]
fn a_frozen_tab_costs_each_event_the_same_however_long_its_queue_is() {
    let mut load = Load::new(1, 1, 0);
    load.freeze();
    let channel = load.channels[0];
    let mut of_each = Vec::new();
    // Past the bound of its queue.
    for _ in 0..60 {
        let before = COUNTS.get();
        for _ in 0..1_000 {
            load.event(channel, Counted::of("1"), Counted::of("data"));
        }
        let now = COUNTS.get();
        of_each.push((now.clones - before.clones, now.measured - before.measured));
    }
    assert!(
        of_each.windows(2).skip(1).all(|pair| pair[0] == pair[1]),
        "{of_each:?}"
    );
}

#[test]
fn what_waits_for_many_tabs_is_joined_once() {
    for tabs in [1, 8, 50] {
        let mut load = Load::new(3, tabs, 0);
        load.freeze();
        for n in 0..EVENTS {
            let channel = load.channels[n % 3];
            load.event(
                channel,
                Counted::of(&n.to_string()),
                Counted::of(&"x".repeat(200)),
            );
        }
        let before = (load.delivered, COUNTS.get());
        load.thaw();
        let now = (load.delivered, COUNTS.get());
        // What had left while there was credit went one by one, two batches a tab.
        assert_eq!(now.0 - before.0, (EVENTS - 2) * tabs as usize);
        assert_eq!(load.joined, EVENTS - 2, "{tabs} tabs");
        // No payload is touched for a tab, nor for an event.
        assert_eq!(now.1, before.1);
    }
}

#[test]
fn what_waits_is_joined_once_also_for_tabs_of_which_not_all_have_acknowledged_the_last_event() {
    let mut load = Load::new(1, 1, 0);
    let channel = load.channels[0];
    let event = |load: &mut Load<Counted>, n: usize| {
        load.event(
            channel,
            Counted::of(&n.to_string()),
            Counted::of(&"x".repeat(200)),
        );
    };
    // One tab has had three single events that were not to be acknowledged, the other one two.
    for n in 1..4 {
        load.now = n as u64 * 10;
        event(&mut load, n);
        if n == 1 {
            load.join(1, &["channel 0".to_owned()]);
        }
    }
    load.freeze();
    load.now = 40;
    for n in 0..20_000 {
        event(&mut load, 10 + n);
    }
    load.thaw();
    assert!(load.joined <= 20_000, "{} events joined", load.joined);
}

/// So many events of 200 units gather before all tabs take them.
fn burst(load: &mut Load<Counted>) -> Counts {
    load.freeze();
    for n in 0..EVENTS {
        let channel = load.channels[n % 3];
        load.event(
            channel,
            Counted::of(&n.to_string()),
            Counted::of(&"x".repeat(200)),
        );
    }
    let before = COUNTS.get();
    load.thaw();
    let now = COUNTS.get();
    Counts {
        clones: now.clones - before.clones,
        compared: now.compared - before.compared,
        measured: now.measured - before.measured,
        read: now.read - before.read,
    }
}

#[test]
fn what_is_on_air_costs_the_events_nothing_and_is_there_once_for_all_tabs() {
    for tabs in [3, 8, 50] {
        let mut load = Load::new(3, tabs, 0);
        // All of them hear by then.
        for _ in 0..3 {
            burst(&mut load);
        }
        let before = (load.aired, load.named, load.sent, load.joined);
        let counts = burst(&mut load);
        let aired = load.aired - before.0;
        assert!((1..=EVENTS / 100).contains(&aired), "{aired} runs on air");
        assert_eq!(load.named - before.1, aired * tabs as usize, "{tabs} tabs");
        assert_eq!(load.sent, before.2, "nothing is sent to a tab itself");
        assert!(load.joined - before.3 < EVENTS);
        // No payload is touched for it.
        let none = Counts {
            clones: 0,
            compared: 0,
            measured: 0,
            read: 0,
        };
        assert_eq!(counts, none);
    }
}

#[test]
fn what_is_on_air_for_a_frozen_tab_is_bounded() {
    let mut load = Load::new(1, 4, 0);
    let channel = load.channels[0];
    let gather = |load: &mut Load<Counted>, count: usize| {
        for n in 0..count {
            load.event(
                channel,
                Counted::of(&n.to_string()),
                Counted::of(&"x".repeat(1_000)),
            );
        }
    };
    for _ in 0..4 {
        load.freeze();
        gather(&mut load, 100);
        load.thaw();
    }
    load.freeze();
    gather(&mut load, 100);
    // All but one take what gathers, again and again: 20 Mi units.
    let aired = load.aired;
    for _ in 0..200 {
        load.thaw_all_but(3);
        load.freeze();
        gather(&mut load, 100);
    }
    let aired = load.aired - aired;
    assert!(aired > 0);
    // Of 100,000 units each, of 4 Mi in all.
    assert!(aired <= (4 << 20) / 98_000 + 1, "{aired} runs on air");
}
