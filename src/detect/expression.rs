//! The regular expression of a rule, with three cheap tests that run before it.
//!
//! Around most anchors there is no match, and the expressions of tokens count characters, which is
//! expensive. So the bytes behind the anchor are first compared with those that a match begins with.
//! Then a window is searched for a byte that every match contains, then with a
//! looser expression that does not count. The exact expression runs only where both succeed, and
//! most exact expressions are never even compiled.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Anchored, Input, MatchKind, meta};
use regex_syntax::hir::{Capture, Hir, HirKind, Look, Repetition};

use super::match_beginning::MatchBeginning;

/// A regular expression over bytes, and its cheap tests.
#[derive(Debug)]
pub struct Expression {
    source: String,
    exact: OnceLock<Result<Regex, ExpressionError>>,
    /// The loose expression. `None` if the exact one counts nothing.
    looser: Option<Hir>,
    /// Matches wherever the exact expression does. Compiled when it is first needed: `None` if there is none.
    loose: OnceLock<Option<meta::Regex>>,
    /// The bytes that matches begin with. `None` if they may begin before their anchor.
    beginning: Option<MatchBeginning>,
    /// A byte that is in every match and in no anchor.
    required_byte: Option<u8>,
    /// The exact expression at the beginning of a text.
    at_start: OnceLock<Result<Regex, ExpressionError>>,
    /// The expression requires a boundary before its match. Nothing else before the match counts.
    pub begins_at_boundary: bool,
    /// Greatest length of a match in bytes: the extent of a window to either side of an anchor.
    pub longest: usize,
}

/// The reason why an expression cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ExpressionError {
    /// The syntax is wrong. The parser's message shows where.
    #[error("the regular expression does not parse: {0}")]
    Syntax(Box<regex_syntax::Error>),
    /// The compiled expression is too large.
    #[error("the regular expression does not compile: {0}")]
    Compile(regex::Error),
    /// The greatest length of a match is too large for a window.
    #[error("a match may have {longest} bytes; {LONGEST} are the most without `reach`")]
    TooLong {
        /// Greatest length of a match in bytes.
        longest: usize,
    },
    /// A match has no greatest length.
    #[error(
        "a match has no greatest length: use `{{n,m}}` for `*`, `+` and `{{n,}}`, or declare a `reach`"
    )]
    Unbounded,
}

/// Greatest length, in bytes, of a match of a rule without `reach`. It bounds the windows.
const LONGEST: usize = 8 * 1024;

/// Greatest size of a compiled expression, in bytes.
const REGEX_SIZE: usize = 8 << 20;

/// The bytes that [`Expression::required_byte`] can be, the rarest in ordinary text first.
const RARE_BYTES: &[u8] = b"@~^`|\\%$#&!?*+;{}[]<>/-=";

/// The loose expression counts repetitions up to this, too.
const COUNTED: u32 = 16;

impl Expression {
    /// Parses an expression. `reach` is the rule's, in bytes, or zero for a match within a line.
    /// One of `anchors`, in lower case, is in every match.
    ///
    /// # Errors
    /// The expression does not parse, or a match is not bounded. [`Self::exact`] finds the other
    /// mistakes.
    pub fn new(source: &str, reach: usize, anchors: &[String]) -> Result<Self, ExpressionError> {
        let mut parser = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build();
        let hir = parser
            .parse(source)
            .map_err(|error| ExpressionError::Syntax(Box::new(error)))?;
        let longest = if reach > 0 {
            reach
        } else {
            longest_match(&hir)?
        };
        let required = required_bytes(&hir);
        let in_anchor = |required_byte: &u8| {
            anchors
                .iter()
                .any(|anchor| anchor.as_bytes().contains(required_byte))
        };
        let required_byte = RARE_BYTES
            .iter()
            .find(|&required_byte| required.contains(required_byte) && !in_anchor(required_byte))
            .copied();
        let looser = loose(&hir);
        Ok(Self {
            beginning: MatchBeginning::of(&hir, anchors),
            source: source.to_owned(),
            exact: OnceLock::new(),
            at_start: OnceLock::new(),
            begins_at_boundary: begins_at_boundary(&hir),
            looser: (looser != hir).then_some(looser),
            loose: OnceLock::new(),
            required_byte,
            longest,
        })
    }

    /// The exact expression, compiled when it is first asked for.
    ///
    /// # Errors
    /// The expression does not compile. Built-in rules have no such expression; a test proves it.
    pub fn exact(&self) -> Result<&Regex, &ExpressionError> {
        self.exact.get_or_init(|| compile(&self.source)).as_ref()
    }

    /// The exact expression for a match that begins where the text begins, compiled when it is first asked for.
    ///
    /// # Errors
    /// The expression does not compile.
    pub fn at_start(&self) -> Result<&Regex, &ExpressionError> {
        self.at_start
            .get_or_init(|| compile(&format!(r"\A(?:{})", self.source)))
            .as_ref()
    }

    /// Whether a match may begin at the anchor that begins at `at`, or before it. False means that a match around it
    /// begins at another anchor.
    pub fn may_begin_at(&self, text: &[u8], at: usize) -> bool {
        let beginning = self.beginning.as_ref();
        beginning.is_none_or(|beginning| beginning.may_be_at(text, at))
    }

    /// Whether this range of a text may contain a match. False means that it contains none.
    pub fn may_match(&self, text: &[u8], range: Range<usize>) -> bool {
        let Some(searched) = text.get(range.clone()) else {
            return false;
        };
        self.required_byte
            .is_none_or(|required_byte| memchr::memchr(required_byte, searched).is_some())
            && self.loose().is_none_or(|loose| {
                loose.is_match(Input::new(&text[..range.end]).range(range.start..))
            })
    }

    /// Whether a match may begin where a text begins. False means that none does.
    pub fn may_match_at_start(&self, text: &[u8]) -> bool {
        self.required_byte
            .is_none_or(|required_byte| memchr::memchr(required_byte, text).is_some())
            && self
                .loose()
                .is_none_or(|loose| loose.is_match(Input::new(text).anchored(Anchored::Yes)))
    }

    fn loose(&self) -> Option<&meta::Regex> {
        let build = || {
            let looser = self.looser.as_ref()?;
            // The automatic prefilters include literals within a match. From there the expression is searched backwards, and
            // around many such literals by a slow engine.
            let prefilter = Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, looser);
            let config = meta::Config::new()
                .utf8_empty(false)
                .which_captures(WhichCaptures::None)
                .auto_prefilter(false)
                .prefilter(prefilter)
                .nfa_size_limit(Some(REGEX_SIZE));
            let mut builder = meta::Builder::new();
            builder.configure(config).build_from_hir(looser).ok()
        };
        self.loose.get_or_init(build).as_ref()
    }
}

fn compile(source: &str) -> Result<Regex, ExpressionError> {
    let built = RegexBuilder::new(source)
        .unicode(false)
        .size_limit(REGEX_SIZE)
        .build();
    built.map_err(ExpressionError::Compile)
}

/// Whether an expression begins with a boundary, or with a choice of which one begins the text.
fn begins_at_boundary(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => matches!(look, Look::WordAscii | Look::Start),
        HirKind::Capture(capture) => begins_at_boundary(&capture.sub),
        HirKind::Concat(parts) => parts.first().is_some_and(begins_at_boundary),
        HirKind::Alternation(branches) => branches.iter().any(begins_at_boundary),
        _ => false,
    }
}

/// The greatest length of a match in bytes.
fn longest_match(hir: &Hir) -> Result<usize, ExpressionError> {
    match hir.properties().maximum_len() {
        Some(longest) if longest <= LONGEST => Ok(longest),
        Some(longest) => Err(ExpressionError::TooLong { longest }),
        None => Err(ExpressionError::Unbounded),
    }
}

/// The bytes that every match contains.
fn required_bytes(hir: &Hir) -> Vec<u8> {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.to_vec(),
        HirKind::Capture(capture) => required_bytes(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required_bytes(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(required_bytes).collect(),
        HirKind::Alternation(branches) => {
            let mut all = branches.iter().map(required_bytes);
            let mut common = all.next().unwrap_or_default();
            all.for_each(|bytes| common.retain(|byte| bytes.contains(byte)));
            common
        }
        _ => Vec::new(),
    }
}

/// The expression without the upper bounds of long repetitions.
fn loose(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Capture(capture) => Hir::capture(Capture {
            sub: Box::new(loose(&capture.sub)),
            ..capture.clone()
        }),
        HirKind::Repetition(repetition) => {
            let Repetition {
                min,
                max,
                greedy,
                ref sub,
            } = *repetition;
            let sub = Box::new(loose(sub));
            let counts = max.is_some_and(|max| max > COUNTED && max != min);
            Hir::repetition(Repetition {
                min,
                max: max.filter(|_| !counts),
                greedy,
                sub,
            })
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loose).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(loose).collect()),
        _ => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_required_byte_is_in_every_match_and_in_no_anchor() {
        let required_byte = |pattern: &str, anchor: &str| {
            Expression::new(pattern, 0, &[anchor.to_owned()])
                .unwrap()
                .required_byte
                .map(char::from)
        };
        assert_eq!(
            required_byte("://[a-z]{1,9}:(?P<secret>[^@]{1,9})@", "://"),
            Some('@')
        );
        assert_eq!(required_byte("abc(?:x@|@y|[@]){1,3}", "abc"), Some('@'));
        assert_eq!(required_byte("abc(?:@|#){1,3}", "abc"), None);
        assert_eq!(required_byte("abc@?-?", "abc"), None);
        assert_eq!(required_byte("a-c", "a-c"), None);
    }

    proptest! {
        #[test]
        fn where_the_expression_matches_the_cheap_tests_pass(
            (pattern, text) in prop::sample::select(vec![
                r"\bk-(?P<secret>[a-c]{3,30})\b",
                r"(?:a|b@){1,40}?c{20}(?P<secret>-[ab]{2,17}|-c{1,3})$",
                r"(?P<secret>[a-c]{20}(?:[a-c]{20})?){1,20}@",
                r"(?i:key)[\w ]{0,40}[:=][ \t]{0,8}(?P<secret>[A-Z]{18,19})(?:[^A-Z]|$)",
            ]).prop_flat_map(|pattern| {
                let plain = pattern.replace(r"\b", "").replace('$', "").replace("(?:[^A-Z]|)", "");
                let text = (".{0,5}", proptest::string::string_regex(&plain).unwrap(), "[ -~]{0,5}");
                text.prop_map(move |(before, matching, after)| (pattern, format!("{before}{matching}{after}")))
            }),
        ) {
            let expression = Expression::new(pattern, 0, &[]).unwrap();
            prop_assert!(expression.loose().is_some());
            let text = text.as_bytes();
            let found = expression.exact().unwrap().is_match(text);
            prop_assert!(!found || expression.may_match(text, 0..text.len()));
            let found = expression.at_start().unwrap().is_match(text);
            prop_assert!(!found || expression.may_match_at_start(text));
        }
    }
}
