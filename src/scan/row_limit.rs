//! Limits the rows of a unit: one value can be reachable by more paths than there are bytes in the
//! repository.

use std::collections::HashMap;

use crate::coverage::{Coverage, Limit};
use crate::secret::SecretValue;

/// The most rows of one value.
pub(crate) const MOST_OF_VALUE: usize = 10_000;

/// The most rows of a unit.
const MOST: usize = 100_000;

/// Counts the rows of a unit, in the order in which they are reported.
pub(crate) struct RowLimit {
    rows: usize,
    /// The number of rows of each value.
    of_values: HashMap<SecretValue, usize>,
    is_full: bool,
}

impl RowLimit {
    /// No rows yet.
    pub fn new() -> Self {
        Self {
            rows: 0,
            of_values: HashMap::new(),
            is_full: false,
        }
    }

    /// Counts a row of a value. False if it is one too many: `place` names the first row of the
    /// value, or of the unit, that is left out.
    pub fn admits(
        &mut self,
        value: &SecretValue,
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
        if self.rows == MOST {
            if !std::mem::replace(&mut self.is_full, true) {
                coverage.cut(Limit::Rows, place());
            }
            return false;
        }
        self.rows += 1;
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
                |at: &usize| limit.admits(&value(n), || format!("{n}:{at}"), &mut coverage);
            (0..count).filter(admits).count()
        };
        assert_eq!(admitted(0, MOST_OF_VALUE + 5), MOST_OF_VALUE);
        for n in 1..10 {
            assert_eq!(admitted(n, MOST_OF_VALUE), MOST_OF_VALUE);
        }
        assert_eq!((admitted(10, 3), admitted(11, 1)), (0, 0));
        let named = &coverage.cut_off[&Limit::Rows].named;
        assert_eq!(named, &[format!("0:{MOST_OF_VALUE}"), "10:0".to_owned()]);
        assert!(limit.is_full());
    }
}
