//! The place of a value in the present version of a text, whose lines may have moved.
//!
//! The caller judges each candidate by its fingerprint, so that no search finds a wrong value. The
//! work of a search is bounded.

use crate::detect::decode;
use crate::finding::Occurrence;
use crate::secret::SecretValue;

/// Says which of some candidates is the value that is searched for: the index of the first.
///
/// It gets many at once, because the process that can judge them may be another one.
pub type Judge<'a> = &'a mut dyn FnMut(&[SecretValue]) -> Option<usize>;

/// Bytes that a search without a known text decodes and judges. A judgement costs about as much as
/// the hash of its bytes.
const JUDGED_MAX: usize = 256 << 20;

/// The least cost of one judgement, in bytes.
const JUDGEMENT: usize = 128;

/// The cost of the candidates that are judged together.
const BATCH: usize = 64 << 10;

/// The raw bytes at the recorded range; `None` if the text is shorter now.
pub(super) fn raw_at<'a>(bytes: &'a [u8], place: &Occurrence) -> Option<&'a [u8]> {
    let start = usize::try_from(place.start).ok()?;
    let end = usize::try_from(place.end).ok()?;
    bytes.get(start..end)
}

/// The value of raw bytes at a place; `None` if they do not have the recorded encoding.
pub(super) fn decoded(raw: &[u8], place: &Occurrence) -> Option<SecretValue> {
    decode::apply(raw, &place.decoding).map(SecretValue::new)
}

/// Searches a text for the value of a place. Returns it with the index of its first byte.
///
/// `known` are the raw bytes that were recorded, if git still holds them: then the text is searched
/// for these. Otherwise every range of the same length is tried, first those in the recorded column.
pub(super) fn find_moved(
    bytes: &[u8],
    place: &Occurrence,
    known: Option<&[u8]>,
    judge: Judge<'_>,
) -> Option<(usize, SecretValue)> {
    if let Some(known) = known {
        let start = memchr::memmem::find(bytes, known)?;
        return wanted(vec![(start, decoded(known, place)?)], judge);
    }
    let length = usize::try_from(place.end.checked_sub(place.start)?).ok()?;
    let last = bytes.len().checked_sub(length)?;
    if length == 0 {
        return None;
    }
    let column = usize::try_from(place.column.saturating_sub(1)).ok()?;
    let ends = memchr::memchr_iter(b'\n', bytes).map(|end| end + 1);
    let in_column = std::iter::once(0).chain(ends).map(|line| line + column);
    let starts = in_column.filter(|start| *start <= last).chain(0..=last);
    let cost = length.max(JUDGEMENT);
    let mut batch = Vec::new();
    for start in starts.take(JUDGED_MAX / cost) {
        let value = decoded(&bytes[start..start + length], place);
        batch.extend(value.map(|value| (start, value)));
        if batch.len().saturating_mul(cost) >= BATCH {
            let found = wanted(std::mem::take(&mut batch), judge);
            if found.is_some() {
                return found;
            }
        }
    }
    wanted(batch, judge)
}

/// The wanted one of some candidates.
fn wanted(candidates: Vec<(usize, SecretValue)>, judge: Judge<'_>) -> Option<(usize, SecretValue)> {
    let (starts, values): (Vec<usize>, Vec<SecretValue>) = candidates.into_iter().unzip();
    let index = Some(&values).filter(|any| !any.is_empty());
    let index = index.and_then(|values| judge(values))?;
    Some((*starts.get(index)?, values.into_iter().nth(index)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Decoding, Origin};

    fn place(column: u64, length: u64) -> Occurrence {
        Occurrence::at("r", "p", Origin::Worktree)
            .on_line(1, column..column + length)
            .bytes(column - 1..column - 1 + length)
    }

    fn find(text: &str, place: &Occurrence, known: Option<&str>) -> (bool, usize) {
        let mut judged = 0;
        let wanted = SecretValue::new(b"v@lue-1".to_vec());
        let mut judge = |candidates: &[SecretValue]| {
            judged += candidates.len();
            candidates.iter().position(|value| *value == wanted)
        };
        let known = known.map(str::as_bytes);
        let found = find_moved(text.as_bytes(), place, known, &mut judge);
        let is_there = |(start, value): &(usize, SecretValue)| {
            *value == wanted
                && decoded(
                    &text.as_bytes()[*start..][..usize::try_from(place.end - place.start).unwrap()],
                    place,
                ) == Some(wanted.clone())
        };
        assert!(found.as_ref().is_none_or(is_there));
        (found.is_some(), judged)
    }

    #[test]
    fn a_line_that_moved_is_found_in_its_column_first() {
        let text = format!("{}key=v@lue-1\n", "# a line\n".repeat(10_000));
        let (found, judged) = find(&text, &place(5, 7), None);
        assert!(found && judged <= 10_001 + BATCH / JUDGEMENT, "{judged}");
        // Not in the column.
        let (found, _) = find(&text.replace("key", "  key"), &place(5, 7), None);
        assert!(found);
        assert!(!find(&text.replace("v@lue-1", "v@lue-2"), &place(5, 7), None).0);
    }

    #[test]
    fn a_known_text_costs_one_judgement() {
        let text = format!("{}key=v@lue-1\n", "# a line\n".repeat(100));
        assert_eq!(find(&text, &place(5, 7), Some("v@lue-1")), (true, 1));
        assert_eq!(find(&text, &place(5, 7), Some("v@lue-2")), (false, 0));
    }

    #[test]
    fn encoded_values_move_too() {
        let mut encoded = place(2, 9);
        encoded.decoding = vec![Decoding::Percent];
        assert!(find("x\ny=v%40lue-1\n", &encoded, None).0);
    }

    #[test]
    fn the_work_is_bounded() {
        let text = "a".repeat(3 << 20);
        let (found, judged) = find(&text, &place(1, 1), None);
        assert!(!found && judged <= JUDGED_MAX / JUDGEMENT, "{judged}");
        let (found, judged) = find(&text, &place(1, 1 << 20), None);
        assert!(!found && judged <= JUDGED_MAX >> 20, "{judged}");
        // Longer than the text, and empty.
        assert_eq!(find("abc", &place(1, 4), None), (false, 0));
        assert_eq!(find("abc", &place(1, 0), None), (false, 0));
    }
}
