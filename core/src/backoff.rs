//! Exponential backoff with full jitter.

use crate::options::Reconnect;
use crate::time::Millis;

/// No wait is shorter: a retry loop is never busy, whatever the options say.
pub const MIN_DELAY: Millis = Millis(250);
/// After [`PATIENCE`] refusals in a row the ceiling rises to this: nothing tells a 503 from a 404 on EventSource.
pub const REFUSED_MAX: Millis = Millis(5 * 60_000);
/// Refusals in a row that are taken for a restart of the server, with `max_delay` as the ceiling.
pub const PATIENCE: u32 = 8;

/// What the server has said that bears on the wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// It answered and said no, and that is all that EventSource shows.
    pub refused: bool,
    /// Its `retry:`, in place of `initial_delay`.
    pub retry: Option<Millis>,
    /// Its `Retry-After`.
    pub retry_after: Millis,
}

/// The wait before attempt number `failures` + 1, `failures` being those in a row so far.
///
/// `random` is uniform in `[0, 1)`. With jitter the wait is uniform between zero and the exponential ceiling (full
/// jitter: it spreads a herd best), but never below [`MIN_DELAY`]. What the server asked for is the least wait: to that
/// jitter only adds.
pub fn delay(options: &Reconnect, failures: u32, told: &Told, random: f64) -> Millis {
    let exponent = i32::try_from(failures.min(64)).unwrap_or(64);
    let max = if told.refused && failures >= PATIENCE {
        options.max_delay.0.max(REFUSED_MAX.0)
    } else {
        options.max_delay.0
    };
    let initial = told.retry.unwrap_or(options.initial_delay).0;
    let least = told.retry_after.0.max(told.retry.map_or(0, |retry| retry.0));
    let ceiling = (to_f64(initial) * options.factor.powi(exponent)).min(to_f64(max));
    let wait = if options.jitter {
        to_f64(least) + ceiling * random.clamp(0.0, 1.0)
    } else {
        ceiling.max(to_f64(least))
    };
    Millis(to_u64(wait).max(MIN_DELAY.0))
}

#[allow(clippy::cast_precision_loss, reason = "delays are far below 2^53 ms")]
fn to_f64(value: u64) -> f64 {
    value as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and waits are not negative"
)]
fn to_u64(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Reconnect {
        Reconnect {
            initial_delay: Millis(1000),
            max_delay: Millis(30_000),
            factor: 2.0,
            jitter: true,
        }
    }

    #[test]
    fn grows_by_the_factor_up_to_the_ceiling() {
        let full = |failures| {
            delay(
                &Reconnect {
                    jitter: false,
                    ..options()
                },
                failures,
                &Told::default(),
                0.0,
            )
            .0
        };
        assert_eq!([full(0), full(1), full(2), full(3)], [1000, 2000, 4000, 8000]);
        assert_eq!([full(5), full(60), full(4_000_000)], [30_000, 30_000, 30_000]);
    }

    #[test]
    fn jitter_is_full_but_never_below_the_minimum() {
        assert_eq!(delay(&options(), 3, &Told::default(), 0.0), MIN_DELAY);
        assert_eq!(delay(&options(), 3, &Told::default(), 0.5), Millis(4000));
        assert_eq!(delay(&options(), 0, &Told::default(), 0.999), Millis(999));
    }

    #[test]
    fn refusals_in_a_row_rise_to_five_minutes_and_network_failures_do_not() {
        let no_jitter = Reconnect {
            jitter: false,
            ..options()
        };
        let refused = Told {
            refused: true,
            ..Told::default()
        };
        assert_eq!(delay(&no_jitter, PATIENCE - 1, &refused, 0.0), Millis(30_000));
        assert_eq!(delay(&no_jitter, PATIENCE + 1, &refused, 0.0), REFUSED_MAX);
        assert_eq!(
            delay(&no_jitter, PATIENCE + 1, &Told::default(), 0.0),
            Millis(30_000)
        );
    }

    #[test]
    fn what_the_server_asks_for_is_the_least_and_jitter_adds() {
        let told = Told {
            retry: Some(Millis(3000)),
            ..Told::default()
        };
        assert_eq!(delay(&options(), 0, &told, 0.0), Millis(3000));
        assert_eq!(delay(&options(), 1, &told, 0.5), Millis(6000));
        let told = Told {
            retry_after: Millis(60_000),
            ..told
        };
        assert_eq!(delay(&options(), 0, &told, 0.0), Millis(60_000));
        assert_eq!(delay(&options(), 0, &told, 0.5), Millis(61_500));
        let steady = Reconnect {
            jitter: false,
            ..options()
        };
        assert_eq!(delay(&steady, 0, &told, 0.5), Millis(60_000));
    }
}
