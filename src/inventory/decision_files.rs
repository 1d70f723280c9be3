//! The files with the statements of people: `decisions.yaml`, and those in the folder `decisions`, one for each person or
//! team, so that git merges them.

use std::path::{Path, PathBuf};

use super::file_names::DECISIONS;

/// The folder of further files.
pub const FOLDER: &str = "decisions";
const ENDING: &str = ".yaml";

/// The files cannot be listed, or one of them would be ignored.
#[derive(Debug, thiserror::Error)]
pub enum DecisionFilesError {
    /// A link in place of the folder, or something else that is no folder.
    #[error("cannot read {}: it is no folder, or a symbolic link", .0.display())]
    NoFolder(PathBuf),
    /// The folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The name of a file is nearly that of a file of statements.
    #[error("{} is not read: its name must end in .yaml", .0.display())]
    Misnamed(PathBuf),
    /// A folder within the folder.
    #[error("{} is not read: only files directly in {FOLDER} are", .0.display())]
    Nested(PathBuf),
}

/// The files in the folder of an inventory: the path of each, and its name within that folder.
///
/// # Errors
/// The folder of further files is none, or cannot be read, or has a file that would be ignored.
pub fn list(inventory: &Path) -> Result<Vec<(PathBuf, String)>, DecisionFilesError> {
    let mut files = Vec::new();
    let main = inventory.join(DECISIONS);
    // A link is refused when it is read.
    if std::fs::symlink_metadata(&main).is_ok() {
        files.push((main, DECISIONS.to_owned()));
    }
    let folder = inventory.join(FOLDER);
    let Ok(meta) = std::fs::symlink_metadata(&folder) else {
        return Ok(files);
    };
    if !meta.is_dir() {
        return Err(DecisionFilesError::NoFolder(folder));
    }
    let failed = |source| DecisionFilesError::Read {
        path: folder.clone(),
        source,
    };
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            return Err(DecisionFilesError::Nested(path));
        }
        let lower = name.to_lowercase();
        let stem = lower.trim_end_matches(".txt");
        if name.ends_with(ENDING) {
            files.push((path, format!("{FOLDER}/{name}")));
        } else if stem.ends_with(ENDING) || stem.ends_with(".yml") {
            return Err(DecisionFilesError::Misnamed(path));
        }
    }
    files.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_and_none_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let listed = list(folder.path()).map_err(|error| {
                let text = error.to_string();
                text.replace(&folder.path().display().to_string(), "inventory")
            });
            listed.map(|files| files.into_iter().map(|(_, name)| name).collect::<Vec<_>>())
        };
        let write = |name: &str| std::fs::write(folder.path().join(name), "").unwrap();
        let none: [&str; 0] = [];
        assert_eq!(names().unwrap(), none);
        let inside = folder.path().join("decisions");
        std::fs::create_dir(&inside).unwrap();
        for name in [
            "decisions.yaml",
            "decisions/jane.yaml",
            "decisions/Bob.yaml",
            "decisions/README.md",
            "decisions/.jane.yaml.swp",
            "decisions/jane.yaml~",
        ] {
            write(name);
        }
        let found = [
            "decisions.yaml",
            "decisions/Bob.yaml",
            "decisions/jane.yaml",
        ];
        assert_eq!(names().unwrap(), found);
        for name in [
            "decisions/team.yml",
            "decisions/X.YAML",
            "decisions/a.yaml.txt",
        ] {
            write(name);
            let expected = format!("inventory/{name} is not read: its name must end in .yaml");
            assert_eq!(names().unwrap_err(), expected);
            std::fs::remove_file(folder.path().join(name)).unwrap();
        }
        std::fs::create_dir(inside.join("team")).unwrap();
        assert!(names().unwrap_err().contains("only files directly"));
        std::fs::remove_dir_all(&inside).unwrap();
        std::os::unix::fs::symlink("elsewhere", &inside).unwrap();
        assert!(names().unwrap_err().ends_with("a symbolic link"));
    }
}
