//! The drawing of who may name whom, held against every source line of the shipped crates.
//!
//! The rules work on text: comments and the tests at the bottom of a file are cut off, paths are
//! found as `crate::…`, `super::…` and the names of crates. That is enough as long as nobody wants
//! to cheat. Every rule is first shown to fail on a small bad example.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::{code, paths, says};

/// The layers inside `card-core`, top first. A module may name those of its own layer and below;
/// `applet` is the exception inside its layer, see [`judge`].
const LAYERS: [&[&str]; 7] = [
    &["login", "genuine", "handling"],
    &["applet"],
    &["card", "channel", "readers"],
    &["pin", "observe", "transport"],
    &["iso"],
    &["certificate", "trust", "signature"],
    &["domain", "digest", "secret", "error"],
];

/// What names something above itself all the same, and why.
const LENT: [(&str, &str, &str); 3] = [
    ("card", "applet", "a transaction lends applications"),
    ("readers", "applet", "a card is chosen by its card number"),
    ("error", "", "one error carries the problems of every layer"),
];

/// The shipped crates and which of ours each may depend on.
const CRATES: [(&str, &[&str]); 5] = [
    ("card-core", &[]),
    ("card-sign", &["card-core"]),
    ("card-pkcs11", &["card-core"]),
    ("card-sim", &["card-core"]),
    ("card-cli", &["card-core", "card-sign", "card-sim"]),
];

/// Words of Rust that belong to few files: the word, the crates in which it is looked for (empty:
/// all), the files that may say it, and what to do instead.
const WORDS: [(&[&str], &[&str], &[&str], &str); 6] = [
    (
        &["pcsc::"],
        &[],
        &["card-core/src/transport/pcsc.rs"],
        "the reader is behind `Transport`",
    ),
    (
        &["card_core"],
        &["card-sim"],
        &["card-sim/src/front/in_process.rs"],
        "the simulator is a second opinion and shares no code",
    ),
    (
        &["to_wire"],
        &["card-core"],
        &["card-core/src/channel.rs"],
        "only the channel has a wire",
    ),
    (
        &["print!", "println!", "eprint!", "eprintln!", "dbg!"],
        &["card-core", "card-sign", "card-pkcs11", "card-sim"],
        &["card-sim/src/bin/card-sim.rs"],
        "a library returns, a program prints",
    ),
    (
        &[
            "std::net",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
        ],
        &[],
        &["card-sim/src/front/vpcd.rs", "card-cli/src/http.rs"],
        "no network",
    ),
    (
        &[
            "Rc<",
            "Arc<Mutex",
            "thread_local!",
            "static mut",
            "OnceLock",
            "LazyLock",
        ],
        &["card-core"],
        &[],
        "lent, not shared",
    ),
];

#[test]
fn the_shipped_crates_are_as_drawn() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let mut complaints = Vec::new();
    let mut seen = 0;
    for member in members(&manifest) {
        if member == "tests" {
            continue;
        }
        complaints.extend(depends(
            member,
            &read(&root.join(member).join("Cargo.toml")),
        ));
        let core = member == "card-core";
        let lib = if core {
            read(&root.join("card-core/src/lib.rs"))
        } else {
            String::new()
        };
        for file in sources(&root.join(member).join("src")) {
            let name = file.strip_prefix(root).unwrap().to_str().unwrap();
            let code = code(&read(&file));
            complaints.extend(words(name, &code));
            if core {
                complaints.extend(layers(name, &code, &lib));
            }
            seen += 1;
        }
    }
    assert!(
        manifest.contains("unsafe_code = \"forbid\""),
        "the workspace no longer forbids unsafe"
    );
    assert!(seen > 3, "only {seen} source files found");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What a manifest says against the drawing.
fn depends(member: &str, manifest: &str) -> Vec<String> {
    let Some((_, allowed)) = CRATES.iter().find(|(name, _)| *name == member) else {
        return vec![format!("{member}: not in the drawing")];
    };
    let mut complaints = Vec::new();
    let manifest = format!("\n{manifest}");
    let used = manifest
        .split("\n[")
        .find(|part| part.starts_with("dependencies]"));
    for line in used
        .unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with("card-"))
    {
        let name = line.split(['.', ' ', '=']).next().unwrap_or(line);
        if !allowed.contains(&name) {
            complaints.push(format!("{member}: may not depend on {name}"));
        }
    }
    // Another language calls the module through raw pointers; everywhere else the lint holds.
    if member != "card-pkcs11" && !manifest.contains("[lints]\nworkspace = true") {
        complaints.push(format!(
            "{member}: does not take the lints of the workspace"
        ));
    }
    complaints
}

/// Words that a file says though they belong to others.
fn words(file: &str, code: &str) -> Vec<String> {
    let crate_name = file.split('/').next().unwrap_or(file);
    let rules = WORDS.iter().filter(|(_, crates, files, _)| {
        (crates.is_empty() || crates.contains(&crate_name)) && !files.contains(&file)
    });
    let hits = rules.flat_map(|(words, _, _, why)| words.iter().map(move |word| (word, why)));
    hits.filter(|(word, _)| says(code, word))
        .map(|(word, why)| format!("{file}: says `{word}`: {why}"))
        .collect()
}

/// Paths of a file of `card-core` that go against the drawing.
fn layers(file: &str, code: &str, lib: &str) -> Vec<String> {
    let module = file
        .trim_start_matches("card-core/src/")
        .trim_end_matches(".rs");
    let module: Vec<&str> = module.trim_end_matches("/mod").split('/').collect();
    if module == ["lib"] {
        return Vec::new();
    }
    let shown = paths(&lib.replace("pub use ", "pub use crate::"), &[]);
    let mut complaints: Vec<String> = Vec::new();
    for path in paths(code, &module) {
        // What the crate root shows again is judged by where it lives.
        let home = shown
            .iter()
            .find(|shown| shown.last() == path.first() && shown.len() > 1);
        let named = home.filter(|_| path.len() == 1).unwrap_or(&path);
        if let Err(why) = judge(&module, named) {
            complaints.push(format!("{file}: names `crate::{}`: {why}", path.join("::")));
        }
    }
    complaints.sort();
    complaints.dedup();
    complaints
}

/// Whether a module may name a path.
fn judge(from: &[&str], to: &[String]) -> Result<(), &'static str> {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let (Some(from_top), Some(to_top)) = (from.first(), to.first()) else {
        return Ok(());
    };
    let lent = |lent: &&(&str, &str, _)| lent.0 == *from_top && to_top.starts_with(lent.1);
    match (layer(from_top), layer(to_top)) {
        (None, _) => Err("this file is not in the drawing"),
        (_, None) => Err("that is not in the drawing"),
        (Some(here), Some(there)) if there < here && LENT.iter().find(lent).is_none() => {
            Err("that is above this file")
        }
        _ if *from_top == "applet" && to_top == "applet" => match (from.get(1), to.get(1)) {
            (Some(one), Some(other)) if one != other && !is_type(other) => {
                Err("applications never name each other")
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Every error code lacks nothing: what happened and what to do, in each language, and an entry
/// in the page of errors.
pub(crate) fn untold(codes: &[&str], languages: &[(&str, &str)], page: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for code in codes {
        for (language, texts) in languages {
            for kind in ["err", "rec"] {
                let key = format!("{kind}-{}", code.replace('.', "-"));
                let told = texts.lines().any(|line| {
                    line.strip_prefix(&key)
                        .is_some_and(|rest| rest.trim_start().starts_with('='))
                });
                if !told {
                    complaints.push(format!("{language}: no {key}"));
                }
            }
        }
        if !page.contains(&format!("`{code}`")) {
            complaints.push(format!("docs/errors.md: no `{code}`"));
        }
    }
    complaints
}

fn members(manifest: &str) -> Vec<&str> {
    let list = manifest
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next());
    let list = list.expect("the workspace lists its members");
    list.split('"').skip(1).step_by(2).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

mod each_rule_can_fail {
    use super::*;

    /// Complaints about a file of `card-core` whose root shows `Error` and `Jpki` again.
    fn core(file: &str, source: &str) -> Vec<String> {
        let lib = "pub use applet::jpki::{Jpki, SignatureKey};\npub use error::Error;";
        layers(&format!("card-core/src/{file}"), &code(source), lib)
    }

    #[track_caller]
    fn complains(complaints: Vec<String>, about: &str) {
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(
            complaints[0].contains(about),
            "{complaints:?} is not about {about}"
        );
    }

    #[test]
    fn a_lower_layer_names_an_upper_one() {
        complains(
            core("iso/tlv.rs", "use crate::card::Card;"),
            "`crate::card::Card`",
        );
        complains(
            core("channel.rs", "let a = crate::applet::Application::Jpki;"),
            "above",
        );
        complains(
            core("pin/mod.rs", "use crate::{iso::Aid, channel::{Channel}};"),
            "above",
        );
        complains(core("iso/mod.rs", "use crate::Jpki;"), "above");
        complains(core("iso/mod.rs", "use super::login;"), "above");
        complains(
            core("iso/new.rs", "use crate::helpers::x;"),
            "not in the drawing",
        );
        complains(
            core("helpers.rs", "use crate::iso::Aid;"),
            "this file is not",
        );
    }

    #[test]
    fn an_application_names_another() {
        for path in [
            "super::profile::Profile",
            "crate::applet::profile",
            "crate::applet::{profile}",
        ] {
            complains(
                core("applet/jpki/mod.rs", &format!("use {path};")),
                "each other",
            );
        }
        complains(
            core("applet/jpki/key.rs", "use super::super::common::Common;"),
            "each other",
        );
    }

    #[test]
    fn what_is_drawn_passes() {
        let good = "use crate::iso::{Aid, status::{PinVerdict as V}};\nuse crate::error::Error;\n\
                    use super::Application;\nuse super::jpki::key;\nuse crate::Error;\n\
                    // use crate::login::x;\nlet a = crate::pin::Spend::KeepOne;\n\
                    \n#[cfg(test)]\nmod tests {\n    use crate::login::x;\n}";
        assert_eq!(core("applet/jpki/mod.rs", good), [""; 0]);
        assert_eq!(core("card.rs", "use crate::applet::jpki::Jpki;"), [""; 0]);
        assert_eq!(
            core("error.rs", "use crate::transport::TransportError;"),
            [""; 0]
        );
    }

    #[test]
    fn a_word_in_the_wrong_file() {
        for (file, code, about) in [
            (
                "card-core/src/readers.rs",
                "pcsc::Context::establish()",
                "pcsc::",
            ),
            ("card-cli/src/doctor.rs", "use ::pcsc::Context;", "pcsc::"),
            ("card-sim/src/os/pin.rs", "use card_core::iso;", "card_core"),
            ("card-core/src/card.rs", "command.to_wire()", "to_wire"),
            ("card-sim/src/lib.rs", "eprintln!(\"x\")", "eprintln!"),
            ("card-core/src/lib.rs", "std::dbg!(x)", "dbg!"),
            (
                "card-core/src/login/mod.rs",
                "use std::net::IpAddr;",
                "std::net",
            ),
            (
                "card-cli/src/serve.rs",
                "UnixListener::bind(path)",
                "UnixListener",
            ),
            ("card-core/src/card.rs", "x: std::rc::Rc<u8>", "Rc<"),
            ("card-core/src/card.rs", "x: Arc<Mutex<u8>>", "Arc<Mutex"),
        ] {
            complains(words(file, code), about);
        }
        for (file, code) in [
            (
                "card-core/src/transport/pcsc.rs",
                "pcsc::Context::establish()",
            ),
            (
                "card-core/src/readers.rs",
                "use crate::transport::pcsc::Service;",
            ),
            (
                "card-sim/src/front/in_process.rs",
                "use card_core::transport;",
            ),
            (
                "card-sim/src/front/vpcd.rs",
                "std::net::TcpStream::connect(x)",
            ),
            ("card-cli/src/main.rs", "println!()"),
            (
                "card-core/src/card.rs",
                "Arc<AtomicBool>, MyRc<u8>, xprint!()",
            ),
        ] {
            assert_eq!(words(file, code), [""; 0]);
        }
    }

    #[test]
    fn a_manifest_names_an_upper_crate_or_drops_the_lints() {
        let manifest = |dependency| {
            format!("[dependencies]\n{dependency}.workspace = true\n\n[lints]\nworkspace = true\n")
        };
        complains(
            depends("card-core", &manifest("card-sim")),
            "depend on card-sim",
        );
        complains(depends("card-new", &manifest("sha2")), "not in the drawing");
        complains(
            depends("card-core", "[dependencies]\nsha2 = \"1\"\n"),
            "lints",
        );
        assert_eq!(
            depends(
                "card-sign",
                &format!("[package]\n{}", manifest("card-core"))
            ),
            [""; 0]
        );
    }

    #[test]
    fn an_error_code_without_text() {
        let ja = "err-pin-wrong = 暗証番号が違います\nrec-pin-wrong = もう一度\n";
        let en = "err-pin-wrong = wrong PIN\nrec-pin-wrong-x = again\n";
        let languages = [("ja", ja), ("en", en)];
        let page = "| `pin.wrong` | … |";
        complains(
            untold(&["pin.wrong"], &languages, page),
            "en: no rec-pin-wrong",
        );
        complains(
            untold(&["pin.wrong"], &languages[..1], "pin.wrong"),
            "docs/errors.md",
        );
        assert_eq!(untold(&["pin.wrong"], &languages[..1], page), [""; 0]);
    }
}
