//! The files in the folder of an inventory: which of them hold secrets, and which are left alone.

use std::path::{Path, PathBuf};

use super::file_names::{self, DECISIONS, IDENTITY, PLACES, PLACES_ENDING, POLICY, REGISTRIES};
use super::store_error::StoreError;

const ENDING: &str = ".yaml";

/// The files of a folder.
pub(super) struct FolderListing {
    /// The files of secrets, in order.
    pub secrets: Vec<PathBuf>,
    /// The names of the files of places within the folder, in order.
    pub places: Vec<String>,
    /// The names of files that look like files of secrets or of places, but have a name that is never given to
    /// one: copies, and what editors and merge tools leave behind. They are neither read nor
    /// changed.
    pub left: Vec<String>,
}

impl FolderListing {
    /// Lists a folder.
    ///
    /// # Errors
    /// The folder cannot be read, or a file has nearly the name of a file that people write.
    pub(super) fn of(folder: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Read {
            path: folder.to_owned(),
            source,
        };
        let mut listing = Self {
            secrets: Vec::new(),
            places: Vec::new(),
            left: Vec::new(),
        };
        listing.add_places(folder)?;
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = name_of(&path);
            if let Some(expected) = file_names::nearly(&name) {
                return Err(StoreError::Misnamed { path, expected });
            }
            let known = [IDENTITY, DECISIONS, POLICY].contains(&name.as_str())
                || REGISTRIES.contains(&name.as_str());
            let lower = name.to_lowercase();
            if known || name.starts_with('.') {
                continue;
            } else if is_file_of_secrets(&name) {
                listing.secrets.push(path);
            } else if lower.contains(ENDING) || lower.contains(".yml") {
                listing.left.push(name);
            }
        }
        listing.secrets.sort();
        listing.places.sort();
        listing.left.sort();
        Ok(listing)
    }

    fn add_places(&mut self, folder: &Path) -> Result<(), StoreError> {
        let folder = folder.join(PLACES);
        let failed = |source| StoreError::Read {
            path: folder.clone(),
            source,
        };
        match std::fs::symlink_metadata(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(StoreError::NoPlacesFolder(folder)),
        }
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let name = name_of(&entry.map_err(failed)?.path());
            let path = format!("{PLACES}/{name}");
            if name.starts_with('.') {
                continue;
            } else if is_file_of_places(&name) {
                self.places.push(path);
            } else if name.to_lowercase().contains(PLACES_ENDING) {
                self.left.push(path);
            }
        }
        Ok(())
    }

    /// A file that can hold secrets, if there is one.
    pub(super) fn any(&self, folder: &Path) -> Option<PathBuf> {
        let left = self.left.iter().find(|name| name.ends_with(ENDING));
        let left = left.map(|name| folder.join(name));
        let places = self.places.first().map(|name| folder.join(name));
        self.secrets.first().cloned().or(left).or(places)
    }
}

/// Whether this version, or an earlier one, gives this name to a file of secrets
/// (`file_names::secret_file`).
fn is_file_of_secrets(name: &str) -> bool {
    let is_given = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '%' | '~');
    let stem = name.strip_suffix(ENDING);
    stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(is_given))
}

/// Whether this version gives this name to a file of places (`file_names::place_file`).
fn is_file_of_places(name: &str) -> bool {
    let is_given = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '%' | '~' | '.');
    let stem = name.strip_suffix(PLACES_ENDING);
    stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(is_given))
}

/// The name of a file.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_secrets_and_what_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            ("ord001.yaml", true),
            ("unassigned.yaml", true),
            ("a_b-C.yaml", true),
            ("unassigned - Copy.yaml", false),
            ("unassigned (1).yaml", false),
            ("ord001.yaml.orig", false),
            ("ord001.yaml~", false),
            ("ord001.yml", false),
            ("ORD001.YAML", false),
            ("ord001_BACKUP_123.orig.yaml", false),
        ];
        for (name, _) in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        for other in [
            "keyferry.yaml",
            "decisions.yaml",
            "plan.json",
            "README.md",
            ".ord001.yaml.swp",
        ] {
            std::fs::write(folder.path().join(other), "").unwrap();
        }
        let listing = FolderListing::of(folder.path()).unwrap();
        let of = |wanted: bool| {
            let names = names.iter().filter(|(_, read)| *read == wanted);
            let mut names: Vec<String> = names.map(|(name, _)| (*name).to_owned()).collect();
            names.sort();
            names
        };
        let read: Vec<String> = listing.secrets.iter().map(|path| name_of(path)).collect();
        assert_eq!(read, of(true));
        assert_eq!(listing.left, of(false));
    }

    #[test]
    fn every_name_that_is_given_is_read() {
        for applications in [
            &[][..],
            &["ord001"],
            &["a", "b"],
            &["a/../b.yaml ü"],
            &[&"é".repeat(200)],
        ] {
            let set = applications.iter().map(|name| (*name).to_owned()).collect();
            let name = file_names::secret_file(&set);
            assert!(is_file_of_secrets(&name), "{name}");
        }
    }
}
