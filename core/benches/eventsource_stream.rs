//! The crate eventsource-stream on the streams that `sse.rs` gives to the parser of the core:
//! `cargo bench -p tabmux-core --bench eventsource_stream`, one line per case.
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock; figures are rounded anyway"
)]

#[path = "common/stream.rs"]
mod stream;

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::slice::Chunks;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use eventsource_stream::{Event, EventStream};
use futures_core::Stream as _;
use stream::{MB, RUNS, Stream, print};

fn main() {
    let stream = Stream::of("x".repeat(200), MB);
    for chunk in [64, 1_400, 65_536] {
        let mut nth = 0;
        run(&stream, chunk, |event| {
            let Event { id, event, data, .. } = event;
            let same = stream.has(nth, id.as_bytes(), event.as_bytes(), data.as_bytes());
            assert!(same, "event {nth} is not what was sent");
            nth += 1;
        });
        assert_eq!(nth, stream.events, "events");
        let best = (0..RUNS)
            .map(|_| time(&stream, chunk))
            .fold(f64::INFINITY, f64::min);
        print(&format!("200_{chunk}"), &stream, best);
    }
}

fn time(stream: &Stream, chunk: usize) -> f64 {
    let (mut events, mut bytes) = (0, 0);
    let began = Instant::now();
    run(stream, chunk, |event| {
        events += 1;
        bytes += black_box(event).data.len();
    });
    let time = began.elapsed().as_secs_f64();
    assert_eq!(
        (events, bytes),
        (stream.events, stream.events * stream.data.len())
    );
    time
}

/// Its stream of events is always ready, since the chunks are.
fn run(stream: &Stream, chunk: usize, mut event: impl FnMut(Event)) {
    let mut events = pin!(EventStream::new(Ready(stream.bytes.chunks(chunk))));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match events.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(next)) => event(next.expect("an event")),
            Poll::Ready(None) => return,
            Poll::Pending => unreachable!("chunks are there"),
        }
    }
}

struct Ready<'a>(Chunks<'a, u8>);

impl<'a> futures_core::Stream for Ready<'a> {
    type Item = Result<&'a [u8], Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}
