//! `keyferry explain`

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::console::terminal_width;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use super::options::{InventoryOptions, PolicyOptions, ReadingOptions, RuleOptions, rule_options};
use super::place_reading::PlaceReaders;
use super::secret_lookup;
use super::settled_inventory::SettledInventory;
use crate::detect::engine::Text;
use crate::detect::file_kind::file_syntax;
use crate::detect::line_explanation::{LineExplanation, LineResult};
use crate::escape;
use crate::inventory::place_order;
use crate::output;
use crate::report::catalogue::Catalogue;
use crate::report::fitted_text::wrap;
use crate::report::number::count;
use crate::report::place;
use crate::scan::place_line::LineWish;

/// Explain why a line of a file, or a secret of an inventory, was or was not reported
///
/// Lists the results of every rule on the line: matches, rejected candidates with the filter that
/// rejected them, and anchors without a match. Of a secret of an inventory, the text of its best place
/// is read again, also from the history. Shows no values.
///
/// Exit codes: 0 done, 2 usage or configuration error, or no such secret, 4 failed, or no place of the
/// secret has its value now.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// File and line number; a column after the line number is ignored. Or the id of a secret of the
    /// inventory, or its beginning (s-…)
    #[arg(value_name = "FILE:LINE|ID", value_parser = parse_subject)]
    subject: Subject,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

/// What is explained.
#[derive(Clone, Debug)]
enum Subject {
    Line(Place),
    Secret(String),
}

/// An id, or its beginning, perhaps with a use: it has no line number.
fn parse_subject(text: &str) -> Result<Subject, PlaceError> {
    let id = text.strip_prefix("s-");
    let digits = id.map(|id| id.split('/').next().unwrap_or(id));
    let is_hex = |digits: &str| {
        digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    match digits {
        Some(digits) if !digits.is_empty() && is_hex(digits) => {
            Ok(Subject::Secret(text.to_owned()))
        }
        _ => parse_place(text).map(Subject::Line),
    }
}

/// A line of a file.
#[derive(Clone, Debug)]
struct Place {
    file: PathBuf,
    /// Line number, from 1.
    line: u64,
}

/// An argument that is not FILE:LINE.
#[derive(Debug, thiserror::Error)]
#[error(
    "expected a file, a colon and a line number, as in config/app.yml:12, or the id of a secret, as in s-0123456789ab"
)]
struct PlaceError;

fn parse_place(text: &str) -> Result<Place, PlaceError> {
    let split = |text| -> Option<(&str, u64)> {
        let (file, line) = str::rsplit_once(text, ':')?;
        let line = line.parse().ok().filter(|&line| line > 0)?;
        Some((file, line)).filter(|(file, _)| !file.is_empty())
    };
    let (file, line) = split(text).ok_or(PlaceError)?;
    // `config/app.yml:12:5` has a column, unless a file is named `config/app.yml:12`.
    let (file, line) = match split(file) {
        Some((shorter, before)) if !Path::new(file).exists() => (shorter, before),
        _ => (file, line),
    };
    Ok(Place {
        file: file.into(),
        line,
    })
}

/// Maximum number of bytes that are read of a file.
const LARGEST: u64 = 256 << 20;

/// Places that are tried for one that still has the value.
const TRIED: usize = 20;

/// Runs the command.
///
/// # Errors
///
/// A file that cannot be read or that has no such line, no such secret or none of its places has its value, or wrong
/// rule files.
pub fn run(args: &Args) -> CommandResult {
    match &args.subject {
        Subject::Line(place) => explain_line(args, place),
        Subject::Secret(id) => explain_secret(args, id),
    }
}

/// Explains the lines of the best place of a secret that still has its value.
fn explain_secret(args: &Args, id: &str) -> CommandResult {
    let library = args.rules.library()?;
    let inventory = SettledInventory::read(&args.inventory, &args.policy)?;
    let found = secret_lookup::find(&inventory.settled, id)?;
    // The uses of a value have one value and one rule; each has its own places.
    let secret = found[0];
    let readers = PlaceReaders::of(&inventory, &args.reading, args.rules.own(&library))?;
    let places = found.iter().flat_map(|secret| place_order::sorted(secret));
    let (mut read, mut failed) = (None, Vec::new());
    for place in places.take(TRIED) {
        match readers.line(secret, place, LineWish::Explanation) {
            Ok(line) => {
                read = line
                    .explanation
                    .map(|explained| (place, line.line, explained));
                break;
            }
            Err(why) => failed.push(format!("{}: {why}", place::name(place, place.line))),
        }
    }
    for why in &failed {
        messages::warn(why);
    }
    let Some((place, line, explained)) = read else {
        let error = anyhow::anyhow!("no place of {} can be read with its value", secret.id);
        return Err(CommandError::failed(error)
            .hint("run `keyferry discover` again to find its present places"));
    };
    let names = Catalogue::of(library.files.iter().map(|(_, file)| file));
    let rule = match names.get(&secret.detector) {
        Some(known) => format!("{} ({})", known.name, secret.detector),
        None => secret.detector.clone(),
    };
    let confidence = secret.confidence.name();
    let number = found
        .iter()
        .map(|secret| secret.occurrences.len() as u64)
        .sum();
    let number = count(number, "place", "places");
    output::write(None, |out| {
        let id = secret.id.of_value();
        let rule = escape::line(&rule);
        writeln!(
            out,
            "{id} was found by {rule}, with {confidence} confidence, at {number}"
        )?;
        write(out, &place::name(place, line), &explained)
    })?;
    Ok(Exit::Clean)
}

fn explain_line(args: &Args, place: &Place) -> CommandResult {
    let library = args.rules.library()?;
    let engine = rule_options::engine(&library)?;
    let Place { file, line } = place;
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|error| {
            CommandError::usage(anyhow::anyhow!("cannot read {}: {error}", file.display()))
        })?;
    let path = file.to_string_lossy();
    let syntax = file_syntax(path.as_bytes());
    let text = Text::new(&bytes, syntax);
    let lines = text.lines();
    let number = lines.count(bytes.len());
    if *line > number {
        return Err(CommandError::usage(anyhow::anyhow!(
            "{} has {}, not {line}",
            file.display(),
            count(number, "line", "lines")
        )));
    }
    let explained = LineExplanation::of(&engine, text, &(*line..=*line));
    let place = format!("{path}:{line}");
    output::write(None, |out| write(out, &place, &explained))?;
    Ok(Exit::Clean)
}

/// Writes what the rules make of the lines of a place. `place` is how it is called.
fn write(out: &mut dyn Write, place: &str, explained: &LineExplanation) -> io::Result<()> {
    /// The indent of the text of a result behind its first line.
    const RESULT: usize = 23;
    let width = terminal_width();
    let place = escape::line(place);
    writeln!(
        out,
        "{place} is read as {}",
        escape::line(&explained.read_as)
    )?;
    if explained.results.is_empty() {
        writeln!(out, "no rule has an anchor on this line")?;
    }
    for limit in &explained.limits {
        let limit = escape::line(limit);
        writeln!(
            out,
            "its text reaches a limit ({limit}): not all of it is examined"
        )?;
    }
    for LineResult { line, column, text } in &explained.results {
        let text = format!("{line:>5}:{column:<4} {}", escape::line(text));
        match width {
            None => writeln!(out, "{text}")?,
            Some(width) => {
                for line in wrap(&text, width, RESULT) {
                    writeln!(out, "{line}")?;
                }
            }
        }
    }
    Ok(())
}
