//! Comparison of a planned secret with the one in the account: tags and KMS key.

use std::collections::BTreeMap;

use crate::escape;
use crate::secrets_manager::KeyArn;

/// Keys of the planned tags that the secret in the account lacks or has with another value,
/// escaped. Further tags of that secret are not compared: they belong to other users of the
/// account.
pub fn differing_tags(
    planned: &BTreeMap<String, String>,
    live: &BTreeMap<String, String>,
) -> Vec<String> {
    planned
        .iter()
        .filter(|(key, value)| live.get(*key) != Some(value))
        .map(|(key, _)| escape::line(key).into_owned())
        .collect()
}

/// A message if the secret in the account is not encrypted with the planned KMS key; `None` if it
/// is. A key of `None` is the account's default key for Secrets Manager.
pub fn key_difference(planned: Option<&KeyArn>, live: Option<&str>) -> Option<String> {
    const DEFAULT: &str = "alias/aws/secretsmanager";
    const DEFAULT_NAME: &str = "the account's default key";
    let same = match (planned, live) {
        (None, None) => true,
        (None, Some(live)) => live.ends_with(DEFAULT),
        (Some(_), None) => false,
        // For a key given by its ARN, the service may answer with the key's id.
        (Some(planned), Some(live)) => [planned.as_str(), planned.id()].contains(&live),
    };
    (!same).then(|| {
        let live = escape::line(live.unwrap_or(DEFAULT_NAME));
        let planned = planned.map_or(DEFAULT_NAME, KeyArn::as_str);
        format!("it is encrypted with {live}, planned is {planned}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_by_arn_id_or_default() {
        let arn = "arn:aws:kms:eu-west-1:123456789012:key/1234";
        assert_eq!(key_difference(None, None), None);
        assert_eq!(key_difference(None, Some("alias/aws/secretsmanager")), None);
        let key: KeyArn = arn.parse().unwrap();
        assert_eq!(key_difference(Some(&key), Some(arn)), None);
        assert_eq!(key_difference(Some(&key), Some("1234")), None);
        assert!(key_difference(Some(&key), Some("4321")).is_some());
        assert!(key_difference(Some(&key), None).is_some());
        assert!(key_difference(None, Some(arn)).is_some());
    }
}
