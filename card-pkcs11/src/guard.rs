//! A panic becomes a return code: none leaves the module.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cryptoki_sys::{CK_RV, CKR_GENERAL_ERROR, CKR_OK};

use crate::types::Outcome;

/// The number for what a call has done; of a panic `CKR_GENERAL_ERROR`.
pub(crate) fn guarded(call: impl FnOnce() -> Outcome<()>) -> CK_RV {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => CKR_OK,
        Ok(Err(number)) => number,
        Err(panic) => {
            // A payload may panic again when it is dropped.
            std::mem::forget(panic);
            CKR_GENERAL_ERROR
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use cryptoki_sys::CKR_DEVICE_ERROR;

    use super::*;
    use crate::types::lock;

    /// A payload that panics again where it is dropped.
    struct Again;

    impl Drop for Again {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn a_panic_is_an_answer_and_what_it_held_can_be_used_again() {
        let table = Mutex::new(1);
        let panics = guarded(|| {
            let _held = lock(&table);
            panic!("inside");
        });
        assert_eq!((panics, table.is_poisoned()), (CKR_GENERAL_ERROR, true));
        let goes_on = guarded(|| {
            *lock(&table) += 1;
            Ok(())
        });
        assert_eq!((goes_on, *lock(&table)), (CKR_OK, 2));
        assert_eq!(guarded(|| Err(CKR_DEVICE_ERROR)), CKR_DEVICE_ERROR);
        let again = guarded(|| std::panic::panic_any(Again));
        assert_eq!(again, CKR_GENERAL_ERROR);
    }
}
