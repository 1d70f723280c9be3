"""Many repositories and working trees in one target (docs/security.md, section 4)."""

import os

from hostile_builder import Raw, commit, copy, delta, made_up_id, object_id, pack_data, tree, write
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


def small_bomb(folder, number, text, count=300):
    """Text that deltas double, and deltas on the largest."""
    raw = Raw(folder)
    entries, size = [(object_id("blob", text), "blob", text)], len(text)
    for level in range(8):
        entries.append((made_up_id(1_000 * number + level), level, delta(size, 2 * size, copy(0, size), copy(0, size))))
        size *= 2
    for n in range(count):
        steps = [copy(n, size - n)]
        entries.append((made_up_id(1_000_000 + 10_000 * number + n), 8, delta(size, size - n, *steps)))
    raw.pack("pack-1", entries)
    rows = [("100644", f"f{n:03}.py", entries[n][0]) for n in range(len(entries))]
    raw.main(*rows)


def secret_lines(number, count):
    return b"".join(line(1_000 * number + n) for n in range(count))


@case(4, "cut off")
def nested_small_bombs(folder, victim, factor):
    """Each with few secrets."""
    for n in range(10 * factor):
        lines = (line(1_000 * n + m) + b"name: a plain line without a value\n" * 40 for m in range(3))
        small_bomb(f"{folder}/{n:03}", n, b"".join(lines))


@case(4, "cut off")
def nested_small_bombs_of_secrets(folder, victim, factor):
    """Every line is a secret, and every version has rows of its own."""
    for n in range(25 * factor):
        small_bomb(f"{folder}/{n:03}", n, secret_lines(n, 100))


@case(4, "cut off")
def nested_tiny_bombs_of_secrets(folder, victim, factor):
    for n in range(100 * factor):
        small_bomb(f"{folder}/{n:03}", n, secret_lines(n, 50), 30)


@case(4, "cut off", is_short=False)
def one_bomb_of_secrets(folder, victim, factor):
    small_bomb(folder, 1, secret_lines(1, 100), 1_500 * factor)


def message_bomb(folder, number):
    """Messages of which every line is a secret, as deltas of copies."""
    raw = Raw(folder)
    root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", line(number)))))
    message = commit(root, message=secret_lines(number, 100))
    start, end = message.index(b"db_"), len(message)
    entries = [(object_id("commit", message), "commit", message)]
    for n in range(20):
        steps = [copy(0, start), *[copy(start, end - start)] * 100, copy(start, n)]
        entries.append((made_up_id(1_000 * number + n), 0, delta(len(message), start + 100 * (end - start) + n, *steps)))
    raw.pack("pack-1", entries)
    for n in range(20):
        raw.reference(f"refs/heads/x{n}", made_up_id(1_000 * number + n))


@case(4, "cut off")
def nested_bombs_of_messages(folder, victim, factor):
    for n in range(10 * factor):
        message_bomb(f"{folder}/{n:03}", n)


@case(4, "cut off")
def nested_inflating_messages(folder, victim, factor):
    for n in range(10 * factor):
        raw = Raw(f"{folder}/{n:03}")
        root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", line(n)))))
        for m in range(5):
            head = raw.loose("commit", commit(root, message=secret_lines(n, 60) * 100 + b"%d" % m))
            raw.reference(f"refs/heads/x{m}", head)


@case(4, "cut off")
def nested_rows(folder, victim, factor):
    """Each repository has one file of secrets under very many names."""
    for n in range(20 * factor):
        raw = Raw(f"{folder}/{n:03}")
        blob = raw.loose("blob", secret_lines(n, 50))
        raw.main(*[("100644", f"f{m:05}.py", blob) for m in range(1_000)])


def pack_without_index(raw, name, count):
    """A chain of deltas that double, and deltas on the largest."""
    text = b"x" * 1_000
    entries, size = [(object_id("blob", text), "blob", text)], len(text)
    for level in range(14):
        entries.append((made_up_id(level), level, delta(size, 2 * size, copy(0, size), copy(0, size))))
        size *= 2
    for n in range(count):
        entries.append((made_up_id(100 + n), 14, delta(size, size - n, copy(n, size - n))))
    data, _ = pack_data(entries)
    raw.file(f"objects/pack/{name}.pack", data)


@case(4, "cut off|unreadable")
def nested_packs_without_index(folder, victim, factor):
    for n in range(50 * factor):
        raw = Raw(f"{folder}/{n:03}")
        pack_without_index(raw, "pack-1", 60)
        raw.main(("100644", "a.py", raw.loose("blob", line(n))))


@case(4, "cut off|unreadable")
def many_packs_without_index(folder, victim, factor):
    raw = Raw(folder)
    for n in range(50 * factor):
        pack_without_index(raw, f"pack-{n}", 60)
    raw.main(("100644", "a.py", raw.loose("blob", line(1))))


@case(4, "ignore-rules|rules")
def nested_repositories_with_ignore_rules_that_backtrack(folder, victim, factor):
    for n in range(20 * factor):
        raw = Raw(f"{folder}/{n:03}")
        raw.main(("100644", "a.py", raw.loose("blob", line(n))))
        write(f"{folder}/{n:03}/.gitignore", b"**/*a*a*a*a*a*a*b\n" * 1_000)
        for m in range(40):
            write(f"{folder}/{n:03}/{'a' * 120}{m}/{'a' * 120}/node_modules/x.txt", b"x")


def trees_beside(folder, count):
    """A repository with many linked working trees on one commit."""
    raw = Raw(f"{folder}/main")
    head = raw.main(("100644", "a.py", raw.loose("blob", line(1))))
    for n in range(count):
        linked_tree(folder, f"t{n:05}", head.hex() + "\n", line(1))
    return raw


@case(4)
def linked_working_trees_with_a_large_configuration(folder, victim, factor):
    raw = trees_beside(folder, 300 * factor)
    start = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
    raw.file("config", start + "[a]\n" + "x = y\n" * 100_000)


@case(4)
def linked_working_trees_with_many_ignore_rules(folder, victim, factor):
    raw = trees_beside(folder, 300 * factor)
    raw.file("info/exclude", b"**/*a*a*a*a*ab\n" * 50_000)


@case(4, "cut off", is_short=False)
def nested_bombs_of_deflate(folder, victim, factor):
    for n in range(10 * factor):
        raw = Raw(f"{folder}/{n:03}")
        raw.main(*[("100644", f"f{m}.py", raw.loose("blob", line(n) * (100_000 + m))) for m in range(4)])
