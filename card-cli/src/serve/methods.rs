//! The table of methods.

use serde::Serialize;
use serde_json::{Map, Value};

use super::cards::{CardStatus, ListReaders, ReadCertificate, ReadLicence, VerifyCertificate};
#[cfg(test)]
use super::description::{self, Description};
use super::documents;
use super::job::Job;
use super::login::{IssueChallenge, LogIn, VerifyLogin};
use super::method::{CardMethod, JudgeMethod, Method};
use super::params::{self, At, Judging};
use super::pins::{PinChange, PinCheck, PinStatus};
use super::records::{CardOwnNumber, CheckAge, CheckGenuine, ReadFace, ReadNumber, ReadProfile};
use crate::error::ProgramError;
use crate::exit::Failure;

/// A row of the table.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) work: fn(&Job, Map<String, Value>) -> Result<Value, Failure>,
    #[cfg(test)]
    pub(super) description: fn() -> Description,
}

impl Entry {
    const fn plain<M: Method>() -> Self {
        Self {
            name: M::NAME,
            work: |job, params| shown(&params::parse::<M>(params)?.run(job)?),
            #[cfg(test)]
            description: || Description::of::<M, M::Result>(None),
        }
    }

    const fn judging<M: JudgeMethod>() -> Self {
        Self {
            name: M::NAME,
            work: |job, mut params| {
                let trust = Judging::take(&mut params)?;
                shown(&params::parse::<M>(params)?.run(job, &trust)?)
            },
            #[cfg(test)]
            description: || {
                Description::of::<M, M::Result>(Some(description::parameters::<Judging>()))
            },
        }
    }

    const fn at_card<M: CardMethod>() -> Self {
        Self {
            name: M::NAME,
            work: |job, mut params| {
                let at = At::take(&mut params)?;
                shown(&params::parse::<M>(params)?.run(&job.at(at))?)
            },
            #[cfg(test)]
            description: || Description::of::<M, M::Result>(Some(description::parameters::<At>())),
        }
    }
}

fn shown(result: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(result).map_err(|_| Failure::from(ProgramError::bug()))
}

/// Methods that take their time, in the order of their names.
pub(super) const METHODS: &[Entry] = &[
    Entry::at_card::<CheckAge>(),
    Entry::at_card::<ReadLicence>(),
    Entry::at_card::<CardOwnNumber>(),
    Entry::at_card::<CardStatus>(),
    Entry::at_card::<ReadCertificate>(),
    Entry::judging::<VerifyCertificate>(),
    Entry::at_card::<documents::Sign>(),
    Entry::judging::<documents::Verify>(),
    Entry::at_card::<ReadFace>(),
    Entry::at_card::<CheckGenuine>(),
    Entry::plain::<IssueChallenge>(),
    Entry::at_card::<LogIn>(),
    Entry::judging::<VerifyLogin>(),
    Entry::at_card::<ReadNumber>(),
    Entry::at_card::<PinChange>(),
    Entry::at_card::<PinCheck>(),
    Entry::at_card::<PinStatus>(),
    Entry::at_card::<ReadProfile>(),
    Entry::plain::<ListReaders>(),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the guide has every method, and no other.
    #[test]
    fn the_guide_lists_every_method() {
        let guide = include_str!("../../../docs/guide/serve.md");
        let rows = guide
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
        let mut listed: Vec<&str> = rows.map(|(name, _)| name).collect();
        listed.sort_unstable();
        let mut names: Vec<&str> = METHODS.iter().map(|entry| entry.name).collect();
        names.push("initialize");
        names.sort_unstable();
        assert_eq!(listed, names);
    }

    #[test]
    fn names_are_in_order_and_none_is_there_twice() {
        let names: Vec<&str> = METHODS.iter().map(|entry| entry.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
