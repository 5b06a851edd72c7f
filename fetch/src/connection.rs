//! One streaming fetch. It lasts until its last word: an aborted one is told of by the promise that it waits for.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Uint8Array};
use tabmux_core::sse::Parser;
use tabmux_core::word;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

use crate::events::{Events, Known};
use crate::head::{self, Headers};
use crate::request;
use crate::tell::Tell;

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &JsValue, init: &Object) -> Promise;

    type Promise;

    #[wasm_bindgen(method)]
    fn then(this: &Promise, settled: &Function, failed: &Function) -> JsValue;

    /// What a promise of ours has settled with: a response, what a read gave, or an error, which has none of these.
    type Settled;

    #[wasm_bindgen(method, getter, structural)]
    fn status(this: &Settled) -> Option<u16>;

    #[wasm_bindgen(method, getter, structural)]
    fn headers(this: &Settled) -> Headers;

    #[wasm_bindgen(method, getter, structural)]
    fn body(this: &Settled) -> Option<Body>;

    /// A chunk; there is none at the end.
    #[wasm_bindgen(method, getter, structural)]
    fn value(this: &Settled) -> Option<Uint8Array>;

    type Body;

    #[wasm_bindgen(method, js_name = getReader)]
    fn reader(this: &Body) -> Reader;

    type Reader;

    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;
}

pub(crate) struct Connection {
    tell: Tell,
    /// What its promises call. It holds this struct, hence is let go with the last word.
    settled: Option<Function>,
    reader: Option<Reader>,
    parser: Parser,
    known: Known,
}

impl Connection {
    pub(crate) fn open(request: &Array, signal: &JsValue, tell: Tell) {
        let this = Rc::new(RefCell::new(Self {
            tell,
            settled: None,
            reader: None,
            parser: Parser::new(request::limits(request)),
            known: Known::new(),
        }));
        let settled = {
            let this = Rc::clone(&this);
            // The engine's to free: nobody can stop listening to a promise.
            Closure::<dyn FnMut(Settled)>::new(move |value| this.borrow_mut().settle(&value)).into_js_value()
        };
        this.borrow_mut().settled = Some(settled.unchecked_into());
        this.borrow().await_next(&fetch(
            &request.get(request::URL),
            &request::init(request, signal),
        ));
    }

    /// A promise has settled. The next read follows once its chunk is dealt with: nothing is read ahead.
    fn settle(&mut self, value: &Settled) {
        if self.reader.is_none() {
            if let Some(status) = value.status() {
                head::tell(&self.tell, status, &value.headers());
                self.reader = value.body().map(|body| body.reader());
            }
        } else if let Some(chunk) = value.value() {
            let chunk = chunk.to_vec();
            self.parser
                .feed(&chunk, &mut Events::new(&chunk, &self.tell, &mut self.known));
            self.tell.say_number(word::REST, 0);
        } else {
            self.reader = None;
        }
        if let Some(reader) = &self.reader {
            self.await_next(&reader.read());
        } else {
            self.settled = None;
            self.tell.say_number(word::ENDED, 0);
        }
    }

    /// One function for both ends of a promise: what it settled with tells them apart.
    fn await_next(&self, promise: &Promise) {
        if let Some(settled) = &self.settled {
            promise.then(settled, settled);
        }
    }
}
