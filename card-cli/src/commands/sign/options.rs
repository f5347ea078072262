//! Arguments of `sign`.

use std::path::PathBuf;
use std::str::FromStr;

use card_sign::pdf;
use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::args::{Consent, NoValue};
use crate::http::Address;
use crate::issuers::Trusted;
use crate::jobs::sign::{Format, Key, Options, PdfProfile, Visible, XmlProfile};

/// What to sign how.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[arg(long = "format", value_name = "cms|cms-attached|pdf|xml|jws|raw|asic")]
    pub(super) chosen: Option<Format>,
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
    #[arg(long, value_name = "FILE")]
    pub(super) cosign: Option<PathBuf>,
    #[arg(long, value_name = "moj|egov", alias = "profile")]
    pub(super) filing: Option<Filing>,
    #[arg(long, conflicts_with = "filing")]
    pub(super) pades: bool,
    /// As it was typed before.
    #[arg(long, hide = true, conflicts_with_all = ["filing", "pades"])]
    pub(super) pdf_profile: Option<PdfProfile>,
    #[arg(long, value_name = "NAME")]
    pub(super) field: Option<String>,
    #[arg(long, value_name = "PAGE,X,Y,W,H|field")]
    pub(super) visible: Option<Visible>,
    #[arg(long, value_name = "FILE", requires = "visible")]
    pub(super) font: Option<PathBuf>,
    #[arg(long)]
    pub(super) detached: bool,
    #[arg(long)]
    pub(super) xades: bool,
    #[arg(long)]
    pub(super) with_ca: bool,
    #[command(flatten)]
    pub(super) consent: Consent,
}

/// The office that a file is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Filing {
    /// 登記・供託オンライン申請.
    Moj,
    /// e-Gov電子申請.
    Egov,
}

impl Arguments {
    /// What to sign how, in this format.
    pub(super) fn options(&self, format: Format) -> Options {
        Options {
            format,
            key: self.key,
            check: self.check,
            force: self.force,
            resume: self.resume,
            spend: self.consent.spend(),
            timestamp: self.timestamp.clone(),
            timestamp_trust: self.timestamp_trust.clone(),
            cosign: self.cosign.clone(),
            pdf_profile: match self.filing {
                Some(Filing::Moj) => Some(PdfProfile::Moj),
                _ if self.pades => Some(PdfProfile::Pades),
                _ => self.pdf_profile,
            },
            field: self.field.clone(),
            visible: self.visible,
            font: self.font.clone(),
            detached: self.detached,
            xades: self.xades,
            with_ca: self.with_ca,
            profile: (self.filing == Some(Filing::Egov)).then_some(XmlProfile::Egov),
        }
    }
}

/// Words that are typed as the job names them.
macro_rules! words {
    ($($kind:ty),+) => {$(
        impl ValueEnum for $kind {
            fn value_variants<'a>() -> &'a [Self] {
                &Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                Some(PossibleValue::new(self.name()))
            }
        }
    )+};
}

words!(Format, Key, PdfProfile);

/// `PAGE,X,Y,W,H`.
impl FromStr for Visible {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        if text == "field" {
            return Ok(Self::InField);
        }
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
            true => Ok(Self::At { page, area }),
            false => Err(NoValue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_a_page() {
        let area = pdf::Area {
            x: 50.0,
            y: 60.5,
            width: 200.0,
            height: 40.0,
        };
        assert_eq!(
            "2,50,60.5,200,40".parse(),
            Ok(Visible::At { page: 2, area })
        );
        assert_eq!("field".parse(), Ok(Visible::InField));
        for wrong in [
            "",
            "fields",
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
