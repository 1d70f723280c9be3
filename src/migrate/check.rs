//! How far an imported secret is compared with the account.

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
    /// Read the value back and compare its fingerprint, besides what `metadata` compares.
    #[default]
    Value,
    /// Compare version, tags and KMS key; read no value, so that LastAccessedDate stays the applications' own.
    Metadata,
}
