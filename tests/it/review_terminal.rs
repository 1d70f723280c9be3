//! `keyferry review` on a terminal, with a person who presses keys.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

use crate::support::test_env::{TestEnv, password};

/// The longest that the program may take for one key.
const MOST: Duration = Duration::from_secs(60);

/// A session on a terminal.
struct OnScreen {
    child: Child,
    terminal: File,
    /// The end of the program's side: its settings are those that the program leaves.
    inside: File,
    /// Its settings before the program began.
    before: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl OnScreen {
    fn start(env: &TestEnv) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let open = || {
            let mut options = File::options();
            options.read(true).write(true);
            options.open(name.to_str().unwrap()).unwrap()
        };
        let inside = open();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&inside, size).unwrap();
        let before = modes(&inside);
        let mut program = env.program(&["review", "--by", "jane@example.com"]);
        program.env("TERM", "xterm");
        program.stdin(open()).stdout(open()).stderr(Stdio::null());
        let child = program.spawn().unwrap();
        drop(program);
        let terminal = File::from(master);
        let mut reader = terminal.try_clone().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = seen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Self {
            child,
            terminal,
            inside,
            before,
            seen,
        }
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    #[track_caller]
    fn wait(&self, what: &str, is_there: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_there() {
            assert!(begun.elapsed() < MOST, "no {what}:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn wait_for(&self, text: &str) {
        self.wait(text, || self.screen().contains(text));
    }

    fn press(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end of the program. Returns its exit code.
    fn ends(&mut self) -> i32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(begun.elapsed() < MOST, "{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for OnScreen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a terminal echoes, edits lines, and makes signals of keys.
fn modes(terminal: &File) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap().local_modes)
}

/// Passwords in tests of two repositories: nobody has decided about them.
fn inventory() -> TestEnv {
    let env = TestEnv::new();
    for (name, from, to) in [("shop", 1, 3), ("bank", 4, 5)] {
        let line = |n| format!("service_{n}_password: {}\n", password(n));
        let lines: String = (from..=to).map(line).collect();
        env.repo(name).write("tests/app.yml", lines).commit("one");
    }
    env.keyferry(&["discover", "shop", "bank"]).exits(0);
    env
}

fn statements(env: &TestEnv) -> String {
    std::fs::read_to_string(file(env)).unwrap_or_default()
}

fn file(env: &TestEnv) -> PathBuf {
    env.path("inventory/decisions/jane.yaml")
}

#[test]
fn a_person_answers_with_two_keys() {
    let env = inventory();
    let mut session = OnScreen::start(&env);
    session.wait_for("1 dismiss");
    // The masked line is read, and no value is on the screen.
    session.wait_for("********");
    session.press("\r");
    session.wait_for("Enter writes it");
    assert_eq!(
        statements(&env),
        "",
        "nothing is written before the second key"
    );
    session.press("\r");
    session.wait("statement", || statements(&env).contains("dismiss"));
    let first = statements(&env);
    assert!(
        first.contains("by: \"jane@example.com\"") || first.contains("by: jane@example.com"),
        "{first}"
    );
    std::thread::sleep(Duration::from_millis(400));
    // A letter that is pressed takes it back.
    session.press("u");
    session.wait("empty file", || !statements(&env).contains("dismiss"));
    session.press("q");
    assert_eq!(session.ends(), 0);
    let screen = session.screen();
    assert!(
        screen.contains("\u{1b}[?1049h") && screen.contains("\u{1b}[?1049l"),
        "{screen}"
    );
    for number in 1..=5 {
        assert!(
            !screen.contains(&password(number)),
            "a value is on the screen"
        );
    }
}

#[test]
fn the_terminal_is_given_back_after_ctrl_c_and_a_signal() {
    let env = inventory();
    for is_signal in [false, true] {
        let mut session = OnScreen::start(&env);
        session.wait_for("1 dismiss");
        assert_ne!(modes(&session.inside), session.before);
        match is_signal {
            true => {
                let id = rustix::process::Pid::from_child(&session.child);
                rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
            }
            false => session.press("\u{3}"),
        }
        assert_eq!(session.ends(), 130);
        assert_eq!(modes(&session.inside), session.before);
        session.wait_for("\u{1b}[?1049l");
    }
}

#[test]
fn without_a_terminal_there_is_no_session() {
    let env = inventory();
    let args = ["review", "--by", "jane@example.com"];
    env.keyferry(&args).exits(2).says(&["terminal", "--batch"]);
    assert!(!file(&env).exists());
}
