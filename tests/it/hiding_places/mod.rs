//! `scan`: places of a repository where secrets are easily forgotten. Every value found there can be read again.

mod commits_and_refs;
mod git_directory;
mod names;
mod submodules;

use keyferry::detect::engine::Engine;
use keyferry::detect::library::Library;
use keyferry::finding::Finding;
use keyferry::finding::repository_identity::KnownUnits;
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::progress::NoProgress;
use keyferry::scan::{self, Options};
use keyferry::source::git::Boundary;
use keyferry::source::target;

use crate::support::test_env::{EPOCH, Repo, Row, TestEnv, password, places, token};
use crate::support::value_reading::read_again;

fn with_commit<'e>(env: &'e TestEnv, name: &str) -> Repo<'e> {
    let repo = env.repo(name);
    repo.write("a.py", "x = 1\n").commit("start");
    repo
}

/// The rows of a complete scan of one target. Each value is read again as an import does it.
#[track_caller]
fn scan(env: &TestEnv, target: &str) -> Vec<Row> {
    for finding in found(env, target) {
        let place = &finding.occurrence;
        let value = read_again(&finding_location(env, target, place), place, |_| true);
        assert_eq!(
            value.map(|value| value.unwrap().expose().to_vec()),
            Ok(finding.value.expose().to_vec()),
            "{place:?}"
        );
    }
    env.scan(&[target])
}

/// The folder of an occurrence's repository: the tests name nested repositories by their paths.
fn finding_location(
    env: &TestEnv,
    target: &str,
    place: &keyferry::finding::Occurrence,
) -> std::path::PathBuf {
    let below = env.path(target).join(place.repository.replace('!', "/"));
    if below.exists() {
        below
    } else {
        env.path(target)
    }
    .canonicalize()
    .unwrap()
}

fn found(env: &TestEnv, target: &str) -> Vec<Finding> {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), EPOCH as i64);
    let key = InventoryKey::from_bytes([7; 32]);
    let place = target::locate(&env.path(target)).unwrap();
    let unit = target::open(&place, &Boundary::default());
    let scanned = scan::scan(
        vec![unit],
        &KnownUnits::default(),
        &engine,
        &key,
        &Options::default(),
        &NoProgress,
    );
    assert!(
        scanned.coverage.complete(),
        "{:?}",
        scanned.coverage.unreadable
    );
    scanned
        .units
        .into_iter()
        .flat_map(|unit| unit.findings)
        .collect()
}

/// Ids of another length move lines and columns in git's own files; `object_formats.rs` tests those.
fn sha1() -> TestEnv {
    TestEnv::with_hash("sha1")
}
