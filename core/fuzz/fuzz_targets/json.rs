//! No bytes make the finder panic, and of valid JSON it finds what a parser finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tabmux_core::json::string_field;

fuzz_target!(|json: &[u8]| {
    let found = string_field(json, "a").map(String::from);
    if let Ok(value) = serde_json::from_slice::<Value>(json) {
        let parsed = value
            .as_object()
            .and_then(|fields| fields.get("a"))
            .and_then(Value::as_str);
        assert_eq!(found.as_deref(), parsed);
    }
});
