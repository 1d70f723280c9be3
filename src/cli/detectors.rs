//! `keyferry detectors`

use std::io::Write;

use super::exit::{CommandError, CommandResult, Exit};
use super::options::rule_options::RuleArgs;
use super::{detectors_import, messages};
use crate::detect::library::Library;
use crate::detect::rule::RuleFile;
use crate::detect::selftest;
use crate::output;
use crate::report::detectors::{self as report, Format};

/// List, show and test the rules that find secrets, and import those of another scanner
///
/// Exit codes: 0 done, 2 no such rule or file, 3 `import`: some rules did not come over, 4 `test`: a rule fails its own
/// examples.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub action: Action,

    #[command(flatten)]
    pub rules: RuleArgs,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Action {
    /// A line for each rule
    List {
        /// How the rules are written
        #[arg(long, short, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// One rule, as a rule file that --detectors takes
    Show {
        /// Rule id, see `detectors list`
        id: String,
    },
    /// Run every rule on its examples and negatives
    Test,
    Import(detectors_import::Args),
}

pub fn run(args: &Args) -> CommandResult {
    let library = args.rules.library()?;
    match &args.action {
        Action::List { format } => print(|out| report::write(*format, out, &library))?,
        Action::Import(args) => return detectors_import::run(args, &library),
        Action::Show { id } => {
            let found = library.specs().find(|(_, rule)| rule.id == *id);
            let (file, rule) = found.ok_or_else(|| {
                CommandError::usage(anyhow::anyhow!("no rule has the id {id}"))
                    .hint(names_like(&library, id))
            })?;
            // A whole file, so that a rule of one's own can begin as a copy.
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

/// Ids that begin like a wrong one, or where to find all of them.
fn names_like(library: &Library, wrong: &str) -> String {
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
        return "`keyferry detectors list` names them all".to_owned();
    }
    format!("there are {}", like.join(", "))
}

fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), CommandError> {
    output::write(None, write).map_err(CommandError::failed)
}
