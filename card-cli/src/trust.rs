//! Whose certificates count, and what is known of revocation: the options that commands which
//! judge share.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use card_core::domain::date::{Date, UtcTime};
use card_core::trust::{Ocsp, Question, Revocation, RevocationChecker, RevocationLists, Trust};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::NoValue;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::http::{self, Address};
use crate::issuers::Trusted;
use crate::progress::Watch;
use crate::source::{Source, read_all, unreadable};

/// Options of every command that judges.
#[derive(Debug, clap::Args)]
pub(crate) struct TrustOptions {
    #[arg(
        long,
        value_name = "production|jlis-test|sim|DIR",
        default_value = "production"
    )]
    trust: Trusted,
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    #[arg(long, value_name = "URL")]
    ocsp: Option<Address>,
    #[arg(long)]
    require_revocation: bool,
}

impl TrustOptions {
    /// As they were asked for.
    pub(crate) fn new(
        trust: Trusted,
        crl: Vec<PathBuf>,
        ocsp: Option<Address>,
        require_revocation: bool,
    ) -> Self {
        Self {
            trust,
            crl,
            ocsp,
            require_revocation,
        }
    }

    /// The revocation lists that they name.
    pub(crate) fn lists(&self) -> &[PathBuf] {
        &self.crl
    }

    /// Whom they name.
    pub(crate) fn whom(&self) -> &Trusted {
        &self.trust
    }

    /// What comes of a finding: `None` is accepted.
    ///
    /// Unknown revocation refuses only where `--require-revocation` demands an answer.
    pub(crate) fn end(
        &self,
        refused: Option<&'static str>,
        revocation: &Revocation,
    ) -> Option<&'static str> {
        end(self.require_revocation, refused, revocation)
    }
}

/// The moment that is judged for: `YYYY-MM-DD`, which is its first second in UTC, or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) UtcTime);

impl FromStr for Moment {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        let day = || {
            let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
            let digits = [year, month, day].concat();
            let shaped = (year.len(), month.len(), day.len()) == (4, 2, 2);
            UtcTime::midnight(Date::from_digits(&digits).ok().filter(|_| shaped)?)
        };
        let instant = || {
            let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
            UtcTime::from_unix(instant.unix_timestamp())
        };
        day().or_else(instant).map(Self).ok_or(NoValue)
    }
}

/// The roots that are named.
pub(crate) fn roots(whom: &Trusted) -> Result<Trust, Failure> {
    Ok(match whom {
        Trusted::Production => Trust::production(),
        Trusted::JlisTest => Trust::jlis_test(),
        Trusted::Simulator => card_sim::front::in_process::trust(),
        Trusted::Folder(folder) => Trust::folder(folder)?,
    })
}

/// Roots and revocation lists as they were read.
pub(crate) struct Opened {
    trust: Arc<Trust>,
    lists: Arc<RevocationLists>,
}

impl Opened {
    /// Reads what the options name.
    pub(crate) fn read(options: &TrustOptions, watch: &dyn Watch) -> Result<Self, Failure> {
        let trust = roots(&options.trust)?;
        let mut lists = RevocationLists::default();
        for path in &options.crl {
            // One that was given and is passed over would leave revoked certificates unknown.
            lists.add(&trust, &list(path, watch)?).map_err(|_| {
                ProgramError::InputUnreadable(path.into(), word("reason", "no-list").into())
            })?;
        }
        Ok(Self {
            trust: Arc::new(trust),
            lists: Arc::new(lists),
        })
    }
}

/// What the options mean: roots and lists that were read. Asks a responder when it is asked itself.
pub(crate) struct Judge {
    pub(crate) trust: Arc<Trust>,
    lists: Arc<RevocationLists>,
    ocsp: Option<Address>,
    require_revocation: bool,
    now: UtcTime,
}

impl Judge {
    /// Reads what the options name, before a card is asked anything.
    pub(crate) fn open(options: &TrustOptions, watch: &dyn Watch) -> Result<Self, Failure> {
        Opened::read(options, watch).map(|opened| Self::of(&opened, options))
    }

    /// With what these options name, read before.
    pub(crate) fn of(opened: &Opened, options: &TrustOptions) -> Self {
        Self {
            trust: Arc::clone(&opened.trust),
            lists: Arc::clone(&opened.lists),
            ocsp: options.ocsp.clone(),
            require_revocation: options.require_revocation,
            now: UtcTime::now(),
        }
    }

    /// When the command or request began.
    pub(crate) fn now(&self) -> UtcTime {
        self.now
    }

    /// What comes of a finding, as [`TrustOptions::end`].
    pub(crate) fn end(
        &self,
        refused: Option<&'static str>,
        revocation: &Revocation,
    ) -> Option<&'static str> {
        end(self.require_revocation, refused, revocation)
    }
}

fn end(
    require: bool,
    refused: Option<&'static str>,
    revocation: &Revocation,
) -> Option<&'static str> {
    let known = !matches!(revocation, Revocation::NotChecked | Revocation::Unknown(_));
    refused.or((require && !known).then_some("revocation.not-checked"))
}

impl RevocationChecker for Judge {
    fn check(&self, question: &Question<'_>) -> Revocation {
        let listed = self.lists.check(question);
        match &self.ocsp {
            // A question tells the responder about a person: none where nothing is left to ask.
            Some(address) if !matches!(listed, Revocation::Revoked { .. }) => {
                let carry = |question: &[u8]| http::post(address, OCSP, question).ok();
                listed.or(Ocsp::new(self.now, carry).check(question))
            }
            _ => listed,
        }
    }
}

/// A file that is judged; `-` is standard input.
///
/// What is longer than anything that can be believed is judged as nothing at all.
pub(crate) fn judged(path: &Path, watch: &dyn Watch) -> Result<Vec<u8>, Failure> {
    match read(path, LARGEST, watch) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Ok(Vec::new()),
        bytes => bytes.map_err(|error| unreadable(path, &error, watch)),
    }
}

fn list(path: &Path, watch: &dyn Watch) -> Result<Vec<u8>, Failure> {
    read(path, LARGEST_LIST, watch).map_err(|error| unreadable(path, &error, watch))
}

fn read(path: &Path, most: u64, watch: &dyn Watch) -> io::Result<Vec<u8>> {
    match path.as_os_str() == "-" {
        true => read_all(io::stdin().lock(), most),
        false => read_all(Source::open(path, watch)?, most),
    }
}

/// Certificates and tokens have a few thousand bytes.
const LARGEST: u64 = 1 << 20;

/// The limit of a list: those of the largest cities have some hundred thousand entries of forty
/// bytes.
const LARGEST_LIST: u64 = 64 << 20;
const OCSP: &str = "application/ocsp-request";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let at = |text: &str| text.parse::<Moment>().map(|moment| moment.0.unix());
        assert_eq!(at("2026-11-25"), Ok(1_795_564_800));
        assert_eq!(at("2026-11-25T00:00:00Z"), Ok(1_795_564_800));
        assert_eq!(at("2026-11-25T09:00:00+09:00"), Ok(1_795_564_800));
        for wrong in [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "26-11-25",
            "2026-1125-",
            "2026-11-25 00:00",
            "2026-11-25T00:00:00",
            "now",
        ] {
            assert_eq!(at(wrong), Err(NoValue), "{wrong}");
        }
    }
}
