"""JSON, JSON5, YAML and TOML."""

import importlib
import json

from reader_cases.form_registry import escaped, form, halves, has_control, within
from reader_cases.readers import Library

JSON_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def of_mapping(document, name):
    """The value of a name, at any depth."""
    if isinstance(document, dict):
        for key, value in document.items():
            found = value if key == name else of_mapping(value, name)
            if isinstance(found, str):
                return found
    return None


def library(name, parse, module=None):
    """A reader of documents that a function of a module parses."""

    def read(text, key):
        return of_mapping(parse(importlib.import_module(module or name), text), key)

    return Library(name, read)


JSON = library("json", lambda json, text: json.loads(text))
JSON5 = library("json5", lambda json5, text: json5.loads(text))
YAML = library("yaml", lambda yaml, text: yaml.safe_load(text))
TOML = library("tomllib", lambda tomllib, text: tomllib.loads(text))


def unicode_escape(character):
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def json_string(value):
    return f'"{escaped(value, JSON_ESCAPES, unicode_escape)}"'


@form("settings.json", JSON)
def json_plain(name, value):
    return f'{{\n  "port": 5432,\n  "{name}": {json_string(value)}\n}}\n'


@form("settings.json", JSON)
def json_ascii(name, value):
    return json.dumps({"database": {name: value}}).replace("/", "\\/")


@form("settings.json", JSON)
def json_escaped(name, value):
    text = "".join(c if c.isascii() and c.isalnum() and ord(c) % 3 else unicode_escape(c) for c in value)
    return f'{{"{name}": "{text}"}}\n'


@form("settings.jsonc", JSON5)
def json_comments(name, value):
    return f'{{\n  // of the database\n  "{name}": {json_string(value)}, /* "x" */\n}}\n'


@form("settings.json5", JSON5)
def json5_single(name, value):
    escapes = {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\v": "\\v"}
    return f"{{\n  {name}: '{escaped(value, escapes, unicode_escape)}',\n}}\n"


@form("settings.json5", JSON5)
def json5_continued(name, value):
    first, second = (json_string(part)[1:-1] for part in halves(value))
    return f'{{\n  {name}: "{first}\\\n{second}",\n}}\n'


def is_yaml_text(value):
    """Whether YAML allows a value without escapes, apart from line ends."""
    return not has_control(value, "\n\t")


def read_alike(text, name, value):
    """The text, if it has the value: where the rules of a form are hard to state, its reader decides whether they fit."""
    try:
        return text if text and YAML.parse(text, name) == value else None
    except Exception:
        return None


@form("settings.yaml", YAML)
def yaml_plain(name, value):
    return read_alike(f"{name}: {value}\n", name, value) if "\n" not in value else None


@form("settings.yaml", YAML)
def yaml_plain_comment(name, value):
    return read_alike(f"database:\n  {name}: {value}  # since May\n  port: 5432\n", name, value) if "\n" not in value else None


@form("settings.yaml", YAML)
def yaml_plain_lines(name, value):
    first, space, rest = value.partition(" ")
    return read_alike(f"{name}: {first}\n  {rest}\nport: 5432\n", name, value) if space and "\n" not in value else None


@form("settings.yaml", YAML)
def yaml_flow(name, value):
    return read_alike(f"database: {{{name}: {value}, port: 5432}}\n", name, value) if "\n" not in value else None


@form("settings.yaml", YAML)
def yaml_single(name, value):
    text = value.replace("'", "''")
    return f"{name}: '{text}'\n" if is_yaml_text(value) and "\n" not in value else None


@form("settings.yaml", YAML)
def yaml_single_lines(name, value):
    lines = value.replace("'", "''").split("\n")
    if not is_yaml_text(value) or len(lines) < 2:
        return None
    return read_alike(f"{name}: '" + "\n\n  ".join(lines) + "'\n", name, value)


YAML_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e", "\x07": "\\a", "\x85": "\\N", "\u2028": "\\L"}


def yaml_double_text(value):
    return escaped(value, YAML_ESCAPES, lambda c: f"\\x{ord(c):02X}" if ord(c) < 256 else f"\\u{ord(c):04X}")


@form("settings.yaml", YAML)
def yaml_double(name, value):
    return f'{name}: "{yaml_double_text(value)}"\n'


@form("settings.yaml", YAML)
def yaml_double_continued(name, value):
    first, second = map(yaml_double_text, halves(value))
    if second.startswith((" ", "\t")):
        second = f"\\{second}"
    return f'{name}: "{first}\\\n  {second}"\nport: 5432\n'


@form("settings.yaml", YAML)
def yaml_anchor(name, value):
    return f'live:\n  {name}: &live "{yaml_double_text(value)}"\nspare:\n  password: *live\n'


def block(value, mark, fold=None):
    """The header and the lines of a block; None if a block cannot have the value."""
    body = value.rstrip("\n")
    final = len(value) - len(body)
    if not body or not is_yaml_text(value):
        return None
    indentation = "2" if body.startswith((" ", "\n", "\t")) else ""
    chomping = ["-", ""][final] if final < 2 else "+"
    lines = fold(body) if fold else body
    text = "\n".join(f"  {line}" if line else "" for line in lines.split("\n")) + "\n" * max(1, final)
    return f"{mark}{indentation}{chomping}\n{text}"


def literal_block(name, value):
    return within(f"{name}: ", block(value, "|"), "port: 5432\n")


@form("settings.yaml", YAML)
def yaml_literal(name, value):
    return literal_block(name, value)


@form("settings.yaml", YAML)
def yaml_folded(name, value):
    text = within(f"{name}: ", block(value, ">", lambda body: body.replace("\n", "\n\n").replace(" ", "\n", 1)), "port: 5432\n")
    return read_alike(text, name, value)


TOML_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def toml_text(value):
    return escaped(value, TOML_ESCAPES, lambda c: f"\\u{ord(c):04x}")


@form("settings.toml", TOML)
def toml_basic(name, value):
    return f'[database]\n{name} = "{toml_text(value)}"\n'


@form("settings.toml", TOML)
def toml_literal(name, value):
    return None if "'" in value or has_control(value, "\t") else f"{name} = '{value}'\n"


@form("settings.toml", TOML)
def toml_basic_lines(name, value):
    text = "\n".join(map(toml_text, value.split("\n")))
    return f'{name} = """\n{text}"""\nport = 5432\n'


@form("settings.toml", TOML)
def toml_continued(name, value):
    first, second = halves(value)
    return None if second[:1].isspace() else f'{name} = """{toml_text(first)}\\\n    {toml_text(second)}"""\n'


@form("settings.toml", TOML)
def toml_literal_lines(name, value):
    # Two quotes may precede the closing ones.
    unfit = "'''" in value or value.endswith("'") or has_control(value, "\n\t")
    return None if unfit else f"{name} = '''\n{value}'''\n"
