//! The hub's half of a fetch. The other half is a module of its own (`fetch/`), which the worker's entry loads with the
//! first one.

use js_sys::Array;
use tabmux_core::error::Code;
use tabmux_core::{ConnectionId, Hub, Millis, Request, Response, Time, word};
use wasm_bindgen::JsValue;

use crate::clock;
use crate::text::Text;
use crate::wire;

/// What is kept of a connection that fetches.
#[derive(Default)]
pub(crate) struct Fetch {
    /// Those that the other half calls by number.
    names: Vec<String>,
    /// When the first word of a chunk was told: a clock asked for with every event costs more than handing it to five tabs.
    now: Option<Time>,
}

/// What the other half tells: a [`word`].
pub(crate) struct Told {
    pub(crate) what: u32,
    pub(crate) number: u32,
    pub(crate) a: JsValue,
    pub(crate) b: JsValue,
}

impl Fetch {
    /// Passes it on; gives whether it was the last for now. Until then nothing is delivered: what a chunk holds goes
    /// together.
    pub(crate) fn take(&mut self, connection: ConnectionId, told: Told, hub: &mut Hub<Text>) -> bool {
        let Told { what, number, a, b } = told;
        let now = *self.now.get_or_insert_with(clock::now);
        if let word::EVENT | word::EVENT_WITHOUT_ID = what
            && let Some(name) = self.names.get(number as usize)
        {
            let id = (what == word::EVENT).then(|| Text::from(a));
            hub.handle_parsed(connection, name, id, Text::from(b), now);
            return false;
        }
        self.take_other(connection, Told { what, number, a, b }, hub, now);
        let is_last = what >= word::REST;
        if is_last {
            self.now = None;
        }
        is_last
    }

    /// What is not told with every event.
    #[inline(never)]
    fn take_other(&mut self, connection: ConnectionId, told: Told, hub: &mut Hub<Text>, now: Time) {
        let Told { what, number, a, b } = told;
        let name = self.names.get(number as usize);
        match (what, name) {
            (word::NAME, _) => {
                self.names.truncate(number as usize);
                self.names.push(a.as_string().unwrap_or_default());
            }
            (word::ID, _) => hub.handle_id(connection, Text::from(a), now),
            (word::COMMENT, _) => hub.handle_sign_of_life(connection, now),
            (word::RETRY, _) => hub.handle_retry(connection, Millis(number.into()), now),
            (word::EVENT_TOO_LARGE | word::LINE_TOO_LONG, Some(name)) => {
                let code = if what == word::LINE_TOO_LONG {
                    Code::LineTooLong
                } else {
                    Code::EventTooLarge
                };
                hub.handle_oversize(connection, name, Text::new(a), code, now);
            }
            (word::HEAD, _) => {
                let response = Response {
                    status: status(number),
                    is_event_stream: number >= word::EVENT_STREAM,
                    last_event_id: a.as_string(),
                    retry_after: wire::whole(&b).map(Millis),
                };
                hub.handle_response(connection, &response, now);
            }
            (word::ENDED, _) => hub.handle_ended(connection, now),
            (word::UNLOADABLE, _) => {
                let detail = a.as_string().unwrap_or_default();
                hub.handle_unloadable(connection, status(number), detail, now);
            }
            _ => {}
        }
    }
}

/// As `request.rs` of the other half reads it.
pub(crate) fn list(request: &Request) -> Array {
    let options = &request.options;
    let credentials = if options.with_credentials() {
        "include"
    } else {
        "same-origin"
    };
    let list = Array::new();
    for value in [
        request.url.as_str().into(),
        credentials.into(),
        options.method().into(),
        options.body().into(),
        request.last_event_id.as_deref().into(),
        options.limit_line().into(),
        options.limit_event().into(),
        (*request.headers).into(),
    ] {
        list.push(&value);
    }
    list
}

#[allow(clippy::cast_possible_truncation, reason = "what is above is no status")]
fn status(number: u32) -> u16 {
    number as u16
}
