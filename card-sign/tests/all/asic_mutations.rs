//! Containers broken on purpose, each in one way, beside the honest one. The archives are written
//! here, by other code than the library's.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::Digest;
use card_core::digest::HashAlgorithm;
use card_sign::asic::reason;
use card_sign::cms::{self, SignedData};
use card_sign::report::Reason;

use crate::asic::{FILES, verify};
use crate::{pki, signed};

/// A file of an archive, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    name: Vec<u8>,
    pub(crate) content: Vec<u8>,
    deflate: bool,
    flags: u16,
    version: u16,
    /// Bytes in front of its header.
    before: Vec<u8>,
    local_extra: Vec<u8>,
    extra: Vec<u8>,
    comment: Vec<u8>,
    attributes: u32,
    /// In front of the file, in place of the name.
    local_name: Option<Vec<u8>>,
    /// In both headers, in place of the check sum.
    crc: Option<u32>,
    /// In both headers, in place of the length.
    size: Option<u32>,
    /// In both headers, in place of the method.
    method: Option<u16>,
    /// Behind the packed data, and counted with it.
    behind: Vec<u8>,
    /// A data descriptor, with its signature or without it, and what is added to its length.
    descriptor: Option<(bool, u32)>,
    /// Changes the header in front of the file.
    local: Option<fn(&mut Vec<u8>)>,
    absent_from_directory: bool,
    disk: u16,
}

impl Part {
    fn new(name: &str, content: &[u8]) -> Part {
        Part {
            name: name.into(),
            content: content.into(),
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            version: 20,
            ..Part::default()
        }
    }
}

pub(crate) fn archive(parts: &[Part]) -> Vec<u8> {
    archive_with(parts, |_, _| {})
}

/// An archive whose directory and end record are changed before they are written.
fn archive_with(parts: &[Part], change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let mut count = 0_u16;
    for part in parts {
        out.extend(&part.before);
        let offset = out.len() as u32;
        let mut packed = match part.deflate {
            true => miniz_oxide::deflate::compress_to_vec(&part.content, 6),
            false => part.content.clone(),
        };
        packed.extend(&part.behind);
        let crc = part.crc.unwrap_or_else(|| crc32(&part.content));
        let size = part.size.unwrap_or(part.content.len() as u32);
        let method = part.method.unwrap_or(if part.deflate { 8 } else { 0 });
        let fields = |numbers: [u32; 3], name: &[u8]| {
            let mut bytes = Vec::new();
            for word in [part.version, part.flags, method, 0x6000, 0x5b7d] {
                bytes.extend(word.to_le_bytes());
            }
            for number in numbers {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes
        };
        let numbers = [crc, packed.len() as u32, size];
        let told = if part.descriptor.is_some() {
            [0; 3]
        } else {
            numbers
        };
        let local_name = part.local_name.as_ref().unwrap_or(&part.name);
        let mut local = b"PK\x03\x04".to_vec();
        local.extend(fields(told, local_name));
        local.extend((part.local_extra.len() as u16).to_le_bytes());
        local.extend(local_name);
        local.extend(&part.local_extra);
        if let Some(change) = part.local {
            change(&mut local);
        }
        out.extend(local);
        out.extend(&packed);
        if let Some((marked, wrong)) = part.descriptor {
            if marked {
                out.extend(b"PK\x07\x08");
            }
            for number in [crc, packed.len() as u32, size + wrong] {
                out.extend(number.to_le_bytes());
            }
        }
        if part.absent_from_directory {
            continue;
        }
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(fields(numbers, &part.name));
        directory.extend((part.extra.len() as u16).to_le_bytes());
        directory.extend((part.comment.len() as u16).to_le_bytes());
        directory.extend(part.disk.to_le_bytes());
        directory.extend([0; 2]);
        directory.extend(part.attributes.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&part.name);
        directory.extend(&part.extra);
        directory.extend(&part.comment);
        count += 1;
    }
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend(count.to_le_bytes());
    end.extend(count.to_le_bytes());
    end.extend((directory.len() as u32).to_le_bytes());
    end.extend((out.len() as u32).to_le_bytes());
    end.extend([0; 2]);
    change(&mut directory, &mut end);
    out.extend(directory);
    out.extend(end);
    out
}

/// CRC-32, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

/// The manifest as the standard has it.
pub(crate) fn manifest(files: &[(&str, &[u8])]) -> String {
    let reference = |(name, content): &(&str, &[u8])| {
        let uri: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let digest = Digest::of(HashAlgorithm::Sha256, content);
        let digest = BASE64_STANDARD.encode(digest.as_bytes());
        format!(
            "<a:DataObjectReference URI='{uri}' MimeType='text/plain'><d:DigestMethod \
             Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><d:DigestValue>{digest}\
             </d:DigestValue></a:DataObjectReference>"
        )
    };
    let references: String = files.iter().map(reference).collect();
    format!(
        "<a:ASiCManifest xmlns:a='http://uri.etsi.org/02918/v1.2.1#' \
         xmlns:d='http://www.w3.org/2000/09/xmldsig#'><a:SigReference \
         URI='META-INF/signature.p7s'/>{references}</a:ASiCManifest>"
    )
}

fn sign(manifest: &str) -> Vec<u8> {
    let mut data = SignedData::new();
    signed::cms(&mut data, pki::hanako(), manifest.as_bytes()).unwrap();
    data.to_detached()
}

pub(crate) fn parts(files: &[(&str, &[u8])], manifest: &str, signature: Vec<u8>) -> Vec<Part> {
    let mut parts = vec![Part::new("mimetype", b"application/vnd.etsi.asic-e+zip")];
    parts.extend(files.iter().map(|(name, content)| Part::new(name, content)));
    parts.push(Part::new("META-INF/ASiCManifest.xml", manifest.as_bytes()));
    parts.push(Part::new("META-INF/signature.p7s", &signature));
    parts
}

fn honest() -> Vec<Part> {
    let manifest = manifest(&FILES);
    parts(&FILES, &manifest, sign(&manifest))
}

#[track_caller]
fn accepted(container: &[u8]) {
    let report = verify(container, &pki::policy());
    let reasons: Vec<_> = report.reasons().collect();
    assert!(report.is_accepted(), "{reasons:?}");
}

#[track_caller]
fn refused(what: &str, container: &[u8], reason: Reason) {
    let report = verify(container, &pki::policy());
    let reasons: Vec<_> = report.reasons().collect();
    assert_eq!(reasons, [reason], "{what}");
    assert!(!report.is_accepted() && report.files.is_empty(), "{what}");
}

#[test]
fn other_honest_archives_are_accepted() {
    accepted(&archive(&honest()));
    let changes: [fn(&mut Vec<Part>); 6] = [
        |parts| {
            parts
                .iter_mut()
                .skip(1)
                .for_each(|part| part.deflate = true)
        },
        |parts| parts[1..].reverse(),
        // As Java writes them.
        |parts| {
            for part in &mut parts[1..] {
                (part.deflate, part.descriptor) = (true, Some((true, 0)));
                part.flags |= 8;
            }
        },
        |parts| {
            for part in &mut parts[1..] {
                (part.deflate, part.descriptor) = (true, Some((false, 0)));
                part.flags |= 8;
            }
        },
        // As Info-ZIP writes them.
        |parts| {
            for part in &mut parts[1..] {
                part.local_extra =
                    b"UT\x09\0\x03\0\0\0\0\0\0\0\0ux\x0b\0\x01\x04\0\0\0\0\x04\0\0\0\0".into();
                part.extra = b"UT\x05\0\x03\0\0\0\0ux\x0b\0\x01\x04\0\0\0\0\x04\0\0\0\0".into();
                part.attributes = 0o100_644 << 16;
            }
        },
        |parts| parts[2].content = FILES[1].1.into(),
    ];
    for change in changes {
        let mut parts = honest();
        change(&mut parts);
        accepted(&archive(&parts));
    }
}

/// What is wrong, the change, and why the result is refused.
type Case = (&'static str, fn(&mut Vec<Part>), Reason);

#[test]
fn each_change_to_the_archive_is_refused_for_its_own_reason() {
    let cases: &[Case] = &[
        ("changed", |p| p[1].content[0] ^= 1, reason::DIGEST_DIFFERS),
        (
            "one more",
            |p| p.insert(2, Part::new("more", b"x")),
            reason::NOT_COVERED,
        ),
        (
            "one more at the end",
            |p| p.push(Part::new("more", b"x")),
            reason::NOT_COVERED,
        ),
        ("one less", |p| drop(p.remove(3)), reason::FILE_ABSENT),
        (
            "moved",
            |p| p[1].name = b"b.pdf".into(),
            reason::FILE_ABSENT,
        ),
        ("twice", |p| p.insert(2, p[1].clone()), reason::NAME_TWICE),
        (
            "twice, in capitals",
            |p| p.insert(2, Part::new("EMPTY", b"x")),
            reason::NAME_TWICE,
        ),
        (
            "a file that is a folder too",
            |p| p.insert(2, Part::new("empty/x", b"x")),
            reason::NAME_TWICE,
        ),
        (
            "decomposed",
            |p| {
                p.insert(2, Part::new("ガ", b"x"));
                p.insert(2, Part::new("カ\u{3099}", b"x"));
            },
            reason::NAME_TWICE,
        ),
        (
            "upwards",
            |p| p.insert(2, Part::new("../x", b"x")),
            reason::NAME,
        ),
        (
            "absolute",
            |p| p.insert(2, Part::new("/x", b"x")),
            reason::NAME,
        ),
        (
            "backslash",
            |p| p.insert(2, Part::new("a\\x", b"x")),
            reason::NAME,
        ),
        (
            "control character",
            |p| p.insert(2, Part::new("a\nb", b"x")),
            reason::NAME,
        ),
        (
            "right to left",
            |p| p.insert(2, Part::new("a\u{202e}fdp.exe", b"x")),
            reason::NAME,
        ),
        (
            "folder",
            |p| p.insert(2, Part::new("a b/", b"")),
            reason::NAME,
        ),
        (
            "no UTF-8",
            |p| p[2].name = b"\x83\x41.txt".into(),
            reason::NAME_ENCODING,
        ),
        ("no mark", |p| p[1].flags = 0, reason::NAME_ENCODING),
        (
            "another name in front",
            |p| p[3].local_name = Some(b"other".into()),
            reason::DIFFERS,
        ),
        (
            "another check sum in front",
            |p| p[1].local = Some(|local| local[14] ^= 1),
            reason::DIFFERS,
        ),
        (
            "another length in front",
            |p| p[1].local = Some(|local| local[22] ^= 1),
            reason::DIFFERS,
        ),
        (
            "another method in front",
            |p| p[1].local = Some(|local| local[8] = 8),
            reason::DIFFERS,
        ),
        (
            "other flags in front",
            |p| p[2].local = Some(|local| local[6] = 2),
            reason::DIFFERS,
        ),
        (
            "another time in front",
            |p| p[2].local = Some(|local| local[10] ^= 1),
            reason::DIFFERS,
        ),
        (
            "lengths unknown in front",
            |p| p[1].local = Some(|local| local[14..26].fill(0)),
            reason::DIFFERS,
        ),
        (
            "wrong descriptor",
            |p| {
                (p[1].deflate, p[1].descriptor) = (true, Some((true, 1)));
                p[1].flags |= 8;
            },
            reason::DIFFERS,
        ),
        (
            "stored with a descriptor",
            |p| {
                p[1].descriptor = Some((true, 0));
                p[1].flags |= 8;
            },
            reason::DESCRIPTOR,
        ),
        ("wrong check sum", |p| p[1].crc = Some(7), reason::CONTENT),
        (
            "wrong length",
            |p| (p[1].deflate, p[1].size) = (true, Some(3)),
            reason::CONTENT,
        ),
        (
            "longer than it is",
            |p| (p[1].deflate, p[1].size) = (true, Some(300)),
            reason::CONTENT,
        ),
        (
            "stored, of another length",
            |p| p[1].size = Some(3),
            reason::DIFFERS,
        ),
        (
            "behind the packed data",
            |p| (p[1].deflate, p[1].behind) = (true, b"x".into()),
            reason::CONTENT,
        ),
        (
            "cut off",
            |p| {
                let packed = miniz_oxide::deflate::compress_to_vec(&p[1].content, 6);
                p[1].size = Some(p[1].content.len() as u32);
                p[1].crc = Some(crc32(&p[1].content));
                p[1].content = packed[..packed.len() - 1].into();
                p[1].method = Some(8);
            },
            reason::CONTENT,
        ),
        ("another method", |p| p[1].method = Some(12), reason::METHOD),
        ("unknown flag", |p| p[1].flags |= 1 << 5, reason::METHOD),
        ("encrypted", |p| p[1].flags |= 1, reason::ENCRYPTED),
        (
            "strongly encrypted",
            |p| p[1].flags |= 1 << 6,
            reason::ENCRYPTED,
        ),
        ("64 bits", |p| p[1].version = 45, reason::ZIP64),
        ("another disk", |p| p[1].disk = 1, reason::ZIP64),
        (
            "comment on a file",
            |p| p[1].comment = b"x".into(),
            reason::COMMENT,
        ),
        (
            "another name in a field",
            |p| p[3].extra = b"up\x09\0\x01\0\0\0\0evil".into(),
            reason::EXTRA,
        ),
        (
            "another name in a field in front",
            |p| p[3].local_extra = b"up\x09\0\x01\0\0\0\0evil".into(),
            reason::EXTRA,
        ),
        (
            "broken field",
            |p| p[3].local_extra = b"UT\xff\0".into(),
            reason::EXTRA,
        ),
        (
            "link",
            |p| p[3].attributes = 0o120_777 << 16,
            reason::SPECIAL,
        ),
        (
            "folder by its attributes",
            |p| p[3].attributes = 0x10,
            reason::SPECIAL,
        ),
        (
            "bytes at the beginning",
            |p| p[0].before = b"MZ".into(),
            reason::GAP,
        ),
        (
            "bytes in between",
            |p| p[2].before = b"x".into(),
            reason::GAP,
        ),
        (
            "a file that the directory does not name",
            |p| {
                let mut hidden = p[1].clone();
                (hidden.content, hidden.absent_from_directory) = (b"other".into(), true);
                p.insert(1, hidden);
            },
            reason::GAP,
        ),
        (
            "a file at the end that the directory does not name",
            |p| {
                let mut hidden = Part::new("hidden", b"other");
                hidden.absent_from_directory = true;
                p.push(hidden);
            },
            reason::GAP,
        ),
        ("no media type", |p| drop(p.remove(0)), reason::MIME_TYPE),
        ("media type later", |p| p.swap(0, 1), reason::MIME_TYPE),
        (
            "media type packed",
            |p| p[0].deflate = true,
            reason::MIME_TYPE,
        ),
        (
            "another media type",
            |p| p[0].content = b"application/vnd.etsi.asic-s+zip".into(),
            reason::MIME_TYPE,
        ),
        (
            "media type with an end of line",
            |p| p[0].content.push(b'\n'),
            reason::MIME_TYPE,
        ),
        (
            "media type with a field",
            |p| p[0].local_extra = b"UT\x05\0\x03\0\0\0\0".into(),
            reason::MIME_TYPE,
        ),
        (
            "something else in META-INF",
            |p| p.push(Part::new("META-INF/evil.html", b"x")),
            reason::FOREIGN,
        ),
        (
            "another META-INF",
            |p| p.push(Part::new("meta-inf/x", b"x")),
            reason::FOREIGN,
        ),
        (
            "two manifests",
            |p| p.push(Part::new("META-INF/ASiCManifest2.xml", b"x")),
            reason::MANIFESTS,
        ),
        (
            "two signatures",
            |p| p.push(Part::new("META-INF/signature2.p7s", b"x")),
            reason::SIGNATURES,
        ),
        ("no manifest", |p| drop(p.remove(4)), reason::NO_MANIFEST),
        ("no signature", |p| drop(p.remove(5)), reason::NO_SIGNATURE),
        (
            "another signature than the manifest says",
            |p| p[5].name = b"META-INF/signature9.p7s".into(),
            reason::SIGNATURE_NAME,
        ),
        (
            "another signed text",
            |p| {
                let other = manifest(&FILES).replace("text/plain", "text/x");
                p[4].content = other.into();
            },
            cms::reason::DIGEST_DIFFERS,
        ),
        (
            "bomb",
            |p| {
                p[1].content = vec![0; 17 << 20];
                p[1].deflate = true;
            },
            reason::RATIO,
        ),
    ];
    for (what, change, reason) in cases {
        let mut parts = honest();
        change(&mut parts);
        refused(what, &archive(&parts), *reason);
    }
}

#[test]
fn each_change_to_the_directory_is_refused_for_its_own_reason() {
    let good = honest();
    type Case = (&'static str, fn(&mut Vec<u8>, &mut Vec<u8>), Reason);
    let cases: &[Case] = &[
        (
            "comment",
            |_, end| {
                end[20] = 3;
                end.extend(b"abc");
            },
            reason::COMMENT,
        ),
        ("behind the end", |_, end| end.extend(b"abc"), reason::GAP),
        (
            "two ends",
            |_, end| {
                let again = end.clone();
                end.extend(again);
            },
            reason::GAP,
        ),
        (
            "behind the directory",
            |directory, _| directory.extend(b"abc"),
            reason::GAP,
        ),
        (
            "behind the directory, and counted",
            |directory, end| {
                directory.push(0);
                end[12] += 1;
            },
            reason::GAP,
        ),
        (
            "one less counted",
            |_, end| {
                end[8] -= 1;
                end[10] -= 1;
            },
            reason::GAP,
        ),
        (
            "one more counted",
            |_, end| {
                end[8] += 1;
                end[10] += 1;
            },
            reason::MALFORMED,
        ),
        ("another disk", |_, end| end[4] = 1, reason::ZIP64),
        ("other counts", |_, end| end[8] += 1, reason::ZIP64),
        ("64 bits", |_, end| end[16..20].fill(0xff), reason::ZIP64),
        (
            "locator of 64 bits",
            |directory, _| directory.extend(b"PK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0"),
            reason::ZIP64,
        ),
        ("cut off", |_, end| end.truncate(21), reason::MALFORMED),
        (
            "another order",
            |directory, _| {
                // The first header has 46 bytes and its name.
                let first: Vec<u8> = directory.drain(..54).collect();
                directory.extend(first);
            },
            reason::GAP,
        ),
        (
            "too many files",
            |_, end| {
                end[8..12].copy_from_slice(&[0x20, 0x4e, 0x20, 0x4e]);
            },
            reason::MANY_FILES,
        ),
    ];
    for (what, change, reason) in cases {
        refused(what, &archive_with(&good, change), *reason);
    }
    refused("empty", b"", reason::MALFORMED);
    refused(
        "no archive",
        b"PK\x03\x04 and nothing else at all",
        reason::MALFORMED,
    );
}

#[test]
fn each_change_to_the_manifest_is_refused_for_its_own_reason() {
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let good = manifest(&FILES);
    let first = "%e5%a5%91%e7%b4%84%e6%9b%b8%2e%70%64%66";
    assert!(good.contains(first));
    let whole = |text: &str| {
        let from = text.find("<a:DataObjectReference").unwrap();
        let to = text.find("</a:DataObjectReference>").unwrap() + "</a:DataObjectReference>".len();
        (from, to)
    };
    let (from, to) = whole(&good);
    let reference = &good[from..to];
    let xml = |code| {
        let mut all = card_sign::xml::reason::ALL.iter();
        *all.find(|reason| reason.code() == code).unwrap()
    };
    let in_reference = |inside: &str| {
        good.replacen(
            "</a:DataObjectReference>",
            &format!("{inside}</a:DataObjectReference>"),
            1,
        )
    };
    let cases = [
        ("no XML", "x".to_owned(), xml("xml.malformed")),
        (
            "document type",
            format!("<!DOCTYPE a>{good}"),
            xml("xml.dtd"),
        ),
        (
            "another root",
            good.replace("a:ASiCManifest", "a:ASiCManifests"),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "another namespace",
            good.replace("v1.2.1#", "v1.2.2#"),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "instruction",
            format!("<?xml-stylesheet href='x'?>{good}"),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "extension",
            good.replace(
                "</a:ASiCManifest>",
                "<a:ASiCManifestExtensions/></a:ASiCManifest>",
            ),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "text",
            good.replace("</a:ASiCManifest>", "x</a:ASiCManifest>"),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "unknown attribute",
            good.replacen("MimeType=", "Mime=", 1),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "second digest",
            in_reference(&format!(
                "<d:DigestMethod Algorithm='{sha256}'/><d:DigestValue>AAAA</d:DigestValue>"
            )),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "extension of a reference",
            in_reference("<a:DataObjectReferenceExtensions/>"),
            reason::MANIFEST_FOREIGN,
        ),
        (
            "two signatures",
            good.replacen("<a:DataObject", "<a:SigReference URI='x'/><a:DataObject", 1),
            reason::MANIFEST_FOREIGN,
        ),
        ("SHA-1", good.replacen(sha256, sha1, 1), reason::WEAK_DIGEST),
        (
            "no algorithm",
            good.replacen(&format!(" Algorithm='{sha256}'"), "", 1),
            reason::WEAK_DIGEST,
        ),
        (
            "short digest",
            good.replacen("<d:DigestValue>", "<d:DigestValue>AAAA", 1),
            reason::DIGEST_MALFORMED,
        ),
        (
            "comment in a digest",
            good.replacen("<d:DigestValue>", "<d:DigestValue><!---->", 1),
            reason::DIGEST_MALFORMED,
        ),
        (
            "no name",
            good.replacen(&format!(" URI='{first}'"), "", 1),
            reason::ADDRESS,
        ),
        (
            "address elsewhere",
            good.replacen(first, "http://h/x", 1),
            reason::ADDRESS,
        ),
        (
            "upwards",
            good.replacen(first, "..%2fx", 1),
            reason::ADDRESS,
        ),
        (
            "broken escape",
            good.replacen(first, "%e5%", 1),
            reason::ADDRESS,
        ),
        (
            "escaped twice",
            good.replacen(first, &first.replace('%', "%25"), 1),
            reason::FILE_ABSENT,
        ),
        (
            "named twice",
            good.replacen(reference, &format!("{reference}{reference}"), 1),
            reason::NAMED_TWICE,
        ),
        (
            "named twice, written otherwise",
            good.replacen(
                reference,
                &format!("{reference}{}", reference.replace("%2e", ".")),
                1,
            ),
            reason::NAMED_TWICE,
        ),
        (
            "names the signature",
            good.replacen(first, "META-INF/signature.p7s", 1),
            reason::FILE_ABSENT,
        ),
        (
            "not named",
            good.replacen(reference, "", 1),
            reason::NOT_COVERED,
        ),
        (
            "digest of another file",
            {
                let other = Digest::of(HashAlgorithm::Sha256, b"other");
                let own = Digest::of(HashAlgorithm::Sha256, FILES[0].1);
                let text = |digest: Digest| BASE64_STANDARD.encode(digest.as_bytes());
                good.replacen(&text(own), &text(other), 1)
            },
            reason::DIGEST_DIFFERS,
        ),
    ];
    for (what, manifest, reason) in cases {
        let parts = parts(&FILES, &manifest, sign(&manifest));
        refused(what, &archive(&parts), reason);
    }
    let manifest = manifest(&[]);
    let parts = parts(&[], &manifest, sign(&manifest));
    refused("no files", &archive(&parts), reason::NO_FILE);
}

#[test]
fn all_strong_digests_are_accepted() {
    let content = FILES[0].1;
    for (uri, hash) in [
        (
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
            HashAlgorithm::Sha384,
        ),
        (
            "http://www.w3.org/2001/04/xmlenc#sha512",
            HashAlgorithm::Sha512,
        ),
    ] {
        let text = |hash| BASE64_STANDARD.encode(Digest::of(hash, content).as_bytes());
        let manifest = manifest(&FILES[..1])
            .replace("http://www.w3.org/2001/04/xmlenc#sha256", uri)
            .replace(&text(HashAlgorithm::Sha256), &text(hash));
        accepted(&archive(&parts(&FILES[..1], &manifest, sign(&manifest))));
    }
}

/// No single byte of a container can be another one.
#[test]
fn every_byte_counts() {
    let good = signed::asic(&FILES, pki::hanako()).unwrap();
    let policy = pki::policy();
    // The dates of files are in both headers, so one alone cannot change; who made the archive, and
    // with what it was made, is a word that says nothing.
    let mut free = 0;
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x04;
        let report = card_sign::asic::verify(&mut std::io::Cursor::new(&bad), &policy).unwrap();
        free += usize::from(report.is_accepted());
    }
    // Of each of six files: two bytes of who made it, the internal attributes, and of the external
    // ones what is no kind of file.
    assert!(free <= 6 * 8, "{free}");
}
