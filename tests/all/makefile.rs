//! The Makefile's package lists: each target installs what it needs and no more, and every program
//! that a test starts is in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `make -n TARGET` would do in an empty environment, line by line.
fn plan(target: &str) -> Vec<String> {
    let make = Command::new("make")
        .args(["-n", target])
        .current_dir(root())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("make (Debian package make)");
    let text = String::from_utf8(make.stdout).expect("text");
    assert!(make.status.success(), "make -n {target}: {text}");
    text.lines().map(str::to_owned).collect()
}

/// The packages and the components of the toolchain that a target installs.
fn needs(target: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let plan = plan(target);
    let of = |script: &str| {
        let lines = plan.iter().filter_map(|line| line.strip_prefix(script));
        lines
            .flat_map(str::split_whitespace)
            .map(str::to_owned)
            .collect()
    };
    (of("packaging/needs"), of("packaging/toolchain"))
}

fn set(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// Beside whom our figures stand.
const PEERS: &str =
    "fonts-ipaexfont-gothic openssl poppler-utils python3 python3-cryptography xmlsec1";

#[test]
fn each_target_installs_what_it_needs_and_no_more() {
    let build = set("gcc libc6-dev libpcsclite-dev pkg-config");
    let lints = set("clippy rustfmt");
    for (target, more, components) in [
        ("demo", "", &set("")),
        ("bench", PEERS, &set("")),
        ("instructions", "valgrind", &set("")),
        ("build", "", &set("")),
        ("install", "", &set("")),
        ("deb", "dpkg-dev", &set("")),
        ("check", "", &lints),
        ("fuzz", "g++", &set("")),
        ("simulated", "debootstrap", &set("")),
    ] {
        let wanted: BTreeSet<String> = build.union(&set(more)).cloned().collect();
        assert_eq!(needs(target), (wanted, components.clone()), "{target}");
    }
    let (deps, components) = needs("deps");
    assert!(components.is_empty());
    assert!(deps.is_superset(&build));
    assert_eq!(needs("test"), (deps.clone(), lints), "test");
    let more = set("libbcpkix-java botan strongswan-pki");
    let judges = deps.union(&more).cloned().collect();
    assert_eq!(needs("judges").0, judges, "judges");
    assert_eq!(needs("dss").0, deps, "dss");
    let trixie = deps.union(&set("debootstrap")).cloned().collect();
    assert_eq!(needs("trixie").0, trixie, "trixie");
    assert_eq!(needs("endurance").0, deps, "endurance");
    assert_eq!(needs("logins").0, deps, "logins");
    assert_eq!(needs("mutants").0, deps, "mutants");
    let more = set("g++ libreoffice-core-nogui python3-uno");
    let clients = deps.union(&more).cloned().collect();
    assert_eq!(needs("clients").0, clients, "clients");
    let more = set("chromium firefox-esr xdotool xvfb");
    let browsers = deps.union(&more).cloned().collect();
    assert_eq!(needs("browsers").0, browsers, "browsers");
    let valgrind = deps.union(&set("valgrind")).cloned().collect();
    assert_eq!(needs("valgrind").0, valgrind, "valgrind");
}

#[test]
fn the_scripts_are_there_before_anything_is_built() {
    for target in [
        "demo",
        "test",
        "check",
        "judges",
        "dss",
        "trixie",
        "simulated",
        "valgrind",
        "endurance",
        "logins",
        "bench",
        "instructions",
        "fuzz",
        "mutants",
        "deps",
    ] {
        let plan = plan(target);
        assert!(
            plan[0].starts_with("packaging/needs "),
            "{target}: {plan:?}"
        );
        assert!(plan[1].starts_with("packaging/toolchain"), "{target}");
    }
}

/// Programs that tests start, and the Debian package of each. Empty: every Debian system has it.
const TOOLS: &[(&str, &str)] = &[
    ("dpkg-query", ""),
    ("java", "default-jdk-headless"),
    ("make", ""), // README: the first line to type
    ("mkfifo", ""),
    ("openssl", "openssl"),
    ("pdfsig", "poppler-utils"),
    ("pdftotext", "poppler-utils"),
    ("qpdf", "qpdf"),
    ("readelf", "binutils"),
    ("sh", ""),
    ("stdbuf", ""),
    ("timeout", ""),
    ("/usr/bin/python3", "python3"),
];

/// `kill` was one: package procps, which a bare machine does not have. So no test may start a
/// program that this list does not know, or whose package the Makefile does not install.
#[test]
fn every_program_that_tests_start_is_in_the_lists() {
    let (deps, _) = needs("deps");
    let mut unknown = Vec::new();
    for folder in ["card-cli", "card-core", "card-sign", "card-sim", "tests"] {
        for file in sources(&root().join(folder)) {
            let text = fs::read_to_string(&file).expect("a source");
            for rest in text.split("Command::new(\"").skip(1) {
                let program = rest.split('"').next().unwrap_or_default();
                match TOOLS.iter().find(|(known, _)| *known == program) {
                    Some((_, package)) if package.is_empty() || deps.contains(*package) => {}
                    _ => unknown.push(format!("{program} in {}", file.display())),
                }
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

/// Packages that a test names beside a program, and that are no part of every Debian system.
#[test]
fn every_package_that_tests_name_is_in_the_lists() {
    let (deps, _) = needs("deps");
    let mut named = BTreeSet::new();
    for folder in ["card-sign", "tests"] {
        for file in sources(&root().join(folder)) {
            let text = fs::read_to_string(&file).expect("a source");
            // Without spaces, so that line ends do not matter.
            let text: String = text.split_whitespace().collect();
            for before in ["package:\"", "content(bench,\"", "content(&bench,\""] {
                let words = text.split(before).skip(1);
                named.extend(words.filter_map(|rest| Some(rest.split('"').next()?.to_owned())));
            }
        }
    }
    for other in ["bsdutils", "no-such-package", "none:cargobuildsit"] {
        named.remove(other);
    }
    named.retain(|name| !name.contains('\\'));
    assert!(named.len() > 8, "{named:?}");
    let missing: Vec<_> = named.difference(&deps).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A missing tool fails here with the name of its package, whatever the other tests say.
#[test]
fn every_program_that_tests_start_is_installed() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there =
        |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    let missing: Vec<String> = TOOLS
        .iter()
        .filter(|(program, _)| !there(program))
        .map(|(program, package)| format!("{program}: apt install {package}"))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push(path);
        }
    }
    all
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `make fuzz` builds with `--locked`, and nothing else notices that a dependency was added.
#[test]
fn the_lock_file_of_the_fuzz_targets_knows_every_dependency() {
    let lock = fs::read_to_string(root().join("fuzz/Cargo.lock")).unwrap();
    for name in ["card-core", "card-sign"] {
        let locked = lock.split("[[package]]").find_map(|package| {
            let package = package.trim_start();
            package.strip_prefix(&format!("name = \"{name}\"\n"))
        });
        let locked = locked.unwrap();
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
        let own = rest.split("\n[").next().unwrap();
        let keys = own.lines().filter(|line| !line.starts_with('#'));
        let keys: Vec<_> = keys
            .filter_map(|line| line.split(['.', ' ']).next())
            .collect();
        assert!(keys.len() > 5, "{name}: {keys:?}");
        for key in keys.iter().filter(|key| !key.is_empty()) {
            // Two versions of one crate are told apart behind the name.
            let entry = [format!("\"{key}\""), format!("\"{key} ")];
            assert!(
                entry.iter().any(|entry| locked.contains(entry)),
                "cargo fetch --manifest-path fuzz/Cargo.toml: {name} needs {key}"
            );
        }
    }
}
