//! What the hub asks for as `fetch` takes it.

use js_sys::Array;
use serde::Serialize;
use tabmux_core::sse::Limits;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, RequestInit};

// Places in the request; the headers are a line each, name and value joined by a comma;
// that of the URL is for `js/fetch.ts` alone.
const CREDENTIALS: u32 = 1;
const METHOD: u32 = 2;
const BODY: u32 = 3;
const LAST_EVENT_ID: u32 = 4;
const MAX_LINE: u32 = 5;
const MAX_EVENT: u32 = 6;
const HEADERS: u32 = 7;

pub(crate) fn limits(request: &Array) -> Limits {
    Limits {
        line: whole(&request.get(MAX_LINE)),
        event: whole(&request.get(MAX_EVENT)),
    }
}

/// `RequestInit` of the Fetch standard. What is `None` is undefined there, which is as good as absent.
#[derive(Serialize)]
struct Init<'a> {
    cache: &'a str,
    credentials: Option<String>,
    headers: Vec<(&'a str, &'a str)>,
    method: Option<&'a str>,
    body: Option<&'a str>,
}

pub(crate) fn init(request: &Array, signal: &AbortSignal) -> RequestInit {
    let text = |place| request.get(place).as_string();
    let (lines, id, method, body) = (text(HEADERS), text(LAST_EVENT_ID), text(METHOD), text(BODY));
    let mut headers = vec![("accept", "text/event-stream")];
    for line in lines.as_deref().unwrap_or_default().split('\n') {
        if let Some((name, value)) = line.split_once(',') {
            // In lower case, as the page's `Headers` has made them: the application's own takes the place of that one.
            if name == headers[0].0 {
                headers[0].1 = value;
            } else {
                headers.push((name, value));
            }
        }
    }
    if let Some(id) = &id {
        headers.retain(|&(name, _)| name != "last-event-id");
        headers.push(("last-event-id", id));
    }
    let init = Init {
        cache: "no-store",
        credentials: text(CREDENTIALS),
        headers,
        method: method.as_deref().or(body.as_ref().map(|_| "POST")),
        body: body.as_deref(),
    };
    // Texts alone, which are always taken.
    let init: RequestInit = serde_wasm_bindgen::to_value(&init)
        .unwrap_or_default()
        .unchecked_into();
    init.set_signal(Some(signal));
    init
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number of the hub's"
)]
fn whole(value: &JsValue) -> usize {
    value.as_f64().unwrap_or_default() as usize
}
