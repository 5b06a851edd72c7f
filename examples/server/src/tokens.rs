//! Tokens that stand for a visitor where a cookie can't: in the query of a stream's URL.
//!
//! `POST /api/token` gives one to whoever the cookie names. A *lasting* one is good for any number of connections until
//! it runs out, a *one-time* one for the first that presents it. Both are random, so nothing can be read out of one, and
//! short-lived, because URLs end up in logs.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::{streams::Member, users};

/// A one-time token is used at once or not at all.
pub const ONCE: Duration = Duration::from_secs(30);
/// A lasting one has to be renewed by then.
pub const LASTING: Duration = Duration::from_secs(300);
/// Tokens held; beyond, the one that runs out first goes.
const MOST: usize = 4096;

#[derive(Default)]
pub struct Tokens(Mutex<HashMap<String, Token>>);

struct Token {
    member: Member,
    until: Instant,
    once: bool,
}

impl Tokens {
    pub fn issue(&self, member: Member, once: bool, now: Instant) -> String {
        let text = users::new_token();
        let until = now + if once { ONCE } else { LASTING };
        // Nothing panics while it is held.
        let mut tokens = self.0.lock().expect("the tokens' lock is sound");
        if tokens.len() >= MOST {
            tokens.retain(|_, token| token.until > now);
        }
        if tokens.len() >= MOST
            && let Some(first) = tokens.iter().min_by_key(|(_, token)| token.until)
        {
            let first = first.0.clone();
            tokens.remove(&first);
        }
        tokens.insert(text.clone(), Token { member, until, once });
        text
    }

    /// Whom it stands for; nobody, if it is unknown, has run out or was spent.
    pub fn redeem(&self, text: &str, now: Instant) -> Option<Member> {
        let mut tokens = self.0.lock().expect("the tokens' lock is sound");
        let token = tokens.get(text)?;
        let member = (token.until > now).then(|| token.member.clone());
        if token.once || member.is_none() {
            tokens.remove(text);
        }
        member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Member {
        Member {
            id: "u1".into(),
            name: "Ada".into(),
        }
    }

    #[test]
    fn a_one_time_token_is_spent_by_its_use_and_a_lasting_one_by_time() {
        let tokens = Tokens::default();
        let now = Instant::now();
        let (once, lasting) = (tokens.issue(ada(), true, now), tokens.issue(ada(), false, now));
        assert_ne!(once, lasting);
        assert!(tokens.redeem(&once, now).is_some());
        assert!(tokens.redeem(&once, now).is_none());
        assert!(tokens.redeem(&lasting, now + ONCE).is_some());
        assert!(tokens.redeem(&lasting, now + LASTING).is_none());
        assert!(tokens.redeem("", now).is_none());
        let late = tokens.issue(ada(), true, now);
        assert!(tokens.redeem(&late, now + ONCE).is_none());
    }

    #[test]
    fn there_are_never_too_many() {
        let tokens = Tokens::default();
        let now = Instant::now();
        let first = tokens.issue(ada(), true, now);
        for _ in 0..MOST {
            tokens.issue(ada(), false, now);
        }
        assert!(tokens.redeem(&first, now).is_none());
        assert_eq!(tokens.0.lock().unwrap().len(), MOST);
    }
}
