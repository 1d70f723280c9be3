//! A secret in one line, and texts of unknown origin in a form that is safe on a screen.

use crate::escape;
use crate::inventory::entry::Secret;
use crate::inventory::place_order;
use crate::report::place;

/// The most characters of one text that are shown. A screen has room for fewer.
const MOST: usize = 2000;

/// A text as one line without control and format characters, and of a bounded length.
pub fn safe(text: &str) -> String {
    let mut characters = text.chars();
    let head: String = characters.by_ref().take(MOST).collect();
    let mut safe = escape::line(&head).into_owned();
    if characters.next().is_some() {
        safe.push('…');
    }
    safe
}

/// Key and best place of a secret, or its id if no place is left.
pub fn in_one_line(secret: &Secret) -> String {
    let place = place_order::first(secret).map(|at| place::name(at, at.line));
    let place = place.unwrap_or_else(|| secret.id.to_string());
    match &secret.context.key {
        Some(key) => safe(&format!("{}  {place}", safe_key(key))),
        None => safe(&place),
    }
}

/// The end of a long key path: keys differ there.
fn safe_key(key: &str) -> String {
    crate::report::fitted_text::cut_start(&safe(key), 32)
}
