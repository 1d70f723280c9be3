//! Options that select the policy and the application register.

use std::path::PathBuf;

/// Files that decide about secrets.
#[derive(Clone, Debug, clap::Args)]
pub struct PolicyOptions {
    /// Policy file [default: policy.yaml in the inventory folder, otherwise the built-in policy]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// Application register (CSV, XLSX or YAML) [default: registry.csv, registry.xlsx or
    /// registry.yaml in the inventory folder, if present]
    #[arg(long, value_name = "FILE")]
    pub registry: Option<PathBuf>,
}
