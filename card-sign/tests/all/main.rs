//! Documents signed by made-up residents, judged by programs of other people, and broken on purpose.

mod cms_judges;
mod cms_mutations;
mod cms_samples;
mod cms_stream;
mod cms_timestamps;
mod forge;
mod openssl;
mod pki;
