//! `--quiet` and `--verbose`, and commands without a target.

use crate::support::stdout_terminal::on_terminal;
use crate::support::test_env::{TestEnv, password};

fn shop(env: &TestEnv) {
    let repo = env.repo("shop");
    let line = |n| format!("password: {}\n", password(n));
    repo.write("a.yml", line(1)).commit("one");
    repo.write("b.yml", line(1)).commit("two");
}

#[test]
fn without_a_target_the_current_folder_is_scanned() {
    let env = TestEnv::new();
    shop(&env);
    let of = |args: &[&str]| env.program(args).current_dir(env.path("shop")).output();
    let ran = of(&["scan", "--format", "jsonl"]).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(
        ran.stdout,
        of(&["scan", "--format", "jsonl", "."]).unwrap().stdout
    );
    let discovered = of(&["discover", "--inventory", "../inventory"]).unwrap();
    assert_eq!(discovered.status.code(), Some(0));
    let said = String::from_utf8_lossy(&discovered.stdout).into_owned();
    assert!(said.contains("shop"), "{said}");
    assert!(env.path("inventory/keyferry.yaml").exists());
}

#[test]
fn quiet_leaves_out_notes_and_keeps_data_and_warnings() {
    let env = TestEnv::new();
    shop(&env);
    let usual = env
        .keyferry(&["scan", "--format", "jsonl", "shop"])
        .exits(1);
    assert!(usual.stderr.starts_with("coverage\n"), "{}", usual.stderr);
    let quiet = env
        .keyferry(&["scan", "-q", "--format", "jsonl", "shop"])
        .exits(1);
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (usual.stdout, ""));
    let usual = env.keyferry(&["discover", "shop"]).exits(0);
    assert!(usual.stderr.contains("note: "), "{}", usual.stderr);
    let quiet = env.keyferry(&["--quiet", "discover", "shop"]).exits(0);
    assert_eq!(quiet.stderr, "");
    // An incomplete scan says so.
    env.write("shop/large.txt", vec![b'a'; 9000]);
    let args = [
        "scan",
        "-q",
        "--strict",
        "--max-blob",
        "8K",
        "--format",
        "jsonl",
        "shop",
    ];
    let incomplete = env.keyferry(&args).exits(3);
    assert!(
        incomplete.stderr.contains("too-large"),
        "{}",
        incomplete.stderr
    );
    // So do warnings and errors.
    env.write("inventory/policy.yaml", "schema: 1\nno_such_field: 1\n");
    let wrong = env.keyferry(&["discover", "-q", "shop"]).exits(2);
    assert!(wrong.stderr.starts_with("error: "), "{}", wrong.stderr);
}

#[test]
fn verbose_names_files_and_times() {
    let env = TestEnv::new();
    shop(&env);
    let ran = env.keyferry(&["discover", "-v", "shop"]).exits(0);
    for part in [
        "policy: built-in",
        "register: none",
        "2 findings in 1 repository or folder, after",
        "done after",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let usual = env.keyferry(&["discover", "shop"]).exits(0);
    assert_eq!(
        usual.stdout,
        env.keyferry(&["discover", "-v", "shop"]).stdout
    );
    let both = env.keyferry(&["discover", "-v", "-q", "shop"]).exits(2);
    assert!(
        both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
    // On a terminal, all places.
    let args = ["scan", "-v", "shop"];
    let screen = on_terminal(&mut env.program(&args), 80).exits(1).stdout;
    assert!(screen.contains("1 more place:"), "{screen}");
    // In every place of the command line.
    for args in [["-v", "scan", "shop"], ["scan", "shop", "--verbose"]] {
        assert!(env.keyferry(&args).stderr.contains("done after"));
    }
}
