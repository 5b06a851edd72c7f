//! J-1: channels that the JSON of unnamed events names, on both transports.

use tabmux_core::options::RawOptions;

use crate::common::{HOME, World};

fn options(transport: &str) -> RawOptions {
    RawOptions {
        transport: Some(transport.into()),
        channel_json: Some("type".into()),
        limit_event: Some(100.0),
        ..RawOptions::default()
    }
}

fn each_transport(story: impl Fn(World)) {
    for transport in ["eventsource", "fetch"] {
        let mut world = World::new();
        let tab = world.page();
        world.connect_to(tab, HOME, options(transport));
        story(world);
    }
}

const ORDER: &str = r#"{"n":1,"type":"order"}"#;
const CHAT: &str = r#"{"type":"chat","of":{"type":"order"}}"#;

#[test]
fn j1_an_unnamed_event_goes_to_the_channel_that_its_json_names() {
    each_transport(|mut world| {
        let order = world.subscribe(0, "order");
        let chat = world.subscribe(0, "chat");
        let message = world.subscribe(0, "message");
        world.say("message", "1", ORDER);
        world.say("message", "2", CHAT);
        for (id, data) in [
            ("3", "text"),
            ("4", r#"{"type":7}"#),
            ("5", r#"{"type":""}"#),
            ("6", r#"{"type":"x"#),
        ] {
            world.say("message", id, data);
        }
        assert_eq!(world.got(0, order), [ORDER]);
        assert_eq!(world.got(0, chat), [CHAT]);
        assert_eq!(
            world.got(0, message).len(),
            4,
            "what names nothing stays where it was"
        );
        assert_eq!(world.stats(0).last_event_id, "6");
    });
}

#[test]
fn j1_an_event_with_a_name_keeps_it() {
    each_transport(|mut world| {
        let order = world.subscribe(0, "order");
        let chat = world.subscribe(0, "chat");
        world.say("chat", "1", ORDER);
        assert!(world.got(0, order).is_empty());
        assert_eq!(world.got(0, chat), [ORDER]);
    });
}

#[test]
fn j1_a_star_hears_them_all_by_their_names_and_past_ones_are_kept_by_them() {
    each_transport(|mut world| {
        let all = world.subscribe(0, "*");
        world.say("message", "1", ORDER);
        world.say("message", "2", CHAT);
        world.say("message", "3", "text");
        assert_eq!(world.got(0, all), [ORDER, CHAT, "text"]);
        let names: Vec<&str> = world.pages[0].streams[&1].subs[&all]
            .got
            .iter()
            .map(|got| &*got.channel)
            .collect();
        assert_eq!(names, ["order", "chat", "message"]);
        let late = world.subscribe_to(0, 1, "order", 5);
        assert_eq!(world.got(0, late), [ORDER]);
    });
}

#[test]
fn j1_what_is_too_large_to_say_whom_it_is_for_is_told_to_all() {
    each_transport(|mut world| {
        world.subscribe(0, "order");
        world.subscribe(0, "chat");
        world.say(
            "message",
            "1",
            &format!(r#"{{"type":"chat","x":"{}"}}"#, "x".repeat(100)),
        );
        assert_eq!(world.errors(0), ["EVENT_TOO_LARGE"]);
        let mut told: Vec<&str> = world.gaps(0).iter().map(|&(channel, ..)| channel).collect();
        told.sort_unstable();
        assert_eq!(told, ["chat", "order"]);
    });
}

#[test]
fn j1_the_rule_is_part_of_the_identity() {
    let mut world = World::new();
    let tab = world.page();
    let two = RawOptions {
        max_streams_per_origin: Some(2.0),
        ..options("eventsource")
    };
    world.connect_to(tab, HOME, two.clone());
    world.subscribe(tab, "order");
    let other = RawOptions {
        channel_json: Some("kind".into()),
        ..two
    };
    world.connect_to(tab, HOME, other);
    assert_eq!(world.stats(tab).streams, 2);
    assert!(world.errors(tab).is_empty());
}
