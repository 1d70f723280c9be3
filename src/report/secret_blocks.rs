//! `--format text` of a scan on a terminal: one block for each secret, the most severe first, then the coverage report
//! and the totals. Each block shows the line of one place, at HEAD if there is one, and counts the others.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use super::coverage_report;
use super::finding_order::ordered;
use super::finding_words::{details, heading};
use super::fitted_text::{cut_end, cut_middle, wrap};
use super::number::count;
use super::options::{Options, Terminal};
use super::paint::Paint;
use super::scan_totals;
use super::source_line;
use super::table::{self, Align};
use crate::coverage::Coverage;
use crate::escape;
use crate::finding::{Confidence, Finding, Occurrence, Origin};
use crate::secret::SecretId;

/// The number of secrets with a block of their own, unless all are asked for.
const SHOWN: usize = 40;
/// The number of rules in the table of the other secrets.
const RULES: usize = 12;

/// Where the value can be read, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    AtHead,
    NotCommitted,
    History,
    Unreachable,
}

impl Reach {
    const ALL: [Self; 4] = [
        Self::AtHead,
        Self::NotCommitted,
        Self::History,
        Self::Unreachable,
    ];

    fn of(place: &Occurrence) -> Self {
        match place.origin {
            _ if place.at_head => Self::AtHead,
            _ if !place.reachable => Self::Unreachable,
            Origin::Worktree | Origin::Staged | Origin::Reflog | Origin::GitDirectory => {
                Self::NotCommitted
            }
            Origin::Blob
            | Origin::CommitMessage
            | Origin::TagMessage
            | Origin::CommitHeader
            | Origin::TagHeader
            | Origin::Note
            | Origin::FileName
            | Origin::RefName => Self::History,
        }
    }

    /// In words. `commits`: it is known which values commits have.
    fn words(self, commits: bool) -> &'static str {
        match self {
            Self::AtHead => "at HEAD",
            Self::NotCommitted if commits => "not committed",
            Self::NotCommitted => "in the working tree",
            Self::History => "in history",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A secret with all of its places, in the order in which they are shown.
struct Block<'f> {
    confidence: Confidence,
    places: Vec<&'f Finding>,
}

impl Block<'_> {
    fn first(&self) -> &Finding {
        self.places[0]
    }

    /// Whether two secrets look the same: values of one rule on one line, such as the tokens of a line of data.
    fn is_like(&self, other: &Self) -> bool {
        let line = |block: &Self| {
            let (finding, place) = (block.first(), &block.first().occurrence);
            let within = (place.repository.clone(), place.path.clone(), place.origin);
            let rule = (finding.detector.clone(), block.confidence, finding.expired);
            (within, place.line, place.blob.clone(), rule)
        };
        self.places.len() == 1 && other.places.len() == 1 && line(self) == line(other)
    }
}

/// Writes the report.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
    terminal: Terminal,
) -> io::Result<()> {
    let view = View {
        options,
        width: terminal.width,
        all_places: terminal.all,
        repositories: repositories(findings) > 1,
        commits: commits_are_known(coverage, options),
        paint: Paint(options.color),
    };
    let blocks = blocks(findings);
    let most = if terminal.all { usize::MAX } else { SHOWN };
    let mut rest = blocks.as_slice();
    let mut shown = 0;
    while let Some((block, others)) = rest.split_first().filter(|_| shown < most) {
        let alike = others
            .iter()
            .take_while(|other| block.is_like(other))
            .count();
        let alike = if alike < LEAST_ALIKE { 0 } else { alike };
        view.block(out, block, alike)?;
        rest = &others[alike..];
        shown += 1;
    }
    if !rest.is_empty() {
        view.rest(out, rest)?;
    }
    view.coverage(out, coverage)?;
    writeln!(out)?;
    let paint = view.paint;
    for line in wrap(&totals(&blocks, findings, coverage, options), view.width, 2) {
        writeln!(out, "{}", paint.bold(&line))?;
    }
    if let Some(next) = options.next.filter(|_| !findings.is_empty()) {
        for line in next
            .lines()
            .flat_map(|line| wrap(&escape::line(line), view.width, 6))
        {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// The least number of secrets that look like one and that its block counts.
const LEAST_ALIKE: usize = 3;

fn repositories(findings: &[Finding]) -> usize {
    let mut names: Vec<&str> = findings
        .iter()
        .map(|finding| finding.occurrence.repository.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// The secrets, the most severe first.
fn blocks(findings: &[Finding]) -> Vec<Block<'_>> {
    let mut numbers: HashMap<&SecretId, usize> = HashMap::new();
    let mut blocks: Vec<Block> = Vec::new();
    for finding in ordered(findings) {
        let number = *numbers.entry(&finding.secret_id).or_insert(blocks.len());
        if number == blocks.len() {
            blocks.push(Block {
                confidence: finding.confidence,
                places: Vec::new(),
            });
        }
        let block = &mut blocks[number];
        block.confidence = block.confidence.max(finding.confidence);
        block.places.push(finding);
    }
    for block in &mut blocks {
        // Places of one reach stay in the order of all reports.
        block
            .places
            .sort_by_key(|finding| Reach::of(&finding.occurrence));
    }
    blocks.sort_by_key(|block| {
        let first = block.first();
        let reach = Reach::of(&first.occurrence);
        (first.expired, Reverse(block.confidence), reach)
    });
    blocks
}

/// Whether it is known which values commits have: the history was read, and there is one.
fn commits_are_known(coverage: &Coverage, options: &Options<'_>) -> bool {
    options.history && coverage.repositories > 0
}

/// The totals of secrets, then what is said of every scan.
fn totals(
    blocks: &[Block],
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> String {
    let commits = commits_are_known(coverage, options);
    let mut by_reach: BTreeMap<Reach, u64> = BTreeMap::new();
    for block in blocks {
        *by_reach
            .entry(Reach::of(&block.first().occurrence))
            .or_default() += 1;
    }
    let reach: Vec<String> = by_reach
        .into_iter()
        .map(|(reach, n)| match reach {
            Reach::History => format!("{n} only in history"),
            Reach::Unreachable => format!("{n} only unreachable"),
            _ => format!("{n} {}", reach.words(commits)),
        })
        .collect();
    let found = (!blocks.is_empty()).then(|| {
        format!(
            "{} at {}{}: {}; {}",
            count(blocks.len() as u64, "secret", "secrets"),
            count(findings.len() as u64, "place", "places"),
            scan_totals::within(findings, coverage),
            scan_totals::by_confidence(blocks.iter().map(|block| block.confidence)),
            reach.join(", "),
        )
    });
    scan_totals::with_remarks(found, coverage, options.dismissed)
}

/// How the report is shown.
struct View<'a> {
    options: &'a Options<'a>,
    width: usize,
    all_places: bool,
    /// There are several: places are named with theirs.
    repositories: bool,
    /// It is known which values commits have.
    commits: bool,
    paint: Paint,
}

impl View<'_> {
    fn block(&self, out: &mut dyn Write, block: &Block, alike: usize) -> io::Result<()> {
        let first = block.first();
        self.title(out, block)?;
        let place = self.place(&first.occurrence);
        writeln!(
            out,
            "  {}",
            self.paint.place(&cut_middle(&place, self.width - 2))
        )?;
        source_line::write(out, first, self.options, self.width)?;
        let mut facts = details(first, self.options);
        if alike > 0 {
            facts.push(format!("{alike} more like it on this line"));
        }
        let others = &block.places[1..];
        if !others.is_empty() && !self.all_places {
            facts.push(more_places(others, self.commits));
        }
        for line in wrap(&facts.join(", "), self.width - 2, 2) {
            writeln!(out, "  {line}")?;
        }
        if self.all_places && !others.is_empty() {
            let places = count(others.len() as u64, "more place", "more places");
            writeln!(out, "  {places}:")?;
            for other in others {
                let place = cut_middle(&self.place(&other.occurrence), self.width - 4);
                writeln!(out, "    {}", self.paint.place(&place))?;
                for line in wrap(&details(other, self.options).join(", "), self.width - 6, 2) {
                    writeln!(out, "      {line}")?;
                }
            }
        }
        writeln!(out)
    }

    /// Confidence, rule, name and login. `high  Password DB_PASSWORD, of user orders at db.internal:5432`.
    fn title(&self, out: &mut dyn Write, block: &Block) -> io::Result<()> {
        let first = block.first();
        let mut title = escape::line(self.options.detectors.name(&first.detector)).into_owned();
        let context = &first.context;
        if let Some(key) = &context.key {
            title.push_str(&format!(" {}", escape::line(key)));
        }
        if let Some(login) = login(first) {
            title.push_str(&format!(", {login}"));
        }
        if self.options.dismissed.is_some() {
            title.push_str(&format!(" [{}]", first.secret_id));
        }
        let confidence = format!("{:<6}", block.confidence.name());
        let lines = wrap(&title, self.width.saturating_sub(8), 2);
        for (at, line) in lines.iter().enumerate() {
            let label = match at {
                0 => self.paint.confidence(&confidence, block.confidence),
                _ => Cow::Borrowed("      "),
            };
            writeln!(out, "{label}  {}", self.paint.bold(line))?;
        }
        Ok(())
    }

    /// `path:line:column`, or what is in the place of a path, behind the repository if there are several.
    fn place(&self, at: &Occurrence) -> String {
        let within = format!("{}:{}:{}", heading(at), at.line, at.column);
        match self.repositories && !at.repository.is_empty() {
            true => format!("{}: {within}", escape::line(&at.repository)),
            false => within,
        }
    }

    /// A table of the secrets without a block.
    fn rest(&self, out: &mut dyn Write, rest: &[Block]) -> io::Result<()> {
        let levels = [Confidence::High, Confidence::Medium, Confidence::Low];
        let mut rules: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for block in rest {
            let name = self.options.detectors.name(&block.first().detector);
            let level = levels.iter().position(|level| *level == block.confidence);
            rules.entry(name).or_default()[level.unwrap_or(0)] += 1;
        }
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|(name, counts)| (counts.map(Reverse), *name));
        let secrets = count(rest.len() as u64, "more secret", "more secrets");
        writeln!(
            out,
            "{}",
            self.paint
                .bold(&format!("and {secrets} (-v shows all of them)"))
        )?;
        let mut rows = vec![
            ["rule", "high", "medium", "low"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (name, counts) in rules.iter().take(RULES) {
            let name = cut_end(&escape::line(name), self.width.saturating_sub(26).min(44));
            let counts = counts.iter().map(u64::to_string);
            rows.push([name].into_iter().chain(counts).collect());
        }
        let align = [Align::Left, Align::Right, Align::Right, Align::Right];
        table::write(out, "  ", &align, &rows)?;
        if let Some(more @ 1..) = rules.len().checked_sub(RULES) {
            let secrets: u64 = rules[RULES..].iter().flat_map(|(_, counts)| counts).sum();
            let secrets = count(secrets, "secret", "secrets");
            let rules = count(more as u64, "more rule", "more rules");
            writeln!(out, "  {secrets} of {rules}")?;
        }
        writeln!(out)
    }

    fn coverage(&self, out: &mut dyn Write, coverage: &Coverage) -> io::Result<()> {
        let mut text = Vec::new();
        coverage_report::write(&mut text, coverage)?;
        for line in String::from_utf8_lossy(&text).lines() {
            for line in wrap(line, self.width, 14) {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }
}

/// The numbers of further places.
fn more_places(others: &[&Finding], commits: bool) -> String {
    let of = |reach| {
        let is_such = |finding: &&&Finding| Reach::of(&finding.occurrence) == reach;
        others.iter().filter(is_such).count()
    };
    let reaches = Reach::ALL.map(|reach| (of(reach), reach));
    let reaches: Vec<_> = reaches.into_iter().filter(|&(n, _)| n > 0).collect();
    let places = count(others.len() as u64, "more place", "more places");
    match reaches.as_slice() {
        [(_, only)] => format!("{places} {}", only.words(commits)),
        several => {
            let parts: Vec<_> = several
                .iter()
                .map(|(n, reach)| format!("{n} {}", reach.words(commits)))
                .collect();
            format!("{places} ({})", parts.join(", "))
        }
    }
}

/// The user, host and database of a login, if one of the first two is known.
fn login(finding: &Finding) -> Option<String> {
    let context = &finding.context;
    let user = context.user.as_ref();
    let user = user.map(|user| format!("user {}", escape::line(user)));
    let host = context.host.as_ref().map(|host| {
        let host = escape::line(host);
        match context.port {
            Some(port) => format!("{host}:{port}"),
            None => host.into_owned(),
        }
    });
    Some(match (user, host) {
        (Some(user), Some(host)) => format!("{user} at {host}"),
        (Some(user), None) => user,
        (None, Some(host)) => format!("at {host}"),
        (None, None) => return None,
    })
}
