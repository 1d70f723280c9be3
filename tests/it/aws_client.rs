//! The real client against moto over HTTP: an endpoint that other people wrote. What moto does not enforce, the fake does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use keyferry::cancel::Cancellation;
use keyferry::inventory::entry::Secret;
use keyferry::migrate::aws::{Access, AwsClient, connect};
use keyferry::migrate::call_pacer::CallPace;
use keyferry::migrate::check_extent::Check;
use keyferry::migrate::client::{Client, CreateRequest};
use keyferry::migrate::client_error::ErrorKind;
use keyferry::migrate::import::{EntryStatus, ImportSettings, Proof, import};
use keyferry::migrate::journal::Journal;
use keyferry::migrate::plan::{Class, Plan};
use keyferry::migrate::verify::{self, verify};
use keyferry::progress::NoProgress;
use keyferry::secret::SecretValue;
use keyferry::secrets_manager::{KeyArn, SecretName};

use crate::support::moto_server::Moto;
use crate::support::planted_secrets::{ACCOUNT, Freight, REGION, quick};
use crate::support::test_env::files_below;

const KMS_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn name(text: &str) -> SecretName {
    text.parse().unwrap()
}

fn kms_key() -> KeyArn {
    KMS_KEY.parse().unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// As the command does it: the rates are raised, or the test would wait for nothing.
fn pace() -> CallPace {
    CallPace {
        first_wait: Duration::from_millis(5),
        ..quick()
    }
}

async fn import_all(freight: &Freight, client: &AwsClient, plan: &Plan) -> Vec<EntryStatus> {
    let reader = freight.reader();
    let journal = Journal::open(&freight.journal_path()).unwrap();
    let (pace, cancel) = (pace(), Cancellation::new());
    let how = ImportSettings {
        account: &freight.account,
        region: &freight.region,
        journal: &journal,
        check: Check::Value,
        pace: &pace,
        max_failures: ImportSettings::MAX_FAILURES,
        cancel: &cancel,
        progress: &NoProgress,
    };
    let present = freight.present(plan);
    let summary = import(&freight.job(plan, &present, &reader), &how, client)
        .await
        .unwrap();
    assert!(summary.is_complete(), "{summary:?}");
    summary
        .outcomes
        .into_iter()
        .map(|outcome| outcome.status)
        .collect()
}

#[test]
fn import_run_twice_then_verified() {
    run(async {
        let mut moto = Moto::start();
        let client = moto.client().await;
        let freight = Freight::new(12);
        let mut plan = freight.draft(Some(&kms_key()));
        keyferry::migrate::plan::compare(
            &mut plan,
            &freight.input(Some(&kms_key()), &freight.history()),
            &client,
            &pace(),
            &Cancellation::new(),
            &NoProgress,
        )
        .await
        .unwrap();
        assert_eq!(plan.counts[&Class::Create], 12);
        let done = import_all(&freight, &client, &plan).await;
        assert_eq!(done, vec![EntryStatus::Created(Proof::Value); 12]);

        for (n, secret) in freight.secrets.iter().enumerate() {
            let token =
                freight
                    .key
                    .request_token(ACCOUNT, REGION, freight.name(n), &secret.fingerprint);
            let live = client.describe(&name(freight.name(n))).await.unwrap();
            assert_eq!(live.tags, secret.tags);
            assert_eq!(live.kms_key.as_deref(), Some(KMS_KEY));
            assert_eq!(live.versions.keys().collect::<Vec<_>>(), [&token]);
            assert!(live.is_current(&token));
            let fetched = client
                .get_value(&name(freight.name(n)), &token)
                .await
                .unwrap();
            assert_eq!(fetched.value.expose(), freight.values[n]);
        }

        let journal = freight.journal_text();
        assert_eq!(
            import_all(&freight, &client, &plan).await,
            vec![EntryStatus::InSync; 12]
        );
        assert_eq!(freight.journal_text(), journal);
        assert_eq!(list(&client).await.len(), 12);

        // Without the journal, the tokens prove that all secrets are ours.
        std::fs::remove_file(freight.journal_path()).unwrap();
        let plan = replan(&freight, &client).await;
        assert_eq!(plan.counts[&Class::Adopt], 12);
        assert_eq!(
            import_all(&freight, &client, &plan).await,
            vec![EntryStatus::Adopted(Proof::Value); 12]
        );

        let history = Journal::open(&freight.journal_path()).unwrap().history();
        let input = verify::VerifyInput {
            account: &freight.account,
            region: &freight.region,
            key: &freight.key,
            secrets: &freight.secrets,
            plan: None,
            history: &history,
            check: Check::Value,
        };
        let report = verify(&input, &client, &pace(), &Cancellation::new(), &NoProgress)
            .await
            .unwrap();
        assert!(
            report.is_clean() && report.secrets.len() == 12,
            "{report:?}"
        );
        for text in [
            journal,
            freight.journal_text(),
            plan.to_json(),
            format!("{report:?}"),
        ] {
            freight.assert_no_value(&text);
        }
    });
}

async fn replan(freight: &Freight, client: &AwsClient) -> Plan {
    let mut plan = freight.draft(Some(&kms_key()));
    keyferry::migrate::plan::compare(
        &mut plan,
        &freight.input(Some(&kms_key()), &freight.history()),
        client,
        &pace(),
        &Cancellation::new(),
        &NoProgress,
    )
    .await
    .unwrap();
    plan
}

async fn list(client: &AwsClient) -> Vec<String> {
    let mut names = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = client.list(next.as_deref()).await.unwrap();
        names.extend(page.secrets.into_iter().map(|secret| secret.name));
        next = page.next;
        if next.is_none() {
            return names;
        }
    }
}

#[test]
fn answers_are_classified_and_say_no_value() {
    run(async {
        let mut moto = Moto::start();
        let client = moto.client().await;
        let freight = Freight::new(1);
        let secret: &Secret = &freight.secrets[0];
        let value = SecretValue::new(freight.values[0].clone());
        let (taken_name, description) = (name("/taken"), "".parse().unwrap());
        let request = |token: &'static str| CreateRequest {
            name: &taken_name,
            token,
            value: &value,
            description: &description,
            kms_key: None,
            tags: &secret.tags,
        };
        const ONE: &str = "11111111111111111111111111111111";
        const OTHER: &str = "22222222222222222222222222222222";
        assert_eq!(client.create(&request(ONE)).await.unwrap().version, ONE);
        assert_eq!(client.create(&request(ONE)).await.unwrap().version, ONE);
        let taken = client.create(&request(OTHER)).await.unwrap_err();
        assert_eq!(taken.kind, ErrorKind::Exists);
        assert_eq!(
            client.describe(&name("/none")).await.unwrap_err().kind,
            ErrorKind::NotFound
        );
        assert_eq!(
            client.get_value(&taken_name, OTHER).await.unwrap_err().kind,
            ErrorKind::NotFound
        );
        freight.assert_no_value(&format!("{taken} {taken:?}"));

        // Nobody listens there any more.
        moto.child.kill().unwrap();
        moto.child.wait().unwrap();
        let gone = client.create(&request(ONE)).await.unwrap_err();
        assert_eq!(gone.kind, ErrorKind::Unreachable, "{gone}");
        freight.assert_no_value(&format!("{gone} {gone:?}"));
        let other_account = Access {
            account: Some("999999999999".parse().unwrap()),
            ..moto.access()
        };
        let taken_at_its_word = connect(&other_account).await.unwrap();
        assert!(taken_at_its_word.note.unwrap().contains("999999999999"));
        assert_eq!(
            connect(&moto.access()).await.unwrap_err().kind,
            ErrorKind::Unreachable
        );
    });
}

#[test]
fn the_account_that_answers_must_be_the_one_that_is_meant() {
    run(async {
        let mut moto = Moto::start();
        moto.client().await;
        let other = Access {
            account: Some("999999999999".parse().unwrap()),
            ..moto.access()
        };
        let error = connect(&other).await.unwrap_err().to_string();
        assert!(
            error.contains("are of account 123456789012, the expected account is 999999999999"),
            "{error}"
        );
    });
}

/// The program itself, with nothing of this machine in its environment.
fn keyferry(url: &str, folder: &std::path::Path, arguments: &str) -> std::process::Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("keyferry"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    for (name, value) in [
        ("HOME", folder.to_str().unwrap()),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        command.env(name, value);
    }
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// Puts a new value for a secret, as its team does: the program itself has no such call.
fn put_value(moto: &Moto, name: &str, value: &str) {
    let body = serde_json::json!({"SecretId": name, "SecretString": value}).to_string();
    let address = moto.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: secretsmanager.PutSecretValue\r\nContent-Type: application/x-amz-json-1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=testing/20260101/{REGION}/secretsmanager/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn planned_rotated_and_with_a_lost_journal() {
    let mut moto = Moto::start();
    run(moto.client());
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("orders")).unwrap();
    for n in 0..3 {
        let value = ["Tr0ub4d", "or-9x", "!kQ"].concat();
        std::fs::write(
            folder.path().join(format!("orders/{n}.properties")),
            format!("service{n}.password={value}{n}\n"),
        )
        .unwrap();
    }
    let ends = |arguments: &str, code: i32, with: &str| {
        let output = keyferry(&moto.url, folder.path(), arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {text}");
        assert!(text.contains(with), "{arguments}: {text}");
        text
    };
    let facts = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=a@example.org";
    ends("verify", 2, "keyferry");
    ends(&format!("discover orders {facts}"), 0, "next: ");
    ends("verify", 2, "there is nothing to verify");
    ends("plan", 0, "create  3");
    ends("verify", 1, ": 0 differ, 3 not imported");
    ends("import --yes", 0, "3 created");
    ends("verify", 0, "0 differ\n");
    let plan: Plan = Plan::load(&folder.path().join("inventory/plan.json")).unwrap();
    let name = |n: usize| plan.entries[n].name.as_ref().unwrap().as_str();
    // Once, and so often that the imported version is gone.
    put_value(&moto, name(0), "one");
    for value in ["one", "two", "three"] {
        put_value(&moto, name(1), value);
    }
    for _ in 0..2 {
        ends("plan", 0, "rotated  2");
        ends("import --yes", 0, "2 rotated");
        ends("import --yes --verify metadata", 0, "2 rotated");
        ends("verify", 0, ": 0 differ, 2 rotated after the import");
        let journal = folder.path().join("inventory/journal.jsonl");
        if std::fs::remove_file(journal).is_ok() {
            let lost = ends("verify", 0, "note: the journal is missing");
            assert!(lost.contains(": 0 differ, 2 rotated"), "{lost}");
        }
    }
    ends("plan --offline --account 123456789012", 0, "unchecked  3");
    ends("import --yes", 0, "2 rotated");
    let client = run(moto_client(&moto));
    for (n, value) in [(0, "one"), (1, "three")] {
        let live = run(client.describe(&self::name(name(n)))).unwrap();
        let version = live
            .versions
            .keys()
            .find(|version| live.is_current(version));
        let current = run(client.get_value(&self::name(name(n)), version.unwrap())).unwrap();
        assert_eq!(current.value.expose(), value.as_bytes());
    }
}

async fn moto_client(moto: &Moto) -> AwsClient {
    connect(&moto.access()).await.unwrap().client
}

#[test]
fn from_discover_to_verify() {
    let mut moto = Moto::start();
    run(moto.client());
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("orders");
    std::fs::create_dir(&target).unwrap();
    // Made at run time, so that this file holds nothing that looks like a secret.
    let value = ["Tr0ub4d", "or-9x", "!kQ"].concat();
    let config = target.join("application.yaml");
    std::fs::write(
        &config,
        format!("spring:\n  datasource:\n    username: app\n    password: \"{value}\"\n"),
    )
    .unwrap();

    let url = moto.url.clone();
    let mut said = String::new();
    let mut ends = |arguments: &str, code: i32, with: &str| {
        let output = keyferry(&url, folder.path(), arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {text}");
        assert!(text.contains(with), "{arguments}: {text}");
        said.push_str(&text);
    };
    let facts = "--set appid=ord001 --set appname=orders --set appfunc=api --set appenv=prod --set owner=a@example.org";
    ends(
        &format!("discover orders {facts}"),
        0,
        "next: keyferry plan",
    );
    ends("plan", 0, "create  1");
    // A named profile wins over the environment.
    ends("plan --profile nowhere", 2, "nowhere");
    ends("import", 2, "give --yes");
    ends("import --dry-run", 0, "1 ready");
    // The value changes before it is sent: drift, and nothing is created.
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("Tr0ub", "Xr0ub")).unwrap();
    ends("import --yes", 4, "source drift");
    ends("plan", 0, "create  1");
    std::fs::write(&config, text).unwrap();
    ends("import --yes", 0, "1 created");
    ends("import --yes", 0, "1 in sync");
    ends("plan", 0, "in-sync  1");
    ends("verify", 0, "0 differ");
    ends(
        "verify --verify metadata --format json",
        0,
        "\"differences\": []",
    );
    ends(
        "plan --account 999999999999",
        2,
        "the expected account is 999999999999",
    );
    // Who makes no call believes the inventory.
    ends(
        "plan --offline --account 123456789012",
        0,
        "cost: none, because an import would make no call",
    );
    ends("plan", 0, "in-sync  1");
    ends(
        "verify --region us-east-1",
        2,
        "no secret was imported into",
    );
    moto.child.kill().unwrap();
    moto.child.wait().unwrap();
    ends("verify", 4, "cannot be reached");

    assert!(!said.contains(&value));
    for (path, content) in files_below(&folder.path().join("inventory")) {
        assert!(
            !String::from_utf8_lossy(&content).contains(&value),
            "{}",
            path.display()
        );
    }
}
