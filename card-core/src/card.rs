//! A card in a reader, and the transaction in which nobody else speaks to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::applet::common::Common;
use crate::applet::issuer::Issuer;
use crate::applet::jpki::Jpki;
use crate::applet::{Application, Applications};
use crate::channel::{Channel, Deeds, Memory, Watch};
use crate::error::Error;
use crate::iso::Command;
use crate::observe::{Blind, Event, Observer};
use crate::transport::{Exclusive, Leave, Link, ReaderDescription, Since, Transport};

/// A card in a reader.
///
/// Lends a [`Transaction`]; nothing reaches the card outside of one. What this value remembers
/// (keys of certificates it has read, PIN values the card has refused, what the card does not
/// understand) belongs to this card in this reader: after a removal, open a new `Card`.
pub struct Card {
    transport: Box<dyn Transport>,
    memory: Memory,
    watch: Watch,
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
        }
    }

    /// Shows what passes to this observer, which never gets a secret or personal byte.
    #[must_use]
    pub fn observed_by(mut self, observer: impl Observer + 'static) -> Self {
        self.watch.observer = Box::new(observer);
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

    /// The reader.
    #[must_use]
    pub fn reader(&self) -> ReaderDescription {
        self.transport.description()
    }

    /// Begins a transaction: from now on nobody else speaks to the card.
    ///
    /// Waits without limit while another program is in a transaction of its own. Keep it short and
    /// never wait for a human inside: others are locked out, and Windows resets a card whose
    /// transaction idles for five seconds. Costs no exchange and no attempt.
    ///
    /// # Errors
    ///
    /// `card.removed` for ever after the card left the reader; otherwise what the reader says.
    pub fn begin(&mut self) -> Result<Transaction<'_>, Error> {
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

/// A window in which nobody else speaks to the card.
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

    /// Selects the JPKI application (公的個人認証AP): certificates and keys.
    ///
    /// One exchange, no attempt. Rights of another application are lost.
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
    /// One exchange, no attempt. Rights of another application are lost.
    ///
    /// # Errors
    ///
    /// `application.missing`: a phone, or an older card.
    pub fn common(&mut self) -> Result<Common<'_>, Error> {
        self.select(Application::Common).map(Common::new)
    }

    /// Selects the issuer domain, where the card answers GET DATA. No PIN.
    ///
    /// One exchange, no attempt. Rights of another application are lost.
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

    fn select(&mut self, application: Application) -> Result<Channel<'_>, Error> {
        // Other programs believe that JPKI stays selected; a refused SELECT may change that too.
        self.deeds.strayed |= application != Application::Jpki;
        let mut channel = self.channel()?;
        if channel.select(application.aid())? {
            Ok(channel)
        } else {
            Err(Error::ApplicationMissing(application))
        }
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
        // Whoever wants to know whether leaving worked calls `end`.
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
