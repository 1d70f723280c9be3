//! The metadata fields that have a meaning of their own.

/// The field that names an application's file in the inventory.
pub const APPID: &str = "appid";
/// The field that names the environment.
pub const APPENV: &str = "appenv";
/// The field that names the pipeline that deploys the application.
pub(super) const PIPELINE: &str = "pipeline";
/// The fields that identify a use of a secret.
pub(super) const IDENTITY: [&str; 2] = [APPID, APPENV];
/// The fact that holds the rotation that a person chose, as text.
pub const ROTATION: &str = "rotation";
/// The fact that holds what a person said of a replacement: the id of a rule, or `none`.
pub const REPLACEMENT: &str = "replacement";
/// The word of a person that nothing replaces a secret.
pub(super) const NOT_REPLACED: &str = "none";
/// The facts that people state under keys of their own. They are taken back like an outcome.
pub(super) const WISHES: [&str; 2] = [ROTATION, REPLACEMENT];
