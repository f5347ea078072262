//! `sim ctl` and the log of `sim run`: cards that move and fail while programs use them.

use serde_json::Value;

use crate::{Run, World, schema};

const CLIENT: &str = "s=0; $M status >/dev/null 2>&1 || s=$?; echo $s";

/// The lines of a text that are JSON, each as its schema says.
fn documents(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| line.starts_with("{\""));
    let documents = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    documents.inspect(schema::holds).collect()
}

fn done(world: &World, residents: &str, line: &str) -> String {
    let run = world.on_cards(residents, &format!("set -e; {line}"));
    run.done().text()
}

#[test]
fn a_card_is_taken_out_and_put_in_while_a_client_waits() {
    let world = World::new();
    let client = world.client();
    let line = format!(
        "{client} change >seen & \
        until grep -q 22 seen; do :; done; $M sim ctl remove hanako; \
        until grep -q 12 seen; do :; done; $M sim ctl insert hanako; wait"
    );
    done(&world, "hanako", &line);
    let seen = std::fs::read_to_string(world.path("seen")).unwrap();
    assert_eq!(seen, "22\n12\n22\n");
}

#[test]
fn cards_are_listed_swapped_and_reset() {
    let world = World::new();
    let list = done(&world, "hanako taro", "$M sim ctl cards");
    assert!(
        list.contains("hanako") && list.contains("authentication 3"),
        "{list}"
    );
    let line = "$M sim ctl swap 1 kaoninsho; $M --json sim ctl cards";
    let run = world.on_cards("hanako taro", line).done();
    let cards = run.json();
    schema::holds(&cards);
    assert_eq!(cards["cards"][1]["card"], "kaoninsho");
    assert_eq!(
        cards["cards"][1]["reader"],
        "Simulated My Number Card Reader 01 00"
    );
    let line = "$M sim ctl remove hanako; opensc-tool --list-readers";
    let readers = done(&world, "hanako", line);
    assert!(readers.contains("No "), "{readers}");
    let line = "$M sim ctl reset hanako; $M status";
    assert!(done(&world, "hanako", line).contains("3 attempts left"));
}

#[test]
fn faults_reach_the_client() {
    let world = World::new();
    for (fault, status) in [
        ("lose-answer --at 3", "12\n"),
        ("remove --instruction b0", "12\n"),
        ("cut --bytes 1", "12\n"),
        ("delay --milliseconds 5", "0\n"),
    ] {
        let line = format!("$M sim ctl fault hanako {fault}; {CLIENT}");
        assert_eq!(done(&world, "hanako", &line), status, "{fault}");
    }
    let client = world.client();
    let line = format!("$M sim ctl fault hanako status --status 6F00 --at 3; {client} query");
    assert_eq!(done(&world, "hanako", &line), "9000\n9000\n6F00\n");
    let line = format!("$M sim ctl fault hanako remove; $M sim ctl clear hanako; {CLIENT}");
    assert_eq!(done(&world, "hanako", &line), "0\n");
}

#[test]
fn counters_quirks_latency_and_snapshots() {
    let world = World::new();
    let client = world.client();
    let line = format!(
        "$M sim ctl snapshot hanako -o before; $M sim ctl counter hanako authentication 0; \
        $M sim ctl quirk hanako blocked-query 6983; $M sim ctl latency hanako contactless-424; \
        {client} query; $M sim ctl latency hanako none; $M sim ctl restore hanako before; \
        {client} query"
    );
    assert_eq!(
        done(&world, "hanako", &line),
        "9000\n9000\n6983\n9000\n9000\n63C3\n"
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let world = World::new();
    world.write("note", "left = 3");
    world.write("empty", "");
    for (request, code) in [
        ("insert taro", "sim.refused"),
        ("swap hanako nobody", "sim.refused"),
        ("fault hanako cut", "sim.refused"),
        ("quirk hanako colour red", "sim.refused"),
        ("restore hanako note", "sim.refused"),
        ("restore hanako empty", "sim.refused"),
        ("restore hanako /dev/null", "sim.refused"),
        ("restore hanako /dev/zero", "sim.refused"),
        ("counter hanako pin 3", "usage.wrong"),
        ("--socket nowhere cards", "sim.absent"),
    ] {
        let run = world.on_cards("hanako", &format!("$M --json sim ctl {request}"));
        run.failed(2, code);
    }
    world.run("--json sim ctl cards").failed(2, "sim.absent");
}

#[test]
fn the_log_names_what_a_client_does_and_hides_pins() {
    let world = World::new();
    let client = "printf '9999\\n' >pin; $M pin check auth --pin file:pin";
    let run = |options: &[&str]| {
        let mut command = world.command(["sim", "run", "hanako"]);
        command.args(options).args(["--", "sh", "-c", client]);
        Run::of(command.env("M", crate::PROGRAM).output().unwrap())
    };
    assert_eq!(run(&["--log", "text"]).status, Some(20));
    let text = std::fs::read_to_string(world.path("text")).unwrap();
    assert!(
        text.contains("hanako: VERIFY authentication PIN → 63C2, 2 left\n"),
        "{text}"
    );
    assert_eq!(
        run(&["--json", "--log", "lines", "--trace", "trace"]).status,
        Some(20)
    );
    let lines = std::fs::read_to_string(world.path("lines")).unwrap();
    let documents = documents(&lines);
    assert_eq!(documents.len(), lines.lines().count());
    let presented = |line: &&Value| line["exchange"]["presented"] == true;
    assert_eq!(documents.iter().filter(presented).count(), 1, "{lines}");
    let trace = std::fs::read_to_string(world.path("trace")).unwrap();
    for text in [&text, &lines, &trace] {
        assert!(!text.contains("39 39") && !text.contains("9999"), "{text}");
    }
    let shown = world.run("--json trace show trace").done().json();
    assert_eq!(shown["presented"], 1, "{shown:#}");
    assert_eq!(shown["exchanges"], documents.len());
    assert_eq!(
        run(&["--log", "text"]).status,
        Some(2),
        "never over another file"
    );
    assert_eq!(crate::mode(&world.path("trace")), 0o600);
}

#[test]
fn the_log_is_followed_and_the_socket_speaks_json() {
    let world = World::new();
    let client = world.client();
    let line = format!(
        "$M --json sim ctl log >log & \
        until $M sim ctl reset hanako; [ -s log ]; do :; done; {client} query >/dev/null; \
        until grep -q 63C3 log; do :; done; kill $!; cat log"
    );
    let log = done(&world, "hanako", &line);
    assert!(documents(&log).len() >= 4, "{log}");
    let ask = "import os, socket; s = socket.socket(socket.AF_UNIX); \
        s.connect(os.environ['MYNACARD_SIM_CONTROL']); f = s.makefile('rw'); \
        [(f.write(line + chr(10)), f.flush(), print(f.readline(), end='')) for line in \
        ['{\"do\":\"cards\"}', 'nonsense', '{\"do\":\"snapshot\",\"card\":\"0\"}']]";
    let answers = done(
        &world,
        "hanako",
        &format!("/usr/bin/python3 -c \"{}\"", ask.replace('"', "\\\"")),
    );
    let answers = documents(&answers);
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[1]["refused"], "request");
}

/// A port at which nothing listens.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn serve_ends_where_no_reader_comes_in_time() {
    let world = World::new();
    let line = format!(
        "--json --wait=4 sim serve hanako --state none --port {}",
        free_port()
    );
    let run = world.run(&line);
    assert_eq!(run.status, Some(10), "{}{}", run.text(), run.stderr);
    let notices = documents(&run.text());
    let events: Vec<&Value> = notices.iter().map(|line| &line["event"]).collect();
    assert_eq!(events, ["waiting", "no-driver"]);
    assert!(!world.path(".local/state/mynacard/sim/hanako.lock").exists());
    assert_eq!(world.run("--pin stdin sim serve hanako").status, Some(2));
}

#[test]
fn served_cards_are_controlled_too() {
    let world = World::new();
    let port = free_port();
    let line = format!("sim serve hanako --port {port} --control socket --log log --state memory");
    let mut command = world.command(line.split(' '));
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !world.path("socket").exists() {
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    let ctl = |words: &str| {
        world
            .run(&format!("sim ctl --socket socket {words}"))
            .done()
            .text()
    };
    assert!(ctl("cards").contains("authentication 3"));
    ctl("counter hanako authentication 1");
    ctl("swap hanako taro");
    assert!(ctl("cards").contains("taro"));
    ctl("remove taro");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"quit\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let log = std::fs::read_to_string(world.path("log")).unwrap();
    assert_eq!(log, "taro: swapped\ntaro: removed\n");
    let memory = std::fs::read_to_string(world.path("memory/hanako.toml")).unwrap();
    assert!(memory.contains("left = 1"), "{memory}");
    assert!(!world.path("socket").exists());
}
