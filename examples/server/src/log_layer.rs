//! The server's own log lines, as events on `log`.

use std::{
    fmt::{self, Write},
    sync::Mutex,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

use crate::streams::{Event, Streams};

/// More lines than this a second are counted, not sent: a visitor who makes log lines must not be able to push
/// everything else out of the bounded log.
const LINES_A_SECOND: u32 = 20;

/// Sends what this crate logs at INFO or above.
///
/// Lines of other crates stay out: what they print about a request (its headers, its query) is not known here.
/// This crate logs its own paths without queries, and never a cookie or a message's text.
pub struct LogLayer {
    streams: Streams,
    pace: Mutex<Pace>,
}

struct Pace {
    since: Instant,
    sent: u32,
    left_out: u32,
}

impl LogLayer {
    pub fn new(streams: Streams) -> LogLayer {
        LogLayer {
            streams,
            pace: Mutex::new(Pace {
                since: Instant::now(),
                sent: 0,
                left_out: 0,
            }),
        }
    }

    fn send(&self, level: Level, text: &str) {
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis() as u64);
        let data = json!({ "time": time, "level": level.as_str(), "text": text });
        self.streams
            .to_channel("log", Event::new("log", data.to_string()));
    }
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO || !metadata.target().starts_with(env!("CARGO_CRATE_NAME")) {
            return;
        }
        // The lock ends before anything is sent; nothing panics while it is held.
        let left_out = match self
            .pace
            .lock()
            .expect("the pace's lock is sound")
            .allow(Instant::now())
        {
            Some(left_out) => left_out,
            None => return,
        };
        if left_out > 0 {
            self.send(Level::WARN, &format!("{left_out} lines were left out"));
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.send(*metadata.level(), &line.0);
    }
}

impl Pace {
    /// Whether a line may go out, and how many before it could not.
    fn allow(&mut self, now: Instant) -> Option<u32> {
        if now.saturating_duration_since(self.since) >= Duration::from_secs(1) {
            self.since = now;
            self.sent = 0;
        }
        if self.sent == LINES_A_SECOND {
            self.left_out += 1;
            return None;
        }
        self.sent += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

/// The message, then the fields as `name=value`.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_pace_is_counted_and_told_later() {
        let start = Instant::now();
        let mut pace = Pace {
            since: start,
            sent: 0,
            left_out: 0,
        };
        for _ in 0..LINES_A_SECOND {
            assert_eq!(pace.allow(start), Some(0));
        }
        assert_eq!(pace.allow(start), None);
        assert_eq!(pace.allow(start), None);
        assert_eq!(pace.allow(start + Duration::from_secs(1)), Some(2));
        assert_eq!(pace.allow(start + Duration::from_secs(1)), Some(0));
    }
}
