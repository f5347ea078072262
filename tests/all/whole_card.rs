//! The whole card: what the library reads and proves of every simulated resident.

use card_core::applet::visual::PictureFormat;
use card_core::genuine::{Challenge, Evidence, Report, Verdict};
use card_core::pin::{
    BirthPin, ProfilePin, ResidentPin, UserPin, VerificationNumberA, VerificationNumberB,
};
use card_core::trust::cv::{IssuerKey, IssuerKeys, KeyId};
use card_core::{Card, Digest, Error, HashAlgorithm, Spend, Transaction, resident_pin};
use card_sim::fault::{Fault, Plan};
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::quirk::Quirks;
use card_sim::persona::{Persona, issuer_keys};

const CHALLENGE: Challenge = Challenge::new([0x3C; 32]);
const SPEND: Spend = Spend::KeepOne;

fn issuers() -> IssuerKeys {
    let key = |key: card_sim::persona::IssuerKey| {
        IssuerKey::new(KeyId::new(key.id), &key.modulus, &key.exponent).unwrap()
    };
    IssuerKeys::of(issuer_keys().into_iter().map(key).collect())
}

fn extended(mut who: Persona) -> Persona {
    who.atr = vec![
        0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73,
        0xC6, 0x01, 0xC0, 0x3B,
    ];
    who.largest_apdu = Some(65_544);
    who
}

/// What opens a resident's card.
struct Secrets {
    pin: ProfilePin,
    a: VerificationNumberA,
    b: VerificationNumberB,
    birth: BirthPin,
}

fn secrets(who: &Persona) -> Secrets {
    let published = who.published_secrets();
    let b = published.verification_number_b.clone().unwrap();
    Secrets {
        pin: ProfilePin::parse(published.profile_pin.unwrap().as_bytes()).unwrap(),
        a: VerificationNumberA::parse(published.verification_number_a.unwrap().as_bytes()).unwrap(),
        b: VerificationNumberB::parse(b.as_bytes()).unwrap(),
        birth: BirthPin::parse(published.birth_pin.as_bytes()).unwrap(),
    }
}

/// Does something in one transaction; says how many exchanges it took, forgetting included.
fn with<T>(who: &Persona, job: impl FnOnce(&mut Transaction<'_>, &Secrets) -> T) -> (T, usize) {
    let simulated = SimulatedCard::new(who);
    let mut card = Card::new(simulated.reader());
    let mut transaction = card.begin().unwrap();
    let done = job(&mut transaction, &secrets(who));
    transaction.end().unwrap();
    assert!(!simulated.rights_left());
    (done, simulated.exchanges())
}

/// Every kind of proof, with the birth date's unknown number of attempts agreed to.
type Proving = fn(&mut Transaction<'_>, &Secrets) -> Result<Evidence, Error>;

const PROOFS: [(&str, Proving); 5] = [
    ("profile", |card, it| {
        Evidence::profile(&mut card.profile()?, &it.pin, SPEND, Some(CHALLENGE))
    }),
    ("age", |card, it| {
        let all = Spend::LastAttempt;
        Evidence::age(&mut card.visual()?, &it.birth, all, Some(CHALLENGE))
    }),
    ("face by A", |card, it| {
        Evidence::face(&mut card.visual()?, &it.a, SPEND, Some(CHALLENGE))
    }),
    ("face by B", |card, it| {
        Evidence::face(&mut card.visual()?, &it.b, SPEND, Some(CHALLENGE))
    }),
    ("number", |card, it| {
        Evidence::number(&mut card.visual()?, &it.a, SPEND, Some(CHALLENGE))
    }),
];

/// Honest residents whose card has the records, with number and code.
fn residents() -> impl Iterator<Item = (&'static str, Persona)> {
    let honest = |id: &&&str| !Persona::FORGED.contains(id);
    Persona::SHIPPED.iter().filter(honest).filter_map(|id| {
        let who = Persona::shipped(id).unwrap();
        let opens = !who.without_pins && who.published_secrets().profile_pin.is_some();
        let whole = who.records.is_some() && opens;
        whole.then_some((*id, who))
    })
}

#[test]
fn every_resident_reads_back_and_is_genuine() {
    let mut seen = 0;
    for (id, who) in residents() {
        for who in [who.clone(), extended(who)] {
            seen += 1;
            let (read, _) = with(&who, |card, it| {
                let mut profile = card.profile()?;
                let mut open = profile.unlock(&it.pin, SPEND)?;
                let read = (open.number()?, open.attributes()?);
                assert_eq!(read.1.unknown, [], "{id}");
                let mut visual = card.visual()?;
                let face = visual.unlock(&it.b, SPEND)?.face()?;
                let picture = visual.unlock(&it.a, SPEND)?.number_picture()?;
                let age = visual.unlock(&it.birth, Spend::LastAttempt)?.age_record()?;
                Ok::<_, Error>((read, face, picture, age))
            });
            let ((number, record), face, picture, age) =
                read.unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(
                Some(number.reveal()),
                who.holder.my_number.as_deref(),
                "{id}"
            );
            let attributes = record.attributes;
            assert_eq!(attributes.name.as_deref(), Some(&*who.holder.name), "{id}");
            assert_eq!(
                attributes.address.as_deref(),
                Some(&*who.holder.address),
                "{id}"
            );
            let birth = card_core::domain::date::BirthDate::from_record(who.holder.birth_date());
            assert_eq!(attributes.birth, birth.ok(), "{id}");
            assert_eq!(
                (face.birth, Some(age.birth)),
                (birth.ok(), birth.ok()),
                "{id}"
            );
            assert_eq!(face.sex, attributes.sex, "{id}");
            let expiry = face.expiry.unwrap().to_string().replace('-', "");
            assert_eq!(expiry, who.card.expiry, "{id}");
            // Below one year of age the card has no portrait.
            let format = face.portrait.map(|portrait| portrait.format());
            let expected = (id != "akachan").then_some(PictureFormat::Jpeg2000);
            assert_eq!(format, expected, "{id}");
            for drawn in [
                face.name,
                face.address,
                face.security_code,
                Some(picture.picture),
            ] {
                assert_eq!(drawn.unwrap().format(), PictureFormat::Png, "{id}");
            }
            for (name, proving) in PROOFS {
                let (evidence, _) = with(&who, proving);
                let report = evidence.unwrap().judge(&issuers());
                assert!(report.all_valid(), "{id}: {name}: {report:?}");
            }
        }
    }
    assert!(seen >= 8, "only {seen} cards");
}

#[test]
fn every_proof_stays_in_its_budget() {
    for long in [false, true] {
        let who = Persona::shipped(if long { "nagai" } else { "hanako" }).unwrap();
        let (evidence, face) = with(&who, PROOFS[3].1);
        let card_core::genuine::Record::Face(read) = evidence.unwrap().record else {
            panic!()
        };
        assert_eq!(face, 3 + read.len().div_ceil(256) + 5);
        let short = PROOFS.map(|(_, proving)| with(&who, proving).1);
        assert_eq!([short[0], short[1]], [if long { 16 } else { 15 }, 11]);
        let who = extended(who);
        let extended = PROOFS.map(|(_, proving)| with(&who, proving).1);
        assert_eq!(extended, [10, 7, 7, 7, 7]);
    }
}

#[test]
fn forgeries_fail_by_the_rule_they_break() {
    let report = |id: &str, proof: usize| -> Report {
        let who = Persona::shipped(id).unwrap();
        with(&who, PROOFS[proof].1).0.unwrap().judge(&issuers())
    };
    let code = |found: Verdict| found.reason().map(|reason| reason.code());
    let codes = |id, proof| {
        let report = report(id, proof);
        [report.signature, report.issuer, report.live].map(code)
    };
    let digest = [Some("record.attributes-digest"), None, None];
    assert_eq!(codes("forged-digest", 0), digest);
    assert_eq!(
        codes("forged-face", 2),
        [Some("record.signature"), None, None]
    );
    for proof in 1..5 {
        assert_eq!(
            codes("forged-clone", proof),
            [None, None, Some("live.signature")]
        );
        assert_eq!(
            codes("forged-issuer", proof),
            [None, Some("issuer.unknown"), None]
        );
    }
    // What nothing binds, no check can find; the report says so.
    let swapped = report("forged-swap", 0);
    assert!(swapped.all_valid());
    assert_eq!(swapped.not_proven[0].code(), "records.not-bound");
}

#[test]
fn every_doubt_about_the_card_leaves_the_proofs_standing() {
    for name in Quirks::NAMES {
        for value in Quirks::values_of(name) {
            for long_commands in [false, true] {
                let mut who = Persona::shipped("hanako").unwrap();
                who.quirks.set(name, value).unwrap();
                if long_commands {
                    who = extended(who);
                }
                for (proof, proving) in PROOFS {
                    let place = format!("{name} = {value}, {long_commands}: {proof}");
                    match with(&who, proving).0 {
                        Ok(evidence) => {
                            let report = evidence.judge(&issuers());
                            // A key that answers to nobody would be a finding, not a failure.
                            assert!(report.all_valid(), "{place}: {report:?}");
                        }
                        Err(Error::Pin { .. })
                            if *name == "visual-entries-open-with" && proof == "face by A" => {}
                        Err(error) => panic!("{place}: {error}"),
                    }
                }
            }
        }
    }
}

#[test]
fn secure_messaging_reads_the_same() {
    let who = extended(Persona::shipped("nagai").unwrap());
    let (read, _) = with(&who, |card, it| {
        let mut profile = card.profile()?;
        let mut open = profile.unlock(&it.pin, SPEND)?;
        open.secure(&[7; 32])?;
        let number = open.number()?;
        // A refusal in between moves the counter as well.
        Ok::<_, Error>((number, open.attributes()?, open.number()?))
    });
    let (number, record, again) = read.unwrap();
    assert_eq!(Some(number.reveal()), who.holder.my_number.as_deref());
    assert_eq!(
        (number, record.attributes.address),
        (again, Some(who.holder.address.clone()))
    );
    let who = Persona::shipped("hanako").unwrap();
    let (short, _) = with(&who, |card, it| {
        let mut profile = card.profile().unwrap();
        let opened = profile.unlock(&it.pin, SPEND).unwrap().secure(&[7; 32]);
        opened.unwrap_err().code()
    });
    assert_eq!(short, "secure.extended-length");
}

/// A refusal is told with its status, and never taken for an empty answer.
#[test]
fn a_refusal_is_no_answer() {
    type Job = fn(&mut Transaction<'_>) -> Result<(), Error>;
    let jobs: [(&str, u8, Job); 5] = [
        ("signature", 0x2A, |card| {
            let (mut jpki, pin) = (card.jpki()?, UserPin::parse(b"1234").unwrap());
            let mut key = jpki.unlock_authentication(&pin, SPEND)?;
            key.sign_pss(&digest()).map(drop)
        }),
        ("session", 0xAE, |card| {
            let (mut profile, pin) = (card.profile()?, ProfilePin::parse(b"4321").unwrap());
            profile.unlock(&pin, SPEND)?.secure(&[7; 32])
        }),
        ("own key", 0x2A, |card| {
            card.visual()?.prove(&digest()).map(drop)
        }),
        ("record", 0xB2, |card| {
            card.common()?.card_number().map(drop)
        }),
        ("data object", 0xCA, |card| {
            card.issuer()?.card_identification().map(drop)
        }),
    ];
    let who = extended(Persona::shipped("hanako").unwrap());
    for (name, instruction, job) in jobs {
        let done = |plan| with_plan(&who, plan, |card| job(card).map_err(|error| error.code())).0;
        assert_eq!(done(Plan::new()), Ok(()), "{name}");
        let refused = Plan::new().on(instruction, Fault::Status(0x6F00));
        assert_eq!(done(refused), Err("card.refused"), "{name}");
    }
}

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"what is signed")
}

fn with_plan<T>(
    who: &Persona,
    plan: Plan,
    job: impl FnOnce(&mut Transaction<'_>) -> T,
) -> (T, usize) {
    let simulated = SimulatedCard::new(who);
    simulated.set_plan(plan);
    let mut card = Card::new(simulated.reader());
    let mut transaction = card.begin().unwrap();
    let done = job(&mut transaction);
    let exchanges = simulated.exchanges();
    transaction.end().unwrap();
    (done, exchanges)
}

/// `6700`: where reader and card can do more than 256 bytes the other length is tried, once.
#[test]
fn a_wrong_length_is_answered_with_the_other_one() {
    let too_long = |at| Plan::new().at(at, Fault::Status(0x6700));
    let short = Persona::shipped("hanako").unwrap();
    let long = extended(short.clone());
    // A data object is asked for in short form first.
    let object =
        |who: &Persona, plan| with_plan(who, plan, |card| card.issuer()?.card_identification());
    let (plain, exchanges) = object(&short, Plan::new());
    let plain = plain.unwrap();
    assert!(plain.is_some());
    assert_eq!(exchanges, 2);
    let (again, exchanges) = object(&long, too_long(2));
    assert_eq!((again.unwrap(), exchanges), (plain, 3));
    let (refused, exchanges) = object(&short, too_long(2));
    assert_eq!(refused.unwrap_err().code(), "card.refused");
    assert_eq!(exchanges, 2);

    // A file that takes a second READ of more than 256 bytes.
    let certificate = |who: &Persona, plan| {
        let read = |card: &mut Transaction<'_>| card.jpki()?.authentication_certificate();
        with_plan(who, plan, read)
    };
    let length = certificate(&short, Plan::new()).0.unwrap().to_der().len();
    assert!((1_300..2_000).contains(&length), "{length}");
    let mut thousand = long;
    thousand.largest_apdu = Some(1_000);
    let (read, exchanges) = certificate(&thousand, Plan::new());
    assert_eq!((read.unwrap().to_der().len(), exchanges), (length, 3));
    let (read, exchanges) = certificate(&thousand, too_long(3));
    let first = length - 1_000;
    let rest = 3 + first.div_ceil(256);
    assert_eq!((read.unwrap().to_der().len(), exchanges), (length, rest));
    for at in [2, 3] {
        let (read, exchanges) = certificate(&short, too_long(at));
        assert_eq!(read.unwrap_err().code(), "card.refused", "{at}");
        assert_eq!(exchanges, at);
    }
}

#[test]
fn the_resident_pin_is_changed_in_both_places() {
    let who = Persona::shipped("hanako").unwrap();
    let simulated = SimulatedCard::new(&who);
    let mut card = Card::new(simulated.reader());
    let old = ResidentPin::parse(who.resident_pin.value.as_bytes()).unwrap();
    let new = ResidentPin::parse(b"8642").unwrap();
    let mut transaction = card.begin().unwrap();
    resident_pin::change(&mut transaction, &old, &new, SPEND).unwrap();
    transaction.end().unwrap();
    assert_eq!(
        (simulated.exchanges(), simulated.verify_commands_seen()),
        (13, 2)
    );
    let mut transaction = card.begin().unwrap();
    transaction.common().unwrap().unlock(&new, SPEND).unwrap();
    transaction.resident().unwrap().unlock(&new, SPEND).unwrap();
    let keys = (
        transaction.common().unwrap().key_reference().unwrap(),
        transaction.resident().unwrap().key_reference().unwrap(),
    );
    assert_eq!(keys.0, keys.1);
}
