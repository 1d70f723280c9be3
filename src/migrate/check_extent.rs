//! The extent of the comparison of imported secrets with the account.

/// How far an imported secret is compared with the account.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    clap::ValueEnum,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Compare the value, by reading it back, and everything that `metadata` compares
    #[default]
    Value,
    /// Compare version, tags and KMS key; read no value, so that LastAccessedDate shows only the
    /// applications' reads
    Metadata,
}
