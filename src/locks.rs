//! Web Locks: how a tab and the worker learn of each other's death. Absent on plain http.
//!
//! web-sys keeps `LockManager` behind `web_sys_unstable_apis`, hence the declarations.

use js_sys::Array;
use tabmux_core::seat::TabId;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::worker::{Inbox, Once};

#[wasm_bindgen]
extern "C" {
    type Navigator;

    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static NAVIGATOR: Navigator;

    #[wasm_bindgen(method, getter)]
    fn locks(this: &Navigator) -> Option<LockManager>;

    type LockManager;

    type LockRequest;

    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, callback: &JsValue) -> Result<LockRequest, JsValue>;

    #[wasm_bindgen(method)]
    fn catch(this: &LockRequest, handler: &JsValue);

    /// Any function without effects.
    #[wasm_bindgen(thread_local_v2, js_name = Boolean)]
    static IGNORE: JsValue;

    /// Of no promises: it never settles.
    #[wasm_bindgen(js_namespace = Promise)]
    fn race(promises: &Array) -> JsValue;

    #[wasm_bindgen(js_name = String)]
    pub(crate) fn to_string(value: f64) -> String;
}

/// The worker's lock manager, where there is one.
pub(crate) struct Locks(LockManager);

impl Locks {
    pub(crate) fn present() -> Option<Self> {
        NAVIGATOR.with(Navigator::locks).map(Self)
    }

    /// A name that no other worker has.
    pub(crate) fn worker_name() -> String {
        let mut name = String::from("tabmux:worker:");
        name.push_str(&to_string(js_sys::Date::now()));
        name.push_str(&to_string(js_sys::Math::random()));
        name
    }

    /// Holds a lock for as long as the worker lives; `inbox` is told once it is held.
    pub(crate) fn hold(&self, name: &str, inbox: Inbox) {
        self.request_lock(name, &inbox.once(Once::LockHeld));
    }

    /// Tells `inbox` once `tab`, who holds the lock, is no more.
    pub(crate) fn wait(&self, name: &str, tab: TabId, inbox: Inbox) {
        self.request_lock(name, &inbox.once(Once::TabGone(tab)));
    }

    fn request_lock(&self, name: &str, granted: &JsValue) {
        if let Ok(request) = self.0.request(name, granted) {
            // The browser may refuse while the worker is being torn down; there is nobody left to tell.
            IGNORE.with(|ignore| request.catch(ignore));
        }
    }
}

/// A promise that never settles.
pub(crate) fn never() -> JsValue {
    race(&Array::new())
}
