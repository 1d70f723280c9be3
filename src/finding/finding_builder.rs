//! A secret at one place, and its builder, which checks that value and place are there.

use super::{Confidence, Context, Excerpt, Kind, Occurrence};
use crate::secret::{Fingerprint, SecretId, SecretValue};

/// One secret at one place. [`FindingBuilder`] makes it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The id of the value.
    pub secret_id: SecretId,
    /// The fingerprint of the value.
    pub fingerprint: Fingerprint,
    /// The id of the rule that found it.
    pub detector: String,
    /// The kind of secret.
    pub kind: Kind,
    /// The confidence that the value is a secret.
    pub confidence: Confidence,
    /// The name of the offline proof that the value passed.
    pub proof: Option<&'static str>,
    /// The value's fixed prefix (`ghp_`) and an ellipsis. Without a prefix, the ellipsis alone.
    pub redacted: String,
    /// The value, decoded.
    pub value: SecretValue,
    /// Facts that the text around the value states.
    pub context: Context,
    /// True if the value itself states that it has expired (the `exp` of a JWT).
    pub expired: bool,
    /// The place.
    pub occurrence: Occurrence,
    /// The line around the value, if the scan was asked for it. Only terminals show it.
    pub excerpt: Option<Box<Excerpt>>,
}

/// Builds a [`Finding`]. A finding without a value or without a place cannot be built.
pub struct FindingBuilder {
    detector: String,
    kind: Kind,
    confidence: Confidence,
    identified: Option<(SecretValue, SecretId, Fingerprint)>,
    shown_prefix: usize,
    proof: Option<&'static str>,
    context: Context,
    expired: bool,
    occurrence: Option<Occurrence>,
    excerpt: Option<Box<Excerpt>>,
}

/// The reason for which a finding cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindingError {
    /// No value was given, or an empty one.
    #[error("a match has no value")]
    NoValue,
    /// No occurrence was given, or one without a line or with no bytes.
    #[error("a match has no place")]
    NoPlace,
}

impl FindingBuilder {
    /// A finding of the rule with the id `detector`.
    pub fn new(detector: impl Into<String>, kind: Kind, confidence: Confidence) -> Self {
        Self {
            detector: detector.into(),
            kind,
            confidence,
            identified: None,
            shown_prefix: 0,
            proof: None,
            context: Context::default(),
            expired: false,
            occurrence: None,
            excerpt: None,
        }
    }

    /// Sets the value, with the id and fingerprint that the inventory's key makes of it.
    pub fn value(mut self, value: SecretValue, id: SecretId, fingerprint: Fingerprint) -> Self {
        self.identified = Some((value, id, fingerprint));
        self
    }

    /// Sets the length, in bytes, of the value's fixed prefix, which reports show.
    pub fn shown_prefix(mut self, length: usize) -> Self {
        self.shown_prefix = length;
        self
    }

    /// Sets the name of the proof that the value passed.
    pub fn proof(mut self, proof: Option<&'static str>) -> Self {
        self.proof = proof;
        self
    }

    /// Sets the facts that the text around the value states.
    pub fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Sets whether the value states that it has expired.
    pub fn expired(mut self, expired: bool) -> Self {
        self.expired = expired;
        self
    }

    /// Sets the place.
    pub fn occurrence(mut self, occurrence: Occurrence) -> Self {
        self.occurrence = Some(occurrence);
        self
    }

    /// Sets the line around the value.
    pub fn excerpt(mut self, excerpt: Option<Box<Excerpt>>) -> Self {
        self.excerpt = excerpt;
        self
    }

    /// Builds the finding.
    ///
    /// # Errors
    /// The value or the place is missing or empty.
    #[expect(
        clippy::disallowed_methods,
        reason = "the fixed prefix of a token is kept for display"
    )]
    pub fn build(self) -> Result<Finding, FindingError> {
        let (value, secret_id, fingerprint) = self
            .identified
            .filter(|(value, ..)| !value.is_empty())
            .ok_or(FindingError::NoValue)?;
        let occurrence = self
            .occurrence
            .filter(|place| place.line > 0 && place.start < place.end)
            .ok_or(FindingError::NoPlace)?;
        let prefix = &value.expose()[..self.shown_prefix.min(value.len())];
        Ok(Finding {
            redacted: format!("{}…", String::from_utf8_lossy(prefix)),
            secret_id,
            fingerprint,
            detector: self.detector,
            kind: self.kind,
            confidence: self.confidence,
            proof: self.proof,
            value,
            context: self.context,
            expired: self.expired,
            occurrence,
            excerpt: self.excerpt,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Origin, Position};

    fn place() -> Occurrence {
        let position = Position {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 4,
        };
        Occurrence::at("r", "a.env", Origin::Worktree)
            .position(position)
            .bytes(0..4)
    }

    fn builder() -> FindingBuilder {
        FindingBuilder::new("rule", Kind::Application, Confidence::High)
    }

    fn with_value(builder: FindingBuilder, value: &str) -> FindingBuilder {
        let id = SecretId::from_bytes(&[1; 12]);
        let value = SecretValue::new(value.as_bytes().to_vec());
        builder.value(value, id, Fingerprint([2; 32]))
    }

    #[test]
    fn a_finding_has_a_value_and_a_place() {
        let whole = with_value(builder(), "abcd")
            .shown_prefix(2)
            .occurrence(place());
        assert_eq!(whole.build().unwrap().redacted, "ab…");
        let error = |builder: FindingBuilder| builder.build().unwrap_err();
        assert_eq!(error(builder().occurrence(place())), FindingError::NoValue);
        assert_eq!(
            error(with_value(builder(), "").occurrence(place())),
            FindingError::NoValue
        );
        assert_eq!(error(with_value(builder(), "abcd")), FindingError::NoPlace);
        let nowhere = Occurrence::at("r", "a.env", Origin::Worktree);
        assert_eq!(
            error(with_value(builder(), "abcd").occurrence(nowhere)),
            FindingError::NoPlace
        );
    }
}
