//! Pictures of a card face for residents that have none: text as on a card, and a composed portrait.
//!
//! Letters are those of the Shinonome fonts (東雲フォント, public domain), drawn by hand for lines of
//! twelve pixels: ASCII, and of JIS X 0208 everything but the kanji of the second level. A portrait
//! is put together of bands: JPEG 2000 packs each tile of a picture by itself, so bands of different
//! drawings make one picture without being unpacked. The drawings are made by the issuing program.

use sha2::{Digest, Sha256};

/// Height of a line and width of a full-width character.
pub const CELL: usize = 12;

/// Letters by their Unicode code, each with twelve rows of twelve pixels, six for ASCII.
#[derive(Clone, Copy, Debug)]
pub struct Letters<'a>(&'a [[u8; ENTRY]]);

/// Code, and 144 pixels.
const ENTRY: usize = 2 + CELL * CELL / 8;

impl Letters<'static> {
    /// The letters that are compiled in.
    #[must_use]
    pub fn shipped() -> Self {
        Letters::read(include_bytes!("../../personas/pictures/letters.bin"))
    }
}

impl<'a> Letters<'a> {
    /// A table as [`entry`](Self::entry) writes it, in the order of codes.
    #[must_use]
    pub fn read(table: &'a [u8]) -> Self {
        Self(table.as_chunks().0)
    }

    /// One letter of the table.
    #[must_use]
    pub fn entry(code: u16, ink: impl Fn(usize, usize) -> bool) -> Vec<u8> {
        let mut entry = code.to_be_bytes().to_vec();
        entry.resize(ENTRY, 0);
        for at in (0..CELL * CELL).filter(|at| ink(at % CELL, at / CELL)) {
            if let Some(byte) = entry.get_mut(2 + at / 8) {
                *byte |= 0x80 >> (at % 8);
            }
        }
        entry
    }

    fn letter(&self, letter: char) -> Option<&'a [u8]> {
        let code = u16::try_from(u32::from(letter)).ok()?.to_be_bytes();
        let at = self
            .0
            .binary_search_by(|[high, low, ..]| [*high, *low].cmp(&code));
        self.0.get(at.ok()?)?.get(2..)
    }

    /// Text in cells of 12 by 12 pixels (ASCII: 6 by 12), in lines of `columns` wide cells. A letter
    /// that the table does not have is drawn as 〓, as printers do it.
    #[must_use]
    pub fn text(&self, text: &str, columns: usize) -> Bitmap {
        let width = columns * CELL;
        let mut picture = Bitmap {
            width,
            ink: vec![false; width * CELL],
        };
        let (mut left, mut top) = (0, 0);
        for letter in text.chars() {
            let cell = if letter.is_ascii() { CELL / 2 } else { CELL };
            if left + cell > width {
                (left, top) = (0, top + CELL);
                picture.ink.resize(width * (top + CELL), false);
            }
            let bits = self
                .letter(letter)
                .or_else(|| self.letter('〓'))
                .unwrap_or_default();
            for at in 0..CELL * CELL {
                let inked = bits
                    .get(at / 8)
                    .is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
                if inked {
                    picture.set(left + at % CELL, top + at / CELL);
                }
            }
            left += cell;
        }
        picture
    }
}

/// A picture of ink and paper.
#[derive(Clone, Debug)]
pub struct Bitmap {
    width: usize,
    ink: Vec<bool>,
}

impl Bitmap {
    fn set(&mut self, x: usize, y: usize) {
        let at = y * self.width + x;
        if let Some(pixel) = self.ink.get_mut(at).filter(|_| x < self.width) {
            *pixel = true;
        }
    }

    /// Whether there is ink at this place.
    #[must_use]
    pub fn has_ink(&self, x: usize, y: usize) -> bool {
        x < self.width && self.ink.get(y * self.width + x) == Some(&true)
    }

    /// The picture as PNG with one bit of grey, as on a J-LIS test card.
    ///
    /// # Errors
    ///
    /// [`png::EncodingError`] for a picture without pixels.
    pub fn to_png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let rows = self.ink.chunks(self.width.max(1)).flat_map(|row| {
            row.chunks(8).map(|bits| {
                // Ink is 0. What is left of the last byte of a row does not count.
                let ink = |byte, (at, ink): (usize, &bool)| byte & !(u8::from(*ink) << (7 - at));
                bits.iter().enumerate().fold(0xff_u8, ink)
            })
        });
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let (width, height) = (self.width, self.ink.len() / self.width.max(1));
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, side(width), side(height));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&rows.collect::<Vec<u8>>())?;
        writer.finish()?;
        Ok(png)
    }
}

/// A portrait that `text` chooses: a JPEG 2000 codestream of 378 by 472 grey pixels in a JP2 file.
#[must_use]
pub fn portrait(text: &str) -> Vec<u8> {
    let choice = Sha256::digest(text);
    let drawings = drawings();
    let mut file = Vec::new();
    let mut bands = 0;
    // Boxes of the file and the main header are the same in all drawings.
    if let Some(first) = drawings.first() {
        file.extend_from_slice(first.head);
        bands = first.bands.len();
    }
    for (band, byte) in (0..bands).zip(choice) {
        let drawing = drawings.get(usize::from(byte) % drawings.len());
        let band = drawing.and_then(|drawing| drawing.bands.get(band));
        file.extend_from_slice(band.copied().unwrap_or_default());
    }
    file.extend(END_OF_CODESTREAM);
    // The last box holds the codestream, and its length stands before its name.
    if let Some(start) = file
        .windows(4)
        .position(|at| at == b"jp2c")
        .and_then(|at| at.checked_sub(4))
    {
        let length = u32::try_from(file.len() - start).unwrap_or(0);
        let bytes = file.iter_mut().skip(start);
        bytes
            .zip(length.to_be_bytes())
            .for_each(|(to, from)| *to = from);
    }
    file
}

/// A drawing as it was packed, taken apart.
struct Drawing {
    head: &'static [u8],
    bands: Vec<&'static [u8]>,
}

fn drawings() -> Vec<Drawing> {
    let mut rest: &[u8] = include_bytes!("../../personas/pictures/faces.bin");
    let mut drawings = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes(*length);
        let Some((file, behind)) = usize::try_from(length)
            .ok()
            .and_then(|at| behind.split_at_checked(at))
        else {
            break;
        };
        drawings.extend(taken_apart(file));
        rest = behind;
    }
    drawings
}

/// Everything before the first tile, and each tile: marker SOT, whose length counts from itself.
fn taken_apart(file: &'static [u8]) -> Option<Drawing> {
    let start = file.windows(4).position(|at| at == START_OF_TILE)?;
    let (head, mut rest) = file.split_at_checked(start)?;
    let mut bands = Vec::new();
    while rest.starts_with(&START_OF_TILE) {
        let length = u32::from_be_bytes(*rest.get(6..)?.first_chunk()?);
        let (band, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        bands.push(band);
        rest = behind;
    }
    (rest == END_OF_CODESTREAM).then_some(Drawing { head, bands })
}

/// SOT with its length, ISO/IEC 15444-1, A.4.2.
const START_OF_TILE: [u8; 4] = [0xff, 0x90, 0x00, 0x0a];
/// EOC.
const END_OF_CODESTREAM: [u8; 2] = [0xff, 0xd9];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn drawings_fit_each_other() {
        let drawings = drawings();
        assert_eq!(drawings.len(), 16);
        for drawing in &drawings {
            assert_eq!(drawing.bands.len(), 8);
            let head = |drawing: &Drawing| {
                let (boxes, codestream) = drawing.head.split_at(85);
                assert_eq!(&boxes[81..], b"jp2c");
                // Without the length of the last box, which is told anew.
                [&boxes[..77], codestream].concat()
            };
            assert_eq!(head(drawing), head(&drawings[0]));
        }
    }

    #[test]
    fn a_thousand_portraits_are_a_thousand() {
        let portraits: BTreeSet<_> = (0..1000).map(|n| portrait(&n.to_string())).collect();
        assert_eq!(portraits.len(), 1000);
        let longest = portraits.iter().map(Vec::len).max().unwrap();
        assert!(longest < 8_000, "{longest}");
    }

    #[test]
    fn letters_are_where_they_should_be() {
        let letters = Letters::shipped();
        let picture = letters.text("A見\u{20000}", 4);
        let inked =
            |from: usize, to: usize| (from..to).any(|x| (0..CELL).any(|y| picture.has_ink(x, y)));
        assert!(inked(0, 6) && inked(6, 18) && inked(18, 30) && !inked(30, 48));
        let unknown = letters.text("\u{20000}", 1);
        assert_eq!(unknown.ink, letters.text("〓", 1).ink);
        // Two lines where one is full.
        assert_eq!(letters.text("見本見本", 2).ink.len(), 2 * CELL * 2 * CELL);
    }
}
