//! Reports that several fronts show.

pub(crate) mod status;
