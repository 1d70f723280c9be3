//! Fixtures shared by the integration tests: environments, repositories, inventories and services.

pub mod account_road;
pub mod endpoint_server;
pub mod fake_secrets_manager;
pub mod import_graph;
pub mod inventory_files;
pub mod moto_server;
pub mod planted_secrets;
pub mod processes;
pub mod random_history;
pub mod raw_repository;
pub mod stdout_terminal;
pub mod terminal;
pub mod test_env;
pub mod value_reading;
