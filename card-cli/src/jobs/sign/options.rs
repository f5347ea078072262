//! Options of a signature, and which of them belong together.

use std::path::{Path, PathBuf};

use card_core::Spend;
use card_core::certificate::Purpose;
use card_core::trust::Trust;
use card_sign::{jws, pdf};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::http::Address;
use crate::issuers::Trusted;
use crate::progress::Watch;
use crate::source::{Source, read_all};
use crate::trust::roots;

/// How to sign.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) format: Format,
    pub(crate) key: Key,
    /// Whether a bare value is checked against the card's certificate.
    pub(crate) check: bool,
    /// Whether a file that is there is written over.
    pub(crate) force: bool,
    /// Whether a signature that is there, and verifies, is kept.
    pub(crate) resume: bool,
    /// Whether the last attempt may be spent without another question.
    pub(crate) spend: Spend,
    /// Address of a time-stamp authority.
    pub(crate) timestamp: Option<Address>,
    /// Whom the time stamp has to come from.
    pub(crate) timestamp_trust: Option<Trusted>,
    /// A file with signatures of others, to which one is added.
    pub(crate) cosign: Option<PathBuf>,
    pub(crate) pdf_profile: Option<PdfProfile>,
    /// The empty field of a PDF file that is filled.
    pub(crate) field: Option<String>,
    pub(crate) visible: Option<Visible>,
    /// The font of the visible signature.
    pub(crate) font: Option<PathBuf>,
    pub(crate) detached: bool,
    pub(crate) xades: bool,
    /// Whether a token holds the issuer's certificate too.
    pub(crate) with_ca: bool,
    pub(crate) profile: Option<XmlProfile>,
}

/// Options with what they name, read.
pub(super) struct Order {
    pub(super) options: Options,
    pub(super) font: Option<Vec<u8>>,
    pub(super) trust: Option<Trust>,
}

impl Order {
    /// Reads font and roots, where they are needed.
    pub(super) fn of(options: Options, watch: &dyn Watch) -> Result<Self, Failure> {
        let font = options.visible.is_some().then(|| {
            let path = options.font.clone();
            let path = path.unwrap_or_else(|| pdf::DEFAULT_FONT.into());
            Source::open(&path, watch)
                .and_then(|font| read_all(font, LARGEST_FONT))
                .map_err(|error| Failure::file(ProgramError::FontUnreadable, &path, &error))
        });
        let trust = options.timestamp_trust.as_ref().map(roots);
        Ok(Self {
            font: font.transpose()?,
            trust: trust.transpose()?,
            options,
        })
    }
}

/// Fonts with every Japanese character have some ten megabytes.
const LARGEST_FONT: u64 = 128 << 20;

/// Why options do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// This one belongs to other formats.
    Format(Choice),
    /// Registry filing refuses time stamps.
    MojTimeStamp,
    /// The box of a field needs the field, and a field has no other place.
    VisibleField,
    /// e-Gov has a shape of its own.
    EgovShape,
    /// One signature over one file is added to, and not resumed.
    CosignOne,
}

/// An option that belongs to some formats only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Key,
    Pdf,
    Field,
    TimeStamp,
    Detached,
    Xades,
    WithCa,
    Profile,
    Cosign,
    Resume,
}

/// What a signature is put into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A file of its own.
    #[default]
    Cms,
    /// A file around what is signed.
    CmsAttached,
    /// The PDF file that is signed.
    Pdf,
    /// The XML document that is signed, or one of its own.
    Xml,
    /// A token.
    Jws,
    /// Nothing: the bare signature value.
    Raw,
    /// A container with all files, signed together.
    Asic,
}

impl Format {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Cms,
        Self::CmsAttached,
        Self::Pdf,
        Self::Xml,
        Self::Jws,
        Self::Raw,
        Self::Asic,
    ];

    /// What a signed file is called after the file that was signed.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Cms => ".p7s",
            Self::CmsAttached => ".p7m",
            Self::Pdf => ".signed.pdf",
            Self::Xml => ".signed.xml",
            Self::Jws => ".jws",
            Self::Raw => ".sig",
            Self::Asic => ".asice",
        }
    }

    /// By a file's ending: a signature inside PDF and XML, else one beside the file.
    pub(crate) fn of_ending(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("pdf") => Self::Pdf,
            Some("xml") => Self::Xml,
            _ => Self::Cms,
        }
    }

    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cms => "cms",
            Self::CmsAttached => "cms-attached",
            Self::Pdf => "pdf",
            Self::Xml => "xml",
            Self::Jws => "jws",
            Self::Raw => "raw",
            Self::Asic => "asic",
        }
    }
}

/// The parts of the name of a signed copy, without its ending: `a.signed` is the first of `a`,
/// `a.signed-2` the second. `None` for names that this program does not write.
pub(crate) fn signed_copy(stem: &str) -> Option<(&str, u32)> {
    let (plain, count) = stem.rsplit_once(".signed")?;
    if count.is_empty() {
        return Some((plain, 1));
    }
    let digits = count.strip_prefix('-')?;
    let count: u32 = digits.parse().ok()?;
    (count > 1 && digits == count.to_string()).then_some((plain, count))
}

/// Which key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Key {
    /// 署名用秘密鍵.
    #[default]
    Sign,
    /// 利用者証明用秘密鍵.
    Auth,
}

impl Key {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Sign, Self::Auth];

    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Auth => "auth",
        }
    }

    /// What its certificate is for.
    pub(crate) fn purpose(self) -> Purpose {
        match self {
            Self::Sign => Purpose::Signature,
            Self::Auth => Purpose::Authentication,
        }
    }
}

/// The kind of a signature in a PDF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PdfProfile {
    /// What registry filing (登記・供託オンライン申請) reads.
    Moj,
    Pades,
}

impl PdfProfile {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Moj, Self::Pades];

    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Moj => "moj",
            Self::Pades => "pades",
        }
    }
}

/// A use of XML signatures that has a shape of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XmlProfile {
    /// e-Gov電子申請.
    Egov,
}

/// Where a visible signature stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Visible {
    /// On a page counted from 1, in points from the lower left corner.
    At { page: usize, area: pdf::Area },
    /// In the box of the field.
    InField,
}

impl Options {
    /// Each option belongs to some formats only, and not beside every other.
    pub(crate) fn misfit(&self, files: usize) -> Option<Misfit> {
        use Format::{Asic, Cms, CmsAttached, Jws, Pdf, Raw, Xml};
        let pdf = self.pdf_profile.is_some() || self.visible.is_some();
        let chosen: [(bool, Choice, &[Format]); 10] = [
            (self.key == Key::Auth, Choice::Key, &[Raw, Jws]),
            (pdf, Choice::Pdf, &[Pdf]),
            (self.field.is_some(), Choice::Field, &[Pdf]),
            (
                self.timestamp.is_some(),
                Choice::TimeStamp,
                &[Cms, CmsAttached, Pdf, Asic],
            ),
            (self.detached, Choice::Detached, &[Xml, Jws]),
            (self.xades, Choice::Xades, &[Xml]),
            (self.with_ca, Choice::WithCa, &[Jws]),
            (self.profile.is_some(), Choice::Profile, &[Xml]),
            (self.cosign.is_some(), Choice::Cosign, &[Cms, CmsAttached]),
            (
                self.resume,
                Choice::Resume,
                &[Cms, CmsAttached, Pdf, Xml, Jws],
            ),
        ];
        let misfit = chosen
            .into_iter()
            .find(|(given, _, formats)| *given && !formats.contains(&self.format));
        if let Some((_, choice, _)) = misfit {
            return Some(Misfit::Format(choice));
        }
        let moj = self.format == Pdf && self.pdf_profile != Some(PdfProfile::Pades);
        if moj && self.timestamp.is_some() {
            return Some(Misfit::MojTimeStamp);
        }
        let places = (&self.field, self.visible);
        if matches!(
            places,
            (None, Some(Visible::InField)) | (Some(_), Some(Visible::At { .. }))
        ) {
            return Some(Misfit::VisibleField);
        }
        if self.profile.is_some() && (self.detached || self.xades) {
            return Some(Misfit::EgovShape);
        }
        let several = self.cosign.is_some() && (files > 1 || self.resume);
        several.then_some(Misfit::CosignOne)
    }

    /// Whether the names of files are part of what is signed.
    pub(crate) fn names_files(&self) -> bool {
        match self.format {
            Format::Asic => true,
            Format::Xml => self.detached || self.profile.is_some(),
            _ => false,
        }
    }

    /// Whether what is made holds the file that is signed.
    pub(crate) fn holds_file(&self) -> bool {
        match self.format {
            Format::Cms | Format::Raw => false,
            Format::CmsAttached | Format::Pdf | Format::Asic => true,
            Format::Xml | Format::Jws => !self.detached,
        }
    }

    /// Whether the card is asked for nothing but the signature.
    pub(crate) fn is_bare(&self) -> bool {
        self.format == Format::Raw && !self.check
    }

    /// Whether the signer's certificate goes into the file.
    pub(crate) fn discloses(&self) -> bool {
        self.format != Format::Raw && self.key == Key::Sign
    }

    /// Whether the certificate of its issuer goes there too.
    pub(crate) fn carries_chain(&self) -> bool {
        match self.format {
            Format::Raw => false,
            Format::Jws => self.with_ca,
            _ => self.profile.is_none(),
        }
    }

    /// The certificates of a token.
    pub(crate) fn jws_certificates(&self) -> jws::Certificates {
        match self.with_ca {
            true => jws::Certificates::Chain,
            false => jws::Certificates::Signer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_choose_a_format() {
        for (path, format) in [
            ("契約書.pdf", Format::Pdf),
            ("a/B.PDF", Format::Pdf),
            ("a.xml", Format::Xml),
            ("a.pdf.txt", Format::Cms),
            ("pdf", Format::Cms),
            ("-", Format::Cms),
        ] {
            assert_eq!(Format::of_ending(Path::new(path)), format, "{path}");
        }
    }

    #[test]
    fn only_names_that_the_program_writes_are_signed_copies() {
        for (stem, parts) in [
            ("a.signed", Some(("a", 1))),
            ("a.signed-2", Some(("a", 2))),
            ("a.signed.signed-10", Some(("a.signed", 10))),
            ("a.signedoff", None),
            ("a.signed-by-us", None),
            ("a.signed2", None),
            ("a.signed-1", None),
            ("a.signed-02", None),
            ("a.signed-+2", None),
            ("a.signed-4294967296", None),
            ("a.signed.v2", None),
            ("a.Signed", None),
            ("signed", None),
        ] {
            assert_eq!(signed_copy(stem), parts, "{stem}");
        }
    }
}
