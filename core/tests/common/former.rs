//! A worker that hung and was replaced: its successor serves while it still has its connections and ports, and wakes.

use std::collections::BTreeMap;

use tabmux_core::hub::Output;
use tabmux_core::message::{Hello, Message, Reply, VERSION};
use tabmux_core::{ConnectionId, Hub, Payload, PortId, Time};

use super::browser::Source;
use super::page::Batch;
use super::{Text, World};

pub struct Former {
    hub: Hub<Text>,
    sources: BTreeMap<ConnectionId, Source>,
    ports: Vec<PortId>,
    /// It has heard of its successor.
    is_told: bool,
    /// Those that it has sent on: their pages have closed them by then.
    moved: Vec<PortId>,
}

/// What it hears first of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Event,
    Timer,
    Ping,
    Ack,
    Loss,
    Online,
}

const ALL: [Heard; 6] = [
    Heard::Event,
    Heard::Timer,
    Heard::Ping,
    Heard::Ack,
    Heard::Loss,
    Heard::Online,
];

impl World {
    /// It hangs for as long as its pages need to find that; they have yet to join the next one.
    pub fn worker_is_replaced(&mut self) {
        self.now += 25_000;
        self.generation += 1;
        let hub = self.fresh_hub();
        self.former = Some(Former {
            hub: std::mem::replace(&mut self.hub, hub),
            sources: std::mem::take(&mut self.sources),
            ports: self.pages.iter().filter_map(|page| page.port).collect(),
            is_told: false,
            moved: Vec::new(),
        });
        self.let_go();
    }

    /// The one that was replaced wakes, hears something, is told of its successor, and hears all the rest: what it did
    /// though it may not, if anything.
    pub fn former_wakes(&mut self, first: Heard) -> Option<String> {
        let mut former = self.former.take()?;
        let now = self.time();
        former.hear(first, now);
        let early = former.drain(|_| false);
        former.hub.handle_worker(self.generation, now);
        former.is_told = true;
        let is_quiet = |output: &Output| match output {
            Output::Close { .. } | Output::ClosePort { .. } | Output::Hush { .. } => true,
            // That all is over is true whoever says it.
            Output::Reply { reply, .. } => matches!(
                reply,
                Reply::MoveTo { .. } | Reply::Rejoin | Reply::ClosedEverywhere { .. }
            ),
            _ => false,
        };
        let late = former.drain(is_quiet);
        let mut faults = [early, late].concat();
        if !former.sources.is_empty() {
            faults.push("a connection is left".into());
        }
        for heard in ALL {
            former.hear(heard, now);
            faults.extend(former.drain(is_quiet));
        }
        let hello = Message::Hello(Hello {
            version: VERSION,
            tab: "late".into(),
            lock: None,
            visible: true,
        });
        former.hub.handle_message(PortId::MAX, hello, now);
        faults.extend(former.drain(is_quiet));
        (!faults.is_empty()).then(|| format!("replaced, and woken by {first:?}: {faults:?}"))
    }
}

impl Former {
    fn hear(&mut self, heard: Heard, now: Time) {
        match heard {
            Heard::Event => {
                let data = || Text::of("of before");
                for (&connection, source) in self.sources.iter().filter(|(_, source)| source.open) {
                    if source.is_fetch() {
                        self.hub
                            .handle_parsed(connection, "a", Some(Text::of("former")), data(), now);
                    } else {
                        for &channel in source.listeners.keys() {
                            self.hub
                                .handle_event(connection, channel, Text::of("former"), data(), now);
                        }
                    }
                }
            }
            Heard::Timer => self.hub.handle_timeout(now),
            Heard::Ping => {
                for &port in &self.ports {
                    self.hub.handle_message(port, Message::Ping, now);
                }
            }
            Heard::Ack => {
                for &port in &self.ports {
                    self.hub.handle_ack(port, 1, 1, now);
                }
            }
            Heard::Loss => {
                for (&connection, source) in &self.sources {
                    if source.is_fetch() {
                        self.hub.handle_ended(connection, now);
                    } else {
                        self.hub.handle_lost(connection, false, now);
                    }
                }
            }
            Heard::Online => self.hub.handle_online(now),
        }
    }

    /// Acts on what it says; what of that is not `allowed`.
    fn drain(&mut self, allowed: impl Fn(&Output) -> bool) -> Vec<String> {
        let mut faults = Vec::new();
        loop {
            let output = self.hub.poll_output();
            let is_allowed = match &output {
                Output::Timeout(_) => return faults,
                // What others have said is heard next, or has been.
                Output::Fence => {
                    if self.is_told {
                        self.hub.handle_passed();
                    }
                    true
                }
                // Nothing may be left to write by the time that it is acted on.
                Output::Deliver { stream, seat, tab } => {
                    !self.hub.write_batch(*stream, *seat, *tab, &mut Batch::default())
                }
                Output::Close { connection } => {
                    self.sources.remove(connection);
                    allowed(&output)
                }
                Output::Reply { port, .. } if self.moved.contains(port) => true,
                _ => allowed(&output),
            };
            if let Output::Reply {
                port,
                reply: Reply::MoveTo { .. },
            } = output
            {
                self.moved.push(port);
            }
            if !is_allowed {
                faults.push(format!("{output:?}"));
            }
        }
    }
}
