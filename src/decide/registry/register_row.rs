//! A row of a register: its cells, checked.

use std::collections::BTreeMap;

use crate::decide::field_names::APPID;
use crate::decide::glob::{Glob, GlobError, RepositoryGlob};
use crate::decide::policy::{FieldError, Policy};

/// The column with the glob of the repository.
pub(super) const REPOSITORY: &str = "repository";
/// The column with the glob of the path.
pub(super) const PATH: &str = "path";

/// A row as it was read.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) repository: Option<RepositoryGlob>,
    pub(super) path: Option<Glob>,
    pub(super) values: BTreeMap<String, String>,
}

/// A cell that cannot be used, and its column.
pub(super) struct BadCell {
    pub(super) column: String,
    pub(super) error: CellError,
}

/// The reason why a cell cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CellError {
    #[error(transparent)]
    Glob(#[from] GlobError),
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("a row needs a `repository` (the name of one, or a glob) or an `appid`")]
    NoRepository,
    #[error("a `path` needs a `repository`")]
    PathAlone,
}

impl Row {
    /// Reads the cells that are not empty.
    pub(super) fn new<'a>(
        cells: impl Iterator<Item = (&'a str, &'a str)>,
        policy: &Policy,
    ) -> Result<Row, Vec<BadCell>> {
        let mut row = Row {
            repository: None,
            path: None,
            values: BTreeMap::new(),
        };
        let mut bad = Vec::new();
        let mut is_about = false;
        for (column, value) in cells.filter(|(_, value)| !value.trim().is_empty()) {
            is_about |= column == REPOSITORY || column == APPID;
            let read: Result<(), CellError> = match column {
                REPOSITORY => value
                    .parse()
                    .map(|glob| row.repository = Some(glob))
                    .map_err(CellError::Glob),
                PATH => value
                    .parse()
                    .map(|glob| row.path = Some(glob))
                    .map_err(CellError::Glob),
                _ => policy
                    .check_field(column, value)
                    .map_err(CellError::Field)
                    .map(|()| {
                        row.values.insert(column.to_owned(), value.to_owned());
                    }),
            };
            if let Err(error) = read {
                bad.push(BadCell {
                    column: column.to_owned(),
                    error,
                });
            }
        }
        let mut missing = |column: &str, error| {
            bad.push(BadCell {
                column: column.to_owned(),
                error,
            });
        };
        if !is_about {
            missing(REPOSITORY, CellError::NoRepository);
        } else if bad_path(&row) {
            missing(PATH, CellError::PathAlone);
        }
        match bad.is_empty() {
            true => Ok(row),
            false => Err(bad),
        }
    }
}

/// Whether a row has a path without a repository.
fn bad_path(row: &Row) -> bool {
    row.path.is_some() && row.repository.is_none()
}

/// The columns that a register can have.
pub(super) fn known_columns(policy: &Policy) -> Vec<&str> {
    let fields = policy.fields.keys().map(String::as_str);
    let fields = fields.filter(|field| *field != REPOSITORY);
    [REPOSITORY, PATH].into_iter().chain(fields).collect()
}

pub(super) fn unknown_column(column: &str, policy: &Policy) -> String {
    format!(
        "unknown column `{column}`; known ones are {}",
        known_columns(policy).join(", ")
    )
}

/// The column that a header names, without regard to case, spaces and signs.
pub(super) fn column_named<'p>(header: &str, policy: &'p Policy) -> Option<&'p str> {
    let known = known_columns(policy);
    let same = known.iter().find(|name| **name == header);
    let like = || known.iter().find(|name| plain(name) == plain(header));
    same.or_else(like).copied()
}

/// The name of a column without case, spaces and signs: `Cost Center`, `cost-center` and `costcenter` are one.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
