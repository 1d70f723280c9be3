//! Reads the text files that people write: policy, register, decisions, rules.
//!
//! Spreadsheets and editors save such files in several encodings. UTF-8 and UTF-16 are understood.
//! Everything else is refused in words that a person understands: a wrong guess of the encoding
//! would put wrong characters into names and tags.

use std::path::Path;

use crate::no_follow_open::{self, Links, OpenError};
use crate::yaml::FileError;

/// The largest file. A register of 100,000 rows has a tenth of this size.
const LARGEST: u64 = 64 << 20;

/// A text that is none, or not yet.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum TextError {
    #[error("the file is a spreadsheet or an archive, not text: export it as CSV (UTF-8)")]
    Spreadsheet,
    #[error("the file is in UTF-32: save it as UTF-8")]
    Utf32,
    #[error("the file is in UTF-16 and damaged here: save it as UTF-8")]
    BrokenUtf16,
    #[error("a NUL byte is here: this is no text file")]
    Nul,
    #[error(
        "the byte {byte:#04X} is no UTF-8; in the encoding of Windows (Windows-1252, Latin-1) it is `{character}`: save the file as UTF-8"
    )]
    Windows { byte: u8, character: char },
    #[error("the byte {0:#04X} is no UTF-8: save the file as UTF-8")]
    Unknown(u8),
    #[error(
        "a conflict of a git merge is not resolved here (`{0}`): keep one side and remove the marks"
    )]
    Conflict(&'static str),
}

/// Reads the text of a file. Links are followed to a file that the user named, and not to one that
/// only is in a folder of the user.
///
/// # Errors
/// The file cannot be read, is larger than any file of this kind, or is no text that is understood.
pub(crate) fn read(path: &Path, links: Links) -> Result<String, FileError> {
    let bytes = read_bytes(path, links)?;
    decode(bytes).map_err(|error| wrong(path, error))
}

/// Reads the text of a file that a spreadsheet may have written: also in Windows-1252, if nothing in it speaks against
/// this encoding. Returns a note if it is.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_of_spreadsheet(
    path: &Path,
    links: Links,
) -> Result<(String, Option<String>), FileError> {
    let bytes = read_bytes(path, links)?;
    let windows = text_of_windows(&bytes);
    match (decode(bytes), windows) {
        (Err((TextError::Windows { byte, character }, (line, _))), Some(text)) => {
            let note = format!(
                "{}: the file is no UTF-8, so it is read as Windows-1252, in which line {line} has `{character}` \
                 ({byte:#04X})",
                path.display()
            );
            let text = normal_lines(text);
            match conflict_mark(&text) {
                Some((line, mark)) => Err(wrong(path, (TextError::Conflict(mark), (line, 1)))),
                None => Ok((text, Some(note))),
            }
        }
        (decoded, _) => Ok((decoded.map_err(|error| wrong(path, error))?, None)),
    }
}

/// A text in Windows-1252; `None` if it has a byte without a character, or valid UTF-8 beyond ASCII, so that it would have
/// two encodings.
fn text_of_windows(bytes: &[u8]) -> Option<String> {
    let mut invalid = false;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_ascii() {
            return None;
        }
        invalid |= !chunk.invalid().is_empty();
    }
    let character = |byte: &u8| match byte {
        0 => None,
        1..=0x7f => Some(char::from(*byte)),
        _ => windows_1252(*byte),
    };
    invalid
        .then(|| bytes.iter().map(character).collect())
        .flatten()
}

fn wrong(path: &Path, (error, (line, column)): (TextError, Place)) -> FileError {
    FileError::Wrong {
        path: path.to_owned(),
        line,
        column,
        message: error.to_string(),
    }
}

/// Reads the bytes of a file.
///
/// # Errors
/// The file cannot be read, or is larger than any file of this kind.
pub(crate) fn read_bytes(path: &Path, links: Links) -> Result<Vec<u8>, FileError> {
    let read = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    // The pipe of a process substitution, `<(…)`, is the one pipe that surely has a writer.
    let substitution = path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
    let bytes = match no_follow_open::read_at_most(path, links, LARGEST) {
        Err(OpenError::NotRegular) if substitution => std::fs::read(path).map_err(OpenError::Io),
        other => other,
    };
    bytes.map_err(|error| read(error.into()))
}

/// The line (from 1) and the mark of the first line that git put there for an unresolved conflict.
pub(crate) fn conflict_mark(text: &str) -> Option<(usize, &'static str)> {
    const MARKS: [&str; 3] = ["<<<<<<<", "|||||||", ">>>>>>>"];
    // `=======` alone also underlines headings.
    if !text.contains(MARKS[0]) && !text.contains(MARKS[2]) {
        return None;
    }
    let mark = |line: &str| {
        MARKS.into_iter().find(|mark| {
            let rest = line.strip_prefix(mark);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    };
    (1..)
        .zip(text.lines())
        .find_map(|(line, text)| Some((line, mark(text)?)))
}

type Place = (usize, usize);

/// The text of a file, with `\n` as its only line end and without a byte order mark.
fn decode(bytes: Vec<u8>) -> Result<String, (TextError, Place)> {
    let text = match &bytes[..] {
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            return Err((TextError::Spreadsheet, (1, 1)));
        }
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err((TextError::Utf32, (1, 1)));
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => match zero_bytes(&bytes) {
            (0, zeros) if zeros > 0 => utf16(&bytes, u16::from_le_bytes)?,
            (zeros, 0) if zeros > 0 => utf16(&bytes, u16::from_be_bytes)?,
            _ => utf8(bytes)?,
        },
    };
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if let Some(at) = text.find('\0') {
        return Err((TextError::Nul, place(&text[..at])));
    }
    let text = normal_lines(text);
    match conflict_mark(&text) {
        Some((line, mark)) => Err((TextError::Conflict(mark), (line, 1))),
        None => Ok(text),
    }
}

/// A text with `\n` as its only line end.
fn normal_lines(text: String) -> String {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    }
}

/// The numbers of NUL bytes at even and at odd places of the beginning, if they are as many as in
/// UTF-16 of mostly ASCII characters; else zeros.
fn zero_bytes(bytes: &[u8]) -> (usize, usize) {
    let pairs = bytes[..bytes.len().min(4096)].as_chunks::<2>().0;
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let counts = (zeros(0), zeros(1));
    match 2 * counts.0.max(counts.1) > pairs.len() {
        true => counts,
        false => (0, 0),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, (TextError, Place)> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for unit in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        match unit {
            Ok(c) => text.push(c),
            Err(_) => return Err((TextError::BrokenUtf16, place(&text))),
        }
    }
    match rest {
        [] => Ok(text),
        _ => Err((TextError::BrokenUtf16, place(&text))),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, (TextError, Place)> {
    String::from_utf8(bytes).map_err(|error| {
        let whole = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = String::from_utf8_lossy(&bytes[..whole]);
        let byte = bytes[whole];
        let error = match windows_1252(byte) {
            Some(character) => TextError::Windows { byte, character },
            None => TextError::Unknown(byte),
        };
        (error, place(&before))
    })
}

/// Line and column, from 1, of what follows `before`.
fn place(before: &str) -> Place {
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// The printable character of a byte above 127 in Windows-1252 (<https://encoding.spec.whatwg.org/#windows-1252>).
fn windows_1252(byte: u8) -> Option<char> {
    const LOW: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let character = match byte {
        0x80..=0x9f => LOW[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    (!character.is_control()).then_some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "owner: Größe\n  b: 1\n";

    fn bytes_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn unicode_is_understood_with_and_without_a_mark() {
        let marked = format!("\u{feff}{TEXT}");
        for bytes in [
            TEXT.as_bytes().to_vec(),
            marked.clone().into_bytes(),
            TEXT.replace('\n', "\r\n").into_bytes(),
            TEXT.replace('\n', "\r").into_bytes(),
            bytes_16(TEXT, u16::to_le_bytes),
            bytes_16(TEXT, u16::to_be_bytes),
            bytes_16(&marked, u16::to_le_bytes),
            bytes_16(&marked, u16::to_be_bytes),
        ] {
            assert_eq!(decode(bytes.clone()).unwrap(), TEXT, "{bytes:?}");
        }
        assert_eq!(decode(Vec::new()).unwrap(), "");
        assert_eq!(decode(vec![0xff, 0xfe]).unwrap(), "");
    }

    #[test]
    fn everything_else_is_explained_with_its_place() {
        let utf16 = bytes_16("\u{feff}a: b\n", u16::to_le_bytes);
        for (bytes, message) in [
            (
                b"a: b\nowner: M\xfcller\n".to_vec(),
                "2:9: the byte 0xFC is no UTF-8; in the encoding of Windows (Windows-1252, Latin-1) it is `ü`: save the file as UTF-8",
            ),
            (
                b"a: \x93prod\x94\n".to_vec(),
                "1:4: the byte 0x93 is no UTF-8; in the encoding of Windows (Windows-1252, Latin-1) it is `“`: save the file as UTF-8",
            ),
            (
                b"a: \x81\n".to_vec(),
                "1:4: the byte 0x81 is no UTF-8: save the file as UTF-8",
            ),
            (
                b"a: b\n\0".to_vec(),
                "2:1: a NUL byte is here: this is no text file",
            ),
            (
                b"PK\x03\x04 and so on".to_vec(),
                "1:1: the file is a spreadsheet or an archive, not text: export it as CSV (UTF-8)",
            ),
            (
                [utf16.clone(), vec![0]].concat(),
                "2:1: the file is in UTF-16 and damaged here: save it as UTF-8",
            ),
            (
                [utf16, vec![0, 0xd8]].concat(),
                "2:1: the file is in UTF-16 and damaged here: save it as UTF-8",
            ),
            (
                b"\xff\xfe\0\0a\0\0\0".to_vec(),
                "1:1: the file is in UTF-32: save it as UTF-8",
            ),
            (
                b"a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n".to_vec(),
                "2:1: a conflict of a git merge is not resolved here (`<<<<<<<`): keep one side and remove the marks",
            ),
            (
                b"b: 3\n>>>>>>> other\n".to_vec(),
                "2:1: a conflict of a git merge is not resolved here (`>>>>>>>`): keep one side and remove the marks",
            ),
        ] {
            let (error, (line, column)) = decode(bytes).unwrap_err();
            assert_eq!(format!("{line}:{column}: {error}"), message);
        }
        assert_eq!(
            conflict_mark("a: <<<<<<< b\n=======\n <<<<<<< c\n<<<<<<<d\n"),
            None
        );
    }
}
