//! Broken set-ups and what `doctor` says of each: real ones at a service of the test's own, others
//! as files of a system.

use std::ffi::CString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;

use card_tests::pcscd;
use card_tests::vpcd::ScriptedCard;
use pcsc::{Context, Protocols, Scope, ShareMode};
use serde_json::Value;

use crate::readers::{as_it_is, insert};
use crate::{Run, World, schema};

/// The codes of a level, and the line to type for the first.
fn codes(run: &Run, level: &str) -> Vec<String> {
    let json = run.json();
    schema::holds(&json);
    let findings = json["findings"].as_array().unwrap();
    let fitting = findings.iter().filter(|one| one["level"] == level);
    fitting
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

/// A run that finds exactly this problem, and what it says of it.
#[track_caller]
fn finds(world: &World, line: &str, code: &str) -> Value {
    let run = world.run(&format!("doctor --json {line}"));
    assert_eq!(run.status, Some(10), "{}{}", run.text(), run.stderr);
    assert_eq!(codes(&run, "problem"), [code], "{}", run.text());
    let json = run.json();
    assert_eq!(json["healthy"], false);
    let findings = json["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["code"] == code).unwrap();
    let fix = found["fix"].as_str().unwrap();
    // People get the same line, in both languages.
    for language in ["ja", "en"] {
        let run = world.run(&format!("doctor --lang {language} {line}"));
        assert_eq!(run.status, Some(10));
        let text = run.text();
        assert!(text.contains(&format!("    $ {fix}\n")), "{text}");
        assert!(text.contains("[NG]"), "{text}");
        let home = world.folder.path().to_str().unwrap();
        assert!(line.contains(home) || !text.contains(home), "{text}");
    }
    found.clone()
}

const USB: &str = "system/sys/bus/usb/devices";

/// A system where everything is in place: service, driver, a reader of the kind CCID.
fn system() -> World {
    let world = World::new();
    for (file, content) in [
        ("usr/sbin/pcscd", ""),
        ("run/systemd/system/here", ""),
        ("run/pcscd/pcscd.comm", ""),
        (
            "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
            "<key>ifdVendorID</key><array><string>0x08E6</string><string>0x1234</string></array>\
             <key>ifdProductID</key><array><string>0x3437</string><string>0x5678</string></array>",
        ),
        (
            "var/lib/dpkg/status",
            "Package: pcscd\nStatus: install ok installed\nVersion: 1.9.9-2\n\n\
             Package: libpcsclite1\nStatus: install ok installed\nVersion: 1.9.9-2\n",
        ),
    ] {
        world.write(&format!("system/{file}"), content);
    }
    plug(&world, "1234", "5678", "0b");
    world
}

fn plug(world: &World, vendor: &str, product: &str, class: &str) {
    for (file, content) in [
        ("1-1/idVendor", vendor),
        ("1-1/idProduct", product),
        ("1-1/product", "A reader"),
        ("1-1:1.0/bInterfaceClass", class),
    ] {
        world.write(&format!("{USB}/{file}"), &format!("{content}\n"));
    }
}

fn gone(world: &World, path: &str) {
    fs::remove_file(world.path("system").join(path)).unwrap();
}

const THERE: &str = "--root system";

#[test]
fn service_missing_or_stopped() {
    let world = system();
    gone(&world, "run/pcscd/pcscd.comm");
    let found = finds(&world, THERE, "service-stopped");
    assert_eq!(found["fix"], "sudo systemctl enable --now pcscd.socket");
    gone(&world, "usr/sbin/pcscd");
    let found = finds(&world, THERE, "service-missing");
    assert_eq!(found["fix"], "sudo apt install pcscd libccid");
}

#[test]
fn readers_that_the_service_cannot_drive() {
    let world = system();
    // The listing of another system's service cannot be asked for, so that it shows no reader.
    finds(&world, THERE, "reader-unseen");
    plug(&world, "1234", "9999", "0b");
    let found = finds(&world, THERE, "driver-unknown");
    assert_eq!(found["about"][0], "A reader (1234:9999)");
    gone(
        &world,
        "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist",
    );
    let found = finds(&world, THERE, "driver-missing");
    assert_eq!(found["fix"], "sudo apt install libccid");
    plug(&world, "054c", "06c1", "ff");
    finds(&world, THERE, "reader-not-ccid");
    world.write("system/sys/module/port100/refcnt", "0");
    finds(&world, THERE, "reader-foreign-driver");
    // A keyboard is no reader.
    plug(&world, "054c", "0001", "03");
    finds(&world, THERE, "reader-unplugged");
}

#[test]
fn versions_that_differ() {
    let world = system();
    fs::remove_dir_all(world.path(USB)).unwrap();
    world.write(
        "system/var/lib/dpkg/status",
        "Package: pcscd\nStatus: install ok installed\nVersion: 1.9.9-2\n\n\
         Package: libpcsclite1\nStatus: install ok installed\nVersion: 2.3.3-1\n",
    );
    let run = world.run("doctor --json --root system");
    assert_eq!(
        codes(&run, "problem"),
        ["versions-differ", "reader-unplugged"]
    );
    assert!(run.text().contains("libpcsclite1 2.3.3-1"));
}

#[test]
fn walls_around_the_program() {
    for (file, code) in [
        (".flatpak-info", "sandbox-flatpak"),
        ("meta/snap.yaml", "sandbox-snap"),
        (".dockerenv", "sandbox-container"),
        ("run/.containerenv", "sandbox-container"),
    ] {
        let world = system();
        world.write(&format!("system/{file}"), "");
        let run = world.run("doctor --json --root system");
        assert_eq!(codes(&run, "note"), [code]);
        // Where the service's socket is not inside, the wall is what is in the way, and first.
        gone(&world, "run/pcscd/pcscd.comm");
        let run = world.run("doctor --json --root system");
        assert_eq!(codes(&run, "problem"), [code, "service-stopped"]);
    }
    // The name of the application is in the line to type, if it is one.
    for (name, part) in [("org.example.App", "org.example.App"), ("a; rm b", "APP")] {
        let world = system();
        world.write(
            "system/.flatpak-info",
            &format!("[Application]\nname={name}\n"),
        );
        gone(&world, "run/pcscd/pcscd.comm");
        let text = world.run("doctor --root system").text();
        assert!(text.contains(&format!("--socket=pcsc {part}\n")), "{text}");
    }
}

#[test]
fn what_older_versions_left() {
    let world = system();
    fs::remove_dir_all(world.path(USB)).unwrap();
    world.write(
        "system/home/.mozilla/native-messaging-hosts/mynacard.webeid.json",
        r#"{"path": "/nowhere/mynacard/mynacard.webeid"}"#,
    );
    world.write(
        "system/usr/share/p11-kit/modules/mynacard.module",
        "module: /usr/lib/mynacard/mynacard-pkcs11.so\n",
    );
    world.write("system/usr/bin/mynacard", "");
    world.write("system/home/.local/bin/mynacard", "");
    let run = world.run("doctor --json --root system");
    assert_eq!(
        codes(&run, "problem"),
        ["reader-unplugged", "host-broken", "module-broken"]
    );
    assert_eq!(codes(&run, "note"), ["programs-several"]);
    assert!(run.text().contains("~/.mozilla"), "{}", run.text());
    world.write("system/usr/lib/mynacard/mynacard-pkcs11.so", "");
    let run = world.run("doctor --json --root system");
    assert_eq!(codes(&run, "note")[0], "module-registered");
}

#[test]
fn programs_at_the_service_are_named() {
    let world = system();
    world.write("system/proc/41/maps", "7f00 /usr/lib/libpcsclite.so.1\n");
    world.write("system/proc/41/comm", "firefox\n");
    world.write("system/proc/42/maps", "7f00 /usr/lib/libc.so.6\n");
    world.write("system/proc/42/comm", "bash\n");
    let json = world.run("doctor --json --root system").json();
    let findings = json["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|one| one["code"] == "programs-connected")
        .unwrap();
    assert_eq!(found["about"], serde_json::json!(["firefox (41)"]));
}

/// Of what the service says; the machine's own files may add to it.
#[track_caller]
fn says(world: &World, code: &str, status: Option<i32>) {
    let run = world.run("doctor --json");
    let text = run.text();
    assert!(text.contains(&format!("\"code\": \"{code}\"")), "{text}");
    if status.is_some() {
        assert_eq!(run.status, status, "{text}");
    }
}

#[test]
fn a_real_service_that_is_gone() {
    says(&World::new(), "service-stopped", Some(10));
}

/// The real client library at a service that refuses each client with this code: `rv` of
/// `version_struct` in `winscard_msg.h` of pcsc-lite, behind the two numbers of the protocol.
#[track_caller]
fn refused(rv: u32, code: &str) -> Value {
    let world = World::new();
    let service = UnixListener::bind(&world.service).unwrap();
    std::thread::spawn(move || {
        for client in service.incoming() {
            let (mut client, mut header, mut version) = (client.unwrap(), [0; 8], [0; 12]);
            client.read_exact(&mut header).unwrap();
            client.read_exact(&mut version).unwrap();
            version[8..].copy_from_slice(&rv.to_ne_bytes());
            client.write_all(&version).unwrap();
        }
    });
    let run = world.run("doctor --json");
    assert_eq!(run.status, Some(10), "{}", run.text());
    let findings = run.json()["findings"].as_array().unwrap().clone();
    let found = findings.iter().find(|one| one["code"] == code);
    found.unwrap_or_else(|| panic!("{}", run.text())).clone()
}

#[test]
fn a_service_that_refuses() {
    // SCARD_W_SECURITY_VIOLATION, as polkit has it: where it runs there is a bus.
    let bus = Path::new("/run/dbus/system_bus_socket").exists();
    refused(
        0x8010_006A,
        if bus {
            "service-refused"
        } else {
            "bus-unreachable"
        },
    );
    // SCARD_F_INTERNAL_ERROR.
    let found = refused(0x8010_0001, "service-failed");
    assert_eq!(
        found["about"],
        serde_json::json!(["reader.failed 0x80100001"])
    );
}

#[test]
fn a_real_service_and_its_cards() {
    pcscd::alone(2, |service| {
        let world = World::with_readers();
        says(&world, "card-absent", Some(10));
        let (card, _) = insert(service, 0, "hanako", as_it_is);
        says(&world, "service-running", None);
        says(&world, "card-my-number", None);
        let context = Context::establish(Scope::User).unwrap();
        let name = CString::new(service.readers()[0].name.as_str()).unwrap();
        let shared = context
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .unwrap();
        says(&world, "card-in-use", None);
        drop(shared);
        let held = context
            .connect(&name, ShareMode::Exclusive, Protocols::ANY)
            .unwrap();
        says(&world, "card-held", Some(10));
        drop(held);
        drop(card);
        service.wait_for_empty(&service.readers()[0]);
        let reader = &service.readers()[1];
        let _bank = ScriptedCard::insert(reader, &[0x3B, 0x00], |_| vec![0x6A, 0x82]);
        service.wait_for_card(reader);
        says(&world, "card-other", Some(10));
    });
}

#[test]
fn a_card_that_cannot_be_read_and_one_that_is_mute() {
    pcscd::alone(2, |service| {
        let world = World::with_readers();
        let reader = &service.readers()[0];
        let _broken = ScriptedCard::insert(reader, &[0x3B, 0x00], |_| vec![0x6F, 0x00]);
        service.wait_for_card(reader);
        says(&world, "card-unread", Some(10));
        let _mute = ScriptedCard::insert(&service.readers()[1], &[0x3B; 40], |_| vec![0x90, 0x00]);
        service.wait_for_something(&service.readers()[1]);
        says(&world, "card-mute", Some(10));
    });
}
