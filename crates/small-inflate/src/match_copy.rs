//! Copies of earlier output (RFC 1951, 3.2.3), in whole chunks.

/// The number of bytes that the output must have past its end. One round of the loop over a block's codes writes at most this
/// many before it compares with the end (three literals, or a match of 258 bytes in whole chunks). Libdeflate, too, slows down
/// where there is less room.
pub const SLACK: usize = 320;

/// Copies `length` bytes from `distance` before to `made`, and perhaps some more.
#[inline(always)]
pub(crate) fn copy(out: &mut [u8], made: usize, distance: usize, length: usize) {
    let from = made - distance;
    if distance >= 16 {
        chunks::<16>(out, from, made, length);
    } else if distance >= 8 {
        chunks::<8>(out, from, made, length);
    } else {
        // The bytes again and again, as often as a word holds them whole.
        let word = out[from..]
            .first_chunk()
            .map_or(0, |&word| u64::from_le_bytes(word));
        let wide = distance as u32 * 8;
        let mut word = word & ((1 << wide) - 1);
        word |= word << wide;
        word |= word.checked_shl(2 * wide).unwrap_or(0);
        word |= word.checked_shl(4 * wide).unwrap_or(0);
        let step = 8 - 8 % distance;
        let mut done = 0;
        while done < length {
            out[made + done..made + done + 8].copy_from_slice(&word.to_le_bytes());
            done += step;
        }
    }
}

/// Copies two chunks always, so that there is nothing to be decided for most matches.
#[inline(always)]
fn chunks<const N: usize>(out: &mut [u8], from: usize, to: usize, length: usize) {
    chunk::<N>(out, from, to);
    chunk::<N>(out, from + N, to + N);
    let mut done = 2 * N;
    while done < length {
        chunk::<N>(out, from + done, to + done);
        done += N;
    }
}

#[inline(always)]
fn chunk<const N: usize>(out: &mut [u8], from: usize, to: usize) {
    let bytes: [u8; N] = out[from..from + N].try_into().unwrap_or([0; N]);
    out[to..to + N].copy_from_slice(&bytes);
}
