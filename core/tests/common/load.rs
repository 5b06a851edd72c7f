//! Tabs that hold channels and acknowledge at once, with nothing around them: what is measured is the hub.

#![allow(dead_code, reason = "each binary uses its own part")]

use std::rc::Rc;

use tabmux_core::event::Event;
use tabmux_core::hub::Output;
use tabmux_core::message::{Attach, Hello, Kind, Message, Subscribe, VERSION};
use tabmux_core::{
    Airs, BatchSink, ChannelIndex, Config, ConnectionId, GapCause, Header, Hub, Payload, PortId,
    StatusUpdate, Time, WireError,
};

/// A hub under load.
pub struct Load<P> {
    hub: Hub<P>,
    connection: ConnectionId,
    /// The channels' indexes, in the order in which the hub asked to listen.
    pub channels: Vec<ChannelIndex>,
    /// Deliveries that were written, events times tabs.
    pub delivered: usize,
    /// Outputs that were drained.
    pub outputs: usize,
    /// Events that were joined to runs.
    pub joined: usize,
    /// Runs that were put on air, those that were named to a tab in their place, and those that a tab was sent itself.
    pub aired: usize,
    pub named: usize,
    pub sent: usize,
    /// ms
    pub now: u64,
    acknowledges: bool,
    /// Batches that were not acknowledged.
    held: Vec<(PortId, u64)>,
}

/// The page's number of its one stream.
const S: u32 = 1;
/// A channel on which nothing comes.
const QUIET: &str = "quiet";

impl<P: Payload> Load<P> {
    /// `listeners` tabs that hold all of `channels` channels, and `others` that hold one more, on which nothing comes. Those
    /// were there first: what looks for a tab among all finds them before it.
    pub fn new(channels: usize, listeners: u32, others: u32) -> Self {
        let hub = Hub::new(Config {
            epoch: 1,
            generation: 0,
            seed: 1,
            origin: "http://home.test".into(),
            joins: false,
            airs: Airs { tabs: 3, units: 1 },
        });
        let mut load = Self {
            hub,
            connection: 0,
            channels: Vec::new(),
            delivered: 0,
            outputs: 0,
            joined: 0,
            aired: 0,
            named: 0,
            sent: 0,
            now: 0,
            acknowledges: true,
            held: Vec::new(),
        };
        for port in 0..others + listeners {
            let names: Vec<String> = if port < others {
                vec![QUIET.into()]
            } else {
                (0..channels).map(|n| format!("channel {n}")).collect()
            };
            load.join(port, &names);
        }
        load.hub.handle_opened(load.connection, Time(0));
        load.drain();
        load
    }

    pub fn join(&mut self, port: PortId, names: &[String]) {
        let hello = Hello {
            version: VERSION,
            tab: format!("tab {port}"),
            lock: Some(format!("lock {port}")),
            visible: true,
        };
        self.hub
            .handle_message(port, Message::Hello(hello), Time(self.now));
        let subs = names.iter().zip(1..).map(|(name, sub)| Subscribe {
            sub,
            channel: name.clone(),
            replay: 0,
            topic: None,
        });
        let attach = Attach {
            s: S,
            kind: Kind::Channel,
            url: "http://a.test/events".into(),
            subs: subs.collect(),
            position: None,
            had: Vec::new(),
            term: None,
        };
        self.hub.handle_message(
            port,
            Message::Attach(Box::new(attach), Box::default()),
            Time(self.now),
        );
        self.drain();
    }

    /// The tab is gone.
    pub fn leave(&mut self, port: PortId) {
        let bye = Message::Bye {
            persisted: false,
            at: Vec::new(),
        };
        self.hub.handle_message(port, bye, Time(self.now));
        self.drain();
    }

    /// One event, delivered and acknowledged.
    pub fn event(&mut self, channel: ChannelIndex, id: P, data: P) {
        self.hub
            .handle_event(self.connection, channel, id, data, Time(self.now));
        self.drain();
    }

    /// From now on nothing is acknowledged.
    pub fn freeze(&mut self) {
        self.acknowledges = false;
    }

    /// Everything is acknowledged, one tab after the other.
    pub fn thaw(&mut self) {
        self.acknowledges = true;
        for (port, batch) in std::mem::take(&mut self.held) {
            self.hub.handle_ack(port, S, batch, Time(self.now));
            self.drain();
        }
    }

    /// The same without one tab.
    pub fn thaw_all_but(&mut self, port: PortId) {
        let held = std::mem::take(&mut self.held);
        let (kept, mut rest): (Vec<_>, Vec<_>) = held.into_iter().partition(|&(own, _)| own == port);
        std::mem::swap(&mut self.held, &mut rest);
        self.thaw();
        self.held = kept;
    }

    fn drain(&mut self) {
        loop {
            self.outputs += 1;
            match self.hub.poll_output() {
                Output::Deliver { stream, seat, tab } => {
                    let mut count = Count::default();
                    if self.hub.write_batch(stream, seat, tab, &mut count) {
                        let port = self.hub.port_of(tab).expect("a tab that is there");
                        if !count.asks {
                        } else if self.acknowledges {
                            self.hub.handle_ack(port, S, count.batch, Time(self.now));
                        } else {
                            self.held.push((port, count.batch));
                        }
                        if let Some(key) = count.invited {
                            self.hub.handle_heard(stream, key, Time(self.now));
                        }
                    }
                    self.aired += count.aired;
                    self.named += count.named;
                    self.sent += count.sent;
                    self.delivered += count.events;
                    self.joined += count.joined;
                }
                Output::Open { connection, .. } => self.connection = connection,
                Output::Listen { channel, name, .. } if *name != *QUIET => self.channels.push(channel),
                Output::Timeout(_) => return,
                _ => {}
            }
        }
    }
}

#[derive(Default)]
struct Count {
    batch: u64,
    asks: bool,
    events: usize,
    joined: usize,
    aired: usize,
    named: usize,
    sent: usize,
    invited: Option<u32>,
}

impl<P: Payload> BatchSink<P> for Count {
    fn begin(&mut self, header: Header<'_, P>) {
        self.batch = header.batch;
        self.asks = header.asks;
    }
    fn channel(&mut self, _: ChannelIndex, _: &str) {}
    fn event(&mut self, _: ChannelIndex, _: Option<&P>, _: &P) {
        self.events += 1;
    }
    fn join(&mut self, events: &[Rc<Event<P>>]) -> P {
        self.joined += events.len();
        P::of("")
    }
    fn run(&mut self, count: usize, _: &P) {
        self.events += count;
        self.sent += 1;
    }
    fn air(&mut self, _: u32, _: &P) {
        self.aired += 1;
    }
    fn aired(&mut self, count: usize, _: u32) {
        self.events += count;
        self.named += 1;
    }
    fn invite(&mut self, key: u32) {
        self.invited = Some(key);
    }
    fn replayed(&mut self, _: u32, _: ChannelIndex, _: &P, _: &P) {}
    fn ready(&mut self, _: u32) {}
    fn gap(&mut self, _: &str, _: Option<u64>, _: GapCause) {}
    fn status(&mut self, _: &StatusUpdate) {}
    fn error(&mut self, _: &WireError) {}
}
