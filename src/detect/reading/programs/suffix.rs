//! Reads what follows a literal directly: methods and indexes.

use super::super::Collector;
use super::escape_digits::{begins_name, name_length};
use super::hole;
use super::language::Language;
use crate::finding::Doubt;

/// What follows a literal directly.
pub(super) enum Suffix {
    /// Nothing that concerns its value.
    None,
    /// Something that changes the value, or may change it: the expression is not read further.
    Ended,
    /// Methods that keep the value, up to this offset.
    Kept(usize),
}

/// Methods that keep the text of the value.
const KEEPS: &[&str] = &[
    "tochararray",
    "getbytes",
    "as_bytes",
    "to_string",
    "encode",
    "freeze",
    "into",
    "to_owned",
    "tostring",
    "to_s",
    "to_str",
    "as_str",
    "as_ref",
    "c_str",
    "clone",
    "dup",
    "b",
    "bytes",
    "tobytearray",
    "encodetobytearray",
    "utf8",
    "html_safe",
    "intern",
    "to_sym",
    "into_bytes",
    "into_boxed_str",
    "toarray",
    "tocharlist",
    "utf8string",
    "data",
    "valueof",
    "tolist",
    "unsafelyunwrapped",
    "decode",
    "asbytearray",
];

/// Methods that remove white space at the ends of the value, and nothing else.
const TRIMS: &[&str] = &[
    "trim",
    "strip",
    "rstrip",
    "lstrip",
    "trimend",
    "trimstart",
    "trim_end",
    "trim_start",
    "chomp",
    "trimleft",
    "trimright",
];

/// Methods that change the value.
const CHANGES: &[&str] = &[
    "replace",
    "replaceall",
    "replacefirst",
    "split",
    "upper",
    "lower",
    "uppercase",
    "lowercase",
    "toupper",
    "tolower",
    "touppercase",
    "tolowercase",
    "to_uppercase",
    "to_lowercase",
    "upcase",
    "downcase",
    "capitalize",
    "title",
    "swapcase",
    "reverse",
    "reversed",
    "format",
    "formatted",
    "format_map",
    "repeat",
    "times",
    "join",
    "concat",
    "substring",
    "substr",
    "slice",
    "substringbefore",
    "substringafter",
    "length",
    "size",
    "len",
    "count",
    "charat",
    "charcodeat",
    "codepointat",
    "at",
    "indexof",
    "translate",
    "center",
    "ljust",
    "rjust",
    "zfill",
    "padstart",
    "padend",
    "padleft",
    "padright",
    "gsub",
    "sub",
    "tr",
    "delete",
    "squeeze",
    "succ",
    "hash",
    "hashcode",
    "sha256",
    "md5",
    "unpack",
    "unpack1",
    "hex",
    "fromhex",
    "append",
    "plus",
    "prepend",
    "insert",
    "remove",
    "removeprefix",
    "removesuffix",
    "drop",
    "take",
    "droplast",
    "map",
    "chars",
    "lines",
    "rep",
    "match",
    "test",
    "equals",
    "startswith",
    "endswith",
    "starts_with",
    "ends_with",
    "contains",
    "includes",
    "isempty",
    "is_empty",
    "stripprefix",
    "concatenating",
    "replacingoccurrences",
    "components",
];

/// Methods that change indentation.
const INDENTS: &[&str] = &[
    "trimindent",
    "trimmargin",
    "stripmargin",
    "stripindent",
    "stripindents",
    "translateescapes",
    "squish",
];

/// How many methods of a chain are read.
const MOST_METHODS: usize = 8;

/// Reads what follows the literal that ends at `end`.
pub(super) fn read(text: &[u8], end: usize, language: &Language, out: &mut Collector) -> Suffix {
    if text.get(end) == Some(&b'[') {
        out.interpolation();
        return Suffix::Ended;
    }
    let mut at = end;
    for _ in 0..MOST_METHODS {
        let Some((name, behind)) = method(text, at, language) else {
            return if at == end {
                Suffix::None
            } else {
                Suffix::Kept(at)
            };
        };
        let name = name.to_ascii_lowercase();
        let is_one_of = |names: &[&str]| names.iter().any(|known| known.as_bytes() == name);
        let arguments = Arguments::read(text, behind);
        if is_one_of(KEEPS) && arguments.is_plain {
            at = arguments.end;
        } else if is_one_of(TRIMS) && arguments.is_empty {
            if is_trimmed(out.value()) {
                at = arguments.end;
            } else {
                out.interpolation();
                return Suffix::Ended;
            }
        } else {
            if is_one_of(CHANGES) {
                out.interpolation();
            } else if is_one_of(INDENTS) {
                out.doubt(Doubt::Indentation);
            } else {
                out.doubt(Doubt::Surroundings);
            }
            return Suffix::Ended;
        }
    }
    out.doubt(Doubt::Surroundings);
    Suffix::Ended
}

/// The name of the method that is called on what ends at `end`, and the offset behind the name.
fn method<'a>(text: &'a [u8], end: usize, language: &Language) -> Option<(&'a [u8], usize)> {
    let is_joined_by = |operator| language.joins.operators.contains(&operator);
    let begin = if is_joined_by("..") {
        b":"
    } else if is_joined_by(".") {
        return None;
    } else {
        b"."
    };
    // A chain of methods may begin in the next line, but a name behind a colon may not.
    let at = language.skip_blank(text, end, begin == b"." && language.joins.has_method_lines);
    let at = if text.get(at) == Some(&b'?') && begin == b"." {
        at + 1
    } else {
        at
    };
    let is_call = text.get(at..)?.starts_with(begin) && begins_name(*text.get(at + 1)?);
    let length = name_length(text, at + 1);
    is_call.then(|| (&text[at + 1..at + 1 + length], at + 1 + length))
}

/// The arguments of a method.
struct Arguments {
    /// The offset behind them.
    end: usize,
    /// There are none.
    is_empty: bool,
    /// There are none, or they name UTF-8 or ASCII.
    is_plain: bool,
}

impl Arguments {
    fn read(text: &[u8], at: usize) -> Self {
        const LONGEST: usize = 64;
        if text.get(at) != Some(&b'(') {
            return Self {
                end: at,
                is_empty: true,
                is_plain: true,
            };
        }
        let bound = text.len().min(at + LONGEST);
        let Some(end) = hole::end(&text[..bound], at + 1, b')') else {
            return Self {
                end: at,
                is_empty: false,
                is_plain: false,
            };
        };
        let inner = text[at + 1..end - 1].trim_ascii().to_ascii_lowercase();
        let has = |word: &[u8]| memchr::memmem::find(&inner, word).is_some();
        let is_empty = inner.is_empty();
        let is_plain = is_empty || has(b"utf-8") || has(b"utf8") || has(b"utf_8") || has(b"ascii");
        Self {
            end,
            is_empty,
            is_plain,
        }
    }
}

/// Whether no implementation removes anything from the ends of the value.
fn is_trimmed(value: &[u8]) -> bool {
    let is_blank = |byte: Option<&u8>| byte.is_some_and(|&byte| byte <= b' ' || byte >= 0x80);
    !is_blank(value.first()) && !is_blank(value.last())
}
