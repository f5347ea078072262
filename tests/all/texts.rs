//! The messages of every crate in both languages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Identifiers of a folder of messages, with the variables that each names.
fn messages(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let mut current = String::new();
        for line in source.lines() {
            if let Some((id, _)) = line.split_once(" =")
                && id.starts_with(|c: char| c.is_ascii_lowercase())
            {
                current = id.to_owned();
                let known = messages.insert(current.clone(), BTreeSet::new());
                assert!(known.is_none(), "{id} twice in {}", folder.display());
            }
            for variable in line.split('$').skip(1) {
                let end = variable.find(|c: char| !c.is_ascii_lowercase() && c != '-');
                let name = &variable[..end.unwrap_or(variable.len())];
                let variables: &mut BTreeSet<String> = messages.entry(current.clone()).or_default();
                variables.insert(name.to_owned());
            }
        }
    }
    messages
}

#[test]
fn both_languages_say_the_same_things_about_the_same_values() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (member, least) in [("card-text", 500), ("card-cli", 800)] {
        let of = |language| messages(&root.join(member).join("locales").join(language));
        let (japanese, english) = (of("ja"), of("en"));
        let names = |m: &BTreeMap<String, _>| m.keys().cloned().collect::<BTreeSet<_>>();
        let (ja, en) = (names(&japanese), names(&english));
        let other: Vec<_> = ja.symmetric_difference(&en).collect();
        assert!(other.is_empty(), "{member}: {other:?}");
        for (id, variables) in &english {
            assert_eq!(&japanese[id], variables, "{member}: {id}");
        }
        assert!(english.len() > least, "{member}: {}", english.len());
    }
}
