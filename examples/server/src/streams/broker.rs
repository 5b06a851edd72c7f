use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use serde_json::json;

use super::{
    connection::Connection,
    event::{Audience, Event, Frame},
    http::{Member, Opening, Since},
    id::Boot,
    log::{Log, LogCounts},
    queue::Queue,
};

/// The list of connections and the log. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct Streams {
    shared: Arc<Shared>,
}

/// Bounds, times and names; the default suits a small server.
#[derive(Clone, Debug)]
pub struct Options {
    pub boot: Boot,
    pub names: Names,
    /// The log's bounds, count and bytes.
    pub log_events: usize,
    pub log_bytes: usize,
    /// The bounds of what may wait for one client, apart from its replay.
    pub queue_events: usize,
    pub queue_bytes: usize,
    /// The longest silence of a connection.
    pub heartbeat: Duration,
    /// What `retry:` tells the browser to wait before it reconnects.
    pub retry: Duration,
    /// How long a user may be without a connection before `left`: a reload is no departure.
    pub grace: Duration,
    pub max_connections: usize,
    pub max_connections_per_user: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            boot: Boot::random(),
            names: Names::default(),
            log_events: 4096,
            log_bytes: 4 << 20,
            queue_events: 1024,
            queue_bytes: 1 << 20,
            heartbeat: Duration::from_secs(15),
            retry: Duration::from_secs(2),
            grace: Duration::from_secs(3),
            max_connections: 1024,
            max_connections_per_user: 64,
        }
    }
}

/// The names of the events that the module sends by itself.
#[derive(Clone, Debug)]
pub struct Names {
    /// A resume was asked for that can't be given: `{"reason": "evicted" | "unknown"}`, without an id.
    pub lost: String,
    /// A user's first connection: `{"time", "user": {"id", "name"}}`, the time in milliseconds since 1970.
    pub joined: String,
    /// A user's last connection ended and the grace is over; the same form.
    pub left: String,
    /// The counts have changed: `{"users", "connections", "opened"}`.
    pub presence: String,
}

impl Default for Names {
    fn default() -> Names {
        let [lost, joined, left, presence] = ["lost", "joined", "left", "presence"].map(str::to_owned);
        Names {
            lost,
            joined,
            left,
            presence,
        }
    }
}

/// What [`Streams::counts`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Connections that are open now, and all that ever were.
    pub connections: usize,
    pub opened: u64,
    /// Connections that were cut off because the client did not keep up.
    pub cut_off: u64,
    pub users: Vec<UserCount>,
    /// The id of the newest event; `boot-0` before the first.
    pub last_id: String,
    pub log: LogCounts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCount {
    pub id: Arc<str>,
    pub name: Arc<str>,
    pub connections: usize,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The server has [`Options::max_connections`]; try again later or raise it.
    TooMany,
    /// This user has [`Options::max_connections_per_user`]; close some tabs, or share one connection among them.
    TooManyOfUser,
    /// [`Streams::close`] was called: the server is going down.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::TooMany => "too many connections are open on this server",
            Refused::TooManyOfUser => "too many connections of yours are open",
            Refused::Closed => "the server is going down",
        })
    }
}

struct Shared {
    options: Options,
    state: Mutex<State>,
}

struct State {
    log: Log,
    last_sequence: u64,
    connections: HashMap<u64, Listed>,
    users: BTreeMap<Arc<str>, User>,
    opened: u64,
    cut_off: u64,
    counts_changed: bool,
    closed: bool,
}

struct Listed {
    opening: Opening,
    queue: Arc<Queue>,
}

struct User {
    name: Arc<str>,
    connections: usize,
    /// Since when there is no connection; meaningless while there is one.
    absent_since: Instant,
}

impl Streams {
    pub fn new(options: Options) -> Streams {
        let state = State {
            log: Log::new(options.log_events, options.log_bytes),
            last_sequence: 0,
            connections: HashMap::new(),
            users: BTreeMap::new(),
            opened: 0,
            cut_off: 0,
            counts_changed: false,
            closed: false,
        };
        Streams {
            shared: Arc::new(Shared {
                options,
                state: Mutex::new(state),
            }),
        }
    }

    /// Each of the three gives the event's id.
    pub fn to_everyone(&self, event: Event) -> String {
        self.publish(Audience::Everyone, &event)
    }

    /// To the connections that asked for `channel`, or for all.
    pub fn to_channel(&self, channel: &str, event: Event) -> String {
        self.publish(Audience::Channel(channel.into()), &event)
    }

    /// To every connection of one user.
    pub fn to_user(&self, user: &str, event: Event) -> String {
        self.publish(Audience::User(user.into()), &event)
    }

    /// Opens a connection: replay first, then live, without hole or repeat between the two.
    ///
    /// Must be called inside a tokio runtime: the heartbeat is one of its timers.
    pub fn open(&self, opening: Opening) -> Result<Connection, Refused> {
        let Options {
            queue_events,
            queue_bytes,
            heartbeat,
            max_connections,
            max_connections_per_user,
            ..
        } = self.shared.options;
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.connections.len() >= max_connections {
            return Err(Refused::TooMany);
        }
        let Member { id, name } = opening.member.clone();
        if state
            .users
            .get(&id)
            .is_some_and(|user| user.connections >= max_connections_per_user)
        {
            return Err(Refused::TooManyOfUser);
        }

        let (head, backlog) = self.start(&state, &opening);
        state.opened += 1;
        state.counts_changed = true;
        let key = state.opened;
        let queue = Arc::new(Queue::new(queue_events, queue_bytes));
        state.connections.insert(
            key,
            Listed {
                opening,
                queue: queue.clone(),
            },
        );

        let user = state.users.entry(id.clone());
        let is_new = matches!(user, std::collections::btree_map::Entry::Vacant(_));
        user.or_insert_with(|| User {
            name: name.clone(),
            connections: 0,
            absent_since: Instant::now(),
        })
        .connections += 1;
        if is_new {
            let event = presence_change(&self.shared.options.names.joined, &id, &name);
            state.publish(&self.shared.options.boot, Audience::Everyone, &event);
        }
        drop(state);
        Ok(Connection::new(
            self.clone(),
            key,
            head,
            backlog,
            queue,
            heartbeat,
        ))
    }

    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            connections: state.connections.len(),
            opened: state.opened,
            cut_off: state.cut_off,
            users: state
                .users
                .iter()
                .filter(|(_, user)| user.connections > 0)
                .map(|(id, user)| UserCount {
                    id: id.clone(),
                    name: user.name.clone(),
                    connections: user.connections,
                })
                .collect(),
            last_id: self.shared.options.boot.id(state.last_sequence),
            log: state.log.counts(),
        }
    }

    /// Announces departures and changed counts. Spawn it once; it ends after [`Streams::close`].
    ///
    /// The counts are told at most four times a second, or a wall of tabs that opens would tell every tab of
    /// every other.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(Duration::from_millis(250));
        while !self.lock().closed {
            tick.tick().await;
            self.sweep(Instant::now());
        }
    }

    /// One step of [`Streams::run`].
    pub fn sweep(&self, now: Instant) {
        let Options {
            boot, names, grace, ..
        } = &self.shared.options;
        let mut state = self.lock();
        let is_gone =
            |user: &User| user.connections == 0 && now.saturating_duration_since(user.absent_since) >= *grace;
        let gone: Vec<_> = state.users.extract_if(.., |_, user| is_gone(user)).collect();
        for (id, user) in gone {
            state.publish(
                boot,
                Audience::Everyone,
                &presence_change(&names.left, &id, &user.name),
            );
            state.counts_changed = true;
        }
        if std::mem::take(&mut state.counts_changed) {
            let data = json!({
                "users": state.users.values().filter(|user| user.connections > 0).count(),
                "connections": state.connections.len(),
                "opened": state.opened,
            });
            state.publish(
                boot,
                Audience::Everyone,
                &Event::new(&names.presence, data.to_string()),
            );
        }
    }

    /// Ends every connection and refuses new ones.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        for listed in state.connections.values() {
            listed.queue.close();
        }
    }

    pub(super) fn disconnect(&self, key: u64) {
        self.lock().disconnect(key, Instant::now());
    }

    fn publish(&self, audience: Audience, event: &Event) -> String {
        self.lock().publish(&self.shared.options.boot, audience, event)
    }

    /// What a new connection gets before the live events.
    fn start(&self, state: &State, opening: &Opening) -> (Bytes, VecDeque<Arc<Frame>>) {
        let Options {
            boot, names, retry, ..
        } = &self.shared.options;
        let mut head = format!("retry: {}\n\n", retry.as_millis()).into_bytes();
        let backlog = match &opening.since {
            Since::Now => VecDeque::new(),
            Since::Recent(count) => state.log.recent(*count, |frame| opening.may_see(frame)),
            Since::Id(id) => {
                let known = boot
                    .sequence(id)
                    .filter(|sequence| *sequence <= state.last_sequence);
                let lost = match known {
                    None => Some("unknown"),
                    Some(sequence) if !state.log.covers(sequence, opening.topics.as_ref()) => Some("evicted"),
                    Some(_) => None,
                };
                if let Some(reason) = lost {
                    // The id that was asked for is not repeated: it is a stranger's text.
                    let event = Event::new(&names.lost, json!({ "reason": reason }).to_string());
                    head.extend_from_slice(&event.encode(None));
                }
                let after = state.log.after(known.unwrap_or(0));
                after.filter(|frame| opening.may_see(frame)).cloned().collect()
            }
        };
        (head.into(), backlog)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.shared.state.lock().expect("the streams' lock is sound")
    }
}

impl State {
    fn publish(&mut self, boot: &Boot, audience: Audience, event: &Event) -> String {
        self.last_sequence += 1;
        let id = boot.id(self.last_sequence);
        let frame = Arc::new(Frame::new(self.last_sequence, &id, audience, event));
        self.log.push(frame.clone());
        let too_slow: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, listed)| listed.opening.may_see(&frame) && listed.queue.push(frame.clone()).is_err())
            .map(|(key, _)| *key)
            .collect();
        for key in too_slow {
            self.cut_off += 1;
            // Now, not when the body is dropped: a client that does not read may keep its socket for a while.
            self.disconnect(key, Instant::now());
        }
        id
    }

    /// Does nothing for a connection that is no longer listed: one that was cut off is dropped later.
    fn disconnect(&mut self, key: u64, now: Instant) {
        let Some(listed) = self.connections.remove(&key) else {
            return;
        };
        self.counts_changed = true;
        if let Some(user) = self.users.get_mut(&listed.opening.member.id) {
            user.connections -= 1;
            user.absent_since = now;
        }
    }
}

fn presence_change(name: &str, id: &str, user_name: &str) -> Event {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_millis() as u64);
    let data = json!({ "time": time, "user": { "id": id, "name": user_name } });
    Event::new(name, data.to_string())
}
