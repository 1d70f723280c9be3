//! A Secrets Manager that is stricter than any that runs on one machine: it enforces names, sizes, tags and tokens by its
//! own reading of the service's rules, and on request throttles, denies, loses replies, or dies in the middle.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use keyferry::migrate::client::{
    Client, CreateRequest, CreatedSecret, FetchedValue, ListedSecret, SecretDescription, SecretPage,
};
use keyferry::migrate::client_error::{Call, ClientError, ErrorKind};
use keyferry::secret::SecretValue;
use keyferry::secrets_manager::SecretName;
use tokio::sync::Notify;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeSecret {
    pub versions: BTreeMap<String, Version>,
    pub tags: BTreeMap<String, String>,
    pub kms_key: Option<String>,
    pub description: String,
    pub deleted: Option<String>,
    pub changed: Option<String>,
    /// The random end of the ARN, where it is another one.
    pub arn_suffix: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub value: Vec<u8>,
    pub stages: Vec<String>,
}

/// Chances of a fault, out of 1000, for each call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub throttle: u64,
    /// The call is lost on its way there.
    pub lost: u64,
    /// The call is carried out, its answer is lost.
    pub reply_lost: u64,
    pub seed: u64,
    /// The process dies at the call of this number, counted from 0: before it is carried out, or after.
    pub die_at: Option<(u64, bool)>,
}

/// A part of every reply that is another than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    Name,
    ArnName,
    Account,
    Region,
    /// No ARN at all.
    Arn,
    /// The version id.
    Version,
}

/// The answer of ListSecrets to a token.
pub type Pages = Box<dyn Fn(Option<&str>) -> SecretPage + Send>;

#[derive(Default)]
pub struct Fake {
    world: Mutex<World>,
    died: Notify,
}

#[derive(Default)]
struct World {
    secrets: BTreeMap<String, FakeSecret>,
    calls: Vec<(Call, String)>,
    denied: HashSet<Call>,
    denied_names: HashSet<String>,
    /// Calls that fail in every attempt, before they are carried out.
    failing: Vec<(Call, ErrorKind)>,
    faults: Faults,
    number: u64,
    in_flight: usize,
    most_in_flight: usize,
    /// Every create answers so.
    refuse: Option<ClientError>,
    /// What a get answers in place of the value.
    corrupt: Option<Vec<u8>>,
    quota: Option<usize>,
    /// The account that answers, where it is another one.
    account: Option<&'static str>,
    lie: Option<Lie>,
    /// What ListSecrets answers in place of the secrets.
    pages: Option<Pages>,
}

impl Fake {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn secrets(&self) -> BTreeMap<String, FakeSecret> {
        self.world().secrets.clone()
    }

    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut FakeSecret)) {
        edit(self.world().secrets.entry(name.to_owned()).or_default());
    }

    /// Puts a new value a number of times, as the team that owns the secret does: the current version becomes the
    /// previous one, and the previous one goes.
    pub fn rotate(&self, name: &str, times: usize) {
        for time in 1..=times {
            self.edit(name, |secret| {
                let is =
                    |version: &Version, stage: &str| version.stages.iter().any(|is| is == stage);
                secret
                    .versions
                    .retain(|_, version| !is(version, "AWSPREVIOUS"));
                for version in secret.versions.values_mut() {
                    version.stages = vec!["AWSPREVIOUS".to_owned()];
                }
                let version = Version {
                    value: format!("rotated {time}").into_bytes(),
                    stages: vec!["AWSCURRENT".to_owned()],
                };
                secret.versions.insert(format!("rotation-{time}"), version);
                secret.changed = Some(format!("2026-02-0{time}T00:00:00Z"));
            });
        }
    }

    pub fn remove(&self, name: &str) {
        self.world().secrets.remove(name);
    }

    pub fn deny(&self, calls: &[Call]) {
        self.world().denied = calls.iter().copied().collect();
    }

    /// Denies every call for secrets of these names.
    pub fn deny_names(&self, names: &[String]) {
        self.world().denied_names = names.iter().cloned().collect();
    }

    /// Lets calls fail for good.
    pub fn fail(&self, failing: &[(Call, ErrorKind)]) {
        self.world().failing = failing.to_vec();
    }

    pub fn faults(&self, faults: Faults) {
        let mut world = self.world();
        world.faults = faults;
        world.number = 0;
    }

    pub fn refuse(&self, error: Option<ClientError>) {
        self.world().refuse = error;
    }

    pub fn corrupt(&self, value: Option<Vec<u8>>) {
        self.world().corrupt = value;
    }

    pub fn quota(&self, quota: usize) {
        self.world().quota = Some(quota);
    }

    pub fn account(&self, account: &'static str) {
        self.world().account = Some(account);
    }

    pub fn lie(&self, lie: Option<Lie>) {
        self.world().lie = lie;
    }

    pub fn pages(&self, pages: Option<Pages>) {
        self.world().pages = pages;
    }

    pub fn most_in_flight(&self) -> usize {
        self.world().most_in_flight
    }

    /// The calls since the last time, by name.
    pub fn take_calls(&self, of: Call) -> Vec<String> {
        let mut world = self.world();
        let (taken, left) = std::mem::take(&mut world.calls)
            .into_iter()
            .partition(|(call, _)| *call == of);
        world.calls = left;
        let taken: Vec<(Call, String)> = taken;
        taken.into_iter().map(|(_, name)| name).collect()
    }

    pub fn forget_calls(&self) {
        self.world().calls.clear();
    }

    /// Ends when a fault has killed the process.
    pub async fn died(&self) {
        self.died.notified().await;
    }

    async fn answer<T>(
        &self,
        call: Call,
        name: &str,
        act: impl FnOnce(&mut World) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let fault = {
            let mut world = self.world();
            world.calls.push((call, name.to_owned()));
            world.in_flight += 1;
            world.most_in_flight = world.most_in_flight.max(world.in_flight);
            world.fault()
        };
        // Let the other calls in flight overtake this one.
        tokio::task::yield_now().await;
        let failed = |kind| {
            Err(ClientError::new(
                call,
                kind,
                Some("Injected"),
                "a fault of the test",
            ))
        };
        let result = match fault {
            Fault::DieBefore => self.die().await,
            Fault::DieAfter => {
                let _ = self.allowed(call, name, act);
                self.die().await
            }
            Fault::Throttle => failed(ErrorKind::Throttled),
            Fault::Lost => failed(ErrorKind::Ambiguous),
            Fault::ReplyLost => {
                let _ = self.allowed(call, name, act);
                failed(ErrorKind::Ambiguous)
            }
            Fault::None => self.allowed(call, name, act),
        };
        self.world().in_flight -= 1;
        result
    }

    fn allowed<T>(
        &self,
        call: Call,
        name: &str,
        act: impl FnOnce(&mut World) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let mut world = self.world();
        if let Some((_, kind)) = world.failing.iter().find(|(failing, _)| *failing == call) {
            return Err(error(call, *kind, "Injected", "a fault of the test"));
        }
        if world.denied.contains(&call) || world.denied_names.contains(name) {
            return Err(error(
                call,
                ErrorKind::AccessDenied,
                "AccessDeniedException",
                "not authorized",
            ));
        }
        act(&mut world)
    }

    async fn die<T>(&self) -> T {
        self.died.notify_one();
        std::future::pending().await
    }
}

enum Fault {
    None,
    Throttle,
    Lost,
    ReplyLost,
    DieBefore,
    DieAfter,
}

impl World {
    fn fault(&mut self) -> Fault {
        let number = self.number;
        self.number += 1;
        match self.faults.die_at {
            Some((at, false)) if number == at => return Fault::DieBefore,
            Some((at, true)) if number == at => return Fault::DieAfter,
            _ => {}
        }
        let Faults {
            throttle,
            lost,
            reply_lost,
            ..
        } = self.faults;
        // A linear congruential generator will do for chances.
        self.faults.seed = self
            .faults
            .seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let chance = (self.faults.seed >> 33) % 1000;
        match chance {
            c if c < throttle => Fault::Throttle,
            c if c < throttle + lost => Fault::Lost,
            c if c < throttle + lost + reply_lost => Fault::ReplyLost,
            _ => Fault::None,
        }
    }

    fn create(&mut self, request: &CreateRequest<'_>) -> Result<CreatedSecret, ClientError> {
        let invalid = |what: &str| {
            Err(error(
                Call::Create,
                ErrorKind::InvalidRequest,
                "ValidationException",
                what,
            ))
        };
        if let Some(refusal) = &self.refuse {
            return Err(refusal.clone());
        }
        let name = request.name.as_str();
        let name_ok = |c: u8| c.is_ascii_alphanumeric() || b"/_+=.@-".contains(&c);
        if name.is_empty() || name.len() > 512 || !name.bytes().all(name_ok) {
            return invalid("name");
        }
        if !(32..=64).contains(&request.token.len()) {
            return invalid("clientRequestToken");
        }
        if !(1..=65_536).contains(&request.value.len()) {
            return invalid("secretString");
        }
        if request.description.as_str().chars().count() > 2048 {
            return invalid("description");
        }
        check_tags(Call::Create, request.tags)?;
        if request
            .kms_key
            .is_some_and(|key| !key.as_str().starts_with("arn:aws:kms:"))
        {
            return Err(error(
                Call::Create,
                ErrorKind::Kms,
                "EncryptionFailure",
                "key",
            ));
        }
        if let Some(there) = self.secrets.get(name) {
            if there.deleted.is_some() {
                let message = "a secret with this name is already scheduled for deletion";
                return Err(error(
                    Call::Create,
                    ErrorKind::ScheduledForDeletion,
                    "InvalidRequestException",
                    message,
                ));
            }
            return match there.versions.get(request.token) {
                Some(version) if version.value == request.value.expose() => {
                    Ok(self.created(request))
                }
                _ => Err(error(
                    Call::Create,
                    ErrorKind::Exists,
                    "ResourceExistsException",
                    "exists",
                )),
            };
        }
        if self.quota.is_some_and(|quota| self.secrets.len() >= quota) {
            return Err(error(
                Call::Create,
                ErrorKind::QuotaExceeded,
                "LimitExceededException",
                "quota",
            ));
        }
        let version = Version {
            value: request.value.expose().to_vec(),
            stages: vec!["AWSCURRENT".to_owned()],
        };
        let secret = FakeSecret {
            versions: BTreeMap::from([(request.token.to_owned(), version)]),
            tags: request.tags.clone(),
            kms_key: request.kms_key.map(ToString::to_string),
            description: request.description.to_string(),
            deleted: None,
            changed: None,
            arn_suffix: None,
        };
        self.secrets.insert(name.to_owned(), secret);
        Ok(self.created(request))
    }

    fn created(&self, request: &CreateRequest<'_>) -> CreatedSecret {
        CreatedSecret {
            name: self.name(request.name.as_str()),
            arn: self.arn(request.name.as_str()),
            version: self.version(request.token),
        }
    }

    fn arn(&self, name: &str) -> String {
        let lie = |lie| self.lie == Some(lie);
        if lie(Lie::Arn) {
            return String::new();
        }
        let region = if lie(Lie::Region) {
            "us-east-1"
        } else {
            "eu-west-1"
        };
        let account = match self.account {
            Some(account) => account,
            None if lie(Lie::Account) => "999999999999",
            None => "123456789012",
        };
        let other = if lie(Lie::ArnName) { "/other" } else { "" };
        let secret = self.secrets.get(name);
        let suffix = secret.and_then(|secret| secret.arn_suffix.as_deref());
        let suffix = suffix.unwrap_or("AbCdEf");
        format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}{other}-{suffix}")
    }

    fn name(&self, name: &str) -> String {
        let other = if self.lie == Some(Lie::Name) { "x" } else { "" };
        format!("{name}{other}")
    }

    fn version(&self, version: &str) -> String {
        match self.lie {
            Some(Lie::Version) => "f".repeat(64),
            _ => version.to_owned(),
        }
    }

    fn find(&mut self, call: Call, name: &str) -> Result<&mut FakeSecret, ClientError> {
        self.secrets.get_mut(name).ok_or_else(|| {
            error(
                call,
                ErrorKind::NotFound,
                "ResourceNotFoundException",
                "can't find the specified secret",
            )
        })
    }
}

fn check_tags(call: Call, tags: &BTreeMap<String, String>) -> Result<(), ClientError> {
    let allowed = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || " +-=._:/@".contains(c))
    };
    let fine = tags.len() <= 50
        && tags.iter().all(|(key, value)| {
            (1..=127).contains(&key.chars().count())
                && value.chars().count() <= 255
                && !key.to_lowercase().starts_with("aws:")
                && allowed(key)
                && allowed(value)
        });
    if fine {
        Ok(())
    } else {
        Err(error(
            call,
            ErrorKind::InvalidRequest,
            "InvalidParameterException",
            "tags",
        ))
    }
}

fn error(call: Call, kind: ErrorKind, code: &str, message: &str) -> ClientError {
    ClientError::new(call, kind, Some(code), message)
}

impl Client for Fake {
    async fn describe(&self, name: &SecretName) -> Result<SecretDescription, ClientError> {
        let name = name.as_str();
        self.answer(Call::Describe, name, |world| {
            let (arn, shown) = (world.arn(name), world.name(name));
            let secret = world.find(Call::Describe, name)?;
            Ok(SecretDescription {
                name: shown,
                arn,
                changed: secret.changed.clone(),
                tags: secret.tags.clone(),
                kms_key: secret.kms_key.clone(),
                versions: secret
                    .versions
                    .iter()
                    .map(|(id, version)| (id.clone(), version.stages.clone()))
                    .collect(),
                deleted: secret.deleted.clone(),
            })
        })
        .await
    }

    async fn list(&self, next: Option<&str>) -> Result<SecretPage, ClientError> {
        self.answer(Call::List, "", |world| {
            if let Some(pages) = &world.pages {
                return Ok(pages(next));
            }
            // Small pages, so that their seams are tested.
            let from: usize = next.map_or(0, |next| next.parse().unwrap());
            let all = world.secrets.iter().skip(from).take(3);
            let secrets = all
                .map(|(name, secret)| ListedSecret {
                    name: name.clone(),
                    arn: world.arn(name),
                    tags: secret.tags.clone(),
                })
                .collect();
            let next = (from + 3 < world.secrets.len()).then(|| (from + 3).to_string());
            Ok(SecretPage { secrets, next })
        })
        .await
    }

    async fn create(&self, request: &CreateRequest<'_>) -> Result<CreatedSecret, ClientError> {
        self.answer(Call::Create, request.name.as_str(), |world| {
            world.create(request)
        })
        .await
    }

    async fn get_value(
        &self,
        name: &SecretName,
        version: &str,
    ) -> Result<FetchedValue, ClientError> {
        let name = name.as_str();
        self.answer(Call::GetValue, name, |world| {
            let corrupt = world.corrupt.clone();
            let (arn, shown) = (world.arn(name), world.name(name));
            let answered = world.version(version);
            let secret = world.find(Call::GetValue, name)?;
            if secret.deleted.is_some() {
                let message = "the secret was marked for deletion";
                return Err(error(
                    Call::GetValue,
                    ErrorKind::ScheduledForDeletion,
                    "InvalidRequestException",
                    message,
                ));
            }
            let Some(found) = secret.versions.get(version) else {
                return Err(error(
                    Call::GetValue,
                    ErrorKind::NotFound,
                    "ResourceNotFoundException",
                    "version",
                ));
            };
            let value = corrupt.unwrap_or_else(|| found.value.clone());
            Ok(FetchedValue {
                name: shown,
                arn,
                value: SecretValue::new(value),
                version: answered,
                stages: found.stages.clone(),
            })
        })
        .await
    }

    async fn tag(
        &self,
        name: &SecretName,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), ClientError> {
        let name = name.as_str();
        self.answer(Call::Tag, name, |world| {
            check_tags(Call::Tag, tags)?;
            let secret = world.find(Call::Tag, name)?;
            secret.tags.extend(tags.clone());
            Ok(())
        })
        .await
    }
}
