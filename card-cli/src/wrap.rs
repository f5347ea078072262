//! Lines as wide as the terminal, broken where English and Japanese allow it. A command between
//! backticks stays whole, so that it can be copied.

use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a terminal; `None` of files and pipes, whose lines stay as they are.
pub(crate) fn columns(stream: impl AsFd) -> Option<usize> {
    let size = tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// A text for a stream: broken at the width of a terminal, elsewhere as it is.
pub(crate) fn fitted(text: &str, stream: impl AsFd) -> String {
    columns(stream).map_or_else(|| text.to_owned(), |width| wrapped(text, width))
}

/// Each line broken at a width. What follows begins where the last cell of a table begins, else where
/// the line does. A command to type (`$ …`) is not broken.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let wrap = |line: &str| match line.trim_start().starts_with("$ ") {
        true => line.to_owned(),
        false => hanging(line, margin(line, width), width),
    };
    let end = if text.ends_with('\n') { "\n" } else { "" };
    text.lines().map(wrap).collect::<Vec<_>>().join("\n") + end
}

/// One line broken at a width; what follows begins at column `margin`.
pub(crate) fn hanging(line: &str, margin: usize, width: usize) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for piece in pieces(line) {
        if column > margin && column + breadth(piece.trim_end()) > width {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', margin));
            column = margin;
        }
        text += piece;
        column += breadth(piece);
    }
    text
}

/// Paragraphs of a text in which line ends stand for nothing but the width of their file. Lines with
/// cells, two spaces apart, stay alone.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        match all.last_mut().filter(|last| !celled(last) && !celled(line)) {
            Some(last) => {
                let ends = last.chars().last().zip(line.chars().next());
                if ends.is_some_and(|(one, other)| !wide(one) && !wide(other)) {
                    last.push(' ');
                }
                last.push_str(line);
            }
            None => all.push(line.to_owned()),
        }
    }
    all
}

/// A line with a mark wherever it may be broken without a space.
pub(crate) fn marked(line: &str, mark: &str) -> String {
    let mut text = String::new();
    for piece in pieces(line) {
        if !(text.is_empty() || text.ends_with(' ')) {
            text += mark;
        }
        text += piece;
    }
    text
}

/// Columns that a text takes, colours (`ESC [ … m`) aside.
fn breadth(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let plain = parts.next().map_or(0, str::width);
    let behind = parts.filter_map(|part| part.split_once('m'));
    plain + behind.map(|(_, part)| part.width()).sum::<usize>()
}

fn celled(line: &str) -> bool {
    line.trim_start().contains("  ")
}

/// Where the last cell begins, unless that leaves less than half of the width.
fn margin(line: &str, width: usize) -> usize {
    let indented = breadth(line) - breadth(line.trim_start());
    let cell = line.trim_end().rfind("  ").map(|at| at + 2);
    let cell = cell.and_then(|at| line.get(..at)).map(breadth);
    cell.filter(|column| *column <= width / 2)
        .unwrap_or(indented)
}

/// A line in pieces between which it may be broken.
fn pieces(line: &str) -> Vec<&str> {
    let (mut pieces, mut begun, mut quoted) = (Vec::new(), 0, false);
    let mut before = None;
    for (at, sign) in line.char_indices() {
        if !quoted && before.is_some_and(|before| may_break(before, sign)) {
            pieces.extend(line.get(begun..at));
            begun = at;
        }
        quoted ^= sign == '`';
        before = Some(sign);
    }
    pieces.extend(line.get(begun..));
    pieces
}

/// Whether a line may end between two characters.
fn may_break(before: char, after: char) -> bool {
    if before == ' ' || after == ' ' {
        return after != ' ';
    }
    (wide(before) || wide(after))
        && !before.is_ascii_digit()
        && !OPENING.contains(before)
        && !CLOSING.contains(after)
}

fn wide(sign: char) -> bool {
    sign.width() == Some(2)
}

/// No line ends with these (行末禁則), and none begins with those (行頭禁則).
const OPENING: &str = "（「『【［〈《〔([{<*'\"";
const CLOSING: &str =
    "、。，．・：；？！）」』】］〉》〕…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}>%*'\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_breaks_at_spaces_and_commands_stay_whole() {
        let text = "Cards of tests need `--trust jlis-test`, others `--trust DIR`.\n";
        assert_eq!(
            wrapped(text, 30),
            "Cards of tests need\n`--trust jlis-test`, others\n`--trust DIR`.\n"
        );
        let line = "    $ sudo apt update && sudo apt install libccid";
        assert_eq!(wrapped(line, 20), line);
    }

    #[test]
    fn japanese_breaks_between_characters_but_not_before_closing_ones() {
        assert_eq!(wrapped("これは、試験です。", 8), "これは、\n試験で\nす。");
        assert_eq!(wrapped("残りは「3回」です", 8), "残りは\n「3回」\nです");
    }

    #[test]
    fn what_follows_a_cell_stands_below_it() {
        assert_eq!(
            wrapped("未確認  失効と規則 1 件", 16),
            "未確認  失効と規\n        則 1 件"
        );
        // A column that leaves too little is none.
        assert_eq!(
            wrapped("a very long label  and more", 20),
            "a very long label\nand more"
        );
        let red = "\u{1b}[31mlabel\u{1b}[0m  one two";
        assert_eq!(wrapped(red, 14), red);
        assert_eq!(wrapped("  → one two three", 12), "  → one two\n  three");
    }

    #[test]
    fn lines_of_a_file_become_paragraphs() {
        assert_eq!(
            paragraphs("one\ntwo\nauth  x\nsign  y\nthree"),
            ["one two", "auth  x", "sign  y", "three"]
        );
        assert_eq!(
            paragraphs("証明に\n失敗。pdf と\nXML"),
            ["証明に失敗。pdf とXML"]
        );
    }

    #[test]
    fn places_to_break_are_marked() {
        assert_eq!(marked("表示 します（a）", "|"), "表|示 し|ま|す|（a）");
        assert_eq!(marked("no place here", "|"), "no place here");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = include_str!("../locales/ja/help.ftl");
        for line in wrapped(text, 60).lines() {
            let whole = pieces(line.trim()).len() == 1;
            assert!(line.width() <= 60 || whole, "{line}");
        }
    }
}
