//! Documents signed by made-up residents, judged by programs of other people, and broken on purpose.

mod cms_judges;
mod cms_mutations;
mod cms_samples;
mod cms_stream;
mod forge;
mod openssl;
mod pki;
mod xml_canonical;
mod xml_judges;
mod xml_mutations;
mod xml_samples;
mod xmlsec;
