//! One signer, rule by rule: each on its own, so that a report says all that is wrong.
//!
//! Longer than other files: the rules about one signer lean on each other's findings, and apart
//! they could not be read in the order in which they are held.

use card_core::certificate::{Certificate, Oid};
use card_core::digest::{Digest, HashAlgorithm};
use card_core::signature::SignatureKind;
use card_core::trust::Role;

use super::attributes::{self, Attribute};
use super::rules::{self, reason};
use super::signed_data::{SignedData, Signer};
use super::stream::Content;
use super::{algorithm, oid, timestamp};
use crate::ber::{self, Element, OCTET_STRING, OID, SEQUENCE, SET};
use crate::policy::{Policy, Profile};
use crate::report::{Finding, Reason, Rule, SignatureReport, Value, Verdict};

/// Judges all signers of a file over the content that passed by.
pub(super) fn judge_all(
    data: &SignedData,
    content: &Content,
    policy: &Policy<'_>,
) -> Vec<SignatureReport> {
    // One certificate written twice is still one.
    let mut certificates: Vec<Certificate> = Vec::new();
    for one in data.certificates().iter().chain(policy.certificates) {
        if !certificates
            .iter()
            .any(|known| known.to_der() == one.to_der())
        {
            certificates.push(one.clone());
        }
    }
    let subject = Subject {
        data,
        content,
        certificates: &certificates,
        policy,
    };
    data.signers
        .iter()
        .map(|signer| subject.judge(signer))
        .collect()
}

/// What all signers of a file have in common.
struct Subject<'a> {
    data: &'a SignedData,
    content: &'a Content,
    certificates: &'a [Certificate],
    policy: &'a Policy<'a>,
}

/// The findings about one signer as they come together.
#[derive(Default)]
struct Notes(SignatureReport);

impl Notes {
    /// Notes how a rule fared, and hands on what it found.
    fn rule<T>(&mut self, rule: Rule, result: Result<T, Reason>) -> Option<T> {
        let verdict = result
            .as_ref()
            .map_or_else(|reason| Verdict::Fail(*reason), |_| Verdict::Pass);
        self.0.findings.push(Finding::new(rule, verdict));
        result.ok()
    }

    fn add(&mut self, finding: Finding) {
        self.0.findings.push(finding);
    }

    /// A fact for the finding that was noted last.
    fn fact(&mut self, name: &'static str, value: impl Into<Value>) {
        if let Some(finding) = self.0.findings.pop() {
            self.0.findings.push(finding.with(name, value));
        }
    }
}

impl Subject<'_> {
    fn judge(&self, bytes: &[u8]) -> SignatureReport {
        let mut notes = Notes::default();
        let Ok(signer) = Signer::read(bytes) else {
            notes.add(Finding::fail(rules::ENCODING, reason::SIGNER_MALFORMED));
            Finding::complete(&mut notes.0.findings, &OF_SIGNER);
            return notes.0;
        };
        let fits = signer.version_fits();
        notes.rule(
            rules::VERSION,
            fits.then_some(()).ok_or(reason::SIGNER_VERSION),
        );
        let certificate = notes
            .rule(rules::CERTIFICATE, self.certificate(&signer))
            .cloned();
        let hash = notes.rule(rules::DIGEST_ALGORITHM, self.hash(&signer));
        if let Some(hash) = hash {
            notes.fact("algorithm", hash.name());
        }
        let kind = match hash {
            Some(hash) => {
                let kind = algorithm::scheme(&signer.signature_algorithm, hash);
                let kind = notes.rule(rules::SIGNATURE_ALGORITHM, kind);
                if let Some(kind) = kind {
                    notes.fact("scheme", scheme_name(kind));
                }
                if let Some(SignatureKind::RsaPssSalted { salt }) = kind {
                    notes.fact("salt-length", salt);
                }
                kind
            }
            None => {
                notes.add(Finding::new(
                    rules::SIGNATURE_ALGORITHM,
                    Verdict::NotChecked,
                ));
                None
            }
        };
        let list = self.attributes(&mut notes, &signer, hash, certificate.as_ref());
        self.signature(&mut notes, &signer, hash.zip(kind), certificate.as_ref());
        self.time_stamps(&mut notes, &signer);
        if let Some(certificate) = certificate {
            self.signing_time(&mut notes, list.as_deref(), &certificate);
            self.trust(&mut notes, certificate);
        }
        Finding::complete(&mut notes.0.findings, &OF_SIGNER);
        notes.0
    }

    /// Rule M5.
    fn certificate(&self, signer: &Signer<'_>) -> Result<&Certificate, Reason> {
        let mut matching = self.certificates.iter().filter(|one| signer.id.names(one));
        match (matching.next(), matching.next()) {
            (Some(certificate), None) => Ok(certificate),
            (None, _) => Err(reason::CERTIFICATE_ABSENT),
            (Some(_), Some(_)) => Err(reason::CERTIFICATE_AMBIGUOUS),
        }
    }

    /// Rule M6.
    fn hash(&self, signer: &Signer<'_>) -> Result<HashAlgorithm, Reason> {
        let hash = algorithm::hash(&signer.digest_algorithm).ok_or(reason::WEAK_DIGEST)?;
        if hash == HashAlgorithm::danger_sha1() && !self.policy.danger_sha1 {
            return Err(reason::WEAK_DIGEST);
        }
        let listed = self.data.announced().contains(&hash);
        listed.then_some(hash).ok_or(reason::DIGEST_NOT_LISTED)
    }

    /// Rules M8, M18, M2, M11, M9, M10 and M14.
    fn attributes<'s>(
        &self,
        notes: &mut Notes,
        signer: &Signer<'s>,
        hash: Option<HashAlgorithm>,
        certificate: Option<&Certificate>,
    ) -> Option<Vec<Attribute<'s>>> {
        let Some(set) = &signer.signed else {
            let direct = match self.policy.danger_direct {
                false => Err(reason::NO_ATTRIBUTES),
                // A signature over attributes is also one over a content of just these bytes.
                true if self.looks_like_attributes() => Err(reason::ATTRIBUTES_AS_CONTENT),
                true => Ok(()),
            };
            notes.rule(rules::ATTRIBUTES, direct);
            return None;
        };
        notes.rule(rules::ATTRIBUTES, Ok(()));
        let der = ber::has_der_lengths(set.whole) && attributes::is_sorted(set);
        notes.rule(
            rules::ATTRIBUTES_DER,
            der.then_some(()).ok_or(reason::ATTRIBUTES_NOT_DER),
        );
        let list = match attributes::read(set) {
            Ok(list) if list.len() > MAX_ATTRIBUTES => {
                notes.add(Finding::fail(rules::LIMITS, reason::MANY_ATTRIBUTES));
                return None;
            }
            Ok(list) => list,
            Err(reason) => {
                notes.add(Finding::fail(rules::ATTRIBUTES_DER, reason));
                return None;
            }
        };
        let twice = list
            .iter()
            .enumerate()
            .any(|(place, one)| list.iter().take(place).any(|other| other.oid == one.oid));
        notes.rule(
            rules::ATTRIBUTES_ONCE,
            if twice {
                Err(reason::ATTRIBUTE_TWICE)
            } else {
                Ok(())
            },
        );
        for other in list
            .iter()
            .filter(|attribute| !KNOWN.contains(&attribute.oid))
        {
            notes.fact("other-attribute", other.oid.to_string());
        }
        notes.rule(rules::CONTENT_TYPE, self.content_type(&list));
        match hash {
            Some(hash) => _ = notes.rule(rules::DIGEST, self.digest(&list, hash)),
            None => notes.add(Finding::new(rules::DIGEST, Verdict::NotChecked)),
        }
        if let Some(certificate) = certificate {
            notes.add(self.signing_certificate(&list, certificate));
        }
        Some(list)
    }

    /// Whether the content begins as a SET of attributes does: SET, SEQUENCE, content-type.
    fn looks_like_attributes(&self) -> bool {
        let head = &self.content.head;
        let inside = |bytes: &[u8], tag| {
            let header = ber::Header::read(bytes)
                .ok()
                .filter(|header| header.tag == tag)?;
            bytes.get(header.size..).map(<[u8]>::to_vec)
        };
        let id = ber::tlv(OID, &[oid::CONTENT_TYPE.content()]);
        inside(head, SET)
            .and_then(|rest| inside(&rest, SEQUENCE))
            .is_some_and(|rest| rest.starts_with(&id))
    }

    fn content_type(&self, list: &[Attribute<'_>]) -> Result<(), Reason> {
        let attribute =
            attributes::find(list, &oid::CONTENT_TYPE).ok_or(reason::NO_CONTENT_TYPE)?;
        let value = attribute.only()?;
        let same = value.tag == OID && value.contents == self.data.content_type.content();
        same.then_some(()).ok_or(reason::CONTENT_TYPE_DIFFERS)
    }

    fn digest(&self, list: &[Attribute<'_>], hash: HashAlgorithm) -> Result<(), Reason> {
        let attribute = attributes::find(list, &oid::MESSAGE_DIGEST).ok_or(reason::NO_DIGEST)?;
        let value = attribute.only()?;
        if value.tag != OCTET_STRING {
            return Err(reason::ATTRIBUTE_MALFORMED);
        }
        if value.contents.len() != hash.length() {
            return Err(reason::DIGEST_LENGTH);
        }
        let own = self.content.digest(hash).map(Digest::as_bytes);
        (own == Some(value.contents))
            .then_some(())
            .ok_or(reason::DIGEST_DIFFERS)
    }

    fn signing_certificate(&self, list: &[Attribute<'_>], certificate: &Certificate) -> Finding {
        let names = [oid::SIGNING_CERTIFICATE, oid::SIGNING_CERTIFICATE_V2];
        let mut present = list
            .iter()
            .filter(|attribute| names.contains(&attribute.oid))
            .peekable();
        let verdict = match present.peek() {
            None if self.policy.profile == Profile::Any => {
                Verdict::Warn(reason::NO_SIGNING_CERTIFICATE)
            }
            None => Verdict::Fail(reason::NO_SIGNING_CERTIFICATE),
            Some(_) => present
                .try_for_each(|one| attributes::check_signing_certificate(one, certificate))
                .map_or_else(Verdict::Fail, |()| Verdict::Pass),
        };
        Finding::new(rules::SIGNING_CERTIFICATE, verdict)
    }

    /// Rules M12 and M13.
    fn signature(
        &self,
        notes: &mut Notes,
        signer: &Signer<'_>,
        algorithm: Option<(HashAlgorithm, SignatureKind)>,
        certificate: Option<&Certificate>,
    ) {
        let (Some((hash, kind)), Some(certificate)) = (algorithm, certificate) else {
            notes.add(Finding::new(rules::SIGNATURE, Verdict::NotChecked));
            return;
        };
        let key = certificate.public_key();
        let signature = match algorithm::signature(kind, key.algorithm(), signer.signature.clone())
        {
            Ok(signature) => signature,
            Err(reason) => {
                let rule = if reason == reason::SIGNATURE_KEY {
                    rules::SIGNATURE_ALGORITHM
                } else {
                    rules::SIGNATURE
                };
                notes.add(Finding::fail(rule, reason));
                return;
            }
        };
        let by_key = |digest: &Digest| key.verify_digest(digest, &signature).is_ok();
        let right = match &signer.signed {
            Some(set) => by_key(&as_set(set, hash)),
            None => self.content.digest(hash).is_some_and(by_key),
        };
        if let Some(set) = &signer.signed {
            // Of a signature over neither, nothing is known.
            let received = match () {
                () if right => Verdict::Pass,
                () if by_key(&sorted_set(set, hash)) => Verdict::Fail(reason::ATTRIBUTES_REENCODED),
                () => Verdict::NotChecked,
            };
            notes.add(Finding::new(rules::ATTRIBUTES_RECEIVED, received));
        }
        notes.rule(
            rules::SIGNATURE,
            right.then_some(()).ok_or(reason::SIGNATURE_WRONG),
        );
    }

    /// Rules T1 to T7: a time stamp that is wrong refuses, one that is not trusted proves nothing.
    fn time_stamps(&self, notes: &mut Notes, signer: &Signer<'_>) {
        // A token inside a token proves nothing here, and a file could nest thousands.
        if self.policy.role == Role::TimeStamp {
            return;
        }
        let Some(list) = signer.unsigned.as_ref().map(attributes::read) else {
            return;
        };
        let Ok(list) = list else {
            notes.add(Finding::fail(rules::ENCODING, reason::ATTRIBUTE_MALFORMED));
            return;
        };
        if list.len() > MAX_ATTRIBUTES {
            notes.add(Finding::fail(rules::LIMITS, reason::MANY_ATTRIBUTES));
            return;
        }
        for token in list
            .iter()
            .filter(|one| one.oid == oid::TIME_STAMP)
            .flat_map(|one| &one.values)
        {
            let covered = |hash| Some(Digest::of(hash, &signer.signature));
            let stamp = timestamp::judge_token(token.whole, &covered, self.policy);
            let proven = stamp.proven_time();
            notes
                .0
                .findings
                .extend(stamp.findings.into_iter().map(timestamp::in_document));
            // Of several right ones the earliest proves the most.
            notes.0.proven_time = match (notes.0.proven_time, proven) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
    }

    /// Rule M16. The claim is shown and never believed.
    fn signing_time(
        &self,
        notes: &mut Notes,
        list: Option<&[Attribute<'_>]>,
        certificate: &Certificate,
    ) {
        let Some(list) = list else { return };
        let attribute = attributes::find(list, &oid::SIGNING_TIME);
        let profile = self.policy.profile;
        let Some(attribute) = attribute else {
            if profile == Profile::Cades {
                notes.add(Finding::fail(rules::SIGNING_TIME, reason::NO_SIGNING_TIME));
            }
            return;
        };
        let time = attribute
            .only()
            .ok()
            .and_then(|value| attributes::read_time(&value));
        let Some(time) = time else {
            notes.add(Finding::fail(
                rules::SIGNING_TIME,
                reason::SIGNING_TIME_MALFORMED,
            ));
            return;
        };
        let late = time.unix().saturating_sub(self.policy.now.unix()) > timestamp::SKEW;
        let verdict = match () {
            () if profile == Profile::Pades => Verdict::Fail(reason::SIGNING_TIME_FORBIDDEN),
            () if !certificate.validity().contains(time) => {
                Verdict::Warn(reason::SIGNING_TIME_OUTSIDE)
            }
            () if late => Verdict::Warn(reason::SIGNING_TIME_FUTURE),
            () => Verdict::Pass,
        };
        notes.0.claimed_time = Some(time);
        notes.add(Finding::new(rules::SIGNING_TIME, verdict).with("claimed-time", time));
        if let Some(proven) = notes.0.proven_time
            && time.unix().saturating_sub(proven.unix()) > timestamp::SKEW
        {
            // T5: what existed before it was signed was not signed then; one of the times is false.
            notes.0.proven_time = None;
            notes.add(Finding::new(
                rules::STAMP_TIME,
                Verdict::Warn(reason::STAMP_EARLY),
            ));
        }
    }

    /// Rule M15.
    fn trust(&self, notes: &mut Notes, certificate: Certificate) {
        let at = notes.0.proven_time.unwrap_or(self.policy.time());
        let between = self.certificates;
        let chain = self.policy.judge_between(&certificate, at, between);
        notes.add(Finding::of_chain(rules::TRUST, &chain));
        notes.0.chain = Some(chain);
        notes.0.certificate = Some(certificate);
    }
}

/// The digest of the attributes as they were received, with the tag that was signed.
fn as_set(set: &Element<'_>, hash: HashAlgorithm) -> Digest {
    let mut bytes = set.whole.to_vec();
    if let Some(tag) = bytes.first_mut() {
        *tag = SET;
    }
    Digest::of(hash, &bytes)
}

/// The digest of the attributes as a DER writer would have written them.
fn sorted_set(set: &Element<'_>, hash: HashAlgorithm) -> Digest {
    let elements = set.inside().all().unwrap_or_default();
    let elements = elements
        .iter()
        .map(|element| element.whole.to_vec())
        .collect();
    Digest::of(hash, &ber::set_of(SET, elements))
}

const fn scheme_name(kind: SignatureKind) -> &'static str {
    match kind {
        SignatureKind::RsaPkcs1v15 => "RSASSA-PKCS1-v1_5",
        SignatureKind::RsaPss | SignatureKind::RsaPssSalted { .. } => "RSASSA-PSS",
        SignatureKind::EcdsaRaw => "ECDSA",
    }
}

/// The rules that every report about a signer names.
pub(crate) const OF_SIGNER: [Rule; 6] = [
    rules::CERTIFICATE,
    rules::DIGEST_ALGORITHM,
    rules::SIGNATURE_ALGORITHM,
    rules::ATTRIBUTES,
    rules::SIGNATURE,
    rules::TRUST,
];

/// The attributes that a rule looks at.
const KNOWN: [Oid; 5] = [
    oid::CONTENT_TYPE,
    oid::MESSAGE_DIGEST,
    oid::SIGNING_TIME,
    oid::SIGNING_CERTIFICATE,
    oid::SIGNING_CERTIFICATE_V2,
];

const MAX_ATTRIBUTES: usize = 64;
