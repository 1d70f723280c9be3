//! Runs a command with a terminal as its stdout, and nothing else: what it writes to stderr is apart. [`super::terminal`]
//! has a terminal for a person who types.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::test_env::Ran;

/// Runs a command whose stdout is a terminal of this many columns. Stderr is a pipe. Line ends are as the command wrote
/// them.
pub fn on_terminal(command: &mut Command, columns: u16) -> Ran {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let slave = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    tcsetwinsize(&slave, size).unwrap();
    command.stdout(slave).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // The last copy of the terminal that is not the child's: without it, reading ends with the child.
    command.stdout(Stdio::null());
    let screen = std::thread::spawn(move || {
        let (mut master, mut screen) = (File::from(master), Vec::new());
        // The end of a terminal is an error (EIO), behind everything that was written.
        let _ = master.read_to_end(&mut screen);
        screen
    });
    let mut output = child.wait_with_output().unwrap();
    output.stdout = screen.join().unwrap();
    let mut ran = Ran::of(output);
    ran.stdout = ran.stdout.replace("\r\n", "\n");
    ran
}
