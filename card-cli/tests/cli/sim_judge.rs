//! `sim judge` on clients of known behaviour, in two languages, and on our own program.

use serde_json::{Value, json};

use crate::{PROGRAM, Run, World, schema};

impl World {
    fn judge(&self, client: &[&str]) -> Run {
        let mut command = self.command(["--json", "sim", "judge", "hanako", "--"]);
        command.args(client).env("M", PROGRAM);
        Run::of(command.output().unwrap())
    }

    fn judged_client(&self) -> String {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/judged.c");
        let client = self.path("judged").display().to_string();
        let line = format!(
            "gcc -Wall -Werror $(pkg-config --cflags libpcsclite) {source} -o {client} -lpcsclite"
        );
        Run::of(self.tool("sh").args(["-c", &line]).output().unwrap()).done();
        client
    }
}

/// The findings of each scene that has any.
fn findings(run: &Run) -> Value {
    let report = run.json();
    schema::holds(&report);
    let scenes = report["scenes"].as_array().unwrap();
    assert_eq!(scenes.len(), 6);
    let found = scenes.iter().filter(|scene| scene["findings"] != json!([]));
    let found: serde_json::Map<_, _> = found
        .map(|scene| {
            let name = scene["scene"].as_str().unwrap().to_owned();
            (name, scene["findings"].clone())
        })
        .collect();
    assert_eq!(report["behaves"], found.is_empty());
    let status = if found.is_empty() { 0 } else { 3 };
    assert_eq!(run.status, Some(status), "{}", run.stderr);
    found.into()
}

#[test]
fn clients_of_known_behaviour_are_told_apart() {
    let world = World::new();
    let client = world.judged_client();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/judged.py");
    let unlocked = json!(["left-unlocked"]);
    for (what, expected) in [
        ("polite", json!({})),
        ("spender", json!({ "last-attempt": ["spent-last"] })),
        (
            "twice",
            json!({ "wrong-pin": ["spent-twice"], "last-attempt": ["spent-last"] }),
        ),
        (
            "unlocked",
            json!({
                "plain": unlocked, "short": unlocked, "last-attempt": ["spent-last"],
            }),
        ),
    ] {
        for command in [
            &[client.as_str(), what][..],
            &["/usr/bin/python3", script, what],
        ] {
            assert_eq!(findings(&world.judge(command)), expected, "{command:?}");
        }
    }
    let deaf = findings(&world.judge(&["/usr/bin/python3", script, "deaf"]));
    assert_eq!(
        deaf,
        json!({
            "wrong-pin": ["unnoticed"], "last-attempt": ["unnoticed", "spent-last"],
            "pulled": ["unnoticed"],
        })
    );
}

#[test]
fn figures_are_those_of_the_client() {
    let world = World::new();
    let client = world.judged_client();
    let report = world.judge(&[&client, "twice"]).json();
    let scene = |name: &str| {
        let scenes = report["scenes"].as_array().unwrap();
        scenes
            .iter()
            .find(|scene| scene["scene"] == name)
            .unwrap()
            .clone()
    };
    let plain = scene("plain");
    assert_eq!(plain["exchanges"], 3);
    // 15 + 2, 4 + 2, 9 + 2 bytes.
    assert_eq!(plain["bytes"], 34);
    assert_eq!(
        (&plain["presented"], &plain["spent"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(plain["exit"], 0);
    let wrong = scene("wrong-pin");
    assert_eq!(
        (&wrong["presented"], &wrong["spent"]),
        (&json!(2), &json!(2))
    );
    // Taken out at the second exchange.
    assert_eq!(scene("pulled")["exchanges"], 2);
    assert_eq!(scene("pulled")["presented"], 0);
}

#[test]
fn our_program_behaves() {
    let world = World::new();
    world.write("pin", "1234\n");
    let run = world.judge(&["sh", "-c", "$M pin check auth --pin file:pin"]);
    assert_eq!(findings(&run), json!({}), "{}", run.text());
    let run = world.judge(&["sh", "-c", "exec $M status"]);
    assert_eq!(findings(&run), json!({}), "{}", run.text());
}

#[test]
fn what_hangs_crashes_or_does_nothing_is_said() {
    let world = World::new();
    let run = world.judge(&["true"]);
    assert_eq!(findings(&run), json!({ "plain": ["silent"] }));
    let run = world.judge(&["sh", "-c", "kill -SEGV $$"]);
    let all = findings(&run);
    assert_eq!(all["plain"], json!(["crashed", "silent"]));
    let mut command = world.command(["--json", "sim", "judge", "hanako", "--limit", "1", "--"]);
    let run = Run::of(command.args(["sleep", "600"]).output().unwrap());
    assert_eq!(findings(&run)["reset"], json!(["hung"]));
    let text = world.run("sim judge hanako -- true");
    assert!(text.text().contains("plain"), "{}", text.text());
    assert_eq!(world.run("sim judge hanako -- ./nowhere").status, Some(127));
    assert_eq!(world.run("sim judge nobody -- true").status, Some(2));
}
