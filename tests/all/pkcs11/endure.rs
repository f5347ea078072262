//! Beside a program that keeps the card, over many signatures, and what memory holds afterwards:
//! `endure.c` is the program.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use card_core::Card;
use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::signature::{Signature, SignatureKind};
use card_sim::fault::presents_a_pin;
use card_sim::persona::Persona;
use card_tests::foreign::opensc_module;
use card_tests::pcscd::{self, Pcscd};
use card_tests::resident::Resident;

use super::{Desk, module, said};
use crate::real_pcscd::{hanako, open};

/// Exchanges of a first look and an authentication login.
const BEGINNING: usize = 10 + 4;

/// A card, and the program beside its secret.
pub(super) fn desk(service: &Pcscd, secret: &str) -> Desk {
    let desk = Desk::new(service, &hanako());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("all/pkcs11/endure.c");
    fs::copy(source, desk.path("endure.c")).unwrap();
    fs::write(desk.path("secret"), secret).unwrap();
    let compile = "gcc -Wall -Werror -I/usr/include/p11-kit-1 endure.c -o endure -lpthread";
    desk.costs("auth", compile, 0, 0);
    desk
}

/// Waits until the program has made a file.
fn until(desk: &Desk, name: &str) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !desk.path(name).exists() {
        assert!(Instant::now() < patience, "{name}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// `make endurance` keeps the card for six seconds and shows how long each call took.
#[test]
fn while_another_program_keeps_the_card_looking_goes_on_and_a_signature_waits() {
    pcscd::alone(1, |service| {
        let desk = desk(service, &hanako().authentication_pin.value);
        let until = |name: &str| until(&desk, name);
        let seconds = std::env::var("HOLDING").map_or(0, |text| text.parse().unwrap());
        let line = format!("./endure $M busy {}", if seconds > 0 { 1000 } else { 1 });
        std::thread::scope(|scope| {
            let program = scope.spawn(|| desk.run_with(&module(), "auth", &line));
            until("ready");
            let mut card = Card::new(open(desk.card.reader()).unwrap());
            let transaction = card.begin().unwrap();
            let end = Instant::now() + Duration::from_secs(seconds);
            File::create(desk.path("held")).unwrap();
            // Looking has ended although the transaction has not.
            until("looked");
            std::thread::sleep(end.saturating_duration_since(Instant::now()));
            assert!(!desk.path("signed").exists());
            transaction.end().unwrap();
            let (output, cost) = program.join().unwrap();
            print!("{}", said(&output));
            assert!(
                cost.works && cost.verifies == 2,
                "{cost:?}\n{}",
                said(&output)
            );
            assert!(desk.path("signed").exists());
        });
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}

/// How often a value is in the memory of a process, in all that a core file would hold.
fn found_in_memory(process: &str, value: &[u8]) -> usize {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let mut found = 0;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with('r') || line.contains("[vvar") || line.contains("[vsyscall") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let address = |text| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (address(from), address(to));
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.read_exact_at(&mut bytes, from).unwrap();
        found += bytes.windows(value.len()).filter(|at| *at == value).count();
    }
    found
}

#[test]
fn after_logout_the_memory_of_the_program_holds_the_value_nowhere() {
    pcscd::alone(1, |service| {
        // A password that nothing else in memory looks like.
        let password = hanako().signature_password.value;
        let desk = desk(service, &password);
        std::thread::scope(|scope| {
            let program = scope.spawn(|| desk.run_with(&module(), "sign", "./endure $M core"));
            until(&desk, "logged-in");
            let process = fs::read_to_string(desk.path("pid")).unwrap();
            let found = || found_in_memory(&process, password.as_bytes());
            assert!(found() > 0, "the search finds nothing");
            File::create(desk.path("go-on")).unwrap();
            until(&desk, "logged-out");
            assert_eq!(found(), 0);
            File::create(desk.path("end")).unwrap();
            let (output, cost) = program.join().unwrap();
            assert!(cost.works && cost.verifies == 2, "{cost:?}");
            // Nor was it printed or written to a file.
            assert_eq!(said(&output), "");
            for entry in fs::read_dir(desk.home.path()).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() && !path.ends_with("secret") {
                    let bytes = fs::read(&path).unwrap();
                    let mut windows = bytes.windows(password.len());
                    assert!(!windows.any(|at| at == password.as_bytes()), "{path:?}");
                }
            }
        });
    });
}

/// `make endurance` makes it 10,000.
#[test]
fn signatures_cost_five_exchanges_each_and_neither_memory_nor_descriptors() {
    pcscd::alone(1, |service| {
        let desk = desk(service, &hanako().authentication_pin.value);
        let many = std::env::var("SIGNATURES").unwrap_or_else(|_| "200".into());
        let count: usize = many.parse().unwrap();
        let line = format!("./endure $M many {many}");
        let _bystander = open(desk.card.reader()).unwrap();
        let exchanges = BEGINNING + 5 * (20 + count);
        println!("{}", desk.costs("auth", &line, exchanges, 1 + 20 + count));
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}

#[test]
fn three_processes_sign_at_once_beside_opensc() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let pin = &who.authentication_pin.value;
        let desk = desk(service, pin);
        fs::write(desk.path("in"), b"a document").unwrap();
        let line = format!(
            "for i in 1 2 3; do ./endure $M many 30 & all=\"$all $!\"; done
             for i in 1 2 3; do pkcs11-tool --module {} --login --pin {pin} --id 01 --sign \
                 -m SHA256-RSA-PKCS -i in -o out || exit 1; done
             for one in $all; do wait $one || exit 1; done",
            opensc_module().display()
        );
        let (output, cost) = desk.run_with(&module(), "auth", &line);
        assert!(cost.works, "{}", said(&output));
        assert_eq!(cost.verifies, 3 * (1 + 20 + 30) + 3);
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}

/// `make endurance` makes it a minute.
#[test]
fn two_cards_change_places_at_random_under_eight_threads() {
    pcscd::alone(2, |service| {
        let mut desk = desk(service, "");
        desk.card.remove(service);
        let people = ["hanako", "latin"].map(|id| {
            let mut who = Persona::shipped(id).unwrap();
            if id == "latin" {
                who.authentication_pin.value = "5678".into();
                who.signature_password.value = "LATIN678".into();
            }
            who
        });
        let certificates = people.each_ref().map(|who| {
            let both = [&who.authentication, &who.signature];
            both.map(|one| one.as_ref().unwrap().certificate.clone())
        });
        let mut owners = String::new();
        for (who, [auth, _]) in people.iter().zip(&certificates) {
            let print = Digest::of(HashAlgorithm::Sha256, auth);
            let hex: String = print
                .as_bytes()
                .iter()
                .map(|b| format!("{b:02X}"))
                .collect();
            let (pin, password) = (&who.authentication_pin.value, &who.signature_password.value);
            owners += &format!("A{0} {pin}\nS{0} {password}\n", &hex[..15]);
        }
        fs::write(desk.path("owners"), owners).unwrap();
        let seconds = std::env::var("SWAPPING").map_or(10, |text| text.parse().unwrap());
        std::thread::scope(|scope| {
            let program = scope.spawn(|| desk.run_with(&module(), "both", "./endure $M crowd"));
            until(&desk, "ready");
            let mut random = 20_261_129_u32;
            let mut next = |below: u32| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 16) % below
            };
            let end = Instant::now() + Duration::from_secs(seconds);
            // Each card in each reader at least, whatever the machine is busy with.
            let mut round = 0;
            while Instant::now() < end || round < 4 {
                round += 1;
                let turn = if round <= 4 { round } else { next(2) as usize };
                let mut cards = [0, 1].map(|person| {
                    let reader = &service.readers()[(person + turn) % 2];
                    let card = Resident::insert(service, reader, &people[person]);
                    card.record();
                    card
                });
                std::thread::sleep(Duration::from_millis(u64::from(20 + next(1500))));
                let first = next(2) as usize;
                for person in [first, 1 - first] {
                    let card = &mut cards[person];
                    card.remove(service);
                    assert_eq!(card.attempts(), (Some(3), Some(5)));
                    let (pin, password) = (
                        &people[person].authentication_pin.value,
                        &people[person].signature_password.value,
                    );
                    // No other person's value has ever reached it.
                    for command in card.commands() {
                        if presents_a_pin(&command) {
                            let value = &command[5..];
                            assert!(value == pin.as_bytes() || value == password.as_bytes());
                        }
                    }
                }
            }
            File::create(desk.path("stop")).unwrap();
            let (output, cost) = program.join().unwrap();
            assert!(cost.works, "{}", said(&output));
        });
        let mut signed = [[0; 2]; 2];
        for thread in 0..8 {
            let bytes = fs::read(desk.path(&format!("signed-{thread}"))).unwrap();
            let mut rest = &bytes[..];
            while let Some((size, behind)) = rest.split_first_chunk::<4>() {
                let (der, behind) = behind.split_at(u32::from_ne_bytes(*size) as usize);
                let (signature, behind) = behind.split_at(256);
                rest = behind;
                let owner = certificates.iter().flatten().position(|known| known == der);
                let owner = owner.expect("a certificate of one of the two");
                signed[owner / 2][owner % 2] += 1;
                let certificate = Certificate::parse(der).unwrap();
                let digest = Digest::of(HashAlgorithm::Sha256, b"a");
                let signature = Signature::new(SignatureKind::RsaPkcs1v15, signature.to_vec());
                certificate
                    .public_key()
                    .verify_digest(&digest, &signature)
                    .unwrap();
            }
        }
        println!("signed: {signed:?}");
        assert!(
            signed.as_flattened().iter().all(|count| *count > 0),
            "{signed:?}"
        );
    });
}
