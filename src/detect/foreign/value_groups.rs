//! The groups of an expression: which of them may hold the value, and what is left where one takes no part.

use regex_syntax::ast::{Ast, GroupKind, RepetitionKind, RepetitionRange};
use regex_syntax::hir::HirKind;

use super::Group;
use super::pattern_conversion::translate_ast;

/// What finds together what the expression finds: each part of it with the group that is the value there, or `None` for the
/// whole match. Where the first choice takes no part in a match, the next one is the value.
pub(super) fn values(ast: &Ast, group: &Group) -> Result<Vec<(Ast, Option<u32>)>, String> {
    let mut groups = Vec::new();
    list_groups(ast, &mut groups);
    if let Group::Number(wanted) = *group {
        return if groups.iter().any(|&(number, _)| number == wanted) {
            Ok(vec![(ast.clone(), Some(wanted))])
        } else {
            Err(format!(
                "the expression has no group {wanted} (`secretGroup`)"
            ))
        };
    }
    // A group that is one fixed word tells which word it was, and is no value.
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
        Group::FirstOfAll | Group::Number(_) => {}
        Group::NamedOrFirst(wanted) => {
            let named = groups
                .iter()
                .position(|(_, name)| name.as_deref() == Some(wanted))
                .unwrap_or(0);
            groups = groups.into_iter().skip(named).take(1).collect();
        }
        Group::Last => groups.reverse(),
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

/// What matches where a group takes no part; `None` if there is nothing.
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

fn find(ast: &Ast, number: u32) -> Option<&Ast> {
    match ast {
        Ast::Group(group) if group_number(&group.kind) == Some(number) => Some(ast),
        _ => children(ast)
            .into_iter()
            .find_map(|child| find(child, number)),
    }
}

pub(super) fn contains(ast: Option<&Ast>, number: u32) -> bool {
    ast.is_some_and(|ast| find(ast, number).is_some())
}

/// Whether a group takes part in every match, with at least a byte.
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

fn children(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Repetition(repetition) => vec![&repetition.ast],
        Ast::Group(group) => vec![&group.ast],
        Ast::Alternation(alternation) => alternation.asts.iter().collect(),
        Ast::Concat(concat) => concat.asts.iter().collect(),
        _ => Vec::new(),
    }
}

pub(super) fn group_number(kind: &GroupKind) -> Option<u32> {
    match kind {
        GroupKind::CaptureIndex(number) => Some(*number),
        GroupKind::CaptureName { name, .. } => Some(name.index),
        GroupKind::NonCapturing(_) => None,
    }
}
