//! Options of a JAAS login module, a text of its own in a property, a value of YAML, a variable, a string or a file:
//! `….PlainLoginModule required username="app" password="x";` (javax.security.auth.login.Configuration; Kafka's
//! `sasl.jaas.config`).

use std::ops::Range;

use crate::steps;

/// Greatest number of bytes between the name of the module and an option, or from an option to the end of the module.
const REACH: usize = 1024;

/// The words behind the name of a module, in any case.
const FLAGS: [&[u8]; 4] = [b"required", b"requisite", b"sufficient", b"optional"];

/// The value of the option whose value begins at `at`, with or without its quote. `None` if no option is there, or if
/// its value has no quotes.
pub fn option_value(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_quote = |at: &usize| matches!(text.get(*at), Some(b'"' | b'\''));
    let open = Some(at)
        .filter(is_quote)
        .or_else(|| at.checked_sub(1).filter(is_quote))?;
    let rest = &text[open + 1..text.len().min(open + 1 + REACH)];
    let length = rest
        .iter()
        .position(|byte| *byte == text[open] || matches!(byte, b'\n' | b'\r'))?;
    let is_closed = rest[length] == text[open];
    let from = open.saturating_sub(REACH);
    let before = text[from..open]
        .trim_ascii_end()
        .strip_suffix(b"=")?
        .trim_ascii_end();
    let is_of_name =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let name = before.iter().rev().take_while(is_of_name).count();
    let is_option = name > 0 && options_before(text, from + before.len() - name).is_some();
    (is_closed && is_option && length > 0).then_some(open + 1..open + 1 + length)
}

/// The user among the options of the module that has the value at `value`.
pub fn user_beside(text: &[u8], value: &Range<usize>) -> Option<String> {
    let options = options_before(text, value.start)?;
    let end = text.len().min(value.end + REACH);
    let length = text[value.end..end]
        .iter()
        .position(|byte| matches!(byte, b';' | b'}'));
    let behind = &text[value.end..value.end + length.unwrap_or(0)];
    [&text[options], behind].into_iter().find_map(|part| {
        let at = memchr::memmem::find(part, b"username")?;
        let rest = part[at + b"username".len()..]
            .trim_ascii_start()
            .strip_prefix(b"=")?;
        let (quote, rest) = rest.trim_ascii_start().split_first()?;
        let length = rest.iter().position(|byte| byte == quote)?;
        let user = std::str::from_utf8(&rest[..length]).ok()?;
        let is_user = matches!(quote, b'"' | b'\'')
            && !user.is_empty()
            && !user.contains(['$', '{', '<', '\\', '\n']);
        is_user.then(|| user.to_owned())
    })
}

/// The options of a module from its flag to `at`, if a module is open there.
fn options_before(text: &[u8], at: usize) -> Option<Range<usize>> {
    const MODULE: &[u8] = b"LoginModule";
    let from = at.saturating_sub(REACH);
    steps::count((at - from) / steps::AT_ONCE);
    let module = from + memchr::memmem::rfind(&text[from..at], MODULE)? + MODULE.len();
    let is_blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b'\\';
    let start = module + text[module..at].iter().take_while(is_blank).count();
    let length = text[start..at]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let is_flag = FLAGS
        .iter()
        .any(|flag| text[start..start + length].eq_ignore_ascii_case(flag));
    let options = start + length..at;
    let goes_on = !text[options.clone()]
        .iter()
        .any(|byte| matches!(byte, b';' | b'{' | b'}'));
    (is_flag && start > module && goes_on).then_some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_values_and_a_user() {
        for (text, value, user) in [
            (
                "a.PlainLoginModule required username=\"app\" password=\"pw-1\";",
                Some("pw-1"),
                Some("app"),
            ),
            (
                "a.ScramLoginModule requisite \\\n  password='pw-1' \\\n  username='app';",
                Some("pw-1"),
                Some("app"),
            ),
            (
                "a.PlainLoginModule\n required\n password = \"pw-1\"\n;\n};",
                Some("pw-1"),
                None,
            ),
            (
                "a.LoginModule REQUIRED password=\"pw-1\" username=\"${USER}\";",
                Some("pw-1"),
                None,
            ),
            (
                "a.PlainLoginModule required username=\"app\"; password=\"pw-1\"",
                None,
                None,
            ),
            (
                "a.PlainLoginModule username=\"app\" password=\"pw-1\"",
                None,
                None,
            ),
            ("required username=\"app\" password=\"pw-1\";", None, None),
            (
                "a.PlainLoginModule required password=\"pw-1\n\"",
                None,
                None,
            ),
            ("a.PlainLoginModule required password=pw-1;", None, None),
        ] {
            let at = text.find("pw-1").unwrap();
            let found = option_value(text.as_bytes(), at);
            assert_eq!(found.clone().map(|range| &text[range]), value, "{text}");
            assert_eq!(option_value(text.as_bytes(), at - 1), found, "{text}");
            let beside = found.and_then(|range| user_beside(text.as_bytes(), &range));
            assert_eq!(beside.as_deref(), user, "{text}");
        }
    }
}
