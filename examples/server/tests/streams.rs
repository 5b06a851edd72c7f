//! The streams module over real TCP.

mod support;

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, Uri},
    response::Response,
    routing::get,
};
use tabmux_demo_server::streams::{Boot, Event, Member, Opening, Options, Refused, Streams, response};
use tokio::net::TcpListener;

use support::{Client, until};

/// A server with nothing but streams; the user is named by the query.
async fn serve(options: Options) -> (Streams, SocketAddr) {
    #[derive(serde::Deserialize)]
    struct User {
        user: String,
    }
    async fn events(
        State(streams): State<Streams>,
        Query(User { user }): Query<User>,
        headers: HeaderMap,
        uri: Uri,
    ) -> Response {
        let member = Member {
            id: user.as_str().into(),
            name: user.to_uppercase().into(),
        };
        response(streams.open(Opening::from_request(member, &headers, &uri)))
    }
    let streams = Streams::new(options);
    let app = Router::new()
        .route("/events", get(events))
        .with_state(streams.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    (streams, address)
}

fn options() -> Options {
    Options {
        boot: Boot::named("boot"),
        ..Options::default()
    }
}

async fn open(address: SocketAddr, query: &str) -> Client {
    Client::get(address, &format!("/events?user={query}"), &[]).await
}

#[tokio::test]
async fn the_response_is_an_event_stream_that_nobody_stores_or_buffers() {
    let (_streams, address) = serve(options()).await;
    let mut client = open(address, "ada").await;
    assert!(client.head.starts_with("http/1.1 200 "), "{}", client.head);
    for header in [
        "content-type: text/event-stream\r\n",
        "cache-control: no-store\r\n",
        "x-accel-buffering: no\r\n",
    ] {
        assert!(client.head.contains(header), "{header} in {}", client.head);
    }
    assert_eq!(client.block().await.unwrap(), "retry: 2000");
}

#[tokio::test]
async fn each_audience_gets_its_events_in_one_order_of_ids() {
    let (streams, address) = serve(options()).await;
    let mut ada = open(address, "ada&channels=metrics").await;
    let mut ada_again = open(address, "ada").await;
    let mut bob = open(address, "bob&channels=chat").await;

    streams.to_channel("metrics", Event::new("metrics", "m"));
    streams.to_channel("chat", Event::new("chat", "c"));
    streams.to_user("ada", Event::new("mail", "for ada"));
    streams.to_everyone(Event::new("end", ""));

    let mut seen = Vec::new();
    for client in [&mut ada, &mut ada_again, &mut bob] {
        let mut names = Vec::new();
        loop {
            let event = client.event().await.unwrap();
            if event.name == "joined" {
                continue;
            }
            names.push(format!("{} {}", event.id.unwrap(), event.name));
            if event.name == "end" {
                break;
            }
        }
        seen.push(names.join(", "));
    }
    assert_eq!(seen[0], "boot-3 metrics, boot-5 mail, boot-6 end");
    assert_eq!(seen[1], "boot-3 metrics, boot-4 chat, boot-5 mail, boot-6 end");
    assert_eq!(seen[2], "boot-4 chat, boot-6 end");
}

#[tokio::test]
async fn several_lines_are_several_data_lines() {
    let (streams, address) = serve(options()).await;
    let mut client = open(address, "ada").await;
    client.named("joined").await;
    streams.to_everyone(Event::new("poem", "one\r\ntwo\n\nfour"));
    let block = client.block().await.unwrap();
    assert_eq!(
        block,
        "id: boot-2\nevent: poem\ndata: one\ndata: two\ndata: \ndata: four"
    );
}

#[tokio::test]
async fn a_user_joins_once_and_leaves_with_the_last_tab_after_the_grace() {
    let (streams, address) = serve(Options {
        grace: Duration::from_millis(30),
        ..options()
    })
    .await;
    tokio::spawn(streams.clone().run());
    let mut watcher = open(address, "watcher").await;
    assert!(watcher.named("joined").await.data.contains(r#""id":"watcher""#));

    let first = open(address, "ada").await;
    let second = open(address, "ada").await;
    let ada = r#""user":{"id":"ada","name":"ADA"}}"#;
    assert!(watcher.named("joined").await.data.ends_with(ada));
    until("three connections", || streams.counts().connections == 3).await;

    drop(first);
    until("two connections", || streams.counts().connections == 2).await;
    drop(second);
    // Ada's second tab made no second `joined`: the next one of either kind is the departure.
    let next = loop {
        let event = watcher.event().await.unwrap();
        if event.name == "joined" || event.name == "left" {
            break event;
        }
    };
    assert!(next.name == "left" && next.data.ends_with(ada), "{next:?}");
    let counts = streams.counts();
    assert_eq!((counts.connections, counts.opened, counts.users.len()), (1, 3, 1));
}

#[tokio::test]
async fn a_return_within_the_grace_is_no_departure() {
    let (streams, address) = serve(Options {
        grace: Duration::from_secs(3600),
        ..options()
    })
    .await;
    let mut watcher = open(address, "watcher").await;
    let tab = open(address, "ada").await;
    until("open", || streams.counts().connections == 2).await;
    drop(tab);
    until("gone", || streams.counts().connections == 1).await;
    streams.sweep(std::time::Instant::now());
    let _tab = open(address, "ada").await;
    until("back", || streams.counts().connections == 2).await;
    streams.to_everyone(Event::new("end", ""));
    let mut names = Vec::new();
    while names.last().is_none_or(|name| name != "end") {
        names.push(watcher.event().await.unwrap().name);
    }
    assert_eq!(names, ["joined", "joined", "presence", "end"]);
}

#[tokio::test]
async fn counts_are_announced() {
    let (streams, address) = serve(options()).await;
    tokio::spawn(streams.clone().run());
    let mut client = open(address, "ada").await;
    assert_eq!(
        client.named("presence").await.data,
        r#"{"connections":1,"opened":1,"users":1}"#
    );
}

#[tokio::test]
async fn a_resume_gives_what_came_after_the_id_by_header_or_query() {
    let (streams, address) = serve(options()).await;
    for number in 1..=4 {
        streams.to_everyone(Event::new("tick", number.to_string()));
    }
    streams.to_user("bob", Event::new("mail", "not for ada"));

    let by_header = Client::get(
        address,
        "/events?user=ada&lastEventId=boot-1",
        &[("Last-Event-ID", "boot-2")],
    )
    .await;
    let by_query = open(address, "ada&lastEventId=boot%2D2").await;
    for mut client in [by_header, by_query] {
        let mut ids = Vec::new();
        for _ in 0..2 {
            let event = client.event().await.unwrap();
            ids.push((event.id.unwrap(), event.data));
        }
        assert_eq!(
            ids,
            [("boot-3".into(), "3".into()), ("boot-4".into(), "4".to_owned())]
        );
        assert_eq!(
            client.event().await.unwrap().name,
            "joined",
            "and then what is new"
        );
    }
}

#[tokio::test]
async fn replay_and_live_events_join_without_hole_or_repeat() {
    let (streams, address) = serve(options()).await;
    let publisher = {
        let streams = streams.clone();
        tokio::spawn(async move {
            for number in 1..=2000_u32 {
                streams.to_channel("tick", Event::new("tick", number.to_string()));
                if number % 50 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let mut client = open(address, "ada&lastEventId=boot-0").await;
    let mut expected = 1;
    while expected <= 2000 {
        assert_eq!(client.named("tick").await.data, expected.to_string());
        expected += 1;
    }
    publisher.await.unwrap();
}

#[tokio::test]
async fn a_lost_id_is_told_first_without_an_id_and_the_rest_follows() {
    let (streams, address) = serve(Options {
        log_events: 3,
        ..options()
    })
    .await;
    for number in 1..=5 {
        streams.to_everyone(Event::new("tick", number.to_string()));
    }
    let cases = [
        ("boot-1", r#"{"reason":"evicted"}"#, "3"),
        ("earlier-5", r#"{"reason":"unknown"}"#, "4"),
        ("boot-999", r#"{"reason":"unknown"}"#, "5"),
        ("any%20text%0A%26more", r#"{"reason":"unknown"}"#, "joined"),
    ];
    for (index, (id, reason, first_held)) in cases.into_iter().enumerate() {
        // Each visitor's `joined` pushes one more event out of the log.
        let mut client = open(address, &format!("user{index}&lastEventId={id}")).await;
        let lost = client.event().await.unwrap();
        assert_eq!(
            (lost.id, &*lost.name, &*lost.data),
            (None, "lost", reason),
            "{id}"
        );
        let first = client.event().await.unwrap();
        assert!(
            first.data == first_held || first.name == first_held,
            "{id}: {first:?}"
        );
    }
}

#[tokio::test]
async fn an_id_that_is_still_held_is_not_lost() {
    let (streams, address) = serve(Options {
        log_events: 3,
        ..options()
    })
    .await;
    for number in 1..=5 {
        streams.to_everyone(Event::new("tick", number.to_string()));
    }
    // boot-2 itself was let go, but nothing after it was.
    let mut client = open(address, "ada&lastEventId=boot-2").await;
    assert_eq!(client.event().await.unwrap().data, "3");
}

#[tokio::test]
async fn the_name_of_lost_is_the_servers_choice() {
    let mut options = options();
    options.names.lost = "history_gone".into();
    let (_streams, address) = serve(options).await;
    let mut client = open(address, "ada&lastEventId=x").await;
    assert_eq!(client.event().await.unwrap().name, "history_gone");
}

#[tokio::test]
async fn a_newcomer_gets_the_recent_events_that_are_asked_for() {
    let (streams, address) = serve(options()).await;
    for number in 1..=3 {
        streams.to_everyone(Event::new("tick", number.to_string()));
        streams.to_user("bob", Event::new("mail", "not for ada"));
    }
    let mut client = open(address, "ada&recent=2").await;
    let ids = [
        client.event().await.unwrap().id.unwrap(),
        client.event().await.unwrap().id.unwrap(),
    ];
    assert_eq!(ids, ["boot-3", "boot-5"]);
    assert_eq!(client.event().await.unwrap().name, "joined");
}

#[tokio::test]
async fn with_topics_come_the_events_of_these_names_and_no_others() {
    let (streams, address) = serve(options()).await;
    let mut ada = open(address, "ada&topic=chat&topic=mail&topic=end").await;
    let mut bob = open(address, "bob&topic=mail&topic=end").await;
    let mut narrow = open(
        address,
        "carl&topic=chat&topic=metrics&topic=end&channels=metrics",
    )
    .await;

    streams.to_channel("metrics", Event::new("metrics", "m"));
    streams.to_channel("chat", Event::new("chat", "c"));
    streams.to_user("ada", Event::new("mail", "for ada"));
    streams.to_everyone(Event::new("notice", "n"));
    streams.to_everyone(Event::new("end", ""));

    // Nobody gets a `joined`, of which there were three.
    let expected = [
        "boot-5 chat, boot-6 mail, boot-8 end",
        "boot-8 end",
        "boot-4 metrics, boot-8 end",
    ];
    for (client, expected) in [&mut ada, &mut bob, &mut narrow].into_iter().zip(expected) {
        assert_eq!(until_end(client).await, expected);
    }
}

#[tokio::test]
async fn a_resume_gives_of_its_topics_what_came_after_an_id_got_with_others() {
    let (streams, address) = serve(options()).await;
    for name in ["metrics", "chat", "metrics", "notice"] {
        streams.to_channel(name, Event::new(name, ""));
        streams.to_user("bob", Event::new("mail", "not for ada"));
    }
    streams.to_user("ada", Event::new("mail", "for ada"));
    streams.to_everyone(Event::new("end", ""));

    let target = "/events?user=ada&topic=metrics&topic=mail&topic=end&lastEventId=boot-7";
    let mut by_header = Client::get(address, target, &[("Last-Event-ID", "boot-1")]).await;
    let mut by_query = open(
        address,
        "ada&lastEventId=boot-1&topic=metrics&topic=mail&topic=end",
    )
    .await;
    for client in [&mut by_header, &mut by_query] {
        assert_eq!(
            until_end(client).await,
            "boot-5 metrics, boot-9 mail, boot-10 end"
        );
    }

    let mut recent = open(address, "ada&topic=metrics&topic=end&recent=1").await;
    assert_eq!(until_end(&mut recent).await, "boot-5 metrics, boot-10 end");
}

#[tokio::test]
async fn what_was_let_go_of_other_topics_is_no_loss() {
    let (streams, address) = serve(Options {
        log_events: 3,
        ..options()
    })
    .await;
    streams.to_everyone(Event::new("chat", "1"));
    for number in 2..=9 {
        streams.to_everyone(Event::new("metrics", number.to_string()));
    }
    let mut silent = open(address, "ada&topic=chat&lastEventId=boot-1").await;
    let mut busy = open(address, "bob&topic=metrics&lastEventId=boot-2").await;
    streams.to_everyone(Event::new("chat", "hello"));
    assert_eq!(silent.event().await.unwrap().data, "hello");
    assert_eq!(&*busy.event().await.unwrap().name, "lost");
}

#[tokio::test]
async fn a_loss_is_told_whatever_the_topics_are() {
    let (streams, address) = serve(options()).await;
    streams.to_channel("chat", Event::new("chat", "c"));
    streams.to_channel("metrics", Event::new("metrics", "m"));
    let mut client = open(address, "ada&topic=metrics&lastEventId=earlier-1").await;
    let lost = client.event().await.unwrap();
    assert_eq!((lost.id, &*lost.name), (None, "lost"));
    assert_eq!(client.event().await.unwrap().name, "metrics");
}

#[tokio::test]
async fn a_second_connection_with_more_topics_takes_over_without_hole_or_repeat() {
    let (streams, address) = serve(options()).await;
    let publisher = {
        let streams = streams.clone();
        tokio::spawn(async move {
            for number in 1..=1000_u32 {
                for name in ["odd", "even", "unasked"] {
                    streams.to_channel(name, Event::new(name, number.to_string()));
                }
                if number % 20 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let mut first = open(address, "ada&topic=odd&lastEventId=boot-0").await;
    for number in 1..=300 {
        let event = first.event().await.unwrap();
        assert_eq!((&*event.name, event.data), ("odd", number.to_string()));
    }
    let last_id = first.event().await.unwrap().id.unwrap();
    let mut second = open(
        address,
        &format!("ada&topic=odd&topic=even&lastEventId={last_id}"),
    )
    .await;
    assert_eq!(
        second.event().await.unwrap().data,
        "301",
        "the even one of the same number"
    );
    for number in 302..=1000 {
        for name in ["odd", "even"] {
            let event = second.event().await.unwrap();
            assert_eq!((&*event.name, event.data), (name, number.to_string()));
        }
    }
    publisher.await.unwrap();
}

/// What comes until an event `end`, as "id name, id name".
async fn until_end(client: &mut Client) -> String {
    let mut seen = Vec::new();
    loop {
        let event = client.event().await.unwrap();
        let is_end = event.name == "end";
        seen.push(format!("{} {}", event.id.unwrap(), event.name));
        if is_end {
            return seen.join(", ");
        }
    }
}

#[tokio::test]
async fn a_silent_connection_carries_heartbeats() {
    let (_streams, address) = serve(Options {
        heartbeat: Duration::from_millis(20),
        ..options()
    })
    .await;
    let mut client = open(address, "ada").await;
    client.named("joined").await;
    for _ in 0..2 {
        assert_eq!(client.block().await.unwrap(), ": heartbeat");
    }
}

#[tokio::test]
async fn a_slow_client_is_cut_off_and_resumes_by_id_without_loss() {
    let bounds = Options {
        queue_bytes: 64 << 10,
        log_bytes: usize::MAX,
        log_events: usize::MAX,
        ..options()
    };
    let (streams, address) = serve(bounds).await;
    let mut slow = open(address, "ada").await;
    let mut bob = open(address, "bob&channels=none").await;
    slow.named("joined").await;
    until("both are listed", || streams.counts().connections == 2).await;

    // It does not read: first the kernel's buffers fill, then its queue.
    let mut published = 0_u32;
    while streams.counts().cut_off == 0 {
        published += 1;
        assert!(published < 20_000, "a client that does not read is cut off");
        streams.to_channel(
            "bulk",
            Event::new("bulk", format!("{published} {}", "x".repeat(4000))),
        );
        tokio::task::yield_now().await;
    }
    assert_eq!(streams.counts().connections, 1, "it is off the list at once");
    streams.to_everyone(Event::new("still", ""));
    bob.named("still").await;

    // What reached it is a beginning without a hole; the log has the rest.
    let mut last_id = String::new();
    let mut received = 0;
    while let Some(event) = slow.event().await {
        if event.name == "bulk" {
            received += 1;
            assert!(event.data.starts_with(&format!("{received} ")));
        }
        last_id = event.id.expect("every event here has an id");
    }
    assert!(received < published);
    let mut again = Client::get(address, "/events?user=ada", &[("Last-Event-ID", &last_id)]).await;
    while received < published {
        let event = again.event().await.unwrap();
        assert_ne!(event.name, "lost");
        if event.name == "bulk" {
            received += 1;
            assert!(event.data.starts_with(&format!("{received} ")));
        }
    }
}

#[tokio::test]
async fn connections_have_an_upper_bound_in_all_and_per_user() {
    let (streams, address) = serve(Options {
        max_connections: 3,
        max_connections_per_user: 2,
        ..options()
    })
    .await;
    let _first = open(address, "ada").await;
    let _second = open(address, "ada").await;
    let third = open(address, "ada").await;
    assert!(
        third.head.starts_with("http/1.1 429 ") && third.head.contains("retry-after: "),
        "{}",
        third.head
    );
    let _bob = open(address, "bob").await;
    let carl = open(address, "carl").await;
    assert!(
        carl.head.starts_with("http/1.1 503 ") && carl.head.contains("retry-after: "),
        "{}",
        carl.head
    );
    assert_eq!(streams.counts().opened, 3);
}

#[tokio::test]
async fn closing_ends_every_stream_and_refuses_new_ones() {
    let (streams, address) = serve(options()).await;
    let mut client = open(address, "ada").await;
    client.named("joined").await;
    streams.close();
    assert_eq!(client.event().await, None);
    let member = Member {
        id: "bob".into(),
        name: "Bob".into(),
    };
    let opening = Opening::from_request(member, &HeaderMap::new(), &Uri::from_static("/events"));
    assert!(matches!(streams.open(opening), Err(Refused::Closed)));
}
