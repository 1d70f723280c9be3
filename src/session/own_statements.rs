//! The file of statements that a session writes for one person.
//!
//! The session only appends statements, takes them back, and takes ids out of them. All other text of the file stays as it
//! is, so that a person can edit the file and git shows small differences. Each new text is read before it is written: a
//! file in a form that the session cannot extend is an error, never lost.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::decide::decisions_file::{StatementEntry, StatementsFile};
use crate::human_text;
use crate::inventory::decision_files;
use crate::no_follow_open::{self, Links};
use crate::output::{self, OutputError};
use crate::yaml::{self, FileError, SectionForm, entry_lines};

use super::statement_text;

/// The file of one person.
#[derive(Clone, Debug)]
pub struct OwnStatements {
    path: PathBuf,
    text: String,
}

/// The file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum OwnStatementsError {
    /// The folder cannot be created.
    #[error("cannot create {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file has a mistake, or cannot be read.
    #[error(transparent)]
    Read(#[from] FileError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] OutputError),
    /// Statements cannot be appended to the text.
    #[error("{} is not written as a session writes it: move its statements to another file in the folder {}", .0.display(), decision_files::FOLDER)]
    Form(PathBuf),
    /// Another program has changed the file since it was read.
    #[error("{} has changed on disk", .0.display())]
    Changed(PathBuf),
}

/// Names of files that are tried for one person, if others have the same name.
const NAMES_TRIED: u32 = 1000;

impl OwnStatements {
    /// Reads the file of a person, or begins one that is written with the first statement.
    ///
    /// # Errors
    ///
    /// A file of this person cannot be read, or has a mistake.
    pub fn open(inventory: &Path, person: &str) -> Result<Self, OwnStatementsError> {
        let folder = inventory.join(decision_files::FOLDER);
        let header = header(person);
        let name = file_name(person);
        let mut path = folder.join(format!("{name}.yaml"));
        for number in 2..NAMES_TRIED {
            if std::fs::symlink_metadata(&path).is_err() {
                break;
            }
            let text = human_text::read(&path, Links::RefusedAtEnd)?;
            if text.starts_with(&header) {
                return Ok(Self { path, text });
            }
            path = folder.join(format!("{name}-{number}.yaml"));
        }
        Ok(Self {
            path,
            text: String::new(),
        })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name within the folder of the inventory.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        format!("{}/{}", decision_files::FOLDER, name.to_string_lossy())
    }

    /// The statements, in order, each with the bytes of its lines.
    fn statements(&self) -> Result<Vec<(Range<usize>, StatementEntry)>, OwnStatementsError> {
        statements(&self.path, &self.text)
    }

    #[cfg(test)]
    fn all(&self) -> Result<Vec<StatementEntry>, OwnStatementsError> {
        Ok(self
            .statements()?
            .into_iter()
            .map(|(_, entry)| entry)
            .collect())
    }

    /// The text with changed statements, and one more at its end. `change` gives the statement that takes the place of
    /// each, or `None` to remove it.
    fn changed(
        &self,
        person: &str,
        mut change: impl FnMut(&StatementEntry) -> Option<StatementEntry>,
        more: Option<&StatementEntry>,
    ) -> Result<String, OwnStatementsError> {
        let mut text = String::new();
        let mut end = 0;
        let mut expected = Vec::new();
        for (lines, entry) in self.statements()? {
            text.push_str(&self.text[end..lines.start]);
            end = lines.end;
            match change(&entry) {
                Some(same) if same == entry => text.push_str(&self.text[lines]),
                Some(changed) => text.push_str(&statement_text::of(&changed)),
                None => {}
            }
            expected.extend(change(&entry));
        }
        text.push_str(&self.text[end..]);
        if text.trim().is_empty() {
            text = format!("{}schema: 2\nstatements:\n", header(person));
        }
        // An empty list is written in one line.
        text = match text.strip_suffix("statements: []\n") {
            Some(before) => format!("{before}statements:\n"),
            None => text,
        };
        if let Some(more) = more {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&statement_text::of(more));
            expected.push(more.clone());
        }
        if expected.is_empty() {
            text = format!(
                "{}statements: []\n",
                text.strip_suffix("statements:\n").unwrap_or(&text)
            );
        }
        let read = statements(&self.path, &text);
        let read = read.map(|read| read.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>());
        match read {
            Ok(read) if read == expected => Ok(text),
            _ => Err(OwnStatementsError::Form(self.path.clone())),
        }
    }

    /// The text after [`append`](Self::append).
    ///
    /// # Errors
    ///
    /// The file has a form that cannot be extended.
    pub fn appended(
        &self,
        person: &str,
        keep: impl FnMut(&StatementEntry) -> Option<StatementEntry>,
        statement: &StatementEntry,
    ) -> Result<String, OwnStatementsError> {
        self.changed(person, keep, Some(statement))
    }

    /// Appends a statement. `person` is whose file it is. `keep` gives what is kept of each earlier statement: an answer
    /// takes the place of an earlier one.
    ///
    /// # Errors
    ///
    /// The file has changed since it was read, has a form that cannot be extended, or cannot be written.
    pub fn append(
        &mut self,
        person: &str,
        keep: impl FnMut(&StatementEntry) -> Option<StatementEntry>,
        statement: &StatementEntry,
    ) -> Result<(), OwnStatementsError> {
        let text = self.changed(person, keep, Some(statement))?;
        self.write(text)
    }

    /// Writes the file as it was in an earlier state.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append).
    pub fn restore(&mut self, earlier: &OwnStatements) -> Result<(), OwnStatementsError> {
        if earlier.text.is_empty() {
            self.check_unchanged()?;
            let _ = std::fs::remove_file(&self.path);
            self.text.clear();
            return Ok(());
        }
        self.write(earlier.text.clone())
    }

    /// Whether the file on disk has the text that was read or written last.
    pub fn is_unchanged(&self) -> bool {
        match std::fs::symlink_metadata(&self.path) {
            Err(_) => self.text.is_empty(),
            Ok(_) => human_text::read(&self.path, Links::RefusedAtEnd)
                .is_ok_and(|text| text == self.text),
        }
    }

    fn check_unchanged(&self) -> Result<(), OwnStatementsError> {
        match self.is_unchanged() {
            true => Ok(()),
            false => Err(OwnStatementsError::Changed(self.path.clone())),
        }
    }

    fn write(&mut self, text: String) -> Result<(), OwnStatementsError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        no_follow_open::create_folder(folder).map_err(|source| OwnStatementsError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        self.check_unchanged()?;
        output::write_file(&self.path, |out| out.write_all(text.as_bytes()))?;
        self.text = text;
        Ok(())
    }
}

/// The first line of the file of a person.
fn header(person: &str) -> String {
    let person: String = person
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    format!("# Statements of {person}, written by keyferry review. Edits by hand are kept.\n")
}

/// The name of a person's file, without its ending: the part of an address before `@`, in letters that every file system has.
fn file_name(person: &str) -> String {
    let name = person.split('@').next().unwrap_or_default().to_lowercase();
    let letter = |letter: char| match letter {
        'a'..='z' | '0'..='9' => letter,
        _ => '-',
    };
    let name: String = name.chars().map(letter).take(40).collect();
    match name.trim_matches('-') {
        "" => "person".to_owned(),
        name => name.to_owned(),
    }
}

/// The statements of a text, each with the bytes of its lines. Comments between two belong to the first.
fn statements(
    path: &Path,
    text: &str,
) -> Result<Vec<(Range<usize>, StatementEntry)>, OwnStatementsError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let read: StatementsFile = yaml::from_yaml(path, text)?;
    let lines = entry_lines(text, "statements", SectionForm::List);
    let starts: Vec<usize> = std::iter::once(0)
        .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
        .collect();
    let start = |line: usize| starts.get(line - 1).copied();
    let bounds: Option<Vec<usize>> = lines.iter().map(|(_, line)| start(*line)).collect();
    let bounds = bounds.filter(|bounds| {
        let begins = |at: &usize| text[*at..].starts_with("  - ");
        bounds.len() == read.statements.len() && bounds.iter().all(begins)
    });
    let Some(mut bounds) = bounds else {
        return Err(OwnStatementsError::Form(path.to_owned()));
    };
    bounds.push(text.len());
    let ranges = bounds.windows(2).map(|pair| pair[0]..pair[1]);
    Ok(ranges.zip(read.statements).collect())
}

#[cfg(test)]
mod tests;
