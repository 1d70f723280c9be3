//! Makes a large inventory, and measures how long it takes to load it, to merge a scan of one repository, to settle all
//! secrets, and to save it. `docs/benchmarks.md` has the figures.
//!
//! usage: cargo run --release --example inventory_scale -- make FOLDER [SECRETS [PLACES [REPOSITORIES [APPLICATIONS]]]]
//!        cargo run --release --example inventory_scale -- run FOLDER

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use keyferry::decide::codeowners::Codeowners;
use keyferry::decide::repository_facts::{Repositories, RepositoryFacts};
use keyferry::decide::{Decisions, Inputs, Policy, Registry, settle};
use keyferry::finding::repository_identity::UnitKind;
use keyferry::finding::{
    Confidence, Context, Finding, FindingBuilder, HistoryExtent, Kind, Occurrence, Origin,
};
use keyferry::inventory::entry::{Exposure, Secret};
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::inventory::merge::{self, Scanned};
use keyferry::inventory::repository_entry::RepositoryEntry;
use keyferry::inventory::store::Store;
use keyferry::secret::{SecretId, SecretValue};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let usage = "usage: inventory_scale make FOLDER [SECRETS [PLACES [REPOSITORIES [APPLICATIONS]]]], or run FOLDER";
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().ok_or(usage)?;
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let numbers: Vec<usize> = arguments
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let number = |at: usize, default| numbers.get(at).copied().unwrap_or(default);
    match command.as_str() {
        "make" => {
            let size = Size {
                secrets: number(0, 100_000),
                places: number(1, 2_000_000),
                repositories: number(2, 2_000),
                applications: number(3, 500),
            };
            make(&folder, size)
        }
        "run" => run(&folder),
        _ => Err(usage.into()),
    }
}

/// The size of an inventory.
#[derive(Clone, Copy)]
struct Size {
    secrets: usize,
    places: usize,
    repositories: usize,
    applications: usize,
}

impl Size {
    /// The number of places of a secret. Few secrets have most of the places: the number falls with the rank of the secret.
    fn places_of(self, secret: usize) -> usize {
        let first = 10.0;
        let sum = ((self.secrets as f64 + first) / first).ln();
        let share = 1.0 / ((secret as f64 + first) * sum);
        ((self.places as f64 * share).round() as usize).max(1)
    }

    fn repository(self, number: usize) -> String {
        let number = number % self.repositories;
        format!(
            "git.example.com/team-{:03}/service-{number:04}",
            number % self.applications
        )
    }
}

/// Writes an inventory with made-up secrets, and what people write beside it.
fn make(folder: &Path, size: Size) -> Result<(), Failure> {
    let mut store = Store::open_or_create(folder)?;
    let mut random = fastrand::Rng::with_seed(7);
    for number in 0..size.repositories {
        let entry = RepositoryEntry {
            location: PathBuf::from(format!("/srv/clones/{number}")),
            kind: Some(UnitKind::Repository),
            ..RepositoryEntry::default()
        };
        let name = size.repository(number);
        store.identity.repositories.insert(name, entry);
    }
    for number in 0..size.secrets {
        let home = random.usize(..size.repositories);
        let places = (0..size.places_of(number)).map(|at| {
            // Most places of a secret are in one repository.
            let repository = match random.u8(..10) {
                0 => random.usize(..size.repositories),
                _ => home,
            };
            place(&mut random, &size.repository(repository), number, at)
        });
        let places: Vec<Occurrence> = places.collect();
        let findings: Vec<Finding> = places
            .into_iter()
            .map(|place| finding(&store.key, number, place))
            .collect();
        merge_scans(&mut store.secrets, &findings);
    }
    let texts = Texts::of(size);
    texts.write(folder)?;
    let sources = Sources::read(folder, &store)?;
    settle_and_save(&mut store, &sources)?;
    show("made", Instant::now(), &store);
    Ok(())
}

/// The value of a secret. Every two-hundredth is a weak one.
fn value(number: usize) -> SecretValue {
    let text = match number.is_multiple_of(200) {
        true => format!("{number:07}"),
        false => format!("Zx{number:08}qLm{}", number * 7919),
    };
    SecretValue::new(text.into_bytes())
}

fn finding(key: &InventoryKey, number: usize, place: Occurrence) -> Finding {
    let value = value(number);
    let (id, fingerprint) = (key.secret_id(&value), key.fingerprint(&value));
    let kinds = [Kind::Database, Kind::Application, Kind::ThirdParty];
    let confidence = match number.is_multiple_of(9) {
        true => Confidence::Medium,
        false => Confidence::High,
    };
    let context = Context {
        key: Some(format!(
            "spring.datasource.pool-{}.password",
            place.line % 4
        )),
        user: Some(format!("user{}", number % 100)),
        host: Some(format!("db-{}.prod.example.com", number % 400)),
        engine: Some("postgres".to_owned()),
        ..Context::default()
    };
    FindingBuilder::new("generic-password", kinds[number % kinds.len()], confidence)
        .value(value, id, fingerprint)
        .context(context)
        .occurrence(place)
        .build()
        .expect("it has a value and a place")
}

fn place(random: &mut fastrand::Rng, repository: &str, number: usize, at: usize) -> Occurrence {
    let environment = ["prod", "prod", "prod", "staging", "dev"][random.usize(..5)];
    let path = format!(
        "services/service-{}/src/main/resources/config/{environment}/application-{at}.yaml",
        number % 50
    );
    let mut hex = || -> String {
        let mut digits = String::with_capacity(40);
        (0..40).for_each(|_| digits.push(random.digit(16)));
        digits
    };
    let (blob, commit) = (hex(), hex());
    let day = 1 + random.u8(..28);
    let is_current = random.u8(..3) > 0;
    Occurrence {
        blob: Some(blob),
        commit: Some(commit),
        author: Some(format!("Developer {0} <dev{0}@example.com>", random.u8(..))),
        date: Some(format!("2024-03-{day:02}T10:{day:02}:00+01:00")),
        at_head: is_current,
        refs: match is_current {
            true => vec!["refs/heads/main".to_owned()],
            false => Vec::new(),
        },
        last_date: (!is_current).then(|| format!("2024-06-{day:02}T10:{day:02}:00+01:00")),
        ..Occurrence::at(repository, path, Origin::Blob)
            .on_line(1 + random.u64(..300), 14..40)
            .bytes(4_000..4_026)
    }
}

/// The texts that people write beside the inventory.
struct Texts {
    registry: String,
    decisions: String,
}

impl Texts {
    fn of(size: Size) -> Self {
        let mut registry = "repository,path,appid,appname,appfunc,owner,costcenter\n".to_owned();
        for number in 0..size.applications {
            registry.push_str(&format!(
                "git.example.com/team-{number:03}/*,,app{number:03},application{number},api,team{number}@example.com,c{number}\n"
            ));
        }
        for number in (0..size.repositories).step_by(10) {
            registry.push_str(&format!(
                "{},services/service-7/**,lib{:03},library{},service,lib@example.com,c1\n",
                size.repository(number),
                number / 10,
                number / 10
            ));
        }
        let mut decisions = "schema: 2\nstatements:\n".to_owned();
        for number in 0..100 {
            decisions.push_str(&format!(
                "  - when: {{ repository: ['team-{number:03}/service-*'], key: 'pool-{}', path: {{ any: ['**/{}/application-1?.yaml'] }} }}\n    outcome: retain\n    reason: The mainframe stays.\n    by: jane@example.com\n",
                number % 4,
                ["prod", "dev", "staging"][number % 3],
            ));
        }
        for number in 0..20 {
            decisions.push_str(&format!(
                "  - when: {{ repository: ['team-{:03}/*'], host: ['db-{number}.*'] }}\n    metadata: {{ costcenter: c9 }}\n    by: jane@example.com\n",
                100 + number,
            ));
        }
        Self {
            registry,
            decisions,
        }
    }

    fn write(&self, folder: &Path) -> Result<(), Failure> {
        std::fs::write(folder.join("registry.csv"), &self.registry)?;
        std::fs::write(folder.join("decisions.yaml"), &self.decisions)?;
        Ok(())
    }
}

/// What people wrote, read.
struct Sources {
    policy: Policy,
    registry: Registry,
    decisions: Decisions,
    codeowners: BTreeMap<String, Codeowners>,
    repositories: Repositories,
}

impl Sources {
    fn read(folder: &Path, store: &Store) -> Result<Self, Failure> {
        let policy = Policy::builtin();
        let text = std::fs::read_to_string(folder.join("registry.csv"))?;
        let registry = Registry::from_csv(Path::new("registry.csv"), &text, &policy)?;
        let text = std::fs::read_to_string(folder.join("decisions.yaml"))?;
        let mut decisions = Decisions::parse(Path::new("decisions.yaml"), &text, &policy)?;
        // Statements about single secrets.
        let mut all = decisions.all().to_vec();
        let ids = store.secrets.keys().filter(|id| !id.is_of_use());
        let template = all[0].clone();
        all.extend(ids.step_by(50).map(|id| {
            let mut statement = template.clone();
            statement.secrets = vec![id.clone()];
            statement.when = None;
            statement
        }));
        decisions = Decisions::of(all);
        let owners: String = (0..40)
            .map(|number| format!("/services/service-{number}/**/config/ @acme/team-{number}\n"))
            .collect();
        let owners = Codeowners::parse(&owners);
        let names = store.identity.repositories.keys();
        Ok(Self {
            policy,
            registry,
            decisions,
            codeowners: names
                .clone()
                .map(|name| (name.clone(), owners.clone()))
                .collect(),
            repositories: Repositories(
                names
                    .map(|name| (name.clone(), RepositoryFacts::default()))
                    .collect(),
            ),
        })
    }

    fn inputs(&self) -> Result<Inputs<'_>, Failure> {
        Ok(Inputs {
            registry: Some(&self.registry),
            decisions: Some(&self.decisions),
            codeowners: self.codeowners.clone(),
            repositories: self.repositories.clone(),
            ..Inputs::new(&self.policy, "2026-06-01".parse()?)
        })
    }
}

/// Merges findings, which may be in several repositories, as scans that saw nothing else.
fn merge_scans(secrets: &mut BTreeMap<SecretId, Secret>, findings: &[Finding]) {
    let mut new = BTreeMap::new();
    let scanned = |findings| Scanned {
        repository: "",
        findings,
        worktree: false,
        history: false,
        extent: HistoryExtent::Whole,
        incomplete: true,
        is_same: true,
    };
    merge::add(&mut new, &[scanned(findings)]);
    secrets.append(&mut new);
}

/// The findings of a scan of one repository that finds what is known. One in a hundred has moved to another line.
fn rescan(store: &Store, repository: &str) -> Vec<Finding> {
    let mut random = fastrand::Rng::with_seed(9);
    let mut findings = Vec::new();
    let places = store.secrets.iter().flat_map(|(id, secret)| {
        let places = secret.occurrences.iter();
        places
            .filter(|place| place.repository == repository)
            .map(move |place| (id, secret, place))
    });
    for (id, secret, place) in places {
        let mut place = place.clone();
        let evidence = secret.evidence_at(Some(&place)).into_owned();
        if random.u8(..100) == 0 {
            place.line += 1;
            place.end_line += 1;
        }
        place.evidence = None;
        let built = FindingBuilder::new(evidence.detector, evidence.kind, evidence.confidence)
            .value(value(1), id.clone(), secret.fingerprint)
            .context(evidence.context)
            .occurrence(place)
            .build();
        findings.push(built.expect("it has a value and a place"));
    }
    findings
}

/// Loads, merges, settles and saves; then the same without a scan, which must change no byte.
fn run(folder: &Path) -> Result<(), Failure> {
    let all = Instant::now();
    let mut store = Store::open_to_write(folder)?;
    show("load", all, &store);
    let start = Instant::now();
    let known = store.known_units();
    show("known units", start, &store);
    let start = Instant::now();
    let sources = Sources::read(folder, &store)?;
    show("read what people wrote", start, &store);
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for place in store
        .secrets
        .values()
        .flat_map(|secret| &secret.occurrences)
    {
        *sizes.entry(&place.repository).or_default() += 1;
    }
    let largest = sizes.iter().max_by_key(|(_, size)| **size);
    let repository = largest.map(|(name, _)| (*name).to_owned());
    let repository = repository.ok_or("the inventory is empty")?;
    let findings = rescan(&store, &repository);
    let start = Instant::now();
    let scanned = Scanned {
        repository: &repository,
        findings: &findings,
        worktree: true,
        history: true,
        extent: HistoryExtent::Whole,
        incomplete: false,
        is_same: true,
    };
    let merged = merge::add(&mut store.secrets, &[scanned]);
    merge::remove_gone(&mut store.secrets);
    show("merge", start, &store);
    let before = files(folder)?;
    settle_and_save(&mut store, &sources)?;
    let seconds = all.elapsed().as_secs_f64();
    drop((store, known));
    let after = files(folder)?;
    let differ = |one: &BTreeMap<PathBuf, u64>, other: &BTreeMap<PathBuf, u64>| {
        let names: BTreeSet<&PathBuf> = one.keys().chain(other.keys()).collect();
        let differ = names
            .iter()
            .filter(|name| one.get(**name) != other.get(**name));
        differ.count()
    };
    say(&format!(
        "in all: {seconds:.2} s; {} findings in {repository}, {} secrets and {} of {} files changed",
        findings.len(),
        merged.changed.len(),
        differ(&before, &after),
        after.len(),
    ));
    let mut store = Store::open_to_write(folder)?;
    let start = Instant::now();
    settle_and_save(&mut store, &sources)?;
    show("second settling and save", start, &store);
    match differ(&after, &files(folder)?) {
        0 => Ok(()),
        changed => Err(format!("the second save changed {changed} files").into()),
    }
}

fn settle_and_save(store: &mut Store, sources: &Sources) -> Result<(), Failure> {
    let start = Instant::now();
    let inputs = sources.inputs()?;
    let mut settled = settle(std::mem::take(&mut store.secrets).into_values(), &inputs);
    store.secrets = std::mem::take(&mut settled.secrets);
    show("settle", start, store);
    let start = Instant::now();
    store.save(|secret| settled.applications(secret, &inputs))?;
    show("save", start, store);
    Ok(())
}

/// The files of an inventory, each with a hash of its bytes.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, u64>, Failure> {
    use std::hash::{Hash, Hasher};
    let mut found = BTreeMap::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut files(&path)?);
        } else {
            let mut hasher = std::hash::DefaultHasher::new();
            std::fs::read(&path)?.hash(&mut hasher);
            found.insert(path, hasher.finish());
        }
    }
    Ok(found)
}

/// Prints the time of a phase, and the largest memory of the process so far.
fn show(phase: &str, start: Instant, store: &Store) {
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|text| text.trim().trim_end_matches("kB").trim().parse().ok());
    let peak: u64 = peak.unwrap_or_default();
    let places = store
        .secrets
        .values()
        .map(|secret| secret.occurrences.len());
    let at_head = store
        .secrets
        .values()
        .filter(|secret| secret.exposure == Exposure::AtHead);
    say(&format!(
        "{phase}: {seconds:.2} s, peak {} MiB ({} secrets, {} at HEAD, {} places)",
        peak / 1024,
        store.secrets.len(),
        at_head.count(),
        places.sum::<usize>(),
    ));
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
