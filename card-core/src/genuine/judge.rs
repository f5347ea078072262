//! What the evidence proves. No card is needed.

use super::report::{Gap, Reason, Report, Verdict};
use super::{Challenge, Evidence, Live, Record};
use crate::applet::profile::record::{self as profile, AttributesRecord, SignatureRecord};
use crate::applet::visual::record::{AgeRecord, CardFace, NumberPicture, face_proof};
use crate::certificate::PublicKey;
use crate::digest::{Digest, HashAlgorithm};
use crate::error::Step;
use crate::iso::Template;
use crate::iso::tlv::Object;
use crate::record::{Layout, Proof, UnknownField, offsets_agree};
use crate::signature::Signature;
use crate::trust::cv::{CardDomain, CvCertificate, IssuerKeys};

impl Evidence {
    /// Says what the evidence proves, if these issuers are believed.
    ///
    /// Needs no card. Each of the three findings is judged for itself; only together do they prove
    /// something.
    #[must_use]
    pub fn judge(&self, issuers: &IssuerKeys) -> Report {
        let certificate = CvCertificate::parse(&self.certificate).ok();
        let key = certificate.as_ref().map(CvCertificate::key);
        let domain = match self.record {
            Record::Profile { .. } => CardDomain::Profile,
            Record::Age(_) | Record::Face(_) | Record::Number(_) => CardDomain::Visual,
        };
        let proof = self.record.proof();
        Report {
            signature: match key {
                Some(key) => self.record.signature(proof.as_ref().map_err(|it| *it), key),
                None => Verdict::Fail(Reason::Certificate),
            },
            issuer: match &certificate {
                Some(certificate) => match issuers.check(certificate, domain) {
                    Ok(_) => Verdict::Pass,
                    Err(problem) => Verdict::Fail(Reason::Issuer(problem)),
                },
                None => Verdict::Fail(Reason::Certificate),
            },
            live: match &self.live {
                Live::NotAsked => Verdict::Unknown(Reason::NotAsked),
                Live::Refused => Verdict::Fail(Reason::Refused),
                Live::Answered(challenge, answer) => {
                    self.record.answered(proof, key, *challenge, answer)
                }
            },
            issuer_key: certificate.as_ref().map(CvCertificate::issuer),
            certified_key: certificate.as_ref().map(CvCertificate::subject),
            not_covered: self.record.not_covered(),
            not_proven: match domain {
                CardDomain::Profile => &[Gap::Unbound, Gap::CardStatus],
                CardDomain::Visual | CardDomain::Issuer => &[Gap::CardStatus],
            },
        }
    }
}

impl Record {
    /// The key that answers for the record, and what the issuer signed together with it.
    ///
    /// In the profile application that is file 0007, which no data record mentions.
    fn proof(&self) -> Result<Proof, Reason> {
        let proof = match self {
            Self::Profile { own_key, .. } => Proof::parse(own_key, Step::OwnKey, &profile::OWN_KEY),
            Self::Age(file) => Proof::parse(file, Step::AgeRecord, &AgeRecord::LAYOUT),
            Self::Face(file) => CardFace::template(file).and_then(|record| face_proof(&record)),
            Self::Number(file) => Proof::parse(file, Step::NumberPicture, &NumberPicture::LAYOUT),
        };
        proof.map_err(|error| Reason::of_record(&error))
    }

    /// Whether the certified key signed the record.
    fn signature(&self, proof: Result<&Proof, Reason>, key: &PublicKey) -> Verdict {
        match self {
            Self::Profile {
                signature: None, ..
            } => Verdict::Unknown(Reason::Closed),
            Self::Profile {
                number,
                attributes,
                signature: Some(signature),
                ..
            } => finding(text_records(
                signature,
                number.as_deref(),
                attributes.as_deref(),
                key,
            )),
            Self::Age(_) | Self::Number(_) => finding(proof.and_then(|proof| signed(proof, key))),
            Self::Face(file) => finding(proof.and_then(|proof| {
                let record = CardFace::template(file).map_err(|_| Reason::Malformed)?;
                // Not signed, and yet a place where another reader would look.
                if !offsets_agree(&record, CardFace::TABLE, &CardFace::FIELDS) {
                    return Err(Reason::Offsets);
                }
                signed(proof, key)
            })),
        }
    }

    /// Whether the key that answers for the record answered the challenge.
    fn answered(
        &self,
        proof: Result<Proof, Reason>,
        certified: Option<&PublicKey>,
        challenge: Challenge,
        answer: &Signature,
    ) -> Verdict {
        finding(proof.and_then(|proof| {
            // Here the key is a file of its own, so that it is the issuer's word is part of it.
            if matches!(self, Self::Profile { .. })
                && !certified.is_some_and(|key| proof.signed.is_by(key))
            {
                return Err(Reason::AnsweringKey);
            }
            let fits = proof.key.verify_digest(&challenge.digest(), answer);
            fits.map_err(|_| Reason::Answer)
        }))
    }

    /// Fields that no signature covers, or that were not read.
    pub(super) fn not_covered(&self) -> Vec<String> {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match self {
            Self::Profile {
                number,
                attributes,
                signature,
                ..
            } => {
                let closed = signature.is_none();
                names(
                    match (number.is_none() || closed, attributes.is_none() || closed) {
                        (true, true) => &["number", "name", "address", "birth", "sex"],
                        (true, false) => &["number"],
                        (false, true) => &["name", "address", "birth", "sex"],
                        (false, false) => &[],
                    },
                )
            }
            Self::Age(file) => behind_signature(file, &AgeRecord::LAYOUT),
            Self::Number(file) => behind_signature(file, &NumberPicture::LAYOUT),
            Self::Face(file) => {
                let mut fields: Vec<String> = names(&["expiry", "security_code"]);
                if let Ok(record) = CardFace::template(file) {
                    let mut known = CardFace::FIELDS.to_vec();
                    known.push(CardFace::TABLE);
                    fields.extend(record.others(&known).map(tag));
                }
                fields
            }
        }
    }
}

/// Fields behind the signature, which covers only what precedes it.
fn behind_signature(file: &[u8], layout: &Layout) -> Vec<String> {
    let Ok(record) = Template::parse(file, layout.outer) else {
        return Vec::new();
    };
    let Some(end) = record.field(layout.signature).map(|signature| signature.at) else {
        return Vec::new();
    };
    record
        .others(&[])
        .filter(|field| field.at > end)
        .map(tag)
        .collect()
}

/// The profile's 0003 signs a digest of 0001 and one of 0002: both links are checked.
fn text_records(
    signature: &[u8],
    number: Option<&Vec<u8>>,
    attributes: Option<&Vec<u8>>,
    key: &PublicKey,
) -> Result<(), Reason> {
    let sha256 = |bytes: &[u8]| Digest::of(HashAlgorithm::Sha256, bytes);
    let signature = SignatureRecord::parse(signature).map_err(|error| Reason::of_record(&error))?;
    if let Some(file) = number {
        profile::my_number(file).map_err(|error| Reason::of_record(&error))?;
        if sha256(file).as_bytes() != signature.number() {
            return Err(Reason::NumberDigest);
        }
    }
    if let Some(file) = attributes {
        let record = AttributesRecord::template(file).map_err(|error| Reason::of_record(&error))?;
        let table = record
            .need(AttributesRecord::TABLE)
            .map_err(|_| Reason::Malformed)?;
        // The digest begins behind the table, so a field in front of it would not be covered.
        if !record.before(table).is_empty() {
            return Err(Reason::Order);
        }
        if !offsets_agree(&record, AttributesRecord::TABLE, &AttributesRecord::FIELDS) {
            return Err(Reason::Offsets);
        }
        if sha256(record.after(table)).as_bytes() != signature.attributes() {
            return Err(Reason::AttributesDigest);
        }
    }
    if signature.is_by(key) {
        Ok(())
    } else {
        Err(Reason::Signature)
    }
}

fn signed(proof: &Proof, key: &PublicKey) -> Result<(), Reason> {
    if proof.signed.is_by(key) {
        Ok(())
    } else {
        Err(Reason::Signature)
    }
}

fn finding(judged: Result<(), Reason>) -> Verdict {
    match judged {
        Ok(()) => Verdict::Pass,
        Err(reason) => Verdict::Fail(reason),
    }
}

fn tag(field: &Object<'_>) -> String {
    UnknownField::of(field).tag
}
