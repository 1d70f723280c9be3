//! The login of a value in a file of logins: `machine … login … password …` of `.netrc`, lines of `.pgpass`.

use std::ops::Range;

use super::connection_string::set;
use super::key_roles::Role;
use crate::finding::Context;

/// Greatest number of bytes of an entry of `.netrc` before and behind its password.
const REACH: usize = 1024;

/// The login of the value at `range`, which is on `line`.
pub(super) fn read(text: &[u8], range: &Range<usize>, line: &Range<usize>) -> Context {
    let mut known = Context::default();
    if !pgpass(text, range, line, &mut known) {
        netrc(text, range, &mut known);
    }
    known
}

/// Reads `host:port:database:user:password`, in which `*` means any value.
fn pgpass(text: &[u8], range: &Range<usize>, line: &Range<usize>, known: &mut Context) -> bool {
    let before = &text[line.start.min(range.start)..range.start];
    let Some(before) = std::str::from_utf8(before)
        .ok()
        .and_then(|before| before.strip_suffix(':'))
    else {
        return false;
    };
    let parts: Vec<&str> = before.splitn(5, ':').collect();
    let [host, port, database, user] = parts[..] else {
        return false;
    };
    if port != "*" && port.parse::<u16>().is_err() {
        return false;
    }
    known.engine = Some("postgres".to_owned());
    for (role, value) in [
        (Role::Host, host),
        (Role::Port, port),
        (Role::Database, database),
        (Role::User, user),
    ] {
        set(known, role, value);
    }
    true
}

/// Reads the entry of `.netrc` around a password.
fn netrc(text: &[u8], range: &Range<usize>, known: &mut Context) {
    let from = range.start.saturating_sub(REACH);
    let to = text.len().min(range.end + REACH);
    let before = &text[from..range.start];
    let Some(start) = memchr::memmem::rfind(before, b"machine ") else {
        return;
    };
    let behind = &text[range.end..to];
    let end = [b"machine".as_slice(), b"default", b"macdef"]
        .iter()
        .filter_map(|word| memchr::memmem::find(behind, word))
        .min()
        .unwrap_or(behind.len());
    for part in [&before[start..], &behind[..end]] {
        let Ok(part) = std::str::from_utf8(part) else {
            return;
        };
        let mut words = part.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let role = match word {
                "machine" => Role::Host,
                "login" | "user" | "account" => Role::User,
                "port" => Role::Port,
                "password" => {
                    continue;
                }
                _ => return,
            };
            if word == "account" {
                words.next();
            } else if let Some(value) = words.next() {
                set(known, role, value);
            }
        }
    }
}
