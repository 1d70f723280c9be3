//! Bounded steps along a line.

use std::ops::Range;

use crate::steps;

/// Longest value that is read, in bytes.
pub(super) const LONGEST_VALUE: usize = 4096;

/// Longest run of spaces and tabs that is skipped, in bytes.
const LONGEST_SPACE: usize = 64;

/// Bytes that are examined backwards along a line, or forwards through a tag.
pub(super) const LOOK_BACK: usize = 512;

/// The offset behind spaces and tabs that begin at `at`.
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    let start = at;
    while at < text.len() && at - start < LONGEST_SPACE && matches!(text[at], b' ' | b'\t') {
        at += 1;
    }
    at
}

/// The bytes from `start` to the end of the line, and at most [`LONGEST_VALUE`] of them.
pub(super) fn rest_of_line(text: &[u8], start: usize) -> &[u8] {
    let window = &text[start.min(text.len())..text.len().min(start + LONGEST_VALUE)];
    let line = &window[..memchr::memchr2(b'\n', b'\r', window).unwrap_or(window.len())];
    steps::count(line.len() / steps::AT_ONCE);
    line
}

/// The range without the white space at its ends.
pub(super) fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let bytes = &text[range.clone()];
    let start = range.start + (bytes.len() - bytes.trim_ascii_start().len());
    start..start + bytes.trim_ascii().len()
}

/// Whether a byte may be part of a name.
#[inline]
pub(in crate::detect) fn is_name(byte: u8) -> bool {
    // Names are everywhere, so that the bytes are in a table.
    const IN_NAME: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < table.len() {
            table[byte] =
                (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.');
            byte += 1;
        }
        table
    };
    IN_NAME[usize::from(byte)]
}
