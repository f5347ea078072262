//! Misuse of the module by a program in C: `abuse.c` has the cases.

use std::fs;
use std::path::Path;

use card_tests::pcscd::{self, Pcscd};

use super::{Desk, module, said, valgrind};
use crate::real_pcscd::{hanako, open};

/// Compiles the program and runs it.
fn abuse(service: &Pcscd, runner: &str) {
    let who = hanako();
    let desk = Desk::new(service, &who);
    let _bystander = open(desk.card.reader()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("all/pkcs11");
    fs::copy(folder.join("abuse.c"), desk.path("abuse.c")).unwrap();
    let line = format!(
        "gcc -Wall -Werror -g -I/usr/include/p11-kit-1 abuse.c -o abuse -lpthread && \
         {runner} ./abuse $M {} {}",
        who.authentication_pin.value, who.signature_password.value
    );
    let (output, cost) = desk.run_with(&module(), "auth", &line);
    let said = said(&output);
    assert!(
        cost.works && said.contains(" 0 failures"),
        "{cost:?}\n{said}"
    );
    // The module prints nothing.
    assert_eq!(said.lines().count(), 1, "{said}");
    let cases: usize = said
        .lines()
        .find_map(|line| line.split_once(" cases")?.0.parse().ok())
        .unwrap();
    assert!(cases >= 80, "{said}");
    // One wrong value; two logins; two signatures and four threads with three each.
    assert_eq!((cost.verifies, cost.unlocked), (1 + 2 + 2 + 12, false));
    assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
}

#[test]
fn misuse_is_answered_as_the_standard_says_and_costs_what_was_consented_to() {
    pcscd::alone(1, |service| abuse(service, valgrind()));
}
