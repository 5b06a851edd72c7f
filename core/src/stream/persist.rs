//! `resume.persist`: the last event id outlives all tabs. What is kept, when, and what of it counts is decided here; the
//! shell reads and writes. Nothing of it is in the way of an event.

use super::{Ctx, Stream};
use crate::error::Code;
use crate::hub::Output;
use crate::message::Stored;
use crate::payload::Payload;
use crate::seam::fnv;
use crate::seat::Seat;
use crate::time::Millis;
use crate::timer::Timer;
use crate::upstream::State;

/// The storage is waited for no longer. Slow is better than deaf to what was sent meanwhile; without tabs of before
/// nothing else can tell where to go on.
pub const LOAD: Millis = Millis(1_000);
/// An id is noted, and one such time later written if all have acknowledged it: it is a second old at most.
pub const SAVE_EVERY: Millis = Millis(500);
/// What did not change is written again so many times within its `maxAge`, so that its age is that of the last tab.
const STAMPS: u64 = 8;
/// The bits of a key: numbers of JS hold them exactly.
const KEY: u64 = (1 << 53) - 1;

#[derive(Debug)]
pub(crate) struct Persist<P> {
    key: u64,
    max_age: Millis,
    /// Nothing is opened before the storage has answered.
    loading: bool,
    /// The next look is a soon one.
    is_hasty: bool,
    /// Where the stream was at the last look, if not all tabs were there yet.
    candidate: Option<(u64, P)>,
    /// What was written last.
    saved: Option<(u64, P)>,
    /// It is told once.
    has_failed: bool,
}

impl<P: Payload> Persist<P> {
    /// Under a hash, because URL and principal are nobody's business. Never zero.
    pub(crate) fn new(max_age: Millis, family: &str, principal: Option<&str>) -> Self {
        let mut identity = family.to_owned();
        identity.push('\n');
        if let Some(principal) = principal {
            identity.push('p');
            identity.push_str(principal);
        }
        Self {
            key: fnv(&identity) & KEY | 1,
            max_age,
            loading: false,
            is_hasty: false,
            candidate: None,
            saved: None,
            has_failed: false,
        }
    }
}

impl<P: Payload> Stream<P> {
    /// No tab can tell where to go on: the storage is asked.
    #[inline(never)]
    pub(crate) fn load(&mut self, ctx: &mut Ctx) {
        if let Some(persist) = &mut self.persist {
            persist.loading = true;
            ctx.outputs.push_back(Output::Load { key: persist.key });
            self.timers.arm(Timer::Load, ctx.now + LOAD);
        }
    }

    pub(crate) fn is_loading(&self) -> bool {
        self.persist.as_ref().is_some_and(|persist| persist.loading)
    }

    pub(crate) fn is_kept_as(&self, key: u64) -> bool {
        self.persist.as_ref().is_some_and(|persist| persist.key == key)
    }

    /// The storage has answered. Late, it is of no use: the connection has begun.
    #[inline(never)]
    pub(crate) fn stored(&mut self, stored: Stored, ctx: &mut Ctx) {
        let Some(persist) = &mut self.persist else { return };
        let was_loading = std::mem::take(&mut persist.loading);
        let mut failure = None;
        match stored {
            Stored::Nothing => {}
            Stored::Failed(detail) => failure = Some(detail),
            // Not written by this code, or before the clock was set back.
            Stored::Found { age: None, .. } => failure = Some("DataError".to_owned()),
            Stored::Found {
                id, age: Some(age), ..
            } => {
                if was_loading && age <= persist.max_age.0 && self.state == State::Idle {
                    self.last_id = P::of(&id);
                    self.id_number += 1;
                    self.returning = true;
                    persist.saved = Some((self.seq, self.last_id.clone()));
                }
            }
        }
        if let Some(detail) = failure {
            self.unkept(&detail, ctx);
        }
        if was_loading {
            self.timers.disarm(Timer::Load);
            self.rethink(ctx);
        }
    }

    /// The storage could not do what it was asked for.
    #[inline(never)]
    pub(crate) fn unkept(&mut self, detail: &str, ctx: &mut Ctx) {
        if let Some(persist) = &mut self.persist
            && !std::mem::replace(&mut persist.has_failed, true)
        {
            self.tell_error(Code::Storage, detail, ctx);
        }
    }

    /// There is news to be kept: soon, whatever was the next time.
    #[inline(never)]
    pub(super) fn save_soon(&mut self, ctx: &Ctx) {
        if let Some(persist) = &mut self.persist
            && !std::mem::replace(&mut persist.is_hasty, true)
        {
            self.timers.arm(Timer::Save, ctx.now + SAVE_EVERY);
        }
    }

    /// Writes where the stream was at the last look if all tabs that are awake and subscribed have acknowledged that, and
    /// notes where it is now. What came while there was no such tab was had by nobody.
    #[inline(never)]
    pub(super) fn save(&mut self, ctx: &mut Ctx) {
        let can_present = self.can_present_id();
        let Some(persist) = &mut self.persist else { return };
        let had = self.seats.iter().flatten().filter(|seat| seat.needs_upstream());
        let had = had.map(|seat| seat.queue.acknowledged()).min();
        let mut is_due = persist.candidate.is_none();
        if let Some(had) = had {
            if let Some(past) = persist.candidate.take_if(|(seq, _)| *seq <= had) {
                persist.saved = Some(past);
                is_due = true;
            }
            if is_due && let Some((_, id)) = &persist.saved {
                ctx.outputs.push_back(Output::Save {
                    key: persist.key,
                    id: id.text(),
                    max_age: persist.max_age,
                });
            }
        }
        let seq = persist.saved.as_ref().map_or(0, |(seq, _)| *seq);
        if persist.candidate.is_none() && self.seq > seq && can_present {
            persist.candidate = Some((self.seq, self.last_id.clone()));
        }
        // Hasty is who has armed the timer for it: what comes after a rest arms it again.
        let is_on = !matches!(self.state, State::Idle | State::Closed | State::Ended);
        persist.is_hasty = is_on && persist.candidate.is_some() && had.is_some();
        if is_on {
            let wait = if persist.is_hasty {
                SAVE_EVERY
            } else {
                SAVE_EVERY.max(Millis(persist.max_age.0 / STAMPS))
            };
            self.timers.arm(Timer::Save, ctx.now + wait);
        }
    }

    /// Where the tabs of before were, all of which are gone: whoever comes now goes on from there.
    #[inline(never)]
    pub(crate) fn left_at(&self) -> Option<u64> {
        let (seq, _) = self.persist.as_ref()?.saved.as_ref()?;
        (*seq < self.seq && !self.seats.iter().flatten().any(Seat::needs_upstream)).then_some(*seq)
    }
}
