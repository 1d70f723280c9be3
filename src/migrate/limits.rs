//! The rules of Secrets Manager, checked before any call: a bulk import that is refused at entry 231 of 500 helps nobody.
//!
//! What names and tags may be is told by [`crate::decide::limits`], where names and tags are made; this adds the rest, and
//! says for every entry of a plan what is wrong, by a stable name, and what to do.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decide::limits::{self as text, NAME_MAX, TAGS_MAX};
use crate::escape;
use crate::finding::Occurrence;

/// Bytes of a value, at least one.
pub const MAX_VALUE: u64 = 65_536;
/// Characters of a description.
pub const MAX_DESCRIPTION: usize = 2_048;
/// Secrets in one account and Region.
pub const MAX_SECRETS: u64 = 500_000;

/// Something about an entry of the plan that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    pub code: Code,
    /// What is wrong, and the limit.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Problem {
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
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
pub enum Code {
    /// A part of its name, a required field or a tag is not known.
    NotSettled,
    NoName,
    NameLength,
    NameCharacters,
    NameEnding,
    NameShared,
    ValueEmpty,
    ValueTooLarge,
    DescriptionLength,
    TooManyTags,
    TagKey,
    TagValue,
    KmsKey,
    NoOccurrence,
    /// The role may not describe this name.
    NotSeen,
    TagsDiffer,
    KmsKeyDiffers,
    ValueDiffers,
    NameTaken,
    ScheduledForDeletion,
    OverQuota,
    /// The same secret is in the account under another name.
    ElsewhereToo,
    ServiceError,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Code::NotSettled => "not-settled",
            Code::NoName => "no-name",
            Code::NameLength => "name-length",
            Code::NameCharacters => "name-characters",
            Code::NameEnding => "name-ending",
            Code::NameShared => "name-shared",
            Code::ValueEmpty => "value-empty",
            Code::ValueTooLarge => "value-too-large",
            Code::DescriptionLength => "description-length",
            Code::TooManyTags => "too-many-tags",
            Code::TagKey => "tag-key",
            Code::TagValue => "tag-value",
            Code::KmsKey => "kms-key",
            Code::NoOccurrence => "no-occurrence",
            Code::NotSeen => "not-seen",
            Code::TagsDiffer => "tags-differ",
            Code::KmsKeyDiffers => "kms-key-differs",
            Code::ValueDiffers => "value-differs",
            Code::NameTaken => "name-taken",
            Code::ScheduledForDeletion => "scheduled-for-deletion",
            Code::OverQuota => "over-quota",
            Code::ElsewhereToo => "elsewhere-too",
            Code::ServiceError => "service-error",
        }
    }
}

/// 1 to 512 characters, ASCII letters, digits and `/_+=.@-`, not ending like the suffix of an ARN.
pub fn name(name: &str) -> Vec<Problem> {
    const HINT: &str = "change the naming template, or the metadata that it is filled with";
    let mut problems = Vec::new();
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX {
        let message = format!("the name has {length} characters; 1 to {NAME_MAX} are allowed");
        problems.push(Problem::new(Code::NameLength, message, HINT));
    }
    let mut wrong: Vec<char> = name.chars().filter(|&c| !text::is_name_char(c)).collect();
    if !wrong.is_empty() {
        wrong.sort_unstable();
        wrong.dedup();
        let shown: Vec<String> = wrong
            .iter()
            .take(8)
            .map(|c| format!("`{}`", escape::line(&c.to_string())))
            .collect();
        let message = format!(
            "the name holds {}; ASCII letters, digits and / _ + = . @ - are allowed",
            shown.join(" ")
        );
        problems.push(Problem::new(Code::NameCharacters, message, HINT));
    } else if text::ends_like_an_arn(name) {
        let ending = &name[name.len() - 7..];
        let message = format!(
            "the name ends in `{ending}`: a hyphen and six characters is what an ARN ends in, so a search by partial ARN would mistake it"
        );
        let hint = "let the name end otherwise, by a word after it or another separator";
        problems.push(Problem::new(Code::NameEnding, message, hint));
    }
    problems
}

/// The exact size of a value, once it is read.
pub fn value_size(bytes: u64) -> Option<Problem> {
    if bytes == 0 {
        return Some(Problem::new(
            Code::ValueEmpty,
            "the value is empty; at least 1 byte is needed",
            "retain or retire it",
        ));
    }
    (bytes > MAX_VALUE).then(|| {
        Problem::new(
            Code::ValueTooLarge,
            format!("the value has {bytes} bytes; {MAX_VALUE} are allowed"),
            "keep it in S3 under a KMS key and relocate what opens it, or split it in the source",
        )
    })
}

/// The size of the value at an occurrence, as far as its byte range tells: what is decoded has another.
pub fn occurrence_size(occurrence: &Occurrence) -> Option<Problem> {
    let bytes = occurrence.end.saturating_sub(occurrence.start);
    if bytes > MAX_VALUE && !occurrence.decoding.is_empty() {
        return None;
    }
    value_size(bytes)
}

pub fn description(text: &str) -> Option<Problem> {
    let length = text.chars().count();
    (length > MAX_DESCRIPTION).then(|| {
        Problem::new(
            Code::DescriptionLength,
            format!("the description has {length} characters; {MAX_DESCRIPTION} are allowed"),
            "shorten it",
        )
    })
}

/// How many there are, and each key and value.
pub fn tags(tags: &BTreeMap<String, String>) -> Vec<Problem> {
    const HINT: &str = "change the tag rule in the policy, or the metadata that it is filled with";
    let mut problems = Vec::new();
    if tags.len() > TAGS_MAX {
        let message = format!("{} tags; {TAGS_MAX} are allowed", tags.len());
        problems.push(Problem::new(
            Code::TooManyTags,
            message,
            "leave tags out in the policy",
        ));
    }
    for (key, value) in tags {
        problems.extend(
            text::tag_key_problem(key)
                .map(|why| Problem::new(Code::TagKey, escape::line(&why).into_owned(), HINT)),
        );
        problems.extend(
            text::tag_value_problem(key, value)
                .map(|why| Problem::new(Code::TagValue, escape::line(&why).into_owned(), HINT)),
        );
    }
    problems
}

/// The ARN of a key, in the Region of the secret: a bare id means another key in every account, and an alias can be moved.
pub fn kms_key(key: &str, region: &str) -> Option<Problem> {
    let problem = |message: String| {
        Some(Problem::new(
            Code::KmsKey,
            message,
            "give the key's ARN: arn:aws:kms:REGION:ACCOUNT:key/ID (`aws kms describe-key` shows it)",
        ))
    };
    let shown = escape::line(key);
    let parts: Vec<&str> = key.splitn(6, ':').collect();
    let &[arn, partition, service, key_region, account, resource] = parts.as_slice() else {
        return problem(format!("the KMS key `{shown}` is no ARN"));
    };
    if arn != "arn" || !partition.starts_with("aws") || service != "kms" {
        return problem(format!("the KMS key `{shown}` is no ARN of a KMS key"));
    }
    if !is_account(account) {
        return problem(format!(
            "the KMS key `{shown}` names no account of 12 digits"
        ));
    }
    if resource.strip_prefix("key/").is_none_or(str::is_empty) {
        return problem(format!(
            "the KMS key `{shown}` is the ARN of something else than a key"
        ));
    }
    if key_region != region {
        return problem(format!(
            "the KMS key `{shown}` is in Region {}, the secrets go to {region}",
            escape::line(key_region)
        ));
    }
    None
}

pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
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
    use crate::finding::{Decoding, Origin};

    fn codes(problems: &[Problem]) -> Vec<Code> {
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn names() {
        for good in [
            "/app/api/prod/db",
            "a",
            "A_b+c=d.e@f-g",
            "x-12345",
            "x-1234567",
            &"n".repeat(512),
        ] {
            assert_eq!(name(good), [], "{good}");
        }
        for (bad, code) in [
            ("", Code::NameLength),
            (&"n".repeat(513) as &str, Code::NameLength),
            ("a b", Code::NameCharacters),
            ("käse", Code::NameCharacters),
            ("a\u{1b}[0m", Code::NameCharacters),
            ("db-abc123", Code::NameEnding),
            ("-abcdef", Code::NameEnding),
            ("/orders/api/prod/mysql-master", Code::NameEnding),
        ] {
            assert_eq!(codes(&name(bad)), [code], "{bad}");
            assert!(
                name(bad)
                    .iter()
                    .all(|p| !p.message.contains('\u{1b}') && !p.hint.is_empty())
            );
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(value_size(1), None);
        assert_eq!(value_size(65_536), None);
        assert_eq!(value_size(0).map(|p| p.code), Some(Code::ValueEmpty));
        assert_eq!(
            value_size(65_537).map(|p| p.code),
            Some(Code::ValueTooLarge)
        );
        let mut occurrence = Occurrence {
            repository: "r".into(),
            path: "p".into(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            origin: Origin::Blob,
            start: 10,
            end: 10 + 65_537,
            decoding: vec![],
            blob: None,
            commit: None,
            author: None,
            date: None,
            reachable: true,
            at_head: true,
            refs: Vec::new(),
            refs_more: 0,
            last_commit: None,
            last_date: None,
        };
        assert_eq!(
            occurrence_size(&occurrence).map(|p| p.code),
            Some(Code::ValueTooLarge)
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
            Some(Code::ValueEmpty)
        );
    }

    #[test]
    fn descriptions_and_tags() {
        assert_eq!(description(&"ä".repeat(2048)), None);
        assert!(description(&"d".repeat(2049)).is_some());
        let one = |key: &str, value: &str| {
            codes(&tags(&BTreeMap::from([(key.to_owned(), value.to_owned())])))
        };
        assert_eq!(one("app id", "a+b-c=d.e_f:g/h@i"), []);
        assert_eq!(one("k", ""), []);
        assert_eq!(one("", "v"), [Code::TagKey]);
        assert_eq!(one(&"k".repeat(128), "v"), [Code::TagKey]);
        assert_eq!(one("aws:x", "v"), [Code::TagKey]);
        assert_eq!(one("AWS:x", "v"), [Code::TagKey]);
        assert_eq!(one("a&b", "v"), [Code::TagKey]);
        assert_eq!(one("k", &"v".repeat(256)), [Code::TagValue]);
        assert_eq!(one("k", "Anna <anna@example.org>"), [Code::TagValue]);
        let many: BTreeMap<_, _> = (0..51).map(|i| (format!("k{i}"), String::new())).collect();
        assert_eq!(codes(&tags(&many)), [Code::TooManyTags]);
    }

    #[test]
    fn kms_keys_are_arns_of_the_region() {
        let region = "eu-west-1";
        let ok = |key: &str| kms_key(key, region).is_none();
        assert!(ok(
            "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ));
        assert!(ok(
            "arn:aws-cn:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
        ));
        assert!(!ok("arn:aws:kms:eu-west-1:123456789012:alias/app"));
        assert!(!ok("1234abcd-12ab-34cd-56ef-1234567890ab"));
        assert!(!ok("alias/app"));
        assert!(!ok("arn:aws:kms:us-east-1:123456789012:key/1234abcd"));
        assert!(!ok("arn:aws:s3:eu-west-1:123456789012:key/1234abcd"));
        assert!(!ok("arn:aws:kms:eu-west-1:123:key/1234abcd"));
        assert!(!ok("arn:aws:kms:eu-west-1:123456789012:key/"));
    }

    #[test]
    fn codes_are_named_as_they_are_written() {
        for code in [
            Code::NoName,
            Code::NameEnding,
            Code::KmsKeyDiffers,
            Code::ElsewhereToo,
            Code::ScheduledForDeletion,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
