//! How a rule came out: the one word that judges of certificates, login tokens, records and documents
//! share.
//!
//! Each judge has rules and reasons of its own; both have stable codes, and a program writes the texts.

/// How a rule came out; `R` is why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verdict<R> {
    /// Kept.
    Pass,
    /// Broken: what is judged is refused.
    Fail(R),
    /// Worth knowing; refuses nothing.
    Warn(R),
    /// No answer was to be had; refuses nothing by itself.
    Unknown(R),
    /// Not reached: what it needs failed before, or it does not apply.
    #[default]
    NotChecked,
}

impl<R: Copy> Verdict<R> {
    /// A stable word for scripts: `pass`, `fail`, `warn`, `unknown` or `not-checked`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Warn(_) => "warn",
            Self::Unknown(_) => "unknown",
            Self::NotChecked => "not-checked",
        }
    }

    /// Why, where there is something to explain.
    #[must_use]
    pub const fn reason(self) -> Option<R> {
        match self {
            Self::Fail(reason) | Self::Warn(reason) | Self::Unknown(reason) => Some(reason),
            Self::Pass | Self::NotChecked => None,
        }
    }

    /// Why the rule is broken; `None` where it is not.
    #[must_use]
    pub const fn broken(self) -> Option<R> {
        match self {
            Self::Fail(reason) => Some(reason),
            _ => None,
        }
    }
}

impl<R> From<Result<(), R>> for Verdict<R> {
    fn from(result: Result<(), R>) -> Self {
        result.map_or_else(Self::Fail, |()| Self::Pass)
    }
}
