//! Documents over `serve`: every format signed with a simulated card, judged by other programs and
//! by ourselves.

use std::fs;
use std::io::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_tests::pcscd;
use card_tests::vpcd::Seen;
use serde_json::{Value, json};

use crate::documents::{accepts, authority, stamps, world};
use crate::readers::stopping;
use crate::serve::Client;
use crate::{World, mode};

/// Files with the outputs that are named for them.
fn files(world: &World, names: &[(&str, &str)]) -> Value {
    let file = |(file, output): &(&str, &str)| {
        let mut one = json!({ "file": world.path(file) });
        if !output.is_empty() {
            one["output"] = json!(world.path(output));
        }
        one
    };
    names.iter().map(file).collect()
}

fn signing(world: &World, card: &str, format: &str, names: &[(&str, &str)]) -> Value {
    json!({
        "card": card,
        "files": files(world, names),
        "format": format,
        "purpose": "Sign the application",
        "consent": { "disclosesAttributes": true },
    })
}

#[track_caller]
fn sign(client: &mut Client, params: Value) -> Value {
    let id = client.request("document/sign", params);
    client.secret("sim12345");
    let answer = client.answer(id);
    assert!(answer["result"].is_object(), "{answer}");
    answer["result"].clone()
}

#[track_caller]
fn judged(client: &mut Client, params: Value) -> Value {
    let mut params = params;
    params["trust"] = json!(params["trust"].as_str().unwrap_or("sim"));
    let answer = client.ask("document/verify", params);
    assert!(answer["result"].is_object(), "{answer}");
    answer["result"].clone()
}

#[test]
fn every_format_is_signed_and_judged_and_what_others_say_agrees() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    for (format, file, output, more, others) in [
        (
            "cms",
            "a.txt",
            "a.p7s",
            json!({}),
            "openssl cms -verify -binary -cades -inform DER -in a.p7s -content a.txt -CAfile ca.pem -purpose any -out out",
        ),
        (
            "cms-attached",
            "a.txt",
            "a.p7m",
            json!({}),
            "openssl cms -verify -cades -inform DER -in a.p7m -CAfile ca.pem -purpose any -out out",
        ),
        ("pdf", "a.pdf", "s.pdf", json!({}), "qpdf --check s.pdf"),
        (
            "pdf",
            "a.pdf",
            "p.pdf",
            json!({
                "pdfProfile": "pades",
                "visible": { "page": 1, "x": 50, "y": 60.5, "width": 200, "height": 40 },
            }),
            "pdfsig -nocert p.pdf",
        ),
        (
            "xml",
            "a.xml",
            "s.xml",
            json!({ "xades": true }),
            "xmllint --noout s.xml",
        ),
        (
            "xml",
            "a.txt",
            "d.xml",
            json!({ "detached": true }),
            "xmllint --noout d.xml",
        ),
        ("jws", "a.txt", "a.jws", json!({ "withCa": true }), ""),
        ("jws", "a.txt", "d.jws", json!({ "detached": true }), ""),
    ] {
        let mut params = signing(&world, &card, format, &[(file, output)]);
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let result = sign(&mut client, params.clone());
        assert_eq!(result["format"], format, "{result}");
        assert_eq!(result["contents"], json!([null]), "{result}");
        assert_eq!(result["files"][0]["output"], json!(world.path(output)));
        if !others.is_empty() {
            accepts(&world, others, "");
        }
        // What is there is never written over unless asked, and found before the PIN is asked for.
        let again = client.ask("document/sign", params.clone());
        assert_eq!(again["error"]["data"]["code"], "output.exists", "{again}");
        params["resume"] = true.into();
        let again = client.ask("document/sign", params);
        assert_eq!(again["result"]["files"][0]["skipped"], true, "{again}");

        let beside = output == "a.p7s" || output.starts_with("d.");
        let check = match beside {
            true => json!({ "file": world.path(file), "signature": world.path(output) }),
            false => json!({ "file": world.path(output) }),
        };
        let report = judged(&mut client, check.clone());
        assert_eq!(report["accepted"], true, "{output}: {report:#}");
        assert_eq!(report["revocation"]["status"], "not-checked", "{report}");
        let mut strangers = check.clone();
        strangers["trust"] = "production".into();
        assert_eq!(
            judged(&mut client, strangers)["accepted"],
            false,
            "{output}"
        );
        let mut later = check.clone();
        later["at"] = "2050-01-01".into();
        assert_eq!(judged(&mut client, later)["reason"], "certificate.expired");
        let mut other = check.clone();
        other["purpose"] = "authentication".into();
        assert_eq!(judged(&mut client, other)["accepted"], false, "{output}");
        let changed = match beside {
            true => file,
            false => output,
        };
        let mut bytes = fs::read(world.path(changed)).unwrap();
        // Something that is signed as it is; an issuer's certificate beside it is not.
        let place = ["document", "MediaBox", "申請"].iter().find_map(|word| {
            let mut windows = bytes.windows(word.len());
            windows.position(|window| window == word.as_bytes())
        });
        let place = place.unwrap_or(bytes.len() / 3);
        bytes[place] ^= 1;
        let kept = fs::read(world.path(changed)).unwrap();
        fs::write(world.path(changed), bytes).unwrap();
        let report = client.ask("document/verify", {
            let mut check = check.clone();
            check["trust"] = "sim".into();
            check
        });
        assert_ne!(report["result"]["accepted"], true, "{output}: {report}");
        fs::write(world.path(changed), kept).unwrap();
    }
    assert_eq!(client.end().0, Some(0));
}

/// Three files, one container, one signature of the card.
#[test]
fn files_are_signed_together_in_one_container() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let names = [("a.txt", ""), ("a.pdf", ""), ("b.txt", "")];
    let mut params = signing(&world, &card, "asic", &names);
    params["output"] = json!(world.path("x.asice"));
    let id = client.request("document/sign", params.clone());
    let question = client.secret("sim12345");
    assert_eq!(
        question["params"]["documents"].as_array().unwrap().len(),
        3,
        "{question}"
    );
    let answer = client.answer(id);
    let result = &answer["result"];
    assert_eq!(result["contents"], json!([null]), "{answer}");
    let signed = result["files"].as_array().unwrap();
    assert_eq!(signed.len(), 3, "{answer}");
    for (one, (name, _)) in signed.iter().zip(names) {
        assert_eq!(one["input"], json!(world.path(name)), "{answer}");
        assert_eq!(one["output"], json!(world.path("x.asice")), "{answer}");
    }
    // What is there is never written over unless asked, and a container is not resumed.
    let again = client.ask("document/sign", params.clone());
    assert_eq!(again["error"]["data"]["code"], "output.exists", "{again}");
    params["force"] = true.into();
    sign(&mut client, params.clone());

    let check = json!({ "file": world.path("x.asice") });
    let report = judged(&mut client, check.clone());
    assert_eq!(
        (&report["accepted"], &report["format"], &report["files"]),
        (
            &json!(true),
            &json!("asic"),
            &json!(["a.txt", "a.pdf", "b.txt"])
        ),
        "{report:#}"
    );
    for (more, reason) in [
        (json!({ "trust": "production" }), "issuer.unknown"),
        (json!({ "at": "2050-01-01" }), "certificate.expired"),
        (json!({ "purpose": "authentication" }), "issuer.purpose"),
    ] {
        let mut check = check.clone();
        let more = more.as_object().unwrap().clone();
        check.as_object_mut().unwrap().extend(more);
        assert_eq!(judged(&mut client, check)["reason"], reason);
    }
    // Stored as it is, so that a byte of it can be changed in place.
    let mut bytes = fs::read(world.path("x.asice")).unwrap();
    let place = bytes.windows(8).position(|it| it == b"Another.").unwrap();
    bytes[place] = b'a';
    fs::write(world.path("z.asice"), bytes).unwrap();
    let report = judged(&mut client, json!({ "file": world.path("z.asice") }));
    assert_eq!(report["reason"], "asic.archive.content", "{report:#}");

    // Without a place it is in the result: one for all files.
    params.as_object_mut().unwrap().remove("output");
    let result = sign(&mut client, params.clone());
    let contents = result["contents"].as_array().unwrap();
    assert_eq!(contents.len(), 1, "{result}");
    assert_eq!(result["files"][2]["output"], Value::Null, "{result}");
    let container = BASE64_STANDARD
        .decode(contents[0].as_str().unwrap())
        .unwrap();
    fs::write(world.path("y.asice"), container).unwrap();
    let report = judged(&mut client, json!({ "file": world.path("y.asice") }));
    assert_eq!(report["accepted"], true, "{report:#}");

    // A time stamp goes into it too.
    authority(&world);
    params["timestamp"] = stamps(&world).into();
    params["output"] = json!(world.path("stamped.asice"));
    let result = sign(&mut client, params);
    assert!(result["files"][2]["time_stamp"].is_string(), "{result}");
    let (status, rest) = client.end();
    assert_eq!(status, Some(0));
    let events = rest
        .iter()
        .filter(|one| one["method"] == "request/progress");
    let events: Vec<&Value> = events
        .map(|one| &one["params"])
        .filter(|one| one["for"] == id && one["done"] == one["total"])
        .collect();
    // Each file is read, then hashed for the list; one thing is signed and kept, with three files in it.
    for (step, times) in [("read", 6), ("sign", 1), ("keep", 1), ("write", 3)] {
        let ends = events.iter().filter(|one| one["step"] == step);
        assert_eq!(ends.count(), times, "{step}: {events:?}");
    }
}

#[test]
fn a_container_is_whole_or_not_there() {
    let world = world();
    let before = || {
        let names = fs::read_dir(world.folder.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let pipe = world.path("pipe");
    assert!(world.tool("mkfifo").arg(&pipe).status().unwrap().success());
    fs::create_dir(world.path("d")).unwrap();
    world.write("d/A.txt", "x");
    for name in ["large", "larger"] {
        let large = fs::File::create(world.path(name)).unwrap();
        large.set_len(9 << 20).unwrap();
    }
    let signing = |names: &[(&str, &str)], output: &str| {
        let mut params = signing(&world, &card, "asic", names);
        if !output.is_empty() {
            params["output"] = json!(world.path(output));
        }
        params
    };
    let there = before();
    let good = [("a.txt", ""), ("b.txt", "")];
    // The user does not want to.
    let id = client.request("document/sign", signing(&good, "x.asice"));
    let question = client.event("secret/request");
    client.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": null }));
    assert_eq!(client.answer(id)["error"]["code"], -32800);
    // Cancelled while the second file is read, and while the PIN is asked for.
    for names in [[("a.txt", ""), ("pipe", "")], good] {
        let id = client.request("document/sign", signing(&names, "x.asice"));
        let writer = match names {
            [_, ("pipe", _)] => {
                let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
                writer.write_all(b"half a ").unwrap();
                Some(writer)
            }
            _ => {
                client.event("secret/request");
                None
            }
        };
        let cancel = json!({ "id": id });
        client.send(&json!({
            "jsonrpc": "2.0", "method": "$/cancelRequest", "params": cancel,
        }));
        let answer = client.answer(id);
        assert_eq!(answer["error"]["code"], -32800, "{answer}");
        assert_eq!(answer["error"]["data"]["attemptsSpent"], 0, "{answer}");
        drop(writer);
    }
    // A file behind the first is another one when the PIN comes.
    let id = client.request("document/sign", signing(&good, "x.asice"));
    let question = client.event("secret/request");
    world.write("b.txt", "exchanged while the PIN was typed");
    client.send(&json!({
        "jsonrpc": "2.0", "id": question["id"], "result": { "value": "SIM12345" },
    }));
    let answer = client.answer(id);
    assert_eq!(answer["error"]["data"]["code"], "input.changed", "{answer}");
    // Names that some systems take for one; files that have room in one message only alone.
    for (names, output, code) in [
        (
            [("a.txt", ""), ("d/A.txt", "")],
            "x.asice",
            "document.unsuitable",
        ),
        ([("large", ""), ("larger", "")], "", "input.unreadable"),
    ] {
        let answer = client.ask("document/sign", signing(&names, output));
        assert_eq!(answer["error"]["data"]["code"], code, "{answer}");
    }
    let mut params = signing(&good, "x.asice");
    params.as_object_mut().unwrap().remove("consent");
    let answer = client.ask("document/sign", params);
    assert_eq!(
        answer["error"]["data"]["code"], "consent.missing",
        "{answer}"
    );
    assert_eq!(before(), there, "something was written");
    // Nobody reads what is written.
    let id = client.request(
        "document/sign",
        signing(&[("a.txt", ""), ("large", "")], "pipe"),
    );
    client.secret("sim12345");
    let reader = fs::File::open(&pipe).unwrap();
    client.send(&json!({
        "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id },
    }));
    let answer = client.answer(id);
    assert_eq!(answer["error"]["code"], -32800, "{answer}");
    assert_eq!(answer["error"]["data"]["details"]["done"], Value::Null);
    drop(reader);
    assert_eq!(before(), there);
    let status = client.ask("pin/status", json!({ "card": card }));
    assert_eq!(status["result"]["attempts"]["signature"], 5, "{status}");
}

/// Its one signature is made: it was paid for, so the container is finished and named.
#[test]
fn a_container_that_is_cancelled_while_the_card_signs_is_finished_and_named_once() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        for name in ["a", "b"] {
            world.write(&format!("{name}.txt"), name);
        }
        let signs = |command: &[u8]| command[1] == 0x2A;
        let (inserted, card, stopped, go_on) = stopping(service, signs);
        let mut client = Client::ready(&world, "serve");
        let id = client.card();
        let mut params = signing(&world, &id, "asic", &[("a.txt", ""), ("b.txt", "")]);
        params["output"] = json!(world.path("x.asice"));
        let request = client.request("document/sign", params);
        client.secret("SIM12345");
        stopped.recv().unwrap();
        client.send(&json!({
            "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": request },
        }));
        client.ask("readers/list", json!({}));
        go_on.send(()).unwrap();
        let answer = client.answer(request);
        assert_eq!(answer["error"]["code"], -32800, "{answer}");
        let done = &answer["error"]["data"]["details"]["done"];
        assert_eq!(*done, json!([world.path("x.asice")]), "{answer}");
        let report = judged(&mut client, json!({ "file": world.path("x.asice") }));
        assert_eq!(report["accepted"], true, "{report:#}");
        inserted.wait_for(&Seen::PowerOff);
        assert!(!card.lock().unwrap().rights_left());
        assert_eq!(client.end().0, Some(0));
    });
}

#[test]
fn a_bare_value_comes_with_either_key_and_is_judged_with_its_certificate() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    for (key, pin, which) in [("sign", "SIM12345", "sign"), ("auth", "1234", "auth")] {
        let id = client.request(
            "document/sign",
            json!({
                "card": card, "files": files(&world, &[("a.txt", "")]), "format": "raw",
                "key": key, "check": true,
            }),
        );
        client.secret(pin);
        let answer = client.answer(id);
        let value = answer["result"]["contents"][0].as_str().unwrap();
        assert_eq!(answer["result"]["files"][0]["signature"], value);
        fs::write(world.path("a.sig"), BASE64_STANDARD.decode(value).unwrap()).unwrap();
        let agreed = json!({ "disclosesAttributes": true });
        let read = json!({ "card": card, "which": which, "consent": agreed });
        let id = client.request("certificate/read", read);
        if key == "sign" {
            client.secret(pin);
        }
        let der = client.answer(id)["result"]["der"].clone();
        let der = BASE64_STANDARD.decode(der.as_str().unwrap()).unwrap();
        fs::write(world.path("signer.der"), der).unwrap();
        let mut check = json!({
            "file": world.path("a.txt"),
            "signature": world.path("a.sig"),
            "trust": "sim",
            "purpose": match key { "sign" => "signature", _ => "authentication" },
        });
        let without = client.ask("document/verify", check.clone());
        assert_eq!(without["error"]["code"], -32602, "{without}");
        let message = without["error"]["message"].as_str().unwrap();
        assert!(message.contains("certificates"), "{message}");
        check["certificates"] = json!([world.path("signer.der")]);
        assert_eq!(judged(&mut client, check.clone())["accepted"], true);
        check["profile"] = "moj".into();
        let wrong = client.ask("document/verify", check);
        assert_eq!(wrong["error"]["code"], -32602, "{wrong}");
    }
}

#[test]
fn many_files_cost_one_pin_and_their_progress_is_told() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let names = [("a.txt", "a.p7s"), ("b.txt", ""), ("c.txt", "c.p7s")];
    let mut params = signing(&world, &card, "cms", &names);
    let id = client.request("document/sign", params.clone());
    let question = client.secret("SIM12345");
    assert_eq!(question["params"]["attemptsLeft"], 5);
    let told = question["params"]["documents"].as_array().unwrap();
    let names: Vec<String> = told
        .iter()
        .map(|one| {
            one["file"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(names, ["a.txt", "b.txt", "c.txt"]);
    assert_eq!(told[0]["size"], 27, "{question}");
    let answer = client.answer(id);
    let result = &answer["result"];
    let contents = result["contents"].as_array().unwrap();
    let is_there: Vec<bool> = contents.iter().map(Value::is_string).collect();
    assert_eq!(is_there, [false, true, false]);
    for (index, one) in result["files"].as_array().unwrap().iter().enumerate() {
        assert_eq!(one["digest"], told[index]["sha256"]);
    }
    let b = BASE64_STANDARD
        .decode(contents[1].as_str().unwrap())
        .unwrap();
    fs::write(world.path("b.p7s"), b).unwrap();
    for name in ["a", "b", "c"] {
        let file = world.path(&format!("{name}.txt"));
        let signature = world.path(&format!("{name}.p7s"));
        let check = json!({ "file": file, "signature": signature });
        assert_eq!(judged(&mut client, check)["accepted"], true, "{name}");
    }
    // All of them passed by before the answer.
    let (status, rest) = {
        params["force"] = true.into();
        sign(&mut client, params);
        client.end()
    };
    assert_eq!(status, Some(0));
    let events = rest
        .iter()
        .filter(|one| one["method"] == "request/progress");
    let events: Vec<&Value> = events
        .map(|one| &one["params"])
        .filter(|it| it["for"] == id)
        .collect();
    for (step, total, times) in [("read", 27, 1), ("sign", 3, 1), ("keep", 3, 1)] {
        let ends = events
            .iter()
            .filter(|one| one["step"] == step && one["total"] == total && one["done"] == total);
        assert_eq!(ends.count(), times, "{step}: {events:?}");
    }
    let read = events.iter().filter(|one| one["step"] == "read");
    assert!(read.clone().all(|one| one["file"].is_string()));
    assert!(read.count() >= 3, "{events:?}");
}

#[test]
fn what_was_signed_before_a_cancellation_is_kept_and_named() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        for name in ["a", "b", "c"] {
            world.write(&format!("{name}.txt"), name);
        }
        let signs = |command: &[u8]| command[1] == 0x2A;
        let (inserted, card, stopped, go_on) = stopping(service, signs);
        let mut client = Client::ready(&world, "serve");
        let id = client.card();
        let names = [("a.txt", "a.p7s"), ("b.txt", "b.p7s"), ("c.txt", "c.p7s")];
        let request = client.request("document/sign", signing(&world, &id, "cms", &names));
        client.secret("SIM12345");
        stopped.recv().unwrap();
        go_on.send(()).unwrap();
        stopped.recv().unwrap();
        let cancel = json!({ "id": request });
        client.send(&json!({
            "jsonrpc": "2.0", "method": "$/cancelRequest", "params": cancel,
        }));
        client.ask("readers/list", json!({}));
        go_on.send(()).unwrap();
        let answer = client.answer(request);
        assert_eq!(answer["error"]["code"], -32800, "{answer}");
        assert_eq!(answer["error"]["data"]["attemptsSpent"], 0, "{answer}");
        let done = answer["error"]["data"]["details"]["done"]
            .as_array()
            .unwrap();
        assert!(done.contains(&json!(world.path("a.p7s"))), "{answer}");
        assert_eq!(world.path("b.p7s").exists(), done.len() == 2);
        assert!(!world.path("c.p7s").exists());
        let check = json!({ "file": world.path("a.txt"), "signature": world.path("a.p7s") });
        assert_eq!(judged(&mut client, check)["accepted"], true);
        inserted.wait_for(&Seen::PowerOff);
        assert!(!card.lock().unwrap().rights_left());
        assert_eq!(client.end().0, Some(0));
    });
}

#[test]
fn no_document_is_signed_without_consent_or_after_a_change() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let mut params = signing(&world, &card, "cms", &[("a.txt", "a.p7s")]);
    let consent = params.as_object_mut().unwrap().remove("consent").unwrap();
    for consent in [Value::Null, json!({ "disclosesAttributes": false })] {
        params["consent"] = consent;
        let answer = client.ask("document/sign", params.clone());
        let code = &answer["error"]["data"]["code"];
        assert_eq!(code, "consent.missing", "{answer}");
    }
    params["consent"] = consent;
    let id = client.request("document/sign", params);
    let question = client.event("secret/request");
    world.write("a.txt", "exchanged while the PIN was typed");
    let answered = json!({
        "jsonrpc": "2.0", "id": question["id"], "result": { "value": "SIM12345" },
    });
    client.send(&answered);
    let answer = client.answer(id);
    assert_eq!(answer["error"]["data"]["code"], "input.changed", "{answer}");
    assert!(!world.path("a.p7s").exists());
}

#[test]
fn parameters_that_do_not_belong_together_are_named_before_any_question() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let good = || signing(&world, &card, "cms", &[("a.txt", "")]);
    for (change, name) in [
        (json!({ "form": "pdf" }), "form"),
        (json!({ "format": "pgp" }), "format"),
        (json!({ "format": null }), "format"),
        (json!({ "files": [] }), "files"),
        (json!({ "files": "a.txt" }), "files"),
        (json!({ "files": [{ "file": "-" }] }), "files"),
        (
            json!({ "files": [{ "file": "a.txt", "out": "b" }] }),
            "files",
        ),
        (
            json!({ "files": [{ "file": "a.txt", "output": "b" }, { "file": "c.txt", "output": "b" }] }),
            "files",
        ),
        (json!({ "key": "auth" }), "key"),
        (json!({ "pdfProfile": "pades" }), "pdfProfile"),
        (
            json!({ "format": "pdf", "timestamp": "http://example.org/" }),
            "timestamp",
        ),
        (json!({ "timestamp": "https://example.org/" }), "timestamp"),
        (json!({ "timestampTrust": "sim" }), "timestampTrust"),
        (json!({ "font": "a.ttf" }), "font"),
        (json!({ "detached": true }), "detached"),
        (json!({ "xades": true }), "xades"),
        (json!({ "withCa": true }), "withCa"),
        (json!({ "profile": "egov" }), "profile"),
        (
            json!({ "format": "xml", "profile": "egov", "xades": true }),
            "profile",
        ),
        (json!({ "cosign": "a", "resume": true }), "cosign"),
        (json!({ "format": "raw", "resume": true }), "resume"),
        (json!({ "format": "asic", "resume": true }), "resume"),
        (json!({ "format": "asic", "cosign": "a" }), "cosign"),
        (json!({ "format": "asic", "key": "auth" }), "key"),
        (json!({ "output": "x" }), "output"),
        (
            json!({ "format": "asic", "files": [{ "file": "a.txt", "output": "x" }] }),
            "files",
        ),
        (
            json!({ "visible": { "page": 1, "x": 0, "y": 0, "width": 1, "height": 1 } }),
            "visible",
        ),
        (
            json!({ "format": "pdf", "visible": { "page": 0, "x": 0, "y": 0, "width": 1, "height": 1 } }),
            "visible",
        ),
        (
            json!({ "format": "pdf", "visible": { "page": 1, "x": 0, "y": 0, "width": 0, "height": 1 } }),
            "visible",
        ),
    ] {
        let mut params = good();
        params
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = client.ask("document/sign", params);
        assert_eq!(answer["error"]["code"], -32602, "{change}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("parameter {name}")),
            "{change}: {message}"
        );
    }
    for wrong in [
        json!({ "file": "-" }),
        json!({}),
        json!({ "file": "a.txt", "purpose": "login" }),
        json!({ "file": "a.txt", "profile": "pades" }),
        json!({ "file": "a.txt", "at": "tomorrow" }),
        json!({ "file": "a.txt", "signatures": "a" }),
    ] {
        let answer = client.ask("document/verify", wrong.clone());
        assert_eq!(answer["error"]["code"], -32602, "{wrong}: {answer}");
    }
    let unsigned = judged(&mut client, json!({ "file": world.path("a.txt") }));
    assert_eq!(unsigned["reason"], "document.unsigned", "{unsigned}");
    let absent = client.ask("document/verify", json!({ "file": world.path("none") }));
    assert_eq!(
        absent["error"]["data"]["code"], "input.unreadable",
        "{absent}"
    );
    // What comes in a message has a limit, told before the PIN is asked for.
    let large = fs::File::create(world.path("large")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    let large = signing(&world, &card, "cms-attached", &[("large", "")]);
    let answer = client.ask("document/sign", large);
    assert_eq!(
        answer["error"]["data"]["code"], "input.unreadable",
        "{answer}"
    );
    let status = client.ask("pin/status", json!({ "card": card }));
    assert_eq!(status["result"]["attempts"]["signature"], 5, "{status}");
}

#[test]
fn signers_are_added_and_time_stamps_are_asked_for() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim hanako --sim taro");
    let hanako = client.card();
    let taro = client.card();
    sign(
        &mut client,
        signing(&world, &hanako, "cms", &[("a.txt", "one.p7s")]),
    );
    let mut params = signing(&world, &taro, "cms", &[("a.txt", "two.p7s")]);
    params["cosign"] = json!(world.path("one.p7s"));
    sign(&mut client, params);
    let check = json!({ "file": world.path("a.txt"), "signature": world.path("two.p7s") });
    let report = judged(&mut client, check);
    assert_eq!(report["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(report["accepted"], true, "{report:#}");

    authority(&world);
    let mut params = signing(&world, &hanako, "cms", &[("a.txt", "stamped.p7s")]);
    params["timestamp"] = stamps(&world).into();
    params["timestampTrust"] = json!(world.path("trust"));
    let result = sign(&mut client, params);
    assert!(result["files"][0]["time_stamp"].is_string(), "{result}");
    let mut check = json!({ "file": world.path("a.txt"), "signature": world.path("stamped.p7s") });
    check["trust"] = json!(world.path("trust"));
    let report = judged(&mut client, check.clone());
    assert_eq!(report["accepted"], true, "{report:#}");
    assert!(
        report["signatures"][0]["proven_time"].is_string(),
        "{report}"
    );
    // Roots are read once, and again when their files change.
    fs::remove_file(world.path("trust/sign.pem")).unwrap();
    let report = judged(&mut client, check);
    assert_eq!(report["reason"], "issuer.unknown", "{report}");
}

#[test]
fn a_certificate_that_has_run_out_is_told() {
    let world = world();
    let mut client = Client::ready(&world, "serve --sim kigen");
    let card = client.card();
    let status = client.ask("card/status", json!({ "card": card }));
    let validity = &status["result"]["authentication_validity"];
    assert_eq!(validity["state"], "expired", "{status}");
    let result = sign(&mut client, signing(&world, &card, "cms", &[("a.txt", "")]));
    assert_eq!(
        result["warnings"],
        json!(["certificate.expired"]),
        "{result}"
    );
}

/// Pipes that nobody writes to, pipes whose writer says no more, and a device without an end.
#[test]
fn a_request_that_waits_for_a_file_is_cancelled() {
    let world = world();
    let pipe = world.path("pipe");
    assert!(world.tool("mkfifo").arg(&pipe).status().unwrap().success());
    let mut client = Client::ready(&world, "serve --sim hanako --sim menkyo");
    let (card, licence) = (client.card(), client.card());
    let file = world.path("a.txt");
    let signing = |format: &str, more: Value| {
        let mut params = signing(&world, &card, format, &[("a.txt", "")]);
        let more = more.as_object().unwrap().clone();
        params.as_object_mut().unwrap().extend(more);
        params
    };
    let endless = |path| json!({ "files": [{ "file": path }] });
    let visible = json!({ "page": 1, "x": 9, "y": 9, "width": 90, "height": 90 });
    let login = json!({
        "origin": "https://example.org", "challenge": "A".repeat(44), "token": "{}",
        "identityKey": pipe,
    });
    let consent = json!({ "disclosesAttributes": true });
    let cases = [
        ("document/verify", json!({ "file": pipe })),
        (
            "document/verify",
            json!({ "file": file, "signature": pipe }),
        ),
        (
            "document/verify",
            json!({ "file": file, "certificates": [pipe] }),
        ),
        ("document/verify", json!({ "file": file, "crl": [pipe] })),
        ("document/verify", json!({ "file": "/dev/zero" })),
        ("certificate/verify", json!({ "file": pipe })),
        ("login/verify", login),
        (
            "card/licence",
            json!({ "card": licence, "what": "whole", "issuer": pipe, "consent": consent }),
        ),
        ("document/sign", signing("cms", endless("/dev/zero"))),
        (
            "document/sign",
            signing("cms", endless(pipe.to_str().unwrap())),
        ),
        (
            "document/sign",
            signing("raw", endless(pipe.to_str().unwrap())),
        ),
        ("document/sign", signing("cms", json!({ "cosign": pipe }))),
        (
            "document/sign",
            signing("pdf", json!({ "visible": visible, "font": pipe })),
        ),
    ];
    for (method, params) in &cases {
        let waits = params.to_string().contains(pipe.to_str().unwrap());
        for written in [false, true] {
            let id = client.request(method, params.clone());
            // Returns when the program has opened its end.
            let writer = (waits && written).then(|| {
                let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
                writer.write_all(b"half a ").unwrap();
                writer
            });
            client.send(&json!({
                "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id },
            }));
            let answer = client.answer(id);
            assert_eq!(
                answer["error"]["code"], -32800,
                "{method} {params}: {answer}"
            );
            assert_eq!(answer["error"]["data"]["attemptsSpent"], 0, "{answer}");
            drop(writer);
        }
    }
    // The end of input and a signal end the program in such a wait too.
    for signal in [None, Some("TERM")] {
        client.request("document/verify", json!({ "file": pipe }));
        let writer = fs::File::options().write(true).open(&pipe).unwrap();
        let status = match signal {
            None => client.end().0,
            Some(name) => client.told(name),
        };
        assert_eq!(status, Some(if signal.is_some() { 50 } else { 0 }));
        drop(writer);
        client = Client::ready(&world, "serve --sim hanako");
    }
    // A pipe that is written to its end is a file like any other.
    let id = client.request("document/verify", json!({ "file": pipe }));
    fs::write(&pipe, "A document.\n").unwrap();
    let answer = client.answer(id);
    assert_eq!(answer["result"]["reason"], "document.unsigned", "{answer}");
}

/// Pipes that nobody opens, and pipes whose reader reads nothing.
#[test]
fn a_request_that_waits_for_the_reader_of_its_output_is_cancelled() {
    let world = world();
    let pipe = world.path("pipe");
    assert!(world.tool("mkfifo").arg(&pipe).status().unwrap().success());
    // More than a pipe holds.
    fs::write(world.path("large"), vec![b'x'; 1 << 20]).unwrap();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    for opened in [false, true] {
        let names = [("a.txt", "first"), ("large", "pipe")];
        let id = client.request(
            "document/sign",
            signing(&world, &card, "cms-attached", &names),
        );
        client.secret("sim12345");
        while !world.path("first").exists() {
            std::thread::yield_now();
        }
        let reader = opened.then(|| fs::File::open(&pipe).unwrap());
        client.send(&json!({
            "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id },
        }));
        let answer = client.answer(id);
        assert_eq!(answer["error"]["code"], -32800, "{answer}");
        drop(reader);
        fs::remove_file(world.path("first")).unwrap();
    }
    // A pipe that is read to its end is a place like any other.
    let id = client.request(
        "document/sign",
        signing(&world, &card, "cms-attached", &[("large", "pipe")]),
    );
    client.secret("sim12345");
    let signed = fs::read(&pipe).unwrap();
    assert!(signed.len() > 1 << 20);
    let answer = client.answer(id);
    assert!(answer["result"].is_object(), "{answer}");
}

#[test]
fn what_names_the_signer_is_for_its_owner_only() {
    let mut world = world();
    for umask in ["000", "277"] {
        world.umask = Some(umask);
        let mut client = Client::ready(&world, "serve --sim hanako");
        let card = client.card();
        for (format, file) in [("cms", "a.txt"), ("pdf", "a.pdf"), ("xml", "a.xml")] {
            let output = world.path("signed");
            sign(
                &mut client,
                signing(&world, &card, format, &[(file, "signed")]),
            );
            assert_eq!(mode(&output), 0o600, "{umask} {format}");
            fs::remove_file(&output).unwrap();
            world.write("signed", "older");
            let mut params = signing(&world, &card, format, &[(file, "signed")]);
            params["force"] = true.into();
            sign(&mut client, params);
            assert_eq!(mode(&output), 0o600, "{umask} {format}, over another");
            fs::remove_file(&output).unwrap();
        }
        let mut params = signing(&world, &card, "asic", &[("a.txt", ""), ("b.txt", "")]);
        params["output"] = json!(world.path("signed"));
        sign(&mut client, params);
        assert_eq!(mode(&world.path("signed")), 0o600, "{umask} asic");
        fs::remove_file(world.path("signed")).unwrap();
    }
}
