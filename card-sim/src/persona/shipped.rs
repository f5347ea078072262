//! The residents that come with the crate, inside the program so that it stands alone.
//!
//! A new resident: write `personas/NAME.toml`, run `cargo run -p card-sim --example issue`, and add
//! the name and its files to the two lists here.

use super::{Persona, load};

impl Persona {
    /// Names of the residents that come with the program, in the order of listing.
    pub const SHIPPED: &'static [&'static str] = &["hanako"];

    /// A resident that comes with the program, or `None` for a name that is not in
    /// [`SHIPPED`](Self::SHIPPED).
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "what is compiled in cannot change later; a test loads every one of them"
    )]
    pub fn shipped(id: &str) -> Option<Self> {
        text(id).map(|text| load::shipped(id, text).expect("a shipped resident is well-formed"))
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
pub(super) fn file_named(name: &str) -> Option<&'static [u8]> {
    FILES
        .iter()
        .find(|(file, _)| *file == name)
        .map(|&(_, bytes)| bytes)
}

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../../personas/", $name)).as_slice())),*]
    };
}

const FILES: &[(&str, &[u8])] = files! {
    "hanako.toml"
    "keys/hanako-authentication.pem"
    "certificates/hanako-authentication.der"
    "keys/hanako-signature.pem"
    "certificates/hanako-signature.der"
    "keys/ca-authentication-2015.pem"
    "certificates/ca-authentication-2015.der"
    "keys/ca-signature-2015.pem"
    "certificates/ca-signature-2015.der"
    "keys/ca-authentication-2019.pem"
    "certificates/ca-authentication-2019.der"
    "keys/ca-signature-2019.pem"
    "certificates/ca-signature-2019.der"
    "keys/ca-authentication-2023.pem"
    "certificates/ca-authentication-2023.der"
    "keys/ca-signature-2023.pem"
    "certificates/ca-signature-2023.der"
    "keys/ca-authentication-invented.pem"
    "certificates/ca-authentication-invented.der"
    "keys/ca-signature-invented.pem"
    "certificates/ca-signature-invented.der"
};
