//! `keyferry explain`

use std::io::Read;
use std::path::{Path, PathBuf};

use super::exit::{CommandError, CommandResult, Exit};
use super::options::rule_options::{self, RuleArgs};
use crate::detect::classifier::{self, CredentialScore};
use crate::detect::engine::{Event, Text};
use crate::detect::file_kind::file_kind;
use crate::finding::{Confidence, Decoding};
use crate::output;

/// Tell why a line of a file was reported, or was not
///
/// Shows what every rule made of the line: what matched, what was rejected and by which filter, where only an anchor stood.
/// No value is shown.
///
/// Exit codes: 0 done, 2 usage.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A file and the number of a line; a column after it is passed over
    #[arg(value_name = "FILE:LINE", value_parser = parse_place)]
    pub place: Place,

    #[command(flatten)]
    pub rules: RuleArgs,
}

#[derive(Clone, Debug)]
pub struct Place {
    file: PathBuf,
    line: u64,
}

fn parse_place(text: &str) -> Result<Place, String> {
    let wrong = || "it takes a file, a colon and a line number, as in config/app.yml:12".to_owned();
    let split = |text| -> Option<(&str, u64)> {
        let (file, line) = str::rsplit_once(text, ':')?;
        let line = line.parse().ok().filter(|&line| line > 0)?;
        Some((file, line)).filter(|(file, _)| !file.is_empty())
    };
    let (file, line) = split(text).ok_or_else(wrong)?;
    // `config/app.yml:12:5`, unless a file has such a name.
    let (file, line) = match split(file) {
        Some((shorter, before)) if !Path::new(file).exists() => (shorter, before),
        _ => (file, line),
    };
    Ok(Place {
        file: file.into(),
        line,
    })
}

/// How many of the model's reasons are told.
const REASONS: usize = 4;

/// Larger files are not what this is for.
const LARGEST: u64 = 256 << 20;

pub fn run(args: &Args) -> CommandResult {
    let library = args.rules.library()?;
    let engine = rule_options::engine(&library)?;
    let Place { file, line } = &args.place;
    let failed = |error: std::io::Error| {
        CommandError::usage(anyhow::anyhow!("cannot read {}: {error}", file.display()))
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(LARGEST).read_to_end(&mut bytes))
        .map_err(failed)?;
    let path = file.to_string_lossy();
    let kind = file_kind(path.as_bytes());
    let text = Text::new(&bytes, kind);
    let lines = text.lines();
    let count = lines.count(bytes.len());
    if *line > count {
        let lines = crate::report::number::count(count, "line", "lines");
        return Err(CommandError::usage(anyhow::anyhow!(
            "{} has {lines}, not {line}",
            file.display()
        )));
    }
    let explained = engine.explain(text);
    let on_line = |range: &std::ops::Range<usize>| {
        let place = lines.position(range);
        (place.line <= *line && *line <= place.end_line).then_some(place)
    };
    let said = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let id = |rule: usize| &engine.rule(rule).id;
    let mut told = Vec::new();
    for found in &explained.matches {
        if let Some(place) = on_line(&found.range) {
            let proof = found
                .proof
                .map(|proof| format!(", proved by {proof}"))
                .unwrap_or_default();
            let low = if found.confidence == Confidence::Low {
                " (scan shows it with --confidence low)"
            } else {
                ""
            };
            let steps: Vec<String> = found.decoding.iter().map(Decoding::to_string).collect();
            let decoded = if steps.is_empty() {
                String::new()
            } else {
                format!(", decoded by {}", steps.join(", "))
            };
            let key = found
                .context
                .key
                .as_ref()
                .map(|key| format!(", assigned to `{key}`"))
                .unwrap_or_default();
            told.push((
                place,
                format!(
                    "reported    {}: {} confidence{low}, {}{key}{decoded}{proof}",
                    id(found.rule),
                    found.confidence.name(),
                    found.kind.name()
                ),
            ));
        }
    }
    for event in &explained.events {
        let (range, what) = match event {
            Event::AnchorOnly { rule, anchor } => (
                anchor,
                format!(
                    "no match    {}: its anchor stands here, and nothing of its shape around it",
                    id(*rule)
                ),
            ),
            Event::NotAssigned { word, why } => (
                word,
                format!(
                    "no match    rules by name: `{}` {}",
                    said(&bytes[word.clone()]),
                    why.reason()
                ),
            ),
            // Not by the name: what stands before a `=` may as well be the middle of a value.
            Event::OtherName { name } => (
                name,
                "no match    rules by name: none is for a name like this".to_owned(),
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
                (
                    range,
                    format!(
                        "weighed     {}: {percent} % likely; {}",
                        id(*rule),
                        reasons.join(", ")
                    ),
                )
            }
            Event::Rejected {
                rule,
                range,
                filter,
            } => (range, format!("rejected    {}: {filter}", id(*rule))),
            Event::Doubted { rule, range, why } => {
                (range, format!("less sure   {}: {why}", id(*rule)))
            }
            Event::Layer { range, step, bytes } => (
                range,
                format!("decoded     {step}: {bytes} bytes behind it were searched"),
            ),
            Event::Overruled { rule, range, by } => (
                range,
                format!(
                    "overruled   {}: {} says more of the same place",
                    id(*rule),
                    id(*by)
                ),
            ),
        };
        if let Some(place) = on_line(range) {
            told.push((place, what));
        }
    }
    told.sort();
    told.dedup();
    let written = output::write(None, |out| {
        writeln!(
            out,
            "{}:{line} is read as {kind:?}{}",
            crate::escape::line(&path),
            if text.is_utf16() {
                ", UTF-16"
            } else if text.is_binary() {
                ", binary: what is assigned to a name is not looked for"
            } else {
                ""
            }
        )?;
        if told.is_empty() {
            writeln!(out, "no anchor of any rule stands on this line")?;
        }
        for (place, said) in &told {
            writeln!(
                out,
                "{:>5}:{:<4} {}",
                place.line,
                place.column,
                crate::escape::line(said)
            )?;
        }
        Ok(())
    });
    written.map_err(CommandError::failed)?;
    Ok(Exit::Clean)
}
