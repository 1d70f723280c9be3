//! The inventory on disk under several hands: one writer, one key, versions to come, Ctrl-C.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::inventory_files::{
    bytes, files, stored, unchanged, write_first_version, write_third_version,
};
use crate::support::processes::{busy_worker, endless, runs, signal};
use crate::support::test_env::{TestEnv, files_below, token};

fn shop(env: &TestEnv) {
    env.repo("shop")
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("one");
}

/// The key file of the only inventory.
#[track_caller]
fn key_file(env: &TestEnv) -> PathBuf {
    let keys = files_below(&env.home().join(".local/share/keyferry/keys"));
    assert_eq!(keys.len(), 1, "{:?}", keys.keys());
    keys.into_keys().next().unwrap()
}

fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn one_writer_at_a_time() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    let key = key_file(&env);
    let content = std::fs::read(&key).unwrap();
    let before = bytes(&env);
    // A pipe in place of the key holds the first writer up after it has taken the lock: it reads the key next.
    std::fs::remove_file(&key).unwrap();
    assert!(
        Command::new("mkfifo")
            .args(["-m", "600"])
            .arg(&key)
            .status()
            .unwrap()
            .success()
    );
    let mut first = env.program(&["discover", "shop"]);
    let first = first
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opening ends when the other side has opened, too.
    let mut pipe = std::fs::OpenOptions::new().write(true).open(&key).unwrap();
    for command in [
        vec!["discover", "shop"],
        vec![
            "plan",
            "--offline",
            "--account",
            "123456789012",
            "--region",
            "eu-west-1",
        ],
        vec!["import", "--yes"],
    ] {
        let ran = env.keyferry(&command).exits(4);
        ran.says(&["error: another keyferry is writing the inventory inventory\nhint: wait until it ends; "]);
    }
    pipe.write_all(&content).unwrap();
    drop(pipe);
    let ended = first.wait_with_output().unwrap();
    assert_eq!(
        ended.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    unchanged(&env, &before);
    // The lock is given back.
    std::fs::remove_file(&key).unwrap();
    env.write(&key, &content);
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    env.keyferry(&["discover", "shop"]).exits(0);
    unchanged(&env, &before);
}

#[test]
fn a_killed_writer_leaves_no_lock() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    let key = key_file(&env);
    let content = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    assert!(
        Command::new("mkfifo")
            .args(["-m", "600"])
            .arg(&key)
            .status()
            .unwrap()
            .success()
    );
    let mut child = env
        .program(&["discover", "shop"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pipe = std::fs::OpenOptions::new().write(true).open(&key).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(pipe);
    env.keyferry_with(
        &["discover", "shop"],
        &[("KEYFERRY_KEY", std::str::from_utf8(&content).unwrap())],
    )
    .exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_the_inventory_as_it_was() {
    let env = TestEnv::new();
    env.write("big/a.py", format!("token = '{}'\n", token(1)));
    env.keyferry(&["discover", "big"]).exits(0);
    let before = bytes(&env);
    endless(&env, "big");
    env.write("big/a.py", format!("token = '{}'\n", token(2)));
    for name in ["INT", "TERM"] {
        let mut child = env.program(&["discover", "--jobs", "2", "big"]);
        let mut child = child
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let worker = busy_worker(&mut child, 30);
        signal(child.id(), name);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(said, "warning: interrupted: the inventory is unchanged\n");
        assert!(ended.stdout.is_empty() && !runs(worker));
        unchanged(&env, &before);
    }
}

#[test]
fn a_newer_inventory_is_refused_and_left_alone() {
    for (name, text) in [
        ("unassigned.yaml", "schema: 5\nsecrets: []\nwaves: [1, 2]\n"),
        ("ord001.yaml", "groups: {}\nschema: 17\n"),
        ("places/web.jsonl", "{\"schema\": 5, \"index\": []}\n[]\n"),
        ("keyferry.yaml", "schema: 5\nid: 00\nkeys: [a]\n"),
    ] {
        let env = TestEnv::new();
        shop(&env);
        env.keyferry(&["discover", "shop"]).exits(0);
        env.write(format!("inventory/{name}"), text);
        let schema = text
            .split_once("schema")
            .and_then(|(_, rest)| rest.split(['\n', ',']).next())
            .unwrap()
            .trim_matches(['"', ':', ' ']);
        let before = env.all_files();
        let told = format!(
            "error: inventory/{name} has schema {schema}; this version of keyferry knows schema 4\n"
        );
        for command in [
            vec!["discover", "shop"],
            vec!["scan", "--inventory", "inventory", "shop"],
            vec![
                "plan",
                "--offline",
                "--account",
                "123456789012",
                "--region",
                "eu-west-1",
            ],
            vec!["import", "--yes"],
            vec!["verify"],
        ] {
            let ran = env.keyferry(&command).exits(2);
            assert!(ran.stdout.is_empty());
            ran.says(&[
                &told,
                "hint: a newer version of keyferry wrote it: use that version\n",
            ]);
        }
        assert!(env.all_files() == before, "{name}");
    }
}

#[test]
fn an_inventory_of_the_first_version_is_read_and_sealed() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    let (sealed, before) = (bytes(&env), files(&env));
    let commit = env.open("shop").git(&["rev-parse", "HEAD"]);
    write_first_version(&env);
    let first = bytes(&env);
    let shows_commit = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        let shows = |text: &Vec<u8>| memchr::memmem::find(text, commit.as_bytes()).is_some();
        files.values().any(shows)
    };
    assert!(shows_commit(&first));
    // Reading changes nothing.
    env.keyferry(&["scan", "--inventory", "inventory", "shop"])
        .exits(1);
    unchanged(&env, &first);
    let ran = env.keyferry(&["discover", "shop"]).exits(0);
    ran.says(&["note: the inventory was written in format 4", "in git"]);
    assert_eq!(files(&env), before);
    assert!(!shows_commit(&bytes(&env)));
    unchanged(&env, &sealed);
    let ran = env.keyferry(&["discover", "shop"]).exits(0);
    assert!(!ran.stderr.contains("format 4"), "{}", ran.stderr);
}

#[test]
fn an_inventory_of_the_third_version_is_read_and_divided() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    // Two places of one value that state different things.
    repo.write("a.py", format!("token = '{}'\n", token(1)));
    repo.write("b.py", format!("key = '{}'\n", token(1)));
    repo.commit("two");
    env.keyferry(&["discover", "shop"]).exits(0);
    let (before, secrets) = (bytes(&env), files(&env));
    assert_eq!(secrets["unassigned.yaml"][0].occurrences.len(), 2);
    write_third_version(&env, &secrets);
    let third = bytes(&env);
    assert!(third.keys().all(|path| !path.ends_with("shop.jsonl")));
    env.keyferry(&["scan", "--inventory", "inventory", "shop"])
        .exits(1);
    unchanged(&env, &third);
    let ran = env.keyferry(&["discover", "shop"]).exits(0);
    ran.says(&["note: the inventory was written in format 4, which earlier versions"]);
    assert_eq!(files(&env), secrets);
    unchanged(&env, &before);
}

#[test]
fn an_occurrence_that_was_altered_or_moved_is_refused() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", format!("token = '{}'\n", token(1)));
    repo.write("b.py", format!("token = '{}'\n", token(2)));
    repo.commit("two");
    env.keyferry(&["discover", "shop"]).exits(0);
    let path = env.path("inventory/places/shop.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let sealed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once("\"sealed\":\"")?.1.strip_suffix("\"}"))
        .collect();
    let altered = sealed[0].replacen("sealed:A", "sealed:B", 1);
    let altered = match altered == sealed[0] {
        true => format!("sealed:A{}", &sealed[0]["sealed:A".len()..]),
        false => altered,
    };
    for wrong in [sealed[1], &altered] {
        env.write(&path, text.replacen(sealed[0], wrong, 1));
        let before = bytes(&env);
        let ran = env.keyferry(&["discover", "shop"]).exits(2);
        ran.says(&[
            "error: inventory/places/shop.jsonl:2: a place of s-",
            " cannot be opened: it was sealed with another key",
            "hint: restore the file from version control",
        ]);
        unchanged(&env, &before);
    }
}

#[test]
fn a_damaged_inventory_is_refused_and_left_alone() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    let path = env.path("inventory/unassigned.yaml");
    let whole = std::fs::read_to_string(&path).unwrap();
    let line = |words: &str| 1 + whole.lines().position(|line| line.contains(words)).unwrap();
    let cases = [
        (
            whole.replace("  kind: \"third-party", "  kind: \"third-paty"),
            "third-paty",
            "expected one of",
            line("  kind: "),
        ),
        (
            whole.replace("  exposure:", "  expsure:"),
            "expsure",
            "expected one of `id`",
            line("  exposure: "),
        ),
        (whole[..whole.len() / 2].to_owned(), "", "", 0),
        (String::new(), "", "", 0),
    ];
    for (text, wrong, expected, line) in cases {
        std::fs::write(&path, &text).unwrap();
        let ran = env.keyferry(&["discover", "shop"]).exits(2);
        assert!(
            ran.stderr.starts_with("error: inventory/unassigned.yaml: "),
            "{}",
            ran.stderr
        );
        ran.says(&[
            wrong,
            expected,
            &if line > 0 {
                format!(" at line {line} column ")
            } else {
                String::new()
            },
        ]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn damaged_places_are_refused_with_their_line_and_left_alone() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    let path = env.path("inventory/places/shop.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    let secret = format!("\"secret\":\"{}\",", stored(&env)[0].id);
    for (text, message) in [
        (String::new(), ": the file is empty\n"),
        (
            whole.replacen("{\"schema\":4}\n", "", 1),
            ": missing field `schema` at line 1 column ",
        ),
        (
            whole.replacen("\"schema\":4", "\"schema\":4,\"x\":1", 1),
            ": unknown field `x`, expected `schema` at line 1 column ",
        ),
        (
            whole.replacen("\"origin\":\"worktree\"", "\"origin\":\"worktre\"", 1),
            ": unknown variant `worktre`, expected one of ",
        ),
        (
            whole.replacen("\"column\":", "\"colum\":", 1),
            ": unknown field `colum`, expected one of ",
        ),
        (
            whole.replacen(&secret, "", 1),
            ": missing field `secret` at line 2\n",
        ),
        (
            whole.replacen("\"sealed\":\"", "\"sealed\":\"x", 1),
            " at line 2 column ",
        ),
        (whole[..whole.len() / 2].to_owned(), " at line 2 column "),
    ] {
        assert_ne!(text, whole);
        env.write(&path, &text);
        let before = bytes(&env);
        let ran = env.keyferry(&["discover", "shop"]).exits(2);
        ran.says(&["error: inventory/places/shop.jsonl", message]);
        unchanged(&env, &before);
    }
    // White space and line ends of another system are no mistakes.
    env.write(&path, format!("{}\n", whole.replace('\n', "\r\n")));
    env.keyferry(&["discover", "shop"]).exits(0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
}

#[test]
fn a_file_of_places_that_is_missing_is_named() {
    let env = TestEnv::new();
    shop(&env);
    env.write("other/a.py", format!("token = '{}'\n", token(2)));
    env.keyferry(&["discover", "shop", "other"]).exits(0);
    let before = bytes(&env);
    let path = env.path("inventory/places/shop.jsonl");
    std::fs::remove_file(&path).unwrap();
    let without = bytes(&env);
    // Scanning another repository must not forget the secrets of this one.
    let ran = env.keyferry(&["discover", "other"]).exits(2);
    ran.says(&[
        "error: inventory/places/shop.jsonl is missing: by their entries, 1 secret has places in the repository shop\n",
        "hint: restore the file from version control; if there is no version of it, write the line {\"schema\":4} into it",
    ]);
    unchanged(&env, &without);
    // What the hint says.
    env.write(&path, "{\"schema\":4}\n");
    let ran = env.keyferry(&["discover", "shop"]).exits(0);
    ran.says(&["warning: 1 secret has no place in places/shop.jsonl, which the entry names: s-"]);
    unchanged(&env, &before);
}

#[test]
fn a_key_that_is_not_there() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    let key = key_file(&env);
    assert_eq!(mode(&key), 0o600);
    assert_eq!(mode(key.parent().unwrap()), 0o700);
    let content = std::fs::read(&key).unwrap();
    let before = bytes(&env);

    std::fs::remove_file(&key).unwrap();
    let shown = key.display();
    env.keyferry(&["discover", "shop"]).exits(2).says(&[
        &format!("error: the key {shown} is not there\n"),
        &format!("hint: copy the key from the machine where the inventory was created to {shown}, or set KEYFERRY_KEY\n"),
    ]);
    unchanged(&env, &before);
    assert!(!key.exists(), "no other key takes its place");

    std::fs::write(&key, "not a key\n").unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let told = format!("error: {shown} does not hold a key: it takes 64 lower-case hex digits\n");
    env.keyferry(&["discover", "shop"]).exits(2).says(&[&told]);
    let other = "ab".repeat(32);
    std::fs::write(&key, &other).unwrap();
    let ran = env.keyferry(&["discover", "shop"]).exits(2);
    assert!(!ran.stderr.contains(&other), "a key was said");
    ran.says(&[
        &format!("error: the key from {shown} is not the one that the inventory inventory was made with\n"),
        "hint: use the inventory's own key: fingerprints of another key match nothing",
    ]);
    std::fs::write(&key, &content).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    env.keyferry(&["discover", "shop"]).exits(2).says(&[
        &format!("error: {shown} may be read by others (mode 640); it must be 0600\n"),
        &format!("hint: chmod 600 {shown}\n"),
    ]);
    unchanged(&env, &before);
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    env.keyferry(&["discover", "shop"]).exits(0);
    unchanged(&env, &before);
}

#[test]
fn a_key_in_the_environment() {
    let env = TestEnv::new();
    shop(&env);
    let (one, other) = ("0a".repeat(32), "b1".repeat(32));
    let keyed = |key: &str, args: &[&str]| env.keyferry_with(args, &[("KEYFERRY_KEY", key)]);
    keyed(&one, &["discover", "shop"]).exits(0);
    assert!(
        files_below(&env.home()).is_empty(),
        "no key is kept on disk"
    );
    let before = bytes(&env);
    keyed(&format!("{one}\n"), &["discover", "shop"]).exits(0);
    unchanged(&env, &before);

    keyed(&other, &["discover", "shop"])
        .exits(2)
        .says(&["error: the key from KEYFERRY_KEY is not the one"]);
    // Without it, the key file is asked for.
    keyed("", &["discover", "shop"]).exits(2).says(&[
        "error: the key ",
        "/.local/share/keyferry/keys/",
        "is not there",
    ]);
    for wrong in [
        "short",
        &one.to_uppercase(),
        &one[1..],
        "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0ag",
    ] {
        let ran = keyed(wrong, &["discover", "shop"]).exits(2);
        assert_eq!(
            ran.stderr,
            "error: KEYFERRY_KEY does not hold a key: it takes 64 lower-case hex digits\n"
        );
    }
    unchanged(&env, &before);

    // The same key makes the same ids on every machine, in a scan and in another inventory; another key makes others.
    let id = |env: &TestEnv| stored(env)[0].id.to_string();
    let (first, again, another) = (id(&env), TestEnv::new(), TestEnv::new());
    for (env, key) in [(&again, &one), (&another, &other)] {
        shop(env);
        env.keyferry_with(&["discover", "shop"], &[("KEYFERRY_KEY", key)])
            .exits(0);
    }
    assert_eq!(first, id(&again));
    assert_ne!(first, id(&another));
    let scanned = keyed(&one, &["scan", "--format", "jsonl", "shop"])
        .exits(1)
        .rows()
        .remove(0)
        .secret_id;
    assert_eq!(scanned, first);
}

#[test]
fn a_machine_without_a_home() {
    let env = TestEnv::new();
    shop(&env);
    let ran = env
        .keyferry_with(&["discover", "shop"], &[("HOME", "")])
        .exits(2);
    ran.says(&[
        "error: there is no home folder to keep keys in",
        "hint: set KEYFERRY_KEY to 64 hex digits",
    ]);
    assert!(!env.path("inventory/keyferry.yaml").exists());
    // A scan needs no key that lasts.
    let ran = env
        .keyferry_with(&["scan", "shop"], &[("HOME", "")])
        .exits(1);
    ran.says(&["note: the next scan will produce other secret ids: there is no home folder"]);
    let elsewhere = env.root().join("data");
    let data = elsewhere.to_str().unwrap();
    env.keyferry_with(
        &["discover", "shop"],
        &[("XDG_DATA_HOME", data), ("HOME", "")],
    )
    .exits(0);
    assert_eq!(files_below(&elsewhere.join("keyferry/keys")).len(), 1);
    assert_eq!(stored(&env).len(), 1);
}

#[test]
fn an_inventory_that_has_lost_its_identity_is_not_begun_anew() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    for path in files_below(&env.path("inventory")).keys() {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    let identity = std::fs::read(env.path("inventory/keyferry.yaml")).unwrap();
    std::fs::remove_file(env.path("inventory/keyferry.yaml")).unwrap();
    let before = bytes(&env);
    let ran = env.keyferry(&["discover", "shop"]).exits(2);
    ran.says(&[
        "error: inventory/keyferry.yaml is missing, but inventory/unassigned.yaml is there",
        "hint: restore keyferry.yaml",
    ]);
    unchanged(&env, &before);
    env.write("inventory/keyferry.yaml", identity);
    env.keyferry(&["discover", "shop"]).exits(0);
}

#[test]
fn a_name_that_is_nearly_right_is_told() {
    let env = TestEnv::new();
    shop(&env);
    env.keyferry(&["discover", "shop"]).exits(0);
    env.write("inventory/decisions.yml", "schema: 1\n");
    let ran = env.keyferry(&["discover", "shop"]).exits(2);
    ran.says(&[
        "error: inventory/decisions.yml is not read: its name must be decisions.yaml",
        "hint: mv ",
    ]);
}
