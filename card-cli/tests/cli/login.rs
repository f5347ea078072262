//! Logging in by the program: the card's side, the service's, and everybody who should not get in.

use std::fs;
use std::process::Stdio;

use card_core::certificate::Certificate;
use serde_json::{Value, json};

use crate::{Run, World, mode, schema};

const ORIGIN: &str = "https://example.org";

fn challenge(world: &World) -> String {
    let line = format!("--json login challenge --origin {ORIGIN} --store service");
    let json = world.run(&line).done().json();
    schema::holds(&json);
    json["nonce"].as_str().unwrap().to_owned()
}

fn answer(world: &World, who: &str, origin: &str, nonce: &str) {
    let line = format!("--reader sim:{who} --pin sim login --origin {origin} --nonce {nonce}");
    world.run(&format!("{line} -o token --force")).done();
}

fn verify(world: &World, nonce: &str, more: &str) -> Run {
    let line = "--json login verify token --trust sim --store service";
    let run = world.run(&format!("{line} --origin {ORIGIN} --nonce {nonce} {more}"));
    let json = run.json();
    schema::holds(&json);
    assert!(!json.to_string().contains("good"), "{json:#}");
    run
}

#[track_caller]
fn refused(run: &Run, reason: &str) {
    let json = run.json();
    assert_eq!(
        (run.status, &json["reason"]),
        (Some(40), &reason.into()),
        "{json:#}"
    );
    assert_eq!(
        (&json["accepted"], &json["identity"]),
        (&false.into(), &Value::Null)
    );
}

#[test]
fn a_card_logs_in_once_for_each_challenge() {
    let world = World::new();
    let nonce = challenge(&world);
    assert_eq!(nonce.len(), 72);
    assert_eq!(mode(&world.path("service")), 0o700);
    answer(&world, "hanako", ORIGIN, &nonce);
    assert_eq!(mode(&world.path("token")), 0o600);
    let run = verify(&world, &nonce, "");
    let first = run.json();
    assert_eq!(
        (run.status, &first["accepted"]),
        (Some(0), &true.into()),
        "{first:#}"
    );
    assert_eq!(first["revocation"]["status"], "not-checked");
    assert_eq!(first["identity"].as_str().unwrap().len(), 64);
    assert_eq!(mode(&world.path("service/identity.key")), 0o600);
    refused(&verify(&world, &nonce, ""), "nonce.unknown");
    // The same person again, and another one.
    let nonce = challenge(&world);
    answer(&world, "hanako", ORIGIN, &nonce);
    assert_eq!(
        verify(&world, &nonce, "").json()["identity"],
        first["identity"]
    );
    let nonce = challenge(&world);
    answer(&world, "jisedai", ORIGIN, &nonce);
    let other = verify(&world, &nonce, "");
    assert_eq!(other.status, Some(0), "{:#}", other.json());
    assert_ne!(other.json()["identity"], first["identity"]);
}

#[test]
fn the_token_is_all_that_is_printed_and_costs_what_it_may() {
    let world = World::new();
    let nonce = "A".repeat(44);
    let line = format!("--reader sim:hanako --pin sim login --origin {ORIGIN} --nonce {nonce}");
    let token: Value = serde_json::from_slice(&world.run(&line).done().stdout).unwrap();
    let members: Vec<&str> = token
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "algorithm",
        "appVersion",
        "format",
        "signature",
        "unverifiedCertificate",
    ];
    assert_eq!(members, expected);
    let report = world.run(&format!("--json {line}")).done().json();
    schema::holds(&report);
    assert_eq!(
        report["token"]["unverifiedCertificate"],
        token["unverifiedCertificate"]
    );
    assert_eq!(report["presented"], 1);
    assert_eq!(report["exchanges"], 12);
    // From standard input to standard input.
    world.write("again", &token.to_string());
    let run = world.run_with(
        &format!("login verify - --trust sim --origin {ORIGIN} --nonce {nonce}"),
        &token.to_string(),
    );
    assert!(
        run.done()
            .text()
            .starts_with("VALID (revocation not checked)\n")
    );
}

#[test]
fn a_certificate_that_was_remembered_is_compared_by_its_beginning_and_proven_by_the_signature() {
    let world = World::new();
    let nonce = "A".repeat(44);
    let login = |who: &str| {
        world.run(&format!(
            "--json --reader sim:{who} --pin sim login --origin {ORIGIN} --nonce {nonce}"
        ))
    };
    let read_whole = login("hanako").done().json();
    let kept = world
        .run("--reader sim:hanako cert auth --format der --remember")
        .done();
    assert!(kept.stderr.contains("cert auth --forget"));
    let folder = world.path(".local/state/mynacard/certificates");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    let [Ok(file)] = files.as_slice() else {
        panic!("{files:?}");
    };
    assert_eq!((mode(&folder), mode(&file.path())), (0o700, 0o600));
    assert_eq!(fs::read(file.path()).unwrap(), kept.stdout);

    let compared = login("hanako").done().json();
    assert_eq!(
        (&compared["exchanges"], &compared["presented"]),
        (&json!(6), &json!(1))
    );
    let certificate = "unverifiedCertificate";
    assert_eq!(
        compared["token"][certificate],
        read_whole["token"][certificate]
    );
    let sign = "--json --reader sim:hanako --pin sim sign --format jws --key auth file";
    world.write("file", "text");
    let signed = world.run(sign).done().json();
    assert_eq!(signed["exchanges"], 6, "{signed:#}");
    // Another card is read whole.
    assert_eq!(login("kyusei").done().json()["exchanges"], 12);

    // A file that was changed is not used.
    let mut other = kept.stdout.clone();
    other[500] ^= 1;
    fs::write(file.path(), &other).unwrap();
    assert_eq!(login("hanako").done().json()["exchanges"], 12);
    // Another key behind the same beginning: no token leaves.
    let forged = Certificate::parse_exact(&other).unwrap().fingerprint();
    let hex = |byte: &u8| format!("{byte:02X}");
    let name: String = forged.as_bytes().iter().map(hex).collect();
    let forged = folder.join(format!("{name}.der"));
    fs::write(&forged, &other).unwrap();
    login("hanako").failed(40, "signature.mismatch");
    // Where no signature follows, the card's own is read whole.
    let line = "--reader sim:hanako cert auth --format der";
    assert_eq!(world.run(line).done().stdout, kept.stdout);
    fs::remove_file(&forged).unwrap();

    fs::write(file.path(), &kept.stdout).unwrap();
    assert_eq!(login("hanako").done().json()["exchanges"], 6);
    world.run("--reader sim:hanako cert auth --forget").done();
    assert!(!file.path().exists());
    assert_eq!(login("hanako").done().json()["exchanges"], 12);
    for which in ["sign", "auth-ca", "sign-ca"] {
        let line = format!("--json --reader sim:hanako cert {which} --remember");
        world.run(&line).failed(2, "usage.wrong");
    }
}

#[test]
fn everybody_else_is_refused_and_burns_the_nonce() {
    let world = World::new();
    let other = "B".repeat(44);
    for (who, origin, nonce, reason) in [
        (
            "hanako",
            "https://example.org:8443",
            None,
            "token.signature",
        ),
        ("hanako", "https://example.com", None, "token.signature"),
        (
            "hanako",
            "https://xn--exmple-4uf.org",
            None,
            "token.signature",
        ),
        ("hanako", ORIGIN, Some(other.as_str()), "token.signature"),
        ("kigen", ORIGIN, None, "certificate.expired"),
    ] {
        let fresh = challenge(&world);
        answer(&world, who, origin, nonce.unwrap_or(&fresh));
        refused(&verify(&world, &fresh, ""), reason);
        refused(&verify(&world, &fresh, ""), "nonce.unknown");
    }
    for (token, reason) in [
        ("", "token.length"),
        ("{}", "token.length"),
        (&"x".repeat(200), "token.malformed"),
        (&" ".repeat(200), "token.length"),
        (&"x".repeat(2 << 20), "token.length"),
    ] {
        let fresh = challenge(&world);
        world.write("token", token);
        let run = verify(&world, &fresh, "");
        refused(&run, reason);
        refused(&verify(&world, &fresh, ""), "nonce.unknown");
    }
    refused(&verify(&world, "short", ""), "nonce.invalid");
    refused(&verify(&world, &other, ""), "nonce.unknown");
}

#[test]
fn changed_tokens_are_refused() {
    let world = World::new();
    let nonce = challenge(&world);
    answer(&world, "hanako", ORIGIN, &nonce);
    let whole = fs::read_to_string(world.path("token")).unwrap();
    let token: Value = serde_json::from_str(&whole).unwrap();
    answer(&world, "taro", ORIGIN, &nonce);
    let foreign: Value = serde_json::from_slice(&fs::read(world.path("token")).unwrap()).unwrap();
    let with = |member: &str, value: Value| {
        let mut changed = token.clone();
        changed[member] = value;
        changed.to_string()
    };
    let certificate = token["unverifiedCertificate"].as_str().unwrap();
    for (changed, reason) in [
        (
            with(
                "unverifiedCertificate",
                foreign["unverifiedCertificate"].clone(),
            ),
            "token.signature",
        ),
        (
            with("signature", foreign["signature"].clone()),
            "token.signature",
        ),
        (with("format", "web-eid:10".into()), "token.format"),
        (with("format", "web-eid:2.0".into()), "token.format"),
        (with("algorithm", "ES256".into()), "token.algorithm"),
        (with("algorithm", "none".into()), "token.algorithm"),
        (
            format!("{{\"extra\":1,\"extra\":2,{}", &whole[1..]),
            "token.malformed",
        ),
        (with("signature", Value::Null), "token.malformed"),
        (
            with("unverifiedCertificate", certificate[..400].into()),
            "certificate.malformed",
        ),
        (
            format!("{{\"format\":\"web-eid:1.0\",{}", &whole[1..]),
            "token.malformed",
        ),
    ] {
        // Without a store, so that the token alone decides.
        world.write("token", &changed);
        let line = format!("--json login verify token --trust sim --origin {ORIGIN}");
        refused(&world.run(&format!("{line} --nonce {nonce}")), reason);
    }
    // Believed by nobody but the simulator's own.
    world.write("token", &whole);
    let line = format!("--json login verify token --origin {ORIGIN} --nonce {nonce}");
    refused(&world.run(&line), "issuer.unknown");
}

#[test]
fn of_requests_at_the_same_moment_one_wins() {
    let world = World::new();
    for _ in 0..5 {
        let nonce = challenge(&world);
        answer(&world, "hanako", ORIGIN, &nonce);
        let line = format!(
            "login verify token --trust sim --store service --origin {ORIGIN} --nonce {nonce}"
        );
        let all: Vec<_> = (0..8)
            .map(|_| {
                let mut command = world.command(line.split_whitespace());
                command
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let won = all
            .into_iter()
            .map(|mut child| child.wait().unwrap().code().unwrap())
            .filter(|code| *code == 0)
            .count();
        assert_eq!(won, 1);
    }
}

#[test]
fn revocation_where_it_is_demanded() {
    let world = World::new();
    let nonce = challenge(&world);
    answer(&world, "hanako", ORIGIN, &nonce);
    let run = verify(&world, &nonce, "--require-revocation");
    let json = run.json();
    assert_eq!(
        (run.status, &json["reason"]),
        (Some(41), &"revocation.not-checked".into())
    );
    assert_eq!(
        (&json["accepted"], &json["identity"]),
        (&false.into(), &Value::Null)
    );
}

#[test]
fn an_identity_has_a_key_or_is_not_told() {
    let world = World::new();
    let nonce = "A".repeat(44);
    answer(&world, "hanako", ORIGIN, &nonce);
    let line = format!("--json login verify token --trust sim --origin {ORIGIN} --nonce {nonce}");
    let identity =
        |more: &str| world.run(&format!("{line} {more}")).done().json()["identity"].clone();
    assert_eq!(identity(""), Value::Null);
    world.write("key-1", &"1".repeat(32));
    world.write("key-2", &"2".repeat(32));
    assert_eq!(
        identity("--identity-key key-1"),
        identity("--identity-key key-1")
    );
    assert_ne!(
        identity("--identity-key key-1"),
        identity("--identity-key key-2")
    );
    world.write("short", &"1".repeat(31));
    world
        .run(&format!("{line} --identity-key short"))
        .failed(2, "input.unreadable");
    world
        .run(&format!("{line} --identity-key none"))
        .failed(2, "input.unreadable");
}

#[test]
fn mistakes_of_the_caller_are_told_before_the_card_is_asked() {
    let world = World::new();
    let nonce = "A".repeat(44);
    for origin in [
        "http://example.org",
        "https://example.org/",
        "https://example.org.",
        "https://EXAMPLE.org",
        "https://example.org:443",
        "https://ex\u{430}mple.org",
    ] {
        let line = format!("--json --reader sim:nobody login --origin {origin} --nonce {nonce}");
        world.run(&line).failed(2, "origin.invalid");
    }
    let line = format!("--json --reader sim:nobody login --origin {ORIGIN} --nonce");
    world
        .run(&format!("{line} {}", "A".repeat(43)))
        .failed(2, "usage.wrong");
    world
        .run(&format!("{line} {nonce} -o nowhere/token"))
        .failed(2, "output.unwritable");
    world.run("--json login").failed(2, "usage.wrong");
    world.write("file", "");
    let line = format!("--json login challenge --origin {ORIGIN} --store file");
    world.run(&line).failed(2, "nonce.store");
}
