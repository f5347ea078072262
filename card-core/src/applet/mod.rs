//! The card's applications. They never name each other and never touch a wire byte.

pub mod common;
pub mod issuer;
pub mod jpki;
pub mod licence;
pub mod profile;
pub mod resident;
pub mod visual;

use crate::iso::Aid;

/// An application of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Application {
    /// 公的個人認証AP: certificates and keys.
    Jpki,
    /// 券面事項入力補助AP: the holder's data as text.
    Profile,
    /// 券面事項確認AP: the card face as pictures.
    Visual,
    /// 住基AP: for municipal offices.
    Resident,
    /// 共通カードAP: the card's own number.
    Common,
    /// 免許情報記録: the driving licence, on the cards that carry it.
    Licence,
    /// GlobalPlatform issuer security domain: selected after power on.
    IssuerDomain,
}

impl Application {
    /// Every application of the card.
    pub const ALL: [Self; 7] = [
        Self::Jpki,
        Self::Profile,
        Self::Visual,
        Self::Resident,
        Self::Common,
        Self::Licence,
        Self::IssuerDomain,
    ];

    /// The applications that a census tries, JPKI last.
    pub const PROBED: [Self; 6] = [
        Self::Profile,
        Self::Visual,
        Self::Resident,
        Self::Common,
        Self::Licence,
        Self::Jpki,
    ];

    /// The name by which it is selected (agreed by several programs, see `docs/card/level.md`).
    #[must_use]
    pub const fn aid(self) -> Aid {
        Aid::new(match self {
            Self::Jpki => &[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01],
            Self::Profile => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08],
            Self::Visual => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02],
            Self::Resident => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01],
            Self::Common => &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00],
            Self::Licence => &[
                0xA0, 0x00, 0x00, 0x02, 0x31, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x00, 0x00,
            ],
            Self::IssuerDomain => &[0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00],
        })
    }
}

/// Which applications a card has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applications(Vec<Application>);

impl Applications {
    pub(crate) fn insert(&mut self, application: Application) {
        self.0.push(application);
    }

    /// Whether this one is there.
    #[must_use]
    pub fn contains(&self, application: Application) -> bool {
        self.0.contains(&application)
    }
}
