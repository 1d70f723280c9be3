//! A regular expression of another scanner as one of ours: the value in the group `secret`, every repetition with an end,
//! `^` and `$` at the ends of lines, and the reach that a match over several lines needs.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::print::Printer;
use regex_syntax::ast::{AssertionKind, Ast, CaptureName, Flags, GroupKind, RepetitionKind, RepetitionRange};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::Group;

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
pub(super) fn carry(theirs: &str, go: bool, group: &Group) -> Result<Vec<Ours>, String> {
    let source = if go { from_go(theirs) } else { without_comments(theirs) };
    let ast = parse(&source)?;
    values(&ast, group)?.into_iter().map(|(part, value)| carry_one(&part, value)).collect()
}

fn parse(source: &str) -> Result<Ast, String> {
    Parser::new().parse(source).map_err(|error| {
        let kind = error.kind().to_string();
        let what =
            if kind.contains("look-around") || kind.contains("backreference") { "needs backtracking" } else { "" };
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
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => format!("the expression cannot be read: {}", error.kind()),
        regex_syntax::Error::Translate(error) => {
            format!("the expression is about characters, not bytes: {}", error.kind())
        }
        _ => "the expression cannot be read".to_owned(),
    })
}

/// What stands for itself in Go's expressions and does not here: braces that are no repetition, and brackets, `&`, `~` and a
/// second `-` in a class (RE2's syntax: <https://github.com/google/re2/wiki/Syntax>).
fn from_go(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = String::with_capacity(source.len() + 8);
    let mut class = None;
    let mut chars = source.char_indices().peekable();
    let mut after_dash = false;
    while let Some((at, c)) = chars.next() {
        // An escaped one is taken with its backslash.
        let second_dash = std::mem::replace(&mut after_dash, c == '-') && c == '-';
        match (c, class) {
            ('\\', _) => {
                match chars.next() {
                    // `\<` is a word's beginning here.
                    Some((_, escaped @ ('<' | '>'))) => out.push(escaped),
                    Some((_, escaped)) => out.extend(['\\', escaped]),
                    None => out.push('\\'),
                }
            }
            ('{', None) if !is_repetition(&source[at..]) => out.push_str("\\{"),
            ('[', None) => {
                out.push('[');
                if let Some((_, caret)) = chars.next_if(|&(_, c)| c == '^') {
                    out.push(caret);
                }
                // First of all, a closing bracket stands for itself.
                if chars.next_if(|&(_, c)| c == ']').is_some() {
                    out.push_str("\\]");
                }
                class = Some(at);
            }
            ('[', Some(_)) if bytes.get(at + 1) == Some(&b':') && source[at..].contains(":]") => {
                out.push('[');
                for (_, c) in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ('[' | '&' | '~', Some(_)) => out.extend(['\\', c]),
            ('-', Some(_)) if second_dash => out.push_str("\\-"),
            (']', Some(_)) => {
                class = None;
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    out
}

fn is_repetition(text: &str) -> bool {
    let Some((inner, _)) = text[1..].split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

/// Hyperscan takes comments in parentheses.
fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("(?#") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// What finds together what the expression finds: each part of it with the group that is the value there, or `None` for the
/// whole match. Where the first choice takes no part in a match, the next one is the value.
fn values(ast: &Ast, group: &Group) -> Result<Vec<(Ast, Option<u32>)>, String> {
    let mut groups = Vec::new();
    list_groups(ast, &mut groups);
    if let Group::Number(wanted) = *group {
        return if groups.iter().any(|&(number, _)| number == wanted) {
            Ok(vec![(ast.clone(), Some(wanted))])
        } else {
            Err(format!("the expression has no group {wanted} (`secretGroup`)"))
        };
    }
    // A group that is one fixed word tells which word it was, and is no value.
    let fixed = |number| match find(ast, number) {
        Some(Ast::Group(group)) => translate_ast(&group.ast).is_ok_and(|hir| matches!(hir.kind(), HirKind::Literal(_))),
        _ => false,
    };
    if groups.len() > 1 {
        groups.retain(|&(number, _)| !fixed(number));
    }
    match group {
        Group::FirstOfAll | Group::Number(_) => {}
        Group::NamedOrFirst(wanted) => {
            let named = groups.iter().position(|(_, name)| name.as_deref() == Some(wanted)).unwrap_or(0);
            groups = groups.into_iter().skip(named).take(1).collect();
        }
        Group::Last => groups.reverse(),
    }
    let mut values = Vec::new();
    let mut rest = Some(ast.clone());
    for (number, _) in groups {
        let Some(part) = rest.take_if(|part| contains(Some(&*part), number)) else { continue };
        if !takes_part(&part, number) {
            rest = without(&part, number);
        }
        values.push((part, Some(number)));
        if rest.is_none() {
            break;
        }
    }
    values.extend(rest.map(|rest| (rest, None)));
    Ok(values)
}

/// What matches where a group takes no part; `None` if there is nothing.
fn without(ast: &Ast, number: u32) -> Option<Ast> {
    if !contains(Some(ast), number) {
        return Some(ast.clone());
    }
    let mut ast = ast.clone();
    match &mut ast {
        Ast::Group(group) if group_number(&group.kind) != Some(number) => *group.ast = without(&group.ast, number)?,
        Ast::Alternation(alternation) => {
            alternation.asts = alternation.asts.iter().filter_map(|branch| without(branch, number)).collect();
            if alternation.asts.is_empty() {
                return None;
            }
        }
        Ast::Concat(concat) => {
            concat.asts = concat.asts.iter().map(|part| without(part, number)).collect::<Option<_>>()?;
        }
        Ast::Repetition(repetition) => match without(&repetition.ast, number) {
            Some(rest) => *repetition.ast = rest,
            None if optional(&repetition.op.kind) => ast = Ast::empty(repetition.span),
            None => return None,
        },
        _ => return None,
    }
    Some(ast)
}

fn optional(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => true,
        RepetitionKind::OneOrMore => false,
        RepetitionKind::Range(
            RepetitionRange::Exactly(least) | RepetitionRange::AtLeast(least) | RepetitionRange::Bounded(least, _),
        ) => *least == 0,
    }
}

fn carry_one(ast: &Ast, value: Option<u32>) -> Result<Ours, String> {
    let mut notes = Vec::new();
    let mut tried = Err(String::new());
    for ends in ENDS {
        let flags = leading_flags(ast);
        let mut changed = Rewrite { value, ends, flags, bounded: false, within: value.is_none() };
        let mut ours = ast.clone();
        changed.rewrite(&mut ours);
        let mut pattern = String::from("(?m)");
        Printer::new().print(&ours, &mut pattern).map_err(|_| "the expression cannot be written".to_owned())?;
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
        notes.push(("ends of text", "`^` and `$` stand for the ends of a line, not of the whole text".into()));
    }
    if value.is_none() && theirs.properties().explicit_captures_len() > 0 {
        notes.push(("groups", "the whole match is the value".into()));
    }
    Ok(Ours { pattern, hir, reach, notes })
}

fn translate_ast(ast: &Ast) -> Result<Hir, String> {
    let mut pattern = String::new();
    Printer::new().print(ast, &mut pattern).map_err(|_| "the expression cannot be written".to_owned())?;
    translate(&pattern)
}

/// With its reach; or why a window or a compiled expression would be too large.
fn measure(pattern: String, hir: Hir) -> Result<(String, Hir, u32), String> {
    let longest = hir.properties().maximum_len().unwrap_or(usize::MAX);
    if longest > LONGEST {
        return Err(format!("a match may have {longest} bytes; {LONGEST} are the most"));
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err("the expression matches nothing at all, too".to_owned());
    }
    let built = regex::bytes::RegexBuilder::new(&pattern).unicode(false).size_limit(REGEX_SIZE).build();
    match built {
        Ok(_) => {
            let reach = if crosses_lines(&hir, true, true) { longest as u32 } else { 0 };
            Ok((pattern, hir, reach))
        }
        Err(regex::Error::CompiledTooBig(_)) => Err("the expression is too large when it is compiled".to_owned()),
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
                let must = self.value.is_some_and(|value| contains(Some(&repetition.ast), value));
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
                    repetition.op.kind =
                        RepetitionKind::Range(RepetitionRange::Bounded(least, least.saturating_add(most)));
                }
                // A rule for the matches in which the group takes part.
                if must {
                    repetition.op.kind = match repetition.op.kind {
                        RepetitionKind::ZeroOrOne => RepetitionKind::Range(RepetitionRange::Exactly(1)),
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
                        let name = CaptureName { span: group.span, name: "secret".into(), index: number };
                        GroupKind::CaptureName { starts_with_p: true, name }
                    } else {
                        GroupKind::NonCapturing(Flags { span: group.span, items: Vec::new() })
                    };
                }
                let before = self.within;
                self.within |= number.is_some() && number == self.value;
                self.rewrite(&mut group.ast);
                self.within = before;
            }
            Ast::Alternation(alternation) => {
                if let Some(value) = self.value
                    && let Some(branch) = alternation.asts.iter().position(|branch| contains(Some(branch), value))
                {
                    alternation.asts = vec![alternation.asts.swap_remove(branch)];
                }
                alternation.asts.iter_mut().for_each(|branch| self.rewrite(branch));
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

/// Whether a match may have this byte.
fn may_have(hir: &Hir, byte: u8) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&byte),
        HirKind::Class(_) => bytes_of(hir).is_none_or(|bytes| bytes.contains(&byte)),
        HirKind::Repetition(repetition) => may_have(&repetition.sub, byte),
        HirKind::Capture(capture) => may_have(&capture.sub, byte),
        HirKind::Alternation(parts) | HirKind::Concat(parts) => parts.iter().any(|part| may_have(part, byte)),
    }
}

/// The bytes that an expression of one byte matches.
fn byte_class(hir: &Hir) -> Option<[bool; 256]> {
    let mut class = [false; 256];
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() == 1 => class[usize::from(literal.0[0])] = true,
        HirKind::Class(_) => bytes_of(hir)?.into_iter().for_each(|byte| class[usize::from(byte)] = true),
        HirKind::Capture(capture) => return byte_class(&capture.sub),
        HirKind::Repetition(repetition) => return byte_class(&repetition.sub),
        HirKind::Alternation(branches) => {
            for branch in branches {
                let branch = byte_class(branch)?;
                (0..256).for_each(|byte| class[byte] |= branch[byte]);
            }
        }
        _ => return None,
    }
    Some(class)
}

/// The bytes of a class.
pub(super) fn bytes_of(hir: &Hir) -> Option<Vec<u8>> {
    let bytes = match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => class.clone(),
        HirKind::Class(Class::Unicode(class)) => class.to_byte_class()?,
        _ => return None,
    };
    Some(bytes.ranges().iter().flat_map(|range| range.start()..=range.end()).collect())
}

/// Whether a match may have a line end that is neither its first nor its last byte: a window of one line has those two.
fn crosses_lines(hir: &Hir, first: bool, last: bool) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => {
            let edge = |at: usize| (first && at == 0) || (last && at + 1 == literal.0.len());
            literal.0.iter().enumerate().any(|(at, &byte)| byte == b'\n' && !edge(at))
        }
        HirKind::Class(_) => !first && !last && bytes_of(hir).is_none_or(|bytes| bytes.contains(&b'\n')),
        HirKind::Repetition(repetition) => {
            let alone = repetition.max == Some(1);
            crosses_lines(&repetition.sub, first && alone, last && alone)
        }
        HirKind::Capture(capture) => crosses_lines(&capture.sub, first, last),
        HirKind::Alternation(branches) => branches.iter().any(|branch| crosses_lines(branch, first, last)),
        HirKind::Concat(parts) => {
            let empty = |part: &Hir| part.properties().maximum_len() == Some(0);
            (0..parts.len()).any(|at| {
                let (before, after) = (&parts[..at], &parts[at + 1..]);
                crosses_lines(&parts[at], first && before.iter().all(empty), last && after.iter().all(empty))
            })
        }
    }
}

/// Whether it makes a difference that `^` and `$` stand for the ends of lines: not beside a class with the line end in it.
fn ends_matter(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => matches!(look, Look::Start | Look::End),
        HirKind::Alternation(branches) => {
            let newline = |branch: &Hir| byte_class(branch).is_some_and(|class| class[usize::from(b'\n')]);
            !branches.iter().any(newline) && branches.iter().any(ends_matter)
        }
        HirKind::Repetition(repetition) => ends_matter(&repetition.sub),
        HirKind::Capture(capture) => ends_matter(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(ends_matter),
        _ => false,
    }
}

fn leading_flags(ast: &Ast) -> String {
    let parts = match ast {
        Ast::Concat(concat) => concat.asts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut flags = String::new();
    for part in parts.iter().take_while(|part| matches!(part, Ast::Flags(_))) {
        // A string takes everything.
        let _ = Printer::new().print(part, &mut flags);
    }
    flags
}

fn group_number(kind: &GroupKind) -> Option<u32> {
    match kind {
        GroupKind::CaptureIndex(number) => Some(*number),
        GroupKind::CaptureName { name, .. } => Some(name.index),
        GroupKind::NonCapturing(_) => None,
    }
}

fn children(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Repetition(repetition) => vec![&repetition.ast],
        Ast::Group(group) => vec![&group.ast],
        Ast::Alternation(alternation) => alternation.asts.iter().collect(),
        Ast::Concat(concat) => concat.asts.iter().collect(),
        _ => Vec::new(),
    }
}

fn list_groups(ast: &Ast, groups: &mut Vec<(u32, Option<String>)>) {
    if let Ast::Group(group) = ast
        && let Some(number) = group_number(&group.kind)
    {
        let name = match &group.kind {
            GroupKind::CaptureName { name, .. } => Some(name.name.clone()),
            _ => None,
        };
        groups.push((number, name));
    }
    children(ast).into_iter().for_each(|child| list_groups(child, groups));
}

fn find(ast: &Ast, number: u32) -> Option<&Ast> {
    match ast {
        Ast::Group(group) if group_number(&group.kind) == Some(number) => Some(ast),
        _ => children(ast).into_iter().find_map(|child| find(child, number)),
    }
}

fn contains(ast: Option<&Ast>, number: u32) -> bool {
    ast.is_some_and(|ast| find(ast, number).is_some())
}

/// Whether a group takes part in every match, with at least a byte.
fn takes_part(ast: &Ast, number: u32) -> bool {
    match ast {
        Ast::Group(group) if group_number(&group.kind) == Some(number) => {
            translate_ast(&group.ast).is_ok_and(|hir| hir.properties().minimum_len() != Some(0))
        }
        Ast::Alternation(_) => false,
        Ast::Repetition(repetition) => !optional(&repetition.op.kind) && takes_part(&repetition.ast, number),
        _ => children(ast).into_iter().any(|child| takes_part(child, number)),
    }
}
