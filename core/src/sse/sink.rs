//! What a parser hands over.

use std::borrow::Cow;

use super::TooLarge;

/// An event. All text is as the stream has it: bytes that are meant to be UTF-8. Decode them as the standard asks, with
/// U+FFFD for what is none and without looking for a byte order mark: `String::from_utf8_lossy` natively, a
/// `TextDecoder` with `ignoreBOM: true` in a browser. Pieces may be decoded by themselves, since they were cut at ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event's name; `message` where the stream names none.
    pub name: &'a [u8],
    /// Its data, lines joined by LF.
    pub data: &'a [u8],
    /// The last event id at this event; empty where there is none.
    pub id: &'a [u8],
    /// Whether this event's own block has set the id, be it to what it was. Otherwise it is that of an earlier block.
    pub has_own_id: bool,
}

impl<'a> Event<'a> {
    /// The name, decoded.
    pub fn name_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.name)
    }

    /// The data, decoded.
    pub fn data_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.data)
    }

    /// The last event id, decoded.
    pub fn id_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.id)
    }
}

/// Takes what a [`Parser`](super::Parser) finds, in the order of the stream.
pub trait Sink {
    /// An event.
    fn event(&mut self, event: Event<'_>);

    /// A block without data has set the last event id: what comes next will carry it, and so does a request that
    /// resumes from here.
    fn id(&mut self, id: &[u8]) {
        let _ = id;
    }

    /// A comment: nothing but a sign of life.
    fn comment(&mut self) {}

    /// `retry:`, the wait before a reconnect, in milliseconds as the server says it. Clamp it.
    fn retry(&mut self, millis: u64) {
        let _ = millis;
    }

    /// A line or an event has passed its limit. At once and once per event; [`Sink::refused`] follows if it ends.
    fn too_large(&mut self, what: TooLarge) {
        let _ = what;
    }

    /// The end of an event that was too large: its name and id, without data.
    fn refused(&mut self, event: Event<'_>) {
        let _ = event;
    }
}
