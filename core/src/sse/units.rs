//! Sizes of bytes as text, without making the text.

/// How many UTF-16 code units `bytes` are as the UTF-8 decoder of the Encoding standard has it: U+FFFD for each maximal subpart of a
/// sequence that is none.
pub(super) fn units(bytes: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        at += 1;
        count += 1;
        // How many bytes have to follow, and what the first of them may be.
        let (mut more, mut range) = match lead {
            0xC2..=0xDF => (1, 0x80..=0xBF),
            0xE0 => (2, 0xA0..=0xBF),
            0xED => (2, 0x80..=0x9F),
            0xE1..=0xEF => (2, 0x80..=0xBF),
            0xF0 => (3, 0x90..=0xBF),
            0xF1..=0xF3 => (3, 0x80..=0xBF),
            0xF4 => (3, 0x80..=0x8F),
            _ => continue,
        };
        while more > 0 && bytes.get(at).is_some_and(|byte| range.contains(byte)) {
            at += 1;
            more -= 1;
            range = 0x80..=0xBF;
        }
        if more == 0 && lead >= 0xF0 {
            count += 1;
        }
    }
    count
}

/// No fewer than these, wherever the text before ended: each byte that continues nothing begins something.
pub(super) fn least_units(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_many_as_the_decoded_text_has(bytes in bytes()) {
            let text = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(units(&bytes), text.encode_utf16().count());
            prop_assert!(least_units(&bytes) <= units(&bytes));
            prop_assert!(bytes.len() <= 3 * units(&bytes));
        }
    }

    /// Text, its pieces and the bytes around which the decoder decides.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<char>().prop_map(|char| char.to_string().into_bytes()),
            any::<u8>().prop_map(|byte| vec![byte]),
            prop::sample::select(
                &[
                    0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0,
                    0xF4, 0xF5, 0xFF
                ][..]
            )
            .prop_map(|byte: u8| vec![byte]),
        ];
        vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }
}
