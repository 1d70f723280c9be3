"""The list of forms: the ways in which files write a value, each with the reader of the value.

A form is a function of a name and a value. It returns the text of a file in which the name has the value, or None if the
form cannot express the value.
"""

from typing import Callable, NamedTuple

FORMS = []
PASSWORD = "db_password"


class Form(NamedTuple):
    name: str
    # The name of the file.
    file: str
    reader: object
    write: Callable
    # Passes the value that was found, or says what the program that uses it objects to.
    use: Callable = None
    # Makes the values, if they are not passwords.
    keys: Callable = None


def form(file, reader, **more):
    """Makes a function a form of the same name."""

    def register(function):
        FORMS.append(Form(function.__name__.replace("_", "-"), file, reader, function, **more))
        return function

    return register


def add(name, file, reader, write, **more):
    FORMS.append(Form(name, file, reader, write, **more))


def is_control(character):
    code = ord(character)
    return code < 32 or 127 <= code < 160 or character in "\u2028\u2029\ufeff"


def has_control(value, allowed=""):
    return any(is_control(character) and character not in allowed for character in value)


def escaped(value, escapes, control=None):
    """The value with some characters replaced: those of `escapes`, and controls by the function `control`. None if there
    is a control and no such function."""
    out = []
    for character in value:
        if character in escapes:
            out.append(escapes[character])
        elif is_control(character):
            if not control:
                return None
            out.append(control(character))
        else:
            out.append(character)
    return "".join(out)


def within(before, text, after):
    """The text between two others; None if there is none."""
    return None if text is None else f"{before}{text}{after}"


def halves(value):
    """Two parts of the value, neither of them empty."""
    middle = len(value) // 2
    return value[:middle], value[middle:]


def joined(literal, value, operator):
    """The literals of both halves of a value with an operator between them. None if one of them has no literal."""
    parts = [literal(part) for part in halves(value)]
    return None if None in parts else operator.join(parts)
