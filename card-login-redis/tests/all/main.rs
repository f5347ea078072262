//! The stores on a real engine: once only, and what becomes of it when something goes wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, wherever it stands"
)]

mod engine;
mod stores;
