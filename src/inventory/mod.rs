//! One secret per distinct value: the files on disk, their key, and the merge of a scan into them.

pub mod entry;
pub mod inventory_key;
pub mod key_file;
pub mod merge;
pub mod store;
