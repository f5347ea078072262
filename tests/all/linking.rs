//! Linking: what needs the PC/SC library and what must not (feature `pcsc` of `card-core`).

use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo in the workspace, without network.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--locked", "--offline"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}:\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the shared libraries that a program needs.
fn needed(program: &Path) -> String {
    let output = Command::new("readelf").arg("-d").arg(program).output();
    let output = output.expect("readelf is missing: Debian package binutils");
    assert!(output.status.success(), "{}", program.display());
    let section = String::from_utf8(output.stdout).unwrap();
    let names = section.lines().filter(|line| line.contains("(NEEDED)"));
    names.collect::<Vec<_>>().join("\n")
}

/// Builds an example of a crate without default features; where it is.
fn example(package: &str, name: &str) -> PathBuf {
    cargo(&[
        "build",
        "--quiet",
        "--package",
        package,
        "--no-default-features",
        "--example",
        name,
    ]);
    // target/debug/deps/all-… is this program.
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(Path::parent).unwrap();
    profile.join("examples").join(name)
}

#[test]
fn checking_needs_no_pcsc() {
    for package in ["card-core", "card-sign"] {
        let tree = cargo(&[
            "tree",
            "--package",
            package,
            "--no-default-features",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ]);
        assert!(tree.contains("x509-parser"), "{package}:\n{tree}");
        assert!(!tree.contains("pcsc"), "{package}:\n{tree}");
    }
    // The measure works: this very program speaks to pcscd.
    assert!(needed(&std::env::current_exe().unwrap()).contains("libpcsclite"));
    for (package, name) in [
        ("card-core", "check_token"),
        ("card-sign", "verify_signature"),
    ] {
        let libraries = needed(&example(package, name));
        assert!(libraries.contains("libc.so"), "{name}: {libraries}");
        assert!(!libraries.contains("pcsc"), "{name}: {libraries}");
    }
}

/// Every program that asked for the newer `C_GetInterface` used the older list where it is not there.
#[test]
fn the_pkcs11_module_exports_one_name() {
    let tests = std::env::current_exe().unwrap();
    let module = tests.parent().unwrap().join("libcard_pkcs11.so");
    let output = Command::new("readelf")
        .args(["--dyn-syms", "-W"])
        .arg(module)
        .output();
    let symbols = String::from_utf8(output.unwrap().stdout).unwrap();
    let defined = symbols
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut names: Vec<&str> = defined
        .filter(|words| words.len() == 8 && words[4] == "GLOBAL" && words[6] != "UND")
        .map(|words| words[7])
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["C_GetFunctionList"]);
}
