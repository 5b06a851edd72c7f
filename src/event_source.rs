//! One EventSource with its listeners; dropping it closes it.

use tabmux_core::{ChannelIndex, ConnectionId};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventSource, EventSourceInit};

use crate::worker::{Argument, Inbox, Input};

#[wasm_bindgen]
extern "C" {
    /// As web-sys has it, but neither fails for any string.
    #[wasm_bindgen(js_name = EventSource)]
    type Target;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn listen(this: &Target, name: &str, listener: &JsValue);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn unlisten(this: &Target, name: &str, listener: &JsValue);
}

pub(crate) struct Source {
    inner: EventSource,
    /// Name, the channel that it is for, if any, and the listener itself, a function.
    listeners: Vec<(Box<str>, Option<ChannelIndex>, JsValue)>,
}

impl Source {
    /// `None` where the browser does not take the URL.
    pub(crate) fn open(
        connection: ConnectionId,
        url: &str,
        with_credentials: bool,
        inbox: Inbox,
    ) -> Option<Self> {
        let init = EventSourceInit::new();
        init.set_with_credentials(with_credentials);
        let mut source = Self {
            inner: EventSource::new_with_event_source_init_dict(url, &init).ok()?,
            listeners: Vec::new(),
        };
        source.listen("open", None, inbox.once(Input::Opened(connection)));
        source.listen("error", None, inbox.once(Input::Failed(connection)));
        Some(source)
    }

    /// `listener` is called with every event of that name.
    #[inline(never)]
    pub(crate) fn listen(&mut self, name: &str, channel: Option<ChannelIndex>, listener: JsValue) {
        self.target().listen(name, &listener);
        self.listeners.push((name.into(), channel, listener));
    }

    pub(crate) fn unlisten(&mut self, channel: ChannelIndex) {
        let mut all = self.listeners.iter();
        if let Some(at) = all.position(|&(_, of, _)| of == Some(channel)) {
            self.let_go_of(at);
        }
    }

    #[inline(never)]
    fn let_go_of(&mut self, at: usize) {
        let (name, _, listener) = self.listeners.swap_remove(at);
        self.target().unlisten(&name, &listener);
    }

    fn target(&self) -> &Target {
        self.inner.unchecked_ref()
    }

    /// The browser goes on by itself.
    pub(crate) fn is_retrying(&self) -> bool {
        self.inner.ready_state() == EventSource::CONNECTING
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.inner.close();
        while !self.listeners.is_empty() {
            self.let_go_of(0);
        }
    }
}

/// A server may name its events `open` and `error`: those are messages, not news of the connection.
pub(crate) fn is_message(event: &Argument) -> bool {
    event.data().is_string()
}
