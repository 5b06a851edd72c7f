//! An SSE server with a log.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub channel: String,
    /// The `id:` field; `Some("")` resets the browser's.
    pub id: Option<String>,
    pub data: String,
    /// What it is about.
    pub topic: String,
    /// Whom it is for alone.
    pub principal: Option<String>,
    /// Number in the order of sending, never used again.
    pub n: usize,
}

/// What a connection attempt meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Answer {
    #[default]
    Accept,
    /// An HTTP error: the browser gives up.
    Refuse,
    /// This status, or with 200 something that is no event stream.
    Status(u16),
    /// The network is down: the browser goes on trying.
    Break,
    /// Nothing.
    Hang,
}

/// Where a replay begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Replay {
    /// After the id that was asked for.
    #[default]
    Exclusive,
    /// With it.
    Inclusive,
    /// The last so many, whatever was asked for.
    Last(usize),
}

#[derive(Debug, Default)]
pub struct Server {
    pub answer: Answer,
    /// `Retry-After` of every refusal, in ms.
    pub retry_after: Option<u64>,
    /// `Last-Event-ID` of every stream.
    pub tells: Option<String>,
    /// With a token in URL or header it accepts these alone, whatever `answer` says; others get 401.
    pub tokens: Option<Vec<String>>,
    pub replay: Replay,
    /// What it still has for a replay.
    pub log: Vec<Sent>,
    pub sent: usize,
    /// Sent first where the id that was asked for is not known any more.
    pub lost_event: Option<String>,
    /// What every connection asked for.
    pub asked: Vec<Option<String>>,
    /// An id is one of the list of topics that it was got by, and means nothing with another.
    pub has_local_ids: bool,
    /// Whom it sends events for from now on; `None`: for everybody.
    pub signed_in: Option<String>,
    /// Times it was asked to go on from an id of another list, or of another's event.
    pub foreign_ids: usize,
}

impl Server {
    pub fn send(&mut self, channel: &str, id: Option<&str>, data: &str) -> Sent {
        self.send_about(channel, channel, id, data)
    }

    pub fn send_about(&mut self, topic: &str, channel: &str, id: Option<&str>, data: &str) -> Sent {
        self.sent += 1;
        let sent = Sent {
            channel: channel.to_owned(),
            id: id.map(str::to_owned),
            data: data.to_owned(),
            topic: topic.to_owned(),
            principal: self.signed_in.clone(),
            n: self.sent,
        };
        self.log.push(sent.clone());
        sent
    }

    /// The id that an event has on a connection which asked for `topics`.
    pub fn id_for(&self, id: &str, topics: Option<&[String]>) -> String {
        match topics {
            Some(topics) if self.has_local_ids && !id.is_empty() => format!("{id}@{}", topics.join("+")),
            _ => id.to_owned(),
        }
    }

    /// A connection that asks for `topics`; what it is sent first.
    pub fn connect_about(
        &mut self,
        asked: Option<&str>,
        topics: Option<&[String]>,
        principal: Option<&str>,
    ) -> Vec<Sent> {
        let own = asked.map(|id| id.split('@').next().unwrap_or(id));
        if let (Some(asked), Some(own)) = (asked, own)
            && self.id_for(own, topics) != *asked
        {
            self.foreign_ids += 1;
        }
        let mut of_others = self.log.iter().filter(|sent| !passes(None, principal, sent));
        if own.is_some() && of_others.any(|sent| sent.id.as_deref() == own) {
            self.foreign_ids += 1;
        }
        let mut replayed = self.connect(own);
        replayed.retain(|sent| passes(topics, principal, sent));
        replayed
    }

    /// A connection; what it is sent first.
    pub fn connect(&mut self, asked: Option<&str>) -> Vec<Sent> {
        self.asked.push(asked.map(str::to_owned));
        if let Replay::Last(n) = self.replay {
            return self.log[self.log.len().saturating_sub(n)..].to_vec();
        }
        let found = asked.and_then(|id| self.log.iter().rposition(|sent| sent.id.as_deref() == Some(id)));
        let Some(at) = found else {
            let lost = self.lost_event.clone().filter(|_| asked.is_some());
            return lost
                .map(|channel| Sent {
                    channel,
                    id: None,
                    data: String::new(),
                    topic: String::new(),
                    principal: None,
                    n: 0,
                })
                .into_iter()
                .collect();
        };
        let from = if self.replay == Replay::Inclusive {
            at
        } else {
            at + 1
        };
        self.log[from..].to_vec()
    }

    /// Restarted: it knows nothing of before.
    pub fn restart(&mut self) {
        self.log.clear();
    }
}

/// Whether a connection of `principal` that asked for `topics` is sent it.
pub fn passes(topics: Option<&[String]>, principal: Option<&str>, sent: &Sent) -> bool {
    let is_theirs = sent.principal.is_none() || sent.principal.as_deref() == principal;
    is_theirs && topics.is_none_or(|topics| sent.n == 0 || topics.contains(&sent.topic))
}
