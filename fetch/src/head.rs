//! What the hub wants to know of the answer.

use tabmux_core::sse::decimal;
use tabmux_core::word;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::tell::{Tell, saturated};

#[wasm_bindgen]
extern "C" {
    pub type Headers;

    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;

    #[wasm_bindgen(js_namespace = Date, js_name = parse)]
    fn parse_date(text: &str) -> f64;

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn now() -> f64;
}

pub(crate) fn tell(tell: &Tell, status: u16, headers: &Headers) {
    let header = |name| headers.get(name);
    let is_event_stream = header("content-type").is_some_and(|kind| is_event_stream(kind.as_bytes()));
    tell.say(
        word::HEAD,
        u32::from(status) + if is_event_stream { word::EVENT_STREAM } else { 0 },
        &header("last-event-id").into(),
        &header("retry-after").and_then(|text| retry_after(&text)).into(),
    );
}

/// Whatever its parameters. There is no white space around it: `Headers` takes that off.
fn is_event_stream(kind: &[u8]) -> bool {
    const NAME: &[u8] = b"text/event-stream";
    kind.get(..NAME.len())
        .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        && matches!(kind.get(NAME.len()), None | Some(b';' | b' ' | b'\t'))
}

/// Seconds, or a date: milliseconds from now on.
fn retry_after(text: &str) -> Option<u32> {
    if let Some(seconds) = decimal(text.as_bytes()) {
        return Some(saturated(seconds.saturating_mul(1_000)));
    }
    let date = parse_date(text);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and what is past is none"
    )]
    (!date.is_nan()).then(|| (date - now()) as u32)
}
