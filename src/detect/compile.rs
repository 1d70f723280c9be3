//! From a rule as written to one that can run: checked, with its regular expression compiled when it is first needed.

use std::sync::OnceLock;

use super::expression::Expression;
use super::proof::ProofName;
use super::proof::key_store::StoreFormat;
use super::rule::{FormatName, RuleSpec};
use crate::finding::{Confidence, Kind};

/// A rule that is ready to run.
#[derive(Debug)]
pub struct Rule {
    pub id: String,
    pub provider: String,
    pub kind: Kind,
    pub confidence: Confidence,
    pub proof: Option<ProofName>,
    pub min_entropy: f64,
    /// See [`RuleSpec::chosen`].
    pub chosen: bool,
    pub base64: bool,
    pub matcher: Matcher,
}

#[derive(Debug)]
pub enum Matcher {
    Pattern(Pattern),
    /// Lower-case names without separators, any of which may end the name of an assignment.
    Names(Vec<String>),
    /// Describes whole lines of files that hold credentials only.
    Lines(Pattern),
    /// Lower-case literals, one of which is in every Kubernetes Secret.
    Kubernetes(Vec<String>),
    /// Lower-case types of objects, and the members of them that are secret.
    Object {
        types: Vec<String>,
        members: Vec<String>,
    },
    /// A key store of this format, which is a text as a whole.
    Store(StoreFormat),
}

/// A regular expression with what it takes to run it only where it can match.
#[derive(Debug)]
pub struct Pattern {
    /// Lower-case literals, one of which is in every match.
    pub anchors: Vec<String>,
    /// True when the rule says of which shape a value is, but the name beside it says what it is.
    pub by_keyword: bool,
    source: String,
    /// Bytes beyond its anchor's line that a match may cover; 0 keeps it within the line.
    pub reach: usize,
    compiled: OnceLock<Result<Expression, String>>,
}

impl Pattern {
    /// Made when first asked for: a scan of one small file needs a few of the hundreds of expressions. An error names what
    /// is wrong with the expression; rules built in have none, which a test shows.
    pub fn compiled(&self) -> Result<&Expression, &str> {
        let compile = || Expression::new(&self.source, self.reach, &self.anchors);
        self.compiled
            .get_or_init(compile)
            .as_ref()
            .map_err(String::as_str)
    }
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMistake {
    /// The key of the rule to look at.
    pub field: &'static str,
    pub message: String,
}

impl RuleMistake {
    fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

impl Rule {
    /// Checks a rule.
    /// `thorough` compiles the regular expression too, which costs up to a millisecond.
    pub fn compile(spec: &RuleSpec, provider: &str, thorough: bool) -> Result<Rule, RuleMistake> {
        let wrong = |field, message: &str| Err(RuleMistake::new(field, message));
        let valid = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if spec.id.is_empty() || !spec.id.bytes().all(valid) {
            return wrong("id", "an id is made of lower-case letters, digits and `-`");
        }
        if spec.examples.is_empty() {
            return wrong(
                "examples",
                "needs at least one text in which the rule finds its value",
            );
        }
        if spec.keywords.is_empty() && !spec.followed_by.is_empty() {
            return wrong(
                "followed_by",
                "`followed_by` belongs to `keywords`: it narrows the names that they find",
            );
        }
        Ok(Rule {
            id: spec.id.clone(),
            provider: provider.to_owned(),
            kind: spec.kind,
            confidence: spec.confidence,
            proof: spec.proof,
            min_entropy: spec.min_entropy.unwrap_or(0.0),
            chosen: spec.chosen,
            base64: spec.base64,
            matcher: Matcher::compile(spec, thorough)?,
        })
    }
}

impl Matcher {
    fn compile(spec: &RuleSpec, thorough: bool) -> Result<Matcher, RuleMistake> {
        let wrong = |field, message: &str| Err(RuleMistake::new(field, message));
        let bare = spec.value.is_none() && spec.anchors.is_empty();
        if let Some(format) = spec.format.and_then(FormatName::store)
            && spec.pattern.is_none()
            && spec.keywords.is_empty()
            && spec.names.is_empty()
            && bare
        {
            return Ok(Matcher::Store(format));
        }
        let matcher = match (
            &spec.pattern,
            spec.keywords.is_empty(),
            spec.names.is_empty(),
        ) {
            (Some(pattern), true, true)
                if spec.value.is_none() && spec.format == Some(FormatName::Lines) =>
            {
                if !spec.anchors.is_empty() {
                    return wrong(
                        "anchors",
                        "each line is looked at: `lines` takes no anchors",
                    );
                }
                Matcher::Lines(Pattern::compile(
                    pattern.clone(),
                    "anchors",
                    &[],
                    0,
                    thorough,
                )?)
            }
            (None, true, true)
                if spec.value.is_none() && spec.format == Some(FormatName::KubernetesSecret) =>
            {
                if spec.anchors.is_empty() {
                    return wrong(
                        "anchors",
                        "needs `anchors`: literals, one of which every such document contains",
                    );
                }
                Matcher::Kubernetes(
                    spec.anchors
                        .iter()
                        .map(|anchor| anchor.to_ascii_lowercase())
                        .collect(),
                )
            }
            (None, true, false)
                if spec.value.is_none() && spec.format == Some(FormatName::TypedObject) =>
            {
                if spec.anchors.is_empty() {
                    return wrong(
                        "anchors",
                        "needs `anchors`: what such an object says in `type`",
                    );
                }
                let types = spec
                    .anchors
                    .iter()
                    .map(|anchor| anchor.to_ascii_lowercase())
                    .collect();
                Matcher::Object {
                    types,
                    members: spec.names.clone(),
                }
            }
            _ if spec.format.is_some() => {
                let message = "`lines` takes a `pattern`, `kubernetes-secret` takes `anchors`, `typed-object` takes \
                               `anchors` and `names`, and stores take nothing";
                return wrong("format", message);
            }
            (Some(pattern), true, true) if spec.value.is_none() => {
                if spec.anchors.is_empty() {
                    return wrong(
                        "pattern",
                        "`pattern` needs `anchors`: literals that every match contains",
                    );
                }
                Matcher::Pattern(Pattern::compile(
                    pattern.clone(),
                    "anchors",
                    &spec.anchors,
                    spec.reach,
                    thorough,
                )?)
            }
            (None, false, true) => {
                let Some(value) = &spec.value else {
                    return wrong(
                        "keywords",
                        "`keywords` needs `value`: the shape of the whole value",
                    );
                };
                if let Some(word) = spec
                    .keywords
                    .iter()
                    .chain(&spec.followed_by)
                    .find(|word| word.split('_').any(str::is_empty))
                {
                    let message =
                        format!("an empty word in `{word}`: `_` stands between two words");
                    return wrong("keywords", &message);
                }
                if !spec.anchors.is_empty() {
                    return wrong(
                        "anchors",
                        "`anchors` belongs to `pattern`; keywords are anchors themselves",
                    );
                }
                let source = keyword_pattern(&spec.keywords, &spec.followed_by, value);
                let anchors: Vec<String> = spec
                    .keywords
                    .iter()
                    .flat_map(|word| keyword_anchors(word))
                    .collect();
                Matcher::Pattern(Pattern::compile(source, "keywords", &anchors, 0, thorough)?)
            }
            (None, true, false) if bare => {
                if let Some(name) = spec.names.iter().find(|name| {
                    !name
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                }) {
                    let message = format!(
                        "names are lower-case letters and digits without separators; `{name}` is not"
                    );
                    return wrong("names", &message);
                }
                Matcher::Names(spec.names.clone())
            }
            _ => {
                return wrong(
                    "id",
                    "a rule has one of `pattern` (with `anchors`), `keywords` (with `value`), `names`, or `format`",
                );
            }
        };
        Ok(matcher)
    }
}

impl Pattern {
    fn compile(
        source: String,
        field: &'static str,
        anchors: &[String],
        reach: u32,
        thorough: bool,
    ) -> Result<Pattern, RuleMistake> {
        if let Some(short) = anchors.iter().find(|anchor| anchor.len() < 3) {
            let message = format!(
                "the anchor `{short}` is shorter than three bytes: it would be found everywhere"
            );
            return Err(RuleMistake::new(field, message));
        }
        if let Some(spread) = anchors.iter().find(|anchor| anchor.contains('\n')) {
            let message = format!("the anchor `{}` covers two lines", spread.escape_debug());
            return Err(RuleMistake::new(field, message));
        }
        let anchors = anchors
            .iter()
            .map(|anchor| anchor.to_ascii_lowercase())
            .collect();
        let by_keyword = field == "keywords";
        let pattern = Pattern {
            anchors,
            by_keyword,
            source,
            reach: reach as usize,
            compiled: OnceLock::new(),
        };
        if thorough {
            let field = if by_keyword { "value" } else { "pattern" };
            let exact = pattern.compiled().and_then(Expression::exact);
            exact.map_err(|message| RuleMistake::new(field, message))?;
        }
        Ok(pattern)
    }
}

/// What may stand between two words of a name, or not: the `_` of a keyword.
const SEPARATORS: [&str; 4] = ["_", "-", ".", ""];

/// A keyword whose first word is shorter than this is found only where a word of the name begins: `box_key` is in
/// `dropbox_key`, too.
const SHORT: usize = 5;

/// Literals, one of which is in every name that holds the keyword: its first two words, joined in every way.
fn keyword_anchors(keyword: &str) -> Vec<String> {
    let mut words = keyword.split('_');
    match (words.next(), words.next()) {
        (Some(first), Some(second)) => SEPARATORS
            .map(|separator| [first, separator, second].concat())
            .to_vec(),
        _ => vec![keyword.to_owned()],
    }
}

/// `keyword … operator … value`: the value assigned to a name that holds the keyword, on one line.
fn keyword_pattern(keywords: &[String], followed_by: &[String], value: &str) -> String {
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
    // The name goes on for a while, may be closed by a quote or bracket, then an operator, then perhaps a quote.
    format!(
        "{name}[\\w.\\- ]{{0,40}}[\"'\\]`)]{{0,2}}[ \\t]{{0,8}}(?:=>|:=|===?|!==?|=|:|,|\\()[ \\t]{{0,8}}[\"'`]?(?P<secret>{value})(?:[^\\w\\-/+=]|$)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(yaml: &str) -> RuleSpec {
        serde_yaml::from_str(&format!(
            "{{id: a, name: A, kind: application, confidence: low, examples: [x], {yaml}}}"
        ))
        .unwrap()
    }

    #[test]
    fn a_rule_says_what_is_wrong_with_it() {
        for (yaml, message) in [
            ("pattern: abc", "needs `anchors`"),
            ("pattern: abc, anchors: [ab]", "shorter than three bytes"),
            ("pattern: 'abc+', anchors: [abc]", "no greatest length"),
            ("pattern: 'abc(', anchors: [abc]", "does not parse"),
            ("keywords: [abc]", "needs `value`"),
            (
                "keywords: [a_b], value: x, followed_by: ['']",
                "an empty word",
            ),
            ("keywords: [_a], value: x", "an empty word"),
            (
                "pattern: abc, anchors: [abc], followed_by: [key]",
                "belongs to `keywords`",
            ),
            ("names: [Ab]", "lower-case letters"),
            ("names: [ab], pattern: x", "a rule has one of"),
            ("value: x", "a rule has one of"),
        ] {
            let error = Rule::compile(&spec(yaml), "P", true).unwrap_err();
            assert!(error.message.contains(message), "{yaml}: {error:?}");
        }
        assert!(
            Rule::compile(
                &spec("pattern: 'abc.+', anchors: [abc], reach: 100"),
                "P",
                true
            )
            .is_ok()
        );
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
}
