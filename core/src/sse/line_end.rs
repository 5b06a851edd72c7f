//! Where a line ends: eight bytes at a time, in plain integers, since that is as fast natively as a dependency would be
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

fn is_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

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
