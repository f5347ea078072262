//! Reports that several fronts show.

pub(crate) mod licence;
pub(crate) mod status;
