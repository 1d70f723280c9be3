//! The integration tests: one binary, a module for each command or subject.

mod discover;
mod env;
mod fake;
mod faults;
mod ferry_cli;
mod freight;
mod full;
mod history;
mod import;
mod introduced;
mod leak;
mod mistakes;
mod moto;
mod moto_server;
mod road;
mod scan;
mod store;
