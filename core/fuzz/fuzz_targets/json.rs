//! No bytes make the finder panic, and of valid JSON it finds what a parser finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tabmux_core::json::string_field;

fuzz_target!(|json: &str| {
    let found = string_field(json, "a");
    if let Ok(value) = serde_json::from_str::<Value>(json) {
        let parsed = value
            .as_object()
            .and_then(|fields| fields.get("a"))
            .and_then(Value::as_str);
        assert_eq!(found.as_deref(), parsed);
    }
});
