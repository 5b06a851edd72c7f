//! The run loop: browser callbacks in, the core's outputs out.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use tabmux_core::hub::Output;
use tabmux_core::message::Reply;
use tabmux_core::seat::TabId;
use tabmux_core::{ChannelIndex, Config, ConnectionId, Hub, Millis, PortId, Request, StreamId, Time, Via};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use crate::batch::Batch;
use crate::clock;
use crate::event_source::{Source, is_message};
use crate::fetch::{Fetch, Told};
use crate::host::{self, Host};
use crate::port::Port;
use crate::text::Text;
use crate::wire::{self, number};

#[wasm_bindgen]
extern "C" {
    /// What a listener is called with: an event, or an answer.
    pub(crate) type Argument;

    #[wasm_bindgen(method, getter, structural)]
    pub(crate) fn data(this: &Argument) -> JsValue;
}

/// What the browser tells, by a function of [`Inbox::once`] or through the worker's entry.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Input {
    Opened(ConnectionId),
    Failed(ConnectionId),
    TabGone(TabId),
    Online,
    Timer,
    LockHeld,
    Stored(u64),
    Written(u64),
    Passed,
    Worker(u32),
}

/// A connection; dropping it closes it.
enum Upstream {
    EventSource(Source),
    Fetch(Fetch),
}

/// Where callbacks put their inputs: the hub, from when it is made to the worker's end.
#[derive(Clone, Copy)]
pub(crate) struct Inbox(&'static RefCell<Option<Shell>>);

impl Inbox {
    #[inline(never)]
    pub(crate) fn put(self, input: Input, argument: &Argument) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell.handle(input, argument);
            shell.drain();
        }
    }

    /// A function of JS that puts `input`: freed when JS has forgotten it. One type for all, since each costs 300 bytes.
    #[inline(never)]
    pub(crate) fn once(self, input: Input) -> JsValue {
        let listener: Closure<dyn FnMut(Argument)> = Closure::new(move |argument| self.put(input, &argument));
        listener.into_js_value()
    }
}

pub(crate) struct Shell {
    hub: Hub<Text>,
    build: String,
    href: String,
    inbox: Inbox,
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
pub(crate) struct Worker(Inbox);

impl Worker {
    /// Takes over the port of a page that has connected.
    pub(crate) fn connect(self, port: MessagePort) {
        if let Some(shell) = &mut *self.0.0.borrow_mut() {
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
        if let Some(shell) = &mut *self.0.0.borrow_mut() {
            shell.hub.handle_ack(port, s, batch as u64, clock::now());
            shell.drain();
        }
    }

    pub(crate) fn said(self, port: PortId, row: JsValue) {
        if let Some(shell) = &mut *self.0.0.borrow_mut() {
            match row.dyn_into() {
                Ok(row) => shell.hub.handle_message(port, wire::read(row), clock::now()),
                Err(field) => shell
                    .hub
                    .handle_bad_message(port, &field.as_string().unwrap_or_default()),
            }
            shell.drain();
        }
    }

    /// For what the worker's entry tells.
    pub(crate) fn put(self, input: Input) {
        self.0.put(input, &JsValue::UNDEFINED.unchecked_into());
    }

    /// Apart from all other inputs, as is what it leads to as a rule: engines compile what runs often, function by function,
    /// with all that is in it.
    pub(crate) fn event(self, connection: ConnectionId, channel: ChannelIndex, id: Text, data: Text) {
        if let Some(shell) = &mut *self.0.0.borrow_mut() {
            shell
                .hub
                .handle_event(connection, channel, id, data, clock::now());
            shell.drain();
        }
    }

    pub(crate) fn fetched(self, connection: ConnectionId, serial: u32, told: Told) {
        if let Some(shell) = &mut *self.0.0.borrow_mut() {
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
        let inbox = Inbox(Box::leak(Box::new(RefCell::new(None))));
        let lock = (!lock.is_empty()).then_some(lock);
        if let Some(name) = &lock {
            host.hold_lock(name, inbox);
        }
        let shell = Some(Shell {
            hub: Hub::new(config),
            build,
            href,
            inbox,
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
        std::mem::forget(inbox.0.replace(shell));
        Self(inbox)
    }
}

impl Shell {
    #[inline(never)]
    fn handle(&mut self, input: Input, argument: &Argument) {
        let now = clock::now();
        match input {
            Input::Opened(connection) => {
                if !is_message(argument) {
                    self.hub.handle_opened(connection, now);
                }
            }
            Input::Failed(connection) => {
                if !is_message(argument) {
                    let retrying = self.source(connection).is_some_and(|source| source.is_retrying());
                    self.hub.handle_lost(connection, retrying, now);
                }
            }
            Input::TabGone(tab) => self.hub.handle_tab_gone(tab, now),
            Input::Online => self.hub.handle_online(now),
            Input::Passed => self.hub.handle_passed(),
            Input::Worker(generation) => self.hub.handle_worker(generation, now),
            Input::Timer => {
                self.timer = None;
                self.hub.handle_timeout(now);
            }
            Input::LockHeld => self.lock_held(),
            Input::Stored(key) => self.hub.handle_stored(key, host::read_stored(argument), now),
            Input::Written(key) => self.hub.handle_written(key, argument.as_string(), now),
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

    fn source(&mut self, connection: ConnectionId) -> Option<&mut Source> {
        match self.upstreams.get_mut(connection as usize)? {
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
                let listener = self.host.listener(connection, channel);
                if let Some(source) = self.source(connection) {
                    source.listen(&name, Some(channel), listener);
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
                    self.host.wait_for_lock(&lock, tab, self.inbox);
                }
            }
            Output::Fence => self.host.ask_fence(self.inbox),
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
        let mut batch = Batch::new();
        if self.hub.write_batch(stream, seat, &mut batch) {
            self.ports[at].post(&batch.into_value());
        }
    }

    #[inline(never)]
    fn place_of(&self, port: PortId) -> Option<usize> {
        self.ports.binary_search_by_key(&port, Port::id).ok()
    }

    #[inline(never)]
    fn ask(&self, key: u64, value: &JsValue, max_age: Millis) {
        self.host.ask_store(key, value, max_age.0, self.inbox);
    }

    fn open(&mut self, connection: ConnectionId, request: &Request) {
        let upstream = match request.via {
            Via::EventSource => {
                let with_credentials = request.options.with_credentials();
                Source::open(connection, &request.url, with_credentials, self.inbox, &self.host)
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
            let worker = Worker(self.inbox);
            (at, Timeout::new(wait, move || worker.put(Input::Timer)))
        });
    }
}
