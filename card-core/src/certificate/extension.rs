//! Extensions of a certificate, as values.

use std::collections::BTreeSet;
use std::fmt;

use x509_parser::extensions::{
    DistributionPointName, GeneralName, ParsedExtension, PolicyInformation, X509Extension,
};

use super::attributes;
use super::der::{self, Cursor, NotDer};
use super::name::DistinguishedName;
use super::oid::Oid;
use super::{CertificateError, Purpose, Serial};
use crate::domain::person::Attributes;

/// That an extension is there, and whether who does not understand it must refuse the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionHeader {
    /// Which extension.
    pub oid: Oid,
    /// Whether it is critical.
    pub critical: bool,
    /// Whether this program reads it.
    pub known: bool,
}

/// What a key may be used for (鍵用途): the bits of keyUsage.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Bit 0: the key signs what proves an identity, or short-lived things.
    pub const fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    /// Bit 1, also called contentCommitment: the key signs what its holder means to stand by.
    pub const fn non_repudiation(self) -> bool {
        self.0 & 1 << 1 != 0
    }

    /// Bit 5: the key signs certificates.
    pub const fn key_cert_sign(self) -> bool {
        self.0 & 1 << 5 != 0
    }

    /// Bit 6: the key signs revocation lists.
    pub const fn crl_sign(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    /// The names of all bits that are set, as RFC 5280 spells them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let flags = NAMES.into_iter().enumerate();
        flags.filter_map(move |(bit, name)| (self.0 & 1 << bit != 0).then_some(name))
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// A policy under which a certificate was issued (証明書ポリシー).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which policy.
    pub oid: Oid,
    /// Where its practice statement (CPS, 運用規程) is published.
    pub cps: Option<String>,
}

impl Policy {
    /// What this policy is in JPKI; `None` for any other policy.
    pub fn class(&self) -> Option<PolicyClass> {
        let (environment, purpose, holder) = if self.oid == Oid::POLICY_AUTHENTICATION {
            (
                Environment::Production,
                Purpose::Authentication,
                KeyHolder::Card,
            )
        } else if self.oid == Oid::POLICY_SIGNATURE {
            (Environment::Production, Purpose::Signature, KeyHolder::Card)
        } else if self.oid == Oid::POLICY_SIGNATURE_PHONE {
            (
                Environment::Production,
                Purpose::Signature,
                KeyHolder::Phone,
            )
        } else if self.oid == Oid::POLICY_AUTHENTICATION_TEST {
            (Environment::Test, Purpose::Authentication, KeyHolder::Card)
        } else if self.oid == Oid::POLICY_SIGNATURE_TEST {
            (Environment::Test, Purpose::Signature, KeyHolder::Card)
        } else {
            return None;
        };
        Some(PolicyClass {
            environment,
            purpose,
            holder,
        })
    }
}

/// What a JPKI policy promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PolicyClass {
    /// For real persons or for tests.
    pub environment: Environment,
    /// What the key is for.
    pub purpose: Purpose,
    /// What holds the key.
    pub holder: KeyHolder,
}

/// Whether certificates are issued to real persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Issued to real persons.
    Production,
    /// Issued for tests: by J-LIS on test cards, and by this project's simulator.
    Test,
}

/// What holds the private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyHolder {
    /// The plastic card.
    Card,
    /// A phone (移動端末設備用電子証明書).
    Phone,
}

/// Whether the key belongs to a certification authority (認証局).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether it does.
    pub ca: bool,
    /// How many authorities may stand below.
    pub path_length: Option<u32>,
}

/// Which key of the issuer signed (発行者鍵識別子).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKey {
    /// The subject key identifier of the issuer's certificate. This chooses among the generations.
    pub key_identifier: Option<Vec<u8>>,
    /// The name of the issuer's issuer.
    pub issuer: Option<DistinguishedName>,
    /// The serial number of the issuer's certificate.
    pub serial: Option<Serial>,
}

/// Where the revocation list for a certificate lies (CRL配布点).
///
/// In JPKI a directory name inside a closed network, one for each municipality, and never a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// The directory name; a list is for this certificate if its own has the same DER.
    pub name: Option<DistinguishedName>,
    /// Addresses, in certificates of others.
    pub uris: Vec<String>,
    /// Whether the point says more that this program does not read: reasons, another issuer, a
    /// relative name.
    pub more: bool,
}

/// Everything that the extensions say.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) headers: Vec<ExtensionHeader>,
    pub(crate) duplicates: Vec<Oid>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Vec<Oid>>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) attributes: Option<Attributes>,
    pub(crate) subject_alternative_name: Option<DistinguishedName>,
    pub(crate) issuer_alternative_name: Option<DistinguishedName>,
    pub(crate) distribution_points: Vec<DistributionPoint>,
    pub(crate) ocsp_uris: Vec<String>,
    pub(crate) authority_key: Option<AuthorityKey>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
}

impl Extensions {
    /// Reads all extensions; of one that stands twice the first counts and the rest is reported.
    pub(crate) fn read(
        extensions: &[X509Extension<'_>],
        der: &[u8],
    ) -> Result<Extensions, CertificateError> {
        let mut all = Extensions::default();
        let mut seen = BTreeSet::new();
        for extension in extensions {
            let oid = Oid::from_content(extension.oid.as_bytes());
            let known = KNOWN.contains(&oid.content());
            let critical = extension.critical;
            let first = seen.insert(oid.clone());
            if !first && !all.duplicates.contains(&oid) {
                all.duplicates.push(oid.clone());
            }
            if known && first && all.take(extension).is_err() {
                let at = der::offset(extension.value, der);
                return Err(CertificateError::Extension { oid, at });
            }
            all.headers.push(ExtensionHeader {
                oid,
                critical,
                known,
            });
        }
        Ok(all)
    }

    fn take(&mut self, extension: &X509Extension<'_>) -> Result<(), NotDer> {
        // x509-parser looks at the first object only; what follows it would be signed and unseen.
        let mut value = Cursor::new(extension.value);
        value.any()?;
        if !value.is_empty() {
            return Err(NotDer);
        }
        match extension.parsed_extension() {
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(KeyUsage(usage.flags)),
            ParsedExtension::ExtendedKeyUsage(_) => {
                self.extended_key_usage = Some(oids(extension.value)?);
            }
            ParsedExtension::CertificatePolicies(policies) => {
                self.policies = policies.iter().map(policy).collect();
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.attributes = attributes::read(&names.general_names);
                self.subject_alternative_name = directory_name(&names.general_names)?;
            }
            ParsedExtension::IssuerAlternativeName(names) => {
                self.issuer_alternative_name = directory_name(&names.general_names)?;
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in points.iter() {
                    let mut read = DistributionPoint {
                        more: point.reasons.is_some() || point.crl_issuer.is_some(),
                        ..DistributionPoint::default()
                    };
                    match &point.distribution_point {
                        Some(DistributionPointName::FullName(names)) => {
                            read.name = directory_name(names)?;
                            read.uris = names.iter().filter_map(uri).collect();
                        }
                        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => read.more = true,
                        None => {}
                    }
                    self.distribution_points.push(read);
                }
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let ocsp = access
                    .iter()
                    .filter(|one| one.access_method.as_bytes() == Oid::OCSP.content());
                self.ocsp_uris = ocsp.filter_map(|one| uri(&one.access_location)).collect();
            }
            ParsedExtension::AuthorityKeyIdentifier(key) => {
                self.authority_key = Some(AuthorityKey {
                    key_identifier: key.key_identifier.as_ref().map(|id| id.0.to_vec()),
                    issuer: directory_name(
                        key.authority_cert_issuer.as_deref().unwrap_or_default(),
                    )?,
                    serial: key.authority_cert_serial.map(Serial::from_content),
                });
            }
            ParsedExtension::SubjectKeyIdentifier(id) => {
                self.subject_key_identifier = Some(id.0.to_vec());
            }
            ParsedExtension::BasicConstraints(basic) => {
                let path_length = basic.path_len_constraint;
                self.basic_constraints = Some(BasicConstraints {
                    ca: basic.ca,
                    path_length,
                });
            }
            _ => return Err(NotDer),
        }
        Ok(())
    }
}

/// The identifiers of all extensions that `take` understands.
const KNOWN: [&[u8]; 10] = [
    b"\x55\x1d\x0f",                     // keyUsage
    b"\x55\x1d\x25",                     // extKeyUsage
    b"\x55\x1d\x20",                     // certificatePolicies
    b"\x55\x1d\x11",                     // subjectAltName
    b"\x55\x1d\x12",                     // issuerAltName
    b"\x55\x1d\x1f",                     // cRLDistributionPoints
    b"\x2b\x06\x01\x05\x05\x07\x01\x01", // authorityInfoAccess
    b"\x55\x1d\x23",                     // authorityKeyIdentifier
    b"\x55\x1d\x0e",                     // subjectKeyIdentifier
    b"\x55\x1d\x13",                     // basicConstraints
];

/// By hand, because x509-parser sorts the usages it knows out of their order.
fn oids(value: &[u8]) -> Result<Vec<Oid>, NotDer> {
    let mut rest = Cursor::new(der::only(der::SEQUENCE, value)?.value);
    let mut oids = Vec::new();
    while !rest.is_empty() {
        oids.push(Oid::from_content(rest.next(der::OID)?.value));
    }
    Ok(oids)
}

fn policy(policy: &PolicyInformation<'_>) -> Policy {
    let qualifiers = policy.policy_qualifiers.iter().flatten();
    let cps = qualifiers.filter(|one| one.policy_qualifier_id.as_bytes() == Oid::CPS.content());
    Policy {
        oid: Oid::from_content(policy.policy_id.as_bytes()),
        cps: cps
            .filter_map(|one| der::only(der::IA5_STRING, one.qualifier).ok())
            .find_map(|text| std::str::from_utf8(text.value).ok().map(str::to_owned)),
    }
}

fn directory_name(names: &[GeneralName<'_>]) -> Result<Option<DistinguishedName>, NotDer> {
    let first = names.iter().find_map(|name| match name {
        GeneralName::DirectoryName(name) => Some(DistinguishedName::read(name.as_raw())),
        _ => None,
    });
    first.transpose()
}

fn uri(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    }
}
