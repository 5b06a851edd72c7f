//! The pages, and the built package under `/tabmux/`.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{Html, IntoResponse, Response},
};
use tower::ServiceBuilder;
use tower_http::services::ServeDir;

pub fn routes(pages: &Path, package: PathBuf) -> Router {
    Router::new()
        .nest_service(
            "/tabmux",
            ServeDir::new(&package).append_index_html_on_directories(false),
        )
        .fallback_service(
            ServiceBuilder::new()
                .layer(from_fn(kept_for_a_minute))
                .service(ServeDir::new(pages)),
        )
        .layer(from_fn_with_state(package, built))
}

/// Middleware: the pages may come out of the browser's cache, without a connection. Otherwise the seventh plain tab,
/// for which there is none, would stay white and could not say what it is waiting for.
async fn kept_for_a_minute(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=60"),
        );
    }
    response
}

/// Middleware: in place of a page that could only fail, says how to build the package. Asked each time, so that
/// a build made meanwhile is found without a restart.
async fn built(State(package): State<PathBuf>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = path == "/" || path.ends_with(".html");
    if is_page && !package.join("index.js").is_file() {
        return (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response();
    }
    next.run(request).await
}

const NOT_BUILT: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tabmux: not built yet</title>
<link rel="stylesheet" href="/css/theme.css">
<main class="not-built">
<h1>The package is not built yet</h1>
<p>Run <code>npm run build</code> in the repository, then reload this page. (<code>npm run demo</code> does both.)</p>
</main>
</html>
"#;
