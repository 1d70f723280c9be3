//! `show` for people: sections with labels, wrapped at the width of the terminal.

use std::io::{self, Write};

use super::fitted_text::{cut_end, wrap_words};
use super::number::count;
use super::paint::Paint;
use super::secret_view::{PlaceView, ResultName, SecretView, Since};
use super::source_line;
use super::table;
use crate::decide::explanation::StepKind;
use crate::escape;
use crate::finding::{Confidence, Context, Introduction, Origin, ReadingName};
use crate::inventory::entry::{Exposure, MigrationProgress, Outcome, Provenance};
use crate::inventory::secret_roles::Role;
use crate::scan::place_line::PlaceLine;

/// The width of the labels.
const LABEL: usize = 11;
/// The width of lines of text, if stdout is no terminal.
const PIPE: usize = 120;
/// The least width of lines of text.
const LEAST: usize = 40;
/// Branches and tags that are named for a place.
const REFS: usize = 3;

/// What is known of the line of a place now.
#[derive(Clone, Debug)]
pub enum LineState {
    /// It was not read.
    NotRead,
    /// It has the value.
    Read(PlaceLine),
    /// It cannot be shown, for a reason in words.
    Failed(String),
}

/// How secrets are written.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The width of the terminal. `None`: stdout is none.
    pub width: Option<usize>,
    /// Colour the lines of places.
    pub color: bool,
}

/// Writes secrets as text. `lines` has the states of the shown places of each secret, in their order; places without one
/// were not read.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    secrets: &[SecretView],
    lines: &[Vec<LineState>],
    layout: Layout,
) -> io::Result<()> {
    for (at, secret) in secrets.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let mut page = Page {
            out: &mut *out,
            width: layout.width.unwrap_or(PIPE).max(LEAST),
            paint: Paint(layout.color),
        };
        page.secret(secret, lines.get(at).map_or(&[], Vec::as_slice))?;
    }
    Ok(())
}

struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    paint: Paint,
}

impl Page<'_> {
    fn secret(&mut self, secret: &SecretView, lines: &[LineState]) -> io::Result<()> {
        writeln!(self.out, "{}", secret.secret_id)?;
        if let Some(name) = &secret.name {
            self.line("name", name)?;
        }
        self.line("kind", secret.kind.name())?;
        let rule = match &secret.detector_name {
            Some(name) => format!("{name} ({})", secret.detector),
            None => secret.detector.clone(),
        };
        let confidence = secret.confidence.name();
        self.line("found by", &format!("{rule}, {confidence} confidence"))?;
        if let Some(proof) = &secret.proof {
            self.line("proved by", proof)?;
        }
        let exposure = match secret.exposure {
            Exposure::AtHead => "at HEAD or in a working tree",
            Exposure::History => "only in history",
            Exposure::Unreachable => "only in objects that no ref leads to",
        };
        let places = count(secret.place_count, "place", "places");
        let expired = if secret.expired { "; expired" } else { "" };
        match secret.place_count {
            0 => self.line("exposure", "no longer found at any place")?,
            _ => self.line("exposure", &format!("{exposure}, at {places}{expired}"))?,
        }
        if let Some(since) = &secret.since {
            self.line("since", &since_in_words(since))?;
        }
        self.login(secret)?;
        if let Some(id) = &secret.read_now_as {
            self.line("read now as", id.as_str())?;
        }
        for id in &secret.earlier_ids {
            self.line("earlier id", id.as_str())?;
        }
        self.decision(secret)?;
        self.facts(secret)?;
        self.uses(secret)?;
        self.plan(secret)?;
        self.places(secret, lines)
    }

    /// A labelled text, wrapped.
    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.text(&table::pad(label, LABEL, table::Align::Left), text)
    }

    /// A text behind a first column, wrapped, with an indent.
    fn text(&mut self, first: &str, text: &str) -> io::Result<()> {
        let indent = 2 + first.chars().count() + 1;
        let lines = wrap_words(
            &escape::line(text),
            self.width.saturating_sub(indent).max(20),
        );
        for (at, line) in lines.iter().enumerate() {
            match at {
                0 => writeln!(self.out, "{}", format!("  {first} {line}").trim_end())?,
                _ => writeln!(self.out, "{:indent$}{line}", "")?,
            }
        }
        Ok(())
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        for (at, line) in wrap_words(&escape::line(title), self.width)
            .iter()
            .enumerate()
        {
            writeln!(self.out, "{}{line}", if at == 0 { "\n" } else { "  " })?;
        }
        Ok(())
    }

    fn login(&mut self, secret: &SecretView) -> io::Result<()> {
        let context = &secret.context;
        if let Some(key) = &context.key {
            self.line("key", key)?;
        }
        if let Some(login) = login_words(context) {
            self.line("login", &login)?;
        }
        let other = |(name, role): (&String, &Role)| match role {
            Role::Text { .. } => None,
            Role::Secret { secret } => Some(format!("{name} {secret}")),
        };
        let others: Vec<String> = secret.roles.iter().filter_map(other).collect();
        if !others.is_empty() {
            self.line("parts", &others.join(", "))?;
        }
        if let Some(secret) = &context.part_of {
            self.line("part of", secret.as_str())?;
        }
        match context.environment.is_empty() {
            true => Ok(()),
            false => self.line("states", &context.environment.join(", ")),
        }
    }

    fn decision(&mut self, secret: &SecretView) -> io::Result<()> {
        let decision = &secret.decision;
        let by = match &decision.statement {
            Some(statement) => format!("statement {statement}"),
            None => format!("rule {}", decision.rule),
        };
        self.title(&format!("decision: {} ({by})", decision.outcome.name()))?;
        if !decision.reason.trim().is_empty() {
            self.text("", &decision.reason)?;
        }
        // One statement can answer all questions with the same answers.
        let mut asked: Vec<(&[String], Vec<&str>)> = Vec::new();
        for question in &decision.questions {
            let answers = question.answers.as_slice();
            match asked.iter_mut().find(|(known, _)| *known == answers) {
                Some((_, questions)) => questions.push(&question.question),
                None => asked.push((answers, vec![&question.question])),
            }
        }
        for (answers, questions) in asked {
            for question in questions {
                self.text("?", question)?;
            }
            self.text("   ", &format!("answers: {}", answers.join(" | ")))?;
        }
        if !decision.questions.is_empty() {
            let id = &secret.secret_id;
            self.text(
                "",
                "an answer is a statement in decisions.yaml or decisions/*.yaml:",
            )?;
            let part = &decision.questions[0].answers;
            let part = part.first().map_or("outcome: retire", String::as_str);
            let reason = if part.starts_with("outcome") {
                ", reason: \"…\""
            } else {
                ""
            };
            // It is to be copied, so it is not wrapped.
            writeln!(
                self.out,
                "     - {{ secret: {id}, {}{reason}, by: you@example.com }}",
                escape::line(part)
            )?;
        }
        self.title("looked at, in this order")?;
        let mut skipped: Vec<String> = Vec::new();
        for step in &decision.chain {
            if step.result == ResultName::DoesNotHold && step.what == StepKind::Rule {
                skipped.push(format!("{} ({})", step.name, step.failing.join(", ")));
                continue;
            }
            self.skipped(&mut skipped)?;
            let what = match step.what {
                StepKind::Statement => "statement",
                StepKind::Rule => "rule",
                StepKind::Check => "check",
            };
            let result = match step.result {
                ResultName::Decided => "decided".to_owned(),
                ResultName::WouldHave => "would have decided".to_owned(),
                ResultName::DoesNotHold => format!("does not hold: {}", step.failing.join(", ")),
                ResultName::Ended => "its last day has passed".to_owned(),
                ResultName::Contradicted => "contradicted by another statement".to_owned(),
            };
            let outcome = step.outcome.name();
            self.text("-", &format!("{what} {}: {outcome}; {result}", step.name))?;
        }
        self.skipped(&mut skipped)?;
        match decision.statements_more {
            0 => Ok(()),
            more => {
                let more = count(more, "further statement", "further statements");
                self.text("-", &format!("{more} with conditions that do not hold"))
            }
        }
    }

    /// The rules that do not hold, in one paragraph.
    fn skipped(&mut self, skipped: &mut Vec<String>) -> io::Result<()> {
        let rules = std::mem::take(skipped);
        match rules.len() {
            0 => Ok(()),
            _ => self.text(
                "-",
                &format!("rules that do not hold: {}", rules.join(", ")),
            ),
        }
    }

    fn facts(&mut self, secret: &SecretView) -> io::Result<()> {
        if secret.metadata.is_empty() && secret.conflicts.is_empty() && secret.missing.is_empty() {
            return Ok(());
        }
        self.title("facts")?;
        let names = secret
            .metadata
            .iter()
            .map(|fact| fact.field.chars().count());
        let widest = names.max().unwrap_or(0);
        for fact in &secret.metadata {
            let field = table::pad(&escape::line(&fact.field), widest, table::Align::Left);
            let from = provenance(fact.from);
            let by = fact.stated_by.join("; ");
            let by = if by.is_empty() {
                String::new()
            } else {
                format!(": {by}")
            };
            self.text(&field, &format!("{} ({from}{by})", fact.value))?;
        }
        for conflict in &secret.conflicts {
            let values = conflict.values.iter().map(|(value, places)| {
                let places: Vec<&str> = places.iter().take(REFS).map(String::as_str).collect();
                format!("{value} ({})", places.join("; "))
            });
            let values: Vec<String> = values.collect();
            let text = format!("{} differs: {}", conflict.field, values.join(" or "));
            self.text("!", &text)?;
        }
        match secret.missing.is_empty() {
            true => Ok(()),
            false => self.text("!", &format!("not known: {}", secret.missing.join(", "))),
        }
    }

    fn uses(&mut self, secret: &SecretView) -> io::Result<()> {
        if !secret.readers.is_empty() {
            let readers: Vec<&str> = secret.readers.iter().map(String::as_str).collect();
            self.title(&format!("shared by {}", readers.join(", ")))?;
        }
        if secret.other_uses.is_empty() {
            return Ok(());
        }
        self.title("other uses of the value, settled separately")?;
        for id in &secret.other_uses {
            self.text("-", id.as_str())?;
        }
        Ok(())
    }

    fn plan(&mut self, secret: &SecretView) -> io::Result<()> {
        self.title("Secrets Manager")?;
        let progress = match secret.progress {
            MigrationProgress::Found => "not imported",
            MigrationProgress::Imported => "imported",
            MigrationProgress::Verified => "imported, and the value was read back and compared",
        };
        self.line("progress", progress)?;
        match &secret.name {
            Some(name) => self.line(
                "name",
                &format!("{name} (template {})", secret.name_template),
            )?,
            None => self.line("name", &format!("none (template {})", secret.name_template))?,
        }
        let tags = secret
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let tags: Vec<String> = tags.collect();
        if !tags.is_empty() {
            self.line("tags", &tags.join(", "))?;
        }
        let Some(plan) = &secret.plan else {
            let outcome = match secret.decision.outcome {
                Outcome::Review => "it is in review".to_owned(),
                Outcome::PartOf => "it is moved as a part of another secret".to_owned(),
                outcome => format!("the decision is {}", outcome.name()),
            };
            return self.line("plan", &format!("not planned: {outcome}"));
        };
        let stored = plan.stored_as.as_deref().unwrap_or("secret");
        let text = match plan.class.is_importable() {
            true if secret.progress > MigrationProgress::Found => {
                "nothing to create, as far as the inventory knows".to_owned()
            }
            true if !secret.payload.is_empty() => format!(
                "create it as {stored} with JSON of {}, unless the account has it",
                secret
                    .payload
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            true => format!("create it as {stored}, unless the account has it"),
            false => format!("cannot be imported ({})", plan.class.name()),
        };
        self.line("plan", &text)?;
        for problem in &plan.problems {
            self.text("!", &problem.message)?;
            self.text(" ", &format!("hint: {}", problem.hint))?;
        }
        Ok(())
    }

    fn places(&mut self, secret: &SecretView, lines: &[LineState]) -> io::Result<()> {
        let (shown, all) = (secret.places.len() as u64, secret.place_count);
        if all == 0 {
            return Ok(());
        }
        let title = match shown == all {
            true => count(all, "place", "places"),
            false => format!("{shown} of {all} places (--all shows all)"),
        };
        self.title(&title)?;
        for (at, place) in secret.places.iter().enumerate() {
            self.place(secret, place, lines.get(at).unwrap_or(&LineState::NotRead))?;
        }
        Ok(())
    }

    fn place(
        &mut self,
        secret: &SecretView,
        place: &PlaceView,
        line: &LineState,
    ) -> io::Result<()> {
        let within = match place.path.as_str() {
            "" => place.origin.name(),
            path => path,
        };
        // It is to be copied, so it is not wrapped.
        let at = format!(
            "{}:{within}:{}:{}",
            place.repository, place.line, place.column
        );
        writeln!(self.out, "  {}", self.paint.place(&escape::line(&at)))?;
        self.source_line(secret, line)?;
        let mut parts = vec![standing(place).to_owned()];
        parts.extend(when(place));
        if place.kind != secret.kind || place.detector != secret.detector {
            parts.push(format!("as {} ({})", place.kind.name(), place.detector));
        }
        if place.key != secret.context.key {
            parts.extend(place.key.as_ref().map(|key| format!("key {key}")));
        }
        if place.reading != ReadingName::Exact {
            let doubt = place
                .reading_doubt
                .map(|doubt| format!(" ({})", doubt.name()));
            parts.push(format!(
                "{}{}",
                place.reading.name(),
                doubt.unwrap_or_default()
            ));
        }
        parts.extend(place.steps.as_ref().map(|steps| format!("read {steps}")));
        self.text("   ", &parts.join(", "))
    }

    /// The line of a place, masked, or why it is not shown.
    fn source_line(&mut self, secret: &SecretView, line: &LineState) -> io::Result<()> {
        let line = match line {
            LineState::NotRead => return Ok(()),
            LineState::Failed(why) => return self.text("  !", why),
            LineState::Read(line) => line,
        };
        if line.is_moved {
            let moved = format!("moved: it is now at {}:{}", line.line, line.column);
            self.text("  !", &moved)?;
        }
        match &line.excerpt {
            Some(excerpt) => source_line::write_masked(
                self.out,
                excerpt,
                line.line,
                secret.confidence,
                self.paint,
                self.width,
            ),
            None => Ok(()),
        }
    }
}

/// The position of a place within its repository.
fn standing(place: &PlaceView) -> &'static str {
    match place.origin {
        _ if place.at_head => "at HEAD",
        Origin::Worktree => "in the working tree",
        Origin::Staged => "staged",
        _ if !place.reachable => "unreachable",
        _ => "in history",
    }
}

/// When and by whom the value came to a place, and where it still is.
fn when(place: &PlaceView) -> Vec<String> {
    let mut parts = Vec::new();
    let words = commit_words(
        place.date.as_deref(),
        place.author.as_deref(),
        place.commit.as_deref(),
    );
    match place.introduced {
        Some(Introduction::At) if !words.is_empty() => parts.push(format!("since {words}")),
        Some(Introduction::AtOrBefore) => parts.push(format!("at or before {words}")),
        _ => {}
    }
    if let Some(last) = &place.last_date {
        parts.push(format!("gone after {}", day(last)));
    } else if !place.at_head && !place.refs.is_empty() {
        let short = |name: &String| {
            let short = name
                .strip_prefix("refs/heads/")
                .or(name.strip_prefix("refs/"));
            short.unwrap_or(name).to_owned()
        };
        let mut names: Vec<String> = place.refs.iter().take(REFS).map(short).collect();
        let more = place.refs.len() as u64 + place.refs_more;
        let more = more.saturating_sub(names.len() as u64);
        names.extend((more > 0).then(|| format!("{more} more")));
        parts.push(format!("held by {}", names.join(" ")));
    }
    parts
}

/// The login of a value. `None`: nothing is known of it.
pub fn login_words(context: &Context) -> Option<String> {
    let port = context.port.map(|port| port.to_string());
    let parts = [
        ("user", context.user.as_deref()),
        ("host", context.host.as_deref()),
        ("port", port.as_deref()),
        ("database", context.database.as_deref()),
        ("engine", context.engine.as_deref()),
        ("account", context.account.as_deref()),
        ("key id", context.key_id.as_deref()),
    ];
    let known = parts
        .iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", (*value)?)));
    let known: Vec<String> = known.collect();
    Some(known.join(", ")).filter(|words| !words.is_empty())
}

/// Since when and by whom a value is there.
pub fn since_in_words(since: &Since) -> String {
    let words = commit_words(
        since.date.as_deref(),
        since.author.as_deref(),
        since.commit.as_deref(),
    );
    let before = match since.introduced {
        Introduction::At => "",
        Introduction::AtOrBefore => "at or before ",
    };
    let within = match since.path.as_str() {
        "" => String::new(),
        path => format!(":{path}"),
    };
    format!("{before}{words}, in {}{within}", since.repository)
}

fn commit_words(date: Option<&str>, author: Option<&str>, commit: Option<&str>) -> String {
    let date = date.map(|date| day(date).to_owned());
    let author = author.map(|author| format!("by {author}"));
    let commit = commit.map(|commit| format!("in commit {}", commit.get(..10).unwrap_or(commit)));
    let words: Vec<String> = [date, author, commit].into_iter().flatten().collect();
    words.join(" ")
}

/// The day of an RFC 3339 date.
fn day(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

/// The line of a value with the mask in the place of the value, and carets below it. No colours, and no line is wider than
/// `width`.
pub fn masked_lines(line: &PlaceLine, width: usize) -> Vec<String> {
    let Some(excerpt) = &line.excerpt else {
        return vec!["the text is binary".to_owned()];
    };
    let mut out = Vec::new();
    let written = source_line::write_masked(
        &mut out,
        excerpt,
        line.line,
        Confidence::Medium,
        Paint(false),
        width,
    );
    written.expect("a buffer takes everything");
    let text = String::from_utf8_lossy(&out);
    let cut = |line: &str| cut_end(line, width);
    text.lines().map(cut).collect()
}

/// The source of a fact in words.
pub fn provenance(from: Provenance) -> &'static str {
    match from {
        Provenance::Default => "default",
        Provenance::Derived => "derived",
        Provenance::Registry => "register",
        Provenance::Set => "--set",
        Provenance::Policy => "policy",
        Provenance::Codeowners => "CODEOWNERS",
        Provenance::RegistryOverride => "register, which overrides",
        Provenance::ForceSet => "--force-set",
        Provenance::Statement => "statement with a condition",
        Provenance::Person => "statement",
    }
}

#[cfg(test)]
mod tests;
