//! Finds the end of a regular expression between slashes.

/// The offset behind the regular expression that begins at `at`. It ends in its line, and a slash in a class of
/// characters does not end it.
pub(super) fn end(text: &[u8], at: usize) -> Option<usize> {
    /// A longer one is taken for something else, which keeps the time linear.
    const LONGEST: usize = 4096;
    let rest = text.get(at + 1..)?;
    let mut is_class = false;
    let mut length = 0;
    while length < LONGEST {
        match rest.get(length)? {
            b'\n' | b'\r' => return None,
            b'\\' => length += 1,
            b'[' => is_class = true,
            b']' => is_class = false,
            b'/' if !is_class => {
                let flags = rest[length + 1..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphabetic());
                return Some(at + 1 + length + 1 + flags.count());
            }
            _ => {}
        }
        length += 1;
    }
    None
}
