//! Where a line ends, or is none that is plain: eight bytes at a time, in plain integers, since that is as fast natively as a dependency would be
//! for lines of this length, and in wasm without SIMD faster.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// Index of the first CR or LF, or the length.
#[inline]
pub(super) fn line_end(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        // The high bit of each byte under 14. Above the first of them a borrow may mark one too many, none too few, and
        // a tab is under 14 too: each is looked at.
        let word = u64::from_le_bytes(*word);
        let mut low = word.wrapping_sub(ONES * 14) & !word & HIGH;
        while low != 0 {
            let byte = at * 8 + low.trailing_zeros() as usize / 8;
            if is_end(bytes[byte]) {
                return byte;
            }
            low &= low - 1;
        }
    }
    let from = bytes.len() - rest.len();
    rest.iter()
        .position(|&byte| is_end(byte))
        .map_or(bytes.len(), |at| from + at)
}

/// Index of the first byte that is no part of a plain line, or the length: CR, LF, another control character below them but a
/// tab, and all that is no ASCII.
#[inline]
pub(super) fn stop(bytes: &[u8]) -> usize {
    let (pairs, rest) = bytes.as_chunks::<16>();
    for (at, pair) in pairs.iter().enumerate() {
        let (words, _) = pair.as_chunks::<8>();
        let low = marked(words[0]);
        let high = marked(words[1]);
        if low | high == 0 {
            continue;
        }
        if let Some(byte) = first_stop(pair, low, 0).or_else(|| first_stop(pair, high, 8)) {
            return at * 16 + byte;
        }
    }
    let from = bytes.len() - rest.len();
    rest.iter()
        .position(|&byte| is_stop(byte))
        .map_or(bytes.len(), |at| from + at)
}

#[inline]
fn first_stop(bytes: &[u8; 16], mut marked: u64, from: usize) -> Option<usize> {
    while marked != 0 {
        let byte = from + marked.trailing_zeros() as usize / 8;
        if is_stop(bytes[byte]) {
            return Some(byte);
        }
        marked &= marked - 1;
    }
    None
}

/// The high bit of each byte that may be a stop; as in [`line_end`] one too many at times.
#[inline]
fn marked(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    (word.wrapping_sub(ONES * 14) | word) & HIGH
}

fn is_stop(byte: u8) -> bool {
    (byte < 14 && byte != b'\t') || byte >= 0x80
}

fn is_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_before_and_at_every_place_is_told_from_a_stop() {
        for length in 0..40 {
            for at in 0..length {
                for end in 0..=255 {
                    for filler in [b'\t', 13, 14, 15, b' ', b'x', 0x7F, 0x80, 0xFF] {
                        let mut bytes = vec![filler; length];
                        bytes[at] = end;
                        let first = bytes
                            .iter()
                            .position(|byte| !byte.is_ascii() || (*byte < 14 && *byte != b'\t'));
                        assert_eq!(
                            stop(&bytes),
                            first.unwrap_or(length),
                            "{length} {at} {end} {filler}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_byte_before_and_at_every_place_is_told_from_an_end() {
        for length in 0..40 {
            for at in 0..length {
                for end in [b'\n', b'\r'] {
                    for filler in 0..=255 {
                        let mut bytes = vec![filler; length];
                        bytes[at] = end;
                        let first = if is_end(filler) { 0 } else { at };
                        assert_eq!(line_end(&bytes), first, "{length} {at} {filler}");
                    }
                }
            }
            assert_eq!(line_end(&vec![b'\t'; length]), length);
        }
    }
}
