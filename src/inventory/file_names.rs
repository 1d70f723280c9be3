//! The names of an inventory's files, and the version of their format.

/// The version of the inventory's files. Files of version 1 are read, and written as version 2: in
/// them, the details of occurrences are not sealed.
pub const SCHEMA: u32 = 2;

/// The identity of the inventory: the name of its key, and the locations of repositories.
pub const IDENTITY: &str = "keyferry.yaml";
/// The decisions of people.
pub const DECISIONS: &str = "decisions.yaml";
/// The policy.
pub const POLICY: &str = "policy.yaml";
/// The register of applications, under one of these names.
pub const REGISTRIES: [&str; 3] = ["registry.csv", "registry.yaml", "registry.yml"];
/// The journal of imports, see `migrate::journal`.
pub(super) const JOURNAL: &str = "journal.jsonl";
/// A process that writes the inventory holds a lock on this file.
pub(super) const LOCK: &str = ".keyferry.lock";
