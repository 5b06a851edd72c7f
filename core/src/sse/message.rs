//! Events that own their text.

use super::{Event, Sink};

/// An event as a `MessageEvent` of a browser's EventSource would have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `type`.
    pub name: String,
    /// `data`.
    pub data: String,
    /// `lastEventId`.
    pub id: String,
}

impl From<Event<'_>> for Message {
    fn from(event: Event<'_>) -> Self {
        Self {
            name: event.name_text().into_owned(),
            data: event.data_text().into_owned(),
            id: event.id_text().into_owned(),
        }
    }
}

/// Collects events; comments, `retry:` and what is too large go unheard.
impl Sink for Vec<Message> {
    fn event(&mut self, event: Event<'_>) {
        self.push(event.into());
    }
}
