//! D-10: `resume.persist`. D-9: whoever slept through the end of a session learns of it from the storage.

use tabmux_core::message::{Message, Reply};
use tabmux_core::options::RawOptions;

use crate::common::storage::Mood;
use crate::common::{URL, World};

fn options() -> RawOptions {
    RawOptions {
        persist: Some(true),
        ..RawOptions::default()
    }
}

fn listener(world: &mut World) -> usize {
    listener_with(world, options())
}

fn listener_with(world: &mut World, options: RawOptions) -> usize {
    let at = world.page();
    world.connect_to(at, URL, options);
    world.subscribe(at, "a");
    at
}

/// All tabs are closed, and with the last one the worker.
fn close_all(world: &mut World) {
    for at in 0..world.pages.len() {
        if !world.pages[at].dead {
            world.leave(at);
        }
    }
    world.worker_dies();
}

#[test]
fn d10_a_new_tab_goes_on_where_all_tabs_had_been() {
    let mut world = World::new();
    let tab = listener(&mut world);
    world.say("a", "1", "1");
    world.say("a", "2", "2");
    world.advance(1_000);
    close_all(&mut world);
    world.emit("a", Some("3"), "3");
    world.advance(60_000);
    let new = listener(&mut world);
    assert_eq!(world.heard(tab), ["1", "2"]);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=2");
    assert_eq!(world.heard(new), ["3"]);
    assert_eq!(world.gaps(new), []);
    assert!(world.statuses(new).contains(&"open/opened/unknown".to_owned()));
}

#[test]
fn d10_what_one_tab_has_not_acknowledged_is_not_passed_over() {
    let mut world = World::new();
    let quick = listener(&mut world);
    let slow = listener(&mut world);
    world.say("a", "1", "1");
    world.advance(1_000);
    world.pages[slow].holds_acks = true;
    world.say("a", "2", "2");
    world.advance(5_000);
    assert_eq!(world.heard(quick), ["1", "2"]);
    assert_eq!(world.storage.ids(), ["1"]);
    world.release_acks(slow);
    world.advance(1_000);
    assert_eq!(world.storage.ids(), ["2"]);
}

#[test]
fn d10_a_tab_that_sleeps_or_hears_nothing_is_not_waited_for() {
    let mut world = World::new();
    let tab = listener(&mut world);
    let parked = listener(&mut world);
    let idle = world.page();
    world.connect_to(idle, URL, options());
    world.pages[idle].holds_acks = true;
    world.park(parked);
    world.say("a", "1", "1");
    world.advance(1_000);
    assert_eq!(world.heard(tab), ["1"]);
    assert_eq!(world.storage.ids(), ["1"]);
}

#[test]
fn d10_what_came_while_nobody_was_there_was_had_by_nobody() {
    let mut world = World::new();
    let tab = listener(&mut world);
    world.say("a", "1", "1");
    world.advance(1_000);
    world.leave(tab);
    // Within the grace: the connection is open still.
    world.say("a", "2", "2");
    world.advance(2_000);
    assert_eq!(world.storage.ids(), ["1"]);
    // The next page joins the same connection, with its subscription at once.
    let new = world.page();
    let s = world.pages[new].join(URL, options(), false);
    world.pages[new].stream_mut(s).subscribe("a", 0);
    let attach = world.pages[new].attach(s, false);
    world.post(new, attach);
    world.settle();
    world.say("a", "3", "3");
    assert_eq!(world.heard(new), ["2", "3"]);
    assert_eq!((world.opens.len(), world.gaps(new)), (1, vec![]));
}

#[test]
fn d10_an_id_is_written_once_a_second_at_most_and_a_second_late_at_most() {
    let mut world = World::new();
    listener(&mut world);
    let writes = world.storage.writes;
    for n in 0..1_000 {
        world.say("a", &n.to_string(), "x");
        world.advance(10);
        let kept = world.storage.ids().last().map_or(0, |id| id.parse().unwrap());
        assert!(n < 101 || kept + 101 >= n, "{kept} at {n}");
    }
    assert!(
        world.storage.writes - writes <= 21,
        "{}",
        world.storage.writes - writes
    );
}

#[test]
fn d10_an_id_is_as_old_as_the_last_tab() {
    let mut world = World::new();
    let tab = listener(&mut world);
    world.say("a", "1", "1");
    // Nothing new for longer than an id is kept.
    world.advance(3_600_000);
    close_all(&mut world);
    world.advance(200_000);
    listener(&mut world);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    assert_eq!(world.heard(tab), ["1"]);
}

#[test]
fn d10_an_id_beyond_its_age_is_not_presented() {
    let mut world = World::new();
    let young = RawOptions {
        persist: Some(true),
        max_age: Some(10_000.0),
        ..RawOptions::default()
    };
    listener_with(&mut world, young.clone());
    world.say("a", "1", "1");
    world.advance(1_000);
    close_all(&mut world);
    world.advance(10_001);
    let new = listener_with(&mut world, young);
    assert_eq!(world.last_url(), URL);
    assert_eq!(world.errors(new), Vec::<&str>::new());
}

#[test]
fn d10_nothing_crosses_to_another_principal_or_url() {
    let mut world = World::new();
    let of = |principal: Option<&str>| RawOptions {
        principal: principal.map(ToOwned::to_owned),
        ..options()
    };
    listener_with(&mut world, of(Some("ann")));
    world.say("a", "1", "1");
    world.advance(1_000);
    close_all(&mut world);
    for other in [None, Some("bob"), Some("")] {
        listener_with(&mut world, of(other));
        assert_eq!(world.last_url(), URL, "{other:?}");
        close_all(&mut world);
    }
    let tab = world.page();
    world.connect_to(tab, "http://a.test/other", of(Some("ann")));
    world.subscribe(tab, "a");
    assert_eq!(world.last_url(), "http://a.test/other");
    close_all(&mut world);
    listener_with(&mut world, of(Some("ann")));
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
}

#[test]
fn d10_without_the_option_nothing_is_read_or_written() {
    let mut world = World::new();
    world.listener("a");
    world.say("a", "1", "1");
    world.advance(60_000);
    assert_eq!(world.storage.writes, 0);
    close_all(&mut world);
    world.listener("a");
    assert_eq!(world.last_url(), URL);
}

#[test]
fn d10_a_storage_that_fails_is_told_once_and_stops_nothing() {
    let mut world = World::new();
    world.storage.mood = Mood::Fails;
    let tab = listener(&mut world);
    for n in 1..5 {
        world.say("a", &n.to_string(), &n.to_string());
        world.advance(2_000);
    }
    assert_eq!(world.heard(tab), ["1", "2", "3", "4"]);
    assert_eq!(world.errors(tab), ["STORAGE"]);
}

#[test]
fn d10_a_storage_that_does_not_answer_is_waited_for_a_second() {
    let mut world = World::new();
    world.storage.mood = Mood::Hangs;
    let tab = listener(&mut world);
    world.advance(999);
    assert_eq!(world.opens.len(), 0);
    world.advance(1);
    assert_eq!(world.opens.len(), 1);
    world.say("a", "1", "1");
    assert_eq!(world.heard(tab), ["1"]);
    assert_eq!(world.errors(tab), ["STORAGE"]);
}

#[test]
fn d10_what_this_code_has_not_written_is_told_and_not_presented() {
    let mut world = World::new();
    listener(&mut world);
    world.say("a", "1", "1");
    world.advance(1_000);
    close_all(&mut world);
    for kept in world.storage.kept.values_mut() {
        kept.at = u64::MAX;
    }
    let tab = listener(&mut world);
    assert_eq!(world.last_url(), URL);
    assert_eq!(world.errors(tab), ["STORAGE"]);
}

#[test]
fn d10_the_tabs_of_a_dead_worker_know_better() {
    let mut world = World::new();
    let tab = listener(&mut world);
    world.say("a", "1", "1");
    world.advance(1_000);
    world.say("a", "2", "2");
    world.worker_dies();
    world.rejoin(tab);
    world.advance(1_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=2");
    assert_eq!(world.heard(tab), ["1", "2"]);
}

#[test]
fn d9_what_was_kept_is_forgotten_before_the_end_is_confirmed() {
    let mut world = World::new();
    let tab = listener(&mut world);
    world.say("a", "1", "1");
    world.advance(1_000);
    world.post(tab, Message::CloseEverywhere { request: 1 });
    world.drain();
    assert!(world.storage.ids().is_empty());
    world.settle();
    assert!(
        world.pages[tab]
            .replies
            .iter()
            .any(|reply| matches!(reply, tabmux_core::message::Reply::ClosedEverywhere { .. }))
    );
    close_all(&mut world);
    listener(&mut world);
    assert_eq!(world.last_url(), URL);
}

#[test]
fn d9_a_tab_that_slept_through_the_end_and_the_workers_death_does_not_join_again() {
    for parked in [false, true] {
        let mut world = World::new();
        let asking = world.listener("a");
        let asleep = world.listener("a");
        world.say("a", "1", "1");
        if parked {
            world.park(asleep);
        } else {
            world.freeze(asleep);
        }
        world.emit("a", Some("2"), "of the old session");
        world.post(asking, Message::CloseEverywhere { request: 1 });
        world.advance(2_000);
        world.leave(asking);
        world.worker_dies();
        let opens = world.opens.len();
        world.pages[asleep].frozen = false;
        world.unpark(asleep);
        world.advance(10_000);
        assert_eq!(
            world.pages[asleep].streams[&1].ended.as_deref(),
            Some("everywhere")
        );
        assert_eq!(world.heard(asleep), ["1"]);
        assert_eq!(world.opens.len(), opens, "nothing is opened for it");
    }
}

#[test]
fn d9_a_slow_storage_ends_whoever_slept_as_soon_as_it_answers() {
    let mut world = World::new();
    let asking = world.listener("a");
    let asleep = world.listener("a");
    world.say("a", "1", "1");
    world.freeze(asleep);
    world.post(asking, Message::CloseEverywhere { request: 1 });
    world.advance(2_000);
    world.leave(asking);
    world.worker_dies();
    // Somebody has signed in, and the stream is open again.
    let new = world.listener("a");
    world.say("a", "2", "2");
    world.storage.mood = Mood::Hangs;
    world.pages[asleep].frozen = false;
    world.rejoin(asleep);
    world.advance(1_000);
    assert_eq!(world.pages[asleep].streams[&1].ended, None);
    world.storage.mood = Mood::Works;
    world.storage.load(0, world.wall + world.now);
    world.settle();
    assert_eq!(
        world.pages[asleep].streams[&1].ended.as_deref(),
        Some("everywhere")
    );
    world.say("a", "3", "3");
    assert_eq!(world.heard(new), ["2", "3"]);
    assert!(!world.heard(asleep).contains(&"3"));
}

#[test]
fn d9_no_pong_before_the_storage_has_told_which_sessions_have_ended() {
    for mood in [Mood::Works, Mood::Hangs] {
        let mut world = World::new();
        let asking = world.listener("a");
        let asleep = world.listener("a");
        world.say("a", "1", "1");
        world.freeze(asleep);
        world.post(asking, Message::CloseEverywhere { request: 1 });
        world.advance(2_000);
        world.leave(asking);
        world.worker_dies();
        world.pages[asleep].frozen = false;
        world.storage.mood = Mood::Hangs;
        world.rejoin(asleep);
        world.post(asleep, Message::Ping);
        world.settle();
        let count = |world: &World, kind: fn(&Reply) -> bool| {
            world.pages[asleep]
                .replies
                .iter()
                .filter(|&reply| kind(reply))
                .count()
        };
        let pongs = |world: &World| count(world, |reply| matches!(reply, Reply::Pong));
        assert_eq!(pongs(&world), 0);
        if mood == Mood::Works {
            world.storage.mood = mood;
            world.storage.load(0, world.wall + world.now);
            world.settle();
            let last_two = world.pages[asleep].replies.iter().rev().take(2);
            assert!(matches!(
                last_two.collect::<Vec<_>>()[..],
                [Reply::Pong, Reply::Ended { .. }]
            ));
        }
        world.advance(1_000);
        assert_eq!(pongs(&world), 1, "a storage that hangs is waited for a second");
        world.post(asleep, Message::Ping);
        world.settle();
        assert_eq!(pongs(&world), 2);
    }
}

#[test]
fn d9_who_signed_in_again_is_not_ended_by_the_session_before() {
    let mut world = World::new();
    let first = world.listener("a");
    world.post(first, Message::CloseEverywhere { request: 1 });
    world.settle();
    let again = world.listener("a");
    world.say("a", "1", "1");
    world.worker_dies();
    world.rejoin(again);
    world.advance(1_000);
    world.say("a", "2", "2");
    assert_eq!(world.heard(again), ["1", "2"]);
    assert_eq!(world.pages[again].streams[&1].ended, None);
}

#[test]
fn d10_what_rests_is_kept_again_when_it_goes_on() {
    let mut world = World::new();
    let tab = listener_with(
        &mut world,
        RawOptions {
            hidden_timeout: Some(400.0),
            ..options()
        },
    );
    world.say("a", "1", "1");
    world.advance(1_000);
    world.post(tab, Message::Visible(false));
    world.advance(300);
    // The next look falls into the rest.
    world.say("a", "2", "2");
    world.advance(10_000);
    assert_eq!(world.last_status(tab), "idle/hidden");
    world.post(tab, Message::Visible(true));
    world.settle();
    world.say("a", "3", "3");
    world.advance(1_000);
    assert_eq!(world.storage.ids(), ["3"]);
}

#[test]
fn d10_the_answer_to_what_was_written_is_none_to_what_was_asked() {
    let mut world = World::new();
    let of = |principal: &str| RawOptions {
        principal: Some(principal.to_owned()),
        ..options()
    };
    listener_with(&mut world, of("ann"));
    world.say("a", "1", "1");
    world.advance(1_000);
    let key = *world.storage.kept.keys().next().expect("the id is kept");
    // The storage is slow: the next id is on its way to it while another signs in, and the first one again.
    world.say("a", "2", "2");
    world.advance(1_000);
    listener_with(&mut world, of("bob"));
    world.advance(1_000);
    world.storage.mood = Mood::Hangs;
    let again = listener_with(&mut world, of("ann"));
    let opens = world.opens.len();
    let now = world.time();
    let quota = "QuotaExceededError".to_owned();
    for failure in [None, Some(quota)] {
        world.hub.handle_written(key, failure, now);
        world.settle();
    }
    assert_eq!(world.opens.len(), opens, "it is still asked where to go on");
    world.storage.mood = Mood::Works;
    world.storage.load(key, world.wall + world.now);
    world.settle();
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=2");
    assert_eq!(world.errors(again), ["STORAGE"]);
}

#[test]
fn d10_the_answer_goes_to_the_stream_that_lives() {
    let mut world = World::new();
    let of = |principal: &str| RawOptions {
        principal: Some(principal.to_owned()),
        ..options()
    };
    listener_with(&mut world, of("ann"));
    world.say("a", "1", "1");
    world.advance(1_000);
    // The first page stays, with what has ended.
    listener_with(&mut world, of("bob"));
    let again = listener_with(&mut world, of("ann"));
    world.advance(2_000);
    assert_eq!(world.last_url(), "http://a.test/events?lastEventId=1");
    assert_eq!(world.errors(again), Vec::<&str>::new());
}
