//! Anchors and the expression of a rule by keyword: `keyword … operator … value` on one line.

use std::sync::OnceLock;

use super::match_beginning::MatchBeginning;

/// The separators that the `_` of a keyword matches. Two words may also be joined without one.
const SEPARATORS: [&str; 4] = ["_", "-", ".", ""];

/// A keyword whose first word is shorter than this is found only where a word of the name begins:
/// `box_key` is in `dropbox_key`, too.
const SHORT: usize = 5;

/// Literals, one of which is in every name that holds the keyword: its first two words, joined in
/// every way.
pub(super) fn keyword_anchors(keyword: &str) -> Vec<String> {
    let mut words = keyword.split('_');
    match (words.next(), words.next()) {
        (Some(first), Some(second)) => SEPARATORS
            .map(|separator| [first, separator, second].concat())
            .to_vec(),
        _ => vec![keyword.to_owned()],
    }
}

/// The expression for a value assigned to a name with a keyword, on one line:
/// `keyword … operator … value`.
pub(super) fn keyword_pattern(keywords: &[String], followed_by: &[String], value: &str) -> String {
    let joined = |word: &str| {
        word.split('_')
            .map(regex::escape)
            .collect::<Vec<_>>()
            .join("[_.-]?")
    };
    let short = |word: &&String| {
        word.split('_')
            .next()
            .is_some_and(|first| first.len() < SHORT)
    };
    let any_of = |words: Vec<&String>| {
        format!(
            "(?i:{})",
            words
                .iter()
                .map(|word| joined(word))
                .collect::<Vec<_>>()
                .join("|")
        )
    };
    let mut begins: Vec<String> = Vec::new();
    let (few, many): (Vec<&String>, Vec<&String>) = keywords.iter().partition(short);
    if !many.is_empty() {
        begins.push(any_of(many));
    }
    for word in few {
        begins.push(format!("(?:\\b|_|[0-9])(?i:{})", joined(word)));
        let mut letters = word.chars();
        if let Some(first) = letters.next().filter(char::is_ascii_alphabetic) {
            begins.push(format!(
                "[a-z]{}(?i:{})",
                first.to_ascii_uppercase(),
                joined(letters.as_str())
            ));
        }
    }
    let mut name = format!("(?:{})", begins.join("|"));
    if !followed_by.is_empty() {
        name = format!(
            "{name}[\\w.\\- ]{{0,30}}{}",
            any_of(followed_by.iter().collect())
        );
    }
    // The name goes on for a while, may be closed by a quote or bracket, then an operator, then
    // perhaps a quote.
    format!(
        "{name}[\\w.\\- ]{{0,40}}[\"'\\]`)]{{0,2}}[ \\t]{{0,8}}(?:=>|:=|===?|!==?|=|:|,|\\()[ \\t]{{0,8}}[\"'`]?(?P<secret>{value})(?:[^\\w\\-/+=]|$)"
    )
}

/// The value of a rule by keyword, as far as the bytes behind a keyword show that it is there.
///
/// Most keywords are in the words of texts and programs. A look at the next bytes is much cheaper than the expression,
/// which is never compiled for most rules.
#[derive(Debug)]
pub(super) struct AssignedShape {
    /// The expression of the value.
    value: String,
    /// The bytes that the value begins with, read when they are first needed. `None` if they are not known.
    beginning: OnceLock<Option<MatchBeginning>>,
}

/// The operators of [`keyword_pattern`].
const OPERATORS: [&[u8]; 10] = [
    b"=", b":", b",", b"(", b"=>", b":=", b"==", b"===", b"!=", b"!==",
];

/// Whether a byte may be between a keyword and what closes its name.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b' ')
}

impl AssignedShape {
    /// The value of a rule with these words. `None` if its words may have other bytes than names.
    pub(super) fn of<'a>(mut words: impl Iterator<Item = &'a String>, value: &str) -> Option<Self> {
        words
            .all(|word| word.bytes().all(is_of_name))
            .then(|| Self {
                value: value.to_owned(),
                beginning: OnceLock::new(),
            })
    }

    /// Whether the expression of [`keyword_pattern`] may match with a keyword whose anchor ends at `at`: an operator
    /// follows the name, and bytes that the value may begin with. False means that it does not match.
    pub(super) fn may_follow(&self, text: &[u8], at: usize) -> bool {
        /// The most bytes of a name that are looked at.
        const BEHIND: usize = 160;
        let behind = |at: usize| text[at..text.len().min(at + BEHIND)].iter();
        let length = behind(at).take_while(|&&b| is_of_name(b)).count();
        if length == BEHIND {
            return true;
        }
        let at = at + length;
        let is_close = |b: &&u8| matches!(b, b'"' | b'\'' | b']' | b'`' | b')');
        let at = at + behind(at).take_while(is_close).count();
        let at = at + behind(at).take_while(|&&b| is_space(b)).count();
        let rest = &text[at..];
        let mut operators = OPERATORS.iter().filter(|it| rest.starts_with(it));
        operators.any(|operator| self.may_begin(text, at + operator.len()))
    }

    /// Whether the value may begin at `at`, or behind space and a quote there.
    fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let read = || MatchBeginning::of_expression(&self.value);
        let Some(beginning) = self.beginning.get_or_init(read) else {
            return true;
        };
        let is_quote = |at| matches!(text.get(at), Some(b'"' | b'\'' | b'`'));
        let spaces = text[at..].iter().take(8).take_while(|&&b| is_space(b));
        (at..=at + spaces.count()).any(|at| {
            beginning.may_be_at(text, at) || is_quote(at) && beginning.may_be_at(text, at + 1)
        })
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::detect::compile::{Matcher, Rule};
    use crate::detect::rule::RuleSpec;

    fn spec(yaml: &str) -> RuleSpec {
        serde_yaml::from_str(&format!(
            "{{id: a, name: A, kind: application, confidence: low, examples: [x], {yaml}}}"
        ))
        .unwrap()
    }

    #[test]
    fn a_keyword_is_found_however_its_words_are_joined() {
        let rule = |yaml: &str| {
            let Matcher::Pattern(pattern) = Rule::compile(&spec(yaml), "P", true).unwrap().matcher
            else {
                panic!()
            };
            move |text: &str| {
                let found = pattern
                    .compiled()
                    .unwrap()
                    .exact()
                    .unwrap()
                    .is_match(text.as_bytes());
                let text = text.to_ascii_lowercase();
                // An anchor that is not there would lose the match.
                assert!(
                    !found || pattern.anchors.iter().any(|anchor| text.contains(anchor)),
                    "{text}"
                );
                found
            }
        };
        let finds = rule("keywords: [acme_api_key], value: '[0-9]{6}'");
        for name in [
            "ACME_API_KEY",
            "acme-api.key",
            "acmeApiKey",
            "myAcme_apikey_2",
        ] {
            assert!(finds(&format!("{name} = 123456")), "{name}");
        }
        assert!(!finds("acme__api_key = 123456") && !finds("acme = 123456"));
        let finds = rule("keywords: [box_key, wiz], value: '[0-9]{6}'");
        for name in [
            "box_key",
            "MY_BOX_KEY",
            "my-box.key",
            "myBoxKey",
            "my2boxkey",
            "wizToken",
            "wiz",
        ] {
            assert!(finds(&format!("{name} = 123456")), "{name}");
        }
        assert!(
            !finds("dropbox_key = 123456")
                && !finds("DROPBOX_KEY = 123456")
                && !finds("rewizToken = 123456")
        );
        let finds = rule("keywords: [acmex], followed_by: [key, auth_token], value: '[0-9]{6}'");
        for name in [
            "ACMEX_KEY",
            "acmex.licence.key",
            "acmexAuthToken",
            "acmex-service-auth-token",
        ] {
            assert!(finds(&format!("{name} = 123456")), "{name}");
        }
        assert!(
            !finds("acmex_id = 123456")
                && !finds("key_acmex = 123456")
                && !finds("acmex_auth_id = 123456")
        );
    }

    proptest! {
        #[test]
        fn a_look_behind_the_keyword_loses_no_match(
            text in r#"(?:acme|box)(?:[a ._\-]{0,4}|[tT]oken)["'\])`]{0,3}[ \t]{0,9}(?:=>|:=|={1,3}|!==?|:|,|\(|\+)[ \t]{0,9}["'`]?[a-f= "]?[a-f]{6}(?:[0-9]{2}|"|)"#,
            rule in prop::sample::select(vec![
                r#"keywords: [acme, box_token], value: "[a-f]{6}(?:[0-9]{2})?""#,
                r#"keywords: [acme], followed_by: [token], value: "[ a-f=\\\"]{6,9}""#,
                r#"keywords: [box, acme_token], value: "(?:a|[b-f])[^x]{3,6}""#,
            ]),
        ) {
            let Matcher::Pattern(pattern) = Rule::compile(&spec(rule), "P", true).unwrap().matcher else {
                panic!()
            };
            let bytes = text.as_bytes();
            let is_anchor = |anchor: &String| bytes.to_ascii_lowercase().starts_with(anchor.as_bytes());
            let mut anchors = pattern.anchors.iter().filter(|anchor| is_anchor(anchor));
            let may_match = anchors.any(|anchor| pattern.may_have_anchor(bytes, anchor.len()));
            let found = pattern.compiled().unwrap().exact().unwrap().is_match(bytes);
            prop_assert!(!found || may_match);
        }
    }
}
