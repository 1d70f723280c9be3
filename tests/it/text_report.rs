//! `scan --format text`, as a person reads it, on a repository of which everything is fixed.

use crate::support::stdout_terminal::on_terminal;
use crate::support::test_env::{TestEnv, made_up, password, token};

/// Findings of every origin, in a state of their own each, and something skipped, unreadable, binary and rejected.
fn orders(env: &TestEnv) {
    let repo = env.repo("orders");
    repo.write("README.md", "# Orders\n\n    db_password: changeme\n");
    repo.write(
        "config/database.yml",
        format!(
            "production:\n  username: orders\n  password: {}\n",
            password(1)
        ),
    );
    repo.write(
        "config/cache.toml",
        format!("url = \"redis://:{}@cache.internal:6379/0\"\n", password(2)),
    );
    repo.write(
        "src/github.py",
        format!("import os\n\nTOKEN = \"{}\"\n", token(3)),
    );
    repo.write("old.env", format!("MAIL_PASSWORD={}\n", password(4)));
    repo.commit("First version");
    repo.remove("old.env").commit("Away with it");

    repo.git(&["switch", "--quiet", "--create", "feature"]);
    let body = made_up(5, "<<base64lines 3>>");
    let key =
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n");
    repo.write("deploy/id", key).commit("Deploy");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("main.txt", "main\n")
        .commit(&format!("Release\n\nUses {} for now.", token(6)));
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "feature"]);
    repo.write("ci.yml", format!("env:\n  GITHUB_TOKEN: {}\n", token(7)))
        .commit("Merge feature");
    repo.git(&[
        "tag",
        "--annotate",
        "--message",
        &format!("Release 1\n\nPublished with {}", token(8)),
        "v1",
    ]);
    repo.tick();
    repo.git(&[
        "notes",
        "add",
        "--message",
        &format!("Reviewed with {}", token(9)),
        "HEAD",
    ]);

    // Not committed, only staged, lost, binary, a link, too large, and one that git has lost.
    repo.write(
        "local.properties",
        format!("api.password = {}\n", password(10)),
    );
    repo.write("staged.py", format!("token = '{}'\n", token(11)));
    repo.git(&["add", "staged.py"]);
    repo.remove("staged.py");
    repo.git_with_input(
        &["hash-object", "-w", "--stdin"],
        format!("token = '{}'\n", token(12)).as_bytes(),
    );
    repo.write(
        "logo.bin",
        [b"\0\x01 ", token(13).as_bytes(), b"\0"].concat(),
    );
    std::os::unix::fs::symlink("README.md", repo.root.join("link.md")).unwrap();
    repo.write("dump.sql", "-- nothing\n".repeat(1000));
    let id = repo.git(&["rev-parse", "HEAD~1:main.txt"]);
    repo.remove(&format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    // Odd names.
    repo.write(
        "caf\u{e9} \x1b[31mred.py",
        format!("api_key = '{}'\n", made_up(14, "<<alnum 32>>")),
    );
    // A folder beside it, without git.
    env.write(
        "plain/settings.json",
        format!("{{ \"password\": \"{}\" }}\n", password(1)),
    );
}

#[test]
fn the_report_of_two_targets() {
    let env = TestEnv::new();
    orders(&env);
    let args = [
        "scan",
        "--confidence",
        "low",
        "--max-blob",
        "8K",
        "orders",
        "plain",
    ];
    let ran = env.keyferry(&args).exits(3);
    assert_eq!(ran.stderr, "");
    insta::assert_snapshot!("text", ran.stdout);
    // Whatever the order of targets and the number of threads.
    let args = [
        "scan",
        "--confidence",
        "low",
        "--max-blob",
        "8K",
        "--jobs",
        "1",
        "plain",
        "orders",
    ];
    assert_eq!(env.keyferry(&args).exits(3).stdout, ran.stdout);
}

#[test]
fn the_report_of_nothing() {
    let env = TestEnv::new();
    env.repo("orders").write("a.py", "x = 1\n").commit("one");
    insta::assert_snapshot!(env.keyferry(&["scan", "orders"]).exits(0).stdout, @r"
    coverage
      read        1 repository, 1 file, 5 files of git's own, 1 blob, 1 commit, 602 B

    no secrets found
    ");
}

#[test]
fn the_report_with_values() {
    let env = TestEnv::new();
    let escapes = format!("other_password: \"{}\\t\\u00fc\"\n", password(2));
    env.write("a.yml", format!("password: {}\n{escapes}", password(1)));
    let shown = env
        .keyferry(&["scan", "--show-secrets", "a.yml"])
        .exits(1)
        .stdout;
    insta::assert_snapshot!(shown, @r"
    a.yml
      a.yml
        1:11  Password  high    Winter-L0kX9Tzk     in the working tree
        2:18  Password  medium  Winter-o1rrPnrq\tü  in the working tree

    coverage
      read        1 file, 68 B

    2 findings of 2 secrets: 1 high, 1 medium, 0 low confidence
    ");
}

/// Each secret with its line; the colours are those of the terminal.
#[test]
fn the_report_on_a_terminal() {
    let env = TestEnv::new();
    orders(&env);
    let args = ["scan", "--max-blob", "8K", "orders", "plain"];
    for columns in [80, 160] {
        let mut program = env.program(&args);
        let ran = on_terminal(program.env("NO_COLOR", "1"), columns).exits(3);
        assert_eq!(ran.stderr, "");
        insta::assert_snapshot!(format!("terminal-{columns}"), ran.stdout);
    }
    // In colour, it is the same text.
    let coloured = on_terminal(&mut env.program(&args), 80).exits(3).stdout;
    let plain = on_terminal(env.program(&args).env("NO_COLOR", "1"), 80).stdout;
    assert!(coloured.contains("\u{1b}[31mhigh  \u{1b}[0m"), "{coloured}");
    let colours = regex::Regex::new("\u{1b}\\[[0-9]+m").unwrap();
    assert_eq!(colours.replace_all(&coloured, ""), plain);
}

/// A pipe has neither a width nor colours.
#[test]
fn the_report_in_a_pipe_depends_on_no_terminal() {
    let env = TestEnv::new();
    orders(&env);
    let args = ["scan", "--max-blob", "8K", "orders", "plain"];
    let piped = env.keyferry(&args).exits(3).stdout;
    let wide = env.keyferry_with(
        &args,
        &[
            ("COLUMNS", "300"),
            ("TERM", "xterm-256color"),
            ("CLICOLOR_FORCE", "1"),
        ],
    );
    assert_eq!(wide.stdout, piped);
    assert!(!piped.contains('\u{1b}'));
    // A file is no terminal either.
    let with_file = [&args[..], &["--output", "report.txt"]].concat();
    on_terminal(&mut env.program(&with_file), 50).exits(3);
    let file = std::fs::read_to_string(env.path("report.txt")).unwrap();
    assert_eq!(file, piped);
}
