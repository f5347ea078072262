//! Is this card's data signed by the issuer, and is the card here?
//!
//! Two questions that belong together. A record can be copied: its signature says who wrote it, not
//! where it comes from. A key cannot be copied: its answer to a fresh challenge says that the card
//! is here, not what is written on it. [`Evidence`] is what the card gave, [`Evidence::judge`] what
//! it proves, field by field, and what it does not prove.

mod report;
#[cfg(test)]
mod tests;

use std::{fmt, io};

use zeroize::Zeroizing;

use crate::applet::profile::record::{self as profile, AttributesRecord, SignatureRecord};
use crate::applet::profile::{OpenProfile, OpensAttributes, Profile, ProfileSecret};
use crate::applet::visual::record::{AgeRecord, CardFace, NumberPicture, face_proof};
use crate::applet::visual::{OpensFace, Visual};
use crate::certificate::PublicKey;
use crate::digest::{Digest, HashAlgorithm};
use crate::error::{Error, Step};
use crate::iso::Template;
use crate::iso::tlv::Object;
use crate::pin::{BirthPin, PinProblem, Spend, VerificationNumberA};
use crate::record::{Layout, Proof, UnknownField, offsets_agree};
use crate::signature::Signature;
use crate::trust::cv::{CardDomain, CvCertificate, IssuerKeys};
pub use report::{Gap, Reason, Report, Verdict};

/// Something fresh for the card to sign: 32 random bytes.
///
/// Random, and used once: an answer that was recorded earlier must not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// A fresh one from the randomness of the system.
    ///
    /// # Errors
    ///
    /// Those of the system, if it has no randomness to give.
    pub fn random() -> io::Result<Self> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        Ok(Self(random))
    }

    /// Takes 32 bytes from a cryptographic random source of the caller.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    fn digest(self) -> Digest {
        Digest::of(HashAlgorithm::Sha256, &self.0)
    }
}

/// What the card gave: files as stored, and an answer to a challenge.
///
/// `Debug` shows no content.
#[derive(Clone)]
pub struct Evidence {
    /// The record.
    pub record: Record,
    /// The card-verifiable certificate of its application (0004).
    pub certificate: Zeroizing<Vec<u8>>,
    /// The challenge and the answer of the application's own key.
    pub live: Live,
}

/// The files of a record, as stored.
#[derive(Clone)]
pub enum Record {
    /// Profile 0001 to 0003 and 0007, as far as the secret opened them and they were asked for.
    Profile {
        /// 0001, filler included.
        number: Option<Zeroizing<Vec<u8>>>,
        /// 0002.
        attributes: Option<Zeroizing<Vec<u8>>>,
        /// 0003; `None` where 照合番号B does not open it.
        signature: Option<Zeroizing<Vec<u8>>>,
        /// 0007.
        own_key: Zeroizing<Vec<u8>>,
    },
    /// Visual 0001.
    Age(Zeroizing<Vec<u8>>),
    /// Visual 0002.
    Face(Zeroizing<Vec<u8>>),
    /// Visual 0005.
    Number(Zeroizing<Vec<u8>>),
}

/// What came of the challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// The card was not asked.
    NotAsked,
    /// It refused to sign.
    Refused,
    /// It signed.
    Answered(Challenge, Signature),
}

impl Evidence {
    /// Reads what proves the text records: number, attributes, or both, as the secret opens them.
    ///
    /// 14 exchanges with the PIN, 15 where the attributes are longer than 256 bytes; in extended
    /// form 9. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Profile::unlock`]; `file.missing`. What is wrong with the bytes is for
    /// [`Evidence::judge`] to say.
    pub fn profile<S: ProfileSecret>(
        profile: &mut Profile<'_>,
        secret: &S,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let mut open = profile.unlock(secret, spend)?;
        let number = S::OPENS_NUMBER.then(|| open.number_file()).transpose()?;
        let attributes = S::OPENS_ATTRIBUTES
            .then(|| open.attributes_file())
            .transpose()?;
        let record = Self::text_record(&mut open, number, attributes)?;
        Self::of_profile(profile, record, challenge)
    }

    /// Reads what proves name, address, birth date and sex. Never reads the My Number, whatever the
    /// secret opens: the card signs a digest of each, so one is proven without the other.
    ///
    /// One exchange less than [`Evidence::profile`]. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Evidence::profile`].
    pub fn attributes<S: OpensAttributes>(
        profile: &mut Profile<'_>,
        secret: &S,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Self::attributes_record(profile.unlock(secret, spend)?)?;
        Self::of_profile(profile, record, challenge)
    }

    /// As [`Evidence::attributes`], with the PIN typed on the reader's own keypad.
    ///
    /// # Errors
    ///
    /// As [`Profile::unlock_on_pinpad`] and [`Evidence::profile`].
    pub fn attributes_on_pinpad(
        profile: &mut Profile<'_>,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Self::attributes_record(profile.unlock_on_pinpad(spend)?)?;
        Self::of_profile(profile, record, challenge)
    }

    fn attributes_record<S: OpensAttributes>(
        mut open: OpenProfile<'_, S>,
    ) -> Result<Record, Error> {
        let attributes = open.attributes_file()?;
        Self::text_record(&mut open, None, Some(attributes))
    }

    /// Reads the rest of what proves text records.
    fn text_record<S: ProfileSecret>(
        open: &mut OpenProfile<'_, S>,
        number: Option<Zeroizing<Vec<u8>>>,
        attributes: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Record, Error> {
        let signature = match open.signature_file() {
            // Disputed for 照合番号B, so its absence is no surprise there.
            Err(Error::Pin {
                problem: PinProblem::Needed,
                ..
            }) if !S::OPENS_NUMBER => None,
            read => Some(read?),
        };
        Ok(Record::Profile {
            number,
            attributes,
            signature,
            own_key: open.own_key_file()?,
        })
    }

    fn of_profile(
        profile: &mut Profile<'_>,
        record: Record,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let certificate = profile.certificate_file()?;
        let live = ask(challenge, |digest| profile.prove(digest))?;
        Ok(Self {
            record,
            certificate,
            live,
        })
    }

    /// Reads what proves the age record.
    ///
    /// 10 exchanges, in extended form 6. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Visual::unlock`]; `file.missing`.
    pub fn age(
        visual: &mut Visual<'_>,
        birth: &BirthPin,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Record::Age(visual.unlock(birth, spend)?.age_file()?);
        Self::visual(visual, record, challenge)
    }

    /// Reads what proves the card face.
    ///
    /// As many exchanges as reading it takes, four for the certificate and the challenge. One
    /// VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Visual::unlock`]; `file.missing`; `pin.needed` where 照合番号A does not open it.
    pub fn face<S: OpensFace>(
        visual: &mut Visual<'_>,
        secret: &S,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Record::Face(visual.unlock(secret, spend)?.face_file()?);
        Self::visual(visual, record, challenge)
    }

    /// Reads what proves the picture of the My Number.
    ///
    /// 10 exchanges, in extended form 6. One VERIFY.
    ///
    /// # Errors
    ///
    /// As [`Visual::unlock`]; `file.missing`.
    pub fn number(
        visual: &mut Visual<'_>,
        number_a: &VerificationNumberA,
        spend: Spend,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let record = Record::Number(visual.unlock(number_a, spend)?.number_picture_file()?);
        Self::visual(visual, record, challenge)
    }

    fn visual(
        visual: &mut Visual<'_>,
        record: Record,
        challenge: Option<Challenge>,
    ) -> Result<Self, Error> {
        let certificate = visual.certificate_file()?;
        let live = ask(challenge, |digest| visual.prove(digest))?;
        Ok(Self {
            record,
            certificate,
            live,
        })
    }

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

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence").finish_non_exhaustive()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Profile { .. } => "Profile",
            Self::Age(_) => "Age",
            Self::Face(_) => "Face",
            Self::Number(_) => "Number",
        })
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
    fn not_covered(&self) -> Vec<String> {
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

/// Asks the card to sign; that it refuses is an answer too.
fn ask(
    challenge: Option<Challenge>,
    prove: impl FnOnce(&Digest) -> Result<Signature, Error>,
) -> Result<Live, Error> {
    let Some(challenge) = challenge else {
        return Ok(Live::NotAsked);
    };
    match prove(&challenge.digest()) {
        Ok(answer) => Ok(Live::Answered(challenge, answer)),
        Err(Error::Refused { .. }) => Ok(Live::Refused),
        Err(error) => Err(error),
    }
}
