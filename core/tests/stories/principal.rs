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
    assert_eq!(world.source().request.url, URL, "and no id of the other's");
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

#[test]
fn s7_what_is_public_now_is_not_ended_by_a_tab_that_slept() {
    let mut world = World::new();
    let sleeper = world.plain_page();
    world.connect_to(sleeper, URL, of("ann"));
    world.subscribe(sleeper, "a");
    world.freeze(sleeper);
    let reloaded = sign_in(&mut world, "ann");
    // Until the sleeper counts as gone.
    world.advance(700_000);
    world.leave(reloaded);
    let public = world.listener("a");
    // Ann's stream is forgotten; its family lives on.
    world.advance(20_000);
    world.thaw(sleeper);
    world.rejoin(sleeper);
    world.advance(2_000);
    assert_eq!(world.last_status(public), "open/opened");
    world.say("a", "1", "x");
    assert_eq!(world.heard(public), ["x"]);
    assert_eq!(
        world.pages[sleeper].streams[&1].ended.as_deref(),
        Some("CLOSED principal-changed")
    );
}

#[test]
fn s7_an_ended_stream_keeps_nothing_of_its_past() {
    let mut world = World::new();
    let ann = sign_in(&mut world, "ann");
    world.say("a", "1", "secret");
    assert_eq!(world.stats(ann).replay_units, 6);
    sign_in(&mut world, "bob");
    assert_eq!(world.stats(ann).replay_units, 0);
}

#[test]
fn s7_a_refused_tab_gives_up_the_seat_it_had() {
    let mut world = World::new();
    let ann = sign_in(&mut world, "ann");
    sign_in(&mut world, "bob");
    world.rejoin(ann);
    world.settle();
    assert_eq!(
        world.hub.status_of(world.pages[ann].port.unwrap(), 1),
        None,
        "nothing of it is left"
    );
}

#[test]
fn s7_a_thousand_principals_are_remembered_without_a_stream() {
    let mut world = World::new();
    let tab = world.page();
    let join = |world: &mut World, n: usize| {
        let s = world.connect_to(tab, &format!("http://a.test/{n}"), of("ann"));
        world.post(tab, Message::Detach { s });
        world.settle();
        s
    };
    let oldest = join(&mut world, 0);
    let next = join(&mut world, 1);
    for n in 2..=1_000 {
        join(&mut world, n);
    }
    // The last of them is forgotten as soon as anybody joins.
    world.connect_to(tab, "http://b.test/", RawOptions::default());
    // What came later is newer than these; nobody knows any more that the first was another's.
    for (s, n) in [(oldest, 0), (next, 1)] {
        let url = format!("http://a.test/{n}");
        let late = world.pages[tab].join(&url, of("bob"), false);
        world.pages[tab].stream_mut(late).term = world.pages[tab].streams[&s].term.map(|term| term - 1);
        let attach = world.pages[tab].attach(late, true);
        world.post(tab, attach);
        world.settle();
        assert_eq!(world.pages[tab].streams[&late].ended.is_some(), n == 1, "{url}");
    }
}
