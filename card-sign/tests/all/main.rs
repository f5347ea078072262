//! Documents signed by made-up residents, judged by programs of other people, and broken on purpose.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, wherever it stands"
)]

mod asic;
mod asic_judges;
mod asic_mutations;
mod card;
mod cms_judges;
mod cms_mutations;
mod cms_samples;
mod cms_stream;
mod cms_timestamps;
mod codes;
mod forge;
mod hostile;
mod jws;
mod openssl;
mod pdf;
mod pki;
mod signed;
mod told;
mod verifiers;
mod xml_canonical;
mod xml_filters;
mod xml_hostile;
mod xml_judges;
mod xml_mutations;
mod xml_open;
mod xml_samples;
mod xmlsec;
