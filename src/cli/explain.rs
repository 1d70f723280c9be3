//! `keyferry explain`

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::options::{RuleOptions, rule_options};
use crate::detect::classifier::{self, CredentialScore};
use crate::detect::engine::{Engine, Event, Match, Text};
use crate::detect::file_kind::file_syntax;
use crate::escape;
use crate::finding::{Confidence, Decoding, Lines};
use crate::output;
use crate::report::number::count;

/// Explain why a line of a file was or was not reported
///
/// Lists the results of every rule on the line: matches, rejected candidates with the filter that
/// rejected them, and anchors without a match. Shows no values.
///
/// Exit codes: 0 done, 2 usage or configuration error, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// File and line number; a column after the line number is ignored
    #[arg(value_name = "FILE:LINE", value_parser = parse_place)]
    place: Place,

    #[command(flatten)]
    rules: RuleOptions,
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
#[error("expected a file, a colon and a line number, as in config/app.yml:12")]
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

/// Number of features of the classifier that are listed.
const REASONS: usize = 4;

/// Maximum number of bytes that are read of a file.
const LARGEST: u64 = 256 << 20;

/// Runs the command.
///
/// # Errors
///
/// A file that cannot be read or that has no such line, or wrong rule files.
pub fn run(args: &Args) -> CommandResult {
    let library = args.rules.library()?;
    let engine = rule_options::engine(&library)?;
    let Place { file, line } = &args.place;
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
    let explained = engine.explain(text);
    let matches = explained
        .matches
        .iter()
        .map(|found| (found.range.clone(), describe_match(&engine, found, &lines)));
    let events = explained
        .events
        .iter()
        .map(|event| describe_event(&engine, &bytes, event));
    let mut entries: Vec<_> = matches
        .chain(events)
        .filter_map(|(range, text)| {
            let position = lines.position(&range);
            (position.line <= *line && *line <= position.end_line).then_some((position, text))
        })
        .collect();
    entries.sort();
    entries.dedup();
    let encoding = if text.is_utf16() {
        ", UTF-16"
    } else if text.is_binary() {
        ", binary: searched for tokens and keys only, not for assignments"
    } else {
        ""
    };
    output::write(None, |out| {
        let path = escape::line(&path);
        writeln!(out, "{path}:{line} is read as {}{encoding}", syntax.name())?;
        if entries.is_empty() {
            writeln!(out, "no rule has an anchor on this line")?;
        }
        for limit in &explained.limits {
            let name = limit.name();
            writeln!(
                out,
                "{path} reaches a limit ({name}): not all of it is examined"
            )?;
        }
        for (position, text) in &entries {
            let (line, column) = (position.line, position.column);
            writeln!(out, "{line:>5}:{column:<4} {}", escape::line(text))?;
        }
        Ok(())
    })?;
    Ok(Exit::Clean)
}

/// A match in words.
fn describe_match(engine: &Engine, found: &Match, lines: &Lines) -> String {
    let low = if found.confidence == Confidence::Low {
        " (scan reports it with --confidence low)"
    } else {
        ""
    };
    let mut text = format!(
        "reported    {}: {} confidence{low}, {}",
        engine.rule(found.rule).id,
        found.confidence.name(),
        found.kind.name()
    );
    if let Some(key) = &found.context.key {
        text.push_str(&format!(", assigned to `{key}`"));
    }
    if let Some(proof) = found.proof {
        text.push_str(&format!(", proved by {proof}"));
    }
    let end = lines.position(&found.range);
    let by = if found.decoding.is_empty() { "" } else { "by " };
    text.push_str(&format!(
        "; read {by}{} up to {}:{}",
        Decoding::in_words(&found.decoding),
        end.end_line,
        end.end_column
    ));
    text.push_str(", ");
    text.push_str(found.certainty.name());
    if let Some(doubt) = found.certainty.doubt() {
        text.push_str(&format!(" ({}: {})", doubt.name(), doubt.description()));
    }
    text
}

/// The range of an event and its description.
fn describe_event(engine: &Engine, bytes: &[u8], event: &Event) -> (Range<usize>, String) {
    let id = |rule: usize| &engine.rule(rule).id;
    let (range, text) = match event {
        Event::AnchorOnly { rule, anchor } => (
            anchor,
            format!(
                "no match    {}: the line has an anchor of the rule, but no text of the rule's form",
                id(*rule)
            ),
        ),
        Event::NotAssigned { word, why } => (
            word,
            format!(
                "no match    rules by name: `{}` {}",
                String::from_utf8_lossy(&bytes[word.clone()]),
                why.reason()
            ),
        ),
        // The name is not shown, because the text before a `=` can be the middle of a value.
        Event::OtherName { name } => (
            name,
            "no match    rules by name: no rule covers this name".to_owned(),
        ),
        Event::Judged {
            rule,
            range,
            features,
        } => {
            let reasons = classifier::reasons(features, REASONS).into_iter();
            let reasons: Vec<_> = reasons
                .map(|(name, share)| format!("{name} {:+.1}", f64::from(share) / 1000.0))
                .collect();
            let percent = CredentialScore::of(features).percent();
            let text = format!(
                "weighed     {}: {percent} % likely; {}",
                id(*rule),
                reasons.join(", ")
            );
            (range, text)
        }
        Event::Rejected {
            rule,
            range,
            filter,
        } => (range, format!("rejected    {}: {filter}", id(*rule))),
        Event::Doubted { rule, range, why } => (range, format!("less sure   {}: {why}", id(*rule))),
        Event::Layer { range, step, bytes } => (
            range,
            format!("decoded     {step}: {bytes} decoded bytes were searched"),
        ),
        Event::Overruled { rule, range, by } => (
            range,
            format!(
                "overruled   {}: {} matches the same text and takes precedence",
                id(*rule),
                id(*by)
            ),
        ),
    };
    (range.clone(), text)
}
