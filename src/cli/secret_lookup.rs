//! Finds secrets of a settled inventory by what a person types: an id, the beginning of an id, or a name.

use std::collections::BTreeSet;

use super::errors::CommandError;
use crate::decide::{Settled, nearest_names};
use crate::inventory::entry::Secret;
use crate::secret::SecretId;

/// Secrets that a message names.
const NAMED: usize = 10;

/// The secret with this id, the uses of the value with this id, or the secret with this name in Secrets Manager. A part
/// of the digits of an id suffices if one value alone has it; `/` and the use may be behind it.
///
/// # Errors
///
/// There is no such secret, or several values have ids that begin so.
pub fn find<'a>(settled: &'a Settled, text: &str) -> Result<Vec<&'a Secret>, CommandError> {
    let secrets = || settled.secrets.values();
    let named: Vec<&Secret> = secrets()
        .filter(|secret| secret.target.as_deref() == Some(text))
        .collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let (value, of_use) = match text.split_once('/') {
        Some((value, of_use)) => (value, Some(of_use)),
        None => (text, None),
    };
    let digits = value.strip_prefix("s-").unwrap_or(value);
    let is_id = !digits.is_empty()
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let begins = |id: &SecretId| id.as_str()[2..26].starts_with(digits);
    let fits = |secret: &&Secret| {
        let fits_use = of_use.is_none_or(|name| secret.id.as_str().get(27..) == Some(name));
        fits_use && begins(&secret.id)
    };
    let found: Vec<&Secret> = match is_id {
        true => secrets().filter(fits).collect(),
        false => Vec::new(),
    };
    let values: BTreeSet<SecretId> = found.iter().map(|secret| secret.id.of_value()).collect();
    match values.len() {
        1 => Ok(found),
        0 => {
            let earlier = |secret: &&Secret| is_id && secret.reading.earlier.iter().any(begins);
            match secrets().find(earlier) {
                Some(secret) => Ok(vec![secret]),
                None => Err(none(settled, text)),
            }
        }
        number => {
            let mut shown: Vec<&str> = values.iter().take(NAMED).map(SecretId::as_str).collect();
            if number > NAMED {
                shown.push("…");
            }
            let error = anyhow::anyhow!("{number} secrets have ids that begin with {value}");
            Err(CommandError::usage(error).hint(format!("give more digits: {}", shown.join(", "))))
        }
    }
}

/// The error for a text that no secret has.
fn none(settled: &Settled, text: &str) -> CommandError {
    let error = anyhow::anyhow!("no secret of the inventory has the id or the name {text}");
    let names = settled
        .secrets
        .values()
        .filter_map(|secret| secret.target.as_deref());
    let nearest = nearest_names(text, names);
    let hint = match nearest.is_empty() {
        true => "`keyferry list` lists the secrets".to_owned(),
        false => format!("names like it: {}", nearest.join(", ")),
    };
    CommandError::usage(error).hint(hint)
}
