//! Finds secrets in bytes: anchors, then rules, then proof and noise filters. No I/O, and no knowledge of where the bytes
//! come from beyond a hint of their path. (Rule files are read by [`library`], for the commands.)

mod anchors;
mod candidate;
pub mod classifier;
pub mod compile;
mod context_redaction;
mod database_engine;
pub mod decode;
mod encoded;
pub mod engine;
mod event;
pub mod example;
mod expression;
pub mod file_kind;
pub mod filters;
pub mod foreign;
pub mod formats;
pub mod library;
mod overlap;
pub mod proof;
mod resolve;
pub mod rule;
mod rule_index;
mod search;
mod searched_text;
pub mod seen_runs;
pub mod selftest;
mod surroundings;
mod windows;
