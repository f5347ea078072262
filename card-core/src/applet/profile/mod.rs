//! The profile application: the holder's data as text, for forms that fill themselves in.
//!
//! Free things are methods of [`Profile`]; what a secret opens are methods of [`OpenProfile`], and
//! which of them exist depends on the secret:
//!
//! | secret | number | attributes | changes the PIN |
//! |---|---|---|---|
//! | [`ProfilePin`] | yes | yes | yes |
//! | [`VerificationNumberA`] | yes | no | no |
//! | [`VerificationNumberB`] | no | yes | no |

pub(crate) mod record;

use std::fmt;
use std::marker::PhantomData;

use zeroize::Zeroizing;

use super::record::{
    ApplicationInformation, Proof, opened_by, prove, read_certificate, read_object,
};
use crate::certificate::PublicKey;
use crate::channel::Channel;
use crate::digest::Digest;
use crate::domain::my_number::MyNumber;
use crate::error::{Error, Step};
use crate::iso::{Answer, Command, FileId};
use crate::pin::{
    Attempts, Pin, PinKind, ProfilePin, Spend, VerificationNumberA, VerificationNumberB,
};
use crate::signature::Signature;
use crate::trust::cv::CvCertificate;
pub use record::{AttributesRecord, SignatureRecord};

/// Files and PINs, each with who saw it: see `docs/card/profile.md`.
mod file {
    use super::FileId;

    pub(super) const MY_NUMBER: FileId = FileId::new(0x01);
    pub(super) const ATTRIBUTES: FileId = FileId::new(0x02);
    pub(super) const SIGNATURE_RECORD: FileId = FileId::new(0x03);
    pub(super) const CERTIFICATE: FileId = FileId::new(0x04);
    pub(super) const INFORMATION: FileId = FileId::new(0x05);
    pub(super) const SESSION_KEY: FileId = FileId::new(0x06);
    pub(super) const OWN_KEY: FileId = FileId::new(0x07);
    pub(super) const PIN: FileId = FileId::new(0x11);
    pub(super) const NUMBER_A: FileId = FileId::new(0x14);
    pub(super) const NUMBER_B: FileId = FileId::new(0x15);
}

/// The profile application (券面事項入力補助AP), selected.
pub struct Profile<'t> {
    channel: Channel<'t>,
}

impl<'t> Profile<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }
}

impl Profile<'_> {
    /// Asks how many attempts the profile PIN has left.
    ///
    /// 券面事項入力補助用暗証番号の試行可能回数。One exchange, costs no attempt.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    pub fn pin_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::Profile, file::PIN)
    }

    /// Asks how many attempts 照合番号A has left in this application. As
    /// [`Profile::pin_attempts`]; the visual application has a counter of its own.
    ///
    /// # Errors
    ///
    /// As [`Profile::pin_attempts`].
    pub fn number_a_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::NumberA, file::NUMBER_A)
    }

    /// Asks how many attempts 照合番号B has left in this application. As
    /// [`Profile::pin_attempts`]; the visual application has a counter of its own.
    ///
    /// # Errors
    ///
    /// As [`Profile::pin_attempts`].
    pub fn number_b_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::NumberB, file::NUMBER_B)
    }

    /// Reads the certificate of the key that signed the records (0004).
    ///
    /// Three exchanges, or one in extended form. No PIN, no attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 568 bytes; agreed by pymyna and myna-card.
    pub fn certificate(&mut self) -> Result<CvCertificate, Error> {
        read_certificate(&mut self.channel, file::CERTIFICATE, Step::ProfileCertificate)
    }

    /// Reads what the application says of itself (AP基本情報, 0005).
    ///
    /// One exchange, no PIN, no attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// `FF40 { DF41 01 03 0E 01, DF42 key identifier, DF43 }`; agreed by myna, pymyna, myna-card.
    pub fn information(&mut self) -> Result<ApplicationInformation, Error> {
        let step = Step::ProfileInformation;
        let bytes = read_object(&mut self.channel, file::INFORMATION, step, Answer::Public)?;
        ApplicationInformation::parse(&bytes, step, [0xFF40, 0xDF41, 0xDF42, 0xDF44])
    }

    /// Lets the application's own key sign a digest (内部認証), which proves that the card is here.
    ///
    /// One exchange, no PIN, no attempt. Sign the digest of something fresh: an old answer proves
    /// nothing. The key is [`OpenProfile::own_key`]. It is not bound to the records: see [`crate::genuine`].
    ///
    /// # Errors
    ///
    /// `card.refused`.
    ///
    /// # Card
    ///
    /// `80 2A 00 00` with a DigestInfo; measured by myna-card, used by jsapdu.
    pub fn prove(&mut self, digest: &Digest) -> Result<Signature, Error> {
        prove(&mut self.channel, digest)
    }

    /// Opens what a secret opens: the profile PIN, 照合番号A or 照合番号B.
    ///
    /// The returned [`OpenProfile`] has the methods of that secret and lives no longer than this
    /// applet. When the transaction ends, the card forgets.
    ///
    /// # Attempts
    ///
    /// A wrong PIN costs one of three attempts, a wrong number one of ten; a right one restores
    /// all. Before it is sent the card is asked how many are left, which costs nothing. With
    /// [`Spend::KeepOne`] the last attempt is never spent: a blocked secret is renewed at a
    /// municipal office only.
    ///
    /// # Errors
    ///
    /// - `pin.wrong`: refused; the error holds the number left.
    /// - `pin.blocked`: none is left. Nothing was sent, unless this was the last attempt.
    /// - `pin.last-attempt`: one is left and `spend` forbids using it; nothing was sent.
    /// - `pin.refused-before`: this card has just refused this value; nothing was sent.
    /// - `card.removed`, `card.silent`: if that happened while the secret was on its way, the
    ///   attempt may have been spent.
    ///
    /// # Card
    ///
    /// VERIFY without data, VERIFY, both naming 0011, 0014 or 0015; agreed by myna, jsapdu, nfcpy.
    pub fn unlock<S: ProfileSecret>(
        &mut self,
        secret: &S,
        spend: Spend,
    ) -> Result<OpenProfile<'_, S>, Error> {
        self.channel.present(S::FILE, secret, spend)?;
        Ok(OpenProfile { channel: self.channel.reborrow(), opened_by: PhantomData })
    }

    /// The certificate file as the card has it, for judging what it proves.
    pub(crate) fn certificate_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let step = Step::ProfileCertificate;
        read_object(&mut self.channel, file::CERTIFICATE, step, Answer::Personal)
    }
}

impl fmt::Debug for Profile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile")
    }
}

/// A secret of the profile application.
pub trait ProfileSecret: Pin {
    /// Where the application keeps it.
    #[doc(hidden)]
    const FILE: FileId;
    /// Whether it opens the My Number.
    const OPENS_NUMBER: bool;
    /// Whether it opens the attributes.
    const OPENS_ATTRIBUTES: bool;
}

impl ProfileSecret for ProfilePin {
    const FILE: FileId = file::PIN;
    const OPENS_NUMBER: bool = true;
    const OPENS_ATTRIBUTES: bool = true;
}

impl ProfileSecret for VerificationNumberA {
    const FILE: FileId = file::NUMBER_A;
    const OPENS_NUMBER: bool = true;
    const OPENS_ATTRIBUTES: bool = false;
}

impl ProfileSecret for VerificationNumberB {
    const FILE: FileId = file::NUMBER_B;
    const OPENS_NUMBER: bool = false;
    const OPENS_ATTRIBUTES: bool = true;
}

/// A secret that opens the My Number: the PIN or 照合番号A.
pub trait OpensNumber: ProfileSecret {}
impl OpensNumber for ProfilePin {}
impl OpensNumber for VerificationNumberA {}

/// A secret that opens the attributes: the PIN or 照合番号B.
pub trait OpensAttributes: ProfileSecret {}
impl OpensAttributes for ProfilePin {}
impl OpensAttributes for VerificationNumberB {}

/// The profile application as far as the secret `S` opens it.
///
/// Exists only after the card has accepted the secret.
pub struct OpenProfile<'t, S> {
    channel: Channel<'t>,
    opened_by: PhantomData<S>,
}

impl<S: OpensNumber> OpenProfile<'_, S> {
    /// Reads the My Number (個人番号).
    ///
    /// One exchange, no attempt. Reading it is a handling that the law regulates; a program asks
    /// for the purpose first ([`crate::handling`]).
    ///
    /// # Errors
    ///
    /// `card.malformed`, also where the check digit does not fit.
    ///
    /// # Card
    ///
    /// 0001, 17 bytes: `FF10 0C`, twelve digits, two of filler; agreed by myna and eight others.
    pub fn number(&mut self) -> Result<MyNumber, Error> {
        let file = self.number_file()?;
        record::my_number(&file)
    }
}

impl<S: OpensAttributes> OpenProfile<'_, S> {
    /// Reads name, address, birth date and sex (基本4情報).
    ///
    /// One exchange for each 256 bytes, or one in extended form. No attempt. The texts are as the
    /// issuer wrote them; nothing is proven by reading them ([`crate::genuine`]).
    ///
    /// # Errors
    ///
    /// `card.malformed`.
    ///
    /// # Card
    ///
    /// 0002, `FF20 { DF21 offsets, DF22 … DF25 }`; agreed by myna, jpki-rs and six others.
    pub fn attributes(&mut self) -> Result<AttributesRecord, Error> {
        let file = self.attributes_file()?;
        AttributesRecord::parse(&file)
    }
}

impl<S: ProfileSecret> OpenProfile<'_, S> {
    /// Reads what the issuer signed of number and attributes (0003).
    ///
    /// Two exchanges, or one in extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `pin.needed` where 照合番号B does not open it, which is disputed; `card.malformed`.
    ///
    /// # Card
    ///
    /// 336 bytes; agreed by pymyna, jsapdu, myna-card, the last of whom says both.
    pub fn signature_record(&mut self) -> Result<SignatureRecord, Error> {
        let file = self.signature_file()?;
        SignatureRecord::parse(&file)
    }

    /// Reads the key under which session keys travel (0006).
    ///
    /// Two exchanges, or one in extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 269 bytes, `A1 { 90, 91 }`; measured by myna-card.
    pub fn session_key(&mut self) -> Result<PublicKey, Error> {
        let step = Step::SessionKey;
        let bytes = read_object(&mut self.channel, file::SESSION_KEY, step, Answer::Public)?;
        record::session_key(&bytes)
    }

    /// Reads the application's own key (0007). The issuer's signature over it is not checked here.
    ///
    /// Three exchanges, or one in extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 536 bytes; measured by myna-card, used by jsapdu.
    pub fn own_key(&mut self) -> Result<PublicKey, Error> {
        let file = self.own_key_file()?;
        Ok(Proof::parse(&file, Step::OwnKey, &record::OWN_KEY)?.key)
    }

    /// File 0001 as stored: its digest covers the filler too. Only for a secret that opens it.
    pub(crate) fn number_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let step = Step::MyNumber;
        // To the end of the file, which one short answer holds on every card seen.
        let on = |first: &[u8]| (first.len() >= 256).then_some(usize::MAX);
        let read = self.channel.read_file(file::MY_NUMBER, step, Answer::Personal, on);
        opened_by(read, PinKind::Profile)
    }

    /// File 0002. Only for a secret that opens it.
    pub(crate) fn attributes_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.personal(file::ATTRIBUTES, Step::Attributes)
    }

    pub(crate) fn signature_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.personal(file::SIGNATURE_RECORD, Step::SignatureRecord)
    }

    pub(crate) fn own_key_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.personal(file::OWN_KEY, Step::OwnKey)
    }

    fn personal(&mut self, file: FileId, step: Step) -> Result<Zeroizing<Vec<u8>>, Error> {
        let read = read_object(&mut self.channel, file, step, Answer::Personal);
        opened_by(read, PinKind::Profile)
    }
}

impl OpenProfile<'_, ProfilePin> {
    /// Replaces the profile PIN.
    ///
    /// Two exchanges, no attempt: the old PIN was accepted already. The card changes the PIN
    /// wholly or not at all. 照合番号A and B cannot be changed.
    ///
    /// # Errors
    ///
    /// `card.refused`; after `card.silent` nobody knows whether the old or the new PIN counts.
    ///
    /// # Card
    ///
    /// SELECT 0011, CHANGE REFERENCE DATA with the new PIN only; measured by myna-card.
    pub fn change_pin(&mut self, new: &ProfilePin) -> Result<(), Error> {
        self.channel.change(file::PIN, Command::change_reference_data, new.secret())
    }
}

impl<S> fmt::Debug for OpenProfile<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenProfile")
    }
}
