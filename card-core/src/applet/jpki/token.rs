//! Token information of the JPKI application (file 0006).

use std::fmt;

use crate::error::{Error, Malformation, Step};

/// The token information: a serialised `CK_TOKEN_INFO` with 32-bit big-endian numbers.
///
/// Its serial number may be one card's alone, so `Debug` shows the label only.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenInformation {
    device: Device,
    label: String,
    manufacturer: String,
    model: String,
    serial: String,
}

/// What holds the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The plastic My Number Card (個人番号カード), label `JPKIAPICCTOKEN2`.
    Plastic,
    /// The older resident card (住民基本台帳カード), label `JPKIAPICCTOKEN`.
    ResidentCard,
    /// An Android phone (スマホ用電子証明書), label `JPKIAPGPSETOKEN`.
    Android,
    /// An iPhone, label `JPKIAPIOSTOKEN`.
    Iphone,
    /// A label that is not known.
    Unknown,
}

impl TokenInformation {
    /// Length of the file.
    pub(crate) const LENGTH: usize = 160;

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let field = |at: usize, length: usize| {
            let raw = bytes.get(at..at + length).ok_or_else(|| {
                let problem = Malformation::Length {
                    has: bytes.len(),
                    needs: Self::LENGTH,
                };
                Error::malformed(Step::TokenInformation, bytes.len(), problem)
            })?;
            if let Some(other) = raw.iter().position(|byte| !matches!(byte, 0 | 0x20..=0x7E)) {
                let problem = Malformation::UnknownValue;
                return Err(Error::malformed(
                    Step::TokenInformation,
                    at + other,
                    problem,
                ));
            }
            // Padded with spaces; some readers of test cards saw zeros.
            let text = String::from_utf8_lossy(raw);
            Ok(text.trim_end_matches([' ', '\0']).to_owned())
        };
        let label = field(0, 32)?;
        Ok(Self {
            device: match label.as_str() {
                "JPKIAPICCTOKEN2" => Device::Plastic,
                "JPKIAPICCTOKEN" => Device::ResidentCard,
                "JPKIAPGPSETOKEN" => Device::Android,
                "JPKIAPIOSTOKEN" => Device::Iphone,
                _ => Device::Unknown,
            },
            label,
            manufacturer: field(32, 32)?,
            model: field(64, 16)?,
            serial: field(80, 16)?,
        })
    }

    /// What holds the keys, by the label.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// The label without its padding.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Who made the token, a number.
    #[must_use]
    pub fn manufacturer(&self) -> &str {
        &self.manufacturer
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The serial number of the token. Whether it is one card's alone is not known: personal.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }
}

impl fmt::Debug for TokenInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenInformation({})", self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(label: &str, padding: u8) -> Vec<u8> {
        let mut record = vec![padding; 160];
        record[..label.len()].copy_from_slice(label.as_bytes());
        record[64..72].copy_from_slice(b"E16R01NJ");
        record
    }

    #[test]
    fn labels_name_the_device_whatever_pads_them() {
        for padding in [b' ', 0] {
            for (label, device) in [
                ("JPKIAPICCTOKEN2", Device::Plastic),
                ("JPKIAPICCTOKEN", Device::ResidentCard),
                ("JPKIAPGPSETOKEN", Device::Android),
                ("JPKIAPIOSTOKEN", Device::Iphone),
                ("JPKIAPICCTOKEN3", Device::Unknown),
            ] {
                let token = TokenInformation::parse(&record(label, padding)).unwrap();
                assert_eq!(
                    (token.device(), token.model()),
                    (device, "E16R01NJ"),
                    "{label}"
                );
            }
        }
    }

    #[test]
    fn short_or_unprintable_is_malformed() {
        let good = record("JPKIAPICCTOKEN2", b' ');
        assert!(matches!(
            TokenInformation::parse(&good[..95]),
            Err(Error::Malformed { at: 95, .. })
        ));
        let mut bad = good;
        bad[3] = 0x1B;
        assert!(matches!(
            TokenInformation::parse(&bad),
            Err(Error::Malformed { at: 3, .. })
        ));
    }
}
