//! The circle of a stream: tabs that hear long runs by one BroadcastChannel, so that a run is cloned once for all of them.
//!
//! A port stays the only way of a batch. It names the run that was put on air, and the page waits for what it has not heard yet;
//! so order, acknowledgements and bounds are the ports', and nobody who hears nothing misses anything. A tab is a member once its
//! own word has come back by that channel, and is named what was put on air after that. A run goes on air where all members are
//! about to be handed it. Who falls behind keeps what it has heard in memory that nobody can take back, so the circle ends, and
//! the next one is made without it.

use crate::hub::Output;
use crate::payload::Payload;
use crate::run::Run;
use crate::seat::SeatId;
use crate::stream::{Ctx, Stream};
use crate::time::{Millis, Time};

/// Units that a tab may have heard and not been handed yet.
const ROOM: u64 = 4 << 20;
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
    Invited(u64),
    /// From that run on; and it has heard so many units that it has not been handed yet.
    Hears(u32, u64),
}

impl Ear {
    /// Whether it has heard that run, 0 being one that was not on air.
    pub(crate) fn has_heard(self, run: u32) -> bool {
        matches!(self, Ear::Hears(from, _) if run >= from)
    }
}

/// What all other members have waiting.
pub(super) struct Reach {
    /// Numbers of the events.
    pub(super) from: u64,
    to: u64,
    /// Units that none of them has too much with.
    room: u64,
    /// Units of what went on air since.
    aired: u64,
    /// What is tried now fails as all has for long.
    fails: bool,
}

#[derive(Debug)]
pub(super) struct Circle {
    least: Airs,
    is_open: bool,
    /// The last that somebody was invited by.
    key: u64,
    /// The last run that went on air; they are counted from 1, over all circles.
    last: u32,
    /// Since when nothing went on air that was worth it.
    failing: Option<Time>,
    /// When the next circle may be made, and how long that takes the next time.
    again: Time,
    wait: Millis,
}

impl Circle {
    pub(super) fn new(least: Airs) -> Self {
        Self {
            least,
            is_open: false,
            key: 0,
            last: 0,
            failing: None,
            again: Time::ZERO,
            wait: AGAIN,
        }
    }

    /// A run that was made just now goes on air: under that number.
    pub(super) fn air<P: Payload>(&mut self, run: &Run<P>, reach: &mut Reach, now: Time) -> Option<u32> {
        if run.units < self.least.units {
            return None;
        }
        if !run.is_within(reach.from, reach.to) || reach.aired + run.units > reach.room {
            reach.fails = now >= *self.failing.get_or_insert(now) + FAILING;
            return None;
        }
        reach.fails = false;
        reach.aired += run.units;
        self.failing = None;
        self.last += 1;
        run.aired.set(self.last);
        Some(self.last)
    }

    /// Whether that run, which `is_new` or was made for another tab, shows that its tab belongs to the circle: others get it as well.
    pub(super) fn is_shared<P: Payload>(&self, run: &Run<P>, is_new: bool) -> bool {
        run.units >= self.least.units && (!is_new || run.aired.get() > 0)
    }
}

impl<P: Payload> Stream<P> {
    /// What all members wait for, if there are enough of them, when something is sent to `at`, who need not be one.
    #[inline(never)]
    pub(super) fn reach(&self, at: SeatId) -> Option<Reach> {
        if !self.circle.is_open {
            return None;
        }
        let mut count = 0;
        let mut reach = Reach {
            from: 0,
            to: u64::MAX,
            room: ROOM,
            aired: 0,
            fails: false,
        };
        for (other, seat) in self.seats.iter().enumerate() {
            let Some(seat) = seat else { continue };
            let is_self = other == at as usize;
            let heard = match seat.ear {
                Ear::Hears(_, heard) => heard,
                _ if is_self => 0,
                _ => continue,
            };
            count += 1;
            if !is_self {
                let (first, last) = seat.queue.waits();
                reach.from = reach.from.max(first);
                reach.to = reach.to.min(last);
                reach.room = reach.room.min(ROOM.saturating_sub(heard));
            }
        }
        (count >= self.circle.least.tabs).then_some(reach)
    }

    /// All that waited was sent to `at`, which was named runs up to `named`, if any; and what went on air for it the others have yet
    /// to be handed. Ends a circle that has become useless.
    #[inline(never)]
    pub(super) fn note_aired(&mut self, at: SeatId, named: u32, reach: &Reach, ctx: &mut Ctx) {
        let last = self.circle.last;
        for (other, seat) in self.seats.iter_mut().enumerate() {
            if let Some(seat) = seat
                && let Ear::Hears(_, heard) = &mut seat.ear
            {
                if other != at as usize {
                    *heard += reach.aired;
                } else if named == last {
                    // With it a page lets go of all before it. What it is not named it keeps, and that counts.
                    *heard = 0;
                }
            }
        }
        if reach.fails {
            self.end_circle(ctx);
        }
    }

    /// A tab has been handed a run that others are handed as well: the number by which it is invited, if it is to be.
    #[inline(never)]
    pub(super) fn invite(&mut self, at: SeatId, now: Time) -> Option<u64> {
        if now < self.circle.again || self.seats.iter().flatten().count() < self.circle.least.tabs {
            return None;
        }
        let key = self.circle.key + 1;
        let seat = self.seat_mut(at)?;
        if seat.ear != Ear::Deaf {
            return None;
        }
        seat.ear = Ear::Invited(key);
        self.circle.key = key;
        self.circle.is_open = true;
        Some(key)
    }

    /// The tab has closed the channel.
    pub(crate) fn deafen(&mut self, at: SeatId) {
        if let Some(seat) = self.seat_mut(at) {
            seat.ear = Ear::Deaf;
        }
    }

    /// Somebody has said `key` on the channel.
    pub(crate) fn heard(&mut self, key: u64) {
        let next = self.circle.last + 1;
        for seat in self.seats.iter_mut().flatten() {
            if seat.ear == Ear::Invited(key) {
                seat.ear = Ear::Hears(next, 0);
            }
        }
    }

    #[inline(never)]
    pub(super) fn end_circle(&mut self, ctx: &mut Ctx) {
        let circle = &mut self.circle;
        if !circle.is_open {
            return;
        }
        circle.is_open = false;
        circle.failing = None;
        circle.again = ctx.now + circle.wait;
        circle.wait = Millis((2 * circle.wait.0).min(AGAIN_MOST.0));
        for seat in self.seats.iter_mut().flatten() {
            seat.ear = Ear::Deaf;
        }
        ctx.outputs.push_back(Output::Hush { stream: self.id });
    }
}
