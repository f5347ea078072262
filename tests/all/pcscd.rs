//! The private PC/SC service does what the tests that stand on it believe.

use card_tests::foreign::OPENSC_TOOL;
use card_tests::pcscd;
use card_tests::vpcd::{ScriptedCard, Seen};
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};

const ATR: [u8; 9] = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];

#[test]
fn three_readers_are_there_and_a_foreign_client_sees_them() {
    pcscd::alone(3, |service| {
        let names: Vec<_> = service
            .readers()
            .iter()
            .map(|reader| reader.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["Virtual0 00 00", "Virtual0 00 01", "Virtual1 00 00"]
        );
        let list = OPENSC_TOOL.run(&["--list-readers"]).success().text();
        for name in names {
            assert!(list.contains(name), "{name} is missing in:\n{list}");
        }
    });
}

#[test]
fn a_card_comes_speaks_and_goes() {
    pcscd::alone(1, |service| {
        let reader = &service.readers()[0];
        let card = ScriptedCard::insert(reader, &ATR, |command| match command {
            [0x00, 0xA4, ..] => vec![0x90, 0x00],
            _ => vec![0x6D, 0x00],
        });
        service.wait_for_card(reader);
        OPENSC_TOOL
            .run(&["--reader", "0", "--atr"])
            .success()
            .says("3b:e0:00:ff:81:31:fe:45:14");

        let context = Context::establish(Scope::User).unwrap();
        let name = std::ffi::CString::new(reader.name.as_str()).unwrap();
        let client = context
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .unwrap();
        let mut buffer = [0; 258];
        let select = [0x00, 0xA4, 0x04, 0x0C, 0x01, 0xD3];
        assert_eq!(client.transmit(&select, &mut buffer), Ok(&[0x90, 0x00][..]));
        assert_eq!(
            client.transmit(&[0x00, 0xB0, 0, 0, 0], &mut buffer),
            Ok(&[0x6D, 0x00][..])
        );
        card.wait_for(&Seen::Command(select.to_vec()));
        client
            .disconnect(Disposition::UnpowerCard)
            .map_err(|(_, e)| e)
            .unwrap();
        card.wait_for(&Seen::PowerOff);

        drop(card);
        service.wait_for_empty(reader);
    });
}

#[test]
fn the_service_goes_away_and_comes_back() {
    pcscd::alone(1, |service| {
        let reader = service.readers()[0].clone();
        let card = ScriptedCard::insert(&reader, &ATR, |_| vec![0x90, 0x00]);
        service.wait_for_card(&reader);

        service.stop();
        assert_eq!(
            Context::establish(Scope::User).err(),
            Some(pcsc::Error::NoService)
        );
        service.restart();
        service.wait_for_empty(&reader);

        drop(card);
        let _card = ScriptedCard::insert(&reader, &ATR, |_| vec![0x90, 0x00]);
        service.wait_for_card(&reader);
    });
}

#[test]
fn a_failure_inside_is_a_failure_outside() {
    let inside = std::env::var_os("PCSCLITE_CSOCK_NAME").is_some();
    let run = || pcscd::alone(1, |_| panic!("as intended"));
    if inside {
        return run();
    }
    let failure = std::panic::catch_unwind(run).unwrap_err();
    let text = failure
        .downcast_ref::<String>()
        .expect("a formatted message");
    assert!(text.contains("as intended"), "the reason is lost: {text}");
    assert!(text.contains("daemon ready"), "pcscd's log is lost: {text}");
}
