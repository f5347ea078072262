//! ASiC-E containers, beside a second reader and writer of ZIP archives.
//!
//! Besides the promises of all targets: an archive that is read here is the same to a program that
//! reads the directory at its end, and to one that reads it from the front; one that such a program
//! writes is read; and where the digests of the manifest are found right, the other reader has these
//! files and no others.

#![no_main]

use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::digest::{Digest, HashAlgorithm};
use card_fuzz::policy;
use card_sign::asic::{self, rules};
use card_sign::{Finding, Report, Verdict};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fuzz_target!(|data: &[u8]| {
    judged(data);
    let mut rest = Bytes(data);
    let Some(made) = Made::of(&mut rest) else {
        return;
    };
    let report = judged(&made.container);
    let broken = broken(&report);
    // Which names are refused is for the tests; everything else of it is honest.
    let right = match broken {
        None => true,
        Some(finding) => {
            [rules::NAMES, rules::META_INF].contains(&finding.rule)
                || finding.rule == rules::COVERED && made.files.is_empty()
                || finding.rule == rules::MANIFEST && !made.honest
        }
    };
    assert!(right, "{broken:?}");
    // One byte is changed: where all digests are found right still, so they are to the other reader.
    let Some(place) = rest.number().map(usize::from) else {
        return;
    };
    let mut changed = made.container.clone();
    let place = place % changed.len();
    changed[place] ^= rest.byte().filter(|bits| *bits != 0).unwrap_or(1);
    let report = judged(&changed);
    if made.honest && passes(&report, rules::DIGESTS) {
        assert_eq!(files(&changed), files(&made.container));
    }
});

/// What the verifier says; nothing is handed out unless it accepts.
fn judged(container: &[u8]) -> Report {
    let report = asic::verify(&mut Cursor::new(container), &policy());
    let report = report.expect("bytes in memory can be read");
    assert!(report.is_accepted() || report.files.is_empty());
    if let Ok(outline) = asic::outline(&mut Cursor::new(container)) {
        agreed(container, &outline);
    }
    report
}

/// Holds what was read against the other reader, which may refuse it.
fn agreed(container: &[u8], outline: &asic::Outline) {
    if let Ok(mut other) = ZipArchive::new(Cursor::new(container)) {
        assert_eq!(other.len(), outline.entries.len());
        for (number, entry) in outline.entries.iter().enumerate() {
            let Ok(file) = other.by_index_raw(number) else {
                continue;
            };
            let packed = file.compression() != CompressionMethod::Stored;
            assert_eq!(
                (file.name_raw(), file.size(), packed),
                (entry.name.as_bytes(), entry.size, entry.packed)
            );
        }
    }
    let mut front = container;
    for entry in &outline.entries {
        match zip::read::read_zipfile_from_stream(&mut front) {
            Ok(Some(file)) => {
                let read = (file.name_raw(), file.size());
                assert_eq!(read, (entry.name.as_bytes(), entry.size));
            }
            Ok(None) => panic!("{} is not found from the front", entry.name),
            // Lengths that stand behind the content are not read from there.
            Err(_) => return,
        }
    }
}

/// The files with their content, as the other reader has them.
fn files(container: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(container)).expect("the digests are right");
    let count = archive.len();
    let read = |number| {
        let mut file = archive.by_index(number).expect("the digests are right");
        let mut content = Vec::new();
        file.read_to_end(&mut content)
            .expect("the digests are right");
        (file.name_raw().to_vec(), content)
    };
    (0..count).map(read).collect()
}

/// The first rule for containers that is broken.
fn broken(report: &Report) -> Option<&Finding> {
    let own = |finding: &&Finding| rules::RULES.contains(&finding.rule) && finding.is_broken();
    report.document.iter().find(own)
}

fn passes(report: &Report, rule: card_sign::report::Rule) -> bool {
    let mut found = report
        .document
        .iter()
        .filter(|finding| finding.rule == rule);
    found.any(|finding| finding.verdict == Verdict::Pass)
}

/// A container by the other writer.
struct Made {
    container: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
    /// Whether its manifest is made for it.
    honest: bool,
}

impl Made {
    /// Names, contents and how they are packed come from the bytes, perhaps the manifest too.
    fn of(bytes: &mut Bytes<'_>) -> Option<Made> {
        let honest = bytes.byte()? & 1 == 0;
        let mut manifest = match honest {
            true => Vec::new(),
            false => bytes.some()?.to_vec(),
        };
        let (mut files, mut packed) = (Vec::new(), Vec::new());
        while files.len() < MOST_FILES
            && let Some(kind) = bytes.byte().filter(|kind| *kind < 2)
        {
            let length = usize::from(bytes.byte()?);
            let name = String::from_utf8(bytes.take(length)?.to_vec()).ok()?;
            if name.is_empty() || name.ends_with('/') {
                // The writer makes a folder of it.
                return None;
            }
            files.push((name, bytes.some()?.to_vec()));
            packed.push(kind == 1);
        }
        if honest {
            manifest = written(&files).into_bytes();
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let mut add = |name: &str, content: &[u8], packed: bool| {
            let method = match packed {
                true => CompressionMethod::Deflated,
                false => CompressionMethod::Stored,
            };
            let options = SimpleFileOptions::default().compression_method(method);
            // A second file of one name is refused.
            writer.start_file(name, options).ok()?;
            writer.write_all(content).ok()
        };
        add("mimetype", asic::MIME_TYPE.as_bytes(), false)?;
        for ((name, content), packed) in files.iter().zip(packed) {
            add(name, content, packed)?;
        }
        add("META-INF/ASiCManifest.xml", &manifest, true)?;
        add("META-INF/signature.p7s", SIGNATURE, true)?;
        let container = writer.finish().ok()?.into_inner();
        Some(Made {
            container,
            files,
            honest,
        })
    }
}

/// The manifest of these files.
fn written(files: &[(String, Vec<u8>)]) -> String {
    let mut text = "<a:ASiCManifest xmlns:a='http://uri.etsi.org/02918/v1.2.1#' \
                    xmlns:d='http://www.w3.org/2000/09/xmldsig#'><a:SigReference \
                    URI='META-INF/signature.p7s'/>"
        .to_owned();
    for (name, content) in files {
        let uri = name.bytes().fold(String::new(), |mut uri, byte| {
            let _ = write!(uri, "%{byte:02X}");
            uri
        });
        let digest = Digest::of(HashAlgorithm::Sha256, content);
        let digest = BASE64_STANDARD.encode(digest.as_bytes());
        let _ = write!(
            text,
            "<a:DataObjectReference URI='{uri}'><d:DigestMethod \
             Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><d:DigestValue>{digest}\
             </d:DigestValue></a:DataObjectReference>"
        );
    }
    text + "</a:ASiCManifest>"
}

/// What a fuzzer gives, piece by piece.
struct Bytes<'d>(&'d [u8]);

impl<'d> Bytes<'d> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn take(&mut self, length: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// As many as a number before them says.
    fn some(&mut self) -> Option<&'d [u8]> {
        let length = self.number()?;
        self.take(length.into())
    }
}

const MOST_FILES: usize = 8;

/// A signature over something else.
const SIGNATURE: &[u8] = include_bytes!("../../card-sign/tests/samples/cades.p7s");
