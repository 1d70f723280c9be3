//! The example organisation, which `scripts/example-organisation` creates, is settled with a policy and a few statements,
//! and its plan is compared with the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::support::test_env::TestEnv;
use keyferry::migrate::plan::Plan;

/// The most rules and statements that people may have to write.
const MOST_STATEMENTS: usize = 60;

/// What should become of one secret.
struct Truth {
    outcome: String,
    /// The beginning of its name. The last component is free.
    name: String,
    is_shared: bool,
}

/// A place at HEAD: repository, path, line.
type Place = (String, String, u64);

fn truth(path: &Path) -> (BTreeMap<Place, Truth>, BTreeMap<String, u64>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut at_head = BTreeMap::new();
    let mut in_history = BTreeMap::new();
    for row in text.lines().skip(1) {
        let [
            repository,
            path,
            line,
            origin,
            outcome,
            appid,
            appfunc,
            appenv,
        ] = row.split(',').collect::<Vec<_>>()[..]
        else {
            panic!("{row}");
        };
        let is_shared = appfunc == "*";
        let appfunc = if is_shared { "middleware" } else { appfunc };
        if origin == "history" {
            *in_history.entry(outcome.to_owned()).or_default() += 1;
            continue;
        }
        let place = (
            repository.to_owned(),
            path.to_owned(),
            line.parse().unwrap(),
        );
        let truth = Truth {
            outcome: outcome.to_owned(),
            name: format!("/{appid}/{appfunc}/{appenv}/"),
            is_shared,
        };
        assert!(at_head.insert(place, truth).is_none(), "{row}");
    }
    (at_head, in_history)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_few_statements_settle_an_organisation_of_200_repositories() {
    let env = TestEnv::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let organisation = env.path("organisation");
    let created = Command::new("python3")
        .arg(root.join("scripts/example-organisation"))
        .arg(&organisation)
        .output()
        .unwrap();
    assert!(created.status.success(), "{created:?}");
    let (at_head, in_history) = truth(&organisation.join("truth.csv"));
    let repositories: BTreeSet<&str> = at_head.keys().map(|place| place.0.as_str()).collect();
    let distinct = at_head.len() + in_history.values().sum::<u64>() as usize;
    assert!(repositories.len() >= 200 && distinct >= 3000);

    let inventory = env.path("inventory");
    copy(&root.join("tests/fixtures/organisation"), &inventory);
    std::fs::copy(
        organisation.join("registry.csv"),
        inventory.join("registry.csv"),
    )
    .unwrap();
    let targets: Vec<String> = repositories
        .iter()
        .map(|name| format!("organisation/repositories/{name}"))
        .collect();
    let targets = targets.iter().map(String::as_str);
    let discover: Vec<&str> = std::iter::once("discover").chain(targets).collect();
    env.keyferry(&discover).exits(0);
    env.keyferry(&["plan", "--offline"]).exits(0);
    let plan = Plan::load(&inventory.join("plan.json")).unwrap();

    // No question is left, and few statements were needed.
    assert_eq!(
        (plan.not_planned.review, plan.not_planned.questions),
        (0, 0)
    );
    let written = statements(&inventory);
    assert!(written < MOST_STATEMENTS, "{written} statements");

    // Every entry of the plan is right.
    let mut planned = BTreeSet::new();
    for entry in &plan.entries {
        let place = entry.occurrence.as_ref().unwrap();
        let repository = place.repository.rsplit('/').next().unwrap().to_owned();
        let key = (repository, place.path.clone(), place.line);
        let truth = at_head
            .get(&key)
            .unwrap_or_else(|| panic!("no truth at {key:?}"));
        assert_eq!(truth.outcome, "relocate", "{key:?}");
        let name = entry.name.as_ref().unwrap().to_string();
        assert!(
            name.starts_with(&truth.name),
            "{name} at {key:?}, not {}",
            truth.name
        );
        assert!(entry.problems.is_empty(), "{:?} at {key:?}", entry.problems);
        planned.insert(key);
    }
    // Every secret to relocate is planned. The plan names only one place of a shared value.
    let mut shared = 0;
    for (place, truth) in &at_head {
        if truth.outcome == "relocate" && !planned.contains(place) {
            assert!(truth.is_shared, "{place:?} is not planned");
            shared += 1;
        }
    }
    assert!(shared > 0);
    // The others have the outcomes that they should have.
    let count = |outcome: &str| {
        let now = at_head.values().filter(|truth| truth.outcome == outcome);
        now.count() as u64 + in_history.get(outcome).copied().unwrap_or_default()
    };
    assert_eq!(plan.not_planned.dismiss, count("dismiss"));
    assert_eq!(plan.not_planned.retain, count("retain"));
    assert_eq!(plan.not_planned.retire, count("retire"));
}

/// The rules of the policy and the statements that people wrote: entries of a list.
fn statements(inventory: &Path) -> usize {
    let mut files = vec![inventory.join("policy.yaml")];
    for entry in std::fs::read_dir(inventory.join("decisions")).unwrap() {
        files.push(entry.unwrap().path());
    }
    let entries = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.trim_start().starts_with("- "));
        lines.count()
    };
    files.iter().map(entries).sum()
}
