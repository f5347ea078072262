//! Reading a resident from TOML, with the place of every mistake.
//!
//! A file describes one resident completely, or names a shipped one (`based-on = "hanako"`) and
//! says what differs. Where it names no certificate, the test CA issues one while the file is
//! loaded, so that name, address and dates always agree with what the file says.
//!
//! Every value keeps its place in the text ([`Spanned`]), because TOML's own checks end where ours
//! begin: digits, lengths, PIN shapes, dates, attempts, keys that fit their certificates. The checks
//! themselves are in [`super::check`], the shape of the file in [`super::file`]; the length of this
//! file is its tests, one for each kind of mistake.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::OnceLock;

use der::{DateTime, Decode};
use toml::Spanned;
use x509_cert::Certificate;

use super::check::{
    answer_to_reset, birth_date, date, digits, flags, id, identification, instant, my_number,
    pin_of_shape, printed_birth, sex, text, within, zeros,
};
use super::cv::{Issuer, IssuerKey};
use super::error::{PersonaError, PinShape, Problem};
use super::file::{
    CredentialFile, DRAWN, File, LicenceFile, MADE, PinFile, Profile, RecordsFile, SHIPPED,
};
use super::issue::{Authority, Leaf, Purpose};
use super::kept::Kept;
use super::licence::{Licence, Police, PoliceSigner};
use super::records::{
    Altered, CardKeys, Ingredients, IssuerKeys, Pictures, Records, Signatures, Signers, Signing,
    read_signatures,
};
use super::shipped::{self, file_named};
use super::{CardFace, Credential, Holder, Persona, Pin, PrivateKey, RsaKey};
use crate::applets::Application;
use crate::os::quirk::Quirks;

impl Persona {
    /// Loads a resident from a TOML file; key and certificate files are found beside it.
    ///
    /// # Errors
    ///
    /// [`PersonaError`] with file, line and field. Nothing is repaired silently.
    pub fn load(path: &Path) -> Result<Self, PersonaError> {
        Self::load_with(path, false, &Kept::default())
    }

    /// As [`load`](Self::load), with what an earlier loading of this file gave to keep: nearly all of
    /// the time is spent on signatures, which are the same each time.
    ///
    /// `kept` may be anything, also empty: each signature in it is checked, and made anew where it does
    /// not fit. The second value is what to keep in its place; `None` if that is the same.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_with_kept(
        path: &Path,
        kept: &[u8],
    ) -> Result<(Self, Option<Vec<u8>>), PersonaError> {
        let kept = Kept::read(kept);
        let persona = Self::load_with(path, false, &kept)?;
        Ok((persona, kept.write()))
    }

    /// Loads a resident and issues every certificate anew, also where the file names one.
    ///
    /// This is what the issuing program writes to disk; certificates that the file names need not
    /// exist.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_and_reissue(path: &Path) -> Result<Self, PersonaError> {
        Self::load_with(path, true, &Kept::default())
    }

    fn load_with(path: &Path, reissue: bool, kept: &Kept) -> Result<Self, PersonaError> {
        let text = std::fs::read_to_string(path).map_err(|source| PersonaError::Unreadable {
            file: path.to_owned(),
            source,
        })?;
        let place = path.parent().unwrap_or(Path::new(""));
        Source {
            file: path,
            text: &text,
            files: Files::Beside(place),
            kept,
        }
        .persona(reissue)
    }
}

/// Reads a profile of quirks, as `mynacard probe` writes it; `None` if it is none.
#[must_use]
pub fn profile(bytes: &[u8]) -> Option<Quirks> {
    let text = std::str::from_utf8(bytes).ok()?;
    let profile = toml::from_str::<Profile>(text).ok()?;
    Some(profile.quirks)
}

/// Loads a resident whose text and files are compiled in.
pub(super) fn compiled_in(id: &str, text: &str, reissue: bool) -> Result<Persona, PersonaError> {
    let file = PathBuf::from(format!("{id}.toml"));
    Source {
        file: &file,
        text,
        files: Files::Shipped,
        kept: &Kept::default(),
    }
    .persona(reissue)
}

/// The keys that verify the card-verifiable certificates of the simulator's test issuer.
///
/// Published for those who want to trust it: `5000033` and its like are production, `6000033` J-LIS
/// test cards, `9000033` is ours.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "what is compiled in cannot change later; a test calls this"
)]
pub fn issuer_keys() -> Vec<IssuerKey> {
    let keys = of_issuer(Issuer::Test).expect("the test issuer has keys");
    [
        (Application::Profile, keys.profile),
        (Application::Visual, keys.visual),
        (Application::Issuer, keys.chain),
    ]
    .into_iter()
    .map(|(of, key)| {
        let [modulus, exponent] = key.public_numbers();
        IssuerKey {
            of,
            id: Issuer::Test.key_id(of),
            modulus: modulus.into_vec(),
            exponent: exponent.into_vec(),
        }
    })
    .collect()
}

/// The certificates of the simulator's test police, DER, by the name of a file for each.
///
/// What `police` signed is checked by that one; the others are for tests of refusals.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "what is compiled in cannot change later; a test calls this"
)]
pub fn police_certificates() -> Vec<(&'static str, Vec<u8>)> {
    let police = police().expect("the test police has keys");
    let issue = |signer| police.certificate(signer).expect("the names are encodable");
    PoliceSigner::ALL
        .into_iter()
        .map(|(signer, name)| (name, issue(signer)))
        .collect()
}

pub(super) fn police() -> Result<Police, Problem> {
    Files::Shipped.keys("keys/police.pem").map(Police::new)
}

fn of_issuer(issuer: Issuer) -> Result<IssuerKeys, Problem> {
    let name = format!("keys/{}.pem", issuer.stem());
    let [profile, visual, chain] = Files::Shipped.keys(&name)?;
    Ok(IssuerKeys {
        profile,
        visual,
        chain,
    })
}

/// Where the key and certificate files of a persona are.
#[derive(Clone, Copy)]
enum Files<'a> {
    /// Compiled in.
    Shipped,
    /// In this folder.
    Beside(&'a Path),
}

impl Files<'_> {
    fn read(self, name: &str) -> Result<Cow<'static, [u8]>, Problem> {
        if let Some(name) = name.strip_prefix(SHIPPED) {
            return Files::Shipped.read(name);
        }
        let (path, bytes) = match self {
            Self::Shipped => (
                PathBuf::from(name),
                file_named(name)
                    .map(Cow::Borrowed)
                    .ok_or(io::ErrorKind::NotFound.into()),
            ),
            Self::Beside(folder) => {
                let path = folder.join(name);
                let bytes = std::fs::read(&path).map(Cow::Owned);
                (path, bytes)
            }
        };
        bytes.map_err(|source| Problem::File { path, source })
    }

    fn key(self, name: &str) -> Result<PrivateKey, Problem> {
        if let Some(number) = name.strip_prefix(MADE) {
            let [key] = made_keys(number)?;
            return Ok(PrivateKey::Rsa(key));
        }
        Ok(match self.read(name)? {
            Cow::Borrowed(bytes) => PrivateKey::shipped(utf8(bytes)?)?,
            Cow::Owned(bytes) => PrivateKey::from_pem(utf8(&bytes)?)?,
        })
    }

    fn keys<const N: usize>(self, name: &str) -> Result<[RsaKey; N], Problem> {
        if let Some(number) = name.strip_prefix(MADE) {
            return made_keys(number);
        }
        let keys = match self.read(name)? {
            Cow::Borrowed(bytes) => {
                utf8(bytes).map(|pem| PrivateKey::several(pem, PrivateKey::shipped))
            }
            Cow::Owned(bytes) => {
                utf8(&bytes).map(|pem| PrivateKey::several(pem, PrivateKey::from_pem))
            }
        };
        keys.ok().flatten().ok_or(Problem::Keys { count: N })
    }

    fn card_keys(self, name: &str) -> Result<CardKeys, Problem> {
        let [profile, session, visual, common] = self.keys(name)?;
        Ok(CardKeys {
            profile,
            session,
            visual,
            common,
        })
    }

    fn pictures(self, folder: &str) -> Result<Pictures, Problem> {
        let read = |name: &str| self.read(&format!("{folder}/{name}")).map(Cow::into_owned);
        let pictures = Pictures::read(read)?;
        if pictures.fit() {
            Ok(pictures)
        } else {
            Err(Problem::Pictures)
        }
    }

    fn signatures(self, name: &str) -> Result<Signatures, Problem> {
        let bytes = self.read(name)?;
        let text = std::str::from_utf8(&bytes).ok();
        text.and_then(read_signatures).ok_or(Problem::Signatures)
    }

    fn certificate(self, name: &str) -> Result<Vec<u8>, Problem> {
        let bytes = self.read(name)?;
        Certificate::from_der(&bytes).map_err(|_| Problem::Certificate)?;
        Ok(bytes.into_owned())
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, super::NotAKey> {
    std::str::from_utf8(bytes).map_err(|_| super::NotAKey)
}

/// Keys that are products of published primes, from this number on.
fn made_keys<const N: usize>(number: &str) -> Result<[RsaKey; N], Problem> {
    let problem = Problem::Keys { count: N };
    let Ok(first) = number.parse::<u32>() else {
        return Err(problem);
    };
    let keys: Option<Vec<RsaKey>> = (first..).take(N).map(RsaKey::made).collect();
    keys.and_then(|keys| keys.try_into().ok()).ok_or(problem)
}

/// The key of an authority, read once in the life of the program.
fn authority_key(authority: Authority) -> Result<PrivateKey, Problem> {
    static KEYS: [OnceLock<PrivateKey>; Authority::ALL.len()] =
        [const { OnceLock::new() }; Authority::ALL.len()];
    let place = Authority::ALL
        .iter()
        .zip(&KEYS)
        .find(|(of, _)| **of == authority);
    let read = || Files::Shipped.key(&format!("keys/{}.pem", authority.stem()));
    match place.map(|(_, place)| (place, place.get())) {
        Some((_, Some(key))) => Ok(key.clone()),
        Some((place, None)) => Ok(place
            .get_or_init({
                let key = read()?;
                || key
            })
            .clone()),
        None => read(),
    }
}

/// A persona text with what is needed to say where a mistake is.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    files: Files<'a>,
    kept: &'a Kept,
}

impl Source<'_> {
    fn persona(&self, reissue: bool) -> Result<Persona, PersonaError> {
        let mut file = self.whole()?;
        let substitutes = file.holder.name_substitutes.take();
        let name = self.need("holder.name", file.holder.name, text(64))?;
        let name_substitutes = self.may("holder.name-substitutes", substitutes, flags(&name))?;
        let substitutes = file.holder.address_substitutes.take();
        let address = self.need("holder.address", file.holder.address, text(200))?;
        let address_substitutes =
            self.may("holder.address-substitutes", substitutes, flags(&address))?;
        let holder = Holder {
            name_substitutes: name_substitutes.unwrap_or_else(|| zeros(&name)),
            address_substitutes: address_substitutes.unwrap_or_else(|| zeros(&address)),
            name,
            address,
            birth: self.need("holder.birth", file.holder.birth, birth_date)?,
            sex: self.need("holder.sex", file.holder.sex, sex)?,
            my_number: self.may("holder.my-number", file.holder.my_number, my_number)?,
            furigana: self.may("holder.furigana", file.holder.furigana, text(64))?,
        };

        let birth = self.may("card.birth", file.card.birth, digits(6))?;
        let card = CardFace {
            serial: self.need("card.serial", file.card.serial, digits(15))?,
            municipality: self.need("card.municipality", file.card.municipality, digits(5))?,
            expiry: self.need("card.expiry", file.card.expiry, |value| {
                let date = date(value)?;
                Ok(format!("{:04}{:02}{:02}", date.year, date.month, date.day))
            })?,
            identification: self.need(
                "card.identification",
                file.card.identification,
                identification,
            )?,
            birth: birth.unwrap_or_else(|| printed_birth(&holder.birth)),
            security_code: self.may("card.security-code", file.card.security_code, digits(4))?,
        };
        let places = Places {
            prefecture: self.may("card.prefecture", file.card.prefecture, text(64))?,
            municipality: self.may(
                "card.municipality-name",
                file.card.municipality_name,
                text(64),
            )?,
        };

        let observed = self.may("quirks-from", file.quirks_from, |name| {
            let bytes = self.files.read(&name)?;
            profile(&bytes).ok_or(Problem::Profile)
        })?;
        // What the file says itself comes before what was observed.
        let quirks = file.quirks.or(observed).unwrap_or_default();

        let authentication = self.credential(
            &AUTHENTICATION,
            file.authentication,
            &holder,
            &places,
            reissue,
        )?;
        let signature = self.credential(&SIGNATURE, file.signature, &holder, &places, reissue)?;
        let records = self.records(file.records, &holder, &card, reissue)?;
        if records.is_some() && file.pins.profile.is_none() {
            return Err(self.missing("pins.profile"));
        }

        let mut persona = Persona {
            id: self.need("id", file.id, id)?,
            about_ja: self.need("about-ja", file.about_ja, text(200))?,
            about_en: self.need("about-en", file.about_en, text(200))?,
            kind: self.need("kind", file.kind, Ok)?,
            invented: self.may("invented", file.invented, Ok)?.unwrap_or(false),
            atr: self.need("atr", file.atr, answer_to_reset)?,
            // The largest that PC/SC carries: 65 536 bytes of data, header and length fields.
            largest_apdu: self.may("largest-apdu", file.largest_apdu, within(5..=65_548))?,
            holder,
            card,
            authentication,
            signature,
            without_pins: self
                .may("without-pins", file.without_pins, Ok)?
                .unwrap_or(false),
            authentication_pin: self.pin(&AUTHENTICATION_PIN, file.pins.authentication)?,
            signature_password: self.pin(&SIGNATURE_PASSWORD, file.pins.signature)?,
            resident_pin: self.pin(&RESIDENT_PIN, file.pins.resident)?,
            profile_pin: match file.pins.profile {
                Some(pin) => Some(self.pin(&PROFILE_PIN, Some(pin))?),
                None => None,
            },
            records,
            licence: match file.licence {
                Some(licence) => Some(self.licence(licence)?),
                None => None,
            },
            quirks,
        };
        persona.put_keys_away();
        Ok(persona)
    }

    /// The file with everything that it takes from the shipped resident it names, and so on.
    fn whole(&self) -> Result<File, PersonaError> {
        let mut file = self.parse()?;
        if let Some(name) = file.based_on.take() {
            let place = name.span();
            let base = shipped::text(name.get_ref())
                .ok_or_else(|| self.at("based-on", place.clone(), Problem::UnknownResident))?;
            let base = Source {
                file: self.file,
                text: base,
                files: Files::Shipped,
                kept: self.kept,
            }
            .whole()?;
            file.inherit(base, &place);
        }
        Ok(file)
    }

    /// Whether this is the text of a shipped resident, unchanged.
    fn is_shipped(&self) -> bool {
        let id = self.file.file_stem().and_then(|stem| stem.to_str());
        let text = id.and_then(shipped::text);
        matches!(self.files, Files::Shipped) && text.is_some_and(|text| ptr::eq(text, self.text))
    }

    fn parse(&self) -> Result<File, PersonaError> {
        toml::from_str(self.text).map_err(|source| PersonaError::Syntax {
            file: self.file.to_owned(),
            line: self.line(source.span().map_or(0, |span| span.start)),
            source: Box::new(source),
        })
    }

    fn credential(
        &self,
        names: &CredentialFields,
        file: Option<CredentialFile>,
        holder: &Holder,
        places: &Places,
        reissue: bool,
    ) -> Result<Option<Credential>, PersonaError> {
        let Some(file) = file else { return Ok(None) };
        if file.absent.is_some_and(Spanned::into_inner) {
            return Ok(None);
        }
        let files = if file.key_is_shipped {
            Files::Shipped
        } else {
            self.files
        };
        let revoked = file.revoked.is_some_and(Spanned::into_inner);
        let key = self.need(names.key, file.key, |name| files.key(&name))?;

        if let (Some(certificate), false) = (file.certificate, reissue) {
            let place = certificate.span();
            let certificate = self.need(names.certificate, Some(certificate), |name| {
                self.files.certificate(&name)
            })?;
            if !fits(&key, &certificate) {
                return Err(self.at(names.certificate, place, Problem::KeyDoesNotFit));
            }
            let ca_certificate = self.need(names.ca_certificate, file.ca_certificate, |name| {
                self.files.certificate(&name)
            })?;
            return Ok(Some(Credential {
                key,
                certificate,
                ca_certificate,
                revoked,
            }));
        }

        let place = file.generation.as_ref().map_or(0..0, Spanned::span);
        let generation = self.need(names.generation, file.generation, Ok)?;
        let authority = Authority {
            purpose: names.purpose,
            generation,
        };
        let not_before = self.need(names.issued, file.issued, instant)?;
        let leaf = Leaf {
            serial: self.need(names.serial, file.serial, Ok)?,
            common_name: &self.need(names.common_name, file.common_name, text(64))?,
            prefecture: places
                .prefecture
                .as_deref()
                .ok_or_else(|| self.missing("card.prefecture"))?,
            municipality: places
                .municipality
                .as_deref()
                .ok_or_else(|| self.missing("card.municipality-name"))?,
            not_before,
            not_after: self.need(names.expires, file.expires, |value| {
                let date = date(value)?;
                let end = DateTime::new(date.year, date.month, date.day, 14, 59, 59)
                    .map_err(|_| Problem::Date)?;
                if end < not_before {
                    Err(Problem::EndsBeforeItBegins)
                } else {
                    Ok(end)
                }
            })?,
            holder,
        };
        let issue = || -> Result<Credential, Problem> {
            let ca_key = authority_key(authority)?;
            let ca_certificate = if reissue {
                authority.certificate(&ca_key)?
            } else {
                Files::Shipped.certificate(&format!("certificates/{}.der", authority.stem()))?
            };
            let certificate = authority.issue_or_find(&ca_key, &key, &leaf, self.kept)?;
            Ok(Credential {
                key: key.clone(),
                certificate,
                ca_certificate,
                revoked,
            })
        };
        issue()
            .map(Some)
            .map_err(|problem| self.at(names.generation, place, problem))
    }

    fn records(
        &self,
        file: Option<RecordsFile>,
        holder: &Holder,
        card: &CardFace,
        reissue: bool,
    ) -> Result<Option<Records>, PersonaError> {
        let Some(file) = file else { return Ok(None) };
        if file.absent.is_some_and(Spanned::into_inner) {
            return Ok(None);
        }
        let my_number = holder.my_number.as_deref();
        let my_number = my_number.ok_or_else(|| self.missing("holder.my-number"))?;
        if card.security_code.is_none() {
            return Err(self.missing("card.security-code"));
        }
        let files = self.files;
        let without_portrait = file.without_portrait.is_some_and(Spanned::into_inner);
        let issuer = file.issuer.map(Spanned::into_inner).unwrap_or_default();
        let [profile, visual, chain] = self.need(
            "records.municipality-keys",
            file.municipality_keys,
            |name| files.keys(&name),
        )?;
        let place = file.signatures.as_ref().map_or(0..0, Spanned::span);
        let build = |problem| self.at("records.signatures", place.clone(), problem);
        let [shared] = Files::Shipped.keys("keys/cv-shared.pem").map_err(build)?;
        let signing = match file.signatures {
            Some(signatures) if !reissue => {
                let signatures = self.need("records.signatures", Some(signatures), |name| {
                    files.signatures(&name)
                })?;
                if self.is_shipped() {
                    Signing::Shipped(signatures)
                } else {
                    Signing::Committed(signatures)
                }
            }
            _ => {
                let issuer = of_issuer(issuer).map_err(build)?;
                Signing::With(Box::new(issuer), self.kept)
            }
        };
        let altered = Altered {
            address: self.may("records.altered-address", file.altered_address, text(200))?,
            portrait: self.may("records.altered-portrait", file.altered_portrait, |name| {
                files.read(&name).map(Cow::into_owned)
            })?,
        };
        let ingredients = Ingredients {
            holder,
            card,
            my_number,
            keys: self.need("records.keys", file.keys, |name| files.card_keys(&name))?,
            certified: self.may("records.certified-keys", file.certified_keys, |name| {
                files.card_keys(&name)
            })?,
            signers: Signers {
                profile,
                visual,
                chain,
                shared,
                issuer,
            },
            signing,
            pictures: self.need("records.pictures", file.pictures, |name| {
                let mut pictures = match name.strip_prefix(DRAWN) {
                    Some(face) => Pictures::drawn(holder, card, face)?,
                    None => files.pictures(&name)?,
                };
                if without_portrait {
                    pictures.portrait.clear();
                }
                Ok(pictures)
            })?,
            altered,
        };
        let mut records = Records::build(ingredients).map_err(build)?;
        let other = self.may("records.profile-of", file.profile_of, |name| {
            let text = shipped::text(&name).ok_or(Problem::NoRecords)?;
            let other = compiled_in(&name, text, reissue).ok();
            other
                .and_then(|other| other.records)
                .ok_or(Problem::NoRecords)
        })?;
        if let Some(other) = other {
            records.take_data_of(&other);
        }
        Ok(Some(records))
    }

    fn licence(&self, file: Spanned<LicenceFile>) -> Result<Licence, PersonaError> {
        let place = file.span();
        let file = file.into_inner();
        let files = self.files;
        let portrait = |name: String| files.read(&name).map(Cow::into_owned);
        let licence = Licence {
            pin: match file.pin {
                Some(pin) => Some(self.pin(&LICENCE_PIN, Some(pin))?),
                None => None,
            },
            fields: file.fields,
            portrait: self
                .may("licence.portrait", file.portrait, portrait)?
                .unwrap_or_default(),
            altered_portrait: self.may(
                "licence.altered-portrait",
                file.altered_portrait,
                portrait,
            )?,
        };
        // Written once here, so that what cannot be written is found where it is said.
        police()
            .and_then(|police| Ok(licence.files(&police, &Quirks::default())?))
            .map_err(|problem| self.at("licence", place, problem))?;
        Ok(licence)
    }

    fn pin(&self, pin: &PinFields, file: Option<PinFile>) -> Result<Pin, PersonaError> {
        let Some(file) = file else {
            return Err(self.missing(pin.value));
        };
        let left = self.may(pin.left, file.left, |left| {
            let maximum = pin.maximum;
            if left <= maximum {
                Ok(left)
            } else {
                Err(Problem::Attempts { maximum })
            }
        })?;
        let value = self.need(pin.value, file.value, pin_of_shape(pin.shape))?;
        Ok(Pin {
            value,
            left: left.unwrap_or(pin.maximum),
        })
    }

    /// Checks a value that must be there.
    fn need<T, U>(
        &self,
        field: &'static str,
        value: Option<Spanned<T>>,
        check: impl FnOnce(T) -> Result<U, Problem>,
    ) -> Result<U, PersonaError> {
        self.may(field, value, check)?
            .ok_or_else(|| self.missing(field))
    }

    /// Checks a value that may be there.
    fn may<T, U>(
        &self,
        field: &'static str,
        value: Option<Spanned<T>>,
        check: impl FnOnce(T) -> Result<U, Problem>,
    ) -> Result<Option<U>, PersonaError> {
        let Some(value) = value else { return Ok(None) };
        let place = value.span();
        check(value.into_inner())
            .map(Some)
            .map_err(|problem| self.at(field, place, problem))
    }

    fn at(&self, field: &'static str, place: Range<usize>, problem: Problem) -> PersonaError {
        let line = self.line(place.start);
        PersonaError::Field {
            file: self.file.to_owned(),
            line,
            field,
            problem,
        }
    }

    /// What is missing has no place: the header of its table is named, else the first line.
    fn missing(&self, field: &'static str) -> PersonaError {
        let header = field
            .rsplit_once('.')
            .map(|(table, _)| format!("[{table}]"));
        let line = self
            .text
            .lines()
            .position(|line| Some(line.trim()) == header.as_deref());
        PersonaError::Field {
            file: self.file.to_owned(),
            line: line.unwrap_or(0) + 1,
            field,
            problem: Problem::Missing,
        }
    }

    fn line(&self, offset: usize) -> usize {
        self.text
            .bytes()
            .take(offset)
            .filter(|&byte| byte == b'\n')
            .count()
            + 1
    }
}

/// Romaji names that only certificates carry.
struct Places {
    prefecture: Option<String>,
    municipality: Option<String>,
}

struct CredentialFields {
    purpose: Purpose,
    key: &'static str,
    certificate: &'static str,
    ca_certificate: &'static str,
    generation: &'static str,
    serial: &'static str,
    common_name: &'static str,
    issued: &'static str,
    expires: &'static str,
}

macro_rules! credential_fields {
    ($purpose:expr, $table:literal) => {
        CredentialFields {
            purpose: $purpose,
            key: concat!($table, ".key"),
            certificate: concat!($table, ".certificate"),
            ca_certificate: concat!($table, ".ca-certificate"),
            generation: concat!($table, ".generation"),
            serial: concat!($table, ".serial"),
            common_name: concat!($table, ".common-name"),
            issued: concat!($table, ".issued"),
            expires: concat!($table, ".expires"),
        }
    };
}

const AUTHENTICATION: CredentialFields =
    credential_fields!(Purpose::Authentication, "authentication");
const SIGNATURE: CredentialFields = credential_fields!(Purpose::Signature, "signature");

struct PinFields {
    value: &'static str,
    left: &'static str,
    shape: PinShape,
    maximum: u8,
}

macro_rules! pin_fields {
    ($table:literal, $shape:expr, $maximum:literal) => {
        PinFields {
            value: concat!("pins.", $table, ".value"),
            left: concat!("pins.", $table, ".left"),
            shape: $shape,
            maximum: $maximum,
        }
    };
}

const AUTHENTICATION_PIN: PinFields = pin_fields!("authentication", PinShape::FourDigits, 3);
const SIGNATURE_PASSWORD: PinFields = pin_fields!("signature", PinShape::Password, 5);
const RESIDENT_PIN: PinFields = pin_fields!("resident", PinShape::FourDigits, 3);
const PROFILE_PIN: PinFields = pin_fields!("profile", PinShape::FourDigits, 3);
const LICENCE_PIN: PinFields = PinFields {
    value: "licence.pin.value",
    left: "licence.pin.left",
    shape: PinShape::FourDigits,
    maximum: 10,
};

fn fits(key: &PrivateKey, certificate: &[u8]) -> bool {
    let certificate = Certificate::from_der(certificate);
    let public = key.public_key();
    matches!((certificate, public), (Ok(certificate), Ok(public))
        if *certificate.tbs_certificate().subject_public_key_info() == public)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    const HANAKO: &str = include_str!("../../personas/hanako.toml");

    fn read(text: &str) -> Result<Persona, PersonaError> {
        compiled_in("made-up", text, false)
    }

    /// A persona file in a folder of its own.
    fn saved(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn hanako_is_what_her_file_says() {
        let hanako = Persona::shipped("hanako").unwrap();
        assert_eq!(hanako.kind, super::super::Kind::Plastic);
        assert_eq!(
            hanako.atr,
            [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14]
        );
        assert_eq!(hanako.holder.name_substitutes, "00000");
        assert_eq!(hanako.card.expiry, "20360401");
        assert_eq!(hanako.signature_password.left, 5);
        assert!(matches!(
            hanako.authentication.unwrap().key,
            PrivateKey::Rsa(_)
        ));
        let secrets = Persona::shipped("hanako").unwrap();
        let secrets = secrets.published_secrets();
        assert_eq!(secrets.signature_password, "SIM12345");
        assert_eq!(secrets.birth_pin, "020401");
        assert_eq!(
            secrets.verification_number_b.as_deref(),
            Some("02040120361001")
        );
    }

    #[test]
    fn each_resident_shows_what_it_is_for() {
        let get = |id| Persona::shipped(id).unwrap();
        assert_eq!(get("taro").largest_apdu, Some(65_544));
        assert!(get("kodomo").signature.is_none());
        assert_eq!(get("rokku").signature_password.left, 0);
        let nokori = get("nokori");
        assert_eq!(
            (
                nokori.authentication_pin.left,
                nokori.signature_password.left
            ),
            (1, 1)
        );
        assert_eq!(get("latin").card.birth, "880000");
        assert!(get("nagai").holder.name_substitutes.contains('1'));
        let jisedai = get("jisedai");
        assert!(jisedai.invented);
        assert!(matches!(
            jisedai.authentication.unwrap().key,
            PrivateKey::P256(_)
        ));
        assert!(matches!(
            jisedai.signature.unwrap().key,
            PrivateKey::P384(_)
        ));
        assert!(get("juki").authentication.is_none() && get("juki").signature.is_some());
    }

    #[test]
    fn every_file_on_disk_is_shipped_and_nothing_else() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("personas");
        for (directory, end) in [
            ("", "toml"),
            ("keys/", "pem"),
            ("certificates/", "der"),
            ("signatures/", "toml"),
        ] {
            for entry in fs::read_dir(folder.join(directory)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if path.extension().is_some_and(|e| e == end) && !name.starts_with("template.") {
                    assert!(
                        file_named(&format!("{directory}{name}")).is_some(),
                        "{name}"
                    );
                }
            }
        }
        for id in Persona::SHIPPED {
            assert_eq!(Persona::shipped(id).unwrap().id, *id);
        }
        assert!(Persona::shipped("template").is_none());
    }

    /// One mistake each: what is replaced, by what, and the field that is named.
    #[test]
    fn a_mistake_names_line_field_and_problem() {
        let cases = [
            ("id = \"hanako\"", "id = \"Hanako\"", "id", "a-z"),
            ("3B E0 00", "3B E0 0", "atr", "hexadecimal"),
            ("419900401", "419900431", "holder.birth", "era digit"),
            ("419900401", "619900401", "holder.birth", "era digit"),
            ("419900401", "1990-04-01", "holder.birth", "era digit"),
            ("sex = \"2\"", "sex = \"9\"", "holder.sex", "1 (male)"),
            (
                "000000000019",
                "000000000018",
                "holder.my-number",
                "check digit",
            ),
            ("000000000019", "19", "holder.my-number", "12 digits"),
            ("見本　花子", "", "holder.name", "1 to 64"),
            (
                "\nbirth",
                "\nname-substitutes = \"0120\"\nbirth",
                "holder.name-substitutes",
                "5 digits",
            ),
            (
                "999000000000001",
                "99900000000000A",
                "card.serial",
                "15 digits",
            ),
            (
                "expiry = 2036-04-01",
                "expiry = 2036-04-01T00:00:00Z",
                "card.expiry",
                "a date",
            ),
            ("\"1001\"", "\"１００１\"", "card.security-code", "4 digits"),
            (
                "\"1234\"",
                "\"12345\"",
                "pins.authentication.value",
                "4 digits",
            ),
            (
                "\"SIM12345\"",
                "\"sim12345\"",
                "pins.signature.value",
                "A-Z",
            ),
            (
                "\"SIM12345\"",
                "\"SIM12345\", left = 6",
                "pins.signature.left",
                "at most 5",
            ),
            (
                "keys/hanako-a",
                "keys/nobody-a",
                "authentication.key",
                "cannot be read",
            ),
            (
                "\"keys/hanako-authentication.pem\"",
                "\"hanako.toml\"",
                "authentication.key",
                "PKCS #8",
            ),
            (
                "keys/hanako-a",
                "keys/taro-a",
                "authentication.certificate",
                "another key",
            ),
            (
                "\"certificates/hanako-signature.der\"",
                "\"hanako.toml\"",
                "signature.certificate",
                "X.509",
            ),
            (
                "keys/hanako-card.pem",
                "keys/hanako-signature.pem",
                "records.keys",
                "4 RSA keys",
            ),
            (
                "keys/municipality-13199",
                "keys/municipality-00000",
                "records.municipality-keys",
                "cannot be read",
            ),
            (
                "\"pictures/hanako\"",
                "\"pictures/nobody\"",
                "records.pictures",
                "cannot be read",
            ),
            (
                "\"signatures/hanako.toml\"",
                "\"hanako.toml\"",
                "records.signatures",
                "not the signatures",
            ),
            (
                "\"signatures/hanako.toml\"",
                "\"signatures/taro.toml\"",
                "records.signatures",
                "does not fit",
            ),
            (
                "\"signatures/hanako.toml\"",
                "\"signatures/hanako.toml\"\nprofile-of = \"android\"",
                "records.profile-of",
                "no shipped resident with records",
            ),
        ];
        for (old, new, wanted, words) in cases {
            let text = HANAKO.replacen(old, new, 1);
            assert_ne!(text, HANAKO, "{old} is not in the file");
            let error = read(&text).expect_err(new);
            let PersonaError::Field {
                line,
                field,
                ref problem,
                ..
            } = error
            else {
                panic!("{new}: {error}");
            };
            assert_eq!(field, wanted, "{new}");
            assert!(problem.to_string().contains(words), "{new}: {problem}");
            let key = field
                .rsplit('.')
                .find(|part| !matches!(*part, "value" | "left"))
                .unwrap();
            let place = text.lines().nth(line - 1).unwrap();
            assert!(place.starts_with(key), "{new}: line {line} is {place:?}");
        }
    }

    #[test]
    fn what_toml_finds_itself_names_the_line_too() {
        for (old, new, words) in [
            ("birth =", "brith =", "unknown field `brith`"),
            ("2036-04-01", "2036-04-31", "invalid date"),
            ("\"plastic\"", "\"paper\"", "unknown variant `paper`"),
            (
                "id = \"hanako\"",
                "id = \"hanako\"\nid = \"x\"",
                "duplicate key",
            ),
        ] {
            let text = HANAKO.replacen(old, new, 1);
            let error = read(&text).unwrap_err();
            let PersonaError::Syntax { line, .. } = error else {
                panic!("{error}")
            };
            let end = text.find(new).unwrap() + new.len();
            assert_eq!(line, text[..end].lines().count(), "{new}");
            let shown = format!("{error} {}", error.source().unwrap());
            assert!(shown.contains(words), "{shown}");
        }
    }

    #[test]
    fn what_records_need_is_missed_by_name() {
        for (line, field) in [
            ("my-number = ", "holder.my-number"),
            ("security-code = ", "card.security-code"),
            ("profile = ", "pins.profile"),
            ("municipality-keys = ", "records.municipality-keys"),
            ("pictures = ", "records.pictures"),
        ] {
            let text: String = HANAKO
                .lines()
                .filter(|it| !it.starts_with(line))
                .flat_map(|it| [it, "\n"])
                .collect();
            let error = read(&text).unwrap_err().to_string();
            assert!(
                error.ends_with(&format!(": {field}: is missing")),
                "{error}"
            );
        }
    }

    #[test]
    fn pictures_must_fit_into_a_file_of_the_card() {
        let (folder, path) =
            saved("based-on = \"hanako\"\nid = \"mine\"\n[records]\npictures = \"mine\"\n");
        let place = folder.path().join("mine");
        fs::create_dir(&place).unwrap();
        for name in Pictures::FILES {
            fs::write(place.join(name), [0x55; 6000]).unwrap();
        }
        let mine = Persona::load(&path).unwrap().records.unwrap();
        assert_eq!(mine.pictures().portrait, [0x55; 6000]);
        fs::write(place.join("portrait.jp2"), [0x55; 6001]).unwrap();
        let error = Persona::load(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("mine.toml:4: records.pictures: the pictures are too large for a card")
        );
    }

    #[test]
    fn a_new_name_is_signed_and_drawn() {
        let (_folder, path) =
            saved("based-on = \"hanako\"\nid = \"sakura\"\n[holder]\nname = \"見本　桜\"\n");
        let sakura = Persona::load(&path).unwrap();
        let hanako = Persona::shipped("hanako").unwrap();
        let file = |it: &Persona, id| it.record(Application::Profile, id).unwrap().to_vec();
        let name = sakura.holder.name.as_bytes();
        assert!(
            file(&sakura, 2)
                .windows(name.len())
                .any(|part| part == name)
        );
        assert_ne!(file(&sakura, 3), file(&hanako, 3));
        // The key of the municipality and the keys of the card are the base's.
        assert_eq!(
            (file(&sakura, 4), file(&sakura, 7)),
            (file(&hanako, 4), file(&hanako, 7))
        );
        let pictures = |it: &Persona| it.records.as_ref().unwrap().pictures().clone();
        let (hers, mine) = (pictures(&hanako), pictures(&sakura));
        assert_eq!(hers.address, mine.address);
        assert_ne!(hers.name, mine.name);
        assert_ne!(hers.portrait, mine.portrait);

        let (_folder, path) = saved("based-on = \"hanako\"\n[records]\nabsent = true\n");
        assert!(Persona::load(&path).unwrap().records.is_none());
    }

    #[test]
    fn what_is_missing_is_named_with_its_table() {
        let text = HANAKO.replace("birth = \"419900401\"\n", "");
        let error = read(&text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "made-up.toml:8: holder.birth: is missing"
        );
        assert_eq!(error.code(), "persona.field");
        let error = Persona::load(Path::new("/nowhere/mine.toml")).unwrap_err();
        assert_eq!(error.code(), "persona.unreadable");
    }

    #[test]
    fn the_template_loads_and_its_certificate_names_the_new_person() {
        let (_folder, path) = saved(&Persona::template("sakura", "sakura", 0));
        let sakura = Persona::load(&path).unwrap();
        let hanako = Persona::shipped("hanako").unwrap();
        assert_eq!(sakura.id, "sakura");
        let (mine, hers) = (sakura.signature.unwrap(), hanako.signature.unwrap());
        let name = sakura.holder.name.as_bytes();
        assert!(
            mine.certificate
                .windows(name.len())
                .any(|part| part == name)
        );
        assert!(
            !hers
                .certificate
                .windows(name.len())
                .any(|part| part == name)
        );
        assert_eq!(mine.ca_certificate, hers.ca_certificate);

        let (_folder, path) = saved(&Persona::template("a \"quoted\" name", "見本\n\"", 0));
        let error = Persona::load(&path).unwrap_err().to_string();
        assert!(error.contains(": id: "), "{error}");
    }

    /// Two residents of one seed share neither keys nor certificates nor records.
    #[test]
    fn residents_of_a_seed_are_different_people_with_cards_that_hold_together() {
        let load = |number| {
            let id = format!("r-{number}");
            let (_folder, path) = saved(&Persona::template(&id, "seed", number));
            Persona::load(&path).unwrap()
        };
        let (one, again, other) = (load(1), load(1), load(2));
        let certificate = |it: &Persona| it.authentication.clone().unwrap().certificate;
        assert_eq!(certificate(&one), certificate(&again));
        let files = |it: &Persona| -> Vec<Vec<u8>> {
            let of = [(Application::Profile, 1..=7), (Application::Visual, 1..=5)];
            let ids = of
                .into_iter()
                .flat_map(|(of, ids)| ids.map(move |id| (of, id)));
            ids.map(|(of, id)| it.record(of, id).unwrap().to_vec())
                .collect()
        };
        assert_eq!(files(&one), files(&again));
        let keys = |it: &Persona| {
            let credential = |of: &Option<Credential>| of.clone().unwrap().key;
            [credential(&it.authentication), credential(&it.signature)]
                .map(|key| key.public_key().unwrap())
        };
        let all = [keys(&one), keys(&other)].concat();
        for (at, key) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(key));
        }
        assert!(fits(
            &one.signature.clone().unwrap().key,
            &one.signature.clone().unwrap().certificate
        ));
        assert_ne!(files(&one)[0], files(&other)[0]);
    }

    #[test]
    fn a_file_that_changes_nothing_gets_the_same_certificates() {
        let (_folder, path) = saved("based-on = \"taro\"\nid = \"jiro\"\n");
        let (jiro, taro) = (
            Persona::load(&path).unwrap(),
            Persona::shipped("taro").unwrap(),
        );
        let certificate = |it: Option<Credential>| it.unwrap().certificate;
        assert_eq!(
            certificate(jiro.authentication),
            certificate(taro.authentication)
        );
        assert_eq!(certificate(jiro.signature), certificate(taro.signature));
        assert_eq!(jiro.largest_apdu, taro.largest_apdu);
    }

    #[test]
    fn a_file_may_leave_out_a_certificate_and_bring_its_own_key() {
        let (folder, path) = saved(
            "based-on = \"hanako\"\nid = \"mine\"\n\
             [authentication]\nkey = \"own.pem\"\n[signature]\nabsent = true\n",
        );
        let PersonaError::Field { line, field, .. } = Persona::load(&path).unwrap_err() else {
            panic!("the key is not there yet");
        };
        assert_eq!((line, field), (4, "authentication.key"));
        let own = PrivateKey::P256(p256::SecretKey::from_slice(&[7; 32]).unwrap());
        fs::write(folder.path().join("own.pem"), own.to_marked_pem().unwrap()).unwrap();
        let mine = Persona::load(&path).unwrap();
        assert!(mine.signature.is_none());
        let credential = mine.authentication.unwrap();
        assert!(fits(&own, &credential.certificate));
    }

    #[test]
    fn a_base_that_does_not_exist_is_named() {
        let (_folder, path) = saved("\nbased-on = \"tanuki\"\n");
        let error = Persona::load(&path).unwrap_err().to_string();
        assert!(error.ends_with("mine.toml:2: based-on: no shipped resident has this name"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_makes_it_panic(at in 0..HANAKO.len(), cut in 0..40_usize, with in ".{0,12}") {
            let mut text = HANAKO.as_bytes().to_vec();
            text.splice(at..(at + cut).min(HANAKO.len()), with.bytes());
            let text = String::from_utf8_lossy(&text);
            let _ = read(&text);
        }
    }
}
