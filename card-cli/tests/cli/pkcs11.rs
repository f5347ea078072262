//! `pkcs11 install|uninstall|status`: what is written is what the programs themselves read.
//!
//! The module is OpenSC's here: any that the programs can load.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_sim::os::quirk::Quirks;
use card_sim::persona::Persona;
use card_tests::foreign::opensc_module;
use card_tests::pcscd;
use card_tests::resident::Resident;
use serde_json::Value;

use crate::schema::holds;
use crate::{Run, World};

const XCU: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<oor:items>\n</oor:items>";

/// A home in which every program was used before.
fn home() -> World {
    let world = World::new();
    for folder in [".pki/nssdb", ".mozilla/firefox/a.default"] {
        let folder = world.path(folder);
        fs::create_dir_all(&folder).unwrap();
        let database = format!("sql:{}", folder.display());
        tool(
            &world,
            "certutil",
            &["-N", "-d", &database, "--empty-password"],
        );
    }
    world.write(".ssh/config", "Host a\n  User b");
    world.write(".config/libreoffice/4/user/registrymodifications.xcu", XCU);
    world
}

#[track_caller]
fn tool(world: &World, program: &str, arguments: &[&str]) -> String {
    said(world.tool(program).args(arguments))
}

#[track_caller]
fn said(command: &mut Command) -> String {
    let run = Run::of(command.output().unwrap());
    assert_eq!(
        run.status,
        Some(0),
        "{command:?}\n{}{}",
        run.text(),
        run.stderr
    );
    run.text()
}

/// Every file below, by its name; NSS's own files change by themselves.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if path.extension().is_some_and(|kind| kind == "db") => {}
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

fn states(report: &Value) -> Vec<String> {
    let each = report["registrations"].as_array().unwrap().iter();
    each.map(|one| one["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lines_are_shown_first_written_once_and_taken_away_to_the_byte() {
    let world = home();
    // A copy, because p11-kit lists one file once.
    let module = world.path("module.so");
    fs::copy(opensc_module(), &module).unwrap();
    let before = files(world.folder.path());
    let install = format!("pkcs11 install --module {}", module.display());
    let run = |line: &str| {
        let json = world.run(&format!("{line} --json")).done().json();
        holds(&json);
        json
    };
    // Without --yes nothing changes, and every line that would be written is shown.
    let shown = world.run(&install).done().text();
    let json = run(&install);
    assert_eq!(json["written"], false);
    assert_eq!(files(world.folder.path()), before);
    for one in json["registrations"].as_array().unwrap() {
        assert!(shown.contains(one["path"].as_str().unwrap()), "{one}");
        for line in one["lines"].as_array().unwrap() {
            assert!(shown.contains(line.as_str().unwrap()), "{line}\n{shown}");
        }
    }
    assert!(shown.contains("Nothing was changed. To write these lines, add --yes."));
    assert!(
        states(&run("pkcs11 status"))
            .iter()
            .all(|state| state == "missing")
    );

    let written = run(&format!("{install} --yes"));
    assert!(
        states(&written).iter().all(|state| state == "registered"),
        "{written}"
    );
    assert!(states(&written).len() == 10, "{written}");
    let after = files(world.folder.path());
    run(&format!("{install} --yes"));
    assert_eq!(files(world.folder.path()), after, "a second time");
    let status = format!("pkcs11 status --module {}", module.display());
    assert!(
        states(&run(&status))
            .iter()
            .all(|state| state == "registered")
    );

    programs_find(&world, &module);

    // One program, then the rest, then nothing is left to take away.
    let removed = run("pkcs11 uninstall --for openssh");
    assert_eq!(states(&removed), ["removed"]);
    let removed = states(&run("pkcs11 uninstall"));
    assert_eq!(
        removed.iter().filter(|state| *state == "missing").count(),
        1
    );
    assert!(
        states(&run("pkcs11 uninstall"))
            .iter()
            .all(|state| state == "missing")
    );
    assert_eq!(files(world.folder.path()), before);
}

/// What the programs read is what was written.
fn programs_find(world: &World, module: &Path) {
    let module = module.to_str().unwrap();
    // LibreOffice makes the database itself when it first opens it for writing, as this does.
    let own = format!(
        "sql:{}",
        world.path(".local/share/mynacard/libreoffice").display()
    );
    tool(world, "certutil", &["-N", "-d", &own, "--empty-password"]);
    for database in [
        ".pki/nssdb",
        ".mozilla/firefox/a.default",
        ".local/share/mynacard/libreoffice",
    ] {
        let folder = format!("sql:{}", world.path(database).display());
        // `modutil` itself ends with an error where a slot has no token.
        let list = world
            .tool("modutil")
            .args(["-dbdir", &folder, "-list"])
            .output()
            .unwrap();
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        assert!(
            list.contains("mynacard") && list.contains("NSS Internal PKCS #11 Module"),
            "{list}"
        );
        assert!(list.contains(module), "{list}");
    }
    let ssh = tool(world, "ssh", &["-F", ".ssh/config", "-G", "anywhere"]);
    assert!(ssh.contains(&format!("pkcs11provider {module}")), "{ssh}");
    assert!(tool(world, "ssh", &["-F", ".ssh/config", "-G", "a"]).contains("user b"));
    let engine = said(
        world
            .tool("openssl")
            .env(
                "OPENSSL_CONF",
                world.path(".config/mynacard/openssl-engine.cnf"),
            )
            .args(["engine", "-t", "pkcs11"]),
    );
    assert!(engine.contains("[ available ]"), "{engine}");
    let file = world.path(".config/mynacard/openssl-provider.cnf");
    let list = ["list", "-providers"];
    let providers = said(world.tool("openssl").env("OPENSSL_CONF", file).args(list));
    assert!(
        providers.contains("OpenSSL Default Provider"),
        "{providers}"
    );
    // p11-kit reads no file of a user who is root.
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(world.folder.path(), open).unwrap();
    let file = world.path(".config/pkcs11/modules/mynacard.module");
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    let root = tool(world, "id", &["-u"]).trim() == "0";
    for (program, finds) in [("p11tool", true), ("p11-kit", false)] {
        let list = format!("exec -a {program} p11-kit list-modules");
        let nobody = ["setpriv", "--reuid=65534", "--clear-groups"];
        let words: Vec<&str> = nobody.into_iter().filter(|_| root).collect();
        let words = [&words[..], &["bash", "-c", &list]].concat();
        let list = tool(world, words[0], &words[1..]);
        // 0.24 writes the first, 0.25 the second.
        let named = |line: &str| line.starts_with("mynacard: ") || line == "module: mynacard";
        assert_eq!(list.lines().any(named), finds, "{program}: {list}");
    }
}

#[test]
fn what_is_not_ours_is_left_alone_and_programs_that_were_not_used_have_no_file() {
    let world = World::new();
    let module = opensc_module();
    let java = world.write(".config/mynacard/java.cfg", "name = mine\n");
    let install = format!("--json pkcs11 install --yes --module {}", module.display());
    let json = world.run(&install).done().json();
    holds(&json);
    let state = |client: &str| {
        let mut each = json["registrations"].as_array().unwrap().iter().rev();
        let one = each.find(|one| one["client"] == client).unwrap();
        one["state"].clone()
    };
    assert_eq!(state("java"), "foreign");
    assert_eq!(state("nss"), "unused");
    assert_eq!(state("libreoffice"), "unused");
    assert_eq!(state("openssl"), "registered");
    assert_eq!(fs::read_to_string(&java).unwrap(), "name = mine\n");
    world.run("pkcs11 uninstall").done();
    assert_eq!(fs::read_to_string(&java).unwrap(), "name = mine\n");
    for module in ["missing", "two\nlines"] {
        let mut command = world.command(["pkcs11", "install", "--module"]);
        let run = Run::of(command.arg(world.path(module)).output().unwrap());
        assert_eq!(run.status, Some(2), "{}", run.stderr);
    }
}

#[test]
fn status_proves_pss_with_one_login_and_tells_the_module() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        let memory = world.path(".local/state/mynacard/no-pss");
        let line = "--json --pin stdin pkcs11 status --prove-pss";
        for (answer, expected) in [("6A86", "refused"), ("", "proven")] {
            let mut who = Persona::shipped("hanako").unwrap();
            if !answer.is_empty() {
                let mut quirks = Quirks::default();
                quirks.set("pss", answer).unwrap();
                who.quirks = quirks;
            }
            let mut card = Resident::insert(service, &service.readers()[0], &who);
            let json = world
                .run_with(line, &who.authentication_pin.value)
                .done()
                .json();
            holds(&json);
            assert_eq!(json["pss"], expected, "{json}");
            assert_eq!(json["presented"], 1);
            let known = fs::read_to_string(&memory).unwrap_or_default();
            assert_eq!(
                known.lines().count(),
                usize::from(expected == "refused"),
                "{known}"
            );
            card.remove(service);
        }
    });
}
