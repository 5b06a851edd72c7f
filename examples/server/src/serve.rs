//! Accepts connections and speaks HTTP/1.1 on them, and nothing newer.
//!
//! `axum::serve` would do for a server behind a proxy. This one is met directly, so it bounds what a client can
//! hold: connections in all, the time a request's head may take, and the time a write may stand still.

mod stall;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tower::ServiceExt;

use crate::api::Peer;
use stall::StallGuard;

const MAX_CONNECTIONS: usize = 512;
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
const STALL_TIMEOUT: Duration = Duration::from_secs(30);
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Serves until `stop` resolves, then lets requests that are under way end. Streams must be closed by whoever
/// resolves `stop`: they would not end by themselves.
pub async fn serve(listeners: Vec<TcpListener>, app: Router, stop: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // A place first: without one the client waits in the kernel's queue.
        let next = async { (room.clone().acquire_owned().await, accept(&listeners).await) };
        let ((permit, accepted), ()) = tokio::select! {
            next = next => (next, ()),
            () = &mut stop => break,
        };
        let permit = permit.expect("the semaphore is never closed");
        match accepted {
            Ok((socket, peer)) => spawn(socket, peer, app.clone(), &graceful, permit),
            Err(error) => {
                // Out of file descriptors, most likely: trying again at once would only burn the processor.
                tracing::warn!("a connection was not accepted: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listeners);
    // Whoever does not let go in time is dropped with the runtime.
    let _ = timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
}

/// The next connection of any listener.
async fn accept(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    std::future::poll_fn(|cx| {
        let mut accepted = listeners.iter().map(|listener| listener.poll_accept(cx));
        accepted
            .find(std::task::Poll::is_ready)
            .unwrap_or(std::task::Poll::Pending)
    })
    .await
}

fn spawn(
    socket: TcpStream,
    peer: SocketAddr,
    app: Router,
    graceful: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
) {
    // An event is small and should leave at once. An error here only costs latency.
    let _ = socket.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        app.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(StallGuard::new(socket, STALL_TIMEOUT)), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // How a client's connection ends is the client's affair: a reset is a closed tab.
        let _ = connection.await;
        drop(permit);
    });
}
