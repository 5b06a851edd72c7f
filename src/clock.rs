//! The worker's clocks.

use std::cell::Cell;

use tabmux_core::Time;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The wall clock at the last reading, and what the monotonic one said.
type Reading = (f64, u64);

thread_local! {
    static LAST: Cell<Reading> = const { Cell::new((0.0, 0)) };
}

/// Monotonic, in whole milliseconds since the worker began. Asked for with every event, and a clock that is fine and
/// guarded costs twenty times one that is not: it is read once for each millisecond of the wall clock.
pub(crate) fn now() -> Time {
    let wall = js_sys::Date::now();
    let (read_at, mut now) = LAST.get();
    if wall.to_bits() != read_at.to_bits() {
        now = to_u64(performance_now());
        LAST.set((wall, now));
    }
    Time(now)
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
