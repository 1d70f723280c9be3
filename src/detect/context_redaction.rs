//! What is kept of a match's surroundings.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::filters;
use crate::finding::Context;
use crate::secret::SecretValue;

/// ValueSet to look for within short texts. A file of assignments may hold tens of thousands, each with a text to look at.
pub(super) struct ValueSet<'a> {
    /// In order, and none begins with another: whoever holds the longer one holds the shorter one.
    sorted: Vec<&'a [u8]>,
    /// Whether one of them begins with these two bytes, as bits: hardly a place in a text needs more of a look.
    begins: Vec<u64>,
    /// All parts of that length, made when they are first asked for: most texts tell of no login.
    parts: OnceCell<HashSet<[u8; PART]>>,
}

/// A part of a value this long tells of it. Texts that are a value but for its ends hold one.
const PART: usize = 8;
/// Longer values are keys and the like, of which no part looks like a name.
const LONGEST: usize = 256;

impl<'a> ValueSet<'a> {
    pub(super) fn of(values: &'a [SecretValue]) -> Self {
        let mut sorted: Vec<&[u8]> = values
            .iter()
            .map(SecretValue::expose)
            .filter(|value| !value.is_empty())
            .collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, kept| next.starts_with(kept));
        let mut begins = vec![0; (1 << 16) / 64];
        for value in &sorted {
            let first = usize::from(value[0]) << 8;
            // What is one byte long may be followed by any.
            let pairs = value.get(1).map_or(first..first + 256, |&second| {
                let pair = first | usize::from(second);
                pair..pair + 1
            });
            pairs.for_each(|pair| begins[pair / 64] |= 1 << (pair % 64));
        }
        Self {
            sorted,
            begins,
            parts: OnceCell::new(),
        }
    }

    /// Whether `text` holds any of them.
    fn within(&self, text: &[u8]) -> bool {
        // Of all values only the last one up to `rest` can begin it: what lies between a beginning of `rest` and `rest`
        // begins with the same bytes, and none begins with another.
        let begins = |rest: &[u8]| {
            let at = self.sorted.partition_point(|value| *value <= rest);
            at > 0 && rest.starts_with(self.sorted[at - 1])
        };
        let may_begin = |rest: &[u8]| {
            let pair = usize::from(rest[0]) << 8 | usize::from(rest.get(1).copied().unwrap_or(0));
            // A value of one byte is marked beside any other, and so is found at the end of the text.
            self.begins[pair / 64] >> (pair % 64) & 1 != 0
        };
        (0..text.len())
            .map(|at| &text[at..])
            .any(|rest| may_begin(rest) && begins(rest))
    }

    /// Whether `text` holds a part of any of them.
    fn partly_within(&self, text: &[u8]) -> bool {
        let of_values = || {
            // The host of an address that is secret as a whole, such as that of a hook, is none.
            let plain = |value: &&&[u8]| {
                value.len() <= LONGEST && memchr::memmem::find(value, b"://").is_none()
            };
            self.sorted
                .iter()
                .filter(plain)
                .flat_map(|value| parts_of(value))
                .collect()
        };
        parts_of(text).any(|part| self.parts.get_or_init(of_values).contains(&part))
    }
}

fn parts_of(text: &[u8]) -> impl Iterator<Item = [u8; PART]> {
    text.windows(PART).filter_map(|part| part.try_into().ok())
}

/// Context is written to files and shown, so nothing secret may pass as context: a token that stands where a URI has its user
/// (`https://TOKEN:x-oauth-basic@host`), any other value found in the same text, or a part of one that holds a sign which
/// separates the parts of a connection string.
pub(super) fn redact(context: &mut Context, values: &ValueSet) {
    let made_by_machine = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = || {
            text.bytes().all(|b| b.is_ascii_alphanumeric())
                && !filters::is_word_shaped(text.as_bytes())
        };
        text.len() >= 16
            && !text.contains('@')
            && (digits >= 2 || letters())
            && filters::entropy(text.as_bytes()) > 3.3
    };
    if context
        .key
        .as_deref()
        .is_some_and(|text| values.within(text.as_bytes()))
    {
        context.key = None;
    }
    let Context {
        user,
        host,
        database,
        account,
        key_id,
        ..
    } = &mut *context;
    for field in [user, host, database, account, key_id] {
        if field.as_deref().is_some_and(|text| {
            values.within(text.as_bytes()) || values.partly_within(text.as_bytes())
        }) {
            *field = None;
        }
    }
    if context.user.as_deref().is_some_and(made_by_machine) {
        context.user = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_are_found_wherever_they_stand(values in prop::collection::vec("[ab]{0,4}", 0..8), text in "[abc]{0,12}") {
            let secrets: Vec<SecretValue> = values.iter().map(|value| SecretValue::new(value.clone().into_bytes())).collect();
            let expected = values.iter().any(|value| !value.is_empty() && text.contains(value.as_str()));
            prop_assert_eq!(ValueSet::of(&secrets).within(text.as_bytes()), expected);
        }
    }

    #[test]
    fn a_token_is_no_user() {
        for (user, stays) in [
            ("ordersServiceAccountProd", true),
            (&*["wjodbpJzvVkZ", "gaqUqOLoIUfu"].concat(), false),
        ] {
            let mut context = Context {
                user: Some(user.to_owned()),
                ..Context::default()
            };
            redact(&mut context, &ValueSet::of(&[]));
            assert_eq!(context.user.is_some(), stays, "{user}");
        }
    }

    #[test]
    fn a_part_of_a_value_is_no_host() {
        let values = [SecretValue::new(
            ["hunt@er2", "secret;x"].concat().into_bytes(),
        )];
        let mut context = Context {
            host: Some("er2secret".into()),
            user: Some("hunt".into()),
            ..Context::default()
        };
        redact(&mut context, &ValueSet::of(&values));
        assert_eq!(
            (context.host, context.user.as_deref()),
            (None, Some("hunt"))
        );
    }
}
