//! Files appear whole or not at all, where they should, for whom they should.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::{World, documents, mode};

#[test]
fn signatures_are_made_beside_their_files_and_fit() {
    let world = World::new();
    world.write("文書/契約書.txt", "甲と乙は\n");
    world.write("文書/別紙.tar.gz", "…");
    let sign = "--reader sim:hanako --pin sim sign --format raw 文書/契約書.txt 文書/別紙.tar.gz";
    let run = world.run(sign).done();
    assert!(
        run.text().contains("文書/契約書.txt → 文書/契約書.txt.sig"),
        "{}",
        run.text()
    );
    assert!(run.stderr.starts_with("SIMULATED"));
    assert_eq!(mode(&world.path("文書/契約書.txt.sig")), 0o644);
    assert_eq!(
        fs::read(world.path("文書/別紙.tar.gz.sig")).unwrap().len(),
        256
    );
    world
        .run("--reader sim:hanako --pin sim cert sign -o sign.pem")
        .done();
    assert_eq!(mode(&world.path("sign.pem")), 0o600, "it names its holder");
    world
        .run("--reader sim:hanako cert sign-ca -o ca.pem")
        .done();
    assert_eq!(mode(&world.path("ca.pem")), 0o644);
    openssl_accepts(
        &world,
        "sign.pem",
        "sha256",
        "文書/契約書.txt.sig",
        "文書/契約書.txt",
    );
    // Standard input to standard output.
    let piped = world.run_with(
        "--reader sim:hanako --pin sim sign --format raw --key auth --check -",
        "a challenge",
    );
    fs::write(world.path("challenge.sig"), piped.done().stdout).unwrap();
    world.write("challenge", "a challenge");
    world
        .run("--reader sim:hanako cert auth -o auth.pem")
        .done();
    openssl_accepts(&world, "auth.pem", "sha256", "challenge.sig", "challenge");
}

#[test]
fn the_next_generation_signs_with_the_digest_of_its_curve() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    let card = "--reader sim:jisedai --pin sim";
    for (key, cert, digest) in [("auth", "auth", "sha256"), ("sign", "sign", "sha384")] {
        world
            .run(&format!("{card} cert {cert} -o {key}.pem"))
            .done();
        let sign = format!("{card} sign --format raw --check --key {key} a.txt -o {key}.sig");
        world.run(&sign).done();
        openssl_accepts(
            &world,
            &format!("{key}.pem"),
            digest,
            &format!("{key}.sig"),
            "a.txt",
        );
    }
}

/// Every command that writes about a person: into a new file, and over one that others can read.
#[test]
fn files_that_name_a_person_are_for_their_owner_only() {
    let mut world = documents::world();
    let nonce = "A".repeat(44);
    let login = format!("hanako --pin sim login --origin https://example.org --nonce {nonce}");
    let sign = "hanako --pin sim sign --consent-disclosure --format";
    let commands: [(String, &[&str]); 10] = [
        ("hanako --pin sim cert sign -o cert".into(), &["cert"]),
        ("hanako cert auth -o auth".into(), &["auth"]),
        (format!("{login} -o token"), &["token"]),
        (
            "hanako --pin sim face --output-dir .".into(),
            &[
                "portrait.png",
                "name.png",
                "address.png",
                "security-code.png",
                "face.txt",
            ],
        ),
        ("menkyo --pin sim licence --portrait jp2".into(), &["jp2"]),
        (format!("{sign} cms a.txt -o p7s"), &["p7s"]),
        (format!("{sign} cms-attached a.txt -o p7m"), &["p7m"]),
        (format!("{sign} pdf a.pdf -o pdf"), &["pdf"]),
        (format!("{sign} xml --xades a.xml -o xml"), &["xml"]),
        (format!("{sign} jws --key sign a.txt -o jws"), &["jws"]),
    ];
    for (line, files) in &commands {
        for umask in ["000", "277"] {
            world.umask = Some(umask);
            world.run(&format!("--reader sim:{line}")).done();
            for file in *files {
                assert_eq!(mode(&world.path(file)), 0o600, "{umask} {line}: {file}");
                fs::remove_file(world.path(file)).unwrap();
                world.write(file, "older");
                assert_eq!(mode(&world.path(file)), 0o644);
            }
            world.run(&format!("--reader sim:{line} --force")).done();
            for file in *files {
                assert_eq!(mode(&world.path(file)), 0o600, "{umask} {line}: {file}");
                fs::remove_file(world.path(file)).unwrap();
            }
        }
    }
    // Those that grow: the transcript, which is never written over, and the record of handlings.
    let record = ".local/state/mynacard/handling.jsonl";
    let number = "--reader sim:hanako --pin sim --trace trace number --purpose holder";
    for umask in ["000", "277"] {
        world.umask = Some(umask);
        world.run(number).done();
        for file in ["trace", record] {
            assert_eq!(mode(&world.path(file)), 0o600, "{umask} {file}");
        }
        fs::remove_file(world.path("trace")).unwrap();
        fs::set_permissions(world.path(record), fs::Permissions::from_mode(0o644)).unwrap();
    }
}

fn openssl_accepts(world: &World, certificate: &str, digest: &str, signature: &str, file: &str) {
    let run = |arguments: &[&str]| {
        let output = world.tool("openssl").args(arguments).output();
        output.expect("openssl is missing: install the Debian package openssl")
    };
    let key = run(&["x509", "-in", certificate, "-noout", "-pubkey"]);
    fs::write(world.path("key"), key.stdout).unwrap();
    let dgst = format!("-{digest}");
    let judged = run(&[
        "dgst",
        &dgst,
        "-verify",
        "key",
        "-signature",
        signature,
        file,
    ]);
    assert_eq!(
        String::from_utf8_lossy(&judged.stdout).trim(),
        "Verified OK"
    );
}

#[test]
fn certificates_in_every_form() {
    let world = World::new();
    let cert = |format: &str| {
        world
            .run(&format!("--reader sim:hanako cert auth --format {format}"))
            .done()
            .stdout
    };
    let der = cert("der");
    assert!(der.starts_with(&[0x30, 0x82]));
    assert!(cert("pem").starts_with(b"-----BEGIN CERTIFICATE-----\n"));
    let ssh = String::from_utf8(cert("ssh")).unwrap();
    assert!(
        ssh.starts_with("ssh-rsa AAAA") && !ssh.contains("HANAKO"),
        "{ssh}"
    );
    let text = String::from_utf8(cert("text")).unwrap();
    assert!(text.contains("This certificate holds no name"), "{text}");
    assert_eq!(
        cert("json"),
        world
            .run("--json --reader sim:hanako cert auth")
            .done()
            .stdout
    );
    world
        .run("--reader sim:hanako cert auth --format der -o a.der")
        .done();
    assert_eq!(fs::read(world.path("a.der")).unwrap(), der);
}

#[test]
fn what_holds_a_name_says_so() {
    let world = World::new();
    let run = world.run("--reader sim:hanako --pin sim cert sign").done();
    assert!(
        run.stderr
            .contains("holds name, address, birth date and sex")
    );
    for personal in [
        "見本　花子",
        "東京都見本区架空町一丁目２番３号",
        "1990-04-01",
        "female",
    ] {
        assert!(run.text().contains(personal), "{personal}");
    }
    let japanese = world
        .run("--lang ja --reader sim:hanako --pin sim cert sign")
        .done()
        .text();
    assert!(
        japanese.contains("平成2年4月1日") && japanese.contains("女"),
        "{japanese}"
    );
    let expired = world.run("--reader sim:kigen cert auth").done().text();
    assert!(expired.contains("(expired)"), "{expired}");
}

#[test]
fn nothing_is_written_where_it_must_not_be() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    world.write("a.txt.sig", "mine");
    let sign = "--json --reader sim:hanako --pin sim sign --format raw a.txt";
    let trace = world.path("trace");
    let line = format!("{sign} --trace {}", trace.display());
    world.run(&line).failed(2, "output.exists");
    assert!(!trace.exists(), "the card was not even reached for");
    assert_eq!(fs::read(world.path("a.txt.sig")).unwrap(), b"mine");
    // Nobody can make a file there, not even root.
    world
        .run(&format!("{sign} -o /proc/a.sig"))
        .failed(2, "output.unwritable");
    world
        .run(&format!("{sign} -o ."))
        .failed(2, "output.unwritable");
    world.run(&format!("{sign} --force")).done();
    assert_eq!(fs::read(world.path("a.txt.sig")).unwrap().len(), 256);
    let left: Vec<_> = fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".mynacard"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_failure_leaves_no_file() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    let wrong = "--json --reader sim:hanako --pin stdin sign --format raw a.txt";
    world.run_with(wrong, "WRONG123").failed(20, "pin.wrong");
    let odd = "--json --reader sim:hanako --pin sim sign --format raw a.txt nowhere.txt";
    world.run(odd).failed(2, "input.unreadable");
    assert!(!world.path("a.txt.sig").exists());
}

#[test]
fn what_was_finished_before_a_failure_is_whole_and_named() {
    let world = World::new();
    for name in ["a.txt", "b.txt", "c.txt"] {
        world.write(name, name);
    }
    std::os::unix::fs::symlink("/dev/full", world.path("b.txt.sig")).unwrap();
    let run = world.run("--json --reader sim:hanako --pin sim sign --format raw a.txt b.txt c.txt");
    let run = run.failed(2, "output.unwritable");
    assert_eq!(
        run.json()["details"]["done"],
        serde_json::json!(["a.txt.sig"])
    );
    assert!(
        run.stderr.contains("finished before that"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read(world.path("a.txt.sig")).unwrap().len(), 256);
    assert!(!world.path("c.txt.sig").exists());
}

#[test]
fn transcripts_hold_nothing_personal_and_are_explained() {
    let world = World::new();
    world
        .run("--reader sim:hanako --pin sim --trace t cert sign -o c.pem")
        .done();
    assert_eq!(mode(&world.path("t")), 0o600);
    let trace = fs::read_to_string(world.path("t")).unwrap();
    assert!(
        trace.contains("[secret]") && trace.contains("personal bytes"),
        "{trace}"
    );
    // SIM12345, 見本 and the first bytes of the certificate.
    for hidden in ["53 49 4D 31", "E8 A6 8B E6 9C AC", "30 82 06"] {
        assert!(!trace.contains(hidden), "{hidden}");
    }
    let shown = world.run("trace show t").done().text();
    for word in [
        "signature password",
        "signature certificate",
        "5 attempts left",
        "without power",
    ] {
        assert!(shown.contains(word), "{word}\n{shown}");
    }
    assert!(
        shown.ends_with("11 exchanges, 1 PIN presented\n"),
        "{shown}"
    );
}
