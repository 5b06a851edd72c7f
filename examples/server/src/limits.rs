//! Rate limits: a token bucket for each client, in a table that does not grow without bound.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

/// The limits of this demo. All are per client address: a cookie is free to anybody, an address is not.
pub struct Limits {
    pub opens: RateLimit,
    pub posts: RateLimit,
    pub jobs: RateLimit,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            // Wide enough for a wall of fifty plain tabs that is reloaded twice.
            opens: RateLimit::new(120, Duration::from_millis(500)),
            posts: RateLimit::new(20, Duration::from_secs(1)),
            jobs: RateLimit::new(6, Duration::from_secs(5)),
        }
    }
}

pub struct RateLimit {
    burst: u32,
    /// One more is allowed after each such time.
    refill: Duration,
    clients: Mutex<HashMap<IpAddr, Bucket>>,
}

/// Kept as a time only: when the bucket is full again. That is all that a token bucket is.
struct Bucket {
    full_at: Instant,
}

const MAX_CLIENTS: usize = 4096;

impl RateLimit {
    pub fn new(burst: u32, refill: Duration) -> RateLimit {
        RateLimit {
            burst,
            refill,
            clients: Mutex::default(),
        }
    }

    /// Takes one; or else tells how long to wait until there is one.
    pub fn take(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        // Nothing panics while it is held.
        let mut clients = self.clients.lock().expect("the limit's lock is sound");
        let client = network(client);
        if clients.len() >= MAX_CLIENTS && !clients.contains_key(&client) {
            clients.retain(|_, bucket| bucket.full_at > now);
            // All are in use: the one that is nearest to full has the least to gain from being forgotten.
            if clients.len() >= MAX_CLIENTS {
                let fullest = clients
                    .iter()
                    .min_by_key(|(_, bucket)| bucket.full_at)
                    .map(|(client, _)| *client);
                fullest.and_then(|client| clients.remove(&client));
            }
        }
        let bucket = clients.entry(client).or_insert(Bucket { full_at: now });
        let full_at = bucket.full_at.max(now) + self.refill;
        let over = full_at.saturating_duration_since(now + self.refill * self.burst);
        if over > Duration::ZERO {
            return Err(over);
        }
        bucket.full_at = full_at;
        Ok(())
    }
}

/// One household is one client: of an IPv6 address, the /64 that it can choose addresses from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn after_the_burst_it_is_one_a_refill() {
        let limit = RateLimit::new(3, SECOND);
        let (client, start) = (address("192.0.2.1"), Instant::now());
        for _ in 0..3 {
            assert_eq!(limit.take(client, start), Ok(()));
        }
        assert_eq!(limit.take(client, start), Err(SECOND));
        assert_eq!(limit.take(client, start + SECOND / 4), Err(SECOND * 3 / 4));
        assert_eq!(limit.take(client, start + SECOND), Ok(()));
        assert_eq!(limit.take(client, start + SECOND), Err(SECOND));
    }

    #[test]
    fn clients_do_not_share_but_a_network_does() {
        let limit = RateLimit::new(1, SECOND);
        let start = Instant::now();
        assert!(limit.take(address("192.0.2.1"), start).is_ok());
        assert!(limit.take(address("192.0.2.2"), start).is_ok());
        assert!(limit.take(address("2001:db8::1"), start).is_ok());
        assert!(limit.take(address("2001:db8::2"), start).is_err());
        assert!(limit.take(address("::ffff:192.0.2.1"), start).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_an_active_client_stays_in_it() {
        let limit = RateLimit::new(2, SECOND);
        let start = Instant::now();
        let busy = address("192.0.2.1");
        limit.take(busy, start).unwrap();
        limit.take(busy, start).unwrap();
        for number in 0..2 * MAX_CLIENTS as u32 {
            let _ = limit.take(IpAddr::V4((0x0a00_0000 + number).into()), start);
        }
        assert_eq!(limit.clients.lock().unwrap().len(), MAX_CLIENTS);
        assert!(limit.take(busy, start).is_err());
    }
}
