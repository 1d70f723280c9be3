//! `keyferry review` on a terminal: draws the screen and reads keys.

use std::io;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind};

use super::console::stdout_has_color;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use super::place_line_reader::LineReader;
use super::terminal_screen::TerminalScreen;
use crate::cancel;
use crate::escape;
use crate::output;
use crate::report::number::count;
use crate::session::session_state::Session;
use crate::session_terminal::desk::{Desk, Next, Refreshed};
use crate::session_terminal::screen;
use crate::session_terminal::screen_theme::Theme;

/// How often lines that were read, and signals, are looked for.
const TICK: Duration = Duration::from_millis(100);
/// How often changed files are looked for.
const POLL: Duration = Duration::from_secs(1);
/// How often they are looked for if they cannot be read.
const POLL_AFTER_FAILURE: Duration = Duration::from_secs(10);
/// Enter is not taken so soon after an answer: a key that is held answers no second question.
const PAUSE: Duration = Duration::from_millis(250);

/// Runs a session on the terminal until the person ends it.
///
/// # Errors
///
/// The terminal cannot be read or written.
pub fn run(session: Session, inventory: &str, mut lines: LineReader) -> CommandResult {
    let mut desk = Desk::of(session, inventory);
    let failed = |error: io::Error| {
        CommandError::failed(anyhow::anyhow!("the terminal cannot be used: {error}"))
    };
    let next = {
        let mut screen = TerminalScreen::take().map_err(failed)?;
        work(&mut desk, &mut lines, &mut screen)
    };
    let next = next.map_err(failed)?;
    report(&desk)?;
    Ok(match next {
        Next::Interrupted => Exit::Interrupted,
        _ => Exit::Clean,
    })
}

fn work(desk: &mut Desk, lines: &mut LineReader, screen: &mut TerminalScreen) -> io::Result<Next> {
    let theme = Theme {
        color: stdout_has_color(),
    };
    let mut polled = Instant::now();
    let mut poll = POLL;
    let mut paused: Option<Instant> = None;
    let mut is_changed = true;
    loop {
        if cancel::interrupted() {
            return Ok(Next::Interrupted);
        }
        if let Some(secret) = desk.wanted_line() {
            lines.wish(secret);
        }
        if is_changed {
            desk.app.held_messages = messages::held();
            screen
                .terminal
                .draw(|frame| screen::draw(frame, &desk.app, theme))?;
            is_changed = false;
        }
        if event::poll(TICK)? {
            is_changed = true;
            match event::read()? {
                Event::Key(key) if key.kind == KeyEventKind::Release => {}
                Event::Key(key) => {
                    let now = Instant::now();
                    let is_held = paused.is_some_and(|at| now.duration_since(at) < PAUSE);
                    if key.code == KeyCode::Enter && is_held {
                        paused = Some(now);
                        continue;
                    }
                    let answers = desk.session().answered();
                    match desk.press(key) {
                        Next::GoOn => {}
                        next => return Ok(next),
                    }
                    paused = (desk.session().answered() != answers).then(Instant::now);
                }
                Event::Paste(text) => desk.app.paste(&text),
                _ => {}
            }
        }
        while let Some((id, line)) = lines.next() {
            desk.take_line(&id, line);
            is_changed = true;
        }
        if desk.is_idle() && polled.elapsed() >= poll {
            let result = desk.refresh();
            poll = match result {
                Refreshed::Failed => POLL_AFTER_FAILURE,
                _ => POLL,
            };
            is_changed |= result != Refreshed::Unchanged;
            polled = Instant::now();
        }
    }
}

/// Says what the session has done.
fn report(desk: &Desk) -> Result<(), CommandError> {
    let session = desk.session();
    let answers = count(session.answered() as u64, "answer", "answers");
    let waiting = count(
        session.waiting() as u64,
        "secret still has",
        "secrets still have",
    );
    let file = escape::line(&session.file().display().to_string()).into_owned();
    output::write(None, |out| {
        match session.answered() {
            0 => writeln!(out, "nothing was answered")?,
            _ => writeln!(out, "{answers} written to {file}")?,
        }
        writeln!(out, "{waiting} an open question")
    })?;
    Ok(())
}
