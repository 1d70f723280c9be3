//! All rules of an engine, and the index from anchors to the rules that want to know of them.

use std::collections::BTreeMap;

use super::anchors::Anchors;
use super::compile::{Matcher, Rule};
use super::formats::name_ends::NAME_ENDS;
use super::name_rules::NameRules;
use super::proof::key_store::StoreFormat;
use super::text_limits::TextLimits;
use crate::finding::Decoding;

/// The rules, by index, and the anchors that lead to them.
pub(super) struct RuleIndex {
    /// All rules.
    pub rules: Vec<Rule>,
    /// Finds all anchors.
    pub finder: Anchors,
    /// The uses of each anchor, by the anchor's number in `finder`.
    pub uses: Vec<Vec<AnchorUse>>,
    /// The rules of the names of assignments.
    pub names: NameRules,
    /// Rules that describe whole lines.
    pub lines: Vec<usize>,
    /// Rules that find key stores.
    pub stores: Vec<(StoreFormat, usize)>,
    /// The time against which expiry is checked, in seconds since 1970.
    pub now: i64,
    /// The limits of every text.
    pub limits: TextLimits,
    /// The greatest length of an anchor in bytes.
    pub longest_anchor: usize,
}

/// The search that an anchor starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnchorUse {
    /// The expression of a rule, within the anchor's line.
    Pattern(usize),
    /// A pattern or a format that covers more than a line.
    CrossLine(usize),
    /// A rule for objects whose `type` is the anchor.
    ObjectType(usize),
    /// A rule for Kubernetes Secrets, if the anchor is a kind.
    Kind(usize),
    /// A rule for JSON Web Keys, if the anchor is the name of the member with the kind of key.
    WebKey(usize),
    /// An assignment to a name that ends in the anchor.
    NameEnd,
    /// A URI behind an escape: the anchor is an escaped `://`.
    EscapedUri(Decoding),
}

/// `://` as it is written in strings of JSON and in parts of URLs.
const ESCAPED_URI: [(&str, Decoding); 2] = [
    (":\\/\\/", Decoding::Backslash),
    ("%3a%2f%2f", Decoding::Percent),
];

/// Ways to write the last two words of `secret_key_base`: its last word alone is too common for an
/// anchor.
const KEY_BASE: [&str; 4] = ["keybase", "key_base", "key-base", "key.base"];

/// Ways to write a name that ends in `pat`, with the text beside it.
const PAT: [&str; 9] = [
    "_pat", "-pat", ".pat", "pat:", "pat=", "pat =", "pat :", "pat\"", "pat'",
];

impl RuleIndex {
    /// Indexes the rules. `now` is in seconds since 1970.
    pub(super) fn new(rules: Vec<Rule>, now: i64) -> Self {
        let mut anchors = AnchorUses::default();
        let (mut names, mut lines, mut stores) = (Vec::new(), Vec::new(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            match &rule.matcher {
                Matcher::Pattern(pattern) => {
                    let wanted = if pattern.reach > 0 {
                        AnchorUse::CrossLine(index)
                    } else {
                        AnchorUse::Pattern(index)
                    };
                    anchors.add_all(&pattern.anchors, wanted);
                }
                Matcher::Lines(_) => lines.push(index),
                Matcher::Object { types, .. } => {
                    anchors.add_all(types, AnchorUse::ObjectType(index))
                }
                Matcher::WebKey(words) => anchors.add_all(words, AnchorUse::WebKey(index)),
                Matcher::Store(format) => stores.push((*format, index)),
                Matcher::Kubernetes(words) => anchors.add_all(words, AnchorUse::Kind(index)),
                Matcher::Names(words) => {
                    for word in words {
                        anchors.add_name(word);
                        names.push((word.clone(), index));
                    }
                }
            }
        }
        for (escaped, step) in ESCAPED_URI {
            anchors.add(escaped, AnchorUse::EscapedUri(step));
        }
        let finder = Anchors::new(anchors.0.keys().map(String::as_str));
        let longest_anchor = anchors.0.keys().map(String::len).max().unwrap_or(0);
        let uses = anchors.0.into_values().collect();
        Self {
            rules,
            finder,
            uses,
            names: NameRules::new(names),
            lines,
            stores,
            now,
            limits: TextLimits::default(),
            longest_anchor,
        }
    }
}

/// Uses by anchor, in order of the anchors.
#[derive(Default)]
struct AnchorUses(BTreeMap<String, Vec<AnchorUse>>);

impl AnchorUses {
    fn add(&mut self, anchor: &str, wanted: AnchorUse) {
        self.0.entry(anchor.to_owned()).or_default().push(wanted);
    }

    fn add_all(&mut self, anchors: &[String], wanted: AnchorUse) {
        anchors.iter().for_each(|anchor| self.add(anchor, wanted));
    }

    /// Adds the anchors of names that end in `word`.
    fn add_name(&mut self, word: &str) {
        let end = NAME_ENDS
            .into_iter()
            .find(|end| word.ends_with(end))
            .unwrap_or(word);
        let anchors = match end.len() {
            _ if word.ends_with(KEY_BASE[0]) => KEY_BASE.map(str::to_owned).to_vec(),
            // `pat` is a part of too many words.
            _ if word.ends_with("pat") => PAT.map(str::to_owned).to_vec(),
            // An anchor has at least three bytes; `pw` is found where a separator is before it.
            0..3 => vec![format!("_{end}"), format!("-{end}")],
            _ => vec![end.to_owned()],
        };
        for anchor in anchors {
            let uses = self.0.entry(anchor).or_default();
            if !uses.contains(&AnchorUse::NameEnd) {
                uses.push(AnchorUse::NameEnd);
            }
        }
    }
}
