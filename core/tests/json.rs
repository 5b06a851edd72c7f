//! The finder of JSON fields against `serde_json`, which keeps the last of equal names as `JSON.parse` does.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tabmux_core::json::string_field;

fn found(json: &str, field: &str) -> Option<String> {
    string_field(json, field)
}

/// What `JSON.parse(json)[field]` is, if it is a string.
fn parsed(json: &[u8], field: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(json).ok()?;
    value.as_object()?.get(field)?.as_str().map(Into::into)
}

#[test]
fn a_top_level_string_is_found_wherever_it_stands() {
    for json in [
        r#"{"type":"a"}"#,
        " {\t\"type\" :\n\"a\"\r} ",
        r#"{"x":1,"type":"a","y":[]}"#,
        r#"{"x":{"type":"b","deep":[{"type":"c"}]},"type":"a"}"#,
        r#"{"x":["type","b",["type"]],"type":"a"}"#,
        r#"{"x":"\"type\":\"b\"","type":"a"}"#,
        r#"{"x":"}","y":"{","z":"\\","type":"a"}"#,
        r#"{"n":-1.5e+3,"t":true,"f":false,"z":null,"type":"a"}"#,
        r#"{"ty\u0070e":"a"}"#,
        r#"{"type":"\u0061"}"#,
        r#"{"type":"b","type":"a"}"#,
        r#"{"type":1,"type":"a"}"#,
    ] {
        assert_eq!(found(json, "type").as_deref(), Some("a"), "{json}");
    }
}

#[test]
fn what_is_no_string_of_the_top_level_is_not_found() {
    for json in [
        "",
        "{}",
        "null",
        "[]",
        "\"type\"",
        r#"["type","a"]"#,
        r#"[{"type":"a"}]"#,
        r#"{"type":1}"#,
        r#"{"type":null}"#,
        r#"{"type":["a"]}"#,
        r#"{"type":{"type":"a"}}"#,
        r#"{"x":{"type":"a"}}"#,
        r#"{"x":"type","y":"a"}"#,
        r#"{"types":"a","typ":"a","Type":"a","":"a"}"#,
        r#"{"type":"a","type":1}"#,
    ] {
        assert_eq!(found(json, "type"), None, "{json}");
    }
}

#[test]
fn json_that_is_cut_off_or_has_no_top_level_gives_nothing() {
    let whole = r#"{"a":{"b":["\u00e4",1]},"type":"xy","c":[1,{"d":"\\"}]}"#;
    assert_eq!(found(whole, "type").as_deref(), Some("xy"));
    for length in 0..whole.len() {
        assert_eq!(found(&whole[..length], "type"), None, "{length}");
    }
    for json in [
        r#"{"type":"a"}}"#,
        r#"{"type":"a"}x"#,
        r#"{"type":"a",}"#,
        r#"{,"type":"a"}"#,
        r#"{"type""a"}"#,
        r#"{type:"a"}"#,
        r"{'type':'a'}",
        r#"{"x":,"type":"a"}"#,
        r#"{"x" "type":"a"}"#,
        "\u{feff}{\"type\":\"a\"}",
        r#"{"type":"a\"#,
    ] {
        assert_eq!(found(json, "type"), None, "{json}");
    }
}

#[test]
fn escapes_are_resolved_and_halves_of_pairs_replaced() {
    for (raw, text) in [
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"\u00e4\u20AC", "ä€"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", "\u{fffd}"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\u0061", "\u{fffd}a"),
        (r"\ud83dx", "\u{fffd}x"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        ("ä😀", "ä😀"),
    ] {
        assert_eq!(
            found(&format!(r#"{{"type":"{raw}"}}"#), "type").as_deref(),
            Some(text),
            "{raw}"
        );
    }
}

#[test]
fn depth_is_no_danger() {
    let deep = format!(
        r#"{{"x":{}{},"type":"a"}}"#,
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    assert_eq!(found(&deep, "type").as_deref(), Some("a"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn of_valid_json_it_finds_what_a_parser_finds(json in document(), field in name()) {
        prop_assert_eq!(found(&json, &field), parsed(json.as_bytes(), &field), "{}", json);
    }

    #[test]
    fn no_bytes_make_it_panic_and_what_is_valid_is_exact(pieces in vec(scrap(), 0..20)) {
        let bytes = pieces.concat();
        let text = String::from_utf8_lossy(&bytes);
        let bytes = text.as_bytes();
        let found = string_field(&text, "a");
        if serde_json::from_slice::<Value>(bytes).is_ok() {
            prop_assert_eq!(found, parsed(bytes, "a"));
        }
    }
}

/// Objects with names that recur, nesting, white space and escapes.
fn document() -> impl Strategy<Value = String> {
    vec((name(), value(), any::<bool>()), 0..6).prop_map(|fields| {
        let fields: Vec<String> = fields
            .into_iter()
            .map(|(name, value, spaced)| {
                let name = Value::from(name);
                if spaced {
                    format!(" {name}\n:\t{value:#} ")
                } else {
                    format!("{name}:{value}")
                }
            })
            .collect();
        format!("{{{}}}", fields.join(","))
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&["type", "a", "b", "", "\"", "\\", "ä", "\n"][..]).prop_map(Into::into)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        name().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn scrap() -> impl Strategy<Value = Vec<u8>> {
    const SCRAPS: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b":",
        b",",
        b"\\",
        b"\\u",
        b"d83d",
        b"\"a\"",
        b"\"a\":",
        b"\"b\"",
        b"1",
        b"true",
        b" ",
        b"\n",
        b"\xFF",
        b"\\\"",
        b"{\"a\":\"x\"}",
        b"\"a\":\"x\"",
    ];
    prop_oneof![
        9 => prop::sample::select(SCRAPS).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..4),
    ]
}
