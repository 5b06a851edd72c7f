//! The run loop: browser callbacks in, the core's outputs out.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use tabmux_core::hub::Output;
use tabmux_core::message::Reply;
use tabmux_core::seat::TabId;
use tabmux_core::{ChannelIndex, Config, ConnectionId, Hub, Millis, PortId, Request, StreamId, Time, Via};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use crate::batch::Batch;
use crate::clock;
use crate::event_source::Source;
use crate::fetch::{Fetch, Told};
use crate::host::{self, Host};
use crate::port::Port;
use crate::text::Text;
use crate::wire::{self, number};

/// What the worker's entry tells, by the numbers of `js/told.ts`.
mod told {
    pub(super) const OPENED: u32 = 0;
    pub(super) const LOST: u32 = 1;
    pub(super) const RETRYING: u32 = 2;
    pub(super) const TAB_GONE: u32 = 3;
    pub(super) const LOCK_HELD: u32 = 4;
    pub(super) const STORED: u32 = 5;
    pub(super) const WRITTEN: u32 = 6;
    pub(super) const PASSED: u32 = 7;
    pub(super) const WORKER: u32 = 8;
    pub(super) const ONLINE: u32 = 9;
}

/// A connection; dropping it closes it.
enum Upstream {
    EventSource(Source),
    Fetch(Fetch),
}

pub(crate) struct Shell {
    hub: Hub<Text>,
    /// Itself, for its timer.
    worker: Worker,
    build: String,
    href: String,
    /// In the order of their numbers.
    ports: Vec<Port>,
    next_port: PortId,
    /// By number.
    upstreams: Vec<Option<Upstream>>,
    fetches: u32,
    /// When it is due, and what clears it when dropped.
    timer: Option<(Time, Timeout)>,
    /// Name of the worker's own lock, where there are locks.
    lock: Option<String>,
    /// Pages are welcomed once it is held, since they wait for it in turn: those that wait for that.
    welcomes: Option<Vec<PortId>>,
    host: Host,
}

/// The running hub. It is never dropped: it ends with the worker.
#[derive(Clone, Copy)]
pub(crate) struct Worker(&'static RefCell<Option<Shell>>);

impl Worker {
    /// Takes over the port of a page that has connected.
    pub(crate) fn connect(self, port: MessagePort) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            let id = shell.next_port;
            shell.next_port += 1;
            shell.ports.push(Port::new(id, port, &shell.host));
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a whole number"
    )]
    pub(crate) fn ack(self, port: PortId, s: u32, batch: f64) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell.hub.handle_ack(port, s, batch as u64, clock::now());
            shell.drain();
        }
    }

    pub(crate) fn said(self, port: PortId, row: JsValue) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            match row.dyn_into() {
                Ok(row) => shell.hub.handle_message(port, wire::read(row), clock::now()),
                Err(field) => shell
                    .hub
                    .handle_bad_message(port, &field.as_string().unwrap_or_default()),
            }
            shell.drain();
        }
    }

    /// `number` is that of the connection, the tab, the key or the worker that it is about.
    pub(crate) fn told(self, what: u32, number: f64, answer: &JsValue) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell.told(what, number, answer);
            shell.drain();
        }
    }

    fn timer(self) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell.timer = None;
            shell.hub.handle_timeout(clock::now());
            shell.drain();
        }
    }

    pub(crate) fn event(self, connection: ConnectionId, channel: ChannelIndex, id: Text, data: Text) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell
                .hub
                .handle_event(connection, channel, id, data, clock::now());
            shell.drain();
        }
    }

    pub(crate) fn fetched(self, connection: ConnectionId, serial: u32, told: Told) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell.fetched(connection, serial, told);
        }
    }

    pub(crate) fn new(
        build: String,
        href: String,
        generation: u32,
        seed: f64,
        lock: String,
        joins: bool,
        host: Host,
    ) -> Self {
        let config = Config {
            epoch: clock::wall(),
            generation,
            seed: seed.to_bits(),
            origin: href.clone(),
            joins,
        };
        let worker = Self(Box::leak(Box::new(RefCell::new(None))));
        let lock = (!lock.is_empty()).then_some(lock);
        if let Some(name) = &lock {
            host.lock(name, true, 0);
        }
        let shell = Some(Shell {
            hub: Hub::new(config),
            worker,
            build,
            href,
            ports: Vec::new(),
            next_port: 0,
            upstreams: Vec::new(),
            fetches: 0,
            timer: None,
            welcomes: lock.is_some().then(Vec::new),
            lock,
            host,
        });
        // There was none: what would drop it need not be there.
        std::mem::forget(worker.0.replace(shell));
        worker
    }
}

impl Shell {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the hub's own numbers come back"
    )]
    #[inline(never)]
    fn told(&mut self, what: u32, number: f64, answer: &JsValue) {
        let now = clock::now();
        let (index, key) = (number as u32, number as u64);
        match what {
            told::OPENED => self.hub.handle_opened(index, now),
            told::LOST | told::RETRYING => self.hub.handle_lost(index, what == told::RETRYING, now),
            told::TAB_GONE => self.hub.handle_tab_gone(index, now),
            told::LOCK_HELD => self.lock_held(),
            told::STORED => self.hub.handle_stored(key, host::read_stored(answer), now),
            told::WRITTEN => self.hub.handle_written(key, answer.as_string(), now),
            told::PASSED => self.hub.handle_passed(),
            told::WORKER => self.hub.handle_worker(index, now),
            told::ONLINE => self.hub.handle_online(now),
            _ => {}
        }
    }

    fn fetched(&mut self, connection: ConnectionId, serial: u32, told: Told) {
        if let Some(Some(Upstream::Fetch(fetch))) = self.upstreams.get_mut(connection as usize)
            && fetch.is(serial)
            && fetch.take(connection, told, &mut self.hub)
        {
            self.drain();
        }
    }

    fn source(&self, connection: ConnectionId) -> Option<&Source> {
        match self.upstreams.get(connection as usize)? {
            Some(Upstream::EventSource(source)) => Some(source),
            _ => None,
        }
    }

    #[inline(never)]
    fn drain(&mut self) {
        loop {
            match self.hub.poll_output() {
                Output::Deliver { stream, seat, tab } => self.deliver(stream, seat, tab),
                Output::Timeout(deadline) => return self.arm(deadline),
                output => self.act(output),
            }
        }
    }

    /// What is not done with every other event.
    #[inline(never)]
    fn act(&mut self, output: Output) {
        match output {
            Output::Deliver { .. } | Output::Timeout(_) => {}
            Output::Open { connection, request } => self.open(connection, &request),
            Output::Tell { tab, reply } => {
                if let Some(port) = self.hub.port_of(tab) {
                    self.reply(port, &reply);
                }
            }
            Output::Close { connection } => {
                if let Some(upstream) = self.upstreams.get_mut(connection as usize) {
                    *upstream = None;
                }
            }
            Output::Listen {
                connection,
                channel,
                name,
            } => {
                if let Some(source) = self.source(connection) {
                    source.listen(channel, &name);
                }
            }
            Output::Unlisten { connection, channel } => {
                if let Some(source) = self.source(connection) {
                    source.unlisten(channel);
                }
            }
            Output::Reply { port, reply } => self.reply(port, &reply),
            Output::WatchLock { tab, lock } => {
                if self.lock.is_some() {
                    self.host.lock(&lock, false, tab);
                }
            }
            Output::Fence => self.host.fence(),
            Output::Announce => self.host.announce(),
            Output::Load { key } => self.ask(key, &JsValue::UNDEFINED, Millis(0)),
            Output::Save { key, id, max_age } => self.ask(key, &JsValue::from_str(&id), max_age),
            Output::Forget { epoch } => self.ask(0, &number(epoch).into(), Millis(u64::MAX)),
            Output::ClosePort { port } => {
                if let Some(at) = self.place_of(port) {
                    drop(self.ports.remove(at));
                }
            }
        }
    }

    #[inline(never)]
    fn deliver(&mut self, stream: StreamId, seat: u32, tab: TabId) {
        let Some(at) = self.hub.port_of(tab).and_then(|port| self.place_of(port)) else {
            return;
        };
        let port = &self.ports[at];
        let mut batch = Batch::new(&self.host, port.inner());
        if self.hub.write_batch(stream, seat, tab, &mut batch)
            && let Some(batch) = batch.into_value()
        {
            port.post(&batch);
        }
    }

    #[inline(never)]
    fn place_of(&self, port: PortId) -> Option<usize> {
        self.ports.binary_search_by_key(&port, Port::id).ok()
    }

    #[inline(never)]
    fn ask(&self, key: u64, value: &JsValue, max_age: Millis) {
        self.host.store(number(key), value, number(max_age.0));
    }

    fn open(&mut self, connection: ConnectionId, request: &Request) {
        let upstream = match request.via {
            Via::EventSource => {
                let with_credentials = request.options.with_credentials();
                Source::open(connection, &request.url, with_credentials, &self.host)
                    .map(Upstream::EventSource)
            }
            Via::Fetch => {
                self.fetches = self.fetches.wrapping_add(1);
                Some(Upstream::Fetch(Fetch::open(
                    connection,
                    self.fetches,
                    request,
                    &self.host,
                )))
            }
        };
        // The hub has checked the URL: what the browser still refuses it refuses as it would a connection.
        let is_refused = upstream.is_none();
        let at = connection as usize;
        while self.upstreams.len() <= at {
            self.upstreams.push(None);
        }
        self.upstreams[at] = upstream;
        if is_refused {
            self.hub.handle_lost(connection, false, clock::now());
        }
    }

    fn reply(&mut self, port: PortId, reply: &Reply) {
        if let Some(welcomes) = &mut self.welcomes
            && let Reply::Welcome { .. } = reply
        {
            welcomes.push(port);
        } else if let Some(at) = self.place_of(port) {
            self.ports[at].post(&wire::write(reply, &self.build, &self.href, self.lock.as_deref()));
        }
    }

    fn lock_held(&mut self) {
        for port in self.welcomes.take().unwrap_or_default() {
            let welcome = self.hub.welcome();
            self.reply(port, &welcome);
        }
    }

    fn arm(&mut self, deadline: Option<Time>) {
        if self.timer.as_ref().map(|(at, _)| *at) == deadline {
            return;
        }
        self.timer = deadline.map(|at| {
            // Beyond 2^31 ms browsers fire at once; the hub is then simply asked too early and says when again.
            let wait = u32::try_from(at.since(clock::now()).0)
                .unwrap_or(u32::MAX)
                .min(0x7fff_ffff);
            let worker = self.worker;
            (at, Timeout::new(wait, move || worker.timer()))
        });
    }
}
