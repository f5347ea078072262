//! Filters of cross-reference and object streams: Flate, and predictors of PNG.
//!
//! Page contents may be written in ASCII besides. Pictures are never opened here.

use super::object::{Dictionary, Object};
use super::parser::is_space;
use super::rules::reason;
use crate::report::Reason;

/// `/DP` and `/F` are short for filters inside page contents, and `/F` names a file elsewhere.
const ELSEWHERE: [&[u8]; 4] = [b"DP", b"F", b"FFilter", b"FDecodeParms"];
/// The streams of the largest known files stay far below; a bomb does not.
pub(super) const MAX_SIZE: usize = 64 << 20;

/// The bytes of a stream, unpacked.
pub(super) fn decode(dictionary: &Dictionary, data: &[u8]) -> Result<Vec<u8>, Reason> {
    check_keys(dictionary)?;
    let one = |key: &[u8]| match dictionary.find(key) {
        Some(Object::Array(array)) => match array.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            _ => Err(reason::FILTER),
        },
        other => Ok(other.cloned()),
    };
    match one(b"Filter")? {
        None => return Ok(data.to_vec()),
        Some(Object::Name(name)) if name == b"FlateDecode" => {}
        Some(_) => return Err(reason::FILTER),
    }
    let plain = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(data, MAX_SIZE);
    let plain = plain.map_err(|_| reason::FILTER)?;
    match one(b"DecodeParms")? {
        None | Some(Object::Null) => Ok(plain),
        Some(Object::Dictionary(parameters)) => predicted(&parameters, plain),
        Some(_) => Err(reason::FILTER),
    }
}

/// Short names, and data elsewhere: some viewers follow them, and some do not.
fn check_keys(dictionary: &Dictionary) -> Result<(), Reason> {
    let differs = ELSEWHERE.iter().any(|key| dictionary.find(key).is_some());
    if differs { Err(reason::FILTER) } else { Ok(()) }
}

/// The bytes of page contents: in ASCII85 first, where the file says so.
pub(super) fn contents(dictionary: &Dictionary, data: &[u8]) -> Result<Vec<u8>, Reason> {
    check_keys(dictionary)?;
    let Some(Object::Array(filters)) = dictionary.find(b"Filter") else {
        return match dictionary.find(b"Filter") {
            Some(Object::Name(name)) if name == b"ASCII85Decode" => ascii85(data),
            _ => decode(dictionary, data),
        };
    };
    let Some((Object::Name(first), rest)) = filters.split_first() else {
        return decode(dictionary, data);
    };
    if first != b"ASCII85Decode" {
        return decode(dictionary, data);
    }
    if dictionary.find(b"DecodeParms").is_some() {
        return Err(reason::FILTER);
    }
    let mut inside = Dictionary::default();
    inside.set(b"Filter", Object::Array(rest.to_vec()));
    decode(&inside, &ascii85(data)?)
}

/// Five digits for four bytes (7.4.3); nothing but white space may follow the end.
fn ascii85(data: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut plain = Vec::new();
    let mut group: Vec<u8> = Vec::new();
    let mut bytes = data.iter().copied().filter(|byte| !is_space(*byte));
    loop {
        match bytes.next().ok_or(reason::FILTER)? {
            b'~' => break,
            b'z' if group.is_empty() => plain.extend([0; 4]),
            digit @ b'!'..=b'u' => group.push(digit - b'!'),
            _ => return Err(reason::FILTER),
        }
        if group.len() == 5 {
            plain.extend(four(&group)?);
            group.clear();
        }
    }
    if bytes.next() != Some(b'>') || bytes.next().is_some() || group.len() == 1 {
        return Err(reason::FILTER);
    }
    if !group.is_empty() {
        let kept = group.len() - 1;
        group.resize(5, 84);
        plain.extend(four(&group)?.into_iter().take(kept));
    }
    Ok(plain)
}

fn four(group: &[u8]) -> Result<[u8; 4], Reason> {
    let value = group
        .iter()
        .fold(0u64, |value, digit| value * 85 + u64::from(*digit));
    let value = u32::try_from(value).map_err(|_| reason::FILTER)?;
    Ok(value.to_be_bytes())
}

/// Undoes a predictor (7.4.4.4).
fn predicted(parameters: &Dictionary, data: Vec<u8>) -> Result<Vec<u8>, Reason> {
    let number = |key, default| match parameters.find(key) {
        None => Ok(default),
        Some(Object::Integer(value @ 1..=0xffff)) => Ok(*value as usize),
        Some(_) => Err(reason::FILTER),
    };
    match number(b"Predictor", 1)? {
        1 => return Ok(data),
        10..=15 => {}
        _ => return Err(reason::FILTER),
    }
    let bits = number(b"Colors", 1)? * number(b"BitsPerComponent", 8)?;
    let pixel = bits.div_ceil(8);
    let width = (bits * number(b"Columns", 1)?).div_ceil(8);
    if width >= data.len().max(2) {
        return Err(reason::FILTER);
    }
    let mut above = vec![0; width];
    let mut plain = Vec::with_capacity(data.len());
    for row in data.chunks(width + 1) {
        let (kind, row) = row.split_first().ok_or(reason::FILTER)?;
        if row.len() != width {
            return Err(reason::FILTER);
        }
        let mut line: Vec<u8> = Vec::with_capacity(width);
        for (place, byte) in row.iter().enumerate() {
            let back = |bytes: &[u8]| {
                place
                    .checked_sub(pixel)
                    .and_then(|place| bytes.get(place).copied())
                    .unwrap_or(0)
            };
            let (left, corner) = (back(&line), back(&above));
            let up = above.get(place).copied().unwrap_or(0);
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u16::midpoint(left.into(), up.into()) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(reason::FILTER),
            };
            line.push(byte.wrapping_add(guess));
        }
        plain.extend(&line);
        above = line;
    }
    Ok(plain)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |byte: u8| (guess - i16::from(byte)).abs();
    let (a, b, c) = (distance(left), distance(up), distance(corner));
    if a <= b && a <= c {
        left
    } else if b <= c {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictors_are_undone_row_by_row() {
        let parameters = Dictionary::from([
            (&b"Predictor"[..], Object::Integer(12)),
            (b"Columns", Object::Integer(3)),
        ]);
        let rows = [
            [0, 1, 2, 3],
            [2, 1, 1, 1],
            [1, 5, 5, 5],
            [3, 0, 0, 0],
            [4, 1, 1, 1],
        ]
        .concat();
        let plain = predicted(&parameters, rows).unwrap();
        assert_eq!(plain, [1, 2, 3, 2, 3, 4, 5, 10, 15, 2, 6, 10, 3, 7, 11]);
        assert_eq!(predicted(&parameters, vec![0, 1]), Err(reason::FILTER));
        assert_eq!(
            predicted(&parameters, vec![9, 1, 2, 3]),
            Err(reason::FILTER)
        );
    }

    #[test]
    fn contents_may_be_in_ascii() {
        let ascii = Dictionary::from([(&b"Filter"[..], Object::name(b"ASCII85Decode"))]);
        let written = b"87cURD]i,\"Ebo80z@/\n~>\n";
        let plain = b"Hello World!\0\0\0\0a";
        assert_eq!(contents(&ascii, written).unwrap(), plain);
        for wrong in [
            &b"87cUR"[..],
            b"87cUR~",
            b"87cUR~>x",
            b"8~>",
            b"87cUv~>",
            b"uuuuu~>",
        ] {
            assert_eq!(contents(&ascii, wrong), Err(reason::FILTER), "{wrong:?}");
        }
    }

    #[test]
    fn only_flate_is_known() {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"plain", 6);
        let flate = Dictionary::from([(&b"Filter"[..], Object::name(b"FlateDecode"))]);
        assert_eq!(decode(&flate, &packed).unwrap(), b"plain");
        assert_eq!(decode(&flate, b"plain"), Err(reason::FILTER));
        let other = Dictionary::from([(&b"Filter"[..], Object::name(b"LZWDecode"))]);
        assert_eq!(decode(&other, &packed), Err(reason::FILTER));
        assert_eq!(decode(&Dictionary::default(), b"plain").unwrap(), b"plain");
    }
}
