//! All mistakes of a table. A person corrects them in one go, so they are all reported.

use std::path::Path;

use crate::yaml::FileError;

/// Greatest number of mistakes that are shown. The others are counted.
const MOST: usize = 50;

/// The mistakes of a table, in order, each with its place.
#[derive(Debug, Default)]
pub(crate) struct MistakeList {
    shown: Vec<String>,
    more: usize,
}

impl MistakeList {
    /// Adds a mistake. Its place is only computed if it is shown.
    pub(crate) fn add(&mut self, place: impl FnOnce() -> String, message: &str) {
        if self.shown.len() < MOST {
            self.shown.push(format!("{}: {message}", place()));
        } else {
            self.more += 1;
        }
    }

    /// The error of the file.
    ///
    /// # Errors
    ///
    /// There is a mistake.
    pub(crate) fn into_result(self, path: &Path) -> Result<(), FileError> {
        match self.shown.is_empty() {
            true => Ok(()),
            false => Err(FileError::Several {
                path: path.to_owned(),
                mistakes: self.shown,
                more: self.more,
            }),
        }
    }
}
