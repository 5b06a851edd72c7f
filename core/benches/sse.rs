//! Throughput of the SSE parser: `cargo bench -p tabmux-core --bench sse`, one line per case. Every run has to give all of
//! the events. With `-- CASE REPEATS` it runs that case alone, without a clock, for tools that count instructions
//! (`scripts/instructions.mjs`).
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock; figures are rounded anyway"
)]

#[path = "common/asked.rs"]
mod asked;
#[path = "common/stream.rs"]
mod stream;

use std::hint::black_box;
use std::time::Instant;

use asked::asked;
use stream::{MB, RUNS, Stream, print};
use tabmux_core::sse::{Event, Limits, Parser, Place, PlainParser, PlainSink, Sink};

/// Runs of one long line, which takes long enough.
const LONG_RUNS: usize = 7;

fn main() {
    if let Some((name, repeats)) = asked() {
        let case = cases().find(|case| case.name == name).expect("a case");
        for _ in 0..repeats {
            black_box(run(&case));
        }
        return;
    }
    for case in cases() {
        check(&case);
        let runs = if case.stream.events == 1 { LONG_RUNS } else { RUNS };
        let best = (0..runs).map(|_| time(&case)).fold(f64::INFINITY, f64::min);
        print(&case.name, &case.stream, best);
    }
    linear();
}

/// Cases of [`PlainParser`] begin so.
const PLAIN: &str = "plain_";

struct Case {
    name: String,
    stream: Stream,
    chunk: usize,
}

fn cases() -> impl Iterator<Item = Case> {
    parsed().chain(plain())
}

fn parsed() -> impl Iterator<Item = Case> {
    let chunked = |kind: &'static str, stream: Stream| {
        [64, 1_400, 65_536].map(|chunk| Case {
            name: format!("{kind}_{chunk}"),
            stream: stream.clone(),
            chunk,
        })
    };
    [
        chunked("200", Stream::of("x".repeat(200), MB)),
        chunked("2000", Stream::of("x".repeat(2_000), MB)),
        chunked("text", Stream::of("äöü€ 日本語 ".repeat(6), MB)),
    ]
    .into_iter()
    .flatten()
    .chain(lines())
}

/// The same as `fetch/` parses it. Made when it is asked for: what lies in memory beside a case changes what its growing costs.
fn plain() -> impl Iterator<Item = Case> {
    ["200_1400", "200_65536", "line1_1400", "line8_1400"]
        .into_iter()
        .map(|name| {
            let case = parsed().find(|case| case.name == name).expect("a case");
            Case {
                name: format!("{PLAIN}{name}"),
                ..case
            }
        })
}

/// One line of 1 MB and one of 8, in packets and byte by byte: eight times the instructions, and no more.
fn lines() -> impl Iterator<Item = Case> {
    [(1, 1_400), (8, 1_400), (1, 1), (8, 1)]
        .into_iter()
        .map(|(megabytes, chunk)| Case {
            name: format!("line{megabytes}_{chunk}"),
            stream: Stream::of("x".repeat(megabytes * MB), 1),
            chunk,
        })
}

/// What a run gives. One type for both kinds of run: the code under test is compiled once, as in the fetch transport.
#[derive(Default)]
struct Given<'a> {
    /// Bytes of data: an event that is missing is missing here.
    bytes: usize,
    /// What each event is to be like, which is too dear to ask with a clock.
    checked: Option<Checked<'a>>,
}

struct Checked<'a> {
    stream: &'a Stream,
    events: usize,
}

impl Checked<'_> {
    #[inline(never)]
    fn event(&mut self, event: &Event<'_>) {
        let nth = self.events;
        assert!(
            self.stream.has(nth, event.id, event.name, event.data),
            "event {nth} is not what was sent"
        );
        self.events += 1;
    }
}

impl Sink for Given<'_> {
    fn event(&mut self, event: Event<'_>) {
        let event = black_box(event);
        self.bytes += event.data.len();
        if let Some(checked) = &mut self.checked {
            checked.event(&event);
        }
    }
}

impl PlainSink for Given<'_> {
    fn plain(&mut self, _: &[u8], event: Event<'_>, _: Place) {
        self.event(event);
    }

    fn turn(&mut self, _: &[u8]) {}
}

const LIMITS: Limits = Limits {
    line: usize::MAX,
    event: usize::MAX,
};

fn run(case: &Case) -> usize {
    let mut given = Given::default();
    feed(case, &mut given);
    given.bytes
}

fn feed(case: &Case, given: &mut Given<'_>) {
    if case.name.starts_with(PLAIN) {
        return feed_plain(case, given);
    }
    let mut parser = Parser::new(LIMITS);
    for chunk in case.stream.bytes.chunks(case.chunk) {
        parser.feed(chunk, given);
    }
}

fn feed_plain(case: &Case, given: &mut Given<'_>) {
    let mut parser = PlainParser::new(LIMITS);
    let mut input = Vec::new();
    for chunk in case.stream.bytes.chunks(case.chunk) {
        input.clear();
        input.extend_from_slice(parser.kept());
        input.extend_from_slice(chunk);
        parser.feed(&input, given);
    }
}

fn check(case: &Case) {
    let mut given = Given {
        checked: Some(Checked {
            stream: &case.stream,
            events: 0,
        }),
        ..Given::default()
    };
    feed(case, &mut given);
    let events = given.checked.map(|checked| checked.events);
    assert_eq!(events, Some(case.stream.events), "{}: events", case.name);
}

fn time(case: &Case) -> f64 {
    let began = Instant::now();
    let bytes = run(case);
    let time = began.elapsed().as_secs_f64();
    let Stream { events, data, .. } = &case.stream;
    assert_eq!(bytes, events * data.len(), "{}: bytes of data", case.name);
    time
}

/// Time per byte of what grows, over the same when it is small: about 1 where the work is linear. One chunk is given again
/// and again: where a stream lies, in a cache or not, is no work of the parser's.
fn linear() {
    for size in [1_400, 1] {
        let ratio = line(64, size) / line(1, size);
        println!("{:<24} {ratio:>8.2}", format!("linear_{size}"));
    }
}

/// Seconds per byte of one line of so many MB, in chunks of a size.
fn line(megabytes: usize, size: usize) -> f64 {
    let chunk = vec![b'x'; size];
    let times = megabytes * MB / size;
    let once = || {
        let mut parser = Parser::new(LIMITS);
        let mut given = Given::default();
        let began = Instant::now();
        parser.feed(b"data: ", &mut given);
        for _ in 0..times {
            parser.feed(black_box(&chunk), &mut given);
        }
        parser.feed(b"\n\n", &mut given);
        let time = began.elapsed().as_secs_f64();
        assert_eq!(given.bytes, times * size);
        time / given.bytes as f64
    };
    (0..LONG_RUNS).map(|_| once()).fold(f64::INFINITY, f64::min)
}
