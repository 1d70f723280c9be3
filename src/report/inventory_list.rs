//! The list of the secrets of an inventory: one line a secret, and formats for programs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::csv::cell;
use super::fitted_text::{cut_end, cut_middle};
use super::json::{self, Tool};
use super::number::count;
use super::place::place;
use super::secret_row::SecretRow;
use super::table::{self, Align};
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::{Exposure, MigrationProgress, Outcome, Secret};
use crate::inventory::place_order;
use crate::secret::SecretId;

/// The formats of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: one line a secret; on a terminal, cut to its width
    Text,
    /// One JSON document with the secrets and their numbers by outcome
    Json,
    /// One JSON object per line, one line per secret
    Jsonl,
    /// A table for spreadsheets, one row per secret
    Csv,
    /// The ids, one per line
    Ids,
}

/// The orders of the list. Secrets that are alike in it are in order of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SortKey {
    /// Those in review first, then by what is to be done
    Outcome,
    /// By id
    Id,
    /// By kind
    Kind,
    /// By name in Secrets Manager; those without one last
    Name,
    /// By repository and path of the first place
    Place,
    /// Those with most places first
    Places,
    /// Those at HEAD first
    Exposure,
    /// By owner; those without one last
    Owner,
    /// By application; those without one last
    Application,
    /// By environment; those without one last
    Environment,
    /// Those that were introduced last first
    Date,
}

/// The secrets of a list.
pub struct SecretList<'a> {
    /// The secrets that are listed, in order.
    pub selected: &'a [&'a Secret],
    /// All secrets of the inventory.
    pub all: &'a BTreeMap<SecretId, Secret>,
    /// The metadata fields of the policy, in order.
    pub fields: Vec<&'a str>,
    /// The width of the terminal. `None`: lines are as long as their texts.
    pub width: Option<usize>,
}

/// The document of `--format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SecretList")]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = 1))]
    schema: u32,
    /// The program that wrote the document.
    tool: Tool<'a>,
    /// Number of secrets of the inventory. A use that is settled separately counts as one.
    total: u64,
    /// Numbers of the listed secrets by outcome.
    counts: BTreeMap<Outcome, u64>,
    /// The listed secrets, in the order that was asked for.
    secrets: Vec<SecretRow<'a>>,
}

/// Sorts secrets.
pub fn sort(secrets: &mut [&Secret], by: SortKey) {
    secrets.sort_by_cached_key(|secret| {
        let first = place_order::first(secret);
        let at = first.map(|place| (place.repository.clone(), place.path.clone(), place.line));
        (key(secret, by), at.is_none(), at, secret.id.clone())
    });
}

/// The position of a secret in an order.
fn key(secret: &Secret, by: SortKey) -> (Reverse<i64>, u64, bool, String) {
    let number = |number: u64| (Reverse(0), number, false, String::new());
    let text = |text: Option<&str>| {
        let known = text.unwrap_or_default().to_owned();
        (Reverse(0), 0, text.is_none(), known)
    };
    let field = |field: &str| text(secret.metadata.get(field).map(|fact| &*fact.value));
    match by {
        SortKey::Outcome => number(rank(secret.decision.outcome)),
        SortKey::Id => text(Some(secret.id.as_str())),
        SortKey::Place => number(0),
        SortKey::Kind => text(Some(secret.kind.name())),
        SortKey::Name => text(secret.target.as_deref()),
        SortKey::Places => number(u64::MAX - secret.occurrences.len() as u64),
        SortKey::Exposure => number(match secret.exposure {
            Exposure::AtHead => 0,
            Exposure::History => 1,
            Exposure::Unreachable => 2,
        }),
        SortKey::Owner => field("owner"),
        SortKey::Application => field("appid"),
        SortKey::Environment => field("appenv"),
        SortKey::Date => {
            let dates = secret.occurrences.iter().filter_map(introduced);
            let since = dates.min().unwrap_or(i64::MIN);
            (Reverse(since), 0, false, String::new())
        }
    }
}

/// The time at which a place got the value, in seconds since 1970.
fn introduced(place: &Occurrence) -> Option<i64> {
    let date: jiff::Timestamp = place.date.as_ref()?.parse().ok()?;
    Some(date.as_second())
}

/// The order of the outcomes: those that need a person come first.
const BY_WORK: [Outcome; 6] = [
    Outcome::Review,
    Outcome::Relocate,
    Outcome::PartOf,
    Outcome::Retire,
    Outcome::Retain,
    Outcome::Dismiss,
];

fn rank(outcome: Outcome) -> u64 {
    let rank = BY_WORK.iter().position(|known| *known == outcome);
    rank.unwrap_or(BY_WORK.len()) as u64
}

/// The message if no secret is selected.
pub fn none_selected(all: usize) -> String {
    match all {
        0 => "the inventory has no secrets".to_owned(),
        all => format!(
            "no secret is selected; the inventory has {}",
            count(all as u64, "secret", "secrets")
        ),
    }
}

/// Writes the list.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(format: Format, out: &mut dyn Write, list: &SecretList<'_>) -> io::Result<()> {
    let rows = || list.selected.iter().map(|secret| SecretRow::of(secret));
    match format {
        Format::Text => write_text(out, list),
        Format::Json => {
            let mut counts = BTreeMap::new();
            for secret in list.selected {
                *counts.entry(secret.decision.outcome).or_default() += 1;
            }
            let document = Document {
                schema: 1,
                tool: Tool::THIS,
                total: list.all.len() as u64,
                counts,
                secrets: rows().collect(),
            };
            json::write_pretty(out, &document)
        }
        Format::Jsonl => rows().try_for_each(|row| json::write_line(out, &row)),
        Format::Csv => write_csv(out, list).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        }),
        Format::Ids => {
            let mut ids = list.selected.iter().map(|secret| &secret.id);
            ids.try_for_each(|id| writeln!(out, "{id}"))
        }
    }
}

const COLUMNS: [&str; 17] = [
    "secret_id",
    "outcome",
    "rule",
    "reason",
    "questions",
    "kind",
    "detector",
    "confidence",
    "exposure",
    "name",
    "key",
    "repository",
    "path",
    "line",
    "origin",
    "places",
    "progress",
];

fn write_csv(out: &mut dyn Write, list: &SecretList<'_>) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let fields = list.fields.iter().map(|field| format!("metadata.{field}"));
    csv.write_record(COLUMNS.map(str::to_owned).into_iter().chain(fields))?;
    for secret in list.selected {
        let row = SecretRow::of(secret);
        let line = row.line.map(|line| line.to_string()).unwrap_or_default();
        let cells = [
            row.secret_id.as_str(),
            row.outcome.name(),
            row.rule,
            row.reason,
            &row.questions.join(" "),
            row.kind.name(),
            row.detector,
            row.confidence.name(),
            row.exposure.name(),
            row.name.unwrap_or_default(),
            row.key.unwrap_or_default(),
            row.repository.unwrap_or_default(),
            row.path.unwrap_or_default(),
            &line,
            row.origin.map(|origin| origin.name()).unwrap_or_default(),
            &row.places.to_string(),
            row.progress.name(),
        ];
        let facts = list.fields.iter();
        let facts = facts.map(|field| row.metadata.get(field).copied().unwrap_or_default());
        for text in cells.into_iter().chain(facts) {
            csv.write_field(cell(text).as_ref())?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(csv.flush()?)
}

/// The width from which ids and kinds are shown in full.
const WIDE: usize = 120;
/// The width of a kind on a narrow terminal.
const NARROW_KIND: usize = 12;
/// The least digits of a shortened id.
const LEAST_DIGITS: usize = 8;
/// The least width of a name or a place.
const LEAST_NAME: usize = 13;

fn write_text(out: &mut dyn Write, list: &SecretList<'_>) -> io::Result<()> {
    if list.selected.is_empty() {
        return writeln!(out, "{}", none_selected(list.all.len()));
    }
    let is_narrow = list.width.is_some_and(|width| width < WIDE);
    let digits = if is_narrow {
        digits(list.all.keys())
    } else {
        usize::MAX
    };
    let head = ["id", "outcome", "kind", "places"]
        .map(str::to_owned)
        .to_vec();
    let row = |secret: &&Secret| {
        let kind = secret.kind.name();
        vec![
            shortened(&secret.id, digits),
            secret.decision.outcome.name().to_owned(),
            if is_narrow {
                cut_end(kind, NARROW_KIND)
            } else {
                kind.to_owned()
            },
            secret.occurrences.len().to_string(),
        ]
    };
    let rows = list.selected.iter().map(row);
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let asks = |secret: &&Secret| !secret.decision.questions.is_empty();
    let asked = match (list.selected.iter().any(asks), is_narrow) {
        (false, _) => "",
        (true, true) => "asks",
        (true, false) => "question",
    };
    let titles = ("name or place".to_owned(), asked.to_owned());
    let texts = list
        .selected
        .iter()
        .map(|secret| (name(secret), question(secret, is_narrow)));
    let texts: Vec<(String, String)> = std::iter::once(titles).chain(texts).collect();
    let widths = table::widths(&rows);
    let before = widths.iter().sum::<usize>() + 2 * widths.len();
    let names = name_width(&texts, list.width.map(|width| width.saturating_sub(before)));
    let align = [Align::Left, Align::Left, Align::Left, Align::Right];
    for (row, (name, question)) in rows.iter().zip(&texts) {
        let cells = row.iter().zip(&widths).zip(align);
        let cells: Vec<String> = cells
            .map(|((cell, width), align)| table::pad(cell, *width, align))
            .collect();
        let mut line = format!("{}  ", cells.join("  "));
        let left = list.width.map(|width| width.saturating_sub(line.width()));
        let question = question.as_str();
        match left {
            None if question.is_empty() => line.push_str(name),
            None => {
                line.push_str(&table::pad(name, names, Align::Left));
                line.push_str("  ");
                line.push_str(question);
            }
            // Without a question, the name may take its place.
            Some(left) if question.is_empty() => line.push_str(&cut_middle(name, left)),
            Some(left) => {
                let names = names.min(left);
                line.push_str(&table::pad(&cut_middle(name, names), names, Align::Left));
                line.push_str("  ");
                line.push_str(&cut_end(question, left.saturating_sub(names + 2)));
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "\n{}", summary(list))
}

/// The width of the names and places. `left` is the width of the terminal that they share with the questions.
fn name_width(texts: &[(String, String)], left: Option<usize>) -> usize {
    let asked = || {
        texts
            .iter()
            .skip(1)
            .filter(|(_, question)| !question.is_empty())
    };
    let widest = asked().map(|(name, _)| name.width()).max().unwrap_or(0);
    match left {
        None => widest,
        Some(left) => {
            let questions = texts.iter().map(|(_, question)| question.width()).max();
            let half = left / 2;
            let rest = left.saturating_sub(questions.unwrap_or(0) + 2);
            widest.min(half.max(rest)).max(LEAST_NAME)
        }
    }
}

/// The name of a secret in Secrets Manager, else its first place, escaped.
fn name(secret: &Secret) -> String {
    match (&secret.target, place_order::first(secret)) {
        (Some(name), _) => escape::line(name).into_owned(),
        (None, Some(first)) => place(first),
        (None, None) => "(no longer found)".to_owned(),
    }
}

/// The first question, and the number of the others, escaped. A narrow line has no space for words: only for the number.
fn question(secret: &Secret, is_narrow: bool) -> String {
    let questions = &secret.decision.questions;
    if is_narrow && !questions.is_empty() {
        return questions.len().to_string();
    }
    let Some(first) = questions.first() else {
        return String::new();
    };
    let first = escape::line(first);
    match questions.len() - 1 {
        0 => first.into_owned(),
        more => format!("(1 of {}) {first}", more + 1),
    }
}

/// The least number of digits with which the ids of all values differ.
fn digits<'a>(ids: impl Iterator<Item = &'a SecretId>) -> usize {
    let values: BTreeSet<SecretId> = ids.map(SecretId::of_value).collect();
    let values: Vec<&str> = values.iter().map(SecretId::as_str).collect();
    let common = |pair: &[&str]| {
        let pairs = pair[0].bytes().zip(pair[1].bytes());
        pairs.take_while(|(one, other)| one == other).count()
    };
    // Both begin with `s-`.
    let most = values.windows(2).map(common).max().unwrap_or(2) - 1;
    most.max(LEAST_DIGITS)
}

/// An id with this number of digits, and with its use.
fn shortened(id: &SecretId, digits: usize) -> String {
    let value = id.of_value();
    let digits = digits.saturating_add(2).min(value.as_str().len());
    let of_use = &id.as_str()[value.as_str().len()..];
    format!("{}{of_use}", &value.as_str()[..digits])
}

/// The numbers of the listed secrets, by outcome.
fn summary(list: &SecretList<'_>) -> String {
    let (listed, all) = (list.selected.len(), list.all.len());
    let secrets = match listed == all {
        true => count(all as u64, "secret", "secrets"),
        false => format!("{listed} of {}", count(all as u64, "secret", "secrets")),
    };
    let of = |outcome| {
        let of_it = |secret: &&&Secret| secret.decision.outcome == outcome;
        list.selected.iter().filter(of_it).count()
    };
    let counts = BY_WORK
        .into_iter()
        .map(|outcome| (of(outcome), outcome.name()));
    let counts = counts.filter(|(number, _)| *number > 0);
    let mut parts: Vec<String> = counts
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    let is_imported = |secret: &&&Secret| secret.progress > MigrationProgress::Found;
    let imported = list.selected.iter().filter(is_imported).count();
    parts.extend(Some(format!("{imported} imported")).filter(|_| imported > 0));
    format!("{secrets}: {}", parts.join(", "))
}

#[cfg(test)]
mod tests;
