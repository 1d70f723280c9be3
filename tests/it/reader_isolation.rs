//! The import reads each repository in a process of its own. Whatever becomes of one of these processes, the entries of
//! the other repositories are imported, and a later run imports the rest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::moto_server::{Moto, run};
use crate::support::planted_secrets::{FACTS, REGION};
use crate::support::processes::{end_by, runs, signal, youngest_child};
use crate::support::test_env::{Ran, TestEnv, made_up, token};

const KEY: [u8; 32] = *b"thirty-two bytes of a known key.";

/// Three targets: a folder, a bare repository whose values are in a pack, and a repository.
struct Import<'a> {
    env: TestEnv,
    moto: &'a Moto,
}

/// The values of each target.
const FOLDER: usize = 2;
const BARE: usize = 16;
const REPOSITORY: usize = 2;
const ALL: usize = FOLDER + BARE + REPOSITORY;

impl<'a> Import<'a> {
    fn new(moto: &'a Moto) -> Self {
        moto.reset();
        let env = TestEnv::new();
        let file = |n: usize| {
            let password = made_up(n as u32, "Sum<<>>mer-<<alnum 10>>");
            format!("service{n}.password={password}\n")
        };
        for n in 0..FOLDER {
            env.write(format!("a/{n}.properties"), file(n));
        }
        let source = env.repo("source");
        for n in FOLDER..FOLDER + BARE {
            source.write(&format!("{n}.properties"), file(n));
        }
        source.commit("many");
        let clone = ["clone", "--quiet", "--bare", "source", "b.git"];
        env.git(&env.path(""), &clone);
        // Without a remote, the folder gives the name, and with it the order of the import.
        env.git(&env.path("b.git"), &["remote", "remove", "origin"]);
        env.git(&env.path("b.git"), &["repack", "-a", "-d", "-q"]);
        let last = env.repo("c");
        for n in FOLDER + BARE..ALL {
            last.write(&format!("{n}.properties"), file(n));
        }
        last.commit("two");
        Self { env, moto }
    }

    fn planned(self) -> Self {
        self.keyferry(&[&["discover", "a", "b.git", "c"][..], &FACTS].concat())
            .exits(0);
        let plan = self.keyferry(&["plan"]).exits(0);
        assert!(
            plan.stdout.contains(&format!("create  {ALL}")),
            "{}",
            plan.stdout
        );
        self
    }

    fn variables(&self) -> [(&str, String); 6] {
        let key = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        [
            ("AWS_ACCESS_KEY_ID", "testing-id".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing-secret".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL", self.moto.url.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("KEYFERRY_KEY", key),
        ]
    }

    fn keyferry(&self, args: &[&str]) -> Ran {
        let mut command = self.env.program(args);
        Ran::of(command.envs(self.variables()).output().unwrap())
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = self.env.program(args);
        command.envs(self.variables());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Starts an import, and waits until it has imported a value of the second target, but not all of them. Returns
    /// the process that reads this target, too.
    fn begun(&self, args: &[&str]) -> (Child, u32) {
        let mut command = self.start(&[&["import", "--yes", "--rate", "2"], args].concat());
        let journal = self.env.path("inventory/journal.jsonl");
        while self.created(&journal) <= FOLDER {
            assert!(command.try_wait().unwrap().is_none(), "ended too early");
            std::thread::sleep(Duration::from_millis(5));
        }
        let reader = youngest_child(command.id());
        (command, reader)
    }

    fn created(&self, journal: &Path) -> usize {
        let text = fs::read_to_string(journal).unwrap_or_default();
        text.lines()
            .filter(|line| line.contains("\"created\""))
            .count()
    }

    fn pack(&self) -> PathBuf {
        let files = fs::read_dir(self.env.path("b.git/objects/pack")).unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        paths
            .find(|path| path.extension().is_some_and(|end| end == "pack"))
            .unwrap()
    }

    /// The import is incomplete: all values of the other targets are in the account, and one cause explains those that
    /// are not. Returns the messages.
    fn check(&self, ended: Output, words: &str) -> String {
        let ran = Ran::of(ended).exits(4);
        let said = &ran.stdout;
        let failed = self.failed(said);
        assert!((1..BARE).contains(&failed), "{said}");
        assert!(
            said.contains(&format!("{} created\n", ALL - failed)),
            "{said}"
        );
        assert!(
            said.contains(&format!("\nunreadable ({}):\n", secrets(failed))),
            "{said}"
        );
        // The first ten are shown.
        assert_eq!(said.matches(words).count(), failed.min(10), "{said}");
        assert_eq!(said.matches("no further value of b").count(), 1, "{said}");
        assert_eq!(self.in_account(), ALL - failed);
        ran.stdout
    }

    fn failed(&self, said: &str) -> usize {
        let line = said.lines().find(|line| line.ends_with(" failed"));
        let line = line.unwrap_or_else(|| panic!("nothing failed: {said}"));
        line.trim().trim_end_matches(" failed").parse().unwrap()
    }

    /// A later run imports the rest.
    fn finish(&self) {
        let ran = self.keyferry(&["import", "--yes", "--rate", "50"]).exits(0);
        assert!(!ran.stdout.contains("failed"), "{}", ran.stdout);
        assert_eq!(self.in_account(), ALL);
        self.keyferry(&["verify"]).exits(0);
    }

    /// The number of secrets in the account.
    fn in_account(&self) -> usize {
        self.moto.values().len()
    }
}

fn secrets(number: usize) -> String {
    match number {
        1 => "1 secret".to_owned(),
        more => format!("{more} secrets"),
    }
}

fn moto() -> Moto {
    let mut moto = Moto::start();
    run(moto.client());
    moto
}

/// The pack is cut short while the process has it mapped: the system ends this process.
#[test]
fn a_pack_that_is_cut_short_while_it_is_mapped_does_not_stop_the_import() {
    let moto = moto();
    let import = Import::new(&moto).planned();
    let pack = import.pack();
    let whole = fs::read(&pack).unwrap();
    let (command, _) = import.begun(&[]);
    cut(&pack);
    let words = "cannot be read: its process was ended by signal 7, SIGBUS: a file was cut short while it was read";
    import.check(command.wait_with_output().unwrap(), words);
    fs::write(&pack, whole).unwrap();
    import.finish();
}

/// Cuts a file to nothing. Packs cannot be written to.
fn cut(path: &Path) {
    let writable = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(path, writable).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(0).unwrap();
}

#[test]
fn a_reader_that_is_ended_does_not_stop_the_import() {
    let moto = moto();
    for (name, words) in [
        ("ABRT", "its process was ended by signal 6, SIGABRT: "),
        ("SEGV", "its process was ended by signal 11, SIGSEGV: "),
        ("KILL", "its process was ended by signal 9, SIGKILL: "),
    ] {
        let import = Import::new(&moto).planned();
        let (command, reader) = import.begun(&[]);
        end_by(reader, name);
        import.check(command.wait_with_output().unwrap(), words);
        assert!(!runs(reader));
        import.finish();
    }
}

/// A stopped process answers nothing.
#[test]
fn a_reader_that_does_not_answer_does_not_stop_the_import() {
    let moto = moto();
    let import = Import::new(&moto).planned();
    let (command, reader) = import.begun(&["--time-limit", "1"]);
    signal(reader, "STOP");
    let words = "cannot be read: its process took longer than it may";
    let said = import.check(command.wait_with_output().unwrap(), words);
    assert!(said.contains("--time-limit gives it more time"), "{said}");
    assert!(!runs(reader));
    import.finish();
}

#[test]
fn an_import_ends_within_a_second_while_a_reader_does_not_answer() {
    let moto = moto();
    for name in ["INT", "TERM", "KILL"] {
        let import = Import::new(&moto).planned();
        let (command, reader) = import.begun(&[]);
        signal(reader, "STOP");
        // The command waits for the next value.
        std::thread::sleep(Duration::from_millis(700));
        let asked = Instant::now();
        signal(command.id(), name);
        let ended = command.wait_with_output().unwrap();
        // On a busy machine, the processes wait for the processor.
        assert!(
            asked.elapsed() < Duration::from_secs(3),
            "{:?}",
            asked.elapsed()
        );
        if name == "KILL" {
            signal(reader, "CONT");
        } else {
            let ran = Ran::of(ended).exits(130);
            assert!(!ran.stdout.contains("failed"), "{}", ran.stdout);
            assert!(ran.stdout.contains("not attempted"), "{}", ran.stdout);
        }
        while runs(reader) {
            std::thread::yield_now();
        }
        import.finish();
    }
}

/// The bytes of a large object, and a copy of the value's part, are too much for the one, but not for the command.
#[test]
fn a_reader_that_needs_too_much_memory_does_not_stop_the_import() {
    let moto = moto();
    let import = Import::new(&moto);
    let source = import.env.open("source");
    let first = source.root.join(format!("{FOLDER}.properties"));
    let text = format!(
        "{}\n{}",
        fs::read_to_string(&first).unwrap(),
        "# a comment\n".repeat(5 << 20)
    );
    fs::write(first, text).unwrap();
    source.commit("large");
    source.git(&["push", "--quiet", "../b.git", "HEAD"]);
    import
        .env
        .git(&import.env.path("b.git"), &["repack", "-a", "-d", "-q"]);
    let import = import.planned();
    let limited = |limit: usize, args: &[&str]| {
        let mut command = Command::new("sh");
        command.env_clear().env("HOME", import.env.home());
        command
            .envs(import.variables())
            .current_dir(import.env.path(""));
        let limit = format!("ulimit -d {limit}; exec \"$0\" \"$@\"");
        command.args(["-c", &limit, env!("CARGO_BIN_EXE_keyferry"), "import"]);
        command.args(args).output().unwrap()
    };
    let words = "its process needed more memory than it may have";
    // Somewhere between these limits there is memory for the one, but not for the other.
    let limit = (30_000..200_000).step_by(10_000).find(|&limit| {
        let ended = limited(limit, &["--dry-run"]);
        String::from_utf8_lossy(&ended.stdout).contains(words)
    });
    let limit = limit.expect("no limit ends the reader");
    let ran = Ran::of(limited(limit, &["--yes"])).exits(4);
    // All of the repository fail, because the large object is the first.
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    let failed = import.failed(&ran.stdout);
    assert!(failed <= BARE, "{}", ran.stdout);
    assert_eq!(import.in_account(), ALL - failed);
    import.finish();
}

/// The process that reads a repository has no variable, and neither credentials nor the key in its memory.
#[test]
fn a_reader_has_neither_credentials_nor_the_key() {
    let moto = moto();
    let import = Import::new(&moto).planned();
    let (command, reader) = import.begun(&[]);
    signal(reader, "STOP");
    let limits = fs::read_to_string(format!("/proc/{reader}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"]);
    let arguments = fs::read(format!("/proc/{reader}/cmdline")).unwrap();
    assert_eq!(arguments, b"keyferry\0scan-worker\0");
    // Root alone can read these.
    if let Ok(environment) = fs::read(format!("/proc/{reader}/environ")) {
        assert_eq!(String::from_utf8_lossy(&environment), "");
    }
    if let Some(memory) = memory(reader) {
        let holds = |bytes: &[u8]| {
            memory
                .iter()
                .any(|part| memchr::memmem::find(part, bytes).is_some())
        };
        assert!(
            holds(b"/b.git"),
            "the location is in the memory that was read"
        );
        let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        for secret in [&KEY[..], hex.as_bytes(), b"testing-secret", b"testing-id"] {
            assert!(!holds(secret), "{}", String::from_utf8_lossy(secret));
        }
    }
    signal(reader, "CONT");
    Ran::of(command.wait_with_output().unwrap()).exits(0);
    assert!(!runs(reader));
}

/// The private memory of a process, if this process may read it.
fn memory(process: u32) -> Option<Vec<Vec<u8>>> {
    use std::os::unix::fs::FileExt;
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let memory = fs::File::open(format!("/proc/{process}/mem")).ok()?;
    let ranges = maps.lines().filter(|line| line.contains(" rw-p "));
    let mut parts = Vec::new();
    for range in ranges {
        let (start, rest) = range.split_once('-')?;
        let start = u64::from_str_radix(start, 16).ok()?;
        let end = u64::from_str_radix(rest.split_once(' ')?.0, 16).ok()?;
        for at in (start..end).step_by(1 << 20) {
            let mut part = vec![0; (end - at).min((1 << 20) + 64) as usize];
            if let Ok(read) = memory.read_at(&mut part, at) {
                part.truncate(read);
                parts.push(part);
            }
        }
    }
    Some(parts)
}

/// More repositories than processes, and values that are in several of them.
#[test]
fn many_repositories_are_read_by_few_processes() {
    let env = TestEnv::new();
    let line = |n: u32| format!("token = '{}'\n", token(n));
    for n in 0..12 {
        let repo = env.repo(&format!("r{n}"));
        // Each value is in three repositories, two of which lose it.
        for file in [n, (n + 5) % 12, (n + 10) % 12] {
            repo.write(&format!("{file}.py"), line(file));
        }
        repo.commit("three");
    }
    let targets: Vec<String> = (0..12).map(|n| format!("r{n}")).collect();
    let mut discover = vec!["discover"];
    discover.extend(targets.iter().map(String::as_str).chain(FACTS));
    env.keyferry(&discover).exits(0);
    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        REGION,
    ];
    env.keyferry(&plan).exits(0);
    for n in 0..12 {
        for file in [(n + 5) % 12, (n + 10) % 12] {
            env.write(format!("r{n}/{file}.py"), "token = None\n");
        }
    }
    let mut command = env.program(&["import", "--dry-run"]);
    let mut command = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    while command.try_wait().unwrap().is_none() {
        most = most.max(crate::support::processes::children(command.id()).len());
    }
    let ran = Ran::of(command.wait_with_output().unwrap()).exits(0);
    assert!(ran.stdout.contains("12 ready"), "{}", ran.stdout);
    assert!((1..=4).contains(&most), "{most}");
}
