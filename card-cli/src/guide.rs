//! `guide`: what can be done, as a menu; also what `mynacard` alone shows at a terminal. Each step
//! ends with the command line that does the same.

use std::ffi::OsString;

use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs;
use crate::output;
use crate::program::Program;
use crate::report::status::Status;
use crate::terminal::{Key, Terminal};
use crate::texts::{Texts, program_texts};

/// Takes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// Something to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Status,
    Sign,
    Verify,
    Profile,
    Number,
    PinStatus,
    PinChange,
    Doctor,
    Reader,
    Quit,
}

const MENU: [(Item, &str); 10] = [
    (Item::Status, "guide-status"),
    (Item::Sign, "guide-sign"),
    (Item::Verify, "guide-verify"),
    (Item::Profile, "guide-profile"),
    (Item::Number, "guide-number"),
    (Item::PinStatus, "guide-pin-status"),
    (Item::PinChange, "guide-pin-change"),
    (Item::Doctor, "guide-doctor"),
    (Item::Reader, "guide-reader"),
    (Item::Quit, "guide-quit"),
];

/// Which PIN, as `pin change` calls it.
const PINS: [(&str, &str); 4] = [
    ("auth", "pin-authentication"),
    ("sign", "pin-signature"),
    ("profile", "pin-profile"),
    ("resident", "pin-resident"),
];

/// Shows the menu until the person leaves it. `go` runs a command line and tells what failed.
pub(crate) fn run(
    program: &Program,
    go: &dyn Fn(&[OsString]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let texts = &program.texts;
    let mut reader = program.global.reader.as_ref().map(ToString::to_string);
    let no_terminal = |_| Failure::from(ProgramError::PinNoTerminal);
    output::note(&texts.say("guide-welcome"));
    look(program, reader.as_deref());
    loop {
        if program.signals.interrupted() {
            return Err(card_core::Error::Cancelled.into());
        }
        // A terminal for each question: the steps open one of their own.
        let mut terminal = Terminal::open(&program.signals).map_err(no_terminal)?;
        let lines: Vec<String> = MENU.iter().map(|(_, id)| texts.say(id)).collect();
        let Some(chosen) = choose(&mut terminal, &texts.say("guide-choose"), &lines, texts)? else {
            return Ok(());
        };
        let item = MENU.get(chosen).map_or(Item::Quit, |(item, _)| *item);
        let mut line = vec!["mynacard".to_owned()];
        if let Some(reader) = &reader
            && item != Item::Verify
            && item != Item::Doctor
        {
            line.extend(["--reader".to_owned(), reader.clone()]);
        }
        let ask = |terminal: &mut Terminal<'_>, id: &str| asked(terminal, &texts.say(id));
        let more: Option<Vec<String>> = match item {
            Item::Quit => return Ok(()),
            Item::Reader => {
                if let Some(named) = ask(&mut terminal, "guide-ask-reader")? {
                    reader = Some(named);
                    drop(terminal);
                    look(program, reader.as_deref());
                }
                continue;
            }
            Item::Status => Some(vec!["status".into()]),
            Item::Profile => Some(vec!["profile".into()]),
            Item::PinStatus => Some(vec!["pin".into(), "status".into()]),
            Item::Doctor => Some(vec!["doctor".into()]),
            Item::Number => Some(
                ["number", "--purpose", "holder", "--reveal"]
                    .map(String::from)
                    .to_vec(),
            ),
            Item::Sign => {
                ask(&mut terminal, "guide-ask-sign")?.map(|path| vec!["sign".into(), path])
            }
            Item::Verify => {
                let trust = match &reader {
                    Some(reader) if reader.starts_with("sim:") => {
                        vec!["--trust".into(), "sim".into()]
                    }
                    _ => Vec::new(),
                };
                ask(&mut terminal, "guide-ask-verify")?
                    .map(|path| [vec!["verify".into()], trust, vec![path]].concat())
            }
            Item::PinChange => {
                let lines: Vec<String> = PINS.iter().map(|(_, id)| texts.say(id)).collect();
                let chosen = choose(&mut terminal, &texts.say("guide-choose-pin"), &lines, texts)?;
                let pin = chosen.and_then(|chosen| PINS.get(chosen));
                pin.map(|(pin, _)| vec!["pin".into(), "change".into(), (*pin).into()])
            }
        };
        drop(terminal);
        let Some(more) = more else { continue };
        line.extend(more);
        step(program, &line, go)?;
    }
}

/// What is in the reader, or what is in the way.
fn look(program: &Program, reader: Option<&str>) {
    let mut context = Program {
        global: program.global.clone(),
        texts: program_texts(program.texts.language()),
        signals: program.signals.clone(),
    };
    context.global.reader = reader.and_then(|reader| reader.parse().ok());
    let seen = Connection::open(&context).and_then(|mut card| jobs::status::run(&mut card));
    match seen {
        Ok(status) => {
            output::note(Status::of(status).short(&program.texts).trim_end());
            if let Some(name) = reader.and_then(|reader| reader.strip_prefix("sim:")) {
                let name = [("name", name.into())];
                output::note(&program.texts.with("guide-simulated", name));
            }
        }
        Err(failure) => {
            failure.show(&program.texts, false);
        }
    }
}

/// Runs one step and says which line does the same.
fn step(
    program: &Program,
    line: &[String],
    go: &dyn Fn(&[OsString]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let words: Vec<OsString> = line.iter().map(OsString::from).collect();
    output::note("");
    if let Err(failure) = go(&words) {
        if program.signals.interrupted() {
            return Err(failure);
        }
        failure.show(&program.texts, false);
    }
    let line = line
        .iter()
        .map(|word| quoted(word))
        .collect::<Vec<_>>()
        .join(" ");
    let said = [("line", line.as_str().into())];
    output::note(&format!("\n{}", program.texts.with("guide-same", said)));
    Ok(())
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A line that was typed; `None` if nothing was. Terminals put quotes around a file dropped there.
fn asked(terminal: &mut Terminal<'_>, question: &str) -> Result<Option<String>, Failure> {
    let failed = |error| Failure::file(ProgramError::PinSource, "/dev/tty".as_ref(), &error);
    let answer = terminal.ask(question).map_err(failed)?;
    let answer = answer.map(|line| String::from_utf8_lossy(&line).trim().to_owned());
    let bare = |text: String| {
        let inner = text
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''));
        inner.map_or(text.clone(), str::to_owned)
    };
    Ok(answer.map(bare).filter(|text| !text.is_empty()))
}

/// One of several lines: by its number, or with arrow keys and Enter where the terminal can move
/// its cursor. `None` if the person leaves.
fn choose(
    terminal: &mut Terminal<'_>,
    title: &str,
    lines: &[String],
    texts: &Texts,
) -> Result<Option<usize>, Failure> {
    let failed = |error| Failure::file(ProgramError::PinSource, "/dev/tty".as_ref(), &error);
    let numbered = |marked: Option<usize>| {
        let line = |(index, line): (usize, &String)| {
            let mark = if marked == Some(index) { '>' } else { ' ' };
            format!("{mark} {} {line}\x1b[K\r\n", number(index))
        };
        lines.iter().enumerate().map(line).collect::<String>()
    };
    if !terminal.moves() {
        let plain = numbered(None).replace("\x1b[K\r", "");
        loop {
            let question = format!("\n{title}\n{plain}{}", texts.say("guide-type-number"));
            let Some(answer) = asked(terminal, &question)? else {
                return Ok(None);
            };
            let index = (0..lines.len()).find(|index| number(*index) == answer);
            if index.is_some() {
                return Ok(index);
            }
        }
    }
    let mut marked = 0;
    terminal
        .write(&format!("\n{title}\n{}\n", texts.say("guide-keys")))
        .map_err(failed)?;
    loop {
        terminal.write(&numbered(Some(marked))).map_err(failed)?;
        let last = lines.len().saturating_sub(1);
        match terminal.key().map_err(failed)? {
            None => return Ok(None),
            Some(Key::Up) => marked = marked.checked_sub(1).unwrap_or(last),
            Some(Key::Down) => marked = if marked == last { 0 } else { marked + 1 },
            Some(Key::Enter) => return Ok(Some(marked)),
            Some(Key::Byte(byte)) => {
                let typed = char::from(byte).to_string();
                let index = (0..lines.len()).find(|index| number(*index) == typed);
                if index.is_some() {
                    return Ok(index);
                }
            }
        }
        terminal
            .write(&format!("\x1b[{}A", lines.len()))
            .map_err(failed)?;
    }
}

/// What is typed for a line: 1 to 9, and 0 for the tenth.
fn number(index: usize) -> String {
    ((index + 1) % 10).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_a_shell_takes_them() {
        assert_eq!(quoted("契約書.pdf"), "契約書.pdf");
        assert_eq!(quoted("a b.pdf"), "'a b.pdf'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
    }

    #[test]
    fn each_line_of_the_menu_has_a_number_of_its_own() {
        let numbers: std::collections::BTreeSet<_> = (0..MENU.len()).map(number).collect();
        assert_eq!(numbers.len(), MENU.len());
    }
}
