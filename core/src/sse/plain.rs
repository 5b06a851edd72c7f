//! A parser that finds most events without taking them apart: those that lie whole in what it is fed, as most servers write
//! them. They are handed over with their places, so that who needs text of them can decode many at once.

use super::line_end::{line_end, stop};
use super::{Event, Limits, Parser, Sink};

/// No more is kept to be looked at again, nor handed over as plain.
const MOST: usize = 16 << 10;

/// Where a plain event lies in what was fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where its first line begins.
    pub from: usize,
    /// Where its name begins; if it has none, its first line.
    pub name: usize,
    /// Where its id begins, which is before its data; if it has none, that of its first line.
    pub id: usize,
    /// Where its data begins.
    pub data: usize,
    /// Behind its blank line.
    pub end: usize,
}

/// Takes plain events by their places as well.
pub trait PlainSink: Sink {
    /// An event that lies in `input`, all of which is ASCII from its first to its last byte.
    fn plain(&mut self, input: &[u8], event: Event<'_>, place: Place);

    /// From plain events to others, or back: what was gathered of `input` has to be told now.
    fn turn(&mut self, input: &[u8]);
}

/// A [`Parser`] with this way beside it. Gives the same events, whatever the cuts.
#[derive(Debug)]
pub struct PlainParser {
    parser: Parser,
    /// An event that has begun; none while the parser is within one.
    kept: Vec<u8>,
    most: usize,
}

impl PlainParser {
    /// At the beginning of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            parser: Parser::new(limits),
            kept: Vec::new(),
            most: MOST.min(limits.line).min(limits.event),
        }
    }

    /// What has to be in front of the next bytes.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// What was [`kept`](Self::kept), and the next bytes of the stream behind it.
    pub fn feed<S: PlainSink>(&mut self, input: &[u8], sink: &mut S) {
        let kept = self.kept.len();
        self.kept.clear();
        let mut at = 0;
        // What is kept is looked at once more only for as many new bytes: time stays linear.
        if !self.parser.is_between_events() || kept > input.len() / 2 {
            at = blank_line(input, kept.saturating_sub(1)).unwrap_or(input.len());
            self.parser.feed(&input[..at], sink);
        }
        if self.parser.is_between_events() {
            sink.turn(input);
            at = self.find(input, at, sink);
            sink.turn(input);
        }
        self.parser.feed(&input[at..], sink);
    }

    /// Gives where the rest begins, which is for the parser.
    fn find<S: PlainSink>(&mut self, input: &[u8], mut at: usize, sink: &mut S) -> usize {
        let mut last_id = None;
        let next = loop {
            let found = match find(input, at, self.most) {
                Ok(found) => found,
                Err(next) => break next,
            };
            let Found {
                place,
                id,
                name,
                data_end,
            } = found;
            if let Some(end) = id {
                last_id = Some(place.id..end);
            }
            let event = Event {
                name: if name.is_empty() { b"message" } else { name },
                data: &input[place.data..data_end],
                id: last_id.clone().map_or(self.parser.last_id(), |id| &input[id]),
                has_own_id: id.is_some(),
            };
            sink.plain(input, event, place);
            at = place.end;
        };
        if let Some(id) = last_id {
            self.parser.set_last_id(&input[id]);
        }
        if next == Next::Unfinished {
            self.kept.extend_from_slice(&input[at..]);
            at = input.len();
        }
        at
    }
}

struct Found<'a> {
    place: Place,
    name: &'a [u8],
    /// Where its id ends, if it has one.
    id: Option<usize>,
    data_end: usize,
}

#[derive(PartialEq, Eq)]
enum Next {
    /// Something else.
    Other,
    /// Maybe one, of which the end is missing.
    Unfinished,
}

/// The plain event at a place.
#[inline]
fn find(input: &[u8], from: usize, most: usize) -> Result<Found<'_>, Next> {
    let mut at = from;
    let mut name: &[u8] = &[];
    let mut name_end = from;
    let mut id = None;
    let mut data = None;
    loop {
        let rest = &input[at..];
        // A blank line needs no search.
        let size = if rest.first() == Some(&b'\n') {
            0
        } else {
            stop(rest)
        };
        if at + size - from >= most {
            return Err(Next::Other);
        }
        match rest.get(size) {
            Some(b'\n') => {}
            Some(_) => return Err(Next::Other),
            None => return Err(Next::Unfinished),
        }
        let line = &rest[..size];
        let end = at + size;
        match line {
            [] => break,
            [b'd', b'a', b't', b'a', b':', value @ ..] if data.is_none() => {
                data = Some((end - value_of(value).len(), end));
            }
            [b'i', b'd', b':', value @ ..] if id.is_none() && data.is_none() => {
                id = Some((end - value_of(value).len(), end));
            }
            [b'e', b'v', b'e', b'n', b't', b':', value @ ..] => {
                name = value_of(value);
                name_end = end;
            }
            _ => return Err(Next::Other),
        }
        at = end + 1;
    }
    let Some((data, data_end)) = data else {
        return Err(Next::Other);
    };
    Ok(Found {
        place: Place {
            from,
            name: if name.is_empty() {
                from
            } else {
                name_end - name.len()
            },
            id: id.map_or(from, |(from, _)| from),
            data,
            end: at + 1,
        },
        name,
        id: id.map(|(_, end)| end),
        data_end,
    })
}

/// One space in front is none of it.
#[inline]
fn value_of(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}

/// Behind the next blank line, unless a line ends with CR before: then nothing is plain.
fn blank_line(input: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let end = at + line_end(&input[at..]);
        if input.get(end) != Some(&b'\n') {
            return None;
        }
        at = end + 1;
        if input.get(at) == Some(&b'\n') {
            return Some(at + 1);
        }
    }
}
