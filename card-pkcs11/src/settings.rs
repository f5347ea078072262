//! Settings: which tokens exist in this process, how they are called, what cards cannot do.
//!
//! The environment variable `MYNACARD_PKCS11_PROFILE` comes first, then the name of the library
//! (`libcard_pkcs11_sign.so`), then the file `mynacard/pkcs11.conf` of the user and of the system.
//! A set-uid program listens to none of the user's.

use std::fs;
use std::path::PathBuf;

/// Which tokens exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Profile {
    /// The authentication token only; the signature token does not exist.
    #[default]
    Authentication,
    /// The signature token only.
    Signature,
    /// Both, the authentication token first.
    Both,
}

impl Profile {
    /// An unknown word never shows the signature token.
    fn parse(word: &str) -> Self {
        match word.trim() {
            "sign" => Self::Signature,
            "both" => Self::Both,
            _ => Self::Authentication,
        }
    }
}

/// How this process uses the module.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    /// Labels of tokens in Japanese. Not by locale: labels are part of URIs.
    pub(crate) japanese: bool,
    /// Whether a PIN may be typed on a reader with a keypad.
    pub(crate) pinpad: bool,
    /// Where cards without PSS are remembered; none for a set-uid program.
    memory: Option<PathBuf>,
    /// Answers to reset of kinds of cards that refused PSS.
    without_pss: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            japanese: false,
            pinpad: true,
            memory: None,
            without_pss: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads environment and files, once for each C_Initialize.
    pub(crate) fn read() -> Self {
        let trusted = !privileged();
        let variable = |name| std::env::var(name).ok().filter(|_| trusted);
        let home = |name, below: &str| {
            let absolute = |text: String| Some(PathBuf::from(text)).filter(|p| p.is_absolute());
            variable(name)
                .and_then(absolute)
                .or_else(|| Some(variable("HOME").and_then(absolute)?.join(below)))
        };
        let mut settings = Self::default();
        let program = std::env::current_exe().unwrap_or_default();
        let program = program.file_name().unwrap_or_default().to_string_lossy();
        let user = home("XDG_CONFIG_HOME", ".config").map(|folder| folder.join(FILE));
        for file in [Some(PathBuf::from("/etc").join(FILE)), user]
            .into_iter()
            .flatten()
        {
            settings.apply(&fs::read_to_string(file).unwrap_or_default(), &program);
        }
        if loaded_as_sign() {
            settings.profile = Profile::Signature;
        }
        if let Some(word) = variable("MYNACARD_PKCS11_PROFILE") {
            settings.profile = Profile::parse(&word);
        }
        settings.memory =
            home("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("mynacard/no-pss"));
        if let Some(memory) = &settings.memory {
            let known = fs::read_to_string(memory).unwrap_or_default();
            settings.without_pss = known.lines().map(str::to_owned).collect();
        }
        settings
    }

    /// Lines `profile = WORD`, `program NAME = WORD`, `labels = en|ja` and `pinpad = yes|no`; `#`
    /// begins a comment.
    fn apply(&mut self, text: &str, program: &str) {
        let mut rule = None;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let words: Vec<&str> = name.split_whitespace().collect();
            match words[..] {
                ["profile"] => self.profile = Profile::parse(value),
                ["labels"] => self.japanese = value.trim() == "ja",
                ["pinpad"] => self.pinpad = value.trim() != "no",
                ["program", name] if name == program => rule = Some(Profile::parse(value)),
                _ => {}
            }
        }
        self.profile = rule.unwrap_or(self.profile);
    }

    /// Whether PSS is offered for cards with this answer to reset.
    pub(crate) fn offers_pss(&self, atr: &[u8]) -> bool {
        !self.without_pss.contains(&hex(atr))
    }

    /// Remembers for the next start that cards with this answer to reset refuse PSS.
    pub(crate) fn refuses_pss(&self, atr: &[u8]) {
        let Some(memory) = self.memory.as_ref().filter(|_| self.offers_pss(atr)) else {
            return;
        };
        let known = fs::read_to_string(memory).unwrap_or_default();
        if known.lines().any(|line| line == hex(atr)) {
            return;
        }
        // A memory that cannot be written costs one more refused signature at the next start.
        if let Some(folder) = memory.parent() {
            let _ = fs::create_dir_all(folder);
        }
        let _ = fs::write(memory, format!("{known}{}\n", hex(atr)));
    }
}

const FILE: &str = "mynacard/pkcs11.conf";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the program runs with more rights than its caller (AT_SECURE of the kernel).
fn privileged() -> bool {
    // Where it cannot be found out, the environment is not believed.
    cfg!(target_os = "linux") && fs::read("/proc/self/auxv").map_or(true, |vector| secure(&vector))
}

/// Whether the auxiliary vector of a process says so.
fn secure(vector: &[u8]) -> bool {
    const AT_SECURE: usize = 23;
    let (words, _) = vector.as_chunks::<{ size_of::<usize>() }>();
    let mut words = words.iter().map(|word| usize::from_ne_bytes(*word));
    while let (Some(key), Some(value)) = (words.next(), words.next()) {
        if key == AT_SECURE {
            return value != 0;
        }
    }
    false
}

/// Whether this library was loaded from a file called `libcard_pkcs11_sign.so`.
fn loaded_as_sign() -> bool {
    let own = loaded_as_sign as fn() -> bool as usize;
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().any(|line| {
        let range = line
            .split(' ')
            .next()
            .and_then(|range| range.split_once('-'));
        let inside = range.is_some_and(|(from, to)| {
            let bound = |text| usize::from_str_radix(text, 16).unwrap_or(0);
            (bound(from)..bound(to)).contains(&own)
        });
        inside && line.ends_with("/libcard_pkcs11_sign.so")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_for_the_program_wins_and_unknown_words_hide_the_signature_token() {
        let text = "profile = both # for all\nprogram soffice.bin = sign\nlabels = ja\nodd\n";
        let profile = |text: &str, program: &str| {
            let mut settings = Settings::default();
            settings.apply(text, program);
            (settings.profile, settings.japanese)
        };
        assert_eq!(profile(text, "soffice.bin"), (Profile::Signature, true));
        assert_eq!(profile(text, "firefox"), (Profile::Both, true));
        let pinpad = |text: &str| {
            let mut settings = Settings::default();
            settings.apply(text, "firefox");
            settings.pinpad
        };
        assert!(pinpad("") && pinpad("pinpad = yes") && !pinpad("pinpad = no"));
        for odd in [
            "profile = SIGN",
            "profile = all",
            "profile =",
            "program = sign",
        ] {
            assert_eq!(profile(odd, "firefox").0, Profile::Authentication, "{odd}");
        }
    }

    #[test]
    fn tests_run_without_more_rights_and_under_another_name() {
        assert!(!privileged() && !loaded_as_sign());
        let vector = |value: usize| {
            let words = [6, 4096, 23, value, 0, 0];
            words
                .into_iter()
                .flat_map(usize::to_ne_bytes)
                .collect::<Vec<_>>()
        };
        assert!(secure(&vector(1)) && !secure(&vector(0)) && !secure(&[]));
    }

    #[test]
    fn a_card_without_pss_is_remembered_for_the_next_start() {
        let folder = std::env::temp_dir().join(format!("card-pkcs11-{}", std::process::id()));
        let memory = folder.join("no-pss");
        let settings = Settings {
            memory: Some(memory.clone()),
            ..Settings::default()
        };
        settings.refuses_pss(&[0x3B, 1]);
        settings.refuses_pss(&[0x3B, 1]);
        assert_eq!(fs::read_to_string(&memory).unwrap(), "3b01\n");
        fs::remove_dir_all(folder).unwrap();
    }
}
