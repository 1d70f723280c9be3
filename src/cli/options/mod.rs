//! Options that several commands share.

pub mod rule_options;
pub mod target_options;
