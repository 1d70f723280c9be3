//! The integration tests: one binary, a module for each command or subject.

mod bad;
mod cache;
mod detectors;
mod discover;
mod env;
mod explain;
mod fake;
mod faults;
mod ferry_cli;
mod formats;
mod freight;
mod full;
mod guard;
mod hiding;
mod history;
mod import;
mod introduced;
mod leak;
mod made;
mod mistakes;
mod moto;
mod moto_server;
mod road;
mod scan;
mod store;
mod text;
