//! Parsing of expressions as the engine reads them: bytes, and ASCII classes.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::print::Printer;
use regex_syntax::ast::{Ast, ErrorKind};
use regex_syntax::hir::Hir;

/// Why an expression of another scanner has no counterpart in a Keyferry rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The expression uses look-around or back-references.
    #[error("the expression needs backtracking: {reason} (character {character})")]
    NeedsBacktracking {
        /// The parser's description of the construct.
        reason: String,
        /// Place in the expression, 1-based.
        character: usize,
    },
    /// The expression does not parse.
    #[error("the expression cannot be parsed: {reason} (character {character})")]
    Syntax {
        /// The parser's description of the mistake.
        reason: String,
        /// Place in the expression, 1-based.
        character: usize,
    },
    /// The converted expression does not parse.
    #[error("the expression cannot be parsed: {reason}")]
    ConvertedSyntax {
        /// The parser's description of the mistake.
        reason: String,
    },
    /// The expression refers to characters outside ASCII.
    #[error("the expression matches characters, not bytes: {reason}")]
    Characters {
        /// The parser's description of the construct.
        reason: String,
    },
    /// The expression cannot be printed.
    #[error("the expression cannot be written")]
    Print,
    /// The rule names a group that its expression does not have.
    #[error("the expression has no group {number} (`secretGroup`)")]
    NoGroup {
        /// The number of the group.
        number: u32,
    },
    /// A match may be longer than the window around an anchor.
    #[error("a match may have {longest} bytes; at most {limit} are possible")]
    LongMatch {
        /// Greatest length of a match, in bytes.
        longest: usize,
        /// Greatest length that a rule may have, in bytes.
        limit: usize,
    },
    /// The expression matches the empty text.
    #[error("the expression also matches the empty text")]
    EmptyMatch,
    /// The compiled expression exceeds the size limit.
    #[error("the expression is too large when it is compiled")]
    TooLarge,
    /// The expression does not compile.
    #[error("the expression does not compile")]
    Compile,
}

/// Parses an expression.
///
/// # Errors
/// If it does not parse, or needs backtracking.
pub(super) fn parse(source: &str) -> Result<Ast, PatternError> {
    Parser::new().parse(source).map_err(|error| {
        let reason = error.kind().to_string();
        let character = error.span().start.column;
        match error.kind() {
            ErrorKind::UnsupportedLookAround | ErrorKind::UnsupportedBackreference => {
                PatternError::NeedsBacktracking { reason, character }
            }
            _ => PatternError::Syntax { reason, character },
        }
    })
}

/// Translates an expression as the engine reads it.
///
/// # Errors
/// If it does not parse, or refers to characters outside ASCII.
pub(super) fn translate(pattern: &str) -> Result<Hir, PatternError> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .map_err(|error| match error {
            regex_syntax::Error::Parse(error) => PatternError::ConvertedSyntax {
                reason: error.kind().to_string(),
            },
            regex_syntax::Error::Translate(error) => PatternError::Characters {
                reason: error.kind().to_string(),
            },
            error => PatternError::ConvertedSyntax {
                reason: error.to_string(),
            },
        })
}

/// Prints a parsed expression.
///
/// # Errors
/// If it cannot be printed.
pub(super) fn print(ast: &Ast, pattern: &mut String) -> Result<(), PatternError> {
    Printer::new()
        .print(ast, pattern)
        .map_err(|_| PatternError::Print)
}

/// Translates a parsed expression.
///
/// # Errors
/// As [`translate`] and [`print()`].
pub(super) fn translate_ast(ast: &Ast) -> Result<Hir, PatternError> {
    let mut pattern = String::new();
    print(ast, &mut pattern)?;
    translate(&pattern)
}
