//! The rules of a section of the policy: those of the file alone, or added to the built-in ones.
//!
//! ```yaml
//! decisions: […]                 # in place of the built-in rules
//! decisions:                     # beside the built-in rules
//!   before: […]
//!   replace: […]                 # built-in rules with the same ids
//!   remove: [id, …]
//!   after: […]
//! ```

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess};
use serde::{Serialize, Serializer};

use crate::yaml::Step;

/// A rule of the policy.
pub trait PolicyRule: Clone {
    /// The id of the rule, if rules of this kind have one.
    fn id(&self) -> Option<&str>;
    /// The built-in rules.
    fn builtin() -> Vec<Self>;
}

/// Where a rule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOrigin {
    /// In the built-in policy.
    BuiltIn,
    /// In the list of a policy file, at this index.
    List(usize),
    /// In the part of a policy file that adds to the built-in rules, at this index.
    Part(&'static str, usize),
}

impl RuleOrigin {
    /// The key path of the rule within its section.
    pub(crate) fn steps(self) -> Vec<Step> {
        match self {
            Self::BuiltIn => Vec::new(),
            Self::List(index) => vec![Step::from(index)],
            Self::Part(part, index) => vec![Step::from(part), Step::from(index)],
        }
    }
}

/// The rules of a section, in order.
#[derive(Clone, Debug)]
pub struct PolicyRules<T> {
    rules: Vec<T>,
    origins: Vec<RuleOrigin>,
}

impl<T> PolicyRules<T> {
    /// Where a rule is written.
    pub fn origin(&self, index: usize) -> RuleOrigin {
        self.origins[index]
    }

    /// Whether the section adds to the built-in rules.
    pub fn extends(&self) -> bool {
        let mut origins = self.origins.iter();
        origins.any(|origin| !matches!(origin, RuleOrigin::List(_)))
    }

    /// These rules as the built-in ones.
    pub(super) fn mark_builtin(&mut self) {
        self.origins.fill(RuleOrigin::BuiltIn);
    }

    fn push(&mut self, rule: T, origin: RuleOrigin) {
        self.rules.push(rule);
        self.origins.push(origin);
    }
}

impl<T> Default for PolicyRules<T> {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            origins: Vec::new(),
        }
    }
}

impl<T> Deref for PolicyRules<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rules
    }
}

impl<'a, T> IntoIterator for &'a PolicyRules<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rules.iter()
    }
}

/// Rules are equal wherever they are written.
impl<T: PartialEq> PartialEq for PolicyRules<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl<T: Serialize> Serialize for PolicyRules<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rules.serialize(serializer)
    }
}

/// Rules beside the built-in ones.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
struct Extension<T> {
    /// Rules that are tried before the built-in ones.
    #[serde(default)]
    before: Vec<T>,
    /// Rules in the places of the built-in rules with the same ids.
    #[serde(default)]
    replace: Vec<T>,
    /// Ids of built-in rules that are left out.
    #[serde(default)]
    remove: Vec<String>,
    /// Rules that are tried after the built-in ones.
    #[serde(default)]
    after: Vec<T>,
}

impl<T: PolicyRule> Extension<T> {
    /// All rules, in order.
    ///
    /// # Errors
    ///
    /// If no built-in rule has an id, in words.
    fn applied<E: de::Error>(self) -> Result<PolicyRules<T>, E> {
        let builtin = T::builtin();
        let known: Vec<&str> = builtin.iter().filter_map(PolicyRule::id).collect();
        let named = self
            .replace
            .iter()
            .map(|rule| rule.id().unwrap_or_default());
        let mut named = named.chain(self.remove.iter().map(String::as_str));
        if let Some(id) = named.find(|id| !known.contains(id)) {
            let known = match known.is_empty() {
                true => "rules of this section have no ids: use `before` and `after`".to_owned(),
                false => format!("known ones are {}", known.join(", ")),
            };
            return Err(E::custom(format!(
                "no built-in rule has the id `{id}`; {known}"
            )));
        }
        let mut all = PolicyRules::default();
        for (index, rule) in self.before.into_iter().enumerate() {
            all.push(rule, RuleOrigin::Part("before", index));
        }
        for rule in &builtin {
            let is_removed = self.remove.iter().any(|id| Some(id.as_str()) == rule.id());
            let mut replacing = self.replace.iter().enumerate();
            match replacing.find(|(_, new)| new.id().is_some() && new.id() == rule.id()) {
                _ if is_removed => {}
                Some((index, new)) => all.push(new.clone(), RuleOrigin::Part("replace", index)),
                None => all.push(rule.clone(), RuleOrigin::BuiltIn),
            }
        }
        for (index, rule) in self.after.into_iter().enumerate() {
            all.push(rule, RuleOrigin::Part("after", index));
        }
        Ok(all)
    }
}

impl<'de, T: PolicyRule + Deserialize<'de>> Deserialize<'de> for PolicyRules<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Section<T>(PhantomData<T>);
        impl<'de, T: PolicyRule + Deserialize<'de>> de::Visitor<'de> for Section<T> {
            type Value = PolicyRules<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a list of rules, or a mapping with `before`, `replace`, `remove` and `after`",
                )
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                let rules = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                let origins = (0..rules.len()).map(RuleOrigin::List).collect();
                Ok(PolicyRules { rules, origins })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Extension::deserialize(MapAccessDeserializer::new(map))?.applied()
            }
        }
        deserializer.deserialize_any(Section(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for PolicyRules<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}s", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let forms = [
            generator.subschema_for::<Vec<T>>(),
            generator.subschema_for::<Extension<T>>(),
        ];
        schemars::json_schema!({ "anyOf": forms })
    }
}
