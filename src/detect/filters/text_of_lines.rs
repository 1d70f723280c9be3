//! Values of several lines that are texts of their own: settings, scripts, messages, keys. They are searched by
//! themselves, and no part of them is a value under the name of the whole.

/// The most lines of a value that is no text.
const MOST_LINES: usize = 16;

/// The words of a line that make it part of a message.
const WORDS: usize = 3;

/// Whether a value has several lines and reads as a text.
pub fn is_text_of_lines(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if memchr::memchr(b'\n', value).is_none() {
        return false;
    }
    let lines = || {
        value
            .split(|&byte| byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
    };
    lines().nth(MOST_LINES).is_some() || lines().any(is_line_of_text)
}

/// Whether a line is a setting, a comment, an item, markup, the beginning of a structure, a mark of a key, or has
/// several words.
fn is_line_of_text(line: &[u8]) -> bool {
    const MARKS: [&[u8]; 8] = [b"#!", b"# ", b"// ", b"/*", b"- ", b"-----", b"<?", b"<!"];
    let is_mark = || MARKS.into_iter().any(|mark| line.starts_with(mark));
    let is_structure = || matches!(line, b"{" | b"[" | b"}" | b"]" | b"---" | b"..." | b"end");
    is_mark() || is_structure() || is_element(line) || is_setting(line) || has_words(line)
}

/// `<name>`, `</name>`, `<name attribute=`
fn is_element(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"<") else {
        return false;
    };
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let name = rest.iter().take_while(is_of_name).count();
    name > 1 && matches!(rest.get(name), Some(b'>' | b' ' | b'/'))
}

/// `name: `, `name = `, `name=`, `"name":`
fn is_setting(line: &[u8]) -> bool {
    /// Before an operator without spaces, shorter names are likely to be a part of a random value.
    const SHORTEST: usize = 4;
    let is_of_name = |byte: &&u8| byte.is_ascii_alphabetic() || b"_-.\"'".contains(byte);
    let name = line.iter().take_while(is_of_name).count();
    match line[name..].trim_ascii_start() {
        [b':'] | [b':', b' ', ..] | [b'=', b' ', ..] => name > 1,
        [b'=', ..] => name >= SHORTEST && line[name] == b'=' && !is_random(&line[..name]),
        _ => false,
    }
}

/// Whether capitals follow small letters more often than in a name of several words.
fn is_random(name: &[u8]) -> bool {
    /// The least letters of a word, on average.
    const WORD: usize = 4;
    let is_hump = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    name.windows(2).filter(|pair| is_hump(pair)).count() * WORD > name.len()
}

fn has_words(line: &[u8]) -> bool {
    let is_word = |word: &&[u8]| word.len() > 1 && word.iter().all(u8::is_ascii_alphabetic);
    line.split(|&byte| byte == b' ').filter(is_word).count() >= WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_lines_are_a_value() {
        for value in [
            "Xk2#\nq9!vT",
            "one line",
            "Xk2#\n",
            "a\tb c\n\n=d\n",
            "Qz;\n9x",
            "word\nanother\n7",
            "Zs6hEQ\nrCaUAKnT=pW|5\n",
        ] {
            assert!(!is_text_of_lines(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn settings_scripts_and_messages_are_a_text() {
        let values = [
            "user: admin\npassword: x",
            "user=admin\npassword=x",
            "x\ndataSourceUserName=x",
            "{\n\"a\": 1\n}",
            "#!/bin/sh\nrun",
            "-----BEGIN KEY-----\nabc",
            "<user>\nx\n</user>",
            "Please ask the team\nfor it",
            "- a\n- b",
        ];
        for value in values {
            assert!(is_text_of_lines(value.as_bytes()), "{value}");
        }
        assert!(is_text_of_lines("x\n".repeat(20).as_bytes()));
    }
}
