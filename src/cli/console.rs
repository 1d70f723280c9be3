//! The streams that a command writes to. Tests replace them by buffers.

use std::io::{IsTerminal, Write};

use super::errors::CommandError;
use super::messages::{self, Detail};
use super::pager;
use super::progress_bars::ProgressBars;
use crate::output::OutputError;
use crate::progress::Progress;
use crate::report::Terminal;

/// The outputs of `plan`, `import` and `verify`.
pub struct Console<'a> {
    /// Data.
    pub stdout: &'a mut dyn Write,
    /// Messages and questions.
    pub stderr: &'a mut dyn Write,
    /// Receiver of progress.
    pub progress: &'a dyn Progress,
    /// Stdout is that of the process, and may be shown by a pager.
    pub pager: bool,
}

impl Console<'_> {
    /// Runs a command on the standard streams of the process.
    pub fn with_standard_streams<T>(
        progress: &ProgressBars,
        run: impl FnOnce(&mut Console<'_>) -> T,
    ) -> T {
        let (mut stdout, mut stderr) = (std::io::stdout(), std::io::stderr());
        run(&mut Console {
            stdout: &mut stdout,
            stderr: &mut stderr,
            progress,
            pager: true,
        })
    }

    /// Writes one line to stderr.
    ///
    /// # Errors
    ///
    /// Errors of stderr.
    pub fn say(&mut self, line: &str) -> Result<(), CommandError> {
        writeln!(self.stderr, "{line}").map_err(|error| {
            CommandError::failed(anyhow::anyhow!("cannot write to stderr: {error}"))
        })
    }

    /// Writes a note to stderr, unless the user wants none.
    ///
    /// # Errors
    ///
    /// Errors of stderr.
    pub fn note(&mut self, text: &str) -> Result<(), CommandError> {
        match messages::detail_level() {
            Detail::Quiet => Ok(()),
            _ => self.say(&format!("note: {text}")),
        }
    }

    /// Writes a report of any length to stdout, through a pager if `pager` is set and stdout is a terminal that the report
    /// does not fit on. Returns whether a pager showed it.
    ///
    /// # Errors
    ///
    /// Errors of stdout, unless it is closed.
    pub fn print_long(
        &mut self,
        pager: bool,
        report: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<bool, CommandError> {
        if !(pager && self.pager) {
            self.print(report)?;
            return Ok(false);
        }
        let mut text = Vec::new();
        report(&mut text).map_err(anyhow::Error::from)?;
        Ok(pager::show(&text)?)
    }

    /// Writes a report to stdout. A closed pipe is not an error: its reader has read enough.
    ///
    /// # Errors
    ///
    /// All other errors of stdout.
    pub fn print(
        &mut self,
        report: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), CommandError> {
        match report(self.stdout).and_then(|()| self.stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(OutputError::Stdout(error).into())
            }
            _ => Ok(()),
        }
    }
}

/// The width of the terminal that stdout is, in columns, for reports that are laid out for it. `None` if stdout is no
/// terminal.
pub fn terminal_width() -> Option<usize> {
    /// The width of a terminal that does not say it, such as one over a serial line.
    const USUAL: usize = 80;
    std::io::stdout()
        .is_terminal()
        .then(|| stated_width().unwrap_or(USUAL).max(Terminal::NARROWEST))
}

/// Whether stdout is a terminal with colours (<https://no-color.org>).
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR and TERM decide about colour"
)]
pub fn stdout_has_color() -> bool {
    let off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !off && !dumb
}

/// The width that the terminal of stdout states, in columns.
fn stated_width() -> Option<usize> {
    let stdout = std::io::stdout();
    let size = rustix::termios::tcgetwinsize(&stdout).ok()?;
    Some(usize::from(size.ws_col)).filter(|&width| width > 0)
}
