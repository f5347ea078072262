//! Text of the licence files: JIS X 0208, two bytes a character, no escapes.

use encoding_rs::EUC_JP;

/// Text of a driving licence, with a mark wherever the card holds no character.
///
/// A character outside JIS X 0208 (外字) is a number of a picture, shown as `【外字1】`; one that
/// the issuer could not write at all is `【欠字】`; a pair of bytes that is no character is `【?】`.
/// `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenceText {
    text: String,
    missing: Vec<Missing>,
}

/// A place of a text where the card holds no character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// 外字: the picture of this number, 1 to 7, is the character.
    Picture(u8),
    /// 欠字: the issuer had no character and no picture.
    Omitted,
    /// Bytes that JIS X 0208 gives no character, or a single byte at the end.
    Unassigned,
}

impl LicenceText {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut text = String::new();
        let mut missing = Vec::new();
        for pair in bytes.chunks(2) {
            match character(pair) {
                Ok(character) => text.push(character),
                Err(hole) => {
                    match hole {
                        Missing::Picture(number) => text.push_str(&format!("【外字{number}】")),
                        Missing::Omitted => text.push_str("【欠字】"),
                        Missing::Unassigned => text.push_str("【?】"),
                    }
                    missing.push(hole);
                }
            }
        }
        text.truncate(text.trim_end_matches('\u{3000}').len());
        Self { text, missing }
    }

    /// The text, with marks in place of missing characters, without the space that fills it up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is missing, in the order of the text.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }
}

impl std::fmt::Debug for LicenceText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LicenceText(..)")
    }
}

/// The character of two bytes.
///
/// Rows 1 to 8 and 16 to 84 hold characters; what vendors put into the others is refused.
fn character(pair: &[u8]) -> Result<char, Missing> {
    let (high, low) = match *pair {
        [0xFF, low @ 0xF1..=0xF7] => return Err(Missing::Picture(low - 0xF0)),
        [0xFF, 0xFA] => return Err(Missing::Omitted),
        [high @ (0x21..=0x28 | 0x30..=0x74), low @ 0x21..=0x7E] => (high, low),
        _ => return Err(Missing::Unassigned),
    };
    let bytes = [high | 0x80, low | 0x80];
    let decoded = EUC_JP
        .decode_without_bom_handling_and_without_replacement(&bytes)
        .ok_or(Missing::Unassigned)?;
    let mut characters = decoded.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(of_the_standard(character)),
        _ => Err(Missing::Unassigned),
    }
}

/// The characters that web browsers map to full-width forms and the standard's own table does not.
const fn of_the_standard(character: char) -> char {
    match character {
        '\u{FF5E}' => '\u{301C}',
        '\u{2225}' => '\u{2016}',
        '\u{FF0D}' => '\u{2212}',
        '\u{FFE0}' => '\u{00A2}',
        '\u{FFE1}' => '\u{00A3}',
        '\u{FFE2}' => '\u{00AC}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_marks_and_padding() {
        let text = LicenceText::read(&[0x4D, 0x25, 0x4E, 0x49, 0x21, 0x21]);
        assert_eq!(text.as_str(), "優良");
        assert_eq!(text.missing(), []);
        let bytes = [
            0xFF, 0xF1, 0x21, 0x41, 0xFF, 0xFA, 0x2D, 0x21, 0x80, 0x80, 0x41,
        ];
        let text = LicenceText::read(&bytes);
        assert_eq!(text.as_str(), "【外字1】〜【欠字】【?】【?】【?】");
        let expected = [
            Missing::Picture(1),
            Missing::Omitted,
            Missing::Unassigned,
            Missing::Unassigned,
            Missing::Unassigned,
        ];
        assert_eq!(text.missing(), expected);
        assert_eq!(format!("{text:?}"), "LicenceText(..)");
    }

    /// JIS X 0208:1997 has 6879 characters: 524 others and 6355 kanji.
    #[test]
    fn exactly_the_characters_of_the_standard_are_read() {
        let all = (0..=0xFF_u8).flat_map(|high| (0..=0xFF_u8).map(move |low| [high, low]));
        assert_eq!(all.filter(|pair| character(pair).is_ok()).count(), 6879);
    }
}
