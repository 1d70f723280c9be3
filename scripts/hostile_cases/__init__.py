"""The hostile repositories of the sweep (`scripts/hostile`). Each file has the cases of one kind of attack."""

from hostile_cases import outside_references, repository_names, memory_bombs, repeated_texts, nested_texts  # noqa: F401
from hostile_cases import object_graphs, damaged_packs, damaged_objects, tracked_files, odd_files  # noqa: F401
from hostile_cases import odd_git_files, damaged_git_files, many_repositories  # noqa: F401
from hostile_cases.case_registry import CASES, VICTIM_REMOTE, line, secret  # noqa: F401
