//! `keyferry detectors`

use std::io::Write;

use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::options::RuleOptions;
use super::{detectors_import, messages};
use crate::detect::library::Library;
use crate::detect::rule::RuleFile;
use crate::detect::selftest;
use crate::output;
use crate::report::detectors::{self as report, Format};

/// List, show and test detection rules, and convert the rules of other scanners
///
/// Exit codes: 0 done, 2 usage error, unknown rule or unreadable file, 3 `import`: some rules were
/// not converted, 4 failed, or `test`: a rule fails its examples.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    rules: RuleOptions,
}

/// Subcommands of `detectors`.
#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// List all rules, one per line
    List {
        /// Format of the list
        #[arg(long, short, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Print one rule as a rule file for --detectors
    Show {
        /// Id of the rule, see `detectors list`
        id: String,
    },
    /// Test every rule on its examples and negative examples
    Test,
    Import(detectors_import::Args),
}

/// Runs the command.
///
/// # Errors
///
/// Wrong rule files, or a rule that does not exist.
pub fn run(args: &Args) -> CommandResult {
    let library = args.rules.library()?;
    match &args.action {
        Action::List { format } => print(|out| report::write(*format, out, &library))?,
        Action::Import(args) => return detectors_import::run(args, &library),
        Action::Show { id } => {
            let found = library.specs().find(|(_, rule)| rule.id == *id);
            let (file, rule) = found.ok_or_else(|| {
                CommandError::usage(anyhow::anyhow!("no rule has the id {id}"))
                    .hint(similar_ids(&library, id))
            })?;
            // A complete rule file, so that users can start their own rule from a copy.
            let alone = RuleFile {
                rules: vec![rule.clone()],
                ..file.clone()
            };
            let text = serde_yaml::to_string(&alone).map_err(anyhow::Error::from)?;
            print(|out| out.write_all(text.as_bytes()))?;
        }
        Action::Test => {
            let (mut rules, mut examples, mut failed) = (0, 0, 0);
            for (file, rule) in library.specs() {
                rules += 1;
                examples += rule.examples.len() + rule.negatives.len();
                for failure in selftest::failures(file, rule) {
                    failed += 1;
                    messages::warn(&format!("{}: {failure}", rule.id));
                }
            }
            library.compile(false).map_err(CommandError::failed)?;
            print(|out| {
                writeln!(
                    out,
                    "{rules} rules, {examples} examples and negatives, {failed} failures"
                )
            })?;
            return Ok(if failed == 0 {
                Exit::Clean
            } else {
                Exit::Failed
            });
        }
    }
    Ok(Exit::Clean)
}

/// A hint with the ids that start like an unknown id, or the command that lists all ids.
fn similar_ids(library: &Library, wrong: &str) -> String {
    let head = wrong
        .split('-')
        .next()
        .unwrap_or(wrong)
        .to_ascii_lowercase();
    let ids = library.specs().map(|(_, rule)| rule.id.as_str());
    let mut like: Vec<&str> = ids
        .filter(|id| id.split('-').next() == Some(head.as_str()))
        .collect();
    like.sort_unstable();
    if like.is_empty() {
        return "`keyferry detectors list` lists all ids".to_owned();
    }
    format!("similar ids: {}", like.join(", "))
}

fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), CommandError> {
    Ok(output::write(None, write)?)
}
