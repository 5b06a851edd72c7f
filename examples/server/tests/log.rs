//! What the log shows to every visitor. Alone in its file, for a process has one log.

mod support;

use tabmux_demo_server::log_layer::LogLayer;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

use support::server::{ADA, start};

#[tokio::test]
async fn the_log_tells_no_query_and_no_path_of_a_strangers_making() {
    let server = start().await;
    tracing_subscriber::registry()
        .with(LogLayer::new(server.streams.clone()))
        .init();
    let mut ada = server.events(ADA).await;
    for target in [
        "/?token=secret",
        "/secret.html",
        "/api/secret",
        "/api/server?token=secret",
        "/tabs.html?token=secret",
    ] {
        server.get(target, &[("Cookie", ADA)]).await;
    }
    server.get("/secret", &[("Host", "evil.example")]).await;
    server.post("/api/chat", ADA, r#"{"text":"secret"}"#).await;

    let mut lines = Vec::new();
    while lines
        .last()
        .is_none_or(|line: &String| !line.contains("chat message"))
    {
        lines.push(ada.named("log").await.data);
    }
    assert!(
        lines.iter().any(|line| line.contains("GET /tabs.html 200")),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .all(|line| !line.contains("secret") && !line.contains("0123456789abcdef")),
        "{lines:?}"
    );
}
