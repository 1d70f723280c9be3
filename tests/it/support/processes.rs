//! The program as a process: its workers, and signals.

use std::process::{Child, Command};

use crate::support::test_env::TestEnv;

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    assert!(try_signal(process, name));
}

/// Sends a signal to a process until the process has ended. The handler that recognises an overflown stack lets the
/// first SIGBUS or SIGSEGV pass, and a signal that is pending already is not sent twice.
pub fn end_by(process: u32, name: &str) {
    while runs(process) {
        try_signal(process, name);
    }
}

/// Sends a signal to a process. False if there is no such process any more.
fn try_signal(process: u32, name: &str) -> bool {
    let kill = Command::new("sh")
        .args(["-c", "kill -\"$0\" \"$1\" 2>&-", name, &process.to_string()])
        .status();
    kill.unwrap().success()
}

/// A folder with hours of work for the program: the same megabyte under very many names.
pub fn endless(env: &TestEnv, name: &str) {
    let text = "if (count_of_items != limit) return items.slice(0, limit)\n".repeat(1 << 14);
    let file = env.write(format!("{name}/0.js"), text);
    for n in 1..20_000 {
        std::fs::hard_link(&file, env.path(format!("{name}/{n}.js"))).unwrap();
    }
}

/// The fields of `/proc/PID/stat` after the name of the program, which everybody may read.
#[cfg(target_os = "linux")]
fn stat(process: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// Whether a process runs.
#[cfg(target_os = "linux")]
pub fn runs(process: u32) -> bool {
    stat(process).is_some_and(|fields| fields[0] != "Z")
}

/// The worker of a running command, once it has used processor time for so many hundredths of a
/// second: its scan is under way.
#[cfg(target_os = "linux")]
pub fn busy_worker(command: &mut Child, ticks: u64) -> u32 {
    loop {
        assert!(
            command.try_wait().unwrap().is_none(),
            "the command has ended before"
        );
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let found = processes.into_iter().find(|&process: &u32| {
            let Some(fields) = stat(process) else {
                return false;
            };
            let busy = fields[11].parse::<u64>().unwrap() >= ticks;
            fields[1] == command.id().to_string() && busy
        });
        if let Some(worker) = found {
            return worker;
        }
        std::thread::yield_now();
    }
}

/// The processes that a process started and that have not ended.
#[cfg(target_os = "linux")]
pub fn children(process: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |&child: &u32| {
        let fields = stat(child);
        fields.is_some_and(|fields| fields[0] != "Z" && fields[1] == process.to_string())
    };
    processes.filter(is_child).collect()
}

/// The child of a process that was started last.
#[cfg(target_os = "linux")]
pub fn youngest_child(process: u32) -> u32 {
    let started = |child: &u32| stat(*child).map(|fields| fields[19].parse::<u64>().unwrap());
    let youngest = children(process)
        .into_iter()
        .max_by_key(|child| (started(child), *child));
    youngest.expect("the process has a child")
}
