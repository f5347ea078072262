//! Exit status and code of every failure that a simulated card or the command line can bring
//! about. Those of real readers are shown through pcscd.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::json;

use crate::{World, schema};

#[test]
fn exit_statuses_row_by_row() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    world.write("there.sig", "");
    world.write("issuers/one.cvkey.toml", "key-id = \"00\"\n");
    world.write("bad.toml", "id = \"bad\"\nnothing = 1\n");
    world.write(
        "wrong.toml",
        "id = \"wrong\"\nbased-on = \"hanako\"\n[holder]\nbirth = \"41\"\n",
    );
    let rows: &[(&str, &str, i32, &str)] = &[
        ("", "", 2, "usage.wrong"),
        ("sim", "", 2, "usage.wrong"),
        ("nothing", "", 2, "usage.wrong"),
        ("status --nothing", "", 2, "usage.wrong"),
        ("cert other", "", 2, "usage.wrong"),
        ("status --pin 1234", "", 2, "usage.wrong"),
        ("sign --format raw a b -o c", "", 2, "usage.wrong"),
        (
            "sign --format raw a.txt ./a.txt --output-dir .",
            "",
            2,
            "usage.wrong",
        ),
        ("sign --format raw - --pin stdin", "", 2, "usage.wrong"),
        ("cert auth --format pem", "", 2, "usage.wrong"),
        (
            "--reader sim:hanako sign --format raw nowhere.txt",
            "",
            2,
            "input.unreadable",
        ),
        (
            "--reader sim:hanako sign --format raw .",
            "",
            2,
            "input.unreadable",
        ),
        (
            "--reader sim:hanako sign --format raw a.txt -o there.sig",
            "",
            2,
            "output.exists",
        ),
        (
            "--reader sim:hanako sign --format raw a.txt -o no/x.sig",
            "",
            2,
            "output.unwritable",
        ),
        (
            "--reader sim:hanako --trace a.txt status",
            "",
            2,
            "output.exists",
        ),
        ("--reader sim:nobody status", "", 2, "persona.unknown"),
        (
            "--reader sim:./nobody.toml status",
            "",
            2,
            "persona.unreadable",
        ),
        ("--reader sim:bad.toml status", "", 2, "persona.syntax"),
        ("--reader sim:wrong.toml status", "", 2, "persona.field"),
        ("sim new Jiro", "", 2, "persona.name"),
        ("sim new hanako", "", 2, "persona.exists"),
        ("trace show a.txt", "", 2, "trace.malformed"),
        ("trace show nowhere", "", 2, "input.unreadable"),
        (
            "--reader sim:hanako --pin file:nowhere cert sign",
            "",
            2,
            "pin.source",
        ),
        (
            "--reader sim:hanako --pin fd:77 cert sign",
            "",
            2,
            "pin.source",
        ),
        (
            "--reader sim:hanako --pin stdin cert sign",
            "1234\n",
            2,
            "pin.shape",
        ),
        (
            "--reader sim:hanako --pin stdin pin change auth",
            "1234\n12345\n",
            2,
            "pin.shape",
        ),
        (
            "--reader sim:hanako --pin stdin pin change sign",
            "SIM12345\nABCDEF\n",
            2,
            "pin.shape",
        ),
        (
            "--reader sim:hanako --pin stdin pin change auth",
            "1234\n",
            2,
            "usage.wrong",
        ),
        ("number", "", 2, "purpose.missing"),
        ("number --purpose curiosity", "", 2, "purpose.unknown"),
        ("number --purpose other-by-law", "", 2, "purpose.law"),
        ("number --purpose tax --law X", "", 2, "purpose.law"),
        ("profile --trust sim", "", 2, "usage.wrong"),
        ("profile --only furigana", "", 2, "usage.wrong"),
        ("profile --signed --secure-messaging", "", 2, "usage.wrong"),
        (
            "profile --face-values 1990-04-01,2036",
            "",
            2,
            "usage.wrong",
        ),
        ("face", "", 2, "usage.wrong"),
        ("face --show", "", 2, "usage.wrong"),
        ("age", "", 2, "usage.wrong"),
        ("genuine profile --trust nowhere", "", 2, "input.unreadable"),
        ("genuine profile --trust issuers", "", 2, "trust.issuer-key"),
        ("verify-cert nowhere", "", 2, "input.unreadable"),
        ("sim pki a.txt", "", 2, "output.unwritable"),
        (
            "--reader sim:hanako face --output-dir a.txt",
            "",
            2,
            "output.unwritable",
        ),
        (
            "--reader sim:hanako face --output-dir no/where",
            "",
            2,
            "output.unwritable",
        ),
        (
            "--reader sim:hanako --pin sim profile --with birth",
            "",
            2,
            "usage.wrong",
        ),
        (
            "--reader sim:hanako --pin stdin profile",
            "900401\n",
            2,
            "pin.shape",
        ),
        (
            "--reader sim:hanako --pin stdin profile --with number-b",
            "4321\n",
            2,
            "pin.shape",
        ),
        (
            "--reader sim:hanako --pin stdin number --purpose holder",
            "000000000018\n",
            2,
            "pin.shape",
        ),
        (
            "--reader sim:android --pin sim profile",
            "",
            11,
            "application.missing",
        ),
        ("--reader sim:juki card", "", 11, "application.missing"),
        (
            "--reader sim:hanako --pin sim profile --secure-messaging",
            "",
            14,
            "secure.extended-length",
        ),
        ("status", "", 10, "service.none"),
        ("readers", "", 10, "service.none"),
        ("status --wait=0", "", 10, "service.none"),
        (
            "--reader sim:kodomo --pin sim cert sign",
            "",
            11,
            "certificate.absent",
        ),
        ("--reader sim:juki cert auth", "", 11, "certificate.absent"),
        (
            "--reader sim:jisedai --pin sim sign --format raw a.txt",
            "",
            14,
            "card.refused",
        ),
        (
            "--reader sim:hanako --pin stdin pin check auth",
            "0000\n",
            20,
            "pin.wrong",
        ),
        (
            "--reader sim:rokku --pin sim cert sign",
            "",
            21,
            "pin.blocked",
        ),
        (
            "--reader sim:nokori --pin sim cert sign",
            "",
            22,
            "pin.last-attempt",
        ),
        (
            "--reader sim:nokori --pin sim pin check auth",
            "",
            22,
            "pin.last-attempt",
        ),
    ];
    for (line, stdin, status, code) in rows {
        eprintln!("{line}");
        world
            .run_with(&format!("{line} --json"), stdin)
            .failed(*status, code);
    }
    // Nothing but the one wrong PIN has cost anything.
    let left = world
        .run("--reader sim:hanako pin status --json")
        .done()
        .json();
    assert_eq!(left["attempts"]["authentication"], 2);
    assert_eq!(left["attempts"]["signature"], 5);
    assert!(!world.path("a.txt.sig").exists());
}

#[test]
fn global_options_may_stand_anywhere() {
    let world = World::new();
    for line in [
        "--json --reader sim:hanako pin status",
        "pin --json status --reader sim:hanako",
        "pin status --reader=sim:hanako --json",
    ] {
        assert_eq!(world.run(line).done().json()["simulated"], true);
    }
}

#[test]
fn what_a_command_costs_is_told() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    world.write("b.txt", "Another.\n");
    let cost = |line: &str| {
        let json = world
            .run(&format!("--json --reader sim:hanako --pin sim {line}"))
            .done()
            .json();
        (
            json["exchanges"].as_u64().unwrap(),
            json["presented"].as_u64().unwrap(),
        )
    };
    assert_eq!(cost("pin status"), (11, 0));
    // One of them for the beginning of the authentication certificate.
    assert_eq!(cost("status"), (16, 0));
    assert_eq!(cost("cert auth"), (8, 0));
    // SELECT, the beginning of the authentication certificate, counter, VERIFY, signature; one more
    // to make the card forget.
    assert_eq!(cost("sign --format raw a.txt"), (6, 1));
    assert_eq!(cost("sign --format raw --force a.txt b.txt"), (7, 1));
    assert_eq!(cost("sign --format raw --check --force a.txt"), (13, 1));
    // The authentication certificate is free to read: its key's signatures are always checked.
    for check in ["", " --check"] {
        let line = format!("sign --format raw --key auth{check} --force a.txt");
        assert_eq!(cost(&line), (12, 1));
    }
    assert_eq!(cost("pin check auth"), (4, 1));
    assert_eq!(cost("pin check profile"), (4, 1));
    assert_eq!(cost("pin check resident"), (7, 2));
    assert_eq!(cost("card"), (2, 0));
    assert_eq!(cost("profile"), (5, 1));
    assert_eq!(cost("number --purpose holder"), (5, 1));
    assert_eq!(cost("age --over 20 --no-proof"), (7, 1));
    assert_eq!(cost("age --over 20 --trust sim"), (11, 1));
    assert_eq!(cost("genuine profile --trust sim"), (14, 1));
    assert_eq!(cost("genuine number --trust sim"), (11, 1));
    let verbose = world.run("-v --reader sim:hanako pin status").done();
    assert!(
        verbose
            .stderr
            .contains("11 exchanges with the card, 0 PINs presented")
    );
}

#[test]
fn a_simulated_card_serves_one_program_at_a_time_and_leaves_as_told() {
    let world = World::new();
    let driver = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = driver.local_addr().unwrap().port().to_string();
    let mut command = world.command(["sim", "serve", "hanako", "--port", &port]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut serving = command.spawn().unwrap();
    let (mut reader, _) = driver.accept().unwrap();
    // "Which answer to reset?", as the driver asks it.
    reader.write_all(&[0, 1, 4]).unwrap();
    let mut atr = [0; 11];
    reader.read_exact(&mut atr).unwrap();
    assert_eq!(
        atr,
        [0, 9, 0x3B, 0xE0, 0, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14]
    );
    world
        .run("--reader sim:hanako status --json")
        .failed(13, "sim.in-use");
    // Each way in names the resident, and a folder that was made for nothing is gone again.
    for line in [
        "--reader sim:hanako status",
        "--reader sim:hanako --pin sim face --output-dir pictures",
        "sim serve hanako",
        "sim reset hanako",
    ] {
        let run = world.run(&format!("--lang en {line}"));
        assert_eq!(run.status, Some(13), "{line}: {}", run.stderr);
        let said = "the simulated card hanako is in use by another program";
        assert!(run.stderr.contains(said), "{line}: {}", run.stderr);
    }
    assert!(!world.path("pictures").exists());
    std::fs::create_dir(world.path("mine")).unwrap();
    world
        .run("--reader sim:hanako --pin sim face --output-dir mine --json")
        .failed(13, "sim.in-use");
    assert!(world.path("mine").exists());
    let shown = world.run("sim show hanako --json").done().json();
    assert!(shown["attempts"].is_null());
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    assert!(
        lines
            .next()
            .unwrap()
            .unwrap()
            .starts_with("hanako: waits for the reader")
    );
    assert_eq!(lines.next().unwrap().unwrap(), "hanako: in the reader");
    serving
        .stdin
        .take()
        .unwrap()
        .write_all(b"nonsense\nquit\n")
        .unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(
        rest,
        [
            "commands: insert NAME, remove NAME, reset, quit",
            "hanako: taken out"
        ]
    );
    assert_eq!(serving.wait().unwrap().code(), Some(0));
    world.run("--reader sim:hanako status").done();
}

#[test]
fn counters_and_changed_pins_stay_until_reset() {
    let world = World::new();
    let check = "--json --reader sim:hanako --pin stdin pin check auth";
    world.run_with(check, "0000").failed(20, "pin.wrong");
    world
        .run_with(
            "--reader sim:hanako --pin stdin pin change auth",
            "1234\n7777\n",
        )
        .done();
    world.run_with(check, "1234").failed(20, "pin.wrong");
    world.run_with(check, "7777").done();
    world.write("new", "ABC123\n");
    world
        .run("--reader sim:hanako --pin sim pin change sign --new-pin file:new")
        .done();
    world
        .run("--json --reader sim:hanako --pin sim pin check sign")
        .failed(20, "pin.wrong");
    world.run("sim reset hanako").done();
    world
        .run("--reader sim:hanako --pin sim pin check auth")
        .done();
    world
        .run("--reader sim:hanako --pin sim pin check sign")
        .done();
}

#[test]
fn a_card_without_pins_is_told_as_a_possibility() {
    let world = World::new();
    for (value, left, code, exit) in [
        ("blocked", json!(0), "pin.blocked", 21),
        ("missing", json!(null), "pin.absent", 11),
    ] {
        let file = format!(
            "based-on = \"kaoninsho\"\nid = \"kao\"\n[quirks]\npins-never-set = \"{value}\"\n"
        );
        world.write("kao.toml", &file);
        let status = world
            .run("--json --reader sim:kao.toml status")
            .done()
            .json();
        schema::holds(&status);
        assert_eq!(status["perhaps_without_pins"], true, "{value}");
        for pin in ["authentication", "signature", "profile"] {
            assert_eq!(status["attempts"][pin], left, "{value}: {pin}");
        }
        assert_eq!(status["attempts"]["profile_number_a"], 10, "{value}");
        let shown = world.run("--reader sim:kao.toml status").done().text();
        assert!(shown.contains("顔認証マイナンバーカード"), "{shown}");
        world.run("--reader sim:kao.toml pin status").done();
        world
            .run("--json --reader sim:kao.toml --pin sim pin check auth")
            .failed(exit, code);
    }
    // All blocked, but with a signature certificate; or without one, but with a PIN that works.
    for id in ["rokku", "kodomo"] {
        let status = world.run(&format!("--json --reader sim:{id} status"));
        assert_eq!(status.done().json()["perhaps_without_pins"], false, "{id}");
    }
}

#[test]
fn status_tells_how_long_the_certificates_are_valid() {
    let world = World::new();
    let hanako = world.run("--reader sim:hanako status --json").done().json();
    schema::holds(&hanako);
    assert_eq!(
        hanako["authentication_validity"],
        json!({
            "not_before": "2026-10-27T02:15:00Z",
            "not_after": "2031-04-01T14:59:59Z",
            "renewable_from": "2031-01-01",
            "state": "valid",
        })
    );
    let said = world.run("--reader sim:hanako status").done().text();
    assert!(
        said.contains("valid until 2031-04-01 23:59:59 (Japan time); renewable from 2031-01-01"),
        "{said}"
    );
    let expired = world.run("--reader sim:kigen status --json").done().json();
    assert_eq!(expired["authentication_validity"]["state"], "expired");
    assert_eq!(expired["presented"], 0);
    let said = world
        .run("--lang ja --reader sim:kigen status")
        .done()
        .text();
    assert_eq!(said.matches("期限切れ").count(), 2, "both: {said}");
    assert!(said.contains("2024年8月9日 23:59:59（日本時間）"), "{said}");
    // Behind a PIN, or absent: nothing is known of it.
    for id in ["android", "juki"] {
        let status = world
            .run(&format!("--reader sim:{id} status --json"))
            .done()
            .json();
        assert!(
            status["authentication_validity"].is_null(),
            "{id}: {status}"
        );
    }
}

#[test]
fn a_certificate_near_its_end_is_said_to_be_renewable() {
    let world = World::new();
    world.run("sim new near").done();
    let path = world.path(".local/share/mynacard/personas/near.toml");
    let file = std::fs::read_to_string(&path).unwrap();
    let now = std::time::SystemTime::now();
    let in_days = |days: u64| {
        let then = now + std::time::Duration::from_secs(days * 24 * 3600);
        card_core::domain::date::UtcTime::from(then).date_in_japan()
    };
    // Three months have at least 89 days and at most 92; a day for midnight in between.
    for (days, state, said) in [
        (2, "renewable", "; renewable since "),
        (87, "renewable", "; renewable since "),
        (94, "valid", "; renewable from "),
    ] {
        let lines = file
            .lines()
            .map(|line| match line.starts_with("expires = ") {
                true => format!("expires = {}", in_days(days)),
                false => line.to_owned(),
            });
        std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
        let json = world.run("--reader sim:near status --json").done().json();
        schema::holds(&json);
        let validity = &json["authentication_validity"];
        assert_eq!(validity["state"], state, "{days}: {validity}");
        assert!(
            validity["not_after"].as_str().unwrap() > validity["renewable_from"].as_str().unwrap()
        );
        let text = world.run("--reader sim:near status").done().text();
        assert!(text.contains(said), "{days}: {text}");
        assert_eq!(text.contains("municipal office"), state == "renewable");
    }
}

#[test]
fn an_expired_certificate_is_told_where_nobody_can_be_asked() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    let nonce = "A".repeat(44);
    let login = format!("login --origin https://example.org --nonce {nonce}");
    let rows = [
        (login.as_str(), "authentication certificate"),
        ("sign --format raw a.txt", "signature certificate"),
        (
            "sign --format raw --key auth -o b.sig a.txt",
            "authentication certificate",
        ),
    ];
    for (line, certificate) in rows {
        let run = world
            .run(&format!("--json --reader sim:kigen --pin sim {line}"))
            .done();
        schema::holds(&run.json());
        assert_eq!(
            run.json()["warnings"],
            json!(["certificate.expired"]),
            "{line}"
        );
        assert!(
            run.stderr
                .to_lowercase()
                .contains(&format!("{certificate}: expired")),
            "{}",
            run.stderr
        );
        let run = world.run(&format!(
            "--json --reader sim:hanako --pin sim {line} --force"
        ));
        if line.starts_with("sign") {
            assert_eq!(run.done().json()["warnings"], json!([]), "{line}");
        }
    }
}
