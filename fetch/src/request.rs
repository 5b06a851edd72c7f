//! What the hub asks for as `fetch` takes it. Values pass through as they are.

use js_sys::{Array, Object};
use tabmux_core::sse::Limits;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn from_entries(entries: &Array) -> Object;
}

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

pub(crate) fn init(request: &Array, signal: &JsValue) -> Object {
    let headers = Array::new();
    headers.push(&pair("accept", &"text/event-stream".into()));
    // In lower case, as the page's `Headers` has made them: the application's own takes the place of that one.
    for line in request.get(HEADERS).as_string().unwrap_or_default().split('\n') {
        if let Some((name, value)) = line.split_once(',') {
            headers.push(&pair(name, &value.into()));
        }
    }
    let id = request.get(LAST_EVENT_ID);
    if id.is_string() {
        headers.push(&pair("last-event-id", &id));
    }
    let body = request.get(BODY);
    let mut method = request.get(METHOD);
    if method.is_undefined() && body.is_string() {
        method = "POST".into();
    }
    object(&[
        ("cache", &"no-store".into()),
        ("credentials", &request.get(CREDENTIALS)),
        ("headers", &from_entries(&headers)),
        ("signal", signal),
        // Undefined is as good as absent.
        ("method", &method),
        ("body", &body),
    ])
}

pub(crate) fn object(fields: &[(&str, &JsValue)]) -> Object {
    let entries = Array::new();
    for (name, value) in fields {
        entries.push(&pair(name, value));
    }
    from_entries(&entries)
}

fn pair(name: &str, value: &JsValue) -> JsValue {
    Array::of2(&name.into(), value).into()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number of the hub's"
)]
fn whole(value: &JsValue) -> usize {
    value.as_f64().unwrap_or_default() as usize
}
