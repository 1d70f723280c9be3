//! The measures by which the values in a process's memory stay there: it writes no core file, cannot
//! be read by other processes of the user, and does not keep the key in its environment.
//!
//! Nothing here fails: a system that does not know a measure works without it.

use std::ffi::OsString;

/// Forbids core files, and access to the memory by other processes of the user (Linux).
pub fn protect_memory() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
    }
    // A core that is piped to a program has no limit, but a process that is not dumpable has none.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Limits the private memory of this process, maps of files not counted. An allocation beyond the
/// limit ends the process.
pub fn limit_memory(bytes: u64) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let before = getrlimit(Resource::Data);
        let current = before.maximum.map_or(bytes, |most| most.min(bytes));
        let limit = Rlimit {
            current: Some(before.current.map_or(current, |now| now.min(current))),
            maximum: before.maximum,
        };
        let _ = setrlimit(Resource::Data, limit);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
}

/// Asks the system to end this process before others if memory is short. To be called before
/// [`protect_memory`], after which the file belongs to root.
pub fn volunteer_for_memory() {
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
}

/// Removes a variable from the environment of this process, also the bytes that the system passed,
/// and returns its value.
///
/// # Safety
///
/// No other thread runs.
#[expect(
    unsafe_code,
    clippy::disallowed_methods,
    reason = "the secret variable is read here, and no longer anywhere else"
)]
pub unsafe fn take_variable(name: &str) -> Option<OsString> {
    let value = std::env::var_os(name)?;
    #[cfg(unix)]
    {
        let text = std::ffi::CString::new(name).ok()?;
        // SAFETY: `text` ends in a NUL byte. `getenv` returns null or the bytes of the variable, up to
        // a NUL byte, in memory that the process may write. No other thread reads or writes the
        // environment, as the caller promises.
        unsafe {
            let bytes = libc::getenv(text.as_ptr());
            if !bytes.is_null() {
                let length = libc::strlen(bytes);
                let bytes = std::slice::from_raw_parts_mut(bytes.cast::<u8>(), length);
                zeroize::Zeroize::zeroize(bytes);
            }
        }
    }
    // SAFETY: no other thread reads or writes the environment, as the caller promises.
    unsafe { std::env::remove_var(name) };
    Some(value)
}
