"""The forms that `scripts/readers` writes values in. Each file has the forms of one family."""

from reader_cases import data_formats, settings_formats, shells, scripting_languages, compiled_languages  # noqa: F401
from reader_cases import nested_texts, private_keys  # noqa: F401
from reader_cases.form_registry import FORMS, PASSWORD  # noqa: F401
from reader_cases.random_values import values  # noqa: F401
