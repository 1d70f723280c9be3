//! Cookies: a value, and attributes behind semicolons (RFC 6265, section 4.1.1).

/// The names of attributes, in lower case. Those with a value have their sign.
const ATTRIBUTES: [&[u8]; 8] = [
    b"path=",
    b"httponly",
    b"secure",
    b"expires=",
    b"max-age=",
    b"domain=",
    b"samesite=",
    b"partitioned",
];

/// Whether the attributes of a cookie begin at the first of these bytes: `; Path=/; HttpOnly`.
pub fn are_attributes(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b";") else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    let is_name = |name: &&[u8]| {
        let ends = || {
            rest.get(name.len())
                .is_none_or(|next| !next.is_ascii_alphanumeric())
        };
        let start = rest.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
            && (name.ends_with(b"=") || ends())
    };
    ATTRIBUTES.iter().any(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_recognised_by_their_names() {
        for text in [
            "; Path=/",
            ";HttpOnly",
            "; secure; x",
            "; SAMESITE=Lax",
            "; Expires=Tue",
        ] {
            assert!(are_attributes(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            ";",
            "; pathology",
            "; securely",
            "Path=/",
            "; a=b",
            "; HttpOnlyX",
        ] {
            assert!(!are_attributes(text.as_bytes()), "{text}");
        }
    }
}
