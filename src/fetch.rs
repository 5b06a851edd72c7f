//! One streaming fetch: request, head, and a body whose events are parsed as its chunks come; dropping it aborts it,
//! which frees the connection at once.
//!
//! Bytes become JS strings once per block of [`BLOCK`] bytes, not once per event: a `TextDecoder` call costs more than
//! the rest of an event's way (decisions/0024). An event's data is a slice of its block's text.

use js_sys::{Array, Function, JsString, Object, Uint8Array};
use tabmux_core::error::Code;
use tabmux_core::sse::{self, Event, Limits, Parser, Sink, TooLarge};
use tabmux_core::{Hub, Millis, Payload, Request, Response, StreamId, Time};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

use crate::clock;
use crate::text::Text;
use crate::worker::{Inbox, Input};

/// Bytes that are decoded at a time. A slice keeps the text of its block alive: an event that waits in a queue or a ring
/// holds no more than this beside its own.
const BLOCK: usize = 16 << 10;

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &str, init: &Object) -> Promise;

    type Promise;

    #[wasm_bindgen(method)]
    fn then(this: &Promise, settled: &Function, failed: &Function) -> JsValue;

    type AbortController;

    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> JsValue;

    #[wasm_bindgen(method)]
    fn abort(this: &AbortController);

    /// What a promise of ours has settled with: a response, what a read gave, or an error, which has none of these.
    pub(crate) type Settled;

    #[wasm_bindgen(method, getter, structural)]
    fn status(this: &Settled) -> Option<u16>;

    #[wasm_bindgen(method, getter, structural)]
    fn headers(this: &Settled) -> Headers;

    #[wasm_bindgen(method, getter, structural)]
    fn body(this: &Settled) -> Option<Body>;

    /// A chunk; there is none at the end.
    #[wasm_bindgen(method, getter, structural)]
    fn value(this: &Settled) -> Option<Uint8Array>;

    type Headers;

    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;

    type Body;

    #[wasm_bindgen(method, js_name = getReader)]
    fn reader(this: &Body) -> Reader;

    type Reader;

    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;

    type TextDecoder;

    #[wasm_bindgen(constructor)]
    fn new(label: &str, options: &Object) -> TextDecoder;

    #[wasm_bindgen(method)]
    fn decode(this: &TextDecoder, bytes: &[u8]) -> JsString;

    #[wasm_bindgen(js_namespace = Object, js_name = fromEntries)]
    fn from_entries(entries: &Array) -> Object;

    #[wasm_bindgen(js_namespace = Date, js_name = parse)]
    fn parse_date(text: &str) -> f64;
}

/// A fetch of a stream.
pub(crate) struct Fetch {
    stream: StreamId,
    /// Which of all fetches this is: what an earlier one of the same stream still settles with is not its own.
    serial: u32,
    controller: AbortController,
    settled: Function,
    reader: Option<Reader>,
    parser: Parser,
    text: Decoded,
    too_large: Code,
}

impl Fetch {
    pub(crate) fn open(stream: StreamId, serial: u32, request: &Request, inbox: Inbox) -> Self {
        let controller = AbortController::new();
        // The engine's to free: nobody can stop listening to a promise, and it may settle after this is dropped.
        let settled = Closure::<dyn FnMut(Settled)>::new(move |value| {
            inbox.put(Input::Settled(stream, serial, value));
        })
        .into_js_value()
        .unchecked_into();
        let this = Self {
            stream,
            serial,
            settled,
            reader: None,
            parser: Parser::new(Limits {
                line: request.options.limits.line as usize,
                event: request.options.limits.event as usize,
            }),
            text: Decoded::new(),
            too_large: Code::EventTooLarge,
            controller,
        };
        this.await_next(&fetch(&request.url, &init(request, this.controller.signal())));
        this
    }

    pub(crate) fn is(&self, serial: u32) -> bool {
        self.serial == serial
    }

    /// A promise has settled. The next read follows once its chunk is dealt with: nothing is read ahead.
    pub(crate) fn settle(&mut self, value: &Settled, hub: &mut Hub<Text>, now: Time) {
        if self.reader.is_none() {
            if let Some(status) = value.status() {
                hub.handle_response(self.stream, &head(status, &value.headers()), now);
                self.reader = value.body().map(|body| body.reader());
            }
        } else if let Some(chunk) = value.value() {
            self.take(&chunk.to_vec(), hub, now);
        } else {
            self.reader = None;
        }
        match &self.reader {
            Some(reader) => self.await_next(&reader.read()),
            None => hub.handle_ended(self.stream, now),
        }
    }

    /// One function for both ends of a promise: what it settled with tells them apart.
    fn await_next(&self, promise: &Promise) {
        promise.then(&self.settled, &self.settled);
    }

    fn take(&mut self, chunk: &[u8], hub: &mut Hub<Text>, now: Time) {
        let mut feed = Feed {
            stream: self.stream,
            hub,
            now,
            chunk,
            block: None,
            text: &mut self.text,
            too_large: &mut self.too_large,
        };
        self.parser.feed(chunk, &mut feed);
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

fn init(request: &Request, signal: JsValue) -> Object {
    let headers = Array::new();
    let header = |name: &str, value: &str| headers.push(&pair(name, &value.into()));
    header("accept", "text/event-stream");
    // In lower case, as the page's `Headers` has made them: the application's own takes the place of that one.
    for line in request.headers.split('\n') {
        if let Some((name, value)) = line.split_once(',') {
            header(name, value);
        }
    }
    if let Some(id) = &request.last_event_id {
        header("last-event-id", id);
    }
    let credentials = if request.options.with_credentials {
        "include"
    } else {
        "same-origin"
    };
    object(&[
        ("cache", "no-store".into()),
        ("credentials", credentials.into()),
        ("headers", from_entries(&headers).into()),
        ("signal", signal),
        // Undefined is as good as absent.
        ("method", request.options.method.as_deref().into()),
        ("body", request.options.body.as_deref().into()),
    ])
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let entries = Array::new();
    for (name, value) in fields {
        entries.push(&pair(name, value));
    }
    from_entries(&entries)
}

fn pair(name: &str, value: &JsValue) -> JsValue {
    Array::of2(&name.into(), value).into()
}

fn head(status: u16, headers: &Headers) -> Response {
    let header = |name| headers.get(name);
    Response {
        status,
        is_event_stream: header("content-type").is_some_and(|kind| is_event_stream(kind.as_bytes())),
        retry_after: header("retry-after").and_then(|text| retry_after(&text)),
        last_event_id: header("last-event-id"),
    }
}

/// Whatever its parameters. There is no white space around it: `Headers` takes that off.
fn is_event_stream(kind: &[u8]) -> bool {
    const NAME: &[u8] = b"text/event-stream";
    kind.get(..NAME.len())
        .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
        && matches!(kind.get(NAME.len()), None | Some(b';' | b' ' | b'\t'))
}

/// Seconds, or a date.
fn retry_after(text: &str) -> Option<Millis> {
    if let Some(seconds) = sse::decimal(text.as_bytes()) {
        return Some(Millis(seconds.saturating_mul(1_000)));
    }
    let date = parse_date(text);
    (!date.is_nan()).then(|| Millis(clock::to_u64(date).saturating_sub(clock::wall())))
}

/// Bytes of the body as JS strings.
struct Decoded {
    decoder: TextDecoder,
    name: String,
    /// The last event id as the stream spells it and as the hub has it: shared by all events until another comes.
    id: Vec<u8>,
    id_text: Option<Text>,
    /// A block without data has set it since the last event.
    is_id_new: bool,
}

impl Decoded {
    fn new() -> Self {
        Self {
            // A mark in the middle is text; the parser has taken that of the beginning.
            decoder: TextDecoder::new("utf-8", &object(&[("ignoreBOM", JsValue::TRUE)])),
            name: String::new(),
            id: Vec::new(),
            id_text: None,
            is_id_new: false,
        }
    }

    /// A name is ASCII, as a rule, and then no matter for JS.
    fn name(&mut self, name: &[u8]) -> &str {
        self.name.clear();
        if name.is_ascii() {
            self.name.extend(name.iter().map(|&byte| char::from(byte)));
        } else {
            self.name = self.text(name).text();
        }
        &self.name
    }

    fn text(&self, bytes: &[u8]) -> Text {
        Text::of_string(self.decoder.decode(bytes))
    }
}

/// A piece of the chunk as text, and how far it has been cut.
struct Block {
    text: JsString,
    end: usize,
    at: usize,
    unit: usize,
    count: fn(&[u8]) -> usize,
}

impl Block {
    fn new(bytes: &[u8], at: usize, decoder: &TextDecoder) -> Self {
        let text = decoder.decode(bytes);
        let count: fn(&[u8]) -> usize = if text.length() as usize == bytes.len() {
            // A unit for each byte, as in ASCII.
            <[u8]>::len
        } else if text.includes("\u{fffd}", 0) {
            sse::units
        } else {
            sse::valid_units
        };
        Self {
            text,
            end: at + bytes.len(),
            at,
            unit: 0,
            count,
        }
    }

    /// The text of a range of the chunk, none of it before what was cut last.
    fn cut(&mut self, chunk: &[u8], at: usize, to: usize) -> Text {
        let from = self.unit + (self.count)(&chunk[self.at..at]);
        self.at = to;
        self.unit = from + (self.count)(&chunk[at..to]);
        Text::of_string(self.text.substring(index(from), index(self.unit)))
    }
}

/// Hands what the parser finds in a chunk to the hub.
struct Feed<'a> {
    stream: StreamId,
    hub: &'a mut Hub<Text>,
    now: Time,
    chunk: &'a [u8],
    block: Option<Block>,
    text: &'a mut Decoded,
    too_large: &'a mut Code,
}

impl Feed<'_> {
    fn text(&mut self, at: Option<usize>, bytes: &[u8]) -> Text {
        let Some(at) = at else {
            return self.text.text(bytes);
        };
        let end = at + bytes.len();
        let block = match &mut self.block {
            Some(block) if end <= block.end && at >= block.at => block,
            other => {
                let to = end.max(self.chunk.len().min(at + BLOCK));
                other.insert(Block::new(&self.chunk[at..to], at, &self.text.decoder))
            }
        };
        block.cut(self.chunk, at, end)
    }

    /// The id, if this event or a block without data before it has set it.
    fn new_id(&mut self, event: &Event<'_>) -> Option<Text> {
        let is_new = std::mem::take(&mut self.text.is_id_new);
        (is_new || event.has_own_id).then(|| self.id_text(event.id_at, event.id))
    }

    /// One handle for as long as it stays the same.
    fn id_text(&mut self, at: Option<usize>, id: &[u8]) -> Text {
        if let Some(text) = &self.text.id_text
            && self.text.id == id
        {
            return text.clone();
        }
        let text = self.text(at, id);
        id.clone_into(&mut self.text.id);
        self.text.id_text = Some(text.clone());
        text
    }
}

impl Sink for Feed<'_> {
    fn event(&mut self, event: Event<'_>) {
        // In the order in which they lie there.
        let (id, data);
        if event.id_at < event.at {
            id = self.new_id(&event);
            data = self.text(event.at, event.data);
        } else {
            data = self.text(event.at, event.data);
            id = self.new_id(&event);
        }
        self.hub
            .handle_parsed(self.stream, self.text.name(event.name), id, data, self.now);
    }

    fn id(&mut self, id: &[u8]) {
        let id = self.id_text(None, id);
        self.text.is_id_new = true;
        self.hub.handle_id(self.stream, id, self.now);
    }

    fn comment(&mut self) {
        self.hub.handle_sign_of_life(self.stream, self.now);
    }

    fn retry(&mut self, millis: u64) {
        self.hub.handle_retry(self.stream, Millis(millis), self.now);
    }

    fn too_large(&mut self, what: TooLarge) {
        *self.too_large = match what {
            TooLarge::Line => Code::LineTooLong,
            TooLarge::Event => Code::EventTooLarge,
        };
    }

    fn refused(&mut self, event: Event<'_>) {
        let id = self.new_id(&event);
        self.hub.handle_oversize(
            self.stream,
            self.text.name(event.name),
            id,
            *self.too_large,
            self.now,
        );
    }
}

/// A chunk is far from 4 GB.
fn index(units: usize) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}
