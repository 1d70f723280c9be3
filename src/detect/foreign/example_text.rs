//! Generation of texts that an expression matches, as examples of rules that have none.

use regex_syntax::hir::{Hir, HirKind, Repetition};

use super::match_extent::bytes_of;
use crate::detect::example::SeededRandom;

/// Names and alphabets of the placeholders, the largest alphabet first.
const ALPHABETS: [(&str, &str); 8] = [
    (
        "alnum",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ),
    (
        "letters",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    ),
    ("loweralnum", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("upperalnum", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("hex", "0123456789abcdef"),
    ("HEX", "0123456789ABCDEF"),
    ("lower", "abcdefghijklmnopqrstuvwxyz"),
    ("digit", "0123456789"),
];
/// Least length of a run that becomes a placeholder, in characters.
const RUN: u32 = 4;
/// Greatest length of an example in bytes.
const LONGEST: usize = 6000;

/// A template (see [`crate::detect::example`]) of a text that `hir` should match; each attempt
/// generates another one. Assertions about the text around a match are ignored, so the caller tests
/// the text. `None` if the expression requires bytes that are not text.
pub(super) fn template(hir: &Hir, attempt: u64) -> Option<String> {
    let value = hir.properties().explicit_captures_len() == 0;
    let mut sample = Sample {
        random: SeededRandom::new(attempt),
        attempt,
        out: String::new(),
    };
    sample.text(hir, value)?;
    // An unbroken token in a rule file would be reported by other scanners.
    if !sample.out.contains("<<") {
        let middle =
            (sample.out.len() / 2..sample.out.len()).find(|&at| sample.out.is_char_boundary(at))?;
        sample.out.insert_str(middle, "<<>>");
    }
    Some(sample.out)
}

/// The state of generating a template.
struct Sample {
    /// The choices of this attempt.
    random: SeededRandom,
    /// Number of the attempt; the first one makes the usual choices.
    attempt: u64,
    /// The template so far.
    out: String,
}

impl Sample {
    /// Appends a text that `hir` matches. `value`: `hir` is the value or a part of it.
    fn text(&mut self, hir: &Hir, value: bool) -> Option<()> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.out.push_str(std::str::from_utf8(&literal.0).ok()?),
            HirKind::Class(_) => {
                let bytes = preferred(bytes_of(hir)?)?;
                let byte = bytes[self.below(bytes.len())];
                self.out.push(char::from(byte));
            }
            HirKind::Capture(capture) => self.text(&capture.sub, true)?,
            HirKind::Alternation(branches) => {
                // The first alternative is usually the most common one.
                let branch = if self.attempt == 0 {
                    0
                } else {
                    self.below(branches.len())
                };
                self.text(&branches[branch], value)?;
            }
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.text(part, value))?,
            // The characters between a name and a value are an operator.
            HirKind::Repetition(repetition) if !value && is_between(repetition) => {
                self.out.push_str(" = ")
            }
            HirKind::Repetition(repetition) => {
                let times = self.times(
                    repetition.min,
                    repetition.max.unwrap_or(repetition.min + 64),
                    value,
                );
                let name = bytes_of(&repetition.sub).and_then(|bytes| {
                    ALPHABETS
                        .iter()
                        .find(|(_, alphabet)| alphabet.bytes().all(|byte| bytes.contains(&byte)))
                });
                match name {
                    Some((name, _)) if times >= RUN => {
                        self.out.push_str(&format!("<<{name} {times}>>"))
                    }
                    _ => (0..times).try_for_each(|_| self.text(&repetition.sub, value))?,
                }
            }
        }
        (self.out.len() <= LONGEST).then_some(())
    }

    /// The number of repetitions: the least one, but for a value enough to look like a secret.
    fn times(&mut self, least: u32, most: u32, value: bool) -> u32 {
        let usual = if value && least < 16 {
            most.min(24)
        } else {
            least
        };
        if self.attempt == 0 {
            return usual.max(least);
        }
        let longer = most.min(usual.saturating_add(8));
        least.max(if value { usual } else { least })
            + self.below((longer - usual.min(longer)) as usize + 1) as u32
    }

    /// A random number below a bound.
    fn below(&mut self, bound: usize) -> usize {
        (self.random.next() % bound.max(1) as u64) as usize
    }
}

/// Whether a repetition matches up to three characters of a class that includes spaces and `=`.
fn is_between(repetition: &Repetition) -> bool {
    repetition.min <= 3
        && repetition.max.is_none_or(|most| most >= 3)
        && bytes_of(&repetition.sub)
            .is_some_and(|bytes| [b' ', b'='].iter().all(|byte| bytes.contains(byte)))
}

/// The letters and digits among some bytes; without any, the printable bytes; without any, white
/// space.
fn preferred(bytes: Vec<u8>) -> Option<Vec<u8>> {
    // One letter in either case.
    if let [upper, lower] = bytes[..]
        && upper != lower
        && upper.eq_ignore_ascii_case(&lower)
    {
        return Some(vec![lower]);
    }
    let tests: [fn(&u8) -> bool; 3] = [u8::is_ascii_alphanumeric, u8::is_ascii_graphic, |byte| {
        matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    }];
    tests.into_iter().find_map(|test| {
        let some: Vec<u8> = bytes.iter().copied().filter(test).collect();
        (!some.is_empty()).then_some(some)
    })
}
