//! The PKCS #11 module in programs that are not ours: what each costs the card, and that no attempt
//! is lost.
//!
//! Each program runs in a private pcscd on a simulated card. The bounds are exact: exchanges,
//! VERIFY commands, attempts left, and whether anything stays unlocked.

mod abuse;
mod clients;
mod endure;
mod misfortune;
mod privileged;
pub(crate) mod told;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use card_sim::fault::{Fault, Plan};
use card_sim::os::quirk::Quirks;
use card_sim::persona::Persona;
use card_tests::foreign::opensc_module;
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;

use crate::foreign_clients::signed_by;
use crate::real_pcscd::{hanako, open};

/// The module: cargo puts it beside this test, because the tests depend on its crate.
pub(crate) fn module() -> String {
    let tests = std::env::current_exe().unwrap();
    let module = tests.parent().unwrap().join("libcard_pkcs11.so");
    assert!(module.exists(), "{}", module.display());
    module.to_str().unwrap().to_owned()
}

/// A card in a reader and a home of its own for the programs that use it.
struct Desk {
    card: Resident,
    home: tempfile::TempDir,
}

/// What a program did to the card.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    works: bool,
    exchanges: usize,
    verifies: usize,
    unlocked: bool,
}

impl Desk {
    fn new(service: &Pcscd, who: &Persona) -> Self {
        Self {
            card: Resident::insert(service, &service.readers()[0], who),
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// Removes what a line before has left.
    fn clean(&self) {
        for name in ["g", "prompts"] {
            let path = self.path(name);
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs a line of shell with `$M` as the module.
    fn run_with(&self, module: &str, profile: &str, line: &str) -> (Output, Cost) {
        self.run_planned(module, profile, line, Plan::new())
    }

    /// The same while something goes wrong with the card.
    fn run_planned(&self, module: &str, profile: &str, line: &str, plan: Plan) -> (Output, Cost) {
        self.card.plan(plan);
        let output = Command::new("timeout")
            .arg((pcscd::limit() * 5 / 6).as_secs().to_string())
            .args(["bash", "-c", line])
            .env("HOME", self.home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env("M", module)
            .env("MYNACARD_PKCS11_PROFILE", profile)
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.home.path())
            .output()
            .unwrap();
        let (exchanges, verifies) = self.card.seen();
        let unlocked = self.card.rights_left();
        let cost = Cost {
            works: output.status.success(),
            exchanges,
            verifies,
            unlocked,
        };
        (output, cost)
    }

    /// Our module: what a program costs, with its output where it is not as expected.
    #[track_caller]
    fn costs(&self, profile: &str, line: &str, exchanges: usize, verifies: usize) -> String {
        let (output, cost) = self.run_with(&module(), profile, line);
        let said = said(&output);
        let expected = Cost {
            works: true,
            exchanges,
            verifies,
            unlocked: false,
        };
        assert_eq!(cost, expected, "{profile}: {line}\n{said}");
        said
    }

    /// Our module: a program that must fail, and says why.
    #[track_caller]
    fn fails(&self, profile: &str, line: &str, verifies: usize, why: &str) {
        let (output, cost) = self.run_with(&module(), profile, line);
        let said = said(&output);
        assert!(!cost.works && !cost.unlocked, "{line}\n{said}");
        assert_eq!(cost.verifies, verifies, "{line}\n{said}");
        assert!(said.contains(why), "{line}: {why}\n{said}");
    }
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr]
        .map(String::from_utf8_lossy)
        .concat()
}

/// `make valgrind` runs programs under valgrind, which ends them with 9 at the first wrong access.
fn valgrind() -> &'static str {
    match std::env::var_os("UNDER_VALGRIND") {
        Some(_) => "valgrind -q --error-exitcode=9 --keep-debuginfo=yes",
        None => "",
    }
}

const TOOL: &str = "pkcs11-tool --module $M";

#[test]
fn looking_costs_ten_exchanges_and_no_prompt() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let desk = Desk::new(service, &who);
        let list = desk.costs("auth", &format!("{TOOL} -L"), 10, 0);
        assert!(
            list.contains("JPKI auth 4-digit PIN") && !list.contains("JPKI sign"),
            "{list}"
        );
        let both = desk.costs("both", &format!("{TOOL} -L"), 11, 0);
        let places = ["JPKI auth", "JPKI sign"].map(|label| both.find(label).unwrap());
        assert!(places.is_sorted(), "{both}");
        let sign = desk.costs("sign", &format!("{TOOL} -L"), 10, 0);
        assert!(
            !sign.contains("JPKI auth") && sign.contains("JPKI sign"),
            "{sign}"
        );
        for odd in ["", "SIGN", "all"] {
            let list = desk.costs(odd, &format!("{TOOL} -L"), 10, 0);
            assert!(
                list.contains("JPKI auth") && !list.contains("JPKI sign"),
                "{odd}: {list}"
            );
        }
        desk.costs("auth", &format!("{TOOL} -O"), 10, 0);
        let keys = desk.costs("auth", "ssh-keygen -D $M", 10, 0);
        assert_eq!(keys.lines().count(), 1, "{keys}");
        // Another name of the same file is the other profile.
        let line = "cp $M libcard_pkcs11_sign.so; \
             unset MYNACARD_PKCS11_PROFILE; \
             pkcs11-tool --module ./libcard_pkcs11_sign.so -L";
        let sign = desk.costs("auth", line, 10, 0);
        assert!(
            !sign.contains("JPKI auth") && sign.contains("JPKI sign"),
            "{sign}"
        );
        // A rule for one program in the file of the user.
        let rule = "program pkcs11-tool = both\nlabels = ja\n";
        fs::create_dir_all(desk.path(".config/mynacard")).unwrap();
        fs::write(desk.path(".config/mynacard/pkcs11.conf"), rule).unwrap();
        let line = format!("unset MYNACARD_PKCS11_PROFILE; {TOOL} -L");
        let both = desk.costs("auth", &line, 11, 0);
        assert!(
            both.contains("利用者証明 数字4桁") && both.contains("署名用"),
            "{both}"
        );
        // OpenSC, in the same place.
        let (_, theirs) =
            desk.run_with(opensc_module().to_str().unwrap(), "", &format!("{TOOL} -L"));
        assert!(theirs.exchanges > 60, "{theirs:?}");

        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}

#[test]
fn with_extended_length_the_first_look_costs_five_exchanges() {
    pcscd::alone(1, |service| {
        let mut who = hanako();
        // A card that announces extended lengths; the shim lets the reader do so too.
        who.atr = vec![
            0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
            0x73, 0xC6, 0x01, 0xC0, 0x3B,
        ];
        let desk = Desk::new(service, &who);
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("all/pkcs11/extended.c");
        let compile = format!(
            "gcc -Wall -Werror -shared -fPIC -I/usr/include/PCSC {} -o extended.so",
            shim.display()
        );
        desk.costs("auth", &compile, 0, 0);
        let extended = "LD_PRELOAD=./extended.so pkcs11-tool --module $M";
        desk.costs("auth", &format!("{extended} -L"), 4, 0);
        desk.costs("both", &format!("{extended} -L"), 5, 0);
        desk.costs("auth", &format!("{TOOL} -L"), 10, 0);
        let pin = &who.authentication_pin.value;
        let sign = format!(
            "echo a > in; {extended} --login --pin {pin} --id 01 --sign -m SHA256-RSA-PKCS -i in -o out"
        );
        desk.costs("auth", &sign, 4 + 4 + 5, 2);
    });
}

#[test]
fn logins_and_signatures_cost_what_they_must() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let desk = Desk::new(service, &who);
        let (pin, password) = (&who.authentication_pin.value, &who.signature_password.value);
        let auth = who.authentication.as_ref().unwrap();
        let signature = who.signature.as_ref().unwrap();
        // pcscd takes the power from an unused card; this one asks whether rights are left.
        let _bystander = open(desk.card.reader()).unwrap();
        fs::write(desk.path("in"), b"a document").unwrap();
        desk.costs("auth", &format!("{TOOL} -O --login --pin {pin}"), 14, 1);
        let list =
            format!("{TOOL} --token-label 'JPKI sign 6-16 chars' -O --login --pin {password}");
        desk.costs("both", &list, 22, 1);
        let sign =
            |mechanism: &str, who: &str| format!("{TOOL} {who} --sign -m {mechanism} -i in -o out");
        let first = format!("--login --pin {pin} --id 01");
        desk.costs("auth", &sign("SHA256-RSA-PKCS", &first), 19, 2);
        let signed = fs::read(desk.path("out")).unwrap();
        assert!(signed_by(&auth.certificate, b"a document", &signed));
        let second = format!("--slot-index 1 --login --pin {password} --id 02");
        desk.costs("both", &sign("SHA256-RSA-PKCS", &second), 27, 2);
        let signed = fs::read(desk.path("out")).unwrap();
        assert!(signed_by(&signature.certificate, b"a document", &signed));
        fs::write(desk.path("in"), [7; 32]).unwrap();
        desk.costs(
            "auth",
            &sign("RSA-PKCS-PSS --hash-algorithm SHA256", &first),
            19,
            2,
        );
        let judge = "openssl pkeyutl -verify -certin -keyform DER -inkey cert -in in -sigfile out \
                     -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32 \
                     -pkeyopt rsa_mgf1_md:sha256 -pkeyopt digest:sha256";
        fs::write(desk.path("cert"), &auth.certificate).unwrap();
        desk.costs("auth", judge, 0, 0);
        // Stops at the first mechanism that is refused; what counts is that it stops.
        let (output, cost) = desk.run_with(
            &module(),
            "auth",
            &format!("{TOOL} --test --login --pin {pin}"),
        );
        assert!(
            output.status.code().is_some_and(|code| code <= 1),
            "{}",
            said(&output)
        );
        assert!(!cost.unlocked);
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}

#[test]
fn a_wrong_value_costs_one_attempt_or_none() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let desk = Desk::new(service, &who);
        let (pin, password) = (&who.authentication_pin.value, &who.signature_password.value);
        let _bystander = open(desk.card.reader()).unwrap();
        let login = |slot: usize, value: &str| {
            format!("{TOOL} --slot-index {slot} -O --login --pin '{value}'")
        };
        // Of the other token, or of none.
        desk.fails("both", &login(0, password), 0, "CKR_PIN_LEN_RANGE");
        desk.fails("both", &login(1, pin), 0, "CKR_PIN_LEN_RANGE");
        desk.fails("both", &login(0, "12a4"), 0, "CKR_PIN_INVALID");
        desk.fails("both", &login(1, "ABC-123"), 0, "CKR_PIN_INVALID");
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
        desk.fails("auth", &login(0, "0000"), 1, "CKR_PIN_INCORRECT");
        assert_eq!(desk.card.attempts(), (Some(2), Some(5)));
        desk.fails("auth", &login(0, "0001"), 1, "CKR_PIN_INCORRECT");
        // The last one is never spent, with the right value neither.
        desk.fails("auth", &login(0, "0002"), 0, "CKR_PIN_LOCKED");
        desk.fails("auth", &login(0, pin), 0, "CKR_PIN_LOCKED");
        let flags = desk.costs("auth", &format!("{TOOL} -L"), 10, 0);
        assert!(flags.contains("final user PIN try"), "{flags}");
        assert_eq!(desk.card.attempts(), (Some(1), Some(5)));
    });
}

#[test]
fn each_kind_of_card_shows_the_tokens_it_has() {
    pcscd::alone(1, |service| {
        let tokens = |desk: &Desk, profile: &str| {
            let (output, cost) = desk.run_with(&module(), profile, &format!("{TOOL} -L"));
            assert!(cost.verifies == 0, "{}", said(&output));
            said(&output).matches("token label").count()
        };
        for (id, expected) in [
            ("hanako", [1, 1, 2]),
            ("kodomo", [1, 0, 1]),
            ("android", [1, 1, 2]),
            ("kigen", [1, 1, 2]),
            ("nokori", [1, 1, 2]),
            ("rokku", [1, 1, 2]),
        ] {
            let mut desk = Desk::new(service, &Persona::shipped(id).unwrap());
            let found = ["auth", "sign", "both"].map(|profile| tokens(&desk, profile));
            assert_eq!(found, expected, "{id}");
            if id == "android" {
                let before = desk.costs("auth", &format!("{TOOL} -O"), 5, 0);
                assert!(!before.contains("Object"), "{before}");
                let pin = &Persona::shipped(id).unwrap().authentication_pin.value;
                let (output, _) =
                    desk.run_with(&module(), "auth", &format!("{TOOL} -O --login --pin {pin}"));
                assert!(
                    said(&output).contains("Certificate Object"),
                    "{}",
                    said(&output)
                );
            }
            desk.card.remove(service);
        }
    });
}

#[test]
fn a_blocked_pin_is_shown_and_never_a_general_error() {
    pcscd::alone(1, |service| {
        let mut who = hanako();
        who.authentication_pin.left = 0;
        who.signature_password.left = 0;
        let desk = Desk::new(service, &who);
        let flags = desk.costs("both", &format!("{TOOL} -L"), 11, 0);
        assert_eq!(flags.matches("user PIN locked").count(), 2, "{flags}");
        // The certificate is free to read all the same.
        let keys = desk.costs("auth", "ssh-keygen -D $M", 10, 0);
        assert_eq!(keys.lines().count(), 1, "{keys}");
        for (slot, value) in [
            (0, &who.authentication_pin.value),
            (1, &who.signature_password.value),
        ] {
            let line = format!("{TOOL} --slot-index {slot} -O --login --pin {value}");
            desk.fails("both", &line, 0, "CKR_PIN_LOCKED");
        }
        assert_eq!(desk.card.attempts(), (Some(0), Some(0)));
    });
}

#[test]
fn a_card_that_refuses_pss_is_not_offered_for_it_again() {
    pcscd::alone(1, |service| {
        let mut who = hanako();
        let mut quirks = Quirks::default();
        quirks.set("pss", "6A86").unwrap();
        who.quirks = quirks;
        let desk = Desk::new(service, &who);
        let pin = &who.authentication_pin.value;
        fs::write(desk.path("in"), [7; 32]).unwrap();
        let line = format!(
            "{TOOL} --login --pin {pin} --id 01 --sign -m RSA-PKCS-PSS --hash-algorithm SHA256 -i in -o out"
        );
        let listed = |said: &str| said.contains("RSA-PKCS-PSS");
        assert!(listed(&desk.costs("auth", &format!("{TOOL} -M"), 10, 0)));
        desk.fails("auth", &line, 2, "CKR_MECHANISM_INVALID");
        assert!(!listed(&desk.costs("auth", &format!("{TOOL} -M"), 10, 0)));
    });
}

/// The rows of `docs/pkcs11.md` that no resident is: certificates that are not there, a card that is
/// none of these, one that is silent, a counter without a number.
#[test]
fn a_card_that_lacks_something_shows_what_is_left() {
    pcscd::alone(1, |service| {
        let tokens = |desk: &Desk| {
            ["auth", "sign", "both"].map(|profile| {
                let said = desk.run_with(&module(), profile, &format!("{TOOL} -L")).0;
                self::said(&said).matches("token label").count()
            })
        };
        let mut only_signature = hanako();
        only_signature.authentication = None;
        let mut neither = only_signature.clone();
        neither.signature = None;
        for (who, expected) in [(&only_signature, [0, 1, 1]), (&neither, [0, 0, 0])] {
            let mut desk = Desk::new(service, who);
            assert_eq!(tokens(&desk), expected, "{}", who.id);
            desk.card.remove(service);
        }

        let who = hanako();
        let pin = &who.authentication_pin.value;
        let mut desk = Desk::new(service, &who);
        // Another card: the application is not there.
        let other = Plan::new().at(1, Fault::Status(0x6A82));
        // Silent at the first look, which is remembered: the tool looks several times.
        let silent = Plan::new().at(1, Fault::LoseAnswer);
        for plan in [other, silent] {
            let line = format!("{TOOL} --slot 0 -O");
            let (output, cost) = desk.run_planned(&module(), "auth", &line, plan);
            let said = said(&output);
            assert!(said.contains("CKR_TOKEN_NOT_RECOGNIZED"), "{said}");
            assert_eq!(cost.exchanges, 1);
            // The service has given up a card that was silent.
            desk.card.remove(service);
            desk.card.insert_again(service);
        }

        let no_number = || Fault::Status(0x6300);
        let looked = Plan::new().on(0x20, no_number());
        let (output, _) = desk.run_planned(&module(), "auth", &format!("{TOOL} -L"), looked);
        assert!(
            said(&output).contains("final user PIN try"),
            "{}",
            said(&output)
        );
        let login = format!("{TOOL} -O --login --pin {pin}");
        let plan = Plan::new().on(0x20, no_number()).on(0x20, no_number());
        let (output, cost) = desk.run_planned(&module(), "auth", &login, plan);
        assert!(
            said(&output).contains("CKR_PIN_LOCKED"),
            "{}",
            said(&output)
        );
        assert_eq!((cost.works, cost.verifies), (false, 0));
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}
