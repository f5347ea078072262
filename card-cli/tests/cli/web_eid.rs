//! `web-eid` as a browser meets it: frames, a scripted pinentry, manifests.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::signature::{Signature, SignatureKind};
use serde_json::{Value, json};

use crate::{Run, World, mode, schema};

const ORIGIN: &str = "https://example.org";

/// A pinentry that writes down what it is asked, gives `answer` for a PIN and `agreed` for a
/// question.
fn pinentry(world: &World, answer: &str, agreed: &str) {
    let script = "#!/bin/sh\necho OK\nwhile read -r line; do\n  echo \"$line\" >>asked\n\
                  case $line in GETPIN*) cat answer;; CONFIRM*) cat agreed;; esac\n  echo OK\ndone\n";
    let program = world.write("bin/pinentry", script);
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    world.write("answer", answer);
    world.write("agreed", agreed);
    let _ = fs::remove_file(world.path("asked"));
}

fn asked(world: &World) -> String {
    fs::read_to_string(world.path("asked")).unwrap_or_default()
}

/// A host that a browser has started.
struct Host(Child);

impl Host {
    fn start(world: &World, card: &str, caller: &[&str]) -> Self {
        let mut command = world.command(["--reader", card, "web-eid"]);
        let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
        Self::of(command.args(caller).env("PATH", path))
    }

    fn of(command: &mut std::process::Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    fn read(&mut self) -> Option<Value> {
        let from = self.0.stdout.as_mut().unwrap();
        let mut length = [0; 4];
        from.read_exact(&mut length).ok()?;
        let mut text = vec![0; u32::from_ne_bytes(length) as usize];
        from.read_exact(&mut text).unwrap();
        Some(serde_json::from_slice(&text).unwrap())
    }

    fn send(&mut self, text: &[u8]) {
        let length = u32::try_from(text.len()).unwrap().to_ne_bytes();
        let to = self.0.stdin.as_mut().unwrap();
        to.write_all(&[&length, text].concat()).unwrap();
    }

    /// The answer, the exit status, and what the browser's log gets.
    fn end(mut self) -> (Option<Value>, Option<i32>, String) {
        let answer = self.read();
        let mut log = String::new();
        self.0
            .stderr
            .as_mut()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        let status = self.0.wait().unwrap().code();
        (answer, status, log)
    }
}

/// The browser hangs up as soon as it has its answer. Its log is full, so that the host stands between
/// its answer and its end; a signal would reach everybody in its process group there.
#[test]
fn who_hangs_up_after_the_answer_changes_no_exit_status() {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let world = World::new();
    let (mut log, mut full) = std::io::pipe().unwrap();
    let flags = fcntl_getfl(&full).unwrap();
    fcntl_setfl(&full, flags | OFlags::NONBLOCK).unwrap();
    let failed = loop {
        if let Err(error) = full.write_all(&[b' '; 64]) {
            break error.kind();
        }
    };
    assert_eq!(failed, ErrorKind::WouldBlock);
    fcntl_setfl(&full, flags).unwrap();
    let mut command = world.command(["--reader", "sim:hanako", "web-eid"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut host = Host(command.stderr(full).spawn().unwrap());
    drop(command);
    host.read().unwrap();
    host.send(json!({ "command": "dance" }).to_string().as_bytes());
    let answer = host.read().unwrap();
    assert_eq!(code(&answer), "ERR_WEBEID_NATIVE_INVALID_ARGUMENT");
    let mut neighbour = world.tool("cat");
    neighbour.process_group(i32::try_from(host.0.id()).unwrap());
    let mut neighbour = neighbour.stdin(Stdio::piped()).spawn().unwrap();
    drop(host.0.stdin.take());
    for _ in 0..30 {
        thread::sleep(Duration::from_millis(10));
        assert_eq!(neighbour.try_wait().unwrap(), None);
        assert_eq!(host.0.try_wait().unwrap(), None);
    }
    drop(neighbour.stdin.take());
    assert!(neighbour.wait().unwrap().success());
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    assert!(!text.trim().is_empty());
    assert_eq!(host.0.wait().unwrap().code(), Some(2), "{text}");
}

fn ask(world: &World, card: &str, request: &Value) -> (Value, Option<i32>) {
    let mut host = Host::start(world, card, &[]);
    let version = host.read().unwrap();
    assert_eq!(version, json!({ "version": "2.0.0" }));
    host.send(request.to_string().as_bytes());
    let (answer, status, _) = host.end();
    (answer.unwrap_or_default(), status)
}

fn authenticate() -> Value {
    json!({
        "command": "authenticate",
        "arguments": { "challengeNonce": "A".repeat(44), "origin": ORIGIN, "lang": "en" },
    })
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or("none")
}

#[test]
fn a_page_logs_in_through_the_extension() {
    let world = World::new();
    pinentry(&world, "D 1234\n", "");
    let (token, status) = ask(&world, "sim:hanako", &authenticate());
    assert_eq!(status, Some(0), "{token}");
    let asked = asked(&world);
    assert!(
        asked.contains("https://example.org asks you to log in"),
        "{asked}"
    );
    assert!(asked.contains("3 of 3 attempts left"), "{asked}");
    world.write("token", &token.to_string());
    let verify = "login verify token --trust sim --origin https://example.org --nonce";
    world.run(&format!("{verify} {}", "A".repeat(44))).done();
    // The language is the page's.
    let mut japanese = authenticate();
    japanese["arguments"]["lang"] = "ja".into();
    ask(&world, "sim:hanako", &japanese);
    assert!(self::asked(&world).contains("ログインを求めています"));
}

#[test]
fn a_page_gets_a_signature_that_fits_after_two_consents() {
    let world = World::new();
    pinentry(&world, "D SIM12345\n", "");
    let request = json!({
        "command": "get-signing-certificate", "arguments": { "origin": ORIGIN, "lang": "en" },
    });
    let (answer, status) = ask(&world, "sim:hanako", &request);
    assert_eq!(status, Some(0), "{answer}");
    assert!(asked(&world).contains("your name, address, birth date and sex"));
    assert!(asked(&world).contains("password twice"));
    let algorithms = answer["supportedSignatureAlgorithms"].as_array().unwrap();
    assert_eq!(
        algorithms[0],
        json!({ "cryptoAlgorithm": "RSA", "hashFunction": "SHA-256", "paddingScheme": "PKCS1.5" })
    );
    let certificate = answer["certificate"].as_str().unwrap();
    let key = Certificate::parse_exact(&BASE64_STANDARD.decode(certificate).unwrap()).unwrap();
    for algorithm in [
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ] {
        let digest = Digest::of(algorithm, b"a document");
        let request = json!({ "command": "sign", "arguments": {
            "hash": BASE64_STANDARD.encode(digest.as_bytes()),
            "hashFunction": algorithm.name(),
            "certificate": certificate,
            "origin": ORIGIN,
        } });
        let (answer, status) = ask(&world, "sim:hanako", &request);
        assert_eq!(status, Some(0), "{answer}");
        assert_eq!(
            answer["signatureAlgorithm"]["hashFunction"],
            algorithm.name()
        );
        let bytes = BASE64_STANDARD
            .decode(answer["signature"].as_str().unwrap())
            .unwrap();
        let signature = Signature::new(SignatureKind::RsaPkcs1v15, bytes);
        key.public_key().verify_digest(&digest, &signature).unwrap();
    }
    // Somebody else's certificate, and a hash of another length.
    let digest = BASE64_STANDARD.encode([7; 32]);
    for (card, hash, function, expected) in [
        ("sim:taro", digest.as_str(), "SHA-256", "FATAL"),
        ("sim:hanako", digest.as_str(), "SHA-512", "INVALID_ARGUMENT"),
        ("sim:hanako", "!", "SHA-256", "INVALID_ARGUMENT"),
        ("sim:hanako", digest.as_str(), "SHA-1", "INVALID_ARGUMENT"),
    ] {
        let expected = format!("ERR_WEBEID_NATIVE_{expected}");
        let request = json!({ "command": "sign", "arguments": {
            "hash": hash, "hashFunction": function, "certificate": certificate, "origin": ORIGIN,
        } });
        let (answer, status) = ask(&world, card, &request);
        assert_eq!(
            (code(&answer), status),
            (expected.as_str(), Some(2)),
            "{answer}"
        );
    }
}

#[test]
fn whoever_says_no_discloses_nothing() {
    let world = World::new();
    let attempts = || {
        let json = world
            .run("--json --reader sim:hanako pin status")
            .done()
            .json();
        [
            &json["attempts"]["authentication"],
            &json["attempts"]["signature"],
        ]
        .map(Value::clone)
    };
    let cancelled = "ERR 83886179 canceled\n";
    let get = json!({ "command": "get-signing-certificate", "arguments": { "origin": ORIGIN } });
    for (answer, agreed, request) in [
        (cancelled, "", authenticate()),
        (cancelled, "", get.clone()),
        ("D SIM12345\n", cancelled, get),
    ] {
        pinentry(&world, answer, agreed);
        let (answer, status) = ask(&world, "sim:hanako", &request);
        assert_eq!(
            (code(&answer), status),
            ("ERR_WEBEID_USER_CANCELLED", Some(50))
        );
        assert_eq!(attempts(), [3, 5].map(Value::from));
        assert!(!asked(&world).contains("GETPIN") || agreed.is_empty());
    }
    // A wrong PIN costs one attempt, is shown, and is not asked for again.
    pinentry(&world, "D 0000\n", "");
    let (answer, status) = ask(&world, "sim:hanako", &authenticate());
    assert_eq!(
        (code(&answer), status),
        ("ERR_WEBEID_USER_CANCELLED", Some(20))
    );
    assert_eq!(attempts(), [2, 5].map(Value::from));
    assert!(
        asked(&world).contains("2 attempts are left"),
        "{}",
        asked(&world)
    );
    assert_eq!(asked(&world).matches("GETPIN").count(), 1);
    // The last attempt is not spent, and the page learns nothing about it.
    pinentry(&world, "D 1234\n", "");
    let (answer, status) = ask(&world, "sim:nokori", &authenticate());
    assert_eq!(
        (code(&answer), status),
        ("ERR_WEBEID_USER_CANCELLED", Some(22))
    );
    assert!(!answer.to_string().contains("attempt"), "{answer}");
    // Whoever sits here has a dialog, and no command line.
    let said = asked(&world).replace("%0A", "\n");
    assert!(said.contains("last attempt is never used here"), "{said}");
    assert!(!said.contains("--"), "{said}");
    // No reader: told here, asked whether to try again, and then left.
    pinentry(&world, "D 1234\n", cancelled);
    let (answer, _) = ask(&world, "0", &authenticate());
    assert_eq!(code(&answer), "ERR_WEBEID_USER_CANCELLED");
    assert!(asked(&world).contains("CONFIRM"));
}

#[test]
fn requests_that_are_none() {
    let world = World::new();
    pinentry(&world, "D 1234\n", "");
    let with = |member: &str, value: Value| {
        let mut request = authenticate();
        request["arguments"][member] = value;
        request.to_string()
    };
    let without = |member: &str| {
        let mut request = authenticate();
        request["arguments"].as_object_mut().unwrap().remove(member);
        request.to_string()
    };
    let twice = authenticate()
        .to_string()
        .replace("\"lang\":\"en\"", "\"lang\":\"en\",\"lang\":\"en\"");
    assert!(twice.contains("\"lang\":\"en\",\"lang\""));
    for text in [
        "{}xx".to_owned(),
        "hello, world".into(),
        "[[[[[".into(),
        "\u{0}\u{0}\u{0}\u{0}\u{0}".into(),
        with("extra", "x".into()),
        with("challengeNonce", "short".into()),
        with("challengeNonce", 1.into()),
        with("origin", "http://example.org".into()),
        with("origin", "https://example.org/path".into()),
        without("origin"),
        without("challengeNonce"),
        twice.clone(),
        json!({ "command": "get-certificate", "arguments": { "origin": ORIGIN } }).to_string(),
        json!({ "command": "authenticate" }).to_string(),
        json!({ "command": "authenticate", "arguments": [] }).to_string(),
        "x".repeat(8193),
        "1234".into(),
    ] {
        let mut host = Host::start(&world, "sim:hanako", &[]);
        host.read().unwrap();
        host.send(text.as_bytes());
        let (answer, status, log) = host.end();
        let answer = answer.unwrap_or_default();
        // A frame with a request in it, or none.
        let request = serde_json::from_str::<Value>(&text).is_ok_and(|it| it.is_object());
        let expected = match request && text.len() <= 8192 && text != twice {
            true => "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
            false => "ERR_WEBEID_NATIVE_FATAL",
        };
        assert_eq!(code(&answer), expected, "{text:.80}: {answer} {log}");
        assert_eq!(status, Some(2), "{text:.80}");
    }
    assert_eq!(asked(&world), "", "nobody was asked");
}

#[test]
fn who_may_ask_and_when_it_ends() {
    let world = World::new();
    pinentry(&world, "D 1234\n", "");
    let chrome = "chrome-extension://ncibgoaomkmdpilpocfeponihegamlic/";
    let firefox = ["/a/manifest.json", "{e68418bc-f2b0-4459-a9ea-3e72b6751b07}"];
    for caller in [&[chrome][..], &firefox] {
        let mut host = Host::start(&world, "sim:hanako", caller);
        assert!(host.read().is_some(), "{caller:?}");
        host.send(br#"{"command":"quit","arguments":{}}"#);
        let (answer, status, _) = host.end();
        // The library's status() waits for this answer.
        assert_eq!((answer, status), (Some(json!({})), Some(0)));
    }
    for caller in [
        &["chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"][..],
        &["/a", "b@c"],
    ] {
        let (answer, status, _) = Host::start(&world, "sim:hanako", caller).end();
        assert_eq!((answer, status), (None, Some(2)), "{caller:?}");
    }
    // Hung up before asking, in the middle of it, and while the dialog is open.
    let hang_up = |bytes: &[u8]| {
        let mut host = Host::start(&world, "sim:hanako", &[]);
        host.read().unwrap();
        host.0.stdin.as_mut().unwrap().write_all(bytes).unwrap();
        drop(host.0.stdin.take());
        host.end()
    };
    assert_eq!(hang_up(b"").1, Some(0));
    let (answer, status, _) = hang_up(&[9, 0, 0, 0, b'{']);
    assert_eq!(
        (code(&answer.unwrap()), status),
        ("ERR_WEBEID_NATIVE_FATAL", Some(2))
    );
}

/// A dialog does not look at its input while it waits for a person, so it has to be told.
#[test]
fn the_dialog_ends_with_the_browser() {
    let world = World::new();
    let waits = "#!/bin/sh\necho OK\nwhile read -r line; do\n  case $line in GETPIN*) \
                 echo $$ >new; mv new open; exec sleep 600;; esac\n  echo OK\ndone\n";
    let program = world.write("bin/pinentry", waits);
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let sign = json!({
        "command": "get-signing-certificate", "arguments": { "origin": ORIGIN, "lang": "en" },
    });
    for request in [authenticate(), sign] {
        let mut host = Host::start(&world, "sim:hanako", &[]);
        host.read().unwrap();
        host.send(request.to_string().as_bytes());
        while !world.path("open").exists() {
            std::thread::yield_now();
        }
        let dialog = fs::read_to_string(world.path("open")).unwrap();
        let dialog = format!("/proc/{}", dialog.trim());
        assert!(fs::exists(&dialog).unwrap());
        drop(host.0.stdin.take());
        let (answer, status, log) = host.end();
        assert_eq!((answer, status), (None, Some(50)), "{log}");
        while is_running(&dialog) {
            std::thread::yield_now();
        }
        fs::remove_file(world.path("open")).unwrap();
    }
    let card = world.run("--json --reader sim:hanako status").done().json();
    assert_eq!(card["attempts"]["authentication"], 3, "{card:#}");
    assert_eq!(card["attempts"]["signature"], 5, "{card:#}");
}

/// A transcript is all that a host ever writes.
#[test]
fn what_the_host_writes_is_for_its_owner_only() {
    let mut world = World::new();
    pinentry(&world, "D 1234\n", "");
    for umask in ["000", "277"] {
        world.umask = Some(umask);
        let mut host = Host::start(&world, "sim:hanako", &["--trace", "trace"]);
        host.read().unwrap();
        host.send(authenticate().to_string().as_bytes());
        let (answer, status, log) = host.end();
        assert_eq!(status, Some(0), "{answer:?} {log}");
        assert_eq!(mode(&world.path("trace")), 0o600, "{umask}");
        fs::remove_file(world.path("trace")).unwrap();
    }
}

/// Whether a process is there; one that has ended waits for whoever adopted it.
fn is_running(process: &str) -> bool {
    let stat = fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.as_bytes()[0]);
    state.is_some_and(|state| state != b'Z')
}

#[test]
fn a_site_is_tested_with_a_simulated_card() {
    let world = World::new();
    world
        .run("--json web-eid install --sim nobody --browser firefox")
        .failed(2, "persona.unknown");
    let run = world.run("--json web-eid install --sim hanako --browser firefox");
    let wrapper = run.done().json()["wrapper"].as_str().unwrap().to_owned();
    let script = fs::read_to_string(&wrapper).unwrap();
    assert!(script.contains("--reader 'sim:hanako' web-eid"), "{script}");
    // As the browser starts it.
    let firefox = "{e68418bc-f2b0-4459-a9ea-3e72b6751b07}";
    let mut host = Host::of(world.tool(&wrapper).args(["/a/manifest.json", firefox]));
    assert_eq!(host.read().unwrap()["version"], "2.0.0");
    host.send(br#"{"command":"quit","arguments":{}}"#);
    assert_eq!(host.end().0, Some(json!({})));
    world.run("web-eid uninstall").done();
    assert!(!std::path::Path::new(&wrapper).exists());
}

#[test]
fn manifests_are_written_and_removed_and_nobody_else_s() {
    let world = World::new();
    let firefox = world.path(".mozilla/native-messaging-hosts/mynacard.webeid.json");
    let chrome = world.path(".config/google-chrome/NativeMessagingHosts/eu.webeid.json");
    let run = |line: &str| {
        let run = world.run(&format!("--json {line}"));
        schema::holds(&run.json());
        run
    };
    let json = run("--reader sim:hanako web-eid install").done().json();
    assert_eq!(json["manifests"].as_array().unwrap().len(), 3);
    let manifest: Value = serde_json::from_slice(&fs::read(&firefox).unwrap()).unwrap();
    assert_eq!(manifest["name"], "mynacard.webeid");
    assert_eq!(manifest["type"], "stdio");
    assert_eq!(manifest["allowed_extensions"].as_array().unwrap().len(), 1);
    // What the manifest names is a host.
    let wrapper = manifest["path"].as_str().unwrap();
    assert_eq!(fs::read_to_string(wrapper).unwrap().lines().count(), 2);
    let mut host = world.tool(wrapper);
    host.stdin(Stdio::null());
    let said = Run::of(host.output().unwrap());
    assert!(
        said.stdout.ends_with(b"{\"version\":\"2.0.0\"}"),
        "{}",
        said.stderr
    );
    run("web-eid install").done();

    // Web eID itself is there: nothing of it is touched, and nothing is half done.
    fs::create_dir_all(chrome.parent().unwrap()).unwrap();
    fs::write(&chrome, "{\"path\":\"/usr/bin/web-eid\"}").unwrap();
    run("web-eid install --as eu.webeid").failed(2, "output.exists");
    assert!(
        !world
            .path(".mozilla/native-messaging-hosts/eu.webeid.json")
            .exists()
    );
    run("web-eid install --as eu.webeid --browser firefox --browser chromium").done();
    let json = run("web-eid uninstall --as eu.webeid").done().json();
    let done: Vec<&str> = json["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|manifest| manifest["done"].as_str().unwrap())
        .collect();
    assert_eq!(done, ["removed", "foreign", "removed"]);
    assert!(chrome.exists());
    assert!(firefox.exists(), "the other name is another installation");
    run("web-eid uninstall").done();
    assert!(!firefox.exists() && !std::path::Path::new(wrapper).exists());
    run("web-eid uninstall").done();
}
