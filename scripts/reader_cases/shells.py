"""Shells, Dockerfiles, PowerShell and SQL."""

import sqlite3

from reader_cases.form_registry import escaped, form, halves, has_control, within
from reader_cases.readers import BASH, RULES, Library


def single_quoted(value):
    return "'" + value.replace("'", "'\\''") + "'"


def double_quoted(value):
    # An exclamation mark counts only where a person types.
    return '"' + "".join(f"\\{c}" if c in '\\"$`' else c for c in value) + '"'


def ansi_quoted(value):
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e", "\x07": "\\a"}
    return within("$'", escaped(value, escapes, lambda c: f"\\u{ord(c):04x}"), "'")


def bare(value):
    if "\n" in value:
        return None
    return "".join(c if c.isalnum() or not c.isascii() or c in "_-./:,%@+" else f"\\{c}" for c in value)


@form("deploy.sh", BASH)
def shell_bare(name, value):
    return within(f"#!/bin/bash\nexport {name}=", bare(value), "\n")


@form("deploy.sh", BASH)
def shell_single(name, value):
    return f"#!/bin/bash\n{name}={single_quoted(value)}\n"


@form("deploy.sh", BASH)
def shell_double(name, value):
    return f"#!/bin/bash\nexport {name}={double_quoted(value)}\n"


@form("deploy.sh", BASH)
def shell_ansi(name, value):
    return f"#!/bin/bash\n{name}={ansi_quoted(value)}\n"


@form("deploy.sh", BASH)
def shell_adjacent(name, value):
    first, second = halves(value)
    return f"#!/bin/bash\n{name}={single_quoted(first)}{double_quoted(second)}\n"


@form("deploy.sh", BASH)
def shell_continued(name, value):
    first, second = map(double_quoted, halves(value))
    return f"#!/bin/bash\n{name}={first[:-1]}\\\n{second[1:]}\nport=5432\n"


@form("deploy.sh", BASH)
def shell_heredoc(name, value):
    unfit = has_control(value, "\n\t") or value.endswith("\n")
    return None if unfit else f"#!/bin/bash\n{name}=$(cat <<'EOF'\n{value}\nEOF\n)\n"


def docker_double(value):
    return within('"', escaped(value, {"\\": "\\\\", '"': '\\"', "$": "\\$"}), '"')


@form("Dockerfile", RULES)
def dockerfile_double(name, value):
    return within(f"FROM debian\nENV {name}=", docker_double(value), "\nRUN make\n")


@form("Dockerfile", RULES)
def dockerfile_single(name, value):
    unfit = has_control(value) or set(value) & set("'\\$")
    return None if unfit else f"FROM debian\nENV {name}='{value}' PORT=5432\nRUN make\n"


@form("Dockerfile", RULES)
def dockerfile_bare(name, value):
    text = escaped(value, {c: f"\\{c}" for c in "\\\"'$ "})
    return within(f"FROM debian\nENV {name}=", text, " PORT=5432\nRUN make\n")


@form("Dockerfile", RULES)
def dockerfile_old(name, value):
    """The form with a space, which takes the rest of the line."""
    unfit = has_control(value) or value != value.strip() or set(value) & set("\\\"'$")
    return None if unfit else f"FROM debian\nENV {name} {value}\nRUN make\n"


# PowerShell takes curly quotes for quotes.
CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e"


@form("deploy.ps1", RULES)
def powershell_single(name, value):
    text = value.replace("'", "''")
    return None if has_control(value, "\n\t") or set(value) & set(CURLY) else f"${name} = '{text}'\n"


@form("deploy.ps1", RULES)
def powershell_double(name, value):
    escapes = {"`": "``", '"': '`"', "$": "`$", "\n": "`n", "\t": "`t", "\r": "`r", "\0": "`0", "\b": "`b", "\f": "`f", "\v": "`v"}
    return None if set(value) & set(CURLY) else within(f'${name} = "', escaped(value, escapes), '"\n')


@form("deploy.ps1", RULES)
def powershell_here_string(name, value):
    unfit = has_control(value, "\n\t") or "\n'@" in value
    return None if unfit else f"${name} = @'\n{value}\n'@\n$port = 5432\n"


def read_sql(text, name):
    with sqlite3.connect(":memory:") as database:
        database.executescript(text)
        return database.execute(f"SELECT {name} FROM settings").fetchone()[0]


SQL = Library("sqlite3", read_sql)


@form("settings.sql", SQL)
def sql_update(name, value):
    text = value.replace("'", "''")
    return f"CREATE TABLE settings({name} TEXT);\nINSERT INTO settings VALUES (NULL);\nUPDATE settings SET {name} = '{text}';\n"


@form("settings.sql", SQL)
def sql_insert(name, value):
    text = value.replace("'", "''")
    return f"CREATE TABLE settings(port INT, {name} TEXT);\nINSERT INTO settings (port, {name}) VALUES (5432, '{text}');\n"
