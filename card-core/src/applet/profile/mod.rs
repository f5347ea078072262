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

use crate::certificate::PublicKey;
use crate::channel::Channel;
use crate::digest::Digest;
use crate::domain::my_number::MyNumber;
use crate::error::{Error, Step};
use crate::iso::{Answer, Command, FileId};
use crate::pin::{
    Attempts, Pin, PinKind, ProfilePin, Spend, VerificationNumberA, VerificationNumberB,
};
use crate::record::{
    ApplicationInformation, Proof, opened_by, prove, read_certificate, read_object,
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
        read_certificate(
            &mut self.channel,
            file::CERTIFICATE,
            Step::ProfileCertificate,
        )
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
        Ok(OpenProfile {
            channel: self.channel.reborrow(),
            opened_by: PhantomData,
        })
    }

    /// Opens what the profile PIN opens, typed on the reader's own keypad.
    ///
    /// 券面事項入力補助用暗証番号をカードリーダーのテンキーで入力します。
    ///
    /// The PIN goes from the reader to the card and never enters this computer; see
    /// [`Jpki::unlock_authentication_on_pinpad`](crate::Jpki::unlock_authentication_on_pinpad), also
    /// for the errors of the keypad.
    ///
    /// # Attempts
    ///
    /// As [`Profile::unlock`] with the PIN.
    ///
    /// # Errors
    ///
    /// As [`Profile::unlock`], without `pin.refused-before`; `pinpad.none`, `pinpad.cancelled`,
    /// `pinpad.timeout`, `pinpad.length`, `pinpad.refused`: the card was sent no PIN.
    pub fn unlock_on_pinpad(&mut self, spend: Spend) -> Result<OpenProfile<'_, ProfilePin>, Error> {
        self.channel
            .present_on_pinpad(PinKind::Profile, file::PIN, spend)?;
        Ok(OpenProfile {
            channel: self.channel.reborrow(),
            opened_by: PhantomData,
        })
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
        let bytes = self.personal(file::SESSION_KEY, Step::SessionKey)?;
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
        let read = self
            .channel
            .read_file(file::MY_NUMBER, step, Answer::Personal, on);
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
    /// Opens a session of secure messaging: what is read from now on travels encrypted.
    ///
    /// Two exchanges, no attempt. Hides what is read from listeners between reader and card;
    /// not the PIN, which went in the clear before, and not from an attacker who can change what
    /// passes. Ends when another application is selected. A session that breaks stays broken:
    /// nothing is then read in the clear instead.
    ///
    /// The seed is 32 bytes from a cryptographic random source, fresh for every session.
    ///
    /// # Errors
    ///
    /// `secure.extended-length`: card or reader takes short commands only; `card.refused`. Later,
    /// from reading: `secure.lost`.
    ///
    /// # Card
    ///
    /// SET SESSION KEY (80 AE) after the PIN; measured by myna-card. 照合番号A does not do.
    pub fn secure(&mut self, seed: &[u8; 32]) -> Result<(), Error> {
        let key = self.session_key()?;
        self.channel.secure(seed, &key)
    }

    /// Replaces the profile PIN.
    ///
    /// Two exchanges, no attempt: the old PIN was accepted already. The card changes the PIN
    /// wholly or not at all. 照合番号A and B cannot be changed.
    ///
    /// # Errors
    ///
    /// `card.refused`; after `card.silent` it is unknown whether the old or the new PIN is in force.
    ///
    /// # Card
    ///
    /// SELECT 0011, CHANGE REFERENCE DATA with the new PIN only; measured by myna-card.
    pub fn change_pin(&mut self, new: &ProfilePin) -> Result<(), Error> {
        self.channel
            .change(file::PIN, Command::change_reference_data, new.secret())
    }
}

impl<S> fmt::Debug for OpenProfile<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenProfile")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card::Card;
    use crate::domain::person::Sex;
    use crate::error::Malformation;
    use crate::pin::{BirthPin, PinProblem};
    use crate::tests::{self as shelf, Counter, KEYS, Shelf, object, with_table};

    fn pin() -> ProfilePin {
        ProfilePin::parse(b"1234").unwrap()
    }

    /// Does something with the selected application; says how many exchanges it took, forgetting
    /// included.
    fn with<T>(card: Shelf, job: impl FnOnce(&mut Profile<'_>) -> T) -> (T, usize) {
        let counter = Counter::default();
        let mut card = Card::new(card).observed_by(counter.clone());
        let mut transaction = card.begin().unwrap();
        let done = job(&mut transaction.profile().unwrap());
        transaction.end().unwrap();
        (done, counter.count())
    }

    #[test]
    fn the_number_costs_four_and_one_to_forget() {
        for extended in [false, true] {
            let (number, exchanges) = with(Shelf::new(extended), |profile| {
                profile.unlock(&pin(), Spend::KeepOne)?.number()
            });
            assert_eq!(number.unwrap().reveal(), "123456789018");
            assert_eq!(exchanges, 5);
        }
    }

    #[test]
    fn attributes_in_every_form_within_their_budget() {
        for (address, outer_form) in [
            ("東京都千代田区霞が関１－２－３", 1),
            ("東京都千代田区霞が関１－２－３", 3),
            // 42 characters of three bytes and a digit: exactly 127 bytes.
            (&*format!("{}1", "東".repeat(42)), 2),
            (&*"東京都".repeat(100), 3),
        ] {
            for (extended, filler) in [(false, 0), (false, 40), (true, 0), (true, 40)] {
                let mut file = with_table(0xFF20, outer_form, &shelf::attribute_fields(address));
                let short = 3 + file.len().div_ceil(256);
                file.extend(vec![0xFF; filler]);
                let mut card = Shelf::new(extended);
                card.files.insert((8, 2), file);
                let (record, exchanges) = with(card, |profile| {
                    profile.unlock(&pin(), Spend::KeepOne)?.attributes()
                });
                let AttributesRecord {
                    attributes,
                    unknown,
                } = record.unwrap();
                assert_eq!(attributes.name.as_deref(), Some("見本　花子"));
                assert_eq!(attributes.address.as_deref(), Some(address));
                assert_eq!(attributes.birth.unwrap().iso(), "1980-02-17");
                assert_eq!((attributes.sex, unknown), (Some(Sex::Female), vec![]));
                assert_eq!(exchanges, 1 + if extended { 4 } else { short });
            }
        }
    }

    #[test]
    fn missing_odd_and_new_fields_are_no_failure() {
        let fields = [
            object(0xDF22, 1, b"\xFF\xFE"),
            object(0xDF24, 1, b"19801399"),
            object(0xDF25, 1, b"7"),
            object(0xDF26, 1, "ミホン　ハナコ".as_bytes()),
        ];
        let record = AttributesRecord::parse(&with_table(0xFF20, 1, &fields)).unwrap();
        assert_eq!(record.attributes.name, None);
        assert_eq!(record.attributes.sex, Some(Sex::Unrecognised('7')));
        let kept: Vec<&str> = record
            .unknown
            .iter()
            .map(|field| field.tag.as_str())
            .collect();
        assert_eq!(kept, ["DF22", "DF24", "DF26"]);
        assert!(!format!("{record:?} {:?}", record.unknown).contains("ハナコ"));
    }

    #[test]
    fn each_secret_opens_what_the_table_says() {
        let a = VerificationNumberA::parse(b"123456789018").unwrap();
        let birth = BirthPin::parse(b"550217").unwrap();
        let b = VerificationNumberB::from_face(&birth, 2035, b"2285").unwrap();
        let (number, _) = with(Shelf::new(true), |profile| {
            profile.unlock(&a, Spend::KeepOne)?.number()
        });
        assert!(number.is_ok());
        let mut card = Shelf::new(true);
        card.closed = Some(3);
        let (closed, _) = with(card, |profile| {
            let mut open = profile.unlock(&b, Spend::KeepOne)?;
            open.attributes()?;
            open.signature_record()
        });
        assert_eq!(
            closed,
            Err(Error::pin(PinKind::Profile, PinProblem::Needed))
        );
        let (keys, _) = with(Shelf::new(true), |profile| {
            let mut open = profile.unlock(&b, Spend::KeepOne)?;
            open.signature_record()?;
            Ok::<_, Error>((open.session_key()?, open.own_key()?, profile.certificate()?))
        });
        let (session, own, certificate) = keys.unwrap();
        use rsa::traits::PublicKeyParts as _;
        let modulus = |key: &rsa::PrivateKey| key.n().to_be_bytes_trimmed_vartime().to_vec();
        assert_eq!(session.rsa_numbers().unwrap().0, modulus(&KEYS.foreign));
        assert_eq!(own.rsa_numbers().unwrap().0, modulus(&KEYS.own));
        assert_eq!(certificate.subject().to_string(), "1310131");
    }

    #[test]
    fn a_number_with_a_wrong_check_digit_is_malformed() {
        let mut card = Shelf::new(false);
        card.files
            .insert((8, 1), b"\xFF\x10\x0C123456789019\xFF\xFF".to_vec());
        let (number, _) = with(card, |profile| {
            profile.unlock(&pin(), Spend::KeepOne)?.number()
        });
        assert_eq!(
            number,
            Err(Error::malformed(
                Step::MyNumber,
                3,
                Malformation::CheckDigit
            ))
        );
    }

    #[test]
    fn information_with_long_forms() {
        // As seen on a card: 82 form for 159 bytes, then filler.
        let fields = [
            object(0xDF41, 1, &[1, 3, 0x0E, 1]),
            object(0xDF42, 1, &shelf::key_id("5000034", "001")),
            object(0xDF43, 3, &[0x11; 128]),
        ];
        let file = [object(0xFF40, 3, &fields.concat()), vec![0xFF; 92]].concat();
        let mut card = Shelf::new(false);
        card.files.insert((8, 5), file);
        let (information, exchanges) = with(card, |profile| profile.information());
        let information = information.unwrap();
        assert!(information.extended_length && information.version == 1);
        assert_eq!(information.key.unwrap().to_string(), "5000034");
        assert_eq!(information.unknown.len(), 1);
        assert_eq!(exchanges, 2, "no PIN, nothing to forget");
    }

    #[test]
    fn the_pin_is_changed_by_the_one_who_knows_it() {
        let new = ProfilePin::parse(b"4321").unwrap();
        let (changed, exchanges) = with(Shelf::new(false), |profile| {
            profile.unlock(&pin(), Spend::KeepOne)?.change_pin(&new)
        });
        assert_eq!((changed, exchanges), (Ok(()), 6));
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for outer in [0xFF10, 0xFF20, 0xFF30, 0xFF40, 0xA1] {
                let file = object(outer, 2, &bytes);
                let _ = record::my_number(&file);
                let _ = AttributesRecord::parse(&file);
                let _ = SignatureRecord::parse(&file);
                let _ = record::session_key(&file);
                let tags = [0xFF40, 0xDF41, 0xDF42, 0xDF44];
                let _ = ApplicationInformation::parse(&file, Step::ProfileInformation, tags);
            }
        }
    }
}
