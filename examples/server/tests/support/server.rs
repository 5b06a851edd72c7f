//! The whole server, started for a test on a port of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tabmux_demo_server::{
    app::{Parts, router},
    guard::Hosts,
    jobs::Root,
    limits::Limits,
    serve::serve,
    streams::{Options, Streams},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::Client;

pub const ADA: &str = "demo_user=0123456789abcdef0123456789abcdef";
pub const BOB: &str = "demo_user=fedcba9876543210fedcba9876543210";

pub struct Server {
    pub address: SocketAddr,
    pub streams: Streams,
    pub stop: oneshot::Sender<()>,
    pub ended: JoinHandle<()>,
}

pub async fn start() -> Server {
    start_with(Limits::default(), Options::default(), package()).await
}

pub async fn start_with(limits: Limits, options: Options, package: PathBuf) -> Server {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let streams = Streams::new(options);
    let app = router(Parts {
        streams: streams.clone(),
        limits,
        hosts: Hosts::new(["box.lan".to_owned()]),
        pages: here.join("../demo"),
        package,
        roots: vec![
            Root {
                name: "fixture",
                path: here.join("tests/files"),
                without: &[],
            },
            Root {
                name: "own",
                path: here.to_owned(),
                without: &["target"],
            },
        ],
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let closing = streams.clone();
    let stopped = async move {
        let _ = stopped.await;
        closing.close();
    };
    let ended = tokio::spawn(serve(vec![listener], app, stopped));
    Server {
        address,
        streams,
        stop,
        ended,
    }
}

/// A directory with the names of a built package. What is in the files does not matter here.
pub fn package() -> PathBuf {
    // Once, and not by each test: a file that is written anew is empty for a moment, and others are reading it.
    static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| {
        let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package");
        fs::create_dir_all(&package).unwrap();
        for file in ["index.js", "worker.js", "hub.wasm", "fetch.wasm"].map(|name| package.join(name)) {
            if fs::read(&file).ok().as_deref() != Some(b"x") {
                fs::write(file, "x").unwrap();
            }
        }
        package
    });
    PACKAGE.clone()
}

impl Server {
    pub async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Client {
        Client::get(self.address, target, headers).await
    }

    pub async fn events(&self, cookie: &str) -> Client {
        self.get("/events", &[("Cookie", cookie)]).await
    }

    /// A POST as the server's own page sends it.
    pub async fn post(&self, target: &str, cookie: &str, body: &str) -> Client {
        let origin = format!("http://{}", self.address);
        let headers = [
            ("Origin", &*origin),
            ("Content-Type", "application/json"),
            ("Cookie", cookie),
        ];
        self.send_post(target, &headers, body).await
    }

    pub async fn send_post(&self, target: &str, headers: &[(&str, &str)], body: &str) -> Client {
        let mut request = format!("POST {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        let client = Client::send(self.address, &request).await;
        assert!(
            !client.head.contains("access-control-"),
            "no answer speaks CORS: {}",
            client.head
        );
        client
    }
}

pub fn status(client: &Client) -> u16 {
    client.head.split(' ').nth(1).unwrap().parse().unwrap()
}
