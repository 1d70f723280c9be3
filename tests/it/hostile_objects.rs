//! Repositories whose objects, refs and rules are made to cost more than they weigh: each ends in order, with what was read.

use crate::support::raw_repository::{Body, Delta, Entry, Id, Kind, RawRepository, commit, tree};
use crate::support::test_env::{TestEnv, places, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

#[test]
fn nested_repositories_with_one_remote() {
    let env = TestEnv::with_hash("sha1");
    let outer = env.repo("outer");
    outer.write("a.py", line(1));
    for n in 0..500 {
        RawRepository::with_worktree(&outer.root.join(format!("{n:04}"))).file(
            "config",
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = https://example.com/acme/one\n",
        );
    }
    let (rows, ran) = env.scan_exits(1, &["outer"]);
    assert_eq!(places(&rows), ["worktree a.py:1:10"]);
    ran.says(&["501 repositories"]);
}

#[test]
fn ignore_rules_that_backtrack_for_ever() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(".gitignore", "**/*a*a*a*a*a*a*a*a*a*a*ab/x/\nbin/\n");
    let folder = "a".repeat(200);
    repo.write(&format!("{folder}/{folder}/bin/left-out.py"), line(1));
    repo.write(&format!("{folder}/{folder}/read.py"), line(2));
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(places(&rows).len(), 1);
    ran.says(&["1 ignored-folder"]);
}

#[test]
fn a_file_of_ignore_rules_without_end() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write(".gitignore", "bin/\n".repeat(1 << 18));
    repo.write("bin/read.py", line(1));
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    assert_eq!(places(&rows), ["worktree bin/read.py:1:10"]);
    ran.says(&["1 ignore-rules: .gitignore"]);
}

/// A blob of these bytes in a commit on `main`, and entries that no tree names.
fn with_file(repository: &RawRepository, name: &str, bytes: &[u8], further: Vec<Entry>) {
    let blob = Id::of(Kind::Blob, bytes);
    let mut entries = vec![Entry::whole(Kind::Blob, bytes)];
    entries.extend(further);
    repository.pack("pack-1", &entries);
    let tree = repository.loose(Kind::Tree, &tree(&[("100644", name, blob)]));
    let head = repository.loose(Kind::Commit, &commit(tree, &[], 1_700_000_000, "first"));
    repository.reference("refs/heads/main", head);
}

/// A delta whose result is its base, twice.
fn twice(base: usize) -> Vec<u8> {
    Delta::new(base, 2 * base)
        .copy(0, base)
        .copy(0, base)
        .bytes()
}

#[test]
fn a_bomb_of_deltas_is_cut_off_and_the_rest_is_read() {
    let env = TestEnv::new();
    let repository = RawRepository::bare(&env.path("bomb.git"));
    let text = line(1);
    // 10 doublings, and 200 objects on the largest.
    let mut further = Vec::new();
    let mut size = text.len();
    for n in 0..10 {
        further.push(Entry::of(
            Id::made_up(n),
            Body::Offset(n as usize, twice(size)),
        ));
        size *= 2;
    }
    for n in 0..200 {
        let all = Delta::new(size, size)
            .copy(1, size - 1)
            .insert(b"x")
            .bytes();
        further.push(Entry::of(Id::made_up(100 + n), Body::Offset(10, all)));
    }
    with_file(&repository, "a.py", text.as_bytes(), further);
    let (rows, ran) = env.scan_exits(3, &["--max-expansion", "1", "bomb.git"]);
    assert!(places(&rows).contains(&"blob a.py:1:10".to_owned()));
    ran.says(&["at the limit of expansion: bomb blob "]);
    // With a larger limit all of it is read.
    let ran = env.keyferry(&["scan", "bomb.git"]);
    assert!(!ran.stderr.contains("expansion"), "{}", ran.stderr);
}

#[test]
fn a_chain_with_another_value_in_each_link() {
    let env = TestEnv::new();
    let repository = RawRepository::bare(&env.path("chain.git"));
    // Each link puts a line before the last one, and drops the oldest.
    let links = 800;
    let mut text: Vec<u8> = (0..4).flat_map(|n| line(n).into_bytes()).collect();
    let whole = text.clone();
    let mut further = Vec::new();
    for n in 0..links {
        let new = line(100 + n);
        let kept = text.len() - new.len();
        let delta = Delta::new(text.len(), text.len())
            .insert(new.as_bytes())
            .copy(0, kept);
        text = [new.as_bytes(), &text[..kept]].concat();
        let id = Id::of(Kind::Blob, &text);
        further.push(Entry::of(id, Body::Offset(n as usize, delta.bytes())));
    }
    with_file(&repository, "a.py", &whole, further);
    let (rows, _) = env.scan_exits(1, &["chain.git"]);
    let values: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.value()).collect();
    assert_eq!(values.len(), links as usize + 4);
}

#[test]
fn a_bomb_of_trees_has_few_rows() {
    let env = TestEnv::new();
    let repository = RawRepository::bare(&env.path("trees.git"));
    let blob = repository.loose(Kind::Blob, line(1).as_bytes());
    let mut below = repository.loose(Kind::Tree, &tree(&[("100644", "a.py", blob)]));
    for _ in 0..30 {
        below = repository.loose(
            Kind::Tree,
            &tree(&[("40000", "a", below), ("40000", "b", below)]),
        );
    }
    let head = repository.loose(Kind::Commit, &commit(below, &[], 1_700_000_000, "first"));
    repository.reference("refs/heads/main", head);
    let first = env
        .keyferry(&["scan", "--format", "jsonl", "-j", "1", "trees.git"])
        .exits(3);
    assert!(
        (1..=10_000).contains(&first.rows().len()),
        "{}",
        first.rows().len()
    );
    // The same paths are left, whatever the number of threads.
    let again = env
        .keyferry(&["scan", "--format", "jsonl", "-j", "3", "trees.git"])
        .exits(3);
    assert_eq!(first.stdout, again.stdout);
}

#[test]
fn a_chain_of_tags_and_a_header_without_end() {
    let env = TestEnv::new();
    let repository = RawRepository::bare(&env.path("tags.git"));
    let blob = repository.loose(Kind::Blob, line(1).as_bytes());
    let tree = repository.loose(Kind::Tree, &tree(&[("100644", "a.py", blob)]));
    let head = commit(tree, &[], 1_700_000_000, "first");
    let mut at = Id::of(Kind::Commit, &head);
    let mut entries = vec![Entry::whole(Kind::Commit, head)];
    for n in 0..3000 {
        let kind = if n == 0 { "commit" } else { "tag" };
        let text = format!("object {}\ntype {kind}\ntag t{n}\n\nm\n", at.hex());
        at = Id::of(Kind::Tag, text.as_bytes());
        entries.push(Entry::whole(Kind::Tag, text));
    }
    let many = format!("tree {}\n{}\n\nm\n", tree.hex(), "x\n".repeat(1 << 21));
    entries.push(Entry::whole(Kind::Commit, many));
    repository.pack("pack-1", &entries);
    // Only the last tag leads to the commit.
    repository.reference("refs/tags/last", at);
    let (rows, _) = env.scan_exits(1, &["tags.git"]);
    assert_eq!(places(&rows), ["blob a.py:1:10"]);
    assert!(rows[0].reachable);
    assert_eq!(rows[0].refs, ["refs/tags/last"]);
}
