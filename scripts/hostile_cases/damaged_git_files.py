"""Files of git with a content that git would not write (docs/security.md, sections 4, 9 and 17)."""

import os
import struct

from hostile_builder import Raw, commit, made_up_id, tree, write
from hostile_cases.case_registry import CASES, HostileCase, case, line, outside, plain, secret


def bad_configuration(name, text):
    def build(folder, victim, factor):
        plain(folder)
        write(f"{folder}/.git/config", text)

    CASES.append(HostileCase(9, name, "unreadable", build))


bad_configuration("broken-configuration", "[core\n\tpassword = " + secret(18))
bad_configuration("unknown-format", "[core]\n\trepositoryformatversion = 99\n")
bad_configuration("reftable", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n")


@case(9)
def garbage_in_git(folder, victim, factor):
    plain(folder)
    for name in ("shallow", "packed-refs", "info/grafts", "logs/HEAD", "objects/info/commit-graph", "index"):
        write(f"{folder}/.git/{name}", bytes(range(256)) * 40)


@case(9, "unreadable")
def unborn_and_dangling_refs(folder, victim, factor):
    plain(folder)
    write(f"{folder}/.git/HEAD", "ref: refs/heads/../../../x\n")
    write(f"{folder}/.git/refs/heads/loop", "ref: refs/heads/loop\n")
    write(f"{folder}/.git/refs/heads/gone", "1" * 40 + "\n")


def git_file(item, name, file, text, is_short=True):
    """A case of one file of the git directory. `text` is a function of the factor."""

    def build(folder, victim, factor):
        plain(folder)
        write(f"{folder}/.git/{file}", text(factor))

    CASES.append(HostileCase(item, name, None, build, is_short=is_short))


def head_of(folder):
    with open(f"{folder}/.git/refs/heads/main") as ref:
        return ref.read().strip()


SHORT = ("config", "index", "packed-refs", "info/grafts")
GARBAGE = bytes(range(256)) * 2_000
for file in ("HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "config", "description", "index", "packed-refs", "shallow"):
    git_file(9, f"garbage-{file.lower()}", file, lambda factor: GARBAGE * factor, is_short=file in SHORT)
for file in ("info/exclude", "info/grafts", "info/attributes", "info/sparse-checkout", "logs/HEAD", "logs/refs/heads/main", "objects/info/alternates"):
    git_file(9, f"garbage-{file.replace('/', '-').lower()}", file, lambda factor: GARBAGE * factor, is_short=file in SHORT)
for file in ("HEAD", "config", "packed-refs", "shallow", "commondir", "logs/HEAD", "index"):
    git_file(9, f"empty-{file.replace('/', '-').lower()}", file, lambda factor: b"", is_short=file in SHORT)

git_file(4, "one-line-of-packed-refs", "packed-refs", lambda factor: b"1" * 40 + b" refs/heads/" + b"a/" * 1_000_000 * factor)
git_file(4, "packed-refs-with-odd-names", "packed-refs", lambda factor: odd_refs(factor))
git_file(4, "headers-in-the-configuration", "config", lambda factor: b'[remote "x"]\n' * 100_000 * factor)
git_file(4, "long-subsection-of-many-variables", "config", lambda factor: b'[remote "' + b"x" * 1_000_000 + b'"]\n' + b"url=a\n" * 100_000 * factor)
git_file(4, "many-included-files", "config", lambda factor: b"".join(b"[include]\npath = x%d\n" % n for n in range(40_000 * factor)))
git_file(4, "many-included-files-outside", "config", lambda factor: b"".join(b"[include]\npath = /etc/x%d\n" % n for n in range(40_000 * factor)))
git_file(4, "configuration-that-includes-itself", "config", lambda factor: b"[include]\npath = config\n" * 5_000 * factor)
git_file(4, "many-alternates", "objects/info/alternates", lambda factor: b"".join(b"../x%d\n" % n for n in range(30_000 * factor)))
git_file(4, "many-alternates-outside", "objects/info/alternates", lambda factor: b"".join(b"/etc/x%d/objects\n" % n for n in range(30_000 * factor)))
git_file(4, "many-shallow-commits", "shallow", lambda factor: b"".join(made_up_id(n).hex().encode() + b"\n" for n in range(40_000 * factor)))
git_file(4, "many-grafts", "info/grafts", lambda factor: (b"1" * 40 + b" ") * 40_000 * factor)
git_file(4, "long-reflog", "logs/HEAD", lambda factor: b"0" * 40 + b" " + b"1" * 40 + b" A <a@b> 1 +0000\t" + b"password=x " * 100_000 * factor)
git_file(4, "index-of-very-many-entries", "index", lambda factor: index_of([b"f%07d" % n for n in range(20_000 * factor)], 2))
git_file(4, "index-of-long-paths", "index", lambda factor: index_of_prefixes(20_000 * factor))
git_file(9, "index-that-counts-too-many", "index", lambda factor: b"DIRC" + struct.pack(">II", 2, 0xFFFFFFFF) + b"\0" * 100_000)
git_file(9, "index-with-odd-paths", "index", lambda factor: index_of([b"../x", b"/etc/passwd", b".git/config", b"a\nb", b"", b"a", b"a", b"a/b"], 2))


def odd_refs(factor):
    names = ["refs/heads/../../x", "refs/heads/\x1b[2J", "refs/heads/password=" + secret(1), "x", "HEAD", "refs/heads/a b", "refs/heads/" + "a" * 60_000]
    rows = [f"{made_up_id(n).hex()} {name}\n" for n, name in enumerate(names * 20 * factor)]
    return "".join(rows)


def index_of(paths, version):
    """An index of entries without times and sizes."""
    rows = []
    for path in paths:
        row = bytes(24) + struct.pack(">I", 0o100644) + bytes(12) + made_up_id(1) + struct.pack(">H", min(len(path), 0xFFF)) + path
        rows.append(row + b"\0" * (8 - len(row) % 8))
    return b"DIRC" + struct.pack(">II", version, len(paths)) + b"".join(rows) + bytes(20)


def index_of_prefixes(count):
    """An index of version 4: each path has 4,000 bytes, and each entry states the last ones only."""
    fixed = bytes(24) + struct.pack(">I", 0o100644) + bytes(12) + made_up_id(1) + struct.pack(">H", 0xFFF)
    rows = [fixed + b"\0" + b"a/" * 1_995 + b"00000000\0"]
    rows += [fixed + b"\x08" + b"%08d\0" % n for n in range(1, count)]
    return b"DIRC" + struct.pack(">II", 4, count) + b"".join(rows) + bytes(20)


@case(4)
def many_refs(folder, victim, factor):
    plain(folder)
    rows = "".join(f"{head_of(folder)} refs/heads/x{n:07}\n" for n in range(50_000 * factor))
    write(f"{folder}/.git/packed-refs", "# pack-refs with: peeled fully-peeled sorted \n" + rows)


@case(4)
def many_loose_refs(folder, victim, factor):
    plain(folder)
    for n in range(3_000 * factor):
        write(f"{folder}/.git/refs/heads/d{n % 50}/x{n}", head_of(folder) + "\n")


@case(4)
def symbolic_refs_in_a_circle(folder, victim, factor):
    plain(folder)
    count = 1_500 * factor
    for n in range(count):
        write(f"{folder}/.git/refs/heads/x{n}", f"ref: refs/heads/x{(n + 1) % count}\n")
    write(f"{folder}/.git/HEAD", "ref: refs/heads/x0\n")


@case(4)
def symbolic_refs_in_a_chain(folder, victim, factor):
    plain(folder)
    for n in range(1_500 * factor):
        write(f"{folder}/.git/refs/heads/x{n}", f"ref: refs/heads/{f'x{n - 1}' if n else 'main'}\n")


@case(9)
def refs_to_objects_of_every_kind(folder, victim, factor):
    plain(folder)
    for folder_of_objects in os.listdir(f"{folder}/.git/objects"):
        if len(folder_of_objects) == 2:
            for name in os.listdir(f"{folder}/.git/objects/{folder_of_objects}"):
                for kind in ("heads", "tags", "notes", "remotes/origin", "stash", "replace"):
                    write(f"{folder}/.git/refs/{kind}/{name}", folder_of_objects + name + "\n")
                write(f"{folder}/.git/HEAD", folder_of_objects + name + "\n")


@case(9)
def refs_with_odd_names(folder, victim, factor):
    plain(folder)
    names = [b"a\nb", b"\x1b[2J", b"\xff\xfe", b"password=" + secret(1).encode(), b"a" * 250, b".lock", b"x.lock", b"@", b"a..b", b"-x", b"HEAD"]
    for name in names:
        with open(os.fsencode(f"{folder}/.git/refs/heads/") + name, "w") as ref:
            ref.write(head_of(folder) + "\n")


@case(17, "shallow")
def shallow_list_that_lies(folder, victim, factor):
    """The list names a commit whose parent is missing, one without parents, and one that does not exist."""
    raw = Raw(folder)
    root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", line(1)))))
    first = raw.loose("commit", commit(root))
    edge = raw.loose("commit", commit(root, [made_up_id(1), first]))
    raw.reference("refs/heads/main", edge)
    raw.file("shallow", "".join(identity.hex() + "\n" for identity in (first, edge, made_up_id(2))))


@case(17)
def partial_clone_of_nothing(folder, victim, factor):
    plain(folder)
    with open(f"{folder}/.git/config", "a") as config:
        config.write('[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\turl = ext::sh\n')
    os.remove(f"{folder}/.git/objects/{head_of(folder)[:2]}/{head_of(folder)[2:]}")


@case(9)
def extensions_that_change_the_format(folder, victim, factor):
    plain(folder)
    with open(f"{folder}/.git/config", "a") as config:
        config.write("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n\tnoop = x\n\tworktreeConfig\n\tunknown = 1\n")


@case(9)
def linked_working_trees_without_end(folder, victim, factor):
    plain(folder)
    for n in range(1_000 * factor):
        for name, text in (("gitdir", f"/no/such/{n}/.git\n"), ("commondir", "../..\n"), ("HEAD", "ref: refs/heads/main\n")):
            write(f"{folder}/.git/worktrees/x{n}/{name}", text)
    write(f"{folder}/b.py", line(2))
    os.symlink(outside(victim), f"{folder}/.git/worktrees/y")
