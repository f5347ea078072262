//! Bare signature values.
