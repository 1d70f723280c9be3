//! Conversion of an expression to the form of Keyferry rules: the value in the group `secret`,
//! every repetition with a maximum, `^` and `$` at the ends of lines, and the reach that a match
//! over several lines needs.

use regex_syntax::ast::print::Printer;
use regex_syntax::ast::{
    AssertionKind, Ast, CaptureName, Flags, GroupKind, RepetitionKind, RepetitionRange,
};
use regex_syntax::hir::Hir;

use super::foreign_rule::ValueGroup;
use super::match_extent::{crosses_lines, ends_matter, may_have};
use super::regex_dialect::{from_go, without_comments};
use super::regex_translation::{PatternError, parse, print, translate, translate_ast};
use super::value_groups::{contains, group_number, values};

/// An expression in the form of Keyferry rules.
#[derive(Debug)]
pub(super) struct ConvertedPattern {
    /// The expression as text.
    pub pattern: String,
    /// The expression, parsed as the engine reads it.
    pub hir: Hir,
    /// Bytes beyond its anchor's line that a match may cover; 0 if a match stays within a line.
    pub reach: u32,
    /// Differences from the original expression: topic and sentence.
    pub notes: Vec<(&'static str, String)>,
}

/// Greatest length of a match in bytes, which bounds the window around an anchor.
const LONGEST: usize = 8 * 1024;
/// Greatest size of a compiled expression in bytes: `detect::compile` refuses a larger one.
const REGEX_SIZE: usize = 8 << 20;
/// The maxima that unbounded repetitions get: in values and in text of several lines, and
/// elsewhere. The first pair that keeps a match short enough is used.
const ENDS: [(u32, u32); 5] = [(4096, 256), (2048, 128), (1024, 64), (256, 32), (64, 16)];

/// Converts an expression: to one expression for each group that may be the value. Together they
/// find the matches of the original.
///
/// # Errors
/// If the expression does not parse, has no counterpart, or is too large.
pub(super) fn convert(
    theirs: &str,
    go: bool,
    group: &ValueGroup,
) -> Result<Vec<ConvertedPattern>, PatternError> {
    let source = if go {
        from_go(theirs)
    } else {
        without_comments(theirs)
    };
    let ast = parse(&source)?;
    values(&ast, group)?
        .into_iter()
        .map(|(part, value)| convert_one(&part, value))
        .collect()
}

/// Converts one part of an expression, whose group `value` is the value.
fn convert_one(ast: &Ast, value: Option<u32>) -> Result<ConvertedPattern, PatternError> {
    let mut notes = Vec::new();
    let mut tried = Err(PatternError::Compile);
    for ends in ENDS {
        let flags = leading_flags(ast);
        let mut changed = Rewrite {
            value,
            ends,
            flags,
            bounded: false,
            within: value.is_none(),
        };
        let mut ours = ast.clone();
        changed.rewrite(&mut ours);
        let mut pattern = String::from("(?m)");
        print(&ours, &mut pattern)?;
        let hir = translate(&pattern)?;
        // Without `^` and `$` the flag has no effect.
        if !hir.properties().look_set().contains_anchor() {
            pattern.drain(..4);
        }
        if changed.bounded {
            let (text, other) = ends;
            notes = vec![(
                "endless repetition",
                format!(
                    "repetitions without a maximum get one: {other} more ({text} in values and in text of several lines)"
                ),
            )];
        }
        tried = measure(pattern, hir);
        if tried.is_ok() || !changed.bounded {
            break;
        }
    }
    let (pattern, hir, reach) = tried?;
    let theirs = translate_ast(ast)?;
    if ends_matter(&theirs) {
        notes.push((
            "ends of text",
            "`^` and `$` match at the ends of a line, not only of the whole text".into(),
        ));
    }
    if value.is_none() && theirs.properties().explicit_captures_len() > 0 {
        notes.push(("groups", "the whole match is the value".into()));
    }
    Ok(ConvertedPattern {
        pattern,
        hir,
        reach,
        notes,
    })
}

/// Computes the reach of an expression, and checks the length of its matches and its compiled size.
fn measure(pattern: String, hir: Hir) -> Result<(String, Hir, u32), PatternError> {
    let longest = hir.properties().maximum_len().unwrap_or(usize::MAX);
    if longest > LONGEST {
        return Err(PatternError::LongMatch {
            longest,
            limit: LONGEST,
        });
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err(PatternError::EmptyMatch);
    }
    let built = regex::bytes::RegexBuilder::new(&pattern)
        .unicode(false)
        .size_limit(REGEX_SIZE)
        .build();
    match built {
        Ok(_) => {
            let reach = if crosses_lines(&hir, true, true) {
                longest as u32
            } else {
                0
            };
            Ok((pattern, hir, reach))
        }
        Err(regex::Error::CompiledTooBig(_)) => Err(PatternError::TooLarge),
        Err(_) => Err(PatternError::Compile),
    }
}

/// The state of rewriting an expression in place.
struct Rewrite {
    /// The group that becomes `secret`; all other groups become non-capturing.
    value: Option<u32>,
    /// The maxima of unbounded repetitions, as in [`ENDS`].
    ends: (u32, u32),
    /// The flags at the beginning of the expression, as text.
    flags: String,
    /// Whether an unbounded repetition got a maximum.
    bounded: bool,
    /// Whether the current part is within the value.
    within: bool,
}

impl Rewrite {
    /// Rewrites a part of the expression.
    fn rewrite(&mut self, ast: &mut Ast) {
        match ast {
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartText => assertion.kind = AssertionKind::StartLine,
                AssertionKind::EndText => assertion.kind = AssertionKind::EndLine,
                _ => {}
            },
            Ast::Repetition(repetition) => {
                let must = self
                    .value
                    .is_some_and(|value| contains(Some(&repetition.ast), value));
                let least = match repetition.op.kind {
                    RepetitionKind::ZeroOrMore => Some(0),
                    RepetitionKind::OneOrMore => Some(1),
                    RepetitionKind::Range(RepetitionRange::AtLeast(least)) => Some(least),
                    _ => None,
                };
                if let Some(least) = least {
                    self.bounded = true;
                    let long = self.within || self.is_text(&repetition.ast);
                    let most = if long { self.ends.0 } else { self.ends.1 };
                    repetition.op.kind = RepetitionKind::Range(RepetitionRange::Bounded(
                        least,
                        least.saturating_add(most),
                    ));
                }
                // This part covers the matches in which the group takes part, so the repetition is
                // not empty.
                if must {
                    repetition.op.kind = match repetition.op.kind {
                        RepetitionKind::ZeroOrOne => {
                            RepetitionKind::Range(RepetitionRange::Exactly(1))
                        }
                        RepetitionKind::Range(RepetitionRange::Bounded(0, most)) => {
                            RepetitionKind::Range(RepetitionRange::Bounded(1, most.max(1)))
                        }
                        ref other => other.clone(),
                    };
                }
                self.rewrite(&mut repetition.ast);
            }
            Ast::Group(group) => {
                let number = group_number(&group.kind);
                if let Some(number) = number {
                    group.kind = if self.value == Some(number) {
                        let name = CaptureName {
                            span: group.span,
                            name: "secret".into(),
                            index: number,
                        };
                        GroupKind::CaptureName {
                            starts_with_p: true,
                            name,
                        }
                    } else {
                        GroupKind::NonCapturing(Flags {
                            span: group.span,
                            items: Vec::new(),
                        })
                    };
                }
                let before = self.within;
                self.within |= number.is_some() && number == self.value;
                self.rewrite(&mut group.ast);
                self.within = before;
            }
            Ast::Alternation(alternation) => {
                if let Some(value) = self.value
                    && let Some(branch) = alternation
                        .asts
                        .iter()
                        .position(|branch| contains(Some(branch), value))
                {
                    alternation.asts = vec![alternation.asts.swap_remove(branch)];
                }
                alternation
                    .asts
                    .iter_mut()
                    .for_each(|branch| self.rewrite(branch));
            }
            Ast::Concat(concat) => concat.asts.iter_mut().for_each(|part| self.rewrite(part)),
            _ => {}
        }
    }

    /// Whether the repeated part matches both letters and line ends.
    fn is_text(&self, ast: &Ast) -> bool {
        let mut pattern = self.flags.clone();
        Printer::new().print(ast, &mut pattern).is_ok()
            && translate(&pattern).is_ok_and(|hir| may_have(&hir, b'\n') && may_have(&hir, b'e'))
    }
}

/// The flags at the beginning of an expression, as text.
fn leading_flags(ast: &Ast) -> String {
    let parts = match ast {
        Ast::Concat(concat) => concat.asts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut flags = String::new();
    for part in parts
        .iter()
        .take_while(|part| matches!(part, Ast::Flags(_)))
    {
        // Writing to a string does not fail.
        let _ = Printer::new().print(part, &mut flags);
    }
    flags
}
