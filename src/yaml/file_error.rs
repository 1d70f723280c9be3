//! The error of a file that people write.

use std::path::{Path, PathBuf};

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file has a mistake.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line of the mistake, from 1.
        line: usize,
        /// The column of the mistake in characters, from 1.
        column: usize,
        /// The key path, if there is one, and the mistake.
        message: String,
    },
    /// The file has several mistakes.
    #[error("{}", shown(path, mistakes, *more))]
    Several {
        /// The file.
        path: PathBuf,
        /// The mistakes, each with its place.
        mistakes: Vec<String>,
        /// The number of further mistakes.
        more: usize,
    },
}

/// One mistake on its own line each; a single one without a heading.
fn shown(path: &Path, mistakes: &[String], more: usize) -> String {
    if let ([one], 0) = (mistakes, more) {
        return one.clone();
    }
    let mut lines = vec![format!(
        "{} has {} mistakes",
        path.display(),
        mistakes.len() + more
    )];
    lines.extend(
        mistakes
            .iter()
            .map(|mistake| mistake.replace(['\n', '\r'], " ")),
    );
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}
