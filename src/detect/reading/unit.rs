//! The units of a literal's content: literal bytes, escapes, and interpolations.

/// A unit of a literal's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Unit {
    /// So many literal bytes.
    Verbatim(usize),
    /// So many bytes that yield others.
    Escape {
        /// The length of the escape in the text.
        length: usize,
        /// The bytes that it yields; none for a line that is continued.
        bytes: UnitBytes,
    },
    /// An escape of this length that the syntax does not define. Readers refuse it, or differ.
    Unknown(usize),
    /// A variable or an expression of this length, whose value is not in the text.
    Interpolation(usize),
}

impl Unit {
    /// An escape that yields a character.
    pub fn character(length: usize, character: char) -> Self {
        let mut utf8 = [0; 4];
        let bytes = character.encode_utf8(&mut utf8).as_bytes();
        Self::bytes(length, bytes)
    }

    /// An escape that yields one byte.
    pub fn byte(length: usize, byte: u8) -> Self {
        Self::bytes(length, &[byte])
    }

    /// An escape that yields nothing, such as a continued line.
    pub fn nothing(length: usize) -> Self {
        Self::bytes(length, &[])
    }

    /// An escape that yields up to eight bytes.
    pub fn bytes(length: usize, bytes: &[u8]) -> Self {
        let mut all = [0; 8];
        all[..bytes.len()].copy_from_slice(bytes);
        Unit::Escape {
            length,
            bytes: UnitBytes {
                all,
                length: bytes.len() as u8,
            },
        }
    }

    /// The length of the unit in the text.
    pub fn length(self) -> usize {
        match self {
            Unit::Verbatim(length)
            | Unit::Escape { length, .. }
            | Unit::Unknown(length)
            | Unit::Interpolation(length) => length,
        }
    }
}

/// The bytes that an escape yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) struct UnitBytes {
    all: [u8; 8],
    length: u8,
}

impl UnitBytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.all[..usize::from(self.length)]
    }
}

/// A quote that is written twice.
pub(super) fn doubled(rest: &[u8], quote: u8) -> Unit {
    match rest {
        [first, second, ..] if *first == quote && *second == quote => Unit::byte(2, quote),
        [first, ..] if *first == quote => Unit::Verbatim(1),
        _ => Unit::Verbatim(memchr::memchr(quote, rest).unwrap_or(rest.len())),
    }
}
