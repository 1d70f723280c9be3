//! Progress of long work, reported in stages. Scan, plan, import and verify report it alike.

/// A receiver of progress reports. Scans call it from several threads at once.
pub trait Progress: Sync {
    /// A stage of `total` steps begins; the stage before it has ended. 0 means that the number of
    /// steps is not known.
    fn stage(&self, name: &str, total: u64);

    /// `steps` more steps of the current stage are done.
    fn advance(&self, steps: u64);

    /// Whether anything is shown. If not, nobody need report.
    fn is_shown(&self) -> bool {
        true
    }

    /// The last stage has ended: whatever shows progress makes room for the report.
    fn finish(&self);
}

/// Ignores progress reports.
pub struct NoProgress;

impl Progress for NoProgress {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_shown(&self) -> bool {
        false
    }
    fn finish(&self) {}
}
