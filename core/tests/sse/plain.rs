//! Which events are plain, and that the rest is the parser's.

use proptest::collection::vec;
use proptest::prelude::*;
use tabmux_core::sse::Limits;

use crate::log::{parse, parse_plain};

#[test]
fn an_event_of_one_line_of_data_is_plain_wherever_it_is_cut() {
    let stream = b"data: 0\n\nid: 1\nevent: e\ndata: a\tb\n\ndata:c\nevent:f\n\nid\n\nid:2\ndata:\n\nid: 3\ndata: d\n\n";
    // The first is behind what may be a byte order mark, and what sets an id alone is the parser's, as is all behind it.
    assert_eq!(parse_plain(&[stream], Limits::default()).plain, 2);
    for at in 0..stream.len() {
        let (a, b) = stream.split_at(at);
        let log = parse(&[a, b], Limits::default());
        assert_eq!((log.events.len(), log.ids.len()), (5, 1), "cut at {at}");
    }
}

#[test]
fn what_is_not_plain_is_so_until_the_next_chunk() {
    let odd: [&[u8]; 8] = [
        b"data: a\ndata: b\n\n",
        "data: \u{e9}\n\n".as_bytes(),
        b"data: a\r\n\r\n",
        b": c\n\n",
        b"retry: 1\n\n",
        b"id: \0\ndata: a\n\n",
        b"data: a\nid: 1\n\n",
        b"x: y\ndata: a\n\n",
    ];
    for odd in odd {
        let plain = b"id: 1\ndata: a\n\n";
        let chunk = [plain, odd, plain].concat();
        let log = parse_plain(&[plain, &chunk, plain], Limits::default());
        assert_eq!(log.plain, 2, "{:?}", String::from_utf8_lossy(odd));
        assert_eq!(parse(&[plain, &chunk, plain], Limits::default()), log);
    }
}

#[test]
fn an_event_beyond_what_is_kept_is_the_parsers() {
    for size in [16_000, 16_376, 16_377, 16_384, 70_000] {
        let event = format!("data: {}\n\n", "x".repeat(size));
        let stream = format!("data\n\n{event}data: y\n\n");
        for by in [1_000, 1_400, 65_536, 1 << 20] {
            let chunks: Vec<&[u8]> = stream.as_bytes().chunks(by).collect();
            let log = parse(&chunks, Limits::default());
            assert_eq!((log.events[1].data.len(), &*log.events[2].data), (size, "y"));
        }
        let log = parse_plain(&[stream.as_bytes()], Limits::default());
        assert_eq!(log.plain, if size < 16_377 { 2 } else { 0 }, "{size}");
    }
}

#[test]
fn after_an_event_in_scraps_the_next_is_plain() {
    let scraps = format!("data: {}\n\n", "x".repeat(500));
    let chunks: Vec<&[u8]> = scraps.as_bytes().chunks(10).collect();
    let plain = "data: y\n\n".repeat(3);
    let log = parse_plain(&[chunks, vec![plain.as_bytes()]].concat(), Limits::default());
    assert_eq!((log.events.len(), log.plain), (4, 3));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn plain_events_and_some_others_in_any_chunks(
        events in vec((0..400_usize, 0..12_u8), 1..60),
        sizes in vec(1..3_000_usize, 1..8),
        line in prop_oneof![Just(1 << 20), 0..500_usize],
    ) {
        let mut stream = Vec::new();
        for (at, (size, kind)) in events.into_iter().enumerate() {
            let data = "x".repeat(size);
            let text = match kind {
                0 => format!("data: {data}\ndata: b\n\n"),
                1 => format!(": c\n\nid: {at}\n\n"),
                2 => format!("event: {data}\ndata: \u{20ac}\n\n"),
                3 => format!("data: {data}\r\n\r\n"),
                4 => format!("data: {data}\n\n"),
                _ => format!("id: {at}\nevent: {kind}\ndata: {data}\n\n"),
            };
            stream.extend_from_slice(text.as_bytes());
        }
        let mut chunks: Vec<&[u8]> = Vec::new();
        let mut rest = &*stream;
        for size in sizes.iter().cycle() {
            let (chunk, more) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        parse(&chunks, Limits { line, event: 1 << 20 });
    }
}
