//! `serve`: a client that speaks to the program, well, badly, and not at all any more.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use card_sim::applets::Application;
use card_tests::pcscd::{self, Pcscd};
use card_tests::vpcd::Seen;
use serde_json::{Value, json};

use crate::World;
use crate::readers::{as_it_is, insert, presents, signal, stopping};
use crate::traffic::Traffic;

/// A client that frames its messages with headers.
pub(crate) struct Client {
    server: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    next: i64,
    /// What came while something else was waited for.
    seen: Vec<Value>,
    /// All of it is held against the description.
    traffic: Traffic,
}

impl Client {
    fn start(world: &World, line: &str) -> Self {
        let mut server = world
            .command(line.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            to: server.stdin.take(),
            from: BufReader::new(server.stdout.take().unwrap()),
            server,
            next: 0,
            seen: Vec::new(),
            traffic: Traffic::default(),
        }
    }

    /// Started and initialized, in English.
    pub(crate) fn ready(world: &World, line: &str) -> Self {
        let mut client = Self::start(world, line);
        let params = json!({ "client": { "name": "test" }, "api": 2, "locale": "en" });
        let result = client.ask("initialize", params);
        assert_eq!(result["result"]["api"], 2, "{result}");
        client
    }

    fn raw(&mut self, bytes: &[u8]) {
        // A server that has given up may be gone.
        let _ = self.to.as_mut().unwrap().write_all(bytes);
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.traffic.sent(message);
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    /// Sends a request; gives its identifier.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    fn read(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some((_, value)) => length = value.parse().unwrap(),
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.from.read_exact(&mut text).unwrap();
        let message: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        self.traffic.came(&message).unwrap();
        Some(message)
    }

    /// Waits for the first message that fits.
    #[track_caller]
    fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.seen.iter().position(&fits) {
            return self.seen.remove(place);
        }
        loop {
            let message = self.read().expect("the server is gone");
            if fits(&message) {
                return message;
            }
            self.seen.push(message);
        }
    }

    #[track_caller]
    pub(crate) fn event(&mut self, method: &str) -> Value {
        self.wait(|message| message["method"] == method)
    }

    #[track_caller]
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The answer, or the question that comes before it.
    #[track_caller]
    pub(crate) fn answer_or_question(&mut self, id: i64) -> Value {
        self.wait(|message| match message["method"].as_str() {
            None => message["id"] == id,
            Some(method) => method == "secret/request" && message["params"]["for"] == id,
        })
    }

    /// The answer; a question in its place fails what is asserted of it.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer_or_question(id)
    }

    /// The identifier of the next card that comes.
    pub(crate) fn card(&mut self) -> String {
        let event = self.event("card/inserted");
        event["params"]["card"].as_str().unwrap().to_owned()
    }

    pub(crate) fn secret(&mut self, value: &str) -> Value {
        let question = self.event("secret/request");
        let id = &question["id"];
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": { "value": value } }));
        question
    }

    /// Sends the server a signal; its exit status.
    pub(crate) fn told(mut self, name: &str) -> Option<i32> {
        signal(&self.server, name);
        self.server.wait().unwrap().code()
    }

    /// Closes the server's input; its exit status and what it still said.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<Value>) {
        drop(self.to.take());
        let mut rest = std::mem::take(&mut self.seen);
        while let Some(message) = self.read() {
            rest.push(message);
        }
        (self.server.wait().unwrap().code(), rest)
    }
}

pub(crate) fn log_in(card: &str) -> Value {
    json!({
        "card": card,
        "origin": "https://example.org",
        "challenge": "A".repeat(44),
        "purpose": "Log in to the example",
    })
}

#[test]
fn a_desktop_program_logs_in() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let status = client.ask("card/status", json!({ "card": card }));
    assert_eq!(
        status["result"]["attempts"]["authentication"], 3,
        "{status}"
    );
    let read = client.ask("certificate/read", json!({ "card": card, "which": "auth" }));
    assert!(
        read["result"]["der"].as_str().unwrap().starts_with("MII"),
        "{read}"
    );

    let id = client.request("login/sign", log_in(&card));
    let question = client.secret("1234");
    let params = &question["params"];
    assert_eq!(params["for"], id);
    assert_eq!(params["secret"], "authentication");
    assert_eq!(params["attemptsLeft"], 3);
    assert_eq!(params["origin"], "https://example.org");
    assert_eq!(params["purpose"], "Log in to the example");
    assert_eq!(
        params["characters"],
        json!({ "least": 4, "most": 4, "kind": "digits" })
    );
    let answer = client.answer(id);
    let token = answer["result"]["token"].to_string();
    world.write("token", &token);
    let nonce = "A".repeat(44);
    let verify = "login verify token --trust sim --origin https://example.org --nonce";
    world.run(&format!("{verify} {nonce}")).done();
    let (status, rest) = client.end();
    assert_eq!((status, rest.len()), (Some(0), 1), "{rest:?}");
}

#[test]
fn a_wrong_pin_says_what_it_cost_and_the_last_attempt_is_kept() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako --sim nokori --sim rokku");
    let [hanako, nokori, rokku] = [0; 3].map(|_| client.card());
    for (pin, code, left, spent) in [
        ("0000", "pin.wrong", json!(2), 1),
        ("12", "pin.shape", Value::Null, 0),
        ("0001", "pin.wrong", json!(1), 1),
    ] {
        let id = client.request("login/sign", log_in(&hanako));
        client.secret(pin);
        let answer = client.answer(id);
        let data = &answer["error"]["data"];
        assert_eq!(data["code"], code, "{answer}");
        assert_eq!(
            (&data["attemptsLeft"], &data["attemptsSpent"]),
            (&left, &spent.into())
        );
        assert!(
            !answer.to_string().contains(&format!("\"{pin}\"")),
            "{answer}"
        );
    }
    for (card, code) in [(&hanako, "pin.last-attempt"), (&nokori, "pin.last-attempt")] {
        let answer = client.ask("login/sign", log_in(card));
        assert_eq!(answer["error"]["data"]["code"], code, "{answer}");
        assert_eq!(answer["error"]["data"]["attemptsSpent"], 0);
    }
    let sign =
        json!({ "card": rokku, "which": "sign", "consent": { "disclosesAttributes": true } });
    let answer = client.ask("certificate/read", sign);
    assert_eq!(answer["error"]["data"]["code"], "pin.blocked", "{answer}");
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn what_names_the_holder_needs_a_consent() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let mut params = json!({ "card": card, "which": "sign" });
    let answer = client.ask("certificate/read", params.clone());
    assert_eq!(
        answer["error"]["data"]["code"], "consent.missing",
        "{answer}"
    );
    params["consent"] = json!({ "disclosesAttributes": true });
    let id = client.request("certificate/read", params);
    let question = client.secret("sim12345");
    assert_eq!(question["params"]["disclosesAttributes"], true);
    assert_eq!(question["params"]["characters"]["most"], 16);
    let answer = client.answer(id);
    assert!(answer["result"]["der"].is_string(), "{answer}");
}

#[test]
fn another_programs_transaction_is_told_and_ends_with_the_limit_of_the_job() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        let (_card, inside) = insert(service, 0, "hanako", as_it_is);
        let mut client = Client::ready(&world, "serve");
        let card = client.card();
        let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
        let name = std::ffi::CString::new(service.readers()[0].name.as_str()).unwrap();
        let (share, any) = (pcsc::ShareMode::Shared, pcsc::Protocols::ANY);
        let mut other = context.connect(&name, share, any).unwrap();
        let transaction = other.transaction().unwrap();
        let mut params = log_in(&card);
        params["timeoutMs"] = 1000.into();
        let id = client.request("login/sign", params.clone());
        let told = client.event("card/waiting");
        assert_eq!(told["params"], json!({ "for": id, "card": card }));
        // Everything else is answered meanwhile and afterwards.
        let list = client.ask("readers/list", json!({}));
        assert!(list["result"]["readers"].is_array(), "{list}");
        let answer = client.answer(id);
        let data = &answer["error"]["data"];
        assert_eq!(data["code"], "reader.busy", "{answer}");
        assert_eq!(data["attemptsSpent"], 0, "{answer}");
        // Between the two transactions: the client's user types while another program comes.
        let leave = pcsc::Disposition::LeaveCard;
        transaction.end(leave).map_err(|(_, error)| error).unwrap();
        let id = client.request("login/sign", params.clone());
        let question = client.event("secret/request");
        let transaction = other.transaction().unwrap();
        let value = json!({ "value": "1234" });
        client.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": value }));
        client.event("card/waiting");
        let answer = client.answer(id);
        assert_eq!(answer["error"]["data"]["code"], "reader.busy", "{answer}");
        assert_eq!(answer["error"]["data"]["attemptsSpent"], 0, "{answer}");
        transaction.end(leave).map_err(|(_, error)| error).unwrap();
        params["timeoutMs"] = 60_000.into();
        let id = client.request("login/sign", params);
        client.secret("1234");
        let answer = client.answer(id);
        assert!(answer["result"]["token"].is_object(), "{answer}");
        let inside = inside.lock().unwrap();
        assert_eq!(inside.attempts_left(Application::Jpki, 0x18), Some(3));
    });
}

#[test]
fn a_question_can_be_taken_back_and_costs_nothing() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    // By the client's user: the dialog is closed.
    let id = client.request("login/sign", log_in(&card));
    let question = client.event("secret/request");
    client.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": null }));
    assert_eq!(client.answer(id)["error"]["code"], -32800);
    // By the client: the request is cancelled.
    let id = client.request("login/sign", log_in(&card));
    let question = client.event("secret/request");
    client.send(&json!({
        "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id },
    }));
    let closed = client.event("$/cancelRequest");
    assert_eq!(closed["params"]["id"], question["id"]);
    let answer = client.answer(id);
    assert_eq!(answer["error"]["code"], -32800);
    assert_eq!(answer["error"]["data"]["attemptsSpent"], 0);
    // A late reply meets nobody.
    let late = json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "value": "0000" } });
    client.send(&late);
    let status = client.ask("card/status", json!({ "card": card }));
    assert_eq!(status["result"]["attempts"]["authentication"], 3);
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn several_cards_at_once_and_one_job_for_each() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako --sim taro");
    let (hanako, taro) = (client.card(), client.card());
    assert_ne!(hanako, taro);
    let first = client.request("login/sign", log_in(&hanako));
    let of_first = client.event("secret/request");
    let second = client.request("login/sign", log_in(&taro));
    let of_second = client.event("secret/request");
    assert_eq!(of_second["params"]["card"], taro.as_str());
    // Hanako's card is taken.
    let busy = client.ask("card/status", json!({ "card": hanako }));
    assert_eq!(busy["error"]["data"]["code"], "card.busy");
    assert_eq!(busy["error"]["data"]["retriable"], true);
    let patient = client.request(
        "card/status",
        json!({ "card": hanako, "timeoutMs": 600_000 }),
    );
    // Answered the other way round.
    for (question, id) in [(of_second, second), (of_first, first)] {
        let reply =
            json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "value": "1234" } });
        client.send(&reply);
        let answer = client.answer(id);
        assert!(answer["result"]["token"].is_object(), "{answer}");
    }
    assert!(client.answer(patient)["result"]["attempts"].is_object());
    let list = client.ask("readers/list", json!({}));
    let readers = list["result"]["readers"].as_array().unwrap();
    assert_eq!(readers.len(), 2);
    assert!(readers.iter().all(|reader| reader["busy"] == false));
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn the_protocol_is_kept() {
    let world = World::new();
    let mut client = Client::start(&world, "serve --sim hanako");
    let code = |answer: &Value| {
        let next = answer["error"]["data"]["next"].as_str();
        assert!(next.is_some_and(|next| next.contains(' ') || !next.is_ascii()));
        answer["error"]["code"].as_i64()
    };
    assert_eq!(code(&client.ask("readers/list", json!({}))), Some(-32002));
    for params in [
        json!({}),
        json!({ "api": 1 }),
        json!({ "api": 2, "ui": "server" }),
        json!({ "api": 2, "local": "ja" }),
        json!({ "api": 2, "locale": 1 }),
    ] {
        assert_eq!(code(&client.ask("initialize", params)), Some(-32602));
    }
    let api = client.ask("initialize", json!({ "api": 7, "locale": "ja", "new": [] }));
    assert_eq!(api["result"]["api"], 2);
    assert_eq!(
        code(&client.ask("initialize", json!({ "api": 2 }))),
        Some(-32600)
    );
    let card = client.card();
    assert_eq!(code(&client.ask("no/such", json!({}))), Some(-32601));
    assert_eq!(code(&client.ask("card/erase", json!({}))), Some(-32601));
    let wrong = client.ask("certificate/read", json!({ "card": card, "which": "x" }));
    assert_eq!(code(&wrong), Some(-32602));
    assert!(
        wrong["error"]["message"]
            .as_str()
            .unwrap()
            .contains("パラメーター which")
    );
    assert_eq!(code(&client.ask("card/status", json!({}))), Some(-32602));
    let gone = client.ask("card/status", json!({ "card": "c0" }));
    assert_eq!(gone["error"]["data"]["code"], "card.removed");
    let mut bad = log_in(&card);
    bad["origin"] = "http://example.org".into();
    let bad = client.ask("login/sign", bad);
    assert_eq!(bad["error"]["data"]["code"], "origin.invalid");
    // What is JSON but no request leaves the conversation whole.
    let parameters = client.ask("card/status", json!({ "card": card, "cart": "12345" }));
    assert_eq!(code(&parameters), Some(-32602));
    let message = parameters["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("cart") && !message.contains("12345"),
        "{message}"
    );
    for message in [
        json!([]),
        json!(1),
        json!({ "jsonrpc": "2.0", "method": 1, "id": 1 }),
    ] {
        client.send(&message);
        let answer = client.wait(|message| message["error"]["code"] == -32600);
        assert!(answer["id"].is_null() || answer["id"] == 1);
    }
    client.send(&json!({ "jsonrpc": "2.0", "method": "unknown/notification" }));
    assert!(client.ask("card/status", json!({ "card": card }))["result"].is_object());
    assert_eq!(client.end().0, Some(0));
    world
        .run("--json serve --reader 0")
        .failed(2, "usage.wrong");
    world
        .run("--json serve --sim nobody")
        .failed(2, "persona.unknown");
    world
        .run("--json serve --sim taro --sim taro")
        .failed(2, "usage.wrong");
}

#[test]
fn broken_frames_are_answered_once_and_end_it() {
    let world = World::new();
    let whole = br#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"api":2}}"#;
    let mut streams: Vec<Vec<u8>> = [
        &b"garbage"[..],
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"Content-Length: 5\r\n\r\n{\"a\"",
        b"Content-Length: 2\r\n\r\n{]",
        b"Content-Length: 9999999\r\n\r\n",
        b"Content-Length: 22\r\n\r\n{\"id\":1,\"id\":2,\"a\":[]}",
        b"\0\0\0\0\0\0\0\0",
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    let mut framed = format!("Content-Length: {}\r\n\r\n", whole.len()).into_bytes();
    framed.extend(whole);
    // Every half of a good message.
    streams.extend(
        (1..framed.len())
            .step_by(7)
            .map(|end| framed[..end].to_vec()),
    );
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for length in 1..40 {
        let bytes = (0..length * 5).map(|_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as u8
        });
        streams.push(bytes.collect());
    }
    for stream in streams {
        for framing in ["headers", "lines"] {
            let mut stream = stream.clone();
            if framing == "lines" {
                if stream.trim_ascii().starts_with(b"{") || stream.starts_with(b"Content") {
                    continue;
                }
                stream.push(b'\n');
            }
            let mut client =
                Client::start(&world, &format!("serve --sim hanako --framing={framing}"));
            client.raw(&stream);
            drop(client.to.take());
            let mut said = String::new();
            client.from.read_to_string(&mut said).unwrap();
            let answer: Value =
                serde_json::from_str(&said[said.find('{').unwrap_or(0)..]).unwrap_or_default();
            let shown = String::from_utf8_lossy(&stream);
            assert_eq!(answer["error"]["code"], -32700, "{shown}: {said}");
            assert_eq!(answer["id"], Value::Null);
            assert_eq!(client.server.wait().unwrap().code(), Some(1), "{shown}");
        }
    }
}

#[test]
fn requests_of_a_shell() {
    let world = World::new();
    let lines = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "api": 2 } }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "readers/list" }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n\n")).collect();
    let run = world
        .run_with("serve --framing=lines --sim hanako", &text)
        .done();
    let said: Vec<Value> = run
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(said.len(), 4);
    assert_eq!(said[3]["result"]["readers"][0]["name"], "hanako");
}

#[test]
fn a_thousand_rounds_leave_nothing_behind() {
    let world = World::new();
    for _ in 0..1000 {
        let client = Client::ready(&world, "serve --sim hanako");
        assert_eq!(client.end().0, Some(0));
    }
    // And one that lives long.
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let folder = format!("/proc/{}", client.server.id());
    let count = |name: &str| {
        std::fs::read_dir(format!("{folder}/{name}"))
            .unwrap()
            .count()
    };
    let mut after_ten = (0, 0);
    for round in 0..300 {
        let answer = client.ask("card/status", json!({ "card": card }));
        assert!(answer["result"].is_object(), "{answer}");
        if round == 10 {
            after_ten = (count("fd"), count("task"));
        }
    }
    let begun = Instant::now();
    while (count("fd"), count("task")) > after_ten {
        assert!(begun.elapsed() < Duration::from_secs(60), "handles leak");
        thread::yield_now();
    }
}

/// Begins a login and waits until the card has been sent what `stops` stops at.
fn reach(world: &World, stopped: &Receiver<()>) -> Client {
    let mut client = Client::ready(world, "serve");
    let id = client.card();
    client.request("login/sign", log_in(&id));
    client.secret("1234");
    stopped.recv().unwrap();
    client
}

#[test]
fn a_client_that_dies_leaves_a_card_that_has_forgotten() {
    pcscd::alone(1, |service| everybody_leaves(service, presents));
}

#[test]
fn a_client_that_dies_while_the_card_signs_does_so_too() {
    pcscd::alone(1, |service| everybody_leaves(service, signs));
}

/// Clients die, signals come and requests are cancelled while the card is at such a command.
fn everybody_leaves(service: &Pcscd, stops: fn(&[u8]) -> bool) {
    let world = World::with_readers();
    let (inserted, card, stopped, go_on) = stopping(service, stops);
    let forgotten = || {
        inserted.wait_for(&Seen::PowerOff);
        let card = card.lock().unwrap();
        assert!(!card.rights_left(), "somebody could sign now");
        assert_eq!(card.attempts_left(Application::Jpki, 0x18), Some(3));
    };
    for _ in 0..3 {
        let Client {
            mut server,
            to,
            from,
            ..
        } = reach(&world, &stopped);
        drop((to, from));
        go_on.send(()).unwrap();
        assert_eq!(server.wait().unwrap().code(), Some(0));
        forgotten();
    }
    for name in ["TERM", "INT", "HUP"] {
        let mut client = reach(&world, &stopped);
        signal(&client.server, name);
        go_on.send(()).unwrap();
        assert_eq!(client.server.wait().unwrap().code(), Some(50), "{name}");
        forgotten();
    }
    // Cancelled in time or not: nothing is left open.
    let mut client = reach(&world, &stopped);
    let cancel = json!({ "id": client.next });
    client.send(&json!({
        "jsonrpc": "2.0", "method": "$/cancelRequest", "params": cancel,
    }));
    client.ask("readers/list", json!({}));
    go_on.send(()).unwrap();
    let answer = client.answer(client.next - 1);
    assert_eq!(answer["error"]["code"], -32800, "{answer}");
    assert_eq!(answer["error"]["data"]["attemptsSpent"], 0);
    assert_eq!(client.end().0, Some(0));
    forgotten();
}

fn signs(command: &[u8]) -> bool {
    command[1] == 0x2A
}

#[test]
fn cards_come_and_go_and_take_their_questions_along() {
    pcscd::alone(1, |service| {
        let world = World::with_readers();
        let mut client = Client::ready(&world, "serve");
        let reader = client.event("reader/added")["params"]["reader"].clone();
        let card = insert(service, 0, "hanako", as_it_is);
        let first = client.card();
        let id = client.request("login/sign", log_in(&first));
        let question = client.event("secret/request");
        drop(card);
        let closed = client.event("$/cancelRequest");
        assert_eq!(closed["params"]["id"], question["id"]);
        let gone = client.event("card/removed");
        assert_eq!(gone["params"], json!({ "reader": reader, "card": first }));
        let answer = client.answer(id);
        assert_eq!(answer["error"]["data"]["code"], "card.removed", "{answer}");
        assert_eq!(answer["error"]["data"]["attemptsSpent"], 0);
        // The next card is another one, and the PIN for the first does not reach it.
        let again = insert(service, 0, "hanako", as_it_is);
        let second = client.card();
        assert_ne!(first, second);
        let late = json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "value": "1234" } });
        client.send(&late);
        let answer = client.ask("login/sign", log_in(&first));
        assert_eq!(answer["error"]["data"]["code"], "card.removed");
        let status = client.ask("card/status", json!({ "card": second }));
        assert_eq!(
            status["result"]["attempts"]["authentication"], 3,
            "{status}"
        );
        assert_eq!(client.end().0, Some(0));
        drop(again);
    });
}

#[test]
fn the_first_list_of_readers_is_whole() {
    pcscd::alone(2, |service| {
        let world = World::with_readers();
        let _card = insert(service, 1, "hanako", as_it_is);
        for _ in 0..10 {
            let mut client = Client::ready(&world, "serve");
            let list = client.ask("readers/list", json!({}));
            let readers = list["result"]["readers"].as_array().unwrap();
            assert_eq!(readers.len(), 2, "{list}");
            let cards = readers.iter().filter(|reader| reader["card"].is_string());
            assert_eq!(cards.count(), 1, "{list}");
            assert_eq!(client.end().0, Some(0));
        }
    });
    // Without a service there is nothing to wait for.
    let mut client = Client::ready(&World::new(), "serve");
    let list = client.ask("readers/list", json!({}));
    assert_eq!(list["result"], json!({ "readers": [] }));
    assert_eq!(client.event("log")["params"]["code"], "service.none");
}

#[test]
fn the_example_of_the_guide_logs_in() {
    let world = World::new();
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/login.py");
    let with = |options: &[&str], pin: &str| {
        let mut python = world.tool("python3");
        python
            .args([guide, "https://example.org", &"A".repeat(44)])
            .args(["--program", crate::PROGRAM])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = python.spawn();
        let mut child = child.expect("python3 is missing: install the Debian package python3");
        let mut to = child.stdin.take().unwrap();
        to.write_all(pin.as_bytes()).unwrap();
        drop(to);
        crate::Run::of(child.wait_with_output().unwrap())
    };
    // Where there is nothing to wait for, it ends and says what to type.
    for (options, said) in [
        (&[][..], "mynacard doctor"),
        (&["--sim", "nobody"], "there is no resident nobody"),
    ] {
        let run = with(options, "");
        let told = run.stderr.contains(said) && !run.stderr.contains("Traceback");
        assert!(told && run.status == Some(1), "{}", run.stderr);
    }
    // Nor is there a traceback where the program ends before it reads.
    let gone = world.write("gone", "#!/bin/sh\nexec 0<&-\nexec sleep 1\n");
    fs::set_permissions(&gone, Permissions::from_mode(0o700)).unwrap();
    let run = with(&["--program", gone.to_str().unwrap()], "");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (Some(1), "mynacard is gone\n")
    );
    let run = |pin: &str| with(&["--sim", "hanako"], pin);
    let wrong = run("0000\n");
    assert_eq!(wrong.status, Some(1));
    assert!(
        wrong.stderr.contains("2 attempts are left"),
        "{}",
        wrong.stderr
    );
    let unwilling = run("\n");
    assert!(
        unwilling.stderr.contains("cancelled"),
        "{}",
        unwilling.stderr
    );
    world.write("token", &run("1234\n").done().text());
    let verify = "login verify token --trust sim --origin https://example.org --nonce";
    world.run(&format!("{verify} {}", "A".repeat(44))).done();
}

/// Once a PIN has come, the memory of the server is in no dump.
#[cfg(target_os = "linux")]
#[test]
fn a_pin_switches_dumps_off() {
    let world = World::new();
    let mut client = Client::ready(&world, "serve --sim hanako");
    let card = client.card();
    let limits = format!("/proc/{}/limits", client.server.id());
    let id = client.request("login/sign", log_in(&card));
    client.secret("1234");
    let answer = client.answer(id);
    assert!(answer["result"].is_object(), "{answer}");
    let limits = std::fs::read_to_string(limits).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{words:?}");
}
