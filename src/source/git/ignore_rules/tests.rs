use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut git = Command::new("git");
    git.env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git.current_dir(folder).args(arguments);
    git.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = git.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// A working tree with these folders and files of rules; the path of `info/exclude` is that of git.
fn working_tree(folders: &[String], rules: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "--quiet", "."], b"");
    for folder in folders {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for (path, text) in rules {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

/// The folders that git ignores, and those that the rules ignore.
fn both(root: &Path, folders: &[String]) -> (BTreeSet<String>, BTreeSet<String>) {
    let all = folders.join("\0");
    let arguments = ["check-ignore", "--no-index", "-z", "--stdin"];
    let output = git(root, &arguments, all.as_bytes());
    let listed = output
        .split(|&byte| byte == 0)
        .filter(|path| !path.is_empty());
    let by_git = listed
        .map(|path| String::from_utf8(path.to_vec()).unwrap())
        .collect();
    let mut rules = IgnoreRules::new(root, &root.join(".git"), STEPS_OF_TARGET);
    let ours = folders.iter().filter(|folder| rules.ignores_folder(folder));
    (by_git, ours.cloned().collect())
}

/// Pieces of patterns: few letters, so that many of them match.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "ab", "bin", "a b"]),
        6 => prop::sample::select(vec!["*", "**", "/", "/**", "**/", "?", "/**/"]),
        2 => prop::sample::select(vec!["[ab]", "[!a]", "[^b]", "[a-b]", "[]a]", "[[:alpha:]]", "[[:x:]]", "[a", "[[a]", "[a-]", "[\\a]", "[b-a]", "[[:space:]b]"]),
        2 => prop::sample::select(vec!["\\a", "\\*", "\\", " ", "\\ ", "!", "#", "\t", "{a,b}"]),
    ];
    let end = prop::sample::select(vec!["", "", "/", " ", "\r", "\\ "]);
    let start = prop::sample::select(vec!["", "", "", "!", "/", "\\!", "\\#", "**/"]);
    (start, prop::collection::vec(piece, 0..5), end)
        .prop_map(|(start, pieces, end)| [start, &pieces.concat(), end].concat().into_bytes())
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let bom = prop::bool::weighted(0.1);
    (bom, prop::collection::vec(line(), 0..5), any::<bool>()).prop_map(|(bom, lines, ended)| {
        let mut text = if bom {
            b"\xef\xbb\xbf".to_vec()
        } else {
            Vec::new()
        };
        text.extend(lines.join(&b'\n'));
        text.extend(ended.then_some(b'\n'));
        text
    })
}

fn folder() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "a", "b", "ab", "bin", "a b", "ba", "!a", "*", "a ", "[a",
    ]);
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn folders_are_ignored_as_by_git(
        mut folders in prop::collection::vec(folder(), 4..12),
        files in prop::collection::vec((prop::option::of(any::<prop::sample::Index>()), file()), 1..4),
        exclude in prop::option::of(file()),
    ) {
        folders.sort();
        folders.dedup();
        let place = |at: &Option<prop::sample::Index>| match at {
            Some(at) => format!("{}/.gitignore", at.get(&folders)),
            None => ".gitignore".to_owned(),
        };
        let mut rules: Vec<(String, Vec<u8>)> = files.iter().map(|(at, text)| (place(at), text.clone())).collect();
        rules.extend(exclude.map(|text| (".git/info/exclude".to_owned(), text)));
        let root = working_tree(&folders, &rules);
        let (by_git, ours) = both(root.path(), &folders);
        prop_assert_eq!(ours, by_git, "{:?}", rules);
    }
}

#[test]
fn a_pattern_that_backtracks_for_ever_ends() {
    let folders = [format!("{}/bin", "a".repeat(200))];
    let rules = [(
        ".gitignore".to_owned(),
        b"**/*a*a*a*a*a*a*a*a*a*a*ab/x/\nbin\n".to_vec(),
    )];
    let root = working_tree(&folders, &rules);
    let mut rules = IgnoreRules::new(root.path(), &root.path().join(".git"), STEPS_OF_TARGET);
    assert!(rules.ignores_folder(&folders[0]));
    assert!(rules.places.steps < 10_000);
    assert_eq!(rules.take_refused(), [""; 0]);
}

#[test]
fn rules_without_end_are_not_obeyed_and_reported() {
    let folders: Vec<String> = (0..50).map(|n| format!("{n:02}/bin")).collect();
    let mut large = b"bin\n".to_vec();
    large.resize(LARGEST as usize + 1, b'\n');
    let rules = [
        (".gitignore".to_owned(), b"bin\n".to_vec()),
        ("07/.gitignore".to_owned(), large),
    ];
    let root = working_tree(&folders, &rules);
    let mut rules = IgnoreRules::new(root.path(), &root.path().join(".git"), STEPS_OF_TARGET);
    assert!(folders.iter().all(|folder| rules.ignores_folder(folder)));
    assert_eq!(rules.take_refused(), ["07/.gitignore"]);
    // The steps are those of the whole repository.
    let mut rules = IgnoreRules::new(root.path(), &root.path().join(".git"), STEPS_OF_TARGET);
    rules.most_steps = 100;
    let ignored = folders
        .iter()
        .filter(|folder| rules.ignores_folder(folder))
        .count();
    assert!((1..50).contains(&ignored));
    assert_eq!(rules.take_refused().len(), 2);
}
