//! The parser of event streams: the conformance vectors, a naive reference, any chunking, limits, and linear work.

#[path = "sse/limits.rs"]
mod limits;
#[path = "sse/log.rs"]
mod log;
#[path = "sse/plain.rs"]
mod plain;
#[path = "sse/reference.rs"]
mod reference;
#[path = "sse/vectors.rs"]
mod vectors;

use proptest::collection::vec;
use proptest::prelude::*;
use tabmux_core::sse::{Event, Limits, Parser, Sink};

use crate::log::parse;
use crate::reference::reference;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_chunks_are_what_the_reference_says(bytes in stream(), cuts in vec(0..400_usize, 0..12)) {
        let expected = reference(&bytes);
        prop_assert_eq!(&parse(&[&bytes], Limits::default()), &expected);
        prop_assert_eq!(&parse(&cut(&bytes, &cuts), Limits::default()), &expected);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&parse(&single, Limits::default()), &expected);
    }

    #[test]
    fn under_tight_limits_the_chunking_makes_no_difference(
        bytes in stream(),
        cuts in vec(0..400_usize, 0..12),
        line in 0..30_usize,
        event in 0..30_usize,
    ) {
        let limits = Limits { line, event };
        let whole = parse(&[&bytes], limits);
        // When a breach is told may differ: an unfinished line is told before what is only known at its end.
        prop_assert_eq!(parse(&cut(&bytes, &cuts), limits), whole);
    }
}

#[test]
fn what_lies_in_a_chunk_is_not_copied() {
    let chunks: [&[u8]; 3] = [
        b"id: 1\ndata: a\n\ndata: b\ndata: c\n\nid: 2\nda",
        b"ta: d\n\ndata: e\nid: 3\n\nid: 4",
        b"5\ndata: f\n\n",
    ];
    let mut parser = Parser::new(Limits::default());
    let mut places = Vec::new();
    for chunk in chunks {
        parser.feed(chunk, &mut Places(chunk, &mut places));
    }
    assert_eq!(
        places,
        [
            (Some(12), Some(4)),
            (None, Some(4)),
            (None, None),
            (Some(13), Some(19)),
            (Some(8), None)
        ]
    );
}

/// Where data and id of an event begin in the chunk, if they lie there.
struct Places<'a>(&'a [u8], &'a mut Vec<(Option<usize>, Option<usize>)>);

impl Sink for Places<'_> {
    fn event(&mut self, event: Event<'_>) {
        let place = |text: &[u8]| {
            let is_in = self.0.as_ptr_range().contains(&text.as_ptr());
            is_in.then(|| text.as_ptr().addr() - self.0.as_ptr().addr())
        };
        self.1.push((place(event.data), place(event.id)));
    }
}

/// Streams that hit the parser's branches: whole fields, scraps of fields, line ends of all kinds, bad UTF-8.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    const SCRAPS: &[&[u8]] = &[
        b"data: a",
        b"data:b",
        b"data",
        b"data: ",
        b"data:  x",
        b"id: 1",
        b"id:2",
        b"id",
        b"id: \0",
        b"event: e",
        b"event",
        b"event:f",
        b"retry: 10",
        b"retry: 1x",
        b"retry",
        b":",
        b": c",
        b"dat",
        b"x: y",
        b" ",
        b":",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\r",
        b"\r\n\r\n",
        b"\n\r",
        b"\t",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB",
        b"\xEF",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"\x80",
        b"\xE2\x82\xAC",
        b"\xC3\xA4",
        b"\xFF",
        b"\xED\xA0\x80",
        b"data: 0123456789abcdef0123456789abcdef",
        b"0123456789",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(SCRAPS).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..8),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|at| at % (bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut chunks = Vec::new();
    let mut from = 0;
    for to in places.into_iter().chain([bytes.len()]) {
        chunks.push(&bytes[from..to]);
        from = to;
    }
    chunks
}
