//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use card_core::domain::date::UtcTime;

/// Now; the beginning of 1970 where the clock is set to before that.
#[expect(clippy::expect_used, reason = "1970 is a year that it has")]
pub(crate) fn now() -> UtcTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.ok().and_then(|now| i64::try_from(now.as_secs()).ok());
    seconds
        .and_then(UtcTime::from_unix)
        .or_else(|| UtcTime::from_unix(0))
        .expect("the beginning of 1970")
}
