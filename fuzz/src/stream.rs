//! Any bytes as raw deflate data. A stream that `small-inflate` accepts is accepted by miniz_oxide,
//! with the same bytes.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use small_inflate::{SLACK, SmallInflater};

/// Bytes that are made at most.
const MOST: usize = 1 << 14;

pub fn run(bytes: &[u8]) {
    inflate(bytes);
    // The same as one block in the fixed code, and as one with codes of its own.
    if let Some((first, rest)) = bytes.split_first() {
        for block in [3, 5].into_iter().filter(|block| first & 7 != *block) {
            inflate(&[&[first & !7 | block][..], rest].concat());
        }
    }
}

fn inflate(bytes: &[u8]) {
    let made = small(bytes, MOST);
    let Some(made) = made else { return };
    let mut out = vec![0xaa; MOST];
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, taken, length) =
        decompress(&mut DecompressorOxide::new(), bytes, &mut out, 0, flags);
    assert!(
        status == TINFLStatus::Done && taken <= bytes.len(),
        "{status:?}"
    );
    assert!(made == out[..length]);
    // Nothing is made of less, nor in less room.
    assert!(small(&bytes[..taken - 1], MOST).is_none());
    assert!(made.is_empty() || small(bytes, made.len() - 1).is_none());
    assert_eq!(small(&bytes[..taken], made.len()), Some(made));
}

/// The bytes that the decompressor for small streams makes of raw deflate data, at most `most`; `None` if it refuses.
fn small(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = vec![0x55; most + SLACK];
    let made = SmallInflater::new().inflate(data, &mut out).ok()?;
    out.truncate(made);
    Some(out)
}
