//! What the parser finds in a chunk, told to the hub.

use js_sys::JsString;
use tabmux_core::sse::{Event, Sink, TooLarge};
use tabmux_core::word;
use wasm_bindgen::JsValue;

use crate::tell::{Tell, saturated};
use crate::text::{Block, Decoder};

/// Names that are known by number. A stream with more tells them anew.
const MAX_NAMES: usize = 64;

/// What stays from one chunk to the next.
pub(crate) struct Known {
    decoder: Decoder,
    names: Vec<Vec<u8>>,
    /// The number of the last event's name: the next one's, as a rule.
    last_name: usize,
    /// The last event id as the stream spells it and as the hub has it: shared by all events until another comes.
    id: Vec<u8>,
    id_text: JsValue,
    /// A block without data has set it since the last event.
    is_id_new: bool,
    too_large: TooLarge,
}

impl Known {
    pub(crate) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            names: Vec::new(),
            last_name: 0,
            id: Vec::new(),
            id_text: JsValue::UNDEFINED,
            is_id_new: false,
            too_large: TooLarge::Event,
        }
    }
}

/// The parser's sink for one chunk.
pub(crate) struct Events<'a> {
    chunk: &'a [u8],
    block: Option<Block>,
    tell: &'a Tell,
    known: &'a mut Known,
}

impl<'a> Events<'a> {
    pub(crate) fn new(chunk: &'a [u8], tell: &'a Tell, known: &'a mut Known) -> Self {
        Self {
            chunk,
            block: None,
            tell,
            known,
        }
    }

    fn text(&mut self, at: Option<usize>, bytes: &[u8]) -> JsString {
        let Some(at) = at else {
            return self.known.decoder.text(bytes);
        };
        let end = at + bytes.len();
        let block = match &mut self.block {
            Some(block) if block.holds(at, end) => block,
            other => other.insert(Block::new(self.chunk, at, end, &self.known.decoder)),
        };
        block.cut(self.chunk, at, end)
    }

    /// The number of a name, which the hub knows from now on.
    fn name(&mut self, name: &[u8]) -> u32 {
        let known = &mut *self.known;
        let is_it = |each: &Vec<u8>| each == name;
        if !known.names.get(known.last_name).is_some_and(is_it) {
            known.last_name = known.names.iter().position(is_it).unwrap_or_else(|| {
                if known.names.len() == MAX_NAMES {
                    known.names.clear();
                }
                let number = known.names.len();
                known.names.push(name.to_vec());
                let text = known.decoder.text(name);
                self.tell
                    .say(word::NAME, number_of(number), &text, &JsValue::UNDEFINED);
                number
            });
        }
        number_of(known.last_name)
    }

    /// The id, if this event or a block without data before it has set it.
    fn new_id(&mut self, event: &Event<'_>) -> JsValue {
        if std::mem::take(&mut self.known.is_id_new) || event.has_own_id {
            self.id_text(event.id_at, event.id)
        } else {
            JsValue::UNDEFINED
        }
    }

    /// One string for as long as it stays the same.
    fn id_text(&mut self, at: Option<usize>, id: &[u8]) -> JsValue {
        if self.known.id != id || self.known.id_text.is_undefined() {
            self.known.id_text = self.text(at, id).into();
            id.clone_into(&mut self.known.id);
        }
        self.known.id_text.clone()
    }
}

impl Sink for Events<'_> {
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
        let name = self.name(event.name);
        self.tell.say(word::EVENT, name, &id, &data);
    }

    fn id(&mut self, id: &[u8]) {
        let id = self.id_text(None, id);
        self.known.is_id_new = true;
        self.tell.say(word::ID, 0, &id, &JsValue::UNDEFINED);
    }

    fn comment(&mut self) {
        self.tell.say_number(word::COMMENT, 0);
    }

    fn retry(&mut self, millis: u64) {
        self.tell.say_number(word::RETRY, saturated(millis));
    }

    fn too_large(&mut self, what: TooLarge) {
        self.known.too_large = what;
    }

    fn refused(&mut self, event: Event<'_>) {
        let id = self.new_id(&event);
        let name = self.name(event.name);
        let what = match self.known.too_large {
            TooLarge::Line => word::LINE_TOO_LONG,
            TooLarge::Event => word::EVENT_TOO_LARGE,
        };
        self.tell.say(what, name, &id, &JsValue::UNDEFINED);
    }
}

/// No more than [`MAX_NAMES`].
#[allow(clippy::cast_possible_truncation, reason = "a small number")]
fn number_of(at: usize) -> u32 {
    at as u32
}
