//! Runs a worker to its end: starts it, serves its pipes, and kills it if it does not end when it
//! must.

use std::io::{self, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::frame::{FrameReader, FrameWriter};
use super::process_end::ProcessEnd;
use super::reply::Reply;
use super::request::Request;
use crate::cancel;

/// The name of the command that runs a worker. It is not for users.
pub const COMMAND: &str = "scan-worker";

/// How often a worker that sends nothing is checked.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// The time that an interrupted worker has for an orderly end.
const INTERRUPT_GRACE: Duration = Duration::from_millis(600);

/// The time that a worker has to exit after it has closed its pipe.
pub(super) const EXIT_GRACE: Duration = Duration::from_secs(10);

/// The number of replies that wait to be received.
const WAITING: usize = 256;

/// The most bytes that are kept of a worker's stderr.
const MOST_SAID: u64 = 16 << 10;

/// How a worker ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It did its work, or a part of it if it was interrupted.
    Done,
    /// It did not end soon enough after an interruption.
    Interrupted,
    /// It did not end soon enough after its time limit.
    Overrun,
}

/// A message of the thread that serves a worker's pipes.
enum Event {
    /// The request was sent. The worker stops when this pipe is closed.
    Sent(ChildStdin),
    /// A reply.
    Reply(Reply),
    /// The worker sent something that is not a reply.
    Invalid,
}

/// Runs a worker to its end. `receive` gets its replies, and says whether they are expected.
pub(super) fn run(
    request: Request,
    time_limit: Option<Duration>,
    receive: &mut dyn FnMut(Reply) -> bool,
) -> Result<Ended, ProcessEnd> {
    let mut worker = start().map_err(|error| ProcessEnd::NotStarted(error.to_string()))?;
    let (sender, events) = mpsc::sync_channel(WAITING);
    if let (Some(stdin), Some(stdout)) = (worker.stdin.take(), worker.stdout.take()) {
        std::thread::spawn(move || serve(&request, stdin, stdout, &sender));
    }
    let said = worker
        .stderr
        .take()
        .map(|stderr| std::thread::spawn(move || collect(stderr)));
    let mut watch = Watch {
        worker,
        deadline: time_limit.map(|limit| Instant::now() + limit + overrun_grace(limit)),
        interrupted: None,
        requests: None,
        killed: None,
    };
    let (mut done, mut valid) = (false, true);
    while valid {
        match events.recv_timeout(TICK) {
            Ok(Event::Sent(requests)) => watch.requests = Some(requests),
            Ok(Event::Reply(Reply::Done)) => done = true,
            Ok(Event::Reply(reply)) => valid = !done && receive(reply),
            Ok(Event::Invalid) => valid = false,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        watch.check();
    }
    // The thread that serves the pipes must not wait for a receiver.
    drop(events);
    if !valid {
        watch.kill(None);
    }
    let status = watch
        .wait()
        .map_err(|error| ProcessEnd::Code(None, error.to_string()))?;
    let said = said.and_then(|said| said.join().ok()).unwrap_or_default();
    match watch.killed {
        _ if !valid => Err(ProcessEnd::NoReply),
        _ if status.success() && done => Ok(Ended::Done),
        Some(ended) => Ok(ended),
        None if cancel::interrupted() => Ok(Ended::Interrupted),
        None if status.success() => Err(ProcessEnd::NoReply),
        None => Err(ProcessEnd::of(status, &said)),
    }
}

/// The time that a worker has for an orderly end after its time limit.
fn overrun_grace(limit: Duration) -> Duration {
    (limit / 10).clamp(Duration::from_secs(2), Duration::from_secs(60))
}

/// Starts a worker. It gets no variable of the environment: a variable may hold a secret.
#[expect(
    clippy::disallowed_methods,
    reason = "the program that is started is this one"
)]
pub(super) fn start() -> io::Result<Child> {
    // The same file, even if another version has been installed in its place.
    let own = std::path::Path::new("/proc/self/exe");
    let program = match own.exists() {
        true => own.to_owned(),
        false => std::env::current_exe()?,
    };
    let mut command = Command::new(program);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "keyferry");
    command
        .arg(COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Sends the request, then receives replies to their end.
fn serve(request: &Request, stdin: ChildStdin, stdout: ChildStdout, events: &SyncSender<Event>) {
    let mut writer = FrameWriter::new(&stdin);
    // If the worker has ended, its exit status says why.
    let _ = writer.write(request).and_then(|()| writer.flush());
    drop(writer);
    let mut reader = FrameReader::new(stdout);
    let mut next = Event::Sent(stdin);
    while events.send(next).is_ok() {
        next = match reader.next() {
            Ok(Some(message)) => match postcard::from_bytes(&message) {
                Ok(reply) => Event::Reply(reply),
                Err(_) => Event::Invalid,
            },
            // A worker that is ended within a message is not one that sends garbage.
            Ok(None) => return,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
            Err(_) => Event::Invalid,
        };
    }
}

/// The beginning of a worker's stderr.
pub(super) fn collect(mut stderr: ChildStderr) -> String {
    let mut said = Vec::new();
    let _ = stderr.by_ref().take(MOST_SAID).read_to_end(&mut said);
    // A full pipe would block the worker.
    let _ = io::copy(&mut stderr, &mut io::sink());
    String::from_utf8_lossy(&said).into_owned()
}

/// A running worker, and when it must end.
struct Watch {
    worker: Child,
    deadline: Option<Instant>,
    /// When the interruption was seen.
    interrupted: Option<Instant>,
    /// The pipe by whose end the worker knows that it must stop.
    requests: Option<ChildStdin>,
    /// The worker was killed, for a reason that is not a failure of the worker, or for one that is.
    killed: Option<Ended>,
}

impl Watch {
    /// Kills the worker if it does not end when it must.
    fn check(&mut self) {
        if cancel::interrupted() {
            self.requests = None;
            let since = *self.interrupted.get_or_insert_with(Instant::now);
            if since.elapsed() >= INTERRUPT_GRACE {
                self.kill(Some(Ended::Interrupted));
            }
        } else if self.deadline.is_some_and(|end| Instant::now() >= end) {
            self.kill(Some(Ended::Overrun));
        }
    }

    fn kill(&mut self, why: Option<Ended>) {
        self.killed = self.killed.or(why);
        // It may have ended already.
        let _ = self.worker.kill();
    }

    /// The exit status of the worker, whose replies have ended.
    fn wait(&mut self) -> io::Result<ExitStatus> {
        let ended = Instant::now();
        loop {
            if let Some(status) = self.worker.try_wait()? {
                return Ok(status);
            }
            self.check();
            if ended.elapsed() >= EXIT_GRACE {
                self.kill(None);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
