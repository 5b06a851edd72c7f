//! `close({ everywhere: true })`: every stream of all tabs ends, and nothing of this session is shown after it.

use super::{Hub, Output, PortId};
use crate::list;
use crate::message::{Reply, Stored};
use crate::payload::Payload;
use crate::seat::TabId;
use crate::time::{Millis, Time};

/// The tabs that are awake answer `ended` by then, or are asleep.
pub const CONFIRM: Millis = Millis(2_000);

/// The storage is waited for no longer before a tab that has slept goes on.
const ASK: Millis = Millis(1_000);

/// The key under which the storage holds which sessions have ended, and the place of the storage among the tabs that are
/// waited for, none of which has that number.
pub(super) const SESSION: u64 = 0;
pub(super) const STORAGE: TabId = 0;

/// One that waits for the tabs.
#[derive(Debug)]
pub(super) struct Ending {
    session: u32,
    asked_by: Vec<(PortId, u32)>,
    waiting: Vec<TabId>,
    until: Time,
}

/// Pings that came while the storage was asked: to a page that has slept the pong says that its session goes on.
#[derive(Debug)]
pub(super) struct Withheld {
    pub(super) until: Time,
    pub(super) pings: Vec<PortId>,
}

impl Ending {
    pub(super) fn until(&self) -> Time {
        self.until
    }
}

impl<P: Payload> Hub<P> {
    pub(super) fn close_everywhere(&mut self, port: PortId, request: u32) {
        // One that still waits is answered with this one, which ends whatever was begun between the two.
        let mut asked_by = self.ending.take().map_or_else(Vec::new, |ending| ending.asked_by);
        asked_by.push((port, request));
        self.session += 1;
        // Nothing of before may be taken up again, by whomever slept through this.
        self.ended_below = self.epoch + 1;
        self.end_streams();
        self.claims.clear(self.epoch);
        // A tab that sleeps may outlive this worker, and ask the next one.
        self.ctx.outputs.push_back(Output::Forget {
            epoch: self.ended_below,
        });
        let mut waiting = vec![STORAGE];
        let mut told = Vec::new();
        for &(id, ref tab) in self.tabs.iter() {
            if let Some(port) = tab.port {
                told.push(port);
                if tab.away.is_none() {
                    waiting.push(id);
                }
            }
        }
        let session = self.session;
        for port in told {
            self.reply(port, Reply::Ended { session });
        }
        self.ending = Some(Ending {
            session,
            asked_by,
            waiting,
            until: self.ctx.now + CONFIRM,
        });
    }

    /// A tab of another worker joins: it may have slept while its session was closed everywhere.
    pub(super) fn ask_for_session(&mut self) {
        if !std::mem::replace(&mut self.has_asked, true) {
            self.ctx.outputs.push_back(Output::Load { key: SESSION });
            self.withheld = Some(Withheld {
                until: self.ctx.now + ASK,
                pings: Vec::new(),
            });
        }
    }

    /// The storage has answered, or is waited for no longer: who has asked whether its session goes on is answered.
    pub(super) fn answer_pings(&mut self) {
        for port in self
            .withheld
            .take()
            .map_or_else(Vec::new, |withheld| withheld.pings)
        {
            self.reply(port, Reply::Pong);
        }
    }

    /// The storage has answered: what tabs of before that session hold ends as well.
    #[inline(never)]
    pub(super) fn session_stored(&mut self, stored: &Stored) {
        // Of a time to come it says nothing: the clock was set back, and epochs come from clocks.
        let Stored::Found {
            epoch: Some(epoch),
            age: Some(_),
            ..
        } = *stored
        else {
            return;
        };
        self.ended_below = self.ended_below.max(epoch);
        let below = self.ended_below;
        let mut told = Vec::new();
        for &(id, ref tab) in self.tabs.iter() {
            if tab.from < below {
                told.push((id, tab.port));
            }
        }
        let session = self.session;
        for (tab, port) in told {
            for (s, ..) in self.seats_of(tab) {
                self.detach(tab, s);
            }
            if let Some(port) = port {
                self.reply(port, Reply::Ended { session });
            }
        }
        self.forget_abandoned();
    }

    pub(super) fn confirm_ended(&mut self, tab: TabId, session: u32) {
        if self
            .ending
            .as_ref()
            .is_some_and(|ending| ending.session == session)
        {
            self.no_longer_waits_for(tab);
        }
    }

    pub(super) fn no_longer_waits_for(&mut self, tab: TabId) {
        let Some(ending) = &mut self.ending else { return };
        list::remove(&mut ending.waiting, tab);
        if ending.waiting.is_empty() {
            self.finish_ending();
        }
    }

    pub(super) fn finish_ending(&mut self) {
        for (port, request) in self.ending.take().map_or_else(Vec::new, |ending| ending.asked_by) {
            self.reply(port, Reply::ClosedEverywhere { request });
        }
    }
}
