//! The circle of a stream: tabs that hear long runs by one BroadcastChannel, so that a run is cloned once for all of them.
//!
//! A port stays the only way of a batch. It names the run that was put on air, and the page waits for what it has not heard yet;
//! so order, acknowledgements and bounds are the ports', and nobody who hears nothing misses anything. A tab is a member once its
//! own word has come back by that channel, and is named what was put on air after that. A run goes on air where all members are
//! about to be handed it. Who falls behind keeps what it has heard in memory that nobody can take back, so the circle ends, and
//! the next one is made without it.
//!
//! One number counts all of it, in pieces of 16 Ki units, which are used up after 64 Ti: a run's is what had been put on air with it. Where a member was named a run, its page
//! has let go of all before that, and keeps what lies between that number and the last.

use crate::hub::Output;
use crate::payload::Payload;
use crate::run::Run;
use crate::seat::{Presence, SeatId};
use crate::stream::{Ctx, Stream};
use crate::time::{Millis, Time};

/// By so many bits the units are more than the pieces. What goes on air has one at least.
const PIECE: u32 = 14;
/// Pieces that a tab may have heard and not been handed yet: 4 Mi units.
const ROOM: u32 = (4 << 20) >> PIECE;
/// A circle of which nobody could be put anything on air for so long has a member that is frozen, or holds other channels than the
/// others do.
const FAILING: Millis = Millis(2_000);
/// From the end of one circle to the next, at first; each time twice as long, up to the second.
const AGAIN: Millis = Millis(1_000);
const AGAIN_MOST: Millis = Millis(60_000);

/// What is worth a circle, where one clone for all is less work than one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Airs {
    /// So many tabs.
    pub tabs: usize,
    /// Units of data of a run; `u64::MAX`: there are no circles.
    pub units: u64,
}

/// What a seat's tab hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ear {
    Deaf,
    /// It was told of the channel, and is to say this number there.
    Invited(u32),
    /// What comes after that number.
    Hears(u32),
}

impl Ear {
    /// Whether the tab has heard that run and not let go of it, 0 being one that was not on air.
    pub(super) fn has(self, run: u32) -> bool {
        matches!(self, Ear::Hears(last) if run > last)
    }
}

/// What all other members have waiting, and what comes of the batch that is being written.
pub(super) struct Reach {
    /// Numbers of the events.
    pub(super) from: u64,
    to: u64,
    /// Up to this number none of them keeps too much; 0: they are too few.
    until: u32,
    /// The tab is handed a run that others are handed as well.
    is_shared: bool,
    /// What is tried now fails as all has for long.
    fails: bool,
}

#[derive(Debug)]
pub(super) struct Circle {
    least: Airs,
    /// Somebody was invited.
    is_open: bool,
    /// The last run that went on air, or the last key that somebody was invited by, over all circles.
    last: u32,
    /// Nothing has gone on air that was worth it: until then that says nothing.
    failing: Time,
    /// When the next circle may be made, and how long that takes the next time.
    again: Time,
    wait: Millis,
}

impl Circle {
    pub(super) fn new(least: Airs) -> Self {
        Self {
            least,
            is_open: false,
            last: 0,
            failing: Time::NEVER,
            again: Time::ZERO,
            wait: AGAIN,
        }
    }

    /// A run is about to be handed out, which `is_new` or was made for another tab. `true`: it goes on air first.
    #[inline(never)]
    #[allow(clippy::cast_possible_truncation, reason = "pieces of one run")]
    pub(super) fn airs<P: Payload>(
        &mut self,
        run: &Run<P>,
        is_new: bool,
        reach: &mut Reach,
        now: Time,
    ) -> bool {
        if run.units < self.least.units {
            return false;
        }
        if !is_new {
            reach.is_shared = true;
        } else if reach.until > 0 {
            // Rounded up: no two have the same.
            let number = self.last + (run.units >> PIECE) as u32 + 1;
            if run.is_within(reach.from, reach.to) && number <= reach.until {
                reach.is_shared = true;
                reach.fails = false;
                self.failing = Time::NEVER;
                self.last = number;
                run.aired.set(number);
                return true;
            }
            self.failing = self.failing.min(now + FAILING);
            reach.fails = now >= self.failing;
        }
        false
    }
}

impl<P: Payload> Stream<P> {
    /// What all members wait for, if there are enough of them, when something is sent to `at`, who need not be one.
    #[inline(never)]
    pub(super) fn reach(&self, at: SeatId) -> Reach {
        let mut reach = Reach {
            from: 0,
            to: u64::MAX,
            until: u32::MAX,
            is_shared: false,
            fails: false,
        };
        let mut members = 1;
        if self.circle.is_open {
            for (other, seat) in self.seats.iter().enumerate() {
                if let Some(seat) = seat
                    && let Ear::Hears(last) = seat.ear
                    && seat.presence != Presence::Vacant
                    && other != at as usize
                {
                    members += 1;
                    let (first, end) = seat.queue.waits();
                    reach.from = reach.from.max(first);
                    reach.to = reach.to.min(end);
                    reach.until = reach.until.min(last + ROOM);
                }
            }
        }
        if members < self.circle.least.tabs {
            reach.from = 0;
            reach.until = 0;
        }
        reach
    }

    /// All that waited was sent to `at`: the number by which it is invited, if it is to be. Ends a circle that has become useless.
    #[inline(never)]
    pub(super) fn close_reach(&mut self, at: SeatId, reach: &Reach, ctx: &mut Ctx) -> Option<u32> {
        let circle = &mut self.circle;
        if reach.fails {
            circle.is_open = false;
            circle.failing = Time::NEVER;
            circle.again = ctx.now + circle.wait;
            circle.wait = Millis((2 * circle.wait.0).min(AGAIN_MOST.0));
            for seat in self.seats.iter_mut().flatten() {
                seat.ear = Ear::Deaf;
            }
            ctx.outputs.push_back(Output::Hush { stream: self.id });
            return None;
        }
        if !reach.is_shared
            || ctx.now < circle.again
            || self.seats.iter().flatten().count() < circle.least.tabs
        {
            return None;
        }
        let key = circle.last + 1;
        let seat = self.seats.get_mut(at as usize)?.as_mut()?;
        if seat.ear != Ear::Deaf {
            return None;
        }
        seat.ear = Ear::Invited(key);
        circle.last = key;
        circle.is_open = true;
        Some(key)
    }

    /// Somebody has said `key` on the channel.
    pub(crate) fn heard(&mut self, key: u32) {
        for seat in self.seats.iter_mut().flatten() {
            if seat.ear == Ear::Invited(key) {
                seat.ear = Ear::Hears(self.circle.last);
            }
        }
    }
}
