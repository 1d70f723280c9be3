"""Objects that are no objects, or are not of the kind that their names say (docs/security.md, sections 6 and 9)."""

import zlib

from hostile_builder import Raw, commit, made_up_id, object_id, tree, write
from hostile_cases.case_registry import case, line, secret


@case(6)
def names_in_trees(folder, victim, factor):
    """Names that git refuses, and names that mean something to a shell, a terminal or a path."""
    raw = Raw(folder)
    blob = raw.loose("blob", line(1))
    names = [".", "..", ".git", ".GIT", "a/b", "../../x", "/etc/passwd", "", "a\nb", "\x1b[2J", "a" * 65_536, "\\", "~", "-rf"]
    names += ["password=" + secret(n) for n in range(200 * factor)]
    raw.main(*[("100644", name, blob) for name in names], *[("40000", name, made_up_id(1)) for name in names])


@case(6)
def names_that_occur_many_times(folder, victim, factor):
    raw = Raw(folder)
    blobs = [raw.loose("blob", line(n)) for n in range(10)]
    raw.main(*[("100644", "a.py", blobs[n % 10]) for n in range(20_000 * factor)])


@case(6)
def modes_that_lie(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(1))
    inner = raw.loose("tree", tree(("100644", "a.py", blob)))
    first = raw.main(("100644", "a.py", blob))
    raw.main(
        ("40000", "blob-as-folder", blob),
        ("100644", "folder-as-file", inner),
        ("100644", "commit-as-file", first),
        ("40000", "commit-as-folder", first),
        ("160000", "blob-as-submodule", blob),
        ("120000", "folder-as-link", inner),
        ("0", "no-mode", blob),
        ("777777777777777777777777", "long-mode", blob),
        ("-1", "negative", blob),
        ("100644", "b.py", blob),
    )


@case(6)
def trees_that_are_cut(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(1))
    whole = tree(("100644", "a.py", blob), ("100644", "b.py", blob))
    parts = [raw.loose("tree", whole[:length]) for length in range(0, len(whole))]
    parts += [raw.loose("tree", garbage) for garbage in (b"\0" * 1_000, b" " * 1_000, b"100644 a.py", b"1" * 100_000 * factor)]
    raw.main(*[("40000", f"d{n}", part) for n, part in enumerate(parts)])


@case(6)
def commits_that_are_malformed(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(1))
    root = raw.loose("tree", tree(("100644", "a.py", blob)))
    whole = commit(root)
    broken = [
        b"",
        b"\n" * 100_000 * factor,
        b"tree " * 10_000,
        whole.replace(b"tree ", b"tree x"),
        whole.replace(b"1700000000 +0000", b"99999999999999999999999999 +9999"),
        whole.replace(b"1700000000 +0000", b"-9223372036854775808 -9999"),
        whole.replace(b"1700000000 +0000", b"9223372036854775807 +1400"),
        whole.replace(b"1700000000 +0000", b""),
        whole.replace(b"A <a@example.com>", b"\xff\x1b[2J<<<>>>" * 1_000),
        whole.replace(b"A <a@example.com>", b"db_password = " + secret(2).encode()),
        whole.replace(b"\n\nm\n", b"\nencoding UTF-7\ngpgsig " + b"x\n " * 100_000 + b"\n\nm\n"),
        b"tree " + root.hex().encode() + b"\nparent " + root.hex().encode() + b"\n\n",
        whole[:-20],
    ]
    for number, data in enumerate(broken):
        raw.reference(f"refs/heads/x{number}", raw.loose("commit", data))
    raw.main(("100644", "a.py", blob))


@case(6)
def tags_that_are_malformed(folder, victim, factor):
    raw = Raw(folder)
    head = raw.main(("100644", "a.py", raw.loose("blob", line(1))))
    whole = b"object %s\ntype commit\ntag t\ntagger A <a@example.com> 1 +0000\n\nm\n" % head.hex().encode()
    broken = [
        b"",
        whole.replace(b"type commit", b"type blob"),
        whole.replace(b"type commit", b"type " + b"x" * 100_000),
        whole.replace(b"tag t", b"tag \x1b]0;x\x07"),
        whole.replace(b" 1 +0000", b" 99999999999999999999 +0000"),
        whole.replace(head.hex().encode(), b"0" * 40),
    ]
    for number, data in enumerate(broken):
        raw.reference(f"refs/tags/x{number}", raw.loose("tag", data))


@case(6, "unreadable")
def loose_objects_that_are_damaged(folder, victim, factor):
    raw = Raw(folder)
    raw.main(("100644", "a.py", raw.loose("blob", line(1))))
    contents = [
        b"",
        b"\0" * 100,
        zlib.compress(b""),
        zlib.compress(b"blob 5"),
        zlib.compress(b"blob 5\0abc"),
        zlib.compress(b"blob 2\0abc"),
        zlib.compress(b"blob 99999999999999999999\0abc"),
        zlib.compress(b"blob -1\0abc"),
        zlib.compress(b"unknown 3\0abc"),
        zlib.compress(b"blob 3\0abc")[:-3],
        zlib.compress(b"blob 3\0abc") + b"behind the end" * 1_000,
        zlib.compress(b"blob 1073741824\0" + bytes(40_000_000), 9),
        zlib.compress(b"x" * 10_000_000, 9),
    ]
    for number, data in enumerate(contents):
        name = made_up_id(number).hex()
        raw.file(f"objects/{name[:2]}/{name[2:]}", data)
    raw.file("objects/zz/" + "0" * 38, b"x")
    raw.file("objects/00/short", b"x")


@case(9, "contradicts .*differing-copies")
def copies_of_one_id_that_differ(folder, victim, factor):
    raw = Raw(folder)
    identity = made_up_id(1)
    raw.pack("pack-1", [(identity, "blob", line(19))])
    raw.pack("pack-2", [(identity, "blob", line(20))])
    raw.loose("blob", line(21), identity)
    raw.main(("100644", "a.py", identity))


@case(9)
def one_id_of_every_kind(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(1))
    identity = made_up_id(1)
    contents = {"blob": line(2), "tree": tree(("40000", "d", identity)), "commit": commit(identity, [identity]), "tag": b"object x\n"}
    for number, (kind, data) in enumerate(contents.items()):
        raw.pack(f"pack-{number}", [(identity, kind, data)])
    raw.main(("100644", "a.py", identity), ("40000", "d", identity), ("100644", "b.py", blob))
    raw.reference("refs/heads/x", identity)
    raw.reference("refs/tags/x", identity)


@case(9)
def the_empty_blob_and_tree_with_content(folder, victim, factor):
    raw = Raw(folder)
    blob, root = object_id("blob", b""), object_id("tree", b"")
    raw.loose("blob", line(1), blob)
    raw.loose("tree", tree(("100644", "a.py", blob), ("40000", "d", root)), root)
    raw.reference("refs/heads/main", raw.loose("commit", commit(root)))
    write(f"{folder}/a.py")
