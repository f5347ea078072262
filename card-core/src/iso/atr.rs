//! The answer to reset: what a card announces when it is powered on.

/// Whether the card announces extended lengths in its answer to reset.
///
/// Looks at the third byte of compact-TLV tag 7 (card capabilities, `73`), bit `40`, among the
/// historical bytes (ISO/IEC 7816-4, 8.1.1). Anything it does not understand announces nothing.
#[must_use]
pub fn announces_extended_length(atr: &[u8]) -> bool {
    historical_bytes(atr)
        .and_then(capabilities)
        .is_some_and(|third| third & 0x40 != 0)
}

/// Whether the answer to reset cannot say if the card takes extended lengths: a contactless card
/// whose reader made the answer (PC/SC part 3, 3.1.3.2.3) without card capabilities in it. Behind a
/// type B card stand its ATQB and the length of its frames, which have no place for them.
#[must_use]
pub fn is_silent_about_extended_length(atr: &[u8]) -> bool {
    matches!(atr, [0x3B, 0x80..=0x8F, 0x80, 0x01, ..])
        && historical_bytes(atr).is_some_and(|bytes| capabilities(bytes).is_none())
}

/// Steps over the interface bytes (ISO/IEC 7816-3, 8.2).
fn historical_bytes(atr: &[u8]) -> Option<&[u8]> {
    let format = *atr.get(1)?;
    let count = usize::from(format & 0x0F);
    let mut present = format >> 4;
    let mut at = 2;
    loop {
        let further = present & 0x08 != 0;
        at += present.count_ones() as usize;
        if !further {
            break;
        }
        // TDi is the last of its group and says which bytes follow.
        present = *atr.get(at - 1)? >> 4;
    }
    atr.get(at..at + count)
}

/// The third capability byte of compact TLV objects behind category byte 00 or 80.
fn capabilities(historical: &[u8]) -> Option<u8> {
    let (category, mut rest) = historical.split_first()?;
    if !matches!(category, 0x00 | 0x80) {
        return None;
    }
    while let Some((header, value)) = rest.split_first() {
        let length = usize::from(header & 0x0F);
        let object = value.get(..length)?;
        if *header == 0x73 {
            return object.get(2).copied();
        }
        rest = value.get(length..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{announces_extended_length, is_silent_about_extended_length};

    #[test]
    fn atrs_seen_in_the_field() {
        // (ATR, announces): card-by-card list of the OpenSC project, see docs/card/level.md.
        let seen: [(&[u8], bool); 5] = [
            (
                &[0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14],
                false,
            ),
            (
                &[
                    0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31,
                    0xC1, 0x73, 0xC6, 0x01, 0xC0, 0x3B,
                ],
                true,
            ),
            (
                &[
                    0x3B, 0xC5, 0xFF, 0x81, 0x31, 0xFB, 0x45, 0x80, 0x73, 0xC6, 0x01, 0x00, 0x00,
                ],
                false,
            ),
            (
                &[
                    0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00,
                    0x01, 0x00, 0xD1, 0xD6,
                ],
                false,
            ),
            (
                &[
                    0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
                ],
                false,
            ),
        ];
        for (atr, announces) in seen {
            assert_eq!(announces_extended_length(atr), announces, "{atr:02X?}");
            // Of these only the last comes from a contactless reader.
            let contactless = atr.starts_with(&[0x3B, 0x88, 0x80, 0x01]);
            let silent = is_silent_about_extended_length(atr);
            assert_eq!(silent, contactless, "{atr:02X?}");
        }
        // Of type A, with capabilities among its historical bytes: it says yes, or no.
        for (third, announces) in [(0x40, true), (0x00, false)] {
            let atr = [0x3B, 0x85, 0x80, 0x01, 0x80, 0x73, 0xC6, 0x01, third, 0x00];
            assert_eq!(announces_extended_length(&atr), announces);
            assert!(!is_silent_about_extended_length(&atr));
        }
    }

    #[test]
    fn cut_atrs_announce_nothing() {
        let atr = [
            0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
            0x73, 0xC6, 0x01, 0xC0, 0x3B,
        ];
        for length in 0..18 {
            assert!(!announces_extended_length(&atr[..length]), "{length}");
        }
        // An endless chain of TD bytes ends with the bytes.
        assert!(!announces_extended_length(&[0x3B, 0x80, 0x80, 0x80, 0x80]));
    }
}
