//! `keyferry detectors import`

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use crate::detect::foreign::{self, Conversion, ForeignFormat, Note, RuleOutcome};
use crate::detect::library::Library;
use crate::detect::rule::RuleFile;
use crate::escape;
use crate::human_text;
use crate::no_follow_open::{self, Links};
use crate::output;
use crate::report::table::{self, Align};

/// Convert rules of other scanners: gitleaks or betterleaks (TOML), kingfisher or Nosey Parker
/// (YAML)
///
/// Reports for each rule whether it was converted and which parts of it have no counterpart:
/// conditions on paths, allow-lists, filters, validation calls. Without --output nothing is
/// written. Review the converted rules, above all their kinds and confidences, and test them with
/// `keyferry detectors test --detectors DIR`.
///
/// Exit codes: 0 all rules were converted, 2 usage error, or a file that cannot be read or has an
/// unknown format (nothing is written), 3 some rules were not converted, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Rule files: *.toml, *.yml, *.yaml
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Folder to write the rule files to, one per provider; existing files are not replaced
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// The result of converting one file.
struct ConvertedFile<'a> {
    path: &'a Path,
    format: ForeignFormat,
    /// Notes on the file as a whole.
    notes: Vec<Note>,
    outcomes: Vec<RuleOutcome>,
}

/// Runs the command. `library` contains the rules whose ids are taken.
///
/// # Errors
///
/// A file that cannot be read or has an unknown format, or rule files that cannot be written.
pub fn run(args: &Args, library: &Library) -> CommandResult {
    let mut taken: BTreeSet<String> = library.specs().map(|(_, rule)| rule.id.clone()).collect();
    let mut files: BTreeMap<String, RuleFile> = BTreeMap::new();
    let mut converted = Vec::new();
    for path in &args.files {
        let text = human_text::read(path, Links::Followed).map_err(CommandError::usage)?;
        let mut foreign = foreign::read(path, &text).map_err(CommandError::foreign_rules)?;
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
        converted.push(ConvertedFile {
            path,
            format,
            notes,
            outcomes,
        });
    }
    for file in files.values_mut().filter(|file| file.opens.is_empty()) {
        file.opens = "Not documented in the imported rules.".to_owned();
    }
    if let Some(folder) = &args.output {
        write_files(folder, &files)?;
    }
    output::write(None, |out| write_report(out, &converted))?;
    match &args.output {
        Some(folder) => {
            let files = files.len();
            let s = if files == 1 { "" } else { "s" };
            messages::note(&format!(
                "wrote {files} rule file{s} into {}",
                folder.display()
            ));
        }
        None => messages::note("nothing was written; --output DIR writes the rule files"),
    }
    let unconverted = converted
        .iter()
        .flat_map(|file| &file.outcomes)
        .any(|fate| fate.outcome.is_err());
    Ok(if unconverted {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

/// Writes all files, or no file if one of them exists.
fn write_files(folder: &Path, files: &BTreeMap<String, RuleFile>) -> Result<(), CommandError> {
    let path = |name: &String| folder.join(format!("{name}.yaml"));
    if let Some(there) = files
        .keys()
        .map(path)
        .find(|path| path.symlink_metadata().is_ok())
    {
        let error = anyhow::anyhow!("{} exists already; nothing was written", there.display());
        return Err(CommandError::usage(error)
            .hint("give an empty folder and copy the files that you need"));
    }
    let cannot = |error: io::Error| {
        anyhow::anyhow!("cannot create the folder {}: {error}", folder.display())
    };
    no_follow_open::create_folder(folder).map_err(|error| CommandError::failed(cannot(error)))?;
    for (name, file) in files {
        let text = serde_yaml::to_string(file).map_err(anyhow::Error::from)?;
        output::write_file(&path(name), |out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}

/// Writes the result for each rule of each file, and totals.
fn write_report(out: &mut dyn Write, converted: &[ConvertedFile]) -> io::Result<()> {
    let (mut came, mut stayed, mut found, mut examples) = (0, 0, 0, 0);
    // Topic of a note to the number of rules and files with such a note.
    let mut about: BTreeMap<&str, u64> = BTreeMap::new();
    for file in converted {
        let path = escape::line(&file.path.to_string_lossy()).into_owned();
        writeln!(out, "{path}: rules of {}", file.format.name())?;
        notes(out, &file.notes)?;
        let mut seen: BTreeSet<&str> = file.notes.iter().map(|note| note.about).collect();
        seen.iter()
            .for_each(|topic| *about.entry(topic).or_default() += 1);
        for fate in &file.outcomes {
            let id = if fate.id.is_empty() {
                "(rule without id)".into()
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
                .for_each(|topic| *about.entry(topic).or_default() += 1);
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

/// Writes notes with their lines.
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
