//! `sim run`: programs that are not ours, and our own, on simulated cards without any service.

use std::path::PathBuf;
use std::process::Stdio;

use card_tests::signal::send;

use crate::{PROGRAM, Run, World};

const OPENSC: &str = "for module in /usr/lib/*/opensc-pkcs11.so; do :; done";

impl World {
    /// A line of shell with `$M` as our program, on the cards of these residents.
    pub(crate) fn on_cards(&self, residents: &str, line: &str) -> Run {
        let mut command = self.command(["sim", "run"]);
        command
            .args(residents.split(' '))
            .args(["--", "sh", "-c", line]);
        command.env("M", PROGRAM).env("TMPDIR", self.temporary());
        Run::of(command.output().unwrap())
    }

    /// Where the program makes its folder; a test sees that it is gone.
    fn temporary(&self) -> PathBuf {
        let folder = self.path("tmp");
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[track_caller]
    fn nothing_is_left(&self) {
        let left = std::fs::read_dir(self.temporary()).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// The client in C, compiled.
    pub(crate) fn client(&self) -> String {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/pcsc_client.c");
        let client = self.path("client").display().to_string();
        let line = format!(
            "gcc -Wall -Werror $(pkg-config --cflags libpcsclite) {source} -o {client} -lpcsclite"
        );
        Run::of(self.tool("sh").args(["-c", &line]).output().unwrap()).done();
        client
    }
}

#[test]
fn our_program_signs_and_openssl_verifies() {
    let world = World::new();
    world.write("document", "a document of a made-up resident");
    let line = "$M status && printf '1234\n' >pin && \
        $M sign --format raw --key auth --pin file:pin -o signature document && \
        $M cert auth --format pem -o certificate.pem && \
        openssl x509 -in certificate.pem -noout -pubkey >key.pem && \
        openssl dgst -sha256 -verify key.pem -signature signature document";
    let run = world.on_cards("hanako", line).done();
    let text = run.text();
    assert!(
        text.contains("Simulated My Number Card Reader 00 00"),
        "{text}"
    );
    assert!(text.contains("Verified OK"), "{text}");
    world.nothing_is_left();
}

#[test]
fn opensc_sees_two_cards_and_signs_with_one() {
    let world = World::new();
    world.write("document", "a document of a made-up resident");
    let line = format!(
        "{OPENSC}; opensc-tool --list-readers && opensc-tool --reader 1 --name && \
        pkcs11-tool --module $module --slot-index 0 --login --pin 1234 --sign --id 1 \
            --mechanism SHA256-RSA-PKCS --input-file document --output-file signature && \
        pkcs15-tool --reader 0 --read-certificate 1 >certificate.pem && \
        openssl x509 -in certificate.pem -noout -pubkey >key.pem && \
        openssl dgst -sha256 -verify key.pem -signature signature document"
    );
    let run = world.on_cards("hanako taro", &line).done();
    let text = run.text();
    for words in ["Reader 00 00", "Reader 01 00", "jpki", "Verified OK"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    world.nothing_is_left();
}

#[test]
fn a_client_in_c_reads_the_counter() {
    let world = World::new();
    let client = world.client();
    let run = world.on_cards("hanako", &format!("{client} query")).done();
    assert_eq!(run.text(), "9000\n9000\n63C3\n");
    // A wrong PIN is remembered while the cards run, and not longer.
    let line = format!("printf '9999\n' >pin; $M pin check auth --pin file:pin; {client} query");
    let run = world.on_cards("hanako", &line).done();
    assert!(
        run.text().ends_with("63C2\n"),
        "{}{}",
        run.text(),
        run.stderr
    );
    let run = world.on_cards("hanako", &format!("{client} query")).done();
    assert_eq!(run.text(), "9000\n9000\n63C3\n");
}

#[test]
fn what_a_card_remembers_stays_in_a_folder_that_is_named() {
    let world = World::new();
    let client = world.client();
    let line = "printf '9999\n' >pin; $M pin check auth --pin file:pin";
    for left in ["63C2", "63C1"] {
        let line = format!("{line}; {client} query");
        let arguments = [
            "sim", "run", "hanako", "--state", "memory", "--", "sh", "-c", &line,
        ];
        let mut command = world.command(arguments);
        let run = Run::of(command.env("M", PROGRAM).output().unwrap()).done();
        assert!(run.text().ends_with(&format!("{left}\n")), "{}", run.text());
    }
}

/// What `probe` wrote of one card stands in place of the quirks of another.
#[test]
fn a_card_behaves_as_the_one_that_was_probed() {
    let world = World::new();
    let line = "$M sim ctl quirk hanako failed-select loses; $M probe -o seen.toml";
    world.on_cards("hanako", line).done();
    world.on_cards("taro", "$M probe -o plain.toml").done();
    let like = |file: &str| {
        let arguments = ["sim", "run", "taro", "--quirks", "seen.toml", "--"];
        let mut command = world.command(arguments);
        command.args(["sh", "-c", &format!("$M probe -o {file}")]);
        Run::of(command.env("M", PROGRAM).output().unwrap())
    };
    like("like.toml").done();
    let read = |file: &str| std::fs::read_to_string(world.path(file)).unwrap();
    assert_eq!(read("like.toml"), read("seen.toml"));
    assert_ne!(read("plain.toml"), read("seen.toml"));
    world.write("wrong.toml", "[quirks]\nfailed-select = 7\n");
    for file in ["wrong.toml", "nowhere.toml"] {
        let run = world.run(&format!("sim run taro --quirks {file} -- true"));
        assert_eq!(run.status, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(file), "{}", run.stderr);
    }
}

/// Shipped residents need no home, and sockets a short path.
#[test]
fn odd_surroundings_are_no_hindrance() {
    let world = World::new();
    let run = |variable: &str, value: Option<&str>| {
        let mut command = world.command(["sim", "run", "hanako", "--", "opensc-tool", "--name"]);
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
        for variable in ["XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env_remove(variable);
        }
        Run::of(command.output().unwrap())
    };
    for folder in ["two words", &"long".repeat(40)] {
        let folder = world.path(folder);
        std::fs::create_dir(&folder).unwrap();
        let ran = run("TMPDIR", folder.to_str()).done();
        assert_eq!(ran.text(), "jpki\n");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    }
    for home in [None, Some("/proc"), Some("relative")] {
        assert_eq!(run("HOME", home).done().text(), "jpki\n", "{home:?}");
    }
    let nowhere = run("TMPDIR", Some("/nowhere"));
    assert_eq!(nowhere.status, Some(2), "{}", nowhere.stderr);
    assert!(
        nowhere.stderr.contains("/nowhere cannot be written"),
        "{}",
        nowhere.stderr
    );
    // A name that is none of the shipped ones is looked for in a folder that nobody knows.
    let mut made = world.command(["sim", "new", "saburo", "--json"]);
    for variable in ["HOME", "XDG_DATA_HOME"] {
        made.env_remove(variable);
    }
    let homeless = Run::of(made.output().unwrap()).failed(2, "folder.unknown");
    let message = homeless.json()["message"].to_string();
    assert!(message.contains("$XDG_DATA_HOME nor $HOME"), "{message}");
    let forgotten = world.run("sim run hanako opensc-tool");
    assert!(
        forgotten.stderr.contains("-- <COMMAND>"),
        "{}",
        forgotten.stderr
    );
}

/// pcsc-lite has room for sixteen readers.
#[test]
fn more_than_sixteen_cards_are_in_readers_at_once() {
    let world = World::new();
    let all = world.run("--json sim list").done().json();
    let all = all["residents"].as_array().unwrap().iter();
    let all: Vec<_> = all.map(|one| one["name"].as_str().unwrap()).collect();
    assert!(all.len() > 16, "{all:?}");
    let last = all.len() - 1;
    let line = format!(
        "$M --reader {last} status >status; opensc-tool --list-readers | grep -c Simulated; \
         opensc-tool --reader {last} --name; $M --json readers"
    );
    let text = world.on_cards(&all.join(" "), &line).done().text();
    let (opensc, readers) = text.split_once('{').unwrap();
    let readers: serde_json::Value = serde_json::from_str(&format!("{{{readers}")).unwrap();
    let readers = readers["readers"].as_array().unwrap();
    assert_eq!(readers.len(), all.len());
    for reader in readers {
        assert_eq!(reader["state"], "card", "{reader}");
    }
    let status = std::fs::read_to_string(world.path("status")).unwrap();
    assert!(status.contains("3 attempts left"), "{status}");
    assert_eq!(opensc, format!("{}\njpki\n", all.len()));
}

#[test]
fn two_processes_take_turns() {
    let world = World::new();
    let client = world.client();
    let line = format!("{client} hold one log & {client} hold other log && wait $!");
    world.on_cards("hanako", &line).done();
    let log = std::fs::read_to_string(world.path("log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 80, "{log}");
    for turn in lines.chunks(2) {
        let [begin, end] = turn else { panic!("{log}") };
        assert_eq!(begin.strip_suffix('+'), end.strip_suffix('-'), "{log}");
    }
}

#[test]
fn the_exit_status_is_that_of_the_command() {
    let world = World::new();
    for (line, status) in [("true", 0), ("exit 7", 7), ("kill -9 $$", 137)] {
        assert_eq!(
            world.on_cards("hanako", line).status,
            Some(status),
            "{line}"
        );
        world.nothing_is_left();
    }
    let nowhere = world.run("sim run hanako -- ./nowhere");
    assert_eq!(nowhere.status, Some(127), "{}", nowhere.stderr);
    assert!(nowhere.stderr.contains("./nowhere"), "{}", nowhere.stderr);
    assert_eq!(world.run("sim run nobody -- true").status, Some(2));
    assert_eq!(world.run("sim run hanako").status, Some(2));
    for option in ["--json", "--pin=stdin", "--reader=sim:taro", "--wait"] {
        let run = world.run(&format!("{option} sim run hanako -- true"));
        assert_eq!(run.status, Some(2), "{option}");
    }
}

#[test]
fn a_signal_goes_to_the_command_and_nothing_is_left() {
    let world = World::new();
    for (signal, number) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let ready = world.path(signal);
        // `exec`, so that the signal meets the program that waits.
        let line = format!("touch {}; exec sleep 600", ready.display());
        let mut command = world.command(["sim", "run", "hanako", "--", "sh", "-c", &line]);
        command.env("TMPDIR", world.temporary());
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        while !ready.exists() {
            assert_eq!(child.try_wait().unwrap(), None);
            std::thread::yield_now();
        }
        assert!(send(signal, &child.id().to_string()));
        assert_eq!(child.wait().unwrap().code(), Some(number), "{signal}");
        world.nothing_is_left();
    }
}

#[test]
fn the_library_is_named_by_a_variable_or_missing() {
    let world = World::new();
    let mut command = world.command(["sim", "run", "hanako", "--", "true"]);
    command.env("MYNACARD_SIM_LIBRARY", "/nowhere");
    let run = Run::of(command.output().unwrap());
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("/nowhere"), "{}", run.stderr);
}

#[test]
fn the_library_alone_finds_no_service() {
    let world = World::new();
    let client = world.client();
    let line = format!("unset MYNACARD_SIM_SOCKET; {client} query");
    let run = world.on_cards("hanako", &line);
    assert_eq!(run.text(), "establish: 8010001D Service not available.\n");
}
