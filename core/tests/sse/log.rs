//! A sink that writes down all it is told.

use tabmux_core::sse::{Event, Limits, Message, Parser, Sink, TooLarge};

#[derive(Debug, Default)]
pub struct Log {
    pub events: Vec<Message>,
    pub ids: Vec<String>,
    pub retry: Vec<u64>,
    pub comments: usize,
    pub too_large: Vec<TooLarge>,
    pub refused: Vec<Message>,
    pub last_id: String,
}

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
            && self.ids == other.ids
            && self.retry == other.retry
            && self.comments == other.comments
            && self.too_large == other.too_large
            && self.refused == other.refused
    }
}

impl Log {
    fn note_id(&mut self, event: &Event<'_>) {
        // Nobody but an own block changes it.
        if !event.has_own_id {
            assert_eq!(event.id_text(), self.last_id);
        }
        self.last_id = event.id_text().into_owned();
    }
}

impl Sink for Log {
    fn event(&mut self, event: Event<'_>) {
        self.note_id(&event);
        self.events.push(event.into());
    }

    fn id(&mut self, id: &[u8]) {
        self.last_id = String::from_utf8_lossy(id).into_owned();
        self.ids.push(self.last_id.clone());
    }

    fn comment(&mut self) {
        self.comments += 1;
    }

    fn retry(&mut self, millis: u64) {
        self.retry.push(millis);
    }

    fn too_large(&mut self, what: TooLarge) {
        self.too_large.push(what);
    }

    fn refused(&mut self, event: Event<'_>) {
        self.note_id(&event);
        assert!(event.data.is_empty());
        self.refused.push(event.into());
    }
}

pub fn parse(chunks: &[&[u8]], limits: Limits) -> Log {
    let mut parser = Parser::new(limits);
    let mut log = Log::default();
    for chunk in chunks {
        parser.feed(chunk, &mut log);
    }
    log
}
