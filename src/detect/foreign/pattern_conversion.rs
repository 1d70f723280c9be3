//! A regular expression of another scanner as one of ours: the value in the group `secret`, every repetition with an end,
//! `^` and `$` at the ends of lines, and the reach that a match over several lines needs.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::print::Printer;
use regex_syntax::ast::{
    AssertionKind, Ast, CaptureName, Flags, GroupKind, RepetitionKind, RepetitionRange,
};
use regex_syntax::hir::Hir;

use super::Group;
use super::match_extent::{crosses_lines, ends_matter, may_have};
use super::regex_dialect::{from_go, without_comments};
use super::value_groups::{contains, group_number, values};

/// An expression that a rule of ours can have.
#[derive(Debug)]
pub(super) struct Ours {
    pub pattern: String,
    pub hir: Hir,
    /// 0 if a match stays within a line.
    pub reach: u32,
    /// What it does otherwise than theirs.
    pub notes: Vec<(&'static str, String)>,
}

/// Most bytes of a match, and so of the window around an anchor that is searched.
const LONGEST: usize = 8 * 1024;
/// Size that a compiled expression may have, in bytes: a rule that is loaded is refused above it (see `compile`).
const REGEX_SIZE: usize = 8 << 20;
/// The ends that repetitions get: of values and of text that may go over lines, and of all other. The first ones that are
/// small enough count.
const ENDS: [(u32, u32); 5] = [(4096, 256), (2048, 128), (1024, 64), (256, 32), (64, 16)];

/// The expressions that find together what theirs finds: one for each group that may hold the value. The error says why
/// there is none.
pub(super) fn convert(theirs: &str, go: bool, group: &Group) -> Result<Vec<Ours>, String> {
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

fn parse(source: &str) -> Result<Ast, String> {
    Parser::new().parse(source).map_err(|error| {
        let kind = error.kind().to_string();
        let what = if kind.contains("look-around") || kind.contains("backreference") {
            "needs backtracking"
        } else {
            ""
        };
        let at = error.span().start.column;
        if what.is_empty() {
            format!("the expression cannot be read: {kind} (character {at})")
        } else {
            format!("the expression {what}: {kind} (character {at})")
        }
    })
}

/// As the engine reads it: bytes, and ASCII classes.
fn translate(pattern: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .map_err(|error| match error {
            regex_syntax::Error::Parse(error) => {
                format!("the expression cannot be read: {}", error.kind())
            }
            regex_syntax::Error::Translate(error) => {
                format!(
                    "the expression is about characters, not bytes: {}",
                    error.kind()
                )
            }
            _ => "the expression cannot be read".to_owned(),
        })
}

fn convert_one(ast: &Ast, value: Option<u32>) -> Result<Ours, String> {
    let mut notes = Vec::new();
    let mut tried = Err(String::new());
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
        Printer::new()
            .print(&ours, &mut pattern)
            .map_err(|_| "the expression cannot be written".to_owned())?;
        let hir = translate(&pattern)?;
        // Without line ends to speak of, the flag says nothing.
        if !hir.properties().look_set().contains_anchor() {
            pattern.drain(..4);
        }
        if changed.bounded {
            let (text, other) = ends;
            notes = vec![(
                "endless repetition",
                format!(
                    "repetitions without an end have one: {other} times more ({text} in values and in text of several lines)"
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
            "`^` and `$` stand for the ends of a line, not of the whole text".into(),
        ));
    }
    if value.is_none() && theirs.properties().explicit_captures_len() > 0 {
        notes.push(("groups", "the whole match is the value".into()));
    }
    Ok(Ours {
        pattern,
        hir,
        reach,
        notes,
    })
}

pub(super) fn translate_ast(ast: &Ast) -> Result<Hir, String> {
    let mut pattern = String::new();
    Printer::new()
        .print(ast, &mut pattern)
        .map_err(|_| "the expression cannot be written".to_owned())?;
    translate(&pattern)
}

/// With its reach; or why a window or a compiled expression would be too large.
fn measure(pattern: String, hir: Hir) -> Result<(String, Hir, u32), String> {
    let longest = hir.properties().maximum_len().unwrap_or(usize::MAX);
    if longest > LONGEST {
        return Err(format!(
            "a match may have {longest} bytes; {LONGEST} are the most"
        ));
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err("the expression matches nothing at all, too".to_owned());
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
        Err(regex::Error::CompiledTooBig(_)) => {
            Err("the expression is too large when it is compiled".to_owned())
        }
        Err(_) => Err("the expression does not compile".to_owned()),
    }
}

struct Rewrite {
    /// The group that becomes `secret`; all others capture nothing.
    value: Option<u32>,
    ends: (u32, u32),
    /// Flags that the expression begins with, as text.
    flags: String,
    /// Some repetition had no end.
    bounded: bool,
    /// What is looked at is the value or a part of it.
    within: bool,
}

impl Rewrite {
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
                // A rule for the matches in which the group takes part.
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

    /// Whether what is repeated may be letters and line ends.
    fn is_text(&self, ast: &Ast) -> bool {
        let mut pattern = self.flags.clone();
        Printer::new().print(ast, &mut pattern).is_ok()
            && translate(&pattern).is_ok_and(|hir| may_have(&hir, b'\n') && may_have(&hir, b'e'))
    }
}

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
        // A string takes everything.
        let _ = Printer::new().print(part, &mut flags);
    }
    flags
}
