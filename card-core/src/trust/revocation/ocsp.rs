//! OCSP (RFC 6960): the question as bytes, the answer judged. The caller carries both.
//!
//! Half of this file is an answer for each way to break a rule.

use super::{
    Evidence, Question, Revocation, RevocationCause, RevocationChecker, RevocationEntry,
    generalized_time, reason_code,
};
use crate::certificate::der::{self, Cursor, NotDer};
use crate::certificate::{Certificate, KeyAlgorithm, Oid, PublicKey};
use crate::digest::Digest;
use crate::domain::date::UtcTime;
use crate::trust::chain::{critical_extensions, is_strong};
use crate::trust::encoding::{Signed, is_strict};
use crate::trust::report::Reason;
use crate::trust::roots::{F4, Root};

/// Asks a responder through a function that carries bytes there and back.
///
/// Only to an address that the caller gave: a certificate's own address is never followed, for
/// the question tells the responder whose certificate is being looked at, and JPKI's responders
/// are for contracted parties.
pub struct Ocsp<F> {
    now: UtcTime,
    carry: F,
}

impl<F: Fn(&[u8]) -> Option<Vec<u8>>> Ocsp<F> {
    /// A checker that judges answers as of now. `carry` gives `None` if no answer came.
    pub const fn new(now: UtcTime, carry: F) -> Self {
        Self { now, carry }
    }
}

impl<F: Fn(&[u8]) -> Option<Vec<u8>>> RevocationChecker for Ocsp<F> {
    fn check(&self, question: &Question<'_>) -> Revocation {
        let mut nonce = [0; 32];
        if getrandom::fill(&mut nonce).is_err() {
            return Revocation::Unknown(Reason::RevocationUnreachable);
        }
        let request = OcspRequest::new(question.certificate, question.issuer, nonce);
        match (self.carry)(request.as_bytes()) {
            Some(answer) => request.judge(&answer, question.at, self.now),
            None => Revocation::Unknown(Reason::RevocationUnreachable),
        }
    }
}

/// A question to a responder about one certificate.
#[derive(Clone, Debug)]
pub struct OcspRequest<'a> {
    certificate: &'a Certificate,
    issuer: &'a Root,
    name_hash: Digest,
    key_hash: Digest,
    serial: &'a [u8],
    nonce: [u8; 32],
    der: Vec<u8>,
}

impl<'a> OcspRequest<'a> {
    /// Writes the question. The nonce has to be random, so that an old answer is found out.
    #[must_use]
    pub fn new(certificate: &'a Certificate, issuer: &'a Root, nonce: [u8; 32]) -> Self {
        let root = issuer.certificate();
        // SHA-1 because every responder knows it; it names the issuer here and proves nothing.
        let name_hash = Digest::danger_sha1(root.subject().der());
        let key_hash = root.public_key().identifier();
        let serial = certificate.serial().content();
        let id = sequence(&[
            SHA_1,
            &put(OCTET_STRING, name_hash.as_bytes()),
            &put(OCTET_STRING, key_hash.as_bytes()),
            &put(der::INTEGER, serial),
        ]);
        let list = sequence(&[&sequence(&[&id])]);
        let value = put(OCTET_STRING, &put(OCTET_STRING, &nonce));
        let extension = sequence(&[&put(der::OID, NONCE), &value]);
        let extensions = put(0xA2, &sequence(&[&extension]));
        let der = sequence(&[&sequence(&[&list, &extensions])]);
        Self {
            certificate,
            issuer,
            name_hash,
            key_hash,
            serial,
            nonce,
            der,
        }
    }

    /// The question in DER, as `application/ocsp-request`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.der
    }

    /// Judges an answer to this question.
    ///
    /// The responder is the root itself, or one that it let answer (id-kp-OCSPSigning). Five
    /// minutes between the clocks are tolerated. For a past moment no answer is good: it speaks of
    /// today. A missing nonce is noted in the evidence, another one makes the answer unknown.
    #[must_use]
    pub fn judge(&self, answer: &[u8], at: UtcTime, now: UtcTime) -> Revocation {
        self.read(answer, at, now)
            .unwrap_or_else(Revocation::Unknown)
    }

    fn read(&self, answer: &[u8], at: UtcTime, now: UtcTime) -> Result<Revocation, Reason> {
        let malformed = |NotDer| Reason::RevocationMalformed;
        let basic = basic_response(answer)?;
        let signed = Signed::read(basic).map_err(malformed)?;
        let data = ResponseData::read(signed.body).map_err(malformed)?;

        let delegate = self.delegate(&data, &signed, now)?;
        let key = delegate
            .as_ref()
            .unwrap_or(self.issuer.certificate())
            .public_key();
        signed
            .verify(key)
            .map_err(|_| Reason::RevocationSignature)?;

        let nonce = data.nonce()?;
        if nonce.is_some_and(|nonce| nonce != self.nonce) {
            return Err(Reason::RevocationNonce);
        }
        let single = self.own(&data)?;
        if single.status == Status::Unknown {
            return Err(Reason::RevocationUnknown);
        }
        let produced_at = data.produced_at;
        let evidence = Evidence::Answer {
            produced_at,
            nonce: nonce.is_some(),
        };
        if let Status::Revoked(entry) = single.status {
            let question = Question {
                certificate: self.certificate,
                issuer: self.issuer,
                at,
            };
            return Ok(entry.judge(&question, evidence));
        }
        if later(at, SKEW) < now {
            return Err(Reason::RevocationPast);
        }
        if single.this_update > later(now, SKEW) || produced_at > later(now, SKEW) {
            return Err(Reason::RevocationFuture);
        }
        // Without an end an answer is about the moment in which it was given.
        let end = later(single.next_update.unwrap_or(single.this_update), SKEW);
        if end < now || end < at {
            return Err(Reason::RevocationStale);
        }
        Ok(Revocation::Good(evidence))
    }

    /// The one answer that is about our certificate.
    fn own(&self, data: &ResponseData<'_>) -> Result<Single, Reason> {
        let malformed = |NotDer| Reason::RevocationMalformed;
        let mut answers = Cursor::new(data.answers);
        let mut own = None;
        while !answers.is_empty() {
            let mut parts = Cursor::new(answers.next(der::SEQUENCE).map_err(malformed)?.value);
            let id = parts.next(der::SEQUENCE).map_err(malformed)?.value;
            let single = Single::read(&mut parts)?;
            if self.is_own(id).map_err(malformed)? && own.replace(single).is_some() {
                return Err(Reason::RevocationMalformed);
            }
        }
        own.ok_or(Reason::RevocationOther)
    }

    fn is_own(&self, id: &[u8]) -> Result<bool, NotDer> {
        let mut parts = Cursor::new(id);
        let algorithm = parts.next(der::SEQUENCE)?.whole;
        let name_hash = parts.next(OCTET_STRING)?.value;
        let key_hash = parts.next(OCTET_STRING)?.value;
        let serial = parts.next(der::INTEGER)?.value;
        Ok((algorithm == SHA_1 || algorithm == SHA_1_WITHOUT_NULL)
            && name_hash == self.name_hash.as_bytes()
            && key_hash == self.key_hash.as_bytes()
            && serial == self.serial
            && parts.is_empty())
    }

    /// The certificate of the responder; `None` if the root answers itself.
    fn delegate(
        &self,
        data: &ResponseData<'_>,
        signed: &Signed<'_>,
        now: UtcTime,
    ) -> Result<Option<Certificate>, Reason> {
        let malformed = |NotDer| Reason::RevocationMalformed;
        let root = self.issuer.certificate();
        if data.responder_is(root) {
            return Ok(None);
        }
        let mut behind = Cursor::new(signed.rest);
        if behind.is_empty() {
            return Err(Reason::RevocationResponder);
        }
        let list = behind.next(0xA0).map_err(malformed)?.value;
        let mut list = Cursor::new(der::only(der::SEQUENCE, list).map_err(malformed)?.value);
        while !list.is_empty() {
            let der = list.any().map_err(malformed)?.whole;
            let Ok(certificate) = Certificate::parse_exact(der) else {
                continue;
            };
            if data.responder_is(&certificate) {
                return if may_answer(&certificate, root, now) {
                    Ok(Some(certificate))
                } else {
                    Err(Reason::RevocationResponder)
                };
            }
        }
        Err(Reason::RevocationResponder)
    }
}

/// Whether a root let the owner of this certificate answer for it (RFC 6960, 4.2.2.2).
fn may_answer(certificate: &Certificate, root: &Certificate, now: UtcTime) -> bool {
    let usage = certificate.extended_key_usage();
    let key: &PublicKey = certificate.public_key();
    let strong = match key.algorithm() {
        KeyAlgorithm::Rsa { bits } => {
            bits >= 2048
                && key
                    .rsa_numbers()
                    .is_some_and(|(_, exponent)| exponent == F4)
        }
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 => true,
        KeyAlgorithm::Other => false,
    };
    strong
        && certificate.issuer() == root.subject()
        && is_strong(certificate.signature_algorithm())
        && certificate.algorithms_agree()
        && certificate.verify_signed_by(root.public_key()).is_ok()
        && usage.is_some_and(|usages| usages.contains(&Oid::OCSP_SIGNING))
        && certificate
            .key_usage()
            .is_none_or(|usage| usage.digital_signature())
        && !certificate
            .basic_constraints()
            .is_some_and(|basic| basic.ca)
        && certificate.duplicate_extensions().is_empty()
        && critical_extensions(certificate).is_ok()
        && certificate.validity().contains(now)
}

/// Opens the outermost layer: a status, and the answer that a responder has signed.
fn basic_response(answer: &[u8]) -> Result<&[u8], Reason> {
    let malformed = |NotDer| Reason::RevocationMalformed;
    if !is_strict(answer) {
        return Err(Reason::RevocationMalformed);
    }
    let mut parts = Cursor::new(der::only(der::SEQUENCE, answer).map_err(malformed)?.value);
    let status = parts.next(ENUMERATED).map_err(malformed)?.value;
    if status != [0] {
        return Err(Reason::RevocationRefused);
    }
    let bytes = parts.next(0xA0).map_err(malformed)?.value;
    let mut bytes = Cursor::new(der::only(der::SEQUENCE, bytes).map_err(malformed)?.value);
    let kind = bytes.next(der::OID).map_err(malformed)?.value;
    let basic = bytes.next(OCTET_STRING).map_err(malformed)?.value;
    if kind != BASIC || !bytes.is_empty() || !parts.is_empty() {
        return Err(Reason::RevocationMalformed);
    }
    Ok(basic)
}

/// What a responder signs.
struct ResponseData<'a> {
    /// A name in `A1`, or a key hash in `A2`.
    responder: der::Object<'a>,
    produced_at: UtcTime,
    answers: &'a [u8],
    extensions: Option<&'a [u8]>,
}

impl<'a> ResponseData<'a> {
    fn read(body: &'a [u8]) -> Result<Self, NotDer> {
        let mut parts = Cursor::new(der::only(der::SEQUENCE, body)?.value);
        // Version 1 is the default and so is not written; there is no other.
        let responder = parts.any()?;
        if !matches!(responder.tag, 0xA1 | 0xA2) {
            return Err(NotDer);
        }
        let produced_at = time(&mut parts)?;
        let answers = parts.next(der::SEQUENCE)?.value;
        let extensions = if parts.is_empty() {
            None
        } else {
            Some(parts.next(0xA1)?.value)
        };
        if !parts.is_empty() {
            return Err(NotDer);
        }
        Ok(Self {
            responder,
            produced_at,
            answers,
            extensions,
        })
    }

    /// Whether the responder names itself as this certificate does.
    fn responder_is(&self, certificate: &Certificate) -> bool {
        match self.responder.tag {
            0xA1 => self.responder.value == certificate.subject().der(),
            _ => der::only(OCTET_STRING, self.responder.value)
                .is_ok_and(|hash| hash.value == certificate.public_key().identifier().as_bytes()),
        }
    }

    /// The nonce; also that no critical extension is unknown.
    fn nonce(&self) -> Result<Option<&'a [u8]>, Reason> {
        let mut nonce = None;
        let Some(list) = self.extensions else {
            return Ok(None);
        };
        each_extension(list, |oid, critical, value| {
            if oid == NONCE {
                // Some responders leave the inner octet string out.
                nonce = Some(der::only(OCTET_STRING, value).map_or(value, |inner| inner.value));
            } else if critical {
                return Err(Reason::RevocationExtension);
            }
            Ok(())
        })?;
        Ok(nonce)
    }
}

/// The answer about one certificate.
struct Single {
    status: Status,
    this_update: UtcTime,
    next_update: Option<UtcTime>,
}

#[derive(PartialEq)]
enum Status {
    Good,
    Revoked(RevocationEntry),
    Unknown,
}

impl Single {
    /// Reads what stands behind the certificate's identification.
    fn read(parts: &mut Cursor<'_>) -> Result<Self, Reason> {
        let malformed = |NotDer| Reason::RevocationMalformed;
        let status = parts.any().map_err(malformed)?;
        let mut status = match (status.tag, status.value) {
            (0x80, []) => Status::Good,
            (0xA1, value) => Status::Revoked(revoked(value).map_err(malformed)?),
            (0x82, []) => Status::Unknown,
            _ => return Err(Reason::RevocationMalformed),
        };
        let this_update = time(parts).map_err(malformed)?;
        let mut next_update = None;
        while !parts.is_empty() {
            let field = parts.any().map_err(malformed)?;
            match field.tag {
                0xA0 if next_update.is_none() => {
                    next_update = Some(time(&mut Cursor::new(field.value)).map_err(malformed)?);
                }
                0xA1 => each_extension(field.value, |oid, critical, value| {
                    match (oid, &mut status) {
                        (INVALIDITY_DATE, Status::Revoked(entry)) => {
                            let date = generalized_time(value).map_err(malformed)?;
                            if entry.invalid_since.replace(date).is_some() {
                                return Err(Reason::RevocationMalformed);
                            }
                        }
                        _ if critical => return Err(Reason::RevocationExtension),
                        _ => {}
                    }
                    Ok(())
                })?,
                _ => return Err(Reason::RevocationMalformed),
            }
        }
        Ok(Self {
            status,
            this_update,
            next_update,
        })
    }
}

/// RevokedInfo: when, and why.
fn revoked(value: &[u8]) -> Result<RevocationEntry, NotDer> {
    let mut parts = Cursor::new(value);
    let since = time(&mut parts)?;
    let code = match parts.is_empty() {
        true => None,
        false => Some(reason_code(parts.next(0xA0)?.value)?),
    };
    if !parts.is_empty() {
        return Err(NotDer);
    }
    Ok(RevocationEntry {
        since,
        invalid_since: None,
        cause: RevocationCause::of_code(code),
    })
}

/// Shows each extension of a list: which, whether critical, its value.
fn each_extension<'a>(
    list: &'a [u8],
    mut see: impl FnMut(&'a [u8], bool, &'a [u8]) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let malformed = |NotDer| Reason::RevocationMalformed;
    let mut list = Cursor::new(der::only(der::SEQUENCE, list).map_err(malformed)?.value);
    while !list.is_empty() {
        let mut parts = Cursor::new(list.next(der::SEQUENCE).map_err(malformed)?.value);
        let oid = parts.next(der::OID).map_err(malformed)?.value;
        let mut value = parts.any().map_err(malformed)?;
        let critical = value.tag == BOOLEAN;
        if critical {
            value = parts.any().map_err(malformed)?;
        }
        if value.tag != OCTET_STRING || !parts.is_empty() {
            return Err(Reason::RevocationMalformed);
        }
        see(oid, critical, value.value)?;
    }
    Ok(())
}

/// The next object, a GeneralizedTime.
fn time(parts: &mut Cursor<'_>) -> Result<UtcTime, NotDer> {
    generalized_time(parts.any()?.whole)
}

fn later(time: UtcTime, seconds: i64) -> UtcTime {
    UtcTime::from_unix(time.unix().saturating_add(seconds)).unwrap_or(time)
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    put(der::SEQUENCE, &parts.concat())
}

/// Writes one object. Nothing in a question is longer than 255 bytes.
fn put(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut object = vec![tag];
    match u8::try_from(value.len()) {
        Ok(short @ 0..0x80) => object.push(short),
        Ok(long) => object.extend([0x81, long]),
        Err(_) => {
            object.push(0x82);
            object.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    object.extend_from_slice(value);
    object
}

/// How far clocks may be apart, in seconds.
const SKEW: i64 = 5 * 60;

const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0A;

/// id-pkix-ocsp-nonce and id-pkix-ocsp-basic.
const INVALIDITY_DATE: &[u8] = b"\x55\x1d\x18";
const NONCE: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x02";
const BASIC: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01\x01";

/// AlgorithmIdentifier of SHA-1, in both writings.
const SHA_1: &[u8] = b"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00";
const SHA_1_WITHOUT_NULL: &[u8] = b"\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use proptest::prelude::*;
    use rsa::pkcs8::EncodePrivateKey as _;

    use super::*;
    use crate::trust::tests::workshop::{
        self as make, Authority, Draft, EXTENDED_KEY_USAGE, SHA256_WITH_RSA, Signer, Workshop,
        splices, today,
    };

    const NUMBER: [u8; 32] = [7; 32];

    fn root(authority: &Authority) -> Root {
        Root::parse(&authority.certificate).unwrap()
    }

    fn leaf() -> Certificate {
        let workshop = Workshop::open();
        Certificate::parse_exact(&workshop.good.clone()).unwrap()
    }

    /// A responder's certificate: the root lets its holder answer.
    fn delegate(workshop: &Workshop) -> Draft {
        let mut draft = workshop.new.leaf(workshop.holder.spki());
        let usage = sequence(&[&put(der::OID, Oid::OCSP_SIGNING.content())]);
        draft.subject = make::name(&[(6, "JP"), (3, "responder")]);
        draft.set(
            EXTENDED_KEY_USAGE,
            make::extension(EXTENDED_KEY_USAGE, false, &usage),
        );
        draft
    }

    fn generalized(time: &str) -> Vec<u8> {
        put(0x18, time.as_bytes())
    }

    /// An answer before it is signed.
    struct Draught {
        status: Vec<u8>,
        id: Vec<u8>,
        this_update: &'static str,
        next_update: Option<&'static str>,
        produced_at: &'static str,
        single_extensions: Vec<u8>,
        behind: Vec<u8>,
        nonce: Vec<u8>,
        extensions: Vec<u8>,
        responder: Vec<u8>,
        certificates: Vec<u8>,
        outer_status: u8,
    }

    impl Draught {
        fn new() -> Self {
            let workshop = Workshop::open();
            let (leaf, root) = (leaf(), root(&workshop.new));
            let request = OcspRequest::new(&leaf, &root, NUMBER);
            // The identification of the certificate begins with the algorithm.
            let at = request
                .as_bytes()
                .windows(SHA_1.len())
                .position(|w| w == SHA_1)
                .unwrap()
                - 2;
            let id = Cursor::new(&request.as_bytes()[at..])
                .any()
                .unwrap()
                .whole
                .to_vec();
            Self {
                status: vec![0x80, 0],
                id,
                this_update: "20261124235900Z",
                next_update: Some("20261125010000Z"),
                produced_at: "20261124235900Z",
                single_extensions: vec![],
                behind: vec![],
                nonce: NUMBER.to_vec(),
                extensions: vec![],
                responder: put(0xA2, &put(OCTET_STRING, &workshop.new.key.identifier())),
                certificates: vec![],
                outer_status: 0,
            }
        }

        fn sign(&self, signer: &Signer) -> Vec<u8> {
            // Nothing is written where there is nothing inside.
            let around = |tag, inside: &[u8]| match inside.is_empty() {
                true => vec![],
                false => put(tag, &sequence(&[inside])),
            };
            let next = self.next_update.map(|time| put(0xA0, &generalized(time)));
            let single = sequence(&[
                &self.id,
                &self.status,
                &generalized(self.this_update),
                &next.unwrap_or_default(),
                &around(0xA1, &self.single_extensions),
                &self.behind,
            ]);
            let nonce = match self.nonce.is_empty() {
                true => vec![],
                false => make::extension(NONCE, false, &put(OCTET_STRING, &self.nonce)),
            };
            let data = sequence(&[
                &self.responder,
                &generalized(self.produced_at),
                &sequence(&[&single]),
                &around(0xA1, &[nonce, self.extensions.clone()].concat()),
            ]);
            let signature = put(der::BIT_STRING, &[vec![0], signer.sign(&data)].concat());
            let certificates = around(0xA0, &self.certificates);
            let basic = sequence(&[&data, SHA256_WITH_RSA, &signature, &certificates]);
            let bytes = sequence(&[&put(der::OID, BASIC), &put(OCTET_STRING, &basic)]);
            sequence(&[&[ENUMERATED, 1, self.outer_status], &put(0xA0, &bytes)])
        }
    }

    fn says(answer: &[u8], at: UtcTime) -> &'static str {
        let (leaf, root) = (leaf(), root(&Workshop::open().new));
        match OcspRequest::new(&leaf, &root, NUMBER).judge(answer, at, today()) {
            Revocation::Unknown(reason) => reason.code(),
            other => other.status(),
        }
    }

    #[test]
    fn every_answer_says_what_it_can() {
        type Change = fn(&mut Draught, &'static Workshop) -> &'static Signer;
        let table: [(&str, &str, Change); 22] = [
            ("all well", "good", |_, w| &w.new.key),
            ("without a nonce", "good", |d, w| {
                d.nonce.clear();
                &w.new.key
            }),
            ("another nonce", "revocation.nonce", |d, w| {
                d.nonce = vec![8; 32];
                &w.new.key
            }),
            ("revoked", "revoked", |d, w| {
                d.status = put(0xA1, &generalized("20261120000000Z"));
                &w.new.key
            }),
            ("revoked, in an old answer", "revoked", |d, w| {
                d.status = put(0xA1, &generalized("20261120000000Z"));
                d.this_update = "20261121000000Z";
                d.next_update = Some("20261122000000Z");
                &w.new.key
            }),
            ("not known", "revocation.unknown", |d, w| {
                d.status = vec![0x82, 0];
                &w.new.key
            }),
            ("too old", "revocation.stale", |d, w| {
                d.next_update = Some("20261124235459Z");
                &w.new.key
            }),
            ("old within what clocks may differ", "good", |d, w| {
                d.next_update = Some("20261124235500Z");
                &w.new.key
            }),
            ("without an end, and just made", "good", |d, w| {
                d.next_update = None;
                &w.new.key
            }),
            (
                "without an end, and an hour old",
                "revocation.stale",
                |d, w| {
                    d.next_update = None;
                    d.this_update = "20261124230000Z";
                    &w.new.key
                },
            ),
            ("of tomorrow", "revocation.future", |d, w| {
                d.this_update = "20261125000501Z";
                &w.new.key
            }),
            ("made tomorrow", "revocation.future", |d, w| {
                d.produced_at = "20261125000501Z";
                &w.new.key
            }),
            (
                "about another certificate",
                "revocation.other-certificate",
                |d, w| {
                    *d.id.last_mut().unwrap() ^= 1;
                    &w.new.key
                },
            ),
            ("by another generation", "revocation.signature", |_, w| {
                &w.old.key
            }),
            (
                "in the name of another generation",
                "revocation.responder",
                |d, w| {
                    d.responder = put(0xA2, &put(OCTET_STRING, &w.old.key.identifier()));
                    &w.old.key
                },
            ),
            ("by somebody whom the root let answer", "good", |d, w| {
                let draft = delegate(w);
                d.responder = put(0xA1, &draft.subject);
                d.certificates = draft.sign(&w.new.key);
                &w.holder
            }),
            (
                "by somebody whom another generation let answer",
                "revocation.responder",
                |d, w| {
                    let draft = delegate(w);
                    d.responder = put(0xA1, &draft.subject);
                    d.certificates = draft.sign(&w.old.key);
                    &w.holder
                },
            ),
            ("by a holder", "revocation.responder", |d, w| {
                let draft = w.leaf();
                d.responder = put(0xA1, &draft.subject);
                d.certificates = draft.sign(&w.new.key);
                &w.holder
            }),
            (
                "by a responder whose time is over",
                "revocation.responder",
                |d, w| {
                    let mut draft = delegate(w);
                    draft.validity[1] = "261124235959Z";
                    d.responder = put(0xA1, &draft.subject);
                    d.certificates = draft.sign(&w.new.key);
                    &w.holder
                },
            ),
            (
                "an unknown critical extension",
                "revocation.extension",
                |d, w| {
                    d.extensions = make::extension(b"\x2a\x03\x04", true, &[5, 0]);
                    &w.new.key
                },
            ),
            (
                "one about the certificate",
                "revocation.extension",
                |d, w| {
                    d.single_extensions = make::extension(b"\x2a\x03\x04", true, &[5, 0]);
                    &w.new.key
                },
            ),
            ("come back later", "revocation.refused", |d, w| {
                d.outer_status = 3;
                &w.new.key
            }),
        ];
        let workshop = Workshop::open();
        for (name, expected, change) in table {
            let mut draft = Draught::new();
            let signer = change(&mut draft, workshop);
            assert_eq!(says(&draft.sign(signer), today()), expected, "{name}");
        }
        assert_eq!(says(b"", today()), "revocation.malformed");
        // What a responder sends that has no answer: the status alone.
        assert_eq!(says(&[0x30, 3, 0x0A, 1, 6], today()), "revocation.refused");
    }

    /// A responder's certificate, each rule broken alone. That it may answer is seen where its answer is
    /// judged; the key of the workshop's holder signs, also where the certificate has another.
    #[test]
    fn whom_a_root_lets_answer() {
        type Change = fn(&mut Draft, &'static Workshop);
        const NO: &str = "revocation.responder";
        const UNKNOWN: &[u8] = b"\x2a\x03\x04";
        fn exponent_3() -> Vec<u8> {
            let root = root(&Workshop::open().new);
            let (modulus, _) = root.certificate().public_key().rsa_numbers().unwrap();
            PublicKey::rsa(modulus, &[3]).unwrap().spki().to_vec()
        }
        let table: [(&str, &str, Change); 18] = [
            ("nothing", "good", |_, _| {}),
            ("no key usage", "good", |d, _| {
                d.set(make::KEY_USAGE, vec![]);
            }),
            ("a key that does not sign", NO, |d, _| {
                let usage = make::extension(make::KEY_USAGE, true, &[3, 2, 5, 0x20]);
                d.set(make::KEY_USAGE, usage);
            }),
            ("an authority", NO, |d, _| {
                let mark = make::extension(make::BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xFF]);
                d.set(make::BASIC_CONSTRAINTS, mark);
            }),
            ("no use at all", NO, |d, _| {
                d.set(EXTENDED_KEY_USAGE, vec![]);
            }),
            ("an unknown extension", "good", |d, _| {
                d.set(UNKNOWN, make::extension(UNKNOWN, false, &[5, 0]));
            }),
            ("an unknown critical extension", NO, |d, _| {
                d.set(UNKNOWN, make::extension(UNKNOWN, true, &[5, 0]));
            }),
            ("the same extension twice", NO, |d, _| {
                d.extensions.push(d.extensions[0].clone());
            }),
            ("an issuer of another name", NO, |d, _| {
                d.issuer = make::name(&[(6, "JP")]);
            }),
            ("SHA-1", NO, |d, _| {
                d.inner_algorithm = make::SHA1_WITH_RSA.to_vec();
                d.outer_algorithm = make::SHA1_WITH_RSA.to_vec();
            }),
            ("another algorithm inside", NO, |d, _| {
                d.inner_algorithm = make::SHA384_WITH_RSA.to_vec();
            }),
            ("not yet valid", NO, |d, _| d.validity[0] = "261125000001Z"),
            ("valid from now on", "good", |d, _| {
                d.validity[0] = "261125000000Z";
            }),
            ("valid until now", "good", |d, _| {
                d.validity[1] = "261125000000Z";
            }),
            ("a key of 1024 bits", NO, |d, _| {
                d.spki = Signer::rsa(9, 1024).spki();
            }),
            ("an exponent of 3", NO, |d, _| d.spki = exponent_3()),
            ("a key of 3072 bits", "revocation.signature", |d, _| {
                d.spki = Signer::rsa(10, 3072).spki();
            }),
            ("an elliptic key", "revocation.signature", |d, w| {
                d.spki = w.elliptic.key.spki();
            }),
        ];
        let workshop = Workshop::open();
        for (name, expected, change) in table {
            let mut draft = delegate(workshop);
            change(&mut draft, workshop);
            let mut answer = Draught::new();
            answer.responder = put(0xA1, &draft.subject);
            answer.certificates = draft.sign(&workshop.new.key);
            let found = says(&answer.sign(&workshop.holder), today());
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn clocks_may_differ_by_five_minutes() {
        let key = &Workshop::open().new.key;
        type Change = fn(&mut Draught);
        for (change, after, expected) in [
            ((|_| {}) as Change, 0, "good"),
            (|_| {}, -300, "good"),
            (|_| {}, -301, "revocation.past"),
            (|d| d.this_update = "20261125000500Z", 0, "good"),
            (|d| d.produced_at = "20261125000500Z", 0, "good"),
            // The next answer is due at one o'clock.
            (|_| {}, 65 * 60, "good"),
            (|_| {}, 65 * 60 + 1, "revocation.stale"),
        ] {
            let mut draft = Draught::new();
            change(&mut draft);
            let at = UtcTime::from_unix(today().unix() + after).unwrap();
            assert_eq!(says(&draft.sign(key), at), expected, "{after}");
        }
    }

    #[test]
    fn a_certificate_is_named_by_two_hashes_and_its_number() {
        let key = &Workshop::open().new.key;
        let own = der::only(der::SEQUENCE, &Draught::new().id)
            .unwrap()
            .value
            .to_vec();
        let behind = own.strip_prefix(SHA_1).unwrap();
        let changed = |at: usize| {
            let mut bytes = own.clone();
            bytes[at] ^= 1;
            bytes
        };
        let sha_256 = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
        let other = "revocation.other-certificate";
        let names = SHA_1.len() + 2;
        for (id, expected) in [
            (own.clone(), "good"),
            ([SHA_1_WITHOUT_NULL, behind].concat(), "good"),
            ([&sha_256[..], behind].concat(), other),
            (changed(names), other),
            (changed(names + 22), other),
            (changed(own.len() - 1), other),
            ([&own[..], &[5, 0]].concat(), other),
        ] {
            let mut draft = Draught::new();
            draft.id = put(der::SEQUENCE, &id);
            assert_eq!(says(&draft.sign(key), today()), expected, "{id:02X?}");
        }
    }

    #[test]
    fn about_the_past_no_answer_is_good_and_revoked_stays_revoked() {
        let workshop = Workshop::open();
        let past = UtcTime::from_unix(today().unix() - 301).unwrap();
        let mut draft = Draught::new();
        assert_eq!(
            says(&draft.sign(&workshop.new.key), past),
            "revocation.past"
        );
        draft.status = put(0xA1, &generalized("20261120000000Z"));
        assert_eq!(says(&draft.sign(&workshop.new.key), past), "revoked");
    }

    #[test]
    fn an_answer_that_says_revoked_says_since_when_and_why() {
        let key = &Workshop::open().new.key;
        let before = UtcTime::from_unix(1_795_046_400).unwrap(); // 19 November
        let revoked = |reason: &[u8]| {
            let since = generalized("20261120000000Z");
            put(0xA1, &[&since, reason].concat())
        };
        for (reason, says_before) in [
            (&[][..], "good"),
            (&[0xA0, 3, ENUMERATED, 1, 3], "good"),
            (&[0xA0, 3, ENUMERATED, 1, 1], "revoked"),
            (&[0xA0, 3, ENUMERATED, 1, 2], "revoked"),
            (&[0xA0, 3, 2, 1, 3], "revocation.malformed"),
            (&[0xA1, 3, ENUMERATED, 1, 3], "revocation.malformed"),
        ] {
            let mut draft = Draught::new();
            draft.status = revoked(reason);
            let answer = draft.sign(key);
            assert_eq!(says(&answer, before), says_before, "{reason:02X?}");
            if says_before != "revocation.malformed" {
                assert_eq!(says(&answer, today()), "revoked", "{reason:02X?}");
            }
        }
    }

    #[test]
    fn what_is_said_beside_the_status() {
        let key = &Workshop::open().new.key;
        let before = UtcTime::from_unix(1_795_046_400).unwrap(); // 19 November
        let says = |change: &dyn Fn(&mut Draught), at| {
            let mut draft = Draught::new();
            change(&mut draft);
            says(&draft.sign(key), at)
        };
        let invalid =
            |critical| make::extension(INVALIDITY_DATE, critical, &generalized("20261110000000Z"));
        let revoked = |extensions: Vec<u8>| {
            let change = |d: &mut Draught| {
                d.status = put(0xA1, &generalized("20261120000000Z"));
                d.single_extensions.clone_from(&extensions);
            };
            says(&change, before)
        };
        // Not the holder's key alone any more, since before it was revoked.
        assert_eq!(revoked(vec![]), "good");
        assert_eq!(revoked(invalid(false)), "revoked");
        assert_eq!(revoked(invalid(true)), "revoked");
        let malformed = "revocation.malformed";
        let twice = [invalid(false), invalid(false)].concat();
        assert_eq!(revoked(twice), malformed);

        let unknown = make::extension(b"\x2a\x03\x04", false, &[5, 0]);
        let (oid, value) = (put(der::OID, b"\x2a\x03\x04"), put(OCTET_STRING, &[5, 0]));
        for (extensions, expected) in [
            (unknown, "good"),
            (invalid(false), "good"),
            (invalid(true), "revocation.extension"),
            (sequence(&[&oid, &value, &[5, 0]]), malformed),
            (sequence(&[&oid, &put(der::BIT_STRING, &[0])]), malformed),
        ] {
            let change = |d: &mut Draught| d.single_extensions.clone_from(&extensions);
            assert_eq!(says(&change, today()), expected, "{extensions:02X?}");
        }
        for behind in [put(0xA0, &generalized("20261125010000Z")), put(0xA2, &[])] {
            let change = |d: &mut Draught| d.behind.clone_from(&behind);
            assert_eq!(says(&change, today()), malformed, "{behind:02X?}");
        }
    }

    /// Nothing stands behind the signed answer, in either of its wrappings.
    #[test]
    fn an_answer_ends_where_it_ends() {
        let good = Draught::new().sign(&Workshop::open().new.key);
        let whole = der::only(der::SEQUENCE, &good).unwrap().value;
        let (status, bytes) = whole.split_at(3);
        let inner = der::only(0xA0, bytes).unwrap().value;
        let inner = der::only(der::SEQUENCE, inner).unwrap().value;
        let wrapped = |inner: &[u8], behind: &[u8]| {
            sequence(&[status, &put(0xA0, &sequence(&[inner])), behind])
        };
        assert_eq!(says(&wrapped(inner, &[]), today()), "good");
        let longer = [inner, &[5, 0]].concat();
        assert_eq!(
            says(&wrapped(&longer, &[]), today()),
            "revocation.malformed"
        );
        assert_eq!(
            says(&wrapped(inner, &[5, 0]), today()),
            "revocation.malformed"
        );
    }

    #[test]
    fn no_flipped_bit_stays_good() {
        let workshop = Workshop::open();
        let good = Draught::new().sign(&workshop.new.key);
        let (leaf, root) = (leaf(), root(&workshop.new));
        let request = OcspRequest::new(&leaf, &root, NUMBER);
        for place in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[place] ^= 1 << bit;
                let finding = request.judge(&bad, today(), today());
                assert!(
                    matches!(finding, Revocation::Unknown(_)),
                    "byte {place} bit {bit}"
                );
            }
        }
    }

    #[test]
    fn the_checker_carries_a_fresh_question_each_time() {
        let workshop = Workshop::open();
        let seen = std::cell::RefCell::new(Vec::new());
        let ocsp = Ocsp::new(today(), |request: &[u8]| {
            seen.borrow_mut().push(request.to_vec());
            None
        });
        let (leaf, root) = (leaf(), root(&workshop.new));
        let question = Question {
            certificate: &leaf,
            issuer: &root,
            at: today(),
        };
        let unreachable = Revocation::Unknown(Reason::RevocationUnreachable);
        assert_eq!(ocsp.check(&question), unreachable);
        assert_eq!(ocsp.check(&question), unreachable);
        let seen = seen.into_inner();
        assert_ne!(seen[0], seen[1]);
        assert_eq!(seen[0].len(), seen[1].len());
    }

    /// `openssl ocsp` as the responder: it reads our question, we judge its answer.
    #[test]
    fn openssl_answers_and_is_understood() {
        let workshop = Workshop::open();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (leaf, root) = (leaf(), root(&workshop.new));
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = UtcTime::from_unix(now as i64).unwrap();
        let responder = Certificate::parse_exact(&delegate(workshop).sign(&workshop.new.key));
        fs::write(path("root.pem"), root.certificate().to_pem()).unwrap();
        fs::write(path("delegate.pem"), responder.unwrap().to_pem()).unwrap();
        let secret = |name: &str, signer: &Signer| {
            let Signer::Rsa(key) = signer else {
                panic!("RSA signs here")
            };
            fs::write(path(name), key.to_pkcs8_der().unwrap().as_bytes()).unwrap();
        };
        secret("root.key", &workshop.new.key);
        secret("delegate.key", &workshop.holder);
        let request = OcspRequest::new(&leaf, &root, NUMBER);
        fs::write(path("request"), request.as_bytes()).unwrap();
        let row = |status, revoked, serial| {
            format!("{status}\t310401145959Z\t{revoked}\t{serial}\tunknown\t/CN=x\n")
        };
        for (index, expected) in [
            (row("V", "", "0133C3"), "good"),
            (row("R", "261120000000Z", "0133C3"), "revoked"),
            (row("V", "", "0133C4"), "revocation.unknown"),
        ] {
            fs::write(path("index"), index).unwrap();
            for signer in ["root", "delegate"] {
                let said = Command::new("openssl")
                    .args(["ocsp", "-index", &path("index"), "-CA", &path("root.pem")])
                    .args(["-rsigner", &path(&format!("{signer}.pem"))])
                    .args(["-rkey", &path(&format!("{signer}.key")), "-ndays", "1"])
                    .args(["-reqin", &path("request"), "-respout", &path("answer")])
                    .output()
                    .expect("this test needs the Debian package openssl");
                assert!(
                    said.status.success(),
                    "{}",
                    String::from_utf8_lossy(&said.stderr)
                );
                let answer = fs::read(path("answer")).unwrap();
                let found = match request.judge(&answer, now, now) {
                    Revocation::Unknown(reason) => reason.code(),
                    Revocation::Good(Evidence::Answer { nonce, .. }) => {
                        assert!(nonce);
                        "good"
                    }
                    other => other.status(),
                };
                assert_eq!(found, expected, "{signer}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(splices in splices()) {
            let mut bytes = Draught::new().sign(&Workshop::open().new.key);
            for splice in &splices {
                splice.apply(&mut bytes);
            }
            prop_assert!(says(&bytes, today()).starts_with("revocation."));
        }
    }
}
