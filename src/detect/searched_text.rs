//! The text that detection searches: bytes, the syntax of the file they came from, and their encoding.

use super::decode::Endian;
use super::file_kind::FileKind;
use crate::finding::{Decoding, LineEnd, Lines, Syntax};

/// The encoding of a text as a whole. It decides how the text is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lines of ASCII or a superset of it: all rules run.
    Plain,
    /// The first bytes contain a NUL byte: only rules for tokens of a fixed shape run.
    Binary,
    /// UTF-16: the text is decoded and then searched as plain text, always as a whole.
    Utf16(Endian),
}

impl Encoding {
    /// A text is binary, as git defines it, if a NUL byte is among its first 8,000 bytes
    /// (`buffer_is_binary` in git's `xdiff-interface.c`).
    pub const NUL_PREFIX: usize = 8000;

    fn of(bytes: &[u8]) -> Self {
        let prefix = &bytes[..bytes.len().min(Self::NUL_PREFIX)];
        Self::by_nul(bytes, memchr::memchr(0, prefix).is_some())
    }

    fn by_nul(bytes: &[u8], has_nul: bool) -> Self {
        match has_nul.then(|| utf16_order(bytes)) {
            None => Encoding::Plain,
            Some(None) => Encoding::Binary,
            Some(Some(order)) => Encoding::Utf16(order),
        }
    }

    /// The step that decodes the whole text, if it needs one.
    pub fn decoding(self) -> Option<Decoding> {
        match self {
            Encoding::Plain | Encoding::Binary => None,
            Encoding::Utf16(Endian::Little) => Some(Decoding::Utf16Le),
            Encoding::Utf16(Endian::Big) => Some(Decoding::Utf16Be),
        }
    }
}

/// A text with the syntax of its file. Its encoding is determined once, by the constructor.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The whole text.
    pub bytes: &'a [u8],
    /// The syntax that the text is read as.
    pub syntax: Syntax,
    /// The kind of that syntax.
    pub kind: FileKind,
    encoding: Encoding,
}

impl<'a> Text<'a> {
    /// A text whose encoding is determined from its bytes.
    pub fn new(bytes: &'a [u8], syntax: impl Into<Syntax>) -> Self {
        Self::encoded(bytes, syntax.into(), Encoding::of(bytes))
    }

    /// A text of which the caller knows whether a NUL byte is among its first
    /// [`Encoding::NUL_PREFIX`] bytes. A version of a file that is a delta takes this from its
    /// base.
    pub fn with_nul(bytes: &'a [u8], syntax: impl Into<Syntax>, has_nul: bool) -> Self {
        Self::encoded(bytes, syntax.into(), Encoding::by_nul(bytes, has_nul))
    }

    /// A text that is searched as plain lines, whatever its bytes are.
    pub fn plain(bytes: &'a [u8], syntax: impl Into<Syntax>) -> Self {
        Self::encoded(bytes, syntax.into(), Encoding::Plain)
    }

    fn encoded(bytes: &'a [u8], syntax: Syntax, encoding: Encoding) -> Self {
        Self {
            bytes,
            syntax,
            kind: syntax.into(),
            encoding,
        }
    }

    /// The same text, read as another syntax.
    pub fn with_syntax(self, syntax: Syntax) -> Self {
        Self::encoded(self.bytes, syntax, self.encoding)
    }

    /// The encoding of the text.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether all rules run on the bytes as they are.
    pub fn is_plain(&self) -> bool {
        self.encoding == Encoding::Plain
    }

    /// Whether the text is binary. UTF-16 is not.
    pub fn is_binary(&self) -> bool {
        self.encoding == Encoding::Binary
    }

    /// Whether the text is UTF-16.
    pub fn is_utf16(&self) -> bool {
        matches!(self.encoding, Encoding::Utf16(_))
    }

    /// The mark at the end of the text's lines.
    pub fn line_end(&self) -> LineEnd {
        match self.encoding {
            Encoding::Utf16(Endian::Big) => LineEnd::Unit([0, b'\n']),
            Encoding::Utf16(Endian::Little) => LineEnd::Unit([b'\n', 0]),
            Encoding::Plain | Encoding::Binary => LineEnd::Byte,
        }
    }

    /// The starts of the text's lines.
    pub fn lines(&self) -> Lines {
        match self.encoding {
            Encoding::Utf16(order) => Lines::starting_at(utf16_line_starts(self.bytes, order)),
            Encoding::Plain | Encoding::Binary => Lines::of(self.bytes),
        }
    }
}

/// The byte order of a text in UTF-16, known from its byte order mark or from the NUL bytes beside
/// its ASCII letters.
fn utf16_order(bytes: &[u8]) -> Option<Endian> {
    /// Code units that are examined if there is no byte order mark.
    const EXAMINED: usize = 64;
    /// A text of fewer code units, without a mark, is not taken for UTF-16.
    const FEWEST: usize = 8;
    match bytes {
        // The mark of UTF-32.
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, ..] => return Some(Endian::Little),
        [0xfe, 0xff, ..] => return Some(Endian::Big),
        _ => {}
    }
    let units = bytes.as_chunks::<2>().0;
    let units = &units[..units.len().min(EXAMINED)];
    memchr::memchr(0, units.as_flattened())?;
    let is_ascii = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let most = |fits: &dyn Fn(&[u8; 2]) -> bool| {
        units.iter().filter(|unit| fits(unit)).count() * 8 >= units.len() * 7
    };
    if units.len() < FEWEST {
        None
    } else if most(&|unit| is_ascii(unit[0]) && unit[1] == 0) {
        Some(Endian::Little)
    } else if most(&|unit| unit[0] == 0 && is_ascii(unit[1])) {
        Some(Endian::Big)
    } else {
        None
    }
}

/// The offsets, in bytes, at which lines of a text in UTF-16 begin.
fn utf16_line_starts(bytes: &[u8], order: Endian) -> Vec<usize> {
    let line_end = match order {
        Endian::Big => [0, b'\n'],
        Endian::Little => [b'\n', 0],
    };
    let units = bytes.as_chunks::<2>().0;
    let after = (1..)
        .zip(units)
        .filter(|(_, unit)| **unit == line_end)
        .map(|(at, _)| 2 * at);
    std::iter::once(0).chain(after).collect()
}
