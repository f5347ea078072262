//! Spellings of options that earlier versions documented: still understood, with a hint at the new one.

use std::ffi::OsString;

/// An option as it was typed before, in one command, and as it is typed now.
struct Old {
    command: &'static str,
    option: &'static str,
    new: &'static str,
}

const OLD: [Old; 7] = [
    Old::of("sign", "--profile", "--filing"),
    Old::of("sign", "--pdf-profile", "--filing moj, --pades"),
    Old::of("verify", "--profile", "--filing"),
    Old::of("verify", "--purpose", "--key"),
    Old::of("face", "--output", "--output-dir"),
    Old::of("face", "-o", "--output-dir"),
    Old::of("face", "--png", "--original"),
];

impl Old {
    const fn of(command: &'static str, option: &'static str, new: &'static str) -> Self {
        Self {
            command,
            option,
            new,
        }
    }

    fn is(&self, word: &str) -> bool {
        let Some(rest) = word.strip_prefix(self.option) else {
            return false;
        };
        rest.is_empty() || rest.starts_with('=') || !self.option.starts_with("--")
    }
}

/// The old spellings of a line, each with the new one; `command` is asked only for a line that may
/// have one, and says `mynacard sign`.
pub(crate) fn spellings(
    line: &[OsString],
    command: impl FnOnce() -> String,
) -> Vec<(&'static str, &'static str)> {
    let typed: Vec<&str> = line
        .iter()
        .skip(1)
        .filter_map(|word| word.to_str())
        .take_while(|word| *word != "--")
        .collect();
    let found = |old: &&Old| typed.iter().any(|word| old.is(word));
    let mut found: Vec<&Old> = OLD.iter().filter(found).collect();
    if !found.is_empty() {
        let command = command();
        let command = command.strip_prefix("mynacard ").unwrap_or_default();
        found.retain(|old| old.command == command);
    }
    found.iter().map(|old| (old.option, old.new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_spellings_are_seen_in_their_command_only() {
        let seen = |line: &str, command: &str| {
            let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            spellings(&line, || command.to_owned())
        };
        assert_eq!(
            seen(
                "mynacard verify --profile=moj --purpose signature a.pdf",
                "mynacard verify"
            ),
            [("--profile", "--filing"), ("--purpose", "--key")]
        );
        assert_eq!(seen("mynacard face -opictures", "mynacard face").len(), 1);
        for (line, command) in [
            ("mynacard verify -- --profile", "mynacard verify"),
            ("mynacard verify --profiles", "mynacard verify"),
            ("mynacard number --purpose tax", "mynacard number"),
            ("mynacard face --output-dir a", "mynacard face"),
            ("mynacard cert auth -o a", "mynacard cert"),
        ] {
            assert!(seen(line, command).is_empty(), "{line}");
        }
    }
}
