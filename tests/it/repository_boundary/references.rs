//! Every kind of reference, towards every kind of destination.

use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use super::{attacker, canaries, shows_no_canary, victim};
use crate::support::test_env::{Repo, TestEnv, token};

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[same..].iter().map(|_| Component::ParentDir);
    up.chain(to[same..].iter().copied()).collect()
}

fn replace_by_link(path: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(path);
    let _ = std::fs::remove_file(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(to, path).unwrap();
}

/// A kind of reference in a repository.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    GitFile,
    GitLink,
    CommonDirectory,
    Alternate,
    AlternateOfAlternate,
    Variable(&'static str, &'static str),
    /// The path below `.git` of a link, and of the thing that it leads to.
    Link(String, String),
}

use Kind::{Alternate, AlternateOfAlternate, CommonDirectory, GitFile, GitLink, Link, Variable};

impl Kind {
    pub(super) fn all(victim: &Repo) -> Vec<Kind> {
        let mut kinds = vec![
            GitFile,
            GitLink,
            CommonDirectory,
            Alternate,
            AlternateOfAlternate,
        ];
        for (key, to) in [
            ("include.path", ".git/included"),
            ("includeIf.gitdir:/.path", ".git/included"),
            ("core.excludesFile", ".git/info/exclude"),
            ("core.attributesFile", ".git/info/exclude"),
            ("core.hooksPath", ".git/hooks"),
            ("core.worktree", ""),
        ] {
            kinds.push(Variable(key, to));
        }
        let same = |name: &str| Link(name.to_owned(), format!(".git/{name}"));
        kinds.extend(
            [
                "objects",
                "refs",
                "packed-refs",
                "HEAD",
                "config",
                "index",
                "logs",
                "info",
                "info/exclude",
                "modules",
                "objects/pack",
                "refs/heads",
                "refs/heads/x",
                "shallow",
            ]
            .map(same),
        );
        kinds.push(Link("logs/HEAD".into(), ".git/included".into()));
        kinds.push(Link("worktrees".into(), ".git/modules".into()));
        kinds.push(Link("config.worktree".into(), ".git/included".into()));
        for folder in ["pack", "loose"] {
            for path in
                crate::support::test_env::files_below(&victim.root.join(".git/objects")).keys()
            {
                let below = path
                    .strip_prefix(victim.root.join(".git"))
                    .unwrap()
                    .to_str()
                    .unwrap();
                let is_pack = below.starts_with("objects/pack");
                // The list of packs is for transports that are not used here.
                let is_read = !below.ends_with("rev") && !below.starts_with("objects/info");
                if is_read && is_pack == (folder == "pack") {
                    kinds.push(same(below));
                    if !is_pack {
                        kinds.push(same(&below[..10]));
                    }
                }
            }
        }
        kinds
    }

    /// The thing of a repository that a reference of this kind leads to.
    pub(super) fn destination(&self, repository: &Path) -> PathBuf {
        match self {
            GitFile | GitLink | CommonDirectory => repository.join(".git"),
            Alternate | AlternateOfAlternate => repository.join(".git/objects"),
            Variable(_, to) => repository.join(to),
            Link(_, to) => repository.join(to),
        }
    }

    /// The boundary that the report names.
    fn boundary(&self) -> &'static str {
        match self {
            Alternate | AlternateOfAlternate => "outside the named targets",
            _ => "outside the repository",
        }
    }

    /// The folder that a relative path begins at.
    pub(super) fn base(&self, shop: &Path) -> PathBuf {
        match self {
            GitFile | GitLink => shop.to_owned(),
            Variable("core.worktree" | "include.path" | "includeIf.gitdir:/.path", _) => {
                shop.join(".git")
            }
            Variable(..) => shop.to_owned(),
            CommonDirectory => shop.join(".git"),
            Alternate => shop.join(".git/objects"),
            AlternateOfAlternate => shop.join("borrowed"),
            Link(name, _) => shop.join(".git").join(name).parent().unwrap().to_owned(),
        }
    }

    /// Puts a reference to `to` into a repository.
    pub(super) fn put(&self, shop: &Repo, to: &Path) {
        let text = to.to_str().unwrap();
        let git = shop.root.join(".git");
        match self {
            GitFile => {
                std::fs::rename(&git, shop.env.path("put-away")).unwrap();
                shop.write(".git", format!("gitdir: {text}\n"));
            }
            GitLink => replace_by_link(&git, to),
            CommonDirectory => drop(shop.write(".git/commondir", format!("{text}\n"))),
            Alternate => drop(shop.write(".git/objects/info/alternates", format!("{text}\n"))),
            AlternateOfAlternate => {
                shop.write(".git/objects/info/alternates", "../../borrowed\n")
                    .write("borrowed/info/alternates", format!("{text}\n"));
            }
            Variable(key, _) => drop(shop.git(&["config", key, text])),
            Link(name, _) => {
                if name == "config.worktree" {
                    shop.git(&["config", "core.repositoryFormatVersion", "1"]);
                    shop.git(&["config", "extensions.worktreeConfig", "true"]);
                }
                replace_by_link(&git.join(name), to);
            }
        }
    }
}

#[test]
fn no_reference_leads_to_another_repository() {
    let env = TestEnv::new();
    let (original, made) = (env.path("original"), env.path("many/shop"));
    attacker(&env, "original");
    let victim = victim(&env, "victim");
    let way = env.path("way");
    symlink("victim", &way).unwrap();
    for kind in Kind::all(&victim) {
        for spelling in ["relative", "absolute", "through a link", "up and down"] {
            let case = format!("{kind:?} {spelling}");
            // The system resolves links, in one way only.
            if matches!(kind, Link(..)) && !matches!(spelling, "relative" | "absolute") {
                continue;
            }
            let _ = std::fs::remove_dir_all(env.path("many"));
            let _ = std::fs::remove_dir_all(env.path("put-away"));
            copy(&original, &made);
            let shop = env.open("many/shop");
            let to = kind.destination(&victim.root);
            let to = match spelling {
                "relative" => relative(&kind.base(&made), &to),
                "absolute" => to,
                "through a link" => {
                    symlink("../../way", made.join("way")).unwrap();
                    kind.destination(&made.join("way"))
                }
                _ => kind.destination(&made.join("../../victim/../victim")),
            };
            kind.put(&shop, &to);
            // Alone, below a folder, and beside a target that has nothing to do with it.
            env.write("other/b.py", "x = 1\n");
            let (_, ran) = shows_no_canary(&env, 3, &["many/shop"], &case);
            // A pack needs both of its files.
            let half = matches!(&kind, Link(name, _) if name.contains("objects/pack/"));
            if !half {
                let boundary = kind.boundary();
                ran.says(&[
                    &format!("{boundary}, and is not followed: "),
                    "--follow-outside",
                ]);
            }
            if spelling != "relative" || half {
                continue;
            }
            let beside = shows_no_canary(&env, 3, &["many/shop", "other"], &case).1;
            let lines = beside.stderr.matches("--follow-outside").count();
            assert!([1, 2].contains(&lines), "{case}: {}", beside.stderr);
            // The user may allow it.
            let ran = env.keyferry(&["scan", "many/shop", "--follow-outside"]);
            assert!(!ran.stderr.contains(", outside the "), "{case}: {ran:?}");
            assert!([1, 3].contains(&ran.code), "{case}: {ran:?}");
            // The other place may be a target of its own, or in the same one: nothing of it is
            // reported under the name of this repository.
            for together in [&["many/shop", "victim"][..], &["."]] {
                let show = ["scan", "--format", "jsonl", "--show-secrets"];
                let ran = env.keyferry(&[&show, together].concat());
                let lent = matches!(kind, Alternate | AlternateOfAlternate);
                assert_eq!(ran.code, if lent { 1 } else { 3 }, "{case}: {ran:?}");
                let canaries = canaries();
                let of_victim: Vec<_> = ran
                    .rows()
                    .into_iter()
                    .filter(|row| canaries.iter().any(|canary| canary == row.value()))
                    .collect();
                assert!(!of_victim.is_empty(), "{case}");
                for row in of_victim {
                    assert!(row.repository.ends_with("victim"), "{case}: {row:?}");
                }
            }
        }
    }
}

#[test]
fn references_to_nothing_to_pipes_and_in_circles_end() {
    let env = TestEnv::new();
    let (original, made) = (env.path("original"), env.path("many/shop"));
    attacker(&env, "original");
    let victim = victim(&env, "victim");
    let pipe = env.path("many/pipe");
    for kind in Kind::all(&victim) {
        for destination in ["nowhere", "pipe", "itself", "huge", "/dev/zero"] {
            let case = format!("{kind:?} {destination}");
            let _ = std::fs::remove_dir_all(env.path("many"));
            let _ = std::fs::remove_dir_all(env.path("put-away"));
            copy(&original, &made);
            let made_pipe = std::process::Command::new("mkfifo").arg(&pipe).status();
            assert!(made_pipe.unwrap().success());
            let huge = std::fs::File::create(env.path("many/huge")).unwrap();
            huge.set_len(5 << 30).unwrap();
            let shop = env.open("many/shop");
            let to = match (&kind, destination) {
                (Link(name, _), "itself") => made.join(".git").join(name),
                (GitFile | GitLink, "itself") => made.join(".git"),
                (_, "itself") => kind.base(&made),
                (_, "/dev/zero") => PathBuf::from(destination),
                _ => env.path("many").join(destination),
            };
            kind.put(&shop, &to);
            // In a folder, so that all but the device are within the target.
            let ran = env.keyferry(&["scan", "--format", "jsonl", "--show-secrets", "many"]);
            assert!([1, 3].contains(&ran.code), "{case}: {}", ran.stderr);
            let rows = ran.rows();
            let found = rows
                .iter()
                .any(|row| row.value() == token(1) && row.origin == "worktree");
            assert!(found, "{case}: {}{}", ran.stdout, ran.stderr);
        }
    }
}
