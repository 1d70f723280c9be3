//! All rules: the built-in ones and those of the user.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::compile::Rule;
use super::rule::{RuleFile, RuleSpec};

/// The rule files by name, in order.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub files: Vec<(String, RuleFile)>,
}

/// A rule file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// The message holds line and column.
    #[error("{path}: {message}")]
    Syntax { path: PathBuf, message: String },
    #[error("{path}: schema {found} is not known; this version reads schema {known}", known = Library::SCHEMA)]
    Schema { path: PathBuf, found: u32 },
    #[error("{path}: rule `{id}`: {message}")]
    Rule { path: PathBuf, id: String, message: String },
    #[error("{path} holds no rule file (*.yaml)")]
    Empty { path: PathBuf },
}

#[derive(Deserialize)]
struct Embedded {
    file: String,
    content: RuleFile,
}

impl Library {
    pub const SCHEMA: u32 = 1;

    /// The rules in the binary.
    pub fn builtin() -> Self {
        let text = include_bytes!(concat!(env!("OUT_DIR"), "/detectors.json"));
        let files: Vec<Embedded> =
            serde_json::from_slice(text).unwrap_or_else(|error| panic!("built-in rules: {error}"));
        Self { files: files.into_iter().map(|file| (file.file, file.content)).collect() }
    }

    /// Adds the `*.yaml` files of a folder. A rule with the id of one that is there already replaces it.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), LibraryError> {
        let read = |source| LibraryError::Read { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(LibraryError::Empty { path: folder.to_owned() });
        }
        paths.sort();
        for path in paths {
            let file = parse(&path)?;
            for rule in &file.rules {
                // A user's mistake is told before the scan, not when the rule first runs.
                Rule::compile(rule, &file.provider, true).map_err(|message| LibraryError::Rule {
                    path: path.clone(),
                    id: rule.id.clone(),
                    message,
                })?;
                self.remove(&rule.id);
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            self.files.push((name, file));
        }
        Ok(())
    }

    fn remove(&mut self, id: &str) {
        for (_, file) in &mut self.files {
            file.rules.retain(|rule| rule.id != id);
        }
    }

    pub fn specs(&self) -> impl Iterator<Item = (&RuleFile, &RuleSpec)> {
        self.files.iter().flat_map(|(_, file)| file.rules.iter().map(move |rule| (file, rule)))
    }

    /// Rules ready to run, in order of id. `thorough` compiles every expression at once.
    pub fn compile(&self, thorough: bool) -> Result<Vec<Rule>, LibraryError> {
        let mut rules = BTreeMap::new();
        for (name, file) in &self.files {
            let error =
                |spec: &RuleSpec, message| LibraryError::Rule { path: name.into(), id: spec.id.clone(), message };
            for spec in &file.rules {
                let rule = Rule::compile(spec, &file.provider, thorough).map_err(|message| error(spec, message))?;
                if rules.insert(spec.id.clone(), rule).is_some() {
                    return Err(error(spec, "the id is used twice".into()));
                }
            }
        }
        Ok(rules.into_values().collect())
    }
}

fn parse(path: &Path) -> Result<RuleFile, LibraryError> {
    let text = std::fs::read_to_string(path).map_err(|source| LibraryError::Read { path: path.to_owned(), source })?;
    let file: RuleFile = serde_yaml::from_str(&text)
        .map_err(|error| LibraryError::Syntax { path: path.to_owned(), message: error.to_string() })?;
    if file.schema != Library::SCHEMA {
        return Err(LibraryError::Schema { path: path.to_owned(), found: file.schema });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("own.yaml"), text).unwrap();
        folder
    }

    #[test]
    fn the_built_in_rules_compile() {
        let rules = Library::builtin().compile(true).unwrap();
        assert!(!rules.is_empty());
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let rules = folder("schema: 1\nprovider: X\nopens: y\nrules:\n  - id: a\n    nmae: b\n");
        let error = Library::default().add_folder(rules.path()).unwrap_err().to_string();
        assert!(error.contains("own.yaml") && error.contains("nmae") && error.contains("line 6 column 5"), "{error}");
        let newer = folder("schema: 9\nprovider: X\nopens: y\nrules: []\n");
        assert!(matches!(Library::default().add_folder(newer.path()), Err(LibraryError::Schema { found: 9, .. })));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(Library::default().add_folder(empty.path()), Err(LibraryError::Empty { .. })));
    }

    #[test]
    fn a_rule_of_the_user_replaces_ours() {
        let mut library = Library::builtin();
        let count = library.specs().count();
        let id = library.specs().next().unwrap().1.id.clone();
        let own = folder(&format!(
            "schema: 1\nprovider: Own\nopens: y\nrules:\n  - {{id: {id}, name: n, kind: application, confidence: low, anchors: [zzz], pattern: zzz, examples: [zzz]}}\n"
        ));
        library.add_folder(own.path()).unwrap();
        assert_eq!(library.specs().count(), count);
        assert_eq!(library.specs().find(|(_, rule)| rule.id == id).unwrap().0.provider, "Own");
    }
}
