//! The whole server over real TCP: what a stranger's browser gets, and what a visitor's does.

mod support;

use std::{path::Path, time::Duration};

use tabmux_demo_server::{
    limits::{Limits, RateLimit},
    streams::Options,
};
use tokio::time::timeout;

use support::{
    Client, LIMIT,
    server::{ADA, BOB, package, start, start_with, status},
    until,
};

#[tokio::test]
async fn only_known_hosts_are_served() {
    let server = start().await;
    for (host, expected) in [
        ("box.lan", 200),
        ("localhost:1", 200),
        ("evil.example", 421),
        ("127.0.0.1.nip.io", 421),
    ] {
        for target in ["/", "/api/server", "/tabmux/worker.js"] {
            assert_eq!(
                status(&server.get(target, &[("Host", host)]).await),
                expected,
                "{host}{target}"
            );
        }
    }
}

#[tokio::test]
async fn every_response_has_the_policy_above_all_the_workers() {
    let server = start().await;
    for target in [
        "/",
        "/tabmux/worker.js",
        "/tabmux/hub.wasm",
        "/tabmux/fetch.wasm",
        "/api/server",
        "/events",
        "/not-there",
    ] {
        let head = server.get(target, &[]).await.head;
        assert!(head.contains("content-security-policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"), "{target}: {head}");
        assert!(
            head.contains("x-content-type-options: nosniff"),
            "{target}: {head}"
        );
        assert!(!head.contains("access-control-"), "{target}: {head}");
    }
}

#[tokio::test]
async fn the_package_has_its_types() {
    let server = start().await;
    let types = [
        ("index.js", "text/javascript"),
        ("worker.js", "text/javascript"),
        ("hub.wasm", "application/wasm"),
        ("fetch.wasm", "application/wasm"),
    ];
    for (file, expected) in types {
        let head = server.get(&format!("/tabmux/{file}"), &[]).await.head;
        assert!(head.contains(&format!("content-type: {expected}\r\n")), "{head}");
    }
}

#[tokio::test]
async fn nothing_outside_the_directories_is_served() {
    let server = start().await;
    for target in [
        "/tabmux/../Cargo.toml",
        "/tabmux/%2e%2e/%2e%2e/Cargo.toml",
        "/..%2fserver%2fCargo.toml",
        "/%2fetc%2fpasswd",
    ] {
        let got = status(&server.get(target, &[]).await);
        assert!((400..500).contains(&got), "{target}: {got}");
    }
}

#[tokio::test]
async fn without_the_package_a_page_says_how_to_build_it() {
    let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nowhere");
    let server = start_with(Limits::default(), Options::default(), nowhere).await;
    let page = server.get("/", &[]).await;
    assert_eq!(status(&page), 503);
    assert!(page.rest().contains("npm run build"));
    assert_eq!(
        status(&server.get("/css/theme.css", &[]).await),
        200,
        "the page may be styled"
    );
}

#[tokio::test]
async fn a_visitor_gets_a_cookie_that_scripts_and_other_sites_do_not() {
    let server = start().await;
    let head = server.get("/", &[]).await.head;
    let cookie = head
        .lines()
        .find(|line| line.starts_with("set-cookie: demo_user="))
        .expect("a cookie");
    assert!(
        cookie.contains("; httponly") && cookie.contains("; samesite=lax") && cookie.contains("; path=/")
    );
    assert!(
        !server
            .get("/", &[("Cookie", ADA)])
            .await
            .head
            .contains("set-cookie"),
        "one is enough"
    );
    assert!(
        !server
            .get("/api/server", &[("Cookie", ADA)])
            .await
            .rest()
            .contains("0123456789abcdef0123")
    );
}

#[tokio::test]
async fn a_foreign_page_can_neither_post_nor_hold_a_stream_open() {
    let server = start().await;
    let own = format!("http://{}", server.address);
    let json = ("Content-Type", "application/json");
    let cases: [(&[(&str, &str)], u16); 8] = [
        (&[json, ("Origin", &own)], 200),
        (&[json, ("Sec-Fetch-Site", "same-origin")], 200),
        (&[json], 403),
        (&[json, ("Origin", "http://evil.example")], 403),
        (&[json, ("Origin", "null")], 403),
        (
            &[
                json,
                ("Origin", "http://evil.example"),
                ("Sec-Fetch-Site", "same-origin"),
            ],
            403,
        ),
        (&[json, ("Sec-Fetch-Site", "same-site")], 403),
        // The types that a foreign form can send without asking first.
        (&[("Content-Type", "text/plain"), ("Origin", &own)], 415),
    ];
    for (headers, expected) in cases {
        assert_eq!(
            status(&server.send_post("/api/chat", headers, r#"{"text":"x"}"#).await),
            expected,
            "{headers:?}"
        );
    }
    for headers in [
        [("Origin", "http://evil.example")],
        [("Sec-Fetch-Site", "cross-site")],
    ] {
        assert_eq!(status(&server.get("/events", &headers).await), 403, "{headers:?}");
    }
    assert_eq!(server.streams.counts().opened, 0);
}

#[tokio::test]
async fn a_preflight_is_not_granted() {
    let server = start().await;
    let request = format!(
        "OPTIONS /api/chat HTTP/1.1\r\nHost: {}\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        server.address
    );
    let answer = Client::send(server.address, &request).await;
    assert!(
        status(&answer) >= 400 && !answer.head.contains("access-control-"),
        "{}",
        answer.head
    );
}

#[tokio::test]
async fn bad_bodies_are_refused() {
    let server = start().await;
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(501));
    let huge = format!(r#"{{"text":"{}"}}"#, "x".repeat(9000));
    for (body, expected) in [
        ("", 400),
        ("[]", 422),
        (r#"{"text":""}"#, 422),
        (&long, 422),
        (&huge, 413),
    ] {
        assert_eq!(
            status(&server.post("/api/chat", ADA, body).await),
            expected,
            "{body:.20}"
        );
    }
    assert_eq!(
        status(
            &server
                .post("/api/job", ADA, r#"{"root":"/etc","pace":"full"}"#)
                .await
        ),
        422
    );
    assert_eq!(
        status(
            &server
                .post("/api/job", ADA, r#"{"root":"own","pace":"full","path":"/etc"}"#)
                .await
        ),
        422
    );
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_return() {
    let slow = || RateLimit::new(1, Duration::from_secs(60));
    let limits = Limits {
        opens: slow(),
        posts: slow(),
        jobs: slow(),
    };
    let server = start_with(limits, Options::default(), package()).await;
    let post = async |target, body| server.post(target, ADA, body).await;
    let text = r#"{"text":"x"}"#;
    assert_eq!(status(&post("/api/chat", text).await), 200);
    let refused = post("/api/chat", text).await;
    assert!(
        status(&refused) == 429 && refused.head.contains("retry-after: 60\r\n"),
        "{}",
        refused.head
    );
    assert_eq!(
        status(&server.post("/api/notify", BOB, text).await),
        429,
        "a fresh cookie is no fresh client"
    );

    assert_eq!(status(&server.events(ADA).await), 200);
    assert_eq!(status(&server.events(ADA).await), 429);
    let job = r#"{"root":"fixture","pace":"full"}"#;
    assert_eq!(status(&post("/api/job", job).await), 202);
    assert_eq!(status(&post("/api/job", job).await), 429);
}

#[tokio::test]
async fn chat_reaches_everyone_and_a_notification_all_tabs_of_one_user() {
    let server = start().await;
    let mut tabs = [server.events(ADA).await, server.events(ADA).await];
    let mut other = server.events(BOB).await;
    until("three are connected", || server.streams.counts().connections == 3).await;

    assert_eq!(
        status(&server.post("/api/notify", ADA, r#"{"text":"mine"}"#).await),
        200
    );
    assert_eq!(
        status(&server.post("/api/chat", BOB, r#"{"text":"two\nlines"}"#).await),
        200
    );
    for tab in &mut tabs {
        assert!(tab.named("notification").await.data.contains(r#""text":"mine""#));
        assert!(tab.named("chat").await.data.contains(r#""text":"two\nlines""#));
    }
    loop {
        let event = other.event().await.unwrap();
        assert_ne!(event.name, "notification", "what is Ada's is not Bob's");
        if event.name == "chat" {
            break;
        }
    }
}

#[tokio::test]
async fn a_job_tells_its_owner_of_its_progress() {
    let server = start().await;
    let mut ada = server.events(ADA).await;
    let mut bob = server.events(BOB).await;
    assert_eq!(
        status(
            &server
                .post("/api/job", ADA, r#"{"root":"fixture","pace":"full"}"#)
                .await
        ),
        202
    );
    let states: Vec<_> = [
        ada.named("job").await,
        ada.named("job").await,
        ada.named("job").await,
    ]
    .into_iter()
    .map(|event| serde_json::from_str::<serde_json::Value>(&event.data).unwrap())
    .collect();
    assert_eq!(states[0]["state"], "listing");
    assert_eq!(states[1]["state"], "running");
    assert_eq!(
        (&states[2]["state"], &states[2]["files"]),
        (&"done".into(), &4.into())
    );
    server.post("/api/chat", ADA, r#"{"text":"end"}"#).await;
    loop {
        let event = bob.event().await.unwrap();
        assert_ne!(event.name, "job");
        if event.name == "chat" {
            break;
        }
    }
}

#[tokio::test]
async fn a_visitor_has_one_job_and_can_cancel_it() {
    let server = start().await;
    let mut ada = server.events(ADA).await;
    let job = r#"{"root":"own","pace":"gentle"}"#;
    assert_eq!(status(&server.post("/api/job", ADA, job).await), 202);
    assert_eq!(status(&server.post("/api/job", ADA, job).await), 409);
    assert!(
        server
            .post("/api/job/cancel", BOB, "{}")
            .await
            .rest()
            .contains("false"),
        "not Bob's to cancel"
    );
    assert!(
        server
            .post("/api/job/cancel", ADA, "{}")
            .await
            .rest()
            .contains("true")
    );
    while !ada.named("job").await.data.contains(r#""state":"cancelled""#) {}
    assert_eq!(
        status(&server.post("/api/job", ADA, job).await),
        202,
        "and then start another"
    );
    server.post("/api/job/cancel", ADA, "{}").await;
}

#[tokio::test]
async fn the_server_tells_its_own_counts() {
    let server = start().await;
    let _tabs = [
        server.events(ADA).await,
        server.events(ADA).await,
        server.events(BOB).await,
    ];
    let answer = server.get("/api/server", &[("Cookie", ADA)]).await;
    let counts: serde_json::Value = serde_json::from_str(answer.rest()).unwrap();
    assert_eq!(
        (&counts["connections"], &counts["opened"]),
        (&3.into(), &3.into())
    );
    assert_eq!(
        (&counts["you"]["connections"], &counts["usersTotal"]),
        (&2.into(), &2.into())
    );
    assert_eq!(counts["roots"], serde_json::json!(["fixture", "own"]));
}

#[tokio::test]
async fn it_speaks_no_newer_http() {
    let server = start().await;
    let upgrade = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABk"),
    ];
    let head = server.get("/css/theme.css", &upgrade).await.head;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
}

#[tokio::test]
async fn it_stops_although_streams_are_open() {
    let server = start().await;
    let mut tab = server.events(ADA).await;
    tab.named("joined").await;
    server.stop.send(()).unwrap();
    assert_eq!(tab.event().await, None);
    timeout(LIMIT, server.ended)
        .await
        .expect("it ends in time")
        .unwrap();
}

#[tokio::test]
async fn a_stream_takes_a_cookie_a_token_or_a_one_time_token() {
    let server = start().await;
    let issue = async |once: bool| {
        let body = format!("{{\"once\":{once}}}");
        let answer = server.post("/api/token", ADA, &body).await;
        let answer: serde_json::Value = serde_json::from_str(answer.rest()).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    };
    let connect = async |token: &str, cookie: &str| {
        let target = format!("/events?token={token}");
        status(&server.get(&target, &[("Cookie", cookie)]).await)
    };
    // The first way, a cookie, is what every other test here does.
    let lasting = issue(false).await;
    assert_eq!(connect(&lasting, BOB).await, 200);
    assert_eq!(connect(&lasting, BOB).await, 200);
    assert_eq!(
        server.streams.counts().users.len(),
        1,
        "it is Ada's, whatever the cookie says"
    );
    let once = issue(true).await;
    assert_ne!(once, lasting);
    assert_eq!(connect(&once, BOB).await, 200);
    assert_eq!(connect(&once, ADA).await, 401);
    assert_eq!(connect("", ADA).await, 401, "no cookie stands in for a bad token");
    assert_eq!(status(&server.post("/api/token", ADA, "{}").await), 422);
}

#[tokio::test]
async fn an_answer_comes_word_by_word_ends_and_is_not_given_again() {
    let server = start().await;
    let prompt = r#"{"prompt":"How many connections does a browser open?"}"#;
    let mut stream = server.post("/api/answer", ADA, prompt).await;
    assert_eq!(status(&stream), 200);
    let mut data = Vec::new();
    while let Some(event) = timeout(LIMIT, stream.event()).await.expect("in time") {
        data.push(event.data);
    }
    assert_eq!(data.last().map(String::as_str), Some("[DONE]"));
    assert!(
        data.len() > 5 && data[0].starts_with(r#"{"choices":[{"delta":{"content":""#),
        "{data:?}"
    );
    let own = format!("http://{}", server.address);
    let again = async |id: String| {
        let headers = [
            ("Content-Type", "application/json"),
            ("Origin", own.as_str()),
            ("Last-Event-ID", id.as_str()),
        ];
        status(&server.send_post("/api/answer", &headers, prompt).await)
    };
    assert_eq!(again("2".into()).await, 200, "from the middle it goes on");
    assert_eq!(
        again((data.len() - 1).to_string()).await,
        204,
        "behind the end there is nothing"
    );
}
