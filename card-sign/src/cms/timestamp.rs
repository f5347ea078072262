//! Time stamps (タイムスタンプ, RFC 3161): asked for, judged, and read out of signatures.
//!
//! The authority learns a hash, never the document. Sending the request is the program's business.

use card_core::certificate::{Certificate, Oid};
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::trust::Role;

use super::rules::{self, reason};
use super::signed_data::SignedData;
use super::stream::ReadError;
use super::tst_info::TstInfo;
use super::{algorithm, judge, oid};
use crate::ber::{self, BOOLEAN, BerError, INTEGER, OCTET_STRING, SEQUENCE};
use crate::policy::{Policy, Profile};
use crate::report::{Finding, Reason, Rule, Verdict};

/// The rules that every report about a time stamp names.
const OF_STAMP: [Rule; 5] = [
    rules::STAMP_ANSWERS,
    rules::STAMP_COVERS,
    rules::STAMP_SIGNATURE,
    rules::STAMP_TRUST,
    rules::STAMP_TIME,
];

/// How far clocks may differ, in seconds.
pub const SKEW: i64 = 300;

/// A request for a time stamp.
#[derive(Clone, Debug)]
pub struct Request {
    digest: Digest,
    nonce: [u8; 16],
}

impl Request {
    /// Asks for a time stamp over the signature value of a signer, so that the signature existed.
    ///
    /// The nonce has to be random: it tells this answer from an older one.
    pub fn new(signature_value: &[u8], nonce: [u8; 16]) -> Request {
        Request {
            digest: Digest::of(HashAlgorithm::Sha256, signature_value),
            nonce,
        }
    }

    /// The request as it is sent, as `application/timestamp-query`.
    ///
    /// Asks for the authority's certificate too, because the file has to stand alone.
    pub fn to_der(&self) -> Vec<u8> {
        let imprint = [
            algorithm::write_hash(self.digest.algorithm()),
            ber::tlv(OCTET_STRING, &[self.digest.as_bytes()]),
        ];
        let imprint = ber::tlv(SEQUENCE, &[&imprint.concat()]);
        let certificates = ber::tlv(BOOLEAN, &[&[0xff]]);
        ber::tlv(
            SEQUENCE,
            &[
                &ber::integer(&[1]),
                &imprint,
                &ber::integer(&self.nonce),
                &certificates,
            ],
        )
    }

    /// Judges the answer (`application/timestamp-reply`).
    ///
    /// `policy` names whom to believe and the present time; its role and profile do not matter.
    pub fn judge(&self, answer: &[u8], policy: &Policy<'_>) -> Stamp {
        let token = match granted(answer) {
            Ok(token) => token,
            Err(reason) => return Stamp::refused(Finding::fail(rules::STAMP_GRANTED, reason)),
        };
        let covered = |hash| (hash == self.digest.algorithm()).then_some(self.digest);
        let mut stamp = judge(token, &covered, Some(&ber::integer(&self.nonce)), policy);
        stamp
            .findings
            .insert(0, Finding::pass(rules::STAMP_GRANTED));
        stamp
    }
}

/// A time stamp and what was found about it.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The rules, T1 to T6 and those of CMS that it broke.
    pub findings: Vec<Finding>,
    /// The time that it states.
    pub time: Option<UtcTime>,
    /// The certificate of the authority, if it was found.
    pub certificate: Option<Certificate>,
    token: Vec<u8>,
}

impl Stamp {
    fn refused(finding: Finding) -> Stamp {
        let mut findings = vec![finding];
        Finding::complete(&mut findings, &OF_STAMP);
        Stamp {
            findings,
            time: None,
            certificate: None,
            token: Vec::new(),
        }
    }

    /// Why it is not believed.
    pub fn refusal(&self) -> Option<Reason> {
        self.findings
            .iter()
            .find_map(|finding| match finding.verdict {
                Verdict::Fail(reason) => Some(reason),
                _ => None,
            })
    }

    /// The time that it proves: only if no rule was broken.
    pub fn proven_time(&self) -> Option<UtcTime> {
        self.time.filter(|_| self.refusal().is_none())
    }

    /// The token, to be put into a signature.
    pub fn token(&self) -> &[u8] {
        &self.token
    }
}

/// Judges a token that stands in a document, over what it has to cover.
///
/// `covered` tells the digest of that with the hash function that the token names, or nothing if
/// that function is not accepted.
pub fn judge_token(
    token: &[u8],
    covered: &dyn Fn(HashAlgorithm) -> Option<Digest>,
    policy: &Policy<'_>,
) -> Stamp {
    judge(token, covered, None, policy)
}

/// A finding about a time stamp as one about the document that holds it (rule T8).
///
/// A wrong stamp refuses the document. One whose authority is not trusted proves nothing, and the
/// document stands as it would without.
pub fn in_document(mut finding: Finding) -> Finding {
    if let (rules::STAMP_TRUST | rules::STAMP_TIME, Verdict::Fail(why)) =
        (finding.rule, finding.verdict)
        && why != reason::SIGNING_CERTIFICATE_DIFFERS
    {
        finding.verdict = Verdict::Warn(why);
    }
    finding
}

/// Whether a token's imprint is that of a signature value; nothing else about it is checked.
pub(super) fn covers(token: &[u8], signature_value: &[u8]) -> Result<(), Reason> {
    let (_, bytes) = open(token).map_err(|_| reason::STAMP_MALFORMED)?;
    let info = TstInfo::read(&bytes).map_err(|_| reason::STAMP_MALFORMED)?;
    let own = info.hash.map(|hash| Digest::of(hash, signature_value));
    let same = own.is_some_and(|own| own.as_bytes() == info.imprint);
    same.then_some(()).ok_or(reason::STAMP_IMPRINT)
}

/// The token of an answer that grants one (rule T1).
fn granted(answer: &[u8]) -> Result<&[u8], Reason> {
    let read = || -> Result<_, BerError> {
        let mut inside = ber::only(SEQUENCE, answer)?.inside();
        let status = ber::small(&inside.next(SEQUENCE)?.inside().next(INTEGER)?)?;
        let token = inside.optional(SEQUENCE)?;
        inside.end()?;
        Ok((status, token))
    };
    match read() {
        // 0 is granted, 1 granted with modifications.
        Ok((0 | 1, Some(token))) => Ok(token.whole),
        Ok((0 | 1, None)) | Err(_) => Err(reason::STAMP_MALFORMED),
        Ok(_) => Err(reason::STAMP_REFUSED),
    }
}

/// The SignedData of a token, and its TSTInfo.
pub(super) fn open(token: &[u8]) -> Result<(SignedData, Vec<u8>), ReadError> {
    let mut info = Vec::new();
    let data = SignedData::read(token, Some(&mut info))?;
    Ok((data, info))
}

fn judge(
    token: &[u8],
    covered: &dyn Fn(HashAlgorithm) -> Option<Digest>,
    nonce: Option<&[u8]>,
    policy: &Policy<'_>,
) -> Stamp {
    let (data, info) = match open(token) {
        Ok(read) => read,
        Err(ReadError::Refused(_, why)) => {
            return Stamp::refused(Finding::fail(rules::STAMP_SIGNATURE, why));
        }
        // Neither a slice nor a vector fails.
        Err(ReadError::Io(_)) => {
            return Stamp::refused(Finding::fail(
                rules::STAMP_SIGNATURE,
                reason::STAMP_MALFORMED,
            ));
        }
    };
    let Ok(info) = TstInfo::read(&info) else {
        return Stamp::refused(Finding::fail(rules::STAMP_ANSWERS, reason::STAMP_MALFORMED));
    };
    let mut stamp = Stamp {
        findings: Vec::new(),
        time: Some(info.time),
        certificate: None,
        token: token.to_vec(),
    };
    stamp.findings.push(info.answers(nonce));
    if info
        .hash
        .is_none_or(|hash| hash == HashAlgorithm::danger_sha1())
    {
        stamp
            .findings
            .push(Finding::fail(rules::DIGEST_ALGORITHM, reason::WEAK_DIGEST));
    } else {
        let own = info.hash.and_then(covered);
        let same = own.is_some_and(|own| own.as_bytes() == info.imprint);
        let verdict = if same {
            Verdict::Pass
        } else {
            Verdict::Fail(reason::STAMP_IMPRINT)
        };
        stamp
            .findings
            .push(Finding::new(rules::STAMP_COVERS, verdict));
    }
    signature(&mut stamp, &data, info.time, policy);
    let mut time = Finding::new(rules::STAMP_TIME, in_time(&stamp, info.time, policy));
    time = time
        .with("stamped-time", info.time)
        .with("policy", info.policy.to_string());
    if let Some(accuracy) = info.accuracy {
        time = time.with("accuracy-microseconds", accuracy);
    }
    stamp.findings.push(time);
    Finding::complete(&mut stamp.findings, &OF_STAMP);
    stamp
}

/// Rules T3 and T4: what CMS says about the token, and whether its certificate may stamp.
fn signature(stamp: &mut Stamp, data: &SignedData, time: UtcTime, policy: &Policy<'_>) {
    let inner = Policy {
        role: Role::TimeStamp,
        at: Some(time),
        profile: Profile::Any,
        danger_direct: false,
        danger_sha1: false,
        ..*policy
    };
    let mut structure = data.structure();
    structure.extend(
        (data.content_type != oid::TST_INFO)
            .then(|| Finding::fail(rules::EXPECTED, reason::TYPE_UNEXPECTED)),
    );
    structure.extend(
        (data.signers() != 1).then(|| Finding::fail(rules::SIGNERS, reason::STAMP_SIGNERS)),
    );
    let judged = data
        .content
        .as_ref()
        .map(|content| judge::judge_all(data, content, &inner));
    let signer = judged
        .and_then(|all| all.into_iter().next())
        .unwrap_or_default();
    let broken = structure
        .iter()
        .chain(&signer.findings)
        .find_map(|finding| match (finding.rule, finding.verdict) {
            (rules::TRUST | rules::SIGNING_CERTIFICATE, _) => None,
            (rule, Verdict::Fail(why)) => Some((rule, why)),
            _ => None,
        });
    let verdict = broken.map_or(Verdict::Pass, |(_, why)| Verdict::Fail(why));
    let mut finding = Finding::new(rules::STAMP_SIGNATURE, verdict);
    if let Some((rule, _)) = broken {
        finding = finding.with("rule", rule.id());
    }
    stamp.findings.push(finding);

    let names = signer
        .findings
        .iter()
        .find(|one| one.rule == rules::SIGNING_CERTIFICATE);
    let trust = signer.findings.iter().find(|one| one.rule == rules::TRUST);
    let verdict = match (names.map(|one| one.verdict), &signer.certificate, trust) {
        (Some(Verdict::Fail(_)), _, _) => Verdict::Fail(reason::SIGNING_CERTIFICATE_DIFFERS),
        // RFC 3161 demands the attribute: else another certificate of the key could be put in.
        (Some(Verdict::Warn(why)), _, _) => Verdict::Fail(why),
        (_, Some(certificate), _) if !stamps_only(certificate) => {
            Verdict::Fail(reason::STAMP_KEY_USAGE)
        }
        (_, _, Some(trust)) => trust.verdict,
        _ => Verdict::NotChecked,
    };
    stamp
        .findings
        .push(Finding::new(rules::STAMP_TRUST, verdict));
    stamp.certificate = signer.certificate;
}

/// Whether extended key usage is critical and time stamping alone (RFC 3161, 2.3).
fn stamps_only(certificate: &Certificate) -> bool {
    let critical = certificate
        .extensions()
        .iter()
        .any(|one| one.oid == EXTENDED_KEY_USAGE && one.critical);
    critical && certificate.extended_key_usage() == Some(&[Oid::TIME_STAMPING])
}

const EXTENDED_KEY_USAGE: Oid = Oid::known(b"\x55\x1d\x25");

fn in_time(stamp: &Stamp, time: UtcTime, policy: &Policy<'_>) -> Verdict {
    let inside = stamp
        .certificate
        .as_ref()
        .map(|one| one.validity().contains(time));
    match inside {
        _ if time.unix().saturating_sub(policy.now.unix()) > SKEW => {
            Verdict::Fail(reason::STAMP_FUTURE)
        }
        Some(false) => Verdict::Fail(reason::STAMP_OUTSIDE),
        Some(true) => Verdict::Pass,
        None => Verdict::NotChecked,
    }
}
