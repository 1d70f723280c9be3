//! Rules for the commands that detect: the built-in ones, and those of `--detectors`.

use std::path::PathBuf;

use crate::cli::exit::CommandError;
use crate::detect::engine::Engine;
use crate::detect::library::Library;

#[derive(Clone, Debug, clap::Args)]
pub struct RuleArgs {
    /// Folder with rule files (*.yaml) to use beside the built-in ones; a rule with the same id replaces ours
    // Global: `detectors test --detectors DIR` is how one says it.
    #[arg(long, value_name = "DIR", global = true)]
    pub detectors: Vec<PathBuf>,
}

impl RuleArgs {
    pub fn library(&self) -> Result<Library, CommandError> {
        let mut library = Library::builtin();
        for folder in &self.detectors {
            library.add_folder(folder).map_err(|error| {
                CommandError::usage(error)
                    .hint("`keyferry detectors show ID` prints a rule of ours as an example of the format")
            })?;
        }
        Ok(library)
    }
}

pub fn engine(library: &Library) -> Result<Engine, CommandError> {
    let rules = library.compile(false).map_err(CommandError::usage)?;
    Ok(Engine::new(rules, jiff::Timestamp::now().as_second()))
}
