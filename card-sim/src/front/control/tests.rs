//! Each request on a desk with one card, and the socket with lines that are no requests.

use std::collections::BTreeSet;

use serde_json::Value;

use super::request::{FaultKind, LatencyKind, PinName, Refusal};
use super::*;
use crate::front::socket::Desk;
use crate::os::tests::{SELECT_JPKI, persona};
use crate::state::Persistent;

const QUERY: &[u8] = &[0, 0x20, 0, 0x98];

fn control() -> Arc<Control> {
    let desk = Desk::new(vec![(persona(), Persistent::in_memory())]);
    let find = |name: &str| Persona::shipped(name);
    Control::new(desk, Box::new(find))
}

fn send(control: &Control, command: &[u8]) -> crate::fault::Outcome {
    let wire = control.cards.wire(0).unwrap();
    let mut wire = lock(&wire);
    let fault = wire.depart(command);
    wire.exchange(command, fault)
}

fn answered(control: &Control, command: &[u8]) -> String {
    match send(control, command) {
        crate::fault::Outcome::Answer(answer) => crate::os::describe::hexadecimal(&answer),
        other => format!("{other:?}"),
    }
}

fn ask_for(text: &str) -> Request {
    serde_json::from_str(text).unwrap()
}

#[track_caller]
fn does(control: &Control, text: &str) -> Answer {
    let answer = control.act(&ask_for(text));
    assert_eq!(answer.refused, None, "{text}");
    answer
}

#[track_caller]
fn refuses(control: &Control, text: &str, why: Refusal) {
    assert_eq!(control.act(&ask_for(text)).refused, Some(why), "{text}");
}

fn line(control: &Control) -> CardLine {
    does(control, r#"{"do":"cards"}"#).cards.unwrap().remove(0)
}

#[test]
fn cards_move_and_tell_what_they_are() {
    let control = control();
    let seen = control.subscribe();
    assert_eq!(answered(&control, SELECT_JPKI), "90 00");
    let first = line(&control);
    assert_eq!((&*first.card, first.inserted), ("test", true));
    assert_eq!(
        (first.exchanges, first.presented, first.unlocked),
        (1, 0, false)
    );
    assert_eq!(first.attempts[&PinName::Authentication], 3);
    does(&control, r#"{"do":"remove","card":"test"}"#);
    assert!(!line(&control).inserted);
    does(&control, r#"{"do":"insert","card":"0"}"#);
    does(&control, r#"{"do":"reset","card":"test"}"#);
    does(&control, r#"{"do":"swap","card":"test","resident":"taro"}"#);
    assert_eq!(
        (&*line(&control).card, line(&control).inserted),
        ("taro", true)
    );
    refuses(&control, r#"{"do":"insert","card":"test"}"#, Refusal::Card);
    refuses(&control, r#"{"do":"insert","card":"1"}"#, Refusal::Card);
    let nobody = r#"{"do":"swap","card":"taro","resident":"nobody"}"#;
    refuses(&control, nobody, Refusal::Resident);
    drop(control);
    let told: Vec<String> = seen
        .try_iter()
        .map(|line| line.event.or(line.exchange.map(|one| one.line())).unwrap())
        .collect();
    let select = "SELECT FILE JPKI → 9000";
    assert_eq!(told, [select, "removed", "inserted", "reset", "swapped"]);
}

#[test]
fn faults_come_where_they_are_asked_for() {
    let control = control();
    answered(&control, SELECT_JPKI);
    for (fault, answer) in [
        (r#""fault":"lose-answer""#, "Lost"),
        (r#""fault":"cut","bytes":1"#, "63"),
        (r#""fault":"status","status":"6F00""#, "6F 00"),
        (r#""fault":"delay","milliseconds":1"#, "63 C3"),
        (r#""fault":"reset","at":1"#, "Reset"),
    ] {
        does(
            &control,
            &format!(r#"{{"do":"fault","card":"test",{fault}}}"#),
        );
        assert_eq!(answered(&control, QUERY), answer, "{fault}");
        answered(&control, SELECT_JPKI);
        assert_eq!(answered(&control, QUERY), "63 C3", "{fault}: once");
    }
    does(
        &control,
        r#"{"do":"fault","card":"test","fault":"lose-command","instruction":"20"}"#,
    );
    answered(&control, SELECT_JPKI);
    assert_eq!(answered(&control, QUERY), "Lost");
    does(
        &control,
        r#"{"do":"fault","card":"test","fault":"remove","presenting":true}"#,
    );
    assert_eq!(answered(&control, QUERY), "63 C3");
    does(&control, r#"{"do":"clear","card":"test"}"#);
    let wrong: &[u8] = &[0, 0x20, 0, 0x98, 4, 0x39, 0x39, 0x39, 0x39];
    assert_eq!(answered(&control, wrong), "63 C2");
    does(
        &control,
        r#"{"do":"fault","card":"test","fault":"lose-answer","chance":100,"seed":7}"#,
    );
    for _ in 0..3 {
        assert_eq!(answered(&control, QUERY), "Lost");
    }
    does(&control, r#"{"do":"clear","card":"test"}"#);
    assert_eq!(answered(&control, QUERY), "63 C2");
    for fault in [
        r#""fault":"cut""#,
        r#""fault":"status","status":"6F""#,
        r#""fault":"status","status":"+F00""#,
        r#""fault":"remove","bytes":1"#,
        r#""fault":"remove","at":0"#,
        r#""fault":"remove","at":1,"presenting":true"#,
        r#""fault":"remove","instruction":"2""#,
        r#""fault":"remove","chance":0"#,
        r#""fault":"remove","chance":101"#,
        r#""fault":"remove","chance":5,"at":1"#,
        r#""fault":"remove","seed":5"#,
    ] {
        let request = format!(r#"{{"do":"fault","card":"test",{fault}}}"#);
        refuses(&control, &request, Refusal::Fault);
    }
}

#[test]
fn counters_quirks_latency_and_memory() {
    let control = control();
    answered(&control, SELECT_JPKI);
    let first = does(&control, r#"{"do":"snapshot","card":"test"}"#)
        .state
        .unwrap();
    does(
        &control,
        r#"{"do":"counter","card":"test","pin":"authentication","left":0}"#,
    );
    assert_eq!(answered(&control, QUERY), "63 C0");
    let quirk = r#"{"do":"quirk","card":"test","name":"blocked-query","value":"6983"}"#;
    does(&control, quirk);
    answered(&control, SELECT_JPKI);
    assert_eq!(answered(&control, QUERY), "69 83");
    let blocked = does(&control, r#"{"do":"snapshot","card":"test"}"#)
        .state
        .unwrap();
    let restore = |state: String| Request::Restore {
        card: "test".to_owned(),
        state,
    };
    assert_eq!(control.act(&restore(first)).refused, None);
    assert_eq!(answered(&control, QUERY), "63 C3");
    assert_eq!(control.act(&restore(blocked)).refused, None);
    assert_eq!(answered(&control, QUERY), "69 83");
    let nonsense = control.act(&restore("left = 3".to_owned()));
    assert_eq!(nonsense.refused, Some(Refusal::State));
    does(
        &control,
        r#"{"do":"latency","card":"test","profile":"contactless-424"}"#,
    );
    let wire = control.cards.wire(0).unwrap();
    let answer = crate::fault::Outcome::Answer(vec![0x90, 0]);
    assert!(!lock(&wire).time_of(QUERY, &answer).is_zero());
    does(
        &control,
        r#"{"do":"latency","card":"test","profile":"none"}"#,
    );
    assert!(lock(&wire).time_of(QUERY, &answer).is_zero());
    drop(wire);
    for (request, why) in [
        (
            r#"{"do":"quirk","card":"test","name":"colour","value":"red"}"#,
            Refusal::Quirk,
        ),
        (
            r#"{"do":"quirk","card":"test","name":"pss","value":"red"}"#,
            Refusal::QuirkValue,
        ),
        (
            r#"{"do":"counter","card":"test","pin":"licence","left":1}"#,
            Refusal::Pin,
        ),
    ] {
        refuses(&control, request, why);
    }
}

#[test]
fn names_are_those_that_travel() {
    for (name, kind) in FaultKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    for (name, kind) in LatencyKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    for (name, kind) in PinName::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    for refusal in [
        Refusal::Request,
        Refusal::QuirkValue,
        Refusal::Keys,
        Refusal::Pinpad,
        Refusal::Io,
    ] {
        assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.name());
    }
}

/// The words in backticks of what the parser says it would have taken.
fn expected(request: &Value) -> BTreeSet<String> {
    let error = serde_json::from_value::<Request>(request.clone()).unwrap_err();
    let text = error.to_string();
    let (_, behind) = text.split_once("expected").unwrap_or_default();
    let words = behind.split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

#[test]
fn the_schema_is_what_the_code_takes() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/schema/sim-ctl-request.json"
    );
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut names = BTreeSet::new();
    let mut checked = 0;
    for form in schema["oneOf"].as_array().unwrap() {
        let name = form["properties"]["do"]["const"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name} twice");
        assert_eq!(form["additionalProperties"], false);
        let members = form["properties"].as_object().unwrap();
        let example = |member: &Value| match (&member["enum"], &member["type"]) {
            (Value::Array(values), _) => values[0].clone(),
            (_, kind) if kind == "integer" => Value::from(1),
            (_, kind) if kind == "boolean" => Value::from(true),
            _ => Value::from("0"),
        };
        let mut whole = serde_json::Map::new();
        for (member, shape) in members {
            whole.insert(member.clone(), example(shape));
        }
        whole.insert("do".to_owned(), name.into());
        let takes = |request: &serde_json::Map<String, Value>| {
            serde_json::from_value::<Request>(request.clone().into()).is_ok()
        };
        assert!(takes(&whole), "{whole:?}");
        let required: Vec<&str> = form["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().unwrap())
            .collect();
        for member in members.keys() {
            let mut without = whole.clone();
            without.remove(member);
            assert_eq!(
                takes(&without),
                !required.contains(&member.as_str()),
                "{name} without {member}"
            );
            checked += 1;
        }
        // A member that the schema does not know is named by the parser, if it has one.
        let mut more = whole.clone();
        more.insert("colour".to_owned(), "red".into());
        let known: BTreeSet<String> = members.keys().filter(|one| *one != "do").cloned().collect();
        assert_eq!(expected(&more.into()), known, "{name}");
        let kinds: &[(&str, Vec<&str>)] = &[
            ("fault", FaultKind::ALL.map(|(name, _)| name).to_vec()),
            ("pin", PinName::ALL.map(|(name, _)| name).to_vec()),
            ("profile", LatencyKind::ALL.map(|(name, _)| name).to_vec()),
        ];
        for (member, values) in kinds {
            if let Some(shape) = members.get(*member) {
                assert_eq!(shape["enum"], Value::from(values.clone()), "{name}");
            }
        }
    }
    assert_eq!(expected(&serde_json::json!({"do": "explode"})), names);
    assert!(checked > 30, "{checked}");
}

#[test]
fn keys_are_pressed_where_there_are_keys() {
    let control = control();
    refuses(
        &control,
        r#"{"do":"keys","card":"test","keys":"1234"}"#,
        Refusal::Pinpad,
    );
    for keys in [
        "12a4",
        "ok",
        "１２３４",
        "123456789012345678901234567890123",
    ] {
        let request = format!(r#"{{"do":"keys","card":"test","keys":"{keys}"}}"#);
        refuses(&control, &request, Refusal::Keys);
    }
}

#[test]
fn the_socket_answers_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    let control = control();
    let socket = ControlSocket::listen(&path, Arc::clone(&control)).unwrap();
    let stream = UnixStream::connect(&path).unwrap();
    let mut lines = BufReader::new(&stream).lines();
    let mut asks = |text: &str| -> Answer {
        (&stream).write_all(text.as_bytes()).unwrap();
        serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()
    };
    for nonsense in [
        "\n",
        "hello\n",
        "{\"do\":\"explode\"}\n",
        "{\"do\":\"insert\"}\n",
        "{\"do\":\"cards\",\"card\":\"test\"}\n",
        "{\"do\":\"insert\",\"card\":\"test\",\"colour\":1}\n",
    ] {
        assert_eq!(asks(nonsense).refused, Some(Refusal::Request), "{nonsense}");
    }
    assert_eq!(asks("{\"do\":\"cards\"}\n").cards.unwrap().len(), 1);
    let (sender, receiver) = mpsc::channel();
    let followed = path.clone();
    let following = thread::spawn(move || {
        follow(&followed, |_, line| {
            sender.send(line.event).unwrap();
            false
        })
    });
    while lock(&control.listeners).is_empty() {
        thread::yield_now();
    }
    let removal = Request::Remove {
        card: "test".to_owned(),
    };
    assert_eq!(ask(&path, &removal).unwrap().refused, None);
    assert_eq!(receiver.recv().unwrap().as_deref(), Some("removed"));
    following.join().unwrap().unwrap();
    drop(socket);
    assert!(!path.exists());
    assert!(ask(&path, &removal).is_err());
}
