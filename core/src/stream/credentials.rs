//! `url` and `headers` as functions: they run in a tab, asked before every connection.

use super::{Ctx, Stream};
use crate::error::{Code, WireError};
use crate::hub::Output;
use crate::list;
use crate::message::{Credentials, Reply};
use crate::payload::Payload;
use crate::seat::{Seat, SeatId};
use crate::time::Millis;
use crate::timer::Timer;
use crate::upstream::{Input, State};
use crate::url;

/// How long a tab has to answer before the next is asked.
pub const ANSWER: Millis = Millis(5_000);

/// A question that no tab has answered yet.
#[derive(Debug)]
pub(super) struct Asking {
    request: u32,
    asked: Vec<SeatId>,
    /// Of those, who may still answer.
    waiting: Vec<SeatId>,
}

impl<P: Payload> Stream<P> {
    /// One answer for all tabs: the connection is made with it.
    pub(super) fn ask(&mut self, ctx: &mut Ctx) {
        self.questions = self.questions.wrapping_add(1);
        self.asking = Some(Asking {
            request: self.questions,
            asked: Vec::new(),
            waiting: Vec::new(),
        });
        self.ask_next(ctx);
    }

    /// Asks the next visible tab; after the last of them all others at once. One that was asked may still answer.
    pub(super) fn ask_next(&mut self, ctx: &mut Ctx) {
        let Some(asking) = &mut self.asking else { return };
        asking.waiting.clear();
        let mut others = Vec::new();
        for (at, seat) in self.seats.iter().enumerate() {
            let at = SeatId::try_from(at).unwrap_or(SeatId::MAX);
            if let Some(seat) = seat
                && seat.is_here()
                && seat.asks
                && !asking.asked.contains(&at)
            {
                if seat.visible {
                    asking.waiting.push(at);
                    break;
                }
                others.push(at);
            }
        }
        if asking.waiting.is_empty() {
            asking.waiting = others;
        }
        if asking.waiting.is_empty() {
            self.asking = None;
            self.timers.disarm(Timer::Ask);
            let error = WireError::new(Code::CredentialsTimeout, "");
            self.apply_as(Input::Unanswered, Some(error), ctx);
            return;
        }
        asking.asked.extend(&asking.waiting);
        for &at in &asking.waiting {
            if let Some(seat) = self.seats.get(at as usize).and_then(Option::as_ref) {
                let reply = Reply::Ask {
                    s: seat.s,
                    request: asking.request,
                    refused: self.is_refreshed,
                };
                ctx.outputs.push_back(Output::Tell { tab: seat.tab, reply });
            }
        }
        self.timers.arm(Timer::Ask, ctx.now + ANSWER);
    }

    /// The tab is gone, or its function has failed.
    pub(super) fn no_answer_from(&mut self, at: SeatId, ctx: &mut Ctx) {
        if let Some(asking) = &mut self.asking
            && list::remove(&mut asking.waiting, at)
            && asking.waiting.is_empty()
        {
            self.ask_next(ctx);
        }
    }

    /// Its tab is gone: another may get the number, and has not been asked.
    pub(super) fn forget_asked(&mut self, at: SeatId) {
        if let Some(asking) = &mut self.asking {
            list::remove(&mut asking.asked, at);
        }
    }

    /// The first answer counts, also one that comes late.
    pub(crate) fn take_answer(
        &mut self,
        at: SeatId,
        request: u32,
        answer: Option<Credentials>,
        is_home: bool,
        ctx: &mut Ctx,
    ) {
        let is_asked = |asking: &Asking| asking.request == request && asking.asked.contains(&at);
        if !self.asking.as_ref().is_some_and(is_asked)
            || !(self.state == State::Connecting || self.is_changing())
        {
            return;
        }
        let answer = answer.filter(|answer| {
            answer.url.is_some() == self.options.asks_url()
                && answer.headers.is_some() == self.options.asks_headers()
                && answer.url.as_ref().is_none_or(|url| url::origin(url).is_some())
        });
        let Some(Credentials { url, headers }) = answer else {
            self.no_answer_from(at, ctx);
            return;
        };
        self.asking = None;
        self.timers.disarm(Timer::Ask);
        if let Some(headers) = headers {
            self.headers = headers.into();
        }
        if let Some(url) = url {
            let has_moved = url::shown(&url) != url::shown(&self.url) || self.connections == 0;
            self.url = url;
            self.is_home = is_home;
            if has_moved {
                for seat in self.seats.iter().flatten() {
                    self.tell_place(seat, ctx);
                }
            }
        }
        self.connect(ctx);
    }

    /// Where the stream is, which only the hub knows where the URL is a function.
    pub(super) fn tell_place(&self, seat: &Seat<P>, ctx: &mut Ctx) {
        let reply = Reply::Located {
            s: seat.s,
            url: url::shown(&self.url),
        };
        ctx.outputs.push_back(Output::Tell { tab: seat.tab, reply });
    }
}
