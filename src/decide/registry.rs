//! The application register of an organisation: which repository, or part of one, belongs to which
//! application.
//!
//! A row has facts about the repositories, and optionally the paths, that its globs match. For each
//! field, the most precise row with a value is used: first by the glob of the repository, then by
//! the glob of the path. A glob without wildcards is more precise than one with any, then the one
//! with more literal characters, then the row that comes first. An empty cell gives no value, so a
//! row for a path can give one field and leave the others to the row of its repository.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::glob::{Glob, GlobError, RepositoryGlob, precision};
use super::policy::{FieldError, Policy};
use super::repository_facts::{RepositoryKey, RepositoryName};
use crate::human_text;
use crate::no_follow_open::Links;
use crate::steps;
use crate::yaml::{self, FileError, Mistake, key_path};

const REPOSITORY: &str = "repository";
const SMART_QUOTES: &str =
    "typographic quotes are part of the value here: write straight quotes, `\"`";
const PATH: &str = "path";

/// The form of the register as YAML.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryFile {
    /// Version of this format: 1.
    #[serde(deserialize_with = "crate::yaml::schema_one")]
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// The rows. Each has `repository`, optionally `path`, and any metadata fields.
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
    rows: Vec<Row>,
    /// Indexes of the rows whose repository glob has no wildcard, by its last component in lower
    /// case. Registers have thousands of them.
    exact: BTreeMap<String, Vec<usize>>,
    wild: Vec<usize>,
    /// The rows of each repository that was looked up, by what globs see of its name. Thousands of
    /// secrets are in one repository.
    known: RefCell<HashMap<RepositoryKey, Arc<[usize]>>>,
}

#[derive(Clone, Debug)]
struct Row {
    repository: RepositoryGlob,
    path: Option<Glob>,
    values: BTreeMap<String, String>,
}

/// A cell that cannot be used, and its column.
struct BadCell {
    column: String,
    error: CellError,
}

/// The reason why a cell cannot be used.
#[derive(Debug, thiserror::Error)]
enum CellError {
    #[error(transparent)]
    Glob(#[from] GlobError),
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("a row needs a `repository`: the name of one, or a glob")]
    NoRepository,
}

/// Two rows are for the very same repositories and paths.
#[derive(Debug, thiserror::Error)]
#[error("an earlier row is for `{repository}` and the same path already")]
struct RepeatedRow {
    /// The index of the later row, from 0.
    index: usize,
    /// The glob of the repository.
    repository: String,
}

impl Registry {
    /// Reads a `.csv`, `.yaml` or `.yml` file. Values are checked against the fields of the policy.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has a mistake. The error has the place of the mistake.
    pub fn load(path: &Path, links: Links, policy: &Policy) -> Result<Registry, FileError> {
        let text = human_text::read(path, links)?;
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_lowercase().as_str() {
            "csv" => Self::from_csv(path, &text, policy),
            "yaml" | "yml" => Self::from_yaml(path, &text, policy),
            _ => Err(wrong(
                path,
                1,
                1,
                "a registry is a .csv, .yaml or .yml file",
            )),
        }
    }

    /// Reads the register from YAML; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the text has a mistake. The error has its place.
    pub fn from_yaml(path: &Path, text: &str, policy: &Policy) -> Result<Registry, FileError> {
        let read: RegistryFile = yaml::from_yaml(path, text)?;
        let mut rows = Vec::new();
        for (index, row) in read.applications.iter().enumerate() {
            let at = |column: &str| key_path!["applications", index, column];
            if let Some(column) = row.0.keys().find(|column| !is_column(column, policy)) {
                let mistake = Mistake::new(at(column), unknown_column(column, policy));
                return Err(mistake.in_text(path, text));
            }
            let row = Row::new(
                row.0
                    .iter()
                    .map(|(column, value)| (column.as_str(), value.as_str())),
                policy,
            );
            rows.push(row.map_err(|bad| {
                Mistake::new(at(&bad.column), bad.error.to_string()).in_text(path, text)
            })?);
        }
        Self::new(rows).map_err(|repeated| {
            let at = key_path!["applications", repeated.index, REPOSITORY];
            Mistake::new(at, repeated.to_string()).in_text(path, text)
        })
    }

    /// Reads the register from CSV with a header; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the text has a mistake. The error has its place.
    pub fn from_csv(path: &Path, text: &str, policy: &Policy) -> Result<Registry, FileError> {
        let (delimiter, first) = separator(text);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .has_headers(true)
            .delimiter(delimiter)
            .from_reader(&text.as_bytes()[first..]);
        let cell = |start, nth| cell(text, delimiter, first + start, nth);
        let csv_error = |path, error: &csv::Error| csv_error(path, error, u64::from(first > 0));
        let columns = reader
            .headers()
            .map_err(|error| csv_error(path, &error))?
            .clone();
        for (nth, column) in columns.iter().enumerate() {
            let here = |message: String| {
                let (line, at) = cell(0, nth);
                Err(wrong(path, line, at, &message))
            };
            if !is_column(column, policy) {
                return here(unknown_column(column, policy));
            }
            if columns.iter().take(nth).any(|earlier| earlier == column) {
                return here(format!("two columns are called `{column}`"));
            }
        }
        let mut rows = Vec::new();
        let mut starts = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| csv_error(path, &error))?;
            // Spreadsheets leave empty rows at the end.
            if record.iter().all(str::is_empty) {
                continue;
            }
            let start = record
                .position()
                .map_or(0, |position| position.byte() as usize);
            if let Some(nth) = record.iter().position(yaml::is_in_smart_quotes) {
                let (line, at) = cell(start, nth);
                return Err(wrong(path, line, at, SMART_QUOTES));
            }
            let row = Row::new(columns.iter().zip(record.iter()), policy).map_err(|bad| {
                let nth = columns
                    .iter()
                    .position(|column| column == bad.column)
                    .unwrap_or(0);
                let (line, at) = cell(start, nth);
                wrong(path, line, at, &bad.error.to_string())
            })?;
            rows.push(row);
            starts.push(start);
        }
        Self::new(rows).map_err(|repeated| {
            let (line, at) = cell(starts[repeated.index], 0);
            wrong(path, line, at, &repeated.to_string())
        })
    }

    /// Sorts the rows.
    fn new(rows: Vec<Row>) -> Result<Registry, RepeatedRow> {
        let mut seen = BTreeSet::new();
        for (index, row) in rows.iter().enumerate() {
            let key = (
                row.repository.as_str().to_lowercase(),
                row.path.as_ref().map(|path| path.as_str().to_lowercase()),
            );
            if !seen.insert(key) {
                return Err(RepeatedRow {
                    index,
                    repository: row.repository.to_string(),
                });
            }
        }
        let mut registry = Registry {
            rows,
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
        Ok(registry)
    }

    /// Whether any row is for this repository, or for a part of it.
    pub fn knows(&self, repository: &RepositoryName) -> bool {
        self.rows
            .iter()
            .any(|row| row.repository.is_match(repository))
    }

    /// The values of the register for a path in a repository: field → value. The path is empty for
    /// an occurrence outside any file.
    pub fn lookup(&self, repository: &RepositoryName, path: &str) -> BTreeMap<&str, &str> {
        let mut found = BTreeMap::new();
        for &index in &*self.rows_of(repository) {
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
    fn rows_of(&self, repository: &RepositoryName) -> Arc<[usize]> {
        let mut known = self.known.borrow_mut();
        let rows = known.entry(repository.key());
        let rows = rows.or_insert_with(|| {
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
        });
        Arc::clone(rows)
    }
}

impl Row {
    fn new<'a>(
        cells: impl Iterator<Item = (&'a str, &'a str)>,
        policy: &Policy,
    ) -> Result<Row, BadCell> {
        fn bad(column: &str, error: impl Into<CellError>) -> BadCell {
            BadCell {
                column: column.to_owned(),
                error: error.into(),
            }
        }
        let (mut repository, mut path, mut values) = (None, None, BTreeMap::new());
        for (column, value) in cells.filter(|(_, value)| !value.trim().is_empty()) {
            match column {
                REPOSITORY => {
                    repository = Some(
                        value
                            .parse()
                            .map_err(|error: GlobError| bad(column, error))?,
                    )
                }
                PATH => {
                    path = Some(
                        value
                            .parse()
                            .map_err(|error: GlobError| bad(column, error))?,
                    )
                }
                _ => {
                    policy
                        .check_field(column, value)
                        .map_err(|error| bad(column, error))?;
                    values.insert(column.to_owned(), value.to_owned());
                }
            }
        }
        Ok(Row {
            repository: repository.ok_or_else(|| bad(REPOSITORY, CellError::NoRepository))?,
            path,
            values,
        })
    }
}

fn is_column(column: &str, policy: &Policy) -> bool {
    column == REPOSITORY || column == PATH || policy.fields.contains_key(column)
}

fn unknown_column(column: &str, policy: &Policy) -> String {
    let fields = policy
        .fields
        .keys()
        .map(String::as_str)
        .filter(|field| *field != REPOSITORY);
    let known: Vec<&str> = [REPOSITORY, PATH].into_iter().chain(fields).collect();
    format!(
        "unknown column `{column}`; known ones are {}",
        known.join(", ")
    )
}

fn last_component(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_lowercase()
}

fn wrong(path: &Path, line: usize, column: usize, message: &str) -> FileError {
    FileError::Wrong {
        path: path.to_owned(),
        line,
        column,
        message: message.to_owned(),
    }
}

fn csv_error(path: &Path, error: &csv::Error, lines_before: u64) -> FileError {
    let line = error.position().map_or(1, csv::Position::line) + lines_before;
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("the row has {len} columns, the header {expected_len}")
        }
        _ => error.to_string(),
    };
    wrong(path, line as usize, 1, &message)
}

/// The separator of columns, and the byte at which the header begins.
///
/// Where the comma is the decimal sign, spreadsheets separate columns by semicolons; the text that
/// they copy has tabs. They also understand and write a first line `sep=;`.
fn separator(text: &str) -> (u8, usize) {
    let head = text.split('\n').next().unwrap_or_default();
    let stated = head.strip_prefix("sep=").map(str::as_bytes);
    if let Some(&[separator @ (b',' | b';' | b'\t')]) = stated {
        return (separator, (head.len() + 1).min(text.len()));
    }
    let mut quoted = false;
    let mut outside = head.bytes().filter(|&byte| {
        quoted ^= byte == b'"';
        !quoted
    });
    // No column has one of these in its name, so the first of them decides.
    let found = outside.find(|byte| matches!(byte, b',' | b';' | b'\t'));
    (found.unwrap_or(b','), 0)
}

/// Line and column of the `nth` cell of the record that begins at byte `start`.
fn cell(text: &str, delimiter: u8, start: usize, nth: usize) -> (usize, usize) {
    // The reader's position may be that of the line end before the record.
    let start = start + text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
    let (mut at, mut left, mut quoted) = (start, nth, false);
    for (offset, byte) in text.as_bytes()[start..].iter().enumerate() {
        if left == 0 {
            break;
        }
        match byte {
            b'"' => quoted = !quoted,
            byte if *byte == delimiter && !quoted => {
                left -= 1;
                at = start + offset + 1;
            }
            _ => {}
        }
    }
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    (
        text[..at].matches('\n').count() + 1,
        text[line_start..at].chars().count() + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::repository_facts::Repositories;

    fn csv(text: &str) -> Result<Registry, String> {
        Registry::from_csv(Path::new("registry.csv"), text, &Policy::builtin())
            .map_err(|error| error.to_string())
    }

    fn yaml(text: &str) -> Result<Registry, String> {
        Registry::from_yaml(Path::new("registry.yaml"), text, &Policy::builtin())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_most_precise_row_gives_each_field() {
        let registry = csv("repository,path,appid,appfunc,owner\n\
                            *,,every1,,Ops\n\
                            acme/*,,acme01,api,\n\
                            acme/orders,,ord001,,\"Doe, Jane\"\n\
                            orders,db/**,,dba,\n\
                            ,,,,\n")
        .unwrap();
        let found = |repository, path| {
            let found = registry.lookup(&Repositories::default().name(repository), path);
            found
                .into_iter()
                .map(|(field, value)| format!("{field}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(found("other/x", "db/a"), "appid=every1 owner=Ops");
        assert_eq!(
            found("github.com/acme/web", "a"),
            "appfunc=api appid=acme01 owner=Ops"
        );
        assert_eq!(
            found("github.com/Acme/Orders", "a"),
            "appfunc=api appid=ord001 owner=Doe, Jane"
        );
        assert_eq!(
            found("acme/orders", "db/a/b.yml"),
            "appfunc=dba appid=ord001 owner=Doe, Jane"
        );
        assert_eq!(
            found("acme/orders", ""),
            "appfunc=api appid=ord001 owner=Doe, Jane"
        );
    }

    #[test]
    fn globs_are_compared_once_with_each_repository() {
        let mut text = "repository,appid\n".to_owned();
        (0..500).for_each(|n| text.push_str(&format!("repository-{n}-*,app{n:03}\n")));
        let registry = csv(&text).unwrap();
        let repositories = Repositories::default();
        steps::take();
        for secret in 0..2000 {
            let name = format!("acme/repository-{}-x", secret % 20);
            let found = registry.lookup(&repositories.name(&name), "a.env");
            assert_eq!(found["appid"], format!("app{:03}", secret % 20));
        }
        assert_eq!(steps::take(), 20 * 500);
    }

    #[test]
    fn spreadsheets_separate_columns_in_their_own_ways() {
        for text in [
            "repository,appid,owner\na,abcde,\"Doe; Jane\"\n",
            "repository;appid;owner\na;abcde;Doe; Jane\n"
                .replace("Doe; Jane", "\"Doe; Jane\"")
                .as_str(),
            "repository\tappid\towner\na\tabcde\tDoe; Jane\n",
            "sep=;\n\"repository\";appid;owner\na;abcde;\"Doe; Jane\"\n",
            "\"repository\";\"appid\";\"owner\"\na;abcde;\"Doe; Jane\"\n",
        ] {
            let registry = csv(text).unwrap();
            let found = registry.lookup(&Repositories::default().name("a"), "");
            assert_eq!(found["appid"], "abcde", "{text}");
            assert_eq!(found["owner"], "Doe; Jane", "{text}");
        }
    }

    #[test]
    fn repositories_are_known_by_any_row() {
        let registry = Registry::from_csv(
            Path::new("r.csv"),
            "repository,path,appid\nacme/*,db/**,ord001\n",
            &Policy::builtin(),
        );
        let registry = registry.unwrap();
        let knows = |name| registry.knows(&Repositories::default().name(name));
        assert!(knows("github.com/acme/orders") && !knows("github.com/other/orders"));
    }

    #[test]
    fn csv_mistakes_have_their_place() {
        insta::assert_snapshot!(csv("repository,appid,team\nx,abcde,y\n").unwrap_err(), @"registry.csv:1:18: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline");
        insta::assert_snapshot!(csv("repository,owner,appid\n\"a\",\"x\ny\",ordersapp\n").unwrap_err(), @r#"registry.csv:2:5: owner is "x\ny": it is empty or contains a control character"#);
        insta::assert_snapshot!(csv("repository,owner,appid\n\na,\"x, y\",ordersapp\n").unwrap_err(), @"registry.csv:3:10: appid is `ordersapp`, expected 5 to 7 lower-case letters and digits");
        insta::assert_snapshot!(csv("repository,appid\na\n").unwrap_err(), @"registry.csv:2:1: the row has 1 columns, the header 2");
        insta::assert_snapshot!(csv("repository,appid\n,abcde\n").unwrap_err(), @"registry.csv:2:1: a row needs a `repository`: the name of one, or a glob");
        insta::assert_snapshot!(csv("repository,appid\na,abcde\nb,abcdf\nA,abcdg\n").unwrap_err(), @"registry.csv:4:1: an earlier row is for `A` and the same path already");
        insta::assert_snapshot!(csv("sep=;\nrepository;appid\na;abcde;\n").unwrap_err(), @"registry.csv:3:1: the row has 3 columns, the header 2");
        insta::assert_snapshot!(csv("sep=;\nrepository;appid\n\"a;b\";x\n").unwrap_err(), @"registry.csv:3:7: appid is `x`, expected 5 to 7 lower-case letters and digits");
        insta::assert_snapshot!(csv("repository;owner\na;\u{201c}Ops\u{201d}\n").unwrap_err(), @r#"registry.csv:2:3: typographic quotes are part of the value here: write straight quotes, `"`"#);
        insta::assert_snapshot!(csv("repository,path\na,{b\n").unwrap_err(), @"registry.csv:2:3: `{b` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)");
        insta::assert_snapshot!(csv("repository,repository\na,b\n").unwrap_err(), @"registry.csv:1:12: two columns are called `repository`");
    }

    #[test]
    fn yaml_says_the_same() {
        let registry = yaml(
            "schema: 1\napplications:\n  - { repository: orders, appid: ord001, costcenter: 0042 }\n",
        );
        assert_eq!(
            registry
                .unwrap()
                .lookup(&Repositories::default().name("acme/orders"), "x")["costcenter"],
            "0042"
        );
        insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - repository: a\n    team: b\n").unwrap_err(), @"registry.yaml:4:11: applications[0].team: unknown column `team`; known ones are repository, path, appenv, appfunc, appid, appname, costcenter, dataclassification, itsmtier, owner, pipeline");
        insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - repository: a\n    appenv: PROD\n").unwrap_err(), @"registry.yaml:4:13: applications[0].appenv: appenv is `PROD`, expected one of dev, test, nonp, prod");
        insta::assert_snapshot!(yaml("schema: 2\napps: []\n").unwrap_err(), @"registry.yaml:1:9: schema: format 2 is unknown; this version reads 1");
        insta::assert_snapshot!(yaml("schema: 1\napplications:\n  - appenv: prod\n").unwrap_err(), @"registry.yaml:3:5: applications[0].repository: a row needs a `repository`: the name of one, or a glob");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(?s)(sep=[,;]\n)?repository[,;]owner\n?([a*,\"é\r\n{\\[]{0,40})", other in "(?s).{0,40}") {
            for text in [text, other] {
                drop(csv(&text));
                drop(yaml(&text));
            }
        }
    }
}
