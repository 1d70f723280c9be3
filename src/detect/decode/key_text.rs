//! The text of a private key as its own writer writes it. One key has one text, and so one secret, however a file lays
//! it out: with other line ends, indented, folded to one line, as the strings of a program or in a comment.

use zeroize::Zeroizing;

/// The first line of a key of PuTTY begins with this.
const PUTTY: &[u8] = b"PuTTY-User-Key-File-";
/// Lines of PEM (RFC 7468).
const PEM_WIDTH: usize = 64;
/// Lines of `ssh-keygen`.
const OPENSSH_WIDTH: usize = 70;
/// The headers of encrypted keys (RFC 1421), as far as writers of keys use them. Neither value has a space.
const HEADERS: [&[u8]; 2] = [b"Proc-Type:", b"DEK-Info:"];
/// What marks the lines of comments, of quotations and of a patch.
const LINE_MARKS: [&[u8]; 7] = [b"#", b"//", b"*", b";", b"|", b">", b"+"];
/// Character references of line ends, in XML.
const LINE_END_REFERENCES: [&[u8]; 8] = [
    b"&#10;", b"&#13;", b"&#xA;", b"&#xD;", b"&#xa;", b"&#xd;", b"&#x0A;", b"&#x0D;",
];

/// The text of a private key as its writer writes it: LF, lines of the writer's width, and a line end behind the last
/// line. `None` if the bytes are not one private key. An OpenPGP block keeps its lines, because the writers' widths
/// differ, and a key of PuTTY all but its line ends, because its comment is signed.
pub fn key_text(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = trimmed(bytes);
    if text.starts_with(PUTTY) {
        return with_line_ends(text);
    }
    let block = Block::read(text)?;
    let body = plain_text(block.body)?;
    // Without growth, no copy of the key stays behind in memory.
    let mut out = Vec::with_capacity(2 * text.len() + 64);
    out.extend_from_slice(&[b"-----BEGIN ", block.label, b"-----\n"].concat());
    if block.label == b"PGP PRIVATE KEY BLOCK" {
        append_armor(&mut out, &body)?;
    } else {
        let width = match block.label {
            b"OPENSSH PRIVATE KEY" => OPENSSH_WIDTH,
            _ => PEM_WIDTH,
        };
        append_pem(&mut out, &body, width)?;
    }
    out.extend_from_slice(&[b"-----END ", block.label, b"-----\n"].concat());
    Some(out)
}

/// The text without white space around it, and without line ends behind it that are written as escapes.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let mut text = bytes.trim_ascii();
    while let Some(rest) = [b"\\n", b"\\r"]
        .iter()
        .find_map(|escape| text.strip_suffix(*escape))
    {
        let slashes = rest.iter().rev().take_while(|&&b| b == b'\\').count();
        text = rest[..rest.len() - slashes].trim_ascii_end();
    }
    text
}

/// Whether bytes begin like a private key that [`key_text`] may read.
pub fn begins_like_key(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.starts_with(PUTTY) || text.starts_with(b"-----BEGIN ")
}

/// The text between the first and the last line of a private key.
struct Block<'t> {
    /// `RSA PRIVATE KEY`.
    label: &'t [u8],
    body: &'t [u8],
}

impl<'t> Block<'t> {
    /// Reads a text that is one block, without anything around it.
    fn read(text: &'t [u8]) -> Option<Self> {
        let rest = text.strip_prefix(b"-----BEGIN ")?;
        let (label, rest) = rest.split_at(memchr::memmem::find(rest, b"-----")?);
        let is_key = label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK";
        let is_label = label
            .iter()
            .all(|&b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
        let rest = &rest[b"-----".len()..];
        let (body, end) = rest.split_at(memchr::memmem::find(rest, b"-----END ")?);
        let is_whole = end == [b"-----END ", label, b"-----"].concat();
        (is_key && is_label && is_whole).then_some(Self { label, body })
    }
}

/// The body without what a file adds to it: marks of comments, quotes and operators that join strings, and line ends
/// that are written as escapes. Each of these is a line end afterwards. `None` if anything else than these is between
/// two strings, or an escape is not one of white space.
fn plain_text(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let body = without_marks(body)?;
    let mut out = Zeroizing::new(Vec::with_capacity(body.len()));
    // The string that the first line is in began before it, and that of the last line ends after it.
    let mut open_quote = None;
    let mut is_within = true;
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let rest = &body[at..];
        let length = match byte {
            b'"' | b'\'' if open_quote.is_none_or(|quote| quote == byte) => {
                open_quote = Some(byte);
                is_within = !is_within;
                out.push(b'\n');
                1
            }
            b'\\' => {
                out.push(b'\n');
                escape_length(rest, is_within)?
            }
            b'&' if is_within => {
                let reference = LINE_END_REFERENCES
                    .iter()
                    .find(|reference| rest.starts_with(reference))?;
                out.push(b'\n');
                reference.len()
            }
            b'+' | b'.' | b',' | b'&' | b'|' | b'(' | b')' if !is_within => 1,
            b if is_within || b.is_ascii_whitespace() => {
                out.push(if b == b'\r' { b'\n' } else { b });
                1
            }
            _ => return None,
        };
        at += length;
    }
    is_within.then_some(out)
}

/// The length of an escape that yields white space, or that continues a line, at the beginning of `rest`.
/// Backslashes may have been escaped themselves.
fn escape_length(rest: &[u8], is_within: bool) -> Option<usize> {
    let slashes = rest.iter().take_while(|&&b| b == b'\\').count();
    match rest.get(slashes) {
        Some(b'n' | b'r' | b't') if is_within => Some(slashes + 1),
        Some(b) if b.is_ascii_whitespace() => Some(slashes),
        Some(b'"' | b'\'') if is_within => None,
        None => Some(slashes),
        _ => None,
    }
}

/// The body without the mark that each of its lines begins with, if the last line has one. `None` if another line has
/// none: some marks are digits of base64, too.
fn without_marks(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let lines: Vec<&[u8]> = body
        .split(|&b| matches!(b, b'\n' | b'\r'))
        .map(<[u8]>::trim_ascii)
        .collect();
    let [first, others @ .., mark] = lines.as_slice() else {
        return Some(Zeroizing::new(body.to_vec()));
    };
    if !LINE_MARKS.contains(mark) {
        return Some(Zeroizing::new(body.to_vec()));
    }
    let mut out = Zeroizing::new(Vec::with_capacity(body.len() + 1));
    out.extend_from_slice(first);
    for line in others {
        out.push(b'\n');
        if !line.is_empty() {
            out.extend_from_slice(line.strip_prefix(*mark)?);
        }
    }
    out.push(b'\n');
    Some(out)
}

/// Appends the headers and the base64 of PEM.
fn append_pem(out: &mut Vec<u8>, body: &[u8], width: usize) -> Option<()> {
    let mut words = body
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .peekable();
    let mut has_headers = false;
    while let Some(name) = words.next_if(|word| HEADERS.contains(word)) {
        for part in [name, b" ", words.next()?, b"\n"] {
            out.extend_from_slice(part);
        }
        has_headers = true;
    }
    if has_headers {
        out.push(b'\n');
    }
    let words: Vec<&[u8]> = words.collect();
    // A word without letters and digits is what marks the lines of a comment or of a patch.
    let is_mark = |word: &&[u8]| word.iter().all(|b| matches!(b, b'/' | b'+'));
    let base64 = Zeroizing::new(words.concat());
    if words.iter().any(is_mark) || !is_base64(&base64) {
        return None;
    }
    for line in base64.chunks(width) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    Some(())
}

/// Appends the headers, the base64 and the checksum of an OpenPGP block (RFC 9580, 6.2), which keeps its lines.
fn append_armor(out: &mut Vec<u8>, body: &[u8]) -> Option<()> {
    let mut lines = body
        .split(|&b| b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .peekable();
    while let Some(header) = lines.next_if(|line| line.contains(&b':')) {
        out.extend_from_slice(header);
        out.push(b'\n');
    }
    // An empty line ends the headers, even if there are none.
    out.push(b'\n');
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
    while let Some(line) = lines.next_if(|line| !line.starts_with(b"=")) {
        base64.extend_from_slice(line);
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    if let Some(checksum) = lines.next() {
        if checksum.len() != 5 || !is_base64(&checksum[1..]) {
            return None;
        }
        out.extend_from_slice(checksum);
        out.push(b'\n');
    }
    (is_base64(&base64) && lines.next().is_none()).then_some(())
}

/// Whether bytes are base64 of the standard alphabet, with or without padding. Its length is not checked: a key that
/// was cut off has a layout, too.
fn is_base64(bytes: &[u8]) -> bool {
    let end = bytes
        .iter()
        .rposition(|&b| b != b'=')
        .map_or(0, |at| at + 1);
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    end > 0 && bytes.len() - end <= 2 && bytes[..end].iter().all(is_digit)
}

/// The lines with LF, and a line end behind the last one; `None` for a single line.
fn with_line_ends(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() + 1);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'\r' if text.get(at + 1) == Some(&b'\n') => {}
            b'\r' => out.push(b'\n'),
            _ => out.push(byte),
        }
    }
    let has_lines = out.contains(&b'\n');
    out.push(b'\n');
    has_lines.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::decode::base64;
    use proptest::prelude::*;

    /// Bytes that fill `length` characters of base64.
    fn base64_of(length: usize) -> String {
        let bytes: Vec<u8> = (0..length as u32 / 4 * 3)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 9) as u8)
            .collect();
        base64::encode(&bytes)
    }

    fn lines_of(text: &str, width: usize) -> Vec<String> {
        let chunks = text.as_bytes().chunks(width);
        chunks
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect()
    }

    /// A key as its writer writes it.
    fn key(label: &str, width: usize, length: usize) -> String {
        let body = lines_of(&base64_of(length), width).join("\n");
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    fn read(text: &str) -> Option<String> {
        key_text(text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
    }

    /// The layouts in which files have a key.
    fn layouts(key: &str) -> Vec<(&'static str, String)> {
        let lines: Vec<&str> = key.trim_end().lines().collect();
        let (first, last) = (lines[0], lines[lines.len() - 1]);
        let body = lines[1..lines.len() - 1].concat();
        vec![
            ("no final line end", key.trim_end().to_owned()),
            ("CRLF", key.replace('\n', "\r\n")),
            ("CR", key.replace('\n', "\r")),
            ("indented", key.replace('\n', "\n    ")),
            ("tabs", key.replace('\n', "\n\t")),
            ("folded", lines.join(" ")),
            ("one line", lines.concat()),
            ("one long line", format!("{first}\n{body}\n{last}")),
            (
                "76",
                format!("{first}\n{}\n{last}\n", lines_of(&body, 76).join("\n")),
            ),
            ("escapes", key.replace('\n', "\\n")),
            ("CRLF escapes", key.replace('\n', "\\r\\n")),
            ("escapes of escapes", key.replace('\n', "\\\\n")),
            ("continued", lines.join("\\n\\\n  ")),
            ("blank lines", lines.join("\n\n")),
            ("white space at ends", lines.join(" \t\n")),
            ("XML", lines.join("&#10;")),
            ("joined", lines.join("\\n\" +\n    \"")),
            ("adjacent", lines.join("\\n'\n    '")),
            ("continued and joined", lines.join("\\n\" \\\n  \"")),
            ("array", lines.join("\",\n\"")),
            ("concatenated", lines.join("\\n' . \n'")),
            ("comment", lines.join("\n# ")),
            ("block comment", lines.join("\r\n * ")),
            ("line comment", lines.join("\n// ")),
            ("line comment with CR", lines.join("\r// ")),
            ("patch", lines.join("\n+")),
        ]
    }

    #[test]
    fn one_key_has_one_text_in_every_layout() {
        for (label, width) in [
            ("PRIVATE KEY", 64),
            ("RSA PRIVATE KEY", 64),
            ("ENCRYPTED PRIVATE KEY", 64),
            ("OPENSSH PRIVATE KEY", 70),
        ] {
            for length in [64, 140, 700] {
                let key = key(label, width, length);
                assert_eq!(read(&key).as_deref(), Some(&*key));
                for (name, layout) in layouts(&key) {
                    assert_eq!(read(&layout).as_deref(), Some(&*key), "{label}, {name}");
                }
            }
        }
    }

    #[test]
    fn headers_of_encrypted_keys_are_kept() {
        let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n";
        let key = key("RSA PRIVATE KEY", 64, 200);
        let (first, rest) = key.split_once('\n').unwrap();
        let key = format!("{first}\n{headers}{rest}");
        assert_eq!(read(&key).as_deref(), Some(&*key));
        for (name, layout) in layouts(&key) {
            // On one line, nothing shows where a header ends.
            if !["one line", "one long line", "76"].contains(&name) {
                assert_eq!(read(&layout).as_deref(), Some(&*key), "{name}");
            }
        }
    }

    #[test]
    fn openpgp_blocks_keep_their_lines_and_headers() {
        let body = lines_of(&base64_of(200), 76).join("\n");
        for headers in ["", "Version: GnuPG v2\nComment: a b\n"] {
            let label = "PGP PRIVATE KEY BLOCK";
            let key = format!(
                "-----BEGIN {label}-----\n{headers}\n{body}\n=aB3+\n-----END {label}-----\n"
            );
            assert_eq!(read(&key).as_deref(), Some(&*key));
            for layout in [
                key.replace('\n', "\r\n"),
                key.replace('\n', "\n   "),
                key.replace('\n', "\\n"),
                key.trim_end().to_owned(),
            ] {
                assert_eq!(read(&layout).as_deref(), Some(&*key));
            }
            assert_eq!(read(&key.replace("=aB3+", "=aB3+\nAAAA")), None);
            assert_eq!(read(&key.replace('\n', " ")), None);
        }
    }

    #[test]
    fn keys_of_putty_change_their_line_ends_only() {
        let key = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: a  b \nPrivate-MAC: 00\n";
        assert_eq!(read(key).as_deref(), Some(key));
        assert_eq!(read(&key.replace('\n', "\r\n")).as_deref(), Some(key));
        assert_eq!(read(key.trim_end()).as_deref(), Some(key));
        assert_eq!(read("PuTTY-User-Key-File-3: ssh-ed25519"), None);
    }

    #[test]
    fn what_is_not_one_private_key_has_no_text() {
        let good = key("PRIVATE KEY", 64, 128);
        let line = good.lines().nth(1).unwrap();
        for text in [
            String::new(),
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned(),
            "-----BEGIN PRIVATE KEY-----\n====\n-----END PRIVATE KEY-----\n".to_owned(),
            good.replace("PRIVATE", "PUBLIC"),
            good.replace("END PRIVATE", "END RSA PRIVATE"),
            good.replace(line, &format!("{line}=")),
            good.replace(line, &format!("{line}.")),
            good.replace(line, &format!("{line}\\x41")),
            good.replace(line, &format!("{line}\" + name + \"")),
            good.replace(line, &format!("{line}\"")),
            good.replace(line, &format!("{line}&amp;")),
            // Marks that are digits of base64, too.
            good.trim_end().replace('\n', "\\n// "),
            good.trim_end().replace('\n', "\\n+"),
            good.trim_end()
                .replace('\n', "\n+ ")
                .replace(&format!("+ {line}"), line),
            good.replace(line, &format!("X-Other: 1\n\n{line}")),
            format!("{good}{good}"),
            format!("{good}x"),
            format!("x{good}"),
        ] {
            assert_eq!(read(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_its_own_text(bytes in prop::collection::vec(any::<u8>(), 1..300), gaps in "[ \r\n\t]{1,9}", label in prop::sample::select(vec!["PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])) {
            let body = lines_of(&base64::encode(&bytes), 31).join(&gaps);
            let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----");
            if let Some(once) = read(&text) {
                prop_assert_eq!(read(&once), Some(once));
            }
        }

        #[test]
        fn any_body_ends(body in "[A-D\\\\nr\"'+=#/&;: \r\n-]{0,60}") {
            let text = format!("-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----");
            if let Some(once) = read(&text) {
                prop_assert_eq!(read(&once), Some(once));
            }
        }
    }
}
