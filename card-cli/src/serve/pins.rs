//! PINs: counters, checking, changing.

use card_core::Spend;
use serde::Deserialize;

use super::job::AtCard;
use super::method::CardMethod;
use super::question::About;
use crate::exit::Failure;
use crate::jobs::pin;
use crate::report::pin::{Changed, Checked, Counters, Kind};

/// Takes nothing of its own.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PinStatus {}

impl CardMethod for PinStatus {
    const NAME: &str = "pin/status";
    type Result = Counters;

    fn run(self, job: &AtCard<'_>) -> Result<Counters, Failure> {
        let attempts = pin::status(&mut job.open()?)?;
        Ok(Counters { attempts })
    }
}

/// Presents a PIN once; a wrong one costs an attempt, of `resident` one of each copy.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PinCheck {
    which: Kind,
}

impl CardMethod for PinCheck {
    const NAME: &str = "pin/check";
    type Result = Checked;

    fn run(self, job: &AtCard<'_>) -> Result<Checked, Failure> {
        let (which, ui) = (self.which.pin(), &mut job.ui(About::default()));
        pin::check(&mut job.open()?, ui, which, Spend::KeepOne)?;
        Ok(Checked::of(which))
    }
}

/// Changes a PIN: two questions, the second with `new`. The old one is presented once.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PinChange {
    which: Kind,
}

impl CardMethod for PinChange {
    const NAME: &str = "pin/change";
    type Result = Changed;

    fn run(self, job: &AtCard<'_>) -> Result<Changed, Failure> {
        let (which, ui) = (self.which.pin(), &mut job.ui(About::default()));
        pin::change(&mut job.open()?, ui, which, Spend::KeepOne)?;
        Ok(Changed::of(which))
    }
}
