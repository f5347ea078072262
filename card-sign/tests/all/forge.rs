//! A second writer of CMS, that writes whatever it is told: it shares no code with the library.

use card_core::digest::{Digest, HashAlgorithm};
use card_sim::persona::Credential;

use crate::pki;

pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        n @ 0..0x80 => out.push(n as u8),
        n @ 0x80..0x100 => out.extend([0x81, n as u8]),
        n @ 0x100..0x1_0000 => out.extend([0x82, (n >> 8) as u8, n as u8]),
        n => out.extend([0x83, (n >> 16) as u8, (n >> 8) as u8, n as u8]),
    }
    [out, body].concat()
}

/// An indefinite length around parts.
pub(crate) fn indefinite(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[tag, 0x80], &parts.concat()[..], &[0, 0]].concat()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

pub(crate) const DATA: &str = "0609 2A864886F70D010701";
pub(crate) const TST_INFO: &str = "060B 2A864886F70D0109100104";
pub(crate) const SIGNED_DATA: &str = "0609 2A864886F70D010702";
pub(crate) const CONTENT_TYPE: &str = "0609 2A864886F70D010903";
pub(crate) const MESSAGE_DIGEST: &str = "0609 2A864886F70D010904";
pub(crate) const SIGNING_TIME: &str = "0609 2A864886F70D010905";
pub(crate) const SIGNING_CERTIFICATE_V2: &str = "060B 2A864886F70D010910022F";
pub(crate) const TIME_STAMP: &str = "060B 2A864886F70D010910020E";

pub(crate) const SHA256: &str = "300D 0609 608648016503040201 0500";
pub(crate) const SHA512: &str = "300D 0609 608648016503040203 0500";
pub(crate) const SHA1: &str = "3009 0605 2B0E03021A 0500";
pub(crate) const MD5: &str = "300C 0608 2A864886F70D0205 0500";
pub(crate) const SHA256_RSA: &str = "300D 0609 2A864886F70D01010B 0500";
pub(crate) const SHA512_RSA: &str = "300D 0609 2A864886F70D01010D 0500";
pub(crate) const SHA1_RSA: &str = "300D 0609 2A864886F70D010105 0500";
pub(crate) const ECDSA_SHA256: &str = "300A 0608 2A8648CE3D040302";

pub(crate) fn attribute(oid: &str, values: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &[&hex(oid), &tlv(0x31, values)])
}

pub(crate) fn sorted(tag: u8, elements: &[Vec<u8>]) -> Vec<u8> {
    let mut elements = elements.to_vec();
    elements.sort();
    tlv(tag, &[&elements.concat()])
}

/// Issuer and serial number of a certificate, cut out of its bytes.
pub(crate) fn issuer_and_serial(certificate: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let parsed = card_core::certificate::Certificate::parse_exact(certificate).unwrap();
    (
        parsed.issuer().der().to_vec(),
        tlv(2, &[parsed.serial().content()]),
    )
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Digest::of(HashAlgorithm::Sha256, bytes).as_bytes().to_vec()
}

/// How the attributes are signed.
pub(crate) type SignWith = Box<dyn Fn(&Credential, &[u8]) -> Vec<u8>>;

/// A SignedData in the making, every part of which can be replaced.
pub(crate) struct Forge {
    pub(crate) credential: &'static Credential,
    pub(crate) version: u8,
    pub(crate) digest_algorithms: Vec<Vec<u8>>,
    pub(crate) content_type: Vec<u8>,
    /// The whole `[0]`, or nothing.
    pub(crate) content: Vec<u8>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) signer_version: u8,
    pub(crate) signer_id: Vec<u8>,
    pub(crate) digest_algorithm: Vec<u8>,
    /// In the order of signing and storing.
    pub(crate) attributes: Vec<Vec<u8>>,
    /// The stored attributes if they are not what was signed; empty stores none.
    pub(crate) stored: Option<Vec<u8>>,
    pub(crate) signature_algorithm: Vec<u8>,
    pub(crate) sign: SignWith,
    pub(crate) unsigned: Vec<Vec<u8>>,
    /// Further SignerInfos.
    pub(crate) others: Vec<Vec<u8>>,
}

impl Forge {
    /// A right detached CAdES-B-B signature over this content by Hanako.
    pub(crate) fn new(content: &[u8]) -> Forge {
        Forge::by(pki::hanako(), content)
    }

    pub(crate) fn by(credential: &'static Credential, content: &[u8]) -> Forge {
        let (issuer, serial) = issuer_and_serial(&credential.certificate);
        let mut forge = Forge {
            credential,
            version: 1,
            digest_algorithms: vec![hex(SHA256)],
            content_type: hex(DATA),
            content: Vec::new(),
            certificates: vec![
                credential.certificate.clone(),
                credential.ca_certificate.clone(),
            ],
            signer_version: 1,
            signer_id: tlv(0x30, &[&issuer, &serial]),
            digest_algorithm: hex(SHA256),
            attributes: vec![
                attribute(CONTENT_TYPE, &[&hex(DATA)]),
                attribute(SIGNING_TIME, &[b"\x17\x0d261125025900Z"]),
                attribute(MESSAGE_DIGEST, &[&tlv(4, &[&sha256(content)])]),
                attribute(SIGNING_CERTIFICATE_V2, &[&signing_certificate(credential)]),
            ],
            stored: None,
            signature_algorithm: hex(SHA256_RSA),
            sign: Box::new(|credential, signed| {
                pki::sign(&credential.key, &Digest::of(HashAlgorithm::Sha256, signed)).to_der()
            }),
            unsigned: Vec::new(),
            others: Vec::new(),
        };
        forge.attributes.sort();
        forge
    }

    pub(crate) fn signer_info(&self) -> Vec<u8> {
        let body = self.attributes.concat();
        let signature = (self.sign)(self.credential, &tlv(0x31, &[&body]));
        let stored = self.stored.clone().unwrap_or_else(|| tlv(0xa0, &[&body]));
        let unsigned = if self.unsigned.is_empty() {
            Vec::new()
        } else {
            sorted(0xa1, &self.unsigned)
        };
        tlv(
            0x30,
            &[
                &[2, 1, self.signer_version],
                &self.signer_id,
                &self.digest_algorithm,
                &stored,
                &self.signature_algorithm,
                &tlv(4, &[&signature]),
                &unsigned,
            ],
        )
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        self.build_with(&[self.others.clone(), vec![self.signer_info()]].concat())
    }

    pub(crate) fn build_with(&self, signers: &[Vec<u8>]) -> Vec<u8> {
        let signed_data = tlv(
            0x30,
            &[
                &[2, 1, self.version],
                &tlv(0x31, &[&self.digest_algorithms.concat()]),
                &tlv(0x30, &[&self.content_type, &self.content]),
                &if self.certificates.is_empty() {
                    Vec::new()
                } else {
                    tlv(0xa0, &[&self.certificates.concat()])
                },
                &tlv(0x31, &[&signers.concat()]),
            ],
        );
        tlv(0x30, &[&hex(SIGNED_DATA), &tlv(0xa0, &[&signed_data])])
    }

    /// Puts a content inside.
    pub(crate) fn attach(mut self, content: &[u8]) -> Forge {
        self.content = tlv(0xa0, &[&tlv(4, &[content])]);
        self
    }

    /// Replaces the attribute with this name by others.
    pub(crate) fn replace(&mut self, oid: &str, with: Vec<Vec<u8>>) {
        let name = hex(oid);
        self.attributes
            .retain(|attribute| !attribute.windows(name.len()).any(|w| w == name));
        self.attributes.extend(with);
        self.attributes.sort();
    }
}

/// SigningCertificateV2 with the default hash and without issuerSerial.
pub(crate) fn signing_certificate(credential: &Credential) -> Vec<u8> {
    signing_certificate_of(&sha256(&credential.certificate), &[])
}

pub(crate) fn signing_certificate_of(hash: &[u8], more: &[u8]) -> Vec<u8> {
    tlv(
        0x30,
        &[&tlv(0x30, &[&tlv(0x30, &[&tlv(4, &[hash]), more])])],
    )
}
