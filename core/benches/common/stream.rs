//! The events that parsers are given.

pub const MB: usize = 1 << 20;
/// Runs of a case; the best counts, since what disturbs only slows. As many as the peers in Node have.
pub const RUNS: usize = 21;

/// A line of figures, as `bench/lib/parsers.mjs` reads it: what a stream takes at best, in seconds.
pub fn print(case: &str, stream: &Stream, best: f64) {
    println!("{case:<24} {:>8.0} MB/s", stream.bytes.len() as f64 / best / 1e6);
}

/// A stream and the events in it: they count up by id, and have the same data.
#[derive(Clone)]
pub struct Stream {
    pub bytes: Vec<u8>,
    pub events: usize,
    pub data: String,
}

/// The name of each.
pub const NAME: &str = "order_update";

impl Stream {
    /// As a server of JSON sends them: id, name, data. At least so many bytes.
    pub fn of(data: String, total: usize) -> Self {
        let mut bytes = Vec::new();
        let mut events = 0;
        while bytes.len() < total {
            bytes.extend_from_slice(format!("id: {events}\nevent: {NAME}\ndata: {data}\n\n").as_bytes());
            events += 1;
        }
        Self { bytes, events, data }
    }

    /// Whether event number `nth` is this.
    pub fn has(&self, nth: usize, id: &[u8], name: &[u8], data: &[u8]) -> bool {
        id == nth.to_string().as_bytes() && name == NAME.as_bytes() && data == self.data.as_bytes()
    }
}
