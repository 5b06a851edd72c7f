//! Cost of the event path in the hub: `cargo bench -p tabmux-core --bench hub`. With `-- CASE REPEATS` it runs that case
//! alone, without a clock, for tools that count instructions (`scripts/instructions.mjs`).
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock; figures are rounded anyway"
)]

#[path = "../tests/common/load.rs"]
mod load;

use std::rc::Rc;
use std::time::Instant;

use load::Load;

const EVENTS: usize = 10_000;
/// Name, channels, tabs that hold them, tabs that do not.
const CASES: [(&str, usize, u32, u32); 4] = [
    ("8_tabs", 10, 8, 0),
    ("10000_channels", 10_000, 8, 0),
    ("8_of_200_tabs", 10, 8, 192),
    ("1_tab", 10, 1, 0),
];

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    if let [name, repeats] = &args[..] {
        let case = CASES.iter().find(|(each, ..)| each == name).expect("a case");
        run(*case, repeats.parse().expect("a count"));
        return;
    }
    for case in CASES {
        let first = run(case, 1);
        let both = run(case, 2);
        let per_event = (both - first).max(0.0) / EVENTS as f64 * 1e9;
        println!("{:<16} {per_event:>8.0} ns an event", case.0);
    }
}

/// Seconds that it took.
fn run((_, channels, listeners, others): (&str, usize, u32, u32), repeats: usize) -> f64 {
    let mut load = Load::new(channels, listeners, others);
    let data: Rc<str> = "x".repeat(200).into();
    let ids: Vec<Rc<str>> = (0..EVENTS).map(|n| n.to_string().into()).collect();
    let began = Instant::now();
    for _ in 0..repeats {
        for (n, id) in ids.iter().enumerate() {
            let channel = load.channels[n % channels];
            load.event(channel, Rc::clone(id), Rc::clone(&data));
        }
    }
    began.elapsed().as_secs_f64()
}
