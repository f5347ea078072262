//! Every method of `serve` at a card: well, cancelled, with the card pulled, with a parameter that
//! is not known; and the same values as the program reports.

use card_tests::pcscd;
use serde_json::{Value, json};

use crate::World;
use crate::readers::{as_it_is, insert};
use crate::serve::Client;

/// A method, its parameters beside `card`, and the values that it asks for.
struct Case {
    method: &'static str,
    params: Value,
    secrets: &'static [&'static str],
}

/// Every method at a card, with Hanako's.
fn cases(world: &World) -> Vec<Case> {
    world.write("a.txt", "A document.\n");
    let files = json!([{ "file": world.path("a.txt") }]);
    let case = |method, params, secrets| Case {
        method,
        params,
        secrets,
    };
    let agreed = json!({ "disclosesAttributes": true });
    vec![
        case(
            "age/check",
            json!({ "over": 20, "trust": "sim" }),
            &["020401"],
        ),
        case(
            "age/check",
            json!({ "over": 20, "proof": false }),
            &["4321"],
        ),
        case("card/number", json!({}), &[]),
        case("card/status", json!({}), &[]),
        case("certificate/read", json!({ "which": "auth" }), &[]),
        case(
            "certificate/read",
            json!({ "which": "sign", "consent": agreed }),
            &["SIM12345"],
        ),
        case(
            "document/sign",
            json!({ "files": files, "format": "cms", "consent": agreed }),
            &["SIM12345"],
        ),
        case(
            "face/read",
            json!({ "consent": agreed, "png": true }),
            &["02040120361001"],
        ),
        case(
            "genuine/check",
            json!({ "record": "profile", "trust": "sim" }),
            &["4321"],
        ),
        case(
            "login/sign",
            json!({ "origin": "https://example.org", "challenge": "A".repeat(44) }),
            &["1234"],
        ),
        case(
            "number/read",
            json!({ "handling": { "purpose": "tax" } }),
            &["4321"],
        ),
        case(
            "pin/change",
            json!({ "which": "profile" }),
            &["4321", "8765"],
        ),
        case("pin/check", json!({ "which": "profile" }), &["8765"]),
        case("pin/check", json!({ "which": "resident" }), &["5678"]),
        case("pin/status", json!({}), &[]),
        case("profile/read", json!({ "consent": agreed }), &["8765"]),
        case(
            "profile/read",
            json!({ "consent": agreed, "signed": true, "trust": "sim", "with": "number-b" }),
            &["02040120361001"],
        ),
    ]
}

impl Case {
    fn params(&self, card: &str) -> Value {
        let mut params = self.params.clone();
        params["card"] = card.into();
        params
    }

    fn run(&self, client: &mut Client, card: &str) -> Value {
        let id = client.request(self.method, self.params(card));
        for secret in self.secrets {
            let question = client.secret(secret);
            assert_eq!(question["params"]["for"], id);
        }
        client.answer(id)
    }
}

#[test]
fn every_method_answers_is_cancelled_and_refuses_what_it_does_not_know() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let attempts = |client: &mut Client| {
        let status = client.ask("pin/status", json!({ "card": card }));
        status["result"]["attempts"].clone()
    };
    let before = attempts(&mut client);
    for case in cases(&world) {
        let Case {
            method, secrets, ..
        } = &case;
        let mut params = case.params(&card);
        params["unknown"] = "4321".into();
        let answer = client.ask(method, params);
        assert_eq!(answer["error"]["code"], -32602, "{method}: {answer}");
        let gone = client.ask(method, case.params("c0"));
        let code = &gone["error"]["data"]["code"];
        assert_eq!(code, "card.removed", "{method}: {gone}");
        for place in 0..secrets.len() {
            let id = client.request(method, case.params(&card));
            secrets[..place].iter().for_each(|secret| {
                client.secret(secret);
            });
            let question = client.event("secret/request");
            client.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": null }));
            let answer = client.answer(id);
            assert_eq!(answer["error"]["code"], -32800, "{method}: {answer}");
            assert_eq!(answer["error"]["data"]["attemptsSpent"], 0, "{method}");
        }
        let answer = case.run(&mut client, &card);
        assert!(answer["result"].is_object(), "{method}: {answer}");
    }
    assert_eq!(attempts(&mut client), before);
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn every_method_that_asks_ends_when_the_card_is_pulled() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        let mut client = Client::ready(&world, "serve");
        for case in cases(&world).iter().filter(|case| !case.secrets.is_empty()) {
            let inserted = insert(service, 0, "hanako", as_it_is);
            let card = client.card();
            let id = client.request(case.method, case.params(&card));
            client.event("secret/request");
            drop(inserted);
            let answer = client.answer(id);
            let data = &answer["error"]["data"];
            assert_eq!(data["code"], "card.removed", "{}: {answer}", case.method);
            assert_eq!(data["attemptsSpent"], 0, "{}", case.method);
            client.event("card/removed");
        }
        assert_eq!(client.end().0, Some(0));
    });
}

#[test]
fn records_are_what_the_program_reports() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let cases = cases(&world);
    for (method, nth, line) in [
        ("profile/read", 1, "profile --signed --trust sim"),
        ("card/number", 0, "card"),
        ("genuine/check", 0, "genuine profile --trust sim"),
        ("age/check", 0, "age --over 20 --trust sim"),
        ("pin/status", 0, "pin status"),
        ("number/read", 0, "number --purpose tax"),
    ] {
        let case = cases.iter().filter(|case| case.method == method).nth(nth);
        let answer = case.unwrap().run(&mut client, &card);
        let run = world.run(&format!("--json --reader sim:hanako --pin sim {line}"));
        let program = run.done().json();
        let read = answer["result"].as_object().unwrap();
        for (name, value) in read {
            // A challenge is fresh each time; the rest is not.
            assert_eq!(&program[name], value, "{method}: {name}");
        }
        let around = ["schema", "simulated", "exchanges", "presented"];
        let rest = program.as_object().unwrap().keys();
        let rest = rest.filter(|name| !around.contains(&name.as_str()));
        assert_eq!(rest.count(), read.len(), "{method}: {answer}");
    }
    let face = cases.iter().find(|case| case.method == "face/read");
    let face = face.unwrap().run(&mut client, &card);
    let pictures = face["result"]["pictures"].as_array().unwrap();
    assert_eq!(pictures.len(), 4, "{face}");
    assert_eq!(pictures[0]["what"], "portrait");
    let portrait = pictures[0]["data"].as_str().unwrap();
    assert!(portrait.starts_with("iVBORw0KGgo"), "{portrait:.20}");
}

#[test]
fn the_my_number_wants_a_purpose_and_is_revealed_only_when_asked_for() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let refused = |client: &mut Client, handling: Value| {
        let mut params = json!({ "card": card, "reveal": true });
        if !handling.is_null() {
            params["handling"] = handling;
        }
        client.ask("number/read", params)["error"]["data"]["code"].clone()
    };
    assert_eq!(refused(&mut client, Value::Null), "usage.wrong");
    let unknown = json!({ "purpose": "curiosity" });
    assert_eq!(refused(&mut client, unknown), "purpose.unknown");
    let lawless = json!({ "purpose": "other-by-law" });
    assert_eq!(refused(&mut client, lawless), "purpose.law");
    let number = "000000000019";
    for reveal in [false, true] {
        let handling = json!({ "purpose": "tax" });
        let params = json!({ "card": card, "handling": handling, "reveal": reveal });
        let id = client.request("number/read", params);
        let question = client.secret("4321");
        let told = json!({ "purpose": "tax", "law": null, "reveal": reveal });
        assert_eq!(question["params"]["handling"], told);
        let alternatives = question["params"]["alternatives"].as_array().unwrap();
        let words: Vec<&Value> = alternatives.iter().map(|one| &one["secret"]).collect();
        assert_eq!(words, ["profile", "number-a"], "{question}");
        let answer = client.answer(id).to_string();
        assert_eq!(answer.contains(number), reveal, "{answer}");
        let record = world.path(".local/state/mynacard/handling.jsonl");
        let record = std::fs::read_to_string(record).unwrap();
        assert!(record.contains("tax") && !record.contains(number));
        assert_eq!(record.lines().count(), 1 + usize::from(reveal));
    }
}

#[test]
fn a_pin_is_changed_with_two_answers_and_a_bad_new_one_costs_nothing() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let change = |client: &mut Client, which: &str, old: &str, new: &str| {
        let params = json!({ "card": card, "which": which });
        let id = client.request("pin/change", params);
        let first = client.secret(old);
        assert_eq!(first["params"]["new"], false);
        let second = client.secret(new);
        assert_eq!(second["params"]["new"], true);
        assert_eq!(second["params"]["attemptsLeft"], Value::Null);
        client.answer(id)
    };
    for (old, new) in [("1234", "12"), ("1234", "abcd")] {
        let answer = change(&mut client, "auth", old, new);
        assert_eq!(answer["error"]["data"]["code"], "pin.shape", "{answer}");
        assert_eq!(answer["error"]["data"]["attemptsSpent"], 0);
    }
    let wrong = change(&mut client, "auth", "9999", "5555");
    assert_eq!(wrong["error"]["data"]["code"], "pin.wrong", "{wrong}");
    assert_eq!(wrong["error"]["data"]["attemptsLeft"], 2);
    let changed = change(&mut client, "auth", "1234", "5555");
    assert_eq!(changed["result"]["changed"], true, "{changed}");
    let password = change(&mut client, "sign", "SIM12345", "neu67890");
    assert_eq!(password["result"]["pin"], "signature", "{password}");
    for (which, value, accepted) in [("auth", "5555", true), ("sign", "NEU67890", true)] {
        let id = client.request("pin/check", json!({ "card": card, "which": which }));
        client.secret(value);
        let answer = client.answer(id);
        assert_eq!(answer["result"]["accepted"], accepted, "{answer}");
    }
}

#[test]
fn one_process_makes_challenges_and_judges_tokens() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let origin = "https://example.org";
    for store in [Value::Null, json!(world.path("service"))] {
        let mut params = json!({ "origin": origin, "store": store });
        let issued = client.ask("login/challenge", params.clone());
        let challenge = issued["result"]["nonce"].clone();
        let sign = json!({ "card": card, "origin": origin, "challenge": challenge });
        let id = client.request("login/sign", sign);
        client.secret("1234");
        let token = client.answer(id)["result"]["token"].clone();
        params["challenge"] = challenge;
        params["trust"] = "sim".into();
        params["token"] = token.clone();
        let judged = client.ask("login/verify", params.clone());
        assert_eq!(judged["result"]["accepted"], true, "{judged}");
        // Only a store of its own has a key that makes identities.
        let known = judged["result"]["identity"].is_string();
        assert_eq!(known, store.is_string(), "{judged}");
        // Once, and by no other process of this kind.
        let again = client.ask("login/verify", params.clone());
        assert_eq!(again["result"]["accepted"], false);
        assert_eq!(again["result"]["reason"], "nonce.unknown", "{again}");
        for (name, value, reason) in [
            ("trust", json!("production"), "issuer.unknown"),
            ("origin", json!("https://example.com"), "token.signature"),
            ("token", json!("{}"), "token.length"),
            (
                "token",
                json!(
                    token
                        .to_string()
                        .replacen('{', r#"{"format":"web-eid:1.0","#, 1)
                ),
                "token.malformed",
            ),
        ] {
            let mut params = params.clone();
            let issued = client.ask(
                "login/challenge",
                json!({ "origin": origin, "store": store }),
            );
            params["challenge"] = issued["result"]["nonce"].clone();
            if name != "token" {
                let mut sign = json!({ "card": card, "origin": origin });
                sign["challenge"] = params["challenge"].clone();
                let id = client.request("login/sign", sign);
                client.secret("1234");
                params["token"] = client.answer(id)["result"]["token"].clone();
            }
            params[name] = value;
            let judged = client.ask("login/verify", params);
            assert_eq!(judged["result"]["accepted"], false, "{judged}");
            assert_eq!(judged["result"]["reason"], reason, "{judged}");
            assert_eq!(judged["result"]["identity"], Value::Null);
        }
    }
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn certificates_are_judged_and_the_stream_of_messages_is_no_file() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let read = client.ask("certificate/read", json!({ "card": card, "which": "auth" }));
    let der = &read["result"]["der"];
    for (trust, accepted) in [("sim", true), ("production", false)] {
        let judged = client.ask("certificate/verify", json!({ "der": der, "trust": trust }));
        assert_eq!(judged["result"]["accepted"], accepted, "{judged}");
        let demanded = json!({ "der": der, "trust": trust, "requireRevocation": true });
        let judged = client.ask("certificate/verify", demanded);
        assert_eq!(judged["result"]["accepted"], false, "{judged}");
    }
    let expired = json!({ "der": der, "trust": "sim", "at": "2050-01-01" });
    let judged = client.ask("certificate/verify", expired);
    assert_eq!(
        judged["result"]["reason"], "certificate.expired",
        "{judged}"
    );
    let nothing = client.ask("certificate/verify", json!({ "der": "", "trust": "sim" }));
    assert_eq!(nothing["result"]["accepted"], false, "{nothing}");
    for wrong in [
        json!({}),
        json!({ "file": "-" }),
        json!({ "file": "a", "der": der }),
        json!({ "der": "?" }),
        json!({ "der": der, "at": "tomorrow" }),
        json!({ "der": der, "crl": ["-"] }),
        json!({ "der": der, "trusts": "sim" }),
    ] {
        let answer = client.ask("certificate/verify", wrong.clone());
        assert_eq!(answer["error"]["code"], -32602, "{wrong}: {answer}");
    }
    let key = json!({
        "origin": "https://example.org", "challenge": "A".repeat(44), "token": "{}",
        "identityKey": "-",
    });
    let answer = client.ask("login/verify", key);
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert_eq!(client.end().0, Some(0));
}
