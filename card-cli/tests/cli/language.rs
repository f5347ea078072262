//! Both languages say everything.

use unicode_width::UnicodeWidthStr;

use crate::World;

fn is_japanese(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

/// Kana do not occur in the names of residents, so they are ours.
fn has_kana(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}'))
}

#[test]
fn the_language_is_the_option_s_else_the_environment_s() {
    let world = World::new();
    let japanese = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = world.command(arguments);
        command.env_remove("LANG").envs(environment.iter().copied());
        is_japanese(&String::from_utf8(command.output().unwrap().stdout).unwrap())
    };
    let help = ["--help"];
    assert!(!japanese(&help, &[]));
    assert!(japanese(&help, &[("LANG", "ja_JP.UTF-8")]));
    assert!(japanese(
        &help,
        &[("LC_MESSAGES", "ja_JP.UTF-8"), ("LANG", "C")]
    ));
    assert!(!japanese(
        &help,
        &[("LC_ALL", "C"), ("LANG", "ja_JP.UTF-8")]
    ));
    assert!(japanese(&help, &[("LC_ALL", ""), ("LANG", "ja_JP.UTF-8")]));
    assert!(japanese(&["--lang", "ja", "--help"], &[]));
    assert!(japanese(&["--help", "--lang=ja"], &[]));
    assert!(!japanese(
        &["--help", "--lang", "en"],
        &[("LANG", "ja_JP.UTF-8")]
    ));
}

const COMMANDS: &[&str] = &[
    "",
    "readers",
    "status",
    "cert",
    "sign",
    "verify",
    "explain",
    "profile",
    "number",
    "face",
    "genuine",
    "age",
    "card",
    "pin",
    "pin status",
    "pin check",
    "pin change",
    "doctor",
    "login",
    "login challenge",
    "login verify",
    "verify-cert",
    "serve",
    "web-eid",
    "web-eid install",
    "web-eid uninstall",
    "pkcs11",
    "pkcs11 install",
    "pkcs11 uninstall",
    "pkcs11 status",
    "probe",
    "sim",
    "sim list",
    "sim show",
    "sim serve",
    "sim reset",
    "sim new",
    "sim pki",
    "trace",
    "trace show",
    "completions",
    "man",
    "guide",
    "help",
    "licence",
    "sim run",
    "sim judge",
    "sim ctl",
    "sim ctl cards",
    "sim ctl fault",
    "sim ctl quirk",
    "sim ctl keys",
    "sim ctl log",
];

#[test]
fn every_help_is_whole_in_both_languages() {
    let world = World::new();
    for command in COMMANDS {
        let help = |language: &str| {
            world
                .run(&format!("{command} --help --lang {language}"))
                .done()
                .text()
        };
        let (ja, en) = (help("ja"), help("en"));
        let lines: Vec<&str> = ja.lines().collect();
        for pair in lines[1..].windows(2) {
            // A long option has its description on the next line.
            let option = pair[0].trim_start().starts_with('-');
            assert!(
                !option || is_japanese(&pair.concat()),
                "{command}: {}",
                pair[0]
            );
        }
        for text in [&ja, &en] {
            // Full-width characters take two columns; a command to copy is whole.
            for line in text.lines().filter(|line| !line.contains('`')) {
                let parts = line.trim_start().starts_with("java -D");
                assert!(line.width() <= 80 || parts, "{command}: {line}");
                assert!(!line.trim_start().starts_with(['、', '。', '）']), "{line}");
            }
            // An identifier that is shown is a text that is missing.
            assert!(
                !text.contains("help-") && !text.contains("usage-"),
                "{text}"
            );
        }
        assert!(!is_japanese(&en), "{en}");
        assert!(!ja.contains("Usage") && !ja.contains("OPTIONS"), "{ja}");
    }
}

#[test]
fn results_and_failures_in_both_languages() {
    let world = World::new();
    for line in [
        "--reader sim:hanako status",
        "--reader sim:hanako cert auth",
        "--reader sim:hanako pin status",
        "--reader sim:rokku --pin sim cert sign",
        "--reader sim:nobody status",
        "status",
        "nothing",
        "sim show hanako",
        "login",
        "--reader sim:hanako verify-cert --card auth --trust sim",
        "--reader sim:hanako verify-cert --card auth",
        "--wrong",
    ] {
        let shown = |language: &str| {
            let run = world.run(&format!("{line} --lang {language}"));
            (run.text() + &run.stderr, run.status)
        };
        let ((ja, ja_status), (en, en_status)) = (shown("ja"), shown("en"));
        assert_eq!(ja_status, en_status, "{line}");
        assert!(is_japanese(&ja), "{ja}");
        let names = |line: &str| line.starts_with("Issuer (");
        assert!(
            en.lines().all(|line| names(line) || !has_kana(line)),
            "{en}"
        );
    }
}

#[test]
fn the_names_of_pins_are_whole() {
    let world = World::new();
    let run = world.run_with(
        "--lang ja --reader sim:hanako --pin stdin pin check auth",
        "0000",
    );
    assert_eq!(run.status, Some(20));
    assert!(
        run.stderr
            .contains("利用者証明用電子証明書暗証番号（数字4桁）が違います。残り2回です")
    );
    let run = world.run_with("--reader sim:hanako --pin stdin pin check auth", "0001");
    assert!(
        run.stderr
            .contains("authentication PIN (4 digits) is wrong; 1 attempt is left")
    );
}

#[test]
fn manual_and_completions_are_made() {
    let world = World::new();
    for (language, word) in [("ja", "マイナンバーカード"), ("en", "My Number Card")] {
        let page = world.run(&format!("man --lang {language}")).done().text();
        // Japanese lines are broken where a typesetter is told to.
        assert_eq!(page.contains("マ\\:イ"), language == "ja");
        let page = page.replace("\\:", "");
        assert!(
            page.contains(".TH mynacard 1") && page.contains(word),
            "{page}"
        );
    }
    world.run("man --output-dir pages").done();
    for name in ["mynacard.1", "mynacard-sign.1", "mynacard-pin-change.1"] {
        assert!(world.path("pages").join(name).exists(), "{name}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            world
                .run(&format!("completions {shell}"))
                .done()
                .text()
                .contains("mynacard")
        );
    }
}

#[test]
fn help_explains_commands_and_codes() {
    let world = World::new();
    for (line, said) in [
        ("help", "Usage:"),
        ("help sign", "--consent-disclosure"),
        ("help pin check", "Checks a PIN"),
        ("help pin.wrong", "Exit status: 20"),
        ("help cms.digest-algorithm.refused", "Exit status: 40"),
        ("help errors", "## `pin.wrong`"),
        ("help refusals", "## Reasons"),
    ] {
        let text = world.run(line).done().text();
        assert!(text.contains(said), "{line}: {text}");
    }
    let text = world.run("--lang ja help pin.wrong").done().text();
    assert!(text.contains("終了コード: 20"), "{text}");
    for line in ["help nothing", "help no.such", "help pin nothing"] {
        world
            .run(&format!("{line} --json"))
            .failed(2, "usage.wrong");
    }
}

#[test]
fn residents_in_words_and_their_files_in_the_language_of_the_user() {
    let world = World::new();
    for (language, words, comment) in [
        (
            "en",
            ["1990-04-01", "female", "13199", "2036-04-01"],
            "# What the card is:",
        ),
        (
            "ja",
            ["平成2年4月1日", "女", "13199", "2036-04-01"],
            "# カードの種類:",
        ),
    ] {
        let run = |line: &str| {
            world
                .run(&format!("{line} --lang {language}"))
                .done()
                .text()
        };
        let shown = run("sim show hanako");
        for word in words {
            assert!(shown.contains(word), "{word}: {shown}");
        }
        assert!(
            !shown.contains("419900401") && !shown.contains("20360401"),
            "{shown}"
        );
        run(&format!("sim new of-{language}"));
        let file = world.path(&format!(
            ".local/share/mynacard/personas/of-{language}.toml"
        ));
        let file = std::fs::read_to_string(file).unwrap();
        assert!(file.contains(comment), "{file}");
        run(&format!("--reader sim:of-{language} status"));
    }
}
