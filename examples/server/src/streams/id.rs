use std::fmt;

/// Marks the ids of one run of the server: six characters drawn at random, so that no clock has to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot(Box<str>);

impl Boot {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    pub fn random() -> Boot {
        let mut bytes = [0; 6];
        // Without the system's random source there is no server worth starting.
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Boot(
            bytes
                .iter()
                .map(|byte| char::from(Self::ALPHABET[usize::from(byte % 32)]))
                .collect(),
        )
    }

    /// A boot with a known name, for tests.
    pub fn named(name: &str) -> Boot {
        Boot(name.into())
    }

    pub(super) fn id(&self, sequence: u64) -> String {
        format!("{self}-{sequence}")
    }

    /// The sequence in an id of this boot; `None` for every other text, which is all one to the caller.
    pub(super) fn sequence(&self, id: &str) -> Option<u64> {
        let digits = id.strip_prefix(&*self.0)?.strip_prefix('-')?;
        // `parse` alone would take `+7` and `007`, texts that this server never gave out.
        let canonical = digits == "0"
            || digits
                .bytes()
                .next()
                .is_some_and(|first| first.is_ascii_digit() && first != b'0');
        if canonical { digits.parse().ok() } else { None }
    }
}

impl fmt::Display for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_its_sequence() {
        let boot = Boot::named("m4x2kq");
        assert_eq!(boot.id(17), "m4x2kq-17");
        assert_eq!(boot.sequence("m4x2kq-17"), Some(17));
        assert_eq!(boot.sequence("m4x2kq-0"), Some(0));
    }

    #[test]
    fn any_other_text_has_no_sequence() {
        let boot = Boot::named("m4x2kq");
        for id in [
            "",
            "17",
            "m4x2kq",
            "m4x2kq-",
            "m4x2kq-+1",
            "m4x2kq-01",
            "m4x2kq--1",
            "other-17",
            "m4x2kq-1x",
            "m4x2kq-99999999999999999999",
            "é",
        ] {
            assert_eq!(boot.sequence(id), None, "{id}");
        }
    }

    #[test]
    fn two_boots_differ() {
        assert_ne!(Boot::random(), Boot::random());
    }
}
