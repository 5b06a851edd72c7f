//! The shell in a real SharedWorker: `npm test -- --only wasm-chromium` (or `wasm-firefox`).
//!
//! The events come from `tests/wasm/server.mjs`, whose address is compiled in.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Date, Function, JSON, Object, Promise, Reflect, Uint32Array};
use tabmux_core::message::{Had, Message, VERSION};
use tabmux_core::options::{NAMES, Options, Transport};
use tabmux_core::{BatchSink, GapCause, Header, Payload};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{MessageEvent, MessagePort};

use crate::batch::Batch;
use crate::text::Text;
use crate::wire;
use crate::worker::Worker;

wasm_bindgen_test_configure!(run_in_shared_worker);

const SERVER: Option<&str> = option_env!("TABMUX_TEST_SSE");
/// What of `js/` reads messages and listens to the server, as a script that declares `hear` and `source`.
const SCRIPT: Option<&str> = option_env!("TABMUX_TEST_SCRIPT");
/// Milliseconds: generous, since a busy machine is slow and a test that passes never waits for it.
const LIMIT: f64 = 20_000.0;

/// A page, as far as the worker can tell: one end of a channel.
struct Page {
    port: MessagePort,
    inbox: Rc<RefCell<VecDeque<JsValue>>>,
    waker: Rc<RefCell<Option<Function>>>,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Page {
    fn connect(host: &JsValue) -> Self {
        let channel = js("new MessageChannel()");
        let port: MessagePort = Reflect::get(&channel, &"port1".into()).unwrap().unchecked_into();
        let connect: Function = get(host, "connect").unchecked_into();
        connect.call1(host, &get(&channel, "port2")).unwrap();
        let inbox: Rc<RefCell<VecDeque<JsValue>>> = Rc::default();
        let waker: Rc<RefCell<Option<Function>>> = Rc::default();
        let (into, wake) = (Rc::clone(&inbox), Rc::clone(&waker));
        let listener = Closure::new(move |event: MessageEvent| {
            into.borrow_mut().push_back(event.data());
            if let Some(wake) = wake.borrow_mut().take() {
                wake.call0(&JsValue::NULL).unwrap();
            }
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Self {
            port,
            inbox,
            waker,
            _listener: listener,
        }
    }

    fn say(&self, json: &str) {
        self.port.post_message(&JSON::parse(json).unwrap()).unwrap();
    }

    fn hello(&self, tab: &str) {
        self.say(&format!(
            r#"{{"t":"hello","v":5,"build":"test","tab":"{tab}","visible":true}}"#
        ));
    }

    /// The next message that `wanted` takes; fails after [`LIMIT`].
    async fn until<T>(&self, what: &str, mut wanted: impl FnMut(&JsValue) -> Option<T>) -> T {
        loop {
            let next = self.inbox.borrow_mut().pop_front();
            if let Some(message) = next {
                if let Some(found) = wanted(&message) {
                    return found;
                }
                continue;
            }
            let waker = Rc::clone(&self.waker);
            let arrived = Promise::new(&mut |resolve, reject| {
                let late = Function::new_with_args("reject, limit", "setTimeout(reject, limit, 'late')");
                late.call2(&JsValue::NULL, &reject, &LIMIT.into()).unwrap();
                *waker.borrow_mut() = Some(resolve);
            });
            assert!(
                JsFuture::from(arrived).await.is_ok(),
                "no {what} within {LIMIT} ms"
            );
        }
    }

    async fn reply(&self, t: &str) -> JsValue {
        self.until(t, |message| (get(message, "t") == t).then(|| message.clone()))
            .await
    }

    /// Batches, acknowledged, until so many events have come; gives `channel id data` of each, names resolved.
    async fn events(&self, count: usize) -> Vec<String> {
        let mut names: Vec<(i64, String)> = Vec::new();
        let mut events: Vec<String> = Vec::new();
        while events.len() < count {
            let batch = self
                .until("batch", |message| message.dyn_ref::<Array>().cloned())
                .await;
            let mut id = String::new();
            for at in (6..batch.length()).step_by(3) {
                let (op, a, b) = (whole(&batch.get(at)), batch.get(at + 1), batch.get(at + 2));
                if op >= 0 {
                    id = a.as_string().unwrap_or(id);
                    let name = names.iter().find(|(index, _)| *index == op).unwrap().1.clone();
                    events.push(format!("{name} {id} {}", b.as_string().unwrap()));
                } else if op == -1 {
                    names.push((whole(&a), b.as_string().unwrap()));
                } else if op == -7 {
                    let run: Array = a.unchecked_into();
                    let ends = run.get(0).unchecked_into::<Uint32Array>().to_vec();
                    let text: Vec<u16> = run.get(1).as_string().unwrap().encode_utf16().collect();
                    let cut =
                        |from: u32, to: u32| String::from_utf16_lossy(&text[from as usize..to as usize]);
                    let mut end = 0;
                    for event in ends.chunks(3) {
                        let index = i64::from(event[0]);
                        let (_, name) = names.iter().find(|(known, _)| *known == index).unwrap();
                        id = cut(end, event[1]);
                        end = event[2];
                        events.push(format!("{name} {id} {}", cut(event[1], end)));
                    }
                }
            }
            self.port
                .post_message(&Array::of2(&batch.get(0), &batch.get(1)))
                .unwrap();
        }
        events
    }
}

#[allow(clippy::cast_possible_truncation, reason = "small whole numbers")]
fn whole(value: &JsValue) -> i64 {
    value.as_f64().unwrap() as i64
}

fn js(source: &str) -> JsValue {
    Function::new_no_args(&format!("return {source}"))
        .call0(&JsValue::NULL)
        .unwrap()
}

/// What a function gives that begins with that script.
fn scripted(body: &str) -> JsValue {
    let script = SCRIPT
        .expect("TABMUX_TEST_SCRIPT is the worker's half in JS: run by npm test -- --only wasm-chromium");
    Function::new_no_args(&format!("{script}{body}"))
        .call0(&JsValue::NULL)
        .unwrap()
}

fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap()
}

/// A hub that runs, as its host: `connect` takes a page's port.
fn worker() -> JsValue {
    // A storage with nothing in it, and no other worker.
    let host = scripted(
        "const told = (...word) => host.told(...word);
        const ports = [];
        const sources = [];
        const form = say.saying({ build: 'test', href: 'http://example.test/worker.js' });
        const send = (port, message) => ports[port].postMessage(message);
        const host = {
            connect(port) {
                const listen = hear.hearing(host.names, (...ack) => host.ack(...ack), (...said) => host.said(...said));
                port.onmessage = listen(ports.push(port) - 1);
            },
            form,
            send,
            say: (port, ...row) => send(port, form(...row)),
            close(port) { ports[port].close() },
            store: (key, value) => setTimeout(told, 0, value === undefined ? 4 : 5, key),
            fence: () => setTimeout(told, 0, 6),
            announce() {},
            post: (port, ...batch) => send(port, batch),
            source(connection, url, withCredentials) {
                const opened = new EventSource(url, { withCredentials });
                sources[connection] = source.sourceOf(opened, connection, (...event) => host.event(...event), told);
                return true;
            },
            listen: (connection, ...channel) => sources[connection].listen(...channel),
            unlisten: (connection, channel) => sources[connection].unlisten(channel),
            end: (connection) => sources[connection]?.close(),
            lock: (name, tab) => navigator.locks.request(name, () => told(3, tab)),
            join: run.join,
        };
        return host",
    );
    let href = "http://example.test/worker.js".to_owned();
    let worker = Worker::new(href, 0, 0.5, false, host.clone().unchecked_into());
    Reflect::set(&host, &"names".into(), &NAMES.into()).unwrap();
    let event = Closure::<dyn FnMut(u32, u32, JsValue, JsValue)>::new(
        move |connection, channel, id: JsValue, data: JsValue| {
            worker.event(connection, channel, id.into(), data.into());
        },
    );
    Reflect::set(&host, &"event".into(), &event.into_js_value()).unwrap();
    let ack = Closure::<dyn FnMut(u32, u32, f64)>::new(move |port, s, batch| worker.ack(port, s, batch));
    Reflect::set(&host, &"ack".into(), &ack.into_js_value()).unwrap();
    let said = Closure::<dyn FnMut(u32, JsValue)>::new(move |port, row| worker.said(port, row));
    Reflect::set(&host, &"said".into(), &said.into_js_value()).unwrap();
    let told =
        Closure::<dyn FnMut(u32, JsValue, JsValue)>::new(move |what, number: JsValue, answer: JsValue| {
            worker.told(what, number.as_f64().unwrap_or_default(), &answer);
        });
    Reflect::set(&host, &"told".into(), &told.into_js_value()).unwrap();
    host
}

fn stream() -> String {
    let server = SERVER.expect("TABMUX_TEST_SSE names the server: run by npm test -- --only wasm-chromium");
    format!("{server}/sse/wasm?lastEventId=start")
}

fn attach(url: &str, channels: &[&str]) -> String {
    let subs: Vec<String> = (0..)
        .zip(channels)
        .map(|(sub, channel): (u32, _)| format!(r#"{{"sub":{sub},"channel":"{channel}","replay":0}}"#))
        .collect();
    let subs = subs.join(",");
    format!(r#"{{"t":"attach","s":1,"kind":"channel","url":"{url}","options":{{}},"subs":[{subs}]}}"#)
}

#[wasm_bindgen_test]
async fn a_page_is_welcomed_with_what_the_entry_and_the_hub_know() {
    let worker = worker();
    let page = Page::connect(&worker);
    page.hello("a");
    let welcome = page.reply("welcome").await;
    assert_eq!(get(&welcome, "v"), VERSION);
    assert_eq!(get(&welcome, "build"), "test");
    assert_eq!(get(&welcome, "href"), "http://example.test/worker.js");
    assert!(get(&welcome, "epoch").as_f64().is_some());
}

#[wasm_bindgen_test]
async fn another_version_is_refused() {
    let worker = worker();
    let page = Page::connect(&worker);
    page.say(r#"{"t":"hello","v":99,"build":"x","tab":"a","visible":true}"#);
    assert_eq!(get(&page.reply("refused").await, "v"), VERSION);
}

#[wasm_bindgen_test]
async fn events_of_a_real_server_reach_the_page_whatever_they_are_called() {
    let worker = worker();
    let page = Page::connect(&worker);
    page.hello("a");
    page.say(&attach(
        &stream(),
        &["greeting", "open", "error", "__proto__", "message"],
    ));
    assert_eq!(
        page.events(7).await,
        [
            "greeting 1 hello",
            "greeting 1 no id of its own",
            "greeting 2 two\nlines",
            "open 3 named open",
            "error 4 named error",
            "__proto__ 5 named __proto__",
            "message 6 unnamed",
        ]
    );
}

#[wasm_bindgen_test]
async fn a_page_gets_its_channels_and_no_others_over_one_connection() {
    let worker = worker();
    let (a, b) = (Page::connect(&worker), Page::connect(&worker));
    a.hello("a");
    b.hello("b");
    // Both in one task: the second stream joins before the first event can come.
    a.say(&attach(&stream(), &["greeting"]));
    b.say(&attach(&stream(), &["message"]));
    assert_eq!(a.events(3).await.len(), 3);
    assert_eq!(b.events(1).await, ["message 6 unnamed"]);
    b.say(r#"{"t":"stats","s":1,"r":5}"#);
    let stats = get(&b.reply("stats").await, "stats");
    assert_eq!(get(&stats, "tabs"), 2);
    assert_eq!(get(&stats, "streams"), 1);
    assert_eq!(get(&stats, "connections"), 1);
    assert_eq!(get(&stats, "lastEventId"), "6");
    assert_eq!(get(&stats, "resumed"), JsValue::NULL);
}

#[wasm_bindgen_test]
async fn a_tab_whose_lock_is_granted_is_gone() {
    let worker = worker();
    let (a, b) = (Page::connect(&worker), Page::connect(&worker));
    let release = js(
        "new Promise((held) => navigator.locks.request('test:tab:a', () => new Promise((release) => held({ release }))))",
    );
    let release = JsFuture::from(Promise::from(release)).await.unwrap();
    a.say(r#"{"t":"hello","v":5,"build":"test","tab":"a","lock":"test:tab:a","visible":true}"#);
    a.say(&attach(&stream(), &["message"]));
    assert_eq!(a.events(1).await.len(), 1);
    b.hello("b");
    b.say(&attach(&stream(), &["message"]));
    get(&release, "release")
        .unchecked_into::<Function>()
        .call0(&JsValue::NULL)
        .unwrap();
    // The browser grants it in a process of its own.
    let end = Date::now() + LIMIT;
    let mut request = 0;
    while Date::now() < end {
        request += 1;
        b.say(&format!(r#"{{"t":"stats","s":1,"r":{request}}}"#));
        let stats = get(&b.reply("stats").await, "stats");
        if get(&stats, "tabs") == 1 {
            return;
        }
    }
    panic!("the tab was still counted after {LIMIT} ms");
}

#[wasm_bindgen_test]
async fn a_malformed_message_is_answered_and_changes_nothing() {
    let worker = worker();
    let page = Page::connect(&worker);
    page.hello("a");
    for bad in [
        "1",
        "null",
        "{}",
        r#"{"t":"nonsense"}"#,
        r#"{"t":"attach","s":-1}"#,
        r#"{"t":"attach","s":1,"kind":"channel","url":"http://a/","options":{"reconnect":7},"subs":[]}"#,
        r#"{"t":"sub","s":1,"sub":1,"channel":5,"replay":0}"#,
        r#"{"t":"bye","persisted":true,"at":[1,2,1,-1]}"#,
        r#"{"t":"bye","persisted":true,"at":[1,2,1]}"#,
        r#"["a",1]"#,
    ] {
        page.say(bad);
        assert_eq!(get(&page.reply("error").await, "code"), "BAD_MESSAGE", "{bad}");
    }
    page.say(r#"{"t":"ping"}"#);
    page.reply("pong").await;
}

#[wasm_bindgen_test]
async fn an_option_out_of_range_is_refused_by_name() {
    let worker = worker();
    let page = Page::connect(&worker);
    page.hello("a");
    page.say(
        r#"{"t":"attach","s":1,"kind":"channel","url":"http://a.test/","options":{"buffer":{"events":0}},"subs":[]}"#,
    );
    let refused = page.reply("detached").await;
    assert_eq!(get(&refused, "code"), "BAD_OPTION");
    assert!(
        get(&refused, "detail")
            .as_string()
            .unwrap()
            .starts_with("buffer.events")
    );
}

#[wasm_bindgen_test]
fn what_a_tab_had_is_read_and_nonsense_in_it_is_passed_over() {
    let row = scripted(&format!(
        "let row;
        hear.hearing({NAMES:?}, undefined, (port, said) => {{ row = said }})(0)({{ data: {{
        t: 'attach', s: 1, kind: 'channel', url: 'http://a.test/', subs: [],
        options: {{ resume: {{ param: null }}, buffer: {{ events: 7 }}, key: 'k', strict: true, channels: ['c'] }},
        position: {{ epoch: 5, seq: 9, id: 'x', batch: 2 }},
        had: Object.assign(['zero', 'w', 'a', -3, 1, null, 'one', 'w', 'b', 'two', 7, 'c', 'three'],
            {{ length: 2 ** 32 - 1 }}) }} }});
        return row"
    ));
    let Message::Attach(attach, given) = wire::read(row.unchecked_into()) else {
        panic!("an attach")
    };
    let read = |had: &Had<Text>| (had.channel.clone(), had.id.text(), had.data.text());
    let expected = |channel: &str, id: &str, data: &str| (channel.to_owned(), id.to_owned(), data.to_owned());
    let had: Vec<_> = attach.had.iter().map(read).collect();
    assert_eq!(had, [expected("zero", "w", "a"), expected("one", "w", "b")]);
    assert!(given.without_resume_param, "null is not the same as nothing");
    assert_eq!(attach.position.unwrap().seq, 9);
    let options = Options::parse(*given).unwrap();
    assert_eq!((options.buffer().events, options.key()), (7, Some("k")));
    assert_eq!(
        (options.transport, options.channels()),
        (Transport::Strict, &["c".to_owned()][..])
    );
}

#[wasm_bindgen_test]
fn a_batch_is_flat_and_holds_the_very_strings() {
    let host = JsValue::UNDEFINED.unchecked_into();
    let mut batch = Batch::new(&host, 0, 0);
    let (id, data) = (Text::of("7"), Text::of("payload"));
    batch.begin(Header {
        s: 1,
        batch: 2,
        epoch: 3,
        seq: 4,
        last_id: &id,
        asks: true,
    });
    batch.channel(0, "news");
    batch.event(0, Some(&id), &data);
    batch.event(0, None, &data);
    batch.gap("news", None, GapCause::NoId);
    let expected =
        r#"[1,2,3,4,"7",true,-1,0,"news",0,"7","payload",0,null,"payload",-4,"news",[null,"no-id"]]"#;
    assert_eq!(
        String::from(JSON::stringify(&batch.into_value().unwrap()).unwrap()),
        expected
    );
}

#[wasm_bindgen_test]
fn what_goes_on_air_is_named_in_the_batch_and_a_page_is_told_where() {
    let host = js("({
        said: [],
        join: (parts) => ['joined', ...parts],
        circle: (stream) => `circle of ${stream}`,
        air(...said) { this.said.push(said) },
    })");
    let mut batch = Batch::new(host.unchecked_ref(), 7, 0);
    let (id, data) = (Text::of("7"), Text::of("payload"));
    batch.begin(Header {
        s: 1,
        batch: 2,
        epoch: 3,
        seq: 4,
        last_id: &id,
        asks: true,
    });
    let run = batch.join(&[]);
    batch.air(5, &run);
    batch.aired(4, 5);
    batch.run(4, &run);
    batch.event(0, Some(&id), &data);
    batch.invite(40);
    let entries = r#"[1,2,3,4,"7",true,-9,5,null,-7,["joined"],null,0,"7","payload",-8,40,"circle of 7"]"#;
    assert_eq!(
        String::from(JSON::stringify(&batch.into_value().unwrap()).unwrap()),
        entries
    );
    let said = JSON::stringify(&get(&host, "said")).unwrap();
    assert_eq!(String::from(said), r#"[[7,5,["joined"]]]"#);
}

#[wasm_bindgen_test]
fn text_is_measured_in_utf_16_units() {
    let text = Text::new("a\u{1F600}".into()).unwrap();
    assert_eq!(text.units(), 3);
    assert_eq!(text, Text::of("a\u{1F600}"));
    assert!(Text::new(Object::new().into()).is_none());
}
