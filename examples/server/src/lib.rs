//! The demo server of tabmux: a machine's live data over server-sent events, on HTTP/1.1 alone.
//!
//! [`streams`] is the part to lift into a server of your own. The rest is this demo: what it sends (`metrics`,
//! `alerts`, `jobs`, `log_layer`, `api`) and how it keeps strangers out (`guard`, `limits`, `users`, `serve`).

pub mod alerts;
pub mod answers;
pub mod api;
pub mod app;
pub mod cli;
pub mod guard;
pub mod jobs;
pub mod limits;
pub mod log_layer;
pub mod metrics;
pub mod pages;
pub mod serve;
pub mod streams;
pub mod tokens;
pub mod users;
