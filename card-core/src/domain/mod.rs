//! The words of the card that need no card: days and eras, and the person a certificate names.

pub mod date;
pub mod person;
