//! What the parser finds in a chunk, told to the hub: events many at a time, since each call into JS and each string made
//! there costs more than parsing (decisions/0024).

use tabmux_core::sse::{Event, Place, PlainSink, Sink, TooLarge};
use tabmux_core::word;

use crate::tell::{Tell, saturated};

/// Names that are known by number, no more than a head has place for. Of a stream with more they are told anew, among the events.
const MAX_NAMES: usize = 48;

/// Bytes that become one string at a time. What an event has is a slice of it: one that waits in a queue or a ring holds no
/// more than this beside its own.
const BLOCK: usize = 16 << 10;

/// An id's size is a byte in a block; an event with a longer one is told by itself.
const MAX_ID: usize = 255;

const BACK: usize = word::BACK as usize;

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

    #[inline]
    fn is_last_name(&self, name: &[u8]) -> bool {
        self.names
            .get(self.last_name)
            .is_some_and(|last| is_same(last, name))
    }

    /// Whether the hub does not know that name by a number.
    #[inline]
    fn is_new(&mut self, name: &[u8]) -> bool {
        !self.is_last_name(name) && !self.knows(name)
    }

    #[inline(never)]
    fn knows(&mut self, name: &[u8]) -> bool {
        let known = self.names.iter().position(|known| is_same(known, name));
        self.last_name = known.unwrap_or(self.last_name);
        known.is_some()
    }

    /// Gives a new name the next number. It is to be told before the event that has it, and behind what comes before.
    #[inline(never)]
    fn learn(&mut self, name: &[u8]) {
        if self.names.len() == MAX_NAMES {
            self.names.clear();
        }
        self.last_name = self.names.len();
        self.names.push(name.to_vec());
    }

    /// The number of a name, which the hub knows from now on.
    fn name(&mut self, name: &[u8]) -> usize {
        if self.is_new(name) {
            self.learn(name);
            self.write(word::NAME, name, &[]);
        }
        self.last_name
    }

    /// An event of the last name, or that name.
    fn write(&mut self, what: u32, id: &[u8], data: &[u8]) {
        let name = self.last_name;
        let size = id.len() + data.len() + 2;
        let is_large = size > BLOCK || id.len() > MAX_ID;
        if is_large || self.texts.len() + size > BLOCK {
            self.flush();
        }
        if is_large {
            // As it is, not copied.
            return self.tell.say_text(what, number_of(name), id, data);
        }
        self.texts.reserve(size);
        self.texts.extend_from_slice(id);
        self.texts.push(SEPARATOR);
        self.texts.extend_from_slice(data);
        self.texts.push(SEPARATOR);
        let gap = word::BACK + u8::from(!self.heads.is_empty());
        let [id_size, _] = size_of(id);
        let [low, high] = size_of(data);
        self.heads
            .extend_from_slice(&[word::head(name, what), gap, id_size, 1, low, high]);
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
        self.name(event.name);
        if sets_id {
            self.write(word::EVENT, event.id, event.data);
        } else {
            self.write(word::EVENT_WITHOUT_ID, &[], event.data);
        }
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
        if self.heads.is_empty() || data_end - self.from > BLOCK {
            self.flush_of(input);
            self.from = place.from;
            self.to = place.from;
        }
        let is_new = self.is_new(event.name);
        let name_end = place.name + event.name.len();
        let is_apart = is_new && (place.name == place.from || name_end > place.data);
        // Of a known name nothing is told: it may stand anywhere, and be of any size.
        let (to, name_at, name_size) = if is_new {
            (name_end, place.name + BACK - self.to, event.name.len())
        } else {
            (self.to, 0, 0)
        };
        let id_size = if event.has_own_id { event.id.len() } else { 0 };
        let gap = u8::try_from((place.id + BACK).wrapping_sub(to));
        let second_gap = u8::try_from(place.data - place.id - id_size);
        let (false, false, Ok(name_gap), Ok(name_size), Ok(gap), Ok(id_size), Ok(second_gap)) = (
            self.is_id_new,
            is_apart,
            u8::try_from(name_at),
            u8::try_from(name_size),
            gap,
            u8::try_from(id_size),
            second_gap,
        ) else {
            self.flush_of(input);
            self.event(event);
            return self.flush();
        };
        if is_new {
            self.learn(event.name);
            let head = word::head(self.last_name, word::NAME);
            self.heads
                .extend_from_slice(&[head, name_gap, name_size, 0, 0, 0]);
        }
        let [low, high] = size_of(event.data);
        let what = if event.has_own_id {
            word::EVENT
        } else {
            word::EVENT_WITHOUT_ID
        };
        let head = word::head(self.last_name, what);
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
