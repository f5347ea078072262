//! Content of a signed file, for display. Nothing here is verified.

use card_core::certificate::{Certificate, Oid};
use card_core::digest::HashAlgorithm;
use card_core::domain::date::UtcTime;
use card_core::signature::SignatureKind;

use super::attributes::{self, Attribute};
use super::signed_data::{SignedData, Signer};
use super::tst_info::TstInfo;
use super::{algorithm, oid, timestamp};
use crate::ber::Element;

/// The parts of a SignedData. Every one is a claim of the file.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its version.
    pub version: u64,
    /// The type of the content.
    pub content_type: Oid,
    /// How long the content inside is; `None` if the signature is detached.
    pub content_length: Option<u64>,
    /// The certificates inside that can be read.
    pub certificates: Vec<Certificate>,
    /// How many revocation lists are inside.
    pub revocation_lists: usize,
    /// The signers, in the order of the file.
    pub signers: Vec<SignerOutline>,
}

/// One signer's part. Every field is empty where it cannot be read.
#[derive(Clone, Debug, Default)]
pub struct SignerOutline {
    /// Which certificate inside the signer names, counted from 0.
    pub certificate: Option<usize>,
    /// The hash function.
    pub hash: Option<HashAlgorithm>,
    /// Scheme and padding.
    pub scheme: Option<SignatureKind>,
    /// How long the signature value is.
    pub signature_length: usize,
    /// When the signer claims to have signed.
    pub claimed_time: Option<UtcTime>,
    /// The names of the signed attributes.
    pub signed: Vec<Oid>,
    /// The names of the other attributes, which anybody can add.
    pub unsigned: Vec<Oid>,
    /// The times that time stamps state.
    pub stamped: Vec<UtcTime>,
}

impl SignedData {
    /// What stands in the file.
    pub fn outline(&self) -> Outline {
        let certificates = self.certificates();
        let signers = self.signers.iter();
        let signers = signers.map(|bytes| {
            let signer = Signer::read(bytes).ok();
            signer.map_or_else(SignerOutline::default, |signer| {
                outline(&signer, &certificates)
            })
        });
        Outline {
            version: self.version,
            content_type: self.content_type.clone(),
            content_length: self.content_length(),
            revocation_lists: self.lists.len(),
            signers: signers.collect(),
            certificates,
        }
    }
}

fn outline(signer: &Signer<'_>, certificates: &[Certificate]) -> SignerOutline {
    let hash = algorithm::hash(&signer.digest_algorithm);
    let signed = list(signer.signed);
    let unsigned = list(signer.unsigned);
    let claimed = attributes::find(&signed, &oid::SIGNING_TIME);
    let stamps = unsigned.iter().filter(|one| one.oid == oid::TIME_STAMP);
    let stamped = stamps.flat_map(|one| &one.values).filter_map(|token| {
        let (_, info) = timestamp::open(token.whole).ok()?;
        TstInfo::read(&info).ok().map(|info| info.time)
    });
    SignerOutline {
        certificate: certificates.iter().position(|one| signer.id.names(one)),
        hash,
        scheme: hash.and_then(|hash| algorithm::scheme(&signer.signature_algorithm, hash).ok()),
        signature_length: signer.signature.len(),
        claimed_time: claimed.and_then(|one| attributes::read_time(&one.only().ok()?)),
        stamped: stamped.collect(),
        signed: signed.iter().map(|one| one.oid.clone()).collect(),
        unsigned: unsigned.iter().map(|one| one.oid.clone()).collect(),
    }
}

/// The attributes of a set; none if there is none or it cannot be read.
fn list(set: Option<Element<'_>>) -> Vec<Attribute<'_>> {
    set.and_then(|set| attributes::read(&set).ok())
        .unwrap_or_default()
}
