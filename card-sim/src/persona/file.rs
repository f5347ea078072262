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
    pub(super) quirks_from: Option<Spanned<String>>,
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
    pub(super) furigana: Option<Spanned<String>>,
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
    pub(super) revoked: Option<Spanned<bool>>,
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
    pub(super) without_portrait: Option<Spanned<bool>>,
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

/// What `mynacard probe` writes: how a card answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    pub(super) quirks: Quirks,
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
        // Other text is drawn when the file is loaded, and is another person's.
        let other_text = self.holder.name.is_some()
            || self.holder.address.is_some()
            || self.holder.my_number.is_some()
            || self.card.security_code.is_some();
        inherit!(self, base, place; id about_ja about_en kind invented atr largest_apdu
            without_pins);
        inherit!(self.holder, base.holder, place;
            name name_substitutes address address_substitutes birth sex my_number furigana);
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
        let face = self.id.as_ref().map_or("", |id| id.get_ref());
        let new_face = other_text.then_some(face);
        RecordsFile::inherit(&mut self.records, base.records, place, new_face);
        if self.licence.is_none() {
            self.licence = base.licence.map(|licence| {
                let mut licence = licence.into_inner();
                let portraits = [&mut licence.portrait, &mut licence.altered_portrait];
                portraits.into_iter().flatten().for_each(inside);
                Spanned::new(place.clone(), licence)
            });
        }
        if self.quirks_from.is_none() {
            self.quirks = self.quirks.take().or(base.quirks);
        }
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
        new_face: Option<&str>,
    ) {
        let Some(mut base) = base else { return };
        let mine = mine.get_or_insert_default();
        if let Some(face) = new_face {
            base.pictures = Some(Spanned::new(place.clone(), format!("{DRAWN}{face}")));
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
    if ![SHIPPED, MADE, DRAWN]
        .iter()
        .any(|word| path.get_ref().starts_with(word))
    {
        path.get_mut().insert_str(0, SHIPPED);
    }
}

/// Before a path: it means a file inside the program.
pub(super) const SHIPPED: &str = "shipped:";

/// Before a number: keys that are products of the simulator's published primes.
pub(super) const MADE: &str = "made:";

/// In the place of a folder of pictures: drawn now, with a face that the text behind it chooses.
pub(super) const DRAWN: &str = "drawn:";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::value::Error;
    use serde::de::{Deserializer, Error as _, Visitor};
    use serde::forward_to_deserialize_any;

    use super::*;
    use crate::persona::Persona;

    /// Says which fields a struct asks for.
    struct Asked;

    impl<'de> Deserializer<'de> for Asked {
        type Error = Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Error> {
            Err(Error::custom(fields.join(" ")))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("no struct"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    fn fields<T: for<'de> Deserialize<'de>>(section: &str) -> BTreeSet<String> {
        let fields = T::deserialize(Asked).err().unwrap().to_string();
        let fields = fields.split(' ').map(|field| format!("{section}{field}"));
        fields.collect()
    }

    /// Fields and sections of a persona file, also those that are commented out.
    fn named(text: &str) -> BTreeSet<String> {
        let mut section = String::new();
        let mut named = BTreeSet::new();
        for line in text.lines() {
            let line = line.strip_prefix("# ").unwrap_or(line);
            let is_name = |name: &str| name.bytes().all(|c| c.is_ascii_lowercase() || c == b'-');
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
                section = format!("{}.", name.0);
                named.insert(name.0.to_owned());
            } else if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| is_name(name))
            {
                named.insert(format!("{section}{name}"));
            }
        }
        named
    }

    #[test]
    fn the_template_names_every_field_and_no_other() {
        let text = Persona::template("one", "seed", 0);
        let mut known = fields::<File>("");
        known.extend(fields::<HolderFile>("holder."));
        known.extend(fields::<CardFile>("card."));
        known.extend(fields::<PinsFile>("pins."));
        known.extend(fields::<CredentialFile>("authentication."));
        known.extend(fields::<CredentialFile>("signature."));
        known.extend(fields::<RecordsFile>("records."));
        known.extend(fields::<LicenceFields>("licence."));
        // Flattened: what is not in `LicenceFields`.
        known.extend(["pin", "portrait", "altered-portrait"].map(|name| format!("licence.{name}")));
        known.extend(fields::<Quirks>("quirks."));
        assert_eq!(named(&text), known);
        assert_eq!(
            fields::<PinFile>(""),
            ["left", "value"].map(str::to_owned).into()
        );
    }

    #[test]
    fn what_the_template_comments_out_can_be_used_and_is_the_same_in_japanese() {
        let used = |text: &str| {
            let line = |line: &str| {
                let bare = line.strip_prefix("# ").unwrap_or(line);
                let used = bare.starts_with('[') || bare.split(' ').nth(1) == Some("=");
                if used { bare } else { line }.to_owned()
            };
            text.lines().map(line).collect::<Vec<_>>().join("\n")
        };
        let table = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        let english = used(&Persona::template("one", "seed", 0));
        let file: File = toml::from_str(&english).unwrap();
        assert!(file.quirks.is_some() && file.licence.is_some());
        let japanese = used(&Persona::template_in_japanese("one", "seed", 0));
        assert_eq!(table(&english), table(&japanese));
    }
}
