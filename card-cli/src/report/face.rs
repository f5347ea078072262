//! The report of the card face: text, and the files of its pictures.

use card_core::applet::visual::{CardFace, Picture, PictureFormat};
use serde::Serialize;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::word;
use crate::output::{Report, hex, table};
use crate::picture;
use crate::texts::{Language, Texts};

/// `mynacard.face/1`. Expiry and security code are not signed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Face {
    /// ISO 8601, as far as it is known.
    birth: Option<String>,
    /// With the era.
    birth_japanese: Option<String>,
    /// `male`, `female`, `not-applicable` or `unknown`.
    sex: Option<&'static str>,
    /// ISO 8601.
    expiry: Option<String>,
    /// Fields that this program does not know.
    unknown: Vec<Unknown>,
    pub(crate) files: Vec<Written>,
    #[serde(skip)]
    sex_japanese: Option<&'static str>,
}

/// A field that this program does not know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Unknown {
    /// Hexadecimal.
    tag: String,
    /// Hexadecimal.
    value: String,
}

/// A file that was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Written {
    /// `portrait`, `name`, `address`, `security-code` or `text`.
    pub(crate) what: &'static str,
    pub(crate) path: String,
}

impl Face {
    pub(crate) fn of(face: &CardFace) -> Self {
        let unknown = face.unknown.iter().map(|field| Unknown {
            tag: field.tag.clone(),
            value: hex(&field.value),
        });
        Self {
            birth: face.birth.map(|birth| birth.iso()),
            birth_japanese: face.birth.map(|birth| birth.japanese()),
            sex: face.sex.map(|sex| sex.word()),
            expiry: face.expiry.map(|expiry| expiry.to_string()),
            unknown: unknown.collect(),
            files: Vec::new(),
            sex_japanese: face.sex.map(|sex| sex.japanese()),
        }
    }
}

/// The pictures that the card has, by what they show.
pub(crate) fn pictures(face: &CardFace) -> Vec<(&'static str, &Picture)> {
    let all = [
        ("portrait", &face.portrait),
        ("name", &face.name),
        ("address", &face.address),
        ("security-code", &face.security_code),
    ];
    let there = all.into_iter();
    there
        .filter_map(|(what, picture)| Some((what, picture.as_ref()?)))
        .collect()
}

/// `png`, `jp2`, or `bin` for a format that is not known.
pub(crate) fn suffix(picture: &Picture) -> &'static str {
    match picture.format() {
        PictureFormat::Png => "png",
        PictureFormat::Jpeg2000 => "jp2",
        _ => "bin",
    }
}

/// The portrait as PNG.
pub(crate) fn portrait_png(portrait: &Picture) -> Result<Vec<u8>, Failure> {
    if portrait.format() == PictureFormat::Png {
        return Ok(portrait.bytes().to_vec());
    }
    picture::to_png(portrait.bytes())
        .map_err(|problem| ProgramError::PictureUnreadable(word("picture", problem.word())).into())
}

impl Report for Face {
    const NAME: &str = "face";

    fn text(&self, texts: &Texts) -> String {
        let (birth, sex) = match texts.language() {
            Language::Japanese => (&self.birth_japanese, self.sex_japanese),
            Language::English => (&self.birth, self.sex),
        };
        let absent = || texts.say("field-absent");
        let row = |id: &str, value: String| vec![texts.say(id), value];
        let mut rows = vec![
            row("cert-birth", birth.clone().unwrap_or_else(absent)),
            row("cert-sex", sex.map_or_else(absent, str::to_owned)),
            row("sim-expiry", self.expiry.clone().unwrap_or_else(absent)),
        ];
        for field in &self.unknown {
            rows.push(vec![field.tag.clone(), field.value.clone()]);
        }
        for file in &self.files {
            rows.push(row(&format!("face-{}", file.what), file.path.clone()));
        }
        table(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Envelope, schema};

    #[test]
    fn schema_is_up_to_date() {
        schema::<Face>(Face::NAME, Envelope::Card);
    }
}
