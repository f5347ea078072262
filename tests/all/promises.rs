//! Every promise of `SECURITY.md` names tests that hold it, and those tests are there.

use std::fs;
use std::path::Path;

/// Promises of the section that makes them, each with the tests that it names.
fn promises(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let section = page.split("## How, and what holds it").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let promise = |text: &str| {
        let tests = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|name| name.split_once(".rs: "))
            .map(|(file, test)| (format!("{file}.rs"), test.to_owned()));
        (text.lines().next().unwrap().to_owned(), tests.collect())
    };
    section.split("\n- ").skip(1).map(promise).collect()
}

/// What is wrong with the tests that a promise names.
fn missing(root: &Path, tests: &[(String, String)]) -> Option<String> {
    if tests.is_empty() {
        return Some("names no test".to_owned());
    }
    tests
        .iter()
        .find_map(|(file, test)| {
            let text = fs::read_to_string(root.join(file)).unwrap_or_default();
            let at = text.find(&format!("fn {test}("))?;
            // The attribute may have others between it and the function.
            let before = text.get(at.saturating_sub(200)..at).unwrap_or_default();
            (!before.contains("#[test]")).then(|| format!("{file}: {test} is no test"))
        })
        .or_else(|| {
            let absent = |(file, test): &&(String, String)| {
                let text = fs::read_to_string(root.join(file)).unwrap_or_default();
                !text.contains(&format!("fn {test}("))
            };
            let (file, test) = tests.iter().find(absent)?;
            Some(format!("{file}: {test} is not there"))
        })
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let promises = promises(&page);
    assert!(promises.len() >= 9, "{}", promises.len());
    for (promise, tests) in promises {
        assert_eq!(missing(root, &tests), None, "{promise}");
    }
}

#[test]
fn a_promise_without_a_test_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = "## How, and what holds it\n\n- One.\n  Held by `tests/all/promises.rs: missing`.\n\
                - Two.\n- Three `tests/all/promises.rs: nothing_here`.\n\n## Next\n- no promise";
    let promises = promises(page);
    let wrong: Vec<_> = promises
        .iter()
        .map(|(_, tests)| missing(root, tests))
        .collect();
    assert_eq!(wrong.len(), 3);
    assert!(wrong.iter().all(Option::is_some), "{wrong:?}");
}

/// Files that the pages of proof and of testing name are there.
#[test]
fn what_the_pages_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for page in ["docs/proven.md", "docs/guide/testing.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let is_path = |word: &&str| {
            let ends = [".rs", ".md", ".yml", ".py", ".c", ".sh"];
            word.contains('/') && !word.contains(' ') && ends.iter().any(|end| word.ends_with(end))
        };
        let paths: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_path).collect();
        assert!(paths.len() > 2, "{page}");
        for path in paths {
            assert!(root.join(path).exists(), "{page}: {path}");
        }
    }
}
