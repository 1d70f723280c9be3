//! What the sources of facts say of one place of a secret.

use std::borrow::Cow;

use super::field_names::IDENTITY;
use super::place_words::WordSource;
use crate::finding::Context;
use crate::inventory::entry::Provenance;

/// The fields that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All fields.
    All,
    /// The fields that tell uses apart.
    Identity,
}

impl Asked {
    /// Whether a field is asked for.
    pub(super) fn has(self, field: &str) -> bool {
        self == Asked::All || IDENTITY.contains(&field)
    }
}

/// A fact about one place.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    pub field: &'a str,
    pub value: Cow<'a, str>,
    pub from: Provenance,
    /// What states it, if the place states several things.
    pub source: Option<Source>,
}

/// What states a fact of a place that states several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Words at the place.
    Words(WordSource),
    /// `--set`.
    Set,
    /// The register.
    Register,
    /// The configuration of a pipeline.
    Pipeline,
}

impl Source {
    /// The source of a fact, for people. `context` is that of the place.
    pub(super) fn describe(self, field: &str, value: &str, context: &Context) -> String {
        match self {
            Source::Words(words) => words.describe(context),
            Source::Set => format!("--set {field}={value}"),
            Source::Register => "the register".to_owned(),
            Source::Pipeline => format!("{value} is configured"),
        }
    }
}

/// The facts about one place: of each field, the statements of the strongest source. Several contradict each other.
pub(super) struct Said<'a> {
    asked: Asked,
    // A place has about ten of them: looking through them is quicker than a map.
    statements: Vec<Statement<'a>>,
}

impl<'a> Said<'a> {
    pub(super) fn new(asked: Asked) -> Self {
        Self {
            asked,
            statements: Vec::with_capacity(12),
        }
    }

    /// The statements about a field.
    pub(super) fn of(&self, field: &str) -> impl Iterator<Item = &Statement<'a>> {
        let statements = self.statements.iter();
        statements.filter(move |statement| statement.field == field)
    }

    /// Whether a field is asked for and nothing states it yet.
    pub(super) fn lacks(&self, field: &str) -> bool {
        self.asked.has(field) && self.of(field).next().is_none()
    }

    /// Adds a statement, unless a stronger source has one: the sources follow from the strongest to the weakest.
    pub(super) fn say(&mut self, field: &'a str, value: impl Into<Cow<'a, str>>, from: Provenance) {
        if self.lacks(field) {
            self.push(field, value.into(), from, None);
        }
    }

    /// Adds a statement beside those of the field.
    pub(super) fn push(
        &mut self,
        field: &'a str,
        value: Cow<'a, str>,
        from: Provenance,
        source: Option<Source>,
    ) {
        self.statements.push(Statement {
            field,
            value,
            from,
            source,
        });
    }

    /// Makes a statement the only one about its field.
    pub(super) fn replace(&mut self, field: &'a str, value: &'a str, from: Provenance) {
        self.statements.retain(|known| known.field != field);
        self.push(field, Cow::Borrowed(value), from, None);
    }
}
