//! Tests of the whole of detection.

mod hostile_lines;
mod inner_texts;
mod matches;
mod non_secrets;
mod oracle;
mod password_hashes;
mod private_keys;
mod readings;
mod token_boundaries;
mod token_contexts;
mod work;

use super::{Engine, Text};

/// The values that an engine finds in a text, as text.
fn values_in(engine: &Engine, text: Text) -> Vec<String> {
    let found = engine.scan(text);
    let values = found.matches.iter().map(|found| found.value.expose());
    values
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect()
}
