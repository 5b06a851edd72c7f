//! The run loop: browser callbacks in, the core's outputs out.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use tabmux_core::hub::Output;
use tabmux_core::message::Reply;
use tabmux_core::seat::TabId;
use tabmux_core::{
    Airs, ChannelIndex, Config, ConnectionId, Hub, Millis, PortId, Request, StreamId, Time, Via,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::batch::Batch;
use crate::clock;
use crate::fetch::{self, Fetch, Told};
use crate::host::{self, Host};
use crate::text::Text;
use crate::wire::{self, number};

/// What the worker's entry tells, by the numbers of `js/told.ts`.
mod told {
    pub(super) const OPENED: u32 = 0;
    pub(super) const LOST: u32 = 1;
    pub(super) const RETRYING: u32 = 2;
    pub(super) const TAB_GONE: u32 = 3;
    pub(super) const STORED: u32 = 4;
    pub(super) const WRITTEN: u32 = 5;
    pub(super) const PASSED: u32 = 6;
    pub(super) const WORKER: u32 = 7;
    pub(super) const ONLINE: u32 = 8;
    pub(super) const HEARD: u32 = 9;
}

/// Fewer tabs, or shorter runs, are as quick by themselves (decisions/0110).
const AIRS: Airs = Airs {
    tabs: 6,
    units: 16 << 10,
};

pub(crate) struct Shell {
    hub: Hub<Text>,
    href: String,
    /// By the number of the connection.
    fetches: Vec<Fetch>,
    /// Itself, for its timer.
    worker: Worker,
    /// When it is due, and what clears it when dropped.
    timer: Option<(Time, Timeout)>,
    host: Host,
}

/// The running hub. It is never dropped: it ends with the worker.
#[derive(Clone, Copy)]
pub(crate) struct Worker(&'static RefCell<Option<Shell>>);

impl Worker {
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

    /// `number` is that of the connection, the tab, the key, the worker or the stream that it is about.
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

    pub(crate) fn fetched(self, connection: ConnectionId, told: Told) {
        if let Some(shell) = &mut *self.0.borrow_mut() {
            shell.fetched(connection, told);
        }
    }

    pub(crate) fn new(href: String, generation: u32, seed: f64, joins: bool, host: Host) -> Self {
        let config = Config {
            epoch: clock::wall(),
            generation,
            seed: seed.to_bits(),
            origin: href.clone(),
            joins,
            airs: AIRS,
        };
        let worker = Self(Box::leak(Box::new(RefCell::new(None))));
        let shell = Some(Shell {
            hub: Hub::new(config),
            href,
            fetches: Vec::new(),
            worker,
            timer: None,
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
            told::STORED => self.hub.handle_stored(key, host::read_stored(answer), now),
            told::WRITTEN => self.hub.handle_written(key, answer.as_string(), now),
            told::PASSED => self.hub.handle_passed(),
            told::WORKER => self.hub.handle_worker(index, now),
            told::ONLINE => self.hub.handle_online(now),
            // What is no number is 0, which nobody was given.
            told::HEARD => {
                let said = answer.as_f64().unwrap_or_default() as u32;
                self.hub.handle_heard(index, said, now);
            }
            _ => {}
        }
    }

    fn fetched(&mut self, connection: ConnectionId, told: Told) {
        if let Some(fetch) = self.fetches.get_mut(connection as usize)
            && fetch.take(connection, told, &mut self.hub)
        {
            self.drain();
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
            Output::Close { connection } => self.host.end(connection),
            Output::Listen {
                connection,
                channel,
                name,
            } => self.host.listen(connection, channel, &name),
            Output::Unlisten { connection, channel } => self.host.unlisten(connection, channel),
            Output::Reply { port, reply } => self.reply(port, &reply),
            Output::WatchLock { tab, lock } => self.host.lock(&lock, tab),
            Output::Fence => self.host.fence(),
            Output::Announce => self.host.announce(),
            Output::Load { key } => self.ask(key, &JsValue::UNDEFINED, Millis(0)),
            Output::Save { key, id, max_age } => self.ask(key, &JsValue::from_str(&id), max_age),
            Output::Forget { epoch } => self.ask(0, &number(epoch).into(), Millis(u64::MAX)),
            Output::Hush { stream } => self.host.hush(stream),
            Output::ClosePort { port } => self.host.close(port),
        }
    }

    #[inline(never)]
    fn deliver(&mut self, stream: StreamId, seat: u32, tab: TabId) {
        let Some(port) = self.hub.port_of(tab) else {
            return;
        };
        let mut batch = Batch::new(&self.host, stream, port);
        if self.hub.write_batch(stream, seat, tab, &mut batch)
            && let Some(batch) = batch.into_value()
        {
            self.host.send(port, &batch);
        }
    }

    #[inline(never)]
    fn ask(&self, key: u64, value: &JsValue, max_age: Millis) {
        self.host.store(number(key), value, number(max_age.0));
    }

    fn open(&mut self, connection: ConnectionId, request: &Request) {
        let at = connection as usize;
        while self.fetches.len() <= at {
            self.fetches.push(Fetch::default());
        }
        self.fetches[at] = Fetch::default();
        self.host.end(connection);
        match request.via {
            Via::EventSource => {
                let with_credentials = request.options.with_credentials();
                // The hub has checked the URL: what the browser still refuses it refuses as it would a connection.
                if !self.host.source(connection, &request.url, with_credentials) {
                    self.hub.handle_lost(connection, false, clock::now());
                }
            }
            Via::Fetch => self.host.fetch(connection, &fetch::list(request)),
        }
    }

    #[inline(never)]
    fn reply(&self, port: PortId, reply: &Reply) {
        wire::write(reply, &self.href, |kind, values| {
            self.host.say(port, kind, &wire::row(values));
        });
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
