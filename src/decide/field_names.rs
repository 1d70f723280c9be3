//! The metadata fields that have a meaning of their own.

/// The field that names an application's file in the inventory.
pub const APPID: &str = "appid";
/// The field that names the environment.
pub const APPENV: &str = "appenv";
/// The fields that identify a use of a secret.
pub(super) const IDENTITY: [&str; 2] = [APPID, APPENV];
