//! Reach of the letters of an embedded font: the bounds of all its outlines.
//!
//! A letter is read as viewers read it; where they differ, the font is not understood.

use ttf_parser::{Face, GlyphId, OutlineBuilder, Tag, cff, loca};

use super::compact::Compact;
use super::filter;
use super::object::Dictionary;
use super::view::View;

/// Steps of work for a byte of a font program, and bytes that stand for the work of any letter.
const WORK: usize = 4;
const LETTER: usize = 8;
/// Letters inside letters, and parts of one: accents and letters of Korean have three.
const MAX_LEVELS: usize = 4;
const MAX_PARTS: usize = 16;

/// The bounds of an embedded font's outlines; the inner `None` if no font is embedded.
pub(super) fn outlines(view: View<'_>, descriptor: &Dictionary) -> Option<Option<[f64; 4]>> {
    let keys = [&b"FontFile"[..], b"FontFile2", b"FontFile3"];
    let files: Vec<_> = keys
        .iter()
        .filter_map(|key| Some((*key, descriptor.find(key)?)))
        .collect();
    let (key, file) = match files.as_slice() {
        [] => return Some(None),
        [one] => one,
        _ => return None,
    };
    // Programs of Type 1 fonts are not read.
    if *key == b"FontFile" {
        return None;
    }
    let indirect = view.indirect(file.as_reference()?).ok()?;
    let dictionary = indirect.object.as_dictionary()?;
    let bytes = filter::decode(dictionary, view.raw(&indirect)?).ok()?;
    view.charge(bytes.len().saturating_mul(WORK)).ok()?;
    let bare = dictionary.is(b"Subtype", b"Type1C") || dictionary.is(b"Subtype", b"CIDFontType0C");
    let mut all = Bounds::default();
    if *key == b"FontFile3" && bare {
        compact(view, &bytes, &mut all)?;
    } else {
        whole(view, &bytes, &mut all)?;
    }
    Some(Some(all.0.unwrap_or([0.0; 4])))
}

fn whole(view: View<'_>, bytes: &[u8], all: &mut Bounds) -> Option<()> {
    let face = Face::parse(bytes, 0).ok()?;
    // Pictures instead of outlines.
    let pictures = [b"sbix", b"CBDT", b"EBDT", b"SVG ", b"COLR"];
    if pictures
        .iter()
        .any(|tag| face.raw_face().table(Tag::from_bytes(tag)).is_some())
    {
        return None;
    }
    if let Some(table) = face.raw_face().table(Tag::from_bytes(b"CFF ")) {
        // Viewers differ in which of two scales they take, if there are two.
        return (face.units_per_em() == 1000).then(|| compact(view, table, all))?;
    }
    let letters = Letters::of(&face)?;
    let unit = 1.0 / f64::from(face.units_per_em());
    for glyph in (0..face.number_of_glyphs()).map(GlyphId) {
        letters.pay(view, glyph, MAX_LEVELS)?;
        let mut own = Bounds::default();
        let drawn = face.outline_glyph(glyph, &mut own).is_some();
        if !drawn && (own.0.is_some() || face.glyph_bounding_box(glyph).is_some()) {
            return None;
        }
        all.add(&own, unit);
        // Viewers move a letter so that it begins where the metrics say, if that is elsewhere.
        if let (Some(corners), Some(edge)) = (own.0, letters.edge(glyph)) {
            let begins = face.glyph_hor_side_bearing(glyph).unwrap_or(0);
            let by = f64::from(begins) - f64::from(edge);
            let [left, bottom, right, top] = corners;
            all.add(&Bounds(Some([left + by, bottom, right + by, top])), unit);
        }
    }
    Some(())
}

/// The letters of a TrueType font as they stand in the file.
struct Letters<'a> {
    places: loca::Table<'a>,
    bytes: &'a [u8],
}

impl<'a> Letters<'a> {
    fn of(face: &Face<'a>) -> Option<Letters<'a>> {
        let table = |name| face.raw_face().table(Tag::from_bytes(name));
        let tables = face.tables();
        let format = tables.head.index_to_location_format;
        let places = loca::Table::parse(tables.maxp.number_of_glyphs, format, table(b"loca")?)?;
        let bytes = table(b"glyf")?;
        Some(Letters { places, bytes })
    }

    fn letter(&self, glyph: GlyphId) -> &'a [u8] {
        let range = self.places.glyph_range(glyph);
        range
            .and_then(|range| self.bytes.get(range))
            .unwrap_or_default()
    }

    /// The left edge that the header of a letter states.
    fn edge(&self, glyph: GlyphId) -> Option<i16> {
        number(self.letter(glyph), 2).map(u16::cast_signed)
    }

    /// Pays for reading a letter, with the letters that it consists of; `None` if these are put
    /// together in a way that viewers read differently: by points, or by scaled numbers.
    fn pay(&self, view: View<'_>, glyph: GlyphId, depth: usize) -> Option<()> {
        const WORDS: u16 = 1;
        const BY_NUMBERS: u16 = 1 << 1;
        const MORE: u16 = 1 << 5;
        const SCALED_OFFSET: u16 = 1 << 11;
        /// The bytes of a scale, by the flag for it.
        const SCALES: [(u16, usize); 3] = [(1 << 3, 2), (1 << 6, 4), (1 << 7, 8)];
        let bytes = self.letter(glyph);
        view.charge((bytes.len() + LETTER).saturating_mul(WORK))
            .ok()?;
        if number(bytes, 0).is_none_or(|contours| contours.cast_signed() >= 0) {
            return Some(());
        }
        let mut at = 10;
        for _ in 0..MAX_PARTS {
            let (flags, part) = (number(bytes, at)?, number(bytes, at + 2)?);
            if flags & BY_NUMBERS == 0 || flags & SCALED_OFFSET != 0 || depth == 0 {
                return None;
            }
            self.pay(view, GlyphId(part), depth - 1)?;
            if flags & MORE == 0 {
                return Some(());
            }
            at += if flags & WORDS == 0 { 6 } else { 8 };
            let scales = SCALES.iter().filter(|(flag, _)| flags & flag != 0);
            at += scales.map(|(_, size)| size).sum::<usize>();
        }
        None
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*pair))
}

fn compact(view: View<'_>, bytes: &[u8], all: &mut Bounds) -> Option<()> {
    let table = cff::Table::parse(bytes)?;
    let matrix = table.matrix();
    let usual = |value: f32, wanted: f32| (value - wanted).abs() < 1e-6;
    let plain = usual(matrix.sx, 0.001)
        && usual(matrix.sy, 0.001)
        && [matrix.ky, matrix.kx, matrix.tx, matrix.ty]
            .iter()
            .all(|value| usual(*value, 0.0));
    // Collections scale each of their fonts by itself.
    if !plain || has(bytes, ROS) && has(bytes, FONT_MATRIX) {
        return None;
    }
    let letters = Compact::read(bytes)?;
    if letters.count() != usize::from(table.number_of_glyphs()) {
        return None;
    }
    for glyph in (0..table.number_of_glyphs()).map(GlyphId) {
        letters.pay(view, glyph.0.into())?;
        let mut own = Bounds::default();
        match table.outline(glyph, &mut own) {
            Ok(_) => all.add(&own, 0.001),
            // A blank; the type of the error is not public.
            Err(why) if own.0.is_none() && format!("{why:?}") == "ZeroBBox" => {}
            Err(_) => return None,
        }
    }
    Some(())
}

/// Operators of CFF dictionaries: a collection of fonts, and the scale of one.
const ROS: [u8; 2] = [12, 30];
const FONT_MATRIX: [u8; 2] = [12, 7];

/// Whether an operator is anywhere, be it by chance.
fn has(bytes: &[u8], operator: [u8; 2]) -> bool {
    bytes.windows(2).any(|pair| pair == operator)
}

#[derive(Default)]
struct Bounds(Option<[f64; 4]>);

impl Bounds {
    fn see(&mut self, x: f32, y: f32) {
        let (x, y) = (f64::from(x), f64::from(y));
        let [l, b, r, t] = self.0.unwrap_or([x, y, x, y]);
        self.0 = Some([l.min(x), b.min(y), r.max(x), t.max(y)]);
    }

    fn add(&mut self, other: &Bounds, unit: f64) {
        if let Some(corners) = other.0 {
            let [l, b, r, t] = corners.map(|corner| corner * unit);
            let [ll, bb, rr, tt] = self.0.unwrap_or([l, b, r, t]);
            self.0 = Some([l.min(ll), b.min(bb), r.max(rr), t.max(tt)]);
        }
    }
}

impl OutlineBuilder for Bounds {
    fn move_to(&mut self, x: f32, y: f32) {
        self.see(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.see(x, y);
    }

    fn quad_to(&mut self, a: f32, b: f32, x: f32, y: f32) {
        self.see(a, b);
        self.see(x, y);
    }

    fn curve_to(&mut self, a: f32, b: f32, c: f32, d: f32, x: f32, y: f32) {
        self.see(a, b);
        self.see(c, d);
        self.see(x, y);
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::super::file::File;
    use super::*;

    /// A letter of others: flags, number, two bytes of an offset.
    fn composed(parts: &[(u16, u16)]) -> Vec<u8> {
        let head = [0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
        let parts = parts.iter().flat_map(|(flags, part)| {
            let [f, g] = flags.to_be_bytes();
            let [p, q] = part.to_be_bytes();
            [f, g, p, q, 0, 0]
        });
        head.into_iter().chain(parts).collect()
    }

    #[test]
    fn letters_of_letters_are_plain_and_few() {
        const BY_NUMBERS: u16 = 1 << 1;
        const MORE: u16 = 1 << 5 | BY_NUMBERS;
        let mut bytes = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
        let table = bytes.len();
        bytes.extend(b"xref\n1 1\n0000000009 00000 n \ntrailer <</Size 2>>\n");
        bytes.extend(format!("startxref\n{table}\n%%EOF\n").bytes());
        let parts = |count: usize| {
            let mut parts = vec![(MORE, 0); count - 1];
            parts.push((BY_NUMBERS, 0));
            parts
        };
        for (name, letters, right) in [
            ("one", vec![vec![], composed(&parts(1))], true),
            ("sixteen", vec![vec![], composed(&parts(16))], true),
            ("seventeen", vec![vec![], composed(&parts(17))], false),
            ("by points", vec![vec![], composed(&[(0, 0)])], false),
            (
                "by scaled numbers",
                vec![vec![], composed(&[(BY_NUMBERS | 1 << 11, 0)])],
                false,
            ),
            (
                "of another",
                vec![vec![], composed(&parts(2)), composed(&[(BY_NUMBERS, 1)])],
                true,
            ),
            ("of itself", vec![composed(&[(BY_NUMBERS, 0)])], false),
            ("cut off", vec![composed(&[(MORE, 0)])], false),
        ] {
            let mut places = vec![0, 0];
            let mut all = Vec::new();
            for letter in &letters {
                all.extend(letter);
                places.extend(u16::try_from(all.len() / 2).unwrap().to_be_bytes());
            }
            let count = u16::try_from(letters.len()).unwrap().try_into().unwrap();
            let format = ttf_parser::head::IndexToLocationFormat::Short;
            let font = Letters {
                places: loca::Table::parse(count, format, &places).unwrap(),
                bytes: &all,
            };
            let file = File::open(&bytes).unwrap();
            let last = GlyphId(count.get() - 1);
            let paid = font.pay(file.latest(), last, MAX_LEVELS);
            assert_eq!(paid.is_some(), right, "{name}");
            // Many of them, each with many parts, end where the size of the file says.
            let all = (0..1_000_000).try_for_each(|_| font.pay(file.latest(), last, MAX_LEVELS));
            assert!(all.is_none(), "{name}");
        }
    }
}
