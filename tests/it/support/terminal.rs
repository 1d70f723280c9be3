//! A terminal of a given width, with a person who types. Python's `pty` module makes it.

use std::io::Write;
use std::process::{Command, Stdio};

use super::test_env::TestEnv;

/// Runs a command on a terminal. Reads steps from stdin as JSON: the text to wait for, and the text to type then.
const DRIVER: &str = r#"
import fcntl, json, os, pty, select, struct, sys, termios, time
task = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(task["folder"])
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", task["rows"], task["columns"], 0, 0))
    os.execve(task["program"], [task["program"]] + task["args"], task["env"])
seen, steps, end, searched = b"", task["steps"], time.time() + 120, 0
while time.time() < end:
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        if not more:
            break
        seen += more
    while steps and (at := seen.find(steps[0][0].encode(), searched)) >= 0:
        searched = at + len(steps[0][0].encode())
        os.write(terminal, steps.pop(0)[1].encode())
else:
    os.kill(pid, 9)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
json.dump({"screen": seen.decode(errors="replace"), "code": code, "left": len(steps)}, sys.stdout)
"#;

/// What a command wrote to a terminal.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Everything that was written, and the echo of what was typed.
    pub screen: String,
    pub code: i32,
    /// The number of steps whose text was never written.
    pub left: usize,
}

impl Seen {
    /// The lines, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.screen.lines().map(|line| line.trim_end_matches('\r'))
    }

    /// Fails with everything that was written unless the exit code is `code` and all steps were taken.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!((self.code, self.left), (code, 0), "{}", self.screen);
        self
    }
}

/// Runs the program on a terminal of `columns`. Each step is a text to wait for, and a text that is typed then.
pub fn run(env: &TestEnv, args: &[&str], columns: u16, steps: &[(&str, &str)]) -> Seen {
    run_with(env, args, columns, steps, &[])
}

/// [`run`], with more variables.
pub fn run_with(
    env: &TestEnv,
    args: &[&str],
    columns: u16,
    steps: &[(&str, &str)],
    variables: &[(&str, &str)],
) -> Seen {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut all = serde_json::json!({
        "HOME": env.home(), "TMPDIR": env.root().join("tmp"), "PATH": path, "TERM": "xterm",
        "NO_COLOR": "1",
    });
    for (name, value) in variables {
        all[*name] = (*value).into();
    }
    let task = serde_json::json!({
        "program": env!("CARGO_BIN_EXE_keyferry"),
        "args": args,
        "folder": env.path(""),
        "rows": 40,
        "columns": columns,
        "env": all,
        "steps": steps,
    });
    let mut driver = Command::new("python3")
        .args(["-c", DRIVER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = driver.stdin.take().unwrap();
    stdin.write_all(task.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = driver.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
