//! Pictures of the card: the portrait as PNG, and drawing in terminals that can.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

/// More than any card holds; a picture that claims to be larger is not decoded, because the size in
/// its header decides how much memory is asked for.
const MOST_PIXELS: u64 = 4_000_000;

/// Boxes for palettes and channels, which no portrait needs: with them the number of channels, and
/// so of bytes, is no longer held against the colours.
const REFUSED_BOXES: [&[u8; 4]; 2] = [b"pclr", b"cdef"];

/// Why a portrait cannot be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureProblem {
    /// Not a JPEG 2000 picture that can be decoded.
    Broken,
    /// Larger than a card's picture can be.
    TooLarge,
    /// Neither grey nor red, green and blue.
    Colours,
}

impl PictureProblem {
    /// The stable word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::TooLarge => "too-large",
            Self::Colours => "colours",
        }
    }
}

/// Converts a JPEG 2000 picture into PNG of the same size.
pub(crate) fn to_png(jp2: &[u8]) -> Result<Vec<u8>, PictureProblem> {
    let broken = |_| PictureProblem::Broken;
    let mut heads = jp2.windows(4);
    if heads.any(|head| REFUSED_BOXES.iter().any(|name| head == *name)) {
        return Err(PictureProblem::Colours);
    }
    let image = Image::new(jp2, &DecodeSettings::default()).map_err(broken)?;
    let (width, height) = (image.width(), image.height());
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureProblem::TooLarge);
    }
    let colour = match (image.color_space(), image.has_alpha()) {
        (ColorSpace::Gray, false) => png::ColorType::Grayscale,
        (ColorSpace::RGB, false) => png::ColorType::Rgb,
        _ => return Err(PictureProblem::Colours),
    };
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(broken)?;
    encode(width, height, colour, &decoded.data_u8()).map_err(|_| PictureProblem::Broken)
}

fn encode(
    width: u32,
    height: u32,
    colour: png::ColorType,
    pixels: &[u8],
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

/// How a terminal takes pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawing {
    /// The protocol of kitty, which Ghostty and Konsole speak too.
    Kitty,
    /// The protocol of iTerm2, which WezTerm and others speak too.
    Iterm,
}

impl Drawing {
    /// What the terminal of the environment says it can; `None` is most of them.
    pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let is = |name, value: &str| variable(name).is_some_and(|it| it == value);
        let term = variable("TERM").unwrap_or_default();
        if term.contains("kitty") || term.contains("ghostty") || is("TERM_PROGRAM", "ghostty") {
            return Some(Self::Kitty);
        }
        let iterm = ["iTerm.app", "WezTerm", "mintty"];
        if iterm.iter().any(|name| is("TERM_PROGRAM", name)) {
            return Some(Self::Iterm);
        }
        variable("KITTY_WINDOW_ID").map(|_| Self::Kitty)
    }

    /// A PNG as the terminal takes it, with a line end.
    pub(crate) fn of_png(self, png: &[u8]) -> Vec<u8> {
        let text = BASE64_STANDARD.encode(png);
        let mut bytes = Vec::new();
        match self {
            Self::Kitty => {
                // In pieces of at most 4096; `m` tells whether more follow.
                let mut pieces = text.as_bytes().chunks(4096).peekable();
                let mut first = "a=T,f=100,";
                while let Some(piece) = pieces.next() {
                    let more = u8::from(pieces.peek().is_some());
                    bytes.extend(format!("\x1B_G{first}m={more};").as_bytes());
                    bytes.extend(piece);
                    bytes.extend(b"\x1B\\");
                    first = "";
                }
            }
            Self::Iterm => {
                let head = format!("\x1B]1337;File=inline=1;size={}:", png.len());
                bytes.extend(head.as_bytes());
                bytes.extend(text.as_bytes());
                bytes.push(0x07);
            }
        }
        bytes.push(b'\n');
        bytes
    }
}

#[cfg(test)]
mod tests {
    use card_sim::persona::Persona;

    use super::*;

    fn portrait() -> Vec<u8> {
        let hanako = Persona::shipped("hanako").unwrap();
        hanako.records.unwrap().pictures().portrait.clone()
    }

    #[test]
    fn a_portrait_keeps_its_size_and_its_greys() {
        let jp2 = portrait();
        let file = to_png(&jp2).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file))
            .read_info()
            .unwrap();
        let info = reader.info();
        // IHDR of the JP2: height, width.
        let at = jp2.windows(4).position(|tag| tag == b"ihdr").unwrap() + 4;
        let number = |at: usize| u32::from_be_bytes(jp2[at..at + 4].try_into().unwrap());
        assert_eq!((info.height, info.width), (number(at), number(at + 4)));
        assert_eq!(info.color_type, png::ColorType::Grayscale);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let (dark, light) = (pixels.iter().min(), pixels.iter().max());
        assert!(
            light.unwrap() - dark.unwrap() > 50,
            "a flat picture is none"
        );
    }

    #[test]
    fn what_is_no_picture_is_refused_before_it_costs_memory() {
        assert_eq!(to_png(b""), Err(PictureProblem::Broken));
        assert_eq!(to_png(b"\x89PNG\r\n\x1a\n"), Err(PictureProblem::Broken));
        let jp2 = portrait();
        let mut palette = jp2.clone();
        let at = palette.windows(4).position(|tag| tag == b"colr").unwrap();
        palette[at..at + 4].copy_from_slice(b"pclr");
        assert_eq!(to_png(&palette), Err(PictureProblem::Colours));
        let mut huge = jp2.clone();
        // SIZ of the codestream: capabilities, then width and height.
        let siz = huge
            .windows(2)
            .position(|marker| marker == [0xFF, 0x51])
            .unwrap();
        for at in [siz + 6, siz + 10] {
            huge[at..at + 4].copy_from_slice(&60_000_u32.to_be_bytes());
        }
        let refused = to_png(&huge);
        assert!(matches!(
            refused,
            Err(PictureProblem::TooLarge | PictureProblem::Broken)
        ));
        for cut in (0..jp2.len()).step_by(97) {
            let _ = to_png(&jp2[..cut]);
        }
        for at in (0..jp2.len()).step_by(53) {
            let mut bent = jp2.clone();
            bent[at] ^= 0x55;
            let _ = to_png(&bent);
        }
    }

    #[test]
    fn terminals_by_their_environment() {
        let of = |pairs: &[(&str, &str)]| {
            Drawing::of_environment(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Some(Drawing::Kitty));
        assert_eq!(of(&[("KITTY_WINDOW_ID", "1")]), Some(Drawing::Kitty));
        assert_eq!(of(&[("TERM_PROGRAM", "iTerm.app")]), Some(Drawing::Iterm));
    }

    #[test]
    fn a_long_picture_travels_in_pieces() {
        let drawn = String::from_utf8(Drawing::Kitty.of_png(&[7; 5000])).unwrap();
        assert_eq!(drawn.matches("\x1B_G").count(), 2);
        assert!(drawn.starts_with("\x1B_Ga=T,f=100,m=1;") && drawn.contains("\x1B_Gm=0;"));
        let drawn = Drawing::Iterm.of_png(b"png");
        assert_eq!(drawn, b"\x1B]1337;File=inline=1;size=3:cG5n\x07\n");
    }
}
