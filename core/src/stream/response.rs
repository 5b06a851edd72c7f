//! What only a fetch tells: the status, how long to wait, and when the body ends.

use super::{Ctx, Stream};
use crate::error::{Code, WireError};
use crate::options::Transport;
use crate::payload::Payload;
use crate::request::{Response, Via};
use crate::text::decimal;
use crate::time::Millis;
use crate::upstream::{Input, Reason, State};

/// Longest `Retry-After` that is obeyed.
const MAX_RETRY_AFTER: Millis = Millis(3_600_000);
/// Bounds of `retry:`.
const RETRY: [Millis; 2] = [Millis(250), Millis(300_000)];
/// A body that shows nothing for this long ...
const HELD_BACK: Millis = Millis(5_000);
/// ... and then several events within this time of its end was held back by something in between.
const BURST: Millis = Millis(1_000);

impl<P: Payload> Stream<P> {
    /// The EventSource reported an error.
    pub(crate) fn lose(&mut self, side: u32, retrying: bool, joins: bool, ctx: &mut Ctx) {
        if side != self.side {
            self.broken(side, None, ctx);
            return;
        }
        // What such a retry brings first may be of two events.
        let retrying = retrying && !(joins && self.can_fetch());
        if !retrying && self.options.transport == Transport::Strict {
            let error = WireError::new(Code::Network, Reason::Refused.name());
            self.apply_as(Input::Refused, Some(error), ctx);
        } else if !retrying && self.can_fetch() {
            // Whatever the status is, a fetch will see it.
            let again = self.state != State::Open;
            self.via = Via::Fetch;
            self.apply(if again { Input::Again } else { Input::Lost }, ctx);
        } else if retrying && self.options.asks_url() {
            // The browser would send a spent token again.
            self.apply(Input::Broken, ctx);
        } else {
            self.apply(
                if retrying {
                    Input::LostRetrying
                } else {
                    Input::Lost
                },
                ctx,
            );
        }
    }

    /// `auto`, with EventSource still, and fetch needs nobody's leave.
    pub(super) fn can_fetch(&self) -> bool {
        self.options.transport == Transport::Auto && self.is_home && self.via == Via::EventSource
    }

    pub(crate) fn opened(&mut self, side: u32, ctx: &mut Ctx) {
        if side == self.side {
            self.apply(Input::Opened, ctx);
        } else {
            self.take_over(None, ctx);
        }
    }

    /// The connection that is to take the place of the present one was answered.
    fn answered_next(&mut self, response: &Response, ctx: &mut Ctx) {
        let code = match response.status {
            200 if response.is_event_stream => {
                self.take_over(response.last_event_id.as_ref(), ctx);
                return;
            }
            200 => Code::ContentType,
            401 | 403 => Code::Auth,
            _ => Code::HttpStatus,
        };
        self.retry_after = response.retry_after.unwrap_or(Millis(0)).min(MAX_RETRY_AFTER);
        self.fail_change(&WireError::new(code, decimal(response.status.into())), ctx);
    }

    pub(crate) fn answered(&mut self, side: u32, response: &Response, ctx: &mut Ctx) {
        if side != self.side {
            self.answered_next(response, ctx);
            return;
        }
        if self.state != State::Connecting || self.source.is_none() {
            return;
        }
        let status = response.status;
        let error = |code| Some(WireError::new(code, decimal(status.into())));
        self.retry_after = Millis(0);
        match status {
            200 if response.is_event_stream => {
                let asked = self.can_present_id().then(|| byte_string(&self.last_id.text()));
                self.proof = response
                    .last_event_id
                    .as_ref()
                    .filter(|_| asked.is_some())
                    .map(|told| asked.as_ref() == Some(told));
                self.apply(Input::Opened, ctx);
            }
            200 => self.apply_as(Input::Refused, error(Code::ContentType), ctx),
            204 => self.apply(Input::Stopped, ctx),
            // Without a place to go to: with one, it was followed.
            300..=399 => self.apply_as(Input::Broken, error(Code::Network), ctx),
            401 | 403 if self.options.asks() && !self.is_refreshed => {
                self.is_refreshed = true;
                self.apply(Input::Again, ctx);
            }
            401 | 403 => self.apply_as(Input::Refused, error(Code::Auth), ctx),
            429 | 500..=599 => {
                let wait = response.retry_after.unwrap_or(Millis(0));
                self.retry_after = wait.min(MAX_RETRY_AFTER);
                self.apply_as(Input::Busy, error(Code::HttpStatus), ctx);
            }
            _ => self.apply_as(Input::Refused, error(Code::HttpStatus), ctx),
        }
    }

    /// The shell has no fetch. Where nothing or 5xx answered, the site is away rather than the file missing.
    pub(crate) fn cannot_fetch(&mut self, side: u32, status: u16, detail: String, ctx: &mut Ctx) {
        if side == self.side && self.options.transport == Transport::Auto {
            // The next attempt needs none.
            self.via = Via::EventSource;
        }
        let code = match status {
            0 | 500.. => Code::Network,
            _ => Code::WorkerLoad,
        };
        self.broken(side, Some(WireError::new(code, detail)), ctx);
    }

    /// A connection broke, or could not be made.
    #[inline(never)]
    fn broken(&mut self, side: u32, error: Option<WireError>, ctx: &mut Ctx) {
        if side == self.side {
            self.apply_as(Input::Broken, error, ctx);
        } else {
            let error = error.unwrap_or_else(|| WireError::new(Code::Network, Reason::Network.name()));
            self.fail_change(&error, ctx);
        }
    }

    pub(crate) fn set_retry(&mut self, retry: Millis) {
        let [least, most] = RETRY;
        self.retry = Some(retry.clamp(least, most));
    }

    pub(crate) fn end_of_body(&mut self, side: u32, ctx: &mut Ctx) {
        // From the request on: what holds the body back may do so with the head.
        let (asked, received) = self.asked;
        let is_held_back = side == self.side
            && self.state == State::Open
            // The answer to a question ends, and may well come late and fast.
            && self.options.body().is_none()
            && self.received() > received + 1
            && self
                .first_sign
                .is_some_and(|first| first.since(asked) >= HELD_BACK && ctx.now.since(first) <= BURST);
        let error = is_held_back.then(|| WireError::new(Code::Network, BUFFERED));
        self.broken(side, error, ctx);
    }
}

/// Detail of the error that says: something between here and the server keeps the stream back.
pub(super) const BUFFERED: &str = "buffered";

/// A text as a header carries it: its UTF-8, a char for every byte.
pub(super) fn byte_string(text: &str) -> String {
    text.bytes().map(char::from).collect()
}
