//! Context of every command: global options, texts, signals.

use crate::args::Global;
use crate::exit::Failure;
use crate::output::{self, AtCard, Report};
use crate::signals::Signals;
use crate::texts::Texts;

/// The run of one command.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) texts: Texts,
    pub(crate) signals: Signals,
}

impl Context {
    /// Shows what a command without a card found out.
    pub(crate) fn show<R: Report>(&self, report: &R) -> Result<(), Failure> {
        if self.global.json {
            output::show_bytes(&output::json(report, None, None)?)
        } else {
            output::show_text(&report.text(&self.texts))
        }
    }

    /// Shows what a command found out at a card.
    pub(crate) fn show_card<R: Report>(
        &self,
        report: &R,
        card: &impl AtCard,
    ) -> Result<(), Failure> {
        if self.global.json {
            return output::show_bytes(&self.json(report, card)?);
        }
        output::show_text(&report.text(&self.texts))
    }

    /// What a command found out at a card, as JSON.
    pub(crate) fn json<R: Report>(
        &self,
        report: &R,
        card: &impl AtCard,
    ) -> Result<Vec<u8>, Failure> {
        output::json(report, Some(card.is_simulated()), Some(card.cost()))
    }
}
