//! The whole application as one router: what `main` serves and what the tests drive.

use std::{path::PathBuf, sync::Arc, time::Instant};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};

use crate::{
    api::{self, Demo},
    guard::{self, Hosts},
    jobs::{Jobs, Root},
    limits::Limits,
    pages,
    streams::Streams,
    tokens::Tokens,
    users,
};

/// What the router is made of.
pub struct Parts {
    pub streams: Streams,
    pub limits: Limits,
    pub hosts: Hosts,
    pub pages: PathBuf,
    pub package: PathBuf,
    pub roots: Vec<Root>,
}

pub fn router(parts: Parts) -> Router {
    let Parts {
        streams,
        limits,
        hosts,
        pages,
        package,
        roots,
    } = parts;
    let jobs = Jobs::new(streams.clone(), roots);
    let demo = Demo {
        streams,
        jobs,
        limits: Arc::new(limits),
        tokens: Arc::new(Tokens::default()),
        started: Instant::now(),
    };
    // A layer wraps those above it: the last one sees a request first.
    Router::new()
        .merge(api::routes(demo).layer(from_fn(guard::same_origin)))
        .merge(pages::routes(&pages, package))
        .layer(from_fn(users::identify))
        .layer(from_fn(guard::in_time))
        .layer(from_fn_with_state(hosts, guard::known_host))
        .layer(from_fn(guard::headers))
        .layer(from_fn(guard::logged))
}

/// The directories that may be hashed in a checkout at `repository`: its sources first, then what is built and
/// installed there, which is more to do.
pub fn roots(repository: &std::path::Path) -> Vec<Root> {
    let root = |name, below: &str, without| Root {
        name,
        path: repository.join(below),
        without,
    };
    vec![
        root("sources", ".", &["target", "node_modules", "pkg", "dist"]),
        root("node_modules", "node_modules", &[]),
        root("target", "target", &[]),
    ]
}
