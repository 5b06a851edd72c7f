use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::time::{Instant, Sleep, sleep};

use super::{
    broker::Streams,
    event::Frame,
    queue::{Queue, next_chunk},
};

/// The body of one client's response. Dropping it takes the client off the list.
///
/// It ends when the client is cut off for being slow or when [`Streams::close`] is called; the client then
/// reconnects with its last id.
#[must_use = "a dropped connection is a closed one"]
pub struct Connection {
    streams: Streams,
    key: u64,
    /// `retry:` and, after a loss, the event that tells of it.
    head: Option<Bytes>,
    /// The replay. It is not counted against the queue's bound: it shares its frames with the log.
    backlog: VecDeque<Arc<Frame>>,
    queue: Arc<Queue>,
    heartbeat: Pin<Box<Sleep>>,
    period: Duration,
}

impl Connection {
    pub(super) fn new(
        streams: Streams,
        key: u64,
        head: Bytes,
        backlog: VecDeque<Arc<Frame>>,
        queue: Arc<Queue>,
        period: Duration,
    ) -> Connection {
        let heartbeat = Box::pin(sleep(period));
        Connection {
            streams,
            key,
            head: Some(head),
            backlog,
            queue,
            heartbeat,
            period,
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.queue.is_closed() {
            return Poll::Ready(None);
        }
        if let Some(bytes) = self.head.take().or_else(|| next_chunk(&mut self.backlog)) {
            return Poll::Ready(Some(bytes));
        }
        self.queue.poll_chunk(cx)
    }
}

impl Stream for Connection {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = match self.poll_event(cx) {
            Poll::Ready(next) => next,
            Poll::Pending => {
                if self.heartbeat.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                Some(Bytes::from_static(b": heartbeat\n\n"))
            }
        };
        // Whatever is sent shows that the connection lives, so the period starts anew.
        let beat = Instant::now() + self.period;
        self.heartbeat.as_mut().reset(beat);
        Poll::Ready(next.map(Ok))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.streams.disconnect(self.key);
    }
}
