//! Web Locks: how a tab and the worker learn of each other's death. Absent on plain http.
//!
//! web-sys keeps `LockManager` behind `web_sys_unstable_apis`, hence the declarations.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

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

    /// Holds a lock for as long as the worker lives; `held` is called once it is.
    pub(crate) fn hold(&self, name: &str, held: impl FnOnce() + 'static) {
        self.when_granted(name, move || {
            held();
            // Never settles: the lock is let go by the worker's end alone.
            Promise::new(&mut |_, _| {}).into()
        });
    }

    /// Calls `gone` once whoever holds the lock is no more.
    pub(crate) fn wait(&self, name: &str, gone: impl FnOnce() + 'static) {
        self.when_granted(name, move || {
            gone();
            JsValue::UNDEFINED
        });
    }

    fn when_granted(&self, name: &str, granted: impl FnOnce() -> JsValue + 'static) {
        let callback = Closure::once_into_js(granted);
        if let Ok(request) = self.0.request(name, &callback) {
            // The browser may refuse while the worker is being torn down; there is nobody left to tell.
            IGNORE.with(|ignore| request.catch(ignore));
        }
    }
}
