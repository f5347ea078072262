//! Widths of a font's letters, and the reach of their outlines.
//!
//! Advances are those of the PDF dictionaries; outlines are read from the embedded font, all of them,
//! because which code shows which one depends on the viewer. What is not understood is no font.

use std::collections::BTreeMap;

use super::object::{Dictionary, Object};
use super::outlines::outlines;
use super::view::View;

/// A font as far as it matters for places. Lengths are parts of the font size.
#[derive(Clone, Debug)]
pub(super) struct Typeface {
    /// Bytes of one code.
    pub(super) code: usize,
    /// Every code is one byte and one letter.
    pub(super) simple: bool,
    /// The letters come with the file; else the viewer brings its own.
    pub(super) embedded: bool,
    /// The least and the most that a letter advances, by its code.
    widths: BTreeMap<u32, (f64, f64)>,
    /// What those advance that have no width; `None` where viewers differ.
    other: Option<(f64, f64)>,
    /// Left, bottom, right, top of all outlines, each around its own origin.
    pub(super) bounds: [f64; 4],
}

/// Entries of a table of widths.
const MAX_WIDTHS: usize = 1 << 17;
/// Steps of work for one of them.
const WIDTH: usize = 4;
/// Latin letters of fonts that the viewer brings; the standard's own fonts stay inside.
const LATIN: [f64; 4] = [-0.35, -0.45, 1.35, 1.25];
/// Letters of Chinese, Japanese and Korean collections: squares.
const SQUARES: [f64; 4] = [-0.5, -0.6, 1.5, 1.4];

impl Typeface {
    /// A letter's advance, at least and at most; `None` if that depends on the viewer.
    pub(super) fn advance(&self, code: u32) -> Option<(f64, f64)> {
        self.widths.get(&code).copied().or(self.other)
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
            simple: true,
            embedded: true,
            widths: widths(view, font, scale)?,
            other: None,
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
    let embedded = outlines.is_some();
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
    // A font of the file has advances of its own besides, of any size.
    let other = (missing.min(0.0), missing.max(bounds[2]).max(1.1));
    Some(Typeface {
        code: 1,
        simple: true,
        embedded,
        widths: own,
        other: (!embedded).then_some(other),
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
    let outlines = outlines(view, &descriptor)?;
    let embedded = outlines.is_some();
    let bounds = match outlines {
        Some(bounds) => bounds,
        None if exact => return None,
        None => SQUARES,
    };
    let usual = number(view, &one, b"DW")?.unwrap_or(1000.0) / 1000.0;
    let all = collection_widths(view, &one)?;
    let usual = (usual, usual);
    // Of all others each byte may be a letter, which is never too few.
    let code = if exact || encoding.ends_with(b"UCS2-H") || encoding.ends_with(b"UTF16-H") {
        2
    } else {
        1
    };
    if exact {
        return Some(Typeface {
            code,
            simple: false,
            embedded,
            widths: all,
            other: Some(usual),
            bounds,
        });
    }
    let range = all.values().fold((usual.0.min(0.0), usual.1), |one, two| {
        (one.0.min(two.0), one.1.max(two.1))
    });
    Some(Typeface {
        code,
        simple: false,
        embedded,
        widths: BTreeMap::new(),
        other: Some(range),
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
        view.charge(WIDTH).ok()?;
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
