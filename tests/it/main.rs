//! The integration tests: one binary, a module for each command or subject.

mod bad;
mod env;
mod fake;
mod faults;
mod ferry_cli;
mod freight;
mod history;
mod import;
mod moto;
mod moto_server;
mod road;
mod scan;
