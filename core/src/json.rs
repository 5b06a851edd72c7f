//! Finds a field of a JSON object without building the object: for servers that send only unnamed events and say in
//! `data` what they are about (`channel: { json: 'type' }`).

/// The top-level field `field` of the object that `json` is, if it is a string: what `JSON.parse(json)[field]` gives.
///
/// - `None` where `json` is no object, or the field is missing or no string.
/// - Where a field is there more than once the last one counts, whatever it is, as in `JSON.parse`. Therefore all of
///   `json` is read; nested values are skipped by their brackets and strings, and nothing is allocated but for
///   names with escapes and for what is found.
/// - Of JSON that `JSON.parse` refuses: `None` if it is cut off or its top level is not made of names and values,
///   otherwise what was found. Numbers, literals and what is nested are not checked.
/// - Halves of surrogate pairs become U+FFFD.
///
/// Linear in the length of `json`, whatever the nesting.
///
/// ```
/// use tabmux_core::json::string_field;
///
/// let data = r#"{"id": 7, "of": {"type": "not this"}, "type": "order_update"}"#;
/// assert_eq!(string_field(data, "type").as_deref(), Some("order_update"));
/// assert_eq!(string_field(data, "id"), None);
/// ```
#[inline(never)]
pub fn string_field(json: &str, field: &str) -> Option<String> {
    let mut rest = Rest(json);
    let mut found = None;
    rest.take(b'{')?;
    if rest.take(b'}').is_none() {
        loop {
            rest.take(b'"')?;
            let name = rest.string()?;
            rest.take(b':')?;
            let value = rest.value()?;
            if name == field || has_escapes(name) && unescape(name) == field {
                found = value;
            }
            if rest.take(b',').is_none() {
                break;
            }
        }
        rest.take(b'}')?;
    }
    rest.skip_space();
    rest.0.is_empty().then_some(())?;
    found.map(unescape)
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', ..] = self.0.as_bytes() {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
    }

    /// White space and then this byte.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (*self.0.as_bytes().first()? == byte).then_some(())?;
        self.skip(1)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.0 = self.0.get(length..)?;
        Some(())
    }

    /// A value; the outer `None` where there is none.
    #[allow(clippy::option_option, reason = "there is no value, or one that is no string")]
    fn value(&mut self) -> Option<Option<&'a str>> {
        if self.take(b'"').is_some() {
            return self.string().map(Some);
        }
        let mut depth = 0_usize;
        let mut length = 0;
        // What is nested goes by its brackets; a scalar ends where something else begins.
        while let Some(&byte) = self.0.as_bytes().get(length) {
            match byte {
                b'"' if depth > 0 => {
                    self.skip(length + 1)?;
                    self.string()?;
                    length = 0;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                _ if depth > 0 || byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                    length += 1;
                    continue;
                }
                _ => break,
            }
            length += 1;
            if depth == 0 {
                break;
            }
        }
        self.skip(length)?;
        (length > 0 && depth == 0).then_some(None)
    }

    /// The rest of a string whose first quotation mark is read: as it stands there.
    fn string(&mut self) -> Option<&'a str> {
        let all = self.0;
        let mut at = 0;
        loop {
            at += quote_or_backslash(all.as_bytes().get(at..)?);
            if *all.as_bytes().get(at)? == b'"' {
                break;
            }
            // Whatever is escaped: of `\u0022` the rest is plain.
            at += 2;
        }
        self.skip(at + 1)?;
        all.get(..at)
    }
}

/// Index of the first quotation mark or backslash, or the length; eight bytes at a time.
#[inline(never)]
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

fn has_escapes(raw: &str) -> bool {
    quote_or_backslash(raw.as_bytes()) < raw.len()
}

/// The text of a string.
#[inline(never)]
fn unescape(raw: &str) -> String {
    let mut text = String::new();
    // The first half of a pair, that waits for the second.
    let mut high = 0;
    let mut chars = raw.chars();
    while let Some(char) = chars.next() {
        let mut unit = u32::from(char);
        if char == '\\' {
            unit = match chars.next() {
                Some('b') => 8,
                Some('f') => 12,
                Some('n') => 10,
                Some('r') => 13,
                Some('t') => 9,
                Some('u') => (0..4).fold(0, |sum, _| {
                    sum << 4 | chars.next().and_then(|digit| digit.to_digit(16)).unwrap_or(0)
                }),
                other => other.map_or(0, u32::from),
            };
        }
        if high > 0 && unit & !0x3FF == 0xDC00 {
            unit = 0x1_0000 + ((high & 0x3FF) << 10) + (unit & 0x3FF);
        } else if high > 0 {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        high = if unit & !0x3FF == 0xD800 { unit } else { 0 };
        if high == 0 {
            text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    if high > 0 {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}
