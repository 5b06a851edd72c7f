use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};

use super::event::Frame;

/// The way from the broker to one connection: bounded by count and bytes.
///
/// Not a channel from a crate: those bound the count only, and a thousand large events are another matter than a
/// thousand small ones.
pub(super) struct Queue {
    state: Mutex<State>,
    max_events: usize,
    max_bytes: usize,
}

struct State {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    closed: bool,
    reader: Option<Waker>,
}

/// The client did not keep up. Its queue is closed and empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflow;

/// Several small events leave in one write; more than this gains nothing and costs a copy.
const CHUNK: usize = 16 * 1024;

impl Queue {
    pub fn new(max_events: usize, max_bytes: usize) -> Queue {
        let state = State {
            frames: VecDeque::new(),
            bytes: 0,
            closed: false,
            reader: None,
        };
        Queue {
            state: Mutex::new(state),
            max_events,
            max_bytes,
        }
    }

    pub fn push(&self, frame: Arc<Frame>) -> Result<(), Overflow> {
        let mut state = self.lock();
        if state.closed {
            return Ok(());
        }
        let bytes = state.bytes + frame.wire.len();
        // One event alone always fits, or an event above the bound would cut off every reader, again and again.
        if !state.frames.is_empty() && (state.frames.len() >= self.max_events || bytes > self.max_bytes) {
            state.close();
            return Err(Overflow);
        }
        state.bytes = bytes;
        state.frames.push_back(frame);
        state.wake();
        Ok(())
    }

    /// Ends the connection. What is still queued is dropped: the client asks for it by id.
    pub fn close(&self) {
        self.lock().close();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The next bytes for the socket; `None` when the queue is closed.
    pub fn poll_chunk(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.lock();
        if state.closed {
            return Poll::Ready(None);
        }
        let Some(chunk) = next_chunk(&mut state.frames) else {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.bytes -= chunk.len();
        Poll::Ready(Some(chunk))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().expect("the queue's lock is sound")
    }
}

impl State {
    fn close(&mut self) {
        self.closed = true;
        self.frames = VecDeque::new();
        self.bytes = 0;
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Takes one or more whole events off the front; `None` when there are none. One alone is not copied.
pub(super) fn next_chunk(frames: &mut VecDeque<Arc<Frame>>) -> Option<Bytes> {
    let first = frames.pop_front()?;
    let mut size = first.wire.len();
    let more = frames
        .iter()
        .take_while(|frame| {
            size += frame.wire.len();
            size <= CHUNK
        })
        .count();
    if more == 0 {
        return Some(first.wire.clone());
    }
    let mut chunk = BytesMut::from(&first.wire[..]);
    for frame in frames.drain(..more) {
        chunk.extend_from_slice(&frame.wire);
    }
    Some(chunk.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::event::{Audience, Event};

    fn frame(data: &str) -> Arc<Frame> {
        Arc::new(Frame::new(1, "b-1", Audience::Everyone, &Event::new("a", data)))
    }

    fn poll(queue: &Queue) -> Poll<Option<Bytes>> {
        queue.poll_chunk(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn small_events_leave_together_and_in_order() {
        let queue = Queue::new(10, 10_000);
        queue.push(frame("1")).unwrap();
        queue.push(frame("2")).unwrap();
        let expected = "id: b-1\nevent: a\ndata: 1\n\nid: b-1\nevent: a\ndata: 2\n\n";
        assert_eq!(poll(&queue), Poll::Ready(Some(Bytes::from(expected))));
        assert_eq!(poll(&queue), Poll::Pending);
    }

    #[test]
    fn a_chunk_stops_at_its_size() {
        let queue = Queue::new(10, 1_000_000);
        for _ in 0..3 {
            queue.push(frame(&"x".repeat(CHUNK / 2))).unwrap();
        }
        for _ in 0..3 {
            let Poll::Ready(Some(chunk)) = poll(&queue) else {
                panic!("a chunk was queued")
            };
            assert!(chunk.len() < CHUNK);
        }
        assert_eq!(poll(&queue), Poll::Pending);
    }

    #[test]
    fn too_many_events_close_it() {
        let queue = Queue::new(2, 10_000);
        queue.push(frame("1")).unwrap();
        queue.push(frame("2")).unwrap();
        assert_eq!(queue.push(frame("3")), Err(Overflow));
        assert_eq!(poll(&queue), Poll::Ready(None));
        assert_eq!(
            queue.push(frame("4")),
            Ok(()),
            "a closed queue takes nothing and complains no more"
        );
    }

    #[test]
    fn too_many_bytes_close_it_but_one_large_event_passes() {
        let queue = Queue::new(10, 100);
        queue.push(frame(&"x".repeat(200))).unwrap();
        assert!(matches!(poll(&queue), Poll::Ready(Some(_))));
        queue.push(frame("small")).unwrap();
        assert_eq!(queue.push(frame(&"x".repeat(200))), Err(Overflow));
    }
}
