//! Reads and uses the Japanese My Number Card (個人番号カード) through PC/SC.

pub mod certificate;
pub mod digest;
pub mod domain;
pub mod signature;
