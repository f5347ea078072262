//! Options of `sign`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use card_core::certificate::Purpose;
use card_core::trust::Trust;
use card_sign::{jws, pdf};
use clap::ValueEnum;
use serde::Serialize;

use crate::args::{Consent, NoValue};
use crate::http::Address;
use crate::issuers::Trusted;

/// What to sign how.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[arg(long = "format", value_name = "cms|cms-attached|pdf|xml|jws|raw")]
    pub(super) chosen: Option<Format>,
    /// What was chosen, else what the files' ending says.
    #[arg(skip)]
    pub(super) format: Format,
    #[arg(long, value_name = "sign|auth", default_value = "sign")]
    pub(super) key: Key,
    #[arg(long)]
    pub(super) check: bool,
    #[arg(short, long, value_name = "FILE", conflicts_with = "output_dir")]
    pub(super) output: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub(super) output_dir: Option<PathBuf>,
    #[arg(long)]
    pub(super) force: bool,
    #[arg(long, conflicts_with = "force")]
    pub(super) resume: bool,
    #[arg(long)]
    pub(super) consent_disclosure: bool,
    #[arg(long, value_name = "URL")]
    pub(super) timestamp: Option<Address>,
    #[arg(
        long,
        value_name = "production|jlis-test|sim|DIR",
        requires = "timestamp"
    )]
    pub(super) timestamp_trust: Option<Trusted>,
    /// The roots that `timestamp_trust` names.
    #[arg(skip)]
    pub(super) loaded_trust: Option<Trust>,
    #[arg(long, value_name = "FILE")]
    pub(super) cosign: Option<PathBuf>,
    #[arg(long, value_name = "moj|pades")]
    pub(super) pdf_profile: Option<PdfProfile>,
    #[arg(long, value_name = "PAGE,X,Y,W,H")]
    pub(super) visible: Option<Visible>,
    #[arg(long, value_name = "FILE", requires = "visible")]
    pub(super) font: Option<PathBuf>,
    /// What the file that `font` names holds.
    #[arg(skip)]
    pub(super) loaded_font: Option<Vec<u8>>,
    #[arg(long)]
    pub(super) detached: bool,
    #[arg(long)]
    pub(super) xades: bool,
    #[arg(long)]
    pub(super) with_ca: bool,
    #[arg(long, value_name = "egov")]
    pub(super) profile: Option<XmlProfile>,
    #[command(flatten)]
    pub(super) consent: Consent,
}

/// What a signature is put into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
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
}

impl Format {
    /// What a signed file is called after the file that was signed.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Cms => ".p7s",
            Self::CmsAttached => ".p7m",
            Self::Pdf => ".signed.pdf",
            Self::Xml => ".signed.xml",
            Self::Jws => ".jws",
            Self::Raw => ".sig",
        }
    }

    /// By a file's ending: a signature inside PDF and XML, else one beside the file.
    pub(super) fn of_ending(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("pdf") => Self::Pdf,
            Some("xml") => Self::Xml,
            _ => Self::Cms,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cms => "cms",
            Self::CmsAttached => "cms-attached",
            Self::Pdf => "pdf",
            Self::Xml => "xml",
            Self::Jws => "jws",
            Self::Raw => "raw",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum Key {
    /// 署名用秘密鍵.
    Sign,
    /// 利用者証明用秘密鍵.
    Auth,
}

impl Key {
    /// What its certificate is for.
    pub(super) fn purpose(self) -> Purpose {
        match self {
            Self::Sign => Purpose::Signature,
            Self::Auth => Purpose::Authentication,
        }
    }
}

/// The kind of a signature in a PDF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PdfProfile {
    /// What registry filing (登記・供託オンライン申請) reads.
    Moj,
    Pades,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum XmlProfile {
    Egov,
}

/// `PAGE,X,Y,W,H`: where a visible signature stands, in points from the lower left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Visible {
    pub(super) page: usize,
    pub(super) area: pdf::Area,
}

impl FromStr for Visible {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        let (page, area) = text.split_once(',').ok_or(NoValue)?;
        let page = page.parse().ok().filter(|page| *page > 0).ok_or(NoValue)?;
        let numbers = area.split(',').map(|number| {
            let number: f64 = number.parse().ok()?;
            number.is_finite().then_some(number)
        });
        let numbers: Vec<f64> = numbers.collect::<Option<_>>().ok_or(NoValue)?;
        let [x, y, width, height] = numbers[..] else {
            return Err(NoValue);
        };
        let area = pdf::Area {
            x,
            y,
            width,
            height,
        };
        match width > 0.0 && height > 0.0 {
            true => Ok(Self { page, area }),
            false => Err(NoValue),
        }
    }
}

impl Arguments {
    /// Whether the names of files are part of what is signed.
    pub(super) fn names_files(&self) -> bool {
        self.format == Format::Xml && (self.detached || self.profile.is_some())
    }

    /// Whether the card is asked for nothing but the signature.
    pub(super) fn is_bare(&self) -> bool {
        self.format == Format::Raw && !self.check
    }

    /// Whether the signer's certificate goes into the file.
    pub(super) fn discloses(&self) -> bool {
        self.format != Format::Raw && self.key == Key::Sign
    }

    /// Whether the certificate of its issuer goes there too.
    pub(super) fn carries_chain(&self) -> bool {
        match self.format {
            Format::Raw => false,
            Format::Jws => self.with_ca,
            _ => self.profile.is_none(),
        }
    }

    /// The certificates of a token.
    pub(super) fn jws_certificates(&self) -> jws::Certificates {
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
    fn places_on_a_page() {
        let area = pdf::Area {
            x: 50.0,
            y: 60.5,
            width: 200.0,
            height: 40.0,
        };
        assert_eq!("2,50,60.5,200,40".parse(), Ok(Visible { page: 2, area }));
        for wrong in [
            "",
            "1",
            "0,1,1,1,1",
            "1,1,1,1",
            "1,1,1,1,1,1",
            "1,1,1,0,1",
            "1,1,1,NaN,1",
        ] {
            assert_eq!(wrong.parse::<Visible>(), Err(NoValue), "{wrong}");
        }
    }
}
