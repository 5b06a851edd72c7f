//! A panic is a broken invariant: every page is told, and the worker ends itself (`js/worker.ts`).

use std::panic::PanicHookInfo;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Defined by the worker's script before the hub starts.
    #[wasm_bindgen(js_name = tabmuxDied, catch)]
    fn tabmux_died(detail: &str) -> Result<(), wasm_bindgen::JsValue>;
}

pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        // Where it fails (no such function in tests) the trap that follows is all there is to see.
        drop(tabmux_died(&place(info)));
    }));
}

/// File and line alone: a panic's message could quote a payload.
fn place(info: &PanicHookInfo<'_>) -> String {
    let mut text = String::new();
    if let Some(location) = info.location() {
        text.push_str(location.file());
        text.push(':');
        text.push_str(itoa(location.line(), &mut [0; 10]));
    }
    text
}

fn itoa(mut value: u32, buffer: &mut [u8; 10]) -> &str {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        if value == 0 {
            return std::str::from_utf8(&buffer[at..]).unwrap_or("");
        }
    }
}
