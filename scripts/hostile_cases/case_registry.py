"""The list of cases, and what most of them are made of.

A case is a function of the target's folder, the folder of another target that it attacks (`victim`, a repository whose
remote is `VICTIM_REMOTE`), and a factor: 1 for the short form, more for the long one. It writes one target.
"""

import base64
import hashlib
import os
from typing import Callable, NamedTuple

from hostile_builder import commit_folder, write

CASES = []
VICTIM_REMOTE = "https://git.example.com/acme/payments.git"


class HostileCase(NamedTuple):
    # The section of docs/security.md.
    item: int
    name: str
    # A pattern that the report must contain, or None.
    says: str
    build: Callable
    # The target has values of the other one, as a copy has.
    shares_values: bool = False
    # The case is part of the short form.
    is_short: bool = True


def case(item, says=None, **more):
    """Makes a function a case of the same name."""

    def register(function):
        CASES.append(HostileCase(item, function.__name__.replace("_", "-"), says, function, **more))
        return function

    return register


def secret(number):
    digest = hashlib.sha256(b"hostile %d" % number).digest()
    return base64.b64encode(digest, b"xy")[:20].decode()


def line(number):
    return f'db_password = "{secret(number)}"\n'.encode()


def plain(folder, name="a.py", number=1):
    """A repository with one secret."""
    write(os.path.join(folder, name), line(number))
    commit_folder(folder)


def outside(victim):
    return os.path.join(victim, ".git")


def text_case(item, name, file, text, is_short=True):
    """A case of one committed file. `text` is a function of the factor."""

    def build(folder, victim, factor):
        write(f"{folder}/{file}", text(factor))
        commit_folder(folder)

    CASES.append(HostileCase(item, name, None, build, is_short=is_short))
