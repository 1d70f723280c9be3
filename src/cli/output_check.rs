//! Whether a file of `--output` can be made, asked before the long work: a report that has nowhere to go is a mistake of the
//! command line, and not worth a scan.

use std::path::Path;

use super::exit::CommandError;

/// What [`crate::output::write_file`] would refuse, as far as it can be known beforehand.
pub fn check(file: Option<&Path>) -> Result<(), CommandError> {
    let Some(file) = file else { return Ok(()) };
    let refused = |what: &str| {
        Err(CommandError::usage(anyhow::anyhow!(
            "cannot write {}: {what}",
            file.display()
        )))
    };
    match std::fs::symlink_metadata(file).map(|meta| meta.file_type()) {
        Ok(kind) if kind.is_dir() => return refused("it is a folder"),
        Ok(kind) if kind.is_symlink() => {
            return refused("it is a symbolic link; name the file that it leads to");
        }
        Ok(_) => return Ok(()),
        // Told with the folder, or when it is written.
        Err(_) => {}
    }
    if file.file_name().is_none() {
        return refused("it names no file");
    }
    match file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        Some(folder) if !folder.is_dir() => {
            refused(&format!("there is no folder {}", folder.display()))
        }
        _ => Ok(()),
    }
}
