//! Reads the surroundings of matches: the full path of their keys, and the user, host and database
//! that belong to a password. Only texts with a match are read. They are read as a whole, so that
//! the result does not depend on how the matches were found.
//!
//! The readers are lenient and bounded: they take the parts of a text that look like settings, and never
//! fail.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use environment::{CodeBlocks, StatedSettings, Statements};
use key_roles::{Role, may_state_login, role_of};
use login_facts::{Login, LoginFact, Unclear};
use settings_tree::{Entry, ROOT, Tree};
use text_settings::{LARGEST, MOST_SIBLINGS, PARTS, Settings, line_around};

pub(super) use sections::{Assignment, Section, assignments};

use super::candidate::Match;
use super::file_kind::FileKind;
use super::filters::{is_reserved, is_stated_login, is_weak_word};
use super::formats::jaas;
use super::formats::name::normalise;
use super::searched_text::Text;
use crate::finding::{Context, Kind, Syntax};
use crate::steps;

mod client_command;
mod comments;
mod connection_string;
mod environment;
mod flow_reader;
mod key_roles;
mod line_reader;
mod login_facts;
mod login_file;
mod markup_reader;
mod sections;
mod settings_tree;
mod text_settings;

/// Greatest length of a path of keys in bytes. A longer one is not reported.
const LONGEST_PATH: usize = 200;

/// Adds the surroundings in the text to the contexts of its matches, which are in order. An
/// application password with the host or the name of a database becomes a database password.
pub(super) fn read_surroundings(text: Text, matches: &mut [Match]) {
    if matches.is_empty() || !text.is_plain() || text.bytes.len() > LARGEST {
        return;
    }
    let settings = Settings::read(text);
    let environments = Environments::read(text, matches);
    for found in matches {
        let mut known = (*found.context).clone();
        let key = known.key.as_deref();
        let is_password = key.is_none_or(is_password_key);
        let names_database = settings.fill(found, &mut known);
        if let Some(stated) = environments.around(&settings, &found.range) {
            known.environment = stated.to_vec();
        }
        if found.kind == Kind::Application && is_of_database(&known, is_password, names_database) {
            found.kind = Kind::Database;
        }
        if known != *found.context {
            found.context = Arc::new(known);
        }
    }
}

/// Whether a key says that its value is a password.
pub(super) fn is_password_key(key: &str) -> bool {
    matches!(role_of(key), Some((Role::Password, _)))
}

/// Of the matches at these positions, which are in order, those near words of a login. A login that only words far from the
/// password state is not looked for.
pub(super) fn near_words_of_logins(
    text: Text,
    matches: &[Match],
    mut positions: Vec<usize>,
) -> Vec<usize> {
    if text.bytes.len() > LARGEST {
        return Vec::new();
    }
    // In a file of logins, the position of a value is its role.
    if text.kind != FileKind::Login {
        let mut known = None;
        positions.retain(|&at| {
            let range = &matches[at].range;
            may_have_login(text, range.start, &mut known)
                || jaas::user_beside(text.bytes, range).is_some()
        });
    }
    positions
}

/// Of the matches at these positions, which are in order, those beside which a login is recognised: a user, and a host, an
/// engine, the module of JAAS or another attribute of the same element.
#[expect(
    clippy::disallowed_methods,
    reason = "the strength of a value is examined"
)]
pub(super) fn find_logins(text: Text, matches: &[Match], positions: Vec<usize>) -> Vec<usize> {
    let mut positions = near_words_of_logins(text, matches, positions);
    if positions.is_empty() {
        return positions;
    }
    let settings = Settings::read(text);
    positions.retain(|&at| {
        let mut known = (*matches[at].context).clone();
        settings.fill(&matches[at], &mut known);
        let is_login = known.user.is_some() && (known.host.is_some() || known.engine.is_some());
        if known.host.as_deref().is_some_and(is_reserved) {
            return false;
        }
        // A word that may stand for a password needs more than others.
        if is_weak_word(matches[at].value.expose()) {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            return is_stated_login(&part(&known.user), &part(&known.host));
        }
        let is_module = jaas::user_beside(text.bytes, &matches[at].range).is_some();
        is_login
            || is_module
            || text.kind == FileKind::Markup && has_user(text.bytes, &matches[at].range)
    });
    positions
}

/// Whether the text around a password may state its login. `known` is the answer for the last block, so that each block is
/// searched a few times at most.
fn may_have_login(text: Text, at: usize, known: &mut Option<(usize, bool)>) -> bool {
    /// Bytes of a block. The words of a login are in the block of its password, or in those beside it.
    const BLOCK: usize = 2 * 1024;
    let block = at / BLOCK;
    match *known {
        Some((of, answer)) if of == block => answer,
        _ => {
            let end = text.bytes.len().min((block + 2) * BLOCK);
            let near = &text.bytes[block.saturating_sub(1) * BLOCK..end];
            steps::count(near.len());
            let answer = may_state_login(near, text.kind == FileKind::Markup);
            *known = Some((block, answer));
            answer
        }
    }
}

/// Whether the value at `range` is an attribute beside one for its user: `<user username="x" password="y"/>`.
fn has_user(text: &[u8], range: &Range<usize>) -> bool {
    const LONGEST: usize = 512;
    let before = &text[range.start.saturating_sub(LONGEST)..range.start];
    let behind = &text[range.end..text.len().min(range.end + LONGEST)];
    let Some(start) = memchr::memrchr2(b'<', b'>', before).filter(|&at| before[at] == b'<') else {
        return false;
    };
    let end = memchr::memchr2(b'<', b'>', behind).unwrap_or(behind.len());
    let is_user = |word: &[u8]| {
        let word = std::str::from_utf8(word).ok().and_then(role_of);
        matches!(word, Some((Role::User, _)))
    };
    let mut words = before[start + 1..].split(u8::is_ascii_whitespace);
    let tag = words.next().unwrap_or_default();
    // `a < b` of a program is no tag.
    if !tag.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let of_user = is_user(tag);
    let behind = behind[..end].split(u8::is_ascii_whitespace);
    words.chain(behind).any(|word| {
        let key = word.split(|&byte| byte == b'=').next().unwrap_or_default();
        key.len() < word.len() && (is_user(key) || of_user && key == b"name")
    })
}

/// Whether a secret of an application is that of a database. `is_named`: the key or the section of a password says so.
fn is_of_database(known: &Context, is_password: bool, is_named: bool) -> bool {
    let has_place = known.host.is_some() || known.database.is_some();
    match known.engine.as_deref() {
        Some("redis" | "elasticsearch") => false,
        Some(_) => is_named || has_place,
        None => is_named || (is_password && known.database.is_some()),
    }
}

impl<'t> Settings<'t> {
    /// Adds the surroundings of a match to its context. Returns whether they say that it is the password of a database.
    fn fill(&self, found: &Match, known: &mut Context) -> bool {
        let range = &found.range;
        let mut is_database = false;
        let mut entries = self.entries_around(range).peekable();
        let string = self.string_of(range, entries.peek().copied());
        steps::count(string.len());
        let sure = connection_string::is_sure(
            &self.text.bytes[range.clone()],
            &self.text.bytes[range.end..string.end],
        );
        if !sure {
            (known.user, known.host, known.port, known.database) = (None, None, None, None);
        } else if let Some(text) = self
            .str(&string)
            .filter(|text| text.contains('=') || text.contains("://") || text.contains("@tcp("))
        {
            known.fill_from(&connection_string::read(text));
        }
        if let Some(user) = jaas::user_beside(self.text.bytes, range) {
            known.user = Some(user);
        }
        let line = line_around(self.text.bytes, range);
        if self.text.kind == FileKind::Login {
            known.fill_from(&login_file::read(self.text.bytes, range, &line));
        } else if sure && let Some(command) = client_command::read(self.text.bytes, range) {
            known.fill_from(&command);
            is_database |= known.engine.as_deref() != Some("redis");
        }
        if entries.peek().is_none_or(|entry| entry.value != *range) {
            // Arguments and fields on the line of the match.
            let mut tree = Tree::new();
            steps::count(line.len());
            flow_reader::read(self.text.bytes, line.clone(), ROOT, &mut tree);
            let line = Settings::of(self.text, tree);
            let entry = line
                .entries_around(range)
                .find(|entry| entry.value == *range);
            if let Some(entry) = entry {
                is_database |= line.add_login(entry, range, known);
            }
        }
        let first = entries.peek().copied();
        for entry in entries {
            is_database |= self.add_login(entry, range, known);
        }
        if let Some(entry) = first {
            self.add_path(entry, range, known);
        }
        if found.kind == Kind::Database && self.text.kind == FileKind::Code {
            self.add_call(range, &line, known);
        }
        is_database
    }

    /// The text that may be a connection string with the value at `range`.
    fn string_of(&self, range: &Range<usize>, entry: Option<&Entry>) -> Range<usize> {
        let string = string_around(self.text.bytes, range);
        match entry {
            Some(entry)
                if string.start < entry.value.start
                    && entry.value.len() <= connection_string::LONGEST =>
            {
                entry.value.start..string.end.min(entry.value.end)
            }
            _ => string,
        }
    }

    /// Adds the facts in the entries beside the one that contains the match. Returns whether the login is that of a
    /// database.
    fn add_login(&self, entry: &Entry, range: &Range<usize>, known: &mut Context) -> bool {
        let own = role_of(self.str(&entry.key).unwrap_or_default());
        let own = match own {
            Some((role @ (Role::Password | Role::Secret | Role::Address), owner)) => {
                Some((role, owner))
            }
            _ if entry.value == *range => known.key.as_deref().and_then(role_of),
            // The value is a part of another text.
            _ => return false,
        };
        let (role, owner) = own.unwrap_or_default();
        let (in_database, is_name_of_database) = self.is_database(entry.node);
        let login = Login {
            has_password_key: role == Role::Password,
            is_database: in_database || owner.is_database(),
            in_database,
            is_name_of_database,
            bare: owner.without_database(),
            owner,
        };
        let mut unclear = Unclear::default();
        let mut is_database = login.is_database;
        is_database |=
            login_facts::fill(&login, &self.login_facts(entry.node), known, &mut unclear);
        let merged = &self.tree.merged;
        let first = merged.partition_point(|(node, _)| *node < entry.node);
        let of_node = merged[first..]
            .iter()
            .take_while(|(node, _)| *node == entry.node);
        for (_, from) in of_node.take(8) {
            login_facts::fill(&login, &self.login_facts(*from), known, &mut unclear);
        }
        self.add_outer(entry.node, &login, known, &mut unclear);
        if role == Role::Password && !login.owner.is_empty() && login.is_database {
            self.add_nearby(entry.node, &login, known, &mut unclear);
        }
        if known.engine.is_none() {
            known.engine = self
                .named_engine(entry.node, &login.owner)
                .map(str::to_owned);
        }
        role == Role::Password && (is_database || self.is_client_section(entry.node, known))
    }

    /// Adds the facts of the nodes around one that is a part of a login.
    fn add_outer(
        &self,
        mut node: usize,
        login: &Login,
        known: &mut Context,
        unclear: &mut Unclear,
    ) {
        for _ in 0..2 {
            let outer = self.tree.nodes[node].parent;
            let name = self.str(&self.tree.nodes[node].name).unwrap_or_default();
            let name = normalise(name.as_bytes()).0;
            if outer == node {
                return;
            }
            let facts = self.login_facts(outer);
            if matches!(name.as_str(), "connection" | "connections") {
                let mut engine = Context::default();
                login_facts::fill(login, &facts, &mut engine, &mut Unclear::default());
                known.engine = known.engine.take().or(engine.engine);
            }
            if !PARTS.contains(&name.as_str()) {
                return;
            }
            let (in_database, is_name_of_database) = self.is_database(outer);
            let login = Login {
                in_database: login.in_database || in_database,
                is_name_of_database,
                ..login.clone()
            };
            login_facts::fill(&login, &facts, known, unclear);
            node = outer;
        }
    }

    /// Adds the facts of nodes beside that of the login, which its words name.
    fn add_nearby(&self, node: usize, login: &Login, known: &mut Context, unclear: &mut Unclear) {
        let nearby = self.nearby.get_or_init(|| self.nearby());
        let parent = self.tree.nodes[node].parent;
        let Some(found) = nearby.get(&(parent, login.owner.clone())) else {
            return;
        };
        if found.has_several || found.last_password.is_some_and(|at| at != node) {
            return;
        }
        let facts = found.facts.iter().take(MOST_SIBLINGS);
        let facts: Vec<LoginFact> = facts
            .map(|(node, at)| self.login_facts(*node)[*at].clone())
            .collect();
        login_facts::fill(login, &facts, known, unclear);
    }

    /// Whether a section is one of the clients of MySQL in `my.cnf`. It states no host that is not MySQL's.
    fn is_client_section(&self, node: usize, known: &mut Context) -> bool {
        if self.text.syntax != Syntax::Ini {
            return false;
        }
        let name = self.str(&self.tree.nodes[node].name).unwrap_or_default();
        let is_client =
            name.starts_with("mysql") || name.starts_with("mariadb") || name == "client";
        let options = |entry: &Entry| {
            matches!(
                self.str(&entry.key),
                Some(
                    "user"
                        | "password"
                        | "host"
                        | "port"
                        | "socket"
                        | "database"
                        | "protocol"
                        | "ssl-ca"
                        | "ssl-mode"
                )
            ) || self.text.bytes[entry.key.clone()].starts_with(b"default-")
        };
        let is_client = is_client && (name != "client" || self.siblings(node).all(options));
        if is_client && known.engine.is_none() {
            let engine = if name.starts_with("mariadb") {
                "mariadb"
            } else {
                "mysql"
            };
            known.engine = Some(engine.to_owned());
        }
        is_client
    }

    /// Adds the facts in the other arguments of a call, of which the value at `range` is one.
    fn add_call(&self, range: &Range<usize>, line: &Range<usize>, known: &mut Context) {
        let before = &self.text.bytes[line.start..range.start];
        let Some(before) = std::str::from_utf8(before).ok() else {
            return;
        };
        let mut literals = before.split(['"', '\'']).skip(1).step_by(2);
        if known.host.is_none() {
            let address = literals.clone().find(|text| {
                text.contains("://") || text.contains("jdbc:") || text.contains("host=")
            });
            if let Some(address) = address {
                known.fill_from(&connection_string::read(address));
            }
        }
        // `new Sequelize('orders', 'app', '…', {host: 'db1'})`
        if before.contains("Sequelize(") {
            let (database, user) = (literals.next(), literals.next());
            connection_string::set(known, Role::Database, database.unwrap_or_default());
            connection_string::set(known, Role::User, user.unwrap_or_default());
        }
        let nodes = &self.tree.nodes;
        let is_before =
            |node: &settings_tree::Node| node.title.start.max(node.name.start) < line.start;
        let node = 1 + nodes[1..].partition_point(is_before);
        let opens = |block: &settings_tree::Node| {
            line.contains(&block.title.start) && block.title.end >= range.end
        };
        if nodes.get(node).is_some_and(opens) {
            login_facts::fill(
                &Login {
                    has_password_key: true,
                    ..Login::default()
                },
                &self.login_facts(node),
                known,
                &mut Unclear::default(),
            );
        }
    }

    /// Sets the key of a match to the path of the entry that contains it.
    fn add_path(&self, entry: &Entry, range: &Range<usize>, known: &mut Context) {
        if matches!(
            self.text.kind,
            FileKind::Code | FileKind::Script | FileKind::Prose
        ) {
            return;
        }
        let own = self.str(&entry.key).unwrap_or_default();
        let assigned = known.key.clone();
        let same = assigned
            .as_deref()
            .is_none_or(|key| normalise(key.as_bytes()).0 == normalise(own.as_bytes()).0);
        let name = assigned.as_deref().unwrap_or(own);
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
}

/// The environments that a text states.
struct Environments {
    blocks: CodeBlocks,
    settings: OnceCell<StatedSettings>,
}

impl Environments {
    fn read(text: Text, matches: &[Match]) -> Self {
        let blocks = match text.kind {
            FileKind::Code | FileKind::Script => {
                let starts: Vec<usize> = matches.iter().map(|found| found.range.start).collect();
                CodeBlocks::read(text.bytes, text.syntax, &starts)
            }
            _ => CodeBlocks::default(),
        };
        Self {
            blocks,
            settings: OnceCell::new(),
        }
    }

    /// What the text says of the environment of the value at `range`: the nearest statement.
    fn around(&self, settings: &Settings, range: &Range<usize>) -> Option<Statements> {
        let text = settings.text;
        let is_code = text.kind == FileKind::Code;
        if is_code || text.kind == FileKind::Script {
            // The objects and calls on the line of the match.
            let line = line_around(text.bytes, range);
            if self.blocks.may_be_on(&line) {
                let mut tree = Tree::new();
                steps::count(line.len());
                flow_reader::read(text.bytes, line, ROOT, &mut tree);
                let line = Settings::of(text, tree);
                let stated = StatedSettings::read_entries(&line, Vec::new());
                let entry = line.entries_around(range).next();
                let stated =
                    entry.and_then(|entry| stated.around(&line, entry.node, range.start, true));
                if stated.is_some() {
                    return stated;
                }
            }
        }
        // The entries of a program are not sorted into its classes and functions; its blocks are.
        if is_code {
            return self.blocks.around(range.start);
        }
        let node = match settings.entries_around(range).next() {
            Some(entry) => entry.node,
            None => environment::node_of_block(&settings.tree, text.bytes, range.start),
        };
        let stated = self.settings.get_or_init(|| StatedSettings::read(settings));
        let stated = stated.around(settings, node, range.start, false);
        self.blocks.around(range.start).or(stated)
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

#[cfg(test)]
mod tests;
