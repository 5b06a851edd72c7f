//! JS strings as the core's payload: handles, never copied into linear memory on the event path.

use js_sys::JsString;
use tabmux_core::Payload;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// `js/json.ts`, which the build puts into the module's glue: a JS string is read where it is.
    #[wasm_bindgen(js_name = tabmuxField)]
    fn field(text: &JsValue, name: &str) -> Option<String>;
}

/// A JS string.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text(JsValue);

impl Text {
    /// `None` where the value is not a string.
    pub(crate) fn new(value: JsValue) -> Option<Self> {
        value.is_string().then_some(Self(value))
    }

    pub(crate) fn value(&self) -> &JsValue {
        &self.0
    }
}

/// What is known to be a string.
impl From<JsValue> for Text {
    fn from(text: JsValue) -> Self {
        Self(text)
    }
}

impl Payload for Text {
    fn units(&self) -> u32 {
        self.0.unchecked_ref::<JsString>().length()
    }

    fn text(&self) -> String {
        self.0.as_string().unwrap_or_default()
    }

    fn field(&self, name: &str) -> Option<String> {
        field(&self.0, name)
    }

    fn of(text: &str) -> Self {
        Self(JsValue::from_str(text))
    }
}
