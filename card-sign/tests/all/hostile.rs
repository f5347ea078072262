//! Bytes that nobody would send in good faith: no panic, no acceptance, whatever they are.

use std::sync::LazyLock;

use card_core::digest::{Digest, HashAlgorithm};
use card_sign::cms::{self, SignedData, timestamp};
use card_sign::jws::{self, Expected};
use card_sign::raw;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::forge::Forge;
use crate::pki;
use crate::signed;

const CONTENT: &[u8] = b"content";

static DETACHED: LazyLock<Vec<u8>> = LazyLock::new(|| Forge::new(CONTENT).build());
static ATTACHED: LazyLock<Vec<u8>> = LazyLock::new(|| Forge::new(CONTENT).attach(CONTENT).build());
static TOKEN: LazyLock<String> =
    LazyLock::new(|| signed::jws(pki::hanako(), None, jws::Certificates::Signer, CONTENT).unwrap());

/// One cut and one paste somewhere, as a careless or malicious editor does.
#[derive(Clone, Debug)]
struct Edit {
    from: Index,
    remove: usize,
    insert: Vec<u8>,
}

impl Edit {
    fn apply(&self, to: &[u8]) -> Vec<u8> {
        let from = self.from.index(to.len() + 1);
        let end = (from + self.remove).min(to.len());
        [&to[..from], &self.insert, &to[end..]].concat()
    }
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    // Bytes with a meaning to a reader of BER, more often than others.
    let byte = prop_oneof![
        any::<u8>(),
        prop::sample::select(&[0, 0x24, 0x30, 0x31, 0x80, 0x81, 0x84, 0x88, 0xa0, 0xff][..])
    ];
    let edit = (
        any::<Index>(),
        0..40_usize,
        prop::collection::vec(byte, 0..12),
    );
    let edit = edit.prop_map(|(from, remove, insert)| Edit {
        from,
        remove,
        insert,
    });
    prop::collection::vec(edit, 1..4)
}

fn edited(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    edits
        .iter()
        .fold(bytes.to_vec(), |bytes, edit| edit.apply(&bytes))
}

/// What a reader finds without the CA's certificate, which is material that nobody needs.
fn essence(signed: &[u8]) -> Vec<u8> {
    let data = SignedData::open(&mut &signed[..], None).unwrap();
    let mut signers: Vec<_> = (0..data.signers())
        .map(|one| data.signature_value(one))
        .collect();
    signers.sort();
    signers.into_iter().flatten().flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn edited_cms_is_refused_or_says_the_same(edits in edits()) {
        let signed = edited(&DETACHED, &edits);
        let report = cms::verify_detached(&mut &signed[..], &mut &CONTENT[..], &pki::policy());
        let report = report.unwrap();
        prop_assert!(!report.is_accepted() || essence(&signed) == essence(&DETACHED));

        let signed = edited(&ATTACHED, &edits);
        let mut out = Vec::new();
        let report = cms::verify_attached(&mut &signed[..], Some(&mut out), &pki::policy());
        prop_assert!(!report.unwrap().is_accepted() || out == CONTENT);
    }

    #[test]
    fn edited_tokens_are_refused(edits in edits()) {
        let token = edited(TOKEN.as_bytes(), &edits);
        let (report, payload) = jws::verify_compact(&token, &Expected::default(), &pki::policy());
        prop_assert!(!report.is_accepted() || token == TOKEN.as_bytes());
        prop_assert!(payload.is_none() || token == TOKEN.as_bytes());
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let policy = pki::policy();
        let mut all = vec![bytes.clone()];
        for front in [&b"\x30\x80"[..], b"\x30\x82\x02\x58\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"] {
            all.push([front, &bytes].concat());
        }
        for bytes in all {
            let report = cms::verify_attached(&mut &bytes[..], None, &policy).unwrap();
            prop_assert!(!report.is_accepted());
            prop_assert!(SignedData::open(&mut &bytes[..], None).is_err());
            let request = timestamp::Request::new(b"value", [7; 16]);
            prop_assert!(request.judge(&bytes, &policy).proven_time().is_none());
            let any = |hash| Some(Digest::of(hash, b"value"));
            prop_assert!(timestamp::judge_token(&bytes, &any, &policy).proven_time().is_none());
            let (report, _) = jws::verify_compact(&bytes, &Expected::default(), &policy);
            prop_assert!(!report.is_accepted());
            let digest = Digest::of(HashAlgorithm::Sha256, CONTENT);
            for of in [pki::hanako(), pki::jisedai()] {
                let certificate = pki::certificate(of);
                prop_assert!(!raw::verify(&bytes, &digest, &certificate, &policy).is_accepted());
            }
            let _ = cms::extent(&bytes);
        }
    }
}

#[test]
fn time_stamps_inside_time_stamps_do_not_pile_up() {
    use crate::forge::{TIME_STAMP, attribute, hex, tlv};
    // A thousand tokens in each other, each with a signer that could have one: 300 kB.
    let imprint = tlv(0x30, &[&hex(crate::forge::SHA256), &tlv(4, &[&[0; 32]])]);
    let time = b"\x18\x0f20261125025930Z";
    let info = tlv(
        0x30,
        &[&[2, 1, 1], &hex("0603 2A0304"), &imprint, &[2, 1, 9], time],
    );
    let mut token = vec![0x30, 0];
    for _ in 0..1000 {
        let mut forge = Forge::new(&info).attach(&info);
        forge.version = 3;
        forge.content_type = hex(crate::forge::TST_INFO);
        forge.certificates.clear();
        forge.attributes.truncate(1);
        forge.signer_id = hex("3005 3000 020101");
        forge.sign = Box::new(|_, _| vec![1]);
        forge.unsigned = vec![attribute(TIME_STAMP, &[&token])];
        token = forge.build();
    }
    let mut forge = Forge::new(CONTENT);
    forge.unsigned = vec![attribute(TIME_STAMP, &[&token])];
    let signed = forge.build();
    assert!(signed.len() > 250_000);
    let report = cms::verify_detached(&mut &signed[..], &mut &CONTENT[..], &pki::policy());
    assert!(report.unwrap().fails(cms::rules::STAMP_SIGNATURE));
}
