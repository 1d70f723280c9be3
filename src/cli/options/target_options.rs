//! Options of `scan` and `discover` that select the targets and the parts of them that are read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::cli::errors::CommandError;
use crate::cli::messages;
use crate::cli::next_command::quoted;
use crate::coverage::Coverage;
use crate::detect::library::Library;
use crate::finding::Confidence;
use crate::scan::{Caching, Options};
use crate::source::git::Boundary;
use crate::source::git::pack::Limits;
use crate::source::target::{self, Place, TargetError};
use crate::source::worktree::Breadth;

/// Targets, and the parts of them that are read.
#[derive(Clone, Debug, clap::Args)]
pub struct TargetOptions {
    /// Repositories (with a working tree or bare), folders (also of many repositories), or files
    #[arg(value_name = "TARGET", default_value = ".")]
    targets: Vec<PathBuf>,

    /// Read only the working tree
    #[arg(long, conflicts_with = "history_only")]
    no_history: bool,

    /// Read only the git history
    #[arg(long)]
    history_only: bool,

    /// Also read dependency, build and cache folders that git ignores (node_modules, target, .venv,
    /// …)
    #[arg(long, conflicts_with = "tracked_only")]
    everything: bool,

    /// Read only the files of the working tree that git tracks
    #[arg(long)]
    tracked_only: bool,

    /// Skip and count submodules, whether checked out or kept in .git/modules
    #[arg(long)]
    no_submodules: bool,

    /// Read repositories that git tracks as files of another repository, such as test data, with
    /// their histories
    #[arg(long)]
    embedded_repositories: bool,

    /// Follow references of a repository to places outside it: `.git` files, links, included
    /// configuration, and borrowed objects (alternates) of repositories that are no targets.
    /// Whoever wrote the repository chooses the places that are read: use this option only for
    /// repositories that you trust
    #[arg(long)]
    follow_outside: bool,

    /// Skip and count files and blobs larger than SIZE (K, M and G are powers of 1024)
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = parse_blob_size)]
    max_blob: u64,

    /// Count files and objects that were skipped because of their size as not read, so that the exit
    /// code is 3. Default in CI, where the variable CI is set to anything but false or 0
    #[arg(long, overrides_with = "no_strict")]
    strict: bool,

    /// Accept files and objects that were skipped because of their size, also in CI
    #[arg(long, overrides_with = "strict")]
    no_strict: bool,

    /// Search every blob completely, instead of only the lines that differ from its delta base;
    /// slower, with the same findings
    #[arg(long)]
    whole_blobs: bool,

    /// Hash every object of a repository, and report those whose id is another one. Otherwise the
    /// ids in packs are believed, as git believes them; slower
    #[arg(long, conflicts_with = "no_history")]
    verify_objects: bool,

    /// Search at most N times the bytes that the packs and loose objects of a repository have (at
    /// least 512K are counted; several repositories of a target share less), and make 16 times as many
    /// by applying deltas. Of a repository that would need more, the smallest objects are read, and
    /// the scan is incomplete
    #[arg(long, value_name = "N", default_value_t = Limits::EXPANSION, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    max_expansion: u64,

    /// Memory for delta bases and large texts of all threads; with less memory, bases are
    /// decompressed more often, and files that need more are not read [default: a quarter of the
    /// machine's memory]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory_size)]
    memory: Option<u64>,

    /// Time for each target; a target that takes longer is cut off and reported (0: no limit)
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(..=MOST_SECONDS))]
    time_limit: u64,

    /// Lowest confidence to report
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Medium)]
    confidence: Level,

    /// Neither use nor write the scan cache. The cache (in $XDG_CACHE_HOME/keyferry) contains the
    /// places of findings in packs, without values; with it, a scan after a fetch reads only new
    /// objects
    #[arg(long)]
    no_cache: bool,

    /// Number of threads [default: one per core]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

/// The largest time limit: ten years.
pub(super) const MOST_SECONDS: u64 = 10 * 365 * 24 * 3600;

/// Values of `--confidence`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
}

impl TargetOptions {
    /// Whether the history of repositories is read.
    pub fn reads_history(&self) -> bool {
        !self.no_history
    }

    /// The scan options that these arguments describe.
    pub fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            worktree: !self.history_only,
            history: !self.no_history,
            breadth: match (self.everything, self.tracked_only) {
                (true, _) => Breadth::Everything,
                (_, true) => Breadth::TrackedOnly,
                _ => Breadth::Usual,
            },
            submodules: !self.no_submodules,
            embedded: self.embedded_repositories,
            boundary: self.boundary(),
            own: BTreeSet::new(),
            max_blob: self.max_blob,
            max_expansion: self.max_expansion,
            since: None,
            cache: None,
            whole_blobs: self.whole_blobs,
            verify_objects: self.verify_objects,
            memory: self.memory.unwrap_or(defaults.memory),
            workers: self.jobs.map_or(defaults.workers, usize::from),
            confidence: match self.confidence {
                Level::Low => Confidence::Low,
                Level::Medium => Confidence::Medium,
                Level::High => Confidence::High,
            },
            excerpts: false,
        }
    }

    /// Whether things that were skipped because of their size make the scan incomplete. Workers have
    /// no environment, so the commands decide.
    pub fn is_strict(&self) -> bool {
        self.strict || (!self.no_strict && is_ci_job())
    }

    /// The places that reading a repository may lead to.
    pub fn boundary(&self) -> Boundary {
        Boundary::of_targets(self.targets.iter().map(PathBuf::as_path))
            .follow_outside(self.follow_outside)
    }

    /// The scan cache for the rules of `library`. `None` if it is disabled or if there is no folder
    /// for it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the cache is in the user's cache folder"
    )]
    pub fn cache(&self, library: &Library) -> Option<Caching> {
        let reads_all = self.whole_blobs || self.verify_objects;
        let wanted = !self.no_cache && !self.no_history && !reads_all;
        let set = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
        let folder = wanted.then(home)??.join("keyferry");
        // The cache of another build is not trusted, even if its version is the same.
        let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
        let built = program
            .modified()
            .ok()?
            .duration_since(std::time::UNIX_EPOCH)
            .ok()?;
        let mut hasher = Sha256::new();
        hasher.update(env!("CARGO_PKG_VERSION"));
        hasher.update(program.len().to_le_bytes());
        hasher.update(built.as_nanos().to_le_bytes());
        for (_, file) in &library.files {
            hasher.update(serde_json::to_vec(file).ok()?);
        }
        Some(Caching {
            folder,
            basis: hasher.finalize().into(),
        })
    }

    /// The canonical paths of the targets that exist.
    pub fn locations(&self) -> Vec<PathBuf> {
        let targets = self.targets.iter();
        targets
            .filter_map(|path| path.canonicalize().ok())
            .collect()
    }

    /// The targets as arguments of a command, quoted for a shell: nothing for the current folder, and an ellipsis for
    /// many.
    pub fn as_arguments(&self) -> String {
        const MOST: usize = 3;
        let targets = self.targets.iter().map(|path| path.to_string_lossy());
        let mut words: Vec<String> = targets
            .filter(|path| path != ".")
            .take(MOST + 1)
            .map(|path| format!(" {}", quoted(&path)))
            .collect();
        if words.len() > MOST {
            words.truncate(MOST);
            words.push(" …".to_owned());
        }
        words.concat()
    }

    /// Finds the targets. Nothing of them is read.
    ///
    /// # Errors
    ///
    /// A target that does not exist, or that cannot have a history with `--history-only`: most likely
    /// it is misspelt.
    pub fn targets(&self) -> Result<NamedTargets, CommandError> {
        let mut named = NamedTargets::default();
        for path in &self.targets {
            let place = match target::locate(path) {
                Err(error @ TargetError::Missing(_)) => return Err(error.into()),
                Err(error) => {
                    let path = path.to_string_lossy().into_owned();
                    named.unreadable.unreadable(path, error.to_string());
                    continue;
                }
                Ok(place) => place,
            };
            if self.history_only && !place.looks_like_repository() {
                let error = anyhow::anyhow!(
                    "{} is not a repository, so it has no history to read",
                    path.display()
                );
                return Err(CommandError::usage(error).hint("omit --history-only"));
            }
            if let Some(note) = place.note().filter(|_| !self.no_history) {
                messages::note(&note);
            }
            named.places.entry(place.location.clone()).or_insert(place);
        }
        Ok(named)
    }

    /// The time that the scan of one target may take.
    pub fn time_limit(&self) -> Option<Duration> {
        Some(self.time_limit)
            .filter(|&seconds| seconds > 0)
            .map(Duration::from_secs)
    }
}

/// The targets that the user named.
#[derive(Debug, Default)]
pub struct NamedTargets {
    /// The targets by location: the order in which they are scanned.
    pub places: BTreeMap<PathBuf, Place>,
    /// The targets that are no files or folders, or that the system does not let us read.
    pub unreadable: Coverage,
}

/// Whether this value of the variable CI says that a CI service runs the program.
/// Whether a CI service runs the program.
#[expect(
    clippy::disallowed_methods,
    reason = "CI services set the variable CI; it decides on the exit code, and on whether a value may be shown"
)]
pub fn is_ci_job() -> bool {
    names_ci(std::env::var_os("CI").as_deref())
}

fn names_ci(value: Option<&OsStr>) -> bool {
    let none = ["", "false", "0"];
    value.is_some_and(|value| !none.iter().any(|none| value.eq_ignore_ascii_case(none)))
}

/// A size that is not valid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SizeError {
    #[error("a size is a number, optionally with K, M, G or T")]
    Syntax,
    #[error("the size must be between 1 byte and {0}")]
    Range(&'static str),
}

/// Parses a maximum blob size. A blob is read into memory completely, so 4 GiB are the limit.
pub(super) fn parse_blob_size(text: &str) -> Result<u64, SizeError> {
    parse_size(text, 4 << 30, "4G")
}

fn parse_memory_size(text: &str) -> Result<u64, SizeError> {
    parse_size(text, 1 << 40, "1T")
}

/// Parses a size such as `64M`, `1G` or `500000`, in bytes. `most` is the limit and `shown` its
/// text.
fn parse_size(text: &str, most: u64, shown: &'static str) -> Result<u64, SizeError> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        "T" | "TB" | "TIB" => 1 << 40,
        _ => return Err(SizeError::Syntax),
    };
    let number: u64 = digits.parse().map_err(|_| SizeError::Syntax)?;
    number
        .checked_mul(unit)
        .filter(|&size| size > 0 && size <= most)
        .ok_or(SizeError::Range(shown))
}

#[cfg(test)]
mod tests {
    use super::{SizeError, names_ci, parse_blob_size, parse_memory_size};

    #[test]
    fn sizes() {
        assert_eq!(parse_blob_size("64M"), Ok(64 << 20));
        assert_eq!(parse_blob_size("10kb"), Ok(10 << 10));
        assert_eq!(parse_blob_size("7"), Ok(7));
        assert_eq!(parse_memory_size("20G"), Ok(20 << 30));
        assert_eq!(parse_memory_size("1T"), Ok(1 << 40));
        assert_eq!(parse_memory_size("1025G"), Err(SizeError::Range("1T")));
        for wrong in ["", "M", "1T", "-1", "0", "99999999999999999999", "20G"] {
            assert!(parse_blob_size(wrong).is_err(), "{wrong}");
        }
    }
    #[test]
    fn values_of_ci() {
        for (value, expected) in [
            ("true", true),
            ("1", true),
            ("woodpecker", true),
            ("", false),
            ("0", false),
            ("false", false),
            ("False", false),
        ] {
            assert_eq!(names_ci(Some(value.as_ref())), expected, "{value}");
        }
        assert!(!names_ci(None));
    }
}
