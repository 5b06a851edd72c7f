//! The decisions of tabmux, as a state machine without I/O.
//!
//! # The contract
//! A [`Hub`] is told what happened by its `handle_*` methods, each with the time, and never calls back. After every
//! input, drain [`Hub::poll_output`] until it gives [`Output::Timeout`]; then wait for the next input or for that time,
//! whichever is first, and at that time call [`Hub::handle_timeout`].
//!
//! ```
//! use std::rc::Rc;
//! use tabmux_core::{Airs, Config, Hub, Output, Time};
//!
//! let mut hub: Hub<Rc<str>> = Hub::new(Config {
//!     epoch: 1,
//!     generation: 0,
//!     seed: 7,
//!     origin: "http://localhost".into(),
//!     joins: false,
//!     airs: Airs { tabs: 6, units: 16 << 10 },
//! });
//! hub.handle_online(Time(0));
//! assert_eq!(hub.poll_output(), Output::Timeout(None));
//! ```
//!
//! Time must not run backwards. Bad input is answered with an error value and changes nothing; a panic is a bug.
//! Nothing here reads a clock, draws a random number, or knows a browser: `clippy.toml` forbids it.
//!
//! # Where things are
//! [`hub`] holds the tabs, the streams and the claims on them. A `Stream` is one connection: `upstream` is its table
//! of states, `channel` its channels, `seat` a tab's place on it, `queue` that tab's self-clocked, bounded queue,
//! `run` what several tabs are sent in one piece, `replay` the rings for late subscribers, `seam` the
//! removal of repeats after a resume.
//!
//! # By itself
//! [`sse`] is a parser of `text/event-stream` for any program, and [`json`] finds one field of a document without parsing it:
//! neither knows the hub.

pub mod backoff;
mod channel;
pub mod error;
pub mod event;
pub mod hub;
pub mod json;
pub mod list;
mod log;
mod looks;
pub mod message;
mod names;
pub mod options;
pub mod payload;
pub mod queue;
mod random;
mod replay;
pub mod request;
mod run;
pub mod seam;
pub mod seat;
pub mod sse;
pub mod stats;
pub mod stream;
mod table;
mod text;
pub mod time;
pub mod timer;
pub mod upstream;
pub mod url;
pub mod word;

pub use error::{Code, WireError};
pub use event::{ChannelIndex, GapCause};
pub use hub::{Config, ConnectionId, Hub, Output, PortId, StreamId};
#[cfg(debug_assertions)]
#[doc(hidden)]
pub use looks::looked;
pub use payload::Payload;
pub use request::{Request, Response, Via};
pub use stream::{Airs, BatchSink, Header};
pub use text::decimal;
pub use time::{Millis, Time};
pub use upstream::{Status, StatusUpdate};
