//! `make install` and `make uninstall`: what is put where, and that it is gone again.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::{PROGRAM, Run, World};

/// Everything under a folder, by its path there.
fn files(folder: &Path) -> BTreeSet<String> {
    fn collect(top: &Path, folder: &Path, all: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(top, &path, all);
            } else {
                all.insert(path.strip_prefix(top).unwrap().display().to_string());
            }
        }
    }
    let mut all = BTreeSet::new();
    collect(folder, folder, &mut all);
    all
}

fn packaging(world: &World, action: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/install");
    let mut command = world.tool(script);
    command
        .args([action, "program", "sim"])
        .env("BUILT", world.path("built"))
        .env("PREFIX", world.path("prefix"));
    Run::of(command.output().unwrap()).done();
}

#[test]
fn installed_it_runs_and_uninstalled_it_is_gone() {
    let world = World::new();
    world.write("prefix/bin/other", "theirs");
    // As `make` builds it; `card-sim` is not built with these tests, and not run by this one.
    world.write("built/card-sim", "");
    symlink(PROGRAM, world.path("built/mynacard")).unwrap();
    let built = Path::new(PROGRAM).parent().unwrap();
    symlink(built.join("deps"), world.path("built/deps")).unwrap();
    packaging(&world, "install");
    let there = files(&world.path("prefix"));
    for file in [
        "bin/card-sim",
        "bin/mynacard",
        "lib/mynacard/libcard_sim_pcsc.so",
        "share/bash-completion/completions/mynacard",
        "share/doc/mynacard/LICENSE-APACHE",
        "share/doc/mynacard/LICENSE-MIT",
        "share/doc/mynacard/errors.md",
        "share/fish/vendor_completions.d/mynacard.fish",
        "share/man/ja/man1/mynacard.1.gz",
        "share/man/man1/mynacard-pin-change.1.gz",
        "share/man/man1/mynacard-sign.1.gz",
        "share/zsh/site-functions/_mynacard",
    ] {
        assert!(there.contains(file), "{file} is not among {there:?}");
    }
    let program = world.path("prefix/bin/mynacard");
    let mut command = world.tool(program.to_str().unwrap());
    let run = Run::of(command.arg("--version").output().unwrap()).done();
    assert!(run.text().starts_with("mynacard "));
    let mut command = world.tool(program.to_str().unwrap());
    command.args(["sim", "run", "hanako", "--", "opensc-tool", "--name"]);
    let run = Run::of(command.output().unwrap()).done();
    assert_eq!(run.text(), "jpki\n");
    packaging(&world, "uninstall");
    assert_eq!(
        files(&world.path("prefix")),
        BTreeSet::from(["bin/other".to_owned()])
    );
    for folder in [
        "share/doc/mynacard",
        "share/doc/mynacard-sim",
        "lib/mynacard",
    ] {
        assert!(!world.path("prefix").join(folder).exists(), "{folder}");
    }
}
