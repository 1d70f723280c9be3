//! Recognition of a secret whose value its team changed in Secrets Manager after the import.
//!
//! The version that the import created has the request token as its id. Once another version is the
//! current one, the source no longer says anything about the value: nothing is left to import, and
//! nothing may be written. The old version is `AWSPREVIOUS` first, and then gone, so that other
//! evidence must say that the secret is ours.

use super::client::SecretDescription;
use super::plan::ID_TAG;
use crate::secret::SecretId;

/// The evidence, besides its versions, that a secret in the account was imported from here.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImportEvidence<'a> {
    /// The secret's id in the inventory.
    pub id: &'a SecretId,
    /// The request token: the id of the version that the import creates.
    pub token: &'a str,
    /// The ARN in the journal's record of the import. It ends in random characters, so that another
    /// secret of the same name has another one.
    pub arn: Option<&'a str>,
    /// True if the inventory has the secret as imported.
    pub recorded: bool,
}

impl ImportEvidence<'_> {
    /// True if the secret in the account is ours.
    fn proves(&self, live: &SecretDescription) -> bool {
        let version = live.versions.contains_key(self.token);
        let record = match self.arn {
            Some(arn) => arn == live.arn,
            // The journal is lost: the inventory and the tag of the secret must agree.
            None => {
                self.recorded && live.tags.get(ID_TAG).map(String::as_str) == Some(self.id.as_str())
            }
        };
        version || record
    }

    /// True if the secret in the account is ours and has another current value than the imported
    /// one.
    pub(super) fn shows_rotation(&self, live: &SecretDescription) -> bool {
        let another = live
            .versions
            .keys()
            .any(|version| version != self.token && live.is_current(version));
        another && !live.is_current(self.token) && live.deleted.is_none() && self.proves(live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(versions: &[(&str, &str)]) -> SecretDescription {
        SecretDescription {
            arn: "arn-1".to_owned(),
            versions: versions
                .iter()
                .map(|(id, stage)| ((*id).to_owned(), vec![(*stage).to_owned()]))
                .collect(),
            ..SecretDescription::default()
        }
    }

    #[test]
    fn another_current_version_of_our_secret_is_a_rotation() {
        let id = SecretId::from_bytes(&[1; 12]);
        let evidence = |arn, recorded| ImportEvidence {
            id: &id,
            token: "ours",
            arn,
            recorded,
        };
        let nothing = evidence(None, false);
        let previous = live(&[("ours", "AWSPREVIOUS"), ("theirs", "AWSCURRENT")]);
        assert!(nothing.shows_rotation(&previous));
        assert!(!nothing.shows_rotation(&live(&[("ours", "AWSCURRENT")])));
        assert!(!nothing.shows_rotation(&live(&[("ours", "AWSPREVIOUS")])));
        assert!(!nothing.shows_rotation(&live(&[])));
        let deleted = SecretDescription {
            deleted: Some("2026-01-01".to_owned()),
            ..previous
        };
        assert!(!nothing.shows_rotation(&deleted));

        // Our version is gone.
        let mut gone = live(&[("theirs", "AWSCURRENT"), ("older", "AWSPREVIOUS")]);
        assert!(!nothing.shows_rotation(&gone));
        assert!(evidence(Some("arn-1"), false).shows_rotation(&gone));
        assert!(!evidence(None, true).shows_rotation(&gone));
        gone.tags.insert(ID_TAG.to_owned(), id.to_string());
        assert!(evidence(None, true).shows_rotation(&gone));
        assert!(!evidence(None, false).shows_rotation(&gone));
        // A secret that was deleted and made anew by somebody else.
        assert!(!evidence(Some("arn-0"), true).shows_rotation(&gone));
    }
}
