//! Packages and examples: what another project takes from here.

use std::path::Path;
use std::process::Command;

/// Every crate that is meant for others can be packed: versions, licence, front page, no file from
/// outside its folder. Nothing is uploaded.
#[test]
fn every_crate_can_be_packed() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(cargo)
        .args(["package", "--workspace", "--no-verify", "--allow-dirty"])
        .args(["--locked", "--offline"])
        .args(["--exclude", "card-tests", "--exclude", "login-service"])
        .arg("--target-dir")
        .arg(folder.path())
        .current_dir(root)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for package in [
        "card-core",
        "card-text",
        "card-sign",
        "card-sim",
        "card-sim-pcsc",
        "card-pkcs11",
        "card-login-redis",
        "card-cli",
    ] {
        let file = format!("package/{package}-{}.crate", env!("CARGO_PKG_VERSION"));
        assert!(folder.path().join(file).is_file(), "{package}: {said}");
        let manifest = std::fs::read_to_string(root.join(package).join("Cargo.toml")).unwrap();
        for member in [
            "readme = ",
            "keywords = ",
            "categories = ",
            "description = ",
        ] {
            assert!(manifest.contains(member), "{package}: no {member}");
        }
    }
}

/// The example of a card in a test says what it promises.
#[test]
fn the_example_of_a_pulled_card_names_what_happened() {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(Path::parent).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--offline"])
        .args(["--package", "card-sim", "--example", "card_in_a_test"])
        .status()
        .unwrap();
    assert!(built.success());
    let output = Command::new(profile.join("examples/card_in_a_test"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let ends: Vec<_> = said
        .lines()
        .map(|line| line.split_once(": ").unwrap().1)
        .collect();
    assert_eq!(ends.len(), 12, "{said}");
    assert_eq!(ends[0], "card.removed");
    assert_eq!(ends[11], "the job was done before");
    let after = ends.iter().position(|end| *end != "card.removed").unwrap();
    assert!(
        ends[after..]
            .iter()
            .all(|end| *end == "the job was done before"),
        "{said}"
    );
}
