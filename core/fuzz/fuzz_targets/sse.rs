//! Any bytes, cut where the input says, are what the naive reference makes of them; under tight limits the cuts make no
//! difference.
#![no_main]

#[path = "../../tests/sse/log.rs"]
mod log;
#[path = "../../tests/sse/reference.rs"]
mod reference;

use libfuzzer_sys::fuzz_target;
use tabmux_core::sse::Limits;

use crate::log::parse;

fuzz_target!(|input: &[u8]| {
    // The first four bytes say how it is cut and how tight the limits are, the rest is the stream.
    let Some((&[first, every, line, event], stream)) = input.split_first_chunk() else {
        return;
    };
    let (head, tail) = stream.split_at(usize::from(first).min(stream.len()));
    let chunks: Vec<&[u8]> = std::iter::once(head)
        .chain(tail.chunks(usize::from(every).max(1)))
        .collect();
    assert_eq!(parse(&chunks, Limits::default()), reference::reference(stream));
    let tight = Limits {
        line: line.into(),
        event: event.into(),
    };
    assert_eq!(parse(&chunks, tight), parse(&[stream], tight));
});
