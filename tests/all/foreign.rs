//! The wrappers around foreign programs find them and tell their answers apart.

use card_tests::foreign::{self, OPENSSL, PKCS11_TOOL, PKCS15_TOOL, SSH_KEYGEN, Tool};
use card_tests::pcscd;
use card_tests::vpcd::ScriptedCard;

/// The client of ours that is made of somebody else's crate.
pub(crate) const MYNA_CARD: Tool = foreign::ours(env!("CARGO_BIN_EXE_foreign-myna-card"));

#[test]
fn every_tool_is_installed() {
    OPENSSL.run(&["version"]).success().says("OpenSSL");
    SSH_KEYGEN.run(&["-?"]).failure().says("usage: ssh-keygen");
    PKCS15_TOOL.run(&["--help"]).says("pkcs15-tool");
    let module = foreign::opensc_module();
    PKCS11_TOOL
        .run(&["--module", &module.to_string_lossy(), "--show-info"])
        .says("OpenSC");
}

#[test]
fn input_goes_in_and_output_comes_out() {
    let ran = OPENSSL
        .run_with(&["dgst", "-sha256", "-binary"], b"abc")
        .success();
    assert_eq!(ran.stdout[..4], [0xBA, 0x78, 0x16, 0xBF]);
}

#[test]
#[should_panic = "no-such-tool (Debian package no-such-package)"]
fn a_missing_tool_names_its_package() {
    Tool {
        program: "no-such-tool",
        package: "no-such-package",
    }
    .run(&[]);
}

#[test]
fn myna_card_asks_a_card_behind_pcscd_for_its_counters() {
    pcscd::alone(1, |service| {
        let reader = &service.readers()[0];
        let mut file = 0;
        let _card = ScriptedCard::insert(reader, &[0x3B, 0x80, 0x01, 0x81], move |c| match *c {
            [0x00, 0xA4, 0x04, ..] => vec![0x90, 0x00],
            [0x00, 0xA4, 0x02, _, 0x02, 0x00, id, ..] => {
                file = id;
                vec![0x90, 0x00]
            }
            [0x00, 0x20, 0x00, 0x80, ..] if file == 0x18 => vec![0x63, 0xC3],
            [0x00, 0x20, 0x00, 0x80, ..] => vec![0x63, 0xC0],
            _ => vec![0x6D, 0x00],
        });
        service.wait_for_card(reader);
        assert_eq!(
            MYNA_CARD.run(&[&reader.name, "counters"]).success().text(),
            "3\nblocked\n"
        );
        MYNA_CARD
            .run(&[&reader.name, "token"])
            .failure()
            .says("6D00");
        MYNA_CARD
            .run(&["Elsewhere 00 00", "token"])
            .failure()
            .says("no such PC/SC reader");
    });
}
