//! Finds secrets in bytes: anchors, then rules, then proof and noise filters. No I/O, and no knowledge of where the bytes
//! come from beyond a hint of their path. (Rule files are read by [`library`], for the commands.)

mod anchors;
pub mod clean;
pub mod compile;
mod context;
pub mod decode;
pub mod engine;
#[cfg(test)]
mod engine_tests;
pub mod example;
mod expression;
pub mod foreign;
pub mod formats;
pub mod hint;
mod layers;
pub mod library;
pub mod model;
pub mod noise;
pub mod proof;
pub mod rule;
mod search;
pub mod selftest;
mod settle;
mod understand;
mod windows;
#[cfg(test)]
mod work_tests;
