//! Objects of a token: certificate, public key, private key, and the profile that tells NSS not to
//! ask for a PIN before it looks for certificates.

use card_core::certificate::Certificate;
use cryptoki_sys::*;

use crate::types::Kind;

/// What an object is; its number is the lower part of its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Certificate = 1,
    PublicKey = 2,
    PrivateKey = 3,
    Profile = 4,
}

impl Class {
    pub(crate) const ALL: [Self; 4] = [
        Self::Certificate,
        Self::PublicKey,
        Self::PrivateKey,
        Self::Profile,
    ];
}

/// An object that the asking session may see.
pub(crate) struct Object<'t> {
    pub(crate) class: Class,
    pub(crate) kind: Kind,
    /// Of the token; absent only for a profile object.
    pub(crate) certificate: Option<&'t Certificate>,
}

/// What there is to say about an attribute.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Is(Vec<u8>),
    /// It is there, and never leaves the card.
    Sensitive,
    /// This object has none.
    Invalid,
}

impl Object<'_> {
    /// One attribute.
    pub(crate) fn attribute(&self, name: CK_ATTRIBUTE_TYPE) -> Attribute {
        self.common(name)
            .or_else(|| self.own(name))
            .map_or(Attribute::Invalid, Attribute::Is)
            .or_sensitive(self.class, name)
    }

    /// Whether it fits a search.
    pub(crate) fn fits(&self, template: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)]) -> bool {
        template
            .iter()
            .all(|(name, value)| matches!(self.attribute(*name), Attribute::Is(is) if is == *value))
    }

    fn common(&self, name: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
        let class = match self.class {
            Class::Certificate => CKO_CERTIFICATE,
            Class::PublicKey => CKO_PUBLIC_KEY,
            Class::PrivateKey => CKO_PRIVATE_KEY,
            Class::Profile => CKO_PROFILE,
        };
        // The signature certificate names its holder, so it is there after a login only.
        let private = self.class == Class::PrivateKey
            || self.kind == Kind::Signature && self.class != Class::Profile;
        Some(match name {
            CKA_CLASS => number(class),
            CKA_TOKEN => truth(true),
            CKA_PRIVATE => truth(private),
            CKA_MODIFIABLE | CKA_COPYABLE | CKA_DESTROYABLE => truth(false),
            CKA_LABEL => self.kind.object_label().as_bytes().to_vec(),
            _ => return None,
        })
    }

    fn own(&self, name: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
        if self.class == Class::Profile {
            return (name == CKA_PROFILE_ID).then(|| number(CKP_PUBLIC_CERTIFICATES_TOKEN));
        }
        let certificate = self.certificate?;
        match name {
            CKA_ID => return Some(vec![self.kind.id()]),
            CKA_SUBJECT => return Some(certificate.subject().der().to_vec()),
            CKA_PUBLIC_KEY_INFO => return Some(certificate.public_key().spki().to_vec()),
            _ => {}
        }
        match self.class {
            Class::Certificate => of_certificate(certificate, name),
            Class::PublicKey => of_key(certificate, name).or_else(|| match name {
                CKA_VERIFY => Some(truth(true)),
                CKA_ENCRYPT | CKA_WRAP | CKA_VERIFY_RECOVER | CKA_DERIVE | CKA_TRUSTED => {
                    Some(truth(false))
                }
                CKA_MODULUS_BITS => Some(number(2048)),
                _ => None,
            }),
            Class::PrivateKey => of_key(certificate, name).or_else(|| match name {
                CKA_SIGN | CKA_SENSITIVE | CKA_ALWAYS_SENSITIVE | CKA_NEVER_EXTRACTABLE => {
                    Some(truth(true))
                }
                CKA_DECRYPT
                | CKA_UNWRAP
                | CKA_SIGN_RECOVER
                | CKA_DERIVE
                | CKA_EXTRACTABLE
                | CKA_ALWAYS_AUTHENTICATE
                | CKA_WRAP_WITH_TRUSTED => Some(truth(false)),
                _ => None,
            }),
            Class::Profile => None,
        }
    }
}

impl Attribute {
    fn or_sensitive(self, class: Class, name: CK_ATTRIBUTE_TYPE) -> Self {
        match (class, name) {
            (
                Class::PrivateKey,
                CKA_PRIVATE_EXPONENT | CKA_PRIME_1 | CKA_PRIME_2 | CKA_EXPONENT_1 | CKA_EXPONENT_2
                | CKA_COEFFICIENT,
            ) => Self::Sensitive,
            _ => self,
        }
    }
}

fn of_certificate(certificate: &Certificate, name: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
    Some(match name {
        CKA_CERTIFICATE_TYPE => number(CKC_X_509),
        // 1 is "token user": a certificate of the holder.
        CKA_CERTIFICATE_CATEGORY => number(1),
        CKA_TRUSTED => truth(false),
        CKA_VALUE => certificate.to_der().to_vec(),
        CKA_ISSUER => certificate.issuer().der().to_vec(),
        CKA_SERIAL_NUMBER => {
            let content = certificate.serial().content();
            let mut der = vec![0x02, u8::try_from(content.len()).ok()?];
            der.extend_from_slice(content);
            der
        }
        _ => return None,
    })
}

fn of_key(certificate: &Certificate, name: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
    let significant = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number.get(zeros..).unwrap_or_default().to_vec()
    };
    Some(match name {
        CKA_KEY_TYPE => number(CKK_RSA),
        CKA_LOCAL => truth(false),
        CKA_KEY_GEN_MECHANISM => number(CK_UNAVAILABLE_INFORMATION),
        CKA_MODULUS => significant(certificate.public_key().rsa_numbers()?.0),
        CKA_PUBLIC_EXPONENT => significant(certificate.public_key().rsa_numbers()?.1),
        _ => return None,
    })
}

fn number(value: CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn truth(value: bool) -> Vec<u8> {
    vec![CK_BBOOL::from(value)]
}
