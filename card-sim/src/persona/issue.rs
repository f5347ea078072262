//! The test CA: certificates in the exact profile of the Japanese public key infrastructure.
//!
//! 公的個人認証サービスの証明書プロファイルを、試験用の名前 (O=JPKI-TEST) で再現します。
//!
//! Names, order and criticality of the extensions follow what was read from production CA
//! certificates and from a J-LIS test card; nothing is signed by J-LIS. Signatures are
//! deterministic (PKCS #1 v1.5, and ECDSA by RFC 6979), so issuing twice gives the same bytes.
//!
//! The file is long because the profile is one table: read beside a certificate, top to bottom.
//!
//! What is made up: every key, serial number and person, the OCSP host (`.invalid` can never
//! exist), and [`Generation::Invented`], which has elliptic curves as announced for the next card.

use der::asn1::{Any, BitString, Ia5String, ObjectIdentifier, OctetString, PrintableString};
use der::asn1::{UtcTime, Utf8StringRef};
use der::{DateTime, Encode};
use serde::Deserialize;
use sha1::{Digest, Sha1};
use spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use thiserror::Error;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::ext::pkix::certpolicy::{PolicyInformation, PolicyQualifierInfo};
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName, OtherName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
    CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage, IssuerAltName, KeyUsage,
    KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::kept::{Kept, Signer};
use super::{Holder, PrivateKey};

/// What a certificate is for. The two hierarchies never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// 利用者証明用.
    Authentication,
    /// 署名用.
    Signature,
}

/// Which key pair of the CA: all generations of one purpose share one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Generation {
    /// 2015-10-20 to 2025-10-19: expired.
    #[serde(rename = "2015")]
    Y2015,
    /// 2019-09-14 to 2029-09-14.
    #[serde(rename = "2019")]
    Y2019,
    /// 2023-07-16 to 2033-07-15.
    #[serde(rename = "2023")]
    Y2023,
    /// Twenty years of P-384, as the next card is said to need. No such CA exists.
    #[serde(rename = "invented")]
    Invented,
}

/// One CA of the test hierarchy: self-signed, one tier above the residents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    /// What it certifies.
    pub purpose: Purpose,
    /// Which of its key pairs.
    pub generation: Generation,
}

/// What distinguishes one resident's certificate from another.
#[derive(Clone, Debug)]
pub struct Leaf<'a> {
    /// Serial number; real ones are small and sequential.
    pub serial: u32,
    /// 23 characters for authentication, 28 for signatures, ending in municipality and `003A`.
    pub common_name: &'a str,
    /// Prefecture in romaji, such as `Tokyo-to`.
    pub prefecture: &'a str,
    /// Municipality in romaji, such as `Mihon-ku`.
    pub municipality: &'a str,
    /// The instant of issue.
    pub not_before: DateTime,
    /// 14:59:59Z, the last second of a Japanese day.
    pub not_after: DateTime,
    /// The person; a signature certificate carries name, birth date, sex and address.
    pub holder: &'a Holder,
}

/// A certificate could not be written: a name is not encodable, or the key cannot sign.
#[derive(Debug, Error)]
#[error("the certificate cannot be written")]
pub struct IssueError(#[from] builder::Error);

impl Authority {
    /// Every CA there is, in the order of their making.
    pub const ALL: [Self; 8] = {
        use Generation::{Invented, Y2015, Y2019, Y2023};
        use Purpose::{Authentication, Signature};
        [
            Self {
                purpose: Authentication,
                generation: Y2015,
            },
            Self {
                purpose: Signature,
                generation: Y2015,
            },
            Self {
                purpose: Authentication,
                generation: Y2019,
            },
            Self {
                purpose: Signature,
                generation: Y2019,
            },
            Self {
                purpose: Authentication,
                generation: Y2023,
            },
            Self {
                purpose: Signature,
                generation: Y2023,
            },
            Self {
                purpose: Authentication,
                generation: Invented,
            },
            Self {
                purpose: Signature,
                generation: Invented,
            },
        ]
    };

    /// Stem of its key and certificate files, such as `ca-signature-2023`.
    #[must_use]
    pub fn stem(self) -> &'static str {
        use Generation::{Invented, Y2015, Y2019, Y2023};
        use Purpose::{Authentication, Signature};
        match (self.purpose, self.generation) {
            (Authentication, Y2015) => "ca-authentication-2015",
            (Authentication, Y2019) => "ca-authentication-2019",
            (Authentication, Y2023) => "ca-authentication-2023",
            (Authentication, Invented) => "ca-authentication-invented",
            (Signature, Y2015) => "ca-signature-2015",
            (Signature, Y2019) => "ca-signature-2019",
            (Signature, Y2023) => "ca-signature-2023",
            (Signature, Invented) => "ca-signature-invented",
        }
    }

    /// Issues the CA's own certificate, self-signed, as DER.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if `key` cannot sign.
    pub fn certificate(self, key: &PrivateKey) -> Result<Vec<u8>, IssueError> {
        let name = self.name()?;
        let public = key.public_key()?;
        let extensions = vec![
            extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?,
            extension(
                false,
                &SubjectAltName(vec![GeneralName::DirectoryName(self.own_name()?)]),
            )?,
            extension(
                true,
                &BasicConstraints {
                    ca: true,
                    path_len_constraint: None,
                },
            )?,
            extension(false, &distribution_point(name.clone()))?,
            extension(false, &SubjectKeyIdentifier(key_identifier(&public)?))?,
        ];
        let (from, to) = self.validity()?;
        let profile = Finished {
            issuer: name.clone(),
            subject: name,
            extensions,
        };
        build(
            profile,
            self.serial(),
            from,
            to,
            public,
            key,
            &Kept::default(),
        )
    }

    /// Issues a resident's certificate for the public half of `subject`, as DER.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if a name of `leaf` is not encodable or `key` cannot sign.
    pub fn issue(
        self,
        key: &PrivateKey,
        subject: &PrivateKey,
        leaf: &Leaf<'_>,
    ) -> Result<Vec<u8>, IssueError> {
        self.issue_or_find(key, subject, leaf, &Kept::default())
    }

    /// As [`issue`](Self::issue), with a signature that was kept if there is one.
    pub(super) fn issue_or_find(
        self,
        key: &PrivateKey,
        subject: &PrivateKey,
        leaf: &Leaf<'_>,
        kept: &Kept,
    ) -> Result<Vec<u8>, IssueError> {
        let public = subject.public_key()?;
        let alternative = IssuerAltName(vec![GeneralName::DirectoryName(self.own_name()?)]);
        let authority = AuthorityKeyIdentifier {
            key_identifier: Some(key_identifier(&key.public_key()?)?),
            authority_cert_issuer: Some(vec![GeneralName::DirectoryName(self.name()?)]),
            authority_cert_serial_number: Some(self.serial()),
        };
        let list = distribution_point(self.revocation_list(leaf)?);

        let mut extensions = Vec::new();
        match self.purpose {
            Purpose::Authentication => extensions.extend([
                extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
                extension(false, &ExtendedKeyUsage(vec![CLIENT_AUTH]))?,
            ]),
            Purpose::Signature => extensions.extend([
                extension(
                    true,
                    &KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
                )?,
                extension(false, &attributes(leaf.holder)?)?,
            ]),
        }
        extensions.extend([
            extension(true, &self.policies()?)?,
            extension(false, &alternative)?,
            extension(false, &list)?,
        ]);
        if self.purpose == Purpose::Authentication {
            let uri = GeneralName::UniformResourceIdentifier(Ia5String::new(OCSP)?);
            extensions.push(extension(
                false,
                &AuthorityInfoAccessSyntax(vec![AccessDescription {
                    access_method: AD_OCSP,
                    access_location: uri,
                }]),
            )?);
        }
        extensions.extend([
            extension(false, &authority)?,
            extension(false, &SubjectKeyIdentifier(key_identifier(&public)?))?,
        ]);

        let profile = Finished {
            issuer: self.name()?,
            subject: self.subject(leaf)?,
            extensions,
        };
        let serial = SerialNumber::from(leaf.serial);
        build(
            profile,
            serial,
            leaf.not_before,
            leaf.not_after,
            public,
            key,
            kept,
        )
    }

    /// Subject and issuer: one name for all generations, which is why issuers are found by key.
    fn name(self) -> der::Result<Name> {
        name(&[(C, "JP"), (O, "JPKI-TEST"), (OU, self.unit()), (OU, AGENCY)])
    }

    fn unit(self) -> &'static str {
        match self.purpose {
            Purpose::Authentication => "JPKI for user authentication",
            Purpose::Signature => "JPKI for digital signature",
        }
    }

    /// The Japanese name, carried as alternative name.
    fn own_name(self) -> der::Result<Name> {
        let unit = match self.purpose {
            Purpose::Authentication => "公的個人認証サービス利用者証明用",
            Purpose::Signature => "公的個人認証サービス署名用",
        };
        let agency = "地方公共団体情報システム機構";
        name(&[
            (C, "JP"),
            (O, "公的個人認証サービス"),
            (OU, unit),
            (OU, agency),
        ])
    }

    fn subject(self, leaf: &Leaf<'_>) -> der::Result<Name> {
        match self.purpose {
            Purpose::Authentication => name(&[(C, "JP"), (CN, leaf.common_name)]),
            Purpose::Signature => name(&[
                (C, "JP"),
                (L, leaf.prefecture),
                (L, leaf.municipality),
                (CN, leaf.common_name),
            ]),
        }
    }

    /// Where the revocation list of this municipality would be: a directory name, never a URL.
    fn revocation_list(self, leaf: &Leaf<'_>) -> der::Result<Name> {
        name(&[
            (C, "JP"),
            (O, "JPKI-TEST"),
            (OU, self.unit()),
            (OU, "CRL Distribution Points"),
            (OU, leaf.prefecture),
            (CN, &format!("{} CRLDP", leaf.municipality)),
        ])
    }

    fn policies(self) -> der::Result<CertificatePolicies> {
        Ok(CertificatePolicies(vec![PolicyInformation {
            policy_identifier: match self.purpose {
                Purpose::Authentication => POLICY_AUTHENTICATION,
                Purpose::Signature => POLICY_SIGNATURE,
            },
            policy_qualifiers: Some(vec![PolicyQualifierInfo {
                policy_qualifier_id: QUALIFIER_CPS,
                qualifier: Some(Any::encode_from(&Ia5String::new(CPS)?)?),
            }]),
        }]))
    }

    fn serial(self) -> SerialNumber {
        // The first generation counted from one in both hierarchies; later ones are made up.
        SerialNumber::from(match (self.generation, self.purpose) {
            (Generation::Y2015, _) => 1_u32,
            (Generation::Y2019, Purpose::Authentication) => 20_191,
            (Generation::Y2019, Purpose::Signature) => 20_192,
            (Generation::Y2023, Purpose::Authentication) => 20_231,
            (Generation::Y2023, Purpose::Signature) => 20_232,
            (Generation::Invented, Purpose::Authentication) => 20_261,
            (Generation::Invented, Purpose::Signature) => 20_262,
        })
    }

    /// Production dates, so that what holds for real chains in time holds here.
    fn validity(self) -> der::Result<(DateTime, DateTime)> {
        use Purpose::{Authentication, Signature};
        let from = match (self.generation, self.purpose) {
            (Generation::Y2015, Authentication) => DateTime::new(2015, 10, 20, 3, 8, 13),
            (Generation::Y2015, Signature) => DateTime::new(2015, 10, 20, 2, 40, 28),
            (Generation::Y2019, Authentication) => DateTime::new(2019, 9, 14, 23, 41, 59),
            (Generation::Y2019, Signature) => DateTime::new(2019, 9, 14, 23, 41, 56),
            (Generation::Y2023, Authentication) => DateTime::new(2023, 7, 16, 1, 1, 4),
            (Generation::Y2023, Signature) => DateTime::new(2023, 7, 16, 0, 50, 27),
            (Generation::Invented, _) => DateTime::new(2026, 4, 1, 0, 0, 0),
        }?;
        let to = match self.generation {
            Generation::Y2015 => DateTime::new(2025, 10, 19, 14, 59, 59),
            Generation::Y2019 => DateTime::new(2029, 9, 14, 14, 59, 59),
            Generation::Y2023 => DateTime::new(2033, 7, 15, 14, 59, 59),
            Generation::Invented => DateTime::new(2046, 3, 31, 14, 59, 59),
        }?;
        Ok((from, to))
    }
}

impl From<der::Error> for IssueError {
    fn from(error: der::Error) -> Self {
        Self(error.into())
    }
}

impl From<spki::Error> for IssueError {
    fn from(error: spki::Error) -> Self {
        Self(error.into())
    }
}

/// Names and extensions that are finished already; the builder adds nothing of its own.
pub(super) struct Finished {
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) extensions: Vec<Extension>,
}

impl BuilderProfile for Finished {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _public: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        _certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

pub(super) fn build(
    profile: Finished,
    serial: SerialNumber,
    from: DateTime,
    to: DateTime,
    public: SubjectPublicKeyInfoOwned,
    key: &PrivateKey,
    kept: &Kept,
) -> Result<Vec<u8>, IssueError> {
    let validity = Validity::new(utc(from)?, utc(to)?);
    let builder = CertificateBuilder::new(profile, serial, validity, public)?;
    let certificate: Certificate = match key {
        PrivateKey::Rsa(key) => {
            let signer = Signer { key, kept };
            builder.build::<_, rsa::pkcs1v15::Signature>(&signer)?
        }
        PrivateKey::P256(key) => {
            let signer = p256::ecdsa::SigningKey::from(key);
            builder.build::<_, p256::ecdsa::DerSignature>(&signer)?
        }
        PrivateKey::P384(key) => {
            let signer = p384::ecdsa::SigningKey::from(key);
            builder.build::<_, p384::ecdsa::DerSignature>(&signer)?
        }
    };
    Ok(certificate.to_der()?)
}

fn utc(time: DateTime) -> der::Result<Time> {
    UtcTime::from_date_time(time).map(Time::UtcTime)
}

/// One attribute for each RDN, in the order given; the country is PrintableString, the rest UTF-8.
pub(super) fn name(parts: &[(ObjectIdentifier, &str)]) -> der::Result<Name> {
    let mut sequence = RdnSequence::default();
    for &(oid, text) in parts {
        let value = if oid == C {
            Any::encode_from(&PrintableString::new(text)?)?
        } else {
            Any::encode_from(&Utf8StringRef::new(text)?)?
        };
        let mut rdn = RelativeDistinguishedName::default();
        rdn.insert(AttributeTypeAndValue { oid, value })?;
        sequence.push(rdn);
    }
    // The ordinary constructor refuses an attribute type that occurs twice, as OU and L do here.
    Ok(Name::hazmat_from_rdn_sequence(sequence))
}

/// 基本4情報 as six otherName entries, in the order of the card: 1, 4, 3, 5, 2, 6.
fn attributes(holder: &Holder) -> der::Result<SubjectAltName> {
    let sex = holder.sex.to_string();
    let entries = [
        (1, holder.name.as_str()),
        (4, &holder.birth),
        (3, &sex),
        (5, &holder.address),
        (2, &holder.name_substitutes),
        (6, &holder.address_substitutes),
    ];
    // Invented: no certificate has it yet, and nobody has said under which number it will be.
    let furigana = holder.furigana.iter().map(|text| (7, text.as_str()));
    let names: der::Result<_> = entries
        .into_iter()
        .chain(furigana)
        .map(|(arc, text)| {
            let type_id = PERSONAL_DATA
                .push_arc(arc)
                .map_err(|_| der::ErrorKind::OidMalformed)?;
            let value = Any::encode_from(&Utf8StringRef::new(text)?)?;
            Ok(GeneralName::OtherName(OtherName { type_id, value }))
        })
        .collect();
    names.map(SubjectAltName)
}

fn distribution_point(name: Name) -> CrlDistributionPoints {
    CrlDistributionPoints(vec![DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![
            GeneralName::DirectoryName(name),
        ])),
        reasons: None,
        crl_issuer: None,
    }])
}

/// Method 1 of RFC 5280, 4.2.1.2: SHA-1 of the bits of the key.
pub(super) fn key_identifier(public: &SubjectPublicKeyInfoOwned) -> der::Result<OctetString> {
    let bits: &BitString = &public.subject_public_key;
    OctetString::new(Sha1::digest(bits.raw_bytes()).to_vec())
}

pub(super) fn extension<T>(critical: bool, value: &T) -> der::Result<Extension>
where
    T: Encode + der::oid::AssociatedOid,
{
    (T::OID, critical, value).to_extension(&Name::default(), &[])
}

const AGENCY: &str = "Japan Agency for Local Authority Information Systems";
const CPS: &str = "http://www.jpki.go.jp/cps.html";
const OCSP: &str = "http://ocspauthnorm.simulator.invalid";

pub(super) const C: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
pub(super) const O: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(super) const OU: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const L: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
pub(super) const CN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const AD_OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const QUALIFIER_CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
/// The test arc, as on J-LIS test cards; production has 1.2.392.200149.8.5.1.3.30.
const POLICY_AUTHENTICATION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.0.30");
/// The test arc; production has 1.2.392.200149.8.5.1.1.20.
const POLICY_SIGNATURE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.0.20");
const PERSONAL_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.5");

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    fn value(extension: der::Result<Extension>) -> String {
        hex(extension.unwrap().extn_value.as_bytes())
    }

    fn authority(purpose: Purpose) -> Authority {
        Authority {
            purpose,
            generation: Generation::Y2023,
        }
    }

    /// The bytes of a J-LIS test card, whose holder was made up by J-LIS.
    #[test]
    fn the_six_attributes_are_written_as_on_a_test_card() {
        let holder = Holder {
            name: "黒桐　幹也".to_owned(),
            name_substitutes: "00000".to_owned(),
            address: "東京都清瀬市観布子南１２－７－２０２".to_owned(),
            address_substitutes: "0".repeat(18),
            birth: "319800217".to_owned(),
            sex: '1',
            my_number: None,
            furigana: None,
        };
        assert_eq!(
            value(attributes(&holder).and_then(|names| extension(false, &names))),
            "3081D2A01F060A2A83088C9B5508050501A0110C0FE9BB92E6A190E38080E5B9B9E4B99F\
             A019060A2A83088C9B5508050504A00B0C09333139383030323137\
             A011060A2A83088C9B5508050503A0030C0131\
             A046060A2A83088C9B5508050505A0380C36E69DB1E4BAACE983BDE6B885E780ACE5B882\
             E8A6B3E5B883E5AD90E58D97EFBC91EFBC92EFBC8DEFBC97EFBC8DEFBC92EFBC90EFBC92\
             A015060A2A83088C9B5508050502A0070C053030303030\
             A022060A2A83088C9B5508050506A0140C12303030303030303030303030303030303030"
        );
    }

    #[test]
    fn policies_and_key_usage_are_written_as_on_a_test_card() {
        let policies = authority(Purpose::Authentication).policies();
        assert_eq!(
            value(policies.and_then(|policies| extension(true, &policies))),
            "303D303B060B2A83088C9B55080501001E302C302A06082B06010505070201161E\
             687474703A2F2F7777772E6A706B692E676F2E6A702F6370732E68746D6C"
        );
        let ca = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
        assert_eq!(value(extension(true, &ca)), "03020106");
        let login = KeyUsage(KeyUsages::DigitalSignature.into());
        assert_eq!(value(extension(true, &login)), "03020780");
        let document = KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation);
        assert_eq!(value(extension(true, &document)), "030206C0");
        let ca = BasicConstraints {
            ca: true,
            path_len_constraint: None,
        };
        assert_eq!(value(extension(true, &ca)), "30030101FF");
    }

    /// Production names have 133 and 131 bytes; ours say `JPKI-TEST`, five letters more.
    #[test]
    fn names_are_as_long_as_the_real_ones_and_five() {
        let length = |purpose| authority(purpose).name().unwrap().to_der().unwrap().len();
        assert_eq!(length(Purpose::Authentication), 133 + 5);
        assert_eq!(length(Purpose::Signature), 131 + 5);
    }

    #[test]
    fn no_certificate_outlives_its_authority() {
        for id in crate::persona::Persona::SHIPPED {
            let persona = crate::persona::Persona::shipped(id).unwrap();
            for credential in [persona.authentication, persona.signature]
                .into_iter()
                .flatten()
            {
                let read = |der: &[u8]| {
                    let certificate = Certificate::from_der(der).unwrap();
                    let validity = *certificate.tbs_certificate().validity();
                    (
                        validity.not_before.to_date_time(),
                        validity.not_after.to_date_time(),
                    )
                };
                let (ca, leaf) = (
                    read(&credential.ca_certificate),
                    read(&credential.certificate),
                );
                assert!(ca.0 <= leaf.0 && leaf.0 < leaf.1 && leaf.1 <= ca.1, "{id}");
            }
        }
    }
}
