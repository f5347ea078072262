//! A software My Number Card.

pub mod os;
pub mod persona;
