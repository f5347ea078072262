//! Appearance of a visible signature (署名の表示): lines of text in an embedded font.
//!
//! A box proves nothing: a person who sees only the box knows nothing about the signature. The text
//! is the caller's; an address or a birth date does not belong there.

use std::collections::BTreeMap;

use subsetter::GlyphRemapper;
use ttf_parser::Face;

use super::object::{Dictionary, Id, Object};
use super::rules::reason;
use super::sign::PdfError;
use super::update::Update;

/// A box with text on a page.
#[derive(Clone, Debug)]
pub struct Visible<'a> {
    /// The page, from 1. Not used if the signature goes into an existing field.
    pub page: usize,
    /// Where on the page. Not used if the signature goes into an existing field.
    pub area: Area,
    /// The lines, from the top.
    pub lines: &'a [String],
    /// A TrueType font file with every character of the lines, whose licence allows embedding.
    pub font: &'a [u8],
}

/// A box in points as seen, counted from the lower left corner of the page as it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Of the left edge.
    pub x: f64,
    /// Of the lower edge.
    pub y: f64,
    /// To the right.
    pub width: f64,
    /// Upwards.
    pub height: f64,
}

impl Area {
    /// Left, bottom, right, top.
    pub(super) fn corners(self) -> [f64; 4] {
        [self.x, self.y, self.x + self.width, self.y + self.height]
    }
}

/// The font that Debian's `fonts-ipaexfont-gothic` installs: IPAexゴシック, may be embedded.
pub const DEFAULT_FONT: &str = "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf";

/// Between the edge and the text.
const MARGIN: f64 = 3.0;
/// From one line to the next, as a multiple of the size.
const LEADING: f64 = 1.25;
const LARGEST: f64 = 12.0;
/// Smaller text is not read by anybody.
const SMALLEST: f64 = 4.0;

/// Writes font and appearance stream; gives the number of the latter.
pub(super) fn write(
    update: &mut Update,
    visible: &Visible<'_>,
    [left, bottom, right, top]: [f64; 4],
    quarters: u8,
) -> Result<Id, PdfError> {
    // Turned against the page, the text stands upright where the page is shown (12.5.5).
    let turn: Option<[i64; 6]> = match quarters {
        1 => Some([0, 1, -1, 0, 0, 0]),
        2 => Some([-1, 0, 0, -1, 0, 0]),
        3 => Some([0, -1, 1, 0, 0, 0]),
        _ => None,
    };
    let (mut width, mut height) = (right - left, top - bottom);
    if quarters % 2 == 1 {
        (width, height) = (height, width);
    }
    let subset = Subset::of(visible)?;
    let widest = visible
        .lines
        .iter()
        .map(|line| subset.width(line))
        .fold(0.0, f64::max);
    let by_width = if widest > 0.0 {
        (width - 2.0 * MARGIN) / widest
    } else {
        LARGEST
    };
    let by_height = (height - 2.0 * MARGIN) / (LEADING * visible.lines.len().max(1) as f64);
    let size = by_width.min(by_height).min(LARGEST);
    if size.is_nan() || size < SMALLEST {
        return Err(reason::BOX.into());
    }
    let font = subset.write(update);
    let mut content = format!(
        "q 0.5 w 0.25 0.25 {:.2} {:.2} re S Q\nBT /F0 {size:.2} Tf {:.2} TL {MARGIN} {:.2} Td\n",
        width - 0.5,
        height - 0.5,
        size * LEADING,
        height - MARGIN - size,
    );
    for line in visible.lines {
        let glyphs = line.chars().map(|c| format!("{:04X}", subset.glyph(c)));
        content.push_str(&format!("<{}> Tj T*\n", glyphs.collect::<String>()));
    }
    content.push_str("ET\n");

    let fonts = Dictionary::from([(&b"F0"[..], Object::Reference(font))]);
    let resources = Dictionary::from([(&b"Font"[..], Object::Dictionary(fonts))]);
    let number = |value: f64| Object::Real(format!("{value:.2}").into_bytes());
    let frame = [number(0.0), number(0.0), number(width), number(height)].to_vec();
    let mut form = Dictionary::from([
        (&b"Type"[..], Object::name(b"XObject")),
        (b"Subtype", Object::name(b"Form")),
        (b"BBox", Object::Array(frame)),
        (b"Resources", Object::Dictionary(resources)),
    ]);
    if let Some(turn) = turn {
        form.set(b"Matrix", Object::Array(turn.map(Object::Integer).to_vec()));
    }
    let id = update.new_id();
    update.stream(id, form, content.as_bytes());
    Ok(id)
}

/// The part of a font that some lines need.
struct Subset {
    name: String,
    data: Vec<u8>,
    /// New glyph number and width in thousandths, by character.
    glyphs: BTreeMap<char, (u16, f64)>,
    ascent: i64,
    descent: i64,
    frame: [i64; 4],
}

impl Subset {
    fn of(visible: &Visible<'_>) -> Result<Subset, PdfError> {
        let unreadable = |_| PdfError::from(reason::FONT);
        let face = Face::parse(visible.font, 0).map_err(unreadable)?;
        let embeddable = !matches!(
            face.permissions(),
            Some(ttf_parser::Permissions::Restricted)
        );
        if face.tables().glyf.is_none() || !embeddable || !face.is_subsetting_allowed() {
            return Err(reason::FONT.into());
        }
        let thousandths = 1000.0 / f64::from(face.units_per_em());
        let mut mapper = GlyphRemapper::new();
        let mut glyphs = BTreeMap::new();
        for character in visible.lines.iter().flat_map(|line| line.chars()) {
            // A variant that the font does not know is another character to its holder.
            let old = face.glyph_index(character).filter(|glyph| glyph.0 != 0);
            let old = old.ok_or(PdfError::Glyph(character))?;
            let width = f64::from(face.glyph_hor_advance(old).unwrap_or(0)) * thousandths;
            glyphs.insert(character, (mapper.remap(old.0), width));
        }
        let scaled = |value: i16| (f64::from(value) * thousandths).round() as i64;
        let frame = face.global_bounding_box();
        let data = subsetter::subset(visible.font, 0, &mapper).map_err(|_| reason::FONT)?;
        Ok(Subset {
            name: "MNSIGN+Signature".to_owned(),
            data,
            glyphs,
            ascent: scaled(face.ascender()),
            descent: scaled(face.descender()),
            frame: [frame.x_min, frame.y_min, frame.x_max, frame.y_max].map(scaled),
        })
    }

    fn glyph(&self, character: char) -> u16 {
        self.glyphs.get(&character).map_or(0, |(glyph, _)| *glyph)
    }

    /// How wide a line is at size 1.
    fn width(&self, line: &str) -> f64 {
        let width = |c| self.glyphs.get(&c).map_or(0.0, |(_, width)| *width);
        line.chars().map(width).sum::<f64>() / 1000.0
    }

    /// A composite font whose codes are glyph numbers (9.7.4), and the way back to text.
    fn write(&self, update: &mut Update) -> Id {
        let [file, descriptor, descendant, text, font] = [(); 5].map(|()| update.new_id());
        let length = Object::Integer(self.data.len() as i64);
        update.stream(
            file,
            Dictionary::from([(&b"Length1"[..], length)]),
            &self.data,
        );
        let name = Object::name(self.name.as_bytes());
        update.object(
            descriptor,
            &Object::Dictionary(Dictionary::from([
                (&b"Type"[..], Object::name(b"FontDescriptor")),
                (b"FontName", name.clone()),
                // Symbolic: the codes are those of no standard alphabet.
                (b"Flags", Object::Integer(4)),
                (
                    b"FontBBox",
                    Object::Array(self.frame.map(Object::Integer).to_vec()),
                ),
                (b"ItalicAngle", Object::Integer(0)),
                (b"Ascent", Object::Integer(self.ascent)),
                (b"Descent", Object::Integer(self.descent)),
                (b"CapHeight", Object::Integer(self.ascent)),
                (b"StemV", Object::Integer(80)),
                (b"FontFile2", Object::Reference(file)),
            ])),
        );
        let identity = Dictionary::from([
            (&b"Registry"[..], Object::String(b"Adobe".to_vec())),
            (b"Ordering", Object::String(b"Identity".to_vec())),
            (b"Supplement", Object::Integer(0)),
        ]);
        let widths = self.glyphs.values().flat_map(|(glyph, width)| {
            let width = Object::Integer(width.round() as i64);
            [Object::Integer((*glyph).into()), Object::Array(vec![width])]
        });
        update.object(
            descendant,
            &Object::Dictionary(Dictionary::from([
                (&b"Type"[..], Object::name(b"Font")),
                (b"Subtype", Object::name(b"CIDFontType2")),
                (b"BaseFont", name.clone()),
                (b"CIDSystemInfo", Object::Dictionary(identity)),
                (b"FontDescriptor", Object::Reference(descriptor)),
                (b"DW", Object::Integer(1000)),
                (b"W", Object::Array(widths.collect())),
                (b"CIDToGIDMap", Object::name(b"Identity")),
            ])),
        );
        update.stream(text, Dictionary::default(), self.to_unicode().as_bytes());
        update.object(
            font,
            &Object::Dictionary(Dictionary::from([
                (&b"Type"[..], Object::name(b"Font")),
                (b"Subtype", Object::name(b"Type0")),
                (b"BaseFont", name),
                (b"Encoding", Object::name(b"Identity-H")),
                (
                    b"DescendantFonts",
                    Object::Array(vec![Object::Reference(descendant)]),
                ),
                (b"ToUnicode", Object::Reference(text)),
            ])),
        );
        font
    }

    fn to_unicode(&self) -> String {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
             /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
             /CMapName /Signature-UCS def /CMapType 2 def\n\
             1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
        );
        let pairs: Vec<(&char, &(u16, f64))> = self.glyphs.iter().collect();
        // At most a hundred in one block (9.10.3).
        for block in pairs.chunks(100) {
            map.push_str(&format!("{} beginbfchar\n", block.len()));
            for (character, (glyph, _)) in block {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units).iter();
                let units: String = units.map(|unit| format!("{unit:04X}")).collect();
                map.push_str(&format!("<{glyph:04X}> <{units}>\n"));
            }
            map.push_str("endbfchar\n");
        }
        map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end\n");
        map
    }
}
