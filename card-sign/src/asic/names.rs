//! Names of files in a container: what every system shows, and unpacks, as the same.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

use super::rules::reason;
use crate::report::Reason;

/// Names that no system takes for one another.
///
/// Folded, and with the lowest of all characters, which no name has, in place of slashes: what is in a
/// folder comes right behind the name of that folder. So only two neighbours of a name are looked
/// at, and no folder is kept by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

const SLASH: char = '\0';

impl Names {
    /// Adds the name of a file.
    ///
    /// # Errors
    ///
    /// Those of [`Names::fit`].
    pub(super) fn add(&mut self, name: &str) -> Result<(), Reason> {
        let folded = self.fit(name)?;
        self.0.insert(folded);
        Ok(())
    }

    /// Whether a name may be added; it comes back folded.
    ///
    /// # Errors
    ///
    /// [`reason::NAME`], [`reason::NAME_TWICE`].
    pub(super) fn fit(&self, name: &str) -> Result<String, Reason> {
        if !is_safe(name) {
            return Err(reason::NAME);
        }
        let folded = folded(name).replace('/', &SLASH.to_string());
        // A folder is a name too: nothing unpacks a file and a folder of one name.
        let is_in = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(SLASH))
        };
        let before = self.0.range(..=folded.clone()).next_back();
        let behind = self.0.range(folded.clone()..).next();
        let taken = before.is_some_and(|before| is_in(&folded, before))
            || behind.is_some_and(|behind| is_in(behind, &folded));
        match taken {
            true => Err(reason::NAME_TWICE),
            false => Ok(folded),
        }
    }
}

/// Whether a name stays inside its folder on every system, and is shown as it is.
fn is_safe(name: &str) -> bool {
    // Windows writes another character for these, or opens another file.
    let windows = |c: char| matches!(c, '\\' | ':' | '<' | '>' | '"' | '|' | '?' | '*');
    name.len() <= MAX_NAME
        && !name.contains(|c: char| c.is_control() || windows(c) || is_unseen(c))
        // Windows drops dots and spaces at the end.
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.ends_with(['.', ' ']))
}

/// Characters that are not seen, or change the order of those that are; and the one that stands
/// for what could not be read.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffd}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// What systems compare that do not tell case, or composed characters from decomposed ones.
///
/// Variants of one character look alike, so they are one here.
fn folded(name: &str) -> String {
    let variant = |c: &char| matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let upper: String = name
        .nfd()
        .filter(|c| !variant(c))
        .flat_map(char::to_uppercase)
        .collect();
    upper.chars().flat_map(char::to_lowercase).nfd().collect()
}

/// In bytes.
const MAX_NAME: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_system_changes_are_refused() {
        for (name, right) in [
            ("契約書.pdf", true),
            ("a/b c (1)%+&'.txt", true),
            (".hidden", true),
            ("葛\u{e0100}城.txt", true),
            ("", false),
            ("/etc/passwd", false),
            ("../x", false),
            ("a/../x", false),
            ("a/./x", false),
            ("a//x", false),
            ("a/", false),
            ("a\\x", false),
            ("C:x", false),
            ("x:stream", false),
            ("x?.txt", false),
            ("x.txt.", false),
            ("x ", false),
            ("a./x", false),
            ("x\0", false),
            ("x\n", false),
            ("x\u{9f}", false),
            ("a\u{202e}fdp.exe", false),
            ("a\u{200b}b", false),
            ("a\u{fffd}", false),
        ] {
            let added = Names::default().add(name);
            assert_eq!(
                added,
                if right { Ok(()) } else { Err(reason::NAME) },
                "{name:?}"
            );
        }
        assert!(Names::default().add(&"a".repeat(1024)).is_ok());
        assert!(Names::default().add(&"a".repeat(1025)).is_err());
    }

    #[test]
    fn names_that_some_system_takes_for_one_are_refused() {
        for (first, second, one) in [
            ("a.txt", "a.txt", true),
            ("a.txt", "A.TXT", true),
            ("ガ.txt", "カ\u{3099}.txt", true),
            ("É", "e\u{301}", true),
            ("straße", "STRASSE", true),
            ("葛\u{e0100}.txt", "葛.txt", true),
            ("a", "a/b", true),
            ("a/b", "A", true),
            ("x/a", "y/a", false),
            ("a/b", "a/c", false),
            ("A/b", "a/c", false),
            ("ア", "ｱ", false),
        ] {
            let mut names = Names::default();
            names.add(first).unwrap();
            let added = names.add(second);
            let expected = if one { Err(reason::NAME_TWICE) } else { Ok(()) };
            assert_eq!(added, expected, "{first} {second}");
        }
    }

    /// The order of the characters next to a slash makes no difference.
    #[test]
    fn a_file_and_a_folder_of_one_name_are_found_among_others() {
        let others = [
            "a!b",
            "a b",
            "a-",
            "a.b",
            "a0",
            "ab/c",
            "b/a",
            "A.x/y",
            "a\u{3099}",
        ];
        for (first, second) in [
            ("a", "a/b/c"),
            ("a/b/c", "a"),
            ("a/b", "a/b/c"),
            ("a/b/c", "A/B"),
        ] {
            let mut names = Names::default();
            names.add(first).unwrap();
            for other in others {
                names.add(other).unwrap();
            }
            assert_eq!(names.add(second), Err(reason::NAME_TWICE), "{second}");
            names
                .add("a/d")
                .map_or_else(|_| assert_eq!(first, "a"), |()| assert_ne!(first, "a"));
        }
    }

    /// Of a container of ten megabytes, folders that are kept by themselves would take two gigabytes.
    #[test]
    fn names_in_many_folders_take_no_more_room_than_they_have() {
        let mut names = Names::default();
        let mut given = 0;
        for number in 0..100 {
            let name = format!("{number:03}{}", "/a".repeat(500));
            names.add(&name).unwrap();
            given += name.len();
        }
        assert_eq!(names.0.iter().map(String::len).sum::<usize>(), given);
    }
}
