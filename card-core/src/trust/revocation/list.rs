//! Revocation lists (CRL, RFC 5280 section 5): one for each municipality in JPKI.
//!
//! Each list is read, hashed and sorted once, when it is given; a question then costs a look into
//! an index. Two thirds of this file are the table of lists that say nothing, with OpenSSL's
//! opinion.

use std::collections::HashMap;

use thiserror::Error;
use x509_parser::pem::Pem;

use super::entries::Entries;
use super::read::{self, Part};
use super::{Evidence, Question, Revocation, RevocationChecker};
use crate::certificate::{Certificate, PublicKey, SignatureAlgorithm};
use crate::digest::Digest;
use crate::domain::date::UtcTime;
use crate::trust::report::Reason;
use crate::trust::roots::{Role, Root, Trust};

/// Revocation lists that the caller has. Nothing is fetched.
///
/// A list counts if the leaf's root signed it, it is for the leaf's part of the country, and it
/// covers the moment. A certificate that such a list names was revoked even if the list is of
/// another time, from the moment on that its entry tells; one that it does not name is good only
/// while the list is current.
///
/// The files are not kept: an entry with a serial number of up to four bytes, as JPKI has them,
/// takes eight bytes. The signature of a list is checked once, when it is taken.
#[derive(Clone, Debug, Default)]
pub struct RevocationLists {
    lists: Vec<List>,
    /// By the name of their issuer.
    issuers: HashMap<Vec<u8>, Places>,
}

/// Where lists of one issuer are, by their part of the country.
#[derive(Clone, Debug, Default)]
struct Places {
    /// By the name of a distribution point.
    points: HashMap<Vec<u8>, Vec<usize>>,
    /// Those for every certificate of the issuer.
    everywhere: Vec<usize>,
}

/// One list without its file.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) issuer: Vec<u8>,
    pub(super) part: Part,
    /// Why it cannot be used although it can be read.
    pub(super) unusable: Option<Reason>,
    /// `None` of an algorithm that is not believed.
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) digest: Digest,
    pub(super) signature: Vec<u8>,
    pub(super) this_update: UtcTime,
    pub(super) next_update: Option<UtcTime>,
    pub(super) entries: Entries,
    /// The keys of roots that signed it; one, if any.
    pub(super) signers: Vec<PublicKey>,
}

/// A file holds something else than revocation lists, or one that cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("file {file} is no revocation list that can be read")]
pub struct UnreadableList {
    /// Which of the files, from 0.
    pub file: usize,
}

impl UnreadableList {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        Reason::RevocationMalformed.code()
    }
}

impl RevocationLists {
    /// Takes files with lists in DER or PEM, to be asked about certificates under these roots.
    ///
    /// # Errors
    ///
    /// [`UnreadableList`] for the first file that is none: a list that was given and is passed over
    /// would leave revoked certificates unknown.
    pub fn new(
        trust: &Trust,
        files: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Self, UnreadableList> {
        let mut lists = Self::default();
        for (number, file) in files.into_iter().enumerate() {
            lists
                .add(trust, file.as_ref())
                .map_err(|_| UnreadableList { file: number })?;
        }
        Ok(lists)
    }

    /// Takes one more file, which is not needed afterwards.
    ///
    /// # Errors
    ///
    /// [`UnreadableList`] with number 0; nothing of the file was taken then.
    pub fn add(&mut self, trust: &Trust, file: &[u8]) -> Result<(), UnreadableList> {
        const UNREADABLE: UnreadableList = UnreadableList { file: 0 };
        let mut lists = Vec::new();
        match read::list(file) {
            Ok(list) => lists.push(list),
            // Only what is no DER is searched for lines, which takes longer than reading a list.
            Err(_) => {
                for block in Pem::iter_from_buffer(file) {
                    let block = block.map_err(|_| UNREADABLE)?;
                    if block.label == "X509 CRL" {
                        lists.push(read::list(&block.contents).map_err(|_| UNREADABLE)?);
                    }
                }
            }
        }
        if lists.is_empty() {
            return Err(UNREADABLE);
        }
        for mut list in lists {
            let roots = trust.roots().map(Root::certificate);
            list.signers = roots
                .filter(|root| list.is_by(root))
                .map(|root| root.public_key().clone())
                .collect();
            let place = self.lists.len();
            let places = self.issuers.entry(list.issuer.clone()).or_default();
            match &list.part {
                Part::Everywhere => places.everywhere.push(place),
                Part::Points(points) => {
                    for point in points {
                        places.points.entry(point.clone()).or_default().push(place);
                    }
                }
            }
            self.lists.push(list);
        }
        Ok(())
    }

    /// What the lists at these places say.
    fn said(&self, places: &[usize], question: &Question<'_>) -> Revocation {
        let lists = places.iter().filter_map(|place| self.lists.get(*place));
        let findings = lists.map(|list| list.judge(question).unwrap_or_else(Revocation::Unknown));
        findings.fold(Revocation::NotChecked, Revocation::or)
    }
}

impl RevocationChecker for RevocationLists {
    fn check(&self, question: &Question<'_>) -> Revocation {
        if self.lists.is_empty() {
            return Revocation::NotChecked;
        }
        let issuer = question.issuer.certificate().subject().der();
        let Some(places) = self.issuers.get(issuer) else {
            return Revocation::Unknown(Reason::RevocationIssuer);
        };
        let mut found = self.said(&places.everywhere, question);
        for name in names(question.certificate) {
            if let Some(here) = places.points.get(&name) {
                found = found.or(self.said(here, question));
            }
        }
        match found {
            Revocation::NotChecked => Revocation::Unknown(Reason::RevocationPartition),
            found => found,
        }
    }
}

impl List {
    fn judge(&self, question: &Question<'_>) -> Result<Revocation, Reason> {
        let issuer = question.issuer.certificate();
        // An authority between a time-stamp authority and its root came with the question.
        let between = || question.issuer.role() == Role::TimeStamp && self.is_by(issuer);
        if !self.signers.contains(issuer.public_key()) && !between() {
            return Err(Reason::RevocationSignature);
        }
        if let Some(reason) = self.unusable {
            return Err(reason);
        }
        let evidence = Evidence::List {
            this_update: self.this_update,
            next_update: self.next_update,
        };
        if let Some(entry) = self.entries.find(question.certificate.serial().content()) {
            return Ok(entry.judge(question, evidence));
        }
        if question.at < self.this_update {
            return Err(Reason::RevocationFuture);
        }
        match self.next_update {
            Some(next_update) if question.at <= next_update => Ok(Revocation::Good(evidence)),
            _ => Err(Reason::RevocationStale),
        }
    }

    /// Whether the list is of this issuer, and signed with its key, which may do so.
    fn is_by(&self, issuer: &Certificate) -> bool {
        let may = issuer.key_usage().is_some_and(|usage| usage.crl_sign());
        let signed = |algorithm| {
            let key = issuer.public_key();
            key.verify_signed_digest(algorithm, &self.digest, &self.signature)
        };
        let algorithm = self.algorithm.as_ref();
        may && issuer.subject().der() == self.issuer
            && algorithm.is_some_and(|algorithm| signed(algorithm).is_ok())
    }
}

/// The names of a certificate's distribution points, as [`Part::Points`] has them.
fn names(certificate: &Certificate) -> Vec<Vec<u8>> {
    let named = |tag, name: &[u8]| [&[tag], name].concat();
    let points = certificate.distribution_points().iter();
    let mut names = Vec::new();
    for point in points.filter(|point| !point.more) {
        names.extend(
            point
                .name
                .iter()
                .map(|name| named(read::DIRECTORY_NAME, name.der())),
        );
        let uris = point.uris.iter();
        names.extend(uris.map(|uri| named(read::URI, uri.as_bytes())));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use proptest::prelude::*;
    use x509_parser::prelude::FromDer as _;
    use x509_parser::revocation_list::CertificateRevocationList;

    use super::*;
    use crate::certificate::Certificate;
    use crate::trust::revocation::read::{DELTA, INVALIDITY_DATE, REASON_CODE};
    use crate::trust::tests::workshop::{
        ListDraft, Signer, TODAY, Workshop, extension, partition, put, sequence, splices, today,
    };
    use crate::trust::{Role, Rule, Verdict};

    const HOLDER: &[u8] = &[0x01, 0x33, 0xC3];

    /// What a list says of the workshop's leaf; `good`, `revoked` or a reason.
    fn finding(list: &[u8]) -> &'static str {
        let workshop = Workshop::open();
        let leaf = workshop.good.clone();
        let trust = workshop.trust();
        let lists = match RevocationLists::new(&workshop.trust(), [list]) {
            Ok(lists) => lists,
            Err(unreadable) => return unreadable.code(),
        };
        let report = trust
            .store(Role::Authentication)
            .verify_with(&leaf, today(), &lists);
        match report.revocation() {
            Revocation::Unknown(reason) => {
                assert!(report.is_accepted());
                assert_eq!(report.verdict(Rule::Revocation), Verdict::Unknown(*reason));
                reason.code()
            }
            other => {
                assert_eq!(report.is_accepted(), other.status() == "good");
                other.status()
            }
        }
    }

    fn changed(
        change: impl FnOnce(&mut ListDraft, &'static Workshop) -> &'static Signer,
    ) -> Vec<u8> {
        let workshop = Workshop::open();
        let mut draft = ListDraft::new(&workshop.new);
        let signer = change(&mut draft, workshop);
        draft.sign(signer)
    }

    /// Each list with what it says, and whether OpenSSL finds its signature right.
    fn table() -> Vec<(&'static str, Vec<u8>, &'static str, bool)> {
        let row =
            |name,
             says,
             openssl,
             change: fn(&mut ListDraft, &'static Workshop) -> &'static Signer| {
                (name, changed(change), says, openssl)
            };
        vec![
            row("not on it", "good", true, |_, w| &w.new.key),
            row("empty", "good", true, |d, w| {
                d.entries.clear();
                &w.new.key
            }),
            row("for the whole country", "good", true, |d, w| {
                d.extensions.pop();
                &w.new.key
            }),
            row("on it", "revoked", true, |d, w| {
                d.entries.push(ListDraft::entry(HOLDER, &[]));
                &w.new.key
            }),
            row("on it, with a reason", "revoked", true, |d, w| {
                let reason = extension(REASON_CODE, false, &[10, 1, 3]);
                d.entries.push(ListDraft::entry(HOLDER, &[&reason]));
                &w.new.key
            }),
            row("on it, and too old", "revoked", true, |d, w| {
                d.next_update = Some("261124120000Z");
                d.entries.push(ListDraft::entry(HOLDER, &[]));
                &w.new.key
            }),
            row("too old", "revocation.stale", true, |d, w| {
                d.next_update = Some("261124235959Z");
                &w.new.key
            }),
            row("without an end", "revocation.stale", true, |d, w| {
                d.next_update = None;
                &w.new.key
            }),
            row("of tomorrow", "revocation.future", true, |d, w| {
                d.this_update = "261125000001Z";
                &w.new.key
            }),
            row(
                "by another generation",
                "revocation.signature",
                false,
                |_, w| &w.old.key,
            ),
            row(
                "by the authority for signing",
                "revocation.issuer",
                true,
                |d, w| {
                    *d = ListDraft::new(&w.signing);
                    &w.signing.key
                },
            ),
            row(
                "of another municipality",
                "revocation.partition",
                true,
                |d, w| {
                    d.entries.push(ListDraft::entry(HOLDER, &[]));
                    let name = partition(Role::Authentication, "Higashimurayama-shi CRLDP");
                    d.extensions[1] = ListDraft::point(&[&put(0xA0, &[&put(0xA0, &[&name])])]);
                    &w.new.key
                },
            ),
            row(
                "of a point named another way",
                "revocation.partition",
                true,
                |d, w| {
                    d.extensions[1] = ListDraft::point(&[&put(0xA0, &[&put(0xA1, &[])])]);
                    &w.new.key
                },
            ),
            row("for users only", "good", true, |d, w| {
                d.extensions[1] = ListDraft::point(&[&[0x81, 1, 0xFF]]);
                &w.new.key
            }),
            row("for authorities only", "revocation.scope", true, |d, w| {
                d.extensions[1] = ListDraft::point(&[&[0x82, 1, 0xFF]]);
                &w.new.key
            }),
            row("for some reasons only", "revocation.scope", true, |d, w| {
                d.extensions[1] = ListDraft::point(&[&[0x83, 2, 6, 0x40]]);
                &w.new.key
            }),
            row("of several issuers", "revocation.scope", true, |d, w| {
                d.extensions[1] = ListDraft::point(&[&[0x84, 1, 0xFF]]);
                &w.new.key
            }),
            row(
                "for attribute certificates",
                "revocation.scope",
                true,
                |d, w| {
                    d.extensions[1] = ListDraft::point(&[&[0x85, 1, 0xFF]]);
                    &w.new.key
                },
            ),
            row("with a flag twice", "revocation.malformed", true, |d, w| {
                d.extensions[1] = ListDraft::point(&[&[0x81, 1, 0xFF], &[0x81, 1, 0xFF]]);
                &w.new.key
            }),
            row("changes only", "revocation.scope", true, |d, w| {
                d.extensions.push(extension(DELTA, true, &[2, 1, 1]));
                &w.new.key
            }),
            row(
                "an unknown critical extension",
                "revocation.extension",
                true,
                |d, w| {
                    d.extensions.push(extension(b"\x2a\x03\x04", true, &[5, 0]));
                    &w.new.key
                },
            ),
            row(
                "an unknown critical extension of an entry",
                "revocation.extension",
                true,
                |d, w| {
                    let foreign = extension(b"\x2a\x03\x04", true, &[5, 0]);
                    d.entries.push(ListDraft::entry(&[9], &[&foreign]));
                    &w.new.key
                },
            ),
            row(
                "an extension twice",
                "revocation.malformed",
                true,
                |d, w| {
                    d.extensions.push(d.extensions[0].clone());
                    &w.new.key
                },
            ),
            // The table of entries holds the leaf, in a form that x509-parser passes over.
            row(
                "an entry that cannot be read",
                "revocation.malformed",
                false,
                |d, w| {
                    d.entries.push(ListDraft::entry(HOLDER, &[&[0x30, 1, 5]]));
                    &w.new.key
                },
            ),
            row(
                "extensions in version 1",
                "revocation.malformed",
                true,
                |d, w| {
                    d.version.clear();
                    &w.new.key
                },
            ),
        ]
    }

    #[test]
    fn every_list_says_what_it_can() {
        for (name, list, says, _) in table() {
            assert_eq!(finding(&list), says, "{name}");
        }
        assert_eq!(finding(b""), "revocation.malformed");
        assert_eq!(
            finding(b"-----BEGIN X509 CRL-----\n!\n"),
            "revocation.malformed"
        );
    }

    #[test]
    fn each_field_of_a_list_is_there_once_and_in_its_place() {
        let key = &Workshop::open().new.key;
        for stray in [
            put(0x17, &[b"261127000000Z"]),
            sequence(&[&ListDraft::entry(HOLDER, &[])]),
            put(0x04, &[&[0]]),
        ] {
            let mut draft = ListDraft::new(&Workshop::open().new);
            draft.stray = stray;
            assert_eq!(finding(&draft.sign(key)), "revocation.malformed");
        }
        // What of the authority's certificates the list is about.
        let point = partition(Role::Authentication, "Kiyose-shi CRLDP");
        let point = put(0xA0, &[&put(0xA0, &[&point])]);
        let users = put(0x81, &[&[0xFF]]);
        for (fields, expected) in [
            (&[&point[..], &users][..], "good"),
            (&[&users, &point], "revocation.malformed"),
            (&[&point, &point], "revocation.malformed"),
            (&[&point, &put(0x86, &[&[0xFF]])], "revocation.malformed"),
        ] {
            let mut draft = ListDraft::new(&Workshop::open().new);
            draft.extensions[1] = ListDraft::point(fields);
            assert_eq!(finding(&draft.sign(key)), expected);
        }
        // An extension has one value, an octet string.
        let (oid, value) = (put(6, &[b"\x2a\x03\x04"]), put(4, &[&[5, 0]]));
        for (extension, expected) in [
            (sequence(&[&oid, &value]), "good"),
            (sequence(&[&oid, &value, &[5, 0]]), "revocation.malformed"),
            (sequence(&[&oid, &[5, 0]]), "revocation.malformed"),
        ] {
            let mut draft = ListDraft::new(&Workshop::open().new);
            draft.extensions.push(extension);
            assert_eq!(finding(&draft.sign(key)), expected);
        }
        // Nothing stands behind the signature.
        let good = ListDraft::new(&Workshop::open().new).sign(key);
        let header = good.len() - usize::from(u16::from_be_bytes([good[2], good[3]]));
        assert_eq!(finding(&sequence(&[&good[header..]])), "good");
        let longer = sequence(&[&good[header..], &[5, 0]]);
        assert_eq!(finding(&longer), "revocation.malformed");
        // An entry that has extensions, but none.
        let mut draft = ListDraft::new(&Workshop::open().new);
        draft.entries.push(ListDraft::entry(&[5], &[&[]]));
        assert_eq!(finding(&draft.sign(key)), "revocation.malformed");
    }

    #[test]
    fn the_edges_of_a_lists_life_belong_to_it() {
        let workshop = Workshop::open();
        let trust = workshop.trust();
        let mut draft = ListDraft::new(&workshop.new);
        (draft.this_update, draft.next_update) = ("261125000000Z", Some("261126000000Z"));
        let list = draft.sign(&workshop.new.key);
        let lists = RevocationLists::new(&trust, [list.as_slice()]).unwrap();
        let day = 24 * 60 * 60;
        for (after, reason) in [
            (-1, Some(Reason::RevocationFuture)),
            (0, None),
            (day, None),
            (day + 1, Some(Reason::RevocationStale)),
        ] {
            let at = UtcTime::from_unix(TODAY + after).unwrap();
            let store = trust.store(Role::Authentication);
            let report = store.verify_with(&workshop.good, at, &lists);
            let found = match report.revocation() {
                Revocation::Unknown(reason) => Some(*reason),
                Revocation::Good(_) => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(found, reason, "{after}");
        }
    }

    #[test]
    fn openssl_finds_the_same_signatures_right() {
        let workshop = Workshop::open();
        let folder = tempfile::tempdir().unwrap();
        let (root, file) = (
            folder.path().join("root.pem"),
            folder.path().join("list.der"),
        );
        for (name, list, _, right) in table() {
            // OpenSSL chooses among same-named roots by the list's key identifier; ours has none.
            let root_of = if name.contains("for signing") {
                &workshop.signing
            } else {
                &workshop.new
            };
            let pem = Certificate::parse_exact(&root_of.certificate)
                .unwrap()
                .to_pem();
            fs::write(&root, pem).unwrap();
            fs::write(&file, &list).unwrap();
            let said = Command::new("openssl")
                .args(["crl", "-verify", "-noout", "-inform", "DER", "-CAfile"])
                .args([&root, &"-in".into(), &file])
                .output()
                .expect("this test needs the Debian package openssl");
            let text = String::from_utf8_lossy(&said.stderr).into_owned();
            assert_eq!(text.contains("verify OK"), right, "{name}: {text}");
        }
    }

    #[test]
    fn openssl_agrees_about_the_leaf_where_it_is_asked() {
        let workshop = Workshop::open();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let leaf = workshop.good.clone();
        fs::write(path("leaf.der"), leaf).unwrap();
        let root = Certificate::parse_exact(&workshop.new.certificate)
            .unwrap()
            .to_pem();
        fs::write(path("root.pem"), root).unwrap();
        for (name, list, says, _) in table() {
            let pem = Pem {
                label: "X509 CRL".into(),
                contents: list,
            };
            fs::write(path("list.pem"), encode(&pem)).unwrap();
            let said = Command::new("openssl")
                .args([
                    "verify",
                    "-crl_check",
                    "-attime",
                    &TODAY.to_string(),
                    "-CAfile",
                ])
                .args([
                    path("root.pem"),
                    "-CRLfile".into(),
                    path("list.pem"),
                    path("leaf.der"),
                ])
                .output()
                .expect("this test needs the Debian package openssl");
            let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
            // Where OpenSSL is gentler: it trusts a list without an end for ever, looks at what
            // DER forbids with less care, and takes extensions in version 1.
            let gentle = matches!(
                name,
                "without an end"
                    | "with a flag twice"
                    | "an extension twice"
                    | "extensions in version 1"
            );
            // A list of changes alone: refused by OpenSSL 3.0.22, taken for a whole one by 3.0.20.
            if name != "changes only" {
                assert_eq!(
                    text.contains(".der: OK"),
                    says == "good" || gentle,
                    "{name}: {text}"
                );
            }
            assert_eq!(
                text.contains("certificate revoked"),
                says == "revoked",
                "{name}: {text}"
            );
        }
    }

    fn encode(pem: &Pem) -> String {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        let text = BASE64_STANDARD.encode(&pem.contents);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|l| str::from_utf8(l).unwrap())
            .collect();
        format!(
            "-----BEGIN {0}-----\n{1}\n-----END {0}-----\n",
            pem.label,
            lines.join("\n")
        )
    }

    #[test]
    fn of_several_lists_the_one_that_speaks_counts() {
        let workshop = Workshop::open();
        let good = changed(|_, w| &w.new.key);
        let elsewhere = changed(|d, w| {
            let name = partition(Role::Authentication, "Higashimurayama-shi CRLDP");
            d.extensions[1] = ListDraft::point(&[&put(0xA0, &[&put(0xA0, &[&name])])]);
            &w.new.key
        });
        let stale = changed(|d, w| {
            d.next_update = Some("261124235959Z");
            &w.new.key
        });
        let revoked = changed(|d, w| {
            d.entries.push(ListDraft::entry(HOLDER, &[]));
            &w.new.key
        });
        let leaf = workshop.good.clone();
        let trust = workshop.trust();
        let status = |lists: &[&Vec<u8>]| {
            let lists = RevocationLists::new(&trust, lists).unwrap();
            let store = trust.store(Role::Authentication);
            let report = store.verify_with(&leaf, today(), &lists);
            match report.revocation() {
                Revocation::Unknown(reason) => reason.code(),
                other => other.status(),
            }
        };
        assert_eq!(status(&[]), "not-checked");
        assert_eq!(status(&[&elsewhere, &good]), "good");
        assert_eq!(status(&[&good, &revoked]), "revoked");
        assert_eq!(status(&[&elsewhere, &stale]), "revocation.stale");
        assert_eq!(status(&[&elsewhere]), "revocation.partition");
        // One that cannot be read is named, however many others could be.
        let unreadable = RevocationLists::new(&trust, [&good[..], b"no list"]).unwrap_err();
        assert_eq!(unreadable.file, 1);
        let pem = [&good, &elsewhere].map(|list| {
            encode(&Pem {
                label: "X509 CRL".into(),
                contents: list.clone(),
            })
        });
        assert_eq!(status(&[&pem.concat().into_bytes()]), "good");
    }

    /// A list of so many entries that its length takes four bytes, of which 64 MiB are promised.
    #[test]
    fn a_list_of_more_than_16_mebibytes_revokes() {
        const OTHERS: u32 = 520_000;
        let mut entries: Vec<Vec<u8>> = (0..OTHERS)
            .map(|number| {
                let [_, b, c, d] = number.to_be_bytes();
                let reason = extension(REASON_CODE, false, &[0x0A, 1, 4]);
                ListDraft::entry(&[0x02, b, c, d], &[&reason])
            })
            .collect();
        let list = |entries: &[Vec<u8>]| {
            changed(|d, w| {
                d.entries = entries.to_vec();
                &w.new.key
            })
        };
        let without = list(&entries);
        assert!(without.len() > 16 << 20, "{}", without.len());
        assert_eq!(finding(&without), "good");
        entries.insert(OTHERS as usize / 3, ListDraft::entry(HOLDER, &[]));
        assert_eq!(finding(&list(&entries)), "revoked");
    }

    /// Revocation time, invalidity date and reason against the moment that is judged for. The entry
    /// is of 20 November 2026.
    #[test]
    fn what_was_signed_before_stays_valid_unless_the_key_was_not_safe() {
        const BEFORE: i64 = 1_795_046_400; // 19 November
        const LONG_BEFORE: i64 = 1_793_491_200; // 1 November
        const REVOKED: i64 = 1_795_132_800; // 20 November
        let workshop = Workshop::open();
        let reason = |code| extension(REASON_CODE, false, &[10, 1, code]);
        let invalid = extension(INVALIDITY_DATE, false, b"\x18\x0f20261110000000Z");
        let late = extension(INVALIDITY_DATE, false, b"\x18\x0f20261121000000Z");
        type Row<'a> = (&'a str, Vec<&'a [u8]>, i64, &'static str, &'static str);
        let (moved, stolen, authority) = (reason(3), reason(1), reason(2));
        let (unspecified, superseded) = (reason(0), reason(4));
        let malformed = extension(REASON_CODE, false, &[10, 2, 0, 1]);
        let bad_date = extension(INVALIDITY_DATE, false, b"\x17\x0d261110000000Z");
        let rows: [Row<'_>; 17] = [
            ("moved", vec![&moved], BEFORE, "good", "other"),
            ("moved, that day", vec![&moved], REVOKED, "revoked", "other"),
            (
                "moved, a second before",
                vec![&moved],
                REVOKED - 1,
                "good",
                "other",
            ),
            ("renewed", vec![&superseded], BEFORE, "good", "other"),
            ("no reason", vec![], BEFORE, "good", "not-given"),
            (
                "no reason, after",
                vec![],
                REVOKED + 1,
                "revoked",
                "not-given",
            ),
            (
                "unspecified",
                vec![&unspecified],
                BEFORE,
                "good",
                "not-given",
            ),
            (
                "stolen",
                vec![&stolen],
                LONG_BEFORE,
                "revoked",
                "key-compromise",
            ),
            (
                "stolen since",
                vec![&stolen, &invalid],
                BEFORE,
                "revoked",
                "key-compromise",
            ),
            (
                "before the theft",
                vec![&stolen, &invalid],
                LONG_BEFORE,
                "good",
                "key-compromise",
            ),
            (
                "a date behind",
                vec![&stolen, &late],
                BEFORE,
                "good",
                "key-compromise",
            ),
            (
                "a date behind, after",
                vec![&stolen, &late],
                REVOKED,
                "revoked",
                "key-compromise",
            ),
            (
                "authority",
                vec![&authority],
                LONG_BEFORE,
                "revoked",
                "authority-compromise",
            ),
            (
                "moved, invalid since",
                vec![&moved, &invalid],
                BEFORE,
                "revoked",
                "other",
            ),
            (
                "before that",
                vec![&moved, &invalid],
                LONG_BEFORE,
                "good",
                "other",
            ),
            (
                "no reason code",
                vec![&malformed],
                BEFORE,
                "revocation.malformed",
                "",
            ),
            (
                "no date",
                vec![&bad_date],
                BEFORE,
                "revocation.malformed",
                "",
            ),
        ];
        for (name, extensions, at, says, cause) in rows {
            let list = changed(|draft, w| {
                draft.entries.push(ListDraft::entry(HOLDER, &extensions));
                &w.new.key
            });
            let Ok(lists) = RevocationLists::new(&workshop.trust(), [list]) else {
                assert_eq!(says, "revocation.malformed", "{name}");
                continue;
            };
            let at = UtcTime::from_unix(at).unwrap();
            let trust = workshop.trust();
            let store = trust.store(Role::Authentication);
            let report = store.verify_with(&workshop.good, at, &lists);
            let found = match report.revocation() {
                Revocation::Unknown(reason) => (reason.code(), ""),
                Revocation::Revoked { entry, .. } => ("revoked", entry.cause.name()),
                Revocation::RevokedLater { entry, .. } => ("good", entry.cause.name()),
                other => (other.status(), "not on it"),
            };
            assert_eq!(found, (says, cause), "{name}");
            assert_eq!(report.is_accepted(), says != "revoked", "{name}");
        }
    }

    /// An entry that stands twice counts as the worse of both.
    #[test]
    fn of_two_entries_the_worse_counts() {
        let (moved, stolen): ([u8; 3], [u8; 3]) = ([10, 1, 3], [10, 1, 1]);
        let entry = |code: &[u8]| ListDraft::entry(HOLDER, &[&extension(REASON_CODE, false, code)]);
        for order in [[moved, stolen], [stolen, moved]] {
            let list = changed(|draft, w| {
                draft
                    .entries
                    .extend(order.iter().map(|code: &[u8; 3]| entry(code)));
                &w.new.key
            });
            let workshop = Workshop::open();
            let before = UtcTime::from_unix(TODAY - 20 * 86_400).unwrap();
            let trust = workshop.trust();
            let store = trust.store(Role::Authentication);
            let report = store.verify_with(
                &workshop.good,
                before,
                &RevocationLists::new(&trust, [list]).unwrap(),
            );
            assert_eq!(report.revocation().status(), "revoked");
        }
    }

    #[test]
    fn no_flipped_bit_stays_good() {
        let good = changed(|_, w| &w.new.key);
        for place in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[place] ^= 1 << bit;
                let says = finding(&bad);
                assert!(
                    says.starts_with("revocation."),
                    "byte {place} bit {bit}: {says}"
                );
            }
        }
    }

    proptest! {
        /// `x509-parser` is the second reader: both say the same of each serial number.
        #[test]
        fn what_is_listed_is_found_and_nothing_else(
            serials in proptest::collection::vec(proptest::collection::vec(1_u8..0xFF, 1..7), 0..40),
            second in 0_u8..60,
        ) {
            let list = changed(|d, w| {
                d.entries = serials.iter().map(|serial| ListDraft::entry(serial, &[])).collect();
                d.entries.push(sequence(&[&put(2, &[&[1]]), &put(0x17, &[format!("9901010000{second:02}Z").as_bytes()])]));
                &w.new.key
            });
            let lists = RevocationLists::new(&Workshop::open().trust(), [&list]).unwrap();
            let (_, parsed) = CertificateRevocationList::from_der(&list).unwrap();
            let ours = &lists.lists.first().unwrap().entries;
            for serial in (1..=0xFF_u8).map(|byte| vec![byte]).chain(serials) {
                let theirs = parsed.iter_revoked_certificates();
                let theirs = theirs
                    .filter(|entry| entry.raw_serial() == serial)
                    .map(|entry| entry.revocation_date.timestamp())
                    .min();
                prop_assert_eq!(ours.find(&serial).map(|entry| entry.since.unix()), theirs, "{:02x?}", serial);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(splices in splices()) {
            let mut bytes = changed(|_, w| &w.new.key);
            for splice in &splices {
                splice.apply(&mut bytes);
            }
            prop_assert!(finding(&bytes).starts_with("revocation."));
        }
    }
}
