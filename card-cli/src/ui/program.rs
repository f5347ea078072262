//! Questions of the program: at the terminal, in the pinentry dialog, or read from standard input,
//! a descriptor or a file, or, for a simulated card only, what is published.
//!
//! Never from the command line and never from the environment: other programs read both.

use std::any::Any;
use std::fs::File;
use std::io::{self, Read};

use card_core::certificate::Purpose;
use card_core::domain::date::UtcTime;
use card_core::pin::{Attempts, PinKind};
use zeroize::Zeroizing;

use super::bar::Bar;
use super::{Consent, Note, PinAnswer, PinQuestion, Ui};
use crate::args::PinSource;
use crate::attempts::{left as left_of, shown};
use crate::display::capital;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::{certificate_word, listed, pin_word};
use crate::memory;
use crate::program::Program;
use crate::progress::{Meter, Step, Watch};
use crate::prompt::{Person, confirms};
use crate::streams;
use crate::validity::in_japan;

/// Terminal, pinentry dialog or stream, as `--pin` says.
pub(crate) struct ProgramUi<'p> {
    program: &'p Program,
    source: &'p PinSource,
    /// Said before the question.
    about: String,
    /// Whether the command line says that the holder's data may go into a signature.
    agreed: bool,
    /// What was wrong with the answer before, said before the next question.
    problem: String,
    /// Whether a stream holds the new value behind the old one, or where else it comes from.
    new: Option<New<'p>>,
    person: Option<Person<'p>>,
    rest: Option<Zeroizing<Vec<u8>>>,
}

enum New<'p> {
    Behind,
    From(&'p PinSource),
}

impl<'p> ProgramUi<'p> {
    /// Asks where `--pin` says.
    pub(crate) fn new(program: &'p Program) -> Self {
        Self {
            program,
            source: program.global.pin.as_ref().unwrap_or(&PinSource::Prompt),
            about: String::new(),
            agreed: false,
            problem: String::new(),
            new: None,
            person: None,
            rest: None,
        }
    }

    /// A person is told first what the PIN is for.
    pub(crate) fn about(program: &'p Program, about: String) -> Self {
        Self {
            about,
            ..Self::new(program)
        }
    }

    /// Asks for a new PIN too: from `new` if that is another place. From a stream the old one is
    /// the first line and the new one the rest. A person types the new one twice.
    pub(crate) fn change(program: &'p Program, new: Option<&'p PinSource>) -> Self {
        Self {
            new: Some(new.map_or(New::Behind, New::From)),
            ..Self::new(program)
        }
    }

    /// Asks for a PIN to sign with; `agreed` says that the holder's data may go into the signature.
    pub(crate) fn signing(program: &'p Program, agreed: bool) -> Self {
        Self {
            agreed,
            ..Self::new(program)
        }
    }

    /// Tells what the certificate shows of its holder, and asks whether that may be.
    fn discloses(&self) -> Result<bool, Failure> {
        let texts = &self.program.texts;
        streams::note(&texts.say("note-disclosure"));
        if self.agreed {
            return Ok(true);
        }
        match Person::of(self.source, self.program)? {
            Some(mut person) => person.says_yes(&texts.say("prompt-disclosure")),
            None => Ok(false),
        }
    }

    fn usage(&self, id: &str) -> Failure {
        Failure::usage(self.program.texts.say(id))
    }
}

impl Ui for ProgramUi<'_> {
    fn takes_pinpad(&self) -> bool {
        !self.program.global.no_pinpad
            && matches!(self.source, PinSource::Prompt | PinSource::Pinentry)
    }

    fn on_pinpad(&mut self, kind: PinKind, left: Attempts) -> Result<(), Failure> {
        let texts = &self.program.texts;
        let (pin, left) = (pin_name(kind, self.program), shown(left_of(left), texts));
        let values = [("pin", pin.as_str().into()), ("left", left.as_str().into())];
        let told = format!("{}{}", self.about, texts.with("prompt-pinpad", values));
        match self.person {
            Some(Person::Pinentry) => match confirms(&told, &texts.say("prompt-pinpad-ok"))? {
                true => Ok(()),
                false => Err(card_core::Error::Cancelled.into()),
            },
            _ => {
                streams::note(&told);
                Ok(())
            }
        }
    }

    fn begin(&mut self) -> Result<bool, Failure> {
        self.person = Person::of(self.source, self.program)?;
        Ok(self.person.is_some())
    }

    fn asks_again(&mut self, problem: &Failure) -> bool {
        if self.person.is_some() {
            self.problem = problem.texts(&self.program.texts).0 + "\n";
        }
        self.person.is_some()
    }

    fn pin(&mut self, asked: &PinQuestion<'_>) -> Result<PinAnswer, Failure> {
        if let Some(person) = &mut self.person {
            let problem = std::mem::take(&mut self.problem);
            let question = question(asked, self.program);
            let question = format!("{problem}{}{question}", self.about);
            return person.answer(&question).map(PinAnswer::Value);
        }
        let Some(value) = stream(self.source)? else {
            return Ok(PinAnswer::Published);
        };
        if !matches!(self.new, Some(New::Behind)) {
            return Ok(PinAnswer::Value(value));
        }
        let (old, rest) = first_line(&value);
        self.rest = rest;
        Ok(PinAnswer::Value(old))
    }

    fn new_pin(
        &mut self,
        kind: PinKind,
        check: &dyn Fn(&[u8]) -> Result<(), Failure>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match (&self.new, self.rest.take(), &mut self.person) {
            (Some(New::From(source)), _, _) => match Person::of(source, self.program)? {
                Some(mut person) => typed_new(&mut person, self.program, kind, check),
                None => stream(source)?.ok_or_else(|| self.usage("usage-new-pin")),
            },
            (_, Some(rest), _) => Ok(rest),
            (_, None, Some(person)) => typed_new(person, self.program, kind, check),
            (_, None, None) => Err(self.usage("usage-new-pin")),
        }
    }

    fn consent(&mut self, to: Consent) -> Result<bool, Failure> {
        if to == Consent::Disclosure {
            return self.discloses();
        }
        let Some(person) = &mut self.person else {
            return Ok(false);
        };
        match to {
            Consent::LastAttempt(pin, left) => {
                let id = match left {
                    Attempts::Unknown => "prompt-attempts-unknown",
                    _ => "prompt-last-attempt",
                };
                let name = pin_name(pin, self.program);
                let question = self.program.texts.with(id, [("pin", name.as_str().into())]);
                person.types(&["last", "最後"], &question)
            }
            Consent::Expired(purpose, end) => {
                let texts = &self.program.texts;
                let expired = expired(purpose, end, self.program);
                match person {
                    Person::Pinentry => confirms(&expired, &texts.say("prompt-expired-ok")),
                    person => {
                        person.says_yes(&format!("{expired}\n{}", texts.say("prompt-expired")))
                    }
                }
            }
            // Asked for above, whether or not a person answers for the PIN.
            Consent::Disclosure => Ok(false),
        }
    }

    fn note(&mut self, note: Note<'_>) {
        let texts = &self.program.texts;
        let kind = match note {
            Note::CostsAttempt(kind) => kind,
            Note::NotOnPinpad(kind) => {
                let pin = pin_name(kind, self.program);
                let texts = &self.program.texts;
                return streams::note(
                    &texts.with("note-not-on-pinpad", [("pin", pin.as_str().into())]),
                );
            }
            Note::Expired(purpose, end) => {
                return streams::note(&expired(purpose, end, self.program));
            }
            Note::SignerExpired => return streams::note(&texts.say("note-signer-expired")),
            Note::TimeStampUnknown => return streams::note(&texts.say("note-time-stamp-unknown")),
            Note::Done(files) => {
                let files = listed(files);
                let files = [("files", files.as_str().into())];
                return streams::note(&texts.with("note-done", files));
            }
        };
        let pin = pin_name(kind, self.program);
        let id = match kind {
            PinKind::Resident => "note-two-attempts",
            _ => "note-one-attempt",
        };
        streams::note(&texts.with(id, [("pin", pin.as_str().into())]));
    }
}

impl Watch for Program {
    fn step(&self, step: Step<'_>, total: u64) -> Box<dyn Meter> {
        let label = match step {
            Step::Read(path) | Step::Write(path) => path.display().to_string(),
            Step::Sign | Step::Keep | Step::Judge => self.texts.say("progress-files"),
        };
        // A terminal that is halted would keep the card open.
        let wanted = !self.global.json && step != Step::Sign;
        Box::new(Bar::new(wanted, label, total))
    }

    fn stopped(&self) -> bool {
        self.signals.stops_work()
    }

    fn hold(&self) -> Box<dyn Any> {
        Box::new(self.signals.held())
    }
}

/// That a certificate has run out, and what to do.
fn expired(purpose: Purpose, end: UtcTime, program: &Program) -> String {
    let texts = &program.texts;
    let certificate = certificate_word(purpose).text(texts);
    let id = match purpose {
        Purpose::Authentication => "note-expired",
        Purpose::Signature => "note-expired-too",
    };
    let end = in_japan(end, texts);
    let values = [("certificate", capital(&certificate)), ("end", end)];
    let values = values
        .iter()
        .map(|(name, value)| (*name, value.as_str().into()));
    texts.with(id, values)
}

/// Asks a person twice for a new PIN.
fn typed_new(
    person: &mut Person<'_>,
    program: &Program,
    kind: PinKind,
    check: &dyn Fn(&[u8]) -> Result<(), Failure>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let name = pin_name(kind, program);
    let texts = &program.texts;
    let prompt = |id| texts.with(id, [("pin", name.as_str().into())]);
    let mut problem = String::new();
    loop {
        let first = person.answer(&format!("{problem}{}", prompt("prompt-new")))?;
        // Before the second question, so that nobody repeats what cannot be.
        let checked = check(&first).and_then(|()| {
            let again = person.answer(&prompt("prompt-again"))?;
            match *first == *again {
                true => Ok(()),
                false => Err(ProgramError::PinNotRepeated.into()),
            }
        });
        match checked {
            Ok(()) => return Ok(first),
            Err(failure) if failure.code() == "operation.cancelled" => return Err(failure),
            // Nothing was sent: it can be typed again.
            Err(failure) => problem = failure.texts(texts).0 + "\n",
        }
    }
}

/// The question for one PIN, or for any of several with the attempts left of each.
fn question(asked: &PinQuestion<'_>, program: &Program) -> String {
    let &[(kind, left)] = asked.options else {
        return one_of(asked, program);
    };
    let mut name = pin_name(kind, program);
    if asked.current {
        name = program
            .texts
            .with("pin-current", [("pin", name.as_str().into())]);
    }
    match (left, kind.maximum()) {
        (Some(Attempts::Left(left)), Some(maximum)) => program.texts.with(
            "prompt-pin",
            [
                ("pin", name.as_str().into()),
                ("left", left.into()),
                ("maximum", maximum.into()),
            ],
        ),
        (Some(Attempts::Left(left)), None) => program.texts.with(
            "prompt-pin-left",
            [("pin", name.as_str().into()), ("left", left.into())],
        ),
        _ => program
            .texts
            .with("prompt-pin-unknown", [("pin", name.as_str().into())]),
    }
}

fn one_of(asked: &PinQuestion<'_>, program: &Program) -> String {
    let line = |(kind, left): &(PinKind, Option<Attempts>)| {
        let left = shown(left.and_then(left_of), &program.texts);
        format!("{}: {left}", pin_name(*kind, program))
    };
    let pins = listed(&asked.options.iter().map(line).collect::<Vec<_>>());
    let pins = [("pins", pins.as_str().into())];
    program.texts.with("prompt-one-of", pins)
}

/// The full name of a PIN in the user's language.
pub(crate) fn pin_name(kind: PinKind, program: &Program) -> String {
    pin_word(kind).text(&program.texts)
}

/// The longest content of a stream that is taken; two PINs and their line ends are far shorter.
const LONGEST: usize = 256;

/// A PIN that no person types now; `None` where it is the published one.
fn stream(source: &PinSource) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    memory::keep_from_dumps();
    let read = match source {
        PinSource::Stdin => memory::stdin().and_then(|mut stdin| whole(&mut stdin)),
        PinSource::Descriptor(number) => {
            File::open(format!("/dev/fd/{number}")).and_then(|mut file| whole(&mut file))
        }
        PinSource::File(path) => File::open(path).and_then(|mut file| whole(&mut file)),
        PinSource::Simulated | PinSource::Prompt | PinSource::Pinentry => return Ok(None),
    };
    read.map(Some).map_err(|error| match source {
        PinSource::File(path) => Failure::file(ProgramError::PinSource, path, &error),
        PinSource::Descriptor(number) => Failure::file(
            ProgramError::PinSource,
            format!("fd:{number}").as_ref(),
            &error,
        ),
        _ => Failure::file(ProgramError::PinSource, "stdin".as_ref(), &error),
    })
}

/// Everything that a stream holds, without a line end at its end.
fn whole(stream: &mut impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // One more than is taken, so that too much is noticed; never grows, so no copy stays behind.
    let mut buffer = Zeroizing::new([0; LONGEST + 1]);
    let mut length = 0;
    while let Some(room) = buffer.get_mut(length..).filter(|room| !room.is_empty()) {
        match stream.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if length > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let content = buffer.get(..length).unwrap_or_default();
    Ok(Zeroizing::new(without_line_end(content).to_vec()))
}

fn without_line_end(content: &[u8]) -> &[u8] {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content)
}

/// The first line and what comes behind it.
fn first_line(content: &[u8]) -> (Zeroizing<Vec<u8>>, Option<Zeroizing<Vec<u8>>>) {
    let copy = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
    let mut parts = content.splitn(2, |byte| *byte == b'\n');
    let first = parts.next().unwrap_or_default();
    match parts.next() {
        Some(rest) => (
            copy(first.strip_suffix(b"\r").unwrap_or(first)),
            Some(copy(rest)),
        ),
        None => (copy(first), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_no_part_of_a_pin_and_nothing_else() {
        let read = |bytes: &[u8]| whole(&mut &bytes[..]).unwrap().to_vec();
        for bytes in [&b"1234"[..], b"1234\n", b"1234\r\n"] {
            assert_eq!(read(bytes), b"1234");
        }
        assert_eq!(read(b"1234\n\n"), b"1234\n");
        assert_eq!(read(b" 1234 \n"), b" 1234 ");
        assert!(whole(&mut &[b'1'; LONGEST + 1][..]).is_err());
    }

    #[test]
    fn old_and_new_are_two_lines() {
        let split = |bytes: &[u8]| {
            let (old, new) = first_line(bytes);
            (old.to_vec(), new.map(|new| new.to_vec()))
        };
        assert_eq!(
            split(b"1234\n5678"),
            (b"1234".to_vec(), Some(b"5678".to_vec()))
        );
        assert_eq!(
            split(b"1234\r\n5678"),
            (b"1234".to_vec(), Some(b"5678".to_vec()))
        );
        assert_eq!(split(b"1234"), (b"1234".to_vec(), None));
    }
}
