//! The events that parsers are given.

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
