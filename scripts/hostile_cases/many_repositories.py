"""Many repositories and working trees in one target (docs/security.md, section 4)."""

import os

from hostile_builder import Raw, commit, copy, delta, made_up_id, object_id, tree, write
from hostile_cases.case_registry import case, line


def linked_tree(folder, name, head, file):
    """A linked working tree `name` of the repository in `main`, with a file."""
    git = f"{folder}/main/.git/worktrees/{name}"
    write(f"{folder}/{name}/.git", f"gitdir: ../main/.git/worktrees/{name}\n")
    write(f"{git}/HEAD", head)
    write(f"{git}/commondir", "../..\n")
    write(f"{git}/gitdir", os.path.abspath(f"{folder}/{name}/.git") + "\n")
    write(f"{folder}/{name}/a.py", file)


def chain_of_versions(folder, count):
    """A repository whose commits each have another version of one file, with one secret in common. Returns the commits."""
    raw, entries, parents, commits = Raw(folder), [], [], []
    for n in range(count):
        text = line(1) + b"# %d\n" % n
        root = tree(("100644", "a.py", object_id("blob", text)))
        data = commit(object_id("tree", root), parents)
        parents = [object_id("commit", data)]
        commits.append(parents[0])
        entries += [(object_id("blob", text), "blob", text), (object_id("tree", root), "tree", root), (parents[0], "commit", data)]
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])
    return commits


@case(4)
def linked_working_trees(folder, victim, factor):
    """Each is at another commit, and its file has thousands of versions."""
    commits = chain_of_versions(f"{folder}/main", 500 * factor)
    for n in range(250 * factor):
        linked_tree(folder, f"t{n:05}", commits[n].hex() + "\n", line(1))


@case(4)
def linked_working_trees_with_branches(folder, victim, factor):
    commits = chain_of_versions(f"{folder}/main", 250 * factor)
    for n in range(250 * factor):
        write(f"{folder}/main/.git/refs/heads/b{n:05}", commits[n].hex() + "\n")
        linked_tree(folder, f"t{n:05}", f"ref: refs/heads/b{n:05}\n", line(1))


def small_bomb(folder, number):
    """Text with few secrets that deltas double, and deltas on the largest."""
    raw = Raw(folder)
    text = b"".join(line(1_000 * number + n) + b"name: a plain line without a value\n" * 40 for n in range(3))
    entries, size = [(object_id("blob", text), "blob", text)], len(text)
    for level in range(8):
        entries.append((made_up_id(1_000 * number + level), level, delta(size, 2 * size, copy(0, size), copy(0, size))))
        size *= 2
    for n in range(300):
        steps = [copy(n, size - n)]
        entries.append((made_up_id(1_000 * number + 10 + n), 8, delta(size, size - n, *steps)))
    raw.pack("pack-1", entries)
    rows = [("100644", f"f{n:03}.py", entries[n][0]) for n in range(len(entries))]
    raw.main(*rows)


@case(4, "cut off")
def nested_small_bombs(folder, victim, factor):
    for n in range(10 * factor):
        small_bomb(f"{folder}/{n:03}", n)


@case(4, "cut off", is_short=False)
def nested_bombs_of_deflate(folder, victim, factor):
    for n in range(10 * factor):
        raw = Raw(f"{folder}/{n:03}")
        raw.main(*[("100644", f"f{m}.py", raw.loose("blob", line(n) * (100_000 + m))) for m in range(4)])
