//! Tokens of Slack: a kind, numbers (the first is the workspace's), and a random part
//! (docs.slack.dev, "Tokens"). Rotating tokens (`xoxe`) have all of that in base64, after two
//! digits that name the type.

use super::mixed_case::has_both_cases;
use super::verdict::Verdict;
use crate::detect::decode::base64;
use crate::finding::Confidence;

/// Number of digits in the id of a workspace, a user, a bot or a token.
const NUMBER: std::ops::RangeInclusive<usize> = 8..=15;
/// Length of the random part of a bot's token, in characters.
const RANDOM: usize = 24;

/// Whether a part of a token is an id.
fn is_number(part: &[u8]) -> bool {
    NUMBER.contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
}

/// Whether the digits count up or down, or are all the same: people write such numbers as
/// placeholders.
fn is_made_up(number: &[u8]) -> bool {
    let step = |by: u8| {
        number
            .array_windows()
            .all(|[a, b]| (*b + 10 - *a) % 10 == by)
    };
    step(0) || step(1) || step(9)
}

/// The id of the workspace in the base64 of a rotating token; `None` if the base64 has another
/// structure.
fn rotating(body: &[u8]) -> Option<Vec<u8>> {
    let bytes = base64::decode(body)?;
    let mut parts = bytes.split(|&b| b == b'-');
    let digit = |part: Option<&[u8]>| matches!(part, Some([b'0'..=b'9']));
    if !(digit(parts.next()) && digit(parts.next())) {
        return None;
    }
    let workspace = parts.next().filter(|part| is_number(part))?.to_vec();
    let random = parts.next_back()?;
    let hex = random.len() >= 32 && random.iter().all(u8::is_ascii_hexdigit);
    (hex && parts.all(is_number)).then_some(workspace)
}

/// The base64 of a rotating token: `xoxe-1-…`, `xoxe.xoxp-1-…`.
fn rotating_body(token: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = token.split_at(memchr::memchr(b'-', token)?);
    let body = rest.get(3..).filter(|_| rest[2] == b'-')?;
    (kind.starts_with(b"xoxe") && body.len() > RANDOM && !body.contains(&b'-')).then_some(body)
}

/// The verdict about a token: proved by its base64, refuted by made-up numbers, otherwise silent.
pub(super) fn verdict(token: &[u8]) -> Verdict {
    if let Some(body) = rotating_body(token) {
        return match rotating(body) {
            Some(_) => Verdict::Proved,
            None => Verdict::Doubtful(
                Confidence::Medium,
                "its base64 is not what tokens that rotate have there",
            ),
        };
    }
    let mut numbers = token
        .split(|&b| b == b'-')
        .filter(|part| is_number(part))
        .peekable();
    if numbers.peek().is_none() {
        return Verdict::Silent;
    }
    let mut zero = false;
    for number in numbers {
        if is_made_up(number) {
            return Verdict::Refuted;
        }
        zero |= number.starts_with(b"0");
    }
    let random = token.rsplit(|&b| b == b'-').next().unwrap_or_default();
    if token.starts_with(b"xoxb-") && random.len() == RANDOM && !has_both_cases(random) {
        return Verdict::Refuted;
    }
    if zero {
        Verdict::Doubtful(Confidence::Medium, "a number in it begins with a zero")
    } else {
        Verdict::Silent
    }
}

/// The id of the workspace, if the token contains one.
pub(super) fn account(token: &[u8]) -> Option<String> {
    let text = |number: &[u8]| String::from_utf8_lossy(number).into_owned();
    if let Some(body) = rotating_body(token) {
        return rotating(body).map(|number| text(&number));
    }
    // The number in the token of an application (`xapp`) is not that of a workspace.
    let mut parts = token.split(|&b| b == b'-');
    let kind = parts
        .next()
        .filter(|kind| kind.starts_with(b"xox") && kind.len() == 4)?;
    // Tokens of workspaces have a version before the id.
    let first = if matches!(kind, b"xoxa" | b"xoxr") {
        parts.find(|part| part.len() > 1)
    } else {
        parts.next()
    };
    // The last part is random, even if it consists of digits.
    parts.next()?;
    first
        .filter(|part| is_number(part) && part[0] != b'0')
        .map(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANDOM: &str = "aB3xY7kLmN0pQrS5tUvW9zCd";

    fn token(parts: &[&str]) -> Vec<u8> {
        parts.join("-").into_bytes()
    }

    #[test]
    fn numbers_are_those_of_a_workspace() {
        let bot = token(&["xoxb", "4815162342", "9081726354102", RANDOM]);
        assert_eq!(
            (verdict(&bot), account(&bot).as_deref()),
            (Verdict::Silent, Some("4815162342"))
        );
        let legacy = token(&["xoxa", "2", "481516234299", "908172635410", "7", RANDOM]);
        assert_eq!(account(&legacy).as_deref(), Some("481516234299"));
        let app = token(&[
            "xapp",
            "1",
            "A0123456789",
            "9081726354102",
            "0123456789abcdef",
        ]);
        assert_eq!((verdict(&app), account(&app)), (Verdict::Silent, None));
        for made_up in [
            "123456789012",
            "000000000000",
            "111111111111",
            "987654321098",
        ] {
            assert_eq!(
                verdict(&token(&["xoxb", made_up, "9081726354102", RANDOM])),
                Verdict::Refuted,
                "{made_up}"
            );
        }
        let lower = "abcdefghijklmnopqrstuvwx";
        assert_eq!(
            verdict(&token(&["xoxb", "4815162342", "9081726354102", lower])),
            Verdict::Refuted
        );
        let zero = token(&["xoxb", "0815162342", "9081726354102", RANDOM]);
        assert!(matches!(
            verdict(&zero),
            Verdict::Doubtful(Confidence::Medium, _)
        ));
        assert_eq!(account(&zero), None);
    }

    #[test]
    fn tokens_that_rotate_hold_the_same_in_base64() {
        let hex = "0123456789abcdef".repeat(4);
        for (kind, head) in [
            ("xoxe.xoxp-1", "2-2"),
            ("xoxe-1", "3-1"),
            ("xoxe.xoxb-1", "1-2"),
        ] {
            let inner = token(&[head, "4815162342", "9081726354102", "9081726354199", &hex]);
            let inner = base64::encode(&inner);
            let whole = token(&[kind, inner.trim_end_matches('=')]);
            assert_eq!(
                (verdict(&whole), account(&whole).as_deref()),
                (Verdict::Proved, Some("4815162342")),
                "{kind}"
            );
        }
        let other = token(&["xoxe-1", &RANDOM.repeat(6)]);
        assert!(matches!(
            verdict(&other),
            Verdict::Doubtful(Confidence::Medium, _)
        ));
        assert_eq!(account(&other), None);
    }

    proptest! {
        #[test]
        fn any_token_ends(parts in prop::collection::vec(prop::sample::select(vec!["xoxe", "xoxb", "xoxe.xoxp", "1", "-", "4815162342", "Mi0yLTQ4", "", "é"]), 0..8)) {
            let token = parts.concat().into_bytes();
            let _ = (verdict(&token), account(&token));
        }
    }
}
