//! The whole table of the upstream, as a golden file: a change of it is to be seen in a diff.
//!
//! `TABMUX_BLESS=1 cargo test -p tabmux-core --test table` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use tabmux_core::upstream::{Action, INPUTS, Input, STATES, State, next};

fn table() -> String {
    let mut text = String::from("state, input -> state, connection, reason (! an attempt failed)\n");
    for state in STATES {
        writeln!(text).unwrap();
        for input in INPUTS {
            let to = next(state, input).map_or_else(
                || "-".to_owned(),
                |step| {
                    let failed = if step.failed { " !" } else { "" };
                    format!("{:?}, {:?}, {}{failed}", step.to, step.action, step.reason.name())
                },
            );
            writeln!(
                text,
                "{:<11} {:<26} {to}",
                format!("{state:?}"),
                format!("{input:?}")
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn d8_the_table_is_the_one_that_was_agreed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table.txt");
    if std::env::var_os("TABMUX_BLESS").is_some() {
        std::fs::write(&path, table()).unwrap();
    }
    assert_eq!(table(), std::fs::read_to_string(&path).unwrap());
}

#[test]
fn d8_a_connection_is_there_in_three_states_alone() {
    let has_source = |state| matches!(state, State::Connecting | State::Open | State::Retrying);
    for state in STATES {
        for input in INPUTS {
            let Some(step) = next(state, input) else { continue };
            let is_left = match step.action {
                Action::Keep => has_source(state),
                Action::Open => true,
                Action::Close | Action::Wait => false,
            };
            assert_eq!(is_left, has_source(step.to), "{state:?} {input:?}");
        }
    }
}

#[test]
fn d8_only_an_attempt_that_was_made_can_fail() {
    for state in STATES {
        for input in INPUTS {
            if next(state, input).is_some_and(|step| step.failed) {
                assert!(matches!(state, State::Connecting | State::Retrying), "{state:?}");
                let inputs = [
                    Input::LostRetrying,
                    Input::Lost,
                    Input::Broken,
                    Input::Busy,
                    Input::TimedOut,
                ];
                assert!(inputs.contains(&input), "{input:?}");
            }
        }
    }
}
