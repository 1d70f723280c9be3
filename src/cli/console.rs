//! The streams that a command writes to. Tests replace them by buffers.

use std::io::{IsTerminal, Write};

use super::errors::CommandError;
use super::progress_bars::ProgressBars;
use crate::output::OutputError;
use crate::progress::Progress;

/// The outputs of `plan`, `import` and `verify`.
pub struct Console<'a> {
    /// Data.
    pub stdout: &'a mut dyn Write,
    /// Messages and questions.
    pub stderr: &'a mut dyn Write,
    /// Receiver of progress.
    pub progress: &'a dyn Progress,
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

/// The width of the terminal that stdout is, in columns. `None`: stdout is no terminal, or does not say its width.
pub fn stdout_width() -> Option<usize> {
    let stdout = std::io::stdout();
    let size = rustix::termios::tcgetwinsize(&stdout).ok()?;
    Some(usize::from(size.ws_col)).filter(|&width| width > 0)
}
