//! Text for people: tables, hexadecimal digits, and foreign text without control characters.

use std::io::{self, IsTerminal};

pub(crate) use card_text::printable;
use unicode_width::UnicodeWidthStr;

use crate::texts::Texts;

/// Columns that line up, also with Japanese in them.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line += cell;
            line.extend(std::iter::repeat_n(
                ' ',
                width.saturating_sub(cell.width()) + 2,
            ));
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// Colours, where the terminal has them and nobody has switched them off.
#[derive(Clone, Copy, Default)]
pub(crate) struct Paint(bool);

impl Paint {
    /// Of standard output: none into files and pipes, at dumb terminals, and with `NO_COLOR`.
    pub(crate) fn of_stdout() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let terminal = io::stdout().is_terminal() && set("TERM").is_some_and(|it| it != "dumb");
        Self(terminal && set("NO_COLOR").is_none())
    }

    /// Bold and green.
    pub(crate) fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    /// Bold and red.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// The label of what is broken in red, where something is.
    pub(crate) fn broken(self, table: &str, texts: &Texts) -> String {
        let (label, nothing) = (texts.say("verify-broken"), texts.say("verify-nothing"));
        let line = |line: &str| match line.strip_prefix(&label) {
            Some(rest) if rest.trim() != nothing => {
                format!("{}{rest}\n", self.with("31", &label))
            }
            _ => format!("{line}\n"),
        };
        table.lines().map(line).collect()
    }

    fn with(self, colour: &str, text: &str) -> String {
        match self.0 {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// A text as the beginning of a line.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}

/// Bytes as hexadecimal digits, upper case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_japanese() {
        let row = |cells: [&str; 2]| cells.map(String::from).to_vec();
        let text = table(&[row(["花子", "a"]), row(["taro-", "b"])]);
        assert_eq!(text, "花子   a\ntaro-  b\n");
    }
}
