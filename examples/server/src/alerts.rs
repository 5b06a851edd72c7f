//! Thresholds with hysteresis: an alert is raised once and cleared once, however the value trembles between.

use serde::Serialize;

use crate::metrics::Sample;

/// What goes out on `alert`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// The sample's, in milliseconds since 1970.
    pub time: u64,
    pub metric: &'static str,
    pub state: State,
    /// Percent, as is the threshold that was crossed.
    pub value: f32,
    pub threshold: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Raised,
    Cleared,
}

struct Threshold {
    metric: &'static str,
    value: fn(&Sample) -> Option<f32>,
    raise_at: f32,
    clear_at: f32,
    /// So many samples in a row must agree before the state changes.
    samples: u32,
    raised: bool,
    agreeing: u32,
}

pub struct Alerts {
    thresholds: [Threshold; 3],
}

impl Default for Alerts {
    fn default() -> Alerts {
        let threshold = |metric, value, raise_at, clear_at, samples| Threshold {
            metric,
            value,
            raise_at,
            clear_at,
            samples,
            raised: false,
            agreeing: 0,
        };
        Alerts {
            thresholds: [
                threshold("cpu", |sample| Some(sample.cpu_total), 75.0, 50.0, 2),
                threshold(
                    "memory",
                    |sample| percent(sample.memory.used, sample.memory.total),
                    90.0,
                    80.0,
                    3,
                ),
                threshold(
                    "disk",
                    |sample| percent(sample.disk.used, sample.disk.total),
                    90.0,
                    85.0,
                    3,
                ),
            ],
        }
    }
}

impl Alerts {
    pub fn observe<'a>(&'a mut self, sample: &'a Sample) -> impl Iterator<Item = Alert> + 'a {
        self.thresholds
            .iter_mut()
            .filter_map(|threshold| threshold.observe(sample.time, (threshold.value)(sample)?))
    }
}

impl Threshold {
    fn observe(&mut self, time: u64, value: f32) -> Option<Alert> {
        let crossed = if self.raised {
            value < self.clear_at
        } else {
            value > self.raise_at
        };
        self.agreeing = if crossed { self.agreeing + 1 } else { 0 };
        if self.agreeing < self.samples {
            return None;
        }
        self.agreeing = 0;
        self.raised = !self.raised;
        let (state, threshold) = if self.raised {
            (State::Raised, self.raise_at)
        } else {
            (State::Cleared, self.clear_at)
        };
        Some(Alert {
            time,
            metric: self.metric,
            state,
            value,
            threshold,
        })
    }
}

/// `None` where the operating system reports no total, as for disks in some containers.
fn percent(used: u64, total: u64) -> Option<f32> {
    (total > 0).then(|| (used as f64 * 100.0 / total as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(values: &[f32]) -> Vec<(usize, State)> {
        let mut alerts = Alerts::default();
        let mut changes = Vec::new();
        for (index, cpu_total) in values.iter().enumerate() {
            let sample = Sample {
                cpu_total: *cpu_total,
                ..Sample::default()
            };
            changes.extend(alerts.observe(&sample).map(|alert| (index, alert.state)));
        }
        changes
    }

    #[test]
    fn a_spike_of_one_sample_raises_nothing() {
        assert_eq!(changes(&[99.0, 10.0, 99.0, 10.0]), []);
    }

    #[test]
    fn a_value_that_trembles_around_the_threshold_raises_once() {
        let values = [80.0, 80.0, 70.0, 80.0, 80.0, 74.0, 76.0, 77.0];
        assert_eq!(changes(&values), [(1, State::Raised)]);
    }

    #[test]
    fn it_is_cleared_at_the_lower_mark_and_can_be_raised_again() {
        let values = [80.0, 80.0, 40.0, 60.0, 40.0, 40.0, 80.0, 80.0];
        assert_eq!(
            changes(&values),
            [(1, State::Raised), (5, State::Cleared), (7, State::Raised)]
        );
    }

    #[test]
    fn without_a_total_there_is_no_alert() {
        assert_eq!(percent(5, 0), None);
    }
}
