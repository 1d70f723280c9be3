//! Headers of commits and tags, indexes of other working trees, refs and attributes.

use super::*;

#[test]
fn people_who_are_tokens() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let author = format!("--author=ci {} <ci@example.com>", token(1));
    let mut commits = Vec::new();
    for n in 0..3 {
        repo.write("a.py", format!("x = {n}\ny = '{}'\n", token(2)));
        repo.git(&["commit", "--quiet", "--all", &author, "--message", "work"]);
        repo.tick();
        commits.push(repo.git(&["rev-parse", "HEAD"]));
    }
    let who = format!("C O Mitter <{}@example.com> 1700000000 +0000", token(3));
    let tagged = format!(
        "object {}\ntype commit\ntag v1\ntagger {who}\n\none\n",
        commits[1]
    );
    let tag = repo.git_with_input(
        &["hash-object", "-t", "tag", "-w", "--stdin"],
        tagged.as_bytes(),
    );
    repo.git(&["update-ref", "refs/tags/v1", &tag]);
    std::fs::remove_dir_all(repo.root.join(".git/logs")).unwrap();
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    assert_eq!(
        places(&rows),
        [
            "commit-header :3:11",
            "tag-header :4:20",
            "worktree a.py:2:6"
        ]
    );
    assert_eq!(
        [&rows[0].blob, &rows[0].commit],
        [&Some(commits[0].clone()), &Some(commits[0].clone())]
    );
    assert_eq!(
        [&rows[1].blob, &rows[1].commit],
        [&Some(tag), &Some(commits[1].clone())]
    );
    assert!(rows[0].reachable && rows[1].reachable);
    // A name is shown with every place, and never the value in it.
    let names: Vec<_> = rows
        .iter()
        .filter_map(|row| row.author.as_deref())
        .collect();
    assert_eq!(
        names,
        [
            "ci … <ci@example.com>",
            "C O Mitter <…@example.com>",
            "ci … <ci@example.com>"
        ]
    );
    for format in ["text", "json", "jsonl", "csv", "sarif"] {
        let ran = env.keyferry(&["scan", "--format", format, "shop"]).exits(1);
        assert!(
            (1..4).all(|n| !ran.stdout.contains(&token(n)) && !ran.stderr.contains(&token(n))),
            "{format}"
        );
    }
}

#[test]
fn a_tag_that_a_merge_took_in() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let (tree, parent) = (
        repo.git(&["rev-parse", "HEAD^{tree}"]),
        repo.git(&["rev-parse", "HEAD"]),
    );
    let who = "A U Thor <author@example.com> 1700000000 +0000";
    let commit = format!(
        "tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\nmergetag object {parent}\n type commit\n tag v1\n \
         tagger {who}\n \n deployed with {}\n -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\nx-tool \
         password: \"{}\"\n\nmerge\n",
        token(1),
        password(2),
    );
    let id = repo.git_with_input(
        &["hash-object", "-t", "commit", "-w", "--stdin"],
        commit.as_bytes(),
    );
    repo.git(&["update-ref", "refs/heads/main", &id]);
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    assert_eq!(
        places(&rows),
        ["commit-header :10:16", "commit-header :15:19"]
    );
    assert_eq!(rows[0].commit.as_deref(), Some(&*id));
}

#[test]
fn what_other_working_trees_stage_and_stand_on() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    let tree = env.open("tree");
    let commit = tree
        .write("b.py", format!("token = '{}'\n", token(1)))
        .commit("in the tree");
    tree.write("c.py", format!("password = '{}'\n", password(2)));
    tree.git(&["add", "c.py"]);
    tree.remove("c.py");
    repo.write("d.py", format!("password = '{}'\n", password(3)));
    repo.git(&["add", "d.py"]);
    repo.remove("d.py");
    let expected = ["blob b.py:1:10", "staged c.py:1:13", "staged d.py:1:13"];
    let check = |rows: &[Row]| {
        assert_eq!(places(rows), expected);
        assert!(rows.iter().all(|row| row.reachable));
        assert_eq!(rows[0].commit.as_deref(), Some(&*commit));
        rows.iter().for_each(|row| repo.check(row));
    };
    check(&scan(&env, "shop"));
    assert_eq!(
        places(&scan(&env, "tree")),
        ["worktree b.py:1:10", expected[1], expected[2]]
    );
    // Git keeps all of it until it prunes the missing working tree.
    std::fs::remove_dir_all(env.path("tree")).unwrap();
    check(&scan(&env, "shop"));

    repo.write(".git/worktrees/tree/index", "no index");
    repo.write(".git/worktrees/tree/HEAD", "no ref");
    let ran = env.keyferry(&["scan", "shop"]).exits(3);
    assert!(
        ran.stdout
            .contains("unreadable  shop worktrees/tree/HEAD: neither an id nor"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("unreadable  shop worktrees/tree/index: "),
        "{}",
        ran.stdout
    );
    for name in ["index", "HEAD"] {
        repo.remove(&format!(".git/worktrees/tree/{name}"));
        let path = repo.root.join(".git/worktrees/tree").join(name);
        assert!(
            std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .unwrap()
                .success()
        );
    }
    let ran = env.keyferry(&["scan", "shop"]).exits(3);
    assert!(
        ran.stdout.contains("worktrees/tree/HEAD: ")
            && ran.stdout.contains("HEAD: is no regular file")
    );
    assert!(
        ran.stdout.contains("worktrees/tree/index: ")
            && ran.stdout.contains("index is no regular file")
    );
}

#[test]
fn wherever_refs_and_attributes_put_it() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let file = |n: u32| format!("token = '{}'\n", token(n));
    // Commits that nothing but a ref of a service, a dropped stash, or a bisection leads to.
    repo.git(&["switch", "--quiet", "--create", "gone"]);
    let pull = repo.write("pull.py", file(1)).commit("pull");
    repo.git(&["update-ref", "refs/pull/1/head", &pull]);
    let bisected = repo.write("bisected.py", file(2)).commit("bisected");
    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&["branch", "--delete", "--force", "gone"]);
    repo.git(&["worktree", "add", "--quiet", "--detach", "../tree"]);
    env.git(
        &env.path("tree"),
        &["update-ref", "refs/bisect/bad", &bisected],
    );
    repo.write("untracked.py", file(3));
    repo.git(&["stash", "push", "--quiet", "--include-untracked"]);
    repo.git(&["stash", "drop", "--quiet"]);
    // Files that diff does not show, and a file that becomes a link and then a folder.
    repo.write(
        ".gitattributes",
        "*.key -diff\n*.dat binary\n*.min export-ignore\n",
    );
    repo.write("a.key", file(4))
        .write("b.dat", file(5))
        .write("c.min", file(6))
        .write("odd", file(7));
    repo.commit("attributes");
    repo.remove("odd");
    std::os::unix::fs::symlink(token(8), repo.root.join("odd")).unwrap();
    repo.commit("a link");
    repo.remove("odd")
        .write("odd/file.py", file(9))
        .commit("a folder");
    let rows = scan(&env, "shop");
    rows.iter().for_each(|row| repo.check(row));
    let shown: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {}", row.place(), row.reachable))
        .collect();
    let expected = [
        "worktree a.key:1:10 true",
        "worktree b.dat:1:10 true",
        "blob bisected.py:1:10 true",
        "worktree c.min:1:10 true",
        "blob odd:1:1 true",
        "blob odd:1:10 true",
        "worktree odd/file.py:1:10 true",
        "blob pull.py:1:10 true",
        "blob untracked.py:1:10 false",
    ];
    assert_eq!(shown, expected);
}
