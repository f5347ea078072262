//! Programs that are not ours, on our card, through the real PC/SC service.

use std::fs;
use std::path::Path;

use card_core::{Card, Certificate};
use card_sim::persona::{Credential, Persona};
use card_tests::foreign::{
    OPENSC_TOOL, OPENSSL, PKCS11_TOOL, PKCS15_TOOL, SSH_KEYGEN, opensc_module,
};
use card_tests::pcscd;
use card_tests::resident::Resident;

use crate::foreign::MYNA_CARD;
use crate::real_pcscd::{hanako, journey, open};

const DOCUMENT: &[u8] = b"a document of a made-up resident";

fn authentication(who: &Persona) -> &Credential {
    who.authentication.as_ref().unwrap()
}

fn signature(who: &Persona) -> &Credential {
    who.signature.as_ref().unwrap()
}

/// Whether OpenSSL finds that this certificate's key has signed the document's SHA-256.
pub(crate) fn signed_by(certificate: &[u8], document: &[u8], signature: &[u8]) -> bool {
    judged(certificate, document, signature, &[])
}

fn judged(certificate: &[u8], document: &[u8], signature: &[u8], more: &[&str]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, bytes: &[u8]| {
        let place = folder.path().join(name);
        fs::write(&place, bytes).unwrap();
        place.to_str().unwrap().to_owned()
    };
    let key = ["x509", "-inform", "DER", "-noout", "-pubkey"];
    let key = OPENSSL.run_with(&key, certificate).success().stdout;
    let (key, signature) = (place("key", &key), place("signature", signature));
    let document = place("document", document);
    let check = ["dgst", "-sha256", "-verify", &key, "-signature", &signature];
    let ran = OPENSSL.run(&[&check[..], more, &[&document]].concat());
    ran.status.success()
}

fn der(pem: &[u8]) -> Vec<u8> {
    let convert = ["x509", "-inform", "PEM", "-outform", "DER"];
    OPENSSL.run_with(&convert, pem).success().stdout
}

#[test]
fn opensc_names_the_card_by_its_answer_to_reset_and_by_its_application() {
    pcscd::alone(2, |service| {
        let contacts = hanako();
        let mut air = hanako();
        air.atr = vec![
            0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
        ];
        for (index, who) in [contacts, air].iter().enumerate() {
            let card = Resident::insert(service, &service.readers()[index], who);
            let ran = OPENSC_TOOL
                .run(&["--reader", &index.to_string(), "--name"])
                .success();
            assert_eq!(ran.text().trim(), "jpki", "{}", card.reader());
        }
    });
}

#[test]
fn pkcs15_tool_reads_every_certificate() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let _card = Resident::insert(service, &service.readers()[0], &who);
        let read = |id: &str, more: &[&str]| {
            let ran = PKCS15_TOOL.run(&[&["--read-certificate", id][..], more].concat());
            der(&ran.success().stdout)
        };
        assert_eq!(read("1", &[]), authentication(&who).certificate);
        assert_eq!(read("3", &[]), authentication(&who).ca_certificate);
        assert_eq!(read("4", &[]), signature(&who).ca_certificate);
        let password = &who.signature_password.value;
        let unlock = ["--verify-pin", "--auth-id", "2", "--pin", password];
        assert_eq!(read("2", &unlock), signature(&who).certificate);
    });
}

#[test]
fn pkcs11_tool_logs_in_and_signs_with_both_keys() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        // pcscd takes the power from a card to which nobody is connected, after one or two looks.
        let _bystander = open(card.reader()).unwrap();
        let sign = |slot: &str, id: &str, pin: &str| {
            let module = opensc_module();
            let module = module.to_str().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let (input, output) = (folder.path().join("in"), folder.path().join("out"));
            fs::write(&input, DOCUMENT).unwrap();
            let text = |path: &Path| path.to_str().unwrap().to_owned();
            let ran = PKCS11_TOOL.run(
                &[
                    &[
                        "--module",
                        module,
                        "--slot-index",
                        slot,
                        "--login",
                        "--pin",
                        pin,
                    ][..],
                    &["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", id],
                    &[
                        "--input-file",
                        &text(&input),
                        "--output-file",
                        &text(&output),
                    ],
                ]
                .concat(),
            );
            (ran, fs::read(output).unwrap_or_default())
        };
        let (ran, bytes) = sign("0", "01", &who.authentication_pin.value);
        ran.success();
        assert!(signed_by(
            &authentication(&who).certificate,
            DOCUMENT,
            &bytes
        ));
        let (ran, bytes) = sign("1", "02", &who.signature_password.value);
        ran.success();
        assert!(signed_by(&signature(&who).certificate, DOCUMENT, &bytes));
        // The judge can say no.
        assert!(!signed_by(
            &authentication(&who).certificate,
            DOCUMENT,
            &bytes
        ));

        // It leaves the card unlocked; a job of ours leaves it locked.
        assert!(card.rights_left());
        (journey("signature").run)(&mut Card::new(open(card.reader()).unwrap()), &who).unwrap();
        assert!(!card.rights_left());

        let (ran, bytes) = sign("0", "01", "0000");
        ran.failure().says("CKR_PIN_INCORRECT");
        assert_eq!((card.attempts(), bytes.len()), ((Some(2), Some(5)), 0));
    });
}

#[test]
fn openssh_takes_the_same_key_from_the_card_as_from_our_certificate() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let _card = Resident::insert(service, &service.readers()[0], &who);
        let module = opensc_module();
        let listed = SSH_KEYGEN
            .run(&["-D", module.to_str().unwrap()])
            .success()
            .text();
        let ours = Certificate::parse(&authentication(&who).certificate).unwrap();
        let ours = ours.to_openssh().unwrap();
        let key: Vec<&str> = ours.split_whitespace().take(2).collect();
        assert!(
            listed.contains(&key.join(" ")),
            "{ours} is not in\n{listed}"
        );
    });
}

#[test]
fn myna_card_reads_and_signs() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let card = Resident::insert(service, &service.readers()[0], &who);
        let ask = |command: &[&str]| {
            let arguments = [&[card.reader()], command].concat();
            MYNA_CARD.run_with(&arguments, DOCUMENT).success().stdout
        };
        let (pin, password) = (
            &*who.authentication_pin.value,
            &*who.signature_password.value,
        );
        let token = String::from_utf8(ask(&["token"])).unwrap();
        assert!(token.starts_with("JPKIAPICCTOKEN2\n"), "{token}");
        assert_eq!(ask(&["counters"]), b"3\n5\n");
        for (certificate, expected) in [
            (&["auth"][..], &authentication(&who).certificate),
            (&["auth-ca"], &authentication(&who).ca_certificate),
            (&["sign-ca"], &signature(&who).ca_certificate),
            (&["sign", password], &signature(&who).certificate),
        ] {
            let read = ask(&[&["certificate"], certificate].concat());
            assert_eq!(read, *expected, "{certificate:?}");
        }
        let keys = [
            ("auth", pin, &authentication(&who).certificate),
            ("sign", password, &signature(&who).certificate),
        ];
        for (key, pin, certificate) in keys {
            let signed = ask(&["sign", key, pin, "message"]);
            assert!(
                signed_by(certificate, DOCUMENT, &signed),
                "{key}, hashed by the card"
            );

            let digest = OPENSSL.run_with(&["dgst", "-sha256", "-binary"], DOCUMENT);
            let digest = digest.success().stdout;
            let run = |scheme| {
                let arguments = [card.reader(), "sign", key, pin, scheme];
                MYNA_CARD.run_with(&arguments, &digest).success().stdout
            };
            assert!(
                signed_by(certificate, DOCUMENT, &run("digest")),
                "{key}, hashed by us"
            );
            let pss = [
                "-sigopt",
                "rsa_padding_mode:pss",
                "-sigopt",
                "rsa_pss_saltlen:-1",
            ];
            assert!(
                judged(certificate, DOCUMENT, &run("pss"), &pss),
                "{key}, PSS"
            );
        }
        let wrong = [card.reader(), "sign", "auth", "0000", "message"];
        MYNA_CARD.run(&wrong).failure();
        assert_eq!(card.attempts(), (Some(2), Some(5)));
    });
}

#[test]
fn myna_card_reads_the_same_number_and_attributes() {
    pcscd::alone(1, |service| {
        let card = Resident::insert(service, &service.readers()[0], &hanako());
        let mut seen = 0;
        for id in Persona::SHIPPED {
            let who = Persona::shipped(id).unwrap();
            let usable = who.profile_pin.clone().filter(|pin| pin.left > 0);
            let Some(pin) = usable.filter(|_| !who.without_pins) else {
                continue;
            };
            seen += 1;
            card.reissue(&who);
            let ask = |what| {
                let ran = MYNA_CARD.run(&[card.reader(), what, &pin.value]);
                ran.success().text()
            };
            // Of the swapped resident the card holds somebody else's.
            if *id != "forged-swap" {
                let number = who.holder.my_number.clone().unwrap_or_default();
                assert_eq!(ask("number"), format!("{number}\n"), "{id}");
                if who.holder.birth_date().ends_with("00") {
                    // It has no place for a birth date of which a part is unknown.
                    let ran = MYNA_CARD.run(&[card.reader(), "attributes", &pin.value]);
                    ran.failure().says("not a calendar date");
                    continue;
                }
                let attributes = ask("attributes");
                let mut lines = attributes.lines();
                if *id != "forged-digest" {
                    assert_eq!(lines.next(), Some(&*who.holder.name), "{id}");
                    assert_eq!(lines.next(), Some(&*who.holder.address), "{id}");
                    let birth = lines.next().unwrap().replace('-', "");
                    assert_eq!(birth, who.holder.birth_date(), "{id}");
                }
            }
        }
        assert!(seen >= 9, "{seen}");
    });
}
