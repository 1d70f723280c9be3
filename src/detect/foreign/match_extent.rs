//! The bytes that a match may contain, and whether it may span several lines.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Whether a match may contain this byte.
pub(super) fn may_have(hir: &Hir, byte: u8) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&byte),
        HirKind::Class(_) => bytes_of(hir).is_none_or(|bytes| bytes.contains(&byte)),
        HirKind::Repetition(repetition) => may_have(&repetition.sub, byte),
        HirKind::Capture(capture) => may_have(&capture.sub, byte),
        HirKind::Alternation(parts) | HirKind::Concat(parts) => {
            parts.iter().any(|part| may_have(part, byte))
        }
    }
}

/// The bytes that an expression of one byte matches.
fn byte_class(hir: &Hir) -> Option<[bool; 256]> {
    let mut class = [false; 256];
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() == 1 => {
            class[usize::from(literal.0[0])] = true
        }
        HirKind::Class(_) => bytes_of(hir)?
            .into_iter()
            .for_each(|byte| class[usize::from(byte)] = true),
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
    Some(
        bytes
            .ranges()
            .iter()
            .flat_map(|range| range.start()..=range.end())
            .collect(),
    )
}

/// Whether a match may contain a line end that is neither its first nor its last byte. The window
/// of one line includes both of those. `first` and `last`: nothing precedes or follows `hir` in the
/// match.
pub(super) fn crosses_lines(hir: &Hir, first: bool, last: bool) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => {
            let edge = |at: usize| (first && at == 0) || (last && at + 1 == literal.0.len());
            literal
                .0
                .iter()
                .enumerate()
                .any(|(at, &byte)| byte == b'\n' && !edge(at))
        }
        HirKind::Class(_) => {
            !first && !last && bytes_of(hir).is_none_or(|bytes| bytes.contains(&b'\n'))
        }
        HirKind::Repetition(repetition) => {
            let alone = repetition.max == Some(1);
            crosses_lines(&repetition.sub, first && alone, last && alone)
        }
        HirKind::Capture(capture) => crosses_lines(&capture.sub, first, last),
        HirKind::Alternation(branches) => branches
            .iter()
            .any(|branch| crosses_lines(branch, first, last)),
        HirKind::Concat(parts) => {
            let empty = |part: &Hir| part.properties().maximum_len() == Some(0);
            (0..parts.len()).any(|at| {
                let (before, after) = (&parts[..at], &parts[at + 1..]);
                crosses_lines(
                    &parts[at],
                    first && before.iter().all(empty),
                    last && after.iter().all(empty),
                )
            })
        }
    }
}

/// Whether the expression changes its meaning if `^` and `$` match at the ends of lines. It does
/// not where an alternative is a class that contains the line end.
pub(super) fn ends_matter(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => matches!(look, Look::Start | Look::End),
        HirKind::Alternation(branches) => {
            let newline =
                |branch: &Hir| byte_class(branch).is_some_and(|class| class[usize::from(b'\n')]);
            !branches.iter().any(newline) && branches.iter().any(ends_matter)
        }
        HirKind::Repetition(repetition) => ends_matter(&repetition.sub),
        HirKind::Capture(capture) => ends_matter(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(ends_matter),
        _ => false,
    }
}
