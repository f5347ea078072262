//! Beside a program that keeps the card, over many signatures, and what memory holds afterwards:
//! `endure.c` is the program.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use card_core::Card;
use card_tests::pcscd::{self, Pcscd};

use super::{Desk, module, said};
use crate::real_pcscd::{hanako, open};

/// Exchanges of a first look and an authentication login.
const BEGINNING: usize = 10 + 4;

fn desk(service: &Pcscd, secret: &str) -> Desk {
    let desk = Desk::new(service, &hanako());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("all/pkcs11/endure.c");
    fs::copy(source, desk.path("endure.c")).unwrap();
    fs::write(desk.path("secret"), secret).unwrap();
    let compile = "gcc -Wall -Werror -I/usr/include/p11-kit-1 endure.c -o endure";
    desk.costs("auth", compile, 0, 0);
    desk
}

#[test]
fn while_another_program_keeps_the_card_looking_goes_on_and_a_signature_waits() {
    pcscd::alone(1, |service| {
        let desk = desk(service, &hanako().authentication_pin.value);
        let until = |name: &str| {
            let patience = Instant::now() + Duration::from_secs(120);
            while !desk.path(name).exists() {
                assert!(Instant::now() < patience, "{name}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        std::thread::scope(|scope| {
            let program = scope.spawn(|| desk.run_with(&module(), "auth", "./endure $M busy"));
            until("ready");
            let mut card = Card::new(open(desk.card.reader()).unwrap());
            let transaction = card.begin().unwrap();
            File::create(desk.path("held")).unwrap();
            // Looking has ended although the transaction has not.
            until("looked");
            assert!(!desk.path("signed").exists());
            transaction.end().unwrap();
            let (output, cost) = program.join().unwrap();
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

#[test]
fn after_logout_the_memory_of_the_program_holds_the_value_nowhere() {
    pcscd::alone(1, |service| {
        // A password that nothing else in memory looks like.
        let desk = desk(service, &hanako().signature_password.value);
        let said = desk.costs("sign", "./endure $M canary", 10 + 11 + 5, 2);
        assert!(said.contains(" 0 behind C_Logout"), "{said}");
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
