//! Keyferry finds the secrets hardcoded in repositories and their git history, decides what becomes of each, and
//! ferries the relocated ones into AWS Secrets Manager.
//!
//! ```text
//! source ──Blob──▶ detect ──Match──▶ scan ──Finding──▶ inventory ──Secret──▶ decide ──Decision──▶ migrate ──▶ report
//! ```
//!
//! Dependencies point along that road only. `detect` does no I/O; `migrate::aws` alone names the AWS SDK; a secret's
//! bytes live in [`secret::SecretValue`] and nowhere else. `docs/architecture.md` tells the rest.

pub mod cancel;
pub mod cli;
pub mod coverage;
pub mod decide;
pub mod detect;
pub mod escape;
pub mod finding;
pub mod inventory;
pub mod machine;
pub mod migrate;
pub(crate) mod near;
pub mod output;
pub mod parallel;
pub mod progress;
pub mod report;
pub mod scan;
pub mod secret;
pub mod secrets_manager;
pub mod source;
pub(crate) mod text_type;
pub mod yaml;
