//! Targets and what is read of them, for `scan` and `discover`.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::cli::exit::CommandError;
use crate::cli::messages;
use crate::detect::library::Library;
use crate::finding::Confidence;
use crate::scan::{Caching, Options};
use crate::source::git::RepositoryError;
use crate::source::target::{self, TargetError, Unit};
use crate::source::worktree::Breadth;

#[derive(Clone, Debug, clap::Args)]
pub struct TargetArgs {
    /// Repositories (with a working tree or bare), folders (also of many repositories), or files
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<PathBuf>,

    /// Read the working tree only
    #[arg(long, conflicts_with = "history_only")]
    pub no_history: bool,

    /// Read the git history only
    #[arg(long)]
    pub history_only: bool,

    /// Read ignored dependency, build and cache folders (node_modules, target, .venv, …) too
    #[arg(long, conflicts_with = "tracked_only")]
    pub everything: bool,

    /// Of a working tree, read only what git tracks
    #[arg(long)]
    pub tracked_only: bool,

    /// Leave submodules out, and count them: those that are checked out, and those that git keeps in .git/modules
    #[arg(long)]
    pub no_submodules: bool,

    /// Skip, and count, files and blobs larger than this (K, M and G are powers of 1024)
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = parse_blob)]
    pub max_blob: u64,

    /// Search every blob of a history whole, not only what differs from the blob that it is stored as a delta of: slower,
    /// with the same findings
    #[arg(long)]
    pub whole_blobs: bool,

    /// Memory for blobs that others are deltas of: with less, they are made again more often [default: a quarter of the
    /// machine's]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub memory: Option<u64>,

    /// Least confidence to report
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Medium)]
    pub confidence: Level,

    /// Read all of a history, and keep nothing for the next scan. Otherwise what packs hold is remembered (in
    /// $XDG_CACHE_HOME/keyferry, without values): a scan after a fetch reads what is new
    #[arg(long)]
    pub no_cache: bool,

    /// Threads [default: one a core]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Level {
    Low,
    Medium,
    High,
}

impl TargetArgs {
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
            own: None,
            max_blob: self.max_blob,
            since: None,
            cache: None,
            whole_blobs: self.whole_blobs,
            memory: self.memory.unwrap_or(defaults.memory),
            workers: self.jobs.map_or(defaults.workers, usize::from),
            confidence: match self.confidence {
                Level::Low => Confidence::Low,
                Level::Medium => Confidence::Medium,
                Level::High => Confidence::High,
            },
        }
    }

    /// Where to remember what these rules find, if that is wanted and there is a place for it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the cache is in the user's cache folder"
    )]
    pub fn cache(&self, library: &Library) -> Option<Caching> {
        let wanted = !self.no_cache && !self.no_history && !self.whole_blobs;
        let set = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
        let folder = wanted.then(home)??.join("keyferry");
        // Of another build nothing is believed, whatever it calls itself.
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

    pub fn units(&self) -> Result<Vec<Unit>, CommandError> {
        let mut units = Vec::new();
        for path in &self.targets {
            let resolved = target::resolve(path).map_err(|error| {
                let hint = match &error {
                    TargetError::Missing(_) => Some("name a repository, a folder or a file"),
                    TargetError::Repository(_, RepositoryError::Reftable) => error.hint(),
                    TargetError::Repository(..) => Some("`git fsck` tells what is wrong with it; `--no-history` cannot help, since its ignore rules and index are read too"),
                    _ => None,
                };
                let failed = CommandError::usage(error);
                match hint {
                    Some(hint) => failed.hint(hint),
                    None => failed,
                }
            })?;
            if let Some(note) = resolved.note
                && !self.no_history
            {
                messages::note(&note);
            }
            if self.history_only
                && !matches!(
                    resolved.unit.shape,
                    target::Shape::Worktree | target::Shape::Bare
                )
            {
                let error = anyhow::anyhow!(
                    "{} is not a repository: it has no history to read",
                    path.display()
                );
                return Err(CommandError::usage(error).hint("leave --history-only out"));
            }
            units.push(resolved.unit);
        }
        Ok(units)
    }
}

/// A blob is read into memory whole.
fn parse_blob(text: &str) -> Result<u64, String> {
    size(text, 4 << 30, "4G")
}

fn parse_memory(text: &str) -> Result<u64, String> {
    size(text, 1 << 40, "1T")
}

/// `64M`, `1G`, `500000`.
fn size(text: &str, most: u64, shown: &str) -> Result<u64, String> {
    let wrong = || "a size is a number, with K, M, G or T if you like".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        "T" | "TB" | "TIB" => 1 << 40,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let size = number
        .checked_mul(unit)
        .filter(|&size| size > 0 && size <= most);
    size.ok_or_else(|| format!("it takes 1 byte to {shown}"))
}

#[cfg(test)]
mod tests {
    use super::{parse_blob, parse_memory};

    #[test]
    fn sizes() {
        assert_eq!(parse_blob("64M"), Ok(64 << 20));
        assert_eq!(parse_blob("10kb"), Ok(10 << 10));
        assert_eq!(parse_blob("7"), Ok(7));
        assert_eq!(parse_memory("20G"), Ok(20 << 30));
        assert_eq!(parse_memory("1T"), Ok(1 << 40));
        assert_eq!(parse_memory("1025G"), Err("it takes 1 byte to 1T".into()));
        for wrong in ["", "M", "1T", "-1", "0", "99999999999999999999", "20G"] {
            assert!(parse_blob(wrong).is_err(), "{wrong}");
        }
    }
}
