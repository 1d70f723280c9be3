//! Each target is scanned in a process of its own: the result is the same as in one process, and whatever becomes of one
//! of these processes is one line of the coverage report.

use std::process::{Child, Command, Output, Stdio};

use keyferry::detect::engine::Engine;
use keyferry::detect::library::Library;
use keyferry::finding::repository_identity::KnownUnits;
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::progress::NoProgress;
use keyferry::report::catalogue::Catalogue;
use keyferry::report::{self, Format};
use keyferry::scan::{self, Options};
use keyferry::source::git::Boundary;
use keyferry::source::target;

use crate::support::inventory_files::{bytes, unchanged};
use crate::support::processes::{busy_worker, end_by, endless, runs, signal};
use crate::support::random_history::Made;
use crate::support::test_env::{EPOCH, Ran, TestEnv, files_below, places, token};

const KEY: [u8; 32] = [7; 32];

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// The report of a scan of these targets in the process of this test.
fn report_in_process(env: &TestEnv, targets: &[&str]) -> String {
    let library = Library::builtin();
    let engine = Engine::new(library.compile(false).unwrap(), EPOCH as i64);
    let units = targets.iter().map(|name| {
        target::open(
            &target::locate(&env.path(name)).unwrap(),
            &Boundary::default(),
        )
    });
    let mut scanned = scan::scan(
        units.collect(),
        &KnownUnits::default(),
        &engine,
        &InventoryKey::from_bytes(KEY),
        &Options::default(),
        &NoProgress,
    );
    let nested = std::mem::take(&mut scanned.nested);
    let (findings, coverage) = scanned.into_findings();
    let catalogue = Catalogue::of(library.files.iter().map(|(_, file)| file));
    let options = report::Options {
        show_secrets: true,
        object_ids: true,
        targets: &nested,
        ..report::Options::new(&catalogue)
    };
    let mut out = Vec::new();
    report::write(Format::Json, &mut out, &findings, &coverage, &options).unwrap();
    String::from_utf8(out).unwrap()
}

/// The report of the program on the same targets.
fn report_of_processes(env: &TestEnv, targets: &[&str]) -> String {
    let options = ["scan", "--format", "json", "--show-secrets", "--no-cache"];
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    env.keyferry_with(&[&options, targets].concat(), &[("KEYFERRY_KEY", &key)])
        .stdout
}

#[test]
fn the_result_is_that_of_one_process() {
    for seed in 0..6 {
        let env = TestEnv::new();
        let repo = env.repo("work");
        let made = Made::new(seed, seed % 2 == 1);
        repo.git_with_input(&["fast-import", "--quiet"], made.stream.as_bytes());
        repo.git(&["checkout", "--quiet", "--force", &made.branches[0].0]);
        // Paths with values, names that are not UTF-8, values that are long or in many places, a file beside.
        repo.write(&format!("{}.py", token(1)), line(2))
            .write("many.py", line(3).repeat(500))
            .write("key.pem", private_key())
            .write(".env", format!("DB_PASSWORD=Wint{}er-Q7rt\n", seed))
            .commit("more");
        env.repo("work/inner").write("b.py", line(4)).commit("one");
        env.write("plain/c.py", line(3));
        env.write("single.py", line(5));
        env.repo("work2").write("broken.py", line(6)).commit("one");
        let head = repo.git(&["rev-parse", "HEAD"]);
        let object = env.path(format!("work2/.git/objects/{}", &head[..2]));
        std::fs::create_dir_all(&object).unwrap();
        std::fs::write(object.join(&head[2..]), "no object").unwrap();
        for targets in [
            vec!["work", "plain", "work2", "single.py"],
            // A nested repository that is also a target, twice.
            vec!["work/inner", "work", "work/inner"],
        ] {
            let (one, many) = (
                report_in_process(&env, &targets),
                report_of_processes(&env, &targets),
            );
            assert!(one.contains(&token(3)));
            assert!(
                one == many,
                "{seed}: in one process:\n{one}\nin many:\n{many}"
            );
        }
    }
}

fn private_key() -> String {
    keyferry::detect::example::expand(
        "-----BEGIN RSA PRIVATE <<>>KEY-----\n<<derlines 9>>\n-----END RSA PRIVATE <<>>KEY-----\n",
    )
    .unwrap()
}

/// Three targets; the work of the second one does not end.
fn with_endless_target() -> TestEnv {
    let env = TestEnv::new();
    env.write("a/first.py", line(1));
    endless(&env, "b");
    env.repo("c").write("third.py", line(3)).commit("one");
    env
}

fn start(env: &TestEnv, args: &[&str]) -> Child {
    let mut command = env.program(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

const JSONL: [&str; 5] = ["scan", "--format", "jsonl", "--show-secrets", "-j2"];

/// The rows and messages of a scan that is incomplete.
fn incomplete(ended: Output) -> (Vec<String>, String) {
    let ran = Ran::of(ended).exits(3);
    (places(&ran.rows()), ran.stderr)
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_one_process_is_one_line_of_the_report() {
    let env = with_endless_target();
    for (name, words) in [
        (
            "BUS",
            "ended by signal 7, SIGBUS: a file was cut short while it was read",
        ),
        ("SEGV", "ended by signal 11, SIGSEGV: "),
        ("ABRT", "ended by signal 6, SIGABRT: "),
        (
            "KILL",
            "ended by signal 9, SIGKILL: the system had too little memory",
        ),
    ] {
        let mut command = start(&env, &[&JSONL[..], &["a", "b", "c"]].concat());
        let worker = busy_worker(&mut command, 30);
        end_by(worker, name);
        let (rows, said) = incomplete(command.wait_with_output().unwrap());
        assert_eq!(
            rows,
            ["worktree first.py:1:10", "worktree third.py:1:10"],
            "{name}"
        );
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("unreadable"))
            .collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert!(
            lines[0].starts_with("  unreadable  b: ") && lines[0].contains(words),
            "{said}"
        );
    }
    assert!(
        !files_below(env.root())
            .keys()
            .any(|path| path.ends_with("core"))
    );
}

/// The pack is cut short while the process has it mapped: the system ends this process by itself.
#[cfg(target_os = "linux")]
#[test]
fn a_pack_that_is_cut_short_while_it_is_mapped_is_one_line_of_the_report() {
    let env = TestEnv::new();
    env.write("a/first.py", line(1));
    env.repo("c").write("third.py", line(3)).commit("one");
    // Many megabytes to search, in a small pack.
    let repo = env.repo("b");
    let text = "if (count_of_items != limit) return items.slice(0, limit)\n".repeat(1 << 14);
    let mut stream =
        String::from("commit refs/heads/main\ncommitter C <c@example.com> 0 +0000\ndata 0\n");
    for n in 0..80 {
        let text = format!("// {n}\n{text}");
        stream.push_str(&format!(
            "M 644 inline {n}.js\ndata {}\n{text}\n",
            text.len()
        ));
    }
    let import = [
        "-c",
        "fastimport.unpackLimit=1",
        "fast-import",
        "--quiet",
        "--depth=0",
    ];
    repo.git_with_input(&import, stream.as_bytes());
    let packs = std::fs::read_dir(env.path("b/.git/objects/pack")).unwrap();
    let mut packs = packs.map(|file| file.unwrap().path());
    let pack = packs
        .find(|path| path.extension().is_some_and(|end| end == "pack"))
        .unwrap();
    let whole = std::fs::read(&pack).unwrap();
    // The work begins after some time, which is not the same on every machine.
    let cut_after = |ticks: u64| {
        let _ = std::fs::remove_file(&pack);
        std::fs::write(&pack, &whole).unwrap();
        let mut command = start(&env, &[&JSONL[..], &["a", "b", "c"]].concat());
        let worker = busy_worker(&mut command, ticks);
        std::fs::File::options()
            .write(true)
            .open(&pack)
            .unwrap()
            .set_len(0)
            .unwrap();
        let (rows, said) = incomplete(command.wait_with_output().unwrap());
        assert!(!runs(worker));
        assert_eq!(rows, ["worktree first.py:1:10", "worktree third.py:1:10"]);
        let words = "unreadable  b: its process was ended by signal 7, SIGBUS: a file was cut short while it was read";
        let ended = said.contains(words);
        let lines = said.lines().filter(|line| line.contains("unreadable"));
        assert!(!ended || lines.count() == 1, "{said}");
        ended
    };
    assert!(
        (1..20).any(|step| cut_after(10 * step)),
        "no process was ended"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn memory_that_runs_out_is_one_line_of_the_report() {
    let env = TestEnv::new();
    env.write("a/first.py", line(1));
    // The text and its decoded form.
    env.write(
        "b/long.txt",
        format!("password: {}\n", "61".repeat(10 << 20)),
    );
    env.write("c/third.py", line(3));
    let mut aborted = 0;
    // Somewhere between these limits there is memory for the one, but not for the other.
    for limit in (30_000..100_000).step_by(10_000) {
        let mut command = Command::new("sh");
        command.env_clear().env("HOME", env.home());
        command.current_dir(env.path(""));
        let limit = format!("ulimit -d {limit}; exec \"$0\" \"$@\"");
        command.args(["-c", &limit, env!("CARGO_BIN_EXE_keyferry")]);
        let ended = command.args(JSONL).args(["a", "b", "c"]).output().unwrap();
        if ended.status.code() == Some(1) {
            continue;
        }
        let (rows, said) = incomplete(ended);
        assert_eq!(rows, ["worktree first.py:1:10", "worktree third.py:1:10"]);
        let line = "  unreadable  b: its process needed more memory than it may have";
        aborted += usize::from(said.contains(line));
    }
    assert!(aborted > 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_target_ends_at_its_time_limit() {
    let env = with_endless_target();
    let args = [&JSONL[..], &["--time-limit", "4", "a", "b", "c"]].concat();
    let (rows, said) = incomplete(env.program(&args).output().unwrap());
    assert_eq!(rows, ["worktree first.py:1:10", "worktree third.py:1:10"]);
    assert!(
        said.contains("  cut off     1 at the limit of time: b\n"),
        "{said}"
    );
}

/// A stopped process does not see its time limit.
#[cfg(target_os = "linux")]
#[test]
fn a_target_that_stalls_is_ended_after_its_time_limit() {
    let env = with_endless_target();
    let args = [&JSONL[..], &["--time-limit", "4", "a", "b", "c"]].concat();
    let mut command = start(&env, &args);
    let worker = busy_worker(&mut command, 30);
    signal(worker, "STOP");
    let (rows, said) = incomplete(command.wait_with_output().unwrap());
    assert_eq!(rows, ["worktree first.py:1:10", "worktree third.py:1:10"]);
    assert!(
        said.contains("  cut off     1 at the limit of time: b\n"),
        "{said}"
    );
    assert!(!runs(worker));
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_outlives_the_command() {
    let env = with_endless_target();
    for name in ["INT", "TERM", "KILL"] {
        for stopped in [false, true] {
            let mut command = start(&env, &[&JSONL[..], &["a", "b", "c"]].concat());
            let worker = busy_worker(&mut command, 30);
            // A worker that does not answer is killed.
            if stopped && name != "KILL" {
                signal(worker, "STOP");
            }
            signal(command.id(), name);
            let ended = command.wait_with_output().unwrap();
            if name != "KILL" {
                assert_eq!(ended.status.code(), Some(130), "{name}");
                assert!(!runs(worker));
            }
            while runs(worker) {
                std::thread::yield_now();
            }
        }
    }
}

/// The inventory of a run that nothing ended, over targets without the endless one.
fn uninterrupted(env: &TestEnv) {
    for n in 0..20_000 {
        std::fs::remove_file(env.path(format!("b/{n}.js"))).unwrap();
    }
    env.keyferry(&["discover", "a", "b", "c"]).exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_target_that_is_done_is_safe() {
    for (name, code) in [("KILL", None), ("INT", Some(130))] {
        let env = with_endless_target();
        env.write("b/second.py", line(2));
        let mut command = start(&env, &["discover", "-j2", "a", "b", "c"]);
        let worker = busy_worker(&mut command, 30);
        signal(command.id(), name);
        let ended = command.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), code);
        while runs(worker) {
            std::thread::yield_now();
        }
        let inventory = String::from_utf8(bytes(&env).into_values().flatten().collect()).unwrap();
        assert!(inventory.contains(r#""path":"first.py""#), "{inventory}");
        assert!(!inventory.contains("second.py") && !inventory.contains("third.py"));
        let interim = env.path("inventory/~found-1.yaml");
        assert_eq!(interim.exists(), name == "KILL");
        let places = env.path("inventory/places/~found-1.jsonl");
        assert_eq!(places.exists(), name == "KILL");
        if name == "INT" {
            let said = String::from_utf8(ended.stderr).unwrap();
            assert!(said.ends_with("warning: interrupted: the inventory contains 1 of 3 targets, not yet decided; run the command again for the others\n"), "{said}");
        }
        // The next run finishes the work, as if nothing had been.
        uninterrupted(&env);
        assert!(!interim.exists() && !places.exists());
        let finished = bytes(&env);
        let twice = env.keyferry(&["discover", "a", "b", "c"]).exits(0);
        twice.says(&["0 new, 0 gone"]);
        unchanged(&env, &finished);
    }
}

/// Neither the command nor its worker can leave a core file, and no process of the same user reads their memory. The
/// key is not in their environment.
#[cfg(target_os = "linux")]
#[test]
fn memory_and_key_stay_in_the_process() {
    let env = with_endless_target();
    let key = "0123456789abcdef".repeat(4);
    let mut command = env.program(&[&JSONL[..], &["a", "b"]].concat());
    command.env("KEYFERRY_KEY", &key).env("OTHER", "kept");
    if rustix::process::geteuid().is_root() {
        // The files of a process of root belong to root in any case.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(env.root(), open).unwrap();
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
    }
    let mut command = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let worker = busy_worker(&mut command, 30);
    for (process, is_worker) in [(command.id(), false), (worker, true)] {
        let file = |name: &str| std::fs::read(format!("/proc/{process}/{name}"));
        let limits = String::from_utf8(file("limits").unwrap()).unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        let words: Vec<&str> = core.split_whitespace().collect();
        assert_eq!(words[4..6], ["0", "0"], "{core}");
        // The owner of these files is root unless the process is dumpable.
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::metadata(format!("/proc/{process}/environ"))
            .unwrap()
            .uid();
        assert_eq!(owner, 0);
        // Root reads them nevertheless.
        if let Ok(environment) = file("environ") {
            let holds = |text: &str| {
                environment
                    .windows(text.len())
                    .any(|at| at == text.as_bytes())
            };
            assert!(!holds(&key));
            assert_eq!(holds("OTHER=kept"), !is_worker);
        }
        if is_worker {
            assert_eq!(file("oom_score_adj").unwrap(), b"500\n");
        }
    }
    signal(command.id(), "KILL");
    command.wait_with_output().unwrap();
    while runs(worker) {
        std::thread::yield_now();
    }
}

/// Whether something could be read is judged for each target.
#[test]
fn an_incomplete_target_keeps_its_own_occurrences_only() {
    let env = TestEnv::new();
    for (name, n) in [("a", 1), ("b", 2)] {
        let repo = env.repo(name);
        repo.write("gone.py", line(n)).write("kept.py", line(n + 2));
    }
    env.keyferry(&["discover", "a", "b"]).exits(0);
    for name in ["a", "b"] {
        std::fs::remove_file(env.path(format!("{name}/gone.py"))).unwrap();
    }
    std::fs::write(env.path("a/.git/objects/pack/pack-1.idx"), "no index").unwrap_or_else(|_| {
        std::fs::create_dir_all(env.path("a/.git/objects/pack")).unwrap();
        std::fs::write(env.path("a/.git/objects/pack/pack-1.idx"), "no index").unwrap();
    });
    std::fs::write(env.path("a/.git/objects/pack/pack-1.pack"), "no pack").unwrap();
    env.keyferry(&["discover", "a", "b"])
        .exits(3)
        .says(&["0 new, 1 gone"]);
    let inventory = String::from_utf8(bytes(&env).into_values().flatten().collect()).unwrap();
    assert_eq!(inventory.matches(r#""path":"gone.py""#).count(), 1);
    assert_eq!(inventory.matches(r#""path":"kept.py""#).count(), 2);
}

#[test]
fn targets_that_cannot_be_opened_do_not_stop_the_others() {
    let env = TestEnv::new();
    env.write("a/first.py", line(1));
    let broken = env.repo("b");
    broken.write("x.py", line(2)).commit("one");
    broken.write(".git/config", "[core\n");
    std::os::unix::fs::symlink("loop", env.path("loop")).unwrap();
    let fifo = Command::new("mkfifo").arg(env.path("pipe")).status();
    assert!(fifo.unwrap().success());
    env.write("c/third.py", line(3));
    let targets = ["pipe", "b", "loop", "a", "c"];
    let (rows, ran) = env.scan_exits(3, &targets);
    // The files of the broken repository are read.
    let mut found = places(&rows);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "worktree first.py:1:10",
            "worktree third.py:1:10",
            "worktree x.py:1:10"
        ]
    );
    let lines = ran
        .stderr
        .lines()
        .filter(|line| line.contains("unreadable"));
    assert_eq!(lines.count(), 3, "{}", ran.stderr);
    env.keyferry(&[&["discover"], &targets[..]].concat())
        .exits(3)
        .says(&["3 new, 0 gone"]);
}
