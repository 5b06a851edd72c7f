//! The vectors that the browsers take as well: `tests/conformance/README.md`.

use serde_json::Value;
use tabmux_core::sse::{Limits, Message};

use crate::log::{Log, parse};
use crate::reference::reference;

const VECTORS: &str = include_str!("../../../tests/conformance/vectors.json");

#[test]
fn every_vector_is_parsed_whole_and_in_chunks_of_every_size() {
    each(|name, bytes, expected| {
        assert_eq!(&parse(&[bytes], Limits::default()), expected, "{name}");
        for size in (1..40).chain([100, 1_000]) {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            assert_eq!(&parse(&chunks, Limits::default()), expected, "{name}, by {size}");
        }
    });
}

#[test]
fn every_vector_is_parsed_cut_at_every_place() {
    each(|name, bytes, expected| {
        for at in 0..=bytes.len() {
            let (a, b) = bytes.split_at(at);
            assert_eq!(
                &parse(&[a, &[], b], Limits::default()),
                expected,
                "{name}, cut at {at}"
            );
        }
    });
}

#[test]
fn the_reference_agrees_with_every_vector() {
    each(|name, bytes, expected| assert_eq!(&reference(bytes), expected, "{name}"));
}

fn each(check: impl Fn(&str, &[u8], &Log)) {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() > 50);
    for vector in &vectors {
        let bytes: Vec<u8> = text(&vector["input"])
            .chars()
            .map(|char| u8::try_from(char).expect("a byte"))
            .collect();
        let expected = Log {
            events: list(&vector["events"])
                .map(|event| Message {
                    name: text(&event[0]).into(),
                    data: text(&event[1]).into(),
                    id: text(&event[2]).into(),
                })
                .collect(),
            ids: list(&vector["ids"]).map(|id| text(id).into()).collect(),
            retry: list(&vector["retry"])
                .map(|retry| retry.as_u64().unwrap())
                .collect(),
            comments: vector["comments"]
                .as_u64()
                .map_or(0, |count| usize::try_from(count).unwrap()),
            ..Log::default()
        };
        check(text(&vector["name"]), &bytes, &expected);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
