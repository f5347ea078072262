//! Authorities between a time-stamp authority and its root: each case breaks one step of the way.

use std::cell::Cell;

use super::workshop::{
    AUTHORITY_KEY, Authority, BASIC_CONSTRAINTS, Draft, EXTENDED_KEY_USAGE, KEY_USAGE, ListDraft,
    SHA1_WITH_RSA, SHA256_WITH_RSA, SHA384_WITH_RSA, SUBJECT_KEY, Signer, Workshop, extension,
    name, put, sequence, today,
};
use crate::certificate::Certificate;
use crate::trust::{
    Evidence, NoRevocation, Question, Reason, Revocation, RevocationCause, RevocationChecker,
    RevocationEntry, RevocationLists, Role, Trust, TrustSource, TrustStore, VerifyReport,
};

const DATES: [&str; 2] = ["230716010104Z", "330715145959Z"];

/// The root of all cases.
const ROOT: u8 = 20;
/// The time-stamp authority at the other end.
const STAMP: u8 = 29;

fn called(of: u8) -> Vec<u8> {
    name(&[(6, "JP"), (10, "Time"), (11, &format!("Authority {of}"))])
}

/// Without an identifier for the key above: the name and the signature tell.
fn draft(of: u8, issuer: u8) -> Draft {
    let mut draft = Authority::new(Role::TimeStamp, Signer::p384(of), of, DATES).draft;
    draft.subject = called(of);
    draft.issuer = called(issuer);
    draft
}

fn stamp_draft(issuer: u8) -> Draft {
    let mut draft = draft(STAMP, issuer);
    draft.set(BASIC_CONSTRAINTS, vec![]);
    draft.set(KEY_USAGE, extension(KEY_USAGE, true, &[3, 2, 7, 0x80]));
    draft.set(EXTENDED_KEY_USAGE, use_only(true, TIME_STAMPING));
    draft
}

fn stamp(issuer: u8) -> Vec<u8> {
    stamp_draft(issuer).sign(&Signer::p384(issuer))
}

const TIME_STAMPING: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08";
const ANY_USE: &[u8] = b"\x06\x04\x55\x1d\x25\x00";
const CODE_SIGNING: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03";

const UNKNOWN: &[u8] = b"\x2a\x03\x04";

fn use_only(critical: bool, usage: &[u8]) -> Vec<u8> {
    extension(EXTENDED_KEY_USAGE, critical, &sequence(&[usage]))
}

fn room(below: u8) -> Vec<u8> {
    extension(BASIC_CONSTRAINTS, true, &[0x30, 6, 1, 1, 0xFF, 2, 1, below])
}

/// An authority that issued the next, its own room stated or not.
fn step(of: u8, issuer: u8, below: Option<u8>) -> Vec<u8> {
    let mut draft = draft(of, issuer);
    if let Some(below) = below {
        draft.set(BASIC_CONSTRAINTS, room(below));
    }
    draft.sign(&Signer::p384(issuer))
}

fn trust(root: &[u8]) -> Trust {
    Trust::from_der(TrustSource::Folder, [root]).unwrap()
}

fn parsed(between: &[Vec<u8>]) -> Vec<Certificate> {
    let parse = |der: &Vec<u8>| Certificate::parse_exact(der).unwrap();
    between.iter().map(parse).collect()
}

fn ask(store: &TrustStore, leaf: &[u8], between: &[Vec<u8>]) -> VerifyReport {
    store.verify_between(leaf, today(), &NoRevocation, &parsed(between))
}

/// What is said of a time-stamp authority under a root with so much room.
fn verdict(root: Option<u8>, leaf: &[u8], between: &[Vec<u8>]) -> Option<Reason> {
    let root = step(ROOT, ROOT, root);
    let trust = trust(&root);
    let report = ask(trust.store(Role::TimeStamp), leaf, between);
    assert_eq!(report.is_accepted(), report.reason().is_none());
    // The report names the root that is trusted, not the authority that came along.
    let fingerprint = Certificate::parse_exact(&root).unwrap().fingerprint();
    let anchor = report.anchor().map(|anchor| anchor.fingerprint);
    assert_eq!(anchor, report.is_accepted().then_some(fingerprint));
    report.reason()
}

#[test]
fn each_authority_may_issue_the_next_or_nothing_below_is_believed() {
    type Change = fn(&mut Draft);
    let cases: [(&str, bool, Change); 16] = [
        ("nothing", true, |_| {}),
        ("stamps only", true, |d| {
            d.set(EXTENDED_KEY_USAGE, use_only(false, TIME_STAMPING));
        }),
        ("any use", true, |d| {
            d.set(EXTENDED_KEY_USAGE, use_only(true, ANY_USE));
        }),
        ("another use", false, |d| {
            d.set(EXTENDED_KEY_USAGE, use_only(false, CODE_SIGNING));
        }),
        ("the key above it is named", true, |d| {
            d.set(AUTHORITY_KEY, key_above(&Signer::p384(ROOT).identifier()));
        }),
        ("another key above it is named", false, |d| {
            d.set(AUTHORITY_KEY, key_above(&[7; 20]));
        }),
        ("an issuer of another name", false, |d| {
            d.issuer = called(27);
        }),
        ("version 1", false, |d| d.version = vec![]),
        ("an unknown extension", true, |d| {
            d.set(UNKNOWN, extension(UNKNOWN, false, &[5, 0]));
        }),
        ("an unknown critical extension", false, |d| {
            d.set(UNKNOWN, extension(UNKNOWN, true, &[5, 0]));
        }),
        ("the same extension twice", false, |d| {
            d.extensions.push(d.extensions[2].clone());
        }),
        ("expired", false, |d| {
            d.validity[1] = "261124235959Z";
        }),
        ("not yet valid", false, |d| {
            d.validity[0] = "261125000001Z";
        }),
        ("older than its root", false, |d| {
            d.validity[0] = "230716010103Z";
        }),
        ("no authority", false, |d| d.set(BASIC_CONSTRAINTS, vec![])),
        ("a serial number written longer than needed", false, |d| {
            d.serial = vec![0, 0, 1];
        }),
    ];
    let leaf = stamp(21);
    for (case, good, change) in cases {
        let mut draft = draft(21, ROOT);
        change(&mut draft);
        let between = draft.sign(&Signer::p384(ROOT));
        let expected = (!good).then_some(Reason::IssuerUnknown);
        assert_eq!(verdict(None, &leaf, &[between]), expected, "{case}");
    }
    let by_another = draft(21, ROOT).sign(&Signer::p384(27));
    let refused = Some(Reason::IssuerUnknown);
    assert_eq!(verdict(None, &leaf, &[by_another]), refused);
    assert_eq!(verdict(None, &leaf, &[]), refused);
}

fn key_above(identifier: &[u8]) -> Vec<u8> {
    extension(
        AUTHORITY_KEY,
        false,
        &sequence(&[&put(0x80, &[identifier])]),
    )
}

/// A root without an identifier of its own is named by the hash of its key.
#[test]
fn a_key_is_named_by_its_identifier_or_its_hash() {
    let leaf = stamp(21);
    let key = Signer::p384(ROOT).identifier();
    for (own, stated, good) in [
        (None, &key[..], true),
        (None, &[7; 20], false),
        (Some([9; 20]), &[9; 20], true),
        (Some([9; 20]), &key[..], false),
    ] {
        let mut root = draft(ROOT, ROOT);
        let identifier = own.map(|own| extension(SUBJECT_KEY, false, &put(4, &[&own])));
        root.set(SUBJECT_KEY, identifier.unwrap_or_default());
        let mut between = draft(21, ROOT);
        between.set(AUTHORITY_KEY, key_above(stated));
        let between = between.sign(&Signer::p384(ROOT));
        let trust = trust(&root.sign(&Signer::p384(ROOT)));
        let report = ask(trust.store(Role::TimeStamp), &leaf, &[between]);
        assert_eq!(report.is_accepted(), good, "{own:?} {stated:?}");
        // The same for what stands directly under the root.
        let mut direct = stamp_draft(ROOT);
        direct.set(AUTHORITY_KEY, key_above(stated));
        let direct = direct.sign(&Signer::p384(ROOT));
        let report = ask(trust.store(Role::TimeStamp), &direct, &[]);
        let expected = (!good).then_some(Reason::IssuerKey);
        assert_eq!(report.reason(), expected, "{own:?} {stated:?}");
    }
}

#[test]
fn an_authority_below_itself_is_none() {
    let other = Signer::p384(28);
    let mut between = draft(ROOT, ROOT);
    between.spki = other.spki();
    between.set(
        SUBJECT_KEY,
        extension(SUBJECT_KEY, false, &put(4, &[&other.identifier()])),
    );
    let between = between.sign(&Signer::p384(ROOT));
    let mut leaf = stamp_draft(ROOT);
    leaf.set(AUTHORITY_KEY, key_above(&other.identifier()));
    let leaf = leaf.sign(&other);
    let trust = trust(&step(ROOT, ROOT, None));
    let report = ask(trust.store(Role::TimeStamp), &leaf, &[between]);
    assert_eq!(report.reason(), Some(Reason::IssuerKey));
}

#[test]
fn the_algorithm_is_strong_and_named_alike_twice() {
    let root = &Workshop::open().new.key;
    let leaf = stamp(21);
    for (inner, outer, good) in [
        (SHA256_WITH_RSA, SHA256_WITH_RSA, true),
        (SHA384_WITH_RSA, SHA384_WITH_RSA, true),
        (SHA1_WITH_RSA, SHA1_WITH_RSA, false),
        (SHA384_WITH_RSA, SHA256_WITH_RSA, false),
    ] {
        let mut own = draft(ROOT, ROOT);
        own.spki = root.spki();
        own.set(SUBJECT_KEY, vec![]);
        let mut between = draft(21, ROOT);
        (between.inner_algorithm, between.outer_algorithm) = (inner.to_vec(), outer.to_vec());
        (own.inner_algorithm, own.outer_algorithm) =
            (SHA256_WITH_RSA.to_vec(), SHA256_WITH_RSA.to_vec());
        let trust = trust(&own.sign(root));
        let between = between.sign(root);
        let report = ask(trust.store(Role::TimeStamp), &leaf, &[between]);
        assert_eq!(report.is_accepted(), good, "{inner:02x?} {outer:02x?}");
    }
}

/// Room is what the narrowest authority above leaves, and three steps at most.
#[test]
fn the_way_down_is_as_long_as_every_authority_on_it_allows() {
    let way = |rooms: &[Option<u8>]| -> Vec<Vec<u8>> {
        let steps = rooms.iter().zip(21_u8..);
        steps.map(|(room, of)| step(of, of - 1, *room)).collect()
    };
    let any = None;
    for (root, rooms, good) in [
        (any, &[any][..], true),
        (Some(0), &[any], false),
        (Some(1), &[any], true),
        (any, &[Some(0)], true),
        (any, &[any, any], true),
        (any, &[Some(0), any], false),
        (any, &[Some(1), any], true),
        (Some(1), &[any, any], false),
        (Some(2), &[any, any], true),
        (Some(1), &[Some(5), any], false),
        (Some(5), &[Some(0), any], false),
        (any, &[any, any, any], true),
        (any, &[Some(2), any, any], true),
        (any, &[Some(1), any, any], false),
        (Some(2), &[Some(5), any, any], false),
        (Some(3), &[Some(2), Some(1), any], true),
        (any, &[any, any, any, any], false),
    ] {
        let mut between = way(rooms);
        let last = 20 + u8::try_from(rooms.len()).unwrap();
        let expected = (!good).then_some(Reason::IssuerUnknown);
        let case = format!("{root:?} {rooms:?}");
        assert_eq!(verdict(root, &stamp(last), &between), expected, "{case}");
        between.reverse();
        assert_eq!(verdict(root, &stamp(last), &between), expected, "{case}");
    }
}

/// Whether a certificate was revoked, by the first byte of its serial number, and how often that
/// was asked.
struct Revoked(u8, Cell<usize>);

impl RevocationChecker for Revoked {
    fn check(&self, question: &Question<'_>) -> Revocation {
        self.1.set(self.1.get() + 1);
        let at = question.at;
        match question.certificate.serial().content() == [self.0] {
            true => Revocation::Revoked {
                entry: RevocationEntry {
                    since: at,
                    invalid_since: None,
                    cause: RevocationCause::NotGiven,
                },
                evidence: Evidence::List {
                    this_update: at,
                    next_update: None,
                },
            },
            false => Revocation::NotChecked,
        }
    }
}

#[test]
fn each_authority_is_asked_about_and_a_revoked_one_issues_nothing() {
    let trust = trust(&step(ROOT, ROOT, None));
    let store = trust.store(Role::TimeStamp);
    let between = parsed(&[step(21, ROOT, None), step(22, 21, None)]);
    for (revoked, reason) in [
        (0, None),
        (21, Some(Reason::IssuerUnknown)),
        (22, Some(Reason::IssuerUnknown)),
        (STAMP, Some(Reason::Revoked)),
    ] {
        let checker = Revoked(revoked, Cell::new(0));
        let report = store.verify_between(&stamp(22), today(), &checker, &between);
        assert_eq!(report.reason(), reason, "{revoked}");
    }
    // Under the root itself nothing else is asked, whatever came along.
    let checker = Revoked(0, Cell::new(0));
    let report = store.verify_between(&stamp(ROOT), today(), &checker, &between);
    assert_eq!((report.reason(), checker.1.get()), (None, 1));
}

/// What the list of an authority says of the time-stamp authority below it.
fn listed(authority: &Draft, signer: &Signer, list: impl FnOnce(&mut ListDraft)) -> Revocation {
    let trust = trust(&step(ROOT, ROOT, None));
    let mut draft = ListDraft::new(&Workshop::open().elliptic);
    draft.issuer = authority.subject.clone();
    draft.extensions.truncate(1);
    list(&mut draft);
    let lists = RevocationLists::new(&trust, [draft.sign(signer).as_slice()]).unwrap();
    let between = parsed(&[authority.sign(&Signer::p384(ROOT))]);
    let store = trust.store(Role::TimeStamp);
    let report = store.verify_between(&stamp(21), today(), &lists, &between);
    *report.revocation()
}

#[test]
fn an_authority_that_came_along_signs_its_own_list() {
    let (authority, key) = (draft(21, ROOT), Signer::p384(21));
    let revoked = |list: &mut ListDraft| list.entries.push(ListDraft::entry(&[STAMP], &[]));
    let says = |found: Revocation| found.status();
    assert_eq!(says(listed(&authority, &key, |_| {})), "good");
    assert_eq!(says(listed(&authority, &key, revoked)), "revoked");
    let unsigned = Revocation::Unknown(Reason::RevocationSignature);
    assert_eq!(listed(&authority, &Signer::p384(27), |_| {}), unsigned);
    assert_eq!(listed(&authority, &Signer::p384(27), revoked), unsigned);
    // keyCertSign without cRLSign.
    let mut silent = authority.clone();
    silent.set(KEY_USAGE, extension(KEY_USAGE, true, &[3, 2, 2, 4]));
    assert_eq!(listed(&silent, &key, |_| {}), unsigned);
    // A list of another name is none of this authority's.
    let other = |list: &mut ListDraft| list.issuer = called(22);
    let none = Revocation::Unknown(Reason::RevocationIssuer);
    assert_eq!(listed(&authority, &key, other), none);
}

/// Those that sign JPKI's lists are the roots that were trusted when the list was read.
#[test]
fn a_root_that_was_not_trusted_signs_no_list() {
    let workshop = Workshop::open();
    let store = workshop.trust();
    let store = store.store(Role::Authentication);
    let list = ListDraft::new(&workshop.new).sign(&workshop.new.key);
    let said = |trusted: &[u8]| {
        let trusted = Trust::from_der(TrustSource::Simulator, [trusted]).unwrap();
        let lists = RevocationLists::new(&trusted, [list.as_slice()]).unwrap();
        *store
            .verify_with(&workshop.good, today(), &lists)
            .revocation()
    };
    assert_eq!(said(&workshop.new.certificate).status(), "good");
    let unsigned = Revocation::Unknown(Reason::RevocationSignature);
    assert_eq!(said(&workshop.old.certificate), unsigned);
}

/// JPKI issues leaves directly under its roots: what came along changes nothing there.
#[test]
fn only_time_stamps_have_authorities_between() {
    let workshop = Workshop::open();
    let trust = workshop.trust();
    let store = trust.store(Role::Authentication);
    let mut between = draft(21, ROOT);
    between.issuer = workshop.new.draft.subject.clone();
    (between.inner_algorithm, between.outer_algorithm) =
        (SHA256_WITH_RSA.to_vec(), SHA256_WITH_RSA.to_vec());
    let between = between.sign(&workshop.new.key);
    let mut leaf = workshop.leaf();
    leaf.issuer = called(21);
    leaf.set(AUTHORITY_KEY, vec![]);
    let algorithm = Signer::p384(21).algorithm().to_vec();
    (leaf.inner_algorithm, leaf.outer_algorithm) = (algorithm.clone(), algorithm);
    let leaf = leaf.sign(&Signer::p384(21));
    let report = ask(store, &leaf, &[between]);
    assert_eq!(report.reason(), Some(Reason::IssuerUnknown));
}
