//! S-7: who is signed in.

use tabmux_core::message::Message;
use tabmux_core::options::RawOptions;

use crate::common::{URL, World};

fn of(principal: &str) -> RawOptions {
    RawOptions {
        principal: Some(principal.into()),
        ..RawOptions::default()
    }
}

fn sign_in(world: &mut World, principal: &str) -> usize {
    let tab = world.page();
    world.connect_to(tab, URL, of(principal));
    world.subscribe(tab, "a");
    tab
}

#[test]
fn s7_a_new_principal_ends_the_old_ones_stream_for_all_tabs() {
    let mut world = World::new();
    let ann = sign_in(&mut world, "ann");
    let also_ann = sign_in(&mut world, "ann");
    world.say("a", "1", "for ann");
    let bob = sign_in(&mut world, "bob");
    world.say("a", "2", "for bob");
    for tab in [ann, also_ann] {
        assert_eq!(world.last_status(tab), "closed/principal-changed");
        assert_eq!(world.heard(tab), ["for ann"]);
    }
    assert_eq!(world.heard(bob), ["for bob"]);
    assert_eq!(world.source().url, URL, "and no id of the other's");
}

#[test]
fn s7_there_is_no_war() {
    let mut world = World::new();
    let ann = sign_in(&mut world, "ann");
    let bob = sign_in(&mut world, "bob");
    let opens = world.opens.len();
    world.post(ann, Message::Reconnect { s: 1 });
    world.rejoin(ann);
    world.advance(60_000);
    assert_eq!(world.opens.len(), opens);
    assert_eq!(
        world.pages[ann].streams[&1].ended.as_deref(),
        Some("CLOSED principal-changed")
    );
    world.say("a", "1", "x");
    assert_eq!(world.heard(bob), ["x"]);
    assert_eq!(world.heard(ann), [""; 0]);
}

#[test]
fn s7_a_worker_that_died_does_not_let_an_older_connect_win() {
    let mut world = World::new();
    sign_in(&mut world, "bob");
    let ann = sign_in(&mut world, "ann");
    world.say("a", "1", "1");
    world.freeze(ann);
    world.worker_dies();
    let bob = sign_in(&mut world, "bob");
    world.pages[ann].frozen = false;
    world.rejoin(ann);
    world.advance(1_000);
    world.say("a", "2", "2");
    assert_eq!(
        world.heard(bob),
        ["2"],
        "what connected last is bob's, whatever the dead worker had counted up to"
    );
    assert!(world.pages[ann].streams[&1].ended.is_some());
}

#[test]
fn s7_a_worker_that_died_does_not_let_the_old_principal_back() {
    let mut world = World::new();
    let ann = sign_in(&mut world, "ann");
    world.say("a", "1", "1");
    world.freeze(ann);
    world.worker_dies();
    let bob = sign_in(&mut world, "bob");
    world.pages[ann].frozen = false;
    world.rejoin(ann);
    world.advance(1_000);
    assert!(world.pages[ann].streams[&1].ended.is_some());
    world.say("a", "2", "2");
    assert_eq!(world.heard(bob), ["2"]);
}

#[test]
fn s7_the_old_principal_may_sign_in_again() {
    let mut world = World::new();
    let _tab_that_stays = sign_in(&mut world, "ann");
    sign_in(&mut world, "bob");
    let ann = sign_in(&mut world, "ann");
    world.say("a", "1", "x");
    assert_eq!(world.heard(ann), ["x"]);
    assert_eq!(world.sources.len(), 1);
}

#[test]
fn s7_nothing_is_shared_between_two_principals() {
    let mut world = World::new();
    sign_in(&mut world, "ann");
    world.say("a", "1", "secret");
    let bob = world.page();
    world.connect_to(bob, URL, of("bob"));
    let sub = world.subscribe_to(bob, 1, "a", 10);
    assert_eq!(world.got(bob, sub), [""; 0]);
}
