//! Problems of a plan's entries, each with a stable code.
//!
//! The limits of Secrets Manager are checked before any call, since a bulk import that is refused
//! at entry 231 of 500 is of no use. [`crate::secrets_manager`] defines the limits; this file turns
//! each broken one into a problem with a hint.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Certainty, Occurrence};
use crate::inventory::entry::Secret;
use crate::secrets_manager::{
    KeyArn, Region, SecretName, SecretNameError, TAGS_MAX, TagKey, TagValue, VALUE_BYTES_MAX,
    ValueSizeError, check_value_size,
};

/// The hint for a value that is too large.
const TOO_LARGE: &str =
    "keep it in S3 under a KMS key and relocate what opens it, or split it in the source";

/// A problem of an entry of the plan that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanProblem {
    /// The stable name of the problem.
    pub code: PlanProblemCode,
    /// The problem and the limit, for a person.
    pub message: String,
    /// The hint: a remedy for the user.
    pub hint: String,
}

impl PlanProblem {
    /// A problem with its message and its hint.
    pub fn new(code: PlanProblemCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The stable name of a problem.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PlanProblemCode {
    /// A part of its name, a required field or a tag is not known.
    NotSettled,
    /// No name can be made, because a part of the naming template is unknown.
    NoName,
    /// The name is empty or too long.
    NameLength,
    /// The name contains characters that are not allowed.
    NameCharacters,
    /// The name ends like an ARN: in a hyphen and six characters.
    NameEnding,
    /// Several secrets of the inventory would get this name.
    NameShared,
    /// The value is empty.
    ValueEmpty,
    /// The value is too large.
    ValueTooLarge,
    /// Readers of the files may read another value.
    ValueDoubtful,
    /// Some parts of the value are not in the files.
    ValueInParts,
    /// There are too many tags.
    TooManyTags,
    /// The key of a tag breaks a limit.
    TagKey,
    /// The value of a tag breaks a limit.
    TagValue,
    /// The KMS key is in another Region.
    KmsKey,
    /// The inventory has no place where the value can be read.
    NoOccurrence,
    /// The role may not describe this name.
    NotSeen,
    /// The secret in the account has other tags.
    TagsDiffer,
    /// The secret in the account is encrypted with another KMS key.
    KmsKeyDiffers,
    /// The secret was imported with another value, or its value was changed.
    ValueDiffers,
    /// The name belongs to a secret that keyferry did not import.
    NameTaken,
    /// The secret of this name is scheduled for deletion.
    ScheduledForDeletion,
    /// The account has no room for the secret.
    OverQuota,
    /// The same secret is in the account under another name.
    ElsewhereToo,
    /// DescribeSecret failed for this entry.
    ServiceError,
}

impl PlanProblemCode {
    /// Its name in `plan.json` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            PlanProblemCode::NotSettled => "not-settled",
            PlanProblemCode::NoName => "no-name",
            PlanProblemCode::NameLength => "name-length",
            PlanProblemCode::NameCharacters => "name-characters",
            PlanProblemCode::NameEnding => "name-ending",
            PlanProblemCode::NameShared => "name-shared",
            PlanProblemCode::ValueEmpty => "value-empty",
            PlanProblemCode::ValueTooLarge => "value-too-large",
            PlanProblemCode::ValueDoubtful => "value-doubtful",
            PlanProblemCode::ValueInParts => "value-in-parts",
            PlanProblemCode::TooManyTags => "too-many-tags",
            PlanProblemCode::TagKey => "tag-key",
            PlanProblemCode::TagValue => "tag-value",
            PlanProblemCode::KmsKey => "kms-key",
            PlanProblemCode::NoOccurrence => "no-occurrence",
            PlanProblemCode::NotSeen => "not-seen",
            PlanProblemCode::TagsDiffer => "tags-differ",
            PlanProblemCode::KmsKeyDiffers => "kms-key-differs",
            PlanProblemCode::ValueDiffers => "value-differs",
            PlanProblemCode::NameTaken => "name-taken",
            PlanProblemCode::ScheduledForDeletion => "scheduled-for-deletion",
            PlanProblemCode::OverQuota => "over-quota",
            PlanProblemCode::ElsewhereToo => "elsewhere-too",
            PlanProblemCode::ServiceError => "service-error",
        }
    }
}

/// The limits that a secret's name breaks.
pub fn name_problems(name: &str) -> Vec<PlanProblem> {
    SecretName::errors(name)
        .into_iter()
        .map(PlanProblem::from)
        .collect()
}

impl From<SecretNameError> for PlanProblem {
    fn from(error: SecretNameError) -> Self {
        const HINT: &str = "change the naming template, or the metadata that it is filled with";
        let (code, hint) = match &error {
            SecretNameError::Length(_) => (PlanProblemCode::NameLength, HINT),
            SecretNameError::Characters(_) => (PlanProblemCode::NameCharacters, HINT),
            SecretNameError::Ending(_) => (
                PlanProblemCode::NameEnding,
                "let the name end otherwise, by a word after it or another separator",
            ),
        };
        Self::new(code, error.to_string(), hint)
    }
}

impl From<ValueSizeError> for PlanProblem {
    fn from(error: ValueSizeError) -> Self {
        let (code, hint) = match error {
            ValueSizeError::Empty => (PlanProblemCode::ValueEmpty, "retain or retire it"),
            ValueSizeError::TooLarge(_) => (PlanProblemCode::ValueTooLarge, TOO_LARGE),
        };
        Self::new(code, error.to_string(), hint)
    }
}

/// Checks the size of the value at an occurrence, as far as its byte range shows it.
///
/// An encoded value is longer than the decoded one, so an encoded one is not refused as too large
/// here.
pub fn occurrence_size(occurrence: &Occurrence) -> Option<PlanProblem> {
    let bytes = occurrence.end.saturating_sub(occurrence.start);
    if bytes > VALUE_BYTES_MAX && !occurrence.decoding.is_empty() {
        return None;
    }
    check_value_size(bytes).err().map(PlanProblem::from)
}

/// The problem of a secret of which no place has an exact value.
///
/// A doubt can be decided by a person. A value of which a part is not in the files, or that no secret can hold, can
/// be moved by hand only.
pub fn reading_problem(secret: &Secret) -> Option<PlanProblem> {
    let certainties = || secret.occurrences.iter().map(|place| place.certainty);
    if secret.occurrences.is_empty() || certainties().any(Certainty::is_exact) {
        return None;
    }
    if secret.is_doubtful() && secret.reading.chosen.is_some() {
        return written_differently(secret);
    }
    if let Some(doubt) = certainties().find_map(Certainty::doubt) {
        let message = format!("its value is doubtful: {}", doubt.description());
        return Some(PlanProblem::new(
            PlanProblemCode::ValueDoubtful,
            message,
            "find out which value the application reads, and answer with `reading: as-read` or `reading: as-written` in decisions.yaml; or write it in the file so that all readers agree; then plan again",
        ));
    }
    let only_too_long = certainties().all(|certainty| certainty == Certainty::TooLong);
    Some(if only_too_long {
        PlanProblem::new(
            PlanProblemCode::ValueTooLarge,
            format!("the value has more than {VALUE_BYTES_MAX} bytes, which no secret can hold"),
            TOO_LARGE,
        )
    } else {
        PlanProblem::new(
            PlanProblemCode::ValueInParts,
            "a part of the value is a variable or an expression, so that the files do not have the whole value",
            "move the whole value by hand, and retain or retire it here",
        )
    })
}

/// The problem of a value that is to be moved as it is written, if its places write it in different ways.
fn written_differently(secret: &Secret) -> Option<PlanProblem> {
    let chosen = secret.reading.written?;
    let differs = secret.readings().any(|(_, of)| of.written != chosen);
    differs.then(|| {
        PlanProblem::new(
            PlanProblemCode::ValueDoubtful,
            "it is to be moved as it is written, and its places write it in different ways",
            "write it in the same way at all of its places, or move it by hand and retain or retire it here",
        )
    })
}

/// Checks the number of tags, and the key and the value of each.
pub fn tag_problems(tags: &BTreeMap<String, String>) -> Vec<PlanProblem> {
    const HINT: &str = "change the tag rule in the policy, or the metadata that it is filled with";
    let mut problems = Vec::new();
    if tags.len() > TAGS_MAX {
        problems.push(PlanProblem::new(
            PlanProblemCode::TooManyTags,
            format!("{} tags; {TAGS_MAX} are allowed", tags.len()),
            "leave tags out in the policy",
        ));
    }
    for (key, value) in tags {
        if let Err(error) = key.parse::<TagKey>() {
            problems.push(PlanProblem::new(
                PlanProblemCode::TagKey,
                error.to_string(),
                HINT,
            ));
        }
        if let Err(error) = value.parse::<TagValue>() {
            let message = format!("the value of tag {key:?} {error}");
            problems.push(PlanProblem::new(PlanProblemCode::TagValue, message, HINT));
        }
    }
    problems
}

/// Checks that a KMS key is in the Region of the secrets: it encrypts no others.
pub fn key_region_problem(key: &KeyArn, region: &Region) -> Option<PlanProblem> {
    (key.region() != region).then(|| {
        PlanProblem::new(
            PlanProblemCode::KmsKey,
            format!(
                "the KMS key `{key}` is in Region {}, the secrets go to {region}",
                key.region()
            ),
            "give the ARN of a key in the Region of the secrets (`aws kms describe-key` shows it)",
        )
    })
}

/// Names that more than one entry claims, with how many do.
pub fn shared_names<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for name in names {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts.retain(|_, count| *count > 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample_secrets::secret;
    use crate::finding::{Decoding, Doubt, Origin};

    fn codes(problems: &[PlanProblem]) -> Vec<PlanProblemCode> {
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn each_limit_of_a_name_has_its_code() {
        assert_eq!(name_problems("/app/api/prod/db"), []);
        for (bad, code) in [
            ("", PlanProblemCode::NameLength),
            ("a\u{1b}[0m", PlanProblemCode::NameCharacters),
            ("db-abc123", PlanProblemCode::NameEnding),
        ] {
            let problems = name_problems(bad);
            assert_eq!(codes(&problems), [code], "{bad}");
            assert!(!problems[0].message.contains('\u{1b}') && !problems[0].hint.is_empty());
        }
        assert_eq!(
            codes(&name_problems(&"ä".repeat(600))),
            [PlanProblemCode::NameLength, PlanProblemCode::NameCharacters]
        );
    }

    #[test]
    fn sizes() {
        let mut occurrence = Occurrence::at("r", "p", Origin::Blob)
            .on_line(1, 1..2)
            .bytes(10..10 + 65_537);
        assert_eq!(
            occurrence_size(&occurrence).map(|p| p.code),
            Some(PlanProblemCode::ValueTooLarge)
        );
        occurrence.decoding = vec![Decoding::Percent];
        assert_eq!(
            occurrence_size(&occurrence),
            None,
            "it may be small enough once decoded"
        );
        occurrence.end = 10;
        assert_eq!(
            occurrence_size(&occurrence).map(|p| p.code),
            Some(PlanProblemCode::ValueEmpty)
        );
    }

    #[test]
    fn one_exact_place_makes_a_value_exact() {
        let places = [("shop", "a.env"), ("shop", "b.env")];
        let code = |certainties: [Certainty; 2]| {
            let mut secret = secret(1, "TOKEN", &places);
            for (place, certainty) in secret.occurrences.iter_mut().zip(certainties) {
                place.certainty = certainty;
            }
            reading_problem(&secret).map(|problem| problem.code)
        };
        let doubtful = Certainty::Doubtful(Doubt::Variable);
        for other in [
            Certainty::Exact,
            doubtful,
            Certainty::InParts,
            Certainty::TooLong,
        ] {
            assert_eq!(code([Certainty::Exact, other]), None, "{other:?}");
        }
        let expected = Some(PlanProblemCode::ValueDoubtful);
        assert_eq!(code([Certainty::InParts, doubtful]), expected);
        let expected = Some(PlanProblemCode::ValueInParts);
        assert_eq!(code([Certainty::InParts, Certainty::TooLong]), expected);
        let expected = Some(PlanProblemCode::ValueTooLarge);
        assert_eq!(code([Certainty::TooLong; 2]), expected);
        // A secret without a place has another problem.
        assert_eq!(reading_problem(&secret(1, "TOKEN", &[])), None);
    }

    #[test]
    fn descriptions_and_tags() {
        let one = |key: &str, value: &str| {
            codes(&tag_problems(&BTreeMap::from([(
                key.to_owned(),
                value.to_owned(),
            )])))
        };
        assert_eq!(one("app id", "a+b-c=d.e_f:g/h@i"), []);
        assert_eq!(one("k", ""), []);
        assert_eq!(one("", "v"), [PlanProblemCode::TagKey]);
        assert_eq!(one(&"k".repeat(128), "v"), [PlanProblemCode::TagKey]);
        assert_eq!(one("aws:x", "v"), [PlanProblemCode::TagKey]);
        assert_eq!(one("AWS:x", "v"), [PlanProblemCode::TagKey]);
        assert_eq!(one("a&b", "v"), [PlanProblemCode::TagKey]);
        assert_eq!(one("k", &"v".repeat(256)), [PlanProblemCode::TagValue]);
        assert_eq!(
            one("k", "Anna <anna@example.org>"),
            [PlanProblemCode::TagValue]
        );
        let many: BTreeMap<_, _> = (0..51).map(|i| (format!("k{i}"), String::new())).collect();
        assert_eq!(codes(&tag_problems(&many)), [PlanProblemCode::TooManyTags]);
    }

    #[test]
    fn a_key_serves_its_own_region() {
        let key: KeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
            .parse()
            .unwrap();
        let problem = |region: &str| key_region_problem(&key, &region.parse().unwrap());
        assert_eq!(problem("eu-west-1"), None);
        assert_eq!(
            problem("us-east-1").map(|problem| problem.code),
            Some(PlanProblemCode::KmsKey)
        );
    }

    #[test]
    fn codes_are_named_as_they_are_written() {
        for code in [
            PlanProblemCode::NoName,
            PlanProblemCode::NameEnding,
            PlanProblemCode::KmsKeyDiffers,
            PlanProblemCode::ElsewhereToo,
            PlanProblemCode::ScheduledForDeletion,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
