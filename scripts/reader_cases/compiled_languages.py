"""Literals of Java, Go, Rust and C, and of languages without a reader here: Kotlin, Groovy, Scala, C#, Swift, Objective-C,
R and Puppet."""

from reader_cases.data_formats import unicode_escape
from reader_cases.form_registry import escaped, has_control, within
from reader_cases.readers import C, GO, JAVA, RULES, RUST
from reader_cases.scripting_languages import PLAIN, assign, coded, continued, family, join, quoted, raw, single_with_backslashes

JAVA_QUOTED = quoted('"', control=unicode_escape)
JAVA_PUBLIC = "public class Settings {\n    public static final String NAME = "


def indented_lines(value):
    """The lines of a block whose indentation is that of its closing quotes. White space at the end of a line would be lost."""
    if any(line != line.rstrip() for line in value.split("\n")):
        return None
    text = escaped(value, {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\r": "\\r", "\n": "\n"}, unicode_escape)
    return "\n".join(f"        {line}" if line else "" for line in text.split("\n"))


def text_block(value):
    # A backslash before the closing quotes leaves out the line end.
    lines = indented_lines(value.removesuffix("\n"))
    return within('"""\n', lines, '\n        """' if value.endswith("\n") else '\\\n        """')


# An escape of a quote by its number would end the literal: the compiler replaces it before it reads.
JAVA_CODES = {**PLAIN, '"': "\\42", "é": "\\u00e9", "😀": "\\ud83d\\ude00", "日": "\\uu65e5", "'": "\\'", " ": "\\s"}

family("java", "Settings.java", JAVA, {
    "plain": assign(JAVA_PUBLIC, JAVA_QUOTED, ";\n}\n"),
    "escapes": assign(JAVA_PUBLIC, coded('"', JAVA_CODES, unicode_escape), ";\n}\n"),
    "text-block": assign(JAVA_PUBLIC, text_block, ";\n}\n"),
    "joined": join(JAVA_PUBLIC, JAVA_QUOTED, "\n            + ", ";\n}\n"),
})

GO_CODES = {**PLAIN, '"': "\\x22", "é": "\\303\\251", "😀": "\\U0001F600", "日": "\\u65e5"}

family("go", "settings.go", GO, {
    "plain": assign("package settings\n\nconst NAME = ", quoted('"', control=unicode_escape), "\n"),
    "escapes": assign("package settings\n\nconst NAME = ", coded('"', GO_CODES, unicode_escape), "\n"),
    "raw": assign("package settings\n\nconst NAME = ", raw("`", "`", allowed="\n\t"), "\n"),
    "joined": join("package settings\n\nconst NAME = ", quoted('"', control=unicode_escape), " +\n\t", "\n"),
})


def rust_control(character):
    return f"\\u{{{ord(character):x}}}"


RUST_LINES = {"\\": "\\\\", '"': '\\"', "\n": "\n", "\t": "\t"}
RUST_QUOTED = quoted('"', control=rust_control)


def rust_continued(value):
    # White space at the beginning of the second line would be left out.
    return None if value[len(value) // 2 :][:1].isspace() else continued('"', RUST_QUOTED, "        ")(value)


def rust_hashes(value):
    return None if has_control(value, "\n\t") or '"##' in f'{value}"#' else f'r##"{value}"##'


family("rust", "settings.rs", RUST, {
    "plain": assign("pub const NAME: &str = ", RUST_QUOTED, ";\n"),
    "lines": assign("pub const NAME: &str = ", coded('"', RUST_LINES, rust_control), ";\n"),
    "continued": assign("pub const NAME: &str = ", rust_continued, ";\n"),
    "raw": assign("pub const NAME: &str = ", raw('r"', '"', allowed="\n\t"), ";\n"),
    "raw-hashes": assign("pub const NAME: &str = ", rust_hashes, ";\n"),
    "joined": join("pub const NAME: &str = concat!(", RUST_QUOTED, ", ", ");\n"),
})


def c_control(character):
    # Three digits, so that no digit behind the escape belongs to it.
    return "".join(f"\\{byte:03o}" for byte in character.encode())


C_QUOTED = quoted('"', control=c_control)
C_CODES = {**PLAIN, '"': "\\042", "é": "\\u00e9", "😀": "\\U0001F600", "'": "\\'", "?": "\\?"}

family("c", "settings.c", C, {
    "plain": assign("static const char NAME[] = ", C_QUOTED, ";\n"),
    "escapes": assign("static const char NAME[] = ", coded('"', C_CODES, c_control), ";\n"),
    "adjacent": join("static const char NAME[] = ", C_QUOTED, "\n    ", ";\n"),
    "continued": assign("static const char NAME[] = ", continued('"', C_QUOTED), ";\n"),
})

family("objective-c", "Settings.m", RULES, {
    "plain": assign("static NSString *const NAME = @", C_QUOTED, ";\n"),
    "adjacent": join("static NSString *const NAME = @", C_QUOTED, "\n    @", ";\n"),
})

KOTLIN_QUOTED = quoted('"', more="$", control=unicode_escape)
family("kotlin", "Settings.kt", RULES, {
    "plain": assign("const val NAME = ", KOTLIN_QUOTED, "\n"),
    "raw": assign("const val NAME = ", raw('"""', '"""', unfit="$", allowed="\n\t", refuse=lambda value: value.endswith('"')), "\n"),
    "joined": join("const val NAME = ", KOTLIN_QUOTED, " +\n    ", "\n"),
})

GROOVY_LINES = {"\\": "\\\\", "'": "\\'", "\n": "\n", "\t": "\t"}
GROOVY_SINGLE = quoted("'", control=unicode_escape)
family("groovy", "settings.groovy", RULES, {
    "single": assign("def NAME = ", GROOVY_SINGLE, "\n"),
    "double": assign("def NAME = ", KOTLIN_QUOTED, "\n"),
    "triple": assign("def NAME = ", coded("'''", GROOVY_LINES, unicode_escape), "\n"),
    "joined": join("def NAME = ", GROOVY_SINGLE, " +\n    ", "\n"),
})

family("scala", "Settings.scala", RULES, {
    "plain": assign("val NAME = ", quoted('"', control=unicode_escape), "\n"),
    # Scala 2 replaces Unicode escapes in these, too.
    "raw": assign("val NAME = ", raw('"""', '"""', allowed="\n\t", refuse=lambda value: value.endswith('"') or "\\u" in value), "\n"),
    "joined": join("val NAME = ", quoted('"', control=unicode_escape), " +\n  ", "\n"),
})


def csharp_verbatim(value):
    text = value.replace('"', '""')
    return None if has_control(value, "\n\t") else f'@"{text}"'


def csharp_raw(value):
    return None if has_control(value, "\t") or '"""' in value or value[0] == '"' or value[-1] == '"' else f'"""{value}"""'


def csharp_raw_lines(value):
    unfit = has_control(value, "\n\t") or '"""' in value
    lines = "\n".join(f"    {line}" if line else "" for line in value.split("\n"))
    return None if unfit else f'"""\n{lines}\n    """'


CSHARP_QUOTED = quoted('"', control=unicode_escape)
family("csharp", "Settings.cs", RULES, {
    "plain": assign("const string NAME = ", CSHARP_QUOTED, ";\n"),
    "verbatim": assign("const string NAME = ", csharp_verbatim, ";\n"),
    "raw": assign("const string NAME = ", csharp_raw, ";\n"),
    "raw-lines": assign("const string NAME = ", csharp_raw_lines, ";\n"),
    "joined": join("const string NAME = ", CSHARP_QUOTED, "\n    + ", ";\n"),
})


def swift_lines(value):
    text = escaped(value, {"\\": "\\\\", '"': '\\"', "\n": "\n    ", "\t": "\\t", "\r": "\\r"}, rust_control)
    return None if "\n\n" in value or value.endswith("\n") else f'"""\n    {text}\n    """'


family("swift", "Settings.swift", RULES, {
    "plain": assign("let NAME = ", quoted('"', control=rust_control), "\n"),
    "raw": assign("let NAME = ", raw('#"', '"#', refuse=lambda value: "\\#" in value), "\n"),
    "lines": assign("let NAME = ", swift_lines, "\n"),
    "joined": join("let NAME = ", quoted('"', control=rust_control), "\n    + ", "\n"),
})

family("r", "settings.R", RULES, {
    "single": assign("NAME <- ", quoted("'", control=unicode_escape), "\n"),
    "double": assign("NAME <- ", quoted('"', control=unicode_escape), "\n"),
    "raw": assign("NAME <- ", raw('r"(', ')"', allowed="\n\t"), "\n"),
})

family("puppet", "settings.pp", RULES, {
    "single": assign("$NAME = ", single_with_backslashes, "\n"),
    "double": assign("$NAME = ", quoted('"', more="$", control=rust_control), "\n"),
})
