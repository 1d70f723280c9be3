//! The ARN of a secret.

use std::str::FromStr;

use super::{Account, Region};

/// The ARN of a secret: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/db-AbCdEf`.
///
/// The service adds `-` and six random characters to the name, so that a secret that was deleted and
/// created again has another ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretArn {
    /// The Region of the secret.
    pub region: Region,
    /// The account of the secret.
    pub account: Account,
    /// The name of the secret.
    pub name: String,
}

/// The text is not the ARN of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the ARN of a secret")]
pub struct SecretArnError;

/// Number of characters that the service adds to the name, after a hyphen.
const SUFFIX: usize = 6;

impl FromStr for SecretArn {
    type Err = SecretArnError;

    fn from_str(text: &str) -> Result<Self, SecretArnError> {
        let parts: Vec<&str> = text.splitn(7, ':').collect();
        let [
            "arn",
            partition,
            "secretsmanager",
            region,
            account,
            "secret",
            resource,
        ] = parts[..]
        else {
            return Err(SecretArnError);
        };
        let (name, suffix) = resource.rsplit_once('-').ok_or(SecretArnError)?;
        let is_suffix =
            suffix.len() == SUFFIX && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !partition.starts_with("aws") || name.is_empty() || !is_suffix {
            return Err(SecretArnError);
        }
        Ok(Self {
            region: region.parse().map_err(|_| SecretArnError)?,
            account: account.parse().map_err(|_| SecretArnError)?,
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_arn() {
        let arn: SecretArn =
            "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:/app/db-1-AbC3eF"
                .parse()
                .unwrap();
        assert_eq!(arn.region.as_str(), "cn-north-1");
        assert_eq!(arn.account.as_str(), "123456789012");
        assert_eq!(arn.name, "/app/db-1");
        for bad in [
            "",
            "/app/db",
            "arn:aws:kms:eu-west-1:123456789012:secret:db-AbCdEf",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCd",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:-AbCdEf",
            "arn:aws:secretsmanager:eu-west-1:12:secret:db-AbCdEf",
            "arn:aws:secretsmanager::123456789012:secret:db-AbCdEf",
            "arn:evil:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
        ] {
            assert_eq!(bad.parse::<SecretArn>(), Err(SecretArnError), "{bad}");
        }
    }
}
