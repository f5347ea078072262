//! The visual application: the card face as pictures, for a clerk who compares it with a person.
//!
//! Free things are methods of [`Visual`]; what a secret opens are methods of [`OpenVisual`], and
//! which of them exist depends on the secret:
//!
//! | secret | age record | card face | My Number picture |
//! |---|---|---|---|
//! | [`BirthPin`] | yes | no | no |
//! | [`VerificationNumberA`] | no | yes | yes |
//! | [`VerificationNumberB`] | no | yes | no |

pub(crate) mod record;

use std::fmt;
use std::marker::PhantomData;

use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::digest::Digest;
use crate::error::{Error, Step};
use crate::iso::{Answer, FileId};
use crate::pin::{
    Attempts, BirthPin, Pin, PinKind, Spend, VerificationNumberA, VerificationNumberB,
};
use crate::record::{ApplicationInformation, opened_by, prove, read_certificate, read_object};
use crate::signature::Signature;
use crate::trust::cv::CvCertificate;
pub use record::{AgeRecord, CardFace, NumberPicture, Picture, PictureFormat};

/// Files and PINs, each with who saw it: see `docs/card/visual.md`.
mod file {
    use super::FileId;

    pub(super) const AGE_RECORD: FileId = FileId::new(0x01);
    pub(super) const CARD_FACE: FileId = FileId::new(0x02);
    pub(super) const INFORMATION: FileId = FileId::new(0x03);
    pub(super) const CERTIFICATE: FileId = FileId::new(0x04);
    pub(super) const NUMBER_PICTURE: FileId = FileId::new(0x05);
    pub(super) const BIRTH_PIN: FileId = FileId::new(0x11);
    // Early versions of myna had these two the other way round; five programs agree on this.
    pub(super) const NUMBER_B: FileId = FileId::new(0x12);
    pub(super) const NUMBER_A: FileId = FileId::new(0x13);
}

/// The visual application (券面事項確認AP), selected.
pub struct Visual<'t> {
    channel: Channel<'t>,
}

impl<'t> Visual<'t> {
    pub(crate) fn new(channel: Channel<'t>) -> Self {
        Self { channel }
    }
}

impl Visual<'_> {
    /// Asks how many attempts the birth date has left as a PIN.
    ///
    /// 生年月日の試行可能回数。One exchange, costs no attempt. Its maximum is not known, so a card
    /// that says "verified" leaves it unknown.
    ///
    /// # Errors
    ///
    /// `card.refused` with a status that says nothing about a counter.
    pub fn birth_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::Birth, file::BIRTH_PIN)
    }

    /// Asks how many attempts 照合番号A has left in this application. As
    /// [`Visual::birth_attempts`]; the profile application has a counter of its own.
    ///
    /// # Errors
    ///
    /// As [`Visual::birth_attempts`].
    pub fn number_a_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::NumberA, file::NUMBER_A)
    }

    /// Asks how many attempts 照合番号B has left in this application. As
    /// [`Visual::birth_attempts`]; the profile application has a counter of its own.
    ///
    /// # Errors
    ///
    /// As [`Visual::birth_attempts`].
    pub fn number_b_attempts(&mut self) -> Result<Attempts, Error> {
        self.channel.attempts(PinKind::NumberB, file::NUMBER_B)
    }

    /// Reads what the application says of itself (AP基本情報, 0003), with the municipality.
    ///
    /// Two exchanges, or one in extended form. No PIN, no attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 320 bytes, `FF30 { DF31 06 03 0E 01, DF32 key identifier, DF33, DF34 municipality, DF35 }`;
    /// agreed by myna and myna-card.
    pub fn information(&mut self) -> Result<ApplicationInformation, Error> {
        let step = Step::VisualInformation;
        let bytes = read_object(&mut self.channel, file::INFORMATION, step, Answer::Personal)?;
        ApplicationInformation::parse(&bytes, step, [0xFF30, 0xDF31, 0xDF32, 0xDF34])
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
    /// 568 bytes; agreed by jsapdu and myna-card.
    pub fn certificate(&mut self) -> Result<CvCertificate, Error> {
        read_certificate(
            &mut self.channel,
            file::CERTIFICATE,
            Step::VisualCertificate,
        )
    }

    /// Lets the application's own key sign a digest (内部認証), which proves that the card is here.
    ///
    /// One exchange, no PIN, no attempt. Sign the digest of something fresh: an old answer proves
    /// nothing. Each record holds the key and its signature covers it.
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

    /// Opens what a secret opens: the birth date, 照合番号A or 照合番号B.
    ///
    /// The returned [`OpenVisual`] has the methods of that secret and lives no longer than this
    /// applet. When the transaction ends, the card forgets.
    ///
    /// # Attempts
    ///
    /// A wrong number costs one of ten; how many attempts the birth date has is not known. A right
    /// one restores all. Before it is sent the card is asked how many are left, which costs
    /// nothing. With [`Spend::KeepOne`] the last attempt is never spent, and none where the card
    /// does not tell the number.
    ///
    /// # Errors
    ///
    /// `pin.wrong`, `pin.blocked`, `pin.last-attempt`, `pin.refused-before`; after `card.removed`
    /// or `card.silent` an attempt may have been spent.
    ///
    /// # Card
    ///
    /// VERIFY without data, VERIFY, both naming 0011, 0012 or 0013; agreed by myna, jpki-rs,
    /// jsapdu, myna-card.
    pub fn unlock<S: VisualSecret>(
        &mut self,
        secret: &S,
        spend: Spend,
    ) -> Result<OpenVisual<'_, S>, Error> {
        self.channel.present(S::FILE, secret, spend)?;
        Ok(OpenVisual {
            channel: self.channel.reborrow(),
            opened_by: PhantomData,
        })
    }

    /// The certificate file as the card has it, for judging what it proves.
    pub(crate) fn certificate_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let step = Step::VisualCertificate;
        read_object(&mut self.channel, file::CERTIFICATE, step, Answer::Personal)
    }
}

impl fmt::Debug for Visual<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visual")
    }
}

/// A secret of the visual application.
pub trait VisualSecret: Pin {
    /// Where the application keeps it.
    #[doc(hidden)]
    const FILE: FileId;
}

impl VisualSecret for BirthPin {
    const FILE: FileId = file::BIRTH_PIN;
}

impl VisualSecret for VerificationNumberA {
    const FILE: FileId = file::NUMBER_A;
}

impl VisualSecret for VerificationNumberB {
    const FILE: FileId = file::NUMBER_B;
}

/// A secret that opens the card face: 照合番号A or B.
pub trait OpensFace: VisualSecret {}
impl OpensFace for VerificationNumberA {}
impl OpensFace for VerificationNumberB {}

/// The visual application as far as the secret `S` opens it.
///
/// Exists only after the card has accepted the secret.
pub struct OpenVisual<'t, S> {
    channel: Channel<'t>,
    opened_by: PhantomData<S>,
}

impl OpenVisual<'_, BirthPin> {
    /// Reads the record that tells an age and nothing else (生年月日, 0001).
    ///
    /// Three exchanges, or one in extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// 547 bytes, `FF10 { DF11 birth date, DF12 key, DF13 signature }`; agreed by jsapdu and
    /// myna-card.
    pub fn age_record(&mut self) -> Result<AgeRecord, Error> {
        let file = self.age_file()?;
        AgeRecord::parse(&file)
    }

    pub(crate) fn age_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let read = read_object(
            &mut self.channel,
            file::AGE_RECORD,
            Step::AgeRecord,
            Answer::Personal,
        );
        opened_by(read, PinKind::Birth)
    }
}

impl<S: OpensFace> OpenVisual<'_, S> {
    /// Reads the card face (券面, 0002): portrait, name and address as pictures.
    ///
    /// One exchange for each 256 bytes, about forty on a real card, or one in extended form. No
    /// attempt. Nothing is decoded and nothing is proven by reading it ([`crate::genuine`]).
    ///
    /// # Errors
    ///
    /// `pin.needed` where 照合番号A does not open it, which is disputed; `card.malformed`.
    ///
    /// # Card
    ///
    /// `FF20 { DF21 offsets, DF22 … DF2A }`, up to about 11 kB; agreed by myna, jpki-rs, jsapdu,
    /// myna-card.
    pub fn face(&mut self) -> Result<CardFace, Error> {
        let file = self.face_file()?;
        CardFace::parse(&file)
    }

    pub(crate) fn face_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let read = read_object(
            &mut self.channel,
            file::CARD_FACE,
            Step::CardFace,
            Answer::Personal,
        );
        opened_by(read, PinKind::NumberB)
    }
}

impl OpenVisual<'_, VerificationNumberA> {
    /// Reads the My Number as a picture (0005).
    ///
    /// Three exchanges, or one in extended form. No attempt.
    ///
    /// # Errors
    ///
    /// `file.missing`, `card.malformed`.
    ///
    /// # Card
    ///
    /// `FF40 { DF41 PNG, DF42 key, DF43 signature }`; agreed by jsapdu and myna-card.
    pub fn number_picture(&mut self) -> Result<NumberPicture, Error> {
        let file = self.number_picture_file()?;
        NumberPicture::parse(&file)
    }

    pub(crate) fn number_picture_file(&mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let step = Step::NumberPicture;
        let read = read_object(
            &mut self.channel,
            file::NUMBER_PICTURE,
            step,
            Answer::Personal,
        );
        opened_by(read, PinKind::NumberA)
    }
}

impl<S> fmt::Debug for OpenVisual<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenVisual")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card::Card;
    use crate::pin::PinProblem;
    use crate::tests::{self as shelf, Counter, Shelf, object, with_table};

    fn with<T>(card: Shelf, job: impl FnOnce(&mut Visual<'_>) -> T) -> (T, usize) {
        let counter = Counter::default();
        let mut card = Card::new(card).observed_by(counter.clone());
        let mut transaction = card.begin().unwrap();
        let done = job(&mut transaction.visual().unwrap());
        transaction.end().unwrap();
        (done, counter.count())
    }

    fn number_a() -> VerificationNumberA {
        VerificationNumberA::parse(b"123456789018").unwrap()
    }

    #[test]
    fn an_age_costs_seven_with_forgetting() {
        let birth = BirthPin::parse(b"550217").unwrap();
        for (extended, budget) in [(false, 7), (true, 5)] {
            let (record, exchanges) = with(Shelf::new(extended), |visual| {
                visual.unlock(&birth, Spend::KeepOne)?.age_record()
            });
            assert_eq!(record.unwrap().birth.iso(), "1980-02-17");
            assert_eq!(exchanges, budget);
        }
    }

    #[test]
    fn the_face_within_its_budget() {
        let length = shelf::face_file().len();
        for (extended, budget) in [(false, 3 + length.div_ceil(256)), (true, 4)] {
            let (face, exchanges) = with(Shelf::new(extended), |visual| {
                visual.unlock(&number_a(), Spend::KeepOne)?.face()
            });
            let face = face.unwrap();
            assert_eq!(face.portrait.unwrap().format(), PictureFormat::Jpeg2000);
            assert_eq!(face.address.unwrap().bytes().len(), 127);
            assert_eq!(face.expiry.unwrap().to_string(), "2035-02-17");
            assert_eq!((face.unknown, exchanges), (vec![], 1 + budget));
        }
    }

    #[test]
    fn a_face_with_fields_missing_is_still_a_face() {
        let mut fields = shelf::face_fields();
        fields.truncate(5);
        fields.push(object(0xDF29, 1, b"2035xx17"));
        let face = CardFace::parse(&with_table(0xFF20, 3, &fields)).unwrap();
        assert_eq!(
            (&face.portrait, &face.security_code, face.expiry),
            (&None, &None, None)
        );
        assert_eq!(face.unknown[0].tag, "DF29", "kept, because it is no date");
        assert_eq!(face.name.unwrap().format(), PictureFormat::Png);
    }

    #[test]
    fn a_card_that_wants_number_b_for_the_face_says_so() {
        let mut card = Shelf::new(true);
        card.closed = Some(2);
        let (face, _) = with(card, |visual| {
            visual.unlock(&number_a(), Spend::KeepOne)?.face()
        });
        assert_eq!(face, Err(Error::pin(PinKind::NumberB, PinProblem::Needed)));
    }

    #[test]
    fn the_birth_date_has_no_known_maximum() {
        use crate::transport::replay::Replay;
        let dialogue = "\
> 00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 02
< 9000
> 00 20 00 91
< 9000
> 00 20 00 91
< 9000
";
        let mut card = Card::new(Replay::parse(dialogue).unwrap());
        let mut transaction = card.begin().unwrap();
        let mut visual = transaction.visual().unwrap();
        assert_eq!(visual.birth_attempts(), Ok(Attempts::Unknown));
        let birth = BirthPin::parse(b"550217").unwrap();
        let kept = visual.unlock(&birth, Spend::KeepOne).map(|_| ());
        let problem = PinProblem::LastAttempt {
            left: Attempts::Unknown,
        };
        assert_eq!(kept, Err(Error::pin(PinKind::Birth, problem)));
    }

    #[test]
    fn all_seven_counters_cost_ten() {
        let counter = Counter::default();
        let mut card = Card::new(Shelf::new(false)).observed_by(counter.clone());
        let mut transaction = card.begin().unwrap();
        let mut asked = Vec::new();
        {
            let mut profile = transaction.profile().unwrap();
            asked.push(profile.pin_attempts().unwrap());
            asked.push(profile.number_a_attempts().unwrap());
            asked.push(profile.number_b_attempts().unwrap());
        }
        {
            let mut visual = transaction.visual().unwrap();
            asked.push(visual.number_b_attempts().unwrap());
            asked.push(visual.number_a_attempts().unwrap());
        }
        let mut jpki = transaction.jpki().unwrap();
        asked.push(jpki.authentication_attempts().unwrap());
        asked.push(jpki.signature_attempts().unwrap());
        transaction.end().unwrap();
        assert_eq!((asked, counter.count()), (vec![Attempts::Left(3); 7], 10));
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for outer in [0xFF10, 0xFF20, 0xFF40] {
                let file = object(outer, 2, &bytes);
                let _ = AgeRecord::parse(&file);
                let _ = CardFace::parse(&file);
                let _ = NumberPicture::parse(&file);
            }
        }
    }
}
