//! `keyferry detectors`

use std::io::Write;

use super::exit::{CommandError, CommandResult, Exit};
use super::rules::RuleArgs;
use super::ui;
use crate::detect::rule::RuleFile;
use crate::detect::selftest;
use crate::output;
use crate::report::table::{self, Align};

/// List, show and test the rules that find secrets
///
/// Exit codes: 0 done, 2 no such rule, 4 a rule fails its own examples.
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
    List,
    /// One rule, as a rule file that --detectors takes
    Show {
        /// Rule id, see `detectors list`
        id: String,
    },
    /// Run every rule on its examples and negatives
    Test,
}

pub fn run(args: &Args) -> CommandResult {
    let library = args.rules.library()?;
    match &args.action {
        Action::List => {
            let mut rows: Vec<Vec<String>> = library
                .specs()
                .map(|(file, rule)| {
                    vec![
                        rule.id.clone(),
                        rule.kind.name().into(),
                        rule.confidence.name().into(),
                        file.provider.clone(),
                        rule.name.clone(),
                    ]
                })
                .collect();
            rows.sort();
            rows.insert(0, ["ID", "KIND", "CONFIDENCE", "PROVIDER", "FINDS"].map(str::to_owned).to_vec());
            print(|out| table::write(out, "", &[Align::Left; 5], &rows))?;
        }
        Action::Show { id } => {
            let found = library.specs().find(|(_, rule)| rule.id == *id);
            let (file, rule) = found.ok_or_else(|| {
                CommandError::usage(anyhow::anyhow!("no rule has the id {id}"))
                    .hint("`keyferry detectors list` names them all")
            })?;
            // A whole file, so that a rule of one's own can begin as a copy.
            let alone = RuleFile { rules: vec![rule.clone()], ..file.clone() };
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
                    ui::warn(&format!("{}: {failure}", rule.id));
                }
            }
            library.compile(false).map_err(CommandError::failed)?;
            print(|out| writeln!(out, "{rules} rules, {examples} examples and negatives, {failed} failures"))?;
            return Ok(if failed == 0 { Exit::Clean } else { Exit::Failed });
        }
    }
    Ok(Exit::Clean)
}

fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), CommandError> {
    output::write(None, write).map_err(CommandError::failed)
}
