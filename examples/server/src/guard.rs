//! What keeps a stranger's page away from a server that listens on the visitor's own machine.

use std::{collections::HashSet, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The names this server answers to.
///
/// A page of a stranger can make its own name point at 127.0.0.1 (DNS rebinding) and is then same-origin with
/// whatever listens there. It can't make the browser send another name than its own in `Host`.
#[derive(Clone, Debug)]
pub struct Hosts(HashSet<String>);

impl Hosts {
    pub fn new(more: impl IntoIterator<Item = String>) -> Hosts {
        let own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        Hosts(
            own.into_iter()
                .chain(more.into_iter().map(|name| name.to_ascii_lowercase()))
                .collect(),
        )
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return false;
        };
        let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else {
            return false;
        };
        !host.as_bytes().contains(&b'@') && self.0.contains(&authority.host().to_ascii_lowercase())
    }
}

/// Middleware: an unknown `Host` gets nothing.
pub async fn known_host(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if hosts.knows(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "this name is not served here; start the server with --host NAME",
    )
    .into_response()
}

/// Middleware: nothing but the server's own pages may use the API and the streams, and to change something a
/// request must say so.
///
/// No answer carries a CORS header, so a foreign page can read nothing and its preflight fails. That alone would
/// still let it *send* simple requests and hold connections open.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match origin(request.headers()) {
        Caller::Own => next.run(request).await,
        // A browser leaves `Origin` out of a same-origin GET, and one on plain http has no Sec-Fetch-Site either.
        Caller::Unknown if is_read => next.run(request).await,
        Caller::Unknown => Problem::new(
            StatusCode::FORBIDDEN,
            "Origin (or Sec-Fetch-Site: same-origin) is needed here",
        )
        .into_response(),
        Caller::Foreign => {
            Problem::new(StatusCode::FORBIDDEN, "only this server's own pages may ask this").into_response()
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Caller {
    Own,
    Foreign,
    Unknown,
}

fn origin(headers: &HeaderMap) -> Caller {
    let text = |name: HeaderName| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    if let Some(origin) = text(header::ORIGIN) {
        // Behind a proxy the scheme is the proxy's; name and port are what tells origins apart here.
        let authority = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        let own = authority.is_some() && authority == text(header::HOST);
        return if own { Caller::Own } else { Caller::Foreign };
    }
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin") => Caller::Own,
        // `none`: the visitor typed the address.
        Some("none") | None => Caller::Unknown,
        Some(_) => Caller::Foreign,
    }
}

/// Middleware: the headers of every response. The policy is needed on the worker's response too, for there it is
/// what governs the worker.
pub async fn headers(request: Request, next: Next) -> Response {
    const HEADERS: [(&str, &str); 6] = [
        (
            "content-security-policy",
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
        ),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        // Revalidated each time: after a new build no tab is left with an old worker.
        ("cache-control", "no-cache"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Middleware: logs what was asked for, without the query.
///
/// The log is shown to every visitor, so a path is told only if it is one of this server's own: what is not found may
/// be any text. The files that a page consists of are left out, and of the API what matters is told by its handlers.
pub async fn logged(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    let is_page = path == "/" || path.ends_with(".html");
    if status == StatusCode::MISDIRECTED_REQUEST {
        tracing::warn!("a request for another host was refused");
    } else if status == StatusCode::FORBIDDEN || status == StatusCode::TOO_MANY_REQUESTS {
        tracing::warn!("{method} {path} {}", status.as_u16());
    } else if is_page && status != StatusCode::NOT_FOUND && !status.is_server_error() {
        tracing::info!("{method} {path} {}", status.as_u16());
    }
    response
}

/// Middleware: an answer begins within ten seconds, so that nobody holds a handler by sending a body drop by drop.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(Duration::from_secs(10), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "the request took too long").into_response(),
    }
}

/// An error in the form that the pages show: `{"error": …}`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    what: &'static str,
    retry_after: Option<Duration>,
}

impl Problem {
    pub fn new(status: StatusCode, what: &'static str) -> Problem {
        Problem {
            status,
            what,
            retry_after: None,
        }
    }

    pub fn too_many(retry_after: Duration) -> Problem {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests; wait a little");
        Problem {
            retry_after: Some(retry_after),
            ..problem
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.what }))).into_response();
        if let Some(wait) = self.retry_after {
            // Whole seconds, rounded up: a client that is on time must not be early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_known_names_are_served() {
        let hosts = Hosts::new(["Box.Lan".to_owned()]);
        for host in [
            "localhost",
            "LOCALHOST:4173",
            "127.0.0.1:80",
            "[::1]:4173",
            "box.lan:4173",
        ] {
            assert!(hosts.knows(&headers(&[("host", host)])), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "user@localhost",
            "127.0.0.2",
            "localhost:x y",
        ] {
            assert!(!hosts.knows(&headers(&[("host", host)])), "{host}");
        }
        assert!(!hosts.knows(&HeaderMap::new()));
    }

    #[test]
    fn the_origin_is_compared_with_the_port() {
        let case = |origin| origin_of(&[("host", "localhost:4173"), ("origin", origin)]);
        assert_eq!(case("http://localhost:4173"), Caller::Own);
        for foreign in [
            "http://localhost",
            "http://localhost:4174",
            "http://evil.example",
            "null",
            "",
        ] {
            assert_eq!(case(foreign), Caller::Foreign, "{foreign}");
        }
    }

    #[test]
    fn without_an_origin_the_fetch_metadata_counts() {
        let case = |site| origin_of(&[("host", "localhost"), ("sec-fetch-site", site)]);
        assert_eq!(case("same-origin"), Caller::Own);
        assert_eq!(case("same-site"), Caller::Foreign);
        assert_eq!(case("cross-site"), Caller::Foreign);
        assert_eq!(case("none"), Caller::Unknown);
        assert_eq!(origin_of(&[("host", "localhost")]), Caller::Unknown);
        let both = [
            ("host", "localhost"),
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://evil.example"),
        ];
        assert_eq!(
            origin_of(&both),
            Caller::Foreign,
            "a foreign origin is not made good by anything"
        );
    }

    fn origin_of(lines: &[(&'static str, &str)]) -> Caller {
        origin(&headers(lines))
    }
}
