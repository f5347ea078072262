//! What it costs to read the letters of a CFF font (Adobe Technical Notes 5176 and 5177).
//!
//! A letter calls subroutines that call others: a few bytes can stand for very much work. [`Compact`]
//! follows the calls of a letter as `ttf-parser` follows them, draws nothing, and pays for each step.
//! What it does not understand is no font: then no letter is read.

use std::collections::BTreeMap;

use super::view::View;

/// Steps of work for entering a letter or a subroutine.
const ENTRY: usize = 8;
/// Subroutines inside subroutines, and numbers on the stack (5177, appendix B).
const MAX_LEVELS: usize = 10;
const MAX_NUMBERS: usize = 48;

/// Keys of dictionaries (5176, tables 9 and 23).
const CHARSET: u16 = 15;
const LETTERS: u16 = 17;
const PRIVATE: u16 = 18;
const SUBROUTINES: u16 = 19;
const COLLECTION: u16 = 12 << 8 | 30;
const FONTS: u16 = 12 << 8 | 36;
const FONT_OF_LETTER: u16 = 12 << 8 | 37;

/// The parts of a CFF font program that letters are made of.
pub(super) struct Compact<'a> {
    bytes: &'a [u8],
    letters: Index<'a>,
    global: Index<'a>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// One font: its subroutines, and where its names of letters are.
    One {
        local: Option<Index<'a>>,
        charset: Option<usize>,
    },
    /// A collection: its fonts, and which font a letter belongs to.
    Several { fonts: Index<'a>, choice: usize },
}

impl<'a> Compact<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Compact<'a>> {
        let [1, _, start, _, ..] = *bytes else {
            return None;
        };
        if start < 4 {
            return None;
        }
        let mut at = usize::from(start);
        Index::read(bytes, &mut at)?;
        let tops = Index::read(bytes, &mut at)?;
        if tops.count != 1 {
            return None;
        }
        let top = dictionary(tops.get(0)?)?;
        Index::read(bytes, &mut at)?;
        let global = Index::read(bytes, &mut at)?;
        let offset = |key| match top.get(&key) {
            None => Some(None),
            Some(numbers) => match numbers.as_slice() {
                [Some(offset)] => Some(Some(usize::try_from(*offset).ok()?)),
                _ => None,
            },
        };
        let letters = Index::read(bytes, &mut offset(LETTERS)??)?;
        let kind = if top.contains_key(&COLLECTION) {
            Kind::Several {
                fonts: Index::read(bytes, &mut offset(FONTS)??)?,
                choice: offset(FONT_OF_LETTER)??,
            }
        } else {
            Kind::One {
                local: local(bytes, &top)?.0,
                charset: offset(CHARSET)?,
            }
        };
        Some(Compact {
            bytes,
            letters,
            global,
            kind,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.letters.count
    }

    /// Pays for reading a letter; `None` where it cannot be followed, or the work is spent.
    pub(super) fn pay(&self, view: View<'_>, letter: usize) -> Option<()> {
        let mut walk = Walk {
            font: self,
            view,
            letter,
            local: None,
            numbers: Vec::new(),
            stems: 0,
            has_width: false,
            ended: false,
            composed: false,
        };
        walk.run(self.letters.get(letter)?, 0)
    }

    /// The subroutines of a letter's font.
    fn local(&self, view: View<'_>, letter: usize) -> Option<Index<'a>> {
        let (fonts, choice) = match &self.kind {
            Kind::One { local, .. } => return *local,
            Kind::Several { fonts, choice } => (fonts, *choice),
        };
        let font = match self.bytes.get(choice)? {
            0 => *self.bytes.get(choice + 1 + letter)?,
            3 => {
                let ranges = word(self.bytes, choice + 1)?;
                view.charge(ranges).ok()?;
                let first = |range: usize| word(self.bytes, choice + 3 + 3 * range);
                let mut found = None;
                for range in 0..ranges {
                    if (first(range)?..first(range + 1)?).contains(&letter) {
                        found = Some(*self.bytes.get(choice + 5 + 3 * range)?);
                        break;
                    }
                }
                found?
            }
            _ => return None,
        };
        let font = fonts.get(usize::from(font))?;
        // Read anew for each letter.
        view.charge(font.len()).ok()?;
        let (local, size) = local(self.bytes, &dictionary(font)?)?;
        view.charge(size).ok()?;
        local
    }

    /// The letter of a code in the standard encoding, for letters that consist of two (5177,
    /// appendix C).
    fn standard(&self, view: View<'_>, code: f32) -> Option<usize> {
        let Kind::One { charset, .. } = self.kind else {
            return None;
        };
        let name = standard_name(code)?;
        let start = match charset {
            None | Some(0) => return Some(name),
            Some(1 | 2) => return None,
            Some(start) => start,
        };
        view.charge(self.letters.count).ok()?;
        let wide = match self.bytes.get(start)? {
            0 => {
                let mut names =
                    (1..self.letters.count).map(|at| word(self.bytes, start + 2 * at - 1));
                let place = names.position(|one| one == Some(name))?;
                return Some(place + 1);
            }
            1 => false,
            2 => true,
            _ => return None,
        };
        let mut letter = 1;
        let mut at = start + 1;
        while letter < self.letters.count {
            let first = word(self.bytes, at)?;
            let further = match wide {
                true => word(self.bytes, at + 2)?,
                false => usize::from(*self.bytes.get(at + 2)?),
            };
            if (first..=first + further).contains(&name) {
                return Some(letter + name - first);
            }
            letter += further + 1;
            at += if wide { 4 } else { 3 };
        }
        None
    }
}

/// A letter that is followed; the members change as in `ttf-parser`.
struct Walk<'w, 'a> {
    font: &'w Compact<'a>,
    view: View<'w>,
    letter: usize,
    local: Option<Index<'a>>,
    numbers: Vec<f32>,
    stems: usize,
    has_width: bool,
    ended: bool,
    composed: bool,
}

impl Walk<'_, '_> {
    fn push(&mut self, number: f32) -> Option<()> {
        self.numbers.push(number);
        (self.numbers.len() <= MAX_NUMBERS).then_some(())
    }

    fn run(&mut self, code: &[u8], depth: usize) -> Option<()> {
        if depth > MAX_LEVELS {
            return None;
        }
        self.view.charge(ENTRY).ok()?;
        let mut at = 0;
        while let Some(operator) = code.get(at) {
            let start = at;
            at += 1;
            match operator {
                // Hints: stems, and masks of them.
                1 | 3 | 18 | 23 => {
                    self.has_width |= self.numbers.len() % 2 == 1;
                    self.stems += self.numbers.len() / 2;
                    self.numbers.clear();
                }
                19 | 20 => {
                    self.has_width |= self.numbers.len() % 2 == 1;
                    self.stems += self.numbers.len() / 2;
                    self.numbers.clear();
                    at += self.stems.div_ceil(8);
                }
                // Moves.
                4 | 22 => {
                    self.has_width |= self.numbers.len() == 2;
                    self.numbers.clear();
                }
                21 => {
                    self.has_width |= self.numbers.len() == 3;
                    self.numbers.clear();
                }
                // Lines and curves.
                5..=8 | 24..=27 | 30 | 31 => self.numbers.clear(),
                12 => {
                    if !matches!(code.get(at)?, 34..=37) {
                        return None;
                    }
                    at += 1;
                    self.numbers.clear();
                }
                // Calls.
                10 | 29 => {
                    if depth == MAX_LEVELS {
                        return None;
                    }
                    let index = match operator {
                        29 => self.font.global,
                        _ => match self.local {
                            Some(known) => known,
                            None => {
                                let local = self.font.local(self.view, self.letter)?;
                                *self.local.insert(local)
                            }
                        },
                    };
                    let number = self.numbers.pop()?;
                    if number.fract() != 0.0 {
                        return None;
                    }
                    let called = usize::try_from(number as i64 + index.bias()).ok()?;
                    self.run(index.get(called)?, depth + 1)?;
                    if self.ended && !self.composed {
                        return (at == code.len()).then_some(());
                    }
                }
                11 => return Some(()),
                14 => {
                    let of_two =
                        self.numbers.len() == 4 || self.numbers.len() == 5 && !self.has_width;
                    if of_two {
                        // Letters of letters of letters are not allowed.
                        if self.composed {
                            return None;
                        }
                        let accent = self.numbers.pop()?;
                        let base = self.numbers.pop()?;
                        self.has_width |= self.numbers.len() == 3;
                        self.numbers.clear();
                        self.composed = true;
                        for part in [base, accent] {
                            let part = self.font.standard(self.view, part)?;
                            self.run(self.font.letters.get(part)?, depth + 1)?;
                        }
                    } else if self.numbers.len() == 1 && !self.has_width {
                        self.has_width = true;
                        self.numbers.clear();
                    }
                    if at != code.len() {
                        return None;
                    }
                    self.ended = true;
                    self.view.charge(at - start).ok()?;
                    return Some(());
                }
                28 => {
                    self.push(f32::from(short(code, at)?.cast_signed()))?;
                    at += 2;
                }
                32..=246 => self.push(f32::from(*operator) - 139.0)?,
                247..=254 => {
                    let (low, high) = (f32::from(*code.get(at)?), f32::from(*operator));
                    self.push(match operator {
                        ..=250 => (high - 247.0) * 256.0 + low + 108.0,
                        _ => (251.0 - high) * 256.0 - low - 108.0,
                    })?;
                    at += 1;
                }
                255 => {
                    let number = i32::from_be_bytes(*code.get(at..)?.first_chunk()?);
                    self.push(number as f32 / 65536.0)?;
                    at += 4;
                }
                _ => return None,
            }
            self.view.charge(at - start).ok()?;
        }
        Some(())
    }
}

/// The name of a letter of the standard encoding, by its number (5176, appendices A and B).
fn standard_name(code: f32) -> Option<usize> {
    /// First code, last code, number of the first name.
    const RUNS: [(usize, usize, usize); 14] = [
        (32, 126, 1),
        (161, 175, 96),
        (177, 180, 111),
        (182, 189, 115),
        (191, 191, 123),
        (193, 200, 124),
        (202, 203, 132),
        (205, 208, 134),
        (225, 225, 138),
        (227, 227, 139),
        (232, 235, 140),
        (241, 241, 144),
        (245, 245, 145),
        (248, 251, 146),
    ];
    if code.fract() != 0.0 || !(0.0..256.0).contains(&code) {
        return None;
    }
    let code = code as usize;
    let run = RUNS.iter().find(|run| (run.0..=run.1).contains(&code));
    // The others have no name that a letter could consist of.
    run.map(|(first, _, name)| name + code - first)
}

/// Where the subroutines of a font are, and the size of the dictionary that says so.
fn local<'a>(bytes: &'a [u8], font: &Keys) -> Option<(Option<Index<'a>>, usize)> {
    let Some(range) = font.get(&PRIVATE) else {
        return Some((None, 0));
    };
    let [Some(size), Some(start)] = range.as_slice() else {
        return None;
    };
    let (size, start) = (usize::try_from(*size).ok()?, usize::try_from(*start).ok()?);
    let private = bytes.get(start..start.checked_add(size)?)?;
    let private = dictionary(private)?;
    let Some(offset) = private.get(&SUBROUTINES) else {
        return Some((None, size));
    };
    let [Some(offset)] = offset.as_slice() else {
        return None;
    };
    let mut at = start.checked_add(usize::try_from(*offset).ok()?)?;
    Some((Some(Index::read(bytes, &mut at)?), size))
}

/// Keys and their numbers; fractions are `None`.
type Keys = BTreeMap<u16, Vec<Option<i32>>>;

/// A dictionary (5176, chapter 4). No key is there twice.
fn dictionary(bytes: &[u8]) -> Option<Keys> {
    let mut keys = Keys::new();
    let mut numbers = Vec::new();
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        at += 1;
        let number = match first {
            0..=21 => {
                let mut key = u16::from(*first);
                if key == 12 {
                    key = 12 << 8 | u16::from(*bytes.get(at)?);
                    at += 1;
                }
                if keys.insert(key, std::mem::take(&mut numbers)).is_some() {
                    return None;
                }
                continue;
            }
            28 => {
                let number = short(bytes, at)?.cast_signed();
                at += 2;
                Some(i32::from(number))
            }
            29 => {
                let number = i32::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
                at += 4;
                Some(number)
            }
            30 => {
                while let Some(pair) = bytes.get(at) {
                    at += 1;
                    if pair >> 4 == 15 || pair & 15 == 15 {
                        break;
                    }
                }
                None
            }
            32..=246 => Some(i32::from(*first) - 139),
            247..=254 => {
                let (low, high) = (i32::from(*bytes.get(at)?), i32::from(*first));
                at += 1;
                Some(match first {
                    ..=250 => (high - 247) * 256 + low + 108,
                    _ => (251 - high) * 256 - low - 108,
                })
            }
            _ => return None,
        };
        numbers.push(number);
        if numbers.len() > MAX_NUMBERS {
            return None;
        }
    }
    Some(keys)
}

/// A numbered list of pieces (5176, chapter 5).
#[derive(Clone, Copy)]
struct Index<'a> {
    count: usize,
    width: usize,
    offsets: &'a [u8],
    data: &'a [u8],
}

impl<'a> Index<'a> {
    fn read(bytes: &'a [u8], at: &mut usize) -> Option<Index<'a>> {
        let count = word(bytes, *at)?;
        *at += 2;
        if count == 0 {
            return Some(Index {
                count,
                width: 1,
                offsets: &[],
                data: &[],
            });
        }
        let width @ 1..=4 = usize::from(*bytes.get(*at)?) else {
            return None;
        };
        let start = *at + 1;
        let offsets = bytes.get(start..start + (count + 1) * width)?;
        let start = start + offsets.len();
        let mut index = Index {
            count,
            width,
            offsets,
            data: &[],
        };
        let end = start.checked_add(index.offset(count)?)?;
        index.data = bytes.get(start..end)?;
        *at = end;
        Some(index)
    }

    fn offset(&self, number: usize) -> Option<usize> {
        let start = number * self.width;
        let bytes = self.offsets.get(start..start + self.width)?;
        let offset = bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        offset.checked_sub(1)
    }

    fn get(&self, number: usize) -> Option<&'a [u8]> {
        self.data
            .get(self.offset(number)?..self.offset(number.checked_add(1)?)?)
    }

    /// What is added to the number of a call (5177, 4.7).
    fn bias(&self) -> i64 {
        match self.count {
            ..1240 => 107,
            1240..33900 => 1131,
            _ => 32768,
        }
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*pair))
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    short(bytes, at).map(usize::from)
}
