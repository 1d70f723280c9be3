//! Removal of secrets from the contexts of matches.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::filters;
use crate::finding::Context;
use crate::secret::SecretValue;
use crate::steps;

/// The values of a text, for fast search within short texts. A file of assignments may have tens of
/// thousands of values, each with a context to search.
pub(super) struct ValueSet<'a> {
    /// The values in order. No value begins with another one: a text that contains the longer one
    /// contains the shorter one too.
    sorted: Vec<&'a [u8]>,
    /// A bit for each pair of bytes: whether a value begins with it. Few places of a text pass this
    /// test.
    begins: Vec<u64>,
    /// All parts of the values with length [`PART`], computed when they are first needed: most
    /// texts have no login.
    parts: OnceCell<HashSet<[u8; PART]>>,
}

/// Least length in bytes of a part that reveals its value. A text that lacks only the ends of a
/// value contains such a part.
const PART: usize = 8;
/// Greatest length in bytes of the values whose parts are searched. Longer values are keys and
/// similar material, whose parts do not look like names.
const LONGEST: usize = 256;

impl<'a> ValueSet<'a> {
    /// Prepares the search for some values.
    #[expect(
        clippy::disallowed_methods,
        reason = "values are searched for in the context, to redact them"
    )]
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
            // A value of one byte may be followed by any byte.
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

    /// Whether `text` contains any of the values.
    fn within(&self, text: &[u8]) -> bool {
        steps::count(text.len());
        // Only the greatest value that is not greater than `rest` can be its beginning: every value
        // between a beginning of `rest` and `rest` starts with that beginning, and no value starts
        // with another one.
        let begins = |rest: &[u8]| {
            let at = self.sorted.partition_point(|value| *value <= rest);
            at > 0 && rest.starts_with(self.sorted[at - 1])
        };
        let may_begin = |rest: &[u8]| {
            let pair = usize::from(rest[0]) << 8 | usize::from(rest.get(1).copied().unwrap_or(0));
            // A value of one byte is marked with every second byte, so it is found at the end of
            // the text too.
            self.begins[pair / 64] >> (pair % 64) & 1 != 0
        };
        (0..text.len())
            .map(|at| &text[at..])
            .any(|rest| may_begin(rest) && begins(rest))
    }

    /// Whether `text` contains a part of any of the values.
    fn partly_within(&self, text: &[u8]) -> bool {
        let of_values = || {
            // The host of a URL that is secret as a whole, such as the URL of a webhook, is not
            // secret.
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

/// All parts of a text with length [`PART`].
fn parts_of(text: &[u8]) -> impl Iterator<Item = [u8; PART]> {
    text.windows(PART).filter_map(|part| part.try_into().ok())
}

/// Removes every field of a context that may reveal a secret, because contexts are written to files
/// and reports. A field may be a token in place of the user of a URI
/// (`https://TOKEN:x-oauth-basic@host`), another value of the same text, or a part of a value that
/// contains a separator of connection strings.
pub(super) fn redact(context: &mut Context, values: &ValueSet) {
    if context
        .key
        .as_deref()
        .is_some_and(|text| values.within(text.as_bytes()))
    {
        context.key = None;
    }
    context
        .environment
        .retain(|text| !values.within(text.as_bytes()));
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
    if context
        .user
        .as_deref()
        .is_some_and(filters::is_made_by_machine)
    {
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
