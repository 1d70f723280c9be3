//! The metadata fields that have a meaning of their own.

/// The field that names an application's file in the inventory.
pub const APPID: &str = "appid";
