//! Names in Secrets Manager: made from the policy's template, unique, and stable from run to run.
//!
//! A name is given once. A secret that has one keeps it as long as it fits the template, and new secrets go round it:
//! code reads a secret by its name, and Secrets Manager cannot rename. New secrets that would have the same name are told
//! apart by the file they stand in, else by digits of their id; none of them takes the plain name by chance of order.

use std::collections::{BTreeMap, BTreeSet};

use super::metadata::NAME;
use super::policy::Policy;
use super::value::{Part, Template};
use super::words::words;
use crate::finding::Kind;
use crate::inventory::entry::{Outcome, Progress, Secret};
use crate::secret::SecretId;
use crate::secrets_manager::{SecretName, SecretNameError};

/// Longest `{name}` that is made up, in characters, without what tells it apart. Key paths can be very long.
const READABLE: usize = 80;

/// Names that say nothing by themselves.
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

/// Sets `target` of every secret, and tells for each that cannot be named what is missing.
///
/// Only a secret that is relocated has a name, or one that is in Secrets Manager already: that one keeps it whatever is
/// decided later. The result does not depend on the order of `secrets`.
pub fn name_all(secrets: &mut [Secret], policy: &Policy) -> BTreeMap<SecretId, Vec<String>> {
    let mut problems: BTreeMap<SecretId, Vec<String>> = BTreeMap::new();
    let mut tell = |secret: &Secret, what: Vec<String>| {
        problems.entry(secret.id.clone()).or_default().extend(what)
    };
    let mut taken = Taken::default();
    let mut order: Vec<usize> = (0..secrets.len()).collect();
    // The ones that are in Secrets Manager first: their names are the hardest to change.
    order.sort_by(|&a, &b| {
        let rank = |secret: &Secret| (secret.progress == Progress::Found, secret.id.clone());
        rank(&secrets[a]).cmp(&rank(&secrets[b]))
    });
    let mut new = Vec::new();
    for &index in &order {
        let secret = &mut secrets[index];
        if secret.progress != Progress::Found && secret.target.is_some() {
            let target = secret.target.as_deref().unwrap_or_default();
            if !taken.take(target) {
                tell(
                    secret,
                    vec![format!("another secret has the name `{target}` too")],
                );
            } else if secret.decision.outcome == Outcome::Relocate && !keeps(secret, policy) {
                let why = match secret.metadata.get(NAME) {
                    Some(wish) => format!(
                        "it is in Secrets Manager as `{target}`, and decisions.yaml wishes the name `{}`: take `name` out there",
                        wish.value
                    ),
                    None => NO_LONGER_FITS.to_owned(),
                };
                tell(
                    secret,
                    [
                        vec![why],
                        frame(secret, policy, "").err().unwrap_or_default(),
                    ]
                    .concat(),
                );
            }
        } else if secret.decision.outcome != Outcome::Relocate {
            secret.target = None;
        } else if let Err(missing) = frame(secret, policy, "") {
            secret.target = None;
            tell(secret, missing);
        } else if !(keeps(secret, policy)
            && secret
                .target
                .as_deref()
                .is_some_and(|target| taken.take(target)))
        {
            secret.target = None;
            new.push(index);
        }
    }
    let (chosen, free): (Vec<usize>, Vec<usize>) = new
        .into_iter()
        .partition(|&index| secrets[index].metadata.contains_key(NAME));
    for index in chosen {
        let secret = &mut secrets[index];
        match wished(secret, policy) {
            Ok(name) if taken.take(&name) => secret.target = Some(name),
            Ok(name) => tell(
                secret,
                vec![format!(
                    "the name `{name}`, which a person chose, belongs to another secret"
                )],
            ),
            Err(why) => tell(secret, vec![why]),
        }
    }
    for (index, why) in name_free(secrets, free, policy, &mut taken) {
        tell(&secrets[index], vec![why]);
    }
    problems
}

/// Names given so far, without regard to case: two that differ only in it would be mistaken for each other.
#[derive(Default)]
struct Taken(BTreeSet<String>);

impl Taken {
    fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_lowercase())
    }

    fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_ascii_lowercase())
    }
}

/// Names the secrets whose name is free to be made up: in rounds, each with a longer name than the one before.
fn name_free(
    secrets: &mut [Secret],
    mut left: Vec<usize>,
    policy: &Policy,
    taken: &mut Taken,
) -> Vec<(usize, String)> {
    let mut refused = Vec::new();
    for round in 0.. {
        let mut groups: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
        for index in std::mem::take(&mut left) {
            match expand(&secrets[index], policy, &candidate(&secrets[index], round)) {
                Ok(name) => groups
                    .entry(name.to_ascii_lowercase())
                    .or_default()
                    .push((index, name)),
                Err(why) => refused.push((index, why)),
            }
        }
        for (key, group) in groups {
            match &group[..] {
                [(index, name)] if !taken.has(&key) => {
                    taken.take(name);
                    secrets[*index].target = Some(name.clone());
                }
                _ => left.extend(group.iter().map(|(index, _)| index)),
            }
        }
        if left.is_empty() {
            break;
        }
        // A template without {name} has nothing to vary; its {id} can only be taken by a name that someone else kept.
        if !policy
            .naming
            .template
            .placeholders()
            .any(|placeholder| placeholder == NAME)
        {
            let taken = "its name belongs to another secret, and the naming template has no {name} to tell them apart";
            refused.extend(left.drain(..).map(|index| (index, taken.to_owned())));
            break;
        }
    }
    refused
}

/// What stands for `{name}` in a round. Ids differ, so the rounds end.
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

/// A name that a person can read, from what is known of the secret; the strongest hint first.
fn readable(secret: &Secret) -> String {
    let context = &secret.context;
    let text = |text: &Option<String>| words(text.as_deref().unwrap_or_default());
    let (key, database, user) = (
        text(&context.key),
        text(&context.database),
        text(&context.user),
    );
    // An address says more as a whole than by its first part.
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

/// The words of the first occurrence's file name without its ending, `None` outside any file.
fn file_words(secret: &Secret) -> Option<Vec<String>> {
    let path = secret
        .occurrences
        .iter()
        .map(|place| &place.path)
        .filter(|path| !path.is_empty())
        .min()?;
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    };
    Some(words(stem))
}

/// Joins words, as many as fit. A word that repeats the one before it says nothing.
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

/// A name by the template, with what stands before and after `{name}`; or the fields that it lacks.
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

fn frame(secret: &Secret, policy: &Policy, name: &str) -> Result<Frame, Vec<String>> {
    let mut frame = Frame {
        before: String::new(),
        name: String::new(),
        after: String::new(),
    };
    let mut problems = Vec::new();
    let template: &Template = &policy.naming.template;
    let mut past = false;
    for part in template.parts() {
        let text = match part {
            Part::Text(text) => text.as_str(),
            Part::Placeholder(placeholder) => match placeholder.as_str() {
                NAME => {
                    frame.name = name.to_owned();
                    past = true;
                    continue;
                }
                "kind" => secret.kind.name(),
                "id" => secret.id.as_str(),
                field => match secret.metadata.get(field) {
                    None => {
                        problems.push(unknown(field));
                        continue;
                    }
                    Some(fact) => {
                        if let Err(problem) = policy.check_field(field, &fact.value) {
                            problems.push(problem);
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

/// What is said of a field that a name or a tag needs.
pub fn unknown(field: &str) -> String {
    format!("{field}{UNKNOWN}: say it with --set {field}=…, the registry or decisions.yaml")
}

const UNKNOWN: &str = " is not known";

/// The name itself stands beside it wherever this is told: the same for all is told once.
pub const NO_LONGER_FITS: &str =
    "it is in Secrets Manager under a name that no longer fits the naming template";

/// The field, if that is what is said: a plan tells all unknown fields of a secret together.
pub fn unknown_field(problem: &str) -> Option<&str> {
    problem
        .split_once(UNKNOWN)
        .map(|(field, _)| field)
        .filter(|field| !field.contains(' '))
}

/// The whole name for a made-up `{name}`, which gives way where it would look like the end of an ARN.
fn expand(secret: &Secret, policy: &Policy, name: &str) -> Result<String, String> {
    let mut frame = frame(secret, policy, name).map_err(|problems| problems.join("; "))?;
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

/// The whole name for the `{name}` that a person chose, as it is.
fn wished(secret: &Secret, policy: &Policy) -> Result<String, String> {
    let name = secret.metadata.get(NAME).map_or("", |fact| &fact.value);
    let whole = frame(secret, policy, name)
        .map_err(|problems| problems.join("; "))?
        .whole();
    legal(whole)
}

fn legal(name: String) -> Result<String, String> {
    match name.parse::<SecretName>() {
        Ok(_) => Ok(name),
        // The name is too long to be shown.
        Err(error @ SecretNameError::Length(_)) => Err(error.to_string()),
        Err(error) => Err(format!("`{name}` is not a legal name: {error}")),
    }
}

/// Whether the name that a secret has is one that the template gives it, with whatever `{name}`.
fn keeps(secret: &Secret, policy: &Policy) -> bool {
    if secret
        .target
        .as_deref()
        .is_none_or(|target| target.parse::<SecretName>().is_err())
    {
        return false;
    }
    if !policy
        .naming
        .template
        .placeholders()
        .any(|placeholder| placeholder == NAME)
    {
        return frame(secret, policy, "").is_ok_and(|frame| secret.target == Some(frame.whole()));
    }
    let wish = secret.metadata.get(NAME).map(|fact| fact.value.as_str());
    name_in(secret, policy).is_some_and(|name| wish.is_none_or(|wish| wish == name))
}

/// What stands for `{name}` in the name that a secret has.
pub(super) fn name_in<'a>(secret: &'a Secret, policy: &Policy) -> Option<&'a str> {
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
