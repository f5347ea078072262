//! The commands: what each takes, does and reports. They never name each other.

pub(crate) mod age;
pub(crate) mod card;
pub(crate) mod cert;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod face;
pub(crate) mod genuine;
pub(crate) mod help;
pub(crate) mod licence;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod number;
pub(crate) mod pin;
pub(crate) mod pkcs11;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod readers;
pub(crate) mod sign;
pub(crate) mod sim;
pub(crate) mod status;
pub(crate) mod trace;
pub(crate) mod verify;
pub(crate) mod verify_cert;
