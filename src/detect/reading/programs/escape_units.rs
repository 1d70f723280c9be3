//! The escapes of all languages, by the literal that they belong to.

use super::super::Unit;
use super::super::unit::doubled;
use super::{
    c, csharp, dart, go, groovy, java, javascript, kotlin, lua, perl, php, puppet, python, r, ruby,
    rust, scala, swift,
};
use crate::finding::Escapes;

/// The unit at the beginning of `rest`.
pub(in crate::detect::reading) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match escapes {
        Escapes::DoubledSingle => doubled(rest, b'\''),
        Escapes::DoubledDouble => doubled(rest, b'"'),
        Escapes::Python | Escapes::PythonBytes | Escapes::PythonFormat => {
            python::unit(rest, escapes)
        }
        Escapes::JavaScript | Escapes::JavaScriptTemplate => javascript::unit(rest, escapes),
        Escapes::Java => java::unit(rest),
        Escapes::Kotlin | Escapes::KotlinRaw => kotlin::unit(rest, escapes),
        Escapes::Groovy | Escapes::GroovyDouble => groovy::unit(rest, escapes),
        Escapes::Scala | Escapes::ScalaInterpolated => scala::unit(rest, escapes),
        Escapes::CSharp | Escapes::CSharpInterpolated => csharp::unit(rest, escapes),
        Escapes::Go => go::unit(rest),
        Escapes::Rust | Escapes::RustBytes => rust::unit(rest, escapes),
        Escapes::PhpDouble | Escapes::PhpSingle | Escapes::PhpHeredoc => php::unit(rest, escapes),
        Escapes::RubyDouble | Escapes::RubySingle => ruby::unit(rest, escapes),
        Escapes::PerlDouble | Escapes::PerlSingle => perl::unit(rest, escapes),
        Escapes::C => c::unit(rest),
        Escapes::Swift => swift::unit(rest),
        Escapes::Lua => lua::unit(rest),
        Escapes::R => r::unit(rest),
        Escapes::PuppetDouble | Escapes::PuppetSingle => puppet::unit(rest, escapes),
        Escapes::Dart => dart::unit(rest),
        _ => Unit::Verbatim(1),
    }
}
