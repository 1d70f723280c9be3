//! Draws the state of a session: header, queue, question, message and keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Color;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr as _;

use super::app::{App, Mode, Purpose};
use super::screen_panels;
use super::screen_theme::Theme;
use crate::report::fitted_text::{cut_end, cut_start};
use crate::report::number::count;

/// The smallest screen.
const LEAST: (u16, u16) = (50, 16);
/// The width from which the queue is beside the question.
const WIDE: u16 = 110;

/// Draws the state.
pub fn draw(frame: &mut Frame, app: &App, theme: Theme) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!(
            "The terminal has {} columns and {} lines. {} columns and {} lines are needed. q ends the session.",
            area.width, area.height, LEAST.0, LEAST.1
        );
        let lines = screen_panels::wrapped(&text, usize::from(area.width), 0);
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let [header, body, message, keys] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Min(1),
        Constraint::Length(message_lines(app, area.width)),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(
        Paragraph::new(header_lines(app, header.width, theme)),
        header,
    );
    draw_body(frame, app, body, theme);
    draw_message(frame, app, message, theme);
    frame.render_widget(Paragraph::new(key_line(app, keys.width, theme)), keys);
}

/// Inventory and person, and how far the session is.
fn header_lines(app: &App, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let filter = match app.filter.as_str() {
        "" => String::new(),
        filter => format!("  filter: {}", cut_end(filter, 20)),
    };
    let held = match app.held_messages {
        0 => String::new(),
        held => format!(
            "  {}",
            count(held as u64, "warning at the end", "warnings at the end")
        ),
    };
    let title = format!(
        "keyferry review  {}  {}{filter}{held}",
        cut_start(&app.inventory, 30),
        cut_end(&app.person, 40)
    );
    let counts = app.counts;
    let settled = counts.secrets.saturating_sub(counts.waiting);
    let words = format!(
        " {settled} of {} settled, {} waiting, {} answered now",
        counts.secrets, counts.waiting, counts.answers
    );
    let room = width.saturating_sub(words.width()).min(40);
    let full = match counts.secrets {
        0 => room,
        all => room * settled / all,
    };
    let bar = |part: &str, times| part.repeat(times);
    vec![
        Line::styled(cut_end(&title, width), theme.heading()),
        Line::from(vec![
            Span::styled(bar("█", full), theme.colored(Color::Green)),
            Span::styled(bar("░", room - full), theme.dim()),
            Span::raw(cut_end(&words, width)),
        ]),
    ]
}

fn draw_body(frame: &mut Frame, app: &App, area: Rect, theme: Theme) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let page = match &app.mode {
        Mode::Help => Some(screen_panels::help(theme)),
        Mode::Members(at) => Some(screen_panels::members(app, *at, width, height, theme)),
        Mode::Details(from) => Some(screen_panels::details(app, *from, width, height, theme)),
        _ => None,
    };
    if let Some(lines) = page {
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let (queue, gap, main) = match area.width >= WIDE {
        true => {
            let [queue, gap, main] = Layout::horizontal([
                Constraint::Length((area.width / 4).clamp(30, 46)),
                Constraint::Length(3),
                Constraint::Min(1),
            ])
            .areas(area);
            (queue, gap, main)
        }
        false => {
            let rows = (area.height / 5).clamp(3, 6);
            let [queue, gap, main] = Layout::vertical([
                Constraint::Length(rows),
                Constraint::Length(1),
                Constraint::Min(1),
            ])
            .areas(area);
            (queue, gap, main)
        }
    };
    let lines = screen_panels::queue(
        app,
        usize::from(queue.width),
        usize::from(queue.height),
        theme,
    );
    frame.render_widget(Paragraph::new(lines), queue);
    let rule: Vec<Line> = match gap.height {
        1 => vec![Line::styled(
            "─".repeat(usize::from(gap.width)),
            theme.dim(),
        )],
        rows => (0..rows).map(|_| Line::styled(" │", theme.dim())).collect(),
    };
    frame.render_widget(Paragraph::new(rule), gap);
    let (width, height) = (usize::from(main.width), usize::from(main.height));
    let lines = match &app.mode {
        Mode::Confirm(pending) => screen_panels::confirmation(app, pending, width, height, theme),
        Mode::Typing(Purpose::Reason(pending), _) => {
            screen_panels::confirmation(app, pending, width, height, theme)
        }
        _ => screen_panels::question(app, width, height, theme),
    };
    frame.render_widget(Paragraph::new(lines), main);
}

/// The number of lines for the message, or for the text that is typed.
fn message_lines(app: &App, width: u16) -> u16 {
    match (&app.mode, &app.message) {
        (Mode::Typing(..), Some(_)) => 2,
        (Mode::Typing(Purpose::Answer, _), None) => 2,
        (_, Some(message)) if message.text.width() > usize::from(width) => 2,
        _ => 1,
    }
}

fn draw_message(frame: &mut Frame, app: &App, area: Rect, theme: Theme) {
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    if let Some(message) = &app.message {
        let style = match message.is_problem {
            true => theme.problem(),
            false => theme.strong(),
        };
        let text = screen_panels::wrapped(&message.text, width, 0);
        lines.extend(text.into_iter().map(|line| line.style(style)));
    }
    if let Mode::Typing(purpose, input) = &app.mode {
        lines.truncate(usize::from(area.height).saturating_sub(1));
        let label = match (purpose, &app.card) {
            (Purpose::Answer, Some(card)) => super::secret_words::safe(&card.topic.to_string()),
            (Purpose::Answer, None) => "answer".to_owned(),
            (Purpose::Reason(_), _) => "reason".to_owned(),
            (Purpose::Filter, _) => "filter".to_owned(),
        };
        let known = app.completions(purpose, &input.text).join("  ");
        if app.message.is_none() && matches!(purpose, Purpose::Answer) {
            let known = super::secret_words::safe(&known);
            lines.push(Line::styled(
                cut_end(&format!("Tab: {known}"), width),
                theme.dim(),
            ));
        }
        let prompt = format!("{label}: ");
        let room = width.saturating_sub(prompt.width() + 1);
        let typed = cut_start(&input.text, room);
        let at = prompt.width() + typed.width();
        frame.set_cursor_position((
            area.x + u16::try_from(at).unwrap_or(0).min(area.width - 1),
            area.y + u16::try_from(lines.len()).unwrap_or(0),
        ));
        lines.push(Line::from(vec![
            Span::styled(prompt, theme.strong()),
            Span::raw(typed),
        ]));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The keys that do something now, as many as fit.
fn key_line(app: &App, width: u16, theme: Theme) -> Line<'static> {
    let keys: &[(&str, &str)] = match &app.mode {
        Mode::Question if app.card.is_none() => &[
            ("q", "quit"),
            ("u", "undo"),
            ("/", "filter"),
            ("r", "refresh"),
            ("?", "help"),
        ],
        Mode::Question => &[
            ("Enter", "likely answer"),
            ("1-9", "answer"),
            ("t", "type"),
            ("?", "help"),
            ("q", "quit"),
            ("+ -", "scope"),
            ("s", "skip"),
            ("u", "undo"),
            ("j k", "group"),
            ("l", "list"),
            ("v", "view"),
            ("/", "filter"),
            ("r", "refresh"),
        ],
        Mode::Confirm(_) => &[
            ("Enter", "write the answer"),
            ("Esc", "back"),
            ("e", "edit the reason"),
        ],
        Mode::Typing(Purpose::Answer, _) => &[
            ("Enter", "see what it changes"),
            ("Tab", "complete"),
            ("Esc", "back"),
        ],
        Mode::Typing(..) => &[("Enter", "take it"), ("Esc", "back"), ("Ctrl-U", "clear")],
        Mode::Members(_) => &[
            ("Enter", "only this secret"),
            ("j k", "move"),
            ("Esc", "back"),
        ],
        Mode::Details(_) => &[("j k", "scroll"), ("Esc", "back")],
        Mode::Help => &[("any key", "back")],
    };
    let mut line = Line::default();
    let mut used = 0;
    for (key, what) in keys {
        let next = key.width() + what.width() + 3;
        if used + next > usize::from(width) + 2 {
            break;
        }
        used += next;
        line.push_span(Span::styled((*key).to_owned(), theme.strong()));
        line.push_span(Span::styled(format!(" {what}  "), theme.dim()));
    }
    line
}

#[cfg(test)]
mod tests;
