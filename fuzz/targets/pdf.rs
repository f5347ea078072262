//! PDF files: the scanner, every signature, and the files that somebody wants to sign.

#![no_main]

use card_fuzz::{now, policy};
use card_sign::pdf::{self, Profile, Request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let policy = policy();
    let _ = pdf::verify(data, &policy).is_accepted();
    let _ = pdf::verify_filing(data, &policy).is_accepted();
    let _ = pdf::outline(data);
    for profile in [Profile::Moj, Profile::Pades] {
        let _ = pdf::prepare(data, &Request::new(profile, "見本　花子", now()));
    }
});
