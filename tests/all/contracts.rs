//! Programs that must not compile, compiled.
//!
//! Each file in `contracts/` is two programs: with `--cfg bad` it misuses the library, with
//! `--cfg good` it differs in that line only and is right. The head of the file names the error
//! that the compiler must give to the misuse. A `compile_fail` test in a doc comment would accept
//! any error, also that of a renamed method.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn misuse_does_not_compile() {
    let library = library();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    let mut held = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        held.insert(check(&path, Some(&library)).unwrap_or_else(|why| panic!("{why}")));
    }
    assert_eq!(
        Vec::from_iter(held),
        ["E0499", "E0597", "E0599"],
        "a contract is gone"
    );
}

/// The error that a contract names, when exactly this one meets the misuse and none its twin.
fn check(contract: &Path, library: Option<&Path>) -> Result<String, String> {
    let name = contract.display();
    let text = fs::read_to_string(contract).map_err(|e| format!("{name}: {e}"))?;
    let head = text
        .strip_prefix("//! ")
        .and_then(|head| head.split(':').next());
    let code = head.ok_or_else(|| format!("{name}: its head names no error"))?;
    let good = compile(contract, "good", library);
    if let Err(output) = good {
        return Err(format!(
            "{name}: the right twin does not compile:\n{output}"
        ));
    }
    let Err(output) = compile(contract, "bad", library) else {
        return Err(format!("{name}: the misuse compiles"));
    };
    let errors = output
        .split("error[")
        .skip(1)
        .filter_map(|rest| rest.split(']').next());
    if errors.clone().count() == 0 || errors.clone().any(|error| error != code) {
        return Err(format!(
            "{name}: not {code}, but {:?}:\n{output}",
            Vec::from_iter(errors)
        ));
    }
    Ok(code.to_owned())
}

/// Compiles one of the twins, without keeping anything; what the compiler said if it refused.
fn compile(contract: &Path, twin: &str, library: Option<&Path>) -> Result<(), String> {
    let out = tempfile::tempdir().expect("a folder in TMPDIR");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = Command::new(rustc);
    rustc.args([
        "--edition=2024",
        "--crate-type=lib",
        "--emit=metadata",
        "--cfg",
        twin,
    ]);
    rustc.args(["--check-cfg=cfg(good, bad)", "--cap-lints=allow"]);
    rustc.arg("--out-dir").arg(out.path()).arg(contract);
    if let Some(library) = library {
        let [library, folder] = [library, library.parent().unwrap()].map(Path::display);
        rustc.args(["--extern", &format!("card_core={library}")]);
        rustc.args(["-L", &format!("dependency={folder}")]);
    }
    let output = rustc.output().expect("rustc");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The compiled `card-core`, wherever cargo puts it. Cargo is asked, not the folder: that may hold
/// several, of other features and days.
fn library() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--offline",
            "--package=card-core",
            "--message-format=json",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let messages = String::from_utf8_lossy(&output.stdout);
    // The metadata lies beside the library, under the same unique name; the copy of the library
    // that cargo also names is overwritten by the next build.
    let metadata = messages
        .lines()
        .filter(|line| line.contains(r#""name":"card_core""#))
        .flat_map(|line| line.split('"'))
        .find(|word| word.ends_with(".rmeta"));
    let Some(metadata) = metadata else {
        panic!(
            "no card-core:\n{messages}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    Path::new(metadata).with_extension("rlib")
}

mod the_check_can_fail {
    use super::*;

    #[track_caller]
    fn complains(contract: &str, about: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contract.rs");
        fs::write(&path, contract).unwrap();
        match check(&path, None) {
            Ok(_) => panic!("nobody complains about {about}"),
            Err(why) => assert!(why.contains(about), "{why}"),
        }
    }

    #[test]
    fn when_the_misuse_compiles() {
        complains("//! E0599: x\npub fn f() {}", "the misuse compiles");
    }

    #[test]
    fn when_the_compiler_refuses_for_another_reason() {
        complains(
            "//! E0499: x\n#[cfg(bad)]\nfn f() { 1u8.sign() }",
            r#"but ["E0599"]"#,
        );
        complains(
            "//! E0499: x\n#[cfg(bad)]\ncompile_error!(\"x\");",
            "but []",
        );
    }

    #[test]
    fn when_the_right_twin_is_wrong_too() {
        complains(
            "//! E0599: x\nfn f() { 1u8.sign() }",
            "the right twin does not compile",
        );
    }

    #[test]
    fn when_the_head_names_no_error() {
        complains("fn f() {}", "names no error");
    }
}
