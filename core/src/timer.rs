//! The timers of a stream: one slot each, so that arming one again replaces it and nothing piles up.

use crate::time::Time;

/// What a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The last subscriber left; closes the upstream.
    Grace,
    /// All tabs are hidden; closes the upstream.
    Hidden,
    /// Tabs of a dead worker may still say hello; then the least advanced decides where to resume.
    Recover,
    /// No answer to a connection attempt, or a browser's retry that takes too long.
    Connect,
    /// The wait before the hub's next attempt.
    Backoff,
    /// Open long enough for the failures to be forgotten.
    Stable,
    /// Silence that is too long.
    Watchdog,
    /// Idle tabs are told the connection's position.
    Mirror,
    /// Channels without subscribers are let go.
    Linger,
    /// The seam after a resume is over.
    Seam,
    /// A `reconnect()` that came too soon after the last.
    Reconnect,
    /// The storage does not answer.
    Load,
    /// The id is to be kept past all tabs.
    Save,
    /// A tab that was asked for credentials has not answered.
    Ask,
    /// The list of topics is looked at.
    Topics,
}

static ALL: [Timer; 15] = [
    Timer::Grace,
    Timer::Hidden,
    Timer::Recover,
    Timer::Connect,
    Timer::Backoff,
    Timer::Stable,
    Timer::Watchdog,
    Timer::Mirror,
    Timer::Linger,
    Timer::Seam,
    Timer::Reconnect,
    Timer::Load,
    Timer::Save,
    Timer::Ask,
    Timer::Topics,
];

/// One deadline per [`Timer`].
#[derive(Debug)]
pub(crate) struct Timers {
    /// [`Time::NEVER`] where it is not armed.
    at: [Time; ALL.len()],
    /// The least of `at`: read after every event, changed far more rarely.
    next: Time,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Self {
            at: [Time::NEVER; ALL.len()],
            next: Time::NEVER,
        }
    }

    #[inline(never)]
    pub(crate) fn arm(&mut self, timer: Timer, at: Time) {
        self.at[timer as usize] = at;
        self.refresh();
    }

    /// Arms it, unless it comes sooner already.
    pub(crate) fn hasten(&mut self, timer: Timer, at: Time) {
        if at < self.at[timer as usize] {
            self.arm(timer, at);
        }
    }

    pub(crate) fn disarm(&mut self, timer: Timer) {
        if self.is_armed(timer) {
            self.arm(timer, Time::NEVER);
        }
    }

    pub(crate) fn is_armed(&self, timer: Timer) -> bool {
        self.at[timer as usize] < Time::NEVER
    }

    pub(crate) fn next(&self) -> Time {
        self.next
    }

    /// Takes one timer that is due.
    pub(crate) fn take_due(&mut self, now: Time) -> Option<Timer> {
        if self.next > now {
            return None;
        }
        let due = *ALL.iter().find(|&&timer| self.at[timer as usize] <= now)?;
        self.disarm(due);
        Some(due)
    }

    fn refresh(&mut self) {
        self.next = Time::NEVER;
        for &at in &self.at {
            self.next = self.next.min(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timer_has_its_own_slot() {
        for (index, timer) in ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }

    #[test]
    fn arming_again_replaces() {
        let mut timers = Timers::new();
        timers.arm(Timer::Grace, Time(5));
        timers.arm(Timer::Grace, Time(9));
        timers.hasten(Timer::Grace, Time(10));
        assert_eq!(timers.take_due(Time(8)), None);
        assert_eq!(timers.next(), Time(9));
        assert_eq!(timers.take_due(Time(9)), Some(Timer::Grace));
        assert_eq!(timers.next(), Time::NEVER);
    }
}
