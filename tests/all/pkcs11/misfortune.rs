//! A card removed, reset or silent at every exchange of first look, login and signature.

use card_sim::fault::{Fault, Plan};
use card_tests::pcscd::{self, Pcscd};

use super::endure::desk;
use super::{module, said, valgrind};
use crate::real_pcscd::hanako;

/// First look 10, login 4, signature 5.
const EXCHANGES: usize = 19;

#[test]
fn a_card_removed_before_any_command_spends_nothing() {
    pcscd::alone(1, |service| every_exchange(service, Fault::Remove));
}

#[test]
fn a_card_removed_before_any_answer_spends_nothing() {
    pcscd::alone(1, |service| every_exchange(service, Fault::RemoveAfter));
}

#[test]
fn a_card_reset_before_any_command_spends_nothing() {
    pcscd::alone(1, |service| every_exchange(service, Fault::ForeignReset));
}

#[test]
fn a_lost_answer_at_any_exchange_spends_nothing() {
    pcscd::alone(1, |service| every_exchange(service, Fault::LoseAnswer));
}

/// The program ends by itself, whatever happens at whichever exchange; a watchdog would kill it.
fn every_exchange(service: &Pcscd, fault: Fault) {
    let who = hanako();
    // Not `pkcs11-tool`: where C_Sign fails it tries again in parts, which is a second signature.
    let mut desk = desk(service, &who.authentication_pin.value);
    let line = format!("{} ./endure $M one", valgrind());
    let mut wrong = String::new();
    for exchange in 1..=EXCHANGES {
        let plan = Plan::new().at(exchange, fault);
        let (output, cost) = desk.run_planned(&module(), "auth", &line, plan);
        let code = output.status.code();
        let ended = code == Some(0) || code == Some(1);
        let attempts = desk.card.attempts();
        if !ended || cost.verifies > 2 || cost.unlocked || attempts != (Some(3), Some(5)) {
            let said = said(&output);
            wrong += &format!("{fault:?} at {exchange}: {code:?} {cost:?} {attempts:?}\n{said}\n");
        }
        // The same card again, whatever became of it.
        desk.card.remove(service);
        desk.card.reissue(&who);
        desk.card.insert_again(service);
    }
    println!("PKCS #11 login and signature, {fault:?}: {EXCHANGES} interruptions");
    assert!(wrong.is_empty(), "{wrong}");
    // And nothing stays behind in the service.
    desk.costs("auth", &line, EXCHANGES, 2);
}
