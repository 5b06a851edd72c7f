//! The run loop: browser callbacks in, the core's outputs out.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use litemap::LiteMap;
use tabmux_core::hub::Output;
use tabmux_core::message::Reply;
use tabmux_core::seat::TabId;
use tabmux_core::{ChannelIndex, Config, Hub, Millis, PortId, Request, StreamId, Time, Via};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, MessagePort};

use crate::batch::Batch;
use crate::clock;
use crate::event_source::Source;
use crate::fetch::{Fetch, Told};
use crate::host::{self, Host};
use crate::locks::{self, Locks};
use crate::port::Port;
use crate::text::Text;
use crate::wire::{self, Incoming, number};

/// What the browser tells.
pub(crate) enum Input {
    Message(PortId, JsValue),
    Event(StreamId, ChannelIndex, Text, Text),
    Opened(StreamId),
    Lost(StreamId, bool),
    /// By the stream's fetch of this number.
    Fetched(StreamId, u32, Told),
    TabGone(TabId),
    Online,
    Timer,
    LockHeld,
    Stored(u64, JsValue),
    Passed,
    Worker(u32),
}

/// A stream's connection; dropping it closes it.
enum Upstream {
    EventSource(Source),
    Fetch(Fetch),
}

/// Where callbacks put their inputs. Weak: a callback that outlives the worker's state does nothing.
#[derive(Clone)]
pub(crate) struct Inbox(Weak<RefCell<Shell>>);

impl Inbox {
    pub(crate) fn put(&self, input: Input) {
        if let Some(shell) = self.0.upgrade() {
            shell.borrow_mut().handle(input);
        }
    }

    /// A function of JS that is called once; that frees it. One for all, since every type of closure costs 300 bytes.
    #[inline(never)]
    pub(crate) fn once(self, once: Once) -> JsValue {
        Closure::once_into_js(move |answer: JsValue| {
            let mut result = JsValue::UNDEFINED;
            self.put(match once {
                Once::LockHeld => {
                    // The lock is let go by the worker's end alone.
                    result = locks::never();
                    Input::LockHeld
                }
                Once::TabGone(tab) => Input::TabGone(tab),
                Once::Stored(key) => Input::Stored(key, answer),
                Once::Passed => Input::Passed,
            });
            result
        })
    }
}

/// What a call that comes once tells.
pub(crate) enum Once {
    LockHeld,
    TabGone(TabId),
    Stored(u64),
    Passed,
}

/// The worker's own lock: pages are welcomed once it is held, since they wait for it in turn.
enum OwnLock {
    None,
    Pending { name: String, welcomes: Vec<PortId> },
    Held { name: String },
}

pub(crate) struct Shell {
    hub: Hub<Text>,
    build: String,
    href: String,
    inbox: Inbox,
    ports: LiteMap<PortId, Port>,
    next_port: PortId,
    upstreams: LiteMap<StreamId, Upstream>,
    fetches: u32,
    timer: Option<(Time, Timeout)>,
    locks: Option<Locks>,
    own_lock: OwnLock,
    host: Host,
}

/// The running hub.
pub(crate) struct Worker {
    shell: Rc<RefCell<Shell>>,
    _online: Option<Listening>,
}

impl Worker {
    /// Takes over the port of a page that has connected.
    pub(crate) fn connect(&self, port: MessagePort) {
        let mut shell = self.shell.borrow_mut();
        let id = shell.next_port;
        shell.next_port += 1;
        let inbox = shell.inbox.clone();
        shell.ports.insert(id, Port::new(id, port, inbox));
    }

    /// For what the worker's entry tells.
    pub(crate) fn put(&self, input: Input) {
        self.shell.borrow_mut().handle(input);
    }

    pub(crate) fn new(build: String, href: String, generation: u32, host: Host) -> Self {
        let config = Config {
            epoch: clock::wall(),
            generation,
            seed: clock::seed(),
            origin: href.clone(),
        };
        let shell = Rc::new_cyclic(|weak| {
            let inbox = Inbox(weak.clone());
            let locks = Locks::present();
            let own_lock = match &locks {
                None => OwnLock::None,
                Some(locks) => {
                    let name = Locks::worker_name();
                    locks.hold(&name, inbox.clone());
                    OwnLock::Pending {
                        name,
                        welcomes: Vec::new(),
                    }
                }
            };
            RefCell::new(Shell {
                hub: Hub::new(config),
                build,
                href,
                inbox,
                ports: LiteMap::new(),
                next_port: 0,
                upstreams: LiteMap::new(),
                fetches: 0,
                timer: None,
                locks,
                own_lock,
                host,
            })
        });
        let inbox = shell.borrow().inbox.clone();
        let online = Listening::new("online", move || inbox.put(Input::Online));
        Self {
            shell,
            _online: online,
        }
    }
}

impl Shell {
    fn handle(&mut self, input: Input) {
        let now = clock::now();
        match input {
            Input::Event(stream, channel, id, data) => self.hub.handle_event(stream, channel, id, data, now),
            Input::Message(port, value) => self.message(port, &value, now),
            Input::Opened(stream) => self.hub.handle_opened(stream, now),
            Input::Fetched(stream, serial, told) => {
                let Some(Upstream::Fetch(fetch)) = self.upstreams.get_mut(&stream) else {
                    return;
                };
                if !fetch.is(serial) || !fetch.take(stream, told, &mut self.hub, now) {
                    return;
                }
            }
            Input::Lost(stream, retrying) => self.hub.handle_lost(stream, retrying, now),
            Input::TabGone(tab) => self.hub.handle_tab_gone(tab, now),
            Input::Online => self.hub.handle_online(now),
            Input::Passed => self.hub.handle_passed(),
            Input::Worker(generation) => self.hub.handle_worker(generation, now),
            Input::Timer => {
                self.timer = None;
                self.hub.handle_timeout(now);
            }
            Input::LockHeld => self.lock_held(),
            Input::Stored(key, stored) => self.hub.handle_stored(key, host::read_stored(&stored), now),
        }
        self.drain();
    }

    fn message(&mut self, port: PortId, value: &JsValue, now: Time) {
        match wire::read(value) {
            Ok(Incoming::Ack { s, batch }) => self.hub.handle_ack(port, s, batch, now),
            Ok(Incoming::Control(message)) => self.hub.handle_message(port, message, now),
            Err(detail) => self.hub.handle_bad_message(port, detail),
        }
    }

    fn drain(&mut self) {
        loop {
            match self.hub.poll_output() {
                Output::Deliver { stream, seat, tab } => self.deliver(stream, seat, tab),
                Output::Open { stream, request } => self.open(stream, &request),
                Output::Tell { tab, reply } => {
                    if let Some(port) = self.hub.port_of(tab) {
                        self.reply(port, &reply);
                    }
                }
                Output::Close { stream } => drop(self.upstreams.remove(&stream)),
                Output::Listen {
                    stream,
                    channel,
                    name,
                } => {
                    if let Some(Upstream::EventSource(source)) = self.upstreams.get_mut(&stream) {
                        source.listen(channel, &name);
                    }
                }
                Output::Unlisten { stream, channel } => {
                    if let Some(Upstream::EventSource(source)) = self.upstreams.get_mut(&stream) {
                        source.unlisten(channel);
                    }
                }
                Output::Reply { port, reply } => self.reply(port, &reply),
                Output::WatchLock { tab, lock } => {
                    if let Some(locks) = &self.locks {
                        locks.wait(&lock, tab, self.inbox.clone());
                    }
                }
                Output::Fence => self.host.ask_fence(self.inbox.clone()),
                Output::Announce => self.host.announce(),
                Output::Load { key } => self.ask(key, &JsValue::UNDEFINED, Millis(0)),
                Output::Save { key, id, max_age } => self.ask(key, &JsValue::from_str(&id), max_age),
                Output::Forget { epoch } => self.ask(0, &number(epoch).into(), Millis(u64::MAX)),
                Output::ClosePort { port } => drop(self.ports.remove(&port)),
                Output::Timeout(deadline) => return self.arm(deadline),
            }
        }
    }

    fn deliver(&mut self, stream: StreamId, seat: u32, tab: TabId) {
        let Some(port) = self.hub.port_of(tab).and_then(|port| self.ports.get(&port)) else {
            return;
        };
        let mut batch = Batch::new();
        if self.hub.write_batch(stream, seat, &mut batch) {
            port.post(&batch.into_value());
        }
    }

    #[inline(never)]
    fn ask(&self, key: u64, value: &JsValue, max_age: Millis) {
        self.host.ask_store(key, value, max_age.0, self.inbox.clone());
    }

    fn open(&mut self, stream: StreamId, request: &Request) {
        let inbox = self.inbox.clone();
        let upstream = match request.via {
            Via::EventSource => Source::open(stream, &request.url, request.options.with_credentials, inbox)
                .map(Upstream::EventSource),
            Via::Fetch => {
                self.fetches = self.fetches.wrapping_add(1);
                Ok(Upstream::Fetch(Fetch::open(
                    stream,
                    self.fetches,
                    request,
                    &self.host,
                )))
            }
        };
        match upstream {
            Ok(upstream) => drop(self.upstreams.insert(stream, upstream)),
            // The hub has checked the URL: what the browser still refuses it refuses as it would a connection.
            Err(_) => self.hub.handle_lost(stream, false, clock::now()),
        }
    }

    fn reply(&mut self, port: PortId, reply: &Reply) {
        let lock = match (&mut self.own_lock, reply) {
            (OwnLock::Pending { welcomes, .. }, Reply::Welcome { .. }) => {
                welcomes.push(port);
                return;
            }
            (OwnLock::Held { name }, _) => Some(name.as_str()),
            _ => None,
        };
        if let Some(port) = self.ports.get(&port) {
            port.post(&wire::write(reply, &self.build, &self.href, lock));
        }
    }

    fn lock_held(&mut self) {
        if let OwnLock::Pending { name, welcomes } = std::mem::replace(&mut self.own_lock, OwnLock::None) {
            self.own_lock = OwnLock::Held { name };
            for port in welcomes {
                let welcome = self.hub.welcome();
                self.reply(port, &welcome);
            }
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
            let inbox = self.inbox.clone();
            (at, Timeout::new(wait, move || inbox.put(Input::Timer)))
        });
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = self)]
    static SCOPE: EventTarget;
}

/// A listener on the worker's global scope, removed when dropped.
struct Listening {
    target: EventTarget,
    name: &'static str,
    listener: Closure<dyn FnMut()>,
}

impl Listening {
    fn new(name: &'static str, f: impl FnMut() + 'static) -> Option<Self> {
        let target = SCOPE.with(EventTarget::clone);
        let listener = Closure::new(f);
        target
            .add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())
            .ok()?;
        Some(Self {
            target,
            name,
            listener,
        })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        drop(
            self.target
                .remove_event_listener_with_callback(self.name, listener),
        );
    }
}
