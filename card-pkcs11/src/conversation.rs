//! Every conversation with a card: the first look, a login, a signature.
//!
//! Each is one transaction on a connection of its own, opened only if the card is still the one
//! that was seen, and closed behind it: between two calls the card is locked, without power, and
//! other programs can use it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use card_core::applet::jpki::CertificatesPresent;
use card_core::certificate::{Certificate, KeyAlgorithm, Purpose};
use card_core::observe::{Event, Exchange, Observer};
use card_core::pin::{Attempts, PinKind, PinProblem};
use card_core::readers::{ReaderState, Service};
use card_core::transport::{Pinpad, TransportError};
use card_core::{
    AuthenticationKey, Card, Digest, Error, Jpki, Signature, SignaturePassword, Spend, UserPin,
};

use crate::settings::Profile;

/// A PIN value of the right shape, in one place of its own so that moving it leaves no copies.
#[derive(Clone)]
pub(crate) enum Value {
    User(Box<UserPin>),
    /// The authentication PIN, typed on the reader each time: there is no value here.
    OnReader,
    Password(Box<SignaturePassword>),
}

/// What a card shows without a PIN.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) authentication: Option<Authentication>,
    /// The signature token: it exists although its certificate is hidden.
    pub(crate) signature: Option<Attempts>,
    /// Same for every token of the card: fifteen characters.
    pub(crate) serial: String,
}

pub(crate) struct Authentication {
    /// None on a phone, where it is behind the PIN.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) attempts: Attempts,
    /// The reader has a keypad on which its PIN can be typed.
    pub(crate) pinpad: bool,
}

/// How a signature is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Pkcs1v15,
    Pss,
}

/// What became of a value that a conversation may present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It did not leave.
    No,
    /// It left; the card refused it, or its answer did not arrive.
    Unaccepted,
    /// The card accepted it.
    Accepted,
}

/// The card in a reader as it was seen, and what stops a conversation with it.
pub(crate) struct Partner<'m> {
    pub(crate) seen: &'m ReaderState,
    pub(crate) stop: &'m Arc<AtomicBool>,
    /// Asked before a value leaves, because a turn may come minutes after the call: whether the
    /// caller still wants it.
    pub(crate) wanted: &'m dyn Fn() -> bool,
}

impl Partner<'_> {
    /// The first look: everything that look-only calls will be asked for.
    pub(crate) fn look(&self, profile: Profile) -> Result<Shown, Error> {
        self.talk(|jpki, pinpad| {
            // Who lacks this file has what can be read.
            let present = match jpki.certificates_present() {
                Ok(present) => present,
                Err(Error::FileMissing(_) | Error::Refused { .. } | Error::Malformed { .. }) => {
                    CertificatesPresent {
                        signature: true,
                        authentication: true,
                    }
                }
                Err(error) => return Err(error),
            };
            let mut shown = Shown::default();
            let mut hidden = false;
            let mut certificate = None;
            if present.authentication {
                certificate = match jpki.authentication_certificate() {
                    Ok(certificate) => Some(certificate),
                    Err(Error::Pin {
                        problem: PinProblem::Needed,
                        ..
                    }) => {
                        hidden = true;
                        None
                    }
                    Err(Error::CertificateAbsent(_) | Error::Malformed { .. }) => None,
                    Err(error) => return Err(error),
                };
            }
            shown.serial = match &certificate {
                Some(certificate) => {
                    let print = certificate.fingerprint();
                    let hex = print.as_bytes().iter().map(|byte| format!("{byte:02X}"));
                    hex.collect::<String>().chars().take(15).collect()
                }
                None => match jpki.token_information() {
                    Ok(token) => token.serial().chars().take(15).collect(),
                    Err(Error::Transport(error)) => return Err(error.into()),
                    Err(_) => "0".into(),
                },
            };
            let certificate = certificate.filter(usable);
            if profile != Profile::Signature && (hidden || certificate.is_some()) {
                let attempts = counted(jpki.authentication_attempts())?;
                shown.authentication = Some(Authentication {
                    certificate,
                    attempts,
                    pinpad: pinpad.verify,
                });
            }
            if profile != Profile::Authentication && present.holds(Purpose::Signature) {
                shown.signature = Some(counted(jpki.signature_attempts())?);
            }
            Ok(shown)
        })
        .0
    }

    /// Presents a value once; returns a certificate that was hidden until now.
    pub(crate) fn log_in(
        &self,
        value: &Value,
        hidden: bool,
    ) -> (Result<Option<Certificate>, Error>, Sent) {
        let accepted = Cell::new(false);
        let (done, presented) = self.talk(|jpki, _| {
            if !(self.wanted)() {
                return Err(Error::Cancelled);
            }
            let certificate = match value {
                Value::User(_) | Value::OnReader => {
                    let mut key = unlock(jpki, value)?;
                    accepted.set(true);
                    hidden.then(|| key.certificate())
                }
                Value::Password(password) => {
                    let mut key = jpki.unlock_signature(password, Spend::KeepOne)?;
                    accepted.set(true);
                    hidden.then(|| key.certificate())
                }
            };
            match certificate {
                // The value is right; a key that this module cannot use stays without certificate.
                Some(Ok(certificate)) => Ok(Some(certificate).filter(usable)),
                Some(Err(Error::CertificateAbsent(_) | Error::Malformed { .. })) | None => Ok(None),
                Some(Err(error)) => Err(error),
            }
        });
        let sent = sent(&done, presented, &accepted);
        (done, sent)
    }

    /// Presents a value that this card has accepted in this login, and signs.
    pub(crate) fn sign(
        &self,
        value: &Value,
        padding: Padding,
        digest: &Digest,
    ) -> (Result<Signature, Error>, Sent) {
        let accepted = Cell::new(false);
        let (done, presented) = self.talk(|jpki, _| {
            if !(self.wanted)() {
                return Err(Error::Cancelled);
            }
            match value {
                Value::User(_) | Value::OnReader => {
                    let mut key = unlock(jpki, value)?;
                    accepted.set(true);
                    match padding {
                        Padding::Pkcs1v15 => key.sign(digest),
                        Padding::Pss => key.sign_pss(digest),
                    }
                }
                Value::Password(password) => {
                    let mut key = jpki.unlock_signature(password, Spend::KeepOne)?;
                    accepted.set(true);
                    match padding {
                        Padding::Pkcs1v15 => key.sign(digest),
                        Padding::Pss => key.sign_pss(digest),
                    }
                }
            }
        });
        let sent = sent(&done, presented, &accepted);
        (done, sent)
    }

    /// One transaction; begun again only where a reset came before any PIN left.
    fn talk<T>(
        &self,
        mut job: impl FnMut(&mut Jpki<'_>, Pinpad) -> Result<T, Error>,
    ) -> (Result<T, Error>, bool) {
        let presented = Arc::new(AtomicBool::new(false));
        let mut once = || {
            let opened = Service::connect()?.open_same(self.seen)?;
            let mut card = Card::new(opened)
                .observed_by(Presented(Arc::clone(&presented)))
                .interrupted_by(Arc::clone(self.stop));
            let mut transaction = card.begin()?;
            let pinpad = transaction.pinpad()?;
            let done = transaction
                .jpki()
                .and_then(|mut jpki| job(&mut jpki, pinpad));
            // An end that failed is an error too, although the power goes: nothing is presented again.
            let ended = transaction.end();
            done.and_then(|done| ended.map(|()| done))
        };
        let mut done = once();
        for _ in 0..2 {
            let reset = matches!(
                done,
                Err(Error::Transport(
                    TransportError::Reset | TransportError::PowerLost
                ))
            );
            if !reset || presented.load(Ordering::SeqCst) {
                break;
            }
            done = once();
        }
        (done, presented.load(Ordering::SeqCst))
    }
}

/// Presents the authentication PIN: a value, or what is typed on the reader.
fn unlock<'j>(jpki: &'j mut Jpki<'_>, value: &Value) -> Result<AuthenticationKey<'j>, Error> {
    match value {
        Value::User(pin) => jpki.unlock_authentication(pin, Spend::KeepOne),
        Value::OnReader => jpki.unlock_authentication_on_pinpad(Spend::KeepOne),
        // A token has values of its own kind only.
        Value::Password(_) => Err(Error::Cancelled),
    }
}

fn sent<T>(done: &Result<T, Error>, presented: bool, accepted: &Cell<bool>) -> Sent {
    // The reader had no PIN for the card.
    let presented = presented && !matches!(done, Err(Error::Pinpad { .. }));
    match (presented, accepted.get()) {
        (false, _) => Sent::No,
        (true, false) => Sent::Unaccepted,
        (true, true) => Sent::Accepted,
    }
}

/// Sees whether a PIN has left.
struct Presented(Arc<AtomicBool>);

impl Observer for Presented {
    fn exchange(&mut self, _: &Exchange<'_>) {}

    fn event(&mut self, event: &Event) {
        if matches!(
            event,
            Event::Presenting(PinKind::Authentication | PinKind::Signature)
        ) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

/// A counter that tells nothing is no reason not to show a token: a login asks again.
fn counted(attempts: Result<Attempts, Error>) -> Result<Attempts, Error> {
    match attempts {
        Err(Error::Refused { .. }) => Ok(Attempts::Unknown),
        // There is nothing to log in with, as if it were blocked.
        Err(Error::Pin {
            problem: PinProblem::Absent,
            ..
        }) => Ok(Attempts::Blocked),
        attempts => attempts,
    }
}

/// The module speaks RSA with 2048 bits, what every card has today.
fn usable(certificate: &Certificate) -> bool {
    certificate.key_algorithm() == KeyAlgorithm::Rsa { bits: 2048 }
}
