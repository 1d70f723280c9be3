//! The parts of the screen, as lines that fit it.

use std::collections::BTreeMap;

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use super::app::{App, Pending};
use super::question_card::Card;
use super::screen_theme::Theme;
use super::secret_evidence::Labelled;
use super::secret_words::safe;
use crate::report::fitted_text::{cut_end, cut_middle, wrap};
use crate::report::number::count;
use crate::report::secret_text::{LineState, masked_lines};
use crate::session::answer_text;

/// The width of labels.
const LABEL: usize = 10;
/// Members of a group that are named below a question.
const MEMBERS: usize = 3;
/// Proposals that have a key.
const KEYS: usize = 9;

/// A text in lines of at most `width` columns.
pub fn wrapped(text: &str, width: usize, indent: usize) -> Vec<Line<'static>> {
    let lines = wrap(text, width, indent).into_iter();
    lines.map(|line| Line::raw(cut_end(&line, width))).collect()
}

/// The part of a list of `all` lines that is shown in `height` lines, so that line `at` is among them.
fn window(at: usize, all: usize, height: usize) -> std::ops::Range<usize> {
    let from = at
        .saturating_sub(height / 2)
        .min(all.saturating_sub(height));
    from..(from + height).min(all)
}

/// The groups.
pub fn queue(app: &App, width: usize, height: usize, theme: Theme) -> Vec<Line<'static>> {
    if app.queue.is_empty() {
        return Vec::new();
    }
    let shown = window(app.selected, app.queue.len(), height);
    let widest = app.queue.iter().map(|row| row.topic.len().min(12)).max();
    let widest = widest.unwrap_or(0);
    let row = |at: usize| {
        let row = &app.queue[at];
        let is_chosen = at == app.selected;
        let mark = if is_chosen { ">" } else { " " };
        let topic = cut_end(&safe(&row.topic), widest);
        let start = format!("{mark}{:>5} {topic:<widest$} ", row.secrets);
        let about = cut_middle(&safe(&row.about), width.saturating_sub(start.width()));
        let text = format!("{start}{about}");
        match is_chosen {
            true => Line::styled(text, theme.chosen()),
            false => Line::raw(text),
        }
    };
    shown.map(row).collect()
}

/// The question with its evidence, the answers, and the secrets that an answer is for. If not all fits, evidence is left out.
pub fn question(app: &App, width: usize, height: usize, theme: Theme) -> Vec<Line<'static>> {
    let Some(card) = &app.card else {
        return nothing_asked(app, width);
    };
    let mut asked: Vec<Line> = Vec::new();
    for text in &card.texts {
        let lines = wrap(&safe(text), width, 2).into_iter();
        asked.extend(lines.map(|line| Line::styled(cut_end(&line, width), theme.heading())));
    }
    let evidence = evidence(card, width, theme);
    let mut answers = answers(card, width, theme);
    let mut scope = scope(card, width, theme);
    // Question, answers and scope count more than the evidence, which `v` shows whole.
    cut(&mut asked, (height / 4).max(2));
    cut(&mut answers, (height / 2).max(2));
    let least = asked.len() + answers.len() + 2;
    let has_gaps = least + scope.len() + evidence.len() < height;
    if least + scope.len() > height {
        scope.truncate(height.saturating_sub(least).max(1));
    }
    let used = asked.len() + answers.len() + scope.len();
    let mut evidence = evidence;
    let room = height.saturating_sub(used);
    if evidence.len() > room {
        let left = evidence.len() + 1 - room.min(evidence.len());
        evidence.truncate(room.saturating_sub(1));
        if room > 0 {
            evidence.push(Line::styled(
                format!("… {left} more lines (v)"),
                theme.dim(),
            ));
        }
    }
    let mut lines = asked;
    lines.append(&mut evidence);
    for mut part in [answers, scope] {
        if has_gaps {
            lines.push(Line::default());
        }
        lines.append(&mut part);
    }
    lines
}

fn cut(lines: &mut Vec<Line<'static>>, most: usize) {
    if lines.len() > most {
        lines.truncate(most.saturating_sub(1));
        lines.push(Line::raw("…"));
    }
}

fn nothing_asked(app: &App, width: usize) -> Vec<Line<'static>> {
    let text = match (app.counts.waiting, app.filter.as_str()) {
        (0, _) => {
            "No question is open. All answers are written. `keyferry plan` shows what they lead to."
                .to_owned()
        }
        (waiting, _) => format!(
            "The filter selects no secret with an open question; {} without it. Esc takes the filter away.",
            count(waiting as u64, "secret waits", "secrets wait")
        ),
    };
    wrapped(&text, width, 0)
}

fn label(text: &str, theme: Theme) -> Span<'static> {
    Span::styled(format!("{:<LABEL$} ", cut_end(text, LABEL)), theme.dim())
}

fn labelled(known: &Labelled, width: usize, most: usize, theme: Theme) -> Vec<Line<'static>> {
    let room = width.saturating_sub(LABEL + 1).max(10);
    let mut lines = wrap(&known.text, room, 0);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", cut_end(last, room.saturating_sub(1)));
        }
    }
    let line = |(at, text): (usize, String)| {
        let first = if at == 0 { known.label.as_str() } else { "" };
        Line::from(vec![label(first, theme), Span::raw(text)])
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// What is known of the secret that is shown.
fn evidence(card: &Card, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(place) = &card.place {
        let place = cut_middle(&safe(place), width.saturating_sub(LABEL + 1));
        lines.push(Line::from(vec![label("place", theme), Span::raw(place)]));
        lines.extend(source_line(card, width, theme));
    }
    for known in card.scanned.iter().chain(&card.facts) {
        lines.extend(labelled(known, width, 2, theme));
    }
    lines
}

/// The masked line of the place, or why it cannot be shown.
fn source_line(card: &Card, width: usize, theme: Theme) -> Vec<Line<'static>> {
    match &card.line {
        None => vec![Line::styled("    reading its line …", theme.dim())],
        Some(LineState::NotRead) => Vec::new(),
        Some(LineState::Failed(why)) => {
            let why = format!("    its line cannot be shown: {}", safe(why));
            vec![Line::styled(cut_end(&why, width), theme.dim())]
        }
        Some(LineState::Read(line)) => {
            let mut shown: Vec<Line> = masked_lines(line, width)
                .into_iter()
                .map(Line::raw)
                .collect();
            if line.is_moved {
                let moved = format!("    it is on line {} now", line.line);
                shown.push(Line::styled(moved, theme.dim()));
            }
            shown
        }
    }
}

fn answers(card: &Card, width: usize, theme: Theme) -> Vec<Line<'static>> {
    if card.proposals.is_empty() {
        let none = "no value is known: Enter, or t, to type one";
        return vec![Line::styled(cut_end(none, width), theme.strong())];
    }
    let is_likely = card.has_likely_answer();
    let mut lines = Vec::new();
    for (at, proposal) in card.proposals.iter().take(KEYS).enumerate() {
        let answer = safe(&answer_text::of(&proposal.answer));
        let mark = if at == 0 && is_likely { ">" } else { " " };
        let start = format!("{mark}{} {}", at + 1, cut_end(&answer, width / 2));
        let because = match proposal.because.as_str() {
            "" => String::new(),
            because => format!("  {}", safe(because)),
        };
        let because = cut_end(&because, width.saturating_sub(start.width()));
        let style = match at == 0 && is_likely {
            true => theme.strong(),
            false => ratatui::style::Style::new(),
        };
        lines.push(Line::from(vec![
            Span::styled(start, style),
            Span::styled(because, theme.dim()),
        ]));
    }
    let more = card.proposals.len().saturating_sub(KEYS);
    if more > 0 {
        let more = format!("  {more} more (t, then Tab)");
        lines.push(Line::styled(cut_end(&more, width), theme.dim()));
    }
    lines
}

fn scope(card: &Card, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let secrets = count(card.members.len() as u64, "secret", "secrets");
    let mut text = match card.members.len() {
        1 => "for this secret only".to_owned(),
        _ => format!("for {secrets} {}", card.likeness.words()),
    };
    let steps = [("+", card.wider), ("-", card.narrower)];
    let steps = steps
        .into_iter()
        .filter_map(|(key, to)| Some(format!("{key} {}", to?)));
    let steps: Vec<String> = steps.collect();
    if !steps.is_empty() {
        text.push_str(&format!("  ({})", steps.join(", ")));
    }
    let mut lines = vec![Line::styled(cut_end(&text, width), theme.heading())];
    if card.members.len() > 1 {
        for (_, member) in card.members.iter().take(MEMBERS) {
            let member = cut_middle(member, width.saturating_sub(2));
            lines.push(Line::styled(format!("  {member}"), theme.dim()));
        }
        let more = card.members.len().saturating_sub(MEMBERS);
        if more > 0 {
            lines.push(Line::styled(format!("  {more} more (l)"), theme.dim()));
        }
    }
    lines
}

/// What an answer would change.
pub fn confirmation(
    app: &App,
    pending: &Pending,
    width: usize,
    height: usize,
    theme: Theme,
) -> Vec<Line<'static>> {
    let (reply, change) = (&pending.reply, &pending.change);
    let secrets = count(reply.secrets.len() as u64, "secret", "secrets");
    let topic = reply.answer.topic();
    let answer = safe(&answer_text::of(&reply.answer));
    let words = app.card.as_ref().filter(|card| card.members.len() > 1);
    let words = words.map_or(String::new(), |card| format!(" {}", card.likeness.words()));
    let title = format!(
        "{}: {answer} for {secrets}{words}?",
        safe(&topic.to_string())
    );
    let mut lines: Vec<Line> = wrap(&title, width, 2)
        .into_iter()
        .map(|line| Line::styled(cut_end(&line, width), theme.heading()))
        .collect();
    if let Some(reason) = &reply.reason {
        let reason = Labelled {
            label: "reason".to_owned(),
            text: safe(reason),
        };
        lines.extend(labelled(&reason, width, 3, theme));
    }
    lines.push(Line::default());
    let mut outcomes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (_, before, after) in &change.outcomes {
        *outcomes.entry((before.name(), after.name())).or_default() += 1;
    }
    for ((before, after), secrets) in outcomes {
        let secrets = count(secrets, "secret", "secrets");
        let text = match before == after {
            true => format!("{secrets}: {after} as before"),
            false => format!("{secrets}: {before} → {after}"),
        };
        lines.extend(wrapped(&text, width, 2));
    }
    let settled = count(change.settled as u64, "secret has", "secrets have");
    lines.extend(wrapped(
        &format!("{settled} no open question then"),
        width,
        2,
    ));
    if !change.still_asked.is_empty() {
        let asked = count(change.still_asked.len() as u64, "secret", "secrets");
        let text = format!("{asked} still have this question: the answer does not settle it");
        lines.extend(
            wrapped(&text, width, 2)
                .into_iter()
                .map(|line| line.style(theme.problem())),
        );
    }
    for text in change.contradictions.iter().flat_map(|text| text.lines()) {
        let text = format!("contradiction: {}", safe(text.trim()));
        lines.extend(
            wrapped(&text, width, 2)
                .into_iter()
                .map(|line| line.style(theme.problem())),
        );
    }
    lines.push(Line::default());
    cut(&mut lines, height.saturating_sub(1));
    lines.push(Line::styled(
        "Enter writes it, Esc goes back",
        theme.strong(),
    ));
    lines
}

/// The secrets that an answer is for.
pub fn members(
    app: &App,
    at: usize,
    width: usize,
    height: usize,
    theme: Theme,
) -> Vec<Line<'static>> {
    let Some(card) = &app.card else {
        return Vec::new();
    };
    let secrets = count(card.members.len() as u64, "secret", "secrets");
    let title = format!("{secrets} {}", card.likeness.words());
    let mut lines = vec![Line::styled(cut_end(&title, width), theme.heading())];
    let shown = window(at, card.members.len(), height.saturating_sub(1));
    for number in shown {
        let mark = if number == at { ">" } else { " " };
        let text = format!("{mark}{:>5} ", number + 1);
        let room = width.saturating_sub(text.width());
        let text = format!("{text}{}", cut_middle(&card.members[number].1, room));
        lines.push(match number == at {
            true => Line::styled(text, theme.chosen()),
            false => Line::raw(text),
        });
    }
    lines
}

/// All that is known of the secret that is shown.
pub fn details(
    app: &App,
    from: usize,
    width: usize,
    height: usize,
    theme: Theme,
) -> Vec<Line<'static>> {
    let Some(card) = &app.card else {
        return Vec::new();
    };
    let mut lines = vec![Line::styled(card.lead.to_string(), theme.heading())];
    for text in &card.texts {
        lines.extend(wrapped(&safe(text), width, 2));
    }
    if let Some(place) = &card.place {
        let place = Labelled {
            label: "place".to_owned(),
            text: safe(place),
        };
        lines.extend(labelled(&place, width, usize::MAX, theme));
        lines.extend(source_line(card, width, theme));
    }
    for known in card.scanned.iter().chain(&card.facts) {
        lines.extend(labelled(known, width, usize::MAX, theme));
    }
    let from = from.min(lines.len().saturating_sub(height));
    lines.into_iter().skip(from).take(height).collect()
}

/// The keys.
pub fn help(theme: Theme) -> Vec<Line<'static>> {
    let keys = [
        (
            "Enter",
            "the likely answer, marked with >; Enter again writes it",
        ),
        ("1-9", "the answer with this number"),
        ("t", "type another answer"),
        ("e", "before writing: edit the reason"),
        ("+ -", "answer for more or fewer secrets"),
        ("l", "list the secrets; Enter takes one alone"),
        ("v", "view all that is known of the secret"),
        ("j k", "next and previous group (also arrows, PgUp, PgDn)"),
        ("s", "skip: the group goes behind all others"),
        ("u", "take the last answer back"),
        ("/", "filter by application, repository, path, key, rule"),
        ("r", "read changed files again (also done by itself)"),
        ("q", "quit: all answers are written already"),
    ];
    let line = |(key, what): (&str, &str)| {
        Line::from(vec![
            Span::styled(format!("{key:<6} "), theme.strong()),
            Span::raw(what.to_owned()),
        ])
    };
    keys.into_iter().map(line).collect()
}
