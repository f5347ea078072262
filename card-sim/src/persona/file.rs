//! The shape of a persona file, and how one file builds on another.
//!
//! Every field may be left out here; what must be there is decided after inheritance. Every value
//! keeps its place in the text, so that later checks can say where a mistake is.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::issue::Generation;
use super::licence::LicenceFields;
use super::{Issuer, Kind};
use crate::os::quirk::Quirks;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) based_on: Option<Spanned<String>>,
    pub(super) id: Option<Spanned<String>>,
    pub(super) about_ja: Option<Spanned<String>>,
    pub(super) about_en: Option<Spanned<String>>,
    pub(super) kind: Option<Spanned<Kind>>,
    pub(super) invented: Option<Spanned<bool>>,
    pub(super) atr: Option<Spanned<String>>,
    pub(super) largest_apdu: Option<Spanned<usize>>,
    pub(super) without_pins: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) holder: HolderFile,
    #[serde(default)]
    pub(super) card: CardFile,
    #[serde(default)]
    pub(super) pins: PinsFile,
    pub(super) authentication: Option<CredentialFile>,
    pub(super) signature: Option<CredentialFile>,
    pub(super) records: Option<RecordsFile>,
    pub(super) licence: Option<Spanned<LicenceFile>>,
    pub(super) quirks: Option<Quirks>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HolderFile {
    pub(super) name: Option<Spanned<String>>,
    pub(super) name_substitutes: Option<Spanned<String>>,
    pub(super) address: Option<Spanned<String>>,
    pub(super) address_substitutes: Option<Spanned<String>>,
    pub(super) birth: Option<Spanned<String>>,
    pub(super) sex: Option<Spanned<String>>,
    pub(super) my_number: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CardFile {
    pub(super) serial: Option<Spanned<String>>,
    pub(super) municipality: Option<Spanned<String>>,
    pub(super) municipality_name: Option<Spanned<String>>,
    pub(super) prefecture: Option<Spanned<String>>,
    pub(super) expiry: Option<Spanned<Datetime>>,
    pub(super) identification: Option<Spanned<String>>,
    pub(super) birth: Option<Spanned<String>>,
    pub(super) security_code: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PinsFile {
    pub(super) authentication: Option<PinFile>,
    pub(super) signature: Option<PinFile>,
    pub(super) resident: Option<PinFile>,
    pub(super) profile: Option<PinFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PinFile {
    pub(super) value: Option<Spanned<String>>,
    pub(super) left: Option<Spanned<u8>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CredentialFile {
    pub(super) absent: Option<Spanned<bool>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) certificate: Option<Spanned<String>>,
    pub(super) ca_certificate: Option<Spanned<String>>,
    pub(super) generation: Option<Spanned<Generation>>,
    pub(super) serial: Option<Spanned<u32>>,
    pub(super) common_name: Option<Spanned<String>>,
    pub(super) issued: Option<Spanned<Datetime>>,
    pub(super) expires: Option<Spanned<Datetime>>,
    /// The key was inherited, so its path means a file inside the program.
    #[serde(skip)]
    pub(super) key_is_shipped: bool,
}

/// `[licence]`: PIN and portraits, and what is written in it.
#[derive(Deserialize)]
pub(super) struct LicenceFile {
    pub(super) pin: Option<PinFile>,
    pub(super) portrait: Option<Spanned<String>>,
    #[serde(rename = "altered-portrait")]
    pub(super) altered_portrait: Option<Spanned<String>>,
    #[serde(flatten)]
    pub(super) fields: LicenceFields,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RecordsFile {
    pub(super) absent: Option<Spanned<bool>>,
    pub(super) keys: Option<Spanned<String>>,
    pub(super) municipality_keys: Option<Spanned<String>>,
    pub(super) pictures: Option<Spanned<String>>,
    pub(super) signatures: Option<Spanned<String>>,
    pub(super) issuer: Option<Spanned<Issuer>>,
    /// The keys of another card, which the records speak of.
    pub(super) certified_keys: Option<Spanned<String>>,
    /// The resident whose number, attributes and digests stand in the place of one's own.
    pub(super) profile_of: Option<Spanned<String>>,
    /// An address and a portrait that were put in after everything was signed.
    pub(super) altered_address: Option<Spanned<String>>,
    pub(super) altered_portrait: Option<Spanned<String>>,
}

/// Fills what a file leaves out. An inherited value stands where the file says `based-on`.
macro_rules! inherit {
    ($mine:expr, $base:expr, $place:expr; $($field:ident)+) => {
        $(if $mine.$field.is_none() {
            $mine.$field =
                $base.$field.map(|value| Spanned::new($place.clone(), value.into_inner()));
        })+
    };
}

impl File {
    /// Takes from `base` what is not said here; `place` is where the file names its base.
    pub(super) fn inherit(&mut self, mut base: Self, place: &Range<usize>) {
        // What depends on a value is not kept when the value changes.
        if self.holder.name.is_some() {
            base.holder.name_substitutes = None;
        }
        if self.holder.address.is_some() {
            base.holder.address_substitutes = None;
        }
        if self.holder.birth.is_some() {
            base.card.birth = None;
        }
        // Nothing draws text here, so for other text there are pictures that say so.
        let other_text = self.holder.name.is_some()
            || self.holder.address.is_some()
            || self.holder.my_number.is_some()
            || self.card.security_code.is_some();
        inherit!(self, base, place; id about_ja about_en kind invented atr largest_apdu
            without_pins);
        inherit!(self.holder, base.holder, place;
            name name_substitutes address address_substitutes birth sex my_number);
        inherit!(self.card, base.card, place;
            serial municipality municipality_name prefecture expiry identification birth
            security_code);
        PinFile::inherit(
            &mut self.pins.authentication,
            base.pins.authentication,
            place,
        );
        PinFile::inherit(&mut self.pins.signature, base.pins.signature, place);
        PinFile::inherit(&mut self.pins.resident, base.pins.resident, place);
        PinFile::inherit(&mut self.pins.profile, base.pins.profile, place);
        CredentialFile::inherit(&mut self.authentication, base.authentication, place);
        CredentialFile::inherit(&mut self.signature, base.signature, place);
        RecordsFile::inherit(&mut self.records, base.records, place, other_text);
        if self.licence.is_none() {
            self.licence = base.licence.map(|licence| {
                let mut licence = licence.into_inner();
                let portraits = [&mut licence.portrait, &mut licence.altered_portrait];
                portraits.into_iter().flatten().for_each(inside);
                Spanned::new(place.clone(), licence)
            });
        }
        self.quirks = self.quirks.take().or(base.quirks);
    }
}

impl PinFile {
    fn inherit(mine: &mut Option<Self>, base: Option<Self>, place: &Range<usize>) {
        let Some(base) = base else { return };
        let mine = mine.get_or_insert_default();
        inherit!(mine, base, place; value left);
    }
}

impl CredentialFile {
    /// Certificates are not inherited: the test CA issues what fits the file.
    fn inherit(mine: &mut Option<Self>, base: Option<Self>, place: &Range<usize>) {
        let Some(base) = base else { return };
        if mine.is_none() {
            let absent = base.absent.as_ref();
            let absent = absent.map(|absent| Spanned::new(place.clone(), *absent.get_ref()));
            *mine = Some(Self {
                absent,
                ..Self::default()
            });
        }
        let mine = mine.get_or_insert_default();
        mine.key_is_shipped = mine.key.is_none();
        inherit!(mine, base, place; key generation serial common_name issued expires);
    }
}

impl RecordsFile {
    /// Signatures are not inherited: everything is signed anew. Nor is what makes a record false.
    fn inherit(
        mine: &mut Option<Self>,
        base: Option<Self>,
        place: &Range<usize>,
        other_text: bool,
    ) {
        let Some(mut base) = base else { return };
        let mine = mine.get_or_insert_default();
        if other_text {
            base.pictures = Some(Spanned::new(place.clone(), NO_PICTURES.to_owned()));
        }
        let paths = [
            &mut base.keys,
            &mut base.municipality_keys,
            &mut base.pictures,
        ];
        paths.into_iter().flatten().for_each(inside);
        inherit!(mine, base, place; absent keys municipality_keys pictures issuer);
    }
}

/// Marks a path of a shipped file as such, once.
fn inside(path: &mut Spanned<String>) {
    if !path.get_ref().starts_with(SHIPPED) {
        path.get_mut().insert_str(0, SHIPPED);
    }
}

/// Pictures that say that nobody drew any.
const NO_PICTURES: &str = "pictures/none";

/// Before a path: it means a file inside the program.
pub(super) const SHIPPED: &str = "shipped:";
