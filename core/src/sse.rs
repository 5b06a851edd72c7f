//! An incremental parser of `text/event-stream`, as the
//! [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream) has it.
//!
//! Bytes go in as they come from the network, cut anywhere; events come out at their blank line. It reads no clock,
//! opens nothing, never panics, takes time linear in the bytes whatever the cuts, and holds no more than an unfinished
//! event. Apart from the hub it can be used by itself:
//!
//! ```
//! use tabmux_core::sse::{Limits, Message, Parser};
//!
//! let mut parser = Parser::new(Limits::default());
//! let mut messages = Vec::new();
//! // A chunk may end within a line, a line end or a code point.
//! parser.feed(b"id: 7\nevent: greeting\nda", &mut messages);
//! parser.feed(b"ta: hello\ndata: world\n\n: a comment\n", &mut messages);
//! assert_eq!(
//!     messages,
//!     [Message { name: "greeting".into(), data: "hello\nworld".into(), id: "7".into() }]
//! );
//! ```
//!
//! `Vec<Message>` is the convenient [`Sink`]. One of your own sees comments, `retry:` and limits as well, and gets text
//! as bytes of the chunk, uncopied wherever an event is one line of data within a chunk:
//!
//! ```
//! use tabmux_core::sse::{Event, Limits, Parser, Sink};
//!
//! struct Count { events: usize, bytes: usize, comments: usize }
//!
//! impl Sink for Count {
//!     fn event(&mut self, event: Event<'_>) {
//!         self.events += 1;
//!         self.bytes += event.data.len();
//!     }
//!     fn comment(&mut self) {
//!         self.comments += 1;
//!     }
//! }
//!
//! let mut count = Count { events: 0, bytes: 0, comments: 0 };
//! Parser::new(Limits::default()).feed(b": hi\n\ndata: 12\n\ndata: 3\n\n", &mut count);
//! assert_eq!((count.events, count.bytes, count.comments), (2, 3, 1));
//! ```
//!
//! At the end of the stream drop the parser: what has no blank line behind it is no event. A connection made anew is a
//! new parser; that it resumes from an id is the caller's affair.

mod line_end;
mod message;
mod plain;
mod sink;
mod units;

pub use self::message::Message;
pub use self::plain::{Place, PlainParser, PlainSink};
pub use self::sink::{Event, Sink};

use self::line_end::line_end;
use self::units::{least_units, units};

/// How large a line and an event may be, in UTF-16 code units of the decoded text.
///
/// What is larger is skipped up to its end and told by [`Sink::too_large`] and [`Sink::refused`]; the stream goes on.
/// At most three bytes per unit of the limit are held, since no text has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of a line, without its end: field name, colon and value. Default 16 Mi.
    pub line: usize,
    /// Of an event's data, its lines joined. Default 16 Mi.
    pub event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 16 << 20,
            event: 16 << 20,
        }
    }
}

/// What was larger than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// A line is longer than [`Limits::line`].
    Line,
    /// An event's data is larger than [`Limits::event`].
    Event,
}

const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];
/// Buffers that an event of unusual size has made larger than this are given back.
const KEEP: usize = 64 << 10;

/// The parser of one response's body. See the [module](self).
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says a thing of its own, and any of them may go together"
)]
pub struct Parser {
    limits: Limits,
    /// How much of a byte order mark has been seen; its length once the stream has begun.
    bom: usize,
    /// The line before ended with CR: an LF right behind it belongs to it.
    after_cr: bool,

    /// The beginning of a line that no chunk so far has ended.
    line: Vec<u8>,
    line_size: Gauge,
    /// That line is over its limit: the rest of it is not kept.
    is_over: bool,

    /// The event's only line of data, while it lies in the chunk at hand.
    single: Option<Range>,
    /// The event's data otherwise, from `data_from` on.
    data: Vec<u8>,
    data_from: usize,
    data_size: Gauge,
    has_data: bool,
    /// Something of the event was over a limit.
    is_refused: bool,
    name: Piece,

    /// The last event id buffer of the standard.
    id: Piece,
    /// This block has set it.
    has_own_id: bool,

    /// Any of it may lie in the chunk at hand.
    lies_in_chunk: bool,
}

impl Parser {
    /// At the beginning of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            bom: 0,
            after_cr: false,
            line: Vec::new(),
            line_size: Gauge::default(),
            is_over: false,
            single: None,
            data: Vec::new(),
            data_from: 0,
            data_size: Gauge::default(),
            has_data: false,
            is_refused: false,
            name: Piece::default(),
            id: Piece::default(),
            has_own_id: false,
            lies_in_chunk: false,
        }
    }

    /// The next bytes of the stream, however many; `sink` is told what they complete.
    pub fn feed<S: Sink>(&mut self, chunk: &[u8], sink: &mut S) {
        let mut at = self.skip_bom(chunk);
        while at < chunk.len() {
            if std::mem::take(&mut self.after_cr) && chunk[at] == b'\n' {
                at += 1;
                continue;
            }
            let end = at + line_end(&chunk[at..]);
            let line = &chunk[at..end];
            let Some(&terminator) = chunk.get(end) else {
                self.keep(line, sink);
                break;
            };
            if self.line.is_empty() && !self.is_over {
                self.take_line(line, Some(at), chunk, sink);
            } else {
                self.keep(line, sink);
                self.take_kept_line(chunk, sink);
            }
            self.after_cr = terminator == b'\r';
            at = end + 1;
        }
        if std::mem::take(&mut self.lies_in_chunk) {
            self.move_out(chunk);
            self.name.move_out(chunk);
            self.id.move_out(chunk);
        }
    }

    /// Nothing of an event has been seen yet, and the stream has begun.
    fn is_between_events(&self) -> bool {
        self.bom == BOM.len()
            && self.line.is_empty()
            && self.name.kept.is_empty()
            && !(self.after_cr || self.has_data || self.has_own_id || self.is_over || self.is_refused)
    }

    fn last_id(&self) -> &[u8] {
        &self.id.kept
    }

    /// Between two events.
    fn set_last_id(&mut self, id: &[u8]) {
        self.id.keep(id);
    }

    /// Gives where the text begins. A byte order mark may be cut like everything else.
    fn skip_bom(&mut self, chunk: &[u8]) -> usize {
        let mut at = 0;
        while self.bom < BOM.len() && at < chunk.len() {
            if chunk[at] == BOM[self.bom] {
                self.bom += 1;
                at += 1;
            } else {
                // It was none: what an earlier chunk brought of it is text, and so is what this one did.
                self.line.extend_from_slice(&BOM[..self.bom]);
                self.bom = BOM.len();
            }
        }
        at
    }

    /// Keeps a piece of a line.
    fn keep<S: Sink>(&mut self, piece: &[u8], sink: &mut S) {
        if self.is_over {
            return;
        }
        self.line.extend_from_slice(piece);
        // Its last code point may be incomplete: what is doubtful is counted at the line's end.
        let limit = self.limits.line;
        if self.line_size.is_over(&self.line, limit, least_units) || self.line.len() / 3 > limit {
            self.is_over = true;
            self.line = Vec::new();
            self.refuse(TooLarge::Line, sink);
        }
    }

    /// The line that was kept has ended.
    fn take_kept_line<S: Sink>(&mut self, chunk: &[u8], sink: &mut S) {
        self.line_size = Gauge::default();
        if std::mem::take(&mut self.is_over) {
            return;
        }
        let mut line = std::mem::take(&mut self.line);
        let is_alone = !self.has_data && self.single.is_none() && !self.is_refused;
        if is_alone && (KEEP..=self.limits.line).contains(&line.len()) && line.starts_with(b"data:") {
            // Nothing is held twice, nor moved: the line becomes the data.
            self.data_from = 5 + usize::from(line[5] == b' ');
            std::mem::swap(&mut line, &mut self.data);
            self.has_data = true;
            self.check_data(sink);
        } else {
            self.take_line(&line, None, chunk, sink);
        }
        recycle(&mut line);
        self.line = line;
    }

    /// A whole line; `at` is where it begins in the chunk at hand, if it lies there.
    fn take_line<S: Sink>(&mut self, line: &[u8], at: Option<usize>, chunk: &[u8], sink: &mut S) {
        if line.len() > self.limits.line && units(line) > self.limits.line {
            self.refuse(TooLarge::Line, sink);
            return;
        }
        let (field, rest) = match line {
            [] => return self.dispatch(chunk, sink),
            [b':', ..] => return sink.comment(),
            [b'd', b'a', b't', b'a', rest @ ..] => (Field::Data, rest),
            [b'i', b'd', rest @ ..] => (Field::Id, rest),
            [b'e', b'v', b'e', b'n', b't', rest @ ..] => (Field::Name, rest),
            [b'r', b'e', b't', b'r', b'y', rest @ ..] => (Field::Retry, rest),
            _ => return,
        };
        let value = match rest {
            [] => rest,
            [b':', b' ', value @ ..] | [b':', value @ ..] => value,
            // Another field, whose name only begins like that.
            _ => return,
        };
        let at = at.map(|at| at + line.len() - value.len());
        self.lies_in_chunk |= at.is_some();
        match field {
            Field::Data => self.take_data(value, at, chunk, sink),
            Field::Name => self.name.set(value, at),
            Field::Id => {
                // Not `contains`: a search for a byte at its fastest is larger than the rest of this.
                if value.iter().all(|&byte| byte != 0) {
                    self.id.set(value, at);
                    self.has_own_id = true;
                }
            }
            Field::Retry => {
                if let Some(millis) = decimal(value) {
                    sink.retry(millis);
                }
            }
        }
    }

    fn take_data<S: Sink>(&mut self, value: &[u8], at: Option<usize>, chunk: &[u8], sink: &mut S) {
        if self.is_refused {
            return;
        }
        if let Some(at) = at
            && self.single.is_none()
            && !self.has_data
            && value.len() <= self.limits.event
        {
            self.single = Some(Range::new(at, value));
            return;
        }
        self.move_out(chunk);
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        self.has_data = true;
        self.check_data(sink);
    }

    fn check_data<S: Sink>(&mut self, sink: &mut S) {
        if self
            .data_size
            .is_over(&self.data[self.data_from..], self.limits.event, units)
        {
            self.refuse(TooLarge::Event, sink);
        }
    }

    /// Data that lies in the chunk at hand has to outlive it, or is followed by more.
    fn move_out(&mut self, chunk: &[u8]) {
        if let Some(range) = self.single.take() {
            self.data.extend_from_slice(range.of(chunk));
            self.has_data = true;
        }
    }

    /// Once per event: of what is too large everything is dropped but its name and id.
    fn refuse<S: Sink>(&mut self, what: TooLarge, sink: &mut S) {
        self.single = None;
        self.data = Vec::new();
        self.data_from = 0;
        self.data_size = Gauge::default();
        self.has_data = false;
        if !std::mem::replace(&mut self.is_refused, true) {
            sink.too_large(what);
        }
    }

    /// A blank line.
    fn dispatch<S: Sink>(&mut self, chunk: &[u8], sink: &mut S) {
        let has_own_id = std::mem::take(&mut self.has_own_id);
        let data = match self.single.take() {
            Some(range) => Some(range.of(chunk)),
            None => self.has_data.then_some(&self.data[self.data_from..]),
        };
        let name = self.name.get(chunk);
        let event = Event {
            name: if name.is_empty() { b"message" } else { name },
            data: data.unwrap_or_default(),
            id: self.id.get(chunk),
            has_own_id,
        };
        if self.is_refused {
            sink.refused(event);
        } else if data.is_some() {
            sink.event(event);
        } else if has_own_id {
            sink.id(event.id);
        }
        self.is_refused = false;
        self.name.range = None;
        self.name.kept.clear();
        if self.has_data {
            self.has_data = false;
            self.data_from = 0;
            self.data_size = Gauge::default();
            recycle(&mut self.data);
        }
    }
}

/// Where something lies in the chunk at hand.
#[derive(Clone, Copy, Debug)]
struct Range {
    from: usize,
    to: usize,
}

impl Range {
    /// Of a value that begins there.
    fn new(from: usize, value: &[u8]) -> Self {
        Self {
            from,
            to: from + value.len(),
        }
    }

    fn of(self, chunk: &[u8]) -> &[u8] {
        &chunk[self.from..self.to]
    }
}

/// A value that is copied only if it has to outlive its chunk.
#[derive(Debug, Default)]
struct Piece {
    /// In place of what is kept.
    range: Option<Range>,
    kept: Vec<u8>,
}

impl Piece {
    /// `at` is where it begins in the chunk at hand, if it lies there.
    fn set(&mut self, value: &[u8], at: Option<usize>) {
        self.range = at.map(|at| Range::new(at, value));
        if at.is_none() {
            self.keep(value);
        }
    }

    fn get<'a>(&'a self, chunk: &'a [u8]) -> &'a [u8] {
        match self.range {
            Some(range) => range.of(chunk),
            None => &self.kept,
        }
    }

    fn move_out(&mut self, chunk: &[u8]) {
        if let Some(range) = self.range.take() {
            self.keep(range.of(chunk));
        }
    }

    fn keep(&mut self, value: &[u8]) {
        self.kept.clear();
        self.kept.extend_from_slice(value);
    }
}

#[derive(Clone, Copy)]
enum Field {
    Data,
    Name,
    Id,
    Retry,
}

/// The size of what grows, counted no more than once, and only where its bytes leave a doubt.
#[derive(Debug, Default)]
struct Gauge {
    counted: usize,
    units: usize,
}

impl Gauge {
    /// Whether `text` is over `limit`; since the last call it has grown at most.
    fn is_over(&mut self, text: &[u8], limit: usize, count: fn(&[u8]) -> usize) -> bool {
        if text.len() > limit {
            self.units += count(&text[self.counted..]);
            self.counted = text.len();
        }
        self.units > limit
    }
}

/// A whole number of ASCII digits, as `retry:` and HTTP's `Retry-After` have it; one beyond `u64` is its maximum.
pub fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        Some(sum.saturating_mul(10).saturating_add(digit.into()))
    })
}

fn recycle(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEEP {
        *buffer = Vec::new();
    }
    buffer.clear();
}
