//! Records of the card: read, shown as far as requested, proven or not.

use std::fs;

use card_sim::applets::Application;
use card_sim::persona::Persona;
use serde_json::Value;

use crate::{Run, World, mode, schema};

/// Residents whose card has the profile application; some lack number or code.
fn residents() -> impl Iterator<Item = Persona> {
    let names = Persona::SHIPPED.iter();
    names
        .map(|name| Persona::shipped(name).unwrap())
        .filter(|who| who.records.is_some() && who.profile_pin.is_some() && !who.without_pins)
}

fn honest() -> impl Iterator<Item = Persona> {
    residents().filter(|who| !Persona::FORGED.contains(&who.id.as_str()))
}

/// A run with the published secrets that must go well.
#[track_caller]
fn json(world: &World, who: &Persona, line: &str) -> Value {
    let line = format!(
        "--json --reader sim:{} --pin sim {line} --spend-last-attempt",
        who.id
    );
    let json = world.run(&line).done().json();
    schema::holds(&json);
    json
}

fn iso(digits: &str) -> String {
    format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..])
}

#[test]
fn every_resident_reads_back_as_the_persona_is() {
    let world = World::new();
    let mut seen = 0;
    for who in honest() {
        seen += 1;
        let holder = &who.holder;
        let sex = match holder.sex {
            '1' => "male",
            '2' => "female",
            _ => "unknown",
        };
        for with in ["pin", "number-b"] {
            let person = json(&world, &who, &format!("profile --with {with}"));
            assert_eq!(person["name"], holder.name.as_str(), "{}", who.id);
            assert_eq!(person["address"], holder.address.as_str(), "{}", who.id);
            let birth = person["birth"].as_str().unwrap();
            let whole = iso(holder.birth_date());
            assert!(whole.starts_with(birth) || birth == "unknown", "{birth}");
            assert_eq!(person["sex"], sex, "{}", who.id);
            assert_eq!(person["unknown"], Value::Array(vec![]));
        }
        for with in ["pin", "number-a"] {
            let line = format!("number --purpose holder --reveal --with {with}");
            let number = json(&world, &who, &line);
            assert_eq!(number["number"].as_str(), holder.my_number.as_deref());
        }
        let card = json_card(&world, &who);
        assert_eq!(card["serial"], who.card.serial.as_str());
        assert_eq!(card["municipality_code"], who.card.municipality.as_str());
        assert!(card["municipality_name"].is_string());
        assert_eq!(card["expiry"], iso(&who.card.expiry));
        let pictures = who.records.as_ref().unwrap().pictures();
        for with in ["number-a", "number-b"] {
            let folder = format!("{}-{with}", who.id);
            let face = json(
                &world,
                &who,
                &format!("face --original --output-dir {folder} --with {with}"),
            );
            assert_eq!(face["expiry"], iso(&who.card.expiry));
            assert_eq!(face["sex"], sex);
            let without = usize::from(pictures.portrait.is_empty());
            assert_eq!(face["files"].as_array().unwrap().len(), 5 - without);
            for (name, bytes) in [
                ("portrait.jp2", &pictures.portrait),
                ("name.png", &pictures.name),
                ("address.png", &pictures.address),
                ("security-code.png", &pictures.security_code),
            ] {
                let path = world.path(&format!("{folder}/{name}"));
                if bytes.is_empty() {
                    assert!(!path.exists(), "{}: {name}", who.id);
                    continue;
                }
                assert_eq!(&fs::read(&path).unwrap(), bytes, "{}: {name}", who.id);
                assert_eq!(mode(&path), 0o600, "{name}");
            }
            assert_eq!(mode(&world.path(&folder)), 0o700);
        }
        for record in ["profile", "face", "age", "number"] {
            let proof = json(&world, &who, &format!("genuine {record} --trust sim"));
            for finding in ["signature", "issuer", "live"] {
                assert_eq!(proof[finding], "valid", "{}: {record}", who.id);
            }
        }
    }
    assert!(seen >= 6, "{seen}");
}

fn json_card(world: &World, who: &Persona) -> Value {
    let line = format!("--json --reader sim:{} card", who.id);
    world.run(&line).done().json()
}

#[test]
fn forgeries_are_told_by_the_rule_that_they_break() {
    let world = World::new();
    world.run("sim pki issuers").done();
    let judged = |name: &str, record: &str, trust: &str, status: i32| {
        let line = format!("--reader sim:{name} --pin sim genuine {record} --trust {trust} --json");
        let run = world.run(&line);
        assert_eq!(run.status, Some(status), "{line}: {}", run.stderr);
        let json = run.json();
        schema::holds(&json);
        if status == 40 {
            assert!(run.stderr.contains("some checks failed"));
        }
        let reason = |name: &str| json["reasons"][name].as_str().map(str::to_owned);
        ["signature", "issuer", "live"].map(reason)
    };
    let only = |at: usize, code: &str| {
        let mut reasons = [None, None, None];
        reasons[at] = Some(code.to_owned());
        reasons
    };
    let none = [None, None, None];
    let (signature, issuer, live) = (0, 1, 2);
    for trust in ["sim", "issuers"] {
        assert_eq!(judged("hanako", "face", trust, 0), none);
        assert_eq!(
            judged("forged-digest", "profile", trust, 40),
            only(signature, "record.attributes-digest")
        );
        assert_eq!(
            judged("forged-face", "face", trust, 40),
            only(signature, "record.signature")
        );
        for record in ["face", "age", "number"] {
            assert_eq!(
                judged("forged-clone", record, trust, 40),
                only(live, "live.signature")
            );
            assert_eq!(
                judged("forged-issuer", record, trust, 40),
                only(issuer, "issuer.unknown")
            );
        }
    }
    for trust in ["production", "jlis-test"] {
        assert_eq!(
            judged("hanako", "profile", trust, 40),
            only(issuer, "issuer.unknown")
        );
    }
    // What nothing binds passes, and the report says that it would.
    assert_eq!(judged("forged-swap", "profile", "sim", 0), none);
    let line = "--json --reader sim:forged-swap --pin sim genuine profile --trust sim";
    let json = world.run(line).done().json();
    assert_eq!(json["not_proven"][0], "records.not-bound");
    let line = "--json --reader sim:hanako --pin sim genuine face --trust sim";
    let json = world.run(line).done().json();
    assert_eq!(
        json["not_covered"],
        serde_json::json!(["expiry", "security_code"])
    );
}

#[test]
fn a_signed_profile_shows_all_and_fails_where_the_signature_does() {
    let world = World::new();
    let run = |who: &str, trust: &str| {
        let line = format!("--json --reader sim:{who} --pin sim profile --signed --trust {trust}");
        world.run(&line)
    };
    let good = run("hanako", "sim").done().json();
    assert_eq!(good["proof"]["live"], Value::Null);
    assert_eq!(good["proof"]["reasons"]["live"], "live.not-asked");
    for (who, trust) in [("hanako", "production"), ("forged-digest", "sim")] {
        let run = run(who, trust);
        assert_eq!(run.status, Some(40));
        assert!(run.json()["name"].is_string());
    }
}

#[test]
fn only_what_was_asked_for_is_shown() {
    let world = World::new();
    let card = "--reader sim:hanako --pin sim";
    let text = world.run(&format!("{card} profile --only name,sex")).done();
    assert_eq!(text.text(), "Name  見本　花子\nSex   female\n");
    let json = world.run(&format!("{card} profile --only birth --json"));
    let json = json.done().json();
    let members = json.as_object().unwrap();
    assert!(members.contains_key("birth") && members.contains_key("birth_japanese"));
    for other in ["name", "address", "sex", "unknown"] {
        assert!(!members.contains_key(other), "{other}");
    }
    let yes = world.run(&format!("{card} age --over 20 --no-proof"));
    assert_eq!(yes.done().text(), "yes\nRead only, nothing was proven.\n");
    let no = world.run(&format!("{card} --lang ja age --over 120 --trust sim"));
    assert_eq!(no.status, Some(3));
    assert!(no.text().starts_with("いいえ\n"));
    // A proof that fails is no answer.
    let line = format!("{card} --json age --over 20 --trust production");
    let failed = world.run(&line);
    assert_eq!(
        (failed.status, &failed.json()["answer"]),
        (Some(40), &serde_json::Value::Null)
    );
    // Beside a proof that failed stands no answer.
    for id in ["forged-issuer", "forged-clone"] {
        let line = format!("--reader sim:{id} --pin sim age --over 20 --trust sim");
        let run = world.run(&format!("{line} --json"));
        assert_eq!(run.status, Some(40), "{id}");
        assert!(run.json()["answer"].is_null(), "{id}");
        assert!(!world.run(&line).text().contains("yes"), "{id}");
    }
    for with in ["pin", "number-a", "number-b", "birth"] {
        let line = format!("{card} age --over 20 --trust sim --json --with {with}");
        let json = world.run(&line).done().json();
        assert_eq!(json["answer"], true, "{with}");
        assert_eq!(json["proof"]["signature"], "valid", "{with}");
        assert!(!json.to_string().contains("1990"), "{with}");
    }
}

#[test]
fn secure_messaging_reads_the_same_where_card_and_reader_can() {
    let world = World::new();
    let taro = Persona::shipped("taro").unwrap();
    let plain = json(&world, &taro, "profile");
    let hidden = json(&world, &taro, "profile --secure-messaging --trace t");
    for member in ["name", "address", "birth", "sex"] {
        assert_eq!(plain[member], hidden[member], "{member}");
    }
    let number = json(
        &world,
        &taro,
        "number --purpose tax --reveal --secure-messaging",
    );
    assert_eq!(number["number"].as_str(), taro.holder.my_number.as_deref());
    let trace = world.run("trace show t").done().text();
    assert!(trace.contains("secured"), "{trace}");
    // Only the PIN opens a session.
    world
        .run("--json --reader sim:taro profile --secure-messaging --with number-b")
        .failed(2, "usage.wrong");
}

#[test]
fn a_number_leaves_a_record_that_does_not_hold_it() {
    let world = World::new();
    let number = "--reader sim:hanako --pin sim number --purpose";
    let stars = world.run(&format!("{number} holder")).done();
    assert_eq!(stars.text(), "************\n");
    assert!(stars.stderr.contains("handling.jsonl"));
    let path = world.path(".local/state/mynacard/handling.jsonl");
    // As a crash would leave it.
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, &whole[..20]).unwrap();
    let revealed = world.run(&format!("{number} tax --reveal")).done();
    assert_eq!(revealed.text(), "000000000019\n");
    let law = [
        "--reader",
        "sim:hanako",
        "--pin",
        "sim",
        "number",
        "--purpose",
        "other-by-law",
    ];
    let law = world
        .command(law)
        .args(["--law", "災害対策基本法"])
        .output();
    Run::of(law.unwrap()).done();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, &whole[..20]));
    for (line, purpose) in lines[1..].iter().zip(["tax", "other-by-law"]) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["purpose"], purpose);
        assert!(record["card"].is_null(), "it is in another application");
    }
    assert!(!text.contains("000000000019") && !text.contains("999000000000001"));
    // Where no record can be left, the card is not asked.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let run = world.run(&format!("{number} holder --reveal --json -v"));
    let run = run.failed(2, "handling.unwritable");
    assert!(!run.stderr.contains("exchange"), "{}", run.stderr);
}

#[test]
fn a_wrong_verification_number_costs_one_of_ten() {
    let world = World::new();
    let counters = || {
        let line = "--json --reader sim:hanako pin status";
        world.run(line).done().json()["attempts"].clone()
    };
    let wrong = |line: &str, value: &str| {
        let line = format!("--json --reader sim:hanako --pin stdin {line}");
        world.run_with(&line, value).failed(20, "pin.wrong");
    };
    // Seven counters, and that of a driving licence, which this card does not carry.
    let all = counters();
    let (licence, seven): (Vec<_>, Vec<_>) = all
        .as_object()
        .unwrap()
        .iter()
        .partition(|(name, _)| *name == "licence");
    assert!(licence.iter().all(|(_, left)| left.is_null()));
    assert!(seven.iter().all(|(_, left)| left.is_u64()));
    assert_eq!(seven.len(), 7);
    wrong("profile", "02040120361002");
    assert_eq!(counters()["profile_number_b"], 9);
    wrong("number --purpose holder", "123456789018");
    assert_eq!(counters()["profile_number_a"], 9);
    wrong("face --output-dir face", "02040120361002");
    assert_eq!(counters()["visual_number_b"], 9);
    wrong("genuine number", "123456789018");
    assert_eq!(counters()["visual_number_a"], 9);
    wrong("profile", "9999");
    assert_eq!(counters()["profile"], 2);
    assert!(
        !world.path("face").exists(),
        "nothing was read, nothing is made"
    );
    let record = world.path(".local/state/mynacard/handling.jsonl");
    assert_eq!(fs::read_to_string(record).unwrap(), "");
    // From the face of the card; a right one restores the counter.
    world
        .run("--reader sim:hanako profile --face-values 1990-04-01,2036,1001")
        .done();
    assert_eq!(counters()["profile_number_b"], 10);
    let wrong = "--json --reader sim:hanako profile --face-values 1990-04-01,2036,1002";
    world.run(wrong).failed(20, "pin.wrong");
    let other = "--json --reader sim:hanako number --purpose tax --face-values 020401,2036,1001";
    world.run(other).failed(2, "usage.wrong");
}

#[test]
fn profile_and_resident_pins_are_changed() {
    let world = World::new();
    let change = |kind: &str, lines: &str| {
        let line = format!("--reader sim:hanako --pin stdin pin change {kind}");
        world.run_with(&line, lines)
    };
    change("profile", "4321\n9876\n").done();
    world
        .run_with("--reader sim:hanako --pin stdin profile", "9876")
        .done();
    let run = change("resident", "5678\n8765\n").done();
    assert!(run.stderr.contains("stored in two applications"));
    let check = "--json --reader sim:hanako --pin stdin pin check resident";
    let json = world.run_with(check, "8765\n").done().json();
    assert_eq!(json["presented"], 2);
    let failed = world.run_with(check, "5678\n").failed(20, "pin.wrong");
    assert_eq!(failed.json()["details"]["pin"], "resident");
}

/// Where the length says which secret is meant, a length of none is no such secret.
#[test]
fn a_secret_of_another_length_is_never_sent() {
    let world = World::new();
    for (record, wrong) in [
        ("profile", ""),
        ("profile", "432"),
        ("profile", "550217"),
        ("number --purpose tax", "43211"),
        ("face --output-dir faces", "1234567890123"),
        ("genuine profile", "1"),
        ("age --over 20", "123456789012345"),
    ] {
        let line = format!("--json --reader sim:hanako --pin stdin --trace trace {record}");
        let run = world.run_with(&line, &format!("{wrong}\n"));
        let error = run.failed(2, "pin.shape").json();
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("(14 digits") || message.contains("(12 digits"),
            "{message}"
        );
        assert!(!message.contains(wrong) || wrong.len() < 3, "{message}");
        let trace = std::fs::read_to_string(world.path("trace")).unwrap();
        assert!(
            !trace.contains("VERIFY") && !trace.contains("00 20"),
            "{trace}"
        );
        assert_eq!(trace.lines().count(), 1, "{record}: {trace}");
        std::fs::remove_file(world.path("trace")).unwrap();
    }
}

#[test]
fn pictures_are_files_of_one_s_own() {
    let world = World::new();
    let face = "--reader sim:hanako --pin sim face --json";
    world.run(&format!("{face} --output-dir a")).done();
    assert!(!world.path("a/portrait.jp2").exists());
    world
        .run(&format!("{face} --output-dir b --original"))
        .done();
    assert!(!world.path("b/portrait.png").exists());
    let png = fs::read(world.path("a/portrait.png")).unwrap();
    let jp2 = fs::read(world.path("b/portrait.jp2")).unwrap();
    // Height and width stand in the header of each.
    let at = jp2.windows(4).position(|tag| tag == b"ihdr").unwrap() + 4;
    assert_eq!(
        (&png[16..20], &png[20..24]),
        (&jp2[at + 4..at + 8], &jp2[at..at + 4])
    );
    world
        .run(&format!("{face} --output-dir a"))
        .failed(2, "output.exists");
    world.run(&format!("{face} --output-dir a --force")).done();
    let show = world
        .run("--reader sim:hanako --pin sim face --show")
        .done();
    assert!(show.stderr.contains("not known to draw pictures"));
    let text = fs::read_to_string(world.path("a/face.txt")).unwrap();
    assert!(text.contains("1990-04-01") && text.contains("2036-04-01"));
}

#[test]
fn a_certificate_of_the_card_is_judged() {
    let world = World::new();
    world.run("sim pki issuers").done();
    let hanako = Persona::shipped("hanako").unwrap();
    let judged = |name: &str, trust: &str| {
        let run = world.run(&format!("verify-cert {name} --trust {trust} --json"));
        let json = run.json();
        schema::holds(&json);
        assert_eq!(json["revocation"]["status"], "not-checked");
        let rules = json["rules"].as_array().unwrap().clone();
        let failed = rules.iter().find(|rule| rule["verdict"] == "fail");
        let reason = failed.map(|rule| rule["reason"].as_str().unwrap().to_owned());
        (run.status.unwrap(), reason)
    };
    for of in [Application::Profile, Application::Visual] {
        let mut bytes = hanako.record(of, 4).unwrap().to_vec();
        fs::write(world.path("a.cv"), &bytes).unwrap();
        assert_eq!(judged("a.cv", "sim"), (0, None));
        assert_eq!(judged("a.cv", "issuers"), (0, None));
        let unknown = Some("issuer.unknown".into());
        assert_eq!(judged("a.cv", "production"), (40, unknown));
        bytes[150] ^= 1;
        fs::write(world.path("a.cv"), &bytes).unwrap();
        let signature = Some("issuer.signature".into());
        assert_eq!(judged("a.cv", "sim"), (40, signature));
        fs::write(world.path("a.cv"), &bytes[..300]).unwrap();
        let malformed = Some("certificate.malformed".into());
        assert_eq!(judged("a.cv", "sim"), (40, malformed));
    }
}

/// A resident whose values occur nowhere by chance.
fn canary(world: &World) -> Vec<&'static str> {
    world.write(
        "kanaria.toml",
        "id = \"kanaria\"\nbased-on = \"hanako\"\n[pins]\nprofile = { value = \"9753\" }\n",
    );
    vec![
        "9753",
        "000000000019",
        "見本　花子",
        "東京都見本区架空町一丁目２番３号",
        "02040120361001",
        "999000000000001",
    ]
}

#[test]
fn nothing_that_was_not_asked_for_is_shown_or_kept() {
    let world = World::new();
    let values = canary(&world);
    let card = "--reader sim:kanaria.toml --pin sim -v";
    // Each with what it may show.
    let runs: &[(&str, &[&str])] = &[
        (
            "profile",
            &["見本　花子", "東京都見本区架空町一丁目２番３号"],
        ),
        ("profile --only sex", &[]),
        ("profile --only name --signed --trust sim", &["見本　花子"]),
        ("number --purpose tax", &[]),
        ("number --purpose tax --with number-a", &[]),
        ("number --purpose tax --reveal", &["000000000019"]),
        ("face --output-dir face --force", &[]),
        ("genuine profile --trust sim", &[]),
        ("genuine profile", &[]),
        ("genuine face --trust sim", &[]),
        ("genuine age", &[]),
        ("genuine number --trust sim", &[]),
        ("age --over 20", &[]),
        ("age --over 20 --with pin", &[]),
        ("age --over 20 --with number-a", &[]),
        ("status", &[]),
        ("pin status", &[]),
        ("pin check profile", &[]),
        ("pin check resident", &[]),
    ];
    let hex = |value: &str| {
        let bytes = value.bytes().map(|byte| format!("{byte:02X}"));
        bytes.collect::<Vec<_>>()
    };
    let mut traces = String::new();
    for (index, (line, may)) in runs.iter().enumerate() {
        for json in ["", "--json"] {
            let trace = format!("t{index}{json}");
            let run = world.run(&format!("{card} {json} --trace {trace} {line}"));
            assert!(matches!(run.status, Some(0 | 40)), "{line}: {}", run.stderr);
            let shown = String::from_utf8_lossy(&run.stdout).into_owned() + &run.stderr;
            for value in &values {
                let allowed = may.contains(value);
                assert!(allowed || !shown.contains(value), "{line}: {shown}");
            }
            traces += &fs::read_to_string(world.path(&trace)).unwrap();
        }
    }
    let record = world.path(".local/state/mynacard/handling.jsonl");
    traces += &fs::read_to_string(record).unwrap();
    for value in &values {
        for form in [
            (*value).to_owned(),
            hex(value).concat(),
            hex(value).join(" "),
        ] {
            assert!(!traces.contains(&form), "{form}");
        }
    }
}

/// The files of a trace that were read and hold the My Number: the profile application's 0001 and
/// the picture of it, the visual application's 0005.
fn numbers_read(trace: &str) -> Vec<&'static str> {
    const PROFILE: &str = "D3 92 10 00 31 00 01 01 04 08";
    const VISUAL: &str = "D3 92 10 00 31 00 01 01 04 02";
    let mut application = String::new();
    let mut file = None;
    let mut read = Vec::new();
    for line in trace.lines().filter_map(|line| line.strip_prefix("> ")) {
        let (command, _) = line.split_once(" | ").unwrap();
        let bytes: Vec<&str> = command.split(' ').collect();
        let number = |byte: &str| u8::from_str_radix(byte, 16).unwrap();
        match bytes.as_slice() {
            [_, "A4", "04", _, _, name @ ..] => (application, file) = (name.join(" "), None),
            [_, "A4", _, _, "02", high, low, ..] => {
                file = Some((u16::from(number(high)) << 8) | u16::from(number(low)));
            }
            [_, "B0", first, ..] => {
                if number(first) & 0x80 != 0 {
                    file = Some(u16::from(number(first) & 0x1F));
                }
                let name = match file {
                    Some(1) if application.starts_with(PROFILE) => "number",
                    Some(5) if application.starts_with(VISUAL) => "picture",
                    _ => continue,
                };
                if !read.contains(&name) {
                    read.push(name);
                }
            }
            _ => {}
        }
    }
    read
}

#[test]
fn the_my_number_is_read_only_where_it_was_asked_for() {
    let world = World::new();
    fs::write(world.path("a.txt"), "text").unwrap();
    let nonce = "A".repeat(44);
    let login = format!("login --origin https://example.org --nonce {nonce}");
    let jobs: &[(&str, &[&str])] = &[
        ("status", &[]),
        ("card", &[]),
        ("cert auth", &[]),
        ("cert sign", &[]),
        ("cert auth-ca", &[]),
        ("cert sign-ca", &[]),
        (&login, &[]),
        ("sign --format cms a.txt --consent-disclosure", &[]),
        ("sign --format raw --key auth a.txt", &[]),
        ("profile", &[]),
        ("profile --with number-b", &[]),
        ("profile --secure-messaging", &[]),
        ("profile --signed --trust sim", &[]),
        ("profile --signed --trust sim --only name", &[]),
        ("profile --signed --trust sim --with number-b", &[]),
        ("age --over 20 --trust sim", &[]),
        ("age --over 20 --trust sim --with birth", &[]),
        ("age --over 20 --trust sim --with pin", &[]),
        ("age --over 20 --trust sim --with number-a", &[]),
        ("age --over 20 --trust sim --with number-b", &[]),
        ("age --over 20 --no-proof --with pin", &[]),
        ("face --output-dir one", &[]),
        ("face --output-dir two --with number-a", &[]),
        ("genuine face --trust sim", &[]),
        ("genuine age --trust sim", &[]),
        ("genuine profile --trust sim --with number-b", &[]),
        ("genuine profile --trust sim", &[]),
        ("pin status", &[]),
        ("pin check auth", &[]),
        ("pin check sign", &[]),
        ("pin check profile", &[]),
        ("pin check resident", &[]),
        ("verify-cert --card auth --trust sim", &[]),
        ("verify-cert --card sign --trust sim", &[]),
        // Here it is the thing that was asked for.
        ("number --purpose tax", &["number"]),
        ("number --purpose tax --with number-a", &["number"]),
        ("genuine profile --trust sim --with number-a", &["number"]),
        ("genuine number --trust sim", &["picture"]),
    ];
    for (index, (job, expected)) in jobs.iter().enumerate() {
        let trace = format!("wire{index}");
        // Hanako's card takes no commands that are long enough for secure messaging.
        let who = match job.contains("secure") {
            true => "taro",
            false => "hanako",
        };
        let run = world.run(&format!(
            "--reader sim:{who} --pin sim --trace {trace} {job}"
        ));
        assert_eq!(run.status, Some(0), "{job}: {}", run.stderr);
        let trace = fs::read_to_string(world.path(&trace)).unwrap();
        assert!(trace.contains("| SELECT"), "{job}: {trace}");
        assert_eq!(numbers_read(&trace), *expected, "{job}");
    }
}
