//! One EventSource with its listeners; dropping it closes it.

use tabmux_core::StreamId;
use wasm_bindgen::JsCast;
use web_sys::{EventSource, EventSourceInit};

use crate::worker::{Argument, Inbox, Input, Listener};

pub(crate) struct Source {
    inner: EventSource,
    /// Name, what it tells, and the listener itself.
    listeners: Vec<(Box<str>, Input, Listener)>,
}

impl Source {
    /// `None` where the browser does not take the URL.
    pub(crate) fn open(stream: StreamId, url: &str, with_credentials: bool, inbox: Inbox) -> Option<Self> {
        let init = EventSourceInit::new();
        init.set_with_credentials(with_credentials);
        let mut source = Self {
            inner: EventSource::new_with_event_source_init_dict(url, &init).ok()?,
            listeners: Vec::new(),
        };
        source.listen("open", Input::Opened(stream), inbox);
        source.listen("error", Input::Failed(stream), inbox);
        Some(source)
    }

    /// `input` is told with every event of that name.
    #[inline(never)]
    pub(crate) fn listen(&mut self, name: &str, input: Input, inbox: Inbox) {
        let listener = inbox.listener(input);
        // Fails for no string.
        drop(
            self.inner
                .add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()),
        );
        self.listeners.push((name.into(), input, listener));
    }

    pub(crate) fn unlisten(&mut self, input: Input) {
        if let Some(at) = self.listeners.iter().position(|(_, other, _)| *other == input) {
            self.let_go_of(at);
        }
    }

    #[inline(never)]
    fn let_go_of(&mut self, at: usize) {
        let (name, _, listener) = self.listeners.swap_remove(at);
        drop(
            self.inner
                .remove_event_listener_with_callback(&name, listener.as_ref().unchecked_ref()),
        );
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
