//! What looks like a secret and is none. Each filter has a name, which the coverage account counts and `explain` shows.

/// What a noise filter may look at.
pub struct Candidate<'a> {
    /// Decoded value.
    pub value: &'a [u8],
    /// The name it is assigned to, as written; empty when there is none.
    pub key: &'a [u8],
    /// The value stood in quotes.
    pub quoted: bool,
    /// It stood in a file that holds settings only, no messages: several words are a passphrase there.
    pub settings: bool,
}

/// Name of the filter that rejects a value assigned to a telling name, or `None`.
pub fn of_assignment(candidate: &Candidate) -> Option<&'static str> {
    let value = candidate.value;
    let lower = value.to_ascii_lowercase();
    Some(match () {
        () if value.len() < 4 => "too-short",
        () if is_literal_word(&lower) => "literal-word",
        () if is_reference(value, candidate.quoted) => "reference",
        () if is_encrypted(value) => "encrypted",
        () if is_placeholder(&lower) => "placeholder",
        () if names_itself(candidate.key, &lower) => "names-itself",
        () if value.iter().filter(|&&b| b == b' ').count() >= 2 && !(candidate.settings && is_passphrase(&lower)) => {
            "sentence"
        }
        () if is_path_or_url(value) => "path-or-url",
        () if !candidate.quoted && is_expression(value) => "expression",
        () if is_uuid(value) && !String::from_utf8_lossy(candidate.key).to_ascii_lowercase().contains("secret") => {
            "uuid"
        }
        () if value.iter().any(|&b| b < 0x20 && b != b'\n' && b != b'\r' && b != b'\t') => "control-characters",
        () => return few_distinct(value).then_some("repetition"),
    })
}

/// Name of the filter that rejects a value that a pattern found, or `None`: the shape already speaks for it.
pub fn of_pattern(value: &[u8]) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    Some(match () {
        () if value.len() < 400
            && (has(b"example")
                || has(b"xxxxx")
                || has(b"00000000")
                || has(b"placeholder")
                || has(b"your_")
                || has(b"your-")) =>
        {
            "placeholder"
        }
        () if value.contains(&b'*') && has(b"***") => "placeholder",
        () if has(b"...") => "placeholder",
        () if is_reference(value, true) => "reference",
        () if sequence_run(value) >= 10 => "sequence",
        () => return few_distinct(value).then_some("repetition"),
    })
}

/// Several words: letters alone, in two parts or more that separators or capitals make, of three letters or more on average.
/// `keyword.other.unit`, `userAccessToken`, `my-service-key`; a random text of letters changes case too often.
pub fn is_words(value: &[u8]) -> bool {
    if !value.iter().all(|&b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b' ' | b',')) {
        return false;
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let begins = |pair: &[u8]| {
        let (before, letter) = (pair[0], pair[1]);
        letter.is_ascii_alphabetic()
            && (!before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && letter.is_ascii_uppercase()))
    };
    let parts = 1 + value.windows(2).filter(|pair| begins(pair)).count();
    parts > 1 && letters >= parts * 3
}

/// Words as in [`is_words`] without two capitals side by side, or letters of one case with what joins words: a random text
/// of that length would hold a digit or change its case more often.
pub fn is_wording(value: &[u8]) -> bool {
    let joined = |b: &u8| matches!(b, b'.' | b'_' | b'-' | b'/' | b':');
    let one_case = value.iter().all(|b| b.is_ascii_lowercase() || joined(b))
        || value.iter().all(|b| b.is_ascii_uppercase() || joined(b));
    let capitals = value.windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    one_case || (!capitals && is_words(value))
}

/// Shannon entropy in bits a byte.
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    value.iter().for_each(|&b| counts[b as usize] += 1);
    let total = value.len() as f64;
    -counts.iter().filter(|&&n| n > 0).map(|&n| f64::from(n) / total).map(|p| p * p.log2()).sum::<f64>()
}

/// At least twelve bytes made of three or fewer different ones, or fewer of two: nobody's secret.
fn few_distinct(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|&b| seen[b as usize] = true);
    let distinct = seen.iter().filter(|&&s| s).count();
    distinct <= 2 || (value.len() >= 12 && distinct <= 3)
}

/// Length of the longest run in which each byte follows the one before (`abcdef`, `123456`).
fn sequence_run(value: &[u8]) -> usize {
    let (mut longest, mut run) = (1, 1);
    for pair in value.windows(2) {
        run = if pair[1] == pair[0].wrapping_add(1) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

fn is_literal_word(lower: &[u8]) -> bool {
    const WORDS: [&str; 36] = [
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "string",
        "str",
        "int",
        "integer",
        "bool",
        "boolean",
        "object",
        "bytes",
        "text",
        "void",
        "any",
        "optional",
        "required",
        "yes",
        "self",
        "this",
        "empty",
        "default",
        "array",
        "list",
        "dict",
        "hash",
        "function",
        "auto",
        "disabled",
        "enabled",
        "unknown",
        "nothing",
        "varchar",
        "char",
    ];
    let trimmed = lower.strip_suffix(b"?").unwrap_or(lower);
    WORDS.iter().any(|word| word.as_bytes() == trimmed)
}

/// The value is fetched from somewhere: a template, a variable, an environment, a secret store.
fn is_reference(value: &[u8], quoted: bool) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    let starts = |prefix: &[u8]| value.starts_with(prefix);
    if has(b"${") || has(b"{{") || has(b"#{") || has(b"<%") || has(b"{%") || has(b"$(") || has(b"@{") || has(b"[[") {
        return true;
    }
    // $VARIABLE, %VARIABLE%, %s, {0}, {name}, <name>, :name, @name@, __NAME__
    let inner = |open: u8, close: u8| value.len() > 2 && value[0] == open && value[value.len() - 1] == close;
    let wordy = |part: &[u8]| {
        !part.is_empty()
            && part.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b' '))
    };
    if (value[0] == b'$'
        && value.len() > 1
        && value[1..].iter().all(|&b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))
        || (value[0] == b'$' && !quoted && wordy(&value[1..]))
        || ((inner(b'%', b'%') || inner(b'{', b'}') || inner(b'<', b'>') || inner(b'@', b'@') || inner(b'[', b']'))
            && wordy(&value[1..value.len() - 1]))
        || (starts(b"__") && value.ends_with(b"__"))
        || (value[0] == b'%' && value.len() <= 6)
    {
        return true;
    }
    const SOURCES: [&[u8]; 22] = [
        b"process.env",
        b"os.environ",
        b"getenv",
        b"ENV[",
        b"System.getProperty",
        b"secretKeyRef",
        b"vault:",
        b"ref+",
        b"arn:aws:",
        b"!Ref",
        b"!vault",
        b"secrets.",
        b"var.",
        b"data.",
        b"local.",
        b"op://",
        b"ssm:",
        b"keyring:",
        b"config.",
        b"params.",
        b"self.",
        b"this.",
    ];
    SOURCES
        .iter()
        .any(|source| if source.ends_with(b".") || source.ends_with(b":") { starts(source) } else { has(source) })
}

fn is_encrypted(value: &[u8]) -> bool {
    const MARKS: [&[u8]; 9] =
        [b"ENC(", b"ENC[", b"{cipher}", b"$ANSIBLE_VAULT", b"$2a$", b"$2b$", b"$2y$", b"$6$", b"$argon2"];
    MARKS.iter().any(|mark| value.starts_with(mark)) || value.starts_with(b"{SSHA") || value.starts_with(b"pbkdf2")
}

/// Words that people write where a secret is to go. `lower` is in lower case.
fn is_placeholder(lower: &[u8]) -> bool {
    const ANYWHERE: [&[u8]; 24] = [
        b"changeme",
        b"change_me",
        b"change-me",
        b"placeholder",
        b"example",
        b"your_",
        b"your-",
        b"yourpass",
        b"yoursecret",
        b"yourtoken",
        b"yourapi",
        b"yourkey",
        b"replace_me",
        b"replaceme",
        b"replace-",
        b"insert",
        b"xxxx",
        b"****",
        b"dummy",
        b"fixme",
        b"<your",
        b"redacted",
        b"[hidden]",
        b"....",
    ];
    ANYWHERE.iter().any(|word| memchr::memmem::find(lower, word).is_some())
        || matches!(
            lower,
            b"todo"
                | b"tbd"
                | b"foo"
                | b"bar"
                | b"foobar"
                | b"..."
                | b"asdf"
                | b"n/a"
                | b"test"
                | b"value"
                | b"pass"
                | b"sample"
                | b"fake"
                | b"mock"
        )
}

/// `password: password`, `api_key: my-api-key`, `token = "accessToken"`: the value is a name again.
fn names_itself(key: &[u8], lower_value: &[u8]) -> bool {
    if !lower_value.iter().all(|&b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' ' | b':' | b'/')) {
        return false;
    }
    let letters =
        |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect::<Vec<_>>();
    let (key, value) = (letters(key), letters(lower_value));
    if !key.is_empty() && (key == value || key.ends_with(&value)) {
        return true;
    }
    const WORDS: [&[u8]; 8] =
        [b"password", b"passwd", b"secret", b"token", b"apikey", b"credential", b"passphrase", b"username"];
    WORDS.iter().any(|word| memchr::memmem::find(&value, word).is_some())
}

/// Words without any of those that hold a sentence together: `correct horse battery`, not `ask the team lead`.
fn is_passphrase(lower: &[u8]) -> bool {
    const GRAMMAR: [&str; 32] = [
        "a", "an", "and", "any", "are", "as", "ask", "at", "be", "by", "can", "fill", "for", "from", "get", "here",
        "if", "in", "is", "it", "must", "not", "of", "or", "see", "set", "the", "this", "to", "use", "with", "your",
    ];
    !lower
        .split(|&b| !b.is_ascii_alphanumeric() && b != b'\'')
        .any(|word| GRAMMAR.iter().any(|grammar| grammar.as_bytes() == word))
}

fn is_path_or_url(value: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(value, needle).is_some();
    if has(b"://") {
        return true;
    }
    let rooted = [b"/".as_slice(), b"./", b"../", b"~/", b"C:\\"].iter().any(|root| value.starts_with(root));
    let plain = value
        .iter()
        .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-' | b'~' | b'\\' | b':'));
    let parts = value.iter().filter(|&&b| matches!(b, b'/' | b'\\')).count();
    // Base64 holds slashes too, but few, and no short words between them.
    plain && rooted && (parts >= 2 || value.contains(&b'.')) && value.len() < 200
}

/// A bare value that is code: a call, an index, a chain of names.
fn is_expression(value: &[u8]) -> bool {
    if let Some(at) = value.iter().position(|&b| b == b'(' || b == b'[') {
        let name = &value[..at];
        if !name.is_empty() && name.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':')) {
            return true;
        }
    }
    if matches!(value[0], b'(' | b'[' | b'{' | b'<' | b'&' | b'|' | b'>' | b'=' | b'!') && value.len() < 12 {
        return true;
    }
    // a.b.c, a->b, A::b
    let chain = value.iter().all(|&b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':' | b'>' | b'-'));
    chain
        && (memchr::memmem::find(value, b"->").is_some()
            || memchr::memmem::find(value, b"::").is_some()
            || value.split(|&b| b == b'.').filter(|p| !p.is_empty()).count() >= 2)
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(i, &b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(key: &str, value: &str, quoted: bool) -> Option<&'static str> {
        of_assignment(&Candidate { value: value.as_bytes(), key: key.as_bytes(), quoted, settings: false })
    }

    #[test]
    fn noise_has_a_name() {
        for (key, value, quoted, name) in [
            ("password", "${DB_PASSWORD}", true, "reference"),
            ("password", "$DB_PASSWORD", false, "reference"),
            ("password", "<password>", true, "reference"),
            ("password", "os.environ['X']", false, "reference"),
            ("password", "changeme", true, "placeholder"),
            ("password", "xxxxxxxx", true, "placeholder"),
            ("password", "null", false, "literal-word"),
            ("password", "password", true, "names-itself"),
            ("token", "access_token", true, "names-itself"),
            ("password", "abc", true, "too-short"),
            ("password", "please enter your password", true, "names-itself"),
            ("secret", "/etc/ssl/private/server.pem", true, "path-or-url"),
            ("key", "generateKey(12)", false, "expression"),
            ("key", "settings.API", false, "expression"),
            ("password", "{cipher}abcdef", true, "encrypted"),
            ("password", "aaaaaaaa", true, "repetition"),
            ("api_key", "123e4567-e89b-12d3-a456-426614174000", true, "uuid"),
        ] {
            assert_eq!(verdict(key, value, quoted), Some(name), "{key}={value}");
        }
    }

    #[test]
    fn what_people_choose_is_no_noise() {
        for value in [
            "Winter2024!",
            "realmadrid",
            "hunter2x",
            "p@ssw0rd!",
            "tiger",
            "Tr0ub4dor&3",
            "correct horse",
            "s3cr3t/Key+x==",
        ] {
            assert_eq!(verdict("password", value, true), None, "{value}");
        }
    }

    #[test]
    fn passphrases_are_told_from_sentences_where_there_are_settings_only() {
        let verdict = |value: &str, settings| {
            of_assignment(&Candidate { value: value.as_bytes(), key: b"DB_PASSWORD", quoted: false, settings })
        };
        assert_eq!(verdict("correct horse battery", true), None);
        assert_eq!(verdict("correct horse battery", false), Some("sentence"));
        assert_eq!(verdict("ask the team lead", true), Some("sentence"));
    }

    #[test]
    fn words_are_told_from_random_letters() {
        for words in ["support.function.csound", "userAccessToken", "my-service-key"] {
            assert!(is_words(words.as_bytes()), "{words}");
        }
        for random in ["aZxQwErTyUiOpL", "abc1def", "fjdkslqowieurytpz", "a.b.c.d", "keyword"] {
            assert!(!is_words(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn wording_is_told_from_random_letters() {
        for words in ["thisisalongidentifier", "ACME_API_TOKEN_NAME", "acmeClientFactory", "a_b.c-d"] {
            assert!(is_wording(words.as_bytes()), "{words}");
        }
        for random in ["fjdkslqowieurytpz1", "aZxQwErTyUiOpL", "qNDwsGxpYbtRkoJa", "0123"] {
            assert!(!is_wording(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn entropy_of_known_texts() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
