//! The integration tests: one binary, a module for each command or subject.

mod fake;
mod faults;
mod ferry_cli;
mod freight;
mod import;
mod moto;
