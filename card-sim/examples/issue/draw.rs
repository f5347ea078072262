//! The pictures of a card face: text as on a card, and a portrait that nobody can mistake.
//!
//! Sizes and depth as on a J-LIS test card: PNG with one bit of grey in lines of twelve pixels, and
//! a portrait of 378 by 472 pixels in eight bits of grey, as JPEG 2000. The letters are those of
//! the Shinonome fonts (東雲フォント, public domain), drawn by hand for exactly this size.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use card_sim::persona::draw::{CELL, Letters};
use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The two fonts of the Debian package xfonts-shinonome: ASCII, and JIS X 0208.
pub(crate) struct Fonts {
    narrow: BitmapFont,
    wide: BitmapFont,
}

impl Fonts {
    pub(crate) fn load() -> Outcome<Self> {
        let font = |name: &str| -> Outcome<BitmapFont> {
            let path = format!("/usr/share/fonts/X11/misc/{name}.pcf.gz");
            let bytes = run("gzip", &["-dc", &path], &[])
                .map_err(|_| format!("{path} is missing: apt-get install xfonts-shinonome"))?;
            BitmapFont::parse(&bytes).ok_or_else(|| format!("{path} is not a PCF font").into())
        };
        Ok(Self {
            narrow: font("shnm6x12a")?,
            wide: font("shnmk12")?,
        })
    }

    /// The letters of these rows of JIS X 0208 and ASCII, as the library's table.
    pub(crate) fn table(&self, rows: std::ops::RangeInclusive<u8>) -> Vec<u8> {
        let mut letters = std::collections::BTreeMap::new();
        for code in b' '..=b'~' {
            letters.insert(u16::from(code), (&self.narrow, [0, code]));
        }
        for (row, column) in rows.flat_map(|row| (1..=94).map(move |column| (row, column))) {
            let pointer = usize::from(row - 1) * 94 + usize::from(column - 1);
            let code =
                encoding_index_japanese::jis0208::forward(u16::try_from(pointer).unwrap_or(0));
            if let Ok(code @ 1..) = u16::try_from(code) {
                // As the standard has it, and as keyboards type it.
                letters.insert(code, (&self.wide, [row + 0x20, column + 0x20]));
            }
        }
        let drawn = letters.into_iter().filter_map(|(code, (font, place))| {
            let mut ink = std::collections::BTreeSet::new();
            font.draw(place, |x, y| {
                ink.insert((x, y));
            })?;
            Some(Letters::entry(code, |x, y| ink.contains(&(x, y))))
        });
        drawn.flatten().collect()
    }
}

/// Draws a face that only this resident has, and packs it with OpenJPEG.
///
/// # Errors
///
/// Where `opj_compress` is missing: Debian package libopenjp2-tools.
pub(crate) fn portrait(letters: &Letters<'_>, id: &str) -> Outcome<Vec<u8>> {
    // One to twenty is the size of a real portrait, 8.9 kB.
    packed(letters, id, &["-r", "20"])
}

/// Drawings in bands that fit each other, for the portraits that the library composes.
pub(crate) fn faces(letters: &Letters<'_>) -> Outcome<Vec<u8>> {
    let mut all = Vec::new();
    for number in 0..16 {
        // Bands of 59 lines, smaller than real portraits: hundreds of residents are in one process.
        let file = packed(
            letters,
            &format!("face {number}"),
            &["-r", "32", "-t", "378,59"],
        )?;
        all.extend(u32::try_from(file.len())?.to_be_bytes());
        all.extend(file);
    }
    Ok(all)
}

fn packed(letters: &Letters<'_>, id: &str, how: &[&str]) -> Outcome<Vec<u8>> {
    let caption = letters.text("見本　実在しません", 9);
    let face = Face::of(id);
    let mut pgm = format!("P5\n{WIDTH} {HEIGHT}\n255\n").into_bytes();
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            // Letters of three pixels for one, on a strip at the bottom.
            let (column, row) = (x.wrapping_sub(27) / 3, y.wrapping_sub(HEIGHT - 50) / 3);
            let grey = match y {
                _ if y < HEIGHT - 64 => face.grey(x as f32, y as f32),
                _ if row < CELL && caption.has_ink(column, row) => 20.0,
                _ => 235.0,
            };
            pgm.push(grey.clamp(0.0, 255.0) as u8);
        }
    }
    let folder = tempfile::tempdir()?;
    let (source, target) = (
        folder.path().join("face.pgm"),
        folder.path().join("face.jp2"),
    );
    fs::write(&source, pgm)?;
    let arguments = ["-i", path(&source)?, "-o", path(&target)?];
    run("opj_compress", &[&arguments, how].concat(), &[])
        .map_err(|error| format!("{error}; apt-get install libopenjp2-tools"))?;
    Ok(fs::read(&target)?)
}

const WIDTH: usize = 378;
const HEIGHT: usize = 472;

/// A head made of circles: wide or narrow, dark or fair, with one of four kinds of hair.
struct Face {
    traits: [f32; 8],
    hair: u8,
    glasses: bool,
}

impl Face {
    fn of(id: &str) -> Self {
        let hash = Sha256::digest(id);
        let mut traits = [0.0; 8];
        for (to, byte) in traits.iter_mut().zip(&hash) {
            *to = f32::from(*byte) / 255.0;
        }
        let [.., last, end] = hash.0;
        Self {
            traits,
            hair: last % 4,
            glasses: end % 3 == 0,
        }
    }

    fn grey(&self, x: f32, y: f32) -> f32 {
        let [width, skin, hair, eyes, mouth, clothes, tilt, ground] = self.traits;
        // Slightly turned, and mirrored around the middle.
        let y = y + (x - 189.0) * (tilt - 0.5) * 0.08;
        let (dx, dy) = ((x - 189.0).abs(), y - 215.0);
        let within = |dx: f32, dy: f32, a: f32, b: f32| (dx / a).powi(2) + (dy / b).powi(2) < 1.0;
        let (wide, skin, hair) = (
            95.0 + 30.0 * width,
            150.0 + 80.0 * skin,
            20.0 + 130.0 * hair,
        );
        let eye = 38.0 + 14.0 * eyes;
        let from_eye = ((dx - eye).powi(2) + (dy + 15.0).powi(2)).sqrt();

        let fringe = match self.hair {
            0 => dy < -75.0,
            1 => dy < -60.0 - 0.3 * dx,
            2 => dy < -95.0 + 0.6 * dx,
            _ => dy < -105.0,
        };
        let long = self.hair == 2 && dy < 150.0 && dx < wide + 25.0 && dx > wide - 30.0;
        let top = within(dx, dy + 40.0, wide + 22.0, 135.0);
        let grain = f32::from(grain(x as u32, y as u32)) / 16.0;
        let shade = -dy * 0.08 + dx * -0.12 + grain;

        if self.glasses && (from_eye - 30.0).abs() < 3.0
            || self.glasses && dy.abs() < 3.0 && dx < 12.0
        {
            15.0
        } else if from_eye < 7.0 + 4.0 * eyes {
            10.0
        } else if from_eye < 17.0 {
            245.0
        } else if (dy + 50.0).abs() < 5.0 && (dx - eye).abs() < 24.0 {
            hair
        } else if (dy - 62.0 - 10.0 * mouth + dx * dx * (mouth - 0.3) * 0.01).abs() < 5.0
            && dx < 34.0
        {
            60.0
        } else if within(dx, dy - 25.0, 9.0, 22.0) {
            skin - 30.0 + grain
        } else if within(dx, dy, wide, 130.0) && !fringe {
            skin + shade
        } else if top && (fringe || dy < 0.0) || long {
            hair + grain * 2.0
        } else if dx < 38.0 && dy > 0.0 && dy < 165.0 {
            skin - 45.0 + grain
        } else if within(dx, dy - 290.0, 175.0, 150.0) {
            40.0 + 150.0 * clothes + 25.0 * ((y / 14.0).floor() % 2.0) + grain
        } else {
            170.0 + 60.0 * ground + (x + y) * 0.03 + grain
        }
    }
}

/// Noise as of a camera, the same each time.
fn grain(x: u32, y: u32) -> u8 {
    let mixed =
        (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77)).wrapping_mul(0xc2b2_ae3d);
    (mixed >> 24) as u8
}

/// A font in the X11 format PCF, as far as these two fonts use it: big-endian, rows of four bytes.
struct BitmapFont {
    /// First and last of the second byte and of the first byte of a code.
    range: [u16; 4],
    glyphs: Vec<u16>,
    metrics: Vec<[u8; 5]>,
    offsets: Vec<u32>,
    bits: Vec<u8>,
}

impl BitmapFont {
    const METRICS: u32 = 4;
    const BITMAPS: u32 = 8;
    const ENCODINGS: u32 = 32;
    /// The line on which letters stand.
    const ASCENT: i32 = 10;

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (count, entries) = bytes.strip_prefix(b"\x01fcp")?.split_first_chunk()?;
        let table = |wanted: u32| {
            let entry = entries
                .as_chunks::<16>()
                .0
                .iter()
                .take(u32::from_le_bytes(*count) as usize)
                .find(|entry| entry.starts_with(&wanted.to_le_bytes()))?;
            let [.., a, b, c, d] = *entry;
            // Behind four bytes that say the format.
            bytes.get(u32::from_le_bytes([a, b, c, d]) as usize + 4..)
        };
        let words = |bytes: &[u8], count: usize| -> Vec<u16> {
            let words = bytes.as_chunks().0.iter().take(count);
            words.map(|word| u16::from_be_bytes(*word)).collect()
        };
        let (range, codes) = table(Self::ENCODINGS)?.split_at_checked(10)?;
        let [low, high, first, last, _] = *words(range, 5) else {
            return None;
        };
        let glyphs = words(
            codes,
            usize::from(high - low + 1) * usize::from(last - first + 1),
        );
        let (count, metrics) = table(Self::METRICS)?.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count));
        let metrics = metrics.as_chunks().0.get(..count)?.to_vec();
        let offsets = table(Self::BITMAPS)?.get(4..)?;
        let bits = offsets.get(4 * count + 16..)?.to_vec();
        let offsets = offsets.as_chunks().0.iter().take(count);
        let offsets = offsets.map(|word| u32::from_be_bytes(*word)).collect();
        Some(Self {
            range: [low, high, first, last],
            glyphs,
            metrics,
            offsets,
            bits,
        })
    }

    /// Draws a letter by its code; nothing where the font does not have it.
    fn draw(&self, [row, column]: [u8; 2], mut ink: impl FnMut(usize, usize)) -> Option<()> {
        let [low, high, first, last] = self.range;
        let (row, column) = (u16::from(row), u16::from(column));
        if !(first..=last).contains(&row) || !(low..=high).contains(&column) {
            return None;
        }
        let at = usize::from(row - first) * usize::from(high - low + 1) + usize::from(column - low);
        let glyph = usize::from(*self.glyphs.get(at)?);
        let [left, right, _, ascent, descent] =
            self.metrics.get(glyph)?.map(|byte| i32::from(byte) - 0x80);
        let start = *self.offsets.get(glyph)? as usize;
        for y in 0..ascent + descent {
            let row = start + 4 * usize::try_from(y).ok()?;
            let bits = u32::from_be_bytes(*self.bits.get(row..)?.first_chunk()?);
            for x in 0..right - left {
                if bits & (0x8000_0000 >> x) != 0 {
                    let (x, y) = (left + x, Self::ASCENT - ascent + y);
                    ink(usize::try_from(x).ok()?, usize::try_from(y).ok()?);
                }
            }
        }
        Some(())
    }
}

fn path(path: &Path) -> Outcome<&str> {
    path.to_str()
        .ok_or_else(|| "the folder for temporary files has a strange name".into())
}

/// Runs a program of the system and gives what it printed.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Outcome<Vec<u8>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input)?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("{program} failed").into())
    }
}
