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
    if !pgpass(text, range, line, &mut known) && !netrc(text, range, &mut known) {
        directives(text, range, &mut known);
    }
    known
}

/// Reads `host x` and `user y` on the lines around a password, up to those of another account (`.msmtprc`).
fn directives(text: &[u8], range: &Range<usize>, known: &mut Context) {
    let from = range.start.saturating_sub(REACH);
    let to = text.len().min(range.end + REACH);
    let is_part = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"account");
    let before = text[from..range.start]
        .split(|&byte| byte == b'\n')
        .rev()
        .skip(1)
        .take_while(is_part);
    let behind = text[range.end..to]
        .split(|&byte| byte == b'\n')
        .skip(1)
        .take_while(is_part);
    for line in before.chain(behind) {
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        let role = match words.next() {
            Some(b"host") => Role::Host,
            Some(b"port") => Role::Port,
            Some(b"user") => Role::User,
            _ => continue,
        };
        let value = words.next().and_then(|word| std::str::from_utf8(word).ok());
        set(known, role, value.unwrap_or_default());
    }
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

/// Reads the entry of `.netrc` around a password. False if there is none.
fn netrc(text: &[u8], range: &Range<usize>, known: &mut Context) -> bool {
    let from = range.start.saturating_sub(REACH);
    let to = text.len().min(range.end + REACH);
    let before = &text[from..range.start];
    let Some(start) = memchr::memmem::rfind(before, b"machine ") else {
        return false;
    };
    let behind = &text[range.end..to];
    let end = [b"machine".as_slice(), b"default", b"macdef"]
        .iter()
        .filter_map(|word| memchr::memmem::find(behind, word))
        .min()
        .unwrap_or(behind.len());
    for part in [&before[start..], &behind[..end]] {
        let Ok(part) = std::str::from_utf8(part) else {
            return true;
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
                _ => return true,
            };
            if word == "account" {
                words.next();
            } else if let Some(value) = words.next() {
                set(known, role, value);
            }
        }
    }
    true
}
