//! The library of rules: the built-in rules and those of the user.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::compile::Rule;
use super::rule::{RuleFile, RuleSpec};
use crate::human_text;
use crate::no_follow_open::Links;
use crate::yaml::{self, FileError, Mistake, key_path};

/// All rule files.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Name and content of each file, in order.
    pub files: Vec<(String, RuleFile)>,
}

/// A rule file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A file cannot be read or has a mistake.
    #[error(transparent)]
    File(#[from] FileError),
    /// A rule does not compile, or two files define it.
    #[error("{}: rule `{id}`: {message}", path.display())]
    Rule {
        /// The file that defines the rule.
        path: PathBuf,
        /// The id of the rule.
        id: String,
        /// The mistake, as a sentence without its end.
        message: String,
    },
    /// The folder has no rule files.
    #[error("{} contains no rule file (*.yaml)", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// A rule file as `build.rs` embeds it.
#[derive(Deserialize)]
struct Embedded {
    /// Name of the file.
    file: String,
    /// The rules in it.
    content: RuleFile,
}

impl Library {
    /// The rules that are embedded in the program.
    pub fn builtin() -> Self {
        let text = include_bytes!(concat!(env!("OUT_DIR"), "/detectors.json"));
        let files: Vec<Embedded> =
            serde_json::from_slice(text).unwrap_or_else(|error| panic!("built-in rules: {error}"));
        Self {
            files: files
                .into_iter()
                .map(|file| (file.file, file.content))
                .collect(),
        }
    }

    /// Adds the `*.yaml` and `*.yml` files of a folder. A rule replaces an earlier rule with the
    /// same id.
    ///
    /// # Errors
    /// If the folder or a file cannot be read, the folder has no rule file, or a rule is wrong.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), LibraryError> {
        let read = |source| LibraryError::Folder {
            path: folder.to_owned(),
            source,
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path
                .extension()
                .is_some_and(|ending| ending == "yaml" || ending == "yml")
            {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(LibraryError::Empty {
                path: folder.to_owned(),
            });
        }
        paths.sort();
        for path in paths {
            let text = human_text::read(&path, Links::Followed)?;
            let file = parse(&path, &text)?;
            for (at, rule) in file.rules.iter().enumerate() {
                // A user's mistake is reported before the scan, not when the rule first runs.
                Rule::compile(rule, &file.provider, true).map_err(|mistake| {
                    let message = format!("{} (rule `{}`)", mistake.message, rule.id);
                    Mistake::new(key_path!["rules", at, mistake.field], message)
                        .in_text(&path, &text)
                })?;
                self.remove(&rule.id);
            }
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            self.files.push((name, file));
        }
        Ok(())
    }

    /// Removes the rule with an id.
    fn remove(&mut self, id: &str) {
        for (_, file) in &mut self.files {
            file.rules.retain(|rule| rule.id != id);
        }
    }

    /// All rules, each with the file that defines it.
    pub fn specs(&self) -> impl Iterator<Item = (&RuleFile, &RuleSpec)> {
        self.files
            .iter()
            .flat_map(|(_, file)| file.rules.iter().map(move |rule| (file, rule)))
    }

    /// Prepares all rules to run, in order of their ids. `thorough` compiles every expression at
    /// once.
    ///
    /// # Errors
    /// If a rule is wrong, or two rules have the same id.
    pub fn compile(&self, thorough: bool) -> Result<Vec<Rule>, LibraryError> {
        let mut rules = BTreeMap::new();
        for (name, file) in &self.files {
            let error = |spec: &RuleSpec, message| LibraryError::Rule {
                path: name.into(),
                id: spec.id.clone(),
                message,
            };
            for spec in &file.rules {
                let rule = Rule::compile(spec, &file.provider, thorough)
                    .map_err(|mistake| error(spec, mistake.message))?;
                if rules.insert(spec.id.clone(), rule).is_some() {
                    return Err(error(spec, "the id is used twice".into()));
                }
            }
        }
        Ok(rules.into_values().collect())
    }
}

/// Parses a rule file.
fn parse(path: &Path, text: &str) -> Result<RuleFile, LibraryError> {
    /// Read first, so that a file of a later format is refused for its version and not for its new
    /// fields.
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "schema", deserialize_with = "yaml::schema_one")]
        _schema: u32,
    }
    let _: Head = yaml::from_yaml(path, text)?;
    Ok(yaml::from_yaml(path, text)?)
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
        let head = "schema: 1\nprovider: X\nopens: y\nrules:\n";
        let rule = "  - id: a\n    name: A\n    kind: application\n    confidence: low\n    examples: [x]\n";
        for (text, message) in [
            (
                format!("{head}  - id: a\n    nmae: b\n"),
                "own.yaml:6:5: rules[0]: unknown field `nmae`",
            ),
            (
                "schema: 9\nfuture: x\n".into(),
                "own.yaml:1:9: schema: format 9 is unknown; this version reads 1",
            ),
            (String::new(), "own.yaml:1:1: the file is empty"),
            (
                format!("{head}{rule}    pattern: 'abc('\n    anchors: [abc]\n"),
                "own.yaml:10:14: rules[0].pattern: the regular expression does not parse",
            ),
            (
                format!("{head}{rule}    pattern: abc\n    anchors: [ab]\n"),
                "own.yaml:11:14: rules[0].anchors: the anchor",
            ),
        ] {
            let rules = folder(&text);
            let error = Library::default()
                .add_folder(rules.path())
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{error}");
        }
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(
            Library::default().add_folder(empty.path()),
            Err(LibraryError::Empty { .. })
        ));
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
        assert_eq!(
            library
                .specs()
                .find(|(_, rule)| rule.id == id)
                .unwrap()
                .0
                .provider,
            "Own"
        );
    }
}
