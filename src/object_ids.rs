//! Ids of git objects in texts that are shared.
//!
//! The id of an object is a plain hash of its content. Whoever knows the rest of the content can
//! test guesses of a weak value in it. Texts for a wider circle than that of the repository do not
//! contain ids.

/// `text` with an ellipsis in place of each id of an object: 40 or 64 hex digits.
pub(crate) fn without_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !c.is_ascii_hexdigit());
        let (digits, after) = from.split_at(end.unwrap_or(from.len()));
        out.push_str(before);
        out.push_str(if matches!(digits.len(), 40 | 64) {
            "…"
        } else {
            digits
        });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_both_lengths_are_left_out() {
        let (short, long) = ("0a".repeat(20), "ff".repeat(32));
        let text = format!("its base {short} is missing; {long}");
        assert_eq!(without_ids(&text), "its base … is missing; …");
        for text in ["", "deadbeef", "é 12 bytes", &"0".repeat(41), "façade"] {
            assert_eq!(without_ids(text), text);
        }
    }
}
