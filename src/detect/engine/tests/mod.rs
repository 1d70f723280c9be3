//! Tests of the whole of detection.

mod matches;
mod oracle;
mod work;
