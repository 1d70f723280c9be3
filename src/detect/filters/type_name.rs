//! Types of declarations: of databases, schemas and programs.

/// Whether a value declares a type: `varchar(255)`, `string(64) not null`, `Optional[str]`, `List<String>`, `String?`,
/// `string | null`.
pub(super) fn is_type(value: &[u8]) -> bool {
    const LONGEST: usize = 80;
    value.len() <= LONGEST
        && value.iter().copied().any(is_type_sign)
        && std::str::from_utf8(value)
            .is_ok_and(|text| text.split('|').all(|part| is_single(part.trim())))
}

/// Whether a byte is one of the signs that make more than a name of a type. Names alone are words, which may be
/// passwords.
fn is_type_sign(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b'[' | b'<' | b'?' | b'!' | b'|' | b'*' | b'&' | b' '
    )
}

/// Whether a text is one type, with what follows it in a declaration.
fn is_single(text: &str) -> bool {
    const MODIFIERS: [&str; 16] = [
        "not",
        "null",
        "unique",
        "primary",
        "key",
        "default",
        "unsigned",
        "optional",
        "required",
        "nullable",
        "varying",
        "indexed",
        "index",
        "collate",
        "auto_increment",
        "references",
    ];
    let text = text
        .trim_start_matches(['?', '&', '*'])
        .trim_end_matches(['?', '!', '*', '&']);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.' && c != ':');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let arguments = match rest.bytes().next() {
        Some(b'(') => rest.find(')'),
        Some(b'<') => rest.rfind('>'),
        Some(b'[') => rest.rfind(']'),
        _ => None,
    };
    let (arguments, rest) =
        arguments.map_or(("", rest), |close| (&rest[1..close], &rest[close + 1..]));
    let are_arguments = arguments.split(',').all(|argument| {
        let argument = argument.trim();
        argument.is_empty()
            || argument == "max"
            || argument.bytes().all(|b| b.is_ascii_digit())
            || is_word(argument)
            || is_container_of_words(argument)
    });
    let mut behind = rest.split_ascii_whitespace();
    (is_word(name) || (is_container(name) && !arguments.is_empty()))
        && are_arguments
        && behind.all(|word| {
            let word = word
                .split('(')
                .next()
                .unwrap_or(word)
                .trim_end_matches([',', ';']);
            MODIFIERS
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
                || matches!(word, "?" | "!" | "[]")
        })
}

/// Whether a text is a container of named types, as in `Optional[List[str]]`.
fn is_container_of_words(text: &str) -> bool {
    let Some(open) = text.find(['<', '[']) else {
        return false;
    };
    let inner = text[open + 1..].trim_end_matches(['>', ']', '?', '!']);
    is_container(&text[..open]) && is_word(inner)
}

/// Whether a word is the name of a type that holds text, bytes or numbers.
fn is_word(name: &str) -> bool {
    const WORDS: [&str; 42] = [
        "string",
        "str",
        "text",
        "varchar",
        "varchar2",
        "nvarchar",
        "nvarchar2",
        "char",
        "nchar",
        "character",
        "clob",
        "blob",
        "tinytext",
        "mediumtext",
        "longtext",
        "citext",
        "varbinary",
        "binary",
        "bytea",
        "bytes",
        "byte",
        "int",
        "integer",
        "bigint",
        "smallint",
        "tinyint",
        "number",
        "numeric",
        "decimal",
        "float",
        "double",
        "boolean",
        "bool",
        "date",
        "datetime",
        "timestamp",
        "uuid",
        "json",
        "jsonb",
        "any",
        "null",
        "undefined",
    ];
    const LAST: [&str; 6] = [
        "SecretStr",
        "SecretString",
        "SecureString",
        "char",
        "object",
        "Buffer",
    ];
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    WORDS.iter().any(|known| last.eq_ignore_ascii_case(known)) || LAST.contains(&last)
}

/// Whether a word is the name of a type of other types.
fn is_container(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "option",
        "optional",
        "maybe",
        "list",
        "vec",
        "array",
        "set",
        "map",
        "hashmap",
        "dict",
        "promise",
        "nullable",
        "union",
        "sequence",
        "iterable",
        "secret",
        "sensitive",
        "ref",
        "box",
        "rc",
        "arc",
        "cow",
    ];
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    WORDS.iter().any(|known| last.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_told_from_passwords() {
        for declared in [
            "varchar(255)",
            "VARCHAR(255) NOT NULL",
            "string(64) not null",
            "decimal(10, 2)",
            "Optional[str]",
            "typing.Optional[List[str]]",
            "List<String>",
            "std::string&",
            "String?",
            "Text!",
            "?string",
            "string | null",
            "character varying(40)",
            "Sensitive[String]",
            "bytes*",
        ] {
            assert!(is_type(declared.as_bytes()), "{declared}");
        }
        for value in [
            "string",
            "Winter!",
            "text2024!",
            "Winter(2024)",
            "a|b",
            "list[0]x",
            "correct horse",
            "[",
            "",
            "<password>",
            "é!",
        ] {
            assert!(!is_type(value.as_bytes()), "{value}");
        }
    }
}
