//! Progress bars on stderr.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::Progress;

/// A progress bar for the current stage. It is drawn only if stderr is a terminal.
pub struct ProgressBars {
    bar: Mutex<Option<ProgressBar>>,
    draw: bool,
}

impl ProgressBars {
    /// `enabled` is false with `--no-progress`.
    pub fn new(enabled: bool) -> Self {
        Self {
            bar: Mutex::new(None),
            draw: enabled && std::io::stderr().is_terminal(),
        }
    }
}

impl Progress for ProgressBars {
    fn stage(&self, name: &str, total: u64) {
        if !self.draw {
            return;
        }
        self.finish();
        let bar =
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        // The bar fills the terminal. A longer line would wrap, and each redraw would add a line.
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

    fn is_shown(&self) -> bool {
        self.draw
    }

    fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}
