//! Reads from a git configuration file which other files it names (git-config(1), "Syntax"). It
//! configures nothing.

/// The values of all variables with one of the names `wanted` (in lower case), in any section. The
/// result is meant for safety checks: it may hold values that git would not use.
pub(super) fn values(text: &[u8], wanted: &[&str]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim_start().to_owned();
        // A variable may follow its section's name on the same line.
        if line.starts_with('[') {
            match line.rfind(']') {
                Some(close) => line.drain(..=close),
                None => continue,
            };
        }
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        if !wanted.contains(&name.trim().to_ascii_lowercase().as_str()) {
            continue;
        }
        let mut value = value.to_owned();
        while value.ends_with('\\') && !value.ends_with("\\\\") {
            value.pop();
            value.push_str(lines.next().unwrap_or_default());
        }
        found.push(unquoted(value.trim()));
    }
    found
}

/// A value without its quotes, escapes and comment.
fn unquoted(raw: &str) -> String {
    let (mut value, mut quoted) = (String::new(), false);
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('b') => value.push('\u{8}'),
                Some(other) => value.push(other),
                None => {}
            },
            '#' | ';' if !quoted => break,
            _ => value.push(c),
        }
    }
    if quoted {
        value
    } else {
        value.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_however_they_are_written() {
        let text = b"[core]\n\tbare = false\n[Include] Path = a\n[includeIf \"gitdir:~/x\"]\n  path=\"b # c\" ; d\n\
            [include]\npath = /e/\\\n  f\npath\n; path = g\n[broken path = h\npathes = i\n[x] path = \\\"j\\\\k # l";
        assert_eq!(values(text, &["path"]), ["a", "b # c", "/e/  f", "\"j\\k"]);
        assert_eq!(values(b"", &["path"]), [""; 0]);
    }
}
