//! The text of a document before it is parsed: encoding, white space, and how much of everything.

use std::borrow::Cow;

use super::rules::reason;
use crate::report::Reason;

/// The text of a document in UTF-8 or UTF-16, without a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Reason> {
    if bytes.len() > MAX_BYTES {
        return Err(reason::SIZE);
    }
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, rest) = rest.as_chunks::<2>();
        let units = units.iter().map(|pair| unit(*pair));
        let text = char::decode_utf16(units).collect::<Result<String, _>>();
        text.ok().filter(|_| rest.is_empty()).map(Cow::Owned)
    };
    let (text, names): (_, &[&str]) = match bytes {
        [0xfe, 0xff, rest @ ..] => (wide(rest, u16::from_be_bytes), &["UTF-16", "UTF-16BE"]),
        [0xff, 0xfe, rest @ ..] => (wide(rest, u16::from_le_bytes), &["UTF-16", "UTF-16LE"]),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            (str::from_utf8(rest).ok().map(Cow::Borrowed), &["UTF-8"])
        }
    };
    let text = text.ok_or(reason::ENCODING)?;
    // A second mark, or a NUL as in UTF-16 without a mark, is text to one reader and noise to another.
    if text.starts_with('\u{feff}') || text.contains('\0') {
        return Err(reason::ENCODING);
    }
    // The parser does not look at each letter of values (XML 1.0, 2.2).
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(forbidden) {
        return Err(reason::MALFORMED);
    }
    // The declaration is looked at by the parser too; here only what it says about the encoding.
    let declared = declared_encoding(&text);
    let fits = declared.is_none_or(|name| names.iter().any(|own| own.eq_ignore_ascii_case(name)));
    fits.then_some(text).ok_or(reason::ENCODING)
}

/// The text as every reader of XML has to see it: one kind of line end (XML 1.0, 2.11), and in the
/// values of attributes spaces for tabs and line ends that are not written as numbers (3.3.3).
///
/// The parser leaves line ends in instructions and comments, and white space in values, as they are.
/// Seen with its version 0.12.0; xmllint and xmlsec1 read the standard's way. It also takes minutes
/// for an element with a million attributes, so both are counted before it starts.
pub(crate) fn normalized(text: &str) -> Result<String, Reason> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut all = String::with_capacity(text.len());
    let mut rest = &*text;
    let mut count = 0;
    let mut depth = 0_usize;
    while let Some(open) = rest.find('<') {
        let (before, markup) = rest.split_at(open);
        all.push_str(before);
        let other = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        rest = match other.iter().find(|(start, _)| markup.starts_with(start)) {
            Some((_, end)) => {
                let length = markup
                    .find(end)
                    .map_or(markup.len(), |place| place + end.len());
                let (inside, after) = markup.split_at(length);
                all.push_str(inside);
                after
            }
            None => {
                let (tag, after) = markup.split_at(push_tag(&mut all, markup)?);
                match () {
                    () if tag.starts_with("</") => depth = depth.saturating_sub(1),
                    () if tag.starts_with("<!") || tag.ends_with("/>") => {}
                    () => depth += 1,
                }
                if depth > MAX_DEPTH {
                    return Err(reason::DEPTH);
                }
                after
            }
        };
        count += 1;
        if count > MAX_MARKUP {
            return Err(reason::SIZE);
        }
    }
    all.push_str(rest);
    Ok(all)
}

/// Writes a tag with spaces in its values. Returns its length in bytes.
fn push_tag(all: &mut String, markup: &str) -> Result<usize, Reason> {
    let mut quote = None;
    let mut values = 0;
    for (place, c) in markup.char_indices() {
        all.push(if quote.is_some() && is_space(c) {
            ' '
        } else {
            c
        });
        match quote {
            None if c == '>' => return Ok(place + 1),
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                values += 1;
            }
            Some(open) if c == open => quote = None,
            _ => {}
        }
        if values > MAX_ATTRIBUTES {
            return Err(reason::MANY_ATTRIBUTES);
        }
    }
    Ok(markup.len())
}

fn declared_encoding(text: &str) -> Option<&str> {
    let (declaration, _) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// White space of XML; Rust's own includes U+3000, which is text.
pub(crate) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether a DOCTYPE stands before the document element.
pub(super) fn has_doctype(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_space);
        let skipped = match rest {
            comment if comment.starts_with("<!--") => comment.split_once("-->"),
            instruction if instruction.starts_with("<?") => instruction.split_once("?>"),
            _ => return rest.starts_with("<!DOCTYPE"),
        };
        let Some((_, after)) = skipped else {
            return false;
        };
        rest = after;
    }
}

/// The largest document that is read or signed, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
const MAX_ATTRIBUTES: usize = 256;
/// Elements inside elements.
pub(super) const MAX_DEPTH: usize = 100;
/// Tags, comments and instructions; the parser needs some 250 bytes for each.
const MAX_MARKUP: usize = 500_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_what_the_standard_says() {
        for (text, seen) in [
            (
                "<a b='\t\r\n'\tc=\"'\n>\">\t\r\n\r</a>",
                "<a b='  '\tc=\"' >\">\t\n\n</a>",
            ),
            ("<a b='&#9;&#10;'/>\n", "<a b='&#9;&#10;'/>\n"),
            ("<!-- b='\t\r\n' --><a/>", "<!-- b='\t\n' --><a/>"),
            (
                "<a><![CDATA[<b c='\t'>\r]]></a>",
                "<a><![CDATA[<b c='\t'>\n]]></a>",
            ),
            ("<?x y='\t'\r?><a/>", "<?x y='\t'\n?><a/>"),
            ("<!-- \n", "<!-- \n"),
            ("<a b='\n", "<a b=' "),
            ("x\n<", "x\n<"),
        ] {
            assert_eq!(normalized(text).unwrap(), seen, "{text:?}");
            assert_eq!(normalized(seen).unwrap(), seen, "once is enough");
        }
    }

    #[test]
    fn encodings_are_two_and_not_mixed() {
        let wide = |big: bool, text: &str| -> Vec<u8> {
            let mark = if big { [0xfe, 0xff] } else { [0xff, 0xfe] };
            let unit = if big {
                u16::to_be_bytes
            } else {
                u16::to_le_bytes
            };
            mark.into_iter()
                .chain(text.encode_utf16().flat_map(unit))
                .collect()
        };
        let text = "<?xml version='1.0'  encoding = \"utf-16\"?><a>\u{20bb7}</a>";
        assert_eq!(decode(&wide(true, text)).unwrap(), text);
        assert_eq!(decode(&wide(false, text)).unwrap(), text);
        for bad in [
            &b"<?xml version='1.0' encoding='UTF-16'?><a/>"[..],
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            b"\xef\xbb\xbf\xef\xbb\xbf<a/>",
            b"<a>\xe3\x81</a>",
            b"<\0a\0/\0>\0",
            b"\xff\xfe<\0a",
            b"\xfe\xff\xd8\x00",
        ] {
            assert_eq!(decode(bad).unwrap_err(), reason::ENCODING, "{bad:x?}");
        }
    }

    #[test]
    fn letters_are_those_of_xml() {
        for odd in ["\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            let text = format!("<a b='&amp;{odd}'/>");
            assert_eq!(
                decode(text.as_bytes()).unwrap_err(),
                reason::MALFORMED,
                "{odd:?}"
            );
        }
    }

    #[test]
    fn doctypes_are_found_behind_anything_that_may_stand_before_them() {
        for (text, there) in [
            ("<!DOCTYPE a><a/>", true),
            ("<?xml version='1.0'?>\n<!-- -->\n<?x?> <!DOCTYPE a>", true),
            ("<!-- <!DOCTYPE a> --><a/>", false),
            ("<a><!DOCTYPE a></a>", false),
            ("<!-- <!DOCTYPE a>", false),
            ("", false),
        ] {
            assert_eq!(has_doctype(text), there, "{text}");
        }
    }
}
