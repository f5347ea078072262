//! The JPKI application: two keys, their certificates, and the PINs that guard them.
//!
//! Free things are methods of [`Jpki`]; guarded things are methods of what unlocking returned, so
//! that a key which exists is a key the card has unlocked.

mod key;
mod token;

use std::fmt;

pub use key::{AuthenticationKey, SignatureKey};
pub use token::{Device, TokenInformation};

use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateError, Purpose, Validity};
use crate::channel::Channel;
use crate::error::{Error, Malformation, Step};
use crate::iso::{Answer, FileId, StatusWord};
use crate::pin::{Attempts, PinKind, PinProblem, SignaturePassword, Spend, UserPin};

/// Files, keys and PINs, each with who saw it: see `docs/card/jpki.md`.
mod file {
    use super::FileId;

    pub(super) const SIGNATURE_CERTIFICATE: FileId = FileId::new(0x01);
    pub(super) const SIGNATURE_CA_CERTIFICATE: FileId = FileId::new(0x02);
    pub(super) const TOKEN_INFORMATION: FileId = FileId::new(0x06);
    pub(super) const CERTIFICATES_PRESENT: FileId = FileId::new(0x08);
    pub(super) const AUTHENTICATION_CERTIFICATE: FileId = FileId::new(0x0A);
    pub(super) const AUTHENTICATION_CA_CERTIFICATE: FileId = FileId::new(0x0B);
    pub(super) const AUTHENTICATION_KEY: FileId = FileId::new(0x17);
    pub(super) const AUTHENTICATION_PIN: FileId = FileId::new(0x18);
    pub(super) const SIGNATURE_KEY: FileId = FileId::new(0x1A);
    pub(super) const SIGNATURE_PASSWORD: FileId = FileId::new(0x1B);
}

/// The JPKI application (公的個人認証AP), selected.
pub struct Jpki<'t> {
    channel: Channel<'t>,
}

impl<'t> Jpki<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }
}

impl Jpki<'_> {
    /// Reads what the card says of itself: plastic, phone or the older resident card.
    ///
    /// One exchange, no attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 0006, 160 bytes: a serialised `CK_TOKEN_INFO`; measured by myna-card.
    pub fn token_information(&mut self) -> Result<TokenInformation, Error> {
        let step = Step::TokenInformation;
        let whole = |_: &[u8]| Some(TokenInformation::LENGTH);
        let bytes =
            self.channel
                .read_file(file::TOKEN_INFORMATION, step, Answer::Personal, whole)?;
        TokenInformation::parse(&bytes)
    }

    /// Reads which of the two certificates the card holds.
    ///
    /// One exchange, no attempt. A child under 15 has no signature certificate; both can be
    /// declined, and they disappear when they expire.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 0008, three bytes, `8F 8F 00` when both are there (signature first); measured by myna-card.
    pub fn certificates_present(&mut self) -> Result<CertificatesPresent, Error> {
        let step = Step::CertificatesPresent;
        let file = file::CERTIFICATES_PRESENT;
        let bytes = self
            .channel
            .read_file(file, step, Answer::Public, |_| Some(3))?;
        match **bytes {
            [signature, authentication, ..] => Ok(CertificatesPresent {
                signature: signature == 0x8F,
                authentication: authentication == 0x8F,
            }),
            _ => {
                let problem = Malformation::Length {
                    has: bytes.len(),
                    needs: 3,
                };
                Err(Error::malformed(step, 0, problem))
            }
        }
    }

    /// Asks how many attempts the authentication PIN has left.
    ///
    /// 利用者証明用電子証明書暗証番号の試行可能回数。One exchange, costs no attempt.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    pub fn authentication_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel
            .attempts(PinKind::Authentication, file::AUTHENTICATION_PIN)
    }

    /// Asks how many attempts the signature password has left.
    ///
    /// 署名用電子証明書暗証番号の試行可能回数。One exchange, costs no attempt.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    pub fn signature_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel
            .attempts(PinKind::Signature, file::SIGNATURE_PASSWORD)
    }

    /// Reads the authentication certificate (利用者証明用電子証明書).
    ///
    /// One exchange for each 256 bytes, or one where card and reader announce extended lengths.
    /// No attempt. Free on a plastic card; a phone wants the PIN first: then use
    /// [`Jpki::unlock_authentication`] and [`AuthenticationKey::certificate`].
    ///
    /// # Errors
    ///
    /// `pin.needed` on a phone, `certificate.absent`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 000A; agreed by OpenSC, myna, jpki-rs. The phone: seen by myna (its issue 6).
    pub fn authentication_certificate(&mut self) -> Result<Certificate, Error> {
        read_authentication_certificate(&mut self.channel, &[])
    }

    /// Reads the authentication certificate for a signature that will be checked against it: as far as
    /// [`Card::knowing`](crate::Card::knowing) knows it already, by its beginning alone.
    ///
    /// One exchange where it is known, otherwise as [`Jpki::authentication_certificate`]. No attempt. Only
    /// the signature shows that the card has the key: show it after that, not before.
    ///
    /// # Errors
    ///
    /// As [`Jpki::authentication_certificate`].
    pub fn authentication_certificate_to_sign(&mut self) -> Result<Certificate, Error> {
        let known = std::mem::take(&mut self.channel.memory.known_certificates);
        let certificate = read_authentication_certificate(&mut self.channel, &known);
        self.channel.memory.known_certificates = known;
        certificate
    }

    /// Reads from when to when the authentication certificate holds, and no more of it.
    ///
    /// 利用者証明用電子証明書の有効期間。One exchange: it stands in the first 256 bytes. No attempt. As free
    /// as [`Jpki::authentication_certificate`]. The signature certificate never outlasts this one.
    ///
    /// # Errors
    ///
    /// As [`Jpki::authentication_certificate`].
    pub fn authentication_validity(&mut self) -> Result<Validity, Error> {
        let step = Step::AuthenticationCertificate;
        let file = file::AUTHENTICATION_CERTIFICATE;
        let more = |first: &[u8]| match Validity::of_beginning(first) {
            Some(_) => None,
            None => der_length(first),
        };
        let read = self.channel.read_file(file, step, Answer::Personal, more);
        let bytes = certificate_file(read, Purpose::Authentication)?;
        match Validity::of_beginning(&bytes) {
            Some(validity) => Ok(validity),
            None => {
                certificate(&bytes, step, Purpose::Authentication).map(|whole| whole.validity())
            }
        }
    }

    /// Reads the CA certificate that belongs to the authentication certificate.
    ///
    /// One exchange for each 256 bytes. No attempt. It proves nothing: the maker of the card made
    /// this too.
    ///
    /// # Errors
    ///
    /// `certificate.absent`, `card.malformed`.
    pub fn authentication_ca_certificate(&mut self) -> Result<Certificate, Error> {
        let step = Step::AuthenticationCaCertificate;
        let file = file::AUTHENTICATION_CA_CERTIFICATE;
        read_certificate(
            &mut self.channel,
            file,
            step,
            Answer::Public,
            Purpose::Authentication,
        )
    }

    /// Reads the CA certificate that belongs to the signature certificate.
    ///
    /// As [`Jpki::authentication_ca_certificate`]; free, unlike the certificate itself.
    ///
    /// # Errors
    ///
    /// `certificate.absent`, `card.malformed`.
    pub fn signature_ca_certificate(&mut self) -> Result<Certificate, Error> {
        let step = Step::SignatureCaCertificate;
        let file = file::SIGNATURE_CA_CERTIFICATE;
        read_certificate(
            &mut self.channel,
            file,
            step,
            Answer::Public,
            Purpose::Signature,
        )
    }

    /// Unlocks the authentication key with its PIN.
    ///
    /// 利用者証明用電子証明書暗証番号を提示し、利用者証明用秘密鍵を使えるようにします。
    ///
    /// The returned [`AuthenticationKey`] is the only way to use the key. When the transaction
    /// ends, the card forgets.
    ///
    /// # Attempts
    ///
    /// A wrong PIN costs one of three; a right one restores all three. Before it is sent the card
    /// is asked how many are left, which costs nothing. With [`Spend::KeepOne`] the last attempt is
    /// never spent: a blocked PIN is renewed at a municipal office only.
    ///
    /// # Errors
    ///
    /// - `pin.wrong`: refused; the error holds the number left.
    /// - `pin.blocked`: none is left. Nothing was sent, unless this was the last attempt.
    /// - `pin.last-attempt`: one is left and `spend` forbids using it; nothing was sent.
    /// - `pin.refused-before`: this card has just refused this value; nothing was sent.
    /// - `card.removed`, `card.silent`: if that happened while the PIN was on its way, the attempt
    ///   may have been spent; ask [`Jpki::authentication_attempts`] in a new transaction.
    /// - `certificate.absent`: the PIN is blocked because the card has no such certificate.
    ///
    /// # Card
    ///
    /// VERIFY without data, VERIFY, both naming 0018; agreed by OpenSC, myna, jpki-rs.
    pub fn unlock_authentication(
        &mut self,
        pin: &UserPin,
        spend: Spend,
    ) -> Result<AuthenticationKey<'_>, Error> {
        let presented = self.channel.present(file::AUTHENTICATION_PIN, pin, spend);
        self.absence_before_blocked(presented, Purpose::Authentication)?;
        Ok(AuthenticationKey::new(self.channel.reborrow()))
    }

    /// Unlocks the authentication key with its PIN, typed on the reader's own keypad.
    ///
    /// 暗証番号をカードリーダーのテンキーで入力し、利用者証明用秘密鍵を使えるようにします。
    ///
    /// The PIN goes from the reader to the card and never enters this computer. The reader waits for
    /// the person inside this transaction, up to half a minute; meanwhile no other program reaches
    /// the card, and the flag of [`Card::interrupted_by`](crate::Card::interrupted_by) is looked at
    /// afterwards only.
    ///
    /// # Attempts
    ///
    /// As [`Jpki::unlock_authentication`]: the counter is read first, and the last attempt is kept
    /// unless `spend` says otherwise. A value that was just refused is not known here, so it can be
    /// typed again.
    ///
    /// # Errors
    ///
    /// As [`Jpki::unlock_authentication`], without `pin.refused-before`; and where the card was sent
    /// no PIN: `pinpad.none` (the reader has no keypad; [`Transaction::pinpad`](crate::Transaction::pinpad)
    /// tells before), `pinpad.cancelled`, `pinpad.timeout`, `pinpad.length`, `pinpad.refused`.
    ///
    /// # Card
    ///
    /// VERIFY without data, VERIFY by FEATURE_VERIFY_PIN_DIRECT of PC/SC part 10, both naming 0018.
    /// Tried with simulated readers only.
    pub fn unlock_authentication_on_pinpad(
        &mut self,
        spend: Spend,
    ) -> Result<AuthenticationKey<'_>, Error> {
        let (kind, file) = (PinKind::Authentication, file::AUTHENTICATION_PIN);
        let presented = self.channel.present_on_pinpad(kind, file, spend);
        self.absence_before_blocked(presented, Purpose::Authentication)?;
        Ok(AuthenticationKey::new(self.channel.reborrow()))
    }

    /// Unlocks the signature key with its password.
    ///
    /// 署名用電子証明書暗証番号 (署名用パスワード) を提示し、署名用秘密鍵を使えるようにします。
    ///
    /// The returned [`SignatureKey`] is the only way to sign and the only way to read the
    /// signature certificate, which the card keeps behind the password as well. When the
    /// transaction ends, the card forgets.
    ///
    /// # Attempts
    ///
    /// A wrong password costs one of five; a right one restores all five. Otherwise as
    /// [`Jpki::unlock_authentication`].
    ///
    /// # Errors
    ///
    /// As [`Jpki::unlock_authentication`]. Where the counter says blocked, 0008 is read first: a
    /// card without signature certificate says `certificate.absent` instead.
    ///
    /// # Card
    ///
    /// VERIFY without data, VERIFY, both naming 001B; agreed by OpenSC, myna, jpki-rs.
    pub fn unlock_signature(
        &mut self,
        password: &SignaturePassword,
        spend: Spend,
    ) -> Result<SignatureKey<'_>, Error> {
        let presented = self
            .channel
            .present(file::SIGNATURE_PASSWORD, password, spend);
        self.absence_before_blocked(presented, Purpose::Signature)?;
        Ok(SignatureKey::new(self.channel.reborrow()))
    }

    /// A PIN of a certificate that was never issued is blocked too: say which of the two it is.
    fn absence_before_blocked(
        &mut self,
        presented: Result<(), Error>,
        purpose: Purpose,
    ) -> Result<(), Error> {
        let blocked = Error::Pin {
            pin: match purpose {
                Purpose::Authentication => PinKind::Authentication,
                Purpose::Signature => PinKind::Signature,
            },
            problem: PinProblem::Blocked,
        };
        if presented != Err(blocked.clone()) {
            return presented;
        }
        match self.certificates_present() {
            Ok(present) if !present.holds(purpose) => Err(Error::CertificateAbsent(purpose)),
            Ok(_)
            | Err(Error::FileMissing(_) | Error::Refused { .. } | Error::Malformed { .. }) => {
                Err(blocked)
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Jpki<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jpki")
    }
}

/// Which certificates the card holds (0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificatesPresent {
    /// 署名用電子証明書.
    pub signature: bool,
    /// 利用者証明用電子証明書.
    pub authentication: bool,
}

impl CertificatesPresent {
    /// Whether this certificate is there.
    #[must_use]
    pub fn holds(self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Authentication => self.authentication,
            Purpose::Signature => self.signature,
        }
    }
}

fn read_authentication_certificate(
    channel: &mut Channel<'_>,
    known: &[Certificate],
) -> Result<Certificate, Error> {
    let step = Step::AuthenticationCertificate;
    let file = file::AUTHENTICATION_CERTIFICATE;
    let purpose = Purpose::Authentication;
    let same = |piece: &[u8]| {
        let long = piece.len() >= LEAST_SAME;
        let mut known = known.iter();
        known.find(|one| long && one.to_der().starts_with(piece))
    };
    let read = channel.read_file(file, step, Answer::Personal, |first| match same(first) {
        Some(_) => None,
        None => der_length(first),
    });
    let read = certificate_file(read, purpose);
    let certificate = read.and_then(|bytes| match same(&bytes) {
        Some(known) => Ok(known.clone()),
        None => certificate(&bytes, step, purpose),
    });
    let certificate = certificate?;
    channel.memory.authentication_key = Some(certificate.public_key().clone());
    Ok(certificate)
}

/// As much of a known certificate has to be read again at least: what one READ gives on any card.
const LEAST_SAME: usize = 256;

fn read_signature_certificate(channel: &mut Channel<'_>) -> Result<Certificate, Error> {
    let step = Step::SignatureCertificate;
    let file = file::SIGNATURE_CERTIFICATE;
    let certificate = read_certificate(channel, file, step, Answer::Personal, Purpose::Signature)?;
    channel.memory.signature_key = Some(certificate.public_key().clone());
    Ok(certificate)
}

/// Reads a certificate file; a file with nothing but filler, or no file, is an absent certificate.
fn read_certificate(
    channel: &mut Channel<'_>,
    file: FileId,
    step: Step,
    shown: Answer,
    purpose: Purpose,
) -> Result<Certificate, Error> {
    let read = channel.read_file(file, step, shown, der_length);
    certificate(&certificate_file(read, purpose)?, step, purpose)
}

/// What was read of a certificate file, where there is one and it is free to read.
fn certificate_file(
    read: Result<Zeroizing<Vec<u8>>, Error>,
    purpose: Purpose,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    match read {
        Err(
            Error::FileMissing(_)
            | Error::Refused {
                step: Step::SelectFile,
                status: StatusWord::NOT_FOUND,
            },
        ) => Err(Error::CertificateAbsent(purpose)),
        Err(Error::Refused {
            step: Step::AuthenticationCertificate,
            status: StatusWord::SECURITY_NOT_SATISFIED,
        }) => Err(Error::pin(PinKind::Authentication, PinProblem::Needed)),
        read => read,
    }
}

fn certificate(bytes: &[u8], step: Step, purpose: Purpose) -> Result<Certificate, Error> {
    Certificate::parse(bytes).map_err(|problem| match problem {
        CertificateError::Absent => Error::CertificateAbsent(purpose),
        problem => Error::malformed(step, problem.at().unwrap_or_default(), problem),
    })
}

/// The whole length of a DER SEQUENCE by its first bytes; `None` if it is none.
fn der_length(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [0x30, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        [0x30, 0x81, length, ..] => Some(3 + usize::from(length)),
        [0x30, length @ 0..=0x7F, ..] => Some(2 + usize::from(length)),
        _ => None,
    }
}
