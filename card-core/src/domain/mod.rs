//! The words of the card that need no card: days and eras, the person a certificate or a record
//! names, and the My Number.

pub mod date;
pub mod my_number;
pub mod person;
