//! The summary of `discover`: numbers of secrets by decision and by kind, exposure and repository,
//! then the open questions and the next command.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::number::count;
use super::review_list;
use super::statement_list;
use super::table::{self, Align};
use crate::decide::StatementUse;
use crate::escape;
use crate::finding::Kind;
use crate::inventory::entry::{Exposure, Outcome, Secret};

/// Number of repositories listed by name. The inventory contains all of them.
const REPOSITORIES: usize = 20;

/// Inputs of the summary besides the secrets.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Folder of the inventory.
    pub inventory: &'a str,
    /// The command that lists all secrets in review.
    pub list: &'a str,
    /// Names of targets that are plain folders or files. All other names are those of repositories.
    pub plain: &'a BTreeSet<String>,
    /// The statements of people that apply to secrets.
    pub statements: &'a [StatementUse],
    /// The next step for the user: one or more lines, without the last line end.
    pub next: &'a str,
}

/// Writes the summary.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, secrets: &[Secret], setting: &Setting) -> io::Result<()> {
    let with = |outcome| {
        let decided = secrets
            .iter()
            .filter(move |secret| secret.decision.outcome == outcome);
        decided.count()
    };
    let (dismissed, parts) = (with(Outcome::Dismiss), with(Outcome::PartOf));
    let real: Vec<&Secret> = secrets
        .iter()
        .filter(|secret| !matches!(secret.decision.outcome, Outcome::Dismiss | Outcome::PartOf))
        .collect();
    let places = real.iter().map(|secret| secret.occurrences.len() as u64);
    write!(
        out,
        "{} at {}",
        count(real.len() as u64, "secret", "secrets"),
        count(places.sum(), "place", "places")
    )?;
    if parts > 0 {
        write!(
            out,
            "; {} of other secrets",
            count(parts as u64, "part", "parts")
        )?;
    }
    match dismissed {
        0 => writeln!(out)?,
        dismissed => writeln!(out, "; {dismissed} dismissed as no secrets")?,
    }
    if !real.is_empty() {
        write_tables(out, &real, setting)?;
        review_list::write(out, secrets, setting.inventory, setting.list)?;
    }
    statement_list::write(out, setting.statements)?;
    let next: Vec<_> = setting
        .next
        .lines()
        .map(|line| escape::line(line).into_owned())
        .collect();
    writeln!(out, "\nnext: {}", next.join("\n"))
}

/// The meaning of the columns, for a reader who sees them for the first time.
const OUTCOMES: &str = "relocate: to AWS Secrets Manager; retain: stays where it is; \
    retire: is revoked and not moved; review: a person decides";

fn write_tables(out: &mut dyn Write, secrets: &[&Secret], setting: &Setting) -> io::Result<()> {
    let secrets = || secrets.iter().copied();
    let by_kind = Tally::of(secrets().map(|secret| (secret.kind, secret)));
    let kinds = Kind::ALL
        .iter()
        .filter_map(|kind| Some((kind.name().to_owned(), *by_kind.0.get(kind)?)));
    let all = ("all".to_owned(), by_kind.total());
    let kinds = ("kind", kinds.chain([all]).collect());

    let by_exposure = Tally::of(secrets().map(|secret| (secret.exposure, secret)));
    let exposures = by_exposure
        .0
        .iter()
        .map(|(key, row)| (exposure(*key).to_owned(), *row));
    let exposures = ("exposure", exposures.collect());

    // A secret counts once in every repository that contains it, so the sums of these columns can
    // exceed the total.
    let by_repository = Tally::of(secrets().flat_map(|secret| {
        let mut names: Vec<&str> = secret
            .occurrences
            .iter()
            .map(|place| place.repository.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(move |name| (name, secret))
    }));
    let mut repositories: Vec<_> = by_repository.0.into_iter().collect();
    repositories.sort_by(|(one, a), (other, b)| {
        b.iter()
            .sum::<u64>()
            .cmp(&a.iter().sum())
            .then(one.cmp(other))
    });
    let plain = repositories
        .iter()
        .filter(|(name, _)| setting.plain.contains(*name))
        .count();
    let (title, one, many) = match plain {
        0 => ("repository", "more repository", "more repositories"),
        all if all == repositories.len() => ("folder", "more folder", "more folders"),
        _ => ("repository or folder", "more", "more"),
    };
    let shown = repositories.iter().take(REPOSITORIES);
    let shown = shown.map(|(name, row)| (escape::line(name).into_owned(), *row));
    write_tallies(out, &[kinds, exposures, (title, shown.collect())])?;
    if let Some(more @ 1..) = repositories.len().checked_sub(REPOSITORIES) {
        writeln!(out, "and {}", count(more as u64, one, many))?;
    }
    writeln!(out, "\n{OUTCOMES}")
}

/// Exposure in the words of the table.
fn exposure(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::AtHead => "at HEAD",
        Exposure::History => "history only",
        Exposure::Unreachable => "unreachable",
    }
}

/// The outcomes that have a column. Dismissed values and parts of other secrets are counted apart.
const COLUMNS: [Outcome; 4] = [
    Outcome::Relocate,
    Outcome::Retain,
    Outcome::Retire,
    Outcome::Review,
];

/// Number of secrets for each key and outcome. The outcomes are in the order of [`COLUMNS`].
struct Tally<K>(BTreeMap<K, [u64; COLUMNS.len()]>);

impl<K: Ord> Tally<K> {
    fn of<'a>(secrets: impl Iterator<Item = (K, &'a Secret)>) -> Self {
        let mut rows = BTreeMap::new();
        for (key, secret) in secrets {
            let row: &mut [u64; COLUMNS.len()] = rows.entry(key).or_default();
            let column = COLUMNS
                .iter()
                .position(|outcome| *outcome == secret.decision.outcome);
            row[column.expect("no such secret is counted")] += 1;
        }
        Self(rows)
    }

    fn total(&self) -> [u64; COLUMNS.len()] {
        std::array::from_fn(|column| self.0.values().map(|row| row[column]).sum())
    }
}

/// The title of a table and its rows.
type TallyTable = (&'static str, Vec<(String, [u64; COLUMNS.len()])>);

/// Writes tables whose columns are below each other.
fn write_tallies(out: &mut dyn Write, tables: &[TallyTable]) -> io::Result<()> {
    let mut rows = Vec::new();
    for (title, tally) in tables {
        let outcomes = COLUMNS.iter().map(|outcome| outcome.name().to_owned());
        let titles = std::iter::once((*title).to_owned()).chain(outcomes);
        rows.push(Vec::new());
        rows.push(titles.chain(["all".to_owned()]).collect());
        for (name, counts) in tally {
            let sum: u64 = counts.iter().sum();
            let counts = counts.iter().chain([&sum]).map(|&count| match count {
                0 => "-".to_owned(),
                count => count.to_string(),
            });
            rows.push(std::iter::once(name.clone()).chain(counts).collect());
        }
    }
    let mut align = [Align::Right; COLUMNS.len() + 2];
    align[0] = Align::Left;
    table::write(out, "", &align, &rows)
}
