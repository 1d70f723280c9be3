//! Calls that decode a literal: `base64.b64decode("…")`, `hex.DecodeString("…")`. The value of such an expression is made
//! of the text as it is written.

use super::line_bytes::skip_space;

/// Calls around the decoding call that are looked through, such as `new SecretKeySpec(…)`.
const DEPTH: usize = 3;

/// Greatest length of the name of a call, in bytes.
const LONGEST: usize = 96;

/// Last words of functions that decode their first argument.
const DECODERS: [&str; 30] = [
    "b64decode",
    "b32decode",
    "b16decode",
    "base64decode",
    "base64urldecode",
    "decodebase64",
    "decodebase64url",
    "decodestring",
    "decode64",
    "decodefast",
    "decodehex",
    "decodehexstring",
    "hexdecode",
    "parsehex",
    "parsehexbinary",
    "parsebase64binary",
    "unhexlify",
    "unhex",
    "fromhex",
    "fromhexstring",
    "frombase64",
    "frombase64string",
    "frombase64url",
    "hextobytes",
    "hexstringtobytes",
    "hexstringtobytearray",
    "hextobytearray",
    "hex2bin",
    "atob",
    "a2bhex",
];

/// Words of a path whose functions `decode` and `parse` decode an encoding.
const ENCODINGS: [&str; 4] = ["base64", "b64", "hex", "base32"];

/// The offset of the literal that the call at `at` decodes.
pub(super) fn decoded_argument(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    for _ in 0..DEPTH {
        if text.get(at..)?.starts_with(b"new ") {
            at += 4;
        }
        let open = call(text, at)?;
        let argument = skip_space(text, open + 1);
        if decodes(&text[at..open]) || text[argument..].starts_with(b"base64Encoded: ") {
            // The label of an argument in Swift and Python.
            let start = labelled(text, argument).unwrap_or(argument);
            return is_encoded_literal(text, start).then_some(start);
        }
        at = argument;
    }
    None
}

/// The bracket of the last call of a chain that begins at `at`: in `Base64.getDecoder().decode("x")`, that of `decode`.
fn call(text: &[u8], at: usize) -> Option<usize> {
    let is_path = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'.' | b':' | b'&' | b'!' | b'?' | b'$' | b'\\')
    };
    let end = text.len().min(at + LONGEST);
    let mut open = at;
    while open < end {
        match text[open] {
            b'(' if text[open..].starts_with(b"().") => open += 3,
            b'(' if text[open..].starts_with(b"()->") => open += 4,
            b'(' if open > at => return Some(open),
            b'-' if text[open..].starts_with(b"->") => open += 2,
            b if is_path(b) => open += 1,
            _ => return None,
        }
    }
    None
}

fn decodes(path: &[u8]) -> bool {
    let normal = |part: &[u8]| -> String {
        part.iter()
            .filter(|b| b.is_ascii_alphanumeric())
            .map(|b| b.to_ascii_lowercase() as char)
            .collect()
    };
    let last = path
        .rsplit(|b| matches!(b, b'.' | b':' | b'>'))
        .next()
        .unwrap_or(path);
    let (last, whole) = (normal(last), normal(path));
    if DECODERS.iter().any(|decoder| last.ends_with(decoder)) {
        return true;
    }
    let has_encoding = ENCODINGS.iter().any(|encoding| whole.contains(encoding));
    let decodes = [
        "decode",
        "parse",
        "strictdecode64",
        "urlsafedecode64",
        "decodestr",
        "decodetobytes",
        "tobytes",
    ];
    // The engines of a crate of Rust: `general_purpose::URL_SAFE_NO_PAD.decode("x")`.
    let is_engine = last == "decode"
        && ["standard", "urlsafe"]
            .iter()
            .any(|engine| whole.contains(engine));
    is_engine || (has_encoding && decodes.contains(&last.as_str()))
}

/// The offset behind the label of an argument: `base64Encoded: `, `s=`.
fn labelled(text: &[u8], at: usize) -> Option<usize> {
    let length = text[at..]
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    matches!(text.get(at + length), Some(b':' | b'=')).then(|| skip_space(text, at + length + 1))
}

/// Whether a literal begins at `at` whose text is base64 or hex.
fn is_encoded_literal(text: &[u8], at: usize) -> bool {
    let at = at + usize::from(matches!(text.get(at), Some(b'b' | b'@' | b'r')));
    let Some(quote @ (b'"' | b'\'' | b'`')) = text.get(at) else {
        return false;
    };
    let digits = &text[at + 1..text.len().min(at + 4096)];
    let length = digits
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'='))
        .count();
    length >= 8 && digits.get(length) == Some(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_many_languages() {
        let key = "E5BcvxmGGbSQM9AT79o8vw==";
        for before in [
            "base64.b64decode(",
            "Base64.decode(",
            "Base64.getDecoder().decode(",
            "Base64.decode64(",
            "Base64.strict_decode64(",
            "base64_decode(",
            "base64.StdEncoding.DecodeString(",
            "hex.DecodeString(",
            "bytes.fromhex(",
            "binascii.unhexlify(",
            "Convert.FromBase64String(",
            "new SecretKeySpec(Base64.getDecoder().decode(",
            "Encoding.UTF8.GetString(Convert.FromBase64String(",
            "String::from_utf8(hex::decode(",
            "Data(base64Encoded: ",
            "DatatypeConverter.parseBase64Binary(",
            "HexFormat.of().parseHex(",
            "atob(",
            "general_purpose::STANDARD.decode(",
            "base64.b64decode(b",
        ] {
            let text = format!("{before}\"{key}\")");
            let start = decoded_argument(text.as_bytes(), 0).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                text[start..].trim_start_matches('b')[1..][..key.len()],
                *key,
                "{text}"
            );
        }
        for text in [
            "getKey(\"E5BcvxmGGbSQM9AT79o8vw==\")",
            "base64.b64decode(name)",
            "base64.b64decode(\"not base64\")",
            "Data(contentsOf: path)",
            "\"E5BcvxmGGbSQM9AT79o8vw==\"",
        ] {
            assert_eq!(decoded_argument(text.as_bytes(), 0), None, "{text}");
        }
    }
}
