//! Reports that several fronts show.

pub(crate) mod age;
pub(crate) mod card;
pub(crate) mod face;
pub(crate) mod genuine;
pub(crate) mod licence;
pub(crate) mod login;
pub(crate) mod number;
pub(crate) mod pin;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod sign;
pub(crate) mod status;
pub(crate) mod trust;
pub(crate) mod verify;
pub(crate) mod verify_cert;
pub(crate) mod verify_files;
