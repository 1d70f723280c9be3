//! One secret per distinct value: the files on disk, their key, and the merge of a scan into them.

pub mod keyring;
pub mod keys;
pub mod merge;
pub mod secret;
pub mod store;
