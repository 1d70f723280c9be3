//! Names in Secrets Manager: made from the policy's template, unique, and stable from run to run.
//!
//! A name is given once. A secret that has a name keeps it as long as it fits the template, and new
//! secrets get other names: code reads a secret by its name, and Secrets Manager cannot rename. New
//! secrets that would get the same name are distinguished by the name of their file, else by digits
//! of their id. None of them gets the plain name, since which one would depend on the order.

use std::collections::{BTreeMap, BTreeSet};

use super::metadata::NAME;
use super::name_template::TemplatePart;
use super::name_words::words;
use super::policy::{FieldError, Policy};
use super::problem::{Problem, ProblemCode};
use crate::finding::Kind;
use crate::inventory::entry::{MigrationProgress, Outcome, Secret};
use crate::inventory::place_order;
use crate::secret::SecretId;
use crate::secrets_manager::{SecretName, SecretNameError};

/// The greatest length of a generated `{name}`, in characters, without the part that distinguishes
/// it from equal names. Key paths can be very long.
const READABLE: usize = 80;

/// Words that do not identify a secret by themselves.
const GENERIC: [&str; 16] = [
    "auth",
    "authtoken",
    "credential",
    "credentials",
    "data",
    "key",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pw",
    "pwd",
    "secret",
    "token",
    "value",
    "apikey",
];

/// Sets `target` of every secret, and returns the problems of those that cannot be named.
///
/// Only a secret that is relocated has a name, or one that is in Secrets Manager already: that one
/// keeps its name whatever is decided later. The result does not depend on the order of `secrets`.
pub(super) fn name_all(
    secrets: &mut [Secret],
    policy: &Policy,
) -> BTreeMap<SecretId, Vec<Problem>> {
    let mut naming = Naming {
        policy,
        taken: TakenNames::default(),
        problems: BTreeMap::new(),
    };
    let new = naming.keep_names(secrets);
    let (wished, free): (Vec<usize>, Vec<usize>) = new
        .into_iter()
        .partition(|&index| secrets[index].metadata.contains_key(NAME));
    for index in wished {
        naming.name_wished(&mut secrets[index]);
    }
    naming.name_free(secrets, free);
    naming.problems
}

struct Naming<'a> {
    policy: &'a Policy,
    taken: TakenNames,
    problems: BTreeMap<SecretId, Vec<Problem>>,
}

impl Naming<'_> {
    fn add(&mut self, secret: &Secret, problems: impl IntoIterator<Item = Problem>) {
        self.problems
            .entry(secret.id.clone())
            .or_default()
            .extend(problems);
    }

    /// Keeps the names that fit, and removes the others. Returns the indexes of the secrets that
    /// need a new name.
    fn keep_names(&mut self, secrets: &mut [Secret]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..secrets.len()).collect();
        // Those in Secrets Manager come first: their names are the hardest to change.
        order.sort_by(|&a, &b| {
            let rank = |secret: &Secret| {
                (
                    secret.progress == MigrationProgress::Found,
                    secret.id.clone(),
                )
            };
            rank(&secrets[a]).cmp(&rank(&secrets[b]))
        });
        let mut new = Vec::new();
        for index in order {
            let secret = &mut secrets[index];
            if secret.progress != MigrationProgress::Found && secret.target.is_some() {
                self.keep_imported(secret);
            } else if secret.decision.outcome != Outcome::Relocate {
                secret.target = None;
            } else if let Err(missing) = frame(secret, self.policy, "") {
                secret.target = None;
                self.add(secret, missing);
            } else if !(keeps(secret, self.policy)
                && secret
                    .target
                    .as_deref()
                    .is_some_and(|target| self.taken.take(target)))
            {
                secret.target = None;
                new.push(index);
            }
        }
        new
    }

    /// Keeps the name of a secret that is in Secrets Manager, and collects its problems.
    fn keep_imported(&mut self, secret: &Secret) {
        let target = secret.target.as_deref().unwrap_or_default();
        if !self.taken.take(target) {
            let message = format!("another secret has the name `{target}` too");
            self.add(secret, [Problem::of_fact(ProblemCode::NameTaken, message)]);
        } else if secret.decision.outcome == Outcome::Relocate && !keeps(secret, self.policy) {
            let problem = match secret.metadata.get(NAME) {
                Some(wish) => Problem {
                    code: ProblemCode::NameWished,
                    field: None,
                    message: format!(
                        "it is in Secrets Manager as `{target}`, and decisions.yaml wishes the name `{}`",
                        wish.value
                    ),
                    hint: "remove `name` from its entry in decisions.yaml, then plan again"
                        .to_owned(),
                },
                None => Problem::name_outdated(),
            };
            self.add(secret, [problem]);
            self.add(
                secret,
                frame(secret, self.policy, "").err().unwrap_or_default(),
            );
        }
    }

    /// Gives a secret the name that a person chose.
    fn name_wished(&mut self, secret: &mut Secret) {
        let wish = secret.metadata.get(NAME).map_or("", |fact| &fact.value);
        let name = frame(secret, self.policy, wish).and_then(|frame| legal(frame.whole()));
        match name {
            Ok(name) if self.taken.take(&name) => secret.target = Some(name),
            Ok(name) => {
                let message =
                    format!("the name `{name}`, which a person chose, belongs to another secret");
                self.add(secret, [Problem::of_fact(ProblemCode::NameTaken, message)]);
            }
            Err(problems) => self.add(secret, problems),
        }
    }

    /// Names the secrets whose `{name}` is free to be made: in rounds, each with a longer name than
    /// the one before.
    fn name_free(&mut self, secrets: &mut [Secret], mut left: Vec<usize>) {
        for round in 0.. {
            let mut groups: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
            for index in std::mem::take(&mut left) {
                let secret = &secrets[index];
                match generated_name(secret, self.policy, &candidate(secret, round)) {
                    Ok(name) => groups
                        .entry(name.to_ascii_lowercase())
                        .or_default()
                        .push((index, name)),
                    Err(problems) => self.add(secret, problems),
                }
            }
            for (key, group) in groups {
                match &group[..] {
                    [(index, name)] if !self.taken.has(&key) => {
                        self.taken.take(name);
                        secrets[*index].target = Some(name.clone());
                    }
                    _ => left.extend(group.iter().map(|(index, _)| index)),
                }
            }
            if left.is_empty() {
                return;
            }
            // A template without {name} has nothing to vary. Its {id} can only be taken by a name
            // that another secret kept.
            if !self.policy.naming.template.has_placeholder(NAME) {
                for index in left {
                    let message = "its name belongs to another secret, and the naming template has no {name} that could differ";
                    let problem = Problem::of_fact(ProblemCode::NameTaken, message.to_owned());
                    self.add(&secrets[index], [problem]);
                }
                return;
            }
        }
    }
}

/// The names given so far, without regard to case: names that differ only in case would be mistaken
/// for each other.
#[derive(Default)]
struct TakenNames(BTreeSet<String>);

impl TakenNames {
    fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_lowercase())
    }

    fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_ascii_lowercase())
    }
}

/// The `{name}` of a round. Ids differ, so the rounds end.
fn candidate(secret: &Secret, round: usize) -> String {
    let base = readable(secret);
    let digits = secret.id.as_str().trim_start_matches("s-");
    match round {
        0 => base,
        1 => match file_words(secret) {
            Some(file) if !file.is_empty() => format!("{base}-{}", cut(file)),
            _ => base,
        },
        2..=4 => format!("{base}-{}", &digits[..4 << (round - 2)]),
        5 => format!("{base}-{digits}"),
        more => format!("{base}-{digits}-{more}"),
    }
}

/// A name that a person can read, from the secret's context: the most telling part of it comes
/// first.
fn readable(secret: &Secret) -> String {
    let context = &secret.context;
    let text = |text: &Option<String>| words(text.as_deref().unwrap_or_default());
    let (key, database, user) = (
        text(&context.key),
        text(&context.database),
        text(&context.user),
    );
    // All words of a host are taken: its first label alone says little.
    let host = text(&context.host);
    let first = |options: Vec<Vec<String>>| {
        options
            .into_iter()
            .find(|words| !words.is_empty())
            .unwrap_or_default()
    };
    let file = file_words(secret).unwrap_or_default();
    let is_key_file = matches!(secret.kind, Kind::SshKey | Kind::CertificatePrivateKey);
    let generic = key.iter().all(|word| GENERIC.contains(&word.as_str()));
    let parts = if !key.is_empty() && !generic {
        key
    } else if !key.is_empty() {
        let of = first(vec![
            database,
            text(&context.engine),
            user,
            host,
            file,
            words(&secret.detector),
        ]);
        [of, key].concat()
    } else if !database.is_empty() || !user.is_empty() {
        [first(vec![database, host]), user].concat()
    } else if !host.is_empty() {
        host
    } else if is_key_file && !file.is_empty() {
        file
    } else {
        first(vec![
            words(&secret.detector),
            file,
            words(secret.kind.name()),
        ])
    };
    let name = cut(parts);
    if name.is_empty() {
        secret.kind.name().to_owned()
    } else {
        name
    }
}

/// The words of the name of the file that holds it now, or held it last, without the ending. `None`: no occurrence is in a
/// file.
fn file_words(secret: &Secret) -> Option<Vec<String>> {
    let path = place_order::sorted(secret)
        .into_iter()
        .map(|place| &place.path)
        .find(|path| !path.is_empty())?;
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    };
    Some(words(stem))
}

/// Joins as many words as fit, with hyphens. A word that repeats the one before it is left out.
fn cut(mut parts: Vec<String>) -> String {
    parts.dedup();
    let mut out = String::new();
    for part in parts {
        if out.is_empty() {
            out = part.chars().take(READABLE).collect();
        } else if out.len() + 1 + part.len() <= READABLE {
            out.push('-');
            out.push_str(&part);
        } else {
            break;
        }
    }
    out
}

/// A name by the template, in three parts: before `{name}`, the text for `{name}`, and after it.
struct Frame {
    before: String,
    name: String,
    after: String,
}

impl Frame {
    fn whole(&self) -> String {
        [self.before.as_str(), &self.name, &self.after].concat()
    }
}

/// The name of a secret by the template, with `name` for `{name}`.
///
/// # Errors
///
/// The problems of the fields that the template needs and that are missing or illegal.
fn frame(secret: &Secret, policy: &Policy, name: &str) -> Result<Frame, Vec<Problem>> {
    let mut frame = Frame {
        before: String::new(),
        name: String::new(),
        after: String::new(),
    };
    let mut problems = Vec::new();
    let mut past = false;
    for part in policy.naming.template.parts() {
        let text = match part {
            TemplatePart::Text(text) => text.as_str(),
            TemplatePart::Placeholder(placeholder) => match placeholder.as_str() {
                NAME => {
                    frame.name = name.to_owned();
                    past = true;
                    continue;
                }
                "kind" => secret.kind.name(),
                "id" => secret.id.as_str(),
                field => match secret.metadata.get(field) {
                    None => {
                        problems.push(Problem::field_missing(field));
                        continue;
                    }
                    Some(fact) => {
                        if let Err(error) = policy.check_field(field, &fact.value) {
                            problems.push(illegal_field(field, &error));
                        }
                        &fact.value
                    }
                },
            },
        };
        if past {
            &mut frame.after
        } else {
            &mut frame.before
        }
        .push_str(text);
    }
    if problems.is_empty() {
        Ok(frame)
    } else {
        Err(problems)
    }
}

/// The problem of a field whose value the policy does not allow.
pub(super) fn illegal_field(field: &str, error: &FieldError) -> Problem {
    Problem::of_fact(ProblemCode::FieldIllegal, error.to_string()).with_field(field)
}

/// The whole name for a generated `{name}`, which is changed where it would look like the end of an
/// ARN.
fn generated_name(secret: &Secret, policy: &Policy, name: &str) -> Result<String, Vec<Problem>> {
    let mut frame = frame(secret, policy, name)?;
    let whole = frame.whole();
    if let Some(at) = SecretName::arn_suffix(&whole)
        && let Some(inside) = at
            .checked_sub(frame.before.len())
            .filter(|&inside| inside < frame.name.len())
    {
        frame.name.replace_range(inside..=inside, "_");
    }
    legal(frame.whole())
}

/// The name, if Secrets Manager takes it.
fn legal(name: String) -> Result<String, Vec<Problem>> {
    let message = match name.parse::<SecretName>() {
        Ok(_) => return Ok(name),
        // The name is too long to be shown.
        Err(error @ SecretNameError::Length(_)) => error.to_string(),
        Err(error) => format!("`{name}` is not a legal name: {error}"),
    };
    Err(vec![Problem::of_fact(ProblemCode::NameIllegal, message)])
}

/// Whether the name that a secret has is one that the template gives it, with whatever `{name}`.
fn keeps(secret: &Secret, policy: &Policy) -> bool {
    let legal = secret
        .target
        .as_deref()
        .is_some_and(|target| target.parse::<SecretName>().is_ok());
    if !legal {
        return false;
    }
    if !policy.naming.template.has_placeholder(NAME) {
        return frame(secret, policy, "").is_ok_and(|frame| secret.target == Some(frame.whole()));
    }
    let wish = secret.metadata.get(NAME).map(|fact| fact.value.as_str());
    name_part(secret, policy).is_some_and(|name| wish.is_none_or(|wish| wish == name))
}

/// The part of a secret's name that takes the place of `{name}` in the template.
pub(super) fn name_part<'a>(secret: &'a Secret, policy: &Policy) -> Option<&'a str> {
    let frame = frame(secret, policy, "").ok()?;
    let name = secret
        .target
        .as_deref()?
        .strip_prefix(&frame.before)?
        .strip_suffix(&frame.after)?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests;
