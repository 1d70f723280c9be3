//! The last words of names whose values are secret.

/// Last words of names. The anchor of a name is its last word alone: an anchor is compared with the
/// text as it is, while `api_key` and `apiKey` are the same name. A longer word comes before one that it ends in.
pub const NAME_ENDS: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "contrasena",
    "pwd",
    "passe",
    "pass",
    "secret",
    "token",
    "credentials",
    "credential",
    "passcode",
    "community",
    "bearer",
    "sandi",
    "ticket",
    "verifier",
    "key",
    "auth",
];

/// Whether a word, in any case, is or ends in one of [`NAME_ENDS`].
pub(super) fn is_telling(word: &[u8]) -> bool {
    let Some(last) = word.last().map(u8::to_ascii_lowercase) else {
        return false;
    };
    NAME_ENDS.iter().any(|end| {
        let end = end.as_bytes();
        end.last() == Some(&last)
            && word.len() >= end.len()
            && word[word.len() - end.len()..].eq_ignore_ascii_case(end)
    })
}
