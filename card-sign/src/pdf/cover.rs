//! Whether a box on a page is free: nothing that was signed may vanish behind a later signature.
//!
//! Page contents are read as far as it takes to say where they paint, and rather too wide than too
//! narrow: letters count as one square each. What is not understood is taken to paint everywhere.
//! The interpreter is one long list of operators, the rest of the file are tests.

use super::document::{self, Page};
use super::filter;
use super::object::{Dictionary, Id, Object};
use super::parser::Parser;
use super::view::View;
use crate::report::Reason;

/// Whether nothing is painted, and no annotation shown, inside a box on this page.
pub(super) fn is_free(view: View<'_>, page: &Page, area: [f64; 4]) -> Result<bool, Reason> {
    for annotation in &page.annotations.items {
        let Object::Dictionary(annotation) = view.resolve(annotation)? else {
            continue;
        };
        let place = document::area(view, &annotation, b"Rect")?;
        if place.is_some_and(|place| has_surface(place) && overlap(place, area)) {
            return Ok(false);
        }
    }
    let Some(content) = page_content(view, page)? else {
        return Ok(false);
    };
    let resources = inherited_resources(view, &page.dictionary)?;
    let mut painter = Painter {
        view,
        area,
        page: page.area.unwrap_or(area),
        covered: false,
        painted: false,
        steps: MAX_STEPS,
    };
    let understood = painter.run(&content, &resources, State::default(), 0)?;
    Ok(understood.is_some() && !painter.covered)
}

/// Operators of one page, forms included; more is not understood.
const MAX_STEPS: usize = 2_000_000;
/// Forms inside forms.
const MAX_FORMS: usize = 12;
const MAX_SAVED: usize = 256;

fn has_surface([left, bottom, right, top]: [f64; 4]) -> bool {
    right > left && top > bottom
}

fn overlap(one: [f64; 4], other: [f64; 4]) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

/// The bytes of all content streams, or nothing if one is packed in an unknown way.
fn page_content(view: View<'_>, page: &Page) -> Result<Option<Vec<u8>>, Reason> {
    let parts = match page.dictionary.find(b"Contents") {
        None => Vec::new(),
        Some(Object::Reference(id)) => match view.indirect(*id)?.object {
            Object::Array(parts) => parts,
            _ => vec![Object::Reference(*id)],
        },
        Some(Object::Array(parts)) => parts.clone(),
        Some(_) => return Ok(None),
    };
    let mut content = Vec::new();
    for part in parts {
        let Object::Reference(id) = part else {
            return Ok(None);
        };
        let Some((_, bytes)) = stream(view, id)? else {
            return Ok(None);
        };
        content.extend(bytes);
        content.push(b'\n');
        if content.len() > filter::MAX_SIZE {
            return Ok(None);
        }
    }
    Ok(Some(content))
}

fn stream(view: View<'_>, id: Id) -> Result<Option<(Dictionary, Vec<u8>)>, Reason> {
    let indirect = view.indirect(id)?;
    let (Some(raw), Object::Dictionary(dictionary)) = (view.raw(&indirect), &indirect.object)
    else {
        return Ok(None);
    };
    Ok(filter::decode(dictionary, raw)
        .ok()
        .map(|bytes| (dictionary.clone(), bytes)))
}

/// The resources of a page, its own or those of the nodes above it.
fn inherited_resources(view: View<'_>, page: &Dictionary) -> Result<Dictionary, Reason> {
    let mut node = page.clone();
    for _ in 0..MAX_FORMS {
        if let Object::Dictionary(resources) = view.value(&node, b"Resources")? {
            return Ok(resources);
        }
        let Object::Dictionary(above) = view.value(&node, b"Parent")? else {
            break;
        };
        node = above;
    }
    Ok(Dictionary::default())
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
#[derive(Clone, Copy)]
struct State {
    matrix: Matrix,
    width: f64,
    size: f64,
    leading: f64,
    spacing: f64,
    stretch: f64,
}

impl Default for State {
    fn default() -> State {
        State {
            matrix: IDENTITY,
            width: 1.0,
            size: 0.0,
            leading: 0.0,
            spacing: 0.0,
            stretch: 1.0,
        }
    }
}

struct Painter<'f> {
    view: View<'f>,
    area: [f64; 4],
    page: [f64; 4],
    covered: bool,
    painted: bool,
    steps: usize,
}

/// Text inside `BT` and `ET`.
#[derive(Clone, Copy)]
struct Text {
    line: Matrix,
    /// How far the letters of this line may reach, in text space.
    reach: f64,
}

impl Painter<'_> {
    fn paint(&mut self, place: [f64; 4]) {
        self.painted = true;
        // Zero-width lines are drawn all the same.
        let [left, bottom, right, top] = place;
        self.covered |= overlap(
            [left - 0.5, bottom - 0.5, right + 0.5, top + 0.5],
            self.area,
        );
    }

    /// Runs content; `None` where it is not understood. Errors are those of the file.
    fn run(
        &mut self,
        content: &[u8],
        resources: &Dictionary,
        mut state: State,
        depth: usize,
    ) -> Result<Option<()>, Reason> {
        let mut parser = Parser::new(content, 0);
        let mut saved = Vec::new();
        let mut operands: Vec<Object> = Vec::new();
        let mut path: Vec<[f64; 4]> = Vec::new();
        let mut current = (0.0, 0.0);
        let mut text = Text {
            line: IDENTITY,
            reach: 0.0,
        };
        loop {
            parser.skip();
            if parser.at() >= content.len() {
                return Ok(Some(()));
            }
            if let Ok(object) = parser.clone().object() {
                let _ = parser.object();
                operands.push(object);
                continue;
            }
            let Some(operator) = parser.word() else {
                return Ok(None);
            };
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                return Ok(None);
            }
            let numbers: Vec<f64> = operands.iter().filter_map(Object::as_number).collect();
            match (operator, numbers.as_slice()) {
                (b"q", _) if saved.len() < MAX_SAVED => saved.push(state),
                (b"q", _) => return Ok(None),
                (b"Q", _) => state = saved.pop().unwrap_or(state),
                (b"cm", &[a, b, c, d, e, f]) => {
                    state.matrix = multiply([a, b, c, d, e, f], state.matrix);
                }
                (b"w", &[width]) => state.width = width.abs(),
                (b"m", &[x, y]) => current = (x, y),
                (b"l", &[x, y]) => {
                    path.push(around(&[current, (x, y)]));
                    current = (x, y);
                }
                (b"c", &[a, b, c, d, x, y]) => {
                    path.push(around(&[current, (a, b), (c, d), (x, y)]));
                    current = (x, y);
                }
                (b"v" | b"y", &[a, b, x, y]) => {
                    path.push(around(&[current, (a, b), (x, y)]));
                    current = (x, y);
                }
                (b"re", &[x, y, width, height]) => {
                    let (right, top) = (x + width, y + height);
                    let corners = [(x, y), (right, y), (right, top), (x, top), (x, y)];
                    path.extend(corners.windows(2).map(around));
                    current = (x, y);
                }
                (b"S" | b"s", _) => {
                    let half = state.width / 2.0;
                    for [l, b, r, t] in path.drain(..) {
                        let place = [l - half, b - half, r + half, t + half];
                        self.paint(transformed(place, state.matrix));
                    }
                }
                (b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*", _) => {
                    let whole = path.drain(..).fold(NOTHING, join);
                    let place = transformed(whole, state.matrix);
                    let [l, b, r, t] = self.page;
                    // The first thing painted, and as large as the page: its background.
                    let ground = place[0] <= l && place[1] <= b && place[2] >= r && place[3] >= t;
                    if whole != NOTHING && (self.painted || !ground) {
                        self.paint(place);
                    }
                }
                (b"n", _) => path.clear(),
                (b"BT", _) => {
                    text = Text {
                        line: IDENTITY,
                        reach: 0.0,
                    }
                }
                (b"Tf", &[size]) => {
                    state.size = size;
                    if !self.goes_right(operands.first(), resources)? {
                        return Ok(None);
                    }
                }
                (b"TL", &[leading]) => state.leading = leading,
                (b"Tc" | b"Tw", &[spacing]) => state.spacing += spacing.abs(),
                (b"Tz", &[stretch]) => state.stretch = stretch.abs() / 100.0,
                (b"Tm", &[a, b, c, d, e, f]) => {
                    text = Text {
                        line: [a, b, c, d, e, f],
                        reach: 0.0,
                    };
                }
                (b"Td" | b"TD", &[x, y]) => {
                    if operator == b"TD" {
                        state.leading = -y;
                    }
                    text = text.moved(x, y);
                }
                (b"T*", _) => text = text.moved(0.0, -state.leading),
                (b"Tj" | b"TJ" | b"'" | b"\"", _) => {
                    if matches!(operator, b"'" | b"\"") {
                        text = text.moved(0.0, -state.leading);
                    }
                    text.reach += operands.last().map_or(0.0, |shown| reach(shown, &state));
                    let height = state.size.abs();
                    let place = [-height, -height, text.reach + height, 1.2 * height];
                    self.paint(transformed(place, multiply(text.line, state.matrix)));
                }
                (b"Do", _) => {
                    let Some(Object::Name(name)) = operands.last() else {
                        return Ok(None);
                    };
                    let inside = self.external(name, resources, state, depth)?;
                    if inside.is_none() {
                        return Ok(None);
                    }
                }
                // Shadings fill whatever the clipping path leaves, inline pictures end anywhere.
                (b"sh" | b"BI", _) => return Ok(None),
                _ => {}
            }
            operands.clear();
        }
    }

    /// Whether the letters of a font are squares at most, one to the right of the other.
    fn goes_right(&self, name: Option<&Object>, resources: &Dictionary) -> Result<bool, Reason> {
        let (Some(Object::Name(name)), Object::Dictionary(fonts)) =
            (name, self.view.value(resources, b"Font")?)
        else {
            return Ok(true);
        };
        let Object::Dictionary(font) = self.view.value(&fonts, name)? else {
            return Ok(true);
        };
        let encoding = self.view.value(&font, b"Encoding")?;
        // Vertical writing ends in V; a stream is a way of its own to say the same.
        let down = match &encoding {
            Object::Name(name) => name.ends_with(b"V"),
            Object::Dictionary(own) => own.find(b"CMapName").is_some(),
            _ => false,
        };
        Ok(!down && !font.is(b"Subtype", b"Type3"))
    }

    fn external(
        &mut self,
        name: &[u8],
        resources: &Dictionary,
        mut state: State,
        depth: usize,
    ) -> Result<Option<()>, Reason> {
        let Object::Dictionary(externals) = self.view.value(resources, b"XObject")? else {
            return Ok(None);
        };
        let Some(Object::Reference(id)) = externals.find(name) else {
            return Ok(None);
        };
        let Some(dictionary) = self.view.dictionary(*id)? else {
            return Ok(None);
        };
        if dictionary.is(b"Subtype", b"Image") {
            self.paint(transformed([0.0, 0.0, 1.0, 1.0], state.matrix));
            return Ok(Some(()));
        }
        if depth == MAX_FORMS || !dictionary.is(b"Subtype", b"Form") {
            return Ok(None);
        }
        let Some((dictionary, content)) = stream(self.view, *id)? else {
            return Ok(None);
        };
        if let Object::Array(matrix) = self.view.value(&dictionary, b"Matrix")? {
            let numbers: Vec<f64> = matrix.iter().filter_map(Object::as_number).collect();
            let Ok(matrix) = Matrix::try_from(numbers) else {
                return Ok(None);
            };
            state.matrix = multiply(matrix, state.matrix);
        }
        let own = match self.view.value(&dictionary, b"Resources")? {
            Object::Dictionary(own) => own,
            _ => resources.clone(),
        };
        self.run(&content, &own, state, depth + 1)
    }
}

impl Text {
    fn moved(self, x: f64, y: f64) -> Text {
        Text {
            line: multiply([1.0, 0.0, 0.0, 1.0, x, y], self.line),
            reach: 0.0,
        }
    }
}

/// How far shown text may reach: a square for each byte, which no letter is wider than.
fn reach(shown: &Object, state: &State) -> f64 {
    let one = |object: &Object| match object {
        Object::String(bytes) => bytes.len() as f64 * (state.size.abs() + state.spacing),
        // Thousandths of the size, to the left if positive.
        other => other
            .as_number()
            .map_or(0.0, |number| (number / 1000.0 * state.size).abs()),
    };
    let sum = match shown {
        Object::Array(parts) => parts.iter().map(one).sum(),
        other => one(other),
    };
    sum * state.stretch.max(1.0)
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
            "<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</XObject <</I 5 0 R>>>>>>"
                .to_owned(),
            format!(
                "<</Length {}>>\nstream\n{content}\nendstream",
                content.len()
            ),
            "<</Type /XObject /Subtype /Image /Length 0>>\nstream\n\nendstream".to_owned(),
        ];
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
        for (number, object) in objects.iter().enumerate() {
            table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
            bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
        }
        let start = bytes.len();
        bytes.extend(format!("{table}trailer <</Size 6 /Root 1 0 R>>\n").bytes());
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
