//! CMS signatures and time stamps.

#![no_main]

use card_fuzz::policy;
use card_sign::cms::{self, SignedData, timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let policy = policy();
    let mut out = Vec::new();
    let mut file = data;
    let attached = cms::verify_attached(&mut file, Some(&mut out), &policy);
    let attached = attached.expect("bytes in memory can be read");
    let detached = cms::verify_detached(&mut &data[..], &mut &b"content"[..], &policy);
    let detached = detached.expect("bytes in memory can be read");
    assert!(
        !(attached.is_accepted() && detached.is_accepted()),
        "content inside and outside"
    );
    let _ = cms::extent(data);
    if let Ok(read) = SignedData::open(&mut &data[..], None) {
        let _ = read.outline();
        // What is written is read again, with the same signers.
        let written = read.to_detached();
        let again = SignedData::open(&mut &written[..], None).expect("what is written can be read");
        assert_eq!(again.signers(), read.signers());
    }
    let request = timestamp::Request::new(b"value", [7; 16]);
    let _ = request.judge(data, &policy).proven_time();
});
