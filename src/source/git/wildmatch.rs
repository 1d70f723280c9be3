//! Git's wildcard patterns (wildmatch.c, gitignore(5)), matched in time proportional to pattern × text: the set of all
//! places of the pattern that the text can have reached is moved along the text. Git itself, and libgit2, try one way after
//! the other, which takes exponential time for patterns like `**/*a*a*a*a*ab`.

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// This byte.
    Byte(u8),
    /// Any byte; with `pathname` none that is a slash.
    Any,
    /// One of these bytes, as bits; with `pathname` none that is a slash.
    Class(Box<[u64; 4]>),
    /// Any number of bytes without a slash.
    Star,
    /// Any number of bytes.
    StarStar,
    /// `**` before a slash: any number of bytes; or nothing, and the slash is left out as well.
    Folders,
    /// Nothing: the pattern is malformed, and git lets it match nothing.
    Never,
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wildcard {
    tokens: Box<[Token]>,
    pathname: bool,
}

/// Places of a pattern that are reached; buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct Places {
    now: Vec<u32>,
    next: Vec<u32>,
    /// For each place the step at which it was reached last.
    reached: Vec<u32>,
    /// Places that were examined so far, in all matches.
    pub(super) steps: u64,
}

impl Wildcard {
    /// Compiles a pattern. With `pathname`, a slash is matched by a slash or by `**` only.
    pub(super) fn new(pattern: &[u8], pathname: bool) -> Self {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&byte) = pattern.get(at) {
            at += 1;
            tokens.push(match byte {
                b'\\' => {
                    at += 1;
                    pattern
                        .get(at - 1)
                        .map_or(Token::Never, |&byte| Token::Byte(byte))
                }
                b'?' => Token::Any,
                b'[' => match class(pattern, &mut at) {
                    Some(bits) => Token::Class(bits),
                    None => Token::Never,
                },
                b'*' => {
                    let first = at - 1;
                    while pattern.get(at) == Some(&b'*') {
                        at += 1;
                    }
                    let rest = &pattern[at..];
                    let begins = first == 0 || pattern[first - 1] == b'/';
                    let ends = rest.is_empty() || rest[0] == b'/' || rest.starts_with(b"\\/");
                    match (at - first > 1 && begins && ends, rest.first()) {
                        (true, Some(b'/')) => Token::Folders,
                        (true, _) => Token::StarStar,
                        _ => Token::Star,
                    }
                }
                byte => Token::Byte(byte),
            });
            if tokens.last() == Some(&Token::Never) {
                break;
            }
        }
        Self {
            tokens: tokens.into(),
            pathname,
        }
    }

    /// Whether the pattern matches the whole text.
    pub(super) fn matches(&self, text: &[u8], places: &mut Places) -> bool {
        places.now.clear();
        places.reached.clear();
        places.reached.resize(self.tokens.len() + 1, 0);
        let mut step = 1;
        places.steps += 1;
        places.reach(self, 0, step, true);
        for &byte in text {
            std::mem::swap(&mut places.now, &mut places.next);
            places.now.clear();
            step += 1;
            let from = std::mem::take(&mut places.next);
            places.steps += from.len() as u64;
            for &at in &from {
                let stays = match self.tokens.get(at as usize) {
                    Some(Token::StarStar | Token::Folders) => true,
                    Some(Token::Star) => !self.pathname || byte != b'/',
                    _ => false,
                };
                if stays {
                    // What can follow a wildcard was reached when the wildcard was; it is reached anew from here.
                    places.reach(self, at, step, false);
                }
                let moves = match self.tokens.get(at as usize) {
                    Some(Token::Byte(own)) => *own == byte,
                    Some(Token::Any) => !self.pathname || byte != b'/',
                    Some(Token::Class(bits)) => {
                        bits[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
                            && (!self.pathname || byte != b'/')
                    }
                    _ => false,
                };
                if moves {
                    places.reach(self, at + 1, step, true);
                }
            }
            places.next = from;
            if places.now.is_empty() {
                return false;
            }
        }
        places.reached[self.tokens.len()] == step
    }
}

impl Places {
    /// Adds a place, and those that follow it without a byte. `fresh` is true if the place was entered from the one before:
    /// only then may `**/` be left out.
    fn reach(&mut self, pattern: &Wildcard, at: u32, step: u32, fresh: bool) {
        let (mut at, mut fresh) = (at, fresh);
        loop {
            if self.reached[at as usize] != step {
                self.reached[at as usize] = step;
                self.now.push(at);
            }
            at = match pattern.tokens.get(at as usize) {
                Some(Token::Star | Token::StarStar) => at + 1,
                Some(Token::Folders) => {
                    if fresh {
                        self.reach(pattern, at + 2, step, true);
                    }
                    at + 1
                }
                _ => return,
            };
            fresh = true;
        }
    }
}

/// Parses a class of bytes after its `[`, and moves `at` behind it. `None` if it is malformed.
fn class(pattern: &[u8], at: &mut usize) -> Option<Box<[u64; 4]>> {
    let mut bits = Box::new([0u64; 4]);
    let set = |bits: &mut [u64; 4], byte: u8| bits[usize::from(byte / 64)] |= 1 << (byte % 64);
    let negated = matches!(pattern.get(*at)?, b'!' | b'^');
    *at += usize::from(negated);
    // The byte before, with which a range can begin; zero if none can.
    let mut before = 0;
    let mut first = true;
    loop {
        let byte = *pattern.get(*at)?;
        if byte == b']' && !first {
            break;
        }
        first = false;
        let next = pattern.get(*at + 1).copied();
        if byte == b'\\' {
            before = next?;
            set(&mut bits, before);
            *at += 2;
        } else if byte == b'-' && before != 0 && next.is_some_and(|next| next != b']') {
            *at += 1;
            let mut end = *pattern.get(*at)?;
            if end == b'\\' {
                *at += 1;
                end = *pattern.get(*at)?;
            }
            (before..=end).for_each(|byte| set(&mut bits, byte));
            before = 0;
            *at += 1;
        } else if byte == b'[' && next == Some(b':') {
            let start = *at + 2;
            let end = start + pattern[start..].iter().position(|&byte| byte == b']')?;
            match pattern[start..end].split_last() {
                Some((b':', name)) => {
                    let is = named(name)?;
                    (0..=255).filter(is).for_each(|byte| set(&mut bits, byte));
                    before = 0;
                    *at = end + 1;
                }
                // Not the end of a name: a usual class.
                _ => {
                    set(&mut bits, b'[');
                    before = b'[';
                    *at += 1;
                }
            }
        } else {
            set(&mut bits, byte);
            before = byte;
            *at += 1;
        }
    }
    *at += 1;
    if negated {
        bits.iter_mut().for_each(|part| *part = !*part);
    }
    Some(bits)
}

/// The bytes of a named class.
fn named(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        // Without vertical tab and form feed, as git's own table.
        b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Wildcard::new(pattern.as_bytes(), true).matches(text.as_bytes(), &mut Places::default())
    }

    #[test]
    fn wildcards_are_those_of_git() {
        for (pattern, text) in [
            ("foo", "foo"),
            ("", ""),
            ("???", "foo"),
            ("f*", "foo"),
            ("*o*", "foo"),
            ("**/foo", "foo"),
            ("**/foo", "bar/baz/foo"),
            ("foo/**/bar", "foo/bar"),
            ("foo/**/bar", "foo/a/b/bar"),
            ("foo/**", "foo/a/b"),
            ("**/**/b", "b"),
            ("*/b", "a/b"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]a]x", "]x"),
            ("[[:digit:]]x", "7x"),
            ("\\*x", "*x"),
            ("[\\]]x", "]x"),
            ("[a-]x", "-x"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("foo", "bar"),
            ("??", "foo"),
            ("f*", "f/o"),
            ("**/foo", "xfoo"),
            ("foo/**/bar", "fooxbar"),
            ("foo**bar", "foo/bar"),
            ("f?o", "f/o"),
            ("f[^x]o", "f/o"),
            ("[a", "a"),
            ("[[:odd:]]", "o"),
            ("a\\", "a"),
            ("a/**", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn work_is_bounded_by_pattern_times_text() {
        let (pattern, text) = (
            "**/*".to_owned() + &"a*".repeat(500) + "b/x",
            "a".repeat(2000),
        );
        let mut places = Places::default();
        let wildcard = Wildcard::new(pattern.as_bytes(), true);
        assert!(!wildcard.matches(text.as_bytes(), &mut places));
        assert!(places.steps <= (pattern.len() * text.len()) as u64);
    }
}
