//! The census of a card: it costs nothing, says nothing of the holder, and the simulator can be like
//! the card that it saw.

use card_core::probe::{Behaviour, Census, OBSERVED, census};
use card_core::{Card, Error};
use card_sim::applets::Application;
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::Persona;

use crate::canary;

/// The census of a card and every command that it sent.
fn taken(who: &Persona) -> (Census, Vec<Vec<u8>>) {
    let card = SimulatedCard::new(who);
    card.record_commands(true);
    let before = counters(&card);
    let mut library = Card::new(card.reader());
    let census = (|| -> Result<Census, Error> {
        let mut transaction = library.begin()?;
        let census = census(&mut transaction)?;
        transaction.end()?;
        Ok(census)
    })();
    assert_eq!(card.verify_commands_seen(), 0, "{}", who.id);
    assert_eq!(counters(&card), before, "{}", who.id);
    assert!(!card.rights_left());
    (census.unwrap(), card.commands())
}

fn counters(card: &SimulatedCard) -> Vec<Option<u8>> {
    use Application::{Common, Jpki, Licence, Profile, Resident, Visual};
    [
        (Jpki, 0x18),
        (Jpki, 0x1b),
        (Profile, 0x11),
        (Profile, 0x12),
        (Profile, 0x14),
        (Profile, 0x15),
        (Visual, 0x11),
        (Visual, 0x12),
        (Visual, 0x13),
        (Common, 0x1c),
        (Resident, 0x1c),
        (Licence, 0x06),
        (Licence, 0x02),
    ]
    .map(|(application, pin)| card.attempts_left(application, pin))
    .to_vec()
}

/// SELECT, READ and GET DATA in class 00, and VERIFY of four bytes: no data, no Le.
fn is_free(command: &[u8]) -> bool {
    matches!(
        *command,
        [0x00, 0xa4, 0x02 | 0x04, 0x0c, ..]
            | [0x00, 0xb0 | 0xb2 | 0xc0 | 0xca, ..]
            | [0x00, 0x20, 0x00, _]
    )
}

/// Every resident, and the standard one with every value of every quirk.
fn all() -> Vec<Persona> {
    let mut all: Vec<Persona> = Persona::SHIPPED
        .iter()
        .map(|id| Persona::shipped(id).unwrap())
        .collect();
    for name in Quirks::NAMES {
        for value in Quirks::values_of(name) {
            let mut who = Persona::shipped("hanako").unwrap();
            who.quirks.set(name, value).unwrap();
            all.push(who);
        }
    }
    all
}

#[test]
fn nothing_but_free_commands_is_ever_sent() {
    for who in all() {
        let (_, commands) = taken(&who);
        assert!(commands.len() > 30, "{}: {}", who.id, commands.len());
        let costly = commands.iter().find(|command| !is_free(command));
        assert_eq!(costly, None, "{} {:?}", who.id, who.quirks);
    }
    assert!(!is_free(&[0, 0x20, 0, 0x98, 4, 0x31, 0x32, 0x33, 0x34]));
    assert!(!is_free(&[0, 0x20, 0, 0x98, 0]));
    assert!(!is_free(&[0x80, 0x2a, 0, 0x97]));
}

/// Two people with the same kind of card have the same census, to the last character.
#[test]
fn nothing_of_the_holder_is_in_a_census() {
    let said = |who: &Persona| format!("{:?}", taken(who).0);
    for id in ["hanako", "nagai", "taro", "menkyo"] {
        let mut who = Persona::shipped(id).unwrap();
        let text = said(&who);
        for secret in canary::secrets(&who) {
            for form in canary::forms(&secret) {
                assert!(!text.contains(&form), "{id}: {form}");
            }
        }
        // The same card of somebody else: other records, other certificates, other counters.
        let other = Persona::shipped("rokku-auth").unwrap();
        who.holder = other.holder.clone();
        who.card = other.card.clone();
        who.authentication = other.authentication.clone();
        who.signature = other.signature.clone();
        who.records = other.records.clone();
        who.authentication_pin.left = 2;
        assert_eq!(said(&who), text, "{id}");
    }
}

/// What a census finds is what the card was made with, and a card made from it gives it again.
#[test]
fn the_simulator_can_be_like_the_card_that_was_seen() {
    let mut decided = std::collections::BTreeSet::new();
    for name in OBSERVED {
        for value in Quirks::values_of(name) {
            let mut who = Persona::shipped("hanako").unwrap();
            who.quirks.set(name, value).unwrap();
            let (seen, _) = taken(&who);
            let found = seen.behaviours.iter().find(|it| it.quirk == name);
            // A first command that is answered as usual proves nothing.
            if (name, *value) != ("first-command", "normal") {
                let expected = Behaviour { quirk: name, value };
                assert_eq!(found, Some(&expected), "{name} = {value}");
                decided.insert(name);
            }
            let mut like = Persona::shipped("hanako").unwrap();
            for Behaviour { quirk, value } in &seen.behaviours {
                like.quirks.set(quirk, value).unwrap();
            }
            assert_eq!(like.quirks, who.quirks, "{name} = {value}");
            assert_eq!(taken(&like).0, seen, "{name} = {value}");
        }
    }
    assert_eq!(decided.len(), OBSERVED.len());
}
