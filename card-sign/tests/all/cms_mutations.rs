//! Signatures broken on purpose: each is refused for the right rule, and none is accepted.

use std::io::Read;

use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_sign::cms::rules::*;
use card_sign::report::{Report, Rule};
use card_sign::{Policy, Profile, cms};
use card_sim::persona::{Credential, PrivateKey};
use rsa::Pkcs1v15Sign;
use rsa::traits::PublicKeyParts as _;

use crate::forge::*;
use crate::pki;
use crate::signed;
use crate::told::told;

const CONTENT: &[u8] = "契約書".as_bytes();

fn check(signed: &[u8], content: &[u8], policy: &Policy<'_>) -> Report {
    told(cms::verify_detached(&mut &signed[..], &mut &content[..], policy).unwrap())
}

/// The file has to be refused, and this rule has to be among those that say so.
#[track_caller]
fn refused(name: &str, signed: &[u8], rule: Rule) {
    refused_under(name, signed, CONTENT, &pki::policy(), rule);
}

#[track_caller]
fn refused_under(name: &str, signed: &[u8], content: &[u8], policy: &Policy<'_>, rule: Rule) {
    let report = check(signed, content, policy);
    assert!(!report.is_accepted(), "{name} was accepted");
    assert!(
        report.fails(rule),
        "{name} not refused by {}: {:#?}",
        rule.id(),
        report.document
    );
}

/// What is changed in a forge before it is built.
type Change = fn(&mut Forge);

#[test]
fn the_forge_makes_right_signatures_when_nothing_is_changed() {
    for profile in [Profile::Any, Profile::Cades] {
        let policy = Policy {
            profile,
            ..pki::policy()
        };
        let report = check(&Forge::new(CONTENT).build(), CONTENT, &policy);
        assert!(report.is_accepted(), "{report:#?}");
    }
    let attached = Forge::new(CONTENT).attach(CONTENT).build();
    let report = cms::verify_attached(&mut &attached[..], None, &pki::policy()).unwrap();
    assert!(report.is_accepted(), "{report:#?}");
}

#[test]
fn changed_parts() {
    let changes: &[(&str, Rule, Change)] = &[
        ("version 9", VERSION, |f| f.version = 9),
        ("version 0", VERSION, |f| f.version = 0),
        ("version 3 without need", VERSION, |f| f.version = 3),
        ("signer version 3 with issuer", VERSION, |f| {
            f.signer_version = 3
        }),
        ("signer version 9", VERSION, |f| f.signer_version = 9),
        ("no certificate", CERTIFICATE, |f| f.certificates.clear()),
        ("signer's certificate removed", CERTIFICATE, |f| {
            _ = f.certificates.remove(0)
        }),
        ("serial number of another", CERTIFICATE, |f| {
            let (issuer, _) = issuer_and_serial(&f.credential.certificate);
            f.signer_id = tlv(0x30, &[&issuer, &[2, 1, 7]]);
        }),
        ("serial number padded", CERTIFICATE, |f| {
            let (issuer, serial) = issuer_and_serial(&f.credential.certificate);
            f.signer_id = tlv(0x30, &[&issuer, &tlv(2, &[&[0], &serial[2..]])]);
        }),
        ("issuer of another", CERTIFICATE, |f| {
            let (_, serial) = issuer_and_serial(&f.credential.certificate);
            f.signer_id = tlv(0x30, &[&[0x30, 0], &serial]);
        }),
        ("signer is the CA", SIGNATURE, |f| {
            let (issuer, serial) = issuer_and_serial(&f.credential.ca_certificate);
            f.signer_id = tlv(0x30, &[&issuer, &serial]);
        }),
        ("SHA-1", DIGEST_ALGORITHM, |f| {
            f.digest_algorithm = hex(SHA1);
            f.digest_algorithms = vec![hex(SHA1)];
            f.signature_algorithm = hex(SHA1_RSA);
        }),
        ("MD5", DIGEST_ALGORITHM, |f| {
            f.digest_algorithm = hex(MD5);
            f.digest_algorithms = vec![hex(MD5)];
        }),
        ("hash with odd parameters", DIGEST_ALGORITHM, |f| {
            f.digest_algorithm = hex("300F 0609 608648016503040201 0402 0000");
        }),
        ("hash not announced", DIGEST_ALGORITHM, |f| {
            f.digest_algorithms.clear()
        }),
        ("another hash announced", DIGEST_ALGORITHM, |f| {
            f.digest_algorithms = vec![hex(SHA512)]
        }),
        ("label sha1WithRSA", SIGNATURE_ALGORITHM, |f| {
            f.signature_algorithm = hex(SHA1_RSA)
        }),
        ("label sha512WithRSA", SIGNATURE_ALGORITHM, |f| {
            f.signature_algorithm = hex(SHA512_RSA)
        }),
        ("label ECDSA", SIGNATURE_ALGORITHM, |f| {
            f.signature_algorithm = hex(ECDSA_SHA256)
        }),
        ("label unknown", SIGNATURE_ALGORITHM, |f| {
            f.signature_algorithm = hex("300B 0609 608648016503040312");
        }),
        ("no attributes", ATTRIBUTES, |f| {
            f.stored = Some(Vec::new());
            f.sign = Box::new(|by, _| {
                pki::sign(&by.key, &Digest::of(HashAlgorithm::Sha256, CONTENT)).to_der()
            });
        }),
        ("no content-type", CONTENT_TYPE_RULE, |f| {
            f.replace(CONTENT_TYPE_OID, vec![])
        }),
        ("content-type of something else", CONTENT_TYPE_RULE, |f| {
            f.replace(
                CONTENT_TYPE_OID,
                vec![attribute(CONTENT_TYPE_OID, &[&hex(TST_INFO)])],
            );
        }),
        ("content-type without value", CONTENT_TYPE_RULE, |f| {
            f.replace(CONTENT_TYPE_OID, vec![attribute(CONTENT_TYPE_OID, &[])]);
        }),
        ("content-type with two values", CONTENT_TYPE_RULE, |f| {
            f.replace(
                CONTENT_TYPE_OID,
                vec![attribute(CONTENT_TYPE_OID, &[&hex(DATA), &hex(DATA)])],
            );
        }),
        (
            "eContentType TSTInfo with content-type data",
            CONTENT_TYPE_RULE,
            |f| {
                f.content_type = hex(TST_INFO);
                f.version = 3;
            },
        ),
        ("all of it TSTInfo", EXPECTED, |f| {
            f.content_type = hex(TST_INFO);
            f.version = 3;
            f.replace(
                CONTENT_TYPE_OID,
                vec![attribute(CONTENT_TYPE_OID, &[&hex(TST_INFO)])],
            );
        }),
        ("content-type twice", ATTRIBUTES_ONCE, |f| {
            f.replace(
                CONTENT_TYPE_OID,
                vec![
                    attribute(CONTENT_TYPE_OID, &[&hex(DATA)]),
                    attribute(CONTENT_TYPE_OID, &[&hex(TST_INFO)]),
                ],
            );
        }),
        ("no message-digest", DIGEST, |f| {
            f.replace(MESSAGE_DIGEST, vec![])
        }),
        ("message-digest without value", DIGEST, |f| {
            f.replace(MESSAGE_DIGEST, vec![attribute(MESSAGE_DIGEST, &[])]);
        }),
        ("message-digest with two values", DIGEST, |f| {
            let value = tlv(4, &[&sha256(CONTENT)]);
            f.replace(
                MESSAGE_DIGEST,
                vec![attribute(MESSAGE_DIGEST, &[&value, &value])],
            );
        }),
        ("message-digest twice", ATTRIBUTES_ONCE, |f| {
            let one = |of: &[u8]| attribute(MESSAGE_DIGEST, &[&tlv(4, &[&sha256(of)])]);
            f.replace(MESSAGE_DIGEST, vec![one(CONTENT), one(b"other")]);
        }),
        ("message-digest of 31 bytes", DIGEST, |f| {
            let value = tlv(4, &[&sha256(CONTENT)[..31]]);
            f.replace(MESSAGE_DIGEST, vec![attribute(MESSAGE_DIGEST, &[&value])]);
        }),
        ("message-digest of 33 bytes", DIGEST, |f| {
            let value = tlv(4, &[&sha256(CONTENT), &[0]]);
            f.replace(MESSAGE_DIGEST, vec![attribute(MESSAGE_DIGEST, &[&value])]);
        }),
        ("message-digest as UTF8String", DIGEST, |f| {
            let value = tlv(0x0c, &[&sha256(CONTENT)]);
            f.replace(MESSAGE_DIGEST, vec![attribute(MESSAGE_DIGEST, &[&value])]);
        }),
        ("message-digest of another content", DIGEST, |f| {
            let value = tlv(4, &[&sha256(b"another")]);
            f.replace(MESSAGE_DIGEST, vec![attribute(MESSAGE_DIGEST, &[&value])]);
        }),
        ("signing-time twice", ATTRIBUTES_ONCE, |f| {
            let one = |time: &[u8]| attribute(SIGNING_TIME_OID, &[time]);
            let times = vec![one(b"\x17\x0d261125025900Z"), one(b"\x17\x0d261125025901Z")];
            f.replace(SIGNING_TIME_OID, times);
        }),
        ("signing-time without zone", SIGNING_TIME, |f| {
            let time = attribute(SIGNING_TIME_OID, &[b"\x17\x0c261125025900"]);
            f.replace(SIGNING_TIME_OID, vec![time]);
        }),
        ("signing-time in month 13", SIGNING_TIME, |f| {
            let time = attribute(SIGNING_TIME_OID, &[b"\x17\x0d261325025900Z"]);
            f.replace(SIGNING_TIME_OID, vec![time]);
        }),
        ("65 attributes", LIMITS, |f| {
            for number in 0..61 {
                f.attributes
                    .push(attribute("0603 2A0303", &[&[2, 1, number]]));
                let last = f.attributes.last_mut().unwrap();
                last[6] = number;
            }
            f.attributes.sort();
        }),
        ("signing-certificate of another", SIGNING_CERTIFICATE, |f| {
            let value = signing_certificate(pki::taro());
            f.replace(
                SIGNING_CERTIFICATE_V2,
                vec![attribute(SIGNING_CERTIFICATE_V2, &[&value])],
            );
        }),
        (
            "signing-certificate with another serial number",
            SIGNING_CERTIFICATE,
            |f| {
                let (issuer, _) = issuer_and_serial(&f.credential.certificate);
                let names = tlv(0x30, &[&tlv(0xa4, &[&issuer])]);
                let more = tlv(0x30, &[&names, &[2, 1, 5]]);
                let value = signing_certificate_of(&sha256(&f.credential.certificate), &more);
                f.replace(
                    SIGNING_CERTIFICATE_V2,
                    vec![attribute(SIGNING_CERTIFICATE_V2, &[&value])],
                );
            },
        ),
        (
            "signing-certificate with another issuer",
            SIGNING_CERTIFICATE,
            |f| {
                let (_, serial) = issuer_and_serial(&f.credential.certificate);
                let names = tlv(0x30, &[&tlv(0xa4, &[&[0x30, 0]])]);
                let more = tlv(0x30, &[&names, &serial]);
                let value = signing_certificate_of(&sha256(&f.credential.certificate), &more);
                f.replace(
                    SIGNING_CERTIFICATE_V2,
                    vec![attribute(SIGNING_CERTIFICATE_V2, &[&value])],
                );
            },
        ),
        ("signing-certificate empty", SIGNING_CERTIFICATE, |f| {
            let value = [0x30, 2, 0x30, 0];
            f.replace(
                SIGNING_CERTIFICATE_V2,
                vec![attribute(SIGNING_CERTIFICATE_V2, &[&value])],
            );
        }),
        (
            "signing-certificate hashed with SHA-1",
            SIGNING_CERTIFICATE,
            |f| {
                let hash = Digest::danger_sha1(&f.credential.certificate);
                let id = tlv(0x30, &[&hex(SHA1), &tlv(4, &[hash.as_bytes()])]);
                let value = tlv(0x30, &[&tlv(0x30, &[&id])]);
                f.replace(
                    SIGNING_CERTIFICATE_V2,
                    vec![attribute(SIGNING_CERTIFICATE_V2, &[&value])],
                );
            },
        ),
        (
            "unsorted attributes, signed as they are",
            ATTRIBUTES_DER,
            |f| f.attributes.reverse(),
        ),
        ("unsorted stored, sorted signed", ATTRIBUTES_RECEIVED, |f| {
            let mut reversed = f.attributes.clone();
            reversed.reverse();
            f.stored = Some(tlv(0xa0, &[&reversed.concat()]));
        }),
        ("attributes with indefinite length", ATTRIBUTES_DER, |f| {
            f.stored = Some(indefinite(0xa0, &[&f.attributes.concat()]));
        }),
        ("an attribute with indefinite length", ATTRIBUTES_DER, |f| {
            let first = f.attributes.remove(0);
            let loose = indefinite(0x30, &[&first[2..]]);
            f.attributes.insert(0, loose);
            f.attributes.sort();
        }),
        ("attributes with a long length", ATTRIBUTES_DER, |f| {
            let body = f.attributes.concat();
            let length = (body.len() as u32).to_be_bytes();
            f.stored = Some([&[0xa0, 0x84][..], &length, &body].concat());
        }),
        ("an attribute with a long length", ATTRIBUTES_DER, |f| {
            let first = f.attributes.remove(0);
            f.attributes
                .insert(0, [&[0x30, 0x81], &first[1..]].concat());
            f.attributes.sort();
        }),
        ("an attribute that is no SEQUENCE", ATTRIBUTES_DER, |f| {
            f.attributes.push(vec![0x31, 0]);
            f.attributes.sort();
        }),
        ("an attribute with three parts", ATTRIBUTES_DER, |f| {
            f.attributes
                .push(tlv(0x30, &[&hex("0603 2A0304"), &[0x31, 0], &[5, 0]]));
            f.attributes.sort();
        }),
        ("attributes removed after signing", SIGNATURE, |f| {
            let kept: Vec<Vec<u8>> = f.attributes.iter().take(3).cloned().collect();
            f.stored = Some(tlv(0xa0, &[&kept.concat()]));
        }),
        ("an attribute added after signing", SIGNATURE, |f| {
            let mut more = f.attributes.clone();
            more.push(attribute("0603 2A0305", &[&[5, 0]]));
            more.sort();
            f.stored = Some(tlv(0xa0, &[&more.concat()]));
        }),
        ("no signature bytes", SIGNATURE, |f| {
            f.sign = Box::new(|_, _| Vec::new())
        }),
        ("signature of 255 bytes", SIGNATURE, |f| {
            resign(f, |mut s| {
                s.pop();
                s
            })
        }),
        ("signature of 257 bytes", SIGNATURE, |f| {
            resign(f, |s| [&[0], &s[..]].concat())
        }),
        ("signature with a byte behind", SIGNATURE, |f| {
            resign(f, |s| [&s[..], &[0]].concat())
        }),
        ("signature of all FF", SIGNATURE, |f| {
            f.sign = Box::new(|_, _| vec![0xff; 256])
        }),
        ("signature of all 00", SIGNATURE, |f| {
            f.sign = Box::new(|_, _| vec![0; 256])
        }),
        ("signature 1", SIGNATURE, |f| {
            f.sign = Box::new(|_, _| {
                let mut one = vec![0; 256];
                one[255] = 1;
                one
            })
        }),
        ("signature plus the modulus", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let signature =
                    pki::sign(&by.key, &Digest::of(HashAlgorithm::Sha256, signed)).to_der();
                add_modulus(&by.key, &signature)
            })
        }),
        ("bare hash", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| block(by, &sha256(signed)))
        }),
        ("DigestInfo without NULL", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                block(
                    by,
                    &[
                        &hex("302F 300B 0609 608648016503040201 0420"),
                        &sha256(signed)[..],
                    ]
                    .concat(),
                )
            })
        }),
        ("DigestInfo with a long length", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let info = "30 8131 300D 0609 608648016503040201 0500 0420";
                block(by, &[&hex(info), &sha256(signed)[..]].concat())
            })
        }),
        ("DigestInfo of SHA-512", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let digest = Digest::of(HashAlgorithm::Sha512, signed);
                block(by, &digest.digest_info())
            })
        }),
        ("DigestInfo and a byte behind", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let digest = Digest::of(HashAlgorithm::Sha256, signed);
                block(by, &[&digest.digest_info(), &[0][..]].concat())
            })
        }),
        ("short padding and garbage behind", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let info = Digest::of(HashAlgorithm::Sha256, signed).digest_info();
                let mut bytes = [&[0, 1], &[0xff; 8][..], &[0], &info].concat();
                bytes.resize(256, 0x5a);
                raw(by, &bytes)
            })
        }),
        ("padding of type 2", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let info = Digest::of(HashAlgorithm::Sha256, signed).digest_info();
                raw(
                    by,
                    &[&[0, 2], &vec![0xff; 253 - info.len()][..], &[0], &info].concat(),
                )
            })
        }),
        ("a hole in the padding", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let info = Digest::of(HashAlgorithm::Sha256, signed).digest_info();
                let mut bytes = [&[0, 1], &vec![0xff; 253 - info.len()][..], &[0], &info].concat();
                bytes[100] = 0xfe;
                raw(by, &bytes)
            })
        }),
        ("signed as [0] instead of SET", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                let mut tagged = signed.to_vec();
                tagged[0] = 0xa0;
                pki::sign(&by.key, &Digest::of(HashAlgorithm::Sha256, &tagged)).to_der()
            })
        }),
        ("signed by somebody else", SIGNATURE, |f| {
            f.sign = Box::new(|_, signed| {
                let digest = Digest::of(HashAlgorithm::Sha256, signed);
                pki::sign(&pki::taro().key, &digest).to_der()
            })
        }),
        ("PKCS #1 under a PSS label", SIGNATURE, |f| {
            f.signature_algorithm = pss(32, SHA256, SHA256)
        }),
        ("PSS under a PKCS #1 label", SIGNATURE, |f| {
            f.sign = Box::new(|by, signed| {
                pki::sign_pss(&by.key, &Digest::of(HashAlgorithm::Sha256, signed), 32)
            })
        }),
        ("PSS with salt 32 said to be 20", SIGNATURE, |f| {
            sign_with_pss(f, 32, SHA256, SHA256);
            f.signature_algorithm = pss(20, SHA256, SHA256);
        }),
        ("PSS with salt 32 said to be 33", SIGNATURE, |f| {
            sign_with_pss(f, 32, SHA256, SHA256);
            f.signature_algorithm = pss(33, SHA256, SHA256);
        }),
        ("PSS with salt 20 said to be 0", SIGNATURE, |f| {
            sign_with_pss(f, 20, SHA256, SHA256);
            f.signature_algorithm = pss(0, SHA256, SHA256);
        }),
        ("PSS with a salt below zero", SIGNATURE_ALGORITHM, |f| {
            sign_with_pss(f, 20, SHA256, SHA256);
            f.signature_algorithm = pss_of(&[2, 1, 0xff], SHA256, SHA256);
        }),
        ("PSS with another trailer", SIGNATURE_ALGORITHM, |f| {
            sign_with_pss(f, 32, SHA256, SHA256);
            f.signature_algorithm = pss_with(&[2, 1, 32], SHA256, SHA256, &[0xa3, 3, 2, 1, 2]);
        }),
        ("PSS with salt 20 said to be 32", SIGNATURE, |f| {
            sign_with_pss(f, 20, SHA256, SHA256);
            f.signature_algorithm = pss(32, SHA256, SHA256);
        }),
        ("PSS with SHA-1 as mask", SIGNATURE_ALGORITHM, |f| {
            sign_with_pss(f, 32, SHA256, SHA1)
        }),
        ("PSS with SHA-512 as hash", SIGNATURE_ALGORITHM, |f| {
            sign_with_pss(f, 32, SHA512, SHA512)
        }),
        ("PSS without parameters", SIGNATURE_ALGORITHM, |f| {
            sign_with_pss(f, 32, SHA256, SHA256);
            f.signature_algorithm = hex("300B 0609 2A864886F70D01010A");
        }),
        ("certificate for logging in", TRUST, |f| {
            *f = Forge::by(pki::authentication(), CONTENT)
        }),
        ("certificate in BER", CERTIFICATE, |f| {
            let (outer, inner) = f.certificates[0].split_at(4);
            assert_eq!(outer[..2], [0x30, 0x82]);
            f.certificates[0] = indefinite(0x30, &[inner]);
        }),
        ("a certificate of noise beside", CERTIFICATE, |f| {
            f.certificates = vec![tlv(0x30, &[&[5, 0]])];
        }),
        ("33 certificates", LIMITS, |f| {
            f.certificates.resize(33, pki::taro().certificate.clone());
        }),
        ("33 signers", LIMITS, |f| {
            f.others = vec![f.signer_info(); 32]
        }),
        ("a second signer, broken", SIGNERS, |f| {
            f.others = vec![f.signer_info()];
            resign(f, |mut s| {
                s[9] ^= 1;
                s
            });
        }),
        ("a second signer of noise", SIGNERS, |f| {
            f.others = vec![tlv(0x30, &[&[5, 0]])]
        }),
        ("a content inside, another one beside", EXPECTED, |f| {
            f.content = tlv(0xa0, &[&tlv(4, &[b"another"])]);
        }),
        ("the same content inside and beside", EXPECTED, |f| {
            f.content = tlv(0xa0, &[&tlv(4, &[CONTENT])]);
        }),
        ("an empty content inside", EXPECTED, |f| {
            f.content = tlv(0xa0, &[&[4, 0]])
        }),
        ("a content that is no OCTET STRING", ENCODING, |f| {
            f.content = tlv(0xa0, &[&tlv(0x30, &[CONTENT])]);
        }),
        ("a time stamp of noise", STAMP_SIGNATURE, |f| {
            f.unsigned = vec![attribute(TIME_STAMP, &[&[0x30, 0]])];
        }),
        ("unsigned attributes of noise", ENCODING, |f| {
            f.unsigned = vec![vec![5, 0]]
        }),
    ];
    for (name, rule, change) in changes {
        let mut forge = Forge::new(CONTENT);
        change(&mut forge);
        refused(name, &forge.build(), *rule);
    }
    assert!(changes.len() >= 80);
}

/// The rule, where the object identifier has the same name.
const CONTENT_TYPE_RULE: Rule = card_sign::cms::rules::CONTENT_TYPE;
const CONTENT_TYPE_OID: &str = crate::forge::CONTENT_TYPE;
const SIGNING_TIME_OID: &str = crate::forge::SIGNING_TIME;
const SIGNING_TIME: Rule = card_sign::cms::rules::SIGNING_TIME;

fn resign(forge: &mut Forge, change: fn(Vec<u8>) -> Vec<u8>) {
    forge.sign = Box::new(move |by, signed| {
        change(pki::sign(&by.key, &Digest::of(HashAlgorithm::Sha256, signed)).to_der())
    });
}

/// A PKCS #1 block of type 1 around any bytes, signed.
fn block(by: &Credential, bytes: &[u8]) -> Vec<u8> {
    let PrivateKey::Rsa(key) = &by.key else {
        panic!()
    };
    key.sign(Pkcs1v15Sign::new_unprefixed(), bytes).unwrap()
}

/// The bare operation over a whole block.
fn raw(by: &Credential, block: &[u8]) -> Vec<u8> {
    let PrivateKey::Rsa(key) = &by.key else {
        panic!()
    };
    let number = rsa::BoxedUint::from_be_slice(block, 2048).unwrap();
    let none = None::<&mut rand::rngs::ThreadRng>;
    rsa::hazmat::rsa_decrypt(none, &**key, &number)
        .unwrap()
        .to_be_bytes()
        .to_vec()
}

/// The same number written larger than the modulus, if it fits into 256 bytes.
fn add_modulus(key: &PrivateKey, signature: &[u8]) -> Vec<u8> {
    let PrivateKey::Rsa(key) = key else { panic!() };
    let modulus = key.n().to_be_bytes();
    let mut carry = 0;
    let mut sum: Vec<u8> = signature
        .iter()
        .rev()
        .zip(modulus.iter().rev())
        .map(|(a, b)| {
            let digit = u16::from(*a) + u16::from(*b) + carry;
            carry = digit >> 8;
            digit as u8
        })
        .collect();
    sum.extend((carry > 0).then_some(1));
    sum.reverse();
    sum
}

fn pss(salt: u8, hash: &str, mask: &str) -> Vec<u8> {
    match salt {
        // What no positive integer of one byte can say.
        0x80.. => pss_of(&[2, 2, 0, salt], hash, mask),
        _ => pss_of(&[2, 1, salt], hash, mask),
    }
}

fn pss_of(salt: &[u8], hash: &str, mask: &str) -> Vec<u8> {
    pss_with(salt, hash, mask, &[])
}

fn pss_with(salt: &[u8], hash: &str, mask: &str, more: &[u8]) -> Vec<u8> {
    let mask = tlv(0x30, &[&hex("0609 2A864886F70D010108"), &hex(mask)]);
    let salt = match salt {
        [] => Vec::new(),
        salt => tlv(0xa2, &[salt]),
    };
    let parameters = tlv(
        0x30,
        &[&tlv(0xa0, &[&hex(hash)]), &tlv(0xa1, &[&mask]), &salt, more],
    );
    tlv(0x30, &[&hex("0609 2A864886F70D01010A"), &parameters])
}

fn sign_with_pss(forge: &mut Forge, salt: u8, hash: &str, mask: &str) {
    forge.signature_algorithm = pss(salt, hash, mask);
    forge.sign = Box::new(move |by, signed| {
        pki::sign_pss(
            &by.key,
            &Digest::of(HashAlgorithm::Sha256, signed),
            salt.into(),
        )
    });
}

#[test]
fn pss_is_read_with_the_salt_that_it_states() {
    for salt in [0, 1, 20, 31, 32, 33, 64, 128, 222] {
        let mut forge = Forge::new(CONTENT);
        sign_with_pss(&mut forge, salt, SHA256, SHA256);
        let report = check(&forge.build(), CONTENT, &pki::policy());
        assert!(report.is_accepted(), "{salt} {report:#?}");
    }
    // 222 bytes are all that 2048 bits have room for.
    let mut forge = Forge::new(CONTENT);
    sign_with_pss(&mut forge, 222, SHA256, SHA256);
    forge.signature_algorithm = pss(223, SHA256, SHA256);
    assert!(check(&forge.build(), CONTENT, &pki::policy()).fails(SIGNATURE));
    // What is left out is 20, and the trailer may be written (RFC 4055, 3.1).
    for (salt, more) in [(&[][..], &[][..]), (&[2, 1, 20], &[0xa3, 3, 2, 1, 1])] {
        let mut forge = Forge::new(CONTENT);
        sign_with_pss(&mut forge, 20, SHA256, SHA256);
        forge.signature_algorithm = pss_with(salt, SHA256, SHA256, more);
        let report = check(&forge.build(), CONTENT, &pki::policy());
        assert!(report.is_accepted(), "{report:#?}");
    }
}

#[test]
fn what_depends_on_the_demand() {
    let right = Forge::new(CONTENT).build();
    let mut plain = Forge::new(CONTENT);
    plain.replace(SIGNING_CERTIFICATE_V2, vec![]);
    let plain = plain.build();
    let mut timeless = Forge::new(CONTENT);
    timeless.replace(SIGNING_TIME_OID, vec![]);
    let timeless = timeless.build();
    let cades = Policy {
        profile: Profile::Cades,
        ..pki::policy()
    };
    let pades = Policy {
        profile: Profile::Pades,
        ..pki::policy()
    };
    for accepted in [&plain, &timeless] {
        assert!(check(accepted, CONTENT, &pki::policy()).is_accepted());
    }
    assert!(check(&timeless, CONTENT, &pades).is_accepted());
    for (name, signed, policy, rule) in [
        (
            "CAdES without signing-certificate",
            &plain,
            cades,
            SIGNING_CERTIFICATE,
        ),
        ("CAdES without signing-time", &timeless, cades, SIGNING_TIME),
        (
            "PAdES without signing-certificate",
            &plain,
            pades,
            SIGNING_CERTIFICATE,
        ),
        ("PAdES with signing-time", &right, pades, SIGNING_TIME),
        (
            "expired then",
            &right,
            Policy {
                at: Some(pki::at(2_000_000_000)),
                ..pki::policy()
            },
            TRUST,
        ),
        (
            "not yet valid then",
            &right,
            Policy {
                at: Some(pki::at(1_700_000_000)),
                ..pki::policy()
            },
            TRUST,
        ),
        (
            "a test root in production",
            &right,
            {
                let production = Box::leak(Box::new(card_core::trust::Trust::production()));
                Policy {
                    trust: production,
                    ..pki::policy()
                }
            },
            TRUST,
        ),
        (
            "signing where logging in is meant",
            &right,
            {
                Policy {
                    role: card_core::trust::Role::Authentication,
                    ..pki::policy()
                }
            },
            TRUST,
        ),
    ] {
        refused_under(name, signed, CONTENT, &policy, rule);
    }
    // An expired certificate is refused whatever the signing time says.
    let mut forge = Forge::new(CONTENT);
    forge.replace(
        SIGNING_TIME_OID,
        vec![attribute(SIGNING_TIME_OID, &[b"\x17\x0d280101000000Z"])],
    );
    let later = Policy {
        now: pki::at(2_000_000_000),
        ..pki::policy()
    };
    refused_under(
        "claimed in its life",
        &forge.build(),
        CONTENT,
        &later,
        TRUST,
    );
    // A claim outside the certificate's life is told, and refuses nothing.
    forge.replace(
        SIGNING_TIME_OID,
        vec![attribute(SIGNING_TIME_OID, &[b"\x17\x0d200101000000Z"])],
    );
    assert!(check(&forge.build(), CONTENT, &pki::policy()).is_accepted());
}

#[test]
fn a_signature_without_attributes_is_taken_only_where_asked_and_never_over_attributes() {
    let direct = |content: &[u8]| {
        let mut forge = Forge::new(content);
        forge.stored = Some(Vec::new());
        let content = content.to_vec();
        forge.sign = Box::new(move |by, _| {
            pki::sign(&by.key, &Digest::of(HashAlgorithm::Sha256, &content)).to_der()
        });
        forge.build()
    };
    let lenient = Policy {
        danger_direct: true,
        ..pki::policy()
    };
    assert!(check(&direct(CONTENT), CONTENT, &lenient).is_accepted());
    refused("direct", &direct(CONTENT), ATTRIBUTES);

    // The attributes of a right signature, presented as the content of another.
    let right = Forge::new(CONTENT);
    let attributes = tlv(0x31, &[&right.attributes.concat()]);
    let mut replayed = Forge::new(CONTENT);
    replayed.stored = Some(Vec::new());
    refused_under(
        "replayed",
        &replayed.build(),
        &attributes,
        &lenient,
        ATTRIBUTES,
    );
}

#[test]
fn sha1_is_for_archives() {
    let mut forge = Forge::new(CONTENT);
    forge.digest_algorithm = hex(SHA1);
    forge.digest_algorithms = vec![hex(SHA1)];
    let digest = Digest::danger_sha1(CONTENT);
    let value = tlv(4, &[digest.as_bytes()]);
    forge.replace(MESSAGE_DIGEST, vec![attribute(MESSAGE_DIGEST, &[&value])]);
    forge.signature_algorithm = hex(SHA1_RSA);
    forge.sign = Box::new(|by, signed| pki::sign(&by.key, &Digest::danger_sha1(signed)).to_der());
    refused("SHA-1 throughout", &forge.build(), DIGEST_ALGORITHM);
    let archive = Policy {
        danger_sha1: true,
        ..pki::policy()
    };
    assert!(check(&forge.build(), CONTENT, &archive).is_accepted());
}

#[test]
fn certificates_inside_are_material_and_no_evidence() {
    // Two certificates with one issuer and serial number, and different keys.
    let twin = |key: &Credential| {
        use card_sim::persona::issue::{Authority, Generation, Leaf, Purpose};
        let authority = Authority {
            purpose: Purpose::Signature,
            generation: Generation::Y2023,
        };
        let path = pki::personas()
            .join("keys")
            .join(format!("{}.pem", authority.stem()));
        let ca = PrivateKey::from_pem(&std::fs::read_to_string(path).unwrap()).unwrap();
        let holder = card_sim::persona::Persona::shipped("taro").unwrap().holder;
        let serial = pki::certificate(pki::hanako())
            .serial()
            .to_decimal()
            .parse()
            .unwrap();
        let moment = |year| der::DateTime::new(year, 1, 1, 0, 0, 0).unwrap();
        authority
            .issue(
                &ca,
                &key.key,
                &Leaf {
                    serial,
                    common_name: "202610271115000000113199003A",
                    prefecture: "Tokyo-to",
                    municipality: "Mihon-ku",
                    not_before: moment(2026),
                    not_after: moment(2030),
                    holder: &holder,
                },
            )
            .unwrap()
    };
    let mut forge = Forge::new(CONTENT);
    forge.certificates.insert(0, twin(pki::taro()));
    refused("two with one name", &forge.build(), CERTIFICATE);

    // The attacker's own CA inside: not trusted because it is inside.
    let bench = crate::openssl::Bench::new();
    bench.does(
        "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.der -outform DER -days 3650 \
                -subj /C=JP/O=JPKI-TEST/CN=x -batch",
    );
    let der = bench.read("c.der");
    let key = PrivateKey::from_pem(&String::from_utf8(bench.read("k.pem")).unwrap()).unwrap();
    let own: &'static Credential = Box::leak(Box::new(Credential {
        key,
        certificate: der.clone(),
        ca_certificate: der,
        revoked: false,
    }));
    let report = check(&Forge::by(own, CONTENT).build(), CONTENT, &pki::policy());
    assert!(
        report.fails(TRUST) && !report.fails(SIGNATURE),
        "{report:#?}"
    );
    // Its certificate first, Hanako's signature: the right one is found all the same.
    let mut forge = Forge::new(CONTENT);
    forge.certificates.insert(0, own.certificate.clone());
    assert!(check(&forge.build(), CONTENT, &pki::policy()).is_accepted());
    // Left out and supplied by the caller.
    forge.certificates.clear();
    let supplied = [Certificate::parse_exact(&pki::hanako().certificate).unwrap()];
    let policy = Policy {
        certificates: &supplied,
        ..pki::policy()
    };
    assert!(check(&forge.build(), CONTENT, &policy).is_accepted());
}

#[test]
fn the_object_ends_where_it_says() {
    let right = Forge::new(CONTENT).build();
    refused("a byte behind", &[&right[..], &[0]].concat(), ENCODING);
    refused("a line end behind", &[&right[..], b"\n"].concat(), ENCODING);
    refused(
        "a second one behind",
        &[&right[..], &right].concat(),
        ENCODING,
    );
    refused("nothing", &[], ENCODING);
    let mut other = right.clone();
    other[14] ^= 1;
    refused("another content type", &other, ENCODING);
    for cut in 0..right.len() {
        refused("cut", &right[..cut], ENCODING);
    }
    // Behind every element, and in front of every end.
    let mut long = right.clone();
    let declared = u16::from_be_bytes([long[2], long[3]]) + 1;
    long[2..4].copy_from_slice(&declared.to_be_bytes());
    refused(
        "longer than its parts",
        &[&long[..], &[0]].concat(),
        ENCODING,
    );
    refused("longer than the file", &long, ENCODING);
    let none = Forge::new(CONTENT).build_with(&[]);
    refused("nobody signed", &none, SIGNERS);
}

#[test]
fn indefinite_lengths_are_read_and_have_to_end() {
    fn loose(forge: &Forge, content: &[u8]) -> Vec<u8> {
        let signed_data = indefinite(
            0x30,
            &[
                &[2, 1, 1],
                &indefinite(0x31, &[&hex(SHA256)]),
                &indefinite(0x30, &[&hex(DATA), content]),
                &indefinite(0xa0, &[&forge.certificates.concat()]),
                &indefinite(0x31, &[&forge.signer_info()]),
            ],
        );
        indefinite(
            0x30,
            &[&hex(SIGNED_DATA), &indefinite(0xa0, &[&signed_data])],
        )
    }
    let forge = Forge::new(CONTENT);
    let detached = loose(&forge, &[]);
    assert!(check(&detached, CONTENT, &pki::policy()).is_accepted());
    for end in 1..=4 {
        refused("no end", &detached[..detached.len() - 2 * end], ENCODING);
    }
    refused(
        "an end too many",
        &[&detached[..], &[0, 0]].concat(),
        ENCODING,
    );

    let attached = |content: &[u8]| {
        let signed = loose(&forge, &indefinite(0xa0, &[content]));
        let mut out = Vec::new();
        let report = cms::verify_attached(&mut &signed[..], Some(&mut out), &pki::policy());
        (report.unwrap(), out)
    };
    let (front, back) = CONTENT.split_at(4);
    let chunks = [tlv(4, &[front]), tlv(4, &[back])].concat();
    let mut nested = chunks.clone();
    for depth in 0..12 {
        nested = indefinite(0x24, &[&nested]);
        let (report, out) = attached(&nested);
        assert_eq!(report.is_accepted(), depth < 8, "{depth}");
        assert_eq!(report.fails(LIMITS), depth >= 8);
        assert!(depth >= 8 || out == CONTENT);
    }
    for (name, content) in [
        (
            "indefinite and primitive",
            [&[4, 0x80], CONTENT, &[0, 0]].concat(),
        ),
        (
            "pieces of another type",
            indefinite(0x24, &[&tlv(0x0c, &[CONTENT])]),
        ),
        (
            "no end of the pieces",
            [&[0x24, 0x80], &chunks[..]].concat(),
        ),
        ("two contents", [chunks.clone(), chunks].concat()),
    ] {
        let (report, _) = attached(&content);
        assert!(
            !report.is_accepted() && report.fails(ENCODING),
            "{name}: {report:#?}"
        );
    }
    let deep = [&[0x30, 0x80].repeat(1000)[..], &[0, 0].repeat(1000)].concat();
    let mut forge = Forge::new(CONTENT);
    forge.certificates.push(deep);
    refused("nested a thousand times", &forge.build(), LIMITS);
    forge.certificates = vec![tlv(0x30, &[&vec![0; 1 << 20]])];
    refused("more than a MiB", &forge.build(), LIMITS);
}

#[test]
fn no_flipped_byte_is_accepted() {
    let mut data = cms::SignedData::new();
    signed::cms(&mut data, pki::hanako(), CONTENT).unwrap();
    let right = data.to_detached();
    assert!(check(&right, CONTENT, &pki::policy()).is_accepted());
    let signature = right.len() - 256;
    let time = right
        .windows(13)
        .position(|w| w == b"261125030000Z")
        .unwrap();
    let ca = right
        .windows(8)
        .position(|w| w == &pki::hanako().ca_certificate[..8])
        .unwrap();
    let unused = ca..ca + pki::hanako().ca_certificate.len();
    for place in 0..right.len() {
        let bit = [0x01, 0x20, 0x80][place % 3];
        let mut flipped = right.clone();
        flipped[place] ^= bit;
        let report = check(&flipped, CONTENT, &pki::policy());
        // The CA's certificate is material that nobody needs: the root is the store's own.
        let harmless = unused.contains(&place);
        assert!(
            harmless || !report.is_accepted(),
            "byte {place} bit {bit:02x}"
        );
        if place >= signature || (time..time + 12).contains(&place) {
            assert!(report.fails(SIGNATURE), "byte {place}");
        }
    }
    for place in 0..CONTENT.len() {
        let mut flipped = CONTENT.to_vec();
        flipped[place] ^= 1;
        let report = check(&right, &flipped, &pki::policy());
        assert!(
            report.fails(DIGEST) && !report.fails(SIGNATURE),
            "byte {place}"
        );
    }
}

#[test]
fn a_failing_reader_is_an_error_and_no_verdict() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }
    let right = Forge::new(CONTENT).build();
    assert!(cms::verify_detached(&mut &right[..], &mut Broken, &pki::policy()).is_err());
    assert!(cms::verify_detached(&mut Broken, &mut &CONTENT[..], &pki::policy()).is_err());
    assert!(cms::verify_attached(&mut (&right[..9]).chain(Broken), None, &pki::policy()).is_err());
}
