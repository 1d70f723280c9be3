//! Reads values of repositories again for the import, each repository in a process of its own.
//!
//! The command that has the credentials and the key reads no repository itself. If the process of a
//! repository ends, overruns its time or sends nonsense, nothing more is read of this repository;
//! the others are not affected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::reader_watch::{ReaderEnd, ReaderWatch};
use super::request::{ReadRequest, Request, RulesMessage};
use super::supervisor::UNCOUNTED_MEMORY;
use crate::cancel;
use crate::detect::library::Library;
use crate::finding::Occurrence;
use crate::scan::place_line::{LineWish, PlaceLine};
use crate::secret::SecretValue;
use crate::source::git::Boundary;
use crate::source::value_reader::RereadError;

/// The most processes at once. The import reads repository by repository; other repositories are
/// read for values that the first one no longer has.
const MOST_READERS: usize = 4;

/// The time for one value, in which the packs of a large repository can be opened.
const VALUE_TIME: Duration = Duration::from_secs(300);

/// The limits of reading.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// The time for all values of a repository. `None`: no limit.
    pub time: Option<Duration>,
    /// The most bytes of an object, or of a value.
    pub largest: u64,
}

/// Why a value could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// The inventory has no location of this repository.
    #[error("the inventory does not say where {0} is")]
    UnknownRepository(String),
    /// The place cannot be read.
    #[error(transparent)]
    Place(#[from] RereadError),
    /// The process that reads the repository ended. None of its values can be read.
    #[error("{end}")]
    Ended {
        /// The name of the repository.
        repository: String,
        /// How it ended.
        end: ReaderEnd,
    },
}

impl ReadFailure {
    /// What the user can do, if no value of a whole repository can be read.
    pub fn repository_hint(&self) -> Option<String> {
        let Self::Ended { repository, end } = self else {
            return None;
        };
        let cause = match end {
            ReaderEnd::Overrun => "--time-limit gives it more time",
            ReaderEnd::Process(_) => "check this repository",
            ReaderEnd::Interrupted => "nothing is wrong with it",
        };
        Some(format!(
            "no further value of {repository} was read: {cause}, then run the import again"
        ))
    }
}

/// Reads values again, with the location of each repository on this machine.
pub struct ValueReaders {
    locations: BTreeMap<String, PathBuf>,
    /// The boundary of a run with all repositories of the inventory as targets.
    boundary: Boundary,
    limits: ReadLimits,
    /// The rules for lines, if they are not the built-in ones.
    rules: Option<RulesMessage>,
    state: Mutex<State>,
}

/// The answer of a reader. `None`: the place holds another value.
type Answer<T> = Result<Result<Option<T>, RereadError>, ReaderEnd>;

#[derive(Default)]
struct State {
    /// The readers that run, by the name of the repository; the one that was used last at the end.
    running: Vec<(String, ReaderWatch)>,
    /// The time that reading a repository has taken.
    spent: BTreeMap<String, Duration>,
    /// The repositories of which nothing more is read.
    ended: BTreeMap<String, ReaderEnd>,
}

impl ValueReaders {
    /// For the repositories at these locations, by name.
    pub fn new(locations: BTreeMap<String, PathBuf>, limits: ReadLimits) -> Self {
        // A location was canonical when it was recorded. One that is a link now leads to a place
        // that nobody named.
        let in_place = |path: &&PathBuf| path.canonicalize().is_ok_and(|real| real == **path);
        let places = locations.values().filter(in_place).map(PathBuf::as_path);
        Self {
            boundary: Boundary::of_targets(places),
            locations,
            limits,
            rules: None,
            state: Mutex::default(),
        }
    }

    /// With other rules than the built-in ones, for lines.
    ///
    /// # Errors
    ///
    /// The rules cannot be sent.
    pub fn with_rules(mut self, rules: Option<&Library>) -> Result<Self, serde_json::Error> {
        self.rules = rules.map(RulesMessage::of).transpose()?;
        Ok(self)
    }

    /// With `follow`, references of a repository are followed wherever they lead.
    #[must_use]
    pub fn follow_outside(mut self, follow: bool) -> Self {
        self.boundary = self.boundary.follow_outside(follow);
        self
    }

    /// The value of an occurrence, as it is now. `None`: the place can be read and holds another
    /// value. `is_wanted` judges each candidate.
    ///
    /// # Errors
    ///
    /// The place cannot be read.
    pub fn read(
        &self,
        occurrence: &Occurrence,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
    ) -> Result<Option<SecretValue>, ReadFailure> {
        self.ask(occurrence, |reader, deadline| {
            reader.find(occurrence, is_wanted, deadline)
        })
    }

    /// The line of an occurrence, as it is now. `None`: the place can be read and holds another value. `is_wanted` judges
    /// each candidate.
    ///
    /// # Errors
    ///
    /// The place cannot be read.
    pub fn line(
        &self,
        occurrence: &Occurrence,
        wish: LineWish,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
    ) -> Result<Option<PlaceLine>, ReadFailure> {
        self.ask(occurrence, |reader, deadline| {
            reader.line(occurrence, wish, is_wanted, deadline)
        })
    }

    /// Asks the reader of the repository of an occurrence.
    fn ask<T>(
        &self,
        occurrence: &Occurrence,
        question: impl FnOnce(&mut ReaderWatch, Option<Instant>) -> Answer<T>,
    ) -> Result<Option<T>, ReadFailure> {
        let name = &occurrence.repository;
        let location = self
            .locations
            .get(name)
            .ok_or_else(|| ReadFailure::UnknownRepository(name.clone()))?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        let found = state.ask(self, location, name, question);
        *state.spent.entry(name.clone()).or_default() += begun.elapsed();
        match found {
            Ok(Ok(Some(answer))) => Ok(Some(answer)),
            // An interrupted reader may have stopped early.
            Ok(_) if cancel::interrupted() => Err(ended(name, ReaderEnd::Interrupted)),
            Ok(found) => Ok(found?),
            Err(end) => {
                state.ended.insert(name.clone(), end.clone());
                Err(ended(name, end))
            }
        }
    }

    fn request(&self, location: &Path) -> Request {
        Request::ReadValues(ReadRequest {
            location: location.to_owned(),
            boundary: self.boundary.clone(),
            largest: self.limits.largest,
            rules: self.rules.clone(),
            now: jiff::Timestamp::now().as_second(),
            // An object, its base, and copies of both.
            memory_limit: UNCOUNTED_MEMORY.saturating_add(self.limits.largest.saturating_mul(4)),
        })
    }
}

fn ended(repository: &str, end: ReaderEnd) -> ReadFailure {
    ReadFailure::Ended {
        repository: repository.to_owned(),
        end,
    }
}

impl State {
    fn ask<T>(
        &mut self,
        readers: &ValueReaders,
        location: &Path,
        name: &str,
        question: impl FnOnce(&mut ReaderWatch, Option<Instant>) -> Answer<T>,
    ) -> Answer<T> {
        if let Some(end) = self.ended.get(name) {
            return Err(end.clone());
        }
        let spent = self.spent.get(name).copied().unwrap_or_default();
        let left = readers.limits.time.map(|limit| limit.saturating_sub(spent));
        let deadline = left.map(|left| Instant::now() + left.min(VALUE_TIME));
        let running = self.running.iter().position(|(running, _)| running == name);
        let mut reader = match running {
            Some(index) => self.running.remove(index).1,
            None => {
                if self.running.len() >= MOST_READERS {
                    self.running.remove(0);
                }
                ReaderWatch::start(readers.request(location))?
            }
        };
        let found = question(&mut reader, deadline)?;
        self.running.push((name.to_owned(), reader));
        Ok(found)
    }
}
