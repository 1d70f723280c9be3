//! Options that select the detection rules.

use std::path::PathBuf;

use crate::cli::errors::CommandError;
use crate::detect::engine::Engine;
use crate::detect::library::Library;

/// Rule files besides the built-in ones.
#[derive(Clone, Debug, clap::Args)]
pub struct RuleOptions {
    /// Folder with additional rule files (*.yaml); a rule with the id of a built-in rule replaces
    /// it
    // Global, so that it can also follow the subcommand: `detectors test --detectors DIR`.
    #[arg(long, value_name = "DIR", global = true)]
    pub detectors: Vec<PathBuf>,
}

impl RuleOptions {
    /// The built-in rules and those of the given folders.
    ///
    /// # Errors
    ///
    /// A folder or a rule file that cannot be read.
    pub fn library(&self) -> Result<Library, CommandError> {
        let mut library = Library::builtin();
        for folder in &self.detectors {
            library.add_folder(folder)?;
        }
        if !self.detectors.is_empty() {
            // A mistake in the rules is reported before the scan.
            library.compile(false)?;
        }
        Ok(library)
    }

    /// `library`, if it has other rules than the built-in ones.
    pub fn own<'a>(&self, library: &'a Library) -> Option<&'a Library> {
        Some(library).filter(|_| !self.detectors.is_empty())
    }
}

/// Compiles the rules into an engine.
///
/// # Errors
///
/// A rule that is not valid.
pub fn engine(library: &Library) -> Result<Engine, CommandError> {
    let rules = library.compile(false).map_err(CommandError::usage)?;
    Ok(Engine::new(rules, jiff::Timestamp::now().as_second()))
}
