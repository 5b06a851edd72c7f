//! Which stream a page gets, if any: by principal, by origin, by what is there.

use std::rc::Rc;

use super::{Hub, StreamId};
use crate::error::{Code, WireError};
use crate::message::{Attach, Kind, Reply};
use crate::options::Options;
use crate::payload::Payload;
use crate::seam::fnv;
use crate::stream::{Birth, Stream};
use crate::text::Text;
use crate::upstream::{Input, Reason};
use crate::url;

/// Why a page does not get its stream.
pub(super) type Refusal = (WireError, Option<Reason>);

/// Claims of a principal without a stream that are remembered.
const REMEMBERED: usize = 1000;

/// Who owns a family of streams (same identity but for the principal), and since which connect epoch.
#[derive(Debug)]
pub(super) struct Claims {
    owners: Vec<Claim>,
    /// The largest epoch given out or met. It begins with the hub's own, so that a new connect is later than whatever
    /// was given out by a worker that died.
    last: u64,
}

#[derive(Debug)]
struct Claim {
    family: String,
    owner: Option<String>,
    term: u64,
}

impl Claims {
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            owners: Vec::new(),
            last: epoch,
        }
    }

    /// The connect epoch of `principal` on the family. A *new* connect wins over the present owner; a rejoin with an
    /// older epoch does not (`None`), so that two tabs never fight.
    fn judge(&self, family: &str, principal: Option<&str>, rejoin: Option<u64>) -> Option<u64> {
        let Some(claim) = self.owners.iter().find(|claim| claim.family == family) else {
            return Some(rejoin.unwrap_or(self.last + 1));
        };
        if claim.owner.as_deref() == principal {
            return Some(claim.term.max(rejoin.unwrap_or(0)));
        }
        match rejoin {
            None => Some(self.last + 1),
            Some(theirs) => (theirs > claim.term).then_some(theirs),
        }
    }

    fn record(&mut self, family: &str, principal: Option<&str>, term: u64) {
        self.last = self.last.max(term);
        let owner = principal.map(str::to_owned);
        if let Some(claim) = self.owners.iter_mut().find(|claim| claim.family == family) {
            claim.owner = owner;
            claim.term = term;
        } else {
            let family = family.to_owned();
            self.owners.push(Claim { family, owner, term });
        }
    }

    /// Everything up to `epoch` was closed: whoever connects now is the first, and later than all of before.
    pub(super) fn clear(&mut self, epoch: u64) {
        self.owners.clear();
        self.last = self.last.max(epoch);
    }
}

impl<P: Payload> Hub<P> {
    /// The stream that `attach` asks for, made if need be, and the connect epoch. Refused, nothing has changed.
    pub(super) fn find_or_make_stream(
        &mut self,
        attach: &Attach<P>,
        options: &Rc<Options>,
    ) -> Result<(StreamId, u64), Refusal> {
        if url::origin(&attach.url).is_none() {
            return Err((WireError::new(Code::BadUrl, url::shown(&attach.url)), None));
        }
        let family = family(attach, options);
        let principal = options.principal();
        let Some(term) = self.claims.judge(&family, principal, attach.term) else {
            return Err((WireError::new(Code::Closed, ""), Some(Reason::PrincipalChanged)));
        };
        let present = self
            .streams
            .iter()
            .flatten()
            .find(|stream| stream.family == family && stream.is_of(principal) && !stream.has_ended());
        // A new `connect()` is also an attempt at what was given up.
        let opens = present.is_none_or(|stream| attach.position.is_none() && stream.is_given_up());
        let present = present.map(|stream| stream.id());
        if opens && attach.kind == Kind::Channel {
            self.make_room(&family, &attach.url, options.max_streams_per_origin())
                .map_err(|error| (error, None))?;
        }

        self.claims.record(&family, principal, term);
        self.with_streams(|stream, ctx| {
            if stream.family == family && !stream.is_of(principal) {
                stream.apply(Input::End, ctx);
            }
        });
        let id = present.unwrap_or_else(|| {
            let id = self.make_stream(attach, family, Rc::clone(options));
            if attach.position.is_none() {
                self.with_stream(id, Stream::load);
            }
            id
        });
        Ok((id, term))
    }

    fn make_stream(&mut self, attach: &Attach<P>, family: String, options: Rc<Options>) -> StreamId {
        let slot = self.streams.iter().position(Option::is_none).unwrap_or_else(|| {
            self.streams.push(None);
            self.streams.len() - 1
        });
        let id = StreamId::try_from(slot).unwrap_or(StreamId::MAX);
        let birth = Birth {
            id,
            epoch: self.next_epoch(),
            family,
            url: attach.url.clone(),
            kind: attach.kind,
            is_home: self.is_home(&attach.url),
            airs: self.config.airs,
        };
        self.streams[slot] = Some(Box::new(Stream::new(birth, options, self.ctx.now)));
        id
    }

    /// One stream of `connect` to an origin, unless the app asks for more: those that nobody needs give way to another.
    pub(super) fn make_room(&mut self, family: &str, url: &str, most: usize) -> Result<(), WireError> {
        let origin = url::origin(url);
        let mut count = 1;
        let mut unneeded = Vec::new();
        let mut needed = None;
        for stream in self.streams.iter().flatten() {
            // Those of the same family belong to another principal, and end by this very connect.
            if stream.is_limited() && stream.family != family && url::origin(&stream.url) == origin {
                count += 1;
                if !stream.is_needed() {
                    unneeded.push(stream.id());
                } else if needed.is_none() {
                    needed = Some(&*stream.url);
                }
            }
        }
        let over = usize::saturating_sub(count, most);
        if unneeded.len() < over {
            return Err(WireError::new(
                Code::StreamLimit,
                url::shown(needed.unwrap_or_default()),
            ));
        }
        unneeded.truncate(over);
        for id in unneeded {
            self.replace_stream(id, url);
        }
        Ok(())
    }

    /// Whoever still holds the stream (without a subscription, or in bfcache) lets go of it: it may ask anew.
    fn replace_stream(&mut self, id: StreamId, by: &str) {
        self.drop_stream(id);
        let mut told = Vec::new();
        for (_, tab) in self.tabs.iter_mut() {
            while let Some(at) = tab.seats.iter().position(|&(_, stream, _)| stream == id) {
                let (s, ..) = tab.seats.remove(at);
                if let Some(port) = tab.port {
                    told.push((port, s));
                }
            }
        }
        for (port, s) in told {
            let error = WireError::new(Code::StreamLimit, url::shown(by));
            let reason = Some(Reason::Replaced.name());
            self.reply(port, Reply::Detached { s, error, reason });
        }
    }

    pub(super) fn forget_abandoned(&mut self) {
        for slot in 0..self.streams.len() {
            if self.streams[slot].as_deref().is_some_and(Stream::is_abandoned) {
                self.drop_stream(StreamId::try_from(slot).unwrap_or(StreamId::MAX));
            }
        }
    }

    /// Its number may be used again at once: what was to be delivered of it must not be asked of the next.
    fn drop_stream(&mut self, id: StreamId) {
        self.with_stream(id, Stream::shut);
        if self.streams.get_mut(id as usize).and_then(Option::take).is_some() {
            self.forget_claim();
            self.take_back(Some(id));
        }
    }

    /// Who a stream belonged to that is forgotten is remembered, in place of who is remembered for longest. If it was
    /// nobody's, it is as if it had never been.
    fn forget_claim(&mut self) {
        let mut idle = 0;
        let mut oldest = None;
        for (at, claim) in self.claims.owners.iter().enumerate() {
            let mut streams = self.streams.iter().flatten();
            if streams.all(|stream| stream.family != claim.family) {
                idle += 1;
                let rank = if claim.owner.is_some() { claim.term } else { 0 };
                if oldest.is_none_or(|(_, least)| rank < least) {
                    oldest = Some((at, rank));
                }
            }
        }
        if let Some((at, rank)) = oldest
            && (rank == 0 || idle > REMEMBERED)
        {
            self.claims.owners.remove(at);
        }
    }
}

/// Identity of a stream but for its principal.
fn family<P>(attach: &Attach<P>, options: &Options) -> String {
    let mut family = Text::new();
    family.push(if options.with_credentials() { "c" } else { "-" });
    family.push(options.transport.name());
    family.push(options.method().unwrap_or_default());
    if let Some(body) = options.body() {
        family.push("\n").number(fnv(body));
    }
    if let Some(field) = options.channel_json() {
        family.push("\n").number(fnv(field));
    }
    if let Some(param) = options.topics() {
        let how = u64::from(options.joins_topics()) + 2 * u64::from(options.has_local_ids());
        family.push("\nt").number(fnv(param) ^ how);
    }
    // No method, scheme or body has one.
    family.push("\n");
    match options.key() {
        // A key names a stream within its server's origin.
        Some(key) => {
            let (scheme, host) = url::origin(&attach.url).unwrap_or_default();
            family.push(scheme).push(host).push("\n").push(key);
        }
        None => drop(family.push(&attach.url)),
    }
    family.into_string()
}
