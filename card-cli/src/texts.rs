//! Everything the program says, in the user's language: the sentences of `card_text`, and the
//! program's own messages in `locales/`.

pub(crate) use card_text::{Language, Texts};

/// The texts of the program: its advice names its own commands and options.
pub(crate) fn program_texts(language: Language) -> Texts {
    Texts::with_messages(language, &sources(language))
}

/// The texts of `serve`: no command line is theirs. `serve-next-CODE` goes before `rec-CODE`.
pub(crate) fn serve_texts(language: Language) -> Texts {
    let [help, errors, _, output] = sources(language);
    Texts::with_messages(language, &[help, errors, output])
}

fn sources(language: Language) -> [&'static str; 4] {
    match language {
        Language::Japanese => [
            include_str!("../locales/ja/help.ftl"),
            include_str!("../locales/ja/errors.ftl"),
            include_str!("../locales/ja/advice.ftl"),
            include_str!("../locales/ja/output.ftl"),
        ],
        Language::English => [
            include_str!("../locales/en/help.ftl"),
            include_str!("../locales/en/errors.ftl"),
            include_str!("../locales/en/advice.ftl"),
            include_str!("../locales/en/output.ftl"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of a group stand in one `match` of one function.
    #[test]
    fn every_word_is_there() {
        let texts = program_texts(Language::English);
        let body = include_str!("residents.rs")
            .split("fn mistake(")
            .nth(1)
            .unwrap();
        let body = body.split("\n}\n").next().unwrap();
        // Names of facts are no words.
        let words = body.split("=> (").skip(1).filter_map(|arm| {
            let piece = arm.split(',').next()?;
            let word = piece.strip_prefix('"')?.strip_suffix('"')?;
            word.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-')
                .then_some(word)
        });
        let mut seen = 0;
        for word in words {
            seen += 1;
            assert!(texts.has(&format!("mistake-{word}")), "mistake-{word}");
        }
        assert!(seen > 20, "{seen}");
    }

    /// Advice of the program goes before a sentence that there is.
    #[test]
    fn the_programs_advice_replaces_sentences() {
        let (own, library) = (
            include_str!("../locales/en/advice.ftl"),
            Texts::new(Language::English),
        );
        let mut seen = 0;
        for line in own.lines().filter(|line| !line.starts_with(['#', ' '])) {
            let Some((id, _)) = line.split_once(" =") else {
                continue;
            };
            assert!(library.has(id), "{id}");
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }

    /// A desktop program's user is never told an option of the command line.
    #[test]
    fn serve_names_no_command_line() {
        // Of the program alone: residents, setup, transcripts, `sim`, the terminal.
        let elsewhere = |code: &str| {
            let groups = ["persona.", "sim.", "trace.", "setup.", "frame."];
            let alone = [
                "pin.no-terminal",
                "document.unsigned",
                "document.refused",
                "documents.refused",
                "consent.disclosure",
                "purpose.missing",
            ];
            groups.iter().any(|group| code.starts_with(group)) || alone.contains(&code)
        };
        for language in [Language::English, Language::Japanese] {
            let texts = serve_texts(language);
            for (code, _) in crate::exit::every_code() {
                let id = code.replace('.', "-");
                let own = format!("serve-next-{id}");
                let id = match texts.has(&own) {
                    true => own,
                    false => format!("rec-{id}"),
                };
                let said = texts.say(&id);
                let commands =
                    said.contains("`mynacard") || said.contains("`--") || said.contains("(`--");
                assert!(!commands || elsewhere(code), "{id}: {said}");
            }
        }
    }

    #[test]
    fn every_message_that_the_program_names_is_there() {
        let texts = program_texts(Language::English);
        let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![sources];
        let mut named = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for call in ["say(\"", ".with(\"", "said(\""] {
                    for rest in text.split(call).skip(1) {
                        let id = rest.split('"').next().unwrap();
                        if id.contains('-') && !id.contains(['{', ' ']) {
                            named += 1;
                            assert!(texts.has(id), "{id} in {}", path.display());
                        }
                    }
                }
            }
        }
        assert!(named > 50, "{named}");
    }
}
