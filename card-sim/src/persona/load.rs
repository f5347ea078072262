//! Reading a resident from TOML, with the place of every mistake.
//!
//! A file describes one resident completely, or names a shipped one (`based-on = "hanako"`) and
//! says what differs. Where it names no certificate, the test CA issues one while the file is
//! loaded, so that name, address and dates always agree with what the file says.
//!
//! Every value keeps its place in the text ([`Spanned`]), because TOML's own checks end where ours
//! begin: digits, lengths, PIN shapes, dates, attempts, keys that fit their certificates.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use der::{DateTime, Decode};
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;
use toml::value::Datetime;
use x509_cert::Certificate;

use super::issue::{Authority, Generation, IssueError, Leaf, Purpose};
use super::shipped::{self, file_named};
use super::{CardFace, Credential, Holder, Kind, Persona, Pin, PrivateKey};
use crate::os::quirk::Quirks;

/// Why a persona file was refused. Every variant names the file, the later two the line.
#[derive(Debug, Error)]
pub enum PersonaError {
    /// The file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The persona file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not TOML, or a field that no persona has, or a value of another type.
    #[error("{}:{line}: {}", file.display(), source.message())]
    Syntax {
        /// The persona file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the TOML reader said; its text shows the place.
        source: Box<toml::de::Error>,
    },
    /// A field is missing or its value cannot be.
    #[error("{}:{line}: {field}: {problem}", file.display())]
    Field {
        /// The persona file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The field with its table, such as `holder.birth`.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        problem: Problem,
    },
}

impl PersonaError {
    /// A stable word for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "persona.unreadable",
            Self::Syntax { .. } => "persona.syntax",
            Self::Field { .. } => "persona.field",
        }
    }
}

/// What is wrong with one field of a persona file.
#[derive(Debug, Error)]
pub enum Problem {
    /// The field is needed and neither the file nor its base has it.
    #[error("is missing")]
    Missing,
    /// No shipped resident has this name.
    #[error("no shipped resident has this name")]
    UnknownResident,
    /// Not 1 to 32 of `a`–`z`, `0`–`9` and hyphen, beginning with a letter.
    #[error("must be 1 to 32 of a-z, 0-9 and hyphen, and begin with a letter")]
    Name,
    /// Empty, too long, or with control characters.
    #[error("must have 1 to {longest} characters and no control characters")]
    Text {
        /// The largest number of characters.
        longest: usize,
    },
    /// Not exactly so many ASCII digits.
    #[error("must be {count} digits")]
    Digits {
        /// How many digits there must be.
        count: usize,
    },
    /// Not one flag, 0 or 1, for each character.
    #[error("must be {count} digits, each 0 or 1, one for each character of the text")]
    Flags {
        /// How many flags there must be.
        count: usize,
    },
    /// Not hexadecimal, or not 2 to 33 bytes.
    #[error("must be 2 to 33 bytes in hexadecimal")]
    AnswerToReset,
    /// A number outside its range.
    #[error("must be {} to {}", range.start(), range.end())]
    Range {
        /// The allowed numbers.
        range: std::ops::RangeInclusive<usize>,
    },
    /// Not an era digit and a Gregorian date with zeros where unknown.
    #[error("must be an era digit (0 to 5) and a date YYYYMMDD, zeros where unknown")]
    BirthDate,
    /// Not 1, 2 or 3.
    #[error("must be 1 (male), 2 (female) or 3 (unknown)")]
    Sex,
    /// The twelfth digit of the My Number is not the check digit of the others.
    #[error("the check digit is wrong: this cannot be a My Number")]
    CheckDigit,
    /// Not a plain date.
    #[error("must be a date such as 2036-04-01")]
    Date,
    /// Not an instant in UTC, or outside the years that certificates write with two digits.
    #[error("must be an instant in UTC such as 2026-10-27T02:15:00Z, before 2050")]
    Instant,
    /// The certificate would end before it begins.
    #[error("lies before the instant of issue")]
    EndsBeforeItBegins,
    /// Not the shape of this PIN.
    #[error("must be {shape}")]
    PinShape {
        /// What this PIN looks like.
        shape: PinShape,
    },
    /// More attempts than the card gives.
    #[error("the card gives at most {maximum} attempts")]
    Attempts {
        /// The largest number of attempts of this PIN.
        maximum: u8,
    },
    /// A key or certificate file cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file that was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a PKCS #8 private key in PEM.
    #[error(transparent)]
    Key(#[from] super::NotAKey),
    /// Not one X.509 certificate in DER.
    #[error("not an X.509 certificate in DER")]
    Certificate,
    /// The certificate is for another key.
    #[error("the certificate is for another key")]
    KeyDoesNotFit,
    /// The test CA could not issue the certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// What a PIN looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinShape {
    /// Four digits.
    FourDigits,
    /// 6 to 16 of `A`–`Z` and `0`–`9`.
    Password,
}

impl fmt::Display for PinShape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::FourDigits => "4 digits",
            Self::Password => "6 to 16 of A-Z and 0-9",
        })
    }
}

impl Persona {
    /// Loads a resident from a TOML file; key and certificate files are found beside it.
    ///
    /// # Errors
    ///
    /// [`PersonaError`] with file, line and field. Nothing is repaired silently.
    pub fn load(path: &Path) -> Result<Self, PersonaError> {
        Self::load_with(path, false)
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
        Self::load_with(path, true)
    }

    /// A commented TOML text for a new resident of this name, which [`load`](Self::load) accepts.
    #[must_use]
    pub fn template(name: &str) -> String {
        // A name that needs escapes is still one TOML string, so the mistake is found at `id`.
        TEMPLATE.replace("\"NAME\"", &toml::Value::from(name).to_string())
    }

    fn load_with(path: &Path, reissue: bool) -> Result<Self, PersonaError> {
        let text = std::fs::read_to_string(path).map_err(|source| PersonaError::Unreadable {
            file: path.to_owned(),
            source,
        })?;
        let place = path.parent().unwrap_or(Path::new(""));
        Source {
            file: path,
            text: &text,
            files: Files::Beside(place),
        }
        .persona(reissue)
    }
}

/// Loads a resident whose text and files are compiled in.
pub(super) fn shipped(id: &str, text: &str) -> Result<Persona, PersonaError> {
    let file = PathBuf::from(format!("{id}.toml"));
    Source {
        file: &file,
        text,
        files: Files::Shipped,
    }
    .persona(false)
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
        let bytes = self.read(name)?;
        let pem = std::str::from_utf8(&bytes).map_err(|_| super::NotAKey)?;
        Ok(PrivateKey::from_pem(pem)?)
    }

    fn certificate(self, name: &str) -> Result<Vec<u8>, Problem> {
        let bytes = self.read(name)?;
        Certificate::from_der(&bytes).map_err(|_| Problem::Certificate)?;
        Ok(bytes.into_owned())
    }
}

/// A persona text with what is needed to say where a mistake is.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    files: Files<'a>,
}

impl Source<'_> {
    fn persona(&self, reissue: bool) -> Result<Persona, PersonaError> {
        let mut file = self.parse()?;
        if let Some(name) = file.based_on.take() {
            let place = name.span();
            let base = shipped::text(name.get_ref())
                .ok_or_else(|| self.at("based-on", place.clone(), Problem::UnknownResident))?;
            let base = Source {
                file: self.file,
                text: base,
                files: Files::Shipped,
            }
            .parse()?;
            file.inherit(base, &place);
        }

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

        let authentication = self.credential(
            &AUTHENTICATION,
            file.authentication,
            &holder,
            &places,
            reissue,
        )?;
        let signature = self.credential(&SIGNATURE, file.signature, &holder, &places, reissue)?;

        Ok(Persona {
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
            authentication_pin: self.pin(&AUTHENTICATION_PIN, file.pins.authentication)?,
            signature_password: self.pin(&SIGNATURE_PASSWORD, file.pins.signature)?,
            resident_pin: self.pin(&RESIDENT_PIN, file.pins.resident)?,
            profile_pin: match file.pins.profile {
                Some(pin) => Some(self.pin(&PROFILE_PIN, Some(pin))?),
                None => None,
            },
            quirks: file.quirks.unwrap_or_default(),
        })
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
            let ca_key = Files::Shipped.key(&format!("keys/{}.pem", authority.stem()))?;
            let ca_certificate = authority.certificate(&ca_key)?;
            let certificate = authority.issue(&ca_key, &key, &leaf)?;
            Ok(Credential {
                key: key.clone(),
                certificate,
                ca_certificate,
            })
        };
        issue()
            .map(Some)
            .map_err(|problem| self.at(names.generation, place, problem))
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
        let value = self.need(pin.value, file.value, |value| {
            let shape = pin.shape;
            let fits = match shape {
                PinShape::FourDigits => is_digits(&value, 4),
                PinShape::Password => {
                    let allowed = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
                    (6..=16).contains(&value.len()) && value.bytes().all(allowed)
                }
            };
            if fits {
                Ok(value)
            } else {
                Err(Problem::PinShape { shape })
            }
        })?;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    based_on: Option<Spanned<String>>,
    id: Option<Spanned<String>>,
    about_ja: Option<Spanned<String>>,
    about_en: Option<Spanned<String>>,
    kind: Option<Spanned<Kind>>,
    invented: Option<Spanned<bool>>,
    atr: Option<Spanned<String>>,
    largest_apdu: Option<Spanned<usize>>,
    #[serde(default)]
    holder: HolderFile,
    #[serde(default)]
    card: CardFile,
    #[serde(default)]
    pins: PinsFile,
    authentication: Option<CredentialFile>,
    signature: Option<CredentialFile>,
    quirks: Option<Quirks>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HolderFile {
    name: Option<Spanned<String>>,
    name_substitutes: Option<Spanned<String>>,
    address: Option<Spanned<String>>,
    address_substitutes: Option<Spanned<String>>,
    birth: Option<Spanned<String>>,
    sex: Option<Spanned<String>>,
    my_number: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CardFile {
    serial: Option<Spanned<String>>,
    municipality: Option<Spanned<String>>,
    municipality_name: Option<Spanned<String>>,
    prefecture: Option<Spanned<String>>,
    expiry: Option<Spanned<Datetime>>,
    identification: Option<Spanned<String>>,
    birth: Option<Spanned<String>>,
    security_code: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PinsFile {
    authentication: Option<PinFile>,
    signature: Option<PinFile>,
    resident: Option<PinFile>,
    profile: Option<PinFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PinFile {
    value: Option<Spanned<String>>,
    left: Option<Spanned<u8>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CredentialFile {
    absent: Option<Spanned<bool>>,
    key: Option<Spanned<String>>,
    certificate: Option<Spanned<String>>,
    ca_certificate: Option<Spanned<String>>,
    generation: Option<Spanned<Generation>>,
    serial: Option<Spanned<u32>>,
    common_name: Option<Spanned<String>>,
    issued: Option<Spanned<Datetime>>,
    expires: Option<Spanned<Datetime>>,
    /// The key was inherited, so its path means a file inside the program.
    #[serde(skip)]
    key_is_shipped: bool,
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
    fn inherit(&mut self, mut base: Self, place: &Range<usize>) {
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
        inherit!(self, base, place; id about_ja about_en kind invented atr largest_apdu);
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
        let mine = mine.get_or_insert_default();
        mine.key_is_shipped = mine.key.is_none();
        inherit!(mine, base, place; key generation serial common_name issued expires);
    }
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

const AUTHENTICATION: CredentialFields = CredentialFields {
    purpose: Purpose::Authentication,
    key: "authentication.key",
    certificate: "authentication.certificate",
    ca_certificate: "authentication.ca-certificate",
    generation: "authentication.generation",
    serial: "authentication.serial",
    common_name: "authentication.common-name",
    issued: "authentication.issued",
    expires: "authentication.expires",
};

const SIGNATURE: CredentialFields = CredentialFields {
    purpose: Purpose::Signature,
    key: "signature.key",
    certificate: "signature.certificate",
    ca_certificate: "signature.ca-certificate",
    generation: "signature.generation",
    serial: "signature.serial",
    common_name: "signature.common-name",
    issued: "signature.issued",
    expires: "signature.expires",
};

struct PinFields {
    value: &'static str,
    left: &'static str,
    shape: PinShape,
    maximum: u8,
}

const AUTHENTICATION_PIN: PinFields = PinFields {
    value: "pins.authentication.value",
    left: "pins.authentication.left",
    shape: PinShape::FourDigits,
    maximum: 3,
};
const SIGNATURE_PASSWORD: PinFields = PinFields {
    value: "pins.signature.value",
    left: "pins.signature.left",
    shape: PinShape::Password,
    maximum: 5,
};
const RESIDENT_PIN: PinFields = PinFields {
    value: "pins.resident.value",
    left: "pins.resident.left",
    shape: PinShape::FourDigits,
    maximum: 3,
};
const PROFILE_PIN: PinFields = PinFields {
    value: "pins.profile.value",
    left: "pins.profile.left",
    shape: PinShape::FourDigits,
    maximum: 3,
};

fn id(value: String) -> Result<String, Problem> {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let begins = value.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    if begins && value.len() <= 32 && value.bytes().all(allowed) {
        Ok(value)
    } else {
        Err(Problem::Name)
    }
}

fn text(longest: usize) -> impl Fn(String) -> Result<String, Problem> {
    move |value| {
        let count = value.chars().count();
        if (1..=longest).contains(&count) && !value.chars().any(char::is_control) {
            Ok(value)
        } else {
            Err(Problem::Text { longest })
        }
    }
}

fn identification(value: String) -> Result<String, Problem> {
    if value.is_ascii() {
        text(32)(value)
    } else {
        Err(Problem::Text { longest: 32 })
    }
}

fn is_digits(value: &str, count: usize) -> bool {
    value.len() == count && value.bytes().all(|c| c.is_ascii_digit())
}

fn digits(count: usize) -> impl Fn(String) -> Result<String, Problem> {
    move |value| {
        if is_digits(&value, count) {
            Ok(value)
        } else {
            Err(Problem::Digits { count })
        }
    }
}

fn flags(text: &str) -> impl Fn(String) -> Result<String, Problem> {
    let count = text.chars().count();
    move |value| {
        if value.len() == count && value.bytes().all(|c| c == b'0' || c == b'1') {
            Ok(value)
        } else {
            Err(Problem::Flags { count })
        }
    }
}

fn zeros(text: &str) -> String {
    "0".repeat(text.chars().count())
}

fn within(range: std::ops::RangeInclusive<usize>) -> impl FnOnce(usize) -> Result<usize, Problem> {
    move |value| {
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(Problem::Range { range })
        }
    }
}

fn answer_to_reset(value: String) -> Result<Vec<u8>, Problem> {
    let digits: Option<Vec<u8>> = value
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.ok_or(Problem::AnswerToReset)?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if rest.is_empty() && (2..=33).contains(&pairs.len()) {
        Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    } else {
        Err(Problem::AnswerToReset)
    }
}

/// Era digit, then a Gregorian date with zeros where a part is unknown.
fn birth_date(value: String) -> Result<String, Problem> {
    let part = |range| {
        value
            .get::<Range<usize>>(range)
            .and_then(|part| part.parse::<u16>().ok())
    };
    let parts =
        is_digits(&value, 9).then(|| Some((part(0..1)?, part(1..5)?, part(5..7)?, part(7..9)?)));
    let Some(Some((era, year, month, day))) = parts else {
        return Err(Problem::BirthDate);
    };
    let days = match month {
        2 if year != 0 && (year % 4 != 0 || year % 100 == 0 && year % 400 != 0) => 28,
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if era <= 5 && month <= 12 && day <= days {
        Ok(value)
    } else {
        Err(Problem::BirthDate)
    }
}

/// YYMMDD as a card of a Japanese resident shows it; `value` has passed [`birth_date`].
fn printed_birth(value: &str) -> String {
    let (era, rest) = value.split_at_checked(1).unwrap_or_default();
    let (year, rest) = rest.split_at_checked(4).unwrap_or_default();
    // The Gregorian year before the first year of each era.
    let before = match era {
        "1" => 1867,
        "2" => 1911,
        "3" => 1925,
        "4" => 1988,
        "5" => 2018,
        _ => 0,
    };
    let year = year.parse::<u16>().unwrap_or(0).saturating_sub(before) % 100;
    format!("{year:02}{rest}")
}

fn sex(value: String) -> Result<char, Problem> {
    match value.as_str() {
        "1" => Ok('1'),
        "2" => Ok('2'),
        "3" => Ok('3'),
        _ => Err(Problem::Sex),
    }
}

/// Check digit by the ministerial order on My Number (平成26年総務省令第85号, article 5).
fn my_number(value: String) -> Result<String, Problem> {
    let value = digits(12)(value)?;
    let mut from_the_right = value.bytes().rev().map(|digit| u32::from(digit - b'0'));
    let check = from_the_right.next();
    let weights = (2..=7).chain(2..=6);
    let rest = from_the_right
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum::<u32>()
        % 11;
    let expected = if rest <= 1 { 0 } else { 11 - rest };
    if check == Some(expected) {
        Ok(value)
    } else {
        Err(Problem::CheckDigit)
    }
}

fn date(value: Datetime) -> Result<toml::value::Date, Problem> {
    match value {
        Datetime {
            date: Some(date),
            time: None,
            offset: None,
        } => Ok(date),
        _ => Err(Problem::Date),
    }
}

fn instant(value: Datetime) -> Result<DateTime, Problem> {
    let Datetime {
        date: Some(date),
        time: Some(time),
        offset: Some(toml::value::Offset::Z),
    } = value
    else {
        return Err(Problem::Instant);
    };
    let second = time.second.unwrap_or(0);
    DateTime::new(
        date.year,
        date.month,
        date.day,
        time.hour,
        time.minute,
        second,
    )
    .ok()
    .filter(|_| date.year < 2050)
    .ok_or(Problem::Instant)
}

fn fits(key: &PrivateKey, certificate: &[u8]) -> bool {
    let certificate = Certificate::from_der(certificate);
    let public = key.public_key();
    matches!((certificate, public), (Ok(certificate), Ok(public))
        if *certificate.tbs_certificate().subject_public_key_info() == public)
}

const TEMPLATE: &str = include_str!("../../personas/template.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_resident_loads() {
        for id in Persona::SHIPPED {
            let persona = Persona::shipped(id).unwrap();
            assert_eq!(persona.id, *id);
        }
        assert!(Persona::shipped("tanuki").is_none());
    }
}
