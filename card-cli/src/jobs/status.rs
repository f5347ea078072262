//! Status of a card: kind, content, attempts left. Presents no PIN.

use card_core::applet::Application;
use card_core::applet::jpki::Device;
use card_core::certificate::Validity;
use card_core::{Error, Transaction};

use super::expiry;
use crate::attempts::{Left, if_there};
use crate::exit::Failure;
use crate::session::CardSession;

/// What one card says.
pub(crate) struct Status {
    pub(crate) reader: String,
    /// Answer to reset.
    pub(crate) atr: Vec<u8>,
    /// What holds the keys; `None` if the card does not say.
    pub(crate) device: Option<Device>,
    /// Label of the JPKI token, as the card has it.
    pub(crate) label: Option<String>,
    pub(crate) applications: Vec<Application>,
    /// Whether it holds an authentication and a signature certificate, if it says.
    pub(crate) authentication: Option<bool>,
    pub(crate) signature: Option<bool>,
    /// Of the authentication certificate, where it is free to read.
    pub(crate) validity: Option<Validity>,
    pub(crate) attempts: Left,
}

/// Asks the card for everything that it tells without a PIN.
pub(crate) fn run(card: &mut impl CardSession) -> Result<Status, Failure> {
    let reader = card.reader_name();
    card.talk(|transaction| look(transaction, reader))
}

fn look(transaction: &mut Transaction<'_>, reader: String) -> Result<Status, Error> {
    let atr = transaction.link()?.atr.clone();
    let mut attempts = Left::default();
    // Each application is selected once, JPKI last: other programs expect it selected.
    let mut there = vec![(Application::Profile, attempts.ask_profile(transaction)?)];
    there.push((Application::Visual, attempts.ask_visual(transaction)?));
    let resident = if_there(transaction.resident())?.is_some();
    there.push((Application::Resident, resident));
    let common = if_there(transaction.common())?.is_some();
    there.push((Application::Common, common));
    there.push((Application::Licence, attempts.ask_licence(transaction)?));
    let mut jpki = transaction.jpki()?;
    there.push((Application::Jpki, true));
    let token = or_missing(jpki.token_information())?;
    let present = or_missing(jpki.certificates_present())?;
    attempts.ask_jpki(&mut jpki)?;
    let validity = match present {
        Some(present) if !present.authentication => None,
        _ => expiry::validity(&mut jpki)?,
    };
    let applications = there.into_iter().rev().filter(|(_, there)| *there);
    Ok(Status {
        reader,
        atr,
        device: token.as_ref().map(|token| token.device()),
        label: token.map(|token| token.label().to_owned()),
        applications: applications.map(|(application, _)| application).collect(),
        authentication: present.map(|present| present.authentication),
        signature: present.map(|present| present.signature),
        validity,
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
