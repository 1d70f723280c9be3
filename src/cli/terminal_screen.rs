//! The terminal while a screen is drawn on it. It is given back as it was, also after a panic.

use std::io::{self, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::messages;

/// A screen is drawn now.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);

/// A terminal that a screen is drawn on.
pub struct TerminalScreen {
    /// Draws.
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl TerminalScreen {
    /// Takes the terminal: keys are read one by one, and messages wait.
    ///
    /// # Errors
    ///
    /// The terminal cannot be set up.
    pub fn take() -> io::Result<Self> {
        messages::hold();
        IS_DRAWN.store(true, Ordering::SeqCst);
        let taken = enable_raw_mode()
            .and_then(|()| execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste))
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, if a screen is drawn on it, and writes the messages that waited.
pub fn give_back() {
    if IS_DRAWN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing.
        let _ = execute!(
            io::stdout(),
            DisableBracketedPaste,
            LeaveAlternateScreen,
            ratatui::crossterm::cursor::Show
        );
        let _ = disable_raw_mode();
        messages::release();
    }
}
