//! How the value of a secret is to be changed regularly, once it is in Secrets Manager.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strategy of rotation. Nothing is rotated by it: it is what the team sets up after the import.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RotationStrategy {
    /// Nothing changes the value automatically.
    None,
    /// A function of Secrets Manager changes the password of the one user.
    SingleUser,
    /// A function of Secrets Manager keeps two users, and changes the password of the one that is not in use.
    AlternatingUsers,
    /// The secret has a type of a partner (managed external secret), and Secrets Manager changes it at the partner without
    /// a function.
    ManagedExternal,
    /// The service that issues the credential changes it, such as RDS the password of its master user.
    Native,
    /// A function that the team writes changes it.
    Custom,
}

impl RotationStrategy {
    /// All strategies.
    pub const ALL: [RotationStrategy; 6] = [
        RotationStrategy::None,
        RotationStrategy::SingleUser,
        RotationStrategy::AlternatingUsers,
        RotationStrategy::ManagedExternal,
        RotationStrategy::Native,
        RotationStrategy::Custom,
    ];

    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            RotationStrategy::None => "none",
            RotationStrategy::SingleUser => "single-user",
            RotationStrategy::AlternatingUsers => "alternating-users",
            RotationStrategy::ManagedExternal => "managed-external",
            RotationStrategy::Native => "native",
            RotationStrategy::Custom => "custom",
        }
    }
}

/// The longest interval that Secrets Manager accepts, in days (`AutomaticallyAfterDays`).
pub const DAYS_MAX: u16 = 1000;

/// A rotation: its strategy, and what the strategy needs.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with `strategy`, `days` and `type`"
)]
pub struct Rotation {
    /// The strategy.
    pub strategy: RotationStrategy,
    /// The interval in days. Absent for `none`, and where the service that rotates chooses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub days: Option<u16>,
    /// The type of a managed external secret, as CreateSecret names it: `DatadogApiKey`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub secret_type: Option<String>,
}

/// A rotation whose parts do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// The interval is not one that Secrets Manager accepts.
    #[error("{days} is no number of days from 1 to 1000")]
    Days {
        /// The interval.
        days: u16,
    },
    /// `none` with an interval.
    #[error("a secret that nothing rotates has no interval")]
    NoInterval,
    /// A strategy of this program's or the team's functions without an interval.
    #[error("the strategy `{}` needs `days`", .strategy.name())]
    IntervalMissing {
        /// The strategy.
        strategy: RotationStrategy,
    },
    /// `managed-external` without a type, or another strategy with one.
    #[error("`type` is that of a managed external secret, which needs one")]
    Type,
    /// The text is no type.
    #[error("`{text}` is no type of a managed external secret: it has letters and digits only")]
    TypeText {
        /// The text.
        text: String,
    },
    /// The text is no rotation.
    #[error("`{text}` is no rotation")]
    Text {
        /// The text.
        text: String,
    },
}

impl RotationError {
    /// The key of the mapping that is wrong.
    pub fn key(&self) -> &'static str {
        match self {
            RotationError::Type | RotationError::TypeText { .. } => "type",
            RotationError::Text { .. } => "strategy",
            _ => "days",
        }
    }
}

impl Rotation {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    ///
    /// The first mistake.
    pub fn check(&self) -> Result<(), RotationError> {
        use RotationStrategy as S;
        match (self.strategy, self.days) {
            (_, Some(days)) if !(1..=DAYS_MAX).contains(&days) => {
                return Err(RotationError::Days { days });
            }
            (S::None, Some(_)) => return Err(RotationError::NoInterval),
            (strategy, None) if !matches!(strategy, S::None | S::Native) => {
                return Err(RotationError::IntervalMissing { strategy });
            }
            _ => {}
        }
        let is_external = self.strategy == S::ManagedExternal;
        match &self.secret_type {
            Some(text) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Err(RotationError::TypeText { text: text.clone() })
            }
            secret_type if secret_type.is_some() != is_external => Err(RotationError::Type),
            _ => Ok(()),
        }
    }
}

/// `single-user every 30 days`, `managed-external DatadogApiKey every 30 days`: text that a tag may have, and that
/// [`Rotation::from_str`] reads.
impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.strategy.name())?;
        if let Some(secret_type) = &self.secret_type {
            write!(f, " {secret_type}")?;
        }
        match self.days {
            Some(1) => f.write_str(" every 1 day"),
            Some(days) => write!(f, " every {days} days"),
            None => Ok(()),
        }
    }
}

impl FromStr for Rotation {
    type Err = RotationError;

    fn from_str(text: &str) -> Result<Self, RotationError> {
        let wrong = || RotationError::Text {
            text: text.to_owned(),
        };
        let (what, days) = match text.split_once(" every ") {
            Some((what, interval)) => {
                let days = interval.split_once(" day").ok_or_else(wrong)?.0;
                (what, Some(days.parse().map_err(|_| wrong())?))
            }
            None => (text, None),
        };
        let (name, secret_type) = match what.split_once(' ') {
            Some((name, secret_type)) => (name, Some(secret_type.to_owned())),
            None => (what, None),
        };
        let mut all = RotationStrategy::ALL.into_iter();
        let strategy = all.find(|known| known.name() == name).ok_or_else(wrong)?;
        let rotation = Self {
            strategy,
            days,
            secret_type,
        };
        rotation.check()?;
        Ok(rotation)
    }
}

/// The rotation of a secret, and what chose it.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ChosenRotation {
    /// The strategy.
    pub strategy: RotationStrategy,
    /// The interval in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub days: Option<u16>,
    /// The type of a managed external secret, as CreateSecret names it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub secret_type: Option<String>,
    /// The id of the policy's rule that chose it, or `person`.
    pub rule: String,
}

impl ChosenRotation {
    /// The rotation that a rule or a person chose.
    pub fn of(rotation: Rotation, rule: &str) -> Self {
        Self {
            strategy: rotation.strategy,
            days: rotation.days,
            secret_type: rotation.secret_type,
            rule: rule.to_owned(),
        }
    }

    /// The rotation without what chose it.
    pub fn rotation(&self) -> Rotation {
        Rotation {
            strategy: self.strategy,
            days: self.days,
            secret_type: self.secret_type.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_rotation_is_read_as_the_same_rotation() {
        for strategy in RotationStrategy::ALL {
            assert_eq!(serde_json::to_value(strategy).unwrap(), strategy.name());
            for days in [None, Some(1), Some(30), Some(1000)] {
                let is_external = strategy == RotationStrategy::ManagedExternal;
                let secret_type = is_external.then(|| "DatadogApiKey".to_owned());
                let rotation = Rotation {
                    strategy,
                    days,
                    secret_type,
                };
                let read: Result<Rotation, _> = rotation.to_string().parse();
                match rotation.check() {
                    Ok(()) => assert_eq!(read.unwrap(), rotation),
                    Err(error) => assert_eq!(read.unwrap_err(), error),
                }
            }
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let error = |text: &str| {
            let rotation: Rotation = serde_yaml::from_str(text).unwrap();
            rotation.check().unwrap_err().to_string()
        };
        assert_eq!(
            error("{ strategy: single-user }"),
            "the strategy `single-user` needs `days`"
        );
        assert_eq!(
            error("{ strategy: single-user, days: 1001 }"),
            "1001 is no number of days from 1 to 1000"
        );
        assert_eq!(
            error("{ strategy: none, days: 30 }"),
            "a secret that nothing rotates has no interval"
        );
        let types = "`type` is that of a managed external secret, which needs one";
        assert_eq!(error("{ strategy: native, type: A }"), types);
        assert_eq!(error("{ strategy: managed-external, days: 1 }"), types);
        assert_eq!(
            error("{ strategy: managed-external, days: 1, type: 'a b' }"),
            "`a b` is no type of a managed external secret: it has letters and digits only"
        );
        for text in [
            "",
            "weekly",
            "single-user every two days",
            "custom every 0 days",
        ] {
            assert!(text.parse::<Rotation>().is_err(), "{text}");
        }
    }
}
