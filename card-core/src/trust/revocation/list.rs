//! Revocation lists (CRL, RFC 5280 section 5): one for each municipality in JPKI.
//!
//! Two thirds of this file are the table of lists that say nothing, with OpenSSL's opinion.

use x509_parser::extensions::X509Extension;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::time::ASN1Time;

use super::{Evidence, Question, Revocation, RevocationChecker};
use crate::certificate::Certificate;
use crate::certificate::der::{self, Cursor, NotDer};
use crate::domain::date::UtcTime;
use crate::trust::encoding::{Signed, is_strict};
use crate::trust::report::Reason;

/// Revocation lists that the caller has. Nothing is fetched.
///
/// A list counts if the leaf's root signed it, it is for the leaf's part of the country, and it
/// covers the moment. A certificate that such a list names is revoked even if the list is of
/// another time; one that it does not name is good only while the list is current.
#[derive(Clone, Debug, Default)]
pub struct RevocationLists {
    lists: Vec<Vec<u8>>,
}

impl RevocationLists {
    /// Takes files with lists in DER or PEM. What cannot be read makes revocation unknown.
    pub fn new(files: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut lists = Vec::new();
        for file in files {
            let file = file.as_ref();
            let before = lists.len();
            for block in Pem::iter_from_buffer(file) {
                match block {
                    Ok(block) if block.label == "X509 CRL" => lists.push(block.contents),
                    Ok(_) => {}
                    Err(_) => lists.push(Vec::new()),
                }
            }
            if lists.len() == before {
                lists.push(file.to_vec());
            }
        }
        Self { lists }
    }
}

impl RevocationChecker for RevocationLists {
    fn check(&self, question: &Question<'_>) -> Revocation {
        let findings = self
            .lists
            .iter()
            .map(|list| judge(list, question).unwrap_or_else(Revocation::Unknown));
        findings.fold(Revocation::NotChecked, Revocation::or)
    }
}

fn judge(bytes: &[u8], question: &Question<'_>) -> Result<Revocation, Reason> {
    let issuer = question.issuer.certificate();
    let signed = Signed::read(bytes).map_err(|NotDer| Reason::RevocationMalformed)?;
    let Ok(([], list)) = CertificateRevocationList::from_der(bytes) else {
        return Err(Reason::RevocationMalformed);
    };
    // x509-parser passes over a table of entries that it cannot read, and over what stands behind
    // the last field. Both would turn "not understood" into "not listed".
    let whole = list.tbs_cert_list.as_ref() == signed.body && signed.rest.is_empty();
    let version_2 = list.version().is_some_and(|version| version.0 == 1);
    let extensions = list.extensions();
    let agree = signed.algorithms_agree();
    if !whole || !agree || !unique(extensions) || !(version_2 || extensions.is_empty()) {
        return Err(Reason::RevocationMalformed);
    }
    if list.issuer().as_raw() != issuer.subject().der() {
        return Err(Reason::RevocationIssuer);
    }
    if !issuer.key_usage().is_some_and(|usage| usage.crl_sign()) {
        return Err(Reason::RevocationSignature);
    }
    signed
        .verify(issuer.public_key())
        .map_err(|_| Reason::RevocationSignature)?;
    for extension in extensions {
        match extension.oid.as_bytes() {
            ISSUING_DISTRIBUTION_POINT => covers(extension.value, question.certificate)?,
            DELTA => return Err(Reason::RevocationScope),
            _ if extension.critical => return Err(Reason::RevocationExtension),
            _ => {}
        }
    }
    let mut since = None;
    for entry in list.iter_revoked_certificates() {
        // An entry that speaks of another issuer's certificate says so in a critical extension.
        let unjudged = |extension: &X509Extension<'_>| {
            extension.critical && !matches!(extension.oid.as_bytes(), REASON | INVALIDITY_DATE)
        };
        if entry.extensions().iter().any(unjudged) {
            return Err(Reason::RevocationExtension);
        }
        if entry.raw_serial() == question.certificate.serial().content() {
            since = Some(moment(entry.revocation_date)?);
        }
    }
    let this_update = moment(list.last_update())?;
    let next_update = list.next_update().map(moment).transpose()?;
    let evidence = Evidence::List {
        this_update,
        next_update,
    };
    if let Some(since) = since {
        return Ok(Revocation::Revoked { since, evidence });
    }
    if question.at < this_update {
        return Err(Reason::RevocationFuture);
    }
    match next_update {
        Some(next_update) if question.at <= next_update => Ok(Revocation::Good(evidence)),
        _ => Err(Reason::RevocationStale),
    }
}

/// Whether a list with this issuingDistributionPoint can speak of a certificate.
fn covers(value: &[u8], certificate: &Certificate) -> Result<(), Reason> {
    const POINT: u8 = 0xA0;
    const FULL_NAME: u8 = 0xA0;
    const ONLY_USERS: u8 = 0x81;
    const ONLY_AUTHORITIES_TO_ONLY_ATTRIBUTES: std::ops::RangeInclusive<u8> = 0x82..=0x85;
    let malformed = |NotDer| Reason::RevocationMalformed;
    if !is_strict(value) {
        return Err(Reason::RevocationMalformed);
    }
    let mut fields = Cursor::new(der::only(der::SEQUENCE, value).map_err(malformed)?.value);
    let mut last = 0;
    let mut named = true;
    while !fields.is_empty() {
        let field = fields.any().map_err(malformed)?;
        // In DER each field stands at its place, and a flag that is written is set.
        let place = field.tag & 0x1F;
        if place < last {
            return Err(Reason::RevocationMalformed);
        }
        last = place + 1;
        match field.tag {
            POINT => {
                let name = Cursor::new(field.value).any().map_err(malformed)?;
                if name.tag != FULL_NAME {
                    return Err(Reason::RevocationPartition);
                }
                named = names(name.value, certificate).map_err(malformed)?;
            }
            ONLY_USERS => {}
            tag if ONLY_AUTHORITIES_TO_ONLY_ATTRIBUTES.contains(&tag) => {
                return Err(Reason::RevocationScope);
            }
            _ => return Err(Reason::RevocationMalformed),
        }
    }
    if named {
        Ok(())
    } else {
        Err(Reason::RevocationPartition)
    }
}

/// Whether one of these general names is that of a distribution point of the certificate.
fn names(names: &[u8], certificate: &Certificate) -> Result<bool, NotDer> {
    const DIRECTORY_NAME: u8 = 0xA4;
    const URI: u8 = 0x86;
    let mut cursor = Cursor::new(names);
    let mut found = false;
    while !cursor.is_empty() {
        let name = cursor.any()?;
        let mut points = certificate
            .distribution_points()
            .iter()
            .filter(|point| !point.more);
        found |= points.any(|point| match name.tag {
            DIRECTORY_NAME => point
                .name
                .as_ref()
                .is_some_and(|own| own.der() == name.value),
            URI => point.uris.iter().any(|own| own.as_bytes() == name.value),
            _ => false,
        });
    }
    Ok(found)
}

fn unique(extensions: &[X509Extension<'_>]) -> bool {
    extensions.iter().enumerate().all(|(place, extension)| {
        !extensions
            .iter()
            .take(place)
            .any(|earlier| earlier.oid == extension.oid)
    })
}

fn moment(time: ASN1Time) -> Result<UtcTime, Reason> {
    UtcTime::from_datetime(time.to_datetime()).ok_or(Reason::RevocationMalformed)
}

const ISSUING_DISTRIBUTION_POINT: &[u8] = b"\x55\x1d\x1c";
const DELTA: &[u8] = b"\x55\x1d\x1b";
const REASON: &[u8] = b"\x55\x1d\x15";
const INVALIDITY_DATE: &[u8] = b"\x55\x1d\x18";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::certificate::Certificate;
    use crate::trust::tests::workshop::{
        ListDraft, Signer, TODAY, Workshop, extension, partition, put, splices, today,
    };
    use crate::trust::{Role, Rule, Verdict};

    const HOLDER: &[u8] = &[0x01, 0x33, 0xC3];

    /// What a list says of the workshop's leaf; `good`, `revoked` or a reason.
    fn finding(list: &[u8]) -> &'static str {
        let workshop = Workshop::open();
        let leaf = workshop.good.clone();
        let trust = workshop.trust();
        let lists = RevocationLists::new([list]);
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
            row(
                "on it, with a reason that stays unread",
                "revoked",
                true,
                |d, w| {
                    let reason = extension(REASON, false, &[10, 1, 3]);
                    d.entries.push(ListDraft::entry(HOLDER, &[&reason]));
                    &w.new.key
                },
            ),
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
            let lists = RevocationLists::new(lists);
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
        let pem = [&good, &elsewhere].map(|list| {
            encode(&Pem {
                label: "X509 CRL".into(),
                contents: list.clone(),
            })
        });
        assert_eq!(status(&[&pem.concat().into_bytes()]), "good");
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
