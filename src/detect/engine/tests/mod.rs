//! Tests of the whole of detection.

mod hostile_lines;
mod matches;
mod non_secrets;
mod oracle;
mod private_keys;
mod readings;
mod token_boundaries;
mod token_contexts;
mod work;
