//! The PINs that this program asks for: how each is read, counted and, where it is simulated, known.

use card_core::applet::jpki::Jpki;
use card_core::certificate::Purpose;
use card_core::pin::{Attempts, LicencePin, Pin, PinKind, ProfilePin, ResidentPin, ShapeProblem};
use card_core::{Error, SignaturePassword, Transaction, UserPin, resident_pin};
use card_sim::persona::PublishedSecrets;

/// One kind of PIN, as this program asks for it.
pub(crate) struct PinSpec<P> {
    pub(crate) kind: PinKind,
    pub(crate) parse: fn(&[u8]) -> Result<P, ShapeProblem>,
    /// Takes a value that shall become the new one.
    pub(crate) choose: fn(&[u8]) -> Result<P, ShapeProblem>,
    pub(crate) attempts: fn(&mut Transaction<'_>) -> Result<Attempts, Error>,
    pub(crate) published: fn(&PublishedSecrets<'_>) -> Option<String>,
    /// What stands for a PIN that a person types on the reader, where this one is typed there.
    pub(crate) on_reader: Option<fn() -> P>,
}

/// A PIN in this program's hands, or on the keys of the reader.
pub(crate) enum Given<P> {
    Value(P),
    /// The person types it on the reader; it never comes here.
    OnReader,
}

/// The authentication PIN, also on the reader's own keypad.
pub(crate) const GIVEN_USER_PIN: PinSpec<Given<UserPin>> = PinSpec {
    kind: USER_PIN.kind,
    parse: |value| UserPin::parse(value).map(Given::Value),
    choose: |value| UserPin::parse(value).map(Given::Value),
    attempts: USER_PIN.attempts,
    published: USER_PIN.published,
    on_reader: Some(|| Given::OnReader),
};

/// The authentication PIN.
pub(crate) const USER_PIN: PinSpec<UserPin> = PinSpec {
    kind: UserPin::KIND,
    parse: UserPin::parse,
    choose: UserPin::parse,
    attempts: |transaction| {
        let mut jpki = transaction.jpki()?;
        let left = jpki.authentication_attempts()?;
        or_absent(&mut jpki, left, Purpose::Authentication)
    },
    published: |secrets| Some(secrets.authentication_pin.to_owned()),
    on_reader: None,
};

/// The signature password.
pub(crate) const SIGNATURE_PASSWORD: PinSpec<SignaturePassword> = PinSpec {
    kind: SignaturePassword::KIND,
    parse: SignaturePassword::parse,
    choose: SignaturePassword::choose,
    attempts: |transaction| {
        let mut jpki = transaction.jpki()?;
        let left = jpki.signature_attempts()?;
        or_absent(&mut jpki, left, Purpose::Signature)
    },
    published: |secrets| Some(secrets.signature_password.to_owned()),
    on_reader: None,
};

/// The profile PIN.
pub(crate) const PROFILE_PIN: PinSpec<ProfilePin> = PinSpec {
    kind: ProfilePin::KIND,
    parse: ProfilePin::parse,
    choose: ProfilePin::parse,
    attempts: |transaction| transaction.profile()?.pin_attempts(),
    published: |secrets| secrets.profile_pin.map(str::to_owned),
    on_reader: None,
};

/// The profile PIN, also on the reader's own keypad.
pub(crate) const GIVEN_PROFILE_PIN: PinSpec<Given<ProfilePin>> = PinSpec {
    kind: PROFILE_PIN.kind,
    parse: |value| ProfilePin::parse(value).map(Given::Value),
    choose: |value| ProfilePin::parse(value).map(Given::Value),
    attempts: PROFILE_PIN.attempts,
    published: PROFILE_PIN.published,
    on_reader: Some(|| Given::OnReader),
};

/// The PIN of the driving licence, also on the reader's own keypad.
pub(crate) const LICENCE_PIN: PinSpec<Given<LicencePin>> = PinSpec {
    kind: LicencePin::KIND,
    parse: |value| LicencePin::parse(value).map(Given::Value),
    choose: |value| LicencePin::parse(value).map(Given::Value),
    attempts: |transaction| transaction.licence()?.pin_attempts(),
    published: |secrets| secrets.licence_pin.map(str::to_owned),
    on_reader: Some(|| Given::OnReader),
};

/// The resident PIN, which is presented to both of its copies: the lower counter decides.
pub(crate) const RESIDENT_PIN: PinSpec<ResidentPin> = PinSpec {
    kind: ResidentPin::KIND,
    parse: ResidentPin::parse,
    choose: ResidentPin::parse,
    attempts: |transaction| {
        let left = resident_pin::attempts(transaction)?;
        Ok(match (left.resident, left.common) {
            (Attempts::Blocked, _) | (_, Attempts::Blocked) => Attempts::Blocked,
            (Attempts::Left(one), Attempts::Left(other)) => Attempts::Left(one.min(other)),
            (Attempts::Unknown, _) | (_, Attempts::Unknown) => Attempts::Unknown,
        })
    },
    published: |secrets| Some(secrets.resident_pin.to_owned()),
    on_reader: None,
};

/// A PIN of a certificate that was never issued is blocked too: say that the certificate is absent.
fn or_absent(jpki: &mut Jpki<'_>, left: Attempts, purpose: Purpose) -> Result<Attempts, Error> {
    if left == Attempts::Blocked
        && jpki
            .certificates_present()
            .is_ok_and(|present| !present.holds(purpose))
    {
        return Err(Error::CertificateAbsent(purpose));
    }
    Ok(left)
}
