//! The ARN of a KMS key.

use std::str::FromStr;

use super::{Account, Region};
use crate::text_type::text_type;

/// The ARN of a KMS key: `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`.
///
/// Secrets Manager also takes an alias or a bare id. Neither names one key for every reader: an
/// alias can be moved to another key, and an id means a key of the caller's own account.
///
/// Source of the form: Service Authorization Reference, "Resource types defined by AWS Key
/// Management Service". The partition begins with `aws` (`aws`, `aws-cn`, `aws-us-gov`, …). An id
/// is letters, digits and hyphens; that of a multi-Region key begins with `mrk-`.
#[derive(Clone, Debug)]
pub struct KeyArn {
    text: String,
    region: Region,
}

impl KeyArn {
    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Region of the key. A key encrypts secrets of its own Region only.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The id of the key: the part after `key/`.
    pub fn id(&self) -> &str {
        self.text.rsplit_once(":key/").map_or("", |(_, id)| id)
    }
}

text_type!(
    KeyArn,
    "KeyArn",
    "ARN of a KMS key; neither an alias nor an id."
);

/// The text is no ARN of a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no ARN of a KMS key ({FORM}); an alias can be moved to another key, and an id means a key of the \
     caller's own account"
)]
pub struct KeyArnError {
    /// The text that was given.
    pub text: String,
}

/// The form of the ARN, for messages.
const FORM: &str = "arn:aws:kms:REGION:ACCOUNT:key/ID";

impl FromStr for KeyArn {
    type Err = KeyArnError;

    fn from_str(text: &str) -> Result<Self, KeyArnError> {
        parse(text).ok_or_else(|| KeyArnError {
            text: text.to_owned(),
        })
    }
}

fn parse(text: &str) -> Option<KeyArn> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", partition, "kms", region, account, resource] = parts.as_slice() else {
        return None;
    };
    let more = partition.strip_prefix("aws")?;
    let id = resource.strip_prefix("key/")?;
    let region = region.parse().ok()?;
    account.parse::<Account>().ok()?;
    let legal = more.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    legal.then(|| KeyArn {
        text: text.to_owned(),
        region,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_by_their_arn() {
        for (good, region, id) in [
            (
                "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                "eu-west-1",
                "1234abcd-12ab-34cd-56ef-1234567890ab",
            ),
            (
                "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
                "cn-north-1",
                "mrk-1234abcd12ab34cd56ef1234567890ab",
            ),
        ] {
            let key: KeyArn = good.parse().unwrap();
            assert_eq!(
                (key.as_str(), key.region().as_str(), key.id()),
                (good, region, id)
            );
        }
        for bad in [
            "alias/app",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:123456789012:alias/app",
            "arn:aws:s3:eu-west-1:123456789012:key/1234abcd",
            "arn:aws:kms:eu-west-1:123:key/1234abcd",
            "arn:aws:kms:europe:123456789012:key/1234abcd",
            "arn:aws:kms:eu-west-1:123456789012:key/",
            "arn:aws:kms:eu-west-1:123456789012:key/a:b",
            "arn:aws x:kms:eu-west-1:123456789012:key/1234abcd",
            "arn:gcp:kms:eu-west-1:123456789012:key/1234abcd",
        ] {
            assert!(bad.parse::<KeyArn>().is_err(), "{bad}");
        }
    }
}
