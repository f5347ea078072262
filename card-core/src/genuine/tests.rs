//! Genuine records pass, and no changed, copied or re-ordered one does.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::applet::visual::record::CardFace;
use crate::card::Card;
use crate::pin::{ProfilePin, VerificationNumberB};
use crate::signature::SignatureKind;
use crate::tests::{self as shelf, Counter, KEYS, Shelf, object, with_table};
use crate::trust::cv::{IssuerKey, IssuerKeys, IssuerProblem, KeyId};

const CHALLENGE: Challenge = Challenge::new([0x5A; 32]);
const SPEND: Spend = Spend::KeepOne;

fn issuers() -> IssuerKeys {
    use rsa::traits::PublicKeyParts as _;
    let modulus = KEYS.issuer.n().to_be_bytes_trimmed_vartime();
    let key = |number| {
        let id = KeyId::new(shelf::key_id(number, "001"));
        IssuerKey::new(id, &modulus, &[1, 0, 1]).unwrap()
    };
    IssuerKeys::of(vec![key(shelf::PROFILE_ISSUER), key(shelf::VISUAL_ISSUER)])
}

fn pin() -> ProfilePin {
    ProfilePin::parse(b"1234").unwrap()
}

fn birth() -> BirthPin {
    BirthPin::parse(b"550217").unwrap()
}

fn number_a() -> VerificationNumberA {
    VerificationNumberA::parse(b"123456789018").unwrap()
}

fn number_b() -> VerificationNumberB {
    VerificationNumberB::from_face(&birth(), 2035, b"2285").unwrap()
}

/// Reads evidence from a card; says how many exchanges it took, forgetting included.
fn read(
    card: Shelf,
    reading: impl FnOnce(&mut crate::card::Transaction<'_>) -> Result<Evidence, Error>,
) -> (Evidence, usize) {
    let counter = Counter::default();
    let mut card = Card::new(card).observed_by(counter.clone());
    let mut transaction = card.begin().unwrap();
    let evidence = reading(&mut transaction).unwrap();
    transaction.end().unwrap();
    (evidence, counter.count())
}

fn profile(card: Shelf) -> (Evidence, usize) {
    read(card, |card| {
        Evidence::profile(&mut card.profile()?, &pin(), SPEND, Some(CHALLENGE))
    })
}

fn age(card: Shelf) -> (Evidence, usize) {
    read(card, |card| {
        Evidence::age(&mut card.visual()?, &birth(), SPEND, Some(CHALLENGE))
    })
}

fn face(card: Shelf) -> (Evidence, usize) {
    read(card, |card| {
        Evidence::face(&mut card.visual()?, &number_a(), SPEND, Some(CHALLENGE))
    })
}

fn number(card: Shelf) -> (Evidence, usize) {
    read(card, |card| {
        Evidence::number(&mut card.visual()?, &number_a(), SPEND, Some(CHALLENGE))
    })
}

const JOBS: [fn(Shelf) -> (Evidence, usize); 4] = [profile, age, face, number];

#[test]
fn a_good_card_is_genuine_within_its_budget() {
    for extended in [false, true] {
        let spent = JOBS.map(|job| {
            let (evidence, exchanges) = job(Shelf::new(extended));
            let report = evidence.judge(&issuers());
            assert!(report.all_valid(), "{report:?}");
            exchanges
        });
        let face = 3 + shelf::face_file().len().div_ceil(256) + 5;
        let budgets = if extended {
            [10, 7, 7, 7]
        } else {
            [15, 11, face, 11]
        };
        assert_eq!(spent, budgets, "extended: {extended}");
    }
    let mut long = Shelf::new(false);
    let fields = shelf::attribute_fields(&"大字".repeat(40));
    long.files.insert((8, 2), with_table(0xFF20, 3, &fields));
    long.files.insert(
        (8, 3),
        shelf::signature_file(&shelf::number_file(), &fields.concat()),
    );
    let (evidence, exchanges) = profile(long);
    assert!(evidence.judge(&issuers()).all_valid());
    assert_eq!(exchanges, 16);
}

#[test]
fn challenges_are_fresh() {
    assert_ne!(Challenge::random().unwrap(), Challenge::random().unwrap());
}

#[test]
fn what_is_not_proven_is_said() {
    let covered = |job: fn(Shelf) -> (Evidence, usize)| {
        let report = job(Shelf::new(true)).0.judge(&issuers());
        (report.not_covered, report.not_proven)
    };
    assert_eq!(
        covered(profile),
        (vec![], &[Gap::Unbound, Gap::CardStatus][..])
    );
    let (fields, gaps) = covered(face);
    assert_eq!(
        (fields, gaps),
        (
            vec!["expiry".to_owned(), "security_code".to_owned()],
            &[Gap::CardStatus][..],
        )
    );
    assert_eq!(covered(age), (vec![], &[Gap::CardStatus][..]));
}

#[test]
fn a_secret_proves_no_more_than_it_opens() {
    let by = |closed, with_b: bool| {
        let mut card = Shelf::new(true);
        card.closed = closed;
        let (evidence, _) = read(card, |card| {
            let profile = &mut card.profile()?;
            if with_b {
                Evidence::profile(profile, &number_b(), SPEND, None)
            } else {
                Evidence::profile(profile, &number_a(), SPEND, None)
            }
        });
        let report = evidence.judge(&issuers());
        (report.signature, report.live, report.not_covered.join(" "))
    };
    let unasked = Verdict::Unknown(Reason::NotAsked);
    let text = "name address birth sex";
    assert_eq!(by(None, false), (Verdict::Pass, unasked, text.to_owned()));
    assert_eq!(
        by(None, true),
        (Verdict::Pass, unasked, "number".to_owned())
    );
    let closed = Verdict::Unknown(Reason::Closed);
    assert_eq!(
        by(Some(3), true),
        (closed, unasked, format!("number {text}"))
    );
}

#[test]
fn the_wrong_issuer_is_named_and_does_not_stop_the_rest() {
    let (evidence, _) = age(Shelf::new(true));
    let report = evidence.judge(&IssuerKeys::production());
    let unknown = Verdict::Fail(Reason::Issuer(IssuerProblem::Unknown));
    assert_eq!(
        (report.signature, report.issuer, report.live),
        (Verdict::Pass, unknown, Verdict::Pass)
    );
    let mut card = Shelf::new(true);
    card.files
        .insert((2, 4), shelf::certificate(shelf::PROFILE_ISSUER, "1310121"));
    let report = age(card).0.judge(&issuers());
    assert_eq!(report.issuer.reason().unwrap().code(), "issuer.domain");
}

#[test]
fn records_of_another_card_are_found_out_where_they_are_bound() {
    // A copied card face: signed by the issuer, but this card cannot answer for it.
    let (mut evidence, _) = face(Shelf::new(true));
    let digest = Digest::of(HashAlgorithm::Sha256, &CHALLENGE.0);
    let scheme = rsa::Pkcs1v15Sign::new::<sha2::Sha256>();
    let answer = KEYS.foreign.sign(scheme, digest.as_bytes()).unwrap();
    let answer = Signature::new(SignatureKind::RsaPkcs1v15, answer);
    evidence.live = Live::Answered(CHALLENGE, answer);
    let report = evidence.judge(&issuers());
    assert_eq!(report.signature, Verdict::Pass);
    assert_eq!(report.live, Verdict::Fail(Reason::Answer));
    // An old answer to another challenge.
    let (mut evidence, _) = age(Shelf::new(true));
    let Live::Answered(_, answer) = evidence.live.clone() else {
        panic!()
    };
    evidence.live = Live::Answered(Challenge::new([1; 32]), answer);
    assert_eq!(
        evidence.judge(&issuers()).live,
        Verdict::Fail(Reason::Answer)
    );
}

/// Every file of a record, one by one.
fn files(evidence: &mut Evidence) -> Vec<&mut Vec<u8>> {
    let mut files: Vec<&mut Vec<u8>> = vec![&mut evidence.certificate];
    match &mut evidence.record {
        Record::Profile {
            number,
            attributes,
            signature,
            own_key,
        } => {
            files.extend(number.as_deref_mut());
            files.extend(attributes.as_deref_mut());
            files.extend(signature.as_deref_mut());
            files.push(own_key);
        }
        Record::Age(file) | Record::Face(file) | Record::Number(file) => files.push(file),
    }
    files
}

#[test]
fn every_changed_byte_is_seen_and_named() {
    for (job, uncovered) in JOBS.into_iter().zip([&[][..], &[], &[0xDF29, 0xDF2A], &[]]) {
        let (mut good, _) = job(Shelf::new(true));
        // The certificate is file 0; one record of each application is enough for it.
        let first = usize::from(matches!(good.record, Record::Face(_) | Record::Number(_)));
        for index in first..files(&mut good).len() {
            let original = files(&mut good)[index].clone();
            // The values of fields that the report itself names as not covered.
            let open = CardFace::template(&original).ok().map_or(vec![], |record| {
                let fields = uncovered.iter().filter_map(|tag| record.field(*tag));
                fields
                    .flat_map(|f| f.at + 3..f.at + f.whole.len())
                    .collect()
            });
            for at in 0..original.len() {
                for change in [0x01, 0x80] {
                    files(&mut good)[index][at] ^= change;
                    let report = good.judge(&issuers());
                    let seen = !report.all_valid();
                    assert_eq!(
                        seen,
                        !open.contains(&at),
                        "file {index}, byte {at} ^ {change}"
                    );
                    let reasons = [report.signature, report.issuer, report.live];
                    let named = reasons.iter().any(|found| found.reason().is_some());
                    assert_eq!(named, seen);
                    files(&mut good)[index][at] ^= change;
                }
            }
            for length in 0..original.len() {
                files(&mut good)[index].truncate(length);
                assert!(
                    !good.judge(&issuers()).all_valid(),
                    "file {index} cut at {length}"
                );
                files(&mut good)[index].clone_from(&original);
            }
        }
    }
}

fn judged(record: Record) -> Verdict {
    static CERTIFICATES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
        [shelf::PROFILE_ISSUER, shelf::VISUAL_ISSUER].map(|id| shelf::certificate(id, "1310121"))
    });
    let visual = usize::from(!matches!(record, Record::Profile { .. }));
    let certificate = CERTIFICATES[visual].clone().into();
    let evidence = Evidence {
        record,
        certificate,
        live: Live::NotAsked,
    };
    evidence.judge(&issuers()).signature
}

fn text(attributes: Vec<u8>, signature: Vec<u8>) -> Verdict {
    judged(Record::Profile {
        number: Some(shelf::number_file().into()),
        attributes: Some(attributes.into()),
        signature: Some(signature.into()),
        own_key: shelf::own_key_file().into(),
    })
}

#[test]
fn attributes_swapped_reordered_or_doubled() {
    let fields = shelf::attribute_fields("東京都");
    let signature = shelf::signature_file(&shelf::number_file(), &fields.concat());
    let record = |fields: &[Vec<u8>]| with_table(0xFF20, 1, fields);
    let invalid = |reason| Verdict::Fail(reason);
    assert_eq!(text(record(&fields), signature.clone()), Verdict::Pass);
    let mut swapped = fields.clone();
    swapped.swap(0, 1);
    assert_eq!(
        text(record(&swapped), signature.clone()),
        invalid(Reason::Offsets)
    );
    // A forged name in front of the table is what a reader would take; the digest is blind.
    let good = record(&fields);
    let forged = object(0xDF22, 1, b"FORGED");
    let value = [&forged[..], &good[3..]].concat();
    let doubled = object(0xFF20, 1, &value);
    assert_eq!(text(doubled, signature.clone()), invalid(Reason::Order));
    let missing = record(&fields[1..]);
    assert_eq!(text(missing, signature.clone()), invalid(Reason::Offsets));
    // More fields than this program knows are covered if the issuer signed them.
    let mut more = fields.clone();
    more.push(object(0xDF26, 1, "ハナコ".as_bytes()));
    assert_eq!(
        text(record(&more), signature),
        invalid(Reason::AttributesDigest)
    );
    let signature = shelf::signature_file(&shelf::number_file(), &more.concat());
    assert_eq!(text(record(&more), signature), Verdict::Pass);
}

#[test]
fn somebody_elses_number_or_attributes() {
    let fields = shelf::attribute_fields("東京都");
    let record = with_table(0xFF20, 1, &fields);
    let other = b"\xFF\x10\x0C000000000019\xFF\xFF";
    let signature = shelf::signature_file(other, &fields.concat());
    assert_eq!(
        text(record.clone(), signature),
        Verdict::Fail(Reason::NumberDigest)
    );
    // The filler is part of what is signed.
    let signature = shelf::signature_file(&shelf::number_file()[..15], &fields.concat());
    assert_eq!(
        text(record.clone(), signature),
        Verdict::Fail(Reason::NumberDigest)
    );
    let signature = shelf::signature_file(&shelf::number_file(), b"");
    assert_eq!(
        text(record, signature),
        Verdict::Fail(Reason::AttributesDigest)
    );
}

#[test]
fn face_fields_swapped_reordered_or_left_out() {
    let fields = shelf::face_fields();
    let face = |fields: &[Vec<u8>]| judged(Record::Face(with_table(0xFF20, 3, fields).into()));
    assert_eq!(face(&fields), Verdict::Pass);
    for first in 0..9 {
        for second in 0..first {
            let mut swapped = fields.clone();
            swapped.swap(first, second);
            assert!(
                matches!(face(&swapped), Verdict::Fail(_)),
                "{second} and {first}"
            );
        }
        let mut missing = fields.clone();
        missing.remove(first);
        assert!(
            first > 6 || matches!(face(&missing), Verdict::Fail(_)),
            "without {first}"
        );
    }
    // An unsigned field is never fatal and never called signed.
    let mut more = fields;
    more.push(object(0xDF2B, 1, b"new"));
    let record = Record::Face(with_table(0xFF20, 3, &more).into());
    assert_eq!(record.not_covered(), ["expiry", "security_code", "DF2B"]);
    assert_eq!(judged(record), Verdict::Pass);
}

#[test]
fn fields_behind_the_signature_are_not_covered() {
    let good = shelf::age_file();
    let value = [&good[5..], &object(0xDF14, 1, b"claimed")].concat();
    let record = Record::Age(object(0xFF10, 3, &value).into());
    assert_eq!(record.not_covered(), ["DF14"]);
    assert_eq!(judged(record), Verdict::Pass);
    // The whole content moved behind the signature.
    let (content, rest) = good[5..].split_at(11);
    let moved = object(0xFF10, 3, &[rest, content].concat());
    let finding = judged(Record::Age(moved.into()));
    assert_eq!(finding, Verdict::Fail(Reason::Malformed));
}

#[test]
fn codes_are_listed_and_sorted() {
    assert!(Reason::CODES.is_sorted());
    for reason in [
        Reason::Order,
        Reason::Closed,
        Reason::Issuer(IssuerProblem::Signature),
    ] {
        assert!(Reason::CODES.contains(&reason.code()));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_pass(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for outer in [0xFF10, 0xFF20, 0xFF30, 0xFF40, 0xFF50, 0x7F21] {
            let file = Zeroizing::new(object(outer, 3, &bytes));
            let certificate = file.clone();
            for record in [
                Record::Age(file.clone()),
                Record::Face(file.clone()),
                Record::Number(file.clone()),
                Record::Profile {
                    number: Some(file.clone()),
                    attributes: Some(file.clone()),
                    signature: Some(file.clone()),
                    own_key: file.clone(),
                },
            ] {
                prop_assert_ne!(judged(record.clone()), Verdict::Pass);
                let certificate = certificate.clone();
                let answer = Signature::new(SignatureKind::RsaPkcs1v15, bytes.clone());
                let live = Live::Answered(CHALLENGE, answer);
                let report = Evidence { record, certificate, live }.judge(&issuers());
                prop_assert!(!report.all_valid());
            }
        }
    }
}
