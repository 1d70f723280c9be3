//! The regular expression of a rule, and what it takes to run it seldom. Around most anchors there is no match, and the
//! expressions of tokens count their characters, which makes them dear: a window is first asked for a byte that every match
//! holds, then by a looser expression that does not count. Only where that finds something the rule's own one is run; most
//! are never even compiled.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::Input;
use regex_automata::meta;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

#[derive(Debug)]
pub struct Expression {
    source: String,
    exact: OnceLock<Result<Regex, String>>,
    /// Matches wherever the expression does; `None` if it counts nothing.
    loose: Option<meta::Regex>,
    /// A byte that is in every match and in no anchor.
    sign: Option<u8>,
    /// Bytes that a match may have, at most: how far a window goes to either side of an anchor.
    pub longest: usize,
}

/// Longest match that a rule within a line may declare; windows are bounded by it.
const LONGEST: usize = 8 * 1024;

/// Size that a compiled expression may have, in bytes.
const REGEX_SIZE: usize = 8 << 20;

/// Bytes that a [`Expression::sign`] can be, the rarest in most text first.
const SIGNS: &[u8] = b"@~^`|\\%$#&!?*+;{}[]<>/-=";

/// Repetitions up to this are counted in a loose expression, too.
const COUNTED: u32 = 16;

impl Expression {
    /// `reach` is the rule's, zero for one within a line; one of `anchors`, in lower case, is in every match. An error says
    /// what is wrong with the source as far as reading it tells; [`Self::exact`] tells the rest.
    pub fn new(source: &str, reach: usize, anchors: &[String]) -> Result<Self, String> {
        let mut parser = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build();
        let hir = parser
            .parse(source)
            .map_err(|error| format!("the regular expression does not parse: {error}"))?;
        let longest = if reach > 0 {
            reach
        } else {
            longest_match(&hir)?
        };
        let held = held(&hir);
        let in_anchor = |sign: &u8| {
            anchors
                .iter()
                .any(|anchor| anchor.as_bytes().contains(sign))
        };
        let sign = SIGNS
            .iter()
            .find(|&sign| held.contains(sign) && !in_anchor(sign))
            .copied();
        let looser = loose(&hir);
        let config = meta::Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(REGEX_SIZE));
        let build = |hir| {
            meta::Builder::new()
                .configure(config)
                .build_from_hir(hir)
                .ok()
        };
        let loose = if looser == hir { None } else { build(&looser) };
        Ok(Self {
            source: source.to_owned(),
            exact: OnceLock::new(),
            loose,
            sign,
            longest,
        })
    }

    /// The expression itself, compiled when first asked for. An error says why it cannot be; rules that are built in have
    /// none, which a test shows.
    pub fn exact(&self) -> Result<&Regex, &str> {
        let compile = || {
            let built = RegexBuilder::new(&self.source)
                .unicode(false)
                .size_limit(REGEX_SIZE)
                .build();
            built.map_err(|error| format!("the regular expression does not compile: {error}"))
        };
        self.exact
            .get_or_init(compile)
            .as_ref()
            .map_err(String::as_str)
    }

    /// False only if no match lies in this range of a text.
    pub fn may_match(&self, text: &[u8], range: Range<usize>) -> bool {
        let Some(searched) = text.get(range.clone()) else {
            return false;
        };
        self.sign
            .is_none_or(|sign| memchr::memchr(sign, searched).is_some())
            && self.loose.as_ref().is_none_or(|loose| {
                loose.is_match(Input::new(&text[..range.end]).range(range.start..))
            })
    }
}

/// Most bytes that a match can have; an error when there is no bound or it is too large for a window.
fn longest_match(hir: &Hir) -> Result<usize, String> {
    match hir.properties().maximum_len() {
        Some(longest) if longest <= LONGEST => Ok(longest),
        Some(longest) => Err(format!("a match may have {longest} bytes; {LONGEST} are the most without `reach`")),
        None => Err("a match has no greatest length: use `{n,m}` for `*`, `+` and `{n,}`, or declare a `reach`".into()),
    }
}

/// The bytes that every match has as they are.
fn held(hir: &Hir) -> Vec<u8> {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.to_vec(),
        HirKind::Capture(capture) => held(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => held(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(held).collect(),
        HirKind::Alternation(branches) => {
            let mut all = branches.iter().map(held);
            let mut common = all.next().unwrap_or_default();
            all.for_each(|bytes| common.retain(|byte| bytes.contains(byte)));
            common
        }
        _ => Vec::new(),
    }
}

/// The same without ends of long repetitions.
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
    fn a_sign_is_in_every_match_and_in_no_anchor() {
        let sign = |pattern: &str, anchor: &str| {
            Expression::new(pattern, 0, &[anchor.to_owned()])
                .unwrap()
                .sign
                .map(char::from)
        };
        assert_eq!(
            sign("://[a-z]{1,9}:(?P<secret>[^@]{1,9})@", "://"),
            Some('@')
        );
        assert_eq!(sign("abc(?:x@|@y|[@]){1,3}", "abc"), Some('@'));
        assert_eq!(sign("abc(?:@|#){1,3}", "abc"), None);
        assert_eq!(sign("abc@?-?", "abc"), None);
        assert_eq!(sign("a-c", "a-c"), None);
    }

    proptest! {
        #[test]
        fn where_the_expression_matches_the_quick_looks_do_not_say_no(
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
            prop_assert!(expression.loose.is_some());
            let text = text.as_bytes();
            let found = expression.exact().unwrap().is_match(text);
            prop_assert!(!found || expression.may_match(text, 0..text.len()));
        }
    }
}
