//! One EventSource with its listeners; dropping it closes it.

use tabmux_core::{ChannelIndex, ConnectionId};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::host::Host;
use crate::worker::{Argument, Inbox, Input};

#[wasm_bindgen]
extern "C" {
    /// As web-sys has it, but nothing of it fails for any string.
    pub(crate) type EventSource;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn listen(this: &EventSource, name: &str, listener: &JsValue);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn unlisten(this: &EventSource, name: &str, listener: &JsValue);

    #[wasm_bindgen(method)]
    fn close(this: &EventSource);

    #[wasm_bindgen(method, getter, js_name = readyState)]
    fn ready_state(this: &EventSource) -> u32;
}

/// Its `readyState` while it tries.
const CONNECTING: u32 = 0;

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
        host: &Host,
    ) -> Option<Self> {
        let mut source = Self {
            inner: host.source(url, with_credentials)?,
            listeners: Vec::new(),
        };
        source.listen("open", None, inbox.once(Input::Opened(connection)));
        source.listen("error", None, inbox.once(Input::Failed(connection)));
        Some(source)
    }

    /// `listener` is called with every event of that name.
    #[inline(never)]
    pub(crate) fn listen(&mut self, name: &str, channel: Option<ChannelIndex>, listener: JsValue) {
        self.inner.listen(name, &listener);
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
        self.inner.unlisten(&name, &listener);
    }

    /// The browser goes on by itself.
    pub(crate) fn is_retrying(&self) -> bool {
        self.inner.ready_state() == CONNECTING
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
