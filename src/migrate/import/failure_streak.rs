//! Entries in a row that failed for the same reason, which would fail every further entry too.
//!
//! One denied entry may be a matter of its name. Ten in a row mean that the role, the key or the
//! service does not work, and that the other thousands need not be tried.

use std::cell::Cell;

use crate::migrate::client_error::ErrorKind;

/// A reason that may concern all entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The service does not answer, fails, or throttles every call.
    NoAnswer,
    /// The role lacks a permission.
    Denied,
    /// The KMS key cannot be used.
    Key,
    /// An error that this program does not know.
    Unknown,
}

impl Reason {
    /// The reason of an error; `None` if the error concerns one entry alone, such as a name that is
    /// taken. Kinds that end the import at once are not counted here.
    fn of(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::Throttled | ErrorKind::Ambiguous => Some(Reason::NoAnswer),
            ErrorKind::AccessDenied => Some(Reason::Denied),
            ErrorKind::Kms => Some(Reason::Key),
            ErrorKind::Other => Some(Reason::Unknown),
            _ => None,
        }
    }
}

/// Counts the entries in a row that failed for the same reason.
#[derive(Debug)]
pub(super) struct FailureStreak {
    limit: u32,
    streak: Cell<Option<(Reason, u32)>>,
}

impl FailureStreak {
    /// A count that ends the import at `limit` entries.
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit: limit.max(1),
            streak: Cell::new(None),
        }
    }

    /// An entry succeeded: the service works.
    pub(super) fn succeeded(&self) {
        self.streak.set(None);
    }

    /// The call of an entry failed. Returns the number of entries in a row, if it has reached the
    /// limit.
    pub(super) fn failed(&self, kind: ErrorKind) -> Option<u32> {
        let Some(reason) = Reason::of(kind) else {
            // The service has answered the call of this entry.
            self.streak.set(None);
            return None;
        };
        let count = match self.streak.get() {
            Some((same, count)) if same == reason => count + 1,
            _ => 1,
        };
        self.streak.set(Some((reason, count)));
        (count >= self.limit).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_row_of_equal_failures_counts() {
        let streak = FailureStreak::new(3);
        let failed = |kind| streak.failed(kind);
        assert_eq!(failed(ErrorKind::AccessDenied), None);
        assert_eq!(failed(ErrorKind::AccessDenied), None);
        streak.succeeded();
        assert_eq!(failed(ErrorKind::AccessDenied), None);
        assert_eq!(failed(ErrorKind::AccessDenied), None);
        // Another reason, and a failure of one entry alone, begin a new row.
        assert_eq!(failed(ErrorKind::Kms), None);
        assert_eq!(failed(ErrorKind::Kms), None);
        assert_eq!(failed(ErrorKind::Exists), None);
        assert_eq!(failed(ErrorKind::Ambiguous), None);
        assert_eq!(failed(ErrorKind::Throttled), None);
        assert_eq!(failed(ErrorKind::Ambiguous), Some(3));
        assert_eq!(failed(ErrorKind::Ambiguous), Some(4));
    }
}
