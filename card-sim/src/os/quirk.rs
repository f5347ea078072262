//! Doubts about the card, as named quirks with every value that a source gives.
//!
//! The library must work with every value of every quirk. A quirk that is settled by a measurement
//! loses its other values.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Declares the quirks: for each an enum with its values by name, and all of them as one struct.
macro_rules! quirks {
    ($(
        $(#[doc = $doc:literal])+
        $name:literal $field:ident: $type:ident {
            #[default] $default:ident = $default_value:literal,
            $($value:ident = $value_name:literal,)+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
            pub enum $type {
                #[doc = concat!("`", $default_value, "`, the default.")]
                #[default]
                #[serde(rename = $default_value)]
                $default,
                $(
                    #[doc = concat!("`", $value_name, "`.")]
                    #[serde(rename = $value_name)]
                    $value,
                )+
            }
        )+

        /// A value for everything that is in doubt.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Quirks {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Quirks {
            /// Every quirk by name.
            pub const NAMES: &[&str] = &[$($name),+];

            /// The values of a quirk by name, the default first; none for an unknown quirk.
            #[must_use]
            pub fn values_of(name: &str) -> &'static [&'static str] {
                match name {
                    $($name => &[$default_value, $($value_name),+],)+
                    _ => &[],
                }
            }

            /// Why a quirk is in doubt.
            #[must_use]
            pub fn reason(name: &str) -> Option<&'static str> {
                match name {
                    $($name => Some(concat!($($doc),+).trim_ascii()),)+
                    _ => None,
                }
            }

            /// The value a quirk has here.
            #[must_use]
            pub fn value(&self, name: &str) -> Option<&'static str> {
                match name {
                    $($name => Some(match self.$field {
                        $type::$default => $default_value,
                        $($type::$value => $value_name,)+
                    }),)+
                    _ => None,
                }
            }

            /// Gives a quirk a value, both by name.
            ///
            /// # Errors
            ///
            /// [`UnknownQuirk`] if there is no such quirk or it has no such value.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), UnknownQuirk> {
                match (name, value) {
                    $(
                        ($name, $default_value) => self.$field = $type::$default,
                        $(($name, $value_name) => self.$field = $type::$value,)+
                    )+
                    (name, _) if Self::NAMES.contains(&name) => return Err(UnknownQuirk::Value),
                    _ => return Err(UnknownQuirk::Name),
                }
                Ok(())
            }
        }
    };
}

impl Quirks {
    /// What is in doubt as a Markdown page, for `docs/card/quirks.md`.
    #[must_use]
    pub fn docs_markdown() -> String {
        let rows = Self::NAMES.iter().map(|name| {
            let values = Self::values_of(name).join(", ");
            format!(
                "| `{name}` | {values} | {} |\n",
                Self::reason(name).unwrap_or_default()
            )
        });
        format!(
            "# What is in doubt\n\n\
             Each doubt is a quirk of the simulator; the first value is the default. Every journey \
             of the tests runs\nwith every value. This page is printed from the simulator's code; \
             edit that, not this.\n\n\
             | quirk | values | why |\n|---|---|---|\n{}",
            rows.collect::<String>()
        )
    }
}

quirks! {
    /// The query of a blocked PIN and the exhausting attempt: measured 63C0, others expect 6983.
    "blocked-query" blocked_query: BlockedQuery {
        #[default] Sw63C0 = "63C0", Sw6983 = "6983", Sw6984 = "6984",
    }
    /// VERIFY on a blocked PIN: five programs saw 6984, three expect something else.
    "blocked-verify" blocked_verify: BlockedVerify {
        #[default] Sw6984 = "6984", Sw6983 = "6983", Sw63C0 = "63C0",
    }
    /// The query of a PIN that is verified: one report of 63Cx, one of 9000.
    "query-when-verified" query_when_verified: QueryWhenVerified {
        #[default] Sw63Cx = "63Cx", Sw9000 = "9000",
    }
    /// Extended lengths: five programs use them on contactless readers, one card refused (6700).
    "extended-length" extended_length: ExtendedLength {
        #[default] Yes = "yes", No = "no",
    }
    /// Naming a file by its short identifier: three programs do it; whether all cards can is not known.
    "short-file-id" short_file_id: ShortFileId {
        #[default] Yes = "yes", No6A86 = "6A86", No6A88 = "6A88",
    }
    /// What stands behind a certificate in its file: agreed to be FF, 00 is heard of.
    "filler" filler: Filler {
        #[default] Ff = "FF", Zero = "00", None = "none",
    }
    /// Rights when the same application is selected again: measured to stay, OpenSC counts on not.
    "rights-on-reselect" rights_on_reselect: RightsOnReselect {
        #[default] Keep = "keep", Drop = "drop",
    }
    /// Rights after a warm reset: measured to stay, on one kind of card.
    "rights-on-warm-reset" rights_on_warm_reset: RightsOnWarmReset {
        #[default] Keep = "keep", Drop = "drop",
    }
    /// The current application after a SELECT that was refused: not documented.
    "failed-select" failed_select: FailedSelect {
        #[default] Keeps = "keeps", Loses = "loses",
    }
    /// READ at or beyond the end of a file: agreed to be 6B00, one program expects no data.
    "past-end" past_end: PastEnd {
        #[default] Sw6B00 = "6B00", Sw9000 = "9000",
    }
    /// A PIN of impossible length: not tried on a real card, so the worse value is the default.
    "wrong-length-pin" wrong_length_pin: WrongLengthPin {
        #[default] Costs = "costs", Sw6700 = "6700",
    }
    /// The first command after power on: one card answers 6F00 once.
    "first-command" first_command: FirstCommand {
        #[default] Normal = "normal", Sw6F00 = "6F00",
    }
    /// What opens the card face: measured A or B, an older program believed B only.
    "visual-entries-open-with" visual_entries_open_with: VisualEntriesOpenWith {
        #[default] AOrB = "a-or-b", BOnly = "b-only",
    }
    /// Selecting the issuer domain by name: seen by one author only.
    "issuer-domain" issuer_domain: IssuerDomain {
        #[default] Selectable = "selectable", Sw6A82 = "6A82",
    }
    /// Signatures with PSS padding: seen by one author only.
    "pss" pss: PssSupport {
        #[default] Works = "works", Sw6A86 = "6A86",
    }
    /// How an answer arrives that is longer or shorter than asked: all but direct are from ISO.
    "long-answer" long_answer: LongAnswer {
        #[default] Direct = "direct", Sw61xx = "61xx", Sw6Cxx = "6Cxx", Sw6282 = "6282",
    }
    /// The file of a certificate that the card does not have: not documented.
    "certificate-absent" certificate_absent: CertificateAbsent {
        #[default] FillerOnly = "filler-only", Sw6A82 = "6A82",
    }
    /// The PIN file of the driving licence: 0006 on a real card, 0002 in a sample of the paper.
    "licence-pin-file" licence_pin_file: LicencePinFile {
        #[default] File0006 = "0006", File0002 = "0002",
    }
    /// What is behind the last object of a licence file: no source says.
    "licence-filler" licence_filler: LicenceFiller {
        #[default] End = "end", Zero = "00", Ff = "FF",
    }
    /// What the police signs of a licence file with filler: no source says.
    "licence-signed" licence_signed: LicenceSigned {
        #[default] Objects = "objects", WholeFile = "whole-file",
    }
    /// A licence field that does not apply: length 0 was seen for two fields, the rest is a guess.
    "licence-empty" licence_empty: LicenceEmpty {
        #[default] Length0 = "length-0", Omitted = "omitted",
    }
    /// Lengths of 128 to 255 in a licence file: 82 by the capacities of the paper, 81 by BER.
    "licence-length-form" licence_length_form: LicenceLengthForm {
        #[default] Form82 = "82", Form81 = "81",
    }
    /// SELECT of the licence application on a card without one: 6A82 is expected, not seen.
    "licence-missing-app" licence_missing_app: LicenceMissingApp {
        #[default] Sw6A82 = "6A82", Sw6A81 = "6A81",
    }
    /// PINs of a card without PINs (顔認証マイナンバーカード): blocked is a guess, so is their absence.
    "pins-never-set" pins_never_set: PinsNeverSet {
        #[default] Blocked = "blocked", Missing = "missing",
    }
}

/// A quirk or a value that does not exist.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnknownQuirk {
    /// There is no quirk of this name.
    #[error("no quirk has this name")]
    Name,
    /// The quirk has no such value.
    #[error("this quirk has no such value")]
    Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_takes_each_of_its_values() {
        for name in Quirks::NAMES {
            assert!(Quirks::values_of(name).len() >= 2, "{name} is not in doubt");
            assert_eq!(
                Quirks::default().value(name),
                Quirks::values_of(name).first().copied()
            );
            assert!(
                Quirks::reason(name).is_some_and(|reason| !reason.is_empty()),
                "{name}"
            );
            for value in Quirks::values_of(name) {
                let mut quirks = Quirks::default();
                quirks.set(name, value).unwrap();
                assert_eq!(quirks.value(name), Some(*value), "{name}");
            }
        }
    }

    #[test]
    fn toml_and_names_say_the_same() {
        for name in Quirks::NAMES {
            for value in Quirks::values_of(name) {
                let read: Quirks = toml::from_str(&format!("{name} = \"{value}\"")).unwrap();
                let mut set = Quirks::default();
                set.set(name, value).unwrap();
                assert_eq!(read, set, "{name} = {value}");
            }
        }
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let mut quirks = Quirks::default();
        assert_eq!(quirks.set("colour", "red"), Err(UnknownQuirk::Name));
        assert_eq!(quirks.set("filler", "red"), Err(UnknownQuirk::Value));
        assert!(toml::from_str::<Quirks>("colour = \"red\"").is_err());
        assert!(toml::from_str::<Quirks>("filler = \"red\"").is_err());
        assert_eq!(quirks, Quirks::default());
    }
}
