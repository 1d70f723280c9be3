//! The whole road: a repository with planted secrets of all eight kinds, discovered, decided, planned, imported into a real
//! endpoint and verified; imported again; killed half way and finished. And at its end no value anywhere but in the endpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use keyferry::finding::Kind;
use keyferry::inventory::entry::Secret;
use keyferry::migrate::client::Client;

use crate::support::account_road::{AccountRoad, FACTS};
use crate::support::inventory_files;
use crate::support::moto_server::run;
use crate::support::test_env::{Ran, Repo, TestEnv, made_up};

const KMS_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// What is planted, by a name of the test's own.
struct Planted {
    kind: Kind,
    value: String,
    /// Paths that hold it; the empty one for messages.
    paths: Vec<&'static str>,
}

/// A key as its writer writes it, in lines of `width` characters.
fn pem(label: &str, width: usize, n: u32) -> String {
    let line = format!("<<base64 {width}>>");
    let body = made_up(n, &[line.as_str(); 6].join("\n"));
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// Plants a secret of every kind: at HEAD, in three files, only in history, only in a merge, only in the message of a tag.
fn plant(repo: &Repo) -> BTreeMap<&'static str, Planted> {
    let mut planted = BTreeMap::new();
    let mut add = |name, kind, value: &str, paths: &[&'static str]| {
        let paths = paths.to_vec();
        planted.insert(
            name,
            Planted {
                kind,
                value: value.to_owned(),
                paths,
            },
        );
    };
    let password = made_up(1, "Wint<<>>er-<<alnum 8>>");
    let shared = made_up(2, "Or<<>>ders!<<alnum 9>>");
    let client = made_up(3, "<<alnum 32>>");
    let merged = made_up(4, "<<github ghp_>>");
    let tagged = made_up(5, "glpat<<>>-<<base64url 20>>");
    let historic = made_up(6, "<<alnum 40>>");
    let master = made_up(7, "<<hex 64>>");
    let ssh = pem("OPENSSH PRIVATE KEY", 70, 8);
    let tls = pem("RSA PRIVATE KEY", 64, 9);
    let aws = made_up(10, "<<alnum 40>>");

    repo.write(
        "config/mail.properties",
        format!("smtp.user=shop\nsmtp.password={password}\n"),
    );
    add(
        "password",
        Kind::Application,
        &password,
        &["config/mail.properties"],
    );
    repo.write(
        "config/database.yml",
        format!("production:\n  url: \"postgres://orders:{shared}@db.internal:5432/orders\"\n"),
    );
    repo.write("deploy/app.env", format!("DB_PASSWORD={shared}\n"));
    repo.write(
        "src/main.py",
        format!("# settings\nDATABASE_PASSWORD = \"{shared}\"\n"),
    );
    add(
        "shared",
        Kind::Database,
        &shared,
        &["config/database.yml", "deploy/app.env", "src/main.py"],
    );
    repo.write(
        "oauth.json",
        format!("{{\n  \"client_id\": \"shop\",\n  \"client_secret\": \"{client}\"\n}}\n"),
    );
    add("client", Kind::ClientCredentials, &client, &["oauth.json"]);
    repo.write("legacy.ini", format!("[api]\nencryption_key = {master}\n"));
    add("master", Kind::CryptographicKey, &master, &["legacy.ini"]);
    repo.commit("First version");

    repo.write("keys/deploy", &ssh);
    repo.write("keys/server.pem", &tls);
    add("ssh", Kind::SshKey, &ssh, &["keys/deploy"]);
    add(
        "tls",
        Kind::CertificatePrivateKey,
        &tls,
        &["keys/server.pem"],
    );
    repo.write("aws.env", format!("AWS_SECRET_ACCESS_KEY={aws}\n"));
    add("aws", Kind::AwsAccessKey, &aws, &["aws.env"]);
    repo.write("old.properties", format!("api.secret={historic}\n"));
    add(
        "historic",
        Kind::Application,
        &historic,
        &["old.properties"],
    );
    repo.commit("Deploy");
    repo.remove("old.properties");
    repo.commit("Away with it");

    repo.git(&["switch", "--quiet", "--create", "feature"]);
    repo.write("feature.txt", "feature\n").commit("Feature");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("main.txt", "main\n").commit("Main");
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "feature"]);
    repo.write("ci.yml", format!("env:\n  GITHUB_TOKEN: {merged}\n"));
    repo.commit("Merge feature, and bring in what neither side has");
    add("merged", Kind::ThirdParty, &merged, &["ci.yml"]);
    repo.git(&[
        "tag",
        "--annotate",
        "v1",
        "--message",
        &format!("Release 1\n\nPublished with {tagged}\n"),
    ]);
    add("tagged", Kind::ThirdParty, &tagged, &[""]);
    planted
}

/// The secrets of all files that a command of these tests writes.
fn inventory(env: &TestEnv) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for name in ["unassigned.yaml", "ord001.yaml", "shared.yaml"] {
        if let Ok(text) = std::fs::read(env.path("inventory").join(name)) {
            secrets.extend(inventory_files::opened(env, "inventory", &text));
        }
    }
    secrets
}

/// Everything on disk but the repository itself, and everything that was said.
fn assert_no_leak(env: &TestEnv, said: &str, planted: &BTreeMap<&str, Planted>) {
    for (name, Planted { value, .. }) in planted {
        // A key is searched for by a line of its body: its first line is no secret.
        let needle = value.lines().nth(1).unwrap_or(value);
        assert!(!said.contains(needle), "{name} was said");
        for (path, bytes) in env.all_files() {
            if !path.starts_with(env.path("shop")) {
                let found = bytes
                    .windows(needle.len())
                    .any(|window| window == needle.as_bytes());
                assert!(!found, "{name} is in {}", path.display());
            }
        }
    }
}

#[test]
fn from_a_repository_into_the_account_and_no_further() {
    into_the_account(TestEnv::new());
}

#[test]
fn from_a_repository_with_sha256_too() {
    into_the_account(TestEnv::with_hash("sha256"));
}

fn into_the_account(env: TestEnv) {
    let mut road = AccountRoad::new(env);
    let client = run(road.moto.client());
    let repo = road.env.repo("shop");
    let planted = plant(&repo);
    let mut said = String::new();
    let mut ends = |ran: Ran, code: i32, with: &str| {
        let text = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.code == code && text.contains(with),
            "{with:?}, {code}: got {} and\n{text}",
            ran.code
        );
        said.push_str(&text);
    };

    ends(
        road.keyferry(&format!("discover shop {FACTS}")),
        0,
        "next: ",
    );
    let secrets = inventory(&road.env);
    assert_eq!(secrets.len(), planted.len(), "{secrets:#?}");
    let mut ids = BTreeMap::new();
    for (name, Planted { kind, paths, .. }) in &planted {
        let holds = |secret: &&Secret| {
            let places: BTreeSet<&str> = secret
                .occurrences
                .iter()
                .map(|place| place.path.as_str())
                .collect();
            secret.kind == *kind && places == paths.iter().copied().collect()
        };
        let found: Vec<&Secret> = secrets.iter().filter(holds).collect();
        assert_eq!(found.len(), 1, "{name}: {secrets:#?}");
        ids.insert(*name, found[0].id.clone());
    }
    let kinds: BTreeSet<Kind> = planted.values().map(|planted| planted.kind).collect();
    assert_eq!(kinds.len(), 8);

    // A person decides that all of them go, those too that the policy would retire or ask about.
    let decisions: String = ids
        .values()
        .map(|id| format!("  {id}: {{outcome: relocate, reason: Still used, by: a@example.com}}\n"))
        .collect();
    road.env.write(
        "inventory/decisions.yaml",
        format!("schema: 1\ndecisions:\n{decisions}"),
    );
    let count = planted.len();
    ends(
        road.keyferry(&format!("plan --kms-key {KMS_KEY}")),
        0,
        &format!("create  {count}"),
    );
    ends(
        road.keyferry("import --yes"),
        0,
        &format!("{count} created"),
    );
    ends(road.keyferry("verify"), 0, "0 differ");

    let secrets: BTreeMap<_, _> = inventory(&road.env)
        .into_iter()
        .map(|secret| (secret.id.clone(), secret))
        .collect();
    run(async {
        for (name, id) in &ids {
            let secret = &secrets[id];
            let target = secret.target.as_deref().unwrap();
            // The function is that of the service which the secret opens.
            let is_named = target.starts_with("/ord001/") && target.contains("/prod/");
            assert!(is_named, "{target}");
            let live = client.describe(&target.parse().unwrap()).await.unwrap();
            assert_eq!(live.tags, secret.tags);
            for (tag, value) in [
                ("appid", "ord001"),
                ("appname", "orders"),
                ("appenv", "prod"),
                ("keyferry-id", id.as_str()),
            ] {
                assert_eq!(live.tags[tag], value);
            }
            assert_eq!(live.kms_key.as_deref(), Some(KMS_KEY));
            let version = live.versions.keys().next().unwrap();
            let fetched = client
                .get_value(&target.parse().unwrap(), version)
                .await
                .unwrap();
            assert!(
                fetched.value.expose() == planted[name].value.as_bytes(),
                "{name} is not what was planted"
            );
        }
        assert_eq!(client.list(None).await.unwrap().secrets.len(), count);
    });

    // Again: nothing is created, and no byte changes, neither of the journal nor of the inventory.
    let before = road.env.all_files();
    ends(
        road.keyferry("import --yes"),
        0,
        &format!("{count} in sync"),
    );
    ends(
        road.keyferry(&format!("discover shop {FACTS}")),
        0,
        "0 new, 0 gone",
    );
    let after = road.env.all_files();
    for (path, bytes) in &before {
        assert!(after.get(path) == Some(bytes), "{} changed", path.display());
    }
    assert_eq!(before.len(), after.len());

    // A plan for another Region or account would create the same secrets once more.
    for elsewhere in [
        "--account 123456789012 --region us-east-1",
        "--account 210987654321 --region eu-west-1",
    ] {
        ends(
            road.keyferry(&format!("plan --offline --output elsewhere {elsewhere}")),
            0,
            "earlier imports went to account 123456789012, eu-west-1",
        );
    }
    let same = "plan --offline --output elsewhere --account 123456789012 --region eu-west-1";
    let ran = road.keyferry(same).exits(0);
    assert!(!ran.stderr.contains("earlier imports"), "{}", ran.stderr);
    // The policy names a Region, and the option another one.
    let region = "schema: 1\ntarget:\n  region: eu-west-1\n";
    road.env.write("inventory/policy.yaml", region);
    ends(
        road.keyferry("plan --offline --account 123456789012 --region us-east-1"),
        2,
        "--region us-east-1 contradicts the policy, in which target.region is eu-west-1",
    );
    assert_no_leak(&road.env, &said, &planted);
}

#[test]
fn killed_half_way_and_finished() {
    let mut road = AccountRoad::new(TestEnv::new());
    let client = run(road.moto.client());
    let repo = road.env.repo("shop");
    const COUNT: u32 = 60;
    for n in 0..COUNT {
        repo.write(
            &format!("config/{n}.properties"),
            format!(
                "service{n}.password={}\n",
                made_up(n, "Sum<<>>mer-<<alnum 10>>")
            ),
        );
    }
    repo.commit("Many");
    road.keyferry(&format!("discover shop {FACTS}")).exits(0);
    road.keyferry("plan").exits(0);

    // Killed as soon as the journal records some secrets as created and others not.
    let words = ["import", "--yes", "--rate", "10"];
    let mut child = road
        .env
        .program(&words)
        .envs(road.variables())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = road.env.path("inventory/journal.jsonl");
    loop {
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended before it could be killed"
        );
        let Ok(file) = std::fs::File::open(&journal) else {
            continue;
        };
        let created = BufReader::new(file)
            .lines()
            .map_while(Result::ok)
            .filter(|line| line.contains("\"created\""))
            .count();
        if created >= 5 {
            break;
        }
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let standing = || run(async { client.list(None).await.unwrap().secrets.len() });
    let half = standing();
    assert!((5..COUNT as usize).contains(&half), "{half}");

    let finished = road.keyferry("import --yes --rate 50").exits(0);
    assert!(!finished.stdout.contains("failed"), "{}", finished.stdout);
    road.keyferry("verify").exits(0);
    let all: BTreeSet<String> = run(async {
        let mut names = BTreeSet::new();
        let mut next: Option<String> = None;
        loop {
            let page = client.list(next.as_deref()).await.unwrap();
            names.extend(page.secrets.into_iter().map(|secret| secret.name));
            next = page.next;
            if next.is_none() {
                return names;
            }
        }
    });
    assert_eq!(all.len(), COUNT as usize);
    let again = road.keyferry("import --yes").exits(0);
    assert!(
        again.stdout.contains(&format!("{COUNT} in sync")),
        "{}",
        again.stdout
    );
}
