//! Options that select secrets of an inventory.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::decide::{Glob, Pattern, RepositoryGlob, SecretSelection};
use crate::finding::{Confidence, Kind};
use crate::inventory::entry::{Exposure, Outcome};

/// Conditions on the secrets that are listed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionOptions {
    /// Team: the metadata field `owner`
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    owner: Vec<Glob>,

    /// Application: the metadata field `appid` or `appname`
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    application: Vec<Glob>,

    /// Environment: the metadata field `appenv`
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    environment: Vec<Glob>,

    /// Metadata field that has no value
    #[arg(long, value_name = "FIELD")]
    missing: Vec<String>,

    /// Outcome of the decision
    #[arg(long, value_delimiter = ',', value_parser = named(Outcome::ALL, Outcome::name))]
    outcome: Vec<Outcome>,

    /// Id of the rule that decided; `person` if a person did
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    rule: Vec<Glob>,

    /// Part of an open question
    #[arg(long, value_name = "REGEX", value_parser = str::parse::<Pattern<false>>)]
    question: Vec<Pattern<false>>,

    /// Kind of the secret
    #[arg(long, value_delimiter = ',', value_parser = named(Kind::ALL, Kind::name))]
    kind: Vec<Kind>,

    /// Confidence that the value is a secret
    #[arg(long, value_delimiter = ',', value_parser = named(Confidence::ALL, Confidence::name))]
    confidence: Vec<Confidence>,

    /// Where the value can be read now
    #[arg(long, value_delimiter = ',', value_parser = named(Exposure::ALL, Exposure::name))]
    exposure: Vec<Exposure>,

    /// Id of the rule that found the value
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    detector: Vec<Glob>,

    /// Repository of a place, by its name or the last components of its name
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<RepositoryGlob>)]
    repository: Vec<RepositoryGlob>,

    /// Path of a place, including places of the history
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    path: Vec<Glob>,

    /// Part of the name that the value is assigned to
    #[arg(long, value_name = "REGEX", value_parser = str::parse::<Pattern<false>>)]
    key: Vec<Pattern<false>>,
}

impl SelectionOptions {
    /// The conditions.
    pub fn selection(&self) -> SecretSelection {
        SecretSelection {
            owner: self.owner.clone(),
            application: self.application.clone(),
            environment: self.environment.clone(),
            missing: self.missing.clone(),
            outcome: self.outcome.clone(),
            rule: self.rule.clone(),
            question: self.question.clone(),
            kind: self.kind.clone(),
            confidence: self.confidence.clone(),
            exposure: self.exposure.clone(),
            detector: self.detector.clone(),
            repository: self.repository.clone(),
            path: self.path.clone(),
            key: self.key.clone(),
        }
    }

    /// The fields of `--missing`.
    pub fn missing_fields(&self) -> &[String] {
        &self.missing
    }
}

/// The parser of a value that is one of some names.
fn named<T, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.map(name)).map(move |text| {
        let chosen = all.into_iter().find(|value| name(*value) == text);
        chosen.expect("the parser accepts these names only")
    })
}
