//! What is said on stderr: messages, errors with their hints, progress bars.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::CommandError;
use crate::escape;
use crate::progress::Progress;

/// Something the user should know, and that is no error.
pub fn note(text: &str) {
    say("note", text);
}

pub fn warn(text: &str) {
    say("warning", text);
}

/// An error with its causes on one line, and the hint on the next.
pub fn error(error: &CommandError) {
    let causes: Vec<String> = error.error.chain().map(ToString::to_string).collect();
    let mut text = String::new();
    for cause in causes {
        // Errors that quote their source in their own words say it once.
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    say("error", &text);
    if let Some(hint) = &error.hint {
        say("hint", hint);
    }
}

fn say(label: &str, text: &str) {
    let lines: Vec<_> = text
        .lines()
        .map(|line| escape::line(line).into_owned())
        .collect();
    // Nobody reads a closed stderr: not a reason to stop.
    let _ = writeln!(std::io::stderr(), "{label}: {}", lines.join("\n  "));
}

/// Whether stdout wants colours (<https://no-color.org>).
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR and TERM decide about colour"
)]
pub fn stdout_color() -> bool {
    let off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !off && !dumb
}

/// Progress bars, on a terminal only.
pub struct Ui {
    bar: Mutex<Option<ProgressBar>>,
    draw: bool,
}

impl Ui {
    pub fn new(progress: bool) -> Self {
        Self {
            bar: Mutex::new(None),
            draw: progress && std::io::stderr().is_terminal(),
        }
    }
}

impl Progress for Ui {
    fn stage(&self, name: &str, total: u64) {
        if !self.draw {
            return;
        }
        self.finish();
        let bar =
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        // As wide as the terminal: a line that does not fit is drawn anew below itself.
        let template = if total > 0 {
            "{msg:>16} [{wide_bar}] {percent:>3}% {eta}"
        } else {
            "{msg:>16} {spinner} {elapsed}"
        };
        bar.set_style(
            ProgressStyle::with_template(template)
                .expect("a fixed template")
                .progress_chars("=> "),
        );
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        if let Ok(mut slot) = self.bar.lock() {
            *slot = Some(bar);
        }
    }

    fn advance(&self, steps: u64) {
        if self.draw
            && let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            bar.inc(steps);
        }
    }

    /// Takes the bar away.
    fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// A text of several lines, already escaped, such as the coverage account.
pub fn block(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
