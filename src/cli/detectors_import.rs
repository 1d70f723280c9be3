//! `keyferry detectors import`

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::exit::{CommandError, CommandResult, Exit};
use super::messages;
use crate::detect::foreign::{self, Conversion, ForeignFormat, Note, RuleOutcome};
use crate::detect::library::Library;
use crate::detect::rule::RuleFile;
use crate::escape;
use crate::output;
use crate::report::table::{self, Align};
use crate::yaml;

/// Carry rules of another scanner over: gitleaks or betterleaks (TOML), kingfisher or Nosey Parker (YAML)
///
/// Tells of each rule what became of it and what is not as it was: conditions on paths, allow-lists, filters, calls to a
/// provider. Without --output it tells, and writes nothing. What is written is made of the file alone: look it through,
/// above all kinds and confidences, and try it with `keyferry detectors test --detectors DIR`.
///
/// Exit codes: 0 every rule came over, 2 a file cannot be read or is none of these (nothing is written), 3 some rules
/// did not come over, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Files with rules: *.toml, *.yml, *.yaml
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Folder for our rule files, one a provider; none that is there is replaced
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// What became of one file.
struct Account<'a> {
    path: &'a Path,
    format: ForeignFormat,
    /// About the file as a whole.
    notes: Vec<Note>,
    outcomes: Vec<RuleOutcome>,
}

pub fn run(args: &Args, library: &Library) -> CommandResult {
    let mut taken: BTreeSet<String> = library.specs().map(|(_, rule)| rule.id.clone()).collect();
    let mut files: BTreeMap<String, RuleFile> = BTreeMap::new();
    let mut accounts = Vec::new();
    for path in &args.files {
        let text = yaml::read_text(path).map_err(CommandError::usage)?;
        let mut foreign = foreign::read(path, &text).map_err(|error| {
            CommandError::usage(error).hint(
                "it reads gitleaks' and betterleaks' TOML, kingfisher's and Nosey Parker's YAML",
            )
        })?;
        let (format, mut notes) = (foreign.format, std::mem::take(&mut foreign.notes));
        notes.sort_by_key(|note| note.line);
        let Conversion {
            files: made,
            outcomes,
        } = foreign::convert(foreign, &taken);
        taken.extend(
            made.values()
                .flat_map(|file| file.rules.iter().map(|rule| rule.id.clone())),
        );
        for (name, file) in made {
            match files.get_mut(&name) {
                Some(there) => there.add(file),
                None => drop(files.insert(name, file)),
            }
        }
        accounts.push(Account {
            path,
            format,
            notes,
            outcomes,
        });
    }
    for file in files.values_mut().filter(|file| file.opens.is_empty()) {
        file.opens = "Not told by the rules that these were imported from.".to_owned();
    }
    if let Some(folder) = &args.output {
        write_files(folder, &files)?;
    }
    output::write(None, |out| tell(out, &accounts)).map_err(CommandError::failed)?;
    match &args.output {
        Some(folder) => {
            let files = files.len();
            let s = if files == 1 { "" } else { "s" };
            messages::note(&format!(
                "wrote {files} rule file{s} into {}",
                folder.display()
            ));
        }
        None => messages::note("nothing is written without --output DIR"),
    }
    let stayed = accounts
        .iter()
        .flat_map(|account| &account.outcomes)
        .any(|fate| fate.outcome.is_err());
    Ok(if stayed {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

/// Writes all files, or none if one is there already.
fn write_files(folder: &Path, files: &BTreeMap<String, RuleFile>) -> Result<(), CommandError> {
    let path = |name: &String| folder.join(format!("{name}.yaml"));
    if let Some(there) = files
        .keys()
        .map(path)
        .find(|path| path.symlink_metadata().is_ok())
    {
        let error = anyhow::anyhow!("{} is there already; nothing was written", there.display());
        return Err(
            CommandError::usage(error).hint("name an empty folder, and take from it what you want")
        );
    }
    let cannot =
        |error: io::Error| anyhow::anyhow!("cannot make the folder {}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(|error| CommandError::failed(cannot(error)))?;
    for (name, file) in files {
        let text = serde_yaml::to_string(file).map_err(anyhow::Error::from)?;
        output::write_file(&path(name), |out| out.write_all(text.as_bytes()))
            .map_err(CommandError::failed)?;
    }
    Ok(())
}

fn tell(out: &mut dyn Write, accounts: &[Account]) -> io::Result<()> {
    let (mut came, mut stayed, mut found, mut examples) = (0, 0, 0, 0);
    // About what, and in how many rules or files.
    let mut about: BTreeMap<&str, u64> = BTreeMap::new();
    for account in accounts {
        let path = escape::line(&account.path.to_string_lossy()).into_owned();
        writeln!(out, "{path}: rules of {}", account.format.name())?;
        notes(out, &account.notes)?;
        let mut seen: BTreeSet<&str> = account.notes.iter().map(|note| note.about).collect();
        seen.iter()
            .for_each(|what| *about.entry(what).or_default() += 1);
        for fate in &account.outcomes {
            let id = if fate.id.is_empty() {
                "(a rule without id)".into()
            } else {
                escape::line(&fate.id)
            };
            match &fate.outcome {
                Ok(ids) => {
                    came += 1;
                    let assumed = if fate.assumed.is_empty() {
                        "nothing".into()
                    } else {
                        fate.assumed.join(", ")
                    };
                    writeln!(
                        out,
                        "  {}: {id} -> {} (assumed: {assumed})",
                        fate.line,
                        ids.join(", ")
                    )?;
                }
                Err(why) => {
                    stayed += 1;
                    writeln!(
                        out,
                        "  {}: {id} is not converted: {}",
                        fate.line,
                        escape::line(&why.to_string())
                    )?;
                }
            }
            notes(out, &fate.notes)?;
            seen = fate.notes.iter().map(|note| note.about).collect();
            seen.iter()
                .for_each(|what| *about.entry(what).or_default() += 1);
            found += fate.examples_found;
            examples += fate.examples;
        }
        writeln!(out)?;
    }
    let total = came + stayed;
    writeln!(
        out,
        "{came} of {total} rules converted, {stayed} not; a value is found in {found} of their {examples} examples"
    )?;
    let rows: Vec<_> = about
        .into_iter()
        .map(|(what, count)| vec![what.to_owned(), count.to_string()])
        .collect();
    if !rows.is_empty() {
        writeln!(out, "\ndifferences, with the number of rules or files:")?;
        table::write(out, "  ", &[Align::Left, Align::Right], &rows)?;
    }
    Ok(())
}

fn notes(out: &mut dyn Write, notes: &[Note]) -> io::Result<()> {
    notes.iter().try_for_each(|note| {
        writeln!(
            out,
            "    {}: {}: {}",
            note.line,
            note.about,
            escape::line(&note.text)
        )
    })
}
