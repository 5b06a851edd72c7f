//! One page's port; dropping it closes it.

use tabmux_core::PortId;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use crate::worker::{Inbox, Input, Listener};

#[wasm_bindgen]
extern "C" {
    /// As web-sys has it, but for all that is posted can be cloned.
    #[wasm_bindgen(js_name = MessagePort)]
    type Target;

    #[wasm_bindgen(method, js_name = postMessage)]
    fn post(this: &Target, message: &JsValue);
}

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
        // One whose page is gone swallows it.
        self.inner.unchecked_ref::<Target>().post(message);
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.close();
    }
}
