//! The drawing of who may name whom, held against every source line of the shipped crates.
//!
//! The rules work on text: comments and the tests at the bottom of a file are cut off, paths are
//! found as `crate::…`, `super::…` and the names of crates. That is enough as long as nobody wants
//! to cheat. Every rule is first shown to fail on a small bad example.

mod circles;
mod each_rule_can_fail;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::{code, paths, says};

/// The layers inside `card-core`, top first. A module may name those of its own layer and below;
/// `applet` is the exception inside its layer, see [`judge`].
const LAYERS: [&[&str]; 7] = [
    &[
        "login",
        "genuine",
        "handling",
        "probe",
        "resident_pin",
        "transcript",
    ],
    &["applet"],
    &["card", "channel", "readers", "record", "secure"],
    &["pin", "observe", "transport"],
    &["iso"],
    &["certificate", "trust", "signature"],
    &[
        "domain",
        "digest",
        "judgement",
        "owner_only",
        "secret",
        "error",
    ],
];

/// What names something above itself all the same, and why.
const LENT: [(&str, &str, &str); 4] = [
    ("card", "applet", "a transaction lends applications"),
    ("readers", "applet", "a card is chosen by its card number"),
    ("trust", "iso", "card-verifiable certificates are BER-TLV"),
    ("error", "", "one error carries the problems of every layer"),
];

/// The shipped crates and which of ours each may depend on.
const CRATES: [(&str, &[&str]); 8] = [
    ("card-core", &[]),
    ("card-text", &["card-core"]),
    ("card-sign", &["card-core"]),
    ("card-pkcs11", &["card-core"]),
    ("card-login-redis", &["card-core"]),
    ("card-sim", &["card-core"]),
    ("card-sim-pcsc", &[]),
    (
        "card-cli",
        &[
            "card-core",
            "card-sign",
            "card-sim",
            "card-sim-pcsc",
            "card-text",
        ],
    ),
];

/// Words of Rust that only few files may say.
struct Reserved {
    words: &'static [&'static str],
    /// Where the rule holds; nothing means every shipped crate.
    crates: &'static [&'static str],
    files: &'static [&'static str],
    why: &'static str,
}

const RESERVED: [Reserved; 10] = [
    Reserved {
        words: &["pcsc::"],
        crates: &[],
        files: &["card-core/src/transport/pcsc.rs"],
        why: "the reader is behind `Transport`",
    },
    Reserved {
        words: &["card_core"],
        crates: &["card-sim"],
        files: &["card-sim/src/front/in_process.rs"],
        why: "the simulator is a second opinion and shares no code",
    },
    Reserved {
        words: &["0o600", "0o700", "DirBuilder"],
        crates: &["card-core", "card-sign", "card-cli"],
        files: &["card-core/src/owner_only.rs"],
        why: "one place makes files for their owner only",
    },
    Reserved {
        words: &["bergshamra_c14n", "bergshamra_xml"],
        crates: &[],
        files: &["card-sign/src/xml/document.rs"],
        why: "a young library is behind one module",
    },
    Reserved {
        words: &["to_wire"],
        crates: &["card-core"],
        files: &[
            "card-core/src/channel/mod.rs",
            "card-core/src/iso/command.rs",
        ],
        why: "only the channel has a wire",
    },
    Reserved {
        words: &["Command::verify"],
        crates: &["card-core"],
        files: &[
            "card-core/src/channel/present.rs",
            "card-core/src/iso/command.rs",
        ],
        why: "one function presents a PIN",
    },
    Reserved {
        words: &["print!", "println!", "eprint!", "eprintln!", "dbg!"],
        crates: &[
            "card-core",
            "card-text",
            "card-sign",
            "card-pkcs11",
            "card-sim",
            "card-sim-pcsc",
        ],
        files: &["card-sim/src/bin/card-sim.rs"],
        why: "a library returns, a program prints",
    },
    Reserved {
        words: &[
            "std::net",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "UnixStream",
            "UnixListener",
            "ureq::",
        ],
        crates: &[],
        files: &[
            "card-sim/src/front/vpcd.rs",
            "card-sim/src/front/socket/mod.rs",
            "card-sim/src/front/control/mod.rs",
            "card-sim-pcsc/src/client.rs",
            "card-cli/src/http.rs",
        ],
        why: "no network",
    },
    Reserved {
        words: &["redis::"],
        crates: &[],
        files: &[
            "card-login-redis/src/asynchronous.rs",
            "card-login-redis/src/blocking.rs",
            "card-login-redis/src/entry.rs",
        ],
        why: "the engine is behind `NonceStore`",
    },
    Reserved {
        words: &[
            "Rc<",
            "Arc<Mutex",
            "thread_local!",
            "static mut",
            "OnceLock",
            "LazyLock",
        ],
        crates: &["card-core"],
        files: &[],
        why: "lent, not shared",
    },
];

#[test]
fn the_shipped_crates_are_as_drawn() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let mut complaints = Vec::new();
    let mut seen = 0;
    for member in members(&manifest) {
        // Tests know everything; a guide shows how the crates are used.
        if member == "tests" || member.starts_with("docs/") {
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
            complaints.extend(front(name, &code));
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

/// The libraries that C calls through raw pointers.
const CALLED_FROM_C: [&str; 2] = ["card-pkcs11", "card-sim-pcsc"];

/// One file of each library speaks C; nothing else anywhere lifts the lint.
#[test]
fn unsafe_code_is_in_one_short_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for library in CALLED_FROM_C {
        let manifest = read(&root.join(library).join("Cargo.toml"));
        for lint in [
            "unsafe_code = \"deny\"",
            "unwrap_used",
            "expect_used",
            "indexing_slicing",
        ] {
            assert!(manifest.contains(lint), "{library}/Cargo.toml: {lint}");
        }
    }
    let mut lifted = Vec::new();
    for (member, _) in CRATES {
        for file in sources(&root.join(member).join("src")) {
            let text = read(&file);
            if ["allow(unsafe", "expect(unsafe"]
                .iter()
                .any(|lint| text.contains(lint))
            {
                assert!(text.lines().count() < 400, "{}", file.display());
                lifted.push(file.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    let expected = CALLED_FROM_C.map(|library| Path::new(library).join("src/ffi.rs"));
    assert_eq!(lifted, expected);
}

#[test]
fn every_error_code_is_told_in_both_languages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let texts = |language| read(&root.join(format!("card-text/locales/{language}/errors.ftl")));
    let (ja, en) = (texts("ja"), texts("en"));
    let page = read(&root.join("docs/errors.md"));
    let complaints = untold(card_core::Error::CODES, &[("ja", &ja), ("en", &en)], &page);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Records of decisions are numbered through, and each begins with its number.
#[test]
fn decisions_are_numbered_through() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = root.join("docs/decisions");
    let names = fs::read_dir(&folder).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert!(names.len() > 10, "{names:?}");
    for (number, name) in (1..).zip(&names) {
        let name = name.to_str().unwrap();
        assert!(name.starts_with(&format!("{number:04}-")), "{name}");
        let first = format!("# {number}. ");
        assert!(read(&folder.join(name)).starts_with(&first), "{name}");
    }
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
    // Another language calls these through raw pointers; everywhere else the lint holds.
    if !CALLED_FROM_C.contains(&member) && !manifest.contains("[lints]\nworkspace = true") {
        complaints.push(format!(
            "{member}: does not take the lints of the workspace"
        ));
    }
    complaints
}

/// Words that a file says though they belong to others.
fn words(file: &str, code: &str) -> Vec<String> {
    let crate_name = file.split('/').next().unwrap_or(file);
    let mut complaints = Vec::new();
    for Reserved {
        words,
        crates,
        files,
        why,
    } in &RESERVED
    {
        let holds = crates.is_empty() || crates.contains(&crate_name);
        for word in words
            .iter()
            .filter(|word| holds && !files.contains(&file) && says(code, word))
        {
            complaints.push(format!("{file}: says `{word}`: {why}"));
        }
    }
    complaints
}

/// What only a front may know, where a job says it.
fn front(file: &str, code: &str) -> Vec<String> {
    let fronts = [
        "clap",
        "serde",
        "serde_json",
        "stdin",
        "stdout",
        "stderr",
        "streams",
        "output",
        "Texts",
        "Context",
        "Program",
        "Connection",
    ];
    let said = fronts
        .iter()
        .filter(|word| file.starts_with("card-cli/src/jobs/") && says(code, word));
    let complaint = |word: &&str| format!("{file}: says `{word}`: a job knows no front");
    said.map(complaint).collect()
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
        // Tests of one module in files of their own, which only `#[cfg(test)]` names.
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
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
