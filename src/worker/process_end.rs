//! How a worker ended, in words.

use std::fmt;
use std::process::ExitStatus;

/// How a worker ended without having done its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessEnd {
    /// It could not be started.
    NotStarted(String),
    /// It was ended by a signal.
    Signal(Signal),
    /// It needed more memory than it may have.
    OutOfMemory,
    /// It ran over its stack.
    StackOverflow,
    /// It could not start a thread.
    NoThread,
    /// It ended by itself, with an exit code and a message.
    Code(Option<i32>, String),
    /// It sent something that is not a reply.
    NoReply,
}

/// A signal that ends a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(pub i32);

impl ProcessEnd {
    /// The end of a process with this status, that wrote `said` to stderr.
    pub(super) fn of(status: ExitStatus, said: &str) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            // Only the text tells these two aborts from others. The program writes it, no target
            // can.
            return match signal {
                SIGABRT if said.contains("memory allocation of ") => Self::OutOfMemory,
                SIGABRT if said.contains("has overflowed its stack") => Self::StackOverflow,
                _ => Self::Signal(Signal(signal)),
            };
        }
        if said.contains("/std/src/thread/") {
            return Self::NoThread;
        }
        let first = said.lines().next().unwrap_or_default();
        let first = first.strip_prefix("error: ").unwrap_or(first);
        Self::Code(status.code(), first.to_owned())
    }
}

// The numbers are the same on all systems, except that of SIGBUS.
const SIGILL: i32 = 4;
const SIGABRT: i32 = 6;
const SIGFPE: i32 = 8;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGTERM: i32 = 15;
const SIGBUS: i32 = if cfg!(target_os = "linux") { 7 } else { 10 };
const SIGXCPU: i32 = 24;

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        let (name, cause) = match number {
            SIGBUS => ("SIGBUS", "a file was cut short while it was read"),
            SIGSEGV => ("SIGSEGV", "a defect of keyferry or of a library"),
            SIGABRT => ("SIGABRT", "a defect of keyferry or of a library"),
            SIGILL => ("SIGILL", "a defect of keyferry or of a library"),
            SIGFPE => ("SIGFPE", "a defect of keyferry or of a library"),
            SIGKILL => (
                "SIGKILL",
                "the system had too little memory, or somebody ended it",
            ),
            SIGTERM => ("SIGTERM", "somebody ended it"),
            SIGXCPU => ("SIGXCPU", "a limit of the system on processor time"),
            _ => return write!(f, "signal {number}"),
        };
        write!(f, "signal {number}, {name}: {cause}")
    }
}

impl fmt::Display for ProcessEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(why) => write!(f, "its process could not be started: {why}"),
            Self::Signal(signal) => write!(f, "its process was ended by {signal}"),
            Self::OutOfMemory => f.write_str("its process needed more memory than it may have"),
            Self::NoThread => f.write_str(
                "its process could not start a thread: too little memory, or a limit on processes",
            ),
            Self::StackOverflow => f.write_str("its process ran over its stack"),
            Self::Code(Some(code), said) if said.is_empty() => {
                write!(f, "its process ended with code {code}")
            }
            Self::Code(_, said) if !said.is_empty() => write!(f, "its process ended: {said}"),
            Self::Code(..) => f.write_str("its process ended"),
            Self::NoReply => f.write_str("its process sent no valid reply"),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn each_end_has_its_words() {
        let end =
            |status, said: &str| ProcessEnd::of(ExitStatus::from_raw(status), said).to_string();
        let says = |status, said: &str, words: &str| {
            let end = end(status, said);
            assert!(end.contains(words), "{end}");
        };
        says(7, "", "signal 7, SIGBUS: a file was cut short");
        says(11, "", "SIGSEGV");
        says(6, "", "SIGABRT");
        says(6, "memory allocation of 64 bytes failed\n", "more memory");
        says(6, "\nthread 'main' has overflowed its stack\n", "stack");
        says(9, "", "too little memory");
        says(34, "", "ended by signal 34");
        says(
            4 << 8,
            "error: a defect of keyferry at src/a.rs:1\nhint: x",
            "ended: a defect of keyferry at src/a.rs:1",
        );
        let place = "error: a defect of keyferry at /rustc/1/library/std/src/thread/scoped.rs:206";
        says(4 << 8, place, "could not start a thread");
        says(3 << 8, "", "code 3");
    }
}
