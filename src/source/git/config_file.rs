//! The syntax of a git configuration file (git-config(1), "Syntax"). A malformed line is reported
//! by its number, never by its text, which may hold a password; the rest of the file is read.

use std::sync::Arc;

/// A variable. All variables of a section share its name, which can be as long as the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    /// The name of the section, in lower case.
    pub(super) section: Arc<str>,
    /// The subsection, if there is one.
    pub(super) subsection: Option<Arc<[u8]>>,
    /// The name, in lower case.
    pub(super) name: String,
    /// The value; `None` if the name stands alone, which means true.
    pub(super) value: Option<Vec<u8>>,
}

/// The variables of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ConfigFile {
    /// In the order of the file.
    pub(super) variables: Vec<Variable>,
    /// The number of the first malformed line, from 1.
    pub(super) malformed: Option<usize>,
}

/// A line that does not follow the syntax.
struct Malformed;

/// The name of a section, and its subsection.
type SectionHeader = (Arc<str>, Option<Arc<[u8]>>);

/// Parses the text of a configuration file.
pub(super) fn parse(text: &[u8]) -> ConfigFile {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut parser = Parser { text, at: 0 };
    let mut file = ConfigFile::default();
    let mut malformed = None;
    let mut section: Option<SectionHeader> = None;
    while let Some(byte) = parser.peek() {
        let start = parser.at;
        let parsed = match byte {
            _ if byte.is_ascii_whitespace() => {
                parser.at += 1;
                Ok(())
            }
            b'#' | b';' => {
                parser.skip_line();
                Ok(())
            }
            b'[' => parser
                .section()
                .map(|header| section = Some(header))
                .inspect_err(|_| {
                    // Variables of an unknown section are not those of the one before.
                    section = None;
                }),
            _ => parser.variable().and_then(|(name, value)| {
                let (section, subsection) = section.clone().ok_or(Malformed)?;
                file.variables.push(Variable {
                    section,
                    subsection,
                    name,
                    value,
                });
                Ok(())
            }),
        };
        if let Err(Malformed) = parsed {
            malformed.get_or_insert(start);
            parser.skip_line();
        }
    }
    file.malformed = malformed.map(|at| 1 + memchr::memchr_iter(b'\n', &text[..at]).count());
    file
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Moves behind the end of the line.
    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// `[section]`, `[section "subsection"]`, or the older `[section.subsection]`.
    fn section(&mut self) -> Result<SectionHeader, Malformed> {
        self.at += 1;
        let mut name = String::new();
        loop {
            match self.next().ok_or(Malformed)? {
                b']' => break,
                byte @ (b'-' | b'.') => name.push(char::from(byte)),
                byte if byte.is_ascii_alphanumeric() => {
                    name.push(char::from(byte.to_ascii_lowercase()));
                }
                b' ' | b'\t' => return Ok((name.into(), Some(self.subsection()?.into()))),
                byte => {
                    // The line ends here, and is skipped by the caller up to its end.
                    self.at -= usize::from(byte == b'\n');
                    return Err(Malformed);
                }
            }
        }
        Ok(match name.split_once('.') {
            Some((section, sub)) => (section.into(), Some(sub.as_bytes().into())),
            None => (name.into(), None),
        })
    }

    fn subsection(&mut self) -> Result<Vec<u8>, Malformed> {
        self.skip_blanks();
        if self.next() != Some(b'"') {
            self.at -= 1;
            return Err(Malformed);
        }
        let mut name = Vec::new();
        loop {
            match self.peek().ok_or(Malformed)? {
                b'\n' => return Err(Malformed),
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    match self.peek().ok_or(Malformed)? {
                        b'\n' => return Err(Malformed),
                        byte => name.push(byte),
                    }
                }
                byte => name.push(byte),
            }
            self.at += 1;
        }
        self.at += 1;
        (self.next() == Some(b']')).then_some(name).ok_or_else(|| {
            self.at = self.at.saturating_sub(1);
            Malformed
        })
    }

    /// `name = value`, or `name` alone.
    fn variable(&mut self) -> Result<(String, Option<Vec<u8>>), Malformed> {
        let mut name = String::new();
        while let Some(byte) = self
            .peek()
            .filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        {
            name.push(char::from(byte.to_ascii_lowercase()));
            self.at += 1;
        }
        self.skip_blanks();
        match self.peek() {
            _ if name.is_empty() => Err(Malformed),
            None | Some(b'\n') => Ok((name, None)),
            Some(b'\r') if self.text.get(self.at + 1).is_none_or(|&byte| byte == b'\n') => {
                Ok((name, None))
            }
            Some(b'#' | b';') => Ok((name, None)),
            Some(b'=') => {
                self.at += 1;
                Ok((name, Some(self.value()?)))
            }
            Some(_) => Err(Malformed),
        }
    }

    /// A value without its quotes, escapes and comment.
    fn value(&mut self) -> Result<Vec<u8>, Malformed> {
        self.skip_blanks();
        let (mut value, mut quoted) = (Vec::new(), false);
        // The length without blanks at the end that no quotes protect.
        let mut kept = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' if quoted => return Err(Malformed),
                b'\n' => break,
                b'\r' if self.text.get(self.at + 1) == Some(&b'\n') => {}
                b'#' | b';' if !quoted => {
                    let rest = &self.text[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    break;
                }
                b'"' => {
                    quoted = !quoted;
                    kept = value.len();
                }
                b'\\' => {
                    self.at += 1;
                    match (self.peek(), self.text.get(self.at + 1)) {
                        (Some(b'\n'), _) => {}
                        (Some(b'\r'), Some(b'\n')) => self.at += 1,
                        (Some(b'n'), _) => value.push(b'\n'),
                        (Some(b't'), _) => value.push(b'\t'),
                        (Some(b'b'), _) => value.push(8),
                        (Some(byte @ (b'\\' | b'"')), _) => value.push(byte),
                        _ => return Err(Malformed),
                    }
                    kept = value.len();
                }
                byte => {
                    value.push(byte);
                    if quoted || !matches!(byte, b' ' | b'\t') {
                        kept = value.len();
                    }
                }
            }
            self.at += 1;
        }
        if quoted {
            return Err(Malformed);
        }
        value.truncate(kept);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> (Vec<String>, Option<usize>) {
        let file = parse(text.as_bytes());
        let show = |variable: &Variable| {
            let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let sub = variable.subsection.as_deref().map(lossy);
            let value = variable.value.as_deref().map(lossy);
            format!("{}/{sub:?}/{} {value:?}", variable.section, variable.name)
        };
        (file.variables.iter().map(show).collect(), file.malformed)
    }

    #[test]
    fn variables_are_found_however_they_are_written() {
        let text = "\u{feff}[core]\n\tbare = false\n[Include] Path = a\n[includeIf \"gitdir:~/\\x\"]\n  path=\"b # c\" ; d\r\n\
            [include]\r\npath = /e/\\\n  f  \npath\n; path = g\n[Remote.Origin]URL=https://x ; y\nlast = \"a \" ";
        assert_eq!(
            shown(text),
            (
                vec![
                    "core/None/bare Some(\"false\")".to_owned(),
                    "include/None/path Some(\"a\")".to_owned(),
                    "includeif/Some(\"gitdir:~/x\")/path Some(\"b # c\")".to_owned(),
                    "include/None/path Some(\"/e/  f\")".to_owned(),
                    "include/None/path None".to_owned(),
                    "remote/Some(\"origin\")/url Some(\"https://x\")".to_owned(),
                    "remote/Some(\"origin\")/last Some(\"a \")".to_owned(),
                ],
                None
            )
        );
        assert_eq!(shown(""), (Vec::new(), None));
    }

    #[test]
    fn variables_share_the_name_of_their_section() {
        let file = parse(b"[a \"x\"]\nb\nc\n");
        let [b, c] = &file.variables[..] else {
            panic!("two variables: {file:?}")
        };
        assert!(Arc::ptr_eq(&b.section, &c.section));
        let subsection = |variable: &Variable| variable.subsection.clone().unwrap();
        assert!(Arc::ptr_eq(&subsection(b), &subsection(c)));
    }

    #[test]
    fn a_malformed_line_loses_no_other() {
        for (line, lost) in [
            ("[core", 0),
            ("[core \"x]", 0),
            ("[core \"x\" ]", 0),
            ("[c\u{e9}]", 0),
            ("= x", 1),
            ("path x", 1),
            ("path = \"open", 1),
            ("path = \\x", 1),
            ("\u{0}", 1),
        ] {
            let text = format!("[a]\nb = 1\n{line}\nc = 2\n[d]\ne = 3\n");
            let (variables, malformed) = shown(&text);
            assert_eq!(malformed, Some(3), "{line:?}");
            // After a malformed section, the section is unknown.
            let expected = [
                Some("a/None/b"),
                (lost == 1).then_some("a/None/c"),
                Some("d/None/e"),
            ];
            let expected: Vec<_> = expected.into_iter().flatten().collect();
            let names: Vec<_> = variables
                .iter()
                .map(|shown| shown.split(' ').next().unwrap())
                .collect();
            assert_eq!(names, expected, "{line:?}");
        }
        assert_eq!(shown("a = 1").1, Some(1));
        assert_eq!(shown("[a]\nb = \\").1, Some(2));
        assert_eq!(shown("[a \"").1, Some(1));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_parsed(text in proptest::collection::vec(proptest::sample::select(
            b"[]\"\\=#;\n\r\t ab.\0\xff".to_vec()), 0..60)) {
            parse(&text);
        }
    }
}
