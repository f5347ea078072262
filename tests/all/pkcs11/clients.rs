//! TLS clients, SSH, git, NSS, Java and LibreOffice on the module and on OpenSC's, unchanged, in one
//! run.

mod lines;

use std::fs;
use std::path::Path;
use std::process::Command;

use card_sim::persona::Persona;
use card_tests::foreign::opensc_module;
use card_tests::pcscd::{self, Pcscd};

use self::lines::{BROWSERS, FURTHER, JAVA, LINES, Line};
use super::{Cost, Desk, module, said};
use crate::real_pcscd::{hanako, open};

/// Writes what the lines below use: certificates, a server's own certificate, PIN, NSS databases.
pub(super) fn prepare(desk: &Desk, who: &Persona) {
    let auth = who.authentication.as_ref().unwrap();
    let signature = who.signature.as_ref().unwrap();
    for (name, der) in [
        ("ca", &auth.ca_certificate),
        ("sign-ca", &signature.ca_certificate),
        ("sign", &signature.certificate),
        ("auth", &auth.certificate),
    ] {
        fs::write(desk.path(&format!("{name}.der")), der).unwrap();
    }
    fs::write(desk.path("pin"), &who.authentication_pin.value).unwrap();
    fs::write(desk.path("password"), &who.signature_password.value).unwrap();
    fs::write(desk.path("doc"), b"a document").unwrap();
    fs::write(desk.path("block"), [7; 32]).unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let contract = tests.join("../docs/guide/contract.pdf");
    fs::copy(contract, desk.path("contract.pdf")).unwrap();
    for name in [
        "rig.sh",
        "sign.py",
        "office.py",
        "Sign.java",
        "Tls.java",
        "browser.sh",
    ] {
        fs::copy(
            tests.join("all/pkcs11/programs").join(name),
            desk.path(name),
        )
        .unwrap();
    }
    let line = format!(
        "for n in ca sign-ca sign auth; do openssl x509 -inform DER -in $n.der -out $n.pem; done
        openssl req -x509 -newkey rsa:2048 -nodes -keyout srv.key -out srv.pem -days 2 \
            -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
        ssh-keygen -D $M > authorized && chmod 600 authorized &&
        ssh-keygen -q -t ed25519 -N '' -f host &&
        for db in ours opensc; do
            mkdir $db && certutil -N -d sql:$db --empty-password &&
            certutil -A -d sql:$db -n srv -t CT,C,C -i srv.pem || exit 1
        done
        modutil -force -dbdir sql:ours -add mynacard -libfile $M &&
        modutil -force -dbdir sql:opensc -add mynacard -libfile {}",
        opensc_module().display()
    );
    let (output, _) = desk.run_with(&module(), "auth", &line);
    assert!(output.status.success(), "{}", said(&output));
}

/// One line on one module, and how often the program asked for a PIN.
fn run(desk: &Desk, ours: bool, profile: &str, line: &str) -> (String, Cost, usize) {
    let names = if ours {
        "DB=sql:ours AUTH='id=%01' SIGN='id=%02' NICK='JPKI auth 4-digit PIN:JPKI authentication' \
         SIGN_NICK='JPKI sign 6-16 chars:JPKI signature'"
    } else {
        // Its engine and NSS programs find a token only by these.
        "DB=sql:opensc AUTH='token=JPKI%20(User%20Authentication%20PIN);id=%01' \
         SIGN='token=JPKI%20(Digital%20Signature%20PIN);id=%02' \
         NICK='JPKI (User Authentication PIN):User Authentication Certificate' \
         SIGN_NICK='JPKI (Digital Signature PIN):Digital Signature Certificate'"
    };
    let module = if ours {
        module()
    } else {
        opensc_module().to_str().unwrap().to_owned()
    };
    desk.clean();
    let line = format!("{names}; export PKCS11_MODULE_PATH=$M; . ./rig.sh; {line}");
    let (output, cost) = desk.run_with(&module, profile, &line);
    let said = said(&output);
    let asked = fs::read_to_string(desk.path("prompts")).unwrap_or_default();
    let prompts = asked.lines().count() + said.matches("Enter Password or Pin").count();
    (said, cost, prompts)
}

/// The table of `docs/pkcs11.md`: our figures are exact, OpenSC's are those of its version.
/// `MYNACARD_BLESS=1` writes the rows of this run.
fn hold(service: &Pcscd, lines: &[Line]) {
    let who = hanako();
    let desk = Desk::new(service, &who);
    let _bystander = open(desk.card.reader()).unwrap();
    prepare(&desk, &who);
    let only = std::env::var("PKCS11_ONLY").unwrap_or_default();
    let bless = std::env::var_os("MYNACARD_BLESS").is_some();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pkcs11.md");
    let text = fs::read_to_string(&docs).unwrap();
    let (mut rows, mut wrong) = (Vec::new(), String::new());
    for Line(name, profile, line, exchanges, verifies, prompts) in lines {
        let other_version = name.starts_with("pdfsig ") && !name.starts_with(pdfsig());
        if !name.contains(&only) || other_version {
            continue;
        }
        let (said, cost, asked) = run(&desk, true, profile, line);
        let expected = Cost {
            works: true,
            exchanges: *exchanges,
            verifies: *verifies,
            unlocked: false,
        };
        if cost != expected || asked != *prompts {
            wrong += &format!("{name}: {cost:?}, {asked} prompts\n{said}\n");
        }
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)), "{name}");
        let ours = format!("| {name} |{}", cells(&cost, asked));
        if !text.contains(&ours) && !bless {
            wrong += &format!("docs/pkcs11.md lacks: {ours}\n");
        }
        let (_, cost, asked) = run(&desk, false, profile, line);
        rows.push(format!("{ours}{}", cells(&cost, asked)));
        // What it has spent or left open is not the next line's.
        desk.card.reissue(&who);
    }
    println!("{}", rows.join("\n"));
    assert!(wrong.is_empty(), "{wrong}");
    if bless {
        fs::write(docs, blessed(&text, rows)).unwrap();
    }
}

/// Which of the two versions in the table is like the one that is installed.
fn pdfsig() -> &'static str {
    let said = Command::new("pdfsig").arg("-v").output();
    let said = said
        .expect("install the Debian package poppler-utils")
        .stderr;
    let said = String::from_utf8_lossy(&said);
    let version = said.split_whitespace().nth(2).unwrap_or_default();
    let (year, _) = version.split_once('.').unwrap_or_default();
    match year.parse::<u8>() {
        Ok(..25) => "pdfsig 22.12",
        _ => "pdfsig 25.03",
    }
}

/// Works, exchanges, VERIFYs, prompts, locked at the end.
fn cells(cost: &Cost, asked: usize) -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let (works, locked) = (yes(cost.works), yes(!cost.unlocked));
    let Cost {
        exchanges,
        verifies,
        ..
    } = cost;
    format!(" {works} | {exchanges} | {verifies} | {asked} | {locked} |")
}

/// The page with these rows in place of those of the same programs; others stay.
fn blessed(text: &str, rows: Vec<String>) -> String {
    let (before, rest) = text.split_once(BEGIN).expect(BEGIN);
    let (table, behind) = rest.split_once(END).expect(END);
    let known: Vec<String> = table.lines().map(str::to_owned).collect();
    let names = LINES
        .iter()
        .chain(JAVA)
        .chain(FURTHER)
        .chain(BROWSERS)
        .map(|line| line.0);
    let table: String = names
        .filter_map(|name| {
            let begins = format!("| {name} |");
            let own = |row: &&String| row.starts_with(&begins);
            rows.iter().find(own).or_else(|| known.iter().find(own))
        })
        .map(|row| format!("{row}\n"))
        .collect();
    format!("{before}{BEGIN}{HEAD}{table}{END}{behind}")
}

#[test]
fn programs_use_the_card_unchanged_within_their_bounds() {
    pcscd::alone(1, |service| hold(service, LINES));
}

#[test]
fn java_uses_the_card_unchanged_within_its_bounds() {
    pcscd::alone(1, |service| hold(service, JAVA));
}

#[test]
#[ignore = "make clients"]
fn further_programs_use_the_card_unchanged_within_their_bounds() {
    pcscd::alone(1, |service| hold(service, FURTHER));
}

#[test]
#[ignore = "make browsers"]
fn browsers_use_the_card_unchanged_within_their_bounds() {
    pcscd::alone(1, |service| hold(service, BROWSERS));
}

const BEGIN: &str = "<!-- clients -->\n";
const END: &str = "<!-- end of clients -->";
const HEAD: &str = "
| program | works | exchanges | VERIFYs | prompts | locked at the end | OpenSC: works | exchanges | VERIFYs | prompts | locked at the end |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// Lines with a login whose program another line has, or that end well without one.
const NOT_AGAIN: &[&str] = &[
    "pkcs11-tool -O, login",
    "pkcs11-tool -O, login, signature token",
    "pkcs11-tool --test",
    "pkcs11-tool, sign with PSS",
    "gnutls-cli, TLS 1.2",
    "Java, SHA256withRSA",
];

/// A wrong value, the other token's, and either with one attempt left, through every program.
fn hold_attempts(service: &Pcscd, lines: &[Line]) {
    let who = hanako();
    let desk = Desk::new(service, &who);
    let _bystander = open(desk.card.reader()).unwrap();
    prepare(&desk, &who);
    let (pin, password) = (&who.authentication_pin.value, &who.signature_password.value);
    let mut last = who.clone();
    last.authentication_pin.left = 1;
    last.signature_password.left = 1;
    let mut wrong = String::new();
    for Line(name, profile, line, _, verifies, _) in lines {
        if *verifies == 0 || NOT_AGAIN.contains(name) {
            continue;
        }
        let (right, other, never) = match *profile {
            "auth" => (pin, password, "9999"),
            _ => (password, pin, "NEVER123"),
        };
        for (case, value, card, verifies) in [
            ("wrong", never, &who, 1),
            ("of the other token", other, &who, 0),
            ("wrong, last attempt", never, &last, 0),
            ("right, last attempt", right, &last, 0),
        ] {
            desk.card.reissue(card);
            fs::write(desk.path("pin"), value).unwrap();
            fs::write(desk.path("password"), value).unwrap();
            let before = desk.card.attempts();
            let (said, cost, _) = run(&desk, true, profile, line);
            let after = desk.card.attempts();
            let left = |(a, s): (Option<u8>, Option<u8>)| a.unwrap() + s.unwrap();
            let spent = usize::from(left(before) - left(after));
            if (cost.works, cost.verifies, spent, cost.unlocked)
                != (false, verifies, verifies, false)
            {
                wrong += &format!("{name}: {case}: {cost:?}, {spent} spent\n{said}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_wrong_value_costs_one_attempt_in_every_program_and_never_the_last() {
    pcscd::alone(1, |service| hold_attempts(service, LINES));
}

#[test]
fn a_wrong_value_costs_one_attempt_in_java_and_never_the_last() {
    pcscd::alone(1, |service| hold_attempts(service, JAVA));
}

#[test]
#[ignore = "make clients"]
fn a_wrong_value_costs_one_attempt_in_further_programs_and_never_the_last() {
    pcscd::alone(1, |service| hold_attempts(service, FURTHER));
}

#[test]
#[ignore = "make browsers"]
fn a_wrong_value_costs_one_attempt_in_browsers_and_never_the_last() {
    pcscd::alone(1, |service| hold_attempts(service, BROWSERS));
}
