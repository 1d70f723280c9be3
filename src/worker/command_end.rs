//! The end of a worker whose command has ended.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use crate::cancel;

/// Ends this process soon after the command closes its pipe.
pub(super) fn end_with_the_command(mut requests: File) -> io::Result<()> {
    let wait = move || {
        // The command sends nothing after its request.
        let _ = requests.read(&mut [0]);
        end_soon();
    };
    let thread = std::thread::Builder::new().name("end of the command".into());
    thread.spawn(wait).map(drop)
}

/// Asks this process to stop, and ends it soon afterwards: the command has ended, was interrupted or
/// killed.
pub(super) fn end_soon() -> ! {
    /// The time for an orderly end.
    const GRACE: Duration = Duration::from_millis(700);
    cancel::interrupt();
    std::thread::sleep(GRACE);
    std::process::exit(1);
}
