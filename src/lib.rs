//! Keyferry finds the secrets that are hardcoded in repositories and their git history, decides
//! about each secret, and imports the relocated ones into AWS Secrets Manager.
//!
//! ```text
//! source ──Blob──▶ detect ──Match──▶ scan ──Finding──▶ inventory ──Secret──▶ decide ──Decision──▶ migrate ──▶ report
//! ```
//!
//! Dependencies point in this direction only. `detect` does no I/O. Only `migrate::aws` names the AWS
//! SDK. The bytes of a secret are in a [`secret::SecretValue`]. `docs/architecture.md` has the details.

#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        reason = "tests look at values and start programs"
    )
)]

pub mod cancel;
pub mod cli;
pub mod coverage;
pub mod decide;
pub mod detect;
pub mod escape;
pub mod finding;
mod human_text;
pub mod inventory;
pub(crate) mod locked_memory;
pub mod machine;
pub mod memory_budget;
pub mod migrate;
pub mod no_follow_open;
pub(crate) mod object_ids;
pub mod output;
pub mod parallel;
pub mod path_bytes;
pub mod process_hardening;
pub mod progress;
pub mod report;
pub mod scan;
pub mod secret;
pub mod secrets_manager;
pub mod session;
pub mod session_terminal;
pub mod source;
pub(crate) mod spreadsheet;
pub(crate) mod steps;
pub(crate) mod text_type;
pub mod worker;
pub mod yaml;
