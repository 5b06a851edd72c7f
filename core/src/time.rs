//! Time as the core sees it: milliseconds since an origin of the caller's choice, handed in with every input.

use core::ops::{Add, Sub};

/// A point in time, in milliseconds since the caller's origin. Must not run backwards between two inputs; far below 2^64, as
/// every span is, so that sums need no care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Time(pub u64);

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Millis(pub u64);

impl Time {
    /// The origin.
    pub const ZERO: Time = Time(0);
    /// The deadline of what is not waited for.
    pub(crate) const NEVER: Time = Time(u64::MAX);

    /// The span from `earlier` until `self`; zero if `earlier` is later.
    pub fn since(self, earlier: Time) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Millis> for Time {
    type Output = Time;
    fn add(self, span: Millis) -> Time {
        Time(self.0 + span.0)
    }
}

impl Sub<Millis> for Time {
    type Output = Time;
    fn sub(self, span: Millis) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}
