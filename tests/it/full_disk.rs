//! Full disks: a clear error and its exit code, and earlier files are unchanged.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use keyferry::inventory::entry::MigrationProgress;

use crate::discover::{bytes, inventory, unchanged};
use crate::support::account_road::{AccountRoad, FACTS};
use crate::support::test_env::{Ran, TestEnv, files_below, made_up, token};

const NO_SPACE: &str = "No space left on device (os error 28)";

/// Enough secrets for files of many blocks.
const MANY: u32 = 40;

fn shop(env: &TestEnv) {
    env.repo("shop")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
}

fn write_many(env: &TestEnv, from: u32) {
    for n in from..from + MANY {
        let value = made_up(n, "Sum<<>>mer-<<alnum 10>>");
        env.write(
            format!("many/{n}.properties"),
            format!("service{n}.password={value}\n"),
        );
    }
}

/// Runs the program where no file can grow past `blocks` of 512 bytes, the unit of POSIX.
fn limited(env: &TestEnv, blocks: u32, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let inner = env.program(args);
    let mut command = Command::new("sh");
    // Ignored, the signal leaves the write with an error, as a full disk does.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    command
        .args([
            OsStr::new("-c"),
            OsStr::new(&script),
            OsStr::new("sh"),
            inner.get_program(),
        ])
        .args(inner.get_args());
    command
        .env_clear()
        .current_dir(env.path(""))
        .stdin(Stdio::null());
    command
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        code: output.status.code().unwrap(),
    }
}

/// stdout and, if asked, stderr are a device that is always full.
fn into_full(env: &TestEnv, args: &[&str], stderr: bool) -> (i32, String) {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = env.program(args);
    command.stdout(full());
    if stderr {
        command.stderr(full());
    }
    let output = command.output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_report_that_does_not_fit() {
    let env = TestEnv::new();
    shop(&env);
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        let args = ["scan", "--format", format, "shop"];
        let (code, said) = into_full(&env, &args, false);
        assert_eq!(
            (code, said),
            (4, format!("error: cannot write to stdout: {NO_SPACE}\n")),
            "{format}"
        );
        let ran = env
            .keyferry(&[&args, ["--output", "/dev/full"].as_slice()].concat())
            .exits(4);
        assert_eq!(
            ran.stderr,
            format!("error: cannot write /dev/full: cannot write its content: {NO_SPACE}\n"),
            "{format}"
        );
    }
    // A report of nothing is one, too.
    env.write("clean/a.py", "x = 1\n");
    assert_eq!(into_full(&env, &["scan", "clean"], false).0, 4);
    assert_eq!(
        into_full(&env, &["scan", "--format", "json", "clean"], false).0,
        4
    );
}

#[test]
fn words_that_do_not_fit() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    env.keyferry(&[
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ]);
    for args in [
        vec!["discover", "shop"],
        vec![
            "plan",
            "--offline",
            "--account",
            "123456789012",
            "--region",
            "eu-west-1",
        ],
        vec!["detectors", "list"],
        vec!["detectors", "show", "github-personal-token"],
        vec!["detectors", "test"],
        vec!["explain", "shop/a.py:1"],
        vec!["--help"],
        vec!["scan", "--help"],
        vec!["--version"],
    ] {
        let before = bytes(&env);
        let (code, said) = into_full(&env, &args, false);
        assert_eq!(code, 4, "{args:?}: {said}");
        assert!(
            said.starts_with("error: ") && said.contains(NO_SPACE),
            "{args:?}: {said}"
        );
        unchanged(&env, &before);
    }
    // Where no message can be written, the exit code remains.
    assert_eq!(into_full(&env, &["scan", "shop"], true).0, 4);
    assert_eq!(into_full(&env, &["scan", "nowhere"], true).0, 2);
}

#[test]
fn a_report_in_a_file_is_whole_or_not_there() {
    let env = TestEnv::new();
    write_many(&env, 0);
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        let name = format!("report.{format}");
        let args = [
            "scan",
            "--format",
            format,
            "--show-secrets",
            "--output",
            &name,
            "many",
        ];
        // One block is less than any of the reports.
        let ran = limited(&env, 1, &args, &[]).exits(4);
        assert_eq!(
            ran.stderr,
            format!("error: cannot write {name}: cannot write its content: {TOO_LARGE}\n")
        );
        let work = files_below(&env.path(""));
        assert!(
            work.keys().all(|path| path.starts_with(env.path("many"))),
            "{:?}",
            work.keys()
        );

        let path = env.write(&name, "what was here before");
        limited(&env, 1, &args, &[]).exits(4);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "what was here before"
        );
        std::fs::remove_file(&path).unwrap();
        assert_eq!(files_below(&env.path("")), work);
    }
}

const TOO_LARGE: &str = "File too large (os error 27)";

/// By file name, without the locations of repositories.
fn secrets_on_disk(env: &TestEnv) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = bytes(env);
    files.retain(|path, _| !path.ends_with("keyferry.yaml"));
    files
}

#[test]
fn an_inventory_that_does_not_fit_is_the_one_before() {
    let env = TestEnv::new();
    env.write("few/a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "few"]).exits(0);
    let before = secrets_on_disk(&env);
    write_many(&env, 0);
    let ran = limited(&env, 8, &["discover", "many", "few"], &[]).exits(4);
    let told = format!(
        "error: cannot write inventory/places/many.jsonl: cannot write its content: {TOO_LARGE}\n"
    );
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("", told));
    assert!(secrets_on_disk(&env) == before);
    // With room, all of it is there.
    env.keyferry(&["discover", "many", "few"])
        .exits(0)
        .says(&[&format!("{MANY} new, 0 gone")]);
    assert_eq!(inventory(&env).len(), 1 + MANY as usize);

    // Secrets that change files are in one of them at any moment.
    let before = inventory(&env);
    limited(&env, 8, &["discover", "many", "--set", "appid=ord001"], &[]).exits(4);
    assert_eq!(inventory(&env), before);
    assert_eq!(
        secrets_on_disk(&env).len(),
        4,
        "the lock, one file of secrets, two of places"
    );
}

#[test]
fn no_room_for_a_new_inventory() {
    let env = TestEnv::new();
    shop(&env);
    let ran = limited(&env, 0, &["discover", "shop"], &[]).exits(4);
    assert!(
        ran.stderr.starts_with("error: cannot write "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.is_empty() && ran.stderr.contains(TOO_LARGE),
        "{}",
        ran.stderr
    );
    // Neither half a key nor half an inventory.
    assert!(
        files_below(&env.home())
            .values()
            .all(|content| content.len() == 65)
    );
    assert!(bytes(&env).values().all(Vec::is_empty), "only the lock");
    env.keyferry(&["discover", "shop"]).exits(0);
}

#[test]
fn a_plan_that_does_not_fit_is_the_one_before() {
    let env = TestEnv::new();
    env.write("few/a.py", format!("token = '{}'\n", token(1)));
    let plan = [
        "plan",
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ];
    env.keyferry(&["discover", "few"]).exits(0);
    env.keyferry(&plan);
    let path = env.path("inventory/plan.json");
    let old = std::fs::read(&path).unwrap();
    write_many(&env, 0);
    env.keyferry(&["discover", "many", "few"]).exits(0);
    // Once without a limit, so that nothing but the plan is left to be written.
    env.keyferry(&plan);
    std::fs::write(&path, &old).unwrap();
    let before = bytes(&env);
    let ran = limited(&env, 8, &plan, &[]).exits(4);
    assert_eq!(
        ran.stderr,
        format!("error: cannot write inventory/plan.json: cannot write its content: {TOO_LARGE}\n")
    );
    unchanged(&env, &before);
}

/// An inventory of many secrets with its plan, and an account to import it into.
fn planned() -> AccountRoad {
    let road = AccountRoad::new(TestEnv::new());
    write_many(&road.env, 0);
    road.keyferry(&format!("discover many {FACTS}")).exits(0);
    road.keyferry("plan").exits(0);
    road
}

/// How many secrets the inventory takes for verified.
fn verified(env: &TestEnv) -> usize {
    inventory(env)
        .iter()
        .filter(|secret| secret.progress == MigrationProgress::Verified)
        .count()
}

#[test]
fn a_journal_that_does_not_fit_stops_the_import_and_loses_nothing() {
    let road = planned();
    let env = &road.env;
    let before = inventory(env);

    let ran = limited(
        env,
        64,
        &["import", "--yes", "--rate", "50"],
        &road.variables(),
    )
    .exits(4);
    assert!(
        ran.stderr
            .contains("error: cannot write the journal inventory/journal.jsonl: "),
        "{}",
        ran.stderr
    );
    let unsaved = format!(
        "error: cannot write inventory/ord001.yaml: cannot write its content: {TOO_LARGE}\n"
    );
    assert!(ran.stderr.contains(&unsaved), "{}", ran.stderr);
    assert_eq!(
        inventory(env),
        before,
        "the inventory fits no better, and is the one before"
    );
    let left: Vec<_> = bytes(env)
        .into_keys()
        .filter(|path| path.extension().is_some_and(|end| end == "tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // It stopped on the way: the journal has whole lines and a torn last one.
    let journal = std::fs::read_to_string(env.path("inventory/journal.jsonl")).unwrap();
    let created = journal
        .lines()
        .filter(|line| line.contains("\"state\":\"created\""))
        .count();
    assert!((1..MANY as usize).contains(&created), "{created}");
    assert!(!journal.ends_with('\n'));

    // With room again the rest follows, and nothing is created twice.
    let ran = road.keyferry("import --yes --rate 50").exits(0);
    assert!(!ran.stdout.contains("failed"), "{}", ran.stdout);
    road.keyferry("verify").exits(0);
    assert_eq!(verified(&road.env), MANY as usize);
    let again = road.keyferry("import --yes").exits(0);
    assert!(
        again.stdout.contains(&format!("{MANY} in sync")),
        "{}",
        again.stdout
    );
}

#[test]
fn an_import_of_which_nobody_can_be_told_is_noted() {
    let road = planned();
    let mut import = road.env.program(&["import", "--yes", "--rate", "50"]);
    import
        .envs(road.variables())
        .stdout(File::options().write(true).open("/dev/full").unwrap());
    let output = import.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), said.as_str()),
        (
            Some(4),
            &*format!("error: cannot write to stdout: {NO_SPACE}\n")
        )
    );
    assert_eq!(verified(&road.env), MANY as usize);
}
