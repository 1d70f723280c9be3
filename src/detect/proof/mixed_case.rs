//! A cheap test for characters that a generator chose at random.

/// Whether a text has letters of both cases. Of 24 characters chosen at random from letters and
/// digits, one in half a million texts has letters of one case only.
pub(super) fn has_both_cases(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase)
}
