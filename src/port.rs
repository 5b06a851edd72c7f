//! One page's port; dropping it closes it.

use tabmux_core::PortId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use crate::worker::{Inbox, Input, Listener};

pub(crate) struct Port {
    id: PortId,
    inner: MessagePort,
    _listener: Listener,
}

impl Port {
    pub(crate) fn new(id: PortId, port: MessagePort, inbox: Inbox) -> Self {
        let listener = inbox.listener(Input::Message(id));
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Self {
            id,
            inner: port,
            _listener: listener,
        }
    }

    pub(crate) fn id(&self) -> PortId {
        self.id
    }

    pub(crate) fn post(&self, message: &JsValue) {
        // All that is posted can be cloned; a port whose page is gone swallows it.
        drop(self.inner.post_message(message));
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.close();
    }
}
