//! The driving licence as its readers meet it.

use card_sim::persona::Persona;
use serde_json::{Value, json};

use crate::serve::Client;
use crate::{World, mode, schema};

fn iso(date: &str) -> Value {
    let Some((era, rest)) = date.split_at_checked(1).filter(|(era, _)| !era.is_empty()) else {
        return Value::Null;
    };
    let before = [1867, 1911, 1925, 1988, 2018][era.parse::<usize>().unwrap() - 1];
    let year = before + rest[..2].parse::<u16>().unwrap();
    json!(format!("{year}-{}-{}", &rest[2..4], &rest[4..6]))
}

fn text(value: &str) -> Value {
    match value {
        "" => Value::Null,
        value => json!(value),
    }
}

#[test]
fn every_licence_reads_as_its_persona_says() {
    let world = World::new();
    for id in Persona::LICENSED {
        let line = format!("--json --reader sim:{id} --pin sim licence");
        if *id == "menkyo-rokku" {
            world.run(&line).failed(21, "pin.blocked");
            continue;
        }
        let run = world.run(&line).done();
        let report = run.json();
        schema::holds(&report);
        let who = Persona::shipped(id).unwrap();
        let licence = who.licence.unwrap();
        let fields = &licence.fields;
        assert_eq!(report["expiry"], iso(&fields.expiry), "{id}");
        assert_eq!(report["colour"], text(&fields.colour), "{id}");
        assert_eq!(report["conditions"], json!(fields.conditions), "{id}");
        assert_eq!(report["remarks"], json!(fields.remarks), "{id}");
        assert_eq!(report["spare"], json!(fields.spare), "{id}");
        assert_eq!(report["number"], text(&fields.number), "{id}");
        assert_eq!(report["history"]["date"], iso(&fields.history_date), "{id}");
        assert_eq!(report["motorcycle_date"], iso(&fields.motorcycle_date));
        assert_eq!(report["second_class_date"], iso(&fields.second_class_date));
        assert_eq!(
            report["classes"].as_array().unwrap().len(),
            fields.classes.len()
        );
        assert_eq!(report["signature"]["result"], "not-checked", "{id}");
        let japanese = format!("--lang ja --reader sim:{id} --pin sim licence");
        let shown = world.run(&japanese).done().text();
        for class in &fields.classes {
            assert!(shown.contains(class.as_str()), "{id}: {class}");
        }
        assert!(shown.contains("指定がないため未検証"), "{shown}");
    }
}

#[test]
fn the_expiry_costs_seven_exchanges_at_most_and_ends_with_three_when_it_is_over() {
    let world = World::new();
    let cost = |line: &str, input: &str, status: i32| {
        let line = format!("--json --reader {line} licence --expiry");
        let run = world.run_with(&line, input);
        assert_eq!(run.status, Some(status), "{}", run.stderr);
        let json = run.json();
        schema::holds(&json);
        (
            json["exchanges"].as_u64().unwrap(),
            json["presented"].as_u64().unwrap(),
        )
    };
    assert_eq!(cost("sim:menkyo --pin sim", "", 0), (6, 1));
    assert_eq!(cost("sim:menkyo --pin stdin", "2468\n", 0), (6, 1));
    // A licence without a PIN is read without asking, whatever the source.
    assert_eq!(cost("sim:menkyo-nashi", "", 0), (6, 1));
    assert_eq!(cost("sim:menkyo-nashi --pin sim", "", 0), (6, 1));
    assert_eq!(cost("sim:menkyo-nashi --pin stdin", "1111\n", 0), (6, 1));
    let old = "based-on = \"hanako\"\nid = \"kigenkire\"\nabout-ja = \"期限切れ\"\n\
               about-en = \"expired\"\n[licence]\npin = { value = \"1357\" }\nexpiry = \"5070401\"\n";
    world.run("sim new kigenkire").done();
    let file = walk(world.path("").as_path(), "kigenkire.toml");
    std::fs::write(file, old).unwrap();
    assert_eq!(cost("sim:kigenkire --pin sim", "", 3), (6, 1));
    let no = world.run("--json --reader sim:hanako --pin sim licence --expiry");
    no.failed(11, "application.missing");
}

fn walk(folder: &std::path::Path, name: &str) -> std::path::PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|file| file == name) {
                return path;
            }
        }
    }
    panic!("{name} is nowhere");
}

#[test]
fn the_signature_is_checked_against_the_certificate_given() {
    let world = World::new();
    world.run("sim pki pki").done();
    let result = |id: &str, certificate: &str, status: i32| {
        let line = format!(
            "--json --reader sim:{id} --pin sim licence --issuer pki/licence/{certificate}"
        );
        let run = world.run(&line);
        assert_eq!(run.status, Some(status), "{}", run.stderr);
        run.json()["signature"].clone()
    };
    let fits = result("menkyo", "police.der", 0);
    assert_eq!(
        (&fits["result"], &fits["over"]),
        (&json!("fits"), &json!("objects"))
    );
    assert_eq!(fits["certificate_valid"], true);
    assert_eq!(result("menkyo-nashi", "police.der", 0)["result"], "fits");
    assert_eq!(
        result("menkyo-saidai", "police-long-name.der", 0)["result"],
        "fits"
    );
    assert_eq!(
        result("menkyo-kaizan", "police.der", 40)["result"],
        "does-not-fit"
    );
    assert_eq!(
        result("menkyo", "police-other.der", 40)["result"],
        "does-not-fit"
    );
    let named = result("menkyo", "police-expired.der", 40);
    assert_eq!(named["result"], "other-certificate");
    assert_eq!(named["mismatches"], json!(["serial"]));
    world
        .run("--reader sim:jisedai cert auth --format der -o ec.der")
        .done();
    world.write("text.der", "no certificate");
    for file in ["ec.der", "text.der"] {
        let line = format!("--json --reader sim:menkyo --pin sim licence --issuer {file}");
        world.run(&line).failed(2, "licence.certificate");
    }
    let line = "--json --reader sim:menkyo --pin sim licence --issuer nowhere.der";
    world.run(line).failed(2, "input.unreadable");
}

#[test]
fn the_portrait_is_the_owners_and_nothing_is_replaced_unasked() {
    let world = World::new();
    let line = "--json --reader sim:menkyo --pin sim licence --portrait face.jp2";
    world.run(line).done();
    let path = world.path("face.jp2");
    let who = Persona::shipped("menkyo").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), who.licence.unwrap().portrait);
    assert_eq!(mode(&path), 0o600);
    // Its place is looked at before the card is asked.
    world.run(line).failed(2, "output.exists");
    world.run(&format!("{line} --force")).done();
    let status = world.run("--json --reader sim:menkyo status").done().json();
    assert_eq!(status["attempts"]["licence"], 10);
    assert!(
        status["applications"]
            .as_array()
            .unwrap()
            .contains(&json!("licence"))
    );
}

#[test]
fn a_wrong_pin_costs_one_of_ten_and_nothing_of_it_is_shown() {
    let world = World::new();
    let line = "--json --reader sim:menkyo --pin stdin --trace trace licence";
    world.run_with(line, "9753\n").failed(20, "pin.wrong");
    let left = world
        .run("--json --reader sim:menkyo pin status")
        .done()
        .json();
    assert_eq!(left["attempts"]["licence"], 9);
    world
        .run("--reader sim:menkyo --pin sim --trace whole licence")
        .done();
    for file in ["trace", "whole"] {
        let trace = std::fs::read_to_string(world.path(file)).unwrap();
        for secret in [
            "9753",
            "39373533",
            "2468",
            "32343638",
            "309876543210",
            "333039383736",
        ] {
            assert!(!trace.contains(secret), "{file}: {secret}");
        }
    }
    world
        .run_with("--json --reader sim:menkyo --pin stdin licence", "abcd\n")
        .failed(2, "pin.shape");
}

#[test]
fn serve_reads_what_the_program_reads() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let world = World::new();
    world.run("sim pki pki").done();
    for id in Persona::LICENSED {
        let mut client = Client::ready(&world, &format!("serve --sim {id}"));
        let card = client.card();
        let who = Persona::shipped(id).unwrap();
        let licence = who.licence.unwrap();
        let mut ask = |params: Value| {
            let request = client.request("card/licence", params);
            if let (Some(pin), false) = (&licence.pin, *id == "menkyo-rokku") {
                let question = client.secret(&pin.value);
                assert_eq!(question["params"]["secret"], "licence");
                assert_eq!(question["params"]["attemptsLeft"], 10);
            }
            client.answer(request)
        };
        let expiry = ask(json!({ "card": card, "what": "expiry" }));
        let issuer = world.path("pki/licence/police.der");
        let whole = json!({
            "card": card,
            "what": "whole",
            "issuer": issuer,
            "consent": { "disclosesAttributes": true },
        });
        let whole = ask(whole);
        if *id == "menkyo-rokku" {
            assert_eq!(expiry["error"]["data"]["code"], "pin.blocked", "{expiry}");
            continue;
        }
        assert_eq!(
            expiry["result"]["expiry"],
            iso(&licence.fields.expiry),
            "{id}"
        );
        let program = format!(
            "--json --reader sim:{id} --pin sim licence --issuer {}",
            issuer.display()
        );
        let program = world.run(&program).json();
        let mut read = whole["result"].as_object().unwrap().clone();
        let portrait = read.remove("portrait").unwrap();
        let portrait = BASE64_STANDARD.decode(portrait.as_str().unwrap()).unwrap();
        let shown = licence
            .altered_portrait
            .as_ref()
            .unwrap_or(&licence.portrait);
        assert_eq!(&portrait, shown, "{id}");
        for (name, value) in &read {
            assert_eq!(&program[name], value, "{id}: {name}");
        }
        // Number and portrait name a person.
        let request = json!({ "card": card, "what": "whole" });
        let answer = client.ask("card/licence", request);
        assert_eq!(
            answer["error"]["data"]["code"], "consent.missing",
            "{answer}"
        );
        let request = json!({ "card": card, "what": "all" });
        let answer = client.ask("card/licence", request);
        assert_eq!(answer["error"]["data"]["code"], "usage.wrong", "{answer}");
    }
}
