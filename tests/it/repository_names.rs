//! Names of repositories, and the recognition of those that the inventory knows.

use std::collections::BTreeSet;

use keyferry::finding::Occurrence;

use crate::support::inventory_files::{bytes, inventory, standing_in, unchanged};
use crate::support::test_env::{Ran, Repo, TestEnv, token};

/// A repository with one secret and, if one is given, a remote.
fn repo<'a>(env: &'a TestEnv, folder: &str, secret: u32, remote: Option<&str>) -> Repo<'a> {
    let repo = env.repo(folder);
    repo.write("a.py", format!("token = '{}'\n", token(secret)));
    repo.commit(&format!("one of {folder}"));
    if let Some(remote) = remote {
        repo.git(&["remote", "add", "origin", remote]);
    }
    repo
}

fn discover(env: &TestEnv, args: &[&str]) -> Ran {
    env.keyferry(&[&["discover"], args].concat()).exits(0)
}

fn occurrences(env: &TestEnv) -> Vec<Occurrence> {
    let secrets = inventory(env).into_iter();
    secrets.flat_map(|secret| secret.occurrences).collect()
}

/// The names in the inventory, in order.
fn names(env: &TestEnv) -> BTreeSet<String> {
    let places = occurrences(env).into_iter();
    places.map(|place| place.repository).collect()
}

fn assert_names(env: &TestEnv, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(names(env), expected);
}

/// All places with the given name of repository.
fn of(env: &TestEnv, name: &str) -> Vec<Occurrence> {
    let mut places = occurrences(env);
    places.retain(|place| place.repository == name);
    places
}

const PAYMENTS: &str = "https://github.com/acme/payments.git";

#[test]
fn a_nested_repository_is_named_below_its_target() {
    let env = TestEnv::new();
    repo(&env, "payments", 1, Some(PAYMENTS));
    discover(&env, &["payments"]);
    let before = of(&env, "github.com/acme/payments");
    repo(&env, "evil", 2, Some("https://github.com/evil/tool.git"));
    repo(&env, "evil/sub/deep", 3, Some(PAYMENTS));
    repo(
        &env,
        "evil/bare.git",
        4,
        Some("git@github.com:acme/payments"),
    );
    discover(&env, &["evil"]).says(&["3 new, 0 gone"]);
    assert_names(
        &env,
        &[
            "github.com/acme/payments",
            "github.com/evil/tool",
            "github.com/evil/tool/bare.git",
            "github.com/evil/tool/sub/deep",
        ],
    );
    assert_eq!(of(&env, "github.com/acme/payments"), before);
    let all = bytes(&env);
    discover(&env, &["evil", "payments"]);
    unchanged(&env, &all);
    // Whatever its target is: it is known by its location.
    discover(&env, &["evil/sub/deep"]).says(&["0 new, 0 gone"]);
    unchanged(&env, &all);
}

#[test]
fn a_repository_does_not_take_over_a_name_that_begins_alike() {
    for (old, new) in [("shop-api", "shop"), ("shop", "shop-api")] {
        let env = TestEnv::new();
        let remote = |name: &str| format!("https://h/acme/{name}.git");
        repo(&env, "work", 1, Some(&remote(old)));
        discover(&env, &["work", "--set", "appid=old001"]);
        let before = of(&env, &format!("h/acme/{old}"));
        std::fs::remove_dir_all(env.path("work")).unwrap();
        repo(&env, "work", 2, Some(&remote(new)));
        let note = format!(
            "was h/acme/{old} before and is h/acme/{new} now; 1 place of h/acme/{old} are kept"
        );
        discover(&env, &["work"]).says(&["1 new, 0 gone", &note]);
        assert_eq!(of(&env, &format!("h/acme/{old}")), before);
        let found = of(&env, &format!("h/acme/{new}"));
        assert_eq!(found.len(), 1);
        let its = inventory(&env)
            .into_iter()
            .find(|secret| secret.occurrences == found);
        assert!(!its.unwrap().metadata.contains_key("appid"));
        let all = bytes(&env);
        discover(&env, &["work"]);
        unchanged(&env, &all);
    }
}

/// The real repository is elsewhere, whether it exists at the moment or not.
#[test]
fn a_claim_alone_gives_no_name_no_facts_and_no_place() {
    for exists in [true, false] {
        let env = TestEnv::new();
        repo(&env, "payments", 1, Some(PAYMENTS));
        env.write(
            "inventory/registry.csv",
            "repository,appid\nacme/payments,pay001\n",
        );
        discover(&env, &["payments"]);
        let before = of(&env, "github.com/acme/payments");
        if !exists {
            std::fs::rename(env.path("payments"), env.root().join("elsewhere")).unwrap();
        }
        // Letter case and characters that look alike are no way to the name either.
        let claims = [
            "https://github.com/acme/payments",
            "https://github.com/Acme/Payments",
            "https://github.com/acme/payments~2",
            "https://github.com/acme/p\u{430}yments",
        ];
        for (at, claim) in claims.into_iter().enumerate() {
            let folder = format!("evil{at}");
            repo(&env, &folder, 10 + at as u32, Some(claim));
            let ran = discover(&env, &[&folder]);
            ran.says(&["1 new, 0 gone"]);
        }
        let expected = [
            "github.com/acme/payments",
            "github.com/acme/payments~2",
            "github.com/Acme/Payments~2",
            "github.com/acme/payments%7E2",
            "github.com/acme/p%D0%B0yments",
        ];
        // The first two differ in case only, so the second one has the next number.
        let expected = expected.map(|name| name.replace("Acme/Payments~2", "Acme/Payments~3"));
        assert_names(
            &env,
            &expected.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        assert_eq!(of(&env, "github.com/acme/payments"), before);
        for secret in inventory(&env) {
            let is_real = secret.occurrences[0].repository == "github.com/acme/payments";
            assert_eq!(secret.metadata.contains_key("appid"), is_real, "{secret:?}");
        }
        let all = bytes(&env);
        discover(&env, &["evil0", "evil1", "evil2", "evil3"]);
        unchanged(&env, &all);
    }
}

#[test]
fn a_person_is_told_of_a_claim_and_can_confirm_a_move() {
    let env = TestEnv::new();
    repo(&env, "payments", 1, Some(PAYMENTS));
    discover(&env, &["payments", "--set", "appid=pay001"]);
    std::fs::remove_dir_all(env.path("payments")).unwrap();
    // The same files in a new history: nothing proves that it is the same.
    let moved = repo(&env, "moved", 1, Some(PAYMENTS));
    moved.write("b.py", format!("token = '{}'\n", token(2)));
    let command = format!(
        "keyferry discover --same github.com/acme/payments {}",
        moved.root.canonicalize().unwrap().display()
    );
    discover(&env, &["moved"]).says(&[
        "says that it is github.com/acme/payments, which the inventory knows at",
        &command,
    ]);
    assert_names(
        &env,
        &["github.com/acme/payments", "github.com/acme/payments~2"],
    );
    discover(&env, &["moved", "--same", "github.com/acme/payments"]).says(&["0 new, 0 gone"]);
    assert_names(&env, &["github.com/acme/payments"]);
    assert_eq!(standing_in(&env, "b.py").metadata["appid"].value, "pay001");
    // It stays confirmed.
    let all = bytes(&env);
    discover(&env, &["moved"]).says(&["0 new, 0 gone"]);
    unchanged(&env, &all);
    moved.remove("b.py");
    discover(&env, &["moved"]).says(&["0 new, 1 gone"]);
    env.keyferry(&["discover", "moved", "--same", "github.com/acme/other"])
        .exits(2);
}

#[test]
fn a_moved_clone_keeps_its_name() {
    let env = TestEnv::new();
    repo(&env, "a", 1, Some(PAYMENTS));
    repo(&env, "b/sub", 2, None);
    repo(&env, "b", 3, None);
    discover(&env, &["a", "b"]);
    let before = occurrences(&env);
    std::fs::rename(env.path("a"), env.path("c")).unwrap();
    std::fs::create_dir(env.path("b/more")).unwrap();
    std::fs::rename(env.path("b/sub"), env.path("b/more/sub")).unwrap();
    for history in [true, false] {
        let args: &[&str] = if history {
            &["c", "b"]
        } else {
            &["--no-history", "c", "b"]
        };
        let ran = discover(&env, args);
        let ran = ran.says(&["0 new, 0 gone"]);
        assert_eq!(
            ran.stderr
                .contains("github.com/acme/payments was moved from"),
            history
        );
        assert_eq!(occurrences(&env), before);
    }
    // A clone of it beside it is another one, to which the facts of the register apply.
    env.git(&env.path(""), &["clone", "--quiet", "c", "d"]);
    env.open("d")
        .git(&["remote", "set-url", "origin", PAYMENTS]);
    env.write(
        "inventory/registry.csv",
        "repository,appid\nacme/payments,pay001\n",
    );
    discover(&env, &["d"]);
    assert!(names(&env).contains("github.com/acme/payments~2"));
    let shared = inventory(&env).into_iter().find(|secret| {
        secret
            .occurrences
            .iter()
            .any(|place| place.repository.ends_with("~2"))
    });
    assert_eq!(shared.unwrap().metadata["appid"].value, "pay001");
}

#[test]
fn a_rewritten_history_removes_nothing_until_a_person_confirms_it() {
    let env = TestEnv::new();
    let old = repo(&env, "shop", 1, None);
    old.write("b.py", format!("token = '{}'\n", token(2)));
    discover(&env, &["shop"]);
    let before = occurrences(&env);
    std::fs::remove_dir_all(env.path("shop/.git")).unwrap();
    let new = env.repo("shop");
    new.remove("b.py").commit("all anew");
    for parts in [&["--no-history"][..], &[], &["--history-only"]] {
        let ran = discover(&env, &[&["shop"], parts].concat());
        let count = if parts == ["--history-only"] {
            ""
        } else {
            "shop: 1 place of earlier scans"
        };
        ran.says(&["0 new, 0 gone", count]);
        for place in before.iter().filter(|place| place.path == "b.py") {
            assert!(occurrences(&env).contains(place), "{parts:?}");
        }
    }
    discover(&env, &["shop", "--same", "shop"]).says(&["0 new, 1 gone"]);
    let all = bytes(&env);
    discover(&env, &["shop"]).says(&["0 new, 0 gone"]);
    unchanged(&env, &all);
    new.write("c.py", format!("token = '{}'\n", token(3)));
    discover(&env, &["shop"]).says(&["1 new, 0 gone"]);
    new.remove("c.py");
    discover(&env, &["shop"]).says(&["0 new, 1 gone"]);
}

/// Neither a scan without history nor a shallow clone reads the root commit, and both recognise the repository by a
/// commit that was seen before.
#[test]
fn scans_that_read_no_root_recognise_the_repository() {
    let env = TestEnv::new();
    let repo = repo(&env, "full", 1, None);
    repo.write("b.py", format!("token = '{}'\n", token(2)))
        .commit("two");
    repo.write("c.txt", "x").commit("three");
    let url = format!("file://{}", repo.root.display());
    for first in [&["--no-history"][..], &[]] {
        env.git(
            &env.path(""),
            &["clone", "--quiet", "--depth=2", &url, "shallow"],
        );
        env.write("shallow/own.py", format!("token = '{}'\n", token(5)));
        discover(&env, &[&["shallow"], first].concat());
        std::fs::remove_file(env.path("shallow/own.py")).unwrap();
        env.open("shallow").write("d.txt", "x").commit("four");
        for parts in [&["--no-history"][..], &[]] {
            discover(&env, &[&["shallow"], parts].concat()).says(&["gone"]);
        }
        assert!(
            !occurrences(&env).iter().any(|place| place.path == "own.py"),
            "{first:?}"
        );
        std::fs::remove_dir_all(env.path("shallow")).unwrap();
        std::fs::remove_dir_all(env.path("inventory")).unwrap();
    }
}

/// An object under the id of a known commit, with another content, proves nothing.
#[test]
fn a_commit_that_lies_about_its_id_proves_nothing() {
    let env = TestEnv::new();
    let real = repo(&env, "payments", 1, Some(PAYMENTS));
    let root = real.git(&["rev-parse", "HEAD"]);
    discover(&env, &["payments"]);
    std::fs::remove_dir_all(env.path("payments")).unwrap();
    let evil = repo(&env, "evil", 2, Some(PAYMENTS));
    let own = evil.git(&["rev-parse", "HEAD"]);
    let objects = evil.root.join(".git/objects");
    std::fs::create_dir_all(objects.join(&root[..2])).unwrap();
    std::fs::copy(
        objects.join(&own[..2]).join(&own[2..]),
        objects.join(&root[..2]).join(&root[2..]),
    )
    .unwrap();
    env.keyferry(&["discover", "evil"]);
    assert_names(
        &env,
        &["github.com/acme/payments", "github.com/acme/payments~2"],
    );
}

#[test]
fn the_order_of_targets_gives_no_other_names() {
    let folders = ["a", "b", "c/d", "c"];
    let key = "5e".repeat(32);
    let mut seen = Vec::new();
    let env = TestEnv::new();
    for (at, folder) in folders.into_iter().enumerate() {
        repo(&env, folder, at as u32, Some("https://h/acme/shop"));
    }
    repo(&env, "e", 9, Some("https://h/acme/shop/d"));
    for (at, order) in [
        ["a", "b", "c", "e"],
        ["e", "c", "b", "a"],
        ["b", "e", "a", "c"],
    ]
    .into_iter()
    .enumerate()
    {
        let folder = format!("inventory-{at}");
        let args = [&["discover", "--inventory", &folder], &order[..]].concat();
        env.keyferry_with(&args, &[("KEYFERRY_KEY", &key)]).exits(0);
        let text = std::fs::read_to_string(env.path(&folder).join("keyferry.yaml")).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("id: "));
        seen.push(lines.map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    for name in [
        "h/acme/shop",
        "h/acme/shop~2",
        "h/acme/shop~3",
        "h/acme/shop~3/d",
        "h/acme/shop/d",
    ] {
        assert!(
            seen[0].iter().any(|line| line == &format!("  {name}:")),
            "{name}: {:?}",
            seen[0]
        );
    }
}

/// Earlier versions named a nested repository after its remote.
#[test]
fn a_nested_repository_of_an_earlier_version_gets_its_new_name() {
    let env = TestEnv::new();
    repo(&env, "shop", 1, Some("https://h/acme/shop"));
    repo(&env, "shop/lib", 2, Some("https://h/acme/lib"));
    discover(&env, &["shop/lib", "shop"]);
    assert_names(&env, &["h/acme/shop", "h/acme/lib"]);
    let path = env.path("inventory/keyferry.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let old = text.lines().filter(|line| {
        ![
            "    kind:",
            "    claim:",
            "    within:",
            "    commits:",
            "    - sealed",
        ]
        .iter()
        .any(|start| line.starts_with(start))
    });
    std::fs::write(
        &path,
        old.map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    discover(&env, &["shop"]).says(&[
        "0 new, 0 gone",
        "h/acme/lib has the name h/acme/shop/lib now",
    ]);
    assert_names(&env, &["h/acme/shop", "h/acme/shop/lib"]);
    let all = bytes(&env);
    discover(&env, &["shop"]);
    unchanged(&env, &all);
    assert!(
        !std::fs::read_to_string(&path)
            .unwrap()
            .contains("  h/acme/lib:\n")
    );
}

#[test]
fn the_ids_of_commits_are_sealed() {
    let env = TestEnv::new();
    let repo = repo(&env, "shop", 1, None);
    let root = repo.git(&["rev-parse", "HEAD"]);
    discover(&env, &["shop"]);
    let text = std::fs::read_to_string(env.path("inventory/keyferry.yaml")).unwrap();
    assert!(
        text.contains("- sealed:") && !text.contains(&root),
        "{text}"
    );
}
