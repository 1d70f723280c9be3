//! Shows a long text on a terminal through a pager, as git does.
//!
//! The text must be escaped: a pager may pass on what it reads. The pager runs restricted ([`restrict`]), and gets its
//! text over a pipe, so that no file is left behind. A pager that is missing or fails is no failure of the command: the
//! text is written to the terminal itself.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{SIGINT, SIGPIPE};
use unicode_width::UnicodeWidthStr as _;

use crate::output::{self, OutputError};

/// The program that is run if the environment names none.
const USUAL: &str = "less";

/// A pager reads keys, such as Ctrl-C, from the terminal.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// Whether a pager runs. It handles interrupts itself: a command that ended before its pager would leave the terminal in
/// disorder.
pub fn is_running() -> bool {
    RUNNING.load(Ordering::SeqCst)
}

/// Writes a text to stdout: through a pager if stdout is a terminal that the text does not fit on. Returns whether a
/// pager showed it.
///
/// # Errors
///
/// Errors of stdout, except that of a reader that has read enough.
pub fn show(text: &[u8]) -> Result<bool, OutputError> {
    if let Some(pager) = chosen().filter(|_| is_longer_than_screen(text))
        && let Ok(Shown::Shown) = run(&pager, text)
    {
        return Ok(true);
    }
    output::write(None, |out| out.write_all(text))?;
    Ok(false)
}

/// The command line of the pager, for a shell. `None`: no pager.
#[expect(
    clippy::disallowed_methods,
    reason = "the user chooses a pager by variables"
)]
fn chosen() -> Option<OsString> {
    let pager = std::env::var_os("KEYFERRY_PAGER").or_else(|| std::env::var_os("PAGER"));
    let pager = pager.unwrap_or_else(|| USUAL.into());
    Some(pager).filter(|pager| !pager.is_empty() && pager != "cat")
}

/// Whether stdout is a terminal with fewer lines than the text takes.
fn is_longer_than_screen(text: &[u8]) -> bool {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return false;
    }
    let Ok(size) = rustix::termios::tcgetwinsize(&stdout) else {
        return true;
    };
    let (rows, columns) = (usize::from(size.ws_row), usize::from(size.ws_col).max(1));
    let text = String::from_utf8_lossy(text);
    let taken = text
        .lines()
        .map(|line| line.width().div_ceil(columns).max(1));
    // The last row is for the prompt of the shell.
    taken.sum::<usize>() >= rows.max(1)
}

/// The end of a pager.
enum Shown {
    /// It has shown the text, or as much of it as the user wanted to see.
    Shown,
    /// It could not be started, or was killed.
    Not,
}

fn run(pager: &OsString, text: &[u8]) -> io::Result<Shown> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program is the user's choice, or `less`; no target can name it"
    )]
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(pager).stdin(Stdio::piped());
    restrict(&mut command);
    RUNNING.store(true, Ordering::SeqCst);
    let end = command.spawn().and_then(|child| feed(child, text));
    RUNNING.store(false, Ordering::SeqCst);
    end
}

/// Sets the variables of a restricted `less`: it runs no other program, writes no file and no history, and shows control
/// characters instead of passing them on. `F` ends it at the end of a short text, `X` leaves the text on the screen.
#[expect(
    clippy::disallowed_methods,
    reason = "variables of the user stay as they are"
)]
fn restrict(command: &mut Command) {
    command.env("LESSSECURE", "1").env("LESSHISTFILE", "-");
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FX");
    }
}

fn feed(mut child: Child, text: &[u8]) -> io::Result<Shown> {
    if let Some(mut stdin) = child.stdin.take() {
        // The user leaves the pager before its end: the pipe is closed.
        let _ = stdin.write_all(text);
    }
    let status = child.wait()?;
    // The shell says by 126 and 127 that it could not start the program, and by more that a signal has killed it (POSIX,
    // "Exit Status for Commands"). A pager that lost its input, or got Ctrl-C, was used before.
    const USED: [i32; 2] = [128 + SIGPIPE, 128 + SIGINT];
    Ok(match status.code() {
        Some(code) if code < 126 || USED.contains(&code) => Shown::Shown,
        _ => Shown::Not,
    })
}
