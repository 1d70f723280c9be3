//! Limits the rows of a unit: one value can be reachable by more paths than there are bytes in the
//! repository, and each row repeats the names of its path, author and refs.

use std::collections::HashMap;

use crate::coverage::{Coverage, Limit};
use crate::secret::SecretValue;

/// The most rows of one value.
pub(crate) const MOST_OF_VALUE: usize = 10_000;

/// The most rows of a unit. A plan takes about 20 KB of memory for each of them if their values differ.
const MOST: usize = 50_000;

/// The most bytes of the texts of a unit's rows. Rows of common repositories have about 200 bytes each.
const MOST_TEXT: usize = 64 << 20;

/// Counts the rows of a unit, in the order in which they are reported.
pub(crate) struct RowLimit {
    rows: usize,
    text: usize,
    /// The number of rows of each value.
    of_values: HashMap<SecretValue, usize>,
    is_full: bool,
}

impl RowLimit {
    /// No rows yet.
    pub fn new() -> Self {
        Self {
            rows: 0,
            text: 0,
            of_values: HashMap::new(),
            is_full: false,
        }
    }

    /// Counts a row of a value with texts of `text` bytes. False if it is one too many: `place`
    /// names the first row of the value, or of the unit, that is left out.
    pub fn admits(
        &mut self,
        value: &SecretValue,
        text: usize,
        place: impl FnOnce() -> String,
        coverage: &mut Coverage,
    ) -> bool {
        let of_value = match self.of_values.get_mut(value) {
            Some(rows) => rows,
            None => self.of_values.entry(value.clone()).or_default(),
        };
        *of_value += 1;
        if *of_value > MOST_OF_VALUE {
            if *of_value == MOST_OF_VALUE + 1 {
                coverage.cut(Limit::Rows, place());
            }
            return false;
        }
        if self.is_full || self.rows == MOST || self.text + text > MOST_TEXT {
            if !std::mem::replace(&mut self.is_full, true) {
                coverage.cut(Limit::Rows, place());
            }
            return false;
        }
        self.rows += 1;
        self.text += text;
        true
    }

    /// Whether the unit has as many rows as it may have.
    pub fn is_full(&self) -> bool {
        self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_and_a_unit_have_so_many_rows() {
        let value = |n: usize| SecretValue::new(n.to_string().into_bytes());
        let (mut limit, mut coverage) = (RowLimit::new(), Coverage::default());
        let mut admitted = |n: usize, count: usize| {
            let admits =
                |at: &usize| limit.admits(&value(n), 100, || format!("{n}:{at}"), &mut coverage);
            (0..count).filter(admits).count()
        };
        assert_eq!(admitted(0, MOST_OF_VALUE + 5), MOST_OF_VALUE);
        for n in 1..5 {
            assert_eq!(admitted(n, MOST_OF_VALUE), MOST_OF_VALUE);
        }
        assert_eq!((admitted(5, 3), admitted(6, 1)), (0, 0));
        let named = &coverage.cut_off[&Limit::Rows].named;
        assert_eq!(named, &[format!("0:{MOST_OF_VALUE}"), "5:0".to_owned()]);
        assert!(limit.is_full());
    }

    #[test]
    fn the_texts_of_rows_have_so_many_bytes() {
        let value = SecretValue::new(b"value".to_vec());
        let (mut limit, mut coverage) = (RowLimit::new(), Coverage::default());
        let mut admits =
            |text| limit.admits(&value, text, || format!("{text} bytes"), &mut coverage);
        let large = MOST_TEXT / 4;
        assert!((0..4).all(|_| admits(large)));
        // A shorter row does not pass those before it.
        assert_eq!([admits(1), admits(0)], [false, false]);
        assert!(limit.is_full());
        assert_eq!(coverage.cut_off[&Limit::Rows].named, ["1 bytes"]);
    }
}
