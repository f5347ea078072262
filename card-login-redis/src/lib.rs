#![doc = include_str!("../README.md")]

#[cfg(feature = "async")]
mod asynchronous;
mod blocking;
mod entry;

#[cfg(feature = "async")]
pub use asynchronous::AsyncRedisNonces;
pub use blocking::RedisNonces;
/// The client library, in the version that this crate uses.
pub use redis;
