"""Literals of Python, JavaScript, TypeScript, PHP, Ruby, Perl and Lua."""

from reader_cases.data_formats import unicode_escape
from reader_cases.form_registry import add, escaped, has_control, joined, within
from reader_cases.readers import LUA, NODE, PERL, PHP, PYTHON, RUBY

PLAIN = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def two_digits(character):
    return f"\\x{ord(character):02x}" if ord(character) < 256 else unicode_escape(character)


def quoted(quote, more="", control=two_digits):
    """A literal between quotes with the usual escapes, and escapes of the characters of `more`."""
    escapes = {**PLAIN, quote: f"\\{quote}", **{c: f"\\{c}" for c in more}}
    return lambda value: within(quote, escaped(value, escapes, control), quote)


def raw(before, after, unfit="", allowed="\t", refuse=None):
    """A literal without escapes."""

    def literal(value):
        refused = after in value or has_control(value, allowed) or set(value) & set(unfit) or (refuse and refuse(value))
        return None if refused else f"{before}{value}{after}"

    return literal


def coded(quote, escapes, control=two_digits):
    """A literal between quotes in which the escapes are those of a table."""
    return lambda value: within(quote, escaped(value, escapes, control), quote)


def assign(before, literal, after):
    """A form: the name between `before` and the literal."""
    return lambda name, value: within(before.replace("NAME", name), literal(value), after)


def join(before, literal, operator, after):
    return lambda name, value: within(before.replace("NAME", name), joined(literal, value, operator), after)


def continued(quote, literal, indentation=""):
    """A literal over two lines, with a backslash at the end of the first one."""
    return lambda value: within("", joined(literal, value, "\0"), "").replace(f"{quote}\0{quote}", f"\\\n{indentation}")


def family(language, file, reader, forms):
    for name, write in forms.items():
        add(f"{language}-{name}", file, reader, write)


def python_triple(value):
    text = escaped(value, {"\\": "\\\\", '"': '\\"', "\n": "\n", "\t": "\t"}, two_digits)
    return f'"""{text}"""'


def python_named(value):
    """Escapes by name, in octal and of eight digits."""
    escapes = {**PLAIN, "'": "\\047", "é": "\\N{LATIN SMALL LETTER E WITH ACUTE}", "😀": "\\U0001f600"}
    return coded("'", escapes)(value)


def ends_in_backslash(value):
    return value.endswith("\\")


family("python", "settings.py", PYTHON, {
    "single": assign("NAME = ", quoted("'"), "\n"),
    "double": assign("NAME = ", quoted('"'), "  # of the database\n"),
    "escapes": assign("NAME = ", python_named, "\n"),
    "raw": assign("NAME = ", raw("r'", "'", refuse=ends_in_backslash), "\n"),
    "triple": assign("NAME = ", python_triple, "\n"),
    "raw-triple": assign("NAME = ", raw('r"""', '"""', allowed="\n\t", refuse=lambda value: value[-1] in '"\\'), "\n"),
    "adjacent": join("NAME = (\n    ", quoted('"'), "\n    ", "\n)\n"),
    "joined": join("NAME = ", quoted("'"), " + ", "\n"),
    "joined-lines": join("NAME = ", quoted('"'), " \\\n    ", "\nport = 5432\n"),
})


def template(value):
    text = escaped(value, {"\\": "\\\\", "`": "\\`", "\n": "\n", "\t": "\t", "\r": "\\r"}, two_digits)
    return "`" + text.replace("${", "\\${") + "`"


def script_codes(value):
    escapes = {**PLAIN, '"': "\\x22", "é": "\\u00e9", "😀": "\\u{1f600}", "日": "\\u65e5", "$": "\\$"}
    return within('"', escaped(value, escapes, two_digits), '"')


def script_raw(value):
    unfit = "${" in value or "\\u" in value or "\\x" in value or value.endswith("\\")
    return None if unfit else raw("String.raw`", "`", allowed="\n\t")(value)


for language, file in [("javascript", "settings.js"), ("typescript", "settings.ts")]:
    family(language, file, NODE, {
        "single": assign("const NAME = ", quoted("'"), ";\n"),
        "double": assign("const NAME = ", quoted('"'), ";\n"),
        "escapes": assign("const NAME = ", script_codes, ";\n"),
        "template": assign("const NAME = ", template, ";\n"),
        "raw": assign("const NAME = ", script_raw, ";\n"),
        "joined": join("const NAME = ", quoted('"'), " +\n  ", ";\n"),
        "continued": assign("const NAME = ", continued("'", quoted("'")), ";\n"),
    })


def php_single(value):
    return None if has_control(value, "\n\t") else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


PHP_DOUBLE = quoted('"', more="$", control=lambda c: f"\\u{{{ord(c):x}}}")


def php_nowdoc(value):
    return None if has_control(value, "\n\t") else f"<<<'EOT'\n{value}\nEOT"


def php_heredoc(value):
    text = escaped(value, {"\\": "\\\\", "$": "\\$", "\n": "\n    ", "\t": "\t"}, lambda c: f"\\u{{{ord(c):x}}}")
    # The closing mark's indentation is taken from each line.
    return None if "\n\n" in f"{value}\n" or value[0] in " \t" or "\n\t" in value else f"<<<EOT\n    {text}\n    EOT"


family("php", "settings.php", PHP, {
    "single": assign("<?php\n$NAME = ", php_single, ";\n"),
    "double": assign("<?php\n$NAME = ", PHP_DOUBLE, ";\n"),
    "nowdoc": assign("<?php\n$NAME = ", php_nowdoc, ";\n"),
    "heredoc": assign("<?php\n$NAME = ", php_heredoc, ";\n"),
    "joined": join("<?php\n$NAME = ", php_single, "\n    . ", ";\n"),
})


def single_with_backslashes(value):
    """Between single quotes only the backslash and the quote are escaped."""
    return None if has_control(value, "\n\t") else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def ruby_control(character):
    return f"\\u{{{ord(character):x}}}"


RUBY_DOUBLE = quoted('"', more="#", control=ruby_control)


def ruby_heredoc(value):
    unfit = not value.endswith("\n") or has_control(value, "\n\t")
    return None if unfit else f"<<-'EOS'\n{value}  EOS"


family("ruby", "settings.rb", RUBY, {
    "single": assign("NAME = ", single_with_backslashes, "\n"),
    "double": assign("NAME = ", RUBY_DOUBLE, "\n"),
    "percent": assign("NAME = ", raw("%q(", ")", unfit="(\\", allowed="\n\t"), "\n"),
    "heredoc": assign("NAME = ", ruby_heredoc, "\n"),
    "adjacent": join("NAME = ", RUBY_DOUBLE, " \\\n  ", "\n"),
    "joined": join("NAME = ", single_with_backslashes, " +\n  ", "\n"),
})

PERL_DOUBLE = quoted('"', more="$@", control=lambda c: f"\\x{ord(c):02x}" if ord(c) < 128 else c)


def perl_qq(value):
    return None if set(value) & set("[]") else f"qq[{PERL_DOUBLE(value)[1:-1]}]"


def perl_heredoc(value):
    unfit = not value.endswith("\n") or has_control(value, "\n\t")
    return None if unfit else f"<<'EOT';\n{value}EOT\n"


family("perl", "settings.pl", PERL, {
    "single": assign("$NAME = ", single_with_backslashes, ";\n"),
    "double": assign("$NAME = ", PERL_DOUBLE, ";\n"),
    "q": assign("$NAME = ", raw("q{", "}", unfit="{\\", allowed="\n\t"), ";\n"),
    "qq": assign("$NAME = ", perl_qq, ";\n"),
    "heredoc": assign("$NAME = ", perl_heredoc, "$port = 5432;\n"),
    "joined": join("$NAME = ", single_with_backslashes, "\n  . ", ";\n"),
})


def lua_control(character):
    return f"\\u{{{ord(character):x}}}"


def lua_codes(value):
    escapes = {**PLAIN, "'": "\\039", "é": "\\xc3\\xa9", "😀": "\\u{1F600}", "\n": "\\\n", "$": "\\z\n   $"}
    return within("'", escaped(value, escapes, lua_control), "'")


def lua_long(level):
    def literal(value):
        unfit = f"]{level}]" in f"{value}]" or has_control(value, "\n\t")
        return None if unfit else f"[{level}[\n{value}]{level}]"

    return literal


family("lua", "settings.lua", LUA, {
    "single": assign("NAME = ", quoted("'", control=lua_control), "\n"),
    "double": assign("NAME = ", quoted('"', control=lua_control), "\n"),
    "escapes": assign("NAME = ", lua_codes, "\n"),
    "long": assign("NAME = ", lua_long(""), "\n"),
    "long-level": assign("NAME = ", lua_long("=="), "\n"),
    "joined": join("NAME = ", quoted('"', control=lua_control), "\n  .. ", "\n"),
})
