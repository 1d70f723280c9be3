//! The entries of Kubernetes Secrets, found by the structure of a text in YAML or JSON
//! (<https://kubernetes.io/docs/concepts/configuration/secret/>).

use std::ops::Range;

use crate::detect::reading::yaml_tree::{self, Event};
use crate::finding::Syntax;
use crate::steps;

/// An entry of `data` or `stringData` of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, without quotes.
    pub key: Range<usize>,
    /// The first byte of the value's scalar.
    pub at: usize,
    /// What the value is.
    pub form: Form,
    /// The syntax of the scalar.
    pub syntax: Syntax,
}

/// What the value of an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Base64, in `data`.
    Base64,
    /// Text, in `stringData`.
    Text,
    /// Ciphertext, in the `encryptedData` of a SealedSecret.
    Encrypted,
}

/// The Secrets of a document.
pub struct Secrets {
    /// Their entries, in the order in which the Secrets end.
    pub entries: Vec<Entry>,
    /// The document.
    pub document: Range<usize>,
}

/// Reads the document around `at`, which begins at `done` or later.
pub fn secrets(text: &[u8], at: usize, done: usize) -> Secrets {
    let document = document(text, at, done);
    steps::count(document.len());
    let mut builder = Builder::new(text, syntax(&text[document.clone()]));
    yaml_tree::walk(text, document.clone(), |event| builder.add(event));
    Secrets {
        entries: builder.entries,
        document,
    }
}

/// Whether `anchor`, the word `secret` at the end of `Secret` or `SealedSecret`, is the value of a key `kind` on its line, or alone on its line. Only then it may
/// be the kind of a Secret.
pub fn is_kind(text: &[u8], anchor: &Range<usize>) -> bool {
    const BEFORE: usize = 64;
    let behind = text[anchor.end..]
        .strip_prefix(b"List")
        .unwrap_or(&text[anchor.end..]);
    let is_word = !behind.first().is_some_and(|&byte| is_of_word(byte));
    if !text[anchor.clone()].starts_with(b"S") || !is_word {
        return false;
    }
    let line = &text[anchor.start.saturating_sub(BEFORE)..anchor.start];
    let line = line
        .rsplit(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"Sealed").unwrap_or(line);
    let mut before = without_quote(line).trim_ascii_end();
    // Tags and anchors.
    while let Some(word) = before.iter().rposition(|byte| matches!(byte, b'!' | b'&'))
        && !before[word..].contains(&b' ')
    {
        before = before[..word].trim_ascii_end();
    }
    let Some(before) = before.strip_suffix(b":") else {
        // The key may be on the line before.
        let line = behind
            .split(|&byte| byte == b'\n')
            .next()
            .unwrap_or_default()
            .trim_ascii_end();
        return before.is_empty() && matches!(line, b"" | b"\"" | b"'" | b"\"," | b"',");
    };
    let key = without_quote(before.trim_ascii_end());
    key.strip_suffix(b"kind")
        .is_some_and(|before| !before.last().is_some_and(|&byte| is_of_word(byte)))
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The bytes without a quote at their end, with the backslashes before it.
fn without_quote(bytes: &[u8]) -> &[u8] {
    match bytes {
        [before @ .., b'"' | b'\''] => before,
        _ => bytes,
    }
}

/// The syntax of strings in double quotes: JSON begins with an object, or with an array of objects.
fn syntax(document: &[u8]) -> Syntax {
    let is_json = match document.trim_ascii_start() {
        [b'{', rest @ ..] => rest.trim_ascii_start().starts_with(b"\""),
        [b'[', rest @ ..] => rest.trim_ascii_start().starts_with(b"{"),
        _ => false,
    };
    if is_json { Syntax::Json } else { Syntax::Yaml }
}

/// The document around `at`, from the `---` before it to the one after.
fn document(text: &[u8], at: usize, done: usize) -> Range<usize> {
    let start =
        memchr::memmem::rfind(&text[done..at], b"\n---").map_or(done, |found| done + found + 1);
    let end =
        memchr::memmem::find(&text[at..], b"\n---").map_or(text.len(), |found| at + found + 1);
    start..end
}

/// Finds Secrets among the mappings of a document.
struct Builder<'t> {
    text: &'t [u8],
    /// The syntax of strings in double quotes.
    syntax: Syntax,
    /// The entries of the Secrets that have ended.
    entries: Vec<Entry>,
    /// The entries of open mappings whose kind is not known yet.
    pending: Vec<Entry>,
    mappings: Vec<Mapping>,
}

/// An open mapping.
struct Mapping {
    role: Role,
    /// What the kind says, if there is one.
    kind: Option<Kind>,
    has_version: bool,
    /// The last key.
    key: Range<usize>,
    /// The number of pending entries before it.
    first: usize,
}

/// The relation of a mapping to the mapping around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Its `data`.
    Data,
    /// Its `stringData`.
    StringData,
    /// Its `encryptedData`.
    EncryptedData,
    /// Its `spec`.
    Spec,
    /// One of its `items`.
    Item,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    SecretList,
    SealedSecret,
    Other,
}

impl<'t> Builder<'t> {
    fn new(text: &'t [u8], syntax: Syntax) -> Self {
        Self {
            text,
            syntax,
            entries: Vec::new(),
            pending: Vec::new(),
            mappings: Vec::new(),
        }
    }

    fn add(&mut self, event: Event) {
        match event {
            Event::Open => {
                let role = match self
                    .mappings
                    .last()
                    .map(|mapping| &self.text[mapping.key.clone()])
                {
                    Some(b"data") => Role::Data,
                    Some(b"stringData") => Role::StringData,
                    Some(b"encryptedData") => Role::EncryptedData,
                    Some(b"spec") => Role::Spec,
                    Some(b"items") => Role::Item,
                    _ => Role::Other,
                };
                self.open(role);
            }
            Event::Key(key) => self.key(key),
            Event::Scalar(at) => self.scalar(at),
            Event::Close => self.close(),
        }
    }

    fn open(&mut self, role: Role) {
        self.mappings.push(Mapping {
            role,
            kind: None,
            has_version: false,
            key: 0..0,
            first: self.pending.len(),
        });
    }

    fn key(&mut self, key: Range<usize>) {
        let Some(mapping) = self.mappings.last_mut() else {
            return;
        };
        let is_again = match &self.text[key.clone()] {
            b"kind" => mapping.kind.is_some(),
            b"apiVersion" => std::mem::replace(&mut mapping.has_version, true),
            _ => false,
        };
        if is_again && mapping.role == Role::Other {
            // Another object, with no mark before it.
            self.close();
            self.open(Role::Other);
        }
        if let Some(mapping) = self.mappings.last_mut() {
            mapping.key = key;
        }
    }

    fn scalar(&mut self, at: usize) {
        let text = self.text;
        let Some(mapping) = self.mappings.last_mut() else {
            return;
        };
        let form = match mapping.role {
            Role::Data => Form::Base64,
            Role::StringData => Form::Text,
            Role::EncryptedData => Form::Encrypted,
            Role::Item | Role::Spec | Role::Other => {
                if text[mapping.key.clone()] == *b"kind" {
                    mapping.kind = Some(kind(&text[at..]));
                }
                return;
            }
        };
        let is_string = text.get(at) == Some(&b'"');
        self.pending.push(Entry {
            key: mapping.key.clone(),
            at,
            form,
            syntax: if is_string { self.syntax } else { Syntax::Yaml },
        });
    }

    /// Ends the innermost mapping, and decides on its entries if it says its kind.
    fn close(&mut self) {
        let Some(mapping) = self.mappings.pop() else {
            return;
        };
        let is_encrypted = |entry: &Entry| entry.form == Form::Encrypted;
        match (mapping.role, mapping.kind) {
            // The mapping around it decides.
            (Role::Data | Role::StringData | Role::EncryptedData, _) | (Role::Item, None) => {}
            (Role::Spec, _) => {
                let entries = self.pending.split_off(mapping.first);
                self.pending
                    .extend(entries.into_iter().filter(is_encrypted));
            }
            (Role::Item | Role::Other, Some(Kind::Secret | Kind::SecretList)) => {
                let entries = self.pending.drain(mapping.first..);
                self.entries
                    .extend(entries.filter(|entry| !is_encrypted(entry)));
            }
            (Role::Item | Role::Other, Some(Kind::SealedSecret)) => {
                let entries = self.pending.drain(mapping.first..);
                self.entries.extend(entries.filter(is_encrypted));
            }
            (Role::Item | Role::Other, _) => self.pending.truncate(mapping.first),
        }
    }
}

/// The kind that a scalar names.
fn kind(scalar: &[u8]) -> Kind {
    let mut rest = scalar;
    while let Some(b'!' | b'&') = rest.first() {
        let word = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(rest.len());
        rest = rest[word..].trim_ascii_start();
    }
    let rest = match rest {
        [b'"' | b'\'', rest @ ..] => rest,
        _ => rest,
    };
    let word = rest
        .iter()
        .position(|&byte| !is_of_word(byte))
        .unwrap_or(rest.len());
    match &rest[..word] {
        b"Secret" => Kind::Secret,
        b"SecretList" => Kind::SecretList,
        b"SealedSecret" => Kind::SealedSecret,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests;
