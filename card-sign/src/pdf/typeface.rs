//! Widths of a font's letters, and the reach of their outlines.
//!
//! Advances are those of the PDF dictionaries; outlines are read from the embedded font, all of them,
//! because which code shows which one depends on the viewer. What is not understood is no font.

use std::collections::BTreeMap;

use ttf_parser::{Face, GlyphId, OutlineBuilder, Tag, cff};

use super::filter;
use super::object::{Dictionary, Object};
use super::view::View;

/// A font as far as it matters for places. Lengths are parts of the font size.
#[derive(Clone, Debug)]
pub(super) struct Typeface {
    /// Bytes of one code.
    pub(super) code: usize,
    /// The least and the most that a letter advances, by its code.
    widths: BTreeMap<u32, (f64, f64)>,
    other: (f64, f64),
    /// Left, bottom, right, top of all outlines, each around its own origin.
    pub(super) bounds: [f64; 4],
}

/// Entries of a table of widths.
const MAX_WIDTHS: usize = 1 << 17;
/// Latin letters of fonts that the viewer brings; the standard's own fonts stay inside.
const LATIN: [f64; 4] = [-0.35, -0.45, 1.35, 1.25];
/// Letters of Chinese, Japanese and Korean collections: squares.
const SQUARES: [f64; 4] = [-0.5, -0.6, 1.5, 1.4];

impl Typeface {
    /// A letter's advance, at least and at most.
    pub(super) fn advance(&self, code: u32) -> (f64, f64) {
        self.widths.get(&code).copied().unwrap_or(self.other)
    }

    /// A font of outlines; `None` for what is not understood, and for Type 3.
    pub(super) fn read(view: View<'_>, font: &Dictionary) -> Option<Typeface> {
        match font.find(b"Subtype")? {
            Object::Name(kind) if kind == b"Type0" => composite(view, font),
            Object::Name(kind) if kind == b"Type1" || kind == b"TrueType" => simple(view, font),
            _ => None,
        }
    }

    /// A font whose letters are small pages; `bounds` are those of all of them.
    pub(super) fn drawn(
        view: View<'_>,
        font: &Dictionary,
        scale: f64,
        bounds: [f64; 4],
    ) -> Option<Typeface> {
        encoding(view, font)?;
        Some(Typeface {
            code: 1,
            widths: widths(view, font, scale)?,
            other: (0.0, 0.0),
            bounds,
        })
    }
}

/// The encoding of a simple font is one byte for each letter; `true` if all names are Latin.
fn encoding(view: View<'_>, font: &Dictionary) -> Option<bool> {
    match view.value(font, b"Encoding").ok()? {
        Object::Null | Object::Name(_) => Some(true),
        Object::Dictionary(own) if own.find(b"CMapName").is_none() => {
            let Object::Array(names) = view.value(&own, b"Differences").ok()? else {
                return Some(true);
            };
            let plain = |item: &Object| match item {
                Object::Name(name) => {
                    !name.starts_with(b"uni") && !name.iter().any(|byte| b"._".contains(byte))
                        || name == b".notdef"
                }
                _ => true,
            };
            Some(names.iter().all(plain))
        }
        _ => None,
    }
}

fn number(view: View<'_>, of: &Dictionary, key: &[u8]) -> Option<Option<f64>> {
    match view.value(of, key).ok()? {
        Object::Null => Some(None),
        value => value
            .as_number()
            .filter(|number| number.abs() < 1e5)
            .map(Some),
    }
}

/// `/Widths` from `/FirstChar` on.
fn widths(view: View<'_>, font: &Dictionary, scale: f64) -> Option<BTreeMap<u32, (f64, f64)>> {
    let mut widths = BTreeMap::new();
    let Object::Array(all) = view.value(font, b"Widths").ok()? else {
        return Some(widths);
    };
    let first = number(view, font, b"FirstChar")?.unwrap_or(0.0);
    if all.len() > 256 || !(0.0..256.0).contains(&first) {
        return None;
    }
    for (code, width) in all.iter().enumerate() {
        let width = view.resolve(width).ok()?.as_number()?;
        let width = width * scale;
        widths.insert(first as u32 + code as u32, (width, width));
    }
    Some(widths)
}

fn simple(view: View<'_>, font: &Dictionary) -> Option<Typeface> {
    let latin = encoding(view, font)?;
    let mut own = widths(view, font, 0.001)?;
    let descriptor = match view.value(font, b"FontDescriptor").ok()? {
        Object::Dictionary(descriptor) => Some(descriptor),
        Object::Null => None,
        _ => return None,
    };
    let outlines = match &descriptor {
        Some(descriptor) => outlines(view, descriptor)?,
        None => None,
    };
    let missing = match &descriptor {
        Some(descriptor) => number(view, descriptor, b"MissingWidth")?.unwrap_or(0.0) / 1000.0,
        None => 0.0,
    };
    // Without outlines the viewer brings its own letters: Latin ones are known to be small.
    let bounds = match outlines {
        Some(bounds) => bounds,
        None if latin => LATIN,
        None => return None,
    };
    if own.is_empty()
        && outlines.is_none()
        && matches!(font.find(b"Encoding"), None | Some(Object::Name(_)))
    {
        own = standard(font);
    }
    Some(Typeface {
        code: 1,
        widths: own,
        other: (missing.min(0.0), missing.max(bounds[2]).max(1.1)),
        bounds,
    })
}

/// Upper bounds of the advances of the standard fonts for ASCII: the bold ones of each family.
const HELVETICA: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 278, 333, 333, 389, 584, 278, 584, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 1015, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 278, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

fn standard(font: &Dictionary) -> BTreeMap<u32, (f64, f64)> {
    let name = match font.find(b"BaseFont") {
        Some(Object::Name(name)) => name.as_slice(),
        _ => b"",
    };
    let width = |helvetica: u16| {
        let wide = f64::from(helvetica) / 1000.0;
        match () {
            () if name.starts_with(b"Courier") => Some(0.6),
            () if name.starts_with(b"Helvetica") => Some(wide),
            // Times is narrower but for its capitals and signs.
            () if name.starts_with(b"Times-") => Some((wide * 1.18).max(0.5)),
            () => None,
        }
    };
    let all = HELVETICA.iter().zip(32u32..);
    all.filter_map(|(wide, code)| Some((code, (0.0, width(*wide)?))))
        .collect()
}

fn composite(view: View<'_>, font: &Dictionary) -> Option<Typeface> {
    let Object::Name(encoding) = view.value(font, b"Encoding").ok()? else {
        return None;
    };
    let Object::Array(descendants) = view.value(font, b"DescendantFonts").ok()? else {
        return None;
    };
    let [one] = descendants.as_slice() else {
        return None;
    };
    let Object::Dictionary(one) = view.resolve(one).ok()? else {
        return None;
    };
    let Object::Dictionary(descriptor) = view.value(&one, b"FontDescriptor").ok()? else {
        return None;
    };
    let exact = encoding == b"Identity-H";
    // Vertical writing ends in V.
    if !exact && !encoding.ends_with(b"-H") && encoding != b"H" {
        return None;
    }
    let bounds = match outlines(view, &descriptor)? {
        Some(bounds) => bounds,
        None if exact => return None,
        None => SQUARES,
    };
    let usual = number(view, &one, b"DW")?.unwrap_or(1000.0) / 1000.0;
    let all = collection_widths(view, &one)?;
    let usual = (usual, usual);
    let code = if exact
        || encoding
            .windows(3)
            .any(|word| word == b"UCS" || word == b"UTF")
    {
        2
    } else {
        1
    };
    if exact {
        return Some(Typeface {
            code,
            widths: all,
            other: usual,
            bounds,
        });
    }
    let range = all.values().fold((usual.0.min(0.0), usual.1), |one, two| {
        (one.0.min(two.0), one.1.max(two.1))
    });
    Some(Typeface {
        code,
        widths: BTreeMap::new(),
        other: range,
        bounds,
    })
}

/// `/W`: `first [widths]` and `first last width` (9.7.4.3).
fn collection_widths(view: View<'_>, font: &Dictionary) -> Option<BTreeMap<u32, (f64, f64)>> {
    let mut widths: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    let items = match view.value(font, b"W").ok()? {
        Object::Null => return Some(widths),
        Object::Array(items) => items,
        _ => return None,
    };
    let mut count = 0;
    let mut put = |code: u32, width: f64| {
        count += 1;
        let width = width / 1000.0;
        // Where two say something, both may be meant.
        let known = widths.entry(code).or_insert((width, width));
        *known = (known.0.min(width), known.1.max(width));
        (count < MAX_WIDTHS).then_some(())
    };
    let mut items = items.iter();
    while let Some(first) = items.next() {
        let first = code(&view.resolve(first).ok()?)?;
        match view.resolve(items.next()?).ok()? {
            Object::Array(run) => {
                for (place, width) in run.iter().enumerate() {
                    put(
                        first + u32::try_from(place).ok()?,
                        view.resolve(width).ok()?.as_number()?,
                    )?;
                }
            }
            last => {
                let width = view.resolve(items.next()?).ok()?.as_number()?;
                for code in first..=code(&last)? {
                    put(code, width)?;
                }
            }
        }
    }
    Some(widths)
}

fn code(object: &Object) -> Option<u32> {
    match object {
        Object::Integer(code @ 0..=0xffff) => u32::try_from(*code).ok(),
        _ => None,
    }
}

/// The bounds of an embedded font's outlines; the inner `None` if no font is embedded.
fn outlines(view: View<'_>, descriptor: &Dictionary) -> Option<Option<[f64; 4]>> {
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
    let bare = dictionary.is(b"Subtype", b"Type1C") || dictionary.is(b"Subtype", b"CIDFontType0C");
    let mut all = Bounds::default();
    if *key == b"FontFile3" && bare {
        compact(&bytes, &mut all)?;
    } else {
        whole(&bytes, &mut all)?;
    }
    Some(Some(all.0.unwrap_or([0.0; 4])))
}

fn whole(bytes: &[u8], all: &mut Bounds) -> Option<()> {
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
        return compact(table, all);
    }
    let unit = 1.0 / f64::from(face.units_per_em());
    for glyph in (0..face.number_of_glyphs()).map(GlyphId) {
        let mut own = Bounds::default();
        let drawn = face.outline_glyph(glyph, &mut own).is_some();
        if !drawn && (own.0.is_some() || face.glyph_bounding_box(glyph).is_some()) {
            return None;
        }
        all.add(&own, unit);
    }
    Some(())
}

fn compact(bytes: &[u8], all: &mut Bounds) -> Option<()> {
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
    for glyph in (0..table.number_of_glyphs()).map(GlyphId) {
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
