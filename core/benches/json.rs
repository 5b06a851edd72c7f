//! Throughput of the finder of JSON fields: `cargo bench -p tabmux-core --bench json`. With `-- CASE REPEATS` it runs that case
//! alone, without a clock, for tools that count instructions (`scripts/instructions.mjs`).
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock; figures are rounded anyway"
)]

#[path = "common/asked.rs"]
mod asked;

use std::hint::black_box;
use std::time::Instant;

use asked::asked;
use tabmux_core::json::string_field;

const KB: usize = 1 << 10;

type Case = (&'static str, String);

/// What is asked for stands last: all of the document is read for it anyway.
fn cases() -> [Case; 6] {
    let object = |inner: String| format!(r#"{{"id":7,"of":{inner},"type":"order_update"}}"#);
    let flat = |size: usize| object(format!("[{}0]", "12.5,\"text\",".repeat(size / 12)));
    let deep = |size: usize| object(format!("{}{}", "[".repeat(size / 2), "]".repeat(size / 2)));
    let escaped = |size: usize| object(format!("\"{}\"", "\\\"".repeat(size / 2)));
    [
        ("flat1", flat(KB * 64)),
        ("flat8", flat(KB * 64 * 8)),
        ("deep1", deep(KB * 64)),
        ("deep8", deep(KB * 64 * 8)),
        ("escaped1", escaped(KB * 64)),
        ("escaped8", escaped(KB * 64 * 8)),
    ]
}

fn main() {
    if let Some((name, repeats)) = asked() {
        let case = cases().into_iter().find(|case| case.0 == name).expect("a case");
        for _ in 0..repeats {
            run(&case);
        }
        return;
    }
    for case in cases() {
        let began = Instant::now();
        run(&case);
        let seconds = began.elapsed().as_secs_f64();
        println!("{:<24} {:>8.0} MB/s", case.0, case.1.len() as f64 / seconds / 1e6);
    }
}

fn run((_, document): &Case) {
    let found = string_field(black_box(document), "type");
    assert_eq!(found.as_deref(), Some("order_update"));
}
