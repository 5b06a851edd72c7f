//! Lines and events that are too large: told, skipped, never kept.

use tabmux_core::sse::{Limits, TooLarge};

use crate::log::parse;

const TIGHT: Limits = Limits { line: 20, event: 10 };

#[test]
fn an_event_over_its_limit_is_told_and_the_stream_goes_on() {
    let log = parse(
        &[b"id: 1\nevent: big\ndata: 01234\ndata: 56789\ndata: more\n\ndata: a\n\n"],
        TIGHT,
    );
    assert_eq!(log.too_large, [TooLarge::Event]);
    assert_eq!((&*log.refused[0].name, &*log.refused[0].id), ("big", "1"));
    assert_eq!((&*log.events[0].data, &*log.events[0].id), ("a", "1"));
}

#[test]
fn exactly_the_limit_is_no_breach() {
    let log = parse(
        &[b"data: 0123456789\n\ndata: 0123\ndata: 56789\n\n: 012345678901234567\n"],
        TIGHT,
    );
    assert_eq!(log.events.len(), 2);
    assert_eq!(log.too_large, []);
}

#[test]
fn a_line_over_its_limit_spoils_its_event_alone() {
    for size in [1, 3, 7, 100] {
        let bytes = b"event: long\ndata: 012345678901234567890123456789\nid: 4\n\ndata: a\n\n";
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        let log = parse(&chunks, TIGHT);
        assert_eq!(log.too_large, [TooLarge::Line], "{size}");
        assert_eq!((&*log.refused[0].name, &*log.refused[0].id), ("long", "4"));
        assert_eq!(log.events.len(), 1);
    }
}

#[test]
fn a_line_without_end_is_told_before_it_ends() {
    let log = parse(&[b"data: 0123456789", b"012345678901"], TIGHT);
    assert_eq!(log.too_large, [TooLarge::Line]);
    // Bytes that are nothing but continuations count as well, though each may belong to what came before.
    let log = parse(&[b"data: ", &[0x80; 70]], TIGHT);
    assert_eq!(log.too_large, [TooLarge::Line]);
}

#[test]
fn sizes_are_utf_16_units() {
    // Ten units in twenty bytes, and in thirty.
    let fits = "data: 😀😀😀😀😀\n\ndata: €€€€€€€€€€\n\n".as_bytes();
    for size in [1, 2, 5, 100] {
        let chunks: Vec<&[u8]> = fits.chunks(size).collect();
        let log = parse(&chunks, TIGHT);
        assert_eq!((log.events.len(), log.too_large.len()), (2, 0), "{size}");
    }
    let log = parse(&["data: 😀😀😀😀😀a\n\ndata: €€€€€€€€€€a\n\n".as_bytes()], TIGHT);
    assert_eq!(log.too_large, [TooLarge::Event, TooLarge::Event]);
}

#[test]
fn a_refused_block_without_an_end_is_told_once() {
    let mut stream = b"data: 0123456789a\n".to_vec();
    for _ in 0..1_000 {
        stream.extend_from_slice(b"data: 0123456789012345\n");
    }
    let log = parse(&[&stream], TIGHT);
    assert_eq!(log.too_large, [TooLarge::Event]);
    assert!(log.refused.is_empty());
}
