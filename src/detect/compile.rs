//! Compiles a rule as written into one that can run. The rule is checked at once; its regular
//! expression is compiled when it is first needed.

use std::sync::OnceLock;

use super::credential_part::CredentialPart;
use super::expression::{Expression, ExpressionError};
use super::keyword_pattern::{AssignedShape, keyword_anchors, keyword_pattern};
use super::nearby_words::NearbyWords;
use super::proof::ProofName;
use super::proof::key_store::StoreFormat;
use super::rule::{FormatName, RuleSpec};
use crate::finding::{Confidence, Kind};

/// A rule that is ready to run.
#[derive(Debug)]
pub struct Rule {
    /// The rule's id, unique among all rules.
    pub id: String,
    /// The service whose credentials the rule finds, or a family of them.
    pub provider: String,
    /// The kind of secret.
    pub kind: Kind,
    /// The confidence of a match, before proofs and filters change it.
    pub confidence: Confidence,
    /// The offline check of a value, if there is one.
    pub proof: Option<ProofName>,
    /// The least entropy of a value, in bits a character.
    pub min_entropy: f64,
    /// Placeholders are rejected. See [`RuleSpec::chosen`].
    pub chosen: bool,
    /// The value is decoded from base64.
    pub base64: bool,
    /// Words that must be near a value.
    pub near: Option<NearbyWords>,
    /// The part that the value has in a credential of several values.
    pub part: Option<CredentialPart>,
    /// The way in which the rule finds its values.
    pub matcher: Matcher,
}

/// The way in which a rule finds its values.
#[derive(Debug)]
pub enum Matcher {
    /// An expression, searched around its anchors.
    Pattern(Pattern),
    /// Names in lower case without separators. A value assigned to a name that ends in one of them
    /// is a candidate.
    Names(Vec<String>),
    /// An expression for whole lines of files that hold credentials only.
    Lines(Pattern),
    /// Lower-case literals, one of which is the kind of every Kubernetes Secret.
    Kubernetes(Vec<String>),
    /// An object with a member `type`.
    Object {
        /// Values of `type`, in lower case.
        types: Vec<String>,
        /// The members whose values are secret.
        members: Vec<String>,
    },
    /// A JSON Web Key, which has a member with one of these names, in lower case.
    WebKey(Vec<String>),
    /// A key store of this format, which is a whole text.
    Store(StoreFormat),
}

/// A regular expression, and the facts that let it run only where it can match.
#[derive(Debug)]
pub struct Pattern {
    /// Lower-case literals, one of which is in every match.
    pub anchors: Vec<String>,
    /// The expression describes the value's shape, and only the name beside it says that the value
    /// is a secret.
    pub by_keyword: bool,
    /// The value behind the name that every match begins with.
    assigned: Option<AssignedShape>,
    source: String,
    /// Bytes that a match may have to either side of its anchor, across lines. 0 keeps it within
    /// the line.
    pub reach: usize,
    compiled: OnceLock<Result<Expression, ExpressionError>>,
}

impl Pattern {
    /// Whether a match may have its anchor at the one that ends at `at`, as far as the bytes behind it show. False means
    /// that a match around it has another anchor.
    pub fn may_have_anchor(&self, text: &[u8], at: usize) -> bool {
        let assigned = self.assigned.as_ref();
        assigned.is_none_or(|shape| shape.may_follow(text, at))
    }

    /// The expression, parsed when it is first asked for: a scan of one small file needs a few of
    /// the thousands.
    ///
    /// # Errors
    /// The expression does not parse or has no bound. Built-in rules have no such expression; a
    /// test proves it.
    pub fn compiled(&self) -> Result<&Expression, &ExpressionError> {
        let compile = || Expression::new(&self.source, self.reach, &self.anchors);
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// A mistake in a rule as written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleMistake {
    /// The key of the rule that has the mistake.
    pub field: &'static str,
    /// The mistake, for a person.
    pub message: String,
}

impl Rule {
    /// Checks and compiles a rule. If `thorough`, its regular expression is compiled at once, which
    /// costs up to a millisecond.
    ///
    /// # Errors
    /// The rule contradicts the format's definition in [`super::rule`], or, if `thorough`, its
    /// expression does not compile.
    pub fn compile(spec: &RuleSpec, provider: &str, thorough: bool) -> Result<Rule, RuleMistake> {
        let valid = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if spec.id.is_empty() || !spec.id.bytes().all(valid) {
            return mistake("id", "an id is made of lower-case letters, digits and `-`");
        }
        if spec.examples.is_empty() {
            return mistake(
                "examples",
                "needs at least one text in which the rule finds its value",
            );
        }
        if spec.keywords.is_empty() && !spec.followed_by.is_empty() {
            return mistake(
                "followed_by",
                "`followed_by` belongs to `keywords`: it narrows the names that they find",
            );
        }
        let near = spec.near.as_deref().map(NearbyWords::of);
        if let Some(why) = near
            .as_ref()
            .filter(|_| thorough)
            .and_then(NearbyWords::mistake)
        {
            return mistake("near", why);
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
            near,
            part: spec
                .part
                .as_ref()
                .map(|part| CredentialPart::of(part, spec)),
            matcher: Matcher::compile(spec, thorough)?,
        })
    }
}

/// A mistake at a field of the rule.
fn mistake<T>(field: &'static str, message: impl Into<String>) -> Result<T, RuleMistake> {
    let message = message.into();
    Err(RuleMistake { field, message })
}

impl Matcher {
    fn compile(spec: &RuleSpec, thorough: bool) -> Result<Matcher, RuleMistake> {
        let bare = spec.value.is_none() && spec.anchors.is_empty();
        if let Some(format) = spec.format.and_then(FormatName::store)
            && spec.pattern.is_none()
            && spec.keywords.is_empty()
            && spec.names.is_empty()
            && bare
        {
            return Ok(Matcher::Store(format));
        }
        let without_value = spec.value.is_none();
        let format = spec.format;
        match (
            &spec.pattern,
            spec.keywords.is_empty(),
            spec.names.is_empty(),
        ) {
            (Some(pattern), true, true) if without_value && format == Some(FormatName::Lines) => {
                Self::lines(spec, pattern, thorough)
            }
            (None, true, true) if without_value && format == Some(FormatName::KubernetesSecret) => {
                Self::kubernetes(spec)
            }
            (None, true, true) if without_value && format == Some(FormatName::JsonWebKey) => {
                Self::web_key(spec)
            }
            (None, true, false) if without_value && format == Some(FormatName::TypedObject) => {
                Self::object(spec)
            }
            _ if format.is_some() => mistake(
                "format",
                "`lines` takes a `pattern`, `kubernetes-secret` and `json-web-key` take `anchors`, `typed-object` \
                 takes `anchors` and `names`, and stores take nothing",
            ),
            (Some(pattern), true, true) if without_value => Self::pattern(spec, pattern, thorough),
            (None, false, true) => Self::keywords(spec, thorough),
            (None, true, false) if bare => Self::names(spec),
            _ => mistake(
                "id",
                "a rule has one of `pattern` (with `anchors`), `keywords` (with `value`), `names`, or `format`",
            ),
        }
    }

    fn lines(spec: &RuleSpec, pattern: &str, thorough: bool) -> Result<Matcher, RuleMistake> {
        if !spec.anchors.is_empty() {
            return mistake(
                "anchors",
                "each line is looked at: `lines` takes no anchors",
            );
        }
        let pattern = Pattern::compile(pattern.to_owned(), "anchors", &[], 0, thorough)?;
        Ok(Matcher::Lines(pattern))
    }

    fn kubernetes(spec: &RuleSpec) -> Result<Matcher, RuleMistake> {
        if spec.anchors.is_empty() {
            return mistake(
                "anchors",
                "needs `anchors`: literals, one of which every such document contains",
            );
        }
        Ok(Matcher::Kubernetes(lower_case(&spec.anchors)))
    }

    fn web_key(spec: &RuleSpec) -> Result<Matcher, RuleMistake> {
        if spec.anchors.is_empty() {
            return mistake(
                "anchors",
                "needs `anchors`: the name of the member with the kind of key",
            );
        }
        Ok(Matcher::WebKey(lower_case(&spec.anchors)))
    }

    fn object(spec: &RuleSpec) -> Result<Matcher, RuleMistake> {
        if spec.anchors.is_empty() {
            return mistake(
                "anchors",
                "needs `anchors`: the values of `type` in such an object",
            );
        }
        Ok(Matcher::Object {
            types: lower_case(&spec.anchors),
            members: spec.names.clone(),
        })
    }

    fn pattern(spec: &RuleSpec, pattern: &str, thorough: bool) -> Result<Matcher, RuleMistake> {
        if spec.anchors.is_empty() {
            return mistake(
                "pattern",
                "`pattern` needs `anchors`: literals that every match contains",
            );
        }
        let source = pattern.to_owned();
        Pattern::compile(source, "anchors", &spec.anchors, spec.reach, thorough)
            .map(Matcher::Pattern)
    }

    fn keywords(spec: &RuleSpec, thorough: bool) -> Result<Matcher, RuleMistake> {
        let Some(value) = &spec.value else {
            return mistake(
                "keywords",
                "`keywords` needs `value`: the shape of the whole value",
            );
        };
        let mut words = spec.keywords.iter().chain(&spec.followed_by);
        if let Some(word) = words.find(|word| word.split('_').any(str::is_empty)) {
            return mistake(
                "keywords",
                format!("an empty word in `{word}`: `_` separates two words"),
            );
        }
        if !spec.anchors.is_empty() {
            return mistake(
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
        let pattern = Pattern::compile(source, "keywords", &anchors, 0, thorough)?;
        Ok(Matcher::Pattern(Pattern {
            assigned: AssignedShape::of(spec.keywords.iter().chain(&spec.followed_by), value),
            ..pattern
        }))
    }

    fn names(spec: &RuleSpec) -> Result<Matcher, RuleMistake> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let is_name = |name: &&String| name.len() >= 2 && name.bytes().all(allowed);
        if let Some(name) = spec.names.iter().find(|name| !is_name(name)) {
            return mistake(
                "names",
                format!(
                    "names are two or more lower-case letters and digits without separators; `{name}` is not"
                ),
            );
        }
        Ok(Matcher::Names(spec.names.clone()))
    }
}

fn lower_case(anchors: &[String]) -> Vec<String> {
    anchors
        .iter()
        .map(|anchor| anchor.to_ascii_lowercase())
        .collect()
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
            return mistake(field, message);
        }
        if let Some(spread) = anchors.iter().find(|anchor| anchor.contains('\n')) {
            let message = format!("the anchor `{}` covers two lines", spread.escape_debug());
            return mistake(field, message);
        }
        let anchors = lower_case(anchors);
        let by_keyword = field == "keywords";
        let pattern = Pattern {
            anchors,
            by_keyword,
            assigned: None,
            source,
            reach: reach as usize,
            compiled: OnceLock::new(),
        };
        if thorough {
            let field = if by_keyword { "value" } else { "pattern" };
            let exact = pattern.compiled().and_then(Expression::exact);
            exact.map_err(|error| RuleMistake {
                field,
                message: error.to_string(),
            })?;
        }
        Ok(pattern)
    }
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
            ("pattern: abc, anchors: [abc], near: '('", "unclosed group"),
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
}
