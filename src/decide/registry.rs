//! The application register of an organisation: which repository, or part of one, belongs to which
//! application, and the facts of each application.
//!
//! A row has facts about the repositories, and optionally the paths, that its globs match. For each
//! field, the most precise row with a value is used: first by the glob of the repository, then by
//! the glob of the path. A glob without wildcards is more precise than one with any, then the one
//! with more literal characters, then the row that comes first. An empty cell gives no value, so a
//! row for a path can give one field and leave the others to the row of its repository.
//!
//! The rows with one `appid` are about one application. So a secret whose application is known in another way gets the
//! other fields of these rows.

mod register_row;
mod register_table;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::register_row::{BadCell, REPOSITORY, Row, column_named, unknown_column};
use self::register_table::ReadRows;
use super::field_names::APPID;
use super::glob::{Glob, RepositoryGlob, precision};
use super::policy::Policy;
use super::repository_facts::{RepositoryKey, RepositoryName};
use crate::human_text;
use crate::no_follow_open::Links;
use crate::spreadsheet::mistake_list::MistakeList;
use crate::spreadsheet::sheet_table::Table;
use crate::spreadsheet::{csv_text, workbook};
use crate::steps;
use crate::yaml::{self, FileError, Mistake, key_path};

const APPNAME: &str = "appname";

/// The form of the register as YAML.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryFile {
    /// Version of this format: 1.
    #[serde(deserialize_with = "crate::yaml::schema_one")]
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// The rows. Each has `repository` or `appid` or both, optionally `path`, and any metadata fields.
    pub applications: Vec<ApplicationRow>,
}

/// One row: column → text.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ApplicationRow(
    #[serde(deserialize_with = "crate::yaml::unique")] BTreeMap<String, String>,
);

/// The register. Its rows are sorted, the most precise first.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// The rows that are for repositories.
    rows: Vec<RepositoryRow>,
    /// Indexes of the rows whose repository glob has no wildcard, by its last component in lower
    /// case. Registers have thousands of them.
    exact: BTreeMap<String, Vec<usize>>,
    wild: Vec<usize>,
    /// The rows of each repository that was looked up, by what globs see of its name. Thousands of
    /// secrets are in one repository.
    known: Arc<RwLock<HashMap<RepositoryKey, Arc<[usize]>>>>,
    /// `appid` → the fields on which its rows agree.
    applications: HashMap<String, BTreeMap<String, String>>,
    /// A note on the way in which the file was read.
    notes: Vec<String>,
}

#[derive(Clone, Debug)]
struct RepositoryRow {
    repository: RepositoryGlob,
    path: Option<Glob>,
    values: BTreeMap<String, String>,
}

/// A row that contradicts an earlier one.
struct RepeatedRow {
    /// The indexes of the rows, from 0.
    index: usize,
    earlier: usize,
    /// The column of the later row that is wrong.
    column: &'static str,
    /// The mistake in words, before and behind the place of the earlier row.
    message: [String; 2],
}

impl Registry {
    /// The values of a field in the rows.
    pub fn values<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let of_rows = self
            .rows
            .iter()
            .filter_map(move |row| row.values.get(field));
        let of_applications =
            self.applications
                .iter()
                .filter_map(move |(appid, fields)| match field {
                    APPID => Some(appid),
                    _ => fields.get(field),
                });
        of_rows.chain(of_applications).map(String::as_str)
    }

    /// Reads a `.csv`, `.tsv`, `.xlsx`, `.yaml` or `.yml` file. Values are checked against the fields of the policy.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has mistakes. The error has all of them, with their places.
    pub fn load(path: &Path, links: Links, policy: &Policy) -> Result<Registry, FileError> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_lowercase().as_str() {
            "csv" | "tsv" => {
                let (text, note) = human_text::read_of_spreadsheet(path, links)?;
                let mut registry = Self::from_csv(path, &text, policy)?;
                registry.notes.extend(note);
                Ok(registry)
            }
            "xlsx" => {
                let bytes = human_text::read_bytes(path, links)?;
                Self::from_xlsx(path, &bytes, policy)
            }
            "yaml" | "yml" => Self::from_yaml(path, &human_text::read(path, links)?, policy),
            _ => Err(FileError::Wrong {
                path: path.to_owned(),
                line: 1,
                column: 1,
                message: "a registry is a .csv, .tsv, .xlsx, .yaml or .yml file".to_owned(),
            }),
        }
    }

    /// Reads the register from YAML; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the text has mistakes. The error has their places.
    pub fn from_yaml(path: &Path, text: &str, policy: &Policy) -> Result<Registry, FileError> {
        let read: RegistryFile = yaml::from_yaml(path, text)?;
        let mut mistakes = MistakeList::default();
        let at = |index: usize, column: &str| key_path!["applications", index, column];
        let place = |at| {
            let place = Mistake::new(at, "").in_text(path, text).to_string();
            place.trim_end_matches([':', ' ']).to_owned()
        };
        let mut rows = Vec::new();
        for (index, row) in read.applications.iter().enumerate() {
            let mut cells: Vec<(&str, &str)> = Vec::new();
            for (name, value) in &row.0 {
                match column_named(name, policy) {
                    None => mistakes.add(|| place(at(index, name)), &unknown_column(name, policy)),
                    Some(column) if cells.iter().any(|(known, _)| *known == column) => {
                        let message = format!("the row has `{column}` twice");
                        mistakes.add(|| place(at(index, name)), &message);
                    }
                    Some(column) => cells.push((column, value)),
                }
            }
            match Row::new(cells.into_iter(), policy) {
                Ok(row) => rows.push((index, row)),
                Err(bad) => {
                    for BadCell { column, error } in bad {
                        let named = row
                            .0
                            .keys()
                            .find(|name| column_named(name, policy) == Some(&*column));
                        let name = named.map_or(&*column, String::as_str);
                        mistakes.add(|| place(at(index, name)), &error.to_string());
                    }
                }
            }
        }
        let place = |index, column: &str| place(at(index, column));
        Self::of_rows(path, rows, &place, mistakes)
    }

    /// Reads the register from CSV with a header; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the text has mistakes. The error has their places.
    pub fn from_csv(path: &Path, text: &str, policy: &Policy) -> Result<Registry, FileError> {
        let mut mistakes = MistakeList::default();
        let csv = csv_text::read(text, path, &mut mistakes);
        let place = |at, nth| csv.place(text, path, at, nth);
        Self::from_table(path, &csv.table, policy, &place, mistakes)
    }

    /// Reads the register from a workbook; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the file is no workbook, exceeds a limit or has mistakes. The error has their places.
    pub fn from_xlsx(path: &Path, bytes: &[u8], policy: &Policy) -> Result<Registry, FileError> {
        let table = workbook::read(bytes, &["registry", "register"]).map_err(|error| {
            FileError::Several {
                path: path.to_owned(),
                mistakes: vec![format!("{}: {error}", path.display())],
                more: 0,
            }
        })?;
        let place = |row, nth| format!("{}:{}", path.display(), workbook::cell_name(row, nth));
        Self::from_table(path, &table, policy, &place, MistakeList::default())
    }

    fn from_table(
        path: &Path,
        table: &Table,
        policy: &Policy,
        place: &dyn Fn(usize, usize) -> String,
        mut mistakes: MistakeList,
    ) -> Result<Registry, FileError> {
        let ReadRows { rows, numbers } = register_table::read(table, policy, place, &mut mistakes);
        let header = &table.header.cells;
        let place = |index: usize, column: &str| {
            let nth = header
                .iter()
                .position(|cell| column_named(&cell.text, policy) == Some(column));
            place(table.rows[index].at, nth.unwrap_or(0))
        };
        let mut registry = Self::of_rows(path, rows, &place, mistakes)?;
        if !numbers.is_empty() {
            registry.notes.push(format!(
                "{}: cells of {} are numbers, which have lost the zeros at their beginning if there were any; the format Text \
                 keeps them",
                path.display(),
                numbers.join(", ")
            ));
        }
        Ok(registry)
    }

    /// Sorts the rows. `place` gives the place of a cell from the number of its row and its column.
    fn of_rows(
        path: &Path,
        rows: Vec<(usize, Row)>,
        place: &dyn Fn(usize, &str) -> String,
        mut mistakes: MistakeList,
    ) -> Result<Registry, FileError> {
        for repeated in repeated_rows(&rows) {
            let [before, behind] = &repeated.message;
            let earlier = place(rows[repeated.earlier].0, repeated.column);
            let message = format!("{before} ({earlier}) {behind}");
            mistakes.add(|| place(rows[repeated.index].0, repeated.column), &message);
        }
        mistakes.into_result(path)?;
        let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Self::sorted(rows))
    }

    fn sorted(rows: Vec<Row>) -> Registry {
        let applications = applications(&rows);
        let of_repository = |row: Row| {
            Some(RepositoryRow {
                repository: row.repository?,
                path: row.path,
                values: row.values,
            })
        };
        let mut registry = Registry {
            rows: rows.into_iter().filter_map(of_repository).collect(),
            applications,
            ..Registry::default()
        };
        registry.rows.sort_by_cached_key(|row| {
            let path = row.path.as_ref().map(|path| precision(path.as_str()));
            std::cmp::Reverse((precision(row.repository.as_str()), path))
        });
        for (index, row) in registry.rows.iter().enumerate() {
            let glob = row.repository.as_str();
            if precision(glob).0 {
                registry
                    .exact
                    .entry(last_component(glob))
                    .or_default()
                    .push(index);
            } else {
                registry.wild.push(index);
            }
        }
        registry
    }

    /// A note on the way in which the file was read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The fields of an application: field → value. Empty if no row has its `appid`.
    pub fn application(&self, appid: &str) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.applications.get(appid).into_iter().flatten();
        fields.map(|(field, value)| (field.as_str(), value.as_str()))
    }

    /// Whether any row is for this repository, or for a part of it.
    pub fn knows(&self, repository: &RepositoryName) -> bool {
        !self.rows_of(repository).is_empty()
    }

    /// The values of the register for a path in a repository: field → value. The path is empty for
    /// an occurrence outside any file.
    pub fn lookup(&self, repository: &RepositoryName, path: &str) -> BTreeMap<&str, &str> {
        self.lookup_in(&self.rows_of(repository), path)
    }

    /// As [`Registry::lookup`], with the rows of the repository.
    pub(super) fn lookup_in(&self, rows: &[usize], path: &str) -> BTreeMap<&str, &str> {
        let mut found = BTreeMap::new();
        for &index in rows {
            let row = &self.rows[index];
            let here = row
                .path
                .as_ref()
                .is_none_or(|glob| !path.is_empty() && glob.is_match(path));
            if here {
                for (field, value) in &row.values {
                    found.entry(field.as_str()).or_insert(value.as_str());
                }
            }
        }
        found
    }

    /// The rows whose glob matches a repository, in order.
    pub(super) fn rows_of(&self, repository: &RepositoryName) -> Arc<[usize]> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = known.get(&repository.key()) {
            return Arc::clone(rows);
        }
        drop(known);
        let rows: Arc<[usize]> = {
            let exact = [repository.full, repository.plain].map(last_component);
            let exact = exact
                .iter()
                .filter_map(|name| self.exact.get(name))
                .flatten();
            let mut rows: Vec<usize> = exact.chain(&self.wild).copied().collect();
            rows.sort_unstable();
            rows.dedup();
            let is_match = |&index: &usize| {
                steps::count(1);
                self.rows[index].repository.is_match(repository)
            };
            rows.into_iter().filter(is_match).collect()
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(repository.key()).or_insert(rows))
    }
}

/// The fields of each application. Rows without a repository are about the application as a whole, rows with a path only
/// about a part: the first kind of row that has a field gives it, if its rows agree.
fn applications(rows: &[Row]) -> HashMap<String, BTreeMap<String, String>> {
    /// Kind of row → the value, unless rows of the kind disagree.
    type Values<'a> = BTreeMap<(bool, bool), Option<&'a str>>;
    let kind = |row: &Row| (row.repository.is_some(), row.path.is_some());
    let mut values: HashMap<&str, BTreeMap<&str, Values>> = HashMap::new();
    for row in rows {
        let Some(appid) = row.values.get(APPID) else {
            continue;
        };
        let fields = values.entry(appid).or_default();
        for (field, value) in &row.values {
            let known = fields
                .entry(field)
                .or_default()
                .entry(kind(row))
                .or_insert(Some(value));
            if *known != Some(value) {
                *known = None;
            }
        }
    }
    let agreed = |fields: BTreeMap<&str, BTreeMap<_, Option<&str>>>| {
        let one = |(field, kinds): (&str, BTreeMap<_, Option<&str>>)| {
            let value = kinds.into_values().next().flatten()?;
            Some((field.to_owned(), value.to_owned()))
        };
        fields.into_iter().filter_map(one).collect()
    };
    values
        .into_iter()
        .map(|(appid, fields)| (appid.to_owned(), agreed(fields)))
        .collect()
}

/// The rows that contradict an earlier one: about the same repository and path, or with the `appid` of another application.
fn repeated_rows(rows: &[(usize, Row)]) -> Vec<RepeatedRow> {
    let mut places: HashMap<(String, Option<String>), usize> = HashMap::new();
    let mut whole: HashMap<&str, usize> = HashMap::new();
    let mut names: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut repeated = Vec::new();
    for (index, (_, row)) in rows.iter().enumerate() {
        let appid = row.values.get(APPID).map(String::as_str);
        let mut report = |earlier: usize, column, before: &str, behind: String| {
            repeated.push(RepeatedRow {
                index,
                earlier,
                column,
                message: [before.to_owned(), behind],
            });
        };
        match (&row.repository, appid) {
            (Some(repository), _) => {
                let path = row.path.as_ref().map(|path| path.as_str().to_lowercase());
                let earlier = *places
                    .entry((repository.as_str().to_lowercase(), path))
                    .or_insert(index);
                if earlier < index {
                    let behind = format!("is for `{repository}` and the same path already");
                    report(earlier, REPOSITORY, "an earlier row", behind);
                }
            }
            (None, Some(appid)) => {
                let earlier = *whole.entry(appid).or_insert(index);
                if earlier < index {
                    report(
                        earlier,
                        APPID,
                        "an earlier row",
                        format!("is for the application `{appid}` already"),
                    );
                }
            }
            (None, None) => {}
        }
        if let (Some(appid), Some(name)) = (appid, row.values.get(APPNAME)) {
            let (earlier, known) = *names.entry(appid).or_insert((index, name));
            if known != name {
                let behind = format!(
                    "gives the appid `{appid}` to `{known}`, this one to `{name}`: an appid is unique"
                );
                report(earlier, APPID, "an earlier row", behind);
            }
        }
    }
    repeated
}

fn last_component(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_lowercase()
}

#[cfg(test)]
mod tests;
