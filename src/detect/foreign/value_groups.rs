//! The groups of an expression that may be the value, and the part of the expression that remains
//! where a group takes no part in a match.

use regex_syntax::ast::{Ast, GroupKind, RepetitionKind, RepetitionRange};
use regex_syntax::hir::HirKind;

use super::foreign_rule::ValueGroup;
use super::regex_translation::{PatternError, translate_ast};

/// Splits an expression into parts that together find the same matches: each part with the group
/// that is the value there, or `None` for the whole match. Where the first choice takes no part in
/// a match, the next one is the value.
///
/// # Errors
/// If the rule names a group that the expression does not have.
pub(super) fn values(
    ast: &Ast,
    group: &ValueGroup,
) -> Result<Vec<(Ast, Option<u32>)>, PatternError> {
    let mut groups = Vec::new();
    list_groups(ast, &mut groups);
    if let ValueGroup::Number(wanted) = *group {
        return if groups.iter().any(|&(number, _)| number == wanted) {
            Ok(vec![(ast.clone(), Some(wanted))])
        } else {
            Err(PatternError::NoGroup { number: wanted })
        };
    }
    // A group that matches one fixed word distinguishes alternatives, and is not the value.
    let fixed = |number| match find(ast, number) {
        Some(Ast::Group(group)) => {
            translate_ast(&group.ast).is_ok_and(|hir| matches!(hir.kind(), HirKind::Literal(_)))
        }
        _ => false,
    };
    if groups.len() > 1 {
        groups.retain(|&(number, _)| !fixed(number));
    }
    match group {
        ValueGroup::FirstOfAll | ValueGroup::Number(_) => {}
        ValueGroup::NamedOrFirst(wanted) => {
            let named = groups
                .iter()
                .position(|(_, name)| name.as_deref() == Some(wanted))
                .unwrap_or(0);
            groups = groups.into_iter().skip(named).take(1).collect();
        }
        ValueGroup::Last => groups.reverse(),
    }
    let mut values = Vec::new();
    let mut rest = Some(ast.clone());
    for (number, _) in groups {
        let Some(part) = rest.take_if(|part| contains(Some(&*part), number)) else {
            continue;
        };
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

/// The part of an expression that matches without a group; `None` if no match is without it.
fn without(ast: &Ast, number: u32) -> Option<Ast> {
    if !contains(Some(ast), number) {
        return Some(ast.clone());
    }
    let mut ast = ast.clone();
    match &mut ast {
        Ast::Group(group) if group_number(&group.kind) != Some(number) => {
            *group.ast = without(&group.ast, number)?
        }
        Ast::Alternation(alternation) => {
            alternation.asts = alternation
                .asts
                .iter()
                .filter_map(|branch| without(branch, number))
                .collect();
            if alternation.asts.is_empty() {
                return None;
            }
        }
        Ast::Concat(concat) => {
            concat.asts = concat
                .asts
                .iter()
                .map(|part| without(part, number))
                .collect::<Option<_>>()?;
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

/// Whether a repetition may match zero times.
fn optional(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => true,
        RepetitionKind::OneOrMore => false,
        RepetitionKind::Range(
            RepetitionRange::Exactly(least)
            | RepetitionRange::AtLeast(least)
            | RepetitionRange::Bounded(least, _),
        ) => *least == 0,
    }
}

/// Lists the groups of an expression by number and name, in their order.
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
    children(ast)
        .into_iter()
        .for_each(|child| list_groups(child, groups));
}

/// The group with a number.
fn find(ast: &Ast, number: u32) -> Option<&Ast> {
    match ast {
        Ast::Group(group) if group_number(&group.kind) == Some(number) => Some(ast),
        _ => children(ast)
            .into_iter()
            .find_map(|child| find(child, number)),
    }
}

/// Whether an expression contains the group with a number.
pub(super) fn contains(ast: Option<&Ast>, number: u32) -> bool {
    ast.is_some_and(|ast| find(ast, number).is_some())
}

/// Whether a group takes part in every match, with at least one byte.
fn takes_part(ast: &Ast, number: u32) -> bool {
    match ast {
        Ast::Group(group) if group_number(&group.kind) == Some(number) => {
            translate_ast(&group.ast).is_ok_and(|hir| hir.properties().minimum_len() != Some(0))
        }
        Ast::Alternation(_) => false,
        Ast::Repetition(repetition) => {
            !optional(&repetition.op.kind) && takes_part(&repetition.ast, number)
        }
        _ => children(ast)
            .into_iter()
            .any(|child| takes_part(child, number)),
    }
}

/// The expressions directly within an expression.
fn children(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Repetition(repetition) => vec![&repetition.ast],
        Ast::Group(group) => vec![&group.ast],
        Ast::Alternation(alternation) => alternation.asts.iter().collect(),
        Ast::Concat(concat) => concat.asts.iter().collect(),
        _ => Vec::new(),
    }
}

/// The number of a capturing group.
pub(super) fn group_number(kind: &GroupKind) -> Option<u32> {
    match kind {
        GroupKind::CaptureIndex(number) => Some(*number),
        GroupKind::CaptureName { name, .. } => Some(name.index),
        GroupKind::NonCapturing(_) => None,
    }
}
