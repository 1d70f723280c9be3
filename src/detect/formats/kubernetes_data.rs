//! The `data` of Kubernetes Secrets, whose values are in base64
//! (<https://kubernetes.io/docs/concepts/configuration/secret/>).

use std::ops::Range;

use super::line_bytes::{rest_of_line, skip_space, trimmed};
use super::name::normalise;
use crate::steps;

/// Bytes of a document that are read to either side of an anchor.
const LONGEST: usize = 256 * 1024;
/// Greatest number of entries that are read around one anchor.
const MOST: usize = 1000;

/// The entries of a document's `data`.
pub struct Data {
    /// The ranges of keys and values, without quotes.
    pub entries: Vec<(Range<usize>, Range<usize>)>,
    /// End of the bytes that need no further reading: anchors before it are skipped.
    pub end: usize,
}

/// Reads the document around `at`. Bytes before `done` were read around an earlier anchor.
pub fn data(text: &[u8], at: usize, done: usize) -> Data {
    let document = document(text, at);
    steps::count(document.end - done.max(document.start));
    // The rest of a longer document is read around a later anchor.
    let whole = document.end < text.len().min(at + LONGEST) || document.end == text.len();
    let mut data = Data {
        entries: Vec::new(),
        end: if whole {
            document.end
        } else {
            at + LONGEST / 2
        },
    };
    let entries = &mut data.entries;
    let mut from = document.start.max(done);
    while let Some(found) = memchr::memmem::find(&text[from..document.end], b"data")
        && entries.len() < MOST
    {
        let at = from + found;
        from = at + 4;
        let before = text[..at].last().copied();
        let after = text.get(at + 4..).unwrap_or_default();
        // The lines below are read once, whatever their keys.
        if before.is_none_or(|b| b == b'\n' || b == b' ') && after.starts_with(b":") {
            if rest_of_line(text, at + 5).trim_ascii().is_empty() {
                from = from.max(mapping(text, at, document.end, entries));
            }
        } else if before == Some(b'"') && after.starts_with(b"\"") {
            from = from.max(object(text, at + 5, document.end, entries));
        }
    }
    if data.entries.len() >= MOST {
        data.end = from.max(at + 1);
    }
    data
}

/// The document around `at`, from the `---` before it to the one after.
fn document(text: &[u8], at: usize) -> Range<usize> {
    let from = at.saturating_sub(LONGEST);
    let to = text.len().min(at + LONGEST);
    let start =
        memchr::memmem::rfind(&text[from..at], b"\n---").map_or(from, |found| from + found + 1);
    let end = memchr::memmem::find(&text[at..to], b"\n---").map_or(to, |found| at + found + 1);
    start..end
}

/// Reads the lines below `data:` that are indented more. Returns their end.
fn mapping(
    text: &[u8],
    key: usize,
    end: usize,
    entries: &mut Vec<(Range<usize>, Range<usize>)>,
) -> usize {
    let indent = text[..key]
        .iter()
        .rev()
        .take(64)
        .take_while(|&&b| b == b' ')
        .count();
    let mut at = key;
    while let Some(next) = memchr::memchr(b'\n', &text[at..end])
        .map(|len| at + len + 1)
        .filter(|&next| next < end)
    {
        at = next;
        let line = rest_of_line(text, at);
        let start = skip_space(text, at);
        if line.trim_ascii().is_empty() || text[start] == b'#' {
            continue;
        }
        if start - at <= indent || entries.len() >= MOST {
            return at;
        }
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            continue;
        };
        let name = unquoted(text, trimmed(text, start..(at + colon).max(start)));
        let value = unquoted(text, trimmed(text, at + colon + 1..at + line.len()));
        if !value.is_empty() {
            entries.push((name, value));
        }
    }
    end
}

/// Reads pairs of strings of the object that begins after `at`. Returns its end.
fn object(
    text: &[u8],
    at: usize,
    end: usize,
    entries: &mut Vec<(Range<usize>, Range<usize>)>,
) -> usize {
    let Some(open) = text[at..end].iter().take(64).position(|&b| b == b'{') else {
        return at;
    };
    let stop = memchr::memchr(b'}', &text[at + open..end]).map_or(end, |len| at + open + len);
    let mut quotes =
        memchr::memchr_iter(b'"', &text[at + open..stop]).map(|quote| at + open + quote);
    while let (Some(a), Some(b), Some(c), Some(d)) =
        (quotes.next(), quotes.next(), quotes.next(), quotes.next())
    {
        if entries.len() >= MOST {
            break;
        }
        entries.push((a + 1..b, c + 1..d));
    }
    stop
}

fn unquoted(text: &[u8], range: Range<usize>) -> Range<usize> {
    let bytes = &text[range.clone()];
    let quoted =
        bytes.len() >= 2 && matches!(bytes[0], b'"' | b'\'') && bytes[0] == bytes[bytes.len() - 1];
    if quoted {
        range.start + 1..range.end - 1
    } else {
        range
    }
}

/// Whether an entry is secret, by its key or as a URI with a password. Secrets also contain users
/// and certificates.
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
            let entries = data(text.as_bytes(), at, 0).entries.into_iter();
            entries
                .map(|(k, v)| (text[k].to_owned(), text[v].to_owned()))
                .collect()
        };
        let pairs = |wanted: &[(&str, &str)]| -> Vec<(String, String)> {
            wanted
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let yaml = "data:\n  x: eA==\n---\nkind: Secret\nmetadata:\n  name: a\ndata:\n  # note\n  a: YQ==\n\n  b: \"Yg==\"\ntype: Opaque\n---\ndata:\n  y: eQ==\n";
        assert_eq!(read(yaml), pairs(&[("a", "YQ=="), ("b", "Yg==")]));
        let json = r#"{"kind": "Secret", "data": {"a": "YQ==", "b":"Yg=="}, "c": "d"}"#;
        assert_eq!(read(json), pairs(&[("a", "YQ=="), ("b", "Yg==")]));
        assert_eq!(read("kind: Secret\ndata:"), []);
    }

    #[test]
    fn a_document_is_read_once_and_a_long_one_in_pieces() {
        let end = |text: &str, at: usize| data(text.as_bytes(), at, 0).end;
        let two = "kind: Secret\n---\nkind: Secret\n";
        assert_eq!((end(two, 0), end(two, 17)), (13, two.len()));
        let long = "kind: Secret\ndata:\n".repeat(2 * LONGEST / 19);
        assert_eq!(end(&long, 0), LONGEST / 2);
        // Many entries are read in pieces, too, and each once.
        let many = "kind: Secret\ndata:\n  a: YQ==\n".repeat(5 * MOST / 2);
        let (mut all, mut done) = (Vec::new(), 0);
        for at in many.match_indices("kind").map(|(at, _)| at) {
            if at >= done {
                let data = data(many.as_bytes(), at, done);
                done = data.end;
                all.extend(data.entries);
            }
        }
        assert!(
            all.len() == 5 * MOST / 2 && all.is_sorted_by_key(|(key, _)| key.start),
            "{}",
            all.len()
        );
        // Objects that are never closed, and ever deeper keys, are read once.
        let open = "{\"kind\": \"Secret\", \"data\": {".repeat(3);
        assert_eq!(data(open.as_bytes(), 10, 0).entries.len(), 3);
    }
}
