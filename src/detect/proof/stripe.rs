//! Keys of Stripe: a kind, a mode, and 24 letters and digits; or, since 2019, 99 of them that begin with a 5 and the account's id without
//! its `acct_` (seen in keys that are public, `pk_…`, and told in issues of scanners; Stripe asks that other lengths be taken, too).

use super::{Verdict, is_random};
use crate::finding::Confidence;

/// Characters of an account's id: `1` and fifteen more.
const ACCOUNT: usize = 16;
const SHORT: usize = 24;
const LONG: usize = 99;

/// What follows `sk_live_`.
fn body(key: &[u8]) -> Option<&[u8]> {
    key.splitn(3, |&b| b == b'_').nth(2)
}

/// Nothing tells a key from random characters, but of 24 such one case alone comes once in half a million. Others have keys that begin
/// alike, in hex: what is refuted here may be theirs.
pub(super) fn verdict(key: &[u8]) -> Verdict {
    match body(key) {
        Some(body) if !is_random(body) => Verdict::Refuted,
        Some(body) if body.len() == SHORT || account(key).is_some() => Verdict::Silent,
        Some(_) => Verdict::Doubtful(Confidence::Medium, "keys of Stripe have another length"),
        None => Verdict::Refuted,
    }
}

/// `acct_` and the id.
pub(super) fn account(key: &[u8]) -> Option<String> {
    let id = body(key)
        .filter(|body| body.len() == LONG)?
        .strip_prefix(b"5")?
        .get(..ACCOUNT)?;
    id.starts_with(b"1")
        .then(|| format!("acct_{}", String::from_utf8_lossy(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(mode: &str, body: &str) -> Vec<u8> {
        ["sk_", mode, "_", body].concat().into_bytes()
    }

    #[test]
    fn newer_keys_name_their_account() {
        let body = ["51Hk3Vd0aXw9TqLmZ", &"aB3xY7".repeat(20)[..82]].concat();
        for mode in ["live", "test"] {
            assert_eq!(verdict(&key(mode, &body)), Verdict::Silent);
            assert_eq!(
                account(&key(mode, &body)).as_deref(),
                Some("acct_1Hk3Vd0aXw9TqLmZ")
            );
        }
        let other = body.replacen("51", "42", 1);
        assert!(matches!(
            verdict(&key("live", &other)),
            Verdict::Doubtful(Confidence::Medium, _)
        ));
        assert_eq!(account(&key("live", &other)), None);
        assert!(matches!(
            verdict(&key("live", &body[..60])),
            Verdict::Doubtful(Confidence::Medium, _)
        ));
    }

    #[test]
    fn older_keys_are_random() {
        assert_eq!(
            verdict(&key("live", "4eZ39hQkLyjWqarjtT1zdp7d")),
            Verdict::Silent
        );
        for body in [
            "abcdefghijklmnopqrstuvwx",
            "ABCDEFGHIJKLMNOPQRSTUV12",
            "123456789012345678901234",
            "",
        ] {
            assert_eq!(verdict(&key("live", body)), Verdict::Refuted, "{body}");
        }
        assert_eq!(account(&key("live", "51Hk3Vd0aXw9TqLmZabcdefg")), None);
        assert_eq!(verdict(b"sk"), Verdict::Refuted);
    }
}
