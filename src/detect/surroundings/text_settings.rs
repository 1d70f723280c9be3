//! The settings of one text, and the facts of logins that its entries state.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::key_roles::{Owner, Role, is_database_word, role_of, words};
use super::login_facts::LoginFact;
use super::settings_tree::{Entry, ROOT, Tree};
use super::{comments, connection_string, flow_reader, line_reader, markup_reader};
use crate::detect::database_engine::engine_in_name;
use crate::detect::file_kind::FileKind;
use crate::detect::formats::name::normalise;
use crate::detect::searched_text::Text;
use crate::finding::Syntax;
use crate::steps;

/// Texts are read up to this size, in bytes. The surroundings in a larger text stay unknown.
pub(super) const LARGEST: usize = 1 << 20;
/// Greatest number of entries of a node that are read for one match.
pub(super) const MOST_SIBLINGS: usize = 200;

/// Names of nodes whose entries belong to the login of the node around them.
pub(super) const PARTS: [&str; 17] = [
    "credentials",
    "credential",
    "auth",
    "authentication",
    "login",
    "account",
    "user",
    "security",
    "secret",
    "secrets",
    "hikari",
    "pool",
    "basicauth",
    "authproperties",
    "env",
    "environment",
    "config",
];

/// The entries of a text, sorted by the place of their values and by their node.
pub(super) struct Settings<'t> {
    /// The text.
    pub(super) text: Text<'t>,
    /// The settings in it.
    pub(super) tree: Tree,
    /// Indices of entries, sorted by the beginning of their values.
    by_value: Vec<usize>,
    /// Indices of entries, sorted by node.
    by_node: Vec<usize>,
    /// The facts of the nodes that were asked for. All matches of a node share them: in a text of
    /// secrets, each of the matches would read the same entries again.
    facts: RefCell<HashMap<usize, Rc<[LoginFact<'t>]>>>,
    /// The facts of databases by the node around theirs, and by the words of their keys.
    pub(super) nearby: OnceCell<HashMap<(usize, Owner), Nearby>>,
}

/// The facts with the same words in nodes of one parent.
#[derive(Default)]
pub(super) struct Nearby {
    /// The node of each fact, and its position there.
    pub(super) facts: Vec<(usize, usize)>,
    /// The last node that has a password.
    pub(super) last_password: Option<usize>,
    /// Whether several nodes have a password.
    pub(super) has_several: bool,
}

impl<'t> Settings<'t> {
    /// Reads a text with the reader for its kind.
    pub(super) fn read(text: Text<'t>) -> Self {
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
            _ => line_reader::read(text, &mut tree),
        }
        tree.pair_names_with_values(text.bytes);
        tree.merged.sort_unstable();
        Self::of(text, tree)
    }

    /// Sorts the entries of a tree.
    pub(super) fn of(text: Text<'t>, tree: Tree) -> Self {
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
            nearby: OnceCell::new(),
        }
    }

    /// The text in a range, if it is UTF-8.
    pub(super) fn str(&self, range: &Range<usize>) -> Option<&'t str> {
        std::str::from_utf8(&self.text.bytes[range.clone()]).ok()
    }

    /// The entries whose values contain `range`: the last such entry, and others with the same value.
    pub(super) fn entries_around(&self, range: &Range<usize>) -> impl Iterator<Item = &Entry> {
        let after = self
            .by_value
            .partition_point(|&at| self.tree.entries[at].value.start <= range.start);
        let near = self.by_value[..after]
            .iter()
            .rev()
            .take(4)
            .map(|&at| &self.tree.entries[at]);
        let mut value = None;
        near.filter(move |entry| {
            let contains = range.end <= entry.value.end;
            contains && *value.get_or_insert(&entry.value) == &entry.value
        })
    }

    /// The entries of a node.
    pub(super) fn siblings(&self, node: usize) -> impl Iterator<Item = &Entry> {
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

    /// Sorts the facts of databases by the node around theirs.
    pub(super) fn nearby(&self) -> HashMap<(usize, Owner), Nearby> {
        let mut all: HashMap<(usize, Owner), Nearby> = HashMap::new();
        let mut last = None;
        for &at in &self.by_node {
            let node = self.tree.entries[at].node;
            if last.replace(node) == Some(node) {
                continue;
            }
            let parent = self.tree.nodes[node].parent;
            for (at, fact) in self.login_facts(node).iter().enumerate() {
                if !fact.owner.is_database() {
                    continue;
                }
                let own = (node != parent).then_some(node);
                let owners = [Some(fact.owner.clone()), fact.owner.without_last_database()];
                let scopes = [Some(parent), own].into_iter().flatten();
                for (scope, owner) in scopes.flat_map(|scope| {
                    owners
                        .clone()
                        .into_iter()
                        .flatten()
                        .map(move |owner| (scope, owner))
                }) {
                    let group = all.entry((scope, owner)).or_default();
                    group.facts.push((node, at));
                    if fact.role == Role::Password {
                        group.has_several |= group.last_password.is_some_and(|other| other != node);
                        group.last_password = Some(node);
                    }
                }
            }
        }
        all
    }

    /// Whether the name of a node, or of the node around it, says that it is about a database, and whether it is the name
    /// of a database.
    pub(super) fn is_database(&self, node: usize) -> (bool, bool) {
        let node = &self.tree.nodes[node];
        let outer = &self.tree.nodes[node.parent];
        let names = [&node.name, &outer.name, &node.title];
        let names = names.map(|name| self.str(name).map(words).unwrap_or_default());
        let is_word = |word: &String| is_database_word(word);
        let is_about = names.iter().flatten().any(is_word);
        let is_name = names[..2]
            .iter()
            .any(|name| name.last().is_some_and(is_word));
        (is_about, is_name)
    }

    /// The engine that the words of a key or the name of its node state.
    pub(super) fn named_engine(&self, node: usize, owner: &Owner) -> Option<&'static str> {
        let by_word = owner.words().iter().rev();
        let by_word = by_word
            .filter_map(|word| engine_in_name(word.trim_end_matches(|c: char| c.is_ascii_digit())));
        let node = &self.tree.nodes[node];
        let title = self.str(&node.title).unwrap_or_default();
        // The callee of a call.
        let title = title.rsplit_once('(').map_or(title, |(before, _)| {
            before
                .rsplit(|c: char| c.is_whitespace() || c == '(')
                .next()
                .unwrap_or(before)
        });
        let name = self.str(&node.name).unwrap_or_default();
        let outer = self
            .str(&self.tree.nodes[node.parent].name)
            .unwrap_or_default();
        let is_part = PARTS.contains(&normalise(name.as_bytes()).0.as_str());
        by_word
            .chain(engine_in_name(name))
            .chain(engine_in_name(title))
            .chain(is_part.then(|| engine_in_name(outer)).flatten())
            .next()
    }

    /// The facts in the entries of a node, in the order of the entries.
    pub(super) fn login_facts(&self, node: usize) -> Rc<[LoginFact<'t>]> {
        if let Some(facts) = self.facts.borrow().get(&node) {
            return Rc::clone(facts);
        }
        // A bare value of a program is an expression.
        let is_program = self.text.kind == FileKind::Code || self.text.syntax == Syntax::Hcl;
        let fact = |entry: &Entry| {
            steps::count(entry.key.len());
            let (key, value) = (self.str(&entry.key)?, self.str(&entry.value)?);
            let (role, owner) = role_of(key)?;
            let is_number = value.bytes().all(|b| b.is_ascii_digit());
            let is_literal = entry.quoted || !is_program || is_number;
            (value.len() <= connection_string::LONGEST && is_literal).then_some(LoginFact {
                role,
                bare: owner.without_database(),
                owner,
                value,
            })
        };
        let facts: Rc<[_]> = self.siblings(node).filter_map(fact).collect();
        self.facts.borrow_mut().insert(node, Rc::clone(&facts));
        facts
    }
}

/// The line of `range`, up to half of [`connection_string::LONGEST`] on either side.
pub(super) fn line_around(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let from = range.start.saturating_sub(connection_string::LONGEST / 2);
    let to = text.len().min(range.end + connection_string::LONGEST / 2);
    let start = memchr::memrchr(b'\n', &text[from..range.start]).map_or(from, |at| from + at + 1);
    let end = memchr::memchr(b'\n', &text[range.end..to]).map_or(to, |at| range.end + at);
    start..end
}
