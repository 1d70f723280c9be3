//! The variables of Docker Compose: `$$` is a dollar, `$NAME` and `${…}` are variables. A dollar before anything else
//! stays (<https://github.com/compose-spec/compose-go>, `template/template.go`).

use super::super::{Collector, Stop, Unit};
use super::source::Source;
use crate::finding::Doubt;

/// The longest expression in braces that is read as one.
const LONGEST: usize = 512;

/// The unit at the beginning of `rest`, the rest of the value.
pub(super) fn unit(rest: &[u8]) -> Unit {
    if rest.first() != Some(&b'$') {
        return Unit::Verbatim(memchr::memchr(b'$', rest).unwrap_or(rest.len()));
    }
    match rest.get(1) {
        Some(b'$') => Unit::byte(2, b'$'),
        Some(b'{') => braced(rest),
        Some(byte) if is_of_name(*byte) && !byte.is_ascii_digit() => {
            let length = rest[1..].iter().position(|&byte| !is_of_name(byte));
            Unit::Interpolation(length.map_or(rest.len(), |length| 1 + length))
        }
        // An escape or another letter may continue the name.
        Some(b'\\' | 0x80..) => Unit::Unknown(1),
        _ => Unit::Verbatim(1),
    }
}

fn is_of_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// `${NAME}`, with a default or a message that may have braces again. Anything else in braces is refused.
fn braced(rest: &[u8]) -> Unit {
    if !rest
        .get(2)
        .is_some_and(|&byte| is_of_name(byte) && !byte.is_ascii_digit())
    {
        return Unit::Unknown(2);
    }
    let mut depth = 0;
    for (at, byte) in rest.iter().enumerate().take(LONGEST) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Unit::Interpolation(at + 1);
        }
    }
    Unit::Unknown(2)
}

impl Source<'_> {
    /// Adds the bytes to the value unit by unit, and the variables among them.
    pub(super) fn add(
        self,
        raw: std::ops::Range<usize>,
        out: &mut Collector,
        unit_of: impl Fn(&[u8]) -> Unit,
    ) -> Result<(), Stop> {
        let mut at = raw.start;
        let mut dollar = at;
        while at < raw.end {
            if dollar <= at {
                dollar = if self.has_variables {
                    memchr::memchr(b'$', &self.text[at..raw.end])
                        .map_or(raw.end, |found| at + found)
                } else {
                    raw.end
                };
            }
            if at == dollar {
                at = out.unit(self.text, at, unit(&self.text[at..raw.end]))?;
                continue;
            }
            let next = unit_of(&self.text[at..dollar]);
            if let Unit::Escape { bytes, .. } = next
                && self.has_variables
                && bytes.as_slice().contains(&b'$')
            {
                // The dollar is one only behind the escapes of YAML.
                out.doubt(Doubt::Variable);
            }
            at = out.unit(self.text, at, next)?;
        }
        Ok(())
    }

    /// Whether the bytes have a dollar that Docker Compose reads.
    pub(super) fn has_dollar(self, raw: std::ops::Range<usize>) -> bool {
        self.has_variables && memchr::memchr(b'$', &self.text[raw]).is_some()
    }
}
