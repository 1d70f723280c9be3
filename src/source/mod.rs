//! Where bytes come from: working trees, and every object of a git repository.

pub mod git;
pub mod reread;
pub mod target;
pub mod worktree;

use git2::Oid;

/// Git's id of a blob with these bytes.
pub fn blob_id(bytes: &[u8]) -> Oid {
    use sha1::{Digest, Sha1};
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", bytes.len()).as_bytes());
    hasher.update(bytes);
    Oid::from_bytes(&hasher.finalize()).expect("SHA-1 has 20 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_ids_are_those_of_git() {
        for bytes in [b"".as_slice(), b"hello\n"] {
            assert_eq!(blob_id(bytes), Oid::hash_object(git2::ObjectType::Blob, bytes).unwrap());
        }
    }
}
