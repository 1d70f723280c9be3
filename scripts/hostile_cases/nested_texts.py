"""Texts within texts: encodings, brackets, indentation, aliases (docs/security.md, sections 3 and 4)."""

import base64
import gzip
import json

from hostile_builder import commit_folder, write
from hostile_cases.case_registry import case, line, secret, text_case

text_case(4, "deep-json", "a.json", lambda factor: b'{"a":' * 100_000 * factor + line(1))
text_case(4, "deep-json-lists", "b.json", lambda factor: b'[{"password":' * 60_000 * factor + line(1))
text_case(4, "deep-flow-yaml", "a.yaml", lambda factor: b"[" * 300_000 * factor + line(1))
text_case(4, "deep-yaml-sequence", "b.yaml", lambda factor: b"- " * 200_000 * factor + line(1))
text_case(4, "deep-xml", "a.xml", lambda factor: b"<password>" * 60_000 * factor + line(1))
text_case(4, "deep-toml", "a.toml", lambda factor: b"a = " + b"[" * 300_000 * factor + line(1))
text_case(4, "deep-terraform", "a.tf", lambda factor: b'password "a" {\n' * 40_000 * factor + line(1))
text_case(4, "deep-php", "a.php", lambda factor: b"<?php array('password'=>" * 30_000 * factor + line(1))
text_case(4, "yaml-aliases-to-aliases", "c.yaml", lambda factor: aliases(factor))
text_case(4, "xml-entities-of-entities", "b.xml", lambda factor: entities(factor))
text_case(4, "utf-16-with-lone-surrogates", "a.txt", lambda factor: utf_16(factor))
text_case(4, "utf-8-that-is-overlong-or-cut", "b.txt", lambda factor: (b"\xc0\x80\xe0\x80\xf8password=\xf4\x90\x80\x80\n" + line(1)) * 8_000 * factor)
text_case(4, "compressed-zeros", "a.gz", lambda factor: gzip.compress(bytes(40_000_000 * factor), 9))
text_case(4, "base64-of-compressed-zeros", "a.yaml", lambda factor: b"blob: " + base64.b64encode(gzip.compress(bytes(40_000_000), 9)) * factor)


def aliases(factor):
    rows = ["a0: &a0 [" + line(1).decode().strip().replace("=", ":") + "]"]
    rows += [f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 30 * factor)]
    return "\n".join(rows).encode()


def entities(factor):
    rows = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 200 * factor)]
    return '<!DOCTYPE a [<!ENTITY a0 "password">' + "\n".join(rows) + "]><password>&a199;</password>"


def utf_16(factor):
    text = line(1).decode().encode("utf-16-le")
    return b"\xff\xfe" + (text + b"\x00\xd8" + text + b"\x00\xdc\n") * 3_000 * factor


@case(3)
def nested_encodings(folder, victim, factor):
    data = line(6) * 50
    for _ in range(12):
        data = b"blob: " + base64.b64encode(data) + b"\n"
    write(f"{folder}/a.yaml", data)
    commit_folder(folder)


@case(3)
def encodings_in_turns(folder, victim, factor):
    """Each level is another encoding of the level before."""
    data = line(6) * 200 * factor
    for level in range(9):
        if level % 3 == 0:
            data = base64.b64encode(data)
        elif level % 3 == 1:
            data = b'"' + data.decode().encode("utf-16-le").hex().encode()[:400_000] + b'"'
        else:
            data = json.dumps("password = " + data.decode()).encode()
    write(f"{folder}/a.py", b"blob = " + data)
    commit_folder(folder)


@case(3)
def many_short_encodings(folder, victim, factor):
    rows = (base64.b64encode(b"password=" + secret(n).encode()) + b"\n" for n in range(15_000 * factor))
    write(f"{folder}/a.txt", b"".join(rows))
    commit_folder(folder)


@case(4)
def nested_yaml(folder, victim, factor):
    rows = [b" " * n + b"password%d:\n" % n for n in range(1_000 * factor)]
    write(f"{folder}/a.yaml", b"".join(rows) + b" " * 1_000 * factor + b"x: " + secret(9).encode())
    commit_folder(folder)


@case(4)
def values_below_deep_keys(folder, victim, factor):
    """Each value has a key path of its own, of as many levels as there are values."""
    rows = []
    for n in range(600 * factor):
        rows.append(b" " * n + b"password%d: %s" % (n, secret(n).encode()))
        rows.append(b" " * n + b"level%d:" % n)
    write(f"{folder}/a.yaml", b"\n".join(rows))
    flat = b"".join(b'{"password": "%s", "a": ' % secret(n).encode() for n in range(6_000 * factor))
    write(f"{folder}/a.json", flat + b"1" + b"}" * 6_000 * factor)
    commit_folder(folder)


@case(4)
def values_behind_long_blanks(folder, victim, factor):
    rows = [b"password:" + b" " * 20_000 + secret(n).encode() for n in range(20 * factor)]
    rows += [b"password =" + b"\n" * 3_000 + secret(n).encode() for n in range(20 * factor)]
    write(f"{folder}/a.yaml", b"\n".join(rows))
    commit_folder(folder)
