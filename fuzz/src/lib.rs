//! What each fuzz target does with its bytes. A target is a function, so that old crashes are replayed without a fuzzer.

pub mod engine;
pub mod input;
pub mod loose;
pub mod pack_entry;
pub mod pack_index;
pub mod repository;
pub mod stream;
pub mod trees;
pub mod walks;
pub mod whole_pack;
