//! What the tests of the ferry import: secrets of an inventory with planted values, and a source to read them from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use keyferry::cancel::Cancellation;
use keyferry::decide::Problem;
use keyferry::decide::policy::{Price, Target};
use keyferry::finding::{Confidence, Context, Kind, Occurrence, Origin};
use keyferry::inventory::entry::{self, Decision, Exposure, Outcome, Secret};
use keyferry::inventory::inventory_key::InventoryKey;
use keyferry::migrate::call_pacer::CallPace;
use keyferry::migrate::check_extent::Check;
use keyferry::migrate::client::Client;
use keyferry::migrate::import::{
    ImportJob, ImportRefused, ImportSettings, ImportSummary, ReadError, ReadValue, import,
};
use keyferry::migrate::journal::{Journal, JournalHistory};
use keyferry::migrate::plan::{ID_TAG, Plan, PlanInput, compare, draft};
use keyferry::progress::{NoProgress, Progress};
use keyferry::secret::{SecretId, SecretValue};
use keyferry::secrets_manager::{Account, KeyArn, Region};

/// Options of `discover` that give a secret all facts that a plan needs.
pub const FACTS: [&str; 10] = [
    "--set",
    "appid=ord001",
    "--set",
    "appname=orders",
    "--set",
    "appfunc=api",
    "--set",
    "appenv=prod",
    "--set",
    "owner=team@example.com",
];

pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "eu-west-1";
pub const INVENTORY: &str = "inv-1";

pub struct Freight {
    pub key: InventoryKey,
    pub account: Account,
    pub region: Region,
    pub secrets: Vec<Secret>,
    /// The planted values, in the order of the secrets.
    pub values: Vec<Vec<u8>>,
    pub source: RefCell<BTreeMap<String, Vec<u8>>>,
    pub folder: tempfile::TempDir,
    pub target: Target,
    pub price: Price,
    pub problems: BTreeMap<SecretId, Vec<Problem>>,
}

/// Reads values from memory, by path.
pub struct Source<'a>(&'a RefCell<BTreeMap<String, Vec<u8>>>);

impl ReadValue for Source<'_> {
    fn read(
        &self,
        occurrence: &Occurrence,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
    ) -> Result<Option<SecretValue>, ReadError> {
        match self.0.borrow().get(&occurrence.path) {
            Some(value) => Ok(Some(SecretValue::new(value.clone())).filter(is_wanted)),
            None => Err(ReadError::new(std::io::Error::other("no such file"))),
        }
    }
}

pub fn occurrence(path: &str, length: u64) -> Occurrence {
    Occurrence {
        blob: Some("0".repeat(40)),
        at_head: true,
        ..Occurrence::at("orders", path, Origin::Blob)
            .on_line(3, 1..length + 1)
            .bytes(100..100 + length)
    }
}

impl Freight {
    /// `count` secrets to relocate, each at `config/N` and `copy/N`. The third is no UTF-8.
    pub fn new(count: usize) -> Self {
        let key = InventoryKey::from_bytes([5; 32]);
        let mut freight = Self {
            key,
            account: ACCOUNT.parse().unwrap(),
            region: REGION.parse().unwrap(),
            secrets: Vec::new(),
            values: Vec::new(),
            source: RefCell::default(),
            folder: tempfile::tempdir().unwrap(),
            target: Target::default(),
            price: Price::default(),
            problems: BTreeMap::new(),
        };
        for n in 0..count {
            // Put together at run time: nothing in this file looks like a secret.
            let mut value =
                format!("planted-{}-{}", "\"v@lue\\", n * 7919 + 1_000_003).into_bytes();
            if n == 2 {
                value.push(0xff);
            }
            freight.add(n, value);
        }
        freight
    }

    fn add(&mut self, n: usize, value: Vec<u8>) {
        let secret_value = SecretValue::new(value.clone());
        let id = self.key.secret_id(&secret_value);
        let tags = [
            ("appid", "ord-12"),
            ("appenv", "prod"),
            (ID_TAG, id.as_str()),
        ];
        let places = [format!("config/{n}"), format!("copy/{n}")];
        let length = value.len() as u64;
        self.secrets.push(Secret {
            fingerprint: self.key.fingerprint(&secret_value),
            kind: Kind::Database,
            detector: "generic-password".to_owned(),
            confidence: Confidence::High,
            proof: None,
            expired: false,
            reading: Default::default(),
            exposure: Exposure::AtHead,
            context: Context {
                key: Some("DB_PASSWORD".to_owned()),
                ..Context::default()
            },
            metadata: BTreeMap::new(),
            said: BTreeMap::new(),
            decision: Decision::by_rule(Outcome::Relocate, "default", "in use"),
            replacement: None,
            rotation: None,
            payload: None,
            target: Some(format!("/orders/api/prod/db_{n}")),
            tags: tags
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            progress: entry::MigrationProgress::Found,
            disputed: Default::default(),
            uses: Vec::new(),
            readers: Default::default(),
            in_use: None,
            occurrences: places.iter().map(|path| occurrence(path, length)).collect(),
            id,
        });
        for path in places {
            self.source.borrow_mut().insert(path, value.clone());
        }
        self.values.push(value);
    }

    pub fn name(&self, n: usize) -> &str {
        self.secrets[n].target.as_deref().unwrap()
    }

    pub fn journal_path(&self) -> PathBuf {
        self.folder.path().join("journal.jsonl")
    }

    pub fn journal_text(&self) -> String {
        std::fs::read_to_string(self.journal_path()).unwrap_or_default()
    }

    pub fn draft(&self, kms_key: Option<&KeyArn>) -> Plan {
        draft(&self.input(kms_key, &self.history()))
    }

    pub fn history(&self) -> JournalHistory {
        JournalHistory::read(&self.journal_path()).unwrap()
    }

    pub fn input<'a>(
        &'a self,
        kms_key: Option<&'a KeyArn>,
        history: &'a JournalHistory,
    ) -> PlanInput<'a> {
        PlanInput {
            inventory: INVENTORY,
            key: &self.key,
            secrets: &self.secrets,
            account: &self.account,
            region: &self.region,
            kms_key,
            policy_target: &self.target,
            price: &self.price,
            history,
            problems: &self.problems,
        }
    }

    pub async fn plan<C: Client>(&self, client: &C) -> Plan {
        let mut plan = self.draft(None);
        compare(
            &mut plan,
            &self.input(None, &self.history()),
            client,
            &quick(),
            &Cancellation::new(),
            &NoProgress,
        )
        .await
        .unwrap();
        plan
    }

    pub async fn import<C: Client>(&self, client: &C, plan: &Plan) -> ImportSummary {
        self.try_import(
            client,
            plan,
            &Cancellation::new(),
            Check::Value,
            &NoProgress,
        )
        .await
        .unwrap()
    }

    pub async fn try_import<C: Client>(
        &self,
        client: &C,
        plan: &Plan,
        cancel: &Cancellation,
        check: Check,
        progress: &dyn Progress,
    ) -> Result<ImportSummary, ImportRefused> {
        let reader = Source(&self.source);
        let journal = Journal::open(&self.journal_path()).unwrap();
        let pace = quick();
        let how = ImportSettings {
            account: &self.account,
            region: &self.region,
            journal: &journal,
            check,
            pace: &pace,
            max_failures: ImportSettings::MAX_FAILURES,
            cancel,
            progress,
        };
        let present = self.present(plan);
        import(&self.job(plan, &present, &reader), &how, client).await
    }

    pub fn reader(&self) -> Source<'_> {
        Source(&self.source)
    }

    /// The plan that would be made now, with the same options, and the journal.
    pub fn present(&self, plan: &Plan) -> (Plan, JournalHistory) {
        let kms_key = plan.present_kms_key(&self.target);
        (self.draft(kms_key.as_ref()), self.history())
    }

    pub fn job<'a>(
        &'a self,
        plan: &'a Plan,
        (present, history): &'a (Plan, JournalHistory),
        reader: &'a dyn ReadValue,
    ) -> ImportJob<'a> {
        ImportJob {
            plan,
            inventory: INVENTORY,
            secrets: &self.secrets,
            present,
            history,
            key: &self.key,
            reader,
        }
    }

    /// Records the outcome of an import in the inventory, as the command does.
    pub fn note(&mut self, summary: &ImportSummary) {
        for outcome in &summary.outcomes {
            if let Some(progress) = outcome.status.progress() {
                self.secrets
                    .iter_mut()
                    .find(|secret| secret.id == outcome.secret)
                    .unwrap()
                    .progress = progress;
            }
        }
    }

    /// Fails if the text contains a planted value or a piece of one.
    pub fn assert_no_value(&self, text: &str) {
        for value in &self.values {
            let value = String::from_utf8_lossy(value);
            let number = value
                .rsplit('-')
                .next()
                .unwrap()
                .trim_end_matches('\u{fffd}');
            assert!(!text.contains(number), "a planted value stands in: {text}");
        }
    }
}

/// No waiting: the fake has no rate limits unless a test sets them.
pub fn quick() -> CallPace {
    CallPace {
        create: 1e9,
        tag: 1e9,
        list: 1e9,
        read: 1e9,
        first_wait: Duration::from_micros(1),
        longest_wait: Duration::from_micros(10),
        ..CallPace::default()
    }
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
