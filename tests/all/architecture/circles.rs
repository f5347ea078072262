//! The graph of modules of each shipped crate, and the circles in it.
//!
//! An arrow goes from a file to each file whose names it says. A module that only declares others
//! has no arrows, so a folder is no circle with its own files unless they name it.

use std::collections::{BTreeMap, BTreeSet};

use super::source::tree;
use super::*;

/// Modules by name (`serve::job`) with the modules that each names.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Circles of today, by crate and the folders or files that they stay inside.
///
/// `cms` (a time stamp is itself a signed message that is judged) and `pdf` (a view reads objects
/// of the file that it is a view of) are circles of the subject; the others are a parent that its
/// own children name. This list may only shrink.
const KNOWN: &[(&str, &[&str])] = &[
    ("card-core", &["applet::jpki"]),
    ("card-core", &["domain::date"]),
    ("card-core", &["iso"]),
    ("card-core", &["login"]),
    ("card-core", &["pin"]),
    ("card-core", &["trust"]),
    ("card-core", &["trust::cv"]),
    ("card-sign", &["cms"]),
    ("card-sign", &["jws"]),
    ("card-sign", &["pdf"]),
    ("card-sign", &["xml"]),
    ("card-sim", &["applets", "os::file", "persona"]),
    ("card-sim", &["os"]),
    ("card-sim", &["pki"]),
];

#[test]
fn no_module_names_itself_over_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = read(&root.join("Cargo.toml"));
    let mut complaints = Vec::new();
    for name in members(&manifest) {
        if name == "tests" {
            continue;
        }
        let folder = root.join(name).join("src");
        let graph = graph(&folder);
        assert!(
            graph.len() >= 3,
            "{name}: only {} modules found",
            graph.len()
        );
        let mut known: Vec<&[&str]> = KNOWN
            .iter()
            .filter(|known| known.0 == name)
            .map(|known| known.1)
            .collect();
        let circles = circles(&graph);
        // The narrowest first, so that a folder inside another keeps its own row.
        for circle in circles.iter().rev() {
            let place = known.iter().rposition(|known| {
                let inside = |one: &&str| {
                    known.iter().any(|place| {
                        one.strip_prefix(place)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
                    })
                };
                circle.iter().all(inside)
            });
            match place {
                Some(place) => drop(known.remove(place)),
                None => complaints.push(format!("{name}: in a circle: {}", circle.join(", "))),
            }
        }
        let gone = known.iter().map(|circle| circle.join(", "));
        complaints.extend(gone.map(|circle| format!("{name}: no circle any more: {circle}")));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The graph of a crate.
fn graph(folder: &Path) -> Graph {
    let files: Vec<(String, String)> = sources(folder)
        .iter()
        .map(|file| {
            let name = file.strip_prefix(folder).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('/', "::");
            let name = name.strip_suffix("::mod").unwrap_or(&name).to_owned();
            (name, code(&read(file)))
        })
        .collect();
    graph_of(&files)
}

/// The graph of files, by module name with their code; the root is `lib` or `main`.
fn graph_of(files: &[(String, String)]) -> Graph {
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let is_root = |name: &str| matches!(name, "lib" | "main");
    let root = files.iter().find(|(name, _)| is_root(name));
    let shown = root.map_or_else(Vec::new, |(_, code)| {
        paths(&code.replace("pub use ", "pub use crate::"), &[])
    });
    let home = |path: &[String]| -> Option<String> {
        let longest = (1..=path.len()).rev().map(|end| path[..end].join("::"));
        longest
            .into_iter()
            .find(|name| names.contains(name.as_str()))
    };
    let mut graph = Graph::new();
    for (name, code) in files {
        let module: Vec<&str> = name.split("::").filter(|part| !is_root(part)).collect();
        let below: Vec<String> = module.iter().map(ToString::to_string).collect();
        let mut named = paths(code, &module);
        // Modules by the short name that a `use`, or being a child, gives them.
        let child = |other: &&&str| {
            other.rsplit_once("::").map_or("", |(parent, _)| parent) == below.join("::")
        };
        let children = names
            .iter()
            .filter(child)
            .map(|other| other.split("::").map(str::to_owned).collect::<Vec<_>>());
        let used = named
            .iter()
            .filter(|path| names.contains(path.join("::").as_str()));
        let short: BTreeSet<Vec<String>> = used.cloned().chain(children).collect();
        for path in short {
            let Some(last) = path.last().filter(|last| !is_root(last)) else {
                continue;
            };
            let word = format!("{last}::");
            for (at, _) in code.match_indices(&word) {
                let before = code[..at].strip_suffix("self::").unwrap_or(&code[..at]);
                if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                    tree(path.clone(), &code[at + word.len()..], &mut named);
                }
            }
        }
        let arrows = named.iter().filter_map(|path| {
            // What the crate root shows again lives elsewhere.
            let again = shown
                .iter()
                .find(|it| it.len() > 1 && it.last() == path.first());
            home(path).or_else(|| home(again?))
        });
        let arrows = arrows.filter(|other| other != name).collect();
        graph.insert(name.clone(), arrows);
    }
    graph
}

/// Sets of modules from each of which every other of the set can be reached.
fn circles(graph: &Graph) -> Vec<Vec<&str>> {
    let reached = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            for next in graph.get(name).into_iter().flatten() {
                if reached.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        reached
    };
    let all: BTreeMap<&str, BTreeSet<&str>> = graph
        .keys()
        .map(|name| (name.as_str(), reached(name)))
        .collect();
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for (name, reached) in &all {
        if reached.contains(name) && !circles.iter().flatten().any(|known| known == name) {
            let mutual = reached.iter().filter(|other| all[**other].contains(name));
            circles.push(mutual.copied().collect());
        }
    }
    circles
}

#[test]
fn circles_are_found_however_they_are_written() {
    let of = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(name, code)| ((*name).to_owned(), (*code).to_owned()));
        let graph = graph_of(&files.collect::<Vec<_>>());
        let circles = circles(&graph).into_iter().map(|circle| circle.join(" "));
        circles.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(of(&[("a", "use crate::b::B;"), ("b", "")]), "");
    assert_eq!(
        of(&[("a", "use crate::b::B;"), ("b", "crate::a::f()")]),
        "a b"
    );
    assert_eq!(
        of(&[("a", "use crate::b;\nb::f()"), ("b", "use super::a;")]),
        "a b"
    );
    assert_eq!(
        of(&[
            ("a", "mod b;\nfn f() { b::g() }"),
            ("a::b", "use super::T;")
        ]),
        "a a::b"
    );
    assert_eq!(
        of(&[("a", "use self::b::T;"), ("a::b", "use super::T;")]),
        "a a::b"
    );
    assert_eq!(of(&[("a", "mod b;"), ("a::b", "use super::T;")]), "");
    assert_eq!(
        of(&[
            ("a", "use crate::{b, c::C};"),
            ("b", ""),
            ("c", "super::a::f()")
        ]),
        "a c"
    );
    let lib = ("lib", "pub use b::B;");
    assert_eq!(
        of(&[lib, ("a", "use crate::B;"), ("b", "use crate::a::A;")]),
        "a b"
    );
    assert_eq!(
        of(&[
            ("a", "use crate::b::T;"),
            ("b", "use crate::c::T;"),
            ("c", "use crate::a::T;")
        ]),
        "a b c"
    );
}
