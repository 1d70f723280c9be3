//! Finds secrets in bytes: anchors, then rules, then proof and noise filters. No I/O, and no knowledge of where the bytes
//! come from beyond a hint of their path.

pub mod rule;
