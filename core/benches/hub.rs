//! Cost of the event path in the hub: `cargo bench -p tabmux-core --bench hub`. With `-- CASE REPEATS` it runs that case
//! alone, without a clock, for tools that count instructions (`scripts/instructions.mjs`).
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock; figures are rounded anyway"
)]

#[path = "common/asked.rs"]
mod asked;
#[path = "../tests/common/load.rs"]
mod load;

use std::rc::Rc;
use std::time::Instant;

use asked::asked;
use load::Load;
use tabmux_core::Payload;

const EVENTS: usize = 10_000;
/// In a burst: so many come before all tabs acknowledge what they were sent.
const AT_ONCE: usize = 500;
/// Name, channels, tabs that hold them, tabs that do not and were there first, events between acknowledgements.
const CASES: [(&str, usize, u32, u32, usize); 5] = [
    ("8_tabs", 10, 8, 0, 1),
    ("8_tabs_burst", 10, 8, 0, AT_ONCE),
    ("10000_channels", 10_000, 8, 0, 1),
    ("8_of_200_tabs", 10, 8, 192, 1),
    ("1_tab", 10, 1, 0, 1),
];

/// A text of ASCII, whose length is as cheap as that of a string of JS.
#[derive(Clone, Debug, PartialEq)]
struct Ascii(Rc<str>);

impl Payload for Ascii {
    fn units(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
    fn text(&self) -> String {
        self.0.text()
    }
    fn field(&self, name: &str) -> Option<String> {
        self.0.field(name)
    }
    fn of(text: &str) -> Self {
        Self(text.into())
    }
}

fn main() {
    if let Some((name, repeats)) = asked() {
        let case = CASES.iter().find(|(each, ..)| *each == name).expect("a case");
        run(*case, repeats);
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
fn run((_, channels, listeners, others, at_once): (&str, usize, u32, u32, usize), repeats: usize) -> f64 {
    let mut load = Load::new(channels, listeners, others);
    let data = Ascii::of(&"x".repeat(200));
    let ids: Vec<Ascii> = (0..EVENTS).map(|n| Ascii::of(&n.to_string())).collect();
    let began = Instant::now();
    for _ in 0..repeats {
        for (n, id) in ids.iter().enumerate() {
            if at_once > 1 && n % at_once == 0 {
                load.thaw();
                load.freeze();
            }
            let channel = load.channels[n % channels];
            load.event(channel, id.clone(), data.clone());
        }
    }
    began.elapsed().as_secs_f64()
}
