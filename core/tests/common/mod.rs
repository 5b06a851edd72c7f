//! A small world around the hub, on virtual time: a server with a log, the browser's `EventSource`s, and pages that speak
//! `js/protocol.ts`. Nothing in it runs by itself: a test says what happens, `settle` lets the consequences play out.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod air;
pub mod browser;
pub mod former;
pub mod page;
pub mod server;
pub mod storage;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use tabmux_core::hub::Output;
use tabmux_core::message::{Message, Reply};
use tabmux_core::options::RawOptions;
use tabmux_core::request::{Request, Response, Via};
use tabmux_core::seat::TabId;
use tabmux_core::{Airs, Config, ConnectionId, Hub, Millis, Payload, PortId, Status, StreamId, Time};

use air::{Air, Voice};
use browser::Source;
use page::{Batch, Entry, Functions, Page, Wire};
use server::{Answer, Server};
use storage::{Reported, Storage};

/// Text with a number that the hub can't see: tests know which of two equal messages they look at.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: Rc<str>,
    pub n: usize,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Payload for Text {
    fn units(&self) -> u32 {
        self.text.units()
    }
    fn text(&self) -> String {
        self.text.to_string()
    }
    fn field(&self, name: &str) -> Option<String> {
        self.text.field(name)
    }
    fn of(text: &str) -> Self {
        Self {
            text: text.into(),
            n: 0,
        }
    }
}

/// No tabs hear anything by a BroadcastChannel.
const NO_AIR: Airs = Airs {
    tabs: 3,
    units: u64::MAX,
};

pub const URL: &str = "http://a.test/events";
/// The pages' own. Streams of `URL` are of another one: to those `auto` is EventSource alone.
pub const ORIGIN: &str = "http://home.test";
pub const HOME: &str = "http://home.test/events";

/// More steps than any settling can take: beyond, something is busy.
const BUSY: u64 = 2_000_000;

pub struct World {
    pub hub: Hub<Text>,
    /// What goes on air.
    airs: Airs,
    pub air: Air,
    /// Of the worker.
    generation: u32,
    /// The one before, which has hung and does not know that it was replaced.
    former: Option<former::Former>,
    pub now: u64,
    /// Wall clock at time zero.
    pub wall: u64,
    pub server: Server,
    pub storage: Storage,
    pub sources: BTreeMap<ConnectionId, Source>,
    /// What the browser is about to do about a stream's connection.
    attempts: VecDeque<ConnectionId>,
    pub pages: Vec<Page>,
    next_port: PortId,
    watched: BTreeMap<String, TabId>,
    /// (time, URL) of every connection made.
    pub opens: Vec<(u64, String)>,
    /// Who was asked for credentials, and whether those of before were refused.
    pub asked: Vec<(usize, bool)>,
    pub closes: usize,
    /// Most connections that were there at a time.
    pub most_open: usize,
    /// Second ones that were made while the first was not open, or for the list that it has.
    pub needless: usize,
    /// Attempts in a row that were refused, now and at most.
    pub refused_in_row: u32,
    pub most_refused: u32,
    pub closed_ports: Vec<PortId>,
    /// What a fetch is made by can't be loaded: the status of that.
    pub unloadable: Option<u16>,
    /// Events are on their way until they [`flow`](Self::flow).
    pub is_slow: bool,
    /// The browser's EventSource joins half an event with the next response.
    pub joins: bool,
    /// Times the hub has asked whether there is another worker, and how many of them are answered so far.
    pub fences: usize,
    pub fences_passed: usize,
    /// They are answered by the test, or not at all.
    pub holds_fences: bool,
    /// Times the hub has said its generation to other workers.
    pub announced: usize,
    pub deadline: Option<Time>,
    /// Outputs drained and timers fired.
    pub outputs: u64,
    pub timeouts: u64,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    pub fn new() -> Self {
        Self::seeded(7)
    }

    pub fn seeded(seed: u64) -> Self {
        Self::born(seed, 0)
    }

    pub fn of_generation(generation: u32) -> Self {
        Self::born(7, generation)
    }

    pub fn of_an_engine_that_joins() -> Self {
        let mut world = Self::new();
        world.joins = true;
        world.worker_dies();
        world
    }

    fn born(seed: u64, generation: u32) -> Self {
        let wall = 1_700_000_000_000;
        Self {
            hub: Hub::new(Config {
                epoch: wall,
                generation,
                seed,
                origin: ORIGIN.into(),
                joins: false,
                airs: NO_AIR,
            }),
            airs: NO_AIR,
            air: Air::default(),
            generation,
            former: None,
            now: 0,
            wall,
            server: Server::default(),
            storage: Storage::default(),
            sources: BTreeMap::new(),
            attempts: VecDeque::new(),
            pages: Vec::new(),
            next_port: 0,
            watched: BTreeMap::new(),
            opens: Vec::new(),
            asked: Vec::new(),
            closes: 0,
            most_open: 0,
            needless: 0,
            refused_in_row: 0,
            most_refused: 0,
            unloadable: None,
            is_slow: false,
            joins: false,
            closed_ports: Vec::new(),
            fences: 0,
            fences_passed: 0,
            holds_fences: false,
            announced: 0,
            deadline: None,
            outputs: 0,
            timeouts: 0,
        }
    }

    pub fn time(&self) -> Time {
        Time(self.now)
    }

    // ---- the run loop ----

    /// Lets everything that has been set off play out, without time passing.
    pub fn settle(&mut self) {
        let mut steps = 0;
        loop {
            self.drain();
            let progress = self.attempt()
                || self.process_one()
                || self.hear_air()
                || self.storage_answers()
                || self.pass();
            if !progress {
                return;
            }
            steps += 1;
            assert!(steps < BUSY, "the world does not settle");
        }
    }

    /// Lets `ms` pass; every deadline of the hub is kept to the millisecond.
    pub fn advance(&mut self, ms: u64) {
        self.settle();
        let until = self.now + ms;
        loop {
            let deadline = self.deadline.map(|at| at.0).filter(|&at| at <= until);
            if let Some(due) = self.next_overdue()
                && due <= deadline.unwrap_or(until)
            {
                self.now = self.now.max(due);
                self.give_up_air();
                continue;
            }
            let Some(at) = deadline else { break };
            self.now = self.now.max(at);
            self.timeouts += 1;
            self.hub.handle_timeout(Time(self.now));
            self.settle();
            assert!(
                self.deadline.is_none_or(|next| next.0 > at),
                "a deadline that has passed is asked for again: {at}"
            );
        }
        self.now = until;
    }

    /// The machine sleeps: deadlines pass unheard, the timer fires late.
    pub fn sleep(&mut self, ms: u64) {
        self.settle();
        self.now += ms;
        if self.deadline.is_some_and(|deadline| deadline.0 <= self.now) {
            self.timeouts += 1;
            self.hub.handle_timeout(Time(self.now));
        }
        self.settle();
        self.give_up_air();
    }

    pub fn drain(&mut self) {
        loop {
            self.outputs += 1;
            match self.hub.poll_output() {
                Output::Open { connection, request } => {
                    assert!(!self.sources.contains_key(&connection), "two of one number");
                    self.needless += usize::from(self.is_needless(&request));
                    self.opens.push((self.now, request.url.clone()));
                    self.sources.insert(connection, Source::new(*request));
                    self.most_open = self.most_open.max(self.sources.len());
                    self.attempts.push_back(connection);
                }
                Output::Tell { tab, reply } => {
                    if let Some(port) = self.hub.port_of(tab)
                        && let Some(page) = self.page_at(port)
                    {
                        page.inbox.push_back(Wire::Reply(reply));
                    }
                }
                Output::Close { connection } => {
                    self.closes += 1;
                    self.attempts.retain(|&other| other != connection);
                    // What was held back by a fence and is given up was never made.
                    let is_held_back = self.fences > self.fences_passed;
                    let is_there = self.sources.remove(&connection).is_some();
                    assert!(is_there || is_held_back, "nothing to close");
                }
                Output::Listen {
                    connection,
                    channel,
                    name,
                } => {
                    let source = self
                        .sources
                        .get_mut(&connection)
                        .expect("Listen without EventSource");
                    assert_eq!(source.request.via, Via::EventSource);
                    let before = source.listeners.insert(channel, name.to_string());
                    assert_eq!(before, None, "index {channel} in use");
                }
                Output::Unlisten { connection, channel } => {
                    let source = self
                        .sources
                        .get_mut(&connection)
                        .expect("Unlisten without EventSource");
                    assert!(source.listeners.remove(&channel).is_some());
                }
                Output::Deliver { stream, seat, tab } => self.deliver(stream, seat, tab),
                Output::Reply { port, reply } => {
                    if let Some(page) = self.page_at(port) {
                        page.inbox.push_back(Wire::Reply(reply));
                    }
                }
                Output::WatchLock { tab, lock } => {
                    self.watched.insert(lock, tab);
                }
                Output::ClosePort { port } => self.closed_ports.push(port),
                Output::Hush { stream } => self.hush(stream),
                Output::Fence => self.fences += 1,
                Output::Announce => self.announced += 1,
                Output::Load { key } => self.storage.load(key, self.wall + self.now),
                Output::Save { key, id, max_age } => {
                    self.storage.save(key, &id, None, max_age.0, self.wall + self.now);
                }
                Output::Forget { epoch } => {
                    self.storage.kept.clear();
                    self.storage
                        .save(0, "", Some(epoch), u64::MAX, self.wall + self.now);
                }
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn is_needless(&self, request: &Request) -> bool {
        let asked = Source::new(request.clone()).topics();
        let mut others = self.sources.values();
        others.any(|source| !source.open || source.topics() == asked)
    }

    fn deliver(&mut self, stream: StreamId, seat: u32, tab: TabId) {
        let Some(port) = self.hub.port_of(tab) else { return };
        let mut batch = Batch {
            sent: self.server.sent,
            ..Batch::default()
        };
        if self.hub.write_batch(stream, seat, tab, &mut batch) {
            let at = self.pages.iter().position(|page| page.port == Some(port));
            self.put_on_air(stream, at.unwrap_or(usize::MAX), &mut batch);
            // A port whose page is gone swallows it.
            if let Some(page) = self.page_at(port) {
                page.inbox.push_back(Wire::Batch(batch));
            }
        }
    }

    fn page_at(&mut self, port: PortId) -> Option<&mut Page> {
        self.pages.iter_mut().find(|page| page.port == Some(port))
    }

    // ---- the browser ----

    /// The next connection attempt of an EventSource, as the server answers now.
    fn attempt(&mut self) -> bool {
        let Some(connection) = self.attempts.pop_front() else {
            return false;
        };
        let source = &self.sources[&connection];
        let is_fetch = source.is_fetch();
        if let Some(status) = self.unloadable
            && is_fetch
        {
            let now = self.time();
            self.hub
                .handle_unloadable(connection, status, "fetch".into(), now);
            return true;
        }
        let answer = match &self.server.tokens {
            Some(good) if self.server.answer == Answer::Accept => {
                let text = format!("{} {:?}", source.request.url, source.request.headers);
                if good.iter().any(|token| text.contains(token)) {
                    Answer::Accept
                } else {
                    Answer::Status(401)
                }
            }
            _ => self.server.answer,
        };
        if answer == Answer::Refuse {
            self.refused_in_row += 1;
            self.most_refused = self.most_refused.max(self.refused_in_row);
        }
        match answer {
            Answer::Accept => self.connect(connection),
            Answer::Hang => {}
            Answer::Break => self.lose(connection, true),
            Answer::Status(status) if is_fetch => self.respond(connection, status, false),
            Answer::Refuse if is_fetch => self.respond(connection, 503, false),
            Answer::Refuse | Answer::Status(_) => self.lose(connection, false),
        }
        true
    }

    /// The head of a response to a fetch.
    fn respond(&mut self, connection: ConnectionId, status: u16, is_event_stream: bool) {
        let response = Response {
            status,
            is_event_stream,
            retry_after: self.server.retry_after.map(Millis),
            last_event_id: self.server.tells.clone(),
        };
        let now = self.time();
        self.hub.handle_response(connection, &response, now);
        self.drain();
    }

    /// The server accepts what it was asked for, also what it has let hang until now.
    pub fn connect(&mut self, connection: ConnectionId) {
        let Some(source) = self.sources.get_mut(&connection) else {
            return;
        };
        source.open = true;
        let asked = source.asked_for();
        let topics = source.topics();
        let principal = source.request.options.principal();
        let replayed = self
            .server
            .connect_about(asked.as_deref(), topics.as_deref(), principal);
        self.refused_in_row = 0;
        if source.is_fetch() {
            self.respond(connection, 200, true);
        } else {
            let now = self.time();
            self.hub.handle_opened(connection, now);
            self.drain();
        }
        for sent in replayed {
            self.carry(connection, &sent);
        }
    }

    /// At once, or behind what a slow line still has to bring.
    fn carry(&mut self, connection: ConnectionId, sent: &server::Sent) {
        match self.sources.get_mut(&connection) {
            Some(source) if source.open && (self.is_slow || !source.coming.is_empty()) => {
                source.coming.push_back(sent.clone());
            }
            _ => self.dispatch(connection, sent),
        }
    }

    /// Each connection brings so many of the events that are on their way.
    pub fn flow(&mut self, count: usize) {
        let connections: Vec<ConnectionId> = self.sources.keys().copied().collect();
        for connection in connections {
            for _ in 0..count {
                let source = self.sources.get_mut(&connection);
                let Some(sent) = source.and_then(|source| source.coming.pop_front()) else {
                    break;
                };
                self.dispatch(connection, &sent);
            }
        }
        self.settle();
    }

    fn dispatch(&mut self, connection: ConnectionId, sent: &server::Sent) {
        let now = self.time();
        let Some(source) = self.sources.get_mut(&connection).filter(|source| source.open) else {
            return;
        };
        let topics = source.topics();
        let id = sent.id.as_deref();
        let sent = &server::Sent {
            id: id.map(|id| self.server.id_for(id, topics.as_deref())),
            ..sent.clone()
        };
        if source.is_fetch() {
            let data = Text {
                text: sent.data.as_str().into(),
                n: sent.n,
            };
            let id = sent.id.as_deref().map(Text::of);
            self.hub.handle_parsed(connection, &sent.channel, id, data, now);
            self.drain();
        } else if let Some(heard) = source.hear(sent) {
            let (channel, id) = heard;
            let data = Text {
                text: sent.data.as_str().into(),
                n: sent.n,
            };
            self.hub
                .handle_event(connection, channel, Text::of(&id), data, now);
            self.drain();
        }
    }

    pub fn redispatch(&mut self, c: ConnectionId, sent: &server::Sent) {
        self.dispatch(c, sent);
    }

    /// The server sends, and every open connection hears it.
    pub fn emit(&mut self, channel: &str, id: Option<&str>, data: &str) {
        let sent = self.server.send(channel, id, data);
        self.bring(&sent);
    }

    /// The same about a topic that is not the channel's name.
    pub fn emit_about(&mut self, topic: &str, channel: &str, id: Option<&str>, data: &str) {
        let sent = self.server.send_about(topic, channel, id, data);
        self.bring(&sent);
    }

    fn bring(&mut self, sent: &server::Sent) {
        let connections: Vec<ConnectionId> = self.sources.keys().copied().collect();
        for connection in connections {
            // What came by another may have closed it.
            if let Some(source) = self.sources.get(&connection)
                && server::passes(
                    source.topics().as_deref(),
                    source.request.options.principal(),
                    sent,
                )
            {
                self.carry(connection, sent);
            }
        }
    }

    /// `emit`, and all pages process it.
    pub fn say(&mut self, channel: &str, id: &str, data: &str) {
        self.emit(channel, Some(id), data);
        self.settle();
    }

    fn lose(&mut self, connection: ConnectionId, retrying: bool) {
        if let Some(source) = self.sources.get_mut(&connection) {
            source.open = false;
            source.retrying = retrying;
            source.coming.clear();
            let is_fetch = source.is_fetch();
            let now = self.time();
            if is_fetch {
                self.hub.handle_ended(connection, now);
            } else {
                self.hub.handle_lost(connection, retrying, now);
            }
        }
    }

    /// Every connection is lost; `retrying`: the browsers will try again by themselves.
    pub fn cut(&mut self, retrying: bool) {
        let connections: Vec<ConnectionId> = self.sources.keys().copied().collect();
        for connection in connections {
            self.lose(connection, retrying);
        }
        self.settle();
    }

    /// One of several is lost.
    pub fn lose_one(&mut self, connection: ConnectionId, retrying: bool) {
        self.lose(connection, retrying);
        self.settle();
    }

    /// The server answers again, also those that hang.
    pub fn accept_all(&mut self) {
        self.server.answer = Answer::Accept;
        for (&connection, source) in &self.sources {
            if !source.open && !source.retrying {
                self.attempts.push_back(connection);
            }
        }
        self.settle();
    }

    /// The browser's own retry, as the server answers now.
    pub fn browser_retries(&mut self) {
        for (&connection, source) in &self.sources {
            if source.retrying && !source.open && !source.is_fetch() {
                self.attempts.push_back(connection);
            }
        }
        self.settle();
    }

    /// The one connection.
    pub fn source(&self) -> &Source {
        assert_eq!(self.sources.len(), 1, "connections");
        self.sources.values().next().unwrap()
    }

    pub fn last_url(&self) -> &str {
        &self.opens.last().expect("no connection was made").1
    }

    fn storage_answers(&mut self) -> bool {
        let Some((key, answer)) = self.storage.answers.pop_front() else {
            return false;
        };
        let now = self.time();
        match answer {
            Reported::Stored(stored) => self.hub.handle_stored(key, stored, now),
            Reported::Written(failure) => self.hub.handle_written(key, failure, now),
        }
        true
    }

    /// What other workers have said is heard; here there is none.
    fn pass(&mut self) -> bool {
        let is_asked = self.fences > self.fences_passed && !self.holds_fences;
        if is_asked {
            self.fences_passed = self.fences;
            self.hub.handle_passed();
        }
        is_asked
    }

    // ---- pages ----

    /// A page on https (with a Web Lock).
    pub fn page(&mut self) -> usize {
        self.arrive(true)
    }

    /// A page on plain http: no Web Lock.
    pub fn plain_page(&mut self) -> usize {
        self.arrive(false)
    }

    fn arrive(&mut self, lock: bool) -> usize {
        let at = self.pages.len();
        self.pages.push(Page::new(at, lock));
        self.hello(at);
        self.settle();
        at
    }

    pub fn hello(&mut self, at: usize) {
        self.next_port += 1;
        let port = self.next_port;
        let page = &mut self.pages[at];
        page.port = Some(port);
        page.inbox.clear();
        page.close_ears();
        let hello = Message::Hello(page.hello());
        self.hub.handle_message(port, hello, Time(self.now));
    }

    /// On the same port, with the lock that the page holds by now: of its streams it says nothing.
    pub fn hello_again(&mut self, at: usize) {
        self.pages[at].has_lock = true;
        let hello = Message::Hello(self.pages[at].hello());
        self.post(at, hello);
    }

    /// Everything a page says on a fresh port: hello, and each of its streams with what it has had.
    pub fn rejoin(&mut self, at: usize) {
        self.hello(at);
        self.drain();
        let attaches = self.pages[at].attaches(true);
        for attach in attaches {
            self.post(at, attach);
            self.drain();
        }
    }

    pub fn post(&mut self, at: usize, message: Message<Text>) {
        // A port that the hub has closed leads nowhere.
        if let Some(port) = self.pages[at].port
            && !self.closed_ports.contains(&port)
        {
            self.hub.handle_message(port, message, Time(self.now));
        }
    }

    /// `connect(URL, options)` in page `at`; the page's number for it.
    pub fn connect_to(&mut self, at: usize, url: &str, options: RawOptions) -> u32 {
        let s = self.pages[at].join(url, options, false);
        let attach = self.pages[at].attach(s, false);
        self.post(at, attach);
        self.settle();
        s
    }

    /// `new SharedEventSource(url)`.
    pub fn drop_in(&mut self, at: usize, url: &str) -> u32 {
        let s = self.pages[at].join(url, RawOptions::default(), true);
        let attach = self.pages[at].attach(s, false);
        self.post(at, attach);
        self.settle();
        s
    }

    /// A page that is connected to `URL` and has a subscription; (page, sub), its stream is number 1.
    pub fn listener(&mut self, channel: &str) -> usize {
        let at = self.page();
        self.connect_to(at, URL, RawOptions::default());
        self.subscribe(at, channel);
        at
    }

    pub fn subscribe(&mut self, at: usize, channel: &str) -> u32 {
        self.subscribe_to(at, 1, channel, 0)
    }

    pub fn subscribe_to(&mut self, at: usize, s: u32, channel: &str, replay: usize) -> u32 {
        self.request(at, s, channel, replay, None)
    }

    /// A subscription whose topic is not the channel's name.
    pub fn subscribe_about(&mut self, at: usize, channel: &str, topic: &str) -> u32 {
        self.request(at, 1, channel, 0, Some(topic))
    }

    pub fn request(&mut self, at: usize, s: u32, channel: &str, replay: usize, topic: Option<&str>) -> u32 {
        let request = self.pages[at]
            .stream_mut(s)
            .subscribe_about(channel, replay, topic);
        let sub = request.sub;
        self.post(at, Message::Subscribe { s, request });
        self.settle();
        sub
    }

    pub fn unsubscribe(&mut self, at: usize, sub: u32) {
        self.unsubscribe_from(at, 1, sub);
    }

    pub fn unsubscribe_from(&mut self, at: usize, s: u32, sub: u32) {
        self.pages[at].stream_mut(s).unsubscribe(sub);
        self.post(at, Message::Unsubscribe { s, sub });
        self.settle();
    }

    /// Shown, or hidden.
    pub fn show(&mut self, at: usize, visible: bool) {
        self.pages[at].visible = visible;
        self.post(at, Message::Visible(visible));
        self.settle();
    }

    /// One message of one awake page's inbox; `false` where there is none.
    fn process_one(&mut self) -> bool {
        for at in 0..self.pages.len() {
            let page = &mut self.pages[at];
            if page.frozen || page.port.is_none() {
                continue;
            }
            let Some(wire) = page.inbox.pop_front() else {
                continue;
            };
            match wire {
                Wire::Batch(batch) => self.take(at, batch),
                Wire::Reply(reply) => self.answer(at, reply),
            }
            return true;
        }
        false
    }

    fn process(&mut self, at: usize, batch: Batch) {
        let page = &mut self.pages[at];
        let invited = batch.entries.iter().find_map(|entry| match entry {
            Entry::Circle(key, name) => Some((*key, *name)),
            _ => None,
        });
        let s = batch.s;
        let ack = page.take(batch);
        if let Some((key, name)) = invited
            && let Some(stream) = page.streams.get_mut(&s).filter(|_| !page.is_deaf)
        {
            stream.listen(key, name);
            if page.voice != Voice::Lost && key > 0 {
                self.air.keys.push_back((at, name, key));
            }
        }
        if let Some((s, n)) = ack {
            if page.holds_acks {
                page.held_acks.push((s, n));
            } else if let Some(port) = page.port
                && !self.closed_ports.contains(&port)
            {
                self.hub.handle_ack(port, s, n, Time(self.now));
            }
        }
    }

    fn answer(&mut self, at: usize, reply: Reply) {
        self.pages[at].replies.push(reply.clone());
        match reply {
            Reply::Welcome { epoch, .. } => self.pages[at].welcomed(epoch),
            Reply::Attached { s, term } => {
                if let Some(stream) = self.pages[at].streams.get_mut(&s) {
                    stream.term = Some(term);
                }
            }
            Reply::Detached { s, error, reason } => {
                if let Some(stream) = self.pages[at].streams.get_mut(&s) {
                    stream.end(&format!("{} {}", error.code.name(), reason.unwrap_or("-")));
                }
            }
            Reply::Ended { session } => {
                for stream in self.pages[at].streams.values_mut() {
                    stream.end("everywhere");
                }
                if !self.pages[at].mute {
                    self.post(at, Message::Ended { session });
                }
            }
            Reply::Located { s, url } => {
                if let Some(stream) = self.pages[at].streams.get_mut(&s) {
                    stream.place = url;
                }
            }
            Reply::Ask { s, request, refused } => {
                self.asked.push((at, refused));
                let answer = match &self.pages[at].functions {
                    Functions::Mute => return,
                    Functions::Throw => None,
                    Functions::Give(answer) => Some(answer.clone()),
                };
                self.post(at, Message::Answer { s, request, answer });
            }
            Reply::Rejoin => self.rejoin(at),
            Reply::Ping if !self.pages[at].mute => self.post(at, Message::Pong),
            _ => {}
        }
    }

    pub fn release_acks(&mut self, at: usize) {
        self.pages[at].holds_acks = false;
        let held = std::mem::take(&mut self.pages[at].held_acks);
        for (s, n) in held {
            if let Some(port) = self.pages[at].port {
                self.hub.handle_ack(port, s, n, Time(self.now));
            }
        }
        self.settle();
    }

    pub fn freeze(&mut self, at: usize) {
        self.pages[at].frozen = true;
    }

    pub fn thaw(&mut self, at: usize) {
        self.pages[at].frozen = false;
        self.settle();
    }

    /// Into the back/forward cache: position told, port closed, what was on its way is lost.
    pub fn park(&mut self, at: usize) {
        let bye = self.pages[at].bye(true);
        self.post(at, bye);
        let page = &mut self.pages[at];
        page.port = None;
        page.inbox.clear();
        page.held_acks.clear();
        page.close_ears();
        self.settle();
    }

    /// Out of the back/forward cache.
    pub fn unpark(&mut self, at: usize) {
        self.rejoin(at);
        self.settle();
    }

    /// `pagehide`, not persisted.
    pub fn leave(&mut self, at: usize) {
        let bye = self.pages[at].bye(false);
        self.post(at, bye);
        self.pages[at].die();
        self.settle();
    }

    /// Gone without a word; a Web Lock tells, otherwise nothing.
    pub fn crash(&mut self, at: usize) {
        self.pages[at].die();
        self.lose_lock(at);
    }

    /// The page's Web Lock is granted to the hub, if it waits for it.
    pub fn lose_lock(&mut self, at: usize) {
        let lock = self.pages[at].lock_name();
        if self.pages[at].has_lock
            && let Some(tab) = self.watched.remove(&lock)
        {
            let now = self.time();
            self.hub.handle_tab_gone(tab, now);
        }
        self.settle();
    }

    /// The worker is gone: connections, queues and ports with it. Nobody has noticed yet.
    pub fn worker_dies(&mut self) {
        self.hub = self.fresh_hub();
        self.let_go();
    }

    /// No worker is born in the same moment as another.
    fn fresh_hub(&mut self) -> Hub<Text> {
        self.wall += 100;
        let epoch = self.wall + self.now;
        Hub::new(Config {
            epoch,
            generation: self.generation,
            seed: epoch,
            origin: ORIGIN.into(),
            joins: self.joins,
            airs: self.airs,
        })
    }

    fn let_go(&mut self) {
        self.sources.clear();
        self.attempts.clear();
        self.storage.answers.clear();
        self.air.channels.clear();
        self.air.keys.clear();
        self.watched.clear();
        self.closed_ports.clear();
        for page in &mut self.pages {
            page.port = None;
            page.inbox.clear();
            page.held_acks.clear();
        }
        self.deadline = None;
    }

    // ---- what a test looks at ----

    /// Data that subscription `sub` of page `at` has received on stream 1.
    pub fn got(&self, at: usize, sub: u32) -> Vec<&str> {
        self.pages[at].streams[&1].subs[&sub].data()
    }

    /// The last event id that page `at` was told with its position.
    pub fn told_id(&self, at: usize) -> &str {
        &self.pages[at].streams[&1].at.as_ref().unwrap().id
    }

    /// Of the first subscription.
    pub fn heard(&self, at: usize) -> Vec<&str> {
        self.got(at, 1)
    }

    /// (channel, dropped, cause) of every gap told to page `at`.
    pub fn gaps(&self, at: usize) -> Vec<(&str, Option<u64>, &'static str)> {
        self.pages[at].streams[&1]
            .gaps
            .iter()
            .map(|(channel, dropped, cause)| (channel.as_str(), *dropped, cause.name()))
            .collect()
    }

    /// Statuses told to page `at`, as `status/reason[/resumed][!]`.
    pub fn statuses(&self, at: usize) -> Vec<String> {
        let updates = self.pages[at].streams[&1].statuses.iter();
        updates.map(|&update| page::shown(update)).collect()
    }

    pub fn clear_statuses(&mut self, at: usize) {
        self.pages[at].stream_mut(1).statuses.clear();
    }

    pub fn last_status(&self, at: usize) -> String {
        self.statuses(at).pop().unwrap_or_default()
    }

    pub fn errors(&self, at: usize) -> Vec<&'static str> {
        self.pages[at].streams[&1]
            .errors
            .iter()
            .map(|error| error.code.name())
            .collect()
    }

    pub fn status(&self, at: usize) -> Status {
        self.hub.status_of(self.pages[at].port.unwrap(), 1).unwrap()
    }

    pub fn stats(&mut self, at: usize) -> tabmux_core::stats::Stats {
        self.post(at, Message::Stats { s: 1, request: 1 });
        self.settle();
        let mut replies = self.pages[at].replies.iter().rev();
        replies
            .find_map(|reply| match reply {
                Reply::Stats { stats, .. } => Some((**stats).clone()),
                _ => None,
            })
            .expect("stats")
    }

    pub fn wait_until(&self) -> Option<Millis> {
        self.deadline.map(|at| at.since(self.time()))
    }
}
