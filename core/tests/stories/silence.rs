//! D-6: tabs on plain http, where no lock tells.

use tabmux_core::message::{Message, Reply};
use tabmux_core::options::RawOptions;

use crate::common::{URL, World};

fn plain(world: &mut World) -> usize {
    let tab = world.plain_page();
    world.connect_to(tab, URL, RawOptions::default());
    world.subscribe(tab, "a");
    tab
}

#[test]
fn d6_a_silent_tab_is_pinged_then_away_and_back_by_any_word() {
    let mut world = World::new();
    let tab = plain(&mut world);
    let other = world.listener("a");
    world.freeze(tab);
    assert_eq!(world.stats(other).tabs, 2);
    world.advance(15_000);
    let pings = world.pages[tab].inbox.len();
    assert_eq!(pings, 1, "pinged, with time to answer");
    world.advance(15_000);
    assert_eq!(world.stats(other).tabs, 1, "found within 30 s");
    for n in 0..5 {
        world.say("a", &n.to_string(), &n.to_string());
    }
    assert_eq!(world.pages[tab].inbox.len(), pings, "away: nothing is sent");
    world.thaw(tab);
    assert_eq!(world.heard(tab), ["0", "1", "2", "3", "4"]);
    assert_eq!(world.gaps(tab), []);
}

#[test]
fn d6_an_away_tab_holds_no_connection_open() {
    let mut world = World::new();
    let tab = plain(&mut world);
    world.crash(tab);
    world.advance(35_000);
    assert_eq!(world.closes, 1, "found within 30 s, and closed after the grace");
}

#[test]
fn d6_a_tab_with_a_lock_may_be_silent_for_ever() {
    let mut world = World::new();
    let tab = world.listener("a");
    world.freeze(tab);
    world.advance(24 * 3_600_000);
    assert_eq!(world.closes, 0);
}

#[test]
fn d6_a_second_hello_brings_back_who_was_away() {
    let mut world = World::new();
    let tab = plain(&mut world);
    world.listener("a");
    world.say("a", "1", "1");
    world.freeze(tab);
    world.advance(35_000);
    // The lock was granted before the hub asked whether the tab is there.
    world.pages[tab].has_lock = true;
    let hello = Message::Hello(world.pages[tab].hello());
    world.post(tab, hello);
    world.thaw(tab);
    world.say("a", "2", "2");
    world.advance(60_000);
    world.say("a", "3", "3");
    assert_eq!(world.heard(tab), ["1", "2", "3"]);
}

#[test]
fn d6_a_second_hello_of_who_was_forgotten_is_answered_like_any_word() {
    let mut world = World::new();
    let tab = plain(&mut world);
    world.listener("a");
    world.say("a", "1", "1");
    world.freeze(tab);
    world.advance(11 * 60_000);
    world.pages[tab].inbox.clear();
    world.pages[tab].frozen = false;
    world.pages[tab].has_lock = true;
    let before = world.pages[tab].replies.len();
    let hello = Message::Hello(world.pages[tab].hello());
    world.post(tab, hello);
    world.settle();
    world.say("a", "2", "2");
    assert!(world.pages[tab].replies[before..].contains(&Reply::Rejoin));
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d6_a_lock_that_is_told_by_a_second_hello_tells_from_then_on() {
    let mut world = World::new();
    let tab = plain(&mut world);
    let other = world.listener("a");
    world.say("a", "1", "1");
    world.pages[tab].has_lock = true;
    let hello = Message::Hello(world.pages[tab].hello());
    world.post(tab, hello);
    world.say("a", "2", "2");
    world.freeze(tab);
    world.advance(24 * 3_600_000);
    assert_eq!(world.stats(other).tabs, 2, "it may be silent");
    world.thaw(tab);
    assert_eq!(world.heard(tab), ["1", "2"], "nothing is begun anew");
    assert_eq!(world.gaps(tab), []);
    world.crash(tab);
    assert_eq!(world.stats(other).tabs, 1, "found at once");
}

#[test]
fn d6_a_forgotten_tab_is_called_back_and_catches_up() {
    let mut world = World::new();
    let tab = plain(&mut world);
    let other = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(tab);
    world.advance(11 * 60_000);
    world.say("a", "2", "2");
    assert_eq!(world.stats(other).tabs, 1, "gone after ten minutes");
    world.pages[tab].inbox.clear();
    world.pages[tab].frozen = false;
    world.post(tab, Message::Ping);
    world.settle();
    assert!(world.pages[tab].replies.contains(&Reply::Rejoin));
    assert_eq!(world.heard(tab), ["1", "2"]);
    world.say("a", "3", "3");
    assert_eq!(world.heard(tab), ["1", "2", "3"]);
    assert_eq!(world.gaps(tab), []);
}

#[test]
fn d6_an_ack_is_a_word_as_well() {
    let mut world = World::new();
    let tab = plain(&mut world);
    world.listener("a");
    world.freeze(tab);
    world.say("a", "1", "1");
    world.advance(11 * 60_000);
    world.pages[tab].mute = true;
    world.thaw(tab);
    world.say("a", "2", "2");
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d6_a_tab_that_was_forgotten_with_its_stream_resumes_by_its_id() {
    let mut world = World::new();
    let tab = plain(&mut world);
    world.say("a", "1", "1");
    world.freeze(tab);
    world.advance(20 * 60_000);
    assert_eq!(world.wait_until(), None, "the hub is empty");
    world.emit("a", Some("2"), "2");
    world.thaw(tab);
    world.post(tab, Message::Ping);
    world.advance(1_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d6_nobody_is_gone_because_the_machine_slept() {
    let mut world = World::new();
    let tab = plain(&mut world);
    world.sleep(8 * 3_600_000);
    world.advance(5_000);
    world.say("a", "1", "1");
    assert_eq!(world.heard(tab), ["1"]);
    assert!(!world.pages[tab].replies.contains(&Reply::Rejoin));
}

#[test]
fn s5_a_port_that_says_goodbye_before_its_hello_is_let_go() {
    let mut world = World::new();
    world.listener("a");
    let bye = || Message::Bye {
        persisted: false,
        at: Vec::new(),
    };
    let now = world.time();
    world.hub.handle_message(77, bye(), now);
    world.settle();
    assert_eq!(world.closed_ports, [77]);
}
