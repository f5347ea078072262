//! The grammar of smart cards, ISO/IEC 7816-4. This layer has never heard of Japan.

pub mod aid;
pub mod atr;
pub mod command;
pub mod file;
pub mod objects;
pub mod response;
pub mod status;
pub mod template;
pub mod tlv;

pub use aid::Aid;
pub use command::{Answer, Body, Command, Expected};
pub use file::FileId;
pub use response::Response;
pub use status::StatusWord;
pub use template::Template;
