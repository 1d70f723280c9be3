//! Kubernetes Secrets: values of `data` are in base64 (https://kubernetes.io/docs/concepts/configuration/secret/).

use std::ops::Range;

use super::name::normalise;
use super::{bare, skip_space};

/// Longest document, and most entries, that are looked at.
const LONGEST: usize = 256 * 1024;
const MOST: usize = 1000;

/// Keys and values of `data` of the document around `at`, each as it stands, without quotes.
pub fn data(text: &[u8], at: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let document = document(text, at);
    let bytes = &text[document.clone()];
    let mut entries = Vec::new();
    for found in memchr::memmem::find_iter(bytes, b"data") {
        let at = document.start + found;
        let before = text[..at].last().copied();
        let after = text.get(at + 4..).unwrap_or_default();
        if before.is_none_or(|b| b == b'\n' || b == b' ') && after.starts_with(b":") {
            if bare::rest(text, at + 5).trim_ascii().is_empty() {
                mapping(text, at, document.end, &mut entries);
            }
        } else if before == Some(b'"') && after.starts_with(b"\"") {
            object(text, at + 5, document.end, &mut entries);
        }
        if entries.len() >= MOST {
            break;
        }
    }
    entries
}

/// From the `---` before to the one after.
fn document(text: &[u8], at: usize) -> Range<usize> {
    let from = at.saturating_sub(LONGEST);
    let to = text.len().min(at + LONGEST);
    let start = memchr::memmem::rfind(&text[from..at], b"\n---").map_or(from, |found| from + found + 1);
    let end = memchr::memmem::find(&text[at..to], b"\n---").map_or(to, |found| at + found + 1);
    start..end
}

/// The lines below `data:` that are deeper than it.
fn mapping(text: &[u8], key: usize, end: usize, entries: &mut Vec<(Range<usize>, Range<usize>)>) {
    let indent = text[..key].iter().rev().take(64).take_while(|&&b| b == b' ').count();
    let mut at = key;
    while let Some(next) = memchr::memchr(b'\n', &text[at..end]).map(|len| at + len + 1).filter(|&next| next < end) {
        at = next;
        let line = bare::rest(text, at);
        let start = skip_space(text, at);
        if line.trim_ascii().is_empty() || text[start] == b'#' {
            continue;
        }
        if start - at <= indent || entries.len() >= MOST {
            return;
        }
        let Some(colon) = line.iter().position(|&b| b == b':') else { continue };
        let name = unquoted(text, bare::trimmed(text, start..(at + colon).max(start)));
        let value = unquoted(text, bare::trimmed(text, at + colon + 1..at + line.len()));
        if !value.is_empty() {
            entries.push((name, value));
        }
    }
}

/// Pairs of strings of the object that begins after `at`.
fn object(text: &[u8], at: usize, end: usize, entries: &mut Vec<(Range<usize>, Range<usize>)>) {
    let Some(open) = text[at..end].iter().take(64).position(|&b| b == b'{') else { return };
    let stop = memchr::memchr(b'}', &text[at + open..end]).map_or(end, |len| at + open + len);
    let mut quotes = memchr::memchr_iter(b'"', &text[at + open..stop]).map(|quote| at + open + quote);
    while let (Some(a), Some(b), Some(c), Some(d)) = (quotes.next(), quotes.next(), quotes.next(), quotes.next()) {
        if entries.len() >= MOST {
            return;
        }
        entries.push((a + 1..b, c + 1..d));
    }
}

fn unquoted(text: &[u8], range: Range<usize>) -> Range<usize> {
    let bytes = &text[range.clone()];
    let quoted = bytes.len() >= 2 && matches!(bytes[0], b'"' | b'\'') && bytes[0] == bytes[bytes.len() - 1];
    if quoted { range.start + 1..range.end - 1 } else { range }
}

/// Whether the key of a Secret says that its value is secret, which not all are: users and certificates stand there, too.
pub fn is_secret(key: &[u8], value: &[u8]) -> bool {
    const WORDS: [&str; 16] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "pass",
        "pw",
        "secret",
        "token",
        "key",
        "credentials",
        "dockerconfigjson",
        "dockercfg",
        "kubeconfig",
        "pem",
        "p12",
        "jks",
    ];
    let key = normalise(key).0;
    let uri = memchr::memmem::find(value, b"://").is_some_and(|at| value[at + 3..].contains(&b'@'));
    let has = |text: &[u8]| memchr::memmem::find(value, text).is_some();
    let public = key.ends_with("publickey") || (has(b"BEGIN CERTIFICATE") && !has(b"PRIVATE KEY"));
    uri || (!public && WORDS.iter().any(|word| key.ends_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_data() {
        let read = |text: &str| -> Vec<(String, String)> {
            let at = text.find("ecret").unwrap();
            data(text.as_bytes(), at).into_iter().map(|(k, v)| (text[k].to_owned(), text[v].to_owned())).collect()
        };
        let pairs = |wanted: &[(&str, &str)]| -> Vec<(String, String)> {
            wanted.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let yaml = "data:\n  x: eA==\n---\nkind: Secret\nmetadata:\n  name: a\ndata:\n  # note\n  a: YQ==\n\n  b: \"Yg==\"\ntype: Opaque\n---\ndata:\n  y: eQ==\n";
        assert_eq!(read(yaml), pairs(&[("a", "YQ=="), ("b", "Yg==")]));
        let json = r#"{"kind": "Secret", "data": {"a": "YQ==", "b":"Yg=="}, "c": "d"}"#;
        assert_eq!(read(json), pairs(&[("a", "YQ=="), ("b", "Yg==")]));
        assert_eq!(read("kind: Secret\ndata:"), []);
    }
}
