//! One page's port; dropping it closes it.

use tabmux_core::PortId;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use crate::worker::{Inbox, Input};

pub(crate) struct Port {
    port: MessagePort,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Port {
    pub(crate) fn new(id: PortId, port: MessagePort, inbox: Inbox) -> Self {
        let listener = Closure::new(move |event: MessageEvent| inbox.put(Input::Message(id, event.data())));
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Self {
            port,
            _listener: listener,
        }
    }

    pub(crate) fn post(&self, message: &JsValue) {
        // All that is posted can be cloned; a port whose page is gone swallows it.
        drop(self.port.post_message(message));
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}
