//! `status`: what kind of card this is and how many attempts are left. Presents no PIN.

use card_core::applet::Application;
use card_core::applet::jpki::Device;
use card_core::{Error, Transaction};
use serde::Serialize;

use crate::attempts::{Left, if_there, left};
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::application_word;
use crate::output::{Report, capital, hex, printable, table};
use crate::program::Program;
use crate::texts::Texts;

/// Takes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

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

/// Asks the card for everything it tells without a PIN.
pub(crate) fn run(program: &Program, _: &Arguments) -> Result<(), Failure> {
    let mut connection = Connection::open(program)?;
    let reader = connection.reader().name;
    let report = connection.talk(|transaction| look(transaction, reader))?;
    program.show_card(&report, &connection)
}

/// What one card says.
pub(crate) fn look(transaction: &mut Transaction<'_>, reader: String) -> Result<Status, Error> {
    let atr = hex(&transaction.link()?.atr);
    let mut attempts = Left::default();
    // Each application is selected once, JPKI last: other programs expect it selected.
    let mut there = vec![(Application::Profile, attempts.ask_profile(transaction)?)];
    there.push((Application::Visual, attempts.ask_visual(transaction)?));
    let resident = if_there(transaction.resident())?.is_some();
    there.push((Application::Resident, resident));
    let common = if_there(transaction.common())?.is_some();
    there.push((Application::Common, common));
    let mut jpki = transaction.jpki()?;
    there.push((Application::Jpki, true));
    let token = or_missing(jpki.token_information())?;
    let present = or_missing(jpki.certificates_present())?;
    attempts.authentication = left(jpki.authentication_attempts()?);
    attempts.signature = left(jpki.signature_attempts()?);
    let applications = there.into_iter().rev().filter(|(_, there)| *there);
    Ok(Status {
        reader,
        atr,
        device: match token.as_ref().map(|token| token.device()) {
            Some(Device::Plastic) => Kind::Plastic,
            Some(Device::ResidentCard) => Kind::ResidentCard,
            Some(Device::Android) => Kind::Android,
            Some(Device::Iphone) => Kind::Iphone,
            _ => Kind::Unknown,
        },
        label: token.map(|token| token.label().to_owned()),
        applications: applications
            .map(|(application, _)| application_word(application).word)
            .collect(),
        certificates: Certificates {
            authentication: present.map(|present| present.authentication),
            signature: present.map(|present| present.signature),
        },
        attempts,
    })
}

/// A file that this kind of card does not have is nothing to fail for.
fn or_missing<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::FileMissing(_) | Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Report for Status {
    const NAME: &str = "status";

    fn text(&self, texts: &Texts) -> String {
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
            rows.push(vec![capital(&texts.say(name)), texts.say(there)]);
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
