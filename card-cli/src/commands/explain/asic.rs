//! What a container holds.

use card_core::HashAlgorithm;
use card_sign::asic::{EntryOutline, Outline};
use serde::Serialize;

use super::cms::Cms;

/// An ASiC container.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Asic {
    files: Vec<InAsic>,
    /// The signature over the manifest; null if there is none that can be read.
    cms: Option<Cms>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct InAsic {
    name: String,
    /// In bytes, unpacked.
    length: u64,
    /// Of the digest in the manifest; null if it states none.
    hash: Option<&'static str>,
}

impl Asic {
    pub(super) fn of(outline: &Outline) -> Self {
        let file = |one: &EntryOutline| InAsic {
            name: one.name.clone(),
            length: one.size,
            hash: one.digest.map(HashAlgorithm::name),
        };
        Self {
            files: outline.entries.iter().map(file).collect(),
            cms: outline.signature.as_ref().map(Cms::of),
        }
    }
}
