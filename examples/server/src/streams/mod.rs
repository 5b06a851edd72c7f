//! Server-sent events for many tabs: named channels, one user's tabs, or everyone; resumable and bounded.
//!
//! The module knows nothing of the demo around it. To lift it into a server of your own take this folder and
//! `bytes`, `form_urlencoded`, `futures-core`, `getrandom`, `serde_json`, `tokio` (`sync`, `time`), `axum` (for
//! [`response`] alone). Then:
//!
//! ```no_run
//! # use tabmux_demo_server::streams::{Event, Member, Opening, Options, Streams, response};
//! # async fn example(headers: axum::http::HeaderMap, uri: axum::http::Uri) {
//! let streams = Streams::new(Options::default());
//! tokio::spawn(streams.clone().run()); // departures and counts
//!
//! // In the handler of GET /events:
//! let member = Member { id: "u17".into(), name: "Ada".into() };
//! let opening = Opening::from_request(member, &headers, &uri);
//! let answer = response(streams.open(opening));
//!
//! // Anywhere else:
//! streams.to_everyone(Event::new("notice", "Back in five minutes"));
//! streams.to_channel("metrics", Event::new("metrics", r#"{"cpu":12}"#));
//! streams.to_user("u17", Event::new("mail", "two lines\nare two data lines"));
//! # }
//! ```
//!
//! # Who gets what
//!
//! An [`Event`] has a name: the `event:` field, tabmux's channel. Who receives it is a second question, the
//! [`Audience`]: everyone; those connections that asked for a channel (`?channels=a,b`; without it, all
//! channels); or all connections of one user. With topics (`?topic=a&topic=b`) a connection gets, of what it
//! would get anyhow, the events with one of these names. The same test decides live delivery and replay, so a
//! resume never shows a stranger's events. An id is good with any topics: there is one sequence for all events.
//!
//! # What is promised
//!
//! - Ids are `boot-sequence`, for example `m4x2kq-17`: one sequence for all channels, and a boot prefix drawn
//!   anew by each process, so that an id of an earlier run is recognised and never taken for one of this run.
//! - An event is numbered, logged and queued under one lock; a connection takes its backlog and its place among
//!   the live ones under the same lock. So there is neither hole nor repeat between replay and live events.
//! - A resume whose id is no longer in the log, or was never given out, starts with the event `lost` *without an
//!   id*: the browser's own last event id does not move until a real event moves it. Everything that is still
//!   held follows.
//! - Memory is bounded: the log by count and bytes, each connection's queue likewise. A client that reads too
//!   slowly is cut off; it reconnects with its last id and takes the rest from the log. Nobody waits for it.
//! - A comment is sent whenever a connection has been silent for the heartbeat's period, so that proxies do not
//!   close it and a dead peer is noticed.

mod broker;
mod connection;
mod event;
mod http;
mod id;
mod log;
mod queue;

pub use broker::{Counts, Names, Options, Refused, Streams, UserCount};
pub use connection::Connection;
pub use event::{Audience, Event};
pub use http::{Channels, Member, Opening, Since, response};
pub use id::Boot;
pub use log::LogCounts;
