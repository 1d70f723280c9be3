//! Submodules, and repositories within repositories.

use super::*;

/// A repository with a submodule of another name than its path, with a secret in each and in the history of each.
fn with_submodule<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let library = env.repo("library");
    library
        .write("lib.py", format!("token = '{}'\n", token(1)))
        .commit("library");
    library.write("lib.py", "y = 1\n").commit("tidy");
    let repo = with_commit(env, name);
    repo.write("a.py", format!("token = '{}'\n", token(2)));
    repo.git(&[
        "submodule",
        "--quiet",
        "add",
        "--name",
        "the/lib",
        "../library",
        "vendor/lib",
    ]);
    repo.git(&["-C", "vendor/lib", "config", "user.password", &password(3)]);
    repo.commit("all");
    repo
}

#[test]
fn submodules_checked_out_kept_and_left_out() {
    let env = sha1();
    let repo = with_submodule(&env, "shop");
    let expected = [
        "worktree a.py:1:10",
        "git-directory vendor/lib/.git/config:14:13",
        "blob vendor/lib/lib.py:1:10",
    ];
    let rows = env.scan(&["shop"]);
    assert_eq!(places(&rows), expected);
    assert_eq!(rows[1].repository, "shop/vendor/lib");
    let (rows, ran) = env.scan_exits(1, &["--no-submodules", "shop"]);
    assert_eq!(places(&rows), expected[..1]);
    ran.says(&["skipped     1 submodule: vendor/lib/\n"]);

    // No longer checked out, still there.
    repo.git(&["submodule", "--quiet", "deinit", "--force", "vendor/lib"]);
    let (rows, ran) = env.scan_exits(1, &["shop"]);
    let kept = [
        "git-directory .git/modules/the/lib/config:13:13",
        "blob .git/modules/the/lib/lib.py:1:10",
    ];
    assert_eq!(places(&rows)[1..], kept);
    assert_eq!(places(&rows)[..1], expected[..1]);
    assert!(!ran.stderr.contains("submodule"), "{}", ran.stderr);
    let (rows, ran) = env.scan_exits(1, &["--no-submodules", "shop"]);
    assert_eq!(places(&rows), expected[..1]);
    ran.says(&["1 submodule: .git/modules/the/lib/\n"]);
    // The working tree alone says nothing of it.
    assert_eq!(places(&env.scan(&["--no-history", "shop"])), expected[..1]);

    // A submodule that cannot be opened is reported.
    repo.write(".git/modules/the/lib/config", "[core\n");
    env.scan_exits(3, &["shop"])
        .1
        .says(&["unreadable  .git/modules/the/lib/config: is malformed in line 1"]);
    repo.remove(".git/modules/the/lib/HEAD");
    env.scan_exits(3, &["shop"])
        .1
        .says(&["unreadable  .git/modules/the/lib: "]);
}

#[test]
fn a_repository_in_a_repository_is_no_submodule() {
    let env = TestEnv::new();
    let repo = with_commit(&env, "shop");
    let inner = env.repo("shop/inner");
    inner
        .write("a.py", format!("token = '{}'\n", token(1)))
        .commit("inner");
    repo.git(&["worktree", "add", "--quiet", "--detach", "tree"]);
    let (rows, ran) = env.scan_exits(1, &["--no-submodules", "shop"]);
    assert_eq!(places(&rows), ["worktree inner/a.py:1:10"]);
    ran.says(&["3 repositories"]);
}
