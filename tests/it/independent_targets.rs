//! A scan of two targets gives the results that scans of each of them alone give, whatever the targets have in common:
//! values, names of files, remotes, histories.
//!
//! One thing depends on both: of two repositories that claim one name, the one whose location comes later gets a number.

use std::collections::BTreeMap;

use keyferry::finding::{Evidence, Occurrence};
use keyferry::inventory::inventory_key::InventoryKey;
use serde_json::{Map, Value};

use crate::support::inventory_files::{opened_with, secret_files};
use crate::support::random_history::{Made, Random};
use crate::support::test_env::{Ran, TestEnv, token};

const KEY: [u8; 32] = [7; 32];

/// In order of location.
const TARGETS: [&str; 2] = ["a", "b"];

fn line(n: usize) -> String {
    format!("token = '{}'\n", token(n as u32))
}

/// A repository with a random history, and files beside it. Values, paths and remotes are few, so that others have the
/// same.
fn repository(env: &TestEnv, path: &str, seed: u64, random: &mut Random) {
    let repo = env.repo(path);
    let made = Made::new(seed, random.chance(50));
    repo.git_with_input(&["fast-import", "--quiet"], made.stream.as_bytes());
    repo.git(&["checkout", "--quiet", "--force", &made.branches[0].0]);
    if random.chance(60) {
        let name = ["shop", "SHOP", "bank"][random.below(3)];
        let url = format!("https://h.example/acme/{name}.git");
        repo.git(&["remote", "add", "origin", &url]);
    }
    if random.chance(50) {
        repo.write("untracked.py", line(random.below(6)));
    }
    if random.chance(30) {
        // A name with a value in it, and a value that names of the other target may have.
        repo.write(
            &format!("{}/x.py", token(random.below(6) as u32)),
            line(random.below(6)),
        );
    }
    if random.chance(20) {
        std::fs::create_dir_all(repo.root.join(".git/objects/pack")).unwrap();
        repo.write(".git/objects/pack/pack-1.pack", "no pack");
        repo.write(".git/objects/pack/pack-1.idx", "no index");
    }
}

/// A repository, often with others in it, or a folder with files and repositories.
fn target(env: &TestEnv, path: &str, random: &mut Random) {
    let is_folder = random.chance(25);
    if is_folder {
        env.write(format!("{path}/a.py"), line(random.below(6)));
        env.write(format!("{path}/conf/d.yml"), line(random.below(6)));
    } else {
        let seed = random.below(3) as u64;
        repository(env, path, seed, random);
    }
    for inner in ["sub", "deep/sub.git"] {
        if random.chance(30) {
            let seed = random.below(3) as u64;
            repository(env, &format!("{path}/{inner}"), seed, random);
        }
    }
}

/// Gives the targets one name, as far as they are repositories.
fn claim_one_name(env: &TestEnv) {
    for path in TARGETS {
        if env.path(path).join(".git").is_dir() {
            let url = "https://h.example/acme/shop.git";
            env.git(&env.path(path), &["config", "remote.origin.url", url]);
        }
    }
}

fn run(env: &TestEnv, args: &[&str]) -> Ran {
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    env.keyferry_with(args, &[("KEYFERRY_KEY", &key)])
}

/// The report of a scan, and its exit code.
fn scan(env: &TestEnv, options: &[&str], targets: &[&str]) -> (Value, i32) {
    let format = ["scan", "--format", "json", "--show-secrets", "--no-cache"];
    let ran = run(env, &[&format, options, targets].concat());
    (serde_json::from_str(&ran.stdout).unwrap(), ran.code)
}

/// Secret → its places, with what each of them states.
type Entries = BTreeMap<(String, String), Vec<(Occurrence, Evidence)>>;

/// The entries of a new inventory, and the exit code.
fn discover(env: &TestEnv, options: &[&str], targets: &[&str]) -> (Entries, i32) {
    let _ = std::fs::remove_dir_all(env.path("inventory"));
    let ran = run(env, &[&["discover"], options, targets].concat());
    let key = InventoryKey::from_bytes(KEY);
    let files = secret_files(env).into_values();
    let secrets: Vec<_> = files
        .flat_map(|content| opened_with(&key, env, "inventory", &content))
        .collect();
    let entry = |secret: keyferry::inventory::entry::Secret| {
        let places = secret.occurrences.iter().map(|place| {
            let evidence = secret.evidence_at(Some(place)).into_owned();
            let place = Occurrence {
                evidence: None,
                ..place.clone()
            };
            (place, evidence)
        });
        let key = (secret.id.to_string(), format!("{:?}", secret.fingerprint));
        (key, places.collect())
    };
    (secrets.into_iter().map(entry).collect(), ran.code)
}

/// The name that a target has alone, and the one that it has beside the other.
struct Renaming {
    alone: String,
    beside: String,
}

impl Renaming {
    fn none() -> Self {
        Self {
            alone: String::new(),
            beside: String::new(),
        }
    }

    /// A text that begins with the name of the target: the name, a name of a repository within the target, or a line of
    /// the coverage report.
    fn apply(&self, text: &mut String) {
        let rest = text.strip_prefix(&self.alone);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(['/', ' '])) {
            *text = format!("{}{rest}", self.beside);
        }
    }

    fn apply_to_report(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.apply(text),
            Value::Array(list) => list
                .iter_mut()
                .for_each(|value| self.apply_to_report(value)),
            Value::Object(fields) => {
                fields
                    .values_mut()
                    .for_each(|value| self.apply_to_report(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn apply_to_entries(&self, entries: &mut Entries) {
        for (place, _) in entries.values_mut().flatten() {
            self.apply(&mut place.repository);
        }
    }
}

/// The name of a target that is scanned alone: a folder with its own file.
fn name_of(env: &TestEnv, target: &str) -> String {
    let _ = std::fs::remove_dir_all(env.path("inventory"));
    run(env, &["discover", target]);
    let identity = std::fs::read_to_string(env.path("inventory/keyferry.yaml")).unwrap();
    let identity: Value = serde_yaml::from_str(&identity).unwrap();
    let location = env.path(target).canonicalize().unwrap();
    let repositories = identity["repositories"].as_object().unwrap();
    let mut names = repositories
        .iter()
        .filter(|(_, entry)| entry["location"] == location.to_str().unwrap());
    names.next().unwrap().0.clone()
}

/// The sum of two reports: numbers are added, lists joined.
fn sum(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            (one.as_u64().unwrap() + other.as_u64().unwrap()).into()
        }
        (Value::Bool(one), Value::Bool(other)) => (one || other).into(),
        (Value::Array(one), Value::Array(other)) => Value::Array([one, other].concat()),
        (Value::Object(one), Value::Object(other)) => {
            let mut fields: Map<String, Value> = one;
            for (name, value) in other {
                let value = match fields.remove(&name) {
                    Some(known) => sum(known, value),
                    None => value,
                };
                fields.insert(name, value);
            }
            Value::Object(fields)
        }
        (one, other) => panic!("{one} and {other} have no sum"),
    }
}

/// Sorts all lists.
fn sorted(mut value: Value) -> Value {
    match &mut value {
        Value::Array(list) => {
            *list = std::mem::take(list).into_iter().map(sorted).collect();
            list.sort_by_cached_key(Value::to_string);
        }
        Value::Object(fields) => {
            fields
                .values_mut()
                .for_each(|value| *value = sorted(value.take()));
        }
        _ => {}
    }
    value
}

/// Findings and coverage of a report.
fn results(report: &Value) -> Value {
    serde_json::json!({ "findings": report["findings"], "coverage": report["coverage"] })
}

/// The exit code of a scan whose parts have these codes.
fn worst(codes: [i32; 2]) -> i32 {
    let rank = |code: &i32| [0, 1, 3].iter().position(|known| known == code).unwrap();
    codes.into_iter().max_by_key(rank).unwrap()
}

#[test]
fn two_targets_give_the_results_of_each() {
    let options: [&[&str]; 4] = [
        &["-j1"],
        &["-j3"],
        &["--memory", "1M"],
        &["-j2", "--no-history"],
    ];
    let (mut incomplete, mut shared, mut renamed) = (0, 0, 0);
    for seed in 0..12 {
        let env = TestEnv::new();
        let mut random = Made::new(100 + seed, false).random;
        for path in TARGETS {
            target(&env, path, &mut random);
        }
        if seed % 3 == 0 {
            claim_one_name(&env);
        }
        let options = options[seed as usize % options.len()];
        let [first, second] = TARGETS.map(|path| name_of(&env, path));
        renamed += usize::from(first.to_lowercase() == second.to_lowercase());
        let renaming = match first.to_lowercase() == second.to_lowercase() {
            true => Renaming {
                beside: format!("{second}~2"),
                alone: second,
            },
            false => Renaming::none(),
        };

        let [(one, code_one), (mut two, code_two)] =
            TARGETS.map(|path| scan(&env, options, &[path]));
        renaming.apply_to_report(&mut two);
        let expected = sorted(sum(results(&one), results(&two)));
        let code = worst([code_one, code_two]);
        incomplete += usize::from(code == 3);
        for order in [["a", "b"], ["b", "a"]] {
            let (report, found_code) = scan(&env, options, &order);
            assert_eq!(sorted(results(&report)), expected, "seed {seed}, {order:?}");
            assert_eq!(found_code, code, "seed {seed}");
        }

        let [(mut entries, one), (mut more, two)] =
            TARGETS.map(|path| discover(&env, options, &[path]));
        renaming.apply_to_entries(&mut more);
        for (secret, places) in more {
            let known = entries.entry(secret).or_default();
            shared += usize::from(!known.is_empty());
            known.extend(places);
        }
        entries.values_mut().for_each(|places| places.sort());
        for order in [["a", "b"], ["b", "a"]] {
            let (mut found, code) = discover(&env, options, &order);
            found.values_mut().for_each(|places| places.sort());
            assert_eq!(found, entries, "seed {seed}, {order:?}");
            assert_eq!(code, worst([one, two]), "seed {seed}");
        }
    }
    // The targets had something in common.
    assert!(
        incomplete > 0 && shared > 10 && renamed > 0,
        "{incomplete}, {shared}, {renamed}"
    );
}
