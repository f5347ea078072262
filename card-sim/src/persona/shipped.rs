//! The residents that come with the crate, inside the program so that it stands alone.
//!
//! A new resident: write `personas/NAME.toml`, run `cargo run -p card-sim --example issue`, and add
//! the name and its files to the two lists here.

use super::{Persona, load};

impl Persona {
    /// Names of the residents that come with the program, in the order of listing.
    pub const SHIPPED: &'static [&'static str] = &[
        "hanako",
        "taro",
        "kodomo",
        "kigen",
        "rokku",
        "nokori",
        "latin",
        "nagai",
        "android",
        "iphone",
        "juki",
        "jisedai",
        "forged-digest",
        "forged-face",
        "forged-clone",
        "forged-issuer",
        "forged-swap",
        "menkyo",
        "menkyo-nashi",
        "menkyo-keireki",
        "menkyo-saidai",
        "menkyo-rokku",
        "menkyo-kaizan",
        "kaoninsho",
        "hikkoshi",
        "akachan",
        "zaigai",
        "kyusei",
        "kigen-card",
        "rokku-auth",
        "furigana",
    ];

    /// Those of [`SHIPPED`](Self::SHIPPED) whose records are false, each in another way: for those
    /// who test verifiers.
    pub const FORGED: &'static [&'static str] = &[
        "forged-digest",
        "forged-face",
        "forged-clone",
        "forged-issuer",
        "forged-swap",
    ];

    /// Those of [`SHIPPED`](Self::SHIPPED) that are the standard resident with a driving licence.
    pub const LICENSED: &'static [&'static str] = &[
        "menkyo",
        "menkyo-nashi",
        "menkyo-keireki",
        "menkyo-saidai",
        "menkyo-rokku",
        "menkyo-kaizan",
    ];

    /// A resident that comes with the program, or `None` for a name that is not in
    /// [`SHIPPED`](Self::SHIPPED).
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "what is compiled in cannot change later; a test loads every one of them"
    )]
    pub fn shipped(id: &str) -> Option<Self> {
        text(id).map(|text| {
            load::compiled_in(id, text, false).expect("a shipped resident is well-formed")
        })
    }
}

/// The TOML text of a shipped resident.
pub(super) fn text(id: &str) -> Option<&'static str> {
    let file = Persona::SHIPPED
        .contains(&id)
        .then(|| format!("{id}.toml"))?;
    std::str::from_utf8(file_named(&file)?).ok()
}

/// A shipped file by its path below `card-sim/personas/`.
pub(crate) fn file_named(name: &str) -> Option<&'static [u8]> {
    let mut all = FILES.iter().chain(RECORDS.as_flattened());
    all.find(|(file, _)| *file == name).map(|&(_, bytes)| bytes)
}

macro_rules! files {
    ($($name:expr,)*) => {
        [$(($name, include_bytes!(concat!("../../personas/", $name)).as_slice())),*]
    };
}

/// What belongs to the records of each of these residents.
macro_rules! records {
    ($($name:literal)*) => {
        &[$(files! {
            concat!("keys/", $name, "-card.pem"),
            concat!("signatures/", $name, ".toml"),
            concat!("pictures/", $name, "/name.png"),
            concat!("pictures/", $name, "/address.png"),
            concat!("pictures/", $name, "/portrait.jp2"),
            concat!("pictures/", $name, "/security-code.png"),
            concat!("pictures/", $name, "/my-number.png"),
        }),*]
    };
}

const FILES: &[(&str, &[u8])] = &files! {
    "keys/ca-authentication-2015.pem",
    "certificates/ca-authentication-2015.der",
    "keys/ca-signature-2015.pem",
    "certificates/ca-signature-2015.der",
    "keys/ca-authentication-2019.pem",
    "certificates/ca-authentication-2019.der",
    "keys/ca-signature-2019.pem",
    "certificates/ca-signature-2019.der",
    "keys/ca-authentication-2023.pem",
    "certificates/ca-authentication-2023.der",
    "keys/ca-signature-2023.pem",
    "certificates/ca-signature-2023.der",
    "keys/ca-authentication-invented.pem",
    "certificates/ca-authentication-invented.der",
    "keys/ca-signature-invented.pem",
    "certificates/ca-signature-invented.der",
    "hanako.toml",
    "keys/hanako-authentication.pem",
    "certificates/hanako-authentication.der",
    "keys/hanako-signature.pem",
    "certificates/hanako-signature.der",
    "taro.toml",
    "keys/taro-authentication.pem",
    "certificates/taro-authentication.der",
    "keys/taro-signature.pem",
    "certificates/taro-signature.der",
    "kodomo.toml",
    "keys/kodomo-authentication.pem",
    "certificates/kodomo-authentication.der",
    "kigen.toml",
    "keys/kigen-authentication.pem",
    "certificates/kigen-authentication.der",
    "keys/kigen-signature.pem",
    "certificates/kigen-signature.der",
    "rokku.toml",
    "keys/rokku-authentication.pem",
    "certificates/rokku-authentication.der",
    "keys/rokku-signature.pem",
    "certificates/rokku-signature.der",
    "nokori.toml",
    "keys/nokori-authentication.pem",
    "certificates/nokori-authentication.der",
    "keys/nokori-signature.pem",
    "certificates/nokori-signature.der",
    "latin.toml",
    "keys/latin-authentication.pem",
    "certificates/latin-authentication.der",
    "keys/latin-signature.pem",
    "certificates/latin-signature.der",
    "nagai.toml",
    "keys/nagai-authentication.pem",
    "certificates/nagai-authentication.der",
    "keys/nagai-signature.pem",
    "certificates/nagai-signature.der",
    "android.toml",
    "keys/android-authentication.pem",
    "certificates/android-authentication.der",
    "keys/android-signature.pem",
    "certificates/android-signature.der",
    "iphone.toml",
    "keys/iphone-authentication.pem",
    "certificates/iphone-authentication.der",
    "keys/iphone-signature.pem",
    "certificates/iphone-signature.der",
    "juki.toml",
    "keys/juki-signature.pem",
    "certificates/juki-signature.der",
    "jisedai.toml",
    "keys/jisedai-authentication.pem",
    "certificates/jisedai-authentication.der",
    "keys/jisedai-signature.pem",
    "certificates/jisedai-signature.der",
    "keys/cv-issuer.pem",
    "keys/cv-foreign-issuer.pem",
    "keys/cv-shared.pem",
    "keys/municipality-13199.pem",
    "keys/municipality-27299.pem",
    "keys/municipality-23299.pem",
    "keys/municipality-40299.pem",
    "keys/municipality-26299.pem",
    "keys/municipality-14399.pem",
    "keys/municipality-01999.pem",
    "keys/forged-clone-card.pem",
    "forged-digest.toml",
    "signatures/forged-digest.toml",
    "forged-face.toml",
    "signatures/forged-face.toml",
    "forged-clone.toml",
    "signatures/forged-clone.toml",
    "forged-issuer.toml",
    "signatures/forged-issuer.toml",
    "forged-swap.toml",
    "signatures/forged-swap.toml",
    "keys/police.pem",
    "pictures/licence/portrait.jp2",
    "pictures/licence/portrait-other.jp2",
    "pictures/licence/portrait-largest.jp2",
    "menkyo.toml",
    "menkyo-nashi.toml",
    "menkyo-keireki.toml",
    "menkyo-saidai.toml",
    "menkyo-rokku.toml",
    "menkyo-kaizan.toml",
    "kaoninsho.toml",
    "hikkoshi.toml",
    "certificates/hikkoshi-authentication.der",
    "certificates/hikkoshi-signature.der",
    "signatures/hikkoshi.toml",
    "akachan.toml",
    "certificates/akachan-authentication.der",
    "signatures/akachan.toml",
    "zaigai.toml",
    "certificates/zaigai-authentication.der",
    "certificates/zaigai-signature.der",
    "signatures/zaigai.toml",
    "kyusei.toml",
    "certificates/kyusei-authentication.der",
    "certificates/kyusei-signature.der",
    "signatures/kyusei.toml",
    "kigen-card.toml",
    "certificates/kigen-card-authentication.der",
    "certificates/kigen-card-signature.der",
    "signatures/kigen-card.toml",
    "rokku-auth.toml",
    "certificates/rokku-auth-authentication.der",
    "certificates/rokku-auth-signature.der",
    "signatures/rokku-auth.toml",
    "furigana.toml",
    "certificates/furigana-authentication.der",
    "certificates/furigana-signature.der",
    "signatures/furigana.toml",
};

/// Of the residents who have a profile and a visual application.
const RECORDS: &[[(&str, &[u8]); 7]] = records! {
    "hanako" "taro" "kodomo" "kigen" "rokku" "nokori" "latin" "nagai" "jisedai"
};
