//! A sink that writes down all it is told.

use tabmux_core::sse::{Event, Limits, Message, Parser, Place, PlainParser, PlainSink, Sink, TooLarge};

#[derive(Debug, Default)]
pub struct Log {
    pub events: Vec<Message>,
    pub ids: Vec<String>,
    pub retry: Vec<u64>,
    pub comments: usize,
    pub too_large: Vec<TooLarge>,
    pub refused: Vec<Message>,
    pub last_id: String,
    /// How many of the events were plain.
    pub plain: usize,
    pub plain_end: Option<usize>,
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

impl PlainSink for Log {
    fn plain(&mut self, input: &[u8], event: Event<'_>, place: Place) {
        assert!(input[place.from..place.end].is_ascii());
        // They follow each other, and each has its id before its data.
        assert_eq!(*self.plain_end.get_or_insert(place.from), place.from);
        let id_end = place.id + if event.has_own_id { event.id.len() } else { 0 };
        let data_end = place.data + event.data.len();
        assert!(place.from <= place.id && id_end < place.data && data_end < place.end);
        if event.has_own_id {
            assert_eq!(&input[place.id..id_end], event.id);
        }
        assert_eq!(&input[place.data..data_end], event.data);
        if place.name == place.from {
            assert_eq!(event.name, b"message");
        } else {
            assert!(input[place.name..place.end].starts_with(event.name));
        }
        self.plain_end = Some(place.end);
        self.plain += 1;
        self.event(event);
    }

    fn turn(&mut self, _: &[u8]) {
        self.plain_end = None;
    }
}

/// By both parsers, which have to agree.
pub fn parse(chunks: &[&[u8]], limits: Limits) -> Log {
    let mut parser = Parser::new(limits);
    let mut log = Log::default();
    for chunk in chunks {
        parser.feed(chunk, &mut log);
    }
    assert_eq!(parse_plain(chunks, limits), log);
    log
}

pub fn parse_plain(chunks: &[&[u8]], limits: Limits) -> Log {
    let mut parser = PlainParser::new(limits);
    let mut log = Log::default();
    for chunk in chunks {
        let input = [parser.kept(), chunk].concat();
        parser.feed(&input, &mut log);
        assert!(log.plain_end.is_none());
        // What is looked at once more is no more than twice what is new, so time is linear.
        assert!(parser.kept().len() <= 2 * chunk.len());
    }
    log
}
