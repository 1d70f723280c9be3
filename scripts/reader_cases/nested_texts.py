"""A text of settings within a string: each form of the text within each form of the string."""

import json
import os
import tempfile

from reader_cases import data_formats, scripting_languages, shells
from reader_cases.form_registry import FORMS, add

BY_NAME = {form.name: form for form in FORMS}
OUTER = "startup_text"
# Forms of the text.
INNER = ["properties-equals", "dotenv-double-escapes", "dotenv-single", "yaml-double", "yaml-single", "json-plain", "toml-literal", "shell-single"]


class Nested:
    """The reader of the outer text, and then that of the inner one."""

    def __init__(self, outer, inner):
        self.outer, self.inner = outer, inner
        self.name = f"{outer.name}, {inner.name}"
        self.is_short = outer.is_short and inner.is_short

    def is_missing(self):
        return self.outer.is_missing() or self.inner.is_missing()

    def read(self, paths, name):
        with tempfile.TemporaryDirectory(prefix="readers-") as folder:
            inner = []
            for at, text in enumerate(self.outer.read(paths, OUTER)):
                inner.append(os.path.join(folder, str(at)))
                with open(inner[-1], "wb") as file:
                    file.write(text.encode())
            return self.inner.read(inner, name)


def of_lines(document, name):
    """The first cell of a notebook, or the first attribute of that name of a state."""
    if "cells" in document:
        return "".join(document["cells"][0]["source"])
    return document["resources"][0]["instances"][0]["attributes"][name]


DOCUMENT = data_formats.library("json", lambda json, text: {OUTER: of_lines(json.loads(text), OUTER)})


def notebook(name, text):
    cell = {"cell_type": "raw", "metadata": {}, "source": text.splitlines(keepends=True)}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n"


def state(name, text):
    resource = {"mode": "managed", "type": "aws_instance", "name": "store", "instances": [{"attributes": {"id": "i-1", name: text}}]}
    return json.dumps({"version": 4, "terraform_version": "1.9.0", "resources": [resource]}, indent=2) + "\n"


def config_map(name, text):
    body = data_formats.literal_block(name, text)
    if body is None:
        return None
    lines = body.removesuffix("port: 5432\n").splitlines()
    data = "\n".join(f"  {line}" if line else "" for line in lines)
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: store\ndata:\n{data}\n"


def triple(name, text):
    return f"{name} = {scripting_languages.python_triple(text)}\n"


def template(name, text):
    return f"const {name} = {scripting_languages.template(text)};\n"


def heredoc(name, text):
    return BY_NAME["shell-heredoc"].write(name, text.rstrip("\n"))


# The outer form: its file, its reader, its writer.
OUTERS = {
    "json": ("startup.json", data_formats.JSON, BY_NAME["json-plain"].write),
    "yaml": ("startup.yaml", data_formats.YAML, BY_NAME["yaml-literal"].write),
    "yaml-double": ("startup.yaml", data_formats.YAML, BY_NAME["yaml-double"].write),
    "config-map": ("config.yaml", data_formats.YAML, config_map),
    "notebook": ("startup.ipynb", DOCUMENT, notebook),
    "tfstate": ("terraform.tfstate", DOCUMENT, state),
    "python": ("startup.py", scripting_languages.PYTHON, triple),
    "javascript": ("startup.js", scripting_languages.NODE, template),
    "heredoc": ("startup.sh", shells.BASH, heredoc),
}


def nested(outer_write, inner_write):
    def write(name, value):
        text = inner_write(name, value)
        return outer_write(OUTER, text) if text else None

    return write


for outer, (file, reader, outer_write) in OUTERS.items():
    for inner in INNER:
        one = BY_NAME[inner]
        add(f"{outer}-with-{inner}", file, Nested(reader, one.reader), nested(outer_write, one.write))
