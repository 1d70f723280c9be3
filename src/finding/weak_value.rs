//! Values that are guessed in little time.

/// Values up to this length in bytes can be weak.
const LONGEST: usize = 12;

/// Whether a password is among the first that are guessed: fewer than eight characters, only digits, or a word with a few
/// digits.
pub fn is_weak(value: &[u8]) -> bool {
    if value.len() < 8 {
        return true;
    }
    if value.len() > LONGEST {
        return false;
    }
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let digits = value[letters..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    // `Winter2024!`
    let signs = value.len() - letters - digits;
    let is_one_case =
        |b: &[u8]| b.iter().all(u8::is_ascii_lowercase) || b.iter().all(u8::is_ascii_uppercase);
    let is_word = letters == 0 || is_one_case(&value[1..letters]);
    is_word && digits <= 4.max(value.len() * usize::from(letters == 0)) && signs <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_values_are_short_or_plain() {
        for value in [
            "root",
            "123456",
            "12345678",
            "letmein",
            "Winter2024!",
            "realmadrid",
            "SECRET12",
        ] {
            assert!(is_weak(value.as_bytes()), "{value}");
        }
        for value in [
            "Tr0ub4dor&3",
            "correct horse",
            "x7KqRv2mTz",
            "Tiger-2931x",
            "realmadridclub",
        ] {
            assert!(!is_weak(value.as_bytes()), "{value}");
        }
    }
}
