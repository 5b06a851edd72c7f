//! A raw HTTP/1.1 client for event streams: it sees comments, ids and chunk ends, which a real one hides.

// Each test file uses a part of it.
#![allow(dead_code)]

pub mod server;

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long anything may take before a test fails. No test waits that long when all is well.
pub const LIMIT: Duration = Duration::from_secs(10);

pub struct Client {
    socket: TcpStream,
    pub head: String,
    wire: Vec<u8>,
    text: String,
}

impl Client {
    /// Sends the request and reads the response's head. `target` is the path with its query.
    pub async fn get(address: SocketAddr, target: &str, headers: &[(&str, &str)]) -> Client {
        let request = format!("GET {target} HTTP/1.1\r\n{}\r\n", lines(address, headers));
        Client::send(address, &request).await
    }

    pub async fn send(address: SocketAddr, request: &str) -> Client {
        let mut socket = TcpStream::connect(address).await.expect("the server listens");
        socket
            .write_all(request.as_bytes())
            .await
            .expect("the request goes out");
        let mut client = Client {
            socket,
            head: String::new(),
            wire: Vec::new(),
            text: String::new(),
        };
        while client.head.is_empty() {
            assert!(client.read().await, "a response has a head");
            if let Some(end) = find(&client.wire, b"\r\n\r\n") {
                client.head = String::from_utf8(client.wire.drain(..end + 4).collect())
                    .unwrap()
                    .to_lowercase();
            }
        }
        if client.head.contains("transfer-encoding: chunked") {
            client.unchunk();
        } else if let Some(length) = client.length() {
            while client.wire.len() < length {
                assert!(client.read().await, "the body is whole");
            }
        }
        client
    }

    fn length(&self) -> Option<usize> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
    }

    /// The body of an ordinary response.
    pub fn rest(&self) -> &str {
        str::from_utf8(&self.wire).expect("the body is text")
    }

    /// The next block of the stream, without its blank line: an event, a comment or a `retry:`; `None` at the end.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                return Some(block);
            }
            if !self.read().await {
                return None;
            }
            self.unchunk();
        }
    }

    /// The next block that is an event.
    pub async fn event(&mut self) -> Option<Received> {
        loop {
            let block = self.block().await?;
            if let Some(event) = Received::parse(&block) {
                return Some(event);
            }
        }
    }

    /// The next event with this name.
    pub async fn named(&mut self, name: &str) -> Received {
        loop {
            let event = self.event().await.expect("the stream goes on");
            if event.name == name {
                return event;
            }
        }
    }

    /// False at the end of the stream, be it the last chunk or a closed socket.
    async fn read(&mut self) -> bool {
        if self.wire.starts_with(b"0\r\n") {
            return false;
        }
        let read = timeout(LIMIT, self.socket.read_buf(&mut self.wire))
            .await
            .expect("the server answers in time");
        read.is_ok_and(|bytes| bytes > 0)
    }

    /// Moves whole chunks of the body into the text.
    fn unchunk(&mut self) {
        while let Some(line) = find(&self.wire, b"\r\n") {
            let size =
                usize::from_str_radix(str::from_utf8(&self.wire[..line]).unwrap(), 16).expect("a chunk size");
            let end = line + 2 + size;
            if size == 0 || self.wire.len() < end + 2 {
                return;
            }
            self.text.push_str(
                str::from_utf8(&self.wire[line + 2..end]).expect("whole events are whole characters"),
            );
            self.wire.drain(..end + 2);
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    pub id: Option<String>,
    pub name: String,
    pub data: String,
}

impl Received {
    fn parse(block: &str) -> Option<Received> {
        let mut event = Received {
            name: "message".into(),
            ..Received::default()
        };
        let mut data = Vec::new();
        for line in block.lines() {
            match line.split_once(": ").unwrap_or((line, "")) {
                ("id", id) => event.id = Some(id.into()),
                ("event", name) => event.name = name.into(),
                ("data", line) => data.push(line),
                _ => {}
            }
        }
        event.data = data.join("\n");
        (!data.is_empty()).then_some(event)
    }
}

/// Waits until something holds, which a background task brings about.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LIMIT, wait)
        .await
        .unwrap_or_else(|_| panic!("in time: {what}"));
}

fn lines(address: SocketAddr, headers: &[(&str, &str)]) -> String {
    let mut lines = String::new();
    if !headers.iter().any(|(name, _)| *name == "Host") {
        lines = format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        lines.push_str(&format!("{name}: {value}\r\n"));
    }
    lines
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
