//! Keys of Stripe: a kind, a mode, and 24 letters and digits; or, since 2019, 99 characters that
//! begin with `5` and the account's id without its `acct_`. The longer form was observed in public
//! keys (`pk_…`) and reported in issues of other scanners. Stripe asks that other lengths be
//! accepted too.

use super::mixed_case::has_both_cases;
use super::verdict::Verdict;
use crate::finding::Confidence;

/// Length of an account's id, in characters: `1` and fifteen more.
const ACCOUNT: usize = 16;
/// Length of the body of an older key, in characters.
const SHORT: usize = 24;
/// Length of the body of a key made since 2019, in characters.
const LONG: usize = 99;

/// The part of a key after `sk_live_`.
fn body(key: &[u8]) -> Option<&[u8]> {
    key.splitn(3, |&b| b == b'_').nth(2)
}

/// The verdict about a key. A key carries no checksum, but 24 random characters have letters of one
/// case only once in half a million. Other providers have keys that begin alike, in hex: a refuted
/// value may be one of theirs.
pub(super) fn verdict(key: &[u8]) -> Verdict {
    match body(key) {
        Some(body) if !has_both_cases(body) => Verdict::Refuted,
        Some(body) if body.len() == SHORT || account(key).is_some() => Verdict::Silent,
        Some(_) => Verdict::Doubtful(Confidence::Medium, "keys of Stripe have another length"),
        None => Verdict::Refuted,
    }
}

/// The account's id, with its `acct_`.
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
