//! The body of each fuzz target. A target is a function of its input, so that old crashes are replayed without a fuzzer.

pub mod der;
pub mod engine;
pub mod input;
pub mod key_store;
pub mod loose;
pub mod pack_entry;
pub mod pack_index;
pub mod repository;
pub mod stream;
pub mod trees;
pub mod walks;
pub mod whole_pack;

#[cfg(test)]
mod tests;
