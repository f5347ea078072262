//! Whether a box on a page is free: nothing that was signed may vanish behind a later signature.

use super::document::Page;
use super::file::View;
use crate::report::Reason;

pub(super) fn is_free(_view: View<'_>, _page: &Page, _area: [f64; 4]) -> Result<bool, Reason> {
    Ok(false)
}
