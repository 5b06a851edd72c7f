//! Throughput of the SSE parser: `cargo bench -p tabmux-core --bench sse`, one line per case. With `-- CASE REPEATS` it
//! runs that case alone, without a clock, for tools that count instructions (`scripts/instructions.mjs`).
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock; figures are rounded anyway"
)]

use std::hint::black_box;
use std::time::Instant;

use tabmux_core::sse::{Event, Limits, Parser, Place, PlainParser, PlainSink, Sink};

const MB: usize = 1 << 20;
/// Runs of a case; the best counts, since what disturbs only slows.
const RUNS: usize = 7;

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    if let [case, repeats] = &args[..] {
        let case = cases().find(|(name, ..)| name == case).expect("a case");
        for _ in 0..repeats.parse().expect("a count") {
            black_box(run(&case));
        }
        return;
    }
    for case in cases() {
        let best = (0..RUNS).map(|_| time(&case)).fold(f64::INFINITY, f64::min);
        println!("{:<24} {:>8.0} MB/s", case.0, case.1.len() as f64 / best / 1e6);
    }
    linear();
}

/// Cases of [`PlainParser`] begin so.
const PLAIN: &str = "plain_";

type Case = (String, Vec<u8>, usize);

fn cases() -> impl Iterator<Item = Case> {
    parsed().chain(plain())
}

fn parsed() -> impl Iterator<Item = Case> {
    let chunked = |name: &'static str, stream: Vec<u8>| {
        [64, 1_400, 65_536].map(|chunk| (format!("{name}_{chunk}"), stream.clone(), chunk))
    };
    [
        chunked("200", events(200, MB)),
        chunked("2000", events(2_000, MB)),
        chunked("text", events_of(&"äöü€ 日本語 ".repeat(6), MB)),
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
            let (_, stream, chunk) = parsed().find(|case| case.0 == name).expect("a case");
            (format!("{PLAIN}{name}"), stream, chunk)
        })
}

/// One line of 1 MB and one of 8, in packets and byte by byte: eight times the instructions, and no more.
fn lines() -> impl Iterator<Item = Case> {
    [(1, 1_400), (8, 1_400), (1, 1), (8, 1)]
        .into_iter()
        .map(|(megabytes, chunk)| {
            let line = "x".repeat(megabytes * MB);
            let stream = format!("data: {line}\n\n").into_bytes();
            (format!("line{megabytes}_{chunk}"), stream, chunk)
        })
}

/// Events of so many bytes of data, as a server of JSON sends them: id, name, data.
fn events(size: usize, total: usize) -> Vec<u8> {
    events_of(&"x".repeat(size), total)
}

fn events_of(data: &str, total: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut id = 0;
    while stream.len() < total {
        stream.extend_from_slice(format!("id: {id}\nevent: order_update\ndata: {data}\n\n").as_bytes());
        id += 1;
    }
    stream
}

struct Count(usize);

impl Sink for Count {
    fn event(&mut self, event: Event<'_>) {
        self.0 += black_box(event).data.len();
    }
}

impl PlainSink for Count {
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
    if case.0.starts_with(PLAIN) {
        return run_plain(case);
    }
    let (_, stream, chunk) = case;
    let mut parser = Parser::new(LIMITS);
    let mut count = Count(0);
    for chunk in stream.chunks(*chunk) {
        parser.feed(chunk, &mut count);
    }
    count.0
}

fn run_plain((_, stream, chunk): &Case) -> usize {
    let mut parser = PlainParser::new(LIMITS);
    let mut count = Count(0);
    let mut input = Vec::new();
    for chunk in stream.chunks(*chunk) {
        input.clear();
        input.extend_from_slice(parser.kept());
        input.extend_from_slice(chunk);
        parser.feed(&input, &mut count);
    }
    count.0
}

fn time(case: &Case) -> f64 {
    let began = Instant::now();
    black_box(run(case));
    began.elapsed().as_secs_f64()
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
        let mut count = Count(0);
        let began = Instant::now();
        parser.feed(b"data: ", &mut count);
        for _ in 0..times {
            parser.feed(black_box(&chunk), &mut count);
        }
        parser.feed(b"\n\n", &mut count);
        assert_eq!(count.0, times * size);
        began.elapsed().as_secs_f64() / count.0 as f64
    };
    (0..RUNS).map(|_| once()).fold(f64::INFINITY, f64::min)
}
