//! Everything the program says, in the user's language: messages of the files in `locales/`.

use std::str::FromStr;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::args::values::NoValue;

/// A language of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// 日本語.
    Japanese,
    /// English.
    English,
}

impl Language {
    /// The language of the environment: Japanese where the first of these variables that is set
    /// and not empty begins with `ja`.
    pub(crate) fn of_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        match set {
            Some(locale) if locale.as_encoded_bytes().starts_with(b"ja") => Self::Japanese,
            _ => Self::English,
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        let name = match self {
            Self::Japanese => "ja",
            Self::English => "en",
        };
        // Both are well-formed; without a language, plurals are those of no language.
        name.parse().unwrap_or_default()
    }

    fn sources(self) -> [&'static str; 5] {
        match self {
            Self::Japanese => [
                include_str!("../locales/ja/help.ftl"),
                include_str!("../locales/ja/errors.ftl"),
                include_str!("../locales/ja/output.ftl"),
                include_str!("../locales/ja/reasons.ftl"),
                include_str!("../locales/ja/documents.ftl"),
            ],
            Self::English => [
                include_str!("../locales/en/help.ftl"),
                include_str!("../locales/en/errors.ftl"),
                include_str!("../locales/en/output.ftl"),
                include_str!("../locales/en/reasons.ftl"),
                include_str!("../locales/en/documents.ftl"),
            ],
        }
    }
}

impl FromStr for Language {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        match text {
            "ja" => Ok(Self::Japanese),
            "en" => Ok(Self::English),
            _ => Err(NoValue),
        }
    }
}

/// The texts of one language.
pub(crate) struct Texts {
    bundle: FluentBundle<FluentResource>,
    language: Language,
}

impl Texts {
    /// Reads the texts that are compiled in.
    pub(crate) fn new(language: Language) -> Self {
        let mut bundle = FluentBundle::new(vec![language.identifier()]);
        // Inserted values would carry invisible marks, which end up in copied paths.
        bundle.set_use_isolating(false);
        for source in language.sources() {
            // A mistake in a source is found by the tests below; here what is good is used.
            let resource = FluentResource::try_new(source.into());
            let resource = resource.unwrap_or_else(|(good, _)| good);
            let _ = bundle.add_resource(resource);
        }
        Self { bundle, language }
    }

    /// Which language it is.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// Whether there is such a message.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// A message without variables; the identifier itself where there is none.
    pub(crate) fn say(&self, id: &str) -> String {
        self.with(id, [])
    }

    /// A message with its variables filled in.
    pub(crate) fn with<'v>(
        &self,
        id: &str,
        values: impl IntoIterator<Item = (&'v str, FluentValue<'v>)>,
    ) -> String {
        let Some(pattern) = self
            .bundle
            .get_message(id)
            .and_then(|message| message.value())
        else {
            return id.to_owned();
        };
        let arguments: FluentArgs<'_> = values.into_iter().collect();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut Vec::new())
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const BOTH: [Language; 2] = [Language::Japanese, Language::English];

    /// Identifiers of a language with the variables that each message names.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut messages = BTreeMap::new();
        for source in language.sources() {
            FluentResource::try_new(source.into()).unwrap();
            let mut current = String::new();
            for line in source.lines() {
                if let Some((id, _)) = line.split_once(" =")
                    && id.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    current = id.to_owned();
                    assert!(
                        messages.insert(current.clone(), BTreeSet::new()).is_none(),
                        "{id} twice"
                    );
                }
                for variable in line.split('$').skip(1) {
                    let end = variable.find(|c: char| !c.is_ascii_lowercase() && c != '-');
                    let name = &variable[..end.unwrap_or(variable.len())];
                    messages
                        .entry(current.clone())
                        .or_default()
                        .insert(name.to_owned());
                }
            }
        }
        messages
    }

    #[test]
    fn both_languages_say_the_same_things_about_the_same_values() {
        let [japanese, english] = BOTH.map(messages);
        let names = |m: &BTreeMap<String, _>| m.keys().cloned().collect::<BTreeSet<_>>();
        let (ja, en) = (names(&japanese), names(&english));
        assert_eq!(
            ja.symmetric_difference(&en).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        for (id, variables) in &english {
            assert_eq!(&japanese[id], variables, "{id}");
        }
    }

    /// Words of a group stand in one `match` of one function each.
    #[test]
    fn every_word_is_there() {
        let english = messages(Language::English);
        let (facts, residents) = (include_str!("facts.rs"), include_str!("residents.rs"));
        let mut seen = 0;
        for (source, function, group) in [
            (facts, "fn pin_word(", "pin"),
            (facts, "fn certificate_word(", "certificate"),
            (facts, "fn application_word(", "application"),
            (facts, "fn step_word(", "step"),
            (facts, "fn reason(", "reason"),
            (facts, "fn origin_word(", "origin"),
            (facts, "fn root_word(", "root"),
            (residents, "fn mistake(", "mistake"),
        ] {
            let body = source
                .split(function)
                .nth(1)
                .unwrap()
                .split("\n}\n")
                .next()
                .unwrap();
            // Names of facts are no words.
            let body = body
                .replace("telling(\"", "")
                .replace(&format!("\"{group}\""), "");
            let words = body.split([' ', '(', ')', ',', '\n']).filter_map(|piece| {
                let word = piece.strip_prefix('"')?.strip_suffix('"')?;
                word.bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-')
                    .then_some(word)
            });
            for word in words {
                seen += 1;
                assert!(
                    english.contains_key(&format!("{group}-{word}")),
                    "{group}-{word}"
                );
            }
        }
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn every_message_that_the_program_names_is_there() {
        let english = messages(Language::English);
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
                            assert!(english.contains_key(id), "{id} in {}", path.display());
                        }
                    }
                }
            }
        }
        assert!(named > 50, "{named}");
    }
}
