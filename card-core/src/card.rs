//! A card in a reader, and the transaction in which no other program speaks to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::applet::common::Common;
use crate::applet::issuer::Issuer;
use crate::applet::jpki::Jpki;
use crate::applet::licence::Licence;
use crate::applet::profile::Profile;
use crate::applet::resident::Resident;
use crate::applet::visual::Visual;
use crate::applet::{Application, Applications};
use crate::certificate::Certificate;
use crate::channel::{Channel, Deeds, Memory, Watch};
use crate::error::Error;
use crate::iso::Command;
use crate::observe::{Blind, Event, Observer};
use crate::secure::Secure;
use crate::transport::{
    Exclusive, Leave, Link, Pinpad, ReaderDescription, Since, Transport, TransportError,
};

/// A card in a reader.
///
/// Lends a [`Transaction`]; nothing reaches the card outside of one. What this value remembers
/// (keys of certificates it has read, PIN values the card has refused, what the card does not
/// understand) belongs to this card in this reader: after a removal, open a new `Card`.
pub struct Card {
    transport: Box<dyn Transport>,
    memory: Memory,
    watch: Watch,
    patience: Option<Duration>,
}

impl Card {
    /// Speaks to the card through this transport, unobserved.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self {
            transport: Box::new(transport),
            memory: Memory::default(),
            watch: Watch {
                observer: Box::new(Blind),
                interrupted: Arc::new(AtomicBool::new(false)),
            },
            patience: None,
        }
    }

    /// Shows what passes to this observer, which never gets a secret or personal byte.
    #[must_use]
    pub fn observed_by(mut self, observer: impl Observer + 'static) -> Self {
        self.watch.observer = Box::new(observer);
        self
    }

    /// Names authentication certificates (利用者証明用電子証明書) that were read from cards before.
    ///
    /// [`Jpki::authentication_certificate_to_sign`](crate::Jpki::authentication_certificate_to_sign)
    /// then ends with its first piece where the 256 bytes or more of that are the beginning of one of
    /// these: one exchange instead of up to seven. The piece holds serial number, issuer and validity.
    /// That the card has the key is shown by its signatures alone, which are checked against the
    /// certificate as always. Costs no exchange and no attempt.
    #[must_use]
    pub fn knowing(mut self, certificates: impl IntoIterator<Item = Certificate>) -> Self {
        self.memory.known_certificates.extend(certificates);
        self
    }

    /// Stops before the next exchange once this flag is set, from a signal handler or a thread.
    ///
    /// The exchanges that make the card forget a PIN are not stopped.
    #[must_use]
    pub fn interrupted_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.watch.interrupted = flag;
        self
    }

    /// Waits at most so long for another program's transaction, each time one of ours begins.
    ///
    /// Without this, [`Card::begin`] waits as long as the other program takes.
    #[must_use]
    pub fn waiting_at_most(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// The reader.
    #[must_use]
    pub fn reader(&self) -> ReaderDescription {
        self.transport.description()
    }

    /// Begins a transaction: from now on no other program speaks to the card.
    ///
    /// Waits while another program is in a transaction of its own, and tells the observer so
    /// ([`Event::Waiting`]): as long as [`Card::waiting_at_most`] says, or until the flag of
    /// [`Card::interrupted_by`] is set. Keep a transaction short and never wait for a human inside:
    /// others are locked out, and Windows resets a card whose transaction idles for five seconds.
    /// Costs no exchange and no attempt.
    ///
    /// # Errors
    ///
    /// `reader.busy` if the other program took longer, `operation.cancelled`; `card.removed` for
    /// ever after the card left the reader; otherwise what the reader says.
    pub fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        let Self {
            transport,
            watch,
            patience,
            ..
        } = self;
        let mut told = false;
        let turn = transport.wait_turn(&mut |waited| {
            if !std::mem::replace(&mut told, true) {
                watch.observer.event(&Event::Waiting);
            }
            let on_time = patience.is_none_or(|most| waited < most);
            on_time && !watch.interrupted.load(Ordering::SeqCst)
        });
        match turn {
            Err(TransportError::Busy) if watch.interrupted.load(Ordering::SeqCst) => {
                return Err(Error::Cancelled);
            }
            turn => turn?,
        }
        let (exclusive, since) = self.transport.begin()?;
        let link = exclusive.link();
        self.watch.observer.event(&Event::Begun { link, since });
        Ok(Transaction {
            exclusive: Some(exclusive),
            memory: &mut self.memory,
            watch: &mut self.watch,
            deeds: Deeds::default(),
            since,
        })
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("reader", &self.reader())
            .finish_non_exhaustive()
    }
}

/// A window in which no other program speaks to the card.
///
/// Ends by [`Transaction::end`] or when it is dropped. If a PIN was presented, right or wrong, the
/// card is made to forget it first: the issuer domain is selected (else the common application),
/// because rights die on leaving an application, and then the card loses its power, which kills
/// rights on any card and tells every other program. If only another application than JPKI was
/// selected, the card is reset, so that programs which believe JPKI to be selected learn better.
/// Otherwise the card is left as it is.
pub struct Transaction<'card> {
    exclusive: Option<Box<dyn Exclusive + 'card>>,
    memory: &'card mut Memory,
    watch: &'card mut Watch,
    deeds: Deeds,
    since: Since,
}

impl Transaction<'_> {
    /// What other programs did to the card since our last transaction.
    #[must_use]
    pub fn since(&self) -> Since {
        self.since
    }

    /// What this transaction speaks to.
    ///
    /// # Errors
    ///
    /// `card.removed` if the transaction has ended already.
    pub fn link(&self) -> Result<Link, Error> {
        self.exclusive
            .as_ref()
            .map(|exclusive| exclusive.link())
            .ok_or(crate::transport::TransportError::Removed.into())
    }

    /// What the reader's own keypad can do, for PINs that shall not enter this computer.
    ///
    /// Costs no exchange. Nothing where the reader has no keypad.
    ///
    /// # Errors
    ///
    /// `card.removed` if the transaction has ended already.
    pub fn pinpad(&self) -> Result<Pinpad, Error> {
        self.exclusive
            .as_ref()
            .map(|exclusive| exclusive.pinpad())
            .ok_or(crate::transport::TransportError::Removed.into())
    }

    /// Selects the JPKI application (公的個人認証AP): certificates and keys.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: not a My Number Card.
    ///
    /// # Card
    ///
    /// SELECT D392F000260100000001; agreed by OpenSC, myna, jpki-rs.
    pub fn jpki(&mut self) -> Result<Jpki<'_>, Error> {
        self.select(Application::Jpki).map(Jpki::new)
    }

    /// Selects the common application (共通カードAP): the card's own number. No PIN.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: a phone, or an older card.
    pub fn common(&mut self) -> Result<Common<'_>, Error> {
        self.select(Application::Common).map(Common::new)
    }

    /// Selects the profile application (券面事項入力補助AP): the holder's data as text.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: a phone, or an older card.
    pub fn profile(&mut self) -> Result<Profile<'_>, Error> {
        self.select(Application::Profile).map(Profile::new)
    }

    /// Selects the visual application (券面事項確認AP): the card face as pictures.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: a phone, or an older card.
    pub fn visual(&mut self) -> Result<Visual<'_>, Error> {
        self.select(Application::Visual).map(Visual::new)
    }

    /// Selects the resident application (住基AP): the public part of it.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: a phone, or an older card.
    pub fn resident(&mut self) -> Result<Resident<'_>, Error> {
        self.select(Application::Resident).map(Resident::new)
    }

    /// Selects the licence application (マイナ免許証): a driving licence on the card.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: no driving licence on this card.
    pub fn licence(&mut self) -> Result<Licence<'_>, Error> {
        self.select(Application::Licence).map(Licence::new)
    }

    /// Selects the issuer domain, where the card answers GET DATA. No PIN.
    ///
    /// One exchange, none if it is selected already; no attempt. Rights of another application are
    /// lost.
    ///
    /// # Errors
    ///
    /// `application.missing` where the card does not let it be selected.
    pub fn issuer(&mut self) -> Result<Issuer<'_>, Error> {
        self.select(Application::IssuerDomain).map(Issuer::new)
    }

    /// Tries to select each application but the issuer domain: which ones does the card have?
    ///
    /// One exchange for each of the five, no attempt. JPKI is tried last, so that it stays
    /// selected on the card.
    ///
    /// # Errors
    ///
    /// Only what the reader says; an application that is missing is an answer here.
    pub fn applications(&mut self) -> Result<Applications, Error> {
        let mut found = Applications::default();
        for application in Application::PROBED {
            match self.select(application) {
                Ok(_) => found.insert(application),
                Err(Error::ApplicationMissing(_) | Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Ends the transaction and leaves the card as the type's description says.
    ///
    /// One exchange (two where the issuer domain is refused) if a PIN was presented, else none.
    ///
    /// # Errors
    ///
    /// What the reader says if the card could not be left so; not `card.removed` or
    /// `reader.gone`, because a card without power has forgotten.
    pub fn end(mut self) -> Result<(), Error> {
        self.finish()
    }

    /// Selects an application, unless it is selected already: a second SELECT would change nothing
    /// but end a session of secure messaging.
    fn select(&mut self, application: Application) -> Result<Channel<'_>, Error> {
        let selected = self.deeds.selected.take();
        if selected == Some(application.aid()) && matches!(self.memory.secure, Secure::Off) {
            self.deeds.selected = selected;
            return self.channel();
        }
        // Other programs believe that JPKI stays selected; a refused SELECT may change that too.
        self.deeds.strayed |= application != Application::Jpki;
        let mut channel = self.channel()?;
        if channel.select(application.aid())? {
            channel.deeds.selected = Some(application.aid());
            Ok(channel)
        } else {
            Err(Error::ApplicationMissing(application))
        }
    }

    /// The conversation for a census, which belongs to no application.
    pub(crate) fn probing(&mut self) -> Result<Channel<'_>, Error> {
        self.deeds.strayed = true;
        self.deeds.selected = None;
        self.channel()
    }

    fn channel(&mut self) -> Result<Channel<'_>, Error> {
        let exclusive = self
            .exclusive
            .as_mut()
            .ok_or(crate::transport::TransportError::Removed)?
            .as_mut();
        Ok(Channel {
            exclusive,
            memory: self.memory,
            watch: self.watch,
            deeds: &mut self.deeds,
        })
    }

    fn finish(&mut self) -> Result<(), Error> {
        let leave = if self.deeds.presented {
            self.forget();
            Leave::PowerOff
        } else if self.deeds.strayed {
            Leave::Reset
        } else {
            Leave::AsIs
        };
        self.memory.secure = Secure::Off;
        let Some(exclusive) = self.exclusive.take() else {
            return Ok(());
        };
        let ended = exclusive.end(leave);
        self.watch.observer.event(&Event::Ended(leave));
        use crate::transport::TransportError::{NoCard, ReaderGone, Removed};
        match ended {
            // Without power there is nothing left to forget.
            Ok(()) | Err(Removed | ReaderGone | NoCard) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Leaves the application whose PIN was presented. Power off follows whatever comes of it.
    fn forget(&mut self) {
        let Ok(mut channel) = self.channel() else {
            return;
        };
        for application in [Application::IssuerDomain, Application::Common] {
            let command = Command::select_application(application.aid());
            match channel.exchange_always(&command) {
                Ok(response) if response.status().is_ok() => return,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Errors are dropped here; `end` returns them.
        let _ = self.finish();
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pin::{Spend, UserPin};
    use crate::transport::replay::Replay;
    use crate::trust::tests::workshop::Workshop;

    // Dialogues of odd cards: whatever is not in them must not be sent, and all of them must be.
    const SELECT: &str = "> 00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01\n< 9000\n";
    const COUNTER: &str = "> 00 20 00 98\n< 63C3\n";
    const VERIFY: &str = "> 00 20 00 98 [secret]\n";
    const FORGET: &str = "> 00 A4 04 0C 07 A0 00 00 01 51 00 00\n< 9000\n";

    fn code(result: Result<(), Error>) -> &'static str {
        result.map_or_else(|error| error.code(), |()| "")
    }

    /// Plays a job against a dialogue; returns its code once the whole dialogue was played.
    fn play(dialogue: &str, job: fn(&mut Transaction<'_>) -> Result<(), Error>) -> &'static str {
        let dialogue = format!("{dialogue}> 00 00 00 00\n< 9000\n");
        let mut card = Card::new(Replay::parse(&dialogue).unwrap());
        let mut transaction = card.begin().unwrap();
        let outcome = code(job(&mut transaction));
        transaction.end().unwrap();
        // The last step is ours: it is reached only if all before it were played.
        let (mut window, _) = card.transport.begin().unwrap();
        window
            .transmit(&[0, 0, 0, 0])
            .unwrap_or_else(|error| panic!("{dialogue}: {error}"));
        outcome
    }

    fn unlock(transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let pin = UserPin::parse(b"1234").unwrap();
        transaction
            .jpki()?
            .unlock_authentication(&pin, Spend::KeepOne)
            .map(|_| ())
    }

    const PROFILE: &str = "> 00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 08\n";

    #[test]
    fn an_application_is_selected_once_in_a_window_and_again_after_another_one() {
        let dialogue = format!("{SELECT}{COUNTER}{COUNTER}{PROFILE}< 9000\n{SELECT}{COUNTER}");
        let done = play(&dialogue, |transaction| {
            transaction.jpki()?.authentication_attempts()?;
            transaction.jpki()?.authentication_attempts()?;
            transaction.profile()?;
            transaction.jpki()?.authentication_attempts()?;
            Ok(())
        });
        assert_eq!(done, "");
        // A SELECT that failed leaves nothing that is known to be selected.
        let dialogue = format!("{SELECT}{PROFILE}< 6A82\n{SELECT}{COUNTER}");
        let done = play(&dialogue, |transaction| {
            transaction.jpki()?;
            assert!(transaction.profile().is_err());
            transaction.jpki()?.authentication_attempts()?;
            Ok(())
        });
        assert_eq!(done, "");
    }

    #[test]
    fn a_pin_is_never_sent_again_whatever_the_card_answers() {
        for (answer, expected) in [
            ("< 6C04", "card.refused"),
            ("< 6700", "card.refused"),
            ("< 6A86", "card.refused"),
            ("< 6A88", "card.refused"),
            ("< 6F00", "card.refused"),
            ("< 9100", "card.refused"),
            ("< 6986", "card.power"),
            ("< 6300", "pin.wrong"),
            ("< 63C2", "pin.wrong"),
            ("< 63C0", "pin.blocked"),
            ("< 6983", "pin.blocked"),
            ("< 6984", "pin.blocked"),
            ("! lost", "card.silent"),
            ("! reset", "card.reset"),
        ] {
            let absent = if expected == "pin.blocked" {
                "> 00 B0 88 00 00\n< 8F 8F 00 9000\n"
            } else {
                ""
            };
            let dialogue = format!("{SELECT}{COUNTER}{VERIFY}{answer}\n{absent}{FORGET}");
            assert_eq!(play(&dialogue, unlock), expected, "{answer}");
        }
    }

    #[test]
    fn nothing_is_presented_where_the_counter_does_not_allow_it() {
        for (answer, expected) in [
            ("63C1", "pin.last-attempt"),
            ("6300", "pin.last-attempt"),
            ("6F00", "card.refused"),
            ("6700", "card.refused"),
            ("6A82", "pin.absent"),
            ("6986", "card.power"),
        ] {
            let dialogue = format!("{SELECT}> 00 20 00 98\n< {answer}\n");
            assert_eq!(play(&dialogue, unlock), expected, "{answer}");
        }
        // Verified by another program: the counter is at its maximum, VERIFY is sent all the same.
        let verified = format!("{SELECT}> 00 20 00 98\n< 9000\n{VERIFY}< 9000\n{FORGET}");
        assert_eq!(play(&verified, unlock), "");
    }

    #[test]
    fn the_first_select_is_repeated_once_and_no_other() {
        let select = "> 00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01\n< 6F00\n";
        let jpki: fn(&mut Transaction<'_>) -> Result<(), Error> = |t| t.jpki().map(|_| ());
        assert_eq!(play(&format!("{select}{SELECT}"), jpki), "");
        assert_eq!(play(&format!("{select}{select}"), jpki), "card.refused");
        let twice: fn(&mut Transaction<'_>) -> Result<(), Error> = |t| {
            t.jpki()?;
            t.profile().map(|_| ())
        };
        let other = format!("{SELECT}{PROFILE}< 6F00\n");
        assert_eq!(play(&other, twice), "card.refused");
    }

    #[test]
    fn how_the_card_is_left_depends_on_what_was_done() {
        let leaves = |dialogue: &str, job: fn(&mut Transaction<'_>) -> Result<(), Error>| {
            let mut replay = Replay::parse(dialogue).unwrap();
            let (mut memory, mut watch) = (Memory::default(), Card::new(replay.clone()).watch);
            {
                let (exclusive, since) = replay.begin().unwrap();
                let mut transaction = Transaction {
                    exclusive: Some(exclusive),
                    memory: &mut memory,
                    watch: &mut watch,
                    deeds: Deeds::default(),
                    since,
                };
                let _ = job(&mut transaction);
                // Dropped, not ended: it must come to the same.
            }
            replay.leaves().to_vec()
        };
        assert_eq!(leaves("", |_| Ok(())), [Leave::AsIs]);
        assert_eq!(leaves(SELECT, |t| t.jpki().map(|_| ())), [Leave::AsIs]);
        let refused = "> 00 A4 04 0C 0A D3 92 10 00 31 00 01 01 01 00\n< 6A82\n";
        assert_eq!(leaves(refused, |t| t.common().map(|_| ())), [Leave::Reset]);
        let lost = format!("{SELECT}{COUNTER}{VERIFY}! lost\n{FORGET}");
        assert_eq!(leaves(&lost, unlock), [Leave::PowerOff]);
        // A card that refuses to forget loses its power all the same.
        let refusing = "> 00 A4 04 0C 07 A0 00 00 01 51 00 00\n< 6A82\n\
                        > 00 A4 04 0C 0A D3 92 10 00 31 00 01 01 01 00\n< 6A82\n";
        let refusing = format!("{SELECT}{COUNTER}{VERIFY}< 9000\n{refusing}");
        assert_eq!(leaves(&refusing, unlock), [Leave::PowerOff]);
    }

    #[test]
    fn hostile_answers_end_with_a_named_error() {
        let certificate: fn(&mut Transaction<'_>) -> Result<(), Error> =
            |t| t.jpki()?.authentication_certificate().map(|_| ());
        let read = |answer: &str| format!("{SELECT}> 00 B0 8A 00 00\n< {answer}\n");
        assert_eq!(play(&read("9000"), certificate), "certificate.absent");
        assert_eq!(
            play(&read("FF FF FF FF 9000"), certificate),
            "certificate.absent"
        );
        assert_eq!(play(&read("6B00"), certificate), "certificate.absent");
        assert_eq!(play(&read("6A82"), certificate), "certificate.absent");
        assert_eq!(play(&read("6982"), certificate), "pin.needed");
        assert_eq!(
            play(&read("31 03 02 01 01 9000"), certificate),
            "card.malformed"
        );
        assert_eq!(
            play(&read("30 03 02 01 01 9000"), certificate),
            "card.malformed"
        );
        // Says it is longer than it is; the card then has no more.
        let cut = read("30 82 01 00 00 00 9000") + "> 00 B0 00 06 FE\n< 6B00\n";
        assert_eq!(play(&cut, certificate), "card.malformed");
        // An answer in pieces without an end stops by itself.
        let endless = read("6100") + &"> 00 C0 00 00 00\n< AA 6100\n".repeat(300);
        assert_eq!(play(&endless, certificate), "card.malformed");
        // Nor one with more than a file can hold, 32 KiB: what came then is not read on.
        let piece = |length: usize| format!("> 00 C0 00 00 00\n< {}6100\n", "AA ".repeat(length));
        let large = read("6100") + &piece(256).repeat(128) + &piece(1);
        assert_eq!(play(&large, certificate), "card.malformed");
        // A length named by the card is asked for once, not for ever.
        let exact = read("6C04") + "> 00 B0 8A 00 04\n< 6C03\n";
        assert_eq!(play(&exact, certificate), "card.refused");
    }

    #[test]
    fn a_known_certificate_is_recognised_by_256_bytes_and_not_by_less() {
        let known = Certificate::parse_exact(&Workshop::open().good).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
        for (length, more) in [(256, ""), (255, "> 00 B0 00 FF 00\n< 6F00\n")] {
            let (piece, _) = known.to_der().split_at(length);
            let read = format!("{SELECT}> 00 B0 8A 00 00\n< {} 9000\n{more}", hex(piece));
            let card = Card::new(Replay::parse(&read).unwrap());
            let mut card = card.knowing([known.clone()]);
            let mut transaction = card.begin().unwrap();
            let read = transaction
                .jpki()
                .unwrap()
                .authentication_certificate_to_sign();
            assert_eq!(
                read.is_ok_and(|read| read.to_der() == known.to_der()),
                more.is_empty()
            );
            transaction.end().unwrap();
        }
    }

    #[test]
    fn short_identifiers_are_given_up_by_the_free_question_only() {
        let selected = "> 00 A4 02 0C 02 00 18\n< 9000\n> 00 20 00 80\n< 63C3\n";
        let verify = "> 00 20 00 80 [secret]\n< 9000\n";
        for refusal in ["6A86", "6A88"] {
            let asked = format!("{SELECT}> 00 20 00 98\n< {refusal}\n{selected}");
            assert_eq!(play(&format!("{asked}{verify}{FORGET}"), unlock), "");
        }
    }
}
