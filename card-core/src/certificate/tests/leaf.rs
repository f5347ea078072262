//! Made-up leaves in the exact JPKI profile, written by another crate than the one that reads.

use std::sync::OnceLock;
use std::time::Duration;

use ::der::Any;
use ::der::Tag;
use ::der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString, UtcTime};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::Sha256;
use x509_cert::SubjectPublicKeyInfo;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::certpolicy::{
    CertificatePolicies, PolicyInformation, PolicyQualifierInfo,
};
use x509_cert::ext::pkix::crl::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName, OtherName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, ExtendedKeyUsage,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::EncodePublicKey;
use x509_cert::time::{Time, Validity};

use super::super::Purpose;

/// Short names of the attributes of a name, in the order of the name.
pub(super) type Parts<'a> = &'a [(&'a str, &'a str)];

pub(super) const NOT_BEFORE: u64 = 1_761_541_200; // 2025-10-27T05:00:00Z
pub(super) const NOT_AFTER: u64 = 1_897_570_799; // 2030-02-17T14:59:59Z
pub(super) const AUTHORITY_KEY: [u8; 20] = *b"made-up authority 01";

pub(super) fn authority_key() -> &'static rsa::PrivateKey {
    static KEY: OnceLock<rsa::PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| rsa::PrivateKey::new(&mut StdRng::seed_from_u64(1), 2048).unwrap())
}

pub(super) fn holder_key() -> &'static rsa::PrivateKey {
    static KEY: OnceLock<rsa::PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| rsa::PrivateKey::new(&mut StdRng::seed_from_u64(2), 2048).unwrap())
}

pub(super) fn unit(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Authentication => "JPKI for user authentication",
        Purpose::Signature => "JPKI for digital signature",
    }
}

pub(super) fn name(parts: Parts<'_>) -> Name {
    let mut sequence = RdnSequence::default();
    for (label, value) in parts {
        let (oid, tag) = match *label {
            "C" => ("2.5.4.6", Tag::PrintableString),
            "L" => ("2.5.4.7", Tag::Utf8String),
            "O" => ("2.5.4.10", Tag::Utf8String),
            "OU" => ("2.5.4.11", Tag::Utf8String),
            "CN" => ("2.5.4.3", Tag::Utf8String),
            _ => panic!("{label}"),
        };
        let value = Any::new(tag, value.as_bytes()).unwrap();
        let part = AttributeTypeAndValue {
            oid: oid.parse().unwrap(),
            value,
        };
        sequence.push(RelativeDistinguishedName::try_from(vec![part]).unwrap());
    }
    Name::hazmat_from_rdn_sequence(sequence)
}

pub(super) fn issuer(purpose: Purpose) -> Name {
    name(&[
        ("C", "JP"),
        ("O", "JPKI-TEST"),
        ("OU", unit(purpose)),
        ("OU", "Japan Agency for Local Authority Information Systems"),
    ])
}

pub(super) fn subject(purpose: Purpose) -> Name {
    match purpose {
        Purpose::Authentication => name(&[("C", "JP"), ("CN", "000000MADEUP0013221003A")]),
        Purpose::Signature => name(&[
            ("C", "JP"),
            ("L", "Tokyo-to"),
            ("L", "Kiyose-shi"),
            ("CN", "202510161726000000013221003A"),
        ]),
    }
}

pub(super) fn extension(oid: &str, critical: bool, value: &impl ::der::Encode) -> Extension {
    let oid: ObjectIdentifier = oid.parse().unwrap();
    (oid, critical, value)
        .to_extension(&Name::default(), &[])
        .unwrap()
}

/// An otherName of the attribute arc around a UTF8String.
pub(super) fn attribute(number: &str, text: &str) -> GeneralName {
    GeneralName::OtherName(OtherName {
        type_id: format!("1.2.392.200149.8.5.5.{number}").parse().unwrap(),
        value: Any::new(Tag::Utf8String, text.as_bytes()).unwrap(),
    })
}

pub(super) fn person(birth: &str) -> Vec<GeneralName> {
    vec![
        attribute("1", "黒桐　幹也"),
        attribute("4", birth),
        attribute("3", "1"),
        attribute("5", "東京都清瀬市観布子南１２－７－２０２"),
        attribute("2", "01000"),
        attribute("6", "000000000000000000"),
    ]
}

fn policies(oid: &str) -> Extension {
    let cps = Any::new(Tag::Ia5String, b"http://www.jpki.go.jp/cps.html".as_slice()).unwrap();
    let qualifier = PolicyQualifierInfo {
        policy_qualifier_id: "1.3.6.1.5.5.7.2.1".parse().unwrap(),
        qualifier: Some(cps),
    };
    let policy = PolicyInformation {
        policy_identifier: oid.parse().unwrap(),
        policy_qualifiers: Some(vec![qualifier]),
    };
    extension("2.5.29.32", true, &CertificatePolicies(vec![policy]))
}

fn bits(unused: u8, byte: u8) -> Extension {
    extension(
        "2.5.29.15",
        true,
        &BitString::new(unused, vec![byte]).unwrap(),
    )
}

fn issuer_alternative_name(unit: &str) -> Extension {
    let japanese = name(&[
        ("C", "JP"),
        ("O", "公的個人認証サービス"),
        ("OU", unit),
        ("OU", "地方公共団体情報システム機構"),
    ]);
    extension(
        "2.5.29.18",
        false,
        &vec![GeneralName::DirectoryName(japanese)],
    )
}

pub(super) fn distribution_point_name(purpose: Purpose) -> Name {
    name(&[
        ("C", "JP"),
        ("O", "JPKI-TEST"),
        ("OU", unit(purpose)),
        ("OU", "CRL Distribution Points"),
        ("OU", "Tokyo-to"),
        ("CN", "Kiyose-shi CRLDP"),
    ])
}

fn distribution_point(purpose: Purpose) -> Extension {
    let name = GeneralName::DirectoryName(distribution_point_name(purpose));
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    };
    extension("2.5.29.31", false, &CrlDistributionPoints(vec![point]))
}

fn key_identifiers(purpose: Purpose) -> [Extension; 2] {
    let authority = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(AUTHORITY_KEY).unwrap()),
        authority_cert_issuer: Some(vec![GeneralName::DirectoryName(issuer(purpose))]),
        authority_cert_serial_number: Some(SerialNumber::new(&[0x21, 0x88, 0x87]).unwrap()),
    };
    let holder = holder_key().as_public_key().to_public_key_der().unwrap();
    let holder = super::super::PublicKey::from_spki(holder.as_bytes()).unwrap();
    [
        extension("2.5.29.35", false, &authority),
        extension(
            "2.5.29.14",
            false,
            &OctetString::new(holder.identifier().as_bytes()).unwrap(),
        ),
    ]
}

/// The extensions of a test card's signature certificate, in its order.
pub(super) fn signature_extensions(names: Vec<GeneralName>) -> Vec<Extension> {
    let mut extensions = vec![
        bits(6, 0xc0),
        extension("2.5.29.17", false, &names),
        policies("1.2.392.200149.8.5.1.0.20"),
        issuer_alternative_name("公的個人認証サービス署名用"),
        distribution_point(Purpose::Signature),
    ];
    extensions.extend(key_identifiers(Purpose::Signature));
    extensions
}

/// The extensions of a test card's authentication certificate, in its order.
pub(super) fn authentication_extensions() -> Vec<Extension> {
    let client = ExtendedKeyUsage(vec!["1.3.6.1.5.5.7.3.2".parse().unwrap()]);
    let responder = AuthorityInfoAccessSyntax(vec![AccessDescription {
        access_method: "1.3.6.1.5.5.7.48.1".parse().unwrap(),
        access_location: GeneralName::UniformResourceIdentifier(
            Ia5String::new("http://ocsp.jpki.invalid").unwrap(),
        ),
    }]);
    let mut extensions = vec![
        bits(7, 0x80),
        extension("2.5.29.37", false, &client),
        policies("1.2.392.200149.8.5.1.0.30"),
        issuer_alternative_name("公的個人認証サービス利用者証明用"),
        distribution_point(Purpose::Authentication),
        extension("1.3.6.1.5.5.7.1.1", false, &responder),
    ];
    extensions.extend(key_identifiers(Purpose::Authentication));
    extensions
}

struct Profile(Purpose);

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        issuer(self.0)
    }

    fn get_subject(&self) -> Name {
        subject(self.0)
    }

    fn build_extensions(
        &self,
        _: x509_cert::spki::SubjectPublicKeyInfoRef<'_>,
        _: x509_cert::spki::SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}

fn time(seconds: u64) -> Time {
    Time::UtcTime(UtcTime::from_unix_duration(Duration::from_secs(seconds)).unwrap())
}

fn builder(
    purpose: Purpose,
    spki: SubjectPublicKeyInfo,
    extensions: Vec<Extension>,
) -> CertificateBuilder<Profile> {
    let serial = SerialNumber::new(&[0x01, 0x2f, 0x9a]).unwrap();
    let validity = Validity::new(time(NOT_BEFORE), time(NOT_AFTER));
    let mut builder = CertificateBuilder::new(Profile(purpose), serial, validity, spki).unwrap();
    for extension in extensions {
        builder.add_extension(extension).unwrap();
    }
    builder
}

/// A leaf with an RSA key, signed as JPKI signs today.
pub(super) fn issue(purpose: Purpose, extensions: Vec<Extension>) -> Vec<u8> {
    let spki = SubjectPublicKeyInfo::from_key(holder_key().as_public_key()).unwrap();
    let signer = rsa::pkcs1v15::SigningKey::<Sha256>::new(authority_key().clone());
    let leaf = builder(purpose, spki, extensions).build(&signer).unwrap();
    ::der::Encode::to_der(&leaf).unwrap()
}

/// A leaf with any key, signed with ECDSA on P-384 as the next card's issuer may.
pub(super) fn issue_with_p384(
    spki: SubjectPublicKeyInfo,
    signer: &p384::ecdsa::SigningKey,
    extensions: Vec<Extension>,
) -> Vec<u8> {
    let builder = builder(Purpose::Signature, spki, extensions);
    let leaf = builder
        .build::<_, p384::ecdsa::DerSignature>(signer)
        .unwrap();
    ::der::Encode::to_der(&leaf).unwrap()
}
