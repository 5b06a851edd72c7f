//! What the parser finds in a chunk, told to the hub: events many at a time, since each call into JS and each string made
//! there costs more than parsing (decisions/0024).

use tabmux_core::sse::{Event, Sink, TooLarge};
use tabmux_core::word;
use wasm_bindgen::JsValue;

use crate::tell::{Tell, saturated};
use crate::text::Decoder;

/// Names that are known by number, as few as a byte of ASCII takes. A stream with more tells them anew.
const MAX_NAMES: usize = 48;

/// Bytes that become one string at a time. What an event has is a slice of it: one that waits in a queue or a ring holds no
/// more than this beside its own.
const BLOCK: usize = 16 << 10;

/// No line has one, hence no id and no data.
const SEPARATOR: u8 = b'\r';

/// The parser's sink, and what stays from one chunk to the next.
pub(crate) struct Events {
    tell: Tell,
    decoder: Decoder,
    names: Vec<Vec<u8>>,
    /// The number of the last event's name: the next one's, as a rule.
    last_name: usize,
    /// A block without data has set it since the last event.
    is_id_new: bool,
    too_large: TooLarge,
    /// Id and data of the events that are still to be told, a separator behind each.
    texts: Vec<u8>,
    /// A byte for each of them ([`word::EVENTS`]).
    heads: Vec<u8>,
}

impl Events {
    pub(crate) fn new(tell: Tell) -> Self {
        Self {
            tell,
            decoder: Decoder::new(),
            names: Vec::new(),
            last_name: 0,
            is_id_new: false,
            too_large: TooLarge::Event,
            texts: Vec::new(),
            heads: Vec::new(),
        }
    }

    /// After the events that came before it.
    fn say(&mut self, what: u32, number: u32, id: &JsValue) {
        self.flush();
        self.tell.say(what, number, id, &JsValue::UNDEFINED);
    }

    /// Nothing else for now: [`word::REST`] or [`word::ENDED`].
    pub(crate) fn end(&mut self, what: u32) {
        self.say(what, 0, &JsValue::UNDEFINED);
    }

    /// Tells the events that are gathered.
    #[inline(never)]
    fn flush(&mut self) {
        if self.heads.is_empty() {
            return;
        }
        self.texts.extend_from_slice(&self.heads);
        let texts = self.decoder.text(&self.texts);
        self.tell.say(
            word::EVENTS,
            number_of(self.heads.len()),
            &texts,
            &JsValue::UNDEFINED,
        );
        self.texts.clear();
        self.heads.clear();
    }

    /// The number of a name, which the hub knows from now on.
    #[inline]
    fn name(&mut self, name: &[u8]) -> usize {
        if self.names.get(self.last_name).is_none_or(|last| last != name) {
            self.last_name = self.find_name(name);
        }
        self.last_name
    }

    #[inline(never)]
    fn find_name(&mut self, name: &[u8]) -> usize {
        if let Some(known) = self.names.iter().position(|known| known == name) {
            return known;
        }
        if self.names.len() == MAX_NAMES {
            self.names.clear();
            // Their numbers are void from here on.
            self.flush();
        }
        let number = self.names.len();
        self.names.push(name.to_vec());
        let text = self.decoder.text(name);
        self.tell
            .say(word::NAME, number_of(number), &text, &JsValue::UNDEFINED);
        number
    }

    /// Whether this event sets the id, or a block without data before it has.
    fn sets_id(&mut self, event: &Event<'_>) -> bool {
        std::mem::take(&mut self.is_id_new) || event.has_own_id
    }
}

impl Sink for Events {
    #[inline]
    fn event(&mut self, event: Event<'_>) {
        let sets_id = self.sets_id(&event);
        let name = self.name(event.name);
        let id = if sets_id { event.id } else { &[] };
        let size = id.len() + event.data.len() + 2;
        if self.texts.len() + size > BLOCK {
            self.flush();
        }
        if size > BLOCK {
            // As it is, not copied.
            let what = if sets_id {
                word::EVENT
            } else {
                word::EVENT_WITHOUT_ID
            };
            let (id, data) = (self.decoder.text(id), self.decoder.text(event.data));
            return self.tell.say(what, number_of(name), &id, &data);
        }
        self.texts.reserve(size);
        self.texts.extend_from_slice(id);
        self.texts.push(SEPARATOR);
        self.texts.extend_from_slice(event.data);
        self.texts.push(SEPARATOR);
        self.heads.push(word::head(name, sets_id));
    }

    fn id(&mut self, id: &[u8]) {
        let id = self.decoder.text(id);
        self.is_id_new = true;
        self.say(word::ID, 0, &id);
    }

    fn comment(&mut self) {
        self.tell.say_number(word::COMMENT, 0);
    }

    fn retry(&mut self, millis: u64) {
        self.tell.say_number(word::RETRY, saturated(millis));
    }

    fn too_large(&mut self, what: TooLarge) {
        self.too_large = what;
    }

    fn refused(&mut self, event: Event<'_>) {
        let id = if self.sets_id(&event) {
            self.decoder.text(event.id).into()
        } else {
            JsValue::UNDEFINED
        };
        let name = self.name(event.name);
        let what = match self.too_large {
            TooLarge::Line => word::LINE_TOO_LONG,
            TooLarge::Event => word::EVENT_TOO_LARGE,
        };
        self.say(what, number_of(name), &id);
    }
}

/// No more than a block has bytes.
#[allow(clippy::cast_possible_truncation, reason = "a small number")]
fn number_of(at: usize) -> u32 {
    at as u32
}
