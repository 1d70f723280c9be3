//! Hashes of passwords, by their markers. Such a value is no password, but a password can be guessed from it.

/// The filter of hashes. A value that it rejects is reported as a hash, see [`Kind::PasswordHash`].
///
/// [`Kind::PasswordHash`]: crate::finding::Kind::PasswordHash
pub const PASSWORD_HASH: &str = "password-hash";

/// The beginnings that nothing but a hash has. A hash that is cut off has them, too.
const MARKS: [&[u8]; 18] = [
    b"$2a$",
    b"$2b$",
    b"$2x$",
    b"$2y$",
    b"$wp$2y$",
    b"$6$",
    b"$5$rounds=",
    b"$argon2",
    b"$apr1$",
    b"$pbkdf2",
    b"$scrypt$",
    b"$bcrypt",
    b"pbkdf2_sha",
    b"pbkdf2:sha",
    b"bcrypt_sha256$",
    b"grub.pbkdf2.",
    b"SCRAM-SHA-256$",
    b"SCRAM-SHA-1$",
];

/// The names of algorithms in the short notation `$NAME$SALT$HASH`: MD5, SHA-256, yescrypt, and types 8 and 9 of Cisco.
const SHORT: [&[u8]; 6] = [b"1", b"5", b"y", b"gy", b"8", b"9"];

/// The schemes of LDAP: `{SSHA}…`.
const SCHEMES: [&[u8]; 6] = [b"ssha", b"sha", b"smd5", b"md5", b"pbkdf2", b"crypt"];

/// Whether a value is the hash of a password, by its marker.
pub(super) fn is_password_hash(value: &[u8]) -> bool {
    let Some(first) = value.first() else {
        return false;
    };
    match first {
        b'$' | b'p' | b'b' | b'g' | b'S' => {
            is_marked(value) || is_short(value) || is_portable(value)
        }
        b'{' => has_scheme(value),
        b'*' => is_mysql(value),
        b'm' => is_postgresql(value),
        b's' => is_werkzeug(value),
        _ => false,
    }
}

fn is_marked(value: &[u8]) -> bool {
    MARKS.iter().any(|mark| value.starts_with(mark))
}

/// Whether a byte is one of the 64 digits of crypt(5).
fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}

/// Whether a value is in the notation `$NAME$SALT$HASH`, with a hash of 16 bytes or more.
fn is_short(value: &[u8]) -> bool {
    const SHORTEST: usize = 22;
    let mut parts = value.split(|&b| b == b'$').skip(1);
    let is_named = parts.next().is_some_and(|name| SHORT.contains(&name));
    let hash = value.rsplit(|&b| b == b'$').next().unwrap_or_default();
    is_named && parts.count() >= 2 && hash.len() >= SHORTEST && hash.iter().all(is_digit)
}

/// Whether a value is a portable hash of PHP programs (phpass), or one of Drupal.
fn is_portable(value: &[u8]) -> bool {
    let length = match value.get(..3) {
        Some(b"$P$" | b"$H$") => 34,
        Some(b"$S$") => 55,
        _ => return false,
    };
    value.len() == length && value[3..].iter().all(is_digit)
}

/// Whether a scheme is in front of a hash: `{SSHA}…`, `{bcrypt}$2a$…`, `{CRYPT}$6$…`.
fn has_scheme(value: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'}', value) else {
        return false;
    };
    let (scheme, hash) = (value[1..end].to_ascii_lowercase(), &value[end + 1..]);
    let is_known = SCHEMES.iter().any(|known| scheme.starts_with(known));
    is_known && !hash.is_empty() || is_marked(hash) || is_short(hash)
}

/// Whether a value is a hash of MySQL's `mysql_native_password`: a star and 40 capital hex digits.
fn is_mysql(value: &[u8]) -> bool {
    let is_digit = |b: &u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
    let count = value[1..].iter().take_while(|b| is_digit(b)).count();
    count == 40 && !value.get(41).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a value is a hash of PostgreSQL: `md5` and 32 hex digits.
fn is_postgresql(value: &[u8]) -> bool {
    value.len() == 35
        && value.starts_with(b"md5")
        && value[3..]
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a value is a hash of scrypt as Werkzeug writes it: `scrypt:32768:8:1$SALT$HEX`.
fn is_werkzeug(value: &[u8]) -> bool {
    let hash = value.rsplit(|&b| b == b'$').next().unwrap_or_default();
    value.starts_with(b"scrypt:") && hash.len() >= 64 && hash.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> String {
        // Made up.
        let long = "dG9wS2VjcmV0L3NhbHRlZC52YWx1ZQ7uJ2kQ9xWmPzR4tYbN1vLcH8sE3gFoAi5Dj6KlMnOpQrStUvWxYz0123";
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        text.replace("HEX64", hex)
            .replace("HEX32", &hex[..32])
            .replace("UPPER40", &hex[..40].to_ascii_uppercase())
            .replace("B86", &long[..86])
            .replace("B53", &long[..53])
            .replace("B43", &long[..43])
            .replace("B31", &long[..31])
            .replace("B22", &long[..22])
            .replace("B14", &long[..14])
    }

    #[test]
    fn hashes_have_a_marker() {
        for form in [
            "$2b$12$abc",
            "$6$abc",
            "$6$salt$B86",
            "$5$salt$B43",
            "$5$rounds=5000$salt$B43",
            "$1$salt$B22",
            "$apr1$salt$B22",
            "$y$j9T$salt$B43",
            "$8$B14$B43",
            "$9$B14$B43",
            "$P$B31",
            "{bcrypt}$2a$10$abc",
            "{SSHA}abc",
            "{sha}abc",
            "{CRYPT}$6$abc",
            "*UPPER40",
            "md5HEX32",
            "pbkdf2_sha256$1$abc",
            "pbkdf2:sha256:260000$abc$HEX64",
            "scrypt:32768:8:1$abc$HEX64HEX64",
            "SCRAM-SHA-256$4096:abc$def:ghi",
            "$argon2id$v=19$m=1,t=1,p=1$a$b",
        ] {
            let form = hash(form);
            assert!(is_password_hash(form.as_bytes()), "{form}");
        }
    }

    #[test]
    fn other_values_have_none() {
        for form in [
            "",
            "$1$abc",
            "$1$2",
            "$9$B14",
            "{}",
            "{noop}hunter2x",
            "{SSHA}",
            "{a}$7x",
            "$2abc",
            "$P$word",
            "*UPPER40A",
            "*********",
            "md5sum",
            "md5HEX32a",
            "scrypt:hunter2",
            "SCRAM-SHA-256",
            "pbkdf2",
            "Spring2024!",
        ] {
            let form = hash(form);
            assert!(!is_password_hash(form.as_bytes()), "{form}");
        }
    }
}
