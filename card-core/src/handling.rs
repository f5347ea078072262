//! Handling a My Number: for a purpose the law names, and with a record that does not hold it.
//!
//! 番号法 (平成25年法律第27号) lets a My Number be asked for, collected and kept for the purposes it
//! lists only (第14条, 第19条, 第20条), and wants its handling to be supervised. So a program that
//! reads one asks for the purpose first and leaves a line behind: when, what for, by which program,
//! from which card. The line never holds the number, nor anything it could be found from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use thiserror::Error;

use crate::applet::common::CardNumber;
use crate::domain::date::UtcTime;
use crate::owner_only;

/// What a My Number is read for (利用目的).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// 社会保障.
    SocialSecurity,
    /// 税.
    Tax,
    /// 災害対策.
    Disaster,
    /// Another purpose that a law or an ordinance under it names.
    OtherByLaw(LawName),
    /// The holder looks at the own number.
    Holder,
}

impl Purpose {
    /// The words that [`Purpose::parse`] knows.
    pub const WORDS: [&'static str; 5] = [
        "social-security",
        "tax",
        "disaster",
        "other-by-law",
        "holder",
    ];

    /// A purpose by its word; `other-by-law` with the name of the law, the others without one.
    ///
    /// # Errors
    ///
    /// [`PurposeProblem`], the first that applies.
    pub fn parse(word: &str, law: Option<&str>) -> Result<Self, PurposeProblem> {
        let purpose = match word {
            "social-security" => Self::SocialSecurity,
            "tax" => Self::Tax,
            "disaster" => Self::Disaster,
            "holder" => Self::Holder,
            "other-by-law" => {
                let law = law.ok_or(PurposeProblem::LawMissing)?;
                return LawName::parse(law).map(Self::OtherByLaw);
            }
            _ => return Err(PurposeProblem::Unknown),
        };
        if law.is_some() {
            Err(PurposeProblem::LawUnasked)
        } else {
            Ok(purpose)
        }
    }

    /// The stable word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        let [social_security, tax, disaster, other_by_law, holder] = Self::WORDS;
        match self {
            Self::SocialSecurity => social_security,
            Self::Tax => tax,
            Self::Disaster => disaster,
            Self::OtherByLaw(_) => other_by_law,
            Self::Holder => holder,
        }
    }
}

/// The name of a law (法令名).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawName(String);

impl LawName {
    fn parse(name: &str) -> Result<Self, PurposeProblem> {
        let name = name.trim();
        // Twelve digits in a row could be the number that must not be kept.
        let digits = name
            .chars()
            .filter(|character| character.is_numeric())
            .count();
        if name.is_empty() || digits >= 12 || name.chars().any(char::is_control) {
            return Err(PurposeProblem::LawName);
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for LawName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why this is no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PurposeProblem {
    /// None of [`Purpose::WORDS`].
    #[error("no purpose that the law names")]
    Unknown,
    /// `other-by-law` without the name of the law.
    #[error("the name of the law is missing")]
    LawMissing,
    /// A law with a purpose that needs none.
    #[error("this purpose takes no name of a law")]
    LawUnasked,
    /// An empty name, one with control characters, or one with as many digits as a My Number has.
    #[error("this cannot be the name of a law")]
    LawName,
}

/// One handling of a My Number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handling {
    /// When.
    pub time: UtcTime,
    /// What for.
    pub purpose: Purpose,
    /// By which program and version.
    pub program: String,
    /// From which card, if the program knows it.
    pub card: Option<MaskedCard>,
}

impl Handling {
    /// The record as one line of JSON, without its line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut line = format!(
            r#"{{"time":"{}","purpose":"{}""#,
            self.time,
            self.purpose.word()
        );
        if let Purpose::OtherByLaw(law) = &self.purpose {
            push_member(&mut line, "law", &law.0);
        }
        push_member(&mut line, "program", &self.program);
        match &self.card {
            Some(card) => push_member(&mut line, "card", &card.to_string()),
            None => line.push_str(r#","card":null"#),
        }
        line.push('}');
        line
    }

    /// Appends the record to a file, which it creates for its owner alone (mode 0600).
    ///
    /// Ends a torn last line first, so that a record which an earlier crash cut off spoils only
    /// itself. Returns when the line is on the disk.
    ///
    /// # Errors
    ///
    /// Those of the file. A program that cannot leave the record does not show the number.
    pub fn append_to(&self, path: &Path) -> io::Result<()> {
        let mut file = owner_only::append(path)?;
        // Two programs at once would both see the same torn line. Some file systems know no locks;
        // a line is written whole all the same.
        let _ = file.lock();
        let mut line = String::new();
        if is_torn(&mut file)? {
            line.push('\n');
        }
        line.push_str(&self.to_json());
        line.push('\n');
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}

/// Which card, as far as a record may say: the last three of the fifteen digits of its number.
///
/// Enough to tell the cards of one afternoon apart. Not a digest: card numbers are so few that a
/// digest of one, salted or not, is turned back by trying them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedCard(String);

impl MaskedCard {
    /// Masks a card number.
    #[must_use]
    pub fn of(card: &CardNumber) -> Self {
        let serial = card.serial();
        let shown = serial.len().saturating_sub(3);
        Self(serial.get(shown..).unwrap_or_default().to_owned())
    }
}

impl fmt::Display for MaskedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "************{}", self.0)
    }
}

fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Writes `,"name":"text"` with everything escaped that JSON wants escaped (RFC 8259, 7).
fn push_member(line: &mut String, name: &str, text: &str) {
    line.push_str(",\"");
    line.push_str(name);
    line.push_str("\":\"");
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            // Line ends of Unicode too: one record is one line for every reader.
            '\0'..='\x1F' | '\x7F' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                line.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            plain => line.push(plain),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handling(purpose: Purpose) -> Handling {
        Handling {
            time: UtcTime::from_unix(1_795_564_800).unwrap(),
            purpose,
            program: "mynacard 0.1.0".into(),
            card: None,
        }
    }

    #[test]
    fn purposes_by_word() {
        for word in Purpose::WORDS {
            let law = (word == "other-by-law").then_some("災害対策基本法");
            assert_eq!(Purpose::parse(word, law).unwrap().word(), word);
        }
        assert_eq!(
            Purpose::parse("curiosity", None),
            Err(PurposeProblem::Unknown)
        );
        assert_eq!(
            Purpose::parse("other-by-law", None),
            Err(PurposeProblem::LawMissing)
        );
        assert_eq!(
            Purpose::parse("tax", Some("所得税法")),
            Err(PurposeProblem::LawUnasked)
        );
        for name in [
            "",
            " ",
            "a\nb",
            "law 123456789018",
            "1234 5678 9018",
            "１２３４５６７８９０１８",
        ] {
            let parsed = Purpose::parse("other-by-law", Some(name));
            assert_eq!(parsed, Err(PurposeProblem::LawName), "{name:?}");
        }
    }

    #[test]
    fn a_record_is_one_line_of_json() {
        let law = Purpose::parse("other-by-law", Some("第\"一\\法\u{2028}")).unwrap();
        let mut record = handling(law);
        record.card = Some(MaskedCard("001".into()));
        assert_eq!(
            record.to_json(),
            "{\"time\":\"2026-11-25T00:00:00Z\",\"purpose\":\"other-by-law\",\
             \"law\":\"第\\\"一\\\\法\",\"program\":\"mynacard 0.1.0\",\
             \"card\":\"************001\"}"
        );
        record.program = "a\nb\u{2028}".into();
        assert!(
            record
                .to_json()
                .contains("\"program\":\"a\\u000ab\\u2028\"")
        );
        assert!(handling(Purpose::Tax).to_json().ends_with("\"card\":null}"));
    }

    #[test]
    fn a_torn_line_spoils_only_itself() {
        let folder = std::env::temp_dir().join(format!("handling-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("handling.jsonl");
        let record = handling(Purpose::Holder);
        record.append_to(&path).unwrap();
        record.append_to(&path).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        record.append_to(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let json = record.to_json();
        assert_eq!(
            (lines.len(), lines[0], lines[2]),
            (3, json.as_str(), json.as_str())
        );
        assert!(json.starts_with(lines[1]) && text.ends_with('\n'));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
