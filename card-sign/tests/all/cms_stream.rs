//! Large contents pass by: memory stays constant, whichever way round.

use std::io::{self, Read, Write};

use card_core::digest::{Digest, HashAlgorithm};
use card_sign::cms::{self, SignedData};

use crate::forge::{DATA, Forge, SHA256, SIGNED_DATA, hex, indefinite, tlv};
use crate::{pki, signed};

/// 64 MiB that exist only while they are read.
const LENGTH: u64 = 64 << 20;

/// Bytes made on demand.
#[derive(Clone)]
struct Made(u64);

impl Read for Made {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let most = to.len().min(usize::try_from(self.0).unwrap());
        let at = LENGTH - self.0;
        for (place, byte) in to[..most].iter_mut().enumerate() {
            *byte = ((at + place as u64) % 251) as u8;
        }
        self.0 -= most as u64;
        Ok(most)
    }
}

/// Counts what is written, keeps the digest.
struct Counted(u64, card_core::digest::Hasher);

impl Write for Counted {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0 += piece.len() as u64;
        self.1.update(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn counted() -> Counted {
    Counted(0, card_core::digest::Hasher::new(HashAlgorithm::Sha256))
}

/// The most memory this process ever had, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

fn signed(content: impl Read + Clone) -> SignedData {
    let mut data = SignedData::new();
    signed::cms(&mut data, pki::hanako(), content).unwrap();
    data
}

#[test]
fn sixty_four_mebibytes_pass_in_eight() {
    let digest = Digest::of_reader(HashAlgorithm::Sha256, &mut Made(LENGTH)).unwrap();
    let data = signed(Made(LENGTH));
    let detached = data.to_detached();
    let before = peak();

    let report = cms::verify_detached(&mut &detached[..], &mut Made(LENGTH), &pki::policy());
    assert!(report.unwrap().is_accepted());

    // Attached: written to a file, read back, its content counted.
    let mut file = tempfile::tempfile().unwrap();
    data.write_attached(&mut Made(LENGTH), LENGTH, &mut file)
        .unwrap();
    io::Seek::rewind(&mut file).unwrap();
    let mut out = counted();
    let report = cms::verify_attached(&mut file, Some(&mut out), &pki::policy()).unwrap();
    assert!(report.is_accepted(), "{report:#?}");
    assert_eq!((out.0, out.1.finish()), (LENGTH, digest));

    // One signer more: a second pass copies the content.
    io::Seek::rewind(&mut file).unwrap();
    let mut more = SignedData::open(&mut file, None).unwrap();
    signed::cms(&mut more, pki::taro(), Made(LENGTH)).unwrap();
    let mut second = tempfile::tempfile().unwrap();
    more.write_attached(&mut Made(LENGTH), LENGTH, &mut second)
        .unwrap();
    io::Seek::rewind(&mut second).unwrap();
    let report = cms::verify_attached(&mut second, None, &pki::policy()).unwrap();
    assert!(
        report.is_accepted() && report.signatures.len() == 2,
        "{report:#?}"
    );

    // Other tests run beside this one in the same process; none needs as much as a content.
    let grown = peak() - before;
    assert!(grown < 40 << 10, "{grown} kB");
}

#[test]
fn a_stream_in_pieces_passes_too() {
    // What `openssl cms -sign -stream -nodetach` writes: 4 KiB at a time, certificates at the end.
    let length = 1_000_000;
    let mut content = vec![0; length];
    Made(LENGTH).read_exact(&mut content).unwrap();
    let pieces: Vec<u8> = content
        .chunks(4096)
        .flat_map(|piece| tlv(4, &[piece]))
        .collect();
    let forge = Forge::new(&content);
    let signed_data = indefinite(
        0x30,
        &[
            &[2, 1, 1],
            &tlv(0x31, &[&hex(SHA256)]),
            &indefinite(
                0x30,
                &[
                    &hex(DATA),
                    &indefinite(0xa0, &[&indefinite(0x24, &[&pieces])]),
                ],
            ),
            &tlv(0xa0, &[&forge.certificates.concat()]),
            &tlv(0x31, &[&forge.signer_info()]),
        ],
    );
    let signed = indefinite(
        0x30,
        &[&hex(SIGNED_DATA), &indefinite(0xa0, &[&signed_data])],
    );
    let mut out = counted();
    let report = cms::verify_attached(&mut &signed[..], Some(&mut out), &pki::policy()).unwrap();
    assert!(report.is_accepted(), "{report:#?}");
    assert_eq!(out.0, length as u64);
}

#[test]
fn lengths_on_both_sides_of_a_byte_are_written_right() {
    for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000] {
        let content = vec![7; length];
        let data = signed(&content[..]);
        let mut signed = Vec::new();
        data.write_attached(&mut &content[..], length as u64, &mut signed)
            .unwrap();
        let mut out = Vec::new();
        let report = cms::verify_attached(&mut &signed[..], Some(&mut out), &pki::policy());
        assert!(report.unwrap().is_accepted(), "{length}");
        assert_eq!(out, content);
    }
}
