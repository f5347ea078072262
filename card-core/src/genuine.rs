//! Is this card's data signed by the issuer, and is the card here?
//!
//! Two questions that belong together. A record can be copied: its signature says who wrote it, not
//! where it comes from. A key cannot be copied: its answer to a fresh challenge says that the card
//! is here, not what is written on it. [`Evidence`] is what the card gave, [`Evidence::judge`] what
//! it proves, field by field, and what it does not prove.

use std::fmt;

use zeroize::Zeroizing;

use crate::applet::profile::record::{self as profile, AttributesRecord, SignatureRecord};
use crate::applet::profile::{Profile, ProfileSecret};
use crate::applet::visual::record::{AgeRecord, CardFace, NumberPicture, face_proof};
use crate::applet::visual::{OpensFace, Visual};
use crate::certificate::PublicKey;
use crate::digest::{Digest, HashAlgorithm};
use crate::error::{Error, Malformation, Step};
use crate::iso::Template;
use crate::iso::tlv::Object;
use crate::pin::{BirthPin, PinProblem, Spend, VerificationNumberA};
use crate::record::{Layout, Proof, UnknownField, offsets_agree};
use crate::signature::Signature;
use crate::trust::cv::{CardDomain, CvCertificate, IssuerKeys, IssuerProblem, KeyId};

/// Something fresh for the card to sign: 32 random bytes.
///
/// Random, and used once: an answer that was recorded earlier must not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Takes 32 bytes from a cryptographic random source.
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
    /// Profile 0001 to 0003 and 0007, as far as the secret opened them.
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
        let signature = match open.signature_file() {
            // Disputed for 照合番号B, so its absence is no surprise there.
            Err(Error::Pin {
                problem: PinProblem::Needed,
                ..
            }) if !S::OPENS_NUMBER => None,
            read => Some(read?),
        };
        let own_key = open.own_key_file()?;
        let record = Record::Profile {
            number,
            attributes,
            signature,
            own_key,
        };
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
                None => Finding::Invalid(Reason::Certificate),
            },
            issuer: match &certificate {
                Some(certificate) => match issuers.check(certificate, domain) {
                    Ok(_) => Finding::Valid,
                    Err(problem) => Finding::Invalid(Reason::Issuer(problem)),
                },
                None => Finding::Invalid(Reason::Certificate),
            },
            live: match &self.live {
                Live::NotAsked => Finding::NotTried(Reason::NotAsked),
                Live::Refused => Finding::Invalid(Reason::Refused),
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
    fn signature(&self, proof: Result<&Proof, Reason>, key: &PublicKey) -> Finding {
        match self {
            Self::Profile {
                signature: None, ..
            } => Finding::NotTried(Reason::Closed),
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
    ) -> Finding {
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

    /// Fields that no signature covers, or that the secret did not open.
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

fn finding(judged: Result<(), Reason>) -> Finding {
    match judged {
        Ok(()) => Finding::Valid,
        Err(reason) => Finding::Invalid(reason),
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

/// What evidence proves, and what it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The record against the card's certificate: the data are as that key signed them.
    pub signature: Finding,
    /// That certificate against the issuers that are believed.
    pub issuer: Finding,
    /// The answer to the challenge against the key that answers for the record: the card is here.
    pub live: Finding,
    /// Which key the certificate names as its issuer's.
    pub issuer_key: Option<KeyId>,
    /// Which key the certificate certifies.
    pub certified_key: Option<KeyId>,
    /// Fields of the record that the signature says nothing about, or that the secret did not
    /// open; an unknown field by its tag in hexadecimal.
    pub not_covered: Vec<String>,
    /// What would still be unknown if all three findings were valid.
    pub not_proven: &'static [Gap],
}

impl Report {
    /// Whether all three findings are valid. Even then [`Report::not_covered`] and
    /// [`Report::not_proven`] hold.
    #[must_use]
    pub fn all_valid(&self) -> bool {
        [self.signature, self.issuer, self.live]
            .iter()
            .all(|found| *found == Finding::Valid)
    }
}

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It holds.
    Valid,
    /// It does not hold.
    Invalid(Reason),
    /// It was not tried.
    NotTried(Reason),
}

impl Finding {
    /// `valid` or `invalid`; `None` if it was not tried.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Valid => Some("valid"),
            Self::Invalid(_) => Some("invalid"),
            Self::NotTried(_) => None,
        }
    }

    /// Why it is not valid.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Valid => None,
            Self::Invalid(reason) | Self::NotTried(reason) => Some(reason),
        }
    }
}

/// Why a check does not hold or was not tried: the rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The certificate of the application (0004) is none.
    Certificate,
    /// The certificate is not believed.
    Issuer(IssuerProblem),
    /// The record is not what it should be, or lacks a field that is signed.
    Malformed,
    /// Fields stand in another order than the one that is signed.
    Order,
    /// The offset table points elsewhere than the fields stand.
    Offsets,
    /// The signed digest is not that of the My Number file.
    NumberDigest,
    /// The signed digest is not that of the attributes.
    AttributesDigest,
    /// The certified key did not sign the record.
    Signature,
    /// The secret did not open the file that holds the signature.
    Closed,
    /// Nobody asked the card to answer.
    NotAsked,
    /// The card refused to answer.
    Refused,
    /// The key that answers (0007) is malformed or not signed by the certified key.
    AnsweringKey,
    /// The answer does not fit challenge and key.
    Answer,
}

impl Reason {
    /// Every code that [`Reason::code`] can give, in alphabetical order.
    pub const CODES: &'static [&'static str] = &[
        "certificate.malformed",
        "issuer.domain",
        "issuer.signature",
        "issuer.unknown",
        "live.key",
        "live.not-asked",
        "live.refused",
        "live.signature",
        "record.attributes-digest",
        "record.closed",
        "record.malformed",
        "record.number-digest",
        "record.offsets",
        "record.order",
        "record.signature",
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate.malformed",
            Self::Issuer(problem) => problem.code(),
            Self::Malformed => "record.malformed",
            Self::Order => "record.order",
            Self::Offsets => "record.offsets",
            Self::NumberDigest => "record.number-digest",
            Self::AttributesDigest => "record.attributes-digest",
            Self::Signature => "record.signature",
            Self::Closed => "record.closed",
            Self::NotAsked => "live.not-asked",
            Self::Refused => "live.refused",
            Self::AnsweringKey => "live.key",
            Self::Answer => "live.signature",
        }
    }

    fn of_record(error: &Error) -> Self {
        match error {
            Error::Malformed {
                what: Step::OwnKey, ..
            } => Self::AnsweringKey,
            Error::Malformed {
                problem: Malformation::Order,
                ..
            } => Self::Order,
            _ => Self::Malformed,
        }
    }
}

/// What stays unproven even where every check holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// Nothing binds the text records (profile 0001 to 0003) to the key that answers (0007).
    ///
    /// Another person's records on a card that answers with its own key pass both checks. The card
    /// face does bind them.
    Unbound,
    /// Whether the card was reported lost or replaced. Its certificates are not revoked and name
    /// no date.
    CardStatus,
}

impl Gap {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unbound => "records.not-bound",
            Self::CardStatus => "card.status",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::card::Card;
    use crate::pin::{ProfilePin, VerificationNumberB};
    use crate::signature::SignatureKind;
    use crate::tests::{self as shelf, Counter, KEYS, Shelf, object, with_table};
    use crate::trust::cv::IssuerKey;

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
        let unasked = Finding::NotTried(Reason::NotAsked);
        let text = "name address birth sex";
        assert_eq!(by(None, false), (Finding::Valid, unasked, text.to_owned()));
        assert_eq!(
            by(None, true),
            (Finding::Valid, unasked, "number".to_owned())
        );
        let closed = Finding::NotTried(Reason::Closed);
        assert_eq!(
            by(Some(3), true),
            (closed, unasked, format!("number {text}"))
        );
    }

    #[test]
    fn the_wrong_issuer_is_named_and_does_not_stop_the_rest() {
        let (evidence, _) = age(Shelf::new(true));
        let report = evidence.judge(&IssuerKeys::production());
        let unknown = Finding::Invalid(Reason::Issuer(IssuerProblem::Unknown));
        assert_eq!(
            (report.signature, report.issuer, report.live),
            (Finding::Valid, unknown, Finding::Valid)
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
        assert_eq!(report.signature, Finding::Valid);
        assert_eq!(report.live, Finding::Invalid(Reason::Answer));
        // An old answer to another challenge.
        let (mut evidence, _) = age(Shelf::new(true));
        let Live::Answered(_, answer) = evidence.live.clone() else {
            panic!()
        };
        evidence.live = Live::Answered(Challenge::new([1; 32]), answer);
        assert_eq!(
            evidence.judge(&issuers()).live,
            Finding::Invalid(Reason::Answer)
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

    fn judged(record: Record) -> Finding {
        static CERTIFICATES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
            [shelf::PROFILE_ISSUER, shelf::VISUAL_ISSUER]
                .map(|id| shelf::certificate(id, "1310121"))
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

    fn text(attributes: Vec<u8>, signature: Vec<u8>) -> Finding {
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
        let invalid = |reason| Finding::Invalid(reason);
        assert_eq!(text(record(&fields), signature.clone()), Finding::Valid);
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
        assert_eq!(text(record(&more), signature), Finding::Valid);
    }

    #[test]
    fn somebody_elses_number_or_attributes() {
        let fields = shelf::attribute_fields("東京都");
        let record = with_table(0xFF20, 1, &fields);
        let other = b"\xFF\x10\x0C000000000019\xFF\xFF";
        let signature = shelf::signature_file(other, &fields.concat());
        assert_eq!(
            text(record.clone(), signature),
            Finding::Invalid(Reason::NumberDigest)
        );
        // The filler is part of what is signed.
        let signature = shelf::signature_file(&shelf::number_file()[..15], &fields.concat());
        assert_eq!(
            text(record.clone(), signature),
            Finding::Invalid(Reason::NumberDigest)
        );
        let signature = shelf::signature_file(&shelf::number_file(), b"");
        assert_eq!(
            text(record, signature),
            Finding::Invalid(Reason::AttributesDigest)
        );
    }

    #[test]
    fn face_fields_swapped_reordered_or_left_out() {
        let fields = shelf::face_fields();
        let face = |fields: &[Vec<u8>]| judged(Record::Face(with_table(0xFF20, 3, fields).into()));
        assert_eq!(face(&fields), Finding::Valid);
        for first in 0..9 {
            for second in 0..first {
                let mut swapped = fields.clone();
                swapped.swap(first, second);
                assert!(
                    matches!(face(&swapped), Finding::Invalid(_)),
                    "{second} and {first}"
                );
            }
            let mut missing = fields.clone();
            missing.remove(first);
            assert!(
                first > 6 || matches!(face(&missing), Finding::Invalid(_)),
                "without {first}"
            );
        }
        // An unsigned field is never fatal and never called signed.
        let mut more = fields;
        more.push(object(0xDF2B, 1, b"new"));
        let record = Record::Face(with_table(0xFF20, 3, &more).into());
        assert_eq!(record.not_covered(), ["expiry", "security_code", "DF2B"]);
        assert_eq!(judged(record), Finding::Valid);
    }

    #[test]
    fn fields_behind_the_signature_are_not_covered() {
        let good = shelf::age_file();
        let value = [&good[5..], &object(0xDF14, 1, b"claimed")].concat();
        let record = Record::Age(object(0xFF10, 3, &value).into());
        assert_eq!(record.not_covered(), ["DF14"]);
        assert_eq!(judged(record), Finding::Valid);
        // The whole content moved behind the signature.
        let (content, rest) = good[5..].split_at(11);
        let moved = object(0xFF10, 3, &[rest, content].concat());
        let finding = judged(Record::Age(moved.into()));
        assert_eq!(finding, Finding::Invalid(Reason::Malformed));
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
                    prop_assert_ne!(judged(record.clone()), Finding::Valid);
                    let certificate = certificate.clone();
                    let answer = Signature::new(SignatureKind::RsaPkcs1v15, bytes.clone());
                    let live = Live::Answered(CHALLENGE, answer);
                    let report = Evidence { record, certificate, live }.judge(&issuers());
                    prop_assert!(!report.all_valid());
                }
            }
        }
    }
}
