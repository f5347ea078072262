//! No PIN, name, address or number of a person reaches a trace, an error or a `Debug` output.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use card_core::observe::{Event, Exchange, Observer, Transcript};
use card_core::{Card, SignaturePassword, Spend, UserPin};
use card_sim::fault::{Fault, Plan};
use card_sim::front::in_process::SimulatedCard;
use card_sim::persona::Persona;

use crate::journey::JOURNEYS;

/// Everything that was shown, in one text.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<u8>>>);

impl Shown {
    fn add(&self, text: &str) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.extend(text.as_bytes());
        shown.push(b'\n');
    }

    fn text(&self) -> String {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&shown).into_owned()
    }
}

impl io::Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows as much as anybody can: the transcript, and `Debug` and `Display` of all that is lent.
struct Curious(Transcript<Shown>, Shown);

impl Observer for Curious {
    fn exchange(&mut self, exchange: &Exchange<'_>) {
        self.1.add(&format!("{exchange:?} {exchange:#?}"));
        self.0.exchange(exchange);
    }

    fn event(&mut self, event: &Event) {
        self.1.add(&format!("{event:?}"));
        self.0.event(event);
    }
}

/// A value in every form in which it could slip out.
pub(crate) fn forms(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let joined = |form: fn(&u8) -> String, between: &str| {
        bytes.iter().map(form).collect::<Vec<_>>().join(between)
    };
    let mut forms = vec![value.to_owned()];
    for between in ["", " ", ", ", ":"] {
        forms.push(joined(|byte| format!("{byte:02X}"), between));
        forms.push(joined(|byte| format!("{byte:02x}"), between));
    }
    for between in [" ", ", "] {
        forms.push(joined(u8::to_string, between));
    }
    forms
}

/// Values that must not be seen, unlike anything else that is shown.
pub(crate) fn secrets(who: &Persona) -> Vec<String> {
    let mut secrets = vec![
        who.authentication_pin.value.clone(),
        who.signature_password.value.clone(),
        "9642".into(),
        "WRONGPW8".into(),
        who.holder.name.clone(),
        who.holder.address.clone(),
        who.holder.birth.clone(),
        who.card.serial.clone(),
    ];
    secrets.extend(who.holder.my_number.clone());
    secrets.extend(who.profile_pin.as_ref().map(|pin| pin.value.clone()));
    secrets.extend(who.card.verification_number_b());
    secrets
}

fn canary(id: &str) -> Persona {
    let mut who = Persona::shipped(id).unwrap();
    who.authentication_pin.value = "9753".into();
    who.signature_password.value = "CANARY97".into();
    if let Some(pin) = &mut who.profile_pin {
        pin.value = "9714".into();
    }
    who
}

fn attempt_everything(who: &Persona, shown: &Shown) {
    let watched = |card: &SimulatedCard| {
        Card::new(card.reader()).observed_by(Curious(Transcript::new(shown.clone()), shown.clone()))
    };
    for journey in JOURNEYS {
        let exchanges = {
            let card = SimulatedCard::new(who);
            let _ = (journey.run)(&mut watched(&card), who);
            card.exchanges()
        };
        for at in 1..=exchanges {
            for fault in [
                Fault::LoseAnswer,
                Fault::Truncate(30),
                Fault::Status(0x6982),
            ] {
                let card = SimulatedCard::new(who);
                card.set_plan(Plan::new().at(at, fault));
                let mut library = watched(&card);
                if let Err(error) = (journey.run)(&mut library, who) {
                    shown.add(&format!("{error} {error:?} {library:?}"));
                }
            }
        }
    }
    let card = SimulatedCard::new(who);
    let mut library = watched(&card);
    let mut transaction = library.begin().unwrap();
    let mut jpki = transaction.jpki().unwrap();
    let pin = UserPin::parse(b"9642").unwrap();
    let password = SignaturePassword::parse(b"WRONGPW8").unwrap();
    shown.add(&format!("{pin:?} {password:?} {jpki:?}"));
    if let Err(error) = jpki.unlock_authentication(&pin, Spend::KeepOne) {
        shown.add(&format!("{error} {error:?}"));
    }
    if let Err(error) = jpki.unlock_signature(&password, Spend::KeepOne) {
        shown.add(&format!("{error} {error:?}"));
    }
    let right = SignaturePassword::parse(who.signature_password.value.as_bytes()).unwrap();
    let mut key = jpki.unlock_signature(&right, Spend::KeepOne).unwrap();
    let certificate = key.certificate().unwrap();
    shown.add(&format!(
        "{key:?} {certificate:?} {:?}",
        certificate.attributes()
    ));
}

#[test]
fn nothing_shown_holds_a_secret_or_a_person() {
    for id in ["hanako", "nagai", "taro"] {
        let who = canary(id);
        let shown = Shown::default();
        attempt_everything(&who, &shown);
        let text = shown.text();
        assert!(
            text.contains("[secret]") && text.contains("personal bytes"),
            "nothing was shown"
        );
        for secret in secrets(&who) {
            for form in forms(&secret) {
                let line = text.lines().find(|line| line.contains(&form));
                assert_eq!(line, None, "{id}: {secret} was shown as {form}");
            }
        }
    }
}

#[test]
fn the_search_finds_what_it_searches_for() {
    for form in [
        "9753",
        "39 37 35 33",
        "39373533",
        "57, 55, 53, 51",
        "57 55 53 51",
    ] {
        assert!(forms("9753").iter().any(|known| known == form), "{form}");
    }
    let name = forms("見本");
    assert!(name.iter().any(|form| form == "E8A68BE69CAC"));
}
