//! One page's port; dropping it closes it.

use tabmux_core::PortId;
use tabmux_core::options::NAMES;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use crate::host::Host;

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
}

impl Port {
    pub(crate) fn new(id: PortId, port: MessagePort, host: &Host) -> Self {
        port.set_onmessage(Some(&host.hear(id, NAMES)));
        Self { id, inner: port }
    }

    pub(crate) fn inner(&self) -> &MessagePort {
        &self.inner
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
