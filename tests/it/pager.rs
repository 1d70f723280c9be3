//! The pager of `plan`.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::stdout_terminal::on_terminal;
use crate::support::test_env::{Ran, TestEnv, password};

const PLAN: [&str; 6] = [
    "plan",
    "--offline",
    "--account",
    "123456789012",
    "--region",
    "eu-west-1",
];

/// An inventory of secrets that fill more than a screen of 50 lines.
fn inventory(secrets: u32) -> TestEnv {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let line = |n| format!("service_{n}_password: {}\n", password(n));
    let lines: String = (1..=secrets).map(line).collect();
    repo.write("app.yml", lines).commit("one");
    env.keyferry(&["discover", "shop"]).exits(0);
    env
}

/// Runs `plan` on a terminal with a shell script as the pager, which appends what it gets to `paged`.
fn plan(env: &TestEnv, script: &str, more: &[&str]) -> Ran {
    let file = env.write("pager.sh", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut program = env.program(&[&PLAN[..], more].concat());
    program.env("NO_COLOR", "1").env("KEYFERRY_PAGER", &file);
    on_terminal(&mut program, 100)
}

fn paged(env: &TestEnv) -> Option<String> {
    let file = env.path("paged");
    let text = std::fs::read_to_string(&file).ok();
    let _ = std::fs::remove_file(file);
    text
}

const KEEP: &str = "cat >> paged; env > variables";

#[test]
fn a_long_plan_goes_through_a_pager_on_a_terminal_only() {
    let env = inventory(60);
    let piped = env
        .keyferry_with(&PLAN, &[("KEYFERRY_PAGER", "cat >> paged")])
        .exits(1);
    assert_eq!((paged(&env), piped.stderr.as_str()), (None, ""));
    let next = piped.stdout.lines().last().unwrap().to_owned();
    assert!(next.starts_with("next: "), "{next}");
    // All entries are listed.
    assert_eq!(piped.stdout.matches("s-").count(), 60);

    let ran = plan(&env, KEEP, &[]).exits(1);
    // The next step is on the screen when the pager is gone.
    assert_eq!(ran.stdout, format!("\n{next}\n"));
    assert_eq!(paged(&env).as_deref(), Some(piped.stdout.as_str()));
    let variables = std::fs::read_to_string(env.path("variables")).unwrap();
    for variable in ["LESSSECURE=1", "LESSHISTFILE=-", "LESS=FX"] {
        assert!(
            variables.lines().any(|line| line == variable),
            "{variables}"
        );
    }
    // Options and other formats.
    for more in [
        &["--no-pager"][..],
        &["--format", "json"],
        &["-q", "--no-pager"],
    ] {
        let ran = plan(&env, KEEP, more).exits(1);
        assert!(ran.stdout.lines().count() > 60);
        assert_eq!(paged(&env), None, "{more:?}");
    }
    // No pager is asked for.
    for none in ["", "cat"] {
        let mut program = env.program(&PLAN);
        let ran = on_terminal(program.env("PAGER", none), 100).exits(1);
        assert_eq!(ran.stdout, piped.stdout);
    }
}

#[test]
fn a_short_plan_needs_no_pager() {
    let env = inventory(2);
    let ran = plan(&env, KEEP, &[]).exits(1);
    assert_eq!(
        (paged(&env), ran.stdout),
        (None, env.keyferry(&PLAN).stdout)
    );
}

#[test]
fn a_pager_that_fails_is_no_failure() {
    let env = inventory(60);
    let whole = env.keyferry(&PLAN).exits(1).stdout;
    // Missing, not runnable, killed: the text is on the terminal.
    for script in ["exit 127", "exit 126", "kill -9 $$"] {
        let ran = plan(&env, script, &[]).exits(1);
        assert_eq!(ran.stdout, whole, "{script}");
    }
    let mut program = env.program(&PLAN);
    program.env("KEYFERRY_PAGER", "/no/such/pager");
    assert_eq!(on_terminal(&mut program, 100).exits(1).stdout, whole);
    // The user has seen enough.
    for script in ["exit 0", "head -n 1; exit 0", "exit 1"] {
        let ran = plan(&env, script, &[]).exits(1);
        assert!(ran.stdout.lines().count() < 10, "{script}: {}", ran.stdout);
    }
}
