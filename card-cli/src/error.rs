//! The program's own errors: what their sentences tell of, codes and exit statuses.

use std::panic::Location;
use std::path::PathBuf;

use card_text::{Fact, Facts, Tell, Word, told_in_order};

/// Makes the variants with their values, and the tables of the same lines.
macro_rules! errors {
    ($($name:ident $(($($value:ident: $kind:ty),+))? = $code:literal, $status:literal;)+) => {
        /// An error of the program's own, with what its sentences tell of.
        ///
        /// Errors of the libraries beside them come as they are; both become a
        /// [`Failure`](crate::exit::Failure).
        #[derive(Clone, Debug)]
        pub(crate) enum ProgramError {
            $($name $(($($kind),+))?,)+
        }

        impl ProgramError {
            /// Codes in alphabetical order.
            pub(crate) const CODES: &[&str] = &[$($code),+];

            /// Their exit statuses, in the same order.
            pub(crate) const STATUSES: &[u8] = &[$($status),+];

            /// The names of their values, in the same order.
            #[cfg(test)]
            const VALUES: &[&[&str]] = &[$(&[$($(stringify!($value)),+)?]),+];
        }

        impl Tell for ProgramError {
            fn code(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $code,)+
                }
            }

            fn facts(&self) -> Facts {
                match self.clone() {
                    $(Self::$name $(($($value),+))? => {
                        vec![$($((stringify!($value), $value.into())),+)?]
                    })+
                }
            }
        }
    };
}

errors! {
    AgeNotReached = "age.not-reached", 3;
    AgeUnknown = "age.unknown", 3;
    CardBusy = "card.busy", 13;
    ConsentDisclosure = "consent.disclosure", 2;
    ConsentMissing = "consent.missing", 2;
    DocumentRefused(code: &'static str, reason: Word) = "document.refused", 40;
    DocumentUnknown(path: PathBuf) = "document.unknown", 40;
    DocumentUnreadable(path: PathBuf, code: &'static str, reason: Word) = "document.unreadable", 40;
    DocumentUnsigned(path: PathBuf, signature: PathBuf) = "document.unsigned", 40;
    DocumentUnsuitable(path: PathBuf, code: &'static str, reason: Word, advice: Word) = "document.unsuitable", 2;
    DocumentsRefused(refused: usize, count: usize) = "documents.refused", 40;
    FolderUnknown(variable: &'static str) = "folder.unknown", 2;
    FontUnreadable(path: PathBuf, reason: Fact) = "font.unreadable", 2;
    FrameBroken = "frame.broken", 1;
    HandlingUnwritable(path: PathBuf, reason: Fact) = "handling.unwritable", 2;
    InputChanged(path: PathBuf) = "input.changed", 2;
    InputUnreadable(path: PathBuf, reason: Fact) = "input.unreadable", 2;
    LicenceCertificate(path: PathBuf) = "licence.certificate", 2;
    LicenceExpired = "licence.expired", 3;
    OutputExists(path: PathBuf) = "output.exists", 2;
    OutputUnwritable(path: PathBuf, reason: Fact) = "output.unwritable", 2;
    PdfGlyph(path: PathBuf, character: String) = "pdf.glyph", 2;
    PdfRoom(path: PathBuf, needed: usize, room: usize) = "pdf.room", 2;
    PersonaExists(name: String) = "persona.exists", 2;
    PersonaField(path: PathBuf, line: usize, field: &'static str, reason: Word) = "persona.field", 2;
    PersonaName(name: String) = "persona.name", 2;
    PersonaSyntax(path: PathBuf, line: usize, reason: String) = "persona.syntax", 2;
    PersonaUnknown(name: String, known: Vec<String>) = "persona.unknown", 2;
    PersonaUnreadable(path: PathBuf, reason: Fact) = "persona.unreadable", 2;
    PictureUnreadable(problem: Word) = "picture.unreadable", 30;
    PinNoTerminal = "pin.no-terminal", 2;
    PinNotRepeated = "pin.not-repeated", 2;
    PinSame(pin: Word) = "pin.same", 2;
    PinSimOnly = "pin.sim-only", 2;
    PinSource(path: PathBuf, reason: Fact) = "pin.source", 2;
    ProgramBug(place: String, version: &'static str) = "program.bug", 1;
    PurposeLaw(problem: Word) = "purpose.law", 2;
    PurposeMissing = "purpose.missing", 2;
    PurposeUnknown = "purpose.unknown", 2;
    RecordNotGenuine = "record.not-genuine", 40;
    RevocationNotChecked = "revocation.not-checked", 41;
    SetupBroken = "setup.broken", 10;
    SignAlgorithm = "sign.algorithm", 2;
    SignExisting(path: PathBuf, code: &'static str, reason: Word) = "sign.existing", 2;
    SimAbsent(path: PathBuf) = "sim.absent", 2;
    // As shells say that there is no such command.
    SimCommand(path: PathBuf, reason: Fact) = "sim.command", 127;
    SimInUse(name: String) = "sim.in-use", 13;
    SimLibrary(places: Vec<String>) = "sim.library", 2;
    SimMisbehaved = "sim.misbehaved", 3;
    SimRefused(why: String) = "sim.refused", 2;
    SimState(path: PathBuf, reason: Fact) = "sim.state", 2;
    TimestampSilent(answer: Word) = "timestamp.silent", 2;
    TimestampUnfit(path: PathBuf, code: &'static str, reason: Word) = "timestamp.unfit", 40;
    TraceMalformed(path: PathBuf, line: usize) = "trace.malformed", 2;
    TrustIssuerKey(path: PathBuf) = "trust.issuer-key", 2;
    UsageWrong(text: Fact) = "usage.wrong", 2;
    WebEidArgument(problem: &'static str) = "web-eid.argument", 2;
    WebEidRequest(problem: &'static str) = "web-eid.request", 2;
}

impl ProgramError {
    /// Something that cannot be was met in this line.
    #[track_caller]
    pub(crate) fn bug() -> Self {
        Self::bug_at(Location::caller().to_string())
    }

    /// The same, in a place that is known already.
    pub(crate) fn bug_at(place: String) -> Self {
        Self::ProgramBug(place, env!("CARGO_PKG_VERSION"))
    }
}

// A code without its sentences does not compile.
const _: () = {
    let codes = &[ProgramError::CODES];
    told_in_order(include_str!("../locales/en/errors.ftl"), codes);
    told_in_order(include_str!("../locales/ja/errors.ftl"), codes);
};

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence tells of nothing that its error does not carry.
    #[test]
    fn sentences_name_values_of_their_errors() {
        // What callers add where it is known.
        let added = ["advice", "command"];
        let mut named = 0;
        for messages in [
            include_str!("../locales/en/errors.ftl"),
            include_str!("../locales/ja/errors.ftl"),
        ] {
            for (code, values) in ProgramError::CODES.iter().zip(ProgramError::VALUES) {
                let id = code.replace('.', "-");
                let own = |line: &&str| {
                    ["err-", "rec-"].iter().any(|kind| {
                        line.strip_prefix(kind)
                            .and_then(|line| line.strip_prefix(id.as_str()))
                            .is_some_and(|line| line.starts_with(" ="))
                    })
                };
                for line in messages.lines().filter(own) {
                    for name in line.split("{ $").skip(1) {
                        let name = name.split([' ', '}']).next().unwrap();
                        named += 1;
                        assert!(values.contains(&name) || added.contains(&name), "{line}");
                    }
                }
            }
        }
        assert!(named > 80, "{named}");
    }
}
