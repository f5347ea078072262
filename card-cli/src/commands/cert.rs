//! `cert auth|sign|auth-ca|sign-ca`: a certificate of the card, in five forms.

use std::path::PathBuf;

use card_core::Certificate;
use card_core::certificate::{DistinguishedName, Environment, KeyAlgorithm, KeyHolder, Oid};
use card_core::domain::date::UtcTime;
use clap::ValueEnum;
use serde::Serialize;

use crate::args::Consent;
use crate::connect::Connection;
use crate::exit::Failure;
use crate::jobs::certificate;
use crate::kept;
use crate::output::{self, Place, Privacy, Report, capital, hex, printable, table};
use crate::program::Program;
use crate::texts::{Language, Texts};
use crate::ui::program::ProgramUi;
use crate::validity::Moment;

/// Which certificate, in which form, to where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "auth|sign|auth-ca|sign-ca")]
    which: Which,
    #[arg(long, value_name = "pem|der|text|json|ssh")]
    format: Option<Format>,
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[arg(long, requires = "output")]
    force: bool,
    #[arg(long, conflicts_with = "forget")]
    remember: bool,
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Which {
    /// 利用者証明用電子証明書.
    Auth,
    /// 署名用電子証明書.
    Sign,
    /// The CA certificate of the first.
    AuthCa,
    /// The CA certificate of the second.
    SignCa,
}

impl Which {
    fn certificate(self) -> certificate::Which {
        match self {
            Self::Auth => certificate::Which::Authentication,
            Self::Sign => certificate::Which::Signature,
            Self::AuthCa => certificate::Which::AuthenticationCa,
            Self::SignCa => certificate::Which::SignatureCa,
        }
    }

    /// Certificates of a person identify the person, also where they hold no name.
    fn privacy(self) -> Privacy {
        match self {
            Self::Auth | Self::Sign => Privacy::Owner,
            Self::AuthCa | Self::SignCa => Privacy::Anybody,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Auth => "certificate-authentication",
            Self::Sign => "certificate-signature",
            Self::AuthCa => "certificate-authentication-ca",
            Self::SignCa => "certificate-signature-ca",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Pem,
    Der,
    Text,
    Json,
    Ssh,
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    let place = arguments
        .output
        .as_deref()
        .filter(|path| path.as_os_str() != "-")
        .map(|path| Place::look(path, arguments.force, arguments.which.privacy()))
        .transpose()?;
    if (arguments.remember || arguments.forget) && arguments.which != Which::Auth {
        return Err(Failure::usage(program.texts.say("usage-remember")));
    }
    let format = match arguments.format {
        Some(format) if program.global.json && format != Format::Json => {
            return Err(Failure::usage(program.texts.say("usage-json-format")));
        }
        Some(format) => format,
        None if program.global.json => Format::Json,
        // What lands in a file is for other programs.
        None if place.is_some() => Format::Pem,
        None => Format::Text,
    };
    let mut connection = Connection::open(program)?;
    let certificate = certificate::read(
        arguments.which.certificate(),
        &mut connection,
        &mut ProgramUi::new(program),
        arguments.consent.spend(),
    )?;
    if arguments.which == Which::Sign {
        output::note(&program.texts.say("note-signature-certificate"));
    }
    if arguments.remember {
        let path = kept::keep(&certificate)?;
        output::note(&program.texts.with(
            "note-remembered",
            [("path", path.display().to_string().into())],
        ));
    }
    if arguments.forget {
        let path = kept::remove(&certificate)?;
        output::note(&program.texts.with(
            "note-forgotten",
            [("path", path.display().to_string().into())],
        ));
    }
    let report = Shown::of(&certificate, arguments.which);
    let bytes = match format {
        Format::Pem => certificate.to_pem().into_bytes(),
        Format::Der => certificate.to_der().to_vec(),
        Format::Ssh => {
            let line = certificate.to_openssh();
            let line = line.ok_or_else(|| Failure::usage(program.texts.say("usage-no-ssh")))?;
            format!("{}\n", line.trim_end()).into_bytes()
        }
        Format::Text => report.text(&program.texts).into_bytes(),
        Format::Json => program.json(&report, &connection)?,
    };
    match place {
        Some(place) => {
            let _held = program.signals.held();
            place.write(&bytes)
        }
        None => output::show_bytes(&bytes),
    }
}

/// `mynacard.cert/1`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Shown {
    which: Which,
    /// Hexadecimal.
    serial: String,
    subject: String,
    issuer: String,
    /// The issuer's Japanese name.
    issuer_japanese: Option<String>,
    not_before: Moment,
    not_after: Moment,
    /// `rsa-2048`, `ec-p256`, `ec-p384` or `other`.
    key: String,
    key_usage: Vec<&'static str>,
    /// Object identifiers.
    extended_key_usage: Vec<String>,
    policies: Vec<Policy>,
    ca: bool,
    /// Null in certificates without a name.
    attributes: Option<Attributes>,
    /// Directory names or addresses of revocation lists.
    revocation_lists: Vec<String>,
    ocsp: Vec<String>,
    /// Hexadecimal.
    authority_key_identifier: Option<String>,
    /// Hexadecimal.
    subject_key_identifier: Option<String>,
    /// SHA-256 of the certificate, hexadecimal.
    fingerprint: String,
    pem: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Policy {
    oid: String,
    /// `production` or `test`; null for a policy that is not of JPKI.
    environment: Option<&'static str>,
    /// What holds the key: `card` or `phone`.
    holder: Option<&'static str>,
    /// Where the practice statement is published.
    cps: Option<String>,
}

/// 基本4情報.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Attributes {
    name: Option<String>,
    /// Whether a character of the name is a substitute.
    name_has_substitutes: Option<bool>,
    address: Option<String>,
    address_has_substitutes: Option<bool>,
    /// ISO 8601, as far as it is known.
    birth: Option<String>,
    /// With the era.
    birth_japanese: Option<String>,
    /// `male`, `female`, `not-applicable` or `unknown`.
    sex: Option<&'static str>,
    others: Vec<Other>,
    #[serde(skip)]
    sex_japanese: Option<&'static str>,
}

/// An attribute that this program does not know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Other {
    oid: String,
    text: String,
}

impl Shown {
    fn of(certificate: &Certificate, which: Which) -> Self {
        let oids = |oids: &[Oid]| oids.iter().map(ToString::to_string).collect();
        let validity = certificate.validity();
        let lists = certificate.distribution_points().iter();
        let lists = lists.flat_map(|point| {
            point
                .name
                .iter()
                .map(ToString::to_string)
                .chain(point.uris.iter().cloned())
        });
        let authority = certificate
            .authority_key()
            .and_then(|key| key.key_identifier.as_deref());
        Self {
            which,
            serial: certificate.serial().to_hex(),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            issuer_japanese: certificate
                .issuer_alternative_name()
                .or_else(|| certificate.subject_alternative_name())
                .map(DistinguishedName::to_string),
            not_before: Moment(validity.not_before),
            not_after: Moment(validity.not_after),
            key: match certificate.key_algorithm() {
                KeyAlgorithm::Rsa { bits } => format!("rsa-{bits}"),
                KeyAlgorithm::EcP256 => "ec-p256".into(),
                KeyAlgorithm::EcP384 => "ec-p384".into(),
                _ => "other".into(),
            },
            key_usage: certificate
                .key_usage()
                .map_or_else(Vec::new, |usage| usage.names().collect()),
            extended_key_usage: certificate.extended_key_usage().map_or_else(Vec::new, oids),
            policies: certificate.policies().iter().map(Policy::of).collect(),
            ca: certificate
                .basic_constraints()
                .is_some_and(|basic| basic.ca),
            attributes: certificate.attributes().map(Attributes::of),
            revocation_lists: lists.collect(),
            ocsp: certificate.ocsp_uris().to_vec(),
            authority_key_identifier: authority.map(hex),
            subject_key_identifier: certificate.subject_key_identifier().map(hex),
            fingerprint: hex(certificate.fingerprint().as_bytes()),
            pem: certificate.to_pem(),
        }
    }
}

impl Policy {
    fn of(policy: &card_core::certificate::Policy) -> Self {
        let class = policy.class();
        Self {
            oid: policy.oid.to_string(),
            environment: class.map(|class| match class.environment {
                Environment::Production => "production",
                Environment::Test => "test",
            }),
            holder: class.map(|class| match class.holder {
                KeyHolder::Card => "card",
                KeyHolder::Phone => "phone",
            }),
            cps: policy.cps.clone(),
        }
    }
}

impl Attributes {
    fn of(attributes: &card_core::domain::person::Attributes) -> Self {
        let others = attributes.others.iter();
        Self {
            name: attributes.name.clone(),
            name_has_substitutes: attributes
                .name_substitutes
                .as_ref()
                .map(|flags| flags.any()),
            address: attributes.address.clone(),
            address_has_substitutes: attributes
                .address_substitutes
                .as_ref()
                .map(|flags| flags.any()),
            birth: attributes.birth.as_ref().map(|birth| birth.iso()),
            birth_japanese: attributes.birth.as_ref().map(|birth| birth.japanese()),
            sex: attributes.sex.map(|sex| sex.word()),
            others: others
                .map(|other| Other {
                    oid: other.oid.clone(),
                    text: other.text.clone(),
                })
                .collect(),
            sex_japanese: attributes.sex.map(|sex| sex.japanese()),
        }
    }

    fn rows(&self, texts: &Texts) -> Vec<Vec<String>> {
        let marked = |text: &Option<String>, substitutes: Option<bool>| {
            text.as_deref().map(|text| {
                let mark = if substitutes == Some(true) {
                    texts.say("cert-has-substitutes")
                } else {
                    String::new()
                };
                printable(text) + &mark
            })
        };
        let japanese = texts.language() == Language::Japanese;
        let (birth, sex) = if japanese {
            (&self.birth_japanese, self.sex_japanese)
        } else {
            (&self.birth, self.sex)
        };
        let known = [
            ("cert-name", marked(&self.name, self.name_has_substitutes)),
            (
                "cert-address",
                marked(&self.address, self.address_has_substitutes),
            ),
            ("cert-birth", birth.clone()),
            ("cert-sex", sex.map(str::to_owned)),
        ];
        let known = known
            .into_iter()
            .filter_map(|(id, value)| Some(vec![texts.say(id), value?]));
        let others = self
            .others
            .iter()
            .map(|other| vec![other.oid.clone(), printable(&other.text)]);
        known.chain(others).collect()
    }
}

impl Report for Shown {
    const NAME: &str = "cert";

    fn text(&self, texts: &Texts) -> String {
        let mut rows = Vec::new();
        let mut row = |id: &str, value: String| rows.push(vec![texts.say(id), value]);
        row("cert-subject", self.subject.clone());
        row("cert-issuer", self.issuer.clone());
        if let Some(name) = &self.issuer_japanese {
            row("cert-issuer-japanese", name.clone());
        }
        row("cert-serial", self.serial.clone());
        row("cert-from", self.not_before.text(texts));
        let mark = if UtcTime::now() > self.not_after.0 {
            texts.say("cert-expired")
        } else {
            String::new()
        };
        row("cert-until", self.not_after.text(texts) + &mark);
        row("cert-key", self.key.clone());
        row("cert-usage", self.key_usage.join(" "));
        for policy in &self.policies {
            let class = match policy.environment {
                Some("production") => texts.say("cert-policy-production"),
                Some(_) => texts.say("cert-policy-test"),
                None => texts.say("cert-policy-foreign"),
            };
            row("cert-policy", format!("{} {class}", policy.oid));
        }
        for list in &self.revocation_lists {
            row("cert-crl", printable(list));
        }
        for address in &self.ocsp {
            row("cert-ocsp", printable(address));
        }
        row("cert-fingerprint", self.fingerprint.clone());
        if let Some(attributes) = &self.attributes {
            rows.extend(attributes.rows(texts));
        }
        let mut text = capital(&texts.say(self.which.title())) + "\n" + &table(&rows);
        if self.which == Which::Auth {
            text += &texts.say("cert-no-name");
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Shown>(Shown::NAME, Envelope::Card);
    }
}
