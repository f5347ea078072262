//! Where PINs come from: the terminal, standard input, a descriptor, a file, pinentry, or, for a
//! simulated card only, what is published.
//!
//! Never the command line and never the environment: other programs read both. Where a person
//! types, the card is asked for its counter in a transaction of its own first, so that no human is
//! waited for inside one. Each question is asked once: nothing here presents anything twice.

use std::fs::File;
use std::io::{self, Read};

use card_core::pin::{Attempts, PinKind, PinProblem, ShapeProblem};
use card_core::{Error, Spend};
use card_sim::persona::PublishedSecrets;
use zeroize::Zeroizing;

use crate::args::Consent;
pub(crate) use crate::args::PinSource;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::facts::pin_word;
use crate::person::Person;
use crate::program::Program;
pub(crate) use crate::wanted::{PROFILE_PIN, RESIDENT_PIN, SIGNATURE_PASSWORD, USER_PIN, Wanted};

/// A PIN and which attempts it may spend.
pub(crate) struct Entered<P> {
    pub(crate) pin: P,
    pub(crate) spend: Spend,
}

/// Gets a PIN from where the user said.
pub(crate) fn ask<P>(
    wanted: &Wanted<P>,
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
) -> Result<Entered<P>, Failure> {
    ask_about("", wanted, program, connection, consent)
}

/// As [`ask`]; a person is told first what it is for.
pub(crate) fn ask_about<P>(
    about: &str,
    wanted: &Wanted<P>,
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
) -> Result<Entered<P>, Failure> {
    let source = program.global.pin.as_ref().unwrap_or(&PinSource::Prompt);
    let (value, spend) = if let Some(person) = Person::of(source, program)? {
        let (mut person, left, spend) = approach(wanted, program, connection, consent, person)?;
        let question = format!("{about}{}", question(wanted, program, left));
        (person.answer(&question)?, spend)
    } else {
        (given(wanted, source, connection)?, spend(consent))
    };
    Ok(Entered {
        pin: shaped(wanted.kind, wanted.parse, &value)?,
        spend,
    })
}

/// Gets a PIN and the value that shall replace it.
///
/// From a stream the old one is the first line and the new one the rest. A person types the new
/// one twice. `new` is where the new one comes from if that is another place.
pub(crate) fn ask_change<P>(
    wanted: &Wanted<P>,
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
    new: Option<&PinSource>,
) -> Result<(Entered<P>, P), Failure> {
    let source = program.global.pin.as_ref().unwrap_or(&PinSource::Prompt);
    let typed_new = |person: &mut Person<'_>| {
        let name = pin_name(wanted.kind, program);
        let texts = &program.texts;
        let first = person.answer(&texts.with("prompt-new", [("pin", name.as_str().into())]))?;
        // Before the second question, so that nobody repeats what cannot be.
        let pin = shaped(wanted.kind, wanted.choose, &first)?;
        let again = person.answer(&texts.with("prompt-again", [("pin", name.as_str().into())]))?;
        if *first == *again {
            Ok(pin)
        } else {
            Err(Failure::new("pin.not-repeated"))
        }
    };
    let (old, spend, mut person, rest) = if let Some(person) = Person::of(source, program)? {
        let (mut person, left, spend) = approach(wanted, program, connection, consent, person)?;
        let old = person.answer(&question(wanted, program, left))?;
        (old, spend, Some(person), None)
    } else {
        let value = given(wanted, source, connection)?;
        let (old, rest) = match new {
            None => first_line(&value),
            Some(_) => (value, None),
        };
        (old, spend(consent), None, rest)
    };
    let pin = shaped(wanted.kind, wanted.parse, &old)?;
    let new = match (new, rest, &mut person) {
        (None, Some(rest), _) => shaped(wanted.kind, wanted.choose, &rest)?,
        (None, None, Some(person)) => typed_new(person)?,
        (None, None, None) => {
            return Err(Failure::usage(program.texts.say("usage-new-pin")));
        }
        (Some(source), _, _) => match Person::of(source, program)? {
            Some(mut person) => typed_new(&mut person)?,
            None if *source == PinSource::Simulated => {
                return Err(Failure::usage(program.texts.say("usage-new-pin")));
            }
            None => shaped(
                wanted.kind,
                wanted.choose,
                &given(wanted, source, connection)?,
            )?,
        },
    };
    Ok((Entered { pin, spend }, new))
}

/// Asks the card how many attempts are left, and the person for consent if it is the last one.
fn approach<'p, P>(
    wanted: &Wanted<P>,
    program: &Program,
    connection: &mut Connection,
    consent: Consent,
    mut person: Person<'p>,
) -> Result<(Person<'p>, Attempts, Spend), Failure> {
    let left = connection.talk(|transaction| (wanted.attempts)(transaction))?;
    let problem = |problem| {
        Failure::from(Error::Pin {
            pin: wanted.kind,
            problem,
        })
    };
    let spend = match left {
        Attempts::Blocked => return Err(problem(PinProblem::Blocked)),
        Attempts::Left(2..) => spend(consent),
        Attempts::Left(_) | Attempts::Unknown if consent.spend_last_attempt => Spend::LastAttempt,
        Attempts::Left(_) | Attempts::Unknown => {
            let name = pin_name(wanted.kind, program);
            if !person.agrees(&name, program)? {
                return Err(problem(PinProblem::LastAttempt { left }));
            }
            Spend::LastAttempt
        }
    };
    Ok((person, left, spend))
}

pub(crate) fn spend(consent: Consent) -> Spend {
    if consent.spend_last_attempt {
        Spend::LastAttempt
    } else {
        Spend::KeepOne
    }
}

fn question<P>(wanted: &Wanted<P>, program: &Program, left: Attempts) -> String {
    let name = pin_name(wanted.kind, program);
    let maximum = wanted.kind.maximum();
    match (left, maximum) {
        (Attempts::Left(left), Some(maximum)) => program.texts.with(
            "prompt-pin",
            [
                ("pin", name.as_str().into()),
                ("left", left.into()),
                ("maximum", maximum.into()),
            ],
        ),
        (Attempts::Left(left), None) => program.texts.with(
            "prompt-pin-left",
            [("pin", name.as_str().into()), ("left", left.into())],
        ),
        _ => program
            .texts
            .with("prompt-pin-unknown", [("pin", name.as_str().into())]),
    }
}

/// The full name of a PIN in the user's language.
pub(crate) fn pin_name(kind: PinKind, program: &Program) -> String {
    pin_word(kind).text(&program.texts)
}

pub(crate) fn shaped<P>(
    kind: PinKind,
    parse: fn(&[u8]) -> Result<P, ShapeProblem>,
    value: &[u8],
) -> Result<P, Failure> {
    parse(value).map_err(|problem| Error::shape(kind, problem).into())
}

/// The longest content of a stream that is taken; two PINs and their line ends are far shorter.
const LONGEST: usize = 256;

/// A PIN that no person types now. Where a resident has none, the card says why.
fn given<P>(
    wanted: &Wanted<P>,
    source: &PinSource,
    connection: &mut Connection,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let lacks = connection
        .resident()
        .is_some_and(|resident| (wanted.published)(&resident.published_secrets()).is_none());
    if lacks && *source == PinSource::Simulated {
        connection.talk(|transaction| (wanted.attempts)(transaction))?;
    }
    machine(Some(wanted.published), source, connection)
}

/// A PIN that no person types now.
pub(crate) fn machine(
    published: Option<fn(&PublishedSecrets<'_>) -> Option<String>>,
    source: &PinSource,
    connection: &Connection,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let read = match source {
        PinSource::Stdin => whole(&mut io::stdin().lock()),
        PinSource::Descriptor(number) => {
            File::open(format!("/dev/fd/{number}")).and_then(|mut file| whole(&mut file))
        }
        PinSource::File(path) => File::open(path).and_then(|mut file| whole(&mut file)),
        PinSource::Simulated | PinSource::Prompt | PinSource::Pinentry => {
            let resident = connection
                .resident()
                .ok_or_else(|| Failure::new("pin.sim-only"))?;
            let secrets = resident.published_secrets();
            let value = published.and_then(|published| published(&secrets));
            return Ok(Zeroizing::new(value.unwrap_or_default().into_bytes()));
        }
    };
    read.map_err(|error| match source {
        PinSource::File(path) => Failure::file("pin.source", path, &error),
        PinSource::Descriptor(number) => {
            Failure::file("pin.source", format!("fd:{number}").as_ref(), &error)
        }
        _ => Failure::file("pin.source", "stdin".as_ref(), &error),
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
