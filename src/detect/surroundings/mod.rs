//! Reads the surroundings of matches: the full path of their keys, and the user, host and database
//! that belong to a password. Only texts with a match are read. They are read as a whole, so that
//! the result does not depend on how the matches were found.
//!
//! The readers are lenient and bounded: they take the parts of a text that look like settings, and never
//! fail.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use key_roles::{Role, owner, role_of};
use settings_tree::{Entry, ROOT, Tree};

use super::candidate::Match;
use super::database_engine::engine_in;
use super::file_kind::FileKind;
use super::formats::name::normalise;
use super::searched_text::Text;
use crate::finding::{Context, Kind};
use crate::steps;

mod comments;
mod connection_string;
mod flow_reader;
mod key_roles;
mod line_reader;
mod markup_reader;
mod settings_tree;

/// Texts are read up to this size, in bytes. The surroundings in a larger text stay unknown.
const LARGEST: usize = 1 << 20;
/// Greatest length of a path of keys in bytes. A longer one is not reported.
const LONGEST_PATH: usize = 200;
/// Greatest number of entries of a node that are read for one match.
const MOST_SIBLINGS: usize = 200;

/// Adds the surroundings in the text to the contexts of its matches, which are in order. An
/// application password with the host or the name of a database becomes a database password.
pub(super) fn read_surroundings(text: Text, matches: &mut [Match]) {
    if matches.is_empty() || !text.is_plain() || text.bytes.len() > LARGEST {
        return;
    }
    let settings = Settings::read(text);
    for found in matches {
        let mut known = (*found.context).clone();
        settings.fill(&found.range, &mut known);
        let engine = known.engine.as_deref();
        let database = engine.is_some_and(|engine| !matches!(engine, "redis" | "elasticsearch"));
        if found.kind == Kind::Application
            && database
            && (known.host.is_some() || known.database.is_some())
        {
            found.kind = Kind::Database;
        }
        if known != *found.context {
            found.context = Arc::new(known);
        }
    }
}

/// The entries of a text, sorted by the place of their values and by their node.
struct Settings<'t> {
    /// The text.
    text: Text<'t>,
    /// The settings in it.
    tree: Tree,
    /// Indices of entries, sorted by the beginning of their values.
    by_value: Vec<usize>,
    /// Indices of entries, sorted by node.
    by_node: Vec<usize>,
    /// The facts of the nodes that were asked for. All matches of a node share them: in a text of
    /// secrets, each of the matches would read the same entries again.
    facts: RefCell<HashMap<usize, Rc<[LoginFact<'t>]>>>,
}

/// An entry whose key states a role in a login.
struct LoginFact<'t> {
    role: Role,
    /// The part of the key that names the login.
    owner: Box<str>,
    value: &'t str,
}

impl<'t> Settings<'t> {
    /// Reads a text with the reader for its kind.
    fn read(text: Text<'t>) -> Self {
        let mut tree = Tree::new();
        let start = text
            .bytes
            .trim_ascii_start()
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(text.bytes);
        let start = comments::skip_leading(start);
        // A section of an INI file begins like a JSON array, and a template like an object.
        let by_line = match start {
            [b'[', b'[', name, ..] | [b'[', name, ..] => name.is_ascii_alphanumeric(),
            [b'{', b'{' | b'%' | b'#', ..] => true,
            _ => false,
        };
        match (text.kind, start.first().filter(|_| !by_line)) {
            (FileKind::Markup, _) | (FileKind::Config | FileKind::Unknown, Some(b'<')) => {
                markup_reader::read(text.bytes, &mut tree);
            }
            (FileKind::Config | FileKind::Unknown, Some(b'{' | b'[')) => {
                // The outermost object is the root, not a node of its own.
                let from = text.bytes.len() - start.len() + usize::from(start[0] == b'{');
                flow_reader::read(text.bytes, from..text.bytes.len(), ROOT, &mut tree);
            }
            (FileKind::Prose, _) => {}
            _ => line_reader::read(text.bytes, &mut tree),
        }
        Self::of(text, tree)
    }

    /// Sorts the entries of a tree.
    fn of(text: Text<'t>, tree: Tree) -> Self {
        let mut by_value: Vec<usize> = (0..tree.entries.len()).collect();
        let mut by_node = by_value.clone();
        by_value.sort_by_key(|&at| tree.entries[at].value.start);
        by_node.sort_by_key(|&at| tree.entries[at].node);
        Self {
            text,
            tree,
            by_value,
            by_node,
            facts: RefCell::default(),
        }
    }

    /// The text in a range, if it is UTF-8.
    fn str(&self, range: &Range<usize>) -> Option<&'t str> {
        std::str::from_utf8(&self.text.bytes[range.clone()]).ok()
    }

    /// The entry whose value contains `range`: the last such entry.
    fn entry_around(&self, range: &Range<usize>) -> Option<&Entry> {
        let after = self
            .by_value
            .partition_point(|&at| self.tree.entries[at].value.start <= range.start);
        let near = self.by_value[..after]
            .iter()
            .rev()
            .take(4)
            .map(|&at| &self.tree.entries[at]);
        near.into_iter().find(|entry| range.end <= entry.value.end)
    }

    /// The entries of a node.
    fn siblings(&self, node: usize) -> impl Iterator<Item = &Entry> {
        let from = self
            .by_node
            .partition_point(|&at| self.tree.entries[at].node < node);
        let entries = self.by_node[from..]
            .iter()
            .map(|&at| &self.tree.entries[at]);
        entries
            .take_while(move |entry| entry.node == node)
            .take(MOST_SIBLINGS)
    }

    /// Adds the surroundings of the match at `range` to its context.
    fn fill(&self, range: &Range<usize>, known: &mut Context) {
        let string = string_around(self.text.bytes, range);
        steps::count(string.len());
        let sure = connection_string::is_sure(
            &self.text.bytes[range.clone()],
            &self.text.bytes[range.end..string.end],
        );
        if !sure {
            (known.user, known.host, known.port, known.database) = (None, None, None, None);
        } else if let Some(text) = self
            .str(&string)
            .filter(|text| text.contains('=') || text.contains("://"))
        {
            known.fill_from(&connection_string::read(text));
        }
        let entry = self.entry_around(range);
        if entry.is_none_or(|entry| entry.value != *range) {
            // Arguments and fields on the line of the match.
            let mut tree = Tree::new();
            steps::count(line_around(self.text.bytes, range).len());
            flow_reader::read(
                self.text.bytes,
                line_around(self.text.bytes, range),
                ROOT,
                &mut tree,
            );
            let line = Settings::of(self.text, tree);
            if let Some(entry) = line
                .entry_around(range)
                .filter(|entry| entry.value == *range)
            {
                let name = self.str(&entry.key).unwrap_or_default();
                line.add_sibling_facts(entry.node, name, known);
            }
        }
        if let Some(entry) = entry {
            self.add_entry_facts(entry, range, known);
        }
    }

    /// Adds the path of the entry that contains the match, and the facts in the entries beside it.
    fn add_entry_facts(&self, entry: &Entry, range: &Range<usize>, known: &mut Context) {
        let own = self.str(&entry.key).unwrap_or_default();
        let assigned = known.key.clone();
        let same = assigned
            .as_deref()
            .is_none_or(|key| normalise(key.as_bytes()).0 == normalise(own.as_bytes()).0);
        let name = assigned.as_deref().unwrap_or(own);
        self.add_sibling_facts(entry.node, name, known);
        // Host and port may be one level higher.
        let outer = self.tree.nodes[entry.node].parent;
        if outer != entry.node && known.host.is_none() {
            self.add_sibling_facts(outer, "", known);
        }
        if known.engine.is_none() {
            let names = self.tree.names(entry.node);
            let near = names
                .last()
                .and_then(|name| self.str(name))
                .unwrap_or_default();
            known.engine = engine_in(name)
                .or_else(|| engine_in(near))
                .map(str::to_owned);
        }
        if matches!(
            self.text.kind,
            FileKind::Code | FileKind::Script | FileKind::Prose
        ) {
            return;
        }
        let mut path: Vec<&str> = self
            .tree
            .names(entry.node)
            .iter()
            .filter_map(|name| self.str(name))
            .collect();
        // If the key of a value is `value`, its name is in another entry. A string may contain
        // several values.
        if same || *range != entry.value {
            path.push(own);
        }
        if !same {
            path.push(name);
        }
        let path = path.join(".");
        if path.len() <= LONGEST_PATH && !path.chars().any(char::is_control) {
            known.key = Some(path);
        }
    }

    /// The facts in the entries of a node, in the order of the entries.
    fn login_facts(&self, node: usize) -> Rc<[LoginFact<'t>]> {
        if let Some(facts) = self.facts.borrow().get(&node) {
            return Rc::clone(facts);
        }
        let fact = |entry: &Entry| {
            steps::count(entry.key.len());
            let (key, value) = (self.str(&entry.key)?, self.str(&entry.value)?);
            let key = normalise(key.as_bytes()).0;
            let (role, owner) = role_of(&key)?;
            (value.len() <= connection_string::LONGEST).then(|| LoginFact {
                role,
                owner: owner.into(),
                value,
            })
        };
        let facts: Rc<[_]> = self.siblings(node).filter_map(fact).collect();
        self.facts.borrow_mut().insert(node, Rc::clone(&facts));
        facts
    }

    /// Adds the facts in the entries of a node that belong to the same login as the key `name`.
    fn add_sibling_facts(&self, node: usize, name: &str, known: &mut Context) {
        let facts = self.login_facts(node);
        if facts.is_empty() {
            return;
        }
        let normal = normalise(name.as_bytes()).0;
        let of = owner(&normal);
        let mut found: Vec<(bool, Role, &str)> = Vec::new();
        for fact in facts.iter() {
            let whose = &*fact.owner;
            let shared = fact.role != Role::User && !whose.is_empty() && of.starts_with(whose);
            steps::count(1);
            if whose == of || shared {
                found.push((whose != of, fact.role, fact.value));
            }
        }
        // Facts about this login take precedence over facts that several logins share.
        found.sort_by_key(|(shared, ..)| *shared);
        for (_, role, value) in &found {
            match role {
                Role::Engine => {
                    if known.engine.is_none() {
                        known.engine = engine_in(value).map(str::to_owned);
                    }
                }
                Role::Address => {
                    if value.contains("://") || value.contains("jdbc:") || value.contains('=') {
                        known.fill_from(&connection_string::read(value));
                    }
                }
                role => connection_string::set(known, *role, value),
            }
        }
    }
}

/// The text between the quotes around `range` on its line, or the whole line.
fn string_around(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let line = line_around(text, range);
    let quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>');
    let start = text[line.start..range.start]
        .iter()
        .rposition(quote)
        .map_or(line.start, |at| line.start + at + 1);
    let end = text[range.end..line.end]
        .iter()
        .position(quote)
        .map_or(line.end, |at| range.end + at);
    start..end
}

/// The line of `range`, up to half of [`connection_string::LONGEST`] on either side.
fn line_around(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let from = range.start.saturating_sub(connection_string::LONGEST / 2);
    let to = text.len().min(range.end + connection_string::LONGEST / 2);
    let start = memchr::memrchr(b'\n', &text[from..range.start]).map_or(from, |at| from + at + 1);
    let end = memchr::memchr(b'\n', &text[range.end..to]).map_or(to, |at| range.end + at);
    start..end
}

#[cfg(test)]
mod tests;
