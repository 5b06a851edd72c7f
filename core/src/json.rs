//! Finds a field of a JSON object without building the object: for servers that send only unnamed events and say in
//! `data` what they are about (`channel: { json: 'type' }`).

use std::borrow::Cow;

/// The top-level field `field` of the object that `json` is, if it is a string: what `JSON.parse(json)[field]` gives.
///
/// - `None` where `json` is no object, or the field is missing or no string.
/// - Where a field is there more than once the last one counts, whatever it is, as in `JSON.parse`. Therefore all of
///   `json` is read; nested values are skipped by their brackets and strings, and nothing is allocated but for a value
///   with escapes.
/// - Of JSON that `JSON.parse` refuses: `None` if it is cut off or its top level is not made of names and values,
///   otherwise what was found. Numbers, literals and what is nested are not checked.
/// - Halves of surrogate pairs and bytes that are no UTF-8 become U+FFFD.
///
/// Linear in the length of `json`, whatever the nesting.
///
/// ```
/// use tabmux_core::json::string_field;
///
/// let data = br#"{"id": 7, "of": {"type": "not this"}, "type": "order_update"}"#;
/// assert_eq!(string_field(data, "type").as_deref(), Some("order_update"));
/// assert_eq!(string_field(data, "id"), None);
/// ```
pub fn string_field<'a>(json: &'a [u8], field: &str) -> Option<Cow<'a, str>> {
    let mut rest = Rest(json);
    let mut found = None;
    rest.take(b'{')?;
    if rest.take(b'}').is_none() {
        loop {
            rest.take(b'"')?;
            let is_it = rest.string()?.is(field);
            rest.take(b':')?;
            let value = rest.value()?;
            if is_it {
                found = value;
            }
            if rest.take(b',').is_none() {
                break;
            }
        }
        rest.take(b'}')?;
    }
    rest.skip_space();
    if !rest.0.is_empty() {
        return None;
    }
    Some(found?.text())
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// White space and then this byte.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// A value; the outer `None` where there is none.
    #[allow(clippy::option_option, reason = "there is no value, or one that is no string")]
    fn value(&mut self) -> Option<Option<Raw<'a>>> {
        if self.take(b'"').is_some() {
            return self.string().map(Some);
        }
        if let [b'{' | b'[', ..] = self.0 {
            self.skip_nested()?;
            return Some(None);
        }
        let is_scalar = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = self.0.iter().take_while(|byte| is_scalar(byte)).count();
        self.0 = &self.0[length..];
        (length > 0).then_some(None)
    }

    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            match byte {
                b'"' => _ = self.string()?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The rest of a string whose first quotation mark is read.
    fn string(&mut self) -> Option<Raw<'a>> {
        let all = self.0;
        let mut has_escapes = false;
        let mut at = 0;
        loop {
            at += quote_or_backslash(&all[at..]);
            if *all.get(at)? == b'"' {
                break;
            }
            has_escapes = true;
            // Whatever is escaped: of `\u0022` the rest is plain.
            at += 2;
            if at > all.len() {
                return None;
            }
        }
        self.0 = &all[at + 1..];
        Some(Raw {
            text: &all[..at],
            has_escapes,
        })
    }
}

/// Index of the first quotation mark or backslash, or the length; eight bytes at a time.
fn quote_or_backslash(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let is_either = |byte: u8| byte == b'"' || byte == b'\\';
    let (words, _) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let (quote, slash) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5C));
        // A zero byte in either; a borrow may mark too many, none too few.
        if (quote.wrapping_sub(ONES) & !quote | slash.wrapping_sub(ONES) & !slash) & HIGH != 0 {
            break;
        }
        at += 8;
    }
    bytes[at..]
        .iter()
        .position(|&byte| is_either(byte))
        .map_or(bytes.len(), |from| at + from)
}

/// A string as it stands between its quotation marks.
struct Raw<'a> {
    text: &'a [u8],
    has_escapes: bool,
}

impl<'a> Raw<'a> {
    fn is(&self, text: &str) -> bool {
        if self.has_escapes {
            unescape(self.text) == text
        } else {
            self.text == text.as_bytes()
        }
    }

    fn text(self) -> Cow<'a, str> {
        if self.has_escapes {
            Cow::Owned(unescape(self.text))
        } else {
            String::from_utf8_lossy(self.text)
        }
    }
}

fn unescape(mut raw: &[u8]) -> String {
    let mut text = Vec::with_capacity(raw.len());
    while let Some((&byte, rest)) = raw.split_first() {
        raw = rest;
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        let Some((&escaped, rest)) = raw.split_first() else {
            break;
        };
        raw = rest;
        let char = match escaped {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => code_point(&mut raw),
            other => other.into(),
        };
        text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// After `\u`: four digits, and those of its other half.
fn code_point(raw: &mut &[u8]) -> char {
    let Some(unit) = hex(raw) else {
        return char::REPLACEMENT_CHARACTER;
    };
    *raw = &raw[4..];
    if let 0xD800..=0xDBFF = unit
        && let [b'\\', b'u', rest @ ..] = *raw
        && let Some(low @ 0xDC00..=0xDFFF) = hex(rest)
    {
        *raw = &rest[4..];
        return char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
            .unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits
        .get(..4)?
        .iter()
        .try_fold(0, |sum, &digit| Some(sum << 4 | char::from(digit).to_digit(16)?))
}
