//! Limits the rows of a unit: one value can be reachable by more paths than there are bytes in the
//! repository, and each row repeats the names of its path, author and refs.

use std::cell::Cell;
use std::collections::HashMap;

use crate::coverage::{Coverage, Limit};
use crate::secret::SecretValue;

/// The most rows of one value.
pub(crate) const MOST_OF_VALUE: usize = 10_000;

/// The most rows of a unit. A plan takes about 20 KB of memory for each of them if their values differ.
const MOST: usize = 50_000;

/// The most bytes of the texts of a unit's rows, for each row that it may have: 64 MiB of the most rows. Rows of common
/// repositories have about 200 bytes each.
const TEXT_OF_ROW: usize = 1342;

/// The rows of all units of a target beyond those that their bytes allow.
const OF_TARGET: usize = 20_000;

/// A unit may have a row for so many bytes of its files and objects. A row costs about 100 microseconds in a scan, an inventory
/// and a plan together.
const BYTES_OF_ROW: u64 = 50;

/// The rows that the units of a target share: what one of them has had beyond the rows that its own bytes allow, the next ones
/// do not have. Otherwise thousands of small repositories could each have as many rows as a large one.
pub(crate) struct RowSupplement {
    left: Cell<usize>,
}

impl RowSupplement {
    /// The supplement of a target of which no unit was scanned.
    pub fn of_target() -> Self {
        Self {
            left: Cell::new(OF_TARGET),
        }
    }

    /// The most rows of a unit whose files and objects have so many bytes.
    pub fn most(&self, bytes: u64) -> usize {
        of_bytes(bytes).saturating_add(self.left.get()).min(MOST)
    }

    /// Takes the rows of a unit that was scanned.
    pub fn draw(&self, bytes: u64, rows: &RowLimit) {
        let beyond = rows.rows.saturating_sub(of_bytes(bytes));
        self.left.set(self.left.get().saturating_sub(beyond));
    }
}

fn of_bytes(bytes: u64) -> usize {
    usize::try_from(bytes / BYTES_OF_ROW).unwrap_or(usize::MAX)
}

/// Counts the rows of a unit, in the order in which they are reported.
pub(crate) struct RowLimit {
    /// The most rows.
    most: usize,
    rows: usize,
    text: usize,
    /// The number of rows of each value.
    of_values: HashMap<SecretValue, usize>,
    is_full: bool,
}

impl RowLimit {
    /// No rows yet, of at most so many.
    pub fn new(most: usize) -> Self {
        Self {
            most,
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
        if self.is_full || self.rows >= self.most || self.text + text > self.most * TEXT_OF_ROW {
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
        let (mut limit, mut coverage) = (RowLimit::new(MOST), Coverage::default());
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
        let (mut limit, mut coverage) = (RowLimit::new(MOST), Coverage::default());
        let mut admits =
            |text| limit.admits(&value, text, || format!("{text} bytes"), &mut coverage);
        let large = MOST * TEXT_OF_ROW / 4;
        assert!((0..4).all(|_| admits(large)));
        // A shorter row does not pass those before it.
        assert_eq!([admits(1), admits(0)], [false, false]);
        assert!(limit.is_full());
        assert_eq!(coverage.cut_off[&Limit::Rows].named, ["1 bytes"]);
    }

    #[test]
    fn the_units_of_a_target_share_rows() {
        let supplement = RowSupplement::of_target();
        let scan = |bytes, count: usize| {
            let (mut limit, mut coverage) =
                (RowLimit::new(supplement.most(bytes)), Coverage::default());
            let admits = |at: &usize| {
                let value = SecretValue::new((at / 100).to_string().into_bytes());
                limit.admits(&value, 100, String::new, &mut coverage)
            };
            let admitted = (0..count).filter(admits).count();
            supplement.draw(bytes, &limit);
            admitted
        };
        let large = u64::MAX;
        assert_eq!(scan(1000 * BYTES_OF_ROW, 900), 900);
        // Nothing was drawn.
        assert_eq!(supplement.most(0), OF_TARGET);
        assert_eq!(scan(1000 * BYTES_OF_ROW, 100_000), 1000 + OF_TARGET);
        assert_eq!(scan(1000 * BYTES_OF_ROW, 100_000), 1000);
        assert_eq!(scan(0, 10), 0);
        assert_eq!(scan(large, 100_000), MOST);
    }
}
