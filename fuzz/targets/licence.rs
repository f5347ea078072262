//! The files of a driving licence: whatever they hold, reading and checking them ends with a result.

#![no_main]

use card_core::applet::licence::{LicenceRecord, LicenceSignature};
use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let record = LicenceRecord::parse(file);
    let signature = LicenceSignature::parse(file);
    let half = file.len() / 2;
    let parts = (
        LicenceRecord::parse(&file[..half]),
        LicenceSignature::parse(&file[half..]),
    );
    let certificate = Certificate::parse_exact(include_bytes!("police.der"));
    let now = UtcTime::from_unix(1_795_000_000);
    for (record, signature) in [(record, signature), parts] {
        if let (Ok(record), Ok(signature), Ok(certificate), Some(now)) =
            (record, signature, &certificate, now)
        {
            let _ = signature.check(&record, certificate, now);
        }
    }
});
