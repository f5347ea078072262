//! Shared by all targets: the made-up roots, one moment, one key.
//!
//! A target holds two promises against any bytes: no panic, and nothing is handed out unless the
//! report is accepted. Whether the right things are accepted is for the tests.

use std::sync::LazyLock;

use card_core::certificate::Certificate;
use card_core::domain::date::UtcTime;
use card_core::trust::{Trust, TrustSource};
use card_sign::Policy;

/// 2026-11-25T03:00:00Z, in the life of every shipped certificate that is not expired.
const NOW: i64 = 1_795_575_600;

/// The moment for which everything is judged.
pub fn now() -> UtcTime {
    UtcTime::from_unix(NOW).expect("the constant is a moment")
}

/// The strict policy under the simulator's roots, so that seeds by its residents go all the way.
pub fn policy() -> Policy<'static> {
    static ROOTS: LazyLock<Trust> = LazyLock::new(|| {
        let roots: [&[u8]; 2] = [
            include_bytes!("../../card-sim/personas/certificates/ca-signature-2023.der"),
            include_bytes!("../../card-sim/personas/certificates/ca-signature-invented.der"),
        ];
        Trust::from_der(TrustSource::Simulator, roots).expect("the shipped roots can be read")
    });
    Policy::new(&ROOTS, now())
}

/// The certificate of a made-up resident.
pub fn certificate() -> Certificate {
    let der = include_bytes!("../../card-sim/personas/certificates/hanako-signature.der");
    Certificate::parse_exact(der).expect("the shipped certificate can be read")
}
