//! What the parser finds in a chunk, told to the hub: events many at a time, since each call into JS and each string made
//! there costs more than parsing (decisions/0024).

use tabmux_core::sse::{Event, Place, PlainSink, Sink, TooLarge};
use tabmux_core::word;

use crate::tell::{Tell, saturated};

/// Names that are known by number, no more than a head has place for. A stream with more tells them anew.
const MAX_NAMES: usize = 48;

/// Bytes that become one string at a time. What an event has is a slice of it: one that waits in a queue or a ring holds no
/// more than this beside its own.
const BLOCK: usize = 16 << 10;

/// An id's size is a byte in a block; an event with a longer one is told by itself.
const MAX_ID: usize = 255;

/// No line has one, hence no id and no data.
const SEPARATOR: u8 = b'\r';

/// The parser's sink, and what stays from one chunk to the next.
pub(crate) struct Events {
    tell: Tell,
    names: Vec<Vec<u8>>,
    /// The number of the last event's name: the next one's, as a rule.
    last_name: usize,
    /// A block without data has set it since the last event.
    is_id_new: bool,
    too_large: TooLarge,
    /// Id and data of the events that are still to be told, a separator behind each; empty if they are plain.
    texts: Vec<u8>,
    /// Six bytes for each of them ([`word::EVENTS`]).
    heads: Vec<u8>,
    /// Where in the input the first of them begins, if they are plain.
    from: usize,
    /// Where the data of the last of them ends.
    to: usize,
}

impl Events {
    pub(crate) fn new(tell: Tell) -> Self {
        Self {
            tell,
            names: Vec::new(),
            last_name: 0,
            is_id_new: false,
            too_large: TooLarge::Event,
            texts: Vec::new(),
            heads: Vec::new(),
            from: 0,
            to: 0,
        }
    }

    /// Tells the events that are gathered.
    pub(crate) fn flush(&mut self) {
        self.flush_of(&[]);
    }

    /// The same; plain ones lie in the input.
    #[inline(never)]
    fn flush_of(&mut self, input: &[u8]) {
        if self.heads.is_empty() {
            return;
        }
        let texts = if self.texts.is_empty() {
            &input[self.from..self.to]
        } else {
            &self.texts
        };
        self.tell.say_text(word::EVENTS, 0, texts, &self.heads);
        self.texts.clear();
        self.heads.clear();
    }

    /// All names are known that can be, and this is none of them.
    #[inline]
    fn voids_names(&mut self, name: &[u8]) -> bool {
        if self.names.len() < MAX_NAMES || self.is_last_name(name) {
            return false;
        }
        let known = self.position(name);
        self.last_name = known.unwrap_or(self.last_name);
        known.is_none()
    }

    #[inline(never)]
    fn position(&self, name: &[u8]) -> Option<usize> {
        self.names.iter().position(|known| is_same(known, name))
    }

    #[inline]
    fn is_last_name(&self, name: &[u8]) -> bool {
        self.names
            .get(self.last_name)
            .is_some_and(|last| is_same(last, name))
    }

    /// The number of a name, which the hub knows from now on.
    #[inline]
    fn name(&mut self, name: &[u8]) -> usize {
        if !self.is_last_name(name) {
            self.last_name = self.find_name(name);
        }
        self.last_name
    }

    #[inline(never)]
    fn find_name(&mut self, name: &[u8]) -> usize {
        if let Some(known) = self.position(name) {
            return known;
        }
        if self.names.len() == MAX_NAMES {
            self.names.clear();
            // Their numbers are void from here on.
            self.flush();
        }
        let number = self.names.len();
        self.names.push(name.to_vec());
        self.tell.say_text(word::NAME, number_of(number), name, &[]);
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
        let is_large = size > BLOCK || id.len() > MAX_ID;
        if is_large || self.texts.len() + size > BLOCK {
            self.flush();
        }
        if is_large {
            // As it is, not copied.
            let what = if sets_id {
                word::EVENT
            } else {
                word::EVENT_WITHOUT_ID
            };
            return self.tell.say_text(what, number_of(name), id, event.data);
        }
        self.texts.reserve(size);
        self.texts.extend_from_slice(id);
        self.texts.push(SEPARATOR);
        self.texts.extend_from_slice(event.data);
        self.texts.push(SEPARATOR);
        let gap = u8::from(!self.heads.is_empty());
        let [id_size, _] = size_of(id);
        let [low, high] = size_of(event.data);
        self.heads
            .extend_from_slice(&[word::head(name, sets_id), gap, id_size, 1, low, high]);
    }

    fn id(&mut self, id: &[u8]) {
        self.is_id_new = true;
        self.flush();
        self.tell.say_text(word::ID, 0, id, &[]);
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
        let sets_id = self.sets_id(&event);
        let name = self.name(event.name);
        let what = match self.too_large {
            TooLarge::Line => word::LINE_TOO_LONG,
            TooLarge::Event => word::EVENT_TOO_LARGE,
        };
        self.flush();
        if sets_id {
            self.tell.say_text(what, number_of(name), event.id, &[]);
        } else {
            self.tell.say_number(what, number_of(name));
        }
    }
}

impl PlainSink for Events {
    /// Not copied: its block is a piece of the input, what stands between the texts with it.
    #[inline]
    fn plain(&mut self, input: &[u8], event: Event<'_>, place: Place) {
        let data_end = place.data + event.data.len();
        if self.heads.is_empty() || data_end - self.from > BLOCK || self.voids_names(event.name) {
            self.flush_of(input);
            self.from = place.from;
            self.to = place.from;
        }
        let id_size = if event.has_own_id { event.id.len() } else { 0 };
        let gap = u8::try_from(place.id - self.to);
        let second_gap = u8::try_from(place.data - place.id - id_size);
        let (false, Ok(gap), Ok(id_size), Ok(second_gap)) =
            (self.is_id_new, gap, u8::try_from(id_size), second_gap)
        else {
            self.flush_of(input);
            self.event(event);
            return self.flush();
        };
        let name = self.name(event.name);
        let [low, high] = size_of(event.data);
        let head = word::head(name, event.has_own_id);
        self.heads
            .extend_from_slice(&[head, gap, id_size, second_gap, low, high]);
        self.to = data_end;
    }

    fn turn(&mut self, input: &[u8]) {
        self.flush_of(input);
    }
}

/// Eight bytes at a time: the comparison that comes with the language goes by single ones here.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let (words, rest) = a.as_chunks::<8>();
    let (others, other) = b.as_chunks::<8>();
    a.len() == b.len()
        && words
            .iter()
            .zip(others)
            .all(|(&word, &other)| u64::from_le_bytes(word) == u64::from_le_bytes(other))
        && rest.iter().zip(other).all(|(byte, other)| byte == other)
}

/// Of what is no larger than a block.
#[allow(clippy::cast_possible_truncation, reason = "under 64 Ki")]
fn size_of(text: &[u8]) -> [u8; 2] {
    (text.len() as u16).to_le_bytes()
}

/// No more than a block has bytes.
#[allow(clippy::cast_possible_truncation, reason = "a small number")]
fn number_of(at: usize) -> u32 {
    at as u32
}
