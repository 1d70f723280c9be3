//! Statistics of the bytes of a value: entropy, repetition, predictable steps.

/// The share of predictable steps in a value, in percent of its steps: to the same byte, the next
/// or the previous one (`aaa`, `abc`, `321`), or to the neighbouring key of a keyboard (`qwerty`).
pub fn walk(value: &[u8]) -> usize {
    let step = |pair: &&[u8]| {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        a.abs_diff(b) <= 1
            || (a != 0 && RIGHT_OF[usize::from(b)] == a)
            || (b != 0 && RIGHT_OF[usize::from(a)] == b)
    };
    (100 * value.windows(2).filter(step).count())
        .checked_div(value.len().saturating_sub(1))
        .unwrap_or(0)
}

/// The neighbour to the right of each key on a keyboard, or zero.
const RIGHT_OF: [u8; 256] = {
    const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let mut right = [0; 256];
    let mut row = 0;
    while row < ROWS.len() {
        let mut at = 1;
        while at < ROWS[row].len() {
            right[ROWS[row][at - 1] as usize] = ROWS[row][at];
            at += 1;
        }
        row += 1;
    }
    right
};

/// Shannon entropy, in bits per byte.
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    value.iter().for_each(|&b| counts[b as usize] += 1);
    let total = value.len() as f64;
    -counts
        .iter()
        .filter(|&&n| n > 0)
        .map(|&n| f64::from(n) / total)
        .map(|p| p * p.log2())
        .sum::<f64>()
}

/// Whether a value has at most two different bytes, or has twelve bytes or more and at most three
/// different ones.
pub(super) fn few_distinct(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|&b| seen[b as usize] = true);
    let distinct = seen.iter().filter(|&&s| s).count();
    distinct <= 2 || (value.len() >= 12 && distinct <= 3)
}

/// Length in bytes of the longest run in which each byte is one more than the byte before
/// (`abcdef`, `123456`).
pub(super) fn sequence_run(value: &[u8]) -> usize {
    let (mut longest, mut run) = (1, 1);
    for pair in value.windows(2) {
        run = if pair[1] == pair[0].wrapping_add(1) {
            run + 1
        } else {
            1
        };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_are_told_from_other_values() {
        for walked in ["123456", "qwertyui", "abcdefgh", "aaaaaa", "87654321"] {
            assert_eq!(walk(walked.as_bytes()), 100, "{walked}");
        }
        for other in ["", "x", "Winter2024", "kQ7xTmP2"] {
            assert!(walk(other.as_bytes()) < 30, "{other}");
        }
    }

    #[test]
    fn entropy_of_known_texts() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
