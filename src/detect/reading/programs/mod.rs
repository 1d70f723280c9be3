//! Reads the literals of programs.
//!
//! Each language is a small file: it declares the forms of its literals, how they are joined, and how comments are
//! written, and reads its escapes. One reader reads them all.

mod c;
mod csharp;
mod dart;
mod escape_digits;
mod escape_units;
mod generic;
mod go;
mod groovy;
mod heredoc;
mod hole;
mod indented_text;
mod java;
mod javascript;
mod join;
mod kotlin;
mod language;
mod lexer;
mod literal_form;
mod literal_reader;
mod literal_units;
mod lua;
mod perl;
mod php;
mod position;
mod puppet;
mod python;
mod quote_like;
mod r;
mod regex;
mod ruby;
mod rust;
mod scala;
mod suffix;
mod swift;
mod visual_basic;

use super::{Collector, Stop};
use crate::finding::Syntax;
pub(super) use escape_units::unit;
use language::Language;

pub(in crate::detect) use position::{Position, ProgramSpans};

/// Reads the expression that begins at `at`, and returns the offset behind it.
///
/// # Errors
/// No literal begins the expression, or the text ends in it, or it is too long.
pub(super) fn read(
    text: &[u8],
    at: usize,
    syntax: Syntax,
    out: &mut Collector,
) -> Result<usize, Stop> {
    match syntax {
        Syntax::Rust if rust::begins_concat(text, at) => rust::read_concat(text, at, out),
        Syntax::R if r::begins_paste(text, at) => r::read_paste(text, at, out),
        _ => match language(syntax) {
            Some(language) => join::read(text, at, language, out),
            None => generic::read(text, at, syntax, out),
        },
    }
}

/// The language of a syntax; `None` if it is not known.
fn language(syntax: Syntax) -> Option<&'static Language> {
    Some(match syntax {
        Syntax::Python => &python::LANGUAGE,
        Syntax::JavaScript => &javascript::LANGUAGE,
        Syntax::Java => &java::LANGUAGE,
        Syntax::Kotlin => &kotlin::LANGUAGE,
        Syntax::Groovy | Syntax::Gradle => &groovy::LANGUAGE,
        Syntax::Scala => &scala::LANGUAGE,
        Syntax::CSharp => &csharp::LANGUAGE,
        Syntax::VisualBasic => &visual_basic::LANGUAGE,
        Syntax::Go => &go::LANGUAGE,
        Syntax::Rust => &rust::LANGUAGE,
        Syntax::Php => &php::LANGUAGE,
        Syntax::Ruby => &ruby::LANGUAGE,
        Syntax::Perl => &perl::LANGUAGE,
        Syntax::C => &c::LANGUAGE,
        Syntax::ObjectiveC => &c::OBJECTIVE_C,
        Syntax::Swift => &swift::LANGUAGE,
        Syntax::Lua => &lua::LANGUAGE,
        Syntax::R => &r::LANGUAGE,
        Syntax::Puppet => &puppet::LANGUAGE,
        Syntax::Dart => &dart::LANGUAGE,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
