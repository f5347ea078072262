//! The report of a card's status.

use card_core::applet::jpki::Device;
use card_core::domain::date::UtcTime;
use serde::Serialize;

use crate::attempts::Left;
use crate::facts::application_word;
use crate::jobs;
use crate::output::{Report, capital, hex, printable, table};
use crate::texts::Texts;
use crate::validity::{State, Validity};

/// `mynacard.status/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Status {
    reader: String,
    /// Answer to reset, hexadecimal.
    atr: String,
    device: Kind,
    /// Label of the JPKI token, as the card has it.
    label: Option<String>,
    applications: Vec<&'static str>,
    certificates: Certificates,
    /// Of the authentication certificate; null where it is not free to read. The signature
    /// certificate ends with it at the latest.
    authentication_validity: Option<Validity>,
    /// An authentication certificate, no signature certificate and no usable PIN: a card without
    /// PINs (顔認証マイナンバーカード), or one whose PINs are all blocked. The card itself does not say.
    perhaps_without_pins: bool,
    attempts: Left,
}

/// What holds the keys.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Plastic,
    ResidentCard,
    Android,
    Iphone,
    Unknown,
}

/// Which certificates the card holds; null where it does not say.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Certificates {
    authentication: Option<bool>,
    signature: Option<bool>,
}

impl Status {
    /// Of what the card said.
    pub(crate) fn of(status: jobs::status::Status) -> Self {
        let applications = status.applications.into_iter();
        Self {
            reader: status.reader,
            atr: hex(&status.atr),
            device: match status.device {
                Some(Device::Plastic) => Kind::Plastic,
                Some(Device::ResidentCard) => Kind::ResidentCard,
                Some(Device::Android) => Kind::Android,
                Some(Device::Iphone) => Kind::Iphone,
                _ => Kind::Unknown,
            },
            label: status.label,
            applications: applications.map(|it| application_word(it).word).collect(),
            certificates: Certificates {
                authentication: status.authentication,
                signature: status.signature,
            },
            authentication_validity: status
                .validity
                .map(|validity| Validity::at(validity, UtcTime::now())),
            perhaps_without_pins: status.authentication == Some(true)
                && status.signature == Some(false)
                && status.attempts.none_usable(),
            attempts: status.attempts,
        }
    }
}

impl Status {
    /// Reader, card and certificates.
    pub(crate) fn short(&self, texts: &Texts) -> String {
        let mut rows = self.rows(texts);
        rows.retain(|row| row.first() != Some(&texts.say("status-applications")));
        table(&rows)
    }

    fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let device = match self.device {
            Kind::Plastic => "status-device-plastic",
            Kind::ResidentCard => "status-device-resident-card",
            Kind::Android => "status-device-android",
            Kind::Iphone => "status-device-iphone",
            Kind::Unknown => "status-device-unknown",
        };
        let applications = self.applications.iter();
        let applications = applications.map(|word| texts.say(&format!("application-{word}")));
        let mut rows = vec![
            vec![texts.say("status-reader"), printable(&self.reader)],
            vec![texts.say("status-card"), texts.say(device)],
            vec![
                texts.say("status-applications"),
                applications
                    .collect::<Vec<_>>()
                    .join(&texts.say("list-comma")),
            ],
        ];
        let certificates = [
            (
                "certificate-authentication",
                self.certificates.authentication,
            ),
            ("certificate-signature", self.certificates.signature),
        ];
        for (name, there) in certificates {
            let there = match there {
                Some(true) => "status-present",
                Some(false) => "status-absent",
                None => "status-not-told",
            };
            let mut there = texts.say(there);
            if let Some(validity) = &self.authentication_validity {
                let expired = validity.state() == State::Expired;
                match name {
                    "certificate-authentication" => there = validity.text(texts),
                    _ if self.certificates.signature != Some(true) => {}
                    _ if expired => there = texts.say("status-signature-expired"),
                    _ => there = texts.say("status-signature-present"),
                }
            }
            rows.push(vec![capital(&texts.say(name)), there]);
        }
        rows
    }
}

impl Report for Status {
    const NAME: &str = "status";

    fn text(&self, texts: &Texts) -> String {
        let mut rows = self.rows(texts);
        if self.perhaps_without_pins {
            rows.push(vec![
                texts.say("status-pins"),
                texts.say("status-perhaps-without-pins"),
            ]);
        }
        rows.extend(self.attempts.rows(texts));
        table(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Status>(Status::NAME, Envelope::Card);
    }
}
