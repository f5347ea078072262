//! JSON Web Signatures.

#![no_main]

use card_fuzz::policy;
use card_sign::jws::{self, Expected};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (policy, expected) = (policy(), Expected::default());
    let (report, payload) = jws::verify_compact(data, &expected, &policy);
    assert!(payload.is_none() || report.is_accepted());
    let detached = jws::verify_detached(data, &mut &b"content"[..], &expected, &policy);
    let _ = detached.expect("bytes in memory can be read").is_accepted();
});
