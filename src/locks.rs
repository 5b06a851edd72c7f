//! Web Locks: how a tab and the worker learn of each other's death. Absent on plain http.
//!
//! web-sys keeps `LockManager` behind `web_sys_unstable_apis`, hence the declarations.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, callback: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = String)]
    fn to_string(value: f64) -> String;
}

/// The worker's lock manager, where there is one.
pub(crate) struct Locks(LockManager);

impl Locks {
    pub(crate) fn present() -> Option<Self> {
        let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
        let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
        locks.is_object().then(|| Self(locks.unchecked_into()))
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
        if let Ok(promise) = self.0.request(name, &callback) {
            // The browser may refuse while the worker is being torn down; there is nobody left to tell.
            let ignore: Function = Closure::once_into_js(|_: JsValue| {}).unchecked_into();
            let _ = Reflect::apply(
                &Reflect::get(&promise, &"catch".into())
                    .map(JsCast::unchecked_into::<Function>)
                    .unwrap_or_default(),
                &promise,
                &js_sys::Array::of1(&ignore),
            );
        }
    }
}
