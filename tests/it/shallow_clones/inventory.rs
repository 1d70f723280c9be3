//! The inventory keeps the known facts of a value, whatever depth the next clone has.

use keyferry::finding::{Introduction, Occurrence};

use super::{clone, five_commits, line};
use crate::support::inventory_files::{bytes, inventory, unchanged};
use crate::support::test_env::{AUTHOR, Ran, TestEnv};

fn discover(env: &TestEnv) -> Ran {
    env.keyferry(&["discover", "shop"]).exits(0)
}

/// The occurrences in files, by path.
fn occurrences(env: &TestEnv) -> Vec<Occurrence> {
    let secrets = inventory(env);
    let mut places: Vec<Occurrence> = secrets
        .into_iter()
        .flat_map(|secret| secret.occurrences)
        .filter(|place| place.path.ends_with(".py"))
        .collect();
    places.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    places
}

fn known(env: &TestEnv) -> Vec<(String, bool, Option<String>)> {
    let facts = |place: Occurrence| {
        let is_known = place.introduced == Introduction::At;
        (place.path, is_known, place.author)
    };
    occurrences(env).into_iter().map(facts).collect()
}

#[test]
fn a_deeper_clone_shows_the_commits_and_a_shallower_one_forgets_none() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    full.remove("d.py").commit("d is gone");
    let depth_one = || {
        drop(std::fs::remove_dir_all(env.path("shop")));
        clone(&full, "shop", &["--depth=1"]);
    };
    depth_one();
    let ran = discover(&env).says(&["3 new"]);
    assert!(ran.stdout.contains("1 shallow: "), "{}", ran.stdout);
    let unknown = |path: &str| (path.to_owned(), false, None);
    assert_eq!(
        known(&env),
        [unknown("a.py"), unknown("b.py"), unknown("c.py")]
    );
    let text = String::from_utf8(bytes(&env).into_values().flatten().collect()).unwrap();
    assert!(text.contains(r#""introduced":"at-or-before""#));
    assert!(!text.contains(AUTHOR), "the author of the edge");

    let repo = env.open("shop");
    repo.git(&["fetch", "--quiet", "--unshallow"]);
    discover(&env).says(&["1 new, 0 gone"]);
    let whole = occurrences(&env);
    let author = |who: &str| Some(who.to_owned());
    assert_eq!(
        known(&env),
        [
            ("a.py".to_owned(), true, author(AUTHOR)),
            ("b.py".to_owned(), true, author(AUTHOR)),
            ("c.py".to_owned(), true, author(super::EDGE_AUTHOR)),
            ("d.py".to_owned(), true, author(AUTHOR)),
        ]
    );

    // The clone of one commit knows nothing of d.py, and not who introduced the others.
    depth_one();
    discover(&env).says(&["0 new, 0 gone"]);
    assert_eq!(occurrences(&env), whole);
    let before = bytes(&env);
    discover(&env).says(&["0 new, 0 gone"]);
    unchanged(&env, &before);
    // A value that the clone finds, and that is gone later, is still in the history.
    full.remove("c.py").commit("c is gone");
    depth_one();
    env.keyferry(&["discover", "shop", "--same", "full"])
        .exits(0)
        .says(&["0 new, 0 gone"]);
    let gone = occurrences(&env);
    let of_c = gone.iter().find(|place| place.path == "c.py").unwrap();
    assert!(!of_c.at_head && of_c.author.as_deref() == Some(super::EDGE_AUTHOR));
}

/// What is not committed leaves no trace in the history, whatever depth it has.
#[test]
fn a_shallow_clone_still_removes_what_only_its_files_had() {
    let env = TestEnv::new();
    let full = five_commits(&env, "full");
    let clone = clone(&full, "shop", &["--depth=2"]);
    clone.write("own.py", line(5));
    discover(&env).says(&["5 new"]);
    clone.remove("own.py");
    discover(&env).says(&["0 new, 1 gone"]);
}
