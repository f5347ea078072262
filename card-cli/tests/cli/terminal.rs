//! A person at a terminal: what is asked, what is shown, how it is ended. The terminal is made by
//! `script` of util-linux.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use card_tests::pcscd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use unicode_width::UnicodeWidthStr;

use crate::World;

/// A program at a terminal of its own.
pub(crate) struct Session {
    child: Child,
    bytes: Vec<u8>,
    /// How long one wait may take.
    patience: Duration,
}

impl Session {
    pub(crate) fn start(world: &World, line: &str) -> Self {
        Self::start_in("dumb", world, line)
    }

    /// At a terminal that calls itself this.
    pub(crate) fn start_in(terminal: &str, world: &World, line: &str) -> Self {
        // The shell must outlive an interrupt, and must not make the program ignore it.
        let shell = format!(
            "trap : INT; stty echo; TERM={terminal} {} {line}; echo \"status $?\"; stty -a",
            crate::PROGRAM
        );
        let mut command = world.tool("script");
        command.args([
            "--quiet",
            "--echo",
            "never",
            "--command",
            &shell,
            "/dev/null",
        ]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command
            .spawn()
            .expect("script is missing: install util-linux and bsdutils");
        Self {
            child,
            bytes: Vec::new(),
            patience: pcscd::limit(),
        }
    }

    /// Waits until the terminal shows this.
    #[track_caller]
    pub(crate) fn shows(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.seen().contains(text) {
            assert!(
                self.reads(begun, text),
                "{text:?} never came: {}",
                self.seen()
            );
        }
    }

    /// Reads one byte of what the terminal shows; `false` at its end. One that shows nothing any more
    /// ends the test with what it showed.
    #[track_caller]
    fn reads(&mut self, begun: Instant, wanted: &str) -> bool {
        let left = self.patience.saturating_sub(begun.elapsed());
        let left = Timespec::try_from(left).unwrap();
        let out = self.child.stdout.as_mut().unwrap();
        let mut byte = [0];
        let read = match poll(&mut [PollFd::new(out, PollFlags::IN)], Some(&left)).unwrap() {
            0 => {
                // The terminal goes, and with it the program.
                let _ = self.child.kill();
                panic!("{wanted:?} did not come in time: {}", self.seen());
            }
            _ => out.read(&mut byte).unwrap(),
        };
        self.bytes.extend(&byte[..read]);
        read > 0
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Waits until the terminal shows this behind what was waited for before.
    #[track_caller]
    pub(crate) fn then_shows(&mut self, text: &str) {
        let before = std::mem::take(&mut self.bytes);
        self.shows(text);
        self.bytes.splice(..0, before);
    }

    pub(crate) fn types(&mut self, text: &str) {
        let keys = self.child.stdin.as_mut().unwrap();
        keys.write_all(text.as_bytes()).unwrap();
        keys.flush().unwrap();
    }

    /// Everything that was shown until the end, with the terminal's settings behind it.
    pub(crate) fn end(mut self) -> String {
        self.shows("status ");
        drop(self.child.stdin.take());
        let begun = Instant::now();
        while self.reads(begun, "the end") {}
        self.child.wait().unwrap();
        self.seen()
    }
}

#[test]
#[should_panic(expected = "\"never\" did not come in time: here it hangs")]
fn a_terminal_that_hangs_ends_the_test_with_what_it_shows() {
    let world = World::new();
    let mut shell = world.tool("sh");
    shell.args(["-c", "printf 'here it hangs'; read answer"]);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut session = Session {
        child: shell.spawn().unwrap(),
        bytes: Vec::new(),
        patience: pcscd::limit(),
    };
    session.shows("here it hangs");
    session.patience = Duration::ZERO;
    session.shows("never");
}

fn shows_what_is_typed(seen: &str) -> bool {
    seen.split_whitespace().any(|word| word == "echo")
}

#[test]
fn the_counter_is_told_before_the_pin_is_typed_and_the_pin_is_not_shown() {
    let world = World::new();
    let mut session = Session::start(&world, "--reader sim:hanako pin check auth -v");
    session.shows("authentication PIN (4 digits), 3 of 3 attempts left: ");
    // As an input method writes it.
    session.types("１２３４\n");
    let seen = session.end();
    assert!(seen.contains("The card accepted"), "{seen}");
    assert!(seen.contains("status 0"), "{seen}");
    assert!(
        !seen.contains("1234") && !seen.contains("１２３４"),
        "{seen}"
    );
    assert!(
        seen.contains("6 exchanges with the card, 1 PIN presented"),
        "two transactions: {seen}"
    );
    assert!(shows_what_is_typed(&seen), "{seen}");
}

#[test]
fn a_blocked_pin_is_not_asked_for() {
    let world = World::new();
    let seen = Session::start(&world, "--reader sim:rokku pin check sign").end();
    assert!(
        seen.contains("is blocked") && seen.contains("status 21"),
        "{seen}"
    );
    let seen = Session::start(&world, "--reader sim:kodomo pin check sign").end();
    assert!(seen.contains("holds no signature certificate"), "{seen}");
}

#[test]
fn the_last_attempt_is_spent_only_after_a_typed_word() {
    let world = World::new();
    let line = "--reader sim:nokori pin check auth";
    let mut session = Session::start(&world, line);
    session.shows("Type \"last\" to go on: ");
    session.types("yes\n");
    let seen = session.end();
    assert!(seen.contains("status 22"), "{seen}");
    let mut session = Session::start(&world, line);
    session.shows("Type \"last\" to go on: ");
    session.types("last\n");
    session.shows("1 of 3 attempts left: ");
    session.types("1234\n");
    assert!(session.end().contains("status 0"));
}

#[test]
fn a_new_pin_is_typed_twice() {
    let world = World::new();
    let change = "--reader sim:hanako pin change auth";
    let mut session = Session::start(&world, change);
    session.shows("attempts left: ");
    session.types("1234\n");
    session.shows("New authentication PIN (4 digits): ");
    session.types("7777\n");
    session.shows("once more: ");
    session.types("7778\n");
    session.then_shows("not repeated the same");
    session.then_shows("New authentication PIN (4 digits): ");
    session.types("7777\n");
    session.then_shows("once more: ");
    session.types("7777\n");
    let seen = session.end();
    assert!(
        seen.contains("was changed") && !seen.contains("7777"),
        "{seen}"
    );
}

#[test]
fn an_interrupt_at_the_prompt_brings_the_echo_back_and_costs_nothing() {
    let world = World::new();
    for key in ["\x03", "\x04"] {
        let mut session = Session::start(&world, "--reader sim:hanako cert sign");
        session.shows("attempts left: ");
        session.types("SIM1");
        session.types(if key == "\x04" { "\x15\x04" } else { key });
        let seen = session.end();
        assert!(seen.contains("status 50"), "{seen}");
        assert!(shows_what_is_typed(&seen), "{seen}");
        assert!(!seen.contains("SIM1"), "{seen}");
    }
    let left = world
        .run("--json --reader sim:hanako pin status")
        .done()
        .json();
    assert_eq!(left["attempts"]["signature"], 5);
}

#[test]
fn where_several_secrets_open_a_record_one_question_asks_for_any() {
    let world = World::new();
    for (answer, what) in [("4321\n", "profile"), ("02040120361001\n", "number B")] {
        let mut session = Session::start(&world, "--reader sim:hanako profile -v");
        session.shows("profile PIN (4 digits): 3 attempts left");
        session.shows("verification number B (14 digits: birth date 6, year of expiry 4, security code 4): 10 attempts left");
        session.shows("The length decides which one it is: ");
        session.types(answer);
        let seen = session.end();
        assert!(
            seen.contains("見本　花子") && seen.contains("status 0"),
            "{what}: {seen}"
        );
        assert!(!seen.contains(answer.trim()), "{what}: {seen}");
    }
}

#[test]
fn a_terminal_that_can_draws_the_pictures() {
    let world = World::new();
    let face = "--reader sim:hanako --pin sim face --show";
    let seen = Session::start_in("xterm-kitty", &world, face).end();
    assert_eq!(
        seen.matches("\x1B_Ga=T,f=100,").count(),
        3,
        "portrait, name, address"
    );
    let seen = Session::start(&world, face).end();
    assert!(
        !seen.contains("\x1B_G") && seen.contains("not known to draw"),
        "{seen}"
    );
}

#[test]
fn no_pin_is_spent_on_an_expired_certificate_unasked() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    let nonce = "A".repeat(44);
    let login = format!("login --origin https://example.org --nonce {nonce} -o token.json");
    for (line, made) in [
        (login.as_str(), "token.json"),
        ("sign --format raw a.txt", "a.txt.sig"),
    ] {
        let line = format!("--reader sim:kigen {line} -v");
        let mut session = Session::start(&world, &line);
        session.shows("expired on 2024-08-09 23:59:59 (Japan time)");
        session.shows("Continue anyway? (y/n): ");
        session.types("n\n");
        let seen = session.end();
        assert!(seen.contains("status 50"), "{seen}");
        assert!(!world.path(made).exists(), "{line}");
        let mut session = Session::start(&world, &line);
        session.shows("Continue anyway? (y/n): ");
        session.types("y\n");
        session.shows("attempts left: ");
        session.types(if made == "token.json" {
            "1234\n"
        } else {
            "SIM12345\n"
        });
        let seen = session.end();
        assert!(seen.contains("status 0"), "{seen}");
        assert!(world.path(made).exists(), "{line}");
    }
}

#[test]
fn what_cannot_be_the_pin_is_asked_for_again_and_costs_nothing() {
    let world = World::new();
    let mut session = Session::start(&world, "--reader sim:hanako pin check auth -v");
    session.shows("attempts left: ");
    for wrong in ["12345\n", "ab!\n"] {
        session.types(wrong);
        session.then_shows("exactly 4 half-width digits");
        session.then_shows("authentication PIN (4 digits), 3 of 3 attempts left: ");
    }
    session.types("1234\n");
    let seen = session.end();
    assert!(seen.contains("status 0"), "{seen}");
    assert!(
        seen.contains("6 exchanges with the card, 1 PIN presented"),
        "{seen}"
    );
    // Where the length tells which secret it is, too.
    let mut session = Session::start(&world, "--reader sim:hanako profile -v");
    session.shows("The length decides which one it is: ");
    session.types("12345\n");
    session.then_shows("The length decides which one it is: ");
    session.types("4321\n");
    let seen = session.end();
    assert!(
        seen.contains("status 0") && seen.contains("1 PIN presented"),
        "{seen}"
    );
}

#[test]
fn a_change_names_both_and_refuses_what_it_is() {
    let world = World::new();
    let mut session = Session::start(&world, "--reader sim:hanako pin change auth");
    session.shows("current authentication PIN (4 digits), 3 of 3 attempts left: ");
    session.types("1234\n");
    session.then_shows("New authentication PIN (4 digits): ");
    session.types("1234\n");
    session.then_shows("is the current one; nothing was sent");
    session.then_shows("New authentication PIN (4 digits): ");
    session.types("7777\n");
    session.then_shows("once more: ");
    session.types("7777\n");
    let seen = session.end();
    assert!(
        seen.contains("was changed") && seen.contains("status 0"),
        "{seen}"
    );
    let same = "--json --reader sim:hanako --pin stdin pin change auth";
    world.run_with(same, "7777\n7777\n").failed(2, "pin.same");
    // Lower case is the same password.
    let same = "--json --reader sim:hanako --pin stdin pin change sign";
    world
        .run_with(same, "SIM12345\nsim12345\n")
        .failed(2, "pin.same");
    let left = world.run("--json --reader sim:hanako pin status").done();
    assert_eq!(left.json()["attempts"]["signature"], 5);
}

#[test]
fn stars_are_announced_before_the_pin_is_typed() {
    let world = World::new();
    let line = "--reader sim:hanako number --purpose holder";
    let mut session = Session::start(&world, line);
    session.shows("shown as stars");
    session.then_shows("The length decides which one it is: ");
    session.types("\x03");
    let seen = session.end();
    assert!(seen.contains("status 50"), "{seen}");
    let mut session = Session::start(&world, &format!("{line} --reveal"));
    session.shows("The length decides which one it is: ");
    session.types("4321\n");
    let seen = session.end();
    assert!(
        !seen.contains("stars") && seen.contains("000000000019"),
        "{seen}"
    );
    let records = std::fs::read_to_string(world.path(".local/state/mynacard/handling.jsonl"));
    assert_eq!(records.unwrap().lines().count(), 1, "one number was read");
}

#[test]
fn an_interrupt_says_so_on_a_line_of_its_own() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    // At a question, hidden or not.
    for (line, question) in [
        ("pin check auth", "attempts left: "),
        ("sign --format cms a.txt", "Go on? (y/n): "),
    ] {
        let mut session = Session::start(&world, &format!("--reader sim:hanako {line}"));
        session.shows(question);
        session.types("\x03");
        let seen = session.end();
        assert!(seen.contains("\r\nerror: cancelled"), "{seen}");
        assert!(seen.contains("status 50"), "{seen}");
    }
    // While it waits for a file, so that nothing has to be done first.
    let made = world.tool("mkfifo").arg(world.path("pipe")).status();
    assert!(made.unwrap().success());
    for (terminal, before) in [("dumb", "\r\n"), ("xterm", "\r\x1b[K")] {
        let sign = "--reader sim:hanako sign pipe";
        let mut session = Session::start_in(terminal, &world, sign);
        session.shows("format: cms");
        session.types("\x03");
        let seen = session.end();
        let farewell = format!("{before}cancelled: no file is half written");
        assert!(seen.contains(&farewell), "{seen:?}");
        assert!(seen.contains("status 50"), "{seen}");
    }
    // A pipe whose writer says no more.
    let pipe = world.path("pipe");
    for line in [
        "verify pipe",
        "verify a.txt --signature pipe",
        "sign --format raw pipe",
    ] {
        let mut session = Session::start(&world, &format!("--reader sim:hanako {line}"));
        // Returns when the program has opened its end.
        let mut writer = std::fs::File::options().write(true).open(&pipe).unwrap();
        writer.write_all(b"half a ").unwrap();
        session.types("\x03");
        assert!(session.end().contains("status 50"), "{line}");
    }
}

/// A format that is read whole has a limit, which is said to be one.
#[test]
fn a_file_without_end_is_read_up_to_a_limit() {
    let world = World::new();
    let sign = "--json --reader sim:hanako --pin sim sign --consent-disclosure --format";
    let xml = world.run(&format!("{sign} xml /dev/zero -o out"));
    let xml = xml.failed(2, "document.unsuitable").json();
    assert_eq!(xml["details"]["code"], "xml.limits.size", "{xml}");
    assert!(xml["advice"].as_str().unwrap().contains("limit"), "{xml}");
    let font = format!("{sign} pdf a.pdf --visible 1,9,9,90,90 --font /dev/zero");
    world.write("a.pdf", "%PDF-1.7\n");
    let font = world.run(&font).failed(2, "font.unreadable").json();
    assert!(
        font["message"].as_str().unwrap().contains("limit"),
        "{font}"
    );
    let list = world
        .run("--json verify a.pdf --crl /dev/zero")
        .failed(2, "input.unreadable");
    let list = list.json();
    assert!(
        list["message"].as_str().unwrap().contains("limit"),
        "{list}"
    );
}

#[test]
fn colours_stand_at_a_terminal_that_has_them_and_nobody_switched_off() {
    let world = World::new();
    world.write("a.txt", "A document.\n");
    world.write("b.txt", "Another document.\n");
    world
        .run("--reader sim:hanako --pin sim sign --consent-disclosure a.txt")
        .done();
    let seen = Session::start_in("xterm", &world, "verify --trust sim a.txt").end();
    assert!(seen.contains("\x1b[1;32mVALID"), "{seen:?}");
    let broken = "verify --trust sim b.txt --signature a.txt.p7s";
    let seen = Session::start_in("xterm", &world, broken).end();
    assert!(seen.contains("\x1b[1;31mINVALID"), "{seen:?}");
    assert!(seen.contains("\x1b[31mBroken\x1b[0m"), "{seen:?}");
    for terminal in ["dumb", "xterm NO_COLOR=1"] {
        let seen = Session::start_in(terminal, &world, broken).end();
        assert!(
            seen.contains("INVALID") && !seen.contains('\x1b'),
            "{seen:?}"
        );
    }
    let piped = world.run(broken).text();
    assert!(!piped.contains('\x1b'), "{piped}");
}

#[test]
fn the_guide_is_a_menu_of_numbers_and_each_step_says_its_line() {
    let world = World::new();
    world.write("a b.txt", "A document.\n");
    let mut session = Session::start(&world, "--reader sim:hanako guide");
    session.shows("My Number Card");
    session.shows("Number (an empty line leaves): ");
    session.types("nonsense\n");
    session.then_shows("Number (an empty line leaves): ");
    session.types("6\n");
    session.then_shows("3 attempts left");
    session.then_shows("The same by one line: mynacard --reader sim:hanako pin status");
    session.then_shows("Number (an empty line leaves): ");
    session.types("2\n");
    session.then_shows("drop it here): ");
    session.types("'a b.txt'\n");
    session.then_shows("Go on? (y/n): ");
    session.types("y\n");
    session.then_shows("attempts left: ");
    session.types("SIM12345\n");
    session.then_shows("a b.txt → a b.txt.p7s");
    session.then_shows("mynacard --reader sim:hanako sign 'a b.txt'");
    session.then_shows("Number (an empty line leaves): ");
    session.types("3\n");
    session.then_shows("drop it here): ");
    session.types("a b.txt\n");
    session.then_shows("VALID");
    session.then_shows("mynacard verify --trust sim 'a b.txt'");
    // A failure ends the step, not the guide.
    session.then_shows("Number (an empty line leaves): ");
    session.types("2\n");
    session.then_shows("drop it here): ");
    session.types("nowhere.txt\n");
    session.then_shows("error: ");
    session.then_shows("Number (an empty line leaves): ");
    session.types("0\n");
    let seen = session.end();
    assert!(seen.contains("status 0"), "{seen}");
    assert!(world.path("a b.txt.p7s").exists());
}

#[test]
fn the_guide_follows_arrow_keys_and_leaves_the_terminal_as_it_was() {
    let world = World::new();
    let mut session = Session::start_in("xterm", &world, "--reader sim:hanako guide");
    session.shows("> 1 ");
    session.types("\x1b[B");
    session.then_shows("> 2 ");
    session.types("\x1b[A");
    session.then_shows("> 1 ");
    session.types("\x1bOA");
    session.then_shows("> 0 ");
    session.types("6");
    session.then_shows("3 attempts left");
    session.then_shows("The same by one line: ");
    session.then_shows("> 1 ");
    session.types("q");
    let seen = session.end();
    assert!(seen.contains("status 0"), "{seen}");
    assert!(shows_what_is_typed(&seen), "{seen}");
    assert!(
        seen.split_whitespace().any(|word| word == "icanon"),
        "{seen}"
    );
}

/// Words stay whole at a narrow terminal, in reports, notes and errors; a pipe gets whole lines.
#[test]
fn lines_are_as_wide_as_the_terminal() {
    let world = World::new();
    let shown = |columns: &str, line: &str| {
        let mut script = world.tool("script");
        let shell = format!("stty cols {columns}; {} {line}", crate::PROGRAM);
        script.args(["--quiet", "--command", &shell, "/dev/null"]);
        crate::Run::of(script.output().unwrap()).text()
    };
    for language in ["en", "ja"] {
        for line in ["--reader sim:hanako status", "--reader sim:nobody status"] {
            let line = format!("{line} --lang {language}");
            let text = shown("50", &line);
            assert!(text.lines().count() > 2, "{text}");
            for line in text.lines() {
                assert!(line.width() <= 50, "{line}");
            }
            let words = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(words(&text), words(&shown("400", &line)));
        }
    }
    let run = world.run("--reader sim:hanako status");
    assert!(run.text().lines().any(|line| line.width() > 80));
}

#[test]
fn the_name_alone_is_the_guide_at_a_terminal_only() {
    let world = World::new();
    let mut session = Session::start(&world, "");
    session.shows("What next?");
    session.shows("Number (an empty line leaves): ");
    session.types("9\n");
    session.then_shows("Reader (");
    session.types("sim:hanako\n");
    session.then_shows("mynacard sim show hanako");
    session.then_shows("Number (an empty line leaves): ");
    session.types("\n");
    let seen = session.end();
    assert!(seen.contains("status 0"), "{seen}");
    let pipe = world.run("");
    assert_eq!(pipe.status, Some(2), "no menu in a pipe");
    for said in ["mynacard doctor", "sim:hanako status", "mynacard --help"] {
        assert!(pipe.stderr.contains(said), "{}", pipe.stderr);
    }
    world.run("guide --json").failed(2, "pin.no-terminal");
}
