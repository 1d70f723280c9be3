//! One process for each target.
//!
//! A target is hostile. Whatever it does to the process that reads it (a crash, a kill by the
//! system, memory without end, a loop), the other targets and the results so far must not suffer.
//! So the commands start the program itself once for each target, as a *worker*:
//!
//! ```text
//! command ──Request──▶ worker     over the worker's stdin
//! command ◀──Reply─── worker     over its stdout, a unit at a time
//! ```
//!
//! Values and the key cross these two pipes only: no argument, variable or file has them. The buffers
//! of messages are zeroized. [`supervisor::Workers::scan`] starts a worker, receives its results and
//! ends it if it overruns; [`worker_process::run`] is the worker. The result is the same as that of
//! [`crate::scan::scan`] in one process.
//!
//! The import reads values again in the same way ([`value_readers::ValueReaders`]): a *reader* is a
//! worker for one repository that finds the value of one place after the other. It gets no key: it
//! offers values, and the command judges them by their fingerprints ([`reader_message`]).

mod command_end;
mod finding_message;
mod frame;
mod process_end;
mod reader_message;
mod reader_process;
mod reader_watch;
mod reply;
mod reply_sender;
mod request;
pub mod supervisor;
pub mod value_readers;
mod worker_error;
pub mod worker_process;
mod worker_watch;

pub use worker_error::WorkerError;
pub use worker_watch::COMMAND;
