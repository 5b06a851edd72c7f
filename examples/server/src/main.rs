use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use tabmux_demo_server::{
    app::{Parts, roots, router},
    cli::{self, Command, Options},
    guard::Hosts,
    limits::Limits,
    log_layer::LogLayer,
    metrics,
    serve::serve,
    streams::{self, Streams},
};
use tokio::net::TcpListener;
use tracing_subscriber::{Layer, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

#[tokio::main]
async fn main() -> ExitCode {
    match cli::parse(std::env::args().skip(1)) {
        Ok(Command::Serve(options)) => run(options).await,
        Ok(Command::Help) => {
            print!("{}", cli::HELP);
            ExitCode::SUCCESS
        }
        Err(mistake) => {
            eprint!("{mistake}\n\n{}", cli::HELP);
            ExitCode::from(2)
        }
    }
}

async fn run(options: Options) -> ExitCode {
    let (listeners, port) = match listen(&options).await {
        Ok(listening) => listening,
        Err(error) => {
            eprintln!("Can't listen on port {}: {error}", options.port);
            return ExitCode::FAILURE;
        }
    };
    let streams = Streams::new(streams::Options::default());
    // The address stands on stdout alone, for scripts; the log lines go to stderr and to the streams.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_target(false)
        .without_time();
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(LevelFilter::INFO))
        .with(LogLayer::new(streams.clone()))
        .try_init();

    let repository = repository();
    let pages = options.pages.unwrap_or_else(|| repository.join("examples/demo"));
    if !pages.join("index.html").is_file() {
        eprintln!("There is no index.html in {}: give --pages DIR", pages.display());
        return ExitCode::FAILURE;
    }
    let app = router(Parts {
        streams: streams.clone(),
        limits: Limits::default(),
        hosts: Hosts::new(options.hosts),
        pages,
        package: options.package.unwrap_or_else(|| repository.join("pkg")),
        roots: roots(&repository),
    });
    let _sampler = metrics::start(streams.clone());
    tokio::spawn(streams.clone().run());

    println!("Listening on http://localhost:{port}/");
    tracing::info!("ready");
    serve(listeners, app, async {
        stopped().await;
        streams.close();
    })
    .await;
    ExitCode::SUCCESS
}

/// The listeners, all on one port: the one asked for, or if it is taken the first free one of the next twenty.
async fn listen(options: &Options) -> io::Result<(Vec<TcpListener>, u16)> {
    let last = if options.port == 0 {
        0
    } else {
        options.port.saturating_add(20)
    };
    for port in options.port..=last {
        match listen_on(options, port).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port < last => {
                eprintln!("Port {port} is taken; trying {}.", port + 1);
            }
            other => return other,
        }
    }
    unreachable!("the last port's result is returned whatever it is")
}

async fn listen_on(options: &Options, port: u16) -> io::Result<(Vec<TcpListener>, u16)> {
    let mut listeners = Vec::new();
    let mut port = port;
    for address in options.addresses() {
        match TcpListener::bind((address, port)).await {
            Ok(listener) => {
                port = listener.local_addr()?.port();
                listeners.push(listener);
            }
            // A machine without IPv6. A taken port is another matter: see `Options::addresses`.
            Err(error) if !listeners.is_empty() && error.kind() != io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Ok((listeners, port))
}

/// The checkout: the working directory or one above it, or else where this program was built.
fn repository() -> PathBuf {
    let is_it = |directory: &&Path| directory.join("examples/demo/index.html").is_file();
    let working = std::env::current_dir().unwrap_or_default();
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    working.ancestors().find(is_it).map_or(built, Path::to_owned)
}

/// Resolves on Ctrl-C, and on the signal by which a service manager asks.
async fn stopped() {
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
    tracing::info!("stopping");
}
