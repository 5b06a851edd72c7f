//! A page's side of the wire, as `js/` has it: what is had is noted, then acknowledged; on a fresh port all is said again.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use tabmux_core::event::Event;
use tabmux_core::message::{
    Attach, Credentials, Had, Hello, Kind, Message, Reply, Subscribe, TabPosition, VERSION,
};
use tabmux_core::options::RawOptions;
use tabmux_core::upstream::Reason;
use tabmux_core::{BatchSink, ChannelIndex, GapCause, Header, Payload, PortId, StatusUpdate, WireError};

use super::Text;
use super::air::{Ear, Reception, Voice, events_of};

/// Events that a page can tell a fresh worker of.
const HAD: usize = 1000;

#[derive(Clone, Debug)]
pub enum Entry {
    Channel(ChannelIndex, String),
    Event(ChannelIndex, Option<Text>, Text),
    Replayed(u32, ChannelIndex, Text, Text),
    Ready(u32),
    Gap(String, Option<u64>, GapCause),
    Status(StatusUpdate),
    Error(WireError),
    /// So many events that were put on air under a number.
    Aired(usize, u32),
    /// The key, and the name of the channel.
    Circle(u32, u64),
}

#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub s: u32,
    pub n: u64,
    pub epoch: u64,
    pub seq: u64,
    pub last_id: String,
    pub asks: bool,
    pub entries: Vec<Entry>,
    /// Runs that were put on air when this was written.
    pub aired: Vec<(u32, Text)>,
    /// Other runs.
    pub runs: usize,
    /// Events that the server had ever sent when this was written.
    pub sent: usize,
}

impl BatchSink<Text> for Batch {
    fn begin(&mut self, header: Header<'_, Text>) {
        self.s = header.s;
        self.n = header.batch;
        self.epoch = header.epoch;
        self.seq = header.seq;
        self.last_id = header.last_id.text();
        self.asks = header.asks;
    }
    fn channel(&mut self, channel: ChannelIndex, name: &str) {
        self.entries.push(Entry::Channel(channel, name.to_owned()));
    }
    fn event(&mut self, channel: ChannelIndex, id: Option<&Text>, data: &Text) {
        self.entries
            .push(Entry::Event(channel, id.cloned(), data.clone()));
    }
    fn join(&mut self, events: &[Rc<Event<Text>>]) -> Text {
        let parts = events.iter().flat_map(|event| {
            let Text { text, n } = &event.data;
            [
                event.channel.to_string(),
                event.id.text(),
                text.to_string(),
                n.to_string(),
            ]
        });
        Text::of(&parts.collect::<Vec<_>>().join("\r"))
    }
    fn run(&mut self, count: usize, text: &Text) {
        self.runs += 1;
        self.entries.extend(events_of(count, text));
    }
    fn air(&mut self, number: u32, text: &Text) {
        self.aired.push((number, text.clone()));
    }
    fn aired(&mut self, count: usize, number: u32) {
        self.entries.push(Entry::Aired(count, number));
    }
    fn invite(&mut self, key: u32) {
        self.entries.push(Entry::Circle(key, 0));
    }
    fn replayed(&mut self, sub: u32, channel: ChannelIndex, id: &Text, data: &Text) {
        self.entries
            .push(Entry::Replayed(sub, channel, id.clone(), data.clone()));
    }
    fn ready(&mut self, sub: u32) {
        self.entries.push(Entry::Ready(sub));
    }
    fn gap(&mut self, channel: &str, dropped: Option<u64>, cause: GapCause) {
        self.entries.push(Entry::Gap(channel.to_owned(), dropped, cause));
    }
    fn status(&mut self, update: &StatusUpdate) {
        self.entries.push(Entry::Status(*update));
    }
    fn error(&mut self, error: &WireError) {
        self.entries.push(Entry::Error(error.clone()));
    }
}

pub enum Wire {
    Batch(Batch),
    Reply(Reply),
}

/// What a subscription's handler saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub channel: String,
    pub id: String,
    pub data: String,
    /// Which of the server's events it is.
    pub n: usize,
    pub replayed: bool,
    /// Events that the server had ever sent when it was handed out.
    pub sent: usize,
}

/// That something is missing, as a subscription was told it.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Behind so many of the events that the subscription has got.
    pub behind: usize,
    pub dropped: Option<u64>,
    pub cause: GapCause,
    /// Events that the server had sent by then: of later ones it says nothing.
    pub sent: usize,
}

#[derive(Debug)]
pub struct Sub {
    pub channel: String,
    pub topic: Option<String>,
    pub replay: usize,
    pub live: bool,
    pub got: Vec<Got>,
    pub gaps: Vec<Told>,
}

impl Sub {
    pub fn data(&self) -> Vec<&str> {
        self.got.iter().map(|got| got.data.as_str()).collect()
    }
}

#[derive(Debug)]
pub struct PageStream {
    /// Where the hub says that it is.
    pub place: String,
    pub s: u32,
    pub kind: Kind,
    pub url: String,
    pub options: RawOptions,
    pub subs: BTreeMap<u32, Sub>,
    /// Those that were unsubscribed.
    pub over: BTreeMap<u32, Sub>,
    counter: u32,
    pub at: Option<TabPosition>,
    pub term: Option<u64>,
    table: BTreeMap<ChannelIndex, String>,
    pub recent: VecDeque<Had<Text>>,
    pub statuses: Vec<StatusUpdate>,
    pub gaps: Vec<(String, Option<u64>, GapCause)>,
    pub errors: Vec<WireError>,
    pub batches: Vec<Batch>,
    /// Of its BroadcastChannel.
    pub ear: Option<Ear>,
    /// Runs that came that way, and by the port.
    pub by_air: usize,
    pub by_port: usize,
    /// Closed for good, and why.
    pub ended: Option<String>,
}

impl PageStream {
    pub fn subscribe(&mut self, channel: &str, replay: usize) -> Subscribe {
        self.subscribe_about(channel, replay, None)
    }

    pub fn subscribe_about(&mut self, channel: &str, replay: usize, topic: Option<&str>) -> Subscribe {
        self.counter += 1;
        self.subs.insert(
            self.counter,
            Sub {
                channel: channel.to_owned(),
                topic: topic.map(str::to_owned),
                replay,
                live: false,
                got: Vec::new(),
                gaps: Vec::new(),
            },
        );
        Subscribe {
            sub: self.counter,
            channel: channel.to_owned(),
            replay,
            topic: topic.map(str::to_owned),
        }
    }

    pub fn unsubscribe(&mut self, sub: u32) {
        if let Some(gone) = self.subs.remove(&sub) {
            self.over.insert(sub, gone);
        }
    }

    /// Nothing comes by it any more, whoever tries again.
    pub fn is_over(&self) -> bool {
        let last = self.statuses.last();
        self.ended.is_some() || last.is_some_and(|update| update.reason == Reason::PrincipalChanged)
    }

    pub fn end(&mut self, why: &str) {
        self.ended = Some(why.to_owned());
        self.ear = None;
        for sub in self.subs.values_mut() {
            sub.live = false;
        }
    }

    fn miss(&mut self, channel: &str, dropped: Option<u64>, cause: GapCause, sent: usize) {
        self.gaps.push((channel.to_owned(), dropped, cause));
        for sub in self.subs.values_mut() {
            if sub.channel == channel || sub.channel == "*" || channel == "*" {
                sub.gaps.push(Told {
                    behind: sub.got.len(),
                    dropped,
                    cause,
                    sent,
                });
            }
        }
    }

    fn take(&mut self, batch: Batch) {
        if let Some(at) = &self.at {
            if batch.n <= at.batch {
                return;
            }
            assert!(
                (at.epoch, at.seq) <= (batch.epoch, batch.seq),
                "a position goes back"
            );
        }
        let mut last = self.at.as_ref().map_or_else(String::new, |at| at.id.clone());
        for entry in &batch.entries {
            match entry {
                Entry::Channel(index, name) => {
                    self.table.insert(*index, name.clone());
                }
                Entry::Event(index, id, data) => {
                    if let Some(id) = id {
                        last = id.text();
                    }
                    let channel = self.table.get(index).expect("an index that was not told").clone();
                    self.recent.push_back(Had {
                        channel: channel.clone(),
                        id: Text::of(&last),
                        data: data.clone(),
                    });
                    if self.recent.len() > HAD {
                        self.recent.pop_front();
                    }
                    for sub in self.subs.values_mut() {
                        if sub.live && (sub.channel == channel || sub.channel == "*") {
                            sub.got.push(Got {
                                channel: channel.clone(),
                                id: last.clone(),
                                data: data.text(),
                                n: data.n,
                                replayed: false,
                                sent: batch.sent,
                            });
                        }
                    }
                }
                Entry::Replayed(sub, index, id, data) => {
                    let channel = self.table.get(index).expect("an index that was not told").clone();
                    self.recent.push_back(Had {
                        channel: channel.clone(),
                        id: id.clone(),
                        data: data.clone(),
                    });
                    if let Some(sub) = self.subs.get_mut(sub) {
                        sub.got.push(Got {
                            channel,
                            id: id.text(),
                            data: data.text(),
                            n: data.n,
                            replayed: true,
                            sent: batch.sent,
                        });
                    }
                }
                Entry::Ready(sub) => {
                    if let Some(sub) = self.subs.get_mut(sub) {
                        sub.live = true;
                        sub.replay = 0;
                    }
                }
                Entry::Gap(channel, dropped, cause) => self.miss(channel, *dropped, *cause, batch.sent),
                Entry::Status(update) => self.statuses.push(*update),
                Entry::Error(error) => self.errors.push(error.clone()),
                Entry::Aired(..) => panic!("a run that is not in its place"),
                Entry::Circle(..) => {}
            }
        }
        self.by_port += batch.runs;
        self.at = Some(TabPosition {
            epoch: batch.epoch,
            seq: batch.seq,
            id: batch.last_id.clone(),
            batch: batch.n,
        });
        self.batches.push(batch);
        if self.batches.len() > 64 {
            self.batches.remove(0);
        }
    }
}

/// What its `url` and `headers` do when they are asked.
#[derive(Clone, Debug)]
pub enum Functions {
    /// Nothing, for ever.
    Mute,
    Throw,
    Give(Credentials),
}

#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts that a test sets one by one"
)]
pub struct Page {
    name: String,
    pub has_lock: bool,
    pub port: Option<PortId>,
    pub visible: bool,
    pub frozen: bool,
    /// Answers neither pings nor `ended`.
    pub mute: bool,
    pub functions: Functions,
    pub dead: bool,
    pub holds_acks: bool,
    pub held_acks: Vec<(u32, u64)>,
    pub inbox: VecDeque<Wire>,
    pub air: Reception,
    pub voice: Voice,
    /// It has waited in vain for what is on air.
    pub is_deaf: bool,
    /// Batches that wait for a run that the first of them names; which one that is, and until when.
    pub held: VecDeque<Batch>,
    pub overdue: Option<((u32, u64), u64)>,
    pub streams: BTreeMap<u32, PageStream>,
    pub replies: Vec<Reply>,
    counter: u32,
    welcomed: Option<u64>,
}

impl Page {
    pub fn new(number: usize, has_lock: bool) -> Self {
        Self {
            name: format!("tab-{number}"),
            has_lock,
            port: None,
            visible: true,
            frozen: false,
            mute: false,
            functions: Functions::Mute,
            dead: false,
            holds_acks: false,
            held_acks: Vec::new(),
            inbox: VecDeque::new(),
            air: if number.is_multiple_of(2) {
                Reception::Early
            } else {
                Reception::Late
            },
            voice: Voice::Heard,
            is_deaf: false,
            held: VecDeque::new(),
            overdue: None,
            streams: BTreeMap::new(),
            replies: Vec::new(),
            counter: 0,
            welcomed: None,
        }
    }

    pub fn lock_name(&self) -> String {
        format!("lock of {}", self.name)
    }

    pub fn hello(&self) -> Hello {
        Hello {
            version: VERSION,
            tab: self.name.clone(),
            lock: self.has_lock.then(|| self.lock_name()),
            visible: self.visible,
        }
    }

    /// Another worker counts its batches anew.
    pub fn welcomed(&mut self, epoch: u64) {
        if self.welcomed.replace(epoch) != Some(epoch) {
            for stream in self.streams.values_mut() {
                if let Some(at) = &mut stream.at {
                    at.batch = 0;
                }
            }
        }
    }

    pub fn stream_mut(&mut self, s: u32) -> &mut PageStream {
        self.streams.get_mut(&s).expect("stream")
    }

    pub fn join(&mut self, url: &str, options: RawOptions, drop_in: bool) -> u32 {
        self.counter += 1;
        let s = self.counter;
        self.streams.insert(
            s,
            PageStream {
                s,
                kind: if drop_in { Kind::DropIn } else { Kind::Channel },
                place: String::new(),
                url: url.to_owned(),
                options,
                subs: BTreeMap::new(),
                over: BTreeMap::new(),
                counter: 0,
                at: None,
                term: None,
                table: BTreeMap::new(),
                recent: VecDeque::new(),
                statuses: Vec::new(),
                gaps: Vec::new(),
                errors: Vec::new(),
                batches: Vec::new(),
                ear: None,
                by_air: 0,
                by_port: 0,
                ended: None,
            },
        );
        s
    }

    pub fn attach(&mut self, s: u32, again: bool) -> Message<Text> {
        let stream = self.stream_mut(s);
        stream.table.clear();
        let past = again && stream.at.is_some();
        let given = Box::new(stream.options.clone().into());
        let attach = Attach {
            s,
            kind: stream.kind,
            url: stream.url.clone(),
            subs: stream
                .subs
                .iter()
                .map(|(&sub, own)| Subscribe {
                    sub,
                    channel: own.channel.clone(),
                    replay: own.replay,
                    topic: own.topic.clone(),
                })
                .collect(),
            position: stream.at.clone().filter(|_| past),
            had: if past {
                stream.recent.iter().cloned().collect()
            } else {
                Vec::new()
            },
            term: stream.term.filter(|_| again),
        };
        Message::Attach(Box::new(attach), given)
    }

    pub fn attaches(&mut self, again: bool) -> Vec<Message<Text>> {
        let open: Vec<u32> = self
            .streams
            .values()
            .filter(|stream| stream.ended.is_none())
            .map(|stream| stream.s)
            .collect();
        open.into_iter().map(|s| self.attach(s, again)).collect()
    }

    pub fn bye(&self, persisted: bool) -> Message<Text> {
        let at = self.streams.values();
        Message::Bye {
            persisted,
            at: at
                .map(|stream| (stream.s, stream.at.as_ref().map_or(0, |at| at.batch)))
                .collect(),
        }
    }

    pub fn die(&mut self) {
        self.port = None;
        self.dead = true;
        self.close_ears();
        self.inbox.clear();
        self.held_acks.clear();
    }

    /// Processes a batch; what is to be acknowledged.
    pub fn take(&mut self, batch: Batch) -> Option<(u32, u64)> {
        let (s, n, asks) = (batch.s, batch.n, batch.asks);
        let stream = self.streams.get_mut(&s).filter(|stream| stream.ended.is_none())?;
        stream.take(batch);
        asks.then_some((s, n))
    }
}

pub fn shown(update: StatusUpdate) -> String {
    let resumed = update
        .resumed
        .map_or(String::new(), |resumed| format!("/{}", resumed.name()));
    let failed = if update.failed { "!" } else { "" };
    format!(
        "{}/{}{resumed}{failed}",
        update.status.name(),
        update.reason.name()
    )
}
