//! The integration tests: one binary, a module for each command or subject.

mod env;
mod history;
mod scan;
