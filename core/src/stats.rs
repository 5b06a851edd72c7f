//! What `stats()` tells.

/// Figures of a stream, as one tab sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Tabs that hold this stream now; not those that are frozen, silent or in bfcache.
    pub tabs: usize,
    /// Streams in this worker.
    pub streams: usize,
    /// Channels of this stream.
    pub channels: usize,
    /// Subscriptions of all tabs.
    pub subscriptions: usize,
    /// Name of the status.
    pub status: &'static str,
    /// `EventSource`s made so far.
    pub connections: u64,
    /// Events received, repeats not counted.
    pub received: u64,
    /// Events handed to tabs (events times tabs).
    pub delivered: u64,
    /// Repeats removed.
    pub repeats: u64,
    /// Events dropped from full queues, all present tabs.
    pub dropped: u64,
    /// Events in this tab's queue.
    pub queued: usize,
    /// UTF-16 units in this tab's queue.
    pub queued_units: u64,
    /// UTF-16 units kept for late subscribers.
    pub replay_units: u64,
    /// The hub's incarnation.
    pub epoch: u64,
    /// The connection's last event id.
    pub last_event_id: String,
    /// What is known of the last resume.
    pub resumed: Option<&'static str>,
    /// The worker's generation.
    pub generation: u32,
}
