//! Fields of forms and of queries, whose values are written with `%XX`, and in forms with `+` for a space: the body of a
//! recorded request, the query of a URL.
//!
//! Their reader decodes them (the WHATWG's `application/x-www-form-urlencoded`, RFC 3986). Elsewhere such a value may be
//! the password itself, so that it is decoded only where the text around shows a form or a query.

use std::ops::Range;

use super::decode;
use crate::finding::Decoding;
use crate::steps;

/// Bytes to either side of a form in which its type may be stated.
const NEAR: usize = 2048;
/// The longest form or URL that is looked at, to either side of a value, in bytes.
const LONGEST: usize = 2048;
/// The type of a body that is a form.
const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// The step that decodes the value at `value`, if it has escapes and is certainly one of a form or of a query.
pub(super) fn decoding(text: &[u8], value: &Range<usize>) -> Option<Decoding> {
    let raw = &text[value.clone()];
    let has_plus = memchr::memchr(b'+', raw).is_some();
    if !has_plus && memchr::memchr(b'%', raw).is_none() || !raw.iter().copied().all(is_encoded) {
        return None;
    }
    let ends = text.get(value.end).is_none_or(|next| !is_encoded(*next));
    let start = start_of_fields(text, value.start)?;
    if !ends {
        return None;
    }
    let step = match () {
        () if is_query(text, start) => (!has_plus).then_some(Decoding::Percent),
        () => is_form(text, start, value).then_some(Decoding::Form),
    }?;
    decode::apply(raw, &[step])
        .is_some_and(|plain| plain != raw)
        .then_some(step)
}

/// Whether a byte may be in an encoded value.
fn is_encoded(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~*!():@/,%+".contains(&byte)
}

/// The start of the first of the fields `name=value&name=value` that lead to a value.
fn start_of_fields(text: &[u8], value: usize) -> Option<usize> {
    let is_of_field =
        |byte: &&u8| is_encoded(**byte) || matches!(**byte, b'=' | b'&' | b'[' | b']');
    let from = value.saturating_sub(LONGEST);
    let length = text[from..value]
        .iter()
        .rev()
        .take_while(is_of_field)
        .count();
    steps::count(length);
    let fields = &text[value - length..value];
    let is_field =
        |field: &[u8]| field.iter().skip(1).any(|byte| *byte == b'=') && field[0] != b'=';
    let (last, before) = match memchr::memrchr(b'&', fields) {
        Some(at) => (&fields[at + 1..], Some(&fields[..at])),
        None => (fields, None),
    };
    let is_name = last.len() > 1 && memchr::memchr(b'=', last) == Some(last.len() - 1);
    let mut before = before
        .into_iter()
        .flat_map(|before| before.split(|byte| *byte == b'&'));
    (length < LONGEST && is_name && before.all(|field| !field.is_empty() && is_field(field)))
        .then_some(value - length)
}

/// Whether the fields that begin at `start` are the query of a URL, or of a recorded request.
fn is_query(text: &[u8], start: usize) -> bool {
    /// Methods that requests with a query have.
    const METHODS: [&[u8]; 7] = [
        b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS",
    ];
    let Some(before) = text[start.saturating_sub(LONGEST)..start].strip_suffix(b"?") else {
        return false;
    };
    let is_delimiter = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>(){}|".contains(byte);
    let at = before.iter().rposition(is_delimiter).map_or(0, |at| at + 1);
    let place = &before[at..];
    let is_request = || {
        let words = before[..at].trim_ascii_end();
        METHODS.iter().any(|method| words.ends_with(method))
    };
    memchr::memmem::find(place, b"://").is_some() || place.starts_with(b"/") && is_request()
}

/// Whether the fields that begin at `start` are a whole body, and the text beside them states that it is a form. One
/// field alone is none: it may be a setting.
fn is_form(text: &[u8], start: usize, value: &Range<usize>) -> bool {
    let before = &text[..start];
    let begins = before
        .last()
        .is_none_or(|byte| b"\"'\n\r\t ".contains(byte));
    let has_fields = memchr::memchr(b'&', &text[start..value.start]).is_some()
        || text.get(value.end) == Some(&b'&');
    let from = start.saturating_sub(NEAR);
    let near = [
        &text[from..start],
        &text[value.end..text.len().min(value.end + NEAR)],
    ];
    begins && has_fields && near.into_iter().any(states_form)
}

/// Whether a text states the type of a form, in any case.
fn states_form(text: &[u8]) -> bool {
    steps::count(text.len() / steps::AT_ONCE);
    memchr::memchr_iter(b'-', text).any(|at| {
        // The first hyphen is behind `application/x`.
        let start = at.checked_sub(b"application/x".len());
        let word = start.and_then(|start| text.get(start..start + FORM.len()));
        word.is_some_and(|word| word.eq_ignore_ascii_case(FORM))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str, value: &str) -> Option<Decoding> {
        let start = text.find(value).unwrap();
        decoding(text.as_bytes(), &(start..start + value.len()))
    }

    #[test]
    fn fields_of_forms_are_decoded_where_their_type_is_stated() {
        let typed = "Content-Type: Application/x-www-form-urlencoded";
        for (text, value, expected) in [
            (
                "TYPE\r\n\r\nuser=jane&password=a%21b+c",
                "a%21b+c",
                Some(Decoding::Form),
            ),
            (
                "TYPE\n\npassword=a%21b&user=jane\n",
                "a%21b",
                Some(Decoding::Form),
            ),
            (
                "string: 'user=jane&password=a+b'\nheaders:\n  TYPE",
                "a+b",
                Some(Decoding::Form),
            ),
            (
                "{\"TYPE\": \"text\": \"user=jane&password=a%26b\"}",
                "a%26b",
                Some(Decoding::Form),
            ),
            // Another value, or none.
            ("TYPE\n\nuser=jane&password=ab", "ab", None),
            ("TYPE\n\nuser=jane&password=a%2", "a%2", None),
            ("user=jane&password=a%21b", "a%21b", None),
            // No whole body.
            ("TYPE\n\nPASSWORD=a%21b\n", "a%21b", None),
            ("TYPE\n\n<user=jane&password=a%21b\n", "a%21b", None),
            ("TYPE\n\njane&password=a%21b\n", "a%21b", None),
            ("TYPE\n\nuser=jane&password=a%21b$c\n", "a%21b$c", None),
        ] {
            assert_eq!(
                step(&text.replace("TYPE", typed), value),
                expected,
                "{text}"
            );
        }
        let far = format!("{typed}{}user=jane&password=a%21b", " ".repeat(NEAR));
        assert_eq!(step(&far, "a%21b"), None);
    }

    #[test]
    fn queries_are_decoded_where_a_url_or_a_request_has_them() {
        for (text, value, expected) in [
            (
                "GET /v1?page=2&token=a%2Fb HTTP/1.1",
                "a%2Fb",
                Some(Decoding::Percent),
            ),
            (
                "uri: https://api.acme.net/v1?token=a%2Fb",
                "a%2Fb",
                Some(Decoding::Percent),
            ),
            (
                "curl 'https://api.acme.net/v1?token=a%2Fb&x=1'",
                "a%2Fb",
                Some(Decoding::Percent),
            ),
            // Whether a sign in a query is a space depends on its reader.
            ("GET /v1?token=a+b HTTP/1.1", "a+b", None),
            ("see /v1?token=a%2Fb", "a%2Fb", None),
            ("what?token=a%2Fb", "a%2Fb", None),
        ] {
            assert_eq!(step(text, value), expected, "{text}");
        }
    }
}
