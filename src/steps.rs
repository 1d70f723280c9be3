//! Counts steps of work, in bytes that are examined, so that tests can assert that the work on hostile
//! text is proportional to its length. Counted is work that begins anew at many places of a text and
//! could therefore add up: the bytes around an anchor, a value, a decoded span. Not counted are
//! passes over the whole text. Outside tests, counting compiles to nothing.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Bytes that a search for single bytes examines in one step.
pub(crate) const AT_ONCE: usize = 16;

/// Counts `bytes` examined bytes on this thread.
#[cfg(test)]
pub(crate) fn count(bytes: usize) {
    STEPS.set(STEPS.get() + bytes);
}

/// Does nothing outside tests.
#[cfg(not(test))]
#[inline(always)]
pub(crate) fn count(_bytes: usize) {}

/// The steps that were counted on this thread since the last call.
#[cfg(test)]
pub(crate) fn take() -> usize {
    STEPS.take()
}
