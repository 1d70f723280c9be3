//! Numbers: constants of programs, status codes, fractions, and one-time codes.

use super::key_words::{any_word, ends_in};

/// Whether a value is a number of a program, whatever its name is: `0xC000006AL`, `-2146893044`, `0.5512834790136642`,
/// `4096UL`.
pub(super) fn is_number(value: &[u8], quoted: bool) -> bool {
    is_short_hex(value) || is_fraction(value) || is_signed(value) || (!quoted && is_suffixed(value))
}

/// Whether a value is a number in hexadecimal of at most 32 bits. Longer ones may be keys.
fn is_short_hex(value: &[u8]) -> bool {
    let Some((b'0', [b'x' | b'X', rest @ ..])) = value.split_first() else {
        return false;
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    (1..=8).contains(&digits)
        && rest[digits..]
            .iter()
            .all(|b| matches!(b, b'u' | b'U' | b'l' | b'L'))
}

/// Whether a value is a fraction such as `Math.random()` gives: below one, or with many decimals.
fn is_fraction(value: &[u8]) -> bool {
    /// Dates and prices have fewer decimals.
    const MANY: usize = 8;
    let unsigned = unsigned(value);
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(unsigned);
    let Some([b'.', decimals @ ..]) = unsigned.get(whole..) else {
        return false;
    };
    let count = digits(decimals);
    let is_exponent = match &decimals[count..] {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let exponent = self::unsigned(exponent);
            !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    is_exponent && whole <= 12 && count > 0 && (count >= MANY || unsigned.starts_with(b"0."))
}

/// Whether a value is a number with a sign.
fn is_signed(value: &[u8]) -> bool {
    let digits = unsigned(value);
    digits.len() < value.len() && digits.len() >= 2 && digits.iter().all(u8::is_ascii_digit)
}

/// Whether a value is an integer with the suffix of its type in C.
fn is_suffixed(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0
        && matches!(
            &value[digits..],
            b"L" | b"UL" | b"LL" | b"ULL" | b"U" | b"ul" | b"ull" | b"ll"
        )
}

fn unsigned(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"-")
        .or_else(|| value.strip_prefix(b"+"))
        .unwrap_or(value)
}

/// Whether a value of digits is the number of an error, a limit or a length, as its name says: `STATUS_WRONG_PASSWORD =
/// 3221225578`.
pub(super) fn is_constant(key: &[u8], value: &[u8]) -> bool {
    const WORDS: &str = "error err errno status code codes flag flags max min maximum minimum len length size count type \
        mode level retries attempts timeout ttl expiry expires expired expiration lifetime age interval index idx offset \
        bit bits bytes width limit num invalid wrong bad missing event opcode";
    value.iter().all(u8::is_ascii_digit) && any_word(key, WORDS)
}

/// Whether a value is a one-time code, which is out of date after a minute: four to eight digits that are called a token,
/// or digits under a name that says so.
pub(super) fn is_one_time_code(key: &[u8], value: &[u8]) -> bool {
    const WORDS: &str = "otp totp hotp mfa 2fa tfa onetime captcha sms verification";
    if !(4..=10).contains(&value.len()) || !value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    (value.len() <= 8 && ends_in(key, "token")) || any_word(key, WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_programs_are_told_from_passwords() {
        for (value, quoted) in [
            ("0xC000006AL", false),
            ("0x00000040", true),
            ("-2146893044", true),
            ("0.5512834790136642", true),
            ("1.8391823948e-3", true),
            ("4096UL", false),
        ] {
            assert!(is_number(value.as_bytes(), quoted), "{value}");
        }
        for value in [
            "12345678",
            "0x0123456789abcdef",
            "4096UL",
            "12.34",
            "0.",
            "0x",
            "0xWinter",
            "-",
            "-a1",
            "2024.1231",
        ] {
            assert!(!is_number(value.as_bytes(), true), "{value}");
        }
    }

    #[test]
    fn names_say_what_digits_count() {
        for (key, value) in [
            ("STATUS_EXPIRED_PASSWORD", "3221229991"),
            ("errInvalidToken", "2147943785"),
            ("max_password", "1024"),
        ] {
            assert!(is_constant(key.as_bytes(), value.as_bytes()), "{key}");
        }
        for (key, value) in [
            ("DB_PASSWORD", "3221229991"),
            ("status_password", "3221a"),
            ("coded_secret", "12345"),
        ] {
            assert!(!is_constant(key.as_bytes(), value.as_bytes()), "{key}");
        }
    }

    #[test]
    fn one_time_codes_are_short() {
        for (key, value) in [
            ("token", "94287082"),
            ("userToken", "4829"),
            ("otp_password", "940287"),
        ] {
            assert!(is_one_time_code(key.as_bytes(), value.as_bytes()), "{key}");
        }
        for (key, value) in [
            ("password", "94287082"),
            ("token", "9428708212"),
            ("token", "a4287082"),
            ("token", "123"),
        ] {
            assert!(!is_one_time_code(key.as_bytes(), value.as_bytes()), "{key}");
        }
    }
}
