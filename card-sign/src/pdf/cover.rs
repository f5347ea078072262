//! Free boxes on a page: no signed content may vanish behind a later signature.
//!
//! A box is free only where it is shown that nothing is painted. Page contents are read as far as it
//! takes to say where they paint, and rather too wide than too narrow. An operator, a number of
//! operands, a font or a resource that is not fully understood counts as painted everywhere.
//! The interpreter is one long list of operators, `typeface.rs` measures letters.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::document::{self, Page};
use super::file::UNPACKING;
use super::filter;
use super::object::{Dictionary, Id, Object};
use super::parser::{Parser, is_regular};
use super::typeface::Typeface;
use super::view::View;
use crate::report::Reason;

/// Where the contents of pages paint, each read once; nothing where that is not understood.
#[derive(Default)]
pub(super) struct Painted(BTreeMap<Id, Option<Vec<[f64; 4]>>>);

impl Painted {
    /// Whether nothing is painted, and no annotation shown, inside a box on this page.
    pub(super) fn is_free(
        &mut self,
        view: View<'_>,
        page: &Page,
        area: [f64; 4],
    ) -> Result<bool, Reason> {
        for annotation in &page.annotations.items {
            view.charge(ANNOTATION)?;
            let Object::Dictionary(annotation) = view.resolve(annotation)? else {
                continue;
            };
            if annotation_covers(view, &annotation, area)? {
                return Ok(false);
            }
        }
        let places = match self.0.entry(page.id) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(places(view, page)?),
        };
        view.charge(places.as_ref().map_or(0, Vec::len) / PLACES)?;
        let free = places.as_ref().map(|places| {
            let [left, bottom, right, top] = area;
            // A box without a width is a line.
            let area = [left - SLOP, bottom - SLOP, right + SLOP, top + SLOP];
            !places.iter().any(|place| overlap(*place, area))
        });
        Ok(free.unwrap_or(false))
    }
}

/// Whether nothing is painted, and no annotation shown, inside a box on this page.
pub(super) fn is_free(view: View<'_>, page: &Page, area: [f64; 4]) -> Result<bool, Reason> {
    Painted::default().is_free(view, page, area)
}

/// Operators of one page, forms included; more is not understood.
const MAX_STEPS: usize = 2_000_000;
/// Places of one page; more is not understood.
const MAX_PLACES: usize = 400_000;
/// Forms inside forms.
const MAX_FORMS: usize = 12;
const MAX_SAVED: usize = 256;
/// The largest number in contents; viewers differ in what they make of larger ones.
const MAX_NUMBER: f64 = 1_000_000.0;
/// Steps of work for an annotation that lies in the list itself.
const ANNOTATION: usize = 16;
/// Places that are looked at in one step of work.
const PLACES: usize = 8;
/// The thinnest line is a pixel wide.
const SLOP: f64 = 0.5;

/// Kinds of annotations that are shown in their rectangle, whether they have a look or not.
const IN_PLACE: [&[u8]; 3] = [b"Widget", b"Link", b"Popup"];
/// Those that are shown in their rectangle by their look.
const BY_LOOK: [&[u8]; 12] = [
    b"Square",
    b"Circle",
    b"Highlight",
    b"Underline",
    b"StrikeOut",
    b"Squiggly",
    b"FreeText",
    b"Stamp",
    b"Ink",
    b"Line",
    b"Polygon",
    b"PolyLine",
];
/// What a path is made of, and what ends it (8.5): nothing else may stand between.
const PATH: [&[u8]; 19] = [
    b"m", b"l", b"c", b"v", b"y", b"h", b"re", b"W", b"W*", b"S", b"s", b"f", b"F", b"f*", b"B",
    b"B*", b"b", b"b*", b"n",
];
/// Shown in a fixed size or direction: NoZoom, NoRotate.
const FIXED: i64 = 1 << 3 | 1 << 4;

fn annotation_covers(
    view: View<'_>,
    annotation: &Dictionary,
    area: [f64; 4],
) -> Result<bool, Reason> {
    let kind = match annotation.find(b"Subtype") {
        Some(Object::Name(kind)) => kind.as_slice(),
        _ => return Ok(true),
    };
    let look = match view.value(annotation, b"AP")? {
        Object::Dictionary(looks) => view.value(&looks, b"N")? != Object::Null,
        _ => false,
    };
    let known = IN_PLACE.contains(&kind) || look && BY_LOOK.contains(&kind);
    let fixed = match view.value(annotation, b"F")? {
        Object::Null => false,
        Object::Integer(flags) => flags & FIXED != 0,
        _ => true,
    };
    let Some(place) = document::area(view, annotation, b"Rect")? else {
        return Ok(true);
    };
    if !has_surface(place) && kind == b"Widget" {
        return Ok(false);
    }
    if !known || fixed {
        return Ok(true);
    }
    let width = match (
        view.value(annotation, b"BS")?,
        view.value(annotation, b"Border")?,
    ) {
        (Object::Dictionary(style), _) => match view.value(&style, b"W")? {
            Object::Null => Some(1.0),
            width => width.as_number(),
        },
        (Object::Null, Object::Array(border)) => border.get(2).and_then(Object::as_number),
        (Object::Null, Object::Null) => Some(1.0),
        _ => None,
    };
    let Some(width) = width.filter(|width| (0.0..MAX_NUMBER).contains(width)) else {
        return Ok(true);
    };
    let [left, bottom, right, top] = place;
    Ok(overlap(
        [left - width, bottom - width, right + width, top + width],
        area,
    ))
}

fn has_surface([left, bottom, right, top]: [f64; 4]) -> bool {
    right > left || top > bottom
}

fn overlap(one: [f64; 4], other: [f64; 4]) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

/// Where a page's contents paint.
fn places(view: View<'_>, page: &Page) -> Result<Option<Vec<[f64; 4]>>, Reason> {
    let Some((content, joints)) = page_content(view, page)? else {
        return Ok(None);
    };
    let Some(resources) = inherited_resources(view, page)? else {
        return Ok(None);
    };
    let mut painter = Painter {
        view,
        page: page.area,
        places: Vec::new(),
        fonts: BTreeMap::new(),
        steps: MAX_STEPS,
        in_letter: false,
    };
    let understood = painter.run(&content, &joints, &resources, State::default(), 0)?;
    Ok(understood.map(|()| painter.places))
}

/// The bytes of a page's contents, and where its streams are joined.
type Content = (Vec<u8>, Vec<usize>);

/// The bytes of all content streams and where they are joined, or nothing if one cannot be read.
fn page_content(view: View<'_>, page: &Page) -> Result<Option<Content>, Reason> {
    let parts = match page.dictionary.find(b"Contents") {
        None => Vec::new(),
        Some(Object::Reference(id)) => match view.indirect(*id)?.object {
            Object::Array(parts) => parts,
            _ => vec![Object::Reference(*id)],
        },
        Some(Object::Array(parts)) => parts.clone(),
        Some(_) => return Ok(None),
    };
    let mut content: Vec<u8> = Vec::new();
    let mut joints = Vec::new();
    for part in parts {
        let Object::Reference(id) = part else {
            return Ok(None);
        };
        let Some((_, bytes)) = stream(view, id)? else {
            return Ok(None);
        };
        // Some viewers put white space between the parts, and some do not.
        let touches = content
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|byte| is_regular(*byte))
            && bytes.first().is_some_and(|byte| is_regular(*byte));
        let last_line = content.rsplit(|byte| matches!(byte, b'\n' | b'\r')).nth(1);
        let in_comment = last_line.is_some_and(|line| line.contains(&b'%'));
        if !content.is_empty() && (touches || in_comment) {
            return Ok(None);
        }
        content.extend(bytes);
        joints.push(content.len());
        content.push(b'\n');
        if content.len() > filter::MAX_SIZE {
            return Ok(None);
        }
    }
    Ok(Some((content, joints)))
}

fn stream(view: View<'_>, id: Id) -> Result<Option<(Dictionary, Vec<u8>)>, Reason> {
    let indirect = view.indirect(id)?;
    let (Some(raw), Object::Dictionary(dictionary)) = (view.raw(&indirect), &indirect.object)
    else {
        return Ok(None);
    };
    let Ok(bytes) = filter::contents(dictionary, raw) else {
        return Ok(None);
    };
    view.charge(bytes.len() / UNPACKING)?;
    Ok(Some((dictionary.clone(), bytes)))
}

/// The resources of a page, its own or those of the nodes above it.
///
/// Some viewers come to a page from above, others ask it for its `/Parent`: both must be one way.
fn inherited_resources(view: View<'_>, page: &Page) -> Result<Option<Dictionary>, Reason> {
    let (mut id, mut node) = (page.id, page.dictionary.clone());
    let mut found = None;
    for _ in 0..document::MAX_LEVELS {
        match view.value(&node, b"Resources")? {
            Object::Dictionary(resources) => _ = found.get_or_insert(resources),
            Object::Null => {}
            _ => return Ok(None),
        }
        let Some(Object::Reference(parent)) = node.find(b"Parent") else {
            let catalog = view.value(&view.trailer(), b"Root")?;
            let top = catalog.as_dictionary().and_then(|one| one.find(b"Pages"));
            let ends = top == Some(&Object::Reference(id));
            return Ok(ends.then(|| found.unwrap_or_default()));
        };
        let Some(above) = view.dictionary(*parent)? else {
            return Ok(None);
        };
        let kids = view.value(&above, b"Kids")?;
        let kid = Object::Reference(id);
        if !kids.as_array().is_some_and(|kids| kids.contains(&kid)) {
            return Ok(None);
        }
        (id, node) = (*parent, above);
    }
    Ok(None)
}

/// A transformation: `[a b c d e f]` (8.3.3).
type Matrix = [f64; 6];

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `one`, then `two`.
fn multiply(one: Matrix, two: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = one;
    let [g, h, i, j, k, l] = two;
    [
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + l,
    ]
}

/// The box around what a box becomes.
fn transformed([left, bottom, right, top]: [f64; 4], by: Matrix) -> [f64; 4] {
    let point = |x: f64, y: f64| (x * by[0] + y * by[2] + by[4], x * by[1] + y * by[3] + by[5]);
    let points = [
        point(left, bottom),
        point(right, bottom),
        point(left, top),
        point(right, top),
    ];
    points.iter().fold(NOTHING, |[l, b, r, t], (x, y)| {
        [l.min(*x), b.min(*y), r.max(*x), t.max(*y)]
    })
}

const NOTHING: [f64; 4] = [
    f64::INFINITY,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NEG_INFINITY,
];

/// What the operators change, as far as it matters for places.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    /// What the clipping path leaves, at most.
    clip: Option<[f64; 4]>,
    /// Whether it is an upright rectangle, and neither it nor a mask leaves holes.
    plain_clip: bool,
    /// Whether a filled area has one colour.
    plain_colour: bool,
    width: f64,
    /// How far a corner reaches, in widths of the line.
    miter: f64,
    join: i64,
    font: Option<Id>,
    size: f64,
    leading: f64,
    letter: f64,
    word: f64,
    stretch: f64,
    rise: f64,
    mode: i64,
}

impl Default for State {
    fn default() -> State {
        State {
            matrix: IDENTITY,
            clip: None,
            plain_clip: true,
            plain_colour: true,
            width: 1.0,
            miter: 10.0,
            join: 0,
            font: None,
            size: 0.0,
            leading: 0.0,
            letter: 0.0,
            word: 0.0,
            stretch: 1.0,
            rise: 0.0,
            mode: 0,
        }
    }
}

impl State {
    /// How far a line reaches beyond its path, to the side and up, on the page.
    fn margin(&self, corners: bool) -> (f64, f64) {
        let reach = if corners && self.join == 0 {
            self.miter.max(2.0)
        } else {
            2.0
        };
        let half = self.width.abs() / 2.0 * reach;
        let [a, b, c, d, ..] = self.matrix;
        (half * (a.abs() + c.abs()), half * (b.abs() + d.abs()))
    }
}

struct Painter<'f> {
    view: View<'f>,
    page: Option<[f64; 4]>,
    places: Vec<[f64; 4]>,
    fonts: BTreeMap<Id, Option<Rc<Typeface>>>,
    steps: usize,
    /// Inside a letter of a Type 3 font, which takes widths of lines and spacings of text from
    /// whoever shows it.
    in_letter: bool,
}

/// Text inside `BT` and `ET`.
#[derive(Clone, Copy)]
struct Text {
    line: Matrix,
    /// Where the next letter of this line begins, at least and at most.
    pen: (f64, f64),
}

/// A path under construction, on the page.
#[derive(Default)]
struct Path {
    pieces: Vec<[f64; 4]>,
    /// Where the current point is, if there is one.
    current: Option<(f64, f64)>,
    /// Where the current subpath began, and where closing leads back to.
    start: Option<(f64, f64)>,
    rectangles: usize,
    others: usize,
    curves: bool,
}

impl Path {
    /// One upright rectangle and nothing else.
    fn is_rectangle(&self, matrix: Matrix) -> bool {
        let [a, b, c, d, ..] = matrix;
        self.rectangles == 1 && self.others == 0 && (b == 0.0 && c == 0.0 || a == 0.0 && d == 0.0)
    }

    fn add(&mut self, state: &State, points: &[(f64, f64)]) -> Option<()> {
        let from = self.current?;
        let points: Vec<(f64, f64)> = points
            .iter()
            .map(|(x, y)| point(*x, *y, state.matrix))
            .collect();
        let all: Vec<(f64, f64)> = [from].into_iter().chain(points.iter().copied()).collect();
        self.pieces.push(around(&all));
        self.current = points.last().copied();
        self.others += 1;
        self.curves |= points.len() > 1;
        Some(())
    }
}

fn point(x: f64, y: f64, by: Matrix) -> (f64, f64) {
    (x * by[0] + y * by[2] + by[4], x * by[1] + y * by[3] + by[5])
}

impl Painter<'_> {
    /// Notes a place; `None` if there are too many, or it is nowhere.
    fn paint(&mut self, place: [f64; 4], state: &State) -> Option<()> {
        let [left, bottom, right, top] = place;
        let mut place = [left - SLOP, bottom - SLOP, right + SLOP, top + SLOP];
        if place.iter().any(|corner| corner.is_nan()) {
            return None;
        }
        if let Some([l, b, r, t]) = state.clip {
            let [left, bottom, right, top] = place;
            place = [
                left.max(l - SLOP),
                bottom.max(b - SLOP),
                right.min(r + SLOP),
                top.min(t + SLOP),
            ];
        }
        if place[0] <= place[2] && place[1] <= place[3] {
            self.places.push(place);
        }
        (self.places.len() < MAX_PLACES).then_some(())
    }

    /// Fills and strokes a path, and makes it the clipping path where that was asked.
    fn finish(
        &mut self,
        operator: &[u8],
        path: &Path,
        clips: bool,
        state: &mut State,
    ) -> Option<()> {
        let whole = path.pieces.iter().copied().fold(NOTHING, join);
        let fills = matches!(operator, b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*");
        let strokes = matches!(operator, b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*");
        let empty = path.pieces.is_empty();
        let ground = !strokes && self.is_ground(path, whole, state);
        if fills && !empty && !ground {
            self.paint(whole, state)?;
        }
        if strokes && self.in_letter {
            return None;
        }
        if strokes {
            let corners = path.curves || path.others > 1 || path.others.min(path.rectangles) > 0;
            let (x, y) = state.margin(corners);
            for [l, b, r, t] in &path.pieces {
                self.paint([l - x, b - y, r + x, t + y], state)?;
            }
            // A path is closed by a line of its own.
            if matches!(operator, b"s" | b"b" | b"b*") && !empty {
                let [l, b, r, t] = whole;
                self.paint([l - x, b - y, r + x, t + y], state)?;
            }
        }
        if clips && !empty {
            state.plain_clip &= path.is_rectangle(state.matrix);
            state.clip = Some(meet(state.clip, whole));
        }
        Some(())
    }

    /// Whether an area of one colour fills the page before anything else does: its background.
    fn is_ground(&self, path: &Path, place: [f64; 4], state: &State) -> bool {
        let Some([l, b, r, t]) = self.page else {
            return false;
        };
        let place = meet(state.clip, place);
        let covers = place[0] <= l && place[1] <= b && place[2] >= r && place[3] >= t;
        self.places.is_empty()
            && covers
            && path.is_rectangle(state.matrix)
            && state.plain_colour
            && state.plain_clip
    }

    /// Runs content; `None` where it is not understood. Errors are those of the file.
    fn run(
        &mut self,
        content: &[u8],
        joints: &[usize],
        resources: &Dictionary,
        mut state: State,
        depth: usize,
    ) -> Result<Option<()>, Reason> {
        let mut parser = Parser::new(content, 0);
        let mut joints = joints.iter().copied().peekable();
        let mut paid = 0;
        let mut saved: Vec<State> = Vec::new();
        let mut operands: Vec<Object> = Vec::new();
        let mut path = Path::default();
        let mut clips = false;
        let mut text: Option<Text> = None;
        let mut marked = 0usize;
        macro_rules! understood {
            ($step:expr) => {
                match $step {
                    Some(value) => value,
                    None => return Ok(None),
                }
            };
        }
        loop {
            parser.skip();
            let start = parser.at();
            if start >= content.len() {
                self.view.charge(2 * (parser.steps() - paid))?;
                let whole = operands.is_empty() && text.is_none() && path.current.is_none();
                return Ok(whole.then_some(()));
            }
            let mut object = parser.clone();
            object.allow(self.view.left());
            let read = object.object();
            let operator = match read {
                Ok(value) => {
                    operands.push(value);
                    parser = object;
                    None
                }
                Err(_) => {
                    self.view.charge(object.steps() - parser.steps())?;
                    Some(understood!(parser.word()))
                }
            };
            // No token may lie in two parts: viewers join them in two ways.
            while let Some(joint) = joints.next_if(|joint| *joint < parser.at()) {
                if start < joint {
                    return Ok(None);
                }
            }
            let Some(operator) = operator else {
                if operands.len() > 64 {
                    return Ok(None);
                }
                continue;
            };
            self.view.charge(16 + 2 * (parser.steps() - paid))?;
            paid = parser.steps();
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                return Ok(None);
            }
            let numbers: Option<Vec<f64>> = operands.iter().map(number).collect();
            let numbers = numbers.as_deref();
            let draws = matches!(
                operator,
                b"q" | b"Q" | b"cm" | b"Do" | b"sh" | b"BT" | b"m" | b"re"
            );
            // Inside a text object viewers differ in what these do.
            if draws && text.is_some() {
                return Ok(None);
            }
            // So they do in what anything else between the parts of a path does to it.
            if path.current.is_some() && !PATH.contains(&operator) {
                return Ok(None);
            }
            match (operator, operands.as_slice(), numbers) {
                (b"q", [], _) if saved.len() < MAX_SAVED => saved.push(state.clone()),
                (b"Q", [], _) => state = understood!(saved.pop()),
                (b"cm", _, Some(&[a, b, c, d, e, f])) => {
                    state.matrix = multiply([a, b, c, d, e, f], state.matrix);
                }
                (b"w", _, Some(&[width])) if width >= 0.0 => state.width = width,
                (b"J", [Object::Integer(0..=2)], _) => {}
                (b"j", [Object::Integer(join @ 0..=2)], _) => state.join = *join,
                (b"M", _, Some(&[miter])) if miter >= 1.0 => state.miter = miter,
                (b"i", _, Some(&[_])) => {}
                (b"ri", [Object::Name(_)], _) => {}
                (b"d", [Object::Array(lengths), phase], _) => {
                    let right = lengths.iter().all(|length| number(length).is_some());
                    if !right || number(phase).is_none() {
                        return Ok(None);
                    }
                }
                (b"gs", [Object::Name(name)], _) => {
                    understood!(self.graphics_state(name, resources, &mut state)?);
                }
                (b"m", _, Some(&[x, y])) => {
                    path.current = Some(point(x, y, state.matrix));
                    path.start = path.current;
                }
                (b"l", _, Some(&[x, y])) => understood!(path.add(&state, &[(x, y)])),
                (b"c", _, Some(&[a, b, c, d, x, y])) => {
                    understood!(path.add(&state, &[(a, b), (c, d), (x, y)]));
                }
                (b"v" | b"y", _, Some(&[a, b, x, y])) => {
                    understood!(path.add(&state, &[(a, b), (x, y)]));
                }
                (b"h", [], _) => {
                    // The closing line lies inside the box of the whole path.
                    let whole = path.pieces.iter().copied().fold(NOTHING, join);
                    if whole != NOTHING {
                        path.pieces.push(whole);
                    }
                    path.others += 1;
                    path.current = path.start;
                }
                (b"re", _, Some(&[x, y, width, height])) => {
                    let (right, top) = (x + width, y + height);
                    let corners = [(x, y), (right, y), (right, top), (x, top), (x, y)]
                        .map(|(x, y)| point(x, y, state.matrix));
                    path.pieces.extend(corners.windows(2).map(around));
                    path.current = corners.first().copied();
                    path.start = path.current;
                    path.rectangles += 1;
                }
                (b"W" | b"W*", [], _) => clips = true,
                (b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"n", [], _) => {
                    understood!(self.finish(operator, &path, clips, &mut state));
                    path = Path::default();
                    clips = false;
                }
                (b"g" | b"G", _, Some(&[_]))
                | (b"rg" | b"RG", _, Some(&[_, _, _]))
                | (b"k" | b"K", _, Some(&[_, _, _, _])) => {
                    state.plain_colour |= operator.first().is_some_and(u8::is_ascii_lowercase);
                }
                (b"cs" | b"CS", [Object::Name(name)], _) => {
                    if operator == b"cs" {
                        state.plain_colour = self.is_plain_space(name, resources)?;
                    }
                }
                (b"sc" | b"SC", _, Some(&[_, ..])) => {}
                (b"scn" | b"SCN", [.., last], _) => {
                    if operator == b"scn" && matches!(last, Object::Name(_)) {
                        state.plain_colour = false;
                    }
                }
                (b"sh", [Object::Name(_)], _) => {
                    let place = understood!(state.clip);
                    understood!(self.paint(place, &state));
                }
                (b"BT", [], _) => {
                    text = Some(Text {
                        line: IDENTITY,
                        pen: (0.0, 0.0),
                    });
                }
                (b"ET", [], _) => {
                    understood!(text.take());
                    // Letters may have become the clipping path.
                    state.plain_clip &= state.mode < 4;
                }
                (b"Tf", [Object::Name(name), size], _) => {
                    state.size = understood!(number(size));
                    state.font = understood!(self.font(name, resources)?);
                }
                (b"TL", _, Some(&[leading])) => state.leading = leading,
                (b"Tc", _, Some(&[letter])) => state.letter = letter,
                (b"Tw", _, Some(&[word])) => state.word = word,
                (b"Tz", _, Some(&[stretch])) => state.stretch = stretch / 100.0,
                (b"Ts", _, Some(&[rise])) => state.rise = rise,
                (b"Tr", [Object::Integer(mode @ 0..=7)], _) => {
                    state.mode = *mode;
                    state.plain_clip &= *mode < 4;
                }
                (b"Tm", _, Some(&[a, b, c, d, e, f])) => {
                    understood!(text.as_mut()).set([a, b, c, d, e, f]);
                }
                (b"Td" | b"TD", _, Some(&[x, y])) => {
                    if operator == b"TD" {
                        state.leading = -y;
                    }
                    understood!(text.as_mut()).next(x, y);
                }
                (b"T*", [], _) => understood!(text.as_mut()).next(0.0, -state.leading),
                (b"Tj", [Object::String(_)], _) | (b"TJ", [Object::Array(_)], _) => {
                    let line = understood!(text.as_mut());
                    understood!(self.show(&operands, line, &state, depth)?);
                }
                (b"'", [Object::String(_)], _) => {
                    let line = understood!(text.as_mut());
                    line.next(0.0, -state.leading);
                    understood!(self.show(&operands, line, &state, depth)?);
                }
                (b"\"", [word, letter, Object::String(_)], _) => {
                    state.word = understood!(number(word));
                    state.letter = understood!(number(letter));
                    let line = understood!(text.as_mut());
                    line.next(0.0, -state.leading);
                    let shown = operands.get(2..).unwrap_or_default();
                    understood!(self.show(shown, line, &state, depth)?);
                }
                (b"Do", [Object::Name(name)], _) => {
                    understood!(self.external(name, resources, &state, depth)?);
                }
                // Layers that are hidden can be shown.
                (b"BMC", [Object::Name(_)], _)
                | (b"BDC", [Object::Name(_), Object::Name(_) | Object::Dictionary(_)], _) => {
                    marked += 1;
                }
                (b"EMC", [], _) => marked = understood!(marked.checked_sub(1)),
                (b"MP", [Object::Name(_)], _)
                | (b"DP", [Object::Name(_), Object::Name(_) | Object::Dictionary(_)], _) => {}
                // The letters of a Type 3 font say how wide they are.
                (b"d0", _, Some(&[_, _])) | (b"d1", _, Some(&[_, _, _, _, _, _])) if depth > 0 => {}
                // Pictures inside the contents end anywhere; all others are not known.
                _ => return Ok(None),
            }
            operands.clear();
        }
    }

    /// Whether a colour space gives an area one colour: all but patterns.
    fn is_plain_space(&self, name: &[u8], resources: &Dictionary) -> Result<bool, Reason> {
        if matches!(name, b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK") {
            return Ok(true);
        }
        let Some(space) = self.resource(resources, b"ColorSpace", name)? else {
            return Ok(false);
        };
        let Object::Array(space) = self.view.resolve(&space)? else {
            return Ok(false);
        };
        Ok(matches!(space.first(), Some(Object::Name(kind)) if kind != b"Pattern"))
    }

    /// `None` if a key of an `ExtGState` is not understood (8.4.5).
    fn graphics_state(
        &self,
        name: &[u8],
        resources: &Dictionary,
        state: &mut State,
    ) -> Result<Option<()>, Reason> {
        let Some(own) = self.resource(resources, b"ExtGState", name)? else {
            return Ok(None);
        };
        let Object::Dictionary(own) = self.view.resolve(&own)? else {
            return Ok(None);
        };
        for entry in own.entries() {
            let value = self.view.resolve(&entry.value)?;
            let right = match (entry.key.as_slice(), &value) {
                (
                    b"Type" | b"LC" | b"D" | b"RI" | b"OP" | b"op" | b"OPM" | b"FL" | b"SM" | b"SA"
                    | b"BM" | b"CA" | b"ca" | b"AIS" | b"TK" | b"AAPL:AA",
                    _,
                ) => true,
                (b"LW", width) => {
                    number(width)
                        .filter(|width| *width >= 0.0)
                        .is_some_and(|width| {
                            state.width = width;
                            true
                        })
                }
                (b"LJ", Object::Integer(join @ 0..=2)) => {
                    state.join = *join;
                    true
                }
                (b"ML", miter) => {
                    number(miter)
                        .filter(|miter| *miter >= 1.0)
                        .is_some_and(|miter| {
                            state.miter = miter;
                            true
                        })
                }
                (b"Font", Object::Array(font)) => match font.as_slice() {
                    [Object::Reference(id), size] => number(size).is_some_and(|size| {
                        state.font = Some(*id);
                        state.size = size;
                        true
                    }),
                    _ => false,
                },
                (b"SMask", mask) => {
                    // A mask leaves holes, and paints nothing.
                    state.plain_clip &= matches!(mask, Object::Name(name) if name == b"None");
                    true
                }
                (b"TR" | b"TR2" | b"BG2" | b"UCR2" | b"HT", Object::Name(name)) => {
                    name == b"Default" || name == b"Identity"
                }
                _ => false,
            };
            if !right {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// The number of a font of the resources.
    fn font(&self, name: &[u8], resources: &Dictionary) -> Result<Option<Option<Id>>, Reason> {
        let font = self.resource(resources, b"Font", name)?;
        Ok(font.as_ref().and_then(Object::as_reference).map(Some))
    }

    /// A resource of this kind by its name. Contents may ask for thousands among thousands.
    fn resource(
        &self,
        resources: &Dictionary,
        kind: &[u8],
        name: &[u8],
    ) -> Result<Option<Object>, Reason> {
        let find = |all: &Dictionary| {
            self.view.charge(all.entries().len())?;
            Ok(all.find(name).cloned())
        };
        match resources.find(kind) {
            Some(Object::Dictionary(all)) => find(all),
            Some(other) => match self.view.resolve(other)? {
                Object::Dictionary(all) => find(&all),
                _ => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// Reads a font once.
    fn typeface(&mut self, id: Id, depth: usize) -> Result<Option<Rc<Typeface>>, Reason> {
        if let Some(known) = self.fonts.get(&id) {
            return Ok(known.clone());
        }
        // A Type 3 font may show itself: then it is not understood.
        self.fonts.insert(id, None);
        let font = match self.view.indirect(id)?.object {
            Object::Dictionary(font) => font,
            _ => return Ok(None),
        };
        let read = if font.is(b"Subtype", b"Type3") {
            self.drawn(&font, depth)?
        } else {
            Typeface::read(self.view, &font)
        };
        let read = read.map(Rc::new);
        self.fonts.insert(id, read.clone());
        Ok(read)
    }

    /// A Type 3 font: every letter is run as a small page (9.6.5).
    fn drawn(&mut self, font: &Dictionary, depth: usize) -> Result<Option<Typeface>, Reason> {
        let (Object::Dictionary(letters), Object::Array(matrix)) = (
            self.view.value(font, b"CharProcs")?,
            self.view.value(font, b"FontMatrix")?,
        ) else {
            return Ok(None);
        };
        let matrix: Option<Vec<f64>> = matrix.iter().map(number).collect();
        let Some(Ok(matrix)) = matrix.map(Matrix::try_from) else {
            return Ok(None);
        };
        // Without its own resources it has those of each page that shows it.
        let own = match self.view.value(font, b"Resources")? {
            Object::Dictionary(own) => own,
            Object::Null => Dictionary::default(),
            _ => return Ok(None),
        };
        if depth >= MAX_FORMS {
            return Ok(None);
        }
        let places = std::mem::take(&mut self.places);
        let page = self.page.take();
        let outside = std::mem::replace(&mut self.in_letter, true);
        let mut understood = Some(());
        for letter in letters.entries() {
            let content = match letter.value.as_reference() {
                Some(id) => stream(self.view, id)?,
                None => None,
            };
            understood = match content {
                Some((_, content)) => {
                    let state = State::default();
                    self.run(&content, &[], &own, state, depth + 1)?
                }
                None => None,
            };
            if understood.is_none() {
                break;
            }
        }
        let drawn = std::mem::replace(&mut self.places, places);
        self.page = page;
        self.in_letter = outside;
        if understood.is_none() {
            return Ok(None);
        }
        let whole = drawn.into_iter().fold(NOTHING, join);
        let bounds = if whole == NOTHING {
            [0.0; 4]
        } else {
            transformed(whole, matrix)
        };
        let [scale, skew, ..] = matrix;
        // The advance would go up or down.
        if skew != 0.0 {
            return Ok(None);
        }
        Ok(Typeface::drawn(self.view, font, scale, bounds))
    }

    /// Shows text, and moves on by its width (9.4.4).
    fn show(
        &mut self,
        shown: &[Object],
        text: &mut Text,
        state: &State,
        depth: usize,
    ) -> Result<Option<()>, Reason> {
        let Some(font) = state.font.filter(|_| !self.in_letter) else {
            return Ok(None);
        };
        let Some(font) = self.typeface(font, depth)? else {
            return Ok(None);
        };
        let scale = |one: f64, two: f64| {
            let (one, two) = (one * state.stretch, two * state.stretch);
            (one.min(two), one.max(two))
        };
        let [left, bottom, right, top] = font.bounds.map(|bound| bound * state.size);
        let (left, right) = scale(left, right);
        let parts = match shown {
            [Object::Array(parts)] => parts.as_slice(),
            other => other,
        };
        let mut reach = (f64::INFINITY, f64::NEG_INFINITY);
        for part in parts {
            let Object::String(bytes) = part else {
                let Some(back) = number(part) else {
                    return Ok(None);
                };
                let (least, most) = scale(-back / 1000.0 * state.size, -back / 1000.0 * state.size);
                text.pen = (text.pen.0 + least, text.pen.1 + most);
                continue;
            };
            if bytes.len() % font.code != 0 {
                return Ok(None);
            }
            for code in bytes.chunks(font.code) {
                let value = code.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
                let Some((least, most)) = font.advance(value) else {
                    return Ok(None);
                };
                let (least, most) = (least * state.size, most * state.size);
                // Viewers may stretch letters of their own to the width, or centre them in it.
                let own = match font.embedded {
                    true => (left, right),
                    false => {
                        let (least, most) = scale(least, most);
                        (left.min(least), right.max(most))
                    }
                };
                reach = (
                    reach.0.min(text.pen.0 + own.0),
                    reach.1.max(text.pen.1 + own.1),
                );
                // Which codes are blanks is clear only for fonts of one byte.
                let word = match (value, font.simple) {
                    (32, true) => (state.word, state.word),
                    (32, _) => (state.word.min(0.0), state.word.max(0.0)),
                    _ => (0.0, 0.0),
                };
                let (least, most) = scale(
                    least.min(most) + state.letter + word.0,
                    least.max(most) + state.letter + word.1,
                );
                text.pen = (text.pen.0 + least, text.pen.1 + most);
            }
        }
        if reach.0 > reach.1 {
            return Ok(Some(()));
        }
        let (low, high) = (bottom.min(top) + state.rise, bottom.max(top) + state.rise);
        let place = [reach.0, low, reach.1, high];
        let mut place = transformed(place, multiply(text.line, state.matrix));
        if matches!(state.mode, 1 | 2 | 5 | 6) {
            let (x, y) = state.margin(true);
            let [l, b, r, t] = place;
            place = [l - x, b - y, r + x, t + y];
        }
        Ok(self.paint(place, state))
    }

    fn external(
        &mut self,
        name: &[u8],
        resources: &Dictionary,
        state: &State,
        depth: usize,
    ) -> Result<Option<()>, Reason> {
        let Some(Object::Reference(id)) = self.resource(resources, b"XObject", name)? else {
            return Ok(None);
        };
        let Some(dictionary) = self.view.dictionary(id)? else {
            return Ok(None);
        };
        // Other contents may be put in the place of these.
        let others = [&b"OPI"[..], b"Ref", b"PS", b"Subtype2"];
        if others.iter().any(|key| dictionary.find(key).is_some()) {
            return Ok(None);
        }
        if dictionary.is(b"Subtype", b"Image") {
            let place = transformed([0.0, 0.0, 1.0, 1.0], state.matrix);
            return Ok(self.paint(place, state));
        }
        if depth >= MAX_FORMS || !dictionary.is(b"Subtype", b"Form") {
            return Ok(None);
        }
        let Some((dictionary, content)) = stream(self.view, id)? else {
            return Ok(None);
        };
        let mut state = state.clone();
        match self.view.value(&dictionary, b"Matrix")? {
            Object::Null => {}
            Object::Array(matrix) => {
                let numbers: Option<Vec<f64>> = matrix.iter().map(number).collect();
                let Some(Ok(matrix)) = numbers.map(Matrix::try_from) else {
                    return Ok(None);
                };
                state.matrix = multiply(matrix, state.matrix);
            }
            _ => return Ok(None),
        }
        let Some(bounds) = document::area(self.view, &dictionary, b"BBox")? else {
            return Ok(None);
        };
        let [a, b, c, d, ..] = state.matrix;
        state.plain_clip &= b == 0.0 && c == 0.0 || a == 0.0 && d == 0.0;
        state.clip = Some(meet(state.clip, transformed(bounds, state.matrix)));
        // Without its own resources, viewers differ in whose it has.
        let own = match self.view.value(&dictionary, b"Resources")? {
            Object::Dictionary(own) => own,
            Object::Null => Dictionary::default(),
            _ => return Ok(None),
        };
        self.run(&content, &[], &own, state, depth + 1)
    }
}

impl Text {
    fn set(&mut self, line: Matrix) {
        *self = Text {
            line,
            pen: (0.0, 0.0),
        };
    }

    fn next(&mut self, x: f64, y: f64) {
        self.set(multiply([1.0, 0.0, 0.0, 1.0, x, y], self.line));
    }
}

/// A number that every viewer reads alike.
fn number(object: &Object) -> Option<f64> {
    object
        .as_number()
        .filter(|number| number.abs() <= MAX_NUMBER)
}

/// What two boxes have in common.
fn meet(one: Option<[f64; 4]>, other: [f64; 4]) -> [f64; 4] {
    let Some(one) = one else {
        return other;
    };
    let [l, b, r, t] = other;
    [one[0].max(l), one[1].max(b), one[2].min(r), one[3].min(t)]
}

fn around(points: &[(f64, f64)]) -> [f64; 4] {
    let points = points.iter().map(|(x, y)| [*x, *y, *x, *y]);
    points.fold(NOTHING, join)
}

fn join(one: [f64; 4], other: [f64; 4]) -> [f64; 4] {
    let [l, b, r, t] = other;
    [one[0].min(l), one[1].min(b), one[2].max(r), one[3].max(t)]
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::super::file::File;
    use super::*;

    /// A document with one page of 300 by 200 points.
    fn document(content: &str) -> Vec<u8> {
        let objects = [
            "<</Type /Catalog /Pages 2 0 R>>".to_owned(),
            "<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 300 200]>>".to_owned(),
            "<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</XObject <</I 5 0 R>> \
             /Font <</F 6 0 R>>>>>>"
                .to_owned(),
            format!(
                "<</Length {}>>\nstream\n{content}\nendstream",
                content.len()
            ),
            "<</Type /XObject /Subtype /Image /Length 0>>\nstream\n\nendstream".to_owned(),
            "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".to_owned(),
        ];
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
        for (number, object) in objects.iter().enumerate() {
            table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
            bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
        }
        let start = bytes.len();
        bytes.extend(format!("{table}trailer <</Size 7 /Root 1 0 R>>\n").bytes());
        bytes.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        bytes
    }

    #[test]
    fn what_is_painted_is_not_free() {
        let corner = [200.0, 10.0, 290.0, 60.0];
        for (content, free) in [
            ("", true),
            ("BT /F 12 Tf 20 150 Td (top) Tj ET", true),
            (
                "BT /F 12 Tf 20 30 Td (a line that goes on to the right side) Tj ET",
                false,
            ),
            (
                "BT /F 12 Tf 210 150 Td 14 TL (a) Tj T* T* T* T* T* T* T* T* (b) Tj ET",
                false,
            ),
            ("BT /F 1 Tf 12 0 0 12 205 30 Tm [(x) -20 (y)] TJ ET", false),
            (
                "1 1 1 rg 0 0 300 200 re f BT /F 12 Tf 20 150 Td (top) Tj ET",
                true,
            ),
            ("BT /F 12 Tf 20 150 Td (top) Tj ET 0 0 300 200 re f", false),
            ("5 5 290 190 re S", true),
            ("100 20 m 250 50 l S", false),
            ("100 20 m 250 50 l n", true),
            ("q 50 0 0 50 20 100 cm /I Do Q", true),
            ("q 50 0 0 50 180 20 cm /I Do Q", false),
            ("q 2 0 0 2 0 0 cm 90 10 20 20 re f Q", false),
            ("/Nothing Do", false),
            ("/S sh", false),
            ("(open", false),
        ] {
            let bytes = document(content);
            let file = File::open(&bytes).unwrap();
            let document = Document::read(file.latest()).unwrap();
            let page = document.pages.first().unwrap();
            assert_eq!(is_free(file.latest(), page, corner), Ok(free), "{content}");
        }
    }
}
