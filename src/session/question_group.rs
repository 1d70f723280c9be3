//! Groups of secrets that have the same question and are alike, so that one answer settles them.

use std::collections::BTreeMap;

use crate::decide::APPID;
use crate::decide::answer::Topic;
use crate::decide::question::Question;
use crate::inventory::entry::Secret;
use crate::inventory::place_order;
use crate::secret::SecretId;

/// Secrets with the same question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What is asked for.
    pub topic: Topic,
    /// How the members are alike.
    pub likeness: Likeness,
    /// The members, the most exposed first. Never empty.
    pub members: Vec<SecretId>,
}

/// How secrets with the same question are alike, from the narrowest to the widest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Likeness {
    /// Only one secret.
    Itself,
    /// The same file.
    File,
    /// The same name and detector, in one repository.
    Key,
    /// The same host.
    Host,
    /// What is usual for the topic: for an outcome the same application, environment, kind and rule; for a field of the
    /// application the same repository.
    Usual,
    /// The same application, or the same repository if no application is known.
    Application,
    /// The same detector, in all applications.
    Detector,
    /// Nothing but the question.
    Question,
}

impl Likeness {
    /// All, from the narrowest to the widest.
    pub const ALL: [Self; 8] = [
        Self::Itself,
        Self::File,
        Self::Key,
        Self::Host,
        Self::Usual,
        Self::Application,
        Self::Detector,
        Self::Question,
    ];

    /// In words, after the number of secrets.
    pub fn words(self) -> &'static str {
        match self {
            Self::Itself => "only this secret",
            Self::File => "in the same file",
            Self::Key => "with the same name in the same repository",
            Self::Host => "for the same host",
            Self::Usual => "alike",
            Self::Application => "in the same application",
            Self::Detector => "found by the same rule",
            Self::Question => "with the same question",
        }
    }
}

/// The features of a secret that a likeness compares. `None`: the secret is like no other one.
type Features = Option<Vec<String>>;

/// The features of a secret with this question.
fn features(secret: &Secret, question: &Question, likeness: Likeness) -> Features {
    let best = place_order::sorted(secret).first().copied();
    let repository = || {
        best.map(|place| place.repository.clone())
            .unwrap_or_default()
    };
    let path = || best.map(|place| place.path.to_string());
    let field = |name: &str| secret.metadata.get(name).map(|fact| fact.value.clone());
    let application = || field(APPID).unwrap_or_else(|| format!("@{}", repository()));
    let of_question = || match question.topic {
        // What a rule asks depends on the rule.
        Topic::Outcome => secret.decision.rule.clone(),
        _ => String::new(),
    };
    Some(match likeness {
        Likeness::Itself => vec![secret.id.to_string()],
        Likeness::File => vec![repository(), path().filter(|path| !path.is_empty())?],
        Likeness::Key => {
            let key = secret.context.key.as_deref()?;
            let last = key.rsplit(['.', '/', ':']).next().unwrap_or(key);
            vec![
                repository(),
                secret.detector.to_string(),
                last.to_lowercase(),
            ]
        }
        Likeness::Host => vec![secret.context.host.clone()?],
        Likeness::Usual => usual(secret, question, &repository(), &application()),
        Likeness::Application => vec![of_question(), application()],
        Likeness::Detector => vec![of_question(), secret.detector.to_string()],
        Likeness::Question => vec![of_question()],
    })
}

/// What is usually the same of secrets that one answer settles.
fn usual(secret: &Secret, question: &Question, repository: &str, application: &str) -> Vec<String> {
    let environment = secret.metadata.get("appenv");
    let environment = environment
        .map(|fact| fact.value.clone())
        .unwrap_or_default();
    let answers = || question.answers.iter().map(ToString::to_string);
    match &question.topic {
        Topic::Outcome => vec![
            secret.decision.rule.clone(),
            application.to_owned(),
            environment,
            secret.kind.name().to_owned(),
            format!("{:?}", secret.exposure),
        ],
        Topic::Uses => vec![application.to_owned()],
        Topic::Reading => vec![repository.to_owned(), secret.detector.to_string()],
        Topic::Field(field) if field == "appenv" => {
            let place = place_order::sorted(secret).first().copied();
            let path = place
                .map(|place| place.path.to_string())
                .unwrap_or_default();
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut features = vec![repository.to_owned(), folder.to_owned()];
            features.extend(answers());
            features
        }
        Topic::Field(_) => {
            let mut features = vec![repository.to_owned()];
            features.extend(answers());
            features
        }
    }
}

/// The first question of each secret, by id.
pub type Asked<'a> = BTreeMap<&'a SecretId, (&'a Secret, &'a Question)>;

/// The usual groups, the largest first: one answer then settles most. Groups of the same size are in order of their
/// first member.
pub fn groups(asked: &Asked) -> Vec<Group> {
    let mut groups: BTreeMap<(&Topic, Vec<String>), Vec<&Secret>> = BTreeMap::new();
    for (secret, question) in asked.values() {
        let features = features(secret, question, Likeness::Usual);
        let key = (&question.topic, features.unwrap_or_default());
        groups.entry(key).or_default().push(secret);
    }
    let mut groups: Vec<Group> = groups
        .into_iter()
        .map(|((topic, _), members)| Group {
            topic: topic.clone(),
            likeness: Likeness::Usual,
            members: in_order(members),
        })
        .collect();
    groups.sort_by(|a, b| (b.members.len(), &a.members[0]).cmp(&(a.members.len(), &b.members[0])));
    groups
}

/// The secrets that are like `lead` and have its question, `lead` first.
pub fn alike(asked: &Asked, lead: &SecretId, likeness: Likeness) -> Option<Group> {
    let (secret, question) = asked.get(lead)?;
    let wanted = features(secret, question, likeness)?;
    let is_like = |(other, of): &&(&Secret, &Question)| {
        of.topic == question.topic && features(other, of, likeness).as_ref() == Some(&wanted)
    };
    let members = asked.values().filter(is_like).map(|(secret, _)| *secret);
    let mut members = in_order(members.collect());
    members.retain(|id| id != lead);
    members.insert(0, lead.clone());
    Some(Group {
        topic: question.topic.clone(),
        likeness,
        members,
    })
}

/// The ids of secrets, those that can be read most easily first.
fn in_order(mut secrets: Vec<&Secret>) -> Vec<SecretId> {
    secrets.sort_by_key(|secret| (secret.exposure, &secret.id));
    secrets
        .into_iter()
        .map(|secret| secret.id.clone())
        .collect()
}
