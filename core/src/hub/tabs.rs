//! The tabs: who is there, who is away, and who is gone.

use super::{Hub, Output, PortId, StreamId};
use crate::list;
use crate::message::{Hello, Reply, VERSION};
use crate::payload::Payload;
use crate::seat::{Presence, SeatId, TabId};
use crate::time::{Millis, Time};

/// Tabs are looked after that often.
pub const SWEEP: Millis = Millis(10_000);
/// A tab without a Web Lock that is silent that long is away. With a look every [`SWEEP`] it is found within 30 s, and has
/// had [`SWEEP`] to answer a ping.
pub const SILENT: Millis = Millis(20_000);
/// A tab without a Web Lock that is away that long is gone.
pub const AWAY: Millis = Millis(10 * 60_000);
/// Ports of forgotten tabs that are listened to.
const FORGOTTEN: usize = 1000;

#[derive(Debug)]
pub(super) struct Tab {
    pub(super) name: String,
    pub(super) port: Option<PortId>,
    has_lock: bool,
    pub(super) visible: bool,
    /// By its own number of the stream.
    pub(super) seats: Vec<(u32, StreamId, SeatId)>,
    /// The earliest epoch of another worker that it holds a stream from; none is the largest there is.
    pub(super) from: u64,
    heard: Time,
    /// Frozen, silent or in bfcache since.
    pub(super) away: Option<Time>,
}

impl<P: Payload> Hub<P> {
    pub(super) fn hello(&mut self, port: PortId, hello: Hello) {
        if hello.version != VERSION {
            self.reply(port, Reply::Refused);
            self.close_port(port);
            return;
        }
        // Also where the tab that came by this port has left it, and the shell is yet to close it.
        let present = self.tabs.get(self.tab_at(port).unwrap_or(port));
        if present.is_some_and(|tab| tab.name != hello.tab) {
            self.handle_bad_message(port, "the hello of another tab");
            return;
        }
        // By a second hello as by any other word.
        if self.recall(port) {
            return;
        }
        self.hear(port);
        let known = (self.tabs.iter())
            .find(|(_, tab)| tab.name == hello.tab)
            .map(|&(id, _)| id);
        let id = known.unwrap_or(port);
        if self.port_of(id).is_some_and(|newer| newer > port) {
            // Ports have no order between them: a page that tried more than once is at its last one.
            self.close_port(port);
            return;
        }
        if let Some(tab) = self.tabs.get_mut(id) {
            // Back from bfcache, or a second hello: the seats stay, each until it is attached again.
            let old = tab.port.replace(port);
            tab.heard = self.ctx.now;
            tab.visible = hello.visible;
            tab.away = None;
            if old != Some(port) {
                if let Some(port) = old {
                    self.close_port(port);
                }
                self.set_presence(id, Presence::Vacant);
            }
        } else {
            let tab = Tab {
                name: hello.tab,
                port: Some(port),
                has_lock: false,
                visible: hello.visible,
                seats: Vec::new(),
                from: u64::MAX,
                heard: self.ctx.now,
                away: None,
            };
            self.tabs.insert(id, tab);
        }
        if let Some(lock) = hello.lock
            && let Some(tab) = self.tabs.get_mut(id)
            && !std::mem::replace(&mut tab.has_lock, true)
        {
            self.ctx.outputs.push_back(Output::WatchLock { tab: id, lock });
        }
        if self.tabs.iter().any(|(_, tab)| !tab.has_lock) {
            self.sweep.get_or_insert(self.ctx.now + SWEEP);
        }
        let welcome = self.welcome();
        self.reply(port, welcome);
    }

    /// Whose port it is. A tab has the number of its first port; who came back by another one is looked for.
    #[inline(never)]
    pub(super) fn tab_at(&self, port: PortId) -> Option<TabId> {
        if self.port_of(port) == Some(port) {
            return Some(port);
        }
        for &(id, ref tab) in self.tabs.iter() {
            if tab.port == Some(port) {
                return Some(id);
            }
        }
        None
    }

    /// Whose port it is. A tab that was away is back by any word of it.
    pub(super) fn hear(&mut self, port: PortId) -> Option<TabId> {
        let id = self.tab_at(port)?;
        let tab = self.tabs.get_mut(id)?;
        tab.heard = self.ctx.now;
        if tab.away.take().is_some() {
            self.set_presence(id, Presence::Here);
        }
        Some(id)
    }

    /// `true`: it was forgotten.
    #[inline(never)]
    pub(super) fn remember(&mut self, port: PortId) -> bool {
        list::remove(&mut self.forgotten, port)
    }

    /// A tab that was forgotten speaks: it joins anew, on a port of its own. `false`: nobody who was ever here.
    pub(super) fn recall(&mut self, port: PortId) -> bool {
        let was_forgotten = self.remember(port);
        if was_forgotten {
            self.reply(port, Reply::Rejoin);
            self.close_port(port);
        }
        was_forgotten
    }

    fn set_presence(&mut self, tab: TabId, presence: Presence) {
        for (_, stream, seat) in self.seats_of(tab) {
            self.with_stream(stream, |stream, ctx| stream.set_presence(seat, presence, ctx));
        }
    }

    pub(super) fn set_visible(&mut self, tab: TabId, visible: bool) {
        if let Some(tab) = self.tabs.get_mut(tab) {
            tab.visible = visible;
        }
        for (_, stream, seat) in self.seats_of(tab) {
            self.with_stream(stream, |stream, ctx| stream.set_visible(seat, visible, ctx));
        }
    }

    /// The page goes into bfcache: its queues wait for it, nothing is posted.
    pub(super) fn park(&mut self, tab: TabId, at: &[(u32, u64)]) {
        for &(s, batch) in at {
            self.acknowledge(tab, s, batch);
        }
        let left = self.tabs.get_mut(tab);
        let port = left.and_then(|tab| {
            tab.away = Some(self.ctx.now);
            tab.port.take()
        });
        if let Some(port) = port {
            self.close_port(port);
        }
        self.set_presence(tab, Presence::Vacant);
    }

    /// A page in bfcache may lose its lock and take it again when it is back (WebKit): meanwhile it is as on plain http.
    pub(super) fn lose_lock(&mut self, id: TabId) {
        if let Some(tab) = self.tabs.get_mut(id)
            && tab.port.is_none()
        {
            tab.has_lock = false;
            self.sweep.get_or_insert(self.ctx.now + SWEEP);
        } else {
            self.remove_tab(id);
        }
    }

    #[inline(never)]
    pub(super) fn close_port(&mut self, port: PortId) {
        self.ctx.outputs.push_back(Output::ClosePort { port });
    }

    pub(super) fn remove_tab(&mut self, tab: TabId) {
        let Some(gone) = self.tabs.remove(tab) else {
            return;
        };
        if let Some(port) = gone.port {
            self.close_port(port);
        }
        for (_, stream, seat) in gone.seats {
            self.with_stream(stream, |stream, ctx| stream.stand_up(seat, ctx));
        }
        self.no_longer_waits_for(tab);
    }

    /// Finds tabs that fell silent. Those with a Web Lock can't: the lock tells.
    pub(super) fn sweep(&mut self, woke: bool) {
        let now = self.ctx.now;
        let mut silent = Vec::new();
        let mut gone = Vec::new();
        for &mut (id, ref mut tab) in self.tabs.iter_mut() {
            if tab.has_lock {
                continue;
            }
            if woke {
                // Nobody could speak while the machine slept.
                tab.heard = now;
                tab.away = tab.away.map(|_| now);
            }
            match tab.away {
                Some(since) if now >= since + AWAY => gone.push(id),
                Some(_) => {}
                None if now >= tab.heard + SILENT => silent.push(id),
                None => {
                    if let Some(port) = tab.port
                        && now >= tab.heard + SWEEP
                    {
                        self.ctx.outputs.push_back(Output::Reply {
                            port,
                            reply: Reply::Ping,
                        });
                    }
                }
            }
        }
        for tab in silent {
            if let Some(tab) = self.tabs.get_mut(tab) {
                tab.away = Some(self.ctx.now);
            }
            self.set_presence(tab, Presence::Away);
        }
        for tab in gone {
            // It may only sleep: its port stays, for the word it is called back by.
            if let Some(port) = self.tabs.get_mut(tab).and_then(|tab| tab.port.take()) {
                self.forgotten.push(port);
                if self.forgotten.len() > FORGOTTEN {
                    let port = self.forgotten.remove(0);
                    self.close_port(port);
                }
            }
            self.remove_tab(tab);
        }
        self.sweep = self
            .tabs
            .iter()
            .any(|(_, tab)| !tab.has_lock)
            .then(|| now + SWEEP);
    }

    /// A tab's seats, each with its own number of the stream.
    #[inline(never)]
    pub(super) fn seats_of(&self, tab: TabId) -> Vec<(u32, StreamId, SeatId)> {
        self.tabs.get(tab).map_or_else(Vec::new, |tab| tab.seats.clone())
    }
}
