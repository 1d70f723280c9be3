//! Help, manual pages and completions: all are made of the definitions of commands and options.

use std::collections::BTreeSet;

use crate::support::test_env::TestEnv;

/// The subcommands that the help of a command lists, without `help`.
fn subcommands(env: &TestEnv, path: &[&str]) -> Vec<String> {
    let help = env.keyferry(&[path, &["--help"]].concat()).exits(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

/// All commands, as words behind `keyferry`.
fn commands(env: &TestEnv) -> Vec<Vec<String>> {
    let (mut open, mut all) = (vec![Vec::new()], Vec::new());
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        open.extend(subcommands(env, &words).into_iter().map(|name| {
            let mut path = path.clone();
            path.push(name);
            path
        }));
        all.push(path);
    }
    all.sort();
    all
}

/// The long options in a text.
fn options(text: &str) -> BTreeSet<String> {
    let option = regex::Regex::new(r"--[a-z]+(?:-[a-z]+)*").unwrap();
    option
        .find_iter(text)
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// The options that the help of a command explains: `  -o, --output <FILE>`.
fn explained_options(help: &str) -> BTreeSet<String> {
    let option = regex::Regex::new(r"(?m)^\s+(?:-[a-zA-Z], )?(--[a-z-]+)(?: |$)").unwrap();
    option
        .captures_iter(help)
        .map(|found| found[1].to_owned())
        .collect()
}

#[test]
fn help_is_a_command_too() {
    let env = TestEnv::new();
    for path in commands(&env) {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let option = env.keyferry(&[&words[..], &["--help"]].concat()).exits(0);
        let command = env.keyferry(&[&["help"], &words[..]].concat()).exits(0);
        assert_eq!(option.stdout, command.stdout, "{words:?}");
    }
    let wrong = env.keyferry(&["help", "scam"]).exits(2);
    assert!(wrong.stderr.contains("'scam'"), "{}", wrong.stderr);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let env = TestEnv::new();
    let ran = env.keyferry(&["man", "pages/man1"]).exits(0);
    let commands = commands(&env);
    let note = format!("note: {} pages written to pages/man1\n", commands.len());
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("", note));
    for path in &commands {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let name = [&["keyferry"], &words[..]].concat().join("-");
        let page = std::fs::read_to_string(env.path(format!("pages/man1/{name}.1"))).unwrap();
        let help = env.keyferry(&[&words[..], &["--help"]].concat()).exits(0);
        // In a page, a hyphen is written with a backslash, and so is the font of a word.
        let plain = ["\\fB", "\\fI", "\\fR", "\\"]
            .iter()
            .fold(page.clone(), |page, mark| page.replace(mark, ""));
        let explained = options(&plain);
        for option in explained_options(&help.stdout) {
            assert!(explained.contains(&option), "{name}: {option}");
        }
        assert!(page.contains(&format!(".TH {name} 1")), "{name}");
        assert!(!page.contains("scan-worker"), "{name}");
    }
    let files = std::fs::read_dir(env.path("pages/man1")).unwrap().count();
    assert_eq!(files, commands.len());
    // Again, without a note.
    let again = env.keyferry(&["man", "--quiet", "pages/man1"]).exits(0);
    assert_eq!(again.stderr, "");
}

#[test]
fn shells_complete_all_commands_and_options() {
    let env = TestEnv::new();
    let commands = commands(&env);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = env.keyferry(&["completions", shell]).exits(0).stdout;
        for path in &commands {
            let words: Vec<&str> = path.iter().map(String::as_str).collect();
            if let Some(last) = words.last() {
                assert!(script.contains(last), "{shell}: {words:?}");
            }
            let help = env.keyferry(&[&words[..], &["--help"]].concat()).exits(0);
            for option in explained_options(&help.stdout) {
                // fish writes an option without its hyphens.
                let bare = option.trim_start_matches('-');
                let written = script.contains(&option) || script.contains(&format!("-l {bare}"));
                assert!(written, "{shell}: {words:?} {option}");
            }
        }
    }
    env.keyferry(&["completions", "tcsh"]).exits(2);
}

#[test]
fn bash_reads_the_completions() {
    let env = TestEnv::new();
    let script = env.keyferry(&["completions", "bash"]).exits(0).stdout;
    let ask = "COMP_WORDS=(keyferry sc); COMP_CWORD=1; _keyferry keyferry sc keyferry; echo \"${COMPREPLY[@]}\"";
    let ran = std::process::Command::new("bash")
        .args(["-c", &format!("{script}\n{ask}")])
        .output()
        .unwrap();
    let reply = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(
        reply.trim(),
        "scan",
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}
