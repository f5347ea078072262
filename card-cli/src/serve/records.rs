//! Records of the card: name and address, card face, My Number, age, and whether they are genuine.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::Spend;
use card_core::handling::Purpose;
use serde::{Deserialize, Serialize};

use super::job::AtCard;
use super::method::CardMethod;
use super::params::{self, Consent, trusted};
use super::question::{About, HandlingAbout};
use crate::args::record_secret::With;
use crate::exit::Failure;
use crate::genuineness::{Proof, RecordWord};
use crate::jobs::number;
use crate::jobs::record::{self, Opening};
use crate::jobs::record_secret::Choice;
use crate::report::age::Answer;
use crate::report::card::Card;
use crate::report::face::{Face, pictures, portrait_png, suffix};
use crate::report::genuine::Genuine;
use crate::report::number::Shown;
use crate::report::profile::{Field, Person};

fn opening<'s>(with: Option<With>, seed: Option<&'s [u8; 32]>) -> Opening<'s> {
    Opening {
        choice: Choice {
            kind: with.map(With::kind),
            printed: None,
        },
        spend: Spend::KeepOne,
        seed,
    }
}

/// Reads name, address, birth date and sex.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReadProfile {
    /// Needed.
    #[serde(default)]
    consent: Option<Consent>,
    /// Which of the four; all where it is missing or empty.
    #[serde(default)]
    only: Vec<Field>,
    /// Whether the signature is checked; a record that is not genuine is an error then.
    #[serde(default)]
    signed: bool,
    /// With `signed`: `production`, `jlis-test`, `sim` or a folder; `production` without it.
    #[serde(default)]
    trust: Option<String>,
    /// Whether the answers of the card are encrypted; not with `signed`.
    #[serde(default)]
    secure_messaging: bool,
    /// Which secret opens it, where not every one may.
    #[serde(default)]
    with: Option<With>,
}

impl CardMethod for ReadProfile {
    const NAME: &str = "profile/read";
    type Result = Person;

    fn run(self, job: &AtCard<'_>) -> Result<Person, Failure> {
        Consent::demanded(self.consent.as_ref())?;
        if self.trust.is_some() && !self.signed {
            return Err(params::wrong("trust"));
        }
        if self.secure_messaging && self.signed {
            return Err(params::wrong("secureMessaging"));
        }
        let seed = record::session_seed(self.secure_messaging)?;
        let opening = opening(self.with, seed.as_deref());
        let ui = &mut job.ui(About::disclosing(true));
        if !self.signed {
            let record = record::profile(&mut job.open()?, ui, &opening)?;
            return Ok(Person::of(&record, &self.only, None));
        }
        let trust = trusted(self.trust.as_deref());
        let issuers = trust.issuers()?;
        let (record, evidence) = record::signed_profile(&mut job.open()?, ui, &opening)?;
        let proof = Proof::of(&evidence.judge(&issuers), &trust);
        proof.signed()?;
        Ok(Person::of(&record, &self.only, Some(proof)))
    }
}

/// Reads the card face.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReadFace {
    /// Needed.
    #[serde(default)]
    consent: Option<Consent>,
    /// Whether the portrait comes as PNG instead of JPEG 2000.
    #[serde(default)]
    png: bool,
    /// Which secret opens it, where not every one may.
    #[serde(default)]
    with: Option<With>,
}

/// The card face. Expiry and security code are not signed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FaceRead {
    #[serde(flatten)]
    face: Face,
    pictures: Vec<PictureRead>,
}

/// A picture.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct PictureRead {
    /// `portrait`, `name`, `address` or `security-code`.
    what: &'static str,
    /// `png`, `jp2` or `bin`.
    format: &'static str,
    /// Base64.
    data: String,
}

impl CardMethod for ReadFace {
    const NAME: &str = "face/read";
    type Result = FaceRead;

    fn run(self, job: &AtCard<'_>) -> Result<FaceRead, Failure> {
        Consent::demanded(self.consent.as_ref())?;
        let ui = &mut job.ui(About::disclosing(true));
        let read = record::face(&mut job.open()?, ui, &opening(self.with, None))?;
        let picture = |(what, picture)| {
            let (format, data) = match what == "portrait" && self.png {
                true => ("png", BASE64_STANDARD.encode(portrait_png(picture)?)),
                false => (suffix(picture), BASE64_STANDARD.encode(picture.bytes())),
            };
            Ok(PictureRead { what, format, data })
        };
        let pictures = pictures(&read).into_iter().map(picture);
        Ok(FaceRead {
            face: Face::of(&read),
            pictures: pictures.collect::<Result<_, Failure>>()?,
        })
    }
}

/// Reads the My Number for a purpose that the law allows, and records its handling.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReadNumber {
    handling: Handled,
    /// Whether the digits are in the result; stars else.
    #[serde(default)]
    reveal: bool,
    /// Whether the answers of the card are encrypted.
    #[serde(default)]
    secure_messaging: bool,
    /// Which secret opens it, where not every one may.
    #[serde(default)]
    with: Option<With>,
}

/// What the My Number is read for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Handled {
    /// `social-security`, `tax`, `disaster`, `other-by-law` or `holder`.
    purpose: String,
    /// The name of the law; with `other-by-law` only.
    #[serde(default)]
    law: Option<String>,
}

impl CardMethod for ReadNumber {
    const NAME: &str = "number/read";
    type Result = Shown;

    fn run(self, job: &AtCard<'_>) -> Result<Shown, Failure> {
        let Handled { purpose, law } = &self.handling;
        let purpose = number::purpose(Some(purpose), law.as_deref())?;
        let path = number::place()?;
        let seed = record::session_seed(self.secure_messaging)?;
        let opening = opening(self.with, seed.as_deref());
        let ui = &mut job.ui(About {
            handling: Some(HandlingAbout {
                purpose: purpose.word(),
                law: match &purpose {
                    Purpose::OtherByLaw(law) => Some(law.to_string()),
                    _ => None,
                },
                reveal: self.reveal,
            }),
            ..About::default()
        });
        let (read, handling) = number::read(&mut job.open()?, ui, &opening, purpose)?;
        {
            let _held = job.held();
            number::record(&handling, &path)?;
        }
        Ok(Shown::of(&read, self.reveal, &handling, &path))
    }
}

/// Checks whether a record is the issuer's and the card is here; does not tell the record.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CheckGenuine {
    record: RecordWord,
    /// `production`, `jlis-test`, `sim` or a folder; `production` without it.
    #[serde(default)]
    trust: Option<String>,
    /// Which secret opens it, where not every one may.
    #[serde(default)]
    with: Option<With>,
}

impl CardMethod for CheckGenuine {
    const NAME: &str = "genuine/check";
    type Result = Genuine;

    fn run(self, job: &AtCard<'_>) -> Result<Genuine, Failure> {
        let trust = trusted(self.trust.as_deref());
        let issuers = trust.issuers()?;
        let challenge = record::challenge()?;
        let (asked, opening) = (self.record.record(), opening(self.with, None));
        let ui = &mut job.ui(About::default());
        let evidence = record::evidence(asked, &mut job.open()?, ui, &opening, challenge)?;
        Ok(Genuine {
            record: self.record,
            proof: Proof::of(&evidence.judge(&issuers), &trust),
        })
    }
}

/// Tells whether the holder is at least so old; does not tell the birth date.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CheckAge {
    /// Years.
    over: u16,
    /// Whether it is proven; true without it.
    #[serde(default = "yes")]
    proof: bool,
    /// With `proof`: `production`, `jlis-test`, `sim` or a folder; `production` without it.
    #[serde(default)]
    trust: Option<String>,
    /// Which secret opens it, where not every one may.
    #[serde(default)]
    with: Option<With>,
}

fn yes() -> bool {
    true
}

impl CardMethod for CheckAge {
    const NAME: &str = "age/check";
    type Result = Answer;

    fn run(self, job: &AtCard<'_>) -> Result<Answer, Failure> {
        if self.trust.is_some() && !self.proof {
            return Err(params::wrong("trust"));
        }
        let trust = trusted(self.trust.as_deref());
        let issuers = self.proof.then(|| trust.issuers()).transpose()?;
        let challenge = self.proof.then(record::challenge).transpose()?;
        let ui = &mut job.ui(About::default());
        let opening = opening(self.with, None);
        let (record, birth, evidence) = record::birth(&mut job.open()?, ui, &opening, challenge)?;
        let proof = evidence.zip(issuers.as_ref());
        let proof = proof.map(|(evidence, issuers)| Proof::of(&evidence.judge(issuers), &trust));
        Ok(Answer::of(self.over, record, birth, proof))
    }
}

/// Takes nothing of its own.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CardOwnNumber {}

impl CardMethod for CardOwnNumber {
    const NAME: &str = "card/number";
    type Result = Card;

    fn run(self, job: &AtCard<'_>) -> Result<Card, Failure> {
        let number = record::card_number(&mut job.open()?)?;
        Ok(Card::of(&number))
    }
}
