//! The driving licence as text and JSON.

use card_core::applet::licence::{
    Field, LicenceDate, LicenceRecord, LicenceSignature, LicenceText, NameMismatch, SignatureFit,
    SignedPart, expired,
};
use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;
use serde::Serialize;

use crate::display::{hex, printable, table};
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output::Report;
use crate::texts::{Language, Texts};

/// `mynacard.licence-expiry/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Expiry {
    /// ISO 8601; null where the card holds a driving history only, or the date cannot be read.
    expiry: Option<String>,
    /// With the era.
    expiry_japanese: Option<String>,
    /// Today in Japan; null with the date.
    pub(crate) expired: Option<bool>,
    /// A date is there that is none.
    unreadable: bool,
}

impl Expiry {
    pub(crate) fn of(expiry: &Field<LicenceDate>) -> Self {
        let today = UtcTime::now().date_in_japan();
        Self {
            expiry: iso(expiry),
            expiry_japanese: japanese(expiry),
            expired: expiry.value().map(|date| expired(date.date(), today)),
            unreadable: matches!(expiry, Field::Unreadable),
        }
    }

    fn shown(&self, texts: &Texts) -> String {
        let date = match (texts.language(), &self.expiry, &self.expiry_japanese) {
            (Language::Japanese, Some(_), Some(date)) => date.clone(),
            (_, Some(date), _) => date.clone(),
            _ if self.unreadable => return texts.say("licence-unreadable"),
            _ => return texts.say("licence-none"),
        };
        match self.expired {
            Some(true) => format!("{date} {}", texts.say("licence-expired")),
            _ => date,
        }
    }
}

impl Report for Expiry {
    const NAME: &str = "licence-expiry";

    fn text(&self, texts: &Texts) -> String {
        self.shown(texts) + "\n"
    }
}

/// `mynacard.licence/1`. Null is not on this licence. Name and address are not in this application.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Licence {
    #[serde(flatten)]
    expiry: Expiry,
    /// 免許の種類: stable words.
    classes: Vec<&'static str>,
    /// 色区分.
    colour: Option<String>,
    conditions: Vec<String>,
    remarks: Vec<String>,
    spare: Vec<String>,
    /// 免許情報記録の番号.
    number: Option<String>,
    /// ISO 8601: first licence for motorcycle, small special or moped.
    motorcycle_date: Option<String>,
    /// ISO 8601: first other licence.
    other_date: Option<String>,
    /// ISO 8601: first second-class licence.
    second_class_date: Option<String>,
    history: History,
    /// Pictures of characters that the text names as 【外字n】.
    pictures: Vec<Picture>,
    /// Characters that are missing in the texts.
    missing_characters: usize,
    /// Bytes of the portrait; null where there is none.
    portrait_bytes: Option<usize>,
    /// Where `--portrait` has put it.
    pub(crate) portrait_file: Option<String>,
    /// Names of fields that are written but not as such a field is.
    unreadable_fields: Vec<&'static str>,
    /// Fields that this program does not know.
    unknown: Vec<Unknown>,
    signature: Checked,
    #[serde(skip)]
    classes_japanese: Vec<&'static str>,
}

/// 運転経歴情報.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct History {
    /// ISO 8601.
    date: Option<String>,
    /// One character; its values are not public.
    class: Option<String>,
    number: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Picture {
    number: u8,
    /// Hexadecimal, as stored; its form on this card is not known.
    bytes: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Unknown {
    /// Hexadecimal.
    tag: String,
    /// Hexadecimal.
    value: String,
}

/// Whether the signature fits. Says nothing about the chip, nor whether the holder may drive.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Checked {
    /// `fits`, `other-certificate`, `does-not-fit`, `not-checked` or `absent`.
    #[serde(rename = "result")]
    word: &'static str,
    /// `objects` or `whole-file`; null unless the signature fits.
    over: Option<&'static str>,
    /// Whether the certificate given holds today; null unless the signature fits.
    certificate_valid: Option<bool>,
    #[serde(skip)]
    asked: bool,
    /// In what the certificate given differs from the one that the card names.
    mismatches: Vec<&'static str>,
}

impl Checked {
    fn of(
        record: &LicenceRecord,
        signature: &LicenceSignature,
        certificate: Option<&Certificate>,
    ) -> Result<Self, Failure> {
        let word = |word| Self {
            word,
            ..Self::default()
        };
        let Some(certificate) = certificate else {
            return Ok(word(if signature.signature.is_empty() {
                "absent"
            } else {
                "not-checked"
            }));
        };
        let fit = signature.check(record, certificate, UtcTime::now());
        // The key was looked at when the file was read.
        Ok(match fit.map_err(|_| Failure::from(ProgramError::bug()))? {
            SignatureFit::Fits {
                over,
                certificate_valid,
            } => Self {
                over: Some(part(over)),
                certificate_valid: Some(certificate_valid),
                ..word("fits")
            },
            SignatureFit::Names { over, mismatches } => Self {
                over: Some(part(over)),
                mismatches: mismatches.into_iter().map(mismatch).collect(),
                ..word("other-certificate")
            },
            SignatureFit::DoesNotFit => word("does-not-fit"),
            SignatureFit::Absent => Self {
                asked: true,
                ..word("absent")
            },
        })
    }

    fn shown(&self, texts: &Texts) -> String {
        let mut text = texts.say(&format!("licence-signature-{}", self.word));
        for mismatch in &self.mismatches {
            text += &texts.say("list-comma");
            text += &texts.say(&format!("licence-mismatch-{mismatch}"));
        }
        if self.certificate_valid == Some(false) {
            text += &texts.say("list-comma");
            text += &texts.say("licence-certificate-expired");
        }
        text
    }
}

fn part(over: SignedPart) -> &'static str {
    match over {
        SignedPart::Objects => "objects",
        SignedPart::WholeFile => "whole-file",
    }
}

fn mismatch(mismatch: NameMismatch) -> &'static str {
    match mismatch {
        NameMismatch::Serial => "serial",
        NameMismatch::Issuer => "issuer",
        NameMismatch::Subject => "subject",
        NameMismatch::KeyIdentifier => "key-identifier",
    }
}

impl Licence {
    /// What was read, and whether the signature fits the certificate given.
    pub(crate) fn of(
        record: &LicenceRecord,
        signature: &LicenceSignature,
        certificate: Option<&Certificate>,
    ) -> Result<Self, Failure> {
        let texts = |texts: &[LicenceText]| {
            let texts = texts.iter();
            texts
                .map(|text| text.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        let all = record
            .conditions
            .iter()
            .chain(&record.remarks)
            .chain(&record.spare);
        let missing = all.chain(record.colour.value());
        let unreadable = [
            ("expiry", matches!(record.expiry, Field::Unreadable)),
            ("number", matches!(record.number, Field::Unreadable)),
            (
                "history-date",
                matches!(record.history_date, Field::Unreadable),
            ),
            (
                "history-class",
                matches!(record.history_class, Field::Unreadable),
            ),
            (
                "history-number",
                matches!(record.history_number, Field::Unreadable),
            ),
            (
                "motorcycle-date",
                matches!(record.motorcycle_date, Field::Unreadable),
            ),
            ("other-date", matches!(record.other_date, Field::Unreadable)),
            (
                "second-class-date",
                matches!(record.second_class_date, Field::Unreadable),
            ),
            ("classes", !record.unreadable_classes.is_empty()),
        ];
        Ok(Self {
            expiry: Expiry::of(&record.expiry),
            classes: record.classes.iter().map(|class| class.word()).collect(),
            classes_japanese: record
                .classes
                .iter()
                .map(|class| class.japanese())
                .collect(),
            colour: record.colour.value().map(|text| text.as_str().to_owned()),
            conditions: texts(&record.conditions),
            remarks: texts(&record.remarks),
            spare: texts(&record.spare),
            number: record.number.value().cloned(),
            motorcycle_date: iso(&record.motorcycle_date),
            other_date: iso(&record.other_date),
            second_class_date: iso(&record.second_class_date),
            history: History {
                date: iso(&record.history_date),
                class: record.history_class.value().cloned(),
                number: record.history_number.value().cloned(),
            },
            pictures: record
                .pictures
                .iter()
                .map(|picture| Picture {
                    number: picture.number,
                    bytes: hex(&picture.bytes),
                })
                .collect(),
            missing_characters: missing.map(|text| text.missing().len()).sum(),
            portrait_bytes: record.portrait.value().map(Vec::len),
            portrait_file: None,
            unreadable_fields: unreadable
                .into_iter()
                .filter_map(|(name, unreadable)| unreadable.then_some(name))
                .collect(),
            unknown: record
                .unknown
                .iter()
                .map(|field| Unknown {
                    tag: field.tag.clone(),
                    value: hex(&field.value),
                })
                .collect(),
            signature: Checked::of(record, signature, certificate)?,
        })
    }

    /// Whether a certificate was given and the signature does not fit it.
    pub(crate) fn signature_refused(&self) -> bool {
        matches!(self.signature.word, "does-not-fit" | "other-certificate")
            || self.signature.word == "absent" && self.signature.asked
    }
}

impl Report for Licence {
    const NAME: &str = "licence";

    fn text(&self, texts: &Texts) -> String {
        let row = |id: &str, value: &str| vec![texts.say(id), printable(value)];
        let japanese = texts.language() == Language::Japanese;
        let classes = match japanese {
            true => self.classes_japanese.join(&texts.say("list-comma")),
            false => self
                .classes
                .iter()
                .zip(&self.classes_japanese)
                .map(|(word, official)| format!("{word} ({official})"))
                .collect::<Vec<_>>()
                .join(&texts.say("list-comma")),
        };
        let mut rows = vec![row("licence-row-expiry", &self.expiry.shown(texts))];
        let mut push = |id: &str, value: &str| {
            if !value.is_empty() {
                rows.push(row(id, value));
            }
        };
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        push("licence-row-classes", &classes);
        push("licence-row-colour", &optional(&self.colour));
        for condition in &self.conditions {
            push("licence-row-condition", condition);
        }
        for remark in self.remarks.iter().chain(&self.spare) {
            push("licence-row-remark", remark);
        }
        push("licence-row-number", &optional(&self.number));
        push(
            "licence-row-motorcycle-date",
            &optional(&self.motorcycle_date),
        );
        push("licence-row-other-date", &optional(&self.other_date));
        push(
            "licence-row-second-class-date",
            &optional(&self.second_class_date),
        );
        push("licence-row-history-date", &optional(&self.history.date));
        push(
            "licence-row-history-number",
            &optional(&self.history.number),
        );
        if self.missing_characters > 0 {
            let missing = [("count", self.missing_characters.into())];
            push(
                "licence-row-missing",
                &texts.with("licence-missing", missing),
            );
        }
        push("licence-row-unreadable", &self.unreadable_fields.join(", "));
        push("licence-row-portrait", &optional(&self.portrait_file));
        push("licence-row-signature", &self.signature.shown(texts));
        table(&rows) + &texts.say("licence-not-proven") + "\n"
    }
}

fn iso(date: &Field<LicenceDate>) -> Option<String> {
    date.value().map(|date| date.date().to_string())
}

/// 令和10年5月1日.
fn japanese(date: &Field<LicenceDate>) -> Option<String> {
    date.value().map(|date| {
        let year = match date.era_year() {
            1 => "元".to_owned(),
            year => year.to_string(),
        };
        let (era, day) = (date.era().japanese(), date.date());
        format!("{era}{year}年{}月{}日", day.month(), day.day())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Licence>(Licence::NAME, Envelope::Card);
        schema::<Expiry>(Expiry::NAME, Envelope::Card);
    }
}
