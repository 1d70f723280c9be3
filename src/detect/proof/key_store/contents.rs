//! The result of reading a key store.

/// The kinds of entries that a store visibly has, the most exposed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contents {
    /// Certificates only: nothing secret.
    Certificates,
    /// All entries are encrypted together, so that their kinds are not visible.
    Encrypted,
    /// At least one private key, each encrypted under a password.
    ProtectedKeys,
    /// At least one private key that anybody can read: it has no password, or a well-known one.
    ReadableKeys,
}

/// A key store at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyStore {
    /// Length of the store in bytes, from the beginning of the bytes that were read.
    pub length: usize,
    /// The kinds of entries in the store.
    pub contents: Contents,
}
