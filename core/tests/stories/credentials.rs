//! T-6: `url` and `headers` as functions of the page.

use tabmux_core::message::{Credentials, Message};
use tabmux_core::options::RawOptions;

use crate::common::page::Functions;
use crate::common::server::Answer;
use crate::common::{HOME, ORIGIN, World};

fn options(url: bool, headers: bool) -> RawOptions {
    RawOptions {
        jitter: Some(false),
        key: Some("events".into()),
        principal: Some("ann".into()),
        asks: Some(f64::from(u8::from(url) + 2 * u8::from(headers))),
        ..RawOptions::default()
    }
}

fn url(token: &str) -> Functions {
    Functions::Give(Credentials {
        url: Some(format!("{HOME}?token={token}")),
        headers: None,
    })
}

fn bearer(token: &str) -> Functions {
    Functions::Give(Credentials {
        url: None,
        headers: Some(format!("Authorization,Bearer {token}")),
    })
}

/// A page that answers with `functions`.
fn join(world: &mut World, functions: Functions, options: RawOptions) -> usize {
    let tab = world.page();
    world.pages[tab].functions = functions;
    world.connect_to(tab, &format!("{ORIGIN}/"), options);
    world.subscribe(tab, "a");
    tab
}

fn hide(world: &mut World, tab: usize) {
    world.pages[tab].visible = false;
    world.post(tab, Message::Visible(false));
    world.settle();
}

#[test]
fn t6_one_tab_is_asked_before_every_connection() {
    let mut world = World::new();
    let tab = join(&mut world, url("t1"), options(true, false));
    join(&mut world, url("other"), options(true, false));
    assert_eq!(world.asked, [(tab, false)], "one question for all tabs");
    assert_eq!(world.last_url(), format!("{HOME}?token=t1"));
    assert_eq!(world.pages[0].streams[&1].place, HOME, "told without its query");
    assert_eq!(world.pages[1].streams[&1].place, HOME);
    world.say("a", "1", "one");
    world.pages[tab].functions = url("t2");
    world.cut(true);
    assert!(world.sources.is_empty(), "a spent token is not sent again");
    world.emit("a", Some("2"), "two");
    world.advance(1_000);
    assert_eq!(world.last_url(), format!("{HOME}?token=t2&lastEventId=1"));
    assert_eq!(world.asked.len(), 2);
    assert_eq!(world.heard(tab), ["one", "two"]);
}

#[test]
fn t6_headers_go_with_every_fetch() {
    let mut world = World::new();
    let tab = world.page();
    world.pages[tab].functions = bearer("h1");
    world.connect_to(tab, HOME, options(false, true));
    world.subscribe(tab, "a");
    assert_eq!(&*world.source().request.headers, "Authorization,Bearer h1");
}

#[test]
fn t6_a_refusal_is_answered_by_one_refresh_for_all_tabs() {
    let mut world = World::new();
    world.server.tokens = Some(vec!["new".into()]);
    let tab = world.page();
    world.pages[tab].functions = bearer("old");
    world.connect_to(tab, HOME, options(false, true));
    world.subscribe(tab, "a");
    assert_eq!(world.asked, [(tab, false), (tab, true)]);
    assert_eq!(world.last_status(tab), "closed/refused!");
    assert_eq!(world.errors(tab), ["AUTH"]);
    world.advance(3_600_000);
    assert_eq!(world.opens.len(), 2);

    world.pages[tab].functions = bearer("new");
    world.post(tab, Message::Reconnect { s: 1 });
    world.settle();
    assert_eq!(world.last_status(tab), "open/opened");
    // Much later the token is of no use again, and the refresh helps.
    world.server.tokens = Some(vec!["newer".into()]);
    world.advance(60_000);
    world.cut(false);
    world.pages[tab].functions = bearer("newer");
    world.advance(1_000);
    assert_eq!(world.status(tab).name(), "open");
}

#[test]
fn t6_visible_tabs_come_first_then_all_others_at_once() {
    let mut world = World::new();
    let hidden = join(&mut world, Functions::Mute, options(true, false));
    hide(&mut world, hidden);
    let visible = join(&mut world, Functions::Mute, options(true, false));
    let other = join(&mut world, Functions::Mute, options(true, false));
    let late = join(&mut world, url("x"), options(true, false));
    hide(&mut world, late);
    world.asked.clear();
    world.advance(4_999);
    assert_eq!(world.asked, []);
    world.advance(1);
    assert_eq!(world.asked, [(visible, false)], "5 s each");
    world.advance(5_000);
    assert_eq!(world.asked.len(), 2);
    assert_eq!(world.asked[1].0, other);
    assert!(world.opens.is_empty());
    world.advance(5_000);
    assert_eq!(world.asked[2..], [(late, false)], "the first was asked already");
    assert_eq!(world.last_url(), format!("{HOME}?token=x"));
    assert_eq!(world.status(visible).name(), "open");
}

#[test]
fn t6_a_tab_that_goes_or_whose_function_throws_passes_the_question_on() {
    let mut world = World::new();
    let first = join(&mut world, Functions::Mute, options(true, false));
    let thrower = join(&mut world, Functions::Throw, options(true, false));
    let giver = join(&mut world, url("x"), options(true, false));
    world.asked.clear();
    world.crash(first);
    assert_eq!(world.asked, [(thrower, false), (giver, false)]);
    assert_eq!(world.status(giver).name(), "open");
}

#[test]
fn t6_no_answer_is_told_and_asked_for_again() {
    let mut world = World::new();
    let tab = join(&mut world, Functions::Mute, options(true, false));
    world.advance(5_000);
    assert_eq!(world.last_status(tab), "reconnecting/credentials");
    assert_eq!(world.errors(tab), ["CREDENTIALS_TIMEOUT"]);
    assert!(world.opens.is_empty());
    world.advance(120_000);
    let asked = world.asked.len();
    assert!((3..12).contains(&asked), "{asked}");
    world.pages[tab].functions = url("x");
    world.advance(35_000);
    assert_eq!(world.status(tab).name(), "open");
}

#[test]
fn t6_a_late_answer_counts_while_nobody_else_has_answered() {
    let mut world = World::new();
    let tab = join(&mut world, Functions::Mute, options(true, false));
    join(&mut world, Functions::Mute, options(true, false));
    world.advance(6_000);
    let Functions::Give(answer) = url("late") else {
        unreachable!()
    };
    let answer = |request| Message::Answer {
        s: 1,
        request,
        answer: Some(answer.clone()),
    };
    world.post(tab, answer(7));
    world.settle();
    assert!(world.opens.is_empty(), "to another question");
    world.post(tab, answer(1));
    world.settle();
    assert_eq!(world.last_url(), format!("{HOME}?token=late"));
    world.post(tab, answer(1));
    world.settle();
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn t6_an_answer_that_is_none_is_not_taken() {
    for given in [
        Credentials::default(),
        Credentials {
            url: Some("ftp://a.test/".into()),
            headers: None,
        },
        Credentials {
            url: Some(HOME.into()),
            headers: Some(String::new()),
        },
    ] {
        let mut world = World::new();
        let tab = join(&mut world, Functions::Give(given), options(true, false));
        assert!(world.opens.is_empty());
        assert_eq!(world.errors(tab), ["CREDENTIALS_TIMEOUT"]);
    }
}

#[test]
fn t6_the_question_dies_with_the_need_for_it() {
    let mut world = World::new();
    let tab = join(&mut world, Functions::Mute, options(true, false));
    world.unsubscribe(tab, 1);
    world.advance(3_600_000);
    assert!(world.errors(tab).is_empty());
    assert_eq!(world.asked.len(), 1);
    assert_eq!(world.status(tab).name(), "idle");
}

#[test]
fn t6_reconnecting_while_asking_asks_anew() {
    let mut world = World::new();
    let tab = join(&mut world, Functions::Mute, options(true, false));
    world.pages[tab].functions = url("x");
    world.post(tab, Message::Reconnect { s: 1 });
    world.settle();
    assert_eq!(world.status(tab).name(), "open");
    assert_eq!(world.opens.len(), 1);
}

#[test]
fn t6_a_refused_event_source_gets_a_token_for_each_attempt_and_a_fetch_too() {
    let mut world = World::new();
    world.server.answer = Answer::Refuse;
    let tab = join(&mut world, url("x"), options(true, false));
    assert_eq!(world.asked.len(), 2, "the EventSource, then the fetch");
    world.advance(1_000);
    assert_eq!((world.asked.len(), world.opens.len()), (3, 3));
    assert_eq!(world.errors(tab), ["HTTP_STATUS", "HTTP_STATUS"]);
}

#[test]
fn t6_static_headers_are_those_of_the_tab_that_came_last() {
    let given = |token: &str| RawOptions {
        principal: Some("ann".into()),
        headers: Some(format!("Authorization,{token}")),
        ..RawOptions::default()
    };
    let mut world = World::new();
    let first = world.page();
    world.connect_to(first, HOME, given("old"));
    world.subscribe(first, "a");
    let second = world.page();
    world.connect_to(second, HOME, given("new"));
    world.cut(false);
    world.advance(1_000);
    assert_eq!(&*world.source().request.headers, "Authorization,new");
    assert!(world.errors(second).is_empty());
    let replies = format!(
        "{:?} {:?}",
        world.pages[first].replies, world.pages[second].replies
    );
    assert!(
        !replies.contains("old") && !replies.contains("\"new\""),
        "in no reply"
    );
}

#[test]
fn t6_a_token_is_in_nothing_that_a_tab_is_told() {
    let mut world = World::new();
    world.server.tokens = Some(Vec::new());
    let tab = join(&mut world, url("s3cret"), options(true, true));
    world.pages[tab].functions = Functions::Give(Credentials {
        url: Some(format!("{HOME}?token=s3cret")),
        headers: Some("Authorization,s3cret".into()),
    });
    world.advance(60_000);
    world.stats(tab);
    let stream = &world.pages[tab].streams[&1];
    let told = format!(
        "{:?} {:?} {:?}",
        world.pages[tab].replies, stream.errors, stream.statuses
    );
    assert!(told.contains("AUTH") || told.contains("Auth"), "{told}");
    assert!(!told.contains("s3cret"));
}

#[test]
fn t6_a_tab_that_comes_in_the_place_of_one_that_went_is_asked_too() {
    let mut world = World::new();
    let first = join(&mut world, Functions::Mute, options(true, false));
    let hidden = join(&mut world, Functions::Mute, options(true, false));
    hide(&mut world, hidden);
    world.leave(first);
    let new = join(&mut world, url("x"), options(true, false));
    world.advance(5_000);
    assert_eq!(world.last_url(), format!("{HOME}?token=x"));
    assert_eq!(world.status(new).name(), "open");
    assert_eq!(world.errors(new), Vec::<&str>::new());
}
