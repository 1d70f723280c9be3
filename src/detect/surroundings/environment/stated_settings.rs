//! Statements of environments in settings: entries such as `environment: production`, each for the node that it is in.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use memchr::memmem;

use super::environment_names::{
    is_key_of_environment, is_key_of_profile, names_environment, statements_in,
};
use super::{Statements, add};
use crate::detect::file_kind::FileKind;
use crate::detect::surroundings::settings_tree::{Entry, ROOT, Tree};
use crate::detect::surroundings::text_settings::Settings;
use crate::finding::Syntax;
use crate::steps;

/// Names of nodes that describe the node around them.
const DESCRIPTIONS: [&str; 16] = [
    "tags",
    "labels",
    "metadata",
    "meta",
    "annotations",
    "app",
    "application",
    "global",
    "globals",
    "general",
    "common",
    "default",
    "defaults",
    "runtime",
    "environment",
    "env",
];

/// The statements of a text, by scope.
pub(in crate::detect::surroundings) struct StatedSettings {
    /// Node, and for the root the number of the document → statements.
    by_scope: HashMap<(usize, usize), Statements>,
    /// The offsets at which documents begin, except for the first.
    documents: Vec<usize>,
}

impl StatedSettings {
    /// Reads the statements of a whole text.
    pub(in crate::detect::surroundings) fn read(settings: &Settings) -> Self {
        let text = settings.text.bytes;
        let parts: [&[u8]; 6] = [b"env", b"ENV", b"Env", b"rofile", b"ROFILE", b"amespace"];
        match parts.iter().any(|part| memmem::find(text, part).is_some()) {
            true => Self::read_entries(settings, documents(text)),
            false => Self {
                by_scope: HashMap::new(),
                documents: Vec::new(),
            },
        }
    }

    /// Reads the statements of the entries, which may be those of a line of the text.
    pub(in crate::detect::surroundings) fn read_entries(
        settings: &Settings,
        documents: Vec<usize>,
    ) -> Self {
        let mut read = Self {
            by_scope: HashMap::new(),
            documents,
        };
        let mut found: HashMap<(usize, usize), Vec<String>> = HashMap::new();
        for entry in &settings.tree.entries {
            // A bare value of a program is an expression.
            let is_program =
                settings.text.kind == FileKind::Code || settings.text.syntax == Syntax::Hcl;
            if entry.value.len() > 64 || (is_program && !entry.quoted) {
                continue;
            }
            let (Some(key), Some(value)) = (settings.str(&entry.key), settings.str(&entry.value))
            else {
                continue;
            };
            steps::count(key.len());
            for scope in scopes(settings, entry, key).into_iter().flatten() {
                let scope = (scope, read.document(scope, entry.value.start));
                for statement in statements_in(value) {
                    add(found.entry(scope).or_default(), statement);
                }
            }
        }
        read.by_scope = found
            .into_iter()
            .map(|(scope, mut statements)| {
                statements.sort_unstable();
                (scope, Rc::from(statements))
            })
            .collect();
        read
    }

    /// The statements about a value in a node: those of the node, else of the nearest around it. `names`: names of nodes
    /// count, too.
    pub(in crate::detect::surroundings) fn around(
        &self,
        settings: &Settings,
        mut node: usize,
        at: usize,
        names: bool,
    ) -> Option<Statements> {
        if self.by_scope.is_empty() && !names {
            return None;
        }
        loop {
            let scope = (node, self.document(node, at));
            if let Some(statements) = self.by_scope.get(&scope) {
                return Some(Rc::clone(statements));
            }
            if node == ROOT {
                return None;
            }
            let name = settings
                .str(&settings.tree.nodes[node].name)
                .unwrap_or_default();
            if names && names_environment(name, &[]) {
                return Some(Rc::from([name.to_owned()]));
            }
            node = settings.tree.nodes[node].parent;
        }
    }

    /// The number of the document of an offset, if the scope is the root of the text.
    fn document(&self, scope: usize, at: usize) -> usize {
        match scope {
            ROOT => self.documents.partition_point(|start| *start <= at),
            _ => 0,
        }
    }
}

/// The node that contains a value which no entry has, such as the key in a block of text.
pub(in crate::detect::surroundings) fn node_of_block(tree: &Tree, text: &[u8], at: usize) -> usize {
    let after = tree.nodes.partition_point(|node| node.name.start <= at);
    let node = after.saturating_sub(1);
    let name: &Range<usize> = &tree.nodes[node].name;
    let between = text.get(name.end..at).unwrap_or_default();
    let is_block = between.len() <= 256 && memchr::memchr_iter(b'\n', between).count() == 1;
    if is_block { node } else { ROOT }
}

/// The nodes about which an entry states the environment.
fn scopes(settings: &Settings, entry: &Entry, key: &str) -> [Option<usize>; 3] {
    let nodes = &settings.tree.nodes;
    let name = |node: usize| settings.str(&nodes[node].name).unwrap_or_default();
    let node = entry.node;
    let (own, outer) = (name(node), name(nodes[node].parent));
    if is_key_of_profile(key)
        || (key == "on-profile" && own == "activate")
        || (key == "profiles" && own == "spring")
    {
        return [Some(ROOT), None, None];
    }
    let of = |text: &str, names: &[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    match key {
        // GitLab: `environment: {name: production}`.
        "name" if of(own, &["environment"]) && node != ROOT => {
            return [Some(node), Some(nodes[node].parent), None];
        }
        // MyBatis and Maven.
        "id" if of(own, &["environment", "profile"]) => return [Some(node), None, None],
        "name" | "id" if own.is_empty() && of(outer, &["environments", "envs", "environment"]) => {
            return [Some(node), None, None];
        }
        "profile" if settings.text.kind == FileKind::Markup => return [Some(node), None, None],
        // A namespace of Kubernetes.
        "namespace" if own == "metadata" => return [Some(nodes[node].parent), None, None],
        _ if !is_key_of_environment(key) => return [None; 3],
        _ => {}
    }
    let describes = |node: usize| node != ROOT && of(name(node), &DESCRIPTIONS);
    let around = describes(node).then(|| nodes[node].parent);
    let outermost = around
        .filter(|node| describes(*node))
        .map(|node| nodes[node].parent);
    [Some(node), around, outermost]
}

/// The offsets at which the documents of a text begin, except for the first: behind `---` of YAML, and `#---` of
/// properties.
fn documents(text: &[u8]) -> Vec<usize> {
    let is_mark = |at: &usize| {
        let before = match text[..*at].last() {
            Some(b'#' | b'!') => &text[..at - 1],
            _ => &text[..*at],
        };
        let after = text.get(at + 3).is_none_or(u8::is_ascii_whitespace);
        after && before.last().is_none_or(|byte| *byte == b'\n')
    };
    memmem::find_iter(text, b"---").filter(is_mark).collect()
}
