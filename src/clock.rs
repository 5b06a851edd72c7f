//! The worker's clocks.

use tabmux_core::Time;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Monotonic, in whole milliseconds since the worker began.
pub(crate) fn now() -> Time {
    Time(to_u64(performance_now()))
}

/// Milliseconds of the wall clock: the epoch of a hub.
pub(crate) fn wall() -> u64 {
    to_u64(js_sys::Date::now())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates; clocks are positive"
)]
pub(crate) fn to_u64(value: f64) -> u64 {
    value as u64
}
